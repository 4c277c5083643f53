/* agent.c: a program with an agent in its loop, in C alone.
 *
 * The program is a heater: ten levels of warmth, and each tick a choice to heat
 * or not.  It registers itself as an environment, an agent learns in it by
 * Q-learning, first in one call that runs the whole loop, then tick by tick
 * beside the program's other work; and the table it learnt is saved. */
#include <mlrt.h>
#include <stdio.h>

enum { LEVELS = 10, GOOD = 6, OFF = 0, HEAT = 1 };

/* ---- The environment -------------------------------------------------- */

/* A copy's state is what the program says it is. */
typedef struct heater {
    int64_t level;
} heater;

static int begin(mlrt_turn *turn) {
    heater *h = turn->state;
    h->level = mlrt_stream_below(turn->stream, LEVELS);
    *(int64_t *)turn->observation = h->level;
    return 0;
}

/* Heating warms most of the time; the room cools by itself.  Best is GOOD. */
static int tick(mlrt_turn *turn) {
    heater *h = turn->state;
    int heats = *(const int64_t *)turn->action == HEAT;
    if (heats && mlrt_stream_uniform(turn->stream) < 0.9)
        h->level += h->level < LEVELS - 1;
    else
        h->level -= h->level > 0;
    turn->reward = h->level == GOOD || h->level == GOOD - 1 ? 1 : -0.1;
    *(int64_t *)turn->observation = h->level;
    return 0;
}

static void show(const mlrt_turn *turn, char *text, size_t size) {
    const heater *h = turn->state;
    snprintf(text, size, "%d of %d", (int)h->level, LEVELS);
}

static int register_heater(mlrt *m) {
    mlrt_env_type type;
    mlrt_env_type_init(&type);
    type.name = "Heater-v0";
    type.observation.kind = type.action.kind = MLRT_DISCRETE;
    type.observation.n = LEVELS;
    type.action.n = 2;
    type.max_episode_steps = 50;
    type.state_bytes = sizeof(heater);
    type.reset = begin;
    type.step = tick;
    type.render = show;
    return mlrt_env_register(m, &type);
}

/* ---- The program's own loop -------------------------------------------- */

static int64_t see(const mlrt_env *e) {
    const mlrt_env_views *v = mlrt_env_views_of(e);
    return *(const int64_t *)mlrt_data_const(v->observation);
}

/* So many ticks: decide, act, learn.  Adds the rewards up in *sum. */
static int run(mlrt_tabular *agent, mlrt_env *e, int ticks, double *sum) {
    int err = mlrt_env_reset(e);
    for (int i = 0; i < ticks && !err; i++) {
        int64_t before = see(e);
        int64_t action = mlrt_tabular_act(agent, before, NULL, true);
        if (action < 0)
            return (int)action;
        err = mlrt_env_step_raw(e, &action);
        if (err)
            return err;
        *sum += mlrt_env_reward(e);
        const mlrt_env_views *v = mlrt_env_views_of(e);
        int cut = *(const bool *)mlrt_data_const(v->truncated);
        err = mlrt_tabular_learn(agent, before, action, mlrt_env_reward(e),
                                 see(e), false, cut, NULL);
        if (!err && cut)
            err = mlrt_env_reset(e);
    }
    return err;
}

static int save(mlrt *m, mlrt_tabular *agent) {
    static const char *const names[] = {"q"};
    mlrt_tensor *q = mlrt_tabular_values(agent, 0);
    return mlrt_save(m, "heater.safetensors", names, &q, 1);
}

static int work(mlrt *m, mlrt_env *e, mlrt_tabular *agent) {
    char text[40];
    double sum = 0;
    mlrt_tabular_log log = {0};
    mlrt_env_seed(e, 1);
    if (mlrt_tabular_train(agent, e, 50000, 0, &log) != 0 ||
        run(agent, e, 1000, &sum) != 0 || save(m, agent) != 0 ||
        mlrt_env_render(e, 0, text, sizeof text) != 0)
        return 1;
    printf("%d episodes; then %.2f a tick, now at %s\n", (int)log.episodes,
           sum / 1000, text);
    return 0;
}

int main(void) {
    mlrt *m = mlrt_open(NULL, NULL);
    if (!m)
        return 1;
    mlrt_tabular_options options;
    mlrt_tabular_options_init(&options);
    options.seed = 1;
    mlrt_env *e = NULL;
    mlrt_tabular *agent = NULL;
    if (register_heater(m) == 0) {
        e = mlrt_env_new(m, "Heater-v0", 1, false, NULL, 0);
        agent = mlrt_tabular_new(m, LEVELS, 2, &options);
    }
    int err = !e || !agent || work(m, e, agent) != 0;
    if (err)
        fprintf(stderr, "%s\n", mlrt_errmsg(m));
    mlrt_tabular_free(agent);
    mlrt_env_free(e);
    mlrt_close(m);
    return err;
}
