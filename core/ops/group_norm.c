/* group_norm.c: groups of channels, or channels, normalised sample by sample.
 *
 * A group of a sample is a line of neighbours; each of its channels has a
 * weight and a bias.  Forward and first gradient are fused; where a gradient
 * of the gradient may be wanted, the first is written with operations.
 */
#include <math.h>

#include "../kernels/net.h"
#include "element.h"
#include "norm.h"

enum { GRAIN = 1 << 15, WIDE = 512 }; /* elements a task, lines a panel */

/* x is (N, C, L), its channels in groups of `wide`: N C / wide lines of
 * wide * L elements. */
typedef struct group {
    const struct mlrt__net_kernels *const *k;
    int dtype, f64;
    int64_t n, c, l, wide, lines, block;
    size_t size;
    const char *x, *g, *weight, *bias;
    char *y, *mean, *rstd;
    double *dots; /* of each channel of each sample: sum g, sum g (x - mean) */
    double eps;
} group;

/* Numbers of up to WIDE channels, as kernels take them. */
typedef struct channels {
    double a[WIDE], b[WIDE], c[WIDE], d[WIDE], s1[WIDE], s2[WIDE];
} channels;

static void open_group(group *p, const mlrt__call *c, const mlrt_tensor *x,
                       int64_t groups) {
    p->k = c->m->k->net;
    p->dtype = x->dtype;
    p->f64 = x->dtype == MLRT_F64;
    p->size = mlrt__dsize(x->dtype);
    p->n = x->shape[0];
    p->c = x->shape[1];
    p->l = 1;
    for (int d = 2; d < x->ndim; d++)
        p->l *= x->shape[d];
    p->wide = p->c / groups;
    p->lines = p->n * groups;
    p->block = x->numel ? GRAIN / (p->wide * p->l) : 1;
    p->block = p->block ? p->block : 1;
}

/* Channels `at` and up of line o: how many (at most WIDE, 0: no more), which
 * channel of x is the first, its place, and the panel. */
static int64_t piece(const group *p, int64_t o, int64_t at, int64_t *channel,
                     size_t *place, mlrt__panel *panel) {
    int64_t w = p->wide - at < WIDE ? p->wide - at : WIDE;
    int64_t first = o * p->wide + at; /* counted through all samples */
    *channel = first % p->c;
    *place = (size_t)(first * p->l) * p->size;
    *panel = p->l > 1 ? (mlrt__panel){p->l, 1, w, p->l}
                      : (mlrt__panel){1, 2, w, 1};
    return w;
}

static double of_channel(const group *p, const char *a, int64_t ch,
                         double absent) {
    return a ? mlrt__get(p->dtype, a, ch) : absent;
}

/* ---- Forward ---------------------------------------------------------- */

static void apply(const group *p, int64_t o, double mean, double rstd) {
    channels t;
    mlrt__panel panel;
    size_t place;
    int64_t ch;
    for (int64_t at = 0, w; at < p->wide; at += w) {
        w = piece(p, o, at, &ch, &place, &panel);
        for (int64_t j = 0; j < w; j++) {
            double weight = of_channel(p, p->weight, ch + j, 1);
            mlrt__put(p->dtype, t.c, j, mean);
            mlrt__put(p->dtype, t.a, j, rstd * weight);
            mlrt__put(p->dtype, t.b, j, of_channel(p, p->bias, ch + j, 0));
        }
        p->k[p->f64]->affine(&panel, p->x + place, p->y + place, t.c, t.a, t.b);
    }
}

static void forward_task(void *arg, int64_t i) {
    const group *p = arg;
    int64_t end = (i + 1) * p->block, n = p->wide * p->l;
    end = end < p->lines ? end : p->lines;
    for (int64_t o = i * p->block; o < end; o++) {
        double mean, var, rstd;
        p->k[p->f64]->line_moments(n, p->x + (size_t)(o * n) * p->size, true,
                                   &mean, &var);
        rstd = 1 / sqrt(var + p->eps);
        mlrt__put(p->dtype, p->mean, o, mean);
        mlrt__put(p->dtype, p->rstd, o, rstd);
        apply(p, o, mean, rstd);
    }
}

static const char *raw(const mlrt__call *c, int i) {
    return mlrt__has(c, i) ? mlrt__ptr(mlrt__t(c, i)) : NULL;
}

enum { X, GROUPS, WEIGHT, BIAS, EPS };

/* Without channels there is none to normalise. */
static int64_t lines_of(const mlrt_tensor *x, int64_t groups) {
    return x->shape[1] ? x->shape[0] * groups : 0;
}

static int group_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, X);
    int64_t groups = mlrt__i(c, GROUPS), lines;
    int err = mlrt__want_float(c, X);
    if (err)
        return err;
    if (x->ndim < 2)
        return mlrt__bad(c, MLRT_ESHAPE,
                         "x: (N, C) or (N, C, ...) expected, got %s",
                         MLRT__ST(x));
    if (groups < 1 || x->shape[1] % groups != 0)
        return mlrt__bad(c, MLRT_ESHAPE,
                         "num_groups: %lld does not divide the %lld channels "
                         "of x %s",
                         (long long)groups, (long long)x->shape[1],
                         MLRT__ST(x));
    for (int i = WEIGHT; i <= BIAS && !err; i++)
        err = mlrt__want_channels(c, i, x);
    if (err)
        return err;
    lines = lines_of(x, groups);
    mlrt__out_like(c, 0, x);
    mlrt__out(c, 1, x->dtype, 1, &lines);
    return mlrt__out(c, 2, x->dtype, 1, &lines);
}

static int group_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, X);
    group p = {.x = mlrt__ptr(x),
               .y = mlrt__ptr(c->y[0]),
               .mean = mlrt__ptr(c->y[1]),
               .rstd = mlrt__ptr(c->y[2]),
               .weight = raw(c, WEIGHT),
               .bias = raw(c, BIAS),
               .eps = mlrt__d(c, EPS)};
    open_group(&p, c, x, mlrt__i(c, GROUPS));
    if (x->numel == 0) {
        memset(p.mean, 0, mlrt_nbytes(c->y[1]));
        memset(p.rstd, 0, mlrt_nbytes(c->y[2]));
        return 0;
    }
    return mlrt__parallel(c->m, (p.lines + p.block - 1) / p.block, forward_task,
                          &p, true);
}

static double group_flops(const mlrt__call *c) {
    return 6 * (double)c->y[0]->numel;
}

/* ---- The first gradient, fused ---------------------------------------- */

enum { G_G, G_X, G_GROUPS, G_WEIGHT, G_MEAN, G_RSTD };

/* The two sums of each channel of line o; and over them all, weighted. */
static void grad_dots(const group *p, int64_t o, double mean, double s[2]) {
    channels t;
    mlrt__panel panel;
    size_t place;
    int64_t ch;
    s[0] = s[1] = 0;
    for (int64_t at = 0, w; at < p->wide; at += w) {
        w = piece(p, o, at, &ch, &place, &panel);
        for (int64_t j = 0; j < w; j++) {
            mlrt__put(p->dtype, t.c, j, mean);
            t.s1[j] = t.s2[j] = 0;
        }
        p->k[p->f64]->norm_dots(&panel, p->g + place, p->x + place, t.c, t.s1,
                                t.s2);
        for (int64_t j = 0; j < w; j++) {
            double *dots = p->dots + 2 * (o * p->wide + at + j);
            double weight = of_channel(p, p->weight, ch + j, 1);
            s[0] += weight * (dots[0] = t.s1[j]);
            s[1] += weight * (dots[1] = t.s2[j]);
        }
    }
}

/* With M elements in the group and xhat = (x - mean) rstd,
 * gx = rstd (g weight - s[0] / M - xhat rstd s[1] / M). */
static void grad_apply(const group *p, int64_t o, double mean, double rstd,
                       const double s[2]) {
    channels t;
    mlrt__panel panel;
    size_t place;
    int64_t ch;
    double share = rstd / (double)(p->wide * p->l);
    for (int64_t at = 0, w; at < p->wide; at += w) {
        w = piece(p, o, at, &ch, &place, &panel);
        for (int64_t j = 0; j < w; j++) {
            double weight = of_channel(p, p->weight, ch + j, 1);
            mlrt__put(p->dtype, t.a, j, rstd * weight);
            mlrt__put(p->dtype, t.b, j, share * s[0]);
            mlrt__put(p->dtype, t.c, j, mean);
            mlrt__put(p->dtype, t.d, j, share * rstd * rstd * s[1]);
        }
        p->k[p->f64]->norm_grad(&panel, p->g + place, p->x + place,
                                p->y + place, t.a, t.b, t.c, t.d);
    }
}

static void grad_task(void *arg, int64_t i) {
    const group *p = arg;
    int64_t end = (i + 1) * p->block;
    end = end < p->lines ? end : p->lines;
    for (int64_t o = i * p->block; o < end; o++) {
        double s[2], mean = mlrt__get(p->dtype, p->mean, o);
        grad_dots(p, o, mean, s);
        grad_apply(p, o, mean, mlrt__get(p->dtype, p->rstd, o), s);
    }
}

/* gweight = sum g xhat and gbias = sum g over the samples. */
static void grad_weights(const group *p, char *gweight, char *gbias) {
    for (int64_t ch = 0; ch < p->c; ch++) {
        double weight = 0, bias = 0;
        for (int64_t i = ch; i < p->n * p->c; i += p->c) {
            bias += p->dots[2 * i];
            weight += p->dots[2 * i + 1] *
                      mlrt__get(p->dtype, p->rstd, i / p->wide);
        }
        mlrt__put(p->dtype, gweight, ch, weight);
        mlrt__put(p->dtype, gbias, ch, bias);
    }
}

static int grad_shape(mlrt__call *c) {
    const mlrt_tensor *g = mlrt__t(c, G_G), *x = mlrt__t(c, G_X);
    int64_t groups = mlrt__i(c, G_GROUPS);
    if (!mlrt__same_shape(g, x) || g->dtype != x->dtype || x->ndim < 2 ||
        groups < 1 || x->shape[1] % groups != 0 ||
        mlrt__t(c, G_RSTD)->numel != lines_of(x, groups) ||
        mlrt__t(c, G_MEAN)->numel != lines_of(x, groups))
        return mlrt__bad(c, MLRT_ESHAPE, "g %s and x %s do not fit",
                         MLRT__ST(g), MLRT__ST(x));
    int err = mlrt__want_channels(c, G_WEIGHT, x);
    size_t n = (size_t)(x->shape[0] * x->shape[1]);
    c->scratch_bytes = x->numel ? mlrt__room(0, n, 2 * sizeof(double)) : 0;
    mlrt__out_like(c, 0, x);
    mlrt__out(c, 1, x->dtype, 1, &x->shape[1]);
    return err ? err : mlrt__out(c, 2, x->dtype, 1, &x->shape[1]);
}

static int grad_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, G_X);
    group p = {.g = mlrt__ptr(mlrt__t(c, G_G)),
               .x = mlrt__ptr(x),
               .y = mlrt__ptr(c->y[0]),
               .weight = raw(c, G_WEIGHT),
               .mean = mlrt__ptr(mlrt__t(c, G_MEAN)),
               .rstd = mlrt__ptr(mlrt__t(c, G_RSTD)),
               .dots = c->scratch};
    if (x->numel == 0) {
        memset(mlrt__ptr(c->y[1]), 0, mlrt_nbytes(c->y[1]));
        memset(mlrt__ptr(c->y[2]), 0, mlrt_nbytes(c->y[2]));
        return 0;
    }
    open_group(&p, c, x, mlrt__i(c, G_GROUPS));
    int err = mlrt__parallel(c->m, (p.lines + p.block - 1) / p.block, grad_task,
                             &p, true);
    if (!err)
        grad_weights(&p, mlrt__ptr(c->y[1]), mlrt__ptr(c->y[2]));
    return err;
}

/* ---- Backward --------------------------------------------------------- */

/* With t of a group as (N, G, C / G * L): mean over the last, which stays. */
static mlrt_tensor *mean_of(mlrt *m, mlrt_tensor *t) {
    int64_t last = 2;
    return mlrt_mean(m, t, &last, 1, true);
}

/* sum over samples and places of t: (N, C, L) */
static mlrt_tensor *by_channel(mlrt *m, mlrt_tensor *t) {
    int64_t dims[2] = {0, 2};
    return mlrt_sum(m, t, dims, 2, false);
}

static void backward_composed(mlrt__walk *w) {
    mlrt *m = w->m;
    const mlrt__edge *e = mlrt__operand(w, X);
    int64_t groups = mlrt__arg(w, GROUPS)->u.i, l = 1, n = e->shape[0];
    for (int d = 2; d < e->ndim; d++)
        l *= e->shape[d];
    int64_t flat[3] = {n, e->shape[1], l}, column[2] = {e->shape[1], 1};
    int64_t lines[3] = {n, groups, e->shape[1] / groups * l};
    mlrt_tensor *weight = mlrt__in(w, WEIGHT);
    mlrt_tensor *g = mlrt_reshape(m, mlrt__g(w, 0), flat, 3), *h = g;
    mlrt_tensor *x = mlrt_reshape(m, mlrt__in(w, X), lines, 3);
    mlrt_tensor *d = mlrt_sub(m, x, mean_of(m, x));
    mlrt_tensor *var = mean_of(m, mlrt_mul(m, d, d));
    mlrt_tensor *eps = mlrt_number(m, mlrt__arg(w, EPS)->u.d);
    mlrt_tensor *rstd = mlrt_rsqrt(m, mlrt_add(m, var, eps));
    mlrt_tensor *xhat = mlrt_mul(m, d, rstd);
    if (mlrt__need(w, WEIGHT)) {
        mlrt_tensor *t = mlrt_mul(m, g, mlrt_reshape(m, xhat, flat, 3));
        mlrt__give(w, WEIGHT, by_channel(m, t));
    }
    if (mlrt__need(w, BIAS))
        mlrt__give(w, BIAS, by_channel(m, g));
    if (!mlrt__need(w, X))
        return;
    if (weight != MLRT_NONE)
        h = mlrt_mul(m, g, mlrt_reshape(m, weight, column, 2));
    h = mlrt_reshape(m, h, lines, 3);
    mlrt_tensor *b = mlrt_mul(m, xhat, mean_of(m, mlrt_mul(m, h, xhat)));
    mlrt_tensor *gx = mlrt_sub(m, mlrt_sub(m, h, mean_of(m, h)), b);
    gx = mlrt_mul(m, gx, rstd);
    mlrt__give(w, X, mlrt_reshape(m, gx, e->shape, e->ndim));
}

static void group_backward(mlrt__walk *w) {
    mlrt_tensor *gx = NULL, *gweight = NULL, *gbias = NULL;
    if (w->flags & MLRT_CREATE_GRAPH) {
        backward_composed(w);
        return;
    }
    if (mlrt__group_norm_grad(w->m, mlrt__g(w, 0), mlrt__in(w, X),
                              mlrt__arg(w, GROUPS)->u.i, mlrt__in(w, WEIGHT),
                              mlrt__saved_out(w, 1), mlrt__saved_out(w, 2), &gx,
                              &gweight, &gbias) != 0)
        return;
    if (mlrt__need(w, X))
        mlrt__give(w, X, gx);
    if (mlrt__need(w, WEIGHT))
        mlrt__give(w, WEIGHT, gweight);
    if (mlrt__need(w, BIAS))
        mlrt__give(w, BIAS, gbias);
}

/* ---- instance_norm ---------------------------------------------------- */

enum { I_X, I_MEAN, I_VAR, I_WEIGHT, I_BIAS, I_INPUT, I_MOMENTUM, I_EPS };

static int instance_check(const mlrt__call *c, const mlrt_tensor *x) {
    int err = mlrt__want_float(c, I_X);
    bool running = mlrt__has(c, I_MEAN), own = mlrt__i(c, I_INPUT) != 0;
    if (!err && x->ndim < 3)
        err = mlrt__bad(c, MLRT_ESHAPE, "x: (N, C, ...) expected, got %s",
                        MLRT__ST(x));
    for (int i = I_MEAN; i <= I_BIAS && !err; i++)
        err = mlrt__want_channels(c, i, x);
    if (!err && running != mlrt__has(c, I_VAR))
        err = mlrt__bad(c, MLRT_EARG,
                        "running_mean and running_var go together");
    if (!err && !running && !own)
        err = mlrt__bad(c, MLRT_EARG,
                        "running_mean and running_var are needed when the "
                        "input's statistics are not used");
    if (!err && own && x->numel && x->numel == x->shape[0] * x->shape[1])
        err = mlrt__bad(c, MLRT_ESHAPE,
                        "one value a channel is too few: x is %s", MLRT__ST(x));
    return err;
}

/* running = (1 - momentum) running + momentum * mean of `now`, (N, C) */
static int move_running(mlrt__call *c, int i, mlrt_tensor *now) {
    mlrt *m = c->m;
    int64_t first = 0;
    mlrt_tensor *t = mlrt__t(c, i), *rate;
    now = mlrt_mean(m, now, &first, 1, false);
    rate = mlrt_number(m, mlrt__d(c, I_MOMENTUM));
    now = mlrt_add(m, t, mlrt_mul(m, mlrt_sub(m, now, t), rate));
    return mlrt_copy_(m, t, now) ? 0 : m->errcode;
}

static int update_running(mlrt__call *c, mlrt_tensor *x) {
    mlrt *m = c->m;
    int64_t dims[MLRT_MAX_DIMS];
    int n = 0;
    if (!mlrt__has(c, I_MEAN) || x->numel == 0)
        return 0;
    for (int d = 2; d < x->ndim; d++)
        dims[n++] = d;
    bool recording = mlrt_set_grad_mode(m, false);
    int err = move_running(c, I_MEAN, mlrt_mean(m, x, dims, n, false));
    if (!err)
        err = move_running(c, I_VAR, mlrt_var(m, x, dims, n, false, 1));
    mlrt_set_grad_mode(m, recording);
    return err;
}

static mlrt_tensor *given(const mlrt__call *c, int i) {
    return mlrt__has(c, i) ? mlrt__t(c, i) : MLRT_NONE;
}

static int instance_compose(mlrt__call *c) {
    mlrt_tensor *x = mlrt__t(c, I_X);
    int err = instance_check(c, x);
    if (err)
        return err;
    if (!mlrt__i(c, I_INPUT)) {
        c->y[0] = mlrt_batch_norm(c->m, x, given(c, I_MEAN), given(c, I_VAR),
                                  given(c, I_WEIGHT), given(c, I_BIAS), false,
                                  0, mlrt__d(c, I_EPS));
        return 0;
    }
    c->y[0] = mlrt_group_norm(c->m, x, x->shape[1] ? x->shape[1] : 1,
                              given(c, I_WEIGHT), given(c, I_BIAS),
                              mlrt__d(c, I_EPS));
    return c->y[0] ? update_running(c, x) : 0;
}

/* ---- Rows ------------------------------------------------------------- */

#define STATS (MLRT__IN(X) | MLRT__IN(WEIGHT) | MLRT__OUT(1) | MLRT__OUT(2))

const mlrt__op mlrt__group_norm[] = {
    {.name = "group_norm",
     .args = "x: tensor, num_groups: int, weight: tensor?, bias: tensor?, "
             "eps: number = 1e-5",
     .outs = "y, _mean, _rstd",
     .doc = "(x - mean) / sqrt(var + eps) * weight + bias for x: (N, C) or "
            "(N, C, ...), f32 or f64, with mean and variance over each of "
            "num_groups groups of channels of each sample; weight and bias "
            "hold C values. Wu and He 2018.",
     .contiguous = MLRT__IN(X) | MLRT__IN(WEIGHT) | MLRT__IN(BIAS),
     .shape = group_shape,
     .forward = group_forward,
     .backward = group_backward,
     .flops = group_flops,
     .saves = {[X] = STATS, [WEIGHT] = STATS, [BIAS] = STATS},
     .samples = SAMPLES(
         "r(2,4,3), 2", "r(2,4,3), 4, p(4), r(4)", "r(2,6), 2, p(6), r(6)",
         "r(2,4,2,2), {num_groups=1, weight=r(4), eps=0.1}",
         "r(2,4,3), 2, {bias=r(4)}", "r(3,4,2):transpose(1,3), 2",
         "r(0,4,3), 2, p(4)", "r(2,4,0), 2",
         "!r(2,4,3), 3 -- 3 does not divide the 4 channels",
         "!r(2,4,3), 0 -- 0 does not divide",
         "!r(2,4,3), 2, p(2) -- argument 'weight': f32 (4) expected",
         "!r(4), 2 -- (N, C) or (N, C, ...) expected",
         "!i(2,4), 2 -- f32 or f64 expected")},
    {.name = "instance_norm",
     .args = "x: tensor, running_mean: tensor?, running_var: tensor?, "
             "weight: tensor?, bias: tensor?, use_input_stats: bool = true, "
             "momentum: number = 0.1, eps: number = 1e-5",
     .outs = "y",
     .doc = "(x - mean) / sqrt(var + eps) * weight + bias for each channel of "
            "each sample of x: (N, C, ...), f32 or f64; the others hold C "
            "values. The running ones, if given, move towards the mean of "
            "the samples' by `momentum`, in place (the variance with n - 1); "
            "without use_input_stats they are used instead. Ulyanov, Vedaldi "
            "and Lempitsky 2016.",
     .compose = instance_compose,
     .samples = SAMPLES("r(2,3,4)", "r(2,3,2,2), {weight=p(3), bias=r(3)}",
                        "!r(2,3) -- (N, C, ...) expected",
                        "!r(2,3,1) -- too few",
                        "!r(2,3,4), {use_input_stats=false} -- are needed when",
                        "!r(2,3,4), m.zeros(3) -- go together")},
    {.name = "_group_norm_grad",
     .args = "g: tensor, x: tensor, num_groups: int, weight: tensor?, mean: "
             "tensor, rstd: tensor",
     .outs = "gx, gweight, gbias",
     .doc = "First gradient of group_norm, fused.",
     .contiguous = MLRT__IN(G_G) | MLRT__IN(G_X) | MLRT__IN(G_WEIGHT) |
                   MLRT__IN(G_MEAN) | MLRT__IN(G_RSTD),
     .shape = grad_shape,
     .forward = grad_forward,
     .flops = group_flops},
    {0},
};
