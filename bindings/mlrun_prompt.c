/* mlrun_prompt.c: what the prompt needs of the system.
 *
 * The prompt itself is in Lua, lua/mlrt/prompt/, embedded in this program only.
 * It is handed a table of functions: to read a line, to call what was typed so
 * that Ctrl-C stops it, to keep the history, to know the terminal.  Here is the
 * loop, so that not even a mistake in that part ends a session.
 */
#include "mlrun.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "embedded.h"
#include "mlrun_edit.h"

/* The files of the prompt, as mlrt__modules has the library's. */
extern const struct mlrt__module mlrun__modules[];

/* ---- Lines ------------------------------------------------------------ */

/* complete(text before the cursor) -> what to insert, did it print? */
static const char *complete(void *ud, const char *line, size_t len,
                            bool *printed) {
    lua_State *L = ud;
    if (!lua_checkstack(L, 8) ||
        lua_getfield(L, LUA_REGISTRYINDEX, "mlrun.complete") != LUA_TFUNCTION)
        return NULL;
    lua_pushlstring(L, line, len);
    bool ok = lua_pcall(L, 1, 2, 0) == LUA_OK;
    *printed = ok && lua_toboolean(L, -1);
    lua_settop(L, ok ? -2 : -1);
    /* It stays on the stack of read_line until the line is there. */
    return ok ? lua_tostring(L, -1) : NULL;
}

/* read(prompt) -> a line, nil at the end of the input, false after Ctrl-C. */
static int read_line(lua_State *L) {
    const char *prompt = luaL_checkstring(L, 1), *line = NULL;
    size_t len = 0;
    lua_settop(L, 1);
    switch (mlrun_edit_read(prompt, &line, &len)) {
    case MLRUN_LINE: lua_pushlstring(L, line, len); break;
    case MLRUN_DROPPED: lua_pushboolean(L, 0); break;
    default: lua_pushnil(L);
    }
    return 1;
}

/* open(complete) -> can lines be edited? */
static int open_editor(lua_State *L) {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, "mlrun.complete");
    lua_pushboolean(L, mlrun_edit_open(complete, L));
    return 1;
}

static int add(lua_State *L) {
    mlrun_edit_add(luaL_checkstring(L, 1));
    return 0;
}

/* ---- The history's file ----------------------------------------------- */

static int failed(lua_State *L, const char *path) {
    int err = errno;
    lua_pushnil(L);
    lua_pushfstring(L, "%s: %s", path, strerror(err));
    return 2;
}

/* The folders above a file, for its owner alone; their failures show when the
 * file is opened. */
static void make_folders(char *path) {
    for (char *p = path + 1; *path && *p; p++)
        if (*p == '/') {
            *p = '\0';
            mkdir(path, 0700);
            *p = '/';
        }
}

static bool write_all(int fd, const char *bytes, size_t len) {
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

/* save(path, text, replace) -> true: adds to a file that only its owner may
 * read, or replaces what is in it; nil and a message. */
static int save(lua_State *L) {
    size_t len;
    const char *path = luaL_checkstring(L, 1);
    const char *bytes = luaL_checklstring(L, 2, &len);
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK |
                (lua_toboolean(L, 3) ? O_TRUNC : O_APPEND);
    char *folders = lua_newuserdatauv(L, strlen(path) + 1, 0);
    make_folders(strcpy(folders, path));
    int fd = open(path, flags, 0600);
    if (fd < 0)
        return failed(L, path);
    bool ok = write_all(fd, bytes, len);
    if (!ok)
        failed(L, path);
    close(fd);
    if (!ok)
        return 2;
    lua_pushboolean(L, 1);
    return 1;
}

/* ---- The terminal ----------------------------------------------------- */

/* size() -> columns, rows; 80 and 24 where nobody knows. */
static int size(lua_State *L) {
    struct winsize w = {0};
    const char *columns = getenv("COLUMNS");
    int asked = ioctl(STDOUT_FILENO, TIOCGWINSZ, &w);
    int width = asked == 0 && w.ws_col ? w.ws_col : columns ? atoi(columns) : 0;
    lua_pushinteger(L, width > 0 && width < 10000 ? width : 80);
    lua_pushinteger(L, asked == 0 && w.ws_row ? w.ws_row : 24);
    return 2;
}

static bool is_utf8(void) {
    const char *set = nl_langinfo(CODESET),
               *vars[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (int i = 0; i < 3; i++) {
        const char *value = getenv(vars[i]);
        if (value && *value)
            return strstr(value, "UTF-8") || strstr(value, "utf8");
    }
    return strcmp(set, "UTF-8") == 0;
}

static const luaL_Reg functions[] = {
    {"open", open_editor}, {"read", read_line},
    {"add", add},          {"guard", mlrun_guard},
    {"save", save},        {"size", size},
    {NULL, NULL}};

static void push_host(lua_State *L) {
    luaL_newlib(L, functions);
    lua_pushboolean(L, isatty(STDIN_FILENO) && isatty(STDOUT_FILENO));
    lua_setfield(L, -2, "terminal");
    lua_pushboolean(L, is_utf8());
    lua_setfield(L, -2, "utf8");
    lua_pushliteral(L, MLRT_VERSION);
    lua_setfield(L, -2, "version");
}

/* ---- The loop --------------------------------------------------------- */

/* The session on the stack: a function that reads and runs once and says
 * whether there may be more. */
static int open_session(lua_State *L) {
    mlrtL_preload(L, mlrun__modules);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "mlrt.prompt");
    lua_call(L, 1, 1);
    push_host(L);
    lua_call(L, 1, 1);
    return 1;
}

/* A failure of the prompt's own, such as no memory for a line, may pass; not
 * one that happens every time. */
static bool run_once(lua_State *L, int *failures) {
    lua_pushvalue(L, 1);
    if (lua_pcall(L, 0, 1, 0) != LUA_OK) {
        mlrun_report(L, "prompt");
        return ++*failures < 5;
    }
    bool more = lua_toboolean(L, -1);
    lua_pop(L, 1);
    *failures = 0;
    return more;
}

void mlrun_prompt(lua_State *L) {
    int failures = 0;
    mlrun_patient();
    lua_settop(L, 0);
    lua_pushcfunction(L, open_session);
    if (lua_pcall(L, 0, 1, 0) != LUA_OK)
        mlrun_report(L, "prompt");
    else
        while (run_once(L, &failures))
            ;
    mlrun_edit_close();
    lua_settop(L, 0);
}
