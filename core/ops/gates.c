/* gates.c: activations that are used little, composed of others. */
#include "../core.h"

static mlrt_tensor *number(const mlrt__call *c, double v) {
    return mlrt_number(c->m, v);
}

/* a sigmoid(b), a and b the halves along dim. */
static int glu_compose(mlrt__call *c) {
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, 0);
    int d, err = mlrt__want_float(c, 0);
    if (!err && x->ndim == 0)
        err = mlrt__bad(c, MLRT_ESHAPE,
                        "a dimension to halve expected, got a "
                        "tensor of 0 dimensions");
    if (!err)
        err = mlrt__dim(c, 1, x->ndim, &d);
    if (err)
        return err;
    int64_t half = x->shape[d] / 2;
    if (x->shape[d] % 2)
        return mlrt__bad(c, MLRT_ESHAPE, "size %lld of dim %lld is not even",
                         (long long)x->shape[d],
                         (long long)mlrt__shown(m, mlrt__i(c, 1)));
    mlrt_tensor *a = mlrt_narrow(m, x, d, 0, half);
    mlrt_tensor *b = mlrt_narrow(m, x, d, half, half);
    c->y[0] = mlrt_mul(m, a, mlrt_sigmoid(m, b));
    return 0;
}

static int softmin_compose(mlrt__call *c) {
    mlrt_tensor *x = mlrt__t(c, 0);
    int d, err = mlrt__want_float(c, 0);
    if (!err)
        err = mlrt__dim(c, 1, x->ndim, &d);
    if (err)
        return err;
    c->y[0] = mlrt_softmax(c->m, mlrt_neg(c->m, x), mlrt__i(c, 1));
    return 0;
}

static int threshold_compose(mlrt__call *c) {
    mlrt_tensor *x = mlrt__t(c, 0);
    mlrt_tensor *over = mlrt_gt(c->m, x, number(c, mlrt__d(c, 1)));
    c->y[0] = mlrt_where(c->m, over, x, number(c, mlrt__d(c, 2)));
    return 0;
}

static int hardshrink_compose(mlrt__call *c) {
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, 0);
    int err = mlrt__want_float(c, 0);
    mlrt_tensor *in = mlrt_le(m, mlrt_abs(m, x), number(c, mlrt__d(c, 1)));
    c->y[0] = mlrt_where(m, in, number(c, 0), x);
    return err;
}

/* x less what of it lies within -lambda..lambda */
static int softshrink_compose(mlrt__call *c) {
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, 0);
    double l = mlrt__d(c, 1);
    int err = mlrt__want_float(c, 0);
    if (!err && !(l >= 0))
        err = mlrt__bad(c, MLRT_EARG, "lambd %g must not be negative", l);
    if (err)
        return err;
    c->y[0] = mlrt_sub(m, x, mlrt_clamp(m, x, number(c, -l), number(c, l)));
    return 0;
}

static int tanhshrink_compose(mlrt__call *c) {
    mlrt_tensor *x = mlrt__t(c, 0);
    int err = mlrt__want_float(c, 0);
    c->y[0] = mlrt_sub(c->m, x, mlrt_tanh(c->m, x));
    return err;
}

/* ---- Rows ------------------------------------------------------------- */

const mlrt__op mlrt__gates[] = {
    {.name = "glu",
     .args = "x: tensor, dim: dim = -1",
     .outs = "y",
     .doc = "a sigmoid(b), where a and b are the halves of x along dim, whose "
            "size is even. x: f32 or f64. Dauphin et al. 2017.",
     .compose = glu_compose,
     .samples = SAMPLES("r(2,4)", "r(4,3), 1", "r(3,4):t(), 1", "r(2)",
                        "r(0,2)", "!r(3) -- size 3 of dim -1 is not even",
                        "!r() -- a dimension to halve expected",
                        "!r(2), 2 -- dim 2 is out of range",
                        "!i(2) -- f32 or f64 expected")},
    {.name = "softmin",
     .args = "x: tensor, dim: dim = -1",
     .outs = "y",
     .doc = "The softmax of -x along dim. x: f32 or f64.",
     .compose = softmin_compose,
     .samples = SAMPLES("r(2,4)", "r(4,3), 1", "r(3,4):t()", "r()", "r(0,2)",
                        "!r(2), 2 -- dim 2 is out of range",
                        "!i(2) -- f32 or f64 expected")},
    {.name = "threshold",
     .args = "x: tensor, threshold: number, value: number",
     .outs = "y",
     .doc = "x where it is above threshold, value elsewhere.",
     .compose = threshold_compose,
     .samples = SAMPLES("r(2,4), 0.1, 5", "r(3,4):t(), 0, 0", "r(), 1, 2",
                        "r(0), 0, 1", "i(5), 0, 1",
                        "!r(2) -- argument 'threshold'")},
    {.name = "hardshrink",
     .args = "x: tensor, lambd: number = 0.5",
     .outs = "y",
     .doc = "0 where |x| <= lambd, x elsewhere. x: f32 or f64.",
     .compose = hardshrink_compose,
     .samples = SAMPLES("r(2,4)", "r(3,4):t(), 1", "r(), {lambd=0}", "r(0)",
                        "!i(2) -- f32 or f64 expected")},
    {.name = "softshrink",
     .args = "x: tensor, lambd: number = 0.5",
     .outs = "y",
     .doc = "x brought nearer to 0 by lambd, 0 where |x| <= lambd. x: f32 or "
            "f64.",
     .compose = softshrink_compose,
     .samples = SAMPLES("r(2,4)", "r(3,4):t(), 1", "r(), {lambd=0}", "r(0)",
                        "!r(2), -1 -- lambd -1 must not be negative",
                        "!i(2) -- f32 or f64 expected")},
    {.name = "tanhshrink",
     .args = "x: tensor",
     .outs = "y",
     .doc = "x - tanh(x). x: f32 or f64.",
     .compose = tanhshrink_compose,
     .samples = SAMPLES("r(2,4)", "r(3,4):t()", "r()", "r(0)",
                        "!i(2) -- f32 or f64 expected")},
    {0},
};
