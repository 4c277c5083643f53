/* replay.c: a ring of transitions, and what comes into it.
 *
 * The idea of the n-step returns: nothing waits in a queue until its n rewards
 * are known.  A transition is written at once as a one-step one, and each of
 * the next n - 1 steps of its environment adds its discounted reward to it and
 * moves its next_obs on.  A transition drawn early is simply a shorter one.
 *
 * The state is tensors and two numbers.  Everything that may fail is looked at
 * before anything is written.
 */
#include <math.h>

#include "copy.h"
#include "replay.h"

static const char *const field_names[MLRT__NFIELDS] = {
    "obs", "action", "reward", "discount", "next_obs", "legal"};

void mlrt_replay_options_init(mlrt_replay_options *options) {
    *options = (mlrt_replay_options){.size = sizeof *options,
                                     .capacity = 10000,
                                     .envs = 1,
                                     .steps = 1,
                                     .gamma = 0.99,
                                     .eps = 1e-6};
}

/* ---- Making one ------------------------------------------------------- */

static int bad_option(mlrt *m, const char *name, const char *wanted,
                      double got) {
    return mlrt_fail(m, MLRT_EARG, "replay: argument '%s': %s expected, got %g",
                     name, wanted, got);
}

static int check_options(mlrt *m, const mlrt_replay_options *o) {
    const int64_t most = (int64_t)1 << 40;
    if (o->envs < 1 || o->envs > most)
        return bad_option(m, "envs", "a positive integer", (double)o->envs);
    if (o->steps < 1 || o->steps > 1000)
        return bad_option(m, "steps", "an integer from 1 to 1000",
                          (double)o->steps);
    if (!(o->gamma >= -1 && o->gamma <= 1))
        return bad_option(m, "gamma", "a number from -1 to 1", o->gamma);
    if (!(o->alpha >= 0 && o->alpha <= 10))
        return bad_option(m, "alpha", "a number from 0 to 10", o->alpha);
    if (!(o->eps > 0 && o->eps < INFINITY))
        return bad_option(m, "eps", "a number above 0", o->eps);
    if (o->actions < 0 || o->actions > most)
        return bad_option(m, "actions", "0 or more", (double)o->actions);
    if (o->capacity < 1 || o->capacity > most ||
        o->capacity / o->steps < o->envs)
        return mlrt_fail(m, MLRT_EARG,
                         "replay: argument 'capacity': %lld is less than the "
                         "%lld steps of %lld environments",
                         (long long)o->capacity, (long long)o->steps,
                         (long long)o->envs);
    return 0;
}

/* A field of `capacity` rows like x, or of nothing and a length. */
static mlrt_tensor *new_field(mlrt *m, int64_t capacity, mlrt_dtype dtype,
                              const mlrt_tensor *like, int64_t length) {
    int64_t shape[MLRT_MAX_DIMS] = {capacity, length};
    int ndim = like ? like->ndim + 1 : length ? 2 : 1;
    for (int d = 1; like && d < ndim; d++)
        shape[d] = like->shape[d - 1];
    return mlrt_zeros(m, shape, ndim, dtype);
}

static int new_fields(mlrt_replay *r, const mlrt_tensor *obs,
                      const mlrt_tensor *action) {
    mlrt *m = r->ctx;
    int64_t n = r->o.capacity;
    mlrt_dtype seen = (mlrt_dtype)obs->dtype, done = (mlrt_dtype)action->dtype;
    r->field[MLRT__OBS] = new_field(m, n, seen, obs, 0);
    r->field[MLRT__ACTION] = new_field(m, n, done, action, 0);
    r->field[MLRT__REWARD] = new_field(m, n, MLRT_F32, NULL, 0);
    r->field[MLRT__DISCOUNT] = new_field(m, n, MLRT_F32, NULL, 0);
    r->field[MLRT__NEXT_OBS] = new_field(m, n, seen, obs, 0);
    if (r->o.actions)
        r->field[MLRT__LEGAL] = new_field(m, n, MLRT_BOOL, NULL, r->o.actions);
    for (int f = 0; f < MLRT__NFIELDS; f++)
        if (!r->field[f] && (f != MLRT__LEGAL || r->o.actions))
            return m->errcode ? m->errcode : MLRT_ENOMEM;
    return r->o.alpha > 0 ? mlrt__priority_open(m, &r->priority, n) : 0;
}

static int check_like(mlrt *m, const char *name, const mlrt_tensor *t) {
    if (!t)
        return m->errcode ? m->errcode : MLRT_EARG;
    if (t->ctx == m && t->ndim < MLRT_MAX_DIMS && t->numel > 0)
        return 0;
    return mlrt_fail(m, MLRT_EARG,
                     "replay: argument '%s': a tensor of this context with "
                     "elements and less than %d dimensions expected",
                     name, MLRT_MAX_DIMS);
}

/* The options, of an older header too, checked. */
static int read_options(mlrt *m, const mlrt_replay_options *options,
                        mlrt_replay_options *o) {
    mlrt_replay_options_init(o);
    if (options)
        memcpy(o, options,
               options->size < sizeof *o ? options->size : sizeof *o);
    o->size = sizeof *o;
    return check_options(m, o);
}

mlrt_replay *mlrt_replay_new(mlrt *m, mlrt_tensor *obs, mlrt_tensor *action,
                             const mlrt_replay_options *options) {
    mlrt_replay_options o;
    size_t rows = 0;
    int err = check_like(m, "obs", obs);
    if (!err)
        err = check_like(m, "action", action);
    if (!err)
        err = read_options(m, options, &o);
    if (err)
        return NULL;
    if (!mlrt__mul((size_t)o.envs, (size_t)o.steps, &rows)) {
        mlrt_fail(m, MLRT_ENOMEM, "replay: too many environments");
        return NULL;
    }
    size_t bytes = mlrt__room(sizeof(mlrt_replay), rows, sizeof(int64_t));
    mlrt_replay *r = mlrt__alloc(m, bytes);
    if (!r)
        return NULL;
    memset(r, 0, bytes);
    r->ctx = m;
    r->o = o;
    r->bytes = bytes;
    r->max_priority = 1;
    strncpy(r->name, o.name ? o.name : "replay", sizeof r->name - 1);
    r->o.name = r->name;
    m->refs++;
    int floor = m->scope_floor;
    m->scope_floor = m->scope_depth; /* its tensors outlive any scope */
    err = new_fields(r, obs, action);
    m->scope_floor = floor;
    if (err) {
        mlrt_replay_free(r);
        return NULL;
    }
    return r;
}

void mlrt_replay_free(mlrt_replay *r) {
    if (!r)
        return;
    mlrt *m = r->ctx;
    for (int f = 0; f < MLRT__NFIELDS; f++)
        mlrt_release(r->field[f]);
    mlrt__priority_close(m, &r->priority);
    mlrt__free(m, r, r->bytes);
    mlrt__context_release(m);
}

int64_t mlrt_replay_size(const mlrt_replay *r) {
    return r ? mlrt__replay_size(r) : 0;
}

const mlrt_replay_options *mlrt_replay_options_of(const mlrt_replay *r) {
    return r ? &r->o : NULL;
}

/* ---- Checking what comes in ------------------------------------------- */

static bool rows_fit(const mlrt_tensor *t, const mlrt_tensor *field,
                     int64_t n) {
    if (t->dtype != field->dtype || t->ndim != field->ndim || t->shape[0] != n)
        return false;
    for (int d = 1; d < t->ndim; d++)
        if (t->shape[d] != field->shape[d])
            return false;
    return mlrt__contiguous(t);
}

int mlrt__replay_check(const mlrt_replay *r, const char *function,
                       const char *name, const mlrt_tensor *t,
                       const mlrt_tensor *field, int64_t n) {
    mlrt *m = r->ctx;
    if (!t)
        return m->errcode ? m->errcode : MLRT_EARG;
    if (t != mlrt_none && t->ctx == m && rows_fit(t, field, n))
        return 0;
    int64_t want[MLRT_MAX_DIMS] = {n};
    for (int d = 1; d < field->ndim; d++)
        want[d] = field->shape[d];
    char text[MLRT__SHAPE_TEXT];
    mlrt__shape_text(text, field->ndim, want);
    const char *dtype = mlrt_dtype_name((mlrt_dtype)field->dtype);
    if (t == mlrt_none || t->ctx != m)
        return mlrt_fail(m, MLRT_EARG,
                         "%s: %s: argument '%s': %s %s expected, got nothing",
                         r->name, function, name, dtype, text);
    return mlrt_fail(m, MLRT_ESHAPE,
                     "%s: %s: argument '%s': %s %s expected, got %s%s %s",
                     r->name, function, name, dtype, text,
                     mlrt__contiguous(t) ? "" : "strided ",
                     mlrt_dtype_name((mlrt_dtype)t->dtype), MLRT__ST(t));
}

static int check_flags(const mlrt_replay *r, const char *name,
                       const mlrt_tensor *t) {
    mlrt_tensor like = {.dtype = MLRT_BOOL, .ndim = 1};
    return mlrt__replay_check(r, "add", name, t, &like, r->o.envs);
}

/* Row of the first element that is no finite number, or -1. */
static int64_t broken_row(const mlrt_tensor *t) {
    int64_t i = 0, each = t->shape[0] ? t->numel / t->shape[0] : 1;
    const char *p = mlrt__ptr(t);
    if (t->dtype == MLRT_F32)
        while (i < t->numel && isfinite(((const float *)(const void *)p)[i]))
            i++;
    else if (t->dtype == MLRT_F64)
        while (i < t->numel && isfinite(((const double *)(const void *)p)[i]))
            i++;
    else
        return -1;
    return i < t->numel ? i / each : -1;
}

static int check_finite(const mlrt_replay *r, const char *name,
                        const mlrt_tensor *t) {
    int64_t row = broken_row(t);
    if (row < 0)
        return 0;
    return mlrt_fail(r->ctx, MLRT_ENUMERIC,
                     "%s: add: argument '%s': finite numbers expected, got nan "
                     "or infinity in row %lld",
                     r->name, name, (long long)mlrt__shown(r->ctx, row));
}

static int check_values(const mlrt_replay *r, const mlrt_transitions *t) {
    const mlrt_tensor *const rows[] = {t->obs, t->action, t->reward,
                                       t->next_obs, t->legal};
    const int field[] = {MLRT__OBS, MLRT__ACTION, MLRT__REWARD, MLRT__NEXT_OBS,
                         MLRT__LEGAL};
    int err = 0, n = r->o.actions ? 5 : 4;
    for (int i = 0; i < n && !err; i++)
        err = mlrt__replay_check(r, "add", field_names[field[i]], rows[i],
                                 r->field[field[i]], r->o.envs);
    for (int i = 0; i < 4 && !err; i++)
        err = check_finite(r, field_names[field[i]], rows[i]);
    return err;
}

static int check_transitions(const mlrt_replay *r, const mlrt_transitions *t) {
    int err = check_values(r, t);
    if (!err)
        err = check_flags(r, "terminated", t->terminated);
    if (!err)
        err = check_flags(r, "truncated", t->truncated);
    if (!err && t->skip != mlrt_none)
        err = check_flags(r, "skip", t->skip);
    return err;
}

/* ---- Adding ----------------------------------------------------------- */

/* Row `from` of t becomes row `to` of a field. */
static void put(mlrt_tensor *field, int64_t to, const mlrt_tensor *t,
                int64_t from) {
    size_t bytes = mlrt__replay_row(field);
    memcpy(mlrt__ptr(field) + (size_t)to * bytes,
           mlrt__ptr(t) + (size_t)from * bytes, bytes);
}

static float *number(mlrt_tensor *field, int64_t row) {
    return (float *)(void *)mlrt__ptr(field) + row;
}

/* What a transition says of the state it leads to. */
static void put_next(mlrt_replay *r, int64_t slot, const mlrt_transitions *t,
                     int64_t row, double discount) {
    put(r->field[MLRT__NEXT_OBS], slot, t->next_obs, row);
    if (r->o.actions)
        put(r->field[MLRT__LEGAL], slot, t->legal, row);
    *number(r->field[MLRT__DISCOUNT], slot) = (float)discount;
}

/* One more step for the environment's transitions that grow. */
static void grow(mlrt_replay *r, const int64_t *growing,
                 const mlrt_transitions *t, int64_t row, double reward,
                 bool terminated) {
    double g = r->o.gamma;
    for (int64_t k = 1; k <= growing[0]; k++) {
        *number(r->field[MLRT__REWARD], growing[k]) += (float)(g * reward);
        g *= r->o.gamma;
        put_next(r, growing[k], t, row, terminated ? 0 : g);
    }
}

/* The transition in `slot` is the youngest that grows. */
static void begin_to_grow(const mlrt_replay *r, int64_t *growing,
                          int64_t slot) {
    int64_t most = r->o.steps - 1;
    if (most == 0)
        return;
    if (growing[0] < most)
        growing[0]++;
    memmove(growing + 2, growing + 1,
            (size_t)(growing[0] - 1) * sizeof *growing);
    growing[1] = slot;
}

static void add_row(mlrt_replay *r, const mlrt_transitions *t, int64_t row) {
    int64_t slot = r->count++ % r->o.capacity;
    int64_t *growing = r->growing + row * r->o.steps;
    bool terminated = ((const bool *)mlrt__ptr(t->terminated))[row];
    bool truncated = ((const bool *)mlrt__ptr(t->truncated))[row];
    double reward = *number(t->reward, row);
    put(r->field[MLRT__OBS], slot, t->obs, row);
    put(r->field[MLRT__ACTION], slot, t->action, row);
    *number(r->field[MLRT__REWARD], slot) = (float)reward;
    put_next(r, slot, t, row, terminated ? 0 : r->o.gamma);
    if (r->priority.sum)
        mlrt__priority_set(&r->priority, slot, r->max_priority);
    grow(r, growing, t, row, reward, terminated);
    if (terminated || truncated)
        growing[0] = 0;
    else
        begin_to_grow(r, growing, slot);
}

int mlrt_replay_add(mlrt_replay *r, const mlrt_transitions *t) {
    if (!r || !t)
        return MLRT_EARG;
    int err = check_transitions(r, t);
    if (err)
        return err;
    const bool *skip = t->skip == mlrt_none ? NULL
                                            : (const bool *)mlrt__ptr(t->skip);
    for (int64_t row = 0; row < r->o.envs; row++)
        if (skip && skip[row])
            r->growing[row * r->o.steps] = 0;
        else
            add_row(r, t, row);
    return 0;
}
