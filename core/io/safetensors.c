/* safetensors.c: bundles in the format of that name.
 *
 *   length of the header (8 bytes)   the header, JSON   elements
 *
 *   {"__metadata__": {"key": "text", ...},
 *    "name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...}
 *
 * Offsets count from the end of the header.  The tensors' bytes cover the rest
 * of the file exactly, so that nothing hides in it; no name occurs twice.  A
 * tensor of dtype index is an I64 with a metadata entry that says so.
 */
#include <stdlib.h>

#include "io.h"
#include "json.h"

enum { MAX_HEADER = 100000000, ALIGN = 64 };

static const struct {
    char name[5];
    int8_t raw; /* -1: known, but no tensor can hold it */
} types[] = {
    {"F32", MLRT__RAW_F32}, {"F64", MLRT__RAW_F64},   {"I64", MLRT__RAW_I64},
    {"I32", MLRT__RAW_I32}, {"U8", MLRT__RAW_U8},     {"BOOL", MLRT__RAW_BOOL},
    {"F16", MLRT__RAW_F16}, {"BF16", MLRT__RAW_BF16}, {"I8", MLRT__RAW_I8},
    {"I16", MLRT__RAW_I16}, {"U16", MLRT__RAW_U16},   {"U32", MLRT__RAW_U32},
    {"U64", MLRT__RAW_U64}};

/* A tensor of the header. */
typedef struct place {
    mlrt__item *item;
    mlrt__array a;
    int64_t begin, end;
} place;

/* A file being read. */
typedef struct reading {
    mlrt__file *f;
    mlrt_bundle *b;
    mlrt__json j;
    char *header;
    size_t header_size;
    place *v;
    int n, cap;
} reading;

/* ---- The header ------------------------------------------------------- */

static int malformed(reading *r) {
    return mlrt__file_fail(r->f, MLRT_EFORMAT, "header, byte %zu: %s expected",
                           (size_t)(r->j.p - r->j.start), r->j.error);
}

/* A C string cannot hold a zero byte. */
static int decode(reading *r, const mlrt__json_text *s, char *to) {
    size_t n = mlrt__json_decode(s, to);
    to[n] = '\0';
    return strlen(to) == n ? 0
                           : mlrt__file_fail(r->f, MLRT_EFORMAT,
                                             "header: a string with a zero "
                                             "byte");
}

/* A new item, owned by the bundle. */
static int add_item(reading *r, mlrt__dict *d, const mlrt__json_text *name,
                    const mlrt__json_text *text, mlrt__item **added) {
    mlrt *m = r->f->m;
    mlrt__item *item = mlrt__item_new(m, name->n, text ? text->n : 0);
    if (!item)
        return MLRT_ENOMEM;
    int err = decode(r, name, item->name);
    if (!err && text)
        err = decode(r, text, (char *)item->name + name->n + 1);
    if (!err)
        err = mlrt__dict_push(m, d, item);
    if (err)
        mlrt__item_free(m, item);
    *added = item;
    return err;
}

static int read_metadata(reading *r) {
    mlrt__json *j = &r->j;
    mlrt__json_text key, text;
    mlrt__item *item;
    bool first = true;
    mlrt__json_take(j, '{');
    while (mlrt__json_more(j, '}', &first)) {
        if (!mlrt__json_key(j, &key) || !mlrt__json_string(j, &text))
            break;
        int err = add_item(r, &r->b->meta, &key, &text, &item);
        if (err)
            return err;
    }
    return j->error ? malformed(r) : 0;
}

static int read_dtype(reading *r, place *p) {
    mlrt__json_text s;
    if (!mlrt__json_string(&r->j, &s))
        return malformed(r);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (mlrt__json_is(&s, types[i].name)) {
            p->a.raw = (mlrt__raw)types[i].raw;
            return 0;
        }
    return mlrt__file_fail(r->f, MLRT_EFORMAT,
                           "'%.40s': no tensor can hold the dtype '%.*s'",
                           p->item->name, s.n < 20 ? (int)s.n : 20, s.p);
}

static int read_shape(reading *r, place *p) {
    mlrt__json *j = &r->j;
    bool first = true;
    mlrt__json_take(j, '[');
    while (mlrt__json_more(j, ']', &first)) {
        int64_t size;
        if (!mlrt__json_size(j, &size))
            break;
        if (p->a.ndim == MLRT_MAX_DIMS)
            return mlrt__file_fail(r->f, MLRT_EFORMAT,
                                   "'%.40s': more than %d dimensions",
                                   p->item->name, MLRT_MAX_DIMS);
        p->a.shape[p->a.ndim++] = size;
    }
    return j->error ? malformed(r) : 0;
}

static int read_offsets(reading *r, place *p) {
    mlrt__json *j = &r->j;
    bool first = true;
    mlrt__json_take(j, '[');
    if (!mlrt__json_size(j, &p->begin) || !mlrt__json_take(j, ',') ||
        !mlrt__json_size(j, &p->end))
        return malformed(r);
    first = false;
    if (mlrt__json_more(j, ']', &first))
        j->error = "the end of two offsets";
    return j->error ? malformed(r) : 0;
}

/* One pair of a tensor's entry.  Keys that we do not know are passed over,
 * as the reference implementation does. */
static int read_pair(reading *r, place *p, unsigned *seen) {
    static const char *const keys[] = {"dtype", "shape", "data_offsets"};
    int (*const read[])(reading *, place *) = {read_dtype, read_shape,
                                               read_offsets};
    mlrt__json_text key;
    int i = 0;
    if (!mlrt__json_key(&r->j, &key))
        return malformed(r);
    while (i < 3 && !mlrt__json_is(&key, keys[i]))
        i++;
    if (i == 3)
        return mlrt__json_skip(&r->j) ? 0 : malformed(r);
    if (*seen & 1u << i)
        return mlrt__file_fail(r->f, MLRT_EFORMAT, "'%.40s' has '%s' twice",
                               p->item->name, keys[i]);
    *seen |= 1u << i;
    return read[i](r, p);
}

/* {"dtype": ..., "shape": ..., "data_offsets": ...} */
static int read_info(reading *r, place *p) {
    mlrt__json *j = &r->j;
    unsigned seen = 0;
    bool first = true;
    mlrt__json_take(j, '{');
    while (mlrt__json_more(j, '}', &first)) {
        int err = read_pair(r, p, &seen);
        if (err)
            return err;
    }
    if (!j->error && seen != 7)
        return mlrt__file_fail(r->f, MLRT_EFORMAT,
                               "'%.40s' needs dtype, shape and data_offsets",
                               p->item->name);
    return j->error ? malformed(r) : 0;
}

static int read_tensor(reading *r, const mlrt__json_text *name) {
    int err = mlrt__grow(r->f->m, &r->v, &r->cap, r->n, sizeof *r->v);
    if (err)
        return err;
    place *p = &r->v[r->n];
    memset(p, 0, sizeof *p);
    err = add_item(r, &r->b->tensors, name, NULL, &p->item);
    if (err)
        return err;
    r->n++;
    return read_info(r, p);
}

static int read_entry(reading *r, bool *metadata) {
    mlrt__json_text key;
    if (!mlrt__json_key(&r->j, &key))
        return malformed(r);
    if (!mlrt__json_is(&key, "__metadata__"))
        return read_tensor(r, &key);
    if (*metadata)
        return mlrt__file_fail(r->f, MLRT_EFORMAT, "__metadata__ occurs twice");
    *metadata = true;
    return read_metadata(r);
}

static int read_entries(reading *r) {
    mlrt__json *j = &r->j;
    bool first = true, metadata = false;
    mlrt__json_take(j, '{');
    while (mlrt__json_more(j, '}', &first)) {
        int err = read_entry(r, &metadata);
        if (err)
            return err;
    }
    mlrt__json_end(j);
    return j->error ? malformed(r) : 0;
}

/* The header's length is believed when the file has so many bytes. */
static int read_header(reading *r) {
    uint8_t b[8];
    uint64_t n = 0;
    int err = mlrt__file_at(r->f, 0, b, sizeof b);
    if (err)
        return err;
    for (int i = 7; i >= 0; i--)
        n = n << 8 | b[i];
    if (n > MAX_HEADER || n > r->f->size - 8)
        return mlrt__file_fail(r->f, MLRT_EFORMAT,
                               "not a safetensors file%s: it declares a "
                               "header of %llu bytes, at most %llu are "
                               "possible",
                               mlrt__file_kind(r->f), (unsigned long long)n,
                               (unsigned long long)(r->f->size - 8 < MAX_HEADER
                                                        ? r->f->size - 8
                                                        : MAX_HEADER));
    r->header = mlrt__alloc(r->f->m, (size_t)n + 1);
    if (!r->header)
        return MLRT_ENOMEM;
    r->header_size = (size_t)n;
    err = mlrt__file_at(r->f, 8, r->header, (size_t)n);
    if (!err && (n == 0 || *r->header != '{'))
        err = mlrt__file_fail(r->f, MLRT_EFORMAT,
                              "not a safetensors file: its header does not "
                              "begin with '{'");
    mlrt__json_init(&r->j, r->header, (size_t)n);
    return err;
}

/* ---- Checks ----------------------------------------------------------- */

static int by_offset(const void *a, const void *b) {
    const place *x = a, *y = b;
    int order = (x->begin > y->begin) - (x->begin < y->begin);
    return order ? order : (x->end > y->end) - (x->end < y->end);
}

static int check_size(reading *r, const place *p) {
    uint64_t bytes;
    int err = mlrt__array_bytes(r->f, &p->a, &bytes);
    if (err)
        return err;
    if (p->begin > p->end || (uint64_t)(p->end - p->begin) != bytes)
        return mlrt__file_fail(
            r->f, MLRT_EFORMAT,
            "offsets %lld to %lld, but the shape %s needs %llu bytes",
            (long long)p->begin, (long long)p->end,
            mlrt__shape_text((char[MLRT__SHAPE_TEXT]){0}, p->a.ndim,
                             p->a.shape),
            (unsigned long long)bytes);
    return 0;
}

/* Sorted by offset, every tensor begins where the one before ends, and the
 * last ends with the file. */
static int check_cover(reading *r) {
    int64_t at = 0, rest = (int64_t)(r->f->size - 8 - r->header_size);
    if (r->n > 1)
        qsort(r->v, (size_t)r->n, sizeof *r->v, by_offset);
    for (int i = 0; i < r->n; i++) {
        const place *p = &r->v[i];
        r->f->part = p->item->name;
        int err = check_size(r, p);
        if (!err && p->begin != at)
            err = mlrt__file_fail(r->f, MLRT_EFORMAT,
                                  "begins at byte %lld, but the one before "
                                  "ends at %lld",
                                  (long long)p->begin, (long long)at);
        if (err)
            return err;
        at = p->end;
    }
    r->f->part = NULL;
    if (at == rest)
        return 0;
    return mlrt__file_fail(r->f, MLRT_EFORMAT,
                           "%s: the tensors need %lld bytes, %lld are there",
                           at > rest ? "truncated" : "has unused bytes",
                           (long long)at, (long long)rest);
}

static int check_names(reading *r) {
    const char *twice = mlrt__dict_sort(&r->b->tensors);
    if (!twice)
        twice = mlrt__dict_sort(&r->b->meta);
    return twice ? mlrt__file_fail(r->f, MLRT_EFORMAT,
                                   "the name '%.80s' occurs twice", twice)
                 : 0;
}

/* Takes the entries that mark indices out of the metadata: their tensor gets
 * dtype index. */
static void apply_marks(reading *r) {
    static const char prefix[] = MLRT__DTYPE_KEY;
    mlrt__dict *meta = &r->b->meta, *tensors = &r->b->tensors;
    int n = 0;
    bool found;
    for (int i = 0; i < meta->n; i++) {
        mlrt__item *mark = meta->v[i];
        bool is_mark = strncmp(mark->name, prefix, sizeof prefix - 1) == 0;
        if (!is_mark) {
            meta->v[n] = meta->sorted[n] = mark;
            n++;
            continue;
        }
        int k = mlrt__dict_search(tensors, mark->name + sizeof prefix - 1,
                                  &found);
        mlrt_tensor *t = found ? tensors->sorted[k]->t : NULL;
        if (t && t->dtype == MLRT_I64 && strcmp(mark->text, "index") == 0)
            t->dtype = MLRT_INDEX;
        mlrt__item_free(r->f->m, mark);
    }
    meta->n = n;
    mlrt__dict_sort(meta);
}

/* ---- Elements --------------------------------------------------------- */

static mlrt_tensor *read_elements(reading *r, mlrt__map *map, const place *p) {
    uint64_t at = 8 + r->header_size + (uint64_t)p->begin;
    uint64_t n = (uint64_t)(p->end - p->begin);
    mlrt__stream s = {.f = r->f, .at = at, .end = at + n, .limit = n};
    return map ? mlrt__map_tensor(map, r->f, &p->a, at)
               : mlrt__stream_tensor(&s, &p->a);
}

/* The tensors belong to the bundle, not to a scope. */
static int read_tensors(reading *r, mlrt__map *map) {
    for (int i = 0; i < r->n; i++) {
        place *p = &r->v[i];
        r->f->part = p->item->name;
        mlrt_tensor *t = read_elements(r, map, p);
        if (!t)
            return r->f->m->errcode;
        p->item->t = mlrt_scope_keep(r->f->m, t);
    }
    r->f->part = NULL;
    return 0;
}

static int read_data(reading *r, bool use_mmap) {
    use_mmap = use_mmap && !r->f->bytes;
    mlrt__map *map = use_mmap ? mlrt__map_open(r->f) : NULL;
    if (use_mmap && !map)
        return r->f->m->errcode;
    int err = read_tensors(r, map);
    mlrt__map_release(map);
    return err;
}

/* ---- Loading ---------------------------------------------------------- */

static int load(reading *r, bool use_mmap) {
    int err = read_header(r);
    if (!err)
        err = read_entries(r);
    if (!err)
        err = check_names(r);
    if (!err)
        err = check_cover(r);
    if (!err)
        err = read_data(r, use_mmap);
    if (!err)
        apply_marks(r);
    return err;
}

static mlrt_bundle *load_file(mlrt__file *f, bool use_mmap) {
    mlrt *m = f->m;
    reading r = {.f = f, .b = mlrt_bundle_new(m)};
    if (!r.b)
        return NULL;
    int err = load(&r, use_mmap);
    mlrt__free(m, r.v, (size_t)r.cap * sizeof *r.v);
    if (r.header)
        mlrt__free(m, r.header, r.header_size + 1);
    if (!err)
        return r.b;
    mlrt_bundle_free(r.b);
    return NULL;
}

mlrt_bundle *mlrt_bundle_load(mlrt *m, const char *path, bool use_mmap) {
    mlrt__file f;
    if (mlrt__file_open(m, "load_safetensors", path, &f) != 0)
        return NULL;
    mlrt_bundle *b = load_file(&f, use_mmap);
    mlrt__file_close(&f);
    return b;
}

mlrt_bundle *mlrt_bundle_load_memory(mlrt *m, const void *bytes, size_t n) {
    mlrt__file f;
    if (mlrt__io_ready(m, "load_safetensors") != 0)
        return NULL;
    mlrt__file_memory(m, "load_safetensors", "(memory)", bytes, n, &f);
    return load_file(&f, false);
}

/* ---- Saving ----------------------------------------------------------- */

/* Where each tensor goes: wide elements first, so that all are aligned. */
typedef struct plan {
    int order;      /* the tensor that comes i-th in the file */
    uint64_t begin; /* offset of tensor i */
} plan;

static mlrt_tensor *tensor(const mlrt_bundle *b, int i) {
    return b->tensors.v[i]->t;
}

static void make_plan(const mlrt_bundle *b, plan *v) {
    static const size_t sizes[] = {8, 4, 1};
    uint64_t at = 0;
    int n = 0;
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < b->tensors.n; i++) {
            if (mlrt__dsize(tensor(b, i)->dtype) != sizes[k])
                continue;
            v[n++].order = i;
            v[i].begin = at;
            at += mlrt_nbytes(tensor(b, i));
        }
}

static void put_pair(mlrt__text *h, bool *first, const char *prefix,
                     const char *key, const char *text) {
    mlrt__text_puts(h, *first ? "\"__metadata__\":{\"" : ",\"");
    mlrt__text_escaped(h, prefix);
    mlrt__text_escaped(h, key);
    mlrt__text_puts(h, "\":\"");
    mlrt__text_escaped(h, text);
    mlrt__text_puts(h, "\"");
    *first = false;
}

static void put_metadata(mlrt__text *h, const mlrt_bundle *b) {
    bool first = true;
    for (int i = 0; i < b->meta.n; i++)
        put_pair(h, &first, "", b->meta.v[i]->name, b->meta.v[i]->text);
    for (int i = 0; i < b->tensors.n; i++)
        if (tensor(b, i)->dtype == MLRT_INDEX)
            put_pair(h, &first, MLRT__DTYPE_KEY, b->tensors.v[i]->name,
                     "index");
    if (!first)
        mlrt__text_puts(h, b->tensors.n ? "}," : "}");
}

/* "name":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]} */
static void put_info(mlrt__text *h, const mlrt__item *item, uint64_t begin) {
    const mlrt_tensor *t = item->t;
    int raw = t->dtype == MLRT_INDEX ? MLRT__RAW_I64 : t->dtype;
    mlrt__text_puts(h, "\"");
    mlrt__text_escaped(h, item->name);
    mlrt__text_puts(h, "\":{\"dtype\":\"");
    mlrt__text_puts(h, types[raw].name);
    mlrt__text_puts(h, "\",\"shape\":[");
    for (int i = 0; i < t->ndim; i++) {
        mlrt__text_puts(h, i ? "," : "");
        mlrt__text_int(h, (uint64_t)t->shape[i]);
    }
    mlrt__text_puts(h, "],\"data_offsets\":[");
    mlrt__text_int(h, begin);
    mlrt__text_puts(h, ",");
    mlrt__text_int(h, begin + mlrt_nbytes(t));
    mlrt__text_puts(h, "]}");
}

/* Padded with spaces, so that the elements begin at a multiple of 64. */
static int make_header(const mlrt__sink *s, mlrt__text *h, const mlrt_bundle *b,
                       const plan *v) {
    mlrt__text_puts(h, "{");
    put_metadata(h, b);
    for (int i = 0; i < b->tensors.n; i++) {
        mlrt__text_puts(h, i ? "," : "");
        put_info(h, b->tensors.v[i], v[i].begin);
    }
    mlrt__text_puts(h, "}");
    while (!h->err && (h->n + 8) % ALIGN != 0)
        mlrt__text_puts(h, " ");
    if (!h->err && h->n > MAX_HEADER)
        return mlrt__file_fail(mlrt__sink_file(s), MLRT_EARG,
                               "names and metadata need %zu bytes, at most "
                               "%d are possible",
                               h->n, MAX_HEADER);
    return h->err;
}

static int put_tensor(mlrt__sink *s, mlrt_tensor *t) {
    mlrt *m = t->ctx;
    mlrt_tensor *c = mlrt__contig(m, t);
    if (!c)
        return m->errcode;
    int err = mlrt__sink_put(s, mlrt__ptr(c), mlrt_nbytes(c));
    if (c == t)
        mlrt_release(c);
    else
        mlrt__drop(m, c);
    return err;
}

static int put_all(mlrt__sink *s, const mlrt_bundle *b, plan *v) {
    mlrt__text h = {.m = b->m};
    uint8_t length[8];
    bool taken;
    mlrt__dict_search(&b->tensors, "__metadata__", &taken);
    if (taken)
        return mlrt__file_fail(mlrt__sink_file(s), MLRT_EARG,
                               "no tensor can be called '__metadata__' here");
    make_plan(b, v);
    int err = make_header(s, &h, b, v);
    for (int i = 0; i < 8; i++)
        length[i] = (uint8_t)((uint64_t)h.n >> 8 * i);
    if (!err)
        err = mlrt__sink_put(s, length, sizeof length);
    if (!err)
        err = mlrt__sink_put(s, h.p, h.n);
    for (int i = 0; i < b->tensors.n && !err; i++)
        err = put_tensor(s, tensor(b, v[i].order));
    mlrt__text_free(&h);
    return err;
}

int mlrt_bundle_save(mlrt_bundle *b, const char *path) {
    mlrt__sink *s;
    if (!b)
        return MLRT_EARG;
    int err = mlrt__sink_open(b->m, "save_safetensors", path, &s);
    if (err)
        return err;
    size_t bytes = mlrt__room(0, (size_t)b->tensors.n + 1, sizeof(plan));
    plan *v = mlrt__alloc(b->m, bytes);
    err = mlrt__sink_close(s, v ? put_all(s, b, v) : MLRT_ENOMEM);
    mlrt__free(b->m, v, bytes);
    return err;
}
