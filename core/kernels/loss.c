/* loss.c: losses that are one loop over the elements. */
#include "loops.h"

#include "functions.h"

#define T float
#define NAME f32
#define SIZE 4
#include "loss.inc"

#define T double
#define NAME f64
#define SIZE 8
#include "loss.inc"

#define FLOATS(name)                                                           \
    {"_" #name, MLRT_F32, MLRT_F32, name##_f32}, {                             \
        "_" #name, MLRT_F64, MLRT_F64, name##_f64                              \
    }

const mlrt__loop_entry MLRT__ISA_NAME(mlrt__loss_loops)[] = {
    FLOATS(bce), FLOATS(bce_grad), FLOATS(bce_logits), FLOATS(huber), {0}};
