-- probability.lua: how good predicted probabilities are.

local core = require "mlrt.core"
local Metric = require "mlrt.metrics.metric"
local input = require "mlrt.metrics.input"

local probability = {}

-- ---- Means over samples ---------------------------------------------------

--- Are the scores of this batch logits, by option, earlier batches or looks?
function probability.are_logits(metric, scores)
  local sums, option = metric.sums, metric.options.logits
  sums.logits = input.are_logits(metric.where, scores, option, sums.logits)
  if not sums.logits then input.check_probabilities(metric.where, scores) end
  return sums.logits
end

--- Probabilities of a batch, f64 (N) of "yes" or (N, C).
function probability.of(metric, batch)
  local s = batch.scores
  if not probability.are_logits(metric, s) then return s:to "f64" end
  s = s:to "f64"
  return s.ndim == 2 and s:softmax(2) or s:sigmoid()
end

local function zero()
  return {total = 0.0, weight = 0.0}
end

-- A metric that is the weighted mean of `each(self, batch)`, f64 (N).
local function mean_of(name, label, each)
  local cls = Metric.declare(name, label, "logits: bool?")
  cls.zero = zero
  function cls:add(prediction, target, weight)
    local batch = input.scored(self.where, prediction, target, weight)
    local n, sums, w = #batch.target, self.sums, batch.weight
    if n == 0 then return 0 end
    local values = each(self, batch)
    sums.total = sums.total + (w and values * w or values):sum():item()
    sums.weight = sums.weight + (w and w:sum():item() or n)
    return n
  end
  function cls.value(_, sums)
    return sums.total / sums.weight
  end
  probability[name] = cls
  return cls
end

-- ---- Likelihood -----------------------------------------------------------

-- 2^-23 and 2^-52: the least probability that is believed.
local EPSILON = {f32 = 1.1920928955078125e-07, f64 = 2.220446049250313e-16}

-- -log of the probability of the true class, from probabilities.
local function surprise(s, target)
  local own
  if s.ndim == 2 then
    own = s:gather(2, target:unsqueeze(2)):squeeze(2)
  else
    own = core.where(target:eq(2), s, 1 - s)
  end
  local eps = EPSILON[s.dtype]
  return -own:to "f64":clamp(eps, 1 - eps):log()
end

-- The same from logits, without rounding probabilities to 0 or 1.
local function surprise_of_logits(s, target)
  if s.ndim == 2 then
    return core.cross_entropy(s, target, {reduction = "none"}):to "f64"
  end
  return core.softplus(core.where(target:eq(2), -s, s):to "f64")
end

local function each_surprise(self, batch)
  local logits = probability.are_logits(self, batch.scores)
  return (logits and surprise_of_logits or surprise)(batch.scores,
    batch.target)
end

--- LogLoss{logits =}: the mean of -log(probability of the true class), in nats
--- (Good 1952).  Probabilities are kept a rounding error away from 0 and 1.
mean_of("LogLoss", "log_loss", each_surprise)

--- Perplexity{logits =}: exp(LogLoss): as unsure as between so many equally
--- likely classes (Jelinek et al. 1977).
local Perplexity = mean_of("Perplexity", "perplexity", each_surprise)

function Perplexity.value(_, sums)
  return math.exp(sums.total / sums.weight)
end

--- Brier{logits =}: the mean of (p - y)^2 for two classes with one score, the
--- sum of it over the classes otherwise (Brier 1950).
mean_of("Brier", "brier", function(self, batch)
  local p, target = probability.of(self, batch), batch.target
  if p.ndim == 1 then return (p - target:eq(2):to "f64"):square() end
  return (p - target:one_hot(p.shape[2]):to "f64"):square():sum(2)
end)

return probability
