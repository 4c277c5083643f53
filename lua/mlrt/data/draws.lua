-- draws.lua: random numbers that belong to a sample.
--
-- What happens to a sample at random is a function of the epoch's key, of the
-- sample's place in the epoch and of the transform's place in its list, and of
-- nothing else.  So it does not matter how samples come in batches, which
-- worker makes them, or where a run was interrupted.

local class = require "mlrt.class"
local core = require "mlrt.core"

local Draws = class "Draws"

local PLACE, STEP = 20, 12 -- bits below a sample's place, a transform's

--- For the samples from place `first` of the epoch on, counted from 1.
function Draws:init(key, first)
  self.generator = core.generator(0)
  self.at = {key = key, position = 0}
  self:restart(key, first)
end

--- The same for other samples.
function Draws:restart(key, first)
  self.at.key, self.first, self.step = key, first, 0
end

--- Begins the numbers of the next transform.
function Draws:next_step()
  self.step = self.step + 1
end

--- Begins the numbers of sample k of this batch.
function Draws:sample(k)
  self.at.position = (self.first + k - 1) << PLACE | (self.step & 255) << STEP
  self.generator:load_state(self.at)
end

--- A number, low <= x < high.
function Draws:uniform(low, high)
  return low + (self.generator:next() >> 11) * 0x1p-53 * (high - low)
end

--- An integer, low <= i <= high.
function Draws:integer(low, high)
  local i = low + math.floor(self:uniform(0, high - low + 1))
  return i < high and i or high
end

--- True in a share p of cases.
function Draws:chance(p)
  return self:uniform(0, 1) < p
end

return Draws
