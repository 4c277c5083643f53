/* formulas.c: short formulas of one to three tensors, most of them composed
 * of other operations, from which they have their gradients. */
#include <float.h>
#include <math.h>

#include "../copy.h"
#include "elementwise.h"

enum { X, Y, Z }; /* operands */

static mlrt_tensor *number(const mlrt__call *c, double v) {
    return mlrt_number(c->m, v);
}

/* ---- addcmul, addcdiv ------------------------------------------------- */

/* A whole factor is an integer, which integers stay with. */
static mlrt_tensor *scaled(const mlrt__call *c, mlrt_tensor *t) {
    double v = mlrt__d(c, 3);
    return v == 1 ? t : mlrt_mul(c->m, t, number(c, v));
}
static int addcmul_compose(mlrt__call *c) {
    mlrt_tensor *p = mlrt_mul(c->m, mlrt__t(c, Y), mlrt__t(c, Z));
    c->y[0] = mlrt_add(c->m, mlrt__t(c, X), scaled(c, p));
    return 0;
}
static int addcdiv_compose(mlrt__call *c) {
    mlrt_tensor *q = mlrt_div(c->m, mlrt__t(c, Y), mlrt__t(c, Z));
    c->y[0] = mlrt_add(c->m, mlrt__t(c, X), scaled(c, q));
    return 0;
}

/* ---- xlogy, logit ----------------------------------------------------- */

/* x log(y), where x is 0 it is 0 unless y is nan. */
static int xlogy_compose(mlrt__call *c) {
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, X), *y = mlrt__t(c, Y);
    mlrt_tensor *zero = mlrt_eq(m, x, number(c, 0));
    zero = mlrt_logical_and(m, zero, mlrt_logical_not(m, mlrt_isnan(m, y)));
    mlrt_tensor *safe = mlrt_where(m, zero, number(c, 1), y);
    c->y[0] = mlrt_mul(m, x, mlrt_log(m, safe));
    return 0;
}
static int logit_compose(mlrt__call *c) {
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, X);
    if (!mlrt__is_float(x->dtype))
        x = mlrt_to(m, x, MLRT_F32);
    if (mlrt__has(c, 1)) {
        double eps = mlrt__d(c, 1);
        x = mlrt_clamp(m, x, number(c, eps), number(c, 1 - eps));
    }
    mlrt_tensor *rest = mlrt_log1p(m, mlrt_neg(m, x));
    c->y[0] = mlrt_sub(m, mlrt_log(m, x), rest);
    return 0;
}

/* ---- nan and infinity ------------------------------------------------- */

static double largest(int dtype) {
    return dtype == MLRT_F64 ? DBL_MAX : (double)FLT_MAX;
}

static int nan_to_num_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, X);
    return mlrt__is_float(x->dtype) ? mlrt__float_shape(c)
                                    : mlrt__out_like(c, 0, x);
}
static int nan_to_num_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, X);
    double most = largest(x->dtype);
    if (!mlrt__is_float(x->dtype))
        return mlrt__copy_into(c->m, x, c->y[0]);
    return mlrt__elementwise(
        c, X, X,
        (double[]){mlrt__d(c, 1), mlrt__has(c, 2) ? mlrt__d(c, 2) : most,
                   mlrt__has(c, 3) ? mlrt__d(c, 3) : -most, most});
}
static void nan_to_num_backward(mlrt__walk *w) {
    mlrt_tensor *kept = mlrt_isfinite(w->m, mlrt__in(w, X));
    mlrt__give(w, X,
               mlrt_where(w->m, kept, mlrt__g(w, 0), mlrt_number(w->m, 0)));
}

/* The other operand where one is nan. */
static int ignoring(mlrt__call *c, mlrt_tensor *(*pick)(mlrt *, mlrt_tensor *,
                                                        mlrt_tensor *)) {
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, X), *y = mlrt__t(c, Y);
    mlrt_tensor *most = pick(m, x, y);
    most = mlrt_where(m, mlrt_isnan(m, y), x, most);
    c->y[0] = mlrt_where(m, mlrt_isnan(m, x), y, most);
    return 0;
}
static int fmax_compose(mlrt__call *c) {
    return ignoring(c, mlrt_maximum);
}
static int fmin_compose(mlrt__call *c) {
    return ignoring(c, mlrt_minimum);
}

/* ---- isclose ---------------------------------------------------------- */

static mlrt_tensor *in_f64(const mlrt__call *c, mlrt_tensor *t) {
    return mlrt_to(c->m, mlrt_detach(t), MLRT_F64);
}

/* |x - y| <= atol + rtol |y|, or x = y, which infinities may be. */
static int isclose_compose(mlrt__call *c) {
    enum { RTOL = 2, ATOL, EQUAL_NAN };
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, X), *y = mlrt__t(c, Y);
    if (mlrt__d(c, RTOL) < 0 || mlrt__d(c, ATOL) < 0)
        return mlrt__bad(c, MLRT_EARG,
                         "rtol %g and atol %g must not be "
                         "negative",
                         mlrt__d(c, RTOL), mlrt__d(c, ATOL));
    mlrt_tensor *same = mlrt_eq(m, x, y);
    mlrt_tensor *a = in_f64(c, x), *b = in_f64(c, y);
    mlrt_tensor *most = mlrt_mul(m, mlrt_abs(m, b),
                                 number(c, mlrt__d(c, RTOL)));
    most = mlrt_add(m, most, number(c, mlrt__d(c, ATOL)));
    mlrt_tensor *near = mlrt_le(m, mlrt_abs(m, mlrt_sub(m, a, b)), most);
    near = mlrt_logical_and(m, near, mlrt_isfinite(m, b));
    near = mlrt_logical_or(m, same, near);
    if (mlrt__i(c, EQUAL_NAN))
        near = mlrt_logical_or(
            m, near, mlrt_logical_and(m, mlrt_isnan(m, a), mlrt_isnan(m, b)));
    c->y[0] = near;
    return 0;
}

/* ---- Rows ------------------------------------------------------------- */

const mlrt__op mlrt__formulas[] = {
    {.name = "addcmul",
     .args = "x: tensor, tensor1: tensor, tensor2: tensor, value: number = 1",
     .outs = "y",
     .doc = "x + value tensor1 tensor2. The shapes broadcast.",
     .compose = addcmul_compose,
     .samples = SAMPLES("r(2,3), r(2,3), r(2,3)", "r(2,3), r(3), r(2,1), 2",
                        "r(), r(), r(), {value=0.5}", "r(0), r(0), r(1)",
                        "r(3,2):t(), r(2,3), r(2,3)", "i(3), i(3), i(3)",
                        "!r(2), r(3), r(3) -- do not broadcast")},
    {.name = "addcdiv",
     .args = "x: tensor, tensor1: tensor, tensor2: tensor, value: number = 1",
     .outs = "y",
     .doc = "x + value tensor1 / tensor2. The shapes broadcast.",
     .compose = addcdiv_compose,
     .samples = SAMPLES("r(2,3), r(2,3), p(2,3)", "r(2,3), r(3), p(2,1), 2",
                        "r(), r(), p(), {value=0.5}", "r(0), r(0), p(1)",
                        "r(3,2):t(), r(2,3), p(2,3)",
                        "!r(2), r(3), r(3) -- do not broadcast")},
    {.name = "xlogy",
     .args = "x: tensor, y: tensor",
     .outs = "z",
     .doc = "x log(y), and 0 where x is 0, unless y is nan. The shapes "
            "broadcast.",
     .compose = xlogy_compose,
     .samples = SAMPLES("r(2,3), p(2,3)", "r(2,3), p(3)", "r(), p()",
                        "t{1, 2}, t{2, 3}", "r(0), p(0)", "r(3,2):t(), p(2,3)",
                        "!r(2), p(3) -- do not broadcast")},
    {.name = "logit",
     .args = "x: tensor, eps: number?",
     .outs = "y",
     .doc = "log(x / (1 - x)), the inverse of sigmoid. With eps, x is first "
            "held within eps..1 - eps; without, what is outside 0..1 gives "
            "nan.",
     .compose = logit_compose,
     .samples = SAMPLES("p(2,3) / 3", "t{0.25, 0.5, 0.9}, 0.3",
                        "p(3,2):t() / 3", "p() / 3", "p(0)")},
    {.name = "nan_to_num",
     .args = "x: tensor, nan: number = 0, posinf: number?, neginf: number?",
     .outs = "y",
     .doc = "x with numbers in place of nan, inf and -inf: by default 0, the "
            "largest and the smallest finite number of its dtype.",
     .shape = nan_to_num_shape,
     .forward = nan_to_num_forward,
     .backward = nan_to_num_backward,
     .saves = {MLRT__IN(X)},
     .samples = SAMPLES("r(2,3)", "r(3,2):t()", "r(3), 1, 2, 3", "r()", "r(0)",
                        "i(3)")},
    {.name = "fmax",
     .args = "x: tensor, y: tensor",
     .outs = "z",
     .doc = "The larger of x and y; where one is nan, the other. The shapes "
            "broadcast.",
     .compose = fmax_compose,
     .samples = SAMPLES("r(2,3), r(2,3)", "r(2,3), r(3)", "r(), r()",
                        "r(3,2):t(), r(2,3)", "i(3), i(3)", "r(0), r(0)",
                        "!r(2), r(3) -- do not broadcast")},
    {.name = "fmin",
     .args = "x: tensor, y: tensor",
     .outs = "z",
     .doc = "The smaller of x and y; where one is nan, the other. The shapes "
            "broadcast.",
     .compose = fmin_compose,
     .samples = SAMPLES("r(2,3), r(2,3)", "r(2,3), r(3)", "r(), r()",
                        "r(3,2):t(), r(2,3)", "i(3), i(3)", "r(0), r(0)",
                        "!r(2), r(3) -- do not broadcast")},
    {.name = "isclose",
     .args = "x: tensor, y: tensor, rtol: number = 1e-5, atol: number = 1e-8, "
             "equal_nan: bool = false",
     .outs = "z",
     .doc = "Where |x - y| <= atol + rtol |y|, as bool; equal infinities are "
            "close, and nan to nan if equal_nan. Computed in f64; the shapes "
            "broadcast. m.allclose says it of all elements.",
     .compose = isclose_compose,
     .samples = SAMPLES("r(2,3), r(2,3)", "t{1, 2}, t{1.000001, 2.1}",
                        "t{1, 0/0, 1/0}, t{1, 0/0, 1/0}, {equal_nan=true}",
                        "r(2,3), r(3), 1, 0.5", "r(), r()", "i(3), i(3)",
                        "r(3,2):t(), r(2,3)", "r(0), r(0)",
                        "!r(2), r(3) -- do not broadcast",
                        "!r(2), r(2), -1 -- must not be negative")},
    {0},
};
