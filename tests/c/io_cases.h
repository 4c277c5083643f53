/* io_cases.h: what the tests of failing calls save and load. */
#ifndef MLRT_TESTS_IO_CASES_H
#define MLRT_TESTS_IO_CASES_H

#include "call.h"

/* Larger than the buffers, so that there are several writes. */
static inline mlrt_bundle *two_tensors(mlrt *m) {
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

static inline int save_safetensors(mlrt_bundle *b, const char *path) {
    return mlrt_bundle_save(b, path);
}
static inline int save_npz(mlrt_bundle *b, const char *path) {
    return mlrt_bundle_save_npz(b, path, true);
}
static inline int save_npy(mlrt_bundle *b, const char *path) {
    mlrt_tensor *t = mlrt_bundle_tensor(b, 0);
    return mlrt_write_npy(mlrt_context(t), path, t);
}
static inline int save_bytes(mlrt_bundle *b, const char *path) {
    return mlrt_write_file(mlrt_context(mlrt_bundle_tensor(b, 0)), path,
                           "some bytes", 10);
}
static saver *const savers[] = {save_safetensors, save_npz, save_npy,
                                save_bytes};
enum { NSAVERS = 4 };

static const char *const golden[] = {
    "tests/golden/io/f4.npy",       "tests/golden/io/u8.idx.gz",
    "tests/golden/io/deflated.npz", "tests/golden/io/all.safetensors",
    "tests/golden/io/i2.npy",       "tests/golden/io/fortran.npy"};
enum { NGOLDEN = 6 };

/* 0 when it could be read. */
static inline int load(mlrt *m, const char *path, bool use_mmap) {
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

#endif
