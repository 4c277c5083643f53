/* softmax.c: softmax and its logarithm along a dimension.
 *
 * Forward and gradient are fused kernels (kernels/net.c).
 */
#include "../kernels/net.h"
#include "fold.h"

typedef void panel_map(const mlrt__panel *p, const void *x, void *y);
typedef void panel_grad(const mlrt__panel *p, const void *g, const void *y,
                        void *gx);

typedef struct softmax_job {
    mlrt__lines l;
    panel_map *map;
    panel_grad *grad;
    size_t element;
    const char *x, *g; /* x: the input of map, the output of grad */
    char *y;
} softmax_job;

static void softmax_run(void *arg, int64_t at, int64_t o, int64_t w) {
    const softmax_job *s = arg;
    mlrt__panel p = {s->l.n, s->l.si, w, s->l.sj};
    size_t k = (size_t)at * s->element;
    (void)o;
    if (s->grad)
        s->grad(&p, s->g + k, s->x + k, s->y + k);
    else
        s->map(&p, s->x + k, s->y + k);
}

static int along(mlrt__call *c, int dim_arg, softmax_job *s) {
    const mlrt_tensor *x = mlrt__t(c, s->grad ? 1 : 0);
    int dim, err = mlrt__dim(c, dim_arg, x->ndim, &dim);
    if (err || x->numel == 0)
        return err;
    mlrt__lines_of(&s->l, x, dim);
    s->element = mlrt__dsize(x->dtype);
    s->x = mlrt__ptr(x);
    s->g = mlrt__ptr(mlrt__t(c, 0));
    s->y = mlrt__ptr(c->y[0]);
    return mlrt__lines_run(c->m, &s->l, softmax_run, s);
}

static int softmax_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    int dim, err = mlrt__want_float(c, 0);
    if (!err)
        err = mlrt__dim(c, 1, x->ndim, &dim);
    return err ? err : mlrt__out_like(c, 0, x);
}

/* The private gradients take g and y of one shape. */
static int softmax_grad_shape(mlrt__call *c) {
    const mlrt_tensor *g = mlrt__t(c, 0), *y = mlrt__t(c, 1);
    int dim, err = mlrt__want_float(c, 1);
    if (!err && (g->dtype != y->dtype || !mlrt__same_shape(g, y)))
        return mlrt__bad(c, MLRT_ESHAPE, "g %s and y %s differ", MLRT__ST(g),
                         MLRT__ST(y));
    if (!err)
        err = mlrt__dim(c, 2, y->ndim, &dim);
    return err ? err : mlrt__out_like(c, 0, y);
}

static int is_f64(const mlrt_tensor *x) {
    return x->dtype == MLRT_F64;
}

static int softmax_forward(mlrt__call *c) {
    int f64 = is_f64(mlrt__t(c, 0));
    return along(c, 1, &(softmax_job){.map = c->m->k->net[f64]->softmax});
}
static int log_softmax_forward(mlrt__call *c) {
    int f64 = is_f64(mlrt__t(c, 0));
    return along(c, 1, &(softmax_job){.map = c->m->k->net[f64]->log_softmax});
}
static int softmax_grad_forward(mlrt__call *c) {
    int f64 = is_f64(mlrt__t(c, 1));
    return along(c, 2, &(softmax_job){.grad = c->m->k->net[f64]->softmax_grad});
}
static int log_softmax_grad_forward(mlrt__call *c) {
    int f64 = is_f64(mlrt__t(c, 1));
    return along(c, 2,
                 &(softmax_job){.grad = c->m->k->net[f64]->log_softmax_grad});
}

static void softmax_backward(mlrt__walk *w) {
    mlrt__give(w, 0,
               mlrt__softmax_grad(w->m, mlrt__g(w, 0), mlrt__saved_out(w, 0),
                                  mlrt__arg(w, 1)->u.i));
}
static void log_softmax_backward(mlrt__walk *w) {
    mlrt__give(w, 0,
               mlrt__log_softmax_grad(w->m, mlrt__g(w, 0),
                                      mlrt__saved_out(w, 0),
                                      mlrt__arg(w, 1)->u.i));
}

/* Sum of a * b along the row's dimension, which stays. */
static mlrt_tensor *dot(mlrt__walk *w, mlrt_tensor *a, mlrt_tensor *b) {
    int64_t dim = mlrt__arg(w, 2)->u.i;
    return mlrt_sum(w->m, mlrt_mul(w->m, a, b), &dim, 1, true);
}

/* gx = y (g - sum g y), given G: to g, y (G - sum G y); to y,
 * G (g - sum g y) - g sum G y. */
static void softmax_grad_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *y = mlrt__in(w, 1), *G = mlrt__g(w, 0);
    if (mlrt__need(w, 0))
        mlrt__give(w, 0, mlrt__softmax_grad(m, G, y, mlrt__arg(w, 2)->u.i));
    if (mlrt__need(w, 1)) {
        mlrt_tensor *g = mlrt__in(w, 0);
        mlrt_tensor *a = mlrt_mul(m, G, mlrt_sub(m, g, dot(w, g, y)));
        mlrt__give(w, 1, mlrt_sub(m, a, mlrt_mul(m, g, dot(w, G, y))));
    }
}

/* gx = g - exp(y) sum g, given G: to g, G - sum G exp(y); to y,
 * -G exp(y) sum g. */
static void log_softmax_grad_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *y = mlrt__in(w, 1), *G = mlrt__g(w, 0);
    mlrt_tensor *p = mlrt_exp(m, y);
    int64_t dim = mlrt__arg(w, 2)->u.i;
    if (mlrt__need(w, 0))
        mlrt__give(w, 0, mlrt_sub(m, G, dot(w, G, p)));
    if (mlrt__need(w, 1)) {
        mlrt_tensor *s = mlrt_sum(m, mlrt__in(w, 0), &dim, 1, true);
        mlrt_tensor *a = mlrt_mul(m, mlrt_mul(m, G, p), s);
        mlrt__give(w, 1, mlrt_neg(m, a));
    }
}

const mlrt__op mlrt__softmax[] = {
    {.name = "softmax",
     .args = "x: tensor, dim: dim = -1",
     .outs = "y",
     .doc = "exp(x) divided by its sum along a dimension, without overflow. "
            "x: f32 or f64.",
     .contiguous = MLRT__IN(0),
     .shape = softmax_shape,
     .forward = softmax_forward,
     .backward = softmax_backward,
     .saves = {MLRT__OUT(0)},
     .samples = SAMPLES("r(2,3)", "r(2,3), 1", "r(2,3,4), {dim=2}", "r()",
                        "r(0,3)", "r(3,2):t()", "r(3,70)",
                        "!i(2,3) -- f32 or f64 expected",
                        "!r(2,3), 3 -- dim 3 is out of range")},
    {.name = "log_softmax",
     .args = "x: tensor, dim: dim = -1",
     .outs = "y",
     .doc = "x less log(sum(exp(x))) along a dimension: the logarithm of "
            "`softmax`, exact where that would round to 0. x: f32 or f64.",
     .contiguous = MLRT__IN(0),
     .shape = softmax_shape,
     .forward = log_softmax_forward,
     .backward = log_softmax_backward,
     .saves = {MLRT__OUT(0)},
     .samples = SAMPLES("r(2,3)", "r(2,3), 1", "r(2,3,4), {dim=2}", "r()",
                        "r(0,3)", "r(3,2):t()", "r(3,70)",
                        "!i(2,3) -- f32 or f64 expected")},
    {.name = "_softmax_grad",
     .args = "g: tensor, y: tensor, dim: dim",
     .outs = "gx",
     .doc = "y * (g - sum(g * y)) along a dimension.",
     .contiguous = MLRT__IN(0) | MLRT__IN(1),
     .shape = softmax_grad_shape,
     .forward = softmax_grad_forward,
     .backward = softmax_grad_backward,
     .saves = {MLRT__IN(1), MLRT__IN(0) | MLRT__IN(1)},
     .samples = SAMPLES("r(2,3), p(2,3), 1", "r(2,3), p(2,3), 2",
                        "r(2,3,4), p(2,3,4), 2")},
    {.name = "_log_softmax_grad",
     .args = "g: tensor, y: tensor, dim: dim",
     .outs = "gx",
     .doc = "g - exp(y) * sum(g) along a dimension.",
     .contiguous = MLRT__IN(0) | MLRT__IN(1),
     .shape = softmax_grad_shape,
     .forward = log_softmax_grad_forward,
     .backward = log_softmax_grad_backward,
     .saves = {MLRT__IN(1), MLRT__IN(0) | MLRT__IN(1)},
     .samples = SAMPLES("r(2,3), u(2,3), 1", "r(2,3), u(2,3), 2",
                        "r(2,3,4), u(2,3,4), 2")},
    {0},
};
