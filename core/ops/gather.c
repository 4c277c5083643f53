/* gather.c: elements chosen along one dimension, each by its own position.
 *
 * Elements are moved as bytes, so every dtype works.  scatter_add goes
 * through the positions in order, so equal ones always add up alike.
 */
#include "../copy.h"
#include "elementwise.h"
#include "index.h"

static const int64_t *positions(const mlrt_tensor *t) {
    return (const int64_t *)(const void *)mlrt__ptr(t);
}

static int64_t dim_size(const mlrt_tensor *x, int dim) {
    return x->ndim ? x->shape[dim] : 1;
}

/* ---- Walking ---------------------------------------------------------- */

/* Walks `index` (contiguous); for each of its elements, where its fellow lies
 * in x: at the same place, but at index[...] along dim. */
typedef struct walker {
    const mlrt_tensor *index;
    int dim, last; /* last: the innermost dimension of index */
    int64_t step[MLRT_MAX_DIMS], at[MLRT_MAX_DIMS], base;
} walker;

static void walk_open(walker *w, const mlrt_tensor *x, int dim,
                      const mlrt_tensor *index) {
    memset(w, 0, sizeof *w);
    w->index = index;
    w->dim = dim;
    w->last = index->ndim - 1;
    memcpy(w->step, x->stride, sizeof w->step);
}

/* Moves the outer dimensions on by one. */
static void walk_next(walker *w) {
    for (int d = w->last - 1; d >= 0; d--) {
        int64_t step = d == w->dim ? 0 : w->step[d];
        w->base += step;
        if (++w->at[d] < w->index->shape[d])
            return;
        w->base -= step * w->at[d];
        w->at[d] = 0;
    }
}

/* One run along the innermost dimension: fellow k of n is at
 * base + k * along + index[k] * across. */
typedef struct run {
    const int64_t *index;
    int64_t n, along, across;
} run;

static void first_run(const walker *w, run *r) {
    r->index = positions(w->index);
    r->n = w->last < 0 ? 1 : w->index->shape[w->last];
    r->across = w->last < 0 ? 1 : w->step[w->dim];
    r->along = w->last < 0 || w->dim == w->last ? 0 : w->step[w->last];
}

static inline __attribute__((always_inline)) void take(run r, const char *x,
                                                       char *y, size_t size) {
    for (int64_t k = 0; k < r.n; k++)
        memcpy(y + (size_t)k * size,
               x + (r.index[k] * r.across + k * r.along) * (int64_t)size, size);
}

static inline __attribute__((always_inline)) void
drop(run r, char *x, const char *y, size_t size) {
    for (int64_t k = 0; k < r.n; k++)
        memcpy(x + (r.index[k] * r.across + k * r.along) * (int64_t)size,
               y + (size_t)k * size, size);
}

/* y = the fellows in x (gather), or they = y (scatter). */
static void move_all(const mlrt_tensor *x, int dim, const mlrt_tensor *index,
                     const mlrt_tensor *y, bool to_x) {
    walker w;
    run r;
    walk_open(&w, x, dim, index);
    first_run(&w, &r);
    int64_t size = (int64_t)mlrt__dsize(x->dtype);
    char *py = mlrt__ptr(y), *end = py + index->numel * size;
    for (; py < end; py += r.n * size, r.index += r.n, walk_next(&w)) {
        char *px = mlrt__ptr(x) + w.base * size;
        switch ((int)size | (to_x ? 16 : 0)) {
        case 1: take(r, px, py, 1); break;
        case 4: take(r, px, py, 4); break;
        case 8: take(r, px, py, 8); break;
        case 16 | 1: drop(r, px, py, 1); break;
        case 16 | 4: drop(r, px, py, 4); break;
        default: drop(r, px, py, 8); break;
        }
    }
}

/* ---- gather, scatter -------------------------------------------------- */

static int check_index_shape(const mlrt__call *c, const mlrt_tensor *x, int dim,
                             const mlrt_tensor *index) {
    bool fits = index->ndim == x->ndim;
    for (int d = 0; fits && d < x->ndim; d++)
        fits = d == dim || index->shape[d] <= x->shape[d];
    if (fits)
        return mlrt__check_index(c, index, dim_size(x, dim), false);
    return mlrt__bad(
        c, MLRT_ESHAPE, "index %s does not fit in x %s outside dim %lld",
        MLRT__ST(index), MLRT__ST(x), (long long)mlrt__shown(c->m, dim));
}

static int gather_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0), *index = mlrt__t(c, 2);
    int dim, err = mlrt__dim(c, 1, x->ndim, &dim);
    if (!err)
        err = check_index_shape(c, x, dim, index);
    return err ? err : mlrt__out(c, 0, x->dtype, index->ndim, index->shape);
}

static int gather_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    int dim, err = mlrt__dim(c, 1, x->ndim, &dim);
    if (!err)
        move_all(x, dim, mlrt__t(c, 2), c->y[0], false);
    return err;
}

static void gather_backward(mlrt__walk *w) {
    mlrt__give(w, 0,
               mlrt_scatter_add(w->m, mlrt__zeros_of(w, 0),
                                mlrt__arg(w, 1)->u.i, mlrt__in(w, 2),
                                mlrt__g(w, 0)));
}

static int scatter_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0), *index = mlrt__t(c, 2);
    const mlrt_tensor *source = mlrt__t(c, 3);
    int dim, err = mlrt__dim(c, 1, x->ndim, &dim);
    if (!err)
        err = check_index_shape(c, x, dim, index);
    if (!err && (source->dtype != x->dtype || !mlrt__same_shape(source, index)))
        err = mlrt__bad(
            c, MLRT_ESHAPE, "source: %s %s expected, as x and index, got %s %s",
            mlrt_dtype_name((mlrt_dtype)x->dtype), MLRT__ST(index),
            mlrt_dtype_name((mlrt_dtype)source->dtype), MLRT__ST(source));
    return err ? err : mlrt__out_like(c, 0, x);
}

static int scatter_add_shape(mlrt__call *c) {
    int err = mlrt__want_arithmetic(c, mlrt__t(c, 0));
    return err ? err : scatter_shape(c);
}

static int scatter_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    int dim, err = mlrt__dim(c, 1, x->ndim, &dim);
    if (!err && x != c->y[0])
        err = mlrt__copy_into(c->m, x, c->y[0]);
    if (!err)
        move_all(c->y[0], dim, mlrt__t(c, 2), mlrt__t(c, 3), true);
    return err;
}

static void add_one(int dtype, char *x, const char *y) {
    void *p = x;
    const void *q = y;
    switch (dtype) {
    case MLRT_F32: *(float *)p += *(const float *)q; break;
    case MLRT_F64: *(double *)p += *(const double *)q; break;
    case MLRT_I64: *(uint64_t *)p += *(const uint64_t *)q; break;
    case MLRT_I32: *(uint32_t *)p += *(const uint32_t *)q; break;
    default: *(uint8_t *)p = (uint8_t)(*(uint8_t *)p + *(const uint8_t *)q);
    }
}

static int scatter_add_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0), *index = mlrt__t(c, 2);
    walker w;
    run r;
    int dim, err = mlrt__dim(c, 1, x->ndim, &dim);
    if (!err && x != c->y[0])
        err = mlrt__copy_into(c->m, x, c->y[0]);
    if (err)
        return err;
    walk_open(&w, c->y[0], dim, index);
    first_run(&w, &r);
    int64_t size = (int64_t)mlrt__dsize(x->dtype);
    const char *from = mlrt__ptr(mlrt__t(c, 3));
    const char *end = from + index->numel * size;
    for (; from < end; walk_next(&w), r.index += r.n)
        for (int64_t k = 0; k < r.n; k++, from += size)
            add_one(x->dtype,
                    mlrt__ptr(c->y[0]) +
                        (w.base + r.index[k] * r.across + k * r.along) * size,
                    from);
    return 0;
}

/* Where scatter wrote, the old x has no part in the result; of several
 * writers to one place the last counts, but all get its gradient. */
static void scatter_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *g = mlrt__g(w, 0), *index = mlrt__in(w, 2);
    int64_t dim = mlrt__arg(w, 1)->u.i;
    if (mlrt__need(w, 0)) {
        const mlrt__edge *s = mlrt__operand(w, 3);
        mlrt_tensor *zero = mlrt__full(m, s->dtype, s->ndim, s->shape, 0);
        mlrt__give(w, 0, mlrt_scatter(m, g, dim, index, zero));
    }
    if (mlrt__need(w, 3))
        mlrt__give(w, 3, mlrt_gather(m, g, dim, index));
}

static void scatter_add_backward(mlrt__walk *w) {
    mlrt__give(w, 0, mlrt__g(w, 0));
    if (mlrt__need(w, 3))
        mlrt__give(w, 3,
                   mlrt_gather(w->m, mlrt__g(w, 0), mlrt__arg(w, 1)->u.i,
                               mlrt__in(w, 2)));
}

/* ---- take_along_dim --------------------------------------------------- */

/* Without dim, positions in x flattened; with it, x and index broadcast to
 * each other outside dim. */
static int take_compose(mlrt__call *c) {
    enum { X, INDEX, DIM };
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, X), *index = mlrt__t(c, INDEX);
    int64_t a[MLRT_MAX_DIMS], b[MLRT_MAX_DIMS], shape[MLRT_MAX_DIMS];
    int dim, n, err = 0;
    if (!mlrt__has(c, DIM)) {
        mlrt_tensor *flat = mlrt_reshape(m, index, &index->numel, 1);
        err = mlrt__check_index(c, index, x->numel, false);
        if (err)
            return err;
        x = mlrt_reshape(m, x, &x->numel, 1);
        c->y[0] = mlrt_index_select(m, x, 0, flat);
        return 0;
    }
    err = mlrt__dim(c, DIM, x->ndim, &dim);
    if (!err && (x->ndim != index->ndim || x->ndim == 0))
        err = mlrt__bad(c, MLRT_ESHAPE,
                        "x %s and index %s: as many dimensions expected",
                        MLRT__ST(x), MLRT__ST(index));
    if (err)
        return err;
    memcpy(a, x->shape, sizeof a);
    memcpy(b, index->shape, sizeof b);
    a[dim] = b[dim] = 1;
    err = mlrt__check_index(c, index, x->shape[dim], false);
    if (!err)
        err = mlrt__broadcast(c, x->ndim, a, x->ndim, b, &n, shape);
    if (err)
        return err;
    memcpy(a, shape, sizeof a);
    a[dim] = x->shape[dim];
    shape[dim] = index->shape[dim];
    c->y[0] = mlrt_gather(m, mlrt_expand(m, x, a, n), dim,
                          mlrt_expand(m, index, shape, n));
    return 0;
}

/* ---- Rows ------------------------------------------------------------- */

const mlrt__op mlrt__gather[] = {
    {.name = "gather",
     .args = "x: tensor, dim: dim, index: index",
     .outs = "y",
     .doc = "y[i][j] = x[index[i][j]][j] for dim the first dimension, and "
            "likewise for others. index has as many dimensions as x and is "
            "nowhere larger, except along dim; y has its shape.",
     .contiguous = MLRT__IN(2),
     .shape = gather_shape,
     .forward = gather_forward,
     .backward = gather_backward,
     .saves = {MLRT__IN(2)},
     .samples = SAMPLES("r(3,2), 1, ix{{1,3},{3,3}}",
                        "r(2,3), 2, ix{{1,3,3,2}}", "r(3), 1, ix{2,2,1}",
                        "r(2,3):t(), 2, ix{{2,1},{1,1}}",
                        "!r(3,2), 1, ix{{1,4}} -- out of range",
                        "!r(3,2), 1, ix{1,2} -- does not fit")},
    {.name = "scatter",
     .args = "x: tensor, dim: dim, index: index, source: tensor",
     .outs = "y",
     .doc = "x with y[index[i][j]][j] = source[i][j] for dim the first "
            "dimension, and likewise for others. source has x's dtype and "
            "index's shape. Of equal positions the last counts.",
     .inplace = true,
     .contiguous = MLRT__IN(2) | MLRT__IN(3),
     .shape = scatter_shape,
     .forward = scatter_forward,
     .backward = scatter_backward,
     .saves = {MLRT__IN(2), 0, 0, MLRT__IN(2)},
     .samples = SAMPLES(
         "r(3,2), 1, ix{{1,3}}, r(1,2)", "r(2,3), 2, ix{{1,3}}, r(1,2)",
         "r(3), 1, ix{3,1}, r(2)", "!r(3,2), 1, ix{{1,3}}, r(2,2) -- source")},
    {.name = "scatter_add",
     .args = "x: tensor, dim: dim, index: index, source: tensor",
     .outs = "y",
     .doc = "x with y[index[i][j]][j] += source[i][j] for dim the first "
            "dimension, and likewise for others; equal positions add up, in "
            "order. source has x's dtype and index's shape.",
     .inplace = true,
     .contiguous = MLRT__IN(2) | MLRT__IN(3),
     .shape = scatter_add_shape,
     .forward = scatter_add_forward,
     .backward = scatter_add_backward,
     .saves = {0, 0, 0, MLRT__IN(2)},
     .samples = SAMPLES(
         "r(3,2), 1, ix{{1,3},{1,1}}, r(2,2)", "r(2,3), 2, ix{{1,3,1}}, r(1,3)",
         "r(3), 1, ix{3,3}, r(2)", "!r(3,2), 1, ix{{1,3}}, r(2,2) -- source")},
    {.name = "take_along_dim",
     .args = "x: tensor, index: index, dim: dim?",
     .outs = "y",
     .doc = "The elements of x at the positions of index along dim, where x "
            "and index broadcast to each other in the other dimensions: what "
            "argsort and argmax with keepdim give. Without dim, elements of "
            "x flattened, as a list.",
     .compose = take_compose,
     .samples = SAMPLES("r(2,3), ix{{2,1},{3,3}}, 2", "r(2,3), ix{{3,1}}, 2",
                        "r(2,3), ix{{2}}, 1", "r(2,3), ix{{1,6}}",
                        "r(3,2):t(), ix{{1},{3}}, -1", "r(), ix{1}",
                        "!r(2,3), ix{7} -- out of range 1..6",
                        "!r(2,3), ix{1}, 1 -- as many dimensions expected",
                        "!r(2,3), ix{{4},{1}}, 2 -- out of range 1..3")},
    {0},
};
