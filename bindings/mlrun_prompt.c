/* mlrun_prompt.c: the prompt.
 *
 * An expression is printed, an unfinished statement asks for more lines, ?name
 * shows the help on an operation, and Ctrl-C drops what was typed so far or
 * stops what runs.  There is no line editing here beyond the terminal's own.
 */
#include "mlrun.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Value of the global `name` as text, or `text`; it stays on the stack. */
static void print_prompt(lua_State *L, const char *name, const char *text) {
    if (lua_getglobal(L, name) != LUA_TNIL)
        text = luaL_tolstring(L, -1, NULL);
    fputs(text, stdout);
    fflush(stdout);
}

static void on_sigint(int signal_number) {
    (void)signal_number; /* it is enough that reading stops */
}

/* Reads a line while Ctrl-C only interrupts the reading.  Returns what
 * getline does; at a Ctrl-C -1 with errno EINTR. */
static ssize_t read_line(char **line, size_t *size) {
    struct sigaction action = {.sa_handler = on_sigint}, old;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, &old);
    errno = 0;
    ssize_t n = getline(line, size, stdin);
    int err = errno;
    clearerr(stdin);
    sigaction(SIGINT, &old, NULL);
    errno = err;
    return n;
}

/* Pushes one line without its newline.  Returns 1, 0 at the end of the input,
 * -1 when it was dropped by Ctrl-C. */
static int push_line(lua_State *L, bool first) {
    char *line = NULL;
    size_t size = 0;
    print_prompt(L, first ? "_PROMPT" : "_PROMPT2", first ? "> " : ">> ");
    ssize_t n = read_line(&line, &size);
    int result = n >= 0 ? 1 : errno == EINTR ? -1 : 0;
    if (n > 0 && line[n - 1] == '\n')
        n--;
    if (result == 1)
        lua_pushlstring(L, line, (size_t)n);
    free(line);
    return result;
}

/* Did the chunk, whose error is on top, only stop too early? */
static bool unfinished(lua_State *L, int status) {
    size_t len;
    const char *text = lua_tolstring(L, -1, &len);
    return status == LUA_ERRSYNTAX && len >= 5 &&
           strcmp(text + len - 5, "<eof>") == 0;
}

static int load(lua_State *L, const char *text) {
    return luaL_loadbuffer(L, text, strlen(text), "=stdin");
}

/* "?name" at index 1 becomes a call for help. */
static void read_question(lua_State *L) {
    const char *line = lua_tostring(L, 1);
    if (line[0] != '?')
        return;
    lua_pushfstring(L, "require 'mlrt.help' [=[%s]=]",
                    line + 1 + strspn(line + 1, " ?"));
    lua_replace(L, 1);
}

/* Leaves the line at index 1 as a function that returns its value, if it is
 * an expression. */
static bool load_expression(lua_State *L) {
    read_question(L);
    const char *line = lua_tostring(L, 1);
    bool marked = line[0] == '='; /* as Lua 5.2 wanted it */
    lua_pushfstring(L, "return %s", marked ? line + 1 : line);
    if (load(L, lua_tostring(L, -1)) == LUA_OK)
        return true;
    lua_settop(L, 1);
    return false;
}

/* Adds lines to the one at index 1 until it is a chunk; leaves a function or
 * an error on top.  Returns its status, or -1 when Ctrl-C dropped it. */
static int load_statement(lua_State *L) {
    for (;;) {
        int status = load(L, lua_tostring(L, 1));
        if (!unfinished(L, status))
            return status;
        int got = push_line(L, false);
        if (got < 0)
            return -1;
        if (got == 0) { /* nothing more comes: it is an error after all */
            lua_settop(L, 2);
            return status;
        }
        lua_pushvalue(L, 1);
        lua_pushliteral(L, "\n");
        lua_pushvalue(L, -3);
        lua_concat(L, 3);
        lua_replace(L, 1);
        lua_settop(L, 1);
    }
}

/* Prints what the chunk returned by the global `print`. */
static void print_results(lua_State *L) {
    int n = lua_gettop(L);
    if (n == 0)
        return;
    luaL_checkstack(L, LUA_MINSTACK, "too many results to print");
    lua_getglobal(L, "print");
    lua_insert(L, 1);
    if (mlrun_call(L, n, 0) != LUA_OK)
        mlrun_report(L, NULL);
}

static void run(lua_State *L) {
    bool loaded = load_expression(L);
    int status = loaded ? LUA_OK : load_statement(L);
    if (status < 0) {
        putchar('\n');
        return;
    }
    if (status == LUA_OK) {
        lua_rotate(L, 1, 1); /* the function below the text, which goes */
        lua_settop(L, 1);
        status = mlrun_call(L, 0, LUA_MULTRET);
    }
    if (status == LUA_OK)
        print_results(L);
    else
        mlrun_report(L, NULL);
}

/* At the prompt, and only here, mlrt is there without being asked for. */
static void preload(lua_State *L) {
    if (lua_getglobal(L, "mlrt") == LUA_TNIL) {
        lua_getglobal(L, "require");
        lua_pushliteral(L, "mlrt");
        if (mlrun_call(L, 1, 1) == LUA_OK)
            lua_setglobal(L, "mlrt");
        else
            mlrun_report(L, NULL);
    }
    lua_settop(L, 0);
}

void mlrun_prompt(lua_State *L) {
    int got;
    puts("mlrt " MLRT_VERSION " in " LUA_RELEASE "; Ctrl-D ends");
    preload(L);
    while ((got = push_line(L, true)) != 0) {
        if (got < 0) {
            putchar('\n');
        } else {
            lua_rotate(L, 1, 1);
            lua_settop(L, 1);
            run(L);
        }
        lua_settop(L, 0);
    }
    putchar('\n');
    fflush(stdout);
}
