/* probe.c: what this machine can do at best, for the benchmark's limit column.
 *
 * It stays alive and answers lines on its standard input with one number each,
 * the best of several runs:
 *
 *   gemm M N K T        FLOP/s of a product (M, K) x (K, N) in f32
 *   stream KIND BYTES T bytes/s of a bare loop whose arrays have so many bytes
 *   loop KIND N T       seconds of a bare loop of vector maths over N floats
 *
 * T threads share the work: each has a part of the longest side, or of the
 * arrays.  Bytes are counted as the loop names them: what a cache fetches
 * before it writes is not in the sum.  It knows nothing of mlrt.
 */
#define _GNU_SOURCE
#include <cblas.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_THREADS = 64, ARRAYS = 4, RUNS = 7 };

/* One thread's share: n floats in each array, or a product. */
typedef struct job {
    float *array[ARRAYS];
    long n, m, k;
    double from, to;
    float sum; /* keeps the compiler from leaving a loop out */
} job;
typedef void work_fn(job *j);

/* ---- The loops -------------------------------------------------------- */

static void gemm(job *j) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)j->m, (int)j->n,
                (int)j->k, 1, j->array[0], (int)j->k, j->array[1], (int)j->n, 0,
                j->array[2], (int)j->n);
}

/* Sixty-four sums, so that no addition waits for the one before it. */
static void stream_read(job *j) {
    const float *restrict x = j->array[0];
    float acc[64] = {0};
    for (long i = 0; i + 64 <= j->n; i += 64)
        for (int k = 0; k < 64; k++)
            acc[k] += x[i + k];
    for (int k = 0; k < 64; k++)
        j->sum += acc[k];
}

static void stream_copy(job *j) {
    const float *restrict x = j->array[0];
    float *restrict y = j->array[1];
    for (long i = 0; i < j->n; i++)
        y[i] = x[i] * 0.5F;
}

static void stream_add(job *j) {
    const float *restrict a = j->array[0];
    const float *restrict b = j->array[1];
    float *restrict y = j->array[2];
    for (long i = 0; i < j->n; i++)
        y[i] = a[i] + b[i];
}

/* Four arrays read and three of them written, as Adam does. */
static void stream_update(job *j) {
    float *restrict p = j->array[0], *restrict u = j->array[1];
    float *restrict v = j->array[2];
    const float *restrict g = j->array[3];
    for (long i = 0; i < j->n; i++) {
        u[i] = u[i] * 0.5F + g[i];
        v[i] = v[i] * 0.5F + g[i];
        p[i] = p[i] * 0.5F + u[i];
    }
}

static void loop_exp(job *j) {
    const float *restrict x = j->array[0];
    float *restrict y = j->array[1];
    for (long i = 0; i < j->n; i++)
        y[i] = expf(x[i]);
}

static void loop_gelu(job *j) {
    const float *restrict x = j->array[0];
    float *restrict y = j->array[1];
    for (long i = 0; i < j->n; i++)
        y[i] = 0.5F * x[i] * (1 + erff(x[i] * 0.70710678F));
}

/* ---- Measuring -------------------------------------------------------- */

typedef struct crew {
    job jobs[MAX_THREADS];
    work_fn *work;
    long reps;
    int threads, next;
    pthread_mutex_t lock;
    pthread_barrier_t start;
} crew;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Every thread notes when it began and ended: whoever waits for them may be
 * woken late. */
static void *member(void *arg) {
    crew *c = arg;
    pthread_mutex_lock(&c->lock);
    job *j = &c->jobs[c->next++];
    pthread_mutex_unlock(&c->lock);
    pthread_barrier_wait(&c->start);
    j->from = now();
    for (long i = 0; i < c->reps; i++)
        c->work(j);
    j->to = now();
    return NULL;
}

/* Seconds from the first beginning to the last end. */
static double span(const crew *c) {
    double from = c->jobs[0].from, to = c->jobs[0].to;
    for (int i = 1; i < c->threads; i++) {
        from = fmin(from, c->jobs[i].from);
        to = fmax(to, c->jobs[i].to);
    }
    return to - from;
}

/* Seconds that all of them take for `reps` repetitions each. */
static double once(crew *c) {
    pthread_t ids[MAX_THREADS];
    c->next = 0;
    pthread_barrier_init(&c->start, NULL, (unsigned)c->threads);
    for (int i = 0; i < c->threads; i++)
        if (pthread_create(&ids[i], NULL, member, c) != 0)
            exit(1);
    for (int i = 0; i < c->threads; i++)
        pthread_join(ids[i], NULL);
    pthread_barrier_destroy(&c->start);
    return span(c);
}

/* Seconds of one repetition at best: long enough a run, then the fastest. */
static double best(crew *c) {
    double took = once(c);
    for (c->reps = 1; took < 5e-3; c->reps *= 2, took = once(c))
        ;
    for (int i = 0; i < RUNS; i++)
        took = fmin(took, once(c));
    return took / (double)c->reps;
}

/* A page-aligned array, touched. */
static float *array(long n) {
    size_t bytes = ((size_t)n * sizeof(float) + 4096) / 4096 * 4096;
    float *x = aligned_alloc(4096, bytes);
    if (!x)
        exit(1);
    for (size_t i = 0; i < bytes / sizeof *x; i++)
        x[i] = (float)(i % 61) / 30 - 1;
    return x;
}

static double measure(crew *c, work_fn *work) {
    c->work = work;
    c->reps = 1;
    pthread_mutex_init(&c->lock, NULL);
    double seconds = best(c);
    for (int i = 0; i < c->threads; i++)
        for (int k = 0; k < ARRAYS; k++)
            free(c->jobs[i].array[k]);
    return seconds;
}

/* ---- What is asked ---------------------------------------------------- */

/* A BLAS of one thread cannot be called from several at a time; then one core
 * stands for each. */
static double ask_gemm(long m, long n, long k, int threads) {
    bool shared = openblas_get_parallel() == 1;
    crew c = {.threads = shared ? threads : 1};
    long rows = m >= n ? m / c.threads : m, columns = m < n ? n / c.threads : n;
    for (int i = 0; i < c.threads; i++)
        c.jobs[i] = (job){.array = {array(rows * k), array(k * columns),
                                    array(rows * columns)},
                          .m = rows,
                          .n = columns,
                          .k = k};
    double flops = 2.0 * (double)rows * (double)columns * (double)k;
    return flops * threads / measure(&c, gemm);
}

typedef struct kind {
    const char *name;
    work_fn *work;
    int arrays;
    double floats; /* moved for each element */
} kind;

static const kind kinds[] = {
    {"read", stream_read, 1, 1}, {"copy", stream_copy, 2, 2},
    {"add", stream_add, 3, 3},   {"update", stream_update, 4, 7},
    {"exp", loop_exp, 2, 2},     {"gelu", loop_gelu, 2, 2},
};

static const kind *find_kind(const char *name) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

/* Seconds of one pass of all threads over n elements. */
static double ask_loop(const kind *k, long n, int threads) {
    crew c = {.threads = threads};
    long share = n / threads > 0 ? n / threads : 1;
    for (int i = 0; i < threads; i++) {
        c.jobs[i].n = share;
        for (int a = 0; a < k->arrays; a++)
            c.jobs[i].array[a] = array(share);
    }
    return measure(&c, k->work);
}

static double ask_stream(const kind *k, double bytes, int threads) {
    long n = (long)(bytes / sizeof(float) / k->arrays);
    return (double)n * k->floats * sizeof(float) / ask_loop(k, n, threads);
}

static bool threads_ok(int threads) {
    return threads > 0 && threads <= MAX_THREADS;
}

/* The answer to a line; negative if it is no question. */
static double answer(const char *line) {
    char name[16];
    double m, n, k;
    int t;
    if (sscanf(line, "gemm %lf %lf %lf %d", &m, &n, &k, &t) == 4)
        return threads_ok(t) ? ask_gemm((long)m, (long)n, (long)k, t) : -1;
    if (sscanf(line, "%*s %15s %lf %d", name, &n, &t) != 3 || !threads_ok(t) ||
        !find_kind(name))
        return -1;
    return strncmp(line, "stream", 6) == 0
               ? ask_stream(find_kind(name), n, t)
               : ask_loop(find_kind(name), (long)n, t);
}

int main(void) {
    char line[256];
    openblas_set_num_threads(1);
    printf("%s\n", openblas_get_config());
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) && strcmp(line, "quit\n") != 0) {
        printf("%.9g\n", answer(line));
        fflush(stdout);
    }
    return 0;
}
