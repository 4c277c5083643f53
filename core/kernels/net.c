/* net.c: softmax, cross entropy, normalisation and pixels, for f32 and f64.
 */
#include "net.h"

#include "functions.h"

enum {
    BLOCK = 1024,   /* elements folded in lanes, then added in double */
    CHUNK = 64,     /* lines side by side that are worked on together */
    SHORT = 64,     /* lines up to this long are turned for it */
    MAX_LINES = 512 /* a panel's lines */
};

#define T float
#define NAME f32
#include "net.inc"

#define T double
#define NAME f64
#include "net.inc"

static void scale_u8(const void *px, void *py, int64_t n, double scale,
                     double shift) {
    const uint8_t *x = px;
    float *y = py, a = (float)scale, b = (float)shift;
    for (int64_t i = 0; i < n; i++)
        y[i] = (float)x[i] * a + b;
}

static void scale_f32(const void *px, void *py, int64_t n, double scale,
                      double shift) {
    const float *x = px;
    float *y = py, a = (float)scale, b = (float)shift;
    for (int64_t i = 0; i < n; i++)
        y[i] = x[i] * a + b;
}

static void scale_f64(const void *px, void *py, int64_t n, double scale,
                      double shift) {
    const double *x = px;
    double *y = py;
    for (int64_t i = 0; i < n; i++)
        y[i] = x[i] * scale + shift;
}

const struct mlrt__net_kernels MLRT__ISA_NAME(mlrt__net_kernels) = {
    .softmax = {softmax_f32, softmax_f64},
    .log_softmax = {log_softmax_f32, log_softmax_f64},
    .softmax_grad = {softmax_grad_f32, softmax_grad_f64},
    .log_softmax_grad = {log_softmax_grad_f32, log_softmax_grad_f64},
    .log_sum = {log_sum_f32, log_sum_f64},
    .exp_scaled = {exp_scaled_f32, exp_scaled_f64},
    .moments = {moments_f32, moments_f64},
    .affine = {affine_f32, affine_f64},
    .norm_dots = {norm_dots_f32, norm_dots_f64},
    .norm_grad = {norm_grad_f32, norm_grad_f64},
    .line_moments = {line_moments_f32, line_moments_f64},
    .norm_lines = {norm_lines_f32, norm_lines_f64},
    .line_grad = {line_grad_f32, line_grad_f64},
    .scale = {scale_u8, scale_f32, scale_f64},
};
