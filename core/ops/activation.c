/* activation.c: activation functions.
 *
 * Forward and first gradient are fused kernels (kernels/activation.c); the
 * gradient is a private row that takes g, what arrives, and x, what the
 * function got.  Its own gradient is G f'(x) for g,
 * the same row again, and G g f''(x) for x, written with operations.
 */
#include <math.h>

#include "elementwise.h"

static mlrt_tensor *times(mlrt *m, mlrt_tensor *a, double k) {
    return mlrt_mul(m, a, mlrt_number(m, k));
}
static mlrt_tensor *plus(mlrt *m, mlrt_tensor *a, double k) {
    return mlrt_add(m, a, mlrt_number(m, k));
}
/* k - a */
static mlrt_tensor *from(mlrt *m, double k, mlrt_tensor *a) {
    return mlrt_sub(m, mlrt_number(m, k), a);
}

/* G g f''(x) goes to x, in the gradient of a gradient. */
static void give_curve(mlrt__walk *w, mlrt_tensor *curve) {
    mlrt_tensor *g = mlrt_mul(w->m, mlrt__g(w, 0), mlrt__in(w, 0));
    mlrt__give(w, 1, mlrt_mul(w->m, g, curve));
}
/* ---- elu and its kin -------------------------------------------------- */

/* x > 0: right x, else left (exp(inner x) - 1) */
static const double selu[] = {1.0507009873554804934, 1.7580993408473766, 1};

static int elu_forward(mlrt__call *c) {
    return mlrt__elementwise(c, 0, 0, (double[]){1, mlrt__d(c, 1), 1});
}
static int celu_shape(mlrt__call *c) {
    if (mlrt__d(c, 1) == 0)
        return mlrt__bad(c, MLRT_EARG, "alpha may not be 0");
    return mlrt__float_shape(c);
}
static int celu_forward(mlrt__call *c) {
    double alpha = mlrt__d(c, 1);
    return mlrt__elementwise(c, 0, 0, (double[]){1, alpha, 1 / alpha});
}
static int selu_forward(mlrt__call *c) {
    return mlrt__elementwise(c, 0, 0, selu);
}

static void give_elu(mlrt__walk *w, double right, double left, double inner) {
    mlrt__give(w, 0,
               mlrt__elu_grad(w->m, mlrt__g(w, 0), mlrt__in(w, 0), right, left,
                              inner));
}
static void elu_backward(mlrt__walk *w) {
    give_elu(w, 1, mlrt__arg(w, 1)->u.d, 1);
}
static void celu_backward(mlrt__walk *w) {
    double alpha = mlrt__arg(w, 1)->u.d;
    give_elu(w, 1, alpha, 1 / alpha);
}
static void selu_backward(mlrt__walk *w) {
    give_elu(w, selu[0], selu[1], selu[2]);
}

static int elu_grad_forward(mlrt__call *c) {
    return mlrt__elementwise(
        c, 0, 1, (double[]){mlrt__d(c, 2), mlrt__d(c, 3), mlrt__d(c, 4)});
}
/* f'' = left inner^2 exp(inner x) on the left; x is kept from overflow on
 * the right. */
static void elu_grad_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    double right = mlrt__arg(w, 2)->u.d, left = mlrt__arg(w, 3)->u.d;
    double inner = mlrt__arg(w, 4)->u.d;
    mlrt_tensor *x = mlrt__in(w, 1), *zero = mlrt_number(m, 0);
    if (mlrt__need(w, 0))
        mlrt__give(w, 0,
                   mlrt__elu_grad(m, mlrt__g(w, 0), x, right, left, inner));
    if (mlrt__need(w, 1)) {
        mlrt_tensor *e = mlrt_exp(m, times(m, mlrt_minimum(m, x, zero), inner));
        e = times(m, e, left * inner * inner);
        give_curve(w, mlrt_where(m, mlrt_gt(m, x, zero), zero, e));
    }
}

/* ---- gelu ------------------------------------------------------------- */

static int gelu_forward(mlrt__call *c) {
    return mlrt__elementwise(c, 0, 0, (double[]){(double)mlrt__i(c, 1)});
}
static void gelu_backward(mlrt__walk *w) {
    mlrt__give(w, 0,
               mlrt__gelu_grad(w->m, mlrt__g(w, 0), mlrt__in(w, 0),
                               (int)mlrt__arg(w, 1)->u.i));
}
static int gelu_grad_forward(mlrt__call *c) {
    return mlrt__elementwise(c, 0, 1, (double[]){(double)mlrt__i(c, 2)});
}

/* exp(-x^2 / 2) / sqrt(2 pi) (2 - x^2) */
static mlrt_tensor *gelu_curve(mlrt *m, mlrt_tensor *x) {
    mlrt_tensor *s = mlrt_square(m, x);
    mlrt_tensor *bell = mlrt_exp(m, times(m, s, -0.5));
    return mlrt_mul(m, times(m, bell, 0.3989422804014327), from(m, 2, s));
}
/* x s(z) has the second derivative s' (2 z' + x z'' + x z'^2 (1 - 2 s)),
 * s the logistic function; z = a x + b x^3 */
static mlrt_tensor *gate_curve(mlrt *m, mlrt_tensor *x, double a, double b) {
    mlrt_tensor *square = mlrt_square(m, x);
    mlrt_tensor *z = mlrt_mul(m, x, plus(m, times(m, square, b), a));
    mlrt_tensor *z1 = plus(m, times(m, square, 3 * b), a);
    mlrt_tensor *s = mlrt_sigmoid(m, z), *s1 = mlrt_mul(m, s, from(m, 1, s));
    mlrt_tensor *t = mlrt_mul(m, mlrt_square(m, z1),
                              from(m, 1, times(m, s, 2)));
    t = mlrt_mul(m, x, mlrt_add(m, times(m, x, 6 * b), t));
    return mlrt_mul(m, s1, mlrt_add(m, times(m, z1, 2), t));
}
static void gelu_grad_backward(mlrt__walk *w) {
    mlrt_tensor *x = mlrt__in(w, 1);
    int approximate = (int)mlrt__arg(w, 2)->u.i;
    if (mlrt__need(w, 0))
        mlrt__give(w, 0, mlrt__gelu_grad(w->m, mlrt__g(w, 0), x, approximate));
    if (!mlrt__need(w, 1))
        return;
    double a = 2 * sqrt(2 / M_PI);
    give_curve(w, approximate ? gate_curve(w->m, x, a, 0.044715 * a)
                              : gelu_curve(w->m, x));
}

/* ---- silu, mish ------------------------------------------------------- */

static void silu_backward(mlrt__walk *w) {
    mlrt__give(w, 0, mlrt__silu_grad(w->m, mlrt__g(w, 0), mlrt__in(w, 0)));
}
static void silu_grad_backward(mlrt__walk *w) {
    mlrt_tensor *x = mlrt__in(w, 1);
    if (mlrt__need(w, 0))
        mlrt__give(w, 0, mlrt__silu_grad(w->m, mlrt__g(w, 0), x));
    if (mlrt__need(w, 1))
        give_curve(w, gate_curve(w->m, x, 1, 0));
}

static void mish_backward(mlrt__walk *w) {
    mlrt__give(w, 0, mlrt__mish_grad(w->m, mlrt__g(w, 0), mlrt__in(w, 0)));
}
/* With t = tanh(softplus(x)), s the logistic function and t' = s (1 - t^2):
 * 2 t' + x t' (1 - s - 2 t s) */
static mlrt_tensor *mish_curve(mlrt *m, mlrt_tensor *x) {
    mlrt_tensor *t = mlrt_tanh(m, mlrt_softplus(m, x, 1, 20));
    mlrt_tensor *s = mlrt_sigmoid(m, x);
    mlrt_tensor *t1 = mlrt__tanh_grad(m, s, t);
    mlrt_tensor *f = mlrt_mul(m, s, plus(m, times(m, t, 2), 1));
    f = plus(m, mlrt_mul(m, x, from(m, 1, f)), 2);
    return mlrt_mul(m, t1, f);
}
static void mish_grad_backward(mlrt__walk *w) {
    mlrt_tensor *x = mlrt__in(w, 1);
    if (mlrt__need(w, 0))
        mlrt__give(w, 0, mlrt__mish_grad(w->m, mlrt__g(w, 0), x));
    if (mlrt__need(w, 1))
        give_curve(w, mish_curve(w->m, x));
}

/* ---- softplus, logsigmoid --------------------------------------------- */

static int softplus_shape(mlrt__call *c) {
    if (mlrt__d(c, 1) == 0)
        return mlrt__bad(c, MLRT_EARG, "beta may not be 0");
    return mlrt__float_shape(c);
}
static int softplus_forward(mlrt__call *c) {
    return mlrt__elementwise(c, 0, 0, (double[]){mlrt__d(c, 1), mlrt__d(c, 2)});
}
static void softplus_backward(mlrt__walk *w) {
    mlrt__give(w, 0,
               mlrt__softplus_grad(w->m, mlrt__g(w, 0), mlrt__in(w, 0),
                                   mlrt__arg(w, 1)->u.d, mlrt__arg(w, 2)->u.d));
}
static int softplus_grad_forward(mlrt__call *c) {
    return mlrt__elementwise(c, 0, 1, (double[]){mlrt__d(c, 2), mlrt__d(c, 3)});
}
/* f'' = beta s (1 - s), s = 1 / (1 + exp(-beta x)), and 0 beyond the
 * threshold */
static void softplus_grad_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *x = mlrt__in(w, 1);
    double beta = mlrt__arg(w, 2)->u.d, threshold = mlrt__arg(w, 3)->u.d;
    if (mlrt__need(w, 0))
        mlrt__give(w, 0,
                   mlrt__softplus_grad(m, mlrt__g(w, 0), x, beta, threshold));
    if (mlrt__need(w, 1)) {
        mlrt_tensor *z = times(m, x, beta), *s = mlrt_sigmoid(m, z);
        mlrt_tensor *f = times(m, mlrt_mul(m, s, from(m, 1, s)), beta);
        mlrt_tensor *far = mlrt_gt(m, z, mlrt_number(m, threshold));
        give_curve(w, mlrt_where(m, far, mlrt_number(m, 0), f));
    }
}
/* -softplus(-x): its slope is that of softplus at -x. */
static void logsigmoid_backward(mlrt__walk *w) {
    mlrt_tensor *x = mlrt_neg(w->m, mlrt__in(w, 0));
    mlrt__give(w, 0, mlrt__softplus_grad(w->m, mlrt__g(w, 0), x, 1, INFINITY));
}

/* ---- softsign -------------------------------------------------------- */

static void softsign_backward(mlrt__walk *w) {
    mlrt__give(w, 0, mlrt__softsign_grad(w->m, mlrt__g(w, 0), mlrt__in(w, 0)));
}
static void softsign_grad_backward(mlrt__walk *w) {
    mlrt *m = w->m;
    mlrt_tensor *x = mlrt__in(w, 1);
    if (mlrt__need(w, 0))
        mlrt__give(w, 0, mlrt__softsign_grad(m, mlrt__g(w, 0), x));
    if (mlrt__need(w, 1)) { /* f'' = -2 sign(x) / (1 + |x|)^3 */
        mlrt_tensor *d = plus(m, mlrt_abs(m, x), 1);
        mlrt_tensor *f = times(m, mlrt_sign(m, x), -2);
        give_curve(w, mlrt_div(m, f, mlrt_pow(m, d, mlrt_number(m, 3))));
    }
}

/* ---- Rows ------------------------------------------------------------- */

#define REFUSED                                                                \
    "!ix{1,2} -- an index has no arithmetic",                                  \
        "!b{true,false} -- bool has no arithmetic"
#define ANY_X                                                                  \
    SAMPLES("r(2,3)", "r(3,2):t()", "r()", "r(0,3)", "r(50)", "i(2,3)", REFUSED)
#define PAIR SAMPLES("r(2,3), r(2,3)", "r(3,2):t(), r(2,3)")
#define BOTH (MLRT__IN(0) | MLRT__IN(1))

const mlrt__op mlrt__activation[] = {
    {.name = "elu",
     .args = "x: tensor, alpha: number = 1",
     .outs = "y",
     .doc = "x where it is above 0, alpha (exp(x) - 1) elsewhere. Clevert "
            "et al. 2015.",
     .inplace = true,
     .shape = mlrt__float_shape,
     .forward = elu_forward,
     .backward = elu_backward,
     .saves = {MLRT__IN(0)},
     .samples = SAMPLES("r(2,3)", "r(3,2):t(), 0.3", "r(2,3), {alpha=2}", "r()",
                        "r(0,3)")},
    {.name = "celu",
     .args = "x: tensor, alpha: number = 1",
     .outs = "y",
     .doc = "x where it is above 0, alpha (exp(x / alpha) - 1) elsewhere. "
            "Barron 2017.",
     .inplace = true,
     .kernel = "elu",
     .shape = celu_shape,
     .forward = celu_forward,
     .backward = celu_backward,
     .saves = {MLRT__IN(0)},
     .samples = SAMPLES("r(2,3)", "r(3,2):t(), 0.3", "r(2,3), {alpha=2}", "r()",
                        "r(0,3)", "!r(2), 0 -- alpha may not be 0")},
    {.name = "selu",
     .args = "x: tensor",
     .outs = "y",
     .doc = "1.0507 x where it is above 0, 1.7581 (exp(x) - 1) elsewhere: "
            "keeps mean 0 and variance 1 through layers. Klambauer et al. "
            "2017.",
     .inplace = true,
     .kernel = "elu",
     .shape = mlrt__float_shape,
     .forward = selu_forward,
     .backward = selu_backward,
     .saves = {MLRT__IN(0)},
     .samples = ANY_X},
    {.name = "gelu",
     .args = "x: tensor, approximate: none|tanh = none",
     .outs = "y",
     .doc = "x P(x), P the standard normal distribution; with tanh, P(x) "
            "is (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2. "
            "Hendrycks and Gimpel 2016.",
     .inplace = true,
     .shape = mlrt__float_shape,
     .forward = gelu_forward,
     .backward = gelu_backward,
     .saves = {MLRT__IN(0)},
     .samples = SAMPLES("r(2,3)", "r(3,2):t()", "r()", "r(0,3)", "r(50)",
                        "r(2,3), {approximate='tanh'}", "i(2,3)", REFUSED)},
    {.name = "silu",
     .args = "x: tensor",
     .outs = "y",
     .doc = "x / (1 + exp(-x)), also known as swish. Elfwing et al. 2017.",
     .inplace = true,
     .shape = mlrt__float_shape,
     .forward = mlrt__float_forward,
     .backward = silu_backward,
     .saves = {MLRT__IN(0)},
     .samples = ANY_X},
    {.name = "mish",
     .args = "x: tensor",
     .outs = "y",
     .doc = "x tanh(log(1 + exp(x))). Misra 2019.",
     .inplace = true,
     .shape = mlrt__float_shape,
     .forward = mlrt__float_forward,
     .backward = mish_backward,
     .saves = {MLRT__IN(0)},
     .samples = ANY_X},
    {.name = "softplus",
     .args = "x: tensor, beta: number = 1, threshold: number = 20",
     .outs = "y",
     .doc = "log(1 + exp(beta x)) / beta, a smooth relu; x itself where "
            "beta x is above the threshold.",
     .inplace = true,
     .shape = softplus_shape,
     .forward = softplus_forward,
     .backward = softplus_backward,
     .saves = {MLRT__IN(0)},
     .samples = SAMPLES("r(2,3)", "r(3,2):t(), 3",
                        "r(2,3), {beta=2, threshold=1}", "r()", "r(0,3)",
                        "!r(2), 0 -- beta may not be 0")},
    {.name = "logsigmoid",
     .args = "x: tensor",
     .outs = "y",
     .doc = "log(sigmoid(x)), exact where that would round to 0.",
     .inplace = true,
     .shape = mlrt__float_shape,
     .forward = mlrt__float_forward,
     .backward = logsigmoid_backward,
     .saves = {MLRT__IN(0)},
     .samples = ANY_X},
    {.name = "softsign",
     .args = "x: tensor",
     .outs = "y",
     .doc = "x / (1 + |x|).",
     .inplace = true,
     .shape = mlrt__float_shape,
     .forward = mlrt__float_forward,
     .backward = softsign_backward,
     .saves = {MLRT__IN(0)},
     .samples = ANY_X},
    {.name = "_elu_grad",
     .args = "g: tensor, x: tensor, right: number, left: number, inner: number",
     .outs = "gx",
     .doc = "g right where x > 0, else g left inner exp(inner x).",
     .shape = mlrt__pair_shape,
     .forward = elu_grad_forward,
     .backward = elu_grad_backward,
     .saves = {MLRT__IN(1), BOTH},
     .samples = SAMPLES("r(2,3), r(2,3), 1, 2, 0.5")},
    {.name = "_gelu_grad",
     .args = "g: tensor, x: tensor, approximate: none|tanh",
     .outs = "gx",
     .doc = "g times the slope of gelu at x.",
     .shape = mlrt__pair_shape,
     .forward = gelu_grad_forward,
     .backward = gelu_grad_backward,
     .saves = {MLRT__IN(1), BOTH},
     .samples = SAMPLES("r(2,3), r(2,3), 'none'", "r(2,3), r(2,3), 'tanh'")},
    {.name = "_silu_grad",
     .args = "g: tensor, x: tensor",
     .outs = "gx",
     .doc = "g times the slope of silu at x.",
     .shape = mlrt__pair_shape,
     .forward = mlrt__pair_forward,
     .backward = silu_grad_backward,
     .saves = {MLRT__IN(1), BOTH},
     .samples = PAIR},
    {.name = "_mish_grad",
     .args = "g: tensor, x: tensor",
     .outs = "gx",
     .doc = "g times the slope of mish at x.",
     .shape = mlrt__pair_shape,
     .forward = mlrt__pair_forward,
     .backward = mish_grad_backward,
     .saves = {MLRT__IN(1), BOTH},
     .samples = PAIR},
    {.name = "_softplus_grad",
     .args = "g: tensor, x: tensor, beta: number, threshold: number",
     .outs = "gx",
     .doc = "g / (1 + exp(-beta x)), or g where beta x is above the "
            "threshold.",
     .shape = mlrt__pair_shape,
     .forward = softplus_grad_forward,
     .backward = softplus_grad_backward,
     .saves = {MLRT__IN(1), BOTH},
     .samples = SAMPLES("r(2,3), r(2,3), 2, 1")},
    {.name = "_softsign_grad",
     .args = "g: tensor, x: tensor",
     .outs = "gx",
     .doc = "g / (1 + |x|)^2.",
     .shape = mlrt__pair_shape,
     .forward = mlrt__pair_forward,
     .backward = softsign_grad_backward,
     .saves = {MLRT__IN(1), BOTH},
     .samples = PAIR},
    {0},
};
