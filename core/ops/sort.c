/* sort.c: what depends on the order of elements along one dimension.
 *
 * NaN counts as larger than everything, equal elements keep their order (the
 * first of them is the maximum), and -0 equals 0.
 */
#include "fold.h"
#include "items.h"

/* ---- max, min, argmax, argmin ----------------------------------------- */

static int64_t dim_size(const mlrt_tensor *x, int dim) {
    return x->ndim ? x->shape[dim] : 1;
}

/* Arguments x, dim?, keepdim: checks, and the shape without dim. */
static int best_shape(mlrt__call *c, int *ndim, int64_t *shape) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    bool keep = mlrt__i(c, 2) != 0, one = mlrt__has(c, 1);
    int dim = 0, err = one ? mlrt__dim(c, 1, x->ndim, &dim) : 0;
    *ndim = 0;
    if (err)
        return err;
    if (x->dtype == MLRT_INDEX)
        return mlrt__bad(c, MLRT_EDTYPE,
                         "argument 'x': an index has no arithmetic; convert "
                         "with x:to(\"i64\")");
    if (one ? dim_size(x, dim) == 0 : x->numel == 0)
        return mlrt__bad(c, MLRT_ESHAPE,
                         "nothing to choose from: x has shape %s", MLRT__ST(x));
    for (int d = 0; d < x->ndim; d++)
        if (one && d != dim)
            shape[(*ndim)++] = x->shape[d];
        else if (keep)
            shape[(*ndim)++] = 1;
    return 0;
}

/* Values (NULL: not wanted) and positions of the best of each line. */
typedef struct best_job {
    mlrt__lines l;
    const mlrt__fold *fold;
    void (*find)(const void *x, int64_t n, int64_t si, int64_t w, int64_t sj,
                 const void *best, int64_t *at);
    const char *x;
    char *values;
    int64_t *index;
    size_t element;
} best_job;

static void best_run(void *arg, int64_t at, int64_t o, int64_t w) {
    const best_job *b = arg;
    const char *x = b->x + (size_t)at * b->element;
    double acc[MLRT__LINES]; /* as many bytes as any element needs */
    b->fold->start(acc, w);
    b->fold->panel(x, b->l.n, b->l.si, w, b->l.sj, acc);
    b->find(x, b->l.n, b->l.si, w, b->l.sj, acc, b->index + o);
    if (b->values)
        memcpy(b->values + (size_t)o * b->element, acc, (size_t)w * b->element);
}

static int best_forward(mlrt__call *c, int kind, mlrt_tensor *values,
                        mlrt_tensor *index) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    const struct mlrt__reduce_kernels *k = c->m->k->reduce[x->dtype];
    int dim = 0, err = 0;
    best_job b = {.fold = k->fold[kind],
                  .find = k->find,
                  .x = mlrt__ptr(x),
                  .values = values ? mlrt__ptr(values) : NULL,
                  .index = (int64_t *)(void *)mlrt__ptr(index),
                  .element = mlrt__dsize(x->dtype)};
    b.l = (mlrt__lines){1, x->numel, 1, 1, x->numel};
    if (mlrt__has(c, 1)) {
        err = mlrt__dim(c, 1, x->ndim, &dim);
        mlrt__lines_of(&b.l, x, dim);
    }
    if (err || x->numel == 0)
        return err;
    return mlrt__lines_run(c->m, &b.l, best_run, &b);
}

static int argbest_shape(mlrt__call *c) {
    int64_t shape[MLRT_MAX_DIMS];
    int n, err = best_shape(c, &n, shape);
    return err ? err : mlrt__out(c, 0, MLRT_INDEX, n, shape);
}
static int argmax_forward(mlrt__call *c) {
    return best_forward(c, MLRT__FOLD_AMAX, NULL, c->y[0]);
}
static int argmin_forward(mlrt__call *c) {
    return best_forward(c, MLRT__FOLD_AMIN, NULL, c->y[0]);
}

static int both_shape(mlrt__call *c) {
    int64_t shape[MLRT_MAX_DIMS];
    int n, err = best_shape(c, &n, shape);
    mlrt__out(c, 0, mlrt__t(c, 0)->dtype, n, shape);
    return err ? err : mlrt__out(c, 1, MLRT_INDEX, n, shape);
}
static int max_both_forward(mlrt__call *c) {
    return best_forward(c, MLRT__FOLD_AMAX, c->y[0], c->y[1]);
}
static int min_both_forward(mlrt__call *c) {
    return best_forward(c, MLRT__FOLD_AMIN, c->y[0], c->y[1]);
}

/* Zeros shaped as x with g where the outputs came from.  The line's
 * dimension is put back if it was dropped. */
static mlrt_tensor *put_back(mlrt__walk *w, bool dropped) {
    mlrt *m = w->m;
    const mlrt__edge *x = mlrt__operand(w, 0);
    int64_t dim = mlrt__arg(w, 1)->u.i;
    mlrt_tensor *index = mlrt__saved_out(w, 1), *g = mlrt__g(w, 0);
    if (dropped && x->ndim) {
        index = mlrt_unsqueeze(m, index, dim);
        g = mlrt_unsqueeze(m, g, dim);
    }
    mlrt_tensor *zero = mlrt__full(m, x->dtype, x->ndim, x->shape, 0);
    return mlrt_scatter(m, zero, dim, index, g);
}

static void both_backward(mlrt__walk *w) {
    mlrt__give(w, 0, put_back(w, mlrt__arg(w, 2)->u.i == 0));
}

/* With a dimension: values and positions; without: the extreme of all. */
static int max_compose(mlrt__call *c) {
    int64_t shape[MLRT_MAX_DIMS];
    bool keep = mlrt__i(c, 2) != 0;
    int n, err = best_shape(c, &n, shape);
    c->nout = mlrt__has(c, 1) ? 2 : 1;
    if (err)
        return err;
    if (c->nout == 2)
        return mlrt__max_both(c->m, mlrt__t(c, 0), mlrt__i(c, 1), keep,
                              &c->y[0], &c->y[1]);
    c->y[0] = mlrt_amax(c->m, mlrt__t(c, 0), NULL, 0, keep);
    return 0;
}

static int min_compose(mlrt__call *c) {
    int64_t shape[MLRT_MAX_DIMS];
    bool keep = mlrt__i(c, 2) != 0;
    int n, err = best_shape(c, &n, shape);
    c->nout = mlrt__has(c, 1) ? 2 : 1;
    if (err)
        return err;
    if (c->nout == 2)
        return mlrt__min_both(c->m, mlrt__t(c, 0), mlrt__i(c, 1), keep,
                              &c->y[0], &c->y[1]);
    c->y[0] = mlrt_amin(c->m, mlrt__t(c, 0), NULL, 0, keep);
    return 0;
}

/* ---- sort, argsort, topk ---------------------------------------------- */

/* The k first of every line, in order; each task has two rooms of n items
 * in scratch. */
typedef struct sort_job {
    mlrt__lines l;
    int dtype;
    bool descending;
    int64_t k, tasks;
    const char *x;
    char *values;
    int64_t *index;
    mlrt__item *room;
} sort_job;

/* Few of many: a holds the best so far in order, and most elements are no
 * better than its last. */
enum { FEW = 16 };
static const mlrt__item *few_of_line(const sort_job *s, int64_t at,
                                     mlrt__item *a) {
    uint64_t turn = s->descending ? UINT64_MAX : 0;
    int64_t have = 0;
    for (int64_t i = 0; i < s->l.n; i++) {
        uint64_t key = mlrt__key(s->dtype, s->x, at + i * s->l.si) ^ turn;
        if (have == s->k && key >= a[have - 1].key)
            continue;
        int64_t j = have < s->k ? have++ : have - 1;
        for (; j > 0 && a[j - 1].key > key; j--)
            a[j] = a[j - 1];
        a[j] = (mlrt__item){key, i};
    }
    return a;
}

static const mlrt__item *order_line(const sort_job *s, int64_t at,
                                    mlrt__item *a) {
    int64_t n = s->l.n;
    if (s->k > 0 && s->k <= FEW && s->k < n)
        return few_of_line(s, at, a);
    for (int64_t i = 0; i < n; i++) {
        uint64_t key = mlrt__key(s->dtype, s->x, at + i * s->l.si);
        a[i] = (mlrt__item){s->descending ? ~key : key, i};
    }
    if (s->k == n)
        return mlrt__sort_items(a, a + n, n);
    if (s->k == 0)
        return a;
    mlrt__select_items(a, n, s->k);
    /* Equal keys in order of position: sorted by that, then by key. */
    for (int64_t i = 0; i < s->k; i++) {
        a[n + i] = (mlrt__item){(uint64_t)a[i].at, a[i].at};
    }
    mlrt__item *by_place = mlrt__sort_items(a + n, a, s->k);
    for (int64_t i = 0; i < s->k; i++) {
        uint64_t key = mlrt__key(s->dtype, s->x, at + by_place[i].at * s->l.si);
        by_place[i].key = s->descending ? ~key : key;
    }
    return mlrt__sort_items(by_place, by_place == a ? a + n : a, s->k);
}

/* values[i * in] = x[sorted[i].at * in], elements of `size` bytes */
static inline __attribute__((always_inline)) void
take_values(const mlrt__item *sorted, int64_t k, int64_t in, const char *x,
            char *values, size_t size) {
    for (int64_t i = 0; i < k; i++)
        memcpy(values + (size_t)(i * in) * size,
               x + (size_t)(sorted[i].at * in) * size, size);
}

static void sort_line(const sort_job *s, int64_t o, mlrt__item *a) {
    int64_t in = s->l.inner, out = o / in * s->k * in + o % in;
    int64_t at = o / in * s->l.n * in + o % in;
    const mlrt__item *sorted = order_line(s, at, a);
    size_t size = mlrt__dsize(s->dtype);
    for (int64_t i = 0; i < s->k; i++)
        s->index[out + i * in] = sorted[i].at;
    if (!s->values)
        return;
    const char *x = s->x + (size_t)at * size;
    char *values = s->values + (size_t)out * size;
    switch (size) {
    case 1: take_values(sorted, s->k, in, x, values, 1); break;
    case 4: take_values(sorted, s->k, in, x, values, 4); break;
    default: take_values(sorted, s->k, in, x, values, 8); break;
    }
}

/* A task's share of the lines, one after the other. */
static void sort_task(void *arg, int64_t i) {
    const sort_job *s = arg;
    int64_t lines = s->l.outer * s->l.inner;
    mlrt__item *room = s->room + i * 2 * s->l.n;
    for (int64_t o = i * lines / s->tasks; o < (i + 1) * lines / s->tasks; o++)
        sort_line(s, o, room);
}

/* Number of tasks: up to 8 with at least 16384 elements each. */
static int64_t sort_tasks(const mlrt__lines *l) {
    int64_t lines = l->outer * l->inner, by_work = lines * l->n / 16384;
    int64_t tasks = lines < 8 ? lines : 8;
    tasks = by_work < tasks ? by_work : tasks;
    return tasks < 1 ? 1 : tasks;
}

static int sort_scratch(mlrt__call *c, int dim) {
    mlrt__lines l;
    size_t bytes;
    mlrt__lines_of(&l, mlrt__t(c, 0), dim);
    if (!mlrt__mul((size_t)l.n * 2, sizeof(mlrt__item) * (size_t)sort_tasks(&l),
                   &bytes))
        return mlrt__bad(c, MLRT_ENOMEM, "x is too large to be sorted");
    c->scratch_bytes = bytes;
    return 0;
}

static int sort_run(mlrt__call *c, int dim, int64_t k, bool descending,
                    mlrt_tensor *values, mlrt_tensor *index) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    sort_job s = {.dtype = x->dtype,
                  .descending = descending,
                  .k = k,
                  .x = mlrt__ptr(x),
                  .values = values ? mlrt__ptr(values) : NULL,
                  .index = (int64_t *)(void *)mlrt__ptr(index),
                  .room = c->scratch};
    if (index->numel == 0)
        return 0;
    mlrt__lines_of(&s.l, x, dim);
    s.tasks = sort_tasks(&s.l);
    return mlrt__parallel(c->m, s.tasks, sort_task, &s, true);
}

static int sort_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    int dim, err = mlrt__dim(c, 1, x->ndim, &dim);
    if (!err)
        err = sort_scratch(c, dim);
    mlrt__out_like(c, 0, x);
    return err ? err : mlrt__out(c, 1, MLRT_INDEX, x->ndim, x->shape);
}
static int sort_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    int dim, err = mlrt__dim(c, 1, x->ndim, &dim);
    return err ? err
               : sort_run(c, dim, dim_size(x, dim), mlrt__i(c, 2) != 0, c->y[0],
                          c->y[1]);
}
static void sort_backward(mlrt__walk *w) {
    mlrt__give(w, 0, put_back(w, false));
}

static int argsort_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    int dim, err = mlrt__dim(c, 1, x->ndim, &dim);
    if (!err)
        err = sort_scratch(c, dim);
    return err ? err : mlrt__out(c, 0, MLRT_INDEX, x->ndim, x->shape);
}
static int argsort_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    int dim, err = mlrt__dim(c, 1, x->ndim, &dim);
    return err ? err
               : sort_run(c, dim, dim_size(x, dim), mlrt__i(c, 2) != 0, NULL,
                          c->y[0]);
}

/* Arguments x, k, dim, largest, sorted. */
static int topk_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    int64_t k = mlrt__i(c, 1), shape[MLRT_MAX_DIMS];
    int dim, err = mlrt__dim(c, 2, x->ndim, &dim);
    if (err)
        return err;
    if (k < 0 || k > dim_size(x, dim))
        return mlrt__bad(c, MLRT_EARG, "k: 0..%lld expected, got %lld",
                         (long long)dim_size(x, dim), (long long)k);
    int n = x->ndim;
    memcpy(shape, x->shape, sizeof shape);
    if (n == 0 && k == 0) /* none of one element */
        shape[n++] = 0;
    else if (n)
        shape[dim] = k;
    mlrt__out(c, 0, x->dtype, n, shape);
    mlrt__out(c, 1, MLRT_INDEX, n, shape);
    return sort_scratch(c, dim);
}
static int topk_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    int dim, err = mlrt__dim(c, 2, x->ndim, &dim);
    return err ? err
               : sort_run(c, dim, mlrt__i(c, 1), mlrt__i(c, 3) != 0, c->y[0],
                          c->y[1]);
}
static void topk_backward(mlrt__walk *w) {
    const mlrt__edge *x = mlrt__operand(w, 0);
    mlrt_tensor *zero = mlrt__full(w->m, x->dtype, x->ndim, x->shape, 0);
    mlrt__give(w, 0,
               mlrt_scatter(w->m, zero, mlrt__arg(w, 2)->u.i,
                            mlrt__saved_out(w, 1), mlrt__g(w, 0)));
}

/* ---- Rows ------------------------------------------------------------- */

#define BEST "x: tensor, dim: dim?, keepdim: bool = false"
#define BEST_SAMPLES                                                           \
    SAMPLES("r(2,3)", "r(2,3), 1", "r(2,3,4), {dim=2, keepdim=true}",          \
            "r(2,3,4), -1", "r(3,2):t(), 2", "r()",                            \
            "!r(2,3), 3 -- dim 3 is out of range",                             \
            "!r(0,3), 1 -- nothing to choose from")

const mlrt__op mlrt__sort[] = {
    {.name = "max",
     .args = BEST,
     .outs = "values, indices",
     .doc = "With dim: the largest elements along it, and where they are "
            "(the first of equal ones), as index. Without: the largest of "
            "all elements, alone. nan wins. Nothing to choose from is an "
            "error.",
     .compose = max_compose,
     .samples = BEST_SAMPLES},
    {.name = "min",
     .args = BEST,
     .outs = "values, indices",
     .doc = "With dim: the smallest elements along it, and where they are "
            "(the first of equal ones), as index. Without: the smallest of "
            "all elements, alone. nan wins. Nothing to choose from is an "
            "error.",
     .compose = min_compose,
     .samples = BEST_SAMPLES},
    {.name = "argmax",
     .args = BEST,
     .outs = "indices",
     .doc = "Where the largest elements along dim are (the first of equal "
            "ones, or of nans), as index; without dim, in x flattened.",
     .contiguous = MLRT__IN(0),
     .shape = argbest_shape,
     .forward = argmax_forward,
     .samples = BEST_SAMPLES},
    {.name = "argmin",
     .args = BEST,
     .outs = "indices",
     .doc = "Where the smallest elements along dim are (the first of equal "
            "ones, or of nans), as index; without dim, in x flattened.",
     .contiguous = MLRT__IN(0),
     .shape = argbest_shape,
     .forward = argmin_forward,
     .samples = BEST_SAMPLES},
    {.name = "sort",
     .args = "x: tensor, dim: dim = -1, descending: bool = false",
     .outs = "values, indices",
     .doc = "x sorted along dim, and where each element was, as index. Equal "
            "elements keep their order; nan counts as larger than all.",
     .contiguous = MLRT__IN(0),
     .shape = sort_shape,
     .forward = sort_forward,
     .backward = sort_backward,
     .saves = {MLRT__OUT(1)},
     .samples = SAMPLES("r(2,3)", "r(2,3), 1", "r(2,3,4), {dim=2}",
                        "r(5), {descending=true}", "r()", "r(0,3)",
                        "r(3,2):t()", "i(2,3)",
                        "!r(2,3), 3 -- dim 3 is out of range")},
    {.name = "argsort",
     .args = "x: tensor, dim: dim = -1, descending: bool = false",
     .outs = "indices",
     .doc = "The positions, as index, that put x in order along dim. Equal "
            "elements keep their order; nan counts as larger than all.",
     .contiguous = MLRT__IN(0),
     .shape = argsort_shape,
     .forward = argsort_forward,
     .samples = SAMPLES("r(2,3)", "r(2,3), 1", "r(5), {descending=true}")},
    {.name = "topk",
     .args = "x: tensor, k: int, dim: dim = -1, largest: bool = true, "
             "sorted: bool = true",
     .outs = "values, indices",
     .doc = "The k largest (or smallest) elements along dim and where they "
            "are, as index, best first; the first of equal ones come first. "
            "nan counts as larger than all. They are always sorted.",
     .contiguous = MLRT__IN(0),
     .shape = topk_shape,
     .forward = topk_forward,
     .backward = topk_backward,
     .saves = {MLRT__OUT(1)},
     .samples = SAMPLES("r(2,3), 2", "r(3,2), 2, 1",
                        "r(6), {k=3, largest=false}", "r(3,2):t(), 1",
                        "!r(2,3), 4 -- k: 0..3 expected, got 4")},
    {.name = "_max_both",
     .args = "x: tensor, dim: dim, keepdim: bool",
     .outs = "values, indices",
     .doc = "max along a dimension.",
     .contiguous = MLRT__IN(0),
     .shape = both_shape,
     .forward = max_both_forward,
     .backward = both_backward,
     .saves = {MLRT__OUT(1)}},
    {.name = "_min_both",
     .args = "x: tensor, dim: dim, keepdim: bool",
     .outs = "values, indices",
     .doc = "min along a dimension.",
     .contiguous = MLRT__IN(0),
     .shape = both_shape,
     .forward = min_both_forward,
     .backward = both_backward,
     .saves = {MLRT__OUT(1)}},
    {0},
};
