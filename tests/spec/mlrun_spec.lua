-- mlrun_spec.lua: mlrun does what lua(1) does, and its own long options.

local mlrun = arg[0]
for i = -1, -20, -1 do mlrun = arg[i] or mlrun end
if mlrun:sub(1, 1) ~= "/" then mlrun = os.getenv("PWD") .. "/" .. mlrun end

local function contents(path)
  local f = assert(io.open(path, "rb"))
  local text = f:read("a")
  f:close()
  return text
end

local function quote(word)
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

-- Runs `command` in a shell, where $M is mlrun and $D a fresh folder that
-- holds `files`.  Returns stdout, stderr, exit code.
local function run(command, files)
  local dir = os.tmpname()
  os.remove(dir)
  assert(os.execute("mkdir " .. dir))
  for name, text in pairs(files or {}) do
    local f = assert(io.open(dir .. "/" .. name, "wb"))
    f:write(text)
    f:close()
  end
  local sh = ("M=%s D=%s; (%s) >$D/.out 2>$D/.err </dev/null"):format(
    quote(mlrun), dir, command)
  local _, how, code = os.execute(sh)
  local out, err = contents(dir .. "/.out"), contents(dir .. "/.err")
  os.execute("rm -rf " .. dir)
  return out, err, how == "exit" and code or how .. code
end

-- What a command prints, when it must end with exit code 0 and no complaint.
local function output(command, files)
  local out, err, code = run(command, files)
  eq(err, "")
  eq(code, 0)
  return out
end

describe("mlrun arguments", function()
  local show = "for i = -9, 9 do if arg[i] then io.write(i, '=', "
    .. "(arg[i]:gsub('.*/', '')), ' ') end end io.write(select('#', ...))"

  it("puts the script at arg[0] and options before it", function()
    eq(output("cd $D && $M -W -e '' s.lua a 'b c'", {["s.lua"] = show}),
      "-4=mlrun -3=-W -2=-e -1= 0=s.lua 1=a 2=b c 2")
  end)
  it("gives the same values in the vararg", function()
    eq(output("$M $D/s.lua a 'b c' ''", {["s.lua"] = "print(...)"}),
      "a\tb c\t\n")
  end)
  it("names - as script when it reads standard input", function()
    eq(output("echo \"" .. show .. "\" | $M - x"), "-1=mlrun 0=- 1=x 1")
  end)
  it("has the interpreter at 0 when there is no script", function()
    eq(output("$M -e 'print(#arg, arg[0] == nil, arg[1])'"), "2\tfalse\t-e\n")
  end)
  it("takes what -e made of arg", function()
    eq(output("$M -e \"arg[1] = 'z'\" $D/s.lua a", {["s.lua"] = "print(...)"}),
      "z\n")
  end)
  it("counts long options among the negative ones", function()
    eq(output("$M --threads 1 --seed=3 $D/s.lua", {["s.lua"] =
      "print(arg[-1], arg[-2], arg[-3])"}), "--seed=3\t1\t--threads\n")
  end)
  it("refuses an arg that is no table", function()
    local _, err, code = run("$M -e 'arg = 1' $D/s.lua", {["s.lua"] = ""})
    eq(code, 1)
    raises("'arg' is not a table", error, err)
  end)
end)

describe("mlrun options", function()
  it("runs -e, joined or apart, in order", function()
    eq(output("$M -e 'x = 1' -e'x = x + 1' -e 'print(x)'"), "2\n")
  end)
  it("requires with -l, joined or apart", function()
    eq(output("cd $D && $M -l one -ltwo -e 'print(one, two)'",
      {["one.lua"] = "return 1", ["two.lua"] = "return 2"}), "1\t2\n")
  end)
  it("requires into another global with -l g=mod", function()
    eq(output("cd $D && $M -l g=one -e 'print(g, one)'",
      {["one.lua"] = "return 1"}), "1\tnil\n")
  end)
  it("keeps the order of -e and -l", function()
    eq(output("cd $D && $M -e 'y = 4' -l one -e 'print(one)'",
      {["one.lua"] = "return y"}), "4\n")
  end)
  it("shows Lua's version and goes on with -e", function()
    local out = output("$M -v -e 'print(1)'")
    raises("^Lua 5%.4%.%d+  Copyright.-\n1\n$", error, out)
  end)
  it("does not read standard input after -v or -e", function()
    raises("^Lua 5%.4[^\n]*\n$", error, output("echo 'print(2)' | $M -v"))
  end)
  it("turns warnings on with -W", function()
    local _, err = run("$M -W -e \"warn('a', 'b') warn('@off') warn('c')\"")
    eq(err, "Lua warning: ab\n")
    _, err = run("$M -e \"warn('a') warn('@on') warn('@x') warn('c')\"")
    eq(err, "Lua warning: c\n")
  end)
  it("stops at --", function()
    eq(output("cd $D && $M -- -s.lua -e", {["-s.lua"] =
      "print(arg[0], ...)"}), "-s.lua\t-e\n")
  end)
  it("refuses what it does not know, with the usage", function()
    for _, bad in ipairs {"-x", "-vv", "-i1", "--frob", "--version=1"} do
      local out, err, code = run("$M " .. bad)
      eq(code, 1)
      eq(out, "")
      raises("unrecognized option '" .. bad .. "'\nusage: ", error, err)
    end
  end)
  it("refuses options without their value", function()
    for _, bad in ipairs {"-e", "-l", "-l -e x", "--threads", "--seed"} do
      local _, err, code = run("$M " .. bad)
      eq(code, 1)
      raises("needs argument\nusage: ", error, err)
    end
  end)
end)

describe("mlrun environment", function()
  it("runs LUA_INIT before everything", function()
    eq(output("LUA_INIT='x = 5' $M -e 'print(x)'"), "5\n")
    eq(output("LUA_INIT=@$D/i $M -e 'print(x)'", {i = "x = 6"}), "6\n")
  end)
  it("prefers LUA_INIT_5_4", function()
    eq(output("LUA_INIT='x = 5' LUA_INIT_5_4='x = 7' $M -e 'print(x)'"),
      "7\n")
  end)
  it("stops when LUA_INIT fails, naming it", function()
    local out, err, code = run("LUA_INIT='error([[a]])' $M -e 'print(2)'")
    eq(out, "")
    eq(code, 1)
    raises("LUA_INIT:1: a", error, err)
  end)
  it("ignores the environment under -E", function()
    eq(output("LUA_INIT='x = 5' LUA_PATH=zzz $M -E -e "
      .. "'print(x, package.path:find(\"zzz\"))'"), "nil\tnil\n")
    eq(output("LUA_PATH=zzz $M -e 'print(package.path)'"), "zzz\n")
  end)
end)

describe("mlrun input", function()
  it("runs standard input as a file when there is nothing else", function()
    eq(output("printf 'local x = 1\\nprint(x)\\n' | $M"), "1\n")
  end)
  it("skips a first line that begins with #", function()
    eq(output("chmod +x $D/s && $D/s 4", {s = "#!" .. mlrun
      .. "\nprint(... + 1)"}), "5\n")
    eq(output("$M $D/s", {s = "# any words\nprint(2)"}), "2\n")
  end)
  it("prints expressions with -i and stays after errors", function()
    local out, err, code = run("printf '1 + 1\\nerror(\"boo\")\\n=3\\n' "
      .. "| $M -i")
    eq(code, 0)
    raises("^mlrt .-\n> 2\n> > 3\n> \n$", error, out)
    eq(err, "stdin:1: boo\n")
  end)
  it("asks for more lines of an unfinished statement", function()
    local out = output("printf 'for i = 1, 2 do\\nprint(i)\\nend\\n' | $M -i")
    raises("> >> >> 1\n2\n> \n$", error, out)
  end)
  it("reports a statement that the end of the input cuts off", function()
    local _, err, code = run("printf 'for i = 1, 2 do\\n' | $M -i")
    eq(code, 0)
    raises("stdin:1: 'end' expected near <eof>", error, err)
  end)
  it("honours _PROMPT and _PROMPT2", function()
    local out = output("printf 'do\\nend\\n' "
      .. "| $M -e \"_PROMPT, _PROMPT2 = 'A', 'B'\" -i")
    raises("ABA\n$", error, out)
  end)
  it("runs the script before -i, whose globals stay", function()
    raises("> 9\n", error, output("echo x | $M -i $D/s", {s = "x = 9"}))
  end)
end)

describe("mlrun exit", function()
  local function code(command, files)
    return select(3, run(command, files))
  end
  it("is 0 after success and 1 after an error", function()
    eq(code("$M -e ''"), 0)
    eq(code("$M -e 'error(1)'"), 1)
    eq(code("$M -e 'x ='"), 1)
    eq(code("$M $D/missing.lua"), 1)
  end)
  it("is what os.exit says", function()
    eq(code("$M -e 'os.exit(7)'"), 7)
    eq(code("$M -e 'os.exit(true)'"), 0)
    eq(code("$M -e 'os.exit(false)'"), 1)
    eq(code("$M -e 'os.exit(3, true)'"), 3)
  end)
  it("closes the state when os.exit is told to", function()
    local close = "setmetatable({}, {__gc = function() print(8) end}) "
    eq(output("$M -e '" .. close .. "os.exit(true, true)'"), "8\n")
    eq(output("$M -e '" .. close .. "os.exit(true)'"), "")
    eq(output("$M -e '" .. close .. "'"), "8\n")
  end)
end)

describe("mlrun errors", function()
  it("go to stderr with a traceback", function()
    local out, err, code = run("$M $D/s.lua", {["s.lua"] =
      "local function f() error('boo') end\nf()"})
    eq(out, "")
    eq(code, 1)
    raises("mlrun: .-/s%.lua:1: boo\nstack traceback:\n.*s%.lua:2:", error, err)
  end)
  it("name the file of a syntax error", function()
    local _, err = run("$M $D/s.lua", {["s.lua"] = "x = = 1"})
    raises("/s.lua:1: unexpected symbol near '='\n", error, err)
  end)
  it("name a script that is not there", function()
    local _, err = run("$M nowhere.lua")
    raises("cannot open nowhere.lua", error, err)
  end)
  it("of other types say so, or speak for themselves", function()
    local _, err = run("$M -e 'error({})'")
    raises("(error object is a table value)", error, err)
    _, err = run("$M -e 'error(nil)'")
    raises("(error object is a nil value)", error, err)
    _, err = run("$M -e 'error(setmetatable({}, {__tostring = function() "
      .. "return \"spoken\" end}))'")
    raises(": spoken\n$", error, err)
  end)
  it("in a wrapped coroutine carry both positions", function()
    local _, err = run("$M $D/s", {s = "local f = coroutine.wrap(function()\n"
      .. "error('boo') end)\nlocal ok, e = pcall(f)\nio.stderr:write(e)"})
    raises("/s:2: boo$", error, err)
    _, err = run("$M $D/s", {s = "local f = coroutine.wrap(function()\n"
      .. "error('boo') end)\nlocal function g() f() end\ng()"})
    raises("/s:3: .-/s:2: boo\n", error, err)
  end)
end)

describe("mlrun coroutines", function()
  -- Our own resume and wrap; that they are like Lua's.
  it("pass values both ways", function()
    local co = coroutine.create(function(a, b)
      local c, d = coroutine.yield(a + b, nil)
      return c, d, nil
    end)
    eq(table.pack(coroutine.resume(co, 1, 2)), {true, 3, nil, n = 3})
    eq(table.pack(coroutine.resume(co, 5, 6)), {true, 5, 6, nil, n = 4})
    eq({coroutine.resume(co)}, {false, "cannot resume dead coroutine"})
  end)
  it("refuse what is no coroutine, as Lua does", function()
    raises("bad argument #1 to 'coroutine.resume' (thread expected",
      coroutine.resume, 1)
    raises("bad argument #1 to 'coroutine.wrap' (function expected",
      coroutine.wrap, 1)
  end)
  it("give any error object back", function()
    local e = {}
    local co = coroutine.create(function() error(e) end)
    eq(select(2, coroutine.resume(co)) == e, true)
    local ok, got = pcall(coroutine.wrap(function() error(e) end))
    eq(ok, false)
    eq(got == e, true)
  end)
  it("close what a failing wrapped function left open", function()
    local closed = false
    local f = coroutine.wrap(function()
      local _ <close> = setmetatable({}, {__close = function()
        closed = true
      end})
      error("boo")
    end)
    raises("boo", f)
    eq(closed, true)
  end)
  it("know themselves and may nest", function()
    local inner, outer
    outer = coroutine.wrap(function()
      inner = coroutine.wrap(function()
        coroutine.yield(coroutine.isyieldable())
      end)
      coroutine.yield(inner())
      coroutine.yield(coroutine.status(coroutine.running()))
    end)
    eq(outer(), true)
    eq(outer(), "running")
  end)
  it("iterate", function()
    local sum = 0
    for i in coroutine.wrap(function()
      for i = 1, 1000 do coroutine.yield(i) end
    end) do sum = sum + i end
    eq(sum, 500500)
  end)
  it("stop a recursion without end", function()
    local function nest() return coroutine.wrap(nest)() end
    raises("C stack overflow", nest)
  end)
end)

describe("mlrun Ctrl-C", function()
  -- os.execute would ignore the signal while it waits; io.popen does not.
  local press = "io.popen('kill -INT $PPID'):close() "
  local loop = "while true do end "

  it("stops a script with a traceback and exit code 1", function()
    local _, err, code = run("timeout 20 $M $D/s", {s = press .. loop})
    eq(code, 1)
    raises("interrupted!\nstack traceback:", error, err)
  end)
  it("reaches into coroutines, resumed and wrapped", function()
    local _, err, code = run("timeout 20 $M $D/s", {s =
      "coroutine.wrap(function() " .. press .. loop .. "end)()"})
    eq(code, 1)
    raises("interrupted!", error, err)
    eq(output("timeout 20 $M $D/s", {s =
      "print(coroutine.resume(coroutine.create(function() "
      .. press .. loop .. "end)))"}), "false\tinterrupted!\n")
  end)
  it("is not lost when the coroutine ends at that moment", function()
    local _, err, code = run("timeout 20 $M $D/s", {s =
      "local f = coroutine.wrap(io.popen) local p = f('kill -INT $PPID') "
      .. "coroutine.wrap(p.close)(p) " .. loop})
    eq(code, 1)
    raises("interrupted!", error, err)
  end)
  it("keeps the state of the prompt", function()
    local out, err = run("timeout 20 $M -i <$D/typed", {typed =
      "x = 5\n" .. press .. loop .. "\nx\n"})
    raises("> 5\n", error, out)
    raises("interrupted!", error, err)
  end)
  it("is caught once, and not a second time", function()
    local out, err, code = run("timeout 20 $M $D/s", {s =
      "pcall(function() " .. press .. loop .. "end) print 'caught' "
      .. "pcall(function() " .. press .. loop .. "end) print 'again'"})
    eq(out, "caught\n")
    raises("interrupted!", error, err)
    eq(code, 1)
  end)
  it("ends the process at the third time, where nothing else does", function()
    -- A match that takes ages in C, which looks at nothing.
    local code = select(3, run("timeout 20 $M $D/s", {s =
      "io.popen('for i in 1 2 3; do sleep 0.2; kill -INT $PPID; done') "
      .. "local n = 40 ; (('a'):rep(n)):find(('a?'):rep(n) .. ('a'):rep(n))"}))
    eq(code, 128 + 2)
  end)
end)

describe("mlrun's own options", function()
  it("say what it is made of", function()
    local out = output("$M --version")
    raises("^mlrun %d+%.%d+%.%d+, Lua 5%.4%.%d+, .- kernels, %d+ threads?",
      error, out)
  end)
  it("give help on stdout", function()
    raises("^usage: .-%-%-threads N", error, output("$M --help"))
  end)
  it("refuse numbers that make no sense", function()
    for _, bad in ipairs {"--threads 0", "--threads x", "--threads 1e9",
      "--seed -1", "--seed 1.5", "--seed 99999999999999999999"} do
      local _, err, code = run("$M " .. bad .. " -e ''")
      eq(code, 1)
      raises(bad:match("%S+") .. " got '", error, err)
    end
  end)
  it("set the number of threads", function()
    raises(", 1 threads", error, output("$M --threads 1 --version"))
  end)
  it("force a kernel table, or say that there is none", function()
    raises("base kernels", error, output("$M --isa base --version"))
    local _, err, code = run("$M --isa quantum -e ''")
    eq(code, 1)
    raises("no kernels called quantum", error, err)
  end)
end)

describe("mlrun embedding", function()
  it("runs Lua's own idioms unchanged", function()
    eq(output("$M -e 'print(require\"string\" == string, _VERSION, "
      .. "mlrt, package.config:sub(1, 1))'"), "true\tLua 5.4\tnil\t/\n")
  end)
  it("finds mlrt from any folder", function()
    eq(output("cd / && $M -e 'print(type(require \"mlrt\"))'"), "table\n")
  end)
  it("has it as a global at the prompt, and with -l", function()
    raises("> table\n", error, output("echo 'type(mlrt)' | $M -i"))
    eq(output("$M -l mlrt -e 'print(type(mlrt))'"), "table\n")
  end)
  it("reads the library from MLRT_LUA_DIR when told to", function()
    local files = {["mlrt.lua"] = "return 'mine'"}
    eq(output("MLRT_LUA_DIR=$D $M -e 'print((require \"mlrt\"))'", files),
      "mine\n")
    eq(output("MLRT_LUA_DIR=$D $M -E -e 'print(type(require \"mlrt\"))'",
      files), "table\n")
  end)
end)
