/* copy.h: moving and converting elements. */
#ifndef MLRT_KERNELS_COPY_H
#define MLRT_KERNELS_COPY_H

#include "../mlrt.h"
#include "kernels.h"

struct mlrt__copy_kernels {
    /* p[0] = p[1], from the first dtype to the second.  A float that does
     * not fit an integer becomes the nearest one (NaN: 0) and is then cut
     * to its width; bool is "not zero". */
    mlrt__loop *cast[MLRT_NDTYPES][MLRT_NDTYPES];
    /* y[i * sy + j] = x[i + j * sx], i < n, j < w, for elements of 1, 2, 4
     * or 8 bytes; steps in elements. */
    void (*turn)(const void *x, int64_t sx, void *y, int64_t sy, int64_t n,
                 int64_t w, size_t size);
    /* p[0] = p[1] in short runs: n of them, steps s, each of k[0] elements
     * of k[3] bytes, steps k[1] and k[2], all in bytes. */
    mlrt__loop *runs;
    /* y = x * scale + shift for n neighbours; u8, f32 and f64 to f32, f32
     * and f64 */
    void (*scale[3])(const void *x, void *y, int64_t n, double scale,
                     double shift);
};

#endif
