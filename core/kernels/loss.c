/* loss.c: losses that are one loop over the elements. */
#include "loops.h"

#include "functions.h"

#define T float
#define NAME f32
#define SIZE 4
#include "loss.inc"

#ifndef MLRT__BELOW
#define T double
#define NAME f64
#define SIZE 8
#include "loss.inc"
#endif

#define FLOATS(name) MLRT__FLOATS("_" #name, name)

const mlrt__loop_entry MLRT__ISA_NAME(mlrt__loss_loops)[] = {
    FLOATS(bce), FLOATS(bce_grad), FLOATS(bce_logits), FLOATS(huber), {0}};
