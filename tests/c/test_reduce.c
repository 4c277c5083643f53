/* test_reduce.c: folds, extremes, softmax, losses, norms and sorting, against
 * scalar references written from the formulas. */
#include "core.h"

#include "call.h"

static const char *const isas[] = {"base", "avx2", "avx512"};
#define EACH_ISA(m)                                                            \
    for (int isa_ = 0; isa_ < 3; isa_++)                                       \
        for (mlrt *m = open_with(isas[isa_], 2); m; close_clean(m), m = NULL)

/* ---- Folds ------------------------------------------------------------ */

/* Four dimensions of x, whose steps may be in any order. */
typedef struct box {
    mlrt_tensor *x, *base;
    int64_t shape[4], step[4];
    const char *data;
} box;

static void box_make(box *b, mlrt *m, mlrt_dtype dtype, const int64_t *shape,
                     const int *order) {
    b->base = make(m, dtype, 4, shape);
    b->data = mlrt__ptr(b->base);
    for (int d = 0; d < 4; d++) {
        b->shape[d] = shape[order[d]];
        b->step[d] = b->base->stride[order[d]];
    }
    b->x = mlrt__handle(m, b->base->storage, (int)dtype, 4, b->shape, b->step,
                        0);
    cr_assert(b->x);
}

static double box_at(const box *b, int64_t offset) {
    const void *p = b->data;
    switch (b->base->dtype) {
    case MLRT_F32: return (double)((const float *)p)[offset];
    case MLRT_F64: return ((const double *)p)[offset];
    case MLRT_I64: return (double)((const int64_t *)p)[offset];
    case MLRT_I32: return (double)((const int32_t *)p)[offset];
    default: return (double)((const uint8_t *)p)[offset];
    }
}

enum kind { SUM, PROD, AMAX, AMIN, COUNT, ANY, ALL, NKINDS };
static const char *const kinds[] = {"sum",           "prod", "amax", "amin",
                                    "count_nonzero", "any",  "all"};
static const double starts[] = {0, 1, -INFINITY, INFINITY, 0, 0, 1};

static double step(enum kind kind, double a, double v) {
    switch (kind) {
    case SUM: return a + v;
    case PROD: return a * v;
    case AMAX: return v > a ? v : a;
    case AMIN: return v < a ? v : a;
    case COUNT: return a + (v != 0);
    case ANY: return a != 0 || v != 0;
    default: return a != 0 && v != 0;
    }
}

/* The fold of all elements whose kept coordinates are those of output o. */
static double reference(const box *b, enum kind kind, unsigned mask, int64_t o,
                        double *size) {
    int64_t n[4], start = 0, total = 1;
    double a = starts[kind];
    *size = 1;
    for (int d = 3; d >= 0; d--) {
        n[d] = mask >> d & 1 ? b->shape[d] : 1;
        total *= n[d];
        if (mask >> d & 1)
            continue;
        start += o % b->shape[d] * b->step[d];
        o /= b->shape[d];
    }
    for (int64_t i = 0; i < total; i++) {
        int64_t rest = i, offset = start;
        for (int d = 3; d >= 0; d--) {
            offset += rest % n[d] * b->step[d];
            rest /= n[d];
        }
        a = step(kind, a, box_at(b, offset));
        *size += fabs(box_at(b, offset));
    }
    return a;
}

static void check_fold(mlrt *m, const box *b, enum kind kind, unsigned mask,
                       bool keep) {
    int64_t dims[4];
    int n = 0;
    for (int d = 0; d < 4; d++)
        if (mask >> d & 1)
            dims[n++] = d % 2 ? d - 4 : d;
    mlrt_tensor *y = GET(m, kinds[kind], T(b->x), V(n, dims), I(keep));
    cr_assert(mlrt_ndim(y) == (keep ? 4 : 4 - n));
    double eps = b->base->dtype == MLRT_F32   ? 2e-7
                 : b->base->dtype == MLRT_F64 ? 4e-16
                                              : 0;
    for (int64_t o = 0; o < mlrt_numel(y); o++) {
        double size, want = reference(b, kind, mask, o, &size);
        double error = fabs(at(y, o) - want);
        cr_assert(error <= eps * (kind == PROD ? 8 * fabs(want) : size),
                  "%s of %s, dims %x, output %lld: %.9g, not %.9g", kinds[kind],
                  MLRT__ST(b->x), mask, (long long)o, at(y, o), want);
    }
    mlrt_release(y);
}

Test(reduce, folds_match_scalar_code) {
    static const int64_t shapes[][4] = {{2, 3, 2, 5},    {1, 37, 3, 1},
                                        {7, 1, 70, 2},   {3, 2, 2, 150},
                                        {2, 1030, 2, 1}, {0, 3, 2, 2}};
    static const int orders[][4] = {{0, 1, 2, 3}, {3, 1, 0, 2}, {2, 3, 1, 0}};
    EACH_ISA(m) {
        for (int i = 0; i < 6 * 3 * 6; i++) {
            box b;
            box_make(&b, m, (mlrt_dtype)(i % 6), shapes[i / 18],
                     orders[i / 6 % 3]);
            for (unsigned mask = 1; mask < 16; mask++)
                for (int kind = 0; kind < NKINDS; kind++) {
                    bool product = kind == PROD && i / 18 > 0;
                    bool choice = kind == AMAX || kind == AMIN;
                    if (!product && !(choice && b.x->numel == 0))
                        check_fold(m, &b, (enum kind)kind, mask, mask % 2);
                }
            drop(b.x, b.base, NULL, NULL);
        }
    }
}

/* Long enough to be cut into parts, by rows and by columns. */
Test(reduce, large_folds_match_scalar_code) {
    static const int64_t shapes[][4] = {
        {1, 1, 1, 300000}, {1, 5000, 70, 1}, {3, 1, 100001, 1}};
    static const int plain[] = {0, 1, 2, 3};
    EACH_ISA(m) {
        for (int i = 0; i < 3; i++) {
            box b;
            box_make(&b, m, MLRT_F32, shapes[i], plain);
            check_fold(m, &b, SUM, 0xf, false);
            check_fold(m, &b, SUM, 1u << (i == 1 ? 1 : 3), false);
            check_fold(m, &b, AMAX, 0x6, true);
            check_fold(m, &b, COUNT, 0xf, false);
            drop(b.x, b.base, NULL, NULL);
        }
    }
}

Test(reduce, same_bits_for_any_threads_and_kernels) {
    double first = 0;
    bool have = false;
    for (int threads = 1; threads <= 3; threads++)
        for (int i = 0; i < 3; i++) {
            mlrt *m = open_with(isas[i], threads);
            if (!m)
                continue;
            mlrt_tensor *x = make(m, MLRT_F32, 1, (int64_t[]){777777});
            mlrt_tensor *y = GET(m, "sum", T(x), N, N);
            cr_assert(!have || at(y, 0) == first);
            first = at(y, 0);
            have = true;
            drop(x, y, NULL, NULL);
            close_clean(m);
        }
}

Test(reduce, sums_are_accurate) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *x = mlrt_empty(m, MLRT_F32, 1, (int64_t[]){1 << 20});
    for (int64_t i = 0; i < 1 << 20; i++)
        set(x, i, 0.1);
    mlrt_tensor *s = GET(m, "sum", T(x), N, N), *a = GET(m, "mean", T(x), N, N);
    cr_expect(fabs(at(s, 0) / ((double)0.1f * (1 << 20)) - 1) < 3e-7);
    cr_expect(fabs(at(a, 0) / (double)0.1f - 1) < 3e-7);
    drop(x, s, a, NULL);
    close_clean(m);
}

Test(reduce, special_values) {
    EACH_ISA(m) {
        mlrt_tensor *x = make(m, MLRT_F32, 1, (int64_t[]){100}), *y;
        set(x, 40, INFINITY);
        y = GET(m, "amax", T(x), N, N);
        cr_expect(at(y, 0) == INFINITY);
        mlrt_release(y);
        set(x, 41, NAN);
        set(x, 90, NAN);
        static const char *const spread[] = {"amax", "amin", "sum", "prod"};
        for (int i = 0; i < 4; i++) {
            y = GET(m, spread[i], T(x), N, N);
            cr_expect(isnan(at(y, 0)), "%s", spread[i]);
            mlrt_release(y);
        }
        mlrt_tensor *p = GET(m, "argmax", T(x), N, N);
        y = GET(m, "argmin", T(x), I(0), N);
        cr_expect(at(p, 0) == 41 && at(y, 0) == 41);
        drop(x, y, p, NULL);
    }
}

Test(reduce, nothing_and_one) {
    mlrt *m = open_with(NULL, 1);
    static const char *const names[] = {"sum", "prod", "any", "all", "mean"};
    static const double want[] = {0, 1, 0, 1, NAN};
    mlrt_tensor *x = make(m, MLRT_F32, 2, (int64_t[]){0, 3});
    for (int i = 0; i < 5; i++) {
        mlrt_tensor *y = GET(m, names[i], T(x), INTS(0), I(1));
        cr_expect(mlrt_ndim(y) == 2 && mlrt_numel(y) == 3);
        cr_expect(at(y, 2) == want[i] || (isnan(want[i]) && isnan(at(y, 2))));
        mlrt_release(y);
    }
    mlrt_tensor *y = GET(m, "amax", T(x), INTS(1), N);
    cr_expect(mlrt_ndim(y) == 1 && mlrt_numel(y) == 0);
    mlrt_release(y);
    REFUSES(m, "amax: nothing to choose from: dim 1 of (0, 3)", "amax", T(x),
            INTS(0), N);
    REFUSES(m, "argmax: nothing to choose from", "argmax", T(x), N, N);
    mlrt_release(x);
    x = make(m, MLRT_F64, 0, NULL);
    y = GET(m, "sum", T(x), INTS(-1), N);
    cr_expect(mlrt_ndim(y) == 0 && at(y, 0) == at(x, 0));
    drop(x, y, NULL, NULL);
    close_clean(m);
}

Test(reduce, refuses_bad_dims_and_dtypes) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *x = make(m, MLRT_F32, 2, (int64_t[]){2, 3});
    mlrt_tensor *i = LIST(m, MLRT_INDEX, 0, 1);
    REFUSES(m, "sum: dim 3 is out of range", "sum", T(x), INTS(2), N);
    REFUSES(m, "sum: dim -3 is out of range", "sum", T(x), INTS(-3), N);
    REFUSES(m, "sum: dim 2 is given twice", "sum", T(x), INTS(1, -1), N);
    REFUSES(m, "an index has no arithmetic", "sum", T(i), N, N);
    REFUSES(m, "mean: argument 'x': f32 or f64", "mean", T(i), N, N);
    drop(x, i, NULL, NULL);
    close_clean(m);
}

Test(reduce, integers_widen_and_wrap) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *x = LIST(m, MLRT_I32, 2147483647, 2147483647);
    mlrt_tensor *y = GET(m, "sum", T(x), N, N);
    cr_expect(mlrt_dtype_of(y) == MLRT_I64 && at(y, 0) == 4294967294.0);
    drop(x, y, NULL, NULL);
    x = LIST(m, MLRT_I64, 0, 2);
    *(int64_t *)mlrt_data(x) = INT64_MAX;
    y = GET(m, "sum", T(x), N, N);
    cr_expect(*(const int64_t *)mlrt_data_const(y) == INT64_MIN + 1);
    drop(x, y, NULL, NULL);
    x = LIST(m, MLRT_BOOL, 1, 0, 1, 1);
    y = GET(m, "sum", T(x), N, N);
    cr_expect(mlrt_dtype_of(y) == MLRT_I64 && at(y, 0) == 3);
    drop(x, y, NULL, NULL);
    close_clean(m);
}

/* ---- Along one dimension ---------------------------------------------- */

/* Lines of x along dim: line l, element i is at base + i * inner. */
typedef struct lines {
    int64_t n, inner, count;
} lines;

static lines lines_along(mlrt_tensor *x, int dim) {
    lines l = {x->shape[dim], x->stride[dim], 0};
    l.count = x->numel / l.n;
    return l;
}
static int64_t where(lines l, int64_t line, int64_t i) {
    return line / l.inner * l.n * l.inner + line % l.inner + i * l.inner;
}

static bool same(double a, double b, double eps) {
    return a == b || (isnan(a) && isnan(b)) ||
           fabs(a - b) <= eps * (1e-30 + fabs(b));
}

static void check_line(mlrt_tensor *x, mlrt_tensor *best, mlrt_tensor *p,
                       mlrt_tensor *logp, lines l, int64_t line) {
    double most = -INFINITY, sum = 0;
    double eps = mlrt_dtype_of(x) == MLRT_F32 ? 1e-6 : 1e-14;
    int64_t first = 0;
    for (int64_t i = 0; i < l.n; i++) {
        double v = at(x, where(l, line, i));
        if (v > most || (isnan(v) && !isnan(most))) {
            most = v;
            first = i;
        }
    }
    cr_assert(at(best, line) == (double)first);
    for (int64_t i = 0; i < l.n; i++)
        sum += exp(at(x, where(l, line, i)) - most);
    for (int64_t i = 0; i < l.n; i++) {
        int64_t k = where(l, line, i);
        double want = exp(at(x, k) - most) / sum;
        double logged = at(x, k) - most - log(sum);
        cr_assert(same(at(p, k), want, eps), "%.9g, not %.9g", at(p, k), want);
        cr_assert(same(at(logp, k), logged, eps + eps / fabs(logged)));
    }
}

Test(reduce, argmax_and_softmax_match_scalar_code) {
    static const int64_t shapes[][3] = {
        {2, 3, 4}, {3, 64, 2}, {70, 10, 1}, {2, 65, 70}, {2, 2, 1500}};
    EACH_ISA(m) {
        for (int i = 0; i < 5 * 2 * 3; i++) {
            mlrt_tensor *x = make(m, i % 2 ? MLRT_F64 : MLRT_F32, 3,
                                  shapes[i / 6]);
            int dim = i / 2 % 3;
            lines l = lines_along(x, dim);
            set(x, 5, i % 4 ? -INFINITY : NAN);
            mlrt_tensor *best = GET(m, "argmax", T(x), I(dim), N);
            mlrt_tensor *p = GET(m, "softmax", T(x), I(dim));
            mlrt_tensor *logp = GET(m, "log_softmax", T(x), I(dim - 3));
            for (int64_t line = 0; line < l.count; line++)
                check_line(x, best, p, logp, l, line);
            drop(x, best, p, logp);
        }
    }
}

Test(reduce, max_with_a_dimension_gives_values_and_places) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *x = LIST(m, MLRT_F32, 1, 7, 7, 3), *out[4];
    cr_assert(RUN(m, "max", out, T(x), I(0), I(1)) == 2);
    cr_expect(at(out[0], 0) == 7 && at(out[1], 0) == 1);
    cr_expect(mlrt_dtype_of(out[1]) == MLRT_INDEX && mlrt_ndim(out[1]) == 1);
    drop(out[0], out[1], NULL, NULL);
    cr_assert(RUN(m, "max", out, T(x), N, N) == 1);
    cr_expect(at(out[0], 0) == 7 && mlrt_ndim(out[0]) == 0);
    mlrt_release(out[0]);
    cr_assert(RUN(m, "min", out, T(x), I(-1), N) == 2);
    cr_expect(at(out[0], 0) == 1 && at(out[1], 0) == 0);
    drop(out[0], out[1], x, NULL);
    close_clean(m);
}

/* ---- Sorting ---------------------------------------------------------- */

/* Is a at place i allowed before b at place j? */
static bool ordered(double a, double i, double b, double j, bool down) {
    if (a == b || (isnan(a) && isnan(b)))
        return i < j;
    return down ? isnan(a) || a > b : isnan(b) || a < b;
}

static void check_sorted(mlrt *m, mlrt_tensor *x, int dim, bool down) {
    mlrt_tensor *out[4], *top[4];
    lines l = lines_along(x, dim);
    int64_t k = (l.n + 1) / 2;
    cr_assert(RUN(m, "sort", out, T(x), I(dim), I(down)) == 2);
    cr_assert(RUN(m, "topk", top, T(x), I(k), I(dim), I(down)) == 2);
    lines t = lines_along(top[0], dim);
    for (int64_t line = 0; line < l.count; line++)
        for (int64_t i = 0; i < l.n; i++) {
            int64_t here = where(l, line, i), last = where(l, line, i - 1);
            double v = at(out[0], here), p = at(out[1], here);
            cr_assert(same(v, at(x, where(l, line, (int64_t)p)), 0));
            cr_assert(i == 0 ||
                      ordered(at(out[0], last), at(out[1], last), v, p, down));
            if (i < k)
                cr_assert(at(top[1], where(t, line, i)) == p);
        }
    drop(out[0], out[1], top[0], top[1]);
}

Test(reduce, sort_is_stable_and_puts_nan_above_all) {
    static const int64_t shapes[][2] = {{3, 5}, {2, 140}, {130, 3}, {1, 5000}};
    mlrt *m = open_with(NULL, 2);
    for (int i = 0; i < 4 * 6; i++) {
        mlrt_tensor *x = make(m, (mlrt_dtype)(i % 6), 2, shapes[i / 6]);
        if (mlrt_dtype_is_float(mlrt_dtype_of(x))) {
            set(x, 0, -0.0);
            set(x, 1, NAN);
            set(x, 2, 0.0);
            set(x, 3, -INFINITY);
            set(x, 7, NAN);
        }
        for (int j = 0; j < 4; j++)
            check_sorted(m, x, j / 2, j % 2);
        mlrt_release(x);
    }
    mlrt_tensor *x = make(m, MLRT_F32, 1, (int64_t[]){3});
    REFUSES(m, "topk: k: 0..3 expected, got 4", "topk", T(x), I(4));
    mlrt_release(x);
    close_clean(m);
}

/* ---- Losses ----------------------------------------------------------- */

/* cross_entropy of sample i, of x (n, classes), by the formula. */
static double entropy(mlrt_tensor *x, int64_t i, int64_t target,
                      const double *w, double smooth) {
    int64_t classes = x->shape[1];
    double most = -INFINITY, sum = 0, loss = 0;
    if (target < 0)
        return 0;
    for (int64_t c = 0; c < classes; c++)
        most = fmax(most, at(x, i * classes + c));
    for (int64_t c = 0; c < classes; c++)
        sum += exp(at(x, i * classes + c) - most);
    for (int64_t c = 0; c < classes; c++) {
        double logp = at(x, i * classes + c) - most - log(sum);
        double share = smooth / (double)classes;
        loss -= logp * w[c] * (share + (c == target ? 1 - smooth : 0));
    }
    return loss;
}

Test(reduce, cross_entropy_matches_its_formula) {
    static const double w[] = {1, 0.5, 2, 0.25}, ones[] = {1, 1, 1, 1};
    static const double target[] = {3, -1, 0, 2, 2};
    EACH_ISA(m) {
        for (int i = 0; i < 12; i++) {
            mlrt_tensor *x = make(m, i % 2 ? MLRT_F64 : MLRT_F32, 2,
                                  (int64_t[]){5, 4});
            mlrt_tensor *t = list(m, MLRT_INDEX, 5, target);
            mlrt_tensor *weight = i / 2 % 2 ? list(m, mlrt_dtype_of(x), 4, w)
                                            : NULL;
            const double *use = weight ? w : ones;
            double s = i / 4 == 1 ? 0.1 : 0, total = 0, part = 0;
            for (int64_t k = 0; k < 5; k++) {
                total += entropy(x, k, (int64_t)target[k], use, s);
                part += target[k] < 0 ? 0 : use[(int64_t)target[k]];
            }
            mlrt_arg wa = weight ? T(weight) : N;
            mlrt_tensor *mean = GET(m, "cross_entropy", T(x), T(t), wa, I(0),
                                    D(s));
            mlrt_tensor *each = GET(m, "cross_entropy", T(x), T(t), wa, I(2),
                                    D(s));
            cr_expect(same(at(mean, 0), total / part, 1e-6));
            cr_expect(at(each, 1) == 0 && mlrt_ndim(each) == 1);
            cr_expect(same(at(each, 4), entropy(x, 4, 2, use, s), 1e-6));
            drop(x, t, mean, each);
            mlrt_release(weight);
        }
    }
}

Test(reduce, losses_refuse_what_does_not_fit) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tensor *x = make(m, MLRT_F32, 2, (int64_t[]){2, 3});
    mlrt_tensor *t = LIST(m, MLRT_INDEX, 0, 3), *u = LIST(m, MLRT_INDEX, 0);
    mlrt_tensor *none = LIST(m, MLRT_INDEX, -1, -1);
    REFUSES(m, "target(2) is class 4, x has classes 1..3", "cross_entropy",
            T(x), T(t));
    REFUSES(m, "x (2, 3) wants a target of shape (2), got (1)", "cross_entropy",
            T(x), T(u));
    REFUSES(m, "cross_entropy: weight: f32 (3)", "cross_entropy", T(x), T(none),
            T(x));
    REFUSES(m, "label_smoothing: 0..1", "cross_entropy", T(x), T(none), N, N,
            D(2));
    REFUSES(m, "nll_loss: target(2) is class 4", "nll_loss", T(x), T(t));
    REFUSES(m, "argument 'target': index expected, got f32", "cross_entropy",
            T(x), T(x));
    mlrt_tensor *y = GET(m, "cross_entropy", T(x), T(none));
    cr_expect(isnan(at(y, 0)), "the mean of no targets");
    drop(x, t, u, none);
    mlrt_release(y);
    close_clean(m);
}

/* ---- batch_norm ------------------------------------------------------- */

static void check_batch_norm(mlrt *m, int64_t n, int64_t c, int64_t l) {
    mlrt_tensor *x = make(m, MLRT_F32, 3, (int64_t[]){n, c, l});
    mlrt_tensor *mean = make(m, MLRT_F32, 1, &c),
                *var = make(m, MLRT_F32, 1, &c);
    for (int64_t i = 0; i < c; i++) {
        set(mean, i, 1);
        set(var, i, 2);
    }
    mlrt_tensor *y = GET(m, "batch_norm", T(x), T(mean), T(var), N, N, I(1),
                         D(0.25), D(1e-3));
    double count = (double)(n * l);
    for (int64_t k = 0; k < c; k++) {
        double s = 0, q = 0;
        for (int64_t i = 0; i < n * l; i++)
            s += at(x, (i / l * c + k) * l + i % l) / count;
        for (int64_t i = 0; i < n * l; i++)
            q += pow(at(x, (i / l * c + k) * l + i % l) - s, 2);
        cr_assert(same(at(mean, k), 0.75 + 0.25 * s, 1e-6));
        cr_assert(same(at(var, k), 1.5 + 0.25 * q / (count - 1), 1e-6));
        for (int64_t i = 0; i < n * l; i++) {
            int64_t e = (i / l * c + k) * l + i % l;
            double want = (at(x, e) - s) / sqrt(q / count + 1e-3);
            cr_assert(fabs(at(y, e) - want) < 1e-5);
        }
    }
    drop(x, y, mean, var);
}

Test(reduce, batch_norm_matches_its_formula) {
    EACH_ISA(m) {
        check_batch_norm(m, 5, 3, 7);
        check_batch_norm(m, 600, 2, 3);
        check_batch_norm(m, 3, 70, 1);
        check_batch_norm(m, 2, 2, 3000);
        mlrt_tensor *x = make(m, MLRT_F32, 2, (int64_t[]){1, 3});
        mlrt_tensor *w = make(m, MLRT_F32, 1, (int64_t[]){2});
        REFUSES(m, "too few to train with", "batch_norm", T(x), N, N, N, N,
                I(1));
        REFUSES(m, "needed when not training", "batch_norm", T(x));
        REFUSES(m, "argument 'weight': f32 (3) expected", "batch_norm", T(x), N,
                N, T(w), N, I(1));
        drop(x, w, NULL, NULL);
    }
}
