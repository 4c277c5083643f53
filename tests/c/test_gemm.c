/* test_gemm.c: our own kernels for products of floats against sums in long
 * double, for each instruction set, over random shapes, steps and values.
 *
 * A sum of k products in one chain is off by at most k u times the sum of
 * the magnitudes (u: half the distance of 1 to the next number; Higham 2002,
 * section 3.1); alpha and beta add a few u. */
#include <float.h>

#include "core.h"

#include "call.h"
#include "kernels/gemm.h"

enum { SIDE = 300, ROOM = SIDE * SIDE * 2 };

/* ROOM elements of one of the types, of which a matrix takes the last ones:
 * reading past its end is an error that sanitizers see. */
typedef struct field {
    bool f64;
    double *wide;
    float *slim;
    int64_t base; /* where the matrix begins */
} field;

static field field_new(bool f64) {
    return (field){f64, f64 ? calloc(ROOM, sizeof(double)) : NULL,
                   f64 ? NULL : calloc(ROOM, sizeof(float)), 0};
}
static void field_free(field *f) {
    free(f->wide);
    free(f->slim);
}
static double get_at(const field *f, int64_t i) {
    i += f->base;
    return f->f64 ? f->wide[i] : (double)f->slim[i];
}
static void set_at(field *f, int64_t i, double v) {
    i += f->base;
    if (f->f64)
        f->wide[i] = v;
    else
        f->slim[i] = (float)v;
}
static void *place(const field *f, int64_t i) {
    i += f->base;
    return f->f64 ? (void *)(f->wide + i) : (void *)(f->slim + i);
}
static void fit(field *f, int64_t rows, int64_t cols, int64_t row,
                int64_t col) {
    f->base = ROOM - 1 - (rows - 1) * row - (cols - 1) * col;
}

static uint32_t next(uint32_t *state) {
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}
static double uniform(uint32_t *state) {
    return (double)next(state) / (1 << 23) - 1;
}

static void fill(field *f, uint32_t *state) {
    for (int64_t i = 0; i < ROOM; i++)
        set_at(f, i, uniform(state));
}

/* The best and the other tables of this machine; NULL where it has none. */
static const char *const isas[] = {"base", "avx2", "avx512"};
enum { ISAS = 3 };

static void multiply(mlrt *m, const field *c, mlrt__block *q) {
    m->k->gemm->multiply[c->f64](q);
}

/* Element (i, j) lies within the bound; what lies between rows is kept. */
static void check(const mlrt__block *q, const field *a, const field *b,
                  const field *c, const field *before, int64_t i, int64_t j) {
    long double sum = 0, size = 0;
    for (int64_t p = 0; p < q->k; p++) {
        long double v = (long double)get_at(a, i * q->a_step[0] +
                                                   p * q->a_step[1]) *
                        get_at(b, p * q->b_step[0] + j * q->b_step[1]);
        sum += v;
        size += fabsl(v);
    }
    double old = get_at(before, i * q->c_row + j);
    long double want = q->alpha * sum, u = c->f64 ? DBL_EPSILON : FLT_EPSILON;
    size = fabs(q->alpha) * size;
    if (q->beta != 0) {
        want += q->beta * old;
        size += fabs(q->beta * old);
    }
    long double bound = ((long double)q->k + 4) * u / 2 * size;
    long double error = fabsl(get_at(c, i * q->c_row + j) - want);
    cr_assert(error <= bound,
              "%s (%lld, %lld, %lld), element %lld %lld: off by %Lg, allowed "
              "%Lg",
              c->f64 ? "f64" : "f32", (long long)q->m, (long long)q->n,
              (long long)q->k, (long long)i, (long long)j, error, bound);
}

static int64_t side(uint32_t *state, int64_t most) {
    int64_t n = 1 + next(state) % (next(state) % 3 ? 20 : most);
    return n;
}

/* A block of random sizes; `gap`: elements between rows. */
static mlrt__block draw(uint32_t *state) {
    mlrt__block q = {.m = side(state, 220), .n = side(state, 120)};
    q.k = next(state) % 8 ? side(state, 90) : 250 + next(state) % 40;
    int64_t gap = next(state) % 3;
    bool turn_a = next(state) % 3 == 0, turn_b = next(state) % 3 == 0;
    q.a_step[0] = turn_a ? 1 : q.k + gap;
    q.a_step[1] = turn_a ? q.m + gap : 1;
    q.b_step[0] = turn_b ? 1 : q.n + gap;
    q.b_step[1] = turn_b ? q.k + gap : 1;
    q.c_row = q.n + gap;
    q.alpha = next(state) % 2 ? 1 : uniform(state);
    q.beta = next(state) % 3 ? next(state) % 2 : uniform(state);
    return q;
}

static void one_product(mlrt *m, bool f64, uint32_t *state) {
    field a = field_new(f64), b = field_new(f64), c = field_new(f64);
    field before = field_new(f64);
    mlrt__block q = draw(state);
    fill(&a, state);
    fill(&b, state);
    fit(&a, q.m, q.k, q.a_step[0], q.a_step[1]);
    fit(&b, q.k, q.n, q.b_step[0], q.b_step[1]);
    fit(&c, q.m, q.n, q.c_row, 1);
    before.base = c.base;
    for (int64_t i = 0; i < ROOM - c.base; i++) {
        double v = q.beta == 0 ? NAN : uniform(state);
        set_at(&c, i, v); /* c is not read where beta is 0 */
        set_at(&before, i, v);
    }
    q.a = place(&a, 0);
    q.b = place(&b, 0);
    q.c = place(&c, 0);
    multiply(m, &c, &q);
    for (int64_t i = 0; i < q.m; i++)
        for (int64_t j = 0; j < (i < q.m - 1 ? q.c_row : q.n); j++) {
            double now = get_at(&c, i * q.c_row + j);
            double was = get_at(&before, i * q.c_row + j);
            if (j < q.n)
                check(&q, &a, &b, &c, &before, i, j);
            else
                cr_assert(memcmp(&now, &was, sizeof now) == 0);
        }
    field_free(&a);
    field_free(&b);
    field_free(&c);
    field_free(&before);
}

Test(gemm, random_products_stay_within_the_bound) {
    for (int isa = 0; isa < ISAS; isa++) {
        mlrt *m = open_with(isas[isa], 1);
        uint32_t state = 7;
        for (int i = 0; m && i < 120; i++)
            one_product(m, i % 2, &state);
        if (m)
            close_clean(m);
    }
}

/* The bits of an element depend neither on the tile it falls into nor on how
 * many rows and columns there are. */
static void same_bits(mlrt *m, bool f64) {
    enum { ROWS = 23, COLS = 61, DEEP = 300 };
    field a = field_new(f64), b = field_new(f64), c = field_new(f64);
    field part = field_new(f64);
    uint32_t state = 3;
    fill(&a, &state);
    fill(&b, &state);
    mlrt__block q = {
        .m = ROWS, .n = COLS, .k = DEEP, .alpha = 1, .c_row = COLS};
    q.a_step[0] = DEEP;
    q.a_step[1] = q.b_step[1] = 1;
    q.b_step[0] = COLS;
    q.a = place(&a, 0);
    q.b = place(&b, 0);
    q.c = place(&c, 0);
    multiply(m, &c, &q);
    for (int64_t i = 0; i < ROWS - 1; i += 3)
        for (int64_t j = 0; j < COLS - 1; j += 7) {
            mlrt__block r = q;
            r.m = ROWS - i;
            r.n = COLS - j;
            r.a = place(&a, i * DEEP);
            r.b = place(&b, j);
            r.c = place(&part, 0);
            multiply(m, &part, &r);
            cr_assert(get_at(&part, 0) == get_at(&c, i * COLS + j));
            cr_assert(get_at(&part, COLS + 1) ==
                      get_at(&c, (i + 1) * COLS + j + 1));
        }
    field_free(&a);
    field_free(&b);
    field_free(&c);
    field_free(&part);
}

Test(gemm, bits_do_not_depend_on_the_tile) {
    for (int isa = 0; isa < ISAS; isa++) {
        mlrt *m = open_with(isas[isa], 1);
        for (int f64 = 0; m && f64 < 2; f64++)
            same_bits(m, f64);
        if (m)
            close_clean(m);
    }
}

/* What IEEE 754 says of the sum of two products, for every pair of special
 * values in a row and a column of each kind of tile. */
static const double special[] = {NAN,  INFINITY,  -INFINITY, 0.0,
                                 -0.0, 0x1p-1030, 0x1p-140,  3.5};
enum { SPECIALS = sizeof special / sizeof *special };

static bool same(double x, double y) {
    return x == y ? !signbit(x) == !signbit(y) : x != x && y != y;
}

static void one_special(mlrt *m, bool f64, int64_t rows, int64_t cols) {
    field a = field_new(f64), b = field_new(f64), c = field_new(f64);
    mlrt__block q = {.m = rows, .n = cols, .k = 2, .alpha = 1, .c_row = cols};
    for (int64_t i = 0; i < rows; i++) { /* 0 x 1 is added: no value changes */
        set_at(&a, 2 * i, special[i % SPECIALS]);
        set_at(&a, 2 * i + 1, 0);
    }
    for (int64_t j = 0; j < cols; j++) {
        set_at(&b, j, special[(j + 3) % SPECIALS]);
        set_at(&b, cols + j, 1);
    }
    q.a_step[0] = 2;
    q.a_step[1] = q.b_step[1] = 1;
    q.b_step[0] = cols;
    q.a = place(&a, 0);
    q.b = place(&b, 0);
    q.c = place(&c, 0);
    multiply(m, &c, &q);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < cols; j++) {
            double v = get_at(&a, 2 * i) * get_at(&b, j) + 0.0;
            v = f64 ? v : (double)(float)v;
            cr_assert(same(get_at(&c, i * cols + j), v),
                      "%s, %lld x %lld: %g times %g is not %g",
                      f64 ? "f64" : "f32", (long long)rows, (long long)cols,
                      get_at(&a, 2 * i), get_at(&b, j),
                      get_at(&c, i * cols + j));
        }
    field_free(&a);
    field_free(&b);
    field_free(&c);
}

Test(gemm, special_values) {
    for (int isa = 0; isa < ISAS; isa++) {
        mlrt *m = open_with(isas[isa], 1);
        for (int f64 = 0; m && f64 < 2; f64++)
            for (int64_t rows = 8; rows <= 16; rows += 7)
                for (int64_t cols = 8; cols <= 48; cols += 5)
                    one_special(m, f64, rows, cols);
        if (m)
            close_clean(m);
    }
}

/* Through the operation, where shapes choose between BLAS and our kernels:
 * the same bits on one thread and on four. */
Test(gemm, threads_do_not_matter_where_shapes_choose) {
    static const int64_t sizes[][4] = {
        {1, 16, 512, 512}, {1, 1024, 16, 256}, {1, 2048, 12, 64},
        {64, 8, 8, 8},     {200, 10, 6, 10},   {1, 64, 4096, 100},
        {9, 24, 24, 24},   {3, 4, 128, 400},   {1, 512, 48, 300}};
    mlrt *one = open_with(NULL, 1), *four = open_with(NULL, 4);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int dtype = MLRT_F32; dtype <= MLRT_F64; dtype++) {
            const int64_t *s = sizes[i];
            mlrt_tensor *y[2];
            for (int t = 0; t < 2; t++) {
                mlrt *m = t ? four : one;
                mlrt_tensor *a = make(m, (mlrt_dtype)dtype, 3,
                                      (int64_t[]){s[0], s[1], s[3]});
                mlrt_tensor *b = make(m, (mlrt_dtype)dtype, 3,
                                      (int64_t[]){s[0], s[3], s[2]});
                y[t] = GET(m, "bmm", T(a), T(b));
                drop(a, b, NULL, NULL);
            }
            cr_assert(memcmp(mlrt_data_const(y[0]), mlrt_data_const(y[1]),
                             mlrt_nbytes(y[0])) == 0);
            drop(y[0], y[1], NULL, NULL);
        }
    close_clean(one);
    close_clean(four);
}
