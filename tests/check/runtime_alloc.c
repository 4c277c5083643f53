/* runtime_alloc.c: a warm call of a script asks the system for no memory.
 *
 * Scores a 16-64-1 network a hundred thousand times; count_alloc.c writes the
 * count of requests beside each line printed here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mlrtlib.h"

static const char script[] =
    "local m = require 'mlrt'\n"
    "local a, b = m.nn.Linear(16, 64), m.nn.Linear(64, 1)\n"
    "local w, v, u, t = a.weight:detach(), a.bias:detach(),\n"
    "                   b.weight:detach(), b.bias:detach()\n"
    "local linear, relu = m.linear, m.relu\n"
    "function score(x)\n"
    "  return linear(relu(linear(x, w, v)), u, t):item()\n"
    "end";

static mlrt_runtime *rt;
static mlrt_value x;
static int score;

static void calls(int n) {
    mlrt_value y;
    for (int i = 0; i < n; i++)
        if (mlrt_runtime_invoke(rt, score, &x, 1, &y, 1) != 0) {
            puts(mlrt_runtime_errmsg(rt));
            exit(1);
        }
}

int main(int argc, char **argv) {
    mlrt_runtime_config config;
    mlrt_runtime_config_init(&config);
    config.max_bytes = 64 << 20;
    config.max_flops = 1e9;
    config.max_seconds = 10;
    config.threads = 1;
    rt = mlrt_runtime_open(&config, NULL);
    if (!rt || mlrt_runtime_load(rt, "score", script, strlen(script)) != 0)
        return 1;
    int64_t shape[] = {1, 16};
    float data[16] = {1};
    x = mlrt_value_tensor(
        mlrt_from_data(mlrt_runtime_context(rt), MLRT_F32, 2, shape, data));
    score = mlrt_runtime_find(rt, "score");
    setvbuf(stdout, NULL, _IONBF, 0);
    calls(10000);
    fwrite("warm\n", 1, 5, stdout); /* count_alloc.c sees fwrite */
    calls(argc > 1 ? atoi(argv[1]) : 100000);
    fwrite("done\n", 1, 5, stdout);
    mlrt_release(x.u.t);
    mlrt_runtime_close(rt);
    return 0;
}
