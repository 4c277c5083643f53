/* test_elementwise.c: arithmetic, comparisons and the promotion of element
 * types, against scalar references, in every layout and on all kernels. */
#include "layout.h"

static const char *const isas[] = {"base", "avx2", "avx512"};
#define EACH_ISA(m)                                                            \
    for (int isa_ = 0; isa_ < 3; isa_++)                                       \
        for (mlrt *m = open_with(isas[isa_], 2); m; close_clean(m), m = NULL)

/* ---- Two operands ----------------------------------------------------- */

typedef double two(double a, double b);
static double add(double a, double b) {
    return a + b;
}
static double sub(double a, double b) {
    return a - b;
}
static double mul(double a, double b) {
    return a * b;
}
static double quotient(double a, double b) {
    return a / b;
}
static double floored(double a, double b) {
    return floor(a / b);
}
static double modulo(double a, double b) {
    return a - b * floor(a / b);
}
static double larger(double a, double b) {
    return a > b ? a : b;
}
static double smaller(double a, double b) {
    return a < b ? a : b;
}
static double eq(double a, double b) {
    return a == b;
}
static double ne(double a, double b) {
    return a != b;
}
static double lt(double a, double b) {
    return a < b;
}
static double le(double a, double b) {
    return a <= b;
}
static double gt(double a, double b) {
    return a > b;
}
static double ge(double a, double b) {
    return a >= b;
}
static double both(double a, double b) {
    return a != 0 && b != 0;
}
static double either(double a, double b) {
    return a != 0 || b != 0;
}
static double one(double a, double b) {
    return (a != 0) != (b != 0);
}
static double bits_and(double a, double b) {
    return (double)((int64_t)a & (int64_t)b);
}
static double bits_or(double a, double b) {
    return (double)((int64_t)a | (int64_t)b);
}
static double bits_xor(double a, double b) {
    return (double)((int64_t)a ^ (int64_t)b);
}

enum { NUMBERS = 1, TRUTH = 2, BITS = 4, FLOATS = 8, DIVIDES = 16 };
static const struct {
    const char *name;
    two *f;
    int kind;
} twos[] = {
    {"add", add, NUMBERS},
    {"sub", sub, NUMBERS},
    {"mul", mul, NUMBERS},
    {"div", quotient, NUMBERS | FLOATS},
    {"floor_divide", floored, NUMBERS | DIVIDES},
    {"remainder", modulo, NUMBERS | DIVIDES},
    {"fmod", fmod, NUMBERS | DIVIDES},
    {"maximum", larger, NUMBERS},
    {"minimum", smaller, NUMBERS},
    {"eq", eq, TRUTH},
    {"ne", ne, TRUTH},
    {"lt", lt, TRUTH},
    {"le", le, TRUTH},
    {"gt", gt, TRUTH},
    {"ge", ge, TRUTH},
    {"logical_and", both, TRUTH},
    {"logical_or", either, TRUTH},
    {"logical_xor", one, TRUTH},
    {"bitwise_and", bits_and, BITS},
    {"bitwise_or", bits_or, BITS},
    {"bitwise_xor", bits_xor, BITS},
};
enum { NTWOS = sizeof twos / sizeof *twos };

static bool takes(int kind, int dtype) {
    if (dtype == MLRT_BOOL)
        return kind & (TRUTH | BITS);
    return mlrt__is_float(dtype) ? !(kind & BITS) : true;
}

/* An element of y's dtype: integers wrap. */
static double as(int dtype, double v) {
    return dtype == MLRT_F32  ? (double)(float)v
           : dtype == MLRT_U8 ? (double)(uint8_t)(int64_t)v
                              : v;
}

/* The place of t at which `at` of the result is found. */
static double broadcast_value(const mlrt_tensor *t, int ndim,
                              const int64_t *at) {
    int64_t place[MLRT_MAX_DIMS];
    for (int d = 0; d < t->ndim; d++)
        place[d] = t->shape[d] == 1 ? 0 : at[d + ndim - t->ndim];
    return value(t, place);
}

static void check_two(mlrt *m, int op, mlrt_tensor *a, mlrt_tensor *b) {
    mlrt_tensor *y = GET(m, twos[op].name, T(a), T(b));
    int64_t at[MLRT_MAX_DIMS] = {0};
    do {
        double p = broadcast_value(a, y->ndim, at);
        double q = broadcast_value(b, y->ndim, at);
        double want = as(y->dtype, twos[op].f(p, q)), got = value(y, at);
        double scale = y->dtype == MLRT_F32   ? 1e-5
                       : y->dtype == MLRT_F64 ? 1e-13
                                              : 0;
        cr_assert(fabs(got - want) <= scale * (1 + fabs(want)),
                  "%s of %s: %g, %g give %.9g, not %.9g", twos[op].name,
                  mlrt_dtype_name((mlrt_dtype)a->dtype), p, q, got, want);
    } while (next_place(y->ndim, y->shape, at));
    mlrt_release(y);
}

/* Nothing is zero, for divisors. */
static mlrt_tensor *divisor(mlrt *m, mlrt_dtype dtype, int layout, int ndim,
                            const int64_t *shape) {
    mlrt_tensor *t = lay_out(m, dtype, layout, ndim, shape);
    mlrt_tensor *zero = GET(m, "eq", T(t), I(0));
    mlrt_tensor *y = GET(m, "where", T(zero), I(3), T(t));
    drop(t, zero, NULL, NULL);
    return y;
}

static void check_shapes(mlrt *m, int op, mlrt_dtype dtype, int layout,
                         const int64_t *p, const int64_t *q) {
    mlrt_tensor *a = lay_out(m, dtype, layout, 3, p);
    mlrt_tensor *b = twos[op].kind & (DIVIDES | FLOATS)
                         ? divisor(m, dtype, layout, 3, q)
                         : lay_out(m, dtype, (layout + 1) % NLAYOUTS, 3, q);
    check_two(m, op, a, b);
    drop(a, b, NULL, NULL);
}

Test(elementwise, two_operands_match_scalar_code) {
    static const int64_t shapes[][2][3] = {{{2, 3, 37}, {2, 3, 37}},
                                           {{2, 3, 37}, {1, 1, 37}},
                                           {{2, 3, 37}, {2, 3, 1}},
                                           {{1, 3, 1}, {5, 1, 21}},
                                           {{1, 1, 1}, {1, 1, 70}}};
    EACH_ISA(m) {
        for (int op = 0; op < NTWOS; op++)
            for (int dtype = 0; dtype < MLRT_INDEX; dtype++)
                for (int i = 0; i < 5 * NLAYOUTS; i++)
                    if (takes(twos[op].kind, dtype))
                        check_shapes(m, op, (mlrt_dtype)dtype, i % NLAYOUTS,
                                     shapes[i / NLAYOUTS][0],
                                     shapes[i / NLAYOUTS][1]);
    }
}

/* Long enough for several tasks and chunks, with a number on either side. */
Test(elementwise, numbers_on_either_side) {
    EACH_ISA(m) {
        for (int dtype = 0; dtype < MLRT_BOOL; dtype++) {
            mlrt_tensor *x = make(m, (mlrt_dtype)dtype, 1, (int64_t[]){40007});
            mlrt_tensor *p = GET(m, "sub", I(7), T(x));
            mlrt_tensor *q = GET(m, "sub", T(x), I(7));
            mlrt_tensor *t = GET(m, "gt", T(x), I(3));
            cr_assert(p->dtype == dtype && q->dtype == dtype);
            for (int64_t i = 0; i < 40007; i++) {
                cr_assert(at(p, i) == as(dtype, as(dtype, 7) - at(x, i)));
                cr_assert(at(q, i) == as(dtype, at(x, i) - as(dtype, 7)));
                cr_assert(at(t, i) == (at(x, i) > 3));
            }
            drop(x, p, q, t);
        }
    }
}

/* ---- Element types ---------------------------------------------------- */

static void expect_dtype(mlrt *m, const char *op, mlrt_arg a, mlrt_arg b,
                         int want) {
    mlrt_tensor *y = GET(m, op, a, b);
    cr_expect(y->dtype == want, "%s gave %s, not %s", op,
              mlrt_dtype_name((mlrt_dtype)y->dtype),
              mlrt_dtype_name((mlrt_dtype)want));
    mlrt_release(y);
}

Test(elementwise, promotion) {
    mlrt *m = open_plain();
    mlrt_tensor *t[MLRT_NDTYPES];
    static const int rank[] = {5, 6, 4, 3, 2, 1};
    for (int d = 0; d < MLRT_NDTYPES; d++)
        t[d] = LIST(m, (mlrt_dtype)d, 1, 0);
    for (int a = 0; a < MLRT_INDEX; a++)
        for (int b = 0; b < MLRT_INDEX; b++) {
            int wider = rank[a] > rank[b] ? a : b;
            if (wider != MLRT_BOOL)
                expect_dtype(m, "add", T(t[a]), T(t[b]), wider);
            expect_dtype(m, "lt", T(t[a]), T(t[b]), MLRT_BOOL);
        }
    for (int a = 0; a < MLRT_BOOL; a++) {
        bool is_float = mlrt__is_float(a);
        expect_dtype(m, "add", T(t[a]), I(2), a);
        expect_dtype(m, "add", D(2), T(t[a]), a);
        expect_dtype(m, "mul", T(t[a]), D(0.5), is_float ? a : MLRT_F32);
        expect_dtype(m, "add", T(t[a]), D(INFINITY), is_float ? a : MLRT_F32);
        expect_dtype(m, "add", T(t[a]), D(1e300), is_float ? a : MLRT_F32);
        expect_dtype(m, "div", T(t[a]), I(2), is_float ? a : MLRT_F32);
    }
    expect_dtype(m, "add", T(t[MLRT_BOOL]), I(1), MLRT_I64);
    expect_dtype(m, "add", T(t[MLRT_BOOL]), D(0.5), MLRT_F32);
    expect_dtype(m, "add", I(1), I(2), MLRT_I64);
    expect_dtype(m, "add", I(1), D(2), MLRT_F32);
    for (int d = 0; d < MLRT_NDTYPES; d++)
        mlrt_release(t[d]);
    close_clean(m);
}

/* What a type cannot hold: arithmetic wraps, comparisons are right, the rest
 * is refused. */
Test(elementwise, numbers_that_do_not_fit) {
    mlrt *m = open_plain();
    mlrt_tensor *x = LIST(m, MLRT_U8, 1, 200, 255), *y;
    y = GET(m, "add", T(x), I(300));
    cr_expect(y->dtype == MLRT_U8 && at(y, 1) == (uint8_t)(200 + 300));
    mlrt_release(y);
    y = GET(m, "lt", T(x), I(300));
    cr_expect(at(y, 0) && at(y, 2));
    mlrt_release(y);
    y = GET(m, "ge", T(x), I(-1));
    cr_expect(at(y, 0) && at(y, 2));
    mlrt_release(y);
    REFUSES(m, "'y': 300 does not fit into u8", "maximum", T(x), I(300));
    REFUSES(m, "'min': -1 does not fit into u8", "clamp", T(x), I(-1), N);
    mlrt_release(x);
    close_clean(m);
}

Test(elementwise, refusals) {
    mlrt *m = open_plain();
    mlrt_tensor *x = LIST(m, MLRT_I64, 4, 0, 2), *f = LIST(m, MLRT_F32, 1, 2);
    mlrt_tensor *b = LIST(m, MLRT_BOOL, 1, 0), *i = LIST(m, MLRT_INDEX, 1, 0);
    REFUSES(m, "shapes (2) and (3) do not broadcast", "add", T(f), T(x));
    REFUSES(m, "divided by zero", "floor_divide", T(x), T(x));
    REFUSES(m, "divided by zero", "remainder", T(x), I(0));
    REFUSES(m, "divided by zero", "fmod", I(1), T(x));
    REFUSES(m, "no negative powers", "pow", T(x), I(-1));
    REFUSES(m, "'x': bool has no arithmetic", "mul", T(b), T(b));
    REFUSES(m, "'x': an index has no arithmetic", "mul", T(i), T(i));
    REFUSES(m, "'y': index and f32 do not mix", "eq", T(i), T(f));
    REFUSES(m, "'y': a position expected", "eq", T(i), D(0.5));
    REFUSES(m, "integers or bool expected, got f32", "bitwise_and", T(f), I(1));
    REFUSES(m, "min or max is needed", "clamp", T(f), N, N);
    REFUSES(m, "min_val 2 is above max_val 1", "hardtanh", T(f), D(2), D(1));
    drop(x, f, b, i);
    close_clean(m);
}

/* ---- Edges of integers ------------------------------------------------ */

static int64_t exact(mlrt_tensor *t, int64_t i) {
    return t->dtype == MLRT_I32 ? ((const int32_t *)mlrt_data_const(t))[i]
                                : ((const int64_t *)mlrt_data_const(t))[i];
}

static void check_edges(mlrt *m, mlrt_dtype dtype, int64_t least) {
    static const char *const names[] = {
        "neg", "abs", "sub", "mul", "floor_divide", "remainder", "fmod"};
    int64_t wants[] = {least, least, -(least + 1), least, least, 0, 0};
    mlrt_arg args[] = {N, N, I(1), I(-1), I(-1), I(-1), I(-1)};
    mlrt_tensor *x = mlrt_empty(m, dtype, 1, (int64_t[]){3}), *y;
    for (int i = 0; i < 3; i++)
        if (dtype == MLRT_I32)
            ((int32_t *)mlrt_data(x))[i] = (int32_t)least;
        else
            ((int64_t *)mlrt_data(x))[i] = least;
    for (int i = 0; i < 7; i++) {
        y = GET(m, names[i], T(x), args[i]);
        cr_expect(exact(y, 1) == wants[i], "%s gave %lld", names[i],
                  (long long)exact(y, 1));
        mlrt_release(y);
    }
    mlrt_release(x);
}

Test(elementwise, the_smallest_integer_wraps) {
    EACH_ISA(m) {
        check_edges(m, MLRT_I64, INT64_MIN);
        check_edges(m, MLRT_I32, INT32_MIN);
    }
}

Test(elementwise, division_follows_the_signs) {
    mlrt *m = open_plain();
    mlrt_tensor *a = LIST(m, MLRT_I64, 7, -7, 7, -7);
    mlrt_tensor *b = LIST(m, MLRT_I64, 2, 2, -2, -2), *y;
    static const char *const names[] = {"floor_divide", "remainder", "fmod"};
    static const double wants[][4] = {
        {3, -4, -4, 3}, {1, 1, -1, -1}, {1, -1, 1, -1}};
    for (int i = 0; i < 3; i++)
        for (int kind = 0; kind < 2; kind++) {
            mlrt_tensor *p = GET(m, "to", T(a), I(kind ? MLRT_I64 : MLRT_F32));
            y = GET(m, names[i], T(p), T(b));
            for (int j = 0; j < 4; j++)
                cr_expect(at(y, j) == wants[i][j], "%s", names[i]);
            drop(p, y, NULL, NULL);
        }
    drop(a, b, NULL, NULL);
    close_clean(m);
}

Test(elementwise, floor_division_of_floats_is_exact) {
    mlrt *m = open_plain();
    mlrt_tensor *y = GET(m, "floor_divide", D(0.3), D(0.1));
    cr_expect(at(y, 0) == floor((double)0.3f / (double)0.1f));
    mlrt_release(y);
    mlrt_tensor *a = LIST(m, MLRT_F64, 1, -1, 1, 0, 6, -INFINITY, 4);
    mlrt_tensor *b = LIST(m, MLRT_F64, 0.1, 0.1, INFINITY, 5, 0, 3, NAN);
    y = GET(m, "floor_divide", T(a), T(b));
    static const double want[] = {9, -10, 0, 0, INFINITY};
    for (int i = 0; i < 5; i++)
        cr_expect(at(y, i) == want[i], "%d: %g", i, at(y, i));
    cr_expect(isnan(at(y, 5)) && isnan(at(y, 6)));
    drop(a, b, y, NULL);
    close_clean(m);
}

Test(elementwise, integer_powers) {
    EACH_ISA(m) {
        mlrt_tensor *x = LIST(m, MLRT_I64, -3, 0, 2, 10, -1);
        mlrt_tensor *e = LIST(m, MLRT_I32, 3, 0, 62, 18, 1001);
        mlrt_tensor *y = GET(m, "pow", T(x), T(e));
        cr_expect(exact(y, 0) == -27 && exact(y, 1) == 1);
        cr_expect(exact(y, 2) == INT64_C(1) << 62);
        cr_expect(exact(y, 3) == 1000000000000000000 && exact(y, 4) == -1);
        drop(x, e, y, NULL);
    }
}

/* ---- NaN -------------------------------------------------------------- */

Test(elementwise, nan_and_infinity) {
    EACH_ISA(m) {
        mlrt_tensor *x = make(m, MLRT_F32, 1, (int64_t[]){77}), *y;
        set(x, 3, NAN);
        set(x, 70, NAN);
        set(x, 5, INFINITY);
        static const char *const keep[] = {"maximum", "minimum"};
        for (int i = 0; i < 4; i++) {
            y = i % 2 ? GET(m, keep[i / 2], T(x), I(0))
                      : GET(m, keep[i / 2], I(0), T(x));
            cr_expect(isnan(at(y, 3)) && isnan(at(y, 70)) && !isnan(at(y, 4)));
            mlrt_release(y);
        }
        y = GET(m, "clamp", T(x), D(-1), D(1));
        cr_expect(isnan(at(y, 3)) && at(y, 5) == 1);
        mlrt_release(y);
        y = GET(m, "clamp", T(x), D(NAN), N);
        cr_expect(isnan(at(y, 0)) && isnan(at(y, 76)));
        mlrt_release(y);
        y = GET(m, "relu", T(x));
        cr_expect(isnan(at(y, 3)) && at(y, 5) == INFINITY);
        mlrt_release(y);
        mlrt_tensor *nan = GET(m, "isnan", T(x)), *inf = GET(m, "isinf", T(x));
        mlrt_tensor *fin = GET(m, "isfinite", T(x));
        for (int64_t i = 0; i < 77; i++) {
            cr_expect(at(nan, i) == (i == 3 || i == 70));
            cr_expect(at(inf, i) == (i == 5));
            cr_expect(at(fin, i) == (at(nan, i) + at(inf, i) == 0));
        }
        drop(x, nan, inf, fin);
    }
}

/* ---- Choosing, in place, empty ---------------------------------------- */

Test(elementwise, where_takes_every_dtype) {
    EACH_ISA(m) {
        mlrt_tensor *c = make(m, MLRT_BOOL, 2, (int64_t[]){3, 45});
        for (int d = 0; d < MLRT_NDTYPES; d++) {
            mlrt_tensor *a = make(m, (mlrt_dtype)d, 2, (int64_t[]){3, 45});
            mlrt_tensor *b = make(m, (mlrt_dtype)d, 1, (int64_t[]){45});
            mlrt_tensor *y = GET(m, "where", T(c), T(a), T(b));
            cr_assert(y->dtype == d);
            for (int64_t i = 0; i < 135; i++)
                cr_assert(at(y, i) == (at(c, i) ? at(a, i) : at(b, i % 45)));
            drop(a, b, y, NULL);
        }
        mlrt_release(c);
    }
}

Test(elementwise, in_place_writes_into_the_target) {
    EACH_ISA(m) {
        static const int64_t shape[] = {4, 5, 11};
        for (int layout = 0; layout < EXPANDED; layout++) {
            mlrt_tensor *x = lay_out(m, MLRT_F32, layout, 3, shape), *out;
            mlrt_tensor *z = make(m, MLRT_F32, 1, (int64_t[]){11});
            mlrt_tensor *want = GET(m, "mul", T(x), T(z));
            mlrt_arg args[] = {T(x), T(z)};
            int id = mlrt_op_find(m, "mul");
            cr_assert(mlrt_op_call(m, id, args, true, &out, 1) == 1);
            cr_assert(out == x);
            int64_t at[3] = {0};
            do
                cr_assert(value(x, at) == value(want, at));
            while (next_place(3, shape, at));
            drop(x, out, z, want);
        }
    }
}

Test(elementwise, a_result_must_fit_its_target) {
    mlrt *m = open_plain();
    mlrt_tensor *x = make(m, MLRT_I64, 1, (int64_t[]){3}), *out;
    mlrt_tensor *z = make(m, MLRT_I64, 2, (int64_t[]){2, 3});
    mlrt_arg half[] = {T(x), D(0.5), N}, wide[] = {T(x), T(z), N};
    int id = mlrt_op_find(m, "add");
    cr_expect(mlrt_op_call(m, id, half, true, &out, 1) == MLRT_ESHAPE);
    cr_expect(strstr(mlrt_errmsg(m), "f32 (3), does not fit"));
    cr_expect(mlrt_op_call(m, id, wide, true, &out, 1) == MLRT_ESHAPE);
    drop(x, z, NULL, NULL);
    close_clean(m);
}

Test(elementwise, nothing_and_one) {
    mlrt *m = open_plain();
    mlrt_tensor *none = make(m, MLRT_F32, 2, (int64_t[]){0, 3});
    mlrt_tensor *row = make(m, MLRT_F64, 1, (int64_t[]){3});
    mlrt_tensor *y = GET(m, "add", T(none), T(row));
    cr_expect(mlrt_numel(y) == 0 && y->ndim == 2 && y->dtype == MLRT_F64);
    mlrt_release(y);
    mlrt_tensor *scalar = make(m, MLRT_F32, 0, NULL);
    y = GET(m, "exp", T(scalar));
    cr_expect(y->ndim == 0);
    mlrt_release(y);
    drop(none, row, scalar, NULL);
    close_clean(m);
}

/* A tensor that repeats one element 2^60 times is refused, not walked. */
Test(elementwise, hostile_sizes) {
    mlrt *m = open_plain();
    mlrt_tensor *one = make(m, MLRT_I64, 1, (int64_t[]){1});
    mlrt_tensor *huge = mlrt__handle(m, one->storage, MLRT_I64, 1,
                                     (int64_t[]){INT64_C(1) << 60},
                                     (int64_t[]){0}, 0);
    mlrt_tensor *f = make(m, MLRT_F32, 1, (int64_t[]){1}), *out[4];
    set(one, 0, 3);
    cr_expect(RUN(m, "remainder", out, T(huge), T(huge)) < 0);
    cr_expect(RUN(m, "add", out, T(huge), T(f)) < 0);
    cr_expect(RUN(m, "sqrt", out, T(huge)) < 0);
    drop(one, huge, f, NULL);
    close_clean(m);
}
