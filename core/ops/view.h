/* view.h: geometry of views. */
#ifndef MLRT_VIEW_H
#define MLRT_VIEW_H

#include "../core.h"

/* Output i of a view starts as x itself. */
mlrt__spec *mlrt__view_of(mlrt__call *c, int i, const mlrt_tensor *x);
/* The shape in argument `arg`, with one -1 inferred, for x's elements. */
int mlrt__infer_shape(mlrt__call *c, int arg, const mlrt_tensor *x,
                      int64_t shape[MLRT_MAX_DIMS]);
/* Strides with which x looks like `shape`; false: only a copy can. */
bool mlrt__view_strides(const mlrt_tensor *x, int ndim, const int64_t *shape,
                        int64_t *stride);
/* x in the shape of an operand that was recorded. */
mlrt_tensor *mlrt__reshape_back(mlrt__walk *w, int arg, mlrt_tensor *g);

#endif
