/* linalg.c: what is composed of the other families of linear algebra. */
#include <math.h>

#include "../lapack.h"

static const int64_t last[1] = {-1}, both[2] = {-2, -1};

/* ---- matrix_norm ------------------------------------------------------ */

enum { FRO, NUC, SPECTRAL, INF, ONE, LEAST, LEAST_INF, LEAST_ONE };
enum { ORD = 1, KEEPDIM = 2, COND_P = 2, NORM_P = 3 };

/* The order that a word or, at argument `p`, a number names; -1: none. */
static int order_of(const mlrt__call *c, int p) {
    if (!mlrt__has(c, p))
        return (int)mlrt__i(c, ORD);
    double v = mlrt__d(c, p);
    int ord = fabs(v) == 2 ? SPECTRAL : isinf(v) ? INF : ONE;
    if (fabs(v) != 1 && fabs(v) != 2 && !isinf(v))
        return mlrt__bad(c, MLRT_EARG,
                         "argument 'p': 1, 2, inf or one of these below 0 "
                         "expected, got %g",
                         v);
    return v < 0 ? ord - SPECTRAL + LEAST : ord;
}

/* The sums of magnitudes along a dimension. */
static mlrt_tensor *sums(mlrt *m, mlrt_tensor *x, int64_t dim) {
    return mlrt_sum(m, mlrt_abs(m, x), &dim, 1, false);
}
static mlrt_tensor *largest(mlrt *m, mlrt_tensor *x) {
    return mlrt_amax(m, x, last, 1, false);
}
static mlrt_tensor *smallest(mlrt *m, mlrt_tensor *x) {
    return mlrt_amin(m, x, last, 1, false);
}

static mlrt_tensor *matrix_norm(mlrt *m, mlrt_tensor *x, int ord) {
    switch (ord) {
    case FRO: return mlrt_norm(m, x, 2, both, 2, false);
    case NUC: return mlrt_sum(m, mlrt_svdvals(m, x), last, 1, false);
    case SPECTRAL: return largest(m, mlrt_svdvals(m, x));
    case INF: return largest(m, sums(m, x, -1));
    case ONE: return largest(m, sums(m, x, -2));
    case LEAST: return smallest(m, mlrt_svdvals(m, x));
    case LEAST_INF: return smallest(m, sums(m, x, -1));
    default: return smallest(m, sums(m, x, -2));
    }
}

static int norm_compose(mlrt__call *c) {
    mlrt *m = c->m;
    int ord = order_of(c, NORM_P);
    int err = ord < 0 ? ord : mlrt__want_matrix(c, 0);
    if (err)
        return err;
    mlrt_tensor *y = matrix_norm(m, mlrt__t(c, 0), ord);
    if (mlrt__i(c, KEEPDIM))
        y = mlrt_unsqueeze(m, mlrt_unsqueeze(m, y, -1), -1);
    c->y[0] = y;
    return 0;
}

/* ---- cond ------------------------------------------------------------- */

static int cond_compose(mlrt__call *c) {
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, 0);
    int ord = order_of(c, COND_P);
    bool values = ord == SPECTRAL || ord == LEAST;
    int err = ord < 0  ? ord
              : values ? mlrt__want_matrix(c, 0)
                       : mlrt__want_square(c, 0);
    if (err)
        return err;
    if (values) {
        mlrt_tensor *s = mlrt_svdvals(m, x);
        mlrt_tensor *high = largest(m, s), *low = smallest(m, s);
        c->y[0] = ord == LEAST ? mlrt_div(m, low, high)
                               : mlrt_div(m, high, low);
        return 0;
    }
    mlrt_tensor *y = matrix_norm(m, mlrt_inv(m, x), ord);
    c->y[0] = mlrt_mul(m, matrix_norm(m, x, ord), y);
    return 0;
}

/* ---- matrix_rank ------------------------------------------------------ */

enum { RCOND = 1, ATOL, RTOL, HERMITIAN };

/* As given, else none beside an absolute one, else what rounding makes. */
static double relative_limit(const mlrt__call *c, const mlrt_tensor *x,
                             double atol) {
    int64_t rows = x->shape[x->ndim - 2], cols = x->shape[x->ndim - 1];
    double eps = x->dtype == MLRT_F64 ? 0x1p-52 : 0x1p-23;
    if (mlrt__has(c, RCOND) || mlrt__has(c, RTOL))
        return mlrt__d(c, mlrt__has(c, RTOL) ? RTOL : RCOND);
    return atol > 0 ? 0 : eps * (double)(rows > cols ? rows : cols);
}

static int rank_compose(mlrt__call *c) {
    mlrt *m = c->m;
    const mlrt_tensor *x = mlrt__t(c, 0);
    int err = mlrt__want_matrix(c, 0);
    if (err)
        return err;
    double atol = mlrt__has(c, ATOL) ? mlrt__d(c, ATOL) : 0;
    bool hermitian = mlrt__has(c, HERMITIAN) && mlrt__i(c, HERMITIAN);
    if (hermitian && (err = mlrt__want_square(c, 0)))
        return err;
    bool recording = mlrt_set_grad_mode(m, false);
    mlrt_tensor *s = hermitian ? mlrt_abs(m, mlrt_eigvalsh(m, mlrt__t(c, 0)))
                               : mlrt_svdvals(m, mlrt__t(c, 0));
    if (s && s->shape[s->ndim - 1]) {
        mlrt_tensor *limit = mlrt_amax(m, s, last, 1, true);
        limit = mlrt_mul(m, limit, mlrt_number(m, relative_limit(c, x, atol)));
        limit = mlrt_maximum(m, limit, mlrt_number(m, atol));
        s = mlrt_gt(m, s, limit);
    }
    c->y[0] = mlrt_count_nonzero(m, s, last, 1, false);
    mlrt_set_grad_mode(m, recording);
    return 0;
}

/* ---- pinv ------------------------------------------------------------- */

static int pinv_compose(mlrt__call *c) {
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, 0);
    bool hermitian = mlrt__has(c, HERMITIAN) && mlrt__i(c, HERMITIAN);
    int err = hermitian ? mlrt__want_square(c, 0) : mlrt__want_matrix(c, 0);
    if (err)
        return err;
    double atol = mlrt__has(c, ATOL) ? mlrt__d(c, ATOL) : 0;
    double rtol = relative_limit(c, x, atol);
    if (hermitian)
        x = mlrt_mul(m, mlrt_add(m, x, mlrt__turned(m, x)),
                     mlrt_number(m, 0.5));
    c->y[0] = mlrt__pinv(m, x, rtol, atol);
    return 0;
}

/* ---- logdet ----------------------------------------------------------- */

/* log |det| + log sign: nan where the determinant is below 0. */
static int logdet_compose(mlrt__call *c) {
    mlrt_tensor *sign, *logs;
    int err = mlrt_slogdet(c->m, mlrt__t(c, 0), &sign, &logs);
    if (err)
        return err;
    c->y[0] = mlrt_add(c->m, logs, mlrt_log(c->m, mlrt_detach(sign)));
    return 0;
}

/* ---- matrix_power ----------------------------------------------------- */

/* The identity, once for each matrix of x. */
static mlrt_tensor *identity_like(mlrt *m, mlrt_tensor *x) {
    int64_t n = x->shape[x->ndim - 1];
    mlrt_tensor *eye = mlrt__triangle(m, x->dtype, n, 0, 1, 0);
    return mlrt_clone(m, mlrt_expand(m, eye, x->shape, x->ndim));
}

/* By squaring: the bits of n from the lowest. */
static int power_compose(mlrt__call *c) {
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, 0), *y = NULL;
    int64_t n = mlrt__i(c, 1);
    int err = mlrt__want_square(c, 0);
    if (err)
        return err;
    if (n < 0)
        x = mlrt_inv(m, x);
    if (n == 0)
        y = identity_like(m, x);
    for (uint64_t bits = n < 0 ? -(uint64_t)n : (uint64_t)n; bits && x;) {
        if (bits & 1)
            y = y ? mlrt_matmul(m, y, x) : x;
        bits >>= 1;
        if (bits)
            x = mlrt_matmul(m, x, x);
    }
    c->y[0] = x ? y : NULL;
    return 0;
}

/* ---- trace ------------------------------------------------------------ */

static int trace_compose(mlrt__call *c) {
    mlrt *m = c->m;
    const mlrt_tensor *x = mlrt__t(c, 0);
    if (x->ndim < 2)
        return mlrt__bad(c, MLRT_ESHAPE,
                         "a matrix (m, n) or a batch of them expected, got "
                         "shape %s",
                         MLRT__ST(x));
    mlrt_tensor *d = mlrt_diagonal(m, mlrt__t(c, 0), 0, -2, -1);
    c->y[0] = mlrt_sum(m, d, last, 1, false);
    return 0;
}

/* ---- Rows ------------------------------------------------------------- */

#define WORDS "ord: fro|nuc|spectral|inf|one"

const mlrt__op mlrt__linalg[] = {
    {.name = "matrix_norm",
     .args = "x: tensor, " WORDS " = fro, keepdim: bool = false; p: number?",
     .outs = "y",
     .doc = "Norms of matrices x: (..., m, n) -> (...). fro: the root of the "
            "sum of squares; nuc: the sum of the singular values; spectral: "
            "the largest one; inf: the largest sum of magnitudes of a row; "
            "one: of a column. Or by its number p: 2, inf, 1 are these, -2, "
            "-inf and -1 have the smallest in place of the largest.",
     .compose = norm_compose,
     .samples = SAMPLES("r(3,2)", "r(3,2), \"nuc\"", "r(2,2,3), {ord=\"inf\"}",
                        "r(3,3), {ord=\"spectral\", keepdim=true}",
                        "r(2,3):t(), {ord=\"one\"}", "r(2,3), {p=2}",
                        "r(2,3), {p=-2}", "r(2,3), {p=-1, keepdim=true}",
                        "r(2,3), {p=-math.huge}", "r(2,3), {p=math.huge}",
                        "!r(2,2), {p=3} -- 'p': 1, 2, inf",
                        "!r(3) -- a matrix (m, n) or a batch of them expected",
                        "!i(2,2) -- f32 or f64 expected")},
    {.name = "cond",
     .args = "x: tensor, " WORDS " = spectral; p: number?",
     .outs = "y",
     .doc = "Condition numbers of matrices x: (..., m, n) -> (...): the "
            "largest singular value by the smallest; for another norm that "
            "of x times that of its inverse. For the norms see matrix_norm; p "
            "= -2 is the smallest singular value by the largest.",
     .compose = cond_compose,
     .samples = SAMPLES("r(3,2)", "r(3,3), {ord=\"fro\"}",
                        "r(2,2,2), {ord=\"inf\"}", "r(3,2), {p=2}",
                        "r(3,2), {p=-2}", "r(3,3), {p=1}", "r(3,3), {p=-1}",
                        "r(3,3), {p=math.huge}", "r(3,3), {p=-math.huge}",
                        "r(3,3), {ord=\"nuc\"}",
                        "!r(3,2), {ord=\"one\"} -- square matrices expected")},
    {.name = "matrix_rank",
     .args = "x: tensor, rcond: number?; atol: number?, rtol: number?, "
             "hermitian: bool = false",
     .outs = "y",
     .doc = "How many singular values of matrices x: (..., m, n) are larger "
            "than rtol (rcond is the same) times the largest and than atol, "
            "i64: (...). By default rtol is the larger side times the "
            "precision of the dtype, or 0 beside an atol. hermitian: of "
            "symmetric matrices, by their eigenvalues.",
     .compose = rank_compose,
     .samples = SAMPLES("r(3,2)", "r(2,2,3)", "m.ones(3,3)", "r(0,3)",
                        "r(3,3), {rcond=0.5}", "r(3,4), {rtol=0.5}",
                        "r(2,3,3), {atol=1}", "r(3,3), {atol=1, rtol=0.9}",
                        "m.ones(3,3), {hermitian=true}",
                        "!r(2,3), {hermitian=true} -- square matrices expected",
                        "!r(3) -- a matrix (m, n) or a batch of them "
                        "expected")},
    {.name = "pinv",
     .args = "x: tensor, rcond: number?; atol: number?, rtol: number?, "
             "hermitian: bool = false",
     .outs = "y",
     .doc = "Moore-Penrose pseudoinverse of matrices x: (..., m, n) -> (..., "
            "n, m). Singular values up to rtol (rcond is the same) times the "
            "largest, or up to atol, count as zero; by default rtol is the "
            "larger side times the precision of the dtype, or 0 beside an "
            "atol. hermitian: of symmetric matrices, (x + x^T) / 2.",
     .compose = pinv_compose,
     .samples = SAMPLES("r(3,3)", "r(4,2)", "r(2,4)", "r(2,3,2)", "r(3,2):t()",
                        "r(0,3)", "r(3,2), {rcond=1e-3}", "r(3,2), {atol=0.01}",
                        "r(3,2), {rtol=1e-3}", "r(3,3), {hermitian=true}",
                        "r(2,3), {atol=0.01, rtol=1e-3}",
                        "!r(2,3), {hermitian=true} -- square matrices expected",
                        "!r(3) -- a matrix (m, n) or a batch of them "
                        "expected")},
    {.name = "logdet",
     .args = "x: tensor",
     .outs = "y",
     .doc = "Natural logarithm of the determinants of x: (..., n, n) -> (...): "
            "nan where one is below 0, -inf where it is 0.",
     .compose = logdet_compose,
     .samples = SAMPLES("t{{2,1},{0.5,3}}", "t{{1,4},{-2,0}}:t()",
                        "t{{{2,1},{0.5,3}},{{-1,0},{0,-2}}}", "r(0,0)",
                        "m.zeros(2,2)", "!r(2,3) -- square matrices expected")},
    {.name = "matrix_power",
     .args = "x: tensor, n: int",
     .outs = "y",
     .doc = "The product of n times the square matrix x: (..., k, k); the "
            "identity for 0, powers of the inverse for n < 0.",
     .compose = power_compose,
     .samples = SAMPLES("r(2,2), 0", "r(2,2), 1", "u(2,2), 5", "r(2,2,2), 3",
                        "r(3,3), -2",
                        "!r(2,3), 2 -- square matrices expected")},
    {.name = "trace",
     .args = "x: tensor",
     .outs = "y",
     .doc = "Sum of the diagonal of matrices x: (..., m, n) -> (...).",
     .compose = trace_compose,
     .samples = SAMPLES("r(3,3)", "r(2,3)", "r(2,3,2)", "i(2,2)",
                        "!r(3) -- a matrix (m, n) or a batch of them "
                        "expected")},
    {0},
};
