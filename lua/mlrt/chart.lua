-- chart.lua: curves for the terminal.
--
--   print(m.chart({{x = steps, y = losses, label = "loss"}}, {title = "run"}))
--
-- Where the terminal shows Unicode a cell holds 2 x 4 dots of Braille; several
-- curves have colours, or each its own sign where there are none.  Points that
-- are not finite are left out and break the line.

local core = require "mlrt.core"
local fail = require "mlrt.fail"
local options = require "mlrt.options"

local SIGNS = {"*", "+", "o", "x", "#", "@"}
local COLOURS = {36, 33, 35, 32, 34, 31} -- ANSI: cyan, yellow, magenta...
local PLAIN_BITS = {[0] = {1, 8}, {2, 16}, {4, 32}, {64, 128}}

-- ---- What the terminal can do ---------------------------------------------

local function has_unicode()
  for _, name in ipairs {"LC_ALL", "LC_CTYPE", "LANG"} do
    local value = os.getenv(name)
    if value and value ~= "" then
      return value:lower():find "utf%-?8" ~= nil
    end
  end
  return false
end

local function has_colours()
  return core.isatty() and not os.getenv "NO_COLOR"
    and os.getenv "TERM" ~= "dumb"
end

-- ---- Curves and their range -----------------------------------------------

local function as_list(v, name)
  if core.is_tensor(v) then return v:detach():reshape(-1):totable() end
  if type(v) ~= "table" then
    fail("chart: %s: a list of numbers or a tensor expected, got %s", name,
      type(v))
  end
  return v
end

-- {x, y} as lists of numbers; x counts from 1 by default.
local function read_curve(curve, log)
  local given = core.is_tensor(curve) and {y = curve} or curve
  if type(given) ~= "table" then
    fail("chart: a curve {x =, y =} or a list of numbers expected, got %s",
      type(given))
  end
  local y = as_list(given.y or given, "y")
  local x = given.x and as_list(given.x, "x")
  local kept = {label = given.label, x = {}, y = {}}
  for i = 1, #y do
    local a, b = x and x[i] or i, y[i]
    if type(a) ~= "number" or type(b) ~= "number" then
      fail("chart: point %d is not a number", i)
    end
    if log then b = b > 0 and math.log(b, 10) or 0 / 0 end
    kept.x[i], kept.y[i] = a + 0.0, b + 0.0
  end
  return kept
end

local function is_finite(v)
  return v - v == 0
end

-- The least and the largest coordinate of all curves.
local function range(curves, axis)
  local low, high = math.huge, -math.huge
  for _, c in ipairs(curves) do
    for i = 1, #c.y do
      if is_finite(c.x[i]) and is_finite(c.y[i]) then
        low, high = math.min(low, c[axis][i]), math.max(high, c[axis][i])
      end
    end
  end
  if low > high then return nil end
  if low == high then
    local room = low == 0 and 1 or math.abs(low) * 0.1
    return low - room, high + room
  end
  return low, high
end

-- ---- Drawing --------------------------------------------------------------

-- A grid of cells: [row][column] = {bits, curve}.
local function new_canvas(rows, columns, fine)
  local canvas = {rows = rows, columns = columns, across = fine and 2 or 1,
    down = fine and 4 or 1}
  for i = 1, rows do canvas[i] = {} end
  return canvas
end

local function dot(canvas, x, y, curve)
  local i, j = y // canvas.down, x // canvas.across
  local row = canvas[i + 1]
  if not row or j < 0 or j >= canvas.columns then return end
  local cell = row[j + 1]
  if not cell or cell.curve ~= curve then
    cell = {bits = 0, curve = curve}
    row[j + 1] = cell
  end
  cell.bits = cell.bits
    | PLAIN_BITS[y % canvas.down][x % canvas.across + 1]
end

local function line(canvas, x1, y1, x2, y2, curve)
  local n = math.max(math.abs(x2 - x1), math.abs(y2 - y1), 1)
  for i = 0, n do
    dot(canvas, math.floor(x1 + (x2 - x1) * i / n + 0.5),
      math.floor(y1 + (y2 - y1) * i / n + 0.5), curve)
  end
end

local function draw(canvas, c, number, box)
  local width = canvas.columns * canvas.across - 1
  local height = canvas.rows * canvas.down - 1
  local x1, y1
  for i = 1, #c.y do
    local x = (c.x[i] - box.left) / (box.right - box.left) * width
    local y = (box.top - c.y[i]) / (box.top - box.bottom) * height
    if is_finite(x) and is_finite(y) then
      x, y = math.floor(x + 0.5), math.floor(y + 0.5)
      line(canvas, x1 or x, y1 or y, x, y, number)
      x1, y1 = x, y
    else
      x1, y1 = nil, nil
    end
  end
end

-- ---- The text -------------------------------------------------------------

local function coloured(text, number, style)
  if not style.colours or not number then return text end
  return ("\27[%dm%s\27[0m"):format(COLOURS[(number - 1) % #COLOURS + 1], text)
end

local function sign_of(cell, style)
  if style.fine then return utf8.char(0x2800 + cell.bits) end
  return SIGNS[(cell.curve - 1) % #SIGNS + 1]
end

local function row_text(row, columns, style)
  local parts, last = {}, 0
  for j = 1, columns do
    if row[j] then last = j end
  end
  for j = 1, last do
    local cell = row[j]
    parts[j] = cell and coloured(sign_of(cell, style), cell.curve, style) or " "
  end
  return table.concat(parts)
end

local function number(v)
  return (("%.4g"):format(v):gsub("e([+-])0*", "e%1"))
end

-- The labels of the curves, each as it is drawn.
local function legend(curves, style)
  local parts = {}
  for i, c in ipairs(curves) do
    if c.label then
      local sign = style.fine and "\u{2501}\u{2501}"
        or SIGNS[(i - 1) % #SIGNS + 1]
      parts[#parts + 1] = coloured(sign, i, style) .. " " .. c.label
    end
  end
  return table.concat(parts, "   ")
end

local function y_label(box, i, rows)
  if i ~= 1 and i ~= rows and i ~= (rows + 1) // 2 then return "" end
  local v = box.top - (box.top - box.bottom) * (i - 1) / (rows - 1)
  return number(box.log and 10 ^ v or v)
end

-- A line, and what stands at its ends.
local function x_axis(box, margin, columns, style)
  local left, right = number(box.left), number(box.right)
  local gap = math.max(1, columns - #left - #right)
  local pad = (" "):rep(margin)
  local corner, dash = "+", "-"
  if style.unicode then corner, dash = "\u{2514}", "\u{2500}" end
  return pad .. corner .. dash:rep(columns) .. "\n" .. pad .. " " .. left
    .. (" "):rep(gap) .. right
end

local function text_of(curves, canvas, box, style, title)
  local labels, margin, lines = {}, 0, {}
  for i = 1, canvas.rows do
    labels[i] = y_label(box, i, canvas.rows)
    margin = math.max(margin, #labels[i])
  end
  if title then lines[1] = title end
  local names = legend(curves, style)
  if names ~= "" then lines[#lines + 1] = names end
  local bar = style.unicode and "\u{2502}" or "|"
  for i = 1, canvas.rows do
    lines[#lines + 1] = (" "):rep(margin - #labels[i]) .. labels[i] .. bar
      .. row_text(canvas[i], canvas.columns, style)
  end
  lines[#lines + 1] = x_axis(box, margin, canvas.columns, style)
  return table.concat(lines, "\n")
end

local read = options("chart", "curves: table, title: string?, "
  .. "width: size = 72, height: size = 12, log: bool = false, "
  .. "unicode: bool?, colours: bool?")

--- A text that shows curves, each {x =, y =, label =} with lists or vectors (x:
--- 1, 2, 3... by default), or a list of numbers alone.
---   title: a line above; width, height: in characters; log: a logarithmic
---   scale of y; unicode, colours: default what the terminal seems to have.
local function chart(...)
  local o = read(...)
  local list = type(o.curves[1]) == "number" and {o.curves} or o.curves
  local curves = {}
  for i, c in ipairs(list) do curves[i] = read_curve(c, o.log) end
  local style = {unicode = o.unicode, colours = o.colours}
  if style.unicode == nil then style.unicode = has_unicode() end
  if style.colours == nil then style.colours = has_colours() end
  style.fine = style.unicode and (style.colours or #curves <= 1)
  local box = {log = o.log}
  box.left, box.right = range(curves, "x")
  box.bottom, box.top = range(curves, "y")
  if not box.left then return (o.title and o.title .. "\n" or "")
    .. "(no points)"
  end
  local canvas = new_canvas(math.max(o.height, 3), math.max(o.width - 10, 10),
    style.fine)
  for i, c in ipairs(curves) do draw(canvas, c, i, box) end
  return text_of(curves, canvas, box, style, o.title)
end

return chart
