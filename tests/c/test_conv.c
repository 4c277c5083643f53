/* test_conv.c: convolution and its gradients against the formula. */
#include "core.h"

#include <stdlib.h>

#include "call.h"

static const char *const isas[] = {"base", "avx2", "avx512"};
#define EACH_ISA(m)                                                            \
    for (int isa_ = 0; isa_ < 3; isa_++)                                       \
        for (mlrt *m = open_with(isas[isa_], 2); m; close_clean(m), m = NULL)

/* ---- The formula ------------------------------------------------------ */

typedef struct geometry {
    int64_t n, c, h, w, o, kh, kw, sh, sw, ph, pw, dh, dw, groups;
} geometry;

static int64_t out_size(int64_t size, int64_t k, int64_t s, int64_t p,
                        int64_t d) {
    return (size + 2 * p - d * (k - 1) - 1) / s + 1;
}

/* A product of one element each of y, x and weight. */
typedef void term(void *ud, int64_t y, int64_t x, int64_t w);

static void taps(const geometry *v, int64_t y, int64_t n, int64_t o, int64_t i,
                 int64_t j, term *fn, void *ud) {
    int64_t cg = v->c / v->groups, first = o / (v->o / v->groups) * cg;
    for (int64_t c = 0; c < cg; c++)
        for (int64_t a = 0; a < v->kh; a++)
            for (int64_t b = 0; b < v->kw; b++) {
                int64_t r = i * v->sh + a * v->dh - v->ph;
                int64_t q = j * v->sw + b * v->dw - v->pw;
                if (r >= 0 && r < v->h && q >= 0 && q < v->w)
                    fn(ud, y, ((n * v->c + first + c) * v->h + r) * v->w + q,
                       ((o * cg + c) * v->kh + a) * v->kw + b);
            }
}

static void each(const geometry *v, term *fn, void *ud) {
    int64_t oh = out_size(v->h, v->kh, v->sh, v->ph, v->dh);
    int64_t ow = out_size(v->w, v->kw, v->sw, v->pw, v->dw), y = 0;
    for (int64_t n = 0; n < v->n; n++)
        for (int64_t o = 0; o < v->o; o++)
            for (int64_t i = 0; i < oh; i++)
                for (int64_t j = 0; j < ow; j++)
                    taps(v, y++, n, o, i, j, fn, ud);
}

/* sum[...] += the product of the two given; size: of absolute values. */
typedef struct sums {
    double *x, *y, *w; /* NULL: the one summed for */
    double *sum, *size;
} sums;

static void add_term(void *ud, int64_t y, int64_t x, int64_t w) {
    const sums *s = ud;
    int64_t to = !s->y ? y : !s->x ? x : w;
    double v = (s->x ? s->x[x] : 1) * (s->y ? s->y[y] : 1) *
               (s->w ? s->w[w] : 1);
    s->sum[to] += v;
    s->size[to] += fabs(v);
}

static double *doubles(mlrt_tensor *t) {
    if (!t)
        return NULL;
    int64_t n = mlrt_numel(t);
    double *v = calloc((size_t)n + 1, sizeof *v);
    cr_assert(v);
    for (int64_t i = 0; i < n; i++)
        v[i] = at(t, i);
    return v;
}

/* `got` is what the formula gives. */
static void check(const geometry *v, mlrt_tensor *got, mlrt_tensor *x,
                  mlrt_tensor *y, mlrt_tensor *w, mlrt_tensor *bias,
                  const char *what) {
    int64_t n = mlrt_numel(got);
    size_t room = (size_t)n + 1;
    sums s = {doubles(x), doubles(y), doubles(w), calloc(room, 8),
              calloc(room, 8)};
    double eps = mlrt_dtype_of(got) == MLRT_F32 ? 1e-6 : 1e-13;
    each(v, add_term, &s);
    for (int64_t i = 0; i < n; i++) {
        double b = bias ? at(bias, i / (n / (v->n * v->o)) % v->o) : 0;
        double error = fabs(at(got, i) - (s.sum[i] + b));
        cr_assert(error <= eps * (s.size[i] + fabs(b)),
                  "%s of %s, element %lld: %.17g, not %.17g", what,
                  MLRT__ST(got), (long long)i, at(got, i), s.sum[i] + b);
    }
    free(s.x);
    free(s.y);
    free(s.w);
    free(s.sum);
    free(s.size);
}

/* ---- The cases -------------------------------------------------------- */

static const geometry cases[] = {
    /* n c h w  o kh kw  sh sw ph pw dh dw groups */
    {2, 1, 28, 28, 32, 3, 3, 1, 1, 0, 0, 1, 1, 1},
    {1, 1, 28, 28, 32, 3, 3, 1, 1, 1, 1, 1, 1, 1},
    {1, 32, 14, 14, 64, 3, 3, 1, 1, 1, 1, 1, 1, 1},
    {1, 40, 11, 58, 33, 3, 3, 1, 1, 1, 1, 1, 1, 1},
    {1, 3, 33, 35, 10, 5, 5, 1, 1, 2, 2, 1, 1, 1},
    {2, 3, 31, 29, 17, 7, 7, 2, 2, 3, 3, 1, 1, 1},
    {2, 20, 9, 11, 21, 3, 3, 2, 2, 1, 1, 1, 1, 1},
    {1, 20, 12, 13, 8, 3, 2, 3, 2, 2, 1, 2, 3, 1},
    {2, 8, 10, 19, 8, 3, 3, 1, 1, 1, 1, 1, 1, 8},
    {2, 8, 10, 19, 16, 3, 3, 2, 2, 1, 1, 1, 1, 8},
    {1, 12, 9, 9, 18, 3, 3, 1, 1, 0, 0, 1, 1, 3},
    {2, 40, 7, 5, 50, 1, 1, 1, 1, 0, 0, 1, 1, 1},
    {2, 6, 7, 5, 4, 1, 1, 2, 3, 0, 0, 1, 1, 2},
    {1, 3, 5, 4, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1},
    {2, 5, 1, 200, 7, 1, 9, 1, 1, 0, 4, 1, 1, 1},
    {1, 2, 3, 3, 3, 2, 2, 1, 1, 5, 4, 1, 1, 1},
    {1, 300, 4, 4, 40, 3, 3, 1, 1, 1, 1, 1, 1, 1},
    {1, 2, 1, 1, 2, 3, 3, 7, 9, 4, 4, 2, 2, 1},
    {0, 3, 5, 5, 4, 3, 3, 1, 1, 1, 1, 1, 1, 1},
    {2, 3, 5, 5, 0, 3, 3, 1, 1, 1, 1, 1, 1, 1},
    {2, 0, 5, 5, 4, 3, 3, 1, 1, 1, 1, 1, 1, 1},
};
enum { NCASES = sizeof cases / sizeof *cases };

typedef struct result {
    mlrt_tensor *x, *w, *b, *y, *g, *gx, *gw, *gb;
} result;

/* All three rows on one case. */
static void compute(mlrt *m, const geometry *v, mlrt_dtype dtype, result *r) {
    int64_t cg = v->c / v->groups;
    mlrt_tensor *out[4];
#define SAME                                                                   \
    INTS(v->sh, v->sw), INTS(v->ph, v->pw), INTS(v->dh, v->dw), I(v->groups)
    r->x = make(m, dtype, 4, (int64_t[]){v->n, v->c, v->h, v->w});
    r->w = make(m, dtype, 4, (int64_t[]){v->o, cg, v->kh, v->kw});
    r->b = make(m, dtype, 1, &v->o);
    r->y = GET(m, "conv2d", T(r->x), T(r->w), T(r->b), SAME);
    r->g = make(m, dtype, 4, mlrt_shape(r->y));
    r->gx = GET(m, "_conv2d_dgrad", T(r->g), T(r->w), INTS(v->h, v->w), SAME);
    cr_assert(RUN(m, "_conv2d_wgrad", out, T(r->g), T(r->x), INTS(v->kh, v->kw),
                  SAME) == 2);
    r->gw = out[0];
    r->gb = out[1];
}

static void result_drop(result *r) {
    drop(r->x, r->w, r->b, r->y);
    drop(r->g, r->gx, r->gw, r->gb);
}

static void check_bias(const geometry *v, const result *r) {
    for (int64_t o = 0; o < v->o; o++) {
        double sum = 0, size = 0;
        for (int64_t i = 0; i < mlrt_numel(r->g); i++) {
            int64_t plane = mlrt_numel(r->g) / (v->n * v->o);
            double g = i / plane % v->o == o ? at(r->g, i) : 0;
            sum += g;
            size += fabs(g);
        }
        cr_assert(fabs(at(r->gb, o) - sum) <= 1e-6 * size);
    }
}

Test(conv, rows_match_the_formula) {
    EACH_ISA(m) {
        for (int i = 0; i < NCASES * 2; i++) {
            const geometry *v = &cases[i / 2];
            result r;
            compute(m, v, i % 2 ? MLRT_F64 : MLRT_F32, &r);
            check(v, r.y, r.x, NULL, r.w, r.b, "conv2d");
            check(v, r.gx, NULL, r.g, r.w, NULL, "gradient by x");
            check(v, r.gw, r.x, r.g, NULL, NULL, "gradient by weight");
            check_bias(v, &r);
            result_drop(&r);
        }
    }
}

static void same_bits(mlrt_tensor *a, mlrt_tensor *b) {
    cr_assert(memcmp(mlrt_data_const(a), mlrt_data_const(b), mlrt_nbytes(a)) ==
              0);
}

Test(conv, bits_do_not_depend_on_the_number_of_threads) {
    mlrt *one = open_with(NULL, 1), *three = open_with(NULL, 3);
    for (int i = 0; i < 18; i++) {
        result a, b;
        compute(one, &cases[i], MLRT_F32, &a);
        compute(three, &cases[i], MLRT_F32, &b);
        same_bits(a.y, b.y);
        same_bits(a.gx, b.gx);
        same_bits(a.gw, b.gw);
        same_bits(a.gb, b.gb);
        result_drop(&a);
        result_drop(&b);
    }
    close_clean(one);
    close_clean(three);
}

Test(conv, no_batch_and_no_bias) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *x = make(m, MLRT_F32, 3, (int64_t[]){3, 6, 7});
    mlrt_tensor *w = make(m, MLRT_F32, 4, (int64_t[]){4, 3, 3, 3});
    mlrt_tensor *y = GET(m, "conv2d", T(x), T(w));
    cr_assert(mlrt_ndim(y) == 3 && mlrt_shape(y)[0] == 4);
    check(&(geometry){1, 3, 6, 7, 4, 3, 3, 1, 1, 0, 0, 1, 1, 1}, y, x, NULL, w,
          NULL, "conv2d");
    drop(x, w, y, NULL);
    close_clean(m);
}

/* ---- Refusals --------------------------------------------------------- */

Test(conv, refuses) {
    mlrt *m = open_with(NULL, 1);
    const int64_t big = INT64_MAX / 2;
    mlrt_tensor *x = make(m, MLRT_F32, 4, (int64_t[]){2, 3, 5, 6});
    mlrt_tensor *w = make(m, MLRT_F32, 4, (int64_t[]){4, 3, 3, 3});
    mlrt_tensor *d = make(m, MLRT_F64, 4, (int64_t[]){4, 3, 3, 3});
    mlrt_tensor *b = make(m, MLRT_F32, 1, (int64_t[]){3});
    mlrt_tensor *one = make(m, MLRT_F32, 4, (int64_t[]){4, 1, 3, 3});
    REFUSES(m, "x (2, 3, 5, 6) has 3 channels, weight (4, 1, 3, 3) wants 1",
            "conv2d", T(x), T(one));
    REFUSES(m, "x is f32, weight is f64", "conv2d", T(x), T(d));
    REFUSES(m, "bias: (4) expected", "conv2d", T(x), T(w), T(b));
    REFUSES(m, "argument 'weight': 4 dimensions", "conv2d", T(x), T(b));
    REFUSES(m, "(N, C, H, W) or (C, H, W)", "conv2d", T(b), T(w));
    REFUSES(m, "'stride': 0 is too small", "conv2d", T(x), T(w), N, I(0));
    REFUSES(m, "'stride'", "conv2d", T(x), T(w), N, I(-big));
    REFUSES(m, "'padding': -1 is too small", "conv2d", T(x), T(w), N, N, I(-1));
    REFUSES(m, "too large", "conv2d", T(x), T(w), N, N, I(big));
    REFUSES(m, "reaches over 7 along H", "conv2d", T(x), T(w), N, N, N, I(3));
    REFUSES(m, "too large", "conv2d", T(x), T(w), N, N, N, I(big));
    REFUSES(m, "groups 0", "conv2d", T(x), T(w), N, N, N, N, I(0));
    REFUSES(m, "groups 3 do not divide", "conv2d", T(x), T(w), N, N, N, N,
            I(3));
    REFUSES(m, "", "conv2d", T(x), T(w), N, N, I((1LL << 31) - 1));
    REFUSES(m, "expected at the end", "_conv2d_dgrad", T(x), T(w), INTS(9, 9));
    REFUSES(m, "'size'", "_conv2d_dgrad", T(x), T(w), INTS(big, 9));
    REFUSES(m, "do not fit", "_conv2d_wgrad", T(x), T(x), INTS(2, 2));
    drop(x, w, d, b);
    mlrt_release(one);
    close_clean(m);
}
