-- conv.lua: convolutions.

local core = require "mlrt.core"
local fail = require "mlrt.fail"
local init = require "mlrt.nn.initialise"
local layer = require "mlrt.nn.layer"
local show = require "mlrt.nn.show"

local conv2d = core.conv2d

local convs = {}

local function unpack_pair(v)
  if type(v) == "table" then return v[1], v[2] end
  return v, v
end

local function check_groups(self, o)
  if o.in_channels % o.groups ~= 0 or o.out_channels % o.groups ~= 0 then
    fail("nn.%s: groups = %d should divide in_channels = %d and "
      .. "out_channels = %d", self.__name, o.groups, o.in_channels,
      o.out_channels)
  end
end

local function describe(self)
  return ("%d -> %d, kernel_size=%s%s%s"):format(self.in_channels,
    self.out_channels, show.value(self.kernel_size), show.extras(self,
    "stride", 1, "padding", 0, "dilation", 1, "groups", 1), show.bias(self))
end

--- 2-D convolution.  x: (N, in_channels, H, W); weight: (out_channels,
--- in_channels / groups, kernel...).
local Conv2d = layer("Conv2d", "in_channels: size, out_channels: size, "
  .. "kernel_size: pair, stride: pair = 1, padding: pair = 0, "
  .. "dilation: pair = 1, groups: size = 1, bias: bool = true, "
  .. "dtype: f32|f64 = f32")
convs.Conv2d = Conv2d
Conv2d.describe = describe

function Conv2d:build(o)
  check_groups(self, o)
  for _, name in ipairs {"in_channels", "out_channels", "kernel_size",
    "stride", "padding", "dilation", "groups"} do self[name] = o[name] end
  self.weight = layer.weight(o, o.out_channels, o.in_channels // o.groups,
    unpack_pair(o.kernel_size))
  self.bias = o.bias and layer.weight(o, o.out_channels)
  init.default_(self.weight, self.bias)
end

function Conv2d:forward(x)
  return conv2d(x, self.weight, self.bias or nil, self.stride, self.padding,
    self.dilation, self.groups)
end

return convs
