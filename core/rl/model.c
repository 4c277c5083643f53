/* model.c: environments whose model is a table.
 *
 * A step looks up what may come of the action, draws one of it, and that is
 * all; so value iteration and the environment cannot disagree.
 */
#include "rl.h"

static size_t round_up(size_t bytes) {
    return (bytes + 15) / 16 * 16;
}

mlrt__model *mlrt__model_new(mlrt *m, int64_t states, int64_t actions, int most,
                             int64_t starts, size_t extra) {
    size_t pairs = (size_t)(states * actions); /* small, by the callers */
    size_t head = round_up(sizeof(mlrt__model));
    size_t outcomes = round_up(pairs * (size_t)most * sizeof(mlrt_outcome));
    size_t counts = round_up(pairs * sizeof(int32_t));
    size_t begin = round_up((size_t)starts * sizeof(int32_t));
    size_t bytes = head + outcomes + counts + begin + extra;
    char *block = mlrt__alloc(m, bytes);
    if (!block)
        return NULL;
    memset(block, 0, bytes);
    mlrt__model *t = (void *)block;
    char *rest = block + head + outcomes;
    *t = (mlrt__model){.m = m,
                       .bytes = bytes,
                       .states = states,
                       .actions = actions,
                       .shown = states,
                       .most = most,
                       .outcome = (void *)(block + head),
                       .count = (void *)rest,
                       .start = (void *)(rest + counts),
                       .extra = rest + counts + begin};
    return t;
}

/* Outcomes that lead to the same are not joined, as in Gymnasium's tables. */
void mlrt__model_add(mlrt__model *t, int64_t state, int64_t action,
                     mlrt_outcome outcome) {
    int64_t pair = state * t->actions + action;
    t->outcome[pair * t->most + t->count[pair]++] = outcome;
}

/* ---- The type --------------------------------------------------------- */

static int reset(mlrt_turn *turn) {
    const mlrt__model *t = turn->ud;
    int64_t s = t->start[mlrt_stream_below(turn->stream, t->nstarts)];
    *(int64_t *)turn->state = s;
    *(int64_t *)turn->observation = s % t->shown;
    return 0;
}

static void observe(const mlrt_turn *turn) {
    const mlrt__model *t = turn->ud;
    *(int64_t *)turn->observation = mlrt__model_state(turn) % t->shown;
}

static int step(mlrt_turn *turn) {
    const mlrt__model *t = turn->ud;
    int64_t *s = turn->state;
    int64_t pair = *s * t->actions + *(const int64_t *)turn->action;
    const mlrt_outcome *o = mlrt__model_draw(t, pair, turn->stream);
    *s = o->next;
    *(int64_t *)turn->observation = o->next < t->shown ? o->next
                                                       : o->next % t->shown;
    turn->reward = o->reward;
    turn->terminated = o->terminated;
    return 0;
}

static void save(const mlrt_turn *turn, double *to) {
    *to = (double)mlrt__model_state(turn);
}

static bool load(mlrt_turn *turn, const double *from) {
    const mlrt__model *t = turn->ud;
    if (!(*from >= 0 && *from < (double)t->states) ||
        *from != (double)(int64_t)*from)
        return false;
    *(int64_t *)turn->state = (int64_t)*from;
    return true;
}

static int model(void *ud, int64_t state, int64_t action,
                 const mlrt_outcome **list) {
    const mlrt__model *t = ud;
    int64_t pair = state * t->actions + action;
    *list = t->outcome + pair * t->most;
    return t->count[pair];
}

static double start(void *ud, int64_t state) {
    const mlrt__model *t = ud;
    double n = 0;
    for (int64_t i = 0; i < t->nstarts; i++)
        n += t->start[i] == state;
    return n / (double)t->nstarts;
}

static void drop(void *ud) {
    mlrt__model *t = ud;
    mlrt__free(t->m, t, t->bytes);
}

bool mlrt__is_model(const mlrt_env_type *type) {
    return type->step == step;
}

void mlrt__model_type(mlrt__model *t, mlrt_env_type *type) {
    type->observation = (mlrt_space){.kind = MLRT_DISCRETE, .n = t->shown};
    type->action = (mlrt_space){.kind = MLRT_DISCRETE, .n = t->actions};
    type->state_bytes = sizeof(int64_t);
    type->nsaved = 1;
    type->observe = observe;
    type->reset = reset;
    type->step = step;
    type->save = save;
    type->load = load;
    if (t->shown == t->states) {
        type->model = model;
        type->start = start;
    }
    type->ud = t;
    type->drop = drop;
}
