-- container.lua: modules made of modules in a row.

local class = require "mlrt.class"
local fail = require "mlrt.fail"
local Module = require "mlrt.nn.module"

-- The modules of a list are its fields 1, 2, ..., so that list[i], ipairs, #
-- and names like "3.weight" work by themselves.
local List = class("List", Module)

-- Takes modules, or one plain table of them.
function List:init(...)
  local modules = {...}
  if #modules == 1 and not getmetatable(modules[1])
      and type(modules[1]) == "table" then
    modules = modules[1]
  end
  for _, module in ipairs(modules) do self:append(module) end
end

--- Adds a module at the end; returns self.
function List:append(module)
  if not Module.is_module(module) then
    fail("%s: item %d should be a module, got a %s", self.__name, #self + 1,
      type(module))
  end
  self[rawlen(self) + 1] = module
  return self
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

-- The options from which save and load rebuild a list.
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

local function items_of(self)
  local items = {}
  for _, name in ipairs(self._fields) do
    local child = rawget(self, name)
    if Module.is_module(child) then items[#items + 1] = {name, child} end
  end
  return items
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

function ModuleDict:config()
  return items_of(self)
end

function ModuleDict:forward() -- luacheck: ignore self
  fail("ModuleDict has no forward: call its items")
end

return {Sequential = Sequential, ModuleList = ModuleList,
  ModuleDict = ModuleDict}
