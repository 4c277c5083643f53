/* copy.h: moving elements between tensors. */
#ifndef MLRT_COPY_H
#define MLRT_COPY_H

#include "core.h"

/* Copies `from`, broadcast to the shape of `to` and cast to its dtype. */
int mlrt__copy_into(mlrt *m, const mlrt_tensor *from, mlrt_tensor *to);
/* A new tensor in C order with the same elements. */
mlrt_tensor *mlrt__copy_of(mlrt *m, const mlrt_tensor *t);
/* `value` as one element of dtype, at `element`. */
void mlrt__element(mlrt *m, int dtype, double value, void *element);
/* Sets every element. */
void mlrt__fill(mlrt *m, mlrt_tensor *t, double value);

#endif
