/* running.c: running sums, products and extremes along a dimension.
 *
 * What the gradients need besides is the linear recurrence, y[i] = a[i]
 * y[i - 1] + b[i], which is its own gradient turned round.
 */
#include <math.h>

#include "fold.h"
#include "items.h"

/* Lines of x along dim, worked on side by side or one after the other. */
typedef struct scan {
    mlrt__lines l;
    mlrt__scan *kernel, *lines; /* lines: for lines of neighbours, or NULL */
    const char *x, *b;          /* b: of a recurrence */
    char *y;
    size_t in, out; /* bytes of an element of x and b, of y */
    void (*recurrence)(const void *a, const void *b, void *y, int64_t n,
                       int64_t w, int64_t step, bool back);
    bool back;
} scan;

static void scan_line(const scan *s, int64_t at, int64_t w) {
    const char *x = s->x + (size_t)at * s->in;
    char *y = s->y + (size_t)at * s->out;
    if (s->recurrence)
        s->recurrence(x, s->b + (size_t)at * s->in, y, s->l.n, w, s->l.si,
                      s->back);
    else
        s->kernel(x, y, s->l.n, w, s->l.si);
}

static void scan_run(void *arg, int64_t at, int64_t o, int64_t w) {
    const scan *s = arg;
    (void)o;
    if (s->l.sj == 1 && s->l.inner > 1) {
        scan_line(s, at, w);
        return;
    }
    if (s->lines) {
        s->lines(s->x + (size_t)at * s->in, s->y + (size_t)at * s->out, s->l.n,
                 w, s->l.sj);
        return;
    }
    for (int64_t j = 0; j < w; j++)
        scan_line(s, at + j * s->l.sj, 1);
}

static int run(mlrt__call *c, scan *s, int dim_arg) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    int dim, err = mlrt__dim(c, dim_arg, x->ndim, &dim);
    if (err || x->numel == 0)
        return err;
    mlrt__lines_of(&s->l, x, dim);
    s->x = mlrt__ptr(x);
    s->y = mlrt__ptr(c->y[0]);
    s->in = mlrt__dsize(x->dtype);
    s->out = mlrt__dsize(c->y[0]->dtype);
    return mlrt__lines_run(c->m, &s->l, scan_run, s);
}

/* ---- What backward is made of ----------------------------------------- */

static mlrt_tensor *flipped(mlrt *m, mlrt_tensor *t, int64_t dim) {
    return t && t->ndim ? mlrt_flip(m, t, &dim, 1) : t;
}

/* t one step on along dim, with `value` in the place that becomes free;
 * back: the other way. */
static mlrt_tensor *shifted(mlrt *m, mlrt_tensor *t, int64_t dim, bool back,
                            double value) {
    int64_t shape[MLRT_MAX_DIMS];
    if (!t)
        return NULL;
    int d = (int)(dim < 0 ? dim + t->ndim : dim);
    if (t->ndim == 0)
        return mlrt__full(m, t->dtype, 0, NULL, value);
    if (t->shape[d] == 0)
        return t;
    memcpy(shape, t->shape, sizeof shape);
    shape[d] = 1;
    mlrt_tensor *edge = mlrt__full(m, t->dtype, t->ndim, shape, value);
    mlrt_tensor *rest = mlrt_narrow(m, t, d, back ? 1 : 0, t->shape[d] - 1);
    mlrt_tensor *parts[2] = {back ? rest : edge, back ? edge : rest};
    return mlrt_cat(m, parts, 2, d);
}

/* ---- cumsum, cumprod -------------------------------------------------- */

static int total_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    int dim, err = mlrt__dim(c, 1, x->ndim, &dim);
    if (!err && x->dtype == MLRT_INDEX)
        err = mlrt__bad(c, MLRT_EDTYPE,
                        "argument 'x': an index has no arithmetic; convert "
                        "with x:to(\"i64\")");
    int dtype = mlrt__is_float(x->dtype) ? x->dtype : MLRT_I64;
    return err ? err : mlrt__out(c, 0, dtype, x->ndim, x->shape);
}

static const struct mlrt__reduce_kernels *kernels_of(const mlrt__call *c) {
    return c->m->k->reduce[mlrt__t(c, 0)->dtype];
}

static int cumsum_forward(mlrt__call *c) {
    const struct mlrt__reduce_kernels *k = kernels_of(c);
    return run(c, &(scan){.kernel = k->cumsum, .lines = k->cumsum_lines}, 1);
}

static void cumsum_backward(mlrt__walk *w) {
    int64_t dim = mlrt__arg(w, 1)->u.i;
    mlrt_tensor *g = flipped(w->m, mlrt__g(w, 0), dim);
    mlrt__give(w, 0, flipped(w->m, mlrt_cumsum(w->m, g, dim), dim));
}

static int cumprod_forward(mlrt__call *c) {
    const struct mlrt__reduce_kernels *k = kernels_of(c);
    return run(c, &(scan){.kernel = k->cumprod, .lines = k->cumprod_lines}, 1);
}

/* gx[k] = y[k - 1] s[k], s[k] = g[k] + x[k + 1] s[k + 1]: no division, so
 * zeros do no harm. */
static void cumprod_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    int64_t dim = mlrt__arg(w, 1)->u.i;
    mlrt_tensor *x = mlrt__in(w, 0);
    mlrt_tensor *next = shifted(m, x, dim, true, 0);
    mlrt_tensor *s = mlrt__recurrence(m, next, mlrt__g(w, 0), dim, true);
    mlrt_tensor *before = shifted(m, mlrt__saved_out(w, 0), dim, false, 1);
    mlrt__give(w, 0, mlrt_mul(m, before, s));
}

/* ---- logcumsumexp ----------------------------------------------------- */

static int log_shape(mlrt__call *c) {
    int err = mlrt__want_float(c, 0);
    return err ? err : total_shape(c);
}

static int log_forward(mlrt__call *c) {
    int f64 = mlrt__t(c, 0)->dtype == MLRT_F64;
    return run(c, &(scan){.kernel = c->m->k->reduce[f64]->log_sums}, 1);
}

/* exp(a - b), 0 where a is minus infinity */
static mlrt_tensor *ratio(mlrt *m, mlrt_tensor *a, mlrt_tensor *b) {
    mlrt_tensor *zero = mlrt_number(m, 0);
    mlrt_tensor *none = mlrt_eq(m, a, mlrt_number(m, -HUGE_VAL));
    mlrt_tensor *d = mlrt_where(m, none, zero, mlrt_sub(m, a, b));
    return mlrt_where(m, none, zero, mlrt_exp(m, d));
}

/* gx[k] = exp(x[k] - y[k]) s[k], s[k] = g[k] + exp(y[k] - y[k + 1]) s[k + 1];
 * no exponent is above 0. */
static void log_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    int64_t dim = mlrt__arg(w, 1)->u.i;
    mlrt_tensor *y = mlrt__saved_out(w, 0);
    mlrt_tensor *a = ratio(m, y, shifted(m, y, dim, true, HUGE_VAL));
    mlrt_tensor *s = mlrt__recurrence(m, a, mlrt__g(w, 0), dim, true);
    mlrt__give(w, 0, mlrt_mul(m, ratio(m, mlrt__in(w, 0), y), s));
}

/* ---- The recurrence --------------------------------------------------- */

enum { R_A, R_B, R_DIM, R_BACK };

static int recurrence_shape(mlrt__call *c) {
    const mlrt_tensor *a = mlrt__t(c, R_A), *b = mlrt__t(c, R_B);
    int dim, err = mlrt__want_float(c, R_A);
    if (!err)
        err = mlrt__dim(c, R_DIM, a->ndim, &dim);
    if (!err && (a->dtype != b->dtype || !mlrt__same_shape(a, b)))
        err = mlrt__bad(c, MLRT_ESHAPE, "a %s and b %s differ", MLRT__ST(a),
                        MLRT__ST(b));
    return err ? err : mlrt__out_like(c, 0, a);
}

static int recurrence_forward(mlrt__call *c) {
    int f64 = mlrt__t(c, R_A)->dtype == MLRT_F64;
    return run(c,
               &(scan){.recurrence = c->m->k->reduce[f64]->recurrence,
                       .b = mlrt__ptr(mlrt__t(c, R_B)),
                       .back = mlrt__i(c, R_BACK) != 0},
               R_DIM);
}

/* gb[i] = g[i] + a[i + 1] gb[i + 1], ga[i] = gb[i] y[i - 1]; or with
 * everything turned round. */
static void recurrence_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    int64_t dim = mlrt__arg(w, R_DIM)->u.i;
    bool back = mlrt__arg(w, R_BACK)->u.i != 0;
    mlrt_tensor *next = shifted(m, mlrt__in(w, R_A), dim, !back, 0);
    mlrt_tensor *gb = mlrt__recurrence(m, next, mlrt__g(w, 0), dim, !back);
    if (mlrt__need(w, R_B))
        mlrt__give(w, R_B, gb);
    if (mlrt__need(w, R_A)) {
        mlrt_tensor *y = shifted(m, mlrt__saved_out(w, 0), dim, back, 0);
        mlrt__give(w, R_A, mlrt_mul(m, gb, y));
    }
}

/* ---- cummax, cummin --------------------------------------------------- */

typedef struct best {
    mlrt__lines l;
    int dtype;
    bool least;
    const void *x;
    void *values;
    int64_t *index;
} best;

/* One line, n elements s apart; NaN is best for both, and the last of equal
 * ones counts.  Extremes change seldom, so that a branch is cheap and keeps
 * the next comparison from waiting for this one. */
#define BETTER(v, most) ((least ? (v) <= (most) : (v) >= (most)) || (v) != (v))
#define BEST(name, T)                                                          \
    static inline __attribute__((always_inline)) void name##_line(             \
        const T *x, T *y, int64_t *at, int64_t n, int64_t s, bool least) {     \
        T most = x[0];                                                         \
        for (int64_t i = 0, found = 0; i < n; i++) {                           \
            T v = x[i * s];                                                    \
            if (__builtin_expect(BETTER(v, most), 0)) {                        \
                most = v;                                                      \
                found = i;                                                     \
            }                                                                  \
            y[i * s] = most;                                                   \
            at[i * s] = found;                                                 \
        }                                                                      \
    }                                                                          \
    static inline __attribute__((always_inline)) void name##_rows(             \
        const T *x, T *y, int64_t *at, int64_t n, int64_t w, int64_t s,        \
        bool least) {                                                          \
        for (int64_t j = 0; j < w; j++)                                        \
            name##_line(x + j, y + j, at + j, 1, s, least);                    \
        for (int64_t i = 1; i < n; i++)                                        \
            for (int64_t j = i * s; j < i * s + w; j++) {                      \
                T v = x[j], most = y[j - s];                                   \
                bool take = BETTER(v, most);                                   \
                y[j] = take ? v : most;                                        \
                at[j] = take ? i : at[j - s];                                  \
            }                                                                  \
    }                                                                          \
    static void name(const best *b, int64_t first, int64_t w) {                \
        const T *x = (const T *)b->x + first;                                  \
        T *y = (T *)b->values + first;                                         \
        int64_t *at = b->index + first, sj = b->l.sj, n = b->l.n;              \
        if (sj == 1 && b->l.si > 1 && b->least)                                \
            name##_rows(x, y, at, n, w, b->l.si, true);                        \
        else if (sj == 1 && b->l.si > 1)                                       \
            name##_rows(x, y, at, n, w, b->l.si, false);                       \
        else                                                                   \
            for (int64_t j = 0; j < w * sj; j += sj)                           \
                if (b->least)                                                  \
                    name##_line(x + j, y + j, at + j, n, b->l.si, true);       \
                else                                                           \
                    name##_line(x + j, y + j, at + j, n, b->l.si, false);      \
    }
BEST(best_f32, float)
BEST(best_f64, double)
BEST(best_i64, int64_t)
BEST(best_i32, int32_t)
BEST(best_u8, uint8_t)

static void best_run(void *arg, int64_t at, int64_t o, int64_t w) {
    static void (*const lines[])(const best *, int64_t, int64_t) = {
        [MLRT_F32] = best_f32,  [MLRT_F64] = best_f64, [MLRT_I64] = best_i64,
        [MLRT_I32] = best_i32,  [MLRT_U8] = best_u8,   [MLRT_BOOL] = best_u8,
        [MLRT_INDEX] = best_i64};
    const best *b = arg;
    (void)o;
    lines[b->dtype](b, at, w);
}

static int best_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    int dim, err = mlrt__dim(c, 1, x->ndim, &dim);
    if (err)
        return err;
    mlrt__out_like(c, 0, x);
    return mlrt__out(c, 1, MLRT_INDEX, x->ndim, x->shape);
}

static int best_forward(mlrt__call *c, bool least) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    int dim, err = mlrt__dim(c, 1, x->ndim, &dim);
    best b = {.dtype = x->dtype,
              .least = least,
              .x = mlrt__ptr(x),
              .values = mlrt__ptr(c->y[0]),
              .index = (int64_t *)(void *)mlrt__ptr(c->y[1])};
    if (err || x->numel == 0)
        return err;
    mlrt__lines_of(&b.l, x, dim);
    return mlrt__lines_run(c->m, &b.l, best_run, &b);
}

static int cummax_forward(mlrt__call *c) {
    return best_forward(c, false);
}
static int cummin_forward(mlrt__call *c) {
    return best_forward(c, true);
}

static void best_backward(mlrt__walk *w) {
    const mlrt__edge *x = mlrt__operand(w, 0);
    mlrt_tensor *zero = mlrt__full(w->m, x->dtype, x->ndim, x->shape, 0);
    mlrt__give(w, 0,
               mlrt_scatter_add(w->m, zero, mlrt__arg(w, 1)->u.i,
                                mlrt__saved_out(w, 1), mlrt__g(w, 0)));
}

/* ---- diff ------------------------------------------------------------- */

static int diff_compose(mlrt__call *c) {
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, 0);
    int64_t times = mlrt__i(c, 1);
    int dim, err = mlrt__dim(c, 2, x->ndim, &dim);
    if (err)
        return err;
    if (x->ndim == 0 || times < 0)
        return mlrt__bad(c, MLRT_EARG,
                         "x %s, n %lld: a dimension to go "
                         "along and 0 or more expected",
                         MLRT__ST(x), (long long)times);
    for (; times > 0 && x && x->shape[dim] > 0; times--) {
        int64_t n = x->shape[dim] - 1;
        x = mlrt_sub(m, mlrt_narrow(m, x, dim, 1, n),
                     mlrt_narrow(m, x, dim, 0, n));
    }
    c->y[0] = x;
    return 0;
}

/* ---- Rows ------------------------------------------------------------- */

#define ALONG                                                                  \
    "r(5), 1", "r(3,4), 1", "r(3,4), 2", "r(2,3,4), -2", "r(), 1",             \
        "r(0,3), 1", "r(3,2):t(), 1", "!r(2,3), 3 -- dim 3 is out of range"

const mlrt__op mlrt__running[] = {
    {.name = "cumsum",
     .args = "x: tensor, dim: dim",
     .outs = "y",
     .doc = "Sums of the elements up to each along dim. Integers and bool "
            "give i64, which wraps; f32 is added in double.",
     .contiguous = MLRT__IN(0),
     .shape = total_shape,
     .forward = cumsum_forward,
     .backward = cumsum_backward,
     .samples = SAMPLES(ALONG, "i(2,3), 2", "b{true,true,false}, 1",
                        "!ix{1,2}, 1 -- an index has no arithmetic")},
    {.name = "cumprod",
     .args = "x: tensor, dim: dim",
     .outs = "y",
     .doc = "Products of the elements up to each along dim. Integers and "
            "bool give i64, which wraps; f32 is multiplied in double.",
     .contiguous = MLRT__IN(0),
     .shape = total_shape,
     .forward = cumprod_forward,
     .backward = cumprod_backward,
     .saves = {MLRT__IN(0) | MLRT__OUT(0)},
     .samples = SAMPLES(ALONG, "i(2,3), 2", "t{{2,0,3,4},{0,1,0,5}}, 2")},
    {.name = "logcumsumexp",
     .args = "x: tensor, dim: dim",
     .outs = "y",
     .doc = "log(cumsum(exp(x))) along dim, without overflow. x: f32 or f64.",
     .contiguous = MLRT__IN(0),
     .shape = log_shape,
     .forward = log_forward,
     .backward = log_backward,
     .saves = {MLRT__IN(0) | MLRT__OUT(0)},
     .samples = SAMPLES(ALONG, "!i(2,3), 1 -- f32 or f64 expected")},
    {.name = "cummax",
     .args = "x: tensor, dim: dim",
     .outs = "values, indices",
     .doc = "The largest of the elements up to each along dim, and where "
            "they are (the last of equal ones), as index. nan wins.",
     .contiguous = MLRT__IN(0),
     .shape = best_shape,
     .forward = cummax_forward,
     .backward = best_backward,
     .saves = {MLRT__OUT(1)},
     .samples = SAMPLES(ALONG, "i(2,3), 2")},
    {.name = "cummin",
     .args = "x: tensor, dim: dim",
     .outs = "values, indices",
     .doc = "The smallest of the elements up to each along dim, and where "
            "they are (the last of equal ones), as index. nan wins.",
     .contiguous = MLRT__IN(0),
     .shape = best_shape,
     .forward = cummin_forward,
     .backward = best_backward,
     .saves = {MLRT__OUT(1)},
     .samples = SAMPLES(ALONG, "i(2,3), 2")},
    {.name = "diff",
     .args = "x: tensor, n: int = 1, dim: dim = -1",
     .outs = "y",
     .doc = "Each element along dim less the one before it, which leaves one "
            "element less; n times over.",
     .compose = diff_compose,
     .samples = SAMPLES("r(5)", "r(3,4), 2", "r(3,4), {dim=1}", "r(2), 3",
                        "i(2,3)", "!r() -- a dimension to go along",
                        "!r(2), -1 -- 0 or more expected")},
    {.name = "_recurrence",
     .args = "a: tensor, b: tensor, dim: dim, back: bool = false",
     .outs = "y",
     .doc = "y[i] = a[i] y[i - 1] + b[i] along dim, or from the last to the "
            "first; computed in double.",
     .contiguous = MLRT__IN(R_A) | MLRT__IN(R_B),
     .shape = recurrence_shape,
     .forward = recurrence_forward,
     .backward = recurrence_backward,
     .saves = {MLRT__IN(R_A) | MLRT__OUT(0), MLRT__IN(R_A)},
     .samples = SAMPLES("r(3,4), r(3,4), 2", "r(3,4), r(3,4), 1, true",
                        "r(5), r(5), 1", "r(), r(), 1")},
    {0},
};
