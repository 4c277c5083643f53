/* tabular_learn.c: what tabular agents learn of a step.
 *
 * From state s, action a led to the reward r and the state s'.  Each kind moves
 * Q(s, a) by alpha (target - Q(s, a)); they differ in the target.
 */
#include "tabular.h"

#include <math.h>

/* The mean over what the policy would do next (Expected SARSA). */
static double expected(const mlrt_tabular *a, int64_t state, uint64_t legal) {
    double p[MLRT__MAX_ACTIONS], sum = 0;
    const double *q = a->q[0] + state * a->actions;
    mlrt__chances(a, state, legal, p);
    for (int64_t i = 0; i < a->actions; i++)
        if (p[i] > 0)
            sum += p[i] * q[i];
    return sum;
}

static double best_value(const mlrt_tabular *a, int64_t state, uint64_t legal) {
    return mlrt__best_of(a->q[0] + state * a->actions, a->actions, legal).value;
}

/* One table says which action is best, the other how good it is. */
static void double_q(mlrt_tabular *a, int64_t pair, double reward, int64_t next,
                     uint64_t legal, bool terminated) {
    uint64_t r = mlrt_stream_next(&a->stream);
    double *q = a->q[r >> 63], *other = a->q[1 - (r >> 63)];
    double target = reward;
    if (!terminated) {
        mlrt__best b = mlrt__best_of(q + next * a->actions, a->actions, legal);
        int64_t best = mlrt__one_of(b.ties, (uint32_t)r);
        target += a->o.gamma * other[next * a->actions + best];
    }
    q[pair] += mlrt__alpha(a, pair) * (target - q[pair]);
}

/* ---- n-step SARSA ------------------------------------------------------ */

/* Moves the oldest step that waits by all that came since, and what is still
 * to come. */
static void settle_oldest(mlrt_tabular *a, double tail) {
    double sum = 0, discount = 1;
    for (int64_t i = 0; i < a->npast; i++) {
        sum += discount * a->past[(a->first + i) % a->room].reward;
        discount *= a->o.gamma;
    }
    int64_t pair = a->past[a->first].pair;
    double *q = &a->q[0][pair];
    *q += mlrt__alpha(a, pair) * (sum + discount * tail - *q);
    a->first = (a->first + 1) % a->room;
    a->npast--;
}

static void n_step(mlrt_tabular *a, int64_t pair, double reward, double tail,
                   bool over) {
    int64_t last = (a->first + a->npast++) % a->room;
    a->past[last] = (mlrt__past){.pair = pair, .reward = reward};
    if (a->npast == a->room)
        settle_oldest(a, tail);
    while (over && a->npast > 0)
        settle_oldest(a, tail);
}

/* ---- SARSA(lambda) ----------------------------------------------------- */

static void mark_pair(mlrt_tabular *a, int64_t pair) {
    int64_t i = 0;
    while (i < a->ntraces && a->trace[i].pair != pair)
        i++;
    a->trace[i] = (mlrt__trace){pair, 1};
    a->ntraces += i == a->ntraces;
}

/* Traces that have faded are dropped. */
static void spread_error(mlrt_tabular *a, int64_t pair, double target) {
    double error = target - a->q[0][pair], fade = a->o.gamma * a->o.lambda;
    mark_pair(a, pair);
    double step = mlrt__alpha(a, pair) * error;
    for (int64_t i = 0; i < a->ntraces;) {
        mlrt__trace *t = &a->trace[i];
        a->q[0][t->pair] += step * t->weight;
        t->weight *= fade;
        if (t->weight < 1e-6)
            *t = a->trace[--a->ntraces];
        else
            i++;
    }
}

/* ---- Dyna-Q ------------------------------------------------------------ */

static void remember(mlrt_tabular *a, mlrt__past step) {
    int64_t *row = &a->row_of[step.pair];
    if (*row < 0)
        *row = a->npast++;
    a->past[*row] = step;
}

/* Q-learning on steps that were once taken. */
static void plan(mlrt_tabular *a) {
    for (int i = 0; i < a->o.planning; i++) {
        const mlrt__past *p = &a->past[mlrt_stream_below(&a->stream, a->npast)];
        double target = p->reward;
        if (!p->over)
            target += a->o.gamma * best_value(a, p->next, p->legal);
        double *q = &a->q[0][p->pair];
        *q += mlrt__alpha(a, p->pair) * (target - *q);
    }
}

/* ---- All --------------------------------------------------------------- */

void mlrt__tabular_forget(mlrt_tabular *a) {
    a->chosen_in = -1;
    a->ntraces = 0;
    a->sofar = 0;
    if (a->o.kind == MLRT_N_STEP_SARSA)
        a->npast = a->first = 0;
}

static bool on_policy(const mlrt_tabular *a) {
    return a->o.kind == MLRT_SARSA || a->o.kind == MLRT_N_STEP_SARSA ||
           a->o.kind == MLRT_SARSA_LAMBDA;
}

/* What the next state is worth. */
static double tail_of(mlrt_tabular *a, int64_t next, uint64_t legal) {
    if (a->o.kind == MLRT_EXPECTED_SARSA)
        return expected(a, next, legal);
    if (!on_policy(a))
        return best_value(a, next, legal);
    a->chosen_in = next;
    a->chosen = mlrt__explore(a, next, legal);
    return a->q[0][next * a->actions + a->chosen];
}

void mlrt__tabular_update(mlrt_tabular *a, int64_t pair, double reward,
                          int64_t next, uint64_t legal, bool terminated,
                          bool truncated) {
    bool over = terminated || truncated;
    a->steps++;
    if (a->o.kind == MLRT_DOUBLE_Q) {
        double_q(a, pair, reward, next, legal, terminated);
    } else {
        double tail = terminated ? 0 : tail_of(a, next, legal);
        double target = reward + a->o.gamma * tail, *q = &a->q[0][pair];
        if (a->o.kind == MLRT_N_STEP_SARSA)
            n_step(a, pair, reward, tail, over);
        else if (a->o.kind == MLRT_SARSA_LAMBDA)
            spread_error(a, pair, target);
        else
            *q += mlrt__alpha(a, pair) * (target - *q);
    }
    if (a->o.kind == MLRT_DYNA_Q) {
        remember(a, (mlrt__past){pair, next, reward, legal, terminated});
        plan(a);
    }
    if (over)
        mlrt__tabular_forget(a);
}
