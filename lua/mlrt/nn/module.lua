-- module.lua: nn.Module, what every layer and network is.
--
-- A module is a table with `forward`.  The fields it is given are remembered
-- by name, in the order of their first assignment; which of them are
-- parameters, buffers or modules is looked up when somebody asks.  So a field
-- may be assigned again at any time, and a network's parameters always come in
-- the order in which its author wrote them.
--
-- Calling a module runs `forward` and makes nothing that Lua would have to
-- collect.  Errors inside name the module without a list being kept: the path
-- is read off Lua's own call stack when an error is made (see where.lua).

local class = require "mlrt.class"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local options = require "mlrt.options"

local is_tensor = core.is_tensor

local Module = class "Module"

-- ---- Fields ---------------------------------------------------------------

-- _fields holds the names in order, _kinds by name true or "buffer".
function Module.new(cls, ...)
  local self = setmetatable(
    {_fields = {}, _kinds = {}, training = true}, cls)
  self:init(...)
  return self
end

function Module:init() -- luacheck: ignore self
end

local function is_module(v)
  return type(v) == "table" and rawget(v, "_fields") ~= nil
end

local function note(self, name, kind)
  local fields, kinds = self._fields, self._kinds
  if not kinds[name] then fields[#fields + 1] = name end
  kinds[name] = kind
end

-- Reached for names that hold nil, so later assignments cost nothing.
function Module:__newindex(name, value)
  if (is_module(value) or is_tensor(value))
      and type(getmetatable(self)[name]) == "function" then
    fail("%s: '%s' is a method; choose another name for the field",
      self.__name, tostring(name))
  end
  if not self._kinds[name] then note(self, name, true) end
  rawset(self, name, value)
end

--- Makes `tensor` a buffer: saved with the module and converted by `to`, but
--- not trained.  Returns it.
function Module:buffer(name, tensor)
  if not is_tensor(tensor) then
    fail("%s:buffer: %s should be a tensor, got a %s", self.__name,
      tostring(name), type(tensor))
  end
  self[name] = tensor
  note(self, name, "buffer")
  return tensor
end

-- Tensors made by nn.Parameter, so that one which is frozen stays one.
local marked = setmetatable({}, {__mode = "k"})

--- A parameter over the elements of `tensor`: a leaf that requires grad.
function Module.Parameter(tensor)
  if not is_tensor(tensor) then
    fail("nn.Parameter: wanted a tensor, got a %s", type(tensor))
  end
  local parameter = tensor:detach()
  parameter.requires_grad = true
  marked[parameter] = true
  return parameter
end

-- "parameter", "buffer" or nil: what the field is at this moment.
local function kind_of(self, name, value)
  if not is_tensor(value) then return nil end
  if self._kinds[name] == "buffer" then return "buffer" end
  if marked[value] or value.is_leaf and value.requires_grad then
    return "parameter"
  end
end

-- ---- Walking --------------------------------------------------------------

local function join(path, name)
  return path == "" and tostring(name) or path .. "." .. tostring(name)
end

-- Goes through a module and those inside it, field by field in order:
-- enter(path, module) for each module, then see(path, module, name, value) for
-- each of its fields that is no module (either may be nil).  A module inside
-- itself (a child that knows its parent) is not entered again.
local function walk(self, enter, see, path, inside)
  inside[self] = true
  if enter then enter(path, self) end
  for _, name in ipairs(self._fields) do
    local value = rawget(self, name)
    if not is_module(value) then
      if see then see(join(path, name), self, name, value) end
    elseif not inside[value] then
      walk(value, enter, see, join(path, name), inside)
    end
  end
  inside[self] = nil
end

-- A list of {path, value, owner, name} of every tensor of one kind (nil: of
-- both).  One that is reached by two paths is in it twice.
local function tensors_of(self, kind)
  local list = {}
  walk(self, nil, function(path, module, name, value)
    local found = kind_of(module, name, value)
    if found and (not kind or found == kind) then
      list[#list + 1] = {path, value, module, name}
    end
  end, "", {})
  return list
end

-- The same list with each value once.
local function once(list)
  local seen, kept = {}, {}
  for _, entry in ipairs(list) do
    if not seen[entry[2]] then
      seen[entry[2]], kept[#kept + 1] = true, entry
    end
  end
  return kept
end

local function values_of(list)
  local values = {}
  for i, entry in ipairs(list) do values[i] = entry[2] end
  return values
end

local function iterate(list)
  local i = 0
  return function()
    i = i + 1
    if list[i] then return list[i][1], list[i][2] end
  end
end

--- The parameters as a list, each once, in order.
function Module:parameters()
  return values_of(once(tensors_of(self, "parameter")))
end

--- For loops: path, parameter.
function Module:named_parameters()
  return iterate(once(tensors_of(self, "parameter")))
end

--- The buffers as a list.
function Module:buffers()
  return values_of(once(tensors_of(self, "buffer")))
end

--- For loops: path, buffer.
function Module:named_buffers()
  return iterate(once(tensors_of(self, "buffer")))
end

local function modules_of(self)
  local list = {}
  walk(self, function(path, module)
    list[#list + 1] = {path, module}
  end, nil, "", {})
  return list
end

--- This module and all below it, each once; itself first.
function Module:modules()
  return values_of(once(modules_of(self)))
end

--- For loops: path ("" for this module), module.
function Module:named_modules()
  return iterate(once(modules_of(self)))
end

--- The modules directly below, as a list.
function Module:children()
  local list = {}
  for _, name in ipairs(self._fields) do
    local child = rawget(self, name)
    if is_module(child) then list[#list + 1] = child end
  end
  return list
end

--- Calls f(module) for every module below, then for this one; returns self.
function Module:apply(f)
  for _, child in ipairs(self:children()) do child:apply(f) end
  f(self)
  return self
end

--- The number of elements of all parameters.
function Module:num_parameters()
  local n = 0
  for _, p in ipairs(self:parameters()) do n = n + p:numel() end
  return n
end

-- ---- Modes and gradients --------------------------------------------------

--- Training mode on (or off): dropout drops, batch norm uses the batch.
--- Returns self.
function Module:train(on)
  for _, module in ipairs(self:modules()) do module.training = on ~= false end
  return self
end

--- Evaluation mode; the same as train(false).
function Module:eval()
  return self:train(false)
end

--- Clears the gradients of all parameters.
function Module:zero_grad()
  for _, p in ipairs(self:parameters()) do p.grad = nil end
end

--- Converts every floating-point parameter and buffer to `dtype` ("f32" or
--- "f64"); returns self.  The parameters are new tensors afterwards: make the
--- optimizer after this call.
function Module:to(dtype)
  local converted = {}
  for _, entry in ipairs(tensors_of(self)) do
    local _, old, owner, name = table.unpack(entry)
    if old.dtype ~= dtype and old.dtype:sub(1, 1) == "f" then
      if not converted[old] then
        local new = old:detach():to(dtype)
        if kind_of(owner, name, old) == "parameter" then
          new = Module.Parameter(new)
          new.requires_grad = old.requires_grad
        end
        converted[old] = new
      end
      owner[name] = converted[old]
    end
  end
  return self
end

-- ---- State ----------------------------------------------------------------

--- A copy of every parameter and buffer: a plain table, path -> tensor.
function Module:state()
  local state = {}
  for _, entry in ipairs(tensors_of(self)) do
    state[entry[1]] = entry[2]:detach():clone()
  end
  return state
end

-- What does not match between the list of tensors and the state.
local function compare(list, state)
  local report = {missing = {}, unexpected = {}, mismatched = {}}
  local known = {}
  for _, entry in ipairs(list) do
    local path, mine, theirs = entry[1], entry[2], state[entry[1]]
    known[path] = true
    if theirs == nil then
      table.insert(report.missing, path)
    elseif not is_tensor(theirs) then
      table.insert(report.mismatched, ("%s is a %s"):format(path, type(theirs)))
    elseif mine.shape ~= theirs.shape then
      table.insert(report.mismatched, ("%s has shape %s, the module's %s")
        :format(path, theirs.shape, mine.shape))
    end
  end
  for path in pairs(state) do
    if not known[path] then table.insert(report.unexpected, tostring(path)) end
  end
  table.sort(report.unexpected)
  return report
end

local function report_text(report)
  local lines = {}
  for _, what in ipairs {"missing", "unexpected", "mismatched"} do
    if #report[what] > 0 then
      lines[#lines + 1] = what .. ": " .. table.concat(report[what], ", ")
    end
  end
  return table.concat(lines, "\n  ")
end

local read_load = options("load_state", "state: table, strict: bool = true")

--- Copies a state into the parameters and buffers.  Everything is compared
--- first: a mismatch raises and changes nothing.  With {strict = false} what
--- fits is loaded, and the report {missing=, unexpected=, mismatched=} of the
--- rest is returned.
function Module:load_state(state, opts)
  local o = read_load(state, opts or {})
  local list = tensors_of(self)
  local report = compare(list, state)
  local text = report_text(report)
  if o.strict and text ~= "" then
    fail("%s:load_state: the state does not fit\n  %s", self.__name, text)
  end
  local _ <close> = core.no_grad()
  for _, entry in ipairs(list) do
    local mine, theirs = entry[2], state[entry[1]]
    if is_tensor(theirs) and mine.shape == theirs.shape then
      mine:copy_(theirs)
    end
  end
  return report
end

-- ---- Showing --------------------------------------------------------------

--- What tostring puts between the parentheses, such as "784 -> 10".  Classes
--- override it.
function Module:describe() -- luacheck: ignore self
  return ""
end

-- One line, without the modules below.
function Module:title()
  return ("%s(%s)"):format(self.__name, self:describe())
end

local function show(self, indent, inside)
  if inside[self] then return self.__name .. "(...)" end
  inside[self] = true
  local lines = {}
  for _, name in ipairs(self._fields) do
    local child = rawget(self, name)
    if is_module(child) then
      lines[#lines + 1] = ("%s  (%s): %s"):format(indent, name,
        show(child, indent .. "  ", inside))
    end
  end
  inside[self] = nil
  if #lines == 0 then return self:title() end
  local what = self:describe()
  return ("%s(%s\n%s\n%s)"):format(self.__name, what,
    table.concat(lines, "\n"), indent)
end

function Module:__tostring()
  return show(self, "", {})
end

-- ---- Calling --------------------------------------------------------------

-- Keeps a call of `forward` from being a tail call, which would take the
-- module's frame off the stack that error messages are read from.
local function pass(...)
  return ...
end

local observer -- nil, or what runs in place of forward

--- module(x): runs forward.
function Module:__call(...)
  if observer then return pass(observer(self, ...)) end
  return pass(self:forward(...))
end

function Module:forward()
  fail("%s has no forward", self.__name)
end

--- Runs f with observe(module, ...) called in place of every forward, which it
--- has to call itself.  For summaries; not for use while f is running.
function Module.observed(observe, f, ...)
  local _ <close> = setmetatable({}, {__close = function()
    observer = nil
  end})
  observer = observe
  return pass(f(...))
end

Module.is_module, Module.kind_of = is_module, kind_of
Module.tensors_of = tensors_of

return Module
