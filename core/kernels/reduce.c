/* reduce.c: folds for every element type.
 *
 * The idea of a fold is in reduce.inc, which is included once for each fold
 * and type by way of reduce_type.inc.  Bool shares the functions of u8.
 */
#include "reduce.h"

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

#define T float
#define NAME f32
#include "scan.inc"
#define T double
#define NAME f64
#include "scan.inc"

#define FOLDS(name)                                                            \
    {                                                                          \
        [MLRT_F32] = &fold_##name##_f32, [MLRT_F64] = &fold_##name##_f64,      \
        [MLRT_I64] = &fold_##name##_i64, [MLRT_I32] = &fold_##name##_i32,      \
        [MLRT_U8] = &fold_##name##_u8, [MLRT_BOOL] = &fold_##name##_u8         \
    }
#define TABLE(name)                                                            \
    {                                                                          \
        [MLRT_F32] = name##_f32, [MLRT_F64] = name##_f64,                      \
        [MLRT_I64] = name##_i64, [MLRT_I32] = name##_i32,                      \
        [MLRT_U8] = name##_u8, [MLRT_BOOL] = name##_u8                         \
    }
#define TRUTHS(name)                                                           \
    {                                                                          \
        [MLRT_F32] = &name##_f32, [MLRT_F64] = &name##_f64,                    \
        [MLRT_I64] = &name##_i64, [MLRT_I32] = &name##_i32,                    \
        [MLRT_U8] = &name##_u8, [MLRT_BOOL] = &name##_u8                       \
    }

const struct mlrt__reduce_kernels MLRT__ISA_NAME(mlrt__reduce_kernels) = {
    .fold =
        {[MLRT__FOLD_SUM] = FOLDS(sum),
         [MLRT__FOLD_PROD] = FOLDS(prod),
         [MLRT__FOLD_AMAX] = FOLDS(amax),
         [MLRT__FOLD_AMIN] = FOLDS(amin),
         [MLRT__FOLD_COUNT] = FOLDS(count),
         [MLRT__FOLD_ANY] = TRUTHS(any),
         [MLRT__FOLD_ALL] = TRUTHS(all),
         [MLRT__FOLD_SQUARES] =
             {[MLRT_F32] = &fold_squares_f32, [MLRT_F64] = &fold_squares_f64},
         [MLRT__FOLD_NANSUM] =
             {[MLRT_F32] = &fold_nansum_f32, [MLRT_F64] = &fold_nansum_f64}},
    .find = TABLE(find),
    .cumsum = TABLE(scan_sum),
    .cumprod = TABLE(scan_prod),
    .cumsum_lines = TABLE(scan_lines_sum),
    .cumprod_lines = TABLE(scan_lines_prod),
    .log_sums = {log_sums_f32, log_sums_f64},
    .recurrence = {recurrence_f32, recurrence_f64},
};
