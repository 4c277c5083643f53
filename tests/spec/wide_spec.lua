-- wide_spec.lua: what operations on many elements take shortcuts for, against
-- the plain definition of each.

local m = require "mlrt"

local NAN = 0 / 0

-- The running best of a list, and where: the last of equal ones, nan first.
local function running(list, better)
  local values, places, best = {}, {}, 1
  for i, v in ipairs(list) do
    if v ~= v or better(v, list[best]) then best = i end
    values[i], places[i] = list[best], best
  end
  return values, places
end

local function at_most(a, b) return a <= b end
local function at_least(a, b) return a >= b end

local function same(t, list)
  for i, v in ipairs(t:totable()) do
    local want = list[i]
    assert(v == want or v ~= v and want ~= want,
      ("%d: %s, not %s"):format(i, v, want))
  end
end

describe("cummax and cummin", function()
  local list = {3, 1, 3, -2, 5, 5, 4, NAN, 7, NAN, -9}

  for _, dtype in ipairs {"f32", "f64", "i64", "i32"} do
    it("of " .. dtype .. ", along lines and columns", function()
      local float = dtype:sub(1, 1) == "f"
      local some = float and list or {3, 1, 3, -2, 5, 5, 4, -7, 5, 2}
      local x = m.tensor(some, {dtype = dtype})
      for name, better in pairs {cummax = at_least, cummin = at_most} do
        local values, places = running(some, better)
        local y, at = x[name](x, 1)
        same(y, values)
        same(at, places)
        local pair = m.stack({x, x}, 2)
        y, at = pair[name](pair, 1)
        same(y:select(2, 2):contiguous(), values)
        same(at:select(2, 1):contiguous(), places)
      end
    end)
  end

  it("of truths", function()
    local y, at = m.tensor({true, false, true, false}):cummin(1)
    same(y, {true, false, false, false})
    same(at, {1, 2, 2, 4})
  end)
end)

describe("topk of few", function()
  it("is the beginning of a sorted line, with equal ones in order", function()
    local x = m.randint(0, 9, {7, 100}):to "f32"
    x[2][5] = NAN
    for _, k in ipairs {1, 2, 16, 17} do
      for _, largest in ipairs {true, false} do
        local v, at = x:topk(k, 2, largest)
        local w, to = x:sort(2, largest)
        same(at:flatten(), to:narrow(2, 1, k):contiguous():flatten():totable())
        same(v:flatten(), w:narrow(2, 1, k):contiguous():flatten():totable())
      end
    end
  end)
end)

describe("copies", function()
  for _, dtype in ipairs {"u8", "f32", "f64"} do
    it("of a turned " .. dtype, function()
      for _, n in ipairs {3, 16, 17, 64, 100} do
        local w = n + 13
        local x = m.arange(0, n * w):fmod(251):to(dtype):reshape {n, w}
        local list, turned = x:totable(), x:t():contiguous():totable()
        local back = x:flip(2):totable()
        for i = 1, n do
          for j = 1, w do
            assert(turned[j][i] == list[i][j])
            assert(back[i][w + 1 - j] == list[i][j])
          end
        end
      end
    end)
  end
end)

describe("max_pool1d of pairs", function()
  it("is the larger of each, nan included, and its gradient", function()
    for _, n in ipairs {2, 3, 31, 32, 33, 70} do
      local x = m.randn(2, 3, n)
      x[2][3][2] = NAN
      x.requires_grad = true
      local y = m.max_pool1d(x, 2)
      local even = x:detach():narrow(3, 1, n // 2 * 2)
      local want, at = even:reshape({2, 3, n // 2, 2}):max(4)
      same(y:detach():flatten(), want:flatten():totable())
      y:backward(m.ones(2, 3, n // 2))
      local from = m.one_hot(at, 2):to "f32":reshape {2, 3, n // 2 * 2}
      same(x.grad:narrow(3, 1, n // 2 * 2):contiguous():flatten(),
        from:flatten():totable())
    end
  end)
end)

describe("clamp between numbers", function()
  it("is what it is between tensors", function()
    local x = m.tensor {-2, -0.5, 0.5, 2, NAN, 1 / 0, -1 / 0}
    for _, bound in ipairs {{-1, 1}, {1, -1}, {-0.25, 0.5}, {NAN, 1},
      {-1, NAN}, {-1 / 0, 1 / 0}} do
      local lo, hi = bound[1], bound[2]
      local want = x:clamp(m.full({7}, lo), m.full({7}, hi)):totable()
      same(x:clamp(lo, hi), want)
      same(x:clone():clamp_(lo, hi), want)
    end
  end)
end)

describe("positions", function()
  it("are checked to the last", function()
    local x, at = m.randn(1, 5), m.ones(1, 4000):to "i64":index {base = 1}
    eq(x:gather(2, at).shape, {1, 4000})
    local odd = m.ones(1, 4000):to "i64"
    odd[1][4000] = 6
    raises("index 6 is out of range 1..5",
      function() return x:gather(2, odd:index {base = 1}) end)
  end)
end)

describe("nansum", function()
  it("leaves nan out, of values and of the gradient", function()
    local x = m.randn(40, 70)
    local y = x:clone()
    x[3][5], x[40][70], y[3][5], y[40][70] = NAN, NAN, 0, 0
    x.requires_grad = true
    same(x:detach():nansum(2), y:sum(2):totable())
    same(x:detach():nansum(1), y:sum(1):totable())
    x:nansum():backward()
    eq(x.grad[3][5], 0.0)
    eq(x.grad[3][6], 1.0)
    eq(x.grad:sum():item(), 2798.0)
  end)
end)
