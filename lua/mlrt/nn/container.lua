-- container.lua: modules made of modules in a row, and lists of parameters.

local class = require "mlrt.class"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local Module = require "mlrt.nn.module"

local is_tensor = core.is_tensor

-- The items of a list are its fields 1, 2, ..., so that list[i], ipairs, # and
-- names like "3.weight" work by themselves.
local List = class("List", Module)

-- Is it a table that holds items, and not an item?
local function is_plain(v)
  return type(v) == "table" and getmetatable(v) == nil
end

-- Takes items, or one plain table of them.
function List:init(...)
  local items = {...}
  if #items == 1 and is_plain(items[1]) then items = items[1] end
  self:extend(items)
end

-- What an item may be; ParameterList has another.
List.wanted = "module"

function List:check(item) -- luacheck: ignore self
  return Module.is_module(item) and item
end

local function checked(self, item, at)
  return self:check(item) or fail("%s: item %d should be a %s, got a %s",
    self.__name, at, self.wanted, type(item))
end

--- Adds an item at the end; returns self.
function List:append(item)
  local at = rawlen(self) + 1
  self[at] = checked(self, item, at)
  return self
end

-- A position from 1 to `last`, also counted from the end.
local function position(self, what, i, last)
  local n = math.tointeger(i)
  if n and n < 0 then n = n + rawlen(self) + 1 end
  if not n or n < 1 or n > last then
    fail("%s:%s: position %s is out of range 1..%d", self.__name, what,
      tostring(i), last)
  end
  return n
end

--- Puts an item at a position, the later ones moving up; returns self.
function List:insert(i, item)
  local n = rawlen(self)
  i = position(self, "insert", i, n + 1)
  item = checked(self, item, i)
  for k = n, i, -1 do self[k + 1] = self[k] end
  self[i] = item
  return self
end

--- Adds the items of a table or list at the end; returns self.
function List:extend(items)
  if type(items) ~= "table" then
    fail("%s:extend: a table of %ss expected, got a %s", self.__name,
      self.wanted, type(items))
  end
  for i = 1, rawlen(items) do self:append(items[i]) end
  return self
end

--- Takes out the item at a position (the last), and returns it.
function List:pop(i)
  local n = rawlen(self)
  i = position(self, "pop", i or n, n)
  local item = self[i]
  for k = i, n do self[k] = self[k + 1] end
  return item
end

--- A new list of the same class, of the items i to j (the last one).
function List:slice(i, j)
  local n = rawlen(self)
  i, j = position(self, "slice", i or 1, n), position(self, "slice", j or n, n)
  return getmetatable(self)({table.unpack(self, i, j)})
end

function List:__len()
  return rawlen(self)
end

-- list[-1] is the last one.  Only keys that hold nil come here.
local function index_of(cls)
  return function(self, key)
    if math.type(key) == "integer" and key < 0 then
      return rawget(self, rawlen(self) + 1 + key)
    end
    return cls[key]
  end
end

-- The options from which save and load rebuild it.
function List:config()
  return {table.unpack(self, 1, rawlen(self))}
end

--- nn.Sequential(a, b, ...): calls its modules one after the other.
local Sequential = class("Sequential", List)
Sequential.__index = index_of(Sequential)

function Sequential:forward(x)
  for i = 1, rawlen(self) do
    local layer = self[i]
    x = layer(x)
  end
  return x
end

--- nn.ModuleList{a, b, ...}: modules kept in a list, without a forward.
local ModuleList = class("ModuleList", List)
ModuleList.__index = index_of(ModuleList)

function ModuleList:forward() -- luacheck: ignore self
  fail("ModuleList has no forward: call its items")
end

-- ---- ModuleDict -----------------------------------------------------------

--- nn.ModuleDict{enc = a, dec = b}, or in an order of one's own
--- nn.ModuleDict{{"enc", a}, {"dec", b}}: modules kept by name, without a
--- forward.  Fields are read and written as in any module; d:pairs() goes
--- through them in order (of a plain table: that of the names).
local ModuleDict = class("ModuleDict", Module)

local function items_of(self)
  local items = {}
  for _, name in ipairs(self._fields) do
    local child = rawget(self, name)
    if Module.is_module(child) then items[#items + 1] = {name, child} end
  end
  return items
end

local function named_items(modules)
  local items = {}
  for key, value in pairs(modules) do
    if type(key) == "string" then items[#items + 1] = {key, value} end
  end
  table.sort(items, function(a, b) return a[1] < b[1] end)
  for _, item in ipairs(modules) do items[#items + 1] = item end
  return items
end

function ModuleDict:init(modules)
  if Module.is_module(modules) and modules.keys then
    modules = items_of(modules)
  end
  if modules ~= nil and (type(modules) ~= "table" or getmetatable(modules)) then
    fail("ModuleDict: a table of modules expected, got a %s", type(modules))
  end
  for _, item in ipairs(named_items(modules or {})) do
    if type(item) ~= "table" or type(item[1]) ~= "string"
        or not Module.is_module(item[2]) then
      fail("ModuleDict: names with modules expected; got %s with a %s",
        tostring(type(item) == "table" and item[1] or item),
        type(type(item) == "table" and item[2]))
    end
    self[item[1]] = item[2]
  end
end

--- For loops: name, module.
function ModuleDict:pairs()
  local items, i = items_of(self), 0
  return function()
    i = i + 1
    if items[i] then return items[i][1], items[i][2] end
  end
end

--- The names, as a list.
function ModuleDict:keys()
  local names = {}
  for i, item in ipairs(items_of(self)) do names[i] = item[1] end
  return names
end

function ModuleDict:__len()
  return #items_of(self)
end

--- The modules, as a list.
function ModuleDict:values()
  return self:children()
end

ModuleDict.items = ModuleDict.pairs

--- Is there a module of this name?
function ModuleDict:has(name)
  return Module.is_module(rawget(self, name))
end

--- Takes the module of a name out, and returns it.
function ModuleDict:pop(name)
  local module = rawget(self, name)
  if not Module.is_module(module) then
    fail("ModuleDict:pop: there is no '%s'", tostring(name))
  end
  self[name] = nil
  return module
end

--- Adds modules, as the constructor takes them; returns self.
function ModuleDict:update(modules)
  ModuleDict.init(self, modules)
  return self
end

--- Takes all modules out; returns self.
function ModuleDict:clear()
  for _, name in ipairs(self:keys()) do self[name] = nil end
  return self
end

function ModuleDict:config()
  return items_of(self)
end

function ModuleDict:forward() -- luacheck: ignore self
  fail("ModuleDict has no forward: call its items")
end

-- ---- Parameters -----------------------------------------------------------

--- nn.ParameterList{a, b, ...}: parameters kept in a list; a tensor that is
--- none becomes one.
local ParameterList = class("ParameterList", List)
ParameterList.__index = index_of(ParameterList)
ParameterList.wanted = "tensor"

function ParameterList:check(item) -- luacheck: ignore self
  if not is_tensor(item) then return nil end
  return Module.is_parameter(item) and item or Module.Parameter(item)
end

function ParameterList:config()
  local blanks = {}
  for i = 1, rawlen(self) do blanks[i] = self[i]:detach() end
  return blanks
end

function ParameterList:describe()
  local shapes = {}
  for i = 1, rawlen(self) do shapes[i] = tostring(self[i].shape) end
  return table.concat(shapes, ", ")
end

function ParameterList:forward() -- luacheck: ignore self
  fail("ParameterList has no forward: use its items")
end

--- nn.ParameterDict{weight = a, bias = b}: parameters kept by name, in the
--- order of their names.
local ParameterDict = class("ParameterDict", Module)

function ParameterDict:init(parameters)
  if parameters ~= nil and not is_plain(parameters) then
    fail("ParameterDict: a table of tensors expected, got a %s",
      type(parameters))
  end
  for _, item in ipairs(named_items(parameters or {})) do
    if not is_plain(item) or not is_tensor(item[2]) then
      fail "ParameterDict: names with tensors expected"
    end
    local name, t = item[1], item[2]
    self[name] = Module.is_parameter(t) and t or Module.Parameter(t)
  end
end

--- The names, as a list.
function ParameterDict:keys()
  local names = {}
  for _, name in ipairs(self._fields) do
    if is_tensor(rawget(self, name)) then names[#names + 1] = name end
  end
  return names
end

--- For loops: name, parameter.
function ParameterDict:pairs()
  local names, i = self:keys(), 0
  return function()
    i = i + 1
    if names[i] then return names[i], self[names[i]] end
  end
end

ParameterDict.items = ParameterDict.pairs

--- Adds parameters, as the constructor takes them; returns self.
function ParameterDict:update(parameters)
  ParameterDict.init(self, parameters)
  return self
end

function ParameterDict:__len()
  return #self:keys()
end

function ParameterDict:config()
  local list = {}
  for i, name in ipairs(self:keys()) do
    list[i] = {name, self[name]:detach()}
  end
  return list
end

function ParameterDict:forward() -- luacheck: ignore self
  fail("ParameterDict has no forward: use its items")
end

return {Sequential = Sequential, ModuleList = ModuleList,
  ModuleDict = ModuleDict, ParameterList = ParameterList,
  ParameterDict = ParameterDict}
