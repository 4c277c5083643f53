/* lapack.c: LAPACK for f32 and f64 behind one table, and running it over a
 * batch of matrices.
 *
 * LAPACKE's `_work` functions allocate nothing: their work space is part of
 * the call's scratch.  A batch is dealt to a fixed number of lanes, each with
 * work space of its own.
 */
#include "lapack.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

#include "kernels/copy.h"
#ifdef MLRT_NO_BLAS
#define CALLS "lapack_none.inc"
#else
#include <cblas.h>
#include <lapacke.h>
#define CALLS "lapack_calls.inc"
#endif

enum { BLOCK = 32 }; /* side of a block that stays in the cache */
enum { MLRT__NO_LAPACK = INT_MIN };

/* clang-format off */
#define FN(f) MLRT__GLUE(f, NAME)
#define T float
#define NAME f32
#define LAPACK(f) LAPACKE_s##f##_work
#define BLAS(f) cblas_s##f
#include CALLS
#include "lapack.inc"

#define FN(f) MLRT__GLUE(f, NAME)
#define T double
#define NAME f64
#define LAPACK(f) LAPACKE_d##f##_work
#define BLAS(f) cblas_d##f
#include CALLS
#include "lapack.inc"
/* clang-format on */

/* Does the library lack LAPACK?  Then says so. */
static int lacking(const mlrt__call *c) {
#ifdef MLRT_NO_BLAS
    return mlrt__bad(c, MLRT_ESTATE, "built without LAPACK");
#else
    (void)c;
    return 0;
#endif
}

const mlrt__lapack *mlrt__lapack_for(int dtype) {
    return dtype == MLRT_F64 ? &lapack_f64 : &lapack_f32;
}

int mlrt__lapack_size(const mlrt__lapack *l, const void *work) {
    double size = l->get(work, 0) * 1.000001 + 8;
    return size < INT_MAX ? (int)size : -1;
}

/* ---- Batches ---------------------------------------------------------- */

static void steps(const mlrt_tensor *t, int own, int ndim, int64_t *step) {
    int lead = ndim - (t->ndim - own);
    int64_t matrices = 1;
    for (int d = ndim - 1; d >= 0; d--) {
        int64_t n = d < lead ? 1 : t->shape[d - lead];
        step[d] = n == 1 ? 0 : matrices;
        matrices *= n;
    }
}

int mlrt__batch_of(const mlrt__call *c, const mlrt_tensor *a, int na,
                   const mlrt_tensor *b, int nb, mlrt__batch *batch) {
    int err = mlrt__broadcast(c, a->ndim - na, a->shape, b->ndim - nb, b->shape,
                              &batch->ndim, batch->shape);
    if (err)
        return err;
    steps(a, na, batch->ndim, batch->step[0]);
    steps(b, nb, batch->ndim, batch->step[1]);
    return mlrt__shape_numel(c->m, c->op->name, batch->ndim, batch->shape,
                             &batch->count);
}

int64_t mlrt__batch_at(const mlrt__batch *batch, int operand, int64_t i) {
    int64_t at = 0;
    for (int d = batch->ndim - 1; d >= 0; d--) {
        at += i % batch->shape[d] * batch->step[operand][d];
        i /= batch->shape[d];
    }
    return at;
}

size_t mlrt__piece_bytes(int64_t count, size_t size) {
    return ((size_t)count * size + 63) / 64 * 64;
}

void *mlrt__piece(char **work, int64_t count, size_t size) {
    void *piece = *work;
    *work += mlrt__piece_bytes(count, size);
    return piece;
}

static int64_t lanes(const mlrt__job *j) {
    return j->count < MLRT__LANES ? j->count : MLRT__LANES;
}

int mlrt__job_scratch(mlrt__call *c, const mlrt__job *j) {
    int err = lacking(c);
    if (err)
        return err;
    if (mlrt__mul(j->work, (size_t)lanes(j), &c->scratch_bytes))
        return 0;
    return mlrt__bad(c, MLRT_ESHAPE, "the matrices are too large");
}

static void run_lane(void *arg, int64_t lane) {
    mlrt__job *j = arg;
    char *work = j->scratch ? j->scratch + (size_t)lane * j->work : NULL;
    j->lane_bad[lane] = -1;
    mlrt__blas_enter();
    for (int64_t i = lane; i < j->count; i += MLRT__LANES) {
        if (mlrt__stop(j->context))
            break;
        int info = j->fn(j, i, work);
        if (!info)
            continue;
        j->lane_bad[lane] = i;
        j->lane_info[lane] = info;
        break;
    }
    mlrt__blas_leave();
}

int mlrt__job_run(mlrt__call *c, mlrt__job *j) {
    j->context = c->m;
    j->scratch = c->scratch;
    j->bad = -1;
    int err = mlrt__parallel(c->m, lanes(j), run_lane, j, true);
    for (int64_t i = 0; i < lanes(j) && !err; i++)
        if (j->lane_bad[i] >= 0 && (j->bad < 0 || j->lane_bad[i] < j->bad)) {
            j->bad = j->lane_bad[i];
            j->info = j->lane_info[i];
        }
    if (!err && j->bad >= 0 && j->info == MLRT__NO_LAPACK)
        return lacking(c);
    return err ? err : j->bad < 0 ? 0 : MLRT_ENUMERIC;
}

int mlrt__job_bad(const mlrt__call *c, const mlrt__job *j, const char *format,
                  ...) {
    char text[200], which[48] = "the matrix";
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    if (j->count > 1)
        snprintf(which, sizeof which, "matrix %lld of the batch",
                 (long long)mlrt__shown(c->m, j->bad));
    return mlrt__bad(c, MLRT_ENUMERIC, "%s %s", which, text);
}

void mlrt__job_of(const mlrt__call *c, mlrt__job *j) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    j->l = mlrt__lapack_for(x->dtype);
    j->size = mlrt__dsize(x->dtype);
    j->m = (int)x->shape[x->ndim - 2];
    j->n = (int)x->shape[x->ndim - 1];
    j->count = 1;
    for (int d = 0; d < x->ndim - 2; d++)
        j->count *= x->shape[d];
}

char *mlrt__matrix(const mlrt__job *j, const char *first, int64_t i, int rows,
                   int cols) {
    size_t skip = (size_t)i * (size_t)rows * (size_t)cols * j->size;
    return (char *)(uintptr_t)first + skip;
}

/* ---- Factors ---------------------------------------------------------- */

size_t mlrt__factor_bytes(const mlrt__job *j) {
    return mlrt__piece_bytes((int64_t)j->n * j->n, j->size) +
           mlrt__piece_bytes(j->n, sizeof(int));
}

int mlrt__job_factor(const mlrt__job *j, int64_t at, char **work, char **lu,
                     int **pivots) {
    size_t bytes = (size_t)j->n * (size_t)j->n * j->size;
    *lu = mlrt__piece(work, (int64_t)j->n * j->n, j->size);
    *pivots = mlrt__piece(work, j->n, sizeof **pivots);
    memcpy(*lu, mlrt__matrix(j, j->in[0], at, j->n, j->n), bytes);
    return j->l->getrf(j->n, *lu, *pivots);
}

void mlrt__to_columns(const mlrt__job *j, int m, int n, const void *x, void *y,
                      int ld) {
    j->context->k->copy->turn(x, n, y, ld, n, m, j->size);
}

void mlrt__to_rows(const mlrt__job *j, int m, int n, const void *x, int ld,
                   void *y) {
    j->context->k->copy->turn(x, ld, y, n, m, n, j->size);
}

/* ---- Checks ----------------------------------------------------------- */

int mlrt__want_matrix(const mlrt__call *c, int i) {
    const mlrt_tensor *t = mlrt__t(c, i);
    const mlrt_arg_spec *s = &c->m->info[c->id].spec[i];
    int err = mlrt__want_float(c, i);
    if (err)
        return err;
    if (t->ndim < 2)
        return mlrt__bad(c, MLRT_ESHAPE,
                         "argument '%.*s': a matrix (m, n) or a batch of them "
                         "expected, got shape %s",
                         s->name_len, s->name, MLRT__ST(t));
    int64_t rows = t->shape[t->ndim - 2], cols = t->shape[t->ndim - 1];
    if (rows > 1 << 30 || cols > 1 << 30)
        return mlrt__bad(c, MLRT_ESHAPE,
                         "argument '%.*s': sides of more than 1073741824 are "
                         "too long, got shape %s",
                         s->name_len, s->name, MLRT__ST(t));
    return 0;
}

int mlrt__want_square(const mlrt__call *c, int i) {
    const mlrt_tensor *t = mlrt__t(c, i);
    const mlrt_arg_spec *s = &c->m->info[c->id].spec[i];
    int err = mlrt__want_matrix(c, i);
    if (err || t->shape[t->ndim - 1] == t->shape[t->ndim - 2])
        return err;
    return mlrt__bad(c, MLRT_ESHAPE,
                     "argument '%.*s': square matrices expected, got shape %s",
                     s->name_len, s->name, MLRT__ST(t));
}

static bool wild(const mlrt_tensor *t, int64_t offset, int64_t n,
                 int64_t step) {
    const char *x = mlrt__ptr(t) + offset * (int64_t)mlrt__dsize(t->dtype);
    return t->dtype == MLRT_F64 ? wild_f64(x, n, step) : wild_f32(x, n, step);
}

/* Runs of the last dimension, wherever they lie; what is repeated is looked
 * at once, or an expanded number would take for ever. */
static bool any_wild(const mlrt_tensor *t) {
    int64_t shape[MLRT_MAX_DIMS], at[MLRT_MAX_DIMS] = {0}, offset = 0;
    int last = t->ndim - 1, d = last;
    if (mlrt__contiguous(t) || t->numel == 0)
        return wild(t, 0, t->numel, 1);
    for (int i = 0; i < t->ndim; i++)
        shape[i] = t->stride[i] == 0 ? 1 : t->shape[i];
    while (d >= 0) {
        if (wild(t, offset, shape[last], t->stride[last]))
            return true;
        for (d = last - 1; d >= 0; d--) {
            offset += t->stride[d];
            if (++at[d] < shape[d])
                break;
            offset -= t->stride[d] * at[d];
            at[d] = 0;
        }
    }
    return false;
}

int mlrt__want_finite(const mlrt__call *c, int i) {
    const mlrt_arg_spec *s = &c->m->info[c->id].spec[i];
    if (!any_wild(mlrt__t(c, i)))
        return 0;
    return mlrt__bad(c, MLRT_ENUMERIC,
                     "argument '%.*s' holds nan or inf; finite numbers are "
                     "needed",
                     s->name_len, s->name);
}

/* ---- Small matrices --------------------------------------------------- */

mlrt_tensor *mlrt__triangle(mlrt *m, int dtype, int64_t n, double below,
                            double on, double above) {
    const mlrt__lapack *l = mlrt__lapack_for(dtype);
    int64_t shape[2] = {n, n};
    mlrt_tensor *t = mlrt_empty(m, (mlrt_dtype)dtype, 2, shape);
    for (int64_t i = 0; t && i < n; i++)
        for (int64_t j = 0; j < n; j++)
            l->set(mlrt__ptr(t), i * n + j, j < i ? below : j > i ? above : on);
    return t;
}

mlrt_tensor *mlrt__turned(mlrt *m, mlrt_tensor *x) {
    return mlrt_transpose(m, x, -2, -1);
}
