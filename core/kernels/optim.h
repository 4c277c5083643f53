/* optim.h: one fused pass over a parameter, its gradient and its state.
 *
 * p: parameter, g: gradient, s: state, all of n neighbours of one type.
 */
#ifndef MLRT_KERNELS_OPTIM_H
#define MLRT_KERNELS_OPTIM_H

#include "kernels.h"

typedef struct mlrt__update {
    void *p, *s[3];
    const void *g;
    int64_t n;
    double lr, decay; /* weight decay */
    double momentum, dampening;
    double beta1, beta2, eps;
    double root_correction; /* Adam: sqrt(1 - beta2^t) */
    bool first;             /* no state yet */
    bool nesterov, decoupled, amsgrad, centered;
} mlrt__update;

typedef void mlrt__update_fn(const mlrt__update *u);

/* Arrays of two are {f32, f64}.  With d = g + decay p: */
struct mlrt__optim_kernels {
    /* s0 = first ? d : momentum s0 + (1 - dampening) d
     * p -= lr (nesterov ? d + momentum s0 : s0); momentum 0: p -= lr d */
    mlrt__update_fn *sgd[2];
    /* decoupled: p -= lr decay p and d = g.  s0 = beta1 s0 + (1 - beta1) d,
     * s1 = beta2 s1 + (1 - beta2) d^2, v = s1 (amsgrad: s2 = max(s2, s1)),
     * p -= lr' s0 / (sqrt(v) / root_correction + eps); lr' is in `lr`, the
     * rate of the decoupled decay in `decay` */
    mlrt__update_fn *adam[2];
    /* s0 = beta2 s0 + (1 - beta2) d^2, v = s0 (centered: s2 = beta2 s2 +
     * (1 - beta2) d, v = s0 - s2^2), e = d / (sqrt(v) + eps),
     * momentum: s1 = momentum s1 + e, e = s1; p -= lr e */
    mlrt__update_fn *rmsprop[2];
    /* s0 += d^2, p -= lr d / (sqrt(s0) + eps) */
    mlrt__update_fn *adagrad[2];
};

#endif
