/* gemm.c: products of floating-point matrices, f32 and f64.
 *
 * A tile of sums, ROWS of a by up to WIDE vectors of columns of b, stays in
 * registers while k goes on: an element of a is repeated in a vector and
 * multiplied with a row of b (Goto and van de Geijn 2008).  What BLAS does
 * besides, copying ("packing") both operands, costs small products more than
 * it saves.  Here a is read where it is, and b too when its columns are
 * neighbours and few rows use it; else a panel of it is copied, the end of
 * its rows filled with zeros.
 */
#include "gemm.h"

#include "copy.h"

/* A sum and a product rounded once (see conv.c). */
#if defined(__clang__)
#pragma clang fp contract(fast)
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=fast", "no-tree-loop-distribute-patterns")
#endif

/* Bytes of a vector; rows and vectors of a tile: ROWS * WIDE sums, WIDE of b
 * and one of a fit into the registers. */
#if defined(__AVX512F__)
#include <immintrin.h>
enum { BYTES = 64, ROWS = 8, MASKS = 1 };
#elif defined(__aarch64__)
enum { BYTES = 16, ROWS = 8, MASKS = 0 };
#elif defined(__AVX__)
enum { BYTES = 32, ROWS = 4, MASKS = 0 };
#else
enum { BYTES = 16, ROWS = 4, MASKS = 0 };
#endif

enum {
    WIDE = 3,
    DEEP = 256, /* of k at a time: a panel of b stays in the cache */
    MANY = 192, /* rows for which a copy of b pays in any case */
    LONG = 4096 /* elements of a dot product added in one go */
};

static inline int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* The work of a tile. */
typedef struct panel {
    const void *a, *b;
    void *c;
    int64_t a_row, a_col, b_row, c_row, k;
    int last; /* columns of the last vector */
    double alpha, beta;
} panel;

extern const struct mlrt__copy_kernels MLRT__ISA_NAME(mlrt__copy_kernels);
#define TURN MLRT__ISA_NAME(mlrt__copy_kernels).turn
#define FN(f) MLRT__GLUE(f, NAME)
#define VL (BYTES / (int)sizeof(T))

#define T float
#define NAME f32
#define MASK(n) ((__mmask16)((1u << (n)) - 1))
#define LOAD_SOME(p, n) ((VEC_f32)_mm512_maskz_loadu_ps(MASK(n), p))
#define STORE_SOME(p, v, n) _mm512_mask_storeu_ps(p, MASK(n), (__m512)(v))
/* clang-format off */
#include "gemm.inc"
/* clang-format on */

#define T double
#define NAME f64
#define MASK(n) ((__mmask8)((1u << (n)) - 1))
#define LOAD_SOME(p, n) ((VEC_f64)_mm512_maskz_loadu_pd(MASK(n), p))
#define STORE_SOME(p, v, n) _mm512_mask_storeu_pd(p, MASK(n), (__m512d)(v))
/* clang-format off */
#include "gemm.inc"
/* clang-format on */

const struct mlrt__gemm_kernels MLRT__ISA_NAME(mlrt__gemm_kernels) = {
    .bytes = BYTES,
    .multiply = {multiply_f32, multiply_f64},
};
