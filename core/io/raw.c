/* raw.c: elements as files store them, and as tensors hold them.
 *
 * What has the size of our dtype is read straight into the tensor and put
 * right there; what is narrower goes through a small buffer and is widened.
 * No value changes: every f16, bf16 and small integer is exact in the wider
 * type, and a u64 that no i64 holds is an error.
 */
#include "io.h"

static const struct {
    uint8_t size, dtype;
} table[MLRT__NRAWS] = {
    [MLRT__RAW_F32] = {4, MLRT_F32}, [MLRT__RAW_F64] = {8, MLRT_F64},
    [MLRT__RAW_I64] = {8, MLRT_I64}, [MLRT__RAW_I32] = {4, MLRT_I32},
    [MLRT__RAW_U8] = {1, MLRT_U8},   [MLRT__RAW_BOOL] = {1, MLRT_BOOL},
    [MLRT__RAW_F16] = {2, MLRT_F32}, [MLRT__RAW_BF16] = {2, MLRT_F32},
    [MLRT__RAW_I8] = {1, MLRT_I32},  [MLRT__RAW_I16] = {2, MLRT_I32},
    [MLRT__RAW_U16] = {2, MLRT_I32}, [MLRT__RAW_U32] = {4, MLRT_I64},
    [MLRT__RAW_U64] = {8, MLRT_I64}};

size_t mlrt__raw_size(mlrt__raw raw) {
    return table[raw].size;
}

mlrt_dtype mlrt__raw_dtype(mlrt__raw raw) {
    return (mlrt_dtype)table[raw].dtype;
}

/* ---- Conversions ------------------------------------------------------ */

/* Bytes of each element in the other order. */
static void swap_bytes(uint8_t *p, size_t size, size_t n) {
    for (size_t i = 0; i < n && size > 1; i++, p += size)
        for (size_t j = 0; j < size / 2; j++) {
            uint8_t b = p[j];
            p[j] = p[size - 1 - j];
            p[size - 1 - j] = b;
        }
}

/* IEEE 754 binary16: sign, 5 bits e, 10 bits f; the value is 2^(e-15) (1 +
 * f/1024), for e = 0 2^-14 (f/1024); e = 31 is infinity or NaN. */
static float half(uint16_t h) {
    uint32_t sign = (uint32_t)(h & 0x8000) << 16;
    uint32_t e = h >> 10 & 31, f = h & 1023, bits;
    float value;
    if (e == 0) {
        value = (float)f * 0x1p-24f;
        memcpy(&bits, &value, sizeof bits);
    } else {
        bits = (e == 31 ? 255 : e + 112) << 23 | f << 13;
    }
    bits |= sign;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The upper half of a float. */
static float brain(uint16_t h) {
    uint32_t bits = (uint32_t)h << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

#define WIDEN(S, D, expression)                                                \
    for (size_t i = 0; i < n; i++) {                                           \
        S v;                                                                   \
        D w;                                                                   \
        memcpy(&v, from + i * sizeof v, sizeof v);                             \
        w = (expression);                                                      \
        memcpy(to + i * sizeof w, &w, sizeof w);                               \
    }                                                                          \
    break

/* n elements in our byte order; what needs no widening is copied. */
static void widen(mlrt__raw raw, const uint8_t *from, uint8_t *to, size_t n) {
    switch (raw) {
    case MLRT__RAW_F16: WIDEN(uint16_t, float, half(v));
    case MLRT__RAW_BF16: WIDEN(uint16_t, float, brain(v));
    case MLRT__RAW_I8: WIDEN(int8_t, int32_t, v);
    case MLRT__RAW_I16: WIDEN(int16_t, int32_t, v);
    case MLRT__RAW_U16: WIDEN(uint16_t, int32_t, v);
    case MLRT__RAW_U32: WIDEN(uint32_t, int64_t, v);
    default: memcpy(to, from, n * mlrt__raw_size(raw));
    }
}

void mlrt__normalise_bool(uint8_t *p, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (p[i] > 1)
            p[i] = 1;
}

/* Elements that are in place but for their byte order. */
static int put_right(const mlrt__file *f, const mlrt__array *a, uint8_t *p,
                     size_t n) {
    if (a->swap)
        swap_bytes(p, mlrt__raw_size(a->raw), n);
    if (a->raw == MLRT__RAW_BOOL)
        mlrt__normalise_bool(p, n);
    for (size_t i = 0; a->raw == MLRT__RAW_U64 && i < n; i++) {
        uint64_t v;
        memcpy(&v, p + i * sizeof v, sizeof v);
        if (v > INT64_MAX)
            return mlrt__file_fail(f, MLRT_EFORMAT,
                                   "holds %llu, a u64 that no i64 can hold",
                                   (unsigned long long)v);
    }
    return 0;
}

/* ---- Tensors ---------------------------------------------------------- */

static bool needs_widening(mlrt__raw raw) {
    return mlrt__raw_size(raw) != mlrt__dsize(mlrt__raw_dtype(raw));
}

/* The core's complaint about a shape becomes one about the file. */
int mlrt__array_bytes(const mlrt__file *f, const mlrt__array *a,
                      uint64_t *bytes) {
    int64_t numel;
    size_t n, wide;
    mlrt_dtype dtype = mlrt__raw_dtype(a->raw);
    if (mlrt__shape_numel(f->m, "array", a->ndim, a->shape, &numel) != 0 ||
        mlrt__shape_bytes(f->m, "array", dtype, a->ndim, a->shape, &wide) != 0)
        return mlrt__file_fail(f, MLRT_EFORMAT, "%s", f->m->errmsg);
    if (!mlrt__mul((size_t)numel, mlrt__raw_size(a->raw), &n))
        return mlrt__file_fail(f, MLRT_EFORMAT, "the array is too large");
    *bytes = n;
    return 0;
}

/* So many bytes pass the cache together when they are read and put right. */
enum { STEP = 1 << 18, BUFFER = 1 << 14 };

static int read_plain(mlrt__stream *s, const mlrt__array *a, uint8_t *to,
                      size_t bytes) {
    size_t size = mlrt__raw_size(a->raw);
    for (size_t n; bytes > 0; bytes -= n, to += n) {
        n = bytes < STEP ? bytes : STEP;
        int err = mlrt__stream_read(s, to, n);
        if (!err)
            err = put_right(s->f, a, to, n / size);
        if (err)
            return err;
    }
    return 0;
}

static int read_wide(mlrt__stream *s, const mlrt__array *a, uint8_t *to,
                     size_t bytes) {
    uint8_t buffer[BUFFER];
    size_t size = mlrt__raw_size(a->raw);
    size_t wide = mlrt__dsize(mlrt__raw_dtype(a->raw));
    for (size_t n; bytes > 0; bytes -= n, to += n / size * wide) {
        n = bytes < BUFFER ? bytes : BUFFER;
        int err = mlrt__stream_read(s, buffer, n);
        if (err)
            return err;
        if (a->swap)
            swap_bytes(buffer, size, n / size);
        widen(a->raw, buffer, to, n / size);
    }
    return 0;
}

/* Is there so much?  Asked before memory is taken for it. */
static int check_left(const mlrt__stream *s, const mlrt__array *a,
                      uint64_t bytes) {
    uint64_t left = mlrt__stream_left(s);
    if (bytes <= left)
        return 0;
    return mlrt__file_fail(
        s->f, MLRT_EFORMAT,
        "truncated: %s elements need %llu bytes, at most %llu are there",
        mlrt__shape_text((char[MLRT__SHAPE_TEXT]){0}, a->ndim, a->shape),
        (unsigned long long)bytes, (unsigned long long)left);
}

mlrt_tensor *mlrt__stream_tensor(mlrt__stream *s, const mlrt__array *a) {
    uint64_t bytes;
    if (mlrt__array_bytes(s->f, a, &bytes) != 0 || check_left(s, a, bytes) != 0)
        return NULL;
    mlrt_tensor *t = mlrt_empty(s->f->m, mlrt__raw_dtype(a->raw), a->ndim,
                                a->shape);
    if (!t)
        return NULL;
    uint8_t *to = (uint8_t *)mlrt__ptr(t);
    int err = needs_widening(a->raw) ? read_wide(s, a, to, (size_t)bytes)
                                     : read_plain(s, a, to, (size_t)bytes);
    if (!err)
        return t;
    mlrt__drop(s->f->m, t);
    return NULL;
}

mlrt_tensor *mlrt__memory_tensor(const mlrt__file *f, const mlrt__array *a,
                                 const uint8_t *from) {
    mlrt_tensor *t = mlrt_empty(f->m, mlrt__raw_dtype(a->raw), a->ndim,
                                a->shape);
    if (!t)
        return NULL;
    widen(a->raw, from, (uint8_t *)mlrt__ptr(t), (size_t)t->numel);
    if (put_right(f, a, (uint8_t *)mlrt__ptr(t), (size_t)t->numel) == 0)
        return t;
    mlrt__drop(f->m, t);
    return NULL;
}
