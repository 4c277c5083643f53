/* net.c: softmax, cross entropy, normalisation, for f32 and f64. */
#include "net.h"

#include "functions.h"
#include "lanes.h"

enum {
    BLOCK = 1024,   /* elements folded in lanes, then added in double */
    CHUNK = 64,     /* lines side by side that are worked on together */
    SHORT = 64,     /* lines up to this long are turned for it */
    MAX_LINES = 512 /* a panel's lines */
};

#define T float
#define NAME f32
#include "net.inc"

#ifndef MLRT__BELOW
#define T double
#define NAME f64
#include "net.inc"
#endif

#define KERNELS(type)                                                          \
    const struct mlrt__net_kernels MLRT__ISA_NAME(mlrt__net_##type) = {        \
        .softmax = softmax_##type,                                             \
        .log_softmax = log_softmax_##type,                                     \
        .softmax_grad = softmax_grad_##type,                                   \
        .log_softmax_grad = log_softmax_grad_##type,                           \
        .log_sum = log_sum_##type,                                             \
        .exp_scaled = exp_scaled_##type,                                       \
        .moments = moments_##type,                                             \
        .affine = affine_##type,                                               \
        .norm_dots = norm_dots_##type,                                         \
        .norm_grad = norm_grad_##type,                                         \
        .line_moments = line_moments_##type,                                   \
        .norm_lines = norm_lines_##type,                                       \
        .line_grad = line_grad_##type,                                         \
    }
KERNELS(f32);
#ifndef MLRT__BELOW
KERNELS(f64);
#endif
