-- prompt: reads, runs and prints, as `mlrun` without a script does.
--
--   session = require "mlrt.prompt"(host)     -- the table of mlrun_prompt.c
--   while session() do end
--
-- One turn reads a line, or as many as a chunk needs, and does what it says:
-- an expression is printed unless it ends in a semicolon, `:word` is a command,
-- `?word` asks for help.  Only chunk.lua knows how locals stay, show.lua how a
-- value looks, errors.lua how a failure does.  What is seldom needed is loaded
-- when it is: the first prompt should be there at once.

local chunk = require "mlrt.prompt.chunk"
local errors = require "mlrt.prompt.errors"
local history = require "mlrt.prompt.history"
local show = require "mlrt.prompt.show"

local out, err_out = io.stdout, io.stderr

local function lazily(name)
  return function(...) return require("mlrt.prompt." .. name)(...) end
end

local help, command = lazily "help", lazily "commands"

-- What is there without being asked for, once it is mentioned.
local presets = {
  m = function() return require "mlrt" end,
  mlrt = function() return require "mlrt" end,
  nn = function() return require "mlrt.nn" end,
}

-- ---- Reading --------------------------------------------------------------

local function prompt_text(name, default)
  local value = rawget(_G, name)
  return value == nil and default or tostring(value)
end

-- The next line; nil at the end, false if Ctrl-C dropped it.
local function read(self, first)
  local ahead = first and self.ahead
  if ahead then
    self.ahead = nil
    return ahead
  end
  out:flush()
  local line = self.host.read(first and prompt_text("_PROMPT", "> ")
    or prompt_text("_PROMPT2", ">> "))
  if line == false then out:write "\n" end
  return line
end

-- Adds lines until the text is a chunk, or wrong.
local function read_rest(self, text)
  while chunk.unfinished(text) do
    local line = read(self, false)
    if line == false then return false end
    if not line then break end
    text = text .. "\n" .. line
  end
  return text
end

-- ---- Calling --------------------------------------------------------------

-- What is left of an error when its handler is done: a text, or {report =}.
local function handler(self, compiled)
  return function(err)
    local level = errors.level_of(compiled.f)
    local report = {message = errors.message(err)}
    report.way = errors.way(level or math.huge)
    if level then
      chunk.rescue(self.vars, compiled, level)
      report.trace = debug.traceback(report.message, 2)
    end
    return report
  end
end

local function report_error(self, report)
  if type(report) ~= "table" then report = {message = tostring(report)} end
  self.trace = report.trace or report.message
  out:flush()
  err_out:write(report.message, "\n")
  for _, line in ipairs(report.way or {}) do err_out:write(line, "\n") end
  err_out:flush()
end

-- Results are _1, _2...; _ is the first.
local function keep_results(self, values)
  for i = 1, math.min(values.n, 9) do
    chunk.set(self.vars, "_" .. i, values[i])
  end
  if values.n > 0 then chunk.set(self.vars, "_", values[1]) end
end

local function print_text(text)
  out:write(text, "\n")
end

local function plain_handler(err)
  return {message = errors.message(err)}
end

-- Is print not the library's? It may have been replaced before this was loaded,
-- so one that is written in C is taken for the library's.
local function is_print_replaced()
  return type(print) ~= "function" or debug.getinfo(print, "S").what ~= "C"
end

local function print_error(err)
  return {message = ("error calling 'print' (%s)"):format(errors.message(err))}
end

-- Prints values, which may take long and may fail, as a call. As in lua5.4's
-- prompt, whoever replaces `print` replaces this.
local function print_values(self, values)
  show.width = self.host.size()
  local ok, text
  if is_print_replaced() then
    ok, text = self.host.guard(print_error, print,
      table.unpack(values, 1, values.n))
  else
    ok, text = self.host.guard(plain_handler, show.values, values)
    if ok then ok, text = self.host.guard(plain_handler, print_text, text) end
  end
  if not ok then report_error(self, text) end
end

--- Runs a compiled chunk.  Returns its values, or nil when it failed and that
--- was said.
local function call(self, compiled)
  local values = table.pack(self.host.guard(handler(self, compiled),
    compiled.f))
  if not values[1] then
    report_error(self, values[2])
    return nil
  end
  return table.pack(table.unpack(values, 2, values.n))
end

-- What other prompts understand, as long as it means nothing here.
local asked_elsewhere = {help = true, quit = true, exit = true}

local function is_asked_elsewhere(self, text)
  local word = text:match "^%s*(%l+)%s*%(?%s*%)?%s*;?%s*$"
  return asked_elsewhere[word] and chunk.find(self.vars, word) == nil
end

-- Compiles and runs a text, prints what it gives.
local function run(self, text)
  if is_asked_elsewhere(self, text) then
    return print_text "? helps, :quit or Ctrl-D ends"
  end
  local compiled, err = chunk.compile(self.vars, text)
  if not compiled then
    out:flush()
    err_out:write(errors.syntax(text, err), "\n")
    return
  end
  local values = call(self, compiled)
  if compiled.closing then
    out:write "(what is marked <close> ended with this line)\n"
  end
  if not values or values.n == 0 then return end
  keep_results(self, values)
  if not compiled.silent then print_values(self, values) end
end

-- ---- A turn ---------------------------------------------------------------

-- A long text page by page, where somebody can ask for the next.  Another line
-- than an empty one ends it, and is read as if typed at the prompt.
local function put_pages(self, text)
  local rows = math.max(5, (select(2, self.host.size())))
  local shown = 0
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    if self.host.editing and shown == rows - 1 then
      out:flush()
      local more = self.host.read "-- Return: more; q: enough -- "
      if more ~= "" then
        if more and more ~= "q" then self.ahead = more end
        return
      end
      shown = 0
    end
    out:write(line, "\n")
    shown = shown + 1
  end
end

local function dispatch(self, text)
  local f = text:find "^%s*%?" and help or text:find "^%s*:[^:]" and command
  if not f then return run(self, text) end
  show.width = self.host.size()
  local ok, result = self.host.guard(plain_handler, f, self, text)
  if not ok then return report_error(self, result) end
  if type(result) == "string" then put_pages(self, result) end
end

local function turn(self)
  local text = read(self, true)
  if text == nil then
    out:write "\n"
    return false
  end
  if not text or not text:find "%S" then return true end
  if not text:find "^%s*%?" and not text:find "^%s*:[^:]" then
    text = read_rest(self, (text:gsub("^%s*=", "return ", 1)))
  end
  if text then
    history.add(self.history, text)
    dispatch(self, text)
  end
  return not self.over
end

local function banner(host)
  return ("mlrt %s in %s; ? helps, Tab completes, Ctrl-D ends"):format(
    host.version, _VERSION)
end

return function(host)
  local self = {host = host, vars = chunk.variables(presets), globals = {},
    run = run, call = call, print = print_values, error = report_error}
  for name in next, _G do self.globals[name] = true end
  host.editing = host.open(function(text)
    return require "mlrt.prompt.complete"(self, text)
  end)
  self.history = history.open(host)
  out:write(banner(host), "\n")
  return function() return turn(self) end
end
