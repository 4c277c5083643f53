-- create_spec.lua: how makers read their arguments, and what they make.

local m = require "mlrt"

local function all(t) return t:reshape(-1):totable() end

describe("makers", function()
  it("takes lists that were filled backwards", function()
    local list = {}
    for part = 0, 9 do
      for i = 17, 1, -1 do list[part * 17 + i] = 1.5 end
      eq(m.tensor(list):sum():item(), 1.5 * #list)
    end
    raises("did you mean 'dtype'", m.tensor, {1, 2, dtpe = "f64"})
  end)

  it("take sizes in every form", function()
    for _, t in ipairs {m.zeros(2, 3), m.zeros {2, 3}, m.zeros({2, 3}),
      m.zeros {shape = {2, 3}}, m.zeros({2, 3}, {dtype = "f32"})} do
      eq({table.unpack(t.shape)}, {2, 3})
      eq(t.dtype, "f32")
    end
    eq(m.zeros {2, 3, dtype = "f64"}.dtype, "f64")
    eq(m.zeros({}).ndim, 0)
    eq(all(m.full(2, 2, 7)), {7.0, 7.0, 7.0, 7.0})
    raises("zeros: unknown option 'dtpe'; did you mean 'dtype'", m.zeros, 2,
      {dtpe = "f32"})
  end)

  it("leave out the optional arguments that come first", function()
    eq(all(m.arange(3)), {0, 1, 2})
    eq(all(m.arange(2, 5)), {2, 3, 4})
    eq(all(m.arange {start = 1, stop = 3}), {1, 2})
    near(m.arange(0, 1, 0.25), {0, 0.25, 0.5, 0.75}, 0)
    eq({table.unpack(m.randint(10, {3}).shape)}, {3})
    eq({table.unpack(m.randint(10, {shape = {3}}).shape)}, {3})
    eq({table.unpack(m.randint(0, 10, {shape = {3}}).shape)}, {3})
    eq({table.unpack(m.randint(0, 10, 2, 2).shape)}, {2, 2})
    eq(all(m.randint(7, 8, {2})), {7, 7})
    raises("arange: argument 'stop': a value expected, got none", m.arange)
    raises("randint: argument 'shape'", m.randint, 10)
  end)

  it("infer i64 from integers", function()
    eq(m.arange(5).dtype, "i64")
    eq(m.arange(5.0).dtype, "f32")
    eq(m.arange(0, 2, 0.5).dtype, "f32")
    eq(m.arange(5, {dtype = "f64"}).dtype, "f64")
    eq(m.range(1, 4, 2):totable(), {1, 3})
    eq(m.full({2}, (1 << 62) + 1, {dtype = "i64"}):totable(),
      {(1 << 62) + 1, (1 << 62) + 1})
  end)

  it("take positions when they make an index", function()
    eq(m.range(1, 3, {dtype = "index"}):totable(), {1, 2, 3})
    eq(m.arange(1, 6, 2, {dtype = "index"}):totable(), {1, 3, 5})
    eq(m.full({2}, 2, {dtype = "index"}):totable(), {2, 2})
    eq(m.full_like(m.index {1, 2}, 3):totable(), {3, 3})
    local drawn = m.randint(1, 3, {200}, {dtype = "index"})
    local seen = {0, 0}
    for _, v in ipairs(drawn:totable()) do seen[v] = seen[v] + 1 end
    assert(seen[1] > 50 and seen[2] > 50)
  end)

  it("make leaves", function()
    assert(m.randn(3, {requires_grad = true}).requires_grad)
    assert(m.zeros_like(m.ones(2), {requires_grad = true}).requires_grad)
    assert(m.linspace(0, 1, 3, {requires_grad = true}).requires_grad)
    raises("unknown option 'requires_grad'", m.cat, {m.ones(2)},
      {requires_grad = true})
  end)

  it("are functions, not methods", function()
    local x = m.ones(1)
    for _, name in ipairs {"arange", "full", "rand", "cat"} do
      raises("a tensor has no '" .. name, function() return x[name] end)
    end
    assert(x.rand_like and x.uniform_)
  end)
end)

describe("random numbers", function()
  it("repeat after a seed, whatever the threads", function()
    local threads = m.threads()
    m.seed(3)
    local a = m.randn(50000)
    m.threads(threads == 1 and 2 or 1)
    m.seed(3)
    local b = m.randn(50000)
    m.threads(threads)
    eq(a:totable(), b:totable())
  end)

  it("of a longer tensor begin as those of a shorter one", function()
    local a = m.rand(10, {generator = m.generator(4)}):totable()
    local b = m.rand(1000, {generator = m.generator(4)}):totable()
    for i, v in ipairs(a) do eq(b[i], v) end
  end)

  it("leave dropout alone outside training", function()
    local x = m.ones(4)
    eq(m.dropout(x, {training = false}):totable(), {1.0, 1.0, 1.0, 1.0})
    eq(m.dropout(x, 0):totable(), {1.0, 1.0, 1.0, 1.0})
    eq(m.dropout(x, 1):totable(), {0.0, 0.0, 0.0, 0.0})
  end)
end)
