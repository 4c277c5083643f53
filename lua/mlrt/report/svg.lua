-- svg.lua: charts as SVG.
--
-- Colours come from the page's style (classes s1 to s8 of lines, b1 and b2 of
-- bars), so that they follow the reader's light or dark scheme.  Points are
-- {x, y}; a y that is no finite number leaves a gap.

local html = require "mlrt.report.html"

local tag = html.tag
local svg = {}

local WIDTH, HEIGHT = 480, 300
local LEFT, RIGHT, TOP, BOTTOM = 58, 12, 12, 42

-- ---- Axes -----------------------------------------------------------------

local function finite(x)
  return type(x) == "number" and x - x == 0
end

-- 1, 2 or 5 times a power of ten, the first that is at least x.
local function nice(x)
  local power = 10 ^ math.floor(math.log(x, 10))
  for _, f in ipairs {1, 2, 5} do
    if f * power >= x * (1 - 1e-9) then return f * power end
  end
  return 10 * power
end

-- {low =, high =, step =} that covers both numbers.
local function axis_of(low, high)
  if low == math.huge then low, high = 0, 1 end
  if high - low <= 1e-9 * math.abs(high) then
    local room = math.max(math.abs(high) * 0.1, 1e-6)
    low, high = low - room, high + room
  end
  local step = nice((high - low) / 5)
  return {low = math.floor(low / step + 1e-9) * step,
    high = math.ceil(high / step - 1e-9) * step, step = step}
end

local function label_of(x, step)
  if math.abs(x) < step * 1e-6 then return "0" end
  for _, unit in ipairs {{1e9, "G"}, {1e6, "M"}, {1e3, "k"}} do
    if math.abs(x) >= 10 * unit[1] or math.abs(x) >= unit[1] and unit[1] > 1e3
    then
      return ("%.4g%s"):format(x / unit[1], unit[2])
    end
  end
  return ("%.4g"):format(x)
end

local function place_x(axis, x)
  return LEFT + (x - axis.low) / (axis.high - axis.low)
    * (WIDTH - LEFT - RIGHT)
end

local function place_y(axis, y)
  return HEIGHT - BOTTOM - (y - axis.low) / (axis.high - axis.low)
    * (HEIGHT - TOP - BOTTOM)
end

local function ticks(axis)
  local list = {}
  local n = math.floor((axis.high - axis.low) / axis.step + 0.5)
  for i = 0, n do list[i + 1] = axis.low + i * axis.step end
  return list
end

local function grid(x, y, names)
  local parts = {}
  for _, v in ipairs(ticks(y)) do
    local at = place_y(y, v)
    parts[#parts + 1] = tag("line", {class = "grid", x1 = LEFT, y1 = at,
      x2 = WIDTH - RIGHT, y2 = at})
    parts[#parts + 1] = tag("text", {x = LEFT - 6, y = at + 4,
      ["text-anchor"] = "end"}, label_of(v, y.step))
  end
  for _, v in ipairs(names.no_x and {} or ticks(x)) do
    parts[#parts + 1] = tag("text", {x = place_x(x, v), y = HEIGHT - BOTTOM
      + 16, ["text-anchor"] = "middle"}, label_of(v, x.step))
  end
  parts[#parts + 1] = tag("text", {x = (LEFT + WIDTH - RIGHT) / 2,
    y = HEIGHT - 6, ["text-anchor"] = "middle", class = "axis"}, names.x or "")
  return parts
end

local function picture(label, ...)
  return tag("svg", {viewBox = ("0 0 %d %d"):format(WIDTH, HEIGHT),
    xmlns = "http://www.w3.org/2000/svg", role = "img",
    ["aria-label"] = label}, ...)
end

-- ---- Lines ----------------------------------------------------------------

-- Axes around all points and the given limits.
local function axes_of(o)
  local l = {math.huge, -math.huge, math.huge, -math.huge}
  local function cover(x, y)
    if finite(x) and finite(y) then
      l[1], l[2] = math.min(l[1], x), math.max(l[2], x)
      l[3], l[4] = math.min(l[3], y), math.max(l[4], y)
    end
  end
  for _, s in ipairs(o.series) do
    for _, p in ipairs(s.points) do cover(p[1], p[2]) end
  end
  for _, p in ipairs(o.cover or {}) do cover(p[1], p[2]) end
  return axis_of(l[1], l[2]), axis_of(l[3], l[4])
end

-- The runs of finite points as polylines; a point alone as a dot.
local function lines_of(series, class, x, y)
  local parts, run = {}, {}
  local function close()
    if #run > 1 then
      parts[#parts + 1] = tag("polyline", {class = "line " .. class,
        points = table.concat(run, " ")})
    elseif run[1] then
      local cx, cy = run[1]:match "(.*),(.*)"
      parts[#parts + 1] = tag("circle", {class = "dot " .. class, cx = cx,
        cy = cy, r = 3})
    end
    run = {}
  end
  for _, p in ipairs(series.points) do
    if finite(p[1]) and finite(p[2]) then
      run[#run + 1] = ("%.1f,%.1f"):format(place_x(x, p[1]), place_y(y, p[2]))
    else
      close()
    end
  end
  close()
  return parts
end

local function dots_of(series, class, x, y)
  local parts = {}
  for _, p in ipairs(series.points) do
    if finite(p[1]) and finite(p[2]) then
      parts[#parts + 1] = tag("circle", {class = "dot " .. class,
        cx = ("%.1f"):format(place_x(x, p[1])),
        cy = ("%.1f"):format(place_y(y, p[2])), r = series.radius or 3},
        tag("title", nil, ("%.6g, %.6g"):format(p[1], p[2])))
    end
  end
  return parts
end

local function class_of(i)
  return "s" .. (i - 1) % 8 + 1
end

-- The names of the series, if there are several.
local function legend(series)
  if #series < 2 then return nil end
  local parts = {}
  for i, s in ipairs(series) do
    parts[i] = tag("span", nil, tag("i", {class = class_of(i)}), s.label or "")
  end
  return tag("div", {class = "legend"}, parts)
end

--- A chart of lines: {title =, series = {{label =, points =, dots =, only_dots
--- =}, ...}, x = name of the axis, cover = points that have to be in view,
--- diagonal = draw y = x}.
function svg.lines(o)
  local x, y = axes_of(o)
  local parts = grid(x, y, {x = o.x})
  if o.diagonal then
    local low, high = math.max(x.low, y.low), math.min(x.high, y.high)
    parts[#parts + 1] = tag("line", {class = "guess", x1 = place_x(x, low),
      y1 = place_y(y, low), x2 = place_x(x, high), y2 = place_y(y, high)})
  end
  for i, s in ipairs(o.series) do
    if not s.only_dots then
      parts[#parts + 1] = lines_of(s, class_of(i), x, y)
    end
    if s.dots or s.only_dots then
      parts[#parts + 1] = dots_of(s, class_of(i), x, y)
    end
  end
  return tag("figure", nil, tag("figcaption", nil, o.title),
    picture(o.title, parts), legend(o.series))
end

-- ---- Bars -----------------------------------------------------------------

--- Bars of counts: {title =, edges = {n + 1 numbers}, counts = {n}, x =}.
function svg.histogram(o)
  local most = 0
  for _, n in ipairs(o.counts) do most = math.max(most, n) end
  local x = axis_of(o.edges[1], o.edges[#o.edges])
  local y = axis_of(0, math.max(most, 1))
  local parts = grid(x, y, {x = o.x})
  for i, n in ipairs(o.counts) do
    local from, to = place_x(x, o.edges[i]), place_x(x, o.edges[i + 1])
    local top = place_y(y, n)
    parts[#parts + 1] = tag("rect", {class = "b1", x = from + 0.5, y = top,
      width = math.max(to - from - 1, 0.5), height = HEIGHT - BOTTOM - top},
      tag("title", nil, ("%d"):format(n)))
  end
  return tag("figure", nil, tag("figcaption", nil, o.title),
    picture(o.title, parts))
end

--- Horizontal bars from low to high around a value, the tornado of a
--- sensitivity: {title =, rows = {{label =, low =, high =}}, middle =, show =
--- number -> text}.
function svg.tornado(o)
  local least, most, row_height = o.middle, o.middle, 30
  for _, r in ipairs(o.rows) do
    least, most = math.min(least, r.low, r.high), math.max(most, r.low, r.high)
  end
  local x, left = axis_of(least, most), 170
  local function at(v)
    return left + (v - x.low) / (x.high - x.low) * (WIDTH - left - RIGHT)
  end
  local height, parts = #o.rows * row_height + 30, {}
  for i, r in ipairs(o.rows) do
    local top = (i - 1) * row_height + 4
    parts[#parts + 1] = tag("text", {x = left - 8, y = top + 15,
      ["text-anchor"] = "end"}, r.label)
    for k, v in ipairs {r.low, r.high} do
      parts[#parts + 1] = tag("rect", {class = "b" .. k,
        x = math.min(at(v), at(o.middle)), y = top + (k - 1) * 11,
        width = math.abs(at(v) - at(o.middle)), height = 10},
        tag("title", nil, o.show(v)))
    end
  end
  parts[#parts + 1] = tag("line", {class = "mid", x1 = at(o.middle), y1 = 0,
    x2 = at(o.middle), y2 = height - 24})
  for k, v in ipairs {x.low, x.high} do
    parts[#parts + 1] = tag("text", {x = at(v), y = height - 6,
      ["text-anchor"] = k == 1 and "start" or "end"}, o.show(v))
  end
  return tag("figure", nil, tag("figcaption", nil, o.title),
    tag("svg", {viewBox = ("0 0 %d %d"):format(WIDTH, height), role = "img",
      xmlns = "http://www.w3.org/2000/svg", ["aria-label"] = o.title}, parts))
end

return svg
