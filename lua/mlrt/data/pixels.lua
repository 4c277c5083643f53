-- pixels.lua: transforms of what pixels say.

local class = require "mlrt.class"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local options = require "mlrt.options"
local Transform = require "mlrt.data.transform"

local pixels = {}

local function declare(name, text, methods)
  local cls = class(name, Transform)
  local read = options("transforms." .. name, text)
  for key, f in pairs(methods) do cls[key] = f end
  function cls:init(...)
    self.options = read(...)
    if self.check then self:check(self.options) end
  end
  pixels[name] = cls
end

-- ---- Numbers --------------------------------------------------------------

-- Bytes as 0..1 in f32; floats stay as they are.
local function to_float(x)
  if x.dtype == "u8" then return x:to "f32" / 255 end
  if x.dtype:find "^f" then return x end
  fail("transform: image: u8, f32 or f64 expected, got %s", x.dtype)
end

--- Bytes, 0..255, become f32, 0..1; floats stay as they are.
declare("ToFloat", "", {
  apply = function(_, work)
    Transform.settle(work)
    local image = to_float(work.image)
    work.own, work.image = work.own or image ~= work.image, image
  end,
})

-- A number for all channels, or a list of one for each, as (C, 1, 1).
local function per_channel(name, v)
  if type(v) == "number" then v = {v} end
  for i = 1, #v do
    if type(v[i]) ~= "number" then
      fail("transforms.Normalize: %s should be a number, or a list of one for "
        .. "each channel", name)
    end
  end
  return v
end

--- (x - mean) / std, numbers or lists of one for each channel; bytes count as
--- 0..1.
declare("Normalize", "mean: any, std: any", {
  check = function(_, o)
    for _, name in ipairs {"mean", "std"} do
      if type(o[name]) ~= "number" and type(o[name]) ~= "table" then
        fail("transforms.Normalize: %s should be a number, or a list of one "
          .. "for each channel", name)
      end
      o[name] = per_channel(name, o[name])
    end
    for _, v in ipairs(o.std) do
      if v <= 0 or v ~= v then
        fail("transforms.Normalize: std should be positive, got %s", v)
      end
    end
  end,
  apply = function(self, work)
    Transform.settle(work)
    local image, o = to_float(work.image), self.options
    local channels = image.shape[2]
    local function column(list)
      if #list ~= 1 and #list ~= channels then
        fail("transforms.Normalize: %d numbers for %d channels", #list,
          channels)
      end
      return core.tensor(list, {dtype = image.dtype}):reshape(-1, 1, 1)
    end
    work.image, work.own = (image - column(o.mean)):div_(column(o.std)), true
  end,
})

-- ---- Erasing --------------------------------------------------------------

-- Rows and columns of a rectangle in the image, or nil if none fits.
local function rectangle(o, draws, rows, columns)
  for _ = 1, 10 do
    local area = rows * columns * draws:uniform(o.scale[1], o.scale[2])
    local ratio = math.exp(draws:uniform(math.log(o.ratio[1]),
      math.log(o.ratio[2])))
    local h = math.floor((area * ratio) ^ 0.5 + 0.5)
    local w = math.floor((area / ratio) ^ 0.5 + 0.5)
    if h >= 1 and w >= 1 and h < rows and w < columns then
      local i, j = draws:integer(1, rows - h + 1), draws:integer(1,
        columns - w + 1)
      return i, i + h - 1, j, j + w - 1
    end
  end
end

local function check_pair(o, name)
  local v = o[name]
  if type(v[1]) ~= "number" or type(v[2]) ~= "number"
      or not (v[1] > 0 and v[1] <= v[2]) then
    fail("transforms.RandomErasing: %s should be two positive numbers, the "
      .. "smaller one first", name)
  end
end

--- A rectangle of between `scale` of the area and `ratio` of height to width
--- gets `value`, in a share p of the images (Zhong et al. 2020).
declare("RandomErasing",
  "p: number = 0.5, scale: table?, ratio: table?, value: number = 0", {
    check = function(_, o)
      if not (o.p >= 0 and o.p <= 1) then
        fail("transforms.RandomErasing: p should be a probability, got %s",
          o.p)
      end
      o.scale, o.ratio = o.scale or {0.02, 0.33}, o.ratio or {0.3, 3.3}
      check_pair(o, "scale")
      check_pair(o, "ratio")
    end,
    apply = function(self, work, draws)
      Transform.settle(work)
      if not work.own then
        work.image, work.own = work.image:clone(), true
      end
      local o = self.options
      for k = 1, work.n do
        draws:sample(k)
        if draws:chance(o.p) then
          local i, i2, j, j2 = rectangle(o, draws, work.rows, work.columns)
          if i then work.image[{k, {}, {i, i2}, {j, j2}}] = o.value end
        end
      end
    end,
  })

-- ---- Boxes ----------------------------------------------------------------

--- Takes out boxes that are less than `min_size` pixels wide or high, and their
--- rows of `labels`.
declare("SanitizeBoundingBoxes", "min_size: number = 1", {
  apply = function(self, work)
    Transform.settle(work)
    local kept, labels = {}, {}
    local given = work.sample.labels
    for k, boxes in ipairs(work.boxes or {}) do
      local size = boxes:narrow(2, 3, 2) - boxes:narrow(2, 1, 2)
      local rows = size:amin(2):ge(self.options.min_size):nonzero():reshape(-1)
      kept[k] = boxes:index_select(1, rows)
      local old = work.is_batch and given and given[k] or given
      labels[k] = old and old:index_select(1, rows)
    end
    if not work.boxes then return end
    work.boxes = kept
    if given then
      work.sample.labels = work.is_batch and labels or labels[1]
    end
  end,
})

return pixels
