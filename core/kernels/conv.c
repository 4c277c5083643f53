/* conv.c: convolution and pooling for f32 and f64. */
#include "conv.h"

#include <math.h>
#include <string.h>

/* A sum and a product rounded once, where the machine does that: ISO C allows
 * it within an expression, but compilers do not for -std=c11.  And short loops
 * that stay loops: a call of memset costs more than what it does here. */
#if defined(__clang__)
#pragma clang fp contract(fast)
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=fast", "no-tree-loop-distribute-patterns")
#endif

/* Bytes of a vector, rows of a tile of sums (2 * TILE + 3 registers), sums
 * of a gradient by weight across pixels. */
#if defined(__AVX512F__)
enum { BYTES = 64, TILE = 14, SUMS = 24 };
#elif defined(__AVX__)
enum { BYTES = 32, TILE = 6, SUMS = 12 };
#elif defined(__aarch64__)
enum { BYTES = 16, TILE = 14, SUMS = 24 };
#else
enum { BYTES = 16, TILE = 6, SUMS = 12 };
#endif
#define SIX(X) X(1) X(2) X(3) X(4) X(5) X(6)
#if defined(__AVX512F__) || defined(__aarch64__)
#define TILES(X) SIX(X) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14)
#else
#define TILES(X) SIX(X)
#endif

/* Keeps a vector in its register, instead of loading it for each use. */
#if defined(__x86_64__)
#define KEEP(v) __asm__("" : "+v"(v))
#elif defined(__aarch64__)
#define KEEP(v) __asm__("" : "+w"(v))
#else
#define KEEP(v) ((void)(v))
#endif

/* Dealing two vectors to each other, lane by lane: the first halves of both,
 * the second ones; and every other lane of both. */
#define LOW2 0, 2
#define HIGH2 1, 3
#define EVEN2 0, 2
#define EVEN4 0, 2, 4, 6
#define EVEN8 0, 2, 4, 6, 8, 10, 12, 14
#define ODD2 1, 3
#define ODD4 1, 3, 5, 7
#define ODD8 1, 3, 5, 7, 9, 11, 13, 15
#define ODD16 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
#define EVEN16 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#define LOW4 0, 4, 1, 5
#define HIGH4 2, 6, 3, 7
#define LOW8 0, 8, 1, 9, 2, 10, 3, 11
#define HIGH8 4, 12, 5, 13, 6, 14, 7, 15
#define LOW16 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGH16 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31

enum {
    POOL = 128,      /* outputs pooled together */
    FEED = 32 * 1024 /* bytes of a block that are worth fetching ahead */
};

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* Parts of a block's room begin at whole vectors. */
static int64_t round_up(int64_t n) {
    return (n + 15) / 16 * 16;
}

/* The outputs [from, to) of n that see 0 <= i * s + at < size. */
static void inside(int64_t n, int64_t s, int64_t at, int64_t size,
                   int64_t *from, int64_t *to) {
    int64_t before = s - 1 - at, after = size - 1 - at;
    *from = at >= 0 ? 0 : s == 1 ? before : before / s;
    *to = at >= size ? 0 : (s == 1 ? after : after / s) + 1;
    if (*to > n)
        *to = n;
    if (*from > *to)
        *from = *to;
}

/* The elements of adaptive window i. */
static void span(int64_t i, int64_t size, int64_t out, int64_t *from,
                 int64_t *to) {
    *from = i * size / out;
    *to = ((i + 1) * size + out - 1) / out;
}

/* Elements of window i, those in the padding counted if `pad`. */
static int64_t extent(int64_t i, int64_t k, int64_t s, int64_t p, int64_t size,
                      bool pad) {
    int64_t from = i * s - p, to = from + k, end = pad ? size + p : size;
    if (!pad && from < 0)
        from = 0;
    return (to < end ? to : end) - from;
}

#define FN(f) MLRT__GLUE(f, NAME)

#define T float
#define NAME f32
#define VEC vec_f32
#define UVEC uvec_f32
#define IVEC ivec_f32
#define ILANE int32_t
#define VL (BYTES / (int)sizeof(T))
#if defined(__AVX512F__)
#define LOW LOW16
#define HIGH HIGH16
#define EVEN EVEN16
#define ODD ODD16
#elif defined(__AVX__)
#define LOW LOW8
#define HIGH HIGH8
#define EVEN EVEN8
#define ODD ODD8
#else
#define LOW LOW4
#define HIGH HIGH4
#define EVEN EVEN4
#define ODD ODD4
#endif
typedef float vec_f32 __attribute__((vector_size(BYTES)));
typedef float uvec_f32
    __attribute__((vector_size(BYTES), aligned(4), may_alias));
typedef int32_t ivec_f32 __attribute__((vector_size(BYTES)));
/* clang-format off */
#include "conv_tile.inc"
#include "conv_pack.inc"
#include "conv.inc"
#include "conv_wgrad.inc"
#include "pool.inc"
/* clang-format on */

#ifndef MLRT__BELOW
#define T double
#define NAME f64
#define VEC vec_f64
#define UVEC uvec_f64
#define IVEC ivec_f64
#define ILANE int64_t
#define VL (BYTES / (int)sizeof(T))
#if defined(__AVX512F__)
#define LOW LOW8
#define HIGH HIGH8
#define EVEN EVEN8
#define ODD ODD8
#elif defined(__AVX__)
#define LOW LOW4
#define HIGH HIGH4
#define EVEN EVEN4
#define ODD ODD4
#else
#define LOW LOW2
#define HIGH HIGH2
#define EVEN EVEN2
#define ODD ODD2
#endif
typedef double vec_f64 __attribute__((vector_size(BYTES)));
typedef double uvec_f64
    __attribute__((vector_size(BYTES), aligned(8), may_alias));
typedef int64_t ivec_f64 __attribute__((vector_size(BYTES)));
/* clang-format off */
#include "conv_tile.inc"
#include "conv_pack.inc"
#include "conv.inc"
#include "conv_wgrad.inc"
#include "pool.inc"
/* clang-format on */
#endif

#define KERNELS(type)                                                          \
    const struct mlrt__conv_kernels MLRT__ISA_NAME(mlrt__conv_##type) = {      \
        .lanes = (int)(BYTES / sizeof(((vec_##type){0})[0])),                  \
        .tile = TILE,                                                          \
        .pack = pack_##type,                                                   \
        .corr = corr_##type,                                                   \
        .wgrad = wgrad_##type,                                                 \
        .finish = finish_##type,                                               \
        .max_pool = max_pool_##type,                                           \
        .avg_pool = avg_pool_##type,                                           \
        .avg_pool_grad = avg_pool_grad_##type,                                 \
        .take = take_##type,                                                   \
        .put = put_##type,                                                     \
    }
KERNELS(f32);
#ifndef MLRT__BELOW
KERNELS(f64);
#endif
