/* product.h: products of integer matrices; BLAS has those of floats.
 */
#ifndef MLRT_KERNELS_PRODUCT_H
#define MLRT_KERNELS_PRODUCT_H

#include "kernels.h"

/* c = alpha * a b + beta * c with a: (m, k), b: (k, n), c: (m, n).  Steps are
 * counted in elements, between rows and between columns; c's columns are
 * neighbours.  When beta is 0, c is not read. */
typedef struct mlrt__block {
    int64_t m, n, k;
    const void *a, *b;
    void *c;
    int64_t a_step[2], b_step[2], c_row;
    double alpha, beta;
} mlrt__block;

/* Arithmetic wraps; alpha and beta are integers. */
struct mlrt__product_kernels {
    void (*integer[3])(const mlrt__block *q); /* i64, i32, u8 */
};

#endif
