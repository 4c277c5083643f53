/* io_dir.h: a folder for one test, and files in it. */
#ifndef MLRT_TESTS_IO_DIR_H
#define MLRT_TESTS_IO_DIR_H

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mlrt.h"

typedef struct folder {
    char path[64];
    char file[128]; /* of the last in_folder */
} folder;

static inline void open_folder(folder *f) {
    snprintf(f->path, sizeof f->path, P_tmpdir "/mlrt_test_XXXXXX");
    cr_assert(mkdtemp(f->path), "no folder for temporary files");
}

static inline const char *in_folder(folder *f, const char *name) {
    snprintf(f->file, sizeof f->file, "%s/%s", f->path, name);
    return f->file;
}

/* How many files there are; `removed`: and are no longer. */
static inline int count_files(const folder *f, bool removed) {
    DIR *d = opendir(f->path);
    int n = 0;
    cr_assert(d);
    for (struct dirent *e; (e = readdir(d));) {
        char path[400];
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        n++;
        snprintf(path, sizeof path, "%s/%s", f->path, e->d_name);
        if (removed && unlink(path) != 0)
            rmdir(path);
    }
    closedir(d);
    return n;
}

static inline void close_folder(folder *f) {
    count_files(f, true);
    cr_expect(rmdir(f->path) == 0);
}

static inline void put_file(const char *path, const void *bytes, size_t n) {
    FILE *f = fopen(path, "wb");
    cr_assert(f && fwrite(bytes, 1, n, f) == n && fclose(f) == 0, "%s", path);
}

/* The bytes of a file, for the caller to free. */
static inline char *get_file(const char *path, size_t *n) {
    FILE *f = fopen(path, "rb");
    cr_assert(f, "%s", path);
    fseek(f, 0, SEEK_END);
    *n = (size_t)ftell(f);
    rewind(f);
    char *bytes = malloc(*n + 1);
    cr_assert(bytes && fread(bytes, 1, *n, f) == *n, "%s", path);
    bytes[*n] = '\0';
    fclose(f);
    return bytes;
}

static inline void expect_file(const char *path, const void *bytes, size_t n) {
    size_t got;
    char *p = get_file(path, &got);
    cr_expect(got == n && memcmp(p, bytes, n) == 0, "%s changed", path);
    free(p);
}

#endif
