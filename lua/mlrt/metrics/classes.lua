-- classes.lua: metrics of which class was predicted.
--
-- Of each class three weights are added up: of the samples that are of it
-- (`actual`), that were predicted to be (`predicted`), and both (`right`); and
-- whether it occurs at all, were it without weight (`samples_of`).
-- Everything here follows from these, in O(classes) memory.  Definitions and
-- what happens where a quotient is 0 / 0 are scikit-learn's (its user guide,
-- 3.4.4 Classification metrics).

local core = require "mlrt.core"
local fail = require "mlrt.fail"
local Metric = require "mlrt.metrics.metric"
local input = require "mlrt.metrics.input"

local classes = {}

-- ---- Adding up ------------------------------------------------------------

--- The predicted class of each sample, an index (N): the class of the highest
--- score, the first of equal ones; of two classes with one score, "yes" where
--- the probability is at least `threshold`.
function classes.predicted(metric, batch)
  local s = batch.scores
  if not s then return batch.labels end
  if s.ndim == 2 then return s:argmax(2) end
  local o, sums = metric.options, metric.sums
  sums.logits = input.are_logits(metric.where, s, o.logits, sums.logits)
  if sums.logits then s = s:sigmoid() end
  return s:ge(o.threshold):to "i64":index {base = 0}
end

-- The weight at each class of those samples whose class is given.
local function count(index, weight, size)
  return core.bincount(index, weight, size):to "f64"
end

-- The sum of a and b, of which the shorter is filled up with zeros.
local function add_up(a, b)
  if not a then return b end
  if #a < #b then a, b = b, a end
  a = a:clone()
  a[{{1, #b}}]:add_(b)
  return a
end

local function add(self, prediction, target, weight)
  local batch = input.batch(self.where, prediction, target, weight)
  local size = math.max(batch.classes, self.options.classes or 0)
  if #batch.target == 0 then return 0 end
  local predicted = classes.predicted(self, batch)
  local right = predicted:eq(batch.target):to "f64"
  if weight then right = right * batch.weight end
  local sums = self.sums
  sums.actual = add_up(sums.actual, count(batch.target, batch.weight, size))
  sums.predicted = add_up(sums.predicted, count(predicted, batch.weight, size))
  sums.right = add_up(sums.right, count(batch.target, right, size))
  sums.samples_of = add_up(sums.samples_of, count(batch.target, nil, size)
    + count(predicted, nil, size))
  return #batch.target
end

-- Lists of the three sums, and the sum of all weights.
local function lists(sums)
  local total = sums.actual:sum():item()
  return sums.right:totable(), sums.actual:totable(),
    sums.predicted:totable(), total
end

local INPUT = "threshold: number = 0.5, logits: bool?, classes: size?"

local function declare(name, label, signature)
  local cls = Metric.declare(name, label,
    INPUT .. (signature and ", " .. signature or ""))
  cls.add = add
  classes[name] = cls
  return cls
end

local function sum(list)
  local total = 0
  for _, v in ipairs(list) do total = total + v end
  return total
end

-- ---- Accuracy -------------------------------------------------------------

--- Accuracy{threshold =, logits =, classes =}: the share of samples whose class
--- is predicted.
local Accuracy = declare("Accuracy", "accuracy")

function Accuracy.value(_, sums)
  return (sums.right:sum() / sums.actual:sum()):item()
end

--- BalancedAccuracy{adjusted = false}: the mean recall of the classes that
--- occur (Brodersen et al. 2010); adjusted: scaled so that guessing gives 0.
local BalancedAccuracy = declare("BalancedAccuracy", "balanced_accuracy",
  "adjusted: bool = false")

function BalancedAccuracy:value(sums)
  local right, actual = lists(sums)
  local recall, n = 0, 0
  for k, a in ipairs(actual) do
    if a > 0 then recall, n = recall + right[k] / a, n + 1 end
  end
  recall = recall / n
  if not self.options.adjusted then return recall end
  return (recall - 1 / n) / (1 - 1 / n)
end

--- MCC{}: Matthews' correlation coefficient of prediction and target, in many
--- classes that of Gorodkin (2004); 0 where one of them never varies.
local MCC = declare("MCC", "mcc")

function MCC.value(_, sums)
  local right, actual, predicted, n = lists(sums)
  local both, a2, p2 = 0, 0, 0
  for k, a in ipairs(actual) do
    local p = predicted[k]
    both, a2, p2 = both + a * p, a2 + a * a, p2 + p * p
  end
  local spread = (n * n - a2) * (n * n - p2)
  if spread <= 0 then return 0.0 end
  return (sum(right) * n - both) / math.sqrt(spread)
end

-- ---- Precision, recall and what is made of them ----------------------------

-- The mean of the values that are not nan, by weights, if any of these has
-- some; nan if there are none.
local function mean(values, weights)
  local total, weight, plain, n = 0, 0, 0, 0
  for k, v in ipairs(values) do
    if v == v then
      total, weight = total + weights[k] * v, weight + weights[k]
      plain, n = plain + v, n + 1
    end
  end
  return weight > 0 and total / weight or plain / n
end

local averages = {}

function averages.micro(score, right, actual, predicted)
  return score(sum(right), sum(actual), sum(predicted))
end

function averages.none(score, right, actual, predicted)
  local values = {}
  for k, r in ipairs(right) do values[k] = score(r, actual[k], predicted[k]) end
  return values
end

function averages.macro(score, right, actual, predicted, o)
  return mean(averages.none(score, right, actual, predicted), o.occurs)
end

function averages.weighted(score, right, actual, predicted)
  return mean(averages.none(score, right, actual, predicted), actual)
end

function averages.binary(score, right, actual, predicted, o)
  local k = o.positive
  if #right > 2 then
    fail("%s: average = 'binary' is for two classes, got %d; say macro, micro "
      .. "or weighted", o.where, #right)
  end
  return score(right[k] or 0, actual[k] or 0, predicted[k] or 0)
end

local AVERAGE = "average: auto|binary|micro|macro|weighted|none = auto, "
  .. "positive: size = 2, zero_division: number = 0"

-- A metric that scores(right, actual, predicted, options) a class as a
-- fraction, and averages over them.
local function averaged(name, label, fraction, signature)
  local cls = declare(name, label,
    AVERAGE .. (signature and ", " .. signature or ""))
  function cls:value(sums)
    local o = self.options
    local right, actual, predicted = lists(sums)
    local average = o.average
    if average == "auto" then average = #right <= 2 and "binary" or "macro" end
    return averages[average](function(r, a, p)
      local upper, lower = fraction(r, a, p, o)
      return lower == 0 and o.zero_division + 0.0 or upper / lower
    end, right, actual, predicted, {positive = o.positive, where = self.where,
      occurs = sums.samples_of:gt(0):to "i64":totable()})
  end
  return cls
end

-- Each takes {average =, positive =, zero_division =} beside what says which
-- class was predicted.  average: binary, of the class `positive`; micro, of all
-- decisions together; macro, the mean of the classes that occur; weighted, by
-- how often they do; none, a list of the classes' own; auto, binary for two
-- classes, else macro.  zero_division: the value of 0 / 0; nan leaves the class
-- out of the mean.

--- Precision{}: right / predicted.
averaged("Precision", "precision", function(r, _, p) return r, p end)

--- Recall{}: right / actual; with positive = 1 the specificity.
averaged("Recall", "recall", function(r, a) return r, a end)

--- F1{}: the harmonic mean of precision and recall, 2 right / (actual +
--- predicted) (van Rijsbergen 1979).
averaged("F1", "f1", function(r, a, p) return 2 * r, a + p end)

--- FBeta{beta = 1}: recall counts beta times as much as precision:
--- (1 + beta^2) right / (beta^2 actual + predicted).
averaged("FBeta", "fbeta", function(r, a, p, o)
  local b2 = o.beta * o.beta
  return (1 + b2) * r, b2 * a + p
end, "beta: number = 1")

--- Jaccard{}: right / (actual or predicted), the intersection over the union.
averaged("Jaccard", "jaccard", function(r, a, p) return r, a + p - r end)

-- ---- The true class among the k best --------------------------------------

--- TopK{k = 5}: the share of samples with fewer than k classes in front of the
--- true one.  Of equal scores those of later classes are in front, as in
--- scikit-learn.
local TopK = Metric.declare("TopK", "top_k", "k: size = 5")
classes.TopK = TopK

function TopK:init(...)
  Metric.init(self, ...)
  self.name = self.options.name or ("top%d"):format(self.options.k)
end

function TopK.zero()
  return {right = 0.0, total = 0.0}
end

-- How many classes are in front of the true one.
local function rank(scores, target)
  local own = scores:gather(2, target:unsqueeze(2))
  local later = core.range(1, scores.shape[2]):to "i64"
    :gt(target:to "i64":unsqueeze(2))
  return scores:gt(own):logical_or(scores:eq(own):logical_and(later)):sum(2)
end

function TopK:add(prediction, target, weight)
  local batch = input.scored(self.where, prediction, target, weight)
  if batch.scores.ndim ~= 2 then
    fail("%s: argument 'prediction': (N, C) expected, got (N)", self.where)
  end
  if #batch.target == 0 then return 0 end
  local hit = rank(batch.scores, batch.target):lt(self.options.k):to "f64"
  local sums = self.sums
  sums.right = sums.right + (weight and hit * batch.weight or hit):sum():item()
  sums.total = sums.total
    + (weight and batch.weight:sum():item() or #batch.target)
  return #batch.target
end

function TopK.value(_, sums)
  return sums.right / sums.total
end

return classes
