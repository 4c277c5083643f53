/* mlrt_ops_private.h: operations for use inside core/.
 * Generated from the rows in core/ops by `make docs`. */
#ifndef MLRT_OPS_PRIVATE_H
#define MLRT_OPS_PRIVATE_H

#include "mlrt.h"

/* _slice_grad: Zeros of a shape with g in the region. */
mlrt_tensor *mlrt__slice_grad(mlrt *m, mlrt_tensor *g, const int64_t *shape,
    int shape_n, const int64_t *start, int start_n, const int64_t *stop,
    int stop_n, const int64_t *step, int step_n);

/* _to: A converted copy. */
mlrt_tensor *mlrt__to(mlrt *m, mlrt_tensor *x, mlrt_dtype dtype);

/* _unfold_grad: The sum of windows in their places. */
mlrt_tensor *mlrt__unfold_grad(mlrt *m, mlrt_tensor *g, const int64_t *shape,
    int shape_n, int64_t dim, int64_t size, int64_t step);

/* _diagonal_grad: Zeros of a shape with g on the diagonal. */
mlrt_tensor *mlrt__diagonal_grad(mlrt *m, mlrt_tensor *g,
    const int64_t *shape, int shape_n, int64_t offset, int64_t dim1,
    int64_t dim2);

/* _tanh_grad: g (1 - y^2): the gradient of tanh from its output. */
mlrt_tensor *mlrt__tanh_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *y);

/* _sigmoid_grad: g y (1 - y): the gradient of sigmoid from its output. */
mlrt_tensor *mlrt__sigmoid_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *y);

/* _clamp_grad: g where min <= x <= max, else 0. */
mlrt_tensor *mlrt__clamp_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x,
    mlrt_tensor *min, mlrt_tensor *max);

/* _add_scaled: x + alpha y, for add and sub. */
mlrt_tensor *mlrt__add_scaled(mlrt *m, mlrt_tensor *x, mlrt_tensor *y,
    double alpha);

/* _div_trunc: trunc(x / y), for div. */
mlrt_tensor *mlrt__div_trunc(mlrt *m, mlrt_tensor *x, mlrt_tensor *y);

/* _elu_grad: g right where x > 0, else g left inner exp(inner x). */
mlrt_tensor *mlrt__elu_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x,
    double right, double left, double inner);

/* _gelu_grad: g times the slope of gelu at x. */
mlrt_tensor *mlrt__gelu_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x,
    int approximate);

/* _silu_grad: g times the slope of silu at x. */
mlrt_tensor *mlrt__silu_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x);

/* _mish_grad: g times the slope of mish at x. */
mlrt_tensor *mlrt__mish_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x);

/* _softplus_grad: g / (1 + exp(-beta x)), or g where beta x is above the
 * threshold. */
mlrt_tensor *mlrt__softplus_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x,
    double beta, double threshold);

/* _softsign_grad: g / (1 + |x|)^2. */
mlrt_tensor *mlrt__softsign_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x);

/* _relu_grad: g where y > 0, else 0: relu's gradient from its output. */
mlrt_tensor *mlrt__relu_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *y);

/* _leaky_relu_grad: g where x > 0, else negative_slope g. */
mlrt_tensor *mlrt__leaky_relu_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x,
    double negative_slope);

/* _prelu: x where it is above 0, weight x elsewhere; they broadcast. */
mlrt_tensor *mlrt__prelu(mlrt *m, mlrt_tensor *x, mlrt_tensor *weight);

/* _hardtanh_grad: g where min_val < x < max_val, else 0. */
mlrt_tensor *mlrt__hardtanh_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x,
    double min_val, double max_val);

/* _hardsigmoid_grad: g / 6 where -3 < x < 3, else 0. */
mlrt_tensor *mlrt__hardsigmoid_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x);

/* _hardswish_grad: g times the slope of hardswish at x. */
mlrt_tensor *mlrt__hardswish_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x);

/* _sum_squares: Sum of squares over the given dimensions, in double. */
mlrt_tensor *mlrt__sum_squares(mlrt *m, mlrt_tensor *x, const int64_t *dim,
    int dim_n, bool keepdim);

/* _root: Square root with gradient 0 at 0, for norms. */
mlrt_tensor *mlrt__root(mlrt *m, mlrt_tensor *x);

/* _max_both: max along a dimension. */
int mlrt__max_both(mlrt *m, mlrt_tensor *x, int64_t dim, bool keepdim,
    mlrt_tensor **values, mlrt_tensor **indices);

/* _min_both: min along a dimension. */
int mlrt__min_both(mlrt *m, mlrt_tensor *x, int64_t dim, bool keepdim,
    mlrt_tensor **values, mlrt_tensor **indices);

/* _kth: The k-th smallest along dim; median: nan in lines with nan; mode:
 * the most frequent, whatever k is. */
int mlrt__kth(mlrt *m, mlrt_tensor *x, int64_t k, int64_t dim, bool keepdim,
    int what, mlrt_tensor **values, mlrt_tensor **indices);

/* _recurrence: y[i] = a[i] y[i - 1] + b[i] along dim, or from the last to
 * the first; computed in double. */
mlrt_tensor *mlrt__recurrence(mlrt *m, mlrt_tensor *a, mlrt_tensor *b,
    int64_t dim, bool back);

/* _softmax_grad: y * (g - sum(g * y)) along a dimension. */
mlrt_tensor *mlrt__softmax_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *y,
    int64_t dim);

/* _log_softmax_grad: g - exp(y) * sum(g) along a dimension. */
mlrt_tensor *mlrt__log_softmax_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *y,
    int64_t dim);

/* _embedding_grad: First gradient of embedding: the rows of g added up where
 * index says. */
mlrt_tensor *mlrt__embedding_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *index,
    int64_t rows);

/* _rows_product: Sum over all rows r of a[r]^T b[r], where a: (..., m) and
 * b: (..., n) -> (m, n): the gradient of a matrix that rows were multiplied
 * with. */
mlrt_tensor *mlrt__rows_product(mlrt *m, mlrt_tensor *a, mlrt_tensor *b);

/* _solve_left: solve with a on the left. */
mlrt_tensor *mlrt__solve_left(mlrt *m, mlrt_tensor *a, mlrt_tensor *b);

/* _cofactor: The gradient of det at x: (..., n, n), singular or not. */
mlrt_tensor *mlrt__cofactor(mlrt *m, mlrt_tensor *x);

/* _cofactor_grad: The gradient of the sum of _cofactor's result times g. */
mlrt_tensor *mlrt__cofactor_grad(mlrt *m, mlrt_tensor *x, mlrt_tensor *g);

/* _lstsq: lstsq without the residuals. */
int mlrt__lstsq(mlrt *m, mlrt_tensor *a, mlrt_tensor *b, double rcond,
    mlrt_tensor **solution, mlrt_tensor **rank, mlrt_tensor **singular_values);

/* _pinv: pinv with both limits given. */
mlrt_tensor *mlrt__pinv(mlrt *m, mlrt_tensor *x, double rtol, double atol);

/* _conv2d_dgrad: Gradient of conv2d by x, whose H and W are `size`. */
mlrt_tensor *mlrt__conv2d_dgrad(mlrt *m, mlrt_tensor *g, mlrt_tensor *weight,
    const int64_t *size, const int64_t *stride, const int64_t *padding,
    const int64_t *dilation, int64_t groups);

/* _conv2d_wgrad: Gradients of conv2d by weight, whose KH and KW are
 * `kernel`, and by bias. */
int mlrt__conv2d_wgrad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x,
    const int64_t *kernel, const int64_t *stride, const int64_t *padding,
    const int64_t *dilation, int64_t groups, mlrt_tensor **gweight,
    mlrt_tensor **gbias);

/* _avg_pool2d_grad: Gradient of avg_pool2d by x, whose H and W are `size`.
 * */
mlrt_tensor *mlrt__avg_pool2d_grad(mlrt *m, mlrt_tensor *g,
    const int64_t *kernel_size, const int64_t *stride, const int64_t *padding,
    bool ceil_mode, bool count_include_pad, const int64_t *size,
    int64_t divisor);

/* _adaptive_avg_pool2d_grad: Gradient of adaptive_avg_pool2d by x, whose H
 * and W are `size`. */
mlrt_tensor *mlrt__adaptive_avg_pool2d_grad(mlrt *m, mlrt_tensor *g,
    const int64_t *size);

/* _max_pool2d_grad: Planes of `size`, 0 but for the values of g added at the
 * places `at`. */
mlrt_tensor *mlrt__max_pool2d_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *at,
    const int64_t *size);

/* _max_pool2d_take: The values of each plane of x at the places `at`. */
mlrt_tensor *mlrt__max_pool2d_take(mlrt *m, mlrt_tensor *x, mlrt_tensor *at);

/* _affine_map: Images (N, C, H, W) moved by an affine map each, six numbers
 * {a, b, c, d, e, f} in pixels from a place in the result to one in x: (a x +
 * b y + c, d x + e y + f). Without a gradient. */
mlrt_tensor *mlrt__affine_map(mlrt *m, mlrt_tensor *x, mlrt_tensor *map,
    int64_t height, int64_t width, int mode, double fill);

/* _batch_norm_grad: First gradient of batch_norm, fused. */
int mlrt__batch_norm_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x,
    mlrt_tensor *weight, mlrt_tensor *mean, mlrt_tensor *rstd, bool training,
    mlrt_tensor **gx, mlrt_tensor **gweight, mlrt_tensor **gbias);

/* _layer_norm_grad: First gradient of layer_norm, and without mean of
 * rms_norm, over lines of n elements; fused. */
int mlrt__layer_norm_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x,
    mlrt_tensor *weight, mlrt_tensor *mean, mlrt_tensor *rstd, int64_t n,
    mlrt_tensor **gx, mlrt_tensor **gweight, mlrt_tensor **gbias);

/* _group_norm_grad: First gradient of group_norm, fused. */
int mlrt__group_norm_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x,
    int64_t num_groups, mlrt_tensor *weight, mlrt_tensor *mean,
    mlrt_tensor *rstd, mlrt_tensor **gx, mlrt_tensor **gweight,
    mlrt_tensor **gbias);

/* _cross_entropy_grad: First gradient of cross_entropy, fused. */
mlrt_tensor *mlrt__cross_entropy_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x,
    mlrt_tensor *target, mlrt_tensor *weight, mlrt_tensor *stats,
    int reduction, double label_smoothing);

/* _class_weights: What each class of a sample counts in cross_entropy: 1 -
 * label_smoothing for the target, the rest for all alike. */
mlrt_tensor *mlrt__class_weights(mlrt *m, mlrt_tensor *target,
    mlrt_tensor *weight, int64_t classes, double label_smoothing,
    mlrt_dtype dtype);

/* _huber: huber_loss of each element. */
mlrt_tensor *mlrt__huber(mlrt *m, mlrt_tensor *x, mlrt_tensor *target,
    double delta);

/* _bce: binary_cross_entropy of each element. */
mlrt_tensor *mlrt__bce(mlrt *m, mlrt_tensor *x, mlrt_tensor *target);

/* _bce_grad: g (x - target) / (x (1 - x)), the divisor not below 1e-12. */
mlrt_tensor *mlrt__bce_grad(mlrt *m, mlrt_tensor *g, mlrt_tensor *x,
    mlrt_tensor *target);

/* _bce_logits: (1 - target) x + log(1 + exp(-x)). */
mlrt_tensor *mlrt__bce_logits(mlrt *m, mlrt_tensor *x, mlrt_tensor *target);

/* _dropped: dropout at a place in a stream: its key and first block. */
mlrt_tensor *mlrt__dropped(mlrt *m, mlrt_tensor *x, double p,
    const int64_t *stream, int stream_n);

#endif
