/* conv.h: convolution and pooling of planes.
 *
 * N images, C channels of x: (N, C, H, W), O channels of y: (N, O, OH, OW),
 * weight: (O, C / groups, KH, KW).  Per dimension a stride s, padding p and
 * dilation d:
 *
 *   y[n, o, i, j] = bias[o] +
 *       sum over c, a, b: weight[o, c, a, b] *
 *                         x[n, c, i * sh + a * dh - ph, j * sw + b * dw - pw]
 *
 * where x is 0 outside (Goodfellow, Bengio, Courville 2016, chapter 9).
 */
#ifndef MLRT_KERNELS_CONV_H
#define MLRT_KERNELS_CONV_H

#include "kernels.h"

typedef struct mlrt__conv_sizes {
    int64_t n, c, h, w; /* x */
    int64_t o, oh, ow;  /* y */
    int64_t kh, kw;     /* weight: (o, c / groups, kh, kw) */
    int64_t sh, sw, ph, pw, dh, dw, groups;
} mlrt__conv_sizes;

/* Pooling of planes (h, w) into (oh, ow).  Window i covers the elements
 * i * s + a * d - p, a < k, that exist; when `adaptive`, those from
 * i * size / out to (i + 1) * size / out, rounded down and up. */
typedef struct mlrt__pool_sizes {
    int64_t planes, h, w, oh, ow;
    int64_t kh, kw, sh, sw, ph, pw, dh, dw;
    bool adaptive, count_pad; /* count_pad: a mean counts the padding too */
} mlrt__pool_sizes;

/* Arrays of two are {f32, f64}. */
struct mlrt__conv_kernels {
    /* The planes of one pair of channels: y += w * x; x += the transpose;
     * w += the sum over y of g * x. */
    void (*plane[2])(const mlrt__conv_sizes *v, const void *x, const void *w,
                     void *y);
    void (*plane_dgrad[2])(const mlrt__conv_sizes *v, const void *g,
                           const void *w, void *x);
    void (*plane_wgrad[2])(const mlrt__conv_sizes *v, const void *g,
                           const void *x, void *w);
    /* One plane.  y = the largest of each window, NaN before all others; at
     * (NULL: nowhere) = its place in the plane, -1 for an empty window. */
    void (*max_pool[2])(const mlrt__pool_sizes *p, const void *x, void *y,
                        int32_t *at);
    /* y = the mean of each window; x = its transpose, of y */
    void (*avg_pool[2])(const mlrt__pool_sizes *p, const void *x, void *y);
    void (*avg_pool_grad[2])(const mlrt__pool_sizes *p, const void *y, void *x);
    /* y[i] = x[at[i]], i < n; x[at[i]] += y[i].  Places outside 0..size - 1
     * give 0 and take nothing. */
    void (*take[2])(const void *x, int64_t size, const int32_t *at, int64_t n,
                    void *y);
    void (*put[2])(const void *y, const int32_t *at, int64_t n, void *x,
                   int64_t size);
};

#endif
