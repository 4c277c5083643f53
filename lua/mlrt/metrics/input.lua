-- input.lua: predictions and targets, as metrics take them.
--
-- Targets of N samples in C classes are
--   an index (N)             classes from 1; `none` leaves the sample out,
--   bool, or 0 and 1 (N)     yes is class 2, no is class 1.
-- Predictions are
--   f32 or f64 (N, C)        logits or probabilities, a column for each class,
--   f32 or f64 (N) or (N, 1) a score of "yes": a logit or a probability,
--   like the target          the predicted classes themselves.
-- Dimensions behind these, (N, C, ...) and (N, ...), are more samples.  A plain
-- list of numbers or booleans will do for a tensor.

local core = require "mlrt.core"
local fail = require "mlrt.fail"

local input = {}

-- ---- Tensors --------------------------------------------------------------

--- The argument as a tensor without history.
local function tensor(where, name, v)
  if core.is_tensor(v) then return v:detach() end
  if type(v) ~= "table" then
    fail("%s: argument '%s': a tensor expected, got %s", where, name, type(v))
  end
  local dtype = type(v[1]) == "boolean" and "bool" or "f64"
  local ok, t = pcall(core.tensor, v, {dtype = dtype})
  if not ok then
    fail("%s: argument '%s': a list of numbers or of booleans expected (%s)",
      where, name, tostring(t):gsub("^.-tensor: ", ""))
  end
  return t
end

input.tensor = tensor

-- (N, 1) as (N).
local function column(t)
  return t.ndim == 2 and t.shape[2] == 1 and t:reshape(-1) or t
end

local function is_float(t)
  return t.dtype == "f32" or t.dtype == "f64"
end

local function check_finite(where, name, t)
  if not t:isfinite():all():item() then
    fail("%s: argument '%s' holds nan or an infinity", where, name)
  end
end

-- The weights of `samples`, a tensor, as f64 (N); nil stays nil.
local function weights(where, weight, samples)
  if weight == nil then return nil end
  local w = column(tensor(where, "weight", weight))
  if w.shape ~= samples.shape then
    fail("%s: argument 'weight': shape %s expected, got %s", where,
      samples.shape, w.shape)
  end
  w = w:to "f64":reshape(-1)
  check_finite(where, "weight", w)
  if #w > 0 and w:min():item() < 0 then
    fail("%s: argument 'weight' has %g, which is negative", where,
      w:min():item())
  end
  return w
end

-- ---- Classes --------------------------------------------------------------

-- Classes as an index, of any shape.
local function labels(where, name, t)
  if t.dtype == "index" then return t end
  if t.dtype ~= "bool" and not t:eq(0):logical_or(t:eq(1)):all():item() then
    fail("%s: argument '%s': classes are an index (t:index {base = 0}), bool, "
      .. "or 0 and 1; got other values of dtype %s", where, name, t.dtype)
  end
  return t:to "i64":index {base = 0}
end

-- The shape of the targets that scores of shape (N, C, ...) are for.
local function without_classes(shape)
  local rest = {}
  for d, size in ipairs(shape) do
    if d ~= 2 then rest[#rest + 1] = size end
  end
  return rest
end

local function equal(a, b)
  if #a ~= #b then return false end
  for i = 1, #a do
    if a[i] ~= b[i] then return false end
  end
  return true
end

local function mismatch(where, p, t)
  local hint = p.shape == t.shape
    and "; for a one-hot target say target:argmax(2), for many yes-or-no "
    .. "questions flatten both" or ""
  fail("%s: a prediction of shape %s does not fit a target of shape %s%s",
    where, p.shape, t.shape, hint)
end

-- Scores as (N, C), or (N) of two classes.
local function scores(where, p, t)
  if p.shape == t.shape and (p.ndim == 1 or p.ndim > 1 and p.shape[2] == 1) then
    return p:reshape(-1)
  end
  if p.ndim < 2 or not equal(without_classes(p.shape), t.shape) then
    mismatch(where, p, t)
  end
  if p.shape[2] == 0 then
    fail("%s: a prediction of shape %s has no classes", where, p.shape)
  end
  if p.shape[2] == 1 then return p:reshape(-1) end
  if p.ndim > 2 then p = p:movedim(2, -1) end
  return p:reshape(-1, p.shape[p.ndim])
end

local function check_scores(where, s)
  if s:isnan():any():item() then
    fail("%s: argument 'prediction' holds nan", where)
  end
end

-- Keeps the samples whose target is a class.
local function drop_none(batch)
  local keep = batch.target:ge(1)
  if keep:all():item() then return batch end
  for _, name in ipairs {"scores", "labels", "weight", "target"} do
    batch[name] = batch[name] and batch[name]:mask_rows(keep)
  end
  return batch
end

local function highest(index)
  return #index > 0 and index:to "i64":max():item() or 0
end

-- How many classes there are, as far as this batch tells.
local function count_classes(where, batch)
  local s, seen = batch.scores, highest(batch.target)
  if not s then return math.max(seen, highest(batch.labels)) end
  local classes = s.ndim == 2 and s.shape[2] or 2
  if seen > classes then
    fail("%s: argument 'target' has class %d, the prediction is of %d classes",
      where, seen, classes)
  end
  return classes
end

--- A batch {target = index (N), scores = f32 or f64 (N) or (N, C), or else
--- labels = index (N), weight = f64 (N) or nil, classes = C}.
function input.batch(where, prediction, target, weight)
  local p = tensor(where, "prediction", prediction)
  local t = column(tensor(where, "target", target))
  local batch = {weight = weights(where, weight, t)}
  if is_float(p) then
    batch.scores = scores(where, p, t)
    check_scores(where, batch.scores)
  else
    p = column(p)
    if p.shape ~= t.shape then mismatch(where, p, t) end
    batch.labels = labels(where, "prediction", p):reshape(-1)
  end
  batch.target = labels(where, "target", t):reshape(-1)
  drop_none(batch)
  batch.classes = count_classes(where, batch)
  if batch.labels and not batch.labels:ge(1):all():item() then
    fail("%s: argument 'prediction' holds none", where)
  end
  return batch
end

--- The same for metrics that need scores.
function input.scored(where, prediction, target, weight)
  local batch = input.batch(where, prediction, target, weight)
  if not batch.scores then
    fail("%s: argument 'prediction': scores (f32 or f64) expected, got classes",
      where)
  end
  return batch
end

-- ---- Logits or probabilities ----------------------------------------------

-- Could these be probabilities?
local function within_one(s)
  if #s == 0 then return true end
  local least, most = s:aminmax()
  if least:item() < 0 or most:item() > 1 then return false end
  return s.ndim == 1
    or (s:to "f64":sum(2) - 1):abs():max():item() < 1e-3
end

--- Are the scores logits?  `logits` is the option, or what earlier batches
--- said; where neither does, scores outside of 0..1 and rows that do not add up
--- to 1 are logits.  A guess that turns out wrong raises.
function input.are_logits(where, s, option, earlier)
  if option ~= nil then return option end
  if earlier then return true end
  local logits = not within_one(s)
  if logits and earlier == false then
    fail("%s: the predictions looked like probabilities and now like logits; "
      .. "say logits = true or false", where)
  end
  return logits
end

function input.check_probabilities(where, s)
  if not within_one(s) then
    fail("%s: argument 'prediction': probabilities expected, 0..1 and in each "
      .. "row adding up to 1", where)
  end
end

-- ---- Numbers --------------------------------------------------------------

--- Numbers as f64 (N, K), K being 1 for targets (N), and weights.
function input.numbers(where, prediction, target, weight)
  local p = tensor(where, "prediction", prediction)
  local t = tensor(where, "target", target)
  for name, x in pairs {prediction = p, target = t} do
    if x.dtype == "index" or x.dtype == "bool" then
      fail("%s: argument '%s': numbers expected, got dtype %s", where, name,
        x.dtype)
    end
  end
  if t.ndim == 1 then p, t = column(p):unsqueeze(-1), t:unsqueeze(2) end
  if p.shape ~= t.shape or t.ndim == 0 then
    fail("%s: prediction and target of one shape (N) or (N, K) expected, got "
      .. "%s and %s", where, p.shape, t.shape)
  end
  p, t = p:to "f64":flatten(2), t:to "f64":flatten(2)
  check_finite(where, "prediction", p)
  check_finite(where, "target", t)
  return p, t, weights(where, weight, t:select(2, 1))
end

return input
