-- distributions.lua: what a policy says, as a distribution over actions.
--
--   local pi = Categorical(logits, legal)
--   local action = pi:sample(generator)
--   local loss = -(pi:log_prob(action) * advantage):mean()
--
-- All of them: sample(generator) and mode() give actions (N, ...) without
-- history, log_prob(action) and entropy() are (N).

local class = require "mlrt.class"
local core = require "mlrt.core"

local distributions = {}

-- Instead of -infinity: exp gives exactly 0, and 0 times it is 0, not NaN.
local NEVER = -1e9

-- ---- One of n actions -----------------------------------------------------

local Categorical = class "Categorical"
distributions.Categorical = Categorical

--- logits (N, n); legal: bool (N, n) or nil.  What is not legal has the
--- probability 0.
function Categorical:init(logits, legal)
  if legal then logits = logits:masked_fill(~legal, NEVER) end
  self.log = logits:log_softmax(2)
end

function Categorical:sample(generator)
  local _ <close> = core.no_grad()
  local p = self.log:exp()
  return core.multinomial(p, 1, true, generator):squeeze(2)
end

function Categorical:mode()
  return self.log:detach():argmax(2)
end

--- action: index (N)
function Categorical:log_prob(action)
  return self.log:gather(2, action:unsqueeze(2)):squeeze(2)
end

function Categorical:entropy()
  return -(self.log:exp() * self.log):sum(2)
end

-- ---- Several choices at once ----------------------------------------------

local MultiCategorical = class "MultiCategorical"
distributions.MultiCategorical = MultiCategorical

--- logits (N, n1 + n2 + ...), the sizes as a list; actions are index (N, k).
function MultiCategorical:init(logits, sizes)
  local first = 1
  for i, n in ipairs(sizes) do
    self[i] = Categorical(logits[{{}, {first, first + n - 1}}])
    first = first + n
  end
end

-- The sum of what each part says.
local function sum_of(self, f)
  local total = f(self[1], 1)
  for i = 2, #self do total = total + f(self[i], i) end
  return total
end

local function stack_of(self, f)
  local list = {}
  for i, part in ipairs(self) do list[i] = f(part) end
  return core.stack(list, 2)
end

function MultiCategorical:sample(generator)
  return stack_of(self, function(part) return part:sample(generator) end)
end

function MultiCategorical:mode()
  return stack_of(self, Categorical.mode)
end

function MultiCategorical:log_prob(action)
  return sum_of(self, function(part, i)
    return part:log_prob(action:select(2, i))
  end)
end

function MultiCategorical:entropy()
  return sum_of(self, Categorical.entropy)
end

-- ---- Numbers --------------------------------------------------------------

local Normal = class "Normal"
distributions.Normal = Normal

local HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)

--- mean (N, k), log_std (N, k) or (k); the k are independent.
function Normal:init(mean, log_std)
  self.mean, self.log_std = mean, log_std
end

function Normal:sample(generator)
  local _ <close> = core.no_grad()
  local noise = core.randn_like(self.mean, nil, generator)
  return self.mean + self.log_std:exp() * noise
end

function Normal:mode()
  return self.mean:detach()
end

--- -(z^2 / 2 + log std + log(2 pi) / 2), z = (x - mean) / std, summed over k
function Normal:log_prob(action)
  local z = (action - self.mean) * (-self.log_std):exp()
  return -(z * z * 0.5 + self.log_std + HALF_LOG_2PI):sum(2)
end

function Normal:entropy()
  return (self.mean * 0 + self.log_std + (0.5 + HALF_LOG_2PI)):sum(2)
end

-- ---- Numbers between -1 and 1 ---------------------------------------------

local SquashedNormal = class "SquashedNormal"
distributions.SquashedNormal = SquashedNormal

local LOG_2 = math.log(2)

--- tanh of a normal variable (Haarnoja et al. 2018, appendix C).
function SquashedNormal:init(mean, log_std)
  self.mean, self.log_std = mean, log_std
end

--- Actions with a gradient (the reparametrised sample) and their log_prob:
--- that of the normal, less log(1 - tanh(u)^2) = 2 (log 2 - u - softplus(-2u)).
function SquashedNormal:rsample(generator)
  local noise = core.randn_like(self.mean, nil, generator)
  local u = self.mean + self.log_std:exp() * noise
  local log = -(noise * noise * 0.5 + self.log_std + HALF_LOG_2PI)
  return u:tanh(), (log - (LOG_2 - u - (u * -2):softplus()) * 2):sum(2)
end

function SquashedNormal:sample(generator)
  local _ <close> = core.no_grad()
  return (self:rsample(generator))
end

function SquashedNormal:mode()
  return self.mean:detach():tanh()
end

return distributions
