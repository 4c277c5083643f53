/* summaries.c: two folds of the same dimensions together. */
#include "../core.h"

/* The mean, and what `fold` gives. */
static int with_mean(mlrt__call *c, mlrt_tensor *(*fold)(mlrt *, mlrt_tensor *,
                                                         const int64_t *, int,
                                                         bool, int64_t)) {
    enum { X, DIM, KEEPDIM, CORRECTION };
    const int64_t *dim = mlrt__has(c, DIM) ? c->arg[DIM].u.v : NULL;
    int n = mlrt__has(c, DIM) ? c->arg[DIM].n : 0;
    bool keep = mlrt__i(c, KEEPDIM);
    c->y[0] = fold(c->m, mlrt__t(c, X), dim, n, keep, mlrt__i(c, CORRECTION));
    c->y[1] = mlrt_mean(c->m, mlrt__t(c, X), dim, n, keep);
    return 0;
}
static int var_mean_compose(mlrt__call *c) {
    return with_mean(c, mlrt_var);
}
static int std_mean_compose(mlrt__call *c) {
    return with_mean(c, mlrt_std);
}

static int aminmax_compose(mlrt__call *c) {
    mlrt_tensor *x = mlrt__t(c, 0);
    int64_t dim = mlrt__has(c, 1) ? mlrt__i(c, 1) : 0;
    int d, n = mlrt__has(c, 1), err = n ? mlrt__dim(c, 1, x->ndim, &d) : 0;
    if (err)
        return err;
    c->y[0] = mlrt_amin(c->m, x, &dim, n, mlrt__i(c, 2));
    c->y[1] = mlrt_amax(c->m, x, &dim, n, mlrt__i(c, 2));
    return 0;
}

/* ---- Rows ------------------------------------------------------------- */

#define DIMS "x: tensor, dim: dims?, keepdim: bool = false, correction: int = 1"

const mlrt__op mlrt__summaries[] = {
    {.name = "var_mean",
     .args = DIMS,
     .outs = "var, mean",
     .doc = "`var` and `mean` over the given dimensions, all if none are "
            "given.",
     .compose = var_mean_compose,
     .samples = SAMPLES("r(2,3)", "r(3,3), 1", "r(2,3,4), {dim={1,3}}",
                        "r(2,3), {dim=2, correction=0, keepdim=true}",
                        "r(3,2):t(), 1",
                        "!r(2,3), 3 -- dim 3 is out of range")},
    {.name = "std_mean",
     .args = DIMS,
     .outs = "std, mean",
     .doc = "`std` and `mean` over the given dimensions, all if none are "
            "given.",
     .compose = std_mean_compose,
     .samples = SAMPLES("r(2,3)", "r(3,3), 1", "r(2,3,4), {dim={1,3}}",
                        "r(2,3), {dim=2, correction=0, keepdim=true}",
                        "r(3,2):t(), 1",
                        "!r(2,3), 3 -- dim 3 is out of range")},
    {.name = "aminmax",
     .args = "x: tensor, dim: dim?, keepdim: bool = false",
     .outs = "min, max",
     .doc = "The smallest and the largest element along dim, or of all; nan "
            "wins. Equal ones share the gradient.",
     .compose = aminmax_compose,
     .samples = SAMPLES("r(2,3)", "r(3,3), 1", "r(2,3), {dim=2, keepdim=true}",
                        "r(3,2):t(), 1", "r()", "i(2,3)",
                        "!r(2,3), 3 -- dim 3 is out of range")},
    {0},
};
