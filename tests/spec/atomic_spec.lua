-- atomic_spec.lua: what fails changes nothing, or can be done again.
--
-- The sweeps of tests/long have memory fail at every request; these are what
-- they found, with failures that need no special program.

local m = require "mlrt"

local function leaf(v)
  local t = m.tensor(v)
  t.requires_grad = true
  return t
end

-- Marks the gradient of p as incomplete: backward fails on its way.
local function spoil(p)
  local bad = m.autograd.Function {
    forward = function(_, x) return x * 1 end,
    backward = function() error "no gradient" end}
  local loss = bad(p):sum() + (p * 2):sum()
  pcall(loss.backward, loss)
end

local function groups_of_two()
  local a, b = leaf {1, 2}, leaf {3, 4}
  local opt = m.optim.SGD({{params = {a}}, {params = {b}}}, {lr = 1,
    momentum = 0.9})
  local loss = (a * 2):sum()
  loss:backward()
  return a, b, opt
end

describe("a step that fails", function()
  it("changes no group of parameters", function()
    local a, b, opt = groups_of_two()
    spoil(b)
    raises("call zero_grad first", opt.step, opt)
    eq(a:detach(), {1.0, 2.0})
    eq(opt:state().groups[1].params[1].steps, 0)
    b.grad = nil
    opt:step()
    eq(a:detach(), {-1.0, 0.0})
  end)
  it("leaves no state", function()
    local a, b, opt = groups_of_two()
    spoil(b)
    pcall(opt.step, opt)
    eq(opt:state().groups[1].params[1].momentum, nil)
    eq(a.grad, {2.0, 2.0})
  end)
  it("of LBFGS begins anew", function()
    local p, fails = leaf {3, -2}, 0
    local opt = m.optim.LBFGS({p}, {max_iter = 4,
      line_search_fn = "strong_wolfe"})
    local function closure()
      fails = fails + 1
      if fails == 3 then error "closure failed" end
      opt:zero_grad()
      local loss = (p * p * m.tensor {1, 10}):sum()
      loss:backward()
      return loss
    end
    raises("closure failed", opt.step, opt, closure)
    for _ = 1, 5 do opt:step(closure) end
    near(p:detach(), {0, 0}, 1e-5)
  end)
end)

describe("a state that does not fit", function()
  it("changes no group of an optimizer", function()
    local a, b, opt = groups_of_two()
    opt:step()
    local state = opt:state()
    state.groups[1].params[1].steps = 7
    state.groups[1].options.lr = 5
    state.groups[2] = {options = {}, params = {{steps = -1}}}
    raises("no number of steps", opt.load_state, opt, state)
    eq(opt:state().groups[1].params[1].steps, 1)
    eq(opt.groups[1].lr, 1.0)
    eq(#a + #b, 4)
  end)
end)
