-- judge.lua: the report at the end of a run: predictions for the test data, or
-- those of validation, and what they are worth.
--
-- Memory is bounded.  When more than MOST numbers were predicted, every second
-- sample is forgotten and from then on only every second one is taken, and so
-- on: those that are left lie evenly over all.

local core = require "mlrt.core"
local evaluate = require "mlrt.train.evaluate"
local options = require "mlrt.options"
local report = require "mlrt.report"
local Source = require "mlrt.train.source"

local MOST = 4e6 -- numbers

-- ---- Collecting -----------------------------------------------------------

-- The rows 1 + offset, 1 + offset + step, ... of a tensor.
local function every(t, offset, step)
  return t[{{1 + offset, #t, step}}]
end

local function halve(c)
  local prediction, target = core.cat(c.predictions, 1), core.cat(c.targets, 1)
  c.predictions = {every(prediction, 0, 2):contiguous()}
  c.targets = {every(target, 0, 2):contiguous()}
  c.numbers, c.step = c.predictions[1]:numel(), c.step * 2
end

-- Samples 1, 1 + step, 1 + 2 step, ... of all are kept.
local function see(c, prediction, target)
  if not core.is_tensor(prediction) or not core.is_tensor(target)
      or prediction.ndim == 0 or target.ndim == 0 then
    c.useless = true
  end
  if c.useless then return end
  local offset, n = -c.seen % c.step, #target
  c.seen = c.seen + n
  if offset >= n then return end
  local p = every(prediction, offset, c.step)
  c.predictions[#c.predictions + 1] = p:detach():clone()
  c.targets[#c.targets + 1] = every(target, offset, c.step):clone()
  c.numbers = c.numbers + p:numel()
  if c.numbers > MOST then halve(c) end
end

local function collect(run, source)
  local c = {predictions = {}, targets = {}, numbers = 0, step = 1, seen = 0}
  evaluate.pass(run.options, source, {}, nil, function(prediction, target)
    see(c, prediction, target)
  end)
  if c.useless or #c.targets == 0 then return nil end
  return core.cat(c.predictions, 1), core.cat(c.targets, 1), c.step
end

-- ---- Examples -------------------------------------------------------------

-- f(i): the input of sample i, for data whose order is known.
local function inputs_of(given)
  if type(given) ~= "table" then return nil end
  if not getmetatable(given) then
    return function(i)
      for _, batch in ipairs(given) do
        if i <= #batch[1] then return batch[1]:select(1, i) end
        i = i - #batch[1]
      end
    end
  end
  local dataset = rawget(given, "dataset")
  if not dataset or rawget(given, "sampler") ~= nil
      or (given.shuffle or given.shuffle == nil and given.generator) then
    return nil
  end
  return function(i)
    local item = dataset[i]
    return type(item) == "table" and not getmetatable(item) and item[1] or item
  end
end

local function examples_of(o, given, step)
  local f = o.examples or inputs_of(given)
  if type(f) ~= "function" then
    return step == 1 and f or nil
  end
  return function(i)
    local ok, input = pcall(f, (i - 1) * step + 1)
    return ok and input or nil
  end
end

-- ---- The report -----------------------------------------------------------

local read = options("train.fit: report", "names: table?, examples: any?, "
  .. "samples: count = 100, title: string?, worst: count = 12, "
  .. "confidence: number = 0.95")

local function evaluation_of(run, o)
  local given = run.options.test or run.options.val
  if given == nil or run.signal then return nil end
  local part = run.options.test ~= nil and "test" or "validation"
  local prediction, target, step =
    collect(run, Source("train.fit: " .. part, given))
  if not prediction then return nil end
  return report.evaluation(prediction, target, {names = o.names,
    samples = o.samples, worst = o.worst, confidence = o.confidence,
    examples = examples_of(o, given, step),
    title = ("on %s data%s"):format(part, step > 1
      and (", every %dth sample"):format(step) or "")})
end

local judge = {}

--- The evaluation for the report, or nil.  One that fails must not cost the
--- run: the log says what was wrong.
function judge.evaluate(run, folder)
  local o = read(run.options.report or {})
  local ok, result = pcall(evaluation_of, run, o)
  if ok then
    run.evaluation = result
  else
    folder:line {event = "note", message = "no evaluation: "
      .. tostring(result)}
  end
end

--- Writes report.html.
function judge.report(run, folder)
  local o = read(run.options.report or {})
  run.report = report.write(folder.path, {evaluation = run.evaluation,
    title = o.title})
end

return judge
