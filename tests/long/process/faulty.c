/* faulty.c: a mlrun whose requests for memory fail, from its start to its end.
 *
 * The linker sends malloc, calloc, realloc and free of mlrun's own objects here
 * (--wrap); the core is built without its cache.  FAULT_AT and FAULT_COUNT say
 * which requests fail; at the end the number of requests and of blocks that
 * were not given back goes to the file FAULT_LOG.  tests/long/prompt.sh is what
 * uses it. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void __real_free(void *p);
ssize_t __real_getline(char **line, size_t *n, FILE *f);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void __wrap_free(void *p);
ssize_t __wrap_getline(char **line, size_t *n, FILE *f);

static long long requests, blocks, at, count;

static long long setting(const char *name) {
    const char *text = getenv(name);
    return text ? atoll(text) : 0;
}

static __attribute__((constructor)) void start(void) {
    at = setting("FAULT_AT");
    count = setting("FAULT_COUNT");
}

static __attribute__((destructor)) void end(void) {
    const char *path = getenv("FAULT_LOG");
    FILE *f = path ? fopen(path, "w") : NULL;
    if (!f)
        return;
    fprintf(f, "%lld %lld\n", requests, blocks);
    fclose(f);
}

static int refused(void) {
    long long i = ++requests - at;
    return at > 0 && i >= 0 && i < count;
}

void *__wrap_malloc(size_t n) {
    void *p = refused() ? NULL : __real_malloc(n);
    blocks += p != NULL;
    return p;
}

void *__wrap_calloc(size_t n, size_t size) {
    void *p = refused() ? NULL : __real_calloc(n, size);
    blocks += p != NULL;
    return p;
}

void *__wrap_realloc(void *old, size_t n) {
    void *p = refused() ? NULL : __real_realloc(old, n);
    blocks += p && !old;
    return p;
}

/* The line is the C library's, and is freed by us. */
ssize_t __wrap_getline(char **line, size_t *n, FILE *f) {
    int is_new = !*line;
    ssize_t length = __real_getline(line, n, f);
    blocks += is_new && *line;
    return length;
}

void __wrap_free(void *p) {
    blocks -= p != NULL;
    __real_free(p);
}
