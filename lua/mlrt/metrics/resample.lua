-- resample.lua: how sure a figure is, and whether one model beats another.
--
-- The bootstrap (Efron 1979) draws as many samples as there are, with
-- replacement, many times over, and looks at how the metric varies.  Each draw
-- is a few operations on whole tensors.

local core = require "mlrt.core"
local class = require "mlrt.class"
local fail = require "mlrt.fail"
local options = require "mlrt.options"
local classes = require "mlrt.metrics.classes"
local input = require "mlrt.metrics.input"

local resample = {}

-- ---- What is measured -----------------------------------------------------

-- A metric like this one that has seen nothing.
local function twin(metric)
  local copy = {}
  for key, value in pairs(metric) do copy[key] = value end
  setmetatable(copy, getmetatable(metric)):reset()
  return copy
end

-- The argument as f(prediction, target) -> number.
local function measure_of(where, metric)
  if type(metric) == "function" then return metric end
  if type(metric) ~= "table" or not metric.update then
    fail("%s: argument 'metric': a metric or a function expected, got %s",
      where, type(metric))
  end
  local own = rawget(metric, "sums") and twin(metric) or metric()
  return function(prediction, target)
    own:reset()
    return own:update(prediction, target):compute()
  end
end

local function checked(where, value)
  if type(value) ~= "number" then
    fail("%s: the metric gave a %s, wanted a number", where, type(value))
  end
  return value
end

local function rows(where, name, v, n)
  local t = input.tensor(where, name, v)
  if t.ndim == 0 or #t == 0 or n and #t ~= n then
    fail("%s: argument '%s': %s rows expected, got shape %s", where, name,
      n or "some", t.shape)
  end
  return t
end

-- f(rows) for each draw, rows being an index (n).
local function draws(o, n, f)
  local generator = core.generator(o.seed)
  for _ = 1, o.samples do
    f(core.randint(1, n + 1, {n}, {dtype = "index", generator = generator}))
  end
end

-- ---- One model ------------------------------------------------------------

local SIGNATURE = "samples: size = 1000, confidence: number = 0.95, "
  .. "seed: int = 1"

-- Puts the interval between the percentiles of the list into `result`.
local function describe(where, result, list, o)
  if not (o.confidence > 0 and o.confidence < 1) then
    fail("%s: confidence should be between 0 and 1, got %g", where,
      o.confidence)
  end
  if #list < 2 then
    fail("%s: the metric is nan for nearly all draws", where)
  end
  local values = core.tensor(list, {dtype = "f64"})
  local tail = (1 - o.confidence) / 2
  result.low = values:quantile(tail):item()
  result.high = values:quantile(1 - tail):item()
  result.standard_error = values:std():item()
  result.samples, result.confidence = #list, o.confidence
  return result
end

local Interval = class "Interval"

function Interval:__tostring()
  return ("%.4f (%g %%: %.4f to %.4f)"):format(self.value,
    100 * self.confidence, self.low, self.high)
end

local read = options("metrics.bootstrap", SIGNATURE)

--- bootstrap(metric, prediction, target, {samples = 1000, confidence = 0.95,
--- seed = 1}) -> {value =, low =, high =, standard_error =, samples =}: the
--- metric and an interval that covers so much of its draws (percentiles).
--- metric: a metric, its class, or f(prediction, target) -> number.  Draws in
--- which it is nan, such as the ROC AUC of one class, are left out of
--- `samples`.
function resample.bootstrap(metric, prediction, target, given)
  local where, o = "metrics.bootstrap", read(given or {})
  local _ <close> = core.no_grad()
  local measure = measure_of(where, metric)
  local t = rows(where, "target", target)
  local p = rows(where, "prediction", prediction, #t)
  local value, list = checked(where, measure(p, t)), {}
  draws(o, #t, function(index)
    local v = measure(p:index_select(1, index), t:index_select(1, index))
    if v == v then list[#list + 1] = v end
  end)
  local result = describe(where, {value = value}, list, o)
  return setmetatable(result, Interval)
end

-- ---- Two models -----------------------------------------------------------

local Comparison = class "Comparison"

function Comparison:__tostring()
  return ("%.4f against %.4f: difference %.4f (%g %%: %.4f to %.4f), p = %.3g")
    :format(self.a, self.b, self.difference, 100 * self.confidence, self.low,
      self.high, self.p)
end

-- Twice the part of the draws on the far side of 0, at most 1; a draw is added
-- to both, so that no p is 0 (Davison and Hinkley 1997, 4.11).
local function two_sided(list)
  local below, above = 0, 0
  for _, d in ipairs(list) do
    if d <= 0 then below = below + 1 end
    if d >= 0 then above = above + 1 end
  end
  return math.min(1, 2 * (math.min(below, above) + 1) / (#list + 1))
end

local read_compare = options("metrics.compare", SIGNATURE)

--- compare(metric, a, b, target, {samples =, confidence =, seed =}) -> {a =, b
--- =, difference = a - b, low =, high =, p =}: two models' predictions for the
--- same samples.  Both are measured on the same draws, so what is hard for both
--- cancels (the paired bootstrap).  p: how likely a difference so far from 0 is
--- where there is none, on both sides.
function resample.compare(metric, a, b, target, given)
  local where, o = "metrics.compare", read_compare(given or {})
  local _ <close> = core.no_grad()
  local measure = measure_of(where, metric)
  local t = rows(where, "target", target)
  a, b = rows(where, "a", a, #t), rows(where, "b", b, #t)
  local result = {a = checked(where, measure(a, t)),
    b = checked(where, measure(b, t))}
  result.difference = result.a - result.b
  local list = {}
  draws(o, #t, function(index)
    local truth = t:index_select(1, index)
    local d = measure(a:index_select(1, index), truth)
      - measure(b:index_select(1, index), truth)
    if d == d then list[#list + 1] = d end
  end)
  describe(where, result, list, o)
  result.p = two_sided(list)
  return setmetatable(result, Comparison)
end

-- ---- McNemar's test -------------------------------------------------------

-- P(at most k heads or at least n - k in n throws), by logarithms.
local function binomial(k, n)
  local term, total = -n * math.log(2), 0.0
  for i = 0, k do
    total = total + math.exp(term)
    term = term + math.log((n - i) / (i + 1))
  end
  return math.min(1, 2 * total)
end

-- P(chi^2 >= x) with one degree of freedom.
local function chi2_tail(x)
  return core.tensor({math.sqrt(x / 2)}, {dtype = "f64"}):erfc():item()
end

local read_mcnemar = options("metrics.mcnemar", "exact: bool?, "
  .. "correction: bool = true, threshold: number = 0.5, logits: bool?")

-- Which samples a model has right, bool (N).
local function right(where, o, prediction, target)
  local metric = classes.Accuracy {threshold = o.threshold, logits = o.logits}
  local batch = input.batch(where, prediction, target)
  return classes.predicted(metric, batch):eq(batch.target)
end

--- mcnemar(a, b, target, {exact =, correction = true, threshold =, logits =})
--- -> {both =, only_a =, only_b =, neither =, statistic =, p =}: do two
--- classifiers make as many mistakes (McNemar 1947)?  Only samples count that
--- one has right and the other wrong.  exact: the binomial test, absent: where
--- these are fewer than 25; else chi^2, with Edwards' correction.
function resample.mcnemar(a, b, target, given)
  local where, o = "metrics.mcnemar", read_mcnemar(given or {})
  local _ <close> = core.no_grad()
  a, b = right(where, o, a, target), right(where, o, b, target)
  local function count(x, y) return x:logical_and(y):sum():item() end
  local not_a, not_b = a:logical_not(), b:logical_not()
  local r = {both = count(a, b), only_a = count(a, not_b),
    only_b = count(not_a, b), neither = count(not_a, not_b)}
  local n, least = r.only_a + r.only_b, math.min(r.only_a, r.only_b)
  if o.exact or o.exact == nil and n < 25 then
    r.statistic, r.p = least, n == 0 and 1.0 or binomial(least, n)
  else
    local gap = math.abs(r.only_a - r.only_b) - (o.correction and 1 or 0)
    r.statistic = n == 0 and 0.0 or gap * gap / n
    r.p = chi2_tail(r.statistic)
  end
  return r
end

return resample
