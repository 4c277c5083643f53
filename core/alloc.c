/* alloc.c: the caching allocator, and every size computation.
 *
 * A training loop asks for the same blocks at every step, so blocks are kept
 * in free lists by size class: up to 8 KiB they are carved out of chunks,
 * above that each is a block of the host's.  The size is given again when
 * freeing, so blocks carry no header.  Built with MLRT_NO_CACHE every block
 * is the host's own, of the exact size, so that sanitizers see overruns.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "core.h"

enum {
    SMALL_MAX = 8192, /* largest block carved from chunks */
    CHUNK = 32768,    /* size of a chunk */
    ALIGN = 64,       /* alignment of chunks and large blocks */
    SWEEP = 1 << 20,  /* bytes in small blocks that are worth a search */
    FINE_MAX = 512,   /* classes up to here are 16 bytes apart */
    FINE = FINE_MAX / 16,
    FINE_LOG = 9, /* of FINE_MAX */
    CLASSES = FINE + 8 * (64 - FINE_LOG),
    HUGE_PAGE = 2 << 20,
    KEEP = 32 << 20 /* bytes kept for reuse whatever the peak was */
};

typedef struct block {
    struct block *next;
} block;

/* The head of a chunk, ALIGN bytes before its blocks. */
typedef struct chunk {
    struct chunk *next;
    size_t size; /* of its blocks */
    size_t idle; /* how many are free, while they are counted */
} chunk;

struct mlrt__cache {
    block *free[CLASSES];
    char *bump[CLASSES], *end[CLASSES]; /* unused rest of a chunk */
    chunk *chunks;
    size_t nchunks;
    size_t most;  /* bytes that ever were in use, data and all else */
    size_t swept; /* bytes in small blocks after the last search */
};

static void *host_realloc(void *ud, void *ptr, size_t osize, size_t nsize) {
    (void)ud, (void)osize;
    if (nsize == 0) {
        free(ptr);
        return NULL;
    }
    return realloc(ptr, nsize);
}

static void *host(const mlrt_config *c, void *ptr, size_t old, size_t n) {
    mlrt_alloc_fn *f = c->alloc ? c->alloc : host_realloc;
    return f(c->alloc_ud, ptr, old, n);
}

#ifdef MLRT_NO_CACHE

static void *take(mlrt *m, size_t bytes) {
    return host(&m->config, NULL, 0, bytes ? bytes : 1);
}
static void give(mlrt *m, void *p, size_t bytes) {
    host(&m->config, p, bytes ? bytes : 1, 0);
}
void mlrt_flush_cache(mlrt *m) {
    mlrt__adopt_orphans(m);
}

#else

/* The class of a block, and its size: multiples of 16 up to FINE_MAX, then 8
 * (small: 4) a doubling. */
static inline int class_of(size_t bytes, size_t *size) {
    if (bytes <= FINE_MAX) {
        size_t i = bytes ? (bytes + 15) / 16 : 1;
        *size = i * 16;
        return (int)i;
    }
    int steps = bytes <= SMALL_MAX ? 4 : 8;
    int log = 63 - __builtin_clzll((unsigned long long)(bytes - 1));
    size_t step = ((size_t)1 << log) / (size_t)steps;
    size_t i = (bytes - 1 - ((size_t)1 << log)) / step + 1;
    *size = ((size_t)1 << log) + i * step;
    return FINE + (log - FINE_LOG) * 8 + (int)i;
}

/* Blocks of some huge pages begin with one, where memory is malloc's. */
static size_t alignment(const mlrt_config *c, size_t bytes) {
    return !c->alloc && bytes >= 2 * HUGE_PAGE ? HUGE_PAGE : ALIGN;
}

/* An aligned block of the host's, its true address kept in front of it. */
static void *host_aligned(const mlrt_config *c, size_t bytes) {
    size_t align = alignment(c, bytes);
    char *raw = host(c, NULL, 0, bytes + 2 * align);
    if (!raw)
        return NULL;
    char *p = raw + 2 * align - (uintptr_t)raw % align;
    ((void **)(void *)p)[-1] = raw;
#ifdef MADV_HUGEPAGE
    if (align == HUGE_PAGE)
        madvise(p, bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
#endif
    return p;
}
static void host_aligned_free(const mlrt_config *c, void *p, size_t bytes) {
    host(c, ((void **)p)[-1], bytes + 2 * alignment(c, bytes), 0);
}

static __attribute__((noinline)) void *carve(mlrt *m, int cls, size_t size) {
    mlrt__cache *k = m->cache;
    if ((size_t)(k->end[cls] - k->bump[cls]) < size) {
        chunk *c = host_aligned(&m->config, CHUNK + ALIGN);
        if (!c)
            return NULL;
        *c = (chunk){.next = k->chunks, .size = size};
        k->chunks = c;
        k->nchunks++;
        k->bump[cls] = (char *)c + ALIGN;
        k->end[cls] = k->bump[cls] + CHUNK;
    }
    void *p = k->bump[cls];
    k->bump[cls] += size;
    return p;
}

static inline void *take(mlrt *m, size_t bytes) {
    size_t size;
    int cls = class_of(bytes, &size);
    block *b = m->cache->free[cls];
    if (b) {
        m->cache->free[cls] = b->next;
        m->mem.cached -= size;
        return b;
    }
    if (bytes <= SMALL_MAX)
        return carve(m, cls, size);
    return host_aligned(&m->config, size);
}

/* Bytes to keep for reuse: as many as ever were in use, data, scratch and all
 * else, and a quarter more because sizes are rounded up. */
static size_t to_keep(mlrt *m) {
    size_t used = m->mem.live + m->mem.other, *most = &m->cache->most;
    *most = used > *most ? used : *most;
    return *most + *most / 4 > KEEP ? *most + *most / 4 : KEEP;
}

static void give(mlrt *m, void *p, size_t bytes) {
    size_t size;
    int cls = class_of(bytes, &size);
    if (bytes > SMALL_MAX && m->mem.cached + size > to_keep(m)) {
        host_aligned_free(&m->config, p, size);
        return;
    }
    block *b = p;
    b->next = m->cache->free[cls];
    m->cache->free[cls] = b;
    m->mem.cached += size;
}

static int by_address(const void *a, const void *b) {
    uintptr_t x = (uintptr_t)(*(chunk *const *)a);
    uintptr_t y = (uintptr_t)(*(chunk *const *)b);
    return x < y ? -1 : x > y;
}

/* The chunk of a block: the last of n, sorted by address, before it. */
static chunk *chunk_of(chunk *const *v, size_t n, const block *b) {
    size_t from = 0;
    while (n > 1) {
        size_t half = n / 2;
        if ((uintptr_t)v[from + half] <= (uintptr_t)b)
            from += half;
        n -= half;
    }
    return v[from];
}

/* Everything that was carved from it is free.  One that is still being carved
 * never counts. */
static bool is_idle(const mlrt__cache *k, const chunk *c) {
    size_t size;
    int cls = class_of(c->size, &size);
    return c->idle == CHUNK / c->size &&
           k->end[cls] != (const char *)c + ALIGN + CHUNK;
}

static void count_idle(mlrt__cache *k, chunk *const *v, int small) {
    for (int cls = 0; cls < small; cls++)
        for (block *b = k->free[cls]; b; b = b->next)
            chunk_of(v, k->nchunks, b)->idle++;
}

/* Takes the blocks of idle chunks out of the free lists. */
static void unlink_idle(mlrt *m, chunk *const *v, int small) {
    mlrt__cache *k = m->cache;
    for (int cls = 0; cls < small; cls++)
        for (block **p = &k->free[cls]; *p;) {
            chunk *c = chunk_of(v, k->nchunks, *p);
            if (!is_idle(k, c)) {
                p = &(*p)->next;
                continue;
            }
            *p = (*p)->next;
            m->mem.cached -= c->size;
        }
}

static void free_idle(mlrt *m) {
    mlrt__cache *k = m->cache;
    for (chunk **p = &k->chunks; *p;) {
        chunk *c = *p;
        if (is_idle(k, c)) {
            *p = c->next;
            k->nchunks--;
            host_aligned_free(&m->config, c, CHUNK + ALIGN);
        } else {
            c->idle = 0;
            p = &c->next;
        }
    }
}

/* Gives chunks back in which nothing lives, as after a script that filled
 * memory with small blocks.  Looking takes a while, so it waits until more
 * blocks are free than the last time. */
static void sweep(mlrt *m, int small) {
    mlrt__cache *k = m->cache;
    size_t bytes = mlrt__room(0, k->nchunks + 1, sizeof(chunk *)), n = 0;
    if (m->mem.cached < k->swept)
        k->swept = m->mem.cached;
    if (m->mem.cached - k->swept < SWEEP)
        return;
    chunk **v = host(&m->config, NULL, 0, bytes);
    if (!v)
        return;
    for (chunk *c = k->chunks; c; c = c->next)
        v[n++] = c;
    qsort(v, n, sizeof *v, by_address);
    count_idle(k, v, small);
    unlink_idle(m, v, small);
    host(&m->config, v, bytes, 0);
    free_idle(m);
    k->swept = m->mem.cached;
}

/* Small blocks stay unless all of their chunk is free. */
void mlrt_flush_cache(mlrt *m) {
    size_t size;
    mlrt__adopt_orphans(m);
    for (int cls = class_of(SMALL_MAX + 1, &size); cls < CLASSES; cls++) {
        for (block *b = m->cache->free[cls], *next; b; b = next) {
            next = b->next;
            int step = (cls - FINE) % 8, log = FINE_LOG + (cls - FINE) / 8;
            if (step == 0) /* the last step of the doubling before */
                step = 8, log--;
            size = ((size_t)1 << log) + (size_t)step * (((size_t)1 << log) / 8);
            host_aligned_free(&m->config, b, size);
            m->mem.cached -= size;
        }
        m->cache->free[cls] = NULL;
    }
    sweep(m, class_of(SMALL_MAX + 1, &size));
}

#endif

mlrt__cache *mlrt__cache_open(const mlrt_config *config) {
    mlrt__cache *k = host(config, NULL, 0, sizeof *k);
    if (k)
        memset(k, 0, sizeof *k);
    return k;
}

/* After the last handle is gone and the cache was flushed. */
void mlrt__cache_close(mlrt__cache *k, const mlrt_config *config) {
#ifndef MLRT_NO_CACHE
    for (chunk *c = k->chunks, *next; c; c = next) {
        next = c->next;
        host_aligned_free(config, c, CHUNK + ALIGN);
    }
#endif
    host(config, k, sizeof *k, 0);
}

/* Would `more` bytes exceed the limit?  Tensors leave a reserve, because
 * Lua's emergency collection runs no finalizers. */
static inline bool over(const mlrt *m, size_t more, bool data) {
    size_t limit = m->config.max_bytes;
    if (limit == 0)
        return false;
    if (data) {
        size_t reserve = limit / 16 > (1 << 20) ? limit / 16 : 1 << 20;
        limit = limit > reserve ? limit - reserve : 0;
    }
    size_t used = m->mem.live + m->mem.other + m->mem.cached;
    return used > limit || more > limit - used;
}

static inline void *try_take(mlrt *m, size_t bytes, bool data) {
    if (over(m, bytes, data)) {
        mlrt_flush_cache(m);
        if (over(m, bytes, data))
            return NULL;
    }
    return take(m, bytes);
}

/* It failed as things are; now with the cache given back, then after the host
 * has released what it can. */
static __attribute__((noinline)) void *insist(mlrt *m, size_t bytes,
                                              bool data) {
    if (bytes > SIZE_MAX / 4)
        goto fail;
    mlrt_flush_cache(m);
    void *p = try_take(m, bytes, data);
    if (p)
        return p;
    if (m->config.reclaim && !m->reclaiming) {
        m->reclaiming = true;
        m->config.reclaim(m->config.reclaim_ud);
        m->reclaiming = false;
        mlrt_flush_cache(m);
        p = try_take(m, bytes, data);
        if (p)
            return p;
    }
fail:
    mlrt_fail(m, MLRT_ENOMEM, "out of memory: %zu bytes wanted, %zu in use",
              bytes, m->mem.live + m->mem.other);
    return NULL;
}

static inline void *get(mlrt *m, size_t bytes, bool data) {
    void *p = bytes > SIZE_MAX / 4 ? NULL : try_take(m, bytes, data);
    return p ? p : insist(m, bytes, data);
}

void *mlrt__alloc(mlrt *m, size_t bytes) {
    void *p = get(m, bytes, false);
    if (p)
        m->mem.other += bytes;
    return p;
}

void mlrt__free(mlrt *m, void *p, size_t bytes) {
    if (!p)
        return;
    give(m, p, bytes);
    m->mem.other -= bytes;
}

void *mlrt__alloc_data(mlrt *m, size_t bytes) {
    if (atomic_load_explicit(&m->orphans, memory_order_relaxed))
        mlrt__adopt_orphans(m);
    void *p = get(m, bytes, true);
    if (!p)
        return NULL;
    m->mem.live += bytes;
    m->mem.total += bytes;
    if (m->mem.live > m->mem.peak)
        m->mem.peak = m->mem.live;
    return p;
}

void mlrt__free_data(mlrt *m, void *p, size_t bytes) {
    if (!p)
        return;
    give(m, p, bytes);
    m->mem.live -= bytes;
}

bool mlrt__move_data(mlrt *to, mlrt *from, size_t bytes) {
    if (to->config.alloc || from->config.alloc || bytes <= SMALL_MAX ||
        over(to, bytes, true))
        return false;
    from->mem.live -= bytes;
    to->mem.live += bytes;
    to->mem.total += bytes;
    if (to->mem.live > to->mem.peak)
        to->mem.peak = to->mem.live;
    return true;
}

/* Lua must not be collected from inside its own allocator, so no reclaim. */
void *mlrt_lua_alloc(void *ud, void *ptr, size_t osize, size_t nsize) {
    mlrt *m = ud;
    if (nsize == 0) {
        mlrt__free(m, ptr, osize);
        return NULL;
    }
    size_t old_class = 0, new_class = 1;
#ifndef MLRT_NO_CACHE
    if (ptr)
        class_of(osize, &old_class), class_of(nsize, &new_class);
#endif
    if (old_class == new_class) {
        m->mem.other += nsize - osize;
        return ptr;
    }
    void *p = try_take(m, nsize, false);
    if (!p) {
        mlrt_flush_cache(m);
        p = try_take(m, nsize, false);
    }
    if (!p)
        return NULL;
    m->mem.other += nsize;
    if (ptr) {
        memcpy(p, ptr, osize < nsize ? osize : nsize);
        mlrt__free(m, ptr, osize);
    }
    return p;
}

int mlrt__grow(mlrt *m, void *table, int *cap, int n, size_t element) {
    if (n < *cap)
        return 0;
    int bigger = *cap ? *cap * 2 : 32;
    size_t bytes, old;
    if (bigger < n || !mlrt__mul((size_t)bigger, element, &bytes) ||
        !mlrt__mul((size_t)*cap, element, &old))
        return mlrt_fail(m, MLRT_ENOMEM, "table too large");
    void *p = mlrt__alloc(m, bytes), *was;
    if (!p)
        return MLRT_ENOMEM;
    memcpy(&was, table, sizeof was);
    if (was) {
        memcpy(p, was, old);
        mlrt__free(m, was, old);
    }
    memcpy(table, &p, sizeof p);
    *cap = bigger;
    return 0;
}

int mlrt__shape_numel(mlrt *m, const char *what, int ndim, const int64_t *shape,
                      int64_t *numel) {
    size_t n = 1;
    bool empty = false, fits = true;
    if (ndim < 0 || ndim > MLRT_MAX_DIMS)
        return mlrt_fail(m, MLRT_ESHAPE,
                         "%s: %d dimensions, at most %d are possible", what,
                         ndim, MLRT_MAX_DIMS);
    for (int i = 0; i < ndim; i++) {
        if (shape[i] < 0)
            return mlrt_fail(m, MLRT_ESHAPE, "%s: negative size %lld", what,
                             (long long)shape[i]);
        empty = empty || shape[i] == 0;
        /* An empty tensor has strides too: its other sizes have to fit. */
        fits = fits && mlrt__mul(n, shape[i] ? (size_t)shape[i] : 1, &n);
    }
    if (!fits)
        return mlrt_fail(
            m, MLRT_ESHAPE, "%s: shape %s is too large", what,
            mlrt__shape_text((char[MLRT__SHAPE_TEXT]){0}, ndim, shape));
    *numel = empty ? 0 : (int64_t)n;
    return 0;
}

int mlrt__shape_bytes(mlrt *m, const char *what, mlrt_dtype dtype, int ndim,
                      const int64_t *shape, size_t *bytes) {
    int64_t numel;
    int err = mlrt__shape_numel(m, what, ndim, shape, &numel);
    if (err)
        return err;
    if (!mlrt__mul((size_t)numel, mlrt__dsize(dtype), bytes))
        return mlrt_fail(
            m, MLRT_ESHAPE, "%s: shape %s is too large", what,
            mlrt__shape_text((char[MLRT__SHAPE_TEXT]){0}, ndim, shape));
    return 0;
}
