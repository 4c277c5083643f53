-- confusion.lua: how often each class was taken for which.

local core = require "mlrt.core"
local fail = require "mlrt.fail"
local Metric = require "mlrt.metrics.metric"
local classes = require "mlrt.metrics.classes"
local input = require "mlrt.metrics.input"

local confusion = {}

-- ---- The matrix as a text -------------------------------------------------

local function cell(v)
  if math.type(v) == "integer" then return ("%d"):format(v) end
  return ("%.3g"):format(v)
end

-- Cuts a name, between characters where it is UTF-8.
local function fit(name, width)
  if (utf8.len(name) or #name) <= width then return name end
  local stop = utf8.len(name) and utf8.offset(name, width) or width
  return name:sub(1, stop - 1) .. "."
end

local function pad(text, width)
  return (" "):rep(width - (utf8.len(text) or #text)) .. text
end

-- Rows are the true classes, columns the predicted ones.
local function show(matrix, given)
  local names, width, side = {}, 0, 4
  for k = 1, #matrix do
    names[k] = fit(tostring(given and given[k] or k), 12)
    side = math.max(side, utf8.len(names[k]) or #names[k])
  end
  for k, row in ipairs(matrix) do
    width = math.max(width, utf8.len(fit(names[k], 7)) or 7)
    for _, v in ipairs(row) do width = math.max(width, #cell(v)) end
  end
  local lines = {pad("true", side) .. " | predicted"}
  local head = {pad("", side) .. " |"}
  for k = 1, #matrix do head[k + 1] = pad(fit(names[k], 7), width) end
  lines[2] = table.concat(head, " ")
  for k, row in ipairs(matrix) do
    local line = {pad(names[k], side) .. " |"}
    for j, v in ipairs(row) do line[j + 1] = pad(cell(v), width) end
    lines[#lines + 1] = table.concat(line, " ")
  end
  return table.concat(lines, "\n")
end

-- ---- The metric -----------------------------------------------------------

--- ConfusionMatrix{normalise = "none", names =, classes =, threshold =, logits
--- =}: rows are true classes, columns predicted ones: compute()[i][j] is how
--- many of class i were taken for j, an integer without weights.  normalise:
--- "true", rows add up to 1; "predicted", columns do; "all", everything does;
--- 0 / 0 gives 0.  names: those of the classes, for printing.  O(classes^2).
local ConfusionMatrix = Metric.declare("ConfusionMatrix", "confusion_matrix",
  "normalise: none|true|predicted|all = none, names: table?, "
  .. "classes: size?, threshold: number = 0.5, logits: bool?")
confusion.ConfusionMatrix = ConfusionMatrix

local MOST = 10000 -- classes: 800 MB

function ConfusionMatrix.zero()
  return {whole = true}
end

local function grown(counts, size)
  if #counts == size then return counts end
  local more = core.zeros(size, size, {dtype = "f64"})
  more[{{1, #counts}, {1, #counts}}]:copy_(counts)
  return more
end

-- The number of classes in the matrix once the batch is added.
local function size_for(self, batch)
  local counts, o = self.sums.counts, self.options
  local size = math.max(batch.classes, o.classes or 0, counts and #counts or 0,
    o.names and #o.names or 0)
  if size > MOST then
    fail("%s: %d classes are too many for a matrix", self.where, size)
  end
  return size
end

function ConfusionMatrix:add(prediction, target, weight)
  local batch = input.batch(self.where, prediction, target, weight)
  local size, sums = size_for(self, batch), self.sums
  if #batch.target == 0 then return 0 end
  local predicted = classes.predicted(self, batch)
  local place = (batch.target:to "i64" - 1) * size + predicted:to "i64" - 1
  local counts = core.bincount(place, batch.weight, size * size)
    :to "f64":reshape(size, size)
  sums.whole = sums.whole and not weight
  sums.counts = sums.counts and grown(sums.counts, size) + counts or counts
  return #batch.target
end

local function normalised(counts, how)
  local sum = how == "true" and counts:sum(2, true)
    or how == "predicted" and counts:sum(1, true) or counts:sum()
  return (counts / sum):nan_to_num(0)
end

function ConfusionMatrix:value(sums)
  local how, counts = self.options.normalise, sums.counts
  if how ~= "none" then
    counts = normalised(counts, how)
  elseif sums.whole then
    counts = counts:to "i64"
  end
  return counts:totable()
end

--- The matrix as a text, with the names of the classes.
function ConfusionMatrix:__tostring()
  if self.sums.samples == 0 then return Metric.__tostring(self) end
  return show(self:compute(), self.options.names)
end

--- confusion_matrix(prediction, target, options) -> the matrix, which prints as
--- one.
function confusion.confusion_matrix(prediction, target, given)
  local names = given and given.names
  return setmetatable(Metric.as_function(ConfusionMatrix)(prediction, target,
    given), {__tostring = function(rows) return show(rows, names) end})
end

--- Kappa{weights = "none"}: agreement beyond chance (Cohen 1960); weights:
--- linear or quadratic in the distance of the classes, if they are an order
--- (Cohen 1968).  nan where chance alone would agree always.
local Kappa = Metric.declare("Kappa", "kappa", "weights: none|linear|quadratic "
  .. "= none, classes: size?, threshold: number = 0.5, logits: bool?")
confusion.Kappa = Kappa
Kappa.zero, Kappa.add = ConfusionMatrix.zero, ConfusionMatrix.add

-- What confusing class i with class j weighs: a tensor (C, C).
local function disagreement(how, size)
  local place = core.range(1, size):to "f64"
  local distance = (place:unsqueeze(2) - place):abs()
  if how == "linear" then return distance end
  if how == "quadratic" then return distance:square() end
  return distance:ne(0):to "f64"
end

function Kappa:value(sums)
  local seen = sums.counts
  local expected = seen:sum(2, true) * seen:sum(1, true) / seen:sum()
  local w = disagreement(self.options.weights, #seen)
  return 1 - ((w * seen):sum() / (w * expected):sum()):item()
end

--- Cost{matrix =}: the mean cost of a decision, matrix[i][j] being the cost of
--- taking class i for class j; gains are negative.
local Cost = Metric.declare("Cost", "cost", "matrix: table, classes: size?, "
  .. "threshold: number = 0.5, logits: bool?")
confusion.Cost = Cost
Cost.zero, Cost.add = ConfusionMatrix.zero, ConfusionMatrix.add

--- A square matrix of costs as a tensor f64.
function confusion.costs(where, matrix)
  local ok, t = pcall(core.tensor, matrix, {dtype = "f64"})
  if not ok or t.ndim ~= 2 or t.shape[1] ~= t.shape[2]
      or not t:isfinite():all():item() then
    fail("%s: the cost matrix should be {{cost, ...}, ...}, a row for each "
      .. "true class and as many columns", where)
  end
  return t
end

function Cost:check(o)
  o.classes = #confusion.costs(self.where, o.matrix)
end

function Cost:value(sums)
  local costs = confusion.costs(self.where, self.options.matrix)
  if costs.shape ~= sums.counts.shape then
    fail("%s: a cost matrix of shape %s, and %d classes", self.where,
      costs.shape, #sums.counts)
  end
  return ((costs * sums.counts):sum() / sums.counts:sum()):item()
end

-- ---- A table of the classes -----------------------------------------------

local function line_of(name, p, r, f, n)
  return ("%-12s %9.4f %9.4f %9.4f %9s"):format(fit(name, 12), p, r, f,
    cell(n))
end

local function show_report(report)
  local lines = {("%-12s %9s %9s %9s %9s"):format("", "precision", "recall",
    "f1", "support")}
  for k, c in ipairs(report.classes) do
    lines[#lines + 1] = line_of(c.name or tostring(k), c.precision, c.recall,
      c.f1, c.support)
  end
  for _, name in ipairs {"macro", "weighted"} do
    local c = report[name]
    lines[#lines + 1] = line_of(name, c.precision, c.recall, c.f1,
      report.support)
  end
  lines[#lines + 1] = ("%-12s %29.4f %9s"):format("accuracy", report.accuracy,
    cell(report.support))
  return table.concat(lines, "\n")
end

-- {precision =, recall =, f1 =} of one way to average.
local function three(prediction, target, o, average, zero_division)
  local row = {}
  for _, name in ipairs {"Precision", "Recall", "F1"} do
    row[name:lower()] = Metric.as_function(classes[name])(prediction, target,
      {average = average, zero_division = zero_division, weight = o.weight,
        threshold = o.threshold, logits = o.logits, classes = o.classes})
  end
  return row
end

local read = require "mlrt.options"("metrics.classification_report",
  "names: table?, weight: any?, zero_division: number = 0, classes: size?, "
  .. "threshold: number = 0.5, logits: bool?")

-- The predicted classes themselves, so that they are found once.
local function settled(prediction, target, o)
  local metric = classes.Accuracy {threshold = o.threshold, logits = o.logits}
  local batch = input.batch("metrics.classification_report", prediction,
    target, o.weight)
  o.weight = batch.weight
  o.classes = math.max(o.classes or 0, batch.classes)
  return classes.predicted(metric, batch), batch.target
end

local function support(target, o)
  local counts = core.bincount(target, o.weight, o.classes)
  return counts:totable(), counts:sum():item()
end

--- Precision, recall, F1 and support of each class, their means and the
--- accuracy: a table that prints as one.
function confusion.classification_report(prediction, target, given)
  local o = read(given or {})
  prediction, target = settled(prediction, target, o)
  local each = three(prediction, target, o, "none", o.zero_division)
  local counts, total = support(target, o)
  local report = {classes = {}, support = total,
    macro = three(prediction, target, o, "macro", o.zero_division),
    weighted = three(prediction, target, o, "weighted", o.zero_division),
    accuracy = Metric.as_function(classes.Accuracy)(prediction, target,
      {weight = o.weight})}
  for k, n in ipairs(counts) do
    report.classes[k] = {name = o.names and o.names[k], support = n,
      precision = each.precision[k], recall = each.recall[k], f1 = each.f1[k]}
  end
  return setmetatable(report, {__tostring = show_report})
end

return confusion
