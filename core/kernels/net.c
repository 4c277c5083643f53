/* net.c: softmax, cross entropy, normalisation and pixels, for f32 and f64.
 *
 * The exponential is here and inline, because softmax wants it inside its
 * loops, of arguments that are not above zero, and with the same bits in the
 * body of a vectorised loop as in its rest.
 */
#include "net.h"

#include <math.h>
#include <string.h>

enum {
    BLOCK = 1024,   /* elements folded in lanes, then added in double */
    CHUNK = 64,     /* lines side by side that are worked on together */
    SHORT = 64,     /* lines up to this long are turned for it */
    MAX_LINES = 512 /* a panel's lines */
};

/* a * b + c, rounded once where the machine does that in one instruction */
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
#define MADDF(a, b, c) __builtin_fmaf(a, b, c)
#define MADD(a, b, c) __builtin_fma(a, b, c)
#else
#define MADDF(a, b, c) ((a) * (b) + (c))
#define MADD(a, b, c) ((a) * (b) + (c))
#endif

/* exp(x), x <= 1: with n the integer nearest to x / ln 2 (found by adding
 * 1.5 * 2^23, which leaves it in the low bits) and r = x - n ln 2, |r| <=
 * 0.35, exp(r) is its Taylor series to degree 7, in error by 7e-9, and 2^n
 * is multiplied on in two halves, so that the smallest results are right.
 * Within 1.1 units in the last place. */
static inline __attribute__((always_inline)) float exp_f32(float x) {
    const float magic = 12582912.0f;
    float t = x < -104.0f ? -104.0f : x, shifted, half, other, r, y;
    int32_t n, h;
    shifted = MADDF(t, 1.44269504f, magic);
    memcpy(&n, &shifted, sizeof n);
    n -= 0x4b400000;
    r = MADDF(magic - shifted, 0.693145752f, t);   /* ln 2 in 15 bits */
    r = MADDF(magic - shifted, 1.42860677e-6f, r); /* and the rest */
    y = 1.0f / 5040;
    y = MADDF(y, r, 1.0f / 720);
    y = MADDF(y, r, 1.0f / 120);
    y = MADDF(y, r, 1.0f / 24);
    y = MADDF(y, r, 1.0f / 6);
    y = MADDF(y, r, 0.5f);
    y = MADDF(y * r, r, r) + 1.0f;
    h = n >> 1;
    n = (int32_t)((uint32_t)(n - h + 127) << 23);
    h = (int32_t)((uint32_t)(h + 127) << 23);
    memcpy(&half, &h, sizeof half);
    memcpy(&other, &n, sizeof other);
    return y * half * other;
}

/* The same in double: 1.5 * 2^52, degree 13. */
static inline __attribute__((always_inline)) double exp_f64(double x) {
    const double magic = 6755399441055744.0;
    double t = x < -746.0 ? -746.0 : x, shifted, half, other, r, y;
    int64_t n, h;
    shifted = MADD(t, 1.4426950408889634, magic);
    memcpy(&n, &shifted, sizeof n);
    n -= 0x4338000000000000;
    r = MADD(magic - shifted, 0.6931471803691238, t); /* in 32 bits */
    r = MADD(magic - shifted, 1.9082149292705877e-10, r);
    y = 1.0 / 6227020800;
    y = MADD(y, r, 1.0 / 479001600);
    y = MADD(y, r, 1.0 / 39916800);
    y = MADD(y, r, 1.0 / 3628800);
    y = MADD(y, r, 1.0 / 362880);
    y = MADD(y, r, 1.0 / 40320);
    y = MADD(y, r, 1.0 / 5040);
    y = MADD(y, r, 1.0 / 720);
    y = MADD(y, r, 1.0 / 120);
    y = MADD(y, r, 1.0 / 24);
    y = MADD(y, r, 1.0 / 6);
    y = MADD(y, r, 0.5);
    y = MADD(y * r, r, r) + 1.0;
    h = (int64_t)((uint64_t)(n + 4096) >> 1) - 2048;
    n = (int64_t)(((uint64_t)n - (uint64_t)h + 1023) << 52);
    h = (int64_t)(((uint64_t)h + 1023) << 52);
    memcpy(&half, &h, sizeof half);
    memcpy(&other, &n, sizeof other);
    return y * half * other;
}

#define T float
#define NAME f32
#define EXP exp_f32
#include "net.inc"

#define T double
#define NAME f64
#define EXP exp_f64
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
