/* kernels.c: the table of one instruction set. */
#include "kernels.h"
#include "../mlrt.h"
#include "reduce.h"

/* ---- Tables for all types --------------------------------------------- */

#define TABLES(X)                                                              \
    X(product)                                                                 \
    X(gemm)                                                                    \
    X(random)                                                                  \
    X(optim)                                                                   \
    X(copy)

#define NAME_OF(t) MLRT__ISA_NAME(mlrt__##t##_kernels)
#define X(t) extern const struct mlrt__##t##_kernels NAME_OF(t);
TABLES(X)
#undef X

/* ---- Tables for one type ---------------------------------------------- */

#define TYPED(kind, type, name)                                                \
    extern const struct mlrt__##kind##_kernels name(mlrt__##kind##_##type);
#define OWN(kind, type) &MLRT__ISA_NAME(mlrt__##kind##_##type)
#define WIDE(kind, type) &MLRT__WIDE_NAME(mlrt__##kind##_##type)

TYPED(conv, f32, MLRT__ISA_NAME)
TYPED(conv, f64, MLRT__WIDE_NAME)
static const struct mlrt__conv_kernels *const conv[] = {OWN(conv, f32),
                                                        WIDE(conv, f64)};

TYPED(net, f32, MLRT__ISA_NAME)
TYPED(net, f64, MLRT__WIDE_NAME)
static const struct mlrt__net_kernels *const net[] = {OWN(net, f32),
                                                      WIDE(net, f64)};

TYPED(reduce, f32, MLRT__ISA_NAME)
TYPED(reduce, f64, MLRT__WIDE_NAME)
TYPED(reduce, i64, MLRT__WIDE_NAME)
TYPED(reduce, i32, MLRT__WIDE_NAME)
TYPED(reduce, u8, MLRT__WIDE_NAME)
static const struct mlrt__reduce_kernels none = {0};
static const struct mlrt__reduce_kernels *const reduce[] = {
    [MLRT_F32] = OWN(reduce, f32),
    [MLRT_F64] = WIDE(reduce, f64),
    [MLRT_I64] = WIDE(reduce, i64),
    [MLRT_I32] = WIDE(reduce, i32),
    [MLRT_U8] = WIDE(reduce, u8),
    [MLRT_BOOL] = WIDE(reduce, u8),
    [MLRT_INDEX] = &none};

/* ---- Loops ------------------------------------------------------------ */

#define LISTS(X)                                                               \
    X(arithmetic)                                                              \
    X(activation)                                                              \
    X(loss)                                                                    \
    X(maths)

#define LIST_OF(l) MLRT__ISA_NAME(mlrt__##l##_loops)
#define WIDE_OF(l) MLRT__WIDE_NAME(mlrt__##l##_loops)
#define X(l)                                                                   \
    extern const mlrt__loop_entry LIST_OF(l)[];                                \
    extern const mlrt__loop_entry WIDE_OF(l)[];
LISTS(X)
#undef X
extern const mlrt__loop_entry WIDE_OF(compare)[];

/* Of several entries for the same loop the last counts. */
static const mlrt__loop_entry *const loops[] = {WIDE_OF(compare),
#ifdef MLRT__BELOW
#define X(l) WIDE_OF(l),
                                                LISTS(X)
#undef X
#endif
#define X(l) LIST_OF(l),
                                                    LISTS(X)
#undef X
                                                        NULL};

#define TEXT2(x) #x
#define TEXT(x) TEXT2(x)

const mlrt__kernels MLRT__ISA_NAME(mlrt__kernels) = {.isa = TEXT(MLRT_ISA),
                                                     .loops = loops,
                                                     .reduce = reduce,
                                                     .conv = conv,
                                                     .net = net,
#define X(t) .t = &NAME_OF(t),
                                                     TABLES(X)
#undef X
};
