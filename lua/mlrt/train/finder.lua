-- finder.lua: which learning rate to begin with.
--
--   local found = m.train.find_lr {model = net, data = loader,
--     loss = nn.CrossEntropyLoss(), optimizer = optimizer}
--   print(found)                       -- the curve, and the rate it suggests
--   optimizer.lr = found.lr
--
-- The rate grows from step to step until the loss grows too (Smith 2017).  The
-- suggestion is a tenth of the rate at which the smoothed loss was lowest:
-- there it was about to grow, an order of magnitude below it falls well.

local class = require "mlrt.class"
local fail = require "mlrt.fail"
local options = require "mlrt.options"
local Run = require "mlrt.train.run"

local SMOOTH = 0.9 -- of the running mean of losses
local WORSE = 4 -- times the best loss is the end
local WARM = 5 -- steps before the first place to end

local Found = class "Found"

function Found.init() end

-- ---- The curve ------------------------------------------------------------

-- A running mean without its bias to the start (as in Adam).
local function smoother()
  local mean, n = 0.0, 0
  return function(loss)
    n = n + 1
    mean = SMOOTH * mean + (1 - SMOOTH) * loss
    return mean / (1 - SMOOTH ^ n)
  end
end

-- A tenth of the rate of the lowest loss; nil if that is no better than what
-- the smallest rates had.
local function suggestion(rates, losses)
  local best, start = 1, 0.0
  for i, loss in ipairs(losses) do
    if i <= WARM then start = start + loss / WARM end
    if loss < losses[best] then best = i end
  end
  return best > WARM and losses[best] < start and rates[best] / 10 or nil
end

local function bar(part, width)
  return ("#"):rep(math.floor(part * width + 0.5))
end

--- A line for every few rates, the longer the higher the loss.
function Found:__tostring()
  local lines, n = {"learning rate   loss"}, #self.rates
  local low, high = math.huge, -math.huge
  for _, v in ipairs(self.losses) do
    low, high = math.min(low, v), math.max(high, v)
  end
  local every = math.max(1, n // 20)
  for i = 1, n, every do
    lines[#lines + 1] = ("%12.2e %9.4f  %s"):format(self.rates[i],
      self.losses[i], bar((self.losses[i] - low)
        / math.max(high - low, 1e-12), 40)):gsub("%s+$", "")
  end
  lines[#lines + 1] = self.lr and ("suggested: %.2g"):format(self.lr)
    or "no suggestion: the loss does not fall"
  return table.concat(lines, "\n")
end

-- ---- The search -----------------------------------------------------------

local read = options("train.find_lr", "model: table, data: any, "
  .. "optimizer: table, loss: callable?, forward: callable?, "
  .. "from: number = 1e-6, to: number = 10, steps: size = 100, "
  .. "accumulate: size = 1")

-- A callback that raises the rate and writes down the losses.
local function sweep(o, found)
  local smooth, best = smoother(), math.huge
  local c = {name = "find_lr"}
  function c.before_step(_, run)
    local rate = o.from * (o.to / o.from) ^ (run.step / (o.steps - 1))
    for _, group in ipairs(run.optimizer.groups) do group.lr = rate end
    local loss = smooth(run.loss)
    if loss - loss ~= 0 or loss > WORSE * best and run.step > WARM then
      run.skip = true
      return run:stop "the loss grows"
    end
    best = math.min(best, loss)
    found.rates[run.step + 1], found.losses[run.step + 1] = rate, loss
  end
  return c
end

--- train.find_lr{model =, data =, loss =, optimizer =, from = 1e-6, to = 10,
--- steps = 100, forward =, accumulate =} -> {lr =, rates =, losses =}: trains
--- with a growing rate and takes everything back: weights, optimizer, random
--- numbers and the loader's place are what they were.  lr is nil when the loss
--- never fell.
local function find_lr(...)
  local o = read(...)
  if not (o.from > 0 and o.to > o.from) or o.steps < 2 * WARM then
    fail("train.find_lr: from = %g, to = %g, steps = %d: 0 < from < to and %d "
      .. "steps or more expected", o.from, o.to, o.steps, 2 * WARM)
  end
  local found = Found()
  found.rates, found.losses = {}, {}
  local run = Run {model = o.model, data = o.data, optimizer = o.optimizer,
    loss = o.loss, forward = o.forward, accumulate = o.accumulate,
    steps = o.steps, guard = false, progress = false,
    callbacks = {sweep(o, found)}}
  local before, modes = run:state(), {}
  for _, module in ipairs(o.model:modules()) do
    modes[module] = module.training
  end
  local ok, err = pcall(run.fit, run)
  run:load_state(before)
  for module, mode in pairs(modes) do module.training = mode end
  if not ok then error(err, 0) end
  found.lr = suggestion(found.rates, found.losses)
  return found
end

return {find_lr = find_lr}
