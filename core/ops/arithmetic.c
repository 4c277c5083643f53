/* arithmetic.c: operations on two or three operands, element by element.
 *
 * An operand is a tensor or a number.  Where a formula would divide by zero
 * at a point whose gradient is known, the formula is changed there, so that
 * no gradient of a gradient meets 0 * inf.
 */
#include <math.h>

#include "../kernels/copy.h"
#include "elementwise.h"

enum { X, Y, Z }; /* operands */

/* ---- Shapes and running ----------------------------------------------- */

static int wrapping_shape(mlrt__call *c) {
    return mlrt__elementwise_shape(c, X, Y, MLRT__WRAPPING, MLRT_DTYPE_NONE);
}
static int wrapping_forward(mlrt__call *c) {
    return mlrt__elementwise(c, X, Y, NULL);
}
static int two_shape(mlrt__call *c) {
    return mlrt__elementwise_shape(c, X, Y, MLRT__NUMBERS, MLRT_DTYPE_NONE);
}
static int two_forward(mlrt__call *c) {
    return mlrt__elementwise(c, X, Y, NULL);
}
static int lerp_shape(mlrt__call *c) {
    return mlrt__elementwise_shape(c, X, Z, MLRT__FLOATS, MLRT_DTYPE_NONE);
}
static int lerp_forward(mlrt__call *c) {
    return mlrt__elementwise(c, X, Z, NULL);
}

/* ---- add and sub with alpha ------------------------------------------- */

enum { ALPHA = 2, ROUNDING = 2 };

static int sum_shape(mlrt__call *c) {
    int err = wrapping_shape(c);
    double alpha = mlrt__has(c, ALPHA) ? mlrt__d(c, ALPHA) : 1;
    if (err || mlrt__is_float(c->out[0].dtype) ||
        (rint(alpha) == alpha && fabs(alpha) < 0x1p53))
        return err;
    return mlrt__bad(c, MLRT_EARG, "alpha %g: integer tensors want an integer",
                     alpha);
}
/* x + k y, k being alpha or -alpha */
static int sum_forward(mlrt__call *c, double sign) {
    double k;
    if (!mlrt__has(c, ALPHA))
        return wrapping_forward(c);
    k = sign * mlrt__d(c, ALPHA);
    return mlrt__elementwise_as(c, X, Y, "_add_scaled", &k);
}
static int add_forward(mlrt__call *c) {
    return sum_forward(c, 1);
}
static int sub_forward(mlrt__call *c) {
    return sum_forward(c, -1);
}

/* ---- Integers that have no result ------------------------------------- */

/* A fraction is a number that stands beside integers. */
static int64_t integer_at(int dtype, const char *p) {
    switch (dtype) {
    case MLRT_I64: return *(const int64_t *)(const void *)p;
    case MLRT_I32: return *(const int32_t *)(const void *)p;
    case MLRT_F64: return (int64_t) * (const double *)(const void *)p;
    default: return *(const uint8_t *)p;
    }
}

/* Is any element 0 (or, if asked, negative)?  Repeated ones are looked at
 * once. */
static bool any_integer(const mlrt_tensor *t, bool negative) {
    int64_t at[MLRT_MAX_DIMS] = {0}, shape[MLRT_MAX_DIMS], offset = 0;
    size_t size = mlrt__dsize(t->dtype);
    int d = 0;
    for (int i = 0; i < t->ndim; i++)
        shape[i] = t->stride[i] ? t->shape[i] : 1;
    while (t->numel && d >= 0) {
        int64_t v = integer_at(t->dtype, mlrt__ptr(t) + offset * (int64_t)size);
        if (negative ? v < 0 : v == 0)
            return true;
        for (d = t->ndim - 1; d >= 0; d--) {
            offset += t->stride[d];
            if (++at[d] < shape[d])
                break;
            offset -= t->stride[d] * at[d];
            at[d] = 0;
        }
    }
    return false;
}

static int quotient_shape(mlrt__call *c) {
    int err = two_shape(c);
    if (!err && !mlrt__is_float(c->out[0].dtype) &&
        any_integer(mlrt__t(c, Y), false))
        err = mlrt__bad(c, MLRT_EARG,
                        "argument 'y': an integer is divided "
                        "by zero");
    return err;
}
static int div_shape(mlrt__call *c) {
    return mlrt__has(c, ROUNDING) ? quotient_shape(c) : mlrt__pair_shape(c);
}
static int div_forward(mlrt__call *c) {
    enum { TRUNC, FLOOR };
    if (!mlrt__has(c, ROUNDING))
        return mlrt__pair_forward(c);
    const char *loop = mlrt__i(c, ROUNDING) == FLOOR ? "floor_divide"
                                                     : "_div_trunc";
    return mlrt__elementwise_as(c, X, Y, loop, NULL);
}
static int pow_shape(mlrt__call *c) {
    int err = two_shape(c);
    if (!err && !mlrt__is_float(c->out[0].dtype) &&
        any_integer(mlrt__t(c, Y), true))
        err = mlrt__bad(c, MLRT_EARG,
                        "argument 'y': integers have no negative powers; "
                        "convert with x:to(\"f32\")");
    return err;
}

/* ---- Gradients -------------------------------------------------------- */

static mlrt_tensor *number(mlrt__walk *w, double value) {
    return mlrt_number(w->m, value);
}
static void give_times(mlrt__walk *w, int i, mlrt_tensor *f) {
    mlrt__give(w, i, mlrt_mul(w->m, mlrt__g(w, 0), f));
}

static mlrt_tensor *times_alpha(mlrt__walk *w) {
    const mlrt_arg *alpha = mlrt__arg(w, ALPHA);
    mlrt_tensor *g = mlrt__g(w, 0);
    return alpha->kind == MLRT_VAL_NONE
               ? g
               : mlrt_mul(w->m, g, number(w, alpha->u.d));
}
static void add_backward(mlrt__walk *w) {
    mlrt__give(w, X, mlrt__g(w, 0));
    if (mlrt__need(w, Y))
        mlrt__give(w, Y, times_alpha(w));
}
static void sub_backward(mlrt__walk *w) {
    mlrt__give(w, X, mlrt__g(w, 0));
    if (mlrt__need(w, Y))
        mlrt__give(w, Y, mlrt_neg(w->m, times_alpha(w)));
}
static void mul_backward(mlrt__walk *w) {
    if (mlrt__need(w, X))
        give_times(w, X, mlrt__in(w, Y));
    if (mlrt__need(w, Y))
        give_times(w, Y, mlrt__in(w, X));
}
static void steps_backward(mlrt__walk *w) {
    for (int i = X; i <= Y; i++)
        if (mlrt__need(w, i))
            mlrt__give(w, i, mlrt__zeros_of(w, i));
}
static void div_backward(mlrt__walk *w) { /* g / y and -g out / y */
    mlrt *m = w->m;
    if (mlrt__arg(w, ROUNDING)->kind != MLRT_VAL_NONE) {
        steps_backward(w);
        return;
    }
    mlrt_tensor *f = mlrt_div(m, mlrt__g(w, 0), mlrt__in(w, Y));
    mlrt__give(w, X, f);
    if (mlrt__need(w, Y))
        mlrt__give(w, Y, mlrt_neg(m, mlrt_mul(m, f, mlrt__saved_out(w, 0))));
}
/* x - y times the rounded quotient, which does not move */
static void remainder_backward(mlrt__walk *w) {
    mlrt__give(w, X, mlrt__g(w, 0));
    if (mlrt__need(w, Y)) {
        mlrt_tensor *q = mlrt_floor_divide(w->m, mlrt__in(w, X),
                                           mlrt__in(w, Y));
        give_times(w, Y, mlrt_neg(w->m, q));
    }
}
static void fmod_backward(mlrt__walk *w) {
    mlrt__give(w, X, mlrt__g(w, 0));
    if (mlrt__need(w, Y)) {
        mlrt_tensor *q = mlrt_div(w->m, mlrt__in(w, X), mlrt__in(w, Y));
        give_times(w, Y, mlrt_neg(w->m, mlrt_trunc(w->m, q)));
    }
}

/* y x^(y-1), with x^0 where y is 0: 0 there, though x may be 0 too. */
static mlrt_tensor *base_slope(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *y = mlrt__in(w, Y), *one = number(w, 1);
    mlrt_tensor *none = mlrt_eq(m, y, number(w, 0));
    mlrt_tensor *less = mlrt_sub(m, mlrt_where(m, none, one, y), one);
    return mlrt_mul(m, mlrt_pow(m, mlrt__in(w, X), less), y);
}
/* x^y log(x), and 0 at x = 0 where y is not negative */
static mlrt_tensor *power_slope(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *x = mlrt__in(w, X), *zero = number(w, 0);
    mlrt_tensor *edge = mlrt_logical_and(m, mlrt_eq(m, x, zero),
                                         mlrt_ge(m, mlrt__in(w, Y), zero));
    mlrt_tensor *log = mlrt_log(m, mlrt_where(m, edge, number(w, 1), x));
    return mlrt_mul(m, mlrt__saved_out(w, 0), log);
}
/* A number as exponent stays one: pow knows 1, 2, 1/2 and so on. */
static mlrt_tensor *number_slope(mlrt__walk *w, double y) {
    mlrt_tensor *p = mlrt_pow(w->m, mlrt__in(w, X), number(w, y - 1));
    return mlrt_mul(w->m, p, number(w, y));
}
static void pow_backward(mlrt__walk *w) {
    mlrt_tensor *y = mlrt__in(w, Y);
    double value = 0;
    if (mlrt__need(w, Y))
        give_times(w, Y, power_slope(w));
    if (!y || !mlrt__need(w, X))
        return;
    if (!(y->flags & MLRT__WRAPPED))
        give_times(w, X, base_slope(w));
    else if (mlrt_item(y, &value) == 0 && value == 0)
        mlrt__give(w, X, mlrt__zeros_of(w, X));
    else
        give_times(w, X, number_slope(w, value));
}

/* Equal operands share the gradient; `lost` is where x is not chosen. */
static void choice_backward(mlrt__walk *w, mlrt_tensor *lost,
                            mlrt_tensor *won) {
    mlrt *m = w->m;
    mlrt_tensor *g = mlrt__g(w, 0), *zero = number(w, 0);
    mlrt_tensor *tie = mlrt_eq(m, mlrt__in(w, X), mlrt__in(w, Y));
    g = mlrt_where(m, tie, mlrt_mul(m, g, number(w, 0.5)), g);
    if (mlrt__need(w, X))
        mlrt__give(w, X, mlrt_where(m, lost, zero, g));
    if (mlrt__need(w, Y))
        mlrt__give(w, Y, mlrt_where(m, won, zero, g));
}
static void maximum_backward(mlrt__walk *w) {
    mlrt_tensor *x = mlrt__in(w, X), *y = mlrt__in(w, Y);
    choice_backward(w, mlrt_lt(w->m, x, y), mlrt_gt(w->m, x, y));
}
static void minimum_backward(mlrt__walk *w) {
    mlrt_tensor *x = mlrt__in(w, X), *y = mlrt__in(w, Y);
    choice_backward(w, mlrt_gt(w->m, x, y), mlrt_lt(w->m, x, y));
}

static void lerp_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    if (mlrt__need(w, X))
        give_times(w, X, mlrt_sub(m, number(w, 1), mlrt__in(w, Z)));
    if (mlrt__need(w, Y))
        give_times(w, Y, mlrt__in(w, Z));
    if (mlrt__need(w, Z))
        give_times(w, Z, mlrt_sub(m, mlrt__in(w, Y), mlrt__in(w, X)));
}

/* ---- clamp ------------------------------------------------------------ */

/* An absent bound is the type's last value. */
typedef struct bound {
    mlrt_tensor t;
    mlrt__storage s;
    double value;
} bound;

static const mlrt_tensor *bound_of(bound *b, const mlrt_tensor *given,
                                   int dtype, bool upper) {
    static const double last[][2] = {{-INFINITY, INFINITY},
                                     {-INFINITY, INFINITY},
                                     {-INFINITY, INFINITY},
                                     {INT32_MIN, INT32_MAX},
                                     {0, UINT8_MAX}};
    if (given)
        return given;
    b->value = last[dtype][upper];
    b->s = (mlrt__storage){.data = &b->value};
    b->t = (mlrt_tensor){.dtype = MLRT_F64, .numel = 1, .storage = &b->s};
    return &b->t;
}

static int clamp_shape(mlrt__call *c) {
    if (!mlrt__has(c, Y) && !mlrt__has(c, Z))
        return mlrt__bad(c, MLRT_EARG, "min or max is needed, or both");
    return mlrt__elementwise_shape(c, X, Z, MLRT__NUMBERS, MLRT_DTYPE_NONE);
}

/* Numbers as bounds are constants of a loop, as hardtanh has them: repeated,
 * they would be read for every element.  False: one is none, or NaN. */
static bool numbers_of(mlrt *m, const mlrt_tensor *const *t, double k[2]) {
    const int64_t steps[2] = {0, 0};
    for (int i = 0; i < 2; i++) {
        char *p[2] = {(char *)&k[i], mlrt__ptr(t[i])};
        if (t[i]->ndim != 0)
            return false;
        m->k->copy->cast[t[i]->dtype][MLRT_F64](p, steps, 1, NULL);
    }
    return k[0] == k[0] && k[1] == k[1];
}

static int clamp_forward(mlrt__call *c) {
    bound lo, hi;
    double k[2];
    int dtype, err = mlrt__common_dtype(c, X, Z, MLRT__NUMBERS, &dtype);
    if (err)
        return err;
    const mlrt_tensor *t[] = {mlrt__t(c, X),
                              bound_of(&lo, mlrt__t(c, Y), dtype, false),
                              bound_of(&hi, mlrt__t(c, Z), dtype, true)};
    bool between = mlrt__is_float(dtype) && numbers_of(c->m, t + 1, k);
    int id = c->id;
    if (between)
        c->id = mlrt_op_find(c->m, "hardtanh");
    err = mlrt__map(c, t, between ? 1 : 3, X, dtype, k);
    c->id = id;
    return err;
}

static mlrt_tensor *bound_in(mlrt__walk *w, int i, double absent) {
    mlrt_tensor *t = mlrt__in(w, i);
    return t == MLRT_NONE ? number(w, absent) : t;
}

/* x gets g where it is within the bounds, ends included; min where x is below
 * it and it counts, max where x is above it or min is. */
static void clamp_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *g = mlrt__g(w, 0), *x = mlrt__in(w, X), *zero = number(w, 0);
    mlrt_tensor *lo = bound_in(w, Y, -INFINITY), *at;
    mlrt_tensor *hi = bound_in(w, Z, INFINITY);
    if (mlrt__need(w, X))
        mlrt__give(w, X, mlrt__clamp_grad(m, g, x, lo, hi));
    if (mlrt__need(w, Y)) {
        at = mlrt_logical_and(m, mlrt_lt(m, x, lo), mlrt_lt(m, lo, hi));
        mlrt__give(w, Y, mlrt_where(m, at, g, zero));
    }
    if (mlrt__need(w, Z)) {
        at = mlrt_logical_or(m, mlrt_gt(m, x, hi), mlrt_lt(m, hi, lo));
        mlrt__give(w, Z, mlrt_where(m, at, g, zero));
    }
}

static int clamp_grad_shape(mlrt__call *c) {
    return mlrt__elementwise_shape(c, 0, 3, MLRT__FLOATS, MLRT_DTYPE_NONE);
}
static int clamp_grad_forward(mlrt__call *c) {
    return mlrt__elementwise(c, 0, 3, NULL);
}
static void clamp_grad_backward(mlrt__walk *w) {
    if (mlrt__need(w, 0))
        mlrt__give(w, 0,
                   mlrt__clamp_grad(w->m, mlrt__g(w, 0), mlrt__in(w, 1),
                                    mlrt__in(w, 2), mlrt__in(w, 3)));
    for (int i = 1; i <= 3; i++)
        if (mlrt__need(w, i))
            mlrt__give(w, i, mlrt__zeros_of(w, i));
}

/* With one bound it is an extreme, but for the gradient where both are
 * equal. */
static void clamp_min_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *below = mlrt_lt(m, mlrt__in(w, X), mlrt__in(w, Y));
    mlrt_tensor *g = mlrt__g(w, 0), *zero = number(w, 0);
    mlrt__give(w, X, mlrt_where(m, below, zero, g));
    if (mlrt__need(w, Y))
        mlrt__give(w, Y, mlrt_where(m, below, g, zero));
}
static void clamp_max_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *above = mlrt_gt(m, mlrt__in(w, X), mlrt__in(w, Y));
    mlrt_tensor *g = mlrt__g(w, 0), *zero = number(w, 0);
    mlrt__give(w, X, mlrt_where(m, above, zero, g));
    if (mlrt__need(w, Y))
        mlrt__give(w, Y, mlrt_where(m, above, g, zero));
}

/* ---- Rows ------------------------------------------------------------- */

#define BOTH (MLRT__IN(X) | MLRT__IN(Y))
#define TWO "x: operand, y: operand"
#define REFUSED                                                                \
    "!r(2,3), r(2) -- shapes (2, 3) and (2) do not broadcast",                 \
        "!ix{1,2}, ix{1,2} -- an index has no arithmetic",                     \
        "!b{true}, b{true} -- bool has no arithmetic",                         \
        "!ix{1,2}, r(2) -- do not mix"

const mlrt__op mlrt__arithmetic[] = {
    {.name = "add",
     .args = TWO "; alpha: number?",
     .outs = "z",
     .doc = "x + y, or x + alpha y. Integers wrap, and want an integer alpha.",
     .inplace = true,
     .shape = sum_shape,
     .forward = add_forward,
     .backward = add_backward,
     .samples = SAMPLES("r(2,3), r(2,3)", "r(2,3), r(3)", "r(2,1), r(3,1,4)",
                        "r(3,2):t(), r(2,3)", "r(2,3), 1.5", "2, r(2,3)",
                        "r(), r(2)", "r(0,3), r(3)", "i(2,3), i(3)",
                        "i(3), 0.5", "i(3), r(3)", "b{true,false}, 1",
                        "r(2,3), r(3), {alpha=-0.5}", "r(3,2):t(), 2, 3",
                        "i(2,3), i(3), {alpha=-2}", "i(3), r(3), {alpha=0.5}",
                        "!i(2), i(2), {alpha=0.5} -- alpha 0.5: integer "
                        "tensors want an integer",
                        "!ix{1,2}, 1 -- an index has no arithmetic", REFUSED)},
    {.name = "sub",
     .args = TWO "; alpha: number?",
     .outs = "z",
     .doc = "x - y, or x - alpha y. Integers wrap, and want an integer alpha.",
     .inplace = true,
     .shape = sum_shape,
     .forward = sub_forward,
     .backward = sub_backward,
     .samples = SAMPLES("r(2,3), r(2,3)", "r(2,3), r(3)", "r(2,1), r(3,1,4)",
                        "r(3,2):t(), r(2,3)", "r(2,3), 1.5", "2, r(2,3)",
                        "r(), r(2)", "r(0,3), r(3)", "i(2,3), i(3)",
                        "r(2,3), r(3), {alpha=-0.5}", "2, r(2), {alpha=3}",
                        "i(2,3), i(3), {alpha=2}", REFUSED)},
    {.name = "mul",
     .args = TWO,
     .outs = "z",
     .doc = "x * y. Integers wrap.",
     .inplace = true,
     .shape = wrapping_shape,
     .forward = wrapping_forward,
     .backward = mul_backward,
     .saves = {MLRT__IN(Y), MLRT__IN(X)},
     .samples = SAMPLES("r(2,3), r(2,3)", "r(2,3), r(3)", "r(2,1), r(3,1,4)",
                        "r(3,2):t(), r(2,3)", "r(2,3), 1.5", "2, r(2,3)",
                        "r(), r(2)", "r(0,3), r(3)", "i(2,3), i(3)",
                        "b{true,false}, r(2)", REFUSED)},
    {.name = "div",
     .args = TWO "; rounding_mode: trunc|floor?",
     .outs = "z",
     .doc = "x / y; integers give f32. Division by zero gives inf or nan. "
            "Rounded towards zero (\"trunc\") or down (\"floor\", which is "
            "floor_divide), integers stay integers, may not be divided by "
            "zero, and the gradient is 0.",
     .inplace = true,
     .shape = div_shape,
     .forward = div_forward,
     .backward = div_backward,
     .saves = {MLRT__IN(Y), MLRT__IN(Y) | MLRT__OUT(0)},
     .samples = SAMPLES("r(2,3), p(2,3)", "r(2,3), p(3)", "r(2,1), p(3,1,4)",
                        "r(3,2):t(), p(2,3)", "r(2,3), 1.5", "2, p(2,3)",
                        "r(), p(2)", "r(0,3), p(3)", "i(2,3), i(3)",
                        "r(2,3)*3, p(2,3), {rounding_mode=\"trunc\"}",
                        "r(2,3)*3, p(3), \"floor\"", "i(3), 2, \"trunc\"",
                        "i(3), i(3)*2+1, \"floor\"",
                        "!i(2), 0, \"trunc\" -- an integer is divided by zero",
                        "!r(2), 2, \"up\" -- one of trunc|floor expected",
                        REFUSED)},
    {.name = "floor_divide",
     .args = TWO,
     .outs = "z",
     .doc = "floor(x / y), as Lua's //. Integers stay integers and may not "
            "be divided by zero. The gradient is 0.",
     .inplace = true,
     .shape = quotient_shape,
     .forward = two_forward,
     .backward = steps_backward,
     .samples = SAMPLES("r(2,3), p(2,3)", "r(2,3), p(3)", "r(2,3), 0.7",
                        "2, p(2,3)", "i(2,3), 2", "i(3), i(3)*2+1",
                        "!i(2), 0 -- an integer is divided by zero", REFUSED)},
    {.name = "remainder",
     .args = TWO,
     .outs = "z",
     .doc = "x - y floor(x / y), of the sign of y, as Lua's %. Integers may "
            "not be divided by zero.",
     .inplace = true,
     .shape = quotient_shape,
     .forward = two_forward,
     .backward = remainder_backward,
     .saves = {0, BOTH},
     .samples = SAMPLES("r(2,3), p(2,3)", "r(2,3), p(3)", "r(2,3), 0.7",
                        "2, p(2,3)", "i(2,3), 2", "i(3), i(3)*2+1",
                        "!i(2), 0 -- an integer is divided by zero", REFUSED)},
    {.name = "fmod",
     .args = TWO,
     .outs = "z",
     .doc = "x - y trunc(x / y), of the sign of x, as C's fmod. Integers may "
            "not be divided by zero.",
     .inplace = true,
     .shape = quotient_shape,
     .forward = two_forward,
     .backward = fmod_backward,
     .saves = {0, BOTH},
     .samples = SAMPLES("r(2,3), p(2,3)", "r(2,3), p(3)", "r(2,3), 0.7",
                        "2, p(2,3)", "i(2,3), 2", "i(3), i(3)*2+1",
                        "!i(2), 0 -- an integer is divided by zero", REFUSED)},
    {.name = "pow",
     .args = TWO,
     .outs = "z",
     .doc = "x^y. Integers wrap, and have no negative powers; a fraction as "
            "exponent makes f32 of them. Of a negative x there are only whole "
            "powers, the others are nan.",
     .inplace = true,
     .shape = pow_shape,
     .forward = two_forward,
     .backward = pow_backward,
     .saves = {BOTH, BOTH | MLRT__OUT(0)},
     .samples = SAMPLES("p(2,3), r(2,3)", "p(2,3), r(3)", "r(2,3), 2",
                        "r(2,3), 3", "p(2,3), 0.5", "p(2,3), -1.3", "r(2,3), 0",
                        "r(2,3), 1", "2, r(2,3)", "p(3,2):t(), r(2,3)",
                        "p(), r(2)", "p(0,3), r(3)", "i(2,3), 2", "i(2), 0.5",
                        "!i(2), -1 -- integers have no negative powers",
                        REFUSED)},
    {.name = "maximum",
     .args = TWO,
     .outs = "z",
     .doc = "The larger of x and y; nan if either is. Equal ones share the "
            "gradient.",
     .inplace = true,
     .shape = two_shape,
     .forward = two_forward,
     .backward = maximum_backward,
     .saves = {BOTH, BOTH},
     .samples = SAMPLES("r(2,3), r(2,3)", "r(2,3), r(3)", "r(2,3), 0.1",
                        "0.1, r(2,3)", "r(3,2):t(), r(2,3)", "i(2,3), i(3)",
                        REFUSED)},
    {.name = "minimum",
     .args = TWO,
     .outs = "z",
     .doc = "The smaller of x and y; nan if either is. Equal ones share the "
            "gradient.",
     .inplace = true,
     .shape = two_shape,
     .forward = two_forward,
     .backward = minimum_backward,
     .saves = {BOTH, BOTH},
     .samples = SAMPLES("r(2,3), r(2,3)", "r(2,3), r(3)", "r(2,3), 0.1",
                        "0.1, r(2,3)", "r(3,2):t(), r(2,3)", "i(2,3), i(3)",
                        REFUSED)},
    {.name = "lerp",
     .args = "x: operand, y: operand, weight: operand",
     .outs = "z",
     .doc = "x + weight (y - x): x at weight 0, y at 1; integers give f32.",
     .inplace = true,
     .shape = lerp_shape,
     .forward = lerp_forward,
     .backward = lerp_backward,
     .saves = {MLRT__IN(Z), MLRT__IN(Z), BOTH},
     .samples = SAMPLES("r(2,3), r(2,3), 0.3", "r(2,3), r(3), p(2,1)",
                        "r(3,2):t(), r(2,3), 0.9", "r(), 1, 0.5",
                        "!r(2,3), r(2), 0.5 -- do not broadcast")},
    {.name = "clamp",
     .args = "x: tensor, min: operand?, max: operand?",
     .outs = "y",
     .doc = "x, or min where it is below, or max where it (or min) is above. "
            "At the bounds x has the gradient. nan stays, and a bound that is "
            "nan gives nan.",
     .inplace = true,
     .shape = clamp_shape,
     .forward = clamp_forward,
     .backward = clamp_backward,
     .saves = {BOTH | MLRT__IN(Z), BOTH | MLRT__IN(Z), BOTH | MLRT__IN(Z)},
     .samples = SAMPLES("r(2,3), -1, 1", "r(2,3), {min=0}", "r(2,3), {max=0.5}",
                        "r(2,3), u(3), p(2,1)", "r(3,2):t(), -0.5, 0.5",
                        "r(), 0, 1", "r(0,3), 0, 1", "i(2,3), 0, 2",
                        "i(2,3), {min=0.5}", "!r(2) -- min or max is needed",
                        "!i(2):to(\"u8\"), 300 -- 300 does not fit into u8",
                        "!ix{1,2}, 1 -- an index has no arithmetic")},
    {.name = "clamp_min",
     .args = "x: tensor, min: operand",
     .outs = "y",
     .doc = "x, or min where it is below: clamp with one bound.",
     .inplace = true,
     .kernel = "maximum",
     .shape = two_shape,
     .forward = two_forward,
     .backward = clamp_min_backward,
     .saves = {BOTH, BOTH},
     .samples = SAMPLES("r(2,3), 0", "r(2,3), r(3)", "r(3,2):t(), 0.5",
                        "i(2,3), 1")},
    {.name = "clamp_max",
     .args = "x: tensor, max: operand",
     .outs = "y",
     .doc = "x, or max where it is above: clamp with one bound.",
     .inplace = true,
     .kernel = "minimum",
     .shape = two_shape,
     .forward = two_forward,
     .backward = clamp_max_backward,
     .saves = {BOTH, BOTH},
     .samples = SAMPLES("r(2,3), 0", "r(2,3), r(3)", "r(3,2):t(), 0.5",
                        "i(2,3), 1")},
    {.name = "_clamp_grad",
     .args = "g: tensor, x: operand, min: operand, max: operand",
     .outs = "gx",
     .doc = "g where min <= x <= max, else 0.",
     .shape = clamp_grad_shape,
     .forward = clamp_grad_forward,
     .backward = clamp_grad_backward,
     .saves = {MLRT__IN(1) | MLRT__IN(2) | MLRT__IN(3)},
     .samples = SAMPLES("r(2,3), r(2,3), -1, 1", "r(2,3), r(2,3), u(3), 1")},
    {0},
};
