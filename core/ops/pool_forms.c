/* pool_forms.c: pooling of lines, which are images of one row. */
#include "../core.h"

/* (..., C, L) as (..., C, 1, L); reports other shapes. */
static mlrt_tensor *as_image(const mlrt__call *c) {
    mlrt_tensor *x = mlrt__t(c, 0);
    int64_t shape[4];
    if (x->ndim != 2 && x->ndim != 3) {
        mlrt__bad(c, MLRT_ESHAPE,
                  "argument 'x': (N, C, L) or (C, L) expected, got shape %s",
                  MLRT__ST(x));
        return NULL;
    }
    memcpy(shape, x->shape, (size_t)x->ndim * sizeof *shape);
    shape[x->ndim] = shape[x->ndim - 1];
    shape[x->ndim - 1] = 1;
    return mlrt_reshape(c->m, x, shape, x->ndim + 1);
}

/* The result as lines again. */
static int give(mlrt__call *c, mlrt_tensor *y) {
    int64_t shape[4];
    if (!y)
        return c->m->errcode ? c->m->errcode : MLRT_ESTATE;
    memcpy(shape, y->shape, (size_t)y->ndim * sizeof *shape);
    shape[y->ndim - 2] = shape[y->ndim - 1];
    c->y[0] = mlrt_reshape(c->m, y, shape, y->ndim - 1);
    return 0;
}

static int max_compose(mlrt__call *c) {
    int64_t kernel[] = {1, mlrt__i(c, 1)}, padding[] = {0, mlrt__i(c, 3)};
    int64_t stride[] = {1, mlrt__has(c, 2) ? mlrt__i(c, 2) : kernel[1]};
    int64_t dilation[] = {1, mlrt__i(c, 4)};
    return give(c, mlrt_max_pool2d(c->m, as_image(c), kernel, stride, padding,
                                   dilation, mlrt__i(c, 5) != 0));
}

static int avg_compose(mlrt__call *c) {
    int64_t kernel[] = {1, mlrt__i(c, 1)}, padding[] = {0, mlrt__i(c, 3)};
    int64_t stride[] = {1, mlrt__has(c, 2) ? mlrt__i(c, 2) : kernel[1]};
    return give(c, mlrt_avg_pool2d(c->m, as_image(c), kernel, stride, padding,
                                   mlrt__i(c, 4) != 0, mlrt__i(c, 5) != 0));
}

static int adaptive_avg_compose(mlrt__call *c) {
    int64_t size[] = {1, mlrt__i(c, 1)};
    return give(c, mlrt_adaptive_avg_pool2d(c->m, as_image(c), size));
}

static int adaptive_max_compose(mlrt__call *c) {
    int64_t size[] = {1, mlrt__i(c, 1)};
    return give(c, mlrt_adaptive_max_pool2d(c->m, as_image(c), size));
}

#define LINES "x: (N, C, L) or (C, L), f32 or f64. "

const mlrt__op mlrt__pool_forms[] = {
    {.name = "max_pool1d",
     .args = "x: tensor, kernel_size: int, stride: int?, padding: int = 0, "
             "dilation: int = 1, ceil_mode: bool = false",
     .outs = "y",
     .doc = "The largest value in each window of lines. " LINES
            "See max_pool2d.",
     .compose = max_compose,
     .samples = SAMPLES("r(2,3,8), 2", "r(3,7), 3, 2, 1", "r(8,3):t(), 2",
                        "r(2,1,7), 2, 2, 0, 2, true",
                        "!r(2,3,8), 2, 0 -- 0 is too small",
                        "!r(8), 2 -- (N, C, L) or (C, L) expected",
                        "!r(2,3,1), 2 -- reaches over 2 along W")},
    {.name = "avg_pool1d",
     .args = "x: tensor, kernel_size: int, stride: int?, padding: int = 0, "
             "ceil_mode: bool = false, count_include_pad: bool = true",
     .outs = "y",
     .doc = "The mean of each window of lines. " LINES "See avg_pool2d.",
     .compose = avg_compose,
     .samples = SAMPLES("r(2,3,8), 2", "r(3,7), 3, 2, 1, false, false",
                        "r(8,3):t(), 2, 1", "r(2,1,7), 2, 2, 0, true",
                        "!r(2,3,8), 0 -- 0 is too small",
                        "!r(8), 2 -- (N, C, L) or (C, L) expected")},
    {.name = "adaptive_avg_pool1d",
     .args = "x: tensor, output_size: int",
     .outs = "y",
     .doc = "The mean of windows that cut each line into output_size. " LINES
            "See adaptive_avg_pool2d.",
     .compose = adaptive_avg_compose,
     .samples = SAMPLES("r(2,3,8), 2", "r(3,7), 3",
                        "!r(2,3,8), 0 -- 0 is too small",
                        "!r(8), 2 -- (N, C, L) or (C, L) expected")},
    {.name = "adaptive_max_pool1d",
     .args = "x: tensor, output_size: int",
     .outs = "y",
     .doc = "The largest value of windows that cut each line into "
            "output_size. " LINES "See adaptive_max_pool2d.",
     .compose = adaptive_max_compose,
     .samples = SAMPLES("r(2,3,8), 2", "r(3,7), 3",
                        "!r(2,3,8), 0 -- 0 is too small")},
    {0},
};
