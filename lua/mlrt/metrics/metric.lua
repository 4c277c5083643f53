-- metric.lua: what every metric has in common.
--
-- A metric adds up, batch by batch, what its value is made of, so that a long
-- pass needs no more memory than a short one:
--
--   local accuracy = m.metrics.Accuracy()
--   for x, y in loader do accuracy:update(net(x), y) end
--   print(accuracy:compute())
--
-- A class of metrics is declared with its name and options.  It has `zero`,
-- which gives the table of sums at the start, `add`, which adds a batch to
-- self.sums, and `value`, which makes the result of them.  Sums are numbers,
-- booleans, tensors and lists of tensors, and are the whole state.

local class = require "mlrt.class"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local options = require "mlrt.options"

local Metric = class "Metric"

--- A new class of metrics m.metrics.NAME whose `name`, under which it stands in
--- a log, is `label` unless the option says otherwise.
function Metric.declare(name, label, signature)
  local cls = class(name, Metric)
  cls.where, cls.label = "metrics." .. name, label
  cls.read = options(cls.where, (signature and signature .. ", " or "")
    .. "name: string?")
  return cls
end

function Metric:init(...)
  self.options = self.read(...)
  self.name = self.options.name or self.label
  self:check(self.options)
  self:reset()
end

-- What options cannot be, beyond their types.
function Metric.check() end

function Metric.zero()
  return {}
end

--- Forgets all batches.
function Metric:reset()
  self.sums = self:zero()
  self.sums.samples = 0
end

--- Adds a batch.  What may stand for predictions and targets is said in
--- input.lua; weight: how much each sample counts (1), of the target's shape.
function Metric:update(prediction, target, weight)
  local _ <close> = core.no_grad()
  self.sums.samples = self.sums.samples
    + self:add(prediction, target, weight)
  return self
end

--- The value for all batches so far: a number, or a table.
function Metric:compute()
  if self.sums.samples == 0 then
    fail("%s: compute() before any sample was added", self.where)
  end
  local _ <close> = core.no_grad()
  return self:value(self.sums)
end

-- Lists of tensors are joined into one, so that a state is small.
local function copy(v)
  if core.is_tensor(v) then return v:clone() end
  if type(v) ~= "table" then return v end
  return #v > 0 and {core.cat(v, 1)} or {}
end

--- The sums, as a plain table of numbers, booleans and tensors.
function Metric:state()
  local state = {metric = self.where}
  for key, value in pairs(self.sums) do state[key] = copy(value) end
  return state
end

--- Goes on from a state.  One of another metric raises and changes nothing.
function Metric:load_state(state)
  if type(state) ~= "table" or state.metric ~= self.where
      or math.type(state.samples) ~= "integer" then
    fail("%s:load_state: a state of %s expected, got %s", self.where,
      self.where, type(state) == "table" and tostring(state.metric)
      or type(state))
  end
  local sums = self:zero()
  for key, value in pairs(state) do
    if sums[key] ~= nil and type(sums[key]) ~= type(value) then
      fail("%s:load_state: '%s' is a %s, wanted a %s", self.where, key,
        type(value), type(sums[key]))
    end
    if key ~= "metric" then sums[key] = copy(value) end
  end
  self.sums = sums
  return self
end

local function shown(value)
  if type(value) ~= "table" then return ("%.4f"):format(value) end
  local parts = {}
  for k, v in ipairs(value) do parts[k] = ("%.4f"):format(v) end
  return table.concat(parts, ", ")
end

function Metric:__tostring()
  if self.sums.samples == 0 then return self.where .. ": no samples" end
  return ("%s: %s"):format(self.where, shown(self:compute()))
end

--- The function that computes a metric of whole tensors in one call:
--- f(prediction, target, {weight =, and the options of the class}).
function Metric.as_function(cls)
  return function(prediction, target, given)
    local o, weight = {}, nil
    for key, value in pairs(given or o) do
      if key == "weight" then weight = value else o[key] = value end
    end
    return cls(o):update(prediction, target, weight):compute()
  end
end

return Metric
