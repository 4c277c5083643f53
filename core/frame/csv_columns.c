/* csv_columns.c: plain rows of CSV, a few hundred at a time, by columns.
 *
 * First the ends of all their cells are found, with vectors, so that reading a
 * cell does not wait for the one before it; then each column is read in a loop
 * of its kind.
 */
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "csv.h"
#include "csv_number.h"

enum {
    ENDS = 2 * CSV_COLUMNS, /* that are found at once */
    KNOWN = 1 << 12 /* words; of more most texts would be looked up twice */
};

/* ---- Ends ------------------------------------------------------------- */

/* Where cells end in 64 bytes, a bit for each. */
static inline uint64_t ends_in(const char *p, char sep) {
    uint64_t ends = 0;
#ifdef __SSE2__
    __m128i s = _mm_set1_epi8(sep), line = _mm_set1_epi8('\n');
    for (int i = 0; i < 64; i += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
        v = _mm_or_si128(_mm_cmpeq_epi8(v, s), _mm_cmpeq_epi8(v, line));
        ends |= (uint64_t)(uint32_t)_mm_movemask_epi8(v) << i;
    }
#else
    for (int i = 0; i < 64; i++)
        ends |= (uint64_t)(p[i] == sep || p[i] == '\n') << i;
#endif
    return ends;
}

/* Where the cells from p on end, counted from p: at least ENDS - 64, or all
 * before `end`. */
static int find_ends(const char *p, const char *end, char sep, uint32_t *at) {
    int64_t n = end - p;
    int k = 0;
    for (int64_t i = 0; i < n && k <= ENDS - 64; i += 64)
        for (uint64_t ends = ends_in(p + i, sep); ends; ends &= ends - 1)
            at[k++] = (uint32_t)(i + __builtin_ctzll(ends));
    while (k && at[k - 1] >= n)
        k--;
    return k;
}

/* Does every row have n cells? */
static bool is_even(const char *p, const uint32_t *at, int64_t rows, int n,
                    char sep) {
    int odd = 0;
    for (int64_t row = 0; row < rows; row++, at += n) {
        for (int i = 0; i + 1 < n; i++)
            odd |= p[at[i]] ^ sep;
        odd |= p[at[n - 1]] ^ '\n';
    }
    return !odd;
}

/* ---- Columns ---------------------------------------------------------- */

/* Cells of one column: cell k lies between ends at[-1] and at[0], n apart. */
typedef struct cells {
    mlrt__csv *r;
    mlrt__cells *c;
    const char *base;
    const uint32_t *at;
    int64_t rows, n;
} cells;

static inline const char *begin(const cells *x, int64_t row) {
    return x->base + (uint32_t)(x->at[row * x->n - 1] + 1);
}
static inline const char *end_of(const cells *x, int64_t row) {
    return x->base + x->at[row * x->n];
}

/* A cell of another form.  A missing value has a place, or is not for us. */
static bool put_other(const cells *x, int64_t row, const char *p,
                      const char *end) {
    mlrt__csv one = *x->r;
    mlrt__cell s = {.p = p, .n = (size_t)(end - p)};
    one.row += row;
    if (mlrt__csv_missing(&one, &s))
        return x->c->hole && mlrt__cells_hole(one.t, x->c, one.row) == 0;
    return mlrt__csv_value(&one, x->c, &s) == MLRT__YES;
}

static bool integers(const cells *x) {
    int64_t *v = (int64_t *)x->c->v + x->r->row;
    for (int64_t row = 0; row < x->rows; row++) {
        const char *p = begin(x, row), *end = end_of(x, row);
        if (!mlrt__cell_integer(p, end, &v[row]) && !put_other(x, row, p, end))
            return false;
    }
    return true;
}

static bool decimals(const cells *x) {
    double *v = (double *)x->c->v + x->r->row;
    char point = x->r->o->decimal;
    bool fraction = false;
    for (int64_t row = 0; row < x->rows; row++) {
        const char *p = begin(x, row), *end = end_of(x, row);
        bool done = mlrt__cell_decimal(p, end, point, &v[row]);
        fraction |= done;
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

bool mlrt__csv_columns(mlrt__csv *r, const char *end) {
    uint32_t at[1 + ENDS] = {UINT32_MAX}; /* p - 1 is the end before p */
    int n = r->t->n;
    while (r->p < end) {
        const char *p = r->p;
        cells x = {.r = r, .base = p, .n = n};
        x.rows = find_ends(p, end, r->o->sep, at + 1) / n;
        if (!x.rows || !is_even(p, at + 1, x.rows, n, r->o->sep))
            return false;
        for (int i = 0; i < n; i++) {
            x.c = &r->t->col[i];
            x.at = at + 1 + i;
            if (!read_column(&x))
                return false;
        }
        r->row += x.rows;
        r->p = p + at[x.rows * n] + 1;
    }
    return true;
}
