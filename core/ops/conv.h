/* conv.h: convolution of plain arrays, cut into tasks. */
#ifndef MLRT_CONV_H
#define MLRT_CONV_H

#include "../core.h"
#include "../kernels/conv.h"

enum { MLRT__CONV_FORWARD, MLRT__CONV_DGRAD, MLRT__CONV_WGRAD };

/* Scratch that one of the three wants; fails when it is too much. */
int mlrt__conv_scratch(mlrt__call *c, const mlrt__conv_sizes *v, int dtype,
                       int which);
/* y from x, weight and bias (NULL: none); gx from g and weight; gweight and
 * gbias from g and x.  Everything is in C order. */
int mlrt__conv_forward(mlrt *m, const mlrt__conv_sizes *v, int dtype,
                       const void *x, const void *weight, const void *bias,
                       void *y, void *scratch);
int mlrt__conv_dgrad(mlrt *m, const mlrt__conv_sizes *v, int dtype,
                     const void *g, const void *weight, void *gx,
                     void *scratch);
int mlrt__conv_wgrad(mlrt *m, const mlrt__conv_sizes *v, int dtype,
                     const void *g, const void *x, void *gweight, void *gbias,
                     void *scratch);

#endif
