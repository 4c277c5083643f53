-- core_kinks_spec.lua: activations and losses where their formula changes:
-- values and gradients on both sides of each place, and on it.

local m = require "mlrt"

local inf = math.huge

-- Rows of x, f(x) and its slope, as often as a vector has lanes.
local function check(name, f, rows, tol)
  for _, dtype in ipairs {"f32", "f64"} do
    for _, times in ipairs {1, 9} do
      local xs, ys, slopes = {}, {}, {}
      for _ = 1, times do
        for _, row in ipairs(rows) do
          xs[#xs + 1], ys[#ys + 1] = row[1], row[2]
          slopes[#slopes + 1] = row[3] * 2
        end
      end
      local x = m.tensor(xs, {dtype = dtype, requires_grad = true})
      local y = f(x)
      y:backward(m.full({#xs}, 2, dtype))
      local ok, text = pcall(function()
        near(y:detach():totable(), ys, tol or 1e-6)
        near(x.grad:totable(), slopes, tol or 1e-6)
      end)
      if not ok then error(name .. ": " .. text, 2) end
    end
  end
end

local exp, log = math.exp, math.log

describe("slopes", function()
  it("of what is made of straight lines", function()
    check("relu", m.relu, {{-1, 0, 0}, {0, 0, 0}, {0x1p-90, 0x1p-90, 1},
      {2, 2, 1}}, 0)
    check("leaky_relu", function(x) return m.leaky_relu(x, 0.25) end,
      {{-4, -1, 0.25}, {0, 0, 0.25}, {1, 1, 1}}, 0)
    check("hardtanh", function(x) return m.hardtanh(x, -1, 2) end,
      {{-2, -1, 0}, {-1, -1, 0}, {-0.5, -0.5, 1}, {1.5, 1.5, 1}, {2, 2, 0},
        {3, 2, 0}}, 0)
    check("relu6", m.relu6, {{-1, 0, 0}, {0, 0, 0}, {3, 3, 1}, {6, 6, 0},
      {7, 6, 0}}, 0)
    check("hardsigmoid", m.hardsigmoid, {{-4, 0, 0}, {-3, 0, 0},
      {0, 0.5, 1 / 6}, {1.5, 0.75, 1 / 6}, {3, 1, 0}, {4, 1, 0}})
    check("hardswish", m.hardswish, {{-4, 0, 0}, {-3, 0, 0}, {-1.5, -0.375, 0},
      {0, 0, 0.5}, {1.5, 1.125, 1}, {3, 3, 1}, {5, 5, 1}})
    check("clamp", function(x) return m.clamp(x, -1, 2) end, {{-1.5, -1, 0},
      {-1, -1, 1}, {0, 0, 1}, {2, 2, 1}, {2.5, 2, 0}}, 0)
    check("clamp from below", function(x) return m.clamp(x, -1) end,
      {{-1.5, -1, 0}, {-1, -1, 1}, {1e9, 1e9, 1}}, 0)
    check("abs", m.abs, {{-2, 2, -1}, {0, 0, 0}, {3, 3, 1}}, 0)
    check("softsign", m.softsign, {{-3, -0.75, 1 / 16}, {0, 0, 1},
      {1, 0.5, 0.25}, {inf, 1, 0}, {-inf, -1, 0}})
  end)

  it("of exponentials that end in lines", function()
    check("elu", function(x) return m.elu(x, 2) end, {{0, 0, 2},
      {-1, 2 * exp(-1) - 2, 2 * exp(-1)}, {1e-3, 1e-3, 1}, {3, 3, 1}})
    check("celu", function(x) return m.celu(x, 2) end, {{0, 0, 1},
      {-1, 2 * exp(-0.5) - 2, exp(-0.5)}, {3, 3, 1}})
    local a, s = 1.6732632423543772, 1.0507009873554805
    check("selu", m.selu, {{0, 0, a * s}, {1, s, s},
      {-1, s * a * (exp(-1) - 1), s * a * exp(-1)}})
    check("softplus", function(x) return m.softplus(x, 2, 8) end,
      {{0, log(2) / 2, 0.5}, {3.5, log(1 + exp(7)) / 2, 1 / (1 + exp(-7))},
        {4, log(1 + exp(8)) / 2, 1 / (1 + exp(-8))}, {4.5, 4.5, 1},
        {-1, log(1 + exp(-2)) / 2, 1 / (1 + exp(2))}}, 1e-7)
    check("logsigmoid", m.logsigmoid, {{0, -log(2), 0.5},
      {-50, -50, 1}, {50, -exp(-50), exp(-50)}, {1, -log(1 + exp(-1)),
        1 / (1 + exp(1))}})
    check("silu", m.silu, {{0, 0, 0.5}, {-100, 0, 0}, {100, 100, 1},
      {1, 1 / (1 + exp(-1)), 0.92767051}})
    check("gelu", m.gelu, {{0, 0, 0.5}, {-40, 0, 0}, {40, 40, 1},
      {1, 0.8413447460685429, 1.0833154705876864},
      {-1, -0.15865525393145707, -0.0833154705876864}})
    check("gelu by tanh", function(x)
      return m.gelu(x, {approximate = "tanh"})
    end, {{0, 0, 0.5}, {-40, 0, 0}, {40, 40, 1},
      {1, 0.8411919906082768, 1.0829640838457826}})
    check("mish", m.mish, {{0, 0, 0.6}, {-100, 0, 0}, {100, 100, 1},
      {1, 0.8650983882673103, 1.0490362200997922}})
    check("tanh", m.tanh, {{0, 0, 1}, {30, 1, 0}, {-30, -1, 0}})
    check("sigmoid", m.sigmoid, {{0, 0.5, 0.25}, {200, 1, 0}, {-200, 0, 0}})
  end)

  it("of losses", function()
    local function zeros(x) return m.zeros({#x}, {dtype = x.dtype}) end
    for _, delta in ipairs {0.5, 2} do
      check("huber", function(x)
        return m.huber_loss(x, zeros(x), {delta = delta, reduction = "none"})
      end, {{0, 0, 0}, {delta / 2, delta ^ 2 / 8, delta / 2},
        {delta, delta ^ 2 / 2, delta}, {-delta, delta ^ 2 / 2, -delta},
        {3 * delta, 2.5 * delta ^ 2, delta},
        {-3 * delta, 2.5 * delta ^ 2, -delta}}, 0)
    end
    local function entropy(t)
      return function(x)
        return m.binary_cross_entropy(x, m.full({#x}, t, x.dtype),
          {reduction = "none"})
      end
    end
    check("binary cross entropy of 0", entropy(0), {{0, 0, 0},
      {0.5, log(2), 2}, {0.75, log(4), 4}, {1, 100, 1e12}})
    check("binary cross entropy of 1", entropy(1), {{1, 0, 0},
      {0.5, log(2), -2}, {0.25, log(4), -4}, {0, 100, -1e12}})
    check("binary cross entropy of logits", function(x)
      return m.binary_cross_entropy_with_logits(x, m.full({#x}, 0.25, x.dtype),
        {reduction = "none"})
    end, {{0, log(2), 0.25}, {100, 75, 0.75}, {-100, 25, -0.25},
      {1, 0.75 + log(1 + exp(-1)), 1 / (1 + exp(-1)) - 0.25}})
  end)
end)
