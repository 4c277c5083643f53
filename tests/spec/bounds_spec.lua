-- bounds_spec.lua: how far results of f32 may lie from the exact ones.
--
-- Each operation gets random shapes, steps (turned, cut, repeated, reversed
-- dimensions) and special values (nan, infinities, denormals, both zeros, the
-- largest and smallest numbers).  Elements are compared with a scalar function
-- in double, or with the operation in f64, whose kernels C tests check
-- against scalar code.  A bound is in ulps of f32: of the exact element, and,
-- where terms may cancel, of the sum of their magnitudes.

local m = require "mlrt"

local INF, NAN, MAX, TINY = math.huge, 0 / 0, 0x1.fffffep127, 0x1p-149

local SPECIAL = {NAN, INF, -INF, 0.0, -0.0, TINY, -TINY, 0x1p-126, MAX, -MAX,
  1, -1, 0x1p-130, 88.7, -87.3, -103.9, 0x1.5p24, 0.5, -0.5}

-- ---- Operands -------------------------------------------------------------

-- A random shape, seldom large, at times with sizes of 1 or 0.
local function shape_of(random)
  local shape, n = {}, 1
  for d = 1, random(1, 4) do
    local size = ({1, 2, 3, 7, 16, 33, random(1, 70), random(1, 300)})[
      random(1, 8)]
    if random(1, 40) == 1 then size = 0 end
    if n * size > 30000 then size = 1 end
    shape[d], n = size, n * size
  end
  return shape
end

local function values(random, n, special)
  local list = {}
  for i = 1, n do
    local v = (random() - 0.5) * 2 ^ random(-6, 6)
    if special and random(1, 9) == 1 then v = SPECIAL[random(1, #SPECIAL)] end
    list[i] = v
  end
  return list
end

-- A tensor of that shape whose elements do not lie in C order.
local function laid_out(random, shape, special)
  local way, last = random(1, 4), shape[#shape]
  local size = {table.unpack(shape)}
  if way == 2 and #shape > 1 then -- turned
    size[1], size[#size] = size[#size], size[1]
  elseif way == 3 then -- every second one
    size[#size] = 2 * last
  elseif way == 4 and #shape > 1 then -- repeated
    size[1] = shape[1] > 0 and 1 or 0
  end
  local n = 1
  for _, s in ipairs(size) do n = n * s end
  local t = m.tensor(values(random, n, special)):reshape(size)
  if way == 2 and #shape > 1 then return t:transpose(1, -1) end
  if way == 3 and last > 0 then
    local at = {}
    for d = 1, #shape do at[d] = {} end
    at[#shape] = {1, 2 * last, 2}
    return t[at]
  end
  return t:expand(shape)
end

-- ---- Comparing ------------------------------------------------------------

-- The distance of neighbouring f32 around x.
local function ulp(x)
  x = math.abs(x)
  if x < 0x1p-126 then return TINY end
  local e = 0
  while x >= 2 do x, e = x / 2, e + 1 end
  while x < 1 do x, e = x * 2, e - 1 end
  return 2.0 ^ (e - 23)
end

local function agrees(y, want, bound, scale)
  if y ~= y or want ~= want then return y ~= y and want ~= want end
  if y == want then return bound > 0 or 1 / y == 1 / want end
  if math.abs(y) == INF then -- rounded up beyond the largest
    return y * want > 0 and math.abs(want) + bound * ulp(MAX) >= MAX
  end
  return math.abs(y - want) <= bound * ulp(scale or want)
end

local function flat(t) return t:contiguous():reshape(-1):totable() end

-- exact[i] and the result's element i, `scale` where it may have cancelled.
local function compare(name, y, exact, bound, scale)
  exact = type(exact) == "table" and exact or flat(exact)
  scale = scale and flat(scale)
  for i, v in ipairs(flat(y)) do
    local s = scale and math.max(scale[i], math.abs(exact[i]))
    if not agrees(v, exact[i], bound, s) then
      error(("%s: element %d is %.9g, exact %.17g, bound %g ulp"):format(
        name, i, v, exact[i], bound))
    end
  end
end

-- Calls f with generators of numbers of known seeds.
local function rounds(name, n, f)
  for round = 1, n do
    local state = m.generator(round * 7919 + #name)
    local buffer, at = nil, 0
    local function random(a, b)
      at = at % 4096 + 1
      if at == 1 then
        buffer = m.rand(4096, {generator = state}):totable()
      end
      if not a then return buffer[at] end
      return a + math.floor(buffer[at] * (b - a + 1))
    end
    f(random)
  end
end

-- ---- Elementwise ----------------------------------------------------------

local function larger(a, b)
  return a ~= a and a or b ~= b and b or math.max(a, b)
end

-- name -> bound, scalar function (nil: the operation in f64)
local ONE = {
  neg = {0, function(x) return -x end}, abs = {0, math.abs},
  sqrt = {0.5, math.sqrt}, reciprocal = {0.5, function(x) return 1 / x end},
  square = {0.5, function(x) return x * x end},
  floor = {0}, ceil = {0}, round = {0}, trunc = {0}, frac = {0},
  relu = {0, function(x) return x ~= x and x or x > 0 and x or 0.0 end},
  rsqrt = {1.5}, exp = {1, math.exp}, exp2 = {1}, expm1 = {1.5},
  log = {1, function(x) return x < 0 and NAN or math.log(x) end},
  log2 = {1.5}, log10 = {2}, log1p = {1.5}, tanh = {3}, sigmoid = {2},
  sinh = {2}, cosh = {2}, erf = {3}, erfc = {4}, gelu = {8}, silu = {3},
  softplus = {3}, logsigmoid = {3}, mish = {6}, elu = {2}, selu = {2.5},
  hardswish = {2}, hardsigmoid = {1.5}, softsign = {1.5}, atan = {2},
}
local TWO = {
  add = {0.5, function(a, b) return a + b end},
  sub = {0.5, function(a, b) return a - b end},
  mul = {0.5, function(a, b) return a * b end},
  div = {0.5, function(a, b) return a / b end},
  maximum = {0.5, larger},
  minimum = {0.5, function(a, b) return -larger(-a, -b) end},
  copysign = {0}, hypot = {1.5}, atan2 = {3},
  fmod = {0}, remainder = {0.5},
}

local function in_f64(t) return t:to("f64") end

-- The f32 nearest to a double; -0 and nan stay.
local function elementwise(name, operands, bound, scalar)
  local y = m[name](table.unpack(operands))
  if not scalar then
    local wide = {}
    for i, t in ipairs(operands) do wide[i] = in_f64(t) end
    return compare(name, y, m[name](table.unpack(wide)), bound)
  end
  local lists, exact = {}, {}
  for i, t in ipairs(operands) do lists[i] = flat(t) end
  for i, v in ipairs(lists[1]) do
    exact[i] = scalar(v, lists[2] and lists[2][i]) * 1.0
  end
  compare(name, y, exact, bound)
end

describe("bounds in ulp, random shapes and steps, special values", function()
  for name, what in pairs(ONE) do
    it(name, function()
      rounds(name, 12, function(random)
        local x = laid_out(random, shape_of(random), true)
        elementwise(name, {x}, what[1], what[2])
      end)
    end)
  end
  for name, what in pairs(TWO) do
    it(name, function()
      rounds(name, 12, function(random)
        local shape = shape_of(random)
        local x = laid_out(random, shape, true)
        local y = laid_out(random, shape, true)
        elementwise(name, {x, y}, what[1], what[2])
      end)
    end)
  end
end)

-- ---- Along a dimension ----------------------------------------------------

-- name -> bound, and what it is relative to (nil: the element itself).
local function magnitude(x, d) return in_f64(x):abs():sum(d) end
local function mean_magnitude(x, d) return in_f64(x):abs():mean(d) end
local function largest(x) return in_f64(x):abs():max():item() end

local FOLDS = {
  sum = {2, magnitude}, mean = {2, mean_magnitude}, prod = {3},
  amax = {0}, amin = {0}, var = {8, function(x, d)
    return in_f64(x):square():mean(d) end},
  logsumexp = {4, mean_magnitude}, norm = {2},
}
local LINES = {
  softmax = {4, function(x, d)
    local wide = in_f64(x)
    return wide:softmax(d) * (wide:amax(d, true) - wide + 1) end},
  cumsum = {4, function(x, d)
    return in_f64(x):abs():cumsum(d) end},
  log_softmax = {4, function(x, d)
    return in_f64(x):log_softmax(d):abs() + largest(x) end},
}

local function along(name, x, d, what, special)
  local function call(t)
    if name == "norm" then return m.norm(t, {p = 2, dim = d}) end
    return m[name](t, d)
  end
  compare(("%s over %d of (%s)"):format(name, d, table.concat(x.shape, ", ")),
    call(x), call(in_f64(x)), what[1],
    what[2] and not special and what[2](x, d) or nil)
end

describe("bounds along a dimension", function()
  for _, group in ipairs {FOLDS, LINES} do
    for name, what in pairs(group) do
      it(name, function()
        rounds(name, 14, function(random)
          local shape = shape_of(random)
          local d = random(1, #shape)
          if shape[d] < 2 then shape[d] = 2 end
          along(name, laid_out(random, shape), d, what)
        end)
      end)
    end
  end
  for _, name in ipairs {"amax", "amin"} do
    it(name .. " with special values", function()
      rounds(name, 14, function(random)
        local shape = shape_of(random)
        local d = random(1, #shape)
        shape[d] = shape[d] + 1
        along(name, laid_out(random, shape, true), d, {0}, true)
      end)
    end)
  end
  for _, name in ipairs {"sum", "mean", "prod", "softmax", "logsumexp"} do
    it(name .. " of nan and infinities", function()
      rounds(name, 10, function(random)
        local d = random(1, 2)
        local x = laid_out(random, {random(1, 40), random(1, 40)})
        local at = x:clone()
        local place = ("%d, %d"):format(random(1, x.shape[1]),
          random(1, x.shape[2]))
        at[place] = ({NAN, INF, -INF})[random(1, 3)]
        local y, want = flat(m[name](at, d)), flat(m[name](in_f64(at), d))
        for i, v in ipairs(y) do
          local w = want[i]
          assert((v ~= v) == (w ~= w), name .. ": nan")
          assert((math.abs(v) == INF) == (math.abs(w) == INF), name .. ": inf")
        end
      end)
    end)
  end
end)

-- ---- Layers ---------------------------------------------------------------

-- Sums of products: relative to the same of the magnitudes.
describe("bounds of layers", function()
  it("layer_norm", function()
    rounds("layer_norm", 10, function(random)
      local n = random(2, 90)
      local x = laid_out(random, {random(1, 9), n})
      local w, b = m.rand(n), m.rand(n)
      local y = m.layer_norm(x, {n}, w, b)
      local exact = m.layer_norm(in_f64(x), {n}, in_f64(w), in_f64(b))
      local spread = in_f64(x):abs():amax(2, true) /
        (in_f64(x):var(2, {keepdim = true}) + 1e-5):sqrt() + 1
      compare("layer_norm", y, exact, 12, spread:expand(exact.shape))
    end)
  end)
  it("matmul", function()
    rounds("matmul", 20, function(random)
      local k = random(1, 200)
      local a = laid_out(random, {random(1, 50), k})
      local b = laid_out(random, {k, random(1, 50)})
      local size = in_f64(a):abs():matmul(in_f64(b):abs())
      compare("matmul", a:matmul(b), in_f64(a):matmul(in_f64(b)), 16, size)
    end)
  end)
  it("conv2d", function()
    rounds("conv2d", 20, function(random)
      local groups = random(1, 2)
      local c, o = groups * random(1, 9), groups * random(1, 20)
      local kh, kw = random(1, 4), random(1, 4)
      local x = laid_out(random, {random(1, 3), c, random(4, 20),
        random(4, 20)})
      local w = laid_out(random, {o, c // groups, kh, kw})
      local how = {stride = random(1, 3), padding = random(0, 2),
        groups = groups}
      local function call(t, u)
        return m.conv2d(t, u, {stride = how.stride, padding = how.padding,
          groups = how.groups})
      end
      compare("conv2d", call(x, w), call(in_f64(x), in_f64(w)), 16,
        call(in_f64(x):abs(), in_f64(w):abs()))
    end)
  end)
  it("avg_pool2d and max_pool2d", function()
    rounds("pool", 12, function(random)
      local x = laid_out(random, {2, 3, random(4, 30), random(4, 30)})
      local k = random(1, 4)
      compare("max_pool2d", m.max_pool2d(x, k), m.max_pool2d(in_f64(x), k), 0)
      compare("avg_pool2d", m.avg_pool2d(x, k), m.avg_pool2d(in_f64(x), k), 2,
        m.avg_pool2d(in_f64(x):abs(), k))
    end)
  end)
  it("cross_entropy", function()
    rounds("cross_entropy", 12, function(random)
      local n, classes = random(1, 60), random(2, 90)
      local x = laid_out(random, {n, classes})
      local labels = m.randint(1, classes + 1, {n}, {dtype = "index"})
      local y = m.cross_entropy(x, labels, {reduction = "none"})
      local exact = m.cross_entropy(in_f64(x), labels, {reduction = "none"})
      compare("cross_entropy", y, exact, 4, in_f64(x):abs():amax(2))
    end)
  end)
end)
