/* net.h: softmax and its kin, normalisation.
 *
 * Functions along a dimension get the layout of a panel: element i of line j
 * at i * si + j * sj, i < n, j < w, in elements.  Either si or sj is 1.
 */
#ifndef MLRT_KERNELS_NET_H
#define MLRT_KERNELS_NET_H

#include "kernels.h"

typedef struct mlrt__panel {
    int64_t n, si, w, sj;
} mlrt__panel;

/* For one type; w is at most 512. */
struct mlrt__net_kernels {
    /* y = exp(x) / sum exp(x); y = x - log sum exp(x) */
    void (*softmax)(const mlrt__panel *p, const void *x, void *y);
    void (*log_softmax)(const mlrt__panel *p, const void *x, void *y);
    /* gx = y * (g - sum(g * y)); gx = g - exp(y) * sum(g) */
    void (*softmax_grad)(const mlrt__panel *p, const void *g, const void *y,
                         void *gx);
    void (*log_softmax_grad)(const mlrt__panel *p, const void *g, const void *y,
                             void *gx);
    /* most[j] = max x; logsum[j] = log sum exp(x - max) */
    void (*log_sum)(const mlrt__panel *p, const void *x, void *most,
                    void *logsum);
    /* y = scale[j] * exp(x - most[j] - logsum[j]) */
    void (*exp_scaled)(const mlrt__panel *p, const void *x, void *y,
                       const void *most, const void *logsum, const void *scale);
    /* s1[j] += sum (x - c[j]); s2[j] += sum (x - c[j])^2 */
    void (*moments)(const mlrt__panel *p, const void *x, const void *c,
                    double *s1, double *s2);
    /* y = (x - c[j]) * a[j] + b[j] */
    void (*affine)(const mlrt__panel *p, const void *x, void *y, const void *c,
                   const void *a, const void *b);
    /* sg[j] += sum g; sgx[j] += sum g * (x - c[j]) */
    void (*norm_dots)(const mlrt__panel *p, const void *g, const void *x,
                      const void *c, double *sg, double *sgx);
    /* gx = a[j] * g - b[j] - (x - c[j]) * d[j] */
    void (*norm_grad)(const mlrt__panel *p, const void *g, const void *x,
                      void *gx, const void *a, const void *b, const void *c,
                      const void *d);
    /* Mean of n neighbours as an element holds it (0 if they are not to be
     * centred), and the mean square of the distances from it. */
    void (*line_moments)(int64_t n, const void *x, bool centred, double *mean,
                         double *var);
    /* Lines of n neighbours, with a weight and a bias for each element:
     * y = (x - mean) * rstd * w + b, rstd = 1 / sqrt(var + eps); mean and
     * rstd of each line are kept (mean NULL: not centred). */
    void (*norm_lines)(int64_t lines, int64_t n, const void *x, void *y,
                       const void *w, const void *b, double eps, void *mean,
                       void *rstd);
    /* gw += g * (x - mean) * rstd; gb += g (NULL: not wanted);
     * gx = rstd * (g * w - a - (x - mean) * d), with
     * d = rstd^2 * sum(g * w * (x - mean)) / n, and a = sum(g * w) / n, or 0
     * when the mean was not subtracted */
    void (*line_grad)(int64_t n, const void *g, const void *x, void *gx,
                      double mean, double rstd, bool centred, const void *w,
                      void *gw, void *gb);
};

#endif
