/* tabular.c: agents that keep a value for each state and action: making them,
 * and how they choose.
 */
#include "tabular.h"

#include <math.h>

void mlrt_tabular_options_init(mlrt_tabular_options *o) {
    *o = (mlrt_tabular_options){.size = sizeof *o,
                                .alpha = {0.1, 0.1, 0},
                                .gamma = 0.99,
                                .epsilon = {0.1, 0.1, 0},
                                .temperature = {1, 1, 0},
                                .c = 2,
                                .n = 4,
                                .lambda = 0.9,
                                .planning = 5};
}

/* ---- Making ----------------------------------------------------------- */

static bool unit(double x) {
    return x >= 0 && x <= 1;
}

static int bad_option(mlrt *m, const char *name, const char *wanted) {
    return mlrt_fail(m, MLRT_EARG, "tabular: %s: %s expected", name, wanted);
}

static int check_numbers(mlrt *m, const mlrt_tabular_options *o) {
    if (!(o->alpha.start > 0 && o->alpha.start <= 1 && o->alpha.end > 0 &&
          o->alpha.end <= 1 && o->alpha.steps >= 0))
        return bad_option(m, "alpha", "numbers above 0 and at most 1");
    if (!unit(o->gamma))
        return bad_option(m, "gamma", "a number from 0 to 1");
    if (!unit(o->lambda))
        return bad_option(m, "lambda", "a number from 0 to 1");
    if (!unit(o->epsilon.start) || !unit(o->epsilon.end) ||
        o->epsilon.steps < 0)
        return bad_option(m, "epsilon", "numbers from 0 to 1");
    if (!(o->temperature.start > 0 && o->temperature.end > 0 &&
          o->temperature.steps >= 0))
        return bad_option(m, "temperature", "numbers above 0");
    if (!(o->c >= 0 && o->c < INFINITY))
        return bad_option(m, "c", "a number, 0 or more,");
    if (!unit(o->alpha_power))
        return bad_option(m, "alpha_power", "a number from 0 to 1");
    if (!isfinite(o->initial))
        return bad_option(m, "initial", "a finite number");
    if (o->n < 1 || o->n > MLRT__MAX_N)
        return bad_option(m, "n", "an integer from 1 to 1024");
    if (o->planning < 0)
        return bad_option(m, "planning", "an integer, 0 or more,");
    return 0;
}

static int check_sizes(mlrt *m, int64_t states, int64_t actions) {
    if (states < 1 || states > INT32_MAX)
        return mlrt_fail(m, MLRT_EARG,
                         "tabular: 1 to 2^31 - 1 states expected, got %lld",
                         (long long)states);
    if (actions < 1 || actions > MLRT__MAX_ACTIONS)
        return mlrt_fail(m, MLRT_EARG,
                         "tabular: 1 to %d actions expected, got %lld",
                         MLRT__MAX_ACTIONS, (long long)actions);
    return 0;
}

static bool has_table(const mlrt_tabular *a, int table) {
    return table == 0 || a->o.kind == MLRT_DOUBLE_Q;
}

static bool make_tables(mlrt_tabular *a) {
    int64_t shape[] = {a->states, a->actions};
    for (int i = 0; i < 2; i++) {
        if (!has_table(a, i))
            continue;
        a->value[i] = mlrt__full(a->m, MLRT_F64, 2, shape, a->o.initial);
        if (!a->value[i])
            return false;
        a->q[i] = (double *)(void *)mlrt__ptr(a->value[i]);
    }
    if (a->o.alpha_power == 0 && a->o.exploration != MLRT_UCB)
        return true;
    a->visits = mlrt__full(a->m, MLRT_I64, 2, shape, 0);
    a->n = a->visits ? (int64_t *)(void *)mlrt__ptr(a->visits) : NULL;
    return a->visits;
}

/* Bytes of the blocks beside the tables: past, row_of, trace. */
static size_t block_bytes(const mlrt_tabular *a, int which) {
    size_t pairs = (size_t)a->pairs;
    switch (a->o.kind) {
    case MLRT_DYNA_Q:
        return which == 0   ? pairs * sizeof *a->past
               : which == 1 ? pairs * sizeof *a->row_of
                            : 0;
    case MLRT_N_STEP_SARSA:
        return which == 0 ? (size_t)a->room * sizeof *a->past : 0;
    case MLRT_SARSA_LAMBDA: return which == 2 ? pairs * sizeof *a->trace : 0;
    default: return 0;
    }
}

static bool make_blocks(mlrt_tabular *a) {
    void **block[] = {(void **)&a->past, (void **)&a->row_of,
                      (void **)&a->trace};
    for (int i = 0; i < 3; i++) {
        size_t bytes = block_bytes(a, i);
        if (bytes == 0)
            continue;
        *block[i] = mlrt__alloc(a->m, bytes);
        if (!*block[i])
            return false;
        memset(*block[i], i == 1 ? 0xff : 0, bytes);
    }
    return true;
}

mlrt_tabular *mlrt_tabular_new(mlrt *m, int64_t states, int64_t actions,
                               const mlrt_tabular_options *options) {
    mlrt_tabular_options o;
    mlrt_tabular_options_init(&o);
    if (options)
        memcpy(&o, options,
               options->size < sizeof o ? options->size : sizeof o);
    if (check_sizes(m, states, actions) != 0 || check_numbers(m, &o) != 0)
        return NULL;
    mlrt_tabular *a = mlrt__alloc(m, sizeof *a);
    if (!a)
        return NULL;
    *a = (mlrt_tabular){.m = m,
                        .o = o,
                        .states = states,
                        .actions = actions,
                        .pairs = states * actions,
                        .all = UINT64_MAX >> (64 - actions),
                        .stream = {o.seed},
                        .room = o.n,
                        .chosen_in = -1};
    m->refs++;
    int floor = m->scope_floor;
    m->scope_floor = m->scope_depth; /* the tables outlive any scope */
    bool made = make_tables(a) && make_blocks(a);
    m->scope_floor = floor;
    if (made)
        return a;
    mlrt_tabular_free(a);
    return NULL;
}

void mlrt_tabular_free(mlrt_tabular *a) {
    if (!a)
        return;
    mlrt *m = a->m;
    void *block[] = {a->past, a->row_of, a->trace};
    for (int i = 0; i < 3; i++)
        if (block[i])
            mlrt__free(m, block[i], block_bytes(a, i));
    mlrt_release(a->value[0]);
    mlrt_release(a->value[1]);
    mlrt_release(a->visits);
    mlrt__free(m, a, sizeof *a);
    mlrt__context_release(m);
}

mlrt_tabular_options *mlrt_tabular_options_of(mlrt_tabular *a) {
    return &a->o;
}
mlrt_tensor *mlrt_tabular_values(mlrt_tabular *a, int table) {
    return table >= 0 && table < 2 ? a->value[table] : NULL;
}
mlrt_tensor *mlrt_tabular_visits(mlrt_tabular *a) {
    return a->visits;
}

mlrt_tabular_clock mlrt_tabular_clock_get(const mlrt_tabular *a) {
    return (mlrt_tabular_clock){a->stream.state, a->steps};
}

void mlrt_tabular_clock_set(mlrt_tabular *a, mlrt_tabular_clock clock) {
    a->stream.state = clock.stream;
    a->steps = clock.steps < 0 ? 0 : clock.steps;
    mlrt__tabular_forget(a);
}

/* ---- Choosing ---------------------------------------------------------- */

double mlrt__ramp_at(const mlrt_ramp *r, int64_t step) {
    if (step >= r->steps)
        return r->steps > 0 ? r->end : r->start;
    return r->start + (r->end - r->start) * (double)step / (double)r->steps;
}

uint64_t mlrt__legal_bits(const mlrt_tabular *a, const bool *legal) {
    uint64_t bits = 0;
    if (!legal)
        return a->all;
    for (int64_t i = 0; i < a->actions; i++)
        bits |= (uint64_t)legal[i] << i;
    return bits;
}

const double *mlrt__row(const mlrt_tabular *a, int64_t state, double *room) {
    const double *q = a->q[0] + state * a->actions;
    if (!a->q[1])
        return q;
    const double *other = a->q[1] + state * a->actions;
    for (int64_t i = 0; i < a->actions; i++)
        room[i] = q[i] + other[i];
    return room;
}

/* Weights of a softmax into w; their sum. */
static double weigh(const mlrt_tabular *a, const double *q, uint64_t legal,
                    double *w) {
    double t = mlrt__ramp_at(&a->o.temperature, a->steps), sum = 0;
    double most = mlrt__best_of(q, a->actions, legal).value;
    t *= a->q[1] ? 2 : 1; /* the row is a sum */
    for (int64_t i = 0; i < a->actions; i++) {
        w[i] = legal >> i & 1 ? exp((q[i] - most) / t) : 0;
        sum += w[i];
    }
    return sum;
}

/* Values raised by how little is known of them, into w. */
static void hope(const mlrt_tabular *a, int64_t state, const double *q,
                 double *w) {
    const int64_t *n = a->n + state * a->actions;
    double total = 1;
    for (int64_t i = 0; i < a->actions; i++)
        total += (double)n[i];
    double spread = log(total), scale = a->q[1] ? 0.5 : 1;
    for (int64_t i = 0; i < a->actions; i++)
        w[i] = n[i] == 0 ? INFINITY
                         : q[i] * scale + a->o.c * sqrt(spread / (double)n[i]);
}

static int64_t draw(const double *w, double sum, int64_t n, uint64_t legal,
                    mlrt_stream *stream) {
    double u = mlrt_stream_uniform(stream) * sum;
    int64_t last = __builtin_ctzll(legal);
    for (int64_t i = 0; i < n; i++) {
        if (!(legal >> i & 1))
            continue;
        last = i;
        if (u < w[i])
            break;
        u -= w[i];
    }
    return last;
}

int64_t mlrt__explore(mlrt_tabular *a, int64_t state, uint64_t legal) {
    double room[MLRT__MAX_ACTIONS], w[MLRT__MAX_ACTIONS];
    const double *q = mlrt__row(a, state, room);
    if (a->o.exploration == MLRT_SOFTMAX)
        return draw(w, weigh(a, q, legal, w), a->actions, legal, &a->stream);
    uint64_t r = mlrt_stream_next(&a->stream);
    if (a->o.exploration == MLRT_UCB) {
        hope(a, state, q, w);
        q = w;
    } else if ((double)(r >> 32) <
               mlrt__ramp_at(&a->o.epsilon, a->steps) * 0x1p32) {
        return mlrt__one_of(legal, (uint32_t)r);
    }
    return mlrt__one_of(mlrt__best_of(q, a->actions, legal).ties, (uint32_t)r);
}

static int share(uint64_t bits, double p, double *chances) {
    int n = __builtin_popcountll(bits);
    for (int i = 0; i < MLRT__MAX_ACTIONS; i++)
        if (bits >> i & 1)
            chances[i] += p / n;
    return 0;
}

int mlrt__chances(const mlrt_tabular *a, int64_t state, uint64_t legal,
                  double *chances) {
    double room[MLRT__MAX_ACTIONS], w[MLRT__MAX_ACTIONS];
    const double *q = mlrt__row(a, state, room);
    memset(chances, 0, (size_t)a->actions * sizeof *chances);
    if (a->o.exploration == MLRT_SOFTMAX) {
        double sum = weigh(a, q, legal, w);
        for (int64_t i = 0; i < a->actions; i++)
            chances[i] = w[i] / sum;
        return 0;
    }
    double epsilon = 0;
    if (a->o.exploration == MLRT_UCB) {
        hope(a, state, q, w);
        q = w;
    } else {
        epsilon = mlrt__ramp_at(&a->o.epsilon, a->steps);
        share(legal, epsilon, chances);
    }
    return share(mlrt__best_of(q, a->actions, legal).ties, 1 - epsilon,
                 chances);
}

/* ---- What is called from outside --------------------------------------- */

static int check_place(const mlrt_tabular *a, const char *what, int64_t got,
                       int64_t n) {
    if (got >= 0 && got < n)
        return 0;
    int64_t base = mlrt__shown(a->m, 0);
    return mlrt_fail(
        a->m, MLRT_EINDEX, "tabular: %s: %lld to %lld expected, got %lld", what,
        (long long)base, (long long)(n - 1 + base), (long long)(got + base));
}

static int check_mask(const mlrt_tabular *a, uint64_t bits) {
    return bits ? 0 : mlrt_fail(a->m, MLRT_EARG, "tabular: no action is legal");
}

int64_t mlrt_tabular_act(mlrt_tabular *a, int64_t state, const bool *legal,
                         bool greedy) {
    uint64_t bits = mlrt__legal_bits(a, legal);
    if (check_place(a, "state", state, a->states) != 0 ||
        check_mask(a, bits) != 0)
        return a->m->errcode;
    if (!greedy && a->chosen_in == state && bits >> a->chosen & 1)
        return a->chosen;
    if (!greedy)
        return mlrt__explore(a, state, bits);
    double room[MLRT__MAX_ACTIONS];
    const double *q = mlrt__row(a, state, room);
    return __builtin_ctzll(mlrt__best_of(q, a->actions, bits).ties);
}

int mlrt_tabular_learn(mlrt_tabular *a, int64_t state, int64_t action,
                       double reward, int64_t next, bool terminated,
                       bool truncated, const bool *legal) {
    uint64_t bits = mlrt__legal_bits(a, legal);
    if (check_place(a, "state", state, a->states) != 0 ||
        check_place(a, "action", action, a->actions) != 0 ||
        check_place(a, "next state", next, a->states) != 0)
        return a->m->errcode;
    if (!isfinite(reward))
        return mlrt_fail(a->m, MLRT_ENUMERIC,
                         "tabular: reward: a finite number expected, got %g",
                         reward);
    if (!terminated && check_mask(a, bits) != 0)
        return a->m->errcode;
    mlrt__tabular_update(a, state * a->actions + action, reward, next, bits,
                         terminated, truncated);
    return 0;
}

int mlrt_tabular_policy(mlrt_tabular *a, int64_t state, const bool *legal,
                        double *chances) {
    uint64_t bits = mlrt__legal_bits(a, legal);
    if (check_place(a, "state", state, a->states) != 0 ||
        check_mask(a, bits) != 0)
        return a->m->errcode;
    return mlrt__chances(a, state, bits, chances);
}
