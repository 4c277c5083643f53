-- grad_spec.lua: recording, walking, writing in place, functions of one's own.

local m = require "mlrt"

local function leaf(values)
  return m.tensor(values, {dtype = "f64", requires_grad = true})
end

describe("backward", function()
  it("adds up in leaves", function()
    local x = leaf {1, 2, 3}
    local y = (x * x):sum() + x:sum()
    y:backward()
    near(x.grad, {3, 5, 7})
    m.sum(x * 2):backward()
    near(x.grad, {5, 7, 9})
  end)

  it("goes through a value that is used twice", function()
    local x = leaf {2}
    local a = x * 3
    local b = a * a + a
    b:sum():backward()
    near(x.grad, {3 * (2 * 6 + 1)})
  end)

  it("frees the graph, and says so", function()
    local x = leaf {1, 2}
    local y = (x * x):sum()
    y:backward()
    raises("was freed by an earlier backward", function() y:backward() end)
  end)

  it("keeps the graph when asked", function()
    local x = leaf {1, 2}
    local y = (x * x):sum()
    y:backward {retain_graph = true}
    y:backward()
    near(x.grad, {4, 8})
  end)

  it("wants one element, or a gradient", function()
    local x = leaf {1, 2}
    raises("must have one element", function() (x * 2):backward() end)
    local y = x * 2
    y:backward(m.tensor({1, 10}, {dtype = "f64"}))
    near(x.grad, {2, 20})
    raises("its gradient (3)", function()
      (x * 2):backward(m.ones({3}, {dtype = "f64"}))
    end)
  end)

  it("wants something that requires grad", function()
    raises("nothing that requires grad", function()
      m.ones(3):sum():backward()
    end)
  end)

  it("keeps the gradient of a non-leaf when asked", function()
    local x = leaf {1, 2}
    local y = x * 3
    y:retain_grad()
    m.sum(y * y):backward()
    near(y.grad, {6, 12})
    near(x.grad, {18, 36})
  end)

  it("sums over what was broadcast", function()
    local x, y = leaf {{1}, {2}}, leaf {1, 2, 3}
    m.sum(x * y):backward()
    near(x.grad, {{6}, {6}})
    near(y.grad, {3, 3, 3})
  end)

  it("gives an f32 leaf an f32 gradient through f64", function()
    local x = m.tensor({1, 2}, {requires_grad = true})
    m.sum(x:to "f64" * 2):backward()
    eq(x.grad.dtype, "f32")
    near(x.grad, {2, 2})
  end)

  it("needs no stack for 100,000 steps", function()
    local x = leaf {1}
    local y = x
    for _ = 1, 100000 do y = y + 1 end
    y:sum():backward()
    near(x.grad, {1})
    local z = x
    for _ = 1, 100000 do z = z * 1 end
    z = nil -- luacheck: ignore (freed without recursion too)
  end)
end)

describe("modes", function()
  it("no_grad records nothing, and ends with its block", function()
    local x = leaf {1}
    do
      local _ <close> = m.no_grad()
      eq((x * 2).requires_grad, false)
      do
        local _ <close> = m.enable_grad()
        eq((x * 2).requires_grad, true)
      end
      eq((x * 2).requires_grad, false)
    end
    eq((x * 2).requires_grad, true)
  end)

  it("no_grad ends when an error passes through", function()
    pcall(function()
      local _ <close> = m.no_grad()
      error "boom"
    end)
    eq((leaf {1} * 2).requires_grad, true)
  end)

  it("detach cuts the history and shares the memory", function()
    local x = leaf {1, 2}
    local y = (x * 2):detach()
    eq(y.requires_grad, false)
    eq(y.is_leaf, true)
    local z = x:detach()
    z[1] = 9
    near(x:detach(), {9, 2})
  end)

  it("only floats require grad", function()
    raises("f32 or f64 expected, got i64", function()
      m.tensor({1}, {dtype = "i64"}).requires_grad = true
    end)
  end)
end)

describe("grad", function()
  it("leaves the leaves alone", function()
    local x, y = leaf {1, 2}, leaf {3, 4}
    local gx, gy = table.unpack(m.grad((x * y):sum(), {x, y}))
    near(gx, {3, 4})
    near(gy, {1, 2})
    eq(x.grad, nil)
  end)

  it("differentiates twice", function()
    local x = leaf {2, 3}
    local g = m.grad((x ^ 3):sum(), {x}, {create_graph = true})[1]
    near(g, {12, 27})
    g:sum():backward()
    near(x.grad, {12, 18})
  end)

  it("raises for an input that was not used", function()
    local x, y = leaf {1}, leaf {1}
    raises("input 2 was not used", function()
      m.grad((x * 2):sum(), {x, y})
    end)
    local g = m.grad((x * 2):sum(), {x, y}, {allow_unused = true})
    near(g[1], {2})
    eq(g[2], nil)
  end)
end)

describe("in place", function()
  it("is refused on a leaf that requires grad", function()
    local x = leaf {1, 2}
    raises("a leaf that requires grad", function() x:add_(1) end)
    raises("a leaf that requires grad", function() x[1] = 5 end)
    local _ <close> = m.no_grad()
    x:add_(1)
    near(x:detach(), {2, 3})
  end)

  it("rebinds a result", function()
    local x = leaf {1, 2}
    local y = x * 2
    y:mul_(3)
    y:sum():backward()
    near(x.grad, {6, 6})
  end)

  it("assignment is differentiable on both sides", function()
    local x, v = leaf {1, 2, 3}, leaf {10, 20}
    local y = x * 2
    y[{{1, 2}}] = v * 3
    m.sum(y * y):backward()
    near(x.grad, {0, 0, 24})
    near(v.grad, {180, 360})
  end)

  it("raises when a saved tensor was overwritten, naming both", function()
    local x = leaf {1, 2}
    local y = x * 2
    local z = y * y
    y:add_(1)
    local text = raises("was overwritten", function() z:sum():backward() end)
    assert(text:find("mul", 1, true) and text:find("add", 1, true), text)
  end)

  it("makes an earlier recorded view stale", function()
    local x = leaf {1, 2, 3}
    local y = x * 2
    local first = y[{{1, 2}}]
    y:add_(1)
    raises("take the view again", function() return first * 2 end)
  end)

  it("through a recorded view says what to write instead", function()
    local x = leaf {1, 2, 3}
    local y = x * 2
    raises("write x[...] = value", function() y[{{1, 2}}]:add_(1) end)
  end)

  it("on an expanded tensor is refused", function()
    raises("repeats elements", function()
      m.ones(1, 3):expand(2, 3):add_(1)
    end)
  end)

  it("reads a source that overlaps as it was before", function()
    local x = m.range(1, 5)
    x[{{2, 5}}] = x[{{1, 4}}]
    near(x, {1, 1, 2, 3, 4})
    local y = m.range(1, 4):reshape(2, 2)
    y:add_(y:t())
    near(y, {{2, 5}, {5, 8}})
  end)

  it("does not fit what is larger or of a higher dtype", function()
    raises("does not fit into the target", function()
      m.ones(3):add_(m.ones(2, 3))
    end)
    raises("does not fit into the target", function()
      m.ones(3):add_(m.ones({3}, {dtype = "f64"}))
    end)
  end)
end)

describe("a walk that fails", function()
  local function failing()
    return m.autograd.Function {
      forward = function(_, x) return x * 1 end,
      backward = function() error {code = 42} end,
    }
  end

  it("marks the leaves it touched; step refuses until zero_grad", function()
    local x, y = leaf {1}, leaf {1}
    local opt = m.optim.SGD({x, y}, {lr = 0.1})
    local f = failing()
    local z = (f(x) + y * 2):sum()
    local ok, err = pcall(function() z:backward() end)
    eq(ok, false)
    eq(type(err) == "table" and err.code, 42)
    raises("call zero_grad first", function() opt:step() end)
    near(y:detach(), {1})
    opt:zero_grad()
    m.sum(x * 2 + y):backward()
    opt:step()
    near(x:detach(), {0.8})
  end)

  it("leaves nothing behind", function()
    for _ = 1, 20 do
      local x = leaf {1}
      pcall(function() failing()(x * 2):sum():backward() end)
    end
  end)
end)

describe("a function in Lua", function()
  local function swish()
    return m.autograd.Function {
      forward = function(ctx, x)
        ctx:save(x)
        return x * x:sigmoid()
      end,
      backward = function(ctx, g)
        local x = ctx:saved()
        local s = x:sigmoid()
        return g * (s + x * s * (1 - s))
      end,
    }
  end

  it("has the gradient of its backward, twice", function()
    m.gradcheck(swish(), m.randn({3, 2}, {dtype = "f64"}), {order = 2})
  end)

  it("may save its output", function()
    local f = m.autograd.Function {
      forward = function(ctx, x)
        local y = x:exp()
        ctx:save(y)
        return y
      end,
      backward = function(ctx, g) return g * ctx:saved() end,
    }
    m.gradcheck(f, m.randn({4}, {dtype = "f64"}), {order = 2})
  end)

  it("takes what is no tensor, and gives nil for it", function()
    local f = m.autograd.Function {
      forward = function(ctx, x, factor)
        ctx.factor = factor
        return x * factor
      end,
      backward = function(ctx, g) return g * ctx.factor, nil end,
    }
    local x = leaf {1, 2}
    f(x, 3):sum():backward()
    near(x.grad, {3, 3})
  end)

  it("has several outputs", function()
    local f = m.autograd.Function {
      forward = function(_, x) return x * 2, x * 3 end,
      backward = function(_, a, b) return a * 2 + b * 3 end,
    }
    local x = leaf {1}
    local a, b = f(x)
    m.sum(a + b * 10):backward()
    near(x.grad, {32})
  end)

  it("whose gradient has a wrong shape is told so", function()
    local f = m.autograd.Function {
      forward = function(_, x) return x * 2 end,
      backward = function(_, g) return g:sum() end,
    }
    local x = leaf {1, 2}
    raises("the gradient of input 1 should be f64 (2)", function()
      f(x):sum():backward()
    end)
  end)

  it("may run a walk of its own in backward", function()
    local f = m.autograd.Function {
      forward = function(ctx, x)
        ctx:save(x)
        return x ^ 3
      end,
      backward = function(ctx, g)
        local _ <close> = m.enable_grad()
        local x = ctx:saved():detach()
        x.requires_grad = true
        local y = (x ^ 3 * g:detach()):sum()
        y:backward()
        return x.grad
      end,
    }
    local x = leaf {2}
    f(x):sum():backward()
    near(x.grad, {12})
  end)
end)

describe("gradcheck", function()
  it("finds a wrong gradient", function()
    local f = m.autograd.Function {
      forward = function(_, x) return x * 2 end,
      backward = function(_, g) return g * 3 end,
    }
    raises("autograd gives", function()
      m.gradcheck(f, m.randn({2}, {dtype = "f64"}))
    end)
  end)
end)
