/* npy.c: NumPy's npy (format versions 1, 2 and 3).
 *
 *   \x93NUMPY  MAJOR MINOR  length of the header (2 bytes, from 2 on 4)
 *   {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }   elements
 *
 * The header is a Python literal.  We read what such a header can be, a dict
 * of a string, a truth value and a tuple of integers, and evaluate nothing;
 * arrays of Python objects, which are pickles, are refused.
 */
#include <stdio.h>

#include "io.h"

enum { MAX_HEADER = 1 << 16 };

/* A header being read, and what it said so far. */
typedef struct header {
    const mlrt__file *f;
    const char *start, *p, *end;
    mlrt__array a;
    bool fortran;
    bool has_descr, has_order, has_shape;
} header;

/* ---- The literal ------------------------------------------------------ */

static int bad(header *h, const char *wanted) {
    return mlrt__file_fail(h->f, MLRT_EFORMAT, "header, byte %d: %s expected",
                           (int)(h->p - h->start), wanted);
}

/* The next character that is no space, 0 at the end. */
static char look(header *h) {
    while (h->p < h->end && strchr(" \t\r\n\f", *h->p) && *h->p)
        h->p++;
    return h->p < h->end ? *h->p : '\0';
}

static bool take(header *h, char c) {
    if (look(h) != c)
        return false;
    h->p++;
    return true;
}

static bool take_word(header *h, const char *word) {
    size_t n = strlen(word);
    look(h);
    if ((size_t)(h->end - h->p) < n || memcmp(h->p, word, n) != 0)
        return false;
    h->p += n;
    return true;
}

/* 'text' or "text" without escapes, into room for `size` bytes. */
static int read_string(header *h, char *text, size_t size) {
    char quote = look(h);
    size_t n = 0;
    if (quote != '\'' && quote != '"')
        return bad(h, "a string");
    for (h->p++; h->p < h->end && *h->p != quote; h->p++) {
        if (*h->p < ' ' || *h->p == '\\' || n + 1 >= size)
            return bad(h, "a short plain string");
        text[n++] = *h->p;
    }
    text[n] = '\0';
    return take(h, quote) ? 0 : bad(h, "the end of a string");
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Python 2 wrote 3L. */
static int read_size(header *h, int64_t *size) {
    *size = 0;
    if (!is_digit(look(h)))
        return bad(h, "a size");
    for (; h->p < h->end && is_digit(*h->p); h->p++)
        if (__builtin_mul_overflow(*size, 10, size) ||
            __builtin_add_overflow(*size, *h->p - '0', size))
            return bad(h, "a smaller size");
    if (h->p < h->end && *h->p == 'L')
        h->p++;
    return 0;
}

/* (), (3,), (3, 4); (3) is no tuple in Python. */
static int read_shape(header *h) {
    mlrt__array *a = &h->a;
    if (!take(h, '('))
        return bad(h, "a tuple of sizes");
    while (!take(h, ')')) {
        int64_t size;
        int err = read_size(h, &size);
        if (err)
            return err;
        if (a->ndim == MLRT_MAX_DIMS)
            return mlrt__file_fail(h->f, MLRT_EFORMAT,
                                   "more than %d dimensions", MLRT_MAX_DIMS);
        a->shape[a->ndim++] = size;
        if (!take(h, ',') && (look(h) != ')' || a->ndim == 1))
            return bad(h, "a comma");
    }
    return 0;
}

/* ---- Element types ---------------------------------------------------- */

static const struct {
    char name[4];
    mlrt__raw raw;
} types[] = {
    {"f2", MLRT__RAW_F16}, {"f4", MLRT__RAW_F32}, {"f8", MLRT__RAW_F64},
    {"i1", MLRT__RAW_I8},  {"i2", MLRT__RAW_I16}, {"i4", MLRT__RAW_I32},
    {"i8", MLRT__RAW_I64}, {"u1", MLRT__RAW_U8},  {"u2", MLRT__RAW_U16},
    {"u4", MLRT__RAW_U32}, {"u8", MLRT__RAW_U64}, {"b1", MLRT__RAW_BOOL},
    {"?", MLRT__RAW_BOOL}};

static int unknown_type(header *h, const char *descr) {
    if (strchr(descr, 'O'))
        return mlrt__file_fail(h->f, MLRT_EFORMAT,
                               "holds Python objects (dtype '%s'), which are "
                               "pickles and never read",
                               descr);
    return mlrt__file_fail(h->f, MLRT_EFORMAT,
                           "no tensor can hold the dtype '%s'", descr);
}

/* An order (<, >, = or |) and a type. */
static int read_descr(header *h) {
    char text[32];
    if (look(h) == '[')
        return mlrt__file_fail(h->f, MLRT_EFORMAT,
                               "a structured dtype; save its fields one by "
                               "one");
    int err = read_string(h, text, sizeof text);
    if (err)
        return err;
    const char *name = text + (*text && strchr("<>=|", *text) ? 1 : 0);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(name, types[i].name) == 0) {
            h->a.raw = types[i].raw;
            h->a.swap = *text == '>';
            return 0;
        }
    return unknown_type(h, text);
}

/* ---- The header ------------------------------------------------------- */

static int read_order(header *h) {
    h->fortran = take_word(h, "True");
    return h->fortran || take_word(h, "False") ? 0 : bad(h, "True or False");
}

static int read_value(header *h, const char *key) {
    static const char *const keys[] = {"descr", "fortran_order", "shape"};
    int (*const read[])(header *) = {read_descr, read_order, read_shape};
    bool *const seen[] = {&h->has_descr, &h->has_order, &h->has_shape};
    for (int i = 0; i < 3; i++)
        if (strcmp(key, keys[i]) == 0) {
            if (*seen[i])
                return bad(h, "each key once");
            *seen[i] = true;
            return read[i](h);
        }
    return bad(h, "a key descr, fortran_order or shape");
}

static int read_dict(header *h) {
    char key[32];
    if (!take(h, '{'))
        return bad(h, "'{'");
    while (!take(h, '}')) {
        int err = read_string(h, key, sizeof key);
        if (!err && !take(h, ':'))
            err = bad(h, "':'");
        if (!err)
            err = read_value(h, key);
        if (!err && !take(h, ',') && look(h) != '}')
            err = bad(h, "',' or '}'");
        if (err)
            return err;
    }
    if (look(h) || h->p < h->end)
        return bad(h, "the end");
    return h->has_descr && h->has_order && h->has_shape
               ? 0
               : bad(h, "descr, fortran_order and shape");
}

/* Length of the header, behind the magic and version. */
static int read_length(mlrt__stream *s, size_t *length) {
    uint8_t b[8], n[4] = {0};
    int err = mlrt__stream_read(s, b, sizeof b);
    if (err)
        return err;
    if (memcmp(b, "\x93NUMPY", 6) != 0)
        return mlrt__file_fail(s->f, MLRT_EFORMAT, "not an npy file%s",
                               mlrt__file_kind(s->f));
    if (b[6] < 1 || b[6] > 3 || b[7] != 0)
        return mlrt__file_fail(s->f, MLRT_EFORMAT,
                               "npy version %d.%d, known are 1.0 to 3.0", b[6],
                               b[7]);
    err = mlrt__stream_read(s, n, b[6] == 1 ? 2 : 4);
    *length = (size_t)n[0] | (size_t)n[1] << 8 | (size_t)n[2] << 16 |
              (size_t)n[3] << 24;
    if (!err && (*length > MAX_HEADER || *length > mlrt__stream_left(s)))
        err = mlrt__file_fail(
            s->f, MLRT_EFORMAT,
            "a header of %zu bytes, at most %llu are "
            "possible",
            *length,
            (unsigned long long)(mlrt__stream_left(s) < MAX_HEADER
                                     ? mlrt__stream_left(s)
                                     : MAX_HEADER));
    return err;
}

static int read_header(mlrt__stream *s, header *h) {
    size_t n = 0;
    int err = read_length(s, &n);
    if (err)
        return err;
    char *text = mlrt__alloc(s->f->m, n + 1);
    if (!text)
        return MLRT_ENOMEM;
    *h = (header){.f = s->f, .start = text, .p = text, .end = text + n};
    err = mlrt__stream_read(s, text, n);
    if (!err)
        err = read_dict(h);
    mlrt__free(s->f->m, text, n + 1);
    return err;
}

/* ---- Reading ---------------------------------------------------------- */

static void reverse(int n, int64_t *v) {
    for (int i = 0; i < n / 2; i++) {
        int64_t t = v[i];
        v[i] = v[n - 1 - i];
        v[n - 1 - i] = t;
    }
}

/* t was read with its sizes reversed: turned round, and copied into C
 * order. */
static mlrt_tensor *turned(mlrt *m, mlrt_tensor *t) {
    int64_t shape[MLRT_MAX_DIMS], stride[MLRT_MAX_DIMS];
    memcpy(shape, t->shape, sizeof shape);
    memcpy(stride, t->stride, sizeof stride);
    reverse(t->ndim, shape);
    reverse(t->ndim, stride);
    mlrt_tensor *view = mlrt__handle(m, t->storage, t->dtype, t->ndim, shape,
                                     stride, 0);
    mlrt_tensor *y = view ? mlrt__contig(m, view) : NULL;
    mlrt__drop(m, t);
    if (view == y)
        mlrt_release(view); /* the second reference */
    else
        mlrt__drop(m, view);
    return y;
}

mlrt_tensor *mlrt__npy_read(mlrt__stream *s) {
    header h;
    if (read_header(s, &h) != 0)
        return NULL;
    bool turn = h.fortran && h.a.ndim > 1;
    if (turn)
        reverse(h.a.ndim, h.a.shape);
    mlrt_tensor *t = mlrt__stream_tensor(s, &h.a);
    if (!t)
        return NULL;
    if (mlrt__stream_end(s) == 0)
        return turn ? turned(s->f->m, t) : t;
    mlrt__drop(s->f->m, t);
    return NULL;
}

mlrt_tensor *mlrt_read_npy(mlrt *m, const char *path) {
    return mlrt__read_with(m, "read_npy", path, mlrt__npy_read);
}

/* ---- Writing ---------------------------------------------------------- */

/* Version 1.0, padded with spaces so that the elements are aligned to 64. */
size_t mlrt__npy_header(const mlrt_tensor *t, char *to) {
    static const char *const descr[] = {"<f4", "<f8", "<i8", "<i4",
                                        "|u1", "|b1", "<i8"};
    char *text = to + 10;
    size_t room = MLRT__NPY_HEADER - 10;
    int n = snprintf(text, room,
                     "{'descr': '%s', 'fortran_order': False, 'shape': (",
                     descr[t->dtype]);
    for (int i = 0; i < t->ndim; i++)
        n += snprintf(text + n, room - (size_t)n, "%s%lld%s", i ? " " : "",
                      (long long)t->shape[i],
                      i + 1 < t->ndim || t->ndim == 1 ? "," : "");
    n += snprintf(text + n, room - (size_t)n, "), }");
    size_t total = ((size_t)n + 10 + 1 + 63) / 64 * 64;
    memset(text + n, ' ', total - 10 - (size_t)n);
    to[total - 1] = '\n';
    memcpy(to, "\x93NUMPY\x01\x00", 8);
    to[8] = (char)((total - 10) & 255);
    to[9] = (char)((total - 10) >> 8);
    return total;
}

static int put_array(mlrt__sink *s, mlrt_tensor *t) {
    char text[MLRT__NPY_HEADER];
    int err = mlrt__sink_put(s, text, mlrt__npy_header(t, text));
    return err ? err : mlrt__sink_put(s, mlrt__ptr(t), mlrt_nbytes(t));
}

int mlrt_write_npy(mlrt *m, const char *path, mlrt_tensor *t) {
    mlrt__sink *s;
    int err = mlrt__io_operand(m, "write_npy", t);
    if (err)
        return err;
    err = mlrt__sink_open(m, "write_npy", path, &s);
    if (err)
        return err;
    mlrt_tensor *c = mlrt__contig(m, t);
    err = mlrt__sink_close(s, c ? put_array(s, c) : m->errcode);
    if (c == t)
        mlrt_release(c);
    else
        mlrt__drop(m, c);
    return err;
}
