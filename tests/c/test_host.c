/* test_host.c: what a host hands to mlrt_open and what it may rely on: configs
 * of other sizes, callbacks, its own threads, fork, nothing left behind. */
#include <dirent.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "call.h"

/* A hash of what is computed on several threads. */
static double compute(mlrt *m) {
    static const int64_t big[] = {300, 300};
    mlrt_tensor *a = make(m, MLRT_F32, 2, big);
    mlrt_tensor *y = mlrt_matmul(m, a, a), *e = mlrt_tanh(m, y);
    mlrt_tensor *s = mlrt_sum(m, e, NULL, 0, false);
    double sum = s ? at(s, 0) : NAN;
    drop(a, y, e, s);
    return sum;
}

/* ---- Configs ---------------------------------------------------------- */

Test(host, takes_the_config_of_an_older_header) {
    mlrt_config config;
    memset(&config, 0x5a, sizeof config); /* behind its end lies anything */
    memset(&config, 0, offsetof(mlrt_config, parallel_for));
    config.size = offsetof(mlrt_config, parallel_for);
    config.threads = 2;
    mlrt *m = mlrt_open(&config, NULL);
    cr_assert(m && mlrt_threads(m) == 2);
    cr_expect(isfinite(compute(m)));
    close_clean(m);
}

Test(host, takes_the_config_of_a_newer_header) {
    struct {
        mlrt_config config;
        char more[64];
    } newer;
    memset(&newer, 0x5a, sizeof newer);
    mlrt_config_init(&newer.config);
    newer.config.size = sizeof newer;
    newer.config.threads = 1;
    mlrt *m = mlrt_open(&newer.config, NULL);
    cr_assert(m && mlrt_threads(m) == 1);
    close_clean(m);
}

/* ---- Callbacks -------------------------------------------------------- */

typedef struct heard {
    int n, status;
    char text[256];
} heard;

static void note(void *ud, int status, const char *text) {
    heard *h = ud;
    h->n++;
    h->status = status;
    snprintf(h->text, sizeof h->text, "%s", text);
}

Test(host, log_hears_what_fails) {
    heard h = {0};
    mlrt_config config;
    mlrt_config_init(&config);
    config.log = note;
    config.log_ud = &h;
    mlrt *m = mlrt_open(&config, NULL);
    cr_assert(m && h.n == 1 && h.status == MLRT_OK);
    cr_expect(strstr(h.text, "kernels") && strstr(h.text, mlrt_blas_info(m)));
    cr_expect(!mlrt_empty(m, MLRT_F32, 1, (int64_t[]){-1}));
    cr_expect(h.n == 2 && h.status == MLRT_ESHAPE);
    cr_expect_str_eq(h.text, mlrt_errmsg(m));
    close_clean(m);
    int status = 0;
    config.isa = "abacus";
    cr_expect(!mlrt_open(&config, &status) && status == MLRT_EARG);
    cr_expect(strstr(h.text, "no kernels 'abacus'"), "%s", h.text);
}

typedef struct watch {
    int calls, stop_at;
    double flops;
} watch;

static bool look(void *ud, double flops) {
    watch *w = ud;
    cr_expect(flops > w->flops);
    w->flops = flops;
    return ++w->calls != w->stop_at;
}

Test(host, progress_is_told_and_may_stop) {
    watch w = {.stop_at = 3};
    mlrt_config config;
    mlrt_config_init(&config);
    config.progress = look;
    config.progress_ud = &w;
    config.progress_flops = 1e6;
    config.threads = 1;
    mlrt *m = mlrt_open(&config, NULL);
    mlrt_tensor *a = make(m, MLRT_F32, 2, (int64_t[]){100, 100});
    int done = 0;
    for (mlrt_tensor *y; (y = mlrt_matmul(m, a, a)); done++)
        mlrt_release(y);
    cr_expect(done == 3 && w.calls == 3 && mlrt_errcode(m) == MLRT_ECANCEL);
    mlrt_resume(m);
    mlrt_tensor *small = mlrt_select(m, a, 0, 0);
    cr_expect(small && w.calls == 3);
    drop(a, small, NULL, NULL);
    close_clean(m);
}

/* ---- The host's own threads ------------------------------------------- */

typedef struct share {
    pthread_t thread;
    int64_t from, n;
    void (*task)(void *, int64_t);
    void *arg;
} share;

static void *run_share(void *arg) {
    share *s = arg;
    for (int64_t i = s->from - 1; i >= 0; i -= 3)
        s->task(s->arg, i);
    return NULL;
}

/* Three threads, each with every third task, from the last to the first. */
static void three_threads(void *ud, int64_t n,
                          void (*task)(void *arg, int64_t i), void *arg) {
    share s[3];
    ++*(int *)ud;
    for (int i = 0; i < 3; i++) {
        s[i] = (share){.from = n - i, .n = n, .task = task, .arg = arg};
        cr_assert(!pthread_create(&s[i].thread, NULL, run_share, &s[i]));
    }
    for (int i = 0; i < 3; i++)
        pthread_join(s[i].thread, NULL);
}

Test(host, computes_on_the_hosts_threads) {
    int calls = 0;
    mlrt_config config;
    mlrt_config_init(&config);
    config.threads = 3;
    config.parallel_for = three_threads;
    config.parallel_ud = &calls;
    mlrt *m = mlrt_open(&config, NULL), *one = open_with(NULL, 1);
    cr_expect(compute(m) == compute(one) && calls > 0);
    int before = calls;
    mlrt_interrupt(m);
    cr_expect(!mlrt_zeros(m, NULL, 0, MLRT_F32));
    mlrt_resume(m);
    cr_expect(compute(m) == compute(one) && calls > before);
    close_clean(m);
    close_clean(one);
}

/* Interrupted by a task's own thread: the others are not run. */
static void stop_early(void *ud, int64_t n, void (*task)(void *arg, int64_t i),
                       void *arg) {
    for (int64_t i = 0; i < n; i++) {
        if (i == 1)
            mlrt_interrupt(*(mlrt **)ud);
        task(arg, i);
    }
}

Test(host, stops_on_the_hosts_threads) {
    mlrt *m = NULL;
    mlrt_config config;
    mlrt_config_init(&config);
    config.threads = 2;
    config.parallel_for = stop_early;
    config.parallel_ud = &m;
    m = mlrt_open(&config, NULL);
    cr_expect(isnan(compute(m)) && mlrt_errcode(m) == MLRT_ECANCEL);
    mlrt_resume(m);
    close_clean(m);
}

Test(host, an_interruption_waits_while_masked) {
    mlrt *m = open_with(NULL, 1);
    mlrt_mask(m, 1);
    mlrt_mask(m, 1);
    mlrt_interrupt(m);
    cr_expect(mlrt_masked(m) && !isnan(compute(m)));
    mlrt_mask(m, -1);
    cr_expect(mlrt_masked(m) && !isnan(compute(m)));
    mlrt_mask(m, -1);
    cr_expect(!mlrt_masked(m) && !mlrt_zeros(m, NULL, 0, MLRT_F32));
    cr_expect(mlrt_errcode(m) == MLRT_ECANCEL);
    mlrt_resume(m);
    close_clean(m);
}

/* ---- Fork, and what stays behind -------------------------------------- */

static int exit_code(pid_t pid) {
    int status = 0;
    cr_assert(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    return WEXITSTATUS(status);
}

Test(host, a_child_after_fork_computes) {
    mlrt *m = open_with(NULL, 4);
    double want = compute(m); /* its threads run now */
    for (int i = 0; i < 3; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            bool same = compute(m) == want && compute(m) == want;
            mlrt_close(m);
            _exit(same ? 7 : 1);
        }
        cr_expect(exit_code(pid) == 7);
        cr_expect(compute(m) == want);
    }
    close_clean(m);
}

static int count_threads(void) {
    DIR *d = opendir("/proc/self/task");
    int n = 0;
    if (!d)
        return -1;
    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

Test(host, no_thread_outlives_its_context) {
    int before = count_threads();
    mlrt *m = open_with(NULL, 4);
    mlrt_close(m);
    int idle = count_threads(); /* now with OpenBLAS's own, if it has any */
    m = open_with(NULL, 4);
    cr_expect(isfinite(compute(m)));
    cr_expect(before < 0 || count_threads() == idle + 3);
    close_clean(m);
    cr_expect(count_threads() == idle);
}

static long resident(void) {
    long pages = 0, skip = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    int n = f ? fscanf(f, "%ld %ld", &skip, &pages) : 0;
    if (f)
        fclose(f);
    return n == 2 ? pages * sysconf(_SC_PAGESIZE) / 1024 : 0;
}

static void cycle(int n) {
    static const int64_t shape[] = {40, 40};
    for (int i = 0; i < n; i++) {
        mlrt *m = open_with(NULL, 1 + i % 2);
        mlrt_tensor *t = make(m, MLRT_F32, 2, shape);
        mlrt_tensor *y = mlrt_matmul(m, t, t);
        drop(t, y, NULL, NULL);
        close_clean(m);
    }
}

/* Less than 1 % in 10,000; the sanitizers keep freed memory for a while. */
Test(host, cycles_leave_no_memory) {
    cycle(200);
    long before = resident();
#ifdef MLRT_NO_CACHE
    cycle(300);
    cr_expect(resident() > 0 && before > 0);
#else
    cycle(10000);
    cr_expect(resident() <= before + before / 100, "%ld KiB, then %ld", before,
              resident());
#endif
}

/* ---- What failed before ----------------------------------------------- */

static mlrt_tensor *const nothing[] = {NULL, NULL};

/* A failed operand is refused, without a message of its own. */
Test(host, passes_failed_tensors_on) {
    double d;
    int64_t i;
    for (int k = 0; k < 2; k++) {
        mlrt_tensor *t = k ? MLRT_NONE : NULL;
        cr_expect(mlrt_read(t, &d, 8) == MLRT_EARG);
        cr_expect(mlrt_write(t, &d, 8) == MLRT_EARG);
        cr_expect(mlrt_item(t, &d) == MLRT_EARG);
        cr_expect(mlrt_item_int(t, &i) == MLRT_EARG);
        cr_expect(mlrt_backward(t, MLRT_NONE, 0) == MLRT_EARG);
        cr_expect(mlrt_set_grad(t, MLRT_NONE) == MLRT_EARG);
        cr_expect(mlrt_retain_grad(t) == MLRT_EARG);
        cr_expect(mlrt_set_requires_grad(t, true) == MLRT_EARG);
        cr_expect(!mlrt_detach(t) && mlrt_grad(t) == t);
        cr_expect(!mlrt_requires_grad(t) && mlrt_is_leaf(t));
        cr_expect(!mlrt_data(t) && !mlrt_data_const(t) && !mlrt_context(t));
        cr_expect(mlrt_ndim(t) == 0 && mlrt_nbytes(t) == 0);
        cr_expect(mlrt_numel(t) == 0 && mlrt_shape(t) && mlrt_strides(t));
        cr_expect(mlrt_dtype_of(t) == MLRT_DTYPE_NONE);
        cr_expect(mlrt_is_contiguous(t) && mlrt_retain(t) == t);
        mlrt_release(t);
    }
}

Test(host, passes_failed_objects_on) {
    mlrt_optim *o = NULL;
    mlrt_bundle *b = NULL;
    cr_expect(mlrt_optim_step(o) < 0 && mlrt_optim_zero_grad(o) < 0);
    bool finite;
    cr_expect(mlrt_optim_finite(o, &finite) == MLRT_EARG);
    cr_expect(mlrt_optim_count(o) == 0 && mlrt_optim_slots(o) == 0);
    cr_expect(!mlrt_optim_options_of(o) && !mlrt_optim_slot(o, 0, 0));
    cr_expect(mlrt_optim_steps(o, 0) == 0 && !mlrt_optim_slot_name(o, 0));
    cr_expect(mlrt_optim_restore(o, 0, 0, nothing) == MLRT_EARG);
    mlrt_optim_free(o);
    cr_expect(mlrt_bundle_add(b, "x", NULL) == MLRT_EARG);
    cr_expect(mlrt_bundle_meta(b, "x", "y") == MLRT_EARG);
    cr_expect(mlrt_bundle_save(b, "x") < 0);
    cr_expect(mlrt_bundle_save_npz(b, "x", false) < 0);
    cr_expect(mlrt_bundle_count(b) == 0 && mlrt_bundle_meta_count(b) == 0);
    cr_expect(!mlrt_bundle_get(b, "x") && !mlrt_bundle_meta_get(b, "x"));
    cr_expect(!mlrt_bundle_name(b, 0) && !mlrt_bundle_tensor(b, 0));
    cr_expect(!mlrt_bundle_meta_key(b, 0) && !mlrt_bundle_meta_text(b, 0));
    mlrt_bundle_free(b);
    mlrt_generator_free(NULL);
    mlrt_close(NULL);
}

Test(host, gradients_stay_in_their_context) {
    mlrt *a = open_with(NULL, 1), *b = open_with(NULL, 1);
    mlrt_tensor *w = mlrt_param(a, 1, (int64_t[]){3}, 1);
    mlrt_tensor *g = mlrt_ones(b, (int64_t[]){3}, 1, MLRT_F32);
    cr_expect(mlrt_set_grad(w, g) == MLRT_EARG);
    cr_expect(strstr(mlrt_errmsg(a), "a tensor of this context"));
    drop(w, g, NULL, NULL);
    close_clean(a);
    close_clean(b);
}
