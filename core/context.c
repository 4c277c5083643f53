/* context.c: opening and closing, errors, scopes.
 *
 * A context is freed when it was closed and its last handle is gone, because
 * a garbage collector destroys in any order.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core.h"

void mlrt_config_init(mlrt_config *config) {
    memset(config, 0, sizeof *config);
    config->size = sizeof *config;
}

static int default_threads(void) {
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > 64 ? 64 : (int)n;
}

/* ---- Choosing kernels ------------------------------------------------- */

static const mlrt__kernels *supported(int i) {
#if defined(__x86_64__)
    __builtin_cpu_init();
#endif
#ifdef MLRT_HAVE_AVX512
    if (i == 0 && __builtin_cpu_supports("avx512f") &&
        __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return &mlrt__kernels_avx512;
#endif
#ifdef MLRT_HAVE_AVX2
    if (i == 1 && __builtin_cpu_supports("avx2") &&
        __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2"))
        return &mlrt__kernels_avx2;
#endif
    return i == 2 ? &mlrt__kernels_base : NULL;
}

/* The best table, or the one asked for by name. */
static const mlrt__kernels *choose_kernels(const char *isa) {
    for (int i = 0; i < 3; i++) {
        const mlrt__kernels *k = supported(i);
        if (k && (!isa || strcmp(isa, k->isa) == 0))
            return k;
    }
    return NULL;
}

/* ---- Open and close --------------------------------------------------- */

static void destroy(mlrt *m) {
    mlrt_config config = m->config;
    mlrt__adopt_orphans(m);
    mlrt__ops_close(m);
    mlrt__mounts_close(m);
    mlrt__envs_close(m);
    if (m->scope)
        mlrt__free(m, m->scope, (size_t)m->scope_cap * sizeof *m->scope);
    mlrt_flush_cache(m);
    mlrt__cache_close(m->cache, &config);
    if (config.alloc)
        config.alloc(config.alloc_ud, m, sizeof *m, 0);
    else
        free(m);
}

static double progress_step(const mlrt_config *c) {
    return c->progress_flops > 0 ? c->progress_flops : 1e7;
}

static mlrt *create(const mlrt_config *c) {
    mlrt *m = c->alloc ? c->alloc(c->alloc_ud, NULL, 0, sizeof *m)
                       : malloc(sizeof *m);
    if (!m)
        return NULL;
    memset(m, 0, sizeof *m);
    m->config = *c;
    m->refs = 1;
    atomic_init(&m->outside, 1);
    m->progress_at = c->progress ? progress_step(c) : INFINITY;
    m->mem.limit = c->max_bytes;
    m->grad_mode = true;
    m->gen = (mlrt_generator){.key = c->seed, .ctx = m};
    m->cache = mlrt__cache_open(c);
    if (m->cache)
        return m;
    if (c->alloc)
        c->alloc(c->alloc_ud, m, sizeof *m, 0);
    else
        free(m);
    return NULL;
}

static void note_open(const mlrt *m) {
    char text[192];
    snprintf(text, sizeof text, "open: mlrt %s, kernels %s, %d threads, %s",
             MLRT_VERSION, m->k->isa, m->threads, m->blas);
    m->config.log(m->config.log_ud, MLRT_OK, text);
}

static int start(mlrt *m) {
    const char *isa = m->config.isa;
    m->config.isa = NULL; /* the host's string need not live on */
    m->k = choose_kernels(isa);
    if (!m->k)
        return mlrt_fail(m, MLRT_EARG,
                         "open: no kernels '%s' in this library for this "
                         "machine",
                         isa);
    int err = mlrt__ops_open(m);
    if (!err)
        err = mlrt__blas_setup(m);
    if (!err)
        err = mlrt_set_threads(m, m->config.threads);
    if (!err && m->config.log)
        note_open(m);
    return err;
}

mlrt *mlrt_open(const mlrt_config *config, int *status) {
    mlrt_config c;
    mlrt_config_init(&c);
    if (config) {
        size_t n = config->size < sizeof c ? config->size : sizeof c;
        memcpy(&c, config, n);
        c.size = sizeof c;
    }
    mlrt *m = create(&c);
    int err = m ? start(m) : MLRT_ENOMEM;
    if (m && err) {
        mlrt_close(m);
        m = NULL;
    }
    if (status)
        *status = err;
    return m;
}

void mlrt_close(mlrt *m) {
    if (!m || m->closed)
        return;
    m->closed = true;
    if (m->pool)
        mlrt__pool_close(m->pool);
    m->pool = NULL;
    mlrt__context_release(m);
}

void mlrt__context_release(mlrt *m) {
    if (--m->refs == 0)
        mlrt__outside_release(m);
}

void mlrt__outside_release(mlrt *m) {
    if (atomic_fetch_sub(&m->outside, 1) == 1)
        destroy(m);
}

/* ---- Errors ----------------------------------------------------------- */

int mlrt_fail(mlrt *m, int status, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    /* The arguments may point into the old message. */
    char text[sizeof m->errmsg];
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    memcpy(m->errmsg, text, sizeof text);
    m->errcode = status;
    if (m->config.log)
        m->config.log(m->config.log_ud, status, m->errmsg);
    return status;
}

const char *mlrt_errmsg(const mlrt *m) {
    return m->errmsg;
}

int mlrt_errcode(const mlrt *m) {
    return m->errcode;
}

const char *mlrt_status_text(int status) {
    static const char *const text[] = {
#define MLRT_X(name, text) text,
        MLRT_STATUSES(MLRT_X)
#undef MLRT_X
    };
    int n = (int)(sizeof text / sizeof *text);
    return status <= 0 && status > -n ? text[-status] : "unknown status";
}

void mlrt_interrupt(mlrt *m) {
    atomic_store_explicit(&m->interrupted, 1, memory_order_relaxed);
}

void mlrt_resume(mlrt *m) {
    atomic_store_explicit(&m->interrupted, 0, memory_order_relaxed);
}

void mlrt_mask(mlrt *m, int by) {
    m->masked += by;
}

bool mlrt_masked(const mlrt *m) {
    return m->masked > 0;
}

void mlrt__tell_progress(mlrt *m) {
    m->progress_at = m->flops + progress_step(&m->config);
    if (!m->config.progress(m->config.progress_ud, m->flops))
        mlrt_interrupt(m);
}

/* ---- Information ------------------------------------------------------ */

void mlrt_memory(const mlrt *m, mlrt_memory_info *info) {
    *info = m->mem;
}

const char *mlrt_isa(const mlrt *m) {
    return m->k->isa;
}

int mlrt_threads(const mlrt *m) {
    return m->threads;
}

const char *mlrt_blas_info(const mlrt *m) {
    return m->blas;
}

int mlrt_set_threads(mlrt *m, int n) {
    n = n > 0 ? n : default_threads();
    mlrt__workers *pool = mlrt__pool_open(m, n);
    if (!pool)
        return MLRT_ENOMEM;
    if (m->pool)
        mlrt__pool_close(m->pool);
    m->pool = pool;
    m->threads = n;
    return 0;
}

double mlrt_flops(const mlrt *m) {
    return m->flops;
}

/* ---- Scopes ----------------------------------------------------------- */

int mlrt_scope_begin(mlrt *m) {
    int max = (int)(sizeof m->scope_mark / sizeof *m->scope_mark);
    if (m->scope_depth == max)
        return mlrt_fail(m, MLRT_ESTATE, "scope: more than %d levels", max);
    m->scope_mark[m->scope_depth++] = m->scope_n;
    return 0;
}

/* The slot is emptied, so that the end of the scope passes it over. */
mlrt_tensor *mlrt_scope_keep(mlrt *m, mlrt_tensor *t) {
    for (int i = m->scope_n - 1; t && m->scope_depth && i >= 0; i--)
        if (m->scope[i] == t) {
            m->scope[i] = NULL;
            break;
        }
    return t;
}

int mlrt__adopt(mlrt *m, mlrt_tensor *t) {
    if (m->scope_depth <= m->scope_floor)
        return 0;
    int err = mlrt__grow(m, &m->scope, &m->scope_cap, m->scope_n,
                         sizeof *m->scope);
    if (!err)
        m->scope[m->scope_n++] = t;
    return err;
}

void mlrt__drop(mlrt *m, mlrt_tensor *t) {
    mlrt_release(mlrt_scope_keep(m, t));
}

void mlrt_scope_end(mlrt *m) {
    if (m->scope_depth == 0)
        return;
    int mark = m->scope_mark[--m->scope_depth];
    while (m->scope_n > mark)
        mlrt_release(m->scope[--m->scope_n]);
}

/* Counts a new handle and gives it to the innermost scope, where room has
 * been made by mlrt__handle. */
void mlrt__track(mlrt *m, mlrt_tensor *t) {
    m->refs++;
    m->mem.tensors++;
    if (m->scope_depth > m->scope_floor)
        m->scope[m->scope_n++] = t;
}
