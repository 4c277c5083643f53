/* tabular.h: what the files of the tabular agents share. */
#ifndef MLRT_RL_TABULAR_H
#define MLRT_RL_TABULAR_H

#include "rl.h"

enum { MLRT__MAX_ACTIONS = 64, MLRT__MAX_N = 1024 };

/* A step that waits for its return (n-step), or is remembered (Dyna-Q). */
typedef struct mlrt__past {
    int64_t pair, next;
    double reward;
    uint64_t legal; /* in `next` */
    bool over;
} mlrt__past;

/* How much of a value's error a pair gets (SARSA(lambda)). */
typedef struct mlrt__trace {
    int64_t pair;
    double weight;
} mlrt__trace;

struct mlrt_tabular {
    mlrt *m;
    mlrt_tabular_options o;
    int64_t states, actions, pairs;
    uint64_t all; /* every action's bit */
    mlrt_tensor *value[2], *visits;
    double *q[2]; /* their elements, */
    int64_t *n;   /* and those of visits or NULL */
    mlrt_stream stream;
    int64_t steps;
    /* Of the episode under way: */
    int64_t chosen_in, chosen; /* what SARSA has decided to do next; -1 */
    double sofar;              /* its return */
    /* n-step: a ring; Dyna-Q: a row for each pair that was seen. */
    mlrt__past *past;
    int64_t npast, first, room;
    int64_t *row_of; /* Dyna-Q: of each pair, or -1 */
    mlrt__trace *trace;
    int64_t ntraces;
};

/* The best value of a row, and the actions that have it, as bits. */
typedef struct mlrt__best {
    double value;
    uint64_t ties;
} mlrt__best;

/* ---- Choosing (tabular.c) --------------------------------------------- */

uint64_t mlrt__legal_bits(const mlrt_tabular *a, const bool *legal);
/* The row to decide by; of two tables the sum, in `room`. */
const double *mlrt__row(const mlrt_tabular *a, int64_t state, double *room);
double mlrt__ramp_at(const mlrt_ramp *r, int64_t step);
int64_t mlrt__explore(mlrt_tabular *a, int64_t state, uint64_t legal);
int mlrt__chances(const mlrt_tabular *a, int64_t state, uint64_t legal,
                  double *chances);

/* A loop over all, without a branch that depends on the values. */
static inline mlrt__best mlrt__best_of(const double *q, int64_t n,
                                       uint64_t legal) {
    mlrt__best b = {-__builtin_inf(), 0};
    if (legal == UINT64_MAX >> (64 - n)) {
        for (int64_t i = 0; i < n; i++)
            b.value = q[i] > b.value ? q[i] : b.value;
    } else {
        for (int64_t i = 0; i < n; i++)
            if (legal >> i & 1)
                b.value = q[i] > b.value ? q[i] : b.value;
    }
    for (int64_t i = 0; i < n; i++)
        b.ties |= (uint64_t)(q[i] >= b.value) << i;
    b.ties &= legal;
    if (!b.ties) /* not a number anywhere */
        b = (mlrt__best){0, legal};
    return b;
}

/* One of the bits, the i-th of them, i given as a fraction of 2^32. */
static inline int64_t mlrt__one_of(uint64_t bits, uint32_t u) {
    if ((bits & (bits - 1)) != 0) {
        uint64_t count = (uint64_t)__builtin_popcountll(bits);
        for (uint64_t skip = (uint64_t)u * count >> 32; skip > 0; skip--)
            bits &= bits - 1;
    }
    return __builtin_ctzll(bits);
}

/* ---- Learning (tabular_learn.c) --------------------------------------- */

/* After a step; `best` of the next state's row, if it is known. */
void mlrt__tabular_update(mlrt_tabular *a, int64_t pair, double reward,
                          int64_t next, uint64_t legal, bool terminated,
                          bool truncated);
/* The episode is over or forgotten. */
void mlrt__tabular_forget(mlrt_tabular *a);
static inline double mlrt__alpha(mlrt_tabular *a, int64_t pair) {
    double alpha = a->o.alpha.steps > 0 ? mlrt__ramp_at(&a->o.alpha, a->steps)
                                        : a->o.alpha.start;
    if (a->n)
        a->n[pair]++;
    if (a->o.alpha_power != 0)
        alpha /= __builtin_pow((double)a->n[pair], a->o.alpha_power);
    return alpha;
}

#endif
