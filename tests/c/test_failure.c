/* test_failure.c: every allocation made to fail, once and for good, in a
 * training run from C and in one from Lua.  Nothing may crash or leak, and
 * every failure has to be reported. */
#include <lauxlib.h>
#include <lualib.h>
#include <stdlib.h>

#include "call.h"
#include "mlrtlib.h"

/* An allocator that counts, and fails at request number `fail` (and, with
 * `for_good`, at all that follow). */
typedef struct faulty {
    long n, fail;
    bool for_good;
    long blocks;
    size_t bytes;
} faulty;

static bool fails(faulty *f) {
    long n = ++f->n;
    return f->fail && (n == f->fail || (f->for_good && n > f->fail));
}

static void *faulty_alloc(void *ud, void *p, size_t osize, size_t nsize) {
    faulty *f = ud;
    if (!p)
        osize = 0; /* Lua says there what it will be used for */
    if (nsize == 0) {
        f->blocks -= p != NULL;
        f->bytes -= osize;
        free(p);
        return NULL;
    }
    if (nsize > osize && fails(f))
        return NULL;
    void *q = realloc(p, nsize);
    f->blocks += q && !p;
    f->bytes += q ? nsize - osize : 0;
    return q;
}

/* ---- From C ----------------------------------------------------------- */

static mlrt *open_faulty(faulty *f) {
    mlrt_config config;
    mlrt_config_init(&config);
    config.alloc = faulty_alloc;
    config.alloc_ud = f;
    config.threads = 2;
    return mlrt_open(&config, NULL);
}

static mlrt_tensor *weight(mlrt *m, int64_t rows, int64_t columns) {
    const int64_t shape[2] = {rows, columns};
    mlrt_tensor *t = mlrt_empty(m, MLRT_F32, 2, shape);
    for (int64_t i = 0; t && i < mlrt_numel(t); i++)
        ((float *)mlrt_data(t))[i] = (float)((i * 7) % 11 - 5) / 20;
    if (t && mlrt_set_requires_grad(t, true) != 0) {
        mlrt_release(t);
        t = NULL;
    }
    return t;
}

/* Three steps of a network with a convolution, batch norm and dropout. */
static int step(mlrt *m, mlrt_optim *o, mlrt_tensor *x, mlrt_tensor *y,
                mlrt_tensor *const *w) {
    const int64_t kernel[4] = {2, 1, 3, 3}, two[2] = {2, 2};
    int err = mlrt_scope_begin(m);
    if (err)
        return err;
    mlrt_tensor *k = mlrt_reshape(m, w[0], kernel, 4);
    mlrt_tensor *h = mlrt_conv2d(m, x, k, MLRT_NONE, NULL, NULL, NULL, 1);
    h = mlrt_batch_norm(m, h, MLRT_NONE, MLRT_NONE, MLRT_NONE, MLRT_NONE, true,
                        0.1, 1e-5);
    h = mlrt_relu(m, h);
    h = mlrt_flatten(m, h, 1, -1);
    h = mlrt_linear(m, h, w[1], MLRT_NONE);
    h = mlrt_slice_assign_(m, h, mlrt_number(m, 0), (int64_t[]){0}, 1,
                           (int64_t[]){1}, 1, NULL, 0);
    h = mlrt_mul(m, h, mlrt_unsqueeze(m, mlrt_sum(m, h, two + 0, 0, false), 0));
    mlrt_tensor *loss = mlrt_cross_entropy(m, h, y, MLRT_NONE, 0, 0);
    err = loss ? mlrt_optim_zero_grad(o) : mlrt_errcode(m);
    if (!err)
        err = mlrt_backward(loss, MLRT_NONE, 0);
    if (!err)
        err = mlrt_optim_step(o);
    mlrt_scope_end(m);
    return err;
}

static int train(mlrt *m) {
    const int64_t shape[4] = {4, 1, 5, 5}, n[1] = {4};
    const int64_t classes[4] = {0, 2, 1, 2};
    mlrt_tensor *w[2] = {weight(m, 2, 9), weight(m, 3, 18)};
    mlrt_tensor *x = mlrt_empty(m, MLRT_F32, 4, shape);
    mlrt_tensor *y = mlrt_from_data(m, MLRT_INDEX, 1, n, classes);
    mlrt_optim *o = NULL;
    for (int64_t i = 0; x && i < mlrt_numel(x); i++)
        ((float *)mlrt_data(x))[i] = (float)(i % 9) / 9;
    int err = w[0] && w[1] && x && y ? 0 : mlrt_errcode(m);
    if (!err && !(o = mlrt_optim_new(m, "adam", w, 2, NULL)))
        err = mlrt_errcode(m);
    for (int i = 0; i < 3 && !err; i++)
        err = step(m, o, x, y, w);
    mlrt_optim_free(o);
    drop(w[0], w[1], x, y);
    return err;
}

/* One run with a failure; returns whether it was reached. */
static bool c_run(long fail, bool for_good) {
    faulty f = {.fail = fail, .for_good = for_good};
    mlrt *m = open_faulty(&f);
    bool reached = f.n >= fail;
    if (m) {
        mlrt_memory_info info;
        int err = train(m);
        reached = f.n >= fail;
        cr_expect(!reached || err == 0 || err == MLRT_ENOMEM, "%ld: %s", fail,
                  mlrt_errmsg(m));
        cr_expect(reached || err == 0, "%ld: %s", fail, mlrt_errmsg(m));
        cr_expect(!for_good || !reached || err == MLRT_ENOMEM || fail == f.n,
                  "failure %ld went unnoticed", fail);
        mlrt_memory(m, &info);
        cr_expect(info.tensors == 0, "%ld: %zu tensors left", fail,
                  info.tensors);
        mlrt_close(m);
    }
    cr_expect(f.blocks == 0 && f.bytes == 0, "%ld: %ld blocks left", fail,
              f.blocks);
    return reached;
}

Test(failure, every_allocation_from_c) {
    long n = 1;
    while (c_run(n, false) && c_run(n, true))
        n++;
    cr_log_info("%ld allocations", n);
    cr_expect(n > 20);
}

/* ---- From Lua --------------------------------------------------------- */

static const char *const script =
    "local m = require 'mlrt'\n"
    "local nn = m.nn\n"
    "m.threads(1)\n"
    "m.seed(1)\n"
    "local net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2),\n"
    "  nn.ReLU(), nn.Flatten(), nn.Dropout(0.2), nn.Linear(18, 3))\n"
    "local opt = m.optim.Adam(net:parameters())\n"
    "local x, y = m.randn(4, 1, 5, 5), m.index{1, 3, 2, 3}\n"
    "local f = m.autograd.Function{\n"
    "  forward = function(ctx, a) ctx:save(a); return a * 2 end,\n"
    "  backward = function(ctx, g) return g * 2 end}\n"
    "for i = 1, 2 do\n"
    "  opt:zero_grad()\n"
    "  local loss = m.cross_entropy(f(net(x)), y)\n"
    "  loss:backward()\n"
    "  opt:step()\n"
    "  x[{1, 1, {1, 2}}] = i\n"
    "  local _ = tostring(x) .. tostring(net)\n"
    "end\n";

static int run_script(lua_State *L) {
    luaL_openlibs(L);
    lua_pushcfunction(L, luaopen_mlrt);
    lua_call(L, 0, 0);
    if (luaL_loadstring(L, script) != LUA_OK)
        return lua_error(L);
    lua_call(L, 0, 0);
    return 0;
}

/* Lua's allocator and the context's are the same, so the failure may strike
 * either. */
static bool lua_run(long fail, bool for_good) {
    faulty f = {.fail = 0, .for_good = for_good};
    mlrt *m = open_faulty(&f);
    lua_State *L = lua_newstate(faulty_alloc, &f);
    cr_assert(m && L);
    f.n = 0;
    f.fail = fail;
    int status = mlrt_openlibs(L, m);
    if (!status) {
        lua_pushcfunction(L, run_script);
        status = lua_pcall(L, 0, 0, 0);
        cr_expect(status == LUA_OK || f.n >= fail, "%s", lua_tostring(L, -1));
    }
    bool reached = f.n >= fail;
    f.fail = 0;
    lua_close(L);
    mlrt_memory_info info;
    mlrt_memory(m, &info);
    cr_expect(info.tensors == 0, "%ld: %zu tensors left", fail, info.tensors);
    mlrt_close(m);
    cr_expect(f.blocks == 0, "%ld: %ld blocks left", fail, f.blocks);
    return reached;
}

/* Every 20th place; a failure for good at every 60th. */
Test(failure, allocations_from_lua) {
    long n = 1;
    for (; lua_run(n, false); n += 20)
        if (n % 3 == 0)
            lua_run(n, true);
    cr_log_info("%ld allocations", n);
    cr_expect(n > 1000);
}
