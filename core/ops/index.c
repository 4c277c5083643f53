/* index.c: slices along any dimension, chosen by position.
 *
 * Slices are moved as bytes, so every dtype works.  Positions are checked
 * before anything is written.  Writers that add (index_add, the gradient of
 * embedding) go through the positions in order, each task with columns of
 * its own, so equal positions always add up alike.
 */
#include "index.h"
#include "../copy.h"
#include "elementwise.h"
#include "fold.h"

enum { GRAIN = 1 << 15 }; /* elements moved by a task */

static const int64_t *positions(const mlrt_tensor *t) {
    return (const int64_t *)(const void *)mlrt__ptr(t);
}

static int64_t at_least_one(int64_t n) {
    return n > 1 ? n : 1;
}

/* The shape of x with `n` in place of dimension dim. */
static int replace_dim(mlrt__call *c, const mlrt_tensor *x, int dim,
                       int64_t n) {
    mlrt__out_like(c, 0, x);
    if (x->ndim)
        c->out[0].shape[dim] = n;
    else if (n != 1)
        return mlrt__out(c, 0, x->dtype, 1, &n);
    return 0;
}

int mlrt__want_vector(const mlrt__call *c, const mlrt_tensor *index) {
    if (index->ndim <= 1)
        return 0;
    return mlrt__bad(c, MLRT_ESHAPE,
                     "index: 1 dimension expected, got shape %s",
                     MLRT__ST(index));
}

static int64_t dim_size(const mlrt_tensor *x, int dim) {
    return x->ndim ? x->shape[dim] : 1;
}

/* ---- index_select, index_add ------------------------------------------ */

/* Rows of `bytes` bytes: y[o][k] = x[o][index[k]], o < outer, k < n. */
typedef struct rows {
    const char *x;
    char *y;
    const int64_t *index;
    int64_t size, n, total, block; /* rows of x and y for each o */
    size_t bytes;
} rows;

enum { LINE = 64, AHEAD = 8 /* rows fetched before they are read */ };

/* Whole lines without a call for each row; other lengths with one. */
static inline __attribute__((always_inline)) void
copy_row(char *y, const char *x, size_t bytes, bool lines) {
    if (!lines)
        memcpy(y, x, bytes);
    for (size_t i = 0; lines && i < bytes; i += LINE)
        memcpy(y + i, x + i, LINE);
}

static inline __attribute__((always_inline)) void
copy_rows(const rows *r, int64_t k, int64_t end, size_t bytes, bool lines) {
    int64_t o = k / r->n, at = k % r->n;
    for (; k < end; k++) {
        const char *x = r->x + (size_t)(o * r->size) * bytes;
        int64_t from = r->index[at];
        char *y = r->y + (size_t)k * bytes;
        int64_t ahead = lines && at + AHEAD < r->n ? r->index[at + AHEAD] : -1;
        for (size_t i = 0; ahead >= 0 && i < bytes; i += LINE)
            __builtin_prefetch(x + (size_t)ahead * bytes + i);
        if (from < 0)
            memset(y, 0, bytes);
        else
            copy_row(y, x + (size_t)from * bytes, bytes, lines);
        if (++at == r->n) {
            at = 0;
            o++;
        }
    }
}

static void select_task(void *arg, int64_t i) {
    const rows *r = arg;
    int64_t k = i * r->block, end = k + r->block;
    end = end < r->total ? end : r->total;
    switch (r->bytes) { /* rows of one element are moved inline */
    case 4: copy_rows(r, k, end, 4, false); break;
    case 8: copy_rows(r, k, end, 8, false); break;
    default:
        if (r->bytes % LINE == 0 && r->bytes <= LINE * 8)
            copy_rows(r, k, end, r->bytes, true);
        else
            copy_rows(r, k, end, r->bytes, false);
    }
}

int mlrt__select_rows(mlrt__call *c, const mlrt_tensor *x, int dim,
                      const mlrt_tensor *index) {
    mlrt__lines l;
    mlrt__lines_of(&l, x, dim);
    rows r = {.x = mlrt__ptr(x),
              .y = mlrt__ptr(c->y[0]),
              .index = positions(index),
              .size = l.n,
              .n = index->numel,
              .total = l.outer * index->numel,
              .block = at_least_one(GRAIN / at_least_one(l.inner)),
              .bytes = (size_t)l.inner * mlrt__dsize(x->dtype)};
    if (c->y[0]->numel == 0)
        return 0;
    return mlrt__parallel(c->m, (r.total + r.block - 1) / r.block, select_task,
                          &r, true);
}

static int select_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0), *index = mlrt__t(c, 2);
    int dim, err = mlrt__dim(c, 1, x->ndim, &dim);
    if (!err)
        err = mlrt__want_vector(c, index);
    if (!err)
        err = mlrt__check_index(c, index, dim_size(x, dim), false);
    return err ? err : replace_dim(c, x, dim, index->numel);
}

static int select_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    int dim, err = mlrt__dim(c, 1, x->ndim, &dim);
    return err ? err : mlrt__select_rows(c, x, dim, mlrt__t(c, 2));
}

static void select_backward(mlrt__walk *w) {
    mlrt__give(w, 0,
               mlrt_index_add(w->m, mlrt__zeros_of(w, 0), mlrt__arg(w, 1)->u.i,
                              mlrt__in(w, 2), mlrt__g(w, 0)));
}

/* y[o][to[k]][j] += x[o][k][j] for columns j0 <= j < j1. */
typedef struct add_job {
    const char *x;
    char *y;
    const int64_t *to;
    int64_t outer, size, n, inner, block, blocks;
    int dtype;
} add_job;

#define T float
#define NAME add_f32
#include "index_add.inc"
#define T double
#define NAME add_f64
#include "index_add.inc"
#define T uint64_t
#define NAME add_i64
#include "index_add.inc"
#define T uint32_t
#define NAME add_i32
#include "index_add.inc"
#define T uint8_t
#define NAME add_u8
#include "index_add.inc"

static void add_task(void *arg, int64_t i) {
    const add_job *a = arg;
    int64_t o = i / a->blocks, j0 = i % a->blocks * a->block;
    int64_t j1 = j0 + a->block < a->inner ? j0 + a->block : a->inner;
    switch (a->dtype) {
    case MLRT_F32: add_f32(a, o, j0, j1); break;
    case MLRT_F64: add_f64(a, o, j0, j1); break;
    case MLRT_I64: add_i64(a, o, j0, j1); break;
    case MLRT_I32: add_i32(a, o, j0, j1); break;
    default: add_u8(a, o, j0, j1); break;
    }
}

enum { WIDE = 512 }; /* columns in one go: narrower ones waste the cache */

/* Adds rows of x to those of y (contiguous both) along dim. */
int mlrt__add_rows(mlrt *m, const mlrt_tensor *y, int dim,
                   const mlrt_tensor *index, const mlrt_tensor *x) {
    mlrt__lines l;
    mlrt__lines_of(&l, y, dim);
    int64_t block = GRAIN / at_least_one(index->numel);
    add_job a = {.x = mlrt__ptr(x),
                 .y = mlrt__ptr(y),
                 .to = positions(index),
                 .outer = l.outer,
                 .size = l.n,
                 .n = index->numel,
                 .inner = l.inner,
                 .block = block < WIDE ? WIDE : block,
                 .dtype = y->dtype};
    a.blocks = (a.inner + a.block - 1) / a.block;
    if (x->numel == 0)
        return 0;
    return mlrt__parallel(m, a.outer * a.blocks, add_task, &a, false);
}

int mlrt__want_arithmetic(const mlrt__call *c, const mlrt_tensor *x) {
    if (x->dtype != MLRT_BOOL && x->dtype != MLRT_INDEX)
        return 0;
    return mlrt__bad(c, MLRT_EDTYPE,
                     "%s has no arithmetic; convert with "
                     "x:to(\"i64\")",
                     mlrt_dtype_name((mlrt_dtype)x->dtype));
}

/* `source` must be x's dtype, and of x's shape with n along dim. */
static int check_source(mlrt__call *c, const mlrt_tensor *x, int dim, int64_t n,
                        const mlrt_tensor *source) {
    int64_t want[MLRT_MAX_DIMS];
    char text[MLRT__SHAPE_TEXT];
    memcpy(want, x->shape, sizeof want);
    want[dim] = n;
    size_t bytes = (size_t)x->ndim * sizeof *want;
    if (source->ndim == x->ndim && source->dtype == x->dtype &&
        memcmp(source->shape, want, bytes) == 0)
        return 0;
    return mlrt__bad(c, MLRT_ESHAPE, "source: %s %s expected, got %s %s",
                     mlrt_dtype_name((mlrt_dtype)x->dtype),
                     mlrt__shape_text(text, x->ndim, want),
                     mlrt_dtype_name((mlrt_dtype)source->dtype),
                     MLRT__ST(source));
}

static int index_add_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0), *index = mlrt__t(c, 2);
    int dim, err = mlrt__dim(c, 1, x->ndim, &dim);
    if (!err)
        err = mlrt__want_vector(c, index);
    if (!err)
        err = mlrt__want_arithmetic(c, x);
    if (!err)
        err = check_source(c, x, dim, index->numel, mlrt__t(c, 3));
    if (!err)
        err = mlrt__check_index(c, index, dim_size(x, dim), false);
    return err ? err : mlrt__out_like(c, 0, x);
}

static int index_add_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    int dim, err = mlrt__dim(c, 1, x->ndim, &dim);
    if (!err)
        err = mlrt__copy_into(c->m, x, c->y[0]);
    return err ? err
               : mlrt__add_rows(c->m, c->y[0], dim, mlrt__t(c, 2),
                                mlrt__t(c, 3));
}

static void index_add_backward(mlrt__walk *w) {
    mlrt__give(w, 0, mlrt__g(w, 0));
    if (mlrt__need(w, 3))
        mlrt__give(w, 3,
                   mlrt_index_select(w->m, mlrt__g(w, 0), mlrt__arg(w, 1)->u.i,
                                     mlrt__in(w, 2)));
}

/* ---- index_fill, index_assign_ ---------------------------------------- */

/* t at position `at` along dim, as a tensor that lives in *out. */
static const mlrt_tensor *slice(mlrt_tensor *out, const mlrt_tensor *t, int dim,
                                int64_t at) {
    *out = *t;
    if (t->ndim == 0)
        return out;
    out->ndim--;
    out->offset += at * t->stride[dim];
    out->numel = 1;
    for (int d = 0; d < out->ndim; d++) {
        out->shape[d] = t->shape[d < dim ? d : d + 1];
        out->stride[d] = t->stride[d < dim ? d : d + 1];
        out->numel *= out->shape[d];
    }
    return out;
}

/* v broadcast to the shape of x with n along dim, in *out; false: it does
 * not fit. */
static bool spread(mlrt_tensor *out, const mlrt_tensor *v, const mlrt_tensor *x,
                   int dim, int64_t n) {
    int lead = x->ndim - v->ndim;
    *out = *v;
    out->ndim = x->ndim;
    out->numel = 1;
    for (int d = 0; d < x->ndim; d++) {
        int64_t size = d < lead ? 1 : v->shape[d - lead];
        int64_t want = d == dim ? n : x->shape[d];
        if (size != 1 && size != want)
            return false;
        out->shape[d] = want;
        out->stride[d] = size == 1 ? 0 : v->stride[d - lead];
        out->numel *= want;
    }
    return lead >= 0;
}

static int assign_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0), *index = mlrt__t(c, 2);
    const mlrt_tensor *v = mlrt__t(c, 3);
    mlrt_tensor wide;
    int dim, err = mlrt__dim(c, 1, x->ndim, &dim);
    if (!err)
        err = mlrt__want_vector(c, index);
    if (!err)
        err = mlrt__check_index(c, index, dim_size(x, dim), false);
    if (!err && !(v->flags & MLRT__WRAPPED) && v->dtype != x->dtype)
        err = mlrt__bad(c, MLRT_EDTYPE,
                        "value: %s expected, as the target, got %s",
                        mlrt_dtype_name((mlrt_dtype)x->dtype),
                        mlrt_dtype_name((mlrt_dtype)v->dtype));
    if (!err && (v->ndim > x->ndim || !spread(&wide, v, x, dim, index->numel)))
        err = mlrt__bad(c, MLRT_ESHAPE,
                        "value %s does not fit in %lld slices of %s",
                        MLRT__ST(v), (long long)index->numel, MLRT__ST(x));
    return err ? err : mlrt__out_like(c, 0, x);
}

static int assign_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0), *index = mlrt__t(c, 2);
    const int64_t *at = positions(index);
    mlrt_tensor wide, from, to;
    int dim, err = mlrt__dim(c, 1, x->ndim, &dim);
    if (!err && x != c->y[0])
        err = mlrt__copy_into(c->m, x, c->y[0]);
    if (err)
        return err;
    spread(&wide, mlrt__t(c, 3), x, dim, index->numel);
    for (int64_t k = 0; k < index->numel && !err; k++) {
        slice(&from, &wide, dim, k);
        slice(&to, c->y[0], dim, at[k]);
        err = mlrt__copy_into(c->m, &from, &to);
    }
    return err;
}

/* Of several values for one slice the last counts, but all get its
 * gradient. */
static void assign_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    int64_t dim = mlrt__arg(w, 1)->u.i;
    mlrt_tensor *index = mlrt__in(w, 2), *g = mlrt__g(w, 0);
    if (mlrt__need(w, 0))
        mlrt__give(w, 0, mlrt_index_fill(m, g, dim, index, mlrt_number(m, 0)));
    if (mlrt__need(w, 3))
        mlrt__give(w, 3, mlrt_index_select(m, g, dim, index));
}

/* ---- one_hot, repeat_interleave --------------------------------------- */

static int repeat_compose(mlrt__call *c) {
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, 0);
    int64_t times = mlrt__i(c, 1), n;
    int dim = 0, err = 0;
    if (times < 0)
        return mlrt__bad(c, MLRT_EARG, "repeats: 0 or more expected, got %lld",
                         (long long)times);
    if (mlrt__has(c, 2))
        err = mlrt__dim(c, 2, x->ndim, &dim);
    else
        x = mlrt_reshape(m, x, &x->numel, 1);
    if (err || !x)
        return err;
    if (__builtin_mul_overflow(dim_size(x, dim), times, &n))
        return mlrt__bad(c, MLRT_ESHAPE, "%lld repeats are too many",
                         (long long)times);
    mlrt_tensor *index = mlrt_empty(m, MLRT_INDEX, 1, &n);
    for (int64_t i = 0; index && i < n; i++)
        ((int64_t *)(void *)mlrt__ptr(index))[i] = i / times;
    c->y[0] = mlrt_index_select(m, x, dim, index);
    return 0;
}

/* ---- Rows ------------------------------------------------------------- */

const mlrt__op mlrt__index[] = {
    {.name = "index_select",
     .args = "x: tensor, dim: dim, index: index",
     .outs = "y",
     .doc = "The slices of x at the given positions along dim, in that "
            "order. index: 0 or 1 dimensions.",
     .contiguous = MLRT__IN(0) | MLRT__IN(2),
     .shape = select_shape,
     .forward = select_forward,
     .backward = select_backward,
     .saves = {MLRT__IN(2)},
     .samples = SAMPLES("r(3,2), 1, ix{3,1,3}", "r(3,2), 2, ix{2}",
                        "r(2,3,4), -2, ix{3,1}", "r(3), 1, ix{2,2}",
                        "r(2,3):t(), 1, ix{3,1}",
                        "!r(3,2), 1, ix{4} -- out of range 1..3",
                        "!r(3,2), 1, r(2) -- index expected")},
    {.name = "index_add",
     .args = "x: tensor, dim: dim, index: index, source: tensor",
     .outs = "y",
     .doc = "x with the slices of source added at the given positions along "
            "dim; equal positions add up, in order. source: x's dtype, and "
            "x's shape with the length of index along dim.",
     .contiguous = MLRT__IN(2) | MLRT__IN(3),
     .shape = index_add_shape,
     .forward = index_add_forward,
     .backward = index_add_backward,
     .saves = {0, 0, 0, MLRT__IN(2)},
     .samples = SAMPLES("r(3,2), 1, ix{3,3}, r(2,2)",
                        "r(2,3), 2, ix{1}, r(2,1)", "r(3), 1, ix{2,2}, r(2)",
                        "!r(3,2), 1, ix{3,1}, r(3,2) -- source")},
    {.name = "index_fill",
     .args = "x: tensor, dim: dim, index: index, value: operand",
     .outs = "y",
     .doc = "x with the slices at the given positions along dim replaced by "
            "value, which broadcasts.",
     .inplace = true,
     .contiguous = MLRT__IN(2),
     .shape = assign_shape,
     .forward = assign_forward,
     .backward = assign_backward,
     .saves = {MLRT__IN(2), 0, 0, MLRT__IN(2)},
     .samples = SAMPLES("r(3,2), 1, ix{3,1}, 5", "r(3,2), 2, ix{1}, r()",
                        "r(3), 1, ix{2}, r(1)")},
    {.name = "index_assign_",
     .args = "x: tensor, dim: dim, index: index, value: operand",
     .outs = "y",
     .kind = MLRT_INPLACE,
     .doc = "Replaces the slices of x at the given positions along dim by "
            "value, which broadcasts: x[index] = value.",
     .contiguous = MLRT__IN(2),
     .shape = assign_shape,
     .forward = assign_forward,
     .backward = assign_backward,
     .saves = {MLRT__IN(2), 0, 0, MLRT__IN(2)},
     .samples = SAMPLES("r(3,2):clone(), 1, ix{3,1}, 5",
                        "r(3,2):clone(), 1, ix{3,1}, r(2)",
                        "r(3,2):clone(), 2, ix{1}, r(3,1)",
                        "!r(3,2):clone(), 1, ix{3,1}, r(3) -- does not fit")},
    {.name = "repeat_interleave",
     .args = "x: tensor, repeats: int, dim: dim?",
     .outs = "y",
     .doc = "Every slice of x along dim `repeats` times in a row; without "
            "dim, every element of x flattened.",
     .compose = repeat_compose,
     .samples = SAMPLES("r(2,3), 2", "r(2,3), 2, 1", "r(2,3), 3, {dim=-1}",
                        "!r(2), -1 -- 0 or more expected")},
    {0},
};
