/* test_create.c: making, joining and random tensors. */
#include "core.h"
#include "kernels/random.h"

#include "call.h"

static void expect_list(mlrt_tensor *t, mlrt_dtype dtype, int n,
                        const double *want) {
    cr_assert(mlrt_dtype_of(t) == dtype, "dtype %s, not %s",
              mlrt_dtype_name(mlrt_dtype_of(t)), mlrt_dtype_name(dtype));
    cr_assert(mlrt_numel(t) == n, "%lld elements, not %d",
              (long long)mlrt_numel(t), n);
    for (int i = 0; i < n; i++)
        cr_expect(fabs(at(t, i) - want[i]) < 1e-6, "[%d] is %g, not %g", i,
                  at(t, i), want[i]);
    mlrt_release(t);
}
#define EXPECT(t, dtype, ...)                                                  \
    expect_list(t, dtype, (int)(sizeof((double[]){__VA_ARGS__}) / 8),          \
                (double[]){__VA_ARGS__})

static mlrt_tensor *turned(mlrt_tensor *t) {
    return mlrt__handle(t->ctx, t->storage, t->dtype, 2,
                        (int64_t[]){t->shape[1], t->shape[0]},
                        (int64_t[]){t->stride[1], t->stride[0]}, t->offset);
}

/* ---- create ----------------------------------------------------------- */

Test(create, one_value_in_every_dtype) {
    mlrt *m = open_with(NULL, 2);
    int64_t shape[2] = {2, 2};
    for (int d = 0; d < MLRT_NDTYPES; d++) {
        mlrt_dtype dtype = (mlrt_dtype)d;
        mlrt_tensor *like = make(m, dtype, 2, (int64_t[]){2, 1});
        EXPECT(mlrt_zeros(m, shape, 2, dtype), dtype, 0, 0, 0, 0);
        EXPECT(mlrt_full(m, shape, 2, 1, dtype), dtype, 1, 1, 1, 1);
        EXPECT(mlrt_zeros_like(m, like, MLRT_DTYPE_NONE), dtype, 0, 0);
        EXPECT(mlrt_full_like(m, like, 1, MLRT_DTYPE_NONE), dtype, 1, 1);
        if (dtype != MLRT_INDEX) {
            EXPECT(mlrt_ones(m, shape, 2, dtype), dtype, 1, 1, 1, 1);
            EXPECT(mlrt_ones_like(m, like, MLRT_F64), MLRT_F64, 1, 1);
            EXPECT(mlrt_eye(m, 2, 3, dtype), dtype, 1, 0, 0, 0, 1, 0);
            EXPECT(mlrt_eye(m, 2, 1, dtype), dtype, 1, 0);
        }
        mlrt_release(like);
    }
    close_clean(m);
}

Test(create, full_keeps_integers_and_the_sign_of_zero) {
    mlrt *m = open_with(NULL, 1);
    int64_t big = INT64_MAX - 1, got;
    mlrt_tensor *t = GET(m, "full", V(0, NULL), I(big), I(MLRT_I64));
    cr_assert(mlrt_item_int(t, &got) == 0 && got == big);
    mlrt_release(t);
    t = GET(m, "full", INTS(70000), D(-0.0), N);
    cr_assert(at(t, 69999) == 0 && signbit(at(t, 69999)));
    mlrt_release(t);
    EXPECT(GET(m, "full", INTS(2), D(-2.7), I(MLRT_I32)), MLRT_I32, -2, -2);
    REFUSES(m, "256 does not fit u8", "full", INTS(2), I(256), I(MLRT_U8));
    REFUSES(m, "nan does not fit i64", "full", INTS(2), D(NAN), I(MLRT_I64));
    REFUSES(m, "does not fit i64", "full", INTS(2), D(0x1p63), I(MLRT_I64));
    REFUSES(m, "does not fit index", "full", INTS(2), I(-2), I(MLRT_INDEX));
    close_clean(m);
}

Test(create, arange_is_i64_of_integers_only) {
    mlrt *m = open_with(NULL, 1);
    EXPECT(GET(m, "arange", N, I(3), N, N), MLRT_I64, 0, 1, 2);
    EXPECT(GET(m, "arange", I(2), I(5), N, N), MLRT_I64, 2, 3, 4);
    EXPECT(GET(m, "arange", I(5), I(0), I(-2), N), MLRT_I64, 5, 3, 1);
    EXPECT(GET(m, "arange", I(0), D(2), N, N), MLRT_F32, 0, 1);
    EXPECT(GET(m, "arange", D(0.5), I(2), N, N), MLRT_F32, 0.5, 1.5);
    EXPECT(GET(m, "arange", I(0), I(1), D(0.25), N), MLRT_F32, 0, 0.25, 0.5,
           0.75);
    EXPECT(GET(m, "arange", I(0), I(2), N, I(MLRT_F64)), MLRT_F64, 0, 1);
    EXPECT(GET(m, "range", I(1), I(4), I(2), N), MLRT_I64, 1, 3);
    EXPECT(GET(m, "range", D(0), D(0.3), D(0.1), N), MLRT_F32, 0, 0.1, 0.2,
           0.3);
    mlrt_tensor *none[] = {GET(m, "arange", I(3), I(3), N, N),
                           GET(m, "range", I(1), I(0), N, N),
                           GET(m, "range", D(1), D(0), N, N)};
    for (int i = 0; i < 3; i++) {
        cr_expect(mlrt_numel(none[i]) == 0);
        mlrt_release(none[i]);
    }
    close_clean(m);
}

Test(create, arange_at_the_ends_of_i64) {
    mlrt *m = open_with(NULL, 1);
    int64_t ends[] = {INT64_MAX - 2, INT64_MIN + 2}, got;
    for (int i = 0; i < 2; i++) {
        mlrt_tensor *t = i ? GET(m, "arange", I(ends[1]), I(INT64_MIN), I(-1))
                           : GET(m, "arange", I(ends[0]), I(INT64_MAX), N);
        cr_assert(mlrt_numel(t) == 2);
        got = ((const int64_t *)mlrt_data_const(t))[1];
        cr_expect(got == ends[i] + (i ? -1 : 1));
        mlrt_release(t);
    }
    REFUSES(m, "too large", "arange", I(INT64_MIN), I(INT64_MAX), N, N);
    REFUSES(m, "too large", "arange", D(0), D(1e300), D(1e-300), N);
    REFUSES(m, "no way from 0 to 1", "arange", I(0), I(1), I(-1), N);
    REFUSES(m, "must be finite", "arange", I(0), D(NAN), N, N);
    REFUSES(m, "step' is 0", "range", I(0), I(1), D(0), N);
    close_clean(m);
}

Test(create, long_ramps_equal_their_formula) {
    for (int threads = 1; threads <= 2; threads++) {
        mlrt *m = open_with(NULL, threads);
        int64_t n = 40001;
        mlrt_tensor *a = mlrt_arange(m, 0, 40001 * 0.37, 0.37, MLRT_F64);
        mlrt_tensor *b = GET(m, "arange", I(0), I(3 * n), I(3), I(MLRT_I32));
        mlrt_tensor *c = mlrt_linspace(m, -3, 5, n, MLRT_F64);
        cr_assert(mlrt_numel(a) == n && mlrt_numel(b) == n);
        for (int64_t i = 0; i < n; i++) {
            cr_assert(at(a, i) == (double)i * 0.37);
            cr_assert(at(b, i) == (double)(3 * i));
            cr_assert(fabs(at(c, i) - (-3 + 8.0 / 40000 * (double)i)) < 1e-12);
        }
        cr_expect(at(c, 0) == -3 && at(c, n - 1) == 5);
        drop(a, b, c, NULL);
        close_clean(m);
    }
}

Test(create, refuses_sizes) {
    mlrt *m = open_with(NULL, 1);
    int64_t many[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    REFUSES(m, "negative size -1", "zeros", INTS(2, -1), N);
    REFUSES(m, "9 dimensions", "ones", V(9, many), N);
    REFUSES(m, "too large", "full", INTS(INT64_MAX, 2), I(0), N);
    REFUSES(m, "too large", "eye", I(INT64_MAX), N, N);
    REFUSES(m, "negative size -1", "linspace", D(0), D(1), I(-1), N);
    REFUSES(m, "holds positions", "ones", INTS(2), I(MLRT_INDEX));
    close_clean(m);
}

/* ---- join ------------------------------------------------------------- */

/* Element of the inputs laid one after the other along dim 1 of 2. */
static double joined(mlrt_tensor *const *ts, int64_t i, int64_t j) {
    for (; j >= ts[0]->shape[1]; ts++)
        j -= ts[0]->shape[1];
    return at(ts[0], i * ts[0]->shape[1] + j);
}

Test(join, cat_in_every_dtype) {
    mlrt *m = open_with(NULL, 2);
    for (int d = 0; d < MLRT_NDTYPES; d++) {
        mlrt_tensor *ts[] = {make(m, (mlrt_dtype)d, 2, (int64_t[]){300, 7}),
                             make(m, (mlrt_dtype)d, 2, (int64_t[]){300, 0}),
                             make(m, (mlrt_dtype)d, 2, (int64_t[]){300, 200})};
        mlrt_tensor *y = mlrt_cat(m, ts, 3, 1);
        cr_assert(y && y->shape[0] == 300 && y->shape[1] == 207);
        for (int64_t i = 0; i < y->numel; i++)
            cr_assert(at(y, i) == joined(ts, i / 207, i % 207));
        drop(ts[0], ts[1], ts[2], y);
    }
    close_clean(m);
}

Test(join, cat_of_turned_and_mixed) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *x = make(m, MLRT_I32, 2, (int64_t[]){2, 3}), *xt = turned(x);
    mlrt_tensor *f = mlrt_full(m, (int64_t[]){1, 2}, 2, 0.5, MLRT_F64);
    mlrt_tensor *none = mlrt_zeros(m, (int64_t[]){0}, 1, MLRT_U8);
    EXPECT(mlrt_cat(m, (mlrt_tensor *[]){none, xt, f}, 3, 0), MLRT_F64,
           at(x, 0), at(x, 3), at(x, 1), at(x, 4), at(x, 2), at(x, 5), 0.5,
           0.5);
    EXPECT(mlrt_cat(m, (mlrt_tensor *[]){f, f}, 2, -1), MLRT_F64, 0.5, 0.5, 0.5,
           0.5);
    mlrt_tensor *y = mlrt_cat(m, &none, 1, 0);
    cr_expect(y && y->ndim == 1 && y->numel == 0);
    mlrt_release(y);
    drop(x, xt, f, none);
    close_clean(m);
}

Test(join, stack_along_every_dim) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *x = make(m, MLRT_F32, 2, (int64_t[]){2, 3}), *xt = turned(x);
    mlrt_tensor *z = mlrt_zeros(m, (int64_t[]){3, 2}, 2, MLRT_F32);
    for (int dim = 0; dim < 3; dim++) {
        mlrt_tensor *y = mlrt_stack(m, (mlrt_tensor *[]){z, xt}, 2, dim);
        cr_assert(y && y->ndim == 3 && y->shape[dim] == 2);
        for (int64_t i = 0; i < 3; i++)
            for (int64_t j = 0; j < 2; j++)
                for (int64_t k = 0; k < 2; k++) {
                    int64_t p = dim == 0   ? k * 6 + i * 2 + j
                                : dim == 1 ? i * 4 + k * 2 + j
                                           : i * 4 + j * 2 + k;
                    cr_assert(at(y, p) == (k ? at(x, j * 3 + i) : 0));
                }
        mlrt_release(y);
    }
    drop(x, xt, z, NULL);
    close_clean(m);
}

Test(join, gradients_are_the_parts) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *a = make(m, MLRT_F64, 2, (int64_t[]){2, 1});
    mlrt_tensor *b = make(m, MLRT_F32, 2, (int64_t[]){2, 2});
    cr_assert(!mlrt_set_requires_grad(a, true));
    cr_assert(!mlrt_set_requires_grad(b, true));
    mlrt_tensor *y = mlrt_cat(m, (mlrt_tensor *[]){b, a}, 2, 1);
    mlrt_tensor *g = LIST(m, MLRT_F64, 1, 2, 3, 4, 5, 6);
    mlrt_tensor *gy = mlrt_reshape(m, g, y->shape, 2);
    cr_assert(mlrt_backward(y, gy, 0) == 0, "%s", mlrt_errmsg(m));
    EXPECT(mlrt_grad(a), MLRT_F64, 3, 6);
    EXPECT(mlrt_grad(b), MLRT_F32, 1, 2, 4, 5);
    mlrt_release(y);
    drop(a, b, g, gy);
    close_clean(m);
}

Test(join, refusals) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *a = make(m, MLRT_F32, 2, (int64_t[]){2, 3});
    mlrt_tensor *b = make(m, MLRT_F32, 1, (int64_t[]){3});
    mlrt_tensor *i = make(m, MLRT_INDEX, 1, (int64_t[]){3});
    mlrt_tensor *o = make(m, MLRT_F32, 0, NULL);
    cr_expect(!mlrt_cat(m, NULL, 0, 0));
    cr_expect(strstr(mlrt_errmsg(m), "cat: the list of tensors is empty"));
    cr_expect(!mlrt_cat(m, (mlrt_tensor *[]){a, b}, 2, 0));
    cr_expect(strstr(mlrt_errmsg(m), "tensor 2 has shape (3), the first (2, "));
    cr_expect(!mlrt_cat(m, (mlrt_tensor *[]){b, i}, 2, 0));
    cr_expect(strstr(mlrt_errmsg(m), "f32 and index do not mix"));
    cr_expect(!mlrt_cat(m, &o, 1, 0));
    cr_expect(strstr(mlrt_errmsg(m), "use stack"));
    cr_expect(!mlrt_stack(m, (mlrt_tensor *[]){a, b}, 2, 0));
    cr_expect(strstr(mlrt_errmsg(m), "stack: tensor 2 has shape (3)"));
    cr_expect(!mlrt_stack(m, &a, 1, 3));
    cr_expect(strstr(mlrt_errmsg(m), "dim 4 is out of range"));
    cr_expect(!mlrt_cat(m, (mlrt_tensor *[]){a, NULL}, 2, 0));
    drop(a, b, i, o);
    close_clean(m);
}

/* ---- random: values --------------------------------------------------- */

/* Word j of element i's block, from the definition: elements made of one
 * word come 64 to 16 blocks, of two words 32. */
static uint32_t word_of(uint64_t key, uint64_t first, int64_t i, int per,
                        int j) {
    uint32_t w[4];
    uint64_t block = first +
                     (uint64_t)(i / per * MLRT__BATCH + i % MLRT__BATCH);
    int place = (int)(i % per / MLRT__BATCH);
    mlrt__philox(key, block, w);
    return w[per == MLRT__SINGLES ? place : 2 * place + j];
}

static double uniform_of(uint64_t key, int64_t i, bool f64) {
    if (!f64)
        return (word_of(key, 0, i, MLRT__SINGLES, 0) >> 8) * 0x1p-24;
    uint32_t p = word_of(key, 0, i, MLRT__DOUBLES, 0);
    uint32_t q = word_of(key, 0, i, MLRT__DOUBLES, 1);
    return ((p >> 5) * 0x1p26 + (q >> 6)) * 0x1p-53;
}

Test(random, philox_gives_the_published_words) {
    mlrt *m = open_with(NULL, 1);
    uint32_t w[4];
    mlrt__philox(0, 0, w);
    cr_expect(w[0] == 0x6627e8d5 && w[1] == 0xe169c58d);
    cr_expect(w[2] == 0xbc57ac4c && w[3] == 0x9b00dbd8);
    close_clean(m);
}

Test(random, uniform_equals_its_definition_everywhere) {
    static const char *const isas[] = {"base", "avx2", "avx512"};
    static const int64_t sizes[] = {1, 15, 16, 63, 64, 65, 50001};
    uint64_t key = 0xfedcba9876543210;
    for (int k = 0; k < 6; k++) {
        mlrt *m = open_with(isas[k / 2], 1 + k % 2);
        if (!m)
            continue;
        for (int f64 = 0; f64 < 2; f64++)
            for (int s = 0; s < 7; s++) {
                mlrt_seed(m, key);
                mlrt_tensor *y = mlrt_rand(m, &sizes[s], 1, (mlrt_dtype)f64,
                                           NULL);
                for (int64_t i = 0; i < sizes[s]; i++)
                    cr_assert(at(y, i) == uniform_of(key, i, f64),
                              "%s %lld of %lld", isas[k / 2], (long long)i,
                              (long long)sizes[s]);
                mlrt_release(y);
            }
        close_clean(m);
    }
}

/* The pair that Box and Muller make of two uniform numbers. */
static void normal_of(uint64_t key, int64_t i, bool f64, double *z) {
    uint32_t w[4];
    int place = (int)(i % (f64 ? MLRT__DOUBLES : MLRT__SINGLES)) / MLRT__BATCH;
    mlrt__philox(
        key,
        (uint64_t)(i / (f64 ? MLRT__DOUBLES : MLRT__SINGLES) * MLRT__BATCH +
                   i % MLRT__BATCH),
        w);
    int h = f64 ? 0 : place / 2 * 2;
    double u = f64 ? ((w[0] >> 5) * 0x1p26 + (w[1] >> 6) + 0.5) * 0x1p-53
                   : (double)(((float)(w[h] >> 1) + 0.5f) * 0x1p-31f);
    double t = f64 ? ((w[2] >> 5) * 0x1p26 + (w[3] >> 6)) * 0x1p-53 - 0.5
                   : (w[h + 1] >> 2) * 0x1p-30 - 0.5;
    uint32_t q = f64 ? w[3] : w[h + 1];
    double a = t * acos(-1) / 2, r = sqrt(-2 * log(u));
    double c = q & 1 ? sin(a) : cos(a), s = q & 1 ? cos(a) : sin(a);
    *z = (place % 2 ? s : c) * (q & 2 ? -r : r);
}

Test(random, normal_equals_its_definition_everywhere) {
    static const char *const isas[] = {"base", "avx2", "avx512"};
    int64_t n = 40001;
    for (int f64 = 0; f64 < 2; f64++) {
        uint64_t key = 0x123456789abcdef0;
        mlrt *m0 = open_with("base", 1);
        mlrt_seed(m0, key);
        mlrt_tensor *first = mlrt_randn(m0, &n, 1, (mlrt_dtype)f64, NULL);
        for (int64_t i = 0; i < n; i++) {
            double want;
            normal_of(key, i, f64, &want);
            cr_assert(fabs(at(first, i) - want) <
                          (f64 ? 1e-14 : 2e-6) * (1 + fabs(want)),
                      "[%lld] is %.17g, not %.17g", (long long)i, at(first, i),
                      want);
        }
        for (int k = 0; k < 6; k++) {
            mlrt *m = open_with(isas[k / 2], 1 + k % 2);
            if (!m)
                continue;
            mlrt_seed(m, key);
            mlrt_tensor *y = mlrt_randn(m, &n, 1, (mlrt_dtype)f64, NULL);
            cr_expect(!memcmp(mlrt_data_const(y), mlrt_data_const(first),
                              mlrt_nbytes(y)),
                      "%s differs", isas[k / 2]);
            mlrt_release(y);
            close_clean(m);
        }
        mlrt_release(first);
        close_clean(m0);
    }
}

/* Moments of n values: within five standard errors. */
static void check_moments(mlrt_tensor *y, double mean, double var,
                          double fourth) {
    double n = (double)mlrt_numel(y), a = 0, b = 0;
    for (int64_t i = 0; i < mlrt_numel(y); i++) {
        double d = at(y, i) - mean;
        a += d;
        b += d * d;
    }
    cr_expect(fabs(a / n) < 5 * sqrt(var / n), "mean %g", mean + a / n);
    cr_expect(fabs(b / n - var) < 5 * sqrt((fourth - var * var) / n),
              "variance %g, not %g", b / n, var);
    mlrt_release(y);
}

Test(random, moments) {
    mlrt *m = open_with(NULL, 2);
    int64_t n = 400000;
    for (int d = 0; d < 2; d++) {
        mlrt_dtype dtype = (mlrt_dtype)d;
        check_moments(mlrt_rand(m, &n, 1, dtype, NULL), 0.5, 1.0 / 12,
                      1.0 / 80);
        check_moments(mlrt_randn(m, &n, 1, dtype, NULL), 0, 1, 3);
        mlrt_tensor *p = mlrt_full(m, &n, 1, 0.3, dtype);
        check_moments(mlrt_bernoulli(m, p, NULL), 0.3, 0.21,
                      0.3 * 0.2401 + 0.7 * 0.0081);
        check_moments(mlrt_retain(mlrt_uniform_(m, p, -1, 3, NULL)), 1,
                      16.0 / 12, 256.0 / 80);
        check_moments(mlrt_retain(mlrt_normal_(m, p, 2, 0.5, NULL)), 2, 0.25,
                      3.0 / 16);
        mlrt_release(p);
        mlrt_release(p);
        mlrt_release(p);
    }
    close_clean(m);
}

Test(random, a_generator_goes_on_and_comes_back) {
    mlrt *m = open_with(NULL, 1);
    int64_t n = 100, state[2], k = 37;
    mlrt_generator *g = mlrt_generator_new(m, 5);
    mlrt_tensor *a = mlrt_rand(m, &n, 1, MLRT_F32, g);
    mlrt_generator_get(g, (uint64_t *)state);
    mlrt_tensor *b = mlrt_rand(m, &n, 1, MLRT_F32, g);
    mlrt_generator_set(g, (uint64_t *)state);
    mlrt_tensor *c = mlrt_rand(m, &k, 1, MLRT_F32, g);
    for (int i = 0; i < 37; i++) {
        cr_assert(at(b, i) == at(c, i));
        cr_assert(at(a, i) != at(b, i));
    }
    mlrt_generator_free(g);
    drop(a, b, c, NULL);
    close_clean(m);
}

Test(random, strided_targets_get_the_same_numbers) {
    mlrt *m = open_with(NULL, 2);
    for (int normal = 0; normal < 2; normal++) {
        mlrt_tensor *x = mlrt_zeros(m, (int64_t[]){200, 300}, 2, MLRT_F32);
        mlrt_tensor *xt = turned(x), *y;
        mlrt_seed(m, 9);
        y = normal ? mlrt_normal_(m, xt, 0, 1, NULL)
                   : mlrt_uniform_(m, xt, 0, 1, NULL);
        cr_assert(y == xt);
        mlrt_seed(m, 9);
        mlrt_tensor *z = normal ? mlrt_randn(m, xt->shape, 2, MLRT_F32, NULL)
                                : mlrt_rand(m, xt->shape, 2, MLRT_F32, NULL);
        for (int64_t i = 0; i < 300; i++)
            for (int64_t j = 0; j < 200; j++)
                cr_assert(at(z, i * 200 + j) == at(x, j * 300 + i));
        mlrt_release(y);
        drop(x, xt, z, NULL);
    }
    close_clean(m);
}

/* ---- random: choices -------------------------------------------------- */

/* Each of the values low..low+k-1 of y about as often as `share` says. */
static void check_shares(mlrt_tensor *y, int64_t low, int k,
                         const double *share) {
    double n = (double)mlrt_numel(y), count[16] = {0};
    for (int64_t i = 0; i < mlrt_numel(y); i++) {
        int64_t v = (int64_t)at(y, i) - low;
        cr_assert(v >= 0 && v < k);
        count[v]++;
    }
    for (int v = 0; v < k; v++)
        cr_expect(fabs(count[v] - n * share[v]) <=
                      5 * sqrt(n * share[v] * (1 - share[v])),
                  "%d: %g of %g, not %g", v, count[v], n, share[v]);
    mlrt_release(y);
}

Test(random, randint_in_every_dtype) {
    mlrt *m = open_with(NULL, 2);
    double even[7];
    int64_t n = 70003;
    for (int v = 0; v < 7; v++)
        even[v] = 1.0 / 7;
    for (int d = 0; d < MLRT_NDTYPES; d++) {
        if (d == MLRT_BOOL)
            continue;
        int low = d == MLRT_U8 || d == MLRT_INDEX ? 0 : -3;
        mlrt_tensor *y = mlrt_randint(m, low, low + 7, &n, 1, (mlrt_dtype)d,
                                      NULL);
        cr_assert(y && y->dtype == d, "%s", mlrt_errmsg(m));
        check_shares(y, low, 7, even);
    }
    check_shares(mlrt_randint(m, 0, 2, &n, 1, MLRT_BOOL, NULL), 0, 2,
                 (double[]){0.5, 0.5});
    close_clean(m);
}

Test(random, randint_reaches_the_ends) {
    mlrt *m = open_with(NULL, 1);
    bool below = false, above = false;
    mlrt_tensor *y = GET(m, "randint", I(INT64_MIN), I(INT64_MAX), INTS(64), N,
                         N);
    for (int i = 0; i < 64; i++) {
        below = below || at(y, i) < -0x1p61;
        above = above || at(y, i) > 0x1p61;
    }
    cr_expect(below && above);
    mlrt_release(y);
    REFUSES(m, "low < high expected", "randint", I(3), I(3), INTS(1), N, N);
    REFUSES(m, "0..256 does not fit u8", "randint", N, I(257), INTS(1),
            I(MLRT_U8), N);
    REFUSES(m, "does not fit f32", "randint", N, I(1 << 25), INTS(1),
            I(MLRT_F32), N);
    REFUSES(m, "integer expected, got 0.5", "randint", D(0.5), I(2), INTS(1), N,
            N);
    close_clean(m);
}

Test(random, randperm_is_fair) {
    mlrt *m = open_with(NULL, 1);
    double count[6] = {0};
    for (int i = 0; i < 12000; i++) {
        mlrt_tensor *y = mlrt_randperm(m, 3, NULL);
        int a = (int)at(y, 0), b = (int)at(y, 1), c = (int)at(y, 2);
        cr_assert(a + b + c == 3 && a != b && b != c && a != c);
        count[a * 2 + (b > c)]++;
        mlrt_release(y);
    }
    for (int k = 0; k < 6; k++)
        cr_expect(fabs(count[k] - 2000) < 5 * sqrt(2000.0 * 5 / 6));
    mlrt_tensor *y = mlrt_randperm(m, 5000, NULL);
    double sum = 0;
    for (int i = 0; i < 5000; i++)
        sum += at(y, i);
    cr_expect(y->dtype == MLRT_INDEX && sum == 5000.0 * 4999 / 2);
    mlrt_release(y);
    close_clean(m);
}

Test(random, multinomial_follows_its_weights) {
    mlrt *m = open_with(NULL, 2);
    double share[] = {0, 0.1, 0.2, 0.3, 0, 0.4, 0};
    mlrt_tensor *x = LIST(m, MLRT_F32, 0, 1, 2, 3, 0, 4, 0);
    check_shares(mlrt_multinomial(m, x, 60000, true, NULL), 0, 7, share);
    mlrt_tensor *rows = mlrt_reshape(m, x, (int64_t[]){1, 7}, 2);
    mlrt_tensor *many = mlrt_repeat_interleave(m, rows, 30000, 0);
    mlrt_tensor *y = mlrt_multinomial(m, many, 2, false, NULL);
    cr_assert(y, "%s", mlrt_errmsg(m));
    mlrt_tensor *first = mlrt_select(m, y, 1, 0);
    mlrt_tensor *copy = mlrt_clone(m, first);
    check_shares(copy, 0, 7, share);
    double pair = 0; /* 5 first, then 3: 0.4 * 0.3 / 0.6 */
    for (int64_t i = 0; i < 30000; i++) {
        cr_assert(at(y, 2 * i) != at(y, 2 * i + 1));
        pair += at(y, 2 * i) == 5 && at(y, 2 * i + 1) == 3;
    }
    cr_expect(fabs(pair - 6000) < 5 * sqrt(6000 * 0.8), "%g", pair);
    drop(x, rows, many, y);
    mlrt_release(first);
    close_clean(m);
}

Test(random, multinomial_refusals) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *zero = mlrt_zeros(m, (int64_t[]){3}, 1, MLRT_F64);
    mlrt_tensor *bad = LIST(m, MLRT_F32, 1, NAN);
    mlrt_tensor *one = LIST(m, MLRT_F32, 1, 0);
    mlrt_tensor *none = mlrt_zeros(m, (int64_t[]){2, 0}, 2, MLRT_F32);
    REFUSES(m, "add up to 0", "multinomial", T(zero), I(1), N, N);
    REFUSES(m, "not finite: nan", "multinomial", T(bad), I(1), N, N);
    REFUSES(m, "2 of 1 positions", "multinomial", T(one), I(2), N, N);
    REFUSES(m, "1 of 0 positions", "multinomial", T(none), I(1), I(1), N);
    EXPECT(GET(m, "multinomial", T(one), I(3), I(1), N), MLRT_INDEX, 0, 0, 0);
    drop(zero, bad, one, none);
    close_clean(m);
}

/* ---- dropout ---------------------------------------------------------- */

Test(random, dropout_drops_the_same_in_both_types_and_backward) {
    mlrt *m = open_with(NULL, 2);
    int64_t n = 50007;
    mlrt_tensor *y[2];
    for (int d = 0; d < 2; d++) {
        mlrt_tensor *x = mlrt_ones(m, &n, 1, (mlrt_dtype)d);
        cr_assert(!mlrt_set_requires_grad(x, true));
        mlrt_seed(m, 4);
        y[d] = mlrt_dropout(m, x, 0.2, true, NULL);
        mlrt_tensor *g = mlrt_full(m, &n, 1, 3, (mlrt_dtype)d);
        cr_assert(mlrt_backward(y[d], g, 0) == 0, "%s", mlrt_errmsg(m));
        mlrt_tensor *gx = mlrt_grad(x);
        for (int64_t i = 0; i < n; i++)
            cr_assert(fabs(at(gx, i) - 3 * at(y[d], i)) < 1e-5);
        drop(x, g, gx, NULL);
    }
    double kept = 0;
    for (int64_t i = 0; i < n; i++) {
        cr_assert(fabs(at(y[0], i) - at(y[1], i)) < 1e-6);
        cr_assert(at(y[1], i) == 0 || at(y[1], i) == 1.25);
        kept += at(y[1], i) != 0;
    }
    cr_expect(fabs(kept - 0.8 * (double)n) < 5 * sqrt(0.16 * (double)n));
    drop(y[0], y[1], NULL, NULL);
    close_clean(m);
}

Test(random, dropout_at_its_ends) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *x = LIST(m, MLRT_F32, 1, INFINITY, NAN), *y;
    y = mlrt_dropout(m, x, 0, true, NULL);
    cr_expect(y == x);
    mlrt_release(y);
    y = mlrt_dropout(m, x, 0.5, false, NULL);
    cr_expect(y == x);
    mlrt_release(y);
    EXPECT(mlrt_dropout(m, x, 1, true, NULL), MLRT_F32, 0, 0, 0);
    REFUSES(m, "in 0..1 expected, got 2", "dropout", T(x), D(2), N, N);
    REFUSES(m, "in 0..1 expected, got nan", "dropout", T(x), D(NAN), N, N);
    mlrt_release(x);
    close_clean(m);
}
