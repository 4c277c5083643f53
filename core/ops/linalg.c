/* linalg.c: what is composed of the other families of linear algebra. */
#include "../lapack.h"

static const int64_t last[1] = {-1}, both[2] = {-2, -1};

/* ---- matrix_norm ------------------------------------------------------ */

enum { FRO, NUC, SPECTRAL, INF, ONE };

/* The largest of the sums of magnitudes along a dimension. */
static mlrt_tensor *largest_sum(mlrt *m, mlrt_tensor *x, int64_t dim) {
    mlrt_tensor *sums = mlrt_sum(m, mlrt_abs(m, x), &dim, 1, false);
    return mlrt_amax(m, sums, last, 1, false);
}

static mlrt_tensor *matrix_norm(mlrt *m, mlrt_tensor *x, int ord) {
    switch (ord) {
    case FRO: return mlrt_norm(m, x, 2, both, 2, false);
    case NUC: return mlrt_sum(m, mlrt_svdvals(m, x), last, 1, false);
    case SPECTRAL: return mlrt_amax(m, mlrt_svdvals(m, x), last, 1, false);
    case INF: return largest_sum(m, x, -1);
    default: return largest_sum(m, x, -2);
    }
}

static int norm_compose(mlrt__call *c) {
    mlrt *m = c->m;
    int err = mlrt__want_matrix(c, 0);
    if (err)
        return err;
    mlrt_tensor *y = matrix_norm(m, mlrt__t(c, 0), (int)mlrt__i(c, 1));
    if (mlrt__i(c, 2))
        y = mlrt_unsqueeze(m, mlrt_unsqueeze(m, y, -1), -1);
    c->y[0] = y;
    return 0;
}

/* ---- cond ------------------------------------------------------------- */

static int cond_compose(mlrt__call *c) {
    mlrt *m = c->m;
    mlrt_tensor *x = mlrt__t(c, 0);
    int ord = (int)mlrt__i(c, 1);
    int err = ord == SPECTRAL ? mlrt__want_matrix(c, 0)
                              : mlrt__want_square(c, 0);
    if (err)
        return err;
    if (ord == SPECTRAL) {
        mlrt_tensor *s = mlrt_svdvals(m, x);
        c->y[0] = mlrt_div(m, mlrt_amax(m, s, last, 1, false),
                           mlrt_amin(m, s, last, 1, false));
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

#define ORD "ord: fro|nuc|spectral|inf|one"

const mlrt__op mlrt__linalg[] = {
    {.name = "matrix_norm",
     .args = "x: tensor, " ORD " = fro, keepdim: bool = false",
     .outs = "y",
     .doc = "Norms of matrices x: (..., m, n) -> (...). fro: the root of the "
            "sum of squares; nuc: the sum of the singular values; spectral: "
            "the largest one; inf: the largest sum of magnitudes of a row; "
            "one: of a column.",
     .compose = norm_compose,
     .samples = SAMPLES("r(3,2)", "r(3,2), \"nuc\"", "r(2,2,3), {ord=\"inf\"}",
                        "r(3,3), {ord=\"spectral\", keepdim=true}",
                        "r(2,3):t(), {ord=\"one\"}",
                        "!r(3) -- a matrix (m, n) or a batch of them expected",
                        "!i(2,2) -- f32 or f64 expected")},
    {.name = "cond",
     .args = "x: tensor, " ORD " = spectral",
     .outs = "y",
     .doc = "Condition numbers of matrices x: (..., m, n) -> (...): the "
            "largest singular value by the smallest; for another norm that "
            "of x times that of its inverse.",
     .compose = cond_compose,
     .samples = SAMPLES("r(3,2)", "r(3,3), {ord=\"fro\"}",
                        "r(2,2,2), {ord=\"inf\"}",
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
