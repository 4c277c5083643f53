/* items.h: sorting elements of any type by keys of 64 bits. */
#ifndef MLRT_ITEMS_H
#define MLRT_ITEMS_H

#include "../core.h"

typedef struct mlrt__item {
    uint64_t key;
    int64_t at;
} mlrt__item;

/* Order-preserving: of a float, the sign bit flipped where it is clear, all
 * bits where it is set; every NaN above all else. */
static inline uint64_t mlrt__key32(float v) {
    uint32_t u;
    v += 0.0f; /* -0 becomes 0 */
    memcpy(&u, &v, sizeof u);
    if (v != v)
        return UINT32_MAX;
    return u >> 31 ? ~u : u | 0x80000000u;
}

static inline uint64_t mlrt__key64(double v) {
    uint64_t u;
    v += 0.0;
    memcpy(&u, &v, sizeof u);
    if (v != v)
        return UINT64_MAX;
    return u >> 63 ? ~u : u | (uint64_t)1 << 63;
}

/* The key of element i of a plain array: the unsigned order of keys is the
 * order of elements.  NaN is above everything, -0 equals 0. */
static inline uint64_t mlrt__key(int dtype, const void *x, int64_t i) {
    switch (dtype) {
    case MLRT_F32: return mlrt__key32(((const float *)x)[i]);
    case MLRT_F64: return mlrt__key64(((const double *)x)[i]);
    case MLRT_I32:
        return (uint64_t)((int64_t)((const int32_t *)x)[i] +
                          ((int64_t)1 << 31));
    case MLRT_U8:
    case MLRT_BOOL: return ((const uint8_t *)x)[i];
    default: return (uint64_t)((const int64_t *)x)[i] ^ (uint64_t)1 << 63;
    }
}

/* Sorts a by key, equal ones in the order they have, with b as room; returns
 * the one of the two that holds the result. */
mlrt__item *mlrt__sort_items(mlrt__item *a, mlrt__item *b, int64_t n);
/* Puts the k least of n in front, in any order; of equal keys those with
 * the least `at`. */
void mlrt__select_items(mlrt__item *a, int64_t n, int64_t k);

#endif
