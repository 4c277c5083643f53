/* compare.c: comparisons, logic, bits and choices.
 *
 * Truth is a byte of 0 or 1.  Bool shares the functions of u8, index those
 * of i64.  What is moved is bytes, which AVX2 does as fast as AVX-512.
 */
#include "loops.h"

#ifndef MLRT__BELOW

#define T float
#define NAME f32
#define SIZE 4
#define FLOAT 1
#include "compare.inc"

#define T double
#define NAME f64
#define SIZE 8
#define FLOAT 1
#include "compare.inc"

#define T int64_t
#define NAME i64
#define SIZE 8
#define FLOAT 0
#include "compare.inc"

#define T int32_t
#define NAME i32
#define SIZE 4
#define FLOAT 0
#include "compare.inc"

#define T uint8_t
#define NAME u8
#define SIZE 1
#define FLOAT 0
#include "compare.inc"

/* y = x ? a : b, for elements of each size. */
static inline uint64_t choose_8(uint8_t x, uint64_t a, uint64_t b) {
    return x ? a : b;
}
static inline uint32_t choose_4(uint8_t x, uint32_t a, uint32_t b) {
    return x ? a : b;
}
static inline uint8_t choose_1(uint8_t x, uint8_t a, uint8_t b) {
    return x ? a : b;
}
#define WHERE(bytes, T)                                                        \
    MAP(where, T, (0x1101 * bytes) | 0x10, IN(uint8_t, 1); IN(T, 2);           \
        IN(T, 3), choose_##bytes(in1[i], in2[i], in3[i]))
#define NAME 8
WHERE(8, uint64_t)
#undef NAME
#define NAME 4
WHERE(4, uint32_t)
#undef NAME
#define NAME 1
WHERE(1, uint8_t)
#undef NAME

/* Not of a truth is not of its only bit. */
#define NAME truth
MAP(bitwise_not, uint8_t, 0x11, IN(uint8_t, 1), in1[i] ^ 1)
#undef NAME

#define TEST(name, dtype, type)                                                \
    { #name, dtype, MLRT_BOOL, name##_##type }
#define SAME(name, dtype, type)                                                \
    { #name, dtype, dtype, name##_##type }
#define FLOATS(name) TEST(name, MLRT_F32, f32), TEST(name, MLRT_F64, f64)
#define ALL(name)                                                              \
    FLOATS(name), TEST(name, MLRT_I64, i64), TEST(name, MLRT_I32, i32),        \
        TEST(name, MLRT_U8, u8), TEST(name, MLRT_BOOL, u8)
#define ORDER(name) ALL(name), TEST(name, MLRT_INDEX, i64)
#define BITS(name, truth)                                                      \
    SAME(name, MLRT_I64, i64), SAME(name, MLRT_I32, i32),                      \
        SAME(name, MLRT_U8, u8), SAME(name, MLRT_BOOL, truth)

const mlrt__loop_entry MLRT__ISA_NAME(mlrt__compare_loops)[] = {
    ORDER(eq),
    ORDER(ne),
    ORDER(lt),
    ORDER(le),
    ORDER(gt),
    ORDER(ge),
    ALL(logical_and),
    ALL(logical_or),
    ALL(logical_xor),
    ALL(logical_not),
    FLOATS(isnan),
    FLOATS(isfinite),
    FLOATS(isinf),
    BITS(bitwise_and, u8),
    BITS(bitwise_or, u8),
    BITS(bitwise_xor, u8),
    BITS(bitwise_not, truth),
    SAME(where, MLRT_F32, 4),
    SAME(where, MLRT_F64, 8),
    SAME(where, MLRT_I64, 8),
    SAME(where, MLRT_I32, 4),
    SAME(where, MLRT_U8, 1),
    SAME(where, MLRT_BOOL, 1),
    SAME(where, MLRT_INDEX, 8),
    {0},
};
#endif
