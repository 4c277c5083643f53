-- norms.lua: layers that normalise.

local core = require "mlrt.core"
local fail = require "mlrt.fail"
local init = require "mlrt.nn.initialise"
local layer = require "mlrt.nn.layer"
local show = require "mlrt.nn.show"

local batch_norm, instance_norm = core.batch_norm, core.instance_norm
local layer_norm, rms_norm = core.layer_norm, core.rms_norm
local group_norm = core.group_norm

local norms = {}

local function keep(self, o, ...)
  for _, name in ipairs {...} do self[name] = o[name] end
end

local function refuse(self, x, wanted)
  fail("%s: an input of %s dimensions expected, got shape %s", self.__name,
    wanted, x.shape)
end

-- ---- One value a channel: batch and instance norm -------------------------

local function build(self, o)
  local n = o.num_features
  keep(self, o, "num_features", "eps", "momentum", "affine",
    "track_running_stats")
  self.weight = o.affine and init.ones_(layer.weight(o, n))
  self.bias = o.affine and layer.weight(o, n)
  if o.track_running_stats then
    self:buffer("running_mean", init.blank({n}, o.dtype))
    self:buffer("running_var", init.ones_(init.blank({n}, o.dtype)))
    self:buffer("num_batches_tracked", core.zeros({}, {dtype = "i64"}))
  end
end

local function describe(affine, tracked)
  return function(self)
    return self.num_features .. show.extras(self, "eps", 1e-5, "momentum", 0.1,
      "affine", affine, "track_running_stats", tracked)
  end
end

-- Called with the operation that takes the running statistics first.
local function normalise(self, op, x)
  local own = self.training or not self.track_running_stats
  if self.training and self.track_running_stats then
    self.num_batches_tracked:add_(1)
  end
  return (op(x, self.running_mean, self.running_var, self.weight or nil,
    self.bias or nil, own, self.momentum, self.eps))
end

local FEATURES = "num_features: size, eps: number = 1e-5, "
  .. "momentum: number = 0.1, affine: bool = %s, "
  .. "track_running_stats: bool = %s, dtype: f32|f64 = f32"

local function batch(name, wanted, least, most)
  local cls = layer(name, FEATURES:format(true, true))
  cls.build, cls.describe = build, describe(true, true)
  function cls:forward(x)
    if x.ndim < least or x.ndim > most then refuse(self, x, wanted) end
    return normalise(self, batch_norm, x)
  end
  norms[name] = cls
end

--- Batch normalisation (Ioffe and Szegedy 2015) of x: (N, C) or (N, C, L).
batch("BatchNorm1d", "2 or 3", 2, 3)
--- Batch normalisation of x: (N, C, H, W).
batch("BatchNorm2d", "4", 4, 4)

-- x: (C, ...) with `spaces` dimensions behind C, or (N, C, ...).
local function instance(name, spaces)
  local cls = layer(name, FEATURES:format(false, false))
  cls.build, cls.describe = build, describe(false, false)
  local wanted = ("%d or %d"):format(spaces + 1, spaces + 2)
  function cls:forward(x)
    if x.ndim == spaces + 2 then return normalise(self, instance_norm, x) end
    if x.ndim ~= spaces + 1 then refuse(self, x, wanted) end
    return normalise(self, instance_norm, x:unsqueeze(1)):squeeze(1)
  end
  norms[name] = cls
end

--- Instance normalisation (Ulyanov, Vedaldi and Lempitsky 2016) of x: (N, C,
--- L) or (C, L).
instance("InstanceNorm1d", 1)
--- Instance normalisation of x: (N, C, H, W) or (C, H, W).
instance("InstanceNorm2d", 2)

-- ---- Lines and groups -----------------------------------------------------

--- Normalises the last dimensions, which are normalized_shape, of every sample
--- (Ba, Kiros and Hinton 2016).
local LayerNorm = layer("LayerNorm", "normalized_shape: sizes, "
  .. "eps: number = 1e-5, elementwise_affine: bool = true, "
  .. "bias: bool = true, dtype: f32|f64 = f32")
norms.LayerNorm = LayerNorm

function LayerNorm:build(o)
  local sizes, affine = o.normalized_shape, o.elementwise_affine
  keep(self, o, "normalized_shape", "eps", "elementwise_affine")
  self.weight = affine
    and init.ones_(layer.weight(o, table.unpack(sizes)))
  self.bias = affine and o.bias and layer.weight(o, table.unpack(sizes))
end

function LayerNorm:forward(x)
  return (layer_norm(x, self.normalized_shape, self.weight or nil,
    self.bias or nil, self.eps))
end

function LayerNorm:describe()
  local bias = self.elementwise_affine and show.bias(self) or ""
  return show.value(self.normalized_shape) .. show.extras(self, "eps", 1e-5,
    "elementwise_affine", true) .. bias
end

--- Divides the last dimensions, which are normalized_shape, of every sample by
--- their root mean square (Zhang and Sennrich 2019).
local RMSNorm = layer("RMSNorm", "normalized_shape: sizes, eps: number?, "
  .. "elementwise_affine: bool = true, dtype: f32|f64 = f32")
norms.RMSNorm = RMSNorm

function RMSNorm:build(o)
  keep(self, o, "normalized_shape", "eps", "elementwise_affine")
  self.weight = o.elementwise_affine
    and init.ones_(layer.weight(o, table.unpack(o.normalized_shape)))
end

function RMSNorm:forward(x)
  return (rms_norm(x, self.normalized_shape, self.weight or nil, self.eps))
end

function RMSNorm:describe()
  return show.value(self.normalized_shape) .. show.extras(self, "eps", nil,
    "elementwise_affine", true)
end

--- Normalises groups of channels of every sample of x: (N, C, ...) (Wu and He
--- 2018).
local GroupNorm = layer("GroupNorm", "num_groups: size, num_channels: size, "
  .. "eps: number = 1e-5, affine: bool = true, dtype: f32|f64 = f32")
norms.GroupNorm = GroupNorm

function GroupNorm:build(o)
  local channels = o.num_channels
  if channels % o.num_groups ~= 0 then
    fail("nn.GroupNorm: num_groups = %d should divide num_channels = %d",
      o.num_groups, channels)
  end
  keep(self, o, "num_groups", "num_channels", "eps", "affine")
  self.weight = o.affine and init.ones_(layer.weight(o, channels))
  self.bias = o.affine and layer.weight(o, channels)
end

function GroupNorm:forward(x)
  return (group_norm(x, self.num_groups, self.weight or nil, self.bias or nil,
    self.eps))
end

function GroupNorm:describe()
  return ("%d, %d%s"):format(self.num_groups, self.num_channels,
    show.extras(self, "eps", 1e-5, "affine", true))
end

return norms
