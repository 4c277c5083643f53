/* loss.c: losses of classifiers, whose targets are classes.
 *
 * cross_entropy is fused: forward reads the scores once and keeps their
 * maximum and the logarithm of the sum for each sample; the gradient is one
 * more pass.
 */
#include "loss.h"

#include "../kernels/net.h"
#include "element.h"
#include "fold.h"

/* ---- Targets that are classes ----------------------------------------- */

/* Scores are (C), (N, C) or (N, C, d...): the dimension of classes. */
static int class_dim(const mlrt_tensor *x) {
    return x->ndim > 1 ? 1 : 0;
}

/* Is `t` shaped as x without its classes? */
static bool fits(const mlrt_tensor *x, const mlrt_tensor *t) {
    int at = class_dim(x);
    if (x->ndim == 0 || t->ndim != x->ndim - 1)
        return false;
    for (int d = 0; d < t->ndim; d++)
        if (t->shape[d] != x->shape[d < at ? d : d + 1])
            return false;
    return true;
}

static int wrong_target(const mlrt__call *c, const mlrt_tensor *x,
                        const mlrt_tensor *t) {
    int64_t want[MLRT_MAX_DIMS];
    char text[MLRT__SHAPE_TEXT];
    int n = 0, at = class_dim(x);
    for (int d = 0; d < x->ndim; d++)
        if (d != at)
            want[n++] = x->shape[d];
    if (x->ndim == 0)
        return mlrt__bad(c, MLRT_ESHAPE,
                         "x: (C), (N, C) or (N, C, ...) "
                         "expected, got ()");
    return mlrt__bad(c, MLRT_ESHAPE, "x %s wants a target of shape %s, got %s",
                     MLRT__ST(x), mlrt__shape_text(text, n, want), MLRT__ST(t));
}

static int wrong_class(const mlrt__call *c, const mlrt_tensor *t, int64_t where,
                       int64_t class, int64_t classes) {
    int64_t at[MLRT_MAX_DIMS], base = c->m->config.base;
    char text[MLRT__SHAPE_TEXT];
    for (int d = t->ndim - 1; d >= 0; d--) {
        at[d] = where % t->shape[d] + base;
        where /= t->shape[d];
    }
    return mlrt__bad(c, MLRT_EINDEX,
                     "target%s is class %lld, x has classes %lld..%lld",
                     t->ndim ? mlrt__shape_text(text, t->ndim, at) : "",
                     (long long)(class + base), (long long)base,
                     (long long)(classes - 1 + base));
}

static const int64_t *element(const mlrt_tensor *t, int64_t i) {
    int64_t offset = 0;
    for (int d = t->ndim - 1; d >= 0; d--) {
        offset += i % t->shape[d] * t->stride[d];
        i /= t->shape[d];
    }
    return (const int64_t *)(const void *)mlrt__ptr(t) + offset;
}

static int check_classes(const mlrt__call *c, const mlrt_tensor *t,
                         int64_t classes) {
    for (int64_t i = 0; i < t->numel; i++) {
        int64_t class = *element(t, i);
        if (class < -1 || class >= classes)
            return wrong_class(c, t, i, class, classes);
    }
    return 0;
}

static int check_weight(const mlrt__call *c, const mlrt_tensor *w, int dtype,
                        int64_t classes) {
    if (!w || (w->ndim == 1 && w->shape[0] == classes && w->dtype == dtype))
        return 0;
    return mlrt__bad(c, MLRT_ESHAPE,
                     "weight: %s (%lld) expected, one for each class, got %s "
                     "%s",
                     mlrt_dtype_name((mlrt_dtype)dtype), (long long)classes,
                     mlrt_dtype_name((mlrt_dtype)w->dtype), MLRT__ST(w));
}

/* x, target and weight at these places are right for each other. */
static int check_scores(mlrt__call *c, int ix, int it, int iw) {
    const mlrt_tensor *x = mlrt__t(c, ix), *t = mlrt__t(c, it);
    int err = mlrt__want_float(c, ix);
    if (err)
        return err;
    if (!fits(x, t))
        return wrong_target(c, x, t);
    int64_t classes = x->shape[class_dim(x)];
    err = check_weight(c, mlrt__t(c, iw), x->dtype, classes);
    return err ? err : check_classes(c, t, classes);
}

static int loss_out(mlrt__call *c, int dtype, const mlrt_tensor *like,
                    int reduction) {
    return mlrt__out(c, 0, dtype, reduction == MLRT__NONE ? like->ndim : 0,
                     like->shape);
}

/* The weight of class k, 1 without weights; 0 for none (-1). */
static double weight_of(const mlrt_tensor *w, int64_t k) {
    if (k < 0)
        return 0;
    if (!w || w == mlrt_none)
        return 1;
    const char *p = mlrt__ptr(w);
    k *= w->stride[0];
    return w->dtype == MLRT_F64 ? ((const double *)(const void *)p)[k]
                                : (double)((const float *)(const void *)p)[k];
}

/* What a mean over the targets divides by. */
static double weight_total(const mlrt_tensor *t, const mlrt_tensor *w) {
    double total = 0;
    for (int64_t i = 0; i < t->numel; i++)
        total += weight_of(w, *element(t, i));
    return total;
}

/* Puts per-sample losses into the output, or their sum or mean. */
static void reduce_losses(mlrt__call *c, const double *loss, int64_t n,
                          int reduction, double divisor) {
    mlrt_tensor *y = c->y[0];
    double total = 0;
    if (reduction == MLRT__NONE) {
        for (int64_t i = 0; i < n; i++)
            mlrt__put(y->dtype, mlrt__ptr(y), i, loss[i]);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        total += loss[i];
    mlrt__put(y->dtype, mlrt__ptr(y), 0,
              reduction == MLRT__MEAN ? total / divisor : total);
}

/* ---- cross_entropy ---------------------------------------------------- */

enum { CE_X, CE_TARGET, CE_WEIGHT, CE_REDUCTION, CE_SMOOTHING };

/* With s the label smoothing, w the class weights (W their sum), t the
 * target and p = softmax(x), sample by sample
 *   loss = -(1 - s) w_t log p_t - s/C sum_c w_c log p_c
 *   dloss/dx_c = p_c ((1 - s) w_t + s/C W) - (c == t)(1 - s) w_t - s/C w_c
 */
typedef struct ce {
    mlrt__lines l;
    int dtype;
    const struct mlrt__net_kernels *const *k;
    const mlrt_tensor *weight;
    const char *x;
    const int64_t *target;
    double smoothing, total; /* total: W */
    char *most, *logsum;     /* of each sample */
    double *loss;
    const char *g; /* gradient: of the loss, */
    bool each;     /* one for each sample, */
    double share;  /* times this */
    char *gx;
} ce;

static void ce_open(ce *e, const mlrt__call *c, const mlrt_tensor *x,
                    const mlrt_tensor *t, const mlrt_tensor *w) {
    e->k = c->m->k->net;
    e->dtype = x->dtype;
    e->weight = w;
    e->x = mlrt__ptr(x);
    e->target = (const int64_t *)(const void *)mlrt__ptr(t);
    mlrt__lines_of(&e->l, x, class_dim(x));
    e->total = 0;
    for (int64_t k = 0; k < e->l.n && e->smoothing > 0; k++)
        e->total += weight_of(w, k);
}

static double ce_sample(const ce *e, int64_t i, int64_t at) {
    int64_t t = e->target[i];
    double logsum = mlrt__get(e->dtype, e->logsum, i), spread = 0;
    double most = mlrt__get(e->dtype, e->most, i);
    if (t < 0)
        return 0;
    double own = most - mlrt__get(e->dtype, e->x, at + t * e->l.si) + logsum;
    if (e->smoothing == 0)
        return weight_of(e->weight, t) * own;
    for (int64_t k = 0; k < e->l.n; k++)
        spread += weight_of(e->weight, k) *
                  (most - mlrt__get(e->dtype, e->x, at + k * e->l.si) + logsum);
    return (1 - e->smoothing) * weight_of(e->weight, t) * own +
           e->smoothing / (double)e->l.n * spread;
}

static void ce_run(void *arg, int64_t at, int64_t o, int64_t w) {
    const ce *e = arg;
    mlrt__panel p = {e->l.n, e->l.si, w, e->l.sj};
    size_t size = mlrt__dsize(e->dtype);
    e->k[e->dtype == MLRT_F64]->log_sum(&p, e->x + (size_t)at * size,
                                        e->most + (size_t)o * size,
                                        e->logsum + (size_t)o * size);
    for (int64_t j = 0; j < w; j++)
        e->loss[o + j] = ce_sample(e, o + j, at + j * e->l.sj);
}

static int ce_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, CE_X), *t = mlrt__t(c, CE_TARGET);
    double s = mlrt__d(c, CE_SMOOTHING);
    int64_t shape[MLRT_MAX_DIMS + 1] = {2};
    int err = check_scores(c, CE_X, CE_TARGET, CE_WEIGHT);
    if (err)
        return err;
    if (!(s >= 0 && s <= 1))
        return mlrt__bad(c, MLRT_EARG, "label_smoothing: 0..1 expected, got %g",
                         s);
    memcpy(shape + 1, t->shape, (size_t)t->ndim * sizeof *shape);
    c->scratch_bytes = mlrt__room(0, (size_t)t->numel, sizeof(double));
    loss_out(c, x->dtype, t, (int)mlrt__i(c, CE_REDUCTION));
    return mlrt__out(c, 1, x->dtype, t->ndim + 1, shape);
}

static int ce_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, CE_X), *t = mlrt__t(c, CE_TARGET);
    const mlrt_tensor *w = mlrt__t(c, CE_WEIGHT);
    int reduction = (int)mlrt__i(c, CE_REDUCTION), err = 0;
    ce e = {.smoothing = mlrt__d(c, CE_SMOOTHING), .loss = c->scratch};
    ce_open(&e, c, x, t, w);
    e.most = mlrt__ptr(c->y[1]);
    e.logsum = e.most + (size_t)t->numel * mlrt__dsize(x->dtype);
    if (x->numel)
        err = mlrt__lines_run(c->m, &e.l, ce_run, &e);
    if (!err)
        reduce_losses(c, e.loss, t->numel, reduction,
                      reduction == MLRT__MEAN ? weight_total(t, w) : 1);
    return err;
}

static double ce_flops(const mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    return 4 * (double)(x ? x->numel : 0);
}

/* ---- its gradient ----------------------------------------------------- */

enum { CG_G, CG_X, CG_TARGET, CG_WEIGHT, CG_STATS, CG_REDUCTION, CG_SMOOTHING };

/* The row of sample i, p_c times its scale, becomes the gradient. */
static void ce_take_target(const ce *e, int64_t i, int64_t at, double g) {
    int64_t t = e->target[i], si = e->l.si;
    if (t < 0) { /* even where p is nan */
        for (int64_t k = 0; k < e->l.n; k++)
            mlrt__put(e->dtype, e->gx, at + k * si, 0);
        return;
    }
    double own = g * (1 - e->smoothing) * weight_of(e->weight, t);
    mlrt__put(e->dtype, e->gx, at + t * si,
              mlrt__get(e->dtype, e->gx, at + t * si) - own);
    if (e->smoothing == 0)
        return;
    double s = g * e->smoothing / (double)e->l.n;
    for (int64_t k = 0; k < e->l.n; k++)
        mlrt__put(e->dtype, e->gx, at + k * si,
                  mlrt__get(e->dtype, e->gx, at + k * si) -
                      s * weight_of(e->weight, k));
}

static void ce_grad_run(void *arg, int64_t at, int64_t o, int64_t w) {
    const ce *e = arg;
    mlrt__panel p = {e->l.n, e->l.si, w, e->l.sj};
    size_t size = mlrt__dsize(e->dtype);
    double g[MLRT__LINES], scale[MLRT__LINES];
    for (int64_t j = 0; j < w; j++) {
        double own = weight_of(e->weight, e->target[o + j]);
        g[j] = e->share * mlrt__get(e->dtype, e->g, e->each ? o + j : 0);
        mlrt__put(e->dtype, scale, j,
                  g[j] * ((1 - e->smoothing) * own +
                          e->smoothing / (double)e->l.n * e->total));
    }
    e->k[e->dtype == MLRT_F64]->exp_scaled(
        &p, e->x + (size_t)at * size, e->gx + (size_t)at * size,
        e->most + (size_t)o * size, e->logsum + (size_t)o * size, scale);
    for (int64_t j = 0; j < w; j++)
        ce_take_target(e, o + j, at + j * e->l.sj, g[j]);
}

static int ce_grad_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, CG_X);
    int err = check_scores(c, CG_X, CG_TARGET, CG_WEIGHT);
    return err ? err : mlrt__out_like(c, 0, x);
}

static int ce_grad_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, CG_X), *t = mlrt__t(c, CG_TARGET);
    const mlrt_tensor *w = mlrt__t(c, CG_WEIGHT);
    int reduction = (int)mlrt__i(c, CG_REDUCTION);
    ce e = {.smoothing = mlrt__d(c, CG_SMOOTHING),
            .g = mlrt__ptr(mlrt__t(c, CG_G)),
            .each = reduction == MLRT__NONE,
            .share = reduction == MLRT__MEAN ? 1 / weight_total(t, w) : 1,
            .gx = mlrt__ptr(c->y[0])};
    if (x->numel == 0)
        return 0;
    ce_open(&e, c, x, t, w);
    e.most = mlrt__ptr(mlrt__t(c, CG_STATS));
    e.logsum = e.most + (size_t)t->numel * mlrt__dsize(x->dtype);
    return mlrt__lines_run(c->m, &e.l, ce_grad_run, &e);
}

/* g, of the loss, as a factor of each score; divided if the loss was a
 * mean. */
static mlrt_tensor *per_score(mlrt__walk *w, int reduction_arg) {
    mlrt *m = w->m;
    mlrt_tensor *g = mlrt__g(w, 0), *t = mlrt__in(w, 1);
    int64_t r = mlrt__arg(w, reduction_arg)->u.i;
    if (r == MLRT__NONE)
        return mlrt_unsqueeze(m, g, mlrt__operand(w, 0)->ndim > 1 ? 1 : 0);
    if (r == MLRT__SUM || !t)
        return g;
    double total = weight_total(t, mlrt__in(w, 2));
    return mlrt_div(m, g, mlrt_number(m, total));
}

/* The targets as weights of each class. */
static mlrt_tensor *spread_targets(mlrt__walk *w, double smoothing) {
    const mlrt__edge *x = mlrt__operand(w, 0);
    return mlrt__class_weights(w->m, mlrt__in(w, 1), mlrt__in(w, 2),
                               x->shape[x->ndim > 1 ? 1 : 0], smoothing,
                               (mlrt_dtype)x->dtype);
}

/* The same with operations, to be differentiated again. */
static void ce_backward_composed(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *t = spread_targets(w, mlrt__arg(w, CE_SMOOTHING)->u.d);
    int64_t dim = mlrt__operand(w, CE_X)->ndim > 1 ? 1 : 0;
    mlrt_tensor *p = mlrt_softmax(m, mlrt__in(w, CE_X), dim);
    p = mlrt_mul(m, p, mlrt_sum(m, t, &dim, 1, true));
    mlrt__give(w, CE_X,
               mlrt_mul(m, mlrt_sub(m, p, t), per_score(w, CE_REDUCTION)));
}

static void ce_backward(mlrt__walk *w) {
    if (w->flags & MLRT_CREATE_GRAPH)
        ce_backward_composed(w);
    else
        mlrt__give(w, CE_X,
                   mlrt__cross_entropy_grad(
                       w->m, mlrt__g(w, 0), mlrt__in(w, CE_X),
                       mlrt__in(w, CE_TARGET), mlrt__in(w, CE_WEIGHT),
                       mlrt__saved_out(w, 1),
                       (int)mlrt__arg(w, CE_REDUCTION)->u.i,
                       mlrt__arg(w, CE_SMOOTHING)->u.d));
}

/* ---- The targets as a tensor ------------------------------------------ */

enum { CW_TARGET, CW_WEIGHT, CW_CLASSES, CW_SMOOTHING, CW_DTYPE };

static int class_weights_shape(mlrt__call *c) {
    const mlrt_tensor *t = mlrt__t(c, CW_TARGET);
    int dtype = (int)mlrt__i(c, CW_DTYPE), at = t->ndim > 0 ? 1 : 0;
    int64_t classes = mlrt__i(c, CW_CLASSES), shape[MLRT_MAX_DIMS + 1];
    if (t->ndim == MLRT_MAX_DIMS || classes < 0 || !mlrt__is_float(dtype))
        return mlrt__bad(c, MLRT_ESHAPE, "%lld classes of target %s",
                         (long long)classes, MLRT__ST(t));
    for (int d = 0; d < t->ndim; d++)
        shape[d < at ? d : d + 1] = t->shape[d];
    shape[at] = classes;
    int err = check_weight(c, mlrt__t(c, CW_WEIGHT), dtype, classes);
    if (!err)
        err = check_classes(c, t, classes);
    return err ? err : mlrt__out(c, 0, dtype, t->ndim + 1, shape);
}

static int class_weights_forward(mlrt__call *c) {
    mlrt_tensor *y = c->y[0];
    const mlrt_tensor *t = mlrt__t(c, CW_TARGET), *w = mlrt__t(c, CW_WEIGHT);
    double s = mlrt__d(c, CW_SMOOTHING);
    mlrt__lines l;
    mlrt__lines_of(&l, y, class_dim(y));
    if (y->numel)
        memset(mlrt__ptr(y), 0, mlrt_nbytes(y));
    for (int64_t i = 0; i < t->numel; i++) {
        int64_t class = *element(t, i);
        int64_t at = i / l.inner * l.n * l.inner + i % l.inner;
        double all = s / (double)l.n;
        if (class < 0)
            continue;
        for (int64_t k = 0; s != 0 && k < l.n; k++)
            mlrt__put(y->dtype, mlrt__ptr(y), at + k * l.si,
                      all * weight_of(w, k));
        mlrt__put(y->dtype, mlrt__ptr(y), at + class * l.si,
                  (all + 1 - s) * weight_of(w, class));
    }
    return 0;
}

/* ---- nll_loss --------------------------------------------------------- */

enum { NLL_X, NLL_TARGET, NLL_WEIGHT, NLL_REDUCTION };

static int nll_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, NLL_X), *t = mlrt__t(c, NLL_TARGET);
    int err = check_scores(c, NLL_X, NLL_TARGET, NLL_WEIGHT);
    c->scratch_bytes = mlrt__room(0, (size_t)t->numel, sizeof(double));
    return err ? err : loss_out(c, x->dtype, t, (int)mlrt__i(c, NLL_REDUCTION));
}

static int nll_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, NLL_X), *t = mlrt__t(c, NLL_TARGET);
    const mlrt_tensor *w = mlrt__t(c, NLL_WEIGHT);
    int reduction = (int)mlrt__i(c, NLL_REDUCTION);
    double *loss = c->scratch;
    mlrt__lines l;
    mlrt__lines_of(&l, x, class_dim(x));
    for (int64_t i = 0; i < t->numel; i++) {
        int64_t class = *element(t, i);
        int64_t at = i / l.inner * l.n * l.inner + i % l.inner;
        loss[i] = class < 0
                      ? 0
                      : -weight_of(w, class) * mlrt__get(x->dtype, mlrt__ptr(x),
                                                         at + class * l.si);
    }
    reduce_losses(c, loss, t->numel, reduction,
                  reduction == MLRT__MEAN ? weight_total(t, w) : 1);
    return 0;
}

static void nll_backward(mlrt__walk *w) {
    mlrt_tensor *g = mlrt_neg(w->m, per_score(w, NLL_REDUCTION));
    mlrt__give(w, NLL_X, mlrt_mul(w->m, spread_targets(w, 0), g));
}

/* ---- Rows ------------------------------------------------------------- */

const mlrt__op mlrt__loss[] = {
    {.name = "cross_entropy",
     .args = "x: tensor, target: index, weight: tensor?, " MLRT__REDUCTION
             ", label_smoothing: number = 0",
     .outs = "y, _stats",
     .doc = "-log softmax(x)[target], the loss of a classifier. x: scores "
            "(not probabilities) of shape (C), (N, C) or (N, C, ...), f32 or "
            "f64. target: classes, shaped as x without C; none is skipped, "
            "and the mean is over the rest. weight: a factor for each class; "
            "the mean is divided by the factors of the targets. "
            "label_smoothing: the part of the target that goes to all "
            "classes alike (Szegedy et al. 2016).",
     .contiguous = MLRT__IN(CE_X) | MLRT__IN(CE_TARGET),
     .shape = ce_shape,
     .forward = ce_forward,
     .backward = ce_backward,
     .flops = ce_flops,
     .saves = {[CE_X] = MLRT__IN(CE_X) | MLRT__IN(CE_TARGET) |
                        MLRT__IN(CE_WEIGHT) | MLRT__OUT(1)},
     .samples = SAMPLES(
         "r(3,4), ix{1,4,2}", "r(3,4), ix{1,4,2}, {reduction=\"sum\"}",
         "r(3,4), ix{1,4,2}, {reduction=\"none\", label_smoothing=0.1}",
         "r(4), ix{1,4,2}:select(1, 2)", "r(4,3):t(), ix{1,4,2}",
         "r(3,70), ix{1,70,2}",
         "r(1,4,3), ix{1,4,2}:unsqueeze(1), {label_smoothing=0.2}",
         "!r(3,4), ix{1,2} -- wants a target of shape",
         "!r(3,4), ix{1,5,2} -- is class 5, x has classes 1..4",
         "!i(3,4), ix{1,2,3} -- f32 or f64 expected")},
    {.name = "nll_loss",
     .args = "x: tensor, target: index, weight: tensor?, " MLRT__REDUCTION,
     .outs = "y",
     .doc = "-x[target] for x the logarithms of probabilities, as "
            "`log_softmax` gives them: the negative log likelihood. Shapes, "
            "weight and skipped targets are those of `cross_entropy`.",
     .contiguous = MLRT__IN(NLL_X),
     .shape = nll_shape,
     .forward = nll_forward,
     .backward = nll_backward,
     .saves = {[NLL_X] = MLRT__IN(NLL_TARGET) | MLRT__IN(NLL_WEIGHT)},
     .samples = SAMPLES(
         "r(3,4), ix{1,4,2}", "r(3,4), ix{1,4,2}, {reduction=\"sum\"}",
         "r(3,4), ix{1,4,2}, {reduction=\"none\"}",
         "r(4), ix{1,4,2}:select(1, 2)", "r(1,4,3), ix{1,4,2}:unsqueeze(1)",
         "!r(3,4), ix{1,2} -- wants a target of shape",
         "!r(3,4), ix{1,5,2} -- x has classes 1..4")},
    {.name = "_cross_entropy_grad",
     .args = "g: tensor, x: tensor, target: index, weight: tensor?, stats: "
             "tensor, " MLRT__REDUCTION ", label_smoothing: number = 0",
     .outs = "gx",
     .doc = "First gradient of cross_entropy, fused.",
     .contiguous = MLRT__IN(CG_G) | MLRT__IN(CG_X) | MLRT__IN(CG_TARGET) |
                   MLRT__IN(CG_STATS),
     .shape = ce_grad_shape,
     .forward = ce_grad_forward,
     .flops = ce_flops},
    {.name = "_class_weights",
     .args = "target: index, weight: tensor?, classes: int, label_smoothing: "
             "number = 0, dtype: dtype = f32",
     .outs = "y",
     .doc = "What each class of a sample counts in cross_entropy: 1 - "
            "label_smoothing for the target, the rest for all alike.",
     .contiguous = 0,
     .shape = class_weights_shape,
     .forward = class_weights_forward,
     .samples = SAMPLES("ix{1,3}, {classes=3}")},
    {0},
};
