/* random.h: what the files of the random operations share. */
#ifndef MLRT_OPS_RANDOM_H
#define MLRT_OPS_RANDOM_H

#include "../core.h"

/* Blocks that n elements take, made `per` to a batch. */
uint64_t mlrt__blocks(int64_t n, int64_t per);

/* draw.c: choosing positions */
int mlrt__randperm_shape(mlrt__call *c);
int mlrt__randperm_forward(mlrt__call *c);
int mlrt__multinomial_shape(mlrt__call *c);
int mlrt__multinomial_forward(mlrt__call *c);

#endif
