-- nn: layers and networks.
--
--   local nn = require "mlrt.nn"
--   local net = nn.Sequential(nn.Linear(784, 128), nn.ReLU(),
--     nn.Linear(128, 10))
--   print(net:summary{1, 784})
--
-- A layer is a module: module.lua says what modules can do.  One's own are
-- made with nn.class:
--
--   local Twice = nn.class "Twice"
--   function Twice:init(size) self.inner = nn.Linear(size, size) end
--   function Twice:forward(x) return self.inner(self.inner(x)) end

local class = require "mlrt.class"
local codec = require "mlrt.nn.codec"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local Module = require "mlrt.nn.module"
local where = require "mlrt.nn.where"

-- These add methods to modules.
require "mlrt.nn.hooks"
require "mlrt.nn.state"
require "mlrt.nn.summary"

local nn = {
  Module = Module,
  Parameter = Module.Parameter,
  init = require "mlrt.nn.initialise",
}

for _, part in ipairs {"container", "layers", "conv", "pools", "norms",
  "activations", "losses", "lazy"} do
  for name, layer in pairs(require("mlrt.nn." .. part)) do
    nn[name] = layer
    codec.register(name, layer)
  end
end

--- A new class of modules, by default a child of nn.Module.  Calling it makes
--- a module and calls its `init` with the arguments.
function nn.class(name, parent)
  if type(name) ~= "string" then
    fail("nn.class: wanted a name, got a %s", type(name))
  end
  return class(name, parent or Module)
end

-- Errors name the module that was being evaluated.
fail.where = where
core.on_error(where)

return nn
