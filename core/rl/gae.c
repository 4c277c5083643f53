/* gae.c: advantages from rewards and values.
 *
 * Schulman, Moritz, Levine, Jordan and Abbeel, "High-dimensional continuous
 * control using generalized advantage estimation", ICLR 2016.
 */
#include "core.h"

static int check(mlrt *m, const char *name, const mlrt_tensor *t, int dtype,
                 int64_t rows, int64_t columns) {
    if (!t)
        return m->errcode ? m->errcode : MLRT_EARG;
    if (t->ctx == m && t->dtype == dtype && t->ndim == 2 &&
        t->shape[0] == rows && t->shape[1] == columns && mlrt__contiguous(t))
        return 0;
    return mlrt_fail(m, MLRT_ESHAPE,
                     "gae: argument '%s': %s (%lld, %lld) in C order expected, "
                     "got %s %s",
                     name, mlrt_dtype_name((mlrt_dtype)dtype), (long long)rows,
                     (long long)columns,
                     t->ctx ? mlrt_dtype_name((mlrt_dtype)t->dtype) : "nothing",
                     t->ctx ? MLRT__ST(t) : "");
}

static int check_all(mlrt *m, const mlrt_tensor *rewards,
                     const mlrt_tensor *values, const mlrt_tensor *terminated,
                     const mlrt_tensor *ended, mlrt_tensor *advantages) {
    int64_t T = rewards && rewards->ndim == 2 ? rewards->shape[0] : 0;
    int64_t N = rewards && rewards->ndim == 2 ? rewards->shape[1] : 0;
    int err = check(m, "rewards", rewards, MLRT_F32, T, N);
    if (!err)
        err = check(m, "values", values, MLRT_F32, T + 1, N);
    if (!err)
        err = check(m, "terminated", terminated, MLRT_BOOL, T, N);
    if (!err)
        err = check(m, "ended", ended, MLRT_BOOL, T, N);
    if (!err)
        err = check(m, "advantages", advantages, MLRT_F32, T, N);
    if (!err)
        err = mlrt__check_writable(m, "gae", advantages);
    return err;
}

/* d[t] = r[t] + gamma v[t + 1] - v[t];  a[t] = d[t] + gamma lambda a[t + 1] */
static void column(const float *r, const float *v, const bool *terminated,
                   const bool *ended, int64_t T, int64_t N, double gamma,
                   double lambda, float *a) {
    double next = 0;
    for (int64_t t = T; t-- > 0;) {
        int64_t i = t * N;
        double later = terminated[i] ? 0 : gamma * (double)v[i + N];
        double d = (double)r[i] + later - (double)v[i];
        next = d + (ended[i] ? 0 : gamma * lambda * next);
        a[i] = (float)next;
    }
}

int mlrt_gae(mlrt *m, mlrt_tensor *rewards, mlrt_tensor *values,
             mlrt_tensor *terminated, mlrt_tensor *ended, double gamma,
             double lambda, mlrt_tensor *advantages) {
    int err = check_all(m, rewards, values, terminated, ended, advantages);
    if (!err && !(gamma >= -1 && gamma <= 1 && lambda >= 0 && lambda <= 1))
        err = mlrt_fail(m, MLRT_EARG,
                        "gae: gamma from -1 and lambda from 0, both to 1, "
                        "expected, got %g and %g",
                        gamma, lambda);
    if (err)
        return err;
    int64_t T = rewards->shape[0], N = rewards->shape[1];
    for (int64_t n = 0; n < N; n++)
        column((const float *)(const void *)mlrt__ptr(rewards) + n,
               (const float *)(const void *)mlrt__ptr(values) + n,
               (const bool *)mlrt__ptr(terminated) + n,
               (const bool *)mlrt__ptr(ended) + n, T, N, gamma, lambda,
               (float *)(void *)mlrt__ptr(advantages) + n);
    mlrt__wrote(advantages, "gae");
    return 0;
}
