/* test_env.c: environments of a host's own, and agents, in C alone. */
#include <stdio.h>

#include "refusing.h"

/* ---- A counter: up or down between 0 and 4; 4 ends it ------------------- */

typedef struct count {
    int64_t at;
} count;

static int count_reset(mlrt_turn *t) {
    ((count *)t->state)->at = 1;
    *(int64_t *)t->observation = 1;
    return 0;
}

/* ud, when there is one, says what goes wrong. */
static int count_step(mlrt_turn *t) {
    count *c = t->state;
    const char *wrong = t->ud ? t->ud : "";
    c->at += *(const int64_t *)t->action == 1 ? 1 : c->at > 0 ? -1 : 0;
    t->reward = *wrong == 'n' ? (double)NAN : c->at == 4;
    t->terminated = c->at == 4;
    *(int64_t *)t->observation = *wrong == 'o' ? 7 : c->at;
    return *wrong == 'f' ? mlrt_fail(t->m, MLRT_EUSER, "the host failed") : 0;
}

static void count_legal(const mlrt_turn *t, bool *mask) {
    mask[0] = ((const count *)t->state)->at > 0;
    mask[1] = true;
}

static int drops;
static void count_drop(void *ud) {
    (void)ud;
    drops++;
}

static mlrt_env_type counter(const char *name) {
    mlrt_env_type t;
    mlrt_env_type_init(&t);
    t.name = name;
    t.observation = (mlrt_space){.kind = MLRT_DISCRETE, .n = 5};
    t.action = (mlrt_space){.kind = MLRT_DISCRETE, .n = 2};
    t.state_bytes = sizeof(count);
    t.reset = count_reset;
    t.step = count_step;
    return t;
}

static int64_t seen(const mlrt_env *e, int i) {
    const mlrt_tensor *t = mlrt_env_views_of(e)->observation;
    return ((const int64_t *)mlrt_data_const(t))[i];
}

Test(env, of_the_hosts_own_is_like_any_other) {
    mlrt *m = open_with(NULL, 1);
    mlrt_env_type t = counter("Counter-v0");
    t.drop = count_drop;
    drops = 0;
    cr_assert(mlrt_env_register(m, &t) == 0, "%s", mlrt_errmsg(m));
    mlrt_env *e = mlrt_env_new(m, "Counter-v0", 2, true, NULL, 0);
    cr_assert(e && mlrt_env_reset(e) == 0, "%s", mlrt_errmsg(m));
    int64_t go[] = {1, 0};
    for (int i = 0; i < 3; i++)
        cr_assert(mlrt_env_step_raw(e, go) == 0);
    cr_expect(seen(e, 0) == 4 && seen(e, 1) == 0);
    cr_expect(at(mlrt_env_views_of(e)->reward, 0) == 1);
    cr_assert(mlrt_env_step_raw(e, go) == 0); /* resets the first copy */
    cr_expect(seen(e, 0) == 1);
    cr_expect(*(const bool *)mlrt_data_const(mlrt_env_views_of(e)->reset));
    mlrt_env_free(e);
    close_clean(m);
    cr_expect(drops == 1);
}

Test(env, says_what_a_host_did_wrong) {
    static const char *const wrong[] = {"nan", "observation", "fail"};
    static const char *const text[] = {
        "n: step: reward: a finite number expected, got",
        "o: step: observation: ", "the host failed"};
    mlrt *m = open_with(NULL, 1);
    for (int i = 0; i < 3; i++) {
        char name[2] = {wrong[i][0], 0};
        mlrt_env_type t = counter(name);
        t.ud = (void *)(uintptr_t)wrong[i];
        cr_assert(mlrt_env_register(m, &t) == 0);
        mlrt_env *e = mlrt_env_new(m, name, 1, false, NULL, 0);
        cr_assert(e && mlrt_env_reset(e) == 0);
        int64_t up = 1;
        cr_expect(mlrt_env_step_raw(e, &up) < 0);
        cr_expect(strstr(mlrt_errmsg(m), text[i]), "%s", mlrt_errmsg(m));
        mlrt_env_free(e);
        name[0] = '?'; /* the context does not look at it again */
    }
    close_clean(m);
}

Test(env, refuses_types_that_do_not_fit) {
    mlrt *m = open_with(NULL, 1);
    mlrt_env_type t = counter("CartPole-v1");
    cr_expect(mlrt_env_register(m, &t) == MLRT_EARG);
    cr_expect(strstr(mlrt_errmsg(m), "there is a 'CartPole-v1'"));
    t = counter("x");
    t.step = NULL;
    cr_expect(mlrt_env_register(m, &t) == MLRT_EARG);
    t = counter("x");
    t.observation.n = 0;
    cr_expect(mlrt_env_register(m, &t) == MLRT_EARG);
    cr_expect(strstr(mlrt_errmsg(m), "x: observation"), "%s", mlrt_errmsg(m));
    t = counter("x");
    t.nsaved = 2; /* more than the state holds */
    cr_expect(mlrt_env_register(m, &t) == MLRT_EARG);
    cr_expect(!mlrt_env_new(m, "x", 1, false, NULL, 0));
    cr_expect(strstr(mlrt_errmsg(m), "there is no environment 'x'"));
    close_clean(m);
}

Test(env, legal_actions_hold_and_scopes_do_not_own_the_views) {
    mlrt *m = open_with(NULL, 1);
    mlrt_env_type t = counter("Counter-v0");
    t.legal = count_legal;
    cr_assert(mlrt_env_register(m, &t) == 0);
    cr_assert(mlrt_scope_begin(m) == 0);
    mlrt_env *e = mlrt_env_new(m, "Counter-v0", 1, false, NULL, 0);
    mlrt_scope_end(m);
    cr_assert(e && mlrt_env_reset(e) == 0);
    int64_t down = 0;
    cr_expect(mlrt_env_step_raw(e, &down) == 0);
    cr_expect(mlrt_env_step_raw(e, &down) == MLRT_EARG);
    cr_expect(strstr(mlrt_errmsg(m), "a legal one expected, got"));
    mlrt_env_free(e);
    close_clean(m);
}

Test(env, an_agent_learns_in_it_and_outlives_the_context) {
    mlrt *m = open_with(NULL, 1);
    mlrt_env_type t = counter("Counter-v0");
    t.legal = count_legal;
    cr_assert(mlrt_env_register(m, &t) == 0);
    mlrt_env *e = mlrt_env_new(m, "Counter-v0", 1, false, NULL, 0);
    for (int kind = MLRT_Q_LEARNING; kind <= MLRT_DYNA_Q; kind++) {
        mlrt_tabular_options o;
        mlrt_tabular_options_init(&o);
        o.kind = (mlrt_tabular_kind)kind;
        o.seed = 7;
        mlrt_tabular *a = mlrt_tabular_new(m, 5, 2, &o);
        double returns[10];
        mlrt_tabular_log log = {.returns = returns, .max_returns = 10};
        cr_assert(a && mlrt_tabular_train(a, e, 0, 400, &log) == 0, "%s",
                  mlrt_errmsg(m));
        cr_expect(log.episodes == 400 && log.total == 400 && returns[9] == 1);
        for (int64_t s = 0; s < 4; s++)
            cr_expect(mlrt_tabular_act(a, s, NULL, true) == 1, "kind %d", kind);
        mlrt_tabular_free(a);
    }
    mlrt_tabular *a = mlrt_tabular_new(m, 5, 2, NULL);
    mlrt_close(m); /* the memory goes with the last of them */
    mlrt_tabular_free(a);
    mlrt_env_free(e);
}

Test(env, memory_that_runs_out_is_said) {
    mlrt_config c;
    mlrt_config_init(&c);
    c.max_bytes = 3 << 20;
    mlrt *m = mlrt_open(&c, NULL);
    cr_assert(m);
    cr_expect(!mlrt_env_new(m, "CartPole-v1", 1 << 20, true, NULL, 0));
    cr_expect(mlrt_errcode(m) == MLRT_ENOMEM, "%s", mlrt_errmsg(m));
    cr_expect(!mlrt_env_new(m, "CartPole-v1", INT32_MAX, true, NULL, 0));
    cr_expect(mlrt_errcode(m) == MLRT_ENOMEM, "%s", mlrt_errmsg(m));
    cr_expect(!mlrt_tabular_new(m, INT32_MAX, 1, NULL));
    cr_expect(mlrt_errcode(m) == MLRT_ENOMEM, "%s", mlrt_errmsg(m));
    cr_expect(!mlrt_tabular_new(m, 1 << 20, 64, NULL));
    cr_expect(mlrt_errcode(m) == MLRT_ENOMEM, "%s", mlrt_errmsg(m));
    close_clean(m);
}

/* ---- Memory ------------------------------------------------------------ */

/* An environment of this name, made, stepped and shown. */
static int use_env(mlrt *m, const void *name) {
    mlrt_env_option slip = {.name = "slip", .number = 0.1};
    bool is_grid = strcmp(name, "GridWorld-v0") == 0;
    mlrt_env *e = mlrt_env_new(m, name, 2, true, &slip, is_grid);
    char text[400];
    int err = e ? mlrt_env_reset(e) : mlrt_errcode(m);
    if (!err)
        err = mlrt_env_render(e, 1, text, sizeof text);
    mlrt_env_free(e);
    return err;
}

Test(env, survives_every_refusal_of_memory) {
    static const char *const names[] = {
        "CartPole-v1",   "Pendulum-v1",   "GridWorld-v0",
        "FrozenLake-v1", "Bandit-v0",     "Memory-v0",
        "Go-v0",         "Stochastic-v0", "TicTacToe-v0",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        refuse_each(use_env, names[i]);
        limit_each(use_env, names[i], 4096);
    }
    refuse_each(use_env, "Taxi-v4");
    refuse_each(use_env, "Blackjack-v1");
}

/* A type of the host's own, with a name that needs room. */
static int use_type(mlrt *m, const void *name) {
    mlrt_env_type t = counter(name);
    int err = mlrt_env_register(m, &t);
    return err ? err : use_env(m, name);
}

Test(env, so_do_types) {
    static char name[100000];
    memset(name, 'n', sizeof name - 1);
    refuse_each(use_type, name);
    limit_each(use_type, "n", 4096);
}

/* An agent of a kind, trained a little. */
static int use_agent(mlrt *m, const void *kind) {
    mlrt_tabular_options o;
    mlrt_tabular_options_init(&o);
    o.kind = *(const mlrt_tabular_kind *)kind;
    o.exploration = MLRT_UCB;
    mlrt_env *e = mlrt_env_new(m, "FrozenLake-v1", 1, false, NULL, 0);
    mlrt_tabular *a = e ? mlrt_tabular_new(m, 16, 4, &o) : NULL;
    mlrt_tabular_log log = {.returns = NULL};
    int err = a ? mlrt_tabular_train(a, e, 20, 0, &log) : mlrt_errcode(m);
    mlrt_tabular_free(a);
    mlrt_env_free(e);
    return err;
}

Test(env, so_do_agents) {
    for (int kind = MLRT_Q_LEARNING; kind <= MLRT_DYNA_Q; kind++)
        limit_each(use_agent, &(mlrt_tabular_kind){(mlrt_tabular_kind)kind},
                   8192);
}

/* Value iteration, policy iteration, and what their policies are worth. */
static int use_plans(mlrt *m, const void *with) {
    (void)with;
    mlrt_env *e = mlrt_env_new(m, "FrozenLake-v1", 1, false, NULL, 0);
    mlrt_tensor *p = NULL,
                *v = e ? mlrt_plan_values(e, 0.9, 1e-6, NULL, &p) : NULL;
    int err = v && p ? 0 : mlrt_errcode(m);
    for (int horizon = 0; !err && horizon < 2; horizon++) {
        mlrt_release(v);
        v = mlrt_plan_evaluate(e, p, 0.9, 1e-6, horizon, NULL);
        err = v ? 0 : mlrt_errcode(m);
    }
    mlrt_release(v);
    mlrt_release(p);
    v = p = NULL;
    if (!err) {
        v = mlrt_plan_policy(e, 0.9, 1e-6, NULL, &p);
        err = v && p ? 0 : mlrt_errcode(m);
    }
    mlrt_release(v);
    mlrt_release(p);
    v = err ? NULL : mlrt_plan_legal(e);
    err = v ? 0 : mlrt_errcode(m);
    mlrt_release(v);
    mlrt_env_free(e);
    return err;
}

Test(env, and_plans) {
    limit_each(use_plans, NULL, 8192);
}

/* Blocks that are larger than what tensors leave. */
Test(env, and_large_agents) {
    for (size_t limit = 1 << 20; limit < (10 << 20); limit += 300000) {
        mlrt_config c;
        mlrt_config_init(&c);
        c.max_bytes = limit;
        mlrt *m = mlrt_open(&c, NULL);
        mlrt_memory_info before, after;
        mlrt_tabular_options o;
        mlrt_tabular_options_init(&o);
        o.kind = MLRT_DYNA_Q;
        mlrt_memory(m, &before);
        mlrt_tabular *a = mlrt_tabular_new(m, 100000, 1, &o);
        cr_expect(a || mlrt_errcode(m) == MLRT_ENOMEM, "%s", mlrt_errmsg(m));
        mlrt_tabular_free(a);
        mlrt_memory(m, &after);
        cr_expect(before.other == after.other, "%zu", limit);
        close_clean(m);
    }
}

static size_t tensors(const mlrt *m) {
    mlrt_memory_info info;
    mlrt_memory((mlrt *)(uintptr_t)m, &info);
    return info.tensors;
}

/* Made in a scope they outlive it; what else is made there does not. */
Test(env, agents_and_replays_outlive_the_scope_they_are_made_in) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tabular_options o;
    mlrt_tabular_options_init(&o);
    o.kind = MLRT_DOUBLE_Q;
    o.alpha_power = 0.5;
    mlrt_replay_options ro;
    mlrt_replay_options_init(&ro);
    ro.capacity = 4;
    int64_t one = 1;
    cr_assert(mlrt_scope_begin(m) == 0);
    mlrt_tabular *a = mlrt_tabular_new(m, 3, 2, &o);
    mlrt_tensor *x = mlrt_zeros(m, &one, 1, MLRT_F32);
    mlrt_replay *r = mlrt_replay_new(m, x, x, &ro);
    mlrt_env *e = mlrt_env_new(m, "TicTacToe-v0", 1, false, NULL, 0);
    cr_expect(!mlrt_env_new(m, "Bandit-v1", 1, false, NULL, 0));
    cr_expect(mlrt_zeros(m, &one, 1, MLRT_F32) != NULL);
    mlrt_scope_end(m);
    cr_assert(a && r && e);
    cr_expect(tensors(m) == 3 + 5 + 6, "%zu", tensors(m));
    for (int i = 0; i < 3; i++)
        cr_expect(mlrt_tabular_learn(a, 0, 0, 1, 1, false, false, NULL) == 0);
    cr_expect(at(mlrt_tabular_visits(a), 0) == 3);
    cr_expect(!mlrt_tabular_values(a, 2) && !mlrt_tabular_values(a, -1));
    cr_expect(mlrt_env_reset(e) == 0);
    mlrt_replay_free(r);
    mlrt_env_free(e);
    mlrt_tabular_free(a);
    close_clean(m);
}

/* ---- Options ----------------------------------------------------------- */

Test(env, options_of_an_older_header_are_completed) {
    mlrt *m = open_with(NULL, 1);
    mlrt_tabular_options o;
    mlrt_tabular_options_init(&o);
    cr_expect(o.size == sizeof o && o.planning == 5 && o.n == 4);
    cr_expect(o.lambda == 0.9 && o.c == 2 && o.gamma == 0.99);
    o.initial = 7;
    o.n = 0; /* not known to it */
    o.size = offsetof(mlrt_tabular_options, n);
    mlrt_tabular *a = mlrt_tabular_new(m, 1, 1, &o);
    cr_assert(a, "%s", mlrt_errmsg(m));
    cr_expect(mlrt_tabular_options_of(a)->n == 4);
    cr_expect(at(mlrt_tabular_values(a, 0), 0) == 7);
    mlrt_tabular_free(a);
    struct {
        mlrt_tabular_options o;
        char more[16];
    } newer = {.more = "more"};
    mlrt_tabular_options_init(&newer.o);
    newer.o.size = sizeof newer;
    newer.o.initial = 3;
    a = mlrt_tabular_new(m, 1, 1, &newer.o);
    cr_expect(a && at(mlrt_tabular_values(a, 0), 0) == 3);
    mlrt_tabular_free(a);
    close_clean(m);
}

/* ---- Interruptions ----------------------------------------------------- */

Test(env, training_and_planning_can_be_interrupted) {
    static const char *const names[] = {"FrozenLake-v1", "Memory-v0"};
    mlrt *m = open_with(NULL, 1);
    for (int i = 0; i < 2; i++) {
        mlrt_env *e = mlrt_env_new(m, names[i], 1, false, NULL, 0);
        mlrt_tabular *a = mlrt_tabular_new(m, i ? 4 : 16, i ? 2 : 4, NULL);
        mlrt_tabular_log log = {.returns = NULL};
        cr_assert(e && a);
        mlrt_interrupt(m);
        cr_expect(mlrt_tabular_train(a, e, 100, 0, &log) == MLRT_ECANCEL);
        cr_expect(strcmp(mlrt_errmsg(m), "interrupted!") == 0);
        mlrt_resume(m);
        cr_expect(mlrt_tabular_train(a, e, 100, 0, &log) == 0);
        cr_expect(log.steps == 100);
        mlrt_tabular_free(a);
        mlrt_env_free(e);
    }
    mlrt_env *e = mlrt_env_new(m, "FrozenLake-v1", 1, false, NULL, 0);
    int64_t sweeps = 0, shape[] = {16, 4};
    mlrt_tensor *even = mlrt_full(m, shape, 2, 0.25, MLRT_F64), *policy = even;
    mlrt_interrupt(m);
    cr_expect(!mlrt_plan_values(e, 0.9, 1e-9, &sweeps, &policy) && !policy);
    cr_expect(mlrt_errcode(m) == MLRT_ECANCEL && sweeps == 0);
    policy = even;
    cr_expect(!mlrt_plan_policy(e, 0.9, 1e-9, NULL, &policy) && !policy);
    cr_expect(!mlrt_plan_evaluate(e, even, 0.9, 1e-9, 5, &sweeps));
    cr_expect(mlrt_errcode(m) == MLRT_ECANCEL);
    cr_expect(!mlrt_plan_evaluate(e, even, 0.9, 1e-9, 0, &sweeps));
    cr_expect(mlrt_errcode(m) == MLRT_ECANCEL);
    mlrt_resume(m);
    mlrt_tensor *v = mlrt_plan_evaluate(e, even, 0.9, 1e-9, 5, NULL);
    cr_expect(v && mlrt_numel(v) == 16);
    mlrt_release(v);
    cr_expect(!mlrt_plan_evaluate(e, NULL, 0.9, 1e-9, 5, NULL));
    mlrt_release(even);
    mlrt_env_free(e);
    close_clean(m);
}

/* ---- Texts ------------------------------------------------------------- */

Test(env, writes_texts_no_longer_than_their_room) {
    mlrt *m = open_with(NULL, 1);
    const char *name;
    for (int i = 0; (name = mlrt_env_name_at(m, i)) != NULL; i++) {
        mlrt_env *e = mlrt_env_new(m, name, 1, false, NULL, 0);
        char whole[1000], part[1000];
        cr_assert(e && mlrt_env_reset(e) == 0);
        cr_assert(mlrt_env_render(e, 0, whole, sizeof whole) == 0);
        size_t len = strlen(whole);
        cr_expect(len > 0 && whole[len - 1] == '\n', "%s", name);
        for (size_t size = 0; size < len + 50; size++) {
            memset(part, 'z', sizeof part);
            cr_expect(mlrt_env_render(e, 0, part, size) == 0);
            size_t n = strnlen(part, size);
            cr_expect(size == 0 || n < size, "%s: %zu", name, size);
            cr_expect(memchr(part + size, 0, sizeof part - size) == NULL);
            for (size_t k = size; k < sizeof part; k++)
                cr_assert(part[k] == 'z', "%s: %zu of %zu", name, k, size);
            if (size > len + 41) /* what any of them keeps free */
                cr_expect(strcmp(part, whole) == 0, "%s: %zu", name, size);
        }
        cr_expect(mlrt_env_render(e, 1, part, 10) == MLRT_EINDEX);
        mlrt_env_free(e);
    }
    close_clean(m);
}
