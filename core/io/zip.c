/* zip.c: bundles as npz, NumPy's zip archives of npy files.
 *
 * Reading follows the central directory at the end of the archive; every
 * member must lie where it says, be called the same there, and overlap no
 * other, so that no two readers see different files and no bytes count twice.
 * Members are stored or deflated.  Neither encrypted archives nor zip64 (4 GiB
 * and more) are read or written.  Names are names: nothing is ever extracted.
 *
 * Source: PKWARE's APPNOTE.TXT, 6.3.
 */
#include <stdlib.h>
#include <zlib.h>

#include "io.h"
#include "json.h"

enum {
    END_SIZE = 22,     /* of the end record, without its comment */
    CENTRAL_SIZE = 46, /* of a record of the directory, without its name */
    LOCAL_SIZE = 30,   /* of the header before a member */
    MAX_COMMENT = 65535,
    MAX_MEMBERS = 65534,
    VERSION = 20, /* "2.0": deflate */
    UTF8_NAMES = 1 << 11,
    DATE = 1 << 5 | 1 /* 1980-01-01, so that equal bundles give equal files */
};
#define MAX_SIZE 0xFFFFFFFEu

static uint32_t get16(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}
static uint32_t get32(const uint8_t *p) {
    return get16(p) | get16(p + 2) << 16;
}
static void put16(uint8_t *p, uint32_t v) {
    p[0] = (uint8_t)(v & 255);
    p[1] = (uint8_t)(v >> 8 & 255);
}
static void put32(uint8_t *p, uint32_t v) {
    put16(p, v & 0xFFFF);
    put16(p + 2, v >> 16);
}

/* ---- The directory ---------------------------------------------------- */

typedef struct member {
    mlrt__item *item;
    uint32_t flags, method, crc, stored, given, header; /* its position */
    uint64_t data, end; /* where its bytes begin and end */
} member;

typedef struct archive {
    mlrt__file *f;
    mlrt_bundle *b;
    uint64_t directory, directory_end;
    int n, cap;
    member *v;
} archive;

/* The end record: the last one whose comment ends with the file. */
static int find_end(archive *z, uint8_t end[END_SIZE], uint64_t *pos) {
    mlrt *m = z->f->m;
    uint64_t size = z->f->size;
    size_t n = size < END_SIZE + MAX_COMMENT ? (size_t)size
                                             : END_SIZE + MAX_COMMENT;
    uint8_t *tail = mlrt__alloc(m, n + 1);
    if (!tail)
        return MLRT_ENOMEM;
    int err = mlrt__file_at(z->f, size - n, tail, n);
    size_t i = n < END_SIZE ? 0 : n - END_SIZE + 1;
    bool found = false;
    while (!err && !found && i-- > 0)
        found = memcmp(tail + i, "PK\5\6", 4) == 0 &&
                get16(tail + i + 20) == n - END_SIZE - i;
    if (found) {
        memcpy(end, tail + i, END_SIZE);
        *pos = size - n + i;
    } else if (!err) {
        err = mlrt__file_fail(z->f, MLRT_EFORMAT,
                              "not an npz file (a zip archive)%s, or "
                              "truncated",
                              mlrt__file_kind(z->f));
    }
    mlrt__free(m, tail, n + 1);
    return err;
}

static int read_end(archive *z, int *count) {
    uint8_t end[END_SIZE] = {0};
    uint64_t pos = 0;
    int err = find_end(z, end, &pos);
    if (err)
        return err;
    uint32_t n = get16(end + 10), size = get32(end + 12);
    if (n > MAX_MEMBERS || size > MAX_SIZE || get32(end + 16) > MAX_SIZE)
        return mlrt__file_fail(z->f, MLRT_EFORMAT,
                               "zip64 archives are not read");
    z->directory = get32(end + 16);
    z->directory_end = pos;
    *count = (int)n;
    if (get16(end + 4) != 0 || get16(end + 6) != 0 || get16(end + 8) != n ||
        z->directory + size != pos)
        return mlrt__file_fail(z->f, MLRT_EFORMAT,
                               "its directory is not where the archive ends");
    return 0;
}

/* "name.npy" as "name"; nothing else belongs in an npz. */
static int check_name(archive *z, mlrt__item *item, size_t n) {
    if (strlen(item->name) != n || !mlrt__is_utf8(item->name, n))
        return mlrt__file_fail(z->f, MLRT_EFORMAT,
                               "a member's name is not UTF-8");
    if (n < 4 || strcmp(item->name + n - 4, ".npy") != 0)
        return mlrt__file_fail(z->f, MLRT_EFORMAT,
                               "the member '%.80s' is no npy file (pickles "
                               "are never read)",
                               item->name);
    return 0;
}

static int read_name(archive *z, uint64_t pos, size_t n, member *p) {
    mlrt *m = z->f->m;
    mlrt__item *item = mlrt__item_new(m, n, 0);
    if (!item)
        return MLRT_ENOMEM;
    int err = mlrt__file_at(z->f, pos, item->name, n);
    item->name[n] = '\0';
    if (!err)
        err = check_name(z, item, n);
    if (!err)
        err = mlrt__dict_push(m, &z->b->tensors, item);
    if (err)
        mlrt__item_free(m, item);
    p->item = item;
    return err;
}

/* The record at *pos, which moves to the next one. */
static int read_record(archive *z, uint64_t *pos) {
    uint8_t b[CENTRAL_SIZE];
    member *p = &z->v[z->n];
    int err = mlrt__file_at(z->f, *pos, b, sizeof b);
    if (err)
        return err;
    if (memcmp(b, "PK\1\2", 4) != 0)
        return mlrt__file_fail(z->f, MLRT_EFORMAT,
                               "no directory record at byte %llu",
                               (unsigned long long)*pos);
    *p = (member){.flags = get16(b + 8), .method = get16(b + 10)};
    p->crc = get32(b + 16);
    p->stored = get32(b + 20);
    p->given = get32(b + 24);
    p->header = get32(b + 42);
    err = read_name(z, *pos + CENTRAL_SIZE, get16(b + 28), p);
    *pos += CENTRAL_SIZE + get16(b + 28) + get16(b + 30) + get16(b + 32);
    z->n += err ? 0 : 1;
    return err;
}

static int check_member(archive *z, const member *p) {
    if (p->flags & 1)
        return mlrt__file_fail(z->f, MLRT_EFORMAT, "is encrypted");
    if (p->method != 0 && p->method != 8)
        return mlrt__file_fail(z->f, MLRT_EFORMAT,
                               "compressed by method %u; stored and deflated "
                               "members are read",
                               p->method);
    if (p->stored > MAX_SIZE || p->given > MAX_SIZE || p->header > MAX_SIZE)
        return mlrt__file_fail(z->f, MLRT_EFORMAT,
                               "zip64 archives are not read");
    if (p->method == 0 && p->stored != p->given)
        return mlrt__file_fail(z->f, MLRT_EFORMAT,
                               "the declared size is "
                               "wrong");
    return 0;
}

static int read_directory(archive *z) {
    int count = 0;
    int err = read_end(z, &count);
    uint64_t pos = z->directory;
    for (int i = 0; i < count && !err; i++) {
        err = mlrt__grow(z->f->m, &z->v, &z->cap, z->n, sizeof *z->v);
        if (!err)
            err = read_record(z, &pos);
    }
    if (!err && pos != z->directory_end)
        err = mlrt__file_fail(z->f, MLRT_EFORMAT,
                              "its directory has another size than declared");
    return err;
}

/* ---- Members ---------------------------------------------------------- */

/* Is the name at pos the member's own? */
static int compare_name(archive *z, uint64_t pos, const char *name) {
    char part[256];
    for (size_t left = strlen(name), n; left > 0; left -= n) {
        n = left < sizeof part ? left : sizeof part;
        int err = mlrt__file_at(z->f, pos, part, n);
        if (err)
            return err;
        if (memcmp(part, name, n) != 0)
            return mlrt__file_fail(z->f, MLRT_EFORMAT,
                                   "is called differently where it lies");
        name += n;
        pos += n;
    }
    return 0;
}

/* Finds the member's bytes behind its own header. */
static int locate(archive *z, member *p) {
    uint8_t b[LOCAL_SIZE];
    int err = mlrt__file_at(z->f, p->header, b, sizeof b);
    if (err)
        return err;
    size_t n = strlen(p->item->name);
    if (memcmp(b, "PK\3\4", 4) != 0 || get16(b + 8) != p->method ||
        (get16(b + 6) & 1) || get16(b + 26) != n)
        return mlrt__file_fail(z->f, MLRT_EFORMAT,
                               "is not what the directory says");
    err = compare_name(z, (uint64_t)p->header + LOCAL_SIZE, p->item->name);
    p->data = (uint64_t)p->header + LOCAL_SIZE + n + get16(b + 28);
    p->end = p->data + p->stored;
    if (!err && p->end > z->directory)
        err = mlrt__file_fail(z->f, MLRT_EFORMAT,
                              "truncated: it runs into the directory");
    return err;
}

static int by_place(const void *a, const void *b) {
    const member *x = a, *y = b;
    return (x->header > y->header) - (x->header < y->header);
}

/* No byte may belong to two members, or a small file could hold much. */
static int check_overlap(archive *z) {
    uint64_t total = 0, most = mlrt__inflate_limit(z->f->size);
    if (z->n > 1)
        qsort(z->v, (size_t)z->n, sizeof *z->v, by_place);
    for (int i = 0; i < z->n; i++) {
        if (i > 0 && z->v[i].header < z->v[i - 1].end)
            return mlrt__file_fail(z->f, MLRT_EFORMAT, "members overlap");
        total += z->v[i].method == 8 ? z->v[i].given : 0;
    }
    if (total <= most)
        return 0;
    return mlrt__file_fail(z->f, MLRT_EFORMAT,
                           "inflates to %llu bytes from %llu; unzip it "
                           "yourself if you trust it",
                           (unsigned long long)total,
                           (unsigned long long)z->f->size);
}

static int locate_all(archive *z) {
    for (int i = 0; i < z->n; i++) {
        z->f->part = z->v[i].item->name;
        int err = check_member(z, &z->v[i]);
        if (!err)
            err = locate(z, &z->v[i]);
        if (err)
            return err;
    }
    z->f->part = NULL;
    return check_overlap(z);
}

static int read_member(archive *z, const member *p) {
    mlrt__stream s;
    z->f->part = p->item->name;
    int err = mlrt__stream_part(z->f, p->data, p->stored, p->given,
                                p->method == 8, p->crc, &s);
    if (err)
        return err;
    mlrt_tensor *t = mlrt__npy_read(&s);
    mlrt__stream_close(&s);
    if (!t)
        return z->f->m->errcode;
    p->item->t = mlrt_scope_keep(z->f->m, t);
    return 0;
}

/* The names lose their ".npy" when all of them are known. */
static int read_members(archive *z) {
    for (int i = 0; i < z->n; i++) {
        int err = read_member(z, &z->v[i]);
        if (err)
            return err;
    }
    z->f->part = NULL;
    for (int i = 0; i < z->n; i++) {
        char *name = z->v[i].item->name;
        name[strlen(name) - 4] = '\0';
    }
    const char *twice = mlrt__dict_sort(&z->b->tensors);
    return twice ? mlrt__file_fail(z->f, MLRT_EFORMAT,
                                   "the name '%.80s' occurs twice", twice)
                 : 0;
}

static mlrt_bundle *load_archive(mlrt__file *f) {
    mlrt *m = f->m;
    archive z = {.f = f, .b = mlrt_bundle_new(m)};
    if (!z.b)
        return NULL;
    int err = read_directory(&z);
    if (!err)
        err = locate_all(&z);
    if (!err)
        err = read_members(&z);
    mlrt__free(m, z.v, (size_t)z.cap * sizeof *z.v);
    if (!err)
        return z.b;
    mlrt_bundle_free(z.b);
    return NULL;
}

mlrt_bundle *mlrt_bundle_load_npz(mlrt *m, const char *path) {
    mlrt__file f;
    if (mlrt__file_open(m, "read_npz", path, &f) != 0)
        return NULL;
    mlrt_bundle *b = load_archive(&f);
    mlrt__file_close(&f);
    return b;
}

mlrt_bundle *mlrt__npz_memory(mlrt *m, const void *bytes, size_t n) {
    mlrt__file f;
    mlrt__file_memory(m, "read_npz", "(memory)", bytes, n, &f);
    return load_archive(&f);
}

/* ---- Writing ---------------------------------------------------------- */

/* An archive being written. */
typedef struct writing {
    mlrt__sink *s;
    const mlrt_bundle *b;
    bool deflated;
    member *v; /* one per tensor */
} writing;

static int put(writing *w, const void *bytes, size_t n) {
    return mlrt__sink_put(w->s, bytes, n);
}

/* What a member's own header and its record in the directory share: version,
 * flags, method, date, check sum, sizes, length of the name. */
static void fill_fields(uint8_t *p, const member *k) {
    put16(p, VERSION);
    put16(p + 2, UTF8_NAMES);
    put16(p + 4, k->method);
    put16(p + 6, 0);
    put16(p + 8, DATE);
    put32(p + 10, k->crc);
    put32(p + 14, k->stored);
    put32(p + 18, k->given);
    put16(p + 22, (uint32_t)strlen(k->item->name) + 4);
}

static int put_name(writing *w, const member *k) {
    int err = put(w, k->item->name, strlen(k->item->name));
    return err ? err : put(w, ".npy", 4);
}

static int put_local(writing *w, const member *k) {
    uint8_t b[LOCAL_SIZE] = "PK\3\4";
    fill_fields(b + 4, k);
    int err = put(w, b, sizeof b);
    return err ? err : put_name(w, k);
}

static int put_record(writing *w, const member *k) {
    uint8_t b[CENTRAL_SIZE] = "PK\1\2";
    put16(b + 4, VERSION);
    fill_fields(b + 6, k);
    put32(b + 42, k->header);
    int err = put(w, b, sizeof b);
    return err ? err : put_name(w, k);
}

/* Sums and writes a member's bytes as they are. */
static int store(writing *w, member *k, const void *bytes, size_t n) {
    k->crc = (uint32_t)crc32(k->crc, bytes, (uInt)n);
    k->stored += (uint32_t)n;
    return put(w, bytes, n);
}

/* The same, deflated. */
static int squeeze(writing *w, member *k, z_stream *z, const void *bytes,
                   size_t n, int mode) {
    Bytef out[1 << 14];
    k->crc = (uint32_t)crc32(k->crc, bytes, (uInt)n);
    z->next_in = (Bytef *)(uintptr_t)bytes;
    z->avail_in = (uInt)n;
    do {
        z->next_out = out;
        z->avail_out = sizeof out;
        deflate(z, mode);
        size_t got = sizeof out - z->avail_out;
        int err = put(w, out, got);
        if (err)
            return err;
        k->stored += (uint32_t)got;
    } while (z->avail_out == 0);
    return 0;
}

static int put_deflated(writing *w, member *k, const char *head, size_t nhead,
                        const mlrt_tensor *t) {
    z_stream z = {
        .zalloc = mlrt__zalloc, .zfree = mlrt__zfree, .opaque = w->b->m};
    if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return mlrt__file_fail(mlrt__sink_file(w->s), MLRT_ENOMEM,
                               "no memory to deflate");
    int err = squeeze(w, k, &z, head, nhead, Z_NO_FLUSH);
    if (!err)
        err = squeeze(w, k, &z, mlrt__ptr(t), mlrt_nbytes(t), Z_FINISH);
    deflateEnd(&z);
    return err;
}

/* A member; its header is written again when its sizes are known. */
static int put_member(writing *w, member *k, mlrt_tensor *t) {
    char head[MLRT__NPY_HEADER];
    uint8_t fields[12];
    size_t n = mlrt__npy_header(t, head);
    k->header = (uint32_t)mlrt__sink_tell(w->s);
    k->method = w->deflated ? 8 : 0;
    k->given = (uint32_t)(n + mlrt_nbytes(t));
    int err = put_local(w, k);
    if (!err && w->deflated)
        err = put_deflated(w, k, head, n, t);
    else if (!err)
        err = store(w, k, head, n);
    if (!err && !w->deflated)
        err = store(w, k, mlrt__ptr(t), mlrt_nbytes(t));
    put32(fields, k->crc);
    put32(fields + 4, k->stored);
    put32(fields + 8, k->given);
    return err ? err
               : mlrt__sink_patch(w->s, (uint64_t)k->header + 14, fields,
                                  sizeof fields);
}

/* Deflate makes what it cannot squeeze a little longer. */
static int check_room(writing *w, const mlrt__item *item) {
    uint64_t n = mlrt_nbytes(item->t), name = strlen(item->name);
    if (name + 4 <= 65535 &&
        mlrt__sink_tell(w->s) + n + n / 512 + 3 * name + 4096 < MAX_SIZE)
        return 0;
    return mlrt__file_fail(mlrt__sink_file(w->s), MLRT_EARG,
                           "'%.80s' does not fit: an npz holds less than 4 "
                           "GiB",
                           item->name);
}

static int put_tensor(writing *w, int i) {
    mlrt__item *item = w->b->tensors.v[i];
    mlrt *m = w->b->m;
    w->v[i] = (member){.item = item};
    int err = check_room(w, item);
    if (err)
        return err;
    mlrt_tensor *t = mlrt__contig(m, item->t);
    if (!t)
        return m->errcode;
    err = put_member(w, &w->v[i], t);
    if (t == item->t)
        mlrt_release(t);
    else
        mlrt__drop(m, t);
    return err;
}

static int put_directory(writing *w) {
    uint8_t b[END_SIZE] = "PK\5\6";
    uint64_t start = mlrt__sink_tell(w->s);
    int n = w->b->tensors.n, err = 0;
    for (int i = 0; i < n && !err; i++)
        err = put_record(w, &w->v[i]);
    uint64_t end = mlrt__sink_tell(w->s);
    put16(b + 8, (uint32_t)n);
    put16(b + 10, (uint32_t)n);
    put32(b + 12, (uint32_t)(end - start));
    put32(b + 16, (uint32_t)start);
    if (!err && end > MAX_SIZE)
        err = mlrt__file_fail(mlrt__sink_file(w->s), MLRT_EARG,
                              "an npz holds less than 4 GiB");
    return err ? err : put(w, b, sizeof b);
}

static int put_all(writing *w) {
    int err = 0;
    for (int i = 0; i < w->b->tensors.n && !err; i++)
        err = put_tensor(w, i);
    return err ? err : put_directory(w);
}

int mlrt_bundle_save_npz(mlrt_bundle *b, const char *path, bool compress) {
    writing w = {.b = b, .deflated = compress};
    if (!b)
        return MLRT_EARG;
    if (b->meta.n > 0 || b->tensors.n > MAX_MEMBERS)
        return mlrt_fail(b->m, MLRT_EARG,
                         b->meta.n ? "write_npz: an npz has no metadata"
                                   : "write_npz: more than 65534 tensors");
    int err = mlrt__sink_open(b->m, "write_npz", path, &w.s);
    if (err)
        return err;
    size_t bytes = mlrt__room(0, (size_t)b->tensors.n + 1, sizeof *w.v);
    w.v = mlrt__alloc(b->m, bytes);
    err = mlrt__sink_close(w.s, w.v ? put_all(&w) : MLRT_ENOMEM);
    mlrt__free(b->m, w.v, bytes);
    return err;
}
