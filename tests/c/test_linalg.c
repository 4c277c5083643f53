/* test_linalg.c: factors multiply to what was factored, solutions solve, and
 * small cases are those of the hand. */
#include "core.h"

#include "call.h"

static const mlrt_dtype floats[] = {MLRT_F32, MLRT_F64};
#define EACH_FLOAT(m, dtype)                                                   \
    for (int type_ = 0; type_ < 2; type_++)                                    \
        for (mlrt_dtype dtype = floats[type_]; type_ < 2; type_ += 2)          \
            for (mlrt *m = open_with(NULL, 2); m; close_clean(m), m = NULL)

static double precision(mlrt_dtype dtype) {
    return dtype == MLRT_F32 ? 1e-5 : 1e-13;
}

/* As make, but every tensor differs. */
static mlrt_tensor *fresh(mlrt *m, mlrt_dtype dtype, int ndim,
                          const int64_t *shape, uint32_t seed) {
    mlrt_tensor *t = mlrt_empty(m, dtype, ndim, shape);
    cr_assert(t, "%s", mlrt_errmsg(m));
    for (int64_t i = 0; i < mlrt_numel(t); i++) {
        seed = seed * 1664525 + 1013904223;
        set(t, i, (double)(seed >> 8) / (1 << 23) - 1);
    }
    return t;
}
#define SHAPE(...)                                                             \
    (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (int64_t[]) {   \
        __VA_ARGS__                                                            \
    }

static mlrt_tensor *turned(mlrt *m, mlrt_tensor *t) {
    return GET(m, "transpose", T(t), I(-2), I(-1));
}

static void near(mlrt_tensor *a, mlrt_tensor *b, double eps, const char *what) {
    cr_assert(mlrt_numel(a) == mlrt_numel(b), "%s: %s and %s", what,
              MLRT__ST(a), MLRT__ST(b));
    for (int64_t i = 0; i < mlrt_numel(b); i++)
        cr_assert(fabs(at(a, i) - at(b, i)) <= eps * (1 + fabs(at(b, i))),
                  "%s: element %lld of %s is %.9g, not %.9g", what,
                  (long long)i, MLRT__ST(b), at(a, i), at(b, i));
}

/* y^T y or y y^T, the smaller one, is the identity. */
static void orthonormal(mlrt *m, mlrt_tensor *y, const char *what) {
    mlrt_tensor *t = turned(m, y), *p;
    int64_t rows = y->shape[y->ndim - 2], cols = y->shape[y->ndim - 1];
    int64_t n = rows > cols ? cols : rows;
    p = rows > cols ? GET(m, "matmul", T(t), T(y))
                    : GET(m, "matmul", T(y), T(t));
    double eps = 30 * precision(mlrt_dtype_of(y));
    for (int64_t i = 0; i < mlrt_numel(p); i++) {
        double want = i / n % n == i % n;
        cr_assert(fabs(at(p, i) - want) < eps, "%s: %.9g", what, at(p, i));
    }
    drop(t, p, NULL, NULL);
}

/* ---- Systems ---------------------------------------------------------- */

static void check_solve(mlrt *m, mlrt_tensor *a, mlrt_tensor *b) {
    mlrt_tensor *x = GET(m, "solve", T(a), T(b)), *y;
    bool vectors = b->ndim == 1 ||
                   (b->ndim == a->ndim - 1 && b->shape[0] == a->shape[0]);
    if (vectors && a->ndim > 2) {
        mlrt_tensor *col = GET(m, "unsqueeze", T(x), I(-1));
        mlrt_tensor *full = GET(m, "matmul", T(a), T(col));
        y = GET(m, "squeeze", T(full), INTS(-1));
        drop(col, full, NULL, NULL);
    } else {
        y = GET(m, "matmul", T(a), T(x));
    }
    int64_t repeat = mlrt_numel(b);
    for (int64_t i = 0; i < mlrt_numel(y); i++)
        cr_assert(fabs(at(y, i) - at(b, i % repeat)) <
                      300 * precision(mlrt_dtype_of(a)),
                  "%s, %s", MLRT__ST(a), MLRT__ST(b));
    drop(x, y, NULL, NULL);
}

Test(linalg, solutions_solve) {
    EACH_FLOAT(m, dtype) {
        static const struct {
            int na, nb;
            int64_t a[3], b[3];
        } s[] = {{2, 1, {1, 1}, {1}},        {2, 1, {5, 5}, {5}},
                 {2, 2, {5, 5}, {5, 3}},     {3, 3, {4, 5, 5}, {4, 5, 2}},
                 {3, 2, {4, 5, 5}, {4, 5}},  {3, 2, {4, 5, 5}, {5, 2}},
                 {3, 1, {4, 5, 5}, {5}},     {3, 3, {40, 3, 3}, {40, 3, 2}},
                 {2, 2, {70, 70}, {70, 60}}, {2, 2, {130, 130}, {130, 1}}};
        for (size_t i = 0; i < sizeof s / sizeof *s; i++) {
            mlrt_tensor *a = fresh(m, dtype, s[i].na, s[i].a, 1);
            mlrt_tensor *b = fresh(m, dtype, s[i].nb, s[i].b, 2);
            check_solve(m, a, b);
            drop(a, b, NULL, NULL);
        }
    }
}

/* Hilbert's matrix of size 5 with the solution (1, ..., 1). */
Test(linalg, solve_keeps_the_digits_of_hilbert) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *a = mlrt_empty(m, MLRT_F64, 2, (int64_t[]){5, 5});
    mlrt_tensor *b = mlrt_empty(m, MLRT_F64, 1, (int64_t[]){5});
    for (int i = 0; i < 5; i++) {
        double sum = 0;
        for (int j = 0; j < 5; j++) {
            set(a, i * 5 + j, 1.0 / (i + j + 1));
            sum += 1.0 / (i + j + 1);
        }
        set(b, i, sum);
    }
    mlrt_tensor *x = GET(m, "solve", T(a), T(b));
    for (int i = 0; i < 5; i++)
        cr_assert(fabs(at(x, i) - 1) < 1e-10);
    drop(a, b, x, NULL);
    close_clean(m);
}

Test(linalg, inverses_invert) {
    EACH_FLOAT(m, dtype) {
        mlrt_tensor *a = fresh(m, dtype, SHAPE(20, 7, 7), 3);
        mlrt_tensor *y = GET(m, "inv", T(a)), *p = GET(m, "matmul", T(a), T(y));
        for (int64_t i = 0; i < mlrt_numel(p); i++)
            cr_assert(fabs(at(p, i) - (i / 7 % 7 == i % 7)) <
                      1000 * precision(dtype));
        drop(a, y, p, NULL);
    }
}

Test(linalg, triangles_are_read_and_the_rest_is_not) {
    EACH_FLOAT(m, dtype) {
        for (int way = 0; way < 8; way++) {
            bool upper = way & 1, left = way & 2, unit = way & 4;
            int n = 6, k = 4;
            mlrt_tensor *a = fresh(m, dtype, SHAPE(2, n, n), 4);
            mlrt_tensor *b = left ? fresh(m, dtype, SHAPE(2, n, k), 5)
                                  : fresh(m, dtype, SHAPE(2, k, n), 5);
            for (int i = 0; i < 2 * n * n; i++) /* a large diagonal */
                if (i / n % n == i % n)
                    set(a, i, unit ? 1 : 3);
            mlrt_tensor *t = GET(m, upper ? "triu" : "tril", T(a), I(0));
            for (int i = 0; i < 2 * n * n && unit; i++)
                if (i / n % n == i % n)
                    set(a, i, 1e9);
            mlrt_tensor *x = GET(m, "solve_triangular", T(a), T(b), I(upper),
                                 I(left), I(unit));
            mlrt_tensor *y = left ? GET(m, "matmul", T(t), T(x))
                                  : GET(m, "matmul", T(x), T(t));
            near(y, b, 100 * precision(dtype), "solve_triangular");
            drop(a, b, t, x);
            mlrt_release(y);
        }
    }
}

Test(linalg, determinants_by_hand) {
    EACH_FLOAT(m, dtype) {
        mlrt_tensor *a = mlrt_empty(m, dtype, 3, (int64_t[]){3, 3, 3}), *out[4];
        static const double v[27] = {2, 0, 1, 1, 3, 2, 1, 1, 1, /*  0 */
                                     0, 2, 0, 3, 0, 0, 0, 0, 4, /* -24 */
                                     1, 2, 3, 4, 5, 6, 7, 8, 10};
        static const double want[3] = {0, -24, -3};
        for (int i = 0; i < 27; i++)
            set(a, i, v[i]);
        mlrt_tensor *y = GET(m, "det", T(a));
        cr_assert(RUN(m, "slogdet", out, T(a)) == 2);
        for (int i = 0; i < 3; i++) {
            double sign = (want[i] > 0) - (want[i] < 0);
            cr_assert(fabs(at(y, i) - want[i]) < 20 * precision(dtype));
            if (i == 0) /* singular up to rounding */
                continue;
            cr_assert(at(out[0], i) == sign);
            cr_assert(fabs(at(out[1], i) - log(fabs(want[i]))) <
                      20 * precision(dtype));
        }
        drop(a, y, out[0], out[1]);
    }
}

/* [[1, 2], [2, 4]]: det 0, cofactors [[4, -2], [-2, 1]]. */
Test(linalg, cofactors_of_a_singular_matrix) {
    mlrt *m = open_with(NULL, 1);
    static const double v[4] = {1, 2, 2, 4}, want[4] = {4, -2, -2, 1};
    mlrt_tensor *a = mlrt_empty(m, MLRT_F64, 2, (int64_t[]){2, 2}), *out[4];
    for (int i = 0; i < 4; i++)
        set(a, i, v[i]);
    mlrt_tensor *y = GET(m, "_cofactor", T(a));
    for (int i = 0; i < 4; i++)
        cr_assert(fabs(at(y, i) - want[i]) < 1e-14);
    cr_assert(RUN(m, "slogdet", out, T(a)) == 2);
    cr_assert(at(out[0], 0) == 0 && at(out[1], 0) == -INFINITY);
    drop(a, y, out[0], out[1]);
    close_clean(m);
}

/* ---- Factors ---------------------------------------------------------- */

static void check_svd(mlrt *m, mlrt_tensor *a, bool full) {
    mlrt_tensor *out[4];
    int64_t rows = a->shape[a->ndim - 2], cols = a->shape[a->ndim - 1];
    int64_t k = rows < cols ? rows : cols;
    cr_assert(RUN(m, "svd", out, T(a), I(full)) == 3, "%s", mlrt_errmsg(m));
    mlrt_tensor *u = out[0], *s = out[1], *vh = out[2];
    cr_assert(u->shape[u->ndim - 1] == (full ? rows : k));
    cr_assert(vh->shape[vh->ndim - 2] == (full ? cols : k));
    orthonormal(m, u, "u");
    orthonormal(m, vh, "vh");
    for (int64_t i = 0; i < mlrt_numel(s); i++)
        cr_assert(at(s, i) >= 0 && (i % k == 0 || at(s, i) <= at(s, i - 1)));
    mlrt_tensor *values = GET(m, "svdvals", T(a));
    near(values, s, 30 * precision(mlrt_dtype_of(a)), "svdvals");
    mlrt_tensor *thin_u = GET(m, "narrow", T(u), I(-1), I(0), I(k));
    mlrt_tensor *thin_v = GET(m, "narrow", T(vh), I(-2), I(0), I(k));
    mlrt_tensor *us = GET(m, "clone", T(thin_u));
    for (int64_t i = 0; i < mlrt_numel(us); i++)
        set(us, i, at(us, i) * at(s, i / (rows * k) * k + i % k));
    mlrt_tensor *y = GET(m, "matmul", T(us), T(thin_v));
    near(y, a, 100 * precision(mlrt_dtype_of(a)), "svd");
    drop(u, s, vh, values);
    drop(thin_u, thin_v, us, y);
}

static const int64_t sizes[][2] = {{1, 1}, {5, 5}, {7, 3},   {3, 7},
                                   {1, 6}, {6, 1}, {60, 33}, {33, 60}};
enum { NSIZES = sizeof sizes / sizeof *sizes };

Test(linalg, singular_values_and_vectors) {
    EACH_FLOAT(m, dtype) {
        for (int i = 0; i < NSIZES; i++) {
            mlrt_tensor *a = fresh(m, dtype, SHAPE(3, sizes[i][0], sizes[i][1]),
                                   6);
            check_svd(m, a, false);
            check_svd(m, a, true);
            mlrt_release(a);
        }
    }
}

Test(linalg, q_times_r) {
    EACH_FLOAT(m, dtype) {
        for (int i = 0; i < NSIZES; i++) {
            mlrt_tensor *out[4], *y;
            mlrt_tensor *a = fresh(m, dtype, SHAPE(2, sizes[i][0], sizes[i][1]),
                                   7);
            cr_assert(RUN(m, "qr", out, T(a)) == 2);
            int64_t k = out[1]->shape[1], n = out[1]->shape[2];
            orthonormal(m, out[0], "q");
            for (int64_t e = 0; e < mlrt_numel(out[1]); e++)
                cr_assert(e / n % k <= e % n || at(out[1], e) == 0);
            y = GET(m, "matmul", T(out[0]), T(out[1]));
            near(y, a, 100 * precision(dtype), "qr");
            drop(a, y, out[0], out[1]);
        }
    }
}

/* (a + a^T) / 2, where `shift` is added to the diagonal. */
static mlrt_tensor *symmetric(mlrt *m, mlrt_tensor *a, double shift) {
    mlrt_tensor *t = turned(m, a), *y = GET(m, "clone", T(t));
    int64_t n = a->shape[a->ndim - 1];
    for (int64_t i = 0; i < mlrt_numel(a); i++)
        set(y, i, (at(a, i) + at(y, i)) / 2 + (i / n % n == i % n ? shift : 0));
    mlrt_release(t);
    return y;
}

Test(linalg, eigenvalues_and_vectors) {
    EACH_FLOAT(m, dtype) {
        static const int64_t ns[] = {1, 2, 5, 33, 70};
        for (int i = 0; i < 5; i++) {
            int64_t n = ns[i];
            mlrt_tensor *out[4], *a = fresh(m, dtype, SHAPE(2, n, n), 8);
            mlrt_tensor *s = symmetric(m, a, 0);
            cr_assert(RUN(m, "eigh", out, T(a)) == 2, "%s", mlrt_errmsg(m));
            mlrt_tensor *only = GET(m, "eigvalsh", T(a));
            near(only, out[0], 30 * precision(dtype), "eigvalsh");
            orthonormal(m, out[1], "vectors");
            mlrt_tensor *sv = GET(m, "matmul", T(s), T(out[1]));
            mlrt_tensor *vl = GET(m, "clone", T(out[1]));
            for (int64_t e = 0; e < mlrt_numel(vl); e++)
                set(vl, e, at(vl, e) * at(out[0], e / (n * n) * n + e % n));
            near(sv, vl, 100 * precision(dtype), "eigh");
            drop(a, s, out[0], out[1]);
            drop(only, sv, vl, NULL);
        }
    }
}

Test(linalg, the_factor_of_cholesky) {
    EACH_FLOAT(m, dtype) {
        static const int64_t ns[] = {1, 2, 5, 33, 70};
        for (int i = 0; i < 10; i++) {
            int64_t n = ns[i / 2];
            bool upper = i % 2;
            mlrt_tensor *a = fresh(m, dtype, SHAPE(2, n, n), 9);
            mlrt_tensor *s = symmetric(m, a, (double)n);
            mlrt_tensor *l = GET(m, "cholesky", T(s), I(upper));
            mlrt_tensor *t = turned(m, l);
            mlrt_tensor *y = upper ? GET(m, "matmul", T(t), T(l))
                                   : GET(m, "matmul", T(l), T(t));
            near(y, s, 100 * precision(dtype), "cholesky");
            for (int64_t e = 0; e < mlrt_numel(l); e++) {
                int64_t r = e / n % n, c = e % n;
                cr_assert((upper ? r <= c : c <= r) || at(l, e) == 0);
            }
            mlrt_tensor *b = fresh(m, dtype, SHAPE(n, 3), 10);
            mlrt_tensor *x = GET(m, "cholesky_solve", T(b), T(l), I(upper));
            mlrt_tensor *again = GET(m, "matmul", T(s), T(x));
            for (int64_t e = 0; e < mlrt_numel(again); e++)
                cr_assert(fabs(at(again, e) - at(b, e % (3 * n))) <
                          100 * precision(dtype));
            drop(a, s, l, t);
            drop(y, b, x, again);
        }
    }
}

/* ---- Least squares, pseudoinverses ------------------------------------ */

/* y = 1.4 + 0.8 x by the normal equations. */
Test(linalg, a_line_through_points) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *a = mlrt_empty(m, MLRT_F64, 2, (int64_t[]){5, 2}), *out[4];
    mlrt_tensor *b = mlrt_empty(m, MLRT_F64, 1, (int64_t[]){5});
    static const double x[5] = {0, 1, 2, 3, 4}, y[5] = {1, 3, 2, 5, 4};
    for (int i = 0; i < 5; i++) {
        set(a, 2 * i, 1);
        set(a, 2 * i + 1, x[i]);
        set(b, i, y[i]);
    }
    cr_assert(RUN(m, "lstsq", out, T(a), T(b)) == 4, "%s", mlrt_errmsg(m));
    cr_assert(fabs(at(out[0], 0) - 1.4) < 1e-14);
    cr_assert(fabs(at(out[0], 1) - 0.8) < 1e-14);
    cr_assert(at(out[1], 0) == 2);
    cr_assert(fabs(at(out[2], 0) - 3.6) < 1e-13);
    drop(a, b, out[0], out[1]);
    drop(out[2], out[3], NULL, NULL);
    close_clean(m);
}

/* Longley 1967: employment on six nearly dependent series. The coefficients
 * are those certified by NIST's Statistical Reference Datasets. */
static const double longley[16][7] = {
    {83.0, 234289, 2356, 1590, 107608, 1947, 60323},
    {88.5, 259426, 2325, 1456, 108632, 1948, 61122},
    {88.2, 258054, 3682, 1616, 109773, 1949, 60171},
    {89.5, 284599, 3351, 1650, 110929, 1950, 61187},
    {96.2, 328975, 2099, 3099, 112075, 1951, 63221},
    {98.1, 346999, 1932, 3594, 113270, 1952, 63639},
    {99.0, 365385, 1870, 3547, 115094, 1953, 64989},
    {100.0, 363112, 3578, 3350, 116219, 1954, 63761},
    {101.2, 397469, 2904, 3048, 117388, 1955, 66019},
    {104.6, 419180, 2822, 2857, 118734, 1956, 67857},
    {108.4, 442769, 2936, 2798, 120445, 1957, 68169},
    {110.8, 444546, 4681, 2637, 121950, 1958, 66513},
    {112.6, 482704, 3813, 2552, 123366, 1959, 68655},
    {114.2, 502601, 3931, 2514, 125368, 1960, 69564},
    {115.7, 518173, 4806, 2572, 127852, 1961, 69331},
    {116.9, 554894, 4007, 2827, 130081, 1962, 70551}};

Test(linalg, least_squares_keep_the_digits_of_longley) {
    static const double certified[7] = {
        -3482258.63459582, 15.0618722713733,  -0.358191792925910e-01,
        -2.02022980381683, -1.03322686717359, -0.511041056535807e-01,
        1829.15146461355};
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *a = mlrt_empty(m, MLRT_F64, 2, (int64_t[]){16, 7}), *out[4];
    mlrt_tensor *b = mlrt_empty(m, MLRT_F64, 1, (int64_t[]){16});
    for (int i = 0; i < 16; i++) {
        set(a, 7 * i, 1);
        for (int j = 0; j < 6; j++)
            set(a, 7 * i + 1 + j, longley[i][j]);
        set(b, i, longley[i][6]);
    }
    cr_assert(RUN(m, "lstsq", out, T(a), T(b)) == 4);
    cr_assert(at(out[1], 0) == 7);
    for (int i = 0; i < 7; i++)
        cr_assert(fabs(at(out[0], i) / certified[i] - 1) < 1e-8,
                  "%.15g, not %.15g", at(out[0], i), certified[i]);
    drop(a, b, out[0], out[1]);
    drop(out[2], out[3], NULL, NULL);
    close_clean(m);
}

/* Wampler 1970: polynomials of degree 5 at 0 to 20, also from NIST. The last
 * three have the first one's values and 1, 100 and 10,000 times a vector
 * that is orthogonal to all of these polynomials. */
static const double wampler[21] = {
    759,   -2048, 2048,  -2048, 2523,  -2048, 2048,  -2048, 1838,  -2048, 2048,
    -2048, 1838,  -2048, 2048,  -2048, 2523,  -2048, 2048,  -2048, 759};

/* The largest relative error of the six coefficients: powers of `base`. */
static double wampler_error(mlrt *m, double base, double noise) {
    mlrt_tensor *a = mlrt_empty(m, MLRT_F64, 2, (int64_t[]){21, 6}), *out[4];
    mlrt_tensor *b = mlrt_empty(m, MLRT_F64, 1, (int64_t[]){21});
    double worst = 0;
    for (int i = 0; i < 21; i++) {
        double y = noise * wampler[i];
        for (int j = 0; j < 6; j++) {
            set(a, 6 * i + j, pow(i, j));
            y += pow(i, j) * pow(base, j);
        }
        set(b, i, y);
    }
    cr_assert(RUN(m, "lstsq", out, T(a), T(b)) == 4);
    cr_assert(at(out[1], 0) == 6);
    for (int j = 0; j < 6; j++)
        worst = fmax(worst, fabs(at(out[0], j) / pow(base, j) - 1));
    drop(a, b, out[0], out[1]);
    drop(out[2], out[3], NULL, NULL);
    return worst;
}

/* Seven digits; of the last, where what is left over is 10,000 times as large
 * as what is fitted, the five that a factoring in f64 leaves: NumPy's lstsq
 * is off by the same 1.7e-6. */
Test(linalg, least_squares_keep_the_digits_of_wampler) {
    mlrt *m = open_with(NULL, 1);
    cr_expect(wampler_error(m, 1, 0) < 1e-7);
    cr_expect(wampler_error(m, 0.1, 0) < 1e-7);
    cr_expect(wampler_error(m, 1, 1) < 1e-7);
    cr_expect(wampler_error(m, 1, 100) < 1e-7);
    cr_expect(wampler_error(m, 1, 10000) < 1e-5);
    close_clean(m);
}

/* The four conditions of Penrose, also for matrices without full rank. */
static void check_pinv(mlrt *m, mlrt_tensor *a) {
    double eps = 300 * precision(mlrt_dtype_of(a));
    mlrt_tensor *p = GET(m, "pinv", T(a));
    mlrt_tensor *ap = GET(m, "matmul", T(a), T(p));
    mlrt_tensor *pa = GET(m, "matmul", T(p), T(a));
    mlrt_tensor *apa = GET(m, "matmul", T(ap), T(a));
    mlrt_tensor *pap = GET(m, "matmul", T(pa), T(p));
    near(apa, a, eps, "a p a");
    near(pap, p, eps, "p a p");
    mlrt_tensor *s = symmetric(m, ap, 0), *t = symmetric(m, pa, 0);
    near(ap, s, eps, "a p");
    near(pa, t, eps, "p a");
    drop(p, ap, pa, apa);
    drop(pap, s, t, NULL);
}

Test(linalg, pseudoinverses) {
    EACH_FLOAT(m, dtype) {
        for (int i = 0; i < 6; i++) {
            mlrt_tensor *a = fresh(m, dtype, SHAPE(3, sizes[i][0], sizes[i][1]),
                                   11);
            check_pinv(m, a);
            mlrt_release(a);
        }
        mlrt_tensor *a = fresh(m, dtype, SHAPE(6, 2), 12);
        mlrt_tensor *b = fresh(m, dtype, SHAPE(2, 5), 13);
        mlrt_tensor *low = GET(m, "matmul", T(a), T(b));
        check_pinv(m, low);
        mlrt_tensor *rank = GET(m, "matrix_rank", T(low));
        cr_assert(at(rank, 0) == 2);
        drop(a, b, low, rank);
    }
}

/* lstsq agrees with pinv, also below full rank. */
Test(linalg, least_squares) {
    EACH_FLOAT(m, dtype) {
        for (int i = 0; i < NSIZES; i++) {
            int64_t rows = sizes[i][0], cols = sizes[i][1];
            mlrt_tensor *a = fresh(m, dtype, SHAPE(3, rows, cols), 14), *out[4];
            mlrt_tensor *b = fresh(m, dtype, SHAPE(3, rows, 2), 15);
            cr_assert(RUN(m, "lstsq", out, T(a), T(b)) == 4);
            mlrt_tensor *p = GET(m, "pinv", T(a));
            mlrt_tensor *x = GET(m, "matmul", T(p), T(b));
            near(out[0], x, 1000 * precision(dtype), "lstsq");
            for (int64_t e = 0; e < 3; e++)
                cr_assert(at(out[1], e) == (double)(rows < cols ? rows : cols));
            drop(a, b, p, x);
            drop(out[0], out[1], out[2], out[3]);
        }
    }
}

/* ---- Edges ------------------------------------------------------------ */

Test(linalg, empty_matrices) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *e = mlrt_empty(m, MLRT_F32, 2, (int64_t[]){0, 0}), *out[4];
    mlrt_tensor *wide = mlrt_empty(m, MLRT_F32, 2, (int64_t[]){0, 3});
    mlrt_tensor *none = mlrt_empty(m, MLRT_F32, 3, (int64_t[]){0, 3, 3});
    mlrt_tensor *y = GET(m, "det", T(e));
    cr_assert(at(y, 0) == 1);
    mlrt_release(y);
    cr_assert(RUN(m, "slogdet", out, T(e)) == 2);
    cr_assert(at(out[0], 0) == 1 && at(out[1], 0) == 0);
    drop(out[0], out[1], NULL, NULL);
    cr_assert(RUN(m, "svd", out, T(wide), I(1)) == 3);
    cr_assert(mlrt_numel(out[0]) == 0 && mlrt_numel(out[2]) == 9);
    orthonormal(m, out[2], "vh");
    drop(out[0], out[1], out[2], NULL);
    cr_assert(RUN(m, "lstsq", out, T(wide), T(wide)) == 4);
    cr_assert(mlrt_numel(out[0]) == 9 && at(out[0], 4) == 0);
    drop(out[0], out[1], out[2], out[3]);
    static const char *const rows[] = {"inv",     "cholesky", "pinv", "det",
                                       "svdvals", "eigvalsh", "qr",   "eigh"};
    for (int i = 0; i < 8; i++) {
        mlrt_release(GET(m, rows[i], T(e)));
        mlrt_release(GET(m, rows[i], T(none)));
    }
    drop(e, wide, none, NULL);
    close_clean(m);
}

Test(linalg, refusals) {
    mlrt *m = open_with(NULL, 1);
    static const double v[4] = {1, 2, 2, 4};
    mlrt_tensor *a = mlrt_empty(m, MLRT_F32, 2, (int64_t[]){2, 2});
    mlrt_tensor *b = fresh(m, MLRT_F32, SHAPE(2), 16);
    mlrt_tensor *wide = fresh(m, MLRT_F32, SHAPE(2, 3), 17);
    mlrt_tensor *many = make(m, MLRT_F64, 3, (int64_t[]){40, 2, 2});
    for (int i = 0; i < 4; i++)
        set(a, i, v[i]);
    for (int i = 0; i < 4; i++)
        set(many, 4 * 33 + i, v[i]);
    REFUSES(m, "solve: the matrix is singular (pivot 2 is zero)", "solve", T(a),
            T(b));
    REFUSES(m, "inv: matrix 34 of the batch is singular (pivot 2 is zero)",
            "inv", T(many));
    REFUSES(m, "inv: argument 'x': square matrices expected, got shape (2, 3)",
            "inv", T(wide));
    set(a, 3, NAN);
    REFUSES(m, "svd: argument 'x' holds nan or inf", "svd", T(a));
    set(a, 3, -INFINITY);
    REFUSES(m, "eigh: argument 'x' holds nan or inf", "eigh", T(a));
    set(a, 3, 3e38); /* finite, though sums of such are not */
    set(a, 0, 3e38);
    mlrt_release(GET(m, "svdvals", T(a)));
    set(a, 0, 1);
    set(a, 3, 1);
    REFUSES(m,
            "cholesky: the matrix is not positive definite (its leading "
            "minor of size 2)",
            "cholesky", T(a));
    REFUSES(m, "a is f64 and b is f32", "solve", T(many), T(b));
    drop(a, b, wide, many);
    close_clean(m);
}

/* No memory holds these, which were made by expanding one number. */
Test(linalg, hostile_sizes_are_refused) {
    static const char *const rows[] = {"inv", "det",  "slogdet",  "svd",
                                       "qr",  "eigh", "cholesky", "pinv"};
    static const int64_t step[2] = {0, 0};
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *one = make(m, MLRT_F64, 2, (int64_t[]){1, 1}), *out[4];
    for (int64_t n = 1 << 20; n < INT64_C(1) << 31; n <<= 5) {
        mlrt_tensor *t = mlrt__handle(m, one->storage, MLRT_F64, 2,
                                      (int64_t[]){n, n}, step, 0);
        for (int i = 0; i < 8; i++)
            cr_assert(RUN(m, rows[i], out, T(t)) < 0);
        cr_assert(RUN(m, "solve", out, T(t), T(t)) < 0);
        cr_assert(RUN(m, "lstsq", out, T(t), T(t)) < 0);
        mlrt_release(t);
    }
    mlrt_release(one);
    close_clean(m);
}

/* A matrix that does not lie in C order is copied, not misread. */
Test(linalg, any_layout) {
    mlrt *m = open_with(NULL, 1);
    static const char *const rows[] = {"inv", "det", "svdvals", "eigvalsh",
                                       "pinv"};
    mlrt_tensor *a = fresh(m, MLRT_F64, SHAPE(4, 4), 18);
    mlrt_tensor *t = turned(m, a), *copy = GET(m, "clone", T(t));
    for (int i = 0; i < 5; i++) {
        mlrt_tensor *x = GET(m, rows[i], T(t)), *y = GET(m, rows[i], T(copy));
        cr_assert(memcmp(mlrt_data_const(x), mlrt_data_const(y),
                         mlrt_nbytes(x)) == 0);
        drop(x, y, NULL, NULL);
    }
    drop(a, t, copy, NULL);
    close_clean(m);
}

Test(linalg, the_same_bits_with_any_threads) {
    mlrt *alone = open_with(NULL, 1), *four = open_with(NULL, 4), *ms[2];
    ms[0] = alone;
    ms[1] = four;
    static const char *const rows[] = {"inv", "svdvals", "eigvalsh", "pinv"};
    for (int i = 0; i < 4; i++) {
        mlrt_tensor *y[2];
        for (int j = 0; j < 2; j++) {
            mlrt_tensor *a = fresh(ms[j], MLRT_F32, SHAPE(50, 12, 12), 19);
            y[j] = GET(ms[j], rows[i], T(a));
            mlrt_release(a);
        }
        cr_assert(memcmp(mlrt_data_const(y[0]), mlrt_data_const(y[1]),
                         mlrt_nbytes(y[0])) == 0);
        drop(y[0], y[1], NULL, NULL);
    }
    close_clean(alone);
    close_clean(four);
}
