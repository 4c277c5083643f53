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

/* Is the inverse of one of the matrices too large to be multiplied by again?
 * The second derivative holds it twice, and loses what the determinant has
 * lost, so a smallest singular value of root(eps) times the largest is too
 * small. */
static bool near_singular(mlrt *m, mlrt_tensor *x) {
    bool recording = mlrt_set_grad_mode(m, false), near = false;
    mlrt_tensor *s = mlrt_svdvals(m, mlrt_detach(x));
    int64_t n = x->shape[x->ndim - 1];
    mlrt_set_grad_mode(m, recording);
    if (!s)
        return false;
    const mlrt__lapack *l = mlrt__lapack_for(s->dtype);
    double least = s->dtype == MLRT_F64 ? 0x1p-26 : 0x1p-12;
    for (int64_t i = 0; i < s->numel && !near; i += n)
        near = l->get(mlrt__ptr(s), i + n - 1) <=
               least * l->get(mlrt__ptr(s), i);
    return near;
}

/* dA = d det(A) A^-T (Jacobi); without an inverse, from the singular values,
 * which does for a first and a second gradient. */
static void det_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *x = mlrt__in(w, 0), *det = mlrt__saved_out(w, 0), *y;
    if (!x || !det)
        return;
    if (any_zero(det) ||
        ((w->flags & MLRT_CREATE_GRAPH) && near_singular(m, x)))
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
 * for the signs of their determinants.  flag: for the gradient, two matrices
 * more. */
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
    j->work = (j->flag[0] ? 5 : 3) *
                  mlrt__piece_bytes((int64_t)j->n * j->n, j->size) +
              2 * mlrt__piece_bytes(j->n, j->size) +
              mlrt__piece_bytes(8 * (int64_t)j->n, sizeof(int)) +
              mlrt__piece_bytes(j->lwork, j->size);
    return 0;
}

static int cofactor_shape_with(mlrt__call *c, bool grad) {
    mlrt__job j = {.flag = {grad}};
    int err = mlrt__want_square(c, 0);
    if (!err)
        err = mlrt__want_finite(c, 0);
    if (!err)
        err = cofactor_job(c, &j);
    if (!err)
        err = mlrt__job_scratch(c, &j);
    return err ? err : mlrt__out_like(c, 0, mlrt__t(c, 0));
}

static int cofactor_shape(mlrt__call *c) {
    return cofactor_shape_with(c, false);
}

/* The product of the values but i and k. */
static double others(const mlrt__job *j, const void *s, int64_t i, int64_t k) {
    double product = 1;
    for (int64_t o = 0; o < j->n; o++)
        product *= o == i || o == k ? 1 : j->l->get(s, o);
    return product;
}

static double det_sign(const mlrt__job *j, const void *q, void *lu,
                       int *pivots) {
    double product, logs;
    memcpy(lu, q, (size_t)j->n * (size_t)j->n * j->size);
    j->l->getrf(j->n, lu, pivots);
    return sign_of(j, lu, pivots, &product, &logs);
}

/* A = U S V^T with det(U V^T) = sign; a and c are room. */
typedef struct parts {
    char *a, *vt, *u, *s, *c, *rest;
    double sign;
} parts;

static int factor(const mlrt__job *j, int64_t i, char *work, parts *p) {
    int n = j->n;
    int64_t all = (int64_t)n * n;
    p->a = mlrt__piece(&work, all, j->size);
    p->vt = mlrt__piece(&work, all, j->size);
    p->u = mlrt__piece(&work, all, j->size);
    p->s = mlrt__piece(&work, n, j->size);
    p->c = mlrt__piece(&work, n, j->size);
    int *iwork = mlrt__piece(&work, 8 * (int64_t)n, sizeof *iwork);
    p->rest = work;
    memcpy(p->a, mlrt__matrix(j, j->in[0], i, n, n), (size_t)all * j->size);
    int info = j->l->gesdd('S', n, n, p->a, p->s, p->vt, p->u, n, work,
                           j->lwork, iwork);
    if (!info)
        p->sign = det_sign(j, p->u, p->a, iwork) *
                  det_sign(j, p->vt, p->a, iwork);
    return info;
}

/* d det(A) / dA = det(U V^T) U diag(products of the other values) V^T */
static int cofactor_one(const mlrt__job *j, int64_t i, char *work) {
    int n = j->n, info;
    parts p;
    if (n == 0)
        return 0;
    if ((info = factor(j, i, work, &p)))
        return info;
    for (int64_t k = 0; k < n; k++)
        j->l->set(p.c, k, p.sign * others(j, p.s, k, k));
    j->l->scale_rows(n, n, p.c, p.vt);
    j->l->gemm(false, false, n, n, n, p.u, p.vt,
               mlrt__matrix(j, j->out[0], i, n, n));
    return 0;
}

/* y = the second differential of det at diag(s), by w:
 * y[i, i] = sum over k != i of w[k, k] P[i, k], y[i, k] = -w[k, i] P[i, k],
 * P[i, k] being the product of the other values. */
static void second(const mlrt__job *j, const parts *p, const char *w, char *y) {
    int64_t n = j->n;
    for (int64_t i = 0; i < n; i++) {
        double sum = 0;
        for (int64_t k = 0; k < n; k++) {
            double left = i == k ? 0 : p->sign * others(j, p->s, i, k);
            sum += left == 0 ? 0 : left * j->l->get(w, k * n + k);
            j->l->set(y, i * n + k,
                      left == 0 ? 0 : -left * j->l->get(w, k * n + i));
        }
        j->l->set(y, i * n + i, sum);
    }
}

/* G = U second(U^T W V) V^T, the values of A being what they are. */
static int cofactor_grad_one(const mlrt__job *j, int64_t i, char *work) {
    int n = j->n, info;
    parts p;
    if (n == 0)
        return 0;
    if ((info = factor(j, i, work, &p)))
        return info;
    char *rest = p.rest, *x = mlrt__piece(&rest, (int64_t)n * n, j->size);
    char *y = mlrt__piece(&rest, (int64_t)n * n, j->size);
    j->l->gemm(true, false, n, n, n, p.u, mlrt__matrix(j, j->in[1], i, n, n),
               y);
    j->l->gemm(false, true, n, n, n, y, p.vt, x);
    second(j, &p, x, y);
    j->l->gemm(false, false, n, n, n, p.u, y, x);
    j->l->gemm(false, false, n, n, n, x, p.vt,
               mlrt__matrix(j, j->out[0], i, n, n));
    return 0;
}

static int cofactor_run(mlrt__call *c, mlrt__job *j) {
    int err = cofactor_job(c, j);
    if (!err)
        err = mlrt__job_run(c, j);
    return err == MLRT_ENUMERIC
               ? mlrt__job_bad(c, j, "keeps the iteration from converging")
               : err;
}

static int cofactor_forward(mlrt__call *c) {
    mlrt__job j = {.fn = cofactor_one,
                   .in = {mlrt__ptr(mlrt__t(c, 0))},
                   .out = {mlrt__ptr(c->y[0])}};
    return cofactor_run(c, &j);
}

static void cofactor_backward(mlrt__walk *w) {
    mlrt__give(w, 0, mlrt__cofactor_grad(w->m, mlrt__in(w, 0), mlrt__g(w, 0)));
}

static int cofactor_grad_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0), *g = mlrt__t(c, 1);
    if (!mlrt__same_shape(x, g) || x->dtype != g->dtype)
        return mlrt__bad(c, MLRT_ESHAPE, "x %s and g %s: equal ones expected",
                         MLRT__ST(x), MLRT__ST(g));
    return cofactor_shape_with(c, true);
}

static int cofactor_grad_forward(mlrt__call *c) {
    mlrt__job j = {.fn = cofactor_grad_one,
                   .flag = {true},
                   .in = {mlrt__ptr(mlrt__t(c, 0)), mlrt__ptr(mlrt__t(c, 1))},
                   .out = {mlrt__ptr(c->y[0])}};
    return cofactor_run(c, &j);
}

static void cofactor_grad_backward(mlrt__walk *w) {
    mlrt_fail(w->m, MLRT_EGRAD,
              "det: the third derivative is not there at a matrix that is "
              "singular, or nearly so");
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
                        "m.ones(2,2)", "t{{1,2},{2,4}}", "t{{0,0},{0,0}}",
                        "t{{1,2,3},{2,4,6},{3,6,9}}",
                        "t{{1,2,3},{4,5,6},{7,8,9}}", "t{{{0}},{{2}}}",
                        "t{{{1,2},{2,4}},{{1,2},{3,4}}}",
                        "!r(2,3) -- square matrices expected",
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
     .backward = cofactor_backward,
     .saves = {MLRT__IN(0)}},
    {.name = "_cofactor_grad",
     .args = "x: tensor, g: tensor",
     .outs = "y",
     .doc = "The gradient of the sum of _cofactor's result times g.",
     .contiguous = MLRT__IN(0) | MLRT__IN(1),
     .shape = cofactor_grad_shape,
     .forward = cofactor_grad_forward,
     .backward = cofactor_grad_backward},
    {0},
};
