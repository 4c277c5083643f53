/* loss.h: what losses share.
 *
 * A loss never broadcasts: shapes that differ are an error.
 */
#ifndef MLRT_LOSS_H
#define MLRT_LOSS_H

#include "../core.h"

#define MLRT__REDUCTION "reduction: mean|sum|none = mean"

enum mlrt__reduction { MLRT__MEAN, MLRT__SUM, MLRT__NONE };

/* Argument i is floating and argument j, if given, has its shape. */
int mlrt__same_shapes(const mlrt__call *c, int i, int j);
/* Elementwise losses, reduced as argument `arg` says. */
mlrt_tensor *mlrt__reduced(const mlrt__call *c, mlrt_tensor *loss, int arg);
/* The number in argument i must be above 0 (or 0 and more). */
int mlrt__want_above_zero(const mlrt__call *c, int i, bool or_zero);

#endif
