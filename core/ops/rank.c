/* rank.c: the k-th smallest element, and what is made of it: medians and
 * quantiles; the most frequent one; and sums that skip what is not a number.
 */
#include <math.h>

#include "fold.h"
#include "items.h"

/* ---- The k-th of every line ------------------------------------------- */

/* Which element: the k-th; the same, but a line with NaN gives NaN; the most
 * frequent one. */
enum { KTH, MEDIAN, MODE };

/* Each task has room for the items of one line, in scratch: twice, because
 * sorting needs as much again. */
typedef struct rank {
    mlrt__lines l;
    int dtype, what;
    int64_t k, tasks;
    const char *x;
    char *values;
    int64_t *index;
    mlrt__item *room;
} rank;

/* The last place of the value that most items have, the smallest of those
 * that are equally frequent; NaN equals nothing, so each is alone. */
static int64_t most_frequent(mlrt__item *a, int64_t n, uint64_t nan,
                             bool floats) {
    int64_t best = 0, found = 0, run = 0;
    a = mlrt__sort_items(a, a + n, n);
    for (int64_t i = 0; i < n; i++) {
        bool alone = floats && a[i].key == nan;
        run = i && !alone && a[i].key == a[i - 1].key ? run + 1 : 1;
        if (run > best) {
            best = run;
            found = a[i].at;
        }
    }
    return found;
}

/* The place of the k-th smallest of a line; equal ones by position. */
static int64_t kth(const rank *r, int64_t at, mlrt__item *a) {
    uint64_t nan = r->dtype == MLRT_F32 ? UINT32_MAX : UINT64_MAX;
    bool floats = mlrt__is_float(r->dtype);
    for (int64_t i = 0; i < r->l.n; i++) {
        uint64_t key = mlrt__key(r->dtype, r->x, at + i * r->l.si);
        if (r->what == MEDIAN && floats && key == nan)
            return i;
        a[i] = (mlrt__item){key, i};
    }
    if (r->what == MODE)
        return most_frequent(a, r->l.n, floats ? nan : 0, floats);
    mlrt__select_items(a, r->l.n, r->k);
    return a[r->k - 1].at;
}

static void rank_task(void *arg, int64_t i) {
    const rank *r = arg;
    int64_t lines = r->l.outer * r->l.inner, in = r->l.inner;
    size_t size = mlrt__dsize(r->dtype);
    mlrt__item *room = r->room + 2 * i * r->l.n;
    for (int64_t o = i * lines / r->tasks; o < (i + 1) * lines / r->tasks;
         o++) {
        int64_t at = o / in * r->l.n * in + o % in;
        int64_t found = kth(r, at, room);
        r->index[o] = found;
        memcpy(r->values + (size_t)o * size,
               r->x + (size_t)(at + found * r->l.si) * size, size);
    }
}

static int64_t tasks_of(const mlrt__lines *l) {
    int64_t lines = l->outer * l->inner, by_work = lines * l->n / 16384;
    int64_t tasks = lines < 8 ? lines : 8;
    tasks = by_work < tasks ? by_work : tasks;
    return tasks < 1 ? 1 : tasks;
}

enum { K_X, K_K, K_DIM, K_KEEPDIM, K_WHAT };

static int kth_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, K_X);
    int64_t k = mlrt__i(c, K_K), shape[MLRT_MAX_DIMS];
    mlrt__lines l;
    size_t bytes;
    int dim, n = 0, err = mlrt__dim(c, K_DIM, x->ndim, &dim);
    if (err)
        return err;
    mlrt__lines_of(&l, x, dim);
    if (k < 1 || k > l.n)
        return mlrt__bad(c, MLRT_EARG, "k: 1..%lld expected, got %lld",
                         (long long)l.n, (long long)k);
    if (!mlrt__mul((size_t)l.n, 2 * sizeof(mlrt__item) * (size_t)tasks_of(&l),
                   &bytes))
        return mlrt__bad(c, MLRT_ENOMEM, "x is too large");
    for (int d = 0; d < x->ndim; d++)
        if (d != dim)
            shape[n++] = x->shape[d];
        else if (mlrt__i(c, K_KEEPDIM))
            shape[n++] = 1;
    c->scratch_bytes = bytes;
    mlrt__out(c, 0, x->dtype, n, shape);
    return mlrt__out(c, 1, MLRT_INDEX, n, shape);
}

static int kth_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, K_X);
    int dim, err = mlrt__dim(c, K_DIM, x->ndim, &dim);
    rank r = {.dtype = x->dtype,
              .what = (int)mlrt__i(c, K_WHAT),
              .k = mlrt__i(c, K_K),
              .x = mlrt__ptr(x),
              .values = mlrt__ptr(c->y[0]),
              .index = (int64_t *)(void *)mlrt__ptr(c->y[1]),
              .room = c->scratch};
    if (err || c->y[0]->numel == 0)
        return err;
    mlrt__lines_of(&r.l, x, dim);
    r.tasks = tasks_of(&r.l);
    return mlrt__parallel(c->m, r.tasks, rank_task, &r, true);
}

static void kth_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    const mlrt__edge *x = mlrt__operand(w, K_X);
    int64_t dim = mlrt__arg(w, K_DIM)->u.i;
    mlrt_tensor *index = mlrt__saved_out(w, 1), *g = mlrt__g(w, 0);
    if (mlrt__arg(w, K_KEEPDIM)->u.i == 0 && x->ndim) {
        index = mlrt_unsqueeze(m, index, dim);
        g = mlrt_unsqueeze(m, g, dim);
    }
    mlrt_tensor *zero = mlrt__full(m, x->dtype, x->ndim, x->shape, 0);
    mlrt__give(w, K_X, mlrt_scatter(m, zero, dim, index, g));
}

/* ---- kthvalue, median ------------------------------------------------- */

static int64_t size_along(const mlrt_tensor *x, int dim) {
    return x->ndim ? x->shape[dim] : 1;
}

static int want_order(const mlrt__call *c) {
    if (mlrt__t(c, 0)->dtype != MLRT_INDEX)
        return 0;
    return mlrt__bad(c, MLRT_EDTYPE,
                     "argument 'x': an index has no arithmetic; convert with "
                     "x:to(\"i64\")");
}

static int kthvalue_compose(mlrt__call *c) {
    enum { X, K, DIM, KEEPDIM };
    const mlrt_tensor *x = mlrt__t(c, X);
    int64_t k = mlrt__i(c, K);
    int dim, err = want_order(c);
    if (!err)
        err = mlrt__dim(c, DIM, x->ndim, &dim);
    if (!err && (k < 1 || k > size_along(x, dim)))
        err = mlrt__bad(c, MLRT_EARG, "k: 1..%lld expected, got %lld",
                        (long long)size_along(x, dim), (long long)k);
    if (err)
        return err;
    return mlrt__kth(c->m, mlrt__t(c, X), k, dim, mlrt__i(c, KEEPDIM) != 0, KTH,
                     &c->y[0], &c->y[1]);
}

static int mode_compose(mlrt__call *c) {
    enum { X, DIM, KEEPDIM };
    mlrt_tensor *x = mlrt__t(c, X);
    int dim, err = mlrt__dim(c, DIM, x->ndim, &dim);
    if (!err && size_along(x, dim) == 0)
        err = mlrt__bad(c, MLRT_ESHAPE,
                        "nothing to choose from: x has shape %s", MLRT__ST(x));
    if (err)
        return err;
    return mlrt__kth(c->m, x, 1, dim, mlrt__i(c, KEEPDIM) != 0, MODE, &c->y[0],
                     &c->y[1]);
}

/* With a dimension: values and positions; without: the median of all. */
static int median_compose(mlrt__call *c) {
    enum { X, DIM, KEEPDIM };
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, X);
    bool one = mlrt__has(c, DIM), keep = mlrt__i(c, KEEPDIM) != 0;
    int64_t ones[MLRT_MAX_DIMS], k;
    int dim = 0, err = want_order(c);
    c->nout = one ? 2 : 1;
    if (!err && one)
        err = mlrt__dim(c, DIM, x->ndim, &dim);
    k = ((one ? size_along(x, dim) : x->numel) + 1) / 2;
    if (!err && k == 0)
        err = mlrt__bad(c, MLRT_ESHAPE,
                        "nothing to choose from: x has shape %s", MLRT__ST(x));
    if (err)
        return err;
    if (one)
        return mlrt__kth(m, x, k, dim, keep, MEDIAN, &c->y[0], &c->y[1]);
    mlrt_tensor *flat = mlrt_reshape(m, x, &x->numel, 1);
    err = mlrt__kth(m, flat, k, 0, false, MEDIAN, &c->y[0], NULL);
    for (int d = 0; d < x->ndim; d++)
        ones[d] = 1;
    if (!err && keep)
        c->y[0] = mlrt_reshape(m, c->y[0], ones, x->ndim);
    return err;
}

/* ---- quantile --------------------------------------------------------- */

enum { Q_X, Q_Q, Q_DIM, Q_KEEPDIM, Q_HOW };
enum { LINEAR, LOWER, HIGHER, MIDPOINT, NEAREST };

static double quantile_of(const mlrt_tensor *q, int64_t i) {
    const char *p = mlrt__ptr(q);
    int64_t at = q->ndim ? i * q->stride[0] : 0;
    switch (q->dtype) {
    case MLRT_F32: return (double)((const float *)(const void *)p)[at];
    case MLRT_F64: return ((const double *)(const void *)p)[at];
    default: return (double)((const int64_t *)(const void *)p)[at];
    }
}

static int quantile_check(const mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, Q_X), *q = mlrt__t(c, Q_Q);
    int dim = 0, err = mlrt__want_float(c, Q_X);
    if (!err && mlrt__has(c, Q_DIM))
        err = mlrt__dim(c, Q_DIM, x->ndim, &dim);
    if (!err && (mlrt__has(c, Q_DIM) ? size_along(x, dim) : x->numel) == 0)
        err = mlrt__bad(c, MLRT_ESHAPE,
                        "nothing to choose from: x has shape %s", MLRT__ST(x));
    if (!err &&
        (q->ndim > 1 || (!mlrt__is_float(q->dtype) && q->dtype != MLRT_I64)))
        err = mlrt__bad(c, MLRT_ESHAPE,
                        "q: a number or a list of them expected, got %s %s",
                        mlrt_dtype_name((mlrt_dtype)q->dtype), MLRT__ST(q));
    for (int64_t i = 0; i < q->numel && !err; i++) {
        double v = quantile_of(q, i);
        if (!(v >= 0 && v <= 1))
            err = mlrt__bad(c, MLRT_EARG, "q: 0..1 expected, got %g", v);
    }
    return err;
}

/* The quantile q of lines that are sorted along their last dimension. */
static mlrt_tensor *one_quantile(mlrt *m, mlrt_tensor *sorted, double q,
                                 int64_t how) {
    if (!sorted)
        return NULL;
    double place = q * (double)(sorted->shape[sorted->ndim - 1] - 1);
    double low = floor(place), part = place - low;
    part = how == LOWER      ? 0
           : how == HIGHER   ? ceil(part)
           : how == MIDPOINT ? ceil(part) / 2
           : how == NEAREST  ? nearbyint(place) - low
                             : part;
    mlrt_tensor *a = mlrt_select(m, sorted, -1, (int64_t)low), *b;
    if (part == 0)
        return a;
    b = mlrt_select(m, sorted, -1, (int64_t)low + 1);
    if (part == 1)
        return b;
    return mlrt_add(m, a, mlrt_mul(m, mlrt_sub(m, b, a), mlrt_number(m, part)));
}

/* A line that has NaN, which is sorted to its end, has no quantile. */
static mlrt_tensor *unless_nan(mlrt *m, mlrt_tensor *sorted, mlrt_tensor *y) {
    bool recording = mlrt_set_grad_mode(m, false);
    mlrt_tensor *last = mlrt_select(m, sorted, -1, -1);
    mlrt_tensor *bad = mlrt_isnan(m, last);
    mlrt_set_grad_mode(m, recording);
    return mlrt_where(m, bad, mlrt_number(m, NAN), y);
}

static int quantile_compose(mlrt__call *c) {
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, Q_X), *q = mlrt__t(c, Q_Q), *sorted = NULL;
    int64_t shape[MLRT_MAX_DIMS];
    bool one = mlrt__has(c, Q_DIM), keep = mlrt__i(c, Q_KEEPDIM) != 0;
    int dim = 0, n = 0, err = quantile_check(c);
    if (!err && one)
        err = mlrt__dim(c, Q_DIM, x->ndim, &dim);
    if (err)
        return err;
    if (q->ndim == 1) { /* a list: results side by side, each by itself */
        mlrt_tensor *y = NULL;
        for (int64_t i = 0; i < q->numel; i++) {
            mlrt_tensor *part = mlrt_quantile(
                m, x, mlrt_number(m, quantile_of(q, i)),
                one ? dim : MLRT_ABSENT, keep, (int)mlrt__i(c, Q_HOW));
            part = mlrt_unsqueeze(m, part, 0);
            y = i ? mlrt_cat(m, (mlrt_tensor *[]){y, part}, 2, 0) : part;
        }
        c->y[0] = y;
        return q->numel ? 0 : mlrt__bad(c, MLRT_EARG, "q: the list is empty");
    }
    mlrt_tensor *line = one && x->ndim ? mlrt_movedim(m, x, dim, -1)
                                       : mlrt_reshape(m, x, &x->numel, 1);
    err = mlrt_sort(m, line, -1, false, &sorted, NULL);
    if (err)
        return err;
    mlrt_tensor *y = one_quantile(m, sorted, quantile_of(q, 0),
                                  mlrt__i(c, Q_HOW));
    y = unless_nan(m, sorted, y);
    for (int d = 0; d < x->ndim; d++)
        if (!one || d == dim)
            n += keep ? (shape[n] = 1, 1) : 0;
        else
            shape[n++] = x->shape[d];
    c->y[0] = mlrt_reshape(m, y, shape, n);
    return 0;
}

/* ---- nanmean ---------------------------------------------------------- */

static const int64_t *dim_list(const mlrt__call *c, int *n) {
    *n = mlrt__has(c, 1) ? c->arg[1].n : 0;
    return *n ? c->arg[1].u.v : NULL;
}

static int nanmean_compose(mlrt__call *c) {
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, 0);
    bool keep = mlrt__i(c, 2) != 0;
    int n, err = mlrt__want_float(c, 0);
    const int64_t *dims = dim_list(c, &n);
    if (err)
        return err;
    mlrt_tensor *known = mlrt_eq(m, x, x);
    known = mlrt_sum(m, known, dims, n, keep);
    mlrt_tensor *s = mlrt_nansum(m, x, dims, n, keep);
    c->y[0] = mlrt_div(m, s, known);
    return 0;
}

/* ---- Rows ------------------------------------------------------------- */

#define DIMS "x: tensor, dim: dims?, keepdim: bool = false"

const mlrt__op mlrt__rank[] = {
    {.name = "median",
     .args = "x: tensor, dim: dim?, keepdim: bool = false",
     .outs = "values, indices",
     .doc = "With dim: the medians along it, and where they are, as index. "
            "Without: the median of all elements, alone. Of an even number "
            "of elements the lower of the two in the middle; nan if there is "
            "one. Nothing to choose from is an error.",
     .compose = median_compose,
     .samples = SAMPLES("r(2,3)", "r(2,4), 1",
                        "r(2,3,4), {dim=2, "
                        "keepdim=true}",
                        "r(5,2), -1", "r(3,2):t(), 2", "r()",
                        "r(2,3), {keepdim=true}", "i(2,5), 2",
                        "!r(2,3), 3 -- dim 3 is out of range",
                        "!r(0,3), 1 -- nothing to choose from",
                        "!ix{1,2} -- an index has no arithmetic")},
    {.name = "kthvalue",
     .args = "x: tensor, k: int, dim: dim = -1, keepdim: bool = false",
     .outs = "values, indices",
     .doc = "The k-th smallest elements along dim, k from 1, and where they "
            "are, as index; the first of equal ones come first. nan counts "
            "as larger than all.",
     .compose = kthvalue_compose,
     .samples = SAMPLES("r(2,3), 2", "r(5,2), 4, 1",
                        "r(2,3), {k=1, "
                        "keepdim=true}",
                        "r(3,2):t(), 3", "r(), 1",
                        "!r(2,3), 4 -- k: 1..3 expected, got 4",
                        "!r(2,3), 0 -- k: 1..3 expected, got 0")},
    {.name = "mode",
     .args = "x: tensor, dim: dim = -1, keepdim: bool = false",
     .outs = "values, indices",
     .doc = "The most frequent elements along dim, the smallest of equally "
            "frequent ones, and where they stand last, as index. nan equals "
            "nothing.",
     .compose = mode_compose,
     .samples = SAMPLES(
         "r(2,3)", "i(4,6)", "i(6,2), 1", "i(2,5), {keepdim=true}",
         "m.tensor({1,3,3,1,2},{dtype='i64'})", "m.tensor{1,0/0,0/0}",
         "r(3,2):t(), 2", "r()", "b{true,false,true}", "ix{2,2,1}", "r(0,3)",
         "!r(3,0) -- nothing to choose from",
         "!r(2,3), 3 -- dim 3 is out of range")},
    {.name = "quantile",
     .args = "x: tensor, q: operand, dim: dim?, keepdim: bool = false, "
             "interpolation: linear|lower|higher|midpoint|nearest = linear",
     .outs = "y",
     .doc = "The value below which a part q, 0..1, of the elements lies, "
            "along dim or of all. Between two elements it is interpolated. "
            "q may be a list, a tensor of one dimension: the results of each "
            "lie along a new first dimension. nan if there is one. x: f32 or "
            "f64.",
     .compose = quantile_compose,
     .samples = SAMPLES(
         "r(2,3), 0.3", "r(2,4), 0.5, 1", "r(5), {q=0.9, dim=1}",
         "r(2,5), {q=0.6, dim=-1, keepdim=true, interpolation=\"lower\"}",
         "r(6), {q=0.5, interpolation=\"midpoint\"}",
         "r(6), {q=0.45, interpolation=\"nearest\"}",
         "r(6), {q=0.45, interpolation=\"higher\"}", "r(), 1",
         "r(2,3), {q=0.25, keepdim=true}",
         "!r(2,3), 1.5 -- q: 0..1 expected, got 1.5",
         "!r(0), 0.5 -- nothing to choose from",
         "!i(3), 0.5 -- f32 or f64 expected")},
    {.name = "nanmean",
     .args = DIMS,
     .outs = "y",
     .doc = "Arithmetic mean over the given dimensions, all if none are "
            "given, of the elements that are not nan; nan if there are none. "
            "x: f32 or f64.",
     .compose = nanmean_compose,
     .samples = SAMPLES("r(2,3)", "r(2,3,4), {dim={1,3}, keepdim=true}",
                        "r(2,3), 2", "!i(2,3) -- f32 or f64 expected")},
    {.name = "_kth",
     .args = "x: tensor, k: int, dim: dim, keepdim: bool, "
             "what: kth|median|mode",
     .outs = "values, indices",
     .doc = "The k-th smallest along dim; median: nan in lines with nan; "
            "mode: the most frequent, whatever k is.",
     .contiguous = MLRT__IN(K_X),
     .shape = kth_shape,
     .forward = kth_forward,
     .backward = kth_backward,
     .saves = {MLRT__OUT(1)}},
    {0},
};
