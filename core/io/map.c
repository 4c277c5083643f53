/* map.c: tensors over a mapped file.
 *
 * The mapping is private and writable: a tensor in it may be changed in place
 * like any other, and the file is not.  Who cuts the file short while it is
 * mapped makes the pages behind its end fatal to touch (SIGBUS); the writers
 * here never do, since they put a new file in place of the old one.
 */
#include <sys/mman.h>

#include "io.h"

struct mlrt__map {
    mlrt *m;
    uint8_t *base;
    size_t size;
    atomic_int refs;
};

/* NORESERVE: few of the pages will ever be written. */
mlrt__map *mlrt__map_open(const mlrt__file *f) {
    mlrt__map *map = mlrt__alloc(f->m, sizeof *map);
    if (!map)
        return NULL;
    *map = (mlrt__map){.m = f->m, .size = (size_t)f->size};
    atomic_init(&map->refs, 1);
    void *base = mmap(NULL, map->size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_NORESERVE, f->fd, 0);
    if (base == MAP_FAILED) {
        mlrt__file_errno(f, "mmap");
        mlrt__free(f->m, map, sizeof *map);
        return NULL;
    }
    map->base = base;
    return map;
}

void mlrt__map_release(mlrt__map *map) {
    if (!map ||
        atomic_fetch_sub_explicit(&map->refs, 1, memory_order_acq_rel) != 1)
        return;
    munmap(map->base, map->size);
    mlrt__free(map->m, map, sizeof *map);
}

static void release(void *map, void *data) {
    (void)data;
    mlrt__map_release(map);
}

mlrt_tensor *mlrt__map_tensor(mlrt__map *map, const mlrt__file *f,
                              const mlrt__array *a, uint64_t pos) {
    uint8_t *at = map->base + pos;
    mlrt_dtype dtype = mlrt__raw_dtype(a->raw);
    size_t n = 0;
    if (mlrt__shape_bytes(f->m, f->what, dtype, a->ndim, a->shape, &n) != 0)
        return NULL;
    if ((int)a->raw != (int)dtype || a->swap || n == 0 ||
        (uintptr_t)at % mlrt__dsize((int)dtype) != 0)
        return mlrt__memory_tensor(f, a, at);
    mlrt_tensor *t = mlrt_borrow(f->m, dtype, a->ndim, a->shape, at, release,
                                 map);
    if (!t)
        return NULL;
    atomic_fetch_add_explicit(&map->refs, 1, memory_order_relaxed);
    if (dtype == MLRT_BOOL)
        mlrt__normalise_bool(at, n);
    return t;
}
