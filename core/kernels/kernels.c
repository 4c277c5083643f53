/* kernels.c: the table of one instruction set. */
#include "kernels.h"

#define TABLES(X)                                                              \
    X(reduce)                                                                  \
    X(conv)                                                                    \
    X(net)                                                                     \
    X(product)                                                                 \
    X(gemm)                                                                    \
    X(random)                                                                  \
    X(optim)                                                                   \
    X(copy)

#define NAME_OF(t) MLRT__ISA_NAME(mlrt__##t##_kernels)
#define X(t) extern const struct mlrt__##t##_kernels NAME_OF(t);
TABLES(X)
#undef X

#define LISTS(X)                                                               \
    X(arithmetic)                                                              \
    X(compare)                                                                 \
    X(activation)                                                              \
    X(loss)                                                                    \
    X(maths)

#define LIST_OF(l) MLRT__ISA_NAME(mlrt__##l##_loops)
#define X(l) extern const mlrt__loop_entry LIST_OF(l)[];
LISTS(X)
#undef X

static const mlrt__loop_entry *const loops[] = {
#define X(l) LIST_OF(l),
    LISTS(X)
#undef X
        NULL};

#define TEXT2(x) #x
#define TEXT(x) TEXT2(x)

const mlrt__kernels MLRT__ISA_NAME(mlrt__kernels) = {.isa = TEXT(MLRT_ISA),
                                                     .loops = loops,
#define X(t) .t = &NAME_OF(t),
                                                     TABLES(X)
#undef X
};
