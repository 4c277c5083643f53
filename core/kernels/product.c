/* product.c: products of integer matrices.
 *
 * Row i of c is the sum of the rows of b, each times an element of row i of
 * a; when it is the columns of b whose elements are neighbours, an element of
 * c is a row of a times a column of b.  Unsigned numbers, because they wrap.
 */
#include "product.h"

#define T uint64_t
#define NAME i64
#include "product.inc"

#define T uint32_t
#define NAME i32
#include "product.inc"

#define T uint8_t
#define NAME u8
#include "product.inc"

const struct mlrt__product_kernels MLRT__ISA_NAME(mlrt__product_kernels) = {
    .integer = {product_i64, product_i32, product_u8},
};
