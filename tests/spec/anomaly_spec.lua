-- anomaly_spec.lua: detect_anomaly and hooks of tensors.

local m = require "mlrt"
local nn = m.nn

local function leaf(values)
  return m.tensor(values, {dtype = "f64", requires_grad = true})
end

-- The number of the line that calls it.
local function line()
  return debug.getinfo(2, "l").currentline
end

describe("detect_anomaly", function()
  it("names the operation and the line that first made a NaN", function()
    local _ <close> = m.detect_anomaly()
    local x, at = m.tensor {{1, 2}, {-3, 4}}, nil
    local text = raises("log: made a NaN at (2, 1)", function()
      at = line() + 1
      return x:log() * 2
    end)
    assert(text:find("anomaly_spec.lua:" .. at .. ":", 1, true), text)
    local _ = m.tensor {0 / 0}:log() + 1 -- it was there before
    raises("sub: made a NaN of operands", function()
      local inf = m.tensor(1 / 0)
      return inf - inf
    end)
    raises("log_: made a NaN", function() m.tensor {-1}:log_() end)
    local _ = m.full({2}, 0 / 0):to "f64"
  end)

  it("names the layer", function()
    local _ <close> = m.detect_anomaly()
    local Root = nn.class "Root"
    function Root:forward(x) return x:sqrt() end -- luacheck: ignore self
    local net = nn.Sequential(nn.Identity(), Root())
    raises("net.2 Root(): sqrt: made a NaN", function()
      local _ = net(m.tensor {-1})
    end)
  end)

  it("names the line of the operation whose gradient is NaN", function()
    local _ <close> = m.detect_anomaly()
    local x = leaf {4, 0}
    local at = line() + 1
    local y = (x:sqrt() * m.tensor({1, 0}, {dtype = "f64"})):sum()
    local text = raises("'sqrt' made a NaN in the gradient of its 'x' at (2)",
      function() y:backward() end)
    assert(text:find("it was called at .*anomaly_spec.lua:" .. at .. "$"), text)
    raises("'sqrt' made a NaN", function()
      m.grad((x:sqrt() * m.tensor({1, 0}, {dtype = "f64"})):sum(), {x})
    end)
  end)

  it("looks at gradients written in Lua, and at what is given", function()
    local f = m.autograd.Function {
      forward = function(_, x) return x * 1 end,
      backward = function(_, g) return g * (0 / 0) end,
    }
    local _ <close> = m.detect_anomaly()
    local x = leaf {1}
    local text = raises("'custom' made a NaN in the gradient of its input 1",
      function() f(x):sum():backward() end)
    assert(text:find "anomaly_spec.lua:%d+$", text)
    raises("the gradient it was given holds a NaN", function()
      (x * 2):backward(m.tensor({0 / 0}, {dtype = "f64"}))
    end)
  end)

  it("says so when the operation ran before", function()
    local y = (leaf {0}:sqrt() * 0):sum()
    local _ <close> = m.detect_anomaly()
    raises("its line is not known", function() y:backward() end)
  end)

  it("looks for infinities when asked, at results unless told", function()
    local x = leaf {0}
    do
      local _ <close> = m.detect_anomaly {inf = true}
      raises("log: made a NaN or infinity", function() return x:log() end)
      local y = x:sqrt():sum()
      raises("'sqrt' made a NaN or infinity", function() y:backward() end)
    end
    local _ <close> = m.detect_anomaly {forward = false}
    local _ = (x - 1):log()
    local y = (x:sqrt() * 0):sum()
    raises("'sqrt' made a NaN", function() y:backward() end)
  end)

  it("works in a checkpoint", function()
    local _ <close> = m.detect_anomaly()
    local at
    local y = m.checkpoint(function(x)
      at = line() + 1
      return ((x * 1):sqrt() * 0):sum()
    end, leaf {0})
    local text = raises("'sqrt' made a NaN", function() y:backward() end)
    assert(text:find("spec.lua:" .. at .. "$"), text)
  end)

  it("ends with its block, or when switched off", function()
    eq(m.anomaly_enabled(), false)
    do
      local _ <close> = m.detect_anomaly()
      eq(m.anomaly_enabled(), true)
      do
        local _ <close> = m.detect_anomaly(false)
        eq(m.anomaly_enabled(), false)
      end
      eq(m.anomaly_enabled(), true)
    end
    eq(m.anomaly_enabled(), false)
    m.detect_anomaly(true)
    collectgarbage()
    eq(m.anomaly_enabled(), true)
    m.autograd.set_detect_anomaly(false)
    eq(m.anomaly_enabled(), false)
    local _ = m.tensor {-1}:log()
    raises("boolean expected", m.detect_anomaly, 1)
    raises("did you mean 'forward'", m.detect_anomaly, {foward = false})
  end)

  it("leaves the walk's leaves marked", function()
    local x = leaf {0}
    local opt = m.optim.SGD({x}, {lr = 1})
    pcall(function()
      local _ <close> = m.detect_anomaly()
      local y = (x:sqrt() * 0):sum() + x:sum()
      y:backward()
    end)
    raises("call zero_grad first", function() opt:step() end)
  end)
end)

describe("register_hook", function()
  it("sees the whole gradient of a leaf, once, and replaces it", function()
    local x, seen = leaf {1, 2}, {}
    local _ <close> = x:register_hook(function(g)
      seen[#seen + 1] = g:totable()
      return g * 10
    end)
    local y = (x * 2 + x * 3):sum() + x:sum()
    y:backward()
    eq(#seen, 1)
    near(seen[1], {6, 6})
    near(x.grad, {60, 60})
    m.sum(x):backward()
    near(x.grad, {70, 70})
  end)

  it("changes what goes further back from a non-leaf", function()
    local x = leaf {1, 2}
    local y = x * 3
    y:retain_grad()
    y:register_hook(function(g) return g * 2 end)
    y:register_hook(function(g) return g + 1 end)
    m.sum(y * y + y):backward()
    near(y.grad, {15, 27}) -- 2 (2 y + 1) + 1
    near(x.grad, {45, 81})
  end)

  it("runs in order, until removed", function()
    local x, order = leaf {1}, {}
    local a, b, c
    a = x:register_hook(function() order[#order + 1] = "a" end)
    b = x:register_hook(function()
      order[#order + 1] = "b"
      a:remove()
      b:remove()
    end)
    c = x:register_hook(function() order[#order + 1] = "c" end)
    m.sum(x * 2):backward()
    m.sum(x * 2):backward()
    eq(table.concat(order), "abcc")
    c:remove()
    c:remove()
    m.sum(x * 2):backward()
    eq(#order, 4)
    near(x.grad, {6})
  end)

  it("works with grad, and twice", function()
    local x = leaf {2}
    local y = x * x
    y:register_hook(function(g) return g * 3 end)
    local _ <close> = x:register_hook(function(g) return g * x:detach() end)
    local g = m.grad((y * x):sum(), {x, y}, {create_graph = true})
    near(g[1], {(3 * 2 * 2 * 2 + 4) * 2}) -- (3 x 2x + x^2) x
    near(g[2], {6})
    -- The hooks see this walk too: 2 (12 x + 3 * 2 x) x
    near(m.grad(g[1]:sum(), {x})[1], {2 * (24 + 12) * 2})
  end)

  it("keeps the dtype and the shape, and passes errors on", function()
    local x = leaf {1, 2}
    local h = x:register_hook(function(g) return g:to "f32" end)
    raises("the gradient is f64 (2), the hook returned f32 (2)", function()
      m.sum(x * 2):backward()
    end)
    h:remove()
    h = x:register_hook(function() return 3 end)
    raises("a tensor or nothing expected", function()
      m.sum(x * 2):backward()
    end)
    h:remove()
    x:register_hook(function() error {code = 5} end)
    local ok, err = pcall(function() m.sum(x * 2):backward() end)
    eq(ok, false)
    eq(err.code, 5)
    raises("a tensor that requires grad", function()
      m.ones(2):register_hook(print)
    end)
    raises("function expected, got 3", function() x:register_hook(3) end)
  end)

  it("belongs to the value that was there, not to one written later", function()
    local x = leaf {1, 2}
    local y = x * 2
    y:register_hook(function(g) return g * 100 end)
    y:add_(x)
    m.sum(y):backward()
    near(x.grad, {201, 201})
  end)
end)
