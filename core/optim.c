/* optim.c: optimizers.
 *
 * A kind is a row of a table: its defaults, its state and the kernel that
 * updates one parameter in a single pass over memory.  A step first makes
 * sure that nothing can fail, then updates every parameter that has a
 * gradient.
 */
#include <math.h>

#include "copy.h"
#include "core.h"
#include "kernels/optim.h"

enum { MAX_SLOTS = 3, GRAIN = 1 << 14 }; /* elements a task updates */

typedef struct kind {
    const char *name;
    mlrt_optim_options defaults;
    const char *slot[MAX_SLOTS]; /* names of the state's tensors */
    /* Which of them these options use, as bits. */
    unsigned (*used)(const mlrt_optim_options *o);
    mlrt__update_fn *(*kernel)(const mlrt *m, int f64);
    /* Numbers of a parameter's step t, from 1. */
    void (*prepare)(const mlrt_optim_options *o, double t, mlrt__update *u);
} kind;

typedef struct entry {
    mlrt_tensor *p, *slot[MAX_SLOTS];
    mlrt_tensor *flat_p, *flat_g; /* during a step: C order */
    unsigned fresh;               /* slots that this step has made */
    int64_t steps;
} entry;

struct mlrt_optim {
    mlrt *ctx;
    const kind *kind;
    mlrt_optim_options o;
    size_t bytes;
    int n;
    entry e[];
};

/* ---- The kinds -------------------------------------------------------- */

static unsigned sgd_used(const mlrt_optim_options *o) {
    return o->momentum != 0;
}
static mlrt__update_fn *sgd_kernel(const mlrt *m, int f64) {
    return m->k->optim->sgd[f64];
}
static void sgd_prepare(const mlrt_optim_options *o, double t,
                        mlrt__update *u) {
    (void)o;
    u->first = t == 1;
}

static unsigned adam_used(const mlrt_optim_options *o) {
    return o->amsgrad ? 7 : 3;
}
static mlrt__update_fn *adam_kernel(const mlrt *m, int f64) {
    return m->k->optim->adam[f64];
}
/* The corrections for starting at zero, of section 3 of the paper. */
static void adam_prepare(const mlrt_optim_options *o, double t,
                         mlrt__update *u) {
    u->lr = o->lr / (1 - pow(o->beta1, t));
    u->root_correction = sqrt(1 - pow(o->beta2, t));
}
static void adamw_prepare(const mlrt_optim_options *o, double t,
                          mlrt__update *u) {
    adam_prepare(o, t, u);
    u->decoupled = true;
    u->decay = o->lr * o->weight_decay;
}

static unsigned rmsprop_used(const mlrt_optim_options *o) {
    return 1u | (o->momentum != 0 ? 2u : 0) | (o->centered ? 4u : 0);
}
static mlrt__update_fn *rmsprop_kernel(const mlrt *m, int f64) {
    return m->k->optim->rmsprop[f64];
}
static void rmsprop_prepare(const mlrt_optim_options *o, double t,
                            mlrt__update *u) {
    (void)t;
    u->beta2 = o->alpha;
}

static unsigned adagrad_used(const mlrt_optim_options *o) {
    (void)o;
    return 1;
}
static mlrt__update_fn *adagrad_kernel(const mlrt *m, int f64) {
    return m->k->optim->adagrad[f64];
}
static void adagrad_prepare(const mlrt_optim_options *o, double t,
                            mlrt__update *u) {
    u->lr = o->lr / (1 + (t - 1) * o->lr_decay);
}

static const kind kinds[] = {
    {"sgd",
     {.lr = 1e-3},
     {"momentum_buffer"},
     sgd_used,
     sgd_kernel,
     sgd_prepare},
    {"adam",
     {.lr = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8},
     {"exp_avg", "exp_avg_sq", "max_exp_avg_sq"},
     adam_used,
     adam_kernel,
     adam_prepare},
    {"adamw",
     {.lr = 1e-3,
      .beta1 = 0.9,
      .beta2 = 0.999,
      .eps = 1e-8,
      .weight_decay = 1e-2},
     {"exp_avg", "exp_avg_sq", "max_exp_avg_sq"},
     adam_used,
     adam_kernel,
     adamw_prepare},
    {"rmsprop",
     {.lr = 1e-2, .alpha = 0.99, .eps = 1e-8},
     {"square_avg", "momentum_buffer", "grad_avg"},
     rmsprop_used,
     rmsprop_kernel,
     rmsprop_prepare},
    {"adagrad",
     {.lr = 1e-2, .eps = 1e-10},
     {"sum"},
     adagrad_used,
     adagrad_kernel,
     adagrad_prepare},
};

static const kind *find_kind(mlrt *m, const char *name) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    mlrt_fail(m, MLRT_EARG,
              "optimizer: no kind '%.40s'; there are sgd, adam, adamw, "
              "rmsprop and adagrad",
              name);
    return NULL;
}

int mlrt_optim_options_init(mlrt *m, const char *name,
                            mlrt_optim_options *options) {
    const kind *k = find_kind(m, name);
    if (!k)
        return MLRT_EARG;
    *options = k->defaults;
    options->size = sizeof *options;
    return 0;
}

/* ---- Checking --------------------------------------------------------- */

static int check_number(mlrt *m, const char *name, double v, double least,
                        double below) {
    if (v >= least && v < below)
        return 0;
    return mlrt_fail(m, MLRT_EARG,
                     "optimizer: argument '%s': a number from %g%s expected, "
                     "got %g",
                     name, least, below == 1 ? " and below 1" : "", v);
}

/* Options may be changed between steps, so each step looks at them. */
static int check_options(mlrt *m, const mlrt_optim_options *o) {
    const struct {
        const char *name;
        double value, below;
    } list[] = {
        {"lr", o->lr, INFINITY},
        {"momentum", o->momentum, INFINITY},
        {"weight_decay", o->weight_decay, INFINITY},
        {"beta1", o->beta1, 1},
        {"beta2", o->beta2, 1},
        {"eps", o->eps, INFINITY},
        {"alpha", o->alpha, INFINITY},
        {"lr_decay", o->lr_decay, INFINITY},
        {"initial_accumulator_value", o->initial_accumulator_value, INFINITY},
    };
    int err = 0;
    for (size_t i = 0; i < sizeof list / sizeof *list && !err; i++)
        err = check_number(m, list[i].name, list[i].value, 0, list[i].below);
    if (!err && o->nesterov && (o->momentum == 0 || o->dampening != 0))
        err = mlrt_fail(m, MLRT_EARG,
                        "optimizer: nesterov wants a momentum "
                        "and no dampening");
    return err;
}

static int check_param(mlrt *m, mlrt_tensor *const *params, int i) {
    mlrt_tensor *p = params[i];
    const char *why = NULL;
    if (!p)
        return m->errcode ? m->errcode : MLRT_EARG;
    if (p == mlrt_none || p->ctx != m)
        why = "is no tensor of this context";
    else if (!mlrt__is_float(p->dtype))
        why = "is not f32 or f64";
    else if (p->node)
        why = "is not a leaf";
    else if (!(p->flags & MLRT__REQUIRES_GRAD))
        why = "does not require grad";
    for (int j = 0; j < i && !why; j++)
        if (params[j] == p)
            why = "is in the list twice";
    if (!why)
        return 0;
    return mlrt_fail(m, MLRT_EARG, "optimizer: parameter %lld %s",
                     (long long)mlrt__shown(m, i), why);
}

/* ---- Life ------------------------------------------------------------- */

mlrt_optim *mlrt_optim_new(mlrt *m, const char *name,
                           mlrt_tensor *const *params, int n,
                           const mlrt_optim_options *options) {
    const kind *k = find_kind(m, name);
    int err = !k;
    mlrt_optim_options o = k ? k->defaults : (mlrt_optim_options){.lr = 0};
    if (k && options)
        memcpy(&o, options,
               options->size < sizeof o ? options->size : sizeof o);
    if (!err)
        err = check_options(m, &o);
    for (int i = 0; i < n && !err; i++)
        err = check_param(m, params, i);
    if (!err && n <= 0)
        err = mlrt_fail(m, MLRT_EARG, "optimizer: no parameters were given");
    if (err)
        return NULL;
    size_t bytes = mlrt__room(sizeof(mlrt_optim), (size_t)n, sizeof(entry));
    mlrt_optim *opt = mlrt__alloc(m, bytes);
    if (!opt)
        return NULL;
    memset(opt, 0, bytes);
    *opt = (mlrt_optim){.ctx = m, .kind = k, .o = o, .bytes = bytes, .n = n};
    opt->o.size = sizeof opt->o;
    for (int i = 0; i < n; i++)
        opt->e[i].p = mlrt_retain(params[i]);
    m->refs++;
    return opt;
}

mlrt_optim *mlrt_optim_like(const mlrt_optim *o) {
    if (!o)
        return NULL;
    mlrt_optim *like = mlrt__alloc(o->ctx, o->bytes);
    if (!like)
        return NULL;
    memset(like, 0, o->bytes);
    memcpy(like, o, sizeof *o);
    for (int i = 0; i < o->n; i++)
        like->e[i].p = mlrt_retain(o->e[i].p);
    o->ctx->refs++;
    return like;
}

void mlrt_optim_exchange(mlrt_optim *a, mlrt_optim *b) {
    if (!a || !b || a->ctx != b->ctx || a->kind != b->kind || a->n != b->n)
        return;
    mlrt_optim_options o = a->o;
    a->o = b->o;
    b->o = o;
    for (int i = 0; i < a->n; i++) {
        entry e = a->e[i];
        a->e[i] = b->e[i];
        b->e[i] = e;
    }
}

void mlrt_optim_free(mlrt_optim *o) {
    if (!o)
        return;
    mlrt *m = o->ctx;
    for (int i = 0; i < o->n; i++) {
        mlrt_release(o->e[i].p);
        for (int s = 0; s < MAX_SLOTS; s++)
            mlrt_release(o->e[i].slot[s]);
    }
    mlrt__free(m, o, o->bytes);
    mlrt__context_release(m);
}

mlrt_optim_options *mlrt_optim_options_of(mlrt_optim *o) {
    return o ? &o->o : NULL;
}

/* ---- A step ----------------------------------------------------------- */

static int make_slots(mlrt_optim *o, entry *e) {
    unsigned used = o->kind->used(&o->o);
    bool adagrad = o->kind->used == adagrad_used;
    for (int s = 0; s < MAX_SLOTS; s++) {
        if (!(used >> s & 1) || e->slot[s])
            continue;
        e->slot[s] = mlrt__full(o->ctx, e->p->dtype, e->p->ndim, e->p->shape,
                                adagrad ? o->o.initial_accumulator_value : 0);
        if (!e->slot[s])
            return MLRT_ENOMEM;
        e->fresh |= 1u << s;
    }
    return 0;
}

/* The gradient as a C-order tensor, turned round to go up. */
static mlrt_tensor *gradient_of(const mlrt_optim *o, const mlrt_tensor *p) {
    if (!o->o.maximize)
        return mlrt__contig(o->ctx, p->grad);
    bool mode = mlrt_set_grad_mode(o->ctx, false);
    mlrt_tensor *g = mlrt_neg(o->ctx, p->grad);
    mlrt_set_grad_mode(o->ctx, mode);
    return g;
}

/* Everything of parameter i that may fail. */
static int get_ready(mlrt_optim *o, entry *e, int i) {
    mlrt *m = o->ctx;
    if (e->p->flags & MLRT__STALE_GRAD)
        return mlrt_fail(m, MLRT_EGRAD,
                         "step: the gradient of parameter %lld is incomplete, "
                         "because backward failed; call zero_grad first",
                         (long long)mlrt__shown(m, i));
    if (!e->p->grad || e->flat_g) /* none, or ready: the optimizer is twice */
        return 0;
    int err = mlrt__check_writable(m, "step", e->p);
    if (!err)
        err = make_slots(o, e);
    if (!err && !(e->flat_p = mlrt__contig(m, e->p)))
        err = MLRT_ENOMEM;
    if (!err && !(e->flat_g = gradient_of(o, e->p)))
        err = MLRT_ENOMEM;
    return err;
}

/* After a step that failed, the state is what it was. */
static void let_go(entry *e, bool failed) {
    for (int s = 0; s < MAX_SLOTS && failed; s++)
        if (e->fresh >> s & 1) {
            mlrt_release(e->slot[s]);
            e->slot[s] = NULL;
        }
    e->fresh = 0;
    mlrt_release(e->flat_p);
    mlrt_release(e->flat_g);
    e->flat_p = e->flat_g = NULL;
}

typedef struct job {
    mlrt__update u;
    mlrt__update_fn *kernel;
    int64_t size; /* of an element */
} job;

static void task(void *arg, int64_t i) {
    const job *j = arg;
    mlrt__update u = j->u;
    int64_t at = i * GRAIN, skip = at * j->size;
    u.n = u.n - at < GRAIN ? u.n - at : GRAIN;
    u.p = (char *)u.p + skip;
    u.g = (const char *)u.g + skip;
    for (int s = 0; s < MAX_SLOTS; s++)
        u.s[s] = u.s[s] ? (char *)u.s[s] + skip : NULL;
    j->kernel(&u);
}

static void update(mlrt_optim *o, entry *e) {
    mlrt *m = o->ctx;
    const mlrt_optim_options *q = &o->o;
    job j = {.kernel = o->kind->kernel(m, e->p->dtype == MLRT_F64),
             .size = (int64_t)mlrt__dsize(e->p->dtype)};
    j.u = (mlrt__update){.p = mlrt__ptr(e->flat_p),
                         .g = mlrt__ptr(e->flat_g),
                         .n = e->p->numel,
                         .lr = q->lr,
                         .decay = q->weight_decay,
                         .momentum = q->momentum,
                         .dampening = q->dampening,
                         .beta1 = q->beta1,
                         .beta2 = q->beta2,
                         .eps = q->eps,
                         .nesterov = q->nesterov,
                         .amsgrad = q->amsgrad,
                         .centered = q->centered};
    for (int s = 0; s < MAX_SLOTS; s++)
        j.u.s[s] = e->slot[s] ? mlrt__ptr(e->slot[s]) : NULL;
    o->kind->prepare(q, (double)++e->steps, &j.u);
    mlrt__parallel(m, (j.u.n + GRAIN - 1) / GRAIN, task, &j, false);
    if (e->flat_p != e->p)
        mlrt__copy_into(m, e->flat_p, e->p); /* cannot fail: nothing polls */
    mlrt__wrote(e->p, "step");
}

static int prepare(mlrt_optim *o) {
    mlrt *m = o->ctx;
    int err = check_options(m, &o->o), floor = m->scope_floor;
    m->scope_floor = m->scope_depth; /* the state outlives any scope */
    for (int i = 0; i < o->n && !err; i++)
        err = get_ready(o, &o->e[i], i);
    m->scope_floor = floor;
    return err;
}

static void finish(mlrt_optim *o, bool failed) {
    for (int i = 0; i < o->n; i++) {
        if (!failed && o->e[i].flat_g)
            update(o, &o->e[i]);
        let_go(&o->e[i], failed);
    }
}

/* Parameters and state are read and written, gradients read. */
static double traffic(const mlrt_optim *o) {
    double sum = 0;
    for (int i = 0; i < o->n; i++) {
        const entry *e = &o->e[i];
        size_t bytes = e->p->grad ? mlrt_nbytes(e->p) : 0;
        sum += 3 * (double)bytes;
        for (int s = 0; s < MAX_SLOTS; s++)
            sum += e->slot[s] ? 2 * (double)bytes : 0;
    }
    return sum;
}

static void finish_timed(mlrt_optim *o, bool failed) {
    mlrt__span s;
    if (!o->ctx->profile) {
        finish(o, failed);
        return;
    }
    mlrt__span_begin(o->ctx, &s);
    finish(o, failed);
    mlrt__span_end(o->ctx, &s, o->kind->name,
                   o->n ? o->e[0].p->dtype : MLRT_F32, traffic(o));
}

int mlrt_optim_step_all(mlrt_optim *const *o, int n) {
    int err = 0;
    for (int i = 0; i < n && !err; i++)
        err = o[i] ? prepare(o[i]) : MLRT_EARG;
    for (int i = 0; i < n; i++)
        if (o[i])
            finish_timed(o[i], err != 0);
    return err;
}

int mlrt_optim_step(mlrt_optim *o) {
    return mlrt_optim_step_all(&o, 1);
}

int mlrt_optim_zero_grad(mlrt_optim *o) {
    int err = o ? 0 : MLRT_EARG;
    for (int i = 0; !err && i < o->n; i++)
        err = mlrt_set_grad(o->e[i].p, mlrt_none);
    return err;
}

/* The one value of t, which is released; NULL has failed. */
static int take_value(mlrt_tensor *t, double *value) {
    int err = t ? mlrt_item(t, value) : MLRT_EARG;
    mlrt_release(t);
    return err;
}

/* A finite sum has finite parts; one that is not may only be too large. */
static int is_finite(mlrt *m, mlrt_tensor *g, bool *finite) {
    double sum, all = 1;
    int err = take_value(mlrt_sum(m, g, NULL, 0, false), &sum);
    if (!err && !isfinite(sum)) {
        mlrt_tensor *each = mlrt_isfinite(m, g);
        err = take_value(mlrt_all(m, each, NULL, 0, false), &all);
        mlrt_release(each);
    }
    *finite = all != 0;
    return err;
}

int mlrt_optim_finite(mlrt_optim *o, bool *finite) {
    if (!o || !finite)
        return MLRT_EARG;
    bool mode = mlrt_set_grad_mode(o->ctx, false);
    int err = 0;
    *finite = true;
    for (int i = 0; !err && *finite && i < o->n; i++)
        if (o->e[i].p->grad)
            err = is_finite(o->ctx, o->e[i].p->grad, finite);
    mlrt_set_grad_mode(o->ctx, mode);
    return err;
}

/* ---- State ------------------------------------------------------------ */

int mlrt_optim_slots(const mlrt_optim *o) {
    int n = 0;
    while (o && n < MAX_SLOTS && o->kind->slot[n])
        n++;
    return n;
}
const char *mlrt_optim_slot_name(const mlrt_optim *o, int slot) {
    return o && slot >= 0 && slot < MAX_SLOTS ? o->kind->slot[slot] : NULL;
}
int mlrt_optim_count(const mlrt_optim *o) {
    return o ? o->n : 0;
}
int64_t mlrt_optim_steps(const mlrt_optim *o, int param) {
    return o && param >= 0 && param < o->n ? o->e[param].steps : 0;
}

static int check_place(mlrt_optim *o, const char *what, int param, int slot) {
    if (!o)
        return MLRT_EARG;
    if (param >= 0 && param < o->n && slot >= 0 && slot < MAX_SLOTS)
        return 0;
    return mlrt_fail(o->ctx, MLRT_EINDEX, "%s: no parameter %lld or no slot %d",
                     what, (long long)mlrt__shown(o->ctx, param), slot);
}

mlrt_tensor *mlrt_optim_slot(mlrt_optim *o, int param, int slot) {
    if (check_place(o, "optim_slot", param, slot) != 0)
        return NULL;
    mlrt_tensor *t = o->e[param].slot[slot];
    return t ? mlrt_retain(t) : mlrt_none;
}

static int check_slot(mlrt_optim *o, int param, int s, const mlrt_tensor *t) {
    const mlrt_tensor *p = o->e[param].p;
    if (!t)
        return o->ctx->errcode ? o->ctx->errcode : MLRT_EARG;
    if (t == mlrt_none ||
        (t->ctx == o->ctx && t->dtype == p->dtype && mlrt__same_shape(t, p)))
        return 0;
    return mlrt_fail(o->ctx, MLRT_ESHAPE,
                     "load_state: %s of parameter %lld should be %s %s, got "
                     "%s %s",
                     o->kind->slot[s], (long long)mlrt__shown(o->ctx, param),
                     mlrt_dtype_name((mlrt_dtype)p->dtype), MLRT__ST(p),
                     mlrt_dtype_name((mlrt_dtype)t->dtype), MLRT__ST(t));
}

/* Copies of all slots, or none: a failure changes nothing. */
static int copy_slots(mlrt_optim *o, int param, mlrt_tensor *const *slots,
                      mlrt_tensor **copy) {
    mlrt *m = o->ctx;
    int n = mlrt_optim_slots(o), err = 0;
    for (int s = 0; s < n && !err; s++)
        err = check_slot(o, param, s, slots[s]);
    for (int s = 0; s < n && !err; s++) {
        mlrt_tensor *t = slots[s];
        if (t == mlrt_none)
            continue;
        copy[s] = mlrt_empty(m, (mlrt_dtype)t->dtype, t->ndim, t->shape);
        err = copy[s] ? mlrt__copy_into(m, t, copy[s]) : MLRT_ENOMEM;
    }
    for (int s = 0; s < n && err; s++)
        mlrt_release(copy[s]);
    return err;
}

int mlrt_optim_restore(mlrt_optim *o, int param, int64_t steps,
                       mlrt_tensor *const *slots) {
    mlrt_tensor *copy[MAX_SLOTS] = {NULL};
    int err = check_place(o, "load_state", param, 0);
    if (!o)
        return err;
    mlrt *m = o->ctx;
    if (!err && steps < 0)
        err = mlrt_fail(m, MLRT_EARG, "load_state: %lld steps",
                        (long long)steps);
    int floor = m->scope_floor;
    m->scope_floor = m->scope_depth;
    if (!err)
        err = copy_slots(o, param, slots, copy);
    m->scope_floor = floor;
    for (int s = 0; s < MAX_SLOTS && !err; s++) {
        mlrt_release(o->e[param].slot[s]);
        o->e[param].slot[s] = copy[s];
    }
    if (!err)
        o->e[param].steps = steps;
    return err;
}
