/* factor.c: QR, and least squares.
 *
 * These are the two for which a matrix is turned to lie column by column, as
 * LAPACK wants it.
 */
#include "../lapack.h"

/* ---- qr --------------------------------------------------------------- */

enum { REDUCED, COMPLETE, R_ALONE };

static int qr_mode(const mlrt__call *c) {
    return mlrt__has(c, 1) ? (int)mlrt__i(c, 1) : REDUCED;
}

/* Columns of q, kept in the job's number: 0 when only r is wanted. */
static int qr_job(mlrt__call *c, mlrt__job *j) {
    double first = 0, second = 0;
    int mode = qr_mode(c);
    mlrt__job_of(c, j);
    j->k = j->m < j->n ? j->m : j->n;
    int wide = mode == COMPLETE ? j->m : mode == REDUCED ? j->k : 0;
    j->number = wide;
    if (j->k) {
        j->l->geqrf(j->m, j->n, NULL, NULL, &first, -1);
        if (wide)
            j->l->orgqr(j->m, wide, j->k, NULL, NULL, &second, -1);
    }
    int a = mlrt__lapack_size(j->l, &first);
    int b = mlrt__lapack_size(j->l, &second);
    j->lwork = a > b ? a : b;
    if (a < 0 || b < 0)
        return mlrt__bad(c, MLRT_ESHAPE, "x %s is too large for LAPACK",
                         MLRT__ST(mlrt__t(c, 0)));
    wide = wide > j->n ? wide : j->n;
    j->work = mlrt__piece_bytes((int64_t)j->m * wide, j->size) +
              mlrt__piece_bytes(j->k, j->size) +
              mlrt__piece_bytes(j->lwork, j->size);
    return 0;
}

static int qr_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    mlrt__job j = {0};
    int64_t shape[MLRT_MAX_DIMS];
    int err = mlrt__want_matrix(c, 0);
    if (!err)
        err = mlrt__want_finite(c, 0);
    if (!err)
        err = qr_job(c, &j);
    if (!err)
        err = mlrt__job_scratch(c, &j);
    if (err)
        return err;
    memcpy(shape, x->shape, sizeof shape);
    shape[x->ndim - 1] = (int64_t)j.number;
    mlrt__out(c, 0, x->dtype, x->ndim, shape);
    if (qr_mode(c) == R_ALONE)
        mlrt__out(c, 0, x->dtype, 1, (int64_t[]){0});
    shape[x->ndim - 2] = qr_mode(c) == COMPLETE ? j.m : j.k;
    shape[x->ndim - 1] = j.n;
    return mlrt__out(c, 1, x->dtype, x->ndim, shape);
}

static int qr_one(const mlrt__job *j, int64_t i, char *work) {
    int wide = (int)j->number, rows = wide > j->k ? wide : j->k;
    char *a = mlrt__piece(&work, (int64_t)j->m * (wide > j->n ? wide : j->n),
                          j->size);
    char *tau = mlrt__piece(&work, j->k, j->size);
    char *r = mlrt__matrix(j, j->out[1], i, rows, j->n);
    char *q = mlrt__matrix(j, j->out[0], i, j->m, wide);
    if (j->k == 0) { /* no columns: q is the identity */
        memset(q, 0, (size_t)wide * (size_t)wide * j->size);
        for (int d = 0; d < wide; d++)
            j->l->set(q, (int64_t)d * (wide + 1), 1);
        return 0;
    }
    mlrt__to_columns(j, j->m, j->n, mlrt__matrix(j, j->in[0], i, j->m, j->n), a,
                     j->m);
    j->l->geqrf(j->m, j->n, a, tau, work, j->lwork);
    mlrt__to_rows(j, rows, j->n, a, j->m, r);
    for (int row = 1; row < rows; row++)
        memset(r + (size_t)row * (size_t)j->n * j->size, 0,
               (size_t)(row < j->n ? row : j->n) * j->size);
    if (wide == 0)
        return 0;
    j->l->orgqr(j->m, wide, j->k, a, tau, work, j->lwork);
    mlrt__to_rows(j, j->m, wide, a, j->m, q);
    return 0;
}

static int qr_forward(mlrt__call *c) {
    mlrt__job j = {.fn = qr_one,
                   .in = {mlrt__ptr(mlrt__t(c, 0))},
                   .out = {mlrt__ptr(c->y[0]), mlrt__ptr(c->y[1])}};
    int err = qr_job(c, &j);
    return err ? err : mlrt__job_run(c, &j);
}

static double qr_flops(const mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    double m = (double)x->shape[x->ndim - 2], n = (double)x->shape[x->ndim - 1];
    return 4 * (double)x->numel * (m < n ? m : n);
}

/* A = Q R with m >= n:  M = R dR^T - dQ^T Q, copied from its lower half to the
 * upper one; dA = (dQ + Q M) R^-T (Walter and Lehmann 2018). */
static mlrt_tensor *tall(mlrt *m, mlrt_tensor *q, mlrt_tensor *r,
                         mlrt_tensor *gq, mlrt_tensor *gr) {
    if (!q || !r)
        return NULL;
    mlrt_tensor *x = mlrt_sub(m, mlrt_matmul(m, r, mlrt__turned(m, gr)),
                              mlrt_matmul(m, mlrt__turned(m, gq), q));
    mlrt_tensor *below = mlrt_tril(m, x, -1);
    x = mlrt_add(m, mlrt_tril(m, x, 0), mlrt__turned(m, below));
    x = mlrt_add(m, gq, mlrt_matmul(m, q, x));
    return mlrt_solve_triangular(m, mlrt__turned(m, r), x, false, false, false);
}

/* A = [X Y] with X square: X = Q U, Y = Q V, so dY = Q dV, and dV's share of
 * dQ is Y dV^T. */
static mlrt_tensor *wide(mlrt__walk *w, mlrt_tensor *q, mlrt_tensor *r,
                         mlrt_tensor *gq, mlrt_tensor *gr) {
    mlrt *m = w->m;
    if (!q || !r || !gr)
        return NULL;
    int64_t k = r->shape[r->ndim - 2], rest = r->shape[r->ndim - 1] - k;
    mlrt_tensor *u = mlrt_narrow(m, r, -1, 0, k);
    mlrt_tensor *y = mlrt_matmul(m, q, mlrt_narrow(m, r, -1, k, rest));
    mlrt_tensor *gv = mlrt_narrow(m, gr, -1, k, rest);
    gq = mlrt_add(m, gq, mlrt_matmul(m, y, mlrt__turned(m, gv)));
    mlrt_tensor *parts[2] = {tall(m, q, u, gq, mlrt_narrow(m, gr, -1, 0, k)),
                             mlrt_matmul(m, q, gv)};
    return mlrt_cat(m, parts, 2, -1);
}

static void qr_backward(mlrt__walk *w) {
    const mlrt__edge *e = mlrt__operand(w, 0);
    const mlrt_arg *mode = mlrt__arg(w, 1);
    bool whole = mode->kind == MLRT_VAL_INT && mode->u.i != REDUCED;
    if (whole && (mode->u.i == R_ALONE ||
                  e->shape[e->ndim - 2] > e->shape[e->ndim - 1])) {
        mlrt_fail(w->m, MLRT_EGRAD,
                  "qr: there is no gradient of mode '%s'; use 'reduced'",
                  mode->u.i == R_ALONE ? "r" : "complete");
        return;
    }
    mlrt_tensor *q = mlrt__saved_out(w, 0), *r = mlrt__saved_out(w, 1);
    mlrt_tensor *gq = mlrt__g(w, 0), *gr = mlrt__g(w, 1);
    if (e->shape[e->ndim - 2] >= e->shape[e->ndim - 1])
        mlrt__give(w, 0, tall(w->m, q, r, gq, gr));
    else
        mlrt__give(w, 0, wide(w, q, r, gq, gr));
}

/* ---- lstsq ------------------------------------------------------------ */

/* The same batch for a and b, whose last dimensions are (m, n) and (m, k), or
 * (m) alone for vectors. */
static int lstsq_fits(const mlrt__call *c, int *own) {
    const mlrt_tensor *a = mlrt__t(c, 0), *b = mlrt__t(c, 1);
    int lead = a->ndim - 2;
    *own = b->ndim == a->ndim - 1 ? 1 : 2;
    size_t bytes = (size_t)(lead + 1) * sizeof *a->shape;
    if (b->ndim == lead + *own && memcmp(a->shape, b->shape, bytes) == 0)
        return 0;
    return mlrt__bad(c, MLRT_ESHAPE,
                     "a %s and b %s: (..., m, n) and (..., m, k) or (..., m) "
                     "expected",
                     MLRT__ST(a), MLRT__ST(b));
}

static int lstsq_job(mlrt__call *c, mlrt__job *j, int own) {
    const mlrt_tensor *b = mlrt__t(c, 1);
    double size = 0;
    int isize = 0, rank = 0;
    mlrt__job_of(c, j);
    j->k = own == 1 ? 1 : (int)b->shape[b->ndim - 1];
    int longer = j->m > j->n ? j->m : j->n;
    j->number = mlrt__has(c, 2) ? mlrt__d(c, 2)
                                : longer * (j->size == 8 ? 0x1p-52 : 0x1p-23);
    if (j->m && j->n)
        j->l->gelsd(j->m, j->n, j->k, NULL, NULL, longer, NULL, j->number,
                    &rank, &size, -1, &isize);
    j->lwork = mlrt__lapack_size(j->l, &size);
    /* gelsd counts the elements of b in 32 bits. */
    if (j->lwork < 0 || (double)longer * j->k > 1e9)
        return mlrt__bad(c, MLRT_ESHAPE, "a %s is too large for LAPACK",
                         MLRT__ST(mlrt__t(c, 0)));
    j->work = mlrt__piece_bytes((int64_t)j->m * j->n, j->size) +
              mlrt__piece_bytes((int64_t)longer * j->k, j->size) +
              mlrt__piece_bytes(longer, j->size) +
              mlrt__piece_bytes(isize + 1, sizeof(int)) +
              mlrt__piece_bytes(j->lwork, j->size);
    j->flag[0] = own == 1;
    return 0;
}

static int lstsq_check(mlrt__call *c, int *own) {
    int err = mlrt__want_matrix(c, 0);
    if (!err)
        err = mlrt__want_float(c, 1);
    if (!err)
        err = lstsq_fits(c, own);
    if (!err && mlrt__t(c, 0)->dtype != mlrt__t(c, 1)->dtype)
        err = mlrt__bad(c, MLRT_EDTYPE, "a is %s and b is %s",
                        mlrt_dtype_name((mlrt_dtype)mlrt__t(c, 0)->dtype),
                        mlrt_dtype_name((mlrt_dtype)mlrt__t(c, 1)->dtype));
    if (!err)
        err = mlrt__want_finite(c, 0);
    return err ? err : mlrt__want_finite(c, 1);
}

static int lstsq_shape(mlrt__call *c) {
    const mlrt_tensor *a = mlrt__t(c, 0), *b = mlrt__t(c, 1);
    mlrt__job j = {0};
    int64_t shape[MLRT_MAX_DIMS];
    int own = 2, err = lstsq_check(c, &own);
    if (!err)
        err = lstsq_job(c, &j, own);
    if (!err)
        err = mlrt__job_scratch(c, &j);
    if (err)
        return err;
    memcpy(shape, b->shape, sizeof shape);
    shape[a->ndim - 2] = a->shape[a->ndim - 1];
    mlrt__out(c, 0, a->dtype, b->ndim, shape);
    mlrt__out(c, 1, MLRT_I64, a->ndim - 2, a->shape);
    memcpy(shape, a->shape, sizeof shape);
    shape[a->ndim - 2] = j.m < j.n ? j.m : j.n;
    return mlrt__out(c, 2, a->dtype, a->ndim - 1, shape);
}

static int lstsq_one(const mlrt__job *j, int64_t i, char *work) {
    int longer = j->m > j->n ? j->m : j->n, rank = 0, info = 0;
    int less = j->m < j->n ? j->m : j->n;
    char *a = mlrt__piece(&work, (int64_t)j->m * j->n, j->size);
    char *b = mlrt__piece(&work, (int64_t)longer * j->k, j->size);
    char *s = mlrt__piece(&work, longer, j->size);
    char *lwork = mlrt__piece(&work, j->lwork, j->size);
    char *x = mlrt__matrix(j, j->out[0], i, j->n, j->k);
    if (j->m == 0 || j->n == 0) {
        memset(x, 0, (size_t)j->n * (size_t)j->k * j->size);
    } else {
        mlrt__to_columns(j, j->m, j->n,
                         mlrt__matrix(j, j->in[0], i, j->m, j->n), a, j->m);
        mlrt__to_columns(j, j->m, j->k,
                         mlrt__matrix(j, j->in[1], i, j->m, j->k), b, longer);
        info = j->l->gelsd(j->m, j->n, j->k, a, b, longer, s, j->number, &rank,
                           lwork, j->lwork, (int *)(void *)work);
        mlrt__to_rows(j, j->n, j->k, b, longer, x);
        memcpy(mlrt__matrix(j, j->out[2], i, 1, less), s,
               (size_t)less * j->size);
    }
    ((int64_t *)(void *)j->out[1])[i] = rank;
    return info;
}

static int lstsq_forward(mlrt__call *c) {
    mlrt__job j = {
        .fn = lstsq_one,
        .in = {mlrt__ptr(mlrt__t(c, 0)), mlrt__ptr(mlrt__t(c, 1))},
        .out = {mlrt__ptr(c->y[0]), mlrt__ptr(c->y[1]), mlrt__ptr(c->y[2])}};
    int own, err = lstsq_fits(c, &own);
    if (!err)
        err = lstsq_job(c, &j, own);
    if (!err)
        err = mlrt__job_run(c, &j);
    return err == MLRT_ENUMERIC
               ? mlrt__job_bad(c, &j, "keeps the iteration from converging")
               : err;
}

static double lstsq_flops(const mlrt__call *c) {
    const mlrt_tensor *a = mlrt__t(c, 0);
    double m = (double)a->shape[a->ndim - 2], n = (double)a->shape[a->ndim - 1];
    return 4 * (double)a->numel * (m < n ? m : n);
}

/* U diag(ds) Vh for the gradient ds of singular values; else g alone. */
static mlrt_tensor *with_values(mlrt__walk *w, mlrt_tensor *a, mlrt_tensor *g) {
    mlrt_tensor *u, *s, *vh;
    if (!mlrt__has_g(w, 2))
        return g;
    if (mlrt_svd(w->m, a, false, &u, &s, &vh) != 0)
        return NULL;
    u = mlrt_mul(w->m, u, mlrt_unsqueeze(w->m, mlrt__g(w, 2), -2));
    return mlrt_add(w->m, g, mlrt_matmul(w->m, u, vh));
}

/* x = P b with P = pinv(a):  db = P^T dx, and dx b^T is P's gradient. */
static void lstsq_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    const mlrt_arg *rcond = mlrt__arg(w, 2);
    bool vectors = mlrt__operand(w, 1)->ndim < mlrt__operand(w, 0)->ndim;
    mlrt_tensor *a = mlrt__in(w, 0), *b = NULL, *g = mlrt__g(w, 0);
    mlrt_tensor *p = mlrt_pinv(
        m, a, rcond->kind == MLRT_VAL_NONE ? MLRT_ABSENT_NUMBER : rcond->u.d);
    if (!a)
        return;
    if (vectors)
        g = mlrt_unsqueeze(m, g, -1);
    if (mlrt__need(w, 0)) {
        b = mlrt__in(w, 1);
        b = vectors ? mlrt_unsqueeze(m, b, -1) : b;
        mlrt_tensor *gp = mlrt_matmul(m, g, mlrt__turned(m, b));
        gp = mlrt__pinv_gradient(m, a, p, gp);
        mlrt__give(w, 0, with_values(w, a, gp));
    }
    if (!mlrt__need(w, 1))
        return;
    mlrt_tensor *gb = mlrt_matmul(m, mlrt__turned(m, p), g);
    mlrt__give(w, 1, vectors ? mlrt_squeeze(m, gb, (int64_t[]){-1}, 1) : gb);
}

/* What is left of each column of b, the sum of squares, if there are more
 * equations than unknowns and all of these are determined; else empty. */
static mlrt_tensor *residuals(const mlrt__call *c, mlrt_tensor *x,
                              const mlrt_tensor *rank) {
    mlrt *m = c->m;
    mlrt_tensor *a = mlrt__t(c, 0), *b = mlrt__t(c, 1), *left;
    int64_t rows = a->shape[a->ndim - 2], cols = a->shape[a->ndim - 1];
    bool vectors = b->ndim<a->ndim, full = rows> cols;
    for (int64_t i = 0; full && i < rank->numel; i++)
        full = ((int64_t *)(void *)mlrt__ptr(rank))[i] == cols;
    if (!full)
        return mlrt_zeros(m, (int64_t[]){0}, 1, (mlrt_dtype)a->dtype);
    left = mlrt_matmul(m, a, vectors ? mlrt_unsqueeze(m, x, -1) : x);
    left = mlrt_sub(m, left, vectors ? mlrt_unsqueeze(m, b, -1) : b);
    left = mlrt_sum(m, mlrt_square(m, left), (int64_t[]){-2}, 1, false);
    return vectors ? mlrt_squeeze(m, left, (int64_t[]){-1}, 1) : left;
}

static int solutions_compose(mlrt__call *c) {
    mlrt_tensor *x, *rank, *s;
    int err = mlrt__lstsq(c->m, mlrt__t(c, 0), mlrt__t(c, 1),
                          mlrt__has(c, 2) ? mlrt__d(c, 2) : MLRT_ABSENT_NUMBER,
                          &x, &rank, &s);
    if (err)
        return err;
    c->y[0] = x;
    c->y[1] = rank;
    c->y[2] = residuals(c, x, rank);
    c->y[3] = s;
    return 0;
}

/* ---- Rows ------------------------------------------------------------- */

const mlrt__op mlrt__factor[] = {
    {.name = "qr",
     .args = "x: tensor; mode: reduced|complete|r = reduced",
     .outs = "q, r",
     .doc = "QR factors of matrices x: (..., m, n): q (..., m, k) has "
            "orthonormal columns, r (..., k, n) is upper triangular, x = q "
            "r; k is the smaller of m and n. \"complete\": q (..., m, m) and "
            "r (..., m, n); \"r\": r alone, q is empty; the gradient is that "
            "of \"reduced\", and of \"complete\" where both are the same. "
            "Signs are as Householder's reflections leave them (LAPACK's "
            "geqrf).",
     .contiguous = MLRT__IN(0),
     .shape = qr_shape,
     .forward = qr_forward,
     .backward = qr_backward,
     .saves = {MLRT__OUT(0) | MLRT__OUT(1)},
     .flops = qr_flops,
     .samples = SAMPLES("r(3,3)", "r(4,2)", "r(2,4)", "r(2,3,2)", "r(3,2):t()",
                        "r(0,3)", "r(3,0)", "r(2,3), 'complete'",
                        "m.eye(4,2) + 1, 'complete'", "m.ones(2,3,1), 'r'",
                        "m.ones(3,0), {mode='complete'}",
                        "!r(3,2), 'full' -- one of reduced|complete|r expected",
                        "!r(3) -- a matrix (m, n) or a batch of them expected",
                        "!m.tensor{{1,1/0}} -- holds nan or inf")},
    {.name = "_lstsq",
     .args = "a: tensor, b: tensor, rcond: number?",
     .outs = "solution, rank, singular_values",
     .doc = "lstsq without the residuals.",
     .contiguous = MLRT__IN(0) | MLRT__IN(1),
     .shape = lstsq_shape,
     .forward = lstsq_forward,
     .backward = lstsq_backward,
     .saves = {MLRT__IN(0) | MLRT__IN(1), MLRT__IN(0)},
     .flops = lstsq_flops},
    {.name = "lstsq",
     .args = "a: tensor, b: tensor, rcond: number?",
     .outs = "solution, rank; residuals, singular_values",
     .doc = "The x with the smallest |a x - b|, and the smallest |x| of those, "
            "for a: (..., m, n) and b: (..., m, k) or (..., m); the rank of "
            "a, i64; the sum of squares of each column of a x - b: (..., k) "
            "or (...), empty unless m > n and all ranks are n; and the "
            "singular values of a, the largest first. Those up to rcond times "
            "the largest count as zero; by default rcond is the larger side "
            "times the precision of the dtype (LAPACK's gelsd).",
     .compose = solutions_compose,
     .samples = SAMPLES("r(4,2), r(4)", "r(4,2), r(4,2)", "r(2,4), r(2,1)",
                        "r(2,3,2), r(2,3)", "r(3,4):t(), r(4)",
                        "r(0,2), r(0,1)", "r(4,2), r(4), {rcond=1e-3}",
                        "m.ones(4,2), r(4,1)", "r(2,3,2), r(2,3,2)",
                        "!r(4,2), r(3) -- a (4, 2) and b (3): (..., m, n) and "
                        "(..., m, k) or (..., m) expected")},
    {0},
};
