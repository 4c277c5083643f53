/* replay.h: what the files of the replay share. */
#ifndef MLRT_RL_REPLAY_H
#define MLRT_RL_REPLAY_H

#include "priority.h"

/* The tensors that a transition is kept in, one row each. */
enum {
    MLRT__OBS,
    MLRT__ACTION,
    MLRT__REWARD,   /* f32: the sum of up to n discounted rewards */
    MLRT__DISCOUNT, /* f32: what the value of next_obs is multiplied by */
    MLRT__NEXT_OBS,
    MLRT__LEGAL, /* bool: of next_obs; absent without masks */
    MLRT__NFIELDS
};

struct mlrt_replay {
    mlrt *ctx;
    mlrt_replay_options o; /* `name` points to the one below */
    char name[64];
    mlrt_tensor *field[MLRT__NFIELDS];
    mlrt__priority priority;
    double max_priority; /* to the power of alpha already: of new ones */
    int64_t count;       /* transitions ever added */
    size_t bytes;
    /* For each environment: how many of its last transitions still grow, and
     * their slots, the youngest first; `steps` numbers a row. */
    int64_t growing[];
};

static inline int64_t mlrt__replay_size(const mlrt_replay *r) {
    return r->count < r->o.capacity ? r->count : r->o.capacity;
}
/* Bytes of one row of a field. */
static inline size_t mlrt__replay_row(const mlrt_tensor *t) {
    return (size_t)t->stride[0] * mlrt__dsize(t->dtype);
}
/* Fails unless `t` is rows of a field in C order: n of them. */
int mlrt__replay_check(const mlrt_replay *r, const char *function,
                       const char *name, const mlrt_tensor *t,
                       const mlrt_tensor *field, int64_t n);

#endif
