/* mlrun.c: the program that runs Lua scripts with mlrt inside.
 *
 * It does what `lua` does, option by option, and adds long options only, which
 * `lua` refuses.  Every block of memory that Lua uses comes from the context's
 * cache.  MLRT_LUA_DIR, a folder with an mlrt/ folder of Lua files, replaces
 * the embedded library for those who work on it.
 */
#include "mlrun.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mlrtlib.h"

static const char usage[] =
    "usage: %s [options] [script [args]]\n"
    "Options of lua:\n"
    "  -e stat       execute string 'stat'\n"
    "  -i            enter interactive mode after executing 'script'\n"
    "  -l mod        require library 'mod' into global 'mod'\n"
    "  -l g=mod      require library 'mod' into global 'g'\n"
    "  -v            show Lua's version\n"
    "  -E            ignore environment variables\n"
    "  -W            turn warnings on\n"
    "  --            stop handling options\n"
    "  -             stop handling options and execute stdin\n"
    "Options of mlrun:\n"
    "  --threads N   compute with N threads (default: one per core)\n"
    "  --seed N      start the random numbers from N (default: 0)\n"
    "  --isa NAME    use the kernels of base, avx2 or avx512\n"
    "  --runs [dir...]  list, show or compare the runs that were trained\n"
    "  --version     show what this program is made of\n"
    "  --help        show this text\n";

/* The command line, understood. */
typedef struct command {
    int argc;
    char **argv;
    const char *name;   /* argv[0], for messages */
    int script;         /* position of the script's name; argc: none */
    bool executes;      /* -e was given */
    bool interactive;   /* -i */
    bool shows_lua;     /* -v */
    bool shows_version; /* --version */
    bool shows_help;    /* --help */
    bool isolated;      /* -E */
    bool shows_runs;    /* --runs: words behind the options are folders */
    mlrt_config config;
} command;

/* ---- The command line ------------------------------------------------- */

/* One option: its letter ('t' --threads, 's' --seed, 'k' --isa, 'r' --runs,
 * 'V' --version, 'h' --help), its value, and how many words it takes. */
typedef struct option {
    char letter;
    const char *value;
    int words;
} option;

static const struct long_option {
    const char *name;
    char letter;
    bool has_value;
} long_options[] = {
    {"threads", 't', true},  {"seed", 's', true},  {"isa", 'k', true},
    {"version", 'V', false}, {"help", 'h', false}, {"runs", 'r', false},
    {NULL, 0, false},
};

typedef enum reading { OPTION_OK, OPTION_UNKNOWN, OPTION_LACKS_VALUE } reading;

/* --name value or --name=value */
static reading read_long(char **word, option *o) {
    const char *name = word[0] + 2;
    size_t len = strcspn(name, "=");
    const struct long_option *k = long_options;
    while (k->name && (strlen(k->name) != len || memcmp(k->name, name, len)))
        k++;
    bool inside = name[len] == '=';
    if (!k->name || (inside && !k->has_value))
        return OPTION_UNKNOWN;
    *o = (option){k->letter, inside ? name + len + 1 : NULL, 1};
    if (k->has_value && !inside) {
        o->value = word[1];
        o->words = 2;
    }
    return k->has_value && !o->value ? OPTION_LACKS_VALUE : OPTION_OK;
}

/* -x, -xvalue or -x value */
static reading read_short(char **word, option *o) {
    char letter = word[0][1];
    const char *rest = word[0] + 2;
    *o = (option){letter, rest, 1};
    if (strchr("ivWE", letter))
        return *rest ? OPTION_UNKNOWN : OPTION_OK;
    if (letter != 'e' && letter != 'l')
        return OPTION_UNKNOWN;
    if (*rest)
        return OPTION_OK;
    o->value = word[1];
    o->words = 2;
    return o->value && o->value[0] != '-' ? OPTION_OK : OPTION_LACKS_VALUE;
}

/* Are the options over at this word?  "-" and words without a dash are the
 * script, and "--" stands before it. */
static bool at_end(const char *word) {
    return !word || word[0] != '-' || word[1] == '\0' ||
           strcmp(word, "--") == 0;
}

static reading read_option(char **word, option *o) {
    return word[0][1] == '-' ? read_long(word, o) : read_short(word, o);
}

/* A whole number from min to max. */
static bool read_number(const char *text, uint64_t min, uint64_t max,
                        uint64_t *number) {
    char *end;
    errno = 0;
    *number = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 &&
           *number >= min && *number <= max;
}

/* Notes what an option asks for; false if its value is wrong. */
static bool note(command *c, const option *o) {
    uint64_t number = 0;
    switch (o->letter) {
    case 'e': c->executes = true; return true;
    case 'i': c->interactive = true; return true;
    case 'v': c->shows_lua = true; return true;
    case 'E': c->isolated = true; return true;
    case 'V': c->shows_version = true; return true;
    case 'h': c->shows_help = true; return true;
    case 'r': c->shows_runs = true; return true;
    case 'k': c->config.isa = o->value; return true;
    case 't':
        if (!read_number(o->value, 1, 1024, &number))
            return false;
        c->config.threads = (int)number;
        return true;
    case 's': return read_number(o->value, 0, UINT64_MAX, &c->config.seed);
    default: return true;
    }
}

static bool complain(const command *c, const char *word, reading why) {
    const char *format = why == OPTION_UNKNOWN
                             ? "%s: unrecognized option '%s'\n"
                             : "%s: '%s' needs argument\n";
    fprintf(stderr, format, c->name, word);
    fprintf(stderr, usage, c->name);
    return false;
}

static bool refuse(const command *c, const option *o) {
    fprintf(stderr, "%s: %s got '%s', wants %s\n", c->name,
            o->letter == 't' ? "--threads" : "--seed", o->value,
            o->letter == 't' ? "a number from 1 to 1024"
                             : "a whole number, not negative");
    return false;
}

static bool understand(command *c) {
    option o;
    int i = 1;
    while (!at_end(c->argv[i])) {
        reading why = read_option(c->argv + i, &o);
        if (why != OPTION_OK)
            return complain(c, c->argv[i], why);
        if (!note(c, &o))
            return refuse(c, &o);
        i += o.words;
    }
    c->script = i < c->argc && strcmp(c->argv[i], "--") == 0 ? i + 1 : i;
    return true;
}

/* ---- Running ---------------------------------------------------------- */

void mlrun_report(lua_State *L, const char *who) {
    const char *text = lua_tostring(L, -1);
    fflush(stdout);
    if (who)
        fprintf(stderr, "%s: ", who);
    fprintf(stderr, "%s\n", text ? text : "(error without a message)");
    fflush(stderr);
    lua_pop(L, 1);
}

/* Runs what luaL_load... left on the stack; says so if that fails. */
static bool run_loaded(lua_State *L, const command *c, int status, int nargs) {
    if (status == LUA_OK) {
        lua_insert(L, -nargs - 1);
        status = mlrun_call(L, nargs, 0);
    }
    if (status != LUA_OK)
        mlrun_report(L, c->name);
    return status == LUA_OK;
}

static bool run_text(lua_State *L, const command *c, const char *text,
                     const char *name) {
    return run_loaded(L, c, luaL_loadbuffer(L, text, strlen(text), name), 0);
}

/* LUA_INIT_5_4 or LUA_INIT: a chunk, or @ and the name of a file. */
static bool run_init(lua_State *L, const command *c) {
    const char *name = "=LUA_INIT" LUA_VERSUFFIX;
    const char *text = getenv(name + 1);
    if (!text) {
        name = "=LUA_INIT";
        text = getenv(name + 1);
    }
    if (!text)
        return true;
    if (text[0] == '@')
        return run_loaded(L, c, luaL_loadfile(L, text + 1), 0);
    return run_text(L, c, text, name);
}

/* mod, or global=mod */
static bool run_library(lua_State *L, const command *c, const char *text) {
    const char *equals = strchr(text, '=');
    const char *module = equals ? equals + 1 : text;
    size_t len = equals ? (size_t)(equals - text) : strlen(text);
    lua_pushlstring(L, text, len);
    lua_getglobal(L, "require");
    lua_pushstring(L, module);
    if (mlrun_call(L, 1, 1) != LUA_OK) {
        mlrun_report(L, c->name);
        return false;
    }
    lua_setglobal(L, lua_tostring(L, -2));
    return true;
}

/* The options that do something, in the order they were written. */
static bool run_options(lua_State *L, const command *c) {
    option o;
    for (int i = 1; !at_end(c->argv[i]); i += o.words) {
        bool ok = read_option(c->argv + i, &o) == OPTION_OK;
        if (o.letter == 'e')
            ok = run_text(L, c, o.value, "=(command line)");
        else if (o.letter == 'l')
            ok = run_library(L, c, o.value);
        else if (o.letter == 'W')
            lua_warning(L, "@on", 0);
        lua_settop(L, 0);
        if (!ok)
            return false;
    }
    return true;
}

/* The global `arg`: the script at 0, its arguments behind, ours before. */
static void set_arg(lua_State *L, const command *c) {
    int script = c->script == c->argc ? 0 : c->script;
    lua_createtable(L, c->argc - script - 1, script + 1);
    for (int i = 0; i < c->argc; i++) {
        lua_pushstring(L, c->argv[i]);
        lua_rawseti(L, -2, i - script);
    }
    lua_setglobal(L, "arg");
}

/* Pushes arg[1], arg[2]...: the global may have been changed by -e. */
static int push_args(lua_State *L) {
    if (lua_getglobal(L, "arg") != LUA_TTABLE)
        luaL_error(L, "'arg' is not a table");
    int n = (int)luaL_len(L, -1);
    luaL_checkstack(L, n + 3, "too many arguments to script");
    for (int i = 1; i <= n; i++)
        lua_rawgeti(L, -i, i);
    lua_remove(L, -n - 1);
    return n;
}

static bool run_script(lua_State *L, const command *c) {
    const char *file = c->argv[c->script];
    bool named = strcmp(c->argv[c->script - 1], "--") == 0;
    if (strcmp(file, "-") == 0 && !named)
        file = NULL; /* standard input */
    int nargs = push_args(L);
    return run_loaded(L, c, luaL_loadfile(L, file), nargs);
}

static bool show_runs(lua_State *L, const command *c) {
    static const char text[] = "require 'mlrt.runs'.main(...)";
    int n = c->argc - c->script;
    luaL_checkstack(L, n + 3, "too many folders");
    for (int i = c->script; i < c->argc; i++)
        lua_pushstring(L, c->argv[i]);
    return run_loaded(
        L, c, luaL_loadbuffer(L, text, sizeof text - 1, "=(--runs)"), n);
}

static void print_version(const mlrt *m) {
    printf("mlrun %s, %s, %s kernels, %d threads, %s\n", MLRT_VERSION,
           LUA_RELEASE, mlrt_isa(m), mlrt_threads(m), mlrt_blas_info(m));
    fflush(stdout);
}

static bool run_rest(lua_State *L, const command *c) {
    bool prompt = c->interactive;
    if (c->shows_runs)
        return show_runs(L, c);
    if (c->script < c->argc) {
        if (!run_script(L, c))
            return false;
    } else if (!prompt && !c->executes && !c->shows_lua) {
        prompt = isatty(STDIN_FILENO);
        if (!prompt)
            return run_loaded(L, c, luaL_loadfile(L, NULL), 0);
    }
    if (prompt) {
        lua_settop(L, 0);
        mlrun_prompt(L);
    }
    return true;
}

/* ---- The state -------------------------------------------------------- */

/* A searcher that finds mlrt and mlrt.* in the folder MLRT_LUA_DIR, its
 * upvalue, by package.searchpath. */
static int search_folder(lua_State *L) {
    const char *name = luaL_checkstring(L, 1);
    if (strncmp(name, "mlrt", 4) != 0 || (name[4] && name[4] != '.'))
        return 0;
    const char *folder = lua_tostring(L, lua_upvalueindex(1));
    lua_getglobal(L, LUA_LOADLIBNAME);
    lua_getfield(L, -1, "searchpath");
    lua_pushstring(L, name);
    lua_pushfstring(L, "%s/?.lua;%s/?/init.lua", folder, folder);
    lua_call(L, 2, 2);
    if (lua_isnil(L, -2))
        return 1; /* the reason, for require's message */
    lua_pop(L, 1);
    if (luaL_loadfile(L, lua_tostring(L, -1)) != LUA_OK)
        return lua_error(L);
    lua_insert(L, -2);
    return 2;
}

static void add_searcher(lua_State *L, const char *folder) {
    lua_getglobal(L, LUA_LOADLIBNAME);
    lua_getfield(L, -1, "searchers");
    for (lua_Integer i = luaL_len(L, -1); i >= 1; i--) {
        lua_rawgeti(L, -1, i);
        lua_rawseti(L, -2, i + 1);
    }
    lua_pushstring(L, folder);
    lua_pushcclosure(L, search_folder, 1);
    lua_rawseti(L, -2, 1);
    lua_pop(L, 2);
}

static void open_libraries(lua_State *L, mlrt *m, const command *c) {
    const char *folder = getenv("MLRT_LUA_DIR");
    if (c->isolated) { /* what the standard libraries look for */
        lua_pushboolean(L, 1);
        lua_setfield(L, LUA_REGISTRYINDEX, "LUA_NOENV");
        folder = NULL;
    }
    luaL_openlibs(L);
    mlrun_calls_open(L, m);
    if (mlrt_openlibs(L, m) < 0)
        luaL_error(L, "cannot open the library: %s", mlrt_errmsg(m));
    if (folder)
        add_searcher(L, folder);
}

/* Everything, in protected mode.  Returns true when all went well. */
static int protected_main(lua_State *L) {
    const command *c = lua_touserdata(L, 1);
    mlrt *m = lua_touserdata(L, 2);
    lua_settop(L, 0);
    luaL_checkversion(L);
    if (c->shows_lua)
        puts(LUA_COPYRIGHT);
    open_libraries(L, m, c);
    set_arg(L, c);
    lua_gc(L, LUA_GCGEN, 0, 0);
    bool ok = (c->isolated || run_init(L, c)) && run_options(L, c) &&
              run_rest(L, c);
    lua_pushboolean(L, ok);
    return 1;
}

/* warn(): off until "@on", one message in one or more pieces. */
static struct { bool on, continued; } warnings;

static void on_warning(void *ud, const char *text, int more) {
    (void)ud;
    if (!warnings.continued && !more && text[0] == '@') {
        if (strcmp(text, "@on") == 0 || strcmp(text, "@off") == 0)
            warnings.on = text[2] == 'n';
        return;
    }
    if (warnings.on) {
        fprintf(stderr, "%s%s%s",
                warnings.continued ? "" : "Lua warning: ", text,
                more ? "" : "\n");
        fflush(stderr);
    }
    warnings.continued = more;
}

/* The core ran out of memory: dead tensors may be held by dead Lua values. */
static bool reclaim(void *ud) {
    (void)ud;
    lua_State *L = mlrun_running();
    return L && mlrt_lua_reclaim(L);
}

static bool run(const command *c, mlrt *m) {
    lua_State *L = lua_newstate(mlrt_lua_alloc, m);
    if (!L) {
        fprintf(stderr, "%s: cannot create state: not enough memory\n",
                c->name);
        return false;
    }
    lua_setwarnf(L, on_warning, NULL);
    lua_pushcfunction(L, protected_main);
    lua_pushlightuserdata(L, (void *)(uintptr_t)c);
    lua_pushlightuserdata(L, m);
    int status = lua_pcall(L, 2, 1, 0);
    bool ok = status == LUA_OK && lua_toboolean(L, -1);
    if (status != LUA_OK)
        mlrun_report(L, c->name);
    lua_close(L);
    return ok;
}

int main(int argc, char **argv) {
    command c = {.argc = argc, .argv = argv};
    int status;
    mlrt_config_init(&c.config);
    c.config.base = 1;
    c.config.reclaim = reclaim;
    c.name = argc > 0 && argv[0][0] ? argv[0] : "mlrun";
    if (argc == 0 || !understand(&c))
        return EXIT_FAILURE;
    if (c.shows_help) {
        printf(usage, c.name);
        return EXIT_SUCCESS;
    }
    mlrun_suit_blas();
    mlrt *m = mlrt_open(&c.config, &status);
    if (!m) {
        const char *isa = status == MLRT_EARG ? c.config.isa : NULL;
        fprintf(stderr, "%s: cannot start: %s%s\n", c.name,
                isa ? "this machine has no kernels called " : "",
                isa ? isa : mlrt_status_text(status));
        return EXIT_FAILURE;
    }
    bool ok = true;
    if (c.shows_version)
        print_version(m);
    else
        ok = run(&c, m);
    mlrt_close(m);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
