-- optim_spec.lua: optimizers against PyTorch's trajectories; their state.

local m = require "mlrt"
local json = require "mlrt.json"

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"

local function golden()
  local f = assert(io.open(here .. "/../golden/optim.json"))
  local text = f:read "a"
  f:close()
  return json.decode(text)
end

local function start(dtype)
  local o = {dtype = dtype or "f64", requires_grad = true}
  return {m.tensor({{1, -2, 0.5}, {0, 3, -1.5}}, o),
    m.tensor({0.25, -0.75}, o)}
end

-- The gradients of step t: p * c + sin(t + i), as in tests/golden/optim.py.
local function set_gradients(params, t)
  for k, c in ipairs {0.7, -0.2} do
    local p = params[k]
    local i = m.arange(0, p:numel(), {dtype = p.dtype}):reshape(p.shape)
    p.grad = p:detach() * c + (i + t):sin()
  end
end

describe("optim", function()
  local cases = golden().cases
  for number, case in ipairs(cases) do
    it(("%s, case %d of PyTorch's"):format(case.name, number), function()
      local params = start()
      local opt = m.optim[case.name](params, case.options)
      for t = 1, 20 do
        set_gradients(params, t)
        opt:step()
        local want = case.after[tostring(t)]
        for k = 1, want and 2 or 0 do
          near(params[k]:detach():reshape(-1), want[k], 1e-12)
        end
      end
    end)
  end

  it("continues from a state, bit for bit", function()
    for _, case in ipairs(cases) do
      local whole, first = start "f32", start "f32"
      local a = m.optim[case.name](whole, case.options)
      local b = m.optim[case.name](first, case.options)
      for t = 1, 10 do
        set_gradients(whole, t)
        a:step()
        if t <= 5 then
          set_gradients(first, t)
          b:step()
        end
      end
      local second = {first[1]:detach(), first[2]:detach()}
      for _, p in ipairs(second) do p.requires_grad = true end
      local c = m.optim[case.name](second, {lr = 9})
      c:load_state(b:state())
      for t = 6, 10 do
        set_gradients(second, t)
        c:step()
      end
      eq(second[1]:detach(), whole[1]:detach())
      eq(second[2]:detach(), whole[2]:detach())
    end
  end)

  it("leaves parameters without a gradient alone", function()
    local params = start()
    local opt = m.optim.Adam(params, {lr = 0.1})
    params[2].grad = m.ones({2}, {dtype = "f64"})
    opt:step()
    eq(params[1]:detach(), start()[1]:detach())
    near(params[2]:detach(), {0.15, -0.85}, 1e-6)
  end)

  it("updates a parameter that is not contiguous", function()
    local p = m.zeros(3, 2):t():detach()
    p.requires_grad = true
    p.grad = m.tensor {{1, 2, 3}, {4, 5, 6}}
    m.optim.SGD({p}, {lr = 1}):step()
    near(p:detach(), {{-1, -2, -3}, {-4, -5, -6}})
  end)

  it("has groups with options of their own", function()
    local params = start()
    local opt = m.optim.SGD({{params = {params[1]}, lr = 1},
      {params = {params[2]}}}, {lr = 0.5})
    params[1].grad = m.ones({2, 3}, {dtype = "f64"})
    params[2].grad = m.ones({2}, {dtype = "f64"})
    opt:step()
    near(params[1]:detach()[1], {0, -3, -0.5})
    near(params[2]:detach(), {-0.25, -1.25})
    opt.lr = 2
    eq(opt.groups[2].lr, 2.0)
  end)

  it("takes one more group, and a closure", function()
    local params = start()
    local opt = m.optim.SGD({params[1]}, {lr = 1})
    opt:add_param_group {params = {params[2]}, lr = 0.5}
    local loss = opt:step(function()
      opt:zero_grad()
      local y = params[1]:sum() + params[2]:sum()
      y:backward()
      return y
    end)
    near(loss:item(), 0.5)
    near(params[1]:detach()[1], {0, -3, -0.5})
    near(params[2]:detach(), {-0.25, -1.25})
    eq(#opt:state_dict().groups, 2)
    opt:load_state_dict(opt:state())
    raises("a parameter is in groups 2 and 3", function()
      opt:add_param_group {params = {params[2]}}
    end)
    raises("a table with 'params' expected", opt.add_param_group, opt, {})
    eq(#opt.groups, 2)
  end)

  it("says what is wrong", function()
    local p = start()[1]
    raises("unknown option 'learning_rate'", function()
      m.optim.Adam({p}, {learning_rate = 1})
    end)
    raises("a list of tensors expected", function() m.optim.Adam({}) end)
    raises("does not require grad", function()
      m.optim.Adam({m.ones(2)})
    end)
    raises("is not a leaf", function() m.optim.Adam({p * 2}) end)
    raises("is in the list twice", function() m.optim.Adam({p, p}) end)
    raises("beta2", function() m.optim.Adam({p}, {betas = {0.9, 1.5}}) end)
    raises("lr", function() m.optim.SGD({p}, {lr = -1}) end)
    raises("nesterov wants a momentum", function()
      m.optim.SGD({p}, {nesterov = true})
    end)
  end)

  it("sees gradients that are not finite", function()
    local params = start()
    local group = m.optim.Adam(params, {lr = 0.1}).groups[1]
    eq(group:finite(), true) -- there are none
    set_gradients(params, 1)
    eq(group:finite(), true)
    params[2].grad:fill_(1e308) -- the sum is infinite, no part of it is
    eq(group:finite(), true)
    for _, bad in ipairs {0 / 0, math.huge, -math.huge} do
      set_gradients(params, 1)
      params[2].grad:reshape(-1)[2] = bad
      eq(group:finite(), false)
    end
  end)

  it("refuses a state that does not fit, and keeps its own", function()
    local params, other = start(), start()
    local a = m.optim.Adam(params, {lr = 0.1})
    local b = m.optim.Adam({other[2], other[1]}, {lr = 0.1})
    set_gradients(params, 1)
    a:step()
    set_gradients(other, 1)
    b:step()
    raises("should be f64 (2, 3)", function() a:load_state(b:state()) end)
    eq(a:state().groups[1].params[2].steps, 1)
  end)
end)
