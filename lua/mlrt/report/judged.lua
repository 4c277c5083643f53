-- judged.lua: the parts of a report that come from an evaluation: figures, the
-- confusion matrix, curves and the worst errors.

local html = require "mlrt.report.html"
local sections = require "mlrt.report.sections"
local svg = require "mlrt.report.svg"

local tag = html.tag
local judged = {}

-- ---- Figures --------------------------------------------------------------

local function is_number(v) return type(v) == "number" end

local function figures(e)
  local rows, percent = {}, ("%g %%"):format(100 * (e.confidence or 0.95))
  for i, m in ipairs(e.metrics or {}) do
    rows[i] = {sections.spaced(m.name),
      is_number(m.value) and ("%.4f"):format(m.value) or "-",
      is_number(m.low) and is_number(m.high)
        and ("%.4f to %.4f"):format(m.low, m.high) or ""}
  end
  return #rows > 0 and html.table(rows, {"metric", "value",
    percent .. " interval"}) or nil
end

-- ---- Confusion ------------------------------------------------------------

local MOST = 15 -- classes that a matrix is drawn of

local function sums_of(matrix)
  local sums = {}
  for i, row in ipairs(matrix) do
    sums[i] = 0
    for _, v in ipairs(row) do sums[i] = sums[i] + v end
  end
  return sums
end

local function matrix_cell(v, share, right)
  local colour = right and "0,158,115" or "213,94,0"
  return tag("td", {style = ("background:rgba(%s,%.2f)"):format(colour,
    0.65 * share), title = ("%.1f %% of the row"):format(100 * share)},
    sections.shown(v))
end

local function matrix_of(e)
  local sums, rows, head = sums_of(e.confusion), {}, {tag("th", nil,
    "true \\ predicted")}
  for j, name in ipairs(e.names) do head[j + 1] = tag("th", nil, name) end
  for i, row in ipairs(e.confusion) do
    local cells = {tag("th", nil, e.names[i])}
    for j, v in ipairs(row) do
      cells[j + 1] = matrix_cell(v, sums[i] > 0 and v / sums[i] or 0, i == j)
    end
    rows[i] = tag("tr", nil, cells)
  end
  return tag("div", {class = "wide"}, tag("table", {class = "confusion"},
    tag("thead", nil, tag("tr", nil, head)), tag("tbody", nil, rows)))
end

-- What is confused most often, {true, predicted, count, share of the row}.
local function mistakes(e, n)
  local sums, list = sums_of(e.confusion), {}
  for i, row in ipairs(e.confusion) do
    for j, v in ipairs(row) do
      if i ~= j and v > 0 then list[#list + 1] = {i, j, v} end
    end
  end
  table.sort(list, function(a, b)
    if a[3] ~= b[3] then return a[3] > b[3] end
    return a[1] * #sums + a[2] < b[1] * #sums + b[2]
  end)
  local rows = {}
  for k = 1, math.min(n, #list) do
    local i, j, v = table.unpack(list[k])
    rows[k] = {e.names[i], e.names[j], sections.shown(v),
      ("%.1f %%"):format(100 * v / sums[i])}
  end
  return #rows > 0
    and html.table(rows, {"true", "predicted", "times", "of the class"}, 2)
    or nil
end

local function confusion(e)
  if not e.confusion then return nil end
  local small = #e.confusion <= MOST
  return sections.section("Confusion matrix", small and matrix_of(e) or nil,
    mistakes(e, small and 5 or 20))
end

-- ---- Curves ---------------------------------------------------------------

local function area_curves(list, title, x, corners, diagonal)
  local series = {}
  for i, c in ipairs(list or {}) do
    series[i] = {label = is_number(c.area) and ("%s (%.3f)"):format(c.name,
      c.area) or c.name, points = c.points}
  end
  if #series == 0 then return nil end
  if #series == 1 then title = title .. ": " .. series[1].label end
  return svg.lines {title = title, series = series, x = x, cover = corners,
    diagonal = diagonal}
end

local function calibration(c)
  if not c or #c.confidence == 0 then return nil end
  local points = {}
  for i, x in ipairs(c.confidence) do points[i] = {x, c.accuracy[i]} end
  return svg.lines {title = "calibration: how often what was said came true",
    x = "confidence", series = {{points = points, dots = true}},
    cover = {{0, 0}, {1, 1}}, diagonal = true}
end

local function curves(e)
  local list, square = {}, {{0, 0}, {1, 1}}
  list[#list + 1] = area_curves(e.roc, "ROC curve (area)",
    "false positive rate", square, true)
  list[#list + 1] = area_curves(e.precision_recall,
    "precision and recall (average precision)", "recall", square)
  list[#list + 1] = calibration(e.calibration)
  if e.scatter then
    list[#list + 1] = svg.lines {title = "predicted against true",
      x = "true value", diagonal = true, series = {{points = e.scatter,
        only_dots = true, radius = 2}}}
  end
  if e.errors then
    list[#list + 1] = svg.histogram {title = "errors (predicted less true)",
      edges = e.errors.edges, counts = e.errors.counts, x = "error"}
  end
  return sections.section("Curves of the predictions", sections.charts(list))
end

-- ---- The worst errors -----------------------------------------------------

-- Only pictures that are data, so that the page asks the network for nothing.
local function picture(w)
  local address = type(w.image) == "string" and w.image
  if not address or not address:find "^data:image/png;base64,[%w+/=]*$" then
    return nil
  end
  return tag("img", {src = address, alt = ("sample %s"):format(w.index)})
end

local function worst_card(w)
  return tag("div", {class = w.text and "card text" or "card"},
    picture(w), w.text and tag("p", nil, w.text) or nil,
    tag("div", nil, "true: ", tag("strong", nil, sections.shown(w.target))),
    tag("div", nil, "predicted: ", tag("strong", nil,
      sections.shown(w.predicted)), is_number(w.confidence)
      and (" (%.0f %%)"):format(100 * w.confidence) or ""),
    tag("span", nil, ("sample %s"):format(w.index)))
end

local function worst(e)
  local cards = {}
  for i, w in ipairs(e.worst or {}) do cards[i] = worst_card(w) end
  return #cards > 0 and sections.section("The worst errors",
    tag("div", {class = "worst"}, cards)) or nil
end

--- The sections of an evaluation, a list.
function judged.sections(e)
  if type(e) ~= "table" or not e.kind then return {} end
  local note = tag("p", {class = "note"}, ("%s%d samples"):format(
    e.title and e.title .. ": " or "", e.samples or 0))
  local list = {sections.section("Evaluation", note, figures(e))}
  list[#list + 1] = confusion(e)
  list[#list + 1] = curves(e)
  list[#list + 1] = worst(e)
  return list
end

return judged
