/* conv.h: convolution of plain arrays, planned and cut into jobs. */
#ifndef MLRT_CONV_H
#define MLRT_CONV_H

#include "../core.h"
#include "../kernels/conv.h"

enum { MLRT__CONV_FORWARD, MLRT__CONV_DGRAD, MLRT__CONV_WGRAD };

/* A correlation with what is needed to run it.  Jobs are blocks of outputs;
 * as many of them run at a time as there are slots. */
typedef struct mlrt__conv_plan {
    mlrt__corr p;
    size_t size;         /* of an element */
    int64_t n, groups;   /* images, groups */
    int64_t rows, cols;  /* blocks of outputs in a plane */
    int64_t units;       /* blocks in all: of images, rows, columns */
    int64_t split;       /* jobs that share a unit, by channels */
    int64_t run;         /* units of a job */
    int64_t parts, step; /* partial gradients, elements of one */
    int64_t weights;     /* packed elements of a group */
    int64_t room;        /* elements of a slot */
    int slots;
    char *weight_at, *room_at; /* within scratch */
    size_t bytes;              /* of scratch */
} mlrt__conv_plan;

/* Plans forward, the gradient by the weight, or for places (i * sh + row, j *
 * sw + col) of x the gradient by the data.  Without scratch only sizes are
 * found.  False: too large. */
bool mlrt__conv_plan_make(mlrt__conv_plan *w, const mlrt *m,
                          const mlrt__conv_sizes *v, int dtype, int which,
                          int64_t row, int64_t col, void *scratch);

/* Asks for the scratch that one of the three wants. */
int mlrt__conv_scratch(mlrt__call *c, const mlrt__conv_sizes *v, int dtype,
                       int which);
/* y from x, weight and bias (NULL: none); gx from g and weight; gweight and
 * gbias from g and x.  Everything is in C order. */
int mlrt__conv_forward(mlrt *m, const mlrt__conv_sizes *v, int dtype,
                       const void *x, const void *weight, const void *bias,
                       void *y, void *scratch);
int mlrt__conv_dgrad(mlrt *m, const mlrt__conv_sizes *v, int dtype,
                     const void *g, const void *weight, void *gx,
                     void *scratch);
int mlrt__conv_wgrad(mlrt *m, const mlrt__conv_sizes *v, int dtype,
                     const void *g, const void *x, void *gweight, void *gbias,
                     void *scratch);

#endif
