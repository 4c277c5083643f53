-- decision.lua: from scores to decisions, by what mistakes cost.
--
-- A cost matrix has a row for each true class and a column for each decision:
-- cost[2][1] is what it costs to say no where yes is true.

local core = require "mlrt.core"
local fail = require "mlrt.fail"
local options = require "mlrt.options"
local confusion = require "mlrt.metrics.confusion"
local curves = require "mlrt.metrics.curves"
local input = require "mlrt.metrics.input"

local decision = {}

-- ---- A threshold ----------------------------------------------------------

-- What each threshold is worth, less being better, by the weights of samples
-- that are right and wrong above it (tps, fps) and of all (yes, no).
local goals = {}

function goals.cost(o, tps, fps, yes, no)
  local c = confusion.costs(o.where, o.cost)
  if #c ~= 2 then
    fail("%s: a cost matrix of two classes expected, got %d", o.where, #c)
  end
  local tn, fp, fn, tp = c[1][1], c[1][2], c[2][1], c[2][2]
  return (fps * (fp - tn) + tps * (tp - fn) + (no * tn + yes * fn))
    / (yes + no)
end

function goals.f1(_, tps, fps, yes)
  return -((tps * 2) / (tps + fps + yes)):nan_to_num(0)
end

function goals.youden(_, tps, fps, yes, no)
  return fps / no - tps / yes
end

-- Where costs are of calibrated probabilities (Elkan 2001, equation 2).
local function in_theory(cost)
  local alarm, miss = cost[1][2] - cost[1][1], cost[2][1] - cost[2][2]
  return alarm + miss > 0 and alarm / (alarm + miss) or nil
end

local read = options("metrics.best_threshold", "cost: table?, "
  .. "goal: cost|f1|youden = cost, weight: any?")

-- The thresholds, highest first, begin with one that nothing reaches.
local function all_thresholds(where, prediction, target, weight)
  local tps, fps, at = curves.counts(curves.binary(where, prediction, target,
    weight))
  local zero = core.zeros(1, {dtype = "f64"})
  return core.cat({zero, tps}, 1), core.cat({zero, fps}, 1),
    core.cat({core.full_like(zero, math.huge), at}, 1)
end

--- best_threshold(prediction, target, {cost = {{0, 1}, {1, 0}}, goal = "cost",
--- weight =}): the score from which on to say yes.  goal: cost, the least mean
--- cost of a decision; f1, the highest F1; youden, the largest distance of the
--- ROC curve from guessing (Youden 1950).  Gives {threshold =, value = the cost
--- or score reached, confusion = {{tn, fp}, {fn, tp}}, theory = the threshold
--- that would be best if the scores were calibrated probabilities (cost only),
--- thresholds =, values = of them all}.  Of equally good thresholds it is the
--- highest; inf: never say yes.  Choose it on validation data.
function decision.best_threshold(prediction, target, given)
  local o = read(given or {})
  o.where, o.cost = "metrics.best_threshold", o.cost or {{0, 1}, {1, 0}}
  local tps, fps, thresholds = all_thresholds(o.where, prediction, target,
    o.weight)
  local yes, no = tps[#tps], fps[#fps]
  local values = goals[o.goal](o, tps, fps, yes, no)
  if values:isnan():any():item() then
    fail("%s: goal = '%s' needs samples of both classes", o.where, o.goal)
  end
  local best = values:argmin(1):item()
  local by_cost = o.goal == "cost"
  return {threshold = thresholds[best], thresholds = thresholds,
    values = by_cost and values or -values,
    value = by_cost and values[best] or -values[best],
    confusion = {{no - fps[best], fps[best]}, {yes - tps[best], tps[best]}},
    theory = by_cost and in_theory(o.cost) or nil}
end

-- ---- A class --------------------------------------------------------------

local read_costs = options("metrics.cheapest_class",
  "cost: table, logits: bool?")

--- cheapest_class(prediction, {cost =, logits =}) -> index (N): for each sample
--- the decision of least expected cost, by its probabilities (N, C) or (N).  A
--- cost matrix may have more columns than classes: "ask somebody" is a
--- decision.
function decision.cheapest_class(prediction, given)
  local where = "metrics.cheapest_class"
  local o = read_costs(given or {})
  local _ <close> = core.no_grad()
  local p = input.tensor(where, "prediction", prediction):to "f64"
  if p.ndim == 2 and p.shape[2] == 1 then p = p:reshape(-1) end
  local logits = #p > 0 and input.are_logits(where, p, o.logits)
  if logits then p = p.ndim == 2 and p:softmax(2) or p:sigmoid() end
  if p.ndim == 1 then p = core.stack({1 - p, p}, 2) end
  local ok, cost = pcall(core.tensor, o.cost, {dtype = "f64"})
  if not ok or cost.ndim ~= 2 or cost.shape[1] ~= p.shape[2] then
    fail("%s: a cost matrix of %d rows expected, one for each class", where,
      p.shape[2])
  end
  return p:matmul(cost):argmin(2)
end

return decision
