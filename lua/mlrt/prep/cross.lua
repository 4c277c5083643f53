-- cross.lua: a pipeline judged on every row, by models that did not see it.

local core = require "mlrt.core"
local fail = require "mlrt.fail"
local options = require "mlrt.options"
local split = require "mlrt.prep.split"

local cross = {}

local function mean_and_spread(list)
  local n, sum, squares = #list, 0, 0
  for _, v in ipairs(list) do sum = sum + v end
  for _, v in ipairs(list) do squares = squares + (v - sum / n) ^ 2 end
  return sum / n, math.sqrt(squares / n)
end

local function summary(folds)
  local mean, spread = {}, {}
  for name, v in pairs(folds[1]) do
    local list = {}
    for i, fold in ipairs(folds) do list[i] = fold[name] end
    if type(v) == "number" and #list == #folds then
      mean[name], spread[name] = mean_and_spread(list)
    end
  end
  return mean, spread
end

-- A pipeline; a model alone becomes one.
local function pipeline_of(p)
  local fits = type(p) == "table" and type(p.clone) == "function"
  if not fits or not (p.evaluate or p.output) then
    fail("prep.cross_validate: a pipeline or a model expected, got a %s",
      type(p))
  end
  return p.evaluate and p or require "mlrt.prep.pipeline".Pipeline {p}
end

-- A part as data and target: {x, y}, or what names its target.
local function data_and_target(part)
  if split.is_several(part) then return part[1], part[2] end
  return part
end

local read = options("prep.cross_validate", "pipeline: any, data: any, "
  .. "k: size = 5, stratify: any?, group: any?, shuffle: bool = false, "
  .. "seed: int = 0")

--- cross_validate(pipeline, data, {k = 5, stratify =, group =, shuffle = false,
--- seed = 0}): fits a copy of the pipeline or model on each training part of
--- kfold and judges it on the other rows; data {x, y} has its target beside it.
--- Gives {folds = {evaluate's, ...}, mean =, std = of each figure over the
--- folds, predictions = of all rows: probabilities (n) or (n, C), or numbers
--- (n), target = what is true: index (n) or f64 (n)}.
function cross.cross_validate(...)
  local o = read(...)
  local pipeline = pipeline_of(o.pipeline)
  local folds, parts, places, truths = {}, {}, {}, {}
  for train, test, f, at in split.kfold(o.data, {k = o.k,
    stratify = o.stratify, group = o.group, shuffle = o.shuffle,
    seed = o.seed}) do
    local p = pipeline:clone():fit(data_and_target(train))
    local x, y = data_and_target(test)
    folds[f], truths[f] = p:evaluate(x, y), p:truth(x, y)
    parts[f], places[f] = p.labels and p:predict_proba(x) or p:predict(x),
      at:to "i64"
  end
  local order = core.cat(places, 1):argsort(1)
  local mean, spread = summary(folds)
  return {folds = folds, mean = mean, std = spread,
    predictions = core.cat(parts, 1):index_select(1, order),
    target = core.cat(truths, 1):index_select(1, order)}
end

return cross
