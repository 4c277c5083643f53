/* items.c: sorting elements by their keys.
 *
 * Keys are sorted digit by digit (long lines) or merged (short ones), both
 * stable.
 */
#include "items.h"

/* ---- Sorting items ---------------------------------------------------- */

enum {
    SHORT = 128, /* lines up to this long are merged */
    DIGIT = 11   /* bits */
};

static void insert_sort(mlrt__item *a, int64_t n) {
    for (int64_t i = 1; i < n; i++) {
        mlrt__item v = a[i];
        int64_t j = i;
        for (; j > 0 && a[j - 1].key > v.key; j--)
            a[j] = a[j - 1];
        a[j] = v;
    }
}

/* Runs of 16 by insertion, then merged pairwise between a and b; returns
 * the one that holds the result. */
static mlrt__item *merge_sort(mlrt__item *a, mlrt__item *b, int64_t n) {
    for (int64_t i = 0; i < n; i += 16)
        insert_sort(a + i, n - i < 16 ? n - i : 16);
    for (int64_t run = 16; run < n; run *= 2) {
        for (int64_t lo = 0; lo < n; lo += 2 * run) {
            int64_t mid = lo + run < n ? lo + run : n;
            int64_t hi = mid + run < n ? mid + run : n;
            int64_t i = lo, j = mid;
            for (int64_t k = lo; k < hi; k++)
                b[k] = i < mid && (j == hi || a[i].key <= a[j].key) ? a[i++]
                                                                    : a[j++];
        }
        mlrt__item *t = a;
        a = b;
        b = t;
    }
    return a;
}

/* One pass: stable by the digit at `shift`.  False: all have the same. */
static bool digit_pass(const mlrt__item *a, mlrt__item *b, int64_t n,
                       int shift) {
    enum { SIZE = 1 << DIGIT };
    int64_t start[SIZE] = {0}, sum = 0;
    for (int64_t i = 0; i < n; i++)
        start[a[i].key >> shift & (SIZE - 1)]++;
    if (start[a[0].key >> shift & (SIZE - 1)] == n)
        return false;
    for (int d = 0; d < SIZE; d++) {
        int64_t count = start[d];
        start[d] = sum;
        sum += count;
    }
    for (int64_t i = 0; i < n; i++)
        b[start[a[i].key >> shift & (SIZE - 1)]++] = a[i];
    return true;
}

/* Sorts a by key, stably, with b as room; returns a or b. */
mlrt__item *mlrt__sort_items(mlrt__item *a, mlrt__item *b, int64_t n) {
    uint64_t all = 0;
    if (n <= SHORT)
        return merge_sort(a, b, n);
    for (int64_t i = 0; i < n; i++)
        all |= a[i].key ^ a[0].key; /* bits that differ */
    for (int shift = 0; shift < 64 && all >> shift; shift += DIGIT)
        if (digit_pass(a, b, n, shift)) {
            mlrt__item *t = a;
            a = b;
            b = t;
        }
    return a;
}

/* The k first of a in order: everything, or a quickselect in front, with
 * the position as second key. */
static bool before(const mlrt__item *a, const mlrt__item *b) {
    return a->key != b->key ? a->key < b->key : a->at < b->at;
}

void mlrt__select_items(mlrt__item *a, int64_t n, int64_t k) {
    int64_t lo = 0, hi = n - 1;
    while (lo < hi) {
        mlrt__item pivot = a[lo + (hi - lo) / 2];
        int64_t i = lo, j = hi;
        while (i <= j) {
            while (before(&a[i], &pivot))
                i++;
            while (before(&pivot, &a[j]))
                j--;
            if (i <= j) {
                mlrt__item t = a[i];
                a[i++] = a[j];
                a[j--] = t;
            }
        }
        if (k - 1 <= j)
            hi = j;
        else if (k - 1 >= i)
            lo = i;
        else
            return;
    }
}
