/* test_io_faults.c: every file call made to fail.
 *
 * The functions below stand in the way of the C library's.  A save is run
 * again and again, and its first, second, ... call fails, writes half, or ends
 * the process: the old or the new file must be there, whole, and an error be
 * reported unless the new one is.  The same is done to the loaders, and to
 * memory. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "call.h"
#include "io_dir.h"

/* ---- Faults ----------------------------------------------------------- */

typedef enum fault {
    NONE,
    FAIL,      /* the call fails with `code` */
    SHORT,     /* reads and writes do half, the others nothing unusual */
    DIE,       /* the process ends before the call, */
    DIE_AFTER, /* or after it, a write half done */
} fault;

static struct {
    fault kind;
    int code;
    long n, at; /* calls so far; the one to be hit, 0: none */
} faults;

/* Is this call hit? */
static bool hit(void) {
    if (faults.kind == NONE || ++faults.n != faults.at)
        return false;
    if (faults.kind == DIE)
        _exit(9);
    errno = faults.code;
    return true;
}

/* What a call that is hit gives, having been done or not. */
static long outcome(long done) {
    if (faults.kind == DIE_AFTER)
        _exit(9);
    return faults.kind == SHORT ? done : -1;
}

static size_t part(size_t n) {
    return n > 1 ? n / 2 : n;
}

/* Of these none is ever interrupted. */
#define CALL(number, ...)                                                      \
    bool is_hit = faults.code != EINTR && hit();                               \
    if (is_hit && faults.kind == FAIL)                                         \
        return -1;                                                             \
    long done = syscall(number, __VA_ARGS__);                                  \
    return (int)(is_hit ? outcome(done) : done)

int open(const char *path, int flags, ...) {
    va_list ap;
    va_start(ap, flags);
    unsigned mode = flags & O_CREAT ? va_arg(ap, unsigned) : 0;
    va_end(ap);
    CALL(SYS_openat, AT_FDCWD, path, flags, mode);
}

int openat(int dir, const char *path, int flags, ...) {
    va_list ap;
    va_start(ap, flags);
    unsigned mode = flags & O_CREAT ? va_arg(ap, unsigned) : 0;
    va_end(ap);
    CALL(SYS_openat, dir, path, flags, mode);
}

int fsync(int fd) {
    bool is_hit = hit();
    if (is_hit && faults.kind == FAIL)
        return -1;
    long done = syscall(SYS_fsync, fd);
    return (int)(is_hit ? outcome(done) : done);
}

int renameat(int from, const char *old, int to, const char *new) {
    CALL(SYS_renameat, from, old, to, new);
}

int fchmod(int fd, mode_t mode) {
    CALL(SYS_fchmod, fd, mode);
}

int fstat(int fd, struct stat *info) {
    CALL(SYS_fstat, fd, info);
}

void *mmap(void *at, size_t n, int protection, int flags, int fd, off_t pos) {
    if (fd >= 0 && faults.kind == FAIL && hit())
        return MAP_FAILED;
    return (void *)syscall(SYS_mmap, at, n, protection, flags, fd, pos);
}

/* What fails to close is closed nevertheless. */
int close(int fd) {
    bool is_hit = hit();
    long done = syscall(SYS_close, fd);
    return (int)(is_hit ? outcome(done) : done);
}

static ssize_t transfer(long number, int fd, void *p, size_t n, off_t at) {
    bool is_hit = hit();
    if (is_hit && faults.kind == FAIL)
        return -1;
    ssize_t done = syscall(number, fd, p, is_hit ? part(n) : n, at);
    return is_hit ? outcome(done) : done;
}

ssize_t write(int fd, const void *p, size_t n) {
    return transfer(SYS_write, fd, (void *)(uintptr_t)p, n, 0);
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at) {
    return transfer(SYS_pwrite64, fd, (void *)(uintptr_t)p, n, at);
}

ssize_t pread(int fd, void *p, size_t n, off_t at) {
    return transfer(SYS_pread64, fd, p, n, at);
}

static void start_faults(fault kind, int code, long at) {
    faults.code = code;
    faults.n = 0;
    faults.at = at;
    faults.kind = kind;
}

/* Was the call reached that should be hit? */
static bool stop_faults(void) {
    faults.kind = NONE;
    return faults.n >= faults.at;
}

/* ---- What is saved ---------------------------------------------------- */

/* Larger than the buffers, so that there are several writes. */
static mlrt_bundle *two_tensors(mlrt *m) {
    mlrt_bundle *b = mlrt_bundle_new(m);
    mlrt_tensor *t = make(m, MLRT_F32, 1, (int64_t[]){30000});
    mlrt_tensor *u = make(m, MLRT_BOOL, 1, (int64_t[]){70});
    cr_assert(b && mlrt_bundle_add(b, "t", t) == 0 &&
              mlrt_bundle_add(b, "u", u) == 0);
    mlrt_release(t);
    mlrt_release(u);
    return b;
}

typedef int saver(mlrt_bundle *b, const char *path);

static int save_safetensors(mlrt_bundle *b, const char *path) {
    return mlrt_bundle_save(b, path);
}
static int save_npz(mlrt_bundle *b, const char *path) {
    return mlrt_bundle_save_npz(b, path, true);
}
static int save_npy(mlrt_bundle *b, const char *path) {
    mlrt_tensor *t = mlrt_bundle_tensor(b, 0);
    return mlrt_write_npy(mlrt_context(t), path, t);
}
static int save_bytes(mlrt_bundle *b, const char *path) {
    return mlrt_write_file(mlrt_context(mlrt_bundle_tensor(b, 0)), path,
                           "some bytes", 10);
}
static saver *const savers[] = {save_safetensors, save_npz, save_npy,
                                save_bytes};
enum { NSAVERS = 4 };

static const char old[] = "the old file";

static bool is_old(const char *path) {
    size_t n;
    char *bytes = get_file(path, &n);
    bool same = n == sizeof old && memcmp(bytes, old, n) == 0;
    free(bytes);
    return same;
}

/* The file holds what the saver writes when nothing goes wrong. */
static bool is_new(const char *path, const char *want, size_t n) {
    size_t got;
    char *bytes = get_file(path, &got);
    bool same = got == n && memcmp(bytes, want, n) == 0;
    free(bytes);
    return same;
}

static char *what_it_writes(saver *save, mlrt_bundle *b, folder *f, size_t *n) {
    cr_assert(save(b, in_folder(f, "x")) == 0);
    return get_file(f->file, n);
}

static int open_files(void) {
    int n = 0;
    for (int fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

/* ---- Saving ----------------------------------------------------------- */

/* After a failure: the old file, or the new one with a warning that a power
 * cut might undo it. */
static void expect_fault(mlrt *m, int err, folder *f, const char *want,
                         size_t n) {
    if (err == 0) {
        cr_expect(is_new(f->file, want, n));
    } else {
        cr_expect(err == MLRT_EIO && strstr(mlrt_errmsg(m), f->path), "%s",
                  mlrt_errmsg(m));
        cr_expect(strstr(mlrt_errmsg(m), "power cut") ? is_new(f->file, want, n)
                                                      : is_old(f->file),
                  "%s", mlrt_errmsg(m));
    }
    cr_expect(count_files(f, false) == 1, "a temporary is left");
}

/* How many calls there are. */
static long fail_each(saver *save, fault kind, int code) {
    mlrt *m = open_with(NULL, 1);
    mlrt_bundle *b = two_tensors(m);
    folder f;
    size_t n;
    long i = 0, failed = 0;
    open_folder(&f);
    char *want = what_it_writes(save, b, &f, &n);
    int files = open_files();
    for (bool reached = true; reached;) {
        put_file(f.file, old, sizeof old);
        start_faults(kind, code, ++i);
        int err = save(b, f.file);
        reached = stop_faults();
        expect_fault(m, err, &f, want, n);
        cr_expect(reached || err == 0);
        cr_expect(open_files() == files, "a file is left open");
        failed += err != 0;
    }
    /* Interrupted calls and short writes are gone on with; of the others
     * only the closing of the folder, when all is done, may fail. */
    bool harmless = kind == SHORT || code == EINTR;
    cr_expect(harmless ? failed == 0 : failed >= i - 2, "%ld of %ld", failed,
              i);
    free(want);
    mlrt_bundle_free(b);
    close_folder(&f);
    close_clean(m);
    return i - 1;
}

Test(io_faults, every_call_of_a_save) {
    static const int codes[] = {EIO, ENOSPC, EDQUOT, EROFS};
    long calls = 0;
    for (int s = 0; s < NSAVERS; s++)
        for (int c = 0; c < 4; c++)
            calls += fail_each(savers[s], FAIL, codes[c]);
    cr_log_info("%ld calls failed", calls);
    cr_expect(calls >= 100);
}

Test(io_faults, short_and_interrupted_writes) {
    for (int s = 0; s < NSAVERS; s++)
        fail_each(savers[s], SHORT, 0), fail_each(savers[s], FAIL, EINTR);
}

/* ---- Dying ------------------------------------------------------------ */

/* The process ends at call i of a save; false when it got to the end. */
static bool die_at(saver *save, mlrt_bundle *b, const char *path, fault kind,
                   long i) {
    int status;
    pid_t child = fork();
    if (child == 0) {
        start_faults(kind, 0, i);
        _exit(save(b, path) == 0 ? 0 : 1);
    }
    cr_assert(child > 0 && waitpid(child, &status, 0) == child);
    cr_assert(WIFEXITED(status) &&
              (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 9));
    return WEXITSTATUS(status) == 9;
}

/* The file must not be the new one before it is on the disk: fsync comes
 * before rename, so a process that dies sees the old file until then. */
static long die_each(saver *save, fault kind) {
    mlrt *m = open_with(NULL, 1);
    mlrt_bundle *b = two_tensors(m);
    folder f;
    size_t n;
    long i = 0;
    open_folder(&f);
    char *want = what_it_writes(save, b, &f, &n);
    for (bool died = true; died;) {
        char *path = f.file;
        put_file(path, old, sizeof old);
        died = die_at(save, b, path, kind, ++i);
        cr_expect(is_new(path, want, n) || (died && is_old(path)));
        count_files(&f, true); /* a temporary may be left */
    }
    free(want);
    mlrt_bundle_free(b);
    close_folder(&f);
    close_clean(m);
    return i - 1;
}

Test(io_faults, a_process_that_dies_leaves_a_whole_file) {
    long calls = 0;
    for (int s = 0; s < NSAVERS; s++)
        calls += die_each(savers[s], DIE) + die_each(savers[s], DIE_AFTER);
    cr_log_info("died at %ld calls", calls);
    cr_expect(calls >= 60);
}

/* ---- Loading ---------------------------------------------------------- */

static const char *const golden[] = {
    "tests/golden/io/f4.npy",       "tests/golden/io/u8.idx.gz",
    "tests/golden/io/deflated.npz", "tests/golden/io/all.safetensors",
    "tests/golden/io/i2.npy",       "tests/golden/io/fortran.npy"};
enum { NGOLDEN = 6 };

/* 0 when it could be read. */
static int load(mlrt *m, const char *path, bool use_mmap) {
    bool ok;
    if (strstr(path, ".idx") || strstr(path, ".npy")) {
        mlrt_tensor *t = strstr(path, ".idx") ? mlrt_read_idx(m, path)
                                              : mlrt_read_npy(m, path);
        ok = t != NULL;
        mlrt_release(t);
    } else {
        mlrt_bundle *b = strstr(path, ".npz")
                             ? mlrt_bundle_load_npz(m, path)
                             : mlrt_bundle_load(m, path, use_mmap);
        ok = b != NULL;
        mlrt_bundle_free(b);
    }
    return ok ? 0 : mlrt_errcode(m);
}

static void load_each(const char *path, fault kind, int code) {
    mlrt *m = open_with(NULL, 1);
    int files = open_files();
    long i = 0, failed = 0;
    for (bool reached = true; reached;) {
        start_faults(kind, code, ++i);
        int err = load(m, path, i % 2 == 0);
        reached = stop_faults();
        cr_expect(err == 0 || err == MLRT_EIO, "%s", mlrt_errmsg(m));
        cr_expect(reached || err == 0);
        cr_expect(open_files() == files);
        failed += err != 0;
    }
    cr_expect(kind == SHORT ? failed == 0 : failed >= 2, "%s", path);
    close_clean(m);
}

Test(io_faults, every_call_of_a_load) {
    for (int i = 0; i < NGOLDEN; i++) {
        load_each(golden[i], FAIL, EIO);
        load_each(golden[i], SHORT, 0);
    }
}

/* A file that shrinks while it is read: its size is known, its bytes end. */
Test(io_faults, shrinking_files) {
    mlrt *m = open_with(NULL, 1);
    folder f;
    open_folder(&f);
    mlrt_bundle *b = two_tensors(m);
    cr_assert(mlrt_bundle_save(b, in_folder(&f, "x")) == 0);
    mlrt_bundle_free(b);
    int fd = open(f.file, O_RDONLY);
    cr_assert(fd >= 0 && truncate(f.file, 1000) == 0);
    cr_expect(load(m, f.file, false) != 0);
    close(fd);
    close_folder(&f);
    close_clean(m);
}

/* ---- Memory ----------------------------------------------------------- */

/* An allocator whose requests fail from number `at` on (0: never): a single
 * failure would be made good by the second try. */
typedef struct budget {
    long n, at, blocks;
} budget;

static void *allocate(void *ud, void *p, size_t osize, size_t nsize) {
    budget *b = ud;
    (void)osize;
    if (nsize == 0) {
        b->blocks -= p != NULL;
        free(p);
        return NULL;
    }
    if (b->at && ++b->n >= b->at)
        return NULL;
    void *q = realloc(p, nsize);
    b->blocks += q && !p;
    return q;
}

/* Two tensors by their names, into new ones and then into those. */
static int by_names(mlrt *m, mlrt_bundle *b, const char *path) {
    const char *const names[] = {"t", "u"};
    mlrt_tensor *const from[] = {mlrt_bundle_tensor(b, 0),
                                 mlrt_bundle_tensor(b, 1)};
    mlrt_tensor *to[] = {NULL, NULL};
    int err = mlrt_scope_begin(m);
    if (err)
        return err;
    err = mlrt_save(m, path, names, from, 2);
    for (int i = 0; i < 2 && !err; i++)
        err = mlrt_load(m, path, names, to, 2);
    mlrt_scope_end(m); /* which has what was loaded */
    return err;
}

static int keep_bytes(void *ud, const void *bytes, size_t n) {
    *(size_t *)ud = n;
    return bytes ? 0 : -1;
}

/* What a host mounts, read and written. */
static int by_mounts(mlrt *m) {
    size_t n = 0;
    int err = mlrt_mount(m, "in", "bytes", 5);
    if (!err)
        err = mlrt_mount_sink(m, "out", keep_bytes, &n);
    mlrt_tensor *t = err ? NULL : mlrt_read_file(m, "in");
    if (!err)
        err = t ? mlrt_write_npy(m, "out", t) : mlrt_errcode(m);
    mlrt_release(t);
    mlrt_unmount(m, "in");
    mlrt_unmount(m, "out");
    return err;
}

static int everything(mlrt *m, mlrt_bundle *b, const char *path) {
    int err = by_names(m, b, path);
    if (!err)
        err = by_mounts(m);
    if (!err)
        err = load(m, golden[3], true);
    for (int i = 0; i < NGOLDEN && !err; i++)
        err = load(m, golden[i], i % 2 == 0);
    for (int s = 0; s < NSAVERS && !err; s++)
        err = savers[s](b, path);
    return err;
}

/* Is there a request number i? */
static bool run_out_at(long i, folder *f) {
    budget limit = {.at = 0};
    mlrt_config config;
    mlrt_config_init(&config);
    config.alloc = allocate;
    config.alloc_ud = &limit;
    config.threads = 1;
    mlrt *m = mlrt_open(&config, NULL);
    mlrt_bundle *b = two_tensors(m);
    mlrt_flush_cache(m);
    limit.at = i;
    int err = everything(m, b, in_folder(f, "x"));
    bool reached = limit.n >= i;
    limit.at = 0;
    cr_expect(err == (reached ? MLRT_ENOMEM : 0), "%s", mlrt_errmsg(m));
    mlrt_bundle_free(b);
    close_clean(m);
    cr_expect(limit.blocks == 0, "%ld blocks left", limit.blocks);
    return reached;
}

Test(io_faults, every_allocation) {
    folder f;
    long i = 1;
    open_folder(&f);
    while (run_out_at(i, &f))
        i++;
    cr_log_info("%ld allocations failed", i - 1);
    cr_expect(count_files(&f, false) == 1);
    close_folder(&f);
}
