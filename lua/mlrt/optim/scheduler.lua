-- scheduler.lua: objects that set an optimizer's learning rates.
--
-- Where one learning rate is enough, `optimizer.lr = rate(step)` needs none of
-- them.

local class = require "mlrt.class"
local fail = require "mlrt.fail"
local options = require "mlrt.options"

local function check_optimizer(where, optimizer)
  if type(optimizer) ~= "table" or not optimizer.groups then
    fail("%s: argument 'optimizer': an optimizer expected, got a %s", where,
      type(optimizer))
  end
end

local function rates_of(optimizer)
  local rates = {}
  for i, group in ipairs(optimizer.groups) do rates[i] = group.lr end
  return rates
end

local function check_state(where, optimizer, state, list)
  if type(state) ~= "table" or type(state[list]) ~= "table"
      or #state[list] ~= #optimizer.groups then
    fail("%s:load_state: a state for %d group(s) expected", where,
      #optimizer.groups)
  end
end

-- ---- Scheduler ------------------------------------------------------------

--- optim.Scheduler(optimizer, f): each group's learning rate is the one it had
--- at first times f(step), f a function of optim.schedule (or any other) that
--- gives factors.  step() goes on by one.
local Scheduler = class "Scheduler"

function Scheduler:init(optimizer, factor)
  check_optimizer("optim.Scheduler", optimizer)
  if type(factor) ~= "function" then
    fail("optim.Scheduler: argument 'factor': a function expected, got a %s",
      type(factor))
  end
  self.optimizer, self.factor = optimizer, factor
  self.base, self.steps = rates_of(optimizer), 0
  self:set(0)
end

--- Sets the learning rates to those of a step.
function Scheduler:set(step)
  self.steps = step
  local factor = self.factor(step)
  for i, group in ipairs(self.optimizer.groups) do
    group.lr = self.base[i] * factor
  end
end

function Scheduler:step()
  self:set(self.steps + 1)
end

function Scheduler:state()
  return {steps = self.steps, base = {table.unpack(self.base)}}
end

function Scheduler:load_state(state)
  check_state("optim.Scheduler", self.optimizer, state, "base")
  self.base = {table.unpack(state.base)}
  self:set(state.steps)
  return self
end

-- ---- Plateau --------------------------------------------------------------

local read = options("optim.Plateau", "mode: min|max = min, "
  .. "factor: number = 0.1, patience: count = 10, threshold: number = 1e-4, "
  .. "threshold_mode: rel|abs = rel, cooldown: count = 0, "
  .. "min_lr: number = 0, eps: number = 1e-8")

--- optim.Plateau(optimizer, options): multiplies learning rates by `factor`
--- when the number given to step() has not improved for more than `patience`
--- steps.  Better is below best * (1 - threshold), or with threshold_mode
--- "abs" below best - threshold; in mode "max" above, with plus.  After a
--- reduction nothing is counted for `cooldown` steps.
local Plateau = class "Plateau"

function Plateau:init(optimizer, opts)
  check_optimizer("optim.Plateau", optimizer)
  self.optimizer, self.options = optimizer, read(opts or {})
  if self.options.factor >= 1 then
    fail("optim.Plateau: factor should be below 1, got %g",
      self.options.factor)
  end
  self.best = self.options.mode == "min" and math.huge or -math.huge
  self.bad, self.cooling = 0, 0
end

local function is_better(o, a, best)
  local part = o.threshold
  if o.mode == "max" then
    return a > (o.threshold_mode == "rel" and best * (1 + part) or best + part)
  end
  return a < (o.threshold_mode == "rel" and best * (1 - part) or best - part)
end

local function reduce(self)
  local o = self.options
  for _, group in ipairs(self.optimizer.groups) do
    local lr = math.max(group.lr * o.factor, o.min_lr)
    if group.lr - lr > o.eps then group.lr = lr end
  end
  self.cooling, self.bad = o.cooldown, 0
end

--- Takes a loss, or another number to watch; returns whether learning rates
--- were reduced.
function Plateau:step(value)
  if type(value) ~= "number" then
    fail("optim.Plateau:step: a number expected, got a %s", type(value))
  end
  if is_better(self.options, value, self.best) then
    self.best, self.bad = value, 0
  else
    self.bad = self.bad + 1
  end
  if self.cooling > 0 then self.cooling, self.bad = self.cooling - 1, 0 end
  local now = self.bad > self.options.patience
  if now then reduce(self) end
  return now
end

function Plateau:state()
  return {best = self.best, bad = self.bad, cooling = self.cooling,
    rates = rates_of(self.optimizer)}
end

function Plateau:load_state(state)
  check_state("optim.Plateau", self.optimizer, state, "rates")
  self.best, self.bad = state.best, state.bad
  self.cooling = state.cooling
  for i, group in ipairs(self.optimizer.groups) do group.lr = state.rates[i] end
  return self
end

return {Scheduler = Scheduler, Plateau = Plateau}
