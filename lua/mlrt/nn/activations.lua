-- activations.lua: functions of every element as layers, and softmax.

local core = require "mlrt.core"
local init = require "mlrt.nn.initialise"
local layer = require "mlrt.nn.layer"
local show = require "mlrt.nn.show"

local activations = {}

-- A layer that calls op(x, option, ...) with its options in order; they are
-- given as in a constructor: "alpha: number = 1".
local function activation(name, op, signature, ...)
  local cls = layer(name, signature or "")
  local defaults, a, b = {...}, table.unpack(cls.option_names)
  if b then
    function cls:forward(x) return op(x, self[a], self[b]) end
  elseif a then
    function cls:forward(x) return op(x, self[a]) end
  else
    function cls:forward(x) -- luacheck: ignore self
      return op(x)
    end
  end
  function cls:describe()
    return show.only(self, table.unpack(defaults))
  end
  activations[name] = cls
end

activation("ReLU", core.relu)
activation("ReLU6", core.relu6)
activation("Tanh", core.tanh)
activation("Sigmoid", core.sigmoid)
activation("SELU", core.selu)
activation("SiLU", core.silu)
activation("Mish", core.mish)
activation("Hardswish", core.hardswish)
activation("Hardsigmoid", core.hardsigmoid)
activation("Softsign", core.softsign)
activation("LogSigmoid", core.logsigmoid)
activation("Tanhshrink", function(x) return x - x:tanh() end)
activation("LeakyReLU", core.leaky_relu, "negative_slope: number = 0.01",
  "negative_slope", 0.01)
activation("ELU", core.elu, "alpha: number = 1", "alpha", 1)
activation("CELU", core.celu, "alpha: number = 1", "alpha", 1)
activation("GELU", core.gelu, "approximate: none|tanh = none", "approximate",
  "none")
activation("Softplus", core.softplus,
  "beta: number = 1, threshold: number = 20", "beta", 1, "threshold", 20)
activation("Hardtanh", core.hardtanh,
  "min_val: number = -1, max_val: number = 1", "min_val", -1, "max_val", 1)

--- x where it is above 0, weight x elsewhere, the weight being learnt: one, or
--- one for each channel of x: (N, C, ...) (He et al. 2015).
local PReLU = layer("PReLU", "num_parameters: size = 1, init: number = 0.25, "
  .. "dtype: f32|f64 = f32")
activations.PReLU = PReLU

function PReLU:build(o)
  self.num_parameters = o.num_parameters
  self.weight = init.constant_(layer.weight(o, o.num_parameters), o.init)
end

function PReLU:forward(x)
  return core.prelu(x, self.weight)
end

function PReLU:describe()
  return "num_parameters=" .. self.num_parameters
end

-- ---- Along a dimension ----------------------------------------------------

local function along(name, op)
  local cls = layer(name, "dim: int = -1")
  function cls:forward(x)
    return op(x, self.dim)
  end
  function cls:describe()
    return "dim=" .. self.dim
  end
  activations[name] = cls
end

along("Softmax", core.softmax)
along("LogSoftmax", core.log_softmax)
along("Softmin", function(x, dim) return core.softmax(-x, dim) end)

--- The first half of x along dim times the sigmoid of the second (Dauphin et
--- al. 2017).
along("GLU", function(x, dim)
  local parts = x:chunk(2, dim)
  return parts[1] * parts[2]:sigmoid()
end)

return activations
