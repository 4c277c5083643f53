/* create.c: tensors of one value, or of evenly spaced ones. */
#include <math.h>

#include "../copy.h"
#include "../kernels/copy.h"

static int dtype_or(const mlrt__call *c, int i, int otherwise) {
    return mlrt__has(c, i) ? (int)mlrt__i(c, i) : otherwise;
}

/* Output 0 of the sizes in argument i. */
static int sized(mlrt__call *c, int i, int dtype) {
    int64_t numel;
    int n = c->arg[i].n;
    int err = mlrt__shape_numel(c->m, c->op->name, n, c->arg[i].u.v, &numel);
    return err ? err : mlrt__out(c, 0, dtype, n, c->arg[i].u.v);
}

/* Output 0 of the shape of x, and of its dtype unless argument i is given. */
static int like(mlrt__call *c, int i) {
    const mlrt_tensor *x = mlrt__t(c, 0);
    return mlrt__out(c, 0, dtype_or(c, i, x->dtype), x->ndim, x->shape);
}

/* ---- One value -------------------------------------------------------- */

static int zeros_shape(mlrt__call *c) {
    return sized(c, 0, dtype_or(c, 1, MLRT_F32));
}
static int zeros_like_shape(mlrt__call *c) {
    return like(c, 1);
}
static int zeros_forward(mlrt__call *c) {
    mlrt__fill(c->m, c->y[0], 0);
    return 0;
}

static int refuse_index(const mlrt__call *c) {
    return c->out[0].dtype != MLRT_INDEX
               ? 0
               : mlrt__bad(c, MLRT_EDTYPE,
                           "an index holds positions; use full");
}

static int ones_shape(mlrt__call *c) {
    int err = sized(c, 0, dtype_or(c, 1, MLRT_F32));
    return err ? err : refuse_index(c);
}
static int ones_like_shape(mlrt__call *c) {
    int err = like(c, 1);
    return err ? err : refuse_index(c);
}
static int ones_forward(mlrt__call *c) {
    mlrt__fill(c->m, c->y[0], 1);
    return 0;
}

/* Does the value, cut to an integer, fit the type?  Floats hold any. */
static bool fits(const mlrt_arg *a, int dtype) {
    double low = dtype == MLRT_U8    ? 0
                 : dtype == MLRT_I32 ? -2147483648.0
                                     : -9223372036854775808.0;
    double high = dtype == MLRT_U8    ? 256
                  : dtype == MLRT_I32 ? 2147483648.0
                                      : 9223372036854775808.0;
    bool integer = a->kind == MLRT_VAL_INT;
    double v = integer ? (double)a->u.i : trunc(a->u.d);
    if (mlrt__is_float(dtype) || dtype == MLRT_BOOL)
        return true;
    if (integer && (dtype == MLRT_I64 || dtype == MLRT_INDEX))
        return dtype == MLRT_I64 || a->u.i >= -1;
    return v >= (dtype == MLRT_INDEX ? -1 : low) && v < high;
}

static int check_value(const mlrt__call *c, const mlrt_arg *a) {
    int dtype = c->out[0].dtype;
    if (fits(a, dtype))
        return 0;
    return mlrt__bad(c, MLRT_EARG, "argument 'value': %.17g does not fit %s",
                     a->kind == MLRT_VAL_INT ? (double)a->u.i : a->u.d,
                     mlrt_dtype_name((mlrt_dtype)dtype));
}

static int full_shape(mlrt__call *c) {
    int err = sized(c, 0, dtype_or(c, 2, MLRT_F32));
    return err ? err : check_value(c, &c->arg[1]);
}
static int full_like_shape(mlrt__call *c) {
    int err = like(c, 2);
    return err ? err : check_value(c, &c->arg[1]);
}

/* The value becomes one element, which is then repeated. */
static int full_forward(mlrt__call *c) {
    mlrt_arg *a = &c->arg[1];
    mlrt_tensor *y = c->y[0];
    double element = 0;
    mlrt__storage from = {.data = &a->u}, to = {.data = &element};
    mlrt_tensor value = {.numel = 1, .storage = &from};
    mlrt_tensor one = {.dtype = y->dtype, .numel = 1, .storage = &to};
    value.dtype = a->kind == MLRT_VAL_INT ? MLRT_I64 : MLRT_F64;
    int err = mlrt__copy_into(c->m, &value, &one);
    if (!err && element == 0 && !signbit(element))
        mlrt__fill(c->m, y, 0);
    else if (!err)
        err = mlrt__copy_into(c->m, &one, y);
    return err;
}

/* ---- eye -------------------------------------------------------------- */

static int eye_shape(mlrt__call *c) {
    int64_t n = mlrt__i(c, 0), numel;
    int64_t shape[2] = {n, mlrt__has(c, 1) ? mlrt__i(c, 1) : n};
    int err = mlrt__shape_numel(c->m, "eye", 2, shape, &numel);
    mlrt__out(c, 0, dtype_or(c, 2, MLRT_F32), 2, shape);
    return err ? err : refuse_index(c);
}

static int eye_forward(mlrt__call *c) {
    mlrt_tensor *y = c->y[0], diagonal = *y;
    int64_t n = y->shape[0], columns = y->shape[1];
    mlrt__fill(c->m, y, 0);
    diagonal.ndim = 1;
    diagonal.numel = diagonal.shape[0] = n < columns ? n : columns;
    diagonal.stride[0] = columns + 1;
    if (diagonal.numel)
        mlrt__fill(c->m, &diagonal, 1);
    return 0;
}

/* ---- Evenly spaced ---------------------------------------------------- */

/* Element i is start + i * step, in integers where all of it is, else in
 * double; the second half of linspace counts from its end. */
typedef struct ramp {
    mlrt__loop *cast;
    char *y;
    size_t size;
    int64_t n, half;
    bool integer;
    int64_t first, by;
    double start, stop, step;
    double base; /* 0, or what the elements are exponents of */
} ramp;

enum { PIECE = 512, GRAIN = 1 << 14 }; /* PIECE divides GRAIN */

static void ramp_piece(const ramp *r, int64_t at, int64_t n) {
    union {
        double f[PIECE];
        int64_t i[PIECE];
    } v;
    const int64_t steps[2] = {(int64_t)r->size, 8};
    char *p[2] = {r->y + (size_t)at * r->size, (char *)&v};
    for (int64_t k = 0; r->integer && k < n; k++)
        v.i[k] = (int64_t)((uint64_t)r->first +
                           (uint64_t)(at + k) * (uint64_t)r->by);
    for (int64_t k = 0; !r->integer && k < n; k++)
        v.f[k] = at + k < r->half
                     ? r->start + (double)(at + k) * r->step
                     : r->stop - (double)(r->n - 1 - at - k) * r->step;
    for (int64_t k = 0; r->base != 0 && k < n; k++)
        v.f[k] = pow(r->base, v.f[k]);
    r->cast(p, steps, n, NULL);
}

static void ramp_task(void *arg, int64_t i) {
    const ramp *r = arg;
    int64_t end = (i + 1) * GRAIN < r->n ? (i + 1) * GRAIN : r->n;
    for (int64_t at = i * GRAIN; at < end; at += PIECE)
        ramp_piece(r, at, end - at < PIECE ? end - at : PIECE);
}

static int ramp_run(mlrt__call *c, ramp *r) {
    mlrt_tensor *y = c->y[0];
    r->cast = c->m->k->copy->cast[r->integer ? MLRT_I64 : MLRT_F64][y->dtype];
    r->y = mlrt__ptr(y);
    r->size = mlrt__dsize(y->dtype);
    r->n = y->numel;
    return mlrt__parallel(c->m, (r->n + GRAIN - 1) / GRAIN, ramp_task, r, true);
}

/* ---- arange, range ---------------------------------------------------- */

enum { START, STOP, STEP, DTYPE };

static double value_of(const mlrt_arg *a) {
    return a->kind == MLRT_VAL_INT ? (double)a->u.i : a->u.d;
}

/* Are start, stop and step integers? */
static bool whole(const mlrt__call *c) {
    double step = mlrt__d(c, STEP);
    return c->arg[START].kind == MLRT_VAL_INT &&
           c->arg[STOP].kind == MLRT_VAL_INT && step == trunc(step) &&
           fabs(step) < 9e18;
}

/* How many steps from start to stop, for integers: the whole ones, and
 * whether some way is left.  false: stop lies behind. */
static bool count_whole(const mlrt__call *c, uint64_t *steps, bool *rest) {
    int64_t a = c->arg[START].u.i, b = c->arg[STOP].u.i;
    int64_t step = (int64_t)mlrt__d(c, STEP);
    bool up = step > 0;
    uint64_t way = up ? (uint64_t)b - (uint64_t)a : (uint64_t)a - (uint64_t)b;
    uint64_t size = up ? (uint64_t)step : -(uint64_t)step;
    *steps = way / size;
    *rest = way % size != 0;
    return up ? b >= a : a >= b;
}

/* The same in double.  A stop that is missed by rounding only is reached
 * when `inclusive`: range(0, 0.3, 0.1) has four elements. */
static bool count_double(const mlrt__call *c, bool inclusive, uint64_t *steps,
                         bool *rest) {
    double q = (value_of(&c->arg[STOP]) - value_of(&c->arg[START])) /
               mlrt__d(c, STEP);
    double n = floor(inclusive ? q * (1 + 0x1p-50) : q);
    *steps = q < 0x1p62 ? (uint64_t)(q < 0 ? 0 : n) : (uint64_t)1 << 62;
    *rest = q > n;
    return q >= 0;
}

static int bad_way(const mlrt__call *c) {
    return mlrt__bad(c, MLRT_EARG, "no way from %g to %g with step %g",
                     value_of(&c->arg[START]), value_of(&c->arg[STOP]),
                     mlrt__d(c, STEP));
}

static int check_way(const mlrt__call *c) {
    if (mlrt__d(c, STEP) == 0)
        return mlrt__bad(c, MLRT_EARG, "argument 'step' is 0");
    if (isfinite(value_of(&c->arg[START])) &&
        isfinite(value_of(&c->arg[STOP])) && isfinite(mlrt__d(c, STEP)))
        return 0;
    return mlrt__bad(c, MLRT_EARG, "start, stop and step must be finite");
}

static int spaced_shape(mlrt__call *c, bool inclusive) {
    bool integers = whole(c), rest, ahead;
    int dtype = dtype_or(c, DTYPE, integers ? MLRT_I64 : MLRT_F32);
    int64_t n, numel;
    uint64_t steps;
    int err = check_way(c);
    if (err)
        return err;
    ahead = integers ? count_whole(c, &steps, &rest)
                     : count_double(c, inclusive, &steps, &rest);
    if (!ahead)
        return bad_way(c);
    if (steps < INT64_MAX)
        steps += inclusive || rest;
    n = steps < INT64_MAX ? (int64_t)steps : INT64_MAX;
    err = mlrt__shape_numel(c->m, c->op->name, 1, &n, &numel);
    return err ? err : mlrt__out(c, 0, dtype, 1, &n);
}

static int arange_shape(mlrt__call *c) {
    return spaced_shape(c, false);
}

/* range(1, 0), as a loop from 1 to 0, has no elements. */
static int range_shape(mlrt__call *c) {
    double way = value_of(&c->arg[STOP]) - value_of(&c->arg[START]);
    int64_t none = 0;
    int err = check_way(c);
    if (err || way != -mlrt__d(c, STEP))
        return err ? err : spaced_shape(c, true);
    return mlrt__out(c, 0, dtype_or(c, DTYPE, whole(c) ? MLRT_I64 : MLRT_F32),
                     1, &none);
}

static int spaced_forward(mlrt__call *c) {
    ramp r = {.integer = whole(c),
              .start = value_of(&c->arg[START]),
              .step = mlrt__d(c, STEP),
              .half = INT64_MAX};
    if (r.integer) {
        r.first = c->arg[START].u.i;
        r.by = (int64_t)r.step;
    }
    return ramp_run(c, &r);
}

/* ---- linspace, logspace ----------------------------------------------- */

static int line_shape(mlrt__call *c, int dtype) {
    int64_t n = mlrt__i(c, 2), numel;
    int err = mlrt__shape_numel(c->m, c->op->name, 1, &n, &numel);
    mlrt__out(c, 0, dtype, 1, &n);
    return err ? err : refuse_index(c);
}

static int line_run(mlrt__call *c, double base) {
    int64_t n = mlrt__i(c, 2);
    ramp r = {.start = mlrt__d(c, 0), .stop = mlrt__d(c, 1), .base = base};
    r.half = n == 1 ? 1 : n / 2;
    r.step = n > 1 ? (r.stop - r.start) / (double)(n - 1) : 0;
    return ramp_run(c, &r);
}

static int linspace_shape(mlrt__call *c) {
    return line_shape(c, dtype_or(c, 3, MLRT_F32));
}
static int linspace_forward(mlrt__call *c) {
    return line_run(c, 0);
}

static int logspace_shape(mlrt__call *c) {
    double base = mlrt__d(c, 3);
    if (!(base > 0 && isfinite(base)))
        return mlrt__bad(c, MLRT_EARG,
                         "argument 'base': a positive number expected, got %g",
                         base);
    return line_shape(c, dtype_or(c, 4, MLRT_F32));
}
static int logspace_forward(mlrt__call *c) {
    return line_run(c, mlrt__d(c, 3));
}

/* ---- Rows ------------------------------------------------------------- */

#define NEGATIVE "negative size -1"

const mlrt__op mlrt__create[] = {
    {.name = "zeros",
     .args = "shape: shape, dtype: dtype = f32",
     .outs = "y",
     .doc = "A tensor of zeros. As an index: of first positions.",
     .shape = zeros_shape,
     .forward = zeros_forward,
     .samples = SAMPLES("2, 3", "{2, 3}", "{2, 3, dtype=\"f64\"}", "{}",
                        "{0, 3}, {dtype=\"i32\"}", "3, {dtype=\"bool\"}",
                        "!2, -1 -- " NEGATIVE,
                        "!1,1,1,1,1,1,1,1,1 -- 9 dimensions, at most 8",
                        "!1<<40, 1<<40 -- is too large")},
    {.name = "empty",
     .args = "shape: shape, dtype: dtype = f32",
     .outs = "y",
     .doc = "A tensor of zeros, as `zeros` makes: a script never sees what "
            "others left in memory. In C mlrt_empty leaves its elements as "
            "they are found.",
     .shape = zeros_shape,
     .forward = zeros_forward,
     .samples = SAMPLES("2, 3", "{2, 3, dtype=\"f64\"}", "{}",
                        "0, {dtype=\"index\"}", "!2, -1 -- " NEGATIVE)},
    {.name = "ones",
     .args = "shape: shape, dtype: dtype = f32",
     .outs = "y",
     .doc = "A tensor of ones.",
     .shape = ones_shape,
     .forward = ones_forward,
     .samples = SAMPLES("2, 3", "{2, 3, dtype=\"f64\"}", "{}",
                        "{0, 3}, {dtype=\"u8\"}", "3, {dtype=\"bool\"}",
                        "!-1 -- " NEGATIVE,
                        "!2, {dtype=\"index\"} -- an index holds positions")},
    {.name = "full",
     .args = "shape: shape, value: scalar, dtype: dtype = f32",
     .outs = "y",
     .doc = "A tensor of one value. For an integer dtype it is cut to an "
            "integer, which has to fit; for an index it is a position.",
     .shape = full_shape,
     .forward = full_forward,
     .samples = SAMPLES("{2, 3}, 1.5", "2, 3, 7", "{}, 3, {dtype=\"f64\"}",
                        "{2}, -3, {dtype=\"i64\"}", "{2}, 2, {dtype=\"index\"}",
                        "{0}, 1", "{2}, 1, {dtype=\"bool\"}",
                        "{2}, {value=-1, dtype=\"i32\"}",
                        "!{-1}, 2 -- " NEGATIVE,
                        "!{2}, 256, {dtype=\"u8\"} -- 256 does not fit u8",
                        "!{2}, 0/0, {dtype=\"i64\"} -- does not fit i64",
                        "!{2}, -2, {dtype=\"index\"} -- does not fit index")},
    {.name = "zeros_like",
     .args = "x: tensor, dtype: dtype?",
     .outs = "y",
     .doc = "Zeros in the shape of x, of its dtype if no other is given.",
     .shape = zeros_like_shape,
     .forward = zeros_forward,
     .samples = SAMPLES("r(2,3)", "r(3,2):t()", "i(3)", "r()", "r(0,3)",
                        "i(3), {dtype=\"f64\"}", "b{true,false}")},
    {.name = "empty_like",
     .args = "x: tensor, dtype: dtype?",
     .outs = "y",
     .doc = "Zeros in the shape of x, of its dtype if no other is given, as "
            "`zeros_like` makes.",
     .shape = zeros_like_shape,
     .forward = zeros_forward,
     .samples = SAMPLES("r(2,3)", "r(3,2):t()", "i(3)", "r()", "ix{1,2}",
                        "i(3), {dtype=\"f64\"}")},
    {.name = "ones_like",
     .args = "x: tensor, dtype: dtype?",
     .outs = "y",
     .doc = "Ones in the shape of x, of its dtype if no other is given.",
     .shape = ones_like_shape,
     .forward = ones_forward,
     .samples = SAMPLES("r(2,3)", "r(3,2):t()", "i(3)", "r()", "r(0,3)",
                        "i(3), {dtype=\"f64\"}", "b{true,false}",
                        "!ix{1} -- an index holds positions")},
    {.name = "full_like",
     .args = "x: tensor, value: scalar, dtype: dtype?",
     .outs = "y",
     .doc = "One value in the shape of x, of its dtype if no other is given.",
     .shape = full_like_shape,
     .forward = full_forward,
     .samples = SAMPLES("r(2,3), 2.5", "r(3,2):t(), -1", "i(3), 4", "r(), 0",
                        "i(3), 1.5, {dtype=\"f64\"}", "ix{1,2}, 3",
                        "!r(2), 300, {dtype=\"u8\"} -- 300 does not fit u8")},
    {.name = "eye",
     .args = "n: int, columns: int?, dtype: dtype = f32",
     .outs = "y",
     .doc = "Ones on the diagonal of an (n, columns) matrix, n by n if columns "
            "is absent, and zeros elsewhere.",
     .shape = eye_shape,
     .forward = eye_forward,
     .samples = SAMPLES("3", "2, 3", "3, 2, {dtype=\"i64\"}", "0",
                        "2, {dtype=\"bool\"}", "!-1 -- " NEGATIVE,
                        "!1<<40 -- is too large")},
    {.name = "arange",
     .args = "start: scalar = 0, stop: scalar, step: number = 1, dtype: dtype?",
     .outs = "y",
     .doc = "start, start + step, ... as far as stop, which is left out: "
            "arange(stop), arange(start, stop), arange(start, stop, step). "
            "Without a dtype i64 if all of them are integers, else f32 (in C, "
            "where they are double, give one). Element i is start + i * step, "
            "computed in i64 or f64.",
     .shape = arange_shape,
     .forward = spaced_forward,
     .samples = SAMPLES(
         "5", "2, 5", "0, 1, 0.1", "5, 0, -2", "1.5, 4", "3, 3",
         "0, 5, {step=2, dtype=\"f64\"}", "{start=1, stop=4, dtype=\"u8\"}",
         "1, 4, {dtype=\"index\"}", "!5, 2 -- no way from 5 to 2 with step 1",
         "!1, 2, 0 -- argument 'step' is 0", "!0, 1/0 -- must be finite",
         "!0, 1e18, 0.001 -- is too large")},
    {.name = "range",
     .args = "start: scalar, stop: scalar, step: number = 1, dtype: dtype?",
     .outs = "y",
     .doc = "start, start + step, ... up to and including stop, as a loop in "
            "Lua goes. Without a dtype i64 if all are integers, else f32 (in "
            "C, where they are double, give one).",
     .shape = range_shape,
     .forward = spaced_forward,
     .samples = SAMPLES("1, 5", "0, 1, 0.1", "0, 0.3, 0.1", "5, 1, -2", "1, 0",
                        "2, 2", "1, 3, {dtype=\"index\"}",
                        "1, 6, {step=2, dtype=\"f64\"}",
                        "!5, 2 -- no way from 5 to 2 with step 1",
                        "!1, 2, 0 -- argument 'step' is 0")},
    {.name = "linspace",
     .args = "start: number, stop: number, steps: int, dtype: dtype = f32",
     .outs = "y",
     .doc = "`steps` evenly spaced values from start to stop, both included. "
            "One step gives start.",
     .shape = linspace_shape,
     .forward = linspace_forward,
     .samples = SAMPLES("0, 1, 5", "3, -3, 4, {dtype=\"f64\"}", "1, 2, 1",
                        "0, 1, 0", "0, 10, 5, {dtype=\"i64\"}",
                        "!0, 1, -1 -- " NEGATIVE,
                        "!0, 1, 1<<62 -- is too large")},
    {.name = "logspace",
     .args = "start: number, stop: number, steps: int, base: number = 10, "
             "dtype: dtype = f32",
     .outs = "y",
     .doc = "base to the power of `steps` evenly spaced values from start to "
            "stop, both included, computed in f64. An integer dtype cuts "
            "them to integers.",
     .shape = logspace_shape,
     .forward = logspace_forward,
     .samples = SAMPLES("0, 2, 3", "-1, 1, 5, {dtype=\"f64\"}", "0, 5, 6, 2",
                        "1, 2, 1", "0, 1, 0", "0, 3, 4, {dtype=\"i64\"}",
                        "!0, 1, -1 -- " NEGATIVE,
                        "!0, 1, 3, -2 -- a positive number expected, got -2",
                        "!0, 1, 2, {dtype=\"index\"} -- holds positions")},
    {0},
};
