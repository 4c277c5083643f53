/* sanity.c: small environments that show whether an agent learns at all.
 *
 * Bandit (Sutton and Barto, section 2.3), Memory, which needs to remember one
 * thing, and Stochastic, whose best policy is random (both after PufferLib's
 * sanity environments).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "rl.h"

/* ---- Bandit ----------------------------------------------------------- */

enum { MAX_ARMS = 64 };

typedef struct bandit {
    mlrt *m;
    int arms;
    bool fixed; /* the means are given */
    double noise, mean[MAX_ARMS];
    mlrt_outcome outcome;
} bandit;

/* Box and Muller 1958. */
static double normal(mlrt_stream *stream) {
    double r = sqrt(-2 * log(1 - mlrt_stream_uniform(stream)));
    return r * cos(6.283185307179586 * mlrt_stream_uniform(stream));
}

/* State: the means. */
static int bandit_reset(mlrt_turn *turn) {
    const bandit *b = turn->ud;
    double *mean = turn->state;
    for (int i = 0; i < b->arms; i++)
        mean[i] = b->fixed ? b->mean[i] : normal(turn->stream);
    *(int64_t *)turn->observation = 0;
    return 0;
}

static int bandit_step(mlrt_turn *turn) {
    const bandit *b = turn->ud;
    const double *mean = turn->state;
    double noise = b->noise > 0 ? b->noise * normal(turn->stream) : 0;
    turn->reward = mean[*(const int64_t *)turn->action] + noise;
    *(int64_t *)turn->observation = 0;
    return 0;
}

static int bandit_model(void *ud, int64_t state, int64_t action,
                        const mlrt_outcome **list) {
    bandit *b = ud;
    (void)state;
    b->outcome = (mlrt_outcome){1, b->mean[action], 0, true};
    *list = &b->outcome;
    return 1;
}

static double bandit_start(void *ud, int64_t state) {
    (void)ud;
    return state == 0;
}

static void bandit_render(const mlrt_turn *turn, char *text, size_t size) {
    const bandit *b = turn->ud;
    const double *mean = turn->state;
    size_t n = 0;
    for (int i = 0; i < b->arms && n + 16 < size; i++)
        n += (size_t)snprintf(text + n, size - n, "%.2f%c", mean[i],
                              i + 1 < b->arms ? ' ' : '\n');
}

static void bandit_drop(void *ud) {
    bandit *b = ud;
    mlrt__free(b->m, b, sizeof *b);
}

/* "0.2 -0.8 1.5" */
static int read_means(bandit *b, const char *text, const char *name) {
    b->arms = 0;
    for (const char *p = text; *p;) {
        char *end;
        double value = strtod(p, &end);
        if (end == p || !isfinite(value) || b->arms == MAX_ARMS)
            return mlrt_fail(b->m, MLRT_EARG,
                             "%.60s: means: up to %d numbers expected, got "
                             "'%.60s'",
                             name, MAX_ARMS, text);
        b->mean[b->arms++] = value;
        p = end + strspn(end, " ,\n");
    }
    b->fixed = true;
    return 0;
}

static int make_bandit(mlrt *m, const mlrt__settings *set,
                       mlrt_env_type *type) {
    bandit *b = mlrt__alloc(m, sizeof *b);
    if (!b)
        return MLRT_ENOMEM;
    *b = (bandit){.m = m, .arms = (int)set->number[0]};
    b->noise = set->number[1];
    if (*set->text[2] && read_means(b, set->text[2], type->name) != 0) {
        bandit_drop(b);
        return MLRT_EARG;
    }
    type->action.n = type->nsaved = b->arms;
    type->state_bytes = (size_t)b->arms * sizeof(double);
    if (b->fixed) {
        type->model = bandit_model;
        type->start = bandit_start;
    }
    type->ud = b;
    type->drop = bandit_drop;
    return 0;
}

/* ---- Memory ----------------------------------------------------------- */

/* A corridor: a cue first, then nothing, and at its end a choice that has to be
 * the cue's.  State: cue, place, length. */
enum { CUE_LEFT, CUE_RIGHT, NOTHING, CHOICE };

static int64_t memory_sees(const double *s) {
    return s[1] == 0 ? (int64_t)s[0] : s[1] == s[2] ? CHOICE : NOTHING;
}

static void memory_show(const mlrt_turn *turn) {
    *(int64_t *)turn->observation = memory_sees(turn->state);
}

static int memory_reset(mlrt_turn *turn) {
    double *s = turn->state;
    s[0] = (double)mlrt_stream_below(turn->stream, 2);
    s[1] = 0;
    s[2] = floor(*(const double *)turn->ud);
    *(int64_t *)turn->observation = memory_sees(s);
    return 0;
}

static int memory_step(mlrt_turn *turn) {
    double *s = turn->state;
    if (s[1] >= s[2]) {
        turn->terminated = true;
        turn->reward = (double)*(const int64_t *)turn->action == s[0] ? 1 : -1;
    } else {
        s[1]++;
    }
    *(int64_t *)turn->observation = memory_sees(s);
    return 0;
}

static void memory_render(const mlrt_turn *turn, char *text, size_t size) {
    static const char *const shown[] = {"left", "right", "nothing", "choose"};
    snprintf(text, size, "%s\n", shown[memory_sees(turn->state)]);
}

/* ---- Stochastic ------------------------------------------------------- */

/* The reward comes at the end of `length` steps: 1 - ((p - share of the first
 * action) / p)^2.  State: steps, how many of them took the first action. */
static int stochastic_reset(mlrt_turn *turn) {
    double *s = turn->state;
    s[0] = s[1] = 0;
    *(int64_t *)turn->observation = 0;
    return 0;
}

static int stochastic_step(mlrt_turn *turn) {
    const double *set = turn->ud; /* p, length */
    double *s = turn->state;
    s[0]++;
    s[1] += *(const int64_t *)turn->action == 0;
    *(int64_t *)turn->observation = 0;
    if (s[0] < set[1])
        return 0;
    double off = (set[0] - s[1] / s[0]) / set[0];
    turn->reward = 1 - off * off;
    turn->terminated = true;
    return 0;
}

static void stochastic_render(const mlrt_turn *turn, char *text, size_t size) {
    const double *s = turn->state;
    snprintf(text, size, "%g of %g\n", s[1], s[0]);
}

/* ---- Two numbers as a type's settings ---------------------------------- */

typedef struct pair {
    double value[2];
    mlrt *m;
} pair;

static void pair_drop(void *ud) {
    pair *p = ud;
    mlrt__free(p->m, p, sizeof *p);
}

static int make_pair(mlrt *m, const mlrt__settings *set, mlrt_env_type *type) {
    pair *p = mlrt__alloc(m, sizeof *p);
    if (!p)
        return MLRT_ENOMEM;
    *p = (pair){{set->number[0], floor(set->number[1])}, m};
    type->ud = p;
    type->drop = pair_drop;
    return 0;
}

static bool load_memory(mlrt_turn *turn, const double *from) {
    double *s = turn->state;
    if ((from[0] != 0 && from[0] != 1) || !(from[1] >= 0) ||
        from[1] > from[2] || from[2] > 1e6 || floor(from[1]) != from[1] ||
        floor(from[2]) != from[2])
        return false;
    memcpy(s, from, 3 * sizeof *s);
    return true;
}

static void save_memory(const mlrt_turn *turn, double *to) {
    memcpy(to, turn->state, 3 * sizeof *to);
}

/* ---- The rows --------------------------------------------------------- */

#define ONE_OF(count)                                                          \
    { .kind = MLRT_DISCRETE, .n = count }

const mlrt__env_row mlrt__sanity_rows[] = {
    {.type = {.name = "Bandit-v0",
              .observation = ONE_OF(1),
              .action = ONE_OF(10),
              .max_episode_steps = 1000,
              .reset = bandit_reset,
              .step = bandit_step,
              .render = bandit_render},
     .params = {{"arms", 10, 1, MAX_ARMS, NULL},
                {"noise", 1, 0, 1e6, NULL},
                {"means", 0, 1, 0, ""}},
     .make = make_bandit},
    {.type = {.name = "Memory-v0",
              .observation = ONE_OF(4),
              .action = ONE_OF(2),
              .actions = "left right",
              .state_bytes = 3 * sizeof(double),
              .nsaved = 3,
              .observe = memory_show,
              .reset = memory_reset,
              .step = memory_step,
              .save = save_memory,
              .load = load_memory,
              .render = memory_render},
     .params = {{"length", 2, 1, 1e6, NULL}},
     .make = make_pair},
    {.type = {.name = "Stochastic-v0",
              .observation = ONE_OF(1),
              .action = ONE_OF(2),
              .state_bytes = 2 * sizeof(double),
              .nsaved = 2,
              .reset = stochastic_reset,
              .step = stochastic_step,
              .render = stochastic_render},
     .params = {{"p", 0.75, 0.5, 1, NULL}, {"length", 100, 1, 1e6, NULL}},
     .make = make_pair},
    {.type = {.name = NULL}},
};
