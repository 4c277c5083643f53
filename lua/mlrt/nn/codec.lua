-- codec.lua: how m.save writes the library's own modules, and m.load makes
-- them again.
--
-- A module is packed as the options of its constructor, its own tensors by
-- field name, and what was changed of its modes.  Modules below it are among
-- the options (of Sequential and ModuleList).

local core = require "mlrt.core"
local init = require "mlrt.nn.initialise"
local Module = require "mlrt.nn.module"
local save = require "mlrt.save"

local codec = {}

local function own_tensors(module)
  local tensors, frozen = {}, {}
  for _, entry in ipairs(Module.tensors_of(module)) do
    local _, value, owner, name = table.unpack(entry)
    if owner == module then
      tensors[name] = value
      if Module.kind_of(module, name, value) == "parameter"
          and not value.requires_grad then
        frozen[#frozen + 1] = name
      end
    end
  end
  return tensors, frozen
end

function codec.pack(module)
  local tensors, frozen = own_tensors(module)
  return {config = module:config(), tensors = tensors, frozen = frozen,
    training = module.training}
end

-- Parameters by the tensor they were made of, so that what was shared between
-- modules in the file is shared again.
local made = setmetatable({}, {__mode = "kv"})

local function parameter_of(tensor)
  made[tensor] = made[tensor] or Module.Parameter(tensor)
  return made[tensor]
end

local function same_form(a, b)
  return core.is_tensor(b) and a.dtype == b.dtype and a.shape == b.shape
end

local function take_tensors(module, tensors)
  local mine = own_tensors(module)
  for name, tensor in pairs(mine) do
    if not same_form(tensor, tensors[name]) then
      error(name .. " is missing or has another shape or dtype", 0)
    end
    local kind = Module.kind_of(module, name, tensor)
    module[name] = kind == "buffer" and tensors[name]
      or parameter_of(tensors[name])
  end
  for name in pairs(tensors) do
    if not mine[name] then error(tostring(name) .. " is unexpected", 0) end
  end
end

function codec.unpack(class, packed)
  if type(packed.config) ~= "table" or type(packed.tensors) ~= "table"
      or type(packed.frozen) ~= "table" then
    error("malformed", 0)
  end
  local module = init.without(class, packed.config)
  take_tensors(module, packed.tensors)
  for _, name in ipairs(packed.frozen) do
    if not core.is_tensor(module[name]) then error("malformed", 0) end
    module[name].requires_grad = false
  end
  module.training = packed.training ~= false
  return module
end

--- Registers a class under "nn." .. name.
function codec.register(name, class)
  save.register_class("nn." .. name, class, codec)
end

return codec
