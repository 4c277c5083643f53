-- ops_warp_spec.lua: images moved by affine maps, against every pixel
-- worked out in Lua.

local m = require "mlrt"
local core = require "mlrt.core"

local NAN, INF = 0 / 0, math.huge

-- The pixel (i, j), from 0, of an image as a list of rows; fill outside.
local function pixel(image, i, j, fill)
  local row = image[i + 1]
  return row and row[j + 1] or fill
end

-- The result for a map, pixel by pixel; pixels are areas of 1 by 1.
local function warped(image, map, rows, columns, fill, nearest)
  local out = {}
  for i = 0, rows - 1 do
    out[i + 1] = {}
    for j = 0, columns - 1 do
      local x, y = j + 0.5, i + 0.5
      local u = map[1] * x + map[2] * y + map[3]
      local v = map[4] * x + map[5] * y + map[6]
      local value = fill
      if nearest then
        if u == u and v == v and math.abs(u) < 1e9 and math.abs(v) < 1e9 then
          value = pixel(image, math.floor(v), math.floor(u), fill)
        end
      elseif u > -1 and v > -1 and u < 1e6 and v < 1e6 then
        local left, top = math.floor(u - 0.5), math.floor(v - 0.5)
        local a, b = u - 0.5 - left, v - 0.5 - top
        local function across(row)
          local p = pixel(image, row, left, fill)
          return a > 0 and p + a * (pixel(image, row, left + 1, fill) - p)
            or p
        end
        value = across(top)
        if b > 0 then value = value + b * (across(top + 1) - value) end
      end
      out[i + 1][j + 1] = value
    end
  end
  return out
end

local function image_of(h, w)
  local image = {}
  for i = 1, h do
    image[i] = {}
    for j = 1, w do image[i][j] = (i * 5 + j * j * 3) % 23 + 1.0 end
  end
  return image
end

local function affine(image, map, rows, columns, o, dtype)
  local x = m.tensor(image):to(dtype or "f64")
  x = x:reshape(1, 1, x.shape[1], x.shape[2])
  return core._affine_map(x, m.tensor({map}, {dtype = "f64"}), rows, columns,
    o):squeeze {dim = {1, 2}}
end

local maps = {
  turned = {0.6, 0.8, 0.3, -0.8, 0.6, 2.7}, grown = {0.4, 0, 0, 0, 0.3, 0},
  shrunk = {1.7, 0, -0.4, 0, 2.1, 0.2}, half = {1, 0, 0.5, 0, 1, 0.25},
  sheared = {1, 0.3, 0, 0, 1, 0}, slanted = {1, 0, 0, 0.25, 1, 0},
  far = {1, 0, 1e300, 0, 1, 0}, below = {1, 0, 0, 0, 1, -1e300},
  wide = {1, 0, 0.5, 0, 1, 1e19}, quarter = {0, 1, 0, -1, 0, 3},
  outside = {0.5, 0, -1.25, 0, 0.5, -1.25}, edge = {1, 0, -1.5, 0, 1, -1.5},
  beyond = {1, 0, 3.75, 0, 1, 2.75}, tall = {1, 0, 0, 0, 2, 0},
  mirrored = {-1, 0, 4.5, 0, 1, 0}, lost = {1, 0, NAN, 0, 1, 0},
  unknown = {1, 0, 0, 0, 1, NAN}, left = {1, 0, -0.75, 0, 1, 0},
  above = {1, 0, 0, 0, 1, -0.75},
}

describe("affine maps", function()
  for name, map in pairs(maps) do
    it("mix neighbours and choose the nearest: " .. name, function()
      local image = image_of(3, 4)
      for _, size in ipairs {{3, 4}, {5, 2}, {1, 7}} do
        for _, fill in ipairs {0, -2.5} do
          local want = warped(image, map, size[1], size[2], fill)
          near(affine(image, map, size[1], size[2], {fill = fill}), want,
            1e-12)
          near(affine(image, map, size[1], size[2], {fill = fill}, "f32"),
            want, 1e-5)
          want = warped(image, map, size[1], size[2], fill, true)
          same(affine(image, map, size[1], size[2], {fill = fill,
            mode = "nearest"}), want)
          same(affine(image, map, size[1], size[2], {fill = fill,
            mode = "nearest"}, "f32"), want)
        end
      end
    end)
  end
  it("shift by whole pixels, mirrored or not, over every edge", function()
    local image = image_of(3, 4)
    for _, turn in ipairs {{1, 1}, {-1, 1}, {1, -1}, {-1, -1}} do
      for column = -6, 9, 1 do
        for row = -5, 8 do
          local map = {turn[1], 0, column, 0, turn[2], row}
          local want = warped(image, map, 3, 5, 7, true)
          same(affine(image, map, 3, 5, {fill = 7}), want)
          if row % 3 == 0 then
            same(affine(image, map, 3, 5, {fill = 7, mode = "nearest"},
              "i64"), want)
          end
        end
      end
    end
    local want = warped(image, {1, 0, 0, 0, 1, 0}, 3, 4, 7)
    same(affine(image, {1, 0, 0x1p49, 0, 1, 0}, 2, 2, {fill = 7}),
      {{7, 7}, {7, 7}})
    same(affine(image, {1, 0, 0, 0, 1, -0x1p60}, 2, 2, {fill = 7}),
      {{7, 7}, {7, 7}})
    same(affine(image, {1, 0, 0, 0, 1, 0}, 3, 4), want)
  end)
  it("round bytes, and keep them within 0..255", function()
    local image = {{0, 100, 255}}
    same(affine(image, {1, 0, 0.5, 0, 1, 0}, 1, 3, {fill = 1000}, "u8"),
      {{50, 178, 255}}) -- 177.5 is rounded up
    same(affine(image, {1, 0, -0.5, 0, 1, 0}, 1, 1, {fill = -9}, "u8"),
      {{0}})
    same(affine(image, {1, 0, 5, 0, 1, 0}, 1, 2, {fill = 300}, "u8"),
      {{255, 255}})
    same(affine(image, {1, 0, 5, 0, 1, 0}, 1, 1, {fill = -3}, "u8"), {{0}})
    same(affine(image, {1, 0, 5, 0, 1, 0}, 1, 1, {fill = 2.5}, "u8"), {{3}})
  end)
  it("fill with an element of any type", function()
    local away, turned = {1, 0, 9, 0, 1, 0}, {0.5, 0, 9, 0, 0.5, 0}
    for _, map in ipairs {away, turned} do
      for _, case in ipairs {{"i64", -7.9, -7}, {"i32", 2.9, 2},
        {"i64", 1e300, 1 << 62}, {"i64", -INF, -(1 << 62)}, {"f32", 0.5, 0.5},
        {"f64", -1e300, -1e300}, {"u8", 7, 7}} do
        same(affine({{1, 2}}, map, 1, 2, {fill = case[2], mode = "nearest"},
          case[1]), {{case[3], case[3]}})
      end
      local truth = m.tensor {{{{true, true}}}}
      local t = m.tensor({map}, {dtype = "f64"})
      for _, fill in ipairs {0, 0.25, 1} do
        eq(core._affine_map(truth, t, 1, 1, {fill = fill, mode = "nearest"})
          :reshape(1), {fill ~= 0})
      end
      eq(core._affine_map(m.index {{{{1, 2}}}}, t, 1, 1,
        {fill = 5, mode = "nearest"}):reshape(1), {false})
    end
    eq(core._affine_map(m.index {{{{1, 2}}}}, m.tensor({{-1, 0, 2, 0, 1, 0}},
      {dtype = "f64"}), 1, 2, {mode = "nearest"}):reshape(2), {2, 1})
  end)
  it("do not look at a neighbour without a share", function()
    local image = {{1, NAN}, {NAN, NAN}}
    same(affine(image, {1, 0, 0, 0, 1, 0}, 1, 1), {{1}})
    same(affine(image, {0.5, 0, 0.25, 0, 0.5, 0.25}, 1, 1), {{1}})
  end)
  it("take images and channels one after the other, in blocks", function()
    -- 16384 pixels are a task, and one image more.
    for _, case in ipairs {{1, 3, 2, 2}, {5, 2, 3, 3}, {700, 3, 4, 4},
      {3, 2, 100, 90}} do
      local n, c, h, w = table.unpack(case)
      local x = m.arange(0, n * c * h * w, {dtype = "f64"}):reshape(n, c, h, w)
      local list = {}
      for i = 1, n do list[i] = {i % 2 == 0 and -1 or 1, 0,
        i % 2 == 0 and w or 0, 0, 1, 0} end
      local y = core._affine_map(x, m.tensor(list, {dtype = "f64"}), h, w)
      for i = 1, math.min(n, 2) do
        local last = n - i + 1
        local want = x:select(1, last)
        if last % 2 == 0 then want = want:flip(-1) end
        eq(y:select(1, last):equal(want), true)
      end
      eq(m.sum(y):item(), m.sum(x):item())
    end
    local none = core._affine_map(m.zeros(0, 1, 2, 2), m.zeros({0, 6},
      {dtype = "f64"}), 3, 4)
    eq({none.shape[1], none.shape[3], none.shape[4]}, {0, 3, 4})
  end)
end)
