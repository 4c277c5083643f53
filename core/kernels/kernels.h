/* kernels.h: loops over plain arrays, chosen by instruction set.
 *
 * A kernel knows neither tensors nor contexts and allocates nothing.  Every
 * .c file here is compiled once per instruction set (MLRT_ISA = base, avx2,
 * avx512), each giving its functions the suffix of that set; kernels.c
 * gathers them in one table, and mlrt_open picks a table.
 */
#ifndef MLRT_KERNELS_H
#define MLRT_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MLRT__GLUE2(a, b) a##_##b
#define MLRT__GLUE(a, b) MLRT__GLUE2(a, b)
/* MLRT__ISA_NAME(foo) is foo_avx2 in the AVX2 compilation. */
#ifdef MLRT_ISA
#define MLRT__ISA_NAME(name) MLRT__GLUE(name, MLRT_ISA)
#endif
/* AVX-512 has kernels of its own where they pay: for f32, and for f64's
 * products.  All others are AVX2's there, an eighth of the library. */
#if defined(__AVX512F__) && defined(MLRT_HAVE_AVX2)
#define MLRT__BELOW avx2
#define MLRT__WIDE_NAME(name) MLRT__GLUE(name, MLRT__BELOW)
#else
#define MLRT__WIDE_NAME(name) MLRT__ISA_NAME(name)
#endif

/* An elementwise loop: p[0] is the output, p[1].. the inputs, s their steps
 * in bytes, n the count, k the op's numbers.  Output and inputs are equal or
 * do not overlap.  A value may not depend on its position in the loop. */
typedef void mlrt__loop(char *const *p, const int64_t *s, int64_t n,
                        const double *k);

/* Loops are found by name and dtype (see the .def files). */
typedef struct mlrt__loop_entry {
    const char *name;
    int in;  /* dtype of the inputs (mlrt_dtype) */
    int out; /* dtype of the output */
    mlrt__loop *loop;
} mlrt__loop_entry;

/* The table of one instruction set. */
typedef struct mlrt__kernels {
    const char *isa;
    /* NULL-terminated list of lists; of two equals the later one holds */
    const mlrt__loop_entry *const *loops;
    const struct mlrt__reduce_kernels *const *reduce; /* by dtype */
    const struct mlrt__conv_kernels *const *conv;     /* {f32, f64} */
    const struct mlrt__net_kernels *const *net;       /* {f32, f64} */
    const struct mlrt__product_kernels *product;
    const struct mlrt__gemm_kernels *gemm;
    const struct mlrt__random_kernels *random;
    const struct mlrt__optim_kernels *optim;
    const struct mlrt__copy_kernels *copy;
} mlrt__kernels;

extern const mlrt__kernels mlrt__kernels_base;
#ifdef MLRT_HAVE_AVX2
extern const mlrt__kernels mlrt__kernels_avx2;
#endif
#ifdef MLRT_HAVE_AVX512
extern const mlrt__kernels mlrt__kernels_avx512;
#endif

#endif
