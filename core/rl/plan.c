/* plan.c: what is best when the model is known.
 *
 * V(s) = max over a of the sum over outcomes of p (r + gamma V(s')), and V(s')
 * counts as 0 where the episode is over.  Sweeps write in place, which
 * converges faster than keeping two tables (Sutton and Barto, 4.1).
 */
#include "rl.h"

#include <math.h>

typedef struct plan {
    mlrt *m;
    const mlrt_env *e;
    int64_t states, actions, sweeps, most;
    double gamma, tolerance;
    double *v;
} plan;

static double action_value(const plan *p, int64_t state, int64_t action,
                           bool *legal) {
    const mlrt_env_type *t = &p->e->type;
    const mlrt_outcome *o;
    int n = t->model(t->ud, state, action, &o);
    double sum = 0;
    *legal = n > 0;
    for (int i = 0; i < n; i++)
        sum += o[i].probability *
               (o[i].reward +
                (o[i].terminated ? 0 : p->gamma * p->v[o[i].next]));
    return sum;
}

/* The best action's value, 0 where nothing is legal; which it is in *at. */
static double best_value(const plan *p, int64_t state, int64_t *at) {
    double best = -INFINITY;
    bool legal;
    *at = -1;
    for (int64_t i = 0; i < p->actions; i++) {
        double q = action_value(p, state, i, &legal);
        if (legal && q > best) {
            best = q;
            *at = i;
        }
    }
    return *at < 0 ? 0 : best;
}

/* ---- Beginning and end ------------------------------------------------- */

static int begin(plan *p, mlrt_env *e, const char *what, double gamma,
                 double tolerance, const int64_t *sweeps) {
    const mlrt_env_type *t = &e->type;
    *p = (plan){.m = e->m, .e = e, .gamma = gamma, .tolerance = tolerance};
    p->states = t->observation.n;
    p->actions = t->action.n;
    p->most = sweeps && *sweeps > 0 ? *sweeps : 100000;
    if (!t->model)
        return mlrt__env_bad(e, MLRT_ESTATE, what, "its model is not known");
    if (!(gamma >= 0 && gamma <= 1))
        return mlrt__env_bad(e, MLRT_EARG, what,
                             "gamma: a number from 0 to 1 expected, got %g",
                             gamma);
    if (!(tolerance > 0))
        return mlrt__env_bad(e, MLRT_EARG, what,
                             "tolerance: a number above 0 expected, got %g",
                             tolerance);
    return 0;
}

static mlrt_tensor *new_values(plan *p) {
    mlrt_tensor *v = mlrt__full(p->m, MLRT_F64, 1, &p->states, 0);
    p->v = v ? (double *)(void *)mlrt__ptr(v) : NULL;
    return v;
}

/* After each sweep: are we done?  1 yes, 0 not yet, negative a failure. */
static int settled(plan *p, const char *what, double change) {
    if (mlrt__stop(p->m))
        return mlrt__stopped(p->m);
    p->sweeps++;
    if (change <= p->tolerance)
        return 1;
    if (p->sweeps < p->most && change == change)
        return 0;
    return mlrt__env_bad(p->e, MLRT_ENUMERIC, what,
                         "values still change by %g after %lld sweeps; gamma "
                         "below 1 makes them settle",
                         change, (long long)p->sweeps);
}

static mlrt_tensor *finish(const plan *p, mlrt_tensor *v, int status,
                           int64_t *sweeps) {
    if (sweeps)
        *sweeps = p->sweeps;
    if (status >= 0)
        return v;
    mlrt__drop(p->m, v);
    return NULL;
}

/* ---- Value iteration ---------------------------------------------------- */

static int iterate(plan *p) {
    int done = 0;
    while (done == 0) {
        double change = 0;
        for (int64_t s = 0; s < p->states; s++) {
            int64_t at;
            double v = best_value(p, s, &at), moved = fabs(v - p->v[s]);
            change = moved > change || moved != moved ? moved : change;
            p->v[s] = v;
        }
        done = settled(p, "value_iteration", change);
    }
    return done;
}

/* ---- Policies ----------------------------------------------------------- */

static double mixed_value(const plan *p, int64_t state, const double *chance) {
    double sum = 0;
    bool legal;
    for (int64_t i = 0; i < p->actions; i++)
        if (chance[i] != 0)
            sum += chance[i] * action_value(p, state, i, &legal);
    return sum;
}

static int evaluate(plan *p, const double *policy) {
    int done = 0;
    while (done == 0) {
        double change = 0;
        for (int64_t s = 0; s < p->states; s++) {
            double v = mixed_value(p, s, policy + s * p->actions);
            double moved = fabs(v - p->v[s]);
            change = moved > change || moved != moved ? moved : change;
            p->v[s] = v;
        }
        done = settled(p, "policy_evaluation", change);
    }
    return done;
}

/* The values of exactly so many steps, each from those of one step less. */
static int count_down(plan *p, const double *policy, int64_t horizon) {
    mlrt_tensor *spare = mlrt__full(p->m, MLRT_F64, 1, &p->states, 0);
    if (!spare)
        return MLRT_ENOMEM;
    double *next = (double *)(void *)mlrt__ptr(spare);
    int status = 0;
    for (; p->sweeps < horizon && status == 0; p->sweeps++) {
        for (int64_t s = 0; s < p->states; s++)
            next[s] = mixed_value(p, s, policy + s * p->actions);
        bool same = memcmp(p->v, next, (size_t)p->states * sizeof *next) == 0;
        memcpy(p->v, next, (size_t)p->states * sizeof *next);
        if (same) /* every further step changes nothing either */
            break;
        if (mlrt__stop(p->m))
            status = mlrt__stopped(p->m);
    }
    mlrt__drop(p->m, spare);
    return status;
}

mlrt_tensor *mlrt_plan_evaluate(mlrt_env *e, mlrt_tensor *policy, double gamma,
                                double tolerance, int64_t horizon,
                                int64_t *sweeps) {
    plan p;
    if (mlrt__absent(policy) ||
        begin(&p, e, "policy_evaluation", gamma, tolerance, sweeps) != 0)
        return NULL;
    if (policy->dtype != MLRT_F64 || policy->ndim != 2 ||
        policy->shape[0] != p.states || policy->shape[1] != p.actions ||
        !mlrt__contiguous(policy)) {
        mlrt__env_bad(e, MLRT_ESHAPE, "policy_evaluation",
                      "policy: f64 of shape (%lld, %lld) in C order expected, "
                      "got %s of shape %s",
                      (long long)p.states, (long long)p.actions,
                      mlrt_dtype_name((mlrt_dtype)policy->dtype),
                      MLRT__ST(policy));
        return NULL;
    }
    mlrt_tensor *v = new_values(&p);
    const double *chances = (const double *)(const void *)mlrt__ptr(policy);
    if (!v)
        return NULL;
    return finish(&p, v,
                  horizon > 0 ? count_down(&p, chances, horizon)
                              : evaluate(&p, chances),
                  sweeps);
}

/* Makes the policy greedy; how many states changed their action.  A state
 * keeps an action that is as good as the best, or ties would never settle. */
static int64_t improve(const plan *p, double *policy) {
    int64_t changed = 0, at;
    for (int64_t s = 0; s < p->states; s++) {
        double *row = policy + s * p->actions;
        double best = best_value(p, s, &at);
        if (at < 0 || mixed_value(p, s, row) >= best - 10 * p->tolerance)
            continue;
        memset(row, 0, (size_t)p->actions * sizeof *row);
        row[at] = 1;
        changed++;
    }
    return changed;
}

/* The first legal action of each state. */
static mlrt_tensor *new_policy(const plan *p) {
    int64_t shape[] = {p->states, p->actions};
    mlrt_tensor *t = mlrt__full(p->m, MLRT_F64, 2, shape, 0);
    if (!t)
        return NULL;
    double *policy = (double *)(void *)mlrt__ptr(t);
    bool legal;
    for (int64_t s = 0; s < p->states; s++)
        for (int64_t i = 0, done = 0; i < p->actions && !done; i++) {
            action_value(p, s, i, &legal);
            policy[s * p->actions + i] = legal;
            done = legal;
        }
    return t;
}

static mlrt_tensor *finish_both(const plan *p, mlrt_tensor *v, mlrt_tensor *t,
                                int status, int64_t *sweeps,
                                mlrt_tensor **policy) {
    *policy = status >= 0 ? t : NULL;
    if (status < 0 && t)
        mlrt__drop(p->m, t);
    return v ? finish(p, v, status, sweeps) : NULL;
}

mlrt_tensor *mlrt_plan_values(mlrt_env *e, double gamma, double tolerance,
                              int64_t *sweeps, mlrt_tensor **policy) {
    plan p;
    if (begin(&p, e, "value_iteration", gamma, tolerance, sweeps) != 0)
        return NULL;
    mlrt_tensor *v = new_values(&p);
    mlrt_tensor *t = v ? new_policy(&p) : NULL;
    int status = t ? iterate(&p) : MLRT_ENOMEM;
    if (status >= 0)
        improve(&p, (double *)(void *)mlrt__ptr(t));
    return finish_both(&p, v, t, status, sweeps, policy);
}

mlrt_tensor *mlrt_plan_policy(mlrt_env *e, double gamma, double tolerance,
                              int64_t *sweeps, mlrt_tensor **policy) {
    plan p;
    if (begin(&p, e, "policy_iteration", gamma, tolerance, sweeps) != 0)
        return NULL;
    mlrt_tensor *v = new_values(&p);
    mlrt_tensor *t = v ? new_policy(&p) : NULL;
    int status = t ? 0 : MLRT_ENOMEM;
    if (t) {
        double *chances = (double *)(void *)mlrt__ptr(t);
        do
            status = evaluate(&p, chances);
        while (status >= 0 && improve(&p, chances) > 0);
    }
    return finish_both(&p, v, t, status, sweeps, policy);
}

mlrt_tensor *mlrt_plan_legal(mlrt_env *e) {
    plan p;
    if (begin(&p, e, "legal", 1, 1, NULL) != 0)
        return NULL;
    int64_t shape[] = {p.states, p.actions};
    mlrt_tensor *t = mlrt__full(p.m, MLRT_BOOL, 2, shape, 0);
    bool *legal = t ? (bool *)mlrt__ptr(t) : NULL;
    const mlrt_outcome *o;
    for (int64_t i = 0; t && i < p.states * p.actions; i++)
        legal[i] = e->type.model(e->type.ud, i / p.actions, i % p.actions, &o) >
                   0;
    return t;
}
