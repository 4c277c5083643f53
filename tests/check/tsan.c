/* tsan.c: contexts and threads, for the thread sanitizer, which Criterion does
 * not run under.
 *
 * Four threads train in contexts of their own; four score with one shared
 * model; one context computes on four threads of its own. All have to give the
 * bits that one thread gives.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "mlrt.h"

enum { THREADS = 4, STEPS = 12, ROWS = 96, IN = 64, OUT = 40 };

typedef struct job {
    pthread_t thread;
    mlrt *m;
    mlrt_tensor *model; /* shared, when scoring */
    uint64_t bits;      /* a hash of what was computed */
} job;

static mlrt *open_with(int threads) {
    mlrt_config config;
    mlrt_config_init(&config);
    config.threads = threads;
    config.seed = 7;
    return mlrt_open(&config, NULL);
}

static uint64_t mix(uint64_t h, mlrt_tensor *t) {
    const unsigned char *p = t ? mlrt_data_const(t) : NULL;
    for (size_t i = 0; p && i < mlrt_nbytes(t); i++)
        h = (h ^ p[i]) * 1099511628211u;
    return p ? h : 0;
}

static mlrt_tensor *random(mlrt *m, int64_t rows, int64_t columns) {
    return mlrt_randn(m, (int64_t[]){rows, columns}, 2, MLRT_F32, NULL);
}

/* loss = mean((tanh(x w') - y)^2), by Adam. */
static int step(mlrt *m, mlrt_optim *o, mlrt_tensor *w, mlrt_tensor *x,
                mlrt_tensor *y) {
    mlrt_tensor *t = mlrt_tanh(m, mlrt_linear(m, x, w, MLRT_NONE));
    mlrt_tensor *loss = mlrt_mean(m, mlrt_square(m, mlrt_sub(m, t, y)), NULL, 0,
                                  false);
    if (mlrt_optim_zero_grad(o) != 0 || !loss)
        return -1;
    return mlrt_backward(loss, MLRT_NONE, 0) || mlrt_optim_step(o);
}

static uint64_t train(mlrt *m) {
    uint64_t h = 1;
    mlrt_tensor *w = random(m, OUT, IN), *x = random(m, ROWS, IN);
    mlrt_tensor *y = random(m, ROWS, OUT);
    int err = mlrt_set_requires_grad(w, true);
    mlrt_optim *o = mlrt_optim_new(m, "adam", &w, 1, NULL);
    for (int i = 0; i < STEPS && !err; i++) {
        err = mlrt_scope_begin(m) || step(m, o, w, x, y);
        mlrt_scope_end(m);
    }
    h = err ? 0 : mix(h, w);
    mlrt_optim_free(o);
    mlrt_release(w), mlrt_release(x), mlrt_release(y);
    return h;
}

static uint64_t score(mlrt *m, mlrt_tensor *model) {
    uint64_t h = 1;
    for (int i = 0; i < STEPS; i++) {
        if (mlrt_scope_begin(m) != 0)
            return 0;
        mlrt_seed(m, (uint64_t)i);
        mlrt_tensor *x = random(m, ROWS, IN);
        h = mix(h, mlrt_relu(m, mlrt_linear(m, x, model, MLRT_NONE)));
        mlrt_scope_end(m);
    }
    return h;
}

/* A scoring thread is the last to let go of the model. */
static void *run(void *arg) {
    job *j = arg;
    j->bits = j->model ? score(j->m, j->model) : train(j->m);
    mlrt_release(j->model);
    mlrt_close(j->m);
    return NULL;
}

static int run_four(const char *what, mlrt_tensor *model, uint64_t want) {
    job j[THREADS];
    int bad = want == 0;
    for (int i = 0; i < THREADS; i++) {
        j[i] = (job){.m = open_with(1 + i % 2)};
        j[i].model = model ? mlrt_share(j[i].m, model) : NULL;
    }
    mlrt_release(model);
    for (int i = 0; i < THREADS; i++)
        bad |= pthread_create(&j[i].thread, NULL, run, &j[i]) != 0;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(j[i].thread, NULL);
        bad |= j[i].bits != want;
    }
    printf("%s: %s\n", what, bad ? "other bits" : "the same bits");
    return bad;
}

int main(void) {
    mlrt *one = open_with(1), *four = open_with(4), *home = open_with(1);
    mlrt_tensor *model = random(home, OUT, IN);
    uint64_t trained = train(one), scored = score(home, model);
    int bad = train(four) != trained;
    printf("one context, four threads: %s\n", bad ? "other bits" : "the same");
    bad |= run_four("four contexts", NULL, trained);
    bad |= run_four("one model, four readers", model, scored);
    mlrt_close(one);
    mlrt_close(four);
    mlrt_close(home);
    return bad;
}
