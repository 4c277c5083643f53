-- edges_spec.lua: what mutants showed that no other test looks at.

local m = require "mlrt"

describe("edges", function()
  it("of what counts as rank", function()
    local function rank(small, dtype)
      return m.matrix_rank(m.tensor({{1, 0}, {0, small}}, {dtype = dtype}))
        :item()
    end
    eq(rank(2e-7, "f32"), 1) -- eps times the longer side is 2.4e-7
    eq(rank(3e-7, "f32"), 2)
    eq(rank(4e-16, "f64"), 1) -- 4.4e-16
    eq(rank(5e-16, "f64"), 2)
  end)
  it("of least squares: nothing that is not finite", function()
    local a, b = m.tensor {{1, 0}, {1, 2}, {3, 4}}, m.ones(3, 1)
    for _, bad in ipairs {0 / 0, 1 / 0} do
      local c = a:clone()
      c[{2, 1}] = bad
      raises("argument 'a' holds nan or inf", m.lstsq, c, b)
      c = b:clone()
      c[{3, 1}] = bad
      raises("argument 'b' holds nan or inf", m.lstsq, a, c)
    end
  end)
end)
