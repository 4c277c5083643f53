-- ema.lua: a running average of weights, which often does better than the
-- weights themselves (Polyak and Juditsky 1992).
--
--   local ema = m.optim.EMA(net, {decay = 0.999})
--   ... optimizer:step(); ema:update()
--   do
--     local _ <close> = ema:averaged() -- the network has the averages here
--     evaluate(net)
--   end

local class = require "mlrt.class"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local options = require "mlrt.options"

local EMA = class "EMA"

local read = options("optim.EMA", "decay: number = 0.999, warmup: bool = false")

--- optim.EMA(module or list of tensors, {decay =, warmup =}): averages start as
--- the weights are.  warmup: the decay is at most (1 + n) / (10 + n) after n
--- updates, so that the start is forgotten sooner.
function EMA:init(params, opts)
  if type(params) == "table" and params.parameters then
    params = params:parameters()
  end
  if type(params) ~= "table" or #params == 0 then
    fail("optim.EMA: argument 'params': a module or a list of tensors "
      .. "expected")
  end
  local o = read(opts or {})
  if not (o.decay >= 0 and o.decay <= 1) then
    fail("optim.EMA: decay should be between 0 and 1, got %g", o.decay)
  end
  self.params, self.decay, self.warmup = params, o.decay, o.warmup
  self.updates, self.average = 0, {}
  for i, p in ipairs(params) do
    if not core.is_tensor(p) then
      fail("optim.EMA: parameter %d is a %s, not a tensor", i, type(p))
    end
    self.average[i] = p:detach():clone()
  end
end

--- average = decay average + (1 - decay) weight
function EMA:update()
  local decay = self.decay
  self.updates = self.updates + 1
  if self.warmup then
    decay = math.min(decay, (1 + self.updates) / (10 + self.updates))
  end
  local _ <close> = core.no_grad()
  for i, p in ipairs(self.params) do
    local average = self.average[i]
    average:lerp_(p, 1 - decay)
  end
end

--- Exchanges weights and averages; a second call puts them back.
function EMA:swap()
  local _ <close> = core.no_grad()
  local to, from, n = {}, {}, #self.params
  for i, p in ipairs(self.params) do
    to[i], from[i] = p, self.average[i]
    to[n + i], from[n + i] = self.average[i], p:detach():clone()
  end
  core.assign(to, from)
end

--- The weights are the averages until the result is closed.
function EMA:averaged()
  self:swap()
  local done = false
  return setmetatable({}, {__close = function()
    if not done then self:swap() end
    done = true
  end})
end

--- Makes the weights what the averages are.
function EMA:copy_to_weights()
  local _ <close> = core.no_grad()
  core.assign(self.params, self.average)
end

function EMA:state()
  local average = {}
  for i, t in ipairs(self.average) do average[i] = t:clone() end
  return {updates = self.updates, average = average}
end

--- A state that does not fit raises and changes nothing.
function EMA:load_state(state)
  local list = type(state) == "table" and state.average
  if type(list) ~= "table" or #list ~= #self.average then
    fail("optim.EMA:load_state: a state of %d tensors expected", #self.average)
  end
  for i, t in ipairs(list) do
    if not core.is_tensor(t) or t.shape ~= self.average[i].shape then
      fail("optim.EMA:load_state: average %d does not have shape %s", i,
        self.average[i].shape)
    end
  end
  core.assign(self.average, list)
  self.updates = state.updates
  return self
end

return EMA
