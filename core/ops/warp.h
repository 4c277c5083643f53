/* warp.h: images moved by affine maps; the row is in resize.c. */
#ifndef MLRT_WARP_H
#define MLRT_WARP_H

#include "../core.h"

int mlrt__affine_shape(mlrt__call *c);
int mlrt__affine_forward(mlrt__call *c);

#endif
