-- evaluation.lua: everything that a report says about predictions, as plain
-- data that goes into evaluation.json.

local core = require "mlrt.core"
local fail = require "mlrt.fail"
local options = require "mlrt.options"
local image = require "mlrt.report.image"
local input = require "mlrt.metrics.input"
local metrics = require "mlrt.metrics"
local thin = require "mlrt.report.thin"

local read = options("report.evaluation", "names: table?, examples: any?, "
  .. "worst: count = 12, confidence: number = 0.95, samples: count = 200, "
  .. "logits: bool?, title: string?")

local where = "report.evaluation"
local POINTS = 150 -- of a curve
local CURVES = 8 -- classes that get one

-- ---- Examples -------------------------------------------------------------

local function check_examples(examples, n)
  if examples == nil or type(examples) == "function" then return end
  local rows = (core.is_tensor(examples) or type(examples) == "table")
    and #examples
  if rows ~= n then
    fail("%s: argument 'examples': %d expected (a list or a tensor), or a "
      .. "function, got %s", where, n, rows or type(examples))
  end
end

-- {image =} or {text =} of sample i; empty where there is nothing to show.
local function example(examples, i)
  local e
  if type(examples) == "function" then
    e = examples(i)
  elseif examples ~= nil then
    e = examples[i]
  end
  if core.is_tensor(e) then
    local address = image.address(e)
    if address then return {image = address} end
    e = table.concat(e:flatten():narrow(1, 1, math.min(e:numel(), 12))
      :totable(), ", ")
  end
  local text = e ~= nil and tostring(e) or nil
  return {text = text and text:sub(1, utf8.len(text)
    and utf8.offset(text, 301) and utf8.offset(text, 301) - 1 or 300)}
end

-- ---- Figures --------------------------------------------------------------

-- Adds metrics {name, value, low, high} with bootstrap intervals to the rows;
-- those that are nan for nearly all draws have none.
local function figures(rows, list, prediction, target, o)
  for _, metric in ipairs(list) do
    local row = {name = metric.name}
    if o.samples > 1 and o.confidence then
      local ok, r = pcall(metrics.bootstrap, metric, prediction, target,
        {samples = o.samples, confidence = o.confidence})
      if ok then row.low, row.high = r.low, r.high end
    end
    row.value = metric:update(prediction, target):compute()
    rows[#rows + 1] = row
  end
  return rows
end

-- Two lists as at most n points, those of no finite number left out.
local function points_of(x, y, n)
  local list = {}
  x, y = x:totable(), y:totable()
  for i, v in ipairs(x) do
    if v - v == 0 and y[i] - y[i] == 0 then list[#list + 1] = {v, y[i]} end
  end
  return thin.some(list, n or POINTS)
end

-- ---- Classes --------------------------------------------------------------

local function name_of(o, k)
  return o.names and o.names[k] ~= nil and tostring(o.names[k]) or tostring(k)
end

-- The classes to draw, {class, name}: "yes" of two, or the most frequent.
local function drawn_classes(batch, o)
  if batch.classes == 2 then return {{2, name_of(o, 2)}} end
  local counts, list = batch.target:bincount(nil, batch.classes):totable(), {}
  for k, n in ipairs(counts) do
    if n > 0 and n < #batch.target then list[#list + 1] = {k, name_of(o, k)} end
  end
  table.sort(list, function(a, b)
    if counts[a[1]] ~= counts[b[1]] then return counts[a[1]] > counts[b[1]] end
    return a[1] < b[1]
  end)
  for i = #list, CURVES + 1, -1 do list[i] = nil end
  table.sort(list, function(a, b) return a[1] < b[1] end)
  return list
end

local function score_of(p, class)
  return p.ndim == 1 and p or p:select(2, class):contiguous()
end

-- Both curves of each drawn class against the rest.
local function ranking(p, batch, o)
  local roc, pr = {}, {}
  for i, c in ipairs(drawn_classes(batch, o)) do
    local score, truth = score_of(p, c[1]), batch.target:eq(c[1])
    local r = metrics.roc_curve(score, truth)
    local q = metrics.precision_recall_curve(score, truth)
    roc[i] = {name = c[2], points = points_of(r.fpr, r.tpr),
      area = metrics.roc_auc(score, truth)}
    pr[i] = {name = c[2], points = points_of(q.recall, q.precision),
      area = metrics.average_precision(score, truth)}
  end
  return roc, pr
end

-- The wrong predictions that were the surest.
local function worst_classes(p, predicted, batch, o)
  local wrong = predicted:ne(batch.target)
  local certain = p.ndim == 1 and core.where(predicted:eq(2), p, 1 - p)
    or p:amax(2)
  local list = {}
  local order = core.where(wrong, certain, certain * 0 - 1)
    :argsort(1, true):totable()
  local errors = wrong:sum():item()
  for k = 1, math.min(o.worst, errors) do
    local i = order[k]
    local row = example(o.examples, batch.rows and batch.rows[i] or i)
    row.index = batch.rows and batch.rows[i] or i
    row.target = name_of(o, batch.target[i])
    row.predicted = name_of(o, predicted[i])
    row.confidence = certain[i]
    list[k] = row
  end
  return list
end

-- Which rows are left when those without a class are gone, or nil.
local function rows_left(target)
  if not core.is_tensor(target) or target.dtype ~= "index" then return nil end
  local keep = target:reshape(-1):ge(1)
  if keep:all():item() then return nil end
  return keep:nonzero():reshape(-1)
end

local function names_of(o, classes)
  local names = {}
  for k = 1, classes do names[k] = name_of(o, k) end
  return names
end

local function probabilities(batch, o)
  local s = batch.scores:to "f64"
  if not input.are_logits(where, s, o.logits) then return s end
  return s.ndim == 2 and s:softmax(2) or s:sigmoid()
end

-- What follows from the predicted classes, what from the order of scores, and
-- what from probabilities.
local function metrics_of_classes(two)
  if two then
    return {metrics.Accuracy(), metrics.Precision(), metrics.Recall(),
      metrics.F1(), metrics.MCC()}
  end
  return {metrics.Accuracy(), metrics.BalancedAccuracy(), metrics.F1(),
    metrics.MCC()}
end

local function metrics_of_ranks()
  return {metrics.ROCAUC(), metrics.AveragePrecision()}
end

local function metrics_of_probabilities()
  return {metrics.LogLoss(), metrics.Brier(), metrics.CalibrationError()}
end

local MOST = 2e6 -- scores to sort for an interval

local function all_figures(p, predicted, batch, o)
  local target, rows = batch.target, {}
  figures(rows, metrics_of_classes(batch.classes == 2), predicted, target, o)
  if not p then return rows end
  local few = p:numel() * o.samples <= MOST
  figures(rows, metrics_of_ranks(), p, target,
    few and o or {samples = 0})
  return figures(rows, metrics_of_probabilities(), p, target, o)
end

local function classification(batch, o)
  local p = batch.scores and probabilities(batch, o)
  local predicted = p and (p.ndim == 2 and p:argmax(2)
    or p:ge(0.5):to "i64":index {base = 0}) or batch.labels
  local e = {kind = "classification", names = names_of(o, batch.classes),
    confusion = metrics.confusion_matrix(predicted, batch.target,
      {classes = batch.classes}),
    metrics = all_figures(p, predicted, batch, o)}
  if not p then
    p = core.ones(#predicted, {dtype = "f64"})
    if batch.classes == 2 then p = predicted:eq(2):to "f64" end
  else
    e.roc, e.precision_recall = ranking(p, batch, o)
    e.calibration = metrics.reliability_curve(p, batch.target, {bins = 10,
      logits = false})
  end
  e.worst = worst_classes(p.ndim == 1 and batch.classes > 2
    and p:unsqueeze(2) or p, predicted, batch, o)
  return e
end

-- ---- Numbers --------------------------------------------------------------

local function histogram(x, bins)
  local least, most = x:min():item(), x:max():item()
  if most <= least then least, most = least - 0.5, most + 0.5 end
  local edges, counts = {}, x:histc(bins, least, most):to "i64":totable()
  for i = 0, bins do edges[i + 1] = least + (most - least) * i / bins end
  return {edges = edges, counts = counts}
end

local function worst_numbers(p, t, o)
  local list, order = {}, (p - t):abs():argsort(1, true):totable()
  for k = 1, math.min(o.worst, #order) do
    local row = example(o.examples, order[k])
    row.index, row.target, row.predicted = order[k], t[order[k]], p[order[k]]
    list[k] = row
  end
  return list
end

local function regression(prediction, target, o)
  local p, t = input.numbers(where, prediction, target)
  local list = {metrics.RMSE(), metrics.MAE(), metrics.MAPE(), metrics.R2()}
  local e = {kind = "regression", metrics = figures({}, list, p, t, o)}
  p, t = p:reshape(-1), t:reshape(-1)
  e.scatter = points_of(t, p, 400)
  e.errors = histogram(p - t, 30)
  e.worst = worst_numbers(p, t, o)
  return e
end

-- ---- Both -----------------------------------------------------------------

-- Are these numbers, and not classes?
local function are_numbers(prediction, target)
  local p = input.tensor(where, "prediction", prediction)
  local t = input.tensor(where, "target", target)
  if t.dtype == "index" or t.dtype == "bool" or p.dtype == "index" then
    return false
  end
  return p.shape == t.shape
    and not t:eq(0):logical_or(t:eq(1)):all():item()
end

--- evaluation(prediction, target, {names =, examples =, worst = 12, samples =
--- 200, confidence = 0.95, logits =, title =}): what a report shows of
--- predictions, as plain data: metrics with bootstrap intervals (samples = 0:
--- without), the confusion matrix, curves, calibration and the worst errors.
--- Predictions and targets are those of mlrt.metrics; targets of other numbers
--- than 0 and 1 make a regression.  examples: what the samples were, a tensor
--- of pictures, a list of texts, or f(i) that gives either; names: of the
--- classes.
return function(prediction, target, given)
  local o = read(given or {})
  local _ <close> = core.no_grad()
  local e
  if are_numbers(prediction, target) then
    local n = #input.tensor(where, "target", target)
    check_examples(o.examples, n)
    if n == 0 then fail("%s: there are no samples", where) end
    e = regression(prediction, target, o)
    e.samples = n
  else
    local batch = input.batch(where, prediction, target)
    batch.rows = rows_left(target)
    if #batch.target == 0 then fail("%s: there are no samples", where) end
    check_examples(o.examples, core.is_tensor(target) and target:numel()
      or #target)
    e = classification(batch, o)
    e.samples = #batch.target
  end
  e.title, e.confidence = o.title, o.confidence
  return e
end
