/* mlrun_call.c: protected calls that Ctrl-C can stop.
 *
 * The signal handler asks the core to stop its operation and plants a hook
 * that raises an error at the next instruction of Lua.  A hook belongs to one
 * coroutine, so the handler has to know which one runs: our coroutine.resume
 * and coroutine.wrap keep that record.  They otherwise do what Lua's own do.
 * While the core is masked (a step of an optimizer) the hook waits.
 *
 * The script may catch what the first Ctrl-C raises.  From the second one on
 * the hook stays, so that nothing catches it for longer than an instruction.
 * A C function that runs long without calling the core cannot be stopped this
 * way; for it the third Ctrl-C within one call ends the process, at the prompt
 * only when the first one was a while ago.
 *
 * A loop that would rather end in an orderly way watches: the first SIGINT or
 * SIGTERM is then told to it and does nothing else; the second is as always.
 */
#include "mlrun.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A signal handler has no other way to find these. */
static struct {
    mlrt *m;
    bool patient;                  /* the prompt: its state is precious */
    pthread_t thread;              /* the one that runs Lua */
    lua_State *volatile running;   /* the coroutine it runs */
    volatile sig_atomic_t asked;   /* a stop was asked for and not yet made */
    volatile sig_atomic_t presses; /* of Ctrl-C during this call */
    time_t first;                  /* when the first of them was */
    int watching;                  /* loops that want to be told of signals */
    volatile sig_atomic_t told;    /* the signal that came meanwhile, or 0 */
    struct sigaction terminate;    /* what SIGTERM did before */
} now;

lua_State *mlrun_running(void) {
    return now.running;
}

void mlrun_patient(void) {
    now.patient = true;
}

/* ---- Stopping --------------------------------------------------------- */

/* The request is met, or no longer makes sense. */
static void settle(void) {
    now.asked = 0;
    mlrt_resume(now.m);
}

static void stop(lua_State *L, lua_Debug *ar) {
    (void)ar;
    if (now.asked && mlrt_masked(now.m))
        return; /* what has begun is done as a whole */
    bool again = now.asked && now.presses > 1;
    if (!again)
        lua_sethook(L, NULL, 0, 0);
    if (!now.asked)
        return; /* a coroutine born while the hook was set inherited it */
    if (!again)
        settle();
    luaL_error(L, "interrupted!");
}

static void plant_hook(lua_State *L) {
    lua_sethook(L, stop, LUA_MASKCOUNT, 1);
}

static time_t seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

/* Counts the presses within a call.  The third is the last one. */
static void count_press(int signal_number) {
    static const char hint[] = "\n(not stopped yet: Ctrl-C once more, a second "
                               "from now, ends mlrun)\n";
    now.presses = now.presses + 1;
    if (now.presses == 1)
        now.first = seconds();
    if (now.presses == 2 && now.patient &&
        write(STDERR_FILENO, hint, sizeof hint - 1) < 0)
        return; /* nobody to tell */
    if (now.presses > 2 && (!now.patient || seconds() - now.first > 1)) {
        signal(signal_number, SIG_DFL);
        raise(signal_number);
    }
}

/* Only async-signal-safe things may happen here: an atomic store in the
 * core, and lua_sethook, which Lua makes for this purpose.  Another thread
 * may have been handed the signal; Lua must be stopped from its own. */
static void on_sigint(int signal_number) {
    if (now.watching && !now.told) {
        now.told = signal_number;
        return;
    }
    if (!pthread_equal(pthread_self(), now.thread)) {
        pthread_kill(now.thread, signal_number);
        return;
    }
    count_press(signal_number);
    now.asked = 1;
    mlrt_interrupt(now.m);
    plant_hook(now.running);
}

/* ---- Being told ------------------------------------------------------- */

static void on_sigterm(int signal_number) {
    if (!now.told) {
        now.told = signal_number;
        return;
    }
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void watch_no_more(void) {
    if (now.watching > 0)
        sigaction(SIGTERM, &now.terminate, NULL);
    now.watching = 0;
}

/* watch(on): between watch(true) and watch(false), which may be nested, a first
 * signal is only told. */
static int watch(lua_State *L) {
    if (!lua_toboolean(L, 1)) {
        if (now.watching > 1)
            now.watching--;
        else
            watch_no_more();
        return 0;
    }
    if (now.watching == 0) {
        struct sigaction action = {.sa_handler = on_sigterm,
                                   .sa_flags = SA_RESTART};
        sigemptyset(&action.sa_mask);
        now.told = 0;
        sigaction(SIGTERM, &action, &now.terminate);
    }
    now.watching++;
    return 0;
}

/* told() -> "SIGINT" or "SIGTERM" if one came since watch(true), else nil. */
static int told(lua_State *L) {
    if (now.told)
        lua_pushstring(L, now.told == SIGINT ? "SIGINT" : "SIGTERM");
    else
        lua_pushnil(L);
    return 1;
}

/* require "mlrun.signals", which no other host has. */
static void open_signals(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"watch", watch}, {"told", told}, {NULL, NULL}};
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    luaL_newlib(L, functions);
    lua_setfield(L, -2, "mlrun.signals");
    lua_pop(L, 1);
}

/* ---- Calls ------------------------------------------------------------ */

/* The error as a string, with a traceback unless it brings its own text. */
static int message(lua_State *L) {
    settle();
    const char *text = lua_tostring(L, 1);
    if (!text) {
        if (luaL_callmeta(L, 1, "__tostring") && lua_isstring(L, -1))
            return 1;
        text = lua_pushfstring(L, "(error object is a %s value)",
                               luaL_typename(L, 1));
    }
    luaL_traceback(L, L, text, 1);
    return 1;
}

/* The error, through the function of the upvalue. */
static int handle(lua_State *L) {
    settle();
    lua_settop(L, 1);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushvalue(L, 1);
    lua_pcall(L, 1, 1, 0);
    return 1;
}

/* lua_pcall by the handler at a position, while Ctrl-C stops. */
static int call(lua_State *L, int nargs, int nresults, int handler) {
    now.thread = pthread_self();
    now.running = L;
    now.presses = 0;
    struct sigaction action = {.sa_handler = on_sigint,
                               .sa_flags = now.patient ? 0 : SA_RESTART},
                     old;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, &old);
    int status = lua_pcall(L, nargs, nresults, handler);
    sigaction(SIGINT, &old, NULL);
    watch_no_more();
    settle();
    lua_sethook(L, NULL, 0, 0);
    return status;
}

int mlrun_call(lua_State *L, int nargs, int nresults) {
    int base = lua_gettop(L) - nargs;
    lua_pushcfunction(L, message);
    lua_insert(L, base);
    int status = call(L, nargs, nresults, base);
    lua_remove(L, base);
    return status;
}

int mlrun_guard(lua_State *L) {
    luaL_checkany(L, 2);
    lua_pushvalue(L, 1);
    lua_pushcclosure(L, handle, 1);
    lua_replace(L, 1);
    int status = call(L, lua_gettop(L) - 2, LUA_MULTRET, 1);
    lua_pushboolean(L, status == LUA_OK);
    lua_replace(L, 1);
    return lua_gettop(L);
}

/* ---- Coroutines ------------------------------------------------------- */

/* Records that L runs from now on.  A request that came while the other
 * coroutine was on its way out is handed over. */
static void switch_to(lua_State *L) {
    now.running = L;
    if (now.asked)
        plant_hook(L);
}

/* Resumes co with the n values on top of L's stack.  Returns how many it gave
 * back, on top of L's stack; or -1, with an error there. */
static int resume_with(lua_State *L, lua_State *co, int n) {
    if (!lua_checkstack(co, n)) {
        lua_pushliteral(L, "too many arguments to resume");
        return -1;
    }
    lua_xmove(L, co, n);
    int results = 0;
    switch_to(co);
    int status = lua_resume(co, L, n, &results);
    switch_to(L);
    if (status != LUA_OK && status != LUA_YIELD) {
        lua_xmove(co, L, 1);
        return -1;
    }
    if (!lua_checkstack(L, results + 1)) {
        lua_pop(co, results);
        lua_pushliteral(L, "too many results to resume");
        return -1;
    }
    lua_xmove(co, L, results);
    return results;
}

static int co_resume(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTHREAD);
    lua_State *co = lua_tothread(L, 1);
    int n = resume_with(L, co, lua_gettop(L) - 1);
    lua_pushboolean(L, n >= 0);
    int results = n < 0 ? 1 : n;
    lua_insert(L, -results - 1);
    return results + 1;
}

/* An error leaves a wrapped coroutine with the caller's position before it,
 * and closes what the coroutine left open. */
static int wrapped_error(lua_State *L, lua_State *co) {
    int status = lua_status(co);
    if (status != LUA_OK && status != LUA_YIELD) {
        /* lua_resetthread wants the error it is to keep on co's stack. */
        lua_xmove(L, co, 1);
        switch_to(co);
        status = lua_resetthread(co);
        switch_to(L);
        lua_xmove(co, L, 1);
    }
    if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static int call_wrapped(lua_State *L) {
    lua_State *co = lua_tothread(L, lua_upvalueindex(1));
    int n = resume_with(L, co, lua_gettop(L));
    return n < 0 ? wrapped_error(L, co) : n;
}

static int co_wrap(lua_State *L) {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_State *co = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, co, 1);
    lua_pushcclosure(L, call_wrapped, 1);
    return 1;
}

void mlrun_calls_open(lua_State *L, mlrt *m) {
    now.m = m;
    now.running = L;
    open_signals(L);
    lua_getglobal(L, LUA_COLIBNAME);
    lua_pushcfunction(L, co_resume);
    lua_setfield(L, -2, "resume");
    lua_pushcfunction(L, co_wrap);
    lua_setfield(L, -2, "wrap");
    lua_pop(L, 1);
}
