-- prompt_spec.lua: what docs/guide/prompt.md shows is what happens; and what of
-- the prompt needs no terminal. The rest is in tests/check/prompt.sh.

local here = arg[0]:match "^(.*)/[^/]*$" or "."
local mlrun = arg[0]
for i = -1, -20, -1 do mlrun = arg[i] or mlrun end

-- What a prompt prints that is fed these lines, without the prompts themselves;
-- standard error is part of it.
local function session(lines, setting)
  local path = os.tmpname()
  local f = assert(io.open(path, "wb"))
  f:write(table.concat(lines, "\n"), "\n")
  f:close()
  local p = assert(io.popen(("LANG=C.UTF-8 LC_ALL=C.UTF-8 COLUMNS=80 %s '%s' "
    .. "-i <'%s' 2>&1"):format(setting or "", mlrun, path)))
  local text = p:read "a"
  p:close()
  os.remove(path)
  local printed = {}
  for line in text:gmatch "([^\n]*)\n" do
    while line:find "^>>? " do line = line:gsub("^>>? ", "") end
    if line ~= "" then printed[#printed + 1] = line end
  end
  table.remove(printed, 1) -- the banner
  return printed
end

-- The lines that are typed in the ```text blocks of a page, and those that are
-- printed.
local function script(path)
  local typed, printed, inside = {}, {}, false
  for line in io.lines(path) do
    if line:find "^```" then
      inside = line == "```text"
    elseif inside and line:find "^>>? " then
      typed[#typed + 1] = line:gsub("^>>? ", "")
    elseif inside and line ~= "" then
      printed[#printed + 1] = line
    end
  end
  return typed, printed
end

describe("the prompt", function()
  it("does what its guide shows", function()
    local typed, printed = script(here .. "/../../docs/guide/prompt.md")
    eq(session(typed), printed)
  end)
  it("keeps locals through a goto to the end of a chunk", function()
    eq(session {"local a = 1", "if a then goto done end local b = 2 ::done::",
      "a"}, {"1"})
  end)
  it("keeps what a failing chunk had assigned", function()
    eq(session {"local a, b = 1; a = 5; error('boo'); b = 2", "a, b"},
      {"stdin:1: boo", "5\tnil"})
  end)
  it("shares variables with functions, and constants stay constant", function()
    eq(session {"local a = 1; function get() return a end", "a = 2", "get()",
      "local c <const> = 3", "c = 4"}, {"2", "  c = 4", "  ^",
      "stdin:1: attempt to assign to const variable 'c'"})
  end)
  it("takes a comment for nothing", function()
    eq(session {"-- a comment", "--[[ another ]] ;", "1 -- one", "-- end"},
      {"1"})
  end)
  it("reads a string on after a backslash, and only then", function()
    eq(session {"x = 'one\\", "two'", "x", "y = 'open"},
      {"one", "two", "  y = 'open", "      ^",
        "stdin:1: unfinished string near <eof>"})
    eq(#session {"y = 'escaped\\\\", "1"}, 4)
  end)
  it("prints by what print was replaced with", function()
    eq(session {"local p = print", "function print(...) p('<', ...) end",
      "1, 2", "x = 3", "print = nil", "7", "print = p", "'back'"},
      {"<\t1\t2", "error calling 'print' (attempt to call a nil value)",
        "back"})
  end)
  it("prints values in a terminal of 20 columns", function()
    eq(session({"{aaaaaaa = 1, bbbbbbb = 2, ccccc = {1, 2}}"}, "COLUMNS=20"),
      {"{", "  aaaaaaa = 1,", "  bbbbbbb = 2,", "  ccccc = {1, 2}", "}"})
  end)
  it("answers for every operation and every declared class", function()
    local names = {}
    for _, row in ipairs(require "mlrt".ops()) do
      if row.name:sub(1, 1) ~= "_" then names[#names + 1] = "?" .. row.name end
    end
    for name in pairs(require "mlrt.options".declared) do
      if name:find "^[%w_.]+$" then names[#names + 1] = "?" .. name end
    end
    for _, line in ipairs(session(names)) do
      if line:find "^nothing is called" then error(line) end
    end
  end)
end)

describe("_masked", function()
  local masked = require "mlrt.core"._masked
  it("gives what the function gives, and its error as it is", function()
    eq(table.pack(masked(function(...) return ... end, 1, nil)),
      {1, nil, n = 2})
    local e = {}
    local ok, got = pcall(masked, function() error(e) end)
    eq(ok, false)
    eq(got == e, true)
    raises("function expected", masked, 5)
  end)
end)

describe("sparkline", function()
  local m = require "mlrt"
  it("shows the range of a list or tensor", function()
    eq(m.sparkline {1, 2, 4, 8}, "▁▂▄█")
    eq(m.sparkline(m.tensor {3, 3}), "▁▁")
    eq(m.sparkline {0, 0 / 0, 1}, "▁ █")
    eq(m.sparkline {}, "")
  end)
  it("shortens by means", function()
    eq(m.sparkline({0, 0, 5, 5, 10, 10}, 3), "▁▅█")
  end)
  it("refuses what is no list", function()
    raises("sparkline: argument 'values'", m.sparkline, 5)
    raises("sparkline: argument 'values'", m.sparkline, {1, "x"})
  end)
end)

describe("a progress line", function()
  local m = require "mlrt"
  -- What a line over ten steps of falling loss last showed.
  local function last(columns)
    local text = ""
    local out = {flush = function() end,
      write = function(_, ...) text = table.concat {...} end}
    local bar = m.progress {total = 100, terminal = true, out = out}
    bar.columns = columns or bar.columns
    for i = 1, 100 do
      bar.shown = i == 100 and -math.huge or math.huge
      bar:add(1, 1 / i)
    end
    return text
  end

  it("fits a terminal of 20 columns", function()
    local text = last(20)
    eq(utf8.len(text), 20) -- with the return in front
    eq(text:sub(1, 6), "\r100% ")
  end)
  it("has a sparkline of the values where there is room", function()
    local set = os.getenv "LC_ALL" or os.getenv "LC_CTYPE" or os.getenv "LANG"
    if not (set or ""):find "UTF" then skip "no UTF-8 here" end
    raises("█▃.*▁", error, last(80))
  end)
end)
