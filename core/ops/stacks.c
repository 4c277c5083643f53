/* stacks.c: lists of tensors side by side, as NumPy has them, and the product
 * of Kronecker; composed of cat and reshape. */
#include "../core.h"

/* t with at least n dimensions: 1 in front of a vector, behind a matrix. */
static mlrt_tensor *at_least(mlrt *m, mlrt_tensor *t, int n) {
    if (t && t->ndim == 0)
        t = mlrt_unsqueeze(m, t, 0);
    if (t && t->ndim == 1 && n > 1)
        t = mlrt_unsqueeze(m, t, 0);
    if (t && t->ndim == 2 && n > 2)
        t = mlrt_unsqueeze(m, t, 2);
    return t;
}

/* cat along dim of tensors that have at least n dimensions, vectors along
 * their only one. */
static int join(mlrt__call *c, int n, int64_t dim) {
    int k = c->arg[0].n;
    if (k == 0)
        return mlrt__bad(c, MLRT_EARG, "the list of tensors is empty");
    size_t bytes = mlrt__room(0, (size_t)k, sizeof(mlrt_tensor *));
    mlrt_tensor **ts = mlrt__alloc(c->m, bytes);
    if (!ts)
        return MLRT_ENOMEM;
    for (int i = 0; i < k; i++)
        ts[i] = at_least(c->m, c->arg[0].u.ts[i], n);
    if (ts[0] && ts[0]->ndim == 1)
        dim = 0;
    c->y[0] = mlrt_cat(c->m, ts, k, dim);
    mlrt__free(c->m, ts, bytes);
    return 0;
}
static int hstack_compose(mlrt__call *c) {
    return join(c, 1, 1);
}
static int vstack_compose(mlrt__call *c) {
    return join(c, 2, 0);
}
static int dstack_compose(mlrt__call *c) {
    return join(c, 3, 2);
}

/* ---- kron ------------------------------------------------------------- */

/* x as (x1, 1, x2, 1, ...) and y as (1, y1, 1, y2, ...): their product is
 * (x1, y1, x2, y2, ...), which is joined in pairs. */
static int kron_compose(mlrt__call *c) {
    mlrt *m = c->m;
    const mlrt_tensor *x = mlrt__t(c, 0), *y = mlrt__t(c, 1);
    int n = x->ndim > y->ndim ? x->ndim : y->ndim;
    int64_t sx[MLRT_MAX_DIMS], sy[MLRT_MAX_DIMS], s[MLRT_MAX_DIMS];
    if (2 * n > MLRT_MAX_DIMS)
        return mlrt__bad(c, MLRT_ESHAPE,
                         "at most %d dimensions expected, got shapes %s and "
                         "%s",
                         MLRT_MAX_DIMS / 2, MLRT__ST(x), MLRT__ST(y));
    for (int d = 0; d < n; d++) {
        int dx = d - (n - x->ndim), dy = d - (n - y->ndim);
        sx[2 * d] = dx < 0 ? 1 : x->shape[dx];
        sy[2 * d + 1] = dy < 0 ? 1 : y->shape[dy];
        sx[2 * d + 1] = sy[2 * d] = 1;
        s[d] = sx[2 * d] * sy[2 * d + 1];
    }
    mlrt_tensor *a = mlrt_reshape(m, mlrt__t(c, 0), sx, 2 * n);
    mlrt_tensor *b = mlrt_reshape(m, mlrt__t(c, 1), sy, 2 * n);
    c->y[0] = mlrt_reshape(m, mlrt_mul(m, a, b), s, n);
    return 0;
}

/* ---- Rows ------------------------------------------------------------- */

const mlrt__op mlrt__stacks[] = {
    {.name = "hstack",
     .args = "tensors: tensors",
     .outs = "y",
     .doc = "The tensors side by side: vectors one after the other, others "
            "along the second dimension.",
     .compose = hstack_compose,
     .samples = SAMPLES("{r(2), r(3)}", "{r(2,1), r(2,3)}", "{r(), r(2)}",
                        "{r(3,2):t(), r(2,1)}", "{r(0), r(2)}", "{i(2), r(2)}",
                        "!{} -- the list of tensors is empty",
                        "!{r(2,2), r(3,2)} -- they may differ in the joined "
                        "dim")},
    {.name = "vstack",
     .args = "tensors: tensors",
     .outs = "y",
     .doc = "The tensors one below the other, along the first dimension; a "
            "vector is a row.",
     .compose = vstack_compose,
     .samples = SAMPLES("{r(3), r(3)}", "{r(3), r(2,3)}", "{r(), r(1)}",
                        "{r(3,2):t(), r(1,3)}", "{r(0,3), r(3)}",
                        "!{} -- the list of tensors is empty",
                        "!{r(2), r(3)} -- they may differ in the joined dim")},
    {.name = "dstack",
     .args = "tensors: tensors",
     .outs = "y",
     .doc = "The tensors behind each other, along the third dimension; a "
            "vector is (1, N, 1) and a matrix (M, N, 1).",
     .compose = dstack_compose,
     .samples = SAMPLES("{r(3), r(3)}", "{r(2,3), r(2,3,2)}", "{r(), r()}",
                        "{r(3,2):t(), r(2,3)}", "{r(0), r(0)}",
                        "!{} -- the list of tensors is empty",
                        "!{r(2), r(3)} -- they may differ in the joined dim")},
    {.name = "kron",
     .args = "x: tensor, y: tensor",
     .outs = "z",
     .doc = "The Kronecker product: every element of x times all of y. Sizes "
            "multiply, dimension by dimension; a missing one counts as 1. At "
            "most 4 dimensions.",
     .compose = kron_compose,
     .samples = SAMPLES("r(2,2), r(2,3)", "r(2), r(3)", "r(2), r(2,2)",
                        "r(3,2):t(), r(2,1)", "r(), r(2)", "r(0), r(2)",
                        "i(2), i(2)",
                        "!r(1,1,1,1,1), r(1) -- at most 4 dimensions")},
    {0},
};
