/* count_alloc.c: counts the requests for memory that a program makes.
 *
 *   LD_PRELOAD=count_alloc.so COUNT_ALLOC_LOG=file program
 *
 * Counts calls of malloc, calloc, realloc, aligned_alloc, posix_memalign,
 * memalign, mmap, brk and sbrk whose caller does not lie in libopenblas. Every
 * line that the program writes to its standard output goes to the log behind
 * the count at that moment. With COUNT_ALLOC_FROM=text, the calls made after a
 * line that contains the text are logged as well, up to 100 of them, with the
 * place they came from. The C library's own calls of brk and mmap, which
 * follow from a malloc, are out of sight and not needed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);
extern void *__libc_memalign(size_t align, size_t n);

static struct { uintptr_t from, to; } blas[64];
static int nblas;
static atomic_long count;
static atomic_int traced = 100; /* 100: not tracing yet */
static int log_fd = -1;
static char line[256]; /* of standard output, so far */
static size_t line_len;

/* ---- Where OpenBLAS lies ---------------------------------------------- */

/* One line of /proc/self/maps: from-to perms offset dev inode path */
static void note_range(const char *text) {
    char *end;
    uintptr_t from = strtoull(text, &end, 16);
    uintptr_t to = strtoull(end + 1, NULL, 16);
    if (!strstr(text, "libopenblas") || nblas == 64)
        return;
    blas[nblas].from = from;
    blas[nblas].to = to;
    nblas++;
}

static void read_ranges(void) {
    static char text[1 << 18];
    size_t len = 0;
    int fd = open("/proc/self/maps", O_RDONLY);
    for (ssize_t n = 1; n > 0 && len < sizeof text - 1; len += (size_t)n) {
        n = read(fd, text + len, sizeof text - 1 - len);
        if (n < 0)
            break;
    }
    close(fd);
    text[len] = '\0';
    for (char *p = text, *end; (end = strchr(p, '\n')); p = end + 1) {
        *end = '\0';
        note_range(p);
    }
}

__attribute__((constructor)) static void start(void) {
    const char *path = getenv("COUNT_ALLOC_LOG");
    read_ranges();
    if (path)
        log_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
}

/* ---- Counting --------------------------------------------------------- */

static void put_log(const char *format, ...) {
    char text[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n > 0 && log_fd >= 0)
        syscall(SYS_write, log_fd, text,
                (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

static void trace(const char *what, size_t n, uintptr_t caller) {
    Dl_info info = {0};
    dladdr((void *)caller, &info);
    put_log("\t%s(%zu) from %s+%#zx (%s)\n", what, n,
            info.dli_fname ? info.dli_fname : "?",
            (size_t)(caller - (uintptr_t)info.dli_fbase),
            info.dli_sname ? info.dli_sname : "?");
}

static void counted(const char *what, size_t n, void *return_address) {
    uintptr_t caller = (uintptr_t)return_address;
    for (int i = 0; i < nblas; i++)
        if (caller >= blas[i].from && caller < blas[i].to)
            return;
    atomic_fetch_add(&count, 1);
    if (atomic_load(&traced) < 100 && atomic_fetch_add(&traced, 1) < 100)
        trace(what, n, caller);
}

#define COUNT(what, n) counted(what, n, __builtin_return_address(0))

void *malloc(size_t n) {
    COUNT("malloc", n);
    return __libc_malloc(n);
}

void *calloc(size_t n, size_t size) {
    COUNT("calloc", n * size);
    return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n) {
    COUNT("realloc", n);
    return __libc_realloc(p, n);
}

void *aligned_alloc(size_t align, size_t n) {
    COUNT("aligned_alloc", n);
    return __libc_memalign(align, n);
}

void *memalign(size_t align, size_t n) {
    COUNT("memalign", n);
    return __libc_memalign(align, n);
}

int posix_memalign(void **p, size_t align, size_t n) {
    COUNT("posix_memalign", n);
    void *block = __libc_memalign(align, n);
    if (!block)
        return ENOMEM;
    *p = block;
    return 0;
}

void *mmap(void *at, size_t n, int prot, int flags, int fd, off_t offset) {
    COUNT("mmap", n);
    return (void *)syscall(SYS_mmap, at, n, prot, flags, fd, offset);
}

void *mmap64(void *at, size_t n, int prot, int flags, int fd, off_t offset) {
    COUNT("mmap", n);
    return (void *)syscall(SYS_mmap, at, n, prot, flags, fd, offset);
}

int brk(void *end) {
    COUNT("brk", 0);
    int (*real)(void *) = (int (*)(void *))dlsym(RTLD_NEXT, "brk");
    return real(end);
}

void *sbrk(intptr_t n) {
    COUNT("sbrk", (size_t)n);
    void *(*real)(intptr_t) = (void *(*)(intptr_t))dlsym(RTLD_NEXT, "sbrk");
    return real(n);
}

/* ---- Standard output -------------------------------------------------- */

static void end_line(void) {
    const char *from = getenv("COUNT_ALLOC_FROM");
    line[line_len] = '\0';
    line_len = 0;
    put_log("%ld\t%s\n", atomic_load(&count), line);
    if (from && strstr(line, from) && atomic_load(&traced) == 100)
        atomic_store(&traced, 0);
}

static void written(const char *text, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '\n' || text[i] == '\r')
            end_line();
        else if (line_len < sizeof line - 1)
            line[line_len++] = text[i];
    }
}

ssize_t write(int fd, const void *text, size_t n) {
    if (fd == STDOUT_FILENO)
        written(text, n);
    return syscall(SYS_write, fd, text, n);
}

/* The C library writes its buffers without calling the write above. */
size_t fwrite(const void *text, size_t size, size_t n, FILE *f) {
    static size_t (*real)(const void *, size_t, size_t, FILE *);
    if (!real)
        real = (size_t(*)(const void *, size_t, size_t, FILE *))dlsym(RTLD_NEXT,
                                                                      "fwrite");
    if (f == stdout)
        written(text, size * n);
    return real(text, size, n, f);
}
