/* layer_norm.c: every line of x normalised by itself.
 *
 * layer_norm and rms_norm share their kernels: the second subtracts no mean.
 * A line is read into cache once and passed over three times: for the mean,
 * for the variance around it, and for the result.  The gradient of the
 * weights adds up lines in float, then blocks of lines, which depend on the
 * shape alone, in double.  Where a gradient of the gradient may be wanted,
 * the first is written with operations.
 */
#include <float.h>
#include <math.h>

#include "../kernels/net.h"
#include "element.h"

enum {
    GRAIN = 1 << 15, /* elements a task of the forward pass works on */
    PARTS = 32,      /* at most so many blocks of lines in the gradient */
    TOGETHER = 64    /* lines that are added up in the element's type */
};

/* x is (lines, n).  One of the weights and biases, or more, is absent. */
typedef struct norm {
    const struct mlrt__net_kernels *const *k;
    int dtype, f64;
    bool centred;
    int64_t lines, n, block;
    size_t size, bytes; /* of an element, of a line */
    const char *x, *g, *weight, *bias;
    char *y, *mean, *rstd;
    double eps;
    /* gradient: each part's sums so far, weight then bias, in double, and
     * those of the lines at hand */
    int64_t parts;
    double *sum;
    char *now;
} norm;

/* ---- Geometry --------------------------------------------------------- */

static void open_norm(norm *p, const mlrt__call *c, const mlrt_tensor *x,
                      int64_t n) {
    p->k = c->m->k->net;
    p->dtype = x->dtype;
    p->f64 = x->dtype == MLRT_F64;
    p->n = n;
    p->lines = n ? x->numel / n : 0;
    p->size = mlrt__dsize(x->dtype);
    p->bytes = (size_t)n * p->size;
    p->block = GRAIN / (n ? n : 1);
    p->block = p->block ? p->block : 1;
    p->parts = x->numel / GRAIN;
    p->parts = p->parts < PARTS ? p->parts : PARTS;
    p->parts = p->parts < p->lines ? p->parts : p->lines;
    p->parts = p->parts ? p->parts : 1;
}

/* The last `count` dimensions of x are `sizes`; *n: their elements. */
static bool ends_with(const mlrt_tensor *x, int count, const int64_t *sizes,
                      int64_t *n) {
    int lead = x->ndim - count;
    *n = 1;
    for (int d = 0; d < count; d++) {
        if (lead < 0 || x->shape[lead + d] != sizes[d])
            return false;
        *n *= sizes[d];
    }
    return count > 0;
}

/* Weight or bias: of the normalised shape and x's dtype. */
static int check_weights(const mlrt__call *c, int i, const mlrt_tensor *x) {
    const mlrt_tensor *t = mlrt__t(c, i);
    const mlrt_arg_spec *s = &c->m->info[c->id].spec[i];
    const mlrt_arg *shape = &c->arg[1];
    char text[MLRT__SHAPE_TEXT];
    size_t bytes = (size_t)shape->n * sizeof *t->shape;
    if (!t || (t->ndim == shape->n && t->dtype == x->dtype &&
               memcmp(t->shape, shape->u.v, bytes) == 0))
        return 0;
    return mlrt__bad(c, MLRT_ESHAPE,
                     "argument '%.*s': %s %s expected, got %s "
                     "%s",
                     s->name_len, s->name,
                     mlrt_dtype_name((mlrt_dtype)x->dtype),
                     mlrt__shape_text(text, shape->n, shape->u.v),
                     mlrt_dtype_name((mlrt_dtype)t->dtype), MLRT__ST(t));
}

/* Arguments 0 and 1 of both rows; *n: the elements of a line. */
static int check_lines(const mlrt__call *c, int64_t *n) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    const mlrt_arg *shape = &c->arg[1];
    char text[MLRT__SHAPE_TEXT];
    int err = mlrt__want_float(c, 0);
    if (err || ends_with(x, shape->n, shape->u.v, n))
        return err;
    if (shape->n > MLRT_MAX_DIMS || shape->n == 0)
        return mlrt__bad(c, MLRT_ESHAPE,
                         "normalized_shape: 1 to %d sizes expected, got %d",
                         x->ndim, shape->n);
    return mlrt__bad(c, MLRT_ESHAPE,
                     "x %s does not end with "
                     "normalized_shape %s",
                     MLRT__ST(x), mlrt__shape_text(text, shape->n, shape->u.v));
}

/* ---- Forward ---------------------------------------------------------- */

static void forward_task(void *arg, int64_t i) {
    const norm *p = arg;
    int64_t o = i * p->block, left = p->lines - o;
    size_t at = (size_t)o * p->bytes, out = (size_t)o * p->size;
    p->k[p->f64]->norm_lines(left < p->block ? left : p->block, p->n, p->x + at,
                             p->y + at, p->weight, p->bias, p->eps,
                             p->mean ? p->mean + out : NULL, p->rstd + out);
}

/* What stands for an absent argument: n times `value`, in scratch. */
static const char *given_or(const norm *p, const mlrt_tensor *t, char *room,
                            double value) {
    if (t)
        return mlrt__ptr(t);
    for (int64_t i = 0; i < p->n; i++)
        mlrt__put(p->dtype, room, i, value);
    return room;
}

static int run_forward(mlrt__call *c, norm *p, const mlrt_tensor *weight,
                       const mlrt_tensor *bias) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    int64_t n = 0;
    int err = check_lines(c, &n);
    open_norm(p, c, x, n);
    if (err || x->numel == 0)
        return err;
    p->x = mlrt__ptr(x);
    p->y = mlrt__ptr(c->y[0]);
    p->weight = given_or(p, weight, c->scratch, 1);
    p->bias = given_or(p, bias, (char *)c->scratch + p->bytes, 0);
    return mlrt__parallel(c->m, (p->lines + p->block - 1) / p->block,
                          forward_task, p, true);
}

/* Output `i`: one value a line. */
static void line_out(mlrt__call *c, int i, const mlrt_tensor *x, int64_t n) {
    int64_t lines = n ? x->numel / n : 0;
    mlrt__out(c, i, x->dtype, 1, &lines);
}

enum { LN_X, LN_SHAPE, LN_WEIGHT, LN_BIAS, LN_EPS };

static int layer_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, LN_X);
    int64_t n;
    int err = check_lines(c, &n);
    if (!err)
        err = check_weights(c, LN_WEIGHT, x);
    if (!err)
        err = check_weights(c, LN_BIAS, x);
    if (err)
        return err;
    c->scratch_bytes = mlrt__room(0, (size_t)n, 2 * mlrt__dsize(x->dtype));
    line_out(c, 1, x, n);
    line_out(c, 2, x, n);
    return mlrt__out_like(c, 0, x);
}

static int layer_forward(mlrt__call *c) {
    norm p = {.centred = true,
              .mean = mlrt__ptr(c->y[1]),
              .rstd = mlrt__ptr(c->y[2]),
              .eps = mlrt__d(c, LN_EPS)};
    return run_forward(c, &p, mlrt__t(c, LN_WEIGHT), mlrt__t(c, LN_BIAS));
}

enum { RMS_X, RMS_SHAPE, RMS_WEIGHT, RMS_EPS };

static int rms_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, RMS_X);
    int64_t n;
    int err = check_lines(c, &n);
    if (!err)
        err = check_weights(c, RMS_WEIGHT, x);
    if (err)
        return err;
    c->scratch_bytes = mlrt__room(0, (size_t)n, 2 * mlrt__dsize(x->dtype));
    line_out(c, 1, x, n);
    return mlrt__out_like(c, 0, x);
}

/* As in PyTorch, eps is by default what the dtype resolves. */
static double rms_eps(const mlrt_arg *eps, int dtype) {
    if (eps->kind == MLRT_VAL_NUMBER)
        return eps->u.d;
    return dtype == MLRT_F64 ? DBL_EPSILON : (double)FLT_EPSILON;
}

static int rms_forward(mlrt__call *c) {
    norm p = {.rstd = mlrt__ptr(c->y[1]),
              .eps = rms_eps(&c->arg[RMS_EPS], mlrt__t(c, RMS_X)->dtype)};
    return run_forward(c, &p, mlrt__t(c, RMS_WEIGHT), NULL);
}

static double norm_flops(const mlrt__call *c) {
    return 6 * (double)c->y[0]->numel;
}

/* ---- The first gradient, fused ---------------------------------------- */

enum { G_G, G_X, G_WEIGHT, G_MEAN, G_RSTD, G_N };

/* The sums of the lines at hand join those of the part. */
static void flush(const norm *p, double *sum, char *now) {
    for (int64_t j = 0; j < 2 * p->n; j++)
        sum[j] += mlrt__get(p->dtype, now, j);
    memset(now, 0, 2 * p->bytes);
}

static void grad_part(void *arg, int64_t i) {
    const norm *p = arg;
    double *sum = p->sum + i * 2 * p->n;
    char *now = p->now + (size_t)i * 2 * p->bytes;
    int64_t first = i * p->lines / p->parts;
    int64_t end = (i + 1) * p->lines / p->parts;
    memset(sum, 0, 2 * (size_t)p->n * sizeof *sum);
    memset(now, 0, 2 * p->bytes);
    for (int64_t o = first; o < end; o++) {
        size_t at = (size_t)o * p->bytes;
        double mean = p->centred ? mlrt__get(p->dtype, p->mean, o) : 0;
        p->k[p->f64]->line_grad(p->n, p->g + at, p->x + at, p->y + at, mean,
                                mlrt__get(p->dtype, p->rstd, o), p->centred,
                                p->weight, now, now + p->bytes);
        if ((o - first) % TOGETHER == TOGETHER - 1)
            flush(p, sum, now);
    }
    flush(p, sum, now);
}

static int grad_shape(mlrt__call *c) {
    const mlrt_tensor *g = mlrt__t(c, G_G), *x = mlrt__t(c, G_X);
    const mlrt_tensor *w = mlrt__t(c, G_WEIGHT), *rstd = mlrt__t(c, G_RSTD);
    int64_t n = mlrt__i(c, G_N);
    norm p;
    if (g->dtype != x->dtype || !mlrt__same_shape(g, x) || n < 0 ||
        (n > 0 && x->numel % n != 0) || (w && w->numel != n))
        return mlrt__bad(c, MLRT_ESHAPE, "g %s and x %s differ", MLRT__ST(g),
                         MLRT__ST(x));
    open_norm(&p, c, x, n);
    if (rstd->numel != p.lines)
        return mlrt__bad(c, MLRT_ESHAPE, "%lld lines, rstd %s",
                         (long long)p.lines, MLRT__ST(rstd));
    c->scratch_bytes = mlrt__room(((size_t)p.parts * 2 + 1) * p.bytes,
                                  (size_t)n,
                                  (size_t)p.parts * 2 * sizeof(double));
    mlrt__out_like(c, 0, x);
    mlrt__out(c, 1, x->dtype, 1, &n);
    return mlrt__out(c, 2, x->dtype, 1, &n);
}

static int grad_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, G_X), *mean = mlrt__t(c, G_MEAN);
    norm p = {.centred = mean != NULL,
              .g = mlrt__ptr(mlrt__t(c, G_G)),
              .x = mlrt__ptr(x),
              .y = mlrt__ptr(c->y[0]),
              .mean = mean ? mlrt__ptr(mean) : NULL,
              .rstd = mlrt__ptr(mlrt__t(c, G_RSTD)),
              .sum = c->scratch};
    open_norm(&p, c, x, mlrt__i(c, G_N));
    if (p.n == 0)
        return 0;
    p.now = (char *)c->scratch +
            (size_t)p.parts * 2 * (size_t)p.n * sizeof(double);
    p.weight = given_or(&p, mlrt__t(c, G_WEIGHT),
                        p.now + (size_t)p.parts * 2 * p.bytes, 1);
    int err = mlrt__parallel(c->m, p.parts, grad_part, &p, true);
    for (int64_t j = 0; j < 2 * p.n && !err; j++) {
        double s = 0;
        for (int64_t i = 0; i < p.parts; i++)
            s += p.sum[i * 2 * p.n + j];
        mlrt__put(p.dtype, mlrt__ptr(c->y[j < p.n ? 1 : 2]), j % p.n, s);
    }
    return err;
}

/* ---- Backward --------------------------------------------------------- */

/* With xhat = (x - mean) rstd and h = g weight, over the n of a line,
 * gx = rstd (h - mean h - xhat mean(h xhat)), without the middle term when
 * the mean is not subtracted.  x, g: (lines, n). */
static mlrt_tensor *grad_x(mlrt *m, mlrt_tensor *h, mlrt_tensor *xhat,
                           mlrt_tensor *rstd, bool centred) {
    int64_t last = 1;
    mlrt_tensor *b = mlrt_mean(m, mlrt_mul(m, h, xhat), &last, 1, true);
    mlrt_tensor *y = mlrt_sub(m, h, mlrt_mul(m, xhat, b));
    if (centred)
        y = mlrt_sub(m, y, mlrt_mean(m, h, &last, 1, true));
    return mlrt_mul(m, y, rstd);
}

/* t in the shape of argument i. */
static void give_shaped(mlrt__walk *w, int i, mlrt_tensor *t) {
    const mlrt__edge *e = mlrt__operand(w, i);
    mlrt__give(w, i, mlrt_reshape(w->m, t, e->shape, e->ndim));
}

static void backward_composed(mlrt__walk *w, bool centred, double eps,
                              int64_t n) {
    mlrt *m = w->m;
    int64_t first = 0, last = 1,
            numel = mlrt__g(w, 0) ? mlrt__g(w, 0)->numel : 0;
    int64_t shape[2] = {n ? numel / n : 0, n};
    mlrt_tensor *weight = mlrt__in(w, LN_WEIGHT);
    mlrt_tensor *g = mlrt_reshape(m, mlrt__g(w, 0), shape, 2), *h = g;
    mlrt_tensor *d = mlrt_reshape(m, mlrt__in(w, LN_X), shape, 2);
    if (centred)
        d = mlrt_sub(m, d, mlrt_mean(m, d, &last, 1, true));
    mlrt_tensor *var = mlrt_mean(m, mlrt_mul(m, d, d), &last, 1, true);
    mlrt_tensor *rstd = mlrt_rsqrt(m, mlrt_add(m, var, mlrt_number(m, eps)));
    mlrt_tensor *xhat = mlrt_mul(m, d, rstd);
    if (mlrt__need(w, LN_WEIGHT))
        give_shaped(w, LN_WEIGHT,
                    mlrt_sum(m, mlrt_mul(m, g, xhat), &first, 1, false));
    if (centred && mlrt__need(w, LN_BIAS))
        give_shaped(w, LN_BIAS, mlrt_sum(m, g, &first, 1, false));
    if (!mlrt__need(w, LN_X))
        return;
    if (weight != MLRT_NONE)
        h = mlrt_mul(m, g, mlrt_reshape(m, weight, &n, 1));
    give_shaped(w, LN_X, grad_x(m, h, xhat, rstd, centred));
}

static void backward(mlrt__walk *w, bool centred, double eps) {
    const mlrt_arg *shape = mlrt__arg(w, LN_SHAPE);
    mlrt_tensor *gx = NULL, *gweight = NULL, *gbias = NULL;
    int64_t n = 1;
    for (int d = 0; d < shape->n; d++)
        n *= shape->u.v[d];
    if (w->flags & MLRT_CREATE_GRAPH) {
        backward_composed(w, centred, eps, n);
        return;
    }
    if (mlrt__layer_norm_grad(
            w->m, mlrt__g(w, 0), mlrt__in(w, LN_X), mlrt__in(w, LN_WEIGHT),
            centred ? mlrt__saved_out(w, 1) : MLRT_NONE,
            mlrt__saved_out(w, centred ? 2 : 1), n, &gx, &gweight, &gbias) != 0)
        return;
    if (mlrt__need(w, LN_X))
        mlrt__give(w, LN_X, gx);
    if (mlrt__need(w, LN_WEIGHT))
        give_shaped(w, LN_WEIGHT, gweight);
    if (centred && mlrt__need(w, LN_BIAS))
        give_shaped(w, LN_BIAS, gbias);
}

static void layer_backward(mlrt__walk *w) {
    backward(w, true, mlrt__arg(w, LN_EPS)->u.d);
}

static void rms_backward(mlrt__walk *w) {
    backward(w, false,
             rms_eps(mlrt__arg(w, RMS_EPS), mlrt__operand(w, RMS_X)->dtype));
}

/* ---- Rows ------------------------------------------------------------- */

#define LN_STATS                                                               \
    (MLRT__IN(LN_X) | MLRT__IN(LN_WEIGHT) | MLRT__OUT(1) | MLRT__OUT(2))
#define RMS_STATS (MLRT__IN(RMS_X) | MLRT__IN(RMS_WEIGHT) | MLRT__OUT(1))

const mlrt__op mlrt__layer_norm[] = {
    {.name = "layer_norm",
     .args = "x: tensor, normalized_shape: shape, weight: tensor?, bias: "
             "tensor?, eps: number = 1e-5",
     .outs = "y, _mean, _rstd",
     .doc = "(x - mean) / sqrt(var + eps) * weight + bias, with mean and "
            "variance (divided by n) over the last dimensions of x, which "
            "are normalized_shape; weight and bias have that shape. x: f32 "
            "or f64. Ba, Kiros and Hinton 2016.",
     .contiguous = MLRT__IN(LN_X) | MLRT__IN(LN_WEIGHT) | MLRT__IN(LN_BIAS),
     .shape = layer_shape,
     .forward = layer_forward,
     .backward = layer_backward,
     .flops = norm_flops,
     .saves = {[LN_X] = LN_STATS, [LN_WEIGHT] = LN_STATS, [LN_BIAS] = LN_STATS},
     .samples = SAMPLES(
         "r(4,3), {3}", "r(2,3,4), {3,4}, r(3,4), r(3,4)",
         "r(2,5), {5}, {weight=p(5), eps=0.1}", "r(2,5), {5}, {bias=r(5)}",
         "r(5,2):t(), {5}, r(5), r(5)", "r(4), {4}", "r(2,40), {40}, r(40)",
         "r(0,3), {3}, r(3)", "r(2,0), {0}",
         "!r(2,3), {2} -- does not end with normalized_shape (2)",
         "!r(3), {2,3} -- does not end with normalized_shape (2, 3)",
         "!r(2,3), {} -- 1 to 2 sizes expected, got 0",
         "!r(2,3), {3}, r(2) -- argument 'weight': f32 (3) expected",
         "!i(2,3), {3} -- f32 or f64 expected")},
    {.name = "rms_norm",
     .args = "x: tensor, normalized_shape: shape, weight: tensor?, eps: "
             "number?",
     .outs = "y, _rstd",
     .doc = "x / sqrt(mean(x^2) + eps) * weight, with the mean over the last "
            "dimensions of x, which are normalized_shape; weight has that "
            "shape. eps: absent, the distance from 1 to the next number of "
            "the dtype. x: f32 or f64. Zhang and Sennrich 2019.",
     .contiguous = MLRT__IN(RMS_X) | MLRT__IN(RMS_WEIGHT),
     .shape = rms_shape,
     .forward = rms_forward,
     .backward = rms_backward,
     .flops = norm_flops,
     .saves = {[RMS_X] = RMS_STATS, [RMS_WEIGHT] = RMS_STATS},
     .samples = SAMPLES(
         "r(4,3), {3}, {eps=1e-5}", "r(2,3,4), {3,4}, r(3,4), 1e-5",
         "r(5,2):t(), {5}, r(5), 1e-5", "r(4), {4}", "r(2,40), {40}, r(40), 0",
         "r(0,3), {3}",
         "!r(2,3), {2} -- does not end with normalized_shape (2)",
         "!r(2,3), {3}, r(2) -- argument 'weight': f32 (3) expected")},
    {.name = "_layer_norm_grad",
     .args = "g: tensor, x: tensor, weight: tensor?, mean: tensor?, rstd: "
             "tensor, n: int",
     .outs = "gx, gweight, gbias",
     .doc = "First gradient of layer_norm, and without mean of rms_norm, "
            "over lines of n elements; fused.",
     .contiguous = MLRT__IN(G_G) | MLRT__IN(G_X) | MLRT__IN(G_WEIGHT) |
                   MLRT__IN(G_MEAN) | MLRT__IN(G_RSTD),
     .shape = grad_shape,
     .forward = grad_forward,
     .flops = norm_flops},
    {0},
};
