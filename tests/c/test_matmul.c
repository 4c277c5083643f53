/* test_matmul.c: products against sums written out, in every layout and
 * rank; the same bits for any number of threads. */
#include <pthread.h>

#include "core.h"
#include "gemm.h"

#include "call.h"

/* ---- Operands in every layout ----------------------------------------- */

/* How a tensor of a given shape lies in memory. */
enum layout {
    PLAIN,   /* C order */
    TURNED,  /* the last two dimensions swapped */
    SPACED,  /* every second column: no step of 1 */
    MIXED,   /* the first and last dimensions swapped */
    REPEATED /* the first dimension expanded */
};

static mlrt_tensor *lay(mlrt *m, mlrt_dtype dtype, int n, const int64_t *shape,
                        enum layout layout) {
    int64_t stored[8], step[8];
    int last = n - 1, other = layout == MIXED ? 0 : n - 2;
    bool swaps = n > 1 && (layout == TURNED || layout == MIXED);
    memcpy(stored, shape, (size_t)n * sizeof *shape);
    if (swaps) {
        stored[last] = shape[other];
        stored[other] = shape[last];
    } else if (layout == SPACED && n) {
        stored[last] = 2 * shape[last];
    } else if (layout == REPEATED && n) {
        stored[0] = 1;
    }
    mlrt_tensor *base = make(m, dtype, n, stored);
    memcpy(step, base->stride, sizeof step);
    if (swaps) {
        step[last] = base->stride[other];
        step[other] = base->stride[last];
    } else if (layout == SPACED && n) {
        step[last] = 2;
    } else if (layout == REPEATED && n) {
        step[0] = 0;
    }
    mlrt_tensor *t = mlrt__handle(m, base->storage, (int)dtype, n, shape, step,
                                  0);
    cr_assert(t);
    mlrt_release(base);
    return t;
}

static double element(const mlrt_tensor *t, int64_t offset) {
    const void *p = mlrt__ptr(t);
    switch (t->dtype) {
    case MLRT_F32: return (double)((const float *)p)[offset];
    case MLRT_F64: return ((const double *)p)[offset];
    case MLRT_I64: return (double)((const int64_t *)p)[offset];
    case MLRT_I32: return (double)((const int32_t *)p)[offset];
    default: return (double)((const uint8_t *)p)[offset];
    }
}

/* ---- The reference ---------------------------------------------------- */

/* Sizes and steps of an operand as a matrix in a batch of up to six. */
typedef struct matrix {
    int64_t rows, cols, row_step, col_step;
    int64_t size[6], step[6];
} matrix;

static matrix matrix_of(const mlrt_tensor *t, bool right) {
    matrix x = {1, 1, 0, 0, {1, 1, 1, 1, 1, 1}, {0}};
    int n = t->ndim;
    if (n == 1 && right)
        x.rows = t->shape[0], x.row_step = t->stride[0];
    else
        x.cols = t->shape[n - 1], x.col_step = t->stride[n - 1];
    if (n > 1)
        x.rows = t->shape[n - 2], x.row_step = t->stride[n - 2];
    for (int d = 0; d < n - 2; d++) {
        x.size[6 - (n - 2) + d] = t->shape[d];
        x.step[6 - (n - 2) + d] = t->shape[d] == 1 ? 0 : t->stride[d];
    }
    return x;
}

/* Element number o of the product, and the sum of the magnitudes. */
static double want(const mlrt_tensor *ta, const mlrt_tensor *tb, int64_t o,
                   double *size) {
    matrix a = matrix_of(ta, false), b = matrix_of(tb, true);
    int64_t j = o % b.cols, i = o / b.cols % a.rows;
    int64_t at = i * a.row_step, bt = j * b.col_step;
    long double sum = 0;
    o /= b.cols * a.rows;
    for (int d = 5; d >= 0; d--) {
        int64_t n = a.size[d] == 1 ? b.size[d] : a.size[d];
        at += o % n * a.step[d];
        bt += o % n * b.step[d];
        o /= n;
    }
    *size = 0;
    for (int64_t p = 0; p < a.cols; p++) {
        double v = element(ta, at + p * a.col_step) *
                   element(tb, bt + p * b.row_step);
        sum += v;
        *size += fabs(v);
    }
    return (double)sum;
}

static double precision(mlrt_dtype dtype) {
    return dtype == MLRT_F32 ? 2e-6 : dtype == MLRT_F64 ? 3e-14 : 0;
}

static double wrapped(mlrt_dtype dtype, double v) {
    return dtype == MLRT_U8 ? (double)(uint8_t)(int64_t)v : v;
}

/* Every `stride`-th element of y is that of a b. */
static void check(mlrt_tensor *y, mlrt_tensor *a, mlrt_tensor *b,
                  int64_t stride) {
    mlrt_dtype dtype = mlrt_dtype_of(y);
    for (int64_t o = 0; o < mlrt_numel(y); o += stride) {
        double size, w = wrapped(dtype, want(a, b, o, &size));
        double error = fabs(at(y, o) - w);
        cr_assert(error <= precision(dtype) * (size + 1),
                  "%s x %s, element %lld: %.9g, not %.9g", MLRT__ST(a),
                  MLRT__ST(b), (long long)o, at(y, o), w);
    }
}

/* ---- Small products --------------------------------------------------- */

typedef struct shapes {
    int na, nb, ny;
    int64_t a[4], b[4], y[4];
} shapes;
static const shapes ranks[] = {
    {1, 1, 0, {5}, {5}, {0}},
    {2, 1, 1, {3, 5}, {5}, {3}},
    {1, 2, 1, {5}, {5, 3}, {3}},
    {2, 2, 2, {3, 5}, {5, 4}, {3, 4}},
    {2, 2, 2, {1, 7}, {7, 9}, {1, 9}},
    {2, 2, 2, {9, 7}, {7, 1}, {9, 1}},
    {2, 2, 2, {6, 1}, {1, 3}, {6, 3}},
    {3, 2, 3, {2, 3, 5}, {5, 4}, {2, 3, 4}},
    {2, 3, 3, {3, 5}, {2, 5, 4}, {2, 3, 4}},
    {3, 3, 3, {2, 3, 5}, {2, 5, 4}, {2, 3, 4}},
    {3, 3, 3, {1, 3, 5}, {2, 5, 4}, {2, 3, 4}},
    {3, 1, 2, {2, 3, 5}, {5}, {2, 3}},
    {1, 3, 2, {5}, {2, 5, 4}, {2, 4}},
    {3, 2, 3, {4, 1, 5}, {5, 3}, {4, 1, 3}},
    {4, 4, 4, {2, 1, 3, 5}, {1, 3, 5, 2}, {2, 3, 3, 2}},
    {4, 3, 4, {2, 3, 4, 5}, {3, 5, 2}, {2, 3, 4, 2}},
};
enum { NRANKS = sizeof ranks / sizeof *ranks };

static void check_rank(mlrt *m, const shapes *s, mlrt_dtype da, mlrt_dtype db,
                       enum layout la, enum layout lb) {
    mlrt_tensor *a = lay(m, da, s->na, s->a, la);
    mlrt_tensor *b = lay(m, db, s->nb, s->b, lb);
    mlrt_tensor *y = GET(m, "matmul", T(a), T(b));
    cr_assert(mlrt_ndim(y) == s->ny &&
              memcmp(mlrt_shape(y), s->y, (size_t)s->ny * 8) == 0);
    cr_assert(mlrt_dtype_of(y) == mlrt_promote(da, db));
    check(y, a, b, 1);
    drop(a, b, y, NULL);
}

Test(matmul, every_rank_layout_and_type) {
    static const mlrt_dtype types[][2] = {
        {MLRT_F32, MLRT_F32}, {MLRT_F64, MLRT_F64}, {MLRT_I64, MLRT_I64},
        {MLRT_I32, MLRT_I32}, {MLRT_U8, MLRT_U8},   {MLRT_F32, MLRT_F64},
        {MLRT_F32, MLRT_I64}, {MLRT_U8, MLRT_I32}};
    static const char *const isas[] = {"base", "avx2", "avx512"};
    for (int isa = 0; isa < 3; isa++) {
        mlrt *m = open_with(isas[isa], 2);
        if (!m)
            continue;
        for (int i = 0; i < NRANKS * 5 * 5 * 8; i++)
            check_rank(m, &ranks[i % NRANKS], types[i / NRANKS / 25][0],
                       types[i / NRANKS / 25][1], (enum layout)(i / NRANKS % 5),
                       (enum layout)(i / NRANKS / 5 % 5));
        close_clean(m);
    }
}

/* The outputs of later calls are made in memory full of these. */
static void leave_nans(mlrt *m) {
    for (int64_t n = 1; n <= 1 << 16; n *= 4) {
        mlrt_tensor *t = mlrt_empty(m, MLRT_F32, 1, &n);
        float *p = mlrt_data(t);
        for (int64_t i = 0; i < n; i++)
            p[i] = NAN;
        mlrt_release(t);
    }
}

Test(matmul, empty_sums_are_zero) {
    mlrt *m = open_with(NULL, 1);
    for (int i = 0; i < 5; i++) {
        leave_nans(m);
        mlrt_tensor *a = make(m, (mlrt_dtype)i, 3, (int64_t[]){2, 3, 0});
        mlrt_tensor *b = make(m, (mlrt_dtype)i, 2, (int64_t[]){0, 4});
        mlrt_tensor *y = GET(m, "matmul", T(a), T(b));
        mlrt_tensor *c = make(m, (mlrt_dtype)i, 2, (int64_t[]){4, 5});
        mlrt_tensor *z = GET(m, "matmul", T(b), T(c));
        cr_assert(mlrt_numel(y) == 24 && mlrt_numel(z) == 0);
        for (int64_t o = 0; o < 24; o++)
            cr_assert(at(y, o) == 0);
        drop(a, b, y, c);
        mlrt_release(z);
    }
    close_clean(m);
}

/* 0 * nan is nan; memory that held nan before is not read. */
Test(matmul, nan_goes_where_it_must) {
    mlrt *m = open_with(NULL, 2);
    static const int64_t sizes[][3] = {{1, 1, 5},      {1, 9, 5},  {9, 1, 5},
                                       {3, 4, 5},      {9, 33, 7}, {40, 50, 60},
                                       {130, 140, 150}};
    for (int s = 0; s < 7; s++) {
        int64_t rows = sizes[s][0], cols = sizes[s][1], k = sizes[s][2];
        leave_nans(m);
        mlrt_tensor *a = make(m, MLRT_F32, 2, (int64_t[]){rows, k});
        mlrt_tensor *b = make(m, MLRT_F32, 2, (int64_t[]){k, cols});
        mlrt_tensor *y = GET(m, "mm", T(a), T(b));
        check(y, a, b, 1);
        mlrt_release(y);
        for (int64_t i = 0; i < rows; i++)
            set(a, i * k, 0);
        set(b, cols - 1, NAN); /* row 0, last column */
        y = GET(m, "mm", T(a), T(b));
        for (int64_t o = 0; o < rows * cols; o++)
            cr_assert((at(y, o) != at(y, o)) == (o % cols == cols - 1),
                      "%lldx%lldx%lld, element %lld", (long long)rows,
                      (long long)cols, (long long)k, (long long)o);
        drop(a, b, y, NULL);
    }
    close_clean(m);
}

/* ---- Large products --------------------------------------------------- */

/* Each is cut in another way. */
static const int64_t large[][4] = {
    {1, 64, 128, 10816}, {1, 128, 10816, 64}, {1, 64, 10816, 128},
    {1, 1000, 300, 270}, {1, 32, 9, 43264},   {1, 3000, 10, 300},
    {1, 1, 3000, 2000},  {1, 3000, 1, 2000},  {1, 1, 1, 100000},
    {3, 200, 210, 220},  {500, 17, 19, 23},   {2, 8, 8, 70000},
    {1, 2000, 2500, 1},  {1, 3, 2000, 700},   {1, 2000, 5, 700},
    {1, 7, 1300, 1000},  {2, 700, 8, 900},
};
enum { NLARGE = sizeof large / sizeof *large };

static mlrt_tensor *large_product(mlrt *m, const int64_t *s, mlrt_dtype dtype,
                                  int turned, bool checked) {
    mlrt_tensor *a = lay(m, dtype, 3, (int64_t[]){s[0], s[1], s[3]},
                         turned & 1 ? TURNED : PLAIN);
    mlrt_tensor *b = lay(m, dtype, 3, (int64_t[]){s[0], s[3], s[2]},
                         turned & 2 ? TURNED : PLAIN);
    leave_nans(m);
    mlrt_tensor *y = GET(m, "bmm", T(a), T(b));
    if (checked)
        check(y, a, b, mlrt_numel(y) / 50 + 1);
    drop(a, b, NULL, NULL);
    return y;
}

static void same_with_any_threads(mlrt *alone, mlrt *four, const int64_t *s,
                                  mlrt_dtype dtype, int turned) {
    mlrt_tensor *x = large_product(alone, s, dtype, turned, true);
    mlrt_tensor *y = large_product(four, s, dtype, turned, false);
    size_t bytes = mlrt_nbytes(x);
    cr_assert(memcmp(mlrt_data_const(x), mlrt_data_const(y), bytes) == 0,
              "%lld x %lld x %lld", (long long)s[1], (long long)s[2],
              (long long)s[3]);
    drop(x, y, NULL, NULL);
}

Test(matmul, large_products_are_right_with_any_threads) {
    static const int64_t whole[] = {2, 200, 210, 220};
    mlrt *alone = open_with(NULL, 1), *four = open_with(NULL, 4);
    for (int i = 0; i < NLARGE * 4; i++)
        for (int dtype = 0; dtype < 2; dtype++)
            same_with_any_threads(alone, four, large[i / 4], (mlrt_dtype)dtype,
                                  i % 4);
    for (int i = 0; i < 4 * 3; i++)
        same_with_any_threads(alone, four, whole, (mlrt_dtype)(2 + i / 4),
                              i % 4);
    close_clean(alone);
    close_clean(four);
}

/* What a task of a caller's own would use: c with spaces between its rows,
 * added to. */
Test(matmul, rows_of_c_may_be_apart) {
    enum { ROWS = 70, COLS = 3000, K = 90, STEP = COLS + 7 };
    mlrt *m = open_with(NULL, 2);
    mlrt_tensor *a = make(m, MLRT_F32, 2, (int64_t[]){ROWS, K});
    mlrt_tensor *b = make(m, MLRT_F32, 2, (int64_t[]){K, COLS});
    mlrt_tensor *c = make(m, MLRT_F32, 2, (int64_t[]){ROWS, STEP});
    mlrt__gemm g = {.dtype = MLRT_F32,
                    .m = ROWS,
                    .n = COLS,
                    .k = K,
                    .a = mlrt__ptr(a),
                    .b = mlrt__ptr(b),
                    .c = mlrt__ptr(c),
                    .a_step = {K, 1},
                    .b_step = {COLS, 1},
                    .c_row = STEP,
                    .alpha = 1};
    cr_assert(mlrt__gemm_scratch(&g) == 0);
    for (int beta = 0; beta < 2; beta++) {
        g.beta = beta;
        cr_assert(mlrt__gemm_run(m, &g, NULL) == 0);
        for (int64_t o = 0; o < ROWS * COLS; o += 61) {
            double size, w = want(a, b, o, &size) * (1 + beta);
            double error = at(c, o / COLS * STEP + o % COLS) - w;
            cr_assert(fabs(error) < 1e-6 * (size + 1));
        }
    }
    drop(a, b, c, NULL);
    close_clean(m);
}

/* The same where the sums are cut into parts, for which there is scratch. */
Test(matmul, rows_of_c_may_be_apart_where_sums_are_cut) {
    enum { ROWS = 17, COLS = 19, K = 60000, STEP = COLS + 6 };
    mlrt *m = open_with(NULL, 2);
    for (int d = 0; d < 2; d++) {
        mlrt_dtype dtype = d ? MLRT_F64 : MLRT_F32;
        mlrt_tensor *a = mlrt_full(m, (int64_t[]){ROWS, K}, 2, 1, dtype);
        mlrt_tensor *b = mlrt_full(m, (int64_t[]){K, COLS}, 2, 1, dtype);
        mlrt_tensor *c = mlrt_full(m, (int64_t[]){ROWS, STEP}, 2, 5, dtype);
        for (int i = 0; i < ROWS; i++)
            set(a, (int64_t)i * K + 7 * i, i + 2);
        for (int j = 0; j < COLS; j++)
            set(b, (K - 1) * COLS + j, j + 2);
        mlrt__gemm g = {.dtype = (int)dtype,
                        .m = ROWS,
                        .n = COLS,
                        .k = K,
                        .a = mlrt__ptr(a),
                        .b = mlrt__ptr(b),
                        .c = mlrt__ptr(c),
                        .a_step = {K, 1},
                        .b_step = {COLS, 1},
                        .c_row = STEP,
                        .alpha = 1};
        size_t bytes = mlrt__gemm_scratch(&g);
        void *scratch = malloc(bytes);
        cr_assert(bytes > 0 && scratch);
        for (int beta = 0; beta < 2; beta++) {
            g.beta = beta;
            cr_assert(mlrt__gemm_run(m, &g, scratch) == 0);
            for (int64_t o = 0; o < ROWS * STEP; o++) {
                int64_t i = o / STEP, j = o % STEP;
                double once = K + (double)(i + 1) + (double)(j + 1);
                cr_assert(at(c, o) == (j < COLS ? once * (1 + beta) : 5));
            }
        }
        free(scratch);
        drop(a, b, c, NULL);
    }
    close_clean(m);
}

Test(matmul, an_interrupt_stops_it) {
    mlrt *m = open_with(NULL, 2);
    mlrt_tensor *a = make(m, MLRT_F32, 2, (int64_t[]){600, 600});
    mlrt_interrupt(m);
    REFUSES(m, "interrupted", "mm", T(a), T(a));
    mlrt_resume(m);
    mlrt_release(GET(m, "mm", T(a), T(a)));
    mlrt_release(a);
    close_clean(m);
}

/* ---- Contexts side by side -------------------------------------------- */

enum { CALLS = 4000 };

static void *many_products(void *bad) {
    mlrt *m = open_with(NULL, 2);
    mlrt_tensor *a = make(m, MLRT_F32, 2, (int64_t[]){33, 40});
    mlrt_tensor *b = make(m, MLRT_F32, 2, (int64_t[]){40, 57});
    mlrt_tensor *first = GET(m, "mm", T(a), T(b));
    for (int i = 0; i < CALLS; i++) {
        mlrt_tensor *y = GET(m, "mm", T(a), T(b));
        if (memcmp(mlrt_data_const(first), mlrt_data_const(y),
                   mlrt_nbytes(y)) != 0)
            ++*(int *)bad;
        mlrt_release(y);
    }
    drop(a, b, first, NULL);
    close_clean(m);
    return NULL;
}

Test(matmul, contexts_do_not_disturb_each_other) {
    pthread_t thread[4];
    int bad[4] = {0};
    for (int i = 0; i < 4; i++)
        pthread_create(&thread[i], NULL, many_products, &bad[i]);
    for (int i = 0; i < 4; i++) {
        pthread_join(thread[i], NULL);
        cr_expect(bad[i] == 0, "%d products differ", bad[i]);
    }
}

/* ---- addmm, linear, _rows_product ------------------------------------- */

Test(matmul, addmm_scales_and_adds) {
    mlrt *m = open_with(NULL, 2);
    static const mlrt_dtype types[] = {MLRT_F32, MLRT_F64, MLRT_I64, MLRT_I32};
    for (int i = 0; i < 4 * 4; i++) {
        mlrt_dtype dtype = types[i / 4];
        static const int64_t inputs[][2] = {{3, 4}, {1, 4}, {3, 1}, {1, 1}};
        const int64_t *in = inputs[i % 4];
        mlrt_tensor *x = make(m, dtype, 2, in);
        mlrt_tensor *a = lay(m, dtype, 2, (int64_t[]){3, 5}, SPACED);
        mlrt_tensor *b = lay(m, dtype, 2, (int64_t[]){5, 4}, TURNED);
        mlrt_tensor *y = GET(m, "addmm", T(x), T(a), T(b), D(2), D(-3));
        for (int64_t o = 0; o < 12; o++) {
            int64_t r = in[0] == 1 ? 0 : o / 4, c = in[1] == 1 ? 0 : o % 4;
            double size, w = 2 * at(x, r * in[1] + c);
            w -= 3 * want(a, b, o, &size);
            cr_assert(fabs(at(y, o) - w) <= precision(dtype) * (3 * size + 4));
        }
        drop(x, a, b, y);
    }
    close_clean(m);
}

Test(matmul, input_is_not_read_when_beta_is_zero) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *x = LIST(m, MLRT_F32, NAN);
    mlrt_tensor *a = make(m, MLRT_F32, 3, (int64_t[]){2, 3, 5});
    mlrt_tensor *b = make(m, MLRT_F32, 3, (int64_t[]){2, 5, 4});
    leave_nans(m);
    mlrt_tensor *y = GET(m, "baddbmm", T(x), T(a), T(b), D(0), D(1));
    check(y, a, b, 1);
    drop(x, a, b, y);
    close_clean(m);
}

static void check_linear(mlrt *m, mlrt_dtype dtype, const int64_t *x_shape,
                         int n, int64_t outs, enum layout layout) {
    int64_t ins = x_shape[n - 1], rows = 1;
    for (int d = 0; d < n - 1; d++)
        rows *= x_shape[d];
    mlrt_tensor *x = lay(m, dtype, n, x_shape, layout);
    mlrt_tensor *w = make(m, dtype, 2, (int64_t[]){outs, ins});
    mlrt_tensor *bias = make(m, dtype, 1, &outs);
    leave_nans(m);
    mlrt_tensor *y = GET(m, "linear", T(x), T(w), T(bias));
    mlrt_tensor *z = GET(m, "linear", T(x), T(w), N);
    mlrt_tensor *turned = mlrt__handle(m, w->storage, (int)dtype, 2,
                                       (int64_t[]){ins, outs},
                                       (int64_t[]){1, ins}, 0);
    cr_assert(mlrt_numel(y) == rows * outs);
    for (int64_t o = 0; o < rows * outs; o += rows * outs / 300 + 1) {
        double size, v = want(x, turned, o, &size);
        double eps = precision(dtype) * (size + 2);
        cr_assert(fabs(at(y, o) - v - at(bias, o % outs)) <= eps);
        cr_assert(fabs(at(z, o) - v) <= eps);
    }
    drop(x, w, bias, y);
    drop(z, turned, NULL, NULL);
}

Test(matmul, linear_is_a_product_and_a_bias) {
    mlrt *m = open_with(NULL, 2);
    for (int i = 0; i < 4 * 3; i++) {
        enum layout layout = (enum layout)(i % 4);
        mlrt_dtype dtype = i / 4 == 0   ? MLRT_F32
                           : i / 4 == 1 ? MLRT_F64
                                        : MLRT_I64;
        check_linear(m, dtype, (int64_t[]){7}, 1, 5, layout);
        check_linear(m, dtype, (int64_t[]){6, 7}, 2, 5, layout);
        check_linear(m, dtype, (int64_t[]){2, 3, 7}, 3, 5, layout);
        check_linear(m, dtype, (int64_t[]){2, 3, 4, 7}, 4, 1, layout);
        check_linear(m, dtype, (int64_t[]){64, 1500}, 2, 128, layout);
        check_linear(m, dtype, (int64_t[]){1, 784}, 2, 128, layout);
        check_linear(m, dtype, (int64_t[]){16, 200}, 2, 3000, layout);
    }
    close_clean(m);
}

/* The layouts that flatten, and those that must be copied. */
Test(matmul, rows_product_sums_over_all_rows) {
    mlrt *m = open_with(NULL, 2);
    static const int64_t a_shape[] = {4, 3, 5}, b_shape[] = {4, 3, 2};
    for (int i = 0; i < 25; i++) {
        mlrt_tensor *a = lay(m, MLRT_F64, 3, a_shape, (enum layout)(i % 5));
        mlrt_tensor *b = lay(m, MLRT_F64, 3, b_shape, (enum layout)(i / 5));
        mlrt_tensor *y = GET(m, "_rows_product", T(a), T(b));
        for (int64_t o = 0; o < 10; o++) {
            double sum = 0;
            for (int64_t r = 0; r < 12; r++)
                sum += element(a, r / 3 * a->stride[0] + r % 3 * a->stride[1] +
                                      o / 2 * a->stride[2]) *
                       element(b, r / 3 * b->stride[0] + r % 3 * b->stride[1] +
                                      o % 2 * b->stride[2]);
            cr_assert(fabs(at(y, o) - sum) < 1e-13);
        }
        drop(a, b, y, NULL);
    }
    close_clean(m);
}

/* ---- Refusals --------------------------------------------------------- */

Test(matmul, refusals_name_the_shapes) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *a = make(m, MLRT_F32, 2, (int64_t[]){64, 784});
    mlrt_tensor *b = make(m, MLRT_F32, 2, (int64_t[]){10, 784});
    mlrt_tensor *truth = make(m, MLRT_BOOL, 2, (int64_t[]){784, 2});
    mlrt_tensor *whole = make(m, MLRT_I64, 2, (int64_t[]){2, 2});
    REFUSES(m, "matmul: (64, 784) x (10, 784): inner sizes 784 and 10 differ",
            "matmul", T(a), T(b));
    REFUSES(m,
            "linear: x: (..., 784) expected for weight (10, 784), got (2, 2)",
            "linear", T(whole), T(b), N);
    REFUSES(m, "bool has no arithmetic", "mm", T(a), T(truth));
    REFUSES(m, "argument 'b': 1 dimensions expected, got shape (10, 784)", "mv",
            T(a), T(b));
    REFUSES(m, "integers", "addmm", T(whole), T(whole), T(whole), D(0.5), D(1));
    drop(a, b, truth, whole);
    close_clean(m);
}

/* Sizes that no memory has, made by expanding. */
Test(matmul, hostile_sizes_are_refused) {
    mlrt *m = open_with(NULL, 1);
    static const int64_t step[2] = {0, 0}, none[2] = {1, 1};
    mlrt_tensor *one = make(m, MLRT_F32, 2, none);
    int64_t big[2] = {INT64_C(3000000000), 1};
    mlrt_tensor *tall = mlrt__handle(m, one->storage, MLRT_F32, 2, big, step,
                                     0);
    int64_t huge[2] = {INT64_C(3000000000), INT64_C(3000000000)};
    mlrt_tensor *wide = mlrt__handle(m, one->storage, MLRT_I64, 2, huge, step,
                                     0);
    mlrt_tensor *none_[4];
    cr_assert(RUN(m, "mm", none_, T(tall), T(one)) < 0);
    cr_assert(RUN(m, "mm", none_, T(wide), T(wide)) < 0);
    drop(one, tall, wide, NULL);
    close_clean(m);
}
