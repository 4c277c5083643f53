/* pool.c: pooling of images, the largest and the mean of each window.
 *
 * max_pool2d remembers where each output came from (a place in the plane); its
 * gradient puts values there, and the gradient of that takes them from there.
 * Means are linear: their gradient is the transpose, whose gradient is the mean
 * again.
 */
#include "pool.h"
#include "../copy.h"

#define LIMIT ((int64_t)1 << 31)

/* ---- Sizes ------------------------------------------------------------ */

int mlrt__pool_pair(const mlrt__call *c, int i, int64_t least, int64_t *h,
                    int64_t *w) {
    const mlrt_arg_spec *s = &c->m->info[c->id].spec[i];
    const int64_t *v = c->arg[i].u.v;
    *h = v[0];
    *w = v[1];
    for (int k = 0; k < 2; k++)
        if (v[k] < least || v[k] >= LIMIT)
            return mlrt__bad(c, MLRT_EARG,
                             "argument '%.*s': %lld is %s; at least %lld "
                             "expected",
                             s->name_len, s->name, (long long)v[k],
                             v[k] < least ? "too small" : "too large",
                             (long long)least);
    return 0;
}

/* Planes of argument 0: (N, C, H, W) or (C, H, W). */
int mlrt__pool_planes(const mlrt__call *c, int64_t *planes, int64_t *h,
                      int64_t *w) {
    const mlrt_tensor *t = mlrt__t(c, 0);
    const mlrt_arg_spec *s = &c->m->info[c->id].spec[0];
    int err = mlrt__want_float(c, 0);
    if (err)
        return err;
    if (t->ndim != 3 && t->ndim != 4)
        return mlrt__bad(c, MLRT_ESHAPE,
                         "argument '%.*s': (N, C, H, W) or (C, H, W) "
                         "expected, got shape %s",
                         s->name_len, s->name, MLRT__ST(t));
    *h = t->shape[t->ndim - 2];
    *w = t->shape[t->ndim - 1];
    *planes = t->ndim == 4 ? t->shape[0] * t->shape[1] : t->shape[0];
    return 0;
}

/* How many windows fit.  With `ceil` the last may reach over the end, but
 * must begin inside. */
static int windows(const mlrt__call *c, char axis, int64_t size, int64_t k,
                   int64_t s, int64_t p, int64_t d, bool ceil, int64_t *out) {
    int64_t reach = d * (k - 1) + 1, room = size + 2 * p;
    if (p > reach / 2)
        return mlrt__bad(c, MLRT_EARG,
                         "padding %lld along %c is more than half of what "
                         "the window reaches over, %lld",
                         (long long)p, axis, (long long)reach);
    int64_t last = room - reach + (ceil ? s - 1 : 0); /* where it begins */
    *out = last < 0 ? 0 : last / s + 1;
    if (ceil && (*out - 1) * s >= size + p)
        --*out;
    if (*out > 0 && size > 0)
        return 0;
    return mlrt__bad(c, MLRT_ESHAPE,
                     "the window reaches over %lld along %c, the padded "
                     "input has %lld",
                     (long long)reach, axis, (long long)room);
}

/* Rows that pool have their window at the same places. */
enum { X, KERNEL, STRIDE, PADDING, DILATION, MAX_CEIL, MAX_PLACES };
enum { CEIL = PADDING + 1, COUNT_PAD, DIVISOR, GRAD_DIVISOR };
enum { ADAPTIVE_PLACES = 2 };

static int read_window(const mlrt__call *c, mlrt__pool_sizes *p) {
    int err = mlrt__pool_planes(c, &p->planes, &p->h, &p->w);
    if (!err)
        err = mlrt__pool_pair(c, KERNEL, 1, &p->kh, &p->kw);
    p->sh = p->kh;
    p->sw = p->kw;
    if (!err && mlrt__has(c, STRIDE))
        err = mlrt__pool_pair(c, STRIDE, 1, &p->sh, &p->sw);
    return err ? err : mlrt__pool_pair(c, PADDING, 0, &p->ph, &p->pw);
}

static int count_windows(const mlrt__call *c, mlrt__pool_sizes *p, bool ceil) {
    int err = windows(c, 'H', p->h, p->kh, p->sh, p->ph, p->dh, ceil, &p->oh);
    return err ? err
               : windows(c, 'W', p->w, p->kw, p->sw, p->pw, p->dw, ceil,
                         &p->ow);
}

/* Output i: planes of (h, w), batched as argument 0 is. */
int mlrt__pool_out(mlrt__call *c, int i, int dtype, int64_t h, int64_t w) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    int64_t shape[4];
    memcpy(shape, x->shape, (size_t)x->ndim * sizeof *shape);
    shape[x->ndim - 2] = h;
    shape[x->ndim - 1] = w;
    return mlrt__out(c, i, dtype, x->ndim, shape);
}

/* ---- Tasks: planes in blocks of fixed size ---------------------------- */

int mlrt__pool_run(mlrt *m, mlrt__pool_job *j, mlrt__task *task) {
    const mlrt__pool_sizes *p = j->p;
    int64_t work = (1 << 16) / (j->in + j->out + 1);
    j->block = work > 0 ? work : 1;
    return mlrt__parallel(m, (p->planes + j->block - 1) / j->block, task, j,
                          true);
}

mlrt__pool_job mlrt__pool_job_of(const mlrt__call *c, const mlrt__pool_sizes *p,
                                 int64_t in, int64_t out) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    return (mlrt__pool_job){.k = c->m->k->conv,
                            .p = p,
                            .size = mlrt__dsize(x->dtype),
                            .in = in,
                            .out = out,
                            .x = mlrt__ptr(x),
                            .y = mlrt__ptr(c->y[0])};
}

/* ---- max_pool2d and adaptive_max_pool2d ------------------------------- */

static void max_task(void *arg, int64_t task) {
    const mlrt__pool_job *j = arg;
    for (int64_t i = task * j->block; i < mlrt__last_plane(j, task); i++)
        j->k[j->size == 8]->max_pool(j->p, mlrt__plane_in(j, i),
                                     mlrt__plane_out(j, i),
                                     j->at ? j->at + i * j->out : NULL);
}

static int max_index(mlrt__call *c, const mlrt__pool_sizes *p) {
    size_t n;
    if (!mlrt__mul((size_t)p->planes, (size_t)(p->oh * p->ow), &n) ||
        !mlrt__mul(n, sizeof(int32_t), &c->scratch_bytes))
        return mlrt__bad(c, MLRT_ESHAPE, "x %s is too large",
                         MLRT__ST(mlrt__t(c, X)));
    return mlrt__pool_out(c, 1, MLRT_INDEX, p->oh, p->ow);
}

/* Places are needed when the call is recorded, and fit into 32 bits.  Those
 * that are asked for, by argument `arg`, are an index, and widened to it. */
static int max_outs(mlrt__call *c, const mlrt__pool_sizes *p, int arg) {
    const mlrt_tensor *x = mlrt__t(c, X);
    bool asked = mlrt__has(c, arg) && mlrt__i(c, arg);
    if (p->h >= LIMIT / p->w)
        return mlrt__bad(c, MLRT_ESHAPE, "planes of x %s are too large",
                         MLRT__ST(x));
    mlrt__pool_out(c, 0, x->dtype, p->oh, p->ow);
    c->shown = asked ? 2 : 1;
    if (asked)
        return max_index(c, p);
    if (c->m->grad_mode && mlrt__tracked(x))
        return mlrt__pool_out(c, 1, MLRT_I32, p->oh, p->ow);
    return mlrt__out(c, 1, MLRT_I32, 1, (int64_t[]){0});
}

static int max_run(mlrt__call *c, const mlrt__pool_sizes *p) {
    mlrt__pool_job j = mlrt__pool_job_of(c, p, p->h * p->w, p->oh * p->ow);
    if (c->y[1]->dtype == MLRT_INDEX)
        j.at = c->scratch;
    else if (c->y[1]->ndim > 1)
        j.at = (int32_t *)(void *)mlrt__ptr(c->y[1]);
    int err = mlrt__pool_run(c->m, &j, max_task);
    int64_t *index = (int64_t *)(void *)mlrt__ptr(c->y[1]);
    for (int64_t i = 0; c->y[1]->dtype == MLRT_INDEX && i < c->y[1]->numel; i++)
        index[i] = j.at[i];
    return err;
}

static int max_sizes(const mlrt__call *c, mlrt__pool_sizes *p) {
    *p = (mlrt__pool_sizes){0};
    int err = read_window(c, p);
    if (!err)
        err = mlrt__pool_pair(c, DILATION, 1, &p->dh, &p->dw);
    return err ? err : count_windows(c, p, mlrt__i(c, MAX_CEIL) != 0);
}

static int max_shape(mlrt__call *c) {
    mlrt__pool_sizes p;
    int err = max_sizes(c, &p);
    return err ? err : max_outs(c, &p, MAX_PLACES);
}

static int max_forward(mlrt__call *c) {
    mlrt__pool_sizes p;
    int err = max_sizes(c, &p);
    return err ? err : max_run(c, &p);
}

/* The places of the windows, an index as 32 bits again. */
static mlrt_tensor *saved_places(mlrt__walk *w) {
    mlrt_tensor *at = mlrt__saved_out(w, 1), *y;
    if (!at || at->dtype != MLRT_INDEX)
        return at;
    y = mlrt_empty(w->m, MLRT_I32, at->ndim, at->shape);
    return y && mlrt__copy_into(w->m, at, y) == 0 ? y : NULL;
}

static void max_backward(mlrt__walk *w) {
    const mlrt__edge *x = mlrt__operand(w, X);
    mlrt__give(w, X,
               mlrt__max_pool2d_grad(w->m, mlrt__g(w, 0), saved_places(w),
                                     x->shape + x->ndim - 2));
}

/* One for each place of each window, in the padding too. */
static double window_flops(const mlrt__call *c) {
    const int64_t *size = c->arg[1].u.v;
    return (double)c->y[0]->numel * (double)size[0] * (double)size[1];
}

/* Windows that cut `in` places into `out` parts overlap by one place unless
 * the cut is even: how many places they have in all. */
static double places(int64_t in, int64_t out) {
    int64_t n = 0;
    for (int64_t i = 0; i < out; i++)
        n += ((i + 1) * in + out - 1) / out - i * in / out;
    return (double)n;
}
static double adaptive_flops(const mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    const int64_t *in = x->shape + x->ndim - 2, *out = c->arg[1].u.v;
    return x->numel ? (double)(x->numel / (in[0] * in[1])) *
                          places(in[0], out[0]) * places(in[1], out[1])
                    : 0;
}

/* ---- Means ------------------------------------------------------------ */

static void mean_task(void *arg, int64_t task) {
    const mlrt__pool_job *j = arg;
    for (int64_t i = task * j->block; i < mlrt__last_plane(j, task); i++)
        j->k[j->size == 8]->avg_pool(j->p, mlrt__plane_in(j, i),
                                     mlrt__plane_out(j, i));
}

static void mean_grad_task(void *arg, int64_t task) {
    const mlrt__pool_job *j = arg;
    for (int64_t i = task * j->block; i < mlrt__last_plane(j, task); i++) {
        memset(mlrt__plane_out(j, i), 0, (size_t)j->out * j->size);
        j->k[j->size == 8]->avg_pool_grad(j->p, mlrt__plane_in(j, i),
                                          mlrt__plane_out(j, i));
    }
}

static int mean_sizes(const mlrt__call *c, mlrt__pool_sizes *p) {
    *p = (mlrt__pool_sizes){.dh = 1, .dw = 1};
    int err = read_window(c, p);
    p->count_pad = mlrt__i(c, COUNT_PAD) != 0;
    p->divisor = mlrt__has(c, DIVISOR) ? (double)mlrt__i(c, DIVISOR) : 0;
    if (!err && mlrt__has(c, DIVISOR) && p->divisor == 0)
        err = mlrt__bad(c, MLRT_EARG, "argument 'divisor_override' is 0");
    return err ? err : count_windows(c, p, mlrt__i(c, CEIL) != 0);
}

static int mean_shape(mlrt__call *c) {
    mlrt__pool_sizes p;
    int err = mean_sizes(c, &p);
    return err ? err : mlrt__pool_out(c, 0, mlrt__t(c, 0)->dtype, p.oh, p.ow);
}

static int mean_forward(mlrt__call *c) {
    mlrt__pool_sizes p;
    int err = mean_sizes(c, &p);
    mlrt__pool_job j = mlrt__pool_job_of(c, &p, p.h * p.w, p.oh * p.ow);
    return err ? err : mlrt__pool_run(c->m, &j, mean_task);
}

/* The gradient has x's size before the divisor, which is 0 for none. */
enum { MEAN_SIZE = DIVISOR };

static int mean_grad_sizes(const mlrt__call *c, mlrt__pool_sizes *p) {
    const mlrt_tensor *g = mlrt__t(c, 0);
    *p = (mlrt__pool_sizes){.dh = 1, .dw = 1};
    int err = read_window(c, p);
    if (!err)
        err = mlrt__pool_pair(c, MEAN_SIZE, 0, &p->h, &p->w);
    p->count_pad = mlrt__i(c, COUNT_PAD) != 0;
    p->divisor = (double)mlrt__i(c, GRAD_DIVISOR);
    if (!err)
        err = count_windows(c, p, mlrt__i(c, CEIL) != 0);
    if (err ||
        (p->oh == g->shape[g->ndim - 2] && p->ow == g->shape[g->ndim - 1]))
        return err;
    return mlrt__bad(c, MLRT_ESHAPE, "g %s: (%lld, %lld) expected at the end",
                     MLRT__ST(g), (long long)p->oh, (long long)p->ow);
}

static int mean_grad_shape(mlrt__call *c) {
    mlrt__pool_sizes p;
    int err = mean_grad_sizes(c, &p);
    return err ? err : mlrt__pool_out(c, 0, mlrt__t(c, 0)->dtype, p.h, p.w);
}

static int mean_grad_forward(mlrt__call *c) {
    mlrt__pool_sizes p;
    int err = mean_grad_sizes(c, &p);
    mlrt__pool_job j = mlrt__pool_job_of(c, &p, p.oh * p.ow, p.h * p.w);
    return err ? err : mlrt__pool_run(c->m, &j, mean_grad_task);
}

/* A recorded stride: NULL when it was absent. */
static const int64_t *stride_of(const mlrt__walk *w) {
    const mlrt_arg *a = mlrt__arg(w, STRIDE);
    return a->kind == MLRT_VAL_NONE ? NULL : a->u.v;
}

static int64_t divisor_of(const mlrt__walk *w, int arg) {
    const mlrt_arg *a = mlrt__arg(w, arg);
    return a->kind == MLRT_VAL_NONE ? 0 : a->u.i;
}

static void mean_backward(mlrt__walk *w) {
    const mlrt__edge *x = mlrt__operand(w, X);
    mlrt__give(w, X,
               mlrt__avg_pool2d_grad(
                   w->m, mlrt__g(w, 0), mlrt__arg(w, KERNEL)->u.v, stride_of(w),
                   mlrt__arg(w, PADDING)->u.v, mlrt__arg(w, CEIL)->u.i != 0,
                   mlrt__arg(w, COUNT_PAD)->u.i != 0, x->shape + x->ndim - 2,
                   divisor_of(w, DIVISOR)));
}

/* The arguments are those of the call but for the first, and the size. */
static void mean_grad_backward(mlrt__walk *w) {
    mlrt_arg args[DIVISOR + 1];
    mlrt_tensor *y = NULL;
    for (int i = 1; i < DIVISOR; i++)
        args[i] = *mlrt__arg(w, i);
    args[DIVISOR] = *mlrt__arg(w, GRAD_DIVISOR);
    args[X] = (mlrt_arg){.kind = MLRT_VAL_TENSOR, .u.t = mlrt__g(w, 0)};
    if (divisor_of(w, GRAD_DIVISOR) == 0)
        args[DIVISOR].kind = MLRT_VAL_NONE;
    if (mlrt_op_call(w->m, mlrt_op_find(w->m, "avg_pool2d"), args, false, &y,
                     1) == 1)
        mlrt__give(w, 0, y);
}

/* ---- Adaptive windows ------------------------------------------------- */

/* Argument 1 is the output's size; for the gradient the input's. */
static int adaptive_sizes(const mlrt__call *c, mlrt__pool_sizes *p, bool back) {
    int64_t in[2] = {0}, out[2] = {0};
    *p = (mlrt__pool_sizes){.adaptive = true};
    int err = mlrt__pool_planes(c, &p->planes, &in[0], &in[1]);
    if (!err)
        err = mlrt__pool_pair(c, 1, 1, &out[0], &out[1]);
    p->h = back ? out[0] : in[0];
    p->w = back ? out[1] : in[1];
    p->oh = back ? in[0] : out[0];
    p->ow = back ? in[1] : out[1];
    if (err || (in[0] && in[1]))
        return err;
    return mlrt__bad(c, MLRT_ESHAPE, "planes of %s are empty",
                     MLRT__ST(mlrt__t(c, 0)));
}

static int adaptive_shape(mlrt__call *c) {
    mlrt__pool_sizes p;
    int err = adaptive_sizes(c, &p, false);
    return err ? err : mlrt__pool_out(c, 0, mlrt__t(c, 0)->dtype, p.oh, p.ow);
}

static int adaptive_forward(mlrt__call *c) {
    mlrt__pool_sizes p;
    int err = adaptive_sizes(c, &p, false);
    mlrt__pool_job j = mlrt__pool_job_of(c, &p, p.h * p.w, p.oh * p.ow);
    return err ? err : mlrt__pool_run(c->m, &j, mean_task);
}

static int adaptive_grad_shape(mlrt__call *c) {
    mlrt__pool_sizes p;
    int err = adaptive_sizes(c, &p, true);
    return err ? err : mlrt__pool_out(c, 0, mlrt__t(c, 0)->dtype, p.h, p.w);
}

static int adaptive_grad_forward(mlrt__call *c) {
    mlrt__pool_sizes p;
    int err = adaptive_sizes(c, &p, true);
    mlrt__pool_job j = mlrt__pool_job_of(c, &p, p.oh * p.ow, p.h * p.w);
    return err ? err : mlrt__pool_run(c->m, &j, mean_grad_task);
}

static void adaptive_backward(mlrt__walk *w) {
    const mlrt__edge *x = mlrt__operand(w, 0);
    mlrt__give(w, 0,
               mlrt__adaptive_avg_pool2d_grad(w->m, mlrt__g(w, 0),
                                              x->shape + x->ndim - 2));
}

static void adaptive_grad_backward(mlrt__walk *w) {
    const mlrt__edge *g = mlrt__operand(w, 0);
    mlrt__give(
        w, 0,
        mlrt_adaptive_avg_pool2d(w->m, mlrt__g(w, 0), g->shape + g->ndim - 2));
}

static int adaptive_max_shape(mlrt__call *c) {
    mlrt__pool_sizes p;
    int err = adaptive_sizes(c, &p, false);
    return err ? err : max_outs(c, &p, ADAPTIVE_PLACES);
}

static int adaptive_max_forward(mlrt__call *c) {
    mlrt__pool_sizes p;
    int err = adaptive_sizes(c, &p, false);
    return err ? err : max_run(c, &p);
}

/* ---- Rows ------------------------------------------------------------- */

#define PLANES "x: (N, C, H, W) or (C, H, W), f32 or f64. "
#define OUT_SIZE                                                               \
    "OH = (H + 2 padding - dilation (KH - 1) - 1) / stride + 1, rounded "      \
    "down, or up by ceil_mode if the last window begins inside; stride is "    \
    "kernel_size unless given, padding at most half of the window. "
#define ADAPTIVE                                                               \
    "Window i of OH goes from i H / OH, rounded down, to (i + 1) H / OH, "     \
    "rounded up."
#define PLACES                                                                 \
    "With return_indices also where each came from: positions, as index, in "  \
    "the plane flattened; max_unpool2d takes them."
#define MEAN_ARGS                                                              \
    "kernel_size: pair, stride: pair?, padding: pair = 0, ceil_mode: bool = "  \
    "false, count_include_pad: bool = true"

const mlrt__op mlrt__pool[] = {
    {.name = "max_pool2d",
     .args =
         "x: tensor, kernel_size: pair, stride: pair?, padding: pair = 0, "
         "dilation: pair = 1, ceil_mode: bool = false; return_indices: bool "
         "= false",
     .outs = "y; indices",
     .doc = "The largest value in each window. " PLANES OUT_SIZE
            "A window that holds NaN gives NaN; of equal values the first "
            "gets the gradient. " PLACES,
     .contiguous = MLRT__IN(X),
     .shape = max_shape,
     .forward = max_forward,
     .backward = max_backward,
     .saves = {[X] = MLRT__OUT(1)},
     .flops = window_flops,
     .samples = SAMPLES(
         "r(2,3,6,8), 2", "r(2,1,5,7), 3, 2, 1", "r(3,5,6), {2,3}, 1",
         "r(1,2,7,7), 2, 2, 0, {2,3}", "r(1,2,5,5), 2, 2, 0, 1, true",
         "r(6,4,2,3):transpose(1,3), 2", "r(0,2,4,4), 2",
         "r(2,3,4,5), 2, {return_indices=true}",
         "r(2,5,6), 3, 2, 1, {return_indices=true}",
         "!r(2,3,2,2), 3 -- reaches over 3 along H, the padded input has 2",
         "!r(2,3,4,4), 2, 0 -- 'stride': 0 is too small",
         "!r(2,3,4,4), 2, 2, 2 -- more than half",
         "!r(4,4), 2 -- (N, C, H, W) or (C, H, W) expected",
         "!i(1,4,4), 2 -- f32 or f64 expected")},
    {.name = "avg_pool2d",
     .args = "x: tensor, " MEAN_ARGS "; divisor_override: int?",
     .outs = "y",
     .doc = "The mean of each window. " PLANES OUT_SIZE
            "The padding counts as zeros, or not at all without "
            "count_include_pad. The sum is divided by divisor_override, if "
            "given, whatever the window holds.",
     .contiguous = MLRT__IN(X),
     .shape = mean_shape,
     .forward = mean_forward,
     .backward = mean_backward,
     .flops = window_flops,
     .samples = SAMPLES(
         "r(2,3,6,8), 2", "r(2,1,5,7), 3, 2, 1", "r(3,5,6), {2,3}, 1",
         "r(1,2,5,5), 2, 2, 0, true", "r(1,2,5,6), 3, 2, 1, true, false",
         "r(6,4,2,3):transpose(1,3), 2", "r(0,2,4,4), 2",
         "r(1,2,5,6), 3, 2, 1, true, {divisor_override=2}",
         "r(2,4,4), 2, {divisor_override=-3}",
         "!r(2,4,4), 2, {divisor_override=0} -- 'divisor_override' is 0",
         "!r(2,3,2,2), 3 -- reaches over 3 along H, the padded input has 2",
         "!r(2,3,4,4), 0 -- 'kernel_size': 0 is too small",
         "!r(2,3,4,4), 2, 2, 2 -- more than half")},
    {.name = "_avg_pool2d_grad",
     .args = "g: tensor, " MEAN_ARGS ", size: pair = 0, divisor: int = 0",
     .outs = "gx",
     .doc = "Gradient of avg_pool2d by x, whose H and W are `size`.",
     .contiguous = MLRT__IN(0),
     .shape = mean_grad_shape,
     .forward = mean_grad_forward,
     .backward = mean_grad_backward},
    {.name = "adaptive_avg_pool2d",
     .args = "x: tensor, output_size: pair",
     .outs = "y",
     .doc = "The mean of windows that cut each plane into output_size. " PLANES
         ADAPTIVE,
     .contiguous = MLRT__IN(0),
     .shape = adaptive_shape,
     .forward = adaptive_forward,
     .backward = adaptive_backward,
     .flops = adaptive_flops,
     .samples = SAMPLES("r(2,3,6,8), 1", "r(2,5,7), {3,2}", "r(1,2,2,3), 4",
                        "r(6,4,2,3):transpose(1,3), 2", "r(0,2,4,4), 2",
                        "!r(2,3,4,4), 0 -- 'output_size': 0 is too small",
                        "!r(2,3,0,4), 1 -- are empty")},
    {.name = "_adaptive_avg_pool2d_grad",
     .args = "g: tensor, size: pair",
     .outs = "gx",
     .doc = "Gradient of adaptive_avg_pool2d by x, whose H and W are `size`.",
     .contiguous = MLRT__IN(0),
     .shape = adaptive_grad_shape,
     .forward = adaptive_grad_forward,
     .backward = adaptive_grad_backward},
    {.name = "adaptive_max_pool2d",
     .args = "x: tensor, output_size: pair; return_indices: bool = false",
     .outs = "y; indices",
     .doc = "The largest value of windows that cut each plane into "
            "output_size. " PLANES ADAPTIVE " " PLACES,
     .contiguous = MLRT__IN(0),
     .shape = adaptive_max_shape,
     .forward = adaptive_max_forward,
     .backward = max_backward,
     .saves = {[X] = MLRT__OUT(1)},
     .flops = adaptive_flops,
     .samples = SAMPLES("r(2,3,6,8), 1", "r(2,5,7), {3,2}", "r(1,2,2,3), 4",
                        "r(0,2,4,4), 2",
                        "r(2,4,5), {2,3}, {return_indices=true}",
                        "!r(2,3,4,4), 0 -- 'output_size': 0 is too small")},
    {0},
};
