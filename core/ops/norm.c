/* norm.c: normalisation layers.
 *
 * Forward and first gradient are fused kernels (kernels/net.c).  Where a
 * gradient of the gradient may be wanted, the first is written with
 * operations instead.
 */
#include <math.h>

#include "../kernels/net.h"
#include "element.h"
#include "fold.h"
#include "norm.h"

/* ---- batch_norm ------------------------------------------------------- */

enum {
    BN_X,
    BN_RUNNING_MEAN,
    BN_RUNNING_VAR,
    BN_WEIGHT,
    BN_BIAS,
    BN_TRAINING,
    BN_MOMENTUM,
    BN_EPS
};

/* x is (N, C, L).  Channels are worked on apart: as lines side by side when
 * L is 1, else as N lines of L neighbours each. */
typedef struct bn {
    const struct mlrt__net_kernels *const *k;
    int dtype;
    int64_t n, c, l, block; /* block: channels a task */
    const char *x, *g, *weight, *bias;
    char *y, *mean, *rstd, *gweight, *gbias;
    double *var; /* of each channel, when training */
    double eps;
    bool training;
} bn;

/* The parameters of up to 512 lines, as kernels take them. */
typedef struct lines {
    double c[MLRT__LINES], a[MLRT__LINES], b[MLRT__LINES], d[MLRT__LINES];
    double s1[MLRT__LINES], s2[MLRT__LINES];
} lines;

/* Makes entries 0..w-1 of `a` equal to the first. */
static void repeat(int dtype, double *a, int64_t w) {
    for (int64_t j = 1; j < w; j++)
        mlrt__put(dtype, a, j, mlrt__get(dtype, a, 0));
}

static double add_up(const double *s, int64_t w) {
    double a = 0;
    for (int64_t j = 0; j < w; j++)
        a += s[j];
    return a;
}

/* Panel number i of channel ch and its first element; false: no more. */
static bool bn_panel(const bn *b, int64_t ch, int64_t w, int64_t i,
                     mlrt__panel *p, size_t *at) {
    size_t size = mlrt__dsize(b->dtype);
    int64_t first = i * MLRT__LINES;
    if (b->l == 1) {
        *p = (mlrt__panel){b->n, b->c, w, 1};
        *at = (size_t)ch * size;
        return i == 0;
    }
    int64_t left = b->n - first;
    *p = (mlrt__panel){b->l, 1, left < MLRT__LINES ? left : MLRT__LINES,
                       b->c * b->l};
    *at = (size_t)((first * b->c + ch) * b->l) * size;
    return left > 0;
}

/* Mean, variance and rstd of channels ch..ch+w-1 (w is 1 unless L is). */
static void bn_moments(const bn *b, int64_t ch, int64_t w, lines *t) {
    mlrt__panel p;
    size_t at;
    double count = (double)(b->n * b->l);
    memset(t->s1, 0, sizeof t->s1);
    memset(t->s2, 0, sizeof t->s2);
    for (int64_t j = 0; j < w; j++)
        mlrt__put(b->dtype, t->c, j,
                  mlrt__get(b->dtype, b->x, (ch + j) * b->l));
    for (int64_t i = 0; bn_panel(b, ch, w, i, &p, &at); i++) {
        if (b->l > 1)
            repeat(b->dtype, t->c, p.w);
        b->k[b->dtype == MLRT_F64]->moments(&p, b->x + at, t->c, t->s1, t->s2);
    }
    if (b->l > 1) {
        t->s1[0] = add_up(t->s1, MLRT__LINES);
        t->s2[0] = add_up(t->s2, MLRT__LINES);
    }
    for (int64_t j = 0; j < w; j++) {
        double mean = t->s1[j] / count;
        double var = t->s2[j] / count - mean * mean;
        b->var[ch + j] = var = var > 0 || var != var ? var : 0;
        mlrt__put(b->dtype, b->mean, ch + j,
                  mlrt__get(b->dtype, t->c, j) + mean);
        mlrt__put(b->dtype, b->rstd, ch + j, 1 / sqrt(var + b->eps));
    }
}

/* y = (x - mean) * rstd * weight + bias */
static void bn_apply(const bn *b, int64_t ch, int64_t w, lines *t) {
    mlrt__panel p;
    size_t at;
    for (int64_t j = 0; j < w; j++) {
        double scale = b->weight ? mlrt__get(b->dtype, b->weight, ch + j) : 1;
        double shift = b->bias ? mlrt__get(b->dtype, b->bias, ch + j) : 0;
        mlrt__put(b->dtype, t->c, j, mlrt__get(b->dtype, b->mean, ch + j));
        mlrt__put(b->dtype, t->a, j,
                  mlrt__get(b->dtype, b->rstd, ch + j) * scale);
        mlrt__put(b->dtype, t->b, j, shift);
    }
    for (int64_t i = 0; bn_panel(b, ch, w, i, &p, &at); i++) {
        if (b->l > 1) {
            repeat(b->dtype, t->c, p.w);
            repeat(b->dtype, t->a, p.w);
            repeat(b->dtype, t->b, p.w);
        }
        b->k[b->dtype == MLRT_F64]->affine(&p, b->x + at, b->y + at, t->c, t->a,
                                           t->b);
    }
}

static void bn_task(void *arg, int64_t i) {
    const bn *b = arg;
    lines t;
    int64_t end = (i + 1) * b->block < b->c ? (i + 1) * b->block : b->c;
    for (int64_t ch = i * b->block, w; ch < end; ch += w) {
        w = b->l > 1 ? 1 : end - ch;
        if (b->training)
            bn_moments(b, ch, w, &t);
        bn_apply(b, ch, w, &t);
    }
}

static void bn_geometry(bn *b, const mlrt__call *c, const mlrt_tensor *x) {
    int64_t work;
    b->k = c->m->k->net;
    b->dtype = x->dtype;
    b->n = x->shape[0];
    b->c = x->shape[1];
    b->l = 1;
    for (int d = 2; d < x->ndim; d++)
        b->l *= x->shape[d];
    work = x->numel ? (1 << 16) / (b->n * b->l) : 1;
    if (b->l == 1)
        work = work < 64 ? 64 : work > MLRT__LINES ? MLRT__LINES : work;
    b->block = work < 1 ? 1 : work;
}

static int bn_run(mlrt *m, bn *b, mlrt__task *task) {
    return mlrt__parallel(m, (b->c + b->block - 1) / b->block, task, b, true);
}

static char *raw(const mlrt__call *c, int i) {
    return mlrt__has(c, i) ? mlrt__ptr(mlrt__t(c, i)) : NULL;
}

int mlrt__want_channels(const mlrt__call *c, int i, const mlrt_tensor *x) {
    const mlrt_tensor *t = mlrt__t(c, i);
    const mlrt_arg_spec *s = &c->m->info[c->id].spec[i];
    if (!t ||
        (t->ndim == 1 && t->shape[0] == x->shape[1] && t->dtype == x->dtype))
        return 0;
    return mlrt__bad(c, MLRT_ESHAPE,
                     "argument '%.*s': %s (%lld) expected, one value a "
                     "channel of x %s, got %s %s",
                     s->name_len, s->name,
                     mlrt_dtype_name((mlrt_dtype)x->dtype),
                     (long long)x->shape[1], MLRT__ST(x),
                     mlrt_dtype_name((mlrt_dtype)t->dtype), MLRT__ST(t));
}

static int bn_check(mlrt__call *c, const mlrt_tensor *x) {
    if (x->ndim < 2)
        return mlrt__bad(c, MLRT_ESHAPE,
                         "x: (N, C) or (N, C, ...) expected, got %s",
                         MLRT__ST(x));
    for (int i = BN_RUNNING_MEAN; i <= BN_BIAS; i++) {
        int err = mlrt__want_channels(c, i, x);
        if (err)
            return err;
    }
    bool mean = mlrt__has(c, BN_RUNNING_MEAN);
    if (mean != mlrt__has(c, BN_RUNNING_VAR))
        return mlrt__bad(c, MLRT_EARG,
                         "running_mean and running_var go together");
    if (!mean && !mlrt__i(c, BN_TRAINING))
        return mlrt__bad(c, MLRT_EARG,
                         "running_mean and running_var are needed when not "
                         "training");
    if (mlrt__i(c, BN_TRAINING) && x->numel == x->shape[1] && x->numel)
        return mlrt__bad(c, MLRT_ESHAPE,
                         "one value a channel is too few to train with: x "
                         "is %s",
                         MLRT__ST(x));
    return 0;
}

/* Training moves the running buffers. */
static int bn_writable(const mlrt__call *c) {
    int err = 0;
    if (!mlrt__i(c, BN_TRAINING) || !mlrt__has(c, BN_RUNNING_MEAN))
        return 0;
    for (int i = BN_RUNNING_MEAN; i <= BN_RUNNING_VAR && !err; i++)
        err = mlrt__check_writable(c->m, c->op->name, mlrt__t(c, i));
    return err;
}

static int bn_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, BN_X);
    int err = mlrt__want_float(c, BN_X);
    if (!err)
        err = bn_check(c, x);
    if (!err)
        err = bn_writable(c);
    if (err)
        return err;
    c->scratch_bytes = mlrt__room(0, (size_t)x->shape[1], sizeof(double));
    mlrt__out_like(c, 0, x);
    mlrt__out(c, 1, x->dtype, 1, &x->shape[1]);
    return mlrt__out(c, 2, x->dtype, 1, &x->shape[1]);
}

/* A running buffer moves towards `now` by `momentum`. */
static void bn_move(const mlrt__call *c, mlrt_tensor *t, int64_t ch,
                    double now) {
    double rate = mlrt__d(c, BN_MOMENTUM);
    char *p = mlrt__ptr(t);
    int64_t i = ch * t->stride[0];
    mlrt__put(t->dtype, p, i,
              (1 - rate) * mlrt__get(t->dtype, p, i) + rate * now);
}

static void bn_update(const mlrt__call *c, const bn *b) {
    mlrt_tensor *mean = mlrt__t(c, BN_RUNNING_MEAN);
    mlrt_tensor *var = mlrt__t(c, BN_RUNNING_VAR);
    double n = (double)(b->n * b->l);
    if (!mean || n < 2)
        return;
    for (int64_t i = 0; i < b->c; i++) {
        bn_move(c, mean, i, mlrt__get(b->dtype, b->mean, i));
        bn_move(c, var, i, b->var[i] * (n / (n - 1)));
    }
    mlrt__wrote(mean, c->op->name);
    mlrt__wrote(var, c->op->name);
}

/* Outside training the statistics are the running ones. */
static void bn_given(const mlrt__call *c, const bn *b) {
    const mlrt_tensor *mean = mlrt__t(c, BN_RUNNING_MEAN);
    const mlrt_tensor *var = mlrt__t(c, BN_RUNNING_VAR);
    for (int64_t i = 0; i < b->c; i++) {
        double v = mlrt__get(b->dtype, mlrt__ptr(var), i * var->stride[0]);
        mlrt__put(b->dtype, b->mean, i,
                  mlrt__get(b->dtype, mlrt__ptr(mean), i * mean->stride[0]));
        mlrt__put(b->dtype, b->rstd, i, 1 / sqrt(v + b->eps));
    }
}

static int bn_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, BN_X);
    bn b = {.x = mlrt__ptr(x),
            .y = mlrt__ptr(c->y[0]),
            .mean = mlrt__ptr(c->y[1]),
            .rstd = mlrt__ptr(c->y[2]),
            .weight = raw(c, BN_WEIGHT),
            .bias = raw(c, BN_BIAS),
            .var = c->scratch,
            .eps = mlrt__d(c, BN_EPS),
            .training = mlrt__i(c, BN_TRAINING) != 0};
    bn_geometry(&b, c, x);
    if (!b.training)
        bn_given(c, &b);
    if (x->numel == 0)
        return 0;
    int err = bn_run(c->m, &b, bn_task);
    if (!err && b.training)
        bn_update(c, &b);
    return err;
}

static double bn_flops(const mlrt__call *c) {
    return 6 * (double)c->y[0]->numel;
}

/* ---- its gradient ----------------------------------------------------- */

/* With xhat = (x - mean) rstd, over the M elements of a channel:
 * gweight = sum g xhat, gbias = sum g, and in training
 * gx = weight rstd (g - gbias / M - xhat gweight / M), else without the
 * two means. */
static void bn_grad_channels(const bn *b, int64_t ch, int64_t w, lines *t) {
    mlrt__panel p;
    size_t at;
    int f64 = b->dtype == MLRT_F64;
    double count = (double)(b->n * b->l);
    memset(t->s1, 0, sizeof t->s1);
    memset(t->s2, 0, sizeof t->s2);
    for (int64_t j = 0; j < w; j++)
        mlrt__put(b->dtype, t->c, j, mlrt__get(b->dtype, b->mean, ch + j));
    for (int64_t i = 0; bn_panel(b, ch, w, i, &p, &at); i++) {
        if (b->l > 1)
            repeat(b->dtype, t->c, p.w);
        b->k[f64]->norm_dots(&p, b->g + at, b->x + at, t->c, t->s1, t->s2);
    }
    if (b->l > 1) {
        t->s1[0] = add_up(t->s1, MLRT__LINES);
        t->s2[0] = add_up(t->s2, MLRT__LINES);
    }
    for (int64_t j = 0; j < w; j++) {
        double rstd = mlrt__get(b->dtype, b->rstd, ch + j);
        double scale = b->weight ? mlrt__get(b->dtype, b->weight, ch + j) : 1;
        double a = rstd * scale, share = b->training ? a / count : 0;
        mlrt__put(b->dtype, b->gbias, ch + j, t->s1[j]);
        mlrt__put(b->dtype, b->gweight, ch + j, t->s2[j] * rstd);
        mlrt__put(b->dtype, t->a, j, a);
        mlrt__put(b->dtype, t->b, j, t->s1[j] * share);
        mlrt__put(b->dtype, t->d, j, t->s2[j] * rstd * rstd * share);
    }
    for (int64_t i = 0; bn_panel(b, ch, w, i, &p, &at); i++) {
        if (b->l > 1) {
            repeat(b->dtype, t->a, p.w);
            repeat(b->dtype, t->b, p.w);
            repeat(b->dtype, t->d, p.w);
        }
        b->k[f64]->norm_grad(&p, b->g + at, b->x + at, b->y + at, t->a, t->b,
                             t->c, t->d);
    }
}

static void bn_grad_task(void *arg, int64_t i) {
    const bn *b = arg;
    lines t;
    int64_t end = (i + 1) * b->block < b->c ? (i + 1) * b->block : b->c;
    for (int64_t ch = i * b->block, w; ch < end; ch += w) {
        w = b->l > 1 ? 1 : end - ch;
        bn_grad_channels(b, ch, w, &t);
    }
}

static int bn_grad_shape(mlrt__call *c) {
    const mlrt_tensor *g = mlrt__t(c, 0), *x = mlrt__t(c, 1);
    if (!mlrt__same_shape(g, x) || g->dtype != x->dtype || x->ndim < 2)
        return mlrt__bad(c, MLRT_ESHAPE, "g %s and x %s differ", MLRT__ST(g),
                         MLRT__ST(x));
    for (int i = 2; i < 5; i++) {
        int err = mlrt__want_channels(c, i, x);
        if (err)
            return err;
    }
    mlrt__out_like(c, 0, x);
    mlrt__out(c, 1, x->dtype, 1, &x->shape[1]);
    return mlrt__out(c, 2, x->dtype, 1, &x->shape[1]);
}

static int bn_grad_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 1);
    bn b = {.g = raw(c, 0),
            .x = raw(c, 1),
            .weight = raw(c, 2),
            .mean = raw(c, 3),
            .rstd = raw(c, 4),
            .training = mlrt__i(c, 5) != 0,
            .y = mlrt__ptr(c->y[0]),
            .gweight = mlrt__ptr(c->y[1]),
            .gbias = mlrt__ptr(c->y[2])};
    bn_geometry(&b, c, x);
    if (x->numel == 0) {
        memset(b.gweight, 0, mlrt_nbytes(c->y[1]));
        memset(b.gbias, 0, mlrt_nbytes(c->y[2]));
        return 0;
    }
    return bn_run(c->m, &b, bn_grad_task);
}

/* All dimensions of x but the channel's. */
static int but_channels(int ndim, int64_t *dims) {
    int n = 0;
    for (int d = 0; d < ndim; d++)
        if (d != 1)
            dims[n++] = d;
    return n;
}

/* The same formulas written with operations, which can be differentiated. */
static void bn_backward_composed(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *x = mlrt__in(w, BN_X), *g = mlrt__g(w, 0), *gx = g;
    mlrt_tensor *weight = mlrt__in(w, BN_WEIGHT);
    const mlrt__edge *e = mlrt__operand(w, BN_X);
    bool training = mlrt__arg(w, BN_TRAINING)->u.i != 0;
    int64_t dims[MLRT_MAX_DIMS], line[MLRT_MAX_DIMS];
    int n = but_channels(e->ndim, dims);
    for (int d = 0; d < e->ndim; d++)
        line[d] = d == 1 ? e->shape[1] : 1;
    mlrt_tensor *mean = training ? mlrt_mean(m, x, dims, n, true)
                                 : mlrt_reshape(m, mlrt__saved_out(w, 1), line,
                                                e->ndim);
    mlrt_tensor *d = mlrt_sub(m, x, mean), *rstd;
    if (training) {
        mlrt_tensor *var = mlrt_mean(m, mlrt_mul(m, d, d), dims, n, true);
        mlrt_tensor *eps = mlrt_number(m, mlrt__arg(w, BN_EPS)->u.d);
        rstd = mlrt_rsqrt(m, mlrt_add(m, var, eps));
    } else {
        rstd = mlrt_reshape(m, mlrt__saved_out(w, 2), line, e->ndim);
    }
    mlrt_tensor *xhat = mlrt_mul(m, d, rstd);
    if (mlrt__need(w, BN_WEIGHT))
        mlrt__give(w, BN_WEIGHT,
                   mlrt_sum(m, mlrt_mul(m, g, xhat), dims, n, false));
    if (mlrt__need(w, BN_BIAS))
        mlrt__give(w, BN_BIAS, mlrt_sum(m, g, dims, n, false));
    if (!mlrt__need(w, BN_X))
        return;
    if (weight != MLRT_NONE)
        gx = mlrt_mul(m, g, mlrt_reshape(m, weight, line, e->ndim));
    if (training) {
        mlrt_tensor *a = mlrt_mean(m, gx, dims, n, true);
        mlrt_tensor *b = mlrt_mean(m, mlrt_mul(m, gx, xhat), dims, n, true);
        gx = mlrt_sub(m, mlrt_sub(m, gx, a), mlrt_mul(m, xhat, b));
    }
    mlrt__give(w, BN_X, mlrt_mul(m, gx, rstd));
}

static void bn_backward(mlrt__walk *w) {
    mlrt_tensor *gx = NULL, *gweight = NULL, *gbias = NULL;
    if (w->flags & MLRT_CREATE_GRAPH) {
        bn_backward_composed(w);
        return;
    }
    if (mlrt__batch_norm_grad(
            w->m, mlrt__g(w, 0), mlrt__in(w, BN_X), mlrt__in(w, BN_WEIGHT),
            mlrt__saved_out(w, 1), mlrt__saved_out(w, 2),
            mlrt__arg(w, BN_TRAINING)->u.i != 0, &gx, &gweight, &gbias) != 0)
        return;
    if (mlrt__need(w, BN_X))
        mlrt__give(w, BN_X, gx);
    if (mlrt__need(w, BN_WEIGHT))
        mlrt__give(w, BN_WEIGHT, gweight);
    if (mlrt__need(w, BN_BIAS))
        mlrt__give(w, BN_BIAS, gbias);
}

/* ---- Rows ------------------------------------------------------------- */

#define BN_STATS                                                               \
    (MLRT__IN(BN_X) | MLRT__IN(BN_WEIGHT) | MLRT__OUT(1) | MLRT__OUT(2))

const mlrt__op mlrt__norm[] = {
    {.name = "batch_norm",
     .args = "x: tensor, running_mean: tensor?, running_var: tensor?, "
             "weight: tensor?, bias: tensor?, training: bool = false, "
             "momentum: number = 0.1, eps: number = 1e-5",
     .outs = "y, _mean, _rstd",
     .doc = "(x - mean) / sqrt(var + eps) * weight + bias for each channel "
            "of x: (N, C) or (N, C, ...), f32 or f64; the others hold C "
            "values. When training, mean and variance are those of x, and "
            "the running ones move towards them by `momentum`, in place (the "
            "variance with n - 1); otherwise the running ones are used. "
            "Ioffe and Szegedy 2015.",
     .contiguous = MLRT__IN(BN_X) | MLRT__IN(BN_WEIGHT) | MLRT__IN(BN_BIAS),
     .shape = bn_shape,
     .forward = bn_forward,
     .backward = bn_backward,
     .flops = bn_flops,
     .saves = {[BN_X] = BN_STATS, [BN_WEIGHT] = BN_STATS, [BN_BIAS] = BN_STATS},
     .samples = SAMPLES(
         "r(4,3), {training=true}",
         "r(2,3,4,5), {weight=p(3), bias=r(3), training=true}",
         "r(5,2,3), {weight=p(2), bias=r(2), training=true}",
         "!r(4,3) -- running_mean and running_var are needed",
         "!r(4), {training=true} -- expected, got",
         "!r(1,3), {training=true} -- too few to train with",
         "!r(4,3), {weight=p(2), training=true} -- one value a channel")},
    {.name = "_batch_norm_grad",
     .args = "g: tensor, x: tensor, weight: tensor?, mean: tensor, rstd: "
             "tensor, training: bool",
     .outs = "gx, gweight, gbias",
     .doc = "First gradient of batch_norm, fused.",
     .contiguous = MLRT__IN(0) | MLRT__IN(1) | MLRT__IN(2) | MLRT__IN(3) |
                   MLRT__IN(4),
     .shape = bn_grad_shape,
     .forward = bn_grad_forward,
     .flops = bn_flops},
    {0},
};
