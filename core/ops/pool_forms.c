/* pool_forms.c: pooling of lines, which are images of one row. */
#include "../core.h"

/* (..., C, L) as (..., C, 1, L); reports other shapes. */
static mlrt_tensor *as_image(const mlrt__call *c) {
    mlrt_tensor *x = mlrt__t(c, 0);
    int64_t shape[4];
    if (x->ndim != 2 && x->ndim != 3) {
        mlrt__bad(c, MLRT_ESHAPE,
                  "argument 'x': (N, C, L) or (C, L) expected, got shape %s",
                  MLRT__ST(x));
        return NULL;
    }
    memcpy(shape, x->shape, (size_t)x->ndim * sizeof *shape);
    shape[x->ndim] = shape[x->ndim - 1];
    shape[x->ndim - 1] = 1;
    return mlrt_reshape(c->m, x, shape, x->ndim + 1);
}

static mlrt_tensor *as_lines(mlrt *m, mlrt_tensor *y) {
    int64_t shape[4];
    memcpy(shape, y->shape, (size_t)y->ndim * sizeof *shape);
    shape[y->ndim - 2] = shape[y->ndim - 1];
    return mlrt_reshape(m, y, shape, y->ndim - 1);
}

/* The result as lines again. */
static int give(mlrt__call *c, mlrt_tensor *y) {
    if (!y)
        return c->m->errcode ? c->m->errcode : MLRT_ESTATE;
    c->nout = 1;
    c->y[0] = as_lines(c->m, y);
    return 0;
}

/* The same of a call whose last argument asks for positions. */
static int give_places(mlrt__call *c, const char *name, const mlrt_arg *args) {
    mlrt_tensor *y[2];
    int n = mlrt_op_call(c->m, mlrt_op_find(c->m, name), args, false, y, 2);
    for (int i = 0; i < n; i++)
        c->y[i] = as_lines(c->m, y[i]);
    c->nout = n < 0 ? 0 : n;
    return n < 0 ? n : 0;
}

#define TENSOR(x) ((mlrt_arg){.kind = MLRT_VAL_TENSOR, .u.t = (x)})
#define PAIR(x) ((mlrt_arg){.kind = MLRT_VAL_INTS, .n = 2, .u.v = (x)})

static int max_compose(mlrt__call *c) {
    int64_t kernel[] = {1, mlrt__i(c, 1)}, padding[] = {0, mlrt__i(c, 3)};
    int64_t stride[] = {1, mlrt__has(c, 2) ? mlrt__i(c, 2) : kernel[1]};
    int64_t dilation[] = {1, mlrt__i(c, 4)};
    const mlrt_arg args[] = {
        TENSOR(as_image(c)), PAIR(kernel), PAIR(stride), PAIR(padding),
        PAIR(dilation),      c->arg[5],    c->arg[6]};
    return args[0].u.t ? give_places(c, "max_pool2d", args) : c->m->errcode;
}

static int avg_compose(mlrt__call *c) {
    int64_t kernel[] = {1, mlrt__i(c, 1)}, padding[] = {0, mlrt__i(c, 3)};
    int64_t stride[] = {1, mlrt__has(c, 2) ? mlrt__i(c, 2) : kernel[1]};
    return give(c, mlrt_avg_pool2d(c->m, as_image(c), kernel, stride, padding,
                                   mlrt__i(c, 4) != 0, mlrt__i(c, 5) != 0));
}

static int adaptive_avg_compose(mlrt__call *c) {
    int64_t size[] = {1, mlrt__i(c, 1)};
    return give(c, mlrt_adaptive_avg_pool2d(c->m, as_image(c), size));
}

static int adaptive_max_compose(mlrt__call *c) {
    int64_t size[] = {1, mlrt__i(c, 1)};
    const mlrt_arg args[] = {TENSOR(as_image(c)), PAIR(size), c->arg[2]};
    return args[0].u.t ? give_places(c, "adaptive_max_pool2d", args)
                       : c->m->errcode;
}

/* ---- Back to where the largest were ----------------------------------- */

enum { X, INDICES, KERNEL, STRIDE, PADDING, SIZE };

/* Sizes of `axes` dimensions, of pairs or of integers. */
static int64_t axis_of(const mlrt__call *c, int i, int axis) {
    const mlrt_arg *a = &c->arg[i];
    return a->kind == MLRT_VAL_INT ? a->u.i : a->u.v[axis];
}

/* size = (n - 1) stride - 2 padding + kernel, or one that is asked for and
 * less than a stride away. */
static int unpooled(const mlrt__call *c, int axes, int64_t *shape) {
    const mlrt_tensor *x = mlrt__t(c, X);
    for (int i = 0; i < axes; i++) {
        int d = x->ndim - axes + i;
        int64_t kernel = axis_of(c, KERNEL, i), stride = kernel, size;
        if (mlrt__has(c, STRIDE))
            stride = axis_of(c, STRIDE, i);
        int64_t padding = axis_of(c, PADDING, i);
        if (kernel < 1 || kernel > INT32_MAX || stride < 1 ||
            stride > INT32_MAX || padding < 0 || padding > INT32_MAX)
            return mlrt__bad(c, MLRT_EARG,
                             "kernel_size %lld, stride %lld, padding %lld: at "
                             "least 1, 1 and 0 expected",
                             (long long)kernel, (long long)stride,
                             (long long)padding);
        if (__builtin_mul_overflow(x->shape[d] - 1, stride, &size))
            return mlrt__bad(c, MLRT_ESHAPE, "x %s is too large", MLRT__ST(x));
        size += kernel - 2 * padding;
        shape[d] = mlrt__has(c, SIZE) ? axis_of(c, SIZE, i) : size;
        if (shape[d] < 0 || shape[d] <= size - stride ||
            shape[d] >= size + stride)
            return mlrt__bad(c, MLRT_ESHAPE,
                             "output_size %lld is not between %lld and %lld",
                             (long long)shape[d], (long long)(size - stride),
                             (long long)(size + stride));
    }
    return 0;
}

static int check_unpool(const mlrt__call *c, int axes) {
    const mlrt_tensor *x = mlrt__t(c, X), *at = mlrt__t(c, INDICES);
    int err = mlrt__want_float(c, X);
    if (!err && (x->ndim < axes + 1 || x->ndim > axes + 2))
        err = mlrt__bad(
            c, MLRT_ESHAPE, "argument 'x': %s expected, got shape %s",
            axes == 1 ? "(N, C, L) or (C, L)" : "(N, C, H, W) or (C, H, W)",
            MLRT__ST(x));
    if (!err && !mlrt__same_shape(x, at))
        err = mlrt__bad(c, MLRT_ESHAPE, "x %s and indices %s: equal expected",
                        MLRT__ST(x), MLRT__ST(at));
    return err;
}

/* Zeros of the planes flattened, into which x is scattered. */
static int unpool(mlrt__call *c, int axes) {
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, X), *at = mlrt__t(c, INDICES), *y;
    int64_t shape[4], flat[3], numel;
    int err = check_unpool(c, axes), lead = x->ndim - axes;
    if (err)
        return err;
    memcpy(shape, x->shape, (size_t)x->ndim * sizeof *shape);
    err = unpooled(c, axes, shape);
    if (!err)
        err = mlrt__shape_numel(m, c->op->name, x->ndim, shape, &numel);
    if (err)
        return err;
    memcpy(flat, shape, (size_t)lead * sizeof *flat);
    flat[lead] = axes == 1 ? shape[lead] : shape[lead] * shape[lead + 1];
    y = mlrt_zeros(m, flat, lead + 1, (mlrt_dtype)x->dtype);
    y = mlrt_scatter(m, y, -1, mlrt_flatten(m, at, lead, -1),
                     mlrt_flatten(m, x, lead, -1));
    c->y[0] = mlrt_reshape(m, y, shape, x->ndim);
    return 0;
}

static int unpool1d_compose(mlrt__call *c) {
    return unpool(c, 1);
}
static int unpool2d_compose(mlrt__call *c) {
    return unpool(c, 2);
}

/* ---- Rows ------------------------------------------------------------- */

#define UNPOOL_DOC                                                             \
    "Zeros, and the values of x at the positions from which a pooling with "   \
    "return_indices took them: indices, of x's shape. The sizes are (n - 1) "  \
    "stride - 2 padding + kernel_size, or output_size, which differs by less " \
    "than a stride. Of several values for one place one is written."

#define LINES "x: (N, C, L) or (C, L), f32 or f64. "

const mlrt__op mlrt__pool_forms[] = {
    {.name = "max_pool1d",
     .args = "x: tensor, kernel_size: int, stride: int?, padding: int = 0, "
             "dilation: int = 1, ceil_mode: bool = false; return_indices: bool "
             "= false",
     .outs = "y; indices",
     .doc = "The largest value in each window of lines. " LINES
            "See max_pool2d.",
     .compose = max_compose,
     .samples = SAMPLES("r(2,3,8), 2", "r(3,7), 3, 2, 1", "r(8,3):t(), 2",
                        "r(2,1,7), 2, 2, 0, 2, true",
                        "r(2,3,7), 3, 2, 1, {return_indices=true}",
                        "!r(2,3,8), 2, 0 -- 0 is too small",
                        "!r(8), 2 -- (N, C, L) or (C, L) expected",
                        "!r(2,3,1), 2 -- reaches over 2 along W")},
    {.name = "avg_pool1d",
     .args = "x: tensor, kernel_size: int, stride: int?, padding: int = 0, "
             "ceil_mode: bool = false, count_include_pad: bool = true",
     .outs = "y",
     .doc = "The mean of each window of lines. " LINES "See avg_pool2d.",
     .compose = avg_compose,
     .samples = SAMPLES("r(2,3,8), 2", "r(3,7), 3, 2, 1, false, false",
                        "r(8,3):t(), 2, 1", "r(2,1,7), 2, 2, 0, true",
                        "!r(2,3,8), 0 -- 0 is too small",
                        "!r(8), 2 -- (N, C, L) or (C, L) expected")},
    {.name = "adaptive_avg_pool1d",
     .args = "x: tensor, output_size: int",
     .outs = "y",
     .doc = "The mean of windows that cut each line into output_size. " LINES
            "See adaptive_avg_pool2d.",
     .compose = adaptive_avg_compose,
     .samples = SAMPLES("r(2,3,8), 2", "r(3,7), 3",
                        "!r(2,3,8), 0 -- 0 is too small",
                        "!r(8), 2 -- (N, C, L) or (C, L) expected")},
    {.name = "adaptive_max_pool1d",
     .args = "x: tensor, output_size: int; return_indices: bool = false",
     .outs = "y; indices",
     .doc = "The largest value of windows that cut each line into "
            "output_size. " LINES "See adaptive_max_pool2d.",
     .compose = adaptive_max_compose,
     .samples = SAMPLES("r(2,3,8), 2", "r(3,7), 3",
                        "r(2,1,7), 3, {return_indices=true}",
                        "!r(2,3,8), 0 -- 0 is too small")},
    {.name = "max_unpool1d",
     .args = "x: tensor, indices: index, kernel_size: int, stride: int?, "
             "padding: int = 0, output_size: int?",
     .outs = "y",
     .doc = UNPOOL_DOC,
     .compose = unpool1d_compose,
     .samples = SAMPLES(
         "r(1,2), ix{{2,3}}, 2", "r(2,1,2), ix{{{1,4}},{{2,3}}}, 2",
         "r(1,2), ix{{1,5}}, 2, {output_size=5}",
         "r(1,3), ix{{1,3,5}}, 3, 2, 1",
         "!r(1,2), ix{{2,5}}, 2 -- out of range 1..4",
         "!r(1,2), ix{{1,3}}, 2, {output_size=6} -- not between 2 and 6",
         "!r(1,2), ix{{1,3}}, 0 -- kernel_size 0",
         "!r(1,2), ix{1,3}, 2 -- equal expected")},
    {.name = "max_unpool2d",
     .args = "x: tensor, indices: index, kernel_size: pair, stride: pair?, "
             "padding: pair = 0, output_size: pair?",
     .outs = "y",
     .doc = UNPOOL_DOC,
     .compose = unpool2d_compose,
     .samples = SAMPLES(
         "r(1,2,2), ix{{{1,4},{10,16}}}, 2", "r(1,1,1,2), ix{{{{3,8}}}}, {2,3}",
         "r(1,1,2), ix{{{1,3}}}, 2, {output_size={3,5}}",
         "r(2,1,2):transpose(1,2), ix{{{1,3},{2,4}}}, 2, 1",
         "!r(1,1,2), ix{{{1,9}}}, 2 -- out of range 1..8",
         "!r(2), ix{1,2}, 2 -- (N, C, H, W) or (C, H, W) expected",
         "!i(1,1,2), ix{{{1,2}}}, 2 -- f32 or f64 expected")},
    {0},
};
