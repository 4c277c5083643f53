/* eigh.c: eigenvalues of symmetric matrices, and Cholesky's factor.
 *
 * Both read (x + x^T) / 2, so that every element of x has its share of the
 * gradient, and gradients are symmetric.
 */
#include "../kernels/copy.h"
#include "../lapack.h"

static mlrt_tensor *row(mlrt *m, mlrt_tensor *s) {
    return mlrt_unsqueeze(m, s, -2);
}
static mlrt_tensor *col(mlrt *m, mlrt_tensor *s) {
    return mlrt_unsqueeze(m, s, -1);
}

/* (X + X^T) / 2 */
static mlrt_tensor *symmetric(mlrt *m, mlrt_tensor *x) {
    return mlrt_mul(m, mlrt_add(m, x, mlrt__turned(m, x)), mlrt_number(m, 0.5));
}

static int check(mlrt__call *c) {
    int err = mlrt__want_square(c, 0);
    return err ? err : mlrt__want_finite(c, 0);
}

/* ---- eigh ------------------------------------------------------------- */

static int eigh_job(mlrt__call *c, mlrt__job *j, bool vectors) {
    double size = 0;
    int isize = 0;
    mlrt__job_of(c, j);
    j->flag[0] = vectors;
    if (j->n)
        j->l->syevd(vectors ? 'V' : 'N', j->n, NULL, NULL, &size, -1, &isize,
                    -1);
    j->lwork = mlrt__lapack_size(j->l, &size);
    j->k = isize + 1;
    if (j->lwork < 0 || j->n > 32000) /* it takes 2 n^2, counted in 32 bits */
        return mlrt__bad(c, MLRT_ESHAPE, "x %s is too large for LAPACK",
                         MLRT__ST(mlrt__t(c, 0)));
    j->work = mlrt__piece_bytes((int64_t)j->n * j->n, j->size) +
              mlrt__piece_bytes(j->k, sizeof(int)) +
              mlrt__piece_bytes(j->lwork, j->size);
    return 0;
}

static int eigh_shape_with(mlrt__call *c, bool vectors) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    mlrt__job j = {0};
    int err = check(c);
    if (!err)
        err = eigh_job(c, &j, vectors);
    if (!err)
        err = mlrt__job_scratch(c, &j);
    if (err)
        return err;
    mlrt__out(c, 0, x->dtype, x->ndim - 1, x->shape);
    return vectors ? mlrt__out_like(c, 1, x) : 0;
}
static int eigh_shape(mlrt__call *c) {
    return eigh_shape_with(c, true);
}
static int eigvalsh_shape(mlrt__call *c) {
    return eigh_shape_with(c, false);
}

/* LAPACK leaves vectors in columns that lie together: rows, to us. */
static int eigh_one(const mlrt__job *j, int64_t i, char *work) {
    int n = j->n;
    char *a = mlrt__piece(&work, (int64_t)n * n, j->size);
    int *iwork = mlrt__piece(&work, j->k, sizeof *iwork);
    char *values = mlrt__matrix(j, j->out[0], i, 1, n);
    if (n == 0)
        return 0;
    j->l->mirror(j->context->k->copy->turn, true, n,
                 mlrt__matrix(j, j->in[0], i, n, n), a);
    int info = j->l->syevd(j->flag[0] ? 'V' : 'N', n, a, values, work, j->lwork,
                           iwork, j->k);
    if (!info && j->flag[0])
        mlrt__to_rows(j, n, n, a, n, mlrt__matrix(j, j->out[1], i, n, n));
    return info;
}

static int eigh_forward_with(mlrt__call *c, bool vectors) {
    mlrt__job j = {.fn = eigh_one,
                   .in = {mlrt__ptr(mlrt__t(c, 0))},
                   .out = {mlrt__ptr(c->y[0])}};
    if (vectors)
        j.out[1] = mlrt__ptr(c->y[1]);
    int err = eigh_job(c, &j, vectors);
    if (!err)
        err = mlrt__job_run(c, &j);
    return err == MLRT_ENUMERIC
               ? mlrt__job_bad(c, &j, "keeps the iteration from converging")
               : err;
}
static int eigh_forward(mlrt__call *c) {
    return eigh_forward_with(c, true);
}
static int eigvalsh_forward(mlrt__call *c) {
    return eigh_forward_with(c, false);
}

static double eigh_flops(const mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    return 9 * (double)x->numel * (double)x->shape[x->ndim - 1];
}

/* dA = V (diag(dL) + (V^T dV) / E) V^T with E[i, j] = L[j] - L[i], of which
 * the diagonal counts for nothing. */
static void eigh_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *values = mlrt__saved_out(w, 0), *v = mlrt__saved_out(w, 1);
    if (!values || !v)
        return;
    int64_t n = v->shape[v->ndim - 1];
    mlrt_tensor *eye = mlrt__triangle(m, v->dtype, n, 0, 1, 0);
    mlrt_tensor *vt = mlrt__turned(m, v), *mid = NULL;
    if (mlrt__has_g(w, 0))
        mid = mlrt_mul(m, eye, row(m, mlrt__g(w, 0)));
    if (mlrt__has_g(w, 1)) {
        mlrt_tensor *off = mlrt__triangle(m, v->dtype, n, 1, 0, 1);
        mlrt_tensor *e = mlrt_sub(m, row(m, values), col(m, values));
        mlrt_tensor *x = mlrt_matmul(m, vt, mlrt__g(w, 1));
        x = mlrt_div(m, mlrt_mul(m, x, off), mlrt_add(m, e, eye));
        mid = mid ? mlrt_add(m, mid, x) : x;
    }
    mid = mlrt_matmul(m, mlrt_matmul(m, v, mid), vt);
    mlrt__give(w, 0, symmetric(m, mid));
}

static void eigvalsh_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *v = NULL;
    if (mlrt_eigh(m, mlrt__in(w, 0), NULL, &v) != 0)
        return;
    mlrt_tensor *scaled = mlrt_mul(m, v, row(m, mlrt__g(w, 0)));
    mlrt__give(w, 0, mlrt_matmul(m, scaled, mlrt__turned(m, v)));
}

/* ---- cholesky --------------------------------------------------------- */

static int cholesky_shape(mlrt__call *c) {
    int err = check(c);
    return err ? err : mlrt__out_like(c, 0, mlrt__t(c, 0));
}

/* LAPACK's upper triangle, column by column, is our lower one. */
static int cholesky_one(const mlrt__job *j, int64_t i, char *work) {
    bool upper = j->flag[0];
    size_t n = (size_t)j->n;
    char *y = mlrt__matrix(j, j->out[0], i, j->n, j->n);
    (void)work;
    if (n == 0)
        return 0;
    j->l->mirror(j->context->k->copy->turn, upper, j->n,
                 mlrt__matrix(j, j->in[0], i, j->n, j->n), y);
    for (size_t r = 0; r < n; r++)
        memset(y + (r * n + (upper ? 0 : r + 1)) * j->size, 0,
               (upper ? r : n - r - 1) * j->size);
    return j->l->potrf(upper ? 'L' : 'U', j->n, y);
}

static int cholesky_forward(mlrt__call *c) {
    mlrt__job j = {.fn = cholesky_one,
                   .flag = {mlrt__i(c, 1) != 0},
                   .in = {mlrt__ptr(mlrt__t(c, 0))},
                   .out = {mlrt__ptr(c->y[0])}};
    mlrt__job_of(c, &j);
    int err = mlrt__job_run(c, &j);
    if (err != MLRT_ENUMERIC)
        return err;
    return mlrt__job_bad(c, &j,
                         "is not positive definite (its leading minor of size "
                         "%d)",
                         j.info);
}

static double cholesky_flops(const mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    return (double)x->numel * (double)x->shape[x->ndim - 1] / 3;
}

/* With P = the lower triangle of L^T dL, its diagonal halved:
 * dA = (S + S^T) / 2, S = L^-T P L^-1 (Murray 2016). */
static void cholesky_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    bool upper = mlrt__arg(w, 1)->u.i != 0;
    mlrt_tensor *l = mlrt__saved_out(w, 0), *g = mlrt__g(w, 0), *lt;
    if (!l)
        return;
    if (upper) {
        l = mlrt__turned(m, l);
        g = mlrt__turned(m, g);
    }
    lt = mlrt__turned(m, l);
    const mlrt__edge *e = mlrt__operand(w, 0);
    mlrt_tensor *p = mlrt__triangle(m, e->dtype, e->shape[e->ndim - 1], 1, 0.5,
                                    0);
    p = mlrt_mul(m, mlrt_matmul(m, lt, g), p);
    p = mlrt_solve_triangular(m, lt, p, true, true, false);
    p = mlrt_solve_triangular(m, l, p, false, false, false);
    mlrt__give(w, 0, symmetric(m, p));
}

/* ---- cholesky_solve --------------------------------------------------- */

/* A = L L^T: two triangular solves. */
static int cholesky_solve_compose(mlrt__call *c) {
    mlrt *m = c->m;
    mlrt_tensor *b = mlrt__t(c, 0), *l = mlrt__t(c, 1);
    bool upper = mlrt__i(c, 2) != 0;
    int err = mlrt__want_square(c, 1);
    if (!err)
        err = mlrt__want_matrix(c, 0);
    if (err)
        return err;
    mlrt_tensor *lt = mlrt__turned(m, l);
    if (b->shape[b->ndim - 2] != l->shape[l->ndim - 1])
        return mlrt__bad(
            c, MLRT_ESHAPE, "b: (..., %lld, k) expected for l %s, got %s",
            (long long)l->shape[l->ndim - 1], MLRT__ST(l), MLRT__ST(b));
    mlrt_tensor *y = mlrt_solve_triangular(m, upper ? lt : l, b, false, true,
                                           false);
    c->y[0] = mlrt_solve_triangular(m, upper ? l : lt, y, true, true, false);
    return 0;
}

/* ---- Rows ------------------------------------------------------------- */

const mlrt__op mlrt__eigh[] = {
    {.name = "eigh",
     .args = "x: tensor",
     .outs = "values, vectors",
     .doc = "Eigenvalues (..., n), rising, and eigenvectors, the columns of "
            "(..., n, n), of symmetric matrices x: (..., n, n), taken as (x + "
            "x^T) / 2. The gradient of the vectors is not defined where "
            "values are equal (LAPACK's syevd).",
     .contiguous = MLRT__IN(0),
     .shape = eigh_shape,
     .forward = eigh_forward,
     .backward = eigh_backward,
     .saves = {MLRT__OUT(0) | MLRT__OUT(1)},
     .flops = eigh_flops,
     .samples = SAMPLES("r(3,3)", "r(2,2,2)", "r(3,3):t()", "r(0,0)",
                        "!r(2,3) -- square matrices expected",
                        "!m.tensor{{1,0/0},{2,3}} -- holds nan or inf")},
    {.name = "eigvalsh",
     .args = "x: tensor",
     .outs = "values",
     .doc = "Eigenvalues (..., n), rising, of symmetric matrices x: (..., n, "
            "n), taken as (x + x^T) / 2.",
     .contiguous = MLRT__IN(0),
     .shape = eigvalsh_shape,
     .forward = eigvalsh_forward,
     .backward = eigvalsh_backward,
     .saves = {MLRT__IN(0)},
     .flops = eigh_flops,
     .samples = SAMPLES("r(3,3)", "r(2,2,2)", "r(3,3):t()", "r(0,0)",
                        "!r(2,3) -- square matrices expected")},
    {.name = "cholesky",
     .args = "x: tensor, upper: bool = false",
     .outs = "l",
     .doc = "Cholesky's factor of positive definite matrices x: (..., n, n), "
            "taken as (x + x^T) / 2: the lower triangular l with x = l l^T, or "
            "the upper one with x = l^T l.",
     .contiguous = MLRT__IN(0),
     .shape = cholesky_shape,
     .forward = cholesky_forward,
     .backward = cholesky_backward,
     .saves = {MLRT__OUT(0)},
     .flops = cholesky_flops,
     .samples = SAMPLES("u(3,3) + 3 * m.eye(3)", "u(2,2,2) + 3 * m.eye(2)",
                        "u(3,3) + 3 * m.eye(3), {upper=true}",
                        "(u(3,3) + 3 * m.eye(3)):t()", "r(0,0)",
                        "!m.tensor{{1,2},{2,1}} -- the matrix is not positive "
                        "definite (its leading minor of size 2)",
                        "!r(2,3) -- square matrices expected")},
    {.name = "cholesky_solve",
     .args = "b: tensor, l: tensor, upper: bool = false",
     .outs = "x",
     .doc = "x such that a x = b, from the factor l of a = l l^T (or l^T l) "
            "that `cholesky` gave; b: (..., n, k).",
     .compose = cholesky_solve_compose,
     .samples = SAMPLES("r(3,2), p(3,3)", "r(3,2), p(3,3), {upper=true}",
                        "r(2,3,1), p(3,3)",
                        "!r(2,1), p(3,3) -- b: (..., 3, k) expected for l (3, "
                        "3), got (2, 1)")},
    {0},
};
