/* optim.c: optimizer updates for f32 and f64. */
#include "optim.h"

#include <math.h>

#define LARGER(a, b) ((a) > (b) || (a) != (a) ? (a) : (b))

#define T float
#define NAME f32
#define ROOT sqrtf
#define MOST LARGER
#include "optim.inc"

#define T double
#define NAME f64
#define ROOT sqrt
#define MOST LARGER
#include "optim.inc"

const struct mlrt__optim_kernels MLRT__ISA_NAME(mlrt__optim_kernels) = {
    .sgd = {sgd_f32, sgd_f64},
    .adam = {adam_f32, adam_f64},
    .rmsprop = {rmsprop_f32, rmsprop_f64},
    .adagrad = {adagrad_f32, adagrad_f64},
};
