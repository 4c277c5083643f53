/* loss_margin.c: losses that want one thing above another by a margin.
 *
 * Targets 1 and -1 say which; they may be of any dtype that has arithmetic.
 */
#include "loss.h"

static mlrt_tensor *number(const mlrt__call *c, double v) {
    return mlrt_number(c->m, v);
}

static mlrt_tensor *above_zero(mlrt *m, mlrt_tensor *t) {
    return mlrt_clamp_min(m, t, mlrt_number(m, 0));
}

/* ---- hinge_embedding_loss, margin_ranking_loss ------------------------ */

/* x for 1, max(0, margin - x) for -1; their sum for anything else, as
 * PyTorch has it. */
static int hinge_compose(mlrt__call *c) {
    enum { X, TARGET, MARGIN, REDUCTION };
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, X), *t = mlrt__t(c, TARGET);
    int err = mlrt__same_shapes(c, X, TARGET);
    if (err)
        return err;
    mlrt_tensor *zero = number(c, 0);
    mlrt_tensor *near = mlrt_where(m, mlrt_eq(m, t, number(c, -1)), zero, x);
    mlrt_tensor *far = above_zero(
        m, mlrt_sub(m, number(c, mlrt__d(c, MARGIN)), x));
    far = mlrt_where(m, mlrt_eq(m, t, number(c, 1)), zero, far);
    c->y[0] = mlrt__reduced(c, mlrt_add(m, near, far), REDUCTION);
    return 0;
}

/* max(0, margin - target (x1 - x2)) */
static int ranking_compose(mlrt__call *c) {
    enum { X1, X2, TARGET, MARGIN, REDUCTION };
    mlrt *m = c->m;
    int err = mlrt__same_shapes(c, X1, X2);
    if (!err)
        err = mlrt__same_shapes(c, X1, TARGET);
    if (err)
        return err;
    mlrt_tensor *d = mlrt_sub(m, mlrt__t(c, X1), mlrt__t(c, X2));
    d = mlrt_mul(m, d, mlrt__t(c, TARGET));
    d = above_zero(m, mlrt_sub(m, number(c, mlrt__d(c, MARGIN)), d));
    c->y[0] = mlrt__reduced(c, d, REDUCTION);
    return 0;
}

/* ---- multi_margin_loss ------------------------------------------------ */

enum { MM_X, MM_TARGET, MM_P, MM_MARGIN, MM_WEIGHT, MM_REDUCTION };

static int multi_check(const mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, MM_X), *t = mlrt__t(c, MM_TARGET);
    const mlrt_tensor *w = mlrt__t(c, MM_WEIGHT);
    int64_t p = mlrt__i(c, MM_P);
    int err = mlrt__want_float(c, MM_X);
    if (err)
        return err;
    if (x->ndim < 1 || x->ndim > 2 || t->ndim != x->ndim - 1 ||
        (x->ndim == 2 && t->shape[0] != x->shape[0]))
        return mlrt__bad(c, MLRT_ESHAPE,
                         "x (C) or (N, C) with a target () or (N) expected, "
                         "got %s and %s",
                         MLRT__ST(x), MLRT__ST(t));
    if (p != 1 && p != 2)
        return mlrt__bad(c, MLRT_EARG, "p: 1 or 2 expected, got %lld",
                         (long long)p);
    if (w && (w->ndim != 1 || w->shape[0] != x->shape[x->ndim - 1]))
        return mlrt__bad(c, MLRT_ESHAPE,
                         "weight %s: one for each class of x %s expected",
                         MLRT__ST(w), MLRT__ST(x));
    return mlrt__check_index(c, t, x->shape[x->ndim - 1], false);
}

/* sum over the other classes i of max(0, margin - x[target] + x[i])^p, times
 * the target's weight, over the number of classes */
static int multi_compose(mlrt__call *c) {
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, MM_X), *w = mlrt__t(c, MM_WEIGHT);
    int64_t last = -1;
    int err = multi_check(c);
    if (err)
        return err;
    int64_t classes = x->shape[x->ndim - 1];
    mlrt_tensor *t = mlrt_unsqueeze(m, mlrt__t(c, MM_TARGET), last);
    mlrt_tensor *d = mlrt_sub(m, x, mlrt_gather(m, x, last, t));
    d = above_zero(m, mlrt_add(m, d, number(c, mlrt__d(c, MM_MARGIN))));
    d = mlrt__i(c, MM_P) == 2 ? mlrt_mul(m, d, d) : d;
    mlrt_tensor *own = mlrt_one_hot(m, mlrt__t(c, MM_TARGET), classes);
    d = mlrt_where(m, mlrt_ne(m, own, number(c, 0)), number(c, 0), d);
    d = mlrt_mean(m, d, &last, 1, false);
    if (w) {
        t = mlrt_reshape(m, mlrt__t(c, MM_TARGET), (int64_t[]){-1}, 1);
        w = mlrt_index_select(m, w, 0, t);
        d = mlrt_mul(m, d, x->ndim == 1 ? mlrt_squeeze(m, w, NULL, 0) : w);
    }
    c->y[0] = mlrt__reduced(c, d, MM_REDUCTION);
    return 0;
}

/* ---- cosine_embedding_loss -------------------------------------------- */

enum { CE_X1, CE_X2, CE_TARGET, CE_MARGIN, CE_REDUCTION };

static int cosine_check(const mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, CE_X1), *t = mlrt__t(c, CE_TARGET);
    int err = mlrt__same_shapes(c, CE_X1, CE_X2);
    if (err)
        return err;
    if (x->ndim < 1 || x->ndim > 2 || t->ndim != x->ndim - 1 ||
        (x->ndim == 2 && t->shape[0] != x->shape[0]))
        return mlrt__bad(c, MLRT_ESHAPE,
                         "x1 and x2 (N, D) with target (N), or (D) with (), "
                         "expected, got %s and %s",
                         MLRT__ST(x), MLRT__ST(t));
    return 0;
}

/* sum a * b over the last dimension, plus eps */
static mlrt_tensor *dots(const mlrt__call *c, mlrt_tensor *a, mlrt_tensor *b,
                         double eps) {
    int64_t last = -1;
    mlrt_tensor *s = mlrt_mul(c->m, a, b);
    s = mlrt_sum(c->m, s, &last, 1, false);
    return eps > 0 ? mlrt_add(c->m, s, number(c, eps)) : s;
}

/* 1 - cos for target 1, max(0, cos - margin) for -1, 0 for others */
static int cosine_compose(mlrt__call *c) {
    const double eps = 1e-12;
    mlrt *m = c->m;
    mlrt_tensor *a = mlrt__t(c, CE_X1), *b = mlrt__t(c, CE_X2);
    mlrt_tensor *t = mlrt__t(c, CE_TARGET);
    int err = cosine_check(c);
    if (err)
        return err;
    mlrt_tensor *squares = mlrt_mul(m, dots(c, a, a, eps), dots(c, b, b, eps));
    mlrt_tensor *cosine = mlrt_div(m, dots(c, a, b, 0), mlrt_sqrt(m, squares));
    mlrt_tensor *near = mlrt_sub(m, number(c, 1), cosine);
    mlrt_tensor *far = above_zero(
        m, mlrt_sub(m, cosine, number(c, mlrt__d(c, CE_MARGIN))));
    far = mlrt_where(m, mlrt_eq(m, t, number(c, -1)), far, number(c, 0));
    near = mlrt_where(m, mlrt_eq(m, t, number(c, 1)), near, far);
    c->y[0] = mlrt__reduced(c, near, CE_REDUCTION);
    return 0;
}

/* ---- triplet_margin_loss ---------------------------------------------- */

enum {
    T_ANCHOR,
    T_POSITIVE,
    T_NEGATIVE,
    T_MARGIN,
    T_P,
    T_EPS,
    T_SWAP,
    T_REDUCTION
};

/* max(0, margin + d(anchor, positive) - d(anchor, negative)), where swap
 * takes the smaller of that and d(positive, negative) */
static int triplet_compose(mlrt__call *c) {
    mlrt *m = c->m;
    mlrt_tensor *a = mlrt__t(c, T_ANCHOR), *p = mlrt__t(c, T_POSITIVE);
    mlrt_tensor *n = mlrt__t(c, T_NEGATIVE);
    double norm = mlrt__d(c, T_P), eps = mlrt__d(c, T_EPS);
    int err = mlrt__same_shapes(c, T_ANCHOR, T_POSITIVE);
    if (!err)
        err = mlrt__same_shapes(c, T_ANCHOR, T_NEGATIVE);
    if (!err)
        err = mlrt__want_above_zero(c, T_MARGIN, true);
    if (err)
        return err;
    mlrt_tensor *near = mlrt_pairwise_distance(m, a, p, norm, eps, false);
    mlrt_tensor *far = mlrt_pairwise_distance(m, a, n, norm, eps, false);
    if (mlrt__i(c, T_SWAP))
        far = mlrt_minimum(m, far,
                           mlrt_pairwise_distance(m, p, n, norm, eps, false));
    mlrt_tensor *d = mlrt_add(m, mlrt_sub(m, near, far),
                              number(c, mlrt__d(c, T_MARGIN)));
    c->y[0] = mlrt__reduced(c, above_zero(m, d), T_REDUCTION);
    return 0;
}

/* ---- Rows ------------------------------------------------------------- */

const mlrt__op mlrt__loss_margin[] = {
    {.name = "hinge_embedding_loss",
     .args = "x: tensor, target: tensor, margin: number = 1, " MLRT__REDUCTION,
     .outs = "y",
     .doc = "x where target is 1, max(0, margin - x) where it is -1; x is a "
            "distance. Shapes that differ are an error.",
     .compose = hinge_compose,
     .samples = SAMPLES("r(2,3), r(2,3):sign()", "r(), r():sign()",
                        "r(2,3), r(2,3):sign(), 0.3, \"none\"",
                        "r(3,2):t(), i(2,3):sign():to(\"i32\")",
                        "!r(2,3), r(3) -- a loss does not broadcast")},
    {.name = "margin_ranking_loss",
     .args = "x1: tensor, x2: tensor, target: tensor, margin: number = "
             "0, " MLRT__REDUCTION,
     .outs = "y",
     .doc = "max(0, margin - target (x1 - x2)): target 1 wants x1 above x2, "
            "-1 the reverse. Shapes that differ are an error.",
     .compose = ranking_compose,
     .samples = SAMPLES("r(5), r(5), r(5):sign()", "r(), r(), r():sign()",
                        "r(2,3), r(2,3), r(2,3):sign(), 0.5, \"sum\"",
                        "!r(3), r(2), r(3) -- x1 (3) and x2 (2) differ",
                        "!r(3), r(3), r(1) -- x1 (3) and target (1) differ")},
    {.name = "multi_margin_loss",
     .args = "x: tensor, target: index, p: int = 1, margin: number = 1, "
             "weight: tensor?, " MLRT__REDUCTION,
     .outs = "y",
     .doc = "The mean over the classes of max(0, margin - x[target] + "
            "x[i])^p, the target's own left out. x: scores (C) or (N, C); "
            "target: classes () or (N); p: 1 or 2; weight: a factor for each "
            "target class.",
     .compose = multi_compose,
     .samples = SAMPLES(
         "r(3,4), ix{1,4,2}", "r(3,4), ix{1,4,2}, 2, 0.5, p(4)",
         "r(4), ix{1,4,2}:select(1, 2), {weight=p(4)}",
         "r(3,4), ix{1,4,2}, {reduction=\"none\"}",
         "!r(3,4), ix{1,2} -- with a target () or (N) expected",
         "!r(3,4), ix{1,5,2} -- index 5 is out of range 1..4",
         "!r(3,4), ix{1,4,2}, 3 -- p: 1 or 2 expected",
         "!r(3,4), ix{1,4,2}, {weight=p(3)} -- one for each class")},
    {.name = "cosine_embedding_loss",
     .args = "x1: tensor, x2: tensor, target: tensor, margin: number = "
             "0, " MLRT__REDUCTION,
     .outs = "y",
     .doc = "1 - cos(x1, x2) where target is 1, max(0, cos(x1, x2) - margin) "
            "where it is -1. x1, x2: (N, D) with target (N), or (D) with (). "
            "Other shapes are an error.",
     .compose = cosine_compose,
     .samples = SAMPLES("r(4,3), r(4,3), r(4):sign()", "r(3), r(3), r():sign()",
                        "r(4,3), r(4,3), r(4):sign(), -0.5, \"none\"",
                        "!r(4,3), r(3), r(4) -- x1 (4, 3) and x2 (3) differ",
                        "!r(4,3), r(4,3), r(3) -- with target (N)")},
    {.name = "triplet_margin_loss",
     .args = "anchor: tensor, positive: tensor, negative: tensor, margin: "
             "number = 1, p: number = 2, eps: number = 1e-6, swap: bool = "
             "false, " MLRT__REDUCTION,
     .outs = "y",
     .doc = "max(0, margin + d(anchor, positive) - d(anchor, negative)), d "
            "the `pairwise_distance` of the last dimension. swap: with the "
            "smaller of d(anchor, negative) and d(positive, negative). "
            "Shapes that differ are an error. Schroff et al. 2015; "
            "Balntas et al. 2016.",
     .compose = triplet_compose,
     .samples = SAMPLES("r(4,3), r(4,3), r(4,3)", "r(3), r(3), r(3)",
                        "r(4,3), r(4,3), r(4,3), {swap=true, margin=2}",
                        "r(4,3), r(4,3), r(4,3), {p=3, reduction=\"none\"}",
                        "!r(4,3), r(3), r(4,3) -- a loss does not broadcast",
                        "!r(3), r(3), r(3), -1 -- margin: 0 or above")},
    {0},
};
