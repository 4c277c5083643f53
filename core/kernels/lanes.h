/* lanes.h: running results of a line, folded in lanes.
 *
 * A line is folded into LANES running results, 128 bytes of them whatever the
 * machine, so that every instruction set gives the same bits.
 */
#ifndef MLRT_KERNELS_LANES_H
#define MLRT_KERNELS_LANES_H

/* Bytes of a vector. */
#if defined(__AVX512F__)
#define MLRT__VECTOR 64
#elif defined(__AVX__)
#define MLRT__VECTOR 32
#else
#define MLRT__VECTOR 16
#endif

/* For each lane l: so many loops of one vector, that the compiler writes out,
 * so that lanes stay in registers; one loop would keep them in memory where
 * vectors are shorter than 64 bytes, which takes twice as long. */
#define EACH_LANE(l)                                                           \
    _Pragma("GCC unroll 8") for (int first_ = 0; first_ < 128;                 \
                                 first_ += MLRT__VECTOR)                       \
        _Pragma("omp simd") for (int l = first_ * LANES / 128;                 \
                                 l < (first_ + MLRT__VECTOR) * LANES / 128;    \
                                 l++)

#endif
