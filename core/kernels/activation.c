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

#define ENTRY(name, dtype, loop)                                               \
    { name, dtype, dtype, loop }
#ifdef MLRT__BELOW
#define FLOATS(text, name) ENTRY(text, MLRT_F32, name##_f32)
#else
#define FLOATS(text, name)                                                     \
    ENTRY(text, MLRT_F32, name##_f32), ENTRY(text, MLRT_F64, name##_f64)
#endif
#define PUBLIC(name) FLOATS(#name, name)
/* Rows for the library's own use are called _name. */
#define PRIVATE(name) FLOATS("_" #name, name)

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
