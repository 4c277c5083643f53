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
    "ceil_mode", self.ceil_mode and false, "count_include_pad",
    self.count_include_pad ~= nil or nil, "return_indices",
    self.return_indices and false, "divisor_override", nil)
end

-- The options, those of a window being integers or pairs.
local function declared(kind, more)
  local text = "kernel_size: %s, stride: %s?, padding: %s = 0, " .. more
  return (text:gsub("%%s", kind))
end

local function largest(name, kind, op)
  local cls = layer(name, declared(kind, "dilation: %s = 1, "
    .. "ceil_mode: bool = false, return_indices: bool = false"))
  cls.build, cls.describe = build, describe
  function cls:forward(x)
    return op(x, self.kernel_size, self.stride, self.padding, self.dilation,
      self.ceil_mode, self.return_indices)
  end
  pools[name] = cls
end

--- The largest value in each window of x: (N, C, L) or (C, L); with
--- return_indices their positions, too.
largest("MaxPool1d", "int", core.max_pool1d)
--- The largest value in each window of x: (N, C, H, W) or (C, H, W); with
--- return_indices their positions in the plane, too.
largest("MaxPool2d", "pair", core.max_pool2d)

local function back(name, kind, op)
  local cls = layer(name, declared(kind, ""):gsub(", $", ""))
  cls.build, cls.describe = build, describe
  function cls:forward(x, indices, output_size)
    return op(x, indices, self.kernel_size, self.stride, self.padding,
      output_size)
  end
  pools[name] = cls
end

--- Zeros, and the values of x where indices, from a MaxPool1d of the same
--- options, say; called with x, indices and, if it is not the usual one, the
--- output_size.
back("MaxUnpool1d", "int", core.max_unpool1d)
--- The same of planes, from a MaxPool2d.
back("MaxUnpool2d", "pair", core.max_unpool2d)

local function mean(name, kind, op, more)
  local cls = layer(name, declared(kind, "ceil_mode: bool = false, "
    .. "count_include_pad: bool = true" .. more))
  cls.build, cls.describe = build, describe
  function cls:forward(x)
    if self.divisor_override then
      return op(x, self.kernel_size, self.stride, self.padding, self.ceil_mode,
        self.count_include_pad, self.divisor_override)
    end
    return op(x, self.kernel_size, self.stride, self.padding, self.ceil_mode,
      self.count_include_pad)
  end
  pools[name] = cls
end

--- The mean of each window of x: (N, C, L) or (C, L).
mean("AvgPool1d", "int", core.avg_pool1d, "")
--- The mean of each window of x: (N, C, H, W) or (C, H, W); the sum by
--- divisor_override, if given.
mean("AvgPool2d", "pair", core.avg_pool2d, ", divisor_override: int?")

-- Windows that cut each line or plane into output_size parts.
local function adaptive(name, kind, op, more)
  local cls = layer(name, "output_size: " .. kind .. (more or ""))
  function cls:forward(x)
    if not self.return_indices then return op(x, self.output_size) end
    return op(x, self.output_size, true)
  end
  function cls:describe()
    return "output_size=" .. show.value(self.output_size)
      .. show.extras(self, "return_indices", self.return_indices and false)
  end
  pools[name] = cls
end

local POSITIONS = ", return_indices: bool = false"
adaptive("AdaptiveAvgPool1d", "int", core.adaptive_avg_pool1d)
adaptive("AdaptiveMaxPool1d", "int", core.adaptive_max_pool1d, POSITIONS)
adaptive("AdaptiveAvgPool2d", "pair", core.adaptive_avg_pool2d)
adaptive("AdaptiveMaxPool2d", "pair", core.adaptive_max_pool2d, POSITIONS)

return pools
