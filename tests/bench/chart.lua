-- chart.lua: curves of time against size as one drawing.
--
-- One small frame for each workload: size to the right, nanoseconds of an
-- element upwards, both logarithmic; one thread in blue, two in orange; grey
-- lines where the working set outgrows a cache.

local plot = ...

local chart = {}

local FRAME_W, FRAME_H, COLUMNS, GAP = 300, 170, 3, 46
local colours = {"#2462a8", "#d9822b"}

-- Curves of one name belong in one frame.
local function frames(curves)
  local list, by_name = {}, {}
  for _, curve in ipairs(curves) do
    if not by_name[curve.name] then
      by_name[curve.name] = {}
      list[#list + 1] = by_name[curve.name]
    end
    table.insert(by_name[curve.name], curve)
  end
  return list
end

local function range(group)
  local low, high = math.huge, 0
  for _, curve in ipairs(group) do
    low = math.min(low, table.unpack(curve.each))
    high = math.max(high, table.unpack(curve.each))
  end
  return low * 1e9 / 1.3, high * 1e9 * 1.3
end

local function draw_curve(d, curve, x_at, y_at)
  local points = {}
  for i, size in ipairs(curve.sizes) do
    points[i] = ("%.1f,%.1f"):format(x_at(size), y_at(curve.each[i] * 1e9))
  end
  d:add('<polyline points="%s" fill="none" stroke="%s" stroke-width="1.5"/>',
    table.concat(points, " "), colours[curve.threads] or "#777")
end

local function draw_axes(d, group, x, y, x_at, y_at, low, high)
  local sizes = group[1].sizes
  d:text(x, y - 8, ("%s (ns each)"):format(group[1].name),
    'font-weight="bold"')
  for k = math.ceil(math.log(low, 10)), math.floor(math.log(high, 10)) do
    d:line(x, y_at(10.0 ^ k), x + FRAME_W, y_at(10.0 ^ k), "stroke:#ddd")
    d:text(x - 4, y_at(10.0 ^ k) + 4, ("%g"):format(10.0 ^ k),
      'text-anchor="end"')
  end
  for i = 1, #sizes, 4 do
    d:text(x_at(sizes[i]), y + FRAME_H + 14,
      ("2^%.0f"):format(math.log(sizes[i], 2)), 'text-anchor="middle"')
  end
end

local function draw_caches(d, group, caches, y, x_at)
  local sizes = group[1].sizes
  for _, bytes in ipairs(caches) do
    local size = bytes / group[1].bytes
    if size > sizes[1] and size < sizes[#sizes] then
      d:line(x_at(size), y, x_at(size), y + FRAME_H,
        "stroke:#aaa;stroke-dasharray:3")
    end
  end
end

local function draw_frame(d, group, caches, x, y)
  local sizes, low, high = group[1].sizes, range(group)
  local x_at = plot.axis(sizes[1], sizes[#sizes], x, FRAME_W)
  local up = plot.axis(low, high, 0, FRAME_H)
  local function y_at(ns) return y + FRAME_H - up(ns) end
  draw_axes(d, group, x, y, x_at, y_at, low, high)
  draw_caches(d, group, caches, y, x_at)
  for _, curve in ipairs(group) do draw_curve(d, curve, x_at, y_at) end
  d:add('<rect x="%d" y="%d" width="%d" height="%d" fill="none" '
    .. 'stroke="#333"/>', x, y, FRAME_W, FRAME_H)
end

--- Writes the drawing.
function chart.save(path, curves, caches)
  local list = frames(curves)
  local rows = (#list + COLUMNS - 1) // COLUMNS
  local d = plot.new(COLUMNS * (FRAME_W + GAP) + GAP,
    rows * (FRAME_H + GAP) + GAP)
  d:text(GAP, 14, "time of an element against size; blue: one thread, orange: "
    .. "two, dashed: a cache ends")
  for i, group in ipairs(list) do
    draw_frame(d, group, caches, GAP + (i - 1) % COLUMNS * (FRAME_W + GAP),
      GAP + (i - 1) // COLUMNS * (FRAME_H + GAP))
  end
  d:save(path)
end

return chart
