/* test_maths.c: the functions of one tensor are within 4 units in the last
 * place of the true value, on all kernels, and the same wherever an element
 * lies.  f32 is compared with double, f64 with long double. */
#include "layout.h"

static const char *const isas[] = {"base", "avx2", "avx512"};
#define EACH_ISA(m)                                                            \
    for (int isa_ = 0; isa_ < 3; isa_++)                                       \
        for (mlrt *m = open_with(isas[isa_], 2); m; close_clean(m), m = NULL)

/* ---- The true values -------------------------------------------------- */

typedef long double wide;

static wide rsqrt_of(wide x) {
    return 1 / sqrtl(x);
}
static wide sigmoid_of(wide x) {
    return x < 0 ? expl(x) / (1 + expl(x)) : 1 / (1 + expl(-x));
}
static wide softplus_of(wide x) {
    return x > 0 ? x + log1pl(expl(-x)) : log1pl(expl(x));
}
static wide logsigmoid_of(wide x) {
    return -softplus_of(-x);
}
/* At minus infinity the product's limit. */
static wide product(wide x, wide y) {
    return x < 0 && y == 0 ? -0.0L : x * y;
}
static wide silu_of(wide x) {
    return product(x, sigmoid_of(x));
}
static wide gelu_of(wide x) {
    return product(x, erfcl(-x * sqrtl(0.5L)) / 2);
}
static wide mish_of(wide x) {
    return product(x, tanhl(softplus_of(x)));
}
static wide elu_of(wide x) {
    return x > 0 ? x : expm1l(x);
}
static wide selu_of(wide x) {
    wide scale = 1.0507009873554804934L;
    return x > 0 ? scale * x : scale * 1.6732632423543772848L * expm1l(x);
}
static wide hardsigmoid_of(wide x) {
    return isnan(x) ? x : fminl(fmaxl(x + 3, 0), 6) / 6;
}
static wide hardswish_of(wide x) {
    return x <= -3 ? -0.0L : x * hardsigmoid_of(x);
}
static wide softsign_of(wide x) {
    return isinf(x) ? copysignl(1, x) : x / (1 + fabsl(x));
}
static wide frac_of(wide x) {
    return x - truncl(x);
}

/* error: allowed, in units in the last place; where absolute, these are
 * those of 1. */
static const struct {
    const char *name;
    wide (*f)(wide x);
    double error;
    bool absolute;
} functions[] = {
    {"exp", expl, 1.5, false},
    {"exp2", exp2l, 1.5, false},
    {"expm1", expm1l, 2.5, false},
    {"log", logl, 1.5, false},
    {"log2", log2l, 2.5, false},
    {"log10", log10l, 2.5, false},
    {"log1p", log1pl, 2.5, false},
    {"sqrt", sqrtl, 0.51, false},
    {"rsqrt", rsqrt_of, 1.6, false},
    {"sin", sinl, 4, false},
    {"cos", cosl, 4, false},
    {"tan", tanl, 4, false},
    {"asin", asinl, 4, false},
    {"acos", acosl, 4, false},
    {"atan", atanl, 4, false},
    {"sinh", sinhl, 2.5, false},
    {"cosh", coshl, 2.5, false},
    {"tanh", tanhl, 3, false},
    {"sigmoid", sigmoid_of, 3, false},
    {"logsigmoid", logsigmoid_of, 3, false},
    {"softplus", softplus_of, 3, false},
    {"erf", erfl, 3, false},
    {"erfc", erfcl, 4, false},
    {"gelu", gelu_of, 8, false},
    {"silu", silu_of, 3, false},
    {"mish", mish_of, 4, false},
    {"elu", elu_of, 2.5, false},
    {"selu", selu_of, 4, false},
    {"softsign", softsign_of, 2, false},
    {"hardsigmoid", hardsigmoid_of, 2, true},
    {"hardswish", hardswish_of, 4, true},
    {"floor", floorl, 0, false},
    {"ceil", ceill, 0, false},
    {"round", rintl, 0, false},
    {"trunc", truncl, 0, false},
    {"frac", frac_of, 0, false},
};
enum { NFUNCTIONS = sizeof functions / sizeof *functions };

/* One unit in the last place of a number as large as v. */
static wide unit(int dtype, wide v) {
    int digits = dtype == MLRT_F32 ? 24 : 53;
    int least = dtype == MLRT_F32 ? -125 : -1021, e;
    frexpl(v, &e);
    return ldexpl(1, (e < least ? least : e) - digits);
}

static void check_value(int i, int dtype, double x, double y) {
    wide want = functions[i].f((wide)x);
    wide most = dtype == MLRT_F32 ? 0x1.fffffep127L : 0x1.fffffffffffffp1023L;
    if (isnan(want) || fabsl(want) > most) {
        cr_assert(isnan(want) ? isnan(y)
                              : (wide)y == (want > 0 ? INFINITY : -INFINITY),
                  "%s(%a) is %g, not %Lg", functions[i].name, x, y, want);
        return;
    }
    wide size = functions[i].absolute && fabsl(want) < 1 ? 1 : want;
    wide error = fabsl((wide)y - want) / unit(dtype, size);
    cr_assert(error <= functions[i].error, "%s(%a) is %a, not %La: %.2Lf units",
              functions[i].name, x, y, want, error);
}

/* ---- Arguments -------------------------------------------------------- */

static const double special[] = {0,
                                 -0.0,
                                 1,
                                 -1,
                                 0.5,
                                 -0.5,
                                 2,
                                 -2,
                                 INFINITY,
                                 -INFINITY,
                                 NAN,
                                 1e-45,
                                 -1e-45,
                                 1e-38,
                                 -1e-38,
                                 5e-324,
                                 88.7,
                                 89.4,
                                 -87.4,
                                 -103.9,
                                 709.7,
                                 710.4,
                                 -708.4,
                                 -745.1,
                                 3.4e38,
                                 -3.4e38,
                                 1e300,
                                 -1e300,
                                 1e-300,
                                 0.25,
                                 0.75,
                                 -0.75,
                                 10.05,
                                 -14.2,
                                 27.2,
                                 -38.4,
                                 1.5,
                                 2.5,
                                 -2.5,
                                 0.49999997,
                                 8388609,
                                 -8388609,
                                 4503599627370497,
                                 1e22};
enum { NSPECIAL = sizeof special / sizeof *special };

/* Special values, then all magnitudes, then the neighbourhoods of 0, 1 and
 * the range where exp is not yet 0. */
static mlrt_tensor *arguments(mlrt *m, mlrt_dtype dtype, int64_t n) {
    mlrt_tensor *x = mlrt_empty(m, dtype, 1, &n);
    uint64_t state = 88172645463325252u;
    cr_assert(x);
    for (int64_t i = 0; i < n; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        double u = (double)(state >> 11) / (double)(INT64_C(1) << 53) - 0.5;
        int e = (int)(state % (dtype == MLRT_F32 ? 250 : 2040));
        double v = i % 4 == 0   ? ldexp(u, e - (dtype == MLRT_F32 ? 125 : 1020))
                   : i % 4 == 1 ? u * (dtype == MLRT_F32 ? 220 : 1500)
                   : i % 4 == 2 ? u * 8
                                : 1 + ldexp(u, -(int)(state % 20));
        set(x, i, i < NSPECIAL ? special[i] : v);
    }
    return x;
}

Test(maths, functions_are_accurate) {
    EACH_ISA(m) {
        for (int f64 = 0; f64 < 2; f64++) {
            mlrt_dtype dtype = f64 ? MLRT_F64 : MLRT_F32;
            mlrt_tensor *x = arguments(m, dtype, 6000);
            for (int i = 0; i < NFUNCTIONS; i++) {
                mlrt_tensor *y = GET(
                    m, functions[i].name, T(x), N,
                    strcmp(functions[i].name, "softplus") ? N : D(INFINITY));
                for (int64_t j = 0; j < 6000; j++)
                    check_value(i, dtype, at(x, j), at(y, j));
                mlrt_release(y);
            }
            mlrt_release(x);
        }
    }
}

/* ---- Places ----------------------------------------------------------- */

static bool same_bits(mlrt_tensor *a, int64_t i, mlrt_tensor *b, int64_t j) {
    size_t size = mlrt_dtype_size(mlrt_dtype_of(a));
    const char *p = mlrt_data_const(a), *q = mlrt_data_const(b);
    return memcmp(p + (size_t)i * size, q + (size_t)j * size, size) == 0;
}

/* Elements first, first + step .. of x as a row of n. */
static mlrt_tensor *part(mlrt *m, mlrt_tensor *x, int64_t first, int64_t n,
                         int64_t step) {
    mlrt_tensor *y = mlrt__handle(m, x->storage, x->dtype, 1, &n, &step, first);
    cr_assert(y);
    return y;
}

static void check_part(mlrt *m, const char *name, mlrt_tensor *x,
                       mlrt_tensor *whole, int64_t first, int64_t step) {
    int64_t n = (mlrt_numel(x) - first + step - 1) / step;
    mlrt_tensor *some = part(m, x, first, n, step);
    mlrt_tensor *y = GET(m, name, T(some));
    for (int64_t j = 0; j < n; j++)
        cr_assert(same_bits(y, j, whole, first + j * step),
                  "%s depends on the place of its argument", name);
    drop(some, y, NULL, NULL);
}

Test(maths, a_value_does_not_depend_on_its_place) {
    EACH_ISA(m) {
        for (int f64 = 0; f64 < 2; f64++) {
            mlrt_tensor *x = arguments(m, f64 ? MLRT_F64 : MLRT_F32, 203);
            for (int i = 0; i < NFUNCTIONS; i++) {
                mlrt_tensor *y = GET(m, functions[i].name, T(x));
                for (int first = 1; first < 20; first += 3)
                    for (int step = 1; step < 4; step += 2)
                        check_part(m, functions[i].name, x, y, first, step);
                for (int j = 190; j < 203; j++)
                    check_part(m, functions[i].name, x, y, j, 1);
                mlrt_release(y);
            }
            mlrt_release(x);
        }
    }
}

Test(maths, threads_give_the_same_bits) {
    static const char *const names[] = {"exp", "sin", "gelu", "sigmoid"};
    mlrt *one = open_with(NULL, 1), *three = open_with(NULL, 3);
    mlrt_tensor *x = arguments(one, MLRT_F32, 100003);
    mlrt_tensor *z = arguments(three, MLRT_F32, 100003);
    for (int i = 0; i < 4; i++) {
        mlrt_tensor *p = GET(one, names[i], T(x));
        mlrt_tensor *q = GET(three, names[i], T(z));
        cr_expect(
            memcmp(mlrt_data_const(p), mlrt_data_const(q), mlrt_nbytes(p)) == 0,
            "%s", names[i]);
        drop(p, q, NULL, NULL);
    }
    drop(x, z, NULL, NULL);
    close_clean(one);
    close_clean(three);
}

/* ---- Two arguments ---------------------------------------------------- */

static void check_two(mlrt *m, const char *name, wide (*f)(wide, wide),
                      mlrt_tensor *a, mlrt_tensor *b) {
    mlrt_tensor *y = GET(m, name, T(a), T(b));
    int dtype = y->dtype;
    for (int64_t i = 0; i < mlrt_numel(y); i++) {
        double p = at(a, i), q = at(b, b->numel == 1 ? 0 : i);
        wide want = f((wide)p, (wide)q);
        wide rounded = dtype == MLRT_F32 ? (wide)(float)want
                                         : (wide)(double)want;
        if (isnan(rounded) || isinf(rounded)) {
            cr_assert(isnan(rounded) ? isnan(at(y, i))
                                     : (wide)at(y, i) == rounded,
                      "%s(%a, %a) is %g, not %Lg", name, p, q, at(y, i), want);
            continue;
        }
        wide error = fabsl((wide)at(y, i) - want) / unit(dtype, want);
        cr_assert(error <= 4, "%s(%a, %a) is %a, not %La: %.2Lf units", name, p,
                  q, at(y, i), want, error);
    }
    mlrt_release(y);
}

Test(maths, powers_and_angles_are_accurate) {
    static const double exponents[] = {2, 3, 0.5, -1, 1, 0, -0.5, 2.5, NAN};
    EACH_ISA(m) {
        for (int f64 = 0; f64 < 2; f64++) {
            mlrt_dtype dtype = f64 ? MLRT_F64 : MLRT_F32;
            mlrt_tensor *x = arguments(m, dtype, 3000);
            mlrt_tensor *z = part(m, x, 0, 2999, 1),
                        *w = part(m, x, 1, 2999, 1);
            check_two(m, "pow", powl, z, w);
            check_two(m, "atan2", atan2l, z, w);
            for (int i = 0; i < 9; i++) {
                mlrt_tensor *e = LIST(m, dtype, exponents[i]);
                check_two(m, "pow", powl, x, e);
                mlrt_release(e);
            }
            drop(x, z, w, NULL);
        }
    }
}
