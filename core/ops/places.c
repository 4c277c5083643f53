/* places.c: planes from places and to places: the gradient of max_pool2d, and
 * the gradient of that.
 */
#include "pool.h"

static void put_task(void *arg, int64_t task) {
    const mlrt__pool_job *j = arg;
    for (int64_t i = task * j->block; i < mlrt__last_plane(j, task); i++) {
        memset(mlrt__plane_out(j, i), 0, (size_t)j->out * j->size);
        j->k[j->size == 8]->put(mlrt__plane_in(j, i), j->at + i * j->in, j->in,
                                mlrt__plane_out(j, i), j->out);
    }
}

static void take_task(void *arg, int64_t task) {
    const mlrt__pool_job *j = arg;
    for (int64_t i = task * j->block; i < mlrt__last_plane(j, task); i++)
        j->k[j->size == 8]->take(mlrt__plane_in(j, i), j->in,
                                 j->at + i * j->out, j->out,
                                 mlrt__plane_out(j, i));
}

/* `at` is i32 and has the planes of argument 0. */
static int check_places(const mlrt__call *c, bool same) {
    const mlrt_tensor *x = mlrt__t(c, 0), *at = mlrt__t(c, 1);
    bool fits = at->dtype == MLRT_I32 && at->ndim == x->ndim;
    for (int d = 0; fits && d < x->ndim - (same ? 0 : 2); d++)
        fits = at->shape[d] == x->shape[d];
    return fits ? 0
                : mlrt__bad(c, MLRT_ESHAPE, "%s and at %s do not fit",
                            MLRT__ST(x), MLRT__ST(at));
}

static int put_sizes(const mlrt__call *c, mlrt__pool_sizes *p) {
    *p = (mlrt__pool_sizes){0};
    int err = mlrt__pool_planes(c, &p->planes, &p->oh, &p->ow);
    if (!err)
        err = mlrt__pool_pair(c, 2, 0, &p->h, &p->w);
    return err ? err : check_places(c, true);
}

static int put_shape(mlrt__call *c) {
    mlrt__pool_sizes p;
    int err = put_sizes(c, &p);
    return err ? err : mlrt__pool_out(c, 0, mlrt__t(c, 0)->dtype, p.h, p.w);
}

static int put_forward(mlrt__call *c) {
    mlrt__pool_sizes p;
    int err = put_sizes(c, &p);
    if (err)
        return err;
    mlrt__pool_job j = mlrt__pool_job_of(c, &p, p.oh * p.ow, p.h * p.w);
    j.at = (int32_t *)(void *)mlrt__ptr(mlrt__t(c, 1));
    return mlrt__pool_run(c->m, &j, put_task);
}

static void put_backward(mlrt__walk *w) {
    mlrt__give(w, 0,
               mlrt__max_pool2d_take(w->m, mlrt__g(w, 0), mlrt__in(w, 1)));
}

static int take_shape(mlrt__call *c) {
    const mlrt_tensor *at = mlrt__t(c, 1);
    int64_t planes, h, w;
    int err = mlrt__pool_planes(c, &planes, &h, &w);
    if (!err)
        err = check_places(c, false);
    return err ? err
               : mlrt__out(c, 0, mlrt__t(c, 0)->dtype, at->ndim, at->shape);
}

static int take_forward(mlrt__call *c) {
    const mlrt_tensor *at = mlrt__t(c, 1);
    mlrt__pool_sizes p = {0};
    int err = mlrt__pool_planes(c, &p.planes, &p.h, &p.w);
    if (err)
        return err;
    p.oh = at->shape[at->ndim - 2];
    p.ow = at->shape[at->ndim - 1];
    mlrt__pool_job j = mlrt__pool_job_of(c, &p, p.h * p.w, p.oh * p.ow);
    j.at = (int32_t *)(void *)mlrt__ptr(at);
    return mlrt__pool_run(c->m, &j, take_task);
}

static void take_backward(mlrt__walk *w) {
    const mlrt__edge *x = mlrt__operand(w, 0);
    mlrt__give(w, 0,
               mlrt__max_pool2d_grad(w->m, mlrt__g(w, 0), mlrt__in(w, 1),
                                     x->shape + x->ndim - 2));
}

/* ---- Rows ------------------------------------------------------------- */

const mlrt__op mlrt__places[] = {
    {.name = "_max_pool2d_grad",
     .args = "g: tensor, at: tensor, size: pair",
     .outs = "gx",
     .doc = "Planes of `size`, 0 but for the values of g added at the places "
            "`at`.",
     .contiguous = MLRT__IN(0) | MLRT__IN(1),
     .shape = put_shape,
     .forward = put_forward,
     .backward = put_backward,
     .saves = {[0] = MLRT__IN(1)}},
    {.name = "_max_pool2d_take",
     .args = "x: tensor, at: tensor",
     .outs = "y",
     .doc = "The values of each plane of x at the places `at`.",
     .contiguous = MLRT__IN(0) | MLRT__IN(1),
     .shape = take_shape,
     .forward = take_forward,
     .backward = take_backward,
     .saves = {[0] = MLRT__IN(1)}},
    {0},
};
