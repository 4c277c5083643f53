-- ranking.lua: areas under curves, of two classes and of many.
--
-- Exact values keep every score.  With bins = n a histogram of so many equal
-- bins of probability is kept for each class instead: O(classes bins) memory,
-- and the value of scores rounded to bins.

local core = require "mlrt.core"
local fail = require "mlrt.fail"
local Metric = require "mlrt.metrics.metric"
local curves = require "mlrt.metrics.curves"
local input = require "mlrt.metrics.input"
local store = require "mlrt.metrics.store"

local ranking = {}

-- ---- Keeping scores -------------------------------------------------------

local function keep(self, batch)
  store.add(self.where, self.sums, batch.scores, batch.target, batch.weight)
end

-- Probabilities (N) or (N, C) as f64.
local function probabilities(self, s)
  local sums = self.sums
  sums.logits = input.are_logits(self.where, s, self.options.logits,
    sums.logits)
  s = s:to "f64"
  if not sums.logits then return s end
  return s.ndim == 2 and s:softmax(2) or s:sigmoid()
end

-- Adds to histograms f64 (classes * bins): of all samples, and of those that
-- are of the class.
local function bin(self, batch)
  local bins, sums = self.options.bins, self.sums
  local p = probabilities(self, batch.scores)
  local target = batch.target:to "i64" - 1
  if p.ndim == 1 then
    p, target = p:unsqueeze(2), target - 1
  elseif p.shape[2] == 2 then
    p, target = p:narrow(2, 2, 1), target - 1
  end
  local n, classes = p.shape[1], p.shape[2]
  local place = (p * bins):floor():clamp(0, bins - 1):to "i64"
    + core.arange(classes) * bins
  local w = batch.weight or core.ones(n, {dtype = "f64"})
  local own = core.arange(classes):eq(target:unsqueeze(2))
  local all = core.bincount(place, w:unsqueeze(2):expand(n, classes)
    :contiguous(), classes * bins)
  local yes = core.bincount(place, own:to "f64" * w:unsqueeze(2),
    classes * bins)
  sums.all = sums.all and sums.all + all or all
  sums.yes = sums.yes and sums.yes + yes or yes
end

local function add(self, prediction, target, weight)
  local batch = input.scored(self.where, prediction, target, weight)
  if #batch.target == 0 then return 0 end
  local put = self.options.bins and bin or keep
  put(self, batch)
  return #batch.target
end

-- ---- From scores to areas -------------------------------------------------

-- Functions f(k) for each class (one alone for two classes) that give true and
-- false weights by falling threshold, and how much each class weighs.
local function binned(self)
  local bins, sums = self.options.bins, self.sums
  local classes = #sums.all // bins
  local yes = sums.yes:reshape(classes, bins):flip(2):cumsum(2)
  local all = sums.all:reshape(classes, bins):flip(2):cumsum(2)
  return classes, function(k) return yes[k], all[k] - yes[k] end,
    function(k) return yes[k][bins] end
end

-- Logits (N, C) as probabilities: only then columns can be ranked.
local function softened(self, scores)
  local logits = input.are_logits(self.where, scores, self.options.logits)
  return logits and scores:softmax(2) or scores
end

local function exact(self)
  local scores, targets, weight = store.all(self.sums)
  local yes = curves.score_of_yes(self.where, scores, self.options.logits)
  if yes then
    return 1, function() return curves.counts(yes, targets:eq(2), weight) end
  end
  scores = softened(self, scores)
  local w = weight or core.ones(#targets, {dtype = "f64"})
  return scores.shape[2], function(k)
    return curves.counts(scores:select(2, k):contiguous(), targets:eq(k),
      weight)
  end, function(k) return (w * targets:eq(k):to "f64"):sum():item() end
end

local function averaged(how, values, weight_of)
  local total, weight = 0, 0
  if how == "none" then return values end
  for k, v in ipairs(values) do
    local w = how == "weighted" and weight_of(k) or 1
    if w > 0 then total, weight = total + w * v, weight + w end
  end
  return total / weight
end

local function one_against_rest(self, area)
  local classes, counts, weight_of = (self.options.bins and binned
    or exact)(self)
  local values = {}
  for k = 1, classes do
    local tps, fps = counts(k)
    values[k] = area(tps, fps)
  end
  if classes == 1 then return values[1] end
  return averaged(self.options.average, values, weight_of)
end

local AVERAGE = "average: macro|weighted|none = macro, bins: size?, "
  .. "logits: bool?"

--- AveragePrecision{bins =, average = "macro", logits =}: the area under the
--- precision-recall curve as a sum of steps; of many classes, of each against
--- the rest.  bins, average: as in ROCAUC.
local AveragePrecision = Metric.declare("AveragePrecision",
  "average_precision", AVERAGE)
ranking.AveragePrecision = AveragePrecision
AveragePrecision.zero, AveragePrecision.add = store.zero, add

function AveragePrecision:value()
  return one_against_rest(self, curves.average_precision)
end

--- ROCAUC{bins =, average = "macro", multi = "ovr", logits =}: the area under
--- the ROC curve, nan where only one class occurs.  Of many classes each is
--- held against the rest (ovr), or against each other (ovo; Hand and Till 2001;
--- of those that occur, without weights and bins).  average: macro, weighted by
--- how often classes occur, or none, a list of each class's.
local ROCAUC = Metric.declare("ROCAUC", "roc_auc", AVERAGE
  .. ", multi: ovr|ovo = ovr")
ranking.ROCAUC = ROCAUC
ROCAUC.zero, ROCAUC.add = store.zero, add

function ROCAUC:check(o)
  if o.multi == "ovo" and (o.bins or o.average == "none") then
    fail("%s: multi = 'ovo' has no bins, and average macro or weighted",
      self.where)
  end
end

-- The mean of the areas of a against b and b against a.
local function pair_area(scores, targets, a, b)
  local either = targets:eq(a):logical_or(targets:eq(b))
  local t, total = targets:mask_rows(either), 0
  for _, k in ipairs {a, b} do
    total = total + curves.roc_area(curves.counts(
      scores:select(2, k):mask_rows(either), t:eq(k)))
  end
  return total / 2, #t
end

local function one_against_one(self)
  local scores, targets, weight = store.all(self.sums)
  if weight then
    fail("%s: multi = 'ovo' takes no weights", self.where)
  end
  scores = softened(self, scores)
  local occur, values, sizes = targets:unique():totable(), {}, {}
  for i, a in ipairs(occur) do
    for j = i + 1, #occur do
      local area, n = pair_area(scores, targets, a, occur[j])
      values[#values + 1], sizes[#sizes + 1] = area, n
    end
  end
  return averaged(self.options.average, values, function(i) return sizes[i] end)
end

function ROCAUC:value(sums)
  local first = sums.scores[1]
  local many = first and first.ndim == 2 and first.shape[2] > 2
  if self.options.multi == "ovo" and many then return one_against_one(self) end
  return one_against_rest(self, curves.roc_area)
end

return ranking
