-- sections.lua: the parts of a report that come from a run's own files: what it
-- was, its curves, what it cost, where it ran.

local html = require "mlrt.report.html"
local money = require "mlrt.ledger.show"
local svg = require "mlrt.report.svg"
local thin = require "mlrt.report.thin"

local tag = html.tag
local sections = {}

-- ---- Texts ----------------------------------------------------------------

--- A number with four digits, anything else as it is.
function sections.shown(v)
  if math.type(v) == "float" then return ("%.4g"):format(v) end
  return tostring(v)
end

--- A section with a heading, of the parts that are there; nil without any.
function sections.section(title, ...)
  local parts = {}
  for i = 1, select("#", ...) do
    local part = select(i, ...)
    if part then parts[#parts + 1] = part end
  end
  if #parts == 0 then return nil end
  return tag("section", nil, tag("h2", nil, title), parts)
end

function sections.charts(list)
  return #list > 0 and tag("div", {class = "charts"}, list) or nil
end

--- Cards {label, value}.
function sections.cards(pairs_of)
  local list = {}
  for i, p in ipairs(pairs_of) do
    list[i] = tag("div", {class = "card"}, tag("b", nil, p[2]),
      tag("span", nil, p[1]))
  end
  return #list > 0 and tag("div", {class = "cards"}, list) or nil
end

-- "best_accuracy" as "best accuracy"
local function spaced(name)
  return (tostring(name):gsub("_", " "))
end
sections.spaced = spaced

-- ---- Curves ---------------------------------------------------------------

local STEPS = 400 -- points of a curve of steps

local function numbers(entries, event, x, y)
  local points = {}
  for _, e in ipairs(entries) do
    if e.event == event and type(e[x]) == "number"
        and type(e[y]) == "number" then
      points[#points + 1] = {e[x], e[y]}
    end
  end
  return points
end

-- A metric of epochs, {step, value}, of validation or training.
local function epoch_points(entries, part, name)
  local points = {}
  for _, e in ipairs(entries) do
    local v = e.event == "epoch" and type(e[part]) == "table" and e[part][name]
    if type(v) == "number" then
      points[#points + 1] = {e.step or e.epoch or #points + 1, v}
    end
  end
  return points
end

-- The metrics that some epoch has a number of, in order of their names.
local function metric_names(entries)
  local seen, names = {loss = true}, {}
  local function look(part)
    for name, value in pairs(type(part) == "table" and part or {}) do
      if type(value) == "number" and not seen[name] then
        seen[name], names[#names + 1] = true, name
      end
    end
  end
  for _, e in ipairs(entries) do
    if e.event == "epoch" then
      look(e.validation)
      look(e.training)
    end
  end
  table.sort(names)
  return names
end

-- Puts a series in the list if it has points.
local function series(list, label, points, dots)
  if #points > 0 then
    list[#list + 1] = {label = label, points = points, dots = dots}
  end
  return list
end

local function loss_chart(entries)
  local list = {}
  local steps = thin.means(numbers(entries, "step", "step", "loss"), STEPS)
  series(list, "training, by step", steps)
  if #steps == 0 then
    series(list, "training", numbers(entries, "epoch", "step", "loss"), true)
  end
  series(list, "validation", epoch_points(entries, "validation", "loss"), true)
  return #list > 0
    and svg.lines {title = "loss", series = list, x = "step"} or nil
end

local function metric_chart(entries, name)
  local list = series({}, "validation",
    epoch_points(entries, "validation", name), true)
  series(list, "training", epoch_points(entries, "training", name), true)
  return svg.lines {title = spaced(name), series = list, x = "step"}
end

--- Loss, metrics and learning rate of a log; nil of an empty one.
function sections.curves(entries)
  local list = {loss_chart(entries)}
  for _, name in ipairs(metric_names(entries)) do
    list[#list + 1] = metric_chart(entries, name)
  end
  local rate = thin.some(numbers(entries, "step", "step", "lr"), STEPS)
  if #rate > 1 then
    list[#list + 1] = svg.lines {title = "learning rate", x = "step",
      series = {{points = rate}}}
  end
  return sections.section("Curves", sections.charts(list))
end

-- ---- What it was, and where -----------------------------------------------

local function sorted_keys(t)
  local keys = {}
  for key in pairs(t) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b)
    if type(a) == type(b) then return a < b end
    return type(a) == "number"
  end)
  return keys
end

-- Puts rows {name, text} of a value in the list, those of a table under names
-- such as "optimizer groups 1 lr".  What is null is left out.
local function put_rows(rows, name, v)
  if type(v) == "table" and next(v) ~= nil then
    for _, key in ipairs(sorted_keys(v)) do
      put_rows(rows, name .. " " .. spaced(key), v[key])
    end
  elseif tostring(v) ~= "null" and type(v) ~= "table" then
    rows[#rows + 1] = {name, sections.shown(v)}
  end
end

-- Rows of a table, in order, without the fields named in `without`.
local function rows_of(t, without)
  local rows = {}
  t = type(t) == "table" and t or {}
  for _, key in ipairs(sorted_keys(t)) do
    if not without[key] then put_rows(rows, spaced(key), t[key]) end
  end
  return rows
end

local function table_of(rows)
  return #rows > 0 and html.table(rows, nil, 2) or nil
end

local PLACE = {threads = true, build = true, started = true, script = true,
  environment = true}

--- The model and how it was trained.
function sections.model(config)
  if type(config) ~= "table" then return nil end
  local model, without = config.model, {model = true}
  for key in pairs(PLACE) do without[key] = true end
  local text = type(model) == "table" and model.text or model
  return sections.section("Model and training",
    type(text) == "string" and tag("pre", nil, text) or nil,
    type(model) == "table" and type(model.parameters) == "number"
      and tag("p", {class = "note"}, ("%d parameters"):format(
        model.parameters)) or nil,
    table_of(rows_of(config, without)))
end

--- Where it ran: what the configuration and the costs know of it.
function sections.environment(config, cost)
  local place = {}
  for key in pairs(PLACE) do
    place[key] = type(config) == "table" and config[key] or nil
  end
  place.processor = type(cost) == "table" and cost.processor or nil
  return sections.section("Environment", table_of(rows_of(place, {})))
end

-- ---- What it cost ---------------------------------------------------------

local function cost_rows(cost)
  local rows, thousand = {}, cost.per_thousand
  local of_thousand = {}
  for _, p in ipairs(thousand and money.rows(thousand, cost) or {}) do
    of_thousand[p[1]] = p[2]
  end
  for i, p in ipairs(money.rows(cost, cost)) do
    rows[i] = {p[1], p[2], thousand and (of_thousand[p[1]] or "") or nil}
  end
  for _, p in ipairs {{"peak memory of tensors", cost.peak_bytes},
      {"peak memory of the process", cost.peak_process_bytes}} do
    if p[2] then
      rows[#rows + 1] = {p[1], money.scaled(p[2], "B"), thousand and "" or nil}
    end
  end
  return rows
end

-- One row for each of the last epochs.
local function epoch_rows(cost)
  local rows, head = {}, {"epoch"}
  local first = math.max(1, #cost.epochs - 19)
  for i = first, #cost.epochs do
    local e = cost.epochs[i]
    local row = {tostring(e.epoch or i)}
    for k, p in ipairs(money.rows(e, cost)) do row[k + 1] = p[2] end
    rows[#rows + 1] = row
  end
  for k, p in ipairs(money.rows(cost.epochs[first], cost)) do
    head[k + 1] = p[1]
  end
  return rows, head
end

--- The ledger's report.
function sections.cost(cost)
  if type(cost) ~= "table" or not cost.seconds then return nil end
  local estimated = cost.joules_are == "estimated"
    and tag("p", {class = "note"}, ("Energy is estimated: %g W of a machine "
      .. "with %d busy cores, times the share that was used."):format(
        cost.watts or 0, cost.cores or 0))
  local epochs
  if type(cost.epochs) == "table" and #cost.epochs > 0 then
    epochs = html.table(epoch_rows(cost))
  end
  return sections.section("Cost", html.table(cost_rows(cost),
    cost.per_thousand and {"", "run", "1000 samples"} or {"", "run"}),
    estimated, epochs)
end

--- A return on investment.
function sections.roi(roi)
  if type(roi) ~= "table" or not roi.assumptions then return nil end
  local show = require "mlrt.roi.show"
  local function text(v) return money.money(v, roi.currency) end
  local list = {}
  if #roi.sensitivity > 0 then
    list[1] = svg.tornado {title = ("net present value, assumptions %.0f %% "
      .. "lower (first) and higher"):format(100 * roi.swing),
      rows = roi.sensitivity, middle = roi.npv, show = text}
  end
  local points = {}
  for t, v in ipairs(roi.flows) do points[t] = {t - 1, v} end
  list[#list + 1] = svg.lines {title = "balance after each year", x = "years",
    series = {{points = points, dots = true}}, cover = {{0, 0}}}
  local rows = {}
  for i, row in ipairs(roi.sensitivity) do
    rows[i] = {row.label, text(row.low), text(row.high), show.breaks(row)}
  end
  return sections.section("Return on investment", html.table(show.rows(roi)),
    sections.charts(list), html.table(rows, {"net present value if",
      ("-%.0f %%"):format(100 * roi.swing),
      ("+%.0f %%"):format(100 * roi.swing), "is 0 at"}))
end

return sections
