/* arithmetic.c: sums, products, quotients, extremes and rounding, for every
 * element type that has arithmetic. */
#include "loops.h"

#include <string.h>

#define T float
#define NAME f32
#define SIGNED int32_t
#define FLOAT 1
#define SIZE 4
#define F(name) __builtin_##name##f
#include "arithmetic.inc"
#undef F

#ifndef MLRT__BELOW
#define T double
#define NAME f64
#define SIGNED int64_t
#define FLOAT 1
#define SIZE 8
#define F(name) __builtin_##name
#include "arithmetic.inc"
#undef F

#define T int64_t
#define NAME i64
#define W uint64_t
#define MINUS(a) ((a) < 0)
#define FLOAT 0
#define SIZE 8
#include "arithmetic.inc"

#define T int32_t
#define NAME i32
#define W uint32_t
#define MINUS(a) ((a) < 0)
#define FLOAT 0
#define SIZE 4
#include "arithmetic.inc"

#define T uint8_t
#define NAME u8
#define W uint32_t
#define MINUS(a) 0
#define FLOAT 0
#define SIZE 1
#include "arithmetic.inc"
#endif

#define ENTRY(name, dtype, loop)                                               \
    { name, dtype, dtype, loop }
#define FLOATS(name) MLRT__FLOATS(#name, name)
#define INTEGERS(name)                                                         \
    ENTRY(#name, MLRT_I64, name##_i64), ENTRY(#name, MLRT_I32, name##_i32),    \
        ENTRY(#name, MLRT_U8, name##_u8)
#ifdef MLRT__BELOW
#define ALL(name) FLOATS(name)
#else
#define ALL(name) FLOATS(name), INTEGERS(name)
#endif
/* Rows for the library's own use are called _name. */
#define PRIVATE(name) MLRT__FLOATS("_" #name, name)
#define PRIVATE_INTEGERS(name)                                                 \
    ENTRY("_" #name, MLRT_I64, name##_i64),                                    \
        ENTRY("_" #name, MLRT_I32, name##_i32),                                \
        ENTRY("_" #name, MLRT_U8, name##_u8)

const mlrt__loop_entry MLRT__ISA_NAME(mlrt__arithmetic_loops)[] = {
    ALL(add),
    ALL(sub),
    ALL(mul),
    ALL(floor_divide),
    ALL(remainder),
    ALL(fmod),
    ALL(maximum),
    ALL(minimum),
    ALL(clamp),
    ALL(neg),
    ALL(abs),
    ALL(sign),
    ALL(square),
    ALL(relu),
    FLOATS(div),
    FLOATS(reciprocal),
    FLOATS(sqrt),
    FLOATS(rsqrt),
    FLOATS(floor),
    FLOATS(ceil),
    FLOATS(round),
    FLOATS(trunc),
    FLOATS(frac),
    FLOATS(lerp),
    PRIVATE(clamp_grad),
    PRIVATE(relu_grad),
    FLOATS(copysign),
    FLOATS(nan_to_num),
    PRIVATE(add_scaled),
    PRIVATE(div_trunc),
#ifndef MLRT__BELOW
    INTEGERS(pow),
    PRIVATE_INTEGERS(add_scaled),
    PRIVATE_INTEGERS(div_trunc),
#endif
    {0},
};
