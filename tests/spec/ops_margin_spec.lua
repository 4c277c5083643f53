-- ops_margin_spec.lua: losses of probabilities and of margins against their
-- formulas in Lua, with the values at which they turn.

local m = require "mlrt"
local core = require "mlrt.core" -- private rows

local INF, NAN = math.huge, 0 / 0
local F64 = {dtype = "f64"}
local log, exp, max = math.log, math.exp, math.max

local function f64(v) return m.tensor(v, F64) end

local function reduced(list, reduction)
  if reduction == "none" then return list end
  local sum = 0
  for _, v in ipairs(list) do sum = sum + v end
  return {reduction == "sum" and sum or sum / #list}
end

-- f(reduction) of every reduction against the list of losses.
local function check(f, list)
  for _, reduction in ipairs {"none", "sum", "mean"} do
    near(f(reduction):reshape(-1), reduced(list, reduction), 1e-9)
  end
end

-- The gradients of sum f(leaves ^ 1) by differences.
local function check_slopes(f, ...)
  local leaves, list = {...}, {}
  for i, x in ipairs(leaves) do
    list[i] = x:clone()
    list[i].requires_grad = true
  end
  f(table.unpack(list)):sum():backward()
  for i, x in ipairs(leaves) do
    local got, own = list[i].grad:reshape(-1):totable(),
      x:reshape(-1):totable()
    for k, v in ipairs(own) do
      local changed, ends = {table.unpack(leaves)}, {}
      for e, h in ipairs {1e-6, -1e-6} do
        local moved = {table.unpack(own)}
        moved[k] = v + h
        changed[i] = f64(moved):reshape(x.shape)
        ends[e] = f(table.unpack(changed)):sum():item()
      end
      near(got[k], (ends[1] - ends[2]) / 2e-6, 1e-5)
    end
  end
end

local function each(n, f)
  local list = {}
  for i = 1, n do list[i] = f(i) end
  return list
end

describe("binary_cross_entropy", function()
  local p, t = {0.1, 0.5, 0.9, 0.25}, {0, 1, 0.5, 1}
  local w = {2, 1, 0.5, 3}

  it("is its formula, with weights", function()
    local x, y = f64(p):reshape {2, 2}, f64(t):reshape {2, 2}
    local function loss(i)
      return -(t[i] * log(p[i]) + (1 - t[i]) * log(1 - p[i]))
    end
    check(function(r) return m.binary_cross_entropy(x, y, nil, r) end,
      each(4, loss))
    check(function(r)
      return m.binary_cross_entropy(x, y, f64(w):reshape {2, 2}, r)
    end, each(4, function(i) return w[i] * loss(i) end))
    check(function(r) return m.binary_cross_entropy(x, y, f64 {2, 3}, r) end,
      each(4, function(i) return (3 - i % 2) * loss(i) end))
    check(function(r)
      return m.binary_cross_entropy(x, y, f64 {{2}, {3}}, r)
    end, each(4, function(i) return (i < 3 and 2 or 3) * loss(i) end))
    check(function(r) return m.binary_cross_entropy(x, y, f64(2), r) end,
      each(4, function(i) return 2 * loss(i) end))
    check_slopes(m.binary_cross_entropy, x, y)
    near(m.binary_cross_entropy(x, m.tensor {{true, false}, {false, true}}),
      m.binary_cross_entropy(x, f64 {{1, 0}, {0, 1}}):item(), 1e-12)
  end)
  it("does not pass 100, and its slope 1e12", function()
    near(m.binary_cross_entropy(f64 {0, 1, 0, 1}, f64 {1, 0, 0, 1}, nil,
      "none"), {100, 100, 0, 0})
    local x = f64 {0, 1, 0.5}
    local t2 = f64 {1, 0, 0}
    x.requires_grad, t2.requires_grad = true, true
    m.binary_cross_entropy(x, t2, nil, "sum"):backward()
    near(x.grad, {-1e12, 1e12, 2}, 1e-9)
    near(t2.grad, {100, -100, 0}, 1e-9)
  end)
  it("has second derivatives", function()
    for _, v in ipairs {0.2, 0.5, 0.9} do
      for _, y in ipairs {0, 1, 0.3} do
        local x = f64(v)
        x.requires_grad = true
        local g = m.grad(m.binary_cross_entropy(x, f64(y)), x,
          {create_graph = true})
        g = m.is_tensor(g) and g or g[1]
        near(g:detach(), (v - y) / (v * (1 - v)), 1e-10)
        g:backward()
        near(x.grad, y / v ^ 2 + (1 - y) / (1 - v) ^ 2, 1e-10)
      end
    end
    local g = f64 {1, 1, 1}
    g.requires_grad = true
    core._bce_grad(g, f64 {1e-13, 1e-11, 1 - 2 ^ -50}, f64 {1, 1, 0}):sum()
      :backward()
    near(g.grad, {-1e12, -1e11, 1e12}, 1e-9)
    check_slopes(core._bce_grad, f64 {2, -1}, f64 {0.3, 0.8}, f64 {1, 0.25})
  end)
  it("refuses what is no probability", function()
    for text, v in pairs {["-0.5"] = -0.5, ["1.5"] = 1.5, inf = INF} do
      eq(message(m.binary_cross_entropy, m.tensor {0, 1, v}, m.zeros(3)),
        "binary_cross_entropy: x: probabilities, 0..1, expected, got " .. text
        .. "; for scores there is binary_cross_entropy_with_logits")
    end
    raises("probabilities, 0..1, expected, got %-?nan",
      m.binary_cross_entropy, m.tensor {NAN}, m.zeros(1))
    for _, shape in ipairs {{3}, {2, 1, 2}, {3, 2}, {1, 3}} do
      eq(message(m.binary_cross_entropy, m.ones(2, 2), m.ones(2, 2),
        m.ones(shape)), ("binary_cross_entropy: weight %s does not fit to x "
        .. "(2, 2)"):format(m.ones(shape).shape))
    end
    for _, name in ipairs {"weight", "pos_weight"} do
      eq(message(m.binary_cross_entropy_with_logits, m.ones(2, 2),
        m.ones(2, 2), {[name] = m.ones(3)}), "binary_cross_entropy_with_logits"
        .. ": " .. name .. " (3) does not fit to x (2, 2)")
    end
    local a, b, c = m.ones(2), m.ones(3), m.ones({2}, F64)
    local i = m.ones({2}, {dtype = "i64"})
    for _, name in ipairs {"_bce", "_bce_logits"} do
      for _, pair in ipairs {{a, b}, {a, c}, {i, i}} do
        eq(message(core[name], pair[1], pair[2]), ("%s: x %s and target %s "
          .. "differ"):format(name, pair[1].shape, pair[2].shape))
      end
    end
    for _, args in ipairs {{b, a, a}, {a, a, b}, {c, a, a}, {a, a, c},
      {i, i, i}, {a, i, i}} do
      eq(message(core._bce_grad, table.unpack(args)), ("_bce_grad: g %s and x "
        .. "%s differ"):format(args[1].shape, args[2].shape))
    end
  end)
end)

describe("binary_cross_entropy_with_logits", function()
  local p, t = {-2, 0.5, 3, -0.1}, {0, 1, 0.5, 1}

  it("is its formula, with both weights", function()
    local x, y = f64(p), f64(t)
    local function loss(i, pos)
      local s = 1 / (1 + exp(-p[i]))
      return -(pos * t[i] * log(s) + (1 - t[i]) * log(1 - s))
    end
    local f = m.binary_cross_entropy_with_logits
    check(function(r) return f(x, y, nil, nil, r) end,
      each(4, function(i) return loss(i, 1) end))
    check(function(r) return f(x, y, f64 {1, 2, 3, 4}, nil, r) end,
      each(4, function(i) return i * loss(i, 1) end))
    check(function(r) return f(x, y, nil, f64 {1, 2, 3, 4}, r) end,
      each(4, function(i) return loss(i, i) end))
    check(function(r) return f(x, y, f64(2), f64(3), r) end,
      each(4, function(i) return 2 * loss(i, 3) end))
    check_slopes(f, x, y)
    check_slopes(function(a, b) return f(a, b, nil, f64(3)) end, x, y)
    near(f(f64 {1000, -1000}, f64 {0, 1}, nil, nil, "none"), {1000, 1000})
  end)
end)

describe("kl_div and soft_margin_loss", function()
  it("kl_div, of targets or their logarithms", function()
    local q, p = {0.2, 0.3, 0.5, 0.9}, {0.4, 0, 0.1, 0.5}
    local x = f64(q):log():reshape {2, 2}
    local function loss(i)
      return p[i] == 0 and 0 or p[i] * (log(p[i]) - log(q[i]))
    end
    check(function(r) return m.kl_div(x, f64(p):reshape {2, 2}, r) end,
      each(4, loss))
    near(m.kl_div(x, f64(p):reshape {2, 2}, "batchmean"),
      reduced(each(4, loss), "sum")[1] / 2, 1e-12)
    eq(m.kl_div(x, f64(p):reshape {2, 2}, "batchmean").shape, {})
    p[2] = 0.7
    local l = f64(p):log():reshape {2, 2}
    check(function(r) return m.kl_div(x, l, r, true) end, each(4, loss))
    near(m.kl_div(x, l, "batchmean", true), reduced(each(4, loss), "sum")[1]
      / 2, 1e-12)
    near(m.kl_div(f64(log(0.5)), f64(0.5), "batchmean"), 0, 1e-12)
    near(m.kl_div(f64(0), f64(2), "batchmean"), 2 * log(2), 1e-12)
  end)
  it("soft_margin_loss", function()
    local p, t = {1, -2, 0.5}, {1, 1, -1}
    check(function(r) return m.soft_margin_loss(f64(p), f64(t), r) end,
      each(3, function(i) return log(1 + exp(-t[i] * p[i])) end))
  end)
end)

-- ---- Margins ----------------------------------------------------------------

describe("losses of a margin", function()
  it("hinge_embedding_loss: what is near, and what is not far", function()
    local p, t = {0.5, 0.5, 2, -1, 0.25, 1}, {1, -1, -1, 1, 0, -1}
    for _, margin in ipairs {1, 0.75} do
      check(function(r)
        return m.hinge_embedding_loss(f64(p), f64(t), margin, r)
      end, each(6, function(i)
        return (t[i] ~= -1 and p[i] or 0)
          + (t[i] ~= 1 and max(0, margin - p[i]) or 0)
      end))
    end
  end)
  it("margin_ranking_loss", function()
    local a, b, t = {1, 2, 3, 0}, {2, 1, 3, 0.5}, {1, 1, -1, -1}
    for _, margin in ipairs {0, 0.25} do
      check(function(r)
        return m.margin_ranking_loss(f64(a), f64(b), f64(t), margin, r)
      end, each(4, function(i)
        return max(0, margin - t[i] * (a[i] - b[i]))
      end))
    end
    eq(message(m.margin_ranking_loss, m.ones(2), m.ones(3), m.ones(2)),
      "margin_ranking_loss: x1 (2) and x2 (3) differ; a loss does not "
      .. "broadcast")
    eq(message(m.margin_ranking_loss, m.ones(2), m.ones(2), m.ones(3)),
      "margin_ranking_loss: x1 (2) and target (3) differ; a loss does not "
      .. "broadcast")
  end)
  it("multi_margin_loss", function()
    local x, t = {{1, 2, 0.5}, {3, 2.5, 0}}, {2, 1}
    local w = {1, 2, 4}
    for _, p in ipairs {1, 2} do
      for _, weights in ipairs {false, w} do
        for _, margin in ipairs {1, 0.25} do
          local function loss(i)
            local sum = 0
            for k = 1, 3 do
              if k ~= t[i] then
                sum = sum + max(0, margin - x[i][t[i]] + x[i][k]) ^ p
              end
            end
            return sum / 3 * (weights and weights[t[i]] or 1)
          end
          local given = weights and f64(weights) or nil
          check(function(r)
            return m.multi_margin_loss(f64(x), m.index(t), p, margin, given, r)
          end, each(2, loss))
          check(function(r)
            return m.multi_margin_loss(f64(x[2]), m.index(t):select(1, 2), p,
              margin, given, r)
          end, {loss(2)})
        end
      end
    end
    eq(m.multi_margin_loss(f64(x[1]), m.index(t):select(1, 1), 1, 1, f64(w),
      "none").shape, {})
    local y = m.ones(2, 3)
    for _, pair in ipairs {{m.tensor(1), {1}}, {m.ones(2, 3, 1), {1, 2}},
      {y, {1}}, {y, {1, 2, 3}}, {m.ones(3), {1}}} do
      local target = m.index(pair[2])
      eq(message(m.multi_margin_loss, pair[1], target), ("multi_margin_loss: x "
        .. "(C) or (N, C) with a target () or (N) expected, got %s and %s")
        :format(pair[1].shape, target.shape))
    end
    local target = m.index {1, 2}
    for _, p in ipairs {0, 3} do
      eq(message(m.multi_margin_loss, y, target, p),
        "multi_margin_loss: p: 1 or 2 expected, got " .. p)
    end
    for _, shape in ipairs {{2}, {3, 1}} do
      eq(message(m.multi_margin_loss, y, target, 1, 1, m.ones(shape)),
        ("multi_margin_loss: weight %s: one for each class of x (2, 3) "
        .. "expected"):format(m.ones(shape).shape))
    end
    eq(message(m.multi_margin_loss, y, m.index {1, 4}),
      "multi_margin_loss: index 4 is out of range 1..3")
  end)
  it("cosine_embedding_loss", function()
    local a, b = {{3, 4}, {1, 0}, {1, 1}, {0, 0}}, {{4, 3}, {1, 0}, {0, 1},
      {1, 1}}
    local cosine = {24 / 25, 1, math.sqrt(0.5), 0}
    for _, margin in ipairs {0, 0.5} do
      for _, t in ipairs {{1, 1, 1, 1}, {-1, -1, -1, -1}, {0, 2, 1, -1}} do
        check(function(r)
          return m.cosine_embedding_loss(f64(a), f64(b), f64(t), margin, r)
        end, each(4, function(i)
          return t[i] == 1 and 1 - cosine[i] or t[i] == -1
            and max(0, cosine[i] - margin) or 0
        end))
      end
    end
    near(m.cosine_embedding_loss(f64(a[1]), f64(b[1]), f64(1)), 0.04, 1e-9)
    local x = m.ones(2, 3)
    for _, case in ipairs {{{2, 3}, {3}}, {{2, 3}, {2, 1}}, {{2, 3}, {}},
      {{2, 3, 1}, {2, 3}}, {{3}, {3}}} do
      local y = m.ones(case[1])
      local t = #case[2] == 0 and m.tensor(1) or m.ones(case[2])
      eq(message(m.cosine_embedding_loss, y, y, t), ("cosine_embedding_loss: "
        .. "x1 and x2 (N, D) with target (N), or (D) with (), expected, got %s "
        .. "and %s"):format(y.shape, t.shape))
    end
    eq(message(m.cosine_embedding_loss, m.tensor(1), m.tensor(1), m.tensor(1)),
      "cosine_embedding_loss: x1 and x2 (N, D) with target (N), or (D) with "
      .. "(), expected, got () and ()")
    eq(message(m.cosine_embedding_loss, x, m.ones(3, 2), m.ones(2)),
      "cosine_embedding_loss: x1 (2, 3) and x2 (3, 2) differ; a loss does not "
      .. "broadcast")
  end)
  it("triplet_margin_loss", function()
    local a, p, n = {{0, 0}, {1, 2}, {0, 0}}, {{3, 4}, {1, 1}, {1, 0}},
      {{3, 3}, {9, 2}, {0, 2}}
    local function distance(u, v, norm, eps)
      local sum = 0
      for k in ipairs(u) do
        sum = sum + math.abs(u[k] - v[k] + eps) ^ norm
      end
      return sum ^ (1 / norm)
    end
    for _, norm in ipairs {1, 2} do
      for _, swap in ipairs {false, true} do
        for _, margin in ipairs {1, 2.5, 0} do
          for _, eps in ipairs {1e-6, 0.25} do
            check(function(r)
              return m.triplet_margin_loss(f64(a), f64(p), f64(n), margin, norm,
                eps, swap, r)
            end, each(3, function(i)
              local far = distance(a[i], n[i], norm, eps)
              if swap then
                far = math.min(far, distance(p[i], n[i], norm, eps))
              end
              return max(0, margin + distance(a[i], p[i], norm, eps) - far)
            end))
          end
        end
      end
    end
    local x = m.ones(2, 3)
    eq(message(m.triplet_margin_loss, x, m.ones(3), x), "triplet_margin_loss: "
      .. "anchor (2, 3) and positive (3) differ; a loss does not broadcast")
    eq(message(m.triplet_margin_loss, x, x, m.ones(3)), "triplet_margin_loss: "
      .. "anchor (2, 3) and negative (3) differ; a loss does not broadcast")
    eq(message(m.triplet_margin_loss, x, x, x, -1),
      "triplet_margin_loss: margin: 0 or above expected, got -1")
  end)
end)
