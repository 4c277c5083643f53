-- commands.lua: lines that begin with a colon.
--
-- A command is one row of the table below: what it is called, what follows it,
-- what it is for, and a function of the session and the rest of the line.

local chunk = require "mlrt.prompt.chunk"
local show = require "mlrt.prompt.show"

local out = io.stdout

local commands = {rows = {}, names = {}}

local function define(name, args, doc, f)
  local row = {name = name, args = args, doc = doc, f = f}
  commands.rows[#commands.rows + 1], commands.rows[name] = row, row
  commands.names[#commands.names + 1] = name
end

-- ---- Numbers --------------------------------------------------------------

local function bytes_text(n)
  local units = {"B", "KB", "MB", "GB", "TB"}
  local i = 1
  while n >= 1000 and i < #units do n, i = n / 1000, i + 1 end
  return (i == 1 and "%d %s" or "%.3g %s"):format(n, units[i])
end

local function seconds_text(s)
  if s < 1e-3 then return ("%.3g us"):format(s * 1e6) end
  if s < 1 then return ("%.3g ms"):format(s * 1e3) end
  return ("%.3g s"):format(s)
end

-- ---- :time, :profile ------------------------------------------------------

-- A text compiled to run, or nil when it was said what is wrong with it.
local function compile(self, text, usage)
  if not text:find "%S" then
    out:write("usage: ", usage, "\n")
    return nil
  end
  local compiled, err = chunk.compile(self.vars, text)
  if not compiled then
    io.stderr:write(require "mlrt.prompt.errors".syntax(text, err), "\n")
  end
  return compiled
end

local function time(self, text)
  local m = require "mlrt"
  local compiled = compile(self, text, ":time EXPRESSION")
  if not compiled then return end
  local cpu, flops, start = os.clock(), m.flops(), m.time()
  local values = self.call(self, compiled)
  local wall = m.time() - start
  cpu, flops = os.clock() - cpu, m.flops() - flops
  if values and values.n > 0 and not compiled.silent then
    self.print(self, values)
  end
  local speed = flops > 0 and (", %.3g GFLOP/s"):format(flops / wall / 1e9)
    or ""
  out:write(("%s (%s of processor%s)\n"):format(seconds_text(wall),
    seconds_text(cpu), speed))
end
define("time", "EXPRESSION", "runs it and says how long it took", time)

local function profile(self, text)
  local compiled = compile(self, text, ":profile EXPRESSION")
  if not compiled then return end
  local p <close> = require "mlrt".profile()
  self.call(self, compiled)
  p:stop()
  out:write(show.clean(tostring(p)), "\n")
end
define("profile", "EXPRESSION", "runs it and lists where the time went",
  profile)

-- ---- :plot, :hist -------------------------------------------------------

-- A command that draws what an expression gives.
local function drawing(name, draw)
  return function(self, text)
    local compiled = compile(self, text, (":%s EXPRESSION"):format(name))
    local values = compiled and self.call(self, compiled)
    if not values then return end
    if values.n == 0 then error("the expression has no value", 0) end
    out:write(require "mlrt.prompt.plot"[draw](self, values), "\n")
  end
end
define("plot", "EXPRESSION", "draws a curve, x and y, a matrix or an image",
  drawing("plot", "draw"))
define("hist", "EXPRESSION", "draws how the elements are distributed",
  drawing("hist", "histogram"))

-- ---- :who, :mem -----------------------------------------------------------

-- Is it what was there without being made?
local function is_preset(self, name, value)
  local make = self.vars.presets[name]
  return make and rawequal(value, make())
end

-- name, value of everything the session has made: locals, then globals.
local function variables(self)
  local list = {}
  for _, name in ipairs(self.vars.order) do
    local value = chunk.get(self.vars, name)
    if not is_preset(self, name, value) and not name:find "^_%d*$" then
      list[#list + 1] = {name = name, value = value}
    end
  end
  local globals = {}
  for name, value in next, _G do
    if type(name) == "string" and not self.globals[name] then
      globals[#globals + 1] = {name = name, value = value}
    end
  end
  table.sort(globals, function(a, b) return a.name < b.name end)
  return table.move(globals, 1, #globals, #list + 1, list)
end

local function is_tensor(v)
  return type(v) == "userdata" and require "mlrt".is_tensor(v)
end

local function size_of(v)
  if not is_tensor(v) then return nil end
  local ok, n = pcall(function() return v:numel() * v:element_size() end)
  return ok and n or nil -- it may have been freed
end

local function one_line(text, width)
  text = text:gsub("%s+", " ")
  if (utf8.len(text) or #text) <= width then return text end
  return text:sub(1, (utf8.offset(text, math.max(1, width - 2)) or 2) - 1)
    .. "..."
end

local function who_line(one, width)
  local size = size_of(one.value)
  local tail = size and "  " .. bytes_text(size) or ""
  local text = type(one.value) == "table" and show.value(one.value)
    or show.brief(one.value)
  return ("%-12s %s%s"):format(one.name, one_line(text,
    math.max(10, width - 14 - #tail)), tail)
end

local function who(self)
  local list, width = variables(self), self.host.size()
  for _, one in ipairs(list) do
    out:write(show.clean(who_line(one, width)), "\n")
  end
  if #list == 0 then out:write "nothing yet\n" end
end
define("who", "", "lists the variables with their shapes and sizes", who)

local function mem(self)
  local m = require "mlrt"
  collectgarbage()
  collectgarbage()
  local info = m.memory()
  out:write(("tensors %s in %d, most so far %s, kept for reuse %s, Lua %s\n")
    :format(bytes_text(info.live), info.tensors, bytes_text(info.peak),
    bytes_text(info.cached), bytes_text(info.lua)))
  local list = {}
  for _, one in ipairs(variables(self)) do
    one.size = size_of(one.value)
    if one.size then list[#list + 1] = one end
  end
  table.sort(list, function(a, b) return a.size > b.size end)
  for i = 1, math.min(#list, 5) do
    out:write(("  %-12s %-30s %s\n"):format(list[i].name,
      show.brief(list[i].value), bytes_text(list[i].size)))
  end
end
define("mem", "", "says what memory is in use, and by what", mem)

-- ---- :load, :reload -------------------------------------------------------

-- Runs a file; what it returns is printed.
local function load_file(self, path)
  path = path:match "^%s*(.-)%s*$"
  path = path:match '^"(.*)"$' or path:match "^'(.*)'$" or path
  if path == "" then path = self.loaded end
  if not path then
    out:write "usage: :load FILE\n"
    return
  end
  self.loaded = path
  local f, err = loadfile(path)
  if not f then
    io.stderr:write(show.clean(err), "\n")
    return
  end
  local values = self.call(self, {f = f, names = {}})
  if values and values.n > 0 then self.print(self, values) end
end
define("load", "FILE", "runs a file, whose globals stay", load_file)

-- Everything in the session that was the old module becomes the new one.
local function replace(self, old, new)
  for _, name in ipairs(self.vars.order) do
    if rawequal(chunk.get(self.vars, name), old) then
      local c = self.vars.cells[name]
      debug.setupvalue(c.f, c.i, new)
    end
  end
  for name, value in next, _G do
    if rawequal(value, old) then _G[name] = new end
  end
end

local function reload(self, name)
  name = name:match "^%s*(.-)%s*$"
  if name == "" then return load_file(self, "") end
  local old = package.loaded[name]
  package.loaded[name] = nil
  local values = self.call(self, {f = function() return require(name) end,
    names = {}})
  if not values then
    package.loaded[name] = old
    return
  end
  if old ~= nil then replace(self, old, values[1]) end
  out:write(("%s %s\n"):format(old ~= nil and "reloaded" or "loaded", name))
end
define("reload", "[MODULE]", "requires it anew; alone: the last :load again",
  reload)

-- ---- The rest -------------------------------------------------------------

local function trace(self)
  out:write(self.trace or "nothing has failed yet", "\n")
end
define("trace", "", "shows the whole stack of the last error", trace)

local function history(self, text)
  local all, n = self.history.entries, math.tointeger(tonumber(text)) or 20
  for i = math.max(1, #all - n + 1), #all do
    out:write(show.clean(all[i]), "\n")
  end
end
define("history", "[N]", "shows the last N entries", history)

define("help", "[NAME]", "the same as ?NAME", function(self, text)
  return require "mlrt.prompt.help"(self, "?" .. text)
end)
define("quit", "", "ends mlrun, as Ctrl-D does", function(self)
  self.over = true
end)

-- A row by its name or by an unambiguous beginning of it.
local function find(word)
  if commands.rows[word] then return commands.rows[word] end
  local found
  for _, row in ipairs(commands.rows) do
    if row.name:sub(1, #word) == word then
      if found then return nil end
      found = row
    end
  end
  return word ~= "" and found or nil
end

return setmetatable(commands, {__call = function(_, self, text)
  local word, rest = text:match "^%s*:%s*(%S*)%s*(.*)$"
  local row = find(word)
  if row then return row.f(self, rest) end
  local names = {}
  for i, name in ipairs(commands.names) do names[i] = ":" .. name end
  io.stderr:write(require "mlrt.options".unknown("command", ":" .. word, names),
    "\n")
end})
