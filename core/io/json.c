/* json.c: a cursor over JSON, and texts that grow. */
#include "json.h"

#include <stdio.h>

enum { MAX_DEPTH = 64 };

void mlrt__json_init(mlrt__json *j, const char *text, size_t n) {
    *j = (mlrt__json){.start = text, .p = text, .end = text + n};
}

static bool fail(mlrt__json *j, const char *wanted) {
    if (!j->error)
        j->error = wanted;
    return false;
}

/* The next character that is no space; 0 at the end or after a failure. */
static char look(mlrt__json *j) {
    while (j->p < j->end &&
           (*j->p == ' ' || *j->p == '\t' || *j->p == '\n' || *j->p == '\r'))
        j->p++;
    return j->p < j->end && !j->error ? *j->p : '\0';
}

bool mlrt__json_take(mlrt__json *j, char c) {
    if (look(j) != c)
        return fail(j, c == '{'   ? "'{'"
                       : c == '[' ? "'['"
                       : c == ':' ? "':'"
                                  : "',' or the end of the list");
    j->p++;
    return true;
}

bool mlrt__json_more(mlrt__json *j, char close, bool *first) {
    bool starts = *first;
    *first = false;
    if (look(j) == close) {
        j->p++;
        return false;
    }
    return starts ? !j->error : mlrt__json_take(j, ',');
}

bool mlrt__json_end(mlrt__json *j) {
    return look(j) == '\0' && !j->error && j->p == j->end ? true
                                                          : fail(j, "the end");
}

/* ---- Strings ---------------------------------------------------------- */

/* Bytes of the UTF-8 sequence at p, 0 if it is none (RFC 3629). */
static size_t sequence(const unsigned char *p, size_t left) {
    static const struct {
        unsigned char first, last, low, high; /* of the second byte */
        unsigned char n;
    } forms[] = {{0x00, 0x7F, 0, 0, 1},       {0xC2, 0xDF, 0x80, 0xBF, 2},
                 {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
                 {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
                 {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4},
                 {0xF4, 0xF4, 0x80, 0x8F, 4}};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (*p < forms[i].first || *p > forms[i].last)
            continue;
        size_t n = forms[i].n;
        if (n > left ||
            (n > 1 && (p[1] < forms[i].low || p[1] > forms[i].high)))
            return 0;
        for (size_t k = 2; k < n; k++)
            if (p[k] < 0x80 || p[k] > 0xBF)
                return 0;
        return n;
    }
    return 0;
}

bool mlrt__is_utf8(const char *text, size_t n) {
    const unsigned char *p = (const unsigned char *)text;
    for (size_t k; n > 0; p += k, n -= k)
        if ((k = sequence(p, n)) == 0)
            return false;
    return true;
}

static int digit(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Four hexadecimal digits, or -1. */
static int32_t hex4(const char *p, const char *end) {
    int32_t v = 0;
    for (int i = 0; i < 4; i++) {
        int d = p + i < end ? digit(p[i]) : -1;
        if (d < 0)
            return -1;
        v = v << 4 | d;
    }
    return v;
}

/* The code point of the escape \uXXXX at p, or of the two that are a
 * surrogate pair; -1 if it is neither.  *n: its length. */
static int32_t code_point(const char *p, const char *end, size_t *n) {
    int32_t high = hex4(p + 2, end), low;
    *n = 6;
    if (high < 0xD800 || high > 0xDFFF)
        return high;
    if (high > 0xDBFF || end - p < 12 || p[6] != '\\' || p[7] != 'u')
        return -1;
    low = hex4(p + 8, end);
    *n = 12;
    return low < 0xDC00 || low > 0xDFFF
               ? -1
               : 0x10000 + (high - 0xD800) * 0x400 + (low - 0xDC00);
}

static const char escapes[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";

/* Passes the escape at p. */
static bool pass_escape(mlrt__json *j) {
    size_t n = 2;
    if (j->end - j->p < 2)
        return fail(j, "the rest of an escape");
    if (j->p[1] == 'u') {
        if (code_point(j->p, j->end, &n) < 0)
            return fail(j, "a code point of four hexadecimal digits, or a "
                           "surrogate pair of two such,");
    } else if (!j->p[1] || !strchr(escapes, j->p[1])) {
        return fail(j, "an escape that JSON has");
    }
    j->p += n;
    return true;
}

bool mlrt__json_string(mlrt__json *j, mlrt__json_text *s) {
    if (look(j) != '"')
        return fail(j, "a string");
    s->p = ++j->p;
    while (j->p < j->end && *j->p != '"') {
        if (*j->p == '\\') {
            if (!pass_escape(j))
                return false;
            continue;
        }
        size_t n = sequence((const unsigned char *)j->p,
                            (size_t)(j->end - j->p));
        if (n == 0 || (unsigned char)*j->p < ' ')
            return fail(j, "UTF-8 without control characters");
        j->p += n;
    }
    s->n = (size_t)(j->p - s->p);
    if (j->p == j->end)
        return fail(j, "the end of a string");
    j->p++;
    return true;
}

bool mlrt__json_key(mlrt__json *j, mlrt__json_text *s) {
    return mlrt__json_string(j, s) && mlrt__json_take(j, ':');
}

/* UTF-8 of a code point, at most as long as its escape. */
static size_t encode(int32_t c, char *to) {
    int n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (int i = n - 1; i > 0; i--, c >>= 6)
        to[i] = (char)(0x80 | (c & 0x3F));
    to[0] = (char)(lead[n] | c);
    return (size_t)n;
}

size_t mlrt__json_decode(const mlrt__json_text *s, char *to) {
    const char *p = s->p, *end = p + s->n;
    char *start = to;
    while (p < end) {
        size_t n = 2;
        if (*p != '\\') {
            *to++ = *p++;
            continue;
        }
        if (p[1] == 'u')
            to += encode(code_point(p, end, &n), to);
        else
            *to++ = meant[strchr(escapes, p[1]) - escapes];
        p += n;
    }
    return (size_t)(to - start);
}

/* A longer text than six bytes for each of the word's cannot be it. */
bool mlrt__json_is(const mlrt__json_text *s, const char *word) {
    char text[128];
    size_t n = strlen(word);
    if (s->n > sizeof text || s->n > 6 * n)
        return false;
    return mlrt__json_decode(s, text) == n && memcmp(text, word, n) == 0;
}

/* ---- Numbers and everything else -------------------------------------- */

static bool is_digit(const mlrt__json *j) {
    return j->p < j->end && *j->p >= '0' && *j->p <= '9';
}

static bool pass_digits(mlrt__json *j) {
    if (!is_digit(j))
        return fail(j, "a digit");
    while (is_digit(j))
        j->p++;
    return true;
}

bool mlrt__json_size(mlrt__json *j, int64_t *v) {
    const char *start;
    *v = 0;
    look(j);
    start = j->p;
    if (j->error || !is_digit(j))
        return fail(j, "an integer that is not negative");
    for (; is_digit(j); j->p++)
        if (__builtin_mul_overflow(*v, 10, v) ||
            __builtin_add_overflow(*v, *j->p - '0', v))
            return fail(j, "a smaller integer");
    if (*start == '0' && j->p - start > 1)
        return fail(j, "an integer without leading zeros");
    if (j->p < j->end && strchr(".eE", *j->p) && *j->p)
        return fail(j, "an integer");
    return true;
}

static bool pass_number(mlrt__json *j) {
    j->p += *j->p == '-';
    const char *start = j->p;
    if (!pass_digits(j))
        return false;
    if (*start == '0' && j->p - start > 1)
        return fail(j, "a number without leading zeros");
    if (j->p < j->end && *j->p == '.') {
        j->p++;
        if (!pass_digits(j))
            return false;
    }
    if (j->p < j->end && (*j->p == 'e' || *j->p == 'E')) {
        j->p++;
        j->p += j->p < j->end && (*j->p == '+' || *j->p == '-');
        return pass_digits(j);
    }
    return true;
}

static bool pass_word(mlrt__json *j, const char *word) {
    size_t n = strlen(word);
    if ((size_t)(j->end - j->p) < n || memcmp(j->p, word, n) != 0)
        return fail(j, "a value");
    j->p += n;
    return true;
}

static bool skip(mlrt__json *j, int depth);

static bool skip_list(mlrt__json *j, char close, int depth) {
    bool first = true;
    mlrt__json_text key;
    if (depth == MAX_DEPTH)
        return fail(j, "nesting of at most 64");
    j->p++;
    while (mlrt__json_more(j, close, &first))
        if ((close == '}' && !mlrt__json_key(j, &key)) || !skip(j, depth + 1))
            return false;
    return !j->error;
}

static bool skip(mlrt__json *j, int depth) {
    mlrt__json_text s;
    switch (look(j)) {
    case '{': return skip_list(j, '}', depth);
    case '[': return skip_list(j, ']', depth);
    case '"': return mlrt__json_string(j, &s);
    case 't': return pass_word(j, "true");
    case 'f': return pass_word(j, "false");
    case 'n': return pass_word(j, "null");
    case '-': return pass_number(j);
    default: return is_digit(j) ? pass_number(j) : fail(j, "a value");
    }
}

bool mlrt__json_skip(mlrt__json *j) {
    return skip(j, 0);
}

/* ---- Growing texts ---------------------------------------------------- */

void mlrt__text_free(mlrt__text *t) {
    mlrt__free(t->m, t->p, t->room);
    t->p = NULL;
    t->n = t->room = 0;
}

static bool make_room(mlrt__text *t, size_t n) {
    if (n <= t->room - t->n)
        return true;
    size_t room = (t->n + n) * 2;
    char *p = mlrt__alloc(t->m, room);
    if (!p)
        return false;
    if (t->p)
        memcpy(p, t->p, t->n);
    mlrt__free(t->m, t->p, t->room);
    t->p = p;
    t->room = room;
    return true;
}

void mlrt__text_add(mlrt__text *t, const char *bytes, size_t n) {
    if (t->err)
        return;
    if (!make_room(t, n)) {
        t->err = MLRT_ENOMEM;
        return;
    }
    memcpy(t->p + t->n, bytes, n);
    t->n += n;
}

void mlrt__text_puts(mlrt__text *t, const char *text) {
    mlrt__text_add(t, text, strlen(text));
}

static bool is_plain(char c) {
    return (unsigned char)c >= ' ' && c != '"' && c != '\\';
}

void mlrt__text_escaped(mlrt__text *t, const char *text) {
    char escape[16];
    for (const char *p = text, *run = p; *p; run = p) {
        while (*p && is_plain(*p))
            p++;
        mlrt__text_add(t, run, (size_t)(p - run));
        if (!*p)
            break;
        bool control = (unsigned char)*p < ' ';
        snprintf(escape, sizeof escape, control ? "\\u%04x" : "\\%c",
                 (unsigned char)*p);
        mlrt__text_puts(t, escape);
        p++;
    }
}

void mlrt__text_int(mlrt__text *t, uint64_t v) {
    char digits[24];
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)v);
    mlrt__text_puts(t, digits);
}
