/* test_runtime.c: runtimes as a host uses them. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mlrtlib.h"

static char printed[256];

static void on_print(void *ud, const char *text, size_t len) {
    (void)ud;
    snprintf(printed, sizeof printed, "%.*s", (int)len, text);
}

static mlrt_runtime *open_limited(double seconds) {
    mlrt_runtime_config config;
    mlrt_runtime_config_init(&config);
    config.max_bytes = 64 << 20;
    config.max_seconds = seconds;
    config.threads = 1;
    config.print = on_print;
    int status;
    mlrt_runtime *rt = mlrt_runtime_open(&config, &status);
    cr_assert(rt && status == 0);
    return rt;
}

static int load(mlrt_runtime *rt, const char *text) {
    return mlrt_runtime_load(rt, "test.lua", text, strlen(text));
}
#define LOADS(rt, text)                                                        \
    cr_assert(load(rt, text) == 0, "%s", mlrt_runtime_errmsg(rt))
#define SAYS(rt, text)                                                         \
    cr_assert(strstr(mlrt_runtime_errmsg(rt), text), "%s",                     \
              mlrt_runtime_errmsg(rt))

static mlrt_value call1(mlrt_runtime *rt, const char *name, mlrt_value x) {
    mlrt_value y;
    int err = mlrt_runtime_call(rt, name, &x, 1, &y, 1);
    cr_assert(err == 0, "%s", mlrt_runtime_errmsg(rt));
    return y;
}

/* ---- Training --------------------------------------------------------- */

static const char looping[] =
    "local m = require 'mlrt'\n"
    "local net, x = m.nn.Linear(2, 1), m.randn(64, 2)\n"
    "local o = {model = net, data = {{x, x:sum(2, true)}},\n"
    "  val = {{x, x:sum(2, true)}}, loss = m.mse_loss, epochs = 200,\n"
    "  optimizer = m.optim.SGD(net:parameters(), {lr = 0.1})}\n"
    "frame = coroutine.wrap(function()\n"
    "  for step in m.train.steps(o) do coroutine.yield(step) end\n"
    "end)\n"
    "function rest() return m.train.fit(o).history[200].loss end\n"
    "function file() o.folder = 'x' m.train.fit(o) end";

Test(runtime, trains_in_the_sandbox_a_step_at_a_time) {
    mlrt_runtime *rt = open_limited(0);
    LOADS(rt, looping);
    for (int i = 1; i <= 3; i++)
        cr_assert(call1(rt, "frame", mlrt_value_nil()).u.i == i);
    cr_assert(call1(rt, "rest", mlrt_value_nil()).u.d < 1e-6);
    cr_assert(mlrt_runtime_call(rt, "file", NULL, 0, NULL, 0) < 0);
    SAYS(rt, "a sandbox has no files");
    mlrt_runtime_close(rt);
}

/* ---- Values and calls ------------------------------------------------- */

Test(runtime, every_kind_of_value_crosses_both_ways) {
    mlrt_runtime *rt = open_limited(0);
    LOADS(rt, "function same(x) return x end");
    cr_assert(call1(rt, "same", mlrt_value_nil()).kind == MLRT_VALUE_NIL);
    cr_assert(call1(rt, "same", mlrt_value_bool(true)).u.b);
    cr_assert(call1(rt, "same", mlrt_value_int(INT64_MIN)).u.i == INT64_MIN);
    cr_assert(call1(rt, "same", mlrt_value_number(0.5)).u.d == 0.5);
    mlrt_value s = call1(rt, "same", mlrt_value_string("a\0b", 3));
    cr_assert(s.kind == MLRT_VALUE_STRING && s.len == 3 &&
              memcmp(s.u.s, "a\0b", 4) == 0);
    mlrt *m = mlrt_runtime_context(rt);
    mlrt_tensor *t = mlrt_number(m, 3);
    mlrt_value y = call1(rt, "same", mlrt_value_tensor(t));
    cr_assert(y.kind == MLRT_VALUE_TENSOR && y.u.t == t);
    mlrt_release(y.u.t);
    mlrt_release(t);
    mlrt_runtime_close(rt);
}

Test(runtime, results_are_filled_up_and_cut) {
    mlrt_runtime *rt = open_limited(0);
    mlrt_value v[4];
    LOADS(rt,
          "model = {} function model.f(...) return select('#', ...), 2 end");
    cr_assert(mlrt_runtime_call(rt, "model.f", NULL, 0, v, 4) == 0);
    cr_assert(v[0].u.i == 0 && v[1].u.i == 2);
    cr_assert(v[2].kind == MLRT_VALUE_NIL && v[3].kind == MLRT_VALUE_NIL);
    cr_assert(mlrt_runtime_call(rt, "model.f", NULL, 0, v, 1) == 0);
    cr_assert(mlrt_runtime_call(rt, "model.f", NULL, 0, NULL, 0) == 0);
    mlrt_runtime_close(rt);
}

Test(runtime, failures_have_a_status_and_a_traceback) {
    mlrt_runtime *rt = open_limited(0.05);
    mlrt_value v;
    cr_assert(load(rt, "x = = 1") == MLRT_EUSER);
    SAYS(rt, "test.lua:1:");
    LOADS(rt, "function bad() local x = nil; return x.y end\n"
              "function spin() while true do end end\n"
              "function give() return {} end");
    cr_assert(mlrt_runtime_call(rt, "bad", NULL, 0, &v, 1) == MLRT_EUSER);
    SAYS(rt, "stack traceback:");
    cr_assert(mlrt_runtime_call(rt, "spin", NULL, 0, &v, 1) == MLRT_ELIMIT);
    SAYS(rt, "time limit");
    cr_assert(mlrt_runtime_call(rt, "give", NULL, 0, &v, 1) == MLRT_EARG);
    SAYS(rt, "table");
    cr_assert(mlrt_runtime_call(rt, "nobody", NULL, 0, &v, 1) == MLRT_EUSER);
    SAYS(rt, "no function 'nobody'");
    cr_assert(mlrt_runtime_load(rt, "b", "\33Lua", 4) == MLRT_EUSER);
    cr_assert(mlrt_runtime_load_file(rt, "/no/such/file") == MLRT_EIO);
    mlrt_runtime_close(rt);
}

Test(runtime, foreign_tensors_are_refused) {
    mlrt_runtime *a = open_limited(0), *b = open_limited(0);
    mlrt_tensor *t = mlrt_number(mlrt_runtime_context(a), 1);
    mlrt_value x = mlrt_value_tensor(t), y;
    LOADS(b, "function same(x) return x end");
    cr_assert(mlrt_runtime_call(b, "same", &x, 1, &y, 1) == MLRT_EUSER);
    SAYS(b, "another context");
    mlrt_release(t);
    mlrt_runtime_close(a);
    mlrt_runtime_close(b);
}

Test(runtime, print_and_files_go_to_the_host) {
    mlrt_runtime *rt = open_limited(0);
    mlrt *m = mlrt_runtime_context(rt);
    LOADS(rt, "print('a', 1, nil)");
    cr_assert_str_eq(printed, "a\t1\tnil");
    cr_assert(mlrt_mount(m, "notes", "hello", 5) == 0);
    LOADS(rt, "local t = require 'mlrt'.io.read_file 'notes'\n"
              "print(#t, t[1])");
    cr_assert_str_eq(printed, "5\t104");
    mlrt_unmount(m, "notes");
    LOADS(rt, "print((select(2, require 'mlrt'.io.read_file 'notes')))");
    cr_assert(strstr(printed, "not mounted"), "%s", printed);
    mlrt_runtime_close(rt);
}

typedef struct sunk {
    char bytes[4096];
    size_t n;
    int times;
} sunk;

static int on_sink(void *ud, const void *bytes, size_t n) {
    sunk *s = ud;
    memcpy(s->bytes, bytes, n < sizeof s->bytes ? n : sizeof s->bytes);
    s->n = n;
    s->times++;
    return n == 3 ? MLRT_EIO : 0;
}

Test(runtime, what_is_saved_into_a_sink_can_be_mounted_and_loaded) {
    mlrt_runtime *rt = open_limited(0);
    mlrt *m = mlrt_runtime_context(rt);
    sunk s = {.n = 0};
    cr_assert(mlrt_mount_sink(m, "model", on_sink, &s) == 0);
    LOADS(rt, "m = require 'mlrt'\n"
              "local net = m.nn.Linear(3, 2)\n"
              "w = net.weight:tolist()\n"
              "assert(m.save('model', net))\n"
              "print(m.io.write_file('model', 'abc'))");
    cr_assert(s.times == 2 && strstr(printed, "refused"), "%s", printed);
    LOADS(rt, "assert(m.save('model', m.load and m.nn.Linear(3, 2)))");
    size_t n = s.n;
    cr_assert(n > 16 && n < sizeof s.bytes);
    cr_assert(mlrt_mount(m, "model", s.bytes, n) == 0);
    LOADS(rt, "local net = assert(m.load('model'))\n"
              "print(net.weight.shape[1], net.weight.shape[2])");
    cr_assert_str_eq(printed, "2\t3");
    mlrt_runtime_close(rt);
}

/* ---- The host's functions --------------------------------------------- */

static int on_twice(void *ud, mlrt_runtime *rt, const mlrt_value *args,
                    int nargs, mlrt_value *results) {
    if (nargs < 1 || args[0].kind != MLRT_VALUE_TENSOR)
        return mlrt_runtime_fail(rt, MLRT_EARG, "a tensor, please");
    ++*(int *)ud;
    mlrt *m = mlrt_runtime_context(rt);
    mlrt_tensor *two = mlrt_number(m, 2);
    results[0] = mlrt_value_tensor(mlrt_mul(m, args[0].u.t, two));
    results[1] = mlrt_value_string("done", 4);
    mlrt_release(two);
    return 2;
}

static int on_recursion(void *ud, mlrt_runtime *rt, const mlrt_value *args,
                        int nargs, mlrt_value *results) {
    (void)ud, (void)args, (void)nargs;
    int err = mlrt_runtime_call(rt, "f", NULL, 0, NULL, 0);
    mlrt_runtime_close(rt); /* ignored while it runs */
    results[0] = mlrt_value_int(err);
    return 1;
}

Test(runtime, host_functions) {
    mlrt_runtime *rt = open_limited(0);
    int calls = 0;
    cr_assert(mlrt_runtime_register(rt, "host.twice", on_twice, &calls) == 0);
    cr_assert(mlrt_runtime_register(rt, "again", on_recursion, NULL) == 0);
    LOADS(rt, "local m = require 'mlrt'\n"
              "local y, text = host.twice(m.ones(3))\n"
              "print(y:sum():item(), text, again(),\n"
              "      (select(2, pcall(host.twice, 1))))");
    cr_assert(strstr(printed, "6.0\tdone\t-13"), "%s", printed);
    cr_assert(strstr(printed, "host.twice: a tensor, please"), "%s", printed);
    cr_assert(calls == 1);
    cr_assert(mlrt_runtime_reload(rt, "r", "x = host.twice", 14) == 0);
    mlrt_runtime_close(rt);
}

/* ---- Reloading -------------------------------------------------------- */

Test(runtime, a_reload_replaces_and_a_failed_one_does_not) {
    mlrt_runtime *rt = open_limited(0.1);
    mlrt_value v;
    LOADS(rt, "n = 40 function f() return n end function g() end");
    int f = mlrt_runtime_find(rt, "f"), g = mlrt_runtime_find(rt, "g");
    cr_assert(f == 0 && g == 1 && mlrt_runtime_find(rt, "f") == 0);
    const char *bad[] = {"function f() return", "n = 1 error 'x'",
                         "n = 2 while true do end"};
    for (int i = 0; i < 3; i++)
        cr_assert(mlrt_runtime_reload(rt, "b", bad[i], strlen(bad[i])) < 0);
    cr_assert(mlrt_runtime_invoke(rt, f, NULL, 0, &v, 1) == 0 && v.u.i == 40);
    const char *good =
        "local old = ... n = old.n + 2 function f() return n end";
    cr_assert(mlrt_runtime_reload(rt, "g", good, strlen(good)) == 0);
    cr_assert(mlrt_runtime_invoke(rt, f, NULL, 0, &v, 1) == 0 && v.u.i == 42);
    cr_assert(mlrt_runtime_invoke(rt, g, NULL, 0, NULL, 0) == MLRT_EUSER);
    cr_assert(mlrt_runtime_invoke(rt, 7, NULL, 0, NULL, 0) == MLRT_EARG);
    mlrt_runtime_close(rt);
}

/* ---- Tasks ------------------------------------------------------------ */

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Inside a coroutine of its own, a pcall and a loop of operations. */
static const char task[] =
    "local m = require 'mlrt'\n"
    "function train(n)\n"
    "  local x, count = m.zeros(64, 64), 0\n"
    "  local each = coroutine.wrap(function()\n"
    "    for i = 1, n do\n"
    "      pcall(function() x = x:matmul(x) + 1 end)\n"
    "      for _ = 1, 2000 do count = count + 1 end\n"
    "      if i % 10 == 0 then coroutine.yield(i) end\n"
    "    end\n"
    "  end)\n"
    "  for i in each do last = i end\n"
    "  return count, x\n"
    "end\n"
    "function polite() coroutine.yield(1) return 'ok' end\n"
    "function spin() while true do end end";

static int run_task(mlrt_runtime *rt, double slice, double *longest) {
    int steps = 0, more = 1;
    for (*longest = 0; more == 1; steps++) {
        double began = now();
        more = mlrt_runtime_step(rt, slice);
        double took = now() - began;
        *longest = took > *longest ? took : *longest;
    }
    cr_assert(more == 0, "%s", mlrt_runtime_errmsg(rt));
    return steps;
}

Test(runtime, a_task_runs_in_slices) {
    mlrt_runtime *rt = open_limited(5);
    mlrt_value n = mlrt_value_int(300), v;
    double longest;
    LOADS(rt, task);
    cr_assert(mlrt_runtime_step(rt, 1) == MLRT_ESTATE);
    cr_assert(mlrt_runtime_start(rt, "train", &n, 1) == 0);
    int steps = run_task(rt, 0.001, &longest);
    cr_assert(steps >= 5, "%d steps", steps);
    cr_assert(mlrt_runtime_result(rt, 0, &v) == 0 && v.u.i == 600000);
    cr_assert(mlrt_runtime_result(rt, 1, &v) == 0);
    cr_assert(v.kind == MLRT_VALUE_TENSOR);
    mlrt_release(v.u.t);
    cr_assert(mlrt_runtime_result(rt, 2, &v) == 0 && v.kind == 0);
    mlrt_runtime_close(rt);
}

Test(runtime, a_task_may_yield_fail_and_be_replaced) {
    mlrt_runtime *rt = open_limited(0.1);
    mlrt_value v;
    LOADS(rt, task);
    cr_assert(mlrt_runtime_start(rt, "polite", NULL, 0) == 0);
    cr_assert(mlrt_runtime_step(rt, 1) == 1);
    cr_assert(mlrt_runtime_call(rt, "polite", NULL, 0, &v, 1) == MLRT_EUSER);
    cr_assert(mlrt_runtime_step(rt, 1) == 0);
    cr_assert(mlrt_runtime_result(rt, 0, &v) == 0);
    cr_assert_str_eq(v.u.s, "ok");
    cr_assert(mlrt_runtime_start(rt, "spin", NULL, 0) == 0);
    cr_assert(mlrt_runtime_step(rt, 0.001) == 1);
    cr_assert(mlrt_runtime_step(rt, 10) == MLRT_ELIMIT);
    SAYS(rt, "time limit");
    SAYS(rt, "test.lua:15");
    cr_assert(mlrt_runtime_step(rt, 1) == MLRT_ESTATE);
    cr_assert(mlrt_runtime_start(rt, "nobody", NULL, 0) == MLRT_EUSER);
    mlrt_runtime_close(rt);
}

/* ---- Cancelling, threads ---------------------------------------------- */

static void *cancel_soon(void *rt) {
    usleep(30000);
    mlrt_runtime_cancel(rt);
    return NULL;
}

Test(runtime, another_thread_cancels) {
    mlrt_runtime *rt = open_limited(0);
    const char *scripts[] = {
        "while true do pcall(function() while true do end end) end",
        "local m = require 'mlrt' local x = m.zeros(300, 300)\n"
        "while true do pcall(x.matmul, x, x) end"};
    for (int i = 0; i < 2; i++) {
        pthread_t thread;
        cr_assert(pthread_create(&thread, NULL, cancel_soon, rt) == 0);
        cr_assert(load(rt, scripts[i]) == MLRT_ECANCEL);
        pthread_join(thread, NULL);
        LOADS(rt, "x = 1");
    }
    mlrt_runtime_cancel(rt);
    cr_assert(load(rt, "x = 2") == MLRT_ECANCEL);
    LOADS(rt, "assert(x == 1)");
    mlrt_runtime_close(rt);
}

static const char training[] =
    "local m = require 'mlrt'\n"
    "local net = m.nn.Sequential(m.nn.Linear(8, 16), m.nn.ReLU(),\n"
    "                            m.nn.Linear(16, 1))\n"
    "local opt = m.optim.Adam(net:parameters(), {lr = 1e-2})\n"
    "local x = m.randn(32, 8)\n"
    "for _ = 1, 20 do\n"
    "  opt:zero_grad()\n"
    "  local loss = (net(x) - 1):pow(2):mean()\n"
    "  loss:backward()\n"
    "  opt:step()\n"
    "  last = loss:item()\n"
    "end\n"
    "function loss() return last end";

static void *train(void *result) {
    mlrt_runtime *rt = open_limited(0);
    mlrt_value v;
    LOADS(rt, training);
    cr_assert(mlrt_runtime_call(rt, "loss", NULL, 0, &v, 1) == 0);
    *(double *)result = v.u.d;
    mlrt_runtime_close(rt);
    return NULL;
}

Test(runtime, runtimes_in_four_threads_compute_the_same) {
    pthread_t thread[4];
    double alone, loss[4];
    train(&alone);
    for (int i = 0; i < 4; i++)
        cr_assert(pthread_create(&thread[i], NULL, train, &loss[i]) == 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(thread[i], NULL);
        cr_assert(loss[i] == alone);
    }
}

Test(runtime, weights_are_shared_between_runtimes) {
    mlrt_runtime *a = open_limited(0), *b = open_limited(0);
    int64_t shape[] = {3};
    float data[] = {1, 2, 3};
    mlrt_tensor *w = mlrt_from_data(mlrt_runtime_context(a), MLRT_F32, 1, shape,
                                    data);
    mlrt_tensor *s = mlrt_share(mlrt_runtime_context(b), w);
    cr_assert(s);
    LOADS(b, "function f(w) return (w * w):sum():item(),\n"
             "  pcall(w.add_, w, 1) end");
    mlrt_value x = mlrt_value_tensor(s), v[2];
    cr_assert(mlrt_runtime_call(b, "f", &x, 1, v, 2) == 0);
    cr_assert(v[0].u.d == 14 && !v[1].u.b);
    mlrt_runtime_close(a);
    cr_assert(mlrt_runtime_call(b, "f", &x, 1, v, 2) == 0 && v[0].u.d == 14);
    mlrt_release(s);
    mlrt_release(w);
    mlrt_runtime_close(b);
}

/* ---- What it costs ---------------------------------------------------- */

static long resident(void) {
    long pages = 0, all;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%ld %ld", &all, &pages) != 2)
        pages = 0;
    if (f)
        fclose(f);
    return pages;
}

static void cycle(int n) {
    for (int i = 0; i < n; i++) {
        mlrt_runtime *rt = open_limited(0);
        if (i % 10 == 0)
            LOADS(rt, "local m = require 'mlrt' x = m.ones(10) + 1");
        mlrt_runtime_close(rt);
    }
}

/* The figure for 10,000 is in docs/reliability.md. */
Test(runtime, opening_and_closing_leaves_nothing) {
#ifdef __SANITIZE_ADDRESS__
    cycle(20);
#else
    cycle(200);
    long before = resident();
    cycle(getenv("CYCLES") ? atoi(getenv("CYCLES")) : 1000);
    long after = resident();
    fprintf(stderr, "resident pages: %ld, then %ld\n", before, after);
    cr_assert(after <= before + before / 100 + 8);
#endif
}

Test(runtime, usage_is_counted) {
    mlrt_runtime *rt = open_limited(0);
    mlrt_runtime_usage u;
    LOADS(rt, "local m = require 'mlrt' local x = m.ones(100, 100)\n"
              "local y = x:matmul(x) for i = 1, 100000 do end");
    mlrt_runtime_usage_of(rt, &u);
    cr_assert(u.flops >= 2e6 && u.flops < 3e6, "%g", u.flops);
    cr_assert(u.instructions >= 100000 && u.instructions < 300000);
    cr_assert(u.seconds > 0 && u.bytes > 100000 && u.calls == 1);
    mlrt_runtime_close(rt);
}

Test(runtime, a_trusted_runtime_has_the_whole_library) {
    mlrt_runtime_config config;
    mlrt_runtime_config_init(&config);
    config.trusted = true;
    config.max_seconds = 0.05;
    mlrt_runtime *rt = mlrt_runtime_open(&config, NULL);
    LOADS(rt, "assert(io.open and os.time and debug.traceback and package)\n"
              "local m = require 'mlrt' assert(m.ones(2):sum():item() == 2)");
    cr_assert(load(rt, "while true do end") == MLRT_ELIMIT);
    mlrt_runtime_close(rt);
}
