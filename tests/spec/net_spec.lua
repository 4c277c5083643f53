-- net_spec.lua: operations against PyTorch's values and gradients
-- (tests/golden/net.py), and what samples of norms and losses cannot say.

local m = require "mlrt"
local json = require "mlrt.json"

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"

local function golden()
  local f = assert(io.open(here .. "/../golden/net.json"))
  local text = f:read "a"
  f:close()
  return json.decode(text)
end

-- ---- Operands, as in net.py -----------------------------------------------

local function operand(kind, seed, shape, n)
  local count = 1
  for _, size in ipairs(shape) do count = count * size end
  local i = m.arange(0, count)
  if n then
    local v = (i * 5 + seed) % n
    v = kind == "int" and v - n // 2 or v:index {base = 0}
    return v:reshape(shape)
  end
  i = i:to "f64"
  local s = ((kind == "q" and i * i or i) * 1.3 + seed):sin()
  local v = (kind == "r" or kind == "q") and s * 2
    or kind == "p" and s / 2 + 1.25 or kind == "u" and (s + 1) / 2 or s:sign()
  return v:reshape(shape)
end

local function value_of(v, leaves, leaf)
  if type(v) ~= "table" or type(v[1]) ~= "string" then return v end
  local t = operand(table.unpack(v))
  if t.dtype == "f64" and leaf and v[1] ~= "s" then
    t.requires_grad = true
    leaves[#leaves + 1] = t
  end
  return t
end

local from_1 -- of a dimension, or of a list
function from_1(d)
  if type(d) ~= "table" then return d >= 0 and d + 1 or d end
  local list = {}
  for i, v in ipairs(d) do list[i] = from_1(v) end
  return list
end

-- Dimensions in the file count from 0.  Leaves come in the order of names.
local function options_of(case, leaves)
  local options, names = {}, {}
  for key in pairs(case.options) do names[#names + 1] = key end
  table.sort(names)
  for _, key in ipairs(names) do
    local v = case.options[key]
    if key == "dim" or key == "dims" then v = from_1(v) end
    options[key] = value_of(v, leaves, case.name:match "_norm$")
  end
  return options
end

local function check(t, want, what)
  if t.dtype == "index" then t = t:to "i64" - 1 end
  assert(#t.shape == #want.shape, what)
  for d, size in ipairs(want.shape) do eq(t.shape[d], size) end
  near(t:detach():reshape(-1):totable(), want.values, 1e-10)
end

local function run(case)
  local leaves, args = {}, {}
  for i, v in ipairs(case.operands) do args[i] = value_of(v, leaves, true) end
  args[#args + 1] = options_of(case, leaves)
  local outs = {m[case.name](table.unpack(args))}
  for i, want in ipairs(case.outs) do
    check(outs[i], want, ("output %d has another shape"):format(i))
  end
  if not case.grads then return end
  local w = operand("r", 10, outs[1].shape)
  ;(outs[1] * w):sum():backward()
  for i, want in ipairs(case.grads) do
    near(leaves[i].grad:reshape(-1):totable(), want, 1e-9)
  end
end

describe("net", function()
  for i, case in ipairs(golden().cases) do
    it(("%s is PyTorch's, case %d"):format(case.name, i), function()
      run(case)
    end)
  end
end)

describe("net edges", function()
  it("losses count nothing as nan, or as 0", function()
    local x = m.zeros(0, 3)
    local mean = m.mse_loss(x, x):item()
    eq(mean ~= mean, true)
    eq(m.l1_loss(x, x, "sum"):item(), 0.0)
    local skipped = m.cross_entropy(m.zeros(2, 3),
      m.tensor({-1, -1}, {dtype = "i64"}):index {base = 0, none = -1}):item()
    eq(skipped ~= skipped, true)
  end)
  it("binary cross entropy stays finite at 0 and 1", function()
    local x = m.tensor {0, 1, 0, 1}
    local t = m.tensor {1, 0, 0, 1}
    x.requires_grad = true
    local y = m.binary_cross_entropy(x, t, {reduction = "none"})
    near(y:detach(), {100, 100, 0, 0}, 0)
    y:sum():backward()
    near(x.grad / 1e12, {-1, 1, 0, 0})
    near(m.binary_cross_entropy_with_logits(m.tensor {1000, -1000},
      m.tensor {0, 1}, {reduction = "none"}), {1000, 1000})
  end)
  it("a norm of huge elements, or of one outlier, is exact", function()
    local x = m.full({64}, 1e4, {dtype = "f32"})
    x[1] = 1e4 + 1
    local want = m.layer_norm(x:to "f64", {64})
    near(m.layer_norm(x, {64}), want:to "f32", 1e-3)
    local y = m.arange(0, 64):to "f32"
    y[1] = -1e6
    near(m.layer_norm(y, {64}, {eps = 0}),
      m.layer_norm(y:to "f64", {64}, {eps = 0}):to "f32", 1e-5)
  end)
  it("instance norm moves its running statistics", function()
    local mean, var = m.zeros(2), m.ones(2)
    local x = m.randn(3, 2, 5)
    m.instance_norm(x, mean, var, {momentum = 0.5})
    near(mean, x:mean {1, 3} * 0.5)
    near(var, x:var(3):mean(1) * 0.5 + 0.5)
    local y = m.instance_norm(x, mean, var, {use_input_stats = false})
    near(y, m.batch_norm(x, mean, var))
  end)
  it("pooling says where, and unpooling puts it back there", function()
    local x = m.tensor {{{1, 5, 2, 0}, {3, 4, 9, 1}, {0, 1, 1, 7}}}
    local y, at = m.max_pool2d(x, {3, 2}, {return_indices = true})
    eq(y:totable(), m.tensor({{{5, 9}}}):totable())
    eq(at.dtype, "index")
    eq(at:totable(), {{{2, 7}}})
    eq(select("#", m.max_pool2d(x, 2)), 1)
    local pool = m.nn.MaxPool2d(2, {stride = 1, return_indices = true})
    local back = m.nn.MaxUnpool2d(2, 1)
    local z, where = pool(x)
    eq(back(z, where):totable(),
      m.tensor({{{0, 5, 0, 0}, {0, 4, 9, 0}, {0, 0, 0, 0}}}):totable())
    z, where = m.nn.MaxPool1d(2, {return_indices = true})(x[1][1]:reshape(1, 4))
    eq(m.nn.MaxUnpool1d(2)(z, where, 5):totable(),
      m.tensor({{0, 5, 2, 0, 0}}):totable())
  end)

  it("an embedding keeps the rows it looks up within max_norm", function()
    local w = m.tensor({{3, 4}, {0.3, 0.4}, {-6, 8}, {5, 12}},
      {requires_grad = true})
    local y = m.embedding(w, m.index {1, 2, 1, 3}, {max_norm = 1})
    -- PyTorch's F.embedding(..., max_norm=1)
    eq(y:allclose(m.tensor {{0.6, 0.8}, {0.3, 0.4}, {0.6, 0.8}, {-0.6, 0.8}},
      {atol = 1e-6}), true)
    eq(w[1]:allclose(m.tensor {0.6, 0.8}, {atol = 1e-6}), true)
    eq(w[4]:totable(), m.tensor({5, 12}):totable())
    y:sum():backward()
    eq(w.grad:totable(), m.tensor({{2, 2}, {1, 1}, {1, 1}, {0, 0}}):totable())
    local layer = m.nn.Embedding.from_pretrained(m.tensor {{1, -3}, {9, 9}},
      {max_norm = 2, norm_type = 1})
    eq(tostring(layer), "Embedding(2, 2, max_norm=2, norm_type=1)")
    eq(layer(m.index {1}):allclose(m.tensor {{0.5, -1.5}}, {atol = 1e-6}), true)
    eq(layer.weight[2]:totable(), m.tensor({9, 9}):totable())
    layer = m.nn.Embedding.from_pretrained(m.tensor {{1, -4}},
      {max_norm = 2, norm_type = math.huge})
    eq(layer(m.index {1}):allclose(m.tensor {{0.5, -2}}, {atol = 1e-6}), true)
  end)

  it("least squares says what is left", function()
    local a, b = m.tensor {{1, 0}, {1, 1}, {1, 2}}, m.tensor {1, 2, 2}
    local _, rank, rest, values = m.lstsq(a, b)
    eq({rank:item(), #values.shape, values:numel()}, {2, 1, 2})
    eq(math.abs(rest:item() - 1 / 6) < 1e-6, true)
    _, _, rest = m.lstsq(m.ones(3, 2), b)
    eq(rest:numel(), 0)
  end)

  it("the third derivative of det is refused at a singular matrix", function()
    local x = m.tensor({{1, 2}, {2, 4}}, {dtype = "f64", requires_grad = true})
    local y = m.det(x)
    for _ = 1, 2 do
      y = m.autograd.grad(y, x, {create_graph = true}):square():sum()
    end
    local ok, text = pcall(m.autograd.grad, y, x)
    eq(ok, false)
    eq(tostring(text):find("third derivative", 1, true) ~= nil, true)
  end)

  it("nan is the largest and equals itself", function()
    local nan = 0 / 0
    local x = m.tensor {2, nan, 1, nan, 2}
    local values, inverse, counts = x:unique {return_inverse = true,
      return_counts = true}
    eq(values:numel(), 3)
    eq(inverse:to "i64", {2, 3, 1, 3, 2})
    eq(counts, {1, 2, 2})
    eq(m.isin(x, m.tensor {nan}):to "u8", {0, 1, 0, 1, 0})
    local best, at = x:median(1)
    eq(best:item() ~= best:item(), true)
    eq(at:item(), 2)
    eq(x:kthvalue(3):item(), 2.0)
    eq(x:nansum():item(), 5.0)
    near(x:nanmean():item(), 5 / 3)
    local top = x:cummax(1)
    eq(top[5] ~= top[5], true)
    eq(x:quantile(0.5):item() ~= x:quantile(0.5):item(), true)
  end)
  it("positions count from 1", function()
    local list = m.tensor {1, 3, 5}
    eq(m.searchsorted(list, m.tensor {0, 3, 9}):to "i64", {1, 2, 4})
    eq(m.searchsorted(list, 3, true):item(), 3)
    eq(m.bucketize(4, list):item(), 3)
    eq(m.index {1, 3, 3}:bincount(), {1, 0, 2})
    raises("none", m.bincount, m.tensor({-1}, {dtype = "i64"})
      :index {base = 0, none = -1})
  end)
  it("running logarithms reach both infinities", function()
    local x = m.tensor {-math.huge, 0, math.huge, 1}
    near(x:logcumsumexp(1), {-math.huge, 0, math.huge, math.huge})
    local z = m.tensor {-math.huge, -math.huge, 0}
    z.requires_grad = true
    z:logcumsumexp(1):select(1, 3):backward()
    near(z.grad, {0, 0, 1})
  end)
end)
