-- callbacks.lua: what a run can be given besides its loop.
--
--   callbacks = {
--     m.train.Clip {norm = 1},
--     m.train.Schedule(m.optim.schedule.cosine {lr = 0.1, steps = 1000}),
--     m.train.EMA {decay = 0.999},
--     m.train.EarlyStopping {patience = 3},
--   }
--
-- Each is a table with some of the methods that are listed in init.lua, as one
-- of your own may be: {after_step = function(self, run) ... end}.

local class = require "mlrt.class"
local fail = require "mlrt.fail"
local options = require "mlrt.options"
local optim = require "mlrt.optim"

local callbacks = {}

-- ---- Clipping -------------------------------------------------------------

local read_clip = options("train.Clip", "norm: number?, value: number?")

--- train.Clip{norm =, value =}: gradients are kept to a norm taken together,
--- or each element to -value..value, before each step.
local Clip = class "Clip"
callbacks.Clip = Clip

function Clip:init(...)
  local o = read_clip(...)
  if not (o.norm or o.value) then
    fail "train.Clip: say norm = or value ="
  end
  for name, v in pairs(o) do
    if v <= 0 or v ~= v then
      fail("train.Clip: %s should be above 0, got %g", name, v)
    end
  end
  self.max_norm, self.max_value = o.norm, o.value
end

--- The norm that the gradients had is run.grad_norm, which the log has too.
function Clip:before_step(run)
  if self.max_value then
    optim.clip_grad_value_(run.parameters, self.max_value)
  end
  if self.max_norm then
    run.grad_norm = optim.clip_grad_norm_(run.parameters, self.max_norm)
  end
end

-- ---- Learning rates -------------------------------------------------------

local read_schedule = options("train.Schedule",
  "rate: callable, by: step|epoch = step, factor: bool = false")

--- train.Schedule(f, {by = "step", factor = false}): the learning rate is
--- f(n), n the steps (or epochs) made so far; with factor each group's own
--- rate at the start times f(n).  f: of m.optim.schedule, or any function.
local Schedule = class "Schedule"
callbacks.Schedule = Schedule

function Schedule:init(...)
  local o = read_schedule(...)
  self.rate, self.by, self.factor = o.rate, o.by, o.factor
end

function Schedule:start(run)
  if self.base then return end
  self.base = {}
  for i, group in ipairs(run.optimizer.groups) do self.base[i] = group.lr end
end

function Schedule:before_step(run)
  local rate = self.rate(self.by == "step" and run.step or run.done)
  if type(rate) ~= "number" then
    fail("train.Schedule: the function should return a number, got a %s",
      type(rate))
  end
  for i, group in ipairs(run.optimizer.groups) do
    group.lr = self.factor and self.base[i] * rate or rate
  end
end

function Schedule:state()
  return {base = self.base and {table.unpack(self.base)}}
end

function Schedule:load_state(state)
  self.base = state.base and {table.unpack(state.base)}
end

--- train.Plateau{monitor =, ...}: an optim.Plateau (its options) that watches
--- a value of each epoch.
local Plateau = class "Plateau"
callbacks.Plateau = Plateau

function Plateau:init(given)
  local o = {}
  for key, value in pairs(given or {}) do o[key] = value end
  self.monitor, o.monitor = o.monitor, nil
  self.options = o
end

function Plateau:start(run)
  if self.plateau then return end
  self.options.mode = self.options.mode
    or callbacks.mode_of(run, self.monitor)
  self.plateau = optim.Plateau(run.optimizer, self.options)
end

function Plateau:epoch_end(run, row)
  self.plateau:step(run:value_of(row, self.monitor))
end

function Plateau:state()
  return self.plateau and self.plateau:state()
end

function Plateau:load_state(state, run)
  self:start(run)
  self.plateau:load_state(state)
end

-- ---- Averages -------------------------------------------------------------

--- train.EMA{decay =, warmup =}: an optim.EMA of the weights.  Validation and
--- best.mlrt have the averages, and so has the model after the run.
local EMA = class "EMA"
callbacks.EMA = EMA

function EMA:init(given)
  self.options = given or {}
end

function EMA:start(run)
  self.ema = self.ema or optim.EMA(run.model, self.options)
  run.average = self.ema
end

function EMA:after_step()
  self.ema:update()
end

function EMA:state()
  return self.ema and self.ema:state()
end

function EMA:load_state(state, run)
  self:start(run)
  self.ema:load_state(state)
end

-- ---- Early stopping -------------------------------------------------------

--- Which way is better for a monitored value: that of the run, or of its name.
function callbacks.mode_of(run, name)
  if not name or name == run.monitor then return run.mode end
  return run.mode_of(name)
end

local read_stopping = options("train.EarlyStopping", "monitor: string?, "
  .. "patience: count = 3, min_delta: number = 0, mode: min|max?, "
  .. "restore: bool = true")

--- train.EarlyStopping{monitor =, patience = 3, min_delta = 0, mode =, restore
--- = true}: ends the run when the monitored value (the run's own) has not
--- become better by more than min_delta for `patience` epochs; then the model
--- gets the weights of the best epoch back unless restore is false.
local EarlyStopping = class "EarlyStopping"
callbacks.EarlyStopping = EarlyStopping

function EarlyStopping:init(...)
  self.options = read_stopping(...)
  self.bad, self.best = 0, nil
end

function EarlyStopping:start(run)
  self.mode = self.options.mode
    or callbacks.mode_of(run, self.options.monitor)
  if not self.options.restore then return end
  run.restore = function()
    if self.weights then run.model:load_state(self.weights) end
  end
end

local function is_better(self, value)
  if value ~= value then return false end
  if not self.best then return true end
  local gain = self.mode == "min" and self.best - value or value - self.best
  return gain > self.options.min_delta
end

-- Ends the run if it has waited long enough.
local function stop_if_over(self, run)
  if self.bad < math.max(self.options.patience, 1) then return end
  run:stop(("no better %s for %d epochs (best %.6g in epoch %d)"):format(
    self.options.monitor or run.monitor, self.bad, self.best or 0 / 0,
    self.best_epoch or 0))
end

function EarlyStopping:validated(run, row)
  local value = run:value_of(row, self.options.monitor)
  if is_better(self, value) then
    self.best, self.best_epoch, self.bad = value, row.epoch, 0
    self.weights = self.options.restore and run.model:state() or nil
    return
  end
  self.bad = self.bad + 1
  stop_if_over(self, run)
end

function EarlyStopping:state()
  return {bad = self.bad, best = self.best, best_epoch = self.best_epoch,
    weights = self.weights}
end

--- A run that had been stopped stays so when it is resumed.
function EarlyStopping:load_state(state, run)
  self.bad, self.best = state.bad, state.best
  self.best_epoch, self.weights = state.best_epoch, state.weights
  stop_if_over(self, run)
end

return callbacks
