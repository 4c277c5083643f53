/* op.c: from a row to a result.
 *
 * mlrt_op_call completes the arguments (defaults, numbers as 0-d tensors),
 * lets the row's `shape` validate and size the outputs, allocates them,
 * runs `forward`, and has grad.c record what happened.  Everything that
 * could be refused is refused before anything is written.
 */
#include "copy.h"
#include "core.h"
#include "families.h"

/* ---- Output specifications -------------------------------------------- */

int mlrt__out(mlrt__call *c, int i, int dtype, int ndim, const int64_t *shape) {
    c->out[i].dtype = dtype;
    c->out[i].ndim = ndim;
    if (ndim) /* else shape may be NULL */
        memmove(c->out[i].shape, shape, (size_t)ndim * sizeof *shape);
    return 0;
}

int mlrt__out_like(mlrt__call *c, int i, const mlrt_tensor *t) {
    return mlrt__out(c, i, t->dtype, t->ndim, t->shape);
}

/* Many outputs: specs and pointers in one block. */
static size_t outs_bytes(int n) {
    return mlrt__room(0, (size_t)n, sizeof(mlrt__spec) + sizeof(mlrt_tensor *));
}

int mlrt__outs(mlrt__call *c, int n) {
    if (n <= MLRT__INLINE_OUTS) {
        c->nout = n;
        return 0;
    }
    if (n > 1 << 20)
        return mlrt__bad(c, MLRT_EARG, "%d outputs are too many", n);
    mlrt__spec *block = mlrt__alloc(c->m, outs_bytes(n));
    if (!block)
        return MLRT_ENOMEM;
    c->nout = n;
    c->out = block;
    c->y = (mlrt_tensor **)(void *)(block + n);
    memset(c->y, 0, (size_t)n * sizeof *c->y);
    return 0;
}

/* ---- Completing the arguments ----------------------------------------- */

/* A number in an operand's place becomes a 0-d tensor inside the call. */
static int wrap_number(mlrt__call *c, mlrt_arg *a) {
    if (c->nnumbers == (int)(sizeof c->number / sizeof *c->number))
        return mlrt__bad(c, MLRT_EARG, "too many numbers");
    int k = c->nnumbers++;
    mlrt_tensor *t = &c->number[k].t;
    bool integer = a->kind == MLRT_VAL_INT;
    if (integer)
        memcpy(&c->number[k].value, &a->u.i, sizeof a->u.i);
    else
        c->number[k].value = a->u.d;
    mlrt__on_stack(t, &c->number[k].s, c->m, integer ? MLRT_I64 : MLRT_F64,
                   &c->number[k].value);
    t->flags = MLRT__WRAPPED;
    a->kind = MLRT_VAL_TENSOR;
    a->u.t = t;
    return 0;
}

static int wrong(const mlrt__call *c, const mlrt_arg_spec *s,
                 const char *wanted, const char *got) {
    return mlrt__bad(c, MLRT_EARG, "argument '%.*s': %s expected, got %s",
                     s->name_len, s->name, wanted, got);
}

static int check_tensor(const mlrt__call *c, const mlrt_arg_spec *s,
                        const mlrt_tensor *t) {
    if (t->ctx != c->m)
        return wrong(c, s, "a tensor of this context", "another's");
    if (s->type == MLRT_ARG_INDEX && t->dtype != MLRT_INDEX)
        return mlrt__bad(c, MLRT_EDTYPE,
                         "argument '%.*s': index expected, got %s; make one "
                         "with x:index{base=0} or {base=1}",
                         s->name_len, s->name,
                         mlrt_dtype_name((mlrt_dtype)t->dtype));
    if (s->type == MLRT_ARG_MASK && t->dtype != MLRT_BOOL)
        return mlrt__bad(c, MLRT_EDTYPE,
                         "argument '%.*s': bool expected, got %s; make one "
                         "with x:ne(0)",
                         s->name_len, s->name,
                         mlrt_dtype_name((mlrt_dtype)t->dtype));
    return mlrt__check_operand(c, t);
}

/* What an absent argument means. */
static int fill_default(mlrt__call *c, const mlrt_arg_spec *s, mlrt_arg *a) {
    if (!s->optional)
        return wrong(c, s, "a value", "none");
    if (!s->has_default)
        return 0;
    switch (s->type) {
    case MLRT_ARG_NUMBER:
    case MLRT_ARG_OPERAND:
        a->kind = MLRT_VAL_NUMBER;
        a->u.d = s->number_default;
        break;
    case MLRT_ARG_PAIR:
    case MLRT_ARG_INTS:
    case MLRT_ARG_DIMS:
    case MLRT_ARG_SHAPE:
        a->kind = MLRT_VAL_INTS;
        a->n = s->type == MLRT_ARG_PAIR ? 2 : 1;
        c->pair[c->npairs][0] = c->pair[c->npairs][1] = s->int_default;
        a->u.v = c->pair[c->npairs++];
        break;
    case MLRT_ARG_TEXT:
        a->kind = MLRT_VAL_TEXT;
        a->n = s->words_len;
        a->u.s = s->words;
        break;
    default: a->kind = MLRT_VAL_INT; a->u.i = s->int_default;
    }
    return s->type == MLRT_ARG_OPERAND ? wrap_number(c, a) : 0;
}

static int complete_tensors(mlrt__call *c, const mlrt_arg_spec *s,
                            mlrt_arg *a) {
    if (a->kind != MLRT_VAL_TENSORS)
        return wrong(c, s, "a list of tensors", "something else");
    for (int j = 0; j < a->n; j++) {
        if (!a->u.ts[j])
            return c->m->errcode ? c->m->errcode : MLRT_EARG;
        if (a->u.ts[j] == mlrt_none)
            return wrong(c, s, "tensors", "none among them");
        int err = check_tensor(c, s, a->u.ts[j]);
        if (err)
            return err;
    }
    return 0;
}

static int complete_ints(mlrt__call *c, const mlrt_arg_spec *s, mlrt_arg *a) {
    if (a->kind == MLRT_VAL_INT && s->type != MLRT_ARG_INT) { /* one for all */
        c->pair[c->npairs][0] = c->pair[c->npairs][1] = a->u.i;
        a->kind = MLRT_VAL_INTS;
        a->n = s->type == MLRT_ARG_PAIR ? 2 : 1;
        a->u.v = c->pair[c->npairs++];
    }
    if (a->kind != MLRT_VAL_INTS)
        return wrong(c, s, "a list of integers", "something else");
    if (s->type == MLRT_ARG_PAIR && a->n != 2)
        return wrong(c, s, "one or two integers", "another count");
    return 0;
}

static int complete_scalar(mlrt__call *c, const mlrt_arg_spec *s, mlrt_arg *a) {
    if (s->type == MLRT_ARG_NUMBER) {
        if (a->kind == MLRT_VAL_INT)
            a->u.d = (double)a->u.i;
        else if (a->kind != MLRT_VAL_NUMBER)
            return wrong(c, s, "a number", "something else");
        a->kind = MLRT_VAL_NUMBER;
        return 0;
    }
    if (a->kind == MLRT_VAL_NUMBER && a->u.d == (double)(int64_t)a->u.d) {
        a->u.i = (int64_t)a->u.d;
        a->kind = MLRT_VAL_INT;
    }
    return a->kind == MLRT_VAL_INT ? 0
                                   : wrong(c, s, "an integer", "another type");
}

static int complete_tensor(mlrt__call *c, const mlrt_arg_spec *s, mlrt_arg *a) {
    if (s->type == MLRT_ARG_OPERAND &&
        (a->kind == MLRT_VAL_INT || a->kind == MLRT_VAL_NUMBER))
        return wrap_number(c, a);
    if (a->kind != MLRT_VAL_TENSOR)
        return wrong(c, s, "a tensor", "something else");
    if (!a->u.t) /* a failed operand: its message stays */
        return c->m->errcode ? c->m->errcode : MLRT_EARG;
    return check_tensor(c, s, a->u.t);
}

static int complete(mlrt__call *c, const mlrt_arg_spec *s, mlrt_arg *a) {
    if (a->kind == MLRT_VAL_TENSOR && a->u.t == mlrt_none)
        a->kind = MLRT_VAL_NONE;
    if (a->kind == MLRT_VAL_NONE)
        return fill_default(c, s, a);
    switch (s->type) {
    case MLRT_ARG_TENSOR:
    case MLRT_ARG_OPERAND:
    case MLRT_ARG_INDEX:
    case MLRT_ARG_MASK: return complete_tensor(c, s, a);
    case MLRT_ARG_TENSORS: return complete_tensors(c, s, a);
    case MLRT_ARG_INTS:
    case MLRT_ARG_DIMS:
    case MLRT_ARG_SHAPE:
    case MLRT_ARG_PAIR: return complete_ints(c, s, a);
    case MLRT_ARG_SCALAR:
        if (a->kind != MLRT_VAL_INT && a->kind != MLRT_VAL_NUMBER)
            return wrong(c, s, "a number", "something else");
        return 0;
    case MLRT_ARG_GENERATOR:
        if (a->kind != MLRT_VAL_GENERATOR || !a->u.g)
            return wrong(c, s, "a generator", "something else");
        return 0;
    case MLRT_ARG_TEXT:
        if (a->kind != MLRT_VAL_TEXT)
            return wrong(c, s, "a text", "something else");
        return 0;
    default: return complete_scalar(c, s, a);
    }
}

/* ---- Running ---------------------------------------------------------- */

static bool same_place(const mlrt_tensor *a, const mlrt_tensor *b) {
    size_t n = (size_t)a->ndim * sizeof *a->stride;
    return a->offset == b->offset && mlrt__same_shape(a, b) &&
           memcmp(a->stride, b->stride, n) == 0;
}

/* Operands that forward cannot read as they are are replaced by copies:
 * those it wants in C order, and those that share memory with a target
 * written in place without being the same elements. */
static bool needs_copy(const mlrt__call *c, int i) {
    const mlrt_tensor *t = c->arg[i].u.t;
    if ((c->op->contiguous & MLRT__IN(i)) && !mlrt__contiguous(t))
        return true;
    if (!c->in_place || i == 0)
        return false;
    const mlrt_tensor *x = c->arg[0].u.t;
    return t->storage == x->storage && !same_place(t, x);
}

static int run_forward(mlrt__call *c) {
    if (c->scratch_bytes && !(c->scratch = mlrt__alloc(c->m, c->scratch_bytes)))
        return MLRT_ENOMEM;
    int err = c->op->forward(c);
    mlrt__free(c->m, c->scratch, c->scratch_bytes);
    return err;
}

static int forward(mlrt__call *c) {
    mlrt_tensor *given[MLRT_MAX_ARGS];
    uint32_t copied = 0;
    int err = 0;
    if (!c->op->contiguous && !c->in_place)
        return run_forward(c);
    for (int i = 0; i < c->nargs && !err; i++) {
        if (c->arg[i].kind != MLRT_VAL_TENSOR || !needs_copy(c, i))
            continue;
        mlrt_tensor *t = mlrt__copy_of(c->m, c->arg[i].u.t);
        if (!t) {
            err = MLRT_ENOMEM;
            break;
        }
        given[i] = c->arg[i].u.t;
        c->arg[i].u.t = t;
        copied |= MLRT__IN(i);
    }
    if (!err)
        err = run_forward(c);
    for (int i = 0; copied >> i; i++)
        if (copied & MLRT__IN(i)) {
            mlrt__drop(c->m, c->arg[i].u.t);
            c->arg[i].u.t = given[i];
        }
    return err;
}

static mlrt_tensor *make_output(mlrt__call *c, int i) {
    mlrt__spec *o = &c->out[i];
    if (c->op->kind == MLRT_VIEW) {
        mlrt_tensor *x = mlrt__t(c, 0);
        mlrt_tensor *y = mlrt__handle(c->m, x->storage, o->dtype, o->ndim,
                                      o->shape, o->stride, o->offset);
        if (y)
            y->flags |= MLRT__VIEW;
        return y;
    }
    if (c->in_place && i == 0)
        return mlrt_retain(mlrt__t(c, 0));
    return c->like ? mlrt__empty_like(c->m, o->dtype, c->like)
                   : mlrt_empty(c->m, (mlrt_dtype)o->dtype, o->ndim, o->shape);
}

static int check_target(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    const mlrt__spec *o = &c->out[0];
    if (!x || (x->flags & MLRT__WRAPPED))
        return mlrt__bad(c, MLRT_EARG, "the target is not a tensor");
    if (c->op->kind != MLRT_INPLACE &&
        (o->dtype != x->dtype || o->ndim != x->ndim ||
         memcmp(o->shape, x->shape, (size_t)o->ndim * sizeof *o->shape))) {
        char p[MLRT__SHAPE_TEXT];
        return mlrt__bad(c, MLRT_ESHAPE,
                         "the result, %s %s, does not fit into the target, "
                         "%s %s",
                         mlrt_dtype_name((mlrt_dtype)o->dtype),
                         mlrt__shape_text(p, o->ndim, o->shape),
                         mlrt_dtype_name((mlrt_dtype)x->dtype), MLRT__ST(x));
    }
    return mlrt__check_inplace(c, x);
}

/* Outputs that were not made here are references no scope knows of. */
static bool plain(const mlrt__call *c, int i) {
    return c->op->compose || (c->in_place && i == 0);
}

static void release_outputs(mlrt__call *c, int from) {
    for (int i = from; i < c->nout; i++)
        if (plain(c, i))
            mlrt_release(c->y[i]);
        else
            mlrt__drop(c->m, c->y[i]);
}

/* Floating-point operations of a call whose outputs are there. */
static double cost(const mlrt__call *c) {
    return c->op->flops     ? c->op->flops(c)
           : c->op->forward ? (double)c->y[0]->numel
                            : 0;
}

static int run_and_record(mlrt__call *c) {
    double flops = cost(c);
    int err = c->m->flops_limited ? mlrt__afford(c, flops) : 0;
    if (err)
        return err;
    if (c->op->forward)
        err = forward(c);
    if (c->in_place)
        mlrt__wrote(c->y[0], c->op->name);
    if (err)
        return err;
    c->m->flops += flops;
    if (c->m->flops >= c->m->progress_at)
        mlrt__tell_progress(c->m);
    return mlrt__records(c) ? mlrt__record(c) : 0;
}

/* A row with shape and forward. */
static int run_primitive(mlrt__call *c) {
    int err = mlrt__limited(c->m) && c->op->forward ? mlrt__afford_operands(c)
                                                    : 0;
    if (!err)
        err = c->op->shape(c);
    if (!err && c->in_place)
        err = check_target(c);
    if (err)
        return err;
    for (int i = 0; i < c->nout; i++)
        if (!(c->y[i] = make_output(c, i)))
            return MLRT_ENOMEM;
    if (c->in_place)
        err = mlrt__keep_before(c);
    int watch = c->m->anomaly ? mlrt__watch_before(c) : 0;
    if (!err)
        err = run_and_record(c);
    if (watch && !err)
        err = mlrt__watch_after(c, watch);
    if (c->kept)
        mlrt__drop_before(c);
    return err;
}

/* A message begins with the operation that was called, not with one that it
 * is made of. */
static void rename_failure(const mlrt__call *c) {
    const char *text = c->m->errmsg, *end = strstr(text, ": ");
    char inner[64];
    size_t n = end ? (size_t)(end - text) : 0;
    if (n == 0 || n >= sizeof inner)
        return;
    memcpy(inner, text, n);
    inner[inner[n - 1] == '_' ? n - 1 : n] = 0;
    if (mlrt_op_find(c->m, inner) >= 0 && strcmp(inner, c->op->name) != 0)
        mlrt_fail(c->m, c->m->errcode, "%s%s", c->op->name, end);
}

/* A row made of other operations, which record themselves. */
static int run_composite(mlrt__call *c) {
    int err = mlrt_scope_begin(c->m);
    if (err)
        return err;
    err = c->op->compose(c);
    for (int i = 0; i < c->nout; i++) {
        if (!err && !c->y[i])
            err = c->m->errcode ? c->m->errcode : MLRT_ESTATE;
        /* An argument given back as it was is a new reference too. */
        mlrt_retain(c->y[i]);
    }
    mlrt_scope_end(c->m);
    if (err)
        rename_failure(c);
    return err;
}

static int refuse(mlrt *m, const char *name) {
    if (m->closed)
        return mlrt_fail(m, MLRT_ESTATE, "%s: the context is closed", name);
    if (m->reclaiming)
        return mlrt_fail(m, MLRT_ESTATE,
                         "%s: called while memory is being "
                         "reclaimed",
                         name);
    return mlrt__stopped(m);
}

static void call_init(mlrt__call *c, mlrt *m, int id, bool in_place) {
    c->m = m;
    c->id = id;
    c->op = m->op[id];
    c->nargs = m->info[id].nargs;
    c->in_place = in_place || c->op->kind == MLRT_INPLACE;
    c->nout = m->all_outs[id];
    c->shown = m->info[id].nouts;
    c->out = c->inline_out;
    c->y = c->inline_y;
    memset(c->inline_y, 0, sizeof c->inline_y);
    c->scratch_bytes = 0;
    c->scratch = NULL;
    c->like = NULL;
    c->kept = 0;
    c->nnumbers = c->npairs = 0;
}

/* Hands visible outputs to the caller, lets go of the rest. */
static int hand_over(mlrt__call *c, mlrt_tensor **outs, int max_outs) {
    int visible = c->shown;
    int n = visible < 0 || visible > c->nout ? c->nout : visible;
    if (n > max_outs) {
        release_outputs(c, 0);
        return mlrt__bad(c, MLRT_EARG, "%d outputs, room for %d", n, max_outs);
    }
    for (int i = 0; i < n; i++)
        if (plain(c, i) && mlrt__adopt(c->m, c->y[i]) != 0) {
            release_outputs(c, i);
            return MLRT_ENOMEM;
        }
    memcpy(outs, c->y, (size_t)n * sizeof *outs);
    release_outputs(c, n);
    return n;
}

int mlrt_op_call(mlrt *m, int id, const mlrt_arg *args, bool in_place,
                 mlrt_tensor **outs, int max_outs) {
    if (id < 0 || id >= m->nops)
        return mlrt_fail(m, MLRT_EARG, "op_call: no operation %d", id);
    if (m->closed || m->reclaiming || mlrt__stop(m))
        return refuse(m, m->op[id]->name);
    mlrt__call c;
    mlrt__span span;
    call_init(&c, m, id, in_place);
    if (in_place && !c.op->inplace && c.op->kind != MLRT_INPLACE)
        return mlrt__bad(&c, MLRT_EARG, "has no in-place form");
    int err = 0;
    for (int i = 0; i < c.nargs && !err; i++) {
        c.arg[i] = args[i];
        err = complete(&c, &m->info[id].spec[i], &c.arg[i]);
    }
    if (m->profile)
        mlrt__span_begin(m, &span);
    if (!err)
        err = c.op->compose ? run_composite(&c) : run_primitive(&c);
    if (m->profile)
        mlrt__profile_op(&c, &span, err);
    if (err)
        release_outputs(&c, 0);
    else
        err = hand_over(&c, outs, max_outs);
    if (c.out != c.inline_out)
        mlrt__free(m, c.out, outs_bytes(c.nout));
    return err;
}
