/* parallel.c: a pool of threads for each context, and the one BLAS.
 *
 * Threads start at the first job and sleep between jobs.  The calling thread
 * works too, so a job never waits for one that is slow to wake: tasks are
 * taken from counters, and only threads that took part are waited for.
 *
 * Each thread has a share of the tasks, which lie side by side, and goes to
 * those of others when it is done.  So it sees the same part of an array in
 * operation after operation, which it may still have in its cache.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <strings.h>
#include <unistd.h>

#include "core.h"
#include "kernels/gemm.h"
#ifndef MLRT_NO_BLAS
#include <cblas.h>
#endif

enum {
    MAX_THREADS = 64,
    SPINS = 4000 /* looks before sleeping, some tens of microseconds */
};

/* The next task of a share, a line of the cache away from the others. */
typedef struct share {
    atomic_int_fast64_t next;
    char apart[64 - sizeof(int_fast64_t)];
} share;

struct mlrt__workers {
    share share[MAX_THREADS]; /* the caller's is the last one */
    mlrt *m;
    int want, started; /* threads besides the caller */
    pid_t pid;         /* whose threads they are */
    pthread_t thread[MAX_THREADS];
    pthread_mutex_t lock;
    pthread_cond_t wake, idle;
    atomic_uint job; /* odd while one is open */
    bool closing;
    int sleeping;
    atomic_int active;   /* workers inside the open job */
    atomic_int numbered; /* workers that have a share */
    mlrt__task *fn;
    void *arg;
    int64_t n;
    bool poll;
};

static inline void pause_cpu(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Where the share of thread i begins; that of want + 1 is the end. */
static int64_t share_at(const mlrt__workers *p, int i) {
    int64_t all = p->want + 1;
    return p->n / all * i + (p->n % all) * i / all;
}

/* What is left of the share of thread i; false: it was told to stop. */
static bool take_share(mlrt__workers *p, int i) {
    int64_t k, end = share_at(p, i + 1);
    atomic_int_fast64_t *next = &p->share[i].next;
    while (atomic_load_explicit(next, memory_order_relaxed) < end &&
           (k = atomic_fetch_add_explicit(next, 1, memory_order_relaxed)) <
               end) {
        if (p->poll && mlrt__stop(p->m))
            return false;
        p->fn(p->arg, k);
    }
    return true;
}

static void take_tasks(mlrt__workers *p, int me) {
    int all = p->want + 1;
    for (int i = 0; i < all; i++)
        if (!take_share(p, (me + i) % all))
            return;
}

/* Waits for a job other than `seen`; false: the pool closes. */
static bool wait_job(mlrt__workers *p, unsigned seen) {
    for (int i = 0; i < SPINS; i++) {
        unsigned now = atomic_load_explicit(&p->job, memory_order_acquire);
        if (now != seen && now % 2)
            break;
        pause_cpu();
    }
    pthread_mutex_lock(&p->lock);
    p->sleeping++;
    while (!p->closing &&
           (atomic_load(&p->job) % 2 == 0 || atomic_load(&p->job) == seen))
        pthread_cond_wait(&p->wake, &p->lock);
    p->sleeping--;
    bool go = !p->closing;
    if (go)
        atomic_fetch_add(&p->active, 1);
    pthread_mutex_unlock(&p->lock);
    return go;
}

static void *work(void *arg) {
    mlrt__workers *p = arg;
    int me = atomic_fetch_add(&p->numbered, 1);
    unsigned seen = 0;
    while (wait_job(p, seen)) {
        seen = atomic_load(&p->job);
        take_tasks(p, me);
        if (atomic_fetch_sub(&p->active, 1) == 1) {
            pthread_mutex_lock(&p->lock);
            pthread_cond_signal(&p->idle);
            pthread_mutex_unlock(&p->lock);
        }
    }
    return NULL;
}

/* The host's signals are for the host's threads. */
static void start_threads(mlrt__workers *p) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (p->started = 0; p->started < p->want; p->started++)
        if (pthread_create(&p->thread[p->started], NULL, work, p) != 0)
            break; /* fewer will do */
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void init_sync(mlrt__workers *p) {
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->wake, NULL);
    pthread_cond_init(&p->idle, NULL);
    p->pid = getpid();
    p->started = p->sleeping = 0;
    atomic_store(&p->job, 0);
    atomic_store(&p->active, 0);
    atomic_store(&p->numbered, 0);
}

mlrt__workers *mlrt__pool_open(mlrt *m, int threads) {
    mlrt__workers *p = mlrt__alloc(m, sizeof *p);
    if (!p)
        return NULL;
    memset(p, 0, sizeof *p);
    p->m = m;
    p->want = (threads < MAX_THREADS ? threads : MAX_THREADS) - 1;
    init_sync(p);
    return p;
}

void mlrt__pool_close(mlrt__workers *p) {
    mlrt *m = p->m;
    if (p->pid == getpid()) {
        pthread_mutex_lock(&p->lock);
        p->closing = true;
        pthread_cond_broadcast(&p->wake);
        pthread_mutex_unlock(&p->lock);
        for (int i = 0; i < p->started; i++)
            pthread_join(p->thread[i], NULL);
        pthread_mutex_destroy(&p->lock);
        pthread_cond_destroy(&p->wake);
        pthread_cond_destroy(&p->idle);
    }
    mlrt__free(m, p, sizeof *p);
}

static void open_job(mlrt__workers *p, int64_t n, mlrt__task *fn, void *arg,
                     bool poll) {
    pthread_mutex_lock(&p->lock);
    p->fn = fn;
    p->arg = arg;
    p->n = n;
    p->poll = poll;
    for (int i = 0; i <= p->want; i++)
        atomic_store_explicit(&p->share[i].next, share_at(p, i),
                              memory_order_relaxed);
    atomic_fetch_add_explicit(&p->job, 1, memory_order_release);
    if (p->sleeping)
        pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
}

/* No thread can join once the job is closed; those inside are waited for. */
static void close_job(mlrt__workers *p) {
    pthread_mutex_lock(&p->lock);
    atomic_fetch_add(&p->job, 1);
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < SPINS && atomic_load(&p->active); i++)
        pause_cpu();
    pthread_mutex_lock(&p->lock);
    while (atomic_load(&p->active))
        pthread_cond_wait(&p->idle, &p->lock);
    pthread_mutex_unlock(&p->lock);
}

static int run_alone(mlrt *m, int64_t n, mlrt__task *fn, void *arg, bool poll) {
    for (int64_t i = 0; i < n; i++) {
        if (poll && mlrt__stop(m))
            return mlrt__stopped(m);
        fn(arg, i);
    }
    return 0;
}

/* The host's threads, in place of the pool's. */
typedef struct lent {
    mlrt *m;
    mlrt__task *fn;
    void *arg;
    bool poll;
} lent;

static void lent_task(void *arg, int64_t i) {
    const lent *l = arg;
    if (!l->poll || !mlrt__stop(l->m))
        l->fn(l->arg, i);
}

static int run_lent(mlrt *m, int64_t n, mlrt__task *fn, void *arg, bool poll) {
    lent l = {m, fn, arg, poll};
    m->config.parallel_for(m->config.parallel_ud, n, lent_task, &l);
    if (poll && mlrt__stop(m))
        return mlrt__stopped(m);
    return 0;
}

int mlrt__parallel(mlrt *m, int64_t n, mlrt__task *fn, void *arg, bool poll) {
    mlrt__workers *p = m->pool;
    if (n > 1 && m->config.parallel_for && m->threads > 1)
        return run_lent(m, n, fn, arg, poll);
    if (n <= 1 || !p || p->want == 0)
        return run_alone(m, n, fn, arg, poll);
    if (p->pid != getpid()) /* a child after fork has no threads */
        init_sync(p);
    if (p->started == 0)
        start_threads(p);
    open_job(p, n, fn, arg, poll);
    take_tasks(p, p->want);
    close_job(p);
    if (poll && mlrt__stop(m))
        return mlrt__stopped(m);
    return 0;
}

/* ---- BLAS ------------------------------------------------------------- */

#ifdef MLRT_NO_BLAS
void mlrt__blas_enter(void) {}
void mlrt__blas_leave(void) {}
int mlrt__blas_setup(mlrt *m) {
    snprintf(m->blas, sizeof m->blas, "none");
    return 0;
}
#else

/* OpenBLAS built without threads is not safe to call from two: the only
 * file-scope data that changes, shared by every context of the process. */
static pthread_mutex_t mlrt__blas_lock = PTHREAD_MUTEX_INITIALIZER;

static bool needs_lock(void) {
    return openblas_get_parallel() == 0;
}

void mlrt__blas_enter(void) {
    if (needs_lock())
        pthread_mutex_lock(&mlrt__blas_lock);
}

void mlrt__blas_leave(void) {
    if (needs_lock())
        pthread_mutex_unlock(&mlrt__blas_lock);
}

/* OpenBLAS takes a CPU younger than itself for one of 2004: 0.3.21 did so with
 * a Xeon of 2023, whose products then took five times as long.  A family of
 * kernels that is not named here is taken to have vectors of 16 bytes. */
static int vector_bytes(const char *core) {
    static const struct core {
        const char *name;
        int bytes;
    } cores[] = {{"Haswell", 32},  {"Zen", 32},        {"Excavator", 32},
                 {"SkylakeX", 64}, {"Cooperlake", 64}, {"SapphireRapids", 64}};
    for (size_t i = 0; i < sizeof cores / sizeof *cores; i++)
        if (strcasecmp(core, cores[i].name) == 0)
            return cores[i].bytes;
    return 16;
}

/* Our pool cuts the work; threads below it would only fight over cores. */
int mlrt__blas_setup(mlrt *m) {
    if (openblas_get_num_threads() != 1)
        openblas_set_num_threads(1);
    if (openblas_get_num_threads() != 1)
        return mlrt_fail(m, MLRT_ESTATE, "open: OpenBLAS keeps %d threads",
                         openblas_get_num_threads());
    snprintf(m->blas, sizeof m->blas, "%s", openblas_get_config());
    m->blas_behind = vector_bytes(openblas_get_corename()) < m->k->gemm->bytes;
    return 0;
}
#endif
