/* says.h: looking at failures in full. */
#ifndef MLRT_TESTS_SAYS_H
#define MLRT_TESTS_SAYS_H

#include "call.h"

/* The last failure: its code and its whole message. */
#define SAYS(m, code, text)                                                    \
    do {                                                                       \
        cr_expect(mlrt_errcode(m) == (code), "%d", mlrt_errcode(m));           \
        cr_expect_str_eq(mlrt_errmsg(m), text);                                \
    } while (0)

static inline mlrt_arg list_of(int n, mlrt_tensor *const *ts) {
    return (mlrt_arg){.kind = MLRT_VAL_TENSORS, .n = n, .u.ts = ts};
}

static inline mlrt_tensor *vector(mlrt *m, int64_t n) {
    return make(m, MLRT_F32, 1, &n);
}

static inline mlrt_tensor *leaf(mlrt *m, int64_t n) {
    mlrt_tensor *t = vector(m, n);
    cr_assert(mlrt_set_requires_grad(t, true) == 0);
    return t;
}

#endif
