/* copy.c: conversions between element types, and transposition in tiles. */
#include "copy.h"

#include <stdbool.h>
#include <string.h>

/* The nearest int64_t: a conversion that C leaves undefined where v does not
 * fit. */
static inline int64_t nearest(double v) {
    if (v >= 9223372036854775808.0)
        return INT64_MAX;
    if (v <= -9223372036854775808.0)
        return INT64_MIN;
    return v == v ? (int64_t)v : 0;
}
#define ITSELF(v) (int64_t)(v)

#define S float
#define FROM f32
#define INT(v) nearest((double)v)
#include "cast.inc"

#define S double
#define FROM f64
#define INT nearest
#include "cast.inc"

#define S int64_t
#define FROM i64
#define INT ITSELF
#include "cast.inc"

#define S int32_t
#define FROM i32
#define INT ITSELF
#include "cast.inc"

#define S uint8_t
#define FROM u8
#define INT ITSELF
#include "cast.inc"

/* ---- Transposition ---------------------------------------------------- */

enum { TILE = 16, CROWD = 512 };

/* One tile; `size` is a constant wherever this is called. */
static inline __attribute__((always_inline)) void tile(const char *x,
                                                       int64_t sx, char *y,
                                                       int64_t sy, int64_t n,
                                                       int64_t w, size_t size) {
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < w; j++)
            memcpy(y + (size_t)(i * sy + j) * size,
                   x + (size_t)(i + j * sx) * size, size);
}

/* Lines of x a power of two apart share few places of the cache, which would
 * lose one before its other elements are wanted: the parts of lines that
 * make a tile go to a room of their own, and are turned there. */
static inline __attribute__((always_inline)) void
tiles(const char *x, int64_t sx, char *y, int64_t sy, int64_t n, int64_t w,
      size_t size) {
    _Alignas(64) char room[TILE * TILE * 8];
    bool crowd = sx * (int64_t)size % CROWD == 0;
    for (int64_t i = 0; i < n; i += TILE)
        for (int64_t j = 0; j < w; j += TILE) {
            const char *from = x + (size_t)(i + j * sx) * size;
            int64_t far = crowd ? TILE : sx, high = n - i < TILE ? n - i : TILE;
            int64_t wide = w - j < TILE ? w - j : TILE;
            for (int64_t l = 0; crowd && l < wide; l++)
                memcpy(room + (size_t)(l * TILE) * size,
                       from + l * sx * (int64_t)size, (size_t)high * size);
            tile(crowd ? room : from, far, y + (size_t)(i * sy + j) * size, sy,
                 high, wide, size);
        }
}

static void turn(const void *x, int64_t sx, void *y, int64_t sy, int64_t n,
                 int64_t w, size_t size) {
    switch (size) {
    case 1: tiles(x, sx, y, sy, n, w, 1); break;
    case 2: tiles(x, sx, y, sy, n, w, 2); break;
    case 4: tiles(x, sx, y, sy, n, w, 4); break;
    default: tiles(x, sx, y, sy, n, w, 8); break;
    }
}

/* ---- Short runs ------------------------------------------------------- */

/* n runs of w elements; `w` and `size` are constants where they matter. */
static inline __attribute__((always_inline)) void
runs_of(char *const *p, const int64_t *s, int64_t n, int64_t w, const double *k,
        size_t size) {
    int64_t sy = (int64_t)k[1], sx = (int64_t)k[2];
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < w; j++)
            memcpy(p[0] + i * s[0] + j * sy, p[1] + i * s[1] + j * sx, size);
}

static inline __attribute__((always_inline)) void
runs_sized(char *const *p, const int64_t *s, int64_t n, const double *k,
           size_t size) {
    switch ((int)k[0]) {
    case 2: runs_of(p, s, n, 2, k, size); break;
    case 3: runs_of(p, s, n, 3, k, size); break;
    case 4: runs_of(p, s, n, 4, k, size); break;
    default: runs_of(p, s, n, (int64_t)k[0], k, size); break;
    }
}

/* memcpy from the end.  Forward, a load whose address ends as that of a store
 * just before it has to wait for it: 8 times slower when y lies a few elements
 * behind x, modulo a page, as it does in roll. */
static void copy_down(char *y, const char *x, size_t n) {
    for (; n >= 64; n -= 64)
        memcpy(y + n - 64, x + n - 64, 64);
    memcpy(y, x, n);
}

static void copy_run(char *y, const char *x, size_t n) {
    if (n >= 1024 && (((uintptr_t)y - (uintptr_t)x) & 4095) < 64)
        copy_down(y, x, n);
    else
        memcpy(y, x, n);
}

/* n runs of w neighbours from the last to the first; `size` is a constant. */
static inline __attribute__((always_inline)) void
runs_back(char *const *p, const int64_t *s, int64_t n, int64_t w, size_t size) {
    for (int64_t i = 0; i < n; i++) {
        char *y = p[0] + i * s[0];
        const char *x = p[1] + i * s[1] - (w - 1) * (int64_t)size;
        for (int64_t j = 0; j < w; j++)
            memcpy(y + (size_t)j * size, x + (size_t)(w - 1 - j) * size, size);
    }
}

static void back(char *const *p, const int64_t *s, int64_t n, const double *k) {
    int64_t w = (int64_t)k[0];
    switch ((int)k[3]) {
    case 1: runs_back(p, s, n, w, 1); break;
    case 4: runs_back(p, s, n, w, 4); break;
    default: runs_back(p, s, n, w, 8); break;
    }
}

static void runs(char *const *p, const int64_t *s, int64_t n, const double *k) {
    size_t bytes = (size_t)(k[0] * k[3]);
    if (k[1] == k[3] && k[2] == -k[3] && k[0] > 4) {
        back(p, s, n, k);
        return;
    }
    if (k[1] == k[3] && k[2] == k[3] && k[0] > 4) {
        for (int64_t i = 0; i < n; i++)
            copy_run(p[0] + i * s[0], p[1] + i * s[1], bytes);
        return;
    }
    switch ((int)k[3]) {
    case 1: runs_sized(p, s, n, k, 1); break;
    case 4: runs_sized(p, s, n, k, 4); break;
    default: runs_sized(p, s, n, k, 8); break;
    }
}

/* Pixels. */
static void scale_u8(const void *px, void *py, int64_t n, double scale,
                     double shift) {
    const uint8_t *x = px;
    float *y = py, a = (float)scale, b = (float)shift;
    for (int64_t i = 0; i < n; i++)
        y[i] = (float)x[i] * a + b;
}

static void scale_f32(const void *px, void *py, int64_t n, double scale,
                      double shift) {
    const float *x = px;
    float *y = py, a = (float)scale, b = (float)shift;
    for (int64_t i = 0; i < n; i++)
        y[i] = x[i] * a + b;
}

static void scale_f64(const void *px, void *py, int64_t n, double scale,
                      double shift) {
    const double *x = px;
    double *y = py;
    for (int64_t i = 0; i < n; i++)
        y[i] = x[i] * scale + shift;
}

#define TO(from)                                                               \
    {                                                                          \
        [MLRT_F32] = cast_##from##_f32, [MLRT_F64] = cast_##from##_f64,        \
        [MLRT_I64] = cast_##from##_i64, [MLRT_I32] = cast_##from##_i32,        \
        [MLRT_U8] = cast_##from##_u8, [MLRT_BOOL] = cast_##from##_truth,       \
        [MLRT_INDEX] = cast_##from##_i64                                       \
    }

const struct mlrt__copy_kernels MLRT__ISA_NAME(mlrt__copy_kernels) = {
    .cast = {[MLRT_F32] = TO(f32),
             [MLRT_F64] = TO(f64),
             [MLRT_I64] = TO(i64),
             [MLRT_I32] = TO(i32),
             [MLRT_U8] = TO(u8),
             [MLRT_BOOL] = TO(u8),
             [MLRT_INDEX] = TO(i64)},
    .turn = turn,
    .runs = runs,
    .scale = {scale_u8, scale_f32, scale_f64},
};
