/* norm.h: what the normalisations share. */
#ifndef MLRT_NORM_H
#define MLRT_NORM_H

#include "../core.h"

/* Argument i, if given, holds one value a channel of x: (N, C, ...). */
int mlrt__want_channels(const mlrt__call *c, int i, const mlrt_tensor *x);
/* Of n neighbours: the mean (0 if they are not to be centred) as an element
 * of dtype holds it, and 1 / sqrt(variance around it + eps).  Two passes, so
 * that one large element does not drown the others' variance. */
void mlrt__line_moments(const mlrt *m, int dtype, const void *x, int64_t n,
                        bool centred, double eps, double *mean, double *rstd);

#endif
