/* env.c: copies of an environment that step together.
 *
 * A step first looks at every action, then moves the copies one by one.  A
 * copy whose episode has ended is reset by the next step instead of moved,
 * which `reset` says (Gymnasium's mode NEXT_STEP).
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "rl.h"

enum { NEW, RUNNING, ENDED }; /* phases */

int mlrt__env_bad(const mlrt_env *e, int status, const char *what,
                  const char *format, ...) {
    char text[400];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    return mlrt_fail(e->m, status, "%.60s: %s: %s", e->type.name, what, text);
}

/* ---- Making and freeing ----------------------------------------------- */

static size_t clock_bytes(const mlrt_env *e) {
    return (size_t)e->copies * sizeof *e->clock;
}

static size_t state_bytes(const mlrt_env *e) {
    return (size_t)e->copies * e->stride;
}

static mlrt_tensor *flags(mlrt_env *e) {
    return mlrt__full(e->m, MLRT_BOOL, 1, &e->copies, 0);
}

static bool make_views(mlrt_env *e) {
    mlrt_env_views *v = &e->view;
    int64_t shape[2] = {e->copies, e->type.action.n};
    v->observation = mlrt__space_tensor(e->m, &e->type.observation, e->copies);
    v->reward = mlrt__full(e->m, MLRT_F32, 1, &e->copies, 0);
    v->terminated = flags(e);
    v->truncated = flags(e);
    v->reset = flags(e);
    if (e->type.legal)
        v->legal = mlrt__full(e->m, MLRT_BOOL, 2, shape, 1);
    return v->observation && v->reward && v->terminated && v->truncated &&
           v->reset && (v->legal || !e->type.legal);
}

static int make_rest(mlrt_env *e) {
    const mlrt_env_type *t = &e->type;
    size_t bytes;
    int err = mlrt__space_measure(e->m, t->name, "observation", &t->observation,
                                  &e->obs_numel, &e->obs_bytes);
    if (!err)
        err = mlrt__space_measure(e->m, t->name, "action", &t->action,
                                  &e->action_numel, &e->action_bytes);
    if (err)
        return err;
    e->stride = (t->state_bytes + 15) / 16 * 16;
    if (!mlrt__mul((size_t)e->copies, e->stride + sizeof *e->clock, &bytes))
        return mlrt__env_bad(e, MLRT_EARG, "new", "too many copies");
    e->clock = mlrt__alloc(e->m, clock_bytes(e));
    e->states = e->stride ? mlrt__alloc(e->m, state_bytes(e)) : NULL;
    if (!e->clock || (!e->states && e->stride) || !make_views(e))
        return MLRT_ENOMEM;
    memset(e->clock, 0, clock_bytes(e));
    if (e->states)
        memset(e->states, 0, state_bytes(e));
    return 0;
}

/* Tensors of an environment belong to it, not to a scope that is open. */
mlrt_env *mlrt_env_new(mlrt *m, const char *name, int64_t copies,
                       bool auto_reset, const mlrt_env_option *options,
                       int noptions) {
    if (copies < 1 || copies > INT32_MAX) {
        mlrt_fail(m, MLRT_EARG,
                  "%.60s: 1 to 2^31 - 1 copies expected, got "
                  "%lld",
                  name, (long long)copies);
        return NULL;
    }
    mlrt_env *e = mlrt__alloc(m, sizeof *e);
    if (!e)
        return NULL;
    *e = (mlrt_env){.m = m, .copies = copies, .auto_reset = auto_reset};
    m->refs++;
    int floor = m->scope_floor;
    m->scope_floor = m->scope_depth;
    int err = mlrt__env_settle(m, name, options, noptions, &e->type,
                               &e->foreign);
    e->ud = err || e->foreign ? NULL : e->type.ud;
    err = err ? err : make_rest(e);
    m->scope_floor = floor;
    if (err) {
        mlrt_env_free(e);
        return NULL;
    }
    mlrt_env_seed(e, mlrt_generator_next(&m->gen));
    return e;
}

void mlrt_env_free(mlrt_env *e) {
    if (!e)
        return;
    mlrt *m = e->m;
    mlrt_env_views *v = &e->view;
    mlrt_tensor *all[] = {v->observation, v->reward, v->terminated,
                          v->truncated,   v->reset,  v->legal};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        mlrt_release(all[i]);
    if (e->clock)
        mlrt__free(m, e->clock, clock_bytes(e));
    if (e->states)
        mlrt__free(m, e->states, state_bytes(e));
    if (e->ud && e->type.drop)
        e->type.drop(e->ud);
    mlrt__free(m, e, sizeof *e);
    mlrt__context_release(m);
}

const mlrt_env_type *mlrt_env_type_of(const mlrt_env *e) {
    return &e->type;
}
int64_t mlrt_env_copies(const mlrt_env *e) {
    return e->copies;
}
const mlrt_env_views *mlrt_env_views_of(const mlrt_env *e) {
    return &e->view;
}

double mlrt_env_reward(const mlrt_env *e) {
    return e->reward;
}

void mlrt_env_seed(mlrt_env *e, uint64_t seed) {
    mlrt_stream base = {seed};
    uint64_t key = mlrt_stream_next(&base);
    for (int64_t i = 0; i < e->copies; i++) {
        mlrt_stream of = {key ^ ((uint64_t)i * UINT64_C(0xD1B54A32D192ED03))};
        e->clock[i].stream = mlrt_stream_next(&of);
    }
}

/* ---- A turn of one copy ------------------------------------------------ */

/* Where everything is, found once for all copies. */
typedef struct board {
    char *obs;
    float *reward;
    bool *terminated, *truncated, *reset, *legal;
} board;

static int open_board(mlrt_env *e, const char *what, board *b) {
    mlrt_env_views *v = &e->view;
    mlrt_tensor *all[] = {v->observation, v->reward, v->terminated,
                          v->truncated,   v->reset,  v->legal};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!all[i])
            continue;
        if (mlrt__check_writable(e->m, what, all[i]) != 0)
            return e->m->errcode;
        mlrt__wrote(all[i], what);
    }
    b->obs = mlrt__ptr(v->observation);
    b->reward = (float *)(void *)mlrt__ptr(v->reward);
    b->terminated = (bool *)mlrt__ptr(v->terminated);
    b->truncated = (bool *)mlrt__ptr(v->truncated);
    b->reset = (bool *)mlrt__ptr(v->reset);
    b->legal = v->legal ? (bool *)mlrt__ptr(v->legal) : NULL;
    return 0;
}

static mlrt_turn turn_of(const mlrt_env *e, mlrt_stream *stream, int64_t i) {
    stream->state = e->clock[i].stream;
    return (mlrt_turn){.m = e->m,
                       .ud = e->type.ud,
                       .state = e->states + (size_t)i * e->stride,
                       .stream = stream};
}

/* What a host's callback wrote. */
static int look_at(const mlrt_env *e, const char *what, const mlrt_turn *t,
                   int64_t i) {
    if (!isfinite(t->reward))
        return mlrt__env_bad(e, MLRT_ENUMERIC, what,
                             "reward: a finite number expected, got %g",
                             t->reward);
    return e->foreign
               ? mlrt__space_check(e, what, "observation", &e->type.observation,
                                   t->observation, i)
               : 0;
}

static int reset_copy(mlrt_env *e, const board *b, int64_t i) {
    mlrt_stream stream;
    mlrt_turn t = turn_of(e, &stream, i);
    t.observation = b->obs + (size_t)i * e->obs_bytes;
    int err = e->type.reset(&t);
    e->clock[i] = (mlrt_env_clock){stream.state, 0, err ? NEW : RUNNING};
    b->reward[i] = 0;
    b->terminated[i] = b->truncated[i] = false;
    b->reset[i] = true;
    if (!err && b->legal)
        e->type.legal(&t, b->legal + i * e->type.action.n);
    return err ? err : look_at(e, "reset", &t, i);
}

static int step_copy(mlrt_env *e, const board *b, const void *action,
                     int64_t i) {
    mlrt_stream stream;
    mlrt_turn t = turn_of(e, &stream, i);
    mlrt_env_clock *c = &e->clock[i];
    t.action = action;
    t.observation = b->obs + (size_t)i * e->obs_bytes;
    int err = e->type.step(&t);
    c->stream = stream.state;
    if (err || (err = look_at(e, "step", &t, i)) != 0)
        return err;
    int64_t most = e->type.max_episode_steps;
    t.truncated |= ++c->steps == most;
    e->reward = t.reward;
    b->reward[i] = (float)t.reward;
    b->terminated[i] = t.terminated;
    b->truncated[i] = t.truncated;
    b->reset[i] = false;
    c->phase = t.terminated || t.truncated ? ENDED : RUNNING;
    if (b->legal)
        e->type.legal(&t, b->legal + i * e->type.action.n);
    return 0;
}

/* ---- Steps of all ------------------------------------------------------ */

int mlrt_env_reset(mlrt_env *e) {
    board b;
    int err = open_board(e, "reset", &b);
    for (int64_t i = 0; !err && i < e->copies; i++)
        err = reset_copy(e, &b, i);
    return err;
}

static int check_phase(const mlrt_env *e, int64_t i) {
    if (e->clock[i].phase == NEW)
        return mlrt__env_bad(e, MLRT_ESTATE, "step", "call reset first");
    if (e->clock[i].phase == ENDED && !e->auto_reset)
        return mlrt__env_bad(e, MLRT_ESTATE, "step",
                             "the episode has ended; call reset");
    return 0;
}

static int check_action(const mlrt_env *e, const board *b, const void *action,
                        int64_t i) {
    const mlrt_space *s = &e->type.action;
    if (e->clock[i].phase != RUNNING)
        return check_phase(e, i);
    if (s->kind == MLRT_DISCRETE) {
        int64_t a = *(const int64_t *)action;
        if (a >= 0 && a < s->n && (!b->legal || b->legal[i * s->n + a]))
            return 0;
        if (a >= 0 && a < s->n)
            return mlrt__env_bad(e, MLRT_EARG, "step",
                                 "action: a legal one expected, got %lld",
                                 (long long)mlrt__shown(e->m, a));
    }
    return mlrt__space_check(e, "step", "action", s, action, i);
}

int mlrt_env_step_raw(mlrt_env *e, const void *actions) {
    const char *action = actions;
    board b;
    int err = open_board(e, "step", &b);
    for (int64_t i = 0; !err && i < e->copies; i++)
        err = check_action(e, &b, action + (size_t)i * e->action_bytes, i);
    for (int64_t i = 0; !err && i < e->copies; i++)
        err = e->clock[i].phase == ENDED
                  ? reset_copy(e, &b, i)
                  : step_copy(e, &b, action + (size_t)i * e->action_bytes, i);
    return err;
}

/* ---- Actions in a tensor ----------------------------------------------- */

static int check_tensor(const mlrt_env *e, const mlrt_tensor *t) {
    const mlrt_space *s = &e->type.action;
    int dtype = s->kind == MLRT_BOX ? MLRT_F32 : MLRT_INDEX;
    int64_t shape[MLRT_MAX_DIMS + 1] = {e->copies};
    for (int d = 0; d < s->ndim; d++)
        shape[d + 1] = s->shape[d];
    bool same = t->dtype == dtype && t->ndim == 1 + s->ndim &&
                memcmp(t->shape, shape, (size_t)t->ndim * sizeof *shape) == 0;
    if (same)
        return 0;
    char wanted[MLRT__SHAPE_TEXT];
    return mlrt__env_bad(e, MLRT_ESHAPE, "step",
                         "actions: %s of shape %s expected, got %s of shape %s",
                         mlrt_dtype_name((mlrt_dtype)dtype),
                         mlrt__shape_text(wanted, 1 + s->ndim, shape),
                         mlrt_dtype_name((mlrt_dtype)t->dtype), MLRT__ST(t));
}

int mlrt_env_step(mlrt_env *e, mlrt_tensor *actions) {
    if (mlrt__absent(actions))
        return MLRT_EARG;
    int err = check_tensor(e, actions);
    mlrt_tensor *flat = err ? NULL : mlrt__contig(e->m, actions);
    if (!flat)
        return err ? err : e->m->errcode;
    err = mlrt_env_step_raw(e, mlrt__ptr(flat));
    mlrt__drop(e->m, flat);
    return err;
}

/* ---- One copy's state -------------------------------------------------- */

static int check_copy(const mlrt_env *e, int64_t copy, const char *what) {
    if (copy >= 0 && copy < e->copies)
        return 0;
    return mlrt__env_bad(e, MLRT_EINDEX, what,
                         "copy: %lld to %lld expected, "
                         "got %lld",
                         (long long)mlrt__shown(e->m, 0),
                         (long long)mlrt__shown(e->m, e->copies - 1),
                         (long long)mlrt__shown(e->m, copy));
}

int mlrt_env_render(mlrt_env *e, int64_t copy, char *text, size_t size) {
    mlrt_stream stream;
    int err = check_copy(e, copy, "render");
    if (!err && e->clock[copy].phase == NEW)
        err = mlrt__env_bad(e, MLRT_ESTATE, "render", "call reset first");
    if (err || size == 0)
        return err;
    mlrt_turn t = turn_of(e, &stream, copy);
    *text = 0;
    if (e->type.render)
        e->type.render(&t, text, size);
    return 0;
}

static int check_saved(const mlrt_env *e, int64_t copy, const char *what) {
    if (e->type.nsaved == 0)
        return mlrt__env_bad(e, MLRT_ESTATE, what, "its state is not numbers");
    return check_copy(e, copy, what);
}

int mlrt_env_save(mlrt_env *e, int64_t copy, double *to) {
    mlrt_stream stream;
    int err = check_saved(e, copy, "state");
    if (err)
        return err;
    mlrt_turn t = turn_of(e, &stream, copy);
    if (e->type.save)
        e->type.save(&t, to);
    else
        memcpy(to, t.state, (size_t)e->type.nsaved * sizeof *to);
    return 0;
}

static bool load_numbers(mlrt_env *e, mlrt_turn *t, const double *from) {
    for (int i = 0; i < e->type.nsaved; i++)
        if (!isfinite(from[i]))
            return false;
    if (e->type.load)
        return e->type.load(t, from);
    memcpy(t->state, from, (size_t)e->type.nsaved * sizeof *from);
    return true;
}

int mlrt_env_load(mlrt_env *e, int64_t copy, const double *from) {
    mlrt_stream stream;
    int err = check_saved(e, copy, "load_state");
    if (err)
        return err;
    mlrt_turn t = turn_of(e, &stream, copy);
    if (!load_numbers(e, &t, from))
        return mlrt__env_bad(e, MLRT_EARG, "load_state",
                             "these numbers are no state");
    board b;
    if (open_board(e, "load_state", &b) != 0)
        return e->m->errcode;
    t.observation = b.obs + (size_t)copy * e->obs_bytes;
    if (e->type.observe)
        e->type.observe(&t);
    if (b.legal)
        e->type.legal(&t, b.legal + copy * e->type.action.n);
    e->clock[copy].steps = 0;
    e->clock[copy].phase = RUNNING;
    return 0;
}

int mlrt_env_clock_get(mlrt_env *e, int64_t copy, mlrt_env_clock *clock) {
    int err = check_copy(e, copy, "state");
    if (!err)
        *clock = e->clock[copy];
    return err;
}

int mlrt_env_clock_set(mlrt_env *e, int64_t copy, const mlrt_env_clock *clock) {
    int err = check_copy(e, copy, "load_state");
    if (!err &&
        (clock->steps < 0 || clock->phase < NEW || clock->phase > ENDED))
        err = mlrt__env_bad(e, MLRT_EARG, "load_state",
                            "steps or phase out of range");
    if (!err)
        e->clock[copy] = *clock;
    return err;
}
