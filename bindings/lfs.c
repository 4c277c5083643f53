/* lfs.c: the little of the system that Lua's own library lacks.
 *
 * Folders, a clock that never jumps, and whether output goes to a terminal.
 */
#include "lib.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* nil, "path: why", the number: as io.open does. */
static int failed(lua_State *L, const char *path) {
    int err = errno;
    lua_pushnil(L);
    lua_pushfstring(L, "%s: %s", path, strerror(err));
    lua_pushinteger(L, err);
    return 3;
}

static const char *path_at(lua_State *L, const char *function) {
    if (lua_type(L, 1) != LUA_TSTRING)
        mlrtL_wrong(L, function, "path", "string", 1);
    return lua_tostring(L, 1);
}

static bool is_folder(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* One folder; one that is there already will do. */
static bool make(const char *path) {
    if (mkdir(path, 0777) == 0 || (errno == EEXIST && is_folder(path)))
        return true;
    return false;
}

/* mkdir(path) -> true: makes the folder and those above it. */
static int fs_mkdir(lua_State *L) {
    const char *path = path_at(L, "mkdir");
    char *part = lua_newuserdatauv(L, strlen(path) + 1, 0);
    strcpy(part, path);
    for (char *p = part + 1; *part && *p; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        if (!is_folder(part) && !make(part))
            return failed(L, part);
        *p = '/';
    }
    if (!make(path))
        return failed(L, path);
    lua_pushboolean(L, 1);
    return 1;
}

static int close_folder(lua_State *L) {
    DIR **folder = lua_touserdata(L, 1);
    if (*folder)
        closedir(*folder);
    *folder = NULL;
    return 0;
}

/* Pushes a box for a DIR, closed when collected. */
static DIR **new_folder(lua_State *L) {
    DIR **folder = lua_newuserdatauv(L, sizeof *folder, 0);
    *folder = NULL;
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, close_folder);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    return folder;
}

static void sort_names(lua_State *L, int index) {
    lua_getglobal(L, "table");
    if (lua_istable(L, -1) && lua_getfield(L, -1, "sort") == LUA_TFUNCTION) {
        lua_pushvalue(L, index);
        lua_call(L, 1, 0);
    }
    lua_settop(L, index);
}

/* list(path) -> the sorted names in a folder. */
static int fs_list(lua_State *L) {
    const char *path = path_at(L, "list");
    lua_settop(L, 1);
    DIR **folder = new_folder(L);
    lua_newtable(L);
    *folder = opendir(path);
    if (!*folder)
        return failed(L, path);
    lua_Integer n = 0;
    for (struct dirent *e; (e = readdir(*folder));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        lua_pushstring(L, e->d_name);
        lua_rawseti(L, 3, ++n);
    }
    closedir(*folder);
    *folder = NULL;
    sort_names(L, 3);
    return 1;
}

/* time() -> seconds from some moment on, with nanoseconds. */
static int fs_time(lua_State *L) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    lua_pushnumber(L, (double)now.tv_sec + 1e-9 * (double)now.tv_nsec);
    return 1;
}

/* isatty() -> does standard output go to a terminal? */
static int fs_isatty(lua_State *L) {
    lua_pushboolean(L, isatty(STDOUT_FILENO));
    return 1;
}

const luaL_Reg mlrtL_fs_funcs[] = {{"mkdir", fs_mkdir},
                                   {"list", fs_list},
                                   {"time", fs_time},
                                   {"isatty", fs_isatty},
                                   {NULL, NULL}};
