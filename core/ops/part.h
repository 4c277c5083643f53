/* part.h: parts of tensors that live on the stack: the storage of a tensor
 * with a geometry of their own, for mlrt__copy_into and mlrt__fill. */
#ifndef MLRT_PART_H
#define MLRT_PART_H

#include "view.h"

/* -1 is the last of `size` positions. */
static inline int64_t mlrt__wrapped(int64_t at, int64_t size) {
    return at < 0 ? at + size : at;
}

static inline void mlrt__part_count(mlrt_tensor *part) {
    part->numel = 1;
    for (int d = 0; d < part->ndim; d++)
        part->numel *= part->shape[d];
}

/* Only positions at .. at + n - 1 of a dimension. */
static inline void mlrt__part_take(mlrt_tensor *part, int dim, int64_t at,
                                   int64_t n) {
    part->offset += n ? at * part->stride[dim] : 0;
    part->shape[dim] = n;
    mlrt__part_count(part);
}

/* A dimension from its end to its beginning. */
static inline void mlrt__part_turn(mlrt_tensor *part, int dim) {
    if (part->shape[dim])
        part->offset += (part->shape[dim] - 1) * part->stride[dim];
    part->stride[dim] = -part->stride[dim];
}

#endif
