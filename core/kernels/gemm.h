/* gemm.h: products of floating-point matrices.
 */
#ifndef MLRT_KERNELS_GEMM_H
#define MLRT_KERNELS_GEMM_H

#include "product.h"

/* One product, of any size and with any steps of a and b; arrays of two are
 * {f32, f64}.  An element of c is alpha times a sum, plus beta times what it
 * was.  The sum runs over k in order, 256 at a time, each rounded once where
 * the machine has fused operations; for a single row or column whose factors
 * lie together it is that of several sums. */
struct mlrt__gemm_kernels {
    int bytes; /* of a vector */
    void (*multiply[2])(const mlrt__block *q);
};

#endif
