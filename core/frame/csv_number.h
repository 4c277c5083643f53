/* csv_number.h: numbers read where they stand, the short way.
 *
 * They end where their cell does; whatever is not so gives NULL and goes the
 * longer way of csv_cell.c.  Behind the window lie zeros, so no loop needs
 * bounds.
 */
#ifndef MLRT__CSV_NUMBER_H
#define MLRT__CSV_NUMBER_H

#include "csv.h"

static inline bool mlrt__ends(const mlrt__csv *r, const char *p) {
    return r->stop[(uint8_t)*p] == CSV_STOP;
}

static inline unsigned mlrt__digit(const char *p) {
    return (unsigned)(uint8_t)*p - '0';
}

/* Eight characters as digits' values, the first in the lowest byte. */
static inline uint64_t mlrt__values(const char *p) {
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v ^ 0x3030303030303030u;
}

/* The highest bits of those bytes that are no digit's value; only the lowest
 * of them is sure. */
static inline uint64_t mlrt__others(uint64_t v) {
    return ((v + 0x7676767676767676u) | v) & 0x8080808080808080u;
}

/* Eight values as a number: bytes are added up in pairs, pairs in fours, fours
 * in eights. */
static inline uint64_t mlrt__eight(uint64_t v) {
    v = v * 2561 >> 8;
    v = (v & 0x00FF00FF00FF00FFu) * 6553601 >> 16;
    return (v & 0x0000FFFF0000FFFFu) * 42949672960001u >> 32;
}

/* The first n < 8 values, zeros before them. */
static inline uint64_t mlrt__first(uint64_t v, int n) {
    return v << (56 - 8 * n) << 8;
}

/* Powers of ten. */
static const uint64_t mlrt__ten[] = {
    /* clang-format off */
    1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000,
    10000000000, 100000000000, 1000000000000, 10000000000000,
    100000000000000, 1000000000000000, 10000000000000000, 100000000000000000,
    1000000000000000000
    /* clang-format on */
};

/* The digits at p, appended to w. */
static inline const char *mlrt__digits(const char *p, uint64_t *w) {
    uint64_t x = *w, v, other;
    for (; v = mlrt__values(p), !(other = mlrt__others(v)); p += 8)
        x = x * 100000000 + mlrt__eight(v);
    int n = __builtin_ctzll(other) / 8;
    *w = x * mlrt__ten[n] + mlrt__eight(mlrt__first(v, n));
    return p + n;
}

/* 1 to 18 digits and a sign; the cell's end, or NULL. */
static inline const char *mlrt__read_integer(const mlrt__csv *r, mlrt__cells *c,
                                             const char *p) {
    bool negative = *p == '-';
    const char *start = p += negative;
    uint64_t x = 0;
    p = mlrt__digits(p, &x);
    if (p == start || p - start > 18 || !mlrt__ends(r, p))
        return NULL;
    ((int64_t *)c->v)[r->row] = negative ? -(int64_t)x : (int64_t)x;
    return p;
}

/* e, a sign and up to three digits; adds to *q. */
static inline const char *mlrt__exponent(const char *p, int *q) {
    bool negative = p[1] == '-';
    const char *start = p += 1 + (negative || p[1] == '+');
    int x = 0;
    for (unsigned d; (d = mlrt__digit(p)) < 10 && p - start < 3; p++)
        x = x * 10 + (int)d;
    *q += negative ? -x : x;
    return p == start ? NULL : p;
}

/* 1 to 19 digits, a point and an exponent; the cell's end, or NULL. */
static inline const char *mlrt__read_decimal(const mlrt__csv *r, mlrt__cells *c,
                                             const char *p) {
    bool negative = *p == '-';
    const char *start = p += negative, *point = NULL;
    uint64_t w = 0;
    int q = 0;
    p = mlrt__digits(p, &w);
    if (*p == r->o->decimal) {
        point = p;
        p = mlrt__digits(p + 1, &w);
    }
    int64_t n = p - start - (point ? 1 : 0);
    if (n < 1 || n > 19)
        return NULL;
    if (point)
        q = (int)(point + 1 - p);
    bool whole = !point && (*p | 32) != 'e';
    if ((*p | 32) == 'e' && !(p = mlrt__exponent(p, &q)))
        return NULL;
    double v;
    if (!mlrt__ends(r, p) || (whole && n > 18) || !mlrt__decimal(w, q, &v))
        return NULL;
    mlrt__note(&c->saw_fraction, !whole);
    ((double *)c->v)[r->row] = negative ? -v : v;
    return p;
}

#endif
