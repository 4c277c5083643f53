-- ops_masks_spec.lua: elements that a mask chooses, against loops in Lua.

local m = require "mlrt"
local core = require "mlrt.core"

local F64 = {dtype = "f64"}

-- A list of n truths that looks random; `some` of 7 are true.
local function truths(n, some)
  local list = {}
  for i = 1, n do list[i] = (i * i * 5 + i) % 7 < some end
  return list
end

local function numbers(n)
  local list = {}
  for i = 1, n do list[i] = i * 3 % 101 + 1 end
  return list
end

local dtypes = {"f32", "f64", "i64", "i32", "u8"}

describe("nonzero", function()
  it("finds the places in lines around 256 elements", function()
    for _, n in ipairs {0, 1, 255, 256, 257, 511, 512, 513, 700} do
      for some = 0, 7, 3 do
        local list, want = truths(n, some), {}
        for i, v in ipairs(list) do if v then want[#want + 1] = {i} end end
        local at = m.tensor(list, {dtype = "bool"}):nonzero()
        eq({at.shape[1], at.shape[2], at.dtype}, {#want, 1, "index"})
        if #want > 0 then eq(at, want) end
      end
    end
  end)
  for _, dtype in ipairs {"f32", "f64", "i64", "i32", "u8", "bool"} do
    it("takes " .. dtype .. ", row after row", function()
      local list, want = truths(2 * 3 * 300, 2), {}
      local x = m.tensor(list, {dtype = "bool"}):to(dtype)
      for i, v in ipairs(list) do
        local k = i - 1
        if v then
          want[#want + 1] = {k // 900 + 1, k // 300 % 3 + 1, k % 300 + 1}
        end
      end
      eq(x:reshape(2, 3, 300):nonzero(), want)
    end)
  end
  it("of numbers, of nothing, of what lies apart, of nan", function()
    local at = m.tensor(5):nonzero()
    eq({at.shape[1], at.shape[2]}, {1, 0})
    eq(m.tensor(0):nonzero().shape[1], 0)
    at = m.zeros(2, 0, 3):nonzero()
    eq({at.shape[1], at.shape[2]}, {0, 3})
    eq(m.tensor({{1, 0}, {2, 3}}):t():nonzero(), {{1, 1}, {1, 2}, {2, 2}})
    eq(m.tensor {0 / 0, -0.0, 1e-45, 0}:nonzero(), {{1}, {3}})
  end)
end)

describe("masks that choose", function()
  it("give the parts where they are true", function()
    local x = m.arange(0, 24, F64):reshape(2, 3, 4)
    same(m.mask_rows(x, m.tensor {false, true}),
      {{{12, 13, 14, 15}, {16, 17, 18, 19}, {20, 21, 22, 23}}})
    same(m.mask_rows(x, m.tensor {{true, false, false}, {false, true, true}}),
      {{0, 1, 2, 3}, {16, 17, 18, 19}, {20, 21, 22, 23}})
    same(m.mask_rows(x, x:gt(21)), {22, 23})
    eq(m.mask_rows(x, x:gt(99)).shape[1], 0)
    local none = m.mask_rows(x, m.tensor {false, false})
    eq({none.ndim, none.shape[1], none.shape[2], none.shape[3]}, {3, 0, 3, 4})
  end)
  it("give elements in one dimension, and broadcast", function()
    local x = m.tensor {{1, 2, 3}, {4, 5, 6}}
    same(x:masked_select(m.tensor {true, false, true}), {1, 3, 4, 6})
    same(x:masked_select(m.tensor {{false}, {true}}), {4, 5, 6})
    same(m.tensor {1, 2}:masked_select(m.tensor {{true, true}, {false, true}}),
      {1, 2, 2})
    same(m.tensor(7.0):masked_select(m.tensor(true)), {7})
    eq(m.tensor(7.0):masked_select(m.tensor(false)).shape[1], 0)
  end)
end)

describe("masked_fill", function()
  for _, dtype in ipairs {"f32", "f64", "i64", "i32", "u8", "bool"} do
    it("writes " .. dtype .. ", apart and side by side", function()
      local n = 33
      local list, mask = numbers(2 * n), truths(2 * n, 3)
      local x = m.tensor(list):to(dtype)
      local b = m.tensor(mask, {dtype = "bool"})
      local old, new = x:totable(), 77
      if dtype == "bool" then new = false end
      local want = {}
      for i, v in ipairs(old) do
        if mask[i] then v = new end
        want[i] = type(v) == "number" and v + 0.0 or v
      end
      local value = dtype == "bool" and 0 or 77
      same(x:masked_fill(b, value), want)
      near(x, old, 0) -- as it was
      local wide = m.stack({x, x}, 2):select(2, 2)
      same(wide:masked_fill(b, value), want)
      wide:masked_fill_(b, value)
      same(wide, want)
    end)
  end
  it("broadcasts x and the mask", function()
    local b = m.tensor {{true}, {false}}
    same(m.tensor {1, 2, 3}:masked_fill(b, 9), {{9, 9, 9}, {1, 2, 3}})
    same(m.ones(2, 2):masked_fill(m.tensor(true), m.tensor(4.0)),
      {{4, 4}, {4, 4}})
    eq(m.zeros(0, 2):masked_fill(m.tensor {true, false}, 1).shape[1], 0)
  end)
  it("gives the gradient to x and to the value, each where it counts",
    function()
      local x = m.ones({2, 2}, F64):requires_grad_(true)
      local v = m.tensor(3.0, F64):requires_grad_(true)
      local w = m.tensor({{1, 2}, {3, 4}}, F64)
      local b = m.tensor {{true, false}, {true, true}}
      m.sum(m.masked_fill(x, b, v) * w):backward()
      same(x.grad, {{0, 2}, {0, 0}})
      same(v.grad, 1 + 3 + 4)
      v.grad = nil
      m.sum(m.masked_fill(w, b, v) * w):backward()
      same(v.grad, 8)
    end)
end)

describe("x[mask] = value", function()
  local mask = {{true, false, true}, {false, false, true}}
  for _, dtype in ipairs(dtypes) do
    it("writes " .. dtype .. " one after the other", function()
      local x = m.zeros({2, 3}, {dtype = dtype})
      core.masked_assign_(x, m.tensor(mask), m.tensor({5, 6, 7},
        {dtype = dtype}))
      same(x, {{5, 0, 6}, {0, 0, 7}})
      core.masked_assign_(x, m.tensor(mask), 9)
      same(x, {{9, 0, 9}, {0, 0, 9}})
      core.masked_assign_(x, m.tensor(mask), m.tensor({4}, {dtype = dtype}))
      same(x, {{4, 0, 4}, {0, 0, 4}})
      core.masked_assign_(x, m.tensor(mask), m.tensor(3, {dtype = dtype}))
      same(x, {{3, 0, 3}, {0, 0, 3}})
    end)
  end
  it("goes by the mask's dimensions, however x lies", function()
    local x = m.zeros({3, 2, 2}, F64):transpose(1, 2)
    local v = m.arange(1, 7, F64):reshape(3, 2)
    core.masked_assign_(x, m.tensor(mask), v)
    same(x, {{{1, 2}, {0, 0}, {3, 4}}, {{0, 0}, {0, 0}, {5, 6}}})
    core.masked_assign_(x, m.tensor(mask), m.tensor({8, 9}, F64))
    same(x, {{{8, 9}, {0, 0}, {8, 9}}, {{0, 0}, {0, 0}, {8, 9}}})
    local apart = m.tensor({4, 0, 0, 5}, F64)[{{1, 4, 3}}]
    core.masked_assign_(x, m.tensor(mask), apart)
    same(x, {{{4, 5}, {0, 0}, {4, 5}}, {{0, 0}, {0, 0}, {4, 5}}})
    core.masked_assign_(x, m.tensor(mask), m.tensor({{1}, {2}, {3}}, F64))
    same(x, {{{1, 1}, {0, 0}, {2, 2}}, {{0, 0}, {0, 0}, {3, 3}}})
    core.masked_assign_(x, m.tensor(mask), v:t():contiguous():t())
    same(x, {{{1, 2}, {0, 0}, {3, 4}}, {{0, 0}, {0, 0}, {5, 6}}})
    core.masked_assign_(x, m.tensor {true, false}, m.tensor({7}, F64))
    same(x, {{{7, 7}, {7, 7}, {7, 7}}, {{0, 0}, {0, 0}, {5, 6}}})
    local none = m.tensor {false, false}
    core.masked_assign_(x, none, m.zeros({0, 3, 2}, F64))
    same(x, {{{7, 7}, {7, 7}, {7, 7}}, {{0, 0}, {0, 0}, {5, 6}}})
  end)
  it("has gradients for both, and for either alone", function()
    local b = m.tensor {true, false, true}
    local w = m.arange(1, 7, F64):reshape(3, 2)
    local function gradients(of_x, of_v)
      local x = m.ones({3, 2}, F64):requires_grad_(of_x)
      local v = m.ones({2, 2}, F64):requires_grad_(of_v)
      m.sum(core.masked_assign_(x:clone(), b, v) * w):backward()
      if of_x then same(x.grad, {{0, 0}, {3, 4}, {0, 0}}) end
      if of_v then same(v.grad, {{1, 2}, {5, 6}}) end
      eq({x.grad ~= nil, v.grad ~= nil}, {of_x, of_v})
    end
    gradients(true, true)
    gradients(true, false)
    gradients(false, true)
  end)
end)
