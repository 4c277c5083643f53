/* reduce.c: folds for every element type.
 *
 * The idea of a fold is in reduce.inc, which is included once for each fold
 * and type by way of reduce_type.inc.  Bool shares the functions of u8.
 */
#include "reduce.h"

#include "lanes.h"

#include <math.h>

enum {
    BLOCK = 1024, /* elements that are folded in lanes */
    FEW = 24,     /* shorter rows are turned and folded side by side, */
    TURN = 64,    /* so many at a time */
    SIDE = 64     /* columns a recurrence goes along together */
};

/* Code that is large, and called from two places. */
#if defined(__clang__)
#define NOINLINE __attribute__((noinline))
#else
#define NOINLINE __attribute__((noinline, noclone))
#endif

/* Equal, or both NaN. */
#define SAME(a, b) (((a) == (b)) | (((a) != (a)) & ((b) != (b))))

static void finish_any(const void *acc, void *y, int64_t w, double count) {
    (void)count;
    for (int64_t j = 0; j < w; j++)
        ((uint8_t *)y)[j] = ((const int64_t *)acc)[j] != 0;
}

static void finish_all(const void *acc, void *y, int64_t w, double count) {
    for (int64_t j = 0; j < w; j++)
        ((uint8_t *)y)[j] = ((const int64_t *)acc)[j] == (int64_t)count;
}

#define T float
#define TYPE f32
#define FLOAT 1
#define SUM float
#define WIDE double
#define LOWEST -INFINITY
#define HIGHEST INFINITY
#include "reduce_type.inc"

#ifndef MLRT__BELOW
#define T double
#define TYPE f64
#define FLOAT 1
#define SUM double
#define WIDE double
#define LOWEST -(double)INFINITY
#define HIGHEST (double)INFINITY
#include "reduce_type.inc"

#define T int64_t
#define TYPE i64
#define FLOAT 0
#define SUM uint64_t
#define WIDE uint64_t
#define LOWEST INT64_MIN
#define HIGHEST INT64_MAX
#include "reduce_type.inc"

#define T int32_t
#define TYPE i32
#define FLOAT 0
#define SUM uint64_t
#define WIDE uint64_t
#define LOWEST INT32_MIN
#define HIGHEST INT32_MAX
#include "reduce_type.inc"

#define T uint8_t
#define TYPE u8
#define FLOAT 0
#define SUM uint64_t
#define WIDE uint64_t
#define LOWEST 0
#define HIGHEST UINT8_MAX
#include "reduce_type.inc"

#endif

#define T float
#define NAME f32
#include "scan.inc"
#ifndef MLRT__BELOW
#define T double
#define NAME f64
#include "scan.inc"
#endif

/* clang-format off */
#define FOLD(kind, name, type) [MLRT__FOLD_##kind] = &name##_##type,
#define FOLDS(type)                                                            \
    FOLD(SUM, fold_sum, type)                                                  \
    FOLD(PROD, fold_prod, type)                                                \
    FOLD(AMAX, fold_amax, type)                                                \
    FOLD(AMIN, fold_amin, type)                                                \
    FOLD(COUNT, fold_count, type)                                              \
    FOLD(ANY, any, type)                                                       \
    FOLD(ALL, all, type)
#define FLOAT_FOLDS(type)                                                      \
    FOLDS(type)                                                                \
    FOLD(SQUARES, fold_squares, type)                                          \
    FOLD(NANSUM, fold_nansum, type)
/* clang-format on */
#define KERNELS(type, folds, ...)                                              \
    const struct mlrt__reduce_kernels MLRT__ISA_NAME(mlrt__reduce_##type) = {  \
        .fold = {folds(type)},                                                 \
        .find = find_##type,                                                   \
        .cumsum = scan_sum_##type,                                             \
        .cumprod = scan_prod_##type,                                           \
        .cumsum_lines = scan_lines_sum_##type,                                 \
        .cumprod_lines = scan_lines_prod_##type,                               \
        __VA_ARGS__}
#define FLOAT_KERNELS(type)                                                    \
    KERNELS(type, FLOAT_FOLDS, .log_sums = log_sums_##type,                    \
            .recurrence = recurrence_##type)

FLOAT_KERNELS(f32);
#ifndef MLRT__BELOW
FLOAT_KERNELS(f64);
KERNELS(i64, FOLDS, );
KERNELS(i32, FOLDS, );
KERNELS(u8, FOLDS, );
#endif
