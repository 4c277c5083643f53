/* warp.c: images moved by affine maps.
 *
 * A map is six numbers, from a pixel of the result to a place in the source:
 *
 *   u = a (j + 1/2) + b (i + 1/2) + c     along W
 *   v = d (j + 1/2) + e (i + 1/2) + f     along H
 *
 * where pixel (i, j) covers i..i+1 and j..j+1.  So flips, crops, borders,
 * scaling and rotations are one operation, several of them too, and pixels are
 * mixed once.  What lies outside the source has the value `fill`.
 */
#include <math.h>

#include "warp.h"

enum { X, MAP, HEIGHT, WIDTH, MODE, FILL };
enum { BILINEAR, NEAREST };
enum { GRAIN = 1 << 14 /* pixels a task */ };

typedef struct warp {
    const char *x;
    char *y;
    const double *map; /* six numbers an image */
    int64_t images, channels, h, w, rows, columns;
    int64_t block; /* images a task */
    mlrt_dtype dtype;
    size_t size; /* bytes an element */
    bool nearest;
    double fill;
    char fill_bytes[8]; /* the same as an element */
} warp;

/* ---- Elements --------------------------------------------------------- */

/* With a constant dtype the compiler makes a loop of its own of these. */
#define INLINE static inline __attribute__((always_inline))

INLINE double load(const char *plane, int64_t k, mlrt_dtype dtype) {
    const void *x = plane;
    switch (dtype) {
    case MLRT_F32: return (double)((const float *)x)[k];
    case MLRT_F64: return ((const double *)x)[k];
    default: return ((const uint8_t *)x)[k];
    }
}

INLINE double get(const warp *p, const char *plane, int64_t i, int64_t j,
                  mlrt_dtype dtype) {
    bool inside = i >= 0 && i < p->h && j >= 0 && j < p->w;
    return inside ? load(plane, i * p->w + j, dtype) : p->fill;
}

INLINE void put(void *at, double value, mlrt_dtype dtype) {
    switch (dtype) {
    case MLRT_F32: *(float *)at = (float)value; break;
    case MLRT_F64: *(double *)at = value; break;
    default: *(uint8_t *)at = (uint8_t)fmin(fmax(value + 0.5, 0), 255);
    }
}

/* The fill as an element of any dtype; of an index it is none. */
static void note_fill(warp *p) {
    int64_t whole = (int64_t)fmin(fmax(p->fill, -0x1p62), 0x1p62);
    int32_t half = (int32_t)whole;
    if (p->dtype == MLRT_INDEX)
        whole = -1;
    if (mlrt__is_float((int)p->dtype) || p->dtype == MLRT_U8)
        put(p->fill_bytes, p->fill, p->dtype);
    else if (p->dtype == MLRT_BOOL)
        p->fill_bytes[0] = p->fill != 0;
    else if (p->size == 8)
        memcpy(p->fill_bytes, &whole, 8);
    else
        memcpy(p->fill_bytes, &half, 4);
}

/* ---- One pixel -------------------------------------------------------- */

/* A place far outside, or NaN, is outside: it fits no integer. */
static bool is_far(const warp *p, double u, double v) {
    return !(u > -1 && v > -1 && u < (double)p->w + 1 && v < (double)p->h + 1);
}

static void take_nearest(const warp *p, const char *plane, double u, double v,
                         char *at) {
    bool inside = !is_far(p, u, v) && u >= 0 && v >= 0;
    int64_t i = inside ? (int64_t)v : 0, j = inside ? (int64_t)u : 0;
    inside = inside && i < p->h && j < p->w;
    memcpy(at,
           inside ? plane + (size_t)(i * p->w + j) * p->size : p->fill_bytes,
           p->size);
}

/* Two neighbours; one without a share is not looked at: it may be NaN. */
INLINE double mix_row(const warp *p, const char *plane, int64_t i, int64_t j,
                      double share, mlrt_dtype dtype) {
    double left = get(p, plane, i, j, dtype);
    return share > 0 ? left + share * (get(p, plane, i, j + 1, dtype) - left)
                     : left;
}

/* The neighbours' middles lie at whole numbers from 1/2 on.  Two is added and
 * taken away because casts go towards 0. */
INLINE double mix(const warp *p, const char *plane, double u, double v,
                  mlrt_dtype dtype) {
    if (is_far(p, u, v))
        return p->fill;
    int64_t j = (int64_t)(u + 1.5) - 2, i = (int64_t)(v + 1.5) - 2;
    double across = u - 0.5 - (double)j, down = v - 0.5 - (double)i;
    double top = mix_row(p, plane, i, j, across, dtype);
    if (!(down > 0))
        return top;
    double below = mix_row(p, plane, i + 1, j, across, dtype);
    return top + down * (below - top);
}

/* ---- Planes ----------------------------------------------------------- */

/* Is it a shift by whole pixels, mirrored or not?  Then rows are copied. */
static bool is_shift(const double *m) {
    return fabs(m[0]) == 1 && m[1] == 0 && m[3] == 0 && fabs(m[4]) == 1 &&
           m[2] == floor(m[2]) && m[5] == floor(m[5]) && fabs(m[2]) < 0x1p50 &&
           fabs(m[5]) < 0x1p50;
}

static void fill_row(const warp *p, char *at, int64_t n) {
    for (int64_t j = 0; j < n; j++)
        memcpy(at + (size_t)j * p->size, p->fill_bytes, p->size);
}

/* A row from source row s; column j comes from first + j, or first - j. */
static void shift_row(const warp *p, const char *s, char *at, int64_t first,
                      bool mirrored) {
    size_t z = p->size;
    int64_t from = mirrored ? first - p->w + 1 : -first; /* the first inside */
    int64_t end = mirrored ? first + 1 : p->w - first;
    from = from < 0 ? 0 : from > p->columns ? p->columns : from;
    end = end > p->columns ? p->columns : end < from ? from : end;
    fill_row(p, at, from);
    if (!mirrored)
        memcpy(at + (size_t)from * z, s + (size_t)(first + from) * z,
               (size_t)(end - from) * z);
    for (int64_t j = from; mirrored && j < end; j++)
        memcpy(at + (size_t)j * z, s + (size_t)(first - j) * z, z);
    fill_row(p, at + (size_t)end * z, p->columns - end);
}

static void shift_plane(const warp *p, const char *plane, char *y,
                        const double *m) {
    bool mirrored = m[0] < 0, upside_down = m[4] < 0;
    int64_t column = (int64_t)m[2] - mirrored, row = (int64_t)m[5];
    for (int64_t i = 0; i < p->rows; i++, y += (size_t)p->columns * p->size) {
        int64_t s = upside_down ? row - 1 - i : row + i;
        if (s < 0 || s >= p->h)
            fill_row(p, y, p->columns);
        else
            shift_row(p, plane + (size_t)(s * p->w) * p->size, y, column,
                      mirrored);
    }
}

/* Calls `pixel` for each pixel of the result, which comes from (u, v). */
#define EACH_PIXEL(p, m, y, pixel)                                             \
    for (int64_t i = 0; i < (p)->rows; i++)                                    \
        for (int64_t j = 0; j < (p)->columns; j++, (y) += (p)->size) {         \
            double column = (double)j + 0.5, row = (double)i + 0.5;            \
            double u = (m)[0] * column + (m)[1] * row + (m)[2];                \
            double v = (m)[3] * column + (m)[4] * row + (m)[5];                \
            pixel;                                                             \
        }

INLINE void mix_plane(const warp *p, const char *plane, char *y,
                      const double *m, mlrt_dtype dtype) {
    EACH_PIXEL(p, m, y, put(y, mix(p, plane, u, v, dtype), dtype))
}

static void map_plane(const warp *p, const char *plane, char *y,
                      const double *m) {
    if (p->nearest)
        EACH_PIXEL(p, m, y, take_nearest(p, plane, u, v, y))
    else if (p->dtype == MLRT_F32)
        mix_plane(p, plane, y, m, MLRT_F32);
    else if (p->dtype == MLRT_F64)
        mix_plane(p, plane, y, m, MLRT_F64);
    else
        mix_plane(p, plane, y, m, MLRT_U8);
}

static void warp_task(void *arg, int64_t task) {
    const warp *p = arg;
    int64_t end = (task + 1) * p->block;
    size_t from = (size_t)(p->h * p->w) * p->size;
    size_t to = (size_t)(p->rows * p->columns) * p->size;
    for (int64_t k = task * p->block; k < end && k < p->images; k++) {
        const double *m = p->map + 6 * k;
        for (int64_t c = k * p->channels; c < (k + 1) * p->channels; c++)
            (is_shift(m) ? shift_plane : map_plane)(p, p->x + (size_t)c * from,
                                                    p->y + (size_t)c * to, m);
    }
}

/* ---- The operation ---------------------------------------------------- */

int mlrt__affine_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, X), *map = mlrt__t(c, MAP);
    int64_t h = mlrt__i(c, HEIGHT), w = mlrt__i(c, WIDTH);
    if (x->ndim != 4)
        return mlrt__bad(c, MLRT_ESHAPE,
                         "x: images (N, C, H, W) expected, got shape %s",
                         MLRT__ST(x));
    if (map->dtype != MLRT_F64 || map->ndim != 2 ||
        map->shape[0] != x->shape[0] || map->shape[1] != 6)
        return mlrt__bad(c, MLRT_ESHAPE,
                         "map: six f64 for each of %lld images expected, got "
                         "%s %s",
                         (long long)x->shape[0],
                         mlrt_dtype_name((mlrt_dtype)map->dtype),
                         MLRT__ST(map));
    if (h < 1 || w < 1)
        return mlrt__bad(c, MLRT_ESHAPE, "an image of %lld x %lld pixels",
                         (long long)h, (long long)w);
    if (mlrt__i(c, MODE) == BILINEAR && x->dtype != MLRT_U8 &&
        !mlrt__is_float(x->dtype))
        return mlrt__bad(c, MLRT_EDTYPE,
                         "x: bilinear is for u8, f32 and f64, got %s",
                         mlrt_dtype_name((mlrt_dtype)x->dtype));
    int64_t shape[4] = {x->shape[0], x->shape[1], h, w};
    return mlrt__out(c, 0, x->dtype, 4, shape);
}

int mlrt__affine_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, X), *y = c->y[0];
    warp p = {.x = mlrt__ptr(x),
              .y = mlrt__ptr(y),
              .map = (const double *)(const void *)mlrt__ptr(mlrt__t(c, MAP)),
              .images = x->shape[0],
              .channels = x->shape[1],
              .h = x->shape[2],
              .w = x->shape[3],
              .rows = y->shape[2],
              .columns = y->shape[3],
              .dtype = (mlrt_dtype)x->dtype,
              .size = mlrt__dsize(x->dtype),
              .nearest = mlrt__i(c, MODE) == NEAREST,
              .fill = mlrt__d(c, FILL)};
    if (y->numel == 0)
        return 0;
    note_fill(&p);
    p.block = GRAIN / (p.channels * p.rows * p.columns) + 1;
    return mlrt__parallel(c->m, (p.images + p.block - 1) / p.block, warp_task,
                          &p, true);
}
