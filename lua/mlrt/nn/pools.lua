-- pools.lua: the largest value, or the mean, of windows.

local core = require "mlrt.core"
local layer = require "mlrt.nn.layer"
local show = require "mlrt.nn.show"

local max_pool2d, avg_pool2d = core.max_pool2d, core.avg_pool2d

local pools = {}

-- The stride is by default the window's size.
local function build(self, o)
  for _, name in ipairs(self.option_names) do self[name] = o[name] end
  self.stride = o.stride or o.kernel_size
end

local function describe(self)
  return "kernel_size=" .. show.value(self.kernel_size) .. show.extras(self,
    "stride", self.kernel_size, "padding", 0, "dilation", self.dilation and 1,
    "ceil_mode", false, "count_include_pad",
    self.count_include_pad ~= nil or nil)
end

--- The largest value in each window of x: (N, C, H, W) or (C, H, W).
local MaxPool2d = layer("MaxPool2d", "kernel_size: pair, stride: pair?, "
  .. "padding: pair = 0, dilation: pair = 1, ceil_mode: bool = false")
pools.MaxPool2d = MaxPool2d
MaxPool2d.build, MaxPool2d.describe = build, describe

function MaxPool2d:forward(x)
  return (max_pool2d(x, self.kernel_size, self.stride, self.padding,
    self.dilation, self.ceil_mode))
end

--- The mean of each window of x: (N, C, H, W) or (C, H, W).
local AvgPool2d = layer("AvgPool2d", "kernel_size: pair, stride: pair?, "
  .. "padding: pair = 0, ceil_mode: bool = false, "
  .. "count_include_pad: bool = true")
pools.AvgPool2d = AvgPool2d
AvgPool2d.build, AvgPool2d.describe = build, describe

function AvgPool2d:forward(x)
  return avg_pool2d(x, self.kernel_size, self.stride, self.padding,
    self.ceil_mode, self.count_include_pad)
end

-- Windows that cut each plane into output_size parts.
local function adaptive(name, op, kind)
  local cls = layer(name, "output_size: " .. kind)
  function cls:forward(x)
    return (op(x, self.output_size))
  end
  function cls:describe()
    return "output_size=" .. show.value(self.output_size)
  end
  pools[name] = cls
end

adaptive("AdaptiveAvgPool2d", core.adaptive_avg_pool2d, "pair")
adaptive("AdaptiveMaxPool2d", core.adaptive_max_pool2d, "pair")

return pools
