/* csv_text.c: the text of a CSV file as cells.
 *
 * The text passes through a window, so a file of any size, compressed or not,
 * is never in memory as a whole.  A row has to lie in the window completely:
 * where it does not, it is begun again when more has been read.  The last row
 * gets a line end if it has none, and behind the text lie zeros, so loops over
 * digits need no bounds.
 */
#include <stdarg.h>
#include <stdio.h>

#include "csv.h"

enum { FIRST = 1 << 12 /* bytes of a block */ };

/* ---- Messages --------------------------------------------------------- */

int mlrt__csv_fail(mlrt__csv *r, int column, const char *format, ...) {
    char text[320], where[160] = "";
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    if (column >= 0 && column < r->t->n)
        snprintf(where, sizeof where, ", column '%.80s'",
                 r->t->col[column].name);
    else if (column >= 0)
        snprintf(where, sizeof where, ", column %d", column + 1);
    return mlrt__file_fail(r->f, MLRT_EFORMAT, "row %lld (line %lld)%s: %s",
                           (long long)r->row + 1, (long long)r->line + 1, where,
                           text);
}

/* ---- The window ------------------------------------------------------- */

static int grow(mlrt *m, char **block, size_t *cap, size_t n, size_t used) {
    size_t bigger = *cap ? *cap : FIRST;
    while (bigger < n)
        if (!mlrt__mul(bigger, 2, &bigger))
            return mlrt_fail(m, MLRT_ENOMEM, "read_csv: a cell is too long");
    if (bigger == *cap)
        return 0;
    char *p = mlrt__alloc(m, bigger);
    if (!p)
        return MLRT_ENOMEM;
    if (*block) {
        memcpy(p, *block, used);
        mlrt__free(m, *block, *cap);
    }
    *block = p;
    *cap = bigger;
    return 0;
}

/* The last line gets its end. */
static void end_text(mlrt__csv *r) {
    r->ended = true;
    if (r->n && r->window[r->n - 1] != '\n' && r->window[r->n - 1] != '\r')
        r->window[r->n++] = '\n';
}

int mlrt__csv_refill(mlrt__csv *r) {
    size_t at = (size_t)(r->p - r->window), got = 0;
    r->n -= at;
    memmove(r->window, r->p, r->n);
    r->p = r->window;
    uint64_t left = mlrt__stream_left(&r->s), more = CSV_WINDOW / 2;
    more = left < more ? left : more;
    int err = grow(r->m, &r->window, &r->cap,
                   r->n + r->n / 2 + (size_t)more + CSV_SPARE + 1, r->n);
    r->p = r->window;
    if (err)
        return err;
    size_t room = r->cap - r->n - CSV_SPARE;
    err = mlrt__stream_some(&r->s, r->window + r->n, room, &got);
    r->n += got;
    r->fresh = true;
    if (!err && got < room)
        end_text(r);
    memset(r->window + r->n, 0,
           r->cap - r->n < CSV_SPARE ? r->cap - r->n : CSV_SPARE - 1);
    return err;
}

/* A mark of the byte order at the start does not belong to the text. */
static int pass_mark(mlrt__csv *r) {
    const char *p = r->window;
    if (r->n >= 2 &&
        (memcmp(p, "\xFF\xFE", 2) == 0 || memcmp(p, "\xFE\xFF", 2) == 0))
        return mlrt__file_fail(r->f, MLRT_EFORMAT,
                               "is UTF-16; convert it to UTF-8 (iconv -f "
                               "utf-16 -t utf-8)");
    if (r->n >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
        r->p += 3;
    return 0;
}

int mlrt__csv_rewind(mlrt__csv *r) {
    mlrt__stream_close(&r->s);
    r->n = 0;
    r->row = r->line = 0;
    r->ended = false;
    r->p = r->window;
    int err = mlrt__stream_open(r->f, &r->s);
    if (!err)
        err = mlrt__csv_refill(r);
    return err ? err : pass_mark(r);
}

int mlrt__csv_open(mlrt__csv *r) {
    r->blanks = r->o->trim && r->o->sep == ' ';
    r->stop[0] = CSV_ZERO;
    r->stop['\n'] = r->stop['\r'] = r->stop[(uint8_t)r->o->sep] = CSV_STOP;
    uint64_t size = r->f->size;
    int err = grow(r->m, &r->window, &r->cap,
                   size < CSV_WINDOW / 2 ? 1 : CSV_WINDOW, 0);
    return err ? err : mlrt__csv_rewind(r);
}

void mlrt__csv_close(mlrt__csv *r) {
    mlrt__stream_close(&r->s);
    if (r->window)
        mlrt__free(r->m, r->window, r->cap);
    if (r->scratch)
        mlrt__free(r->m, r->scratch, r->scratch_cap);
    mlrt__words_free(&r->na);
    mlrt__words_free(&r->names);
}

const char *mlrt__csv_newline(const mlrt__csv *r, const char *p) {
    if (*p == '\n')
        return p + 1;
    if (p + 1 == r->window + r->n && !r->ended)
        return NULL;
    return p + (p[1] == '\n' ? 2 : 1);
}

/* ---- Cells ------------------------------------------------------------ */

static bool is_space(const mlrt__csv *r, char c) {
    return (c == ' ' || c == '\t') && (c != r->o->sep || r->blanks);
}

const char *mlrt__csv_last_blank(const mlrt__csv *r, const char *p) {
    while (*p == ' ' && (p[1] == ' ' || p[1] == '\n' || p[1] == '\r'))
        p++;
    return r->window + r->n == p ? p - 1 : p;
}

static void trim(const mlrt__csv *r, mlrt__cell *s) {
    while (s->n && is_space(r, s->p[s->n - 1]))
        s->n--;
}

static int add(mlrt__csv *r, size_t *used, const char *p, size_t n) {
    int err = grow(r->m, &r->scratch, &r->scratch_cap, *used + n, *used);
    if (err)
        return err;
    memcpy(r->scratch + *used, p, n);
    *used += n;
    return 0;
}

int mlrt__csv_scratch(mlrt__csv *r, size_t n, char **room) {
    int err = grow(r->m, &r->scratch, &r->scratch_cap, n, 0);
    *room = r->scratch;
    return err;
}

/* Behind the closing quote only the cell's end may follow. */
static int closed(mlrt__csv *r, const char *p, int column, mlrt__cell *s) {
    const char *end = r->window + r->n, *from = p;
    while (r->o->trim && p < end && is_space(r, *p))
        p++;
    if (p == end && !r->ended)
        return CSV_MORE;
    if (p < end && r->blanks && p > from && p[-1] == ' ')
        p--; /* the blanks are the separator */
    if (p < end && r->stop[(uint8_t)*p] == CSV_STOP) {
        s->end = r->blanks ? mlrt__csv_last_blank(r, p) : p;
        return 0;
    }
    return mlrt__csv_fail(r, column,
                          "text follows a closing quote; a quote within a "
                          "quoted cell is written twice");
}

/* p lies behind the opening quote.  Doubled quotes become one, in scratch. */
static int quoted(mlrt__csv *r, const char *p, int column, mlrt__cell *s) {
    const char *end = r->window + r->n, *q;
    size_t used = 0;
    *s = (mlrt__cell){.p = p, .quoted = true};
    while ((q = memchr(p, r->o->quote, (size_t)(end - p))) && q + 1 < end &&
           q[1] == r->o->quote) {
        int err = add(r, &used, p, (size_t)(q + 1 - p));
        if (err)
            return err;
        p = q + 2;
    }
    if (!q || (q + 1 == end && !r->ended))
        return !r->ended ? CSV_MORE
                         : mlrt__csv_fail(r, column,
                                          "a quoted cell begins here and has "
                                          "no end");
    s->n = (size_t)(q - s->p);
    if (used) {
        int err = add(r, &used, p, (size_t)(q - p));
        if (err)
            return err;
        s->p = r->scratch;
        s->n = used;
    }
    return closed(r, q + 1, column, s);
}

int mlrt__csv_cell(mlrt__csv *r, const char *p, int column, mlrt__cell *s) {
    const char *end = r->window + r->n, *q;
    while (r->o->trim && is_space(r, *p))
        p++;
    if (r->o->quote && *p == r->o->quote && p < end)
        return quoted(r, p + 1, column, s);
    for (q = p; r->stop[(uint8_t)*q] != CSV_STOP; q++)
        if (q >= end)
            return CSV_MORE;
    if (q >= end)
        return CSV_MORE;
    *s = (mlrt__cell){.p = p, .n = (size_t)(q - p), .end = q};
    if (r->blanks)
        s->end = mlrt__csv_last_blank(r, q);
    if (r->o->trim)
        trim(r, s);
    return 0;
}

/* ---- Encodings -------------------------------------------------------- */

/* The characters 0x80 to 0x9F of Windows-1252. */
static const uint16_t cp1252[32] = {
    0x20AC, 0x81,   0x201A, 0x192,  0x201E, 0x2026, 0x2020, 0x2021,
    0x2C6,  0x2030, 0x160,  0x2039, 0x152,  0x8D,   0x17D,  0x8F,
    0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
    0x2DC,  0x2122, 0x161,  0x203A, 0x153,  0x9D,   0x17E,  0x178};

static size_t put_character(uint32_t c, char *to) {
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xC0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    to[0] = (char)(0xE0 | c >> 12);
    to[1] = (char)(0x80 | (c >> 6 & 0x3F));
    to[2] = (char)(0x80 | (c & 0x3F));
    return 3;
}

static bool is_ascii(const char *p, size_t n) {
    uint8_t high = 0;
    for (size_t i = 0; i < n; i++)
        high |= (uint8_t)p[i];
    return high < 0x80;
}

/* The converted text lies in scratch behind the cell, if that is there. */
int mlrt__csv_utf8(mlrt__csv *r, mlrt__cell *s) {
    if (r->o->encoding == MLRT_UTF8 || is_ascii(s->p, s->n))
        return 0;
    bool inside = s->p == r->scratch;
    size_t from = inside ? s->n : 0, k = from;
    int err = grow(r->m, &r->scratch, &r->scratch_cap, from + 3 * s->n, from);
    if (err)
        return err;
    const uint8_t *p = (const uint8_t *)(inside ? r->scratch : s->p);
    for (size_t i = 0; i < s->n; i++) {
        bool odd = r->o->encoding == MLRT_CP1252 && p[i] >= 0x80 && p[i] < 0xA0;
        k += put_character(odd ? cp1252[p[i] - 0x80] : p[i], r->scratch + k);
    }
    s->p = r->scratch + from;
    s->n = k - from;
    return 0;
}
