/* gemm.h: products of matrices of any size, in parallel. */
#ifndef MLRT_GEMM_H
#define MLRT_GEMM_H

#include "core.h"
#include "kernels/product.h"

/* c = alpha * a b + beta * c, once or for a batch; a: (m, k), b: (k, n),
 * c: (m, n).  Steps are counted in elements.  Where beta is 0, c is not
 * read.  Products of floats want operands for which mlrt__gemm_reads says
 * yes; integers (i64, i32, u8) are read in any layout, and wrap. */
typedef struct mlrt__gemm {
    int dtype;
    int64_t m, n, k;
    const void *a, *b;
    void *c;
    int64_t a_step[2], b_step[2]; /* between rows, between columns */
    int64_t c_row;                /* between rows; columns are neighbours */
    double alpha, beta;
    int ndim; /* dimensions of the batch; those of c are packed */
    int64_t batch[MLRT_MAX_DIMS];
    int64_t a_batch[MLRT_MAX_DIMS], b_batch[MLRT_MAX_DIMS];
} mlrt__gemm;

/* Can BLAS read this matrix where it is?  One step must be 1, the other at
 * least as long as a row (or column), and both fit BLAS's integers. */
bool mlrt__gemm_reads(int64_t rows, int64_t cols, const int64_t step[2]);
/* Sides that BLAS's integers cannot count are refused, for all dtypes. */
bool mlrt__gemm_too_large(const mlrt__gemm *g);
/* Scratch that mlrt__gemm_run wants; only sizes and steps need be set. */
size_t mlrt__gemm_scratch(const mlrt__gemm *g);
/* Cuts the product into tiles by its sizes alone, so that its bits do not
 * depend on the number of threads, and runs them.  Between tiles it looks
 * whether it was interrupted. */
int mlrt__gemm_run(mlrt *m, const mlrt__gemm *g, void *scratch);

#endif
