/* loops.c: rows over operands with any steps. */
#include "loops.h"

#include <string.h>

enum { CHUNK_BYTES = 4096, OPERANDS = 6 };

/* n elements of `size` bytes; size is a constant wherever this is called. */
static inline __attribute__((always_inline)) void move_n(char *to, int64_t st,
                                                         const char *from,
                                                         int64_t sf, int64_t n,
                                                         size_t size) {
    for (int64_t i = 0; i < n; i++)
        memcpy(to + i * st, from + i * sf, size);
}

static void move(char *to, int64_t st, const char *from, int64_t sf, int64_t n,
                 unsigned size) {
    switch (size) {
    case 1: move_n(to, st, from, sf, n, 1); break;
    case 4: move_n(to, st, from, sf, n, 4); break;
    default: move_n(to, st, from, sf, n, 8);
    }
}

static void repeat(char *to, const char *from, int64_t n, unsigned size) {
    switch (size) {
    case 1: memset(to, *from, (size_t)n); break;
    case 4: move_n(to, 4, from, 0, n, 4); break;
    default: move_n(to, 8, from, 0, n, 8);
    }
}

/* Chunks of at most `room` elements; `odd` has a bit for each operand that
 * goes through a buffer. */
static void run_chunks(mlrt__row *row, unsigned sizes, char *const *p,
                       const int64_t *s, int64_t n, const double *k,
                       unsigned odd, int64_t room) {
    _Alignas(64) char buffer[OPERANDS][CHUNK_BYTES];
    char *q[OPERANDS];
    for (int64_t i = 0; i < n; i += room) {
        int64_t w = n - i < room ? n - i : room;
        for (int o = 0; sizes >> 4 * o; o++) {
            unsigned size = sizes >> 4 * o & 15;
            q[o] = odd >> o & 1 ? buffer[o] : p[o] + i * s[o];
            if (o == 0 || !(odd >> o & 1))
                continue;
            if (s[o])
                move(q[o], size, p[o] + i * s[o], s[o], w, size);
            else if (i == 0)
                repeat(q[o], p[o], w, size);
        }
        row(q, w, k);
        if (odd & 1)
            move(p[0] + i * s[0], s[0], q[0], sizes & 15, w, sizes & 15);
    }
}

void run_row(mlrt__row *row, unsigned sizes, char *const *p, const int64_t *s,
             int64_t n, const double *k) {
    unsigned odd = 0, largest = 1;
    for (int o = 0; sizes >> 4 * o; o++) {
        unsigned size = sizes >> 4 * o & 15;
        odd |= (unsigned)(s[o] != size) << o;
        largest = size > largest ? size : largest;
    }
    if (odd == 0 || n == 1)
        row(p, n, k);
    else
        run_chunks(row, sizes, p, s, n, k, odd, CHUNK_BYTES / largest);
}
