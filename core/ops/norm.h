/* norm.h: what the normalisations share. */
#ifndef MLRT_NORM_H
#define MLRT_NORM_H

#include "../core.h"

/* Argument i, if given, holds one value a channel of x: (N, C, ...). */
int mlrt__want_channels(const mlrt__call *c, int i, const mlrt_tensor *x);

#endif
