/* test_norm.c: layer, rms and group norm and their gradients on every
 * instruction set, against the formulas in double; bits under threads. */
#include "core.h"

#include "call.h"

static const char *const isas[] = {"base", "avx2", "avx512"};
#define EACH_ISA(m)                                                            \
    for (int isa_ = 0; isa_ < 3; isa_++)                                       \
        for (mlrt *m = open_with(isas[isa_], 2); m; close_clean(m), m = NULL)

static const int64_t lengths[] = {1, 2, 7, 31, 32, 33, 64, 65, 200, 1500};
enum { NLENGTHS = sizeof lengths / sizeof *lengths };

static void close_to(double got, double want, mlrt_dtype dtype) {
    double eps = dtype == MLRT_F32 ? 2e-5 : 1e-12;
    cr_assert(fabs(got - want) <= eps * (1 + fabs(want)), "%.9g, wanted %.9g",
              got, want);
}

/* Mean and 1 / sqrt(var + eps) of elements first..first + n - 1. */
static void moments(mlrt_tensor *x, int64_t first, int64_t n, bool centred,
                    double eps, double *mean, double *rstd) {
    double s = 0, q = 0;
    for (int64_t i = 0; centred && i < n; i++)
        s += at(x, first + i);
    *mean = s / (double)n;
    for (int64_t i = 0; i < n; i++) {
        double d = at(x, first + i) - *mean;
        q += d * d;
    }
    *rstd = 1 / sqrt(q / (double)n + eps);
}

/* ---- Lines ------------------------------------------------------------ */

/* With h = g w and xhat = (x - mean) rstd, the gradient of x is
 * rstd (h - mean h - xhat mean(h xhat)). */
static void check_line(mlrt_tensor *const *t, int64_t line, int64_t n,
                       bool centred) {
    mlrt_tensor *x = t[0], *w = t[1], *g = t[2], *y = t[3], *gx = t[4];
    double mean, rstd, a = 0, b = 0;
    int64_t first = line * n;
    moments(x, first, n, centred, 1e-3, &mean, &rstd);
    for (int64_t i = 0; i < n; i++) {
        double h = at(g, first + i) * at(w, i);
        a += centred ? h / (double)n : 0;
        b += h * (at(x, first + i) - mean) * rstd / (double)n;
    }
    for (int64_t i = 0; i < n; i++) {
        double xhat = (at(x, first + i) - mean) * rstd;
        double h = at(g, first + i) * at(w, i);
        close_to(at(y, first + i), xhat * at(w, i), mlrt_dtype_of(x));
        close_to(at(gx, first + i), rstd * (h - a - xhat * b),
                 mlrt_dtype_of(x));
    }
}

static void check_weight(mlrt_tensor *const *t, int64_t lines, int64_t n,
                         bool centred) {
    for (int64_t i = 0; i < n; i++) {
        double s = 0, mean, rstd;
        for (int64_t j = 0; j < lines; j++) {
            moments(t[0], j * n, n, centred, 1e-3, &mean, &rstd);
            s += at(t[2], j * n + i) * (at(t[0], j * n + i) - mean) * rstd;
        }
        close_to(at(t[5], i), s, mlrt_dtype_of(t[0]));
    }
}

static void check_lines(mlrt *m, mlrt_dtype dtype, int64_t lines, int64_t n,
                        bool centred) {
    int64_t shape[2] = {lines, n};
    mlrt_tensor *t[6] = {make(m, dtype, 2, shape), make(m, dtype, 1, &n),
                         make(m, dtype, 2, shape)};
    set(t[2], 0, 0.75); /* unlike x */
    cr_assert(mlrt_set_requires_grad(t[0], true) == 0);
    cr_assert(mlrt_set_requires_grad(t[1], true) == 0);
    t[3] = centred
               ? GET(m, "layer_norm", T(t[0]), V(1, &n), T(t[1]), N, D(1e-3))
               : GET(m, "rms_norm", T(t[0]), V(1, &n), T(t[1]), D(1e-3));
    cr_assert(mlrt_backward(t[3], t[2], 0) == 0, "%s", mlrt_errmsg(m));
    t[4] = mlrt_grad(t[0]);
    t[5] = mlrt_grad(t[1]);
    for (int64_t j = 0; j<lines; j += lines> 40 ? 13 : 1)
        check_line(t, j, n, centred);
    if (n <= 200)
        check_weight(t, lines, n, centred);
    for (int i = 0; i < 6; i++)
        mlrt_release(t[i]);
}

Test(norm, lines) {
    EACH_ISA(m) {
        for (int i = 0; i < NLENGTHS; i++)
            for (int centred = 0; centred < 2; centred++) {
                check_lines(m, MLRT_F32, 3, lengths[i], centred);
                check_lines(m, MLRT_F64, 1, lengths[i], centred);
                check_lines(m, MLRT_F32, 130, lengths[i], centred);
            }
    }
}

/* ---- Groups ----------------------------------------------------------- */

static void check_groups(mlrt *m, mlrt_dtype dtype, const int64_t *shape,
                         int64_t groups) {
    int64_t c = shape[1], l = shape[2], wide = c / groups, n = wide * l;
    mlrt_tensor *x = make(m, dtype, 3, shape), *w = make(m, dtype, 1, &c);
    mlrt_tensor *y = GET(m, "group_norm", T(x), I(groups), T(w), T(w));
    for (int64_t i = 0; i < shape[0] * groups; i++) {
        double mean, rstd;
        moments(x, i * n, n, true, 1e-5, &mean, &rstd);
        for (int64_t k = 0; k < n; k++) {
            double weight = at(w, i % groups * wide + k / l);
            double want = (at(x, i * n + k) - mean) * rstd * weight + weight;
            close_to(at(y, i * n + k), want, dtype);
        }
    }
    drop(x, w, y, NULL);
}

Test(norm, groups) {
    static const int64_t shapes[][4] = {
        {2, 6, 5, 3}, {3, 4, 1, 2}, {1, 8, 70, 8}, {2, 1100, 2, 1}};
    EACH_ISA(m) {
        for (int i = 0; i < 4; i++) {
            check_groups(m, MLRT_F32, shapes[i], shapes[i][3]);
            check_groups(m, MLRT_F64, shapes[i], shapes[i][3]);
        }
    }
}

/* ---- Threads ---------------------------------------------------------- */

/* Output, gradients of x and of the weights, as bytes one after the other. */
static size_t run_with(int threads, const char *name, int64_t arg, char *out) {
    mlrt *m = open_with(NULL, threads);
    int64_t shape[2] = {3000, 96}, n = 96;
    mlrt_tensor *x = make(m, MLRT_F32, 2, shape), *w = make(m, MLRT_F32, 1, &n);
    mlrt_tensor *t[3];
    size_t size = 0;
    cr_assert(mlrt_set_requires_grad(x, true) == 0);
    cr_assert(mlrt_set_requires_grad(w, true) == 0);
    t[0] = arg ? GET(m, name, T(x), I(arg), T(w))
               : GET(m, name, T(x), V(1, &n), T(w));
    cr_assert(mlrt_backward(t[0], x, 0) == 0, "%s", mlrt_errmsg(m));
    t[1] = mlrt_grad(x);
    t[2] = mlrt_grad(w);
    for (int i = 0; i < 3; i++) {
        size_t bytes = mlrt_nbytes(t[i]);
        cr_assert(mlrt_read(t[i], out + size, bytes) == 0);
        size += bytes;
        mlrt_release(t[i]);
    }
    drop(x, w, NULL, NULL);
    close_clean(m);
    return size;
}

Test(norm, has_the_same_bits_under_threads) {
    static char one[3000 * 96 * 8 + 400], many[sizeof one];
    static const char *const names[] = {"layer_norm", "rms_norm", "group_norm"};
    for (int i = 0; i < 3; i++) {
        size_t n = run_with(1, names[i], i == 2 ? 4 : 0, one);
        cr_assert(run_with(3, names[i], i == 2 ? 4 : 0, many) == n);
        cr_assert(memcmp(one, many, n) == 0, "%s", names[i]);
    }
}
