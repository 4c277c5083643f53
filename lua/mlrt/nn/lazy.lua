-- lazy.lua: layers that learn the size of their input from the first one.
--
--   local net = nn.Sequential(nn.LazyConv2d(8, 3), nn.ReLU(), nn.Flatten(),
--     nn.LazyLinear(10))
--   net(m.zeros(1, 1, 28, 28)) -- or net:summary {1, 1, 28, 28}
--   local optimizer = m.optim.Adam(net:parameters())
--
-- LazyLinear(...) takes what Linear takes but in_features, and is a Linear once
-- it has run: the same object, with another class.  Until then it has no
-- parameters, and asking for them is an error.

local conv = require "mlrt.nn.conv"
local layer = require "mlrt.nn.layer"
local layers = require "mlrt.nn.layers"
local norms = require "mlrt.nn.norms"
local show = require "mlrt.nn.show"

local lazy = {}

-- Becomes a layer of the class `cls`, for inputs of `size`: takes over all that
-- a new one has.
local function settle(self, cls, missing, size)
  local o = {}
  for name, value in pairs(self._options) do o[name] = value end
  o[missing] = size
  local made = cls(o)
  for _, name in ipairs {"_fields", "_kinds", "_options"} do
    rawset(self, name, made[name])
  end
  for _, name in ipairs(made._fields) do rawset(self, name, made[name]) end
  rawset(self, "_lazy", nil)
  setmetatable(self, cls)
end

local function config(self)
  local o = {}
  for name, value in pairs(self._options) do o[name] = value end
  return o
end

local function describe(self)
  local o = self._options
  local out = o.out_features or o.out_channels
  return "?" .. (out and " -> " .. out or "") .. (o.kernel_size
    and ", kernel_size=" .. show.value(o.kernel_size) or "")
end

-- size_of(x) is the missing size for an input, from_state(tensors, options)
-- that of a layer whose parameters and buffers are in a state.
local function define(cls, missing, size_of, from_state)
  local name = "Lazy" .. cls.__name
  local Lazy = layer(name, (cls.signature:gsub(missing .. ": size, ", "", 1)))
  Lazy.config, Lazy.describe = config, describe
  function Lazy:build() rawset(self, "_lazy", true) end
  function Lazy:forward(...)
    settle(self, cls, missing, size_of(...))
    return self:forward(...)
  end
  -- Takes the size from a state, if it has this layer's tensors.
  function Lazy:settle_from(tensors)
    local size = from_state(tensors, self._options)
    if size then settle(self, cls, missing, size) end
  end
  lazy[name] = Lazy
end

-- The size of dimension d of a tensor that may be absent.
local function size_at(t, d)
  return t and t.ndim >= d and t.shape[d] or nil
end

define(layers.Linear, "in_features", function(x)
  return x.shape[x.ndim]
end, function(tensors) return size_at(tensors.weight, 2) end)

local function channels(spaces)
  return function(x) return x.shape[math.max(x.ndim - spaces, 1)] end
end

for spaces = 1, 2 do
  local suffix = spaces .. "d"
  define(conv["Conv" .. suffix], "in_channels", channels(spaces),
    function(tensors, o)
      local size = size_at(tensors.weight, 2)
      return size and size * o.groups
    end)
  define(conv["ConvTranspose" .. suffix], "in_channels", channels(spaces),
    function(tensors) return size_at(tensors.weight, 1) end)
  local function features(tensors)
    return size_at(tensors.weight or tensors.running_mean, 1)
  end
  define(norms["BatchNorm" .. suffix], "num_features", function(x)
    return x.shape[math.min(x.ndim, 2)]
  end, features)
  define(norms["InstanceNorm" .. suffix], "num_features", channels(spaces),
    features)
end

return lazy
