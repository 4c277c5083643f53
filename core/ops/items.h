/* items.h: sorting elements of any type by keys of 64 bits. */
#ifndef MLRT_ITEMS_H
#define MLRT_ITEMS_H

#include "../core.h"

typedef struct mlrt__item {
    uint64_t key;
    int64_t at;
} mlrt__item;

/* The key of element i of a plain array: the unsigned order of keys is the
 * order of elements.  NaN is above everything, -0 equals 0. */
uint64_t mlrt__key(int dtype, const void *x, int64_t i);
/* Sorts a by key, equal ones in the order they have, with b as room; returns
 * the one of the two that holds the result. */
mlrt__item *mlrt__sort_items(mlrt__item *a, mlrt__item *b, int64_t n);
/* Puts the k least of n in front, in any order; of equal keys those with
 * the least `at`. */
void mlrt__select_items(mlrt__item *a, int64_t n, int64_t k);

#endif
