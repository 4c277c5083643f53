-- layer.lua: how the library's own layers are declared.
--
--   local Linear = layer("Linear", "in_features: size, ...")
--   function Linear:build(o) ... end -- o: the options, checked
--
-- The declaration serves the constructor's errors and save/load, which
-- rebuild a layer as Class(config).

local class = require "mlrt.class"
local core = require "mlrt.core"
local init = require "mlrt.nn.initialise"
local options = require "mlrt.options"
local Module = require "mlrt.nn.module"

local layer = {}

local function init_by(read)
  return function(self, ...)
    local o = read(...)
    rawset(self, "_options", o)
    self:build(o)
  end
end

-- The options as they are now: a field of the same name that holds no tensor
-- may have been changed, and `to` may have changed the dtype.
local function config(self)
  local now = {}
  for name, value in pairs(self._options) do
    local field = rawget(self, name)
    if field == nil or core.is_tensor(field) then field = value end
    now[name] = field
  end
  local first = self:parameters()[1]
  if now.dtype and first then now.dtype = first.dtype end
  return now
end

--- A parameter of zeros, of the options' dtype.
function layer.weight(o, ...)
  return Module.Parameter(init.blank({...}, o.dtype))
end

return setmetatable(layer, {__call = function(_, name, signature)
  local cls = class(name, Module)
  local read, names = options("nn." .. name, signature)
  cls.init = init_by(read)
  cls.config = config
  cls.option_names, cls.signature = names, signature
  function cls:build(o)
    for _, option in ipairs(names) do self[option] = o[option] end
  end
  return cls
end})
