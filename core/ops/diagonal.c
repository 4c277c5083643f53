/* diagonal.c: diagonals and triangles of matrices. */
#include "../copy.h"
#include "part.h"

enum { GRAIN = 1 << 15 }; /* elements of a task */

/* Which diagonal, for a call from here: INT64_MIN would be an absent one. */
static int64_t offset_in(const mlrt__walk *w, int arg) {
    int64_t k = mlrt__arg(w, arg)->u.i;
    return k == MLRT_ABSENT ? k + 1 : k;
}

/* ---- diagonal, diag --------------------------------------------------- */

/* How long the diagonal of a matrix (rows, columns) is that begins in column
 * k, or in row -k. */
static int64_t diagonal_length(int64_t rows, int64_t columns, int64_t k) {
    int64_t r = k < 0 ? (k <= -rows ? 0 : rows + k) : rows;
    int64_t n = k > 0 ? (k >= columns ? 0 : columns - k) : columns;
    return r < n ? r : n;
}

/* Makes *t its diagonal k over dims a and b, which becomes the last dim. */
static void to_diagonal(mlrt_tensor *t, int64_t k, int a, int b) {
    int64_t n = diagonal_length(t->shape[a], t->shape[b], k);
    int64_t stride = t->stride[a] + t->stride[b];
    int last = 0;
    if (n)
        t->offset += k > 0 ? k * t->stride[b] : -k * t->stride[a];
    for (int d = 0; d < t->ndim; d++) {
        if (d == a || d == b)
            continue;
        t->shape[last] = t->shape[d];
        t->stride[last++] = t->stride[d];
    }
    t->shape[last] = n;
    t->stride[last] = stride;
    t->ndim--;
    mlrt__part_count(t);
}

/* The two dims at arguments i and i + 1. */
static int two_dims(const mlrt__call *c, int i, int ndim, int *a, int *b) {
    int err = mlrt__dim(c, i, ndim, a);
    if (!err)
        err = mlrt__dim(c, i + 1, ndim, b);
    if (!err && *a == *b)
        err = mlrt__bad(c, MLRT_EARG, "dim %lld is given twice",
                        (long long)mlrt__shown(c->m, *a));
    return err;
}

static int diagonal_shape(mlrt__call *c) {
    mlrt_tensor t = *mlrt__t(c, 0);
    int a, b, err = two_dims(c, 2, t.ndim, &a, &b);
    if (err)
        return err;
    to_diagonal(&t, mlrt__i(c, 1), a, b);
    mlrt__view_of(c, 0, &t);
    return 0;
}

static void diagonal_backward(mlrt__walk *w) {
    const mlrt__edge *x = mlrt__operand(w, 0);
    mlrt__give(w, 0,
               mlrt__diagonal_grad(w->m, mlrt__g(w, 0), x->shape, x->ndim,
                                   offset_in(w, 1), mlrt__arg(w, 2)->u.i,
                                   mlrt__arg(w, 3)->u.i));
}

static int diagonal_grad_shape(mlrt__call *c) {
    const mlrt_tensor *g = mlrt__t(c, 0);
    const mlrt_arg *shape = &c->arg[1];
    mlrt_tensor x = {.ndim = (uint8_t)shape->n};
    int64_t numel;
    int a, b,
        err = mlrt__shape_numel(c->m, c->op->name, shape->n, shape->u.v,
                                &numel);
    if (!err)
        err = two_dims(c, 3, shape->n, &a, &b);
    if (err)
        return err;
    memcpy(x.shape, shape->u.v, (size_t)shape->n * sizeof *x.shape);
    to_diagonal(&x, mlrt__i(c, 2), a, b);
    if (!mlrt__same_shape(&x, g))
        return mlrt__bad(c, MLRT_ESHAPE, "g %s is not the diagonal %s",
                         MLRT__ST(g), MLRT__ST(&x));
    return mlrt__out(c, 0, g->dtype, shape->n, shape->u.v);
}

static int diagonal_grad_forward(mlrt__call *c) {
    mlrt_tensor y = *c->y[0];
    int a, b, err = two_dims(c, 3, y.ndim, &a, &b);
    if (err)
        return err;
    mlrt__fill(c->m, c->y[0], 0);
    to_diagonal(&y, mlrt__i(c, 2), a, b);
    return mlrt__copy_into(c->m, mlrt__t(c, 0), &y);
}

static void diagonal_grad_backward(mlrt__walk *w) {
    mlrt__give(w, 0,
               mlrt_diagonal(w->m, mlrt__g(w, 0), offset_in(w, 2),
                             mlrt__arg(w, 3)->u.i, mlrt__arg(w, 4)->u.i));
}

static int diag_compose(mlrt__call *c) {
    mlrt_tensor *x = mlrt__t(c, 0);
    int64_t k = mlrt__i(c, 1), n;
    k = k == MLRT_ABSENT ? k + 1 : k;
    if (x->ndim == 2)
        c->y[0] = mlrt_clone(c->m, mlrt_diagonal(c->m, x, k, 0, 1));
    if (x->ndim == 2)
        return 0;
    if (x->ndim != 1)
        return mlrt__bad(c, MLRT_ESHAPE, "1 or 2 dimensions expected, got %s",
                         MLRT__ST(x));
    if (__builtin_sub_overflow(x->shape[0], k < 0 ? k : -k, &n))
        return mlrt__bad(c, MLRT_ESHAPE, "diagonal %lld is too far out",
                         (long long)k);
    c->y[0] = mlrt__diagonal_grad(c->m, x, (int64_t[]){n, n}, 2, k, 0, 1);
    return 0;
}

/* ---- tril, triu ------------------------------------------------------- */

/* Rows of a matrix, of which a part becomes zero. */
typedef struct triangle {
    const mlrt_tensor *y;
    int64_t rows, columns, k, total, block;
    bool upper;
} triangle;

static void zero_run(char *p, int64_t step, int64_t n, size_t size) {
    if (step == (int64_t)size) {
        memset(p, 0, (size_t)n * size);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        memset(p + i * step, 0, size);
}

/* Row i keeps columns j <= i + k, or j >= i + k if upper. */
static void triangle_row(const triangle *t, int64_t row) {
    const mlrt_tensor *y = t->y;
    int64_t size = (int64_t)mlrt__dsize(y->dtype), i = row % t->rows;
    int64_t edge = i + t->k + (t->upper ? 0 : 1), rest = row / t->rows;
    char *p = mlrt__ptr(y) + i * y->stride[y->ndim - 2] * size;
    for (int d = y->ndim - 3; d >= 0; d--) {
        p += rest % y->shape[d] * y->stride[d] * size;
        rest /= y->shape[d];
    }
    edge = edge < 0 ? 0 : edge > t->columns ? t->columns : edge;
    int64_t step = y->stride[y->ndim - 1] * size;
    if (t->upper)
        zero_run(p, step, edge, (size_t)size);
    else
        zero_run(p + edge * step, step, t->columns - edge, (size_t)size);
}

static void triangle_task(void *arg, int64_t i) {
    const triangle *t = arg;
    int64_t end = (i + 1) * t->block;
    for (int64_t r = i * t->block; r < end && r < t->total; r++)
        triangle_row(t, r);
}

static int triangle_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    if (x->ndim < 2)
        return mlrt__bad(c, MLRT_ESHAPE,
                         "2 or more dimensions expected, got %s", MLRT__ST(x));
    return mlrt__out_like(c, 0, x);
}

static int triangle_forward(mlrt__call *c, bool upper) {
    const mlrt_tensor *x = mlrt__t(c, 0), *y = c->y[0];
    int err = x == y ? 0 : mlrt__copy_into(c->m, x, c->y[0]);
    if (err || y->numel == 0)
        return err;
    int64_t k = mlrt__i(c, 1);
    triangle t = {.y = y,
                  .rows = y->shape[y->ndim - 2],
                  .columns = y->shape[y->ndim - 1],
                  .upper = upper};
    t.total = y->numel / t.columns;
    t.block = t.columns < GRAIN ? GRAIN / t.columns : 1;
    t.k = k < -t.rows ? -t.rows : k > t.columns ? t.columns : k;
    return mlrt__parallel(c->m, (t.total + t.block - 1) / t.block,
                          triangle_task, &t, false);
}
static int tril_forward(mlrt__call *c) {
    return triangle_forward(c, false);
}
static int triu_forward(mlrt__call *c) {
    return triangle_forward(c, true);
}

static void tril_backward(mlrt__walk *w) {
    mlrt__give(w, 0, mlrt_tril(w->m, mlrt__g(w, 0), offset_in(w, 1)));
}
static void triu_backward(mlrt__walk *w) {
    mlrt__give(w, 0, mlrt_triu(w->m, mlrt__g(w, 0), offset_in(w, 1)));
}

/* ---- Rows ------------------------------------------------------------- */

const mlrt__op mlrt__diagonal[] = {
    {.name = "diagonal",
     .args = "x: tensor, offset: int = 0, dim1: dim = 0, dim2: dim = 1",
     .outs = "y",
     .kind = MLRT_VIEW,
     .doc = "The diagonal over dim1 and dim2 as the last dimension, in their "
            "place. offset > 0: that many columns (positions of dim2) further "
            "right; < 0: so many rows further down. A view.",
     .shape = diagonal_shape,
     .backward = diagonal_backward,
     .samples = SAMPLES("r(3,4)", "r(3,4), 1", "r(4,3), -2",
                        "r(2,3,4), 0, 2, 3", "r(2,3,4), {dim1=-1, dim2=1}",
                        "r(3,4):t(), 1", "r(2,2), 5", "r(0,3)",
                        "!r(3), 0 -- dim 2 is out of range",
                        "!r(2,2), 0, 1, -2 -- dim 1 is given twice")},
    {.name = "diag",
     .args = "x: tensor, diagonal: int = 0",
     .outs = "y",
     .doc = "A vector as the diagonal of a square matrix of zeros; the "
            "diagonal of a matrix as a vector, a copy. diagonal > 0: that far "
            "above the main one; < 0: below.",
     .compose = diag_compose,
     .samples = SAMPLES("r(3)", "r(2), 1", "r(2), -2", "r(3,4)", "r(3,4), -1",
                        "r(3,2):t()", "r(0)",
                        "!r(2,2,2) -- 1 or 2 dimensions expected",
                        "!r() -- 1 or 2 dimensions expected")},
    {.name = "tril",
     .args = "x: tensor, diagonal: int = 0",
     .outs = "y",
     .inplace = true,
     .doc = "The lower triangle of each matrix (the last two dimensions): "
            "y[i][j] = x[i][j] where j - i <= diagonal, else 0.",
     .shape = triangle_shape,
     .forward = tril_forward,
     .backward = tril_backward,
     .samples = SAMPLES("r(3,4)", "r(4,3), 1", "r(3,3), -1", "r(2,3,3)",
                        "r(3,4):t()", "r(3,3), 9", "r(3,3), -9", "r(0,3)",
                        "i(3,3)", "!r(3) -- 2 or more dimensions expected")},
    {.name = "triu",
     .args = "x: tensor, diagonal: int = 0",
     .outs = "y",
     .inplace = true,
     .doc = "The upper triangle of each matrix (the last two dimensions): "
            "y[i][j] = x[i][j] where j - i >= diagonal, else 0.",
     .shape = triangle_shape,
     .forward = triu_forward,
     .backward = triu_backward,
     .samples = SAMPLES("r(3,4)", "r(4,3), 1", "r(3,3), -1", "r(2,3,3)",
                        "r(3,4):t()", "r(3,3), 9", "r(3,3), -9", "r(0,3)",
                        "i(3,3)", "!r(3) -- 2 or more dimensions expected")},
    {.name = "_diagonal_grad",
     .args = "g: tensor, shape: shape, offset: int, dim1: dim, dim2: dim",
     .outs = "gx",
     .doc = "Zeros of a shape with g on the diagonal.",
     .shape = diagonal_grad_shape,
     .forward = diagonal_grad_forward,
     .backward = diagonal_grad_backward,
     .samples = SAMPLES("r(3), {3,4}, 1, 1, 2", "r(3,1), {2,3,4}, -1, 1, 3",
                        "!r(2), {3,4}, 0, 1, 2 -- is not the diagonal")},
    {0},
};
