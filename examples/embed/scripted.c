/* scripted.c: a program whose rules are a Lua script, under limits.
 *
 *   scripted rules.lua [TICKS]     ends after TICKS, or when the file is gone
 *
 * Every 10 ms the program asks the script what to make of a reading.  Whenever
 * the file changes it is loaded anew: a script that fails to load leaves the
 * old rules in place, one that computes without end is stopped, and the program
 * goes on in either case.  What the script keeps (here: the last readings) it
 * takes over from the one before it. */
#define _POSIX_C_SOURCE 200809L
#include <mlrtlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

/* Lines that the script prints. */
static void show(void *ud, const char *text, size_t len) {
    (void)ud;
    printf("script: %.*s\n", (int)len, text);
}

/* sensor.unit() in the script: what the program tells it. */
static int unit(void *ud, mlrt_runtime *rt, const mlrt_value *args, int nargs,
                mlrt_value *results) {
    const char *name = ud;
    (void)args;
    if (nargs != 0)
        return mlrt_runtime_fail(rt, MLRT_EARG, "sensor.unit takes nothing");
    results[0] = mlrt_value_string(name, 2);
    return 1;
}

static mlrt_runtime *open_rules(void) {
    static char name[] = "mV";
    mlrt_runtime_config config;
    mlrt_runtime_config_init(&config);
    config.max_bytes = 32 << 20;
    config.max_seconds = 0.2;
    config.max_flops = 1e8;
    config.threads = 1;
    config.print = show;
    int status = 0;
    mlrt_runtime *rt = mlrt_runtime_open(&config, &status);
    if (!rt)
        fprintf(stderr, "%s\n", mlrt_status_text(status));
    else if (mlrt_runtime_register(rt, "sensor.unit", unit, name) != 0)
        fprintf(stderr, "%s\n", mlrt_runtime_errmsg(rt));
    return rt;
}

/* Is it another file than last time? */
static bool changed(const struct stat *now, const struct stat *seen) {
    return now->st_ino != seen->st_ino || now->st_size != seen->st_size ||
           now->st_mtim.tv_sec != seen->st_mtim.tv_sec ||
           now->st_mtim.tv_nsec != seen->st_mtim.tv_nsec;
}

static void load(mlrt_runtime *rt, const char *path) {
    if (mlrt_runtime_reload_file(rt, path) == 0)
        printf("loaded %s\n", path);
    else
        printf("kept the old rules: %s\n", mlrt_runtime_errmsg(rt));
}

/* decide(reading) -> alarm, advice */
static void ask(mlrt_runtime *rt, int tick, double reading) {
    mlrt_value x = mlrt_value_number(reading), y[2];
    int err = mlrt_runtime_call(rt, "decide", &x, 1, y, 2);
    if (err)
        printf("tick %d: %s: %s\n", tick, mlrt_status_text(err),
               mlrt_runtime_errmsg(rt));
    else if (y[0].kind == MLRT_VALUE_BOOL && y[0].u.b)
        printf("tick %d: alarm at %.1f: %s\n", tick, reading,
               y[1].kind == MLRT_VALUE_STRING ? y[1].u.s : "no advice");
}

int main(int argc, char **argv) {
    int ticks = argc > 2 ? atoi(argv[2]) : 1000;
    struct stat seen = {0}, now;
    struct timespec pause = {0, 10000000};
    mlrt_runtime *rt = argc > 1 ? open_rules() : NULL;
    if (!rt)
        return 1;
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 1; i <= ticks && stat(argv[1], &now) == 0; i++) {
        if (changed(&now, &seen))
            load(rt, argv[1]);
        seen = now;
        ask(rt, i, i % 40 == 0 ? 50 : i % 7); /* now and then a peak */
        nanosleep(&pause, NULL);
    }
    mlrt_runtime_close(rt);
    return 0;
}
