-- samplers.lua: which items an epoch has, other than each one once.
--
-- A sampler has s:draw(n, generator), which returns the positions of an epoch
-- as an index tensor, and #s, how many there are.

local class = require "mlrt.class"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local options = require "mlrt.options"

local samplers = {}

-- ---- Weights --------------------------------------------------------------

--- num_samples positions (default: as many as weights), each drawn with
--- a chance that is proportional to its weight; without replacement each
--- at most once.
local WeightedRandomSampler = class "WeightedRandomSampler"
samplers.WeightedRandomSampler = WeightedRandomSampler

local read_weighted = options("data.WeightedRandomSampler",
  "weights: any, num_samples: size?, replacement: bool = true")

local function as_weights(where, w)
  if type(w) == "table" and not getmetatable(w) then w = core.tensor(w) end
  if not core.is_tensor(w) or w.ndim ~= 1 then
    fail("%s: weights: a list of numbers or a vector expected", where)
  end
  w = w:detach():to "f64"
  if #w == 0 or not w:isfinite():all():item() or w:min():item() < 0
      or w:sum():item() <= 0 then
    fail("%s: weights should be finite, 0 or more, and not all 0", where)
  end
  return w
end

function WeightedRandomSampler:init(...)
  local o = read_weighted(...)
  self.weights = as_weights("data.WeightedRandomSampler", o.weights)
  self.replacement = o.replacement
  self.num_samples = o.num_samples or #self.weights
  local most = self.weights:gt(0):sum():item()
  if not o.replacement and self.num_samples > most then
    fail("data.WeightedRandomSampler: %d of %d items that have a weight, "
      .. "without replacement", self.num_samples, most)
  end
end

function WeightedRandomSampler:__len()
  return self.num_samples
end

function WeightedRandomSampler:draw(n, generator)
  if n ~= #self.weights then
    fail("%s: %d weights for a data set of %d items", self.__name,
      #self.weights, n)
  end
  return core.multinomial(self.weights, self.num_samples, self.replacement,
    {generator = generator})
end

function WeightedRandomSampler:__tostring()
  return ("%s(%d of %d)"):format(self.__name, self.num_samples, #self.weights)
end

-- ---- Classes --------------------------------------------------------------

local Weighted = WeightedRandomSampler

--- Every class as often as another: an item's weight is 1 / the size of its
--- class.  labels: an index tensor of all items' classes; those without
--- a class are left out.
local ClassBalancedSampler = class("ClassBalancedSampler", Weighted)
samplers.ClassBalancedSampler = ClassBalancedSampler

local read_balanced = options("data.ClassBalancedSampler",
  "labels: any, num_samples: size?")

function ClassBalancedSampler:init(...)
  local o = read_balanced(...)
  local labels = o.labels
  if not core.is_tensor(labels) or labels.dtype ~= "index"
      or labels.ndim ~= 1 then
    fail "data.ClassBalancedSampler: labels: an index tensor (N) expected"
  end
  local place = labels:to "i64"
  local known = place:ge(1)
  if not known:any():item() then
    fail "data.ClassBalancedSampler: there are no labels"
  end
  local classes = place:masked_select(known):index {base = 1}
  local share = 1 / classes:one_hot():sum(1):to "f64"
  local weights = core.zeros(#labels, {dtype = "f64"})
  weights[known] = share:index_select(1, classes)
  WeightedRandomSampler.init(self, weights, {num_samples = o.num_samples})
end

return samplers
