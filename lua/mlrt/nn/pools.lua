-- pools.lua: the largest value, or the mean, of windows.

local core = require "mlrt.core"
local layer = require "mlrt.nn.layer"
local show = require "mlrt.nn.show"

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

-- The options, those of a window being integers or pairs.
local function declared(kind, more)
  local text = "kernel_size: %s, stride: %s?, padding: %s = 0, " .. more
  return (text:gsub("%%s", kind))
end

local function largest(name, kind, op)
  local cls = layer(name, declared(kind, "dilation: %s = 1, "
    .. "ceil_mode: bool = false"))
  cls.build, cls.describe = build, describe
  function cls:forward(x)
    return (op(x, self.kernel_size, self.stride, self.padding, self.dilation,
      self.ceil_mode))
  end
  pools[name] = cls
end

--- The largest value in each window of x: (N, C, L) or (C, L).
largest("MaxPool1d", "int", core.max_pool1d)
--- The largest value in each window of x: (N, C, H, W) or (C, H, W).
largest("MaxPool2d", "pair", core.max_pool2d)

local function mean(name, kind, op)
  local cls = layer(name, declared(kind, "ceil_mode: bool = false, "
    .. "count_include_pad: bool = true"))
  cls.build, cls.describe = build, describe
  function cls:forward(x)
    return op(x, self.kernel_size, self.stride, self.padding, self.ceil_mode,
      self.count_include_pad)
  end
  pools[name] = cls
end

--- The mean of each window of x: (N, C, L) or (C, L).
mean("AvgPool1d", "int", core.avg_pool1d)
--- The mean of each window of x: (N, C, H, W) or (C, H, W).
mean("AvgPool2d", "pair", core.avg_pool2d)

-- Windows that cut each line or plane into output_size parts.
local function adaptive(name, kind, op)
  local cls = layer(name, "output_size: " .. kind)
  function cls:forward(x)
    return (op(x, self.output_size))
  end
  function cls:describe()
    return "output_size=" .. show.value(self.output_size)
  end
  pools[name] = cls
end

adaptive("AdaptiveAvgPool1d", "int", core.adaptive_avg_pool1d)
adaptive("AdaptiveMaxPool1d", "int", core.adaptive_max_pool1d)
adaptive("AdaptiveAvgPool2d", "pair", core.adaptive_avg_pool2d)
adaptive("AdaptiveMaxPool2d", "pair", core.adaptive_max_pool2d)

return pools
