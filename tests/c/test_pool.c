/* test_pool.c: pooling against the definition, window by window. */
#include "core.h"

#include "call.h"

static const char *const isas[] = {"base", "avx2", "avx512"};
#define EACH_ISA(m)                                                            \
    for (int isa_ = 0; isa_ < 3; isa_++)                                       \
        for (mlrt *m = open_with(isas[isa_], 2); m; close_clean(m), m = NULL)

typedef struct geometry {
    int64_t n, c, h, w, kh, kw, sh, sw, ph, pw, dh, dw;
    bool ceil, pad;
} geometry;

static const geometry cases[] = {
    {2, 3, 6, 8, 2, 2, 2, 2, 0, 0, 1, 1, false, true},
    {1, 2, 28, 301, 2, 2, 2, 2, 0, 0, 1, 1, false, true},
    {2, 1, 7, 9, 2, 2, 2, 2, 0, 0, 1, 1, true, true},
    {1, 3, 9, 12, 3, 3, 2, 2, 1, 1, 1, 1, false, true},
    {1, 3, 9, 12, 3, 3, 2, 2, 1, 1, 1, 1, true, false},
    {1, 2, 10, 11, 3, 2, 1, 3, 1, 0, 1, 1, true, true},
    {1, 2, 5, 140, 1, 5, 1, 1, 0, 2, 1, 1, false, false},
    {1, 2, 12, 13, 2, 3, 3, 1, 1, 2, 2, 2, false, true},
    {1, 1, 2, 3, 3, 5, 2, 2, 0, 1, 1, 1, true, false},
    {0, 2, 4, 4, 2, 2, 2, 2, 0, 0, 1, 1, false, true},
};
enum { NCASES = sizeof cases / sizeof *cases };

/* One output: its largest element, where, and its mean. */
typedef struct window {
    double most, mean;
    int64_t at;
} window;

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static window window_of(const geometry *v, mlrt_tensor *x, int64_t plane,
                        int64_t i, int64_t j) {
    window r = {-INFINITY, 0, -1};
    int64_t top = i * v->sh - v->ph, left = j * v->sw - v->pw, valid = 0;
    for (int64_t a = 0; a < v->kh; a++)
        for (int64_t b = 0; b < v->kw; b++) {
            int64_t p = top + a * v->dh, q = left + b * v->dw;
            if (p < 0 || p >= v->h || q < 0 || q >= v->w)
                continue;
            double e = at(x, (plane * v->h + p) * v->w + q);
            if (r.at < 0 || e > r.most || isnan(e)) {
                r.most = e;
                r.at = p * v->w + q;
            }
            r.mean += e;
            valid++;
        }
    if (v->pad)
        valid = (least(top + v->kh, v->h + v->ph) - top) *
                (least(left + v->kw, v->w + v->pw) - left);
    r.mean /= (double)valid;
    return r;
}

#define WINDOW INTS(v->kh, v->kw), INTS(v->sh, v->sw), INTS(v->ph, v->pw)

static void check_max(mlrt *m, const geometry *v, mlrt_tensor *x) {
    mlrt_tensor *y = GET(m, "max_pool2d", T(x), WINDOW, INTS(v->dh, v->dw),
                         I(v->ceil));
    mlrt_tensor *g = make(m, mlrt_dtype_of(x), 4, mlrt_shape(y)), *gx, *got;
    cr_assert(mlrt_set_requires_grad(x, true) == 0);
    mlrt_tensor *r = GET(m, "max_pool2d", T(x), WINDOW, INTS(v->dh, v->dw),
                         I(v->ceil));
    cr_assert(mlrt_grad_of(m, &r, &g, 1, &x, 1, 0, &got) == 0);
    cr_assert(mlrt_set_requires_grad(x, false) == 0);
    gx = mlrt__full(m, mlrt_dtype_of(x), 4, mlrt_shape(x), 0);
    const int64_t *s = mlrt_shape(y);
    for (int64_t k = 0; k < mlrt_numel(y); k++) {
        int64_t plane = k / (s[2] * s[3]);
        window e = window_of(v, x, plane, k / s[3] % s[2], k % s[3]);
        int64_t to = plane * v->h * v->w + e.at;
        cr_assert(at(y, k) == e.most && at(r, k) == e.most);
        if (e.at >= 0)
            set(gx, to, at(gx, to) + at(g, k));
    }
    for (int64_t k = 0; k < mlrt_numel(x); k++)
        cr_assert(fabs(at(gx, k) - at(got, k)) < 1e-5);
    drop(y, g, r, got);
    mlrt_release(gx);
}

static double dot(mlrt_tensor *a, mlrt_tensor *b) {
    double sum = 0;
    for (int64_t i = 0; i < mlrt_numel(a); i++)
        sum += at(a, i) * at(b, i);
    return sum;
}

static void check_mean(mlrt *m, const geometry *v, mlrt_tensor *x) {
    if (v->dh > 1)
        return;
    mlrt_tensor *y = GET(m, "avg_pool2d", T(x), WINDOW, I(v->ceil), I(v->pad));
    mlrt_tensor *g = make(m, mlrt_dtype_of(x), 4, mlrt_shape(y));
    mlrt_tensor *gx = GET(m, "_avg_pool2d_grad", T(g), WINDOW, I(v->ceil),
                          I(v->pad), INTS(v->h, v->w));
    const int64_t *s = mlrt_shape(y);
    for (int64_t k = 0; k < mlrt_numel(y); k++) {
        window e = window_of(v, x, k / (s[2] * s[3]), k / s[3] % s[2],
                             k % s[3]);
        cr_assert(fabs(at(y, k) - e.mean) < 1e-6);
    }
    cr_assert(fabs(dot(g, y) - dot(gx, x)) < 1e-3);
    drop(y, g, gx, NULL);
}

Test(pool, rows_match_the_definition) {
    EACH_ISA(m) {
        for (int i = 0; i < NCASES * 2; i++) {
            const geometry *v = &cases[i / 2];
            mlrt_tensor *x = make(m, i % 2 ? MLRT_F64 : MLRT_F32, 4,
                                  (int64_t[]){v->n, v->c, v->h, v->w});
            check_max(m, v, x);
            check_mean(m, v, x);
            mlrt_release(x);
        }
    }
}

Test(pool, nan_wins_and_infinity_counts) {
    const double in[] = {1, NAN, -INFINITY, -INFINITY, //
                         2, 3,   -INFINITY, -INFINITY};
    EACH_ISA(m) {
        mlrt_tensor *x = make(m, MLRT_F32, 3, (int64_t[]){1, 2, 4});
        for (int i = 0; i < 8; i++)
            set(x, i, in[i]);
        for (int step = 1; step < 3; step++) {
            mlrt_tensor *y = GET(m, "max_pool2d", T(x), I(2), I(step));
            cr_assert(isnan(at(y, 0)) && mlrt_ndim(y) == 3);
            cr_assert(at(y, mlrt_numel(y) - 1) == -(double)INFINITY);
            mlrt_release(y);
        }
        mlrt_release(x);
    }
}

/* ---- Adaptive windows ------------------------------------------------- */

static void check_adaptive(mlrt *m, int64_t h, int64_t w, int64_t oh,
                           int64_t ow, mlrt_dtype dtype) {
    mlrt_tensor *x = make(m, dtype, 3, (int64_t[]){2, h, w});
    mlrt_tensor *y = GET(m, "adaptive_avg_pool2d", T(x), INTS(oh, ow));
    mlrt_tensor *z = GET(m, "adaptive_max_pool2d", T(x), INTS(oh, ow));
    mlrt_tensor *g = make(m, dtype, 3, mlrt_shape(y));
    mlrt_tensor *gx = GET(m, "_adaptive_avg_pool2d_grad", T(g), INTS(h, w));
    for (int64_t k = 0; k < mlrt_numel(y); k++) {
        int64_t i = k / ow % oh, j = k % ow, count = 0;
        double sum = 0, most = -INFINITY;
        for (int64_t r = i * h / oh; r * oh < (i + 1) * h; r++)
            for (int64_t q = j * w / ow; q * ow < (j + 1) * w; q++) {
                double e = at(x, (k / (oh * ow) * h + r) * w + q);
                sum += e;
                most = e > most ? e : most;
                count++;
            }
        cr_assert(fabs(at(y, k) - sum / (double)count) < 1e-6);
        cr_assert(at(z, k) == most);
    }
    cr_assert(fabs(dot(g, y) - dot(gx, x)) < 1e-4);
    drop(x, y, z, g);
    mlrt_release(gx);
}

Test(pool, adaptive_windows) {
    EACH_ISA(m) {
        check_adaptive(m, 6, 8, 1, 1, MLRT_F32);
        check_adaptive(m, 5, 7, 3, 2, MLRT_F64);
        check_adaptive(m, 2, 3, 4, 5, MLRT_F32);
        check_adaptive(m, 7, 300, 7, 150, MLRT_F64);
    }
}

/* ---- Refusals --------------------------------------------------------- */

Test(pool, refuses) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *x = make(m, MLRT_F32, 4, (int64_t[]){1, 2, 4, 5});
    mlrt_tensor *i = make(m, MLRT_I32, 4, (int64_t[]){1, 2, 2, 2});
    mlrt_tensor *none = make(m, MLRT_F32, 3, (int64_t[]){1, 0, 5});
    const int64_t big = INT64_MAX / 2;
    static const char *const both[] = {"max_pool2d", "avg_pool2d"};
    for (int k = 0; k < 2; k++) {
        REFUSES(m, "f32 or f64 expected", both[k], T(i), I(2));
        REFUSES(m, "'kernel_size': 0 is too small", both[k], T(x), I(0));
        REFUSES(m, "'kernel_size'", both[k], T(x), I(big));
        REFUSES(m, "'stride': 0 is too small", both[k], T(x), I(2), I(0));
        REFUSES(m, "'padding': -1", both[k], T(x), I(2), N, I(-1));
        REFUSES(m, "more than half", both[k], T(x), I(2), N, I(2));
        REFUSES(m, "reaches over 5 along H", both[k], T(x), I(5));
        REFUSES(m, "padded input has 0", both[k], T(none), I(1));
    }
    REFUSES(m, "'output_size': 0", "adaptive_avg_pool2d", T(x), I(0));
    REFUSES(m, "empty", "adaptive_max_pool2d", T(none), I(1));
    REFUSES(m, "do not fit", "_max_pool2d_grad", T(x), T(i), I(9));
    REFUSES(m, "expected at the end", "_avg_pool2d_grad", T(x), I(2), N, N, N,
            N, I(4));
    drop(x, i, none, NULL);
    close_clean(m);
}

Test(pool, places_outside_are_left_out) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *g = make(m, MLRT_F32, 3, (int64_t[]){1, 1, 3});
    mlrt_tensor *places = make(m, MLRT_I32, 3, (int64_t[]){1, 1, 3});
    set(places, 0, -7);
    set(places, 1, 4);
    set(places, 2, 3);
    mlrt_tensor *x = GET(m, "_max_pool2d_grad", T(g), T(places), I(2));
    mlrt_tensor *y = GET(m, "_max_pool2d_take", T(x), T(places));
    cr_assert(at(x, 0) == 0 && at(x, 3) == at(g, 2));
    cr_assert(at(y, 0) == 0 && at(y, 1) == 0 && at(y, 2) == at(g, 2));
    drop(g, places, x, y);
    close_clean(m);
}
