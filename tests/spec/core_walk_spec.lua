-- core_walk_spec.lua: the graph that operations leave, and walks through it:
-- the order of nodes, what they keep and let go of, hooks, anomalies.

local m = require "mlrt"

local function leaf(values)
  return m.tensor(values, {dtype = "f64", requires_grad = true})
end

local function f64(values) return m.tensor(values, {dtype = "f64"}) end

-- A function in Lua that counts its walks.
local function counting(count)
  return m.autograd.Function {
    forward = function(_, x) return x * 1 end,
    backward = function(_, g)
      count.n = count.n + 1
      return g
    end,
  }
end

-- The live tensors that f leaves while its result is held.
local function kept(f)
  collectgarbage()
  collectgarbage()
  local before = m.memory().tensors
  local result <const> = {f()}
  collectgarbage()
  collectgarbage()
  return m.memory().tensors - before - #result
end

describe("a walk", function()
  -- Node k is the sum of two earlier ones, k times the first, minus the other.
  local function graph(n, seed)
    local value, from = {leaf {1}}, {}
    for k = 2, n do
      seed = seed * 1103515245 + 12345 & 0x7fffffff
      local i = k - 1 - (seed >> 8) % math.min(k - 1, 40)
      local j = 1 + (seed >> 16) % (k - 1)
      from[k] = {i, j, k % 3 - 1}
      value[k] = value[i] * from[k][3] - value[j] / 2
    end
    return value, from
  end

  -- d value[n] / d value[1], by hand.
  local function slope(n, from)
    local g = {}
    for k = 1, n do g[k] = 0.0 end
    g[n] = 1.0
    for k = n, 2, -1 do
      local i, j, factor = table.unpack(from[k])
      g[i] = g[i] + g[k] * factor
      g[j] = g[j] - g[k] / 2
    end
    return g[1]
  end

  it("reaches each node when all of its gradients are in", function()
    for seed = 1, 12 do
      local n = 20 * seed
      local value, from = graph(n, seed * 7919)
      local total = value[n]
      value[n]:backward()
      near(value[1].grad and value[1].grad:item() or 0, slope(n, from), 1e-12)
      eq(total:numel(), 1)
    end
  end)

  it("visits a node of many uses once", function()
    local count, x = {n = 0}, leaf {2}
    local f = counting(count)
    local middle = f(x)
    local sum = middle * 0
    for k = 1, 100 do sum = sum + f(middle * k) end
    sum:backward()
    eq(count.n, 101)
    near(x.grad, {5050})
  end)

  it("adds up without writing into what others see", function()
    local x = leaf {1, 2}
    local g = f64 {5, 7}
    local y = x * 1
    y:backward(g, {retain_graph = true})
    y:backward(g)
    eq(g:totable(), {5.0, 7.0})
    eq(x.grad:totable(), {10.0, 14.0})
    x.grad:zero_()
    eq(g:totable(), {5.0, 7.0})
    -- A leaf walked back from directly has a gradient of its own.
    local z = leaf {1, 2}
    z:backward(g)
    z.grad:mul_(2)
    eq(g:totable(), {5.0, 7.0})
  end)

  it("gives two leaves memory of their own", function()
    local x, y = leaf {1, 2}, leaf {3, 4}
    m.sum(x + y):backward()
    x.grad:mul_(5)
    eq({x.grad:totable(), y.grad:totable()}, {{5.0, 5.0}, {1.0, 1.0}})
    local z = leaf {1}
    m.sum(z + z):backward()
    eq(z.grad:totable(), {2.0})
  end)

  it("gives the gradient of every place that broadcast", function()
    local cases = {{{1}, {3}}, {{2, 1}, {1, 3}}, {{3}, {2, 3}},
      {{1, 1, 2}, {4, 3, 1}}, {{}, {2, 2}}, {{2, 1, 1}, {3, 1}},
      {{1, 1}, {1}}}
    for _, case in ipairs(cases) do
      local x = m.ones(case[1], {dtype = "f64"})
      local y = m.ones(case[2], {dtype = "f64"})
      x.requires_grad, y.requires_grad = true, true
      local z = x + y * 2
      m.sum(z):backward()
      local n = z:numel()
      eq({table.unpack(x.grad.shape)}, case[1])
      eq({table.unpack(y.grad.shape)}, case[2])
      eq(x.grad:sum():item(), n * 1.0)
      eq(y.grad:sum():item(), n * 2.0)
      eq(x.grad:max():item(), 1.0 * n // x:numel())
    end
  end)

  it("asks nothing of what no gradient needs", function()
    local x, c = leaf {2, 3}, f64 {5, 7}
    local z = x * c
    c:requires_grad_(false)
    eq(c.grad, nil)
    m.sum(z):backward()
    eq({c.grad, x.grad:totable()}, {nil, {5.0, 7.0}})
  end)

  it("gives grad() of leaves, results and the output itself", function()
    local x = leaf {2}
    local y = x * 3
    local z = y * y
    local g = m.grad(z, {x, y, z})
    eq({g[1]:item(), g[2]:item(), g[3]:item()}, {36.0, 12.0, 1.0})
    eq(x.grad, nil)
    local other = leaf {1}
    local w = m.stack({x * 2, other * 5}, 1)
    g = m.grad(w, {other, x}, {grad_outputs = f64 {{3}, {4}}})
    eq({g[1]:item(), g[2]:item()}, {20.0, 6.0})
    raises("grad: input 2 was not used; allow_unused permits it", m.grad,
      x * 1, {x, other})
    g = m.grad(x * 1, {other, x}, {allow_unused = true})
    eq({g[1], g[2]:item()}, {nil, 1.0})
  end)

  it("of two outputs adds up", function()
    local x = leaf {3}
    local y = x * x
    local g = m.grad({y, y * x, x * 1}, {x})
    near(g[1], {6 + 27 + 1})
  end)

  it("that fails leaves the gradients that were whole", function()
    local x, y = leaf {1}, leaf {2}
    m.sum(x * 2):backward()
    local failing = m.autograd.Function {
      forward = function(_, v) return v * 1 end,
      backward = function() error("no", 0) end,
    }
    eq(pcall(function() m.sum(failing(y) + 1):backward() end), false)
    eq({x.grad:totable(), y.grad}, {{2.0}, nil})
    local opt = m.optim.SGD({x}, {lr = 1})
    opt:step()
    near(x:detach(), {-1})
  end)

  it("cannot pass through a node that it is in", function()
    local again
    local f = m.autograd.Function {
      forward = function(_, v) return v * 1 end,
      backward = function(_, g)
        local ok, text = pcall(function()
          again:backward {retain_graph = true}
        end)
        eq({ok, text:match "backward: .*"}, {false,
          "backward: the graph of 'custom' is being walked already"})
        return g
      end,
    }
    local x = leaf {1}
    again = m.sum(f(x))
    again:backward {retain_graph = true}
    eq(x.grad:totable(), {1.0})
    again = nil
  end)

  it("frees nodes, but those that are kept", function()
    local x = leaf {1, 2}
    local y = x:exp()
    local z = m.sum(y * y)
    z:backward {retain_graph = true}
    z:backward()
    raises("backward: the graph of 'sum' was freed by an earlier backward; "
      .. "ask for retain_graph there", function() z:backward() end)
    raises("backward: the graph of 'exp' was freed by an earlier backward",
      function() m.sum(y):backward() end)
  end)
end)

describe("what a node keeps", function()
  -- Which operands of z = f(x, y) may be written before backward?
  local function may_write(f, which, tracked)
    local t = {f64 {{1.5, 2}, {3, 4}}, f64 {{5, 6.5}, {7, 8}}}
    t[tracked].requires_grad = true
    local used = {t[1] * 1, t[2] * 1}
    local z = f(used[1], used[2])
    do
      local _ <close> = m.no_grad()
      used[which]:add_(1)
    end
    return (pcall(function() m.sum(z):backward() end))
  end

  it("is what its gradient needs", function()
    local cases = { -- name, may x, y be written if x is tracked; if y is
      {m.add, true, true, true, true}, {m.sub, true, true, true, true},
      {m.mul, true, false, false, true}, {m.matmul, true, false, false, true},
      {m.maximum, false, false, false, false},
    }
    for i, case in ipairs(cases) do
      eq({i, may_write(case[1], 1, 1), may_write(case[1], 2, 1),
        may_write(case[1], 1, 2), may_write(case[1], 2, 2)},
        {i, table.unpack(case, 2)})
    end
  end)

  it("is nothing else", function()
    local x, c = leaf {{1.5, 2}, {3, 4}}:exp(), f64 {{5, 6.5}, {7, 8}}
    local function alone(f, ...) -- tensors that its node keeps
      local args = {...}
      return kept(function() return f(table.unpack(args)) end)
    end
    eq({alone(m.add, x, c), alone(m.add, c, x), alone(m.sub, x, c)}, {0, 0, 0})
    eq({alone(m.mul, x, c), alone(m.mul, c, x), alone(m.mul, x, x)}, {1, 1, 2})
    eq({alone(m.matmul, x, c), alone(m.matmul, c, x)}, {1, 1})
    eq({alone(m.div, x, c), alone(m.exp, x), alone(m.sin, x)}, {1, 1, 1})
    eq({alone(m.neg, x), alone(m.sum, x), alone(m.t, x)}, {0, 0, 0})
    eq({alone(m.mul, c, c), alone(m.exp, c)}, {0, 0})
    local _ <close> = m.no_grad()
    eq({alone(m.mul, x, x), alone(m.exp, x)}, {0, 0})
  end)

  it("is the result where that does", function()
    for _, name in ipairs {"exp", "tanh", "sigmoid", "sqrt"} do
      local x = leaf {0.5, 2}
      local used = x * 1
      local y = m[name](used)
      do
        local _ <close> = m.no_grad()
        used:zero_()
      end
      m.sum(y):backward()
      local h = 1e-6
      local slope = (m[name](f64 {0.5 + h, 2 + h})
        - m[name](f64 {0.5 - h, 2 - h})) / (2 * h)
      near(x.grad, slope, 1e-6)
      local z = m[name](x * 1)
      do
        local _ <close> = m.no_grad()
        z:add_(1)
      end
      raises(("backward: a tensor that '%s' saved was overwritten by 'add'")
        :format(name), function() m.sum(z):backward() end)
    end
  end)

  it("goes when it is walked, or when the result goes", function()
    local x = leaf {1, 2}
    local n = kept(function() return x * 1 end)
    eq(kept(function() return m.exp(x * 1) end) >= n, true)
    eq(kept(function()
      local y = m.sum(m.exp(x * 2) * m.sin(x))
      y:backward()
      return y
    end), 1) -- the gradient of x
  end)

  it("for a function in Lua is looked at, each of it", function()
    local f = m.autograd.Function {
      forward = function(ctx, a, b, c)
        local y = a * b
        ctx:save(a, b, c, y)
        return y, c * 1
      end,
      backward = function(ctx, g)
        local a, b = ctx:saved()
        return g * b, g * a, nil
      end,
    }
    for i = 0, 4 do
      local x = leaf {2}
      local t = {x * 1, x * 3, f64 {4}}
      local y, z = f(table.unpack(t))
      t[4] = y
      if i > 0 then
        local _ <close> = m.no_grad()
        t[i]:add_(1)
      end
      local ok, text = pcall(function() y:backward() end)
      eq(ok, i == 0)
      eq(text == nil or text:match "backward: .*" == "backward: a tensor that "
        .. "'custom' saved was overwritten by 'add'", true)
      eq({z:item(), x.grad and x.grad:item()}, {4.0, ok and 12.0 or nil})
    end
  end)

  it("is no more in a checkpoint for a function in Lua", function()
    local f = m.autograd.Function {
      forward = function(ctx, x)
        ctx:save(x)
        return x * x
      end,
      backward = function(ctx, g) return 2 * g * ctx:saved() end,
    }
    local x = leaf {1, 2}
    local function through(g)
      return function()
        return m.checkpoint(function(v) return g(v * 2) + 1 end, x)
      end
    end
    eq(kept(through(f)), kept(through(m.square)))
    m.sum(through(f)()):backward()
    eq(x.grad:totable(), {8.0, 16.0})
  end)

  it("of a checkpoint is not there while its function runs", function()
    local x = leaf {1, 2}
    raises("checkpoint: the function that runs cannot walk back through itself",
      m.checkpoint, function(v)
        local y = v * v
        m.sum(y * y):backward()
        return y
      end, x)
    eq(x.grad, nil)
    m.sum(x * x):backward() -- and nothing of it is left
    eq(x.grad:totable(), {2.0, 4.0})
  end)

  it("does not keep a result that was written from what it led to", function()
    local x = leaf {1, 2}
    collectgarbage()
    local before = m.memory().tensors
    eq(kept(function()
      local y = x * 2
      local z = y * x
      y:mul_(z)
    end), 0)
    eq(m.memory().tensors, before)
  end)

  it("is no number of the call", function()
    local x = leaf {2, 4}
    local y = x * 3 + 1
    local z = 12 / y
    local w = z ^ 2
    m.sum(w):backward()
    near(x.grad, {-2 * 144 * 3 / 343, -2 * 144 * 3 / 2197})
  end)
end)

describe("writing in place", function()
  it("keeps what was there, where a gradient needs it", function()
    local x, y = leaf {2, 3}, leaf {5, 7}
    local z = x * 1
    z:mul_(y)
    m.sum(z):backward()
    eq({x.grad:totable(), y.grad:totable()}, {{5.0, 7.0}, {2.0, 3.0}})
    x.grad, y.grad = nil, nil
    local w = x * 1
    w:mul_(w)
    m.sum(w):backward()
    eq(x.grad:totable(), {4.0, 6.0})
  end)

  it("into memory that a leaf shares is found", function()
    local x = leaf {2, 3}
    local d = x:detach()
    d:div_(x)
    eq(d:detach():totable(), {1.0, 1.0})
    raises("backward: a tensor that 'div' saved was overwritten by 'div'",
      function() m.sum(d):backward() end)
  end)

  it("is refused where elements repeat, and only there", function()
    local text = "add_: the target repeats elements (it was expanded or "
      .. "unfolded); write into x:clone()"
    local base = m.arange(12)
    local grid = base:reshape(3, 4)
    for _, t in ipairs {m.ones(3, 1):expand(3, 2), m.ones(1):expand(2),
        base:unfold(1, 4, 3), base:unfold(1, 2, 1),
        m.ones(2, 1, 2):expand(2, 3, 2)} do
      local _, got = pcall(function() t:add_(1) end)
      eq(got:match "add_: .*", text)
    end
    for _, t in ipairs {grid:t(), base:unfold(1, 4, 4), base:unfold(1, 3, 4),
        grid[{{1, 3, 2}, {1, 4, 3}}], m.ones(1, 1):expand(1, 1),
        m.ones(3, 1):t(), m.ones(0, 1):expand(0, 5),
        base[{{1, 12, 5}}], grid:t()[{{1, 4, 3}}]} do
      local want = (t + 1):totable()
      t:add_(1)
      eq(t:totable(), want)
    end
  end)

  it("through views is told of what wrote last", function()
    local x = m.ones(3)
    local y = leaf {1, 2, 3} * 2
    local v = y[{{1, 2}}]
    y:mul_(2)
    raises("neg: an operand is a view taken before 'mul' wrote into its "
      .. "tensor; take the view again", function() return -v end)
    eq((-y[{{1, 2}}]):detach():totable(), {-4.0, -8.0})
    local w = x[{{1, 2}}]
    x:mul_(2) -- nothing is recorded: the view just sees it
    eq(w:totable(), {2.0, 2.0})
  end)
end)

describe("hooks", function()
  it("of several leaves each see their own sum", function()
    local leaves, seen = {}, {}
    for i = 1, 40 do
      leaves[i] = leaf {i}
      leaves[i]:register_hook(function(g)
        seen[i] = (seen[i] or 0) + g:item()
        return g * i
      end)
    end
    local sum = leaves[1] * 0
    for i = 1, 40 do sum = sum + leaves[i] * i + leaves[41 - i] end
    sum:backward()
    for i = 1, 40 do
      eq({seen[i], leaves[i].grad:item()}, {i + 1.0, (i + 1.0) * i})
    end
  end)

  it("of one output do not see another", function()
    local x, seen = leaf {1, 2, 3, 4}, {}
    local parts = m.split(x * 1, 2)
    parts[1]:register_hook(function(g) seen[#seen + 1] = g:totable() end)
    parts[2]:register_hook(function(g) return g * 10 end)
    m.sum(parts[1] * 2 + parts[2] * 3):backward()
    eq(seen, {{2.0, 2.0}})
    eq(x.grad:totable(), {2.0, 2.0, 30.0, 30.0})
  end)

  it("that were removed leave the others", function()
    local x, order = leaf {1}, {}
    local handles = {}
    for i = 1, 5 do
      handles[i] = x:register_hook(function() order[#order + 1] = i end)
    end
    handles[1]:remove()
    handles[3]:remove()
    handles[5]:remove()
    m.sum(x * 1):backward()
    eq(order, {2, 4})
    order = {}
    x:register_hook(function() order[#order + 1] = 6 end)
    handles[2]:remove()
    m.sum(x * 1):backward()
    eq(order, {4, 6})
  end)

  it("added while others run wait for the next walk or run last", function()
    local x, order = leaf {1}, {}
    local first, added
    first = x:register_hook(function()
      order[#order + 1] = "a"
      added = added or x:register_hook(function()
        order[#order + 1] = "b"
      end)
    end)
    m.sum(x * 1):backward()
    m.sum(x * 1):backward()
    eq(order[1], "a")
    eq(order[#order], "b")
    eq(#order == 3 or #order == 4, true)
    added:remove()
    first:remove()
  end)
end)

describe("detect_anomaly", function()
  it("gives the place in any shape and layout", function()
    local _ <close> = m.detect_anomaly()
    local x = m.ones(2, 3, 4)
    x[{2, 3, 1}] = -1
    raises("log: made a NaN at (2, 3, 1) of operands without one", m.log, x)
    raises("log: made a NaN at (1, 3, 2) of operands without one", m.log,
      x:transpose(1, 3))
    raises("log: made a NaN of operands without one", m.log, m.tensor(-1))
    raises("log: made a NaN at (3) of operands without one", m.log,
      f64 {1, 1, -1})
    raises("log: made a NaN at (1, 2) of operands without one", m.log,
      m.tensor {{1, -1}, {-1, -1}})
  end)

  it("blames no operation that was given one", function()
    local _ <close> = m.detect_anomaly {inf = true}
    local nan, inf = m.tensor {0 / 0}, m.tensor {1, 1 / 0}
    eq(m.cat({m.ones(2), nan}, 1):isnan():sum():item(), 1)
    eq(m.stack({inf, m.ones(2)}, 1):max():item(), math.huge)
    eq((m.ones(1) * (0 / 0)):isnan():item(), true)
    eq(m.full({2}, 1 / 0):min():item(), math.huge)
    eq((nan:log() + 1):isnan():item(), true)
    raises("reciprocal: made a NaN or infinity at (2) of operands without "
      .. "one", m.reciprocal, m.tensor {1, 0})
    raises("cosh: made a NaN or infinity at (1)", m.cosh, m.tensor {1000})
  end)

  it("names arguments, inputs and lists in gradients", function()
    local _ <close> = m.detect_anomaly()
    local x, y = leaf {{1, 0}}, leaf {{2, 3}}
    local z = m.cat({y, x:sqrt() * f64 {{1, 0}}}, 1)
    raises("backward: 'sqrt' made a NaN in the gradient of its 'x' at (1, 2)",
      function() m.sum(z):backward() end)
    local p, q = leaf {0}, leaf {0}
    raises("backward: 'mul' made a NaN in the gradient of its 'y' at (1)",
      function() m.mul(q + 0, p + 1):backward(f64 {1 / 0}) end)
    local f = m.autograd.Function {
      forward = function(_, a, b) return a + b end,
      backward = function(_, g) return g, g * (0 / 0) end,
    }
    raises("backward: 'custom' made a NaN in the gradient of its input 2",
      function() m.sum(f(p, q)):backward() end)
  end)
end)
