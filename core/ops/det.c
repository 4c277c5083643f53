/* det.c: determinants.
 *
 * From the factors A^T = P L U: the product of U's diagonal, with the sign
 * of the exchanges.  It is taken in double, so that f32 does not overflow on
 * the way.
 */
#include <math.h>

#include "../lapack.h"

static int det_shape_with(mlrt__call *c, int outs) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    mlrt__job j = {0};
    int err = mlrt__want_square(c, 0);
    if (!err)
        err = mlrt__want_finite(c, 0);
    if (err)
        return err;
    mlrt__job_of(c, &j);
    j.work = mlrt__factor_bytes(&j);
    for (int i = 0; i < outs; i++)
        mlrt__out(c, i, x->dtype, x->ndim - 2, x->shape);
    return mlrt__job_scratch(c, &j);
}

/* The sign of det(A), and of u's diagonal the product or the sum of
 * logarithms. */
static double sign_of(const mlrt__job *j, const void *lu, const int *pivots,
                      double *product, double *logs) {
    double sign = 1;
    *product = 1;
    *logs = 0;
    for (int64_t i = 0; i < j->n; i++) {
        double u = j->l->get(lu, i * (j->n + 1));
        sign *= pivots[i] == i + 1 ? 1 : -1;
        sign *= u < 0 ? -1 : u > 0 ? 1 : 0;
        *product *= fabs(u);
        *logs += log(fabs(u));
    }
    return sign;
}

/* flag: the sign and the logarithm go to two places. */
static int det_one(const mlrt__job *j, int64_t i, char *work) {
    double product = 1, logs = 0, sign = 1;
    char *lu;
    int *pivots;
    if (j->n) { /* a zero pivot is no failure here */
        mlrt__job_factor(j, i, &work, &lu, &pivots);
        sign = sign_of(j, lu, pivots, &product, &logs);
    }
    j->l->set(j->out[0], i, j->flag[0] ? sign : sign == 0 ? 0 : sign * product);
    if (j->flag[0])
        j->l->set(j->out[1], i, sign == 0 ? -(double)INFINITY : logs);
    return 0;
}

static int det_run(mlrt__call *c, bool logs) {
    mlrt__job j = {.fn = det_one,
                   .flag = {logs},
                   .in = {mlrt__ptr(mlrt__t(c, 0))},
                   .out = {mlrt__ptr(c->y[0])}};
    if (logs)
        j.out[1] = mlrt__ptr(c->y[1]);
    mlrt__job_of(c, &j);
    j.work = mlrt__factor_bytes(&j);
    return mlrt__job_run(c, &j);
}

static double det_flops(const mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    return (double)x->numel * (double)x->shape[x->ndim - 1] / 1.5;
}

/* A number for each matrix, spread over its elements. */
static mlrt_tensor *spread(mlrt *m, mlrt_tensor *t) {
    return mlrt_unsqueeze(m, mlrt_unsqueeze(m, t, -1), -1);
}

/* ---- det -------------------------------------------------------------- */

static int det_shape(mlrt__call *c) {
    return det_shape_with(c, 1);
}
static int det_forward(mlrt__call *c) {
    return det_run(c, false);
}

static bool any_zero(const mlrt_tensor *t) {
    const mlrt__lapack *l = mlrt__lapack_for(t->dtype);
    for (int64_t i = 0; i < t->numel; i++)
        if (l->get(mlrt__ptr(t), i) == 0)
            return true;
    return false;
}

/* dA = d det(A) A^-T (Jacobi); without an inverse, from the singular values,
 * which does for a first gradient. */
static void det_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *x = mlrt__in(w, 0), *det = mlrt__saved_out(w, 0), *y;
    if (!x || !det)
        return;
    if (any_zero(det) && !(w->flags & MLRT_CREATE_GRAPH))
        y = mlrt__cofactor(m, x);
    else
        y = mlrt_mul(m, spread(m, det), mlrt__turned(m, mlrt_inv(m, x)));
    mlrt__give(w, 0, mlrt_mul(m, spread(m, mlrt__g(w, 0)), y));
}

/* ---- slogdet ---------------------------------------------------------- */

static int slogdet_shape(mlrt__call *c) {
    return det_shape_with(c, 2);
}
static int slogdet_forward(mlrt__call *c) {
    return det_run(c, true);
}

static void slogdet_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *y = mlrt__turned(m, mlrt_inv(m, mlrt__in(w, 0)));
    mlrt__give(w, 0, mlrt_mul(m, spread(m, mlrt__g(w, 1)), y));
}

/* ---- _cofactor -------------------------------------------------------- */

/* LAPACK's factors of A^T in C order are V^T and U; both are factored again
 * for the signs of their determinants. */
static int cofactor_job(mlrt__call *c, mlrt__job *j) {
    double size = 0;
    int iwork[8];
    mlrt__job_of(c, j);
    if (j->n)
        j->l->gesdd('S', j->n, j->n, NULL, NULL, NULL, NULL, j->n, &size, -1,
                    iwork);
    j->lwork = mlrt__lapack_size(j->l, &size);
    if (j->lwork < 0 || j->n > 16000)
        return mlrt__bad(c, MLRT_ESHAPE, "x %s is too large for LAPACK",
                         MLRT__ST(mlrt__t(c, 0)));
    j->work = 3 * mlrt__piece_bytes((int64_t)j->n * j->n, j->size) +
              2 * mlrt__piece_bytes(j->n, j->size) +
              mlrt__piece_bytes(8 * (int64_t)j->n, sizeof(int)) +
              mlrt__piece_bytes(j->lwork, j->size);
    return 0;
}

static int cofactor_shape(mlrt__call *c) {
    mlrt__job j = {0};
    int err = mlrt__want_square(c, 0);
    if (!err)
        err = mlrt__want_finite(c, 0);
    if (!err)
        err = cofactor_job(c, &j);
    if (!err)
        err = mlrt__job_scratch(c, &j);
    return err ? err : mlrt__out_like(c, 0, mlrt__t(c, 0));
}

/* s[i] = sign * the product of the other values */
static void others(const mlrt__job *j, void *s, void *out, double sign) {
    for (int64_t i = 0; i < j->n; i++) {
        double product = sign;
        for (int64_t o = 0; o < j->n; o++)
            product *= o == i ? 1 : j->l->get(s, o);
        j->l->set(out, i, product);
    }
}

static double det_sign(const mlrt__job *j, const void *q, void *lu,
                       int *pivots) {
    double product, logs;
    memcpy(lu, q, (size_t)j->n * (size_t)j->n * j->size);
    j->l->getrf(j->n, lu, pivots);
    return sign_of(j, lu, pivots, &product, &logs);
}

/* d det(A) / dA = det(U V^T) U diag(products of the other values) V^T */
static int cofactor_one(const mlrt__job *j, int64_t i, char *work) {
    int n = j->n;
    int64_t all = (int64_t)n * n;
    char *a = mlrt__piece(&work, all, j->size);
    char *vt = mlrt__piece(&work, all, j->size);
    char *u = mlrt__piece(&work, all, j->size);
    char *s = mlrt__piece(&work, n, j->size);
    char *c = mlrt__piece(&work, n, j->size);
    int *iwork = mlrt__piece(&work, 8 * (int64_t)n, sizeof *iwork);
    if (n == 0)
        return 0;
    memcpy(a, mlrt__matrix(j, j->in[0], i, n, n), (size_t)all * j->size);
    int info = j->l->gesdd('S', n, n, a, s, vt, u, n, work, j->lwork, iwork);
    if (info)
        return info;
    double sign = det_sign(j, u, a, iwork) * det_sign(j, vt, a, iwork);
    others(j, s, c, sign);
    j->l->scale_rows(n, n, c, vt);
    j->l->gemm(false, false, n, n, n, u, vt,
               mlrt__matrix(j, j->out[0], i, n, n));
    return 0;
}

static int cofactor_forward(mlrt__call *c) {
    mlrt__job j = {.fn = cofactor_one,
                   .in = {mlrt__ptr(mlrt__t(c, 0))},
                   .out = {mlrt__ptr(c->y[0])}};
    int err = cofactor_job(c, &j);
    if (!err)
        err = mlrt__job_run(c, &j);
    return err == MLRT_ENUMERIC
               ? mlrt__job_bad(c, &j, "keeps the iteration from converging")
               : err;
}

/* ---- Rows ------------------------------------------------------------- */

const mlrt__op mlrt__det[] = {
    {.name = "det",
     .args = "x: tensor",
     .outs = "y",
     .doc = "Determinants of square matrices x: (..., n, n) -> (...). For the "
            "logarithm use `slogdet`, which does not overflow.",
     .contiguous = MLRT__IN(0),
     .shape = det_shape,
     .forward = det_forward,
     .backward = det_backward,
     .saves = {MLRT__IN(0) | MLRT__OUT(0)},
     .flops = det_flops,
     .samples = SAMPLES("r(3,3)", "r(2,2,2)", "r(3,3):t()", "r(0,0)",
                        "m.ones(2,2)", "!r(2,3) -- square matrices expected",
                        "!i(2,2) -- f32 or f64 expected")},
    {.name = "slogdet",
     .args = "x: tensor",
     .outs = "sign, logabsdet",
     .doc = "Sign (0 for a singular matrix) and natural logarithm of the "
            "magnitude (then -inf) of the determinants of x: (..., n, n).",
     .contiguous = MLRT__IN(0),
     .shape = slogdet_shape,
     .forward = slogdet_forward,
     .backward = slogdet_backward,
     .saves = {MLRT__IN(0)},
     .flops = det_flops,
     .samples = SAMPLES("r(3,3)", "r(2,2,2)", "r(3,3):t()", "r(0,0)",
                        "!r(2,3) -- square matrices expected")},
    {.name = "_cofactor",
     .args = "x: tensor",
     .outs = "y",
     .doc = "The gradient of det at x: (..., n, n), singular or not.",
     .contiguous = MLRT__IN(0),
     .shape = cofactor_shape,
     .forward = cofactor_forward,
     .samples = SAMPLES("r(3,3)", "r(2,2,2)", "m.ones(2,2)", "r(0,0)")},
    {0},
};
