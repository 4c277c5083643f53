/* write.c: tables as separated values and as lines of JSON.
 *
 * A number is written in as few digits as read back as itself.  Most have few
 * decimals: they are a whole number divided by a power of ten, which reading
 * computes exactly the same way; the others are tried with 15 to 17 digits.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "../io/io.h"
#include "../io/json.h"
#include "frame.h"

enum { BUFFER = 1 << 16, CELL = 64 };

typedef struct out {
    mlrt__sink *sink;
    char *buffer;
    size_t n;
    int err;
    const mlrt_write_options *o;
    const mlrt_column *col;
    int ncol;
} out;

static void flush(out *w) {
    if (!w->err)
        w->err = mlrt__sink_put(w->sink, w->buffer, w->n);
    w->n = 0;
}

static void put(out *w, const char *p, size_t n) {
    if (w->n + n > BUFFER)
        flush(w);
    if (n > BUFFER) {
        if (!w->err)
            w->err = mlrt__sink_put(w->sink, p, n);
        return;
    }
    memcpy(w->buffer + w->n, p, n);
    w->n += n;
}

static void put_char(out *w, char c) {
    put(w, &c, 1);
}

static void put_word(out *w, const char *p) {
    put(w, p, strlen(p));
}

/* ---- Numbers ---------------------------------------------------------- */

static size_t whole_text(int64_t v, char *to) {
    char digits[24];
    size_t n = 0, k = 0;
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    do
        digits[k++] = (char)('0' + u % 10);
    while (u /= 10);
    if (v < 0)
        to[n++] = '-';
    while (k)
        to[n++] = digits[--k];
    return n;
}

/* w * 10^q as text: as 12.5, 0.00125 or, far from one, 1.25e-09. */
static size_t decimal_text(uint64_t w, int q, bool negative, char *to) {
    char digits[24];
    for (; w && w % 10 == 0; w /= 10)
        q++;
    int k = (int)whole_text((int64_t)w, digits), point = w ? k + q : 1;
    if (negative)
        *to++ = '-';
    if (point > 16 || point < -4) {
        int n = snprintf(to, CELL / 2, "%c%s%.*se%+03d", *digits,
                         k > 1 ? "." : "", k - 1, digits + 1, point - 1);
        return (size_t)(n + negative);
    }
    char *p = to;
    for (int i = point < 1 ? point - 1 : 0; i < k || i <= point; i++) {
        if (i == point)
            *p++ = '.';
        *p++ = i < 0 || i >= k ? '0' : digits[i];
    }
    return (size_t)(p - to + negative);
}

static bool is_same(uint64_t w, int q, double v) {
    char text[CELL];
    double back;
    if (mlrt__decimal(w, q, &back))
        return back == v;
    int n = snprintf(text, sizeof text, "%llue%d", (unsigned long long)w, q);
    return mlrt__parse_f64(text, (size_t)n, '.', &back) == MLRT__YES &&
           back == v;
}

/* The first 17 digits are enough for every number (Steele and White 1990);
 * 15 or 16 if they read back as the same. */
static size_t printed(double v, bool negative, char *to) {
    uint64_t w = 0;
    snprintf(to, CELL, "%.16e", v);
    char *p = to;
    for (; *p && *p != 'e'; p++)
        if (*p >= '0' && *p <= '9')
            w = w * 10 + (uint64_t)(*p - '0');
    int q = (int)strtol(p + 1, NULL, 10) - 16;
    for (int drop = 2; drop > 0; drop--) {
        uint64_t unit = drop == 2 ? 100 : 10, less = (w + unit / 2) / unit;
        if (is_same(less, q + drop, v))
            return decimal_text(less, q + drop, negative, to);
    }
    return decimal_text(w, q, negative, to);
}

static size_t float_text(double v, char *to) {
    bool negative = signbit(v) != 0;
    double scale = 1, x = fabs(v);
    if (isinf(v)) {
        memcpy(to, negative ? "-inf" : "inf", 4);
        return negative ? 4 : 3;
    }
    for (int places = 0; places <= 6 && x * scale < 9e15; places++) {
        double w = nearbyint(x * scale);
        if (w / scale == x)
            return decimal_text((uint64_t)w, -places, negative, to);
        scale *= 10;
    }
    return printed(x, negative, to);
}

/* ---- Cells ------------------------------------------------------------ */

static bool is_hole(const mlrt_column *c, int64_t i) {
    return c->holes != MLRT_NONE && ((const uint8_t *)mlrt__ptr(c->holes))[i];
}

static const char *word_of(out *w, const mlrt_column *c, int64_t i, size_t *n) {
    int64_t code = ((const int64_t *)mlrt__ptr(c->values))[i];
    const char *p = mlrt_dict_word(c->bytes, c->offsets, code, n);
    if (!p && !w->err)
        w->err = mlrt__file_fail(mlrt__sink_file(w->sink), MLRT_EARG,
                                 "column '%.80s' has no word %lld", c->name,
                                 (long long)code);
    return p;
}

/* A value that is no text and no date. */
static size_t value_text(const mlrt_column *c, int64_t i, char *to) {
    const void *p = mlrt__ptr(c->values);
    bool truth;
    switch (c->kind) {
    case MLRT_COL_F64: return float_text(((const double *)p)[i], to);
    case MLRT_COL_I64: return whole_text(((const int64_t *)p)[i], to);
    case MLRT_COL_BOOL:
        truth = ((const uint8_t *)p)[i] != 0;
        memcpy(to, truth ? "true" : "false", 5);
        return truth ? 4 : 5;
    default: return mlrt_date_text(((const int64_t *)p)[i], to);
    }
}

/* ---- Separated values ------------------------------------------------- */

/* Has the text what would be read as something else? */
static bool wants_quotes(const out *w, const char *p, size_t n) {
    if (n == 0 || *p == ' ' || p[n - 1] == ' ' || *p == '\t')
        return true;
    for (size_t i = 0; i < n; i++)
        if (p[i] == w->o->sep || p[i] == '"' || p[i] == '\n' || p[i] == '\r')
            return true;
    return false;
}

static void csv_text(out *w, const char *p, size_t n) {
    if (!wants_quotes(w, p, n)) {
        put(w, p, n);
        return;
    }
    put_char(w, '"');
    for (const char *q; n && (q = memchr(p, '"', n)); p = q + 1) {
        put(w, p, (size_t)(q + 1 - p));
        put_char(w, '"');
        n -= (size_t)(q + 1 - p);
    }
    put(w, p, n);
    put_char(w, '"');
}

static void csv_cell(out *w, const mlrt_column *c, int64_t i) {
    char text[CELL];
    size_t n;
    if (is_hole(c, i)) {
        put_word(w, *w->o->na || w->ncol > 1 ? w->o->na : "NA");
    } else if (c->kind >= MLRT_COL_STR) {
        const char *p = word_of(w, c, i, &n);
        if (p)
            csv_text(w, p, n);
    } else
        put(w, text, value_text(c, i, text));
}

static void csv_rows(out *w, int64_t rows) {
    for (int k = 0; w->o->header && k < w->ncol; k++) {
        if (k)
            put_char(w, w->o->sep);
        csv_text(w, w->col[k].name, strlen(w->col[k].name));
    }
    if (w->o->header && w->ncol)
        put_char(w, '\n');
    for (int64_t i = 0; i < rows && !w->err && w->ncol; i++) {
        for (int k = 0; k < w->ncol; k++) {
            if (k)
                put_char(w, w->o->sep);
            csv_cell(w, &w->col[k], i);
        }
        put_char(w, '\n');
    }
}

/* ---- Lines of JSON ---------------------------------------------------- */

static void json_text(out *w, const char *p, size_t n) {
    if (!mlrt__is_utf8(p, n) && !w->err)
        w->err = mlrt__file_fail(mlrt__sink_file(w->sink), MLRT_EARG,
                                 "JSON cannot hold text that is not UTF-8");
    put_char(w, '"');
    for (; n > 0; p++, n--) {
        char code[8];
        if (*p == '"' || *p == '\\')
            put_char(w, '\\');
        if ((unsigned char)*p >= ' ')
            put_char(w, *p);
        else
            put(w, code,
                (size_t)snprintf(code, sizeof code, "\\u%04x", (unsigned)*p));
    }
    put_char(w, '"');
}

static void json_cell(out *w, const mlrt_column *c, int64_t i) {
    char text[CELL];
    size_t n;
    const double *x = (const double *)mlrt__ptr(c->values);
    if (is_hole(c, i)) {
        put_word(w, "null");
    } else if (c->kind >= MLRT_COL_STR) {
        const char *p = word_of(w, c, i, &n);
        if (p)
            json_text(w, p, n);
    } else if (c->kind == MLRT_COL_F64 && !isfinite(x[i])) {
        w->err = mlrt__file_fail(mlrt__sink_file(w->sink), MLRT_EARG,
                                 "row %lld, column '%.80s': JSON has no "
                                 "infinity",
                                 (long long)i + 1, c->name);
    } else {
        if (c->kind == MLRT_COL_DATETIME)
            put_char(w, '"');
        put(w, text, value_text(c, i, text));
        if (c->kind == MLRT_COL_DATETIME)
            put_char(w, '"');
    }
}

static void json_rows(out *w, int64_t rows) {
    for (int64_t i = 0; i < rows && !w->err; i++) {
        for (int k = 0; k < w->ncol && !w->err; k++) {
            put_char(w, k ? ',' : '{');
            json_text(w, w->col[k].name, strlen(w->col[k].name));
            put_char(w, ':');
            json_cell(w, &w->col[k], i);
        }
        put_word(w, w->ncol ? "}\n" : "{}\n");
    }
}

/* ---- From outside ----------------------------------------------------- */

static int check(mlrt *m, const mlrt_column *c, int n, int64_t rows) {
    static const uint8_t dtype[] = {MLRT_F64, MLRT_I64,   MLRT_BOOL,
                                    MLRT_I64, MLRT_INDEX, MLRT_INDEX};
    int err = 0;
    for (int i = 0; i < n && !err; i++, c++) {
        if (c->kind < 0 || c->kind >= MLRT_NKINDS)
            return mlrt_fail(m, MLRT_EARG, "write: no such kind");
        err = mlrt__frame_check(m, "write", c->values, dtype[c->kind], rows);
        if (!err && c->holes != MLRT_NONE)
            err = mlrt__frame_check(m, "write", c->holes, MLRT_BOOL, rows);
    }
    return err;
}

static int write_table(mlrt *m, const char *what, const char *path,
                       const mlrt_column *columns, int n, int64_t rows,
                       const mlrt_write_options *o) {
    out w = {.o = o, .col = columns, .ncol = n};
    int err = check(m, columns, n, rows);
    if (err)
        return err;
    w.buffer = mlrt__alloc(m, BUFFER);
    if (!w.buffer)
        return MLRT_ENOMEM;
    err = mlrt__sink_open(m, what, path, &w.sink);
    if (!err) {
        if (o->json)
            json_rows(&w, rows);
        else
            csv_rows(&w, rows);
        flush(&w);
        err = mlrt__sink_close(w.sink, w.err);
    }
    mlrt__free(m, w.buffer, BUFFER);
    return err;
}

int mlrt_write_table(mlrt *m, const char *path, const mlrt_column *columns,
                     int n, int64_t rows, const mlrt_write_options *options) {
    mlrt_write_options o = {sizeof o, ',', true, false, ""};
    if (options)
        o = *options;
    return write_table(m, o.json ? "write_jsonl" : "write_csv", path, columns,
                       n, rows, &o);
}
