/* fault_files.c: file calls that fail, and processes that end.
 *
 * The functions below stand in the way of the C library's, for the core, the
 * bindings and Lua alike.
 *
 *   ok, result, calls = faults.files(at, kind, code, f)
 *
 * calls f() while the file call number `at` fails with an error of the system
 * ("EIO"...), kind "fail", or reads or writes half, kind "short".
 *
 *   code, last = faults.kill(at, half, f)
 *
 * does so in another process, which kills itself before that call or, with
 * `half`, after half of it.  last is the number that f gave report, if any;
 * code is 9 when it was killed, and 0 or 1 when it got to the end.
 *
 *   code, last = faults.kill_after(seconds, f)
 *
 * kills it from outside after that time.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "faults.h"

typedef enum kind { NONE, FAIL, SHORT, KILL, KILL_HALF } kind;

static struct {
    kind kind;
    int code;
    int64_t n, at;
} faults;

static int report_to = -1; /* the pipe to the parent */

/* ---- The calls -------------------------------------------------------- */

static void die(void) {
    raise(SIGKILL);
}

/* Is this call hit? */
static bool hit(void) {
    if (faults.kind == NONE || ++faults.n != faults.at)
        return false;
    if (faults.kind == KILL)
        die();
    errno = faults.code;
    return true;
}

/* A call that moves no bytes: killed by halves, it was done. */
#define CALL(failed, done)                                                     \
    bool is_hit = hit();                                                       \
    if (is_hit && faults.kind == FAIL)                                         \
        return failed;                                                         \
    __auto_type result = done;                                                 \
    if (is_hit && faults.kind == KILL_HALF)                                    \
        die();                                                                 \
    return result

static unsigned mode_of(int flags, va_list ap) {
    return flags & O_CREAT ? va_arg(ap, unsigned) : 0;
}

int open(const char *path, int flags, ...) {
    va_list ap;
    va_start(ap, flags);
    unsigned mode = mode_of(flags, ap);
    va_end(ap);
    CALL(-1, (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

int openat(int dir, const char *path, int flags, ...) {
    va_list ap;
    va_start(ap, flags);
    unsigned mode = mode_of(flags, ap);
    va_end(ap);
    CALL(-1, (int)syscall(SYS_openat, dir, path, flags, mode));
}

/* What fails to close is closed nevertheless. */
int close(int fd) {
    bool is_hit = hit();
    int done = (int)syscall(SYS_close, fd);
    if (is_hit && faults.kind == KILL_HALF)
        die();
    return is_hit && faults.kind == FAIL ? -1 : done;
}

int fsync(int fd) {
    CALL(-1, (int)syscall(SYS_fsync, fd));
}

int renameat(int from, const char *old, int to, const char *new) {
    CALL(-1, (int)syscall(SYS_renameat, from, old, to, new));
}

int fchmod(int fd, mode_t mode) {
    CALL(-1, (int)syscall(SYS_fchmod, fd, mode));
}

int fstat(int fd, struct stat *info) {
    CALL(-1, (int)syscall(SYS_fstat, fd, info));
}

int mkdir(const char *path, mode_t mode) {
    CALL(-1, (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode));
}

void *mmap(void *at, size_t n, int protection, int flags, int fd, off_t pos) {
    if (fd >= 0 && hit() && faults.kind == FAIL)
        return MAP_FAILED;
    return (void *)syscall(SYS_mmap, at, n, protection, flags, fd, pos);
}

/* By halves, and a process that is to die does after that. */
static ssize_t transfer(long number, int fd, void *p, size_t n, off_t at) {
    bool is_hit = hit();
    if (is_hit && faults.kind == FAIL)
        return -1;
    ssize_t done = syscall(number, fd, p, is_hit && n > 1 ? n / 2 : n, at);
    if (is_hit && faults.kind == KILL_HALF)
        die();
    return done;
}

ssize_t write(int fd, const void *p, size_t n) {
    return transfer(SYS_write, fd, (void *)(uintptr_t)p, n, 0);
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at) {
    return transfer(SYS_pwrite64, fd, (void *)(uintptr_t)p, n, at);
}

ssize_t pread(int fd, void *p, size_t n, off_t at) {
    return transfer(SYS_pread64, fd, p, n, at);
}

/* Buffered files, which Lua's own io library uses. */
FILE *fopen(const char *path, const char *mode) {
    if (hit() && faults.kind == FAIL)
        return NULL;
    bool writes = strpbrk(mode, "wa+") != NULL;
    int flags = writes ? O_RDWR | O_CREAT : O_RDONLY;
    flags |= *mode == 'w' ? O_TRUNC : *mode == 'a' ? O_APPEND : 0;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0666);
    return fd < 0 ? NULL : fdopen(fd, mode);
}

size_t fwrite(const void *p, size_t size, size_t n, FILE *f) {
    if (hit() && faults.kind == FAIL)
        return 0;
    return fwrite_unlocked(p, size, n, f);
}

static void set_faults(kind k, int code, int64_t at) {
    faults.code = code;
    faults.n = 0;
    faults.at = at;
    faults.kind = k;
}

/* ---- Failing ---------------------------------------------------------- */

static int code_of(lua_State *L, int position) {
    static const char *const names[] = {"EIO",   "ENOSPC", "EDQUOT", "EROFS",
                                        "EINTR", "EMFILE", NULL};
    static const int codes[] = {EIO, ENOSPC, EDQUOT, EROFS, EINTR, EMFILE};
    return codes[luaL_checkoption(L, position, "EIO", names)];
}

static int fail_files(lua_State *L) {
    static const char *const kinds[] = {"fail", "short", NULL};
    int64_t at = luaL_checkinteger(L, 1);
    int k = luaL_checkoption(L, 2, NULL, kinds);
    int code = code_of(L, 3);
    luaL_checktype(L, 4, LUA_TFUNCTION);
    lua_settop(L, 4);
    set_faults(k == 0 ? FAIL : SHORT, code, at);
    faults_call(L);
    faults.kind = NONE;
    lua_pushinteger(L, faults.n);
    return 3;
}

/* ---- Dying ------------------------------------------------------------ */

/* report(n): n is done, as far as this process was told. */
static int report(lua_State *L) {
    int64_t n = luaL_checkinteger(L, 1);
    if (syscall(SYS_write, report_to, &n, sizeof n) != sizeof n)
        return luaL_error(L, "cannot report");
    return 0;
}

/* Calls the function on the top in a child; only there this returns 0. */
static pid_t start_child(lua_State *L, int *from, kind k, int64_t at) {
    int ends[2];
    if (pipe(ends) != 0)
        return luaL_error(L, "no pipe");
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        report_to = ends[1];
        set_faults(k, EIO, at);
        int status = lua_pcall(L, 0, 0, 0);
        faults.kind = NONE;
        if (status != LUA_OK)
            fprintf(stderr, "%s\n", luaL_tolstring(L, -1, NULL));
        _exit(status != LUA_OK);
    }
    close(ends[1]);
    *from = ends[0];
    return child < 0 ? luaL_error(L, "no process") : child;
}

/* Waits for a child, and reads what it reported. */
static int end_child(lua_State *L, pid_t child, int from) {
    int64_t n, last = 0;
    int status;
    while (read(from, &n, sizeof n) == sizeof n)
        last = n;
    close(from);
    if (waitpid(child, &status, 0) != child)
        return luaL_error(L, "the process is lost");
    lua_pushinteger(L, WIFSIGNALED(status) ? WTERMSIG(status)
                                           : WEXITSTATUS(status));
    lua_pushinteger(L, last);
    return 2;
}

static int kill_at(lua_State *L) {
    int from;
    int64_t at = luaL_checkinteger(L, 1);
    kind k = lua_toboolean(L, 2) ? KILL_HALF : KILL;
    lua_settop(L, 3);
    pid_t child = start_child(L, &from, k, at);
    return end_child(L, child, from);
}

static void sleep_for(double seconds) {
    struct timespec t = {.tv_sec = (time_t)seconds};
    t.tv_nsec = (long)((seconds - (double)t.tv_sec) * 1e9);
    nanosleep(&t, NULL);
}

static int kill_after(lua_State *L) {
    int from;
    double seconds = luaL_checknumber(L, 1);
    lua_settop(L, 2);
    pid_t child = start_child(L, &from, NONE, 0);
    sleep_for(seconds);
    kill(child, SIGKILL);
    return end_child(L, child, from);
}

/* sleep(seconds) */
static int pause_for(lua_State *L) {
    sleep_for(luaL_checknumber(L, 1));
    return 0;
}

/* open_files() -> how many there are */
static int open_files(lua_State *L) {
    int n = 0;
    for (int fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    lua_pushinteger(L, n);
    return 1;
}

static const luaL_Reg functions[] = {
    {"files", fail_files}, {"kill", kill_at},    {"kill_after", kill_after},
    {"report", report},    {"sleep", pause_for}, {"open_files", open_files},
    {NULL, NULL}};

void faults_open_files(lua_State *L) {
    luaL_setfuncs(L, functions, 0);
}
