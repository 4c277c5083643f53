/* join.c: several tensors become one, or span a grid. */
#include "../copy.h"

/* ---- What the two have in common -------------------------------------- */

/* cat leaves out tensors of shape (0), whatever the shape of the others. */
static bool counts(const mlrt_tensor *t) {
    return t->ndim != 1 || t->shape[0] != 0;
}

static int some(const mlrt__call *c) {
    return c->arg[0].n > 0
               ? 0
               : mlrt__bad(c, MLRT_EARG, "the list of tensors is empty");
}

/* The dtype that all of them are promoted to. */
static int common_dtype(const mlrt__call *c, int *dtype) {
    mlrt_tensor *const *ts = c->arg[0].u.ts;
    mlrt_dtype d = (mlrt_dtype)ts[0]->dtype;
    for (int j = 1; j < c->arg[0].n; j++) {
        mlrt_dtype both = mlrt_promote(d, (mlrt_dtype)ts[j]->dtype);
        if (both == MLRT_DTYPE_NONE)
            return mlrt__bad(c, MLRT_EDTYPE, "%s and %s do not mix",
                             mlrt_dtype_name(d),
                             mlrt_dtype_name((mlrt_dtype)ts[j]->dtype));
        d = both;
    }
    *dtype = d;
    return 0;
}

static int differ(const mlrt__call *c, const mlrt_tensor *first, int j,
                  const char *but) {
    const mlrt_tensor *t = c->arg[0].u.ts[j];
    return mlrt__bad(c, MLRT_ESHAPE, "tensor %lld has shape %s, the first %s%s",
                     (long long)mlrt__shown(c->m, j), MLRT__ST(t),
                     MLRT__ST(first), but);
}

/* A window into y of the shape of t, `at` positions along dim; for stack the
 * dimension itself is left out of it. */
static void window(mlrt_tensor *out, const mlrt_tensor *y, const mlrt_tensor *t,
                   int dim, int64_t at, bool without) {
    *out = *y;
    out->offset += at * y->stride[dim];
    out->ndim = t->ndim;
    out->numel = t->numel;
    memcpy(out->shape, t->shape, sizeof t->shape);
    for (int d = dim; without && d < t->ndim; d++)
        out->stride[d] = y->stride[d + 1];
}

/* Small pieces in one run are not worth the iterator. */
static int place(mlrt *m, const mlrt_tensor *t, mlrt_tensor *part) {
    size_t bytes = mlrt_nbytes(part);
    if (t->dtype != part->dtype || bytes > 1 << 16 || !mlrt__contiguous(t) ||
        !mlrt__contiguous(part))
        return mlrt__copy_into(m, t, part);
    memcpy(mlrt__ptr(part), mlrt__ptr(t), bytes);
    return 0;
}

/* ---- cat -------------------------------------------------------------- */

static int cat_fits(const mlrt__call *c, const mlrt_tensor *first, int j,
                    int dim) {
    const mlrt_tensor *t = c->arg[0].u.ts[j];
    bool fits = t->ndim == first->ndim;
    for (int d = 0; fits && d < t->ndim; d++)
        fits = d == dim || t->shape[d] == first->shape[d];
    return fits ? 0
                : differ(c, first, j, "; they may differ in the joined dim");
}

/* The first tensor that counts, which the others have to fit. */
static const mlrt_tensor *cat_first(mlrt_tensor *const *ts, int n) {
    for (int j = 0; j < n; j++)
        if (counts(ts[j]))
            return ts[j];
    return ts[0];
}

static int cat_shape(mlrt__call *c) {
    mlrt_tensor *const *ts = c->arg[0].u.ts;
    int64_t total = 0;
    int dtype, dim, err = some(c);
    if (!err)
        err = common_dtype(c, &dtype);
    if (err)
        return err;
    const mlrt_tensor *first = cat_first(ts, c->arg[0].n);
    if (first->ndim == 0)
        return mlrt__bad(c, MLRT_ESHAPE,
                         "tensors of shape () have no dim to join; use stack");
    err = mlrt__dim(c, 1, first->ndim, &dim);
    for (int j = 0; j < c->arg[0].n && !err; j++) {
        if (!counts(ts[j]))
            continue;
        err = cat_fits(c, first, j, dim);
        if (!err && __builtin_add_overflow(total, ts[j]->shape[dim], &total))
            err = mlrt__bad(c, MLRT_ESHAPE, "the result is too large");
    }
    mlrt__out(c, 0, dtype, first->ndim, first->shape);
    if (!err)
        c->out[0].shape[dim] = total;
    return err;
}

enum { PIECE = 128 /* bytes, the least on average */ };

/* Rows: what lies behind one place of the dimensions before the joined one,
 * a piece of every tensor.  As many as stay in the cache are written before
 * the next ones; tensor after tensor would be as many passes over y. */
typedef struct rows {
    mlrt_tensor *const *ts;
    char *y;
    size_t bytes; /* of a row of y */
    int64_t outer, block;
    int n;
} rows;

static void rows_task(void *arg, int64_t task) {
    const rows *r = arg;
    int64_t from = task * r->block, end = from + r->block;
    char *to = r->y + (size_t)from * r->bytes;
    end = end < r->outer ? end : r->outer;
    for (int j = 0; j < r->n; j++) {
        size_t size = mlrt_nbytes(r->ts[j]) / (size_t)r->outer;
        const char *x = mlrt__ptr(r->ts[j]);
        for (int64_t i = from; i < end; i++)
            memcpy(to + (size_t)(i - from) * r->bytes, x + (size_t)i * size,
                   size);
        to += size;
    }
}

/* All of one dtype and in C order, and pieces worth a call each. */
static bool rows_of(const mlrt__call *c, int dim, rows *r) {
    const mlrt_tensor *y = c->y[0];
    *r = (rows){
        .ts = c->arg[0].u.ts, .y = mlrt__ptr(y), .outer = 1, .n = c->arg[0].n};
    for (int j = 0; j < r->n; j++)
        if (r->ts[j]->dtype != y->dtype || !mlrt__contiguous(r->ts[j]))
            return false;
    for (int d = 0; d < dim; d++)
        r->outer *= y->shape[d];
    if (y->numel == 0)
        return false;
    r->bytes = mlrt_nbytes(y) / (size_t)r->outer;
    r->block = 1 + (1 << 16) / (int64_t)r->bytes;
    return r->bytes / PIECE >= (size_t)r->n;
}

static int join_in_turn(mlrt__call *c, int dim) {
    mlrt_tensor *const *ts = c->arg[0].u.ts, *y = c->y[0], part;
    int64_t at = 0;
    int err = 0;
    for (int j = 0; j < c->arg[0].n && !err; j++) {
        if (!counts(ts[j]))
            continue;
        window(&part, y, ts[j], dim, at, false);
        err = place(c->m, ts[j], &part);
        at += ts[j]->shape[dim];
    }
    return err;
}

static int cat_forward(mlrt__call *c) {
    rows r;
    int dim, err = mlrt__dim(c, 1, c->y[0]->ndim, &dim);
    if (err)
        return err;
    return rows_of(c, dim, &r)
               ? mlrt__parallel(c->m, (r.outer + r.block - 1) / r.block,
                                rows_task, &r, true)
               : join_in_turn(c, dim);
}

/* The argument "dim" against the dimensions of a result. */
static int joined_dim(mlrt__walk *w, int ndim) {
    int64_t d = mlrt__arg(w, 1)->u.i;
    return (int)(d < 0 ? d + ndim : d);
}

static bool left_out(const mlrt__edge *e) {
    return e->ndim == 1 && e->shape[0] == 0;
}

/* Each gets the part of the gradient that lies where it was put. */
static void cat_backward(mlrt__walk *w) {
    mlrt_tensor *g = mlrt__g(w, 0);
    int n = mlrt__arg(w, 0)->n;
    int64_t at = 0;
    if (!g)
        return;
    int dim = joined_dim(w, g->ndim);
    for (int j = 0; j < n; j++) {
        const mlrt__edge *e = mlrt__operand_at(w, 0, j);
        if (left_out(e)) {
            if (mlrt__need_at(w, 0, j))
                mlrt__give_at(
                    w, 0, j,
                    mlrt_zeros(w->m, e->shape, 1, (mlrt_dtype)e->dtype));
            continue;
        }
        if (mlrt__need_at(w, 0, j))
            mlrt__give_at(w, 0, j,
                          mlrt_narrow(w->m, g, dim, at, e->shape[dim]));
        at += e->shape[dim];
    }
}

/* ---- stack ------------------------------------------------------------ */

static int stack_shape(mlrt__call *c) {
    mlrt_tensor *const *ts = c->arg[0].u.ts;
    int dtype, dim, err = some(c);
    if (!err)
        err = common_dtype(c, &dtype);
    if (!err && ts[0]->ndim == MLRT_MAX_DIMS)
        err = mlrt__bad(c, MLRT_ESHAPE, "more than %d dimensions",
                        MLRT_MAX_DIMS);
    if (!err)
        err = mlrt__dim(c, 1, ts[0]->ndim + 1, &dim);
    for (int j = 1; j < c->arg[0].n && !err; j++)
        if (!mlrt__same_shape(ts[j], ts[0]))
            err = differ(c, ts[0], j, "");
    if (err)
        return err;
    c->out[0].dtype = dtype;
    c->out[0].ndim = ts[0]->ndim + 1;
    for (int d = 0; d < c->out[0].ndim; d++)
        c->out[0].shape[d] = d == dim ? c->arg[0].n
                                      : ts[0]->shape[d < dim ? d : d - 1];
    return 0;
}

static int stack_forward(mlrt__call *c) {
    mlrt_tensor *const *ts = c->arg[0].u.ts, *y = c->y[0], part;
    int dim, err = mlrt__dim(c, 1, y->ndim, &dim);
    for (int j = 0; j < c->arg[0].n && !err; j++) {
        window(&part, y, ts[j], dim, j, true);
        err = place(c->m, ts[j], &part);
    }
    return err;
}

static void stack_backward(mlrt__walk *w) {
    mlrt_tensor *g = mlrt__g(w, 0);
    if (!g)
        return;
    int dim = joined_dim(w, g->ndim);
    for (int j = 0; j < mlrt__arg(w, 0)->n; j++)
        if (mlrt__need_at(w, 0, j))
            mlrt__give_at(w, 0, j, mlrt_select(w->m, g, dim, j));
}

/* ---- meshgrid --------------------------------------------------------- */

enum { IJ, XY };

/* Tensor j runs along dimension j; "xy" exchanges the first two. */
static int mesh_dim(int j, int n, bool xy) {
    return xy && n > 1 && j < 2 ? 1 - j : j;
}

static int mesh_check(const mlrt__call *c) {
    mlrt_tensor *const *ts = c->arg[0].u.ts;
    int n = c->arg[0].n, err = some(c);
    if (!err && n > MLRT_MAX_DIMS)
        err = mlrt__bad(c, MLRT_ESHAPE, "%d tensors; at most %d are possible",
                        n, MLRT_MAX_DIMS);
    for (int j = 0; j < n && !err; j++)
        if (ts[j]->ndim > 1)
            err = mlrt__bad(c, MLRT_ESHAPE,
                            "tensor %lld: at most one dimension expected, got "
                            "shape %s",
                            (long long)mlrt__shown(c->m, j), MLRT__ST(ts[j]));
    return err;
}

static int mesh_compose(mlrt__call *c) {
    mlrt_tensor *const *ts = c->arg[0].u.ts;
    int64_t shape[MLRT_MAX_DIMS], line[MLRT_MAX_DIMS];
    int n = c->arg[0].n, err = mesh_check(c);
    bool xy = mlrt__i(c, 1) == XY;
    if (!err)
        err = mlrt__outs(c, n);
    if (err)
        return err;
    for (int j = 0; j < n; j++)
        shape[mesh_dim(j, n, xy)] = ts[j]->numel;
    for (int j = 0; j < n; j++) {
        for (int d = 0; d < n; d++)
            line[d] = d == mesh_dim(j, n, xy) ? ts[j]->numel : 1;
        c->y[j] = mlrt_expand(c->m, mlrt_reshape(c->m, ts[j], line, n), shape,
                              n);
    }
    return 0;
}

/* ---- Rows ------------------------------------------------------------- */

const mlrt__op mlrt__join[] = {
    {.name = "cat",
     .args = "tensors: tensors, dim: dim = 0",
     .outs = "y",
     .doc = "The tensors one after the other along dim. Their shapes are equal "
            "in the other dimensions; tensors of shape (0) are left out. "
            "Mixed dtypes are promoted.",
     .shape = cat_shape,
     .forward = cat_forward,
     .backward = cat_backward,
     .samples = SAMPLES(
         "{r(2,3), r(1,3)}", "{r(2,3), r(2,1), r(2,0)}, 2",
         "{r(3,2):t(), r(2,2)}, {dim=-1}", "{r(0), r(2,3)}", "{r(2), i(3)}",
         "{i(2), i(1)}", "{ix{1,2}, ix{3}}", "{r(0), r(0)}",
         "{b{true}, b{false,true}}", "!{} -- the list of tensors is empty",
         "!{r()} -- no dim to join; use stack",
         "!{r(2,3), r(2)}, 1 -- tensor 2 has shape (2)",
         "!{r(2,3), r(2,2)} -- they may differ in the joined dim",
         "!{r(2,3), r(2,3)}, 3 -- dim 3 is out of range",
         "!{ix{1}, i(1)} -- index and i64 do not mix")},
    {.name = "stack",
     .args = "tensors: tensors, dim: dim = 0",
     .outs = "y",
     .doc = "The tensors, all of one shape, along a new dimension dim. Mixed "
            "dtypes are promoted.",
     .shape = stack_shape,
     .forward = stack_forward,
     .backward = stack_backward,
     .samples = SAMPLES("{r(2,3), r(2,3)}", "{r(2,3), r(2,3), r(2,3)}, 2",
                        "{r(3,2):t(), r(2,3)}, {dim=-1}", "{r(), r()}",
                        "{r(0,2), r(0,2)}", "{r(2), i(2)}",
                        "{ix{1,2}, ix{3,1}}",
                        "!{} -- the list of tensors is empty",
                        "!{r(2), r(3)} -- tensor 2 has shape (3)",
                        "!{r(2)}, 3 -- dim 3 is out of range",
                        "!{ix{1}, i(1)} -- index and i64 do not mix")},
    {.name = "meshgrid",
     .args = "tensors: tensors, indexing: ij|xy = ij",
     .outs = "grids...",
     .doc = "For n vectors n tensors of n dimensions: the first varies along "
            "the first dimension as its vector does and repeats along the "
            "others, and so on. indexing \"xy\" exchanges the first two "
            "dimensions. The grids are views of the vectors; write into a "
            "clone.",
     .compose = mesh_compose,
     .samples = SAMPLES("{r(2), r(3)}", "{r(2), r(3)}, \"xy\"",
                        "{r(2), r(), r(3)}, {indexing=\"xy\"}", "{r(2)}",
                        "{i(2), r(0)}", "!{} -- the list of tensors is empty",
                        "!{r(2), r(2,3)} -- at most one dimension expected",
                        "!{r(2)}, \"ji\" -- one of ij|xy expected")},
    {0},
};
