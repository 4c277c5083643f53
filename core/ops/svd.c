/* svd.c: singular values, and the pseudoinverse made of them.
 *
 * To LAPACK a matrix A in C order is A^T = V S U^T.  The factors it returns,
 * V and U^T column by column, are Vh and U row by row: nothing is turned.
 */
#include <math.h>

#include "../lapack.h"

enum { FULL = 1 };

/* ---- Running gesdd ---------------------------------------------------- */

/* Work space for a factoring with `letter` (N: values alone, S: thin
 * factors, A: full ones). */
static int svd_job(mlrt__call *c, mlrt__job *j, char letter) {
    double size = 0;
    int iwork[8];
    mlrt__job_of(c, j);
    j->k = j->m < j->n ? j->m : j->n;
    int ldvt = letter == 'A' ? j->m : j->k;
    if (j->k)
        j->l->gesdd(letter, j->n, j->m, NULL, NULL, NULL, NULL, ldvt, &size, -1,
                    iwork);
    j->lwork = mlrt__lapack_size(j->l, &size);
    /* gesdd counts with 32 bits up to about this size, whatever it asks. */
    if (j->lwork < 0 || (double)j->k * j->k * 8 > 2147483647.0)
        return mlrt__bad(c, MLRT_ESHAPE, "x %s is too large for LAPACK",
                         MLRT__ST(mlrt__t(c, 0)));
    j->work = mlrt__piece_bytes((int64_t)j->m * j->n, j->size) +
              mlrt__piece_bytes(8 * (int64_t)j->k, sizeof(int)) +
              mlrt__piece_bytes(j->lwork, j->size);
    return 0;
}

/* Factors matrix i into s, and unless the letter is N, u and vh. */
static int gesdd(const mlrt__job *j, char letter, int64_t i, void *u, void *s,
                 void *vh, char *work) {
    void *a = mlrt__piece(&work, (int64_t)j->m * j->n, j->size);
    int *iwork = mlrt__piece(&work, 8 * (int64_t)j->k, sizeof *iwork);
    memcpy(a, mlrt__matrix(j, j->in[0], i, j->m, j->n),
           (size_t)j->m * (size_t)j->n * j->size);
    return j->l->gesdd(letter, j->n, j->m, a, s, vh, u,
                       letter == 'A' ? j->m : j->k, work, j->lwork, iwork);
}

static int svd_check(mlrt__call *c) {
    int err = mlrt__want_matrix(c, 0);
    return err ? err : mlrt__want_finite(c, 0);
}

static int svd_run(mlrt__call *c, mlrt__job *j) {
    int err = mlrt__job_run(c, j);
    return err == MLRT_ENUMERIC
               ? mlrt__job_bad(c, j, "keeps the iteration from converging")
               : err;
}

/* x's batch, then one or two sizes. */
static int batched_out(mlrt__call *c, int i, int n, int64_t a, int64_t b) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    int64_t shape[MLRT_MAX_DIMS];
    int lead = x->ndim - 2;
    memcpy(shape, x->shape, (size_t)lead * sizeof *shape);
    shape[lead] = a;
    shape[lead + 1] = b;
    return mlrt__out(c, i, x->dtype, lead + n, shape);
}

/* ---- svd -------------------------------------------------------------- */

static char letter_of(const mlrt__call *c) {
    return mlrt__i(c, FULL) ? 'A' : 'S';
}

static int svd_shape(mlrt__call *c) {
    mlrt__job j = {0};
    int err = svd_check(c);
    if (!err)
        err = svd_job(c, &j, letter_of(c));
    if (!err)
        err = mlrt__job_scratch(c, &j);
    if (err)
        return err;
    bool full = mlrt__i(c, FULL) != 0;
    batched_out(c, 0, 2, j.m, full ? j.m : j.k);
    batched_out(c, 1, 1, j.k, 0);
    return batched_out(c, 2, 2, full ? j.n : j.k, j.n);
}

static void identity(const mlrt__job *j, int n, char *y) {
    memset(y, 0, (size_t)n * (size_t)n * j->size);
    for (int64_t i = 0; i < n; i++)
        j->l->set(y, i * (n + 1), 1);
}

static int svd_one(const mlrt__job *j, int64_t i, char *work) {
    bool full = j->flag[0];
    int rows = full ? j->m : j->k, cols = full ? j->n : j->k;
    char *u = mlrt__matrix(j, j->out[0], i, j->m, rows);
    char *vh = mlrt__matrix(j, j->out[2], i, cols, j->n);
    if (j->k)
        return gesdd(j, full ? 'A' : 'S', i, u,
                     mlrt__matrix(j, j->out[1], i, 1, j->k), vh, work);
    if (full) {
        identity(j, j->m, u);
        identity(j, j->n, vh);
    }
    return 0;
}

static int svd_forward(mlrt__call *c) {
    mlrt__job j = {.fn = svd_one,
                   .flag = {mlrt__i(c, FULL) != 0},
                   .in = {mlrt__ptr(mlrt__t(c, 0))}};
    for (int i = 0; i < 3; i++)
        j.out[i] = mlrt__ptr(c->y[i]);
    int err = svd_job(c, &j, letter_of(c));
    return err ? err : svd_run(c, &j);
}

/* About what gesdd takes with vectors. */
static double svd_flops(const mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    double m = (double)x->shape[x->ndim - 2], n = (double)x->shape[x->ndim - 1];
    return 10 * (double)x->numel * (m < n ? m : n);
}

/* ---- Its gradient ----------------------------------------------------- */

typedef struct factors {
    mlrt_tensor *u, *s, *vh;    /* thin */
    mlrt_tensor *gu, *gs, *gvh; /* NULL: none arrived */
} factors;

static mlrt_tensor *row(mlrt *m, mlrt_tensor *s) {
    return mlrt_unsqueeze(m, s, -2);
}
static mlrt_tensor *col(mlrt *m, mlrt_tensor *s) {
    return mlrt_unsqueeze(m, s, -1);
}

/* (X - X^T) / E with E[i, j] = s[j]^2 - s[i]^2, and 1 on the diagonal. */
static mlrt_tensor *skew(mlrt *m, mlrt_tensor *x, mlrt_tensor *s) {
    if (!s)
        return NULL;
    mlrt_tensor *s2 = mlrt_mul(m, s, s);
    mlrt_tensor *e = mlrt_sub(m, row(m, s2), col(m, s2));
    int64_t k = s->shape[s->ndim - 1];
    e = mlrt_add(m, e, mlrt__triangle(m, s->dtype, k, 0, 1, 0));
    return mlrt_div(m, mlrt_sub(m, x, mlrt__turned(m, x)), e);
}

static mlrt_tensor *plus(mlrt *m, mlrt_tensor *a, mlrt_tensor *b) {
    return a ? mlrt_add(m, a, b) : b;
}

/* What stands between U and Vh:
 * skew(U^T dU) S + S skew(V^T dV) + diag(dS) */
static mlrt_tensor *middle(mlrt *m, const factors *f) {
    mlrt_tensor *sum = NULL;
    if (f->gu) {
        mlrt_tensor *x = mlrt_matmul(m, mlrt__turned(m, f->u), f->gu);
        sum = mlrt_mul(m, skew(m, x, f->s), row(m, f->s));
    }
    if (f->gvh) {
        mlrt_tensor *x = mlrt_matmul(m, f->vh, mlrt__turned(m, f->gvh));
        sum = plus(m, sum, mlrt_mul(m, skew(m, x, f->s), col(m, f->s)));
    }
    if (f->gs && f->s) {
        int64_t k = f->s->shape[f->s->ndim - 1];
        mlrt_tensor *eye = mlrt__triangle(m, f->s->dtype, k, 0, 1, 0);
        sum = plus(m, sum, mlrt_mul(m, eye, row(m, f->gs)));
    }
    return sum;
}

/* What lies outside the spaces of U and V:
 * (I - U U^T) dU S^-1 Vh + U S^-1 dVh (I - V V^T) */
static mlrt_tensor *outside(mlrt *m, const factors *f, int64_t rows,
                            int64_t cols, mlrt_tensor *g) {
    if (f->gu && rows > cols) {
        mlrt_tensor *in = mlrt_matmul(m, mlrt__turned(m, f->u), f->gu);
        mlrt_tensor *x = mlrt_sub(m, f->gu, mlrt_matmul(m, f->u, in));
        x = mlrt_div(m, x, row(m, f->s));
        g = mlrt_add(m, g, mlrt_matmul(m, x, f->vh));
    }
    if (f->gvh && cols > rows) {
        mlrt_tensor *in = mlrt_matmul(m, f->gvh, mlrt__turned(m, f->vh));
        mlrt_tensor *x = mlrt_sub(m, f->gvh, mlrt_matmul(m, in, f->vh));
        x = mlrt_div(m, x, col(m, f->s));
        g = mlrt_add(m, g, mlrt_matmul(m, f->u, x));
    }
    return g;
}

/* The first k columns of a full factor. */
static mlrt_tensor *thin(mlrt *m, mlrt_tensor *q, int64_t k) {
    bool whole = !q || q->shape[q->ndim - 1] == k;
    return whole ? q : mlrt_narrow(m, q, -1, 0, k);
}

/* The gradient of the first k columns Q of a full factor [Q R].  R moves with
 * them, dR = -Q dQ^T R, so its gradient gives them -R (dR^T Q). */
static mlrt_tensor *thin_gradient(mlrt *m, mlrt_tensor *q, mlrt_tensor *g,
                                  int64_t k) {
    if (!q || !g || q->shape[q->ndim - 1] == k)
        return g;
    int64_t n = q->shape[q->ndim - 1] - k;
    mlrt_tensor *r = mlrt_narrow(m, q, -1, k, n);
    mlrt_tensor *gr = mlrt__turned(m, mlrt_narrow(m, g, -1, k, n));
    mlrt_tensor *x = mlrt_matmul(m, r, mlrt_matmul(m, gr, thin(m, q, k)));
    return mlrt_sub(m, thin(m, g, k), x);
}

/* Townsend 2016, "Differentiating the singular value decomposition"; not
 * defined where singular values are equal, or zero in a matrix that is not
 * square. */
static void svd_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    const mlrt__edge *e = mlrt__operand(w, 0);
    int64_t rows = e->shape[e->ndim - 2], cols = e->shape[e->ndim - 1];
    int64_t k = rows < cols ? rows : cols;
    mlrt_tensor *u = mlrt__saved_out(w, 0);
    mlrt_tensor *v = mlrt__turned(m, mlrt__saved_out(w, 2));
    factors f = {thin(m, u, k),
                 mlrt__saved_out(w, 1),
                 mlrt__turned(m, thin(m, v, k)),
                 NULL,
                 NULL,
                 NULL};
    if (mlrt__has_g(w, 0))
        f.gu = thin_gradient(m, u, mlrt__g(w, 0), k);
    if (mlrt__has_g(w, 1))
        f.gs = mlrt__g(w, 1);
    if (mlrt__has_g(w, 2)) {
        mlrt_tensor *gv = mlrt__turned(m, mlrt__g(w, 2));
        f.gvh = mlrt__turned(m, thin_gradient(m, v, gv, k));
    }
    mlrt_tensor *g;
    if (f.gu || f.gvh)
        g = mlrt_matmul(m, mlrt_matmul(m, f.u, middle(m, &f)), f.vh);
    else
        g = mlrt_matmul(m, f.u, mlrt_mul(m, col(m, f.gs), f.vh));
    mlrt__give(w, 0, outside(m, &f, rows, cols, g));
}

/* ---- svdvals ---------------------------------------------------------- */

static int svdvals_shape(mlrt__call *c) {
    mlrt__job j = {0};
    int err = svd_check(c);
    if (!err)
        err = svd_job(c, &j, 'N');
    if (!err)
        err = mlrt__job_scratch(c, &j);
    return err ? err : batched_out(c, 0, 1, j.k, 0);
}

static int svdvals_one(const mlrt__job *j, int64_t i, char *work) {
    char *s = mlrt__matrix(j, j->out[0], i, 1, j->k);
    return j->k ? gesdd(j, 'N', i, NULL, s, NULL, work) : 0;
}

static int svdvals_forward(mlrt__call *c) {
    mlrt__job j = {.fn = svdvals_one,
                   .in = {mlrt__ptr(mlrt__t(c, 0))},
                   .out = {mlrt__ptr(c->y[0])}};
    int err = svd_job(c, &j, 'N');
    return err ? err : svd_run(c, &j);
}

static void svdvals_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *u = NULL, *vh = NULL;
    if (mlrt_svd(m, mlrt__in(w, 0), false, &u, NULL, &vh) != 0)
        return;
    vh = mlrt_mul(m, col(m, mlrt__g(w, 0)), vh);
    mlrt__give(w, 0, mlrt_matmul(m, u, vh));
}

/* ---- pinv ------------------------------------------------------------- */

static int pinv_job(mlrt__call *c, mlrt__job *j) {
    int err = svd_job(c, j, 'S');
    j->number = mlrt__d(c, 1);
    j->least = mlrt__d(c, 2);
    j->work += mlrt__piece_bytes((int64_t)j->m * j->k, j->size) +
               mlrt__piece_bytes(j->k, j->size) +
               mlrt__piece_bytes((int64_t)j->k * j->n, j->size);
    return err;
}

static int pinv_shape(mlrt__call *c) {
    mlrt__job j = {0};
    int err = svd_check(c);
    if (!err)
        err = pinv_job(c, &j);
    if (!err)
        err = mlrt__job_scratch(c, &j);
    return err ? err : batched_out(c, 0, 2, j.n, j.m);
}

/* P = V S^-1 U^T, without the values below the limit. */
static int pinv_one(const mlrt__job *j, int64_t i, char *work) {
    void *u = mlrt__piece(&work, (int64_t)j->m * j->k, j->size);
    void *s = mlrt__piece(&work, j->k, j->size);
    void *vh = mlrt__piece(&work, (int64_t)j->k * j->n, j->size);
    if (j->k == 0)
        return 0; /* no elements either */
    int info = gesdd(j, 'S', i, u, s, vh, work);
    if (info)
        return info;
    double limit = fmax(j->least, j->number * j->l->get(s, 0));
    for (int64_t r = 0; r < j->k; r++) {
        double v = j->l->get(s, r);
        j->l->set(s, r, v > limit ? 1 / v : 0);
    }
    j->l->scale_rows(j->k, j->n, s, vh);
    j->l->gemm(true, true, j->n, j->m, j->k, vh, u,
               mlrt__matrix(j, j->out[0], i, j->n, j->m));
    return 0;
}

static int pinv_forward(mlrt__call *c) {
    mlrt__job j = {.fn = pinv_one,
                   .in = {mlrt__ptr(mlrt__t(c, 0))},
                   .out = {mlrt__ptr(c->y[0])}};
    int err = pinv_job(c, &j);
    return err ? err : svd_run(c, &j);
}

/* Golub and Pereyra 1973: dA = -P^T dP P^T + (I - A P) dP^T P P^T +
 * P^T P dP^T (I - P A), for matrices of the same rank around. */
mlrt_tensor *mlrt__pinv_gradient(mlrt *m, mlrt_tensor *a, mlrt_tensor *p,
                                 mlrt_tensor *g) {
    mlrt_tensor *pt = mlrt__turned(m, p), *gt = mlrt__turned(m, g);
    mlrt_tensor *x = mlrt_matmul(m, gt, mlrt_matmul(m, p, pt));
    mlrt_tensor *y = mlrt_matmul(m, mlrt_matmul(m, pt, p), gt);
    x = mlrt_sub(m, x, mlrt_matmul(m, a, mlrt_matmul(m, p, x)));
    y = mlrt_sub(m, y, mlrt_matmul(m, mlrt_matmul(m, y, p), a));
    mlrt_tensor *z = mlrt_matmul(m, mlrt_matmul(m, pt, g), pt);
    return mlrt_sub(m, mlrt_add(m, x, y), z);
}

static void pinv_backward(mlrt__walk *w) {
    mlrt__give(w, 0,
               mlrt__pinv_gradient(w->m, mlrt__in(w, 0), mlrt__saved_out(w, 0),
                                   mlrt__g(w, 0)));
}

/* ---- Rows ------------------------------------------------------------- */

const mlrt__op mlrt__svd[] = {
    {.name = "svd",
     .args = "x: tensor, full_matrices: bool = false",
     .outs = "u, s, vh",
     .doc = "Singular value decomposition x = u diag(s) vh of matrices x: "
            "(..., m, n): u (..., m, k) and vh (..., k, n) have orthonormal "
            "columns and rows, s (..., k) falls and is not negative; k is the "
            "smaller of m and n. full_matrices completes u to (..., m, m) "
            "and vh to (..., n, n). The gradient is not defined where "
            "singular values are equal (LAPACK's gesdd; Townsend 2016).",
     .contiguous = MLRT__IN(0),
     .shape = svd_shape,
     .forward = svd_forward,
     .backward = svd_backward,
     .saves = {MLRT__OUT(0) | MLRT__OUT(1) | MLRT__OUT(2)},
     .flops = svd_flops,
     .samples = SAMPLES("r(3,3)", "r(4,2)", "r(2,4)", "r(2,3,2)", "r(3,4):t()",
                        "r(3,2), {full_matrices=true}", "r(0,3)",
                        "!r(3) -- a matrix (m, n) or a batch of them expected",
                        "!i(2,2) -- f32 or f64 expected",
                        "!m.tensor{{1,1/0}} -- holds nan or inf")},
    {.name = "svdvals",
     .args = "x: tensor",
     .outs = "s",
     .doc = "The singular values of matrices x: (..., m, n), the largest "
            "first: (..., k), k being the smaller of m and n.",
     .contiguous = MLRT__IN(0),
     .shape = svdvals_shape,
     .forward = svdvals_forward,
     .backward = svdvals_backward,
     .saves = {MLRT__IN(0)},
     .flops = svd_flops,
     .samples = SAMPLES("r(3,3)", "r(4,2)", "r(2,2,3)", "r(3,2):t()", "r(0,3)",
                        "!r(3) -- a matrix (m, n) or a batch of them "
                        "expected")},
    {.name = "_pinv",
     .args = "x: tensor, rtol: number, atol: number",
     .outs = "y",
     .doc = "pinv with both limits given.",
     .contiguous = MLRT__IN(0),
     .shape = pinv_shape,
     .forward = pinv_forward,
     .backward = pinv_backward,
     .saves = {MLRT__IN(0) | MLRT__OUT(0)},
     .flops = svd_flops},
    {0},
};
