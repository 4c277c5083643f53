/* refusing.h: memory that runs out: the n-th request of the allocator, or what
 * goes beyond a limit. */
#ifndef MLRT_TESTS_REFUSING_H
#define MLRT_TESTS_REFUSING_H

#include <stdlib.h>

#include "call.h"

typedef struct faulty {
    long n, fail, blocks;
} faulty;

static void *faulty_alloc(void *ud, void *p, size_t osize, size_t nsize) {
    faulty *f = ud;
    (void)osize;
    if (nsize == 0) {
        f->blocks -= p != NULL;
        free(p);
        return NULL;
    }
    if (++f->n == f->fail)
        return NULL;
    void *q = realloc(p, nsize);
    f->blocks += q && !p;
    return q;
}

/* Work in a context of its own: it must fail with MLRT_ENOMEM or get through,
 * and leave nothing; says whether it got through. */
static bool attempt(int (*work)(mlrt *m, const void *with), const void *with,
                    faulty *f, size_t limit) {
    mlrt_config config;
    mlrt_memory_info info;
    mlrt_config_init(&config);
    config.alloc = faulty_alloc;
    config.alloc_ud = f;
    config.threads = 1;
    config.max_bytes = limit;
    mlrt *m = mlrt_open(&config, NULL);
    int err = m ? work(m, with) : MLRT_ENOMEM;
    cr_expect(err == 0 || err == MLRT_ENOMEM, "%ld, %zu: %d %s", f->fail, limit,
              err, m ? mlrt_errmsg(m) : "");
    if (m) {
        mlrt_memory(m, &info);
        cr_expect(info.tensors == 0, "%ld, %zu: %zu tensors left", f->fail,
                  limit, info.tensors);
        mlrt_close(m);
    }
    cr_expect(f->blocks == 0, "%ld, %zu: %ld blocks left", f->fail, limit,
              f->blocks);
    return err == 0;
}

/* Lets `work` run with each of its requests refused in turn, until it gets
 * through without. */
static inline void refuse_each(int (*work)(mlrt *m, const void *with),
                               const void *with) {
    bool reached = true;
    long fail = 1;
    for (; reached; fail++) {
        faulty f = {.fail = fail};
        bool done = attempt(work, with, &f, 0);
        reached = f.n >= fail;
        cr_expect(done || reached);
    }
    cr_expect(fail > 4);
}

/* Lets `work` run with less memory than it needs, and a little more each time:
 * for all that is no tensor, and then for tensors, which leave a reserve. */
static inline void limit_each(int (*work)(mlrt *m, const void *with),
                              const void *with, size_t extent) {
    mlrt_memory_info info;
    mlrt *m = mlrt_open(NULL, NULL);
    mlrt_memory(m, &info);
    mlrt_close(m);
    size_t limit = info.other;
    for (; limit < info.other + extent; limit += 64)
        attempt(work, with, &(faulty){.n = 0}, limit);
    limit = info.other + (1 << 20);
    while (!attempt(work, with, &(faulty){.n = 0}, limit))
        limit += 64;
}

#endif
