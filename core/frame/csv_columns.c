/* csv_columns.c: plain rows of CSV, by columns.
 *
 * First the ends of all cells are found, with vectors, so that reading a cell
 * does not wait for the one before it; then each column is read in a loop of
 * its kind, of some hundred rows at a time, while their text is in the cache.
 */
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "csv.h"
#include "csv_number.h"

enum {
    FRONT = 32,     /* bytes of the window before which no number ends */
    TEXT = 1 << 14, /* bytes of text that are read column by column */
    KNOWN = 1 << 12 /* words; of more most texts would be looked up twice */
};

/* ---- Ends ------------------------------------------------------------- */

/* What ends a cell, and what may not be in plain text. */
typedef struct marks {
    char sep, quote;
    bool odd;
} marks;

/* Where cells end in 64 bytes, a bit for each. */
static inline uint64_t ends_in(const char *p, marks *m) {
    uint64_t ends = 0;
#ifdef __SSE2__
    __m128i sep = _mm_set1_epi8(m->sep), line = _mm_set1_epi8('\n');
    __m128i quote = _mm_set1_epi8(m->quote), cr = _mm_set1_epi8('\r');
    __m128i odd = _mm_setzero_si128();
    for (int i = 0; i < 64; i += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
        odd = _mm_or_si128(
            odd, _mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, cr)));
        v = _mm_or_si128(_mm_cmpeq_epi8(v, sep), _mm_cmpeq_epi8(v, line));
        ends |= (uint64_t)(uint32_t)_mm_movemask_epi8(v) << i;
    }
    m->odd |= _mm_movemask_epi8(odd) != 0;
#else
    for (int i = 0; i < 64; i++) {
        ends |= (uint64_t)(p[i] == m->sep || p[i] == '\n') << i;
        m->odd |= p[i] == m->quote || p[i] == '\r';
    }
#endif
    return ends;
}

static inline int ones(uint64_t x) {
    x -= x >> 1 & 0x5555555555555555u;
    x = (x & 0x3333333333333333u) + (x >> 2 & 0x3333333333333333u);
    return (int)(((x + (x >> 4)) & 0x0F0F0F0F0F0F0F0Fu) * 0x0101010101010101u >>
                 56);
}

/* The places of the ones, eight whether there are as many or not, since a loop
 * that ends with them would be mispredicted; how many. */
static inline int put_ends(uint64_t ends, uint32_t from, uint32_t *at) {
    int n = ones(ends);
    for (int i = 0; i < 8; i++, ends &= ends - 1)
        at[i] = from + (uint32_t)__builtin_ctzll(ends | (uint64_t)1 << 63);
    for (int i = 8; i < n; i++, ends &= ends - 1)
        at[i] = from + (uint32_t)__builtin_ctzll(ends);
    return n;
}

/* Has every row n cells?  A line without any is none. */
static bool is_even(const char *p, const uint32_t *at, int64_t rows, int n,
                    char sep) {
    int odd = 0;
    for (int64_t row = 0; row < rows; row++, at += n) {
        for (int i = 0; i + 1 < n; i++)
            odd |= p[at[i]] ^ sep;
        odd |= p[at[n - 1]] ^ '\n';
        odd |= n == 1 && at[0] == at[-1] + 1;
    }
    return !odd;
}

int64_t mlrt__csv_ends(const mlrt__csv *r, const char *p, const char *end,
                       uint32_t *at, int64_t room) {
    marks m = {r->o->sep, r->o->quote ? r->o->quote : '\r', false};
    uint32_t base = (uint32_t)(p - r->window), n = (uint32_t)(end - p);
    int64_t k = 0;
    *at++ = base - 1;
    for (uint32_t i = 0; i < n; i += 64) {
        if (k + 64 >= room || m.odd)
            return -1;
        k += put_ends(ends_in(p + i, &m), base + i, at + k);
    }
    while (k && at[k - 1] >= base + n)
        k--;
    int64_t rows = k / r->t->n;
    bool plain = !m.odd && k == rows * r->t->n &&
                 is_even(r->window, at, rows, r->t->n, r->o->sep);
    return plain ? rows : -1;
}

/* ---- Numbers ---------------------------------------------------------- */

/* The n <= 16 digits before `end`; *other is not 0 if they are not all. */
static inline uint64_t sixteen(const char *end, int n, uint64_t *other) {
#ifdef __SSE2__
    static const uint8_t last[32] = {[16] = 255, 255, 255, 255, 255, 255,
                                     255,        255, 255, 255, 255, 255,
                                     255,        255, 255, 255};
    const __m128i *text = (const __m128i *)(const void *)(end - 16);
    const __m128i *mask = (const __m128i *)(const void *)(last + n);
    __m128i v = _mm_xor_si128(_mm_loadu_si128(text), _mm_set1_epi8('0'));
    v = _mm_and_si128(v, _mm_loadu_si128(mask));
    __m128i over = _mm_subs_epu8(v, _mm_set1_epi8(9));
    *other |= 0xFFFFu ^ (unsigned)_mm_movemask_epi8(
                            _mm_cmpeq_epi8(over, _mm_setzero_si128()));
    /* pairs, fours and eights of digits */
    v = _mm_srli_epi16(_mm_mullo_epi16(v, _mm_set1_epi16(2561)), 8);
    v = _mm_madd_epi16(v, _mm_set1_epi32(100 | 1 << 16));
    v = _mm_madd_epi16(_mm_packs_epi32(v, v), _mm_set1_epi32(10000 | 1 << 16));
    uint64_t x = (uint64_t)_mm_cvtsi128_si64(v);
    return (x & UINT32_MAX) * 100000000 + (x >> 32);
#else
    uint64_t x = 0;
    for (const char *p = end - n; p < end; p++) {
        *other |= mlrt__digit(p) > 9;
        x = x * 10 + mlrt__digit(p);
    }
    return x;
#endif
}

/* A cell of at most 16 digits and a sign: is it that? */
static inline bool integer(const char *p, const char *end, int64_t *y) {
    uint64_t negative = *p == '-', other = 0;
    int64_t n = end - (p += negative);
    if (n < 1 || n > 16)
        return false;
    uint64_t x = sixteen(end, (int)n, &other);
    *y = (int64_t)((x ^ -negative) + negative);
    return !other;
}

/* Where the character is among the eight that v stands for, or 8. */
static inline int place_of(uint64_t v, char c) {
    uint64_t t = v ^ (uint8_t)(c ^ '0') * 0x0101010101010101u;
    t = (t - 0x0101010101010101u) & ~t & 0x8080808080808080u;
    return t ? __builtin_ctzll(t) / 8 : 8;
}

/* The number of the first n < 8 of eight values. */
static inline uint64_t few(uint64_t v, int64_t n, uint64_t *other) {
    v = mlrt__first(v, (int)n);
    *other |= mlrt__others(v);
    return mlrt__eight(v);
}

/* w 10^-n with a sign, which is like a coin: no branch. */
static inline bool put_decimal(uint64_t w, int64_t n, uint64_t negative,
                               double *y) {
    uint64_t bits;
    if (!mlrt__decimal(w, -(int)n, y))
        return false;
    memcpy(&bits, y, sizeof bits);
    bits |= negative << 63;
    memcpy(y, &bits, sizeof bits);
    return true;
}

/* A cell of a sign, digits, perhaps a point and n digits, at most 19 together.
 * Those before the last 16 are seven at most, and read without the point. */
static inline bool decimal(const char *p, const char *end, char point,
                           double *y, bool *fraction) {
    uint64_t negative = *p == '-', other = 0, w;
    uint64_t v = mlrt__values(p += negative);
    int64_t whole = place_of(v, point), length = end - p;
    int64_t n = length - whole - 1, more = n > 16 ? n - 16 : 0;
    if (length < 1 || length > 20 || n > 18)
        return false;
    if (whole == 8 || n < 0) { /* there is no point, or far behind */
        if (length > 16)
            return false;
        w = length < 8 ? few(v, length, &other)
                       : sixteen(end, (int)length, &other);
        return !other && put_decimal(w, 0, negative, y);
    }
    uint64_t before = ((uint64_t)1 << 8 * whole) - 1;
    v = (v & before) | (v >> 8 & ~before);
    if (length <= 8) {
        w = few(v, length - 1, &other);
    } else {
        w = few(v, whole + more, &other) * mlrt__ten[n - more];
        w += sixteen(end, (int)(n - more), &other);
    }
    *fraction = true;
    return length > 1 && !other && put_decimal(w, n, negative, y);
}

/* ---- Columns ---------------------------------------------------------- */

/* Cells of one column: cell k lies between ends at[-1] and at[0], n apart. */
typedef struct cells {
    mlrt__csv *r;
    mlrt__cells *c;
    const uint32_t *at;
    int64_t rows, n;
} cells;

static inline const char *begin(const cells *x, int64_t row) {
    return x->r->window + (uint32_t)(x->at[row * x->n - 1] + 1);
}
static inline const char *end_of(const cells *x, int64_t row) {
    return x->r->window + x->at[row * x->n];
}

/* A cell of another form.  A missing value has a place, or is not for us. */
static bool put_other(const cells *x, int64_t row, const char *p,
                      const char *end) {
    mlrt__csv *r = x->r; /* the piece's own */
    mlrt__cells *c = x->c;
    mlrt__cell s = {.p = p, .n = (size_t)(end - p)};
    r->row += row;
    bool done = c->kind == MLRT_COL_F64 && !r->na_number &&
                mlrt__read_decimal(r, c, p) == end;
    if (!done && mlrt__csv_missing(r, &s))
        done = c->hole && mlrt__cells_hole(r->t, c, r->row) == 0;
    else if (!done)
        done = mlrt__csv_value(r, c, &s) == MLRT__YES;
    r->row -= row;
    return done;
}

/* Before this place no number is read the short way; where numbers may be
 * missing values, none is. */
static const char *front(const mlrt__csv *r) {
    return r->na_number ? r->window + r->n : r->window + FRONT;
}

static bool integers(const cells *x) {
    int64_t *v = (int64_t *)x->c->v + x->r->row;
    const char *from = front(x->r);
    for (int64_t row = 0; row < x->rows; row++) {
        const char *p = begin(x, row), *end = end_of(x, row);
        bool done = end >= from && integer(p, end, &v[row]);
        if (!done && !put_other(x, row, p, end))
            return false;
    }
    return true;
}

static bool decimals(const cells *x) {
    double *v = (double *)x->c->v + x->r->row;
    const char *from = front(x->r);
    char point = x->r->o->decimal;
    bool fraction = false;
    for (int64_t row = 0; row < x->rows; row++) {
        const char *p = begin(x, row), *end = end_of(x, row);
        bool done = end >= from && decimal(p, end, point, &v[row], &fraction);
        if (!done && !put_other(x, row, p, end))
            return false;
    }
    mlrt__note(&x->c->saw_fraction, fraction);
    return true;
}

static bool others(const cells *x) {
    for (int64_t row = 0; row < x->rows; row++) {
        const char *p = begin(x, row), *end = end_of(x, row);
        if (!put_other(x, row, p, end))
            return false;
    }
    return true;
}

static bool texts(const cells *x) {
    uint64_t *v = (uint64_t *)x->c->v + x->r->row;
    const mlrt__words *w = &x->c->words;
    bool look = w->n <= KNOWN && x->r->o->encoding == MLRT_UTF8;
    for (int64_t row = 0; row < x->rows; row++) {
        const char *p = begin(x, row), *end = end_of(x, row);
        mlrt__cell s = {.p = p, .n = (size_t)(end - p)};
        int k = look && !mlrt__csv_missing(x->r, &s)
                    ? mlrt__words_find(w, p, s.n)
                    : -1;
        x->r->noted |= k < 0;
        v[row] = k >= 0 ? (uint64_t)k
                        : CSV_NOTED | (uint64_t)(p - x->r->window) << 32 | s.n;
    }
    return true;
}

static bool read_column(const cells *x) {
    mlrt__cells *c = x->c;
    if (c->skip)
        return true;
    if (c->kind >= MLRT_COL_STR)
        return texts(x);
    if (c->hole)
        memset(c->hole + x->r->row, 0, (size_t)x->rows);
    return c->kind == MLRT_COL_I64   ? integers(x)
           : c->kind == MLRT_COL_F64 ? decimals(x)
                                     : others(x);
}

bool mlrt__csv_columns(mlrt__csv *r, const uint32_t *at, int64_t rows) {
    int64_t n = r->t->n;
    for (at++; rows > 0;) {
        int64_t some = 1;
        while (some < rows && at[some * n - 1] - at[-1] < TEXT)
            some++;
        for (int i = 0; i < n; i++) {
            cells x = {r, &r->t->col[i], at + i, some, n};
            if (!read_column(&x))
                return false;
        }
        r->row += some;
        rows -= some;
        at += some * n;
    }
    return true;
}
