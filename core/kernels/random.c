/* random.c: runs of random numbers, for f32, f64 and integers.
 *
 * Salmon, Moraes, Dror and Shaw 2011 (Philox); Box and Muller 1958 (normal).
 * The logarithm, sine and cosine are here and inline: of the arguments that
 * occur, and with the same bits everywhere.
 */
#include "random.h"

#include <math.h>
#include <string.h>

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

#ifdef __SSE2__
#include <immintrin.h>
#endif
#if defined(__AVX512F__)
#define LANES 8
#elif defined(__AVX2__)
#define LANES 4
#else
#define LANES 2
#endif

enum { B = MLRT__BATCH };

/* w[j][i] is word j of block first + i. */
typedef uint32_t batch[4][B];

/* Words lie in the low halves of 64-bit lanes, where a product of two is one
 * instruction; what the high halves hold does not matter. */
typedef uint64_t lanes __attribute__((vector_size(LANES * 8)));

static inline lanes times(lanes a, uint64_t b) {
#if defined(__AVX512F__)
    return (lanes)_mm512_mul_epu32((__m512i)a, _mm512_set1_epi64((int64_t)b));
#elif defined(__AVX2__)
    return (lanes)_mm256_mul_epu32((__m256i)a, _mm256_set1_epi64x((int64_t)b));
#elif defined(__SSE2__)
    return (lanes)_mm_mul_epu32((__m128i)a, _mm_set1_epi64x((int64_t)b));
#else
    return (a & 0xffffffff) * b;
#endif
}

static inline void rounds(uint64_t key, lanes c[4]) {
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    for (int round = 0; round < 10; round++) {
        lanes p = times(c[0], 0xD2511F53), q = times(c[2], 0xCD9E8D57);
        c[0] = (q >> 32) ^ c[1] ^ k0;
        c[2] = (p >> 32) ^ c[3] ^ k1;
        c[1] = q;
        c[3] = p;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
}

/* Even and odd blocks go through the rounds apart and are laid together. */
static __attribute__((noinline)) void philox(uint64_t key, uint64_t first,
                                             batch w) {
    static const uint64_t numbers[] = {0, 2, 4, 6, 8, 10, 12, 14};
    lanes twice;
    memcpy(&twice, numbers, sizeof twice);
    for (int i = 0; i < B; i += 2 * LANES) {
        lanes even[4] = {0}, odd[4] = {0};
        even[0] = twice + first + (uint64_t)i;
        odd[0] = even[0] + 1;
        even[1] = even[0] >> 32;
        odd[1] = odd[0] >> 32;
        rounds(key, even);
        rounds(key, odd);
        for (int j = 0; j < 4; j++) {
            lanes both = (even[j] & 0xffffffff) | odd[j] << 32;
            memcpy(&w[j][i], &both, sizeof both);
        }
    }
}

/* -2 ln u, 0 < u <= 1: u = m 2^e with m in sqrt(1/2)..sqrt(2), and ln m = 2
 * artanh(s), s = (m - 1) / (m + 1), |s| < 0.172, by its series. */
static inline __attribute__((always_inline)) float minus_2_log_f32(float u) {
    int32_t bits, e;
    float m, s, z, p;
    memcpy(&bits, &u, sizeof bits);
    bits -= 0x3f3504f3;
    e = bits >> 23;
    bits = (bits & 0x7fffff) + 0x3f3504f3;
    memcpy(&m, &bits, sizeof m);
    s = (m - 1) / (m + 1);
    z = s * s;
    p = ((z * (1.0f / 9) + 1.0f / 7) * z + 1.0f / 5) * z + 1.0f / 3;
    return -1.38629436f * (float)e - 4 * (s + s * z * p);
}

/* cos x and sin x, |x| <= pi / 4, by their series. */
static inline __attribute__((always_inline)) void turn_f32(float x, float *c,
                                                           float *s) {
    float z = x * x;
    *c = 1 +
         z * (-0.5f + z * (1.0f / 24 + z * (-1.0f / 720 + z * (1.0f / 40320))));
    *s = x + x * z *
                 (-1.0f / 6 +
                  z * (1.0f / 120 + z * (-1.0f / 5040 + z * (1.0f / 362880))));
}

static inline __attribute__((always_inline)) double minus_2_log_f64(double u) {
    int64_t bits;
    int32_t e;
    double m, s, z, p;
    memcpy(&bits, &u, sizeof bits);
    bits -= 0x3fe6a09e667f3bcd;
    e = (int32_t)((uint64_t)bits >> 32) >> 20;
    bits = (bits & 0xfffffffffffff) + 0x3fe6a09e667f3bcd;
    memcpy(&m, &bits, sizeof m);
    s = (m - 1) / (m + 1);
    z = s * s;
    p = z * (1.0 / 21) + 1.0 / 19;
    p = p * z + 1.0 / 17;
    p = p * z + 1.0 / 15;
    p = p * z + 1.0 / 13;
    p = p * z + 1.0 / 11;
    p = p * z + 1.0 / 9;
    p = p * z + 1.0 / 7;
    p = p * z + 1.0 / 5;
    p = p * z + 1.0 / 3;
    return -1.3862943611198906 * (double)e - 4 * (s + s * z * p);
}

static inline __attribute__((always_inline)) void turn_f64(double x, double *c,
                                                           double *s) {
    double z = x * x, p;
    p = z * (1.0 / 20922789888000) - 1.0 / 87178291200;
    p = p * z + 1.0 / 479001600;
    p = p * z - 1.0 / 3628800;
    p = p * z + 1.0 / 40320;
    p = p * z - 1.0 / 720;
    p = p * z + 1.0 / 24;
    p = p * z - 0.5;
    *c = p * z + 1;
    p = z * (-1.0 / 1307674368000) + 1.0 / 6227020800;
    p = p * z - 1.0 / 39916800;
    p = p * z + 1.0 / 362880;
    p = p * z - 1.0 / 5040;
    p = p * z + 1.0 / 120;
    p = p * z - 1.0 / 6;
    *s = x + x * z * p;
}

/* (c, s) turned or mirrored into one of the four quadrants. */
#define QUADRANT(c, s, q)                                                      \
    do {                                                                       \
        T c_ = (q)&1 ? (s) : (c), s_ = (q)&1 ? (c) : (s);                      \
        (c) = (q)&2 ? -c_ : c_;                                                \
        (s) = (q)&2 ? -s_ : s_;                                                \
    } while (0)

/* ---- A batch of each kind --------------------------------------------- */

/* A signed integer of all but the lowest `cut` bits: what converts fast. */
static inline int32_t top(uint32_t w, int cut) {
    return (int32_t)(w >> cut);
}

static void uniform_f32_batch(batch w, const float *x, float *y,
                              const mlrt__law *law) {
    const float a = (float)law->a, b = (float)law->b, end = a + b;
    const uint32_t *words = w[0];
    (void)x;
#pragma omp simd
    for (int i = 0; i < MLRT__SINGLES; i++) {
        float v = (float)top(words[i], 8) * 0x1p-24f * b + a;
        y[i] = v < end ? v : a; /* rounded up to the end */
    }
}

/* A pair of normals from (-2 ln u, angle): of words 0 and 1, of 2 and 3. */
static void normal_f32_batch(batch w, const float *x, float *y,
                             const mlrt__law *law) {
    typedef float T;
    const float a = (float)law->a, b = (float)law->b;
    (void)x;
    for (int h = 0; h < 4; h += 2)
#pragma omp simd
        for (int i = 0; i < B; i++) {
            uint32_t v = w[h + 1][i];
            float u = ((float)top(w[h][i], 1) + 0.5f) * 0x1p-31f, c, s;
            float r = sqrtf(minus_2_log_f32(u));
            turn_f32((float)(top(v, 2) - (1 << 29)) * 1.46291807927e-9f, &c,
                     &s); /* pi / 2 / 2^30 */
            QUADRANT(c, s, v);
            y[h * B + i] = r * c * b + a;
            y[h * B + B + i] = r * s * b + a;
        }
}

/* 53 bits of two words, 0 <= v < 2^53. */
static inline double bits53(uint32_t p, uint32_t q) {
    return (double)top(p, 5) * 0x1p26 + (double)top(q, 6);
}

static void uniform_f64_batch(batch w, const double *x, double *y,
                              const mlrt__law *law) {
    const double a = law->a, b = law->b, end = a + b;
    (void)x;
    for (int h = 0; h < 2; h++)
#pragma omp simd
        for (int i = 0; i < B; i++) {
            double v = bits53(w[2 * h][i], w[2 * h + 1][i]) * 0x1p-53 * b + a;
            y[h * B + i] = v < end ? v : a;
        }
}

static void normal_f64_batch(batch w, const double *x, double *y,
                             const mlrt__law *law) {
    typedef double T;
    const double a = law->a, b = law->b;
    (void)x;
#pragma omp simd
    for (int i = 0; i < B; i++) {
        double u = (bits53(w[0][i], w[1][i]) + 0.5) * 0x1p-53, c, s;
        double r = sqrt(minus_2_log_f64(u));
        double t = bits53(w[2][i], w[3][i]) * 0x1p-53 - 0.5;
        turn_f64(t * 1.5707963267948966, &c, &s);
        QUADRANT(c, s, w[3][i]);
        y[i] = r * c * b + a;
        y[B + i] = r * s * b + a;
    }
}

/* The high half of a 128-bit product. */
static inline uint64_t mul_high(uint64_t a, uint64_t b) {
    uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    uint64_t mid = a1 * b0 + (a0 * b0 >> 32), low = a0 * b1 + (uint32_t)mid;
    return a1 * b1 + (mid >> 32) + (low >> 32);
}

/* low + r * count / 2^64: even within count / 2^64. */
static void integers_batch(batch w, const int64_t *x, int64_t *y,
                           const mlrt__law *law) {
    (void)x;
    for (int h = 0; h < 2; h++)
#pragma omp simd
        for (int i = 0; i < B; i++) {
            uint64_t r = (uint64_t)w[2 * h][i] << 32 | w[2 * h + 1][i];
            y[h * B + i] = (int64_t)((uint64_t)law->low +
                                     mul_high(r, law->count));
        }
}

static void words_batch(batch w, const int64_t *x, int64_t *y,
                        const mlrt__law *law) {
    (void)x;
    (void)law;
    for (int h = 0; h < 2; h++)
#pragma omp simd
        for (int i = 0; i < B; i++)
            y[h * B + i] = (int64_t)((uint64_t)w[2 * h][i] << 32 |
                                     w[2 * h + 1][i]);
}

#define T float
#define NAME f32
#include "random_mask.inc"

#define T double
#define NAME f64
#include "random_mask.inc"

/* ---- Runs ------------------------------------------------------------- */

#define T float
#define PER MLRT__SINGLES
#define NAME uniform_f32
#include "random_run.inc"
#define NAME normal_f32
#include "random_run.inc"
#define NAME bernoulli_f32
#include "random_run.inc"
#define NAME dropout_f32
#include "random_run.inc"
#undef T

#define T double
#define NAME bernoulli_f64
#include "random_run.inc"
#define NAME dropout_f64
#include "random_run.inc"
#undef PER

#define PER MLRT__DOUBLES
#define NAME uniform_f64
#include "random_run.inc"
#define NAME normal_f64
#include "random_run.inc"
#undef T

#define T int64_t
#define NAME integers
#include "random_run.inc"
#define NAME words
#include "random_run.inc"
#undef T
#undef PER

const struct mlrt__random_kernels MLRT__ISA_NAME(mlrt__random_kernels) = {
    .uniform = {uniform_f32, uniform_f64},
    .normal = {normal_f32, normal_f64},
    .integers = integers,
    .words = words,
    .bernoulli = {bernoulli_f32, bernoulli_f64},
    .dropout = {dropout_f32, dropout_f64},
};
