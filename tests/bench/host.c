/* host.c: what a program in C sees of mlrt, for the benchmark.
 *
 *   host score     a step is one call of a loaded network 16-64-1
 *   host requests  the same; the answer is how often memory was asked for
 *   host open      a step is mlrt_open and mlrt_close
 *   host idle      the answer is the resident memory in bytes, after opening
 *                  and one call
 *
 * It answers `block N` by the protocol of peers/README.md.  The network is
 * y = w2 relu(w1 x + b1) + b2 with the data of data.lua, seeds 1 to 5.
 */
#define _GNU_SOURCE
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mlrt.h"

enum { IN = 16, MIDDLE = 64 };

/* ---- Requests for memory ---------------------------------------------- */

static long requests;

/* The library's calls of malloc come here, because the program is asked for
 * a symbol first. */
#ifdef __GLIBC__
extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);
extern void *__libc_memalign(size_t align, size_t n);

void *malloc(size_t n) {
    requests++;
    return __libc_malloc(n);
}

void *calloc(size_t n, size_t size) {
    requests++;
    return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n) {
    requests++;
    return __libc_realloc(p, n);
}

void *aligned_alloc(size_t align, size_t n) {
    requests++;
    return __libc_memalign(align, n);
}
#endif

/* ---- The network ------------------------------------------------------ */

typedef struct net {
    mlrt *m;
    float x[IN]; /* the host's own memory, which a tensor borrows */
    mlrt_tensor *in, *w1, *b1, *w2, *b2;
} net;

static float element(int64_t seed, int64_t i) {
    int64_t z = (7919 * i * i + (104729 + seed) * i + 13 * seed) % 1000003;
    return (float)((double)z * (2.0 / 1000003) - 1);
}

static mlrt_tensor *fill(mlrt *m, int64_t seed, int64_t rows, int64_t columns) {
    float values[MIDDLE * IN];
    int64_t shape[] = {rows, columns};
    for (int64_t i = 0; i < rows * columns; i++)
        values[i] = element(seed, i);
    return rows == 1 && seed != 3
               ? mlrt_from_data(m, MLRT_F32, 1, shape + 1, values)
               : mlrt_from_data(m, MLRT_F32, 2, shape, values);
}

static void check(net *k, const void *ok) {
    if (ok)
        return;
    fprintf(stderr, "host: %s\n", k->m ? mlrt_errmsg(k->m) : "cannot open");
    exit(1);
}

static mlrt *open_context(void) {
    mlrt_config config;
    mlrt_config_init(&config);
    config.threads = 1;
    return mlrt_open(&config, NULL);
}

static void load(net *k) {
    int64_t shape[] = {1, IN};
    k->m = open_context();
    check(k, k->m);
    for (int i = 0; i < IN; i++)
        k->x[i] = element(5, i);
    k->in = mlrt_borrow(k->m, MLRT_F32, 2, shape, k->x, NULL, NULL);
    k->w1 = fill(k->m, 1, MIDDLE, IN);
    k->b1 = fill(k->m, 2, 1, MIDDLE);
    k->w2 = fill(k->m, 3, 1, MIDDLE);
    k->b2 = fill(k->m, 4, 1, 1);
    mlrt_set_grad_mode(k->m, false);
}

static double score(net *k) {
    mlrt_tensor *h = mlrt_linear(k->m, k->in, k->w1, k->b1);
    mlrt_tensor *r = mlrt_relu(k->m, h);
    mlrt_tensor *y = mlrt_linear(k->m, r, k->w2, k->b2);
    double value = 0;
    check(k, mlrt_item(y, &value) == 0 ? y : NULL);
    mlrt_release(h);
    mlrt_release(r);
    mlrt_release(y);
    return value;
}

/* ---- What is measured ------------------------------------------------- */

static net network;

static double block_score(int n) {
    double value = 0;
    for (int i = 0; i < n; i++)
        value = score(&network);
    return value;
}

static double block_requests(int n) {
    score(&network);
    long before = requests;
    block_score(n);
    return (double)(requests - before);
}

static double block_open(int n) {
    for (int i = 0; i < n; i++) {
        mlrt *m = open_context();
        check(&network, m);
        mlrt_close(m);
    }
    return 0;
}

static double block_idle(int n) {
    char line[128];
    double kib = 0;
    FILE *f = fopen("/proc/self/status", "r");
    block_score(n);
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, "VmRSS:", 6) == 0)
            kib = strtod(line + 6, NULL);
    if (f)
        fclose(f);
    return kib * 1024;
}

static const struct {
    const char *name;
    double (*block)(int n);
} kinds[] = {{"score", block_score},
             {"requests", block_requests},
             {"open", block_open},
             {"idle", block_idle}};

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int serve(double (*block)(int)) {
    char line[64];
    int n;
    printf("mlrt %s\n", MLRT_VERSION);
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) &&
           sscanf(line, "block %d", &n) == 1) {
        double from = now(), value = block(n);
        printf("%.9f %.9g\n", now() - from, value);
        fflush(stdout);
    }
    return 0;
}

int main(int argc, char **argv) {
    load(&network);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (argc == 2 && strcmp(argv[1], kinds[i].name) == 0)
            return serve(kinds[i].block);
    fprintf(stderr, "usage: host score|requests|open|idle\n");
    return 1;
}
