-- ops_layers_spec.lua: batch normalisation and softmax over sizes around
-- their blocks, straight activations, elementwise leftovers; against loops.

local m = require "mlrt"
local core = require "mlrt.core"

local NAN, INF = 0 / 0, math.huge
local F64 = {dtype = "f64"}

local function some(shape, seed)
  local n = 1
  for _, s in ipairs(shape) do n = n * s end
  return m.arange(0, n, F64):mul(seed):remainder(11):mul(0.5):sub(2)
    :reshape(shape)
end

-- ---- batch_norm -----------------------------------------------------------

-- The dimensions of x but the channel's, and a list of channels in its shape.
local function but_channel(x)
  local dims, line = {}, {}
  for d = 1, x.ndim do
    line[d] = d == 2 and x.shape[2] or 1
    if d ~= 2 then dims[#dims + 1] = d end
  end
  return dims, line
end

-- (x - mean) / sqrt(var + eps) * weight + bias by operations.
local function normalised(x, mean, var, weight, bias, eps)
  local _, line = but_channel(x)
  local y = (x - mean:reshape(line)) / m.sqrt(var:reshape(line) + eps)
  if weight then y = y * weight:reshape(line) end
  if bias then y = y + bias:reshape(line) end
  return y
end

-- Lines are worked on by 512, channels in blocks of at least 64.
local shapes = {{2, 1}, {3, 2}, {5, 63}, {4, 64}, {4, 65}, {3, 511}, {3, 512},
  {3, 513}, {2, 1100}, {600, 7}, {2, 3, 1}, {1, 2, 2}, {4, 3, 2}, {2, 5, 7},
  {511, 2, 2}, {512, 2, 3}, {513, 2, 2}, {1030, 3, 2}, {2, 3, 2, 2},
  {1, 4, 3, 5}, {2, 2, 2, 1, 3}, {1, 3, 70, 1000}}

describe("batch_norm", function()
  it("normalises each channel, and moves the running statistics", function()
    for _, shape in ipairs(shapes) do
      local x, c = some(shape, 3), shape[2]
      local dims = but_channel(x)
      local n = x:numel() // c
      local w, b = some({c}, 5), some({c}, 2)
      local mean, var = x:mean(dims), x:var {dim = dims, correction = 0}
      local rm, rv = some({c}, 7), some({c}, 4):abs() + 1
      local rm0, rv0 = rm:clone(), rv:clone()
      local y = m.batch_norm(x, rm, rv, w, b, true, 0.25, 0.125)
      near(y:sub(normalised(x, mean, var, w, b, 0.125)):abs():amax(), 0,
        1e-12)
      near(rm:sub(rm0 * 0.75 + mean * 0.25):abs():amax(), 0, 1e-13)
      near(rv:sub(rv0 * 0.75 + var * (0.25 * n / (n - 1))):abs():amax(), 0,
        1e-13)
      local z = m.batch_norm(x, rm, rv, w, b)
      near(z:sub(normalised(x, rm, rv, w, b, 1e-5)):abs():amax(), 0, 1e-12)
      z = m.batch_norm(x, rm, rv)
      near(z:sub(normalised(x, rm, rv, nil, nil, 1e-5)):abs():amax(), 0,
        1e-12)
      z = m.batch_norm(x, {training = true, bias = b})
      near(z:sub(normalised(x, mean, var, nil, b, 1e-5)):abs():amax(), 0,
        1e-10)
      z = m.batch_norm(x:to "f32", {training = true, weight = w:to "f32"})
      near(z:to "f64":sub(normalised(x, mean, var, w, nil, 1e-5)):abs()
        :amax(), 0, 2e-5)
    end
  end)
  it("has the gradients of its formula", function()
    for _, shape in ipairs(shapes) do
      for _, training in ipairs {true, false} do
        local c = shape[2]
        local x = some(shape, 3):requires_grad_(true)
        local dims = but_channel(x)
        local w = some({c}, 5):requires_grad_(true)
        local b = some({c}, 2):requires_grad_(true)
        local rm, rv = some({c}, 7), some({c}, 4):abs() + 1
        local v = some(shape, 6)
        local y = m.batch_norm(x, rm:clone(), rv:clone(), w, b, training, 0.1,
          0.5)
        local got = m.grad(m.sum(y * v), {x, w, b})
        local mean = training and x:mean(dims) or rm
        local var = training and x:var {dim = dims, correction = 0} or rv
        local want = m.grad(m.sum(normalised(x, mean, var, w, b, 0.5) * v),
          {x, w, b})
        for i = 1, 3 do
          near(got[i]:sub(want[i]):abs():amax(), 0, 1e-10)
        end
      end
    end
  end)
  it("has gradients of its gradient", function()
    for _, training in ipairs {true, false} do
      for _, affine in ipairs {true, false} do
        local x = some({3, 2, 4}, 3):requires_grad_(true)
        local w = some({2}, 5):requires_grad_(true)
        local b = some({2}, 2):requires_grad_(true)
        local rm, rv = some({2}, 7), some({2}, 4):abs() + 1
        local v = some({3, 2, 4}, 6)
        local function second(y)
          local inputs = affine and {x, w, b} or {x}
          local g = m.grad(m.sum(y * v * y), inputs, {create_graph = true})
          local total = m.sum(g[1] * v)
          if affine then total = total + m.sum(g[2] * g[3]) end
          return m.grad(total, inputs)
        end
        local got = second(m.batch_norm(x, rm:clone(), rv:clone(),
          affine and w or nil, affine and b or nil, training, 0.1, 0.5))
        local mean = training and x:mean {1, 3} or rm
        local var = training and x:var {dim = {1, 3}, correction = 0} or rv
        local want = second(normalised(x, mean, var, affine and w or nil,
          affine and b or nil, 0.5))
        for i = 1, #want do
          near(got[i]:sub(want[i]):abs():amax(), 0, 1e-10)
        end
      end
    end
  end)
  it("gives each of x, weight and bias a gradient alone", function()
    local v = some({4, 3}, 6)
    local function alone(which)
      local x, w, b = some({4, 3}, 3), some({3}, 5), some({3}, 2)
      local all = {x, w, b}
      for i, t in ipairs(all) do t:requires_grad_(not which or which == i) end
      m.sum(m.batch_norm(x, nil, nil, w, b, true) * v):backward()
      return all
    end
    local want = alone()
    for i = 1, 3 do
      local got = alone(i)
      eq(got[i].grad:equal(want[i].grad), true)
      for j = 1, 3 do if j ~= i then eq(got[j].grad, nil) end end
    end
  end)
  it("says that it overwrote running statistics that are needed", function()
    for which = 1, 2 do
      local stats = {m.zeros(3), m.ones(3)}
      local y = m.ones(3):requires_grad_(true) * stats[which]
      m.batch_norm(m.rand(4, 3), stats[1], stats[2])
      m.sum(y):backward {retain_graph = true}
      m.batch_norm(m.rand(4, 3), stats[1], stats[2], {training = true})
      raises("a tensor that 'mul' saved was overwritten by 'batch_norm'",
        y.backward, m.sum(y))
    end
  end)
  it("takes running statistics that lie apart", function()
    local x = some({4, 3}, 3)
    local both = m.zeros({3, 2}, F64)
    local rm, rv = both:select(2, 1), both:select(2, 2)
    rv:fill_(1)
    m.batch_norm(x, rm, rv, {training = true, momentum = 0.5})
    near(rm, (x:mean(1) * 0.5):totable(), 1e-15)
    near(rv, (x:var(1) * 0.5 + 0.5):totable(), 1e-15)
    near(m.batch_norm(x, rm, rv), normalised(x, rm, rv, nil, nil, 1e-5)
      :totable(), 1e-12)
  end)
  it("of equal values is the bias, of nan nan, of nothing nothing", function()
    local x = m.full({5, 2}, 0.1, F64)
    x[{3, 2}] = NAN
    local y = m.batch_norm(x, {training = true, bias = m.tensor({7, 8}, F64)})
    near(y:select(2, 1), {7, 7, 7, 7, 7}, 1e-9)
    eq(y:select(2, 2):isnan():all():item(), true)
    near(m.batch_norm(m.tensor {{7.0}}, m.tensor {1.0}, m.tensor {4.0},
      {eps = 0}), {{3}})
    local one = m.tensor({{7}}, F64):requires_grad_(true)
    m.sum(m.batch_norm(one, m.tensor({1}, F64), m.tensor({4}, F64),
      {eps = 0}) * 5):backward()
    same(one.grad, {{2.5}})
    local rm, rv = m.ones(3), m.ones(3)
    local e = m.zeros(0, 3)
    e:requires_grad_(true)
    local w = m.ones(3):requires_grad_(true)
    local b = m.ones(3):requires_grad_(true)
    local z = m.batch_norm(e, rm, rv, w, b, true)
    eq(shape_of(z), {0, 3})
    same(rm, {1, 1, 1})
    m.sum(z):backward()
    same(w.grad, {0, 0, 0})
    same(b.grad, {0, 0, 0})
    eq(shape_of(e.grad), {0, 3})
    eq(shape_of(m.batch_norm(m.zeros(2, 0), {training = true})), {2, 0})
  end)
end)

-- ---- softmax --------------------------------------------------------------

describe("softmax and log_softmax", function()
  it("along lines and columns", function()
    for _, shape in ipairs {{1, 1, 1}, {2, 5, 3}, {3, 70, 1}, {1, 4, 513},
      {2, 3, 600}, {700, 2, 1}} do
      local x = some(shape, 3)
      local e = x:exp()
      local want = e / e:sum {dim = 2, keepdim = true}
      near(m.softmax(x, 2):sub(want):abs():amax(), 0, 1e-14)
      near(m.log_softmax(x, 2):sub(want:log()):abs():amax(), 0, 1e-13)
      near(m.softmax(x:to "f32", -2):to "f64":sub(want):abs():amax(), 0, 1e-6)
      near(m.log_softmax(x:to "f32", 2):to "f64":sub(want:log()):abs()
        :amax(), 0, 3e-6)
      x:requires_grad_(true)
      local v = some(shape, 6)
      local s = want
      local g = m.grad(m.sum(m.softmax(x, 2) * v), {x})[1]
      local dot = (v * s):sum {dim = 2, keepdim = true}
      near(g:sub(s * (v - dot)):abs():amax(), 0, 1e-13)
      g = m.grad(m.sum(m.log_softmax(x, 2) * v), {x})[1]
      near(g:sub(v - s * v:sum {dim = 2, keepdim = true}):abs():amax(), 0,
        1e-12)
    end
  end)
  it("have gradients of gradients, to either operand alone", function()
    local v, u = some({2, 3}, 6), some({2, 3}, 4)
    local y = m.softmax(some({2, 3}, 3), 2)
    local function row(t) return t:sum {dim = 2, keepdim = true} end
    m.zeros(5):exp()
    near(core._softmax_grad(v, y, 2), (y * (v - row(v * y))):totable(), 1e-15)
    m.zeros(5):exp()
    near(core._log_softmax_grad(v, y:log(), 2), (v - y * row(v)):totable(),
      1e-15)
    for _, of in ipairs {{true, true}, {true, false}, {false, true}} do
      local g, p = v:clone(), y:clone()
      g:requires_grad_(of[1])
      p:requires_grad_(of[2])
      m.sum(core._softmax_grad(g, p, 2) * u):backward()
      if of[1] then near(g.grad, (y * (u - row(u * y))):totable(), 1e-14) end
      if of[2] then
        near(p.grad, (u * (v - row(v * y)) - v * row(u * y)):totable(), 1e-14)
      end
      g, p = v:clone(), y:log()
      g:requires_grad_(of[1])
      p:requires_grad_(of[2])
      m.sum(core._log_softmax_grad(g, p, 2) * u):backward()
      if of[1] then near(g.grad, (u - row(u * y)):totable(), 1e-14) end
      if of[2] then near(p.grad, (-u * y * row(v)):totable(), 1e-14) end
      eq({g.grad ~= nil, p.grad ~= nil}, of)
    end
  end)
  it("does not overflow; a number, nothing", function()
    near(m.softmax(m.tensor({1000, 1000 - math.log(3)}, F64)), {0.75, 0.25},
      1e-12)
    near(m.log_softmax(m.tensor({-2000, 0}, F64)), {-2000, 0}, 1e-12)
    same(m.softmax(m.tensor(5.0)), 1)
    same(m.log_softmax(m.tensor(5.0), 1), 0)
    eq(shape_of(m.softmax(m.zeros(0, 3), 1)), {0, 3})
    eq(shape_of(m.log_softmax(m.zeros(3, 0), 2)), {3, 0})
  end)
end)

-- ---- Straight activations -------------------------------------------------

describe("activations of straight pieces", function()
  local at = {-7, -3.5, -3, -1, -0.5, 0, 0.5, 1, 3, 3.5, 6, 7}
  local cases = {
    relu = {m.relu, function(x) return math.max(x, 0) end,
      function(x) return x > 0 and 1 or 0 end},
    leaky_relu = {function(x) return m.leaky_relu(x, 0.25) end,
      function(x) return x > 0 and x or x / 4 end,
      function(x) return x > 0 and 1 or 0.25 end},
    hardtanh = {function(x) return m.hardtanh(x, -0.5, 3) end,
      function(x) return math.max(-0.5, math.min(3, x)) end,
      function(x) return x > -0.5 and x < 3 and 1 or 0 end},
    relu6 = {m.relu6, function(x) return math.max(0, math.min(6, x)) end,
      function(x) return x > 0 and x < 6 and 1 or 0 end},
    hardsigmoid = {m.hardsigmoid,
      function(x) return math.max(0, math.min(6, x + 3)) / 6 end,
      function(x) return x > -3 and x < 3 and 1 / 6 or 0 end},
    hardswish = {m.hardswish,
      function(x) return x * math.max(0, math.min(6, x + 3)) / 6 end,
      function(x)
        return x >= 3 and 1 or x <= -3 and 0 or (2 * x + 3) / 6
      end,
      function(x) return math.abs(x) < 3 and 1 / 3 or 0 end},
  }
  for name, case in pairs(cases) do
    it("have slopes, also at their corners: " .. name, function()
      local f, value, slope, bend = table.unpack(case)
      local x = m.tensor(at, {dtype = "f64", requires_grad = true})
      local w = m.arange(1, #at + 1, F64):requires_grad_(true)
      local y = f(x)
      local g = m.grad(m.sum(y * w), {x}, {create_graph = true})[1]
      local gx = m.grad(m.sum(g * g), {x, w})
      for i, v in ipairs(at) do
        local corner = name == "hardswish" and math.abs(v) == 3
        near(y[{i}]:item(), value(v), 1e-15)
        if not corner then
          near(g[{i}]:item(), i * slope(v), 1e-14)
          near(gx[2][{i}]:item(), 2 * i * slope(v) ^ 2, 1e-13)
          local second = bend and 2 * (i * slope(v)) * i * bend(v) or 0
          near(gx[1][{i}]:item(), second, 1e-13)
        end
      end
    end)
  end
  it("have slopes that pass gradients to either operand alone", function()
    local g, x = m.tensor({2, 3, 5}, F64), m.tensor({-1, 0.25, 9}, F64)
    for name, case in pairs {
      _relu_grad = {{0, 1, 1}}, _leaky_relu_grad = {{0.5, 1, 1}, 0.5},
      _hardtanh_grad = {{0, 1, 0}, -1, 1},
      _hardsigmoid_grad = {{1 / 6, 1 / 6, 0}},
      _hardswish_grad = {{1 / 6, 3.5 / 6, 1}}} do
      local bend = name == "_hardswish_grad" and {2 / 3, 1, 0} or {0, 0, 0}
      local f, slope = core[name], case[1]
      for _, of in ipairs {{true, true}, {true, false}, {false, true}} do
        local a = g:clone():requires_grad_(of[1])
        local b = x:clone():requires_grad_(of[2])
        local y = f(a, b, table.unpack(case, 2))
        near(y, {2 * slope[1], 3 * slope[2], 5 * slope[3]}, 1e-15)
        m.sum(y):backward()
        if of[1] then near(a.grad, slope, 1e-15) end
        if of[2] then near(b.grad, bend, 1e-15) end
        eq({a.grad ~= nil, b.grad ~= nil}, of)
      end
    end
  end)
  it("prelu: one slope for all, or for each channel", function()
    local x = m.tensor({{{-1, 2}, {-3, 4}}, {{5, -6}, {0, -8}}}, F64)
    same(m.prelu(x, m.tensor({0.5}, F64)),
      {{{-0.5, 2}, {-1.5, 4}}, {{5, -3}, {0, -4}}})
    same(m.prelu(x, m.tensor({0.5, 2}, F64)),
      {{{-0.5, 2}, {-6, 4}}, {{5, -3}, {0, -16}}})
    same(m.prelu(m.tensor({-4.0, 3}, F64), m.tensor({0.5}, F64)), {-2, 3})
    same(m.prelu(m.tensor {{-4.0, 3}}, m.tensor({2, 1}, {dtype = "i64"})),
      {{-8, 3}})
    same(m.prelu(m.tensor(-4.0, F64), m.tensor(0.5, F64)), -2)
    x:requires_grad_(true)
    local w = m.tensor({0.5, 2}, F64):requires_grad_(true)
    m.sum(m.prelu(x, w)):backward()
    same(w.grad, {-1 - 6, -3 - 8})
    same(x.grad, {{{0.5, 1}, {2, 1}}, {{1, 0.5}, {2, 2}}})
    w.grad = nil
    m.sum(m.prelu(x:detach(), w)):backward()
    same(w.grad, {-7, -11})
    x.grad = nil
    m.sum(m.prelu(x, w:detach())):backward()
    same(x.grad, {{{0.5, 1}, {2, 1}}, {{1, 0.5}, {2, 2}}})
  end)
  it("hardtanh of ends that are one", function()
    same(m.hardtanh(m.tensor {-1.0, 2, 5}, 2, 2), {2, 2, 2})
  end)
end)

describe("functions of one tensor", function()
  it("turn bits", function()
    eq(m.bitwise_not(m.tensor({0, 5, -1}, {dtype = "i64"})), {-1, -6, 0})
    eq(m.bitwise_not(m.tensor({0, 5}, {dtype = "u8"})), {255, 250})
    eq(m.bitwise_not(m.tensor {true, false}), {false, true})
    eq(m.logical_not(m.tensor {0, 2.5}), {true, false})
  end)
  it("classify, and know that integers are finite", function()
    local x = m.tensor {1, NAN, INF, -INF}
    eq(x:isnan(), {false, true, false, false})
    eq(x:isfinite(), {true, false, false, false})
    local i = m.tensor({0, 5}, {dtype = "i64"})
    eq(i:isnan(), {false, false})
    eq(i:isfinite(), {true, true})
    for _, name in ipairs {"floor", "ceil", "round", "trunc"} do
      local y = i[name](i)
      eq({y.dtype, y[{2}]:item()}, {"i64", 5})
      y = i:clone()
      y[name .. "_"](y)
      eq(y, {0, 5})
    end
    eq(i:frac(), {0, 0})
    same(m.tensor {1.25, -1.25}:frac(), {0.25, -0.25})
  end)
  it("have slopes that are known", function()
    local ln2, ln10 = math.log(2), math.log(10)
    local two_over = 2 / math.pi ^ 0.5
    for name, slope in pairs {
      neg = function() return -1 end, abs = function() return 1 end,
      sign = function() return 0 end, floor = function() return 0 end,
      frac = function() return 1 end,
      square = function(x) return 2 * x end,
      reciprocal = function(x) return -1 / x ^ 2 end,
      sqrt = function(x) return 0.5 / x ^ 0.5 end,
      rsqrt = function(x) return -0.5 * x ^ -1.5 end,
      exp = math.exp, exp2 = function(x) return 2 ^ x * ln2 end,
      expm1 = math.exp, log = function(x) return 1 / x end,
      log2 = function(x) return 1 / x / ln2 end,
      log10 = function(x) return 1 / x / ln10 end,
      log1p = function(x) return 1 / (1 + x) end,
      sin = math.cos, cos = function(x) return -math.sin(x) end,
      tan = function(x) return 1 / math.cos(x) ^ 2 end,
      asin = function(x) return (1 - x * x) ^ -0.5 end,
      acos = function(x) return -(1 - x * x) ^ -0.5 end,
      atan = function(x) return 1 / (1 + x * x) end,
      sinh = function(x) return (math.exp(x) + math.exp(-x)) / 2 end,
      cosh = function(x) return (math.exp(x) - math.exp(-x)) / 2 end,
      erf = function(x) return two_over * math.exp(-x * x) end,
      erfc = function(x) return -two_over * math.exp(-x * x) end,
      tanh = function(x) return 4 / (math.exp(x) + math.exp(-x)) ^ 2 end,
      sigmoid = function(x)
        return 1 / (1 + math.exp(-x)) / (1 + math.exp(x))
      end} do
      local x = m.tensor({0.25, 0.7}, {dtype = "f64", requires_grad = true})
      m.sum(x[name](x) * m.tensor({1, 10}, F64)):backward()
      near(x.grad, {slope(0.25), 10 * slope(0.7)}, 1e-12)
    end
  end)
  it("tanh and sigmoid have slopes of slopes, and of g alone", function()
    local y = m.tensor({0.25, 0.5}, F64)
    local g = m.tensor({2, 3}, F64)
    for name, f in pairs {
      _tanh_grad = {function(v) return 1 - v * v end,
        function(v) return -2 * v end},
      _sigmoid_grad = {function(v) return v * (1 - v) end,
        function(v) return 1 - 2 * v end}} do
      local function gradient(of_g, of_y)
        local a = g:clone():requires_grad_(of_g)
        local b = y:clone():requires_grad_(of_y)
        m.sum(core[name](a, b) * m.tensor({1, 10}, F64)):backward()
        if of_g then near(a.grad, {f[1](0.25), 10 * f[1](0.5)}, 1e-15) end
        if of_y then
          near(b.grad, {2 * f[2](0.25), 30 * f[2](0.5)}, 1e-15)
        end
        eq({a.grad ~= nil, b.grad ~= nil}, {of_g, of_y})
      end
      gradient(true, true)
      gradient(true, false)
      gradient(false, true)
    end
  end)
end)
