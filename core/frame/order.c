/* order.c: sorting numbers by a comparison, stably.
 *
 * A merge sort from the bottom up: runs of eight by insertion, then merges
 * between the numbers and a second array.
 */
#include "frame.h"

enum { RUN = 8 };

static void insertion(int64_t *v, int64_t n, mlrt__before *before,
                      const void *ud) {
    for (int64_t i = 1; i < n; i++) {
        int64_t x = v[i], k = i;
        for (; k > 0 && before(ud, x, v[k - 1]); k--)
            v[k] = v[k - 1];
        v[k] = x;
    }
}

/* a[0..na) and b[0..nb), both sorted, into y. */
static void merge(const int64_t *a, int64_t na, const int64_t *b, int64_t nb,
                  int64_t *y, mlrt__before *before, const void *ud) {
    while (na > 0 && nb > 0) {
        bool second = before(ud, *b, *a);
        *y++ = second ? *b++ : *a++;
        nb -= second;
        na -= !second;
    }
    memcpy(y, a, (size_t)na * sizeof *a);
    memcpy(y + na, b, (size_t)nb * sizeof *b);
}

int mlrt__order(mlrt *m, int64_t *v, int64_t n, mlrt__before *before,
                const void *ud) {
    size_t bytes = mlrt__room(0, (size_t)n, sizeof *v);
    int64_t *other = n > RUN ? mlrt__alloc(m, bytes) : NULL, *from = v;
    if (n > RUN && !other)
        return MLRT_ENOMEM;
    for (int64_t i = 0; i < n; i += RUN)
        insertion(v + i, n - i < RUN ? n - i : RUN, before, ud);
    int64_t *to = other;
    for (int64_t run = RUN; run < n; run *= 2) {
        for (int64_t i = 0; i < n; i += 2 * run) {
            int64_t na = n - i < run ? n - i : run;
            int64_t nb = n - i - na < run ? n - i - na : run;
            merge(from + i, na, from + i + na, nb, to + i, before, ud);
        }
        int64_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != v)
        memcpy(v, from, bytes);
    if (other)
        mlrt__free(m, other, bytes);
    return 0;
}
