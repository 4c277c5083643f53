-- core_lines_spec.lua: softmax, cross entropy and norms along lines of every
-- length around those at which their loops change, against plain sums.

local m = require "mlrt"

-- Lanes are 32 (f32) or 16 (f64), short lines up to 64, blocks of 1024.
local LENGTHS = {1, 2, 15, 16, 17, 31, 33, 63, 64, 65, 97, 1023, 1025, 1073}

-- How many lines there are, side by side or one behind the other.
local WIDTHS = {[1] = {1, 3, 63, 64, 65, 130}, [64] = {1, 65}, [65] = {1, 65}}

local TIGHT = {f32 = 3e-6, f64 = 1e-13}

-- Numbers that look random, from -2 to 2, exact in f32.
local function value(i, j)
  return ((i * 37 + j * 101 + i * i * 7 + j * i * 3) % 257 - 128) / 64
end

local function slope(i, j) return ((i * 29 + j * 13 + i * j) % 31 - 15) / 8 end

-- A tensor of n x w numbers f(i, j); lines run along dimension 1, or, turned,
-- along the last one.
local function filled(n, w, dtype, turned, f)
  local list = {}
  for a = 1, turned and w or n do
    for b = 1, turned and n or w do
      list[#list + 1] = turned and f(b, a) or f(a, b)
    end
  end
  local shape = turned and {w, n} or {n, w}
  return m.tensor(list, {dtype = dtype}):reshape(shape)
end

local function line_of(t, j, turned)
  return (turned and t:select(1, j) or t:select(2, j)):totable()
end

-- Softmax of a line and its logarithm.
local function shares(n, j, f)
  local most, sum, p, logs = -math.huge, 0, {}, {}
  for i = 1, n do most = math.max(most, f(i, j)) end
  for i = 1, n do sum = sum + math.exp(f(i, j) - most) end
  for i = 1, n do
    logs[i] = f(i, j) - most - math.log(sum)
    p[i] = math.exp(f(i, j) - most) / sum
  end
  return p, logs
end

local function each_layout(check)
  for _, dtype in ipairs {"f32", "f64"} do
    for _, n in ipairs(LENGTHS) do
      for _, w in ipairs(WIDTHS[n] or {1, 2}) do
        check(n, w, dtype, false)
        check(n, w, dtype, true)
      end
    end
  end
end

-- The first, the last and one line in the middle.
local function some_of(w) return {1, (w + 1) // 2, w} end

describe("softmax", function()
  it("along lines of any length", function()
    each_layout(function(n, w, dtype, turned)
      local x = filled(n, w, dtype, turned, value)
      local dim = turned and 2 or 1
      local y, z = m.softmax(x, dim), m.log_softmax(x, dim)
      for _, j in ipairs(some_of(w)) do
        local p, logs = shares(n, j, value)
        near(line_of(y, j, turned), p, TIGHT[dtype])
        near(line_of(z, j, turned), logs, TIGHT[dtype])
      end
    end)
  end)

  it("has the gradient y (g - sum g y)", function()
    each_layout(function(n, w, dtype, turned)
      if w > 65 then return end
      local g = filled(n, w, dtype, turned, slope)
      local dim = turned and 2 or 1
      local x = filled(n, w, dtype, turned, value)
      x.requires_grad = true
      m.softmax(x, dim):backward(g)
      local first = x.grad
      x.grad = nil
      m.log_softmax(x, dim):backward(g)
      for _, j in ipairs(some_of(w)) do
        local p = shares(n, j, value)
        local dot, sum, want, want_log = 0, 0, {}, {}
        for i = 1, n do
          dot = dot + slope(i, j) * p[i]
          sum = sum + slope(i, j)
        end
        for i = 1, n do
          want[i] = p[i] * (slope(i, j) - dot)
          want_log[i] = slope(i, j) - p[i] * sum
        end
        near(line_of(first, j, turned), want, TIGHT[dtype])
        near(line_of(x.grad, j, turned), want_log, 10 * TIGHT[dtype])
      end
    end)
  end)

  it("gives all to the largest, wherever it is", function()
    for _, dtype in ipairs {"f32", "f64"} do
      for _, n in ipairs {1, 2, 31, 33, 64, 65, 100} do
        for at = 1, n do
          local x = m.full({n}, -1000, dtype)
          x[at] = 1000
          local y = m.softmax(x, 1)
          eq({y[at], y:sum():item()}, {1.0, 1.0})
          eq(m.log_softmax(x, 1):sum():item(), -2000.0 * (n - 1))
          eq(m.logsumexp(x, 1):item(), 1000.0)
        end
      end
    end
  end)

  it("is nan where one element is", function()
    for _, n in ipairs {2, 33, 65, 100} do
      for _, at in ipairs {1, 2, n // 2, n} do
        local x = m.zeros(n)
        x[at] = 0 / 0
        eq(m.softmax(x, 1):isnan():all():item(), true)
        eq(m.log_softmax(x, 1):isnan():all():item(), true)
        local beside = m.zeros(n, 3)
        beside[{at, 2}] = 0 / 0
        eq(m.softmax(beside, 1):isnan():sum(1):totable(), {0, n, 0})
      end
    end
  end)

  it("leaves 0 of what is far below", function()
    local y = m.softmax(m.tensor {0, -80, -87, -88, -90, -104, -200}, 1)
    near(y[2] * math.exp(80), 1)
    near(y[3] * math.exp(87), 1)
    eq(y:narrow(1, 5, 3):totable(), {0.0, 0.0, 0.0})
  end)
end)

describe("cross_entropy", function()
  it("and its gradient, by classes and pixels", function()
    for _, dtype in ipairs {"f32", "f64"} do
      for _, n in ipairs {1, 2, 10, 63, 64, 65, 200} do
        for _, w in ipairs {1, 3, 64, 66} do
          local x = filled(n, w, dtype, true, value)
          x.requires_grad = true
          local target, loss = {}, 0
          for j = 1, w do
            target[j] = (j * 7) % n + 1
            local _, logs = shares(n, j, value)
            loss = loss - logs[target[j]] / w
          end
          local y = m.cross_entropy(x, m.tensor(target, {dtype = "i64"})
            :index {base = 1})
          near(y:item(), loss, TIGHT[dtype])
          y:backward()
          for _, j in ipairs(some_of(w)) do
            local p = shares(n, j, value)
            for i = 1, n do
              p[i] = (p[i] - (i == target[j] and 1 or 0)) / w
            end
            near(line_of(x.grad, j, true), p, TIGHT[dtype])
          end
        end
      end
    end
  end)
end)

-- ---- Norms ------------------------------------------------------------------

local function moments(n, j, f)
  local mean, var = 0, 0
  for i = 1, n do mean = mean + f(i, j) / n end
  for i = 1, n do var = var + (f(i, j) - mean) ^ 2 / n end
  return mean, var
end

describe("layer_norm", function()
  it("of lines of any length, and its three gradients", function()
    local function weight(i) return 1 + (i % 5) / 4 end
    local function bias(i) return (i % 3) / 2 - 1 end
    for _, dtype in ipairs {"f32", "f64"} do
      for _, n in ipairs(LENGTHS) do
        local w = n > 100 and 2 or 3
        local tol = 10 * TIGHT[dtype]
        local x = filled(n, w, dtype, true, value)
        local k = filled(n, 1, dtype, false, weight)
        local b = filled(n, 1, dtype, false, bias)
        k, b = k:reshape(n), b:reshape(n)
        for _, t in ipairs {x, k, b} do t.requires_grad = true end
        local y = m.layer_norm(x, {n}, k, b, 0.01)
        local g = filled(n, w, dtype, true, slope)
        y:backward(g)
        local gk, gb = {}, {}
        for i = 1, n do gk[i], gb[i] = 0, 0 end
        for j = 1, w do
          local mean, var = moments(n, j, value)
          local r, want, s, t, gx = 1 / math.sqrt(var + 0.01), {}, 0, 0, {}
          for i = 1, n do
            local h = (value(i, j) - mean) * r
            want[i] = h * weight(i) + bias(i)
            s = s + slope(i, j) * weight(i) / n
            t = t + slope(i, j) * weight(i) * h / n
            gk[i] = gk[i] + slope(i, j) * h
            gb[i] = gb[i] + slope(i, j)
          end
          for i = 1, n do
            local h = (value(i, j) - mean) * r
            gx[i] = r * (slope(i, j) * weight(i) - s - h * t)
          end
          near(y:select(1, j):totable(), want, tol)
          near(x.grad:select(1, j):totable(), gx, tol)
        end
        near(k.grad, gk, tol)
        near(b.grad, gb, tol)
      end
    end
  end)

  it("and rms_norm keep small differences of large numbers", function()
    for _, n in ipairs {8, 64, 65, 2000} do
      local x = m.full({1, n}, 1e6, "f64")
      x[{1, 1}] = 1e6 + 1
      local y = m.layer_norm(x, {n}, nil, nil, 0)
      near(y[{1, 1}], math.sqrt(n - 1), 1e-6)
      near(y[{1, n}], -1 / math.sqrt(n - 1), 1e-6)
      near(m.rms_norm(x, {n}, nil, 0):mean():item(), 1, 1e-9)
    end
  end)
end)

describe("batch_norm", function()
  it("of columns and of pixels, and its gradients", function()
    for _, dtype in ipairs {"f32", "f64"} do
      for _, shape in ipairs {{5, 1, 1}, {3, 2, 16}, {2, 3, 33}, {40, 65, 1},
          {2, 2, 1040}, {2, 513, 1}} do
        local batch, c, l = table.unpack(shape)
        local n, tol = batch * l, 20 * TIGHT[dtype]
        -- Element i of channel j is (i // l, j, i % l).
        local x = filled(n, c, dtype, true, value):reshape(c, batch, l)
          :transpose(1, 2):contiguous()
        local g = filled(n, c, dtype, true, slope):reshape(c, batch, l)
          :transpose(1, 2):contiguous()
        if l == 1 then x, g = x:reshape(batch, c), g:reshape(batch, c) end
        x.requires_grad = true
        local y = m.batch_norm(x, m.zeros({c}, {dtype = dtype}),
          m.ones({c}, {dtype = dtype}), {training = true, eps = 0.01})
        y:backward(g)
        local function lines(t)
          return t:reshape(batch, c, l):transpose(1, 2):reshape(c, n)
        end
        local ys, gs = lines(y:detach()), lines(x.grad)
        for _, j in ipairs(some_of(c)) do
          local mean, var = moments(n, j, value)
          local r, want, s, t, gx = 1 / math.sqrt(var + 0.01), {}, 0, 0, {}
          for i = 1, n do
            local h = (value(i, j) - mean) * r
            want[i] = h
            s, t = s + slope(i, j) / n, t + slope(i, j) * h / n
          end
          for i = 1, n do gx[i] = r * (slope(i, j) - s - want[i] * t) end
          near(ys:select(1, j):totable(), want, tol)
          near(gs:select(1, j):totable(), gx, tol)
        end
      end
    end
  end)
end)
