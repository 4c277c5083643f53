-- schedule_spec.lua: learning rates, clipping and LBFGS against PyTorch
-- (tests/golden/schedules.py); averages of weights; states of them all.

local m = require "mlrt"
local json = require "mlrt.json"

local optim, schedule = m.optim, m.optim.schedule
local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"

local function golden()
  local f = assert(io.open(here .. "/../golden/schedules.json"))
  local text = f:read "a"
  f:close()
  return json.decode(text)
end

local function weights(...)
  return m.tensor({...}, {dtype = "f64", requires_grad = true})
end

local function sgd(lr)
  return optim.SGD({weights(0)}, {lr = lr or 0.5})
end

describe("schedule", function()
  local cases = golden()
  for i, case in ipairs(cases.rates) do
    it(("%s is PyTorch's, case %d"):format(case.name, i), function()
      case.options.lr = 0.5
      local rate = schedule[case.name](case.options)
      for step, want in ipairs(case.rates) do
        near(rate(step - 1), want, 1e-12)
      end
    end)
  end
  for i, case in ipairs(cases.plateau) do
    it(("Plateau is PyTorch's, case %d"):format(i), function()
      local optimizer = sgd()
      local plateau = optim.Plateau(optimizer, case.options)
      for step, value in ipairs(case.values) do
        plateau:step(value)
        near(optimizer.lr, case.rates[step], 1e-12)
        local other = sgd() -- a copy goes on as the first
        plateau = optim.Plateau(other, case.options)
          :load_state(plateau:state())
        optimizer = other
      end
    end)
  end

  it("goes on from any step, at once", function()
    local rate = schedule.warmup_cosine {lr = 0.1, warmup = 10, steps = 110,
      min_lr = 0.01}
    near({rate(0), rate(5), rate(10), rate(60), rate(110), rate(500)},
      {0, 0.05, 0.1, 0.055, 0.01, 0.01})
    eq(schedule.constant(0.3)(7), 0.3)
    raises("warmup = 5 should be less than steps = 5", schedule.warmup_cosine,
      {warmup = 5, steps = 5})
    raises("did you mean 'steps'", schedule.cosine, {step = 5})
  end)
  it("is made of others", function()
    local f = schedule.warmup(4, schedule.constant(0.2))
    near({f(0), f(2), f(4), f(9)}, {0, 0.1, 0.2, 0.2})
    f = schedule.sequence({schedule.constant(1), schedule.linear {steps = 10},
      schedule.constant(3)}, {5, 10})
    near({f(4), f(5), f(7), f(10), f(99)}, {1, 0, 0.2, 3, 3})
    raises("between each two", schedule.sequence, {f}, {1})
  end)
  it("Scheduler multiplies each group's rate", function()
    local optimizer = optim.SGD {{params = {weights(0)}, lr = 1},
      {params = {weights(0)}, lr = 0.1}}
    local s = optim.Scheduler(optimizer, schedule.step {step_size = 2})
    local function rates()
      return {optimizer.groups[1].lr, optimizer.groups[2].lr}
    end
    near(rates(), {1, 0.1})
    s:step()
    s:step()
    near(rates(), {0.1, 0.01})
    local state = s:state()
    s:step()
    s:step()
    near(rates(), {0.01, 0.001})
    s:load_state(state)
    near(rates(), {0.1, 0.01})
    raises("an optimizer expected", optim.Scheduler, 1, schedule.constant())
  end)
end)

describe("clip_grad_norm_", function()
  it("clips under the names without a trailing line too", function()
    local p = m.tensor({3, 4}, {requires_grad = true})
    p.grad = m.tensor {3, 4}
    eq(optim.clip_grad_norm({p}, 1), 5.0)
    eq(p.grad:norm():item() < 1.001, true)
    optim.clip_grad_value({p}, 0.25)
    eq(p.grad:totable(), {0.25, 0.25})
  end)

  local function gradients()
    local a, b = m.zeros({2, 3}, {dtype = "f64"}), m.zeros({2}, {dtype = "f64"})
    a.requires_grad, b.requires_grad = true, true
    a.grad = m.arange(0, 6, {dtype = "f64"}):reshape(2, 3) - 2
    b.grad = m.tensor({3, -5}, {dtype = "f64"})
    return a, b
  end

  it("is PyTorch's", function()
    for _, case in ipairs(golden().clipped) do
      local a, b = gradients()
      local p = case.norm_type == "inf" and math.huge or case.norm_type
      near(optim.clip_grad_norm_({a, b}, case.max_norm, p), case.norm, 1e-12)
      near(a.grad:reshape(-1), case.grads[1], 1e-12)
      near(b.grad, case.grads[2], 1e-12)
    end
  end)
  it("skips what has no gradient, and can refuse nan", function()
    local a, b = gradients()
    b.grad = nil
    near(optim.clip_grad_norm_({a, b}, 100), 19 ^ 0.5)
    near(optim.clip_grad_norm_(b, 1), 0)
    a.grad = a.grad * (0 / 0)
    raises("the norm of the gradients is", optim.clip_grad_norm_, {a}, 1, 2,
      true)
    raises("'max_norm': a number expected", optim.clip_grad_norm_, {a})
    raises("above 0 expected, got -1", optim.clip_grad_norm_, {a}, 1, -1)
    raises("parameter 2 is a number", optim.clip_grad_norm_, {a, 1}, 1)
  end)
  it("by value cuts each element", function()
    local a = gradients()
    optim.clip_grad_value_({a}, 1.5)
    near(a.grad, {{-1.5, -1, 0}, {1, 1.5, 1.5}})
  end)
end)

describe("EMA", function()
  it("averages, swaps and remembers", function()
    local w = m.tensor({1, 2}, {requires_grad = true})
    local ema = optim.EMA({w}, {decay = 0.75})
    local function set(...)
      local _ <close> = m.no_grad()
      w:copy_(m.tensor {...})
    end
    set(5, 6)
    ema:update()
    near(ema.average[1], {2, 3})
    do
      local _ <close> = ema:averaged()
      near(w:detach(), {2, 3})
    end
    near(w:detach(), {5, 6})
    local state = ema:state()
    ema:update()
    near(ema.average[1], {2.75, 3.75})
    ema:load_state(state)
    near(ema.average[1], {2, 3})
    eq(ema.updates, 1)
    ema:copy_to_weights()
    near(w:detach(), {2, 3})
    raises("a state of 1 tensors expected", ema.load_state, ema, {})
  end)
  it("warms up, and takes a module", function()
    local net = m.nn.Linear(2, 1)
    local ema = optim.EMA(net, {warmup = true})
    local old = net.weight:detach():clone()
    do
      local _ <close> = m.no_grad()
      net.weight:add_(1)
    end
    ema:update()
    near(ema.average[1], (old + (1 - 2 / 11)):totable(), 1e-5)
    raises("decay should be between 0 and 1", optim.EMA, net, {decay = 2})
  end)
end)

describe("LBFGS", function()
  local functions = {
    rosenbrock = function(x, y) return (1 - x) ^ 2 + (y - x * x) ^ 2 * 100 end,
    quartic = function(x, y)
      return (x - 3) ^ 4 + (x + y * 2) ^ 2 + x * y * 0.1
    end,
  }

  local function closure_of(opt, f, x, y, count)
    return function()
      count.n = count.n + 1
      opt:zero_grad()
      local loss = f(x, y):sum()
      loss:backward()
      return loss
    end
  end

  for i, case in ipairs(golden().lbfgs) do
    it(("goes PyTorch's way, case %d"):format(i), function()
      local x, y, count = weights(-1.2), weights(1), {n = 0}
      local opt = optim.LBFGS({x, y}, case.options)
      local closure = closure_of(opt, functions[case["function"]], x, y, count)
      for _, want in ipairs(case.after) do
        opt:step(closure)
        near({x:item(), y:item()}, {want[1], want[2]}, 1e-9)
        eq(count.n, want[3])
      end
    end)
  end
  it("finds a minimum", function()
    local x, y, count = weights(-1.2), weights(1), {n = 0}
    local opt = optim.LBFGS({x, y}, {line_search_fn = "strong_wolfe",
      max_iter = 100})
    local loss = opt:step(closure_of(opt, functions.rosenbrock, x, y, count))
    near(loss:item(), 24.2)
    near({x:item(), y:item()}, {1, 1}, 1e-4)
  end)
  it("continues from a state, bit for bit", function()
    local x, y, count = weights(-1.2), weights(1), {n = 0}
    local o = {line_search_fn = "strong_wolfe", max_iter = 4}
    local opt = optim.LBFGS({x, y}, o)
    opt:step(closure_of(opt, functions.rosenbrock, x, y, count))
    local state = opt:state()
    local x2, y2 = weights(x:item()), weights(y:item())
    local other = optim.LBFGS({x2, y2}):load_state(state)
    eq(other.max_iter, 4)
    for _ = 1, 3 do
      opt:step(closure_of(opt, functions.rosenbrock, x, y, count))
      other:step(closure_of(other, functions.rosenbrock, x2, y2, count))
    end
    eq({x2:item(), y2:item()}, {x:item(), y:item()})
    raises("a state of LBFGS expected", other.load_state, other, {})
  end)
  it("says what it wants", function()
    raises("a list of tensors expected", optim.LBFGS, {})
    local opt = optim.LBFGS {weights(1)}
    raises("a function expected, got a nil", opt.step, opt)
    raises("should return the loss, got a nil", opt.step, opt, function() end)
    raises("one of none, strong_wolfe expected", optim.LBFGS, {weights(1)},
      {line_search_fn = "wolfe"})
  end)
end)
