/* replay_state.c: all of a replay as tensors, and back.
 *
 * Of the fields only the rows that are filled are given; of the priorities the
 * leaves, from which the inner sums follow exactly.
 */
#include <math.h>

#include "copy.h"
#include "replay.h"

/* A handle over the first n rows of t, or of none. */
static mlrt_tensor *head(mlrt_tensor *t, int64_t n) {
    if (!t)
        return mlrt_none;
    int64_t shape[MLRT_MAX_DIMS];
    memcpy(shape, t->shape, sizeof shape);
    shape[0] = n;
    return mlrt__handle(t->ctx, t->storage, t->dtype, t->ndim, shape, NULL, 0);
}

static mlrt_tensor *copy_head(mlrt_tensor *t, int64_t n) {
    mlrt_tensor *rows = head(t, n);
    if (!rows || rows == mlrt_none)
        return rows;
    mlrt_tensor *copy = mlrt__copy_of(t->ctx, rows);
    mlrt__drop(t->ctx, rows);
    return copy;
}

static mlrt_tensor **field_of(mlrt_replay_state *s, int f) {
    mlrt_tensor **const all[MLRT__NFIELDS] = {
        &s->obs, &s->action, &s->reward, &s->discount, &s->next_obs, &s->legal};
    return all[f];
}

/* ---- Out -------------------------------------------------------------- */

static void get_all(const mlrt_replay *r, mlrt_replay_state *s) {
    int64_t n = mlrt__replay_size(r), rows[] = {r->o.envs, r->o.steps};
    for (int f = 0; f < MLRT__NFIELDS; f++)
        *field_of(s, f) = copy_head(r->field[f], n);
    s->priority = mlrt_none;
    if (r->priority.sum)
        s->priority = mlrt_from_data(r->ctx, MLRT_F64, 1, &n,
                                     r->priority.sum + r->priority.leaves);
    s->growing = mlrt_from_data(r->ctx, MLRT_I64, 2, rows, r->growing);
}

static void release_all(mlrt_replay_state *s) {
    for (int f = 0; f < MLRT__NFIELDS; f++)
        mlrt_release(*field_of(s, f));
    mlrt_release(s->priority);
    mlrt_release(s->growing);
}

int mlrt_replay_get(const mlrt_replay *r, mlrt_replay_state *state) {
    if (!r || !state)
        return MLRT_EARG;
    mlrt_replay_state s = {.count = r->count, .max_priority = r->max_priority};
    get_all(r, &s);
    bool whole = s.priority && s.growing;
    for (int f = 0; f < MLRT__NFIELDS; f++)
        whole = whole && *field_of(&s, f);
    if (!whole) {
        release_all(&s);
        return r->ctx->errcode ? r->ctx->errcode : MLRT_ENOMEM;
    }
    *state = s;
    return 0;
}

/* ---- In --------------------------------------------------------------- */

static int bad_state(const mlrt_replay *r, const char *what) {
    return mlrt_fail(r->ctx, MLRT_EARG,
                     "%s: load_state: the state's %s cannot be", r->name, what);
}

/* Growing transitions are among those that are there. */
static int check_growing(const mlrt_replay *r, const mlrt_tensor *t,
                         int64_t n) {
    const int64_t *v = (const int64_t *)(const void *)mlrt__ptr(t);
    for (int64_t e = 0; e < r->o.envs; e++, v += r->o.steps) {
        if (v[0] < 0 || v[0] >= r->o.steps)
            return bad_state(r, "growing");
        for (int64_t k = 1; k <= v[0]; k++)
            if (v[k] < 0 || v[k] >= n)
                return bad_state(r, "growing");
    }
    return 0;
}

static int check_priorities(const mlrt_replay *r, const mlrt_tensor *t,
                            int64_t n) {
    mlrt_tensor like = {.dtype = MLRT_F64, .ndim = 1};
    int err = mlrt__replay_check(r, "load_state", "priority", t, &like, n);
    const double *v = err ? NULL : (const double *)(const void *)mlrt__ptr(t);
    for (int64_t i = 0; i < n && !err; i++)
        if (!(v[i] >= 0 && v[i] < INFINITY))
            err = bad_state(r, "priority");
    return err;
}

static int check_state(const mlrt_replay *r, mlrt_replay_state *s, int64_t n) {
    static const char *const names[] = {"obs",      "action",   "reward",
                                        "discount", "next_obs", "legal"};
    mlrt_tensor like = {.dtype = MLRT_I64, .ndim = 2, .shape = {0, r->o.steps}};
    int err = s->count < 0 ? bad_state(r, "count") : 0;
    if (!err && !(s->max_priority > 0 && s->max_priority < INFINITY))
        err = bad_state(r, "max_priority");
    for (int f = 0; f < MLRT__NFIELDS && !err; f++)
        if (r->field[f])
            err = mlrt__replay_check(r, "load_state", names[f], *field_of(s, f),
                                     r->field[f], n);
    if (!err)
        err = mlrt__replay_check(r, "load_state", "growing", s->growing, &like,
                                 r->o.envs);
    if (!err)
        err = check_growing(r, s->growing, n);
    if (!err && r->priority.sum)
        err = check_priorities(r, s->priority, n);
    return err;
}

static void set_priorities(mlrt_replay *r, const mlrt_tensor *t, int64_t n) {
    mlrt__priority *p = &r->priority;
    memset(p->sum, 0, (size_t)p->leaves * 2 * sizeof *p->sum);
    memcpy(p->sum + p->leaves, mlrt__ptr(t), (size_t)n * sizeof *p->sum);
    mlrt__priority_rebuild(p);
}

int mlrt_replay_set(mlrt_replay *r, const mlrt_replay_state *state) {
    if (!r || !state)
        return MLRT_EARG;
    mlrt_replay_state s = *state;
    int64_t n = s.count < r->o.capacity ? s.count : r->o.capacity;
    int err = check_state(r, &s, n);
    if (err)
        return err;
    for (int f = 0; f < MLRT__NFIELDS; f++)
        if (r->field[f])
            memcpy(mlrt__ptr(r->field[f]), mlrt__ptr(*field_of(&s, f)),
                   (size_t)n * mlrt__replay_row(r->field[f]));
    memcpy(r->growing, mlrt__ptr(s.growing), mlrt_nbytes(s.growing));
    if (r->priority.sum)
        set_priorities(r, s.priority, n);
    r->count = s.count;
    r->max_priority = s.max_priority;
    return 0;
}
