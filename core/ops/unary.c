/* unary.c: functions of one tensor, element by element.
 *
 * Each backward states its formula in terms of x, the input, or y, the
 * output, whichever is cheaper; `g` is the gradient that arrives.
 */
#include <math.h>

#include "../copy.h"
#include "elementwise.h"

/* ---- Shapes and running ----------------------------------------------- */

/* Rounding: integers are round already. */
static int round_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    if (mlrt__is_float(x->dtype))
        return mlrt__number_forward(c);
    return x == c->y[0] ? 0 : mlrt__copy_into(c->m, x, c->y[0]);
}
static int frac_forward(mlrt__call *c) {
    if (mlrt__is_float(mlrt__t(c, 0)->dtype))
        return mlrt__number_forward(c);
    mlrt__fill(c->m, c->y[0], 0);
    return 0;
}

static int test_shape(mlrt__call *c) {
    return mlrt__elementwise_shape(c, 0, 0, MLRT__TRUTHS, MLRT_BOOL);
}
static int not_forward(mlrt__call *c) {
    return mlrt__elementwise(c, 0, 0, NULL);
}
/* Integers are finite and numbers. */
static int classify(mlrt__call *c, bool integers) {
    if (mlrt__is_float(mlrt__t(c, 0)->dtype))
        return not_forward(c);
    mlrt__fill(c->m, c->y[0], integers);
    return 0;
}
static int isnan_forward(mlrt__call *c) {
    return classify(c, false);
}
static int isfinite_forward(mlrt__call *c) {
    return classify(c, true);
}

static int bits_shape(mlrt__call *c) {
    return mlrt__elementwise_shape(c, 0, 0, MLRT__BITS, MLRT_DTYPE_NONE);
}
static int bits_forward(mlrt__call *c) {
    return mlrt__elementwise(c, 0, 0, NULL);
}

/* ---- Gradients -------------------------------------------------------- */

static mlrt_tensor *times(mlrt *m, mlrt_tensor *a, double k) {
    return mlrt_mul(m, a, mlrt_number(m, k));
}
/* g * f goes to x */
static void give_times(mlrt__walk *w, mlrt_tensor *f) {
    mlrt__give(w, 0, mlrt_mul(w->m, mlrt__g(w, 0), f));
}

static void step_backward(mlrt__walk *w) {
    mlrt__give(w, 0, mlrt__zeros_of(w, 0));
}
static void frac_backward(mlrt__walk *w) {
    mlrt__give(w, 0, mlrt__g(w, 0));
}
static void neg_backward(mlrt__walk *w) {
    mlrt__give(w, 0, mlrt_neg(w->m, mlrt__g(w, 0)));
}
static void abs_backward(mlrt__walk *w) { /* g sign(x) */
    give_times(w, mlrt_sign(w->m, mlrt__in(w, 0)));
}
static void square_backward(mlrt__walk *w) { /* 2 g x */
    give_times(w, times(w->m, mlrt__in(w, 0), 2));
}
static void reciprocal_backward(mlrt__walk *w) { /* -g y^2 */
    mlrt_tensor *y = mlrt__saved_out(w, 0);
    give_times(w, mlrt_neg(w->m, mlrt_square(w->m, y)));
}
static void sqrt_backward(mlrt__walk *w) { /* g / (2 y) */
    mlrt_tensor *twice = times(w->m, mlrt__saved_out(w, 0), 2);
    mlrt__give(w, 0, mlrt_div(w->m, mlrt__g(w, 0), twice));
}
static void rsqrt_backward(mlrt__walk *w) { /* -g y^3 / 2 */
    mlrt_tensor *y = mlrt__saved_out(w, 0);
    mlrt_tensor *cube = mlrt_mul(w->m, mlrt_square(w->m, y), y);
    give_times(w, times(w->m, cube, -0.5));
}

static void exp_backward(mlrt__walk *w) { /* g y */
    give_times(w, mlrt__saved_out(w, 0));
}
static void exp2_backward(mlrt__walk *w) { /* g y ln 2 */
    give_times(w, times(w->m, mlrt__saved_out(w, 0), M_LN2));
}
static void expm1_backward(mlrt__walk *w) { /* g (y + 1) */
    mlrt_tensor *y = mlrt__saved_out(w, 0);
    give_times(w, mlrt_add(w->m, y, mlrt_number(w->m, 1)));
}
static void give_over(mlrt__walk *w, mlrt_tensor *f) { /* g / f goes to x */
    mlrt__give(w, 0, mlrt_div(w->m, mlrt__g(w, 0), f));
}
static void log_backward(mlrt__walk *w) { /* g / x */
    give_over(w, mlrt__in(w, 0));
}
static void log2_backward(mlrt__walk *w) { /* g / (x ln 2) */
    give_over(w, times(w->m, mlrt__in(w, 0), M_LN2));
}
static void log10_backward(mlrt__walk *w) { /* g / (x ln 10) */
    give_over(w, times(w->m, mlrt__in(w, 0), M_LN10));
}
static void log1p_backward(mlrt__walk *w) { /* g / (x + 1) */
    give_over(w, mlrt_add(w->m, mlrt__in(w, 0), mlrt_number(w->m, 1)));
}

static void sin_backward(mlrt__walk *w) { /* g cos(x) */
    give_times(w, mlrt_cos(w->m, mlrt__in(w, 0)));
}
static void cos_backward(mlrt__walk *w) { /* -g sin(x) */
    give_times(w, mlrt_neg(w->m, mlrt_sin(w->m, mlrt__in(w, 0))));
}
static void tan_backward(mlrt__walk *w) { /* g (y^2 + 1) */
    mlrt_tensor *s = mlrt_square(w->m, mlrt__saved_out(w, 0));
    give_times(w, mlrt_add(w->m, s, mlrt_number(w->m, 1)));
}
/* 1 / sqrt(1 - x^2) */
static mlrt_tensor *asin_slope(mlrt__walk *w) {
    mlrt_tensor *s = mlrt_square(w->m, mlrt__in(w, 0));
    return mlrt_rsqrt(w->m, mlrt_sub(w->m, mlrt_number(w->m, 1), s));
}
static void asin_backward(mlrt__walk *w) {
    give_times(w, asin_slope(w));
}
static void acos_backward(mlrt__walk *w) {
    give_times(w, mlrt_neg(w->m, asin_slope(w)));
}
static void atan_backward(mlrt__walk *w) { /* g / (x^2 + 1) */
    mlrt_tensor *s = mlrt_square(w->m, mlrt__in(w, 0));
    give_over(w, mlrt_add(w->m, s, mlrt_number(w->m, 1)));
}
static void sinh_backward(mlrt__walk *w) { /* g cosh(x) */
    give_times(w, mlrt_cosh(w->m, mlrt__in(w, 0)));
}
static void cosh_backward(mlrt__walk *w) { /* g sinh(x) */
    give_times(w, mlrt_sinh(w->m, mlrt__in(w, 0)));
}

/* 2 / sqrt(pi) exp(-x^2), with the sign */
static mlrt_tensor *erf_slope(mlrt__walk *w, double sign) {
    mlrt_tensor *s = mlrt_square(w->m, mlrt__in(w, 0));
    return times(w->m, mlrt_exp(w->m, mlrt_neg(w->m, s)), sign * M_2_SQRTPI);
}
static void erf_backward(mlrt__walk *w) {
    give_times(w, erf_slope(w, 1));
}
static void erfc_backward(mlrt__walk *w) {
    give_times(w, erf_slope(w, -1));
}

/* ---- tanh and sigmoid, from their output ------------------------------ */

static void tanh_backward(mlrt__walk *w) { /* g (1 - y^2) */
    mlrt__give(w, 0,
               mlrt__tanh_grad(w->m, mlrt__g(w, 0), mlrt__saved_out(w, 0)));
}
static void sigmoid_backward(mlrt__walk *w) { /* g y (1 - y) */
    mlrt__give(w, 0,
               mlrt__sigmoid_grad(w->m, mlrt__g(w, 0), mlrt__saved_out(w, 0)));
}

/* Given G, the gradient of g f(y): to g, G f(y); to y, G g f'(y). */
static mlrt_tensor *both(mlrt__walk *w) {
    return mlrt_mul(w->m, mlrt__g(w, 0), mlrt__in(w, 0));
}
static void tanh_grad_backward(mlrt__walk *w) { /* f' = -2 y */
    mlrt_tensor *y = mlrt__in(w, 1);
    if (mlrt__need(w, 0))
        mlrt__give(w, 0, mlrt__tanh_grad(w->m, mlrt__g(w, 0), y));
    if (mlrt__need(w, 1))
        mlrt__give(w, 1, mlrt_mul(w->m, both(w), times(w->m, y, -2)));
}
static void sigmoid_grad_backward(mlrt__walk *w) { /* f' = 1 - 2 y */
    mlrt *m = w->m;
    mlrt_tensor *y = mlrt__in(w, 1);
    if (mlrt__need(w, 0))
        mlrt__give(w, 0, mlrt__sigmoid_grad(m, mlrt__g(w, 0), y));
    if (mlrt__need(w, 1)) {
        mlrt_tensor *f = mlrt_sub(m, mlrt_number(m, 1), times(m, y, 2));
        mlrt__give(w, 1, mlrt_mul(m, both(w), f));
    }
}

/* ---- Rows ------------------------------------------------------------- */

#define REFUSED                                                                \
    "!ix{1,2} -- an index has no arithmetic",                                  \
        "!b{true,false} -- bool has no arithmetic"
#define ANY_X                                                                  \
    SAMPLES("r(2,3)", "r(3,2):t()", "r()", "r(0,3)", "i(2,3)", REFUSED)
#define POSITIVE_X                                                             \
    SAMPLES("p(2,3)", "p(3,2):t()", "p()", "p(0,3)", "i(2,3)", REFUSED)
#define SMALL_X                                                                \
    SAMPLES("u(2,3)", "u(3,2):t()", "u()", "u(0,3)", "i(2,3)", REFUSED)
#define TESTS                                                                  \
    SAMPLES("r(2,3)", "r(3,2):t()", "r()", "r(0,3)", "i(2,3)",                 \
            "b{true,false}", "!ix{1,2} -- an index has no arithmetic")

const mlrt__op mlrt__unary[] = {
    {.name = "neg",
     .args = "x: tensor",
     .outs = "y",
     .doc = "-x. Integers wrap.",
     .inplace = true,
     .shape = mlrt__number_shape,
     .forward = mlrt__number_forward,
     .backward = neg_backward,
     .samples = ANY_X},
    {.name = "abs",
     .args = "x: tensor",
     .outs = "y",
     .doc = "|x|; its gradient at 0 is 0. The smallest i64 and i32 stay "
            "as they are.",
     .inplace = true,
     .shape = mlrt__number_shape,
     .forward = mlrt__number_forward,
     .backward = abs_backward,
     .saves = {MLRT__IN(0)},
     .samples = ANY_X},
    {.name = "sign",
     .args = "x: tensor",
     .outs = "y",
     .doc = "1 where x is above 0, -1 where it is below, else 0 (nan "
            "too). The gradient is 0.",
     .inplace = true,
     .shape = mlrt__number_shape,
     .forward = mlrt__number_forward,
     .backward = step_backward,
     .samples = ANY_X},
    {.name = "square",
     .args = "x: tensor",
     .outs = "y",
     .doc = "x^2. Integers wrap.",
     .inplace = true,
     .shape = mlrt__number_shape,
     .forward = mlrt__number_forward,
     .backward = square_backward,
     .saves = {MLRT__IN(0)},
     .samples = ANY_X},
    {.name = "reciprocal",
     .args = "x: tensor",
     .outs = "y",
     .doc = "1 / x; integers give f32.",
     .inplace = true,
     .shape = mlrt__float_shape,
     .forward = mlrt__float_forward,
     .backward = reciprocal_backward,
     .saves = {MLRT__OUT(0)},
     .samples = POSITIVE_X},
    {.name = "sqrt",
     .args = "x: tensor",
     .outs = "y",
     .doc = "Square root; integers give f32, numbers below 0 nan.",
     .inplace = true,
     .shape = mlrt__float_shape,
     .forward = mlrt__float_forward,
     .backward = sqrt_backward,
     .saves = {MLRT__OUT(0)},
     .samples = POSITIVE_X},
    {.name = "rsqrt",
     .args = "x: tensor",
     .outs = "y",
     .doc = "1 / sqrt(x); integers give f32.",
     .inplace = true,
     .shape = mlrt__float_shape,
     .forward = mlrt__float_forward,
     .backward = rsqrt_backward,
     .saves = {MLRT__OUT(0)},
     .samples = POSITIVE_X},
    {.name = "exp",
     .args = "x: tensor",
     .outs = "y",
     .doc = "e^x; integers give f32.",
     .inplace = true,
     .shape = mlrt__float_shape,
     .forward = mlrt__float_forward,
     .backward = exp_backward,
     .saves = {MLRT__OUT(0)},
     .samples = ANY_X},
    {.name = "exp2",
     .args = "x: tensor",
     .outs = "y",
     .doc = "2^x; integers give f32.",
     .inplace = true,
     .shape = mlrt__float_shape,
     .forward = mlrt__float_forward,
     .backward = exp2_backward,
     .saves = {MLRT__OUT(0)},
     .samples = ANY_X},
    {.name = "expm1",
     .args = "x: tensor",
     .outs = "y",
     .doc = "e^x - 1, exact near 0 too; integers give f32.",
     .inplace = true,
     .shape = mlrt__float_shape,
     .forward = mlrt__float_forward,
     .backward = expm1_backward,
     .saves = {MLRT__OUT(0)},
     .samples = ANY_X},
    {.name = "log",
     .args = "x: tensor",
     .outs = "y",
     .doc = "Natural logarithm; integers give f32. log(0) is -inf, that "
            "of numbers below 0 nan.",
     .inplace = true,
     .shape = mlrt__float_shape,
     .forward = mlrt__float_forward,
     .backward = log_backward,
     .saves = {MLRT__IN(0)},
     .samples = POSITIVE_X},
    {.name = "log2",
     .args = "x: tensor",
     .outs = "y",
     .doc = "Logarithm to base 2; integers give f32.",
     .inplace = true,
     .shape = mlrt__float_shape,
     .forward = mlrt__float_forward,
     .backward = log2_backward,
     .saves = {MLRT__IN(0)},
     .samples = POSITIVE_X},
    {.name = "log10",
     .args = "x: tensor",
     .outs = "y",
     .doc = "Logarithm to base 10; integers give f32.",
     .inplace = true,
     .shape = mlrt__float_shape,
     .forward = mlrt__float_forward,
     .backward = log10_backward,
     .saves = {MLRT__IN(0)},
     .samples = POSITIVE_X},
    {.name = "log1p",
     .args = "x: tensor",
     .outs = "y",
     .doc = "log(1 + x), exact near 0 too; integers give f32.",
     .inplace = true,
     .shape = mlrt__float_shape,
     .forward = mlrt__float_forward,
     .backward = log1p_backward,
     .saves = {MLRT__IN(0)},
     .samples = POSITIVE_X},
    {.name = "sin",
     .args = "x: tensor",
     .outs = "y",
     .doc = "Sine of x in radians; integers give f32.",
     .inplace = true,
     .shape = mlrt__float_shape,
     .forward = mlrt__float_forward,
     .backward = sin_backward,
     .saves = {MLRT__IN(0)},
     .samples = ANY_X},
    {.name = "cos",
     .args = "x: tensor",
     .outs = "y",
     .doc = "Cosine of x in radians; integers give f32.",
     .inplace = true,
     .shape = mlrt__float_shape,
     .forward = mlrt__float_forward,
     .backward = cos_backward,
     .saves = {MLRT__IN(0)},
     .samples = ANY_X},
    {.name = "tan",
     .args = "x: tensor",
     .outs = "y",
     .doc = "Tangent of x in radians; integers give f32.",
     .inplace = true,
     .shape = mlrt__float_shape,
     .forward = mlrt__float_forward,
     .backward = tan_backward,
     .saves = {MLRT__OUT(0)},
     .samples = SMALL_X},
    {.name = "asin",
     .args = "x: tensor",
     .outs = "y",
     .doc = "Inverse sine, in radians from -pi/2 to pi/2; integers give "
            "f32, numbers beyond -1..1 nan.",
     .inplace = true,
     .shape = mlrt__float_shape,
     .forward = mlrt__float_forward,
     .backward = asin_backward,
     .saves = {MLRT__IN(0)},
     .samples = SMALL_X},
    {.name = "acos",
     .args = "x: tensor",
     .outs = "y",
     .doc = "Inverse cosine, in radians from 0 to pi; integers give f32, "
            "numbers beyond -1..1 nan.",
     .inplace = true,
     .shape = mlrt__float_shape,
     .forward = mlrt__float_forward,
     .backward = acos_backward,
     .saves = {MLRT__IN(0)},
     .samples = SMALL_X},
    {.name = "atan",
     .args = "x: tensor",
     .outs = "y",
     .doc = "Inverse tangent, in radians from -pi/2 to pi/2; integers "
            "give f32.",
     .inplace = true,
     .shape = mlrt__float_shape,
     .forward = mlrt__float_forward,
     .backward = atan_backward,
     .saves = {MLRT__IN(0)},
     .samples = ANY_X},
    {.name = "sinh",
     .args = "x: tensor",
     .outs = "y",
     .doc = "Hyperbolic sine; integers give f32.",
     .inplace = true,
     .shape = mlrt__float_shape,
     .forward = mlrt__float_forward,
     .backward = sinh_backward,
     .saves = {MLRT__IN(0)},
     .samples = ANY_X},
    {.name = "cosh",
     .args = "x: tensor",
     .outs = "y",
     .doc = "Hyperbolic cosine; integers give f32.",
     .inplace = true,
     .shape = mlrt__float_shape,
     .forward = mlrt__float_forward,
     .backward = cosh_backward,
     .saves = {MLRT__IN(0)},
     .samples = ANY_X},
    {.name = "tanh",
     .args = "x: tensor",
     .outs = "y",
     .doc = "Hyperbolic tangent; integers give f32.",
     .inplace = true,
     .shape = mlrt__float_shape,
     .forward = mlrt__float_forward,
     .backward = tanh_backward,
     .saves = {MLRT__OUT(0)},
     .samples = ANY_X},
    {.name = "sigmoid",
     .args = "x: tensor",
     .outs = "y",
     .doc = "1 / (1 + exp(-x)), the logistic function; integers give f32.",
     .inplace = true,
     .shape = mlrt__float_shape,
     .forward = mlrt__float_forward,
     .backward = sigmoid_backward,
     .saves = {MLRT__OUT(0)},
     .samples = ANY_X},
    {.name = "erf",
     .args = "x: tensor",
     .outs = "y",
     .doc = "Error function, 2 / sqrt(pi) times the integral of exp(-t^2) "
            "from 0 to x; integers give f32.",
     .inplace = true,
     .shape = mlrt__float_shape,
     .forward = mlrt__float_forward,
     .backward = erf_backward,
     .saves = {MLRT__IN(0)},
     .samples = ANY_X},
    {.name = "erfc",
     .args = "x: tensor",
     .outs = "y",
     .doc = "1 - erf(x), exact where that would round to 0; integers give "
            "f32.",
     .inplace = true,
     .shape = mlrt__float_shape,
     .forward = mlrt__float_forward,
     .backward = erfc_backward,
     .saves = {MLRT__IN(0)},
     .samples = ANY_X},
    {.name = "floor",
     .args = "x: tensor",
     .outs = "y",
     .doc = "The largest whole number not above x; integers stay. The "
            "gradient is 0.",
     .inplace = true,
     .shape = mlrt__number_shape,
     .forward = round_forward,
     .backward = step_backward,
     .samples = ANY_X},
    {.name = "ceil",
     .args = "x: tensor",
     .outs = "y",
     .doc = "The smallest whole number not below x; integers stay. The "
            "gradient is 0.",
     .inplace = true,
     .shape = mlrt__number_shape,
     .forward = round_forward,
     .backward = step_backward,
     .samples = ANY_X},
    {.name = "round",
     .args = "x: tensor",
     .outs = "y",
     .doc = "The nearest whole number, halves to the even one; integers "
            "stay. The gradient is 0.",
     .inplace = true,
     .shape = mlrt__number_shape,
     .forward = round_forward,
     .backward = step_backward,
     .samples = ANY_X},
    {.name = "trunc",
     .args = "x: tensor",
     .outs = "y",
     .doc = "x without its fraction: rounded towards 0; integers stay. "
            "The gradient is 0.",
     .inplace = true,
     .shape = mlrt__number_shape,
     .forward = round_forward,
     .backward = step_backward,
     .samples = ANY_X},
    {.name = "frac",
     .args = "x: tensor",
     .outs = "y",
     .doc = "x - trunc(x), of the sign of x; 0 for integers.",
     .inplace = true,
     .shape = mlrt__number_shape,
     .forward = frac_forward,
     .backward = frac_backward,
     .samples = ANY_X},
    {.name = "isnan",
     .args = "x: tensor",
     .outs = "y",
     .doc = "Where x is nan, as bool.",
     .shape = test_shape,
     .forward = isnan_forward,
     .samples = TESTS},
    {.name = "isinf",
     .args = "x: tensor",
     .outs = "y",
     .doc = "Where x is inf or -inf, as bool.",
     .shape = test_shape,
     .forward = isnan_forward,
     .samples = TESTS},
    {.name = "isfinite",
     .args = "x: tensor",
     .outs = "y",
     .doc = "Where x is neither infinite nor nan, as bool.",
     .shape = test_shape,
     .forward = isfinite_forward,
     .samples = TESTS},
    {.name = "logical_not",
     .args = "x: tensor",
     .outs = "y",
     .doc = "Where x is 0 (or false), as bool.",
     .inplace = true,
     .shape = test_shape,
     .forward = not_forward,
     .samples = TESTS},
    {.name = "bitwise_not",
     .args = "x: tensor",
     .outs = "y",
     .doc = "Every bit turned over; of bool, not.",
     .inplace = true,
     .shape = bits_shape,
     .forward = bits_forward,
     .samples = SAMPLES("i(2,3)", "i(3,2):t()", "b{true,false}",
                        "!r(2) -- integers or bool expected, got f32")},
    {.name = "_tanh_grad",
     .args = "g: tensor, y: tensor",
     .outs = "gx",
     .doc = "g (1 - y^2): the gradient of tanh from its output.",
     .shape = mlrt__pair_shape,
     .forward = mlrt__pair_forward,
     .backward = tanh_grad_backward,
     .saves = {MLRT__IN(1), MLRT__IN(0) | MLRT__IN(1)},
     .samples = SAMPLES("r(2,3), u(2,3)", "r(3,2):t(), u(2,3)")},
    {.name = "_sigmoid_grad",
     .args = "g: tensor, y: tensor",
     .outs = "gx",
     .doc = "g y (1 - y): the gradient of sigmoid from its output.",
     .shape = mlrt__pair_shape,
     .forward = mlrt__pair_forward,
     .backward = sigmoid_grad_backward,
     .saves = {MLRT__IN(1), MLRT__IN(0) | MLRT__IN(1)},
     .samples = SAMPLES("r(2,3), p(2,3)", "r(3,2):t(), p(2,3)")},
    {0},
};
