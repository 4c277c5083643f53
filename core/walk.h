/* walk.h: what grad.c (recording) and walk.c (backward) share. */
#ifndef MLRT_WALK_H
#define MLRT_WALK_H

#include "core.h"

/* Edges that an argument occupies in a node. */
int mlrt__edges_of(const mlrt_arg_spec *spec, const mlrt_arg *a);
/* Lets go of everything a node holds. */
void mlrt__node_clear(mlrt__node *n);
/* Drops the host's function of a custom node. */
void mlrt__custom_free(mlrt__node *n);
/* Calls it: gradients of the outputs in, of the inputs out. */
int mlrt__custom_run(mlrt__walk *w);

#endif
