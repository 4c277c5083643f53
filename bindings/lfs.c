/* lfs.c: the little of the system that Lua's own library lacks.
 *
 * Folders, a clock that never jumps, and whether output goes to a terminal.
 */
#include "lib.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
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
    size_t len;
    if (mlrt_sealed(mlrtL_context(L, mlrtL_self(L))))
        mlrtL_error(L, "%s: a sandbox has no folders", function);
    if (lua_type(L, 1) != LUA_TSTRING)
        mlrtL_wrong(L, function, "path", "string", 1);
    const char *path = lua_tolstring(L, 1, &len);
    if (strlen(path) != len)
        mlrtL_error(L, "%s: argument 'path': has a zero byte", function);
    return path;
}

static bool is_folder(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* One folder; one that is there already will do. */
static bool make(const char *path) {
    if (mkdir(path, 0777) == 0)
        return true;
    int err = errno;
    if (is_folder(path))
        return true;
    errno = err == EEXIST ? ENOTDIR : err;
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
        if (!make(part))
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

static int compare(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The old list holds the strings while the new one is filled. */
void mlrtL_sortstrings(lua_State *L) {
    int list = lua_gettop(L);
    size_t n = lua_rawlen(L, list);
    luaL_checkstack(L, 6, NULL);
    const char **v = mlrtL_array(L, n + 1, sizeof *v);
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, list, (lua_Integer)i + 1);
        v[i] = lua_tostring(L, -1);
        lua_pop(L, 1);
    }
    qsort(v, n, sizeof *v, compare);
    lua_createtable(L, n < INT_MAX ? (int)n : 0, 0);
    for (size_t i = 0; i < n; i++) {
        lua_pushstring(L, v[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_replace(L, list);
    lua_settop(L, list);
}

/* Reads the names into the list on the top; false when that fails. */
static bool read_names(lua_State *L, DIR *folder) {
    lua_Integer n = 0;
    for (;;) {
        errno = 0;
        struct dirent *e = readdir(folder);
        if (!e)
            return errno == 0;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        lua_pushstring(L, e->d_name);
        lua_rawseti(L, -2, ++n);
    }
}

/* list(path) -> the sorted names in a folder. */
static int fs_list(lua_State *L) {
    const char *path = path_at(L, "list");
    lua_settop(L, 1);
    DIR **folder = new_folder(L);
    lua_newtable(L);
    *folder = opendir(path);
    if (!*folder || !read_names(L, *folder))
        return failed(L, path);
    closedir(*folder);
    *folder = NULL;
    mlrtL_sortstrings(L);
    return 1;
}

/* stat(path) -> {kind = "file", "folder" or "other", size = bytes, time =
 * seconds since 1970 at which it was last changed}. */
static int fs_stat(lua_State *L) {
    const char *path = path_at(L, "stat");
    struct stat info;
    if (stat(path, &info) != 0)
        return failed(L, path);
    lua_createtable(L, 0, 3);
    lua_pushstring(L, S_ISREG(info.st_mode)   ? "file"
                      : S_ISDIR(info.st_mode) ? "folder"
                                              : "other");
    lua_setfield(L, -2, "kind");
    lua_pushinteger(L, (lua_Integer)info.st_size);
    lua_setfield(L, -2, "size");
    lua_pushnumber(L, (lua_Number)info.st_mtim.tv_sec +
                          1e-9 * (lua_Number)info.st_mtim.tv_nsec);
    lua_setfield(L, -2, "time");
    return 1;
}

/* time() -> seconds from some moment on, with nanoseconds. */
static int fs_time(lua_State *L) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    lua_pushnumber(L, (double)now.tv_sec + 1e-9 * (double)now.tv_nsec);
    return 1;
}

/* isatty() -> does standard output go to a terminal, and how many columns does
 * it have (80 if nobody knows)? */
static int fs_isatty(lua_State *L) {
    struct winsize w = {0};
    lua_pushboolean(L, isatty(STDOUT_FILENO));
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0;
    lua_pushinteger(L, known ? w.ws_col : 80);
    return 2;
}

const luaL_Reg mlrtL_fs_funcs[] = {
    {"mkdir", fs_mkdir}, {"list", fs_list}, {"stat", fs_stat}, {NULL, NULL}};
const luaL_Reg mlrtL_system_funcs[] = {
    {"time", fs_time}, {"isatty", fs_isatty}, {NULL, NULL}};
