/* test_replay.c: the replay from C, and each of its allocations refused. */
#include "refusing.h"

enum { ENVS = 2, ACTIONS = 3, BATCH = 4 };

static mlrt_tensor *full(mlrt *m, mlrt_dtype dtype, int64_t rows,
                         int64_t columns, double value) {
    int64_t shape[] = {rows, columns};
    return mlrt_full(m, shape, columns ? 2 : 1, value, dtype);
}

/* One step of each environment, its numbers being `t`. */
static int add(mlrt *m, mlrt_replay *r, double t, bool over) {
    int err = mlrt_scope_begin(m);
    if (err)
        return err;
    mlrt_transitions step = {.obs = full(m, MLRT_F32, ENVS, 2, t),
                             .action = full(m, MLRT_INDEX, ENVS, 0, 1),
                             .reward = full(m, MLRT_F32, ENVS, 0, 1),
                             .next_obs = full(m, MLRT_F32, ENVS, 2, t + 1),
                             .terminated = full(m, MLRT_BOOL, ENVS, 0, over),
                             .truncated = full(m, MLRT_BOOL, ENVS, 0, 0),
                             .legal = full(m, MLRT_BOOL, ENVS, ACTIONS, 1),
                             .skip = MLRT_NONE};
    err = mlrt_replay_add(r, &step);
    mlrt_scope_end(m);
    return err;
}

static int draw(mlrt *m, mlrt_replay *r, double *reward) {
    int err = mlrt_scope_begin(m);
    if (err)
        return err;
    mlrt_replay_batch b = {.obs = full(m, MLRT_F32, BATCH, 2, 0),
                           .action = full(m, MLRT_INDEX, BATCH, 0, 0),
                           .reward = full(m, MLRT_F32, BATCH, 0, 0),
                           .discount = full(m, MLRT_F32, BATCH, 0, 0),
                           .next_obs = full(m, MLRT_F32, BATCH, 2, 0),
                           .legal = full(m, MLRT_BOOL, BATCH, ACTIONS, 0),
                           .index = full(m, MLRT_INDEX, BATCH, 0, 0),
                           .weight = full(m, MLRT_F32, BATCH, 0, 0)};
    err = mlrt_replay_sample(r, mlrt_default_generator(m), 0.5, &b);
    if (!err)
        err = mlrt_replay_update(r, b.index, b.reward);
    if (!err && reward)
        *reward = at(b.reward, 0);
    mlrt_scope_end(m);
    return err;
}

static mlrt_replay *new_replay(mlrt *m) {
    mlrt_replay_options o;
    mlrt_replay_options_init(&o);
    o.capacity = 10;
    o.envs = ENVS;
    o.steps = 3;
    o.gamma = 0.5;
    o.alpha = 0.6;
    o.actions = ACTIONS;
    int64_t shape[] = {2};
    mlrt_tensor *obs = mlrt_zeros(m, shape, 1, MLRT_F32);
    mlrt_tensor *action = mlrt_zeros(m, NULL, 0, MLRT_INDEX);
    mlrt_replay *r = mlrt_replay_new(m, obs, action, &o);
    mlrt_release(obs);
    mlrt_release(action);
    return r;
}

static void release(mlrt_replay_state *s) {
    mlrt_tensor *all[] = {s->obs,      s->action, s->reward,   s->discount,
                          s->next_obs, s->legal,  s->priority, s->growing};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        mlrt_release(all[i]);
}

/* Everything once, and the state into another one. */
static int work(mlrt *m, const void *with) {
    (void)with;
    mlrt_replay *r = new_replay(m), *copy = new_replay(m);
    mlrt_replay_state s;
    int err = r && copy ? 0 : MLRT_ENOMEM;
    for (int t = 0; t < 7 && !err; t++)
        err = add(m, r, t, t == 4);
    if (!err)
        err = draw(m, r, NULL);
    if (!err && (err = mlrt_replay_get(r, &s)) == 0) {
        err = mlrt_replay_set(copy, &s);
        release(&s);
    }
    if (!err)
        cr_expect(mlrt_replay_size(copy) == 10);
    mlrt_replay_free(r);
    mlrt_replay_free(copy);
    return err;
}

Test(replay, survives_every_refusal_of_memory) {
    refuse_each(work, NULL);
    limit_each(work, NULL, 4096);
}

Test(replay, gives_returns_over_steps) {
    mlrt *m = mlrt_open(NULL, NULL);
    mlrt_replay *r = new_replay(m);
    double reward = 0;
    for (int t = 0; t < 3; t++)
        cr_assert(add(m, r, t, t == 2) == 0, "%s", mlrt_errmsg(m));
    mlrt_replay_state s;
    cr_assert(mlrt_replay_get(r, &s) == 0);
    cr_expect(fabs(at(s.reward, 0) - 1.75) < 1e-6); /* 1 + 1/2 + 1/4 */
    cr_expect(fabs(at(s.reward, 2) - 1.5) < 1e-6);
    cr_expect(at(s.discount, 0) == 0);
    cr_expect(at(s.next_obs, 0) == 3);
    release(&s);
    cr_expect(draw(m, r, &reward) == 0 && reward >= 1);
    mlrt_replay_free(r);
    mlrt_close(m);
}

Test(replay, refuses_what_does_not_fit) {
    mlrt *m = mlrt_open(NULL, NULL);
    mlrt_replay *r = new_replay(m);
    mlrt_replay_state s;
    cr_expect(draw(m, r, NULL) == MLRT_ESTATE);
    cr_expect(strstr(mlrt_errmsg(m), "before it is filled") != NULL);
    cr_expect(mlrt_replay_add(NULL, NULL) == MLRT_EARG);
    cr_expect(mlrt_replay_size(NULL) == 0);
    cr_expect(mlrt_replay_new(m, NULL, NULL, NULL) == NULL);
    cr_assert(add(m, r, 1, false) == 0 && mlrt_replay_get(r, &s) == 0);
    s.count = 9;
    cr_expect(mlrt_replay_set(r, &s) == MLRT_ESHAPE);
    cr_expect(mlrt_replay_size(r) == ENVS);
    release(&s);
    mlrt_replay_free(r);
    mlrt_close(m);
}

Test(replay, needs_everything_that_it_is_called_with) {
    mlrt *m = mlrt_open(NULL, NULL);
    mlrt_replay *r = new_replay(m);
    mlrt_replay_state s;
    mlrt_transitions t = {0};
    mlrt_replay_batch b = {0};
    mlrt_generator *g = mlrt_default_generator(m);
    cr_assert(r);
    cr_expect(mlrt_replay_add(r, NULL) == MLRT_EARG);
    cr_expect(mlrt_replay_add(NULL, &t) == MLRT_EARG);
    cr_expect(mlrt_replay_add(r, &t) == MLRT_EARG); /* no tensor in it */
    cr_expect(mlrt_replay_sample(NULL, g, 0, &b) == MLRT_EARG);
    cr_expect(mlrt_replay_sample(r, NULL, 0, &b) == MLRT_EARG);
    cr_expect(mlrt_replay_sample(r, g, 0, NULL) == MLRT_EARG);
    cr_expect(mlrt_replay_update(NULL, NULL, NULL) == MLRT_EARG);
    cr_expect(mlrt_replay_update(r, NULL, NULL) == MLRT_EARG);
    cr_expect(mlrt_replay_get(NULL, &s) == MLRT_EARG);
    cr_expect(mlrt_replay_get(r, NULL) == MLRT_EARG);
    cr_expect(mlrt_replay_set(NULL, &s) == MLRT_EARG);
    cr_expect(mlrt_replay_set(r, NULL) == MLRT_EARG);
    cr_expect(mlrt_replay_size(NULL) == 0 && mlrt_replay_size(r) == 0);
    cr_expect(!mlrt_replay_options_of(NULL));
    mlrt_replay_free(NULL);
    cr_assert(add(m, r, 1, false) == 0);
    cr_expect(mlrt_replay_sample(r, g, 0, &b) == MLRT_EARG);
    b.index = MLRT_NONE;
    cr_expect(mlrt_replay_sample(r, g, 0, &b) == MLRT_EARG);
    cr_expect(strcmp(mlrt_errmsg(m),
                     "replay: sample: argument 'index': a list expected") == 0);
    mlrt_replay_free(r);
    close_clean(m);
}

Test(replay, says_what_it_was_made_with) {
    mlrt *m = mlrt_open(NULL, NULL);
    mlrt_replay_options o;
    mlrt_replay_options_init(&o);
    cr_expect(o.size == sizeof o && o.capacity == 10000 && o.envs == 1);
    cr_expect(o.steps == 1 && o.gamma == 0.99 && o.eps == 1e-6);
    cr_expect(o.alpha == 0 && o.actions == 0 && !o.name);
    char name[] = "chess";
    o.name = name;
    o.capacity = 7;
    mlrt_tensor *x = full(m, MLRT_F32, 2, 0, 0);
    mlrt_replay *r = mlrt_replay_new(m, x, x, &o);
    name[0] = '?'; /* it has its own */
    const mlrt_replay_options *kept = mlrt_replay_options_of(r);
    cr_assert(kept);
    cr_expect(kept->capacity == 7 && strcmp(kept->name, "chess") == 0);
    mlrt_replay_free(r);
    o.size = offsetof(mlrt_replay_options, capacity); /* it ends there */
    r = mlrt_replay_new(m, x, x, &o);
    cr_expect(mlrt_replay_options_of(r)->capacity == 10000);
    cr_expect(mlrt_replay_options_of(r)->size == sizeof o);
    mlrt_replay_free(r);
    r = mlrt_replay_new(m, x, x, NULL);
    cr_expect(strcmp(mlrt_replay_options_of(r)->name, "replay") == 0);
    mlrt_replay_free(r);
    cr_expect(!mlrt_replay_new(m, x, NULL, NULL));
    cr_expect(!mlrt_replay_new(m, NULL, x, NULL));
    mlrt *other = mlrt_open(NULL, NULL);
    cr_expect(!mlrt_replay_new(other, x, x, NULL));
    mlrt_release(x);
    close_clean(other);
    close_clean(m);
}

/* A batch of new_replay's, with nothing in it. */
static mlrt_replay_batch new_batch(mlrt *m) {
    return (mlrt_replay_batch){.obs = full(m, MLRT_F32, BATCH, 2, 0),
                               .action = full(m, MLRT_INDEX, BATCH, 0, 0),
                               .reward = full(m, MLRT_F32, BATCH, 0, 0),
                               .discount = full(m, MLRT_F32, BATCH, 0, 0),
                               .next_obs = full(m, MLRT_F32, BATCH, 2, 0),
                               .legal = full(m, MLRT_BOOL, BATCH, ACTIONS, 0),
                               .index = full(m, MLRT_INDEX, BATCH, 0, 0),
                               .weight = full(m, MLRT_F32, BATCH, 0, 0)};
}

Test(replay, writes_no_batch_that_is_shared) {
    mlrt *m = mlrt_open(NULL, NULL), *other = mlrt_open(NULL, NULL);
    mlrt_replay *r = new_replay(m);
    cr_assert(add(m, r, 1, false) == 0);
    for (int i = 0; i < 9; i++) {
        cr_assert(mlrt_scope_begin(m) == 0);
        mlrt_replay_batch b = new_batch(m);
        mlrt_tensor *all[] = {b.obs,      b.action, b.reward, b.discount,
                              b.next_obs, b.legal,  b.index,  b.weight};
        mlrt_tensor *s = i < 8 ? mlrt_share(other, all[i]) : NULL;
        int err = mlrt_replay_sample(r, mlrt_default_generator(m), 0.5, &b);
        cr_expect(err == (i < 8 ? MLRT_ESTATE : 0), "%d: %d", i, err);
        cr_expect(at(b.obs, 0) == (i < 8 ? 0 : 1));
        mlrt_release(s);
        mlrt_scope_end(m);
    }
    mlrt_tensor *x = full(m, MLRT_F32, 1, 1, 1),
                *v = full(m, MLRT_F32, 2, 1, 0),
                *no = full(m, MLRT_BOOL, 1, 1, 0),
                *a = full(m, MLRT_F32, 1, 1, 5);
    cr_expect(mlrt_gae(m, x, v, no, no, 1, 1, a) == 0 && at(a, 0) == 1);
    cr_expect(mlrt_gae(m, NULL, v, no, no, 1, 1, a) < 0);
    cr_expect(mlrt_gae(m, x, NULL, no, no, 1, 1, a) < 0);
    cr_expect(mlrt_gae(other, x, v, no, no, 1, 1, a) == MLRT_ESHAPE);
    mlrt_tensor *s = mlrt_share(other, a);
    cr_expect(mlrt_gae(m, x, v, no, no, 1, 1, a) == MLRT_ESTATE);
    cr_expect(
        strncmp(mlrt_errmsg(m), "gae: the tensor's memory is shared", 34) == 0);
    mlrt_tensor *rest[] = {x, v, no, a, s};
    for (int i = 0; i < 5; i++)
        mlrt_release(rest[i]);
    mlrt_replay_free(r);
    close_clean(other);
    close_clean(m);
}
