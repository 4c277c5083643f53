/* pad.c: tensors with a border, or without their own.
 *
 * The middle is copied, then each dimension's border is filled from what is
 * there already, the last dimension first; corners come out right because a
 * later dimension's border is part of what the earlier ones repeat.
 */
#include "../copy.h"
#include "part.h"

enum { CONSTANT, REFLECT, REPLICATE, CIRCULAR };
enum { PAD_X, PAD_PAD, PAD_MODE, PAD_VALUE };

/* Positions added (negative: taken away) on both sides of each dimension. */
typedef struct border {
    int64_t before[MLRT_MAX_DIMS], after[MLRT_MAX_DIMS];
} border;

/* The list begins with the last dimension's pair. */
static void read_border(border *b, int ndim, const mlrt_arg *pad) {
    memset(b, 0, sizeof *b);
    for (int i = 0; i < pad->n; i += 2) {
        b->before[ndim - 1 - i / 2] = pad->u.v[i];
        b->after[ndim - 1 - i / 2] = pad->u.v[i + 1];
    }
}

static int64_t positive(int64_t n) {
    return n > 0 ? n : 0;
}

/* ---- Shape ------------------------------------------------------------ */

static int bad_border(const mlrt__call *c, const border *b, int d,
                      const char *why) {
    return mlrt__bad(
        c, MLRT_ESHAPE, "%lld and %lld positions more in dim %lld of x %s: %s",
        (long long)b->before[d], (long long)b->after[d],
        (long long)mlrt__shown(c->m, d), MLRT__ST(mlrt__t(c, PAD_X)), why);
}

/* The size of dimension d with its border. */
static int padded_size(const mlrt__call *c, const border *b, int d,
                       int64_t *size) {
    static const char *const why[] = {
        [REFLECT] = "reflect can add less than the size",
        [REPLICATE] = "there is nothing to replicate",
        [CIRCULAR] = "circular can add no more than the size"};
    int64_t mode = mlrt__i(c, PAD_MODE), left = mlrt__t(c, PAD_X)->shape[d];
    int64_t most = b->before[d] > b->after[d] ? b->before[d] : b->after[d];
    if (b->before[d] < -left || b->after[d] < -left ||
        left + (b->before[d] < 0 ? b->before[d] : 0) +
                (b->after[d] < 0 ? b->after[d] : 0) <
            0)
        return bad_border(c, b, d, "more is taken away than there is");
    if (b->before[d] < 0)
        left += b->before[d];
    if (b->after[d] < 0)
        left += b->after[d];
    if (most > 0 &&
        ((mode == REFLECT && most >= left) ||
         (mode == REPLICATE && left == 0) || (mode == CIRCULAR && most > left)))
        return bad_border(c, b, d, why[mode]);
    if (__builtin_add_overflow(left, positive(b->before[d]), size) ||
        __builtin_add_overflow(*size, positive(b->after[d]), size))
        return bad_border(c, b, d, "the result is too large");
    return 0;
}

static int pad_shape(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, PAD_X);
    const mlrt_arg *pad = &c->arg[PAD_PAD];
    int64_t shape[MLRT_MAX_DIMS];
    border b;
    int err = 0;
    if (pad->n % 2 || pad->n > 2 * x->ndim)
        return mlrt__bad(c, MLRT_EARG,
                         "argument 'pad': two numbers for each of at most %d "
                         "dimensions expected, got %d",
                         x->ndim, pad->n);
    if (x->dtype == MLRT_INDEX && mlrt__d(c, PAD_VALUE) != 0)
        return mlrt__bad(c, MLRT_EARG,
                         "an index is padded with none, not "
                         "with a value");
    read_border(&b, x->ndim, pad);
    for (int d = 0; d < x->ndim && !err; d++)
        err = padded_size(c, &b, d, &shape[d]);
    return err ? err : mlrt__out(c, 0, x->dtype, x->ndim, shape);
}

/* ---- Filling ---------------------------------------------------------- */

/* One side of dimension d, `n` positions from `at` on, from the positions
 * `first` to `end - 1` that are filled.  `y` is the result without the
 * borders of the dimensions before d. */
static int fill_side(mlrt__call *c, const mlrt_tensor *y, int d, int64_t at,
                     int64_t n, int64_t first, int64_t end) {
    mlrt_tensor to = *y, from = *y;
    bool left = at < first;
    double value = y->dtype == MLRT_INDEX ? -1 : mlrt__d(c, PAD_VALUE);
    if (n <= 0)
        return 0;
    mlrt__part_take(&to, d, at, n);
    switch (mlrt__i(c, PAD_MODE)) {
    case CONSTANT: mlrt__fill(c->m, &to, value); return 0;
    case REFLECT:
        mlrt__part_take(&from, d, left ? first + 1 : end - 1 - n, n);
        mlrt__part_turn(&from, d);
        break;
    case REPLICATE: mlrt__part_take(&from, d, left ? first : end - 1, 1); break;
    default: mlrt__part_take(&from, d, left ? end - n : first, n);
    }
    return mlrt__copy_into(c->m, &from, &to);
}

static int pad_forward(mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, PAD_X), *y = c->y[0];
    mlrt_tensor from = *x, to = *y;
    border b;
    read_border(&b, x->ndim, &c->arg[PAD_PAD]);
    for (int d = 0; d < x->ndim; d++) {
        int64_t skip = positive(-b.before[d]);
        int64_t n = x->shape[d] - skip - positive(-b.after[d]);
        mlrt__part_take(&from, d, skip, n);
        mlrt__part_take(&to, d, positive(b.before[d]), n);
    }
    int err = mlrt__copy_into(c->m, &from, &to);
    for (int d = x->ndim - 1; d >= 0 && !err; d--) {
        int64_t first = positive(b.before[d]), end = first + to.shape[d];
        to.offset -= to.shape[d] ? first * to.stride[d] : 0;
        to.shape[d] = y->shape[d];
        err = fill_side(c, &to, d, 0, first, first, end);
        if (!err)
            err = fill_side(c, &to, d, end, y->shape[d] - end, first, end);
    }
    return err;
}

/* ---- Gradient --------------------------------------------------------- */

/* g without a constant border: padded the other way round. */
static mlrt_tensor *cut_border(mlrt *m, mlrt_tensor *g, const mlrt_arg *pad) {
    int64_t back[2 * MLRT_MAX_DIMS];
    for (int i = 0; i < pad->n; i++)
        back[i] = -pad->u.v[i];
    return mlrt_pad(m, g, back, pad->n, CONSTANT, 0);
}

/* y + part, which lies at `at` of dimension d. */
static mlrt_tensor *add_at(mlrt *m, mlrt_tensor *y, mlrt_tensor *part, int d,
                           int64_t at) {
    int64_t pad[2 * MLRT_MAX_DIMS] = {0};
    if (!y || !part)
        return NULL;
    int n = 2 * (y->ndim - d);
    pad[n - 2] = at;
    pad[n - 1] = y->shape[d] - at - part->shape[d];
    return mlrt_add(m, y, mlrt_pad(m, part, pad, n, CONSTANT, 0));
}

/* What a side of g, n positions from `at` on, adds to y, the middle. */
static mlrt_tensor *add_side(mlrt *m, mlrt_tensor *y, mlrt_tensor *g, int d,
                             int64_t at, int64_t n, int64_t mode) {
    int64_t dims[] = {d}, size = y ? y->shape[d] : 0;
    if (n <= 0 || !y)
        return y;
    mlrt_tensor *side = mlrt_narrow(m, g, d, at, n);
    bool left = at == 0;
    if (mode == REFLECT)
        return add_at(m, y, mlrt_flip(m, side, dims, 1), d,
                      left ? 1 : size - 1 - n);
    if (mode == REPLICATE)
        return add_at(m, y, mlrt_sum(m, side, dims, 1, true), d,
                      left ? 0 : size - 1);
    return add_at(m, y, side, d, left ? size - n : 0);
}

/* Each border goes back to where it was taken from, the first dimension's
 * first, and then to what was cut away. */
static void pad_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    const mlrt_arg *pad = mlrt__arg(w, PAD_PAD);
    const mlrt__edge *x = mlrt__operand(w, PAD_X);
    int64_t mode = mlrt__arg(w, PAD_MODE)->u.i, cut[2 * MLRT_MAX_DIMS];
    mlrt_tensor *g = mlrt__g(w, 0);
    mlrt_arg rest = {.n = pad->n, .u.v = cut};
    border b;
    if (mode == CONSTANT) {
        mlrt__give(w, 0, cut_border(m, g, pad));
        return;
    }
    read_border(&b, x->ndim, pad);
    for (int d = 0; d < x->ndim && g; d++) {
        int64_t left = positive(b.before[d]), right = positive(b.after[d]);
        int64_t n = g->shape[d] - left - right;
        mlrt_tensor *y = left || right ? mlrt_narrow(m, g, d, left, n) : g;
        y = add_side(m, y, g, d, 0, left, mode);
        g = add_side(m, y, g, d, left + n, right, mode);
    }
    bool any = false;
    for (int i = 0; i < pad->n; i++) {
        cut[i] = pad->u.v[i] < 0 ? pad->u.v[i] : 0;
        any = any || cut[i];
    }
    mlrt__give(w, 0, any ? cut_border(m, g, &rest) : g);
}

/* ---- Rows ------------------------------------------------------------- */

const mlrt__op mlrt__pad[] = {
    {.name = "pad",
     .args = "x: tensor, pad: ints, "
             "mode: constant|reflect|replicate|circular = constant, "
             "value: number = 0",
     .outs = "y",
     .doc = "x with positions added at both ends of its last dimensions: pad "
            "is {before, after} of the last one, then of the one before it, "
            "and so on; negative numbers take positions away. They are filled "
            "with `value`, or from x: reflect mirrors without repeating the "
            "outermost element, replicate repeats it, circular begins again "
            "at the other end. An index is padded with none.",
     .shape = pad_shape,
     .forward = pad_forward,
     .backward = pad_backward,
     .samples = SAMPLES(
         "r(2,3), {1,2}", "r(2,3), {1,0,0,2}, \"constant\", 5",
         "r(2,3), {-1,2,1,-1}", "r(2,4), {2,3}, \"reflect\"",
         "r(3,4), {1,3,2,0}, {mode=\"reflect\"}",
         "r(2,3), {4,1,0,2}, \"replicate\"", "r(2,3), {2,3,1,1}, \"circular\"",
         "r(2,5), {-1,2}, \"reflect\"", "r(2,5), {1,-2}, \"replicate\"",
         "r(3,2):t(), {1,2}, \"reflect\"", "r(2,3):t(), {1,1,1,1}",
         "r(2,3), {}", "r(0,3), {1,1,2,0}", "r(), {}", "i(3), {1,1}",
         "ix{1,2}, {0,2}", "!r(2,3), {1} -- two numbers for each",
         "!r(3), {1,1,1,1} -- two numbers for each",
         "!r(3), {-2,-2} -- more is taken away than there is",
         "!r(3), {3,0}, \"reflect\" -- less than the size",
         "!r(3), {0,4}, \"circular\" -- no more than the size",
         "!r(0), {0,1}, \"replicate\" -- nothing to replicate",
         "!ix{1,2}, {0,2}, {value=3} -- an index is padded with none")},
    {0},
};
