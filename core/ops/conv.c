/* conv.c: convolution and its two gradients.
 *
 * conv2d, _conv2d_dgrad (by the data) and _conv2d_wgrad (by the weight) are
 * linear in each of their two tensors, and the gradients of each are the
 * other two: so any order of differentiation stays within the three rows.
 * Arguments 3 to 6 are the same everywhere; kernels/conv.h has the formula.
 */
#include "conv.h"

enum { A, B, C, STRIDE, PADDING, DILATION, GROUPS };

/* ---- Sizes ------------------------------------------------------------ */

#define LIMIT ((int64_t)1 << 31)

/* A pair whose values lie in least..2^31 - 1. */
static int pair_of(const mlrt__call *c, int i, int64_t least, int64_t *h,
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

/* Zeros on both sides; MLRT_SAME waits for the kernel's size. */
static int padding_of(const mlrt__call *c, mlrt__conv_sizes *v) {
    int64_t *to[] = {&v->ph, &v->pw}, p[2];
    for (int k = 0; k < 2; k++) {
        p[k] = *to[k] = c->arg[PADDING].u.v[k];
        if (p[k] == MLRT_VALID || p[k] == MLRT_SAME)
            p[k] = 0;
        if (*to[k] == MLRT_VALID)
            *to[k] = 0;
    }
    if (p[0] < 0 || p[1] < 0 || p[0] >= LIMIT || p[1] >= LIMIT)
        return pair_of(c, PADDING, 0, &p[0], &p[1]);
    return 0;
}

static int window(const mlrt__call *c, mlrt__conv_sizes *v) {
    int err = pair_of(c, STRIDE, 1, &v->sh, &v->sw);
    if (!err)
        err = padding_of(c, v);
    if (!err)
        err = pair_of(c, DILATION, 1, &v->dh, &v->dw);
    v->groups = mlrt__i(c, GROUPS);
    if (!err && v->groups < 1)
        return mlrt__bad(c, MLRT_EARG, "groups %lld is not positive",
                         (long long)v->groups);
    return err;
}

/* Where tensor t, (N, C, H, W) or (C, H, W), keeps its sizes. */
static int planes(const mlrt__call *c, int i, const int64_t **last,
                  int64_t *n) {
    const mlrt_tensor *t = mlrt__t(c, i);
    int err = mlrt__want_float(c, i);
    if (err)
        return err;
    if (t->ndim != 3 && t->ndim != 4)
        return mlrt__bad(c, MLRT_ESHAPE,
                         "argument '%.*s': (N, C, H, W) or (C, H, W) "
                         "expected, got shape %s",
                         c->m->info[c->id].spec[i].name_len,
                         c->m->info[c->id].spec[i].name, MLRT__ST(t));
    *last = t->shape + t->ndim - 3;
    *n = t->ndim == 4 ? t->shape[0] : 1;
    return 0;
}

/* With MLRT_SAME in front half of what the kernel reaches beyond a point,
 * rounded down, and behind what makes as many outputs as there are inputs:
 * the kernels take whatever lies outside as 0. */
static int one_out(const mlrt__call *c, char axis, int64_t size, int64_t k,
                   int64_t s, int64_t *p, int64_t d, int64_t *out) {
    bool same = *p == MLRT_SAME;
    if (k < 1 || k >= LIMIT)
        return mlrt__bad(c, MLRT_ESHAPE, "a kernel of %lld along %c",
                         (long long)k, axis);
    if (same && s != 1)
        return mlrt__bad(c, MLRT_EARG,
                         "padding 'same' wants a stride of 1, got %lld",
                         (long long)s);
    *p = same ? d * (k - 1) / 2 : *p;
    int64_t reach = d * (k - 1) + 1, room = size + 2 * *p;
    if (same && size > 0) {
        *out = size;
        return 0;
    }
    if (reach > room)
        return mlrt__bad(c, MLRT_ESHAPE,
                         "the kernel reaches over %lld along %c, the padded "
                         "input has %lld",
                         (long long)reach, axis, (long long)room);
    *out = (room - reach) / s + 1;
    return 0;
}

/* oh and ow from the rest. */
static int out_sizes(const mlrt__call *c, mlrt__conv_sizes *v) {
    int err = one_out(c, 'H', v->h, v->kh, v->sh, &v->ph, v->dh, &v->oh);
    return err ? err
               : one_out(c, 'W', v->w, v->kw, v->sw, &v->pw, v->dw, &v->ow);
}

static int same_dtype(const mlrt__call *c, int i, int j) {
    const mlrt_tensor *a = mlrt__t(c, i), *b = mlrt__t(c, j);
    const mlrt_arg_spec *s = c->m->info[c->id].spec;
    if (!b || a->dtype == b->dtype)
        return 0;
    return mlrt__bad(c, MLRT_EDTYPE, "%.*s is %s, %.*s is %s", s[i].name_len,
                     s[i].name, mlrt_dtype_name((mlrt_dtype)a->dtype),
                     s[j].name_len, s[j].name,
                     mlrt_dtype_name((mlrt_dtype)b->dtype));
}

/* Reads the weight's shape into v. */
static int weight_of(const mlrt__call *c, mlrt__conv_sizes *v) {
    const mlrt_tensor *w = mlrt__t(c, B);
    int err = mlrt__want_ndim(c, B, 4);
    if (!err)
        err = same_dtype(c, A, B);
    if (err)
        return err;
    v->o = w->shape[0];
    v->kh = w->shape[2];
    v->kw = w->shape[3];
    if (v->o % v->groups)
        return mlrt__bad(c, MLRT_ESHAPE,
                         "groups %lld do not divide the %lld channels of the "
                         "output",
                         (long long)v->groups, (long long)v->o);
    return 0;
}

/* An output of x's kind: batched as argument A is.  Planning needs to know
 * that its elements can be counted. */
static int out_planes(mlrt__call *c, int64_t n, int64_t ch, int64_t h,
                      int64_t w) {
    const mlrt_tensor *t = mlrt__t(c, A);
    int64_t shape[] = {n, ch, h, w}, numel;
    mlrt__out(c, 0, t->dtype, t->ndim, shape + 4 - t->ndim);
    return mlrt__shape_numel(c->m, c->op->name, 4, shape, &numel);
}

static double flops(const mlrt__conv_sizes *v) {
    return 2.0 * (double)v->n * (double)v->o * (double)v->oh * (double)v->ow *
           (double)(v->c / v->groups) * (double)v->kh * (double)v->kw;
}

/* ---- conv2d ----------------------------------------------------------- */

static int bias_fits(const mlrt__call *c, const mlrt__conv_sizes *v) {
    const mlrt_tensor *b = mlrt__t(c, C);
    if (!b || (b->ndim == 1 && b->shape[0] == v->o))
        return same_dtype(c, A, C);
    return mlrt__bad(c, MLRT_ESHAPE,
                     "bias: (%lld) expected, one value a channel of the "
                     "output, got %s",
                     (long long)v->o, MLRT__ST(b));
}

static int conv_sizes(const mlrt__call *c, mlrt__conv_sizes *v) {
    const mlrt_tensor *x = mlrt__t(c, A), *w = mlrt__t(c, B);
    const int64_t *last;
    int err = planes(c, A, &last, &v->n);
    if (!err)
        err = window(c, v);
    if (!err)
        err = weight_of(c, v);
    if (err)
        return err;
    v->c = last[0];
    v->h = last[1];
    v->w = last[2];
    if (v->c % v->groups || v->c / v->groups != w->shape[1])
        return mlrt__bad(
            c, MLRT_ESHAPE, "x %s has %lld channels, weight %s wants %lld%s",
            MLRT__ST(x), (long long)v->c, MLRT__ST(w), (long long)w->shape[1],
            v->groups > 1 ? " in each group" : "");
    err = out_sizes(c, v);
    return err ? err : bias_fits(c, v);
}

static int conv_shape(mlrt__call *c) {
    mlrt__conv_sizes v;
    int err = conv_sizes(c, &v);
    if (!err)
        err = out_planes(c, v.n, v.o, v.oh, v.ow);
    return err ? err
               : mlrt__conv_scratch(c, &v, mlrt__t(c, A)->dtype,
                                    MLRT__CONV_FORWARD);
}

static int conv_forward(mlrt__call *c) {
    mlrt__conv_sizes v;
    int err = conv_sizes(c, &v);
    const mlrt_tensor *bias = mlrt__t(c, C);
    return err ? err
               : mlrt__conv_forward(
                     c->m, &v, mlrt__t(c, A)->dtype, mlrt__ptr(mlrt__t(c, A)),
                     mlrt__ptr(mlrt__t(c, B)), bias ? mlrt__ptr(bias) : NULL,
                     mlrt__ptr(c->y[0]), c->scratch);
}

static double conv_flops(const mlrt__call *c) {
    mlrt__conv_sizes v;
    return conv_sizes(c, &v) ? 0 : flops(&v);
}

/* ---- The gradient by the data ----------------------------------------- */

static int dgrad_sizes(const mlrt__call *c, mlrt__conv_sizes *v) {
    const mlrt_tensor *g = mlrt__t(c, A), *w = mlrt__t(c, B);
    const int64_t *last;
    int err = planes(c, A, &last, &v->n);
    if (!err)
        err = window(c, v);
    if (!err)
        err = weight_of(c, v);
    if (!err)
        err = pair_of(c, C, 0, &v->h, &v->w);
    if (err)
        return err;
    if (__builtin_mul_overflow(w->shape[1], v->groups, &v->c))
        return mlrt__bad(c, MLRT_ESHAPE, "too many groups");
    err = out_sizes(c, v);
    if (err || (last[0] == v->o && last[1] == v->oh && last[2] == v->ow))
        return err;
    return mlrt__bad(
        c, MLRT_ESHAPE, "g %s: (%lld, %lld, %lld) expected at the end",
        MLRT__ST(g), (long long)v->o, (long long)v->oh, (long long)v->ow);
}

static int dgrad_shape(mlrt__call *c) {
    mlrt__conv_sizes v;
    int err = dgrad_sizes(c, &v);
    if (!err)
        err = out_planes(c, v.n, v.c, v.h, v.w);
    return err ? err
               : mlrt__conv_scratch(c, &v, mlrt__t(c, A)->dtype,
                                    MLRT__CONV_DGRAD);
}

static int dgrad_forward(mlrt__call *c) {
    mlrt__conv_sizes v;
    int err = dgrad_sizes(c, &v);
    return err ? err
               : mlrt__conv_dgrad(
                     c->m, &v, mlrt__t(c, A)->dtype, mlrt__ptr(mlrt__t(c, A)),
                     mlrt__ptr(mlrt__t(c, B)), mlrt__ptr(c->y[0]), c->scratch);
}

static double dgrad_flops(const mlrt__call *c) {
    mlrt__conv_sizes v;
    return dgrad_sizes(c, &v) ? 0 : flops(&v);
}

/* ---- The gradient by weight and bias ---------------------------------- */

static int wgrad_sizes(const mlrt__call *c, mlrt__conv_sizes *v) {
    const mlrt_tensor *g = mlrt__t(c, A), *x = mlrt__t(c, B);
    const int64_t *gl, *xl;
    int64_t n;
    int err = planes(c, A, &gl, &n);
    if (!err)
        err = planes(c, B, &xl, &v->n);
    if (!err)
        err = same_dtype(c, A, B);
    if (!err)
        err = window(c, v);
    if (!err)
        err = pair_of(c, C, 1, &v->kh, &v->kw);
    if (err)
        return err;
    v->c = xl[0];
    v->h = xl[1];
    v->w = xl[2];
    v->o = gl[0];
    err = out_sizes(c, v);
    if (err)
        return err;
    if (n == v->n && g->ndim == x->ndim && v->oh == gl[1] && v->ow == gl[2] &&
        v->c % v->groups == 0 && v->o % v->groups == 0)
        return 0;
    return mlrt__bad(c, MLRT_ESHAPE, "g %s and x %s do not fit", MLRT__ST(g),
                     MLRT__ST(x));
}

static int wgrad_shape(mlrt__call *c) {
    mlrt__conv_sizes v;
    int err = wgrad_sizes(c, &v);
    if (err)
        return err;
    int dtype = mlrt__t(c, A)->dtype;
    mlrt__out(c, 0, dtype, 4, (int64_t[]){v.o, v.c / v.groups, v.kh, v.kw});
    mlrt__out(c, 1, dtype, 1, &v.o);
    return mlrt__conv_scratch(c, &v, dtype, MLRT__CONV_WGRAD);
}

static int wgrad_forward(mlrt__call *c) {
    mlrt__conv_sizes v;
    int err = wgrad_sizes(c, &v);
    return err ? err
               : mlrt__conv_wgrad(c->m, &v, mlrt__t(c, A)->dtype,
                                  mlrt__ptr(mlrt__t(c, A)),
                                  mlrt__ptr(mlrt__t(c, B)), mlrt__ptr(c->y[0]),
                                  mlrt__ptr(c->y[1]), c->scratch);
}

static double wgrad_flops(const mlrt__call *c) {
    mlrt__conv_sizes v;
    return wgrad_sizes(c, &v) ? 0 : flops(&v);
}

/* ---- Backward --------------------------------------------------------- */

/* The last four arguments of a recorded call. */
typedef struct same {
    const int64_t *stride, *padding, *dilation;
    int64_t groups;
} same;

static same same_of(const mlrt__walk *w) {
    return (same){mlrt__arg(w, STRIDE)->u.v, mlrt__arg(w, PADDING)->u.v,
                  mlrt__arg(w, DILATION)->u.v, mlrt__arg(w, GROUPS)->u.i};
}

static mlrt_tensor *dgrad(mlrt__walk *w, mlrt_tensor *g, mlrt_tensor *weight,
                          const mlrt__edge *x) {
    same s = same_of(w);
    return mlrt__conv2d_dgrad(w->m, g, weight, x->shape + x->ndim - 2, s.stride,
                              s.padding, s.dilation, s.groups);
}

static int wgrad(mlrt__walk *w, mlrt_tensor *g, mlrt_tensor *x,
                 const mlrt__edge *weight, mlrt_tensor **gw, mlrt_tensor **gb) {
    same s = same_of(w);
    return mlrt__conv2d_wgrad(w->m, g, x, weight->shape + 2, s.stride,
                              s.padding, s.dilation, s.groups, gw, gb);
}

static mlrt_tensor *conv(mlrt__walk *w, mlrt_tensor *x, mlrt_tensor *weight,
                         mlrt_tensor *bias) {
    same s = same_of(w);
    return mlrt_conv2d(w->m, x, weight, bias, s.stride, s.padding, s.dilation,
                       s.groups);
}

static void conv_backward(mlrt__walk *w) {
    mlrt_tensor *g = mlrt__g(w, 0), *gw = NULL, *gb = NULL;
    if (mlrt__need(w, A))
        mlrt__give(w, A, dgrad(w, g, mlrt__in(w, B), mlrt__operand(w, A)));
    if (mlrt__need(w, B)) {
        if (wgrad(w, g, mlrt__in(w, A), mlrt__operand(w, B), &gw, &gb) != 0)
            return;
        mlrt__give(w, B, gw);
    } else if (mlrt__need(w, C)) {
        int ndim = mlrt__operand(w, A)->ndim;
        int64_t dims[] = {ndim - 2, ndim - 1, 0};
        gb = mlrt_sum(w->m, g, dims, ndim - 1, false);
    }
    if (mlrt__need(w, C))
        mlrt__give(w, C, gb);
}

static void dgrad_backward(mlrt__walk *w) {
    mlrt_tensor *g = mlrt__g(w, 0), *gw = NULL;
    if (mlrt__need(w, A))
        mlrt__give(w, A, conv(w, g, mlrt__in(w, B), MLRT_NONE));
    if (mlrt__need(w, B) &&
        wgrad(w, mlrt__in(w, A), g, mlrt__operand(w, B), &gw, NULL) == 0)
        mlrt__give(w, B, gw);
}

static void wgrad_backward(mlrt__walk *w) {
    mlrt_tensor *gw = mlrt__g(w, 0);
    if (mlrt__need(w, A)) {
        mlrt_tensor *gb = mlrt__has_g(w, 1) ? mlrt__g(w, 1) : MLRT_NONE;
        mlrt__give(w, A, conv(w, mlrt__in(w, B), gw, gb));
    }
    if (mlrt__need(w, B))
        mlrt__give(w, B, dgrad(w, mlrt__in(w, A), gw, mlrt__operand(w, B)));
}

/* ---- Rows ------------------------------------------------------------- */

#define WINDOW                                                                 \
    "stride: pair = 1, padding: pair|valid|same = 0, dilation: pair = 1, "     \
    "groups: int = 1"

const mlrt__op mlrt__conv[] = {
    {.name = "conv2d",
     .args = "x: tensor, weight: tensor, bias: tensor?, " WINDOW,
     .outs = "y",
     .doc = "Convolution (cross-correlation) of images. x: (N, C, H, W) or "
            "(C, H, W), f32 or f64; weight: (O, C / groups, KH, KW); bias: "
            "(O). y: (N, O, OH, OW) with OH = (H + 2 padding - dilation (KH - "
            "1) - 1) / stride + 1, rounded down; x counts as 0 in the "
            "padding. \"valid\" is none, \"same\" as much as makes OH = H "
            "and OW = W at stride 1, an odd one more behind. Output channel "
            "o is the bias plus the sum over the C / groups channels of its "
            "group and over the kernel. Goodfellow, Bengio, Courville 2016, "
            "chapter 9.",
     .contiguous = MLRT__IN(A) | MLRT__IN(B) | MLRT__IN(C),
     .shape = conv_shape,
     .forward = conv_forward,
     .backward = conv_backward,
     .saves = {[A] = MLRT__IN(B), [B] = MLRT__IN(A)},
     .flops = conv_flops,
     .samples = SAMPLES(
         "r(2,1,5,6), r(3,1,3,3), r(3)",
         "r(2,3,5,4), r(2,3,3,2), nil, 1, {1,0}",
         "r(2,4,7,6), r(4,2,3,3), r(4), 2, 1, 1, 2",
         "r(1,3,7,9), r(3,1,2,3), r(3), {1,2}, {2,1}, {3,2}, 3",
         "r(3,6,5), r(4,3,1,1)", "r(1,2,4,5), r(2,2,2,3), r(2), 1, 'same'",
         "r(2,3,4), r(2,1,4,2), nil, {padding='same', dilation={1,3}, "
         "groups=2}",
         "r(1,2,4,5), r(2,2,2,3), nil, {padding='valid', stride=2}",
         "r(5,4,3,2):transpose(1,4), r(2,4,2,2):transpose(3,4)",
         "r(0,2,5,5), r(3,2,3,3), r(3)",
         "!r(2,3,5,5), r(4,1,3,3) -- has 3 channels, weight (4, 1, 3, 3) "
         "wants 1",
         "!r(2,3,5,5), r(4,3,6,3) -- reaches over 6 along H, the padded "
         "input has 5",
         "!r(2,3,5,5), r(4,3,3,3), r(3) -- bias: (4) expected",
         "!r(2,4,5,5), r(3,2,3,3), nil, 1, 0, 1, 2 -- do not divide",
         "!r(2,3,5,5), r(4,3,3,3), nil, 1, -1 -- 'padding': -1 is too small",
         "!r(2,3,5,5), r(4,3,3,3), nil, 2, 'same' -- wants a stride of 1, got "
         "2",
         "!r(2,3,5,5), r(4,3,3,3), nil, 1, 'full' -- one of valid|same",
         "!r(2,3,0,5), r(4,3,1,3), nil, 1, 'same' -- reaches over 1 along H",
         "!r(2,3,5,5), r(4,3,3,3), nil, 0 -- 'stride': 0 is too small",
         "!r(2,3,5,5), r(4,3,3,3), nil, 1, 0, 1, 0 -- groups 0",
         "!r(5,5), r(4,3,3,3) -- (N, C, H, W) or (C, H, W) expected",
         "!r(2,3,5,5), r(4,3,3) -- 4 dimensions expected")},
    {.name = "_conv2d_dgrad",
     .args = "g: tensor, weight: tensor, size: pair, " WINDOW,
     .outs = "gx",
     .doc = "Gradient of conv2d by x, whose H and W are `size`.",
     .contiguous = MLRT__IN(A) | MLRT__IN(B),
     .shape = dgrad_shape,
     .forward = dgrad_forward,
     .backward = dgrad_backward,
     .saves = {[A] = MLRT__IN(B), [B] = MLRT__IN(A)},
     .flops = dgrad_flops},
    {.name = "_conv2d_wgrad",
     .args = "g: tensor, x: tensor, kernel: pair, " WINDOW,
     .outs = "gweight, gbias",
     .doc = "Gradients of conv2d by weight, whose KH and KW are `kernel`, and "
            "by bias.",
     .contiguous = MLRT__IN(A) | MLRT__IN(B),
     .shape = wgrad_shape,
     .forward = wgrad_forward,
     .backward = wgrad_backward,
     .saves = {[A] = MLRT__IN(B), [B] = MLRT__IN(A)},
     .flops = wgrad_flops},
    {0},
};
