/* sink.c: replacing a file, so that the old or the new one is always whole.
 *
 * The bytes go to a temporary beside the target, made by us alone (O_EXCL);
 * when all are written it is fsynced and renamed over the target, and the
 * folder is fsynced.  Any failure before the rename removes the temporary and
 * leaves the old file.  A process that is killed may leave a temporary, whose
 * name is .NAME.xxxxxxxx.tmp.
 *
 * The new file has the old one's mode and, if we may, its owner; a new one
 * has what the umask leaves.  A symbolic link stays: what it points to is
 * replaced, as it is by open(path, "w").  Directories, devices and files that
 * may not be written are refused.
 *
 * A name that the host mounted is written to memory, and handed over whole.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "io.h"

enum { BUFFER = 1 << 16, STEP = 4 << 20, MAX_LINKS = 40 };

struct mlrt__sink {
    mlrt__file f; /* for messages */
    int folder, fd;
    mlrt_sink_fn *fn; /* mounted: what gets the bytes, */
    void *ud;
    uint8_t *memory; /* which are here */
    size_t room;
    size_t n;              /* in the buffer */
    uint64_t done;         /* bytes written before it */
    char target[PATH_MAX]; /* path with the links of its last part followed */
    char *name;            /* its last part */
    char temporary[NAME_MAX + 1];
    uint8_t buffer[BUFFER];
};

const mlrt__file *mlrt__sink_file(const mlrt__sink *s) {
    return &s->f;
}

uint64_t mlrt__sink_tell(const mlrt__sink *s) {
    return s->done + s->n;
}

/* ---- Opening ---------------------------------------------------------- */

static char *last_part(char *path) {
    char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* target becomes what the link points to, from the link's own folder. */
static int follow(mlrt__sink *s, const char *link) {
    char *name = *link == '/' ? s->target : last_part(s->target);
    size_t used = (size_t)(name - s->target), n = strlen(link);
    if (used + n >= sizeof s->target) {
        errno = ENAMETOOLONG;
        return mlrt__file_errno(&s->f, "");
    }
    memcpy(name, link, n + 1);
    return 0;
}

static int find_target(mlrt__sink *s) {
    char link[PATH_MAX];
    size_t n = strlen(s->f.path);
    if (n >= sizeof s->target) {
        errno = ENAMETOOLONG;
        return mlrt__file_errno(&s->f, "");
    }
    memcpy(s->target, s->f.path, n + 1);
    for (int i = 0;; i++) {
        ssize_t got = readlink(s->target, link, sizeof link - 1);
        if (got < 0) /* no link, or nothing there */
            break;
        link[got] = '\0';
        if (i == MAX_LINKS) {
            errno = ELOOP;
            return mlrt__file_errno(&s->f, "");
        }
        int err = follow(s, link);
        if (err)
            return err;
    }
    s->name = last_part(s->target);
    return 0;
}

static int open_folder(mlrt__sink *s) {
    char first = *s->name;
    if (first == '\0')
        return mlrt__file_fail(&s->f, MLRT_EIO, "is not the name of a file");
    *s->name = '\0'; /* leaves the folder, or nothing */
    s->folder = open(*s->target ? s->target : ".",
                     O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *s->name = first;
    return s->folder < 0 ? mlrt__file_errno(&s->f, "") : 0;
}

/* What is there already?  `exists` is false if nothing. */
static int look_at_old(mlrt__sink *s, struct stat *old, bool *exists) {
    *exists = fstatat(s->folder, s->name, old, AT_SYMLINK_NOFOLLOW) == 0;
    if (!*exists)
        return errno == ENOENT ? 0 : mlrt__file_errno(&s->f, "");
    if (!S_ISREG(old->st_mode))
        return mlrt__file_fail(&s->f, MLRT_EIO, "is not a regular file");
    if (faccessat(s->folder, s->name, W_OK, 0) != 0)
        return mlrt__file_errno(&s->f, "");
    return 0;
}

/* A name that nobody else is likely to use; open finds out. */
static void name_temporary(mlrt__sink *s, unsigned attempt) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t x = (uint64_t)now.tv_sec * 1000000007 + (uint64_t)now.tv_nsec;
    x = (x ^ (uint64_t)getpid() << 32 ^ (uintptr_t)s) + attempt;
    x *= 0x9E3779B97F4A7C15u; /* the golden ratio's bits mix */
    snprintf(s->temporary, sizeof s->temporary, ".%.200s.%08x.tmp", s->name,
             (unsigned)(x >> 32));
}

static int make_temporary(mlrt__sink *s) {
    for (unsigned i = 0; i < 100; i++) {
        name_temporary(s, i);
        s->fd = openat(s->folder, s->temporary,
                       O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                       0666);
        if (s->fd >= 0)
            return 0;
        if (errno != EEXIST && errno != EINTR)
            break;
    }
    s->temporary[0] = '\0'; /* it is not ours */
    return mlrt__file_errno(&s->f, "");
}

/* The owner first, because changing it may clear bits of the mode; only a
 * privileged process may, and the others keep their own. */
static int copy_mode(mlrt__sink *s, const struct stat *old) {
    struct stat now;
    if (fstat(s->fd, &now) != 0)
        return mlrt__file_errno(&s->f, "");
    if ((now.st_uid != old->st_uid || now.st_gid != old->st_gid) &&
        fchown(s->fd, old->st_uid, old->st_gid) != 0)
        errno = 0;
    if (fchmod(s->fd, old->st_mode & 0777) != 0)
        return mlrt__file_errno(&s->f, "");
    return 0;
}

static int prepare(mlrt__sink *s) {
    struct stat old;
    bool exists = false;
    int err = find_target(s);
    if (!err)
        err = open_folder(s);
    if (!err)
        err = look_at_old(s, &old, &exists);
    if (!err)
        err = make_temporary(s);
    if (!err && exists)
        err = copy_mode(s, &old);
    return err;
}

int mlrt__sink_open(mlrt *m, const char *what, const char *path,
                    mlrt__sink **sink) {
    int err = mlrt__io_ready(m, what);
    if (!err && !path)
        err = mlrt_fail(m, MLRT_EARG, "%s: the path is missing", what);
    if (err)
        return err;
    mlrt__sink *s = mlrt__alloc(m, sizeof *s);
    if (!s)
        return MLRT_ENOMEM;
    s->f = (mlrt__file){.m = m, .what = what, .path = path, .fd = -1};
    s->folder = s->fd = -1;
    s->temporary[0] = '\0';
    s->n = s->room = 0;
    s->done = 0;
    s->memory = NULL;
    s->fn = NULL;
    err = mlrt__mount_write(&s->f, &s->fn, &s->ud);
    if (!err && !s->fn)
        err = prepare(s);
    if (err)
        return mlrt__sink_close(s, err);
    *sink = s;
    return 0;
}

/* ---- Writing ---------------------------------------------------------- */

/* Behind what is in memory, whose room doubles. */
static int remember(mlrt__sink *s, const uint8_t *p, size_t n) {
    size_t used = (size_t)s->done, room = s->room;
    if (n > room - used) {
        room = used + n > 2 * room ? used + n : 2 * room;
        uint8_t *bigger = mlrt__alloc(s->f.m, room);
        if (!bigger)
            return MLRT_ENOMEM;
        if (used > 0)
            memcpy(bigger, s->memory, used);
        mlrt__free(s->f.m, s->memory, s->room);
        s->memory = bigger;
        s->room = room;
    }
    if (n > 0)
        memcpy(s->memory + used, p, n);
    s->done += n;
    return 0;
}

static int write_all(mlrt__sink *s, const uint8_t *p, size_t n) {
    if (s->fn)
        return remember(s, p, n);
    while (n > 0) {
        if (mlrt__stop(s->f.m))
            return mlrt__stopped(s->f.m);
        ssize_t put = write(s->fd, p, n < STEP ? n : STEP);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return mlrt__file_errno(&s->f, "writing");
        p += put;
        n -= (size_t)put;
        s->done += (uint64_t)put;
    }
    return 0;
}

static int flush(mlrt__sink *s) {
    int err = write_all(s, s->buffer, s->n);
    s->n = 0;
    return err;
}

int mlrt__sink_put(mlrt__sink *s, const void *bytes, size_t n) {
    if (n > BUFFER - s->n) {
        int err = flush(s);
        if (err || n > BUFFER)
            return err ? err : write_all(s, bytes, n);
    }
    if (n > 0)
        memcpy(s->buffer + s->n, bytes, n);
    s->n += n;
    return 0;
}

int mlrt__sink_patch(mlrt__sink *s, uint64_t pos, const void *bytes, size_t n) {
    const uint8_t *p = bytes;
    int err = flush(s);
    if (!err && s->fn) {
        memcpy(s->memory + pos, p, n);
        return 0;
    }
    while (!err && n > 0) {
        ssize_t put = pwrite(s->fd, p, n, (off_t)pos);
        if (put < 0 && errno != EINTR)
            err = mlrt__file_errno(&s->f, "writing");
        if (put > 0) {
            p += put;
            pos += (uint64_t)put;
            n -= (size_t)put;
        }
    }
    return err;
}

/* ---- Closing ---------------------------------------------------------- */

static int sync_file(int fd) {
    int err;
    do
        err = fsync(fd);
    while (err != 0 && errno == EINTR);
    return err;
}

/* The bytes are on the disk and the file is closed. */
static int finish(mlrt__sink *s) {
    int err = flush(s);
    if (err)
        return err;
    if (sync_file(s->fd) != 0)
        return mlrt__file_errno(&s->f, "fsync");
    int fd = s->fd;
    s->fd = -1;
    if (close(fd) != 0 && errno != EINTR)
        return mlrt__file_errno(&s->f, "close");
    return 0;
}

/* Some file systems cannot sync a folder, and say EINVAL. */
static int put_in_place(mlrt__sink *s) {
    if (renameat(s->folder, s->temporary, s->folder, s->name) != 0)
        return mlrt__file_errno(&s->f, "rename");
    s->temporary[0] = '\0';
    if (sync_file(s->folder) != 0 && errno != EINVAL)
        return mlrt__file_errno(&s->f,
                                "the new file is there, but a power cut could "
                                "bring back the old one");
    return 0;
}

/* The host may answer with a message of its own. */
static int deliver(mlrt__sink *s) {
    mlrt *m = s->f.m;
    int err = flush(s);
    if (err)
        return err;
    m->errcode = 0;
    err = s->fn(s->ud, s->memory ? s->memory : (void *)"", (size_t)s->done);
    if (err < 0 && !m->errcode)
        return mlrt__file_fail(&s->f, err, "the host refused the bytes");
    return err < 0 ? err : 0;
}

int mlrt__sink_close(mlrt__sink *s, int err) {
    mlrt *m = s->f.m;
    if (!err)
        err = s->fn ? deliver(s) : finish(s);
    if (!err && !s->fn)
        err = put_in_place(s);
    mlrt__free(m, s->memory, s->room);
    if (s->fd >= 0)
        close(s->fd);
    if (s->temporary[0])
        unlinkat(s->folder, s->temporary, 0);
    if (s->folder >= 0)
        close(s->folder);
    mlrt__free(m, s, sizeof *s);
    return err;
}

int mlrt_write_file(mlrt *m, const char *path, const void *bytes, size_t n) {
    mlrt__sink *s;
    int err = mlrt__sink_open(m, "write_file", path, &s);
    return err ? err : mlrt__sink_close(s, mlrt__sink_put(s, bytes, n));
}
