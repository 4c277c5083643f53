/* element.h: single elements of plain arrays of f32 or f64, as double. */
#ifndef MLRT_ELEMENT_H
#define MLRT_ELEMENT_H

#include "../core.h"

static inline double mlrt__get(int dtype, const void *a, int64_t i) {
    return dtype == MLRT_F64 ? ((const double *)a)[i]
                             : (double)((const float *)a)[i];
}

static inline void mlrt__put(int dtype, void *a, int64_t i, double v) {
    if (dtype == MLRT_F64)
        ((double *)a)[i] = v;
    else
        ((float *)a)[i] = (float)v;
}

#endif
