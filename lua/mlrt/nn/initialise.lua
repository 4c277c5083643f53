-- initialise.lua: initial weights, each rule under the name of its paper.
--
--   nn.init.kaiming_uniform_(layer.weight, {nonlinearity = "relu"})
--
-- Every function fills a tensor in place, outside the graph, and returns it.
-- The numbers come from the context's stream, or from {generator = g}.  fan_in
-- is the number of inputs of one output, fan_out of outputs of one input; for
-- weights (out, in, kernel...) they are in * kernel and out * kernel.

local core = require "mlrt.core"
local fail = require "mlrt.fail"
local options = require "mlrt.options"

local init = {}

local paused = false

-- Writes `source` into t, whose history stays out of it.
local function fill(t, source)
  local _ <close> = core.no_grad()
  t:copy_(source)
  return t
end

local function like(t, generator)
  return {dtype = t.dtype, generator = generator}
end

-- ---- Plain distributions --------------------------------------------------

--- Every element becomes `value`.
function init.constant_(t, value)
  if paused then return t end
  return fill(t, core.full(t.shape, value, {dtype = t.dtype}))
end

function init.zeros_(t)
  return init.constant_(t, 0)
end

function init.ones_(t)
  return init.constant_(t, 1)
end

local read_uniform = options("nn.init.uniform_",
  "low: number = 0, high: number = 1, generator: any?")

--- Uniform on [low, high).
function init.uniform_(t, ...)
  local o = read_uniform(...)
  if paused then return t end
  local u = core.rand(t.shape, like(t, o.generator))
  return fill(t, u * (o.high - o.low) + o.low)
end

local read_normal = options("nn.init.normal_",
  "mean: number = 0, std: number = 1, generator: any?")

--- Normal with the given mean and standard deviation.
function init.normal_(t, ...)
  local o = read_normal(...)
  if paused then return t end
  return fill(t, core.randn(t.shape, like(t, o.generator)) * o.std + o.mean)
end

-- ---- Scaled to the layer --------------------------------------------------

--- fan_in, fan_out of a weight (out, in, kernel...).
function init.fans(t)
  local shape = t.shape
  if #shape < 2 then
    fail("nn.init: fan_in and fan_out need a weight of 2 or more dimensions, "
      .. "got shape %s", shape)
  end
  local field = 1
  for i = 3, #shape do field = field * shape[i] end
  return shape[2] * field, shape[1] * field
end

--- The factor that keeps the variance of a nonlinearity's output; `a` is the
--- slope of leaky_relu (He et al. 2015, section 2.2).
function init.gain(nonlinearity, a)
  if nonlinearity == "tanh" then return 5 / 3 end
  if nonlinearity == "relu" then return math.sqrt(2) end
  if nonlinearity == "leaky_relu" then return math.sqrt(2 / (1 + a * a)) end
  return 1
end

local KAIMING = "a: number = 0, mode: fan_in|fan_out = fan_in, nonlinearity: "
  .. "leaky_relu|relu|tanh|sigmoid|linear = leaky_relu, generator: any?"
local read_kaiming_uniform = options("nn.init.kaiming_uniform_", KAIMING)
local read_kaiming_normal = options("nn.init.kaiming_normal_", KAIMING)

local function kaiming_std(t, o)
  local fan_in, fan_out = init.fans(t)
  local fan = o.mode == "fan_in" and fan_in or fan_out
  return init.gain(o.nonlinearity, o.a) / math.sqrt(fan)
end

--- He et al. 2015: uniform on +-gain * sqrt(3 / fan).
function init.kaiming_uniform_(t, ...)
  local o = read_kaiming_uniform(...)
  local bound = math.sqrt(3) * kaiming_std(t, o)
  return init.uniform_(t, -bound, bound, o.generator)
end

--- He et al. 2015: normal with standard deviation gain / sqrt(fan).
function init.kaiming_normal_(t, ...)
  local o = read_kaiming_normal(...)
  return init.normal_(t, 0, kaiming_std(t, o), o.generator)
end

local XAVIER = "gain: number = 1, generator: any?"
local read_xavier_uniform = options("nn.init.xavier_uniform_", XAVIER)
local read_xavier_normal = options("nn.init.xavier_normal_", XAVIER)

local function xavier_std(t, gain)
  local fan_in, fan_out = init.fans(t)
  return gain * math.sqrt(2 / (fan_in + fan_out))
end

--- Glorot and Bengio 2010: uniform on +-gain * sqrt(6 / (fan_in + fan_out)).
function init.xavier_uniform_(t, ...)
  local o = read_xavier_uniform(...)
  local bound = math.sqrt(3) * xavier_std(t, o.gain)
  return init.uniform_(t, -bound, bound, o.generator)
end

--- Glorot and Bengio 2010: normal, deviation gain * sqrt(2 / (fan_in +
--- fan_out)).
function init.xavier_normal_(t, ...)
  local o = read_xavier_normal(...)
  return init.normal_(t, 0, xavier_std(t, o.gain), o.generator)
end

-- ---- For the layers -------------------------------------------------------

--- What PyTorch gives new Linear and Conv layers: weight and bias uniform on
--- +-1 / sqrt(fan_in) (kaiming_uniform_ with a = sqrt(5)).
function init.default_(weight, bias)
  local fan_in = init.fans(weight)
  local bound = fan_in > 0 and 1 / math.sqrt(fan_in) or 0
  init.uniform_(weight, -bound, bound)
  if bias then init.uniform_(bias, -bound, bound) end
end

--- Zeros for a new weight.  While paused they take up no memory, however large
--- the shape is that a file asks for.
function init.blank(shape, dtype)
  if paused then
    return core.zeros({}, {dtype = dtype}):expand(shape)
  end
  return core.zeros(shape, {dtype = dtype})
end

--- Calls f(...) with filling switched off: for modules whose values come from a
--- file.  Loading then takes nothing from the random stream.
function init.without(f, ...)
  local outer = paused
  local _ <close> = setmetatable({}, {__close = function()
    paused = outer
  end})
  paused = true
  local result = f(...) -- not a tail call: it must end before the pause does
  return result
end

return init
