-- checkpoint_spec.lua: computing again instead of keeping.

local m = require "mlrt"
local nn = m.nn

-- Gradients of run(x):sum() by x and by the parameters of net.
local function gradients(run, net, x)
  m.seed(7)
  x.grad = nil
  net:zero_grad()
  run(x):sum():backward()
  local list = {x.grad:clone()}
  for i, p in ipairs(net:parameters()) do list[i + 1] = p.grad:clone() end
  return list, m.default_generator():state()
end

local function same(a, b)
  eq(#a, #b)
  for i = 1, #a do eq(a[i]:bytes() == b[i]:bytes(), true) end
end

local function small_net()
  return nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Dropout(0.5),
    nn.Linear(16, 8), nn.LayerNorm(8))
end

local function leaf(...)
  local x = m.randn(...)
  x.requires_grad = true
  return x
end

describe("checkpoint", function()
  before_each(function(s)
    s.net, s.x = small_net(), leaf(5, 8)
  end)

  it("has the same gradients and random numbers, bit for bit", function(s)
    local a, after = gradients(s.net, s.net, s.x)
    local b, again = gradients(function(x)
      return m.checkpoint(s.net, x)
    end, s.net, s.x)
    same(a, b)
    eq(again, after)
  end)

  it("runs the function once, and once more in backward", function(s)
    local runs = 0
    local y = m.checkpoint(function(x)
      runs = runs + 1
      return x:sin():exp()
    end, s.x)
    eq(runs, 1)
    eq(y.requires_grad, true)
    y:sum():backward()
    eq(runs, 2)
    local x = s.x:detach()
    near(s.x.grad, x:cos() * x:sin():exp())
  end)

  it("does not run it again when nothing is recorded", function(s)
    local runs = 0
    local function f(x)
      runs = runs + 1
      return x * 2
    end
    do
      local _ <close> = m.no_grad()
      eq(m.checkpoint(f, s.x).requires_grad, false)
    end
    eq(m.checkpoint(f, m.ones(2)).requires_grad, false)
    eq(runs, 2)
  end)

  it("takes several inputs and values, and gives several outputs", function()
    local a, b = leaf(3), leaf(3)
    local function f(x, factor, y, options)
      return x * y * factor, y:exp() + options.shift, "text"
    end
    local p, q, text = m.checkpoint(f, a, 3, b, {shift = 1})
    eq(text, "text")
    m.sum(p * q):backward()
    local ga, gb = a.grad:clone(), b.grad:clone()
    a.grad, b.grad = nil, nil
    p, q = f(a, 3, b, {shift = 1})
    m.sum(p * q):backward()
    same({ga, gb}, {a.grad, b.grad})
  end)

  it("works when only what the function refers to is trained", function(s)
    local x = m.randn(5, 8)
    m.seed(1)
    s.net(x):sum():backward()
    local want = s.net[1].weight.grad:clone()
    s.net:zero_grad()
    m.seed(1)
    m.checkpoint(s.net, x):sum():backward()
    same({want}, {s.net[1].weight.grad})
  end)

  it("gives grad() and second derivatives", function()
    local x = m.randn({4}, {dtype = "f64", requires_grad = true})
    local y = m.checkpoint(function(v) return (v:sin() * v):exp() end, x)
    local g = m.grad(y:sum(), {x}, {create_graph = true})[1]
    local gg = m.grad((g * g):sum(), {x})[1]
    local z = (x:sin() * x):exp()
    local h = m.grad(z:sum(), {x}, {create_graph = true})[1]
    near(g, h, 1e-14)
    near(gg, m.grad((h * h):sum(), {x})[1], 1e-14)
    m.gradcheck(function(v)
      return m.checkpoint(function(w) return w:tanh() * w end, v)
    end, m.randn({2, 3}, {dtype = "f64"}), {order = 2})
  end)

  it("can be walked twice", function(s)
    local y = m.checkpoint(function(x) return x:sin():exp() end, s.x):sum()
    y:backward {retain_graph = true}
    local once = s.x.grad:clone()
    y:backward()
    near(s.x.grad, once * 2)
    raises("was freed", function() y:backward() end)
  end)

  it("nests", function(s)
    local function deep(x)
      x = m.checkpoint(s.net, x)
      return m.checkpoint(function(v)
        return m.checkpoint(s.net, v:tanh()) * v
      end, x)
    end
    local a = gradients(function(x)
      x = s.net(x)
      return s.net(x:tanh()) * x
    end, s.net, s.x)
    same(a, (gradients(deep, s.net, s.x)))
    same(a, (gradients(function(x) return m.checkpoint(deep, x) end, s.net,
      s.x)))
  end)

  it("replays a generator of one's own", function(s)
    local function noisy(x, g)
      return m.dropout(x, 0.5, true, g) * m.randn({5, 8}, {generator = g})
    end
    local g = m.generator(5)
    noisy(s.x, g):sum():backward()
    local want, state = s.x.grad:clone(), g:state()
    for depth = 1, 2 do
      g, s.x.grad = m.generator(5), nil
      local run = noisy
      for _ = 1, depth do
        local inner = run
        run = function(x, k) return m.checkpoint(inner, x, k) end
      end
      run(s.x, g):sum():backward()
      same({want}, {s.x.grad})
      eq(g:state(), state)
    end
    local y = m.checkpoint(noisy, s.x, g)
    g:load_state {key = 1, position = 0}
    raises("was seeded again", function() y:sum():backward() end)
  end)

  it("writes in place as without it", function(s)
    local function f(x)
      local y = x * 2
      y:sin_()
      y:mul_(x + 1)
      local z = y + 1
      z[{1}] = x[2] * 3
      return z
    end
    f(s.x):sum():backward()
    local want = s.x.grad:clone()
    s.x.grad = nil
    m.checkpoint(f, s.x):sum():backward()
    same({want}, {s.x.grad})
  end)

  it("works with functions whose gradient is written in Lua", function()
    local cube = m.autograd.Function {
      forward = function(ctx, x)
        local square = x * x
        ctx:save(x, square)
        return square * x
      end,
      backward = function(ctx, g)
        local x, _ = ctx:saved()
        return g * 3 * x * x
      end,
    }
    m.gradcheck(function(x)
      return m.checkpoint(function(v) return cube(v:sin()):exp() end, x)
    end, m.randn({3}, {dtype = "f64"}), {order = 2})
  end)

  it("passes on errors as they are", function(s)
    local runs = 0
    local y = m.checkpoint(function(x)
      runs = runs + 1
      if runs == 2 then error {code = 3} end
      return x:sin():exp()
    end, s.x)
    local ok, err = pcall(function() y:sum():backward() end)
    eq(ok, false)
    eq(err.code, 3)
    ok, err = pcall(m.checkpoint, function() error {code = 4} end, s.x)
    eq(ok, false)
    eq(err.code, 4)
    local z = s.x:sin() -- the checkpoint that failed is over
    s.x.grad = nil
    z:sum():backward()
    near(s.x.grad, s.x:detach():cos())
  end)

  it("lets the function catch errors of its own", function(s)
    m.checkpoint(function(x)
      pcall(function() return x:matmul(m.ones(3)) end)
      return x:sin()
    end, s.x):sum():backward()
    near(s.x.grad, s.x:detach():cos())
  end)

  it("says what went wrong", function(s)
    raises("function or module expected", m.checkpoint, 3)
    local runs = 0
    local function f(x)
      runs = runs + 1
      return runs % 2 == 1 and x:sin():exp() or x:sin()
    end
    raises("has to do the same each time", function()
      m.checkpoint(f, s.x):sum():backward()
    end)
    local size = 3
    local function g(x)
      size = size + 1
      return x[1][{{1, size}}]:sin():sum()
    end
    raises("has to do the same each time", function()
      m.checkpoint(g, s.x):backward()
    end)
    local x = s.x * 1
    local y = m.checkpoint(function(v) return v:sin() end, x)
    x:add_(1)
    raises("input 1 was overwritten by 'add'", function()
      y:sum():backward()
    end)
    raises("cannot walk back through itself", function()
      m.checkpoint(function(v)
        local w = v:sin():exp()
        return m.grad(w:sum(), {v}, {create_graph = true})[1]
      end, s.x)
    end)
  end)

  it("keeps less, and needs less at the most", function()
    local MiB, most = 1 << 20, 0
    local function part(x) -- keeps 8 tensors of 256 KiB
      for _ = 1, 8 do
        x = x:sin():exp()
        collectgarbage()
        most = math.max(most, m.memory().live)
      end
      return x
    end
    local function step(run)
      m.seed(3)
      local x = leaf(1 << 16)
      collectgarbage()
      local before, y = m.memory().live, x
      for _ = 1, 6 do y = run(y) end
      most = 0
      local kept = m.memory().live - before
      y:sum():backward()
      return x.grad, kept / MiB, most - before
    end
    local want, all = step(part)
    local got, few, peak = step(function(x) return m.checkpoint(part, x) end)
    same({want}, {got})
    assert(all > 11.5, all)
    assert(few < 2, few)
    assert(peak / MiB < 6, peak / MiB)
  end)
end)

describe("checkpoint_sequential", function()
  it("is the sequence", function()
    local net, x = small_net(), leaf(5, 8)
    local a = gradients(net, net, x)
    for segments = 1, 5 do
      same(a, (gradients(function(v)
        return m.checkpoint_sequential(net, segments, v)
      end, net, x)))
    end
    raises("between 1 and its length", m.checkpoint_sequential, net, 6, x)
  end)
end)
