/* conv_run.c: convolution cut into tasks that do not depend on the number of
 * threads: an image and a group each, or an output channel for the gradient
 * by the weight. */
#include "conv.h"

typedef struct job {
    const struct mlrt__conv_kernels *k;
    const mlrt__conv_sizes *v;
    size_t size; /* of an element */
    const char *x, *w, *bias, *g;
    char *y, *gb;
} job;

static int kind(const job *j) {
    return j->size == 8;
}

static void fill(const job *j, char *y, int64_t n, const char *value) {
    for (int64_t i = 0; i < n; i++)
        memcpy(y + (size_t)i * j->size, value, j->size);
}

static const char *at(const job *j, const char *p, int64_t i) {
    return p + (size_t)i * j->size;
}

static void forward_task(void *arg, int64_t i) {
    const job *j = arg;
    const mlrt__conv_sizes *v = j->v;
    int64_t n = i / v->o, o = i % v->o, cg = v->c / v->groups;
    int64_t first = o / (v->o / v->groups) * cg, plane = v->oh * v->ow;
    char *y = j->y + (size_t)(i * plane) * j->size;
    fill(j, y, plane, j->bias ? at(j, j->bias, o) : (const char *)&(double){0});
    for (int64_t c = 0; c < cg; c++)
        j->k->plane[kind(j)](v,
                             at(j, j->x, (n * v->c + first + c) * v->h * v->w),
                             at(j, j->w, (o * cg + c) * v->kh * v->kw), y);
}

static void dgrad_task(void *arg, int64_t i) {
    const job *j = arg;
    const mlrt__conv_sizes *v = j->v;
    int64_t n = i / v->c, c = i % v->c, cg = v->c / v->groups;
    int64_t og = v->o / v->groups, first = c / cg * og, plane = v->h * v->w;
    char *y = j->y + (size_t)(i * plane) * j->size;
    memset(y, 0, (size_t)plane * j->size);
    for (int64_t o = first; o < first + og; o++)
        j->k->plane_dgrad[kind(j)](
            v, at(j, j->g, (n * v->o + o) * v->oh * v->ow),
            at(j, j->w, (o * cg + c % cg) * v->kh * v->kw), y);
}

static void bias_of(const job *j, int64_t o) {
    const mlrt__conv_sizes *v = j->v;
    int64_t plane = v->oh * v->ow;
    double sum = 0;
    for (int64_t n = 0; n < v->n; n++)
        for (int64_t i = 0; i < plane; i++) {
            const char *p = at(j, j->g, (n * v->o + o) * plane + i);
            sum += j->size == 8 ? *(const double *)(const void *)p
                                : (double)*(const float *)(const void *)p;
        }
    if (j->size == 8)
        ((double *)(void *)j->gb)[o] = sum;
    else
        ((float *)(void *)j->gb)[o] = (float)sum;
}

static void wgrad_task(void *arg, int64_t o) {
    const job *j = arg;
    const mlrt__conv_sizes *v = j->v;
    int64_t cg = v->c / v->groups, taps = v->kh * v->kw;
    int64_t first = o / (v->o / v->groups) * cg;
    char *w = j->y + (size_t)(o * cg * taps) * j->size;
    memset(w, 0, (size_t)(cg * taps) * j->size);
    for (int64_t n = 0; n < v->n; n++)
        for (int64_t c = 0; c < cg; c++)
            j->k->plane_wgrad[kind(j)](
                v, at(j, j->g, (n * v->o + o) * v->oh * v->ow),
                at(j, j->x, (n * v->c + first + c) * v->h * v->w),
                w + (size_t)(c * taps) * j->size);
    bias_of(j, o);
}

int mlrt__conv_scratch(mlrt__call *c, const mlrt__conv_sizes *v, int dtype,
                       int which) {
    (void)c, (void)v, (void)dtype, (void)which;
    return 0;
}

int mlrt__conv_forward(mlrt *m, const mlrt__conv_sizes *v, int dtype,
                       const void *x, const void *weight, const void *bias,
                       void *y, void *scratch) {
    job j = {m->k->conv, v, mlrt__dsize(dtype), x, weight, bias, NULL, y, NULL};
    (void)scratch;
    return mlrt__parallel(m, v->n * v->o, forward_task, &j, true);
}

int mlrt__conv_dgrad(mlrt *m, const mlrt__conv_sizes *v, int dtype,
                     const void *g, const void *weight, void *gx,
                     void *scratch) {
    job j = {m->k->conv, v,   mlrt__dsize(dtype), NULL, weight, NULL, g,
             gx,         NULL};
    (void)scratch;
    return mlrt__parallel(m, v->n * v->c, dgrad_task, &j, true);
}

int mlrt__conv_wgrad(mlrt *m, const mlrt__conv_sizes *v, int dtype,
                     const void *g, const void *x, void *gweight, void *gbias,
                     void *scratch) {
    job j = {m->k->conv, v,    mlrt__dsize(dtype), x, NULL, NULL, g,
             gweight,    gbias};
    (void)scratch;
    return mlrt__parallel(m, v->o, wgrad_task, &j, true);
}
