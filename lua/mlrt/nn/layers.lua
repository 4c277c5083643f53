-- layers.lua: the layers with weights, and those that depend on the mode.
--
-- Shapes: N samples, C channels, H height, W width, F features.  Names,
-- defaults and initial weights are PyTorch's.

local core = require "mlrt.core"
local fail = require "mlrt.fail"
local init = require "mlrt.nn.initialise"
local layer = require "mlrt.nn.layer"
local Module = require "mlrt.nn.module"

local Parameter = Module.Parameter
local linear, conv2d, batch_norm = core.linear, core.conv2d, core.batch_norm
local max_pool2d, avg_pool2d = core.max_pool2d, core.avg_pool2d
local dropout, flatten = core.dropout, core.flatten

local layers = {}

local function weight_of(o, ...)
  return Parameter(init.blank({...}, o.dtype))
end

-- A pair of sizes as (3, 3), or 3.
local function pair_text(v)
  return type(v) == "table" and ("(%d, %d)"):format(v[1], v[2]) or tostring(v)
end

local function unpack_pair(v)
  if type(v) == "table" then return v[1], v[2] end
  return v, v
end

-- ", name=value" for those of the named fields that differ from the default.
local function extras(self, ...)
  local parts = {}
  for i = 1, select("#", ...), 2 do
    local name, default = select(i, ...)
    local text = pair_text(self[name])
    if text ~= tostring(default) then
      parts[#parts + 1] = (", %s=%s"):format(name, text)
    end
  end
  return table.concat(parts)
end

local function bias_text(self)
  return self.bias and "" or ", bias=false"
end

-- ---- Linear ---------------------------------------------------------------

--- y = x weight^T + bias.  x: (..., in_features), y: (..., out_features).
local Linear = layer("Linear", "in_features: size, out_features: size, "
  .. "bias: bool = true, dtype: f32|f64 = f32")
layers.Linear = Linear

function Linear:build(o)
  self.in_features, self.out_features = o.in_features, o.out_features
  self.weight = weight_of(o, o.out_features, o.in_features)
  self.bias = o.bias and weight_of(o, o.out_features)
  init.default_(self.weight, self.bias)
end

function Linear:forward(x)
  return linear(x, self.weight, self.bias or nil)
end

function Linear:describe()
  return ("%d -> %d%s"):format(self.in_features, self.out_features,
    bias_text(self))
end

-- ---- Convolution and pooling ----------------------------------------------

--- 2-D convolution.  x: (N, in_channels, H, W); weight: (out_channels,
--- in_channels / groups, kernel...).
local Conv2d = layer("Conv2d", "in_channels: size, out_channels: size, "
  .. "kernel_size: pair, stride: pair = 1, padding: pair = 0, "
  .. "dilation: pair = 1, groups: size = 1, bias: bool = true, "
  .. "dtype: f32|f64 = f32")
layers.Conv2d = Conv2d

function Conv2d:build(o)
  if o.in_channels % o.groups ~= 0 or o.out_channels % o.groups ~= 0 then
    fail("nn.Conv2d: groups = %d should divide in_channels = "
      .. "%d and out_channels = %d", o.groups, o.in_channels, o.out_channels)
  end
  for _, name in ipairs {"in_channels", "out_channels", "kernel_size",
    "stride", "padding", "dilation", "groups"} do self[name] = o[name] end
  local height, width = unpack_pair(o.kernel_size)
  self.weight = weight_of(o, o.out_channels, o.in_channels // o.groups,
    height, width)
  self.bias = o.bias and weight_of(o, o.out_channels)
  init.default_(self.weight, self.bias)
end

function Conv2d:forward(x)
  return conv2d(x, self.weight, self.bias or nil, self.stride, self.padding,
    self.dilation, self.groups)
end

function Conv2d:describe()
  return ("%d -> %d, kernel_size=%s%s%s"):format(self.in_channels,
    self.out_channels, pair_text(self.kernel_size), extras(self, "stride", 1,
    "padding", 0, "dilation", 1, "groups", 1), bias_text(self))
end

--- The largest value in each window; stride defaults to the window's size.
local MaxPool2d = layer("MaxPool2d",
  "kernel_size: pair, stride: pair?, padding: pair = 0")
layers.MaxPool2d = MaxPool2d

function MaxPool2d:build(o)
  self.kernel_size, self.stride = o.kernel_size, o.stride or o.kernel_size
  self.padding = o.padding
end

function MaxPool2d:forward(x)
  return (max_pool2d(x, self.kernel_size, self.stride, self.padding))
end

function MaxPool2d:describe()
  return "kernel_size=" .. pair_text(self.kernel_size) .. extras(self,
    "stride", pair_text(self.kernel_size), "padding", 0)
end

--- The mean of each window; stride defaults to the window's size.
local AvgPool2d = layer("AvgPool2d",
  "kernel_size: pair, stride: pair?, padding: pair = 0")
layers.AvgPool2d = AvgPool2d
AvgPool2d.build, AvgPool2d.describe = MaxPool2d.build, MaxPool2d.describe

function AvgPool2d:forward(x)
  return avg_pool2d(x, self.kernel_size, self.stride, self.padding)
end

-- ---- Batch normalisation --------------------------------------------------

local BATCH_NORM = "num_features: size, eps: number = 1e-5, "
  .. "momentum: number = 0.1, affine: bool = true, "
  .. "track_running_stats: bool = true, dtype: f32|f64 = f32"

local function build_norm(self, o)
  local function blank() return init.blank({o.num_features}, o.dtype) end
  for _, name in ipairs {"num_features", "eps", "momentum", "affine",
    "track_running_stats"} do self[name] = o[name] end
  self.weight = o.affine and Parameter(init.ones_(blank()))
  self.bias = o.affine and Parameter(blank())
  if o.track_running_stats then
    self:buffer("running_mean", blank())
    self:buffer("running_var", init.ones_(blank()))
    self:buffer("num_batches_tracked", core.zeros({}, {dtype = "i64"}))
  end
end

local function refuse(self, x, wanted)
  fail("%s: an input of %s dimensions expected, got shape %s", self.__name,
    wanted, x.shape)
end

local function normalise(self, x)
  if self.training and self.track_running_stats then
    self.num_batches_tracked:add_(1)
  end
  return (batch_norm(x, self.running_mean, self.running_var,
    self.weight or nil, self.bias or nil,
    self.training or not self.track_running_stats, self.momentum, self.eps))
end

local function describe_norm(self)
  return self.num_features .. extras(self, "eps", 1e-5, "momentum", 0.1,
    "affine", true, "track_running_stats", true)
end

--- Batch normalisation (Ioffe and Szegedy 2015) of x: (N, C) or (N, C, L).
local BatchNorm1d = layer("BatchNorm1d", BATCH_NORM)
layers.BatchNorm1d = BatchNorm1d
BatchNorm1d.build, BatchNorm1d.describe = build_norm, describe_norm

function BatchNorm1d:forward(x)
  if x.ndim ~= 2 and x.ndim ~= 3 then refuse(self, x, "2 or 3") end
  return normalise(self, x)
end

--- Batch normalisation of x: (N, C, H, W).
local BatchNorm2d = layer("BatchNorm2d", BATCH_NORM)
layers.BatchNorm2d = BatchNorm2d
BatchNorm2d.build, BatchNorm2d.describe = build_norm, describe_norm

function BatchNorm2d:forward(x)
  if x.ndim ~= 4 then refuse(self, x, "4") end
  return normalise(self, x)
end

-- ---- Dropout and shapes ---------------------------------------------------

--- While training, sets each element to 0 with probability p and divides the
--- others by 1 - p (Srivastava et al. 2014); otherwise does nothing.
local Dropout = layer("Dropout", "p: number = 0.5, generator: any?")
layers.Dropout = Dropout

function Dropout:build(o)
  if not (o.p >= 0 and o.p <= 1) then
    fail("nn.Dropout: p should be between 0 and 1, got %g", o.p)
  end
  self.p, self.generator = o.p, o.generator
end

function Dropout:forward(x)
  if not self.training then return x end
  return (dropout(x, self.p, true, self.generator))
end

function Dropout:config()
  return {p = self.p}
end

function Dropout:describe()
  return ("p=%g"):format(self.p)
end

--- Joins dimensions start_dim to end_dim into one; dimensions count from 1.
local Flatten = layer("Flatten", "start_dim: int = 2, end_dim: int = -1")
layers.Flatten = Flatten

function Flatten:forward(x)
  return flatten(x, self.start_dim, self.end_dim)
end

function Flatten:describe()
  return (extras(self, "start_dim", 2, "end_dim", -1):sub(3))
end

--- Gives back what it gets.
local Identity = layer("Identity", "")
layers.Identity = Identity

function Identity:forward(x) -- luacheck: ignore self
  return x
end

-- ---- Activations ----------------------------------------------------------

local function activation(name, op)
  local cls = layer(name, "")
  function cls:forward(x) -- luacheck: ignore self
    return op(x)
  end
  layers[name] = cls
end

activation("ReLU", core.relu)
activation("Tanh", core.tanh)
activation("Sigmoid", core.sigmoid)

local function along(name, op)
  local cls = layer(name, "dim: int = -1")
  function cls:forward(x)
    return op(x, self.dim)
  end
  function cls:describe()
    return "dim=" .. self.dim
  end
  layers[name] = cls
end

along("Softmax", core.softmax)
along("LogSoftmax", core.log_softmax)

return layers
