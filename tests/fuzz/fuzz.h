/* fuzz.h: what the fuzz targets share.
 *
 * A target reads one input and gives back everything; an input that makes it
 * crash, leak or keep a tensor is a bug.  `make fuzz` builds them by clang
 * with libFuzzer; tests/c/test_fuzz.c replays the corpora without it.
 */
#ifndef MLRT_FUZZ_H
#define MLRT_FUZZ_H

#include "io/io.h"
#include "io/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* One context for all inputs, with little memory. */
static inline mlrt *fuzz_context(void) {
    static mlrt *m;
    mlrt_config config;
    if (m)
        return m;
    mlrt_config_init(&config);
    config.max_bytes = 64 << 20;
    config.threads = 1;
    m = mlrt_open(&config, NULL);
    return m;
}

/* Reads every byte of t, which must be in C order. */
static inline void fuzz_use(const mlrt_tensor *t) {
    volatile unsigned sum = 0;
    const uint8_t *p = mlrt_data_const(t);
    for (size_t i = 0; p && i < mlrt_nbytes(t); i++)
        sum += p[i];
    (void)sum;
    if (!p && mlrt_numel(t) > 0)
        __builtin_trap();
}

/* A failure says so, and nothing is left. */
static inline void fuzz_end(mlrt *m, bool ok) {
    mlrt_memory_info info;
    mlrt_memory(m, &info);
    int code = mlrt_errcode(m);
    if (info.tensors != 0 ||
        (!ok && code != MLRT_EFORMAT && code != MLRT_ENOMEM))
        __builtin_trap();
}

static inline int fuzz_tensor(const uint8_t *bytes, size_t n,
                              mlrt_tensor *(*read)(mlrt__stream *s)) {
    mlrt__file f;
    mlrt__stream s;
    mlrt *m = fuzz_context();
    mlrt_tensor *t = NULL;
    mlrt__file_memory(m, "read", "(memory)", bytes, n, &f);
    if (mlrt__stream_open(&f, &s) == 0) {
        t = read(&s);
        mlrt__stream_close(&s);
    }
    if (t)
        fuzz_use(t);
    mlrt_release(t);
    fuzz_end(m, t != NULL);
    return 0;
}

static inline int fuzz_bundle(mlrt *m, mlrt_bundle *b) {
    for (int i = 0; b && i < mlrt_bundle_count(b); i++) {
        mlrt_tensor *t = mlrt_bundle_tensor(b, i);
        if (mlrt_bundle_get(b, mlrt_bundle_name(b, i)) != t)
            __builtin_trap();
        fuzz_use(t);
    }
    bool ok = b != NULL;
    mlrt_bundle_free(b);
    fuzz_end(m, ok);
    return 0;
}

#endif
