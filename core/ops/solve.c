/* solve.c: linear systems, inverses and determinants.
 *
 * All rest on the factors of A^T, which is what LAPACK sees of A in C order:
 * A^T = P L U.
 */
#include <math.h>

#include "../copy.h"
#include "../lapack.h"

static int64_t columns_of(const mlrt_tensor *t) {
    return t->shape[t->ndim - 1];
}

static int singular(const mlrt__call *c, const mlrt__job *j) {
    return mlrt__job_bad(c, j, "is singular (pivot %lld is zero)",
                         (long long)mlrt__shown(c->m, j->info - 1));
}

/* ---- solve ------------------------------------------------------------ */

/* b of one dimension less than a, with a's sizes but the last, holds vectors;
 * so does any b of one dimension. */
static bool holds_vectors(const mlrt_tensor *a, const mlrt_tensor *b) {
    size_t bytes = (size_t)(a->ndim - 1) * sizeof *a->shape;
    return b->ndim == 1 ||
           (b->ndim == a->ndim - 1 && memcmp(a->shape, b->shape, bytes) == 0);
}

static int systems_of(const mlrt__call *c, mlrt__job *j, mlrt__batch *batch) {
    const mlrt_tensor *a = mlrt__t(c, 0), *b = mlrt__t(c, 1);
    int own = holds_vectors(a, b) ? 1 : 2;
    if (b->shape[b->ndim - own] != columns_of(a))
        return mlrt__bad(c, MLRT_ESHAPE,
                         "b: (..., %lld, k) or (%lld) expected for a %s, got "
                         "%s",
                         (long long)columns_of(a), (long long)columns_of(a),
                         MLRT__ST(a), MLRT__ST(b));
    int err = mlrt__batch_of(c, a, 2, b, own, batch);
    j->l = mlrt__lapack_for(a->dtype);
    j->size = mlrt__dsize(a->dtype);
    j->n = (int)columns_of(a);
    j->k = own == 1 ? 1 : (int)columns_of(b);
    j->count = batch->count;
    j->batch = batch;
    j->work = mlrt__factor_bytes(j) +
              mlrt__piece_bytes((int64_t)j->n * j->k, j->size);
    return err;
}

static int check_systems(const mlrt__call *c) {
    const mlrt_tensor *a = mlrt__t(c, 0), *b = mlrt__t(c, 1);
    int err = mlrt__want_square(c, 0);
    if (!err)
        err = mlrt__want_float(c, 1);
    if (!err && b->ndim == 0)
        err = mlrt__bad(c, MLRT_ESHAPE, "b: a vector or matrix expected");
    if (!err && b->ndim > 1)
        err = mlrt__want_matrix(c, 1);
    if (!err && a->dtype != b->dtype)
        err = mlrt__bad(c, MLRT_EDTYPE, "a is %s and b is %s",
                        mlrt_dtype_name((mlrt_dtype)a->dtype),
                        mlrt_dtype_name((mlrt_dtype)b->dtype));
    if (!err)
        err = mlrt__want_finite(c, 0);
    return err ? err : mlrt__want_finite(c, 1);
}

/* The batch, then what of b is not the batch's. */
static int solution_out(mlrt__call *c, const mlrt__batch *batch, int own) {
    const mlrt_tensor *b = mlrt__t(c, 1);
    int64_t shape[MLRT_MAX_DIMS + 2];
    int n = batch->ndim;
    memcpy(shape, batch->shape, sizeof batch->shape);
    for (int d = b->ndim - own; d < b->ndim; d++)
        shape[n++] = b->shape[d];
    return mlrt__out(c, 0, b->dtype, n, shape);
}

static int solve_shape(mlrt__call *c) {
    mlrt__batch batch;
    mlrt__job j = {0};
    int err = check_systems(c);
    if (!err)
        err = systems_of(c, &j, &batch);
    if (!err)
        err = mlrt__job_scratch(c, &j);
    bool vectors = !err && holds_vectors(mlrt__t(c, 0), mlrt__t(c, 1));
    return err ? err : solution_out(c, &batch, vectors ? 1 : 2);
}

/* x holds b, and is turned for LAPACK if it has several columns. */
static int solve_one(const mlrt__job *j, int64_t i, char *work) {
    char *x = mlrt__matrix(j, j->out[0], i, j->n, j->k), *lu;
    int *pivots, info;
    if (j->n == 0 || j->k == 0)
        return 0;
    info = mlrt__job_factor(j, mlrt__batch_at(j->batch, 0, i), &work, &lu,
                            &pivots);
    if (info || j->k == 1)
        return info ? info : j->l->getrs(j->n, 1, lu, pivots, x);
    mlrt__to_columns(j, j->n, j->k, x, work, j->n);
    j->l->getrs(j->n, j->k, lu, pivots, work);
    mlrt__to_rows(j, j->n, j->k, work, j->n, x);
    return 0;
}

static int solve_forward(mlrt__call *c) {
    mlrt__batch batch;
    mlrt__job j = {.fn = solve_one,
                   .in = {mlrt__ptr(mlrt__t(c, 0))},
                   .out = {mlrt__ptr(c->y[0])}};
    int err = systems_of(c, &j, &batch);
    if (!err) /* b, repeated over the batch */
        err = mlrt__copy_into(c->m, mlrt__t(c, 1), c->y[0]);
    if (!err)
        err = mlrt__job_run(c, &j);
    return err == MLRT_ENUMERIC ? singular(c, &j) : err;
}

/* 2/3 n^3 for each factoring, 2 n^2 for each column. */
static double solve_flops(const mlrt__call *c) {
    double n = (double)columns_of(mlrt__t(c, 0));
    double count = n > 0 ? (double)mlrt__t(c, 0)->numel / (n * n) : 0;
    return count * n * n * n / 1.5 + 2 * n * (double)c->y[0]->numel;
}

static mlrt_tensor *column(mlrt *m, mlrt_tensor *t, bool vectors) {
    return vectors ? mlrt_unsqueeze(m, t, -1) : t;
}

/* dB = A^-T dX, dA = -dB X^T. */
static void solve_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    const mlrt__edge *a = mlrt__operand(w, 0), *b = mlrt__operand(w, 1);
    size_t bytes = (size_t)(a->ndim - 1) * sizeof *a->shape;
    bool vectors = b->ndim == 1 || (b->ndim == a->ndim - 1 &&
                                    memcmp(a->shape, b->shape, bytes) == 0);
    mlrt_tensor *g = column(m, mlrt__g(w, 0), vectors);
    mlrt_tensor *gb = mlrt_solve(m, mlrt__turned(m, mlrt__in(w, 0)), g);
    if (mlrt__need(w, 0)) {
        mlrt_tensor *x = column(m, mlrt__saved_out(w, 0), vectors);
        mlrt__give(w, 0, mlrt_neg(m, mlrt_matmul(m, gb, mlrt__turned(m, x))));
    }
    if (mlrt__need(w, 1))
        mlrt__give(w, 1,
                   vectors ? mlrt_squeeze(m, gb, (int64_t[]){-1}, 1) : gb);
}

/* x a = b is a^T x^T = b^T. */
static int solve_compose(mlrt__call *c) {
    mlrt *m = c->m;
    mlrt_tensor *a = mlrt__t(c, 0), *b = mlrt__t(c, 1);
    bool left = !mlrt__has(c, 2) || mlrt__i(c, 2);
    if (left) {
        c->y[0] = mlrt__solve_left(m, a, b);
        return 0;
    }
    int err = mlrt__want_square(c, 0);
    if (!err)
        err = mlrt__want_matrix(c, 1);
    if (!err && (b->shape[b->ndim - 1] != columns_of(a) ||
                 (b->ndim < a->ndim && holds_vectors(a, b))))
        err = mlrt__bad(c, MLRT_ESHAPE,
                        "b: (..., k, %lld) expected for a %s on the right, got "
                        "%s",
                        (long long)columns_of(a), MLRT__ST(a), MLRT__ST(b));
    if (err)
        return err;
    mlrt_tensor *x = mlrt__solve_left(m, mlrt__turned(m, a),
                                      mlrt__turned(m, b));
    c->y[0] = x ? mlrt__turned(m, x) : NULL;
    return 0;
}

/* ---- inv -------------------------------------------------------------- */

static int inv_job(mlrt__call *c, mlrt__job *j) {
    double size = 0;
    mlrt__job_of(c, j);
    if (j->n)
        j->l->getri(j->n, NULL, NULL, &size, -1);
    j->lwork = mlrt__lapack_size(j->l, &size);
    if (j->lwork < 0)
        return mlrt__bad(c, MLRT_ESHAPE, "x %s is too large for LAPACK",
                         MLRT__ST(mlrt__t(c, 0)));
    j->work = mlrt__piece_bytes(j->n, sizeof(int)) +
              mlrt__piece_bytes(j->lwork, j->size);
    return 0;
}

static int inv_shape(mlrt__call *c) {
    mlrt__job j = {0};
    int err = mlrt__want_square(c, 0);
    if (!err)
        err = mlrt__want_finite(c, 0);
    if (!err)
        err = inv_job(c, &j);
    if (!err)
        err = mlrt__job_scratch(c, &j);
    return err ? err : mlrt__out_like(c, 0, mlrt__t(c, 0));
}

/* The inverse of A^T, column by column, is that of A, row by row. */
static int inv_one(const mlrt__job *j, int64_t i, char *work) {
    char *y = mlrt__matrix(j, j->out[0], i, j->n, j->n);
    int *pivots = mlrt__piece(&work, j->n, sizeof *pivots);
    if (j->n == 0)
        return 0;
    memcpy(y, mlrt__matrix(j, j->in[0], i, j->n, j->n),
           (size_t)j->n * (size_t)j->n * j->size);
    int info = j->l->getrf(j->n, y, pivots);
    return info ? info : j->l->getri(j->n, y, pivots, work, j->lwork);
}

static int inv_forward(mlrt__call *c) {
    mlrt__job j = {.fn = inv_one,
                   .in = {mlrt__ptr(mlrt__t(c, 0))},
                   .out = {mlrt__ptr(c->y[0])}};
    int err = inv_job(c, &j);
    if (!err)
        err = mlrt__job_run(c, &j);
    return err == MLRT_ENUMERIC ? singular(c, &j) : err;
}

static double inv_flops(const mlrt__call *c) {
    return 2 * (double)columns_of(mlrt__t(c, 0)) * (double)c->y[0]->numel;
}

/* dA = -Y^T dY Y^T */
static void inv_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *y = mlrt__turned(m, mlrt__saved_out(w, 0));
    mlrt_tensor *g = mlrt_matmul(m, mlrt_matmul(m, y, mlrt__g(w, 0)), y);
    mlrt__give(w, 0, mlrt_neg(m, g));
}

/* ---- solve_triangular ------------------------------------------------- */

enum { TRI_A, TRI_B, TRI_UPPER, TRI_LEFT, TRI_UNIT };

static int triangular_job(const mlrt__call *c, mlrt__job *j,
                          mlrt__batch *batch) {
    const mlrt_tensor *a = mlrt__t(c, TRI_A), *b = mlrt__t(c, TRI_B);
    mlrt__job_of(c, j);
    j->flag[0] = mlrt__i(c, TRI_LEFT) != 0;
    j->flag[1] = mlrt__i(c, TRI_UPPER) != 0;
    j->flag[2] = mlrt__i(c, TRI_UNIT) != 0;
    j->m = b->ndim < 2 ? -1 : (int)b->shape[b->ndim - 2];
    j->k = b->ndim < 2 ? -1 : (int)b->shape[b->ndim - 1];
    if ((j->flag[0] ? j->m : j->k) != j->n)
        return mlrt__bad(c, MLRT_ESHAPE,
                         "b: (..., %s) expected for n = %d, got %s",
                         j->flag[0] ? "n, k" : "k, n", j->n, MLRT__ST(b));
    int err = mlrt__batch_of(c, a, 2, b, 2, batch);
    j->batch = batch;
    j->count = batch->count;
    return err;
}

static int triangular_shape(mlrt__call *c) {
    mlrt__batch batch;
    mlrt__job j = {0};
    int err = check_systems(c);
    if (!err)
        err = triangular_job(c, &j, &batch);
    return err ? err : solution_out(c, &batch, 2);
}

/* x holds b; a zero on the diagonal is the only thing that can go wrong. */
static int triangular_one(const mlrt__job *j, int64_t i, char *work) {
    int64_t at = mlrt__batch_at(j->batch, 0, i);
    const char *a = mlrt__matrix(j, j->in[0], at, j->n, j->n);
    (void)work;
    for (int64_t d = 0; d < j->n && !j->flag[2]; d++)
        if (j->l->get(a, d * (j->n + 1)) == 0)
            return (int)d + 1;
    if (j->n && j->m && j->k)
        j->l->trsm(j->flag[0], j->flag[1], false, j->flag[2], j->m, j->k, a,
                   mlrt__matrix(j, j->out[0], i, j->m, j->k));
    return 0;
}

static int triangular_forward(mlrt__call *c) {
    mlrt__batch batch;
    mlrt__job j = {.fn = triangular_one,
                   .in = {mlrt__ptr(mlrt__t(c, TRI_A))},
                   .out = {mlrt__ptr(c->y[0])}};
    int err = triangular_job(c, &j, &batch);
    if (!err)
        err = mlrt__copy_into(c->m, mlrt__t(c, TRI_B), c->y[0]);
    if (!err)
        err = mlrt__job_run(c, &j);
    if (err != MLRT_ENUMERIC)
        return err;
    return mlrt__job_bad(c, &j,
                         "is singular (element %lld of its diagonal is "
                         "zero)",
                         (long long)mlrt__shown(c->m, j.info - 1));
}

static double triangular_flops(const mlrt__call *c) {
    return (double)columns_of(mlrt__t(c, 0)) * (double)c->y[0]->numel;
}

/* A X = B:  dB = A^-T dX, dA = -dB X^T;  X A = B:  dB = dX A^-T,
 * dA = -X^T dB; of dA the triangle that is read. */
static void triangular_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    bool upper = mlrt__arg(w, TRI_UPPER)->u.i != 0;
    bool left = mlrt__arg(w, TRI_LEFT)->u.i != 0;
    bool unit = mlrt__arg(w, TRI_UNIT)->u.i != 0;
    mlrt_tensor *a = mlrt__turned(m, mlrt__in(w, TRI_A)), *x, *ga;
    mlrt_tensor *gb = mlrt_solve_triangular(m, a, mlrt__g(w, 0), !upper, left,
                                            unit);
    mlrt__give(w, TRI_B, gb);
    if (!mlrt__need(w, TRI_A))
        return;
    x = mlrt__turned(m, mlrt__saved_out(w, 0));
    ga = left ? mlrt_matmul(m, gb, x) : mlrt_matmul(m, x, gb);
    ga = upper ? mlrt_triu(m, ga, unit ? 1 : 0) : mlrt_tril(m, ga, -unit);
    mlrt__give(w, TRI_A, mlrt_neg(m, ga));
}

/* ---- triangular_solve ------------------------------------------------- */

static int old_compose(mlrt__call *c) {
    enum { B, A, UPPER, TRANSPOSE, UNIT };
    mlrt *m = c->m;
    mlrt_tensor *a = mlrt__t(c, A);
    bool upper = mlrt__i(c, UPPER) != 0, turn = mlrt__i(c, TRANSPOSE) != 0;
    int err = mlrt__want_matrix(c, A);
    if (err)
        return err;
    c->y[0] = mlrt_solve_triangular(m, turn ? mlrt__turned(m, a) : a,
                                    mlrt__t(c, B), upper != turn, true,
                                    mlrt__i(c, UNIT) != 0);
    c->y[1] = a;
    return 0;
}

/* ---- Rows ------------------------------------------------------------- */

const mlrt__op mlrt__solve[] = {
    {.name = "_solve_left",
     .args = "a: tensor, b: tensor",
     .outs = "x",
     .doc = "solve with a on the left.",
     .contiguous = MLRT__IN(0),
     .shape = solve_shape,
     .forward = solve_forward,
     .backward = solve_backward,
     .saves = {MLRT__IN(0) | MLRT__OUT(0), MLRT__IN(0)},
     .flops = solve_flops},
    {.name = "solve",
     .args = "a: tensor, b: tensor; left: bool = true",
     .outs = "x",
     .doc = "x such that a x = b, for square a: (..., n, n) and b: (..., n, "
            "k), or vectors b: (n) or (..., n) with the batch dimensions of "
            "a. Others broadcast. Without `left` x a = b, for matrices b: "
            "(..., k, n). By LU factors with partial pivoting (LAPACK's "
            "getrf).",
     .compose = solve_compose,
     .samples = SAMPLES(
         "r(3,3), r(3)", "r(3,3), r(3,2)", "r(2,3,3), r(2,3)",
         "r(2,3,3), r(3,2)", "r(3,3), r(2,3,1)", "r(2,2):t(), r(3,2):t()",
         "r(0,0), r(0,2)", "r(2,2), r(2,0)", "r(3,3), r(2,3), {left=false}",
         "r(2,2,2), r(1,2), {left=false}",
         "!r(3,3), r(3,2), {left=false} -- b: (..., k, 3) expected",
         "!r(2,3), r(2) -- square matrices expected, got shape (2, 3)",
         "!r(3,3), r(2) -- b: (..., 3, k) or (3) expected for a (3, 3), got "
         "(2)",
         "!i(2,2), r(2) -- f32 or f64 expected",
         "!m.tensor{{1,2},{2,4}}, r(2) -- the matrix is singular (pivot 2 is "
         "zero)",
         "!m.tensor{{1,2},{2,0/0}}, r(2) -- holds nan or inf")},
    {.name = "inv",
     .args = "x: tensor",
     .outs = "y",
     .doc = "Inverse of square matrices x: (..., n, n). To solve a system "
            "use `solve`, which is faster and more exact.",
     .contiguous = MLRT__IN(0),
     .shape = inv_shape,
     .forward = inv_forward,
     .backward = inv_backward,
     .saves = {MLRT__OUT(0)},
     .flops = inv_flops,
     .samples = SAMPLES("r(3,3)", "r(2,2,2)", "r(3,3):t()", "r(0,0)",
                        "!r(2,3) -- square matrices expected",
                        "!m.zeros(2,2,2) -- matrix 1 of the batch is singular "
                        "(pivot 1 is zero)")},
    {.name = "solve_triangular",
     .args = "a: tensor, b: tensor, upper: bool, left: bool = true, "
             "unitriangular: bool = false",
     .outs = "x",
     .doc = "x such that a x = b (x a = b unless `left`), where a: (..., n, "
            "n) is triangular: only its upper, or lower, triangle is read, "
            "and not its diagonal, taken as ones, if `unitriangular`. b: "
            "(..., n, k) (else (..., k, n)). Batches broadcast.",
     .contiguous = MLRT__IN(0),
     .shape = triangular_shape,
     .forward = triangular_forward,
     .backward = triangular_backward,
     .saves = {MLRT__IN(0) | MLRT__OUT(0), MLRT__IN(0)},
     .flops = triangular_flops,
     .samples = SAMPLES(
         "p(3,3), r(3,2), true", "p(3,3), r(3,2), {upper=false}",
         "p(3,3), r(2,3), {upper=true, left=false}",
         "p(3,3), r(2,3), {upper=false, left=false}",
         "r(3,3), r(3,1), {upper=true, unitriangular=true}",
         "p(2,3,3), r(3,2), false", "p(3,3):t(), r(2,3):t(), false",
         "r(0,0), r(0,2), true",
         "!r(3,3), r(2,2), true -- b: (..., n, k) expected for n = 3, got (2, "
         "2)",
         "!m.zeros(2,2), r(2,1), true -- the matrix is singular (element 1 of "
         "its diagonal is zero)")},
    {.name = "triangular_solve",
     .args = "b: tensor, a: tensor, upper: bool = true, transpose: bool = "
             "false, unitriangular: bool = false",
     .outs = "x, coefficient",
     .doc = "solve_triangular under its older name and order: x such that a x "
            "= b, or a^T x = b with transpose, and a itself.",
     .compose = old_compose,
     .samples = SAMPLES(
         "r(3,2), p(3,3)", "r(3,2), p(3,3), false",
         "r(3,1), p(3,3), true, true", "r(2,3,1), p(3,3), false, true, true",
         "r(0,2), r(0,0)",
         "!r(2,2), r(3,3) -- b: (..., n, k) expected for n = 3, got (2, 2)")},
    {0},
};
