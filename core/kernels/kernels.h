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

/* The table of one instruction set.  Arrays of two are {f32, f64}. */
typedef struct mlrt__kernels {
    const char *isa;
    const mlrt__loop_entry *const *loops; /* NULL-terminated list of lists */
    const struct mlrt__reduce_kernels *reduce;
    const struct mlrt__conv_kernels *conv;
    const struct mlrt__net_kernels *net;
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
