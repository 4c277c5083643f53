-- ops_moves_spec.lua: elements in other places -- borders, shifts, turns,
-- copies, windows, masks -- against a list of where each comes from.

local m = require "mlrt"
local core = require "mlrt.core"

local F64 = {dtype = "f64"}

local function product(sizes)
  local n = 1
  for _, s in ipairs(sizes) do n = n * s end
  return n
end

-- Calls f(index) with every index into that shape, in C order, from 0.
local function each_index(sizes, f)
  for i = 0, product(sizes) - 1 do
    local index, rest = {}, i
    for d = #sizes, 1, -1 do
      index[d], rest = rest % sizes[d], rest // sizes[d]
    end
    f(index)
  end
end

-- The place of an index in a tensor of that shape, from 1; 0 outside.
local function place(index, sizes)
  local at = 0
  for d = 1, #sizes do
    if not index[d] or index[d] < 0 or index[d] >= sizes[d] then return 0 end
    at = at * sizes[d] + index[d]
  end
  return at + 1
end

-- Checks f on a tensor of shape `sizes`: the result has shape `out`, and each
-- element comes from the index from(index), or is `fill`.  The gradient goes
-- the same way back.
local function check(f, sizes, out, from, fill)
  local n = product(sizes)
  local values, places, w = {}, {}, {}
  for i = 1, n do values[i] = i * 10 + 1.0 end
  each_index(out, function(index)
    places[#places + 1] = place(from(index), sizes)
    w[#w + 1] = #w + 1.0
  end)
  for _, turned in ipairs {false, true} do
    local x = m.tensor(values, F64):reshape(sizes)
    if turned and #sizes > 1 then
      x = x:transpose(1, -1):contiguous():transpose(1, -1)
    end
    x:requires_grad_(true)
    local y = f(x)
    eq(shape_of(y), out)
    local want, gradient = {}, {}
    for i = 1, n do gradient[i] = 0 end
    for i, p in ipairs(places) do
      want[i] = p > 0 and values[p] or fill
      if p > 0 then gradient[p] = gradient[p] + w[i] end
    end
    same(y:detach():reshape(-1), want)
    if #w > 0 then
      m.sum(y * m.tensor(w, F64):reshape(out)):backward()
      same(x.grad:reshape(-1), gradient)
    end
  end
end

-- ---- pad ------------------------------------------------------------------

-- Where position i of a line comes from, with `before` positions in front of
-- those of a line of n of which `cut_left` and `cut_right` are taken away.
local modes = {
  constant = function(i, first, last)
    return i >= first and i <= last and i or -1
  end,
  reflect = function(i, first, last)
    if i < first then return 2 * first - i end
    return i > last and 2 * last - i or i
  end,
  replicate = function(i, first, last)
    return math.max(first, math.min(last, i))
  end,
  circular = function(i, first, last)
    return first + (i - first) % (last - first + 1)
  end,
}

-- Pads the last dimensions of a tensor; `pad` begins with the last one's.
local function check_pad(sizes, pad, mode, value)
  local out = {table.unpack(sizes)}
  for k = 1, #pad, 2 do
    local d = #sizes - k // 2
    out[d] = out[d] + pad[k] + pad[k + 1]
  end
  check(function(x) return m.pad(x, pad, mode, value) end, sizes, out,
    function(index)
      local from = {table.unpack(index)}
      for k = 1, #pad, 2 do
        local d = #sizes - k // 2
        local first = math.max(0, -pad[k])
        local last = sizes[d] - 1 - math.max(0, -pad[k + 1])
        from[d] = modes[mode](index[d] - pad[k], first, last)
      end
      return from
    end, value)
end

describe("pad", function()
  for mode in pairs(modes) do
    it("puts " .. mode .. " borders around", function()
      for before = -3, 3 do
        for after = -3, 3 do
          local left = 4 + math.min(before, 0) + math.min(after, 0)
          local most = math.max(before, after)
          local fits = left >= 0 and (most <= 0 or mode == "constant"
            or mode == "replicate" and left > 0
            or mode == "reflect" and most < left
            or mode == "circular" and most <= left)
          if fits then
            check_pad({4}, {before, after}, mode, 7)
            check_pad({2, 4}, {before, after}, mode, 0)
            check_pad({4, 3}, {1, 2, before, after}, mode, -2)
          else
            raises("positions more in dim 2 of x (3, 4)", m.pad, m.zeros(3, 4),
              {before, after}, mode)
          end
        end
      end
      check_pad({2, 3, 2}, {0, 1, 2, 0, 1, 1}, mode, 5)
    end)
  end
  it("takes any element type", function()
    for _, dtype in ipairs {"f32", "i64", "i32", "u8"} do
      same(m.tensor({1, 2}, {dtype = dtype}):pad({1, 2}, "constant", 9),
        {9, 1, 2, 9, 9})
    end
    eq(m.tensor({true, false}):pad({1, 1}, "constant", 1),
      {true, true, false, true})
    eq(m.index({2, 1}):pad {1, 1}, {false, 2, 1, false}) -- none
    eq(m.isnan(m.tensor({1.0}):pad({0, 1}, "constant", 0 / 0)),
      {false, true})
  end)
  it("gives a whole dimension away, or all to the border", function()
    eq(shape_of(m.zeros(3, 2):pad {-1, -1}), {3, 0})
    same(m.zeros(3):pad({-3, 2}, "constant", 4), {4, 4})
    same(m.zeros(3):pad({2, -3}, "constant", 4), {4, 4})
    same(m.zeros(0):pad({1, 2}, "constant", 4), {4, 4, 4})
    eq(shape_of(m.zeros(0, 2):pad({1, 1}, "replicate")), {0, 4})
    eq(shape_of(m.zeros(2, 0):pad({0, 0}, "replicate")), {2, 0})
    same(m.zeros(2, 0):pad({1, 1}, "constant", 3), {{3, 3}, {3, 3}})
  end)
end)

-- ---- flip, roll, rot90 ----------------------------------------------------

describe("flip, roll and rot90", function()
  it("reverse the dimensions that are named, and no others", function()
    for _, dims in ipairs {{1}, {2}, {3}, {1, 3}, {-1, -2}, {1, 2, 3}, {}} do
      check(function(x) return m.flip(x, dims) end, {2, 3, 4}, {2, 3, 4},
        function(index)
          local from, sizes = {table.unpack(index)}, {2, 3, 4}
          for _, d in ipairs(dims) do
            d = d < 0 and d + 4 or d
            from[d] = sizes[d] - 1 - from[d]
          end
          return from
        end)
    end
  end)
  it("move positions on, and what leaves comes in again", function()
    for shift = -7, 7 do
      check(function(x) return m.roll(x, shift, 2) end, {2, 3}, {2, 3},
        function(i) return {i[1], (i[2] - shift) % 3} end)
      check(function(x) return m.roll(x, {shift, -2 * shift}, {-1, 1}) end,
        {2, 5, 3}, {2, 5, 3},
        function(i) return {(i[1] + 2 * shift) % 2, i[2], (i[3] - shift) % 3}
        end)
      check(function(x) return m.roll(x, shift) end, {2, 3}, {2, 3},
        function(i)
          local at = (i[1] * 3 + i[2] - shift) % 6
          return {at // 3, at % 3}
        end)
    end
    eq(shape_of(m.roll(m.zeros(0, 3), 1)), {0, 3})
    eq(shape_of(m.roll(m.zeros(3, 0), {1, 1}, {1, 2})), {3, 0})
    same(m.roll(m.tensor(5.0), 3), 5)
    same(m.roll(m.tensor(5.0), 3, 1), 5)
  end)
  it("turn a plane by quarters", function()
    local turns = {
      [0] = function(i, j) return i, j end,
      function(i, j) return j, 3 - i end, -- of 3 rows and 4 columns
      function(i, j) return 2 - i, 3 - j end,
      function(i, j) return 2 - j, i end,
    }
    for k = -5, 6 do
      local out = k % 2 == 0 and {3, 4} or {4, 3}
      check(function(x) return m.rot90(x, k) end, {3, 4}, out,
        function(i) return {turns[k % 4](i[1], i[2])} end)
    end
    -- In the plane of the last two the other way round: backwards.
    same(m.rot90(m.arange(0, 12):reshape(3, 4), 1, {2, 1}),
      m.rot90(m.arange(0, 12):reshape(3, 4), -1))
    check(function(x) return m.rot90(x, 1, {2, 3}) end, {2, 3, 4}, {2, 4, 3},
      function(i) return {i[1], i[3], 3 - i[2]} end)
    local x = m.ones(2, 2)
    m.rot90(x, 4):fill_(5)
    same(x, {{1, 1}, {1, 1}}) -- a copy
  end)
end)

-- ---- tile, unfold ---------------------------------------------------------

describe("tile", function()
  it("sets blocks side by side", function()
    for _, case in ipairs {
      {{3}, {4}}, {{3}, {2, 2}}, {{2, 3}, {3}}, {{2, 3}, {2, 3}},
      {{2, 3}, {1, 7}}, {{2, 1, 3}, {2, 5, 1}}, {{2}, {3, 1, 2}}, {{2, 3}, {}},
      {{2, 2}, {0, 3}}, {{2, 2}, {1, 1, 1, 1, 1, 1, 2, 1}}} do
      local sizes, times = case[1], case[2]
      local n = math.max(#sizes, #times)
      local out = {}
      for d = 1, n do
        out[d] = (sizes[d - n + #sizes] or 1) * (times[d - n + #times] or 1)
      end
      check(function(x) return m.tile(x, times) end, sizes, out,
        function(index)
          local from = {}
          for d = 1, #sizes do from[d] = index[d + n - #sizes] % sizes[d] end
          return from
        end)
    end
    eq(shape_of(m.tile(m.zeros(0, 3), {2, 2})), {0, 6})
    same(m.tile(m.tensor(2.0), {2, 2}), {{2, 2}, {2, 2}})
  end)
end)

describe("unfold", function()
  it("sees windows every few positions", function()
    for size = 0, 7 do
      for step = 1, 8 do
        local n = (7 - size) // step + 1
        check(function(x) return m.unfold(x, 2, size, step) end, {2, 7, 2},
          {2, n, 2, size},
          function(i) return {i[1], i[2] * step + i[4], i[3]} end)
      end
    end
    check(function(x) return m.unfold(x, -1, 2, 1) end, {4}, {3, 2},
      function(i) return {i[1] + i[2]} end)
    eq(m.unfold(m.zeros(1, 1, 1, 1, 1, 1, 3), 7, 2, 1).ndim, 8)
  end)
  it("has a gradient that has one", function()
    local g = m.arange(1, 7, F64):reshape(3, 2):requires_grad_(true)
    local x = core._unfold_grad(g, {4}, 1, 2, 1)
    same(x:detach(), {1, 2 + 3, 4 + 5, 6})
    m.sum(x * m.tensor({1, 10, 100, 1000}, F64)):backward()
    same(g.grad, {{1, 10}, {10, 100}, {100, 1000}})
  end)
end)

-- ---- Lists of tensors -----------------------------------------------------

describe("stacks", function()
  it("join vectors and matrices as NumPy does", function()
    local a, b = m.tensor {1, 2}, m.tensor {3, 4}
    same(m.hstack {a, b}, {1, 2, 3, 4})
    same(m.vstack {a, b}, {{1, 2}, {3, 4}})
    same(m.dstack {a, b}, {{{1, 3}, {2, 4}}})
    local c = m.tensor {{5, 6}, {7, 8}}
    same(m.hstack {c, c}, {{5, 6, 5, 6}, {7, 8, 7, 8}})
    same(m.vstack {a, c}, {{1, 2}, {5, 6}, {7, 8}})
    same(m.dstack {c, c + 1}, {{{5, 6}, {6, 7}}, {{7, 8}, {8, 9}}})
    local d = c:reshape(1, 2, 2)
    same(m.hstack {d, d}, {{{5, 6}, {7, 8}, {5, 6}, {7, 8}}})
    same(m.vstack {d, d}, {{{5, 6}, {7, 8}}, {{5, 6}, {7, 8}}})
    same(m.dstack {d, d}, {{{5, 6, 5, 6}, {7, 8, 7, 8}}})
    same(m.hstack {a}, {1, 2})
    same(m.hstack {c}, {{5, 6}, {7, 8}})
    same(m.vstack {a}, {{1, 2}})
    same(m.dstack {c}, {{{5}, {6}}, {{7}, {8}}})
    local one = m.tensor(9.0)
    same(m.hstack {one, a}, {9, 1, 2})
    same(m.vstack {one, one}, {{9}, {9}})
    same(m.dstack {one, one}, {{{9, 9}}})
  end)
  it("leave nothing behind, done or refused", function()
    local a, b = m.ones(2), m.ones(3, 2)
    local function round()
      for _ = 1, 20 do
        m.hstack {a, a}
        m.vstack {a, b}
        pcall(m.hstack, {a, b})
        local x = m.ones {4, requires_grad = true}
        m.sum(x:split(2)[1]):backward()
        m.sum(x:unbind()[3]):backward()
        b:nonzero()
        b:t():sum()
        m.unique(b)
      end
      collectgarbage()
      collectgarbage()
      return m.memory().other
    end
    round()
    eq(round(), round())
  end)
  it("multiply every element by all of another", function()
    for _, case in ipairs {{{2, 3}, {3, 2}}, {{2}, {2, 2}}, {{2, 2, 2}, {3}},
      {{2, 1, 2, 2}, {1, 2, 1, 3}}, {{3}, {1, 2, 2, 2}}, {{2, 3, 2}, {2, 2, 1}},
      {{}, {2, 2}}} do
      local x = m.arange(1, product(case[1]) + 1, F64):reshape(case[1])
      local y = m.arange(1, product(case[2]) + 1, F64):reshape(case[2])
      local n = math.max(#case[1], #case[2])
      local function full(sizes)
        local list = {}
        for d = 1, n do list[d] = sizes[d - n + #sizes] or 1 end
        return list
      end
      local sx, sy, out, want = full(case[1]), full(case[2]), {}, {}
      for d = 1, n do out[d] = sx[d] * sy[d] end
      each_index(out, function(index)
        local i, j = {}, {}
        for d = 1, n do i[d], j[d] = index[d] // sy[d], index[d] % sy[d] end
        want[#want + 1] = place(i, sx) * place(j, sy)
      end)
      eq(shape_of(m.kron(x, y)), out)
      same(m.kron(x, y):reshape(-1), want)
    end
  end)
end)
