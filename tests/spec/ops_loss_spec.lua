-- ops_loss_spec.lua: losses against their formulas in Lua: every reduction,
-- weights, smoothing, targets of none, the gradients of both ways of going
-- back, and what is refused.

local m = require "mlrt"
local core = require "mlrt.core" -- private rows

local INF, NAN = math.huge, 0 / 0
local F64 = {dtype = "f64"}
local log, exp, abs, max = math.log, math.exp, math.abs, math.max

local function f64(v) return m.tensor(v, F64) end

local function values(shape, seed, dtype)
  local n = 1
  for _, size in ipairs(shape) do n = n * size end
  return (m.arange(1, n + 1, 1, F64) * (seed + 0.7)):sin():mul(2):to(dtype
    or "f64"):reshape(shape)
end

-- The gradients of f's sum by the leaves, as they come and as they come when
-- they are to be differentiated again; both must be those of differences.
local function check_slopes(f, ...)
  local leaves = {...}
  for _, again in ipairs {false, true} do
    local list = {}
    for i, x in ipairs(leaves) do
      list[i] = x:clone()
      list[i].requires_grad = true
    end
    local grads = m.grad(f(table.unpack(list)):sum(), list,
      {create_graph = again})
    grads = m.is_tensor(grads) and {grads} or grads
    for i, x in ipairs(leaves) do
      local at = x:reshape(-1)
      local got = grads[i]:detach():reshape(-1):totable()
      local own = at:totable()
      for k, v in ipairs(own) do
        local changed, ends = {table.unpack(leaves)}, {}
        for e, h in ipairs {1e-6, -1e-6} do
          local moved = {table.unpack(own)}
          moved[k] = v + h
          changed[i] = x.ndim == 0 and f64(moved[1])
            or f64(moved):reshape(x.shape)
          ends[e] = f(table.unpack(changed)):sum():item()
        end
        local want = (ends[1] - ends[2]) / 2e-6
        assert(abs(got[k] - want) < 1e-5 * (1 + abs(want)),
          ("leaf %d, element %d: %g, not %g%s"):format(i, k, got[k], want,
          again and ", composed" or ""))
      end
    end
  end
end

-- ---- Classes ----------------------------------------------------------------

-- Samples as {scores, class or false}, in the order of the targets.
local function samples_of(x, target)
  local list = {}
  local t = target:reshape(-1):totable()
  local rows = x.ndim == 1 and x:unsqueeze(1)
    or x:reshape({x.shape[1], x.shape[2], -1}):transpose(2, 3)
      :reshape({-1, x.shape[2]})
  for i, row in ipairs(rows:totable()) do list[i] = {row, t[i]} end
  return list
end

local function reduced(list, reduction, divisor)
  if reduction == "none" then return list end
  local sum = 0
  for _, v in ipairs(list) do sum = sum + v end
  return reduction == "sum" and sum or sum / divisor
end

local function cross_entropy(x, target, weight, reduction, s)
  local list, total = {}, 0
  for i, sample in ipairs(samples_of(x, target)) do
    local row, t = table.unpack(sample)
    local most, sum, spread = -INF, 0, 0
    for _, v in ipairs(row) do most = max(most, v) end
    for _, v in ipairs(row) do sum = sum + exp(v - most) end
    local function loss(k)
      return (weight and weight[k] or 1) * (most + log(sum) - row[k])
    end
    for k in ipairs(row) do spread = spread + loss(k) end
    list[i] = t and (1 - s) * loss(t) + s / #row * spread or 0
    total = total + (t and (weight and weight[t] or 1) or 0)
  end
  return reduced(list, reduction, total)
end

local function nll(x, target, weight, reduction)
  local list, total = {}, 0
  for i, sample in ipairs(samples_of(x, target)) do
    local row, t = table.unpack(sample)
    local w = t and (weight and weight[t] or 1) or 0
    list[i] = t and -w * row[t] or 0
    total = total + w
  end
  return reduced(list, reduction, total)
end

local function classes(shape, c)
  local n = 1
  for _, size in ipairs(shape) do n = n * size end
  local list = {}
  for i = 1, n do list[i] = (i * i + i // 3) % c + 1 end
  local t = m.index(list)
  if n > 1 then t:narrow(1, 2, 1):fill_(0) end
  return #shape == 0 and t:select(1, 1) or t:reshape(shape)
end

describe("cross_entropy and nll_loss", function()
  for name, shape in pairs {["one sample"] = {4}, ["samples"] = {5, 3},
    ["lines"] = {2, 3, 4}, ["images"] = {2, 4, 2, 3}, ["one class"] = {3, 1},
    ["one place"] = {2, 3, 1}} do
    it("of " .. name, function()
      local c = shape[#shape == 1 and 1 or 2]
      local rest = {table.unpack(shape)}
      table.remove(rest, #shape == 1 and 1 or 2)
      local x, target = values(shape, 0.4), classes(rest, c)
      local weight = {}
      for k = 1, c do weight[k] = k / 2 end
      local w = f64(weight)
      local strided = m.stack({w, w}, 2):select(2, 1)
      for _, reduction in ipairs {"mean", "sum", "none"} do
        for _, weights in ipairs {false, w, strided} do
          local list = weights and weight
          for _, s in ipairs {0, 0.3, 1} do
            local want = cross_entropy(x, target, list, reduction, s)
            local got = m.cross_entropy(x, target, weights or nil, reduction, s)
            near(got:reshape(-1), type(want) == "table" and want or {want},
              1e-12)
            eq(got.shape, reduction == "none" and rest or {})
            near(m.cross_entropy(x:to "f32", target,
              weights and weights:to "f32" or nil, reduction, s):reshape(-1),
              type(want) == "table" and want or {want}, 1e-5)
            if reduction ~= "none" or weights ~= strided then
              check_slopes(function(p)
                local y = m.cross_entropy(p, target, weights or nil, reduction,
                  s)
                return reduction == "none" and y * values(y.shape, 1) or y
              end, x)
            end
          end
          local want = nll(x, target, list, reduction)
          local got = m.nll_loss(x, target, weights or nil, reduction)
          near(got:reshape(-1), type(want) == "table" and want or {want}, 1e-12)
          check_slopes(function(p)
            local y = m.nll_loss(p, target, weights or nil, reduction)
            return reduction == "none" and y * values(y.shape, 1) or y
          end, x)
        end
      end
      if #shape > 1 then
        local turned = x:transpose(1, -1):contiguous():transpose(1, -1)
        local t = #rest > 1 and target:transpose(1, -1):contiguous():transpose(
          1, -1) or target
        near(m.cross_entropy(turned, t), cross_entropy(x, target, nil, "mean",
          0), 1e-12)
        near(m.nll_loss(turned, t), nll(x, target, nil, "mean"), 1e-12)
      end
    end)
  end

  it("of more samples than are worked on at a time", function()
    for _, shape in ipairs {{700, 3}, {2, 3, 700}, {3, 40000}} do
      local c = shape[2]
      local rest = {table.unpack(shape)}
      table.remove(rest, 2)
      local x, target = values(shape, 0.4), classes(rest, c)
      near(m.cross_entropy(x, target), cross_entropy(x, target, nil, "mean", 0),
        1e-10)
      x.requires_grad = true
      m.cross_entropy(x, target, nil, "sum"):backward()
      local p = x:detach():softmax(2)
      local own = m.one_hot(target, c):to "f64"
      if #shape == 3 then own = own:transpose(2, 3) end
      local counts = (target:ne(0)):to "f64":unsqueeze(2)
      local off = (x.grad - (p * counts - own)):abs():max():item()
      assert(off < 1e-12, off)
    end
  end)
  it("of none alone, or of nothing", function()
    local none = m.full({2}, 0, {dtype = "index"})
    local x = m.tensor({{1, NAN}, {INF, 2}}, {requires_grad = true})
    eq(m.cross_entropy(x, none), NAN)
    eq(m.cross_entropy(x, none, nil, "sum"), 0.0)
    eq(m.cross_entropy(x, none, nil, "none"), {0.0, 0.0})
    m.cross_entropy(x, none, nil, "sum"):backward()
    eq(x.grad, {{0.0, 0.0}, {0.0, 0.0}})
    eq(m.nll_loss(m.ones(2, 2), none, nil, "sum"), -0.0)
    local y = m.zeros({0, 3}, {requires_grad = true})
    local t = m.zeros({0}, {dtype = "index"})
    eq(m.cross_entropy(y, t), NAN)
    eq(m.cross_entropy(y, t, nil, "sum"), 0.0)
    m.cross_entropy(y, t, nil, "sum"):backward()
    eq(y.grad.shape, {0, 3})
  end)
  it("gives each target's weights as a tensor", function()
    local t = m.index {2, 1, 3}
    t:narrow(1, 2, 1):fill_(0)
    near(core._class_weights(t, nil, 3), {{0, 1, 0}, {0, 0, 0}, {0, 0, 1}})
    near(core._class_weights(t, m.tensor {1, 2, 4}, 3, 0.3),
      {{0.1, 0.8 * 2, 0.4}, {0, 0, 0}, {0.1, 0.2, 0.8 * 4}})
    near(core._class_weights(m.index {{2, 1}, {1, 1}}, nil, 2, 0, "f64"),
      {{{0, 1}, {1, 0}}, {{1, 1}, {0, 0}}})
    near(core._class_weights(m.index({2}):select(1, 1), nil, 2), {0, 1})
    eq(message(core._class_weights, t, nil, -1),
      "_class_weights: -1 classes of target (3)")
    eq(message(core._class_weights, t, nil, 3, 0, "i64"),
      "_class_weights: 3 classes of target (3)")
    eq(message(core._class_weights, m.index({1}):reshape {1, 1, 1, 1, 1, 1, 1,
      1}, nil, 3), "_class_weights: 3 classes of target "
      .. "(1, 1, 1, 1, 1, 1, 1, 1)")
    raises("target(1) is class 2", core._class_weights, t, nil, 1)
    eq(core._class_weights(m.zeros({0}, {dtype = "index"}), nil, 0).shape,
      {0, 0})
  end)
  it("refuse", function()
    local x, t = m.ones(2, 3), m.index {1, 2}
    for _, name in ipairs {"cross_entropy", "nll_loss"} do
      for want, args in pairs {
        ["x: (C), (N, C) or (N, C, ...) expected, got ()"] = {m.tensor(1), t},
        ["x (2, 3) wants a target of shape (2), got (3)"] =
          {x, m.index {1, 2, 3}},
        ["x (2, 3) wants a target of shape (2), got (2, 1)"] =
          {x, m.index {{1}, {2}}},
        ["x (2, 3, 4) wants a target of shape (2, 4), got (2, 3)"] =
          {m.ones(2, 3, 4), m.index {{1, 2, 3}, {1, 2, 3}}},
        ["x (3) wants a target of shape (), got (2)"] = {m.ones(3), t},
        ["target(2) is class 4, x has classes 1..3"] = {x, m.index {3, 4}},
        ["target(2, 1) is class 4, x has classes 1..3"] =
          {m.ones(2, 3, 2), m.index {{3, 1}, {4, 5}}},
        ["target is class 4, x has classes 1..3"] =
          {m.ones(3), m.index({4}):select(1, 1)},
        ["weight: f32 (3) expected, one for each class, got f32 (2)"] =
          {x, t, m.ones(2)},
        ["weight: f32 (3) expected, one for each class, got f64 (3)"] =
          {x, t, m.ones({3}, F64)},
        ["weight: f32 (3) expected, one for each class, got f32 (3, 1)"] =
          {x, t, m.ones(3, 1)},
      } do
        eq(message(m[name], table.unpack(args, 1, 3)), name .. ": " .. want)
      end
      raises(name .. ": argument 'x'", m[name], m.ones({2, 3},
        {dtype = "i64"}), t)
    end
    for s, text in pairs {[-0.1] = "-0.1", [1.5] = "1.5"} do
      eq(message(m.cross_entropy, x, t, nil, "mean", s),
        "cross_entropy: label_smoothing: 0..1 expected, got " .. text)
    end
    raises("label_smoothing: 0..1 expected", m.cross_entropy, x, t, nil, "mean",
      NAN)
  end)
end)

-- ---- Elements ---------------------------------------------------------------

-- A loss by its formula for elements, with all reductions and gradients.
local function check(name, formula, x, t, ...)
  local options = table.pack(...) -- before the reduction
  local p, q = x:reshape(-1):totable(), t:reshape(-1):to "f64":totable()
  local list, n = {}, #p
  for i = 1, n do list[i] = formula(p[i], q[i], i) end
  for _, reduction in ipairs {"none", "sum", "mean"} do
    local args = {table.unpack(options, 1, options.n)}
    args[options.n + 1] = reduction
    local want = reduced(list, reduction, n)
    local got = m[name](x, t, table.unpack(args, 1, options.n + 1))
    eq(got.shape, reduction == "none" and x.shape or {})
    near(got:reshape(-1), type(want) == "table" and want or {want}, 1e-12)
    check_slopes(function(a)
      return m[name](a, t, table.unpack(args, 1, options.n + 1))
    end, x)
  end
end

describe("losses of numbers", function()
  local x = f64 {{0.3, -1.2, 2.5}, {0.9, -0.1, -3}}
  local t = f64 {{0.1, 1.4, 2.25}, {-0.2, 0.4, 1.5}}

  it("mse, l1", function()
    check("mse_loss", function(a, b) return (a - b) ^ 2 end, x, t)
    check("l1_loss", function(a, b) return abs(a - b) end, x, t)
    eq(m.mse_loss(m.zeros(0), m.zeros(0)), NAN)
    eq(m.mse_loss(m.zeros(0), m.zeros(0), "sum"), 0.0)
  end)
  it("huber, smooth l1", function()
    for _, beta in ipairs {0.5, 1, 2} do
      local function huber(a, b)
        local d = abs(a - b)
        return d < beta and d * d / 2 or beta * (d - beta / 2)
      end
      -- Their last argument stands behind the reduction.
      for name, scale in pairs {huber_loss = 1, smooth_l1_loss = beta} do
        local key = name == "huber_loss" and "delta" or "beta"
        local p, q = x:flatten():totable(), t:flatten():totable()
        local list = {}
        for i in ipairs(p) do list[i] = huber(p[i], q[i]) / scale end
        for _, reduction in ipairs {"none", "sum", "mean"} do
          local want = reduced(list, reduction, 6)
          local got = m[name](x, t, {reduction = reduction, [key] = beta})
          near(got:reshape(-1), type(want) == "table" and want or {want}, 1e-12)
          check_slopes(function(a, b)
            return m[name](a, b, {reduction = reduction, [key] = beta})
          end, x, t)
        end
      end
    end
    near(m.smooth_l1_loss(x, t, {beta = 0}), m.l1_loss(x, t):item(), 1e-12)
    eq(m.huber_loss(m.ones(2), m.zeros({2}, F64)).dtype, "f64")
    eq(m.huber_loss(m.ones(2), m.zeros({2}, {dtype = "i64"})), 0.5)
    for name, text in pairs {huber_loss = "delta: above 0",
      smooth_l1_loss = "beta: 0 or above"} do
      local key = text:match "^%a+"
      eq(message(m[name], x, t, {[key] = -1}), name .. ": " .. text
        .. " expected, got -1")
      raises(text, m[name], x, t, {[key] = NAN})
    end
    eq(message(m.huber_loss, x, t, {delta = 0}),
      "huber_loss: delta: above 0 expected, got 0")
    raises("do not mix", m.huber_loss, m.ones(2), m.index {1, 2})
    for _, args in ipairs {{m.ones(2), m.ones(3)}, {m.ones(2), m.ones({2},
      F64)}} do
      eq(message(core._huber, args[1], args[2], 1), ("_huber: x %s and target "
        .. "%s differ"):format(args[1].shape, args[2].shape))
    end
    raises("_huber: x (2) and target (2) differ", core._huber, m.ones({2},
      {dtype = "i64"}), m.ones({2}, {dtype = "i64"}), 1)
  end)
  it("likelihoods of Poisson", function()
    local counts = f64 {{0, 1, 2}, {5, 1, 0}}
    local function stirling(n)
      return n > 1 and n * log(n) - n + 0.5 * log(2 * math.pi * n) or 0
    end
    for _, full in ipairs {false, true} do
      check("poisson_nll_loss", function(a, n)
        return exp(a) - n * a + (full and stirling(n) or 0)
      end, x, counts, true, full, nil)
      check("poisson_nll_loss", function(a, n)
        return a - n * log(a + 0.25) + (full and stirling(n) or 0)
      end, x:abs(), counts, false, full, 0.25)
    end
    near(m.poisson_nll_loss(f64 {0}, f64 {1}, false), -log(1e-8), 1e-12)
  end)
  it("likelihoods of Gauss", function()
    local var = f64 {{0.5, 2, 1e-9}, {1, 3, 0.25}}
    local flat = var:flatten():totable()
    for _, full in ipairs {false, true} do
      check("gaussian_nll_loss", function(a, b, i)
        local v = max(flat[i], 0.1)
        return 0.5 * (log(v) + (a - b) ^ 2 / v
          + (full and log(2 * math.pi) or 0))
      end, x, t, var, full, 0.1)
    end
    check("gaussian_nll_loss", function(a, b, i)
      local v = i <= 3 and 2 or 0.5
      return 0.5 * (log(v) + (a - b) ^ 2 / v)
    end, x, t, f64 {{2}, {0.5}}, false, 1e-6)
    eq(message(m.gaussian_nll_loss, x, t, m.ones(2)), "gaussian_nll_loss: x "
      .. "(2, 3) and var (2) differ; a loss does not broadcast")
    eq(message(m.gaussian_nll_loss, x, t, m.ones({3, 1}, F64)),
      "gaussian_nll_loss: x (2, 3) and var (3, 1) differ; a loss does not "
      .. "broadcast")
    eq(message(m.gaussian_nll_loss, f64(1), f64(1), m.ones(1)),
      "gaussian_nll_loss: x () and var (1) differ; a loss does not broadcast")
    eq(message(m.gaussian_nll_loss, x, t, var, false, 0),
      "gaussian_nll_loss: eps: above 0 expected, got 0")
  end)
  it("do not broadcast", function()
    for _, name in ipairs {"mse_loss", "l1_loss", "huber_loss",
      "smooth_l1_loss", "poisson_nll_loss", "binary_cross_entropy", "kl_div",
      "binary_cross_entropy_with_logits", "soft_margin_loss",
      "hinge_embedding_loss"} do
      eq(message(m[name], m.ones(2, 3), m.ones(3)), name .. ": x (2, 3) and "
        .. "target (3) differ; a loss does not broadcast")
      raises(name .. ": argument 'x'", m[name], m.ones({2}, {dtype = "i64"}),
        m.ones(2))
    end
    eq(message(m.smooth_l1_loss, m.ones(2, 3), m.ones(3), {beta = 0}),
      "smooth_l1_loss: x (2, 3) and target (3) differ; a loss does not "
      .. "broadcast")
  end)
end)
