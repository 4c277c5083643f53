/* test_pattern.c: the sandbox's functions of strings and lists against Lua's.
 *
 * One script makes random patterns, subjects and lists and writes down what
 * the functions answer, errors too; it runs in a plain Lua state and in a
 * sandbox, and the two records have to be the same.
 */
#include <criterion/criterion.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <string.h>

#include "mlrtlib.h"

/* Numbers of a generator of our own, since math.random's differ. */
#define BEGIN                                                                  \
    "local seed, out = ..., {}\n"                                              \
    "local function random(n)\n"                                               \
    "  seed = (seed * 6364136223846793005 + 1442695040888963407)\n"            \
    "  return (seed >> 33) % n + 1\n"                                          \
    "end\n"                                                                    \
    "local function note(...)\n"                                               \
    "  local t = table.pack(...)\n"                                            \
    "  for i = 1, t.n do t[i] = tostring(t[i]) end\n"                          \
    "  out[#out + 1] = table.concat(t, '|')\n"                                 \
    "end\n"

static const char patterns[] = BEGIN
    "local parts = {'a', 'b', '.', '%a', '%d', '%s', '%A', '%w', '%.', '[ab]',"
    " '[^a]', '[a-c]', '[%d_]', '[]x]', '[^]]', '[a-]', '%b()', '%f[%a]',"
    " '%f[^a]', '(', ')', '()', '%1', '%2', '*', '+', '-', '?', '^', '$', '%',"
    " '[', ']', '%0', '%p', '%x', '%u', '%l', '%c', '%g', '\\0', '[\\0-b]',"
    " '[^%s]', '%%', 'ab', '(a*)', '(.-)', '(%w+)', 'a-', 'b*', '.*', '.-',"
    " '\\xff', '[%a-z]', '[%', '%f'}\n"
    "local letters = {'a', 'b', 'c', ' ', '(', ')', '1', '_', 'A', '\\0', ']',"
    " 'x', '-', '%', '\\xff', '\\n'}\n"
    "local function join(from, n)\n"
    "  local t = {}\n"
    "  for i = 1, n do t[i] = from[random(#from)] end\n"
    "  return table.concat(t)\n"
    "end\n"
    "local repls = {'x', '%0', '%1', '%2%1', '%%', '%', '%a', '', '<%0>'}\n"
    "for _ = 1, 4000 do\n"
    "  local p = join(parts, random(6))\n"
    "  local s = join(letters, random(14) - 1)\n"
    "  local init = random(20) - 10\n"
    "  note(p, s, pcall(string.find, s, p, init))\n"
    "  note(pcall(string.find, s, p, init, true))\n"
    "  note(pcall(string.match, s, p, init))\n"
    "  note(pcall(string.gsub, s, p, repls[random(#repls)], random(4)))\n"
    "  note(pcall(string.gsub, s, p, repls[random(#repls)]))\n"
    "  note(pcall(string.gsub, s, p, {a = 'A', b = false, [1] = 'one'}))\n"
    "  note(pcall(string.gsub, s, p, function(...)\n"
    "    note(...)\n"
    "    return random(3) == 1 and ... or nil\n"
    "  end))\n"
    "  note(pcall(function()\n"
    "    for a, b, c in string.gmatch(s, p, init) do note(a, b, c) end\n"
    "  end))\n"
    "end\n"
    "note(pcall(string.match, ('a'):rep(500), ('a?'):rep(250)))\n"
    "note(pcall(string.match, ('a'):rep(500), ('(a)'):rep(33)))\n"
    "note(pcall(string.match, ('a'):rep(500), ('(a)'):rep(32)))\n"
    "note(pcall(string.rep, 'ab', 5, ','), ('x'):rep(0), ('x'):rep(-1))\n"
    "for n = 0, 40 do note(('ab'):rep(n, '--'), ('x'):rep(n)) end\n"
    "return table.concat(out, '\\n')";

static const char lists[] = BEGIN
    "local function ok(f, ...) note((pcall(f, ...))) end\n"
    "for _ = 1, 1500 do\n"
    "  local t, n = {}, random(40) - 1\n"
    "  for i = 1, n do t[i] = random(20) end\n"
    "  table.sort(t)\n"
    "  note(table.unpack(t))\n"
    "  table.sort(t, function(a, b) return a > b end)\n"
    "  note(table.concat(t, random(2) == 1 and ',' or ''))\n"
    "  local at = random(44) - 2\n"
    "  ok(table.insert, t, at, 'x')\n"
    "  ok(table.insert, t, 'end')\n"
    "  note(pcall(table.remove, t, n > 0 and random(n) or nil))\n"
    "  ok(table.remove, t, at)\n"
    "  note(table.concat(t, ' '))\n"
    "  local u = table.move(t, random(5), random(#t + 1), random(9))\n"
    "  for i = 1, 50 do note(u[i]) end\n"
    "  u = table.move(t, random(5), random(#t + 1), random(9), {})\n"
    "  for i = 1, 50 do note(u[i]) end\n"
    "  note(table.unpack(t, random(5), random(5)))\n"
    "end\n"
    "note(pcall(table.unpack, {}, 1, 1e7))\n"
    "ok(table.concat, {1, {}, 3}) ok(table.insert, {})\n"
    "ok(table.sort, {1, 'a'})\n"
    "local p = setmetatable({}, {__index = function(_, k) return k end,\n"
    "  __len = function() return 5 end,\n"
    "  __newindex = function(_, k, v) note(k, v) end})\n"
    "note(table.concat(p, ','), table.unpack(p))\n"
    "table.insert(p, 2, 'v') table.remove(p, 1)\n"
    "return table.concat(out, '\\n')";

/* Pushes what Lua itself says. */
static const char *in_lua(lua_State *L, const char *text, lua_Integer seed) {
    cr_assert(luaL_loadstring(L, text) == LUA_OK, "%s", lua_tostring(L, -1));
    lua_pushinteger(L, seed);
    cr_assert(lua_pcall(L, 1, 1, 0) == LUA_OK, "%s", lua_tostring(L, -1));
    return lua_tostring(L, -1);
}

static const char *in_sandbox(mlrt_runtime *rt, const char *text,
                              int64_t seed) {
    mlrt_value args[2] = {mlrt_value_string(text, strlen(text)),
                          mlrt_value_int(seed)},
               result;
    const char run[] = "function run(s, n) return assert(load(s))(n) end";
    cr_assert(mlrt_runtime_load(rt, "run", run, strlen(run)) == 0);
    cr_assert(mlrt_runtime_call(rt, "run", args, 2, &result, 1) == 0, "%s",
              mlrt_runtime_errmsg(rt));
    return result.u.s;
}

static void compare(const char *text, int64_t seed) {
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    mlrt_runtime *rt = mlrt_runtime_open(NULL, NULL);
    cr_assert(L && rt);
    const char *a = in_lua(L, text, seed), *b = in_sandbox(rt, text, seed);
    size_t line = 0, i = 0;
    for (; a[i] && a[i] == b[i]; i++)
        line = a[i] == '\n' ? i + 1 : line;
    cr_assert(a[i] == b[i], "Lua: %.80s\nsandbox: %.80s", a + line, b + line);
    lua_close(L);
    mlrt_runtime_close(rt);
}

Test(pattern, strings_answer_as_in_lua) {
    for (int64_t seed = 1; seed <= 5; seed++)
        compare(patterns, seed);
}

Test(pattern, lists_answer_as_in_lua) {
    for (int64_t seed = 1; seed <= 3; seed++)
        compare(lists, seed);
}
