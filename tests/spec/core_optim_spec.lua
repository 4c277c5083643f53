-- core_optim_spec.lua: steps of parameters of any size, and what options may
-- be, to the number.

local m = require "mlrt"

-- One number by each kind's rule, from gradients that are given.
local rules = {
  SGD = function(o)
    local b
    return function(p, g)
      g = g + (o.weight_decay or 0) * p
      if not o.momentum then return p - o.lr * g end
      b = b and o.momentum * b + (1 - (o.dampening or 0)) * g or g
      return p - o.lr * (o.nesterov and g + o.momentum * b or b)
    end
  end,
  AdamW = function(o)
    local a, v, most, t = 0, 0, 0, 0
    return function(p, g)
      t = t + 1
      a, v = 0.9 * a + 0.1 * g, 0.999 * v + 0.001 * g * g
      most = o.amsgrad and math.max(most, v) or v
      p = p * (1 - o.lr * (o.weight_decay or 0.01))
      return p - o.lr / (1 - 0.9 ^ t) * a
        / (math.sqrt(most / (1 - 0.999 ^ t)) + 1e-8)
    end
  end,
  RMSprop = function(o)
    local s, b, mean = 0, 0, 0
    return function(p, g)
      s, mean = 0.99 * s + 0.01 * g * g, 0.99 * mean + 0.01 * g
      local v = o.centered and s - mean * mean or s
      b = (o.momentum or 0) * b + g / (math.sqrt(v) + 1e-8)
      return p - o.lr * b
    end
  end,
  Adagrad = function(o)
    local s, t = o.initial_accumulator_value or 0, 0
    return function(p, g)
      t, s = t + 1, s + g * g
      return p - o.lr / (1 + (t - 1) * (o.lr_decay or 0)) * g
        / (math.sqrt(s) + 1e-10)
    end
  end,
}

local CASES = {
  {"SGD", {lr = 0.1}}, {"SGD", {lr = 0.1, weight_decay = 0.5}},
  {"SGD", {lr = 0.1, momentum = 0.5, dampening = 0.25}},
  {"SGD", {lr = 0.1, momentum = 0.5, nesterov = true}},
  {"AdamW", {lr = 0.1}}, {"AdamW", {lr = 0.1, amsgrad = true}},
  {"RMSprop", {lr = 0.1}},
  {"RMSprop", {lr = 0.1, centered = true, momentum = 0.5}},
  {"Adagrad", {lr = 0.1}},
  {"Adagrad", {lr = 0.1, lr_decay = 0.5, initial_accumulator_value = 0.25}},
}

describe("a step", function()
  it("treats all elements alike, however many there are", function()
    for _, case in ipairs(CASES) do
      for _, n in ipairs {1, 7, 16383, 16384, 16385, 33000} do
        for _, dtype in ipairs {"f64", "f32"} do
          local name, o = table.unpack(case)
          local p = m.full({n}, 2, dtype)
          p.requires_grad = true
          local opt, rule, want = m.optim[name]({p}, o), rules[name](o), 2
          for t, g in ipairs {3, -1, 0.5} do
            p.grad = m.full({n}, g, dtype)
            opt:step()
            want = rule(want, g)
            local tol = dtype == "f64" and 1e-13 or 1e-5
            near(p:detach():min():item(), want, tol)
            near(p:detach():max():item(), want, tol)
            assert(t)
          end
        end
      end
    end
  end)

  it("goes up when it is to maximize", function()
    local p = m.zeros {3}
    p.requires_grad = true
    p.grad = m.tensor {1, -2, 3}
    m.optim.SGD({p}, {lr = 0.5, maximize = true}):step()
    eq(p:detach():totable(), {0.5, -1.0, 1.5})
    eq(p.grad:totable(), {1.0, -2.0, 3.0})
  end)

  it("goes by gradients of any layout", function()
    local p = m.zeros(2, 3)
    p.requires_grad = true
    p.grad = m.tensor({{1, 4}, {2, 5}, {3, 6}}):t()
    m.optim.SGD({p}, {lr = 1}):step()
    eq(p:detach():totable(), {{-1.0, -2.0, -3.0}, {-4.0, -5.0, -6.0}})
    p.grad = m.ones(1, 1):expand(2, 3)
    m.optim.SGD({p}, {lr = 1}):step()
    eq(p:detach():totable(), {{-2.0, -3.0, -4.0}, {-5.0, -6.0, -7.0}})
  end)

  it("records nothing, and invalidates what was saved", function()
    local p = m.ones(2)
    p.requires_grad = true
    local y = m.sum(p * p)
    y:backward {retain_graph = true}
    m.optim.SGD({p}, {lr = 1, maximize = true}):step()
    eq({p.requires_grad, p.is_leaf}, {true, true})
    raises("was overwritten by 'step'", function() y:backward() end)
  end)
end)

describe("a step that fails", function()
  it("leaves parameters and state as they were", function()
    local failing = m.autograd.Function {
      forward = function(_, x) return x * 1 end,
      backward = function() error("no", 0) end,
    }
    for _, kind in ipairs {"SGD", "Adam", "RMSprop", "Adagrad"} do
      local x, y = m.ones(2), m.ones(2)
      x.requires_grad, y.requires_grad = true, true
      local opt = m.optim[kind]({x, y}, kind == "SGD" and {lr = 1,
        momentum = 0.5} or {lr = 1})
      local function fail()
        x.grad = m.ones(2)
        pcall(function() m.sum(failing(y * 1)):backward() end)
        m.sum(y):backward()
        local was = x:detach():totable()
        local z = m.sum(failing(x * 1) + y)
        eq(pcall(function() z:backward() end), false)
        raises("call zero_grad first", opt.step, opt)
        eq(x:detach():totable(), was)
        y.grad, x.grad = nil, nil
      end
      fail()
      local state = opt:state().groups[1].params
      eq({state[1].steps, state[2].steps}, {0, 0})
      for _, name in ipairs {"momentum_buffer", "exp_avg", "exp_avg_sq",
          "square_avg", "sum"} do
        eq(state[1][name], nil)
      end
      x.grad, y.grad = m.tensor {1, 2}, m.tensor {3, 4}
      opt:step()
      local before = opt:state().groups[1].params
      fail()
      local after = opt:state().groups[1].params
      local n = 0
      for k = 1, 2 do
        for name, v in pairs(before[k]) do
          if type(v) == "userdata" then
            eq(after[k][name]:totable(), v:totable())
            n = n + 1
          else
            eq(after[k][name], v)
          end
        end
      end
      eq(n, kind == "Adam" and 4 or 2)
    end
  end)
end)

describe("options", function()
  local function refused(kind, o, text)
    local p = m.ones(1)
    p.requires_grad = true
    local _, got = pcall(m.optim[kind], {p}, o)
    eq(tostring(got):match "optimizer: .*", "optimizer: " .. text)
  end
  local function accepted(kind, o)
    local p = m.ones(1)
    p.requires_grad = true
    m.optim[kind]({p}, o)
  end

  it("are numbers from 0, some below 1", function()
    local all = {{"SGD", "lr"}, {"SGD", "momentum"}, {"SGD", "weight_decay"},
      {"Adam", "eps"}, {"RMSprop", "alpha"}, {"Adagrad", "lr_decay"},
      {"Adagrad", "initial_accumulator_value"}}
    for _, case in ipairs(all) do
      local kind, name = table.unpack(case)
      for value, shown in pairs {[-1] = "-1", [-1e-9] = "-1e-09",
          [math.huge] = "inf"} do
        refused(kind, {[name] = value}, ("argument '%s': a number from 0 "
          .. "expected, got %s"):format(name, shown))
      end
      accepted(kind, {[name] = 0})
      accepted(kind, {[name] = 1})
      accepted(kind, {[name] = 1e9})
    end
    for i, name in ipairs {"beta1", "beta2"} do
      for value, shown in pairs {[1] = "1", [-0.5] = "-0.5", [2] = "2"} do
        local betas = {0.5, 0.5}
        betas[i] = value
        refused("Adam", {betas = betas}, ("argument '%s': a number from 0 and "
          .. "below 1 expected, got %s"):format(name, shown))
      end
    end
    accepted("Adam", {betas = {0, 0}})
    accepted("Adam", {betas = {0.9999999, 0.9999999}})
  end)

  it("of nesterov go together", function()
    local text = "nesterov wants a momentum and no dampening"
    refused("SGD", {nesterov = true}, text)
    refused("SGD", {nesterov = true, momentum = 0.5, dampening = 0.1}, text)
    accepted("SGD", {nesterov = true, momentum = 0.5})
    accepted("SGD", {momentum = 0.5, dampening = 0.1})
  end)

  it("are looked at in every step", function()
    local p = m.ones(1)
    p.requires_grad = true
    p.grad = m.ones(1)
    local opt = m.optim.SGD({p}, {lr = 1})
    opt.lr = -3
    raises("argument 'lr': a number from 0 expected, got -3", opt.step, opt)
    eq(p:detach():item(), 1.0)
    opt.lr = 0.25
    opt:step()
    eq(p:detach():item(), 0.75)
  end)
end)
