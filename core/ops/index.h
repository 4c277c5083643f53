/* index.h: moving rows by position. */
#ifndef MLRT_INDEX_H
#define MLRT_INDEX_H

#include "../core.h"

/* Output 0 = the slices of x (contiguous) along dim at the positions of
 * index (contiguous, any shape); none gives zeros. */
int mlrt__select_rows(mlrt__call *c, const mlrt_tensor *x, int dim,
                      const mlrt_tensor *index);
/* Adds slices of x to those of y (contiguous both) along dim, in order;
 * none adds nothing. */
int mlrt__add_rows(mlrt *m, const mlrt_tensor *y, int dim,
                   const mlrt_tensor *index, const mlrt_tensor *x);
/* Neither bool nor index. */
int mlrt__want_arithmetic(const mlrt__call *c, const mlrt_tensor *x);
/* At most one dimension. */
int mlrt__want_vector(const mlrt__call *c, const mlrt_tensor *index);

#endif
