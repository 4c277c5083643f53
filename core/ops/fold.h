/* fold.h: folding a tensor over some of its dimensions, and working along
 * one of them. */
#ifndef MLRT_FOLD_H
#define MLRT_FOLD_H

#include "../core.h"
#include "../kernels/reduce.h"

/* Scratch that mlrt__fold_over wants. */
size_t mlrt__fold_scratch(const mlrt *m, int kind, const mlrt_tensor *x,
                          uint32_t dims);
/* y (contiguous) = fold of x over the dimensions in the bit mask `dims`;
 * `count` is what a mean divides by (1: nothing). */
int mlrt__fold_over(mlrt *m, int kind, const mlrt_tensor *x, uint32_t dims,
                    mlrt_tensor *y, double count, void *scratch);

/* One dimension of a contiguous tensor: (outer, n, inner).  Its outputs are
 * numbered o = outer * inner of them; element i of output o + j lies at
 * i * si + j * sj from the first of output o. */
typedef struct mlrt__lines {
    int64_t outer, n, inner, si, sj;
} mlrt__lines;
void mlrt__lines_of(mlrt__lines *l, const mlrt_tensor *x, int dim);
/* Calls fn(arg, at, o, w) for runs of w <= 512 outputs from o on, whose first
 * element is number `at`, in parallel. */
typedef void mlrt__lines_fn(void *arg, int64_t at, int64_t o, int64_t w);
int mlrt__lines_run(mlrt *m, const mlrt__lines *l, mlrt__lines_fn *fn,
                    void *arg);
enum { MLRT__LINES = 512 };

#endif
