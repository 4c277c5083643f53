/* priority.h: a sum tree over the slots of a replay. */
#ifndef MLRT_RL_PRIORITY_H
#define MLRT_RL_PRIORITY_H

#include "core.h"

/* sum[1] is the root, the children of i are 2 i and 2 i + 1, and the leaf of
 * slot s is leaves + s.  Every inner node is exactly the sum of its two
 * children, so the leaves alone are the state. */
typedef struct mlrt__priority {
    int64_t leaves; /* a power of two, at least the slots */
    double *sum;    /* 2 leaves of them; NULL: no priorities */
} mlrt__priority;

int mlrt__priority_open(mlrt *m, mlrt__priority *p, int64_t slots);
void mlrt__priority_close(mlrt *m, mlrt__priority *p);
void mlrt__priority_set(mlrt__priority *p, int64_t slot, double value);
/* Every inner node from the leaves. */
void mlrt__priority_rebuild(mlrt__priority *p);
/* The slot in which `mass`, from 0 below the total, falls; one of the first
 * `slots`, whatever rounding did. */
int64_t mlrt__priority_find(const mlrt__priority *p, double mass,
                            int64_t slots);

static inline double mlrt__priority_of(const mlrt__priority *p, int64_t slot) {
    return p->sum[p->leaves + slot];
}

#endif
