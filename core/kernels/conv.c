/* conv.c: convolution and pooling for f32 and f64. */
#include "conv.h"

#include <math.h>

enum { POOL = 128 /* outputs pooled together */ };

/* The outputs [from, to) of n that see 0 <= i * s + at < size. */
static void inside(int64_t n, int64_t s, int64_t at, int64_t size,
                   int64_t *from, int64_t *to) {
    *from = at >= 0 ? 0 : (s - 1 - at) / s;
    *to = at >= size ? 0 : (size - 1 - at) / s + 1;
    if (*to > n)
        *to = n;
    if (*from > *to)
        *from = *to;
}

/* The elements of adaptive window i. */
static void span(int64_t i, int64_t size, int64_t out, int64_t *from,
                 int64_t *to) {
    *from = i * size / out;
    *to = ((i + 1) * size + out - 1) / out;
}

/* Elements of window i, those in the padding counted if `pad`. */
static int64_t extent(int64_t i, int64_t k, int64_t s, int64_t p, int64_t size,
                      bool pad) {
    int64_t from = i * s - p, to = from + k, end = pad ? size + p : size;
    if (!pad && from < 0)
        from = 0;
    return (to < end ? to : end) - from;
}

#define T float
#define NAME f32
#include "conv.inc"
#include "pool.inc"

#define T double
#define NAME f64
#include "conv.inc"
#include "pool.inc"

const struct mlrt__conv_kernels MLRT__ISA_NAME(mlrt__conv_kernels) = {
    .plane = {plane_f32, plane_f64},
    .plane_dgrad = {plane_dgrad_f32, plane_dgrad_f64},
    .plane_wgrad = {plane_wgrad_f32, plane_wgrad_f64},
    .max_pool = {max_pool_f32, max_pool_f64},
    .avg_pool = {avg_pool_f32, avg_pool_f64},
    .avg_pool_grad = {avg_pool_grad_f32, avg_pool_grad_f64},
    .take = {take_f32, take_f64},
    .put = {put_f32, put_f64},
};
