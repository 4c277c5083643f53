-- schedule.lua: learning rates as functions of the step.
--
--   local rate = m.optim.schedule.warmup_cosine {lr = 3e-4, warmup = 100,
--     steps = 5000}
--   for step = 0, 4999 do
--     optimizer.lr = rate(step)
--     ...
--   end
--
-- Each function here takes options and returns a function: the learning rate
-- when `step` steps have been made.  That is all there is, so resuming at a
-- step is exact, and a schedule can be plotted before it is used.  lr is 1
-- unless it is given: the result is a factor then, for Scheduler.

local fail = require "mlrt.fail"
local options = require "mlrt.options"

local schedule = {}

local function declare(name, signature)
  return options("optim.schedule." .. name, signature)
end

-- Half a cosine from a (at part 0) to b (at part 1).
local function cosine(a, b, part)
  return b + (a - b) * (1 + math.cos(math.pi * part)) / 2
end

local function line(a, b, part)
  return a + (b - a) * part
end

-- ---- Plain ones -----------------------------------------------------------

local read_constant = declare("constant", "lr: number = 1")

--- Always lr.
function schedule.constant(...)
  local lr = read_constant(...).lr
  return function() return lr end
end

local read_step = declare("step",
  "step_size: size, gamma: number = 0.1, lr: number = 1")

--- lr, times gamma after every step_size steps.
function schedule.step(...)
  local o = read_step(...)
  return function(step) return o.lr * o.gamma ^ (step // o.step_size) end
end

local read_multistep = declare("multistep",
  "milestones: ints, gamma: number = 0.1, lr: number = 1")

--- lr, times gamma from each milestone on.
function schedule.multistep(...)
  local o = read_multistep(...)
  return function(step)
    local passed = 0
    for _, at in ipairs(o.milestones) do
      if step >= at then passed = passed + 1 end
    end
    return o.lr * o.gamma ^ passed
  end
end

local read_exponential = declare("exponential",
  "gamma: number, lr: number = 1")

--- lr gamma^step
function schedule.exponential(...)
  local o = read_exponential(...)
  return function(step) return o.lr * o.gamma ^ step end
end

local read_linear = declare("linear", "steps: size, start_factor: number = 0, "
  .. "end_factor: number = 1, lr: number = 1")

--- lr times a factor that goes from start_factor to end_factor in a straight
--- line, and stays there after `steps`.
function schedule.linear(...)
  local o = read_linear(...)
  return function(step)
    return o.lr * line(o.start_factor, o.end_factor,
      math.min(step / o.steps, 1))
  end
end

local read_polynomial = declare("polynomial",
  "steps: size, power: number = 1, lr: number = 1")

--- lr (1 - step / steps)^power, 0 after `steps`.
function schedule.polynomial(...)
  local o = read_polynomial(...)
  return function(step)
    return o.lr * (1 - math.min(step / o.steps, 1)) ^ o.power
  end
end

-- ---- Cosines --------------------------------------------------------------

local read_cosine = declare("cosine",
  "steps: size, min_lr: number = 0, lr: number = 1")

--- Half a cosine from lr to min_lr, where it stays after `steps` (Loshchilov
--- and Hutter 2017).
function schedule.cosine(...)
  local o = read_cosine(...)
  return function(step)
    return cosine(o.lr, o.min_lr, math.min(step / o.steps, 1))
  end
end

local read_restarts = declare("warm_restarts",
  "steps: size, mult: size = 1, min_lr: number = 0, lr: number = 1")

--- The same over and over, each time `mult` times as long as before.
function schedule.warm_restarts(...)
  local o = read_restarts(...)
  return function(step)
    local length = o.steps
    if o.mult == 1 then
      step = step % length
    else
      while step >= length do step, length = step - length, length * o.mult end
    end
    return cosine(o.lr, o.min_lr, step / length)
  end
end

local read_warmup_cosine = declare("warmup_cosine",
  "steps: size, warmup: count, min_lr: number = 0, start_lr: number = 0, "
  .. "lr: number = 1")

--- From start_lr to lr in a straight line, in `warmup` steps; then half a
--- cosine to min_lr, which is reached after `steps` in all.
function schedule.warmup_cosine(...)
  local o = read_warmup_cosine(...)
  if o.warmup >= o.steps then
    fail("optim.schedule.warmup_cosine: warmup = %d should be less than "
      .. "steps = %d", o.warmup, o.steps)
  end
  local rest = o.steps - o.warmup
  return function(step)
    if step < o.warmup then
      return line(o.start_lr, o.lr, step / o.warmup)
    end
    return cosine(o.lr, o.min_lr, math.min((step - o.warmup) / rest, 1))
  end
end

local read_cycle = declare("one_cycle", "steps: size, pct_start: number = 0.3, "
  .. "anneal: cos|linear = cos, div_factor: number = 25, "
  .. "final_div_factor: number = 1e4, lr: number = 1")

--- From lr / div_factor to lr in the first part, pct_start, of the steps, then
--- to lr / div_factor / final_div_factor at the last one, number steps - 1
--- (Smith and Topin 2018).
function schedule.one_cycle(...)
  local o = read_cycle(...)
  local blend = o.anneal == "cos" and cosine or line
  local first, peak = o.lr / o.div_factor, o.pct_start * o.steps - 1
  local last, final = o.steps - 1, first / o.final_div_factor
  return function(step)
    step = math.min(step, last)
    if peak > 0 and step <= peak then
      return blend(first, o.lr, step / peak)
    end
    return blend(o.lr, final, (step - peak) / math.max(last - peak, 1))
  end
end

-- ---- Made of others -------------------------------------------------------

--- `f` after `steps` steps in which its first value is approached from 0 in a
--- straight line.
function schedule.warmup(steps, f)
  if not math.tointeger(steps) or steps < 1 or type(f) ~= "function" then
    fail("optim.schedule.warmup: a number of steps and a schedule expected")
  end
  return function(step)
    if step < steps then return f(0) * step / steps end
    return f(step - steps)
  end
end

--- Schedules one after the other: sequence({f, g, h}, {100, 300}) is f(step)
--- below step 100, then g(step - 100), and from step 300 on h(step - 300).
function schedule.sequence(list, milestones)
  if type(list) ~= "table" or type(milestones) ~= "table"
      or #milestones ~= #list - 1 then
    fail("optim.schedule.sequence: a list of schedules, and between each two "
      .. "the step to change at, expected")
  end
  return function(step)
    local i = 1
    while milestones[i] and step >= milestones[i] do i = i + 1 end
    return list[i](step - (milestones[i - 1] or 0))
  end
end

return schedule
