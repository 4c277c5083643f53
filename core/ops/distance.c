/* distance.c: angles and distances of vectors, and scaling them to length 1.
 *
 * All are composed.  Where a vector is zero its length has gradient zero.
 */
#include "../core.h"

static mlrt_tensor *number(const mlrt__call *c, double v) {
    return mlrt_number(c->m, v);
}

static int want_floats(const mlrt__call *c) {
    int err = mlrt__want_float(c, 0);
    return err ? err : mlrt__want_float(c, 1);
}

/* ---- cosine_similarity, normalize ------------------------------------- */

/* |t| along dim, at least eps. */
static mlrt_tensor *length(const mlrt__call *c, mlrt_tensor *t, double p,
                           int64_t dim, bool keep, double eps) {
    mlrt_tensor *y = mlrt_norm(c->m, t, p, &dim, 1, keep);
    return mlrt_clamp_min(c->m, y, number(c, eps));
}

static int cosine_compose(mlrt__call *c) {
    enum { X1, X2, DIM, EPS };
    mlrt *m = c->m;
    mlrt_tensor *a = mlrt__t(c, X1), *b = mlrt__t(c, X2);
    int64_t shape[MLRT_MAX_DIMS], dim = mlrt__i(c, DIM);
    int n, d, err = want_floats(c);
    if (!err)
        err = mlrt__broadcast(c, a->ndim, a->shape, b->ndim, b->shape, &n,
                              shape);
    if (!err)
        err = mlrt__dim(c, DIM, n, &d);
    if (err)
        return err;
    a = mlrt_expand(m, a, shape, n);
    b = mlrt_expand(m, b, shape, n);
    double eps = mlrt__d(c, EPS);
    mlrt_tensor *y = mlrt_sum(m, mlrt_mul(m, a, b), &dim, 1, false);
    y = mlrt_div(m, y, length(c, a, 2, dim, false, eps));
    c->y[0] = mlrt_div(m, y, length(c, b, 2, dim, false, eps));
    return 0;
}

static int normalize_compose(mlrt__call *c) {
    enum { X, P, DIM, EPS };
    int d, err = mlrt__want_float(c, X);
    if (!err)
        err = mlrt__dim(c, DIM, mlrt__t(c, X)->ndim, &d);
    if (err)
        return err;
    mlrt_tensor *s = length(c, mlrt__t(c, X), mlrt__d(c, P), mlrt__i(c, DIM),
                            true, mlrt__d(c, EPS));
    c->y[0] = mlrt_div(c->m, mlrt__t(c, X), s);
    return 0;
}

/* ---- pairwise_distance, cdist ----------------------------------------- */

static int pairwise_compose(mlrt__call *c) {
    enum { X1, X2, P, EPS, KEEPDIM };
    mlrt *m = c->m;
    const mlrt_tensor *a = mlrt__t(c, X1), *b = mlrt__t(c, X2);
    int64_t last = -1;
    int err = want_floats(c);
    if (err)
        return err;
    if (a->ndim == 0 || b->ndim == 0)
        return mlrt__bad(c, MLRT_ESHAPE,
                         "vectors expected, got shapes %s and %s", MLRT__ST(a),
                         MLRT__ST(b));
    mlrt_tensor *d = mlrt_sub(m, mlrt__t(c, X1), mlrt__t(c, X2));
    d = mlrt_add(m, d, number(c, mlrt__d(c, EPS)));
    c->y[0] = mlrt_norm(m, d, mlrt__d(c, P), &last, 1, mlrt__i(c, KEEPDIM));
    return 0;
}

/* |a|^2 + |b|^2 - 2 a b, for every row of a with every row of b; rounding
 * may make it a little negative. */
static mlrt_tensor *by_products(mlrt *m, mlrt_tensor *a, mlrt_tensor *b) {
    int64_t last = -1;
    mlrt_tensor *bt = mlrt_transpose(m, b, -2, -1);
    mlrt_tensor *aa = mlrt__sum_squares(m, a, &last, 1, true);
    mlrt_tensor *bb = mlrt__sum_squares(m, b, &last, 1, true);
    mlrt_tensor *ab = mlrt_matmul(m, a, bt);
    mlrt_tensor *s = mlrt_add(m, aa, mlrt_transpose(m, bb, -2, -1));
    s = mlrt_sub(m, s, mlrt_mul(m, ab, mlrt_number(m, 2)));
    return mlrt__root(m, mlrt_clamp_min(m, s, mlrt_number(m, 0)));
}

static int cdist_compose(mlrt__call *c) {
    enum { X1, X2, P };
    mlrt *m = c->m;
    mlrt_tensor *a = mlrt__t(c, X1), *b = mlrt__t(c, X2);
    double p = mlrt__d(c, P);
    int64_t last = -1;
    int err = want_floats(c);
    if (err)
        return err;
    if (a->ndim < 2 || b->ndim < 2 ||
        a->shape[a->ndim - 1] != b->shape[b->ndim - 1])
        return mlrt__bad(c, MLRT_ESHAPE,
                         "(..., P, M) and (..., R, M) expected, got %s and %s",
                         MLRT__ST(a), MLRT__ST(b));
    if (p == 2 && (a->shape[a->ndim - 2] > 25 || b->shape[b->ndim - 2] > 25)) {
        c->y[0] = by_products(m, a, b);
        return 0;
    }
    a = mlrt_unsqueeze(m, a, -2);
    b = mlrt_unsqueeze(m, b, -3);
    c->y[0] = mlrt_norm(m, mlrt_sub(m, a, b), p, &last, 1, false);
    return 0;
}

/* ---- Rows ------------------------------------------------------------- */

const mlrt__op mlrt__distance[] = {
    {.name = "cosine_similarity",
     .args = "x1: tensor, x2: tensor, dim: dim = 1, eps: number = 1e-8",
     .outs = "y",
     .doc = "The cosine of the angle between vectors along dim (by default "
            "the second), which goes away: x1 x2 / (max(|x1|, eps) max(|x2|, "
            "eps)). The shapes broadcast. x1, x2: f32 or f64.",
     .compose = cosine_compose,
     .samples = SAMPLES("r(4,3), r(4,3)", "r(4,3), r(4,3), 1",
                        "r(2,3,4), r(3,4), {dim=-1}", "r(3), r(3), 1",
                        "r(3,4):t(), r(4,3)",
                        "!r(4,3), r(4,2) -- do not broadcast",
                        "!r(3), r(3) -- dim 2 is out of range",
                        "!i(2,3), r(2,3) -- f32 or f64 expected")},
    {.name = "normalize",
     .args = "x: tensor, p: number = 2, dim: dim = 1, eps: number = 1e-12",
     .outs = "y",
     .doc = "x divided by its p-norm along dim (by default the second), or "
            "by eps where the norm is smaller. x: f32 or f64.",
     .compose = normalize_compose,
     .samples = SAMPLES("r(4,3)", "r(4,3), 1, 1", "r(4,3), {p=3, dim=-1}",
                        "r(3), {dim=1}", "r(3,4):t()", "r(0,3)",
                        "!r(3) -- dim 2 is out of range",
                        "!i(2,3) -- f32 or f64 expected")},
    {.name = "pairwise_distance",
     .args = "x1: tensor, x2: tensor, p: number = 2, eps: number = 1e-6, "
             "keepdim: bool = false",
     .outs = "y",
     .doc = "The p-norm of x1 - x2 + eps over the last dimension. The shapes "
            "broadcast. x1, x2: f32 or f64.",
     .compose = pairwise_compose,
     .samples = SAMPLES("r(4,3), r(4,3)", "r(4,3), r(3), {keepdim=true}",
                        "r(3), r(3), 1", "r(3,4):t(), r(4,3), {p=3, eps=0}",
                        "!r(), r(3) -- vectors expected",
                        "!i(2), i(2) -- f32 or f64 expected")},
    {.name = "cdist",
     .args = "x1: tensor, x2: tensor, p: number = 2",
     .outs = "y",
     .doc = "The p-norm distances of every row of x1: (..., P, M) from every "
            "row of x2: (..., R, M), as (..., P, R). For p = 2 and more than "
            "25 rows it is computed by a product of matrices, which loses "
            "digits where rows are close. x1, x2: f32 or f64.",
     .compose = cdist_compose,
     .samples = SAMPLES("r(4,3), r(2,3)", "r(2,4,3), r(2,3), 1",
                        "r(26,1), r(2,1)", "r(3,4):t(), r(2,3), {p=3}",
                        "r(4,3), r(0,3)",
                        "!r(4,3), r(4,2) -- (..., P, M) and (..., R, M)",
                        "!i(2,2), i(2,2) -- f32 or f64 expected")},
    {0},
};
