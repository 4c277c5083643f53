/* product.h: describing a product of two tensors to gemm.c. */
#ifndef MLRT_PRODUCT_H
#define MLRT_PRODUCT_H

#include "../gemm.h"

/* An operand as a matrix, with batch dimensions before it. */
typedef struct mlrt__view {
    const mlrt_tensor *t;
    int ndim;  /* at least 2 */
    int batch; /* of the tensor's dimensions, those before the matrix */
    int64_t shape[MLRT_MAX_DIMS + 1], step[MLRT_MAX_DIMS + 1];
    bool copied; /* to scratch, at byte `at` */
    size_t at;
} mlrt__view;

typedef struct mlrt__product {
    mlrt__gemm g;
    mlrt__view a, b;
    int ndim; /* of the result: batch, m and n */
    int64_t shape[MLRT_MAX_DIMS + 2];
    size_t copies; /* bytes of scratch for them */
} mlrt__product;

/* How an operand is seen.  A vector is a row; COLUMN: a column.  ROWS: all
 * dimensions but the last count rows of one matrix.  TURNED: then the last
 * two change places. */
enum { MLRT__COLUMN = 1, MLRT__ROWS = 2, MLRT__TURNED = 4 };

/* Tensors a and b as operands of a product in the dtype that they and
 * `other` (or NULL) promote to.  Fails when they do not fit. */
int mlrt__product_of(const mlrt__call *c, const mlrt_tensor *a, unsigned how_a,
                     const mlrt_tensor *b, unsigned how_b,
                     const mlrt_tensor *other, mlrt__product *p);
/* Sets output 0, the ones of vectors left out, and the scratch. */
int mlrt__product_out(mlrt__call *c, const mlrt__product *p);
/* y = alpha * a b + beta * y for output 0. */
int mlrt__product_run(mlrt__call *c, mlrt__product *p, double alpha,
                      double beta);

#endif
