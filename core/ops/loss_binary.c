/* loss_binary.c: losses of probabilities.
 *
 * The two binary cross entropies are fused elementwise loops
 * (kernels/loss.c); the rest is composed.
 */
#include "element.h"
#include "elementwise.h"
#include "loss.h"

/* ---- Elementwise rows of x and target --------------------------------- */

static int pair_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0), *t = mlrt__t(c, 1);
    if (!mlrt__is_float(x->dtype) || x->dtype != t->dtype ||
        !mlrt__same_shape(x, t))
        return mlrt__bad(c, MLRT_ESHAPE, "x %s and target %s differ",
                         MLRT__ST(x), MLRT__ST(t));
    return mlrt__out_like(c, 0, x);
}

static int run_loop(mlrt__call *c, int n) {
    const mlrt_tensor *t[3];
    for (int i = 0; i < n; i++)
        t[i] = mlrt__t(c, i);
    return mlrt__map(c, t, n, 0, t[0]->dtype, NULL);
}

/* ---- binary_cross_entropy --------------------------------------------- */

/* The place of the first x that is no probability; numel: there is none. */
static int64_t improbable(const mlrt_tensor *x) {
    int64_t i = 0;
    for (; i < x->numel; i++) {
        double v = mlrt__get(x->dtype, mlrt__ptr(x), i);
        if (!(v >= 0 && v <= 1))
            break;
    }
    return i;
}

static int entropy_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    int64_t i = improbable(x);
    if (i == x->numel)
        return run_loop(c, 2);
    return mlrt__bad(c, MLRT_EARG,
                     "x: probabilities, 0..1, expected, got %g; for scores "
                     "there is binary_cross_entropy_with_logits",
                     mlrt__get(x->dtype, mlrt__ptr(x), i));
}

/* With both logarithms at least -100, t log(1 - x) - t log(x) for target. */
static mlrt_tensor *by_target(mlrt *m, mlrt_tensor *x) {
    mlrt_tensor *floor = mlrt_number(m, -100);
    mlrt_tensor *rest = mlrt_sub(m, mlrt_number(m, 1), x);
    return mlrt_sub(m, mlrt_clamp_min(m, mlrt_log(m, rest), floor),
                    mlrt_clamp_min(m, mlrt_log(m, x), floor));
}

static void entropy_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *g = mlrt__g(w, 0), *x = mlrt__in(w, 0);
    if (mlrt__need(w, 0))
        mlrt__give(w, 0, mlrt__bce_grad(m, g, x, mlrt__in(w, 1)));
    if (mlrt__need(w, 1))
        mlrt__give(w, 1, mlrt_mul(m, g, by_target(m, x)));
}

static int entropy_grad_shape(mlrt__call *c) {
    const mlrt_tensor *g = mlrt__t(c, 0), *x = mlrt__t(c, 1);
    const mlrt_tensor *t = mlrt__t(c, 2);
    if (!mlrt__is_float(x->dtype) || x->dtype != t->dtype ||
        x->dtype != g->dtype || !mlrt__same_shape(x, t) ||
        !mlrt__same_shape(g, x))
        return mlrt__bad(c, MLRT_ESHAPE, "g %s and x %s differ", MLRT__ST(g),
                         MLRT__ST(x));
    return mlrt__out_like(c, 0, x);
}

static int entropy_grad_forward(mlrt__call *c) {
    return run_loop(c, 3);
}

/* With v = x (1 - x), not less than 1e-12, gx = g (x - t) / v; and by x, in
 * the G that arrives, G g (1 - (x - t) (1 - 2 x) / v) / v. */
static void entropy_grad_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *x = mlrt__in(w, 1), *one = mlrt_number(m, 1);
    mlrt_tensor *v = mlrt_mul(m, x, mlrt_sub(m, one, x));
    v = mlrt_clamp_min(m, v, mlrt_number(m, 1e-12));
    mlrt_tensor *G = mlrt_div(m, mlrt__g(w, 0), v);
    if (mlrt__need(w, 0))
        mlrt__give(w, 0, mlrt_mul(m, G, mlrt_sub(m, x, mlrt__in(w, 2))));
    if (mlrt__need(w, 2))
        mlrt__give(w, 2, mlrt_neg(m, mlrt_mul(m, G, mlrt__in(w, 0))));
    if (mlrt__need(w, 1)) {
        mlrt_tensor *two = mlrt_number(m, 2),
                    *d = mlrt_sub(m, x, mlrt__in(w, 2));
        mlrt_tensor *slope = mlrt_sub(m, one, mlrt_mul(m, x, two));
        d = mlrt_div(m, mlrt_mul(m, d, slope), v);
        G = mlrt_mul(m, G, mlrt__in(w, 0));
        mlrt__give(w, 1, mlrt_mul(m, G, mlrt_sub(m, one, d)));
    }
}

/* ---- binary_cross_entropy_with_logits --------------------------------- */

static int logits_forward(mlrt__call *c) {
    return run_loop(c, 2);
}

/* gx = sigmoid(x) - t, gt = -x */
static void logits_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *g = mlrt__g(w, 0), *x = mlrt__in(w, 0);
    if (mlrt__need(w, 0)) {
        mlrt_tensor *d = mlrt_sub(m, mlrt_sigmoid(m, x), mlrt__in(w, 1));
        mlrt__give(w, 0, mlrt_mul(m, g, d));
    }
    if (mlrt__need(w, 1))
        mlrt__give(w, 1, mlrt_neg(m, mlrt_mul(m, g, x)));
}

/* (1 - t) x - (1 + (pos_weight - 1) t) log sigmoid(x) */
static mlrt_tensor *weighted_logits(mlrt *m, mlrt_tensor *x, mlrt_tensor *t,
                                    mlrt_tensor *pos_weight) {
    mlrt_tensor *one = mlrt_number(m, 1);
    mlrt_tensor *own = mlrt_mul(m, mlrt_sub(m, pos_weight, one), t);
    own = mlrt_mul(m, mlrt_add(m, own, one), mlrt_logsigmoid(m, x));
    return mlrt_sub(m, mlrt_mul(m, mlrt_sub(m, one, t), x), own);
}

/* ---- Their common frame ----------------------------------------------- */

/* Weights (optional) broadcast to x, not the other way round. */
static int check_weight(const mlrt__call *c, int i, const mlrt_tensor *x) {
    const mlrt_tensor *t = mlrt__t(c, i);
    const mlrt_arg_spec *s = &c->m->info[c->id].spec[i];
    bool fits = !t || t->ndim <= x->ndim;
    for (int d = 1; t && fits && d <= t->ndim; d++)
        fits = t->shape[t->ndim - d] == 1 ||
               t->shape[t->ndim - d] == x->shape[x->ndim - d];
    if (fits)
        return 0;
    return mlrt__bad(c, MLRT_ESHAPE, "%.*s %s does not fit to x %s",
                     s->name_len, s->name, MLRT__ST(t), MLRT__ST(x));
}

/* The target in x's dtype, once everything is checked. */
static mlrt_tensor *checked_target(mlrt__call *c, int weight, int pos_weight,
                                   int *err) {
    mlrt_tensor *x = mlrt__t(c, 0), *t = mlrt__t(c, 1);
    *err = mlrt__same_shapes(c, 0, 1);
    if (!*err)
        *err = check_weight(c, weight, x);
    if (!*err && pos_weight)
        *err = check_weight(c, pos_weight, x);
    if (*err || t->dtype == x->dtype)
        return t;
    return mlrt_to(c->m, t, (mlrt_dtype)x->dtype);
}

static mlrt_tensor *times_weight(mlrt__call *c, mlrt_tensor *loss, int weight) {
    return mlrt__has(c, weight) ? mlrt_mul(c->m, loss, mlrt__t(c, weight))
                                : loss;
}

static int entropy_compose(mlrt__call *c) {
    enum { X, TARGET, WEIGHT, REDUCTION };
    int err;
    mlrt_tensor *t = checked_target(c, WEIGHT, 0, &err);
    if (err)
        return err;
    mlrt_tensor *loss = mlrt__bce(c->m, mlrt__t(c, X), t);
    c->y[0] = mlrt__reduced(c, times_weight(c, loss, WEIGHT), REDUCTION);
    return 0;
}

static int logits_compose(mlrt__call *c) {
    enum { X, TARGET, WEIGHT, POS_WEIGHT, REDUCTION };
    int err;
    mlrt_tensor *t = checked_target(c, WEIGHT, POS_WEIGHT, &err);
    mlrt_tensor *x = mlrt__t(c, X), *pos = mlrt__t(c, POS_WEIGHT);
    if (err)
        return err;
    mlrt_tensor *loss = pos ? weighted_logits(c->m, x, t, pos)
                            : mlrt__bce_logits(c->m, x, t);
    c->y[0] = mlrt__reduced(c, times_weight(c, loss, WEIGHT), REDUCTION);
    return 0;
}

/* ---- kl_div, soft_margin_loss ----------------------------------------- */

/* The mean over samples, the first dimension. */
static mlrt_tensor *batch_mean(mlrt *m, mlrt_tensor *loss) {
    if (!loss || loss->ndim == 0)
        return loss;
    mlrt_tensor *n = mlrt_number(m, (double)loss->shape[0]);
    return mlrt_div(m, mlrt_sum(m, loss, NULL, 0, false), n);
}

/* t (log t - x), 0 where t is; or with t a logarithm exp(t) (t - x). */
static int kl_compose(mlrt__call *c) {
    enum { X, TARGET, REDUCTION, LOG_TARGET };
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, X), *t = mlrt__t(c, TARGET), *y;
    int err = mlrt__same_shapes(c, X, TARGET);
    if (err)
        return err;
    if (mlrt__i(c, LOG_TARGET)) {
        y = mlrt_mul(m, mlrt_exp(m, t), mlrt_sub(m, t, x));
    } else {
        mlrt_tensor *zero = mlrt_eq(m, t, mlrt_number(m, 0));
        mlrt_tensor *safe = mlrt_where(m, zero, mlrt_number(m, 1), t);
        y = mlrt_sub(m, mlrt_mul(m, t, mlrt_log(m, safe)), mlrt_mul(m, t, x));
    }
    c->y[0] = mlrt__i(c, REDUCTION) > MLRT__NONE
                  ? batch_mean(m, y)
                  : mlrt__reduced(c, y, REDUCTION);
    return 0;
}

/* log(1 + exp(-t x)) */
static int soft_margin_compose(mlrt__call *c) {
    enum { X, TARGET, REDUCTION };
    mlrt *m = c->m;
    int err = mlrt__same_shapes(c, X, TARGET);
    if (err)
        return err;
    mlrt_tensor *tx = mlrt_mul(m, mlrt__t(c, X), mlrt__t(c, TARGET));
    c->y[0] = mlrt__reduced(c, mlrt_neg(m, mlrt_logsigmoid(m, tx)), REDUCTION);
    return 0;
}

/* ---- Rows ------------------------------------------------------------- */

#define BINARY(x)                                                              \
    x ", u(2,3):abs()", x ", u(2,3):abs(), {reduction=\"sum\"}",               \
        x ", u(2,3):abs(), {weight=p(3), reduction=\"none\"}",                 \
        x ", b{{true,false,true},{false,false,true}}",                         \
        "!r(2,3), r(3) -- a loss does not broadcast",                          \
        "!i(2,3), i(2,3) -- f32 or f64 expected"

const mlrt__op mlrt__loss_binary[] = {
    {.name = "binary_cross_entropy",
     .args = "x: tensor, target: tensor, weight: tensor?, " MLRT__REDUCTION,
     .outs = "y",
     .doc = "-target log(x) - (1 - target) log(1 - x) for probabilities x, "
            "the loss of a yes-or-no classifier. The logarithms are not less "
            "than -100. target: numbers or bool, of x's shape; another shape "
            "is an error. weight: a factor, which broadcasts to x. For "
            "scores `binary_cross_entropy_with_logits` is more exact.",
     .compose = entropy_compose,
     .samples = SAMPLES(BINARY("r(2,3):sigmoid()"), "r():sigmoid(), u():abs()",
                        "!p(2,3) + 2, p(2,3) -- 0..1, expected, got",
                        "!u(2,3):abs(), p(2,3), p(2) -- weight (2) does not")},
    {.name = "binary_cross_entropy_with_logits",
     .args = "x: tensor, target: tensor, weight: tensor?, pos_weight: "
             "tensor?, " MLRT__REDUCTION,
     .outs = "y",
     .doc = "`binary_cross_entropy` of sigmoid(x), without overflow or loss "
            "of digits. pos_weight: a factor of the first term, for classes "
            "with few positive samples; it broadcasts to x, as weight does.",
     .compose = logits_compose,
     .samples = SAMPLES(BINARY("r(2,3)"), "r(), u():abs()",
                        "r(2,3), u(2,3):abs(), {pos_weight=p(3)}",
                        "r(3,2):t(), u(2,3):abs()",
                        "!r(2), r(2), {pos_weight=p(3)} -- pos_weight (3)")},
    {.name = "kl_div",
     .args = "x: tensor, target: tensor, reduction: mean|sum|none|batchmean = "
             "mean, log_target: bool = false",
     .outs = "y",
     .doc = "Kullback-Leibler divergence target (log(target) - x) for x the "
            "logarithms of probabilities and target probabilities, or with "
            "log_target their logarithms. batchmean divides the sum by the "
            "number of samples, as the definition does; mean by that of "
            "elements. Shapes that differ are an error.",
     .compose = kl_compose,
     .samples = SAMPLES("r(2,3), p(2,3)", "r(2,3), r(2,3), {log_target=true}",
                        "r(2,3), p(2,3), \"batchmean\"",
                        "r(2,3), p(2,3), \"none\"", "r(2,3), i(2,3):abs()",
                        "r(), p(), \"batchmean\"",
                        "!r(2,3), r(3) -- a loss does not broadcast")},
    {.name = "soft_margin_loss",
     .args = "x: tensor, target: tensor, " MLRT__REDUCTION,
     .outs = "y",
     .doc = "log(1 + exp(-target x)) for targets 1 and -1. Shapes that "
            "differ are an error.",
     .compose = soft_margin_compose,
     .samples = SAMPLES("r(2,3), r(2,3):sign()", "r(), r()",
                        "r(2,3), r(2,3), \"none\"",
                        "!r(2,3), r(3) -- a loss does not broadcast")},
    {.name = "_bce",
     .args = "x: tensor, target: tensor",
     .outs = "y",
     .doc = "binary_cross_entropy of each element.",
     .contiguous = MLRT__IN(0),
     .shape = pair_shape,
     .forward = entropy_forward,
     .backward = entropy_backward,
     .saves = {MLRT__IN(0) | MLRT__IN(1), MLRT__IN(0)},
     .samples = SAMPLES("r(2,3):sigmoid(), r(2,3)")},
    {.name = "_bce_grad",
     .args = "g: tensor, x: tensor, target: tensor",
     .outs = "gx",
     .doc = "g (x - target) / (x (1 - x)), the divisor not below 1e-12.",
     .shape = entropy_grad_shape,
     .forward = entropy_grad_forward,
     .backward = entropy_grad_backward,
     .saves = {MLRT__IN(1) | MLRT__IN(2),
               MLRT__IN(0) | MLRT__IN(1) | MLRT__IN(2),
               MLRT__IN(0) | MLRT__IN(1)},
     .samples = SAMPLES("r(2,3), r(2,3):sigmoid(), u(2,3):abs()")},
    {.name = "_bce_logits",
     .args = "x: tensor, target: tensor",
     .outs = "y",
     .doc = "(1 - target) x + log(1 + exp(-x)).",
     .shape = pair_shape,
     .forward = logits_forward,
     .backward = logits_backward,
     .saves = {MLRT__IN(0) | MLRT__IN(1), MLRT__IN(0)},
     .samples = SAMPLES("r(2,3), r(2,3)")},
    {0},
};
