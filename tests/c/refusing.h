/* refusing.h: an allocator that refuses its n-th request for memory. */
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

/* Lets `work` run with each of its requests refused in turn, until it gets
 * through: it must fail with MLRT_ENOMEM and leave nothing. */
static void refuse_each(int (*work)(mlrt *m, const void *with),
                        const void *with) {
    bool reached = true;
    long fail = 1;
    for (; reached; fail++) {
        faulty f = {.fail = fail};
        mlrt_config config;
        mlrt_memory_info info;
        mlrt_config_init(&config);
        config.alloc = faulty_alloc;
        config.alloc_ud = &f;
        config.threads = 1;
        mlrt *m = mlrt_open(&config, NULL);
        int err = m ? work(m, with) : MLRT_ENOMEM;
        reached = f.n >= fail;
        cr_expect(err == 0 || (reached && err == MLRT_ENOMEM), "%ld: %d %s",
                  fail, err, m ? mlrt_errmsg(m) : "");
        if (m) {
            mlrt_memory(m, &info);
            cr_expect(info.tensors == 0, "%ld: %zu tensors left", fail,
                      info.tensors);
            mlrt_close(m);
        }
        cr_expect(f.blocks == 0, "%ld: %ld blocks left", fail, f.blocks);
    }
    cr_expect(fail > 4);
}

#endif
