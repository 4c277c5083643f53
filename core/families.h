/* families.h: the files of core/ops/, each an array of rows that ends with
 * an empty one.  A new file adds one line here; nothing else lists it. */
#ifndef MLRT_FAMILIES_H
#define MLRT_FAMILIES_H

#include "core.h"

#define MLRT__FAMILIES(X)                                                      \
    X(view)                                                                    \
    X(slice)                                                                   \
    X(copies)                                                                  \
    X(shape)                                                                   \
    X(diagonal)                                                                \
    X(pad)                                                                     \
    X(unary)                                                                   \
    X(arithmetic)                                                              \
    X(binary)                                                                  \
    X(formulas)                                                                \
    X(compare)                                                                 \
    X(activation)                                                              \
    X(gates)                                                                   \
    X(piecewise)                                                               \
    X(reduce)                                                                  \
    X(summaries)                                                               \
    X(sort)                                                                    \
    X(rank)                                                                    \
    X(running)                                                                 \
    X(sets)                                                                    \
    X(count)                                                                   \
    X(softmax)                                                                 \
    X(stacks)                                                                  \
    X(index)                                                                   \
    X(embed)                                                                   \
    X(gather)                                                                  \
    X(mask)                                                                    \
    X(matmul)                                                                  \
    X(einsum)                                                                  \
    X(solve)                                                                   \
    X(det)                                                                     \
    X(factor)                                                                  \
    X(svd)                                                                     \
    X(eigh)                                                                    \
    X(linalg)                                                                  \
    X(conv)                                                                    \
    X(conv_forms)                                                              \
    X(pool)                                                                    \
    X(places)                                                                  \
    X(pool_forms)                                                              \
    X(resize)                                                                  \
    X(norm)                                                                    \
    X(layer_norm)                                                              \
    X(group_norm)                                                              \
    X(loss)                                                                    \
    X(loss_pair)                                                               \
    X(loss_binary)                                                             \
    X(loss_margin)                                                             \
    X(distance)                                                                \
    X(create)                                                                  \
    X(random)                                                                  \
    X(join)

#define MLRT_X(name) extern const mlrt__op mlrt__##name[];
MLRT__FAMILIES(MLRT_X)
#undef MLRT_X

/* From the generated mlrt_ops.c: the operations that have a C function. */
extern const char *const mlrt__wrapper_names[]; /* NULL-terminated */

#endif
