/* runtime.c: what a host of scripts sees of mlrt, for the benchmark.
 *
 *   runtime score  a step is one call of a script's function, a loaded
 *                  network 16-64-1, with a tensor in and a number out
 *   runtime open   a step is opening and closing a runtime
 *   runtime idle   the answer is the resident memory in bytes, after one call
 *
 * It answers `block N` by the protocol of peers/README.md.  Network and input
 * are those of host.c, from the data of data.lua.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mlrtlib.h"

static const char script[] =
    "local m = require 'mlrt'\n"
    "local function fill(seed, ...)\n"
    "  local x = m.ones({...}, {dtype = 'f64'})\n"
    "  local i = m.arange(x:numel(), {dtype = 'i64'})\n"
    "  local z = (i * i * 7919 + i * (104729 + seed) + 13 * seed) % 1000003\n"
    "  return (z:to 'f64' * (2 / 1000003) - 1):to 'f32':reshape {...}\n"
    "end\n"
    "local w1, b1 = fill(1, 64, 16), fill(2, 64)\n"
    "local w2, b2 = fill(3, 1, 64), fill(4, 1)\n"
    "function score(x)\n"
    "  return m.linear(m.relu(m.linear(x, w1, b1)), w2, b2):item()\n"
    "end\n";

static mlrt_runtime *runtime;
static mlrt_value input;
static int function;

static void check(bool ok) {
    if (ok)
        return;
    fprintf(stderr, "runtime: %s\n",
            runtime ? mlrt_runtime_errmsg(runtime) : "cannot open");
    exit(1);
}

static mlrt_runtime *open_runtime(void) {
    mlrt_runtime_config config;
    mlrt_runtime_config_init(&config);
    config.threads = 1;
    return mlrt_runtime_open(&config, NULL);
}

static void load(void) {
    float x[16];
    int64_t shape[] = {1, 16};
    for (int64_t i = 0; i < 16; i++)
        x[i] = (float)((double)((7919 * i * i + 104734 * i + 65) % 1000003) *
                           (2.0 / 1000003) -
                       1);
    runtime = open_runtime();
    check(runtime);
    check(mlrt_runtime_load(runtime, "score.lua", script, sizeof script - 1) ==
          0);
    function = mlrt_runtime_find(runtime, "score");
    check(function >= 0);
    input = mlrt_value_tensor(
        mlrt_from_data(mlrt_runtime_context(runtime), MLRT_F32, 2, shape, x));
    check(input.u.t);
}

/* ---- What is measured ------------------------------------------------- */

static double block_score(int n) {
    mlrt_value result = mlrt_value_number(0);
    for (int i = 0; i < n; i++)
        check(mlrt_runtime_invoke(runtime, function, &input, 1, &result, 1) ==
              0);
    return result.u.d;
}

static double block_open(int n) {
    for (int i = 0; i < n; i++) {
        mlrt_runtime *rt = open_runtime();
        check(rt);
        mlrt_runtime_close(rt);
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
} kinds[] = {
    {"score", block_score}, {"open", block_open}, {"idle", block_idle}};

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
    load();
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (argc == 2 && strcmp(argv[1], kinds[i].name) == 0)
            return serve(kinds[i].block);
    fprintf(stderr, "usage: runtime score|open|idle\n");
    return 1;
}
