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
  if nonlinearity == "selu" then return 3 / 4 end
  a = a or 0.01
  if nonlinearity == "leaky_relu" then return math.sqrt(2 / (1 + a * a)) end
  for _, name in ipairs {"linear", "sigmoid", "conv1d", "conv2d",
    "conv_transpose1d", "conv_transpose2d"} do
    if nonlinearity == name then return 1 end
  end
  fail("nn.init.gain: unknown nonlinearity '%s'", tostring(nonlinearity))
end

init.calculate_gain = init.gain

local KAIMING = "a: number = 0, mode: fan_in|fan_out = fan_in, nonlinearity: "
  .. "leaky_relu|relu|tanh|sigmoid|linear|selu|conv1d|conv2d|"
  .. "conv_transpose1d|conv_transpose2d = leaky_relu, generator: any?"
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

-- The papers' authors by their last names.
init.he_uniform_, init.he_normal_ = init.kaiming_uniform_, init.kaiming_normal_
init.glorot_uniform_, init.glorot_normal_ = init.xavier_uniform_,
  init.xavier_normal_

--- LeCun et al. 1998, "Efficient BackProp": normal, deviation 1 / sqrt(fan_in).
function init.lecun_normal_(t, generator)
  return init.normal_(t, 0, 1 / math.sqrt((init.fans(t))), generator)
end

--- LeCun et al. 1998: uniform on +-sqrt(3 / fan_in).
function init.lecun_uniform_(t, generator)
  local bound = math.sqrt(3 / init.fans(t))
  return init.uniform_(t, -bound, bound, generator)
end

-- ---- Of one shape ---------------------------------------------------------

local read_trunc = options("nn.init.trunc_normal_", "mean: number = 0, "
  .. "std: number = 1, a: number = -2, b: number = 2, generator: any?")

--- Normal with the given mean and standard deviation, of which only what lies
--- in a..b is taken: the rest is drawn again, and after 100 times cut off.
function init.trunc_normal_(t, ...)
  local o = read_trunc(...)
  if paused then return t end
  local opts = like(t, o.generator)
  local x = core.randn(t.shape, opts) * o.std + o.mean
  for _ = 1, 100 do
    local outside = core.logical_or(x:lt(o.a), x:gt(o.b))
    if not outside:any():item() then break end
    x = core.where(outside, core.randn(t.shape, opts) * o.std + o.mean, x)
  end
  return fill(t, x:clamp(o.a, o.b))
end

local read_orthogonal = options("nn.init.orthogonal_",
  "gain: number = 1, generator: any?")

--- Rows (or, if there are fewer, columns) of a random orthogonal matrix, of
--- weights (out, in, kernel...) seen as (out, in * kernel) (Saxe et al. 2014).
function init.orthogonal_(t, ...)
  local o = read_orthogonal(...)
  if t.ndim < 2 then
    fail("nn.init.orthogonal_: a weight of 2 or more dimensions expected, "
      .. "got shape %s", t.shape)
  end
  if paused or t:numel() == 0 then return t end
  local x = core.randn(t.shape, like(t, o.generator)):flatten(2)
  local wide = x.shape[1] < x.shape[2]
  local q, r = core.qr(wide and x:t() or x)
  q = q * r:diagonal():sign()
  return fill(t, (wide and q:t() or q):reshape(t.shape) * o.gain)
end

--- Ones on the diagonal of a matrix, zeros elsewhere.
function init.eye_(t)
  if t.ndim ~= 2 then
    fail("nn.init.eye_: 2 dimensions expected, got shape %s", t.shape)
  end
  if paused then return t end
  return fill(t, core.eye(t.shape[1], t.shape[2], {dtype = t.dtype}))
end

local read_dirac = options("nn.init.dirac_", "groups: size = 1")

--- Weights (out, in, kernel...) of a convolution that passes on its first
--- channels, in each of `groups` groups, as they are.
function init.dirac_(t, ...)
  local o = read_dirac(...)
  local shape = t.shape
  if #shape < 3 or shape[1] % o.groups ~= 0 then
    fail("nn.init.dirac_: 3 or more dimensions, the first divided by %d "
      .. "groups, expected, got shape %s", o.groups, shape)
  end
  if paused then return t end
  local x, out = core.zeros(shape, {dtype = t.dtype}), shape[1] // o.groups
  for group = 0, o.groups - 1 do
    for i = 1, math.min(out, shape[2]) do
      local at = {group * out + i, i}
      for d = 3, #shape do at[d] = shape[d] // 2 + 1 end
      x[at] = 1
    end
  end
  return fill(t, x)
end

local read_sparse = options("nn.init.sparse_",
  "sparsity: number, std: number = 0.01, generator: any?")

--- Normal of deviation std, but in each column of a matrix the given part of
--- the elements, chosen at random, is zero (Martens 2010).
function init.sparse_(t, ...)
  local o = read_sparse(...)
  if t.ndim ~= 2 then
    fail("nn.init.sparse_: 2 dimensions expected, got shape %s", t.shape)
  end
  if paused then return t end
  local rows, columns = t.shape[1], t.shape[2]
  local x = core.randn(t.shape, like(t, o.generator)) * o.std
  local zeros = math.ceil(o.sparsity * rows)
  for j = 1, columns do
    local order = core.randperm(rows, {generator = o.generator})
    x:select(2, j):index_fill_(1, order:narrow(1, 1, zeros), 0)
  end
  return fill(t, x)
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

--- Zeros in one row (from 1) of a matrix.
function init.zero_row_(t, row)
  if paused then return t end
  local _ <close> = core.no_grad()
  t:select(1, row):zero_()
  return t
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
