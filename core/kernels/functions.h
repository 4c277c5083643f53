/* functions.h: exp, log, erf and their kin as inline functions that the
 * compiler turns into vectors.
 *
 * Every path is computed and one chosen, so there are no branches, and the
 * operations are the same in the body of a vectorised loop as in its rest:
 * a value does not depend on its position.  Results are within 4 units in
 * the last place, mostly 2, gelu's within 8 (tests/c/test_maths.c), infinities,
 * NaN and denormals included.  The polynomials are minimax fits (Remez's
 * exchange), highest degree first.
 */
#ifndef MLRT_KERNELS_FUNCTIONS_H
#define MLRT_KERNELS_FUNCTIONS_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "kernels.h"

#ifndef FN
#define FN(name) MLRT__GLUE(name, NAME)
#endif
#define INLINE static inline __attribute__((always_inline, unused))

/* a * b + c, rounded once where the machine does that in one instruction */
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
#define MADD_F32(a, b, c) __builtin_fmaf(a, b, c)
#define MADD_F64(a, b, c) __builtin_fma(a, b, c)
#else
#define MADD_F32(a, b, c) ((a) * (b) + (c))
#define MADD_F64(a, b, c) ((a) * (b) + (c))
#endif

/* ---- f32 -------------------------------------------------------------- */

/* (exp(r) - 1 - r) / r^2, |r| <= 0.35: 2^-28 of exp(r) */
static const float exp_c_f32[] = {0.00138631975f, 0.00836813822f, 0.0416672602f,
                                  0.166665286f, 0.5f};
/* (log(1 + f) - f + f^2 / 2) / f^3, 1 + f within a factor sqrt(2) of 1:
 * 2^-27 of log(1 + f) */
static const float log_c_f32[] = {-0.0763459206f, 0.12761569f,   -0.131601378f,
                                  0.142017558f,   -0.166233629f, 0.200012267f,
                                  -0.250008196f,  0.333333313f};
/* exp(u^2) erfc(u) (u + K) in t = (u - K) / (u + K), K = 1.5, u <= 10.4:
 * 2^-29 */
static const float erfc_c_f32[] = {
    -6.16773032e-05f, -0.000216187822f, -8.61244189e-05f, 0.000848683121f,
    0.00178355095f,   -0.000797790184f, -0.00946310535f,  -0.00812174194f,
    0.0477684997f,    0.0756219178f,    -0.507849991f,    0.96475625f};
/* exp(a^2 / 2) P(a), P the probability that a normal variable is above a,
 * a <= 14.6, as one polynomial over another: 2^-26.6 */
static const float normal_p_f32[] = {0.00460403645f, 0.045421198f, 0.204738885f,
                                     0.489556402f, 0.558220208f};
static const float normal_q_f32[] = {0.0115404762f, 0.113861181f, 0.524578929f,
                                     1.34321964f,   1.8699038f,   1.11644042f};
/* 2^(c a^2) P(a), c = GELU_C, the same way, 2^-26.3; and 2^f, |f| <= 1/2:
 * 2^-23.7 */
static const float gelu_p_f32[] = {0.00760710426f, 0.0736688152f, 0.327233642f,
                                   0.772590995f, 0.865468621f};
static const float gelu_q_f32[] = {0.0190682597f, 0.184663638f, 0.839171529f,
                                   2.12381434f,   2.92627096f,  1.73093724f};
static const float exp2_c_f32[] = {0.00132764671f, 0.00967554124f,
                                   0.0555071329f,  0.240221197f,
                                   0.693146967f,   1.00000007f};
#define GELU_C 0.721347511f /* log2(e) / 2, nearly */
#define DOWN 0x1p-64f       /* 2^-UP */
/* erf(x) / x in x^2, |x| <= 0.75: 2^-29 */
static const float erf_c_f32[] = {-0.000674923242f, 0.00511430996f,
                                  -0.026834609f,    0.112833761f,
                                  -0.3761262f,      1.12837911f};
/* (sinh(x) - x) / x^3 in x^2, |x| <= 1: 2^-34 */
static const float sinh_c_f32[] = {2.81750181e-06f, 0.000198360562f,
                                   0.00833335053f, 0.166666672f};

#define T float
#define U uint32_t
#define NAME f32
#define MADD MADD_F32
#define DIGITS 23            /* bits of a number behind its first */
#define BIAS 127u            /* of its exponent */
#define MAGIC 12582912.f     /* 1.5 * 2^23: adding it rounds to an integer */
#define TWO_DIGITS 8388608.f /* 2^23, and as bits: */
#define TWO_DIGITS_BITS 0x4b000000u
#define ROOT_HALF_BITS 0x3f3504f3u /* sqrt(1/2) */
#define TINY 1.17549435e-38f       /* smallest that is not denormal */
#define LN2_HI 0.693145752f        /* ln 2 in 16 bits, */
#define LN2_LO 1.42860677e-06f     /* and the rest */
#define LG2_HI 0.30103302f         /* log10(2), the same */
#define LG2_LO -3.02435546e-06f
#define LEFT -87.f   /* exp is denormal below, nearly */
#define LOW -110.f   /* exp is 0 below, */
#define HIGH 90.f    /* infinite above, also halved */
#define LEAST -151.f /* the same for exp2 */
#define MOST 129.f
#define ONE_FROM 10.f /* tanh is 1 from here on */
#define ERFC_K 1.5f
#define ERFC_END 10.1f    /* erfc is 0 from here on */
#define NORMAL_END 14.5f  /* the normal distribution's tail is */
#define UPPER 0xfffff000u /* of a number's bits: its square is exact */
#define UP 64             /* 2^(n + UP) is not denormal if exp(-a^2) = 2^n */
#define ABS(x) __builtin_fabsf(x)
#define COPYSIGN(x, y) __builtin_copysignf(x, y)
#include "functions.inc"

/* ---- f64 -------------------------------------------------------------- */

/* |r| <= 0.35: 2^-63 */
static const double exp_c_f64[] = {2.0927684255983154e-09,
                                   2.5113239181558877e-08,
                                   2.7557230914229734e-07,
                                   2.7557231479006624e-06,
                                   2.4801587376660584e-05,
                                   0.0001984126989967302,
                                   0.001388888888885694,
                                   0.0083333333333157657,
                                   0.041666666666666727,
                                   0.16666666666666685,
                                   0.5};
/* (log((1 + s) / (1 - s)) - 2 s) / s^3 in s^2, for the same range: 2^-58 */
static const double log_c_f64[] = {0.14797502693267209, 0.15313903827508055,
                                   0.18183569713148745, 0.22222198476600205,
                                   0.28571428743255334, 0.39999999999411134,
                                   0.66666666666667351};
/* K = 2.1, u <= 27.6: 2^-60 */
static const double erfc_c_f64[] = {
    1.1979254573263184e-09,  3.0942538518621318e-09,  -5.2989456217563995e-09,
    -2.4438540123008017e-08, -8.492844690291552e-09,  7.4954153109045986e-08,
    1.3423292787792626e-07,  -2.1065772904155349e-08, -4.6963660350236473e-07,
    -7.6084173154533851e-07, 3.6148313439634643e-07,  3.5137641763464079e-06,
    4.4314987226694077e-06,  -7.2159381158554322e-06, -2.9592274775644665e-05,
    -1.0377190672274897e-05, 0.00012209040500328437,  0.00019339873151251883,
    -0.00042840236437647787, -0.0013984071843833963,  0.0017874576215434097,
    0.0093706736368750574,   -0.016255705739831056,   -0.061333486629963734,
    0.31739418109219797,     -0.71472257911798909,    1.0295003180497238};
/* exp(a^2 / 2) P(a) (a + K) in t = (a - K) / (a + K), K = 1.95, a <= 39:
 * 2^-56 */
static const double normal_c_f64[] = {
    2.3622651144804965e-08,  5.2026145147802189e-08,  -1.0970761796891378e-07,
    -3.5609146256368017e-07, 2.2270790003130277e-08,  8.4291640868504216e-07,
    7.3459106722054517e-07,  -2.6533683881968218e-07, -9.6355560859456237e-07,
    -1.7275647620488768e-06, -2.7812839099663951e-06, -1.4714967200984436e-06,
    5.2039023735012134e-06,  1.5639313579473108e-05,  1.939533843473296e-05,
    -3.2810153089967279e-06, -6.5762549588418149e-05, -0.00013100427613207572,
    -6.3497791756803517e-05, 0.00031124346116151393,  0.00085215289609840892,
    0.0004948159791708346,   -0.0024807949659188216,  -0.0064302092722607618,
    0.0018106891822696311,   0.037119919328525382,    0.018853943052422668,
    -0.31940305777111488,    0.66804288519868404};
/* |x| <= 0.75: 2^-60 */
static const double erf_c_f64[] = {
    1.1463239329828513e-08,  -1.5937460877844921e-07, 1.6430372384493624e-06,
    -1.4924175642725406e-05, 0.00012055288739598896,  -0.00085483261682140269,
    0.005223977615109906,    -0.026866170644401482,   0.11283791670952477,
    -0.37612638903183715,    1.1283791670955126};
/* |x| <= 1: 2^-63 */
static const double sinh_c_f64[] = {
    7.7594250422998522e-13, 1.6057236718977689e-10, 2.5052123443749574e-08,
    2.7557319155061445e-06, 0.00019841269841438521, 0.0083333333333331372,
    0.16666666666666669};

#define F64 1
#define T double
#define U uint64_t
#define NAME f64
#define MADD MADD_F64
#define DIGITS 52
#define BIAS 1023u
#define MAGIC 6755399441055744.0 /* 1.5 * 2^52 */
#define TWO_DIGITS 4503599627370496.0
#define TWO_DIGITS_BITS 0x4330000000000000u
#define ROOT_HALF_BITS 0x3fe6a09e667f3bcdu
#define TINY 2.2250738585072014e-308
#define LN2_HI 0.69314718055829871 /* in 38 bits */
#define LN2_LO 1.6465949582897082e-12
#define LG2_HI 0.30102999566406652
#define LG2_LO -8.5323443170571066e-14
#define LEFT -708.0
#define LOW -760.0
#define HIGH 711.0
#define LEAST -1076.0
#define MOST 1025.0
#define ONE_FROM 20.0
#define ERFC_K 2.1
#define ERFC_END 27.3
#define NORMAL_K 1.95
#define NORMAL_END 38.8
#define UPPER 0xfffffffff8000000u
#define UP 128
#define ABS(x) __builtin_fabs(x)
#define COPYSIGN(x, y) __builtin_copysign(x, y)
#include "functions.inc"
#undef F64

#endif
