-- calibration.lua: does what is said with 80 % confidence happen in 80 %?
--
-- Samples are put into bins by their confidence: the probability of "yes", or
-- of the class that is predicted where there are more.  In each bin the mean
-- confidence is held against how often it was right.  Bins are of equal width,
-- (0, 1/n], (1/n, 2/n], ..., which takes O(bins) memory, or of equal mass,
-- which needs all confidences.

local core = require "mlrt.core"
local options = require "mlrt.options"
local Metric = require "mlrt.metrics.metric"
local input = require "mlrt.metrics.input"
local probability = require "mlrt.metrics.probability"
local store = require "mlrt.metrics.store"

local calibration = {}

local SIGNATURE = "bins: size = 15, strategy: uniform|quantile = uniform, "
  .. "norm: l1|l2|max = l1, logits: bool?"

--- CalibrationError{bins = 15, strategy = "uniform", norm = "l1", logits =}:
--- the mean distance of confidence and accuracy over the bins, weighted by what
--- is in them (ECE; Naeini et al. 2015, Guo et al. 2017); l2: the root of the
--- mean square; max: the largest.  strategy: quantile makes bins of equal mass.
local CalibrationError = Metric.declare("CalibrationError",
  "calibration_error", SIGNATURE)
calibration.CalibrationError = CalibrationError

function CalibrationError.zero()
  return store.zero()
end

-- Confidence f64 (N) and whether it was right, f64 (N).
local function confidences(self, batch)
  local p = probability.of(self, batch)
  if p.ndim == 1 then return p, batch.target:eq(2):to "f64" end
  local best, class = p:max(2)
  return best, class:eq(batch.target):to "f64"
end

-- f64 (3, bins): weight, weighted confidence and weighted truth of each bin, by
-- the edges between them.
local function binned(edges, p, right, w)
  local place, n = edges:searchsorted(p), #edges + 1
  w = w or core.ones_like(p)
  return core.stack({core.bincount(place, w, n), core.bincount(place, p * w, n),
    core.bincount(place, right * w, n)}, 1)
end

local function inner(edges)
  return edges:narrow(1, 2, #edges - 2)
end

local function even_edges(bins)
  return inner(core.arange(bins + 1):to "f64" / bins)
end

function CalibrationError:add(prediction, target, weight)
  local batch = input.scored(self.where, prediction, target, weight)
  local o, sums = self.options, self.sums
  if #batch.target == 0 then return 0 end
  local p, right = confidences(self, batch)
  if o.strategy == "quantile" then
    store.add(self.where, sums, p, right, batch.weight)
  else
    local new = binned(even_edges(o.bins), p, right, batch.weight)
    sums.bins = sums.bins and sums.bins + new or new
  end
  return #batch.target
end

local function by_mass(self)
  local p, right, w = store.all(self.sums)
  local parts = core.arange(self.options.bins + 1):to "f64" / self.options.bins
  return binned(inner(p:quantile(parts)), p, right, w)
end

--- The bins that have samples: lists {confidence = {...}, accuracy = {...},
--- weight = {...}}.
function CalibrationError:curve()
  local _ <close> = core.no_grad()
  local rows = (self.sums.bins or by_mass(self)):totable()
  local curve = {confidence = {}, accuracy = {}, weight = {}}
  for k, w in ipairs(rows[1]) do
    if w > 0 then
      local n = #curve.weight + 1
      curve.weight[n] = w
      curve.confidence[n], curve.accuracy[n] = rows[2][k] / w, rows[3][k] / w
    end
  end
  return curve
end

function CalibrationError:value()
  local curve, norm = self:curve(), self.options.norm
  local sum, most, weight = 0, 0, 0
  for k, w in ipairs(curve.weight) do
    local gap = math.abs(curve.confidence[k] - curve.accuracy[k])
    sum = sum + w * (norm == "l2" and gap * gap or gap)
    most, weight = math.max(most, gap), weight + w
  end
  if norm == "max" then return most end
  return norm == "l2" and math.sqrt(sum / weight) or sum / weight
end

local read = options("metrics.reliability_curve", "bins: size = 5, "
  .. "strategy: uniform|quantile = uniform, logits: bool?, weight: any?")

--- reliability_curve(prediction, target, {bins = 5, strategy =, logits =,
--- weight =}) -> {confidence = {...}, accuracy = {...}, weight = {...}}: a
--- point for each bin that has samples.
function calibration.reliability_curve(prediction, target, given)
  local o = read(given or {})
  local metric = CalibrationError {bins = o.bins, strategy = o.strategy,
    logits = o.logits}
  metric:update(prediction, target, o.weight)
  if metric.sums.samples == 0 then metric:compute() end
  return metric:curve()
end

return calibration
