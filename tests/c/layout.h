/* layout.h: tensors whose elements lie in memory in unusual ways. */
#ifndef MLRT_TESTS_LAYOUT_H
#define MLRT_TESTS_LAYOUT_H

#include "core.h"

#include "call.h"

enum { CONTIGUOUS, REVERSED, GAPS, EXPANDED, NLAYOUTS };

/* Places of t in C order. */
static inline bool next_place(int ndim, const int64_t *shape, int64_t *at) {
    for (int d = ndim - 1; d >= 0; d--) {
        if (++at[d] < shape[d])
            return true;
        at[d] = 0;
    }
    return false;
}

/* A tensor of a shape whose elements lie in memory in some other way. */
static inline mlrt_tensor *lay_out(mlrt *m, mlrt_dtype dtype, int layout,
                                   int ndim, const int64_t *shape) {
    int64_t step[MLRT_MAX_DIMS], size = 1, scale = layout == GAPS ? 2 : 1;
    for (int i = 0; i < ndim; i++) {
        int d = layout == REVERSED ? i : ndim - 1 - i;
        step[d] = layout == EXPANDED && d == 0 ? 0 : size * scale;
        size *= shape[d] * scale;
    }
    mlrt_tensor *base = make(m, dtype, 1, (int64_t[]){size + 1});
    mlrt_tensor *x = mlrt__handle(m, base->storage, (int)dtype, ndim, shape,
                                  step, layout == GAPS);
    cr_assert(x);
    mlrt_release(base);
    return x;
}

static inline double value(const mlrt_tensor *t, const int64_t *at) {
    int64_t offset = 0;
    for (int d = 0; d < t->ndim; d++)
        offset += at[d] * t->stride[d];
    const void *p = mlrt__ptr(t) + offset * (int64_t)mlrt__dsize(t->dtype);
    switch (t->dtype) {
    case MLRT_F32: return (double)*(const float *)p;
    case MLRT_F64: return *(const double *)p;
    case MLRT_I32: return (double)*(const int32_t *)p;
    case MLRT_U8:
    case MLRT_BOOL: return (double)*(const uint8_t *)p;
    default: return (double)*(const int64_t *)p;
    }
}

static inline mlrt *open_plain(void) {
    mlrt *m = open_with(NULL, 2);
    cr_assert(m);
    return m;
}

/* Do they use the same memory? */
static inline bool shares(const mlrt_tensor *a, const mlrt_tensor *b) {
    return a->storage == b->storage;
}

#endif
