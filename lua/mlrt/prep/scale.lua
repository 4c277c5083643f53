-- scale.lua: columns of numbers on scales that models like.
--
-- All leave holes as they are, and learn from what is known.  A column that
-- does not vary is moved and not stretched.

local core = require "mlrt.core"
local fail = require "mlrt.fail"
local Columns = require "mlrt.prep.columns"
local Step = require "mlrt.prep.step"

local scale = {}

local F64 = {dtype = "f64"}

-- f64 (k) of f(known values) for each column.
local function learn_each(self, cols, ...)
  for i, f in ipairs {...} do
    local list = {}
    for j, name in ipairs(self.names) do
      list[j] = f(self:known_numbers(cols, name))
    end
    self[i == 1 and "centre" or "spread"] = core.tensor(list, F64)
  end
end

-- The spreads, 1 for columns that have none.
local function settle_spread(self)
  local none = self.spread:eq(0)
  for j, flat in ipairs(none:totable()) do
    if flat then
      self:warn("the column '%s' does not vary in the training part",
        self.names[j])
    end
  end
  self.spread = self.spread:masked_fill(none, 1)
end

-- (x - centre) / spread, column by column.
local function shift_and_stretch(self, cols)
  return self:map(cols, function(_, i, name)
    local x = self:numbers(cols, name, "transform")
    return {kind = "number", x = (x - self.centre[i]) / self.spread[i]}
  end)
end

-- A declared step of that form.
local function linear(name, text)
  local cls = Step.declare(name, text)
  cls.learned = "centre: row, spread: row"
  cls.apply = shift_and_stretch
  scale[name] = cls
  return cls
end

local function mean(x) return x:mean():item() end

-- The spread of numbers that differ by rounding alone is none.
local function deviation(x)
  local s = x:std {correction = 0}:item()
  return s <= 1e-14 * math.abs(mean(x)) and 0 or s
end

--- StandardScaler{with_mean = true, with_std = true, columns =}: mean 0 and
--- standard deviation 1 (of the population, as scikit-learn).
local StandardScaler = linear("StandardScaler",
  "with_mean: bool = true, with_std: bool = true")

function StandardScaler:learn(cols)
  local o = self.options
  learn_each(self, cols, o.with_mean and mean or function() return 0 end,
    o.with_std and deviation or function() return 1 end)
  settle_spread(self)
end

--- MinMaxScaler{low = 0, high = 1, clip = false, columns =}: the least and the
--- largest value of the training part become low and high; clip: none outside.
local MinMaxScaler = linear("MinMaxScaler",
  "low: number = 0, high: number = 1, clip: bool = false")

function MinMaxScaler.check(o)
  if o.low >= o.high or o.high - o.low ~= o.high - o.low then
    fail("prep.MinMaxScaler: low should be less than high, got %g and %g",
      o.low, o.high)
  end
end

function MinMaxScaler:learn(cols)
  local o = self.options
  learn_each(self, cols, function(x) return x:amin():item() end,
    function(x) return x:amax():item() - x:amin():item() end)
  settle_spread(self)
  self.spread = self.spread / (o.high - o.low)
  self.centre = self.centre - self.spread * o.low
end

function MinMaxScaler:apply(cols)
  local o, new = self.options, shift_and_stretch(self, cols)
  if not o.clip then return new end
  return self:map(new, function(column)
    return {kind = "number", x = column.x:clamp(o.low, o.high)}
  end)
end

--- RobustScaler{low = 0.25, high = 0.75, columns =}: the median becomes 0 and
--- the distance of the two quantiles 1, so that outliers do not matter.
local RobustScaler = linear("RobustScaler",
  "low: number = 0.25, high: number = 0.75")

function RobustScaler.check(o)
  local right = 0 <= o.low and o.low < o.high and o.high <= 1
  if not right then
    fail("prep.RobustScaler: quantiles 0 <= low < high <= 1 expected, got %g "
      .. "and %g", o.low, o.high)
  end
end

local function quantile(x, q)
  return Columns.quantiles(x, core.tensor({q}, F64))[1]
end

function RobustScaler:learn(cols)
  local o = self.options
  learn_each(self, cols, function(x) return quantile(x, 0.5) end,
    function(x) return quantile(x, o.high) - quantile(x, o.low) end)
  settle_spread(self)
end

-- ---- Quantiles ------------------------------------------------------------

--- QuantileTransformer{quantiles = 1000, output = "uniform", columns =}: the
--- share of training values below a value, 0..1, or with output = "normal" the
--- point of the normal distribution that has this share below it.
local QuantileTransformer = Step.declare("QuantileTransformer",
  "quantiles: size = 1000, output: uniform|normal = uniform")
QuantileTransformer.learned = "landmarks: vectors"
scale.QuantileTransformer = QuantileTransformer

function QuantileTransformer:learn(cols)
  self.landmarks = {}
  for j, name in ipairs(self.names) do
    local x = self:known_numbers(cols, name)
    local k = math.max(2, math.min(self.options.quantiles, #x))
    local places = core.linspace(0, 1, k, F64)
    self.landmarks[j] = Columns.quantiles(x, places):cummax(1)
  end
end

function QuantileTransformer:check_learned()
  for _, marks in ipairs(self.landmarks) do
    if #marks < 2 then error("too few landmarks", 0) end
  end
end

-- y at x on the broken line through sorted points (px, py), flat outside; at
-- points of one px, the y of the first (or with `last`, of the last).
local function interpolate(x, px, py, last)
  local k = #px
  local right = px:searchsorted(x, last):to "i64":clamp(2, k):index {base = 1}
  local left = (right:to "i64" - 1):index {base = 1}
  local x0, x1 = px:index_select(1, left), px:index_select(1, right)
  local y0, y1 = py:index_select(1, left), py:index_select(1, right)
  local wide = x1 - x0
  local t = ((x - x0) / wide):masked_fill(wide:eq(0), 0):clamp(0, 1)
  return y0 + (y1 - y0) * t
end

-- The inverse of the normal distribution's cumulative function, by Newton's
-- method from Acklam's rational approximation; 0 and 1 give -5.2 and 5.2.
local function normal_quantile(p)
  p = p:clamp(1e-7, 1 - 1e-7)
  local q = p - 0.5
  local t = (p:fmin(1 - p):log() * -2):sqrt()
  local z = t - (t * 0.010328 + 0.802853):mul(t):add(2.515517)
    / ((t * 0.001308 + 0.189269):mul(t) + 1.432788):mul(t):add(1)
  z = z * q:sign()
  for _ = 1, 3 do
    local density = (z * z * -0.5):exp() * (1 / math.sqrt(2 * math.pi))
    z = z - ((z * -math.sqrt(0.5)):erfc() * 0.5 - p) / density
  end
  return z
end

function QuantileTransformer:apply(cols)
  return self:map(cols, function(_, i, name)
    local x = self:numbers(cols, name, "transform")
    local marks = self.landmarks[i]
    local share = core.linspace(0, 1, #marks, F64)
    local holes = x:isnan()
    local known = x:masked_fill(holes, 0)
    -- Ties: the middle of the lowest and the highest share, as scikit-learn.
    local y = (interpolate(known, marks, share, false)
      - interpolate(-known, -marks:flip(1), -share:flip(1), false)) * 0.5
    y = core.where(known:ge(marks[#marks]), known * 0 + 1, y)
    y = core.where(known:le(marks[1]), known * 0, y)
    if self.options.output == "normal" then y = normal_quantile(y) end
    return {kind = "number", x = y:masked_fill(holes, 0 / 0)}
  end)
end

-- ---- Logarithms -----------------------------------------------------------

--- LogScaler{columns =}: log(1 + x) of what is not negative, and -log(1 - x)
--- of what is, for amounts that span orders of magnitude.
local LogScaler = Step.declare("LogScaler", "")
scale.LogScaler = LogScaler

function LogScaler:learn(cols)
  for _, name in ipairs(self.names) do self:known_numbers(cols, name) end
end

function LogScaler:apply(cols)
  return self:map(cols, function(_, _, name)
    local x = self:numbers(cols, name, "transform")
    return {kind = "number", x = x:abs():log1p() * x:sign()}
  end)
end

return scale
