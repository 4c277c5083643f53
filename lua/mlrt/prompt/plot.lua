-- plot.lua: pictures of numbers in a terminal.
--
-- :plot draws a list or 1-d tensor as a curve, two of them as x and y (both by
-- m.chart), and a matrix or image as an image; :hist counts.  Pixels are half
-- blocks with colours, or shades where there are none.

local plot = {}

-- ---- Values ---------------------------------------------------------------

local function is_tensor(v)
  return require "mlrt".is_tensor(v)
end

-- The numbers of a plain list as a tensor, a tensor without its history.
local function tensor_of(v)
  local m = require "mlrt"
  if type(v) == "table" and getmetatable(v) == nil and #v > 0 then
    local ok, t = pcall(m.tensor, v, {dtype = "f64"})
    if ok then return t end
  end
  if not is_tensor(v) then
    error(("a tensor or a list of numbers can be drawn, not a %s"):format(
      type(v)), 0)
  end
  if v:numel() == 0 then error("there is nothing to draw: no elements", 0) end
  v = v:detach()
  if v.dtype == "index" or v.dtype == "bool" then v = v:to "i64" end
  return v
end

-- A list of numbers; of many only the least and the most of each stretch, so
-- that nothing that stands out is missed; the last stretch may be shorter.
local function numbers(t, columns)
  t = t:reshape(-1)
  local n = t:numel()
  if n <= 8 * columns then return t:to "f64":totable() end
  local step = n // (2 * columns)
  local list = {}
  for from = 1, n, step do
    local part = t:narrow(1, from, math.min(step, n - from + 1))
    list[#list + 1] = part:amin():item() + 0.0
    list[#list + 1] = part:amax():item() + 0.0
  end
  return list, n
end

local function finite(x)
  return x == x and x ~= math.huge and x ~= -math.huge
end

-- The least and the most of the finite numbers; nil if there are none.
local function range_of(list)
  local low, high = math.huge, -math.huge
  for _, x in ipairs(list) do
    if finite(x) then low, high = math.min(low, x), math.max(high, x) end
  end
  if low > high then return nil end
  if low == high then return low - 0.5, high + 0.5 end
  return low, high
end

local function label(x)
  local text = ("%.4g"):format(x)
  return text:find "^%-?0$" and "0" or text
end

-- ---- Curves and histograms ------------------------------------------------

local function columns_for(self)
  return math.max(8, math.min(self.host.size() - 12, 72))
end

-- `curve` as m.chart draws it; the labels are beside the columns.
local function chart(self, curve)
  return require "mlrt".chart({curve}, {width = columns_for(self) + 10,
    unicode = self.host.utf8, colours = false})
end

local function curve(self, xs, ys, count)
  if not range_of(ys) then
    error("there is nothing to draw: no finite number", 0)
  end
  if not xs then
    xs = {}
    local step = ((count or #ys) - 1) / math.max(#ys - 1, 1)
    for i = 1, #ys do xs[i] = 1 + (i - 1) * step end
  end
  return chart(self, {x = xs, y = ys})
end

-- How many of the finite elements lie in each of n equal parts of the range.
local function counts_of(t, n)
  local m = require "mlrt"
  t = t:reshape(-1)
  if t.dtype ~= "f32" and t.dtype ~= "f64" then t = t:to "f64" end
  local good = t[m.isfinite(t)]
  if good:numel() == 0 then
    error("there is nothing to count: no finite number", 0)
  end
  local low, high = range_of {good:amin():item(), good:amax():item()}
  return m.histc(good, n, low, high):totable(), low, high, good:numel()
end

-- A bar for each dot of the width: from 0 up, and a gap.
local function histogram(self, t)
  local n = columns_for(self)
  local counts, low, high, total = counts_of(t, n)
  local dots = self.host.utf8 and 2 * n or n
  local xs, ys = {}, {}
  for i = 0, dots - 1 do
    local count = counts[i * n // dots + 1]
    if count > 0 or i == 0 or i == dots - 1 then
      local x, k = low + (high - low) * i / (dots - 1), #xs
      xs[k + 1], xs[k + 2], xs[k + 3] = x, x, x
      ys[k + 1], ys[k + 2], ys[k + 3] = 0, count, 0 / 0
    end
  end
  return chart(self, {x = xs, y = ys}) .. ("\n%d values"):format(total)
end

-- ---- Images ---------------------------------------------------------------

local shades = {[true] = {" ", "░", "▒", "▓", "█"},
  [false] = {" ", ".", ":", "-", "=", "+", "*", "#", "%", "@"}}

-- How many colours: 2^24, 256 or 0.
local function colours(self)
  local term, colour = os.getenv "TERM" or "", os.getenv "COLORTERM" or ""
  if not self.host.editing or os.getenv "NO_COLOR" or not self.host.utf8 then
    return 0
  end
  if colour == "truecolor" or colour == "24bit" then return 1 << 24 end
  return (term:find "256" or term:find "xterm") and 256 or 0
end

-- The escape sequence for a colour of 0..1; base 38 in front, 48 behind.
local function paint(base, many, r, g, b)
  local function byte(x) return math.floor(255 * x + 0.5) end
  if many > 256 then
    return ("\27[%d;2;%d;%d;%dm"):format(base, byte(r), byte(g), byte(b))
  end
  local code
  if r == g and g == b then
    code = 232 + math.floor(r * 23 + 0.5)
  else
    local function six(x) return math.floor(5 * x + 0.5) end
    code = 16 + 36 * six(r) + 6 * six(g) + six(b)
  end
  return ("\27[%d;5;%dm"):format(base, code)
end

-- (channels, rows, columns) of 0..1 from a tensor of 2 or 3 dimensions, and
-- the range it had.
local function picture(t)
  if t.ndim == 2 then t = t:unsqueeze(1) end
  if t.ndim == 3 and t:size(3) == 3 and t:size(1) ~= 3 and t:size(1) ~= 1 then
    t = t:permute(3, 1, 2)
  end
  if t.ndim ~= 3 or t:size(1) ~= 1 and t:size(1) ~= 3 then
    error(("a matrix or an image can be drawn, not the shape %s"):format(
      tostring(t.shape)), 0)
  end
  return t
end

-- At most so many rows and columns, by averages.
local function shrink(t, rows, columns)
  local m = require "mlrt"
  local h, w = t:size(2), t:size(3)
  local factor = math.max(h / rows, w / columns, 1)
  local small = {math.max(1, math.floor(h / factor)),
    math.max(1, math.floor(w / factor))}
  if t.dtype ~= "f64" then t = t:to "f32" end
  if factor > 1 then
    t = m.adaptive_avg_pool2d(t:unsqueeze(1), small):squeeze(1)
  end
  return t:to "f64"
end

-- Brightness from 0 to 1 as nested lists; what is not finite is dark.
local function brightness(t)
  local list = t:totable()
  local low, high = math.huge, -math.huge
  for _, plane in ipairs(list) do
    for _, row in ipairs(plane) do
      for _, x in ipairs(row) do
        if finite(x) then low, high = math.min(low, x), math.max(high, x) end
      end
    end
  end
  local span = high > low and high - low or 1
  for _, plane in ipairs(list) do
    for _, row in ipairs(plane) do
      for k, x in ipairs(row) do
        row[k] = finite(x) and (x - low) / span or 0
      end
    end
  end
  return list, low, high
end

-- Two rows of pixels to a line: the upper half in front, the lower behind.
local function coloured(list, many)
  local red, green, blue = list[1], list[2] or list[1], list[3] or list[1]
  local lines = {}
  for y = 1, #red, 2 do
    local parts = {}
    for x = 1, #red[y] do
      parts[#parts + 1] = paint(38, many, red[y][x], green[y][x], blue[y][x])
      if red[y + 1] then
        parts[#parts + 1] = paint(48, many, red[y + 1][x], green[y + 1][x],
          blue[y + 1][x])
      end
      parts[#parts + 1] = "▀"
    end
    lines[#lines + 1] = table.concat(parts) .. "\27[0m"
  end
  return lines
end

-- One row of pixels to a line, two characters to a pixel.
local function shaded(list, unicode)
  local set, lines = shades[unicode], {}
  for y = 1, #list[1] do
    local parts = {}
    for x = 1, #list[1][y] do
      local sum = 0
      for _, plane in ipairs(list) do sum = sum + plane[y][x] end
      local k = math.floor(sum / #list * (#set - 1) + 0.5) + 1
      parts[x] = set[k]:rep(2)
    end
    lines[y] = table.concat(parts):gsub("%s+$", "")
  end
  return lines
end

local function image(self, t)
  local many = colours(self)
  local columns, rows = self.host.size()
  t = picture(t)
  local h, w = t:size(2), t:size(3)
  local wide = many > 0 and columns - 1 or (columns - 1) // 2
  t = shrink(t, math.max(8, (rows - 3) * (many > 0 and 2 or 1)),
    math.max(4, wide))
  local list, low, high = brightness(t)
  local lines = many > 0 and coloured(list, many)
    or shaded(list, self.host.utf8 and true or false)
  lines[#lines + 1] = ("%d x %d, from %s (dark) to %s"):format(h, w, label(low),
    label(high))
  return table.concat(lines, "\n")
end

-- ---- What the commands call -----------------------------------------------

--- The picture of one or two values as a text.
function plot.draw(self, values)
  local first = tensor_of(values[1])
  local columns = columns_for(self)
  if values.n > 1 then
    local second = tensor_of(values[2])
    if first:numel() ~= second:numel() then
      error(("x has %d elements, y %d"):format(first:numel(),
        second:numel()), 0)
    end
    return curve(self, first:reshape(-1):to "f64":totable(),
      second:reshape(-1):to "f64":totable())
  end
  if first.ndim >= 2 then return image(self, first) end
  local list, count = numbers(first, columns)
  return curve(self, nil, list, count)
end

--- How the elements are distributed.
function plot.histogram(self, values)
  return histogram(self, tensor_of(values[1]))
end

return plot
