/* file.c: opening files, and how their failures are told.
 *
 * Only regular files are read: a directory, device or pipe has no size to
 * compare lengths with, and could keep us waiting for ever.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"

int mlrt__io_ready(mlrt *m, const char *what) {
    if (m->closed)
        return mlrt_fail(m, MLRT_ESTATE, "%s: the context is closed", what);
    if (m->reclaiming)
        return mlrt_fail(m, MLRT_ESTATE,
                         "%s: not possible while memory is reclaimed", what);
    if (mlrt__stop(m))
        return mlrt__stopped(m);
    return 0;
}

int mlrt__io_operand(mlrt *m, const char *what, const mlrt_tensor *t) {
    if (!t)
        return m->errcode ? m->errcode : MLRT_EARG;
    if (t == mlrt_none)
        return mlrt_fail(m, MLRT_EARG, "%s: a tensor is missing", what);
    return 0;
}

/* ---- Messages --------------------------------------------------------- */

/* A name in a file may hold what a terminal would obey: control characters,
 * and U+0080..U+009F, written C2 80..C2 9F. */
static void defuse(char *text) {
    for (unsigned char *p = (unsigned char *)text; *p; p++) {
        bool wide = *p == 0xC2 && p[1] >= 0x80 && p[1] < 0xA0;
        if (wide)
            *p++ = '?';
        if (wide || *p < ' ' || *p == 127)
            *p = '?';
    }
}

/* The end of a long path, so that there is room for the reason. */
static const char *shown_path(const char *path) {
    size_t n = strlen(path), most = 300;
    return n > most ? path + n - most : path;
}

int mlrt__file_fail(const mlrt__file *f, int status, const char *format, ...) {
    char text[sizeof f->m->errmsg], part[96] = "";
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    if (f->part)
        snprintf(part, sizeof part, "'%.80s': ", f->part);
    mlrt_fail(f->m, status, "%s: %s: %s%s", f->what, shown_path(f->path), part,
              text);
    defuse(f->m->errmsg);
    return status;
}

int mlrt__file_errno(const mlrt__file *f, const char *call) {
    char text[128];
    int err = errno;
    if (strerror_r(err, text, sizeof text) != 0)
        snprintf(text, sizeof text, "error %d", err);
    return mlrt__file_fail(f, MLRT_EIO, "%s%s%s", call, *call ? ": " : "",
                           text);
}

/* ---- Opening ---------------------------------------------------------- */

static const char *kind_of(mode_t mode) {
    return S_ISDIR(mode)    ? "a directory"
           : S_ISFIFO(mode) ? "a pipe"
                            : "a device"; /* a socket cannot be opened */
}

/* Some files of /proc and /sys say that they have no bytes, and have. */
static int check_empty(const mlrt__file *f) {
    char byte;
    if (f->size == 0 && pread(f->fd, &byte, 1, 0) == 1)
        return mlrt__file_fail(f, MLRT_EIO,
                               "does not know its size; copy it first");
    if (f->size > SIZE_MAX / 8)
        return mlrt__file_fail(f, MLRT_EFORMAT, "%llu bytes are too many",
                               (unsigned long long)f->size);
    return 0;
}

static int check_regular(mlrt__file *f) {
    struct stat info;
    if (fstat(f->fd, &info) != 0)
        return mlrt__file_errno(f, "");
    if (!S_ISREG(info.st_mode))
        return mlrt__file_fail(f, MLRT_EIO, "is %s, not a file",
                               kind_of(info.st_mode));
    f->size = info.st_size > 0 ? (uint64_t)info.st_size : 0;
    return check_empty(f);
}

/* Without O_NONBLOCK, opening a pipe would wait for its writer. */
int mlrt__file_open(mlrt *m, const char *what, const char *path,
                    mlrt__file *f) {
    *f = (mlrt__file){.m = m, .what = what, .path = path, .fd = -1};
    int err = mlrt__io_ready(m, what);
    if (!err && !path)
        err = mlrt_fail(m, MLRT_EARG, "%s: the path is missing", what);
    bool mounted = false;
    if (!err)
        err = mlrt__mount_read(f, &mounted);
    if (err || mounted)
        return err;
    do
        f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    while (f->fd < 0 && errno == EINTR);
    if (f->fd < 0)
        return mlrt__file_errno(f, "");
    err = check_regular(f);
    if (err)
        mlrt__file_close(f);
    return err;
}

void mlrt__file_memory(mlrt *m, const char *what, const char *path,
                       const void *bytes, size_t n, mlrt__file *f) {
    *f = (mlrt__file){.m = m, .what = what, .path = path, .fd = -1};
    f->bytes = n ? bytes : (const void *)"";
    f->size = n;
}

void mlrt__file_close(mlrt__file *f) {
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
}

/* ---- Reading ---------------------------------------------------------- */

enum {
    STEP = 4 << 20, /* between which an interruption is noticed */
    PART = 64 << 10 /* least that a thread of its own reads */
};

/* n bytes, or as many as there are; negative: errno says why. */
static ssize_t read_step(int fd, uint64_t pos, char *to, size_t n) {
    size_t there = 0;
    while (there < n) {
        ssize_t got = pread(fd, to + there, n - there, (off_t)(pos + there));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return got;
        if (got == 0)
            break;
        there += (size_t)got;
    }
    return (ssize_t)there;
}

/* A step in parts, for copying from the system's cache is work too. */
typedef struct parts {
    const mlrt__file *f;
    uint64_t pos;
    char *to;
    size_t n, part;
    atomic_int failed;   /* errno of a part */
    atomic_size_t there; /* bytes in all parts */
} parts;

static void read_part(void *arg, int64_t task) {
    parts *x = arg;
    size_t from = (size_t)task * x->part, n = x->n - from;
    ssize_t got = read_step(x->f->fd, x->pos + from, x->to + from,
                            n < x->part ? n : x->part);
    if (got < 0)
        atomic_store(&x->failed, errno);
    else
        atomic_fetch_add(&x->there, (size_t)got);
}

/* What is there of n bytes; negative: errno says why. */
static ssize_t read_parts(const mlrt__file *f, uint64_t pos, char *to,
                          size_t n) {
    size_t threads = (size_t)f->m->threads;
    parts x = {.f = f, .pos = pos, .to = to, .n = n};
    x.part = n / threads + 1 > PART ? n / threads + 1 : PART;
    if (threads < 2 || n < 2 * PART)
        return read_step(f->fd, pos, to, n);
    mlrt__parallel(f->m, (int64_t)((n + x.part - 1) / x.part), read_part, &x,
                   false);
    errno = atomic_load(&x.failed);
    if (errno)
        return -1;
    return atomic_load(&x.there) == n ? (ssize_t)n /* or where does it end? */
                                      : read_step(f->fd, pos, to, n);
}

static int read_at(const mlrt__file *f, uint64_t pos, char *to, size_t n) {
    for (size_t step; n > 0; to += step, pos += step, n -= step) {
        if (mlrt__stop(f->m))
            return mlrt__stopped(f->m);
        step = n < STEP ? n : STEP;
        ssize_t got = read_parts(f, pos, to, step);
        if (got < 0)
            return mlrt__file_errno(f, "");
        if ((size_t)got < step)
            return mlrt__file_fail(f, MLRT_EIO,
                                   "ended at byte %llu of %llu: it was "
                                   "changed while being read",
                                   (unsigned long long)(pos + (uint64_t)got),
                                   (unsigned long long)f->size);
    }
    return 0;
}

int mlrt__file_at(const mlrt__file *f, uint64_t pos, void *to, size_t n) {
    if (pos > f->size || n > f->size - pos)
        return mlrt__file_fail(f, MLRT_EFORMAT,
                               "truncated: %zu bytes wanted at byte %llu of "
                               "%llu",
                               n, (unsigned long long)pos,
                               (unsigned long long)f->size);
    if (!f->bytes)
        return read_at(f, pos, to, n);
    if (mlrt__stop(f->m))
        return mlrt__stopped(f->m);
    memcpy(to, f->bytes + pos, n);
    return 0;
}

const char *mlrt__file_kind(const mlrt__file *f) {
    static const struct {
        const char *magic, *text;
        size_t n;
    } known[] = {{"\x1f\x8b", ", but gzip", 2},
                 {"PK\3\4", ", but a zip archive (npz, or PyTorch's .pt)", 4},
                 {"\x93NUMPY", ", but NumPy's npy", 6},
                 {"\x80\2", ", but Python's pickle, which is never read", 2},
                 {"\x80\3", ", but Python's pickle, which is never read", 2},
                 {"\x80\4", ", but Python's pickle, which is never read", 2},
                 {"\x80\5", ", but Python's pickle, which is never read", 2},
                 {"\x89HDF", ", but HDF5", 4},
                 {"\x89PNG", ", but a PNG image", 4},
                 {"GGUF", ", but GGUF", 4}};
    char magic[6] = {0};
    size_t n = f->size < sizeof magic ? (size_t)f->size : sizeof magic;
    if (mlrt__file_at(f, 0, magic, n) != 0)
        return "";
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].n <= n && memcmp(magic, known[i].magic, known[i].n) == 0)
            return known[i].text;
    return "";
}
