/* test_env_types.c: types of a host's own: what may be registered, what their
 * callbacks may leave, what they may not write into. */
#include <stdio.h>

#include "call.h"

/* Is this the message, whole? */
#define SAYS(m, text)                                                          \
    cr_expect(strcmp(mlrt_errmsg(m), text) == 0, "%s", mlrt_errmsg(m))

/* ---- A type whose callbacks leave what they are told -------------------- */

static struct {
    double reward;
    int64_t n[3];     /* observation, as indices */
    float x[6];       /* or as numbers */
    int fails;        /* 1: the step, 2: the reset */
    bool over, stuck; /* stuck: no action is legal */
    int calls;
} script;

static int observe_it(mlrt_turn *t, const mlrt_env_type *type) {
    if (type->observation.kind == MLRT_BOX)
        memcpy(t->observation, script.x, sizeof script.x);
    else if (type->observation.kind == MLRT_MULTI_DISCRETE)
        memcpy(t->observation, script.n, sizeof script.n);
    else
        *(int64_t *)t->observation = script.n[0];
    return 0;
}

static int told_reset(mlrt_turn *t) {
    if (script.fails == 2)
        return mlrt_fail(t->m, MLRT_EUSER, "no reset today");
    script.calls++;
    return observe_it(t, t->ud);
}

static int told_step(mlrt_turn *t) {
    if (script.fails == 1)
        return mlrt_fail(t->m, MLRT_EUSER, "no step today");
    script.calls++;
    t->reward = script.reward;
    t->terminated = script.over;
    return observe_it(t, t->ud);
}

static void told_legal(const mlrt_turn *t, bool *mask) {
    (void)t;
    mask[0] = !script.stuck;
    mask[1] = false;
}

static mlrt_env_type told(const char *name) {
    mlrt_env_type t;
    mlrt_env_type_init(&t);
    cr_assert(t.size == sizeof t);
    memset(&script, 0, sizeof script);
    t.name = name;
    t.observation = (mlrt_space){.kind = MLRT_DISCRETE, .n = 5};
    t.action = (mlrt_space){.kind = MLRT_DISCRETE, .n = 2};
    t.state_bytes = 16;
    t.reset = told_reset;
    t.step = told_step;
    return t;
}

/* Its environments, the type being their ud as well. */
static mlrt_env *settle(mlrt *m, mlrt_env_type *t, int64_t copies) {
    t->ud = t;
    cr_assert(mlrt_env_register(m, t) == 0, "%s", mlrt_errmsg(m));
    mlrt_env *e = mlrt_env_new(m, t->name, copies, copies > 1, NULL, 0);
    cr_assert(e, "%s", mlrt_errmsg(m));
    return e;
}

/* ---- Registering ------------------------------------------------------- */

static bool told_load(mlrt_turn *t, const double *from) {
    (void)t;
    return *from < 10;
}
static void told_save(const mlrt_turn *t, double *to) {
    (void)t;
    *to = 3;
}

static const char does_not_fit[] = "x: max_episode_steps, state_bytes, nsaved, "
                                   "save and load do not fit";

Test(env_types, are_checked_when_they_are_registered) {
    mlrt *m = open_with(NULL, 1);
    mlrt_env_type t = told("x");
    t.name = NULL;
    cr_expect(mlrt_env_register(m, &t) == MLRT_EARG);
    SAYS(m, "env_register: the name is missing");
    t.name = "";
    cr_expect(mlrt_env_register(m, &t) == MLRT_EARG);
    SAYS(m, "env_register: the name is missing");
    t = told("Acrobot-v1");
    cr_expect(mlrt_env_register(m, &t) == MLRT_EARG);
    SAYS(m, "env_register: there is a 'Acrobot-v1'");
    t = told("x");
    t.reset = NULL;
    cr_expect(mlrt_env_register(m, &t) == MLRT_EARG);
    SAYS(m, "x: reset and step are needed");
    t = told("x");
    t.step = NULL;
    cr_expect(mlrt_env_register(m, &t) == MLRT_EARG);
    SAYS(m, "x: reset and step are needed");
    t = told("x");
    t.legal = told_legal;
    t.action = (mlrt_space){.kind = MLRT_BOX, .ndim = 1, .shape = {1}};
    cr_expect(mlrt_env_register(m, &t) == MLRT_EARG);
    SAYS(m, "x: legal needs discrete actions");
    t = told("x");
    cr_expect(mlrt_env_register(m, &t) == 0);
    cr_expect(mlrt_env_register(m, &t) == MLRT_EARG);
    SAYS(m, "env_register: there is a 'x'");
    close_clean(m);
}

Test(env_types, have_numbers_that_fit) {
    mlrt *m = open_with(NULL, 1);
    for (int i = 0; i < 8; i++) {
        mlrt_env_type t = told("x");
        t.max_episode_steps = i == 0 ? -1 : 0;
        t.nsaved = i == 1 ? -1 : i == 2 ? 3 : 0;
        t.save = i == 3 || i == 6 || i == 7 ? told_save : NULL;
        t.load = i == 4 || i == 6 || i == 7 ? told_load : NULL;
        t.state_bytes = i == 5 ? (size_t)INT32_MAX + 1 : 16;
        if (i == 6)
            t.nsaved = 100; /* its own callbacks know how */
        char name[] = {(char)('a' + i), 0};
        t.name = i < 6 ? "x" : name;
        int err = mlrt_env_register(m, &t);
        cr_expect(err == (i < 6 ? MLRT_EARG : 0), "%d: %d", i, err);
        if (i < 6)
            SAYS(m, does_not_fit);
    }
    mlrt_env_type t = told("y");
    t.nsaved = 2; /* just what the state holds */
    cr_expect(mlrt_env_register(m, &t) == 0);
    t = told("z");
    t.state_bytes = INT32_MAX;
    cr_expect(mlrt_env_register(m, &t) == 0);
    close_clean(m);
}

Test(env_types, of_an_older_header_are_taken) {
    mlrt *m = open_with(NULL, 1);
    mlrt_env_type t = told("old");
    t.columns = 7;
    t.size = offsetof(mlrt_env_type, columns);
    mlrt_env *e = settle(m, &t, 1);
    cr_expect(mlrt_env_type_of(e)->columns == 0); /* not known then */
    cr_expect(mlrt_env_type_of(e)->observation.n == 5);
    cr_expect(mlrt_env_type_of(e)->size == sizeof t);
    mlrt_env_free(e);
    t = told("new");
    t.columns = 7;
    t.size = sizeof t + 8;
    cr_expect(mlrt_env_register(m, &t) == 0);
    e = mlrt_env_new(m, "new", 1, false, NULL, 0);
    cr_expect(e && mlrt_env_type_of(e)->columns == 7);
    mlrt_env_free(e);
    close_clean(m);
}

Test(env_types, are_named_after_those_built_in) {
    mlrt *m = open_with(NULL, 1);
    int n = 0;
    while (mlrt_env_name_at(m, n))
        n++;
    cr_expect(strcmp(mlrt_env_name_at(m, 0), "CartPole-v1") == 0);
    cr_expect(strcmp(mlrt_env_name_at(m, n - 1), "Go-v0") == 0);
    char name[] = "a";
    mlrt_env_type t = told(name);
    cr_assert(mlrt_env_register(m, &t) == 0);
    t = told("b");
    cr_assert(mlrt_env_register(m, &t) == 0);
    name[0] = '?';
    cr_expect(strcmp(mlrt_env_name_at(m, n), "b") == 0);
    cr_expect(strcmp(mlrt_env_name_at(m, n + 1), "a") == 0);
    cr_expect(!mlrt_env_name_at(m, n + 2));
    cr_expect(!mlrt_env_name_at(m, -1));
    mlrt_env_option limit = {.name = "max_episode_steps", .number = 3};
    mlrt_env *e = mlrt_env_new(m, "a", 1, false, &limit, 1);
    cr_assert(e && mlrt_env_copies(e) == 1);
    cr_expect(mlrt_env_type_of(e)->max_episode_steps == 3);
    mlrt_env_free(e);
    mlrt_env_option other = {.name = "b", .number = 3};
    cr_expect(!mlrt_env_new(m, "a", 1, false, &other, 1));
    SAYS(m, "a: unknown option 'b'; known are max_episode_steps");
    cr_expect(!mlrt_env_new(m, "c", 1, false, NULL, 0));
    SAYS(m, "there is no environment 'c'");
    mlrt_env_free(NULL);
    close_clean(m);
}

/* ---- Spaces ------------------------------------------------------------ */

static const float ones[] = {1, 1, 1, 1, 1, 1}, twos[] = {2, 2, 2, 2, 2, 2};
static const float mixed[] = {1, 1, 1, 1, 1, 3};
static const int64_t counts[] = {3, 1, 2}, none[] = {3, 1, 0};

static const struct {
    mlrt_space space;
    const char *said; /* NULL: it is fine */
} spaces[] = {
    {{.kind = MLRT_DISCRETE, .n = 1}, NULL},
    {{.kind = MLRT_DISCRETE, .n = INT32_MAX}, NULL},
    {{.kind = MLRT_DISCRETE, .n = 0},
     "a discrete space has 1 to 2^31 - 1 values"},
    {{.kind = MLRT_DISCRETE, .n = (int64_t)INT32_MAX + 1},
     "a discrete space has 1 to 2^31 - 1 values"},
    {{.kind = MLRT_DISCRETE, .n = 2, .ndim = 1, .shape = {1}},
     "a discrete space has 1 to 2^31 - 1 values"},
    {{.kind = MLRT_BOX}, NULL},
    {{.kind = MLRT_BOX, .ndim = 2, .shape = {2, 3}}, NULL},
    {{.kind = MLRT_BOX, .ndim = 7, .shape = {1, 1, 1, 1, 1, 1, 6}}, NULL},
    {{.kind = MLRT_BOX, .ndim = 8, .shape = {1, 1, 1, 1, 1, 1, 1, 1}},
     "0 to 7 dimensions expected"},
    {{.kind = MLRT_BOX, .ndim = -1}, "0 to 7 dimensions expected"},
    {{.kind = MLRT_BOX, .ndim = 1, .shape = {0}},
     "1 to 2^31 - 1 elements expected"},
    {{.kind = MLRT_BOX, .ndim = 1, .shape = {(int64_t)INT32_MAX + 1}},
     "1 to 2^31 - 1 elements expected"},
    {{.kind = MLRT_BOX, .ndim = 1, .shape = {INT32_MAX}}, NULL},
    {{.kind = MLRT_BOX, .ndim = 1, .shape = {6}, .low = ones, .high = ones},
     NULL},
    {{.kind = MLRT_BOX, .ndim = 1, .shape = {6}, .low = ones, .high = twos},
     NULL},
    {{.kind = MLRT_BOX, .ndim = 1, .shape = {6}, .low = twos, .high = mixed},
     "a low bound is above its high"},
    {{.kind = MLRT_BOX, .ndim = 1, .shape = {6}, .low = mixed, .high = twos},
     "a low bound is above its high"},
    {{.kind = MLRT_BOX, .ndim = 1, .shape = {5}, .low = mixed, .high = twos},
     NULL},
    {{.kind = MLRT_BOX, .ndim = 1, .shape = {6}, .low = ones},
     "low and high belong together"},
    {{.kind = MLRT_BOX, .ndim = 1, .shape = {6}, .high = ones},
     "low and high belong together"},
    {{.kind = MLRT_MULTI_DISCRETE, .ndim = 1, .shape = {3}, .counts = counts},
     NULL},
    {{.kind = MLRT_MULTI_DISCRETE, .ndim = 1, .shape = {1}, .counts = none},
     NULL},
    {{.kind = MLRT_MULTI_DISCRETE, .ndim = 1, .shape = {3}, .counts = none},
     "a count is less than 1"},
    {{.kind = MLRT_MULTI_DISCRETE, .ndim = 1, .shape = {2}, .counts = none},
     NULL},
    {{.kind = MLRT_MULTI_DISCRETE, .ndim = 1, .shape = {3}},
     "a multi-discrete space has one dimension and counts"},
    {{.kind = MLRT_MULTI_DISCRETE,
      .ndim = 2,
      .shape = {1, 3},
      .counts = counts},
     "a multi-discrete space has one dimension and counts"},
    {{.kind = MLRT_MULTI_DISCRETE, .counts = counts},
     "a multi-discrete space has one dimension and counts"},
};

Test(env_types, have_spaces_that_can_be) {
    mlrt *m = open_with(NULL, 1);
    for (size_t i = 0; i < 2 * sizeof spaces / sizeof *spaces; i++) {
        char name[20], text[100];
        bool action = i % 2;
        snprintf(name, sizeof name, "type%zu", i);
        mlrt_env_type t = told(name);
        *(action ? &t.action : &t.observation) = spaces[i / 2].space;
        int err = mlrt_env_register(m, &t);
        const char *said = spaces[i / 2].said;
        cr_expect(err == (said ? MLRT_EARG : 0), "%zu: %d", i, err);
        snprintf(text, sizeof text, "%s: %s: %s", name,
                 action ? "action" : "observation", said ? said : "");
        if (said)
            SAYS(m, text);
    }
    mlrt_env_type t = told("x");
    t.observation = (mlrt_space){.kind = MLRT_BOX, .ndim = 1, .shape = {-1}};
    cr_expect(mlrt_env_register(m, &t) < 0);
    close_clean(m);
}

/* ---- What callbacks leave ---------------------------------------------- */

Test(env_types, observe_what_their_space_has) {
    mlrt *m = open_with(NULL, 1);
    mlrt_env_type t = told("one");
    mlrt_env *e = settle(m, &t, 1);
    int64_t go[2] = {0, 0};
    for (int64_t n = -1; n <= 5; n++) {
        script.n[0] = n;
        bool fine = n >= 0 && n < 5;
        cr_expect((mlrt_env_reset(e) == 0) == fine);
        if (!fine) {
            char text[80];
            snprintf(text, sizeof text,
                     "one: reset: observation: 1 to 5 expected, got %d",
                     (int)n + 1);
            SAYS(m, text);
        }
    }
    mlrt_env_free(e);
    t = told("many");
    t.observation = (mlrt_space){
        .kind = MLRT_MULTI_DISCRETE, .ndim = 1, .shape = {3}, .counts = counts};
    e = settle(m, &t, 2);
    cr_expect(mlrt_ndim(mlrt_env_views_of(e)->observation) == 2);
    cr_assert(mlrt_env_reset(e) == 0, "%s", mlrt_errmsg(m));
    script.n[0] = 2;
    script.n[2] = 1;
    cr_expect(mlrt_env_step_raw(e, go) == 0, "%s", mlrt_errmsg(m));
    script.n[2] = 2;
    cr_expect(mlrt_env_step_raw(e, go) == MLRT_EARG);
    SAYS(m, "many: step: observation of copy 1: 1 to 2 expected, got 3");
    script.n[2] = 0;
    script.n[1] = -1;
    cr_expect(mlrt_env_step_raw(e, go) == MLRT_EARG);
    SAYS(m, "many: step: observation of copy 1: 1 to 1 expected, got 0");
    mlrt_env_free(e);
    close_clean(m);
}

Test(env_types, observe_numbers_between_their_bounds) {
    mlrt *m = open_with(NULL, 1);
    mlrt_env_type t = told("box");
    t.observation = (mlrt_space){.kind = MLRT_BOX,
                                 .ndim = 2,
                                 .shape = {2, 3},
                                 .low = ones,
                                 .high = twos};
    mlrt_env *e = settle(m, &t, 1);
    for (int i = 0; i < 6; i++)
        script.x[i] = i % 2 ? 1 : 2;
    cr_expect(mlrt_env_reset(e) == 0, "%s", mlrt_errmsg(m));
    script.x[5] = 2.5F;
    cr_expect(mlrt_env_reset(e) == MLRT_EARG);
    SAYS(m, "box: reset: observation: element 6: 1 to 2 expected, got 2.5");
    script.x[5] = 2;
    script.x[0] = 0.5F;
    cr_expect(mlrt_env_reset(e) == MLRT_EARG);
    SAYS(m, "box: reset: observation: element 1: 1 to 2 expected, got 0.5");
    script.x[0] = NAN;
    cr_expect(mlrt_env_reset(e) == MLRT_EARG);
    mlrt_env_free(e);
    t = told("free");
    t.observation = (mlrt_space){.kind = MLRT_BOX, .ndim = 1, .shape = {6}};
    e = settle(m, &t, 1);
    script.x[5] = -1e30F;
    cr_expect(mlrt_env_reset(e) == 0, "%s", mlrt_errmsg(m));
    script.x[5] = NAN;
    cr_expect(mlrt_env_reset(e) == MLRT_EARG);
    mlrt_env_free(e);
    close_clean(m);
}

Test(env_types, take_actions_of_several_numbers) {
    mlrt *m = open_with(NULL, 1);
    mlrt_env_type t = told("keys");
    t.action = (mlrt_space){
        .kind = MLRT_MULTI_DISCRETE, .ndim = 1, .shape = {3}, .counts = counts};
    mlrt_env *e = settle(m, &t, 2);
    cr_assert(mlrt_env_reset(e) == 0, "%s", mlrt_errmsg(m));
    int64_t go[] = {2, 0, 1, 0, 0, 0}, shape[] = {2, 3};
    mlrt_tensor *a = mlrt_from_data(m, MLRT_INDEX, 2, shape, go);
    cr_expect(mlrt_env_step(e, a) == 0, "%s", mlrt_errmsg(m));
    mlrt_release(a);
    go[5] = 2;
    script.calls = 0;
    cr_expect(mlrt_env_step_raw(e, go) == MLRT_EARG);
    SAYS(m, "keys: step: action of copy 2: 1 to 2 expected, got 3");
    cr_expect(script.calls == 0); /* no copy has moved */
    cr_expect(mlrt_env_step(e, NULL) == MLRT_EARG);
    mlrt_env_free(e);
    close_clean(m);
}

Test(env_types, that_fail_say_so_and_stay_where_they_were) {
    mlrt *m = open_with(NULL, 1);
    mlrt_env_type t = told("told");
    mlrt_env *e = settle(m, &t, 1);
    mlrt_env_clock c;
    int64_t go = 0;
    script.fails = 2;
    cr_expect(mlrt_env_reset(e) == MLRT_EUSER);
    SAYS(m, "no reset today");
    cr_assert(mlrt_env_clock_get(e, 0, &c) == 0);
    cr_expect(c.phase == 0 && c.steps == 0);
    cr_expect(mlrt_env_step_raw(e, &go) == MLRT_ESTATE);
    SAYS(m, "told: step: call reset first");
    script.fails = 0;
    cr_assert(mlrt_env_reset(e) == 0);
    script.fails = 1;
    cr_expect(mlrt_env_step_raw(e, &go) == MLRT_EUSER);
    cr_assert(mlrt_env_clock_get(e, 0, &c) == 0);
    cr_expect(c.phase == 1 && c.steps == 0);
    script.fails = 0;
    script.reward = INFINITY;
    cr_expect(mlrt_env_step_raw(e, &go) == MLRT_ENUMERIC);
    SAYS(m, "told: step: reward: a finite number expected, got inf");
    script.reward = 0.1;
    script.over = true;
    cr_expect(mlrt_env_step_raw(e, &go) == 0);
    cr_expect(mlrt_env_reward(e) == 0.1); /* no single precision */
    cr_assert(mlrt_env_clock_get(e, 0, &c) == 0);
    cr_expect(c.phase == 2 && c.steps == 1);
    mlrt_env_free(e);
    close_clean(m);
}

Test(env_types, have_states_or_not) {
    mlrt *m = open_with(NULL, 1);
    double v[3] = {-1, -1, (double)NAN}; /* the last is never looked at */
    mlrt_env_type t = told("none");
    mlrt_env *e = settle(m, &t, 1);
    cr_expect(mlrt_env_save(e, 0, v) == MLRT_ESTATE);
    SAYS(m, "none: state: its state is not numbers");
    cr_expect(mlrt_env_load(e, 0, v) == MLRT_ESTATE);
    SAYS(m, "none: load_state: its state is not numbers");
    mlrt_env_free(e);
    t = told("own");
    t.nsaved = 1;
    t.save = told_save;
    t.load = told_load;
    e = settle(m, &t, 1);
    cr_expect(mlrt_env_save(e, 0, v) == 0 && v[0] == 3 && v[1] == -1);
    v[0] = 9;
    cr_expect(mlrt_env_load(e, 0, v) == 0);
    v[0] = 10;
    cr_expect(mlrt_env_load(e, 0, v) == MLRT_EARG);
    SAYS(m, "own: load_state: these numbers are no state");
    mlrt_env_free(e);
    t = told("plain");
    t.nsaved = 2;
    e = settle(m, &t, 2);
    v[0] = 4, v[1] = 5;
    cr_expect(mlrt_env_load(e, 1, v) == 0);
    double back[2] = {0, 0};
    cr_expect(mlrt_env_save(e, 0, back) == 0 && back[0] == 0 && back[1] == 0);
    cr_expect(mlrt_env_save(e, 1, back) == 0 && back[0] == 4 && back[1] == 5);
    mlrt_env_clock c = {.phase = 1};
    cr_expect(mlrt_env_clock_set(e, 2, &c) == MLRT_EINDEX);
    SAYS(m, "plain: load_state: copy: 1 to 2 expected, got 3");
    cr_expect(mlrt_env_clock_get(e, -1, &c) == MLRT_EINDEX);
    SAYS(m, "plain: state: copy: 1 to 2 expected, got -1");
    cr_expect(mlrt_env_load(e, 2, v) == MLRT_EINDEX);
    SAYS(m, "plain: load_state: copy: 1 to 2 expected, got 3");
    mlrt_env_free(e);
    close_clean(m);
}

Test(env_types, without_a_state_work_too) {
    mlrt *m = open_with(NULL, 1);
    mlrt_env_type t = told("stateless");
    t.state_bytes = 0;
    mlrt_env *e = settle(m, &t, 3);
    int64_t go[3] = {0, 1, 0};
    cr_expect(mlrt_env_reset(e) == 0 && mlrt_env_step_raw(e, go) == 0);
    cr_expect(script.calls == 6);
    mlrt_env_free(e);
    close_clean(m);
}

/* ---- Training in them -------------------------------------------------- */

Test(env_types, are_looked_at_in_training) {
    static const char *const said[] = {
        "told: step: reward: a finite number expected, got nan",
        "told: step: observation: 1 to 5 expected, got 6",
        "no step today",
        "told: step: legal: no action is legal",
        "no reset today",
    };
    for (int i = 0; i < 5; i++) {
        mlrt *m = open_with(NULL, 1);
        mlrt_env_type t = told("told");
        t.legal = told_legal;
        mlrt_env *e = settle(m, &t, 1);
        mlrt_tabular *a = mlrt_tabular_new(m, 5, 2, NULL);
        mlrt_tabular_log log = {.returns = NULL};
        cr_assert(a && mlrt_tabular_train(a, e, 5, 0, &log) == 0, "%s",
                  mlrt_errmsg(m));
        cr_expect(log.steps == 5 && log.episodes == 0 && log.total == 0);
        script.reward = i == 0 ? (double)NAN : 0;
        script.n[0] = i == 1 ? 5 : 0;
        script.fails = i == 2;
        script.stuck = i == 3;
        if (i == 4) {
            script.over = true;
            cr_expect(mlrt_tabular_train(a, e, 0, 1, &log) == 0);
            script.fails = 2; /* when the next call resets */
        }
        cr_expect(mlrt_tabular_train(a, e, 5, 0, &log) < 0);
        SAYS(m, said[i]);
        cr_expect(mlrt_tabular_clock_get(a).steps == (i == 4 ? 6 : 5));
        mlrt_tabular_free(a);
        mlrt_env_free(e);
        close_clean(m);
    }
}

Test(env_types, may_leave_nothing_legal_at_the_end) {
    mlrt *m = open_with(NULL, 1);
    mlrt_env_type t = told("told");
    t.legal = told_legal;
    mlrt_env *e = settle(m, &t, 1);
    mlrt_tabular *a = mlrt_tabular_new(m, 5, 2, NULL);
    mlrt_tabular_log log = {.returns = NULL};
    cr_assert(mlrt_env_reset(e) == 0);
    script.over = true;
    script.reward = 2;
    cr_expect(mlrt_tabular_train(a, e, 0, 3, &log) == 0, "%s", mlrt_errmsg(m));
    cr_expect(log.total == 6);
    script.stuck = true;
    cr_expect(mlrt_env_reset(e) == 0);
    cr_expect(mlrt_tabular_train(a, e, 1, 0, &log) == MLRT_EARG);
    SAYS(m, "told: step: legal: no action is legal");
    mlrt_tabular_options_of(a)->gamma = 0.25;
    cr_expect(mlrt_tabular_options_of(a)->gamma == 0.25);
    mlrt_tabular_free(a);
    mlrt_tabular_free(NULL);
    mlrt_env_free(e);
    close_clean(m);
}

/* ---- Memory that another context sees ---------------------------------- */

static const char shared[] = ": the tensor's memory is shared with another "
                             "context, so it is only read; write into a clone "
                             "of it";

static void says_shared(const mlrt *m, const char *what) {
    char text[200];
    snprintf(text, sizeof text, "%s%s", what, shared);
    SAYS(m, text);
}

Test(env_types, write_nothing_that_is_shared) {
    mlrt *m = open_with(NULL, 1), *other = open_with(NULL, 1);
    for (int i = 0; i < 7; i++) {
        mlrt_env_type t = told("told");
        char name[2] = {(char)('a' + i), 0};
        t.name = name;
        t.legal = told_legal;
        t.nsaved = 2;
        mlrt_env *e = settle(m, &t, 1);
        cr_assert(mlrt_env_reset(e) == 0);
        const mlrt_env_views *v = mlrt_env_views_of(e);
        mlrt_tensor *all[] = {v->observation, v->reward, v->terminated,
                              v->truncated,   v->reset,  v->legal};
        mlrt_tensor *s = i < 6 ? mlrt_share(other, all[i]) : NULL;
        int64_t go = 0;
        double numbers[2] = {1, 2};
        int want = i < 6 ? MLRT_ESTATE : 0;
        script.calls = 0;
        cr_expect(mlrt_env_step_raw(e, &go) == want, "%d", i);
        if (want)
            says_shared(m, "step");
        cr_expect(mlrt_env_reset(e) == want);
        if (want)
            says_shared(m, "reset");
        cr_expect(mlrt_env_load(e, 0, numbers) == want);
        if (want)
            says_shared(m, "load_state");
        cr_expect(script.calls == (want ? 0 : 2));
        mlrt_release(s);
        mlrt_env_free(e);
    }
    mlrt_env *e = mlrt_env_new(m, "FrozenLake-v1", 1, false, NULL, 0);
    mlrt_tabular *a = mlrt_tabular_new(m, 16, 4, NULL);
    mlrt_tabular_log log = {.returns = NULL};
    mlrt_tensor *s = mlrt_share(other, mlrt_tabular_values(a, 0));
    cr_expect(mlrt_tabular_train(a, e, 5, 0, &log) == MLRT_ESTATE);
    says_shared(m, "train");
    mlrt_release(s);
    mlrt_tabular_free(a);
    mlrt_env_free(e);
    close_clean(other);
    close_clean(m);
}

Test(env_types, without_a_picture_have_an_empty_text) {
    mlrt *m = open_with(NULL, 1);
    mlrt_env_type t = told("blind");
    mlrt_env *e = settle(m, &t, 1);
    char text[4] = "abc";
    cr_expect(mlrt_env_render(e, 0, text, sizeof text) == MLRT_ESTATE);
    SAYS(m, "blind: render: call reset first");
    cr_assert(mlrt_env_reset(e) == 0);
    cr_expect(mlrt_env_render(e, 0, text, sizeof text) == 0 && !*text);
    mlrt_env_free(e);
    close_clean(m);
}
