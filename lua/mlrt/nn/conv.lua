-- conv.lua: convolutions, and other sizes.

local core = require "mlrt.core"
local fail = require "mlrt.fail"
local init = require "mlrt.nn.initialise"
local layer = require "mlrt.nn.layer"
local show = require "mlrt.nn.show"

local conv1d, conv2d = core.conv1d, core.conv2d

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
    "stride", 1, "padding", 0, "output_padding",
    self.output_padding and 0, "dilation", 1, "groups", 1, "padding_mode",
    self.padding_mode and "zeros"), show.bias(self))
end

-- Keeps the options, and makes weight (rows, columns / groups, kernel...) and
-- bias.
local function build(rows, columns, spaces)
  return function(self, o)
    check_groups(self, o)
    for _, name in ipairs(self.option_names) do
      if name ~= "bias" and name ~= "dtype" then self[name] = o[name] end
    end
    local height, width = unpack_pair(o.kernel_size)
    self.weight = layer.weight(o, o[rows], o[columns] // o.groups, height,
      spaces == 2 and width or nil)
    self.bias = o.bias and layer.weight(o, o.out_channels)
    init.default_(self.weight, self.bias)
  end
end

local function signature(kind, more)
  return ("in_channels: size, out_channels: size, kernel_size: %s, "
    .. "stride: %s = 1, padding: %s = 0, %s, bias: bool = true, %s"
    .. "dtype: f32|f64 = f32"):format(kind, kind, kind, table.unpack(more))
end

-- ---- Convolution ----------------------------------------------------------

-- How far dimension i, 1 or 2, is padded in front and behind.
local function sides(self, i)
  local function at(v) return type(v) == "table" and v[i] or v end
  local p = self.padding
  if p == "valid" then return 0, 0 end
  if p ~= "same" then return at(p), at(p) end
  local all = at(self.dilation) * (at(self.kernel_size) - 1)
  return all // 2, all - all // 2
end

-- x with what padding_mode puts around it; pad begins with the last dimension.
local function around(self, x, spaces)
  if self.padding == "same" and not self:keeps_size() then
    fail("nn.%s: padding 'same' wants a stride of 1", self.__name)
  end
  local pad = {}
  for i = spaces, 1, -1 do
    local front, behind = sides(self, i)
    pad[#pad + 1], pad[#pad + 2] = front, behind
  end
  return core.pad(x, pad, self.padding_mode)
end

local function convolution(name, kind, op)
  local spaces = kind == "pair" and 2 or 1
  local cls = layer(name, signature(kind,
    {("dilation: %s = 1, groups: size = 1"):format(kind),
    "padding_mode: zeros|reflect|replicate|circular = zeros, "})
    :gsub("padding: %w+", "%0|valid|same", 1))
  cls.describe = describe
  cls.build = build("out_channels", "in_channels", spaces)
  function cls:keeps_size()
    local height, width = unpack_pair(self.stride)
    return height == 1 and width == 1
  end
  function cls:forward(x)
    local padding = self.padding
    if self.padding_mode ~= "zeros" then
      x, padding = around(self, x, spaces), 0
    end
    return op(x, self.weight, self.bias or nil, self.stride, padding,
      self.dilation, self.groups)
  end
  convs[name] = cls
end

--- Convolution of lines.  x: (N, in_channels, L); weight: (out_channels,
--- in_channels / groups, kernel).
convolution("Conv1d", "int", conv1d)
--- Convolution of images.  x: (N, in_channels, H, W); weight: (out_channels,
--- in_channels / groups, kernel...).
convolution("Conv2d", "pair", conv2d)

local function transposed(name, kind, op)
  local cls = layer(name, signature(kind,
    {("output_padding: %s = 0, groups: size = 1"):format(kind),
    ("dilation: %s = 1, "):format(kind)}))
  cls.describe = describe
  cls.build = build("in_channels", "out_channels", kind == "pair" and 2 or 1)
  function cls:forward(x)
    return op(x, self.weight, self.bias or nil, self.stride, self.padding,
      self.output_padding, self.groups, self.dilation)
  end
  convs[name] = cls
end

--- The reverse of Conv1d's shapes: its gradient by the input.  weight:
--- (in_channels, out_channels / groups, kernel).
transposed("ConvTranspose1d", "int", core.conv_transpose1d)
--- The reverse of Conv2d's shapes.
transposed("ConvTranspose2d", "pair", core.conv_transpose2d)

-- ---- Other sizes ----------------------------------------------------------

--- Lines (N, C, L) or images (N, C, H, W) in another size: {size = {H, W}} or
--- {scale_factor = 2}, by core.interpolate.
local Upsample = layer("Upsample", "size: ints?, scale_factor: number?, "
  .. "mode: nearest|linear|bilinear|area = nearest, "
  .. "align_corners: bool = false")
convs.Upsample = Upsample

function Upsample:forward(x)
  return core.interpolate(x, {size = self.size, mode = self.mode,
    scale_factor = self.scale_factor, align_corners = self.align_corners})
end

function Upsample:describe()
  return show.only(self, "size", nil, "scale_factor", nil, "mode", "nearest",
    "align_corners", false)
end

--- (N, C r r, H, W) to (N, C, H r, W r) (Shi et al. 2016).
local PixelShuffle = layer("PixelShuffle", "upscale_factor: size")
convs.PixelShuffle = PixelShuffle

function PixelShuffle:forward(x)
  return core.pixel_shuffle(x, self.upscale_factor)
end

function PixelShuffle:describe()
  return "upscale_factor=" .. self.upscale_factor
end

return convs
