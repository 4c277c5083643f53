-- geometry.lua: flips, crops, rotations and other movements of images.
--
-- Each is an affine map for each image, six numbers a..f in pixels, from a
-- place (x, y) in its result to the place (a x + b y + c, d x + e y + f) in
-- what it is given, where pixel (i, j) covers i..i+1 and j..j+1.  Movements in
-- a row are multiplied and made at once, so that pixels are mixed at most once;
-- flips and crops alone copy them.  A mask takes the nearest pixel; a box
-- becomes the box around its moved corners, cut at the border.

local class = require "mlrt.class"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local options = require "mlrt.options"
local Transform = require "mlrt.data.transform"

local geometry = {}

-- ---- Making the movements that wait ---------------------------------------

-- The corners of boxes (K, 4) through the inverse of map k.
local function move_boxes(work, boxes, k)
  local m, at = work.map, 6 * k - 6
  local a, b, c, d, e, f = table.unpack(m, at + 1, at + 6)
  local det = a * e - b * d
  local x = boxes:index_select(2, core.index {1, 3, 1, 3}) - c
  local y = boxes:index_select(2, core.index {2, 2, 4, 4}) - f
  local u, v = (x * e - y * b) / det, (y * a - x * d) / det
  local function side(t, method, limit)
    local best = t[method](t, 2)
    return best:clamp(0, limit)
  end
  return core.stack({side(u, "amin", work.columns), side(v, "amin", work.rows),
    side(u, "amax", work.columns), side(v, "amax", work.rows)}, 2)
end

--- Makes what waits in work.map.
function Transform.settle(work)
  if not work.map then return end
  local map = core.tensor(work.map, {dtype = "f64"}):reshape(work.n, 6)
  local smooth = work.image.dtype:find "^f" or work.image.dtype == "u8"
  work.image = core._affine_map(work.image, map, work.rows, work.columns,
    smooth and "bilinear" or "nearest", work.fill)
  work.own = true
  if work.mask then
    work.mask = core._affine_map(work.mask, map, work.rows, work.columns,
      "nearest")
  end
  for k, boxes in ipairs(work.boxes or {}) do
    work.boxes[k] = move_boxes(work, boxes, k)
  end
  work.map, work.fill = nil, nil
end

local function start(work, fill)
  if work.map and work.fill ~= fill then Transform.settle(work) end
  if work.map then return end
  work.fill, work.map = fill, {}
  for at = 0, 6 * work.n - 6, 6 do
    work.map[at + 1], work.map[at + 2], work.map[at + 3] = 1, 0, 0
    work.map[at + 4], work.map[at + 5], work.map[at + 6] = 0, 1, 0
  end
  if work.boxes then work.boxes = table.move(work.boxes, 1, work.n, 1, {}) end
end

-- Map k becomes: first the new one, then the one that was there.
local function multiply(map, k, a, b, c, d, e, f)
  local at = 6 * k - 6
  local p, q, r, s, t, u = table.unpack(map, at + 1, at + 6)
  map[at + 1], map[at + 2] = p * a + q * d, p * b + q * e
  map[at + 3] = p * c + q * f + r
  map[at + 4], map[at + 5] = s * a + t * d, s * b + t * e
  map[at + 6] = s * c + t * f + u
end

-- ---- The classes ----------------------------------------------------------

local Movement = class("Movement", Transform)

function Movement:apply(work, draws)
  start(work, self.options.fill)
  local rows, columns = work.rows, work.columns
  if self.size then work.rows, work.columns = self:size(rows, columns) end
  for k = 1, work.n do
    if not self.fixed then draws:sample(k) end
    local a, b, c, d, e, f = self:draw(draws, rows, columns)
    if a then multiply(work.map, k, a, b, c, d, e, f) end
  end
end

-- A class whose objects have the options `text` and
--   check(o)                  looks at them when one is made
--   size(rows, columns)       what the result's size is
--   draw(draws, rows, columns)  a..f for one image, or nil: it stays
local function movement(name, text, methods)
  local cls = class(name, Movement)
  local read = options("transforms." .. name,
    text .. (text == "" and "" or ", ") .. "fill: number = 0")
  for key, f in pairs(methods) do cls[key] = f end
  function cls:init(...)
    self.options = read(...)
    if self.check then self:check(self.options) end
  end
  geometry[name] = cls
end

local function check_share(self, o)
  if not (o.p >= 0 and o.p <= 1) then
    fail("transforms.%s: p should be a probability, got %s", self.__name, o.p)
  end
end

--- Left and right change places, in a share p of the images.
movement("RandomHorizontalFlip", "p: number = 0.5", {
  check = check_share,
  draw = function(self, draws, _, columns)
    if draws:chance(self.options.p) then return -1, 0, columns, 0, 1, 0 end
  end,
})

--- Top and bottom change places, in a share p of the images.
movement("RandomVerticalFlip", "p: number = 0.5", {
  check = check_share,
  draw = function(self, draws, rows)
    if draws:chance(self.options.p) then return 1, 0, 0, 0, -1, rows end
  end,
})

-- {height, width} from n or {h, w}.
local function keep_size(self, o)
  local size = o.size
  self.height, self.width = table.unpack(type(size) == "table" and size
    or {size, size})
  if self.height < 1 or self.width < 1 then
    fail("transforms.%s: size should be positive, got %d x %d", self.__name,
      self.height, self.width)
  end
end

local function given_size(self)
  return self.height, self.width
end

--- A part of `size` (n or {height, width}) at a random place of the image with
--- `padding` (n or {up and down, left and right}) pixels of `fill` around it.
movement("RandomCrop", "size: pair, padding: pair = 0", {
  check = function(self, o)
    keep_size(self, o)
    local padding = o.padding
    self.up, self.left = table.unpack(type(padding) == "table" and padding
      or {padding, padding})
    if self.up < 0 or self.left < 0 then
      fail "transforms.RandomCrop: padding should be 0 or more"
    end
  end,
  size = function(self, rows, columns)
    if rows + 2 * self.up < self.height
        or columns + 2 * self.left < self.width then
      fail("transforms.RandomCrop: %d x %d of an image of %d x %d%s",
        self.height, self.width, rows, columns,
        self.up + self.left > 0 and ", padding included" or "")
    end
    return self.height, self.width
  end,
  draw = function(self, draws, rows, columns)
    return 1, 0, draws:integer(-self.left, columns + self.left - self.width),
      0, 1, draws:integer(-self.up, rows + self.up - self.height)
  end,
})

--- The middle of `size`; where the image is smaller, `fill` around it.
movement("CenterCrop", "size: pair", {
  fixed = true, check = keep_size, size = given_size,
  draw = function(self, _, rows, columns)
    return 1, 0, (columns - self.width) // 2, 0, 1, (rows - self.height) // 2
  end,
})

--- The whole image in another size, bilinear without smoothing: make large
--- images several times smaller with m.interpolate {mode = "area"}.
movement("Resize", "size: pair", {
  fixed = true, check = keep_size, size = given_size,
  draw = function(self, _, rows, columns)
    return columns / self.width, 0, 0, 0, rows / self.height, 0
  end,
})

local function check_range(self, o, name, least)
  local low, high = o[name][1], o[name][2]
  if type(low) ~= "number" or type(high) ~= "number"
      or not (low > least and low <= high) then
    fail("transforms.%s: %s should be two numbers above %g, the smaller one "
      .. "first", self.__name, name, least)
  end
end

--- A random part, between `scale` of the area and `ratio` of width to height,
--- resized to `size` (Szegedy et al. 2015).
movement("RandomResizedCrop", "size: pair, scale: table?, ratio: table?", {
  check = function(self, o)
    keep_size(self, o)
    o.scale, o.ratio = o.scale or {0.08, 1}, o.ratio or {3 / 4, 4 / 3}
    check_range(self, o, "scale", 0)
    check_range(self, o, "ratio", 0)
  end,
  size = given_size,
  draw = function(self, draws, rows, columns)
    local o = self.options
    local w, h
    for _ = 1, 10 do
      local area = rows * columns * draws:uniform(o.scale[1], o.scale[2])
      local ratio = math.exp(draws:uniform(math.log(o.ratio[1]),
        math.log(o.ratio[2])))
      w, h = (area * ratio) ^ 0.5, (area / ratio) ^ 0.5
      if w <= columns and h <= rows then break end
      w, h = columns, rows
    end
    local left = draws:uniform(0, columns - w)
    local up = draws:uniform(0, rows - h)
    return w / self.width, 0, left, 0, h / self.height, up
  end,
})

-- Around the middle: turned by `angle` against the clock, then grown by
-- `scale`, sheared along x, moved by dx and dy pixels.
local function turned(rows, columns, angle, scale, shear, dx, dy)
  local cos, sin = math.cos(angle), math.sin(angle)
  local s = math.tan(shear)
  local a, b = cos / scale, (-sin - cos * s) / scale
  local d, e = sin / scale, (cos - sin * s) / scale
  local x, y = columns / 2 + dx, rows / 2 + dy
  return a, b, columns / 2 - a * x - b * y, d, e, rows / 2 - d * x - e * y
end

-- {low, high} from n, which is {-n, n}.
local function keep_angle(self, o, name)
  local v = o[name]
  if type(v) == "number" then v = {-v, v} end
  local is_pair = type(v) == "table" and type(v[1]) == "number"
    and type(v[2]) == "number" and v[1] <= v[2]
  if not is_pair then
    fail("transforms.%s: %s should be a number of degrees or {low, high}",
      self.__name, name)
  end
  self[name] = {math.rad(v[1]), math.rad(v[2])}
end

--- Turned around the middle, against the clock, by up to so many `degrees`
--- either way, or {low, high}.
movement("RandomRotation", "degrees: any", {
  check = function(self, o) keep_angle(self, o, "degrees") end,
  draw = function(self, draws, rows, columns)
    return turned(rows, columns, draws:uniform(self.degrees[1],
      self.degrees[2]), 1, 0, 0, 0)
  end,
})

--- Turned like RandomRotation, moved by up to `translate` {x, y} of width and
--- height, grown by a factor in `scale` {low, high}, sheared along x by up to
--- so many degrees.
movement("RandomAffine",
  "degrees: any = 0, translate: table?, scale: table?, shear: any = 0", {
    check = function(self, o)
      keep_angle(self, o, "degrees")
      keep_angle(self, o, "shear")
      o.translate, o.scale = o.translate or {0, 0}, o.scale or {1, 1}
      check_range(self, o, "scale", 0)
      if type(o.translate[1]) ~= "number" or type(o.translate[2]) ~= "number"
      then
        fail "transforms.RandomAffine: translate should be {x, y}, two numbers"
      end
    end,
    draw = function(self, draws, rows, columns)
      local o = self.options
      local angle = draws:uniform(self.degrees[1], self.degrees[2])
      local scale = draws:uniform(o.scale[1], o.scale[2])
      local shear = draws:uniform(self.shear[1], self.shear[2])
      local x, y = o.translate[1] * columns, o.translate[2] * rows
      return turned(rows, columns, angle, scale, shear, draws:uniform(-x, x),
        draws:uniform(-y, y))
    end,
  })

return geometry
