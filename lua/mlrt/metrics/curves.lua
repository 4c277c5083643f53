-- curves.lua: what a threshold on the score of "yes" gives, for every
-- threshold.
--
-- All rests on one pass: scores are sorted from the highest, and the weights of
-- the true and false samples at or above each distinct score are added up
-- (Fawcett 2006, algorithm 1).  With `bins` the scores are probabilities of
-- which only a histogram is kept; then the edges of bins are the thresholds.

local core = require "mlrt.core"
local options = require "mlrt.options"
local input = require "mlrt.metrics.input"

local curves = {}

-- x[1..n-1] and x[2..n].
local function neighbours(x)
  local n = #x
  return x:narrow(1, 1, n - 1), x:narrow(1, 2, n - 1)
end

-- Is this the last of a run of equal scores?
local function ends_of_runs(sorted)
  local a, b = neighbours(sorted)
  return core.cat({a:ne(b), core.tensor {true}}, 1)
end

--- The weights of true and of false samples at or above each distinct score,
--- and these scores, highest first: f64.  score: (N), N > 0; positive: bool
--- (N); weight: f64 (N) or nil.  Samples without weight do not count.
function curves.counts(score, positive, weight)
  if weight then
    local keep = weight:gt(0)
    score, positive = score:mask_rows(keep), positive:mask_rows(keep)
    weight = weight:mask_rows(keep)
  end
  if #score == 0 then
    local none = core.zeros(1, {dtype = "f64"})
    return none, none, none
  end
  local sorted, order = score:sort(1, true)
  local yes, no = positive:to "f64", positive:logical_not():to "f64"
  if weight then yes, no = yes * weight, no * weight end
  local last = ends_of_runs(sorted)
  local function cumulated(x)
    return x:index_select(1, order):cumsum(1):mask_rows(last)
  end
  return cumulated(yes), cumulated(no), sorted:mask_rows(last):to "f64"
end

-- ---- Areas ----------------------------------------------------------------

local function with_zero(x)
  return core.cat({core.zeros(1, {dtype = "f64"}), x}, 1)
end

-- A place just behind the last, as a 0-d tensor.
local function last(x)
  return x[#x]
end

--- The area under the ROC curve by the trapezoid rule: the chance that a true
--- sample has a higher score than a false one, ties counting half (Hanley and
--- McNeil 1982).  nan where all samples are of one kind.
function curves.roc_area(tps, fps)
  local t0, t1 = neighbours(with_zero(tps))
  local area = ((t0 + t1) * with_zero(fps):diff()):sum():item() / 2
  return area / (last(tps) * last(fps))
end

--- The sum of precision times what recall grows by, not interpolated; 0 where
--- nothing is true.
function curves.average_precision(tps, fps)
  local total = last(tps)
  if total == 0 then return 0.0 end
  local precision = (tps / (tps + fps)):nan_to_num(0)
  return (with_zero(tps):diff() * precision):sum():item() / total
end

-- ---- Input ----------------------------------------------------------------

--- Scores of "yes" of two classes: (N), or the second column of (N, 2), where
--- logits become a difference; nil for more.
function curves.score_of_yes(where, s, logits)
  if s.ndim == 1 then return s end
  if s.shape[2] ~= 2 then return nil end
  if input.are_logits(where, s, logits) then
    return s:select(2, 2) - s:select(2, 1)
  end
  return s:select(2, 2)
end

--- {score =, positive =, weight =} of two classes; more raise.
function curves.binary(where, prediction, target, weight)
  local batch = input.scored(where, prediction, target, weight)
  local score = curves.score_of_yes(where, batch.scores)
  if not score or #score == 0 then
    require "mlrt.fail"("%s: %s", where, score and "there are no samples"
      or "scores of two classes expected, (N) or (N, 2); for one of many take "
      .. "its column, and target:eq(class)")
  end
  return score, batch.target:eq(2), batch.weight
end

-- ---- The curves -----------------------------------------------------------

-- Where three points lie on a line the middle one can go.
local function corners(tps, fps)
  if #tps < 3 then return nil end
  local bend = tps:diff(2):ne(0):logical_or(fps:diff(2):ne(0))
  local ends = core.tensor {true}
  return core.cat({ends, bend, ends}, 1)
end

local read_roc = options("metrics.roc_curve",
  "weight: any?, drop_intermediate: bool = true")

--- roc_curve(prediction, target, {weight =, drop_intermediate = true}) -> {fpr
--- =, tpr =, thresholds =}, f64, from (0, 0) at the threshold inf to (1, 1):
--- the rates of false and true samples whose score is at least the threshold.
--- nan where there are none.  drop_intermediate: without points on straight
--- lines.
function curves.roc_curve(prediction, target, given)
  local o = read_roc(given or {})
  local tps, fps, thresholds = curves.counts(curves.binary("metrics.roc_curve",
    prediction, target, o.weight))
  local keep = o.drop_intermediate and corners(tps, fps)
  if keep then
    tps, fps = tps:mask_rows(keep), fps:mask_rows(keep)
    thresholds = thresholds:mask_rows(keep)
  end
  local top = core.full({1}, math.huge, {dtype = "f64"})
  return {tpr = with_zero(tps) / last(tps), fpr = with_zero(fps) / last(fps),
    thresholds = core.cat({top, thresholds}, 1)}
end

local read_precision = options("metrics.precision_recall_curve",
  "weight: any?")

--- precision_recall_curve(prediction, target, {weight =}) -> {precision =,
--- recall =, thresholds =}, f64, by growing threshold, which is the least score
--- that counts as yes; behind them the point (1, 0), without a threshold.
--- recall is 1 where nothing is true.
function curves.precision_recall_curve(prediction, target, given)
  local o = read_precision(given or {})
  local tps, fps, thresholds = curves.counts(
    curves.binary("metrics.precision_recall_curve", prediction, target,
      o.weight))
  local total = last(tps)
  local precision = (tps / (tps + fps)):nan_to_num(0)
  local recall = total > 0 and tps / total or core.ones_like(tps)
  local one = core.ones(1, {dtype = "f64"})
  return {precision = core.cat({precision:flip(1), one}, 1),
    recall = core.cat({recall:flip(1), one * 0}, 1),
    thresholds = thresholds:flip(1)}
end

return curves
