/* piecewise.c: activation functions of straight pieces: relu and its kin.
 *
 * Forward and gradient are fused kernels; the gradient is a private row that
 * takes g, what arrives, and x, what the function got (relu: y, what it
 * gave).  Its own gradient is the same row again for g, and 0 for x.
 */
#include "elementwise.h"

/* Straight pieces have no second derivative. */
static void give_straight(mlrt__walk *w) {
    if (mlrt__need(w, 1))
        mlrt__give(w, 1, mlrt__zeros_of(w, 1));
}

/* ---- relu ------------------------------------------------------------- */

static void relu_backward(mlrt__walk *w) {
    mlrt__give(w, 0,
               mlrt__relu_grad(w->m, mlrt__g(w, 0), mlrt__saved_out(w, 0)));
}
static void relu_grad_backward(mlrt__walk *w) {
    if (mlrt__need(w, 0))
        mlrt__give(w, 0, mlrt__relu_grad(w->m, mlrt__g(w, 0), mlrt__in(w, 1)));
    give_straight(w);
}

/* ---- leaky_relu, prelu ------------------------------------------------ */

static int leaky_forward(mlrt__call *c) {
    return mlrt__elementwise(c, 0, 0, (double[]){mlrt__d(c, 1)});
}
static void leaky_backward(mlrt__walk *w) {
    mlrt__give(w, 0,
               mlrt__leaky_relu_grad(w->m, mlrt__g(w, 0), mlrt__in(w, 0),
                                     mlrt__arg(w, 1)->u.d));
}
static int leaky_grad_forward(mlrt__call *c) {
    return mlrt__elementwise(c, 0, 1, (double[]){mlrt__d(c, 2)});
}
static void leaky_grad_backward(mlrt__walk *w) {
    if (mlrt__need(w, 0))
        mlrt__give(w, 0,
                   mlrt__leaky_relu_grad(w->m, mlrt__g(w, 0), mlrt__in(w, 1),
                                         mlrt__arg(w, 2)->u.d));
    give_straight(w);
}

/* One weight for all, or one for each channel, which is dimension 1. */
static int prelu_compose(mlrt__call *c) {
    mlrt_tensor *x = mlrt__t(c, 0), *weight = mlrt__t(c, 1);
    int64_t shape[MLRT_MAX_DIMS], channels = x->ndim > 1 ? x->shape[1] : 1;
    int err = mlrt__want_float(c, 0);
    if (!err && weight->numel != 1 && weight->numel != channels)
        err = mlrt__bad(c, MLRT_ESHAPE,
                        "weight %s: one value or one for each of the %lld "
                        "channels of x %s expected",
                        MLRT__ST(weight), (long long)channels, MLRT__ST(x));
    if (err)
        return err;
    for (int d = 0; d < x->ndim; d++)
        shape[d] = d == 1 ? weight->numel : 1;
    if (x->ndim == 1)
        shape[0] = weight->numel;
    c->y[0] = mlrt__prelu(c->m, x, mlrt_reshape(c->m, weight, shape, x->ndim));
    return 0;
}
static void prelu_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *g = mlrt__g(w, 0), *x = mlrt__in(w, 0), *zero;
    mlrt_tensor *right = mlrt_gt(m, x, zero = mlrt_number(m, 0));
    if (mlrt__need(w, 0)) {
        mlrt_tensor *left = mlrt_mul(m, g, mlrt__in(w, 1));
        mlrt__give(w, 0, mlrt_where(m, right, g, left));
    }
    if (mlrt__need(w, 1))
        mlrt__give(w, 1, mlrt_where(m, right, zero, mlrt_mul(m, g, x)));
}

/* ---- hardtanh and its kin --------------------------------------------- */

static int hardtanh_shape(mlrt__call *c) {
    if (mlrt__d(c, 1) > mlrt__d(c, 2))
        return mlrt__bad(c, MLRT_EARG, "min_val %g is above max_val %g",
                         mlrt__d(c, 1), mlrt__d(c, 2));
    return mlrt__float_shape(c);
}
static int hardtanh_forward(mlrt__call *c) {
    return mlrt__elementwise(c, 0, 0, (double[]){mlrt__d(c, 1), mlrt__d(c, 2)});
}
static void hardtanh_backward(mlrt__walk *w) {
    mlrt__give(w, 0,
               mlrt__hardtanh_grad(w->m, mlrt__g(w, 0), mlrt__in(w, 0),
                                   mlrt__arg(w, 1)->u.d, mlrt__arg(w, 2)->u.d));
}
static int hardtanh_grad_forward(mlrt__call *c) {
    return mlrt__elementwise(c, 0, 1, (double[]){mlrt__d(c, 2), mlrt__d(c, 3)});
}
static void hardtanh_grad_backward(mlrt__walk *w) {
    if (mlrt__need(w, 0))
        mlrt__give(w, 0,
                   mlrt__hardtanh_grad(w->m, mlrt__g(w, 0), mlrt__in(w, 1),
                                       mlrt__arg(w, 2)->u.d,
                                       mlrt__arg(w, 3)->u.d));
    give_straight(w);
}
static int relu6_forward(mlrt__call *c) {
    return mlrt__elementwise(c, 0, 0, (double[]){0, 6});
}
static void relu6_backward(mlrt__walk *w) {
    mlrt__give(w, 0,
               mlrt__hardtanh_grad(w->m, mlrt__g(w, 0), mlrt__in(w, 0), 0, 6));
}

static void hardsigmoid_backward(mlrt__walk *w) {
    mlrt__give(w, 0,
               mlrt__hardsigmoid_grad(w->m, mlrt__g(w, 0), mlrt__in(w, 0)));
}
static void hardsigmoid_grad_backward(mlrt__walk *w) {
    if (mlrt__need(w, 0))
        mlrt__give(w, 0,
                   mlrt__hardsigmoid_grad(w->m, mlrt__g(w, 0), mlrt__in(w, 1)));
    give_straight(w);
}

static void hardswish_backward(mlrt__walk *w) {
    mlrt__give(w, 0, mlrt__hardswish_grad(w->m, mlrt__g(w, 0), mlrt__in(w, 0)));
}
static void hardswish_grad_backward(mlrt__walk *w) { /* f'' = 1/3 within 3 */
    mlrt *m = w->m;
    mlrt_tensor *x = mlrt__in(w, 1);
    if (mlrt__need(w, 0))
        mlrt__give(w, 0, mlrt__hardswish_grad(m, mlrt__g(w, 0), x));
    if (mlrt__need(w, 1)) {
        mlrt_tensor *in = mlrt_lt(m, mlrt_abs(m, x), mlrt_number(m, 3));
        mlrt_tensor *g = mlrt_mul(m, mlrt__g(w, 0), mlrt__in(w, 0));
        g = mlrt_mul(m, g, mlrt_number(m, 1.0 / 3));
        mlrt__give(w, 1, mlrt_where(m, in, g, mlrt_number(m, 0)));
    }
}

/* ---- Rows ------------------------------------------------------------- */

#define REFUSED                                                                \
    "!ix{1,2} -- an index has no arithmetic",                                  \
        "!b{true,false} -- bool has no arithmetic"
#define ANY_X                                                                  \
    SAMPLES("r(2,3)", "r(3,2):t()", "r()", "r(0,3)", "r(50)", "i(2,3)", REFUSED)
#define PAIR SAMPLES("r(2,3), r(2,3)", "r(3,2):t(), r(2,3)")
#define BOTH (MLRT__IN(0) | MLRT__IN(1))

const mlrt__op mlrt__piecewise[] = {
    {.name = "relu",
     .args = "x: tensor",
     .outs = "y",
     .doc = "max(x, 0), the rectifier; its gradient at 0 is 0. Integers "
            "stay integers.",
     .inplace = true,
     .shape = mlrt__number_shape,
     .forward = mlrt__number_forward,
     .backward = relu_backward,
     .saves = {MLRT__OUT(0)},
     .samples = ANY_X},
    {.name = "leaky_relu",
     .args = "x: tensor, negative_slope: number = 0.01",
     .outs = "y",
     .doc = "x where it is above 0, negative_slope x elsewhere.",
     .inplace = true,
     .shape = mlrt__float_shape,
     .forward = leaky_forward,
     .backward = leaky_backward,
     .saves = {MLRT__IN(0)},
     .samples = SAMPLES("r(2,3)", "r(3,2):t(), 0.3",
                        "r(2,3), {negative_slope=-0.5}", "r()", "r(0,3)",
                        "!b{true} -- bool has no arithmetic")},
    {.name = "prelu",
     .args = "x: tensor, weight: tensor",
     .outs = "y",
     .doc = "x where it is above 0, weight x elsewhere, the weight being "
            "learnt: one value, or one for each channel of x (N, C, ...). He "
            "et al. 2015.",
     .compose = prelu_compose,
     .samples = SAMPLES("r(2,3), r(3)", "r(2,3,4), r(3)", "r(2,3), r(1)",
                        "r(4), r(1)", "r(), r()", "r(3,2):t(), r(3)",
                        "!r(2,3), r(2) -- one for each of the 3 channels")},
    {.name = "hardtanh",
     .args = "x: tensor, min_val: number = -1, max_val: number = 1",
     .outs = "y",
     .doc = "x between min_val and max_val; where it is not, and at both "
            "ends, the gradient is 0.",
     .inplace = true,
     .shape = hardtanh_shape,
     .forward = hardtanh_forward,
     .backward = hardtanh_backward,
     .saves = {MLRT__IN(0)},
     .samples = SAMPLES("r(2,3)", "r(3,2):t(), -0.5, 0.7",
                        "r(2,3), {max_val=0.2}", "r()", "r(0,3)",
                        "!r(2), 1, 0 -- min_val 1 is above max_val 0")},
    {.name = "relu6",
     .args = "x: tensor",
     .outs = "y",
     .doc = "min(max(x, 0), 6); where x is not between, and at both ends, "
            "the gradient is 0.",
     .inplace = true,
     .kernel = "hardtanh",
     .shape = mlrt__float_shape,
     .forward = relu6_forward,
     .backward = relu6_backward,
     .saves = {MLRT__IN(0)},
     .samples = SAMPLES("r(2,3)", "r(3,2):t()", "r(4)*5", "r()", "r(0,3)")},
    {.name = "hardsigmoid",
     .args = "x: tensor",
     .outs = "y",
     .doc = "min(max(x + 3, 0), 6) / 6.",
     .inplace = true,
     .shape = mlrt__float_shape,
     .forward = mlrt__float_forward,
     .backward = hardsigmoid_backward,
     .saves = {MLRT__IN(0)},
     .samples = SAMPLES("r(2,3)", "r(3,2):t()", "r(9)*3", "r()", "r(0,3)")},
    {.name = "hardswish",
     .args = "x: tensor",
     .outs = "y",
     .doc = "x min(max(x + 3, 0), 6) / 6. Howard et al. 2019.",
     .inplace = true,
     .shape = mlrt__float_shape,
     .forward = mlrt__float_forward,
     .backward = hardswish_backward,
     .saves = {MLRT__IN(0)},
     .samples = SAMPLES("r(2,3)", "r(3,2):t()", "r(9)*3", "r()", "r(0,3)")},
    {.name = "_relu_grad",
     .args = "g: tensor, y: tensor",
     .outs = "gx",
     .doc = "g where y > 0, else 0: relu's gradient from its output.",
     .shape = mlrt__pair_shape,
     .forward = mlrt__pair_forward,
     .backward = relu_grad_backward,
     .saves = {MLRT__IN(1)},
     .samples = PAIR},
    {.name = "_leaky_relu_grad",
     .args = "g: tensor, x: tensor, negative_slope: number",
     .outs = "gx",
     .doc = "g where x > 0, else negative_slope g.",
     .shape = mlrt__pair_shape,
     .forward = leaky_grad_forward,
     .backward = leaky_grad_backward,
     .saves = {MLRT__IN(1)},
     .samples = SAMPLES("r(2,3), r(2,3), 0.3")},
    {.name = "_prelu",
     .args = "x: tensor, weight: tensor",
     .outs = "y",
     .doc = "x where it is above 0, weight x elsewhere; they broadcast.",
     .shape = mlrt__pair_shape,
     .forward = mlrt__pair_forward,
     .backward = prelu_backward,
     .saves = {BOTH, MLRT__IN(0)},
     .samples = SAMPLES("r(2,3), r(3)", "r(2,3), r()")},
    {.name = "_hardtanh_grad",
     .args = "g: tensor, x: tensor, min_val: number, max_val: number",
     .outs = "gx",
     .doc = "g where min_val < x < max_val, else 0.",
     .shape = mlrt__pair_shape,
     .forward = hardtanh_grad_forward,
     .backward = hardtanh_grad_backward,
     .saves = {MLRT__IN(1)},
     .samples = SAMPLES("r(2,3), r(2,3), -0.5, 1")},
    {.name = "_hardsigmoid_grad",
     .args = "g: tensor, x: tensor",
     .outs = "gx",
     .doc = "g / 6 where -3 < x < 3, else 0.",
     .shape = mlrt__pair_shape,
     .forward = mlrt__pair_forward,
     .backward = hardsigmoid_grad_backward,
     .saves = {MLRT__IN(1)},
     .samples = PAIR},
    {.name = "_hardswish_grad",
     .args = "g: tensor, x: tensor",
     .outs = "gx",
     .doc = "g times the slope of hardswish at x.",
     .shape = mlrt__pair_shape,
     .forward = mlrt__pair_forward,
     .backward = hardswish_grad_backward,
     .saves = {MLRT__IN(1), BOTH},
     .samples = PAIR},
    {0},
};
