-- tensors.lua: cases of sweep.lua about tensors and gradients.

local m = require "mlrt"

local case = ...

-- Bytes of the tensors, which shows every bit.
local function bits(...)
  local parts = {}
  for i, t in ipairs {...} do
    parts[i] = t:contiguous():bytes():gsub(".", function(c)
      return ("%02x"):format(c:byte())
    end)
  end
  return table.concat(parts, " ")
end

-- A case whose state is what act returned; nothing before it succeeded.
local function result(name, f)
  case(name, function()
    local got = ""
    return function()
      m.seed(3)
      got = ""
      local list = {f()}
      got = bits(table.unpack(list))
    end, function() return got end
  end)
end

result("create", function()
  return m.zeros(2, 3), m.randn(3, 4), m.arange(7), m.eye(3),
    m.tensor {{1, 2}, {3, 4}}, m.linspace(0, 1, 5), m.full({2}, 3)
end)

result("arithmetic", function()
  local x, y = m.randn(3, 1), m.randn(1, 4)
  return (x + y) * 2 - y / 3, x:exp():log(), m.where(y:gt(0), y, -y)
end)

result("products", function()
  local a, b = m.randn(5, 7), m.randn(7, 4)
  return a:matmul(b), m.einsum("ij,jk->ki", a, b), m.randn(2, 3, 4):bmm(
    m.randn(2, 4, 3))
end)

result("shapes", function()
  local x = m.randn(4, 6)
  local parts = x:split(2, 2)
  return m.cat(parts, 1), m.stack {x, x}, x:t():reshape(3, 8), x:flip {1},
    x:permute {2, 1}:contiguous()
end)

result("order", function()
  local x = m.randn(5, 6)
  local sorted, places = x:sort(2)
  local most = x:topk(3, 2)
  return sorted, places:to "i64", most, m.unique(m.tensor {3, 1, 3}),
    x:argmax(1)
end)

result("reduce", function()
  local x = m.randn(5, 6)
  return x:sum(), x:mean(1), x:var(2), x:max(), x:cumsum(2), x:logsumexp(2),
    x:norm()
end)

result("linear algebra", function()
  local a = m.randn {4, 4, dtype = "f64"}
  local spd = a:matmul(a:t()) + m.eye(4, {dtype = "f64"})
  local u, s = m.svd(a)
  return m.inv(spd), m.solve(spd, a), m.cholesky(spd), s, u, m.det(spd)
end)

result("index", function()
  local x = m.arange(24):reshape(4, 6)
  return x[{2}], x[{{1, 3}, {2, 4}}], x["2:4, 3"], x[{m.index {4, 1}}],
    x[x:gt(10)]
end)

case("assign", function()
  local x = m.zeros(4, 5)
  return function()
    x[{{2, 3}, {1, 2}}] = m.tensor {{1, 2}, {3, 4}}
  end, function() return bits(x) end
end)

case("assign by mask", function()
  local x = m.arange(12):reshape(3, 4)
  return function() x[x:gt(5)] = -1 end, function() return bits(x) end
end)

case("in place", function()
  local x, y = m.ones(3, 4), m.full({4}, 2)
  return function() x:mul_(y) end, function() return bits(x) end,
    {partial = false, once = true}
end)

case("gradients", function()
  m.seed(5)
  local x = m.randn({3, 4}, {requires_grad = true})
  local w = m.randn({4, 2}, {requires_grad = true})
  return function()
    x.grad, w.grad = nil, nil
    m.softmax(x:matmul(w):tanh(), 2):log():sum():backward()
  end, function()
    return x.grad and w.grad and bits(x.grad, w.grad) or "none"
  end, {partial = true}
end)

case("second gradients", function()
  m.seed(5)
  local x = m.randn({3}, {dtype = "f64", requires_grad = true})
  local got = ""
  return function()
    got = ""
    local g = m.grad((x:sin() * x):sum(), {x}, {create_graph = true})[1]
    got = bits(m.grad((g * g):sum(), {x})[1])
  end, function() return got end
end)

case("functions in Lua", function()
  m.seed(5)
  local x = m.randn({3}, {requires_grad = true})
  local got = ""
  local double = m.autograd.Function {
    forward = function(ctx, a) ctx:save(a) return a * 2 end,
    backward = function(ctx, g) local a = ctx:saved() return g * 2 + a * 0 end}
  return function()
    got = ""
    got = bits(m.grad(double(x):exp():sum(), {x})[1])
  end, function() return got end
end)

case("checkpoint", function()
  m.seed(5)
  local x = m.randn({3, 4}, {requires_grad = true})
  local got = ""
  return function()
    m.seed(1)
    got = ""
    local y = m.checkpoint(function(a)
      return m.dropout(a:sin(), 0.5, true):exp()
    end, x)
    got = bits(m.grad(y:sum(), {x})[1])
  end, function() return got end
end)

case("hooks", function()
  m.seed(5)
  local x = m.randn({3}, {requires_grad = true})
  local got = ""
  return function()
    got = ""
    local y = x * 2
    y:register_hook(function(g) return g * 3 end)
    got = bits(m.grad(y:sum(), {x})[1])
  end, function() return got end
end)

case("anomaly", function()
  m.seed(5)
  local x = m.randn({3}, {requires_grad = true})
  local got = ""
  return function()
    got = ""
    local _ <close> = m.detect_anomaly()
    got = bits(m.grad(x:exp():sum(), {x})[1])
  end, function() return got end
end)

case("text", function()
  local x = m.arange(12):reshape(3, 4)
  local got = ""
  return function()
    got = ""
    got = tostring(x) .. #x:totable() .. #x:bytes()
  end, function() return got end
end)

case("wrong arguments", function()
  local got = ""
  return function()
    got = ""
    local list = {}
    for i, f in ipairs {function() return m.zeros(2, 3) + m.zeros(4) end,
      function() return m.randn(3):sum(5) end,
      function() return m.zeros {2, dtyp = "f32"} end} do
      local _, err = pcall(f)
      list[i] = tostring(err)
      if list[i]:find "memory" then error(list[i], 0) end
    end
    got = table.concat(list, "\n")
  end, function() return got end
end)
