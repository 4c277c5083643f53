/* maths.c: elementary functions of f32 and f64.
 *
 * Exponentials, logarithms and the error function are our own
 * (functions.h).  Trigonometry and powers are those of libmvec, the vector
 * part of glibc, within 4 units in the last place; where there is none, those
 * of the C library, one element at a time.
 */
#include "loops.h"

#include "functions.h"

#if defined(__x86_64__) && defined(__GLIBC__)
#if __GLIBC_PREREQ(2, 35)
#if defined(__AVX512F__)
#define LETTER e
#define WIDTH 64
#elif defined(__AVX2__)
#define LETTER d
#define WIDTH 32
#else
#define LETTER b
#define WIDTH 16
#endif
#endif
#endif

/* _ZGVdN8v_sinf: the sine of eight floats in AVX2's registers */
#ifdef LETTER
#define SYMBOL2(letter, lanes, v, name) _ZGV##letter##N##lanes##v##_##name
#define SYMBOL(letter, lanes, v, name) SYMBOL2(letter, lanes, v, name)
#if WIDTH == 64
#define LANES_F32 16
#define LANES_F64 8
#elif WIDTH == 32
#define LANES_F32 8
#define LANES_F64 4
#else
#define LANES_F32 4
#define LANES_F64 2
#endif
#endif

#define T float
#define NAME f32
#define SIZE 4
#define F(name) name##f
#define VECTOR(v, name) SYMBOL(LETTER, LANES_F32, v, name##f)
#include "maths.inc"

#ifndef MLRT__BELOW
#define T double
#define NAME f64
#define SIZE 8
#define F(name) name
#define VECTOR(v, name) SYMBOL(LETTER, LANES_F64, v, name)
#include "maths.inc"
#endif

#define FLOATS(name) MLRT__FLOATS(#name, name)

const mlrt__loop_entry MLRT__ISA_NAME(mlrt__maths_loops)[] = {
    FLOATS(exp),  FLOATS(exp2),  FLOATS(expm1),     FLOATS(log),
    FLOATS(log2), FLOATS(log10), FLOATS(log1p),     FLOATS(sinh),
    FLOATS(cosh), FLOATS(tanh),  FLOATS(sigmoid),   FLOATS(erf),
    FLOATS(erfc), FLOATS(sin),   FLOATS(cos),       FLOATS(tan),
    FLOATS(asin), FLOATS(acos),  FLOATS(atan),      FLOATS(atan2),
    FLOATS(pow),  FLOATS(hypot), FLOATS(logaddexp), {0},
};
