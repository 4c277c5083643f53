/* embed.c: rows of a table by position: embeddings, batches of pixels, and
 * the table of ones and zeros that one_hot stands for.
 */
#include <math.h>

#include "../copy.h"
#include "../kernels/copy.h"
#include "element.h"
#include "elementwise.h"
#include "index.h"

enum { GRAIN = 1 << 15 }; /* elements moved by a task */

static const int64_t *positions(const mlrt_tensor *t) {
    return (const int64_t *)(const void *)mlrt__ptr(t);
}

static int64_t at_least_one(int64_t n) {
    return n > 1 ? n : 1;
}

/* ---- embedding -------------------------------------------------------- */

enum { WEIGHT, INDEX, MAX_NORM, NORM_TYPE };

/* max_norm writes into the weight, which has to be the caller's own. */
static int renorm_check(const mlrt__call *c) {
    const mlrt_tensor *w = mlrt__t(c, WEIGHT);
    int err = mlrt__want_float(c, WEIGHT);
    if (!err && !mlrt__contiguous(w))
        err = mlrt__bad(c, MLRT_EARG,
                        "max_norm wants a contiguous weight, which it writes "
                        "into");
    if (!err && mlrt__d(c, NORM_TYPE) != mlrt__d(c, NORM_TYPE))
        err = mlrt__bad(c, MLRT_EARG, "argument 'norm_type' is nan");
    return err ? err : mlrt__check_writable(c->m, c->op->name, w);
}

/* The p-norm of row i, of n elements. */
static double row_norm(const mlrt_tensor *w, int64_t i, int64_t n, double p) {
    double sum = 0, most = 0;
    for (int64_t k = 0; k < n; k++) {
        double v = fabs(mlrt__get(w->dtype, mlrt__ptr(w), i * n + k));
        most = v > most || v != v ? v : most;
        sum += p == 2 ? v * v : p == 1 ? v : p == 0 ? v != 0 : pow(v, p);
    }
    return isinf(p) ? most : p == 2 ? sqrt(sum) : p ? pow(sum, 1 / p) : sum;
}

/* Rows that are looked up and longer than max_norm become that long, as
 * PyTorch's renorm: times max_norm / (norm + 1e-7). */
static void renorm(const mlrt__call *c) {
    mlrt_tensor *w = mlrt__t(c, WEIGHT);
    const mlrt_tensor *index = mlrt__t(c, INDEX);
    double most = mlrt__d(c, MAX_NORM), p = mlrt__d(c, NORM_TYPE);
    int64_t n = w->shape[1];
    for (int64_t i = 0; i < index->numel; i++) {
        int64_t row = positions(index)[i];
        double norm = row < 0 ? 0 : row_norm(w, row, n, p);
        for (int64_t k = row * n; norm > most && k < (row + 1) * n; k++) {
            double v = mlrt__get(w->dtype, mlrt__ptr(w), k);
            mlrt__put(w->dtype, mlrt__ptr(w), k, v * (most / (norm + 1e-7)));
        }
    }
    mlrt__wrote(w, c->op->name);
}

static int embedding_shape(mlrt__call *c) {
    const mlrt_tensor *w = mlrt__t(c, 0), *index = mlrt__t(c, 1);
    int64_t shape[MLRT_MAX_DIMS + 1];
    int err = mlrt__want_ndim(c, 0, 2);
    if (!err && mlrt__has(c, MAX_NORM))
        err = renorm_check(c);
    if (err)
        return err;
    if (index->ndim == MLRT_MAX_DIMS)
        return mlrt__bad(c, MLRT_ESHAPE, "index %s has too many dimensions",
                         MLRT__ST(index));
    err = mlrt__check_index(c, index, w->shape[0], true);
    memcpy(shape, index->shape, sizeof index->shape);
    shape[index->ndim] = w->shape[1];
    return err ? err : mlrt__out(c, 0, w->dtype, index->ndim + 1, shape);
}

static int embedding_forward(mlrt__call *c) {
    if (mlrt__has(c, MAX_NORM))
        renorm(c);
    return mlrt__select_rows(c, mlrt__t(c, 0), 0, mlrt__t(c, 1));
}

static void embedding_backward(mlrt__walk *w) {
    int64_t rows_of_weight = mlrt__operand(w, 0)->shape[0];
    mlrt__give(w, 0,
               mlrt__embedding_grad(w->m, mlrt__g(w, 0), mlrt__in(w, 1),
                                    rows_of_weight));
}

static int embedding_grad_shape(mlrt__call *c) {
    const mlrt_tensor *g = mlrt__t(c, 0), *index = mlrt__t(c, 1);
    if (g->ndim != index->ndim + 1 || mlrt__i(c, 2) < 0)
        return mlrt__bad(c, MLRT_ESHAPE, "g %s and index %s do not fit",
                         MLRT__ST(g), MLRT__ST(index));
    int64_t shape[2] = {mlrt__i(c, 2), g->shape[g->ndim - 1]};
    int err = mlrt__check_index(c, index, shape[0], true);
    if (!err)
        err = mlrt__want_arithmetic(c, g);
    return err ? err : mlrt__out(c, 0, g->dtype, 2, shape);
}

static int embedding_grad_forward(mlrt__call *c) {
    mlrt__fill(c->m, c->y[0], 0);
    return mlrt__add_rows(c->m, c->y[0], 0, mlrt__t(c, 1), mlrt__t(c, 0));
}

static void embedding_grad_backward(mlrt__walk *w) {
    mlrt__give(w, 0, mlrt_embedding(w->m, mlrt__g(w, 0), mlrt__in(w, 1)));
}

/* ---- gather_rows ------------------------------------------------------ */

/* y[k] = x[index[k]] * scale + shift, rows of `width` elements. */
typedef struct pixel_job {
    void (*scale)(const void *x, void *y, int64_t n, double scale,
                  double shift);
    const char *x;
    char *y;
    const int64_t *index;
    int64_t n, width, block; /* block: rows a task */
    size_t x_row, y_row;
    double factor, shift;
} pixel_job;

static void pixel_task(void *arg, int64_t i) {
    const pixel_job *j = arg;
    int64_t end = (i + 1) * j->block;
    if (end > j->n)
        end = j->n;
    for (int64_t k = i * j->block; k < end; k++)
        j->scale(j->x + (size_t)j->index[k] * j->x_row,
                 j->y + (size_t)k * j->y_row, j->width, j->factor, j->shift);
}

static int pixels_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0), *index = mlrt__t(c, 1);
    int dtype = x->dtype == MLRT_F64 ? MLRT_F64 : MLRT_F32;
    if (x->dtype != MLRT_U8 && !mlrt__is_float(x->dtype))
        return mlrt__bad(c, MLRT_EDTYPE,
                         "argument 'x': u8, f32 or f64 expected, got %s",
                         mlrt_dtype_name((mlrt_dtype)x->dtype));
    if (x->ndim == 0)
        return mlrt__bad(c, MLRT_ESHAPE, "x has no rows: its shape is ()");
    int err = mlrt__want_vector(c, index);
    if (!err)
        err = mlrt__check_index(c, index, x->shape[0], false);
    if (err)
        return err;
    mlrt__out(c, 0, dtype, x->ndim, x->shape);
    c->out[0].shape[0] = index->numel;
    return 0;
}

static int pixels_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0), *index = mlrt__t(c, 1);
    mlrt_tensor *y = c->y[0];
    int64_t width = 1;
    for (int d = 1; d < x->ndim; d++)
        width *= x->shape[d];
    pixel_job j = {.scale = c->m->k->copy->scale[x->dtype == MLRT_U8    ? 0
                                                 : x->dtype == MLRT_F32 ? 1
                                                                        : 2],
                   .x = mlrt__ptr(x),
                   .y = mlrt__ptr(y),
                   .index = positions(index),
                   .n = index->numel,
                   .block = at_least_one(GRAIN / at_least_one(width)),
                   .width = width,
                   .x_row = (size_t)width * mlrt__dsize(x->dtype),
                   .y_row = (size_t)width * mlrt__dsize(y->dtype),
                   .factor = mlrt__d(c, 2),
                   .shift = mlrt__d(c, 3)};
    if (y->numel == 0)
        return 0;
    return mlrt__parallel(c->m, (j.n + j.block - 1) / j.block, pixel_task, &j,
                          true);
}

static void pixels_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *g = mlrt_mul(m, mlrt__g(w, 0),
                              mlrt_number(m, mlrt__arg(w, 2)->u.d));
    mlrt__give(w, 0,
               mlrt_index_add(m, mlrt__zeros_of(w, 0), 0, mlrt__in(w, 1), g));
}

/* ---- one_hot ---------------------------------------------------------- */

/* The largest position, -1 if there is none. */
static int64_t largest(const mlrt_tensor *index) {
    int64_t most = -1;
    for (int64_t i = 0; i < index->numel; i++) {
        int64_t offset = 0, rest = i;
        for (int d = index->ndim - 1; d >= 0; d--) {
            offset += rest % index->shape[d] * index->stride[d];
            rest /= index->shape[d];
        }
        if (positions(index)[offset] > most)
            most = positions(index)[offset];
    }
    return most;
}

static int one_hot_shape(mlrt__call *c) {
    const mlrt_tensor *index = mlrt__t(c, 0);
    int64_t shape[MLRT_MAX_DIMS + 1], classes = 0;
    if (index->ndim == MLRT_MAX_DIMS)
        return mlrt__bad(c, MLRT_ESHAPE, "index %s has too many dimensions",
                         MLRT__ST(index));
    if (mlrt__has(c, 1))
        classes = mlrt__i(c, 1);
    else
        classes = largest(index) + 1;
    int err = mlrt__check_index(c, index, classes, true);
    memcpy(shape, index->shape, sizeof index->shape);
    shape[index->ndim] = classes;
    return err ? err : mlrt__out(c, 0, MLRT_I64, index->ndim + 1, shape);
}

static int one_hot_forward(mlrt__call *c) {
    const mlrt_tensor *index = mlrt__t(c, 0);
    int64_t classes = c->out[0].shape[c->out[0].ndim - 1];
    int64_t *y = (int64_t *)(void *)mlrt__ptr(c->y[0]);
    mlrt__fill(c->m, c->y[0], 0);
    for (int64_t i = 0; i < index->numel; i++)
        if (positions(index)[i] >= 0)
            y[i * classes + positions(index)[i]] = 1;
    return 0;
}

/* ---- Rows ------------------------------------------------------------- */

const mlrt__op mlrt__embed[] = {
    {.name = "embedding",
     .args = "weight: tensor, index: index; max_norm: number?, norm_type: "
             "number = 2",
     .outs = "y",
     .doc = "The rows of weight (rows, width) at the given positions: shape "
            "of index with the width appended. none gives a row of zeros, "
            "and no gradient. Rows that are asked for and have a norm (the "
            "p-norm, p being norm_type) above max_norm are first scaled to "
            "it, in the weight itself, which no gradient knows of.",
     .contiguous = MLRT__IN(0) | MLRT__IN(1),
     .shape = embedding_shape,
     .forward = embedding_forward,
     .backward = embedding_backward,
     .saves = {MLRT__IN(1)},
     .samples = SAMPLES(
         "r(4,2), ix{3,1,3}", "r(4,2), ix{{1,2},{4,4}}",
         "r(4,2), ix{2}:select(1, 1)",
         "!i(4,2), ix{1}, {max_norm=1} -- f32 or f64 expected",
         "!r(2,4):t(), ix{1}, {max_norm=1} -- wants a contiguous",
         "!r(4,2), ix{1}, {max_norm=1, norm_type=0/0} -- is nan",
         "!r(4,2), ix{5} -- out of range 1..4",
         "!r(4), ix{1} -- 2 dimensions expected")},
    {.name = "gather_rows",
     .args = "x: tensor, index: index, scale: number = 1, shift: number = 0",
     .outs = "y",
     .doc = "x[index] * scale + shift, rows of the first dimension, in one "
            "pass: a batch of pixels as f32. x: u8 or f32 (gives f32), or "
            "f64 (gives f64).",
     .contiguous = MLRT__IN(0) | MLRT__IN(1),
     .shape = pixels_shape,
     .forward = pixels_forward,
     .backward = pixels_backward,
     .saves = {MLRT__IN(1)},
     .samples = SAMPLES("r(3,2), ix{3,1,3}", "r(3,2,2), ix{2}, 0.5, -1",
                        "r(3), ix{2,2}, {shift=1}",
                        "!i(3,2), ix{1} -- u8, f32 or f64 expected",
                        "!r(3,2), ix{4} -- out of range 1..3")},
    {.name = "one_hot",
     .args = "index: index, classes: int?",
     .outs = "y",
     .doc = "i64 of index's shape with the classes appended: 1 at the class "
            "of each element, 0 elsewhere; none gives zeros only. classes: "
            "absent, as many as the largest class needs.",
     .contiguous = MLRT__IN(0),
     .shape = one_hot_shape,
     .forward = one_hot_forward,
     .samples = SAMPLES("ix{1,3}", "ix{1,3}, 5",
                        "!ix{1,3}, 2 -- out of range 1..2")},
    {.name = "_embedding_grad",
     .args = "g: tensor, index: index, rows: int",
     .outs = "gweight",
     .doc = "First gradient of embedding: the rows of g added up where index "
            "says.",
     .contiguous = MLRT__IN(0) | MLRT__IN(1),
     .shape = embedding_grad_shape,
     .forward = embedding_grad_forward,
     .backward = embedding_grad_backward,
     .saves = {MLRT__IN(1)},
     .samples = SAMPLES("r(3,2), ix{3,1,3}, 4")},
    {0},
};
