/* elementwise.c: element types and shapes of elementwise rows, and running
 * their loops. */
#include "elementwise.h"

#include "../copy.h"
#include "../kernels/copy.h"

enum { MOST = 4 }; /* operands of a row */

/* ---- Numbers ---------------------------------------------------------- */

static bool is_number(const mlrt_tensor *t) {
    return t->flags & MLRT__WRAPPED;
}

/* Is the number whole, and then which? */
static bool whole(const mlrt_tensor *t, int64_t *value) {
    if (t->dtype == MLRT_I64) {
        memcpy(value, t->storage->data, sizeof *value);
        return true;
    }
    double d;
    memcpy(&d, t->storage->data, sizeof d);
    if (!(d >= -9223372036854775808.0 && d < 9223372036854775808.0))
        return false;
    *value = (int64_t)d;
    return (double)*value == d;
}

static bool fits(int dtype, int64_t v) {
    return dtype == MLRT_U8    ? v >= 0 && v <= UINT8_MAX
           : dtype == MLRT_I32 ? v >= INT32_MIN && v <= INT32_MAX
                               : true;
}

/* What the number `t` makes of the dtype that the tensors have in common. */
static int beside(const mlrt_tensor *t, int dtype, mlrt__kind kind) {
    int64_t v = 0;
    if (mlrt__is_float(dtype))
        return dtype;
    if (!whole(t, &v))
        return dtype == MLRT_INDEX ? MLRT_DTYPE_NONE : MLRT_F32;
    if (dtype == MLRT_BOOL)
        return MLRT_I64;
    bool widens = kind == MLRT__TRUTHS || kind == MLRT__ORDERED;
    return widens && !fits(dtype, v) ? MLRT_I64 : dtype;
}

/* Nothing but numbers: i64 if all are written as integers, else f32. */
static int of_numbers(const mlrt__call *c, int first, int last) {
    for (int i = first; i <= last; i++)
        if (mlrt__t(c, i) && mlrt__t(c, i)->dtype != MLRT_I64)
            return MLRT_F32;
    return MLRT_I64;
}

/* ---- Element types ---------------------------------------------------- */

#define NAME_OF(c, i)                                                          \
    (c)->m->info[(c)->id].spec[i].name_len, (c)->m->info[(c)->id].spec[i].name

static int no_mix(const mlrt__call *c, int i, int dtype) {
    const mlrt_tensor *t = mlrt__t(c, i);
    if (is_number(t))
        return mlrt__bad(c, MLRT_EDTYPE,
                         "argument '%.*s': a position expected beside an "
                         "index, got a fraction",
                         NAME_OF(c, i));
    return mlrt__bad(c, MLRT_EDTYPE,
                     "argument '%.*s': %s and %s do not mix; convert an "
                     "index with x:to(\"i64\")",
                     NAME_OF(c, i), mlrt_dtype_name((mlrt_dtype)dtype),
                     mlrt_dtype_name((mlrt_dtype)t->dtype));
}

/* Most calls mix nothing: tensors of one dtype. */
static bool all_alike(const mlrt__call *c, int first, int last, int *dtype) {
    const mlrt_tensor *t = mlrt__t(c, first);
    *dtype = t ? t->dtype : MLRT_DTYPE_NONE;
    for (int i = first; i <= last; i++) {
        t = mlrt__t(c, i);
        if (!t || is_number(t) || t->dtype != *dtype)
            return false;
    }
    return true;
}

static int promote_tensors(const mlrt__call *c, int first, int last,
                           int *dtype) {
    *dtype = MLRT_DTYPE_NONE;
    for (int i = first; i <= last; i++) {
        const mlrt_tensor *t = mlrt__t(c, i);
        if (!t || is_number(t))
            continue;
        int before = *dtype;
        *dtype = before == MLRT_DTYPE_NONE
                     ? t->dtype
                     : (int)mlrt_promote((mlrt_dtype)before,
                                         (mlrt_dtype)t->dtype);
        if (*dtype == MLRT_DTYPE_NONE)
            return no_mix(c, i, before);
    }
    return 0;
}

static int promote(const mlrt__call *c, int first, int last, mlrt__kind kind,
                   int *dtype) {
    int err = promote_tensors(c, first, last, dtype);
    if (err)
        return err;
    if (*dtype == MLRT_DTYPE_NONE)
        *dtype = of_numbers(c, first, last);
    for (int i = first; i <= last; i++) {
        const mlrt_tensor *t = mlrt__t(c, i);
        if (!t || !is_number(t))
            continue;
        *dtype = beside(t, *dtype, kind);
        if (*dtype == MLRT_DTYPE_NONE)
            return no_mix(c, i, MLRT_INDEX);
    }
    return 0;
}

/* Whole numbers must fit where they are neither wrapped nor made i64. */
static int check_fit(const mlrt__call *c, int first, int last, int dtype) {
    for (int i = first; i <= last; i++) {
        const mlrt_tensor *t = mlrt__t(c, i);
        int64_t v;
        if (t && is_number(t) && whole(t, &v) && !mlrt__is_float(dtype) &&
            !fits(dtype, v))
            return mlrt__bad(c, MLRT_EARG,
                             "argument '%.*s': %lld does not fit into %s; "
                             "convert with x:to(\"i64\")",
                             NAME_OF(c, i), (long long)v,
                             mlrt_dtype_name((mlrt_dtype)dtype));
    }
    return 0;
}

static int no_arithmetic(const mlrt__call *c, int first, int dtype) {
    bool index = dtype == MLRT_INDEX;
    return mlrt__bad(c, MLRT_EDTYPE,
                     "argument '%.*s': %s has no arithmetic; convert with "
                     "x:to(\"%s\")",
                     NAME_OF(c, first), index ? "an index" : "bool",
                     index ? "i64" : "f32");
}

int mlrt__common_dtype(const mlrt__call *c, int first, int last,
                       mlrt__kind kind, int *dtype) {
    int err = all_alike(c, first, last, dtype)
                  ? 0
                  : promote(c, first, last, kind, dtype);
    if (err)
        return err;
    if (kind < MLRT__ORDERED && *dtype == MLRT_INDEX)
        return no_arithmetic(c, first, *dtype);
    if (kind <= MLRT__FLOATS && *dtype == MLRT_BOOL)
        return no_arithmetic(c, first, *dtype);
    if (kind == MLRT__BITS && mlrt__is_float(*dtype))
        return mlrt__bad(c, MLRT_EDTYPE,
                         "argument '%.*s': integers or bool expected, got %s",
                         NAME_OF(c, first),
                         mlrt_dtype_name((mlrt_dtype)*dtype));
    if (kind == MLRT__FLOATS && !mlrt__is_float(*dtype))
        *dtype = MLRT_F32;
    return kind == MLRT__NUMBERS || kind == MLRT__ANYTHING
               ? check_fit(c, first, last, *dtype)
               : 0;
}

/* ---- Shapes ----------------------------------------------------------- */

static size_t rounded(size_t bytes) {
    return (bytes + 63) & ~(size_t)63;
}

/* Room to convert what has another dtype; one element needs none. */
static int converted_bytes(mlrt__call *c, int first, int last, int dtype) {
    for (int i = first; i <= last; i++) {
        const mlrt_tensor *t = mlrt__t(c, i);
        size_t bytes;
        if (!t || t->dtype == dtype || t->numel <= 1)
            continue;
        if (!mlrt__mul((size_t)t->numel, mlrt__dsize(dtype), &bytes))
            return mlrt__bad(c, MLRT_ENOMEM, "too many elements");
        c->scratch_bytes += rounded(bytes);
    }
    return 0;
}

static bool has_shape(const mlrt_tensor *t, const mlrt__spec *o) {
    return t->ndim == o->ndim &&
           memcmp(t->shape, o->shape, (size_t)t->ndim * sizeof *t->shape) == 0;
}

static int broadcast_all(mlrt__call *c, int last) {
    mlrt__spec *o = &c->out[0];
    int64_t shape[MLRT_MAX_DIMS];
    const mlrt_tensor *t = mlrt__t(c, 0);
    int n, err = 0;
    o->ndim = 0;
    if (t)
        mlrt__out_like(c, 0, t);
    for (int i = 1; i <= last && !err; i++) {
        t = mlrt__t(c, i);
        if (!t || has_shape(t, o))
            continue;
        err = mlrt__broadcast(c, o->ndim, o->shape, t->ndim, t->shape, &n,
                              shape);
        if (!err)
            mlrt__out(c, 0, o->dtype, n, shape);
    }
    return err;
}

/* Does t look like x, which is in C order, in every respect? */
static bool alike(const mlrt_tensor *t, const mlrt_tensor *x) {
    if (t->dtype != x->dtype || t->ndim != x->ndim)
        return false;
    for (int d = 0; d < x->ndim; d++)
        if (t->shape[d] != x->shape[d] || t->stride[d] != x->stride[d])
            return false;
    return true;
}

/* The tensor that all operands look like, numbers aside. */
static const mlrt_tensor *find_like(const mlrt__call *c, int last) {
    const mlrt_tensor *x = NULL;
    for (int i = 0; i <= last; i++) {
        const mlrt_tensor *t = mlrt__t(c, i);
        if (!t || (x && !is_number(t) && !alike(t, x)))
            return NULL;
        if (!x && !is_number(t)) {
            if (!mlrt__is_float(t->dtype) || !mlrt__contiguous(t))
                return NULL;
            x = t;
        }
    }
    return x;
}

int mlrt__elementwise_shape(mlrt__call *c, int first, int last, mlrt__kind kind,
                            int out) {
    if (first == 0 && kind != MLRT__BITS && (c->like = find_like(c, last))) {
        c->common = c->like->dtype;
        mlrt__out_like(c, 0, c->like);
        if (out != MLRT_DTYPE_NONE)
            c->out[0].dtype = out;
        return 0;
    }
    int dtype, err = mlrt__common_dtype(c, first, last, kind, &dtype);
    if (err)
        return err;
    c->common = dtype;
    err = converted_bytes(c, first, last, dtype);
    if (!err)
        err = broadcast_all(c, last);
    c->out[0].dtype = out == MLRT_DTYPE_NONE ? dtype : out;
    return err;
}

/* ---- Running ---------------------------------------------------------- */

/* A tensor in another dtype: one element in `element`, or in scratch. */
typedef struct converted {
    mlrt_tensor t;
    mlrt__storage s;
    double element;
} converted;

static int convert(mlrt *m, converted *x, const mlrt_tensor *from, int dtype,
                   char **scratch) {
    const int64_t steps[2] = {0, 0};
    mlrt__on_stack(&x->t, &x->s, m, dtype, &x->element);
    if (from->numel == 1) {
        char *p[2] = {(char *)&x->element, mlrt__ptr(from)};
        m->k->copy->cast[from->dtype][dtype](p, steps, 1, NULL);
        return 0;
    }
    x->t.ndim = from->ndim;
    x->t.numel = from->numel;
    memcpy(x->t.shape, from->shape, sizeof from->shape);
    mlrt__contiguous_strides(from->ndim, from->shape, x->t.stride);
    x->s.bytes = (size_t)from->numel * mlrt__dsize(dtype);
    x->s.data = *scratch;
    *scratch += rounded(x->s.bytes);
    return mlrt__copy_into(m, from, &x->t);
}

/* All operands lie as y does, or are single elements: one plain run. */
static bool plain_run(mlrt__iter *it, const mlrt_tensor *y,
                      const mlrt_tensor *const *t, int n) {
    if (!mlrt__contiguous(y))
        return false;
    for (int i = 0; i < n; i++)
        if (t[i]->numel != 1 &&
            (t[i]->numel != y->numel || !mlrt__contiguous(t[i])))
            return false;
    it->nops = n + 1;
    it->ndim = 1;
    it->weight = 1;
    it->numel = it->shape[0] = y->numel;
    it->ptr[0] = mlrt__ptr(y);
    it->stride[0][0] = (int64_t)mlrt__dsize(y->dtype);
    for (int i = 0; i < n; i++) {
        bool one = t[i]->numel == 1;
        it->ptr[i + 1] = mlrt__ptr(t[i]);
        it->stride[i + 1][0] = one ? 0 : (int64_t)mlrt__dsize(t[i]->dtype);
    }
    return true;
}

/* One plain run that is too short to be cut. */
static void run_small(const mlrt__call *c, const mlrt__iter *it, int dtype,
                      const double *k) {
    int64_t step[MOST + 1];
    for (int i = 0; i < it->nops; i++)
        step[i] = it->stride[i][0];
    mlrt__loop_of(c, dtype)(it->ptr, step, it->numel, k);
}

static void general_run(mlrt__iter *it, const mlrt_tensor *y,
                        const mlrt_tensor *const *t, int n) {
    mlrt__iter_init(it, y->ndim, y->shape);
    mlrt__iter_add(it, y);
    for (int i = 0; i < n; i++)
        mlrt__iter_add(it, t[i]);
    mlrt__iter_merge(it);
}

int mlrt__map(mlrt__call *c, const mlrt_tensor *const *t, int n, int first,
              int dtype, const double *k) {
    const mlrt_tensor *in[MOST], *y = c->y[0];
    converted other[MOST];
    char *scratch = c->scratch;
    mlrt__iter it;
    if (y->numel == 0)
        return 0;
    for (int i = 0; i < n; i++) {
        in[i] = t[i];
        if (i < first || t[i]->dtype == dtype)
            continue;
        int err = convert(c->m, &other[i], t[i], dtype, &scratch);
        if (err)
            return err;
        in[i] = &other[i].t;
    }
    if (!plain_run(&it, y, in, n))
        general_run(&it, y, in, n);
    else if (y->numel <= MLRT__GRAIN) {
        run_small(c, &it, dtype, k);
        return 0;
    }
    return mlrt__iter_run(c->m, &it, mlrt__loop_of(c, dtype), k, !c->in_place);
}

/* The usual case, too short to be cut: one plain run. */
static int run_alike(mlrt__call *c, int last, const double *k) {
    double number[MOST];
    char *p[MOST + 1];
    int64_t step[MOST + 1], size = (int64_t)mlrt__dsize(c->common);
    p[0] = mlrt__ptr(c->y[0]);
    step[0] = (int64_t)mlrt__dsize(c->y[0]->dtype);
    for (int i = 0; i <= last; i++) {
        const mlrt_tensor *t = mlrt__t(c, i);
        p[i + 1] = is_number(t) ? (char *)&number[i] : mlrt__ptr(t);
        step[i + 1] = is_number(t) ? 0 : size;
        if (is_number(t))
            c->m->k->copy->cast[t->dtype][c->common](
                (char *[]){p[i + 1], t->storage->data}, (int64_t[]){0, 0}, 1,
                NULL);
    }
    mlrt__loop_of(c, c->common)(p, step, c->y[0]->numel, k);
    return 0;
}

int mlrt__elementwise(mlrt__call *c, int first, int last, const double *k) {
    const mlrt_tensor *t[MOST];
    if (c->like && c->like->numel > 0 && c->like->numel <= MLRT__GRAIN)
        return run_alike(c, last, k);
    for (int i = 0; i <= last; i++)
        t[i] = mlrt__t(c, i);
    return mlrt__map(c, t, last + 1, first, c->common, k);
}

int mlrt__elementwise_as(mlrt__call *c, int first, int last, const char *name,
                         const double *k) {
    int id = c->id, err;
    c->id = mlrt_op_find(c->m, name);
    err = mlrt__elementwise(c, first, last, k);
    c->id = id;
    return err;
}

/* ---- The rules of many rows ------------------------------------------- */

int mlrt__number_shape(mlrt__call *c) {
    return mlrt__elementwise_shape(c, 0, 0, MLRT__NUMBERS, MLRT_DTYPE_NONE);
}
int mlrt__number_forward(mlrt__call *c) {
    return mlrt__elementwise(c, 0, 0, NULL);
}
int mlrt__float_shape(mlrt__call *c) {
    return mlrt__elementwise_shape(c, 0, 0, MLRT__FLOATS, MLRT_DTYPE_NONE);
}
int mlrt__float_forward(mlrt__call *c) {
    return mlrt__elementwise(c, 0, 0, NULL);
}
int mlrt__pair_shape(mlrt__call *c) {
    return mlrt__elementwise_shape(c, 0, 1, MLRT__FLOATS, MLRT_DTYPE_NONE);
}
int mlrt__pair_forward(mlrt__call *c) {
    return mlrt__elementwise(c, 0, 1, NULL);
}

mlrt_tensor *mlrt__zeros_of(mlrt__walk *w, int i) {
    const mlrt__edge *e = mlrt__operand(w, i);
    return mlrt__full(w->m, e->dtype, e->ndim, e->shape, 0);
}
