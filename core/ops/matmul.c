/* matmul.c: products of vectors, matrices and batches of them, and the
 * linear layer.
 *
 * Operands may have any layout (product.c); gemm.c cuts the work.  Every
 * gradient is a product again, so all of them have gradients of their own.
 */
#include <math.h>

#include "../copy.h"
#include "product.h"

/* ---- matmul and its strict kin ---------------------------------------- */

static int matmul_of(const mlrt__call *c, mlrt__product *p) {
    return mlrt__product_of(c, mlrt__t(c, 0), 0, mlrt__t(c, 1), 0, NULL, p);
}

static int matmul_shape(mlrt__call *c) {
    const mlrt_tensor *a = mlrt__t(c, 0), *b = mlrt__t(c, 1);
    mlrt__product p;
    if (a->ndim == 0 || b->ndim == 0)
        return mlrt__bad(c, MLRT_ESHAPE,
                         "%s x %s: a number has no inner size; multiply with "
                         "*",
                         MLRT__ST(a), MLRT__ST(b));
    int err = matmul_of(c, &p);
    return err ? err : mlrt__product_out(c, &p);
}

static int matmul_forward(mlrt__call *c) {
    mlrt__product p;
    int err = matmul_of(c, &p);
    return err ? err : mlrt__product_run(c, &p, 1, 0);
}

static int ranked(mlrt__call *c, int a, int b) {
    int err = mlrt__want_ndim(c, 0, a);
    if (!err)
        err = mlrt__want_ndim(c, 1, b);
    return err ? err : matmul_shape(c);
}
static int mm_shape(mlrt__call *c) {
    return ranked(c, 2, 2);
}
static int mv_shape(mlrt__call *c) {
    return ranked(c, 2, 1);
}
static int dot_shape(mlrt__call *c) {
    return ranked(c, 1, 1);
}

/* bmm does not broadcast. */
static int same_batch(const mlrt__call *c, const mlrt_tensor *a,
                      const mlrt_tensor *b) {
    if (a->shape[0] == b->shape[0])
        return 0;
    return mlrt__bad(c, MLRT_ESHAPE, "%s x %s: batches of %lld and %lld",
                     MLRT__ST(a), MLRT__ST(b), (long long)a->shape[0],
                     (long long)b->shape[0]);
}
static int bmm_shape(mlrt__call *c) {
    int err = ranked(c, 3, 3);
    return err ? err : same_batch(c, mlrt__t(c, 0), mlrt__t(c, 1));
}

/* Two for each multiplication, of which every output element has k. */
static double flops_of(const mlrt__call *c, const mlrt_tensor *a) {
    double k = a->ndim ? (double)a->shape[a->ndim - 1] : 1;
    return 2 * k * (double)c->y[0]->numel;
}
static double matmul_flops(const mlrt__call *c) {
    return flops_of(c, mlrt__t(c, 0));
}

/* ---- Gradients -------------------------------------------------------- */

static mlrt_tensor *turned(mlrt *m, mlrt_tensor *t) {
    return mlrt_transpose(m, t, -2, -1);
}

/* Vectors as the matrices they stand for. */
static mlrt_tensor *as_row(mlrt *m, mlrt_tensor *t) {
    return t && t->ndim == 1 ? mlrt_unsqueeze(m, t, 0) : t;
}
static mlrt_tensor *as_column(mlrt *m, mlrt_tensor *t) {
    return t && t->ndim == 1 ? mlrt_unsqueeze(m, t, 1) : t;
}

/* For y = a b, arguments i and j:  da = dy b^T, db = a^T dy.  The batch that
 * an operand lacks is summed by the walk; for a matrix b that all of a was
 * multiplied with, by the product itself. */
static void give_products(mlrt__walk *w, int i, int j, mlrt_tensor *g) {
    mlrt *m = w->m;
    int na = mlrt__operand(w, i)->ndim, nb = mlrt__operand(w, j)->ndim;
    if (nb == 1)
        g = mlrt_unsqueeze(m, g, -1);
    if (na == 1)
        g = mlrt_unsqueeze(m, g, -2);
    if (mlrt__need(w, i)) {
        mlrt_tensor *b = as_column(m, mlrt__in(w, j));
        mlrt__give(w, i, mlrt_matmul(m, g, turned(m, b)));
    }
    if (!mlrt__need(w, j))
        return;
    mlrt_tensor *a = as_row(m, mlrt__in(w, i));
    mlrt_tensor *gb = na > 2 && nb <= 2 ? mlrt__rows_product(m, a, g)
                                        : mlrt_matmul(m, turned(m, a), g);
    if (nb == 1)
        gb = mlrt_squeeze(m, gb, (int64_t[]){-1}, 1);
    mlrt__give(w, j, gb);
}

static void matmul_backward(mlrt__walk *w) {
    give_products(w, 0, 1, mlrt__g(w, 0));
}

/* ---- _rows_product ---------------------------------------------------- */

static int rows_of(const mlrt__call *c, mlrt__product *p) {
    return mlrt__product_of(c, mlrt__t(c, 0), MLRT__ROWS | MLRT__TURNED,
                            mlrt__t(c, 1), MLRT__ROWS, NULL, p);
}

static int rows_shape(mlrt__call *c) {
    const mlrt_tensor *a = mlrt__t(c, 0), *b = mlrt__t(c, 1);
    mlrt__product p;
    size_t lead = (size_t)(a->ndim ? a->ndim - 1 : 0) * sizeof *a->shape;
    if (a->ndim < 2 || a->ndim != b->ndim ||
        memcmp(a->shape, b->shape, lead) != 0)
        return mlrt__bad(c, MLRT_ESHAPE, "rows of %s and %s differ",
                         MLRT__ST(a), MLRT__ST(b));
    int err = rows_of(c, &p);
    return err ? err : mlrt__product_out(c, &p);
}

static int rows_forward(mlrt__call *c) {
    mlrt__product p;
    int err = rows_of(c, &p);
    return err ? err : mlrt__product_run(c, &p, 1, 0);
}

static void rows_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *g = mlrt__g(w, 0);
    if (mlrt__need(w, 0))
        mlrt__give(w, 0, mlrt_matmul(m, mlrt__in(w, 1), turned(m, g)));
    if (mlrt__need(w, 1))
        mlrt__give(w, 1, mlrt_matmul(m, mlrt__in(w, 0), g));
}

static double rows_flops(const mlrt__call *c) {
    return 2 * (double)mlrt__t(c, 0)->numel *
           (double)c->y[0]->shape[c->y[0]->ndim - 1];
}

/* ---- outer ------------------------------------------------------------ */

static int outer_compose(mlrt__call *c) {
    mlrt *m = c->m;
    int err = mlrt__want_ndim(c, 0, 1);
    if (!err)
        err = mlrt__want_ndim(c, 1, 1);
    if (!err)
        c->y[0] = mlrt_mul(m, mlrt_unsqueeze(m, mlrt__t(c, 0), 1),
                           mlrt_unsqueeze(m, mlrt__t(c, 1), 0));
    return err;
}

/* ---- addmm, baddbmm --------------------------------------------------- */

enum { ADD_INPUT, ADD_A, ADD_B, ADD_BETA, ADD_ALPHA };

static int add_of(const mlrt__call *c, mlrt__product *p) {
    return mlrt__product_of(c, mlrt__t(c, ADD_A), 0, mlrt__t(c, ADD_B), 0,
                            mlrt__t(c, ADD_INPUT), p);
}

static int check_factors(const mlrt__call *c, int dtype) {
    double beta = mlrt__d(c, ADD_BETA), alpha = mlrt__d(c, ADD_ALPHA);
    bool whole = rint(beta) == beta && rint(alpha) == alpha &&
                 fabs(beta) < 0x1p53 && fabs(alpha) < 0x1p53;
    if (mlrt__is_float(dtype) || whole)
        return 0;
    return mlrt__bad(c, MLRT_EARG,
                     "beta %g and alpha %g: integer tensors want integers",
                     beta, alpha);
}

/* The input broadcasts to the product's shape, not the other way round. */
static int check_input(const mlrt__call *c, const mlrt__product *p) {
    const mlrt_tensor *x = mlrt__t(c, ADD_INPUT);
    int64_t shape[MLRT_MAX_DIMS];
    char text[MLRT__SHAPE_TEXT];
    int n, err = mlrt__broadcast(c, x->ndim, x->shape, p->ndim, p->shape, &n,
                                 shape);
    if (err)
        return err;
    if (n == p->ndim && memcmp(shape, p->shape, (size_t)n * 8) == 0)
        return 0;
    return mlrt__bad(c, MLRT_ESHAPE,
                     "input %s does not broadcast to the product's %s",
                     MLRT__ST(x), mlrt__shape_text(text, p->ndim, p->shape));
}

static int add_shape(mlrt__call *c, int ndim) {
    mlrt__product p;
    int err = mlrt__want_ndim(c, ADD_A, ndim);
    if (!err)
        err = mlrt__want_ndim(c, ADD_B, ndim);
    if (!err && ndim == 3)
        err = same_batch(c, mlrt__t(c, ADD_A), mlrt__t(c, ADD_B));
    if (!err)
        err = add_of(c, &p);
    if (!err)
        err = check_factors(c, p.g.dtype);
    if (!err)
        err = check_input(c, &p);
    return err ? err : mlrt__product_out(c, &p);
}
static int addmm_shape(mlrt__call *c) {
    return add_shape(c, 2);
}
static int baddbmm_shape(mlrt__call *c) {
    return add_shape(c, 3);
}

static int add_forward(mlrt__call *c) {
    mlrt__product p;
    double beta = mlrt__d(c, ADD_BETA), alpha = mlrt__d(c, ADD_ALPHA);
    int err = add_of(c, &p);
    if (!err && beta != 0)
        err = mlrt__copy_into(c->m, mlrt__t(c, ADD_INPUT), c->y[0]);
    return err ? err : mlrt__product_run(c, &p, alpha, beta);
}

static double add_flops(const mlrt__call *c) {
    return flops_of(c, mlrt__t(c, ADD_A));
}

static mlrt_tensor *times(mlrt *m, mlrt_tensor *t, double factor) {
    return factor == 1 ? t : mlrt_mul(m, t, mlrt_number(m, factor));
}

static void add_backward(mlrt__walk *w) {
    mlrt_tensor *g = mlrt__g(w, 0);
    if (mlrt__need(w, ADD_INPUT))
        mlrt__give(w, ADD_INPUT, times(w->m, g, mlrt__arg(w, ADD_BETA)->u.d));
    if (mlrt__need(w, ADD_A) || mlrt__need(w, ADD_B))
        give_products(w, ADD_A, ADD_B,
                      times(w->m, g, mlrt__arg(w, ADD_ALPHA)->u.d));
}

/* ---- linear ----------------------------------------------------------- */

enum { LIN_X, LIN_WEIGHT, LIN_BIAS };

static int linear_of(const mlrt__call *c, mlrt__product *p) {
    return mlrt__product_of(c, mlrt__t(c, LIN_X), 0, mlrt__t(c, LIN_WEIGHT),
                            MLRT__TURNED, mlrt__t(c, LIN_BIAS), p);
}

static int linear_fits(const mlrt__call *c) {
    const mlrt_tensor *x = mlrt__t(c, LIN_X), *w = mlrt__t(c, LIN_WEIGHT);
    const mlrt_tensor *b = mlrt__t(c, LIN_BIAS);
    if (w->ndim != 2)
        return mlrt__bad(c, MLRT_ESHAPE, "weight: (out, in) expected, got %s",
                         MLRT__ST(w));
    if (x->ndim == 0 || x->shape[x->ndim - 1] != w->shape[1])
        return mlrt__bad(c, MLRT_ESHAPE,
                         "x: (..., %lld) expected for weight %s, got %s",
                         (long long)w->shape[1], MLRT__ST(w), MLRT__ST(x));
    if (b && (b->ndim != 1 || b->shape[0] != w->shape[0]))
        return mlrt__bad(c, MLRT_ESHAPE,
                         "bias: (%lld) expected for weight %s, got %s",
                         (long long)w->shape[0], MLRT__ST(w), MLRT__ST(b));
    return 0;
}

static int linear_shape(mlrt__call *c) {
    mlrt__product p;
    int err = linear_fits(c);
    if (!err)
        err = linear_of(c, &p);
    return err ? err : mlrt__product_out(c, &p);
}

/* Every row of y begins as the bias.  Few bytes are doubled until they are
 * enough, which spares small layers a loop over rows. */
static int start_rows(mlrt__call *c, const mlrt_tensor *bias) {
    mlrt_tensor *y = c->y[0];
    size_t row = (size_t)bias->numel * mlrt__dsize(y->dtype);
    size_t all = mlrt_nbytes(y);
    char *to = mlrt__ptr(y);
    if (bias->dtype != y->dtype || !mlrt__contiguous(bias) || all > 1 << 16)
        return mlrt__copy_into(c->m, bias, y);
    if (all == 0)
        return 0;
    memcpy(to, mlrt__ptr(bias), row);
    for (size_t done = row; done < all; done *= 2)
        memcpy(to + done, to, all - done < done ? all - done : done);
    return 0;
}

static int linear_forward(mlrt__call *c) {
    const mlrt_tensor *bias = mlrt__t(c, LIN_BIAS);
    mlrt__product p;
    int err = linear_of(c, &p);
    if (!err && bias)
        err = start_rows(c, bias);
    return err ? err : mlrt__product_run(c, &p, 1, bias ? 1 : 0);
}

/* y = x W^T + b:  dx = dy W, dW = dy^T x, db = dy, which the walk sums over
 * its rows. */
static void linear_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *g = mlrt__g(w, 0);
    if (mlrt__need(w, LIN_X))
        mlrt__give(w, LIN_X, mlrt_matmul(m, g, mlrt__in(w, LIN_WEIGHT)));
    if (mlrt__need(w, LIN_WEIGHT))
        mlrt__give(
            w, LIN_WEIGHT,
            mlrt__rows_product(m, as_row(m, g), as_row(m, mlrt__in(w, LIN_X))));
    if (mlrt__need(w, LIN_BIAS))
        mlrt__give(w, LIN_BIAS, g);
}

/* ---- Rows ------------------------------------------------------------- */

#define PRODUCT_SAVES                                                          \
    { MLRT__IN(1), MLRT__IN(0) }
#define ADD_ARGS                                                               \
    "input: tensor, a: tensor, b: tensor, beta: number = 1, "                  \
    "alpha: number = 1"

const mlrt__op mlrt__matmul[] = {
    {.name = "matmul",
     .args = "a: tensor, b: tensor",
     .outs = "y",
     .doc = "Product of matrices: (..., m, k) x (..., k, n) -> (..., m, n). "
            "The leading dimensions broadcast. A vector counts as a row on "
            "the left and as a column on the right, and its 1 is left out of "
            "the result; two vectors give a 0-d tensor. An empty sum is 0. "
            "Integers wrap.",
     .shape = matmul_shape,
     .forward = matmul_forward,
     .backward = matmul_backward,
     .saves = PRODUCT_SAVES,
     .flops = matmul_flops,
     .samples = SAMPLES(
         "r(2,3), r(3,4)", "r(3,2):t(), r(4,3):t()", "r(3), r(3)",
         "r(2,3), r(3)", "r(3), r(3,4)", "r(2,2,3), r(2,3,4)",
         "r(2,1,2,3), r(3,3,4)", "r(2,2,3), r(3,4)", "r(2,3), r(2,3,4)",
         "r(2,2,3), r(3)", "r(3), r(2,3,4)", "r(3,2,2):transpose(1,3), r(3,2)",
         "r(0,3), r(3,2)", "r(2,0), r(0,3)", "i(2,3), i(3,2)",
         "!r(64,784), r(10,784) -- (64, 784) x (10, 784): inner sizes 784 and "
         "10 differ",
         "!r(2,2,3), r(3,3,4) -- do not broadcast",
         "!r(), r(3) -- a number has no inner size",
         "!b{true}, r(1) -- bool has no arithmetic",
         "!r(2), ix{1,2} -- index has no arithmetic")},
    {.name = "mm",
     .args = "a: tensor, b: tensor",
     .outs = "y",
     .doc = "Product of two matrices: (m, k) x (k, n) -> (m, n).",
     .shape = mm_shape,
     .forward = matmul_forward,
     .backward = matmul_backward,
     .saves = PRODUCT_SAVES,
     .flops = matmul_flops,
     .samples = SAMPLES("r(2,3), r(3,4)", "r(3,2):t(), r(4,3):t()",
                        "r(0,3), r(3,2)", "i(2,3), i(3,2)",
                        "!r(2,3), r(3) -- 2 dimensions expected, got shape (3)",
                        "!r(2,3), r(2,3) -- inner sizes 3 and 2 differ")},
    {.name = "bmm",
     .args = "a: tensor, b: tensor",
     .outs = "y",
     .doc = "Products of two batches of matrices: (batch, m, k) x (batch, k, "
            "n) -> (batch, m, n).",
     .shape = bmm_shape,
     .forward = matmul_forward,
     .backward = matmul_backward,
     .saves = PRODUCT_SAVES,
     .flops = matmul_flops,
     .samples = SAMPLES(
         "r(2,3,4), r(2,4,2)", "r(2,4,3):transpose(2,3), r(2,4,2)",
         "r(0,2,3), r(0,3,2)", "!r(2,3), r(2,3,4) -- 3 dimensions expected",
         "!r(2,3,4), r(1,4,2) -- batches of 2 and 1")},
    {.name = "mv",
     .args = "a: tensor, b: tensor",
     .outs = "y",
     .doc = "Product of a matrix and a vector: (m, k) x (k) -> (m).",
     .shape = mv_shape,
     .forward = matmul_forward,
     .backward = matmul_backward,
     .saves = PRODUCT_SAVES,
     .flops = matmul_flops,
     .samples = SAMPLES("r(2,3), r(3)", "r(3,2):t(), r(3)", "r(2,0), r(0)",
                        "!r(2,3), r(2) -- inner sizes 3 and 2 differ")},
    {.name = "dot",
     .args = "a: tensor, b: tensor",
     .outs = "y",
     .doc = "Sum of the products of two vectors' elements: (k) x (k) -> ().",
     .shape = dot_shape,
     .forward = matmul_forward,
     .backward = matmul_backward,
     .saves = PRODUCT_SAVES,
     .flops = matmul_flops,
     .samples = SAMPLES("r(3), r(3)", "r(0), r(0)", "i(3), i(3)",
                        "!r(3), r(2) -- inner sizes 3 and 2 differ",
                        "!r(2,3), r(3) -- 1 dimensions expected")},
    {.name = "outer",
     .args = "a: tensor, b: tensor",
     .outs = "y",
     .doc = "All products of two vectors' elements: (m) x (n) -> (m, n).",
     .compose = outer_compose,
     .samples = SAMPLES("r(2), r(3)", "r(0), r(3)", "i(2), i(3)",
                        "!r(2,3), r(3) -- 1 dimensions expected")},
    {.name = "addmm",
     .args = ADD_ARGS,
     .outs = "y",
     .doc = "beta * input + alpha * (a b) for matrices a: (m, k) and b: (k, "
            "n); the input broadcasts to (m, n), and is not read when beta is "
            "0.",
     .shape = addmm_shape,
     .forward = add_forward,
     .backward = add_backward,
     .saves = {[ADD_A] = MLRT__IN(ADD_B), [ADD_B] = MLRT__IN(ADD_A)},
     .flops = add_flops,
     .samples = SAMPLES("r(2,4), r(2,3), r(3,4)",
                        "r(4), r(2,3), r(3,4), {beta=0.5, alpha=2}",
                        "r(), r(3,2):t(), r(3,4)", "r(2,1), r(2,0), r(0,3)",
                        "i(2,2), i(2,3), i(3,2), {alpha=2}",
                        "!r(3), r(2,3), r(3,4) -- do not broadcast",
                        "!r(2,2,4), r(2,3), r(3,4) -- input (2, 2, 4) does "
                        "not broadcast to the product's (2, 4)",
                        "!i(2,2), i(2,3), i(3,2), {alpha=0.5} -- integer "
                        "tensors want integers")},
    {.name = "baddbmm",
     .args = ADD_ARGS,
     .outs = "y",
     .doc = "beta * input + alpha * (a b) for batches a: (batch, m, k) and "
            "b: (batch, k, n); the input broadcasts to (batch, m, n), and is "
            "not read when beta is 0.",
     .shape = baddbmm_shape,
     .forward = add_forward,
     .backward = add_backward,
     .saves = {[ADD_A] = MLRT__IN(ADD_B), [ADD_B] = MLRT__IN(ADD_A)},
     .flops = add_flops,
     .samples = SAMPLES("r(2,3,2), r(2,3,4), r(2,4,2)",
                        "r(2), r(2,3,4), r(2,4,2), {beta=0.5, alpha=-1}",
                        "!r(2), r(2,3,4), r(3,4,2) -- batches of 2 and 3")},
    {.name = "linear",
     .args = "x: tensor, weight: tensor, bias: tensor?",
     .outs = "y",
     .doc = "x W^T + bias for x: (..., in), weight: (out, in), bias: (out) "
            "-> (..., out).",
     .shape = linear_shape,
     .forward = linear_forward,
     .backward = linear_backward,
     .saves = {[LIN_X] = MLRT__IN(LIN_WEIGHT), [LIN_WEIGHT] = MLRT__IN(LIN_X)},
     .flops = matmul_flops,
     .samples = SAMPLES(
         "r(2,3), r(4,3), r(4)", "r(2,3), r(4,3)", "r(3), r(4,3), r(4)",
         "r(2,2,3), r(4,3), r(4)", "r(3,2):t(), r(3,4):t(), r(4)",
         "r(3,2,2):transpose(1,3), r(4,3), r(4)", "r(0,3), r(2,3), r(2)",
         "r(2,0), r(3,0), r(3)",
         "!r(2,5), r(4,3) -- x: (..., 3) expected for weight (4, 3), got (2, "
         "5)",
         "!r(2,3), r(3) -- weight: (out, in) expected, got (3)",
         "!r(2,3), r(4,3), r(3) -- bias: (4) expected for weight (4, 3), got "
         "(3)")},
    {.name = "_rows_product",
     .args = "a: tensor, b: tensor",
     .outs = "y",
     .doc = "Sum over all rows r of a[r]^T b[r], where a: (..., m) and b: "
            "(..., n) -> (m, n): the gradient of a matrix that rows were "
            "multiplied with.",
     .shape = rows_shape,
     .forward = rows_forward,
     .backward = rows_backward,
     .saves = PRODUCT_SAVES,
     .flops = rows_flops,
     .samples = SAMPLES("r(4,2), r(4,3)", "r(2,4,2), r(2,4,3)",
                        "r(2,4):t(), r(3,4):t()", "r(0,2), r(0,3)",
                        "!r(4,2), r(3,2) -- rows of (4, 2) and (3, 2) differ")},
    {0},
};
