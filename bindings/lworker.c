/* lworker.c: threads with a Lua state each, which do jobs in order.
 *
 *   local pool = core.workers(2, 4, "my.module", {path = "data"})
 *   pool:post(1, x)                      -- any plain values and tensors
 *   while not pool:wait(0.1) do end      -- hooks and Ctrl-C have their turn
 *   local ok, y = pool:take()            -- results come in the order of jobs
 *
 * Each worker opens a context and a state of its own, requires the module,
 * which is a function, calls it with the data, and does jobs with the function
 * that this returns.  A closure cannot go to another thread: what goes is
 * packed by lmessage.c.  A job and its results use one of `slots` slots, a
 * ring, so no more than that many are under way.  What a slot holds belongs to
 * whoever has taken it last under the lock.
 */
#include <lualib.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "message.h"

enum { MOST_WORKERS = 256, MOST_SLOTS = 4096 };

typedef enum { FREE, POSTED, RUNNING, DONE } stage;

typedef struct slot {
    mlrtL_message msg; /* the job, then its results or the error's text */
    stage stage;
    bool failed;
} slot;

typedef struct worker {
    struct pool *pool;
    pthread_t thread;
    bool started;
    int number; /* from 1 */
    mlrt *m;
    lua_State *L;
    mlrtL_state *S;
    mlrtL_message start; /* the data, in m */
    int f;               /* the function that does jobs, in the registry */
    slot *slot;          /* the job at hand */
} worker;

typedef struct pool {
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    bool stops;
    int64_t posted, begun, taken; /* jobs so far */
    int nslots, nworkers;
    slot *slot;
    worker *worker;
    char *module, *path, *cpath; /* of package */
} pool;

typedef struct box {
    pool *p;
} box;

/* ---- In the worker's thread ------------------------------------------- */

static int no_exit(lua_State *L) {
    return luaL_error(L, "os.exit: a worker cannot end the program");
}

static void set_field_of(lua_State *L, const char *table, const char *name) {
    lua_getglobal(L, table);
    lua_insert(L, -2);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
}

static void open_libraries(lua_State *L, worker *w) {
    luaL_openlibs(L);
    if (mlrt_openlibs(L, w->m) != 0)
        luaL_error(L, "not enough memory");
    mlrtL_attach(L, NULL, &w->S);
    lua_pushstring(L, w->pool->path);
    set_field_of(L, LUA_LOADLIBNAME, "path");
    lua_pushstring(L, w->pool->cpath);
    set_field_of(L, LUA_LOADLIBNAME, "cpath");
    lua_pushcfunction(L, no_exit);
    set_field_of(L, LUA_OSLIBNAME, "exit");
}

/* require(module)(data), a function, is kept. */
static int begin(lua_State *L) {
    worker *w = lua_touserdata(L, 1);
    luaL_checkversion(L);
    open_libraries(L, w);
    lua_getglobal(L, "require");
    lua_pushstring(L, w->pool->module);
    lua_call(L, 1, 1);
    if (!lua_isfunction(L, -1))
        return luaL_error(L, "module '%s' is a %s, not a function",
                          w->pool->module, luaL_typename(L, -1));
    int n = mlrtL_unpack(L, w->S, &w->start);
    lua_call(L, n, 1);
    if (!lua_isfunction(L, -1))
        return luaL_error(L, "module '%s' gave a %s, not a function",
                          w->pool->module, luaL_typename(L, -1));
    w->f = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

static int do_job(lua_State *L) {
    worker *w = lua_touserdata(L, 1);
    lua_settop(L, 0);
    lua_rawgeti(L, LUA_REGISTRYINDEX, w->f);
    int n = mlrtL_unpack(L, w->S, &w->slot->msg);
    lua_call(L, n, LUA_MULTRET);
    mlrtL_pack(L, w->S, 1, &w->slot->msg, MLRTL_MOVE, "worker");
    return 0;
}

/* The error as a text with a traceback. */
static int message(lua_State *L) {
    const char *text = luaL_tolstring(L, 1, NULL);
    luaL_traceback(L, L, text, 1);
    return 1;
}

static int pack_error(lua_State *L) {
    worker *w = lua_touserdata(L, 1);
    mlrtL_pack(L, w->S, 2, &w->slot->msg, MLRTL_MOVE, "worker");
    return 0;
}

/* Puts the text on top of the stack into the slot: empty if that fails too. */
static void answer_error(worker *w) {
    lua_State *L = w->L;
    w->slot->failed = true;
    mlrtL_message_empty(&w->slot->msg);
    lua_pushcfunction(L, pack_error);
    lua_pushlightuserdata(L, w);
    lua_pushvalue(L, 2);
    if (!w->S || lua_pcall(L, 2, 0, 0) != LUA_OK)
        mlrtL_message_empty(&w->slot->msg);
}

/* f(w), protected; false leaves the text of its error at position 2. */
static bool call(worker *w, lua_CFunction f) {
    lua_settop(w->L, 0);
    lua_pushcfunction(w->L, message);
    lua_pushcfunction(w->L, f);
    lua_pushlightuserdata(w->L, w);
    return lua_pcall(w->L, 1, 0, 1) == LUA_OK;
}

/* Waits for a job and takes it; false when it is time to go. */
static bool take_job(worker *w) {
    pool *p = w->pool;
    pthread_mutex_lock(&p->lock);
    while (!p->stops && p->begun == p->posted)
        pthread_cond_wait(&p->work, &p->lock);
    bool found = !p->stops;
    if (found) {
        w->slot = &p->slot[p->begun++ % p->nslots];
        w->slot->stage = RUNNING;
    }
    pthread_mutex_unlock(&p->lock);
    return found;
}

static void hand_back(worker *w) {
    pool *p = w->pool;
    pthread_mutex_lock(&p->lock);
    w->slot->stage = DONE;
    pthread_cond_signal(&p->done);
    pthread_mutex_unlock(&p->lock);
}

static void *run(void *arg) {
    worker *w = arg;
    w->L = lua_newstate(mlrt_lua_alloc, w->m);
    bool works = w->L && call(w, begin);
    while (take_job(w)) {
        if (!w->L) {
            w->slot->failed = true;
            mlrtL_message_empty(&w->slot->msg);
        } else if (!works || !call(w, do_job)) {
            answer_error(
                w); /* a worker that did not begin says why each time */
        }
        hand_back(w);
    }
    if (w->L)
        lua_close(w->L);
    return NULL;
}

/* ---- Opening and closing ---------------------------------------------- */

static void stop_threads(pool *p) {
    pthread_mutex_lock(&p->lock);
    p->stops = true;
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < p->nworkers; i++)
        if (p->worker[i].started)
            mlrt_interrupt(p->worker[i].m);
    for (int i = 0; i < p->nworkers; i++)
        if (p->worker[i].started)
            pthread_join(p->worker[i].thread, NULL);
}

static void close_pool(pool *p) {
    stop_threads(p);
    for (int i = 0; p->slot && i < p->nslots; i++) {
        mlrtL_message_free(&p->slot[i].msg);
        mlrt_close(p->slot[i].msg.m);
    }
    for (int i = 0; p->worker && i < p->nworkers; i++) {
        mlrtL_message_free(&p->worker[i].start);
        mlrt_close(p->worker[i].m);
    }
    pthread_cond_destroy(&p->work);
    pthread_cond_destroy(&p->done);
    pthread_mutex_destroy(&p->lock);
    free(p->slot);
    free(p->worker);
    free(p->module);
    free(p->path);
    free(p->cpath);
    free(p);
}

static int collect(lua_State *L) {
    box *b = mlrtL_test(L, mlrtL_self(L), 1, MLRTL_POOL);
    if (b && b->p)
        close_pool(b->p);
    if (b)
        b->p = NULL;
    return 0;
}

static bool reclaim(void *ud) {
    worker *w = ud;
    return w->S && mlrtL_reclaim(w->S);
}

/* Computes as the context of S does, on the one thread that uses it. */
static mlrt *open_context(lua_State *L, const mlrtL_state *S, worker *w) {
    mlrt_config config;
    int status;
    mlrt_config_init(&config);
    config.base = 1;
    config.threads = 1;
    config.isa = mlrt_isa(S->m);
    config.reclaim = w ? reclaim : NULL;
    config.reclaim_ud = w;
    mlrt *m = mlrt_open(&config, &status);
    if (!m)
        mlrtL_error(L, "workers: %s", mlrt_status_text(status));
    return m;
}

static pool *new_pool(lua_State *L, box *b, int nworkers, int nslots) {
    pool *p = b->p = calloc(1, sizeof *p);
    if (!p)
        mlrtL_error(L, "workers: not enough memory");
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->work, NULL);
    pthread_cond_init(&p->done, &clock);
    pthread_condattr_destroy(&clock);
    p->slot = calloc((size_t)nslots, sizeof *p->slot);
    p->worker = calloc((size_t)nworkers, sizeof *p->worker);
    if (!p->slot || !p->worker)
        mlrtL_error(L, "workers: not enough memory");
    p->nslots = nslots;
    p->nworkers = nworkers;
    return p;
}

/* A copy of the string at a position. */
static char *keep(lua_State *L, int index) {
    char *copy = strdup(lua_tostring(L, index));
    if (!copy)
        mlrtL_error(L, "workers: not enough memory");
    return copy;
}

static char *keep_path(lua_State *L, const char *name) {
    lua_getglobal(L, LUA_LOADLIBNAME);
    if (!lua_istable(L, -1) || lua_getfield(L, -1, name) != LUA_TSTRING)
        mlrtL_error(L, "workers: package.%s is not a string", name);
    char *path = keep(L, -1);
    lua_pop(L, 2);
    return path;
}

/* The thread leaves signals to the others. */
static void start(lua_State *L, worker *w) {
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int err = pthread_create(&w->thread, NULL, run, w);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (err)
        mlrtL_error(L, "workers: cannot start a thread: %s", strerror(err));
    w->started = true;
}

static int count_at(lua_State *L, int index, const char *name, int most) {
    int isint;
    lua_Integer n = lua_tointegerx(L, index, &isint);
    if (!isint || n < 1 || n > most) {
        char wanted[40];
        snprintf(wanted, sizeof wanted, "an integer from 1 to %d", most);
        mlrtL_wrong(L, "workers", name, wanted, index);
    }
    return (int)n;
}

/* workers(n, slots, module, ...) -> pool; what stands behind the module's name
 * is what its function is called with. */
static int workers(lua_State *L) {
    mlrtL_state *S = mlrtL_self(L);
    if (mlrt_sealed(mlrtL_context(L, S)))
        mlrtL_error(L, "workers: a sandbox starts no threads; say workers = 0");
    int n = count_at(L, 1, "n", MOST_WORKERS);
    int slots = count_at(L, 2, "slots", MOST_SLOTS);
    if (lua_type(L, 3) != LUA_TSTRING)
        mlrtL_wrong(L, "workers", "module", "a module's name", 3);
    box *b = mlrtL_new(L, S, MLRTL_POOL, sizeof *b);
    lua_insert(L, 1);
    pool *p = new_pool(L, b, n, slots);
    p->module = keep(L, 4);
    p->path = keep_path(L, "path");
    p->cpath = keep_path(L, "cpath");
    for (int i = 0; i < slots; i++)
        p->slot[i].msg.m = open_context(L, S, NULL);
    for (int i = 0; i < n; i++) {
        worker *w = &p->worker[i];
        *w = (worker){.pool = p, .number = i + 1};
        w->m = w->start.m = open_context(L, S, w);
        mlrtL_pack(L, S, 5, &w->start, MLRTL_SHARE, "workers");
    }
    for (int i = 0; i < n; i++)
        start(L, &p->worker[i]);
    lua_settop(L, 1);
    return 1;
}

/* ---- Jobs ------------------------------------------------------------- */

static pool *self(lua_State *L, const char *method) {
    mlrtL_state *S = mlrtL_self(L);
    mlrtL_context(L, S);
    box *b = mlrtL_test(L, S, 1, MLRTL_POOL);
    if (!b)
        mlrtL_wrong(L, method, "self", "pool of workers", 1);
    if (!b->p)
        mlrtL_error(L, "%s: the workers were closed", method);
    return b->p;
}

/* pool:close(): ends the threads after the jobs at hand; more calls do
 * nothing. */
static int close_workers(lua_State *L) {
    if (!mlrtL_test(L, mlrtL_self(L), 1, MLRTL_POOL))
        mlrtL_wrong(L, "close", "self", "pool of workers", 1);
    return collect(L);
}

/* pool:post(...): a job for the next worker that is free. */
static int post(lua_State *L) {
    pool *p = self(L, "post");
    slot *s = &p->slot[p->posted % p->nslots];
    if (p->posted - p->taken >= p->nslots)
        mlrtL_error(L, "post: all %d slots are taken", p->nslots);
    mlrtL_pack(L, mlrtL_self(L), 2, &s->msg, MLRTL_MOVE, "post");
    pthread_mutex_lock(&p->lock);
    s->stage = POSTED;
    s->failed = false;
    p->posted++;
    pthread_cond_signal(&p->work);
    pthread_mutex_unlock(&p->lock);
    return 0;
}

static struct timespec after(double seconds) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_nsec += (long)(seconds * 1e9);
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return t;
}

/* The slot whose results come next, NULL if no job is under way. */
static slot *next_slot(pool *p) {
    return p->taken < p->posted ? &p->slot[p->taken % p->nslots] : NULL;
}

/* pool:wait(seconds) -> are the next results there?  Waits so long for them, a
 * second at most. */
static int wait_for(lua_State *L) {
    pool *p = self(L, "wait");
    lua_Number seconds = lua_tonumber(L, 2);
    slot *s = next_slot(p);
    if (!s)
        mlrtL_error(L, "wait: no job is under way");
    struct timespec end = after(seconds > 0 && seconds < 1 ? seconds : 1);
    int err = 0;
    pthread_mutex_lock(&p->lock);
    while (s->stage != DONE && !err)
        err = pthread_cond_timedwait(&p->done, &p->lock, &end);
    lua_pushboolean(L, s->stage == DONE);
    pthread_mutex_unlock(&p->lock);
    return 1;
}

/* pool:take() -> true and the results of the oldest job, or false and the text
 * of its error; after pool:wait() was true. */
static int take(lua_State *L) {
    pool *p = self(L, "take");
    slot *s = next_slot(p);
    pthread_mutex_lock(&p->lock);
    bool done = s && s->stage == DONE;
    pthread_mutex_unlock(&p->lock);
    if (!done)
        mlrtL_error(L, "take: no results are there; wait for them");
    p->taken++;
    s->stage = FREE;
    lua_settop(L, 0);
    lua_pushboolean(L, !s->failed);
    if (s->msg.length == 0) {
        lua_pushliteral(L, "not enough memory");
        return 2;
    }
    return 1 + mlrtL_unpack(L, mlrtL_self(L), &s->msg);
}

const luaL_Reg mlrtL_worker_funcs[] = {{"workers", workers}, {NULL, NULL}};

void mlrtL_open_worker(lua_State *L, mlrtL_state *S) {
    const luaL_Reg methods[] = {{"post", post},
                                {"wait", wait_for},
                                {"take", take},
                                {"close", close_workers},
                                {NULL, NULL}};
    mlrtL_newtype(L, S, MLRTL_POOL, "mlrt.Workers", collect);
    lua_newtable(L);
    mlrtL_setfuncs(L, S, methods);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}
