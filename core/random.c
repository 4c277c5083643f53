/* random.c: streams of random numbers, Philox 4x32-10.
 *
 * Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2,
 * 3", SC 2011.  Block i of a stream is a function of the key and i alone, so
 * any thread can make any part, and the state is two numbers.
 */
#include "core.h"

static inline uint32_t mul_high(uint32_t a, uint32_t b, uint32_t *low) {
    uint64_t p = (uint64_t)a * b;
    *low = (uint32_t)p;
    return (uint32_t)(p >> 32);
}

void mlrt__philox(uint64_t key, uint64_t i, uint32_t out[4]) {
    uint32_t c[4] = {(uint32_t)i, (uint32_t)(i >> 32), 0, 0};
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    for (int round = 0; round < 10; round++) {
        uint32_t low0, low1;
        uint32_t high0 = mul_high(0xD2511F53u, c[0], &low0);
        uint32_t high1 = mul_high(0xCD9E8D57u, c[2], &low1);
        c[0] = high1 ^ c[1] ^ k0;
        c[2] = high0 ^ c[3] ^ k1;
        c[1] = low1;
        c[3] = low0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    memcpy(out, c, sizeof c);
}

uint64_t mlrt__take(mlrt_generator *g, uint64_t blocks) {
    uint64_t first = g->position;
    if (g->ctx->checkpoint && g != &g->ctx->gen)
        return mlrt__checkpoint_take(g, blocks);
    g->position += blocks;
    return first;
}

void mlrt_seed(mlrt *m, uint64_t seed) {
    m->gen.key = seed;
    m->gen.position = 0;
}

mlrt_generator *mlrt_default_generator(mlrt *m) {
    return &m->gen;
}

/* A generator keeps its context's memory, so it counts as a handle. */
mlrt_generator *mlrt_generator_new(mlrt *m, uint64_t seed) {
    mlrt_generator *g = mlrt__alloc(m, sizeof *g);
    if (!g)
        return NULL;
    *g = (mlrt_generator){.key = seed, .ctx = m};
    m->refs++;
    return g;
}

void mlrt_generator_free(mlrt_generator *g) {
    if (!g || g == &g->ctx->gen)
        return;
    mlrt *m = g->ctx;
    mlrt__free(m, g, sizeof *g);
    mlrt__context_release(m);
}

void mlrt_generator_get(const mlrt_generator *g, uint64_t state[2]) {
    state[0] = g->key;
    state[1] = g->position;
}

void mlrt_generator_set(mlrt_generator *g, const uint64_t state[2]) {
    g->key = state[0];
    g->position = state[1];
}

uint64_t mlrt_generator_next(mlrt_generator *g) {
    uint32_t w[4];
    mlrt__philox(g->key, mlrt__take(g, 1), w);
    return (uint64_t)w[1] << 32 | w[0];
}
