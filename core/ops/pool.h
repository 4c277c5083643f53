/* pool.h: what the rows that pool, and those that put back, share. */
#ifndef MLRT_POOL_H
#define MLRT_POOL_H

#include "../core.h"
#include "../kernels/conv.h"

/* Planes in blocks of fixed size, each a task. */
typedef struct mlrt__pool_job {
    const struct mlrt__conv_kernels *const *k;
    const mlrt__pool_sizes *p;
    size_t size;            /* of an element */
    int64_t block, in, out; /* planes a task, elements a plane */
    const char *x;
    char *y;
    int32_t *at;
} mlrt__pool_job;

static inline int64_t mlrt__last_plane(const mlrt__pool_job *j, int64_t i) {
    int64_t end = (i + 1) * j->block;
    return end < j->p->planes ? end : j->p->planes;
}

static inline const char *mlrt__plane_in(const mlrt__pool_job *j, int64_t i) {
    return j->x + (size_t)(i * j->in) * j->size;
}

static inline char *mlrt__plane_out(const mlrt__pool_job *j, int64_t i) {
    return j->y + (size_t)(i * j->out) * j->size;
}

/* Argument i, a pair of at least `least`. */
int mlrt__pool_pair(const mlrt__call *c, int i, int64_t least, int64_t *h,
                    int64_t *w);
/* Planes of argument 0: (N, C, H, W) or (C, H, W). */
int mlrt__pool_planes(const mlrt__call *c, int64_t *planes, int64_t *h,
                      int64_t *w);
/* Output i: planes of (h, w), batched as argument 0 is. */
int mlrt__pool_out(mlrt__call *c, int i, int dtype, int64_t h, int64_t w);
/* A job on argument 0 and output 0, of planes of `in` and `out` elements. */
mlrt__pool_job mlrt__pool_job_of(const mlrt__call *c, const mlrt__pool_sizes *p,
                                 int64_t in, int64_t out);
int mlrt__pool_run(mlrt *m, mlrt__pool_job *j, mlrt__task *task);

#endif
