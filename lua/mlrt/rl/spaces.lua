-- spaces.lua: what an environment shows and takes.
--
--   spaces.Discrete(4)                  one of 1..4: a number
--   spaces.Box{low = -1, high = 1, shape = {3}}     an f32 tensor
--   spaces.MultiDiscrete{3, 2}          an index tensor, two choices
--
-- s:sample([generator]) draws a value, s:contains(x) says whether x is one,
-- s:breach(x) why it is not.  A batch of values, as vector environments have,
-- is a tensor with one dimension more; discrete values are then an index.

local core = require "mlrt.core"
local class = require "mlrt.class"
local fail = require "mlrt.fail"

local spaces = {}

-- Uniform in 0..1 without 1, of a generator.
local function uniform(generator)
  return (generator:next() >> 11) * 0x1p-53
end

local function generator_or_default(generator)
  return generator or core.default_generator()
end

-- What a value is called in messages.
local function shown(x)
  if core.is_tensor(x) then
    return ("a tensor %s of shape (%s)"):format(x.dtype,
      table.concat(x.shape, ", "))
  end
  return type(x) == "number" and ("%.14g"):format(x) or type(x)
end

local function size_of(where, n)
  local k = type(n) == "number" and math.tointeger(n)
  if not k or k < 1 then
    fail("%s: a positive integer expected, got %s", where, shown(n))
  end
  return k
end

-- ---- Discrete --------------------------------------------------------------

--- One of 1..n.
local Discrete = class "Discrete"
spaces.Discrete = Discrete

function Discrete:init(n)
  if type(n) == "table" then n = n.n or n[1] end
  self.n = size_of("Discrete: n", n)
  self.shape, self.dtype = {}, "index"
end

--- A value; legal: a bool tensor (n) of what may be drawn.
function Discrete:sample(generator, legal)
  generator = generator_or_default(generator)
  if not legal then return math.floor(uniform(generator) * self.n) + 1 end
  local list = {}
  for i = 1, self.n do
    if legal[i] then list[#list + 1] = i end
  end
  if #list == 0 then fail "Discrete: sample: nothing is legal" end
  return list[math.floor(uniform(generator) * #list) + 1]
end

function Discrete:breach(x)
  local k = type(x) == "number" and math.tointeger(x)
  if k and k >= 1 and k <= self.n then return nil end
  return ("an integer from 1 to %d expected, got %s"):format(self.n, shown(x))
end

function Discrete:__tostring()
  return ("Discrete(%d)"):format(self.n)
end

-- ---- Box -------------------------------------------------------------------

--- Numbers of a shape between bounds, which are numbers or tensors.
local Box = class "Box"
spaces.Box = Box

local function bound(value, absent, shape)
  if value == nil then value = absent end
  if type(value) == "number" then return value end
  if type(value) == "table" then value = core.tensor(value) end
  if not core.is_tensor(value) or value.dtype ~= "f32" then
    fail("Box: a bound is a number or an f32 tensor, got %s", shown(value))
  end
  if table.concat(value.shape, ",") ~= table.concat(shape, ",") then
    fail("Box: bounds of shape (%s) expected, got %s",
      table.concat(shape, ", "), shown(value))
  end
  return value
end

local function shape_of_box(o)
  if o.shape then return o.shape end
  for _, b in ipairs {o.low, o.high} do
    if type(b) == "table" then b = core.tensor(b) end
    if core.is_tensor(b) then return b.shape end
  end
  fail "Box: shape: a list of sizes expected, got nothing"
end

function Box:init(o)
  if type(o) ~= "table" then
    fail("Box: {low =, high =, shape =} expected, got %s", shown(o))
  end
  self.shape, self.dtype, self.numel = {}, "f32", 1
  for i, n in ipairs(shape_of_box(o)) do
    self.shape[i] = size_of("Box: shape", n)
    self.numel = self.numel * n
  end
  self.low = bound(o.low, -math.huge, self.shape)
  self.high = bound(o.high, math.huge, self.shape)
end

-- Bounds of all elements as a list.
local function flat(value, n)
  if type(value) ~= "number" then return value:reshape(-1):totable() end
  local list = {}
  for i = 1, n do list[i] = value end
  return list
end

-- Uniform between two bounds, exponential beyond one, normal without, as
-- Gymnasium draws.
local function draw(generator, low, high)
  local u = uniform(generator)
  if low > -math.huge and high < math.huge then
    return low + (high - low) * u
  end
  local far = -math.log(1 - u)
  if low > -math.huge then return low + far end
  if high < math.huge then return high - far end
  return math.sqrt(2 * far) * math.cos(2 * math.pi * uniform(generator))
end

function Box:sample(generator)
  generator = generator_or_default(generator)
  local low, high = flat(self.low, self.numel), flat(self.high, self.numel)
  local values = {}
  for i = 1, self.numel do values[i] = draw(generator, low[i], high[i]) end
  return core.tensor(values):reshape(self.shape)
end

local function same_shape(x, shape)
  if #x.shape ~= #shape then return false end
  for i, n in ipairs(shape) do
    if x.shape[i] ~= n then return false end
  end
  return true
end

function Box:breach(x)
  if not core.is_tensor(x) or x.dtype ~= "f32" or not same_shape(x, self.shape)
  then
    return ("a tensor f32 of shape (%s) expected, got %s"):format(
      table.concat(self.shape, ", "), shown(x))
  end
  local low, high = flat(self.low, self.numel), flat(self.high, self.numel)
  for i, v in ipairs(x:reshape(-1):totable()) do
    if not (v >= low[i] and v <= high[i]) then
      return ("element %d: %g to %g expected, got %g"):format(i, low[i],
        high[i], v)
    end
  end
end

local function bound_text(b)
  return type(b) == "number" and ("%g"):format(b) or "..."
end

function Box:__tostring()
  return ("Box(%s, %s, {%s})"):format(bound_text(self.low),
    bound_text(self.high), table.concat(self.shape, ", "))
end

-- ---- MultiDiscrete ---------------------------------------------------------

--- Several choices, each with an n of its own.
local MultiDiscrete = class "MultiDiscrete"
spaces.MultiDiscrete = MultiDiscrete

function MultiDiscrete:init(counts)
  self.counts, self.dtype = {}, "index"
  for i, n in ipairs(counts) do
    self.counts[i] = size_of("MultiDiscrete: a count", n)
  end
  self.shape = {#self.counts}
  if #self.counts == 0 then fail "MultiDiscrete: there are no counts" end
end

function MultiDiscrete:sample(generator)
  generator = generator_or_default(generator)
  local list = {}
  for i, n in ipairs(self.counts) do
    list[i] = math.floor(uniform(generator) * n) + 1
  end
  return core.index(list)
end

function MultiDiscrete:breach(x)
  if not core.is_tensor(x) or x.dtype ~= "index"
      or not same_shape(x, self.shape) then
    return ("an index of shape (%d) expected, got %s"):format(#self.counts,
      shown(x))
  end
  for i, n in ipairs(self.counts) do
    local v = x[i]
    if not v or v < 1 or v > n then
      return ("element %d: 1 to %d expected, got %s"):format(i, n, shown(v))
    end
  end
end

function MultiDiscrete:__tostring()
  return ("MultiDiscrete{%s}"):format(table.concat(self.counts, ", "))
end

-- ---- All -------------------------------------------------------------------

for _, space in pairs(spaces) do
  function space:contains(x)
    return self:breach(x) == nil
  end
end

--- Is it one of these?
function spaces.is_space(s)
  local meta = getmetatable(s)
  return meta == Discrete or meta == Box or meta == MultiDiscrete
end

--- The space that the core describes.
function spaces.from_core(s)
  if s.n then return Discrete(s.n) end
  return s.counts and MultiDiscrete(s.counts) or Box(s)
end

return spaces
