/* elementwise.h: what rows that work element by element share.
 *
 * Operands broadcast.  Different element types are promoted (mlrt_promote);
 * a number takes the type of the tensors beside it, but a fraction beside
 * integers makes f32.
 */
#ifndef MLRT_ELEMENTWISE_H
#define MLRT_ELEMENTWISE_H

#include "../core.h"

/* What a row computes in, and what becomes of a number that its integers
 * cannot hold. */
typedef enum mlrt__kind {
    MLRT__NUMBERS,  /* numbers; bool and index have no arithmetic; refused */
    MLRT__WRAPPING, /* the same; it wraps, as the result does */
    MLRT__FLOATS,   /* the same, but integers become f32 */
    MLRT__BITS,     /* integers and bool; it wraps */
    MLRT__TRUTHS,   /* anything but an index; i64 is used */
    MLRT__ORDERED,  /* anything; i64 is used */
    MLRT__ANYTHING  /* anything; refused */
} mlrt__kind;

/* The element type that operands first..last are computed in. */
int mlrt__common_dtype(const mlrt__call *c, int first, int last,
                       mlrt__kind kind, int *dtype);
/* Output 0 gets the broadcast shape of operands 0..last and the dtype `out`,
 * or, when that is MLRT_DTYPE_NONE, the common one of first..last. */
int mlrt__elementwise_shape(mlrt__call *c, int first, int last, mlrt__kind kind,
                            int out);
/* Runs the row's loop, after the above: operands first..last converted to
 * the common dtype, those before as they are. */
int mlrt__elementwise(mlrt__call *c, int first, int last, const double *k);
/* The same with the loop of the row `name`. */
int mlrt__elementwise_as(mlrt__call *c, int first, int last, const char *name,
                         const double *k);
/* The same over n tensors of which those from `first` on are converted to
 * `dtype`, in place of the call's arguments. */
int mlrt__map(mlrt__call *c, const mlrt_tensor *const *t, int n, int first,
              int dtype, const double *k);

/* The rules of many rows. */
int mlrt__number_shape(mlrt__call *c); /* x: numbers, same dtype */
int mlrt__number_forward(mlrt__call *c);
int mlrt__float_shape(mlrt__call *c); /* x: numbers as floats */
int mlrt__float_forward(mlrt__call *c);
/* g and x, for the gradients of functions of one tensor. */
int mlrt__pair_shape(mlrt__call *c);
int mlrt__pair_forward(mlrt__call *c);

/* Zeros in the shape of operand i, the gradient of a step. */
mlrt_tensor *mlrt__zeros_of(mlrt__walk *w, int i);

#endif
