-- plot.lua: drawings in SVG, written by hand.

local plot = {}

local escapes = {["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;"}

local function escape(text)
  return (text:gsub("[&<>]", escapes))
end

-- A drawing is a list of elements.
local Drawing = {}
Drawing.__index = Drawing

function Drawing:add(form, ...)
  self[#self + 1] = form:format(...)
end

function Drawing:text(x, y, words, more)
  self:add('<text x="%.1f" y="%.1f" %s>%s</text>', x, y, more or "",
    escape(words))
end

function Drawing:line(x1, y1, x2, y2, style)
  self:add('<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" style="%s"/>', x1, y1,
    x2, y2, style)
end

function Drawing:rect(x, y, w, h, fill)
  self:add('<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>',
    x, y, math.max(w, 0), h, fill)
end

function Drawing:save(path)
  local f = assert(io.open(path, "w"))
  f:write(('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" '
    .. 'font-family="sans-serif" font-size="11">\n'
    .. '<rect width="100%%" height="100%%" fill="white"/>\n'):format(
    self.width, self.height), table.concat(self, "\n"), "\n</svg>\n")
  f:close()
end

--- A new drawing of that many pixels: add, text, line, rect, save.
function plot.new(width, height)
  return setmetatable({width = width, height = height}, Drawing)
end

-- ---- Ratios ---------------------------------------------------------------

local LEFT, WIDE, ROW = 330, 420, 22
local colours = {met = "#2a7", ["met at the limit"] = "#7b5",
  ["not met"] = "#c43"}

-- A logarithmic axis from `low` to `high`, as a function to pixels.
local function axis(low, high, from, width)
  local scale = width / math.log(high / low)
  return function(x)
    x = math.min(math.max(x, low), high)
    return from + scale * math.log(x / low)
  end
end

local function draw_axis(d, at, bottom)
  for _, x in ipairs {0.5, 1, 2, 5, 10, 100, 1000} do
    d:line(at(x), 30, at(x), bottom, x == 1 and "stroke:#000" or "stroke:#ddd")
    d:text(at(x), 24, ("%g"):format(x), 'text-anchor="middle"')
  end
end

local function draw_row(d, r, y, at)
  d:text(LEFT - 8, y + 14, ("%s, %s, %d thr"):format(r.name, r.label or "peer",
    r.threads), 'text-anchor="end"')
  local from, to = at(1), at(r.ratio)
  d:rect(math.min(from, to), y + 4, math.abs(to - from), 12,
    colours[r.verdict] or "#58a")
  if r.target then
    d:line(at(r.target), y + 1, at(r.target), y + 19,
      "stroke:#000;stroke-width:2")
  end
  if r.share then
    d:rect(LEFT + WIDE + 20, y + 4, 100 * math.min(r.share, 1.5), 12, "#b9c7dd")
    d:text(LEFT + WIDE + 24, y + 14, ("%.0f %%"):format(r.share * 100))
  end
end

--- Bars of the ratio to the peer (black tick: the target) and of the share of
--- the limit, one line for each result that has a ratio.
function plot.ratios(path, results)
  local list = {}
  for _, r in ipairs(results) do
    if r.ratio then list[#list + 1] = r end
  end
  local height = 40 + ROW * #list
  local d = plot.new(LEFT + WIDE + 190, height)
  local at = axis(0.25, 1000, LEFT, WIDE)
  d:text(LEFT, 11, "time of the peer / time of mlrt (tick: the target)")
  d:text(LEFT + WIDE + 20, 24, "share of the limit (line: 100 %)")
  draw_axis(d, at, height)
  d:line(LEFT + WIDE + 120, 30, LEFT + WIDE + 120, height, "stroke:#000")
  for i, r in ipairs(list) do draw_row(d, r, 30 + ROW * (i - 1), at) end
  d:save(path)
end

plot.axis = axis

return plot
