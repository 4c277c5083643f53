/* mlrt_ops.c: a C function for each operation.
 * Generated from the rows in core/ops by `make docs`. */
#include "core.h"
#include "families.h"

#define TENSOR(x) {.kind = MLRT_VAL_TENSOR, .u.t = (x)}
#define TENSORS(x, len) {.kind = MLRT_VAL_TENSORS, .n = (len), .u.ts = (x)}
#define INT(x)                                              \
    {.kind = (x) == MLRT_ABSENT ? MLRT_VAL_NONE : MLRT_VAL_INT, \
     .u.i = (x)}
#define PLAIN(x) {.kind = MLRT_VAL_INT, .u.i = (x)}
#define DTYPE(x)                                            \
    {.kind = (x) < 0 ? MLRT_VAL_NONE : MLRT_VAL_INT, .u.i = (x)}
#define NUMBER(x) {.kind = MLRT_VAL_NUMBER, .u.d = (x)}
#define MAYBE(x)                                            \
    {.kind = (x) != (x) ? MLRT_VAL_NONE : MLRT_VAL_NUMBER, .u.d = (x)}
#define INTS(x, len, optional)                              \
    {.kind = (optional) && !(x) ? MLRT_VAL_NONE : MLRT_VAL_INTS, \
     .n = (len), .u.v = (x)}
#define PAIR(x)                                             \
    {.kind = (x) ? MLRT_VAL_INTS : MLRT_VAL_NONE, .n = 2, .u.v = (x)}
#define NOTHING {.kind = MLRT_VAL_NONE}
#define TEXT(x)                                             \
    {.kind = (x) ? MLRT_VAL_TEXT : MLRT_VAL_NONE,           \
     .n = (x) ? (int)strlen(x) : 0, .u.s = (x)}
#define GENERATOR(x)                                        \
    {.kind = (x) ? MLRT_VAL_GENERATOR : MLRT_VAL_NONE, .u.g = (x)}

static mlrt_tensor *one(mlrt *m, int k, const mlrt_arg *a,
                        bool in_place) {
    mlrt_tensor *y;
    int n = mlrt_op_call(m, m->wrapper[k], a, in_place, &y, 1);
    return n == 1 ? y : NULL;
}

static int many(mlrt *m, int k, const mlrt_arg *a,
                mlrt_tensor **const *outs, int nouts) {
    mlrt_tensor *y[8];
    int n = mlrt_op_call(m, m->wrapper[k], a, false, y, 8);
    for (int i = 0; i < nouts; i++)
        if (outs[i])
            *outs[i] = n >= nouts ? y[i] : NULL;
        else if (n >= nouts)
            mlrt__drop(m, y[i]);
    for (int i = nouts; i < n; i++)
        mlrt__drop(m, y[i]);
    return n < 0 ? n : 0;
}

const char *const mlrt__wrapper_names[] = {
    "view",
    "reshape",
    "flatten",
    "unflatten",
    "squeeze",
    "unsqueeze",
    "transpose",
    "t",
    "permute",
    "movedim",
    "expand",
    "expand_as",
    "slice",
    "narrow",
    "select",
    "split",
    "chunk",
    "unbind",
    "slice_assign_",
    "_slice_grad",
    "clone",
    "contiguous",
    "to",
    "_to",
    "copy_",
    "fill_",
    "zero_",
    "flip",
    "roll",
    "tile",
    "unfold",
    "rot90",
    "_unfold_grad",
    "diagonal",
    "diag",
    "tril",
    "triu",
    "_diagonal_grad",
    "pad",
    "neg",
    "abs",
    "sign",
    "square",
    "reciprocal",
    "sqrt",
    "rsqrt",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "sigmoid",
    "erf",
    "erfc",
    "floor",
    "ceil",
    "round",
    "trunc",
    "frac",
    "isnan",
    "isinf",
    "isfinite",
    "logical_not",
    "bitwise_not",
    "_tanh_grad",
    "_sigmoid_grad",
    "add",
    "sub",
    "mul",
    "div",
    "floor_divide",
    "remainder",
    "fmod",
    "pow",
    "maximum",
    "minimum",
    "lerp",
    "clamp",
    "clamp_min",
    "clamp_max",
    "_clamp_grad",
    "atan2",
    "hypot",
    "copysign",
    "logaddexp",
    "logaddexp2",
    "_add_scaled",
    "_div_trunc",
    "addcmul",
    "addcdiv",
    "xlogy",
    "logit",
    "nan_to_num",
    "fmax",
    "fmin",
    "isclose",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "logical_and",
    "logical_or",
    "logical_xor",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "where",
    "elu",
    "celu",
    "selu",
    "gelu",
    "silu",
    "mish",
    "softplus",
    "logsigmoid",
    "softsign",
    "_elu_grad",
    "_gelu_grad",
    "_silu_grad",
    "_mish_grad",
    "_softplus_grad",
    "_softsign_grad",
    "glu",
    "softmin",
    "threshold",
    "hardshrink",
    "softshrink",
    "tanhshrink",
    "relu",
    "leaky_relu",
    "prelu",
    "hardtanh",
    "relu6",
    "hardsigmoid",
    "hardswish",
    "_relu_grad",
    "_leaky_relu_grad",
    "_prelu",
    "_hardtanh_grad",
    "_hardsigmoid_grad",
    "_hardswish_grad",
    "sum",
    "mean",
    "nansum",
    "prod",
    "amax",
    "amin",
    "any",
    "all",
    "count_nonzero",
    "var",
    "std",
    "norm",
    "logsumexp",
    "_sum_squares",
    "_root",
    "var_mean",
    "std_mean",
    "aminmax",
    "max",
    "min",
    "argmax",
    "argmin",
    "sort",
    "argsort",
    "topk",
    "_max_both",
    "_min_both",
    "median",
    "kthvalue",
    "mode",
    "quantile",
    "nanmean",
    "_kth",
    "cumsum",
    "cumprod",
    "logcumsumexp",
    "cummax",
    "cummin",
    "diff",
    "_recurrence",
    "unique",
    "unique_consecutive",
    "searchsorted",
    "bucketize",
    "isin",
    "bincount",
    "histc",
    "softmax",
    "log_softmax",
    "_softmax_grad",
    "_log_softmax_grad",
    "hstack",
    "vstack",
    "dstack",
    "kron",
    "index_select",
    "index_add",
    "index_fill",
    "index_assign_",
    "repeat_interleave",
    "embedding",
    "gather_rows",
    "one_hot",
    "_embedding_grad",
    "gather",
    "scatter",
    "scatter_add",
    "take_along_dim",
    "nonzero",
    "mask_rows",
    "masked_select",
    "masked_fill",
    "masked_assign_",
    "matmul",
    "mm",
    "bmm",
    "mv",
    "dot",
    "outer",
    "addmm",
    "baddbmm",
    "linear",
    "_rows_product",
    "einsum",
    "_solve_left",
    "solve",
    "inv",
    "solve_triangular",
    "triangular_solve",
    "det",
    "slogdet",
    "_cofactor",
    "_cofactor_grad",
    "qr",
    "_lstsq",
    "lstsq",
    "svd",
    "svdvals",
    "_pinv",
    "eigh",
    "eigvalsh",
    "cholesky",
    "cholesky_solve",
    "matrix_norm",
    "cond",
    "matrix_rank",
    "pinv",
    "logdet",
    "matrix_power",
    "trace",
    "conv2d",
    "_conv2d_dgrad",
    "_conv2d_wgrad",
    "conv1d",
    "conv_transpose2d",
    "conv_transpose1d",
    "max_pool2d",
    "avg_pool2d",
    "_avg_pool2d_grad",
    "adaptive_avg_pool2d",
    "_adaptive_avg_pool2d_grad",
    "adaptive_max_pool2d",
    "_max_pool2d_grad",
    "_max_pool2d_take",
    "max_pool1d",
    "avg_pool1d",
    "adaptive_avg_pool1d",
    "adaptive_max_pool1d",
    "max_unpool1d",
    "max_unpool2d",
    "interpolate",
    "pixel_shuffle",
    "pixel_unshuffle",
    "_affine_map",
    "batch_norm",
    "_batch_norm_grad",
    "layer_norm",
    "rms_norm",
    "_layer_norm_grad",
    "group_norm",
    "instance_norm",
    "_group_norm_grad",
    "cross_entropy",
    "nll_loss",
    "_cross_entropy_grad",
    "_class_weights",
    "mse_loss",
    "l1_loss",
    "smooth_l1_loss",
    "huber_loss",
    "poisson_nll_loss",
    "gaussian_nll_loss",
    "_huber",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "kl_div",
    "soft_margin_loss",
    "_bce",
    "_bce_grad",
    "_bce_logits",
    "hinge_embedding_loss",
    "margin_ranking_loss",
    "multi_margin_loss",
    "cosine_embedding_loss",
    "triplet_margin_loss",
    "cosine_similarity",
    "normalize",
    "pairwise_distance",
    "cdist",
    "zeros",
    "empty",
    "ones",
    "full",
    "zeros_like",
    "empty_like",
    "ones_like",
    "full_like",
    "eye",
    "arange",
    "range",
    "linspace",
    "logspace",
    "rand",
    "randn",
    "rand_like",
    "randn_like",
    "randint",
    "randint_like",
    "randperm",
    "bernoulli",
    "normal",
    "multinomial",
    "uniform_",
    "normal_",
    "dropout",
    "_dropped",
    "cat",
    "stack",
    "meshgrid",
    NULL,
};

mlrt_tensor *mlrt_view(mlrt *m, mlrt_tensor *x, const int64_t *shape,
    int shape_n) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INTS(shape, shape_n, 0),
    };
    return one(m, 0, args, false);
}

mlrt_tensor *mlrt_reshape(mlrt *m, mlrt_tensor *x, const int64_t *shape,
    int shape_n) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INTS(shape, shape_n, 0),
    };
    return one(m, 1, args, false);
}

mlrt_tensor *mlrt_flatten(mlrt *m, mlrt_tensor *x, int64_t start_dim,
    int64_t end_dim) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(start_dim),
        INT(end_dim),
    };
    return one(m, 2, args, false);
}

mlrt_tensor *mlrt_unflatten(mlrt *m, mlrt_tensor *x, int64_t dim,
    const int64_t *sizes, int sizes_n) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
        INTS(sizes, sizes_n, 0),
    };
    return one(m, 3, args, false);
}

mlrt_tensor *mlrt_squeeze(mlrt *m, mlrt_tensor *x, const int64_t *dim,
    int dim_n) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INTS(dim, dim_n, 1),
    };
    return one(m, 4, args, false);
}

mlrt_tensor *mlrt_unsqueeze(mlrt *m, mlrt_tensor *x, int64_t dim) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
    };
    return one(m, 5, args, false);
}

mlrt_tensor *mlrt_transpose(mlrt *m, mlrt_tensor *x, int64_t dim0,
    int64_t dim1) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim0),
        INT(dim1),
    };
    return one(m, 6, args, false);
}

mlrt_tensor *mlrt_t(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 7, args, false);
}

mlrt_tensor *mlrt_permute(mlrt *m, mlrt_tensor *x, const int64_t *dims,
    int dims_n) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INTS(dims, dims_n, 0),
    };
    return one(m, 8, args, false);
}

mlrt_tensor *mlrt_movedim(mlrt *m, mlrt_tensor *x, int64_t source,
    int64_t destination) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(source),
        INT(destination),
    };
    return one(m, 9, args, false);
}

mlrt_tensor *mlrt_expand(mlrt *m, mlrt_tensor *x, const int64_t *shape,
    int shape_n) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INTS(shape, shape_n, 0),
    };
    return one(m, 10, args, false);
}

mlrt_tensor *mlrt_expand_as(mlrt *m, mlrt_tensor *x, mlrt_tensor *other) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(other),
    };
    return one(m, 11, args, false);
}

mlrt_tensor *mlrt_slice(mlrt *m, mlrt_tensor *x, const int64_t *start,
    int start_n, const int64_t *stop, int stop_n, const int64_t *step,
    int step_n) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INTS(start, start_n, 0),
        INTS(stop, stop_n, 0),
        INTS(step, step_n, 1),
    };
    return one(m, 12, args, false);
}

mlrt_tensor *mlrt_narrow(mlrt *m, mlrt_tensor *x, int64_t dim, int64_t start,
    int64_t length) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
        INT(start),
        INT(length),
    };
    return one(m, 13, args, false);
}

mlrt_tensor *mlrt_select(mlrt *m, mlrt_tensor *x, int64_t dim, int64_t index) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
        INT(index),
    };
    return one(m, 14, args, false);
}

int mlrt_split(mlrt *m, mlrt_tensor *x, const int64_t *size, int size_n,
    int64_t dim, mlrt_tensor **ys, int max_ys) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INTS(size, size_n, 0),
        INT(dim),
    };
    return mlrt_op_call(m, m->wrapper[15], args, false, ys, max_ys);
}

int mlrt_chunk(mlrt *m, mlrt_tensor *x, int64_t chunks, int64_t dim,
    mlrt_tensor **ys, int max_ys) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(chunks),
        INT(dim),
    };
    return mlrt_op_call(m, m->wrapper[16], args, false, ys, max_ys);
}

int mlrt_unbind(mlrt *m, mlrt_tensor *x, int64_t dim, mlrt_tensor **ys,
    int max_ys) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
    };
    return mlrt_op_call(m, m->wrapper[17], args, false, ys, max_ys);
}

mlrt_tensor *mlrt_slice_assign_(mlrt *m, mlrt_tensor *x, mlrt_tensor *value,
    const int64_t *start, int start_n, const int64_t *stop, int stop_n,
    const int64_t *step, int step_n) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(value),
        INTS(start, start_n, 0),
        INTS(stop, stop_n, 0),
        INTS(step, step_n, 1),
    };
    return one(m, 18, args, true);
}

mlrt_tensor *mlrt__slice_grad(mlrt *m, mlrt_tensor *g, const int64_t *shape,
    int shape_n, const int64_t *start, int start_n, const int64_t *stop,
    int stop_n, const int64_t *step, int step_n) {
    const mlrt_arg args[] = {
        TENSOR(g),
        INTS(shape, shape_n, 0),
        INTS(start, start_n, 0),
        INTS(stop, stop_n, 0),
        INTS(step, step_n, 1),
    };
    return one(m, 19, args, false);
}

mlrt_tensor *mlrt_clone(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 20, args, false);
}

mlrt_tensor *mlrt_contiguous(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 21, args, false);
}

mlrt_tensor *mlrt_to(mlrt *m, mlrt_tensor *x, mlrt_dtype dtype) {
    const mlrt_arg args[] = {
        TENSOR(x),
        DTYPE(dtype),
    };
    return one(m, 22, args, false);
}

mlrt_tensor *mlrt__to(mlrt *m, mlrt_tensor *x, mlrt_dtype dtype) {
    const mlrt_arg args[] = {
        TENSOR(x),
        DTYPE(dtype),
    };
    return one(m, 23, args, false);
}

mlrt_tensor *mlrt_copy_(mlrt *m, mlrt_tensor *x, mlrt_tensor *source) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(source),
    };
    return one(m, 24, args, true);
}

mlrt_tensor *mlrt_fill_(mlrt *m, mlrt_tensor *x, mlrt_tensor *value) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(value),
    };
    return one(m, 25, args, true);
}

mlrt_tensor *mlrt_zero_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 26, args, true);
}

mlrt_tensor *mlrt_flip(mlrt *m, mlrt_tensor *x, const int64_t *dims,
    int dims_n) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INTS(dims, dims_n, 0),
    };
    return one(m, 27, args, false);
}

mlrt_tensor *mlrt_roll(mlrt *m, mlrt_tensor *x, const int64_t *shifts,
    int shifts_n, const int64_t *dims, int dims_n) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INTS(shifts, shifts_n, 0),
        INTS(dims, dims_n, 1),
    };
    return one(m, 28, args, false);
}

mlrt_tensor *mlrt_tile(mlrt *m, mlrt_tensor *x, const int64_t *dims,
    int dims_n) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INTS(dims, dims_n, 0),
    };
    return one(m, 29, args, false);
}

mlrt_tensor *mlrt_unfold(mlrt *m, mlrt_tensor *x, int64_t dim, int64_t size,
    int64_t step) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
        INT(size),
        INT(step),
    };
    return one(m, 30, args, false);
}

mlrt_tensor *mlrt_rot90(mlrt *m, mlrt_tensor *x, int64_t k,
    const int64_t *dims, int dims_n) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(k),
        INTS(dims, dims_n, 1),
    };
    return one(m, 31, args, false);
}

mlrt_tensor *mlrt__unfold_grad(mlrt *m, mlrt_tensor *g, const int64_t *shape,
    int shape_n, int64_t dim, int64_t size, int64_t step) {
    const mlrt_arg args[] = {
        TENSOR(g),
        INTS(shape, shape_n, 0),
        INT(dim),
        INT(size),
        INT(step),
    };
    return one(m, 32, args, false);
}

mlrt_tensor *mlrt_diagonal(mlrt *m, mlrt_tensor *x, int64_t offset,
    int64_t dim1, int64_t dim2) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(offset),
        INT(dim1),
        INT(dim2),
    };
    return one(m, 33, args, false);
}

mlrt_tensor *mlrt_diag(mlrt *m, mlrt_tensor *x, int64_t diagonal) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(diagonal),
    };
    return one(m, 34, args, false);
}

mlrt_tensor *mlrt_tril(mlrt *m, mlrt_tensor *x, int64_t diagonal) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(diagonal),
    };
    return one(m, 35, args, false);
}

mlrt_tensor *mlrt_tril_(mlrt *m, mlrt_tensor *x, int64_t diagonal) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(diagonal),
    };
    return one(m, 35, args, true);
}

mlrt_tensor *mlrt_triu(mlrt *m, mlrt_tensor *x, int64_t diagonal) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(diagonal),
    };
    return one(m, 36, args, false);
}

mlrt_tensor *mlrt_triu_(mlrt *m, mlrt_tensor *x, int64_t diagonal) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(diagonal),
    };
    return one(m, 36, args, true);
}

mlrt_tensor *mlrt__diagonal_grad(mlrt *m, mlrt_tensor *g,
    const int64_t *shape, int shape_n, int64_t offset, int64_t dim1,
    int64_t dim2) {
    const mlrt_arg args[] = {
        TENSOR(g),
        INTS(shape, shape_n, 0),
        INT(offset),
        INT(dim1),
        INT(dim2),
    };
    return one(m, 37, args, false);
}

mlrt_tensor *mlrt_pad(mlrt *m, mlrt_tensor *x, const int64_t *pad, int pad_n,
    int mode, double value) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INTS(pad, pad_n, 0),
        PLAIN(mode),
        NUMBER(value),
    };
    return one(m, 38, args, false);
}

mlrt_tensor *mlrt_neg(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 39, args, false);
}

mlrt_tensor *mlrt_neg_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 39, args, true);
}

mlrt_tensor *mlrt_abs(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 40, args, false);
}

mlrt_tensor *mlrt_abs_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 40, args, true);
}

mlrt_tensor *mlrt_sign(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 41, args, false);
}

mlrt_tensor *mlrt_sign_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 41, args, true);
}

mlrt_tensor *mlrt_square(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 42, args, false);
}

mlrt_tensor *mlrt_square_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 42, args, true);
}

mlrt_tensor *mlrt_reciprocal(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 43, args, false);
}

mlrt_tensor *mlrt_reciprocal_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 43, args, true);
}

mlrt_tensor *mlrt_sqrt(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 44, args, false);
}

mlrt_tensor *mlrt_sqrt_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 44, args, true);
}

mlrt_tensor *mlrt_rsqrt(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 45, args, false);
}

mlrt_tensor *mlrt_rsqrt_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 45, args, true);
}

mlrt_tensor *mlrt_exp(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 46, args, false);
}

mlrt_tensor *mlrt_exp_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 46, args, true);
}

mlrt_tensor *mlrt_exp2(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 47, args, false);
}

mlrt_tensor *mlrt_exp2_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 47, args, true);
}

mlrt_tensor *mlrt_expm1(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 48, args, false);
}

mlrt_tensor *mlrt_expm1_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 48, args, true);
}

mlrt_tensor *mlrt_log(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 49, args, false);
}

mlrt_tensor *mlrt_log_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 49, args, true);
}

mlrt_tensor *mlrt_log2(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 50, args, false);
}

mlrt_tensor *mlrt_log2_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 50, args, true);
}

mlrt_tensor *mlrt_log10(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 51, args, false);
}

mlrt_tensor *mlrt_log10_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 51, args, true);
}

mlrt_tensor *mlrt_log1p(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 52, args, false);
}

mlrt_tensor *mlrt_log1p_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 52, args, true);
}

mlrt_tensor *mlrt_sin(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 53, args, false);
}

mlrt_tensor *mlrt_sin_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 53, args, true);
}

mlrt_tensor *mlrt_cos(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 54, args, false);
}

mlrt_tensor *mlrt_cos_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 54, args, true);
}

mlrt_tensor *mlrt_tan(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 55, args, false);
}

mlrt_tensor *mlrt_tan_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 55, args, true);
}

mlrt_tensor *mlrt_asin(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 56, args, false);
}

mlrt_tensor *mlrt_asin_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 56, args, true);
}

mlrt_tensor *mlrt_acos(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 57, args, false);
}

mlrt_tensor *mlrt_acos_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 57, args, true);
}

mlrt_tensor *mlrt_atan(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 58, args, false);
}

mlrt_tensor *mlrt_atan_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 58, args, true);
}

mlrt_tensor *mlrt_sinh(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 59, args, false);
}

mlrt_tensor *mlrt_sinh_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 59, args, true);
}

mlrt_tensor *mlrt_cosh(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 60, args, false);
}

mlrt_tensor *mlrt_cosh_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 60, args, true);
}

mlrt_tensor *mlrt_tanh(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 61, args, false);
}

mlrt_tensor *mlrt_tanh_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 61, args, true);
}

mlrt_tensor *mlrt_sigmoid(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 62, args, false);
}

mlrt_tensor *mlrt_sigmoid_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 62, args, true);
}

mlrt_tensor *mlrt_erf(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 63, args, false);
}

mlrt_tensor *mlrt_erf_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 63, args, true);
}

mlrt_tensor *mlrt_erfc(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 64, args, false);
}

mlrt_tensor *mlrt_erfc_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 64, args, true);
}

mlrt_tensor *mlrt_floor(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 65, args, false);
}

mlrt_tensor *mlrt_floor_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 65, args, true);
}

mlrt_tensor *mlrt_ceil(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 66, args, false);
}

mlrt_tensor *mlrt_ceil_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 66, args, true);
}

mlrt_tensor *mlrt_round(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 67, args, false);
}

mlrt_tensor *mlrt_round_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 67, args, true);
}

mlrt_tensor *mlrt_trunc(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 68, args, false);
}

mlrt_tensor *mlrt_trunc_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 68, args, true);
}

mlrt_tensor *mlrt_frac(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 69, args, false);
}

mlrt_tensor *mlrt_frac_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 69, args, true);
}

mlrt_tensor *mlrt_isnan(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 70, args, false);
}

mlrt_tensor *mlrt_isinf(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 71, args, false);
}

mlrt_tensor *mlrt_isfinite(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 72, args, false);
}

mlrt_tensor *mlrt_logical_not(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 73, args, false);
}

mlrt_tensor *mlrt_logical_not_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 73, args, true);
}

mlrt_tensor *mlrt_bitwise_not(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 74, args, false);
}

mlrt_tensor *mlrt_bitwise_not_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 74, args, true);
}

mlrt_tensor *mlrt__tanh_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(g),
        TENSOR(y),
    };
    return one(m, 75, args, false);
}

mlrt_tensor *mlrt__sigmoid_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(g),
        TENSOR(y),
    };
    return one(m, 76, args, false);
}

mlrt_tensor *mlrt_add(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
        NOTHING,
    };
    return one(m, 77, args, false);
}

mlrt_tensor *mlrt_add_(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
        NOTHING,
    };
    return one(m, 77, args, true);
}

mlrt_tensor *mlrt_sub(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
        NOTHING,
    };
    return one(m, 78, args, false);
}

mlrt_tensor *mlrt_sub_(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
        NOTHING,
    };
    return one(m, 78, args, true);
}

mlrt_tensor *mlrt_mul(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 79, args, false);
}

mlrt_tensor *mlrt_mul_(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 79, args, true);
}

mlrt_tensor *mlrt_div(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
        NOTHING,
    };
    return one(m, 80, args, false);
}

mlrt_tensor *mlrt_div_(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
        NOTHING,
    };
    return one(m, 80, args, true);
}

mlrt_tensor *mlrt_floor_divide(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 81, args, false);
}

mlrt_tensor *mlrt_floor_divide_(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 81, args, true);
}

mlrt_tensor *mlrt_remainder(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 82, args, false);
}

mlrt_tensor *mlrt_remainder_(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 82, args, true);
}

mlrt_tensor *mlrt_fmod(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 83, args, false);
}

mlrt_tensor *mlrt_fmod_(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 83, args, true);
}

mlrt_tensor *mlrt_pow(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 84, args, false);
}

mlrt_tensor *mlrt_pow_(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 84, args, true);
}

mlrt_tensor *mlrt_maximum(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 85, args, false);
}

mlrt_tensor *mlrt_maximum_(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 85, args, true);
}

mlrt_tensor *mlrt_minimum(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 86, args, false);
}

mlrt_tensor *mlrt_minimum_(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 86, args, true);
}

mlrt_tensor *mlrt_lerp(mlrt *m, mlrt_tensor *x, mlrt_tensor *y,
    mlrt_tensor *weight) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
        TENSOR(weight),
    };
    return one(m, 87, args, false);
}

mlrt_tensor *mlrt_lerp_(mlrt *m, mlrt_tensor *x, mlrt_tensor *y,
    mlrt_tensor *weight) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
        TENSOR(weight),
    };
    return one(m, 87, args, true);
}

mlrt_tensor *mlrt_clamp(mlrt *m, mlrt_tensor *x, mlrt_tensor *min,
    mlrt_tensor *max) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(min),
        TENSOR(max),
    };
    return one(m, 88, args, false);
}

mlrt_tensor *mlrt_clamp_(mlrt *m, mlrt_tensor *x, mlrt_tensor *min,
    mlrt_tensor *max) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(min),
        TENSOR(max),
    };
    return one(m, 88, args, true);
}

mlrt_tensor *mlrt_clamp_min(mlrt *m, mlrt_tensor *x, mlrt_tensor *min) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(min),
    };
    return one(m, 89, args, false);
}

mlrt_tensor *mlrt_clamp_min_(mlrt *m, mlrt_tensor *x, mlrt_tensor *min) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(min),
    };
    return one(m, 89, args, true);
}

mlrt_tensor *mlrt_clamp_max(mlrt *m, mlrt_tensor *x, mlrt_tensor *max) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(max),
    };
    return one(m, 90, args, false);
}

mlrt_tensor *mlrt_clamp_max_(mlrt *m, mlrt_tensor *x, mlrt_tensor *max) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(max),
    };
    return one(m, 90, args, true);
}

mlrt_tensor *mlrt__clamp_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x,
    mlrt_tensor *min, mlrt_tensor *max) {
    const mlrt_arg args[] = {
        TENSOR(g),
        TENSOR(x),
        TENSOR(min),
        TENSOR(max),
    };
    return one(m, 91, args, false);
}

mlrt_tensor *mlrt_atan2(mlrt *m, mlrt_tensor *y, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(y),
        TENSOR(x),
    };
    return one(m, 92, args, false);
}

mlrt_tensor *mlrt_atan2_(mlrt *m, mlrt_tensor *y, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(y),
        TENSOR(x),
    };
    return one(m, 92, args, true);
}

mlrt_tensor *mlrt_hypot(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 93, args, false);
}

mlrt_tensor *mlrt_hypot_(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 93, args, true);
}

mlrt_tensor *mlrt_copysign(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 94, args, false);
}

mlrt_tensor *mlrt_copysign_(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 94, args, true);
}

mlrt_tensor *mlrt_logaddexp(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 95, args, false);
}

mlrt_tensor *mlrt_logaddexp_(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 95, args, true);
}

mlrt_tensor *mlrt_logaddexp2(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 96, args, false);
}

mlrt_tensor *mlrt__add_scaled(mlrt *m, mlrt_tensor *x, mlrt_tensor *y,
    double alpha) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
        NUMBER(alpha),
    };
    return one(m, 97, args, false);
}

mlrt_tensor *mlrt__div_trunc(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 98, args, false);
}

mlrt_tensor *mlrt_addcmul(mlrt *m, mlrt_tensor *x, mlrt_tensor *tensor1,
    mlrt_tensor *tensor2, double value) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(tensor1),
        TENSOR(tensor2),
        NUMBER(value),
    };
    return one(m, 99, args, false);
}

mlrt_tensor *mlrt_addcdiv(mlrt *m, mlrt_tensor *x, mlrt_tensor *tensor1,
    mlrt_tensor *tensor2, double value) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(tensor1),
        TENSOR(tensor2),
        NUMBER(value),
    };
    return one(m, 100, args, false);
}

mlrt_tensor *mlrt_xlogy(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 101, args, false);
}

mlrt_tensor *mlrt_logit(mlrt *m, mlrt_tensor *x, double eps) {
    const mlrt_arg args[] = {
        TENSOR(x),
        MAYBE(eps),
    };
    return one(m, 102, args, false);
}

mlrt_tensor *mlrt_nan_to_num(mlrt *m, mlrt_tensor *x, double nan,
    double posinf, double neginf) {
    const mlrt_arg args[] = {
        TENSOR(x),
        NUMBER(nan),
        MAYBE(posinf),
        MAYBE(neginf),
    };
    return one(m, 103, args, false);
}

mlrt_tensor *mlrt_fmax(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 104, args, false);
}

mlrt_tensor *mlrt_fmin(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 105, args, false);
}

mlrt_tensor *mlrt_isclose(mlrt *m, mlrt_tensor *x, mlrt_tensor *y,
    double rtol, double atol, bool equal_nan) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
        NUMBER(rtol),
        NUMBER(atol),
        PLAIN(equal_nan),
    };
    return one(m, 106, args, false);
}

mlrt_tensor *mlrt_eq(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 107, args, false);
}

mlrt_tensor *mlrt_ne(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 108, args, false);
}

mlrt_tensor *mlrt_lt(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 109, args, false);
}

mlrt_tensor *mlrt_le(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 110, args, false);
}

mlrt_tensor *mlrt_gt(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 111, args, false);
}

mlrt_tensor *mlrt_ge(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 112, args, false);
}

mlrt_tensor *mlrt_logical_and(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 113, args, false);
}

mlrt_tensor *mlrt_logical_and_(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 113, args, true);
}

mlrt_tensor *mlrt_logical_or(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 114, args, false);
}

mlrt_tensor *mlrt_logical_or_(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 114, args, true);
}

mlrt_tensor *mlrt_logical_xor(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 115, args, false);
}

mlrt_tensor *mlrt_logical_xor_(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 115, args, true);
}

mlrt_tensor *mlrt_bitwise_and(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 116, args, false);
}

mlrt_tensor *mlrt_bitwise_and_(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 116, args, true);
}

mlrt_tensor *mlrt_bitwise_or(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 117, args, false);
}

mlrt_tensor *mlrt_bitwise_or_(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 117, args, true);
}

mlrt_tensor *mlrt_bitwise_xor(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 118, args, false);
}

mlrt_tensor *mlrt_bitwise_xor_(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 118, args, true);
}

mlrt_tensor *mlrt_where(mlrt *m, mlrt_tensor *condition, mlrt_tensor *x,
    mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(condition),
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 119, args, false);
}

mlrt_tensor *mlrt_elu(mlrt *m, mlrt_tensor *x, double alpha) {
    const mlrt_arg args[] = {
        TENSOR(x),
        NUMBER(alpha),
    };
    return one(m, 120, args, false);
}

mlrt_tensor *mlrt_elu_(mlrt *m, mlrt_tensor *x, double alpha) {
    const mlrt_arg args[] = {
        TENSOR(x),
        NUMBER(alpha),
    };
    return one(m, 120, args, true);
}

mlrt_tensor *mlrt_celu(mlrt *m, mlrt_tensor *x, double alpha) {
    const mlrt_arg args[] = {
        TENSOR(x),
        NUMBER(alpha),
    };
    return one(m, 121, args, false);
}

mlrt_tensor *mlrt_celu_(mlrt *m, mlrt_tensor *x, double alpha) {
    const mlrt_arg args[] = {
        TENSOR(x),
        NUMBER(alpha),
    };
    return one(m, 121, args, true);
}

mlrt_tensor *mlrt_selu(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 122, args, false);
}

mlrt_tensor *mlrt_selu_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 122, args, true);
}

mlrt_tensor *mlrt_gelu(mlrt *m, mlrt_tensor *x, int approximate) {
    const mlrt_arg args[] = {
        TENSOR(x),
        PLAIN(approximate),
    };
    return one(m, 123, args, false);
}

mlrt_tensor *mlrt_gelu_(mlrt *m, mlrt_tensor *x, int approximate) {
    const mlrt_arg args[] = {
        TENSOR(x),
        PLAIN(approximate),
    };
    return one(m, 123, args, true);
}

mlrt_tensor *mlrt_silu(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 124, args, false);
}

mlrt_tensor *mlrt_silu_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 124, args, true);
}

mlrt_tensor *mlrt_mish(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 125, args, false);
}

mlrt_tensor *mlrt_mish_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 125, args, true);
}

mlrt_tensor *mlrt_softplus(mlrt *m, mlrt_tensor *x, double beta,
    double threshold) {
    const mlrt_arg args[] = {
        TENSOR(x),
        NUMBER(beta),
        NUMBER(threshold),
    };
    return one(m, 126, args, false);
}

mlrt_tensor *mlrt_softplus_(mlrt *m, mlrt_tensor *x, double beta,
    double threshold) {
    const mlrt_arg args[] = {
        TENSOR(x),
        NUMBER(beta),
        NUMBER(threshold),
    };
    return one(m, 126, args, true);
}

mlrt_tensor *mlrt_logsigmoid(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 127, args, false);
}

mlrt_tensor *mlrt_logsigmoid_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 127, args, true);
}

mlrt_tensor *mlrt_softsign(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 128, args, false);
}

mlrt_tensor *mlrt_softsign_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 128, args, true);
}

mlrt_tensor *mlrt__elu_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x,
    double right, double left, double inner) {
    const mlrt_arg args[] = {
        TENSOR(g),
        TENSOR(x),
        NUMBER(right),
        NUMBER(left),
        NUMBER(inner),
    };
    return one(m, 129, args, false);
}

mlrt_tensor *mlrt__gelu_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x,
    int approximate) {
    const mlrt_arg args[] = {
        TENSOR(g),
        TENSOR(x),
        PLAIN(approximate),
    };
    return one(m, 130, args, false);
}

mlrt_tensor *mlrt__silu_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(g),
        TENSOR(x),
    };
    return one(m, 131, args, false);
}

mlrt_tensor *mlrt__mish_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(g),
        TENSOR(x),
    };
    return one(m, 132, args, false);
}

mlrt_tensor *mlrt__softplus_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x,
    double beta, double threshold) {
    const mlrt_arg args[] = {
        TENSOR(g),
        TENSOR(x),
        NUMBER(beta),
        NUMBER(threshold),
    };
    return one(m, 133, args, false);
}

mlrt_tensor *mlrt__softsign_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(g),
        TENSOR(x),
    };
    return one(m, 134, args, false);
}

mlrt_tensor *mlrt_glu(mlrt *m, mlrt_tensor *x, int64_t dim) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
    };
    return one(m, 135, args, false);
}

mlrt_tensor *mlrt_softmin(mlrt *m, mlrt_tensor *x, int64_t dim) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
    };
    return one(m, 136, args, false);
}

mlrt_tensor *mlrt_threshold(mlrt *m, mlrt_tensor *x, double threshold,
    double value) {
    const mlrt_arg args[] = {
        TENSOR(x),
        NUMBER(threshold),
        NUMBER(value),
    };
    return one(m, 137, args, false);
}

mlrt_tensor *mlrt_hardshrink(mlrt *m, mlrt_tensor *x, double lambd) {
    const mlrt_arg args[] = {
        TENSOR(x),
        NUMBER(lambd),
    };
    return one(m, 138, args, false);
}

mlrt_tensor *mlrt_softshrink(mlrt *m, mlrt_tensor *x, double lambd) {
    const mlrt_arg args[] = {
        TENSOR(x),
        NUMBER(lambd),
    };
    return one(m, 139, args, false);
}

mlrt_tensor *mlrt_tanhshrink(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 140, args, false);
}

mlrt_tensor *mlrt_relu(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 141, args, false);
}

mlrt_tensor *mlrt_relu_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 141, args, true);
}

mlrt_tensor *mlrt_leaky_relu(mlrt *m, mlrt_tensor *x, double negative_slope) {
    const mlrt_arg args[] = {
        TENSOR(x),
        NUMBER(negative_slope),
    };
    return one(m, 142, args, false);
}

mlrt_tensor *mlrt_leaky_relu_(mlrt *m, mlrt_tensor *x, double negative_slope) {
    const mlrt_arg args[] = {
        TENSOR(x),
        NUMBER(negative_slope),
    };
    return one(m, 142, args, true);
}

mlrt_tensor *mlrt_prelu(mlrt *m, mlrt_tensor *x, mlrt_tensor *weight) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(weight),
    };
    return one(m, 143, args, false);
}

mlrt_tensor *mlrt_hardtanh(mlrt *m, mlrt_tensor *x, double min_val,
    double max_val) {
    const mlrt_arg args[] = {
        TENSOR(x),
        NUMBER(min_val),
        NUMBER(max_val),
    };
    return one(m, 144, args, false);
}

mlrt_tensor *mlrt_hardtanh_(mlrt *m, mlrt_tensor *x, double min_val,
    double max_val) {
    const mlrt_arg args[] = {
        TENSOR(x),
        NUMBER(min_val),
        NUMBER(max_val),
    };
    return one(m, 144, args, true);
}

mlrt_tensor *mlrt_relu6(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 145, args, false);
}

mlrt_tensor *mlrt_relu6_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 145, args, true);
}

mlrt_tensor *mlrt_hardsigmoid(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 146, args, false);
}

mlrt_tensor *mlrt_hardsigmoid_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 146, args, true);
}

mlrt_tensor *mlrt_hardswish(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 147, args, false);
}

mlrt_tensor *mlrt_hardswish_(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 147, args, true);
}

mlrt_tensor *mlrt__relu_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(g),
        TENSOR(y),
    };
    return one(m, 148, args, false);
}

mlrt_tensor *mlrt__leaky_relu_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x,
    double negative_slope) {
    const mlrt_arg args[] = {
        TENSOR(g),
        TENSOR(x),
        NUMBER(negative_slope),
    };
    return one(m, 149, args, false);
}

mlrt_tensor *mlrt__prelu(mlrt *m, mlrt_tensor *x, mlrt_tensor *weight) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(weight),
    };
    return one(m, 150, args, false);
}

mlrt_tensor *mlrt__hardtanh_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x,
    double min_val, double max_val) {
    const mlrt_arg args[] = {
        TENSOR(g),
        TENSOR(x),
        NUMBER(min_val),
        NUMBER(max_val),
    };
    return one(m, 151, args, false);
}

mlrt_tensor *mlrt__hardsigmoid_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(g),
        TENSOR(x),
    };
    return one(m, 152, args, false);
}

mlrt_tensor *mlrt__hardswish_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(g),
        TENSOR(x),
    };
    return one(m, 153, args, false);
}

mlrt_tensor *mlrt_sum(mlrt *m, mlrt_tensor *x, const int64_t *dim, int dim_n,
    bool keepdim) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INTS(dim, dim_n, 1),
        PLAIN(keepdim),
    };
    return one(m, 154, args, false);
}

mlrt_tensor *mlrt_mean(mlrt *m, mlrt_tensor *x, const int64_t *dim, int dim_n,
    bool keepdim) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INTS(dim, dim_n, 1),
        PLAIN(keepdim),
    };
    return one(m, 155, args, false);
}

mlrt_tensor *mlrt_nansum(mlrt *m, mlrt_tensor *x, const int64_t *dim,
    int dim_n, bool keepdim) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INTS(dim, dim_n, 1),
        PLAIN(keepdim),
    };
    return one(m, 156, args, false);
}

mlrt_tensor *mlrt_prod(mlrt *m, mlrt_tensor *x, const int64_t *dim, int dim_n,
    bool keepdim) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INTS(dim, dim_n, 1),
        PLAIN(keepdim),
    };
    return one(m, 157, args, false);
}

mlrt_tensor *mlrt_amax(mlrt *m, mlrt_tensor *x, const int64_t *dim, int dim_n,
    bool keepdim) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INTS(dim, dim_n, 1),
        PLAIN(keepdim),
    };
    return one(m, 158, args, false);
}

mlrt_tensor *mlrt_amin(mlrt *m, mlrt_tensor *x, const int64_t *dim, int dim_n,
    bool keepdim) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INTS(dim, dim_n, 1),
        PLAIN(keepdim),
    };
    return one(m, 159, args, false);
}

mlrt_tensor *mlrt_any(mlrt *m, mlrt_tensor *x, const int64_t *dim, int dim_n,
    bool keepdim) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INTS(dim, dim_n, 1),
        PLAIN(keepdim),
    };
    return one(m, 160, args, false);
}

mlrt_tensor *mlrt_all(mlrt *m, mlrt_tensor *x, const int64_t *dim, int dim_n,
    bool keepdim) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INTS(dim, dim_n, 1),
        PLAIN(keepdim),
    };
    return one(m, 161, args, false);
}

mlrt_tensor *mlrt_count_nonzero(mlrt *m, mlrt_tensor *x, const int64_t *dim,
    int dim_n, bool keepdim) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INTS(dim, dim_n, 1),
        PLAIN(keepdim),
    };
    return one(m, 162, args, false);
}

mlrt_tensor *mlrt_var(mlrt *m, mlrt_tensor *x, const int64_t *dim, int dim_n,
    bool keepdim, int64_t correction) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INTS(dim, dim_n, 1),
        PLAIN(keepdim),
        INT(correction),
    };
    return one(m, 163, args, false);
}

mlrt_tensor *mlrt_std(mlrt *m, mlrt_tensor *x, const int64_t *dim, int dim_n,
    bool keepdim, int64_t correction) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INTS(dim, dim_n, 1),
        PLAIN(keepdim),
        INT(correction),
    };
    return one(m, 164, args, false);
}

mlrt_tensor *mlrt_norm(mlrt *m, mlrt_tensor *x, double p, const int64_t *dim,
    int dim_n, bool keepdim) {
    const mlrt_arg args[] = {
        TENSOR(x),
        NUMBER(p),
        INTS(dim, dim_n, 1),
        PLAIN(keepdim),
    };
    return one(m, 165, args, false);
}

mlrt_tensor *mlrt_logsumexp(mlrt *m, mlrt_tensor *x, const int64_t *dim,
    int dim_n, bool keepdim) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INTS(dim, dim_n, 1),
        PLAIN(keepdim),
    };
    return one(m, 166, args, false);
}

mlrt_tensor *mlrt__sum_squares(mlrt *m, mlrt_tensor *x, const int64_t *dim,
    int dim_n, bool keepdim) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INTS(dim, dim_n, 1),
        PLAIN(keepdim),
    };
    return one(m, 167, args, false);
}

mlrt_tensor *mlrt__root(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 168, args, false);
}

int mlrt_var_mean(mlrt *m, mlrt_tensor *x, const int64_t *dim, int dim_n,
    bool keepdim, int64_t correction, mlrt_tensor **var, mlrt_tensor **mean) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INTS(dim, dim_n, 1),
        PLAIN(keepdim),
        INT(correction),
    };
    mlrt_tensor **const outs[] = {var, mean};
    return many(m, 169, args, outs, 2);
}

int mlrt_std_mean(mlrt *m, mlrt_tensor *x, const int64_t *dim, int dim_n,
    bool keepdim, int64_t correction, mlrt_tensor **std, mlrt_tensor **mean) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INTS(dim, dim_n, 1),
        PLAIN(keepdim),
        INT(correction),
    };
    mlrt_tensor **const outs[] = {std, mean};
    return many(m, 170, args, outs, 2);
}

int mlrt_aminmax(mlrt *m, mlrt_tensor *x, int64_t dim, bool keepdim,
    mlrt_tensor **min, mlrt_tensor **max) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
        PLAIN(keepdim),
    };
    mlrt_tensor **const outs[] = {min, max};
    return many(m, 171, args, outs, 2);
}

int mlrt_max(mlrt *m, mlrt_tensor *x, int64_t dim, bool keepdim,
    mlrt_tensor **values, mlrt_tensor **indices) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
        PLAIN(keepdim),
    };
    mlrt_tensor **const outs[] = {values, indices};
    return many(m, 172, args, outs, 2);
}

int mlrt_min(mlrt *m, mlrt_tensor *x, int64_t dim, bool keepdim,
    mlrt_tensor **values, mlrt_tensor **indices) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
        PLAIN(keepdim),
    };
    mlrt_tensor **const outs[] = {values, indices};
    return many(m, 173, args, outs, 2);
}

mlrt_tensor *mlrt_argmax(mlrt *m, mlrt_tensor *x, int64_t dim, bool keepdim) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
        PLAIN(keepdim),
    };
    return one(m, 174, args, false);
}

mlrt_tensor *mlrt_argmin(mlrt *m, mlrt_tensor *x, int64_t dim, bool keepdim) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
        PLAIN(keepdim),
    };
    return one(m, 175, args, false);
}

int mlrt_sort(mlrt *m, mlrt_tensor *x, int64_t dim, bool descending,
    mlrt_tensor **values, mlrt_tensor **indices) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
        PLAIN(descending),
    };
    mlrt_tensor **const outs[] = {values, indices};
    return many(m, 176, args, outs, 2);
}

mlrt_tensor *mlrt_argsort(mlrt *m, mlrt_tensor *x, int64_t dim,
    bool descending) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
        PLAIN(descending),
    };
    return one(m, 177, args, false);
}

int mlrt_topk(mlrt *m, mlrt_tensor *x, int64_t k, int64_t dim, bool largest,
    bool sorted, mlrt_tensor **values, mlrt_tensor **indices) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(k),
        INT(dim),
        PLAIN(largest),
        PLAIN(sorted),
    };
    mlrt_tensor **const outs[] = {values, indices};
    return many(m, 178, args, outs, 2);
}

int mlrt__max_both(mlrt *m, mlrt_tensor *x, int64_t dim, bool keepdim,
    mlrt_tensor **values, mlrt_tensor **indices) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
        PLAIN(keepdim),
    };
    mlrt_tensor **const outs[] = {values, indices};
    return many(m, 179, args, outs, 2);
}

int mlrt__min_both(mlrt *m, mlrt_tensor *x, int64_t dim, bool keepdim,
    mlrt_tensor **values, mlrt_tensor **indices) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
        PLAIN(keepdim),
    };
    mlrt_tensor **const outs[] = {values, indices};
    return many(m, 180, args, outs, 2);
}

int mlrt_median(mlrt *m, mlrt_tensor *x, int64_t dim, bool keepdim,
    mlrt_tensor **values, mlrt_tensor **indices) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
        PLAIN(keepdim),
    };
    mlrt_tensor **const outs[] = {values, indices};
    return many(m, 181, args, outs, 2);
}

int mlrt_kthvalue(mlrt *m, mlrt_tensor *x, int64_t k, int64_t dim,
    bool keepdim, mlrt_tensor **values, mlrt_tensor **indices) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(k),
        INT(dim),
        PLAIN(keepdim),
    };
    mlrt_tensor **const outs[] = {values, indices};
    return many(m, 182, args, outs, 2);
}

int mlrt_mode(mlrt *m, mlrt_tensor *x, int64_t dim, bool keepdim,
    mlrt_tensor **values, mlrt_tensor **indices) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
        PLAIN(keepdim),
    };
    mlrt_tensor **const outs[] = {values, indices};
    return many(m, 183, args, outs, 2);
}

mlrt_tensor *mlrt_quantile(mlrt *m, mlrt_tensor *x, mlrt_tensor *q,
    int64_t dim, bool keepdim, int interpolation) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(q),
        INT(dim),
        PLAIN(keepdim),
        PLAIN(interpolation),
    };
    return one(m, 184, args, false);
}

mlrt_tensor *mlrt_nanmean(mlrt *m, mlrt_tensor *x, const int64_t *dim,
    int dim_n, bool keepdim) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INTS(dim, dim_n, 1),
        PLAIN(keepdim),
    };
    return one(m, 185, args, false);
}

int mlrt__kth(mlrt *m, mlrt_tensor *x, int64_t k, int64_t dim, bool keepdim,
    int what, mlrt_tensor **values, mlrt_tensor **indices) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(k),
        INT(dim),
        PLAIN(keepdim),
        PLAIN(what),
    };
    mlrt_tensor **const outs[] = {values, indices};
    return many(m, 186, args, outs, 2);
}

mlrt_tensor *mlrt_cumsum(mlrt *m, mlrt_tensor *x, int64_t dim) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
    };
    return one(m, 187, args, false);
}

mlrt_tensor *mlrt_cumprod(mlrt *m, mlrt_tensor *x, int64_t dim) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
    };
    return one(m, 188, args, false);
}

mlrt_tensor *mlrt_logcumsumexp(mlrt *m, mlrt_tensor *x, int64_t dim) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
    };
    return one(m, 189, args, false);
}

int mlrt_cummax(mlrt *m, mlrt_tensor *x, int64_t dim, mlrt_tensor **values,
    mlrt_tensor **indices) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
    };
    mlrt_tensor **const outs[] = {values, indices};
    return many(m, 190, args, outs, 2);
}

int mlrt_cummin(mlrt *m, mlrt_tensor *x, int64_t dim, mlrt_tensor **values,
    mlrt_tensor **indices) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
    };
    mlrt_tensor **const outs[] = {values, indices};
    return many(m, 191, args, outs, 2);
}

mlrt_tensor *mlrt_diff(mlrt *m, mlrt_tensor *x, int64_t n, int64_t dim) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(n),
        INT(dim),
    };
    return one(m, 192, args, false);
}

mlrt_tensor *mlrt__recurrence(mlrt *m, mlrt_tensor *a, mlrt_tensor *b,
    int64_t dim, bool back) {
    const mlrt_arg args[] = {
        TENSOR(a),
        TENSOR(b),
        INT(dim),
        PLAIN(back),
    };
    return one(m, 193, args, false);
}

int mlrt_unique(mlrt *m, mlrt_tensor *x, bool sorted, bool return_inverse,
    bool return_counts, int64_t dim, mlrt_tensor **values,
    mlrt_tensor **inverse, mlrt_tensor **counts) {
    const mlrt_arg args[] = {
        TENSOR(x),
        PLAIN(sorted),
        PLAIN(return_inverse),
        PLAIN(return_counts),
        INT(dim),
    };
    mlrt_tensor **const outs[] = {values, inverse, counts};
    return many(m, 194, args, outs, 3);
}

int mlrt_unique_consecutive(mlrt *m, mlrt_tensor *x, bool return_inverse,
    bool return_counts, int64_t dim, mlrt_tensor **values,
    mlrt_tensor **inverse, mlrt_tensor **counts) {
    const mlrt_arg args[] = {
        TENSOR(x),
        PLAIN(return_inverse),
        PLAIN(return_counts),
        INT(dim),
    };
    mlrt_tensor **const outs[] = {values, inverse, counts};
    return many(m, 195, args, outs, 3);
}

mlrt_tensor *mlrt_searchsorted(mlrt *m, mlrt_tensor *sorted,
    mlrt_tensor *values, bool right) {
    const mlrt_arg args[] = {
        TENSOR(sorted),
        TENSOR(values),
        PLAIN(right),
    };
    return one(m, 196, args, false);
}

mlrt_tensor *mlrt_bucketize(mlrt *m, mlrt_tensor *x, mlrt_tensor *boundaries,
    bool right) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(boundaries),
        PLAIN(right),
    };
    return one(m, 197, args, false);
}

mlrt_tensor *mlrt_isin(mlrt *m, mlrt_tensor *x, mlrt_tensor *values,
    bool invert) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(values),
        PLAIN(invert),
    };
    return one(m, 198, args, false);
}

mlrt_tensor *mlrt_bincount(mlrt *m, mlrt_tensor *x, mlrt_tensor *weights,
    int64_t minlength) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(weights),
        INT(minlength),
    };
    return one(m, 199, args, false);
}

mlrt_tensor *mlrt_histc(mlrt *m, mlrt_tensor *x, int64_t bins, double min,
    double max) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(bins),
        NUMBER(min),
        NUMBER(max),
    };
    return one(m, 200, args, false);
}

mlrt_tensor *mlrt_softmax(mlrt *m, mlrt_tensor *x, int64_t dim) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
    };
    return one(m, 201, args, false);
}

mlrt_tensor *mlrt_log_softmax(mlrt *m, mlrt_tensor *x, int64_t dim) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
    };
    return one(m, 202, args, false);
}

mlrt_tensor *mlrt__softmax_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *y,
    int64_t dim) {
    const mlrt_arg args[] = {
        TENSOR(g),
        TENSOR(y),
        INT(dim),
    };
    return one(m, 203, args, false);
}

mlrt_tensor *mlrt__log_softmax_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *y,
    int64_t dim) {
    const mlrt_arg args[] = {
        TENSOR(g),
        TENSOR(y),
        INT(dim),
    };
    return one(m, 204, args, false);
}

mlrt_tensor *mlrt_hstack(mlrt *m, mlrt_tensor *const *tensors, int tensors_n) {
    const mlrt_arg args[] = {
        TENSORS(tensors, tensors_n),
    };
    return one(m, 205, args, false);
}

mlrt_tensor *mlrt_vstack(mlrt *m, mlrt_tensor *const *tensors, int tensors_n) {
    const mlrt_arg args[] = {
        TENSORS(tensors, tensors_n),
    };
    return one(m, 206, args, false);
}

mlrt_tensor *mlrt_dstack(mlrt *m, mlrt_tensor *const *tensors, int tensors_n) {
    const mlrt_arg args[] = {
        TENSORS(tensors, tensors_n),
    };
    return one(m, 207, args, false);
}

mlrt_tensor *mlrt_kron(mlrt *m, mlrt_tensor *x, mlrt_tensor *y) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(y),
    };
    return one(m, 208, args, false);
}

mlrt_tensor *mlrt_index_select(mlrt *m, mlrt_tensor *x, int64_t dim,
    mlrt_tensor *index) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
        TENSOR(index),
    };
    return one(m, 209, args, false);
}

mlrt_tensor *mlrt_index_add(mlrt *m, mlrt_tensor *x, int64_t dim,
    mlrt_tensor *index, mlrt_tensor *source) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
        TENSOR(index),
        TENSOR(source),
    };
    return one(m, 210, args, false);
}

mlrt_tensor *mlrt_index_fill(mlrt *m, mlrt_tensor *x, int64_t dim,
    mlrt_tensor *index, mlrt_tensor *value) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
        TENSOR(index),
        TENSOR(value),
    };
    return one(m, 211, args, false);
}

mlrt_tensor *mlrt_index_fill_(mlrt *m, mlrt_tensor *x, int64_t dim,
    mlrt_tensor *index, mlrt_tensor *value) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
        TENSOR(index),
        TENSOR(value),
    };
    return one(m, 211, args, true);
}

mlrt_tensor *mlrt_index_assign_(mlrt *m, mlrt_tensor *x, int64_t dim,
    mlrt_tensor *index, mlrt_tensor *value) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
        TENSOR(index),
        TENSOR(value),
    };
    return one(m, 212, args, true);
}

mlrt_tensor *mlrt_repeat_interleave(mlrt *m, mlrt_tensor *x, int64_t repeats,
    int64_t dim) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(repeats),
        INT(dim),
    };
    return one(m, 213, args, false);
}

mlrt_tensor *mlrt_embedding(mlrt *m, mlrt_tensor *weight, mlrt_tensor *index) {
    const mlrt_arg args[] = {
        TENSOR(weight),
        TENSOR(index),
        NOTHING,
        NOTHING,
    };
    return one(m, 214, args, false);
}

mlrt_tensor *mlrt_gather_rows(mlrt *m, mlrt_tensor *x, mlrt_tensor *index,
    double scale, double shift) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(index),
        NUMBER(scale),
        NUMBER(shift),
    };
    return one(m, 215, args, false);
}

mlrt_tensor *mlrt_one_hot(mlrt *m, mlrt_tensor *index, int64_t classes) {
    const mlrt_arg args[] = {
        TENSOR(index),
        INT(classes),
    };
    return one(m, 216, args, false);
}

mlrt_tensor *mlrt__embedding_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *index,
    int64_t rows) {
    const mlrt_arg args[] = {
        TENSOR(g),
        TENSOR(index),
        INT(rows),
    };
    return one(m, 217, args, false);
}

mlrt_tensor *mlrt_gather(mlrt *m, mlrt_tensor *x, int64_t dim,
    mlrt_tensor *index) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
        TENSOR(index),
    };
    return one(m, 218, args, false);
}

mlrt_tensor *mlrt_scatter(mlrt *m, mlrt_tensor *x, int64_t dim,
    mlrt_tensor *index, mlrt_tensor *source) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
        TENSOR(index),
        TENSOR(source),
    };
    return one(m, 219, args, false);
}

mlrt_tensor *mlrt_scatter_(mlrt *m, mlrt_tensor *x, int64_t dim,
    mlrt_tensor *index, mlrt_tensor *source) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
        TENSOR(index),
        TENSOR(source),
    };
    return one(m, 219, args, true);
}

mlrt_tensor *mlrt_scatter_add(mlrt *m, mlrt_tensor *x, int64_t dim,
    mlrt_tensor *index, mlrt_tensor *source) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
        TENSOR(index),
        TENSOR(source),
    };
    return one(m, 220, args, false);
}

mlrt_tensor *mlrt_scatter_add_(mlrt *m, mlrt_tensor *x, int64_t dim,
    mlrt_tensor *index, mlrt_tensor *source) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(dim),
        TENSOR(index),
        TENSOR(source),
    };
    return one(m, 220, args, true);
}

mlrt_tensor *mlrt_take_along_dim(mlrt *m, mlrt_tensor *x, mlrt_tensor *index,
    int64_t dim) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(index),
        INT(dim),
    };
    return one(m, 221, args, false);
}

mlrt_tensor *mlrt_nonzero(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 222, args, false);
}

mlrt_tensor *mlrt_mask_rows(mlrt *m, mlrt_tensor *x, mlrt_tensor *mask) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(mask),
    };
    return one(m, 223, args, false);
}

mlrt_tensor *mlrt_masked_select(mlrt *m, mlrt_tensor *x, mlrt_tensor *mask) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(mask),
    };
    return one(m, 224, args, false);
}

mlrt_tensor *mlrt_masked_fill(mlrt *m, mlrt_tensor *x, mlrt_tensor *mask,
    mlrt_tensor *value) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(mask),
        TENSOR(value),
    };
    return one(m, 225, args, false);
}

mlrt_tensor *mlrt_masked_fill_(mlrt *m, mlrt_tensor *x, mlrt_tensor *mask,
    mlrt_tensor *value) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(mask),
        TENSOR(value),
    };
    return one(m, 225, args, true);
}

mlrt_tensor *mlrt_masked_assign_(mlrt *m, mlrt_tensor *x, mlrt_tensor *mask,
    mlrt_tensor *value) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(mask),
        TENSOR(value),
    };
    return one(m, 226, args, true);
}

mlrt_tensor *mlrt_matmul(mlrt *m, mlrt_tensor *a, mlrt_tensor *b) {
    const mlrt_arg args[] = {
        TENSOR(a),
        TENSOR(b),
    };
    return one(m, 227, args, false);
}

mlrt_tensor *mlrt_mm(mlrt *m, mlrt_tensor *a, mlrt_tensor *b) {
    const mlrt_arg args[] = {
        TENSOR(a),
        TENSOR(b),
    };
    return one(m, 228, args, false);
}

mlrt_tensor *mlrt_bmm(mlrt *m, mlrt_tensor *a, mlrt_tensor *b) {
    const mlrt_arg args[] = {
        TENSOR(a),
        TENSOR(b),
    };
    return one(m, 229, args, false);
}

mlrt_tensor *mlrt_mv(mlrt *m, mlrt_tensor *a, mlrt_tensor *b) {
    const mlrt_arg args[] = {
        TENSOR(a),
        TENSOR(b),
    };
    return one(m, 230, args, false);
}

mlrt_tensor *mlrt_dot(mlrt *m, mlrt_tensor *a, mlrt_tensor *b) {
    const mlrt_arg args[] = {
        TENSOR(a),
        TENSOR(b),
    };
    return one(m, 231, args, false);
}

mlrt_tensor *mlrt_outer(mlrt *m, mlrt_tensor *a, mlrt_tensor *b) {
    const mlrt_arg args[] = {
        TENSOR(a),
        TENSOR(b),
    };
    return one(m, 232, args, false);
}

mlrt_tensor *mlrt_addmm(mlrt *m, mlrt_tensor *input, mlrt_tensor *a,
    mlrt_tensor *b, double beta, double alpha) {
    const mlrt_arg args[] = {
        TENSOR(input),
        TENSOR(a),
        TENSOR(b),
        NUMBER(beta),
        NUMBER(alpha),
    };
    return one(m, 233, args, false);
}

mlrt_tensor *mlrt_baddbmm(mlrt *m, mlrt_tensor *input, mlrt_tensor *a,
    mlrt_tensor *b, double beta, double alpha) {
    const mlrt_arg args[] = {
        TENSOR(input),
        TENSOR(a),
        TENSOR(b),
        NUMBER(beta),
        NUMBER(alpha),
    };
    return one(m, 234, args, false);
}

mlrt_tensor *mlrt_linear(mlrt *m, mlrt_tensor *x, mlrt_tensor *weight,
    mlrt_tensor *bias) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(weight),
        TENSOR(bias),
    };
    return one(m, 235, args, false);
}

mlrt_tensor *mlrt__rows_product(mlrt *m, mlrt_tensor *a, mlrt_tensor *b) {
    const mlrt_arg args[] = {
        TENSOR(a),
        TENSOR(b),
    };
    return one(m, 236, args, false);
}

mlrt_tensor *mlrt_einsum(mlrt *m, const char *equation,
    mlrt_tensor *const *tensors, int tensors_n) {
    const mlrt_arg args[] = {
        TEXT(equation),
        TENSORS(tensors, tensors_n),
    };
    return one(m, 237, args, false);
}

mlrt_tensor *mlrt__solve_left(mlrt *m, mlrt_tensor *a, mlrt_tensor *b) {
    const mlrt_arg args[] = {
        TENSOR(a),
        TENSOR(b),
    };
    return one(m, 238, args, false);
}

mlrt_tensor *mlrt_solve(mlrt *m, mlrt_tensor *a, mlrt_tensor *b) {
    const mlrt_arg args[] = {
        TENSOR(a),
        TENSOR(b),
        NOTHING,
    };
    return one(m, 239, args, false);
}

mlrt_tensor *mlrt_inv(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 240, args, false);
}

mlrt_tensor *mlrt_solve_triangular(mlrt *m, mlrt_tensor *a, mlrt_tensor *b,
    bool upper, bool left, bool unitriangular) {
    const mlrt_arg args[] = {
        TENSOR(a),
        TENSOR(b),
        PLAIN(upper),
        PLAIN(left),
        PLAIN(unitriangular),
    };
    return one(m, 241, args, false);
}

int mlrt_triangular_solve(mlrt *m, mlrt_tensor *b, mlrt_tensor *a, bool upper,
    bool transpose, bool unitriangular, mlrt_tensor **x,
    mlrt_tensor **coefficient) {
    const mlrt_arg args[] = {
        TENSOR(b),
        TENSOR(a),
        PLAIN(upper),
        PLAIN(transpose),
        PLAIN(unitriangular),
    };
    mlrt_tensor **const outs[] = {x, coefficient};
    return many(m, 242, args, outs, 2);
}

mlrt_tensor *mlrt_det(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 243, args, false);
}

int mlrt_slogdet(mlrt *m, mlrt_tensor *x, mlrt_tensor **sign,
    mlrt_tensor **logabsdet) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    mlrt_tensor **const outs[] = {sign, logabsdet};
    return many(m, 244, args, outs, 2);
}

mlrt_tensor *mlrt__cofactor(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 245, args, false);
}

mlrt_tensor *mlrt__cofactor_grad(mlrt *m, mlrt_tensor *x, mlrt_tensor *g) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(g),
    };
    return one(m, 246, args, false);
}

int mlrt_qr(mlrt *m, mlrt_tensor *x, mlrt_tensor **q, mlrt_tensor **r) {
    const mlrt_arg args[] = {
        TENSOR(x),
        NOTHING,
    };
    mlrt_tensor **const outs[] = {q, r};
    return many(m, 247, args, outs, 2);
}

int mlrt__lstsq(mlrt *m, mlrt_tensor *a, mlrt_tensor *b, double rcond,
    mlrt_tensor **solution, mlrt_tensor **rank, mlrt_tensor **singular_values) {
    const mlrt_arg args[] = {
        TENSOR(a),
        TENSOR(b),
        MAYBE(rcond),
    };
    mlrt_tensor **const outs[] = {solution, rank, singular_values};
    return many(m, 248, args, outs, 3);
}

int mlrt_lstsq(mlrt *m, mlrt_tensor *a, mlrt_tensor *b, double rcond,
    mlrt_tensor **solution, mlrt_tensor **rank) {
    const mlrt_arg args[] = {
        TENSOR(a),
        TENSOR(b),
        MAYBE(rcond),
    };
    mlrt_tensor **const outs[] = {solution, rank};
    return many(m, 249, args, outs, 2);
}

int mlrt_svd(mlrt *m, mlrt_tensor *x, bool full_matrices, mlrt_tensor **u,
    mlrt_tensor **s, mlrt_tensor **vh) {
    const mlrt_arg args[] = {
        TENSOR(x),
        PLAIN(full_matrices),
    };
    mlrt_tensor **const outs[] = {u, s, vh};
    return many(m, 250, args, outs, 3);
}

mlrt_tensor *mlrt_svdvals(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 251, args, false);
}

mlrt_tensor *mlrt__pinv(mlrt *m, mlrt_tensor *x, double rtol, double atol) {
    const mlrt_arg args[] = {
        TENSOR(x),
        NUMBER(rtol),
        NUMBER(atol),
    };
    return one(m, 252, args, false);
}

int mlrt_eigh(mlrt *m, mlrt_tensor *x, mlrt_tensor **values,
    mlrt_tensor **vectors) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    mlrt_tensor **const outs[] = {values, vectors};
    return many(m, 253, args, outs, 2);
}

mlrt_tensor *mlrt_eigvalsh(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 254, args, false);
}

mlrt_tensor *mlrt_cholesky(mlrt *m, mlrt_tensor *x, bool upper) {
    const mlrt_arg args[] = {
        TENSOR(x),
        PLAIN(upper),
    };
    return one(m, 255, args, false);
}

mlrt_tensor *mlrt_cholesky_solve(mlrt *m, mlrt_tensor *b, mlrt_tensor *l,
    bool upper) {
    const mlrt_arg args[] = {
        TENSOR(b),
        TENSOR(l),
        PLAIN(upper),
    };
    return one(m, 256, args, false);
}

mlrt_tensor *mlrt_matrix_norm(mlrt *m, mlrt_tensor *x, int ord, bool keepdim) {
    const mlrt_arg args[] = {
        TENSOR(x),
        PLAIN(ord),
        PLAIN(keepdim),
        NOTHING,
    };
    return one(m, 257, args, false);
}

mlrt_tensor *mlrt_cond(mlrt *m, mlrt_tensor *x, int ord) {
    const mlrt_arg args[] = {
        TENSOR(x),
        PLAIN(ord),
        NOTHING,
    };
    return one(m, 258, args, false);
}

mlrt_tensor *mlrt_matrix_rank(mlrt *m, mlrt_tensor *x, double rcond) {
    const mlrt_arg args[] = {
        TENSOR(x),
        MAYBE(rcond),
        NOTHING,
        NOTHING,
        NOTHING,
    };
    return one(m, 259, args, false);
}

mlrt_tensor *mlrt_pinv(mlrt *m, mlrt_tensor *x, double rcond) {
    const mlrt_arg args[] = {
        TENSOR(x),
        MAYBE(rcond),
        NOTHING,
        NOTHING,
        NOTHING,
    };
    return one(m, 260, args, false);
}

mlrt_tensor *mlrt_logdet(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 261, args, false);
}

mlrt_tensor *mlrt_matrix_power(mlrt *m, mlrt_tensor *x, int64_t n) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(n),
    };
    return one(m, 262, args, false);
}

mlrt_tensor *mlrt_trace(mlrt *m, mlrt_tensor *x) {
    const mlrt_arg args[] = {
        TENSOR(x),
    };
    return one(m, 263, args, false);
}

mlrt_tensor *mlrt_conv2d(mlrt *m, mlrt_tensor *x, mlrt_tensor *weight,
    mlrt_tensor *bias, const int64_t *stride, const int64_t *padding,
    const int64_t *dilation, int64_t groups) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(weight),
        TENSOR(bias),
        PAIR(stride),
        PAIR(padding),
        PAIR(dilation),
        INT(groups),
    };
    return one(m, 264, args, false);
}

mlrt_tensor *mlrt__conv2d_dgrad(mlrt *m, mlrt_tensor *g, mlrt_tensor *weight,
    const int64_t *size, const int64_t *stride, const int64_t *padding,
    const int64_t *dilation, int64_t groups) {
    const mlrt_arg args[] = {
        TENSOR(g),
        TENSOR(weight),
        PAIR(size),
        PAIR(stride),
        PAIR(padding),
        PAIR(dilation),
        INT(groups),
    };
    return one(m, 265, args, false);
}

int mlrt__conv2d_wgrad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x,
    const int64_t *kernel, const int64_t *stride, const int64_t *padding,
    const int64_t *dilation, int64_t groups, mlrt_tensor **gweight,
    mlrt_tensor **gbias) {
    const mlrt_arg args[] = {
        TENSOR(g),
        TENSOR(x),
        PAIR(kernel),
        PAIR(stride),
        PAIR(padding),
        PAIR(dilation),
        INT(groups),
    };
    mlrt_tensor **const outs[] = {gweight, gbias};
    return many(m, 266, args, outs, 2);
}

mlrt_tensor *mlrt_conv1d(mlrt *m, mlrt_tensor *x, mlrt_tensor *weight,
    mlrt_tensor *bias, int64_t stride, int64_t padding, int64_t dilation,
    int64_t groups) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(weight),
        TENSOR(bias),
        INT(stride),
        INT(padding),
        INT(dilation),
        INT(groups),
    };
    return one(m, 267, args, false);
}

mlrt_tensor *mlrt_conv_transpose2d(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *weight, mlrt_tensor *bias, const int64_t *stride,
    const int64_t *padding, const int64_t *output_padding, int64_t groups,
    const int64_t *dilation) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(weight),
        TENSOR(bias),
        PAIR(stride),
        PAIR(padding),
        PAIR(output_padding),
        INT(groups),
        PAIR(dilation),
    };
    return one(m, 268, args, false);
}

mlrt_tensor *mlrt_conv_transpose1d(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *weight, mlrt_tensor *bias, int64_t stride, int64_t padding,
    int64_t output_padding, int64_t groups, int64_t dilation) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(weight),
        TENSOR(bias),
        INT(stride),
        INT(padding),
        INT(output_padding),
        INT(groups),
        INT(dilation),
    };
    return one(m, 269, args, false);
}

mlrt_tensor *mlrt_max_pool2d(mlrt *m, mlrt_tensor *x,
    const int64_t *kernel_size, const int64_t *stride, const int64_t *padding,
    const int64_t *dilation, bool ceil_mode) {
    const mlrt_arg args[] = {
        TENSOR(x),
        PAIR(kernel_size),
        PAIR(stride),
        PAIR(padding),
        PAIR(dilation),
        PLAIN(ceil_mode),
        NOTHING,
    };
    return one(m, 270, args, false);
}

mlrt_tensor *mlrt_avg_pool2d(mlrt *m, mlrt_tensor *x,
    const int64_t *kernel_size, const int64_t *stride, const int64_t *padding,
    bool ceil_mode, bool count_include_pad) {
    const mlrt_arg args[] = {
        TENSOR(x),
        PAIR(kernel_size),
        PAIR(stride),
        PAIR(padding),
        PLAIN(ceil_mode),
        PLAIN(count_include_pad),
        NOTHING,
    };
    return one(m, 271, args, false);
}

mlrt_tensor *mlrt__avg_pool2d_grad(mlrt *m, mlrt_tensor *g,
    const int64_t *kernel_size, const int64_t *stride, const int64_t *padding,
    bool ceil_mode, bool count_include_pad, const int64_t *size,
    int64_t divisor) {
    const mlrt_arg args[] = {
        TENSOR(g),
        PAIR(kernel_size),
        PAIR(stride),
        PAIR(padding),
        PLAIN(ceil_mode),
        PLAIN(count_include_pad),
        PAIR(size),
        INT(divisor),
    };
    return one(m, 272, args, false);
}

mlrt_tensor *mlrt_adaptive_avg_pool2d(mlrt *m, mlrt_tensor *x,
    const int64_t *output_size) {
    const mlrt_arg args[] = {
        TENSOR(x),
        PAIR(output_size),
    };
    return one(m, 273, args, false);
}

mlrt_tensor *mlrt__adaptive_avg_pool2d_grad(mlrt *m, mlrt_tensor *g,
    const int64_t *size) {
    const mlrt_arg args[] = {
        TENSOR(g),
        PAIR(size),
    };
    return one(m, 274, args, false);
}

mlrt_tensor *mlrt_adaptive_max_pool2d(mlrt *m, mlrt_tensor *x,
    const int64_t *output_size) {
    const mlrt_arg args[] = {
        TENSOR(x),
        PAIR(output_size),
        NOTHING,
    };
    return one(m, 275, args, false);
}

mlrt_tensor *mlrt__max_pool2d_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *at,
    const int64_t *size) {
    const mlrt_arg args[] = {
        TENSOR(g),
        TENSOR(at),
        PAIR(size),
    };
    return one(m, 276, args, false);
}

mlrt_tensor *mlrt__max_pool2d_take(mlrt *m, mlrt_tensor *x, mlrt_tensor *at) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(at),
    };
    return one(m, 277, args, false);
}

mlrt_tensor *mlrt_max_pool1d(mlrt *m, mlrt_tensor *x, int64_t kernel_size,
    int64_t stride, int64_t padding, int64_t dilation, bool ceil_mode) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(kernel_size),
        INT(stride),
        INT(padding),
        INT(dilation),
        PLAIN(ceil_mode),
        NOTHING,
    };
    return one(m, 278, args, false);
}

mlrt_tensor *mlrt_avg_pool1d(mlrt *m, mlrt_tensor *x, int64_t kernel_size,
    int64_t stride, int64_t padding, bool ceil_mode, bool count_include_pad) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(kernel_size),
        INT(stride),
        INT(padding),
        PLAIN(ceil_mode),
        PLAIN(count_include_pad),
    };
    return one(m, 279, args, false);
}

mlrt_tensor *mlrt_adaptive_avg_pool1d(mlrt *m, mlrt_tensor *x,
    int64_t output_size) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(output_size),
    };
    return one(m, 280, args, false);
}

mlrt_tensor *mlrt_adaptive_max_pool1d(mlrt *m, mlrt_tensor *x,
    int64_t output_size) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(output_size),
        NOTHING,
    };
    return one(m, 281, args, false);
}

mlrt_tensor *mlrt_max_unpool1d(mlrt *m, mlrt_tensor *x, mlrt_tensor *indices,
    int64_t kernel_size, int64_t stride, int64_t padding, int64_t output_size) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(indices),
        INT(kernel_size),
        INT(stride),
        INT(padding),
        INT(output_size),
    };
    return one(m, 282, args, false);
}

mlrt_tensor *mlrt_max_unpool2d(mlrt *m, mlrt_tensor *x, mlrt_tensor *indices,
    const int64_t *kernel_size, const int64_t *stride, const int64_t *padding,
    const int64_t *output_size) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(indices),
        PAIR(kernel_size),
        PAIR(stride),
        PAIR(padding),
        PAIR(output_size),
    };
    return one(m, 283, args, false);
}

mlrt_tensor *mlrt_interpolate(mlrt *m, mlrt_tensor *x, const int64_t *size,
    int size_n, double scale_factor, int mode, bool align_corners) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INTS(size, size_n, 1),
        MAYBE(scale_factor),
        PLAIN(mode),
        PLAIN(align_corners),
    };
    return one(m, 284, args, false);
}

mlrt_tensor *mlrt_pixel_shuffle(mlrt *m, mlrt_tensor *x,
    int64_t upscale_factor) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(upscale_factor),
    };
    return one(m, 285, args, false);
}

mlrt_tensor *mlrt_pixel_unshuffle(mlrt *m, mlrt_tensor *x,
    int64_t downscale_factor) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(downscale_factor),
    };
    return one(m, 286, args, false);
}

mlrt_tensor *mlrt__affine_map(mlrt *m, mlrt_tensor *x, mlrt_tensor *map,
    int64_t height, int64_t width, int mode, double fill) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(map),
        INT(height),
        INT(width),
        PLAIN(mode),
        NUMBER(fill),
    };
    return one(m, 287, args, false);
}

mlrt_tensor *mlrt_batch_norm(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *running_mean, mlrt_tensor *running_var, mlrt_tensor *weight,
    mlrt_tensor *bias, bool training, double momentum, double eps) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(running_mean),
        TENSOR(running_var),
        TENSOR(weight),
        TENSOR(bias),
        PLAIN(training),
        NUMBER(momentum),
        NUMBER(eps),
    };
    return one(m, 288, args, false);
}

int mlrt__batch_norm_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x,
    mlrt_tensor *weight, mlrt_tensor *mean, mlrt_tensor *rstd, bool training,
    mlrt_tensor **gx, mlrt_tensor **gweight, mlrt_tensor **gbias) {
    const mlrt_arg args[] = {
        TENSOR(g),
        TENSOR(x),
        TENSOR(weight),
        TENSOR(mean),
        TENSOR(rstd),
        PLAIN(training),
    };
    mlrt_tensor **const outs[] = {gx, gweight, gbias};
    return many(m, 289, args, outs, 3);
}

mlrt_tensor *mlrt_layer_norm(mlrt *m, mlrt_tensor *x,
    const int64_t *normalized_shape, int normalized_shape_n,
    mlrt_tensor *weight, mlrt_tensor *bias, double eps) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INTS(normalized_shape, normalized_shape_n, 0),
        TENSOR(weight),
        TENSOR(bias),
        NUMBER(eps),
    };
    return one(m, 290, args, false);
}

mlrt_tensor *mlrt_rms_norm(mlrt *m, mlrt_tensor *x,
    const int64_t *normalized_shape, int normalized_shape_n,
    mlrt_tensor *weight, double eps) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INTS(normalized_shape, normalized_shape_n, 0),
        TENSOR(weight),
        MAYBE(eps),
    };
    return one(m, 291, args, false);
}

int mlrt__layer_norm_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x,
    mlrt_tensor *weight, mlrt_tensor *mean, mlrt_tensor *rstd, int64_t n,
    mlrt_tensor **gx, mlrt_tensor **gweight, mlrt_tensor **gbias) {
    const mlrt_arg args[] = {
        TENSOR(g),
        TENSOR(x),
        TENSOR(weight),
        TENSOR(mean),
        TENSOR(rstd),
        INT(n),
    };
    mlrt_tensor **const outs[] = {gx, gweight, gbias};
    return many(m, 292, args, outs, 3);
}

mlrt_tensor *mlrt_group_norm(mlrt *m, mlrt_tensor *x, int64_t num_groups,
    mlrt_tensor *weight, mlrt_tensor *bias, double eps) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(num_groups),
        TENSOR(weight),
        TENSOR(bias),
        NUMBER(eps),
    };
    return one(m, 293, args, false);
}

mlrt_tensor *mlrt_instance_norm(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *running_mean, mlrt_tensor *running_var, mlrt_tensor *weight,
    mlrt_tensor *bias, bool use_input_stats, double momentum, double eps) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(running_mean),
        TENSOR(running_var),
        TENSOR(weight),
        TENSOR(bias),
        PLAIN(use_input_stats),
        NUMBER(momentum),
        NUMBER(eps),
    };
    return one(m, 294, args, false);
}

int mlrt__group_norm_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x,
    int64_t num_groups, mlrt_tensor *weight, mlrt_tensor *mean,
    mlrt_tensor *rstd, mlrt_tensor **gx, mlrt_tensor **gweight,
    mlrt_tensor **gbias) {
    const mlrt_arg args[] = {
        TENSOR(g),
        TENSOR(x),
        INT(num_groups),
        TENSOR(weight),
        TENSOR(mean),
        TENSOR(rstd),
    };
    mlrt_tensor **const outs[] = {gx, gweight, gbias};
    return many(m, 295, args, outs, 3);
}

mlrt_tensor *mlrt_cross_entropy(mlrt *m, mlrt_tensor *x, mlrt_tensor *target,
    mlrt_tensor *weight, int reduction, double label_smoothing) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(target),
        TENSOR(weight),
        PLAIN(reduction),
        NUMBER(label_smoothing),
    };
    return one(m, 296, args, false);
}

mlrt_tensor *mlrt_nll_loss(mlrt *m, mlrt_tensor *x, mlrt_tensor *target,
    mlrt_tensor *weight, int reduction) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(target),
        TENSOR(weight),
        PLAIN(reduction),
    };
    return one(m, 297, args, false);
}

mlrt_tensor *mlrt__cross_entropy_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x,
    mlrt_tensor *target, mlrt_tensor *weight, mlrt_tensor *stats,
    int reduction, double label_smoothing) {
    const mlrt_arg args[] = {
        TENSOR(g),
        TENSOR(x),
        TENSOR(target),
        TENSOR(weight),
        TENSOR(stats),
        PLAIN(reduction),
        NUMBER(label_smoothing),
    };
    return one(m, 298, args, false);
}

mlrt_tensor *mlrt__class_weights(mlrt *m, mlrt_tensor *target,
    mlrt_tensor *weight, int64_t classes, double label_smoothing,
    mlrt_dtype dtype) {
    const mlrt_arg args[] = {
        TENSOR(target),
        TENSOR(weight),
        INT(classes),
        NUMBER(label_smoothing),
        DTYPE(dtype),
    };
    return one(m, 299, args, false);
}

mlrt_tensor *mlrt_mse_loss(mlrt *m, mlrt_tensor *x, mlrt_tensor *target,
    int reduction) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(target),
        PLAIN(reduction),
    };
    return one(m, 300, args, false);
}

mlrt_tensor *mlrt_l1_loss(mlrt *m, mlrt_tensor *x, mlrt_tensor *target,
    int reduction) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(target),
        PLAIN(reduction),
    };
    return one(m, 301, args, false);
}

mlrt_tensor *mlrt_smooth_l1_loss(mlrt *m, mlrt_tensor *x, mlrt_tensor *target,
    int reduction, double beta) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(target),
        PLAIN(reduction),
        NUMBER(beta),
    };
    return one(m, 302, args, false);
}

mlrt_tensor *mlrt_huber_loss(mlrt *m, mlrt_tensor *x, mlrt_tensor *target,
    int reduction, double delta) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(target),
        PLAIN(reduction),
        NUMBER(delta),
    };
    return one(m, 303, args, false);
}

mlrt_tensor *mlrt_poisson_nll_loss(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *target, bool log_input, bool full, double eps, int reduction) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(target),
        PLAIN(log_input),
        PLAIN(full),
        NUMBER(eps),
        PLAIN(reduction),
    };
    return one(m, 304, args, false);
}

mlrt_tensor *mlrt_gaussian_nll_loss(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *target, mlrt_tensor *var, bool full, double eps,
    int reduction) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(target),
        TENSOR(var),
        PLAIN(full),
        NUMBER(eps),
        PLAIN(reduction),
    };
    return one(m, 305, args, false);
}

mlrt_tensor *mlrt__huber(mlrt *m, mlrt_tensor *x, mlrt_tensor *target,
    double delta) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(target),
        NUMBER(delta),
    };
    return one(m, 306, args, false);
}

mlrt_tensor *mlrt_binary_cross_entropy(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *target, mlrt_tensor *weight, int reduction) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(target),
        TENSOR(weight),
        PLAIN(reduction),
    };
    return one(m, 307, args, false);
}

mlrt_tensor *mlrt_binary_cross_entropy_with_logits(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *target, mlrt_tensor *weight, mlrt_tensor *pos_weight,
    int reduction) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(target),
        TENSOR(weight),
        TENSOR(pos_weight),
        PLAIN(reduction),
    };
    return one(m, 308, args, false);
}

mlrt_tensor *mlrt_kl_div(mlrt *m, mlrt_tensor *x, mlrt_tensor *target,
    int reduction, bool log_target) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(target),
        PLAIN(reduction),
        PLAIN(log_target),
    };
    return one(m, 309, args, false);
}

mlrt_tensor *mlrt_soft_margin_loss(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *target, int reduction) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(target),
        PLAIN(reduction),
    };
    return one(m, 310, args, false);
}

mlrt_tensor *mlrt__bce(mlrt *m, mlrt_tensor *x, mlrt_tensor *target) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(target),
    };
    return one(m, 311, args, false);
}

mlrt_tensor *mlrt__bce_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x,
    mlrt_tensor *target) {
    const mlrt_arg args[] = {
        TENSOR(g),
        TENSOR(x),
        TENSOR(target),
    };
    return one(m, 312, args, false);
}

mlrt_tensor *mlrt__bce_logits(mlrt *m, mlrt_tensor *x, mlrt_tensor *target) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(target),
    };
    return one(m, 313, args, false);
}

mlrt_tensor *mlrt_hinge_embedding_loss(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *target, double margin, int reduction) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(target),
        NUMBER(margin),
        PLAIN(reduction),
    };
    return one(m, 314, args, false);
}

mlrt_tensor *mlrt_margin_ranking_loss(mlrt *m, mlrt_tensor *x1,
    mlrt_tensor *x2, mlrt_tensor *target, double margin, int reduction) {
    const mlrt_arg args[] = {
        TENSOR(x1),
        TENSOR(x2),
        TENSOR(target),
        NUMBER(margin),
        PLAIN(reduction),
    };
    return one(m, 315, args, false);
}

mlrt_tensor *mlrt_multi_margin_loss(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *target, int64_t p, double margin, mlrt_tensor *weight,
    int reduction) {
    const mlrt_arg args[] = {
        TENSOR(x),
        TENSOR(target),
        INT(p),
        NUMBER(margin),
        TENSOR(weight),
        PLAIN(reduction),
    };
    return one(m, 316, args, false);
}

mlrt_tensor *mlrt_cosine_embedding_loss(mlrt *m, mlrt_tensor *x1,
    mlrt_tensor *x2, mlrt_tensor *target, double margin, int reduction) {
    const mlrt_arg args[] = {
        TENSOR(x1),
        TENSOR(x2),
        TENSOR(target),
        NUMBER(margin),
        PLAIN(reduction),
    };
    return one(m, 317, args, false);
}

mlrt_tensor *mlrt_triplet_margin_loss(mlrt *m, mlrt_tensor *anchor,
    mlrt_tensor *positive, mlrt_tensor *negative, double margin, double p,
    double eps, bool swap, int reduction) {
    const mlrt_arg args[] = {
        TENSOR(anchor),
        TENSOR(positive),
        TENSOR(negative),
        NUMBER(margin),
        NUMBER(p),
        NUMBER(eps),
        PLAIN(swap),
        PLAIN(reduction),
    };
    return one(m, 318, args, false);
}

mlrt_tensor *mlrt_cosine_similarity(mlrt *m, mlrt_tensor *x1, mlrt_tensor *x2,
    int64_t dim, double eps) {
    const mlrt_arg args[] = {
        TENSOR(x1),
        TENSOR(x2),
        INT(dim),
        NUMBER(eps),
    };
    return one(m, 319, args, false);
}

mlrt_tensor *mlrt_normalize(mlrt *m, mlrt_tensor *x, double p, int64_t dim,
    double eps) {
    const mlrt_arg args[] = {
        TENSOR(x),
        NUMBER(p),
        INT(dim),
        NUMBER(eps),
    };
    return one(m, 320, args, false);
}

mlrt_tensor *mlrt_pairwise_distance(mlrt *m, mlrt_tensor *x1, mlrt_tensor *x2,
    double p, double eps, bool keepdim) {
    const mlrt_arg args[] = {
        TENSOR(x1),
        TENSOR(x2),
        NUMBER(p),
        NUMBER(eps),
        PLAIN(keepdim),
    };
    return one(m, 321, args, false);
}

mlrt_tensor *mlrt_cdist(mlrt *m, mlrt_tensor *x1, mlrt_tensor *x2, double p) {
    const mlrt_arg args[] = {
        TENSOR(x1),
        TENSOR(x2),
        NUMBER(p),
    };
    return one(m, 322, args, false);
}

mlrt_tensor *mlrt_zeros(mlrt *m, const int64_t *shape, int shape_n,
    mlrt_dtype dtype) {
    const mlrt_arg args[] = {
        INTS(shape, shape_n, 0),
        DTYPE(dtype),
    };
    return one(m, 323, args, false);
}

mlrt_tensor *mlrt_ones(mlrt *m, const int64_t *shape, int shape_n,
    mlrt_dtype dtype) {
    const mlrt_arg args[] = {
        INTS(shape, shape_n, 0),
        DTYPE(dtype),
    };
    return one(m, 325, args, false);
}

mlrt_tensor *mlrt_full(mlrt *m, const int64_t *shape, int shape_n,
    double value, mlrt_dtype dtype) {
    const mlrt_arg args[] = {
        INTS(shape, shape_n, 0),
        NUMBER(value),
        DTYPE(dtype),
    };
    return one(m, 326, args, false);
}

mlrt_tensor *mlrt_zeros_like(mlrt *m, mlrt_tensor *x, mlrt_dtype dtype) {
    const mlrt_arg args[] = {
        TENSOR(x),
        DTYPE(dtype),
    };
    return one(m, 327, args, false);
}

mlrt_tensor *mlrt_empty_like(mlrt *m, mlrt_tensor *x, mlrt_dtype dtype) {
    const mlrt_arg args[] = {
        TENSOR(x),
        DTYPE(dtype),
    };
    return one(m, 328, args, false);
}

mlrt_tensor *mlrt_ones_like(mlrt *m, mlrt_tensor *x, mlrt_dtype dtype) {
    const mlrt_arg args[] = {
        TENSOR(x),
        DTYPE(dtype),
    };
    return one(m, 329, args, false);
}

mlrt_tensor *mlrt_full_like(mlrt *m, mlrt_tensor *x, double value,
    mlrt_dtype dtype) {
    const mlrt_arg args[] = {
        TENSOR(x),
        NUMBER(value),
        DTYPE(dtype),
    };
    return one(m, 330, args, false);
}

mlrt_tensor *mlrt_eye(mlrt *m, int64_t n, int64_t columns, mlrt_dtype dtype) {
    const mlrt_arg args[] = {
        INT(n),
        INT(columns),
        DTYPE(dtype),
    };
    return one(m, 331, args, false);
}

mlrt_tensor *mlrt_arange(mlrt *m, double start, double stop, double step,
    mlrt_dtype dtype) {
    const mlrt_arg args[] = {
        NUMBER(start),
        NUMBER(stop),
        NUMBER(step),
        DTYPE(dtype),
    };
    return one(m, 332, args, false);
}

mlrt_tensor *mlrt_range(mlrt *m, double start, double stop, double step,
    mlrt_dtype dtype) {
    const mlrt_arg args[] = {
        NUMBER(start),
        NUMBER(stop),
        NUMBER(step),
        DTYPE(dtype),
    };
    return one(m, 333, args, false);
}

mlrt_tensor *mlrt_linspace(mlrt *m, double start, double stop, int64_t steps,
    mlrt_dtype dtype) {
    const mlrt_arg args[] = {
        NUMBER(start),
        NUMBER(stop),
        INT(steps),
        DTYPE(dtype),
    };
    return one(m, 334, args, false);
}

mlrt_tensor *mlrt_logspace(mlrt *m, double start, double stop, int64_t steps,
    double base, mlrt_dtype dtype) {
    const mlrt_arg args[] = {
        NUMBER(start),
        NUMBER(stop),
        INT(steps),
        NUMBER(base),
        DTYPE(dtype),
    };
    return one(m, 335, args, false);
}

mlrt_tensor *mlrt_rand(mlrt *m, const int64_t *shape, int shape_n,
    mlrt_dtype dtype, mlrt_generator *generator) {
    const mlrt_arg args[] = {
        INTS(shape, shape_n, 0),
        DTYPE(dtype),
        GENERATOR(generator),
    };
    return one(m, 336, args, false);
}

mlrt_tensor *mlrt_randn(mlrt *m, const int64_t *shape, int shape_n,
    mlrt_dtype dtype, mlrt_generator *generator) {
    const mlrt_arg args[] = {
        INTS(shape, shape_n, 0),
        DTYPE(dtype),
        GENERATOR(generator),
    };
    return one(m, 337, args, false);
}

mlrt_tensor *mlrt_rand_like(mlrt *m, mlrt_tensor *x, mlrt_dtype dtype,
    mlrt_generator *generator) {
    const mlrt_arg args[] = {
        TENSOR(x),
        DTYPE(dtype),
        GENERATOR(generator),
    };
    return one(m, 338, args, false);
}

mlrt_tensor *mlrt_randn_like(mlrt *m, mlrt_tensor *x, mlrt_dtype dtype,
    mlrt_generator *generator) {
    const mlrt_arg args[] = {
        TENSOR(x),
        DTYPE(dtype),
        GENERATOR(generator),
    };
    return one(m, 339, args, false);
}

mlrt_tensor *mlrt_randint(mlrt *m, double low, double high,
    const int64_t *shape, int shape_n, mlrt_dtype dtype,
    mlrt_generator *generator) {
    const mlrt_arg args[] = {
        NUMBER(low),
        NUMBER(high),
        INTS(shape, shape_n, 0),
        DTYPE(dtype),
        GENERATOR(generator),
    };
    return one(m, 340, args, false);
}

mlrt_tensor *mlrt_randint_like(mlrt *m, mlrt_tensor *x, double low,
    double high, mlrt_dtype dtype, mlrt_generator *generator) {
    const mlrt_arg args[] = {
        TENSOR(x),
        NUMBER(low),
        NUMBER(high),
        DTYPE(dtype),
        GENERATOR(generator),
    };
    return one(m, 341, args, false);
}

mlrt_tensor *mlrt_randperm(mlrt *m, int64_t n, mlrt_generator *generator) {
    const mlrt_arg args[] = {
        INT(n),
        GENERATOR(generator),
    };
    return one(m, 342, args, false);
}

mlrt_tensor *mlrt_bernoulli(mlrt *m, mlrt_tensor *x,
    mlrt_generator *generator) {
    const mlrt_arg args[] = {
        TENSOR(x),
        GENERATOR(generator),
    };
    return one(m, 343, args, false);
}

mlrt_tensor *mlrt_normal(mlrt *m, mlrt_tensor *mean, mlrt_tensor *std,
    const int64_t *shape, int shape_n, mlrt_dtype dtype,
    mlrt_generator *generator) {
    const mlrt_arg args[] = {
        TENSOR(mean),
        TENSOR(std),
        INTS(shape, shape_n, 1),
        DTYPE(dtype),
        GENERATOR(generator),
    };
    return one(m, 344, args, false);
}

mlrt_tensor *mlrt_multinomial(mlrt *m, mlrt_tensor *x, int64_t num_samples,
    bool replacement, mlrt_generator *generator) {
    const mlrt_arg args[] = {
        TENSOR(x),
        INT(num_samples),
        PLAIN(replacement),
        GENERATOR(generator),
    };
    return one(m, 345, args, false);
}

mlrt_tensor *mlrt_uniform_(mlrt *m, mlrt_tensor *x, double low, double high,
    mlrt_generator *generator) {
    const mlrt_arg args[] = {
        TENSOR(x),
        NUMBER(low),
        NUMBER(high),
        GENERATOR(generator),
    };
    return one(m, 346, args, true);
}

mlrt_tensor *mlrt_normal_(mlrt *m, mlrt_tensor *x, double mean, double std,
    mlrt_generator *generator) {
    const mlrt_arg args[] = {
        TENSOR(x),
        NUMBER(mean),
        NUMBER(std),
        GENERATOR(generator),
    };
    return one(m, 347, args, true);
}

mlrt_tensor *mlrt_dropout(mlrt *m, mlrt_tensor *x, double p, bool training,
    mlrt_generator *generator) {
    const mlrt_arg args[] = {
        TENSOR(x),
        NUMBER(p),
        PLAIN(training),
        GENERATOR(generator),
    };
    return one(m, 348, args, false);
}

mlrt_tensor *mlrt__dropped(mlrt *m, mlrt_tensor *x, double p,
    const int64_t *stream, int stream_n) {
    const mlrt_arg args[] = {
        TENSOR(x),
        NUMBER(p),
        INTS(stream, stream_n, 0),
    };
    return one(m, 349, args, false);
}

mlrt_tensor *mlrt_cat(mlrt *m, mlrt_tensor *const *tensors, int tensors_n,
    int64_t dim) {
    const mlrt_arg args[] = {
        TENSORS(tensors, tensors_n),
        INT(dim),
    };
    return one(m, 350, args, false);
}

mlrt_tensor *mlrt_stack(mlrt *m, mlrt_tensor *const *tensors, int tensors_n,
    int64_t dim) {
    const mlrt_arg args[] = {
        TENSORS(tensors, tensors_n),
        INT(dim),
    };
    return one(m, 351, args, false);
}

int mlrt_meshgrid(mlrt *m, mlrt_tensor *const *tensors, int tensors_n,
    int indexing, mlrt_tensor **ys, int max_ys) {
    const mlrt_arg args[] = {
        TENSORS(tensors, tensors_n),
        PLAIN(indexing),
    };
    return mlrt_op_call(m, m->wrapper[352], args, false, ys, max_ys);
}
