-- judge.lua: how good a pipeline is, from where on it says yes, and why.
--
-- Adds its methods to Pipeline: evaluate, truth, choose_threshold, calibrate,
-- explain.

local core = require "mlrt.core"
local fail = require "mlrt.fail"
local Columns = require "mlrt.prep.columns"
local Model = require "mlrt.prep.model"
local roles = require "mlrt.prep.roles"
local target = require "mlrt.prep.target"

local Pipeline = {} -- the methods

-- ---- Judging --------------------------------------------------------------

-- index (n) of classes, or f64 (n), of what is true.
local function truth(self, data, y, method)
  self:need(method, "model")
  if y == nil then y = self.options.target end
  local where = "prep.Pipeline:" .. method
  if y == nil then fail("%s: a target is needed", where) end
  local n = Columns.form(data) == "row" and 1 or #data
  if n == 0 then fail("%s: there are no rows", where) end
  local column = target.column(where, data, y, n)
  return self.labels and target.codes(where, column, self.labels) or column.x
end

--- What is true of data: index (n), positions in `labels`, or f64 (n).
function Pipeline:truth(data, y)
  return truth(self, data, y, "truth")
end

local judge = {}

function judge.numbers(self, data, y)
  local metrics = require "mlrt.metrics"
  local p = self:predict(data)
  return {rmse = metrics.rmse(p, y), mae = metrics.mae(p, y),
    r2 = #y > 1 and metrics.r2(p, y) or nil}
end

-- Area under curves where both classes are there to be told apart.
local function of_two(result, p, y)
  local metrics = require "mlrt.metrics"
  local yes = y:eq(2):to "f64":mean():item()
  result.brier = metrics.brier(p, y)
  if yes > 0 and yes < 1 then
    result.roc_auc = metrics.roc_auc(p, y)
    result.average_precision = metrics.average_precision(p, y)
  end
  result.positive_share = yes
end

function judge.classes(self, data, y)
  local metrics = require "mlrt.metrics"
  local p = self:probabilities(data, "evaluate")
  local decided = Model.decide(p, self.threshold)
  local result = {accuracy = metrics.accuracy(decided, y),
    log_loss = metrics.log_loss(p, y), threshold = self.threshold}
  if p.ndim == 1 then
    of_two(result, p, y)
    result.precision = metrics.precision(decided, y,
      {average = "binary", zero_division = 0})
    result.recall = metrics.recall(decided, y,
      {average = "binary", zero_division = 0})
  end
  return result
end

--- Judges by rows it has not seen: {accuracy, log_loss, ...} of classes; of two
--- also roc_auc, average_precision, brier, precision, recall of the last label;
--- {rmse, mae, r2} of numbers.  Kept as `metrics`, which travels in the file,
--- unless the rows are a training part.
function Pipeline:evaluate(data, y)
  self:need("evaluate", "model")
  roles.check_judging("prep.Pipeline:evaluate", self, data)
  local t = truth(self, data, y, "evaluate")
  local result = judge[self.labels and "classes" or "numbers"](self, data, t)
  result.rows = #t
  if roles.of(data) ~= "train" and not roles.same(self, data) then
    self.metrics = result
  end
  return result
end

--- Sets the threshold by metrics.best_threshold (cost, goal, weight) on
--- validation rows; returns what that gives.
function Pipeline:choose_threshold(data, given, y)
  local p = self:probabilities(data, "choose_threshold")
  if p.ndim ~= 1 then
    fail("prep.Pipeline:choose_threshold: two classes are needed")
  end
  local best = require "mlrt.metrics".best_threshold(p,
    truth(self, data, y, "choose_threshold"), given)
  self.threshold = best.threshold
  return best
end

--- Learns on validation rows how to bend the model's log-odds into calibrated
--- ones, slope z + shift (Platt 1999); two classes.
function Pipeline:calibrate(data, y)
  self:need("calibrate", "classes")
  local where = "prep.Pipeline:calibrate"
  if #self.labels ~= 2 then fail("%s: two classes are needed", where) end
  local t = truth(self, data, y, "calibrate")
  local z = self.model:output_of(self:prepared(data, "calibrate"))
  local line = require "mlrt.prep.linear".LogisticRegression {c = 1e6}
  line:fit(z:unsqueeze(2), t)
  self.calibration = {slope = line.weight[{1, 1}]:item(),
    shift = line.bias[1]}
  return self
end

-- ---- Explaining -----------------------------------------------------------

-- Contributions f64 (k) of one row added up by raw column.
local function by_source(cols, names, list)
  local sums, order = {}, {}
  for j, name in ipairs(names) do
    local source = table.concat(cols:get(name).from, " * ")
    if not sums[source] then order[#order + 1], sums[source] = source, 0 end
    sums[source] = sums[source] + list[j]
  end
  return sums, order
end

--- What each raw column of a row adds to the output of a linear model, against
--- the mean of the training part: a list {column =, value =, contribution =},
--- largest first, of log-odds for classes; and the output of that mean.  With
--- more than two classes, for label number `class_`.
function Pipeline:explain(row, class_)
  self:need("explain", "model")
  local model = self.model
  if not model.contributions then
    fail("prep.Pipeline:explain: %s is not linear", model.__name)
  end
  if Columns.form(row) ~= "row" then
    fail("prep.Pipeline:explain: one row {column = value} expected")
  end
  local _ <close> = core.no_grad()
  local cols = self:prepared(row, "explain")
  local parts = model:contributions(cols, class_):select(1, 1):totable()
  local sums, order = by_source(cols, model.names, parts)
  local list = {}
  for i, source in ipairs(order) do
    list[i] = {column = source, value = row[source],
      contribution = sums[source]}
  end
  table.sort(list, function(a, b)
    local x, y = math.abs(a.contribution), math.abs(b.contribution)
    return x > y or x == y and a.column < b.column
  end)
  local k = class_ or 1
  local base = (model.centre * model.weight:select(1, k)):sum():item()
    + model.bias[k]
  return list, base
end

return function(class)
  for name, method in pairs(Pipeline) do class[name] = method end
end
