/* loops.h: elementwise loops made of rows.
 *
 * A row works on n neighbours of every operand, which the compiler turns
 * into vectors; run_row gives it the steps a loop has.  The files that
 * include this list their loops by name for kernels.c.
 */
#ifndef MLRT_KERNELS_LOOPS_H
#define MLRT_KERNELS_LOOPS_H

#include "../mlrt.h"
#include "kernels.h"

/* p[0] is the output, p[1].. the inputs, k the op's numbers.  Output and
 * inputs are equal or do not overlap. */
typedef void mlrt__row(char *const *p, int64_t n, const double *k);

/* `sizes` has the bytes of an element of each operand, four bits each, the
 * output's lowest.  Operands whose elements are no neighbours are gathered
 * in chunks, and a number (step 0) is repeated. */
void MLRT__ISA_NAME(mlrt__run_row)(mlrt__row *row, unsigned sizes,
                                   char *const *p, const int64_t *s, int64_t n,
                                   const double *k);
#define run_row MLRT__ISA_NAME(mlrt__run_row)

/* The loop FN(name) over the row defined with it: y of type R from x, or
 * from x and z, and so on. */
#define FN(name) MLRT__GLUE(name, NAME)
#define ROW(name) MLRT__GLUE(row_##name, NAME)
#define IN(type, i) const type *in##i = (const type *)(const void *)p[i]
#define MAP(name, R, sizes, inputs, expression)                                \
    static void ROW(name)(char *const *p, int64_t n, const double *k) {        \
        (void)k;                                                               \
        R *out = (R *)(void *)p[0];                                            \
        inputs;                                                                \
        _Pragma("omp simd") for (int64_t i = 0; i < n; i++)                    \
            out[i] = (R)(expression);                                          \
    }                                                                          \
    static void FN(name)(char *const *p, const int64_t *s, int64_t n,          \
                         const double *k) {                                    \
        run_row(ROW(name), sizes, p, s, n, k);                                 \
    }

/* The entries of a loop that there is for f32 and f64. */
#define MLRT__FLOAT(text, name)                                                \
    { text, MLRT_F32, MLRT_F32, name##_f32 }
#define MLRT__DOUBLE(text, name)                                               \
    { text, MLRT_F64, MLRT_F64, name##_f64 }
#ifdef MLRT__BELOW
#define MLRT__FLOATS(text, name) MLRT__FLOAT(text, name)
#else
#define MLRT__FLOATS(text, name)                                               \
    MLRT__FLOAT(text, name), MLRT__DOUBLE(text, name)
#endif

#endif
