/* walk.h: what grad.c (recording) and walk.c (backward) share. */
#ifndef MLRT_WALK_H
#define MLRT_WALK_H

#include "core.h"

/* Edges that an argument occupies in a node. */
int mlrt__edges_of(const mlrt_arg_spec *spec, const mlrt_arg *a);
/* A zeroed node with room for its tables; `nints` integers follow them. */
mlrt__node *mlrt__node_new(mlrt *m, int nargs, int nedges, int nout, int nints);
/* Dtype and shape of t into an edge. */
void mlrt__describe(mlrt__edge *e, const mlrt_tensor *t);
/* The same, and the way of t's gradient. */
void mlrt__edge_to(mlrt__edge *e, mlrt_tensor *t);
/* Keeps t for backward, with its history or without.  In a checkpoint only
 * leaves are kept; the others get slots, but for _save_whole. */
int mlrt__save_whole(mlrt *m, mlrt__saved *s, mlrt_tensor *t, bool history);
int mlrt__save(mlrt *m, mlrt__saved *s, mlrt_tensor *t, bool history);
/* The kept tensor, unless it was overwritten.  One that a checkpoint has to
 * compute again is like `e`, and its history is e's; e may be NULL. */
mlrt_tensor *mlrt__kept(mlrt__walk *w, const mlrt__saved *s,
                        const mlrt__edge *e);
/* A kept output i: under CREATE_GRAPH with its history put back. */
mlrt_tensor *mlrt__kept_out(mlrt__walk *w, const mlrt__saved *s, int i);
/* Makes y output i of the node; a target written in place is rebound. */
void mlrt__bind(mlrt__node *n, int i, mlrt_tensor *y, bool in_place);
/* Lets go of everything a node holds. */
void mlrt__node_clear(mlrt__node *n);
/* Drops the host's function of a custom node. */
void mlrt__custom_free(mlrt__node *n);
/* Calls it: gradients of the outputs in, of the inputs out. */
int mlrt__custom_run(mlrt__walk *w);

/* ---- Checkpoints: keeping numbers instead of tensors ------------------ */

/* Is t not to be kept by the node that is being recorded? */
bool mlrt__packs(const mlrt *m, const mlrt_tensor *t);
int mlrt__pack(mlrt *m, mlrt__saved *s, mlrt_tensor *t);
/* The tensor of a slot, computed again if need be; borrowed. */
mlrt_tensor *mlrt__unpack(mlrt_checkpoint *c, const mlrt__saved *s,
                          const mlrt__edge *e, bool history);
void mlrt__unpack_done(mlrt_checkpoint *c, const mlrt__saved *s);
bool mlrt__refilling(const mlrt *m);
mlrt_checkpoint *mlrt__checkpoint_retain(mlrt_checkpoint *c);
void mlrt__checkpoint_release(mlrt_checkpoint *c);
/* At the end of the outermost walk: lets go of what was computed again. */
void mlrt__checkpoints_forget(mlrt *m);

#endif
