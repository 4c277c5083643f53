-- equal_spec.lua: whether two tensors are the same, or nearly, as a boolean.

local m = require "mlrt"

local NAN <const> = 0 / 0

describe("equal", function()
  it("wants one shape and the same values", function()
    local x = m.tensor {1, 2, 3}
    eq(m.equal(x, m.tensor {1, 2, 3}), true)
    eq(x:equal(m.tensor {1, 2, 4}), false)
    eq(x:equal(m.tensor {{1, 2, 3}}), false)
    eq(x:equal(x[{{1, 2}}]), false)
    eq(m.tensor {NAN}:equal(m.tensor {NAN}), false)
    eq(m.zeros(0):equal(m.zeros(0)), true)
    eq(m.index {1}:equal(m.index {1}), true)
  end)

  it("refuses what cannot be compared", function()
    local x = m.tensor {1, 2, 3}
    raises("argument 'y': tensor expected, got 1", m.equal, x, 1)
    raises("f32 and index do not mix", m.equal, x, m.index {1, 2, 3})
  end)
end)

describe("allclose", function()
  it("allows a difference", function()
    local x = m.tensor {1, 2, 3}
    eq(x:allclose(x + 1e-6), true)
    eq(x:allclose(x + 1e-3), false)
    eq(x:allclose(x + 1e-3, {atol = 1e-2}), true)
    eq(x:allclose(x * 1.01, {rtol = 0.02}), true)
    eq(m.allclose(x, m.ones(1), {atol = 2}), true)
  end)

  it("of nan only if asked, of infinities if they are the same", function()
    local x = m.tensor {NAN, 1 / 0, -1 / 0}
    eq(x:allclose(x), false)
    eq(x:allclose(x, {equal_nan = true}), true)
    eq(m.tensor {1 / 0}:allclose(m.tensor {-1 / 0}), false)
    eq(m.tensor {1 / 0}:allclose(m.tensor {1}), false)
  end)

  it("says what is wrong", function()
    local x = m.ones(3)
    raises("argument 'y': tensor expected", m.allclose, x, 1)
    raises("'rtol': number expected", m.allclose, x, x, {rtol = "a"})
    raises("unknown option 'tol'", m.allclose, x, x, {tol = 1})
    raises("must not be negative", m.allclose, x, x, {atol = -1})
    raises("do not broadcast", m.allclose, x, m.ones(2))
  end)
end)

describe("assign", function()
  it("copies all tensors, converting them", function()
    local a, b = m.zeros(2, 2), m.zeros({3}, {dtype = "f64"})
    m.assign({a, b}, {m.tensor {{1, 2}, {3, 4}}:t(), m.arange(3)})
    eq(a, {{1.0, 3.0}, {2.0, 4.0}})
    near(b, m.arange(3):to "f64")
    m.assign(a, m.ones(2, 2))
    eq(a, {{1.0, 1.0}, {1.0, 1.0}})
  end)

  it("copies none when one does not fit", function()
    local a, b = m.zeros(2), m.zeros(3)
    raises("assign: f32 (2) into f32 (3)", m.assign, {a, b},
      {m.ones(2), m.ones(2)})
    eq(a, {0.0, 0.0})
    raises("assign: index (2) into f32 (2)", m.assign, a, m.index {1, 2})
    raises("assign: 1 tensors into 2", m.assign, {a, b}, {a})
    b.requires_grad = true
    raises("do it under no_grad", m.assign, {a, b}, {m.ones(2), m.ones(3)})
    eq(a, {0.0, 0.0})
    raises("argument 'from'", m.assign, {a}, 1)
  end)
end)
