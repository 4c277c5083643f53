/* stream.c: bytes of a file in order, inflated on the way.
 *
 * Deflate gives at most 1032 bytes for one (258 for two bits; zlib's manual),
 * so what a compressed file can still hold is known before it is inflated.
 * On top of that a whole file may not inflate to more than 128 MiB or
 * 100 times its size, whichever is more: what compresses better is made
 * to fill memory, or is unpacked by hand.
 */
#include <limits.h>
#include <zlib.h>

#include "io.h"

enum {
    INPUT = 1 << 16, /* compressed bytes read at a time */
    STEP = 1 << 20,  /* inflated between two looks at the interrupt flag */
    BOMB = 128 << 20,
    RATIO = 100,
    DEFLATE_RATIO = 1032,
    DEFLATE_SLACK = 1024 /* what zlib may hold back */
};

struct mlrt__inflater {
    z_stream z;
    bool gzip, done;
    Bytef in[INPUT];
};

/* ---- zlib's memory is the context's ----------------------------------- */

typedef union block {
    size_t bytes;
    char align[16];
} block;

void *mlrt__zalloc(void *m, unsigned items, unsigned size) {
    size_t bytes;
    if (!mlrt__mul(items, size, &bytes))
        return NULL;
    block *b = mlrt__alloc(m, bytes + sizeof *b);
    if (!b)
        return NULL;
    b->bytes = bytes + sizeof *b;
    return b + 1;
}

void mlrt__zfree(void *m, void *p) {
    block *b = (block *)p - 1;
    mlrt__free(m, b, b->bytes);
}

/* ---- Opening ---------------------------------------------------------- */

/* 15 window bits; + 16: a gzip header, negative: none. */
static int start_inflating(mlrt__stream *s, bool gzip) {
    mlrt *m = s->f->m;
    mlrt__inflater *z = mlrt__alloc(m, sizeof *z);
    if (!z)
        return m->errcode;
    memset(&z->z, 0, sizeof z->z);
    z->z.zalloc = mlrt__zalloc;
    z->z.zfree = mlrt__zfree;
    z->z.opaque = m;
    z->gzip = gzip;
    z->done = false;
    if (inflateInit2(&z->z, gzip ? 15 + 16 : -15) != Z_OK) {
        mlrt__free(m, z, sizeof *z);
        return mlrt__file_fail(s->f, MLRT_ENOMEM, "no memory to inflate it");
    }
    s->z = z;
    return 0;
}

uint64_t mlrt__inflate_limit(uint64_t size) {
    if (size < BOMB / RATIO)
        return BOMB;
    return size < UINT64_MAX / RATIO ? size * RATIO : UINT64_MAX;
}

int mlrt__stream_open(const mlrt__file *f, mlrt__stream *s) {
    uint8_t magic[2] = {0};
    *s = (mlrt__stream){.f = f, .end = f->size, .limit = f->size};
    int err = f->size < 2 ? 0 : mlrt__file_at(f, 0, magic, 2);
    if (err || magic[0] != 0x1f || magic[1] != 0x8b)
        return err;
    s->limit = mlrt__inflate_limit(f->size);
    return start_inflating(s, true);
}

int mlrt__stream_part(const mlrt__file *f, uint64_t pos, uint64_t stored,
                      uint64_t given, bool deflated, uint32_t crc,
                      mlrt__stream *s) {
    *s = (mlrt__stream){.f = f, .at = pos, .end = pos + stored};
    s->limit = given;
    s->exact = true;
    s->crc_wanted = crc;
    return deflated ? start_inflating(s, false) : 0;
}

void mlrt__stream_close(mlrt__stream *s) {
    if (!s->z)
        return;
    inflateEnd(&s->z->z);
    mlrt__free(s->f->m, s->z, sizeof *s->z);
    s->z = NULL;
}

uint64_t mlrt__stream_left(const mlrt__stream *s) {
    uint64_t left = s->limit > s->given ? s->limit - s->given : 0;
    uint64_t in = s->end - s->at, most = in;
    if (s->z) {
        in += s->z->z.avail_in;
        most = in > UINT64_MAX / 2 / DEFLATE_RATIO
                   ? UINT64_MAX / 2
                   : in * DEFLATE_RATIO + DEFLATE_SLACK;
    }
    return left < most ? left : most;
}

/* ---- Reading ---------------------------------------------------------- */

static int refill(mlrt__stream *s) {
    uint64_t left = s->end - s->at;
    size_t n = left < INPUT ? (size_t)left : INPUT;
    int err = mlrt__file_at(s->f, s->at, s->z->in, n);
    if (err)
        return err;
    s->at += n;
    s->z->z.next_in = s->z->in;
    s->z->z.avail_in = (uInt)n;
    return 0;
}

/* The end of a gzip member; another may follow (RFC 1952). */
static int end_member(mlrt__stream *s) {
    if (s->z->z.avail_in == 0 && s->at == s->end)
        s->z->done = true;
    else if (!s->z->gzip)
        return mlrt__file_fail(s->f, MLRT_EFORMAT,
                               "bytes follow the compressed data");
    else
        inflateReset(&s->z->z);
    return 0;
}

static int inflate_failed(mlrt__stream *s, int code) {
    const char *why = s->z->z.msg;
    if (code == Z_MEM_ERROR)
        return mlrt__file_fail(s->f, MLRT_ENOMEM, "no memory to inflate it");
    if (code == Z_BUF_ERROR)
        return mlrt__file_fail(s->f, MLRT_EFORMAT,
                               "truncated: the compressed data have no end");
    return mlrt__file_fail(s->f, MLRT_EFORMAT, "damaged compressed data: %s",
                           why ? why : "it needs a dictionary");
}

/* Inflates until n bytes are there or the data end. */
static int inflate_some(mlrt__stream *s, void *to, size_t n, size_t *got) {
    z_stream *z = &s->z->z;
    *got = 0;
    while (*got < n && !s->z->done) {
        if (mlrt__stop(s->f->m))
            return mlrt__stopped(s->f->m);
        if (z->avail_in == 0 && s->at < s->end && refill(s) != 0)
            return s->f->m->errcode;
        uInt room = n - *got < STEP ? (uInt)(n - *got) : STEP;
        z->next_out = (Bytef *)to + *got;
        z->avail_out = room;
        int code = inflate(z, Z_NO_FLUSH);
        *got += room - z->avail_out;
        if (code == Z_STREAM_END && end_member(s) != 0)
            return s->f->m->errcode;
        if (code != Z_OK && code != Z_STREAM_END)
            return inflate_failed(s, code);
    }
    return 0;
}

static int copy_some(mlrt__stream *s, void *to, size_t n, size_t *got) {
    uint64_t left = s->end - s->at;
    *got = n < left ? n : (size_t)left;
    int err = mlrt__file_at(s->f, s->at, to, *got);
    s->at += err ? 0 : *got;
    return err;
}

static int check_limit(const mlrt__stream *s) {
    if (s->given <= s->limit)
        return 0;
    if (s->exact)
        return mlrt__file_fail(s->f, MLRT_EFORMAT,
                               "holds more than the %llu bytes declared",
                               (unsigned long long)s->limit);
    return mlrt__file_fail(s->f, MLRT_EFORMAT,
                           "inflates to more than %llu bytes from %llu; "
                           "gunzip it yourself if you trust it",
                           (unsigned long long)s->limit,
                           (unsigned long long)s->f->size);
}

static void add_to_sum(mlrt__stream *s, const void *bytes, size_t n) {
    const Bytef *p = bytes;
    for (; n > 0 && s->exact;) {
        uInt step = n < INT_MAX ? (uInt)n : INT_MAX;
        s->crc = (uint32_t)crc32(s->crc, p, step);
        p += step;
        n -= step;
    }
}

int mlrt__stream_some(mlrt__stream *s, void *to, size_t n, size_t *got) {
    int err = s->z ? inflate_some(s, to, n, got) : copy_some(s, to, n, got);
    if (err)
        return err;
    s->given += *got;
    add_to_sum(s, to, *got);
    return check_limit(s);
}

int mlrt__stream_read(mlrt__stream *s, void *to, size_t n) {
    size_t got;
    int err = mlrt__stream_some(s, to, n, &got);
    if (err || got == n)
        return err;
    return mlrt__file_fail(s->f, MLRT_EFORMAT,
                           "truncated: %zu bytes wanted at byte %llu, it "
                           "ends after %zu",
                           n, (unsigned long long)(s->given - got), got);
}

int mlrt__stream_end(mlrt__stream *s) {
    char more;
    size_t got;
    uint64_t at = s->given;
    int err = mlrt__stream_some(s, &more, 1, &got);
    if (err)
        return err;
    if (got)
        return mlrt__file_fail(s->f, MLRT_EFORMAT,
                               "bytes follow the end of its data at byte "
                               "%llu",
                               (unsigned long long)at);
    if (s->exact && (s->given != s->limit || s->crc != s->crc_wanted))
        return mlrt__file_fail(s->f, MLRT_EFORMAT, "the %s is wrong",
                               s->given != s->limit ? "declared size"
                                                    : "check sum");
    return 0;
}

/* ---- read_file -------------------------------------------------------- */

/* The first n of the bytes that t holds. */
static mlrt_tensor *cut(mlrt *m, mlrt_tensor *t, int64_t n) {
    return t && t->numel != n ? mlrt_from_data(m, MLRT_U8, 1, &n, mlrt__ptr(t))
                              : t;
}

static mlrt_tensor *grown(mlrt *m, mlrt_tensor *t, uint64_t n) {
    int64_t size = (int64_t)n;
    mlrt_tensor *bigger = mlrt_empty(m, MLRT_U8, 1, &size);
    if (bigger && t)
        memcpy(mlrt__ptr(bigger), mlrt__ptr(t), (size_t)t->numel);
    if (t)
        mlrt__drop(m, t);
    return bigger;
}

/* Everything: at once when the size is known, else into room that doubles. */
static mlrt_tensor *read_all(mlrt__stream *s) {
    mlrt *m = s->f->m;
    uint64_t room = s->z ? 2 * s->f->size : s->f->size;
    mlrt_tensor *t = grown(m, NULL, room);
    size_t n = 0, got = 0;
    while (t && mlrt__stream_some(s, mlrt__ptr(t) + n, (size_t)room - n,
                                  &got) == 0) {
        n += got;
        if (n < room || !s->z) {
            mlrt_tensor *y = cut(m, t, (int64_t)n);
            if (y != t)
                mlrt__drop(m, t);
            return y;
        }
        room *= 2;
        t = grown(m, t, room);
    }
    if (t)
        mlrt__drop(m, t);
    return NULL;
}

mlrt_tensor *mlrt__read_with(mlrt *m, const char *what, const char *path,
                             mlrt_tensor *(*read)(mlrt__stream *s)) {
    mlrt__file f;
    mlrt__stream s;
    mlrt_tensor *t = NULL;
    if (mlrt__file_open(m, what, path, &f) != 0)
        return NULL;
    if (mlrt__stream_open(&f, &s) == 0) {
        t = read(&s);
        mlrt__stream_close(&s);
    }
    mlrt__file_close(&f);
    return t;
}

mlrt_tensor *mlrt_read_file(mlrt *m, const char *path) {
    return mlrt__read_with(m, "read_file", path, read_all);
}
