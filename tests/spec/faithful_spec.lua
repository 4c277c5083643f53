-- faithful_spec.lua: mlrun beside lua5.4: the same words on the command line,
-- the same environment, the same output, messages and exit codes.

local mlrun = arg[0]
for i = -1, -20, -1 do mlrun = arg[i] or mlrun end
if mlrun:sub(1, 1) ~= "/" then mlrun = os.getenv "PWD" .. "/" .. mlrun end

local lua
for _, name in ipairs {"lua5.4", "lua54", "lua"} do
  local p = io.popen(name .. " -v 2>/dev/null")
  local version = p:read "a"
  p:close()
  if version:find "^Lua 5%.4" then
    lua = name
    break
  end
end

local function contents(path)
  local f <close> = assert(io.open(path, "rb"))
  return f:read "a"
end

local files = {
  ["args.lua"] = "for i = -9, 9 do if arg[i] then io.write(i, ' ', "
    .. "i < 1 - #arg and '' or arg[i], '\\n') end end print(...)",
  ["fails.lua"] = "local function f(x) error(x) end\nf(...)\n",
  ["deep.lua"] = "local function f(n) if n == 0 then error 'deep' end f(n - 1) "
    .. "return 1 end f(30)",
  ["syntax.lua"] = "x = = 1",
  ["shebang.lua"] = "#!/usr/bin/lua\nprint(debug.getinfo(1).currentline)",
  ["object.lua"] = "error(setmetatable({}, {__tostring = function() "
    .. "return 'an object' end}))",
  ["table.lua"] = "error({})",
  ["nothing.lua"] = "error()",
  ["exit.lua"] = "os.exit(tonumber(...) or (... == 'true'), true)",
  ["closes.lua"] = "local x <close> = setmetatable({}, {__close = function() "
    .. "print 'closed' end}) error 'e'",
  ["collected.lua"] = "setmetatable({}, {__gc = function() print 'gc' end}) "
    .. "print(1)",
  ["bad_gc.lua"] = "setmetatable({}, {__gc = function() error 'in gc' end}) "
    .. "collectgarbage()",
  ["one.lua"] = "print('one', ...) return 1",
  ["-dash.lua"] = "print 'dash'",
  ["coroutines.lua"] = [[
local function show(...) print(select("#", ...), ...) end
local co = coroutine.create(function(a) show(a) show(coroutine.yield(1, 2))
  error "inside" end)
show(coroutine.resume(co, "x"))
show(coroutine.status(co), coroutine.isyieldable(co))
show(coroutine.resume(co, nil, nil))
show(coroutine.resume(co))
show(coroutine.status(co))
show(pcall(coroutine.wrap(function() error("wrapped", 2) end)))
show(pcall(coroutine.wrap(function() error({}) end)) == false)
show(pcall(coroutine.resume, 1))
show(pcall(coroutine.wrap, 1))
show(coroutine.resume(coroutine.running()))
show(coroutine.wrap(function() return coroutine.running() ~= nil end)())
local c = coroutine.create(function() local x <close> = setmetatable({},
  {__close = function() error "closing" end}) coroutine.yield() end)
coroutine.resume(c)
show(coroutine.close(c))
show(coroutine.close(c))
show(pcall(coroutine.close, coroutine.running()))
local w = coroutine.wrap(function() return 1 end)
show(w())
show(pcall(w))
local function deep(n) if n == 0 then return 0 end
  return coroutine.wrap(deep)(n - 1) + 1 end
show(deep(50))
show(select(2, pcall(deep, 300)):match "C stack overflow")
show(coroutine.resume(coroutine.create(function(...) return select("#", ...)
  end), table.unpack({}, 1, 200)))
show(pcall(function() for i in coroutine.wrap(function() coroutine.yield(1)
  error "in iterator" end) do show(i) end end))
]],
  ["libraries.lua"] = [[
local names = {}
for name, v in pairs(_G) do
  names[#names + 1] = name
  if type(v) == "table" and name ~= "_G" and name ~= "arg" then
    for key in pairs(v) do names[#names + 1] = name .. "." .. tostring(key) end
  end
end
table.sort(names)
for i, n in ipairs(names) do
  if not n:find "^package%.loaded" then io.write(n, "\n") end
end
for i, s in ipairs(package.searchers) do io.write(i, type(s), "\n") end
]],
}

-- Runs `command` with $L, $D and the files; what it said, where its own name
-- and the folder are words.
local function run(program, command)
  local dir = os.tmpname()
  os.remove(dir)
  assert(os.execute("mkdir " .. dir))
  for name, text in pairs(files) do
    local f <close> = assert(io.open(dir .. "/" .. name, "wb"))
    f:write(text)
  end
  local _, how, code = os.execute(("cd %s; L='%s'; unset LUA_INIT "
    .. "LUA_INIT_5_4; (%s) >.out 2>.err </dev/null"):format(dir, program,
    command))
  local all = {contents(dir .. "/.out"), contents(dir .. "/.err"), how, code}
  os.execute("rm -rf " .. dir)
  for i = 1, 2 do
    local at, len = 1, #program
    local text = all[i]
    repeat -- not a pattern
      local from = text:find(program, at, true)
      if from then
        text = text:sub(1, from - 1) .. "LUA" .. text:sub(from + len)
        at = from + 3
      end
    until not from
    text = text:gsub("%[C%]: in %?", "[C]: ?"):gsub("0x%x+", "0x")
    all[i] = text:gsub("usage: LUA.*", "usage")
  end
  return all
end

local function alike(commands)
  if not lua then skip "there is no lua5.4" end
  for _, command in ipairs(commands) do
    local got, want = run(mlrun, command), run(lua, command)
    for i, what in ipairs {"output", "messages", "end", "exit code"} do
      if got[i] ~= want[i] then
        error(("%s: %s\n%s\nlua5.4:\n%s"):format(command, what, got[i],
          want[i]), 0)
      end
    end
  end
end

describe("mlrun and lua5.4 are alike", function()
  it("in their options", function()
    alike {"$L -e 'print(1)'", "$L -e'print(1)' -e 'print(2)'",
      "$L -e 'x = 1' -e 'print(x)' args.lua a b", "$L -l one -e 'print(one)'",
      "$L -lone", "$L -l g=one -e 'print(g, one)'", "$L -l nosuch",
      "$L -v", "$L -v -e 'print(2)'", "$L -W -e 'warn \"a\"'",
      "$L -e 'warn \"a\"'", "$L -e 'warn(\"@on\") warn(\"a\", \"b\")'",
      "$L -E -e 'print(1)'", "$L -- args.lua x", "$L -- -dash.lua",
      "echo 'print(...)' | $L - a b", "echo 'print(arg[0])' | $L -",
      "echo 'print(3)' | $L", "$L -e", "$L -l", "$L -x", "$L -vv", "$L -i1",
      "$L -e 'print(1)' -x", "$L -e -v", "$L -l -v", "$L ''", "$L -e ''",
      "$L -e 'return 5'", "$L -e 'local a <const> = 1 a = 2'"}
  end)
  it("in arg and ...", function()
    alike {"$L args.lua", "$L args.lua a 'b c' '' -e", "$L args.lua -- x",
      "$L -e 'arg = nil' args.lua a", "$L -e 'arg[1] = 9' one.lua a",
      "$L -e 'arg = {[0] = 1, 2, 3}' one.lua",
      "$L -e 'print(#arg, arg[-1], arg[1])'",
      "$L -e 'setmetatable(arg, {__len = function() return 2 end})' one.lua"}
  end)
  it("in what the environment says", function()
    alike {"LUA_INIT='print(1)' $L -e 'print(2)'",
      "LUA_INIT=@one.lua $L -e 'print(2)'", "LUA_INIT=@nosuch.lua $L -e ''",
      "LUA_INIT='x = = 1' $L -e 'print(2)'",
      "LUA_INIT='error \"bad\"' $L -e 'print(2)'",
      "LUA_INIT='error \"bad\"' $L -E -e 'print(2)'",
      "LUA_INIT='print(1)' LUA_INIT_5_4='print(4)' $L -e ''",
      "LUA_INIT='print(1)' LUA_INIT_5_4='' $L -e ''",
      "LUA_PATH='x;;y' $L -e 'print(package.path)'",
      "LUA_CPATH_5_4='x;;' $L -e 'print(package.cpath)'",
      "LUA_PATH=zz $L -E -e 'print(package.path)'"}
  end)
  it("in errors and exit codes", function()
    alike {"$L fails.lua x", "$L fails.lua", "$L deep.lua", "$L syntax.lua",
      "$L object.lua", "$L table.lua", "$L nothing.lua", "$L nosuch.lua",
      "$L shebang.lua", "$L closes.lua", "$L collected.lua", "$L bad_gc.lua",
      "$L -W bad_gc.lua", "$L exit.lua 0", "$L exit.lua 3", "$L exit.lua true",
      "$L exit.lua false", "$L -e 'os.exit(2)'", "$L -e 'error \"a\\nb\"'",
      "$L -e 'error(\"a\", 0)'", "$L -e 'error(nil)'", "$L -e 'x.y = 1'",
      "$L -e 'local t = {} t.x.y = 1'", "$L -e 'print(1 + {})'",
      "$L -e 'print(#5)'", "$L -e 'string.rep()'", "$L -e 'f()'",
      "$L -e 'for i = 1, 10, 0 do end'", "$L -e '(\"x\"):bad()'",
      "$L -e 'goto nowhere'", "$L -e 'print(2^53 | 0, 7 // 0)'",
      "$L -e 'print(string.format(\"%5.2q\", 1))'", "$L -e '\\27Lua'",
      "$L -e 'print(load(\"\\27Lua\", \"x\", \"t\"))'",
      "$L -e 'local function f() return f() end print(pcall(string.rep, "
        .. "\"x\", -1)) error(setmetatable({}, {}))'",
      "$L -e 'io.stderr:write(\"e\") io.stdout:write(\"o\") os.exit(true)'",
      "$L -e 'local function f() f() end print(pcall(f))'",
      "$L -e 'error(12)'", "$L -e 'error(true)'",
      "$L -e 'require \"a.b\"'", "$L -e 'print(require \"one\")'",
      "$L -e 'coroutine.wrap(function() error \"in wrap\" end)()'",
      "$L -e 'print(pcall(error))'", "$L -e 'print(xpcall(error, "
        .. "debug.traceback, \"m\"))'"}
  end)
  it("in coroutines", function()
    alike {"$L coroutines.lua", "$L -e 'print(coroutine.resume("
      .. "coroutine.create(error), {}))'",
      "$L -e 'coroutine.yield()'", "$L -e 'print(coroutine.isyieldable())'",
      "$L -e 'debug.sethook(function() error \"hook\" end, \"l\") "
        .. "local x = 1'",
      "$L -e 'local co = coroutine.create(function() error(\"t\") end) "
        .. "coroutine.resume(co) print(debug.traceback(co))'"}
  end)
  it("in the names that there are", function()
    alike {"$L libraries.lua"}
  end)
end)
