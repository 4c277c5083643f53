-- class.lua: classes with single inheritance, and nothing else.
--
--   local Dog = class("Dog", Animal)
--   function Dog:init(name) Animal.init(self); self.name = name end
--   local rex = Dog("Rex")
--
-- An instance's metatable is its class, so metamethods are ordinary fields
-- (`function Dog:__tostring()`); those of the parent are copied when the class
-- is made, because Lua does not look for metamethods through __index.

local function new(cls, ...)
  local object = setmetatable({}, cls)
  object:init(...)
  return object
end

local function show(cls)
  return "class " .. cls.__name
end

--- A new class.  `parent` may be nil; its `new(cls, ...)`, if it has one,
--- makes the instances in place of the plain one above.
local function class(name, parent)
  local cls = {}
  for key, value in pairs(parent or {}) do
    if type(key) == "string" and key:sub(1, 2) == "__" then
      cls[key] = value
    end
  end
  cls.__index, cls.__name = cls, name
  return setmetatable(cls, {
    __index = parent,
    __call = parent and parent.new or new,
    __tostring = show,
  })
end

return class
