/* reduce.h: folding many elements into one, and finding the largest.
 *
 * A fold keeps running results `acc`, one for each of w outputs.  It starts
 * them, runs panels of the input into them, joins those that other threads
 * made, and turns them into outputs.  Steps are counted in elements.
 */
#ifndef MLRT_KERNELS_REDUCE_H
#define MLRT_KERNELS_REDUCE_H

#include "../mlrt.h"
#include "kernels.h"

typedef struct mlrt__fold {
    size_t size; /* of one running result, at most 8 bytes */
    void (*start)(void *acc, int64_t w);
    /* acc[j] takes in x[i * si + j * sj] for i < n, for each j < w. */
    void (*panel)(const void *x, int64_t n, int64_t si, int64_t w, int64_t sj,
                  void *acc);
    void (*join)(void *acc, const void *other, int64_t w);
    /* y[j] from acc[j]; count: how many elements went into each, for those
     * that divide by it. */
    void (*finish)(const void *acc, void *y, int64_t w, double count);
} mlrt__fold;

enum mlrt__fold_kind {
    MLRT__FOLD_SUM, /* and the mean; integers wrap in 64 bits */
    MLRT__FOLD_PROD,
    MLRT__FOLD_AMAX, /* NaN wins */
    MLRT__FOLD_AMIN,
    MLRT__FOLD_COUNT, /* of elements that are not zero, NaN among them */
    MLRT__FOLD_ANY,
    MLRT__FOLD_ALL,
    MLRT__FOLD_SQUARES, /* sum of x*x, floats only */
    MLRT__FOLD_NANSUM,  /* sum of what is not NaN, floats only */
    MLRT__NFOLDS
};

/* x and y are n rows of w columns, `step` apart; y[i][j] is the fold of
 * x[0..i][j]. */
typedef void mlrt__scan(const void *x, void *y, int64_t n, int64_t w,
                        int64_t step);

/* For one type. */
struct mlrt__reduce_kernels {
    const mlrt__fold *fold[MLRT__NFOLDS]; /* NULL: none */
    /* at[j]: the first i < n where x[i * si + j * sj] equals best[j], or is
     * NaN as best[j] is. */
    void (*find)(const void *x, int64_t n, int64_t si, int64_t w, int64_t sj,
                 const void *best, int64_t *at);
    mlrt__scan *cumsum;
    mlrt__scan *cumprod;
    /* the same of w lines of n neighbours that are `step` apart */
    mlrt__scan *cumsum_lines;
    mlrt__scan *cumprod_lines;
    /* of f32 and f64: log(sum exp(x)) so far; y[i] = a[i] y[i - 1] + b[i],
     * back: from the last row to the first */
    mlrt__scan *log_sums;
    void (*recurrence)(const void *a, const void *b, void *y, int64_t n,
                       int64_t w, int64_t step, bool back);
};

#endif
