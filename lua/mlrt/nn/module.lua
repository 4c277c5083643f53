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

local is_tensor = core.is_tensor

local Module = class "Module"

-- ---- Fields ---------------------------------------------------------------

-- _fields holds the names in order, _kinds by name true, "buffer" or "unsaved"
-- (a buffer that is no part of the state); _hooks is false or hooks.lua's.
function Module.new(cls, ...)
  local self = setmetatable(
    {_fields = {}, _kinds = {}, _hooks = false, training = true}, cls)
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

--- Makes `tensor` a buffer: saved with the module (unless persistent is false)
--- and converted by `to`, but not trained.  Returns it.
function Module:buffer(name, tensor, persistent)
  if not is_tensor(tensor) then
    fail("%s:buffer: %s should be a tensor, got a %s", self.__name,
      tostring(name), type(tensor))
  end
  self[name] = tensor
  note(self, name, persistent == false and "unsaved" or "buffer")
  return tensor
end

Module.register_buffer = Module.buffer

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

--- Is it a parameter: made by nn.Parameter, or a leaf that requires grad?
function Module.is_parameter(value)
  return is_tensor(value)
    and (marked[value] or value.is_leaf and value.requires_grad)
end

-- "parameter", "buffer" or nil: what the field is at this moment.
local function kind_of(self, name, value)
  if not is_tensor(value) then return nil end
  local kind = self._kinds[name]
  if kind == "buffer" or kind == "unsaved" then return "buffer" end
  return Module.is_parameter(value) and "parameter" or nil
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

-- A lazy layer that has not run has no parameters to give.
local function check_sizes(self, what)
  walk(self, function(path, module)
    if module._lazy then
      fail("%s:%s: the input size of %s%s is not known yet; run the network "
        .. "on an input first", self.__name, what, path == "" and ""
        or path .. " ", module:title())
    end
  end, nil, "", {})
end

--- The parameters as a list, each once, in order.
function Module:parameters()
  check_sizes(self, "parameters")
  return values_of(once(tensors_of(self, "parameter")))
end

--- For loops: path, parameter.
function Module:named_parameters()
  check_sizes(self, "named_parameters")
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

local function children_of(self)
  local list = {}
  for _, name in ipairs(self._fields) do
    local child = rawget(self, name)
    if is_module(child) then list[#list + 1] = {tostring(name), child} end
  end
  return list
end

--- The modules directly below, as a list.
function Module:children()
  return values_of(children_of(self))
end

--- For loops: name, module directly below.
function Module:named_children()
  return iterate(children_of(self))
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

-- ---- Parts by path --------------------------------------------------------

--- The module or tensor at a path such as "encoder.2.weight"; raises when there
--- is none.
function Module:get(path)
  local v = self
  for name in tostring(path):gmatch "[^.]+" do
    v = is_module(v) and rawget(v, math.tointeger(tonumber(name)) or name)
    if not v then
      fail("%s:get: there is no '%s' (%s is missing)", self.__name, path, name)
    end
  end
  return v
end

Module.get_submodule, Module.get_parameter = Module.get, Module.get
Module.get_buffer = Module.get

--- The same as self[name] = module.
function Module:add_module(name, module)
  self[name] = module
end

Module.register_module = Module.add_module

--- The same as self[name] = parameter.
function Module:register_parameter(name, parameter)
  self[name] = parameter
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
  for _, entry in ipairs(tensors_of(self, "parameter")) do
    entry[2].grad = nil
  end
end

--- Whether the parameters are trained; returns self.
function Module:requires_grad_(on)
  for _, p in ipairs(self:parameters()) do p.requires_grad = on ~= false end
  return self
end

--- Converts every floating-point parameter and buffer to `dtype` ("f32" or
--- "f64"); returns self.  The parameters are new tensors afterwards: make the
--- optimizer after this call.
function Module:to(dtype)
  if dtype ~= "f32" and dtype ~= "f64" then
    fail("%s:to: argument 'dtype': \"f32\" or \"f64\" expected, got %s",
      self.__name, tostring(dtype))
  end
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
  for _, module in ipairs(self:modules()) do
    if module._lazy then module._options.dtype = dtype end
  end
  return self
end

--- to "f32"
function Module:float()
  return self:to "f32"
end

--- to "f64"
function Module:double()
  return self:to "f64"
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

local function run_forward(self, ...)
  if observer then return observer(self, ...) end
  return self:forward(...)
end

--- module(x): runs forward.
function Module:__call(...)
  if self._hooks then return pass(self:run_hooked(run_forward, ...)) end
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
Module.tensors_of, Module.check_sizes = tensors_of, check_sizes

return Module
