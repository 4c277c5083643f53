/* tabular_train.c: the whole loop of a tabular agent and its environment.
 *
 * Nothing is looked up, checked twice or allocated in a step.  Q-learning by
 * epsilon in an environment that is a table, the commonest case, has a loop of
 * its own, in which the best value of the next state serves both the update
 * and the next choice.
 */
#include "tabular.h"

#include <math.h>

/* A loop under way. */
typedef struct run {
    mlrt_tabular *a;
    mlrt_env *e;
    mlrt_turn turn;
    mlrt_stream stream; /* the environment's */
    int64_t observed;   /* what it shows */
    int64_t steps, taken, limit;
    mlrt_tabular_log *log;
    int64_t most_steps, most_episodes;
    bool *legal, mask[MLRT__MAX_ACTIONS];
} run;

enum { POLL = 4096 }; /* steps between looks at the clock */

/* ---- Beginning and end ------------------------------------------------- */

static int check_fit(const mlrt_tabular *a, const mlrt_env *e) {
    const mlrt_space *o = &e->type.observation, *c = &e->type.action;
    if (e->copies != 1 || e->auto_reset)
        return mlrt__env_bad(e, MLRT_EARG, "train",
                             "one environment is needed, not a vector");
    if (o->kind != MLRT_DISCRETE || c->kind != MLRT_DISCRETE)
        return mlrt__env_bad(e, MLRT_EARG, "train",
                             "a table needs discrete observations and "
                             "actions");
    if (o->n == a->states && c->n == a->actions)
        return 0;
    return mlrt__env_bad(e, MLRT_EARG, "train",
                         "an agent for %lld states and %lld actions expected, "
                         "got one for %lld and %lld",
                         (long long)o->n, (long long)c->n, (long long)a->states,
                         (long long)a->actions);
}

static int64_t *shown(const mlrt_env *e) {
    return (int64_t *)(void *)mlrt__ptr(e->view.observation);
}

static int begin(run *r, mlrt_tabular *a, mlrt_env *e) {
    *r = (run){.a = a, .e = e, .steps = e->clock[0].steps};
    if (e->clock[0].phase != 1) { /* no episode is under way */
        mlrt__tabular_forget(a);
        if (mlrt_env_reset(e) != 0)
            return a->m->errcode;
    }
    r->steps = e->clock[0].steps;
    r->stream.state = e->clock[0].stream;
    r->observed = *shown(e);
    r->limit = e->type.max_episode_steps ? e->type.max_episode_steps
                                         : INT64_MAX;
    r->turn = (mlrt_turn){.m = e->m,
                          .ud = e->type.ud,
                          .state = e->states,
                          .stream = &r->stream,
                          .observation = &r->observed};
    r->legal = e->type.legal ? r->mask : NULL;
    if (r->legal)
        e->type.legal(&r->turn, r->legal);
    return 0;
}

/* The environment goes on from here, also when stepped by hand. */
static void finish(run *r, bool over) {
    mlrt_env *e = r->e;
    *shown(e) = r->observed;
    e->clock[0] = (mlrt_env_clock){r->stream.state, r->steps, over ? 2 : 1};
    if (r->legal)
        memcpy(mlrt__ptr(e->view.legal), r->legal, (size_t)r->a->actions);
    mlrt__wrote(e->view.observation, "train");
    mlrt__wrote(r->a->value[0], "train");
    if (r->a->value[1])
        mlrt__wrote(r->a->value[1], "train");
}

static void end_episode(run *r) {
    mlrt_tabular_log *log = r->log;
    if (log->returns && log->episodes < log->max_returns)
        log->returns[log->episodes] = r->a->sofar;
    log->total += r->a->sofar;
    log->episodes++;
    r->a->sofar = 0;
}

static int next_episode(run *r) {
    r->steps = 0;
    int err = r->e->type.reset(&r->turn);
    if (!err && r->legal)
        r->e->type.legal(&r->turn, r->legal);
    return err;
}

/* May another step be taken?  Looks at the clock now and then. */
static bool goes_on(const run *r) {
    return r->log->steps < r->most_steps && r->log->episodes < r->most_episodes;
}

/* ---- Any agent in any environment -------------------------------------- */

static int64_t choose(mlrt_tabular *a, int64_t state, uint64_t legal) {
    if (a->chosen_in == state && legal >> a->chosen & 1)
        return a->chosen;
    return mlrt__explore(a, state, legal);
}

static int look_at(const run *r, int64_t next, uint64_t legal) {
    const mlrt_turn *t = &r->turn;
    if (!isfinite(t->reward))
        return mlrt__env_bad(r->e, MLRT_ENUMERIC, "step",
                             "reward: a finite number expected, got %g",
                             t->reward);
    if (!t->terminated && !legal)
        return mlrt__env_bad(r->e, MLRT_EARG, "step",
                             "legal: no action is legal");
    return mlrt__space_check(r->e, "step", "observation",
                             &r->e->type.observation, &next, 0);
}

/* One step; *over: the episode has ended with it. */
static int general_step(run *r, bool *over) {
    mlrt_tabular *a = r->a;
    mlrt_turn *t = &r->turn;
    int64_t state = r->observed;
    uint64_t legal = mlrt__legal_bits(a, r->legal);
    if (!legal)
        return look_at(r, state, 0);
    int64_t action = choose(a, state, legal);
    t->action = &action;
    t->reward = 0;
    t->terminated = t->truncated = false;
    int err = r->e->type.step(t);
    if (!err && r->legal)
        r->e->type.legal(t, r->legal);
    legal = mlrt__legal_bits(a, r->legal);
    if (err || (err = look_at(r, r->observed, legal)) != 0)
        return err;
    bool truncated = t->truncated || ++r->steps >= r->limit;
    a->sofar += t->reward;
    double sofar = a->sofar;
    mlrt__tabular_update(a, state * a->actions + action, t->reward, r->observed,
                         legal, t->terminated, truncated);
    a->sofar = sofar; /* forgotten with the rest of the episode */
    *over = t->terminated || truncated;
    return 0;
}

static int general_loop(run *r) {
    bool over = false;
    int err = 0;
    while (!err && goes_on(r)) {
        if (r->log->steps++ % POLL == 0 && mlrt__stop(r->a->m))
            err = mlrt__stopped(r->a->m);
        if (!err)
            err = general_step(r, &over);
        if (!err && over) {
            end_episode(r);
            if (goes_on(r)) {
                err = next_episode(r);
                over = false;
            }
        }
    }
    finish(r, over);
    return err;
}

/* ---- Q-learning in a table --------------------------------------------- */

/* The agent's numbers, in registers as far as they fit. */
typedef struct fast {
    double *q, alpha, gamma;
    uint64_t epsilon; /* times 2^32 */
    int64_t n;
    uint64_t all;
} fast;

/* Numbers that change along a line are looked at once in POLL steps. */
static void refresh(const mlrt_tabular *a, fast *f) {
    f->alpha = mlrt__ramp_at(&a->o.alpha, a->steps);
    f->epsilon = (uint64_t)(mlrt__ramp_at(&a->o.epsilon, a->steps) * 0x1p32);
}

/* Four actions are the commonest, and a loop costs as much as its work. */
static inline mlrt__best best_of_four(const double *q) {
    double a = q[0] > q[1] ? q[0] : q[1], b = q[2] > q[3] ? q[2] : q[3];
    double best = a > b ? a : b;
    uint64_t ties = (uint64_t)(q[0] >= best) | (uint64_t)(q[1] >= best) << 1 |
                    (uint64_t)(q[2] >= best) << 2 |
                    (uint64_t)(q[3] >= best) << 3;
    return (mlrt__best){best, ties ? ties : 15};
}

static inline mlrt__best best_in(const fast *f, int64_t state) {
    const double *q = f->q + state * f->n;
    return f->n == 4 ? best_of_four(q) : mlrt__best_of(q, f->n, f->all);
}

static inline int64_t pick(const fast *f, mlrt__best b, uint64_t r) {
    uint64_t bits = r >> 32 < f->epsilon ? f->all : b.ties;
    return mlrt__one_of(bits, (uint32_t)r);
}

/* Until `count` steps are taken or an episode ends, which it says. */
static bool fast_steps(run *r, const fast *f, int64_t count) {
    const mlrt__model *t = r->turn.ud;
    mlrt_tabular *a = r->a;
    mlrt_stream mine = a->stream, its = r->stream;
    int64_t s = *(int64_t *)r->turn.state, left = count;
    double sofar = a->sofar;
    mlrt__best b = best_in(f, s);
    bool over = false;
    if (left > r->limit - r->steps)
        left = r->limit - r->steps;
    int64_t taken = left;
    for (; left > 0 && !over; left--) {
        int64_t pair = s * f->n + pick(f, b, mlrt_stream_next(&mine));
        const mlrt_outcome *o = mlrt__model_draw(t, pair, &its);
        over = o->terminated;
        mlrt__best next = best_in(f, o->next);
        double target = o->reward + (over ? 0 : f->gamma * next.value);
        f->q[pair] += f->alpha * (target - f->q[pair]);
        sofar += o->reward;
        b = o->next == s ? best_in(f, s) : next;
        s = o->next;
    }
    taken -= left;
    *(int64_t *)r->turn.state = r->observed = s;
    a->stream = mine;
    r->stream = its;
    a->sofar = sofar;
    a->steps += taken;
    r->steps += taken;
    r->log->steps += taken;
    return over || r->steps >= r->limit;
}

static int fast_loop(run *r) {
    mlrt_tabular *a = r->a;
    fast f = {a->q[0], 0, a->o.gamma, 0, a->actions, a->all};
    bool over = false;
    int64_t until = 0;
    int err = 0;
    while (!err && goes_on(r)) {
        if (over)
            err = next_episode(r);
        if (a->steps >= until) {
            refresh(a, &f);
            until = a->steps + POLL;
            if (mlrt__stop(a->m))
                err = mlrt__stopped(a->m);
        }
        int64_t left = r->most_steps - r->log->steps;
        over = !err &&
               fast_steps(r, &f,
                          left < until - a->steps ? left : until - a->steps);
        if (over)
            end_episode(r);
    }
    finish(r, over);
    return err;
}

static bool is_fast(const mlrt_tabular *a, const mlrt_env *e) {
    return a->o.kind == MLRT_Q_LEARNING && a->o.exploration == MLRT_EPSILON &&
           a->o.alpha_power == 0 && mlrt__is_model(&e->type) && e->type.model &&
           !e->type.legal;
}

int mlrt_tabular_train(mlrt_tabular *a, mlrt_env *e, int64_t steps,
                       int64_t episodes, mlrt_tabular_log *log) {
    run r;
    if (steps <= 0 && episodes <= 0)
        return mlrt_fail(a->m, MLRT_EARG,
                         "train: steps or episodes are needed");
    if (mlrt__check_writable(a->m, "train", a->value[0]) != 0 ||
        check_fit(a, e) != 0 || begin(&r, a, e) != 0)
        return a->m->errcode;
    r.most_steps = steps > 0 ? steps : INT64_MAX;
    r.most_episodes = episodes > 0 ? episodes : INT64_MAX;
    log->steps = log->episodes = 0;
    log->total = 0;
    r.log = log;
    return is_fast(a, e) ? fast_loop(&r) : general_loop(&r);
}
