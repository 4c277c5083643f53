-- evaluate.lua: a pass over data without training.
--
--   local values = m.train.evaluate {model = net, data = test,
--     loss = nn.CrossEntropyLoss(), metrics = {m.metrics.Accuracy()}}
--   print(values.loss, values.accuracy, values.samples)

local core = require "mlrt.core"
local fail = require "mlrt.fail"
local loop = require "mlrt.train.loop"
local options = require "mlrt.options"
local Source = require "mlrt.train.source"

local evaluate = {}

-- ---- Metrics --------------------------------------------------------------

local function is_metric(v)
  return type(v) == "table" and v.update and v.compute and v.reset
end

-- The accuracy is what one wants to know of a classifier.
local function default_metrics(o)
  local loss = o.loss
  if loss ~= core.cross_entropy
      and not (type(loss) == "table"
        and loss.__name == "CrossEntropyLoss") then
    return {}
  end
  return {accuracy = require "mlrt.metrics".Accuracy()}
end

-- "f1" as m.metrics.F1()
local function metric_of(where, name)
  local metric, known = require "mlrt.metrics".new(name)
  return metric
    or fail("%s: metrics: %s", where, options.unknown("metric", name, known))
end

--- Metrics by name, of a list or a table of them.
function evaluate.metrics_of(where, o)
  if not o.metrics then return default_metrics(o) end
  local by_name = {}
  for key, metric in pairs(o.metrics) do
    if type(metric) == "string" then metric = metric_of(where, metric) end
    local name = type(key) == "string" and key
      or type(metric) == "table" and metric.name
    if not is_metric(metric) or not name then
      fail("%s: metrics: '%s' should be a metric, such as "
        .. "m.metrics.Accuracy(), got a %s", where, tostring(key), type(metric))
    elseif by_name[name] or name == "loss" or name == "samples" then
      fail("%s: metrics: the name '%s' is taken", where, name)
    end
    by_name[name] = metric
  end
  return by_name
end

local function update(metrics, prediction, target)
  for name, metric in pairs(metrics) do
    if prediction == nil or target == nil then
      fail("train: metric '%s': forward should return loss, prediction, "
        .. "target", name)
    end
    local ok, err = pcall(metric.update, metric, prediction, target)
    if not ok then
      error(("train: metric '%s': %s"):format(name, tostring(err)), 0)
    end
  end
end

-- ---- The pass -------------------------------------------------------------

-- Sets the model's modules to evaluation until the result is closed.
local function evaluating(model)
  local modes = {}
  for _, module in ipairs(model.modules and model:modules() or {}) do
    modes[module] = module.training
  end
  model:eval()
  return setmetatable({}, {__close = function()
    for module, mode in pairs(modes) do module.training = mode end
  end})
end

local function compute(metrics, loss)
  local values = {loss = loss}
  for name, metric in pairs(metrics) do
    local ok, value = pcall(metric.compute, metric)
    if not ok then
      error(("train: metric '%s': %s"):format(name, tostring(value)), 0)
    end
    values[name] = value
  end
  return values
end

--- The mean loss and the metrics of all batches of a source, and how many
--- samples there were.  told(): ends the pass with nil when it is true;
--- see(prediction, target): is shown each batch.
function evaluate.pass(o, source, metrics, told, see)
  local _ <close> = evaluating(o.model)
  local _ <close> = core.no_grad()
  local sum, samples = 0.0, 0
  for _, metric in pairs(metrics) do metric:reset() end
  for a, b, c, d in source:each() do
    local loss, prediction, target = loop.forward(o, a, b, c, d)
    loop.check_loss(loss)
    local n = loop.count(a)
    sum, samples = sum + loss:item() * n, samples + n
    update(metrics, prediction, target)
    if see then see(prediction, target) end
    if told and told() then return nil end
  end
  if samples == 0 then fail("%s: there are no samples", source.where) end
  return compute(metrics, sum / samples), samples
end

local read = options("train.evaluate", "model: table, data: any, "
  .. "loss: callable?, metrics: table?, forward: callable?")

--- train.evaluate{model =, data =, loss =, metrics =, forward =}: a table of
--- loss (the mean over samples), each metric's value by its name, and samples.
--- metrics: a list of metrics or of their names, or {name = metric}.
--- The data are a loader, a list of batches or a function; a classifier under
--- cross entropy has `accuracy` without being asked.
function evaluate.evaluate(...)
  local o = read(...)
  if not (o.loss or o.forward) then
    fail "train.evaluate: give a loss, loss(prediction, target), or a forward"
  end
  local values, samples = evaluate.pass(o, Source("train.evaluate: data",
    o.data), evaluate.metrics_of("train.evaluate", o))
  values.samples = samples
  return values
end

return evaluate
