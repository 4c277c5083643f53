/* loss_pair.c: losses of numbers that should equal other numbers.
 *
 * They are composed of elementwise operations and one reduction.
 */
#include "loss.h"

#include "elementwise.h"

int mlrt__same_shapes(const mlrt__call *c, int i, int j) {
    const mlrt_tensor *x = mlrt__t(c, i), *t = mlrt__t(c, j);
    const mlrt_arg_spec *s = c->m->info[c->id].spec;
    int err = mlrt__want_float(c, i);
    if (err || !t || mlrt__same_shape(x, t))
        return err;
    return mlrt__bad(c, MLRT_ESHAPE,
                     "%.*s %s and %.*s %s differ; a loss does not broadcast",
                     s[i].name_len, s[i].name, MLRT__ST(x), s[j].name_len,
                     s[j].name, MLRT__ST(t));
}

mlrt_tensor *mlrt__reduced(const mlrt__call *c, mlrt_tensor *loss, int arg) {
    int64_t reduction = mlrt__i(c, arg);
    return reduction == MLRT__MEAN  ? mlrt_mean(c->m, loss, NULL, 0, false)
           : reduction == MLRT__SUM ? mlrt_sum(c->m, loss, NULL, 0, false)
                                    : loss;
}

int mlrt__want_above_zero(const mlrt__call *c, int i, bool or_zero) {
    double v = mlrt__d(c, i);
    const mlrt_arg_spec *s = &c->m->info[c->id].spec[i];
    if (v > 0 || (or_zero && v == 0))
        return 0;
    return mlrt__bad(c, MLRT_EARG, "%.*s: %s expected, got %g", s->name_len,
                     s->name, or_zero ? "0 or above" : "above 0", v);
}

enum { X, TARGET, REDUCTION, BETA };

/* ---- Squares and distances -------------------------------------------- */

static int mse_compose(mlrt__call *c) {
    mlrt *m = c->m;
    int64_t reduction = mlrt__i(c, REDUCTION);
    int err = mlrt__same_shapes(c, X, TARGET);
    if (err)
        return err;
    mlrt_tensor *d = mlrt_sub(m, mlrt__t(c, X), mlrt__t(c, TARGET));
    if (reduction == MLRT__NONE) {
        c->y[0] = mlrt_mul(m, d, d);
        return 0;
    }
    mlrt_tensor *s = mlrt__sum_squares(m, d, NULL, 0, false);
    mlrt_tensor *n = mlrt_number(m, (double)mlrt__t(c, X)->numel);
    c->y[0] = reduction == MLRT__MEAN ? mlrt_div(m, s, n) : s;
    return 0;
}

static int l1_compose(mlrt__call *c) {
    int err = mlrt__same_shapes(c, X, TARGET);
    if (err)
        return err;
    mlrt_tensor *d = mlrt_sub(c->m, mlrt__t(c, X), mlrt__t(c, TARGET));
    c->y[0] = mlrt__reduced(c, mlrt_abs(c->m, d), REDUCTION);
    return 0;
}

/* 1/2 d^2 where |d| < delta, delta (|d| - delta / 2) elsewhere; numbers of
 * two dtypes are made one. */
static mlrt_tensor *huber(mlrt__call *c, double delta) {
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, X), *t = mlrt__t(c, TARGET);
    mlrt_dtype dtype = mlrt_promote((mlrt_dtype)x->dtype, (mlrt_dtype)t->dtype);
    if (dtype == MLRT_DTYPE_NONE)
        return mlrt_sub(m, x, t); /* which says why */
    return mlrt__huber(m, mlrt_to(m, x, dtype), mlrt_to(m, t, dtype), delta);
}

static int huber_compose(mlrt__call *c) {
    int err = mlrt__same_shapes(c, X, TARGET);
    if (!err)
        err = mlrt__want_above_zero(c, BETA, false);
    if (err)
        return err;
    c->y[0] = mlrt__reduced(c, huber(c, mlrt__d(c, BETA)), REDUCTION);
    return 0;
}

/* huber / beta; at beta 0, l1. */
static int smooth_l1_compose(mlrt__call *c) {
    double beta = mlrt__d(c, BETA);
    if (beta == 0)
        return l1_compose(c);
    int err = mlrt__same_shapes(c, X, TARGET);
    if (!err)
        err = mlrt__want_above_zero(c, BETA, true);
    if (err)
        return err;
    mlrt_tensor *loss = mlrt__reduced(c, huber(c, beta), REDUCTION);
    c->y[0] = mlrt_div(c->m, loss, mlrt_number(c->m, beta));
    return 0;
}

static int huber_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, X), *t = mlrt__t(c, TARGET);
    if (!mlrt__is_float(x->dtype) || x->dtype != t->dtype ||
        !mlrt__same_shape(x, t))
        return mlrt__bad(c, MLRT_ESHAPE, "x %s and target %s differ",
                         MLRT__ST(x), MLRT__ST(t));
    return mlrt__out_like(c, 0, x);
}

static int huber_forward(mlrt__call *c) {
    const mlrt_tensor *t[2] = {mlrt__t(c, X), mlrt__t(c, TARGET)};
    double delta = mlrt__d(c, 2);
    return mlrt__map(c, t, 2, 0, t[0]->dtype, &delta);
}

/* gx = (x - t) cut to +-delta */
static void huber_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    double delta = mlrt__arg(w, 2)->u.d;
    mlrt_tensor *d = mlrt_sub(m, mlrt__in(w, X), mlrt__in(w, TARGET));
    d = mlrt_clamp(m, d, mlrt_number(m, -delta), mlrt_number(m, delta));
    mlrt_tensor *g = mlrt_mul(m, mlrt__g(w, 0), d);
    if (mlrt__need(w, X))
        mlrt__give(w, X, g);
    if (mlrt__need(w, TARGET))
        mlrt__give(w, TARGET, mlrt_neg(m, g));
}

/* ---- Likelihoods ------------------------------------------------------ */

enum { PN_X, PN_TARGET, PN_LOG, PN_FULL, PN_EPS, PN_REDUCTION };

/* Stirling's approximation of log(t!), for t above 1, else 0. */
static mlrt_tensor *log_factorial(mlrt *m, mlrt_tensor *t) {
    mlrt_tensor *one = mlrt_number(m, 1), *large = mlrt_gt(m, t, one);
    mlrt_tensor *safe = mlrt_where(m, large, t, one);
    mlrt_tensor *around = mlrt_mul(m, safe,
                                   mlrt_number(m, 2 * 3.14159265358979323846));
    mlrt_tensor *y = mlrt_sub(m, mlrt_mul(m, safe, mlrt_log(m, safe)), safe);
    y = mlrt_add(m, y, mlrt_mul(m, mlrt_log(m, around), mlrt_number(m, 0.5)));
    return mlrt_where(m, large, y, mlrt_number(m, 0));
}

static int poisson_compose(mlrt__call *c) {
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, PN_X), *t = mlrt__t(c, PN_TARGET), *y;
    int err = mlrt__same_shapes(c, PN_X, PN_TARGET);
    if (err)
        return err;
    if (mlrt__i(c, PN_LOG)) {
        y = mlrt_sub(m, mlrt_exp(m, x), mlrt_mul(m, t, x));
    } else {
        mlrt_tensor *eps = mlrt_number(m, mlrt__d(c, PN_EPS));
        y = mlrt_mul(m, t, mlrt_log(m, mlrt_add(m, x, eps)));
        y = mlrt_sub(m, x, y);
    }
    if (mlrt__i(c, PN_FULL))
        y = mlrt_add(m, y, log_factorial(m, t));
    c->y[0] = mlrt__reduced(c, y, PN_REDUCTION);
    return 0;
}

enum { GN_X, GN_TARGET, GN_VAR, GN_FULL, GN_EPS, GN_REDUCTION };

/* A variance for each element, or one for each row. */
static bool row_of_variances(const mlrt_tensor *x, const mlrt_tensor *var) {
    size_t lead = x->ndim ? (size_t)(x->ndim - 1) * sizeof *x->shape : 0;
    return x->ndim > 0 && var->ndim == x->ndim &&
           memcmp(x->shape, var->shape, lead) == 0 &&
           var->shape[x->ndim - 1] == 1;
}

static int gaussian_compose(mlrt__call *c) {
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, GN_X), *var = mlrt__t(c, GN_VAR);
    int err = mlrt__same_shapes(c, GN_X, GN_TARGET);
    if (!err && !row_of_variances(x, var))
        err = mlrt__same_shapes(c, GN_X, GN_VAR);
    if (!err)
        err = mlrt__want_above_zero(c, GN_EPS, false);
    if (err)
        return err;
    mlrt_tensor *d = mlrt_sub(m, x, mlrt__t(c, GN_TARGET));
    var = mlrt_clamp_min(m, var, mlrt_number(m, mlrt__d(c, GN_EPS)));
    mlrt_tensor *y = mlrt_div(m, mlrt_mul(m, d, d), var);
    y = mlrt_add(m, mlrt_log(m, var), y);
    if (mlrt__i(c, GN_FULL)) /* log(2 pi) */
        y = mlrt_add(m, y, mlrt_number(m, 1.8378770664093454836));
    y = mlrt_mul(m, y, mlrt_number(m, 0.5));
    c->y[0] = mlrt__reduced(c, y, GN_REDUCTION);
    return 0;
}

/* ---- Rows ------------------------------------------------------------- */

#define PAIRS                                                                  \
    "r(2,3), r(2,3)", "r(2,3), r(2,3), \"sum\"",                               \
        "r(2,3), r(2,3), {reduction=\"none\"}", "r(), r()",                    \
        "r(3,2):t(), r(2,3)", "r(0,3), r(0,3), \"sum\"",                       \
        "!r(2,3), r(3) -- a loss does not broadcast",                          \
        "!i(2,3), i(2,3) -- f32 or f64 expected"

const mlrt__op mlrt__loss_pair[] = {
    {.name = "mse_loss",
     .args = "x: tensor, target: tensor, " MLRT__REDUCTION,
     .outs = "y",
     .doc = "Mean squared error, (x - target)^2. Shapes that differ are an "
            "error.",
     .compose = mse_compose,
     .samples = SAMPLES(PAIRS)},
    {.name = "l1_loss",
     .args = "x: tensor, target: tensor, " MLRT__REDUCTION,
     .outs = "y",
     .doc = "Mean absolute error, |x - target|. Shapes that differ are an "
            "error.",
     .compose = l1_compose,
     .samples = SAMPLES(PAIRS)},
    {.name = "smooth_l1_loss",
     .args = "x: tensor, target: tensor, " MLRT__REDUCTION ", beta: number = 1",
     .outs = "y",
     .doc = "(x - target)^2 / (2 beta) where they are nearer than beta, "
            "|x - target| - beta / 2 elsewhere (Girshick 2015). Shapes that "
            "differ are an error.",
     .compose = smooth_l1_compose,
     .samples = SAMPLES(PAIRS, "r(2,3), r(2,3), {beta=0.5}",
                        "r(2,3), r(2,3), {beta=0}",
                        "!r(2), r(2), {beta=-1} -- beta: 0 or above expected")},
    {.name = "huber_loss",
     .args = "x: tensor, target: tensor, " MLRT__REDUCTION
             ", delta: number = 1",
     .outs = "y",
     .doc = "(x - target)^2 / 2 where they are nearer than delta, "
            "delta (|x - target| - delta / 2) elsewhere (Huber 1964). Shapes "
            "that differ are an error.",
     .compose = huber_compose,
     .samples = SAMPLES(PAIRS, "r(2,3), r(2,3), {delta=0.5}",
                        "!r(2), r(2), {delta=0} -- delta: above 0 expected")},
    {.name = "poisson_nll_loss",
     .args = "x: tensor, target: tensor, log_input: bool = true, full: bool = "
             "false, eps: number = 1e-8, " MLRT__REDUCTION,
     .outs = "y",
     .doc = "Negative log likelihood of counts: exp(x) - target x for x the "
            "logarithms of their expectations, or with log_input false "
            "x - target log(x + eps) for x the expectations. full adds "
            "Stirling's approximation of log(target!) where target is above "
            "1.",
     .compose = poisson_compose,
     .samples = SAMPLES("r(2,3), p(2,3)", "p(2,3), p(2,3), false",
                        "r(2,3), p(2,3), {full=true, reduction=\"none\"}",
                        "r(), p()",
                        "!r(2,3), r(3) -- a loss does not broadcast")},
    {.name = "gaussian_nll_loss",
     .args = "x: tensor, target: tensor, var: tensor, full: bool = false, "
             "eps: number = 1e-6, " MLRT__REDUCTION,
     .outs = "y",
     .doc = "Negative log likelihood of target, normal with mean x and "
            "variance var, at least eps: (log(var) + (x - target)^2 / var) / "
            "2, with full plus log(2 pi) / 2. var: shaped as x, or with 1 as "
            "the last size. Nix and Weigend 1994.",
     .compose = gaussian_compose,
     .samples = SAMPLES("r(2,3), r(2,3), p(2,3)",
                        "r(2,3), r(2,3), p(2,1), {full=true}",
                        "r(2,3), r(2,3), p(2,3), {eps=1.1, reduction=\"none\"}",
                        "!r(2,3), r(2,3), p(3) -- x (2, 3) and var (3) differ",
                        "!r(2), r(2), p(2), {eps=0} -- eps: above 0 expected")},
    {.name = "_huber",
     .args = "x: tensor, target: tensor, delta: number",
     .outs = "y",
     .doc = "huber_loss of each element.",
     .shape = huber_shape,
     .forward = huber_forward,
     .backward = huber_backward,
     .saves = {MLRT__IN(X) | MLRT__IN(TARGET), MLRT__IN(X) | MLRT__IN(TARGET)},
     .samples = SAMPLES("r(2,3), r(2,3), 0.7", "r(3,2):t(), r(2,3), 2")},
    {0},
};
