/* mlrt_ops.h: a C function for each operation; part of mlrt.h.
 * Generated from the rows in core/ops by `make docs`.
 *
 * Absent optional tensors are MLRT_NONE, integers and dims
 * MLRT_ABSENT, numbers MLRT_ABSENT_NUMBER, lists NULL, dtypes
 * MLRT_DTYPE_NONE, texts NULL; words of an enum are numbered
 * from 0 in the order given.  `x_n` is the length of the list x.
 * Functions with several results return 0 or a negative status and
 * store new references where the pointer is not NULL; lists return
 * how many they stored. */

/* view: x with another shape of as many elements, sharing its memory. One
 * size may be -1: what is left. A layout that cannot be seen so is an error;
 * `reshape` copies then. */
MLRT_CHECK mlrt_tensor *mlrt_view(mlrt *m, mlrt_tensor *x,
    const int64_t *shape, int shape_n);

/* reshape: x with another shape of as many elements: a view where the layout
 * allows it, else a copy. One size may be -1: what is left. */
MLRT_CHECK mlrt_tensor *mlrt_reshape(mlrt *m, mlrt_tensor *x,
    const int64_t *shape, int shape_n);

/* flatten: x with the dimensions from start_dim to end_dim joined into one:
 * a view where the layout allows it, else a copy. */
MLRT_CHECK mlrt_tensor *mlrt_flatten(mlrt *m, mlrt_tensor *x,
    int64_t start_dim, int64_t end_dim);

/* unflatten: x with one dimension split into several; one size may be -1. */
MLRT_CHECK mlrt_tensor *mlrt_unflatten(mlrt *m, mlrt_tensor *x, int64_t dim,
    const int64_t *sizes, int sizes_n);

/* squeeze: x without its dimensions of size 1: all, or those given, which
 * stay if they have another size. */
MLRT_CHECK mlrt_tensor *mlrt_squeeze(mlrt *m, mlrt_tensor *x,
    const int64_t *dim, int dim_n);

/* unsqueeze: x with a dimension of size 1 put in at the place `dim` of the
 * result. */
MLRT_CHECK mlrt_tensor *mlrt_unsqueeze(mlrt *m, mlrt_tensor *x, int64_t dim);

/* transpose: x with two dimensions exchanged. */
MLRT_CHECK mlrt_tensor *mlrt_transpose(mlrt *m, mlrt_tensor *x, int64_t dim0,
    int64_t dim1);

/* t: The transpose of a matrix; x itself with fewer dimensions. */
MLRT_CHECK mlrt_tensor *mlrt_t(mlrt *m, mlrt_tensor *x);

/* permute: x with its dimensions in the order given: dimension d of the
 * result is dims[d] of x. */
MLRT_CHECK mlrt_tensor *mlrt_permute(mlrt *m, mlrt_tensor *x,
    const int64_t *dims, int dims_n);

/* movedim: x with the dimension `source` moved to the place `destination`,
 * the others in their order. A view. */
MLRT_CHECK mlrt_tensor *mlrt_movedim(mlrt *m, mlrt_tensor *x, int64_t source,
    int64_t destination);

/* expand: x seen with dimensions of size 1, and missing first ones, repeated
 * to `shape`; -1 leaves a size as it is. Nothing is copied. */
MLRT_CHECK mlrt_tensor *mlrt_expand(mlrt *m, mlrt_tensor *x,
    const int64_t *shape, int shape_n);

/* expand_as: x expanded to the shape of other. */
MLRT_CHECK mlrt_tensor *mlrt_expand_as(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *other);

/* slice: A range of positions in each of the first dimensions of x, as
 * x[{{a, b, step}, ...}] takes it. start and stop count from 0, stop is not
 * taken. */
MLRT_CHECK mlrt_tensor *mlrt_slice(mlrt *m, mlrt_tensor *x,
    const int64_t *start, int start_n, const int64_t *stop, int stop_n,
    const int64_t *step, int step_n);

/* narrow: `length` positions of one dimension, from `start` on. */
MLRT_CHECK mlrt_tensor *mlrt_narrow(mlrt *m, mlrt_tensor *x, int64_t dim,
    int64_t start, int64_t length);

/* select: One position of one dimension, which goes. */
MLRT_CHECK mlrt_tensor *mlrt_select(mlrt *m, mlrt_tensor *x, int64_t dim,
    int64_t index);

/* split: x cut along one dimension into parts of `size` positions (the last
 * may be smaller), or of the sizes listed. A list of views. */
MLRT_CHECK int mlrt_split(mlrt *m, mlrt_tensor *x, const int64_t *size,
    int size_n, int64_t dim, mlrt_tensor **ys, int max_ys);

/* chunk: x cut along one dimension into at most `chunks` parts of one size
 * (the last may be smaller). A list of views. */
MLRT_CHECK int mlrt_chunk(mlrt *m, mlrt_tensor *x, int64_t chunks,
    int64_t dim, mlrt_tensor **ys, int max_ys);

/* unbind: The positions of one dimension, which goes, as a list of views. */
MLRT_CHECK int mlrt_unbind(mlrt *m, mlrt_tensor *x, int64_t dim,
    mlrt_tensor **ys, int max_ys);

/* slice_assign_: x[{{a, b, step}, ...}] = value: replaces the part that
 * `slice` gives; value broadcasts to its shape. */
MLRT_CHECK mlrt_tensor *mlrt_slice_assign_(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *value, const int64_t *start, int start_n,
    const int64_t *stop, int stop_n, const int64_t *step, int step_n);

/* clone: A copy of x in memory of its own, in C order. */
MLRT_CHECK mlrt_tensor *mlrt_clone(mlrt *m, mlrt_tensor *x);

/* contiguous: x itself if it lies in C order, else a copy that does. */
MLRT_CHECK mlrt_tensor *mlrt_contiguous(mlrt *m, mlrt_tensor *x);

/* to: x converted to a dtype; x itself if it has it. Floats are cut towards
 * zero for integers; what does not fit becomes the nearest integer (nan: 0)
 * and is cut to its width. bool is `not zero`. Positions become numbers as
 * they are shown. */
MLRT_CHECK mlrt_tensor *mlrt_to(mlrt *m, mlrt_tensor *x, mlrt_dtype dtype);

/* copy_: Overwrites x with source, which is broadcast to its shape and
 * converted to its dtype. */
MLRT_CHECK mlrt_tensor *mlrt_copy_(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *source);

/* fill_: Sets every element of x to a number or the element of a 0-d tensor.
 * */
MLRT_CHECK mlrt_tensor *mlrt_fill_(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *value);

/* zero_: Sets every element of x to zero. */
MLRT_CHECK mlrt_tensor *mlrt_zero_(mlrt *m, mlrt_tensor *x);

/* flip: x with the order of positions reversed along each of dims. A copy.
 * */
MLRT_CHECK mlrt_tensor *mlrt_flip(mlrt *m, mlrt_tensor *x,
    const int64_t *dims, int dims_n);

/* roll: x with its positions moved on by `shifts` along dims, one shift for
 * each; what leaves at the end comes in at the beginning. A negative shift
 * moves back. Without dims the elements move in C order, as if x had one
 * dimension. A copy. */
MLRT_CHECK mlrt_tensor *mlrt_roll(mlrt *m, mlrt_tensor *x,
    const int64_t *shifts, int shifts_n, const int64_t *dims, int dims_n);

/* tile: x repeated dims[d] times along each dimension d, as blocks side by
 * side. A shorter list is for the last dimensions, a longer one puts new
 * dimensions before those of x. (PyTorch's `repeat`, a word that Lua keeps
 * for itself.) A copy; `expand` repeats without one. */
MLRT_CHECK mlrt_tensor *mlrt_tile(mlrt *m, mlrt_tensor *x,
    const int64_t *dims, int dims_n);

/* unfold: Windows of `size` positions of dim, one every `step` positions:
 * their number stays in dim's place, a last dimension of `size` runs within
 * each. A view: windows that overlap share elements. */
MLRT_CHECK mlrt_tensor *mlrt_unfold(mlrt *m, mlrt_tensor *x, int64_t dim,
    int64_t size, int64_t step);

/* rot90: x turned by k quarters, from the first of two dims towards the
 * second (default: the first two). */
MLRT_CHECK mlrt_tensor *mlrt_rot90(mlrt *m, mlrt_tensor *x, int64_t k,
    const int64_t *dims, int dims_n);

/* diagonal: The diagonal over dim1 and dim2 as the last dimension, in their
 * place. offset > 0: that many columns (positions of dim2) further right; <
 * 0: so many rows further down. A view. */
MLRT_CHECK mlrt_tensor *mlrt_diagonal(mlrt *m, mlrt_tensor *x, int64_t offset,
    int64_t dim1, int64_t dim2);

/* diag: A vector as the diagonal of a square matrix of zeros; the diagonal
 * of a matrix as a vector, a copy. diagonal > 0: that far above the main one;
 * < 0: below. */
MLRT_CHECK mlrt_tensor *mlrt_diag(mlrt *m, mlrt_tensor *x, int64_t diagonal);

/* tril: The lower triangle of each matrix (the last two dimensions): y[i][j]
 * = x[i][j] where j - i <= diagonal, else 0. */
MLRT_CHECK mlrt_tensor *mlrt_tril(mlrt *m, mlrt_tensor *x, int64_t diagonal);
MLRT_CHECK mlrt_tensor *mlrt_tril_(mlrt *m, mlrt_tensor *x, int64_t diagonal);

/* triu: The upper triangle of each matrix (the last two dimensions): y[i][j]
 * = x[i][j] where j - i >= diagonal, else 0. */
MLRT_CHECK mlrt_tensor *mlrt_triu(mlrt *m, mlrt_tensor *x, int64_t diagonal);
MLRT_CHECK mlrt_tensor *mlrt_triu_(mlrt *m, mlrt_tensor *x, int64_t diagonal);

/* pad: x with positions added at both ends of its last dimensions: pad is
 * {before, after} of the last one, then of the one before it, and so on;
 * negative numbers take positions away. They are filled with `value`, or from
 * x: reflect mirrors without repeating the outermost element, replicate
 * repeats it, circular begins again at the other end. An index is padded with
 * none. */
MLRT_CHECK mlrt_tensor *mlrt_pad(mlrt *m, mlrt_tensor *x, const int64_t *pad,
    int pad_n, int mode, double value);

/* neg: -x. Integers wrap. */
MLRT_CHECK mlrt_tensor *mlrt_neg(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_neg_(mlrt *m, mlrt_tensor *x);

/* abs: |x|; its gradient at 0 is 0. The smallest i64 and i32 stay as they
 * are. */
MLRT_CHECK mlrt_tensor *mlrt_abs(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_abs_(mlrt *m, mlrt_tensor *x);

/* sign: 1 where x is above 0, -1 where it is below, else 0 (nan too). The
 * gradient is 0. */
MLRT_CHECK mlrt_tensor *mlrt_sign(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_sign_(mlrt *m, mlrt_tensor *x);

/* square: x^2. Integers wrap. */
MLRT_CHECK mlrt_tensor *mlrt_square(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_square_(mlrt *m, mlrt_tensor *x);

/* reciprocal: 1 / x; integers give f32. */
MLRT_CHECK mlrt_tensor *mlrt_reciprocal(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_reciprocal_(mlrt *m, mlrt_tensor *x);

/* sqrt: Square root; integers give f32, numbers below 0 nan. */
MLRT_CHECK mlrt_tensor *mlrt_sqrt(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_sqrt_(mlrt *m, mlrt_tensor *x);

/* rsqrt: 1 / sqrt(x); integers give f32. */
MLRT_CHECK mlrt_tensor *mlrt_rsqrt(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_rsqrt_(mlrt *m, mlrt_tensor *x);

/* exp: e^x; integers give f32. */
MLRT_CHECK mlrt_tensor *mlrt_exp(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_exp_(mlrt *m, mlrt_tensor *x);

/* exp2: 2^x; integers give f32. */
MLRT_CHECK mlrt_tensor *mlrt_exp2(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_exp2_(mlrt *m, mlrt_tensor *x);

/* expm1: e^x - 1, exact near 0 too; integers give f32. */
MLRT_CHECK mlrt_tensor *mlrt_expm1(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_expm1_(mlrt *m, mlrt_tensor *x);

/* log: Natural logarithm; integers give f32. log(0) is -inf, that of numbers
 * below 0 nan. */
MLRT_CHECK mlrt_tensor *mlrt_log(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_log_(mlrt *m, mlrt_tensor *x);

/* log2: Logarithm to base 2; integers give f32. */
MLRT_CHECK mlrt_tensor *mlrt_log2(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_log2_(mlrt *m, mlrt_tensor *x);

/* log10: Logarithm to base 10; integers give f32. */
MLRT_CHECK mlrt_tensor *mlrt_log10(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_log10_(mlrt *m, mlrt_tensor *x);

/* log1p: log(1 + x), exact near 0 too; integers give f32. */
MLRT_CHECK mlrt_tensor *mlrt_log1p(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_log1p_(mlrt *m, mlrt_tensor *x);

/* sin: Sine of x in radians; integers give f32. */
MLRT_CHECK mlrt_tensor *mlrt_sin(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_sin_(mlrt *m, mlrt_tensor *x);

/* cos: Cosine of x in radians; integers give f32. */
MLRT_CHECK mlrt_tensor *mlrt_cos(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_cos_(mlrt *m, mlrt_tensor *x);

/* tan: Tangent of x in radians; integers give f32. */
MLRT_CHECK mlrt_tensor *mlrt_tan(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_tan_(mlrt *m, mlrt_tensor *x);

/* asin: Inverse sine, in radians from -pi/2 to pi/2; integers give f32,
 * numbers beyond -1..1 nan. */
MLRT_CHECK mlrt_tensor *mlrt_asin(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_asin_(mlrt *m, mlrt_tensor *x);

/* acos: Inverse cosine, in radians from 0 to pi; integers give f32, numbers
 * beyond -1..1 nan. */
MLRT_CHECK mlrt_tensor *mlrt_acos(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_acos_(mlrt *m, mlrt_tensor *x);

/* atan: Inverse tangent, in radians from -pi/2 to pi/2; integers give f32.
 * */
MLRT_CHECK mlrt_tensor *mlrt_atan(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_atan_(mlrt *m, mlrt_tensor *x);

/* sinh: Hyperbolic sine; integers give f32. */
MLRT_CHECK mlrt_tensor *mlrt_sinh(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_sinh_(mlrt *m, mlrt_tensor *x);

/* cosh: Hyperbolic cosine; integers give f32. */
MLRT_CHECK mlrt_tensor *mlrt_cosh(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_cosh_(mlrt *m, mlrt_tensor *x);

/* tanh: Hyperbolic tangent; integers give f32. */
MLRT_CHECK mlrt_tensor *mlrt_tanh(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_tanh_(mlrt *m, mlrt_tensor *x);

/* sigmoid: 1 / (1 + exp(-x)), the logistic function; integers give f32. */
MLRT_CHECK mlrt_tensor *mlrt_sigmoid(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_sigmoid_(mlrt *m, mlrt_tensor *x);

/* erf: Error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0
 * to x; integers give f32. */
MLRT_CHECK mlrt_tensor *mlrt_erf(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_erf_(mlrt *m, mlrt_tensor *x);

/* erfc: 1 - erf(x), exact where that would round to 0; integers give f32. */
MLRT_CHECK mlrt_tensor *mlrt_erfc(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_erfc_(mlrt *m, mlrt_tensor *x);

/* floor: The largest whole number not above x; integers stay. The gradient
 * is 0. */
MLRT_CHECK mlrt_tensor *mlrt_floor(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_floor_(mlrt *m, mlrt_tensor *x);

/* ceil: The smallest whole number not below x; integers stay. The gradient
 * is 0. */
MLRT_CHECK mlrt_tensor *mlrt_ceil(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_ceil_(mlrt *m, mlrt_tensor *x);

/* round: The nearest whole number, halves to the even one; integers stay.
 * The gradient is 0. */
MLRT_CHECK mlrt_tensor *mlrt_round(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_round_(mlrt *m, mlrt_tensor *x);

/* trunc: x without its fraction: rounded towards 0; integers stay. The
 * gradient is 0. */
MLRT_CHECK mlrt_tensor *mlrt_trunc(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_trunc_(mlrt *m, mlrt_tensor *x);

/* frac: x - trunc(x), of the sign of x; 0 for integers. */
MLRT_CHECK mlrt_tensor *mlrt_frac(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_frac_(mlrt *m, mlrt_tensor *x);

/* isnan: Where x is nan, as bool. */
MLRT_CHECK mlrt_tensor *mlrt_isnan(mlrt *m, mlrt_tensor *x);

/* isinf: Where x is inf or -inf, as bool. */
MLRT_CHECK mlrt_tensor *mlrt_isinf(mlrt *m, mlrt_tensor *x);

/* isfinite: Where x is neither infinite nor nan, as bool. */
MLRT_CHECK mlrt_tensor *mlrt_isfinite(mlrt *m, mlrt_tensor *x);

/* logical_not: Where x is 0 (or false), as bool. */
MLRT_CHECK mlrt_tensor *mlrt_logical_not(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_logical_not_(mlrt *m, mlrt_tensor *x);

/* bitwise_not: Every bit turned over; of bool, not. */
MLRT_CHECK mlrt_tensor *mlrt_bitwise_not(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_bitwise_not_(mlrt *m, mlrt_tensor *x);

/* add: x + y, or x + alpha y. Integers wrap, and want an integer alpha. */
MLRT_CHECK mlrt_tensor *mlrt_add(mlrt *m, mlrt_tensor *x, mlrt_tensor *y);
MLRT_CHECK mlrt_tensor *mlrt_add_(mlrt *m, mlrt_tensor *x, mlrt_tensor *y);

/* sub: x - y, or x - alpha y. Integers wrap, and want an integer alpha. */
MLRT_CHECK mlrt_tensor *mlrt_sub(mlrt *m, mlrt_tensor *x, mlrt_tensor *y);
MLRT_CHECK mlrt_tensor *mlrt_sub_(mlrt *m, mlrt_tensor *x, mlrt_tensor *y);

/* mul: x * y. Integers wrap. */
MLRT_CHECK mlrt_tensor *mlrt_mul(mlrt *m, mlrt_tensor *x, mlrt_tensor *y);
MLRT_CHECK mlrt_tensor *mlrt_mul_(mlrt *m, mlrt_tensor *x, mlrt_tensor *y);

/* div: x / y; integers give f32. Division by zero gives inf or nan. Rounded
 * towards zero ("trunc") or down ("floor", which is floor_divide), integers
 * stay integers, may not be divided by zero, and the gradient is 0. */
MLRT_CHECK mlrt_tensor *mlrt_div(mlrt *m, mlrt_tensor *x, mlrt_tensor *y);
MLRT_CHECK mlrt_tensor *mlrt_div_(mlrt *m, mlrt_tensor *x, mlrt_tensor *y);

/* floor_divide: floor(x / y), as Lua's //. Integers stay integers and may
 * not be divided by zero. The gradient is 0. */
MLRT_CHECK mlrt_tensor *mlrt_floor_divide(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *y);
MLRT_CHECK mlrt_tensor *mlrt_floor_divide_(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *y);

/* remainder: x - y floor(x / y), of the sign of y, as Lua's %. Integers may
 * not be divided by zero. */
MLRT_CHECK mlrt_tensor *mlrt_remainder(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *y);
MLRT_CHECK mlrt_tensor *mlrt_remainder_(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *y);

/* fmod: x - y trunc(x / y), of the sign of x, as C's fmod. Integers may not
 * be divided by zero. */
MLRT_CHECK mlrt_tensor *mlrt_fmod(mlrt *m, mlrt_tensor *x, mlrt_tensor *y);
MLRT_CHECK mlrt_tensor *mlrt_fmod_(mlrt *m, mlrt_tensor *x, mlrt_tensor *y);

/* pow: x^y. Integers wrap, and have no negative powers; a fraction as
 * exponent makes f32 of them. Of a negative x there are only whole powers,
 * the others are nan. */
MLRT_CHECK mlrt_tensor *mlrt_pow(mlrt *m, mlrt_tensor *x, mlrt_tensor *y);
MLRT_CHECK mlrt_tensor *mlrt_pow_(mlrt *m, mlrt_tensor *x, mlrt_tensor *y);

/* maximum: The larger of x and y; nan if either is. Equal ones share the
 * gradient. */
MLRT_CHECK mlrt_tensor *mlrt_maximum(mlrt *m, mlrt_tensor *x, mlrt_tensor *y);
MLRT_CHECK mlrt_tensor *mlrt_maximum_(mlrt *m, mlrt_tensor *x, mlrt_tensor *y);

/* minimum: The smaller of x and y; nan if either is. Equal ones share the
 * gradient. */
MLRT_CHECK mlrt_tensor *mlrt_minimum(mlrt *m, mlrt_tensor *x, mlrt_tensor *y);
MLRT_CHECK mlrt_tensor *mlrt_minimum_(mlrt *m, mlrt_tensor *x, mlrt_tensor *y);

/* lerp: x + weight (y - x): x at weight 0, y at 1; integers give f32. */
MLRT_CHECK mlrt_tensor *mlrt_lerp(mlrt *m, mlrt_tensor *x, mlrt_tensor *y,
    mlrt_tensor *weight);
MLRT_CHECK mlrt_tensor *mlrt_lerp_(mlrt *m, mlrt_tensor *x, mlrt_tensor *y,
    mlrt_tensor *weight);

/* clamp: x, or min where it is below, or max where it (or min) is above. At
 * the bounds x has the gradient. nan stays, and a bound that is nan gives
 * nan. */
MLRT_CHECK mlrt_tensor *mlrt_clamp(mlrt *m, mlrt_tensor *x, mlrt_tensor *min,
    mlrt_tensor *max);
MLRT_CHECK mlrt_tensor *mlrt_clamp_(mlrt *m, mlrt_tensor *x, mlrt_tensor *min,
    mlrt_tensor *max);

/* clamp_min: x, or min where it is below: clamp with one bound. */
MLRT_CHECK mlrt_tensor *mlrt_clamp_min(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *min);
MLRT_CHECK mlrt_tensor *mlrt_clamp_min_(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *min);

/* clamp_max: x, or max where it is above: clamp with one bound. */
MLRT_CHECK mlrt_tensor *mlrt_clamp_max(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *max);
MLRT_CHECK mlrt_tensor *mlrt_clamp_max_(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *max);

/* atan2: The angle of the point (x, y) from the x axis, in radians from -pi
 * to pi; integers give f32. */
MLRT_CHECK mlrt_tensor *mlrt_atan2(mlrt *m, mlrt_tensor *y, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_atan2_(mlrt *m, mlrt_tensor *y, mlrt_tensor *x);

/* hypot: sqrt(x^2 + y^2), without overflow on the way; integers give f32. */
MLRT_CHECK mlrt_tensor *mlrt_hypot(mlrt *m, mlrt_tensor *x, mlrt_tensor *y);
MLRT_CHECK mlrt_tensor *mlrt_hypot_(mlrt *m, mlrt_tensor *x, mlrt_tensor *y);

/* copysign: The magnitude of x with the sign of y, which -0 and nan have
 * too; integers give f32. */
MLRT_CHECK mlrt_tensor *mlrt_copysign(mlrt *m, mlrt_tensor *x, mlrt_tensor *y);
MLRT_CHECK mlrt_tensor *mlrt_copysign_(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *y);

/* logaddexp: log(exp(x) + exp(y)), without overflow on the way; integers
 * give f32. */
MLRT_CHECK mlrt_tensor *mlrt_logaddexp(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *y);
MLRT_CHECK mlrt_tensor *mlrt_logaddexp_(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *y);

/* logaddexp2: log2(2^x + 2^y), without overflow on the way; integers give
 * f32. */
MLRT_CHECK mlrt_tensor *mlrt_logaddexp2(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *y);

/* addcmul: x + value tensor1 tensor2. The shapes broadcast. */
MLRT_CHECK mlrt_tensor *mlrt_addcmul(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *tensor1, mlrt_tensor *tensor2, double value);

/* addcdiv: x + value tensor1 / tensor2. The shapes broadcast. */
MLRT_CHECK mlrt_tensor *mlrt_addcdiv(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *tensor1, mlrt_tensor *tensor2, double value);

/* xlogy: x log(y), and 0 where x is 0, unless y is nan. The shapes
 * broadcast. */
MLRT_CHECK mlrt_tensor *mlrt_xlogy(mlrt *m, mlrt_tensor *x, mlrt_tensor *y);

/* logit: log(x / (1 - x)), the inverse of sigmoid. With eps, x is first held
 * within eps..1 - eps; without, what is outside 0..1 gives nan. */
MLRT_CHECK mlrt_tensor *mlrt_logit(mlrt *m, mlrt_tensor *x, double eps);

/* nan_to_num: x with numbers in place of nan, inf and -inf: by default 0,
 * the largest and the smallest finite number of its dtype. */
MLRT_CHECK mlrt_tensor *mlrt_nan_to_num(mlrt *m, mlrt_tensor *x, double nan,
    double posinf, double neginf);

/* fmax: The larger of x and y; where one is nan, the other. The shapes
 * broadcast. */
MLRT_CHECK mlrt_tensor *mlrt_fmax(mlrt *m, mlrt_tensor *x, mlrt_tensor *y);

/* fmin: The smaller of x and y; where one is nan, the other. The shapes
 * broadcast. */
MLRT_CHECK mlrt_tensor *mlrt_fmin(mlrt *m, mlrt_tensor *x, mlrt_tensor *y);

/* isclose: Where |x - y| <= atol + rtol |y|, as bool; equal infinities are
 * close, and nan to nan if equal_nan. Computed in f64; the shapes broadcast.
 * m.allclose says it of all elements. */
MLRT_CHECK mlrt_tensor *mlrt_isclose(mlrt *m, mlrt_tensor *x, mlrt_tensor *y,
    double rtol, double atol, bool equal_nan);

/* eq: Where x equals y, as bool; nan does not ever. An index compares with
 * an index, or with a position written as a number. */
MLRT_CHECK mlrt_tensor *mlrt_eq(mlrt *m, mlrt_tensor *x, mlrt_tensor *y);

/* ne: Where x differs from y, as bool; nan always does. An index compares
 * with an index, or with a position written as a number. */
MLRT_CHECK mlrt_tensor *mlrt_ne(mlrt *m, mlrt_tensor *x, mlrt_tensor *y);

/* lt: Where x is below y, as bool; nan is not ever. An index compares with
 * an index, or with a position written as a number. */
MLRT_CHECK mlrt_tensor *mlrt_lt(mlrt *m, mlrt_tensor *x, mlrt_tensor *y);

/* le: Where x is not above y, as bool; nan is not ever. An index compares
 * with an index, or with a position written as a number. */
MLRT_CHECK mlrt_tensor *mlrt_le(mlrt *m, mlrt_tensor *x, mlrt_tensor *y);

/* gt: Where x is above y, as bool; nan is not ever. An index compares with
 * an index, or with a position written as a number. */
MLRT_CHECK mlrt_tensor *mlrt_gt(mlrt *m, mlrt_tensor *x, mlrt_tensor *y);

/* ge: Where x is not below y, as bool; nan is not ever. An index compares
 * with an index, or with a position written as a number. */
MLRT_CHECK mlrt_tensor *mlrt_ge(mlrt *m, mlrt_tensor *x, mlrt_tensor *y);

/* logical_and: Where neither x nor y is 0 (or false), as bool. */
MLRT_CHECK mlrt_tensor *mlrt_logical_and(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *y);
MLRT_CHECK mlrt_tensor *mlrt_logical_and_(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *y);

/* logical_or: Where x or y is not 0 (or false), as bool. */
MLRT_CHECK mlrt_tensor *mlrt_logical_or(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *y);
MLRT_CHECK mlrt_tensor *mlrt_logical_or_(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *y);

/* logical_xor: Where one of x and y is 0 (or false) and the other is not, as
 * bool. */
MLRT_CHECK mlrt_tensor *mlrt_logical_xor(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *y);
MLRT_CHECK mlrt_tensor *mlrt_logical_xor_(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *y);

/* bitwise_and: Bits that are set in both x and y, integers or bool: Lua's &.
 * */
MLRT_CHECK mlrt_tensor *mlrt_bitwise_and(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *y);
MLRT_CHECK mlrt_tensor *mlrt_bitwise_and_(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *y);

/* bitwise_or: Bits that are set in x or y, integers or bool: Lua's |. */
MLRT_CHECK mlrt_tensor *mlrt_bitwise_or(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *y);
MLRT_CHECK mlrt_tensor *mlrt_bitwise_or_(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *y);

/* bitwise_xor: Bits that are set in one of x and y, integers or bool: Lua's
 * ~. */
MLRT_CHECK mlrt_tensor *mlrt_bitwise_xor(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *y);
MLRT_CHECK mlrt_tensor *mlrt_bitwise_xor_(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *y);

/* where: x where the condition is true, y where it is not. The three
 * broadcast. What is not chosen gets the gradient 0. */
MLRT_CHECK mlrt_tensor *mlrt_where(mlrt *m, mlrt_tensor *condition,
    mlrt_tensor *x, mlrt_tensor *y);

/* elu: x where it is above 0, alpha (exp(x) - 1) elsewhere. Clevert et al.
 * 2015. */
MLRT_CHECK mlrt_tensor *mlrt_elu(mlrt *m, mlrt_tensor *x, double alpha);
MLRT_CHECK mlrt_tensor *mlrt_elu_(mlrt *m, mlrt_tensor *x, double alpha);

/* celu: x where it is above 0, alpha (exp(x / alpha) - 1) elsewhere. Barron
 * 2017. */
MLRT_CHECK mlrt_tensor *mlrt_celu(mlrt *m, mlrt_tensor *x, double alpha);
MLRT_CHECK mlrt_tensor *mlrt_celu_(mlrt *m, mlrt_tensor *x, double alpha);

/* selu: 1.0507 x where it is above 0, 1.7581 (exp(x) - 1) elsewhere: keeps
 * mean 0 and variance 1 through layers. Klambauer et al. 2017. */
MLRT_CHECK mlrt_tensor *mlrt_selu(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_selu_(mlrt *m, mlrt_tensor *x);

/* gelu: x P(x), P the standard normal distribution; with tanh, P(x) is (1 +
 * tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2. Hendrycks and Gimpel 2016. */
MLRT_CHECK mlrt_tensor *mlrt_gelu(mlrt *m, mlrt_tensor *x, int approximate);
MLRT_CHECK mlrt_tensor *mlrt_gelu_(mlrt *m, mlrt_tensor *x, int approximate);

/* silu: x / (1 + exp(-x)), also known as swish. Elfwing et al. 2017. */
MLRT_CHECK mlrt_tensor *mlrt_silu(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_silu_(mlrt *m, mlrt_tensor *x);

/* mish: x tanh(log(1 + exp(x))). Misra 2019. */
MLRT_CHECK mlrt_tensor *mlrt_mish(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_mish_(mlrt *m, mlrt_tensor *x);

/* softplus: log(1 + exp(beta x)) / beta, a smooth relu; x itself where beta
 * x is above the threshold. */
MLRT_CHECK mlrt_tensor *mlrt_softplus(mlrt *m, mlrt_tensor *x, double beta,
    double threshold);
MLRT_CHECK mlrt_tensor *mlrt_softplus_(mlrt *m, mlrt_tensor *x, double beta,
    double threshold);

/* logsigmoid: log(sigmoid(x)), exact where that would round to 0. */
MLRT_CHECK mlrt_tensor *mlrt_logsigmoid(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_logsigmoid_(mlrt *m, mlrt_tensor *x);

/* softsign: x / (1 + |x|). */
MLRT_CHECK mlrt_tensor *mlrt_softsign(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_softsign_(mlrt *m, mlrt_tensor *x);

/* glu: a sigmoid(b), where a and b are the halves of x along dim, whose size
 * is even. x: f32 or f64. Dauphin et al. 2017. */
MLRT_CHECK mlrt_tensor *mlrt_glu(mlrt *m, mlrt_tensor *x, int64_t dim);

/* softmin: The softmax of -x along dim. x: f32 or f64. */
MLRT_CHECK mlrt_tensor *mlrt_softmin(mlrt *m, mlrt_tensor *x, int64_t dim);

/* threshold: x where it is above threshold, value elsewhere. */
MLRT_CHECK mlrt_tensor *mlrt_threshold(mlrt *m, mlrt_tensor *x,
    double threshold, double value);

/* hardshrink: 0 where |x| <= lambd, x elsewhere. x: f32 or f64. */
MLRT_CHECK mlrt_tensor *mlrt_hardshrink(mlrt *m, mlrt_tensor *x, double lambd);

/* softshrink: x brought nearer to 0 by lambd, 0 where |x| <= lambd. x: f32
 * or f64. */
MLRT_CHECK mlrt_tensor *mlrt_softshrink(mlrt *m, mlrt_tensor *x, double lambd);

/* tanhshrink: x - tanh(x). x: f32 or f64. */
MLRT_CHECK mlrt_tensor *mlrt_tanhshrink(mlrt *m, mlrt_tensor *x);

/* relu: max(x, 0), the rectifier; its gradient at 0 is 0. Integers stay
 * integers. */
MLRT_CHECK mlrt_tensor *mlrt_relu(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_relu_(mlrt *m, mlrt_tensor *x);

/* leaky_relu: x where it is above 0, negative_slope x elsewhere. */
MLRT_CHECK mlrt_tensor *mlrt_leaky_relu(mlrt *m, mlrt_tensor *x,
    double negative_slope);
MLRT_CHECK mlrt_tensor *mlrt_leaky_relu_(mlrt *m, mlrt_tensor *x,
    double negative_slope);

/* prelu: x where it is above 0, weight x elsewhere, the weight being learnt:
 * one value, or one for each channel of x (N, C, ...). He et al. 2015. */
MLRT_CHECK mlrt_tensor *mlrt_prelu(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *weight);

/* hardtanh: x between min_val and max_val; where it is not, and at both
 * ends, the gradient is 0. */
MLRT_CHECK mlrt_tensor *mlrt_hardtanh(mlrt *m, mlrt_tensor *x, double min_val,
    double max_val);
MLRT_CHECK mlrt_tensor *mlrt_hardtanh_(mlrt *m, mlrt_tensor *x,
    double min_val, double max_val);

/* relu6: min(max(x, 0), 6); where x is not between, and at both ends, the
 * gradient is 0. */
MLRT_CHECK mlrt_tensor *mlrt_relu6(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_relu6_(mlrt *m, mlrt_tensor *x);

/* hardsigmoid: min(max(x + 3, 0), 6) / 6. */
MLRT_CHECK mlrt_tensor *mlrt_hardsigmoid(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_hardsigmoid_(mlrt *m, mlrt_tensor *x);

/* hardswish: x min(max(x + 3, 0), 6) / 6. Howard et al. 2019. */
MLRT_CHECK mlrt_tensor *mlrt_hardswish(mlrt *m, mlrt_tensor *x);
MLRT_CHECK mlrt_tensor *mlrt_hardswish_(mlrt *m, mlrt_tensor *x);

/* sum: Sum over the given dimensions, all if none are given. Integers and
 * bool give i64, which wraps. An empty sum is 0. Floats are added in blocks,
 * so the error hardly grows with the count. */
MLRT_CHECK mlrt_tensor *mlrt_sum(mlrt *m, mlrt_tensor *x, const int64_t *dim,
    int dim_n, bool keepdim);

/* mean: Arithmetic mean over the given dimensions, all if none are given. x:
 * f32 or f64. The mean of nothing is nan. */
MLRT_CHECK mlrt_tensor *mlrt_mean(mlrt *m, mlrt_tensor *x, const int64_t *dim,
    int dim_n, bool keepdim);

/* nansum: Sum over the given dimensions, all if none are given, of the
 * elements that are not nan. x: f32 or f64. */
MLRT_CHECK mlrt_tensor *mlrt_nansum(mlrt *m, mlrt_tensor *x,
    const int64_t *dim, int dim_n, bool keepdim);

/* prod: Product over the given dimensions, all if none are given. Integers
 * and bool give i64, which wraps. An empty product is 1. */
MLRT_CHECK mlrt_tensor *mlrt_prod(mlrt *m, mlrt_tensor *x, const int64_t *dim,
    int dim_n, bool keepdim);

/* amax: Largest element over the given dimensions, all if none are given;
 * nan if there is one. Equal elements share the gradient. Nothing to choose
 * from is an error. */
MLRT_CHECK mlrt_tensor *mlrt_amax(mlrt *m, mlrt_tensor *x, const int64_t *dim,
    int dim_n, bool keepdim);

/* amin: Smallest element over the given dimensions, all if none are given;
 * nan if there is one. Equal elements share the gradient. Nothing to choose
 * from is an error. */
MLRT_CHECK mlrt_tensor *mlrt_amin(mlrt *m, mlrt_tensor *x, const int64_t *dim,
    int dim_n, bool keepdim);

/* any: Whether an element over the given dimensions is not zero; false for
 * nothing. nan is not zero. */
MLRT_CHECK mlrt_tensor *mlrt_any(mlrt *m, mlrt_tensor *x, const int64_t *dim,
    int dim_n, bool keepdim);

/* all: Whether no element over the given dimensions is zero; true for
 * nothing. nan is not zero. */
MLRT_CHECK mlrt_tensor *mlrt_all(mlrt *m, mlrt_tensor *x, const int64_t *dim,
    int dim_n, bool keepdim);

/* count_nonzero: How many elements over the given dimensions are not zero,
 * as i64. nan is not zero. */
MLRT_CHECK mlrt_tensor *mlrt_count_nonzero(mlrt *m, mlrt_tensor *x,
    const int64_t *dim, int dim_n, bool keepdim);

/* var: Variance over the given dimensions: the sum of squared distances from
 * the mean, divided by the count less `correction`. Too few elements give nan
 * or inf. x: f32 or f64. */
MLRT_CHECK mlrt_tensor *mlrt_var(mlrt *m, mlrt_tensor *x, const int64_t *dim,
    int dim_n, bool keepdim, int64_t correction);

/* std: Standard deviation over the given dimensions: the square root of
 * `var`. Its gradient is 0 where it is 0. */
MLRT_CHECK mlrt_tensor *mlrt_std(mlrt *m, mlrt_tensor *x, const int64_t *dim,
    int dim_n, bool keepdim, int64_t correction);

/* norm: Vector norm (sum |x|^p)^(1/p) over the given dimensions. p may be
 * inf (largest |x|), -inf (smallest) or 0 (count of elements that are not
 * zero). x: f32 or f64. The 2-norm's gradient at 0 is 0. */
MLRT_CHECK mlrt_tensor *mlrt_norm(mlrt *m, mlrt_tensor *x, double p,
    const int64_t *dim, int dim_n, bool keepdim);

/* logsumexp: log(sum(exp(x))) over the given dimensions, without overflow.
 * x: f32 or f64. */
MLRT_CHECK mlrt_tensor *mlrt_logsumexp(mlrt *m, mlrt_tensor *x,
    const int64_t *dim, int dim_n, bool keepdim);

/* var_mean: `var` and `mean` over the given dimensions, all if none are
 * given. */
MLRT_CHECK int mlrt_var_mean(mlrt *m, mlrt_tensor *x, const int64_t *dim,
    int dim_n, bool keepdim, int64_t correction, mlrt_tensor **var,
    mlrt_tensor **mean);

/* std_mean: `std` and `mean` over the given dimensions, all if none are
 * given. */
MLRT_CHECK int mlrt_std_mean(mlrt *m, mlrt_tensor *x, const int64_t *dim,
    int dim_n, bool keepdim, int64_t correction, mlrt_tensor **std,
    mlrt_tensor **mean);

/* aminmax: The smallest and the largest element along dim, or of all; nan
 * wins. Equal ones share the gradient. */
MLRT_CHECK int mlrt_aminmax(mlrt *m, mlrt_tensor *x, int64_t dim,
    bool keepdim, mlrt_tensor **min, mlrt_tensor **max);

/* max: With dim: the largest elements along it, and where they are (the
 * first of equal ones), as index. Without: the largest of all elements,
 * alone. nan wins. Nothing to choose from is an error. */
MLRT_CHECK int mlrt_max(mlrt *m, mlrt_tensor *x, int64_t dim, bool keepdim,
    mlrt_tensor **values, mlrt_tensor **indices);

/* min: With dim: the smallest elements along it, and where they are (the
 * first of equal ones), as index. Without: the smallest of all elements,
 * alone. nan wins. Nothing to choose from is an error. */
MLRT_CHECK int mlrt_min(mlrt *m, mlrt_tensor *x, int64_t dim, bool keepdim,
    mlrt_tensor **values, mlrt_tensor **indices);

/* argmax: Where the largest elements along dim are (the first of equal ones,
 * or of nans), as index; without dim, in x flattened. */
MLRT_CHECK mlrt_tensor *mlrt_argmax(mlrt *m, mlrt_tensor *x, int64_t dim,
    bool keepdim);

/* argmin: Where the smallest elements along dim are (the first of equal
 * ones, or of nans), as index; without dim, in x flattened. */
MLRT_CHECK mlrt_tensor *mlrt_argmin(mlrt *m, mlrt_tensor *x, int64_t dim,
    bool keepdim);

/* sort: x sorted along dim, and where each element was, as index. Equal
 * elements keep their order; nan counts as larger than all. */
MLRT_CHECK int mlrt_sort(mlrt *m, mlrt_tensor *x, int64_t dim,
    bool descending, mlrt_tensor **values, mlrt_tensor **indices);

/* argsort: The positions, as index, that put x in order along dim. Equal
 * elements keep their order; nan counts as larger than all. */
MLRT_CHECK mlrt_tensor *mlrt_argsort(mlrt *m, mlrt_tensor *x, int64_t dim,
    bool descending);

/* topk: The k largest (or smallest) elements along dim and where they are,
 * as index, best first; the first of equal ones come first. nan counts as
 * larger than all. They are always sorted. */
MLRT_CHECK int mlrt_topk(mlrt *m, mlrt_tensor *x, int64_t k, int64_t dim,
    bool largest, bool sorted, mlrt_tensor **values, mlrt_tensor **indices);

/* median: With dim: the medians along it, and where they are, as index.
 * Without: the median of all elements, alone. Of an even number of elements
 * the lower of the two in the middle; nan if there is one. Nothing to choose
 * from is an error. */
MLRT_CHECK int mlrt_median(mlrt *m, mlrt_tensor *x, int64_t dim, bool keepdim,
    mlrt_tensor **values, mlrt_tensor **indices);

/* kthvalue: The k-th smallest elements along dim, k from 1, and where they
 * are, as index; the first of equal ones come first. nan counts as larger
 * than all. */
MLRT_CHECK int mlrt_kthvalue(mlrt *m, mlrt_tensor *x, int64_t k, int64_t dim,
    bool keepdim, mlrt_tensor **values, mlrt_tensor **indices);

/* mode: The most frequent elements along dim, the smallest of equally
 * frequent ones, and where they stand last, as index. nan equals nothing. */
MLRT_CHECK int mlrt_mode(mlrt *m, mlrt_tensor *x, int64_t dim, bool keepdim,
    mlrt_tensor **values, mlrt_tensor **indices);

/* quantile: The value below which a part q, 0..1, of the elements lies,
 * along dim or of all. Between two elements it is interpolated. q may be a
 * list, a tensor of one dimension: the results of each lie along a new first
 * dimension. nan if there is one. x: f32 or f64. */
MLRT_CHECK mlrt_tensor *mlrt_quantile(mlrt *m, mlrt_tensor *x, mlrt_tensor *q,
    int64_t dim, bool keepdim, int interpolation);

/* nanmean: Arithmetic mean over the given dimensions, all if none are given,
 * of the elements that are not nan; nan if there are none. x: f32 or f64. */
MLRT_CHECK mlrt_tensor *mlrt_nanmean(mlrt *m, mlrt_tensor *x,
    const int64_t *dim, int dim_n, bool keepdim);

/* cumsum: Sums of the elements up to each along dim. Integers and bool give
 * i64, which wraps; f32 is added in double. */
MLRT_CHECK mlrt_tensor *mlrt_cumsum(mlrt *m, mlrt_tensor *x, int64_t dim);

/* cumprod: Products of the elements up to each along dim. Integers and bool
 * give i64, which wraps; f32 is multiplied in double. */
MLRT_CHECK mlrt_tensor *mlrt_cumprod(mlrt *m, mlrt_tensor *x, int64_t dim);

/* logcumsumexp: log(cumsum(exp(x))) along dim, without overflow. x: f32 or
 * f64. */
MLRT_CHECK mlrt_tensor *mlrt_logcumsumexp(mlrt *m, mlrt_tensor *x,
    int64_t dim);

/* cummax: The largest of the elements up to each along dim, and where they
 * are (the last of equal ones), as index. nan wins. */
MLRT_CHECK int mlrt_cummax(mlrt *m, mlrt_tensor *x, int64_t dim,
    mlrt_tensor **values, mlrt_tensor **indices);

/* cummin: The smallest of the elements up to each along dim, and where they
 * are (the last of equal ones), as index. nan wins. */
MLRT_CHECK int mlrt_cummin(mlrt *m, mlrt_tensor *x, int64_t dim,
    mlrt_tensor **values, mlrt_tensor **indices);

/* diff: Each element along dim less the one before it, which leaves one
 * element less; n times over. */
MLRT_CHECK mlrt_tensor *mlrt_diff(mlrt *m, mlrt_tensor *x, int64_t n,
    int64_t dim);

/* unique: The elements of x without repetitions, in order (whatever `sorted`
 * says); with dim, slices along it. nan equals nan. return_inverse: also
 * where each element of x is among the results, as index in x's shape (with
 * dim, one for each slice). return_counts: also how often each occurs, as
 * i64. */
MLRT_CHECK int mlrt_unique(mlrt *m, mlrt_tensor *x, bool sorted,
    bool return_inverse, bool return_counts, int64_t dim,
    mlrt_tensor **values, mlrt_tensor **inverse, mlrt_tensor **counts);

/* unique_consecutive: The elements of x, or with dim its slices, without
 * those that equal the one before them. return_inverse: also where each
 * element of x is among the results, as index in x's shape (with dim, one for
 * each slice). return_counts: also how often each occurs, as i64. */
MLRT_CHECK int mlrt_unique_consecutive(mlrt *m, mlrt_tensor *x,
    bool return_inverse, bool return_counts, int64_t dim,
    mlrt_tensor **values, mlrt_tensor **inverse, mlrt_tensor **counts);

/* searchsorted: The position at which each value would be put into a sorted
 * list to keep it sorted, as index: before elements that equal it, or with
 * right behind them; one past the last if it is above all. sorted: (n), or
 * (..., n) with a list for each row of values: (..., k). Both have one dtype.
 * */
MLRT_CHECK mlrt_tensor *mlrt_searchsorted(mlrt *m, mlrt_tensor *sorted,
    mlrt_tensor *values, bool right);

/* bucketize: Which of the n + 1 parts that n sorted boundaries cut each x
 * falls into, as index; a part includes its upper boundary, or with right its
 * lower one. Both have one dtype. */
MLRT_CHECK mlrt_tensor *mlrt_bucketize(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *boundaries, bool right);

/* isin: Whether each element of x is among the values, as bool; with invert,
 * whether it is not. nan equals nan. Both have one dtype. */
MLRT_CHECK mlrt_tensor *mlrt_isin(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *values, bool invert);

/* bincount: How many elements of x have each value 0, 1, ... (of an index:
 * each position), as i64; at least minlength of them. x: index or integers
 * that are not negative, of any shape. weights: f32 or f64 of x's shape,
 * added up instead of 1. Memory grows with the largest value. */
MLRT_CHECK mlrt_tensor *mlrt_bincount(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *weights, int64_t minlength);

/* histc: How many elements fall into each of `bins` equal parts of min to
 * max (both 0: the least to the largest element), in x's dtype. Elements
 * outside, and nan, are not counted; the last part holds max. x: f32 or f64.
 * */
MLRT_CHECK mlrt_tensor *mlrt_histc(mlrt *m, mlrt_tensor *x, int64_t bins,
    double min, double max);

/* softmax: exp(x) divided by its sum along a dimension, without overflow. x:
 * f32 or f64. */
MLRT_CHECK mlrt_tensor *mlrt_softmax(mlrt *m, mlrt_tensor *x, int64_t dim);

/* log_softmax: x less log(sum(exp(x))) along a dimension: the logarithm of
 * `softmax`, exact where that would round to 0. x: f32 or f64. */
MLRT_CHECK mlrt_tensor *mlrt_log_softmax(mlrt *m, mlrt_tensor *x, int64_t dim);

/* hstack: The tensors side by side: vectors one after the other, others
 * along the second dimension. */
MLRT_CHECK mlrt_tensor *mlrt_hstack(mlrt *m, mlrt_tensor *const *tensors,
    int tensors_n);

/* vstack: The tensors one below the other, along the first dimension; a
 * vector is a row. */
MLRT_CHECK mlrt_tensor *mlrt_vstack(mlrt *m, mlrt_tensor *const *tensors,
    int tensors_n);

/* dstack: The tensors behind each other, along the third dimension; a vector
 * is (1, N, 1) and a matrix (M, N, 1). */
MLRT_CHECK mlrt_tensor *mlrt_dstack(mlrt *m, mlrt_tensor *const *tensors,
    int tensors_n);

/* kron: The Kronecker product: every element of x times all of y. Sizes
 * multiply, dimension by dimension; a missing one counts as 1. At most 4
 * dimensions. */
MLRT_CHECK mlrt_tensor *mlrt_kron(mlrt *m, mlrt_tensor *x, mlrt_tensor *y);

/* index_select: The slices of x at the given positions along dim, in that
 * order. index: 0 or 1 dimensions. */
MLRT_CHECK mlrt_tensor *mlrt_index_select(mlrt *m, mlrt_tensor *x,
    int64_t dim, mlrt_tensor *index);

/* index_add: x with the slices of source added at the given positions along
 * dim; equal positions add up, in order. source: x's dtype, and x's shape
 * with the length of index along dim. */
MLRT_CHECK mlrt_tensor *mlrt_index_add(mlrt *m, mlrt_tensor *x, int64_t dim,
    mlrt_tensor *index, mlrt_tensor *source);

/* index_fill: x with the slices at the given positions along dim replaced by
 * value, which broadcasts. */
MLRT_CHECK mlrt_tensor *mlrt_index_fill(mlrt *m, mlrt_tensor *x, int64_t dim,
    mlrt_tensor *index, mlrt_tensor *value);
MLRT_CHECK mlrt_tensor *mlrt_index_fill_(mlrt *m, mlrt_tensor *x, int64_t dim,
    mlrt_tensor *index, mlrt_tensor *value);

/* index_assign_: Replaces the slices of x at the given positions along dim
 * by value, which broadcasts: x[index] = value. */
MLRT_CHECK mlrt_tensor *mlrt_index_assign_(mlrt *m, mlrt_tensor *x,
    int64_t dim, mlrt_tensor *index, mlrt_tensor *value);

/* repeat_interleave: Every slice of x along dim `repeats` times in a row;
 * without dim, every element of x flattened. */
MLRT_CHECK mlrt_tensor *mlrt_repeat_interleave(mlrt *m, mlrt_tensor *x,
    int64_t repeats, int64_t dim);

/* embedding: The rows of weight (rows, width) at the given positions: shape
 * of index with the width appended. none gives a row of zeros, and no
 * gradient. Rows that are asked for and have a norm (the p-norm, p being
 * norm_type) above max_norm are first scaled to it, in the weight itself,
 * which no gradient knows of. */
MLRT_CHECK mlrt_tensor *mlrt_embedding(mlrt *m, mlrt_tensor *weight,
    mlrt_tensor *index);

/* gather_rows: x[index] * scale + shift, rows of the first dimension, in one
 * pass: a batch of pixels as f32. x: u8 or f32 (gives f32), or f64 (gives
 * f64). */
MLRT_CHECK mlrt_tensor *mlrt_gather_rows(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *index, double scale, double shift);

/* one_hot: i64 of index's shape with the classes appended: 1 at the class of
 * each element, 0 elsewhere; none gives zeros only. classes: absent, as many
 * as the largest class needs. */
MLRT_CHECK mlrt_tensor *mlrt_one_hot(mlrt *m, mlrt_tensor *index,
    int64_t classes);

/* gather: y[i][j] = x[index[i][j]][j] for dim the first dimension, and
 * likewise for others. index has as many dimensions as x and is nowhere
 * larger, except along dim; y has its shape. */
MLRT_CHECK mlrt_tensor *mlrt_gather(mlrt *m, mlrt_tensor *x, int64_t dim,
    mlrt_tensor *index);

/* scatter: x with y[index[i][j]][j] = source[i][j] for dim the first
 * dimension, and likewise for others. source has x's dtype and index's shape.
 * Of equal positions the last counts. */
MLRT_CHECK mlrt_tensor *mlrt_scatter(mlrt *m, mlrt_tensor *x, int64_t dim,
    mlrt_tensor *index, mlrt_tensor *source);
MLRT_CHECK mlrt_tensor *mlrt_scatter_(mlrt *m, mlrt_tensor *x, int64_t dim,
    mlrt_tensor *index, mlrt_tensor *source);

/* scatter_add: x with y[index[i][j]][j] += source[i][j] for dim the first
 * dimension, and likewise for others; equal positions add up, in order.
 * source has x's dtype and index's shape. */
MLRT_CHECK mlrt_tensor *mlrt_scatter_add(mlrt *m, mlrt_tensor *x, int64_t dim,
    mlrt_tensor *index, mlrt_tensor *source);
MLRT_CHECK mlrt_tensor *mlrt_scatter_add_(mlrt *m, mlrt_tensor *x,
    int64_t dim, mlrt_tensor *index, mlrt_tensor *source);

/* take_along_dim: The elements of x at the positions of index along dim,
 * where x and index broadcast to each other in the other dimensions: what
 * argsort and argmax with keepdim give. Without dim, elements of x flattened,
 * as a list. */
MLRT_CHECK mlrt_tensor *mlrt_take_along_dim(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *index, int64_t dim);

/* nonzero: The positions of the elements that are not zero, in order: index
 * of shape (count, dimensions of x). */
MLRT_CHECK mlrt_tensor *mlrt_nonzero(mlrt *m, mlrt_tensor *x);

/* mask_rows: x[mask]: the parts of x at the places of its first dimensions
 * where mask is true, of shape (count, remaining dimensions). mask is shaped
 * as x's first dimensions. */
MLRT_CHECK mlrt_tensor *mlrt_mask_rows(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *mask);

/* masked_select: The elements of x where mask is true, in one dimension. The
 * two broadcast. */
MLRT_CHECK mlrt_tensor *mlrt_masked_select(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *mask);

/* masked_fill: x with value, a number or a 0-d tensor of x's dtype, where
 * mask is true. x and mask broadcast. */
MLRT_CHECK mlrt_tensor *mlrt_masked_fill(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *mask, mlrt_tensor *value);
MLRT_CHECK mlrt_tensor *mlrt_masked_fill_(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *mask, mlrt_tensor *value);

/* masked_assign_: x[mask] = value: replaces the parts of x that mask_rows
 * gives by value, which broadcasts to their shape. */
MLRT_CHECK mlrt_tensor *mlrt_masked_assign_(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *mask, mlrt_tensor *value);

/* matmul: Product of matrices: (..., m, k) x (..., k, n) -> (..., m, n). The
 * leading dimensions broadcast. A vector counts as a row on the left and as a
 * column on the right, and its 1 is left out of the result; two vectors give
 * a 0-d tensor. An empty sum is 0. Integers wrap. */
MLRT_CHECK mlrt_tensor *mlrt_matmul(mlrt *m, mlrt_tensor *a, mlrt_tensor *b);

/* mm: Product of two matrices: (m, k) x (k, n) -> (m, n). */
MLRT_CHECK mlrt_tensor *mlrt_mm(mlrt *m, mlrt_tensor *a, mlrt_tensor *b);

/* bmm: Products of two batches of matrices: (batch, m, k) x (batch, k, n) ->
 * (batch, m, n). */
MLRT_CHECK mlrt_tensor *mlrt_bmm(mlrt *m, mlrt_tensor *a, mlrt_tensor *b);

/* mv: Product of a matrix and a vector: (m, k) x (k) -> (m). */
MLRT_CHECK mlrt_tensor *mlrt_mv(mlrt *m, mlrt_tensor *a, mlrt_tensor *b);

/* dot: Sum of the products of two vectors' elements: (k) x (k) -> (). */
MLRT_CHECK mlrt_tensor *mlrt_dot(mlrt *m, mlrt_tensor *a, mlrt_tensor *b);

/* outer: All products of two vectors' elements: (m) x (n) -> (m, n). */
MLRT_CHECK mlrt_tensor *mlrt_outer(mlrt *m, mlrt_tensor *a, mlrt_tensor *b);

/* addmm: beta * input + alpha * (a b) for matrices a: (m, k) and b: (k, n);
 * the input broadcasts to (m, n), and is not read when beta is 0. */
MLRT_CHECK mlrt_tensor *mlrt_addmm(mlrt *m, mlrt_tensor *input,
    mlrt_tensor *a, mlrt_tensor *b, double beta, double alpha);

/* baddbmm: beta * input + alpha * (a b) for batches a: (batch, m, k) and b:
 * (batch, k, n); the input broadcasts to (batch, m, n), and is not read when
 * beta is 0. */
MLRT_CHECK mlrt_tensor *mlrt_baddbmm(mlrt *m, mlrt_tensor *input,
    mlrt_tensor *a, mlrt_tensor *b, double beta, double alpha);

/* linear: x W^T + bias for x: (..., in), weight: (out, in), bias: (out) ->
 * (..., out). */
MLRT_CHECK mlrt_tensor *mlrt_linear(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *weight, mlrt_tensor *bias);

/* einsum: Sum of products after Einstein: in "ij,jk->ik" each letter, a to z
 * or A to Z, names a dimension of the operands, given as a list or one by
 * one. Products are summed over the letters that the output lacks. A letter
 * repeated in one operand takes the diagonal. '...' stands for dimensions
 * without letters, which broadcast, as sizes of 1 do. Without '->' the output
 * has what '...' stands for, then the letters that occur once, A to Z before
 * a to z. Contracted from left to right; intermediate results may have 8
 * dimensions. */
MLRT_CHECK mlrt_tensor *mlrt_einsum(mlrt *m, const char *equation,
    mlrt_tensor *const *tensors, int tensors_n);

/* solve: x such that a x = b, for square a: (..., n, n) and b: (..., n, k),
 * or vectors b: (n) or (..., n) with the batch dimensions of a. Others
 * broadcast. Without `left` x a = b, for matrices b: (..., k, n). By LU
 * factors with partial pivoting (LAPACK's getrf). */
MLRT_CHECK mlrt_tensor *mlrt_solve(mlrt *m, mlrt_tensor *a, mlrt_tensor *b);

/* inv: Inverse of square matrices x: (..., n, n). To solve a system use
 * `solve`, which is faster and more exact. */
MLRT_CHECK mlrt_tensor *mlrt_inv(mlrt *m, mlrt_tensor *x);

/* solve_triangular: x such that a x = b (x a = b unless `left`), where a:
 * (..., n, n) is triangular: only its upper, or lower, triangle is read, and
 * not its diagonal, taken as ones, if `unitriangular`. b: (..., n, k) (else
 * (..., k, n)). Batches broadcast. */
MLRT_CHECK mlrt_tensor *mlrt_solve_triangular(mlrt *m, mlrt_tensor *a,
    mlrt_tensor *b, bool upper, bool left, bool unitriangular);

/* triangular_solve: solve_triangular under its older name and order: x such
 * that a x = b, or a^T x = b with transpose, and a itself. */
MLRT_CHECK int mlrt_triangular_solve(mlrt *m, mlrt_tensor *b, mlrt_tensor *a,
    bool upper, bool transpose, bool unitriangular, mlrt_tensor **x,
    mlrt_tensor **coefficient);

/* det: Determinants of square matrices x: (..., n, n) -> (...). For the
 * logarithm use `slogdet`, which does not overflow. */
MLRT_CHECK mlrt_tensor *mlrt_det(mlrt *m, mlrt_tensor *x);

/* slogdet: Sign (0 for a singular matrix) and natural logarithm of the
 * magnitude (then -inf) of the determinants of x: (..., n, n). */
MLRT_CHECK int mlrt_slogdet(mlrt *m, mlrt_tensor *x, mlrt_tensor **sign,
    mlrt_tensor **logabsdet);

/* qr: QR factors of matrices x: (..., m, n): q (..., m, k) has orthonormal
 * columns, r (..., k, n) is upper triangular, x = q r; k is the smaller of m
 * and n. "complete": q (..., m, m) and r (..., m, n); "r": r alone, q is
 * empty; the gradient is that of "reduced", and of "complete" where both are
 * the same. Signs are as Householder's reflections leave them (LAPACK's
 * geqrf). */
MLRT_CHECK int mlrt_qr(mlrt *m, mlrt_tensor *x, mlrt_tensor **q,
    mlrt_tensor **r);

/* lstsq: The x with the smallest |a x - b|, and the smallest |x| of those,
 * for a: (..., m, n) and b: (..., m, k) or (..., m); the rank of a, i64; the
 * sum of squares of each column of a x - b: (..., k) or (...), empty unless m
 * > n and all ranks are n; and the singular values of a, the largest first.
 * Those up to rcond times the largest count as zero; by default rcond is the
 * larger side times the precision of the dtype (LAPACK's gelsd). */
MLRT_CHECK int mlrt_lstsq(mlrt *m, mlrt_tensor *a, mlrt_tensor *b,
    double rcond, mlrt_tensor **solution, mlrt_tensor **rank);

/* svd: Singular value decomposition x = u diag(s) vh of matrices x: (..., m,
 * n): u (..., m, k) and vh (..., k, n) have orthonormal columns and rows, s
 * (..., k) falls and is not negative; k is the smaller of m and n.
 * full_matrices completes u to (..., m, m) and vh to (..., n, n). The
 * gradient is not defined where singular values are equal (LAPACK's gesdd;
 * Townsend 2016). */
MLRT_CHECK int mlrt_svd(mlrt *m, mlrt_tensor *x, bool full_matrices,
    mlrt_tensor **u, mlrt_tensor **s, mlrt_tensor **vh);

/* svdvals: The singular values of matrices x: (..., m, n), the largest
 * first: (..., k), k being the smaller of m and n. */
MLRT_CHECK mlrt_tensor *mlrt_svdvals(mlrt *m, mlrt_tensor *x);

/* eigh: Eigenvalues (..., n), rising, and eigenvectors, the columns of (...,
 * n, n), of symmetric matrices x: (..., n, n), taken as (x + x^T) / 2. The
 * gradient of the vectors is not defined where values are equal (LAPACK's
 * syevd). */
MLRT_CHECK int mlrt_eigh(mlrt *m, mlrt_tensor *x, mlrt_tensor **values,
    mlrt_tensor **vectors);

/* eigvalsh: Eigenvalues (..., n), rising, of symmetric matrices x: (..., n,
 * n), taken as (x + x^T) / 2. */
MLRT_CHECK mlrt_tensor *mlrt_eigvalsh(mlrt *m, mlrt_tensor *x);

/* cholesky: Cholesky's factor of positive definite matrices x: (..., n, n),
 * taken as (x + x^T) / 2: the lower triangular l with x = l l^T, or the upper
 * one with x = l^T l. */
MLRT_CHECK mlrt_tensor *mlrt_cholesky(mlrt *m, mlrt_tensor *x, bool upper);

/* cholesky_solve: x such that a x = b, from the factor l of a = l l^T (or
 * l^T l) that `cholesky` gave; b: (..., n, k). */
MLRT_CHECK mlrt_tensor *mlrt_cholesky_solve(mlrt *m, mlrt_tensor *b,
    mlrt_tensor *l, bool upper);

/* matrix_norm: Norms of matrices x: (..., m, n) -> (...). fro: the root of
 * the sum of squares; nuc: the sum of the singular values; spectral: the
 * largest one; inf: the largest sum of magnitudes of a row; one: of a column.
 * Or by its number p: 2, inf, 1 are these, -2, -inf and -1 have the smallest
 * in place of the largest. */
MLRT_CHECK mlrt_tensor *mlrt_matrix_norm(mlrt *m, mlrt_tensor *x, int ord,
    bool keepdim);

/* cond: Condition numbers of matrices x: (..., m, n) -> (...): the largest
 * singular value by the smallest; for another norm that of x times that of
 * its inverse. For the norms see matrix_norm; p = -2 is the smallest singular
 * value by the largest. */
MLRT_CHECK mlrt_tensor *mlrt_cond(mlrt *m, mlrt_tensor *x, int ord);

/* matrix_rank: How many singular values of matrices x: (..., m, n) are
 * larger than rtol (rcond is the same) times the largest and than atol, i64:
 * (...). By default rtol is the larger side times the precision of the dtype,
 * or 0 beside an atol. hermitian: of symmetric matrices, by their
 * eigenvalues. */
MLRT_CHECK mlrt_tensor *mlrt_matrix_rank(mlrt *m, mlrt_tensor *x,
    double rcond);

/* pinv: Moore-Penrose pseudoinverse of matrices x: (..., m, n) -> (..., n,
 * m). Singular values up to rtol (rcond is the same) times the largest, or up
 * to atol, count as zero; by default rtol is the larger side times the
 * precision of the dtype, or 0 beside an atol. hermitian: of symmetric
 * matrices, (x + x^T) / 2. */
MLRT_CHECK mlrt_tensor *mlrt_pinv(mlrt *m, mlrt_tensor *x, double rcond);

/* logdet: Natural logarithm of the determinants of x: (..., n, n) -> (...):
 * nan where one is below 0, -inf where it is 0. */
MLRT_CHECK mlrt_tensor *mlrt_logdet(mlrt *m, mlrt_tensor *x);

/* matrix_power: The product of n times the square matrix x: (..., k, k); the
 * identity for 0, powers of the inverse for n < 0. */
MLRT_CHECK mlrt_tensor *mlrt_matrix_power(mlrt *m, mlrt_tensor *x, int64_t n);

/* trace: Sum of the diagonal of matrices x: (..., m, n) -> (...). */
MLRT_CHECK mlrt_tensor *mlrt_trace(mlrt *m, mlrt_tensor *x);

/* conv2d: Convolution (cross-correlation) of images. x: (N, C, H, W) or (C,
 * H, W), f32 or f64; weight: (O, C / groups, KH, KW); bias: (O). y: (N, O,
 * OH, OW) with OH = (H + 2 padding - dilation (KH - 1) - 1) / stride + 1,
 * rounded down; x counts as 0 in the padding. "valid" is none, "same" as much
 * as makes OH = H and OW = W at stride 1, an odd one more behind. Output
 * channel o is the bias plus the sum over the C / groups channels of its
 * group and over the kernel. Goodfellow, Bengio, Courville 2016, chapter 9.
 * */
MLRT_CHECK mlrt_tensor *mlrt_conv2d(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *weight, mlrt_tensor *bias, const int64_t *stride,
    const int64_t *padding, const int64_t *dilation, int64_t groups);

/* conv1d: Convolution (cross-correlation) of lines. x: (N, C, L) or (C, L),
 * f32 or f64; weight: (O, C / groups, K); bias: (O). y: (N, O, (L + 2 padding
 * - dilation (K - 1) - 1) / stride + 1, rounded down); "valid" is no padding,
 * "same" as much as keeps the size; see conv2d. */
MLRT_CHECK mlrt_tensor *mlrt_conv1d(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *weight, mlrt_tensor *bias, int64_t stride, int64_t padding,
    int64_t dilation, int64_t groups);

/* conv_transpose2d: Transposed convolution: the gradient of conv2d by its
 * input. x: (N, C, H, W) or (C, H, W), f32 or f64; weight: (C, O / groups,
 * KH, KW); bias: (O). y: (N, O, OH, OW) with OH = (H - 1) stride - 2 padding
 * + dilation (KH - 1) + output_padding + 1. Zeiler et al. 2010. */
MLRT_CHECK mlrt_tensor *mlrt_conv_transpose2d(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *weight, mlrt_tensor *bias, const int64_t *stride,
    const int64_t *padding, const int64_t *output_padding, int64_t groups,
    const int64_t *dilation);

/* conv_transpose1d: Transposed convolution of lines: the gradient of conv1d
 * by its input. x: (N, C, L) or (C, L), f32 or f64; weight: (C, O / groups,
 * K); bias: (O). y: (N, O, (L - 1) stride - 2 padding + dilation (K - 1) +
 * output_padding + 1). */
MLRT_CHECK mlrt_tensor *mlrt_conv_transpose1d(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *weight, mlrt_tensor *bias, int64_t stride, int64_t padding,
    int64_t output_padding, int64_t groups, int64_t dilation);

/* max_pool2d: The largest value in each window. x: (N, C, H, W) or (C, H,
 * W), f32 or f64. OH = (H + 2 padding - dilation (KH - 1) - 1) / stride + 1,
 * rounded down, or up by ceil_mode if the last window begins inside; stride
 * is kernel_size unless given, padding at most half of the window. A window
 * that holds NaN gives NaN; of equal values the first gets the gradient. With
 * return_indices also where each came from: positions, as index, in the plane
 * flattened; max_unpool2d takes them. */
MLRT_CHECK mlrt_tensor *mlrt_max_pool2d(mlrt *m, mlrt_tensor *x,
    const int64_t *kernel_size, const int64_t *stride, const int64_t *padding,
    const int64_t *dilation, bool ceil_mode);

/* avg_pool2d: The mean of each window. x: (N, C, H, W) or (C, H, W), f32 or
 * f64. OH = (H + 2 padding - dilation (KH - 1) - 1) / stride + 1, rounded
 * down, or up by ceil_mode if the last window begins inside; stride is
 * kernel_size unless given, padding at most half of the window. The padding
 * counts as zeros, or not at all without count_include_pad. The sum is
 * divided by divisor_override, if given, whatever the window holds. */
MLRT_CHECK mlrt_tensor *mlrt_avg_pool2d(mlrt *m, mlrt_tensor *x,
    const int64_t *kernel_size, const int64_t *stride, const int64_t *padding,
    bool ceil_mode, bool count_include_pad);

/* adaptive_avg_pool2d: The mean of windows that cut each plane into
 * output_size. x: (N, C, H, W) or (C, H, W), f32 or f64. Window i of OH goes
 * from i H / OH, rounded down, to (i + 1) H / OH, rounded up. */
MLRT_CHECK mlrt_tensor *mlrt_adaptive_avg_pool2d(mlrt *m, mlrt_tensor *x,
    const int64_t *output_size);

/* adaptive_max_pool2d: The largest value of windows that cut each plane into
 * output_size. x: (N, C, H, W) or (C, H, W), f32 or f64. Window i of OH goes
 * from i H / OH, rounded down, to (i + 1) H / OH, rounded up. With
 * return_indices also where each came from: positions, as index, in the plane
 * flattened; max_unpool2d takes them. */
MLRT_CHECK mlrt_tensor *mlrt_adaptive_max_pool2d(mlrt *m, mlrt_tensor *x,
    const int64_t *output_size);

/* max_pool1d: The largest value in each window of lines. x: (N, C, L) or (C,
 * L), f32 or f64. See max_pool2d. */
MLRT_CHECK mlrt_tensor *mlrt_max_pool1d(mlrt *m, mlrt_tensor *x,
    int64_t kernel_size, int64_t stride, int64_t padding, int64_t dilation,
    bool ceil_mode);

/* avg_pool1d: The mean of each window of lines. x: (N, C, L) or (C, L), f32
 * or f64. See avg_pool2d. */
MLRT_CHECK mlrt_tensor *mlrt_avg_pool1d(mlrt *m, mlrt_tensor *x,
    int64_t kernel_size, int64_t stride, int64_t padding, bool ceil_mode,
    bool count_include_pad);

/* adaptive_avg_pool1d: The mean of windows that cut each line into
 * output_size. x: (N, C, L) or (C, L), f32 or f64. See adaptive_avg_pool2d.
 * */
MLRT_CHECK mlrt_tensor *mlrt_adaptive_avg_pool1d(mlrt *m, mlrt_tensor *x,
    int64_t output_size);

/* adaptive_max_pool1d: The largest value of windows that cut each line into
 * output_size. x: (N, C, L) or (C, L), f32 or f64. See adaptive_max_pool2d.
 * */
MLRT_CHECK mlrt_tensor *mlrt_adaptive_max_pool1d(mlrt *m, mlrt_tensor *x,
    int64_t output_size);

/* max_unpool1d: Zeros, and the values of x at the positions from which a
 * pooling with return_indices took them: indices, of x's shape. The sizes are
 * (n - 1) stride - 2 padding + kernel_size, or output_size, which differs by
 * less than a stride. Of several values for one place one is written. */
MLRT_CHECK mlrt_tensor *mlrt_max_unpool1d(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *indices, int64_t kernel_size, int64_t stride,
    int64_t padding, int64_t output_size);

/* max_unpool2d: Zeros, and the values of x at the positions from which a
 * pooling with return_indices took them: indices, of x's shape. The sizes are
 * (n - 1) stride - 2 padding + kernel_size, or output_size, which differs by
 * less than a stride. Of several values for one place one is written. */
MLRT_CHECK mlrt_tensor *mlrt_max_unpool2d(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *indices, const int64_t *kernel_size, const int64_t *stride,
    const int64_t *padding, const int64_t *output_size);

/* interpolate: x: (N, C, L) or (N, C, H, W), f32 or f64, resized to `size`
 * (one size, or one for each of the last dimensions) or by scale_factor: to
 * the nearest element, between the nearest two or four (linear for lines,
 * bilinear for images), or to the mean of areas. Elements are areas of size
 * 1; with align_corners they are points, and the first and the last stay
 * where they are. */
MLRT_CHECK mlrt_tensor *mlrt_interpolate(mlrt *m, mlrt_tensor *x,
    const int64_t *size, int size_n, double scale_factor, int mode,
    bool align_corners);

/* pixel_shuffle: (..., C r r, H, W) as (..., C, H r, W r): channels become
 * places (Shi et al. 2016). */
MLRT_CHECK mlrt_tensor *mlrt_pixel_shuffle(mlrt *m, mlrt_tensor *x,
    int64_t upscale_factor);

/* pixel_unshuffle: (..., C, H r, W r) as (..., C r r, H, W): the reverse of
 * `pixel_shuffle`. */
MLRT_CHECK mlrt_tensor *mlrt_pixel_unshuffle(mlrt *m, mlrt_tensor *x,
    int64_t downscale_factor);

/* batch_norm: (x - mean) / sqrt(var + eps) * weight + bias for each channel
 * of x: (N, C) or (N, C, ...), f32 or f64; the others hold C values. When
 * training, mean and variance are those of x, and the running ones move
 * towards them by `momentum`, in place (the variance with n - 1); otherwise
 * the running ones are used. Ioffe and Szegedy 2015. */
MLRT_CHECK mlrt_tensor *mlrt_batch_norm(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *running_mean, mlrt_tensor *running_var, mlrt_tensor *weight,
    mlrt_tensor *bias, bool training, double momentum, double eps);

/* layer_norm: (x - mean) / sqrt(var + eps) * weight + bias, with mean and
 * variance (divided by n) over the last dimensions of x, which are
 * normalized_shape; weight and bias have that shape. x: f32 or f64. Ba, Kiros
 * and Hinton 2016. */
MLRT_CHECK mlrt_tensor *mlrt_layer_norm(mlrt *m, mlrt_tensor *x,
    const int64_t *normalized_shape, int normalized_shape_n,
    mlrt_tensor *weight, mlrt_tensor *bias, double eps);

/* rms_norm: x / sqrt(mean(x^2) + eps) * weight, with the mean over the last
 * dimensions of x, which are normalized_shape; weight has that shape. eps:
 * absent, the distance from 1 to the next number of the dtype. x: f32 or f64.
 * Zhang and Sennrich 2019. */
MLRT_CHECK mlrt_tensor *mlrt_rms_norm(mlrt *m, mlrt_tensor *x,
    const int64_t *normalized_shape, int normalized_shape_n,
    mlrt_tensor *weight, double eps);

/* group_norm: (x - mean) / sqrt(var + eps) * weight + bias for x: (N, C) or
 * (N, C, ...), f32 or f64, with mean and variance over each of num_groups
 * groups of channels of each sample; weight and bias hold C values. Wu and He
 * 2018. */
MLRT_CHECK mlrt_tensor *mlrt_group_norm(mlrt *m, mlrt_tensor *x,
    int64_t num_groups, mlrt_tensor *weight, mlrt_tensor *bias, double eps);

/* instance_norm: (x - mean) / sqrt(var + eps) * weight + bias for each
 * channel of each sample of x: (N, C, ...), f32 or f64; the others hold C
 * values. The running ones, if given, move towards the mean of the samples'
 * by `momentum`, in place (the variance with n - 1); without use_input_stats
 * they are used instead. Ulyanov, Vedaldi and Lempitsky 2016. */
MLRT_CHECK mlrt_tensor *mlrt_instance_norm(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *running_mean, mlrt_tensor *running_var, mlrt_tensor *weight,
    mlrt_tensor *bias, bool use_input_stats, double momentum, double eps);

/* cross_entropy: -log softmax(x)[target], the loss of a classifier. x:
 * scores (not probabilities) of shape (C), (N, C) or (N, C, ...), f32 or f64.
 * target: classes, shaped as x without C; none is skipped, and the mean is
 * over the rest. weight: a factor for each class; the mean is divided by the
 * factors of the targets. label_smoothing: the part of the target that goes
 * to all classes alike (Szegedy et al. 2016). */
MLRT_CHECK mlrt_tensor *mlrt_cross_entropy(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *target, mlrt_tensor *weight, int reduction,
    double label_smoothing);

/* nll_loss: -x[target] for x the logarithms of probabilities, as
 * `log_softmax` gives them: the negative log likelihood. Shapes, weight and
 * skipped targets are those of `cross_entropy`. */
MLRT_CHECK mlrt_tensor *mlrt_nll_loss(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *target, mlrt_tensor *weight, int reduction);

/* mse_loss: Mean squared error, (x - target)^2. Shapes that differ are an
 * error. */
MLRT_CHECK mlrt_tensor *mlrt_mse_loss(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *target, int reduction);

/* l1_loss: Mean absolute error, |x - target|. Shapes that differ are an
 * error. */
MLRT_CHECK mlrt_tensor *mlrt_l1_loss(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *target, int reduction);

/* smooth_l1_loss: (x - target)^2 / (2 beta) where they are nearer than beta,
 * |x - target| - beta / 2 elsewhere (Girshick 2015). Shapes that differ are
 * an error. */
MLRT_CHECK mlrt_tensor *mlrt_smooth_l1_loss(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *target, int reduction, double beta);

/* huber_loss: (x - target)^2 / 2 where they are nearer than delta, delta (|x
 * - target| - delta / 2) elsewhere (Huber 1964). Shapes that differ are an
 * error. */
MLRT_CHECK mlrt_tensor *mlrt_huber_loss(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *target, int reduction, double delta);

/* poisson_nll_loss: Negative log likelihood of counts: exp(x) - target x for
 * x the logarithms of their expectations, or with log_input false x - target
 * log(x + eps) for x the expectations. full adds Stirling's approximation of
 * log(target!) where target is above 1. */
MLRT_CHECK mlrt_tensor *mlrt_poisson_nll_loss(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *target, bool log_input, bool full, double eps, int reduction);

/* gaussian_nll_loss: Negative log likelihood of target, normal with mean x
 * and variance var, at least eps: (log(var) + (x - target)^2 / var) / 2, with
 * full plus log(2 pi) / 2. var: shaped as x, or with 1 as the last size. Nix
 * and Weigend 1994. */
MLRT_CHECK mlrt_tensor *mlrt_gaussian_nll_loss(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *target, mlrt_tensor *var, bool full, double eps,
    int reduction);

/* binary_cross_entropy: -target log(x) - (1 - target) log(1 - x) for
 * probabilities x, the loss of a yes-or-no classifier. The logarithms are not
 * less than -100. target: numbers or bool, of x's shape; another shape is an
 * error. weight: a factor, which broadcasts to x. For scores
 * `binary_cross_entropy_with_logits` is more exact. */
MLRT_CHECK mlrt_tensor *mlrt_binary_cross_entropy(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *target, mlrt_tensor *weight, int reduction);

/* binary_cross_entropy_with_logits: `binary_cross_entropy` of sigmoid(x),
 * without overflow or loss of digits. pos_weight: a factor of the first term,
 * for classes with few positive samples; it broadcasts to x, as weight does.
 * */
MLRT_CHECK mlrt_tensor *mlrt_binary_cross_entropy_with_logits(mlrt *m,
    mlrt_tensor *x, mlrt_tensor *target, mlrt_tensor *weight,
    mlrt_tensor *pos_weight, int reduction);

/* kl_div: Kullback-Leibler divergence target (log(target) - x) for x the
 * logarithms of probabilities and target probabilities, or with log_target
 * their logarithms. batchmean divides the sum by the number of samples, as
 * the definition does; mean by that of elements. Shapes that differ are an
 * error. */
MLRT_CHECK mlrt_tensor *mlrt_kl_div(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *target, int reduction, bool log_target);

/* soft_margin_loss: log(1 + exp(-target x)) for targets 1 and -1. Shapes
 * that differ are an error. */
MLRT_CHECK mlrt_tensor *mlrt_soft_margin_loss(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *target, int reduction);

/* hinge_embedding_loss: x where target is 1, max(0, margin - x) where it is
 * -1; x is a distance. Shapes that differ are an error. */
MLRT_CHECK mlrt_tensor *mlrt_hinge_embedding_loss(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *target, double margin, int reduction);

/* margin_ranking_loss: max(0, margin - target (x1 - x2)): target 1 wants x1
 * above x2, -1 the reverse. Shapes that differ are an error. */
MLRT_CHECK mlrt_tensor *mlrt_margin_ranking_loss(mlrt *m, mlrt_tensor *x1,
    mlrt_tensor *x2, mlrt_tensor *target, double margin, int reduction);

/* multi_margin_loss: The mean over the classes of max(0, margin - x[target]
 * + x[i])^p, the target's own left out. x: scores (C) or (N, C); target:
 * classes () or (N); p: 1 or 2; weight: a factor for each target class. */
MLRT_CHECK mlrt_tensor *mlrt_multi_margin_loss(mlrt *m, mlrt_tensor *x,
    mlrt_tensor *target, int64_t p, double margin, mlrt_tensor *weight,
    int reduction);

/* cosine_embedding_loss: 1 - cos(x1, x2) where target is 1, max(0, cos(x1,
 * x2) - margin) where it is -1. x1, x2: (N, D) with target (N), or (D) with
 * (). Other shapes are an error. */
MLRT_CHECK mlrt_tensor *mlrt_cosine_embedding_loss(mlrt *m, mlrt_tensor *x1,
    mlrt_tensor *x2, mlrt_tensor *target, double margin, int reduction);

/* triplet_margin_loss: max(0, margin + d(anchor, positive) - d(anchor,
 * negative)), d the `pairwise_distance` of the last dimension. swap: with the
 * smaller of d(anchor, negative) and d(positive, negative). Shapes that
 * differ are an error. Schroff et al. 2015; Balntas et al. 2016. */
MLRT_CHECK mlrt_tensor *mlrt_triplet_margin_loss(mlrt *m, mlrt_tensor *anchor,
    mlrt_tensor *positive, mlrt_tensor *negative, double margin, double p,
    double eps, bool swap, int reduction);

/* cosine_similarity: The cosine of the angle between vectors along dim (by
 * default the second), which goes away: x1 x2 / (max(|x1|, eps) max(|x2|,
 * eps)). The shapes broadcast. x1, x2: f32 or f64. */
MLRT_CHECK mlrt_tensor *mlrt_cosine_similarity(mlrt *m, mlrt_tensor *x1,
    mlrt_tensor *x2, int64_t dim, double eps);

/* normalize: x divided by its p-norm along dim (by default the second), or
 * by eps where the norm is smaller. x: f32 or f64. */
MLRT_CHECK mlrt_tensor *mlrt_normalize(mlrt *m, mlrt_tensor *x, double p,
    int64_t dim, double eps);

/* pairwise_distance: The p-norm of x1 - x2 + eps over the last dimension.
 * The shapes broadcast. x1, x2: f32 or f64. */
MLRT_CHECK mlrt_tensor *mlrt_pairwise_distance(mlrt *m, mlrt_tensor *x1,
    mlrt_tensor *x2, double p, double eps, bool keepdim);

/* cdist: The p-norm distances of every row of x1: (..., P, M) from every row
 * of x2: (..., R, M), as (..., P, R). For p = 2 and more than 25 rows it is
 * computed by a product of matrices, which loses digits where rows are close.
 * x1, x2: f32 or f64. */
MLRT_CHECK mlrt_tensor *mlrt_cdist(mlrt *m, mlrt_tensor *x1, mlrt_tensor *x2,
    double p);

/* zeros: A tensor of zeros. As an index: of first positions. */
MLRT_CHECK mlrt_tensor *mlrt_zeros(mlrt *m, const int64_t *shape, int shape_n,
    mlrt_dtype dtype);

/* ones: A tensor of ones. */
MLRT_CHECK mlrt_tensor *mlrt_ones(mlrt *m, const int64_t *shape, int shape_n,
    mlrt_dtype dtype);

/* full: A tensor of one value. For an integer dtype it is cut to an integer,
 * which has to fit; for an index it is a position. */
MLRT_CHECK mlrt_tensor *mlrt_full(mlrt *m, const int64_t *shape, int shape_n,
    double value, mlrt_dtype dtype);

/* zeros_like: Zeros in the shape of x, of its dtype if no other is given. */
MLRT_CHECK mlrt_tensor *mlrt_zeros_like(mlrt *m, mlrt_tensor *x,
    mlrt_dtype dtype);

/* empty_like: Zeros in the shape of x, of its dtype if no other is given, as
 * `zeros_like` makes. */
MLRT_CHECK mlrt_tensor *mlrt_empty_like(mlrt *m, mlrt_tensor *x,
    mlrt_dtype dtype);

/* ones_like: Ones in the shape of x, of its dtype if no other is given. */
MLRT_CHECK mlrt_tensor *mlrt_ones_like(mlrt *m, mlrt_tensor *x,
    mlrt_dtype dtype);

/* full_like: One value in the shape of x, of its dtype if no other is given.
 * */
MLRT_CHECK mlrt_tensor *mlrt_full_like(mlrt *m, mlrt_tensor *x, double value,
    mlrt_dtype dtype);

/* eye: Ones on the diagonal of an (n, columns) matrix, n by n if columns is
 * absent, and zeros elsewhere. */
MLRT_CHECK mlrt_tensor *mlrt_eye(mlrt *m, int64_t n, int64_t columns,
    mlrt_dtype dtype);

/* arange: start, start + step, ... as far as stop, which is left out:
 * arange(stop), arange(start, stop), arange(start, stop, step). Without a
 * dtype i64 if all of them are integers, else f32 (in C, where they are
 * double, give one). Element i is start + i * step, computed in i64 or f64.
 * */
MLRT_CHECK mlrt_tensor *mlrt_arange(mlrt *m, double start, double stop,
    double step, mlrt_dtype dtype);

/* range: start, start + step, ... up to and including stop, as a loop in Lua
 * goes. Without a dtype i64 if all are integers, else f32 (in C, where they
 * are double, give one). */
MLRT_CHECK mlrt_tensor *mlrt_range(mlrt *m, double start, double stop,
    double step, mlrt_dtype dtype);

/* linspace: `steps` evenly spaced values from start to stop, both included.
 * One step gives start. */
MLRT_CHECK mlrt_tensor *mlrt_linspace(mlrt *m, double start, double stop,
    int64_t steps, mlrt_dtype dtype);

/* logspace: base to the power of `steps` evenly spaced values from start to
 * stop, both included, computed in f64. An integer dtype cuts them to
 * integers. */
MLRT_CHECK mlrt_tensor *mlrt_logspace(mlrt *m, double start, double stop,
    int64_t steps, double base, mlrt_dtype dtype);

/* rand: Evenly distributed values, 0 <= y < 1: multiples of 2^-24 in f32, of
 * 2^-53 in f64. Philox 4x32-10, Salmon et al. 2011: an element depends on the
 * generator's state and on its own number alone. */
MLRT_CHECK mlrt_tensor *mlrt_rand(mlrt *m, const int64_t *shape, int shape_n,
    mlrt_dtype dtype, mlrt_generator *generator);

/* randn: Normally distributed values of mean 0 and variance 1, by the method
 * of Box and Muller 1958. */
MLRT_CHECK mlrt_tensor *mlrt_randn(mlrt *m, const int64_t *shape, int shape_n,
    mlrt_dtype dtype, mlrt_generator *generator);

/* rand_like: `rand` in the shape of x, of its dtype if no other is given. */
MLRT_CHECK mlrt_tensor *mlrt_rand_like(mlrt *m, mlrt_tensor *x,
    mlrt_dtype dtype, mlrt_generator *generator);

/* randn_like: `randn` in the shape of x, of its dtype if no other is given.
 * */
MLRT_CHECK mlrt_tensor *mlrt_randn_like(mlrt *m, mlrt_tensor *x,
    mlrt_dtype dtype, mlrt_generator *generator);

/* randint: Integers, low <= y < high, each as likely as any other:
 * randint(high, shape) or randint(low, high, shape). All of them have to fit
 * the dtype; of an index low and high are positions. */
MLRT_CHECK mlrt_tensor *mlrt_randint(mlrt *m, double low, double high,
    const int64_t *shape, int shape_n, mlrt_dtype dtype,
    mlrt_generator *generator);

/* randint_like: `randint` in the shape of x, of its dtype if no other is
 * given: randint_like(x, high) or randint_like(x, low, high). */
MLRT_CHECK mlrt_tensor *mlrt_randint_like(mlrt *m, mlrt_tensor *x, double low,
    double high, mlrt_dtype dtype, mlrt_generator *generator);

/* randperm: The n positions in random order, as an index, each order as
 * likely as any other. Fisher and Yates 1938; Durstenfeld 1964. */
MLRT_CHECK mlrt_tensor *mlrt_randperm(mlrt *m, int64_t n,
    mlrt_generator *generator);

/* bernoulli: 1 with the probabilities in x, f32 or f64 in 0..1, else 0; of
 * x's dtype. */
MLRT_CHECK mlrt_tensor *mlrt_bernoulli(mlrt *m, mlrt_tensor *x,
    mlrt_generator *generator);

/* normal: mean + std * z, z standard normal. Of two numbers it has the given
 * shape (and dtype, f32), else the shape and dtype of the tensors, broadcast.
 * The gradient goes to mean and std with z held fixed (Kingma and Welling
 * 2014). */
MLRT_CHECK mlrt_tensor *mlrt_normal(mlrt *m, mlrt_tensor *mean,
    mlrt_tensor *std, const int64_t *shape, int shape_n, mlrt_dtype dtype,
    mlrt_generator *generator);

/* multinomial: Positions drawn with probabilities that are as the weights in
 * x: num_samples of a vector x, or of each row of a matrix, as an index.
 * Weights are f32 or f64, not negative, finite, and need no particular sum.
 * Without replacement no position comes twice, and they come in the order in
 * which they were drawn (Efraimidis and Spirakis 2006). */
MLRT_CHECK mlrt_tensor *mlrt_multinomial(mlrt *m, mlrt_tensor *x,
    int64_t num_samples, bool replacement, mlrt_generator *generator);

/* uniform_: Fills x, f32 or f64, with evenly distributed values, low <= x <
 * high. */
MLRT_CHECK mlrt_tensor *mlrt_uniform_(mlrt *m, mlrt_tensor *x, double low,
    double high, mlrt_generator *generator);

/* normal_: Fills x, f32 or f64, with normally distributed values. */
MLRT_CHECK mlrt_tensor *mlrt_normal_(mlrt *m, mlrt_tensor *x, double mean,
    double std, mlrt_generator *generator);

/* dropout: When training, each element becomes 0 with probability p, the
 * others are multiplied by 1 / (1 - p); otherwise x itself. Srivastava et al.
 * 2014. */
MLRT_CHECK mlrt_tensor *mlrt_dropout(mlrt *m, mlrt_tensor *x, double p,
    bool training, mlrt_generator *generator);

/* cat: The tensors one after the other along dim. Their shapes are equal in
 * the other dimensions; tensors of shape (0) are left out. Mixed dtypes are
 * promoted. */
MLRT_CHECK mlrt_tensor *mlrt_cat(mlrt *m, mlrt_tensor *const *tensors,
    int tensors_n, int64_t dim);

/* stack: The tensors, all of one shape, along a new dimension dim. Mixed
 * dtypes are promoted. */
MLRT_CHECK mlrt_tensor *mlrt_stack(mlrt *m, mlrt_tensor *const *tensors,
    int tensors_n, int64_t dim);

/* meshgrid: For n vectors n tensors of n dimensions: the first varies along
 * the first dimension as its vector does and repeats along the others, and so
 * on. indexing "xy" exchanges the first two dimensions. The grids are views
 * of the vectors; write into a clone. */
MLRT_CHECK int mlrt_meshgrid(mlrt *m, mlrt_tensor *const *tensors,
    int tensors_n, int indexing, mlrt_tensor **ys, int max_ys);
