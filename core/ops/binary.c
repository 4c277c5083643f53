/* binary.c: further functions of two operands, element by element: angles,
 * lengths, signs, sums of exponentials; and the loops that add, sub and div use
 * when they are asked for a factor or for rounding.
 */
#include <math.h>

#include "elementwise.h"

enum { X, Y };

static mlrt_tensor *number(mlrt__walk *w, double value) {
    return mlrt_number(w->m, value);
}

/* ---- atan2 ------------------------------------------------------------ */

/* g x / (x^2 + y^2) to y, the first operand, -g y / (x^2 + y^2) to x; 0 at
 * the origin. */
static void atan2_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *y = mlrt__in(w, 0), *x = mlrt__in(w, 1);
    mlrt_tensor *s = mlrt_add(m, mlrt_square(m, x), mlrt_square(m, y));
    mlrt_tensor *origin = mlrt_eq(m, s, number(w, 0));
    s = mlrt_where(m, origin, number(w, 1), s);
    mlrt_tensor *f = mlrt_div(m, mlrt__g(w, 0), s);
    if (mlrt__need(w, 0))
        mlrt__give(w, 0, mlrt_mul(m, f, x));
    if (mlrt__need(w, 1))
        mlrt__give(w, 1, mlrt_neg(m, mlrt_mul(m, f, y)));
}

/* ---- hypot ------------------------------------------------------------ */

/* g x / z and g y / z */
static void hypot_backward(mlrt__walk *w) {
    mlrt_tensor *z = mlrt__saved_out(w, 0);
    for (int i = X; i <= Y; i++)
        if (mlrt__need(w, i))
            mlrt__give(w, i,
                       mlrt_mul(w->m, mlrt__g(w, 0),
                                mlrt_div(w->m, mlrt__in(w, i), z)));
}

/* ---- copysign --------------------------------------------------------- */

/* z / x is 1 or -1; a zero has no gradient. */
static void copysign_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    if (mlrt__need(w, X)) {
        mlrt_tensor *sign = mlrt_mul(m, mlrt_sign(m, mlrt__in(w, X)),
                                     mlrt_sign(m, mlrt__saved_out(w, 0)));
        mlrt__give(w, X, mlrt_mul(m, mlrt__g(w, 0), sign));
    }
    if (mlrt__need(w, Y))
        mlrt__give(w, Y, mlrt__zeros_of(w, Y));
}

/* ---- logaddexp -------------------------------------------------------- */

/* The share of exp(x) in the sum is sigmoid(x - y). */
static void logaddexp_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *g = mlrt__g(w, 0),
                *d = mlrt_sub(m, mlrt__in(w, X), mlrt__in(w, Y));
    if (mlrt__need(w, X))
        mlrt__give(w, X, mlrt_mul(m, g, mlrt_sigmoid(m, d)));
    if (mlrt__need(w, Y))
        mlrt__give(w, Y, mlrt_mul(m, g, mlrt_sigmoid(m, mlrt_neg(m, d))));
}

/* x log 2; a number stays one, and leaves the dtype to the other operand. */
static mlrt_tensor *log_of_2_to(mlrt *m, mlrt_tensor *x) {
    const double log2 = 0.69314718055994530942;
    double value;
    if (!(x->flags & MLRT__WRAPPED))
        return mlrt_mul(m, x, mlrt_number(m, log2));
    return mlrt_item(x, &value) == 0 ? mlrt_number(m, value * log2) : NULL;
}

static int logaddexp2_compose(mlrt__call *c) {
    mlrt *m = c->m;
    mlrt_tensor *x = log_of_2_to(m, mlrt__t(c, X));
    mlrt_tensor *y = log_of_2_to(m, mlrt__t(c, Y));
    c->y[0] = mlrt_mul(m, mlrt_logaddexp(m, x, y),
                       mlrt_number(m, 1.44269504088896340736));
    return 0;
}

/* ---- What other rows are made of -------------------------------------- */

static int scaled_shape(mlrt__call *c) {
    return mlrt__elementwise_shape(c, X, Y, MLRT__WRAPPING, MLRT_DTYPE_NONE);
}
static int scaled_forward(mlrt__call *c) {
    double alpha = mlrt__d(c, 2);
    return mlrt__elementwise(c, X, Y, &alpha);
}
static int quotient_shape(mlrt__call *c) {
    return mlrt__elementwise_shape(c, X, Y, MLRT__NUMBERS, MLRT_DTYPE_NONE);
}
static int quotient_forward(mlrt__call *c) {
    return mlrt__elementwise(c, X, Y, NULL);
}

/* ---- Rows ------------------------------------------------------------- */

#define TWO "x: operand, y: operand"
#define BOTH (MLRT__IN(X) | MLRT__IN(Y))
#define REFUSED                                                                \
    "!r(2,3), r(2) -- shapes (2, 3) and (2) do not broadcast",                 \
        "!ix{1,2}, ix{1,2} -- an index has no arithmetic",                     \
        "!b{true}, b{true} -- bool has no arithmetic"

const mlrt__op mlrt__binary[] = {
    {.name = "atan2",
     .args = "y: operand, x: operand",
     .outs = "z",
     .doc = "The angle of the point (x, y) from the x axis, in radians from "
            "-pi to pi; integers give f32.",
     .inplace = true,
     .shape = mlrt__pair_shape,
     .forward = mlrt__pair_forward,
     .backward = atan2_backward,
     .saves = {BOTH, BOTH},
     .samples = SAMPLES("r(2,3), r(2,3)", "r(2,3), r(3)", "r(2,3), 1.5",
                        "2, r(2,3)", "r(3,2):t(), r(2,3)", REFUSED)},
    {.name = "hypot",
     .args = TWO,
     .outs = "z",
     .doc = "sqrt(x^2 + y^2), without overflow on the way; integers give f32.",
     .inplace = true,
     .shape = mlrt__pair_shape,
     .forward = mlrt__pair_forward,
     .backward = hypot_backward,
     .saves = {MLRT__IN(X) | MLRT__OUT(0), MLRT__IN(Y) | MLRT__OUT(0)},
     .samples = SAMPLES("r(2,3), r(2,3)", "r(2,3), r(3)", "r(3,2):t(), 1.5",
                        "2, r(2,3)", "r(), r(2)", "r(0,3), r(3)",
                        "i(2,3), i(3)", REFUSED)},
    {.name = "copysign",
     .args = TWO,
     .outs = "z",
     .doc = "The magnitude of x with the sign of y, which -0 and nan have too; "
            "integers give f32.",
     .inplace = true,
     .shape = mlrt__pair_shape,
     .forward = mlrt__pair_forward,
     .backward = copysign_backward,
     .saves = {MLRT__IN(X) | MLRT__OUT(0)},
     .samples = SAMPLES("r(2,3), r(2,3)", "r(2,3), r(3)", "r(3,2):t(), -1.5",
                        "2, r(2,3)", "r(), r(2)", "r(0,3), r(3)",
                        "i(2,3), i(3)", "m.tensor{1,-2}, m.tensor{-0.0,0}",
                        REFUSED)},
    {.name = "logaddexp",
     .args = TWO,
     .outs = "z",
     .doc = "log(exp(x) + exp(y)), without overflow on the way; integers give "
            "f32.",
     .inplace = true,
     .shape = mlrt__pair_shape,
     .forward = mlrt__pair_forward,
     .backward = logaddexp_backward,
     .saves = {BOTH, BOTH},
     .samples = SAMPLES("r(2,3), r(2,3)", "r(2,3), r(3)", "r(3,2):t(), 1.5",
                        "2, r(2,3)", "r(), r(2)", "r(0,3), r(3)",
                        "i(2,3), i(3)", "r(2)*400, r(2)", REFUSED)},
    {.name = "logaddexp2",
     .args = TWO,
     .outs = "z",
     .doc = "log2(2^x + 2^y), without overflow on the way; integers give f32.",
     .compose = logaddexp2_compose,
     .samples = SAMPLES("r(2,3), r(2,3)", "r(2,3), r(3)", "r(3,2):t(), 1.5",
                        "2, r(2,3)", "r(0,3), r(3)", "i(2,3), i(3)",
                        "!r(2,3), r(2) -- do not broadcast")},
    {.name = "_add_scaled",
     .args = "x: operand, y: operand, alpha: number",
     .outs = "z",
     .doc = "x + alpha y, for add and sub.",
     .shape = scaled_shape,
     .forward = scaled_forward,
     .samples = SAMPLES("r(2,3), r(3), 2", "i(2,3), i(3), 2")},
    {.name = "_div_trunc",
     .args = TWO,
     .outs = "z",
     .doc = "trunc(x / y), for div.",
     .shape = quotient_shape,
     .forward = quotient_forward,
     .samples = SAMPLES("r(2,3), p(3)", "i(2,3), 3")},
    {0},
};
