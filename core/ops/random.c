/* random.c: random tensors, drawing and dropping out.
 *
 * Every operation takes what it needs from the generator at once, whole
 * batches of blocks; an element then depends on the key, on where that
 * begins and on its own number, never on threads or instruction sets.
 */
#include "../kernels/random.h"

#include <math.h>

#include "../copy.h"
#include "../kernels/copy.h"
#include "random.h"

/* ---- Running a kernel ------------------------------------------------- */

enum { GRAIN = 1 << 14, PIECE = 512 }; /* whole batches of either kind */

typedef struct drawing {
    mlrt__draw *draw;
    mlrt__loop *cast; /* integers to another type; NULL: none */
    mlrt__law law;
    uint64_t key, first;
    const char *x; /* NULL: no input */
    char *y;
    size_t size;
    int64_t n, per;
} drawing;

uint64_t mlrt__blocks(int64_t n, int64_t per) {
    return (uint64_t)((n + per - 1) / per) * MLRT__BATCH;
}

static void draw_piece(const drawing *d, int64_t at, int64_t n) {
    uint64_t first = d->first + (uint64_t)(at / d->per) * MLRT__BATCH;
    char *y = d->y + (size_t)at * d->size;
    const char *x = d->x ? d->x + (size_t)at * d->size : NULL;
    int64_t whole[PIECE];
    if (!d->cast) {
        d->draw(d->key, first, x, y, n, &d->law);
        return;
    }
    const int64_t steps[2] = {(int64_t)d->size, sizeof *whole};
    char *p[2] = {y, (char *)whole};
    d->draw(d->key, first, x, whole, n, &d->law);
    d->cast(p, steps, n, NULL);
}

static void draw_task(void *arg, int64_t i) {
    const drawing *d = arg;
    int64_t step = d->cast ? PIECE : GRAIN;
    int64_t end = (i + 1) * GRAIN < d->n ? (i + 1) * GRAIN : d->n;
    for (int64_t at = i * GRAIN; at < end; at += step)
        draw_piece(d, at, end - at < step ? end - at : step);
}

static int draw_all(mlrt__call *c, drawing *d, mlrt_tensor *y, bool poll) {
    d->size = mlrt__dsize(y->dtype);
    d->n = y->numel;
    if (!d->y)
        d->y = mlrt__ptr(y);
    return mlrt__parallel(c->m, (d->n + GRAIN - 1) / GRAIN, draw_task, d, poll);
}

/* What n elements of a generator's stream need. */
static void take(drawing *d, mlrt_generator *g, int64_t n, int64_t per) {
    d->key = g->key;
    d->per = per;
    d->first = mlrt__take(g, mlrt__blocks(n, per));
}

/* uniform or normal, a + b times the standard one. */
static int draw_floats(mlrt__call *c, mlrt__draw *const draw[2], int generator,
                       double a, double b) {
    mlrt_tensor *y = c->y[0];
    bool f64 = y->dtype == MLRT_F64;
    drawing d = {.draw = draw[f64], .law = {.a = a, .b = b}};
    take(&d, mlrt__gen(c, generator), y->numel,
         f64 ? MLRT__DOUBLES : MLRT__SINGLES);
    if (mlrt__contiguous(y))
        return draw_all(c, &d, y, !c->in_place);
    d.y = c->scratch;
    int err = draw_all(c, &d, y, false);
    mlrt__storage s = {.data = c->scratch};
    mlrt_tensor drawn = *y;
    drawn.storage = &s;
    drawn.offset = 0;
    mlrt__contiguous_strides(y->ndim, y->shape, drawn.stride);
    return err ? err : mlrt__copy_into(c->m, &drawn, y);
}

/* ---- rand, randn ------------------------------------------------------ */

static int float_out(mlrt__call *c, int dtype, int ndim, const int64_t *shape) {
    int64_t numel;
    if (!mlrt__is_float(dtype))
        return mlrt__bad(c, MLRT_EDTYPE, "dtype f32 or f64 expected, got %s",
                         mlrt_dtype_name((mlrt_dtype)dtype));
    int err = mlrt__shape_numel(c->m, c->op->name, ndim, shape, &numel);
    return err ? err : mlrt__out(c, 0, dtype, ndim, shape);
}

static int rand_shape(mlrt__call *c) {
    return float_out(c, (int)mlrt__i(c, 1), c->arg[0].n, c->arg[0].u.v);
}
static int rand_like_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    int dtype = mlrt__has(c, 1) ? (int)mlrt__i(c, 1) : x->dtype;
    return float_out(c, dtype, x->ndim, x->shape);
}
static int rand_forward(mlrt__call *c) {
    return draw_floats(c, c->m->k->random->uniform, 2, 0, 1);
}
static int randn_forward(mlrt__call *c) {
    return draw_floats(c, c->m->k->random->normal, 2, 0, 1);
}

/* ---- uniform_, normal_ ------------------------------------------------ */

static int refill_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    int err = mlrt__want_float(c, 0);
    if (!mlrt__contiguous(x))
        c->scratch_bytes = mlrt_nbytes(x);
    mlrt__out_like(c, 0, x);
    return err;
}

static int uniform_shape(mlrt__call *c) {
    double low = mlrt__d(c, 1), high = mlrt__d(c, 2), width = high - low;
    if (mlrt__t(c, 0)->dtype == MLRT_F32)
        width = (double)(float)width;
    if (!(low <= high) || !isfinite(width))
        return mlrt__bad(c, MLRT_EARG,
                         "low <= high expected, not too far apart, got %g and "
                         "%g",
                         low, high);
    return refill_shape(c);
}
static int uniform_forward(mlrt__call *c) {
    double low = mlrt__d(c, 1);
    return draw_floats(c, c->m->k->random->uniform, 3, low,
                       mlrt__d(c, 2) - low);
}

static int normal_fill_shape(mlrt__call *c) {
    double std = mlrt__d(c, 2);
    if (!(std >= 0))
        return mlrt__bad(c, MLRT_EARG,
                         "argument 'std': 0 or more expected, got %g", std);
    return refill_shape(c);
}
static int normal_fill_forward(mlrt__call *c) {
    return draw_floats(c, c->m->k->random->normal, 3, mlrt__d(c, 1),
                       mlrt__d(c, 2));
}

/* What was there before has no influence. */
static void refill_backward(mlrt__walk *w) {
    const mlrt__edge *e = mlrt__operand(w, 0);
    mlrt__give(w, 0, mlrt_zeros(w->m, e->shape, e->ndim, (mlrt_dtype)e->dtype));
}

/* ---- normal ----------------------------------------------------------- */

static bool is_number(const mlrt_tensor *t) {
    return t->flags & MLRT__WRAPPED;
}

/* The dtype and shape of mean + std * z. */
static int normal_spec(mlrt__call *c, mlrt_dtype *dtype, int *ndim,
                       int64_t *shape) {
    const mlrt_tensor *mean = mlrt__t(c, 0), *std = mlrt__t(c, 1);
    bool given = mlrt__has(c, 2), numbers = is_number(mean) && is_number(std);
    if (given != numbers)
        return mlrt__bad(c, MLRT_EARG,
                         numbers
                             ? "two numbers need a shape"
                             : "the shape is that of the tensors; give none");
    *dtype = is_number(mean)  ? (mlrt_dtype)std->dtype
             : is_number(std) ? (mlrt_dtype)mean->dtype
                              : mlrt_promote((mlrt_dtype)mean->dtype,
                                             (mlrt_dtype)std->dtype);
    if (numbers)
        *dtype = mlrt__has(c, 3) ? (mlrt_dtype)mlrt__i(c, 3) : MLRT_F32;
    else if (!mlrt__is_float(*dtype) || mlrt__has(c, 3))
        return mlrt__bad(c, MLRT_EDTYPE,
                         "tensors of f32 or f64 expected, which give the "
                         "dtype");
    if (!numbers)
        return mlrt__broadcast(c, mean->ndim, mean->shape, std->ndim,
                               std->shape, ndim, shape);
    *ndim = c->arg[2].n;
    if (*ndim > 0 && *ndim <= MLRT_MAX_DIMS)
        memcpy(shape, c->arg[2].u.v, (size_t)*ndim * sizeof *shape);
    return float_out(c, *dtype, *ndim, c->arg[2].u.v);
}

static int normal_compose(mlrt__call *c) {
    mlrt *m = c->m;
    mlrt_tensor *mean = mlrt__t(c, 0), *std = mlrt__t(c, 1);
    int64_t shape[MLRT_MAX_DIMS];
    mlrt_dtype dtype = MLRT_F32;
    int ndim, err = normal_spec(c, &dtype, &ndim, shape);
    double spread = 0;
    if (!err && is_number(std))
        err = mlrt_item(std, &spread);
    if (!err && !(spread >= 0))
        err = mlrt__bad(c, MLRT_EARG,
                        "argument 'std': 0 or more expected, got %g", spread);
    if (err)
        return err;
    mlrt_tensor *z = mlrt_randn(m, shape, ndim, dtype, mlrt__gen(c, 4));
    c->y[0] = mlrt_add(m, mlrt_mul(m, z, std), mean);
    return 0;
}

/* ---- randint ---------------------------------------------------------- */

static int want_integer(const mlrt__call *c, int i, const char *name,
                        int64_t *v) {
    const mlrt_arg *a = &c->arg[i];
    if (a->kind == MLRT_VAL_INT) {
        *v = a->u.i;
        return 0;
    }
    if (!(fabs(a->u.d) < 0x1p63) || a->u.d != trunc(a->u.d))
        return mlrt__bad(c, MLRT_EARG,
                         "argument '%s': integer expected, got %g", name,
                         a->u.d);
    *v = (int64_t)a->u.d;
    return 0;
}

/* Does every integer in low..high-1 exist in the dtype? */
static bool holds(int dtype, int64_t low, int64_t high) {
    static const int64_t most[] = {
        [MLRT_F32] = 1 << 24,    [MLRT_F64] = (int64_t)1 << 53,
        [MLRT_I64] = INT64_MAX,  [MLRT_I32] = INT32_MAX,
        [MLRT_U8] = 255,         [MLRT_BOOL] = 1,
        [MLRT_INDEX] = INT64_MAX};
    bool is_signed = dtype != MLRT_U8 && dtype != MLRT_BOOL &&
                     dtype != MLRT_INDEX;
    int64_t least = !is_signed                               ? 0
                    : dtype == MLRT_I64 || dtype == MLRT_I32 ? -most[dtype] - 1
                                                             : -most[dtype];
    return low >= least && high - 1 <= most[dtype];
}

static int randint_shape(mlrt__call *c) {
    int64_t low, high, numel;
    int dtype = (int)mlrt__i(c, 3), n = c->arg[2].n;
    int err = want_integer(c, 0, "low", &low);
    if (!err)
        err = want_integer(c, 1, "high", &high);
    if (!err && low >= high)
        err = mlrt__bad(c, MLRT_EARG, "low < high expected, got %lld and %lld",
                        (long long)low, (long long)high);
    if (!err && !holds(dtype, low, high))
        err = mlrt__bad(c, MLRT_EARG, "%lld..%lld does not fit %s",
                        (long long)low, (long long)high - 1,
                        mlrt_dtype_name((mlrt_dtype)dtype));
    if (!err)
        err = mlrt__shape_numel(c->m, "randint", n, c->arg[2].u.v, &numel);
    return err ? err : mlrt__out(c, 0, dtype, n, c->arg[2].u.v);
}

static int randint_forward(mlrt__call *c) {
    mlrt_tensor *y = c->y[0];
    drawing d = {.draw = c->m->k->random->integers};
    int64_t high;
    int err = want_integer(c, 0, "low", &d.law.low);
    if (!err)
        err = want_integer(c, 1, "high", &high);
    if (err)
        return err;
    d.law.count = (uint64_t)high - (uint64_t)d.law.low;
    if (y->dtype != MLRT_I64 && y->dtype != MLRT_INDEX)
        d.cast = c->m->k->copy->cast[MLRT_I64][y->dtype];
    take(&d, mlrt__gen(c, 4), y->numel, MLRT__DOUBLES);
    return draw_all(c, &d, y, true);
}

/* Its low and high stand behind x, in whose shape it draws. */
static int randint_like_compose(mlrt__call *c) {
    enum { X, LOW, HIGH, DTYPE, GENERATOR };
    const mlrt_tensor *x = mlrt__t(c, X);
    int dtype = mlrt__has(c, DTYPE) ? (int)mlrt__i(c, DTYPE) : x->dtype;
    mlrt_arg args[] = {c->arg[LOW],
                       c->arg[HIGH],
                       {.kind = MLRT_VAL_INTS, .n = x->ndim, .u.v = x->shape},
                       {.kind = MLRT_VAL_INT, .u.i = dtype},
                       c->arg[GENERATOR]};
    int n = mlrt_op_call(c->m, mlrt_op_find(c->m, "randint"), args, false, c->y,
                         1);
    return n < 0 ? n : 0;
}

/* ---- bernoulli -------------------------------------------------------- */

/* Runs over each element of x, p[0]: counts those outside 0..1. */
static int64_t outside(const mlrt_tensor *x) {
    int64_t n = 0;
    const float *f = (const float *)(const void *)mlrt__ptr(x);
    const double *d = (const double *)(const void *)mlrt__ptr(x);
    if (x->dtype == MLRT_F32)
        for (int64_t i = 0; i < x->numel; i++)
            n += !(f[i] >= 0 && f[i] <= 1);
    else
        for (int64_t i = 0; i < x->numel; i++)
            n += !(d[i] >= 0 && d[i] <= 1);
    return n;
}

static int bernoulli_shape(mlrt__call *c) {
    mlrt__out_like(c, 0, mlrt__t(c, 0));
    return mlrt__want_float(c, 0);
}

static int bernoulli_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    drawing d = {.draw = c->m->k->random->bernoulli[x->dtype == MLRT_F64]};
    if (outside(x))
        return mlrt__bad(c, MLRT_ENUMERIC,
                         "x holds values that are not in 0..1");
    d.x = mlrt__ptr(x);
    take(&d, mlrt__gen(c, 1), x->numel, MLRT__SINGLES);
    return draw_all(c, &d, c->y[0], true);
}

/* ---- dropout ---------------------------------------------------------- */

/* What is dropped is a function of p and of the place in the stream, so the
 * gradient is the same operation on g, and nothing is kept for it. */
static int dropped_shape(mlrt__call *c) {
    mlrt__out_like(c, 0, mlrt__t(c, 0));
    if (c->arg[2].n != 2)
        return mlrt__bad(c, MLRT_EARG, "a key and a block expected");
    if (!(mlrt__d(c, 1) >= 0))
        return mlrt__bad(c, MLRT_EARG, "p: 0 or more expected, got %g",
                         mlrt__d(c, 1));
    return mlrt__want_float(c, 0);
}

static int dropped_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    double p = mlrt__d(c, 1), limit = nearbyint(p * 0x1p32);
    drawing d = {.draw = c->m->k->random->dropout[x->dtype == MLRT_F64],
                 .law = {.a = p, .b = 1 / (1 - p)},
                 .key = (uint64_t)c->arg[2].u.v[0],
                 .first = (uint64_t)c->arg[2].u.v[1],
                 .per = MLRT__SINGLES,
                 .x = mlrt__ptr(x)};
    if (p >= 1) { /* nothing is left to be scaled */
        mlrt__fill(c->m, c->y[0], 0);
        return 0;
    }
    d.law.count = limit < 0xffffffffp0 ? (uint64_t)limit : 0xffffffff;
    return draw_all(c, &d, c->y[0], true);
}

static void dropped_backward(mlrt__walk *w) {
    const mlrt_arg *stream = mlrt__arg(w, 2);
    mlrt__give(w, 0,
               mlrt__dropped(w->m, mlrt__g(w, 0), mlrt__arg(w, 1)->u.d,
                             stream->u.v, stream->n));
}

static int dropout_compose(mlrt__call *c) {
    mlrt_tensor *x = mlrt__t(c, 0);
    double p = mlrt__d(c, 1);
    mlrt_generator *g = mlrt__gen(c, 3);
    int err = mlrt__want_float(c, 0);
    if (err)
        return err;
    if (!(p >= 0 && p <= 1))
        return mlrt__bad(c, MLRT_EARG,
                         "argument 'p': a probability in 0..1 expected, got "
                         "%g",
                         p);
    if (!mlrt__i(c, 2) || p == 0 || x->numel == 0) {
        c->y[0] = x;
        return 0;
    }
    uint64_t first = mlrt__take(g, mlrt__blocks(x->numel, MLRT__SINGLES));
    int64_t stream[2] = {(int64_t)g->key, (int64_t)first};
    c->y[0] = mlrt__dropped(c->m, x, p, stream, 2);
    return 0;
}

/* ---- Rows ------------------------------------------------------------- */

#define NEGATIVE "negative size -1"

const mlrt__op mlrt__random[] = {
    {.name = "rand",
     .args = "shape: shape, dtype: dtype = f32, generator: generator?",
     .outs = "y",
     .doc = "Evenly distributed values, 0 <= y < 1: multiples of 2^-24 in f32, "
            "of 2^-53 in f64. Philox 4x32-10, Salmon et al. 2011: an element "
            "depends on the generator's state and on its own number alone.",
     .shape = rand_shape,
     .forward = rand_forward,
     .samples = SAMPLES("2, 3", "{2, 3, dtype=\"f64\"}", "{}", "{0, 3}",
                        "{5, generator=m.generator(3)}", "!-1 -- " NEGATIVE,
                        "!2, {dtype=\"i64\"} -- dtype f32 or f64 expected")},
    {.name = "randn",
     .args = "shape: shape, dtype: dtype = f32, generator: generator?",
     .outs = "y",
     .doc = "Normally distributed values of mean 0 and variance 1, by the "
            "method of Box and Muller 1958.",
     .shape = rand_shape,
     .forward = randn_forward,
     .samples = SAMPLES("2, 3", "{2, 3, dtype=\"f64\"}", "{}", "{0, 3}",
                        "{5, generator=m.generator(3)}", "!-1 -- " NEGATIVE,
                        "!2, {dtype=\"i64\"} -- dtype f32 or f64 expected")},
    {.name = "rand_like",
     .args = "x: tensor, dtype: dtype?, generator: generator?",
     .outs = "y",
     .doc = "`rand` in the shape of x, of its dtype if no other is given.",
     .shape = rand_like_shape,
     .forward = rand_forward,
     .samples = SAMPLES("r(2,3)", "r(3,2):t()", "i(3), {dtype=\"f64\"}",
                        "r(0,3)",
                        "!i(3) -- dtype f32 or f64 expected, got i64")},
    {.name = "randn_like",
     .args = "x: tensor, dtype: dtype?, generator: generator?",
     .outs = "y",
     .doc = "`randn` in the shape of x, of its dtype if no other is given.",
     .shape = rand_like_shape,
     .forward = randn_forward,
     .samples = SAMPLES("r(2,3)", "r(3,2):t()", "i(3), {dtype=\"f64\"}",
                        "r(0,3)",
                        "!i(3) -- dtype f32 or f64 expected, got i64")},
    {.name = "randint",
     .args = "low: scalar = 0, high: scalar, shape: shape, dtype: dtype = "
             "i64, generator: generator?",
     .outs = "y",
     .doc = "Integers, low <= y < high, each as likely as any other: "
            "randint(high, shape) or randint(low, high, shape). All of them "
            "have to fit the dtype; of an index low and high are positions.",
     .shape = randint_shape,
     .forward = randint_forward,
     .samples = SAMPLES(
         "10, {2, 3}", "-3, 4, {5}",
         "0, 256, 2, 3, "
         "{dtype=\"u8\"}",
         "1, 5, {4}, {dtype=\"index\"}", "2, {3}, {dtype=\"bool\"}",
         "0, 1<<53, {}", "6, {2}, {dtype=\"f32\", generator=m.generator(1)}",
         "{high=3, shape={2}}", "7, {0}",
         "!3, 3, {2} -- low < high expected, got 3 and 3",
         "!0, 1.5, {2} -- integer expected, got 1.5",
         "!0, 300, {2}, {dtype=\"u8\"} -- 0..299 does not fit u8",
         "!-1, 3, {2}, {dtype=\"index\"} -- does not fit index",
         "!3, {-1} -- " NEGATIVE)},
    {.name = "randint_like",
     .args = "x: tensor, low: scalar = 0, high: scalar, dtype: dtype?, "
             "generator: generator?",
     .outs = "y",
     .doc = "`randint` in the shape of x, of its dtype if no other is given: "
            "randint_like(x, high) or randint_like(x, low, high).",
     .compose = randint_like_compose,
     .samples = SAMPLES(
         "r(2,3), 10", "i(3), -3, 4", "r(3,2):t(), 5, {dtype=\"i64\"}",
         "ix{1,2}, 1, 4", "r(0,3), 2", "r(), 2, {generator=m.generator(1)}",
         "!r(2), 3, 3 -- low < high expected, got 3 and 3",
         "!i(2), 300, {dtype=\"u8\"} -- 0..299 does not fit u8")},
    {.name = "randperm",
     .args = "n: int, generator: generator?",
     .outs = "order",
     .doc = "The n positions in random order, as an index, each order as "
            "likely as any other. Fisher and Yates 1938; Durstenfeld 1964.",
     .shape = mlrt__randperm_shape,
     .forward = mlrt__randperm_forward,
     .samples = SAMPLES("5", "0", "1", "40, {generator=m.generator(3)}",
                        "!-1 -- " NEGATIVE)},
    {.name = "bernoulli",
     .args = "x: tensor, generator: generator?",
     .outs = "y",
     .doc = "1 with the probabilities in x, f32 or f64 in 0..1, else 0; of "
            "x's dtype.",
     .contiguous = MLRT__IN(0),
     .shape = bernoulli_shape,
     .forward = bernoulli_forward,
     .samples = SAMPLES("u(2,3):abs()", "u(3,2):abs():t()", "m.full({4}, 0.5)",
                        "u():abs()", "u(0)",
                        "!m.full({2}, 1.5) -- values that are not in 0..1",
                        "!i(3) -- f32 or f64 expected, got i64")},
    {.name = "normal",
     .args = "mean: operand = 0, std: operand = 1, shape: shape?, dtype: "
             "dtype?, generator: generator?",
     .outs = "y",
     .doc = "mean + std * z, z standard normal. Of two numbers it has the "
            "given shape (and dtype, f32), else the shape and dtype of the "
            "tensors, broadcast. The gradient goes to mean and std with z "
            "held fixed (Kingma and Welling 2014).",
     .compose = normal_compose,
     .samples = SAMPLES("0, 1, {2, 3}", "2, 0.5, {3}, {dtype=\"f64\"}",
                        "r(2,3), p(3)", "r(2), 0.5", "1, p(2)", "{shape={4}}",
                        "r(3,2):t(), p(2,3)",
                        "!0, 1 -- two numbers need a shape",
                        "!r(2), 1, {2} -- the shape is that of the tensors",
                        "!0, -1, {2} -- 0 or more expected, got -1",
                        "!i(2), 1 -- tensors of f32 or f64 expected",
                        "!r(2), r(3) -- do not broadcast")},
    {.name = "multinomial",
     .args = "x: tensor, num_samples: int, replacement: bool = false, "
             "generator: generator?",
     .outs = "drawn",
     .doc = "Positions drawn with probabilities that are as the weights in x: "
            "num_samples of a vector x, or of each row of a matrix, as an "
            "index. Weights are f32 or f64, not negative, finite, and need no "
            "particular sum. Without replacement no position comes twice, "
            "and they come in the order in which they were drawn (Efraimidis "
            "and Spirakis 2006).",
     .contiguous = MLRT__IN(0),
     .shape = mlrt__multinomial_shape,
     .forward = mlrt__multinomial_forward,
     .samples = SAMPLES("p(4), 2", "p(2,3), 3", "p(3,2):t(), 5, true",
                        "p(3), 4, {replacement=true}", "p(2,3), 0",
                        "!p(3), 4 -- 4 of 3 positions",
                        "!p(3), -1 -- negative size -1",
                        "!r(2,2,2), 1 -- a vector or matrix expected",
                        "!m.zeros(3), 1 -- the weights add up to 0",
                        "!m.full({2}, -1), 1 -- negative or not finite",
                        "!m.eye(2), 2 -- 2 of 1 positions",
                        "!i(2), 1 -- f32 or f64 expected, got i64")},
    {.name = "uniform_",
     .args = "x: tensor, low: number = 0, high: number = 1, generator: "
             "generator?",
     .outs = "x",
     .doc = "Fills x, f32 or f64, with evenly distributed values, low <= x < "
            "high.",
     .kind = MLRT_INPLACE,
     .shape = uniform_shape,
     .forward = uniform_forward,
     .backward = refill_backward,
     .samples = SAMPLES("r(2,3):clone()", "r(3):clone(), -1, 2",
                        "r(3,2):clone():t(), {high=0.5}", "r():clone()",
                        "r(0):clone()",
                        "!r(3):clone(), 2, 1 -- low <= high expected",
                        "!r(3):clone(), -3e38, 3e38 -- not too far apart",
                        "!i(3):clone() -- f32 or f64 expected, got i64")},
    {.name = "normal_",
     .args = "x: tensor, mean: number = 0, std: number = 1, generator: "
             "generator?",
     .outs = "x",
     .doc = "Fills x, f32 or f64, with normally distributed values.",
     .kind = MLRT_INPLACE,
     .shape = normal_fill_shape,
     .forward = normal_fill_forward,
     .backward = refill_backward,
     .samples = SAMPLES("r(2,3):clone()", "r(3):clone(), -1, 2",
                        "r(3,2):clone():t(), {std=0.5}", "r():clone()",
                        "r(0):clone()",
                        "!r(3):clone(), 0, -1 -- 0 or more expected, got -1",
                        "!i(3):clone() -- f32 or f64 expected, got i64")},
    {.name = "dropout",
     .args = "x: tensor, p: number = 0.5, training: bool = true, generator: "
             "generator?",
     .outs = "y",
     .doc = "When training, each element becomes 0 with probability p, the "
            "others are multiplied by 1 / (1 - p); otherwise x itself. "
            "Srivastava et al. 2014.",
     .compose = dropout_compose,
     .samples = SAMPLES("r(4,5)", "r(4,5), 0.2", "r(3,2):t(), {p=0.3}",
                        "r(3), 0", "r(3), 1", "r(3), {training=false}", "r()",
                        "r(0,3)", "r(40), 0.9, true",
                        "!r(3), 1.5 -- in 0..1 expected, got 1.5",
                        "!r(3), -0.1 -- in 0..1 expected, got -0.1",
                        "!i(3) -- f32 or f64 expected, got i64")},
    {.name = "_dropped",
     .args = "x: tensor, p: number, stream: ints",
     .outs = "y",
     .doc = "dropout at a place in a stream: its key and first block.",
     .contiguous = MLRT__IN(0),
     .shape = dropped_shape,
     .forward = dropped_forward,
     .backward = dropped_backward,
     .samples = SAMPLES("r(4,5), 0.5, {3, 0}", "r(3,2):t(), 0.2, {1, 7}",
                        "r(70), 0.9, {-1, -1}", "r(3), 1, {0, 0}",
                        "!r(3), 0.5, {1} -- a key and a block expected")},
    {0},
};
