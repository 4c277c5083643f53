/* activation.c: activation functions and their gradients. */
#include "loops.h"

#include "functions.h"

#define T float
#define NAME f32
#define SIZE 4
#define F(name) __builtin_##name##f
#include "activation.inc"

#ifndef MLRT__BELOW
#define T double
#define NAME f64
#define SIZE 8
#define F(name) __builtin_##name
#include "activation.inc"
#endif

#define PUBLIC(name) MLRT__FLOATS(#name, name)
/* Rows for the library's own use are called _name. */
#define PRIVATE(name) MLRT__FLOATS("_" #name, name)

const mlrt__loop_entry MLRT__ISA_NAME(mlrt__activation_loops)[] = {
    PUBLIC(silu),
    PUBLIC(mish),
    PUBLIC(logsigmoid),
    PUBLIC(leaky_relu),
    PUBLIC(elu),
    PUBLIC(softplus),
    PUBLIC(hardtanh),
    PUBLIC(hardswish),
    PUBLIC(hardsigmoid),
    PUBLIC(softsign),
    PUBLIC(gelu),
    PRIVATE(prelu),
    PRIVATE(sigmoid_grad),
    PRIVATE(tanh_grad),
    PRIVATE(silu_grad),
    PRIVATE(mish_grad),
    PRIVATE(leaky_relu_grad),
    PRIVATE(elu_grad),
    PRIVATE(softplus_grad),
    PRIVATE(hardtanh_grad),
    PRIVATE(hardswish_grad),
    PRIVATE(hardsigmoid_grad),
    PRIVATE(softsign_grad),
    PRIVATE(gelu_grad),
    {0},
};
