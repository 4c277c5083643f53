/* conv_forms.c: convolutions written with the others: of lines, and
 * transposed.
 *
 * A line is an image of one row.  A transposed convolution is the gradient
 * by x of the convolution with the same weight.
 */
#include "../core.h"

/* conv1d and conv2d have the same arguments in the same places, and so have
 * the transposed ones. */
enum { X, WEIGHT, BIAS, STRIDE, PADDING, DILATION, GROUPS };
enum { T_OUTPUT_PADDING = PADDING + 1, T_GROUPS, T_DILATION };

/* ---- Lines ------------------------------------------------------------ */

/* (..., C, L) as (..., C, 1, L). */
static mlrt_tensor *as_image(mlrt *m, mlrt_tensor *t) {
    int64_t shape[MLRT_MAX_DIMS];
    if (!t)
        return NULL;
    memcpy(shape, t->shape, (size_t)t->ndim * sizeof *shape);
    shape[t->ndim] = shape[t->ndim - 1];
    shape[t->ndim - 1] = 1;
    return mlrt_reshape(m, t, shape, t->ndim + 1);
}

static mlrt_tensor *as_line(mlrt *m, mlrt_tensor *t) {
    int64_t shape[MLRT_MAX_DIMS];
    if (!t)
        return NULL;
    memcpy(shape, t->shape, (size_t)t->ndim * sizeof *shape);
    shape[t->ndim - 2] = shape[t->ndim - 1];
    return mlrt_reshape(m, t, shape, t->ndim - 1);
}

static mlrt_tensor *bias_of(const mlrt__call *c) {
    return mlrt__has(c, BIAS) ? mlrt__t(c, BIAS) : MLRT_NONE;
}

static int want_lines(const mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, X);
    if (x->ndim != 2 && x->ndim != 3)
        return mlrt__bad(c, MLRT_ESHAPE,
                         "argument 'x': (N, C, L) or (C, L) expected, got "
                         "shape %s",
                         MLRT__ST(x));
    return mlrt__want_ndim(c, WEIGHT, 3);
}

static int conv1d_compose(mlrt__call *c) {
    mlrt *m = c->m;
    int err = want_lines(c);
    if (err)
        return err;
    int64_t stride[] = {1, mlrt__i(c, STRIDE)};
    int64_t padding[] = {0, mlrt__i(c, PADDING)};
    int64_t dilation[] = {1, mlrt__i(c, DILATION)};
    mlrt_tensor *y = mlrt_conv2d(m, as_image(m, mlrt__t(c, X)),
                                 as_image(m, mlrt__t(c, WEIGHT)), bias_of(c),
                                 stride, padding, dilation, mlrt__i(c, GROUPS));
    c->y[0] = as_line(m, y);
    return 0;
}

static int transpose1d_compose(mlrt__call *c) {
    mlrt *m = c->m;
    int err = want_lines(c);
    if (err)
        return err;
    int64_t stride[] = {1, mlrt__i(c, STRIDE)};
    int64_t padding[] = {0, mlrt__i(c, PADDING)};
    int64_t more[] = {0, mlrt__i(c, T_OUTPUT_PADDING)};
    int64_t dilation[] = {1, mlrt__i(c, T_DILATION)};
    mlrt_tensor *y = mlrt_conv_transpose2d(
        m, as_image(m, mlrt__t(c, X)), as_image(m, mlrt__t(c, WEIGHT)),
        bias_of(c), stride, padding, more, mlrt__i(c, T_GROUPS), dilation);
    c->y[0] = as_line(m, y);
    return 0;
}

/* ---- Transposed ------------------------------------------------------- */

/* (size - 1) s - 2 p + d (k - 1) + more + 1 */
static int grown(const mlrt__call *c, int axis, int64_t *out) {
    const mlrt_tensor *x = mlrt__t(c, X), *w = mlrt__t(c, WEIGHT);
    int64_t size = x->shape[x->ndim - 2 + axis], k = w->shape[2 + axis];
    int64_t s = c->arg[STRIDE].u.v[axis], p = c->arg[PADDING].u.v[axis];
    int64_t more = c->arg[T_OUTPUT_PADDING].u.v[axis];
    int64_t d = c->arg[T_DILATION].u.v[axis], big = (int64_t)1 << 31;
    if (s < 1 || d < 1 || p < 0 || s >= big || d >= big || p >= big)
        return mlrt__bad(c, MLRT_EARG,
                         "stride %lld, padding %lld, dilation %lld: 1, 0, 1 "
                         "are the least",
                         (long long)s, (long long)p, (long long)d);
    if (more < 0 || (more && more >= s))
        return mlrt__bad(c, MLRT_EARG,
                         "output_padding %lld is not below the stride, %lld",
                         (long long)more, (long long)s);
    if (k < 1 || k >= big || size >= (int64_t)1 << 31)
        return mlrt__bad(c, MLRT_ESHAPE, "x %s with weight %s", MLRT__ST(x),
                         MLRT__ST(w));
    *out = (size - 1) * s - 2 * p + d * (k - 1) + more + 1;
    if (size >= 1 && *out >= 1)
        return 0;
    return mlrt__bad(c, MLRT_ESHAPE, "x %s leaves nothing after padding",
                     MLRT__ST(x));
}

static int transpose_check(const mlrt__call *c, int64_t *size) {
    const mlrt_tensor *x = mlrt__t(c, X), *w = mlrt__t(c, WEIGHT);
    const mlrt_tensor *bias = mlrt__t(c, BIAS);
    int64_t o, groups = mlrt__i(c, T_GROUPS);
    if (x->ndim != 3 && x->ndim != 4)
        return mlrt__bad(c, MLRT_ESHAPE,
                         "argument 'x': (N, C, H, W) or (C, H, W) expected, "
                         "got shape %s",
                         MLRT__ST(x));
    int err = mlrt__want_ndim(c, WEIGHT, 4);
    if (err)
        return err;
    if (x->shape[x->ndim - 3] != w->shape[0])
        return mlrt__bad(c, MLRT_ESHAPE,
                         "x %s has %lld channels, weight %s wants %lld",
                         MLRT__ST(x), (long long)x->shape[x->ndim - 3],
                         MLRT__ST(w), (long long)w->shape[0]);
    if (groups < 1 || __builtin_mul_overflow(w->shape[1], groups, &o))
        return mlrt__bad(c, MLRT_EARG, "groups %lld", (long long)groups);
    if (bias && (bias->ndim != 1 || bias->shape[0] != o))
        return mlrt__bad(c, MLRT_ESHAPE,
                         "bias: (%lld) expected, one value a channel of the "
                         "output, got %s",
                         (long long)o, MLRT__ST(bias));
    err = grown(c, 0, &size[0]);
    return err ? err : grown(c, 1, &size[1]);
}

static int transpose2d_compose(mlrt__call *c) {
    mlrt *m = c->m;
    mlrt_tensor *bias = mlrt__t(c, BIAS);
    int64_t size[2];
    int err = transpose_check(c, size);
    if (err)
        return err;
    mlrt_tensor *y = mlrt__conv2d_dgrad(
        m, mlrt__t(c, X), mlrt__t(c, WEIGHT), size, c->arg[STRIDE].u.v,
        c->arg[PADDING].u.v, c->arg[T_DILATION].u.v, mlrt__i(c, T_GROUPS));
    if (bias) {
        int64_t column[] = {bias->shape[0], 1, 1};
        y = mlrt_add(m, y, mlrt_reshape(m, bias, column, 3));
    }
    c->y[0] = y;
    return 0;
}

/* ---- Rows ------------------------------------------------------------- */

const mlrt__op mlrt__conv_forms[] = {
    {.name = "conv1d",
     .args = "x: tensor, weight: tensor, bias: tensor?, stride: int = 1, "
             "padding: int|valid|same = 0, dilation: int = 1, groups: int = 1",
     .outs = "y",
     .doc = "Convolution (cross-correlation) of lines. x: (N, C, L) or (C, "
            "L), f32 or f64; weight: (O, C / groups, K); bias: (O). y: (N, O, "
            "(L + 2 padding - dilation (K - 1) - 1) / stride + 1, rounded "
            "down); \"valid\" is no padding, \"same\" as much as keeps the "
            "size; see conv2d.",
     .compose = conv1d_compose,
     .samples = SAMPLES(
         "r(2,3,9), r(4,3,3), r(4)", "r(2,4,9), r(4,2,3), nil, 2, 1, 2, 2",
         "r(3,7), r(2,3,1)", "r(7,3):t(), r(2,3,2)", "r(0,2,5), r(3,2,3), r(3)",
         "r(2,3,6), r(4,3,4), r(4), 1, 'same', 2",
         "r(2,3,6), r(4,3,4), nil, {padding='valid'}",
         "!r(2,3,9), r(4,3,3), nil, 2, 'same' -- wants a stride of 1",
         "!r(2,3,9), r(4,2,3) -- wants 2",
         "!r(9), r(4,3,3) -- (N, C, L) or (C, L) expected",
         "!r(2,3,9), r(4,3,3), nil, 0 -- 0 is too small",
         "!r(2,3,2), r(4,3,3) -- reaches over 3 along W")},
    {.name = "conv_transpose2d",
     .args = "x: tensor, weight: tensor, bias: tensor?, stride: pair = 1, "
             "padding: pair = 0, output_padding: pair = 0, groups: int = 1, "
             "dilation: pair = 1",
     .outs = "y",
     .doc = "Transposed convolution: the gradient of conv2d by its input. x: "
            "(N, C, H, W) or (C, H, W), f32 or f64; weight: (C, O / groups, "
            "KH, KW); bias: (O). y: (N, O, OH, OW) with OH = (H - 1) stride - "
            "2 padding + dilation (KH - 1) + output_padding + 1. Zeiler et "
            "al. 2010.",
     .compose = transpose2d_compose,
     .samples = SAMPLES(
         "r(2,3,4,5), r(3,2,3,3), r(2)",
         "r(2,4,3,4), r(4,2,3,2), r(4), 2, 1, 1, 2",
         "r(2,3,4), r(2,3,2,2), nil, {2,1}, 0, {1,0}, 1, {1,2}",
         "r(0,2,3,3), r(2,3,3,3), r(3)",
         "!r(2,3,4,5), r(2,3,3,3) -- has 3 channels, weight (2, 3, "
         "3, 3) wants 2",
         "!r(2,3,4,5), r(3,2,3,3), nil, 1, 0, 1 -- output_padding 1 "
         "is not below the stride, 1",
         "!r(2,3,1,1), r(3,2,1,1), nil, 1, 1 -- leaves nothing",
         "!r(2,3,4,5), r(3,2,3,3), r(3) -- bias: (2) expected",
         "!r(2,3,4,5), r(3,2,3,3), nil, 0 -- stride 0")},
    {.name = "conv_transpose1d",
     .args = "x: tensor, weight: tensor, bias: tensor?, stride: int = 1, "
             "padding: int = 0, output_padding: int = 0, groups: int = 1, "
             "dilation: int = 1",
     .outs = "y",
     .doc = "Transposed convolution of lines: the gradient of conv1d by its "
            "input. x: (N, C, L) or (C, L), f32 or f64; weight: (C, O / "
            "groups, K); bias: (O). y: (N, O, (L - 1) stride - 2 padding + "
            "dilation (K - 1) + output_padding + 1).",
     .compose = transpose1d_compose,
     .samples = SAMPLES("r(2,3,5), r(3,2,3), r(2)",
                        "r(2,4,3), r(4,2,3), r(4), 2, 1, 1, 2",
                        "r(3,4), r(3,2,2), nil, 1, 0, 0, 1, 2",
                        "!r(2,3,5), r(2,3,3) -- wants 2",
                        "!r(5), r(2,3,3) -- (N, C, L) or (C, L) expected")},
    {0},
};
