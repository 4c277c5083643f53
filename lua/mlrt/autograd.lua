-- autograd.lua: gradients of one's own, and the check that they are right.
--
--   local swish = m.autograd.Function{forward = ..., backward = ...}
--   m.gradcheck(swish, m.randn(3, 4, {dtype = "f64"}), {order = 2})
--
-- gradcheck compares what autograd says with central differences,
-- (f(x + h) - f(x - h)) / 2h, element by element, in f64.  Several outputs of
-- any shape are joined into one number with random weights, so that an error
-- in any of them shows.

local core = require "mlrt.core"
local fail = require "mlrt.fail"
local options = require "mlrt.options"

local is_tensor = core.is_tensor

local autograd = {
  Function = core.custom,
  grad = core.grad,
  no_grad = core.no_grad,
  enable_grad = core.enable_grad,
  checkpoint = core.checkpoint,
  detect_anomaly = core.detect_anomaly,
  set_detect_anomaly = core.detect_anomaly,
}

local function is_float(v)
  return is_tensor(v) and v.dtype:sub(1, 1) == "f"
end

-- ---- Checkpoints ----------------------------------------------------------

-- Runs functions first..last of a list one after the other.
local function run_part(list, first, last, x)
  for i = first, last do x = list[i](x) end
  return x
end

--- list[n](... list[1](x)), the list (a Sequential, or a table of functions)
--- cut into `segments` parts of which each is a checkpoint, but for the last.
function autograd.checkpoint_sequential(list, segments, x)
  local n = type(list) == "table" and #list or 0
  if not math.tointeger(segments) or segments < 1 or segments > n then
    fail("checkpoint_sequential: a list of functions, and a number of segments "
      .. "between 1 and its length, expected")
  end
  local size = n // segments
  for part = 1, segments - 1 do
    x = core.checkpoint(run_part, list, (part - 1) * size + 1, part * size, x)
  end
  return run_part(list, (segments - 1) * size + 1, n, x)
end

-- ---- Functions as one number ----------------------------------------------

-- The floating-point tensors among the results, out of lists too.
local function collect(list, v)
  if is_float(v) then
    list[#list + 1] = v
  elseif type(v) == "table" then
    for _, item in ipairs(v) do collect(list, item) end
  end
  return list
end

-- Sum over the outputs of (y * weight); the weights are those of the first
-- call.
local function weigh(outputs, weights, generator)
  local total
  for i, y in ipairs(outputs) do
    weights[i] = weights[i]
      or core.randn(y.shape, {dtype = y.dtype, generator = generator})
    local part = (y * weights[i]):sum():to "f64"
    total = total and total + part or part
  end
  return total or fail "gradcheck: the function returned no f32 or f64 tensor"
end

-- f as a function of a list of inputs that returns one number, always with
-- the same weights.
local function as_number(f, seed)
  local weights, generator = {}, core.generator(seed)
  return function(inputs)
    local _ <close> = core.enable_grad()
    local results = {f(table.unpack(inputs, 1, inputs.n))}
    return weigh(collect({}, results), weights, generator)
  end
end

-- The gradients of f itself, as a function that can be checked in turn.
local function gradient_of(f, checked)
  local number = as_number(f, 1)
  return function(...)
    local inputs, xs = table.pack(...), {}
    for k, i in ipairs(checked) do xs[k] = inputs[i] end
    local y = number(inputs)
    if not y.requires_grad then return y end
    local grads = core.grad(y, xs, {create_graph = true, allow_unused = true})
    local found = {}
    for k = 1, #xs do found[#found + 1] = grads[k] end
    return found[1] and found or y * 0
  end
end

-- ---- Comparing ------------------------------------------------------------

-- Coordinates of element k (from 0) of a shape, and as a text.
local function coordinates(shape, k)
  local at = {}
  for d = #shape, 1, -1 do
    at[d] = k % shape[d] + 1
    k = k // shape[d]
  end
  return at, "{" .. table.concat(at, ", ") .. "}"
end

local function put(x, at, value)
  local _ <close> = core.no_grad()
  if #at == 0 then
    x:copy_(core.tensor(value, {dtype = x.dtype}))
  else
    x[at] = value
  end
end

-- (f(x + h) - f(x - h)) / 2h for one element, which is put back.
local function difference(number, inputs, x, at, h)
  local old = #at == 0 and x:item() or x:detach()[at]:item()
  put(x, at, old + h)
  local high = number(inputs):item()
  put(x, at, old - h)
  local low = number(inputs):item()
  put(x, at, old)
  return (high - low) / (2 * h)
end

local function check_input(number, inputs, i, gradient, o)
  local x = inputs[i]
  local values = gradient and gradient:reshape(-1):totable()
  for k = 0, x:numel() - 1 do
    local at, shown = coordinates(x.shape, k)
    local want = difference(number, inputs, x, at, o.eps)
    local got = values and values[k + 1] or 0
    local near = math.abs(got - want) <= o.tol * (1 + math.abs(want))
    if not near then -- a NaN is not
      fail("gradcheck: order %d, input %d at %s: autograd gives %.9g, central "
        .. "differences give %.9g", o.at_order, i, shown, got, want)
    end
  end
end

local function check_order(f, inputs, checked, o)
  local number, xs = as_number(f, 2), {}
  for k, i in ipairs(checked) do xs[k] = inputs[i] end
  local y = number(inputs)
  local grads = y.requires_grad
    and core.grad(y, xs, {allow_unused = true}) or {}
  for k, i in ipairs(checked) do
    check_input(number, inputs, i, grads[k], o)
  end
end

-- ---- gradcheck ------------------------------------------------------------

local read = options("gradcheck", "eps: number = 1e-6, tol: number = 1e-5, "
  .. "order: size = 1")

-- The inputs as leaves over the same elements, and the positions of those to
-- check: the ones that require grad, or all in f64 if none does.
local function prepare(inputs)
  local own, tracked, floats = {n = inputs.n}, {}, {}
  for i = 1, inputs.n do
    local x = inputs[i]
    own[i] = x
    if is_float(x) then
      own[i] = x:detach()
      floats[#floats + 1] = i
      if x.requires_grad then tracked[#tracked + 1] = i end
    end
  end
  local checked = #tracked > 0 and tracked or floats
  for _, i in ipairs(checked) do
    if own[i].dtype ~= "f64" then
      fail("gradcheck: input %d is %s, but differences need f64: "
        .. "x:to \"f64\"", i, own[i].dtype)
    end
    own[i].requires_grad = true
  end
  return own, checked
end

--- Checks the gradient of f(x, ...) at tensors x, ... in f64.  A last table
--- may hold eps (the h above), tol (largest difference, relative to 1 + |d|)
--- and order (2: also the gradient of the gradient).  f must give the same
--- values each time.  Raises what differs, and where; returns true.
function autograd.gradcheck(f, ...)
  local inputs, o = table.pack(...), read {}
  local last = inputs[inputs.n]
  if type(last) == "table" and #last == 0 and not getmetatable(last) then
    o, inputs.n = read(last), inputs.n - 1
  end
  local own, checked = prepare(inputs)
  if #checked == 0 then fail "gradcheck: no input is an f64 tensor" end
  for order = 1, o.order do
    o.at_order = order
    check_order(f, own, checked, o)
    f = gradient_of(f, checked)
  end
  return true
end

return autograd
