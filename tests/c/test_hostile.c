/* test_hostile.c: scripts that want out, or want everything.
 *
 * Each file of tests/hostile/ is a kind; "--- name: how it has to end" begins
 * a script.  stop: a limit stops it; fail: an error; end: it runs to its end;
 * any: one of these, or memory is refused.  Scripts find escaped(), which says
 * that one got what it wanted, secret(), the path of a file, the mounted
 * buffer "data" and the sink "out".
 *
 * Each script runs in a sandbox with small limits.  It must
 * end as its heading says, within the limits, without having called
 * escaped(), with the secret file as it was and nothing beside it; afterwards
 * the runtime serves the next call, and no tensor stays behind.  A script that
 * a limit stops runs again inside a pcall, which must not get further.
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mlrtlib.h"

enum { MIB = 1 << 20, MOST = 600 };
static const double SECONDS = 0.15;
#ifdef __SANITIZE_ADDRESS__
static const double LATEST = 20; /* the sanitizer is slow, not the stop */
#else
static const double LATEST = 1;
#endif

typedef struct trial {
    mlrt_runtime *rt;
    bool escaped;
    char folder[64], secret[96];
    double late[MOST]; /* seconds between a limit of time and the return */
    int nlate, bad;
} trial;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- What the scripts find -------------------------------------------- */

static int on_escaped(void *ud, mlrt_runtime *rt, const mlrt_value *args,
                      int nargs, mlrt_value *results) {
    (void)rt, (void)args, (void)nargs, (void)results;
    ((trial *)ud)->escaped = true;
    return 0;
}

static int on_secret(void *ud, mlrt_runtime *rt, const mlrt_value *args,
                     int nargs, mlrt_value *results) {
    const trial *t = ud;
    (void)rt, (void)args, (void)nargs;
    results[0] = mlrt_value_string(t->secret, strlen(t->secret));
    return 1;
}

static int on_out(void *ud, const void *bytes, size_t n) {
    (void)ud, (void)bytes, (void)n;
    return 0;
}

static void write_secret(const trial *t) {
    FILE *f = fopen(t->secret, "w");
    cr_assert(f);
    fputs("secret", f);
    fclose(f);
}

/* The secret is as it was, and alone. */
static bool untouched(const trial *t) {
    char text[16] = "";
    FILE *f = fopen(t->secret, "r");
    if (!f)
        return false;
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    int files = 0;
    DIR *folder = opendir(t->folder);
    for (struct dirent *e; (e = readdir(folder));)
        files += e->d_name[0] != '.';
    closedir(folder);
    return n == 6 && strcmp(text, "secret") == 0 && files == 1;
}

static void open_trial(trial *t) {
    mlrt_runtime_config config;
    mlrt_runtime_config_init(&config);
    config.max_bytes = 32 * MIB;
    config.max_flops = 1e8;
    config.max_seconds = SECONDS;
    config.max_instructions = 4000000;
    config.threads = 2;
    t->rt = mlrt_runtime_open(&config, NULL);
    cr_assert(t->rt);
    mlrt *m = mlrt_runtime_context(t->rt);
    int err = mlrt_runtime_register(t->rt, "escaped", on_escaped, t) |
              mlrt_runtime_register(t->rt, "secret", on_secret, t) |
              mlrt_mount(m, "data", "only bytes", 10) |
              mlrt_mount_sink(m, "out", on_out, NULL);
    cr_assert(err == 0, "%s", mlrt_runtime_errmsg(t->rt));
}

/* ---- One script ------------------------------------------------------- */

static void complain(trial *t, const char *name, const char *what) {
    fprintf(stderr, "%s: %s: %s\n", name, what, mlrt_runtime_errmsg(t->rt));
    t->bad++;
}

/* A statement after a return would not compile, hence the function. */
static int run_wrapped(trial *t, const char *text) {
    static char wrapped[1 << 14];
    snprintf(wrapped, sizeof wrapped,
             "local function body(...)\n%s\nend\n"
             "pcall(body) pcall(body) escaped()",
             text);
    return mlrt_runtime_load(t->rt, "wrapped", wrapped, strlen(wrapped));
}

static int run_plain(trial *t, const char *text) {
    return mlrt_runtime_load(t->rt, "script", text, strlen(text));
}

static void check_after(trial *t, const char *name) {
    mlrt_runtime_usage usage;
    mlrt_memory_info info;
    mlrt *m = mlrt_runtime_context(t->rt);
    mlrt_runtime_usage_of(t->rt, &usage);
    mlrt_memory(m, &info);
    if (usage.bytes > 32 * MIB)
        complain(t, name, "too much memory");
    if (t->escaped)
        complain(t, name, "escaped");
    if (!untouched(t))
        complain(t, name, "touched the secret");
    if (!mlrt_grad_mode(m))
        complain(t, name, "left the gradient mode off");
    if (mlrt_runtime_load(t->rt, "next", "local x = 1 + 1", 15) != 0)
        complain(t, name, "the next call failed");
}

static bool as_wanted(const char *wanted, int status) {
    if (strcmp(wanted, "stop") == 0)
        return status == MLRT_ELIMIT;
    if (strcmp(wanted, "fail") == 0)
        return status == MLRT_EUSER || status == MLRT_ENOMEM;
    if (strcmp(wanted, "end") == 0)
        return status == 0;
    return strcmp(wanted, "any") == 0;
}

static void one_run(trial *t, const char *name, const char *wanted,
                    const char *text, int (*run)(trial *, const char *)) {
    t->escaped = false;
    open_trial(t);
    double began = now();
    int status = run(t, text);
    double took = now() - began;
    char ended[16];
    snprintf(ended, sizeof ended, "%d", status);
    if (!as_wanted(wanted, status))
        complain(t, name, ended);
    if (took > SECONDS + LATEST)
        complain(t, name, "stopped late");
    if (took > SECONDS && t->nlate < MOST)
        t->late[t->nlate++] = took - SECONDS;
    check_after(t, name);
    mlrt_runtime_close(t->rt);
}

/* ---- Files of them ---------------------------------------------------- */

static char *read_kind(const char *kind) {
    char path[64];
    snprintf(path, sizeof path, "tests/hostile/%s.txt", kind);
    FILE *f = fopen(path, "r");
    cr_assert(f, "%s", path);
    char *text = calloc(1, 1 << 17);
    cr_assert(fread(text, 1, (1 << 17) - 1, f) > 100);
    fclose(f);
    return text;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void report(const char *kind, int scripts, trial *t) {
    qsort(t->late, (size_t)t->nlate, sizeof *t->late, by_size);
    int n = t->nlate;
    fprintf(stderr, "hostile %s: %d scripts", kind, scripts);
    if (n > 0)
        fprintf(stderr, ", stopped late by p50 %.1f p99 %.1f max %.1f ms",
                t->late[n / 2] * 1e3, t->late[n * 99 / 100] * 1e3,
                t->late[n - 1] * 1e3);
    fprintf(stderr, "\n");
}

/* "--- name: wanted\ntext" */
static int each_script(trial *t, char *text) {
    int n = 0;
    for (char *p = strstr(text, "--- "), *next; p; p = next, n++) {
        next = strstr(p + 4, "\n--- ");
        if (next)
            *next++ = '\0';
        char *line = p + 4, *body = strchr(line, '\n');
        *body++ = '\0';
        char *wanted = strrchr(line, ':');
        *wanted = '\0';
        wanted += 2;
        one_run(t, line, wanted, body, run_plain);
        if (strcmp(wanted, "stop") == 0)
            one_run(t, line, wanted, body, run_wrapped);
    }
    return n;
}

static void all_of(const char *kind) {
    trial *t = calloc(1, sizeof *t);
    strcpy(t->folder, "/tmp/mlrt-hostile-XXXXXX");
    cr_assert(mkdtemp(t->folder));
    snprintf(t->secret, sizeof t->secret, "%s/secret", t->folder);
    write_secret(t);
    char *text = read_kind(kind);
    int n = each_script(t, text);
    report(kind, n, t);
    unlink(t->secret);
    rmdir(t->folder);
    int bad = t->bad;
    free(text);
    free(t);
    cr_assert(n >= 40 && bad == 0, "%d of %d scripts", bad, n);
}

Test(hostile, escape) {
    all_of("escape");
}
Test(hostile, vm) {
    all_of("vm");
}
Test(hostile, resource) {
    all_of("resource");
}
Test(hostile, api) {
    all_of("api");
}
