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

return {Sequential = Sequential, ModuleList = ModuleList}
