-- df_window_spec.lua: rows joined, windows, and values for holes.

local m = require "mlrt"
local low = require "mlrt.core"._frame

local NAN = 0 / 0

local room = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"
local lists = assert(loadfile(room .. "/df_lists.lua", "t", _ENV))()
local i64, f64, bool = lists.i64, lists.f64, lists.bool
local plain, index, list_of = lists.plain, lists.index, lists.list_of

-- ---- Joining -------------------------------------------------------------

local function check_join(left, right, count)
  for _, outer in ipairs {false, true} do
    local l, r = {}, {}
    local all = true
    for i, g in ipairs(left) do
      local before = #l
      for k, h in ipairs(right) do
        if g > 0 and g == h then l[#l + 1], r[#r + 1] = i, k end
      end
      if #l == before and outer then l[#l + 1], r[#r + 1] = i, 0 end
      all = all and #l == i
    end
    local a, b, is_all = low.join(index(left), index(right), count, outer)
    eq({plain(a), plain(b), is_all}, {l, r, all and #l == #left})
  end
end

describe("join", function()
  it("pairs rows of equal numbers, in the order of the left", function()
    check_join({1, 2, 3}, {3, 1, 2}, 3)
    check_join({1, 2, 1, 0, 3}, {1, 1, 0, 2, 1}, 3)
    check_join({2, 2}, {1, 1}, 2)
    check_join({0, 0}, {0}, 0)
    check_join({1}, {1, 1, 1}, 1)
    check_join({}, {1}, 1)
    check_join({1, 3}, {}, 3)
    check_join(list_of(90, function(i) return i * 7 % 13 end),
      list_of(70, function(i) return i * 5 % 17 end), 17)
  end)
  it("says what is wrong", function()
    refuses("join: a number is out of range", low.join, index {1}, index {2}, 1)
    refuses("join: a number is out of range", low.join, index {2}, index {1}, 1)
    refuses("join: bad count", low.join, index {}, index {}, -1)
    refuses("join: bad count", low.join, index {}, index {}, (1 << 31) - 2)
    local text = "join: a contiguous tensor index of one dimension expected, "
      .. "got f32 (2)"
    refuses(text, low.join, m.ones(2), index {1}, 1)
    refuses(text, low.join, index {1}, m.ones(2), 1)
  end)
end)

-- ---- The nearest before or after -------------------------------------------

-- Sides are {values, holes or nil, numbers or nil}.
local function asof(l, r, direction, tolerance, exact)
  local list = {}
  for i, x in ipairs(l[1]) do
    local best = 0
    for pass = 1, direction == "nearest" and 2 or 1 do
      local up = pass == 2 or direction == "forward"
      for k, y in ipairs(r[1]) do
        local ok = (up and y >= x or not up and y <= x) and (exact or x ~= y)
          and not (l[2] and l[2][i]) and not (r[2] and r[2][k])
          and (not l[3] or l[3][i] > 0 and l[3][i] == r[3][k])
        if ok then
          local d = best > 0 and math.abs(r[1][best] - x) or math.huge
          local e = math.abs(y - x)
          -- Of equal ones the last before and the first behind.
          if best == 0 or e < d or e == d and not up then best = k end
        end
      end
    end
    if best > 0 and math.abs(r[1][best] - x) > tolerance then best = 0 end
    list[i] = best
  end
  return list
end

local function side(s)
  local t = math.type(s[1][1]) == "integer" and i64(s[1]) or f64(s[1])
  return {t, s[2] and bool(s[2])}, s[3] and index(s[3])
end

local function check_asof(l, r, count)
  for _, direction in ipairs {"backward", "forward", "nearest"} do
    for _, tolerance in ipairs {math.huge, 2, 1, 0} do
      for _, exact in ipairs {true, false} do
        local a, ga = side(l)
        local b, gb = side(r)
        local got = low.asof(a, ga, b, gb, count, direction, tolerance, exact)
        eq(plain(got), asof(l, r, direction, tolerance, exact))
      end
    end
  end
end

describe("join_asof", function()
  it("finds the nearest row before or after", function()
    check_asof({{3, 1, 7, 10, -2}}, {{2, 9, 5, 11}}, 0)
    check_asof({{3.5, 1, 7, 10, -2}}, {{2.5, 9, 5.5, 11}}, 0)
    check_asof({{5}}, {{5}}, 0)
    check_asof({{5}}, {{4, 6}}, 0)
    check_asof({{5, 7}}, {{5}}, 0)
    check_asof({{5, 6, 5}}, {{5, 6, 7}}, 0)
  end)
  it("passes over holes on either side", function()
    check_asof({{3, 1, 7, 10}, {false, true, false, false}},
      {{2, 9, 5, 11}, {false, true, false, true}}, 0)
    check_asof({{3, 7}, {true, true}}, {{2, 9}, {true, true}}, 0)
    check_asof({{1, 5, 9}, {false, false, false}},
      {{2, 0, 6}, {false, true, false}}, 0)
    check_asof({{1, 5, 9}}, {{2, 99, 6, -99}, {false, true, false, true}}, 0)
  end)
  it("of the same number only", function()
    check_asof({{3, 1, 7, 10, 4}, nil, {1, 2, 2, 1, 0}},
      {{2, 9, 5, 1, 6}, nil, {1, 2, 0, 2, 1}}, 2)
    local function values(n, a, b)
      return list_of(n, function(i) return i * a % b end)
    end
    check_asof({values(40, 37, 41), nil, values(40, 3, 4)},
      {values(30, 71, 83), nil, values(30, 5, 4)}, 3)
    check_asof({values(40, 37, 41), list_of(40, function(i)
      return i % 5 == 0 end), values(40, 3, 4)},
      {values(30, 71, 83), list_of(30, function(i) return i % 4 == 0 end),
        values(30, 5, 4)}, 3)
  end)
  it("takes sides without rows", function()
    eq(plain(low.asof({f64 {}}, nil, {f64 {1}}, nil, 0, "nearest", 1, true)),
      {})
    eq(plain(low.asof({f64 {1}}, nil, {f64 {}}, nil, 0, "nearest", 1, true)),
      {0})
  end)
  it("says what is wrong", function()
    local function call(a, ga, b, gb, n)
      return low.asof(a, ga, b, gb, n, "backward", 1, true)
    end
    local x, g = {f64 {1, 2}}, index {1, 1}
    local sides = "join_asof: numbers of one side only"
    refuses(sides, call, x, g, x, nil, 1)
    refuses(sides, call, x, nil, x, g, 1)
    refuses(sides, call, x, g, x, g, -1)
    refuses(sides, call, x, g, x, g, 1 << 31)
    eq(plain(call(x, g, x, g, 1)), {1, 2})
    refuses("join: a number is out of range", call, x, index {1, 2}, x, g, 1)
    refuses("join: a number is out of range", call, x, g, x, index {1, 2}, 1)
    for _, bad in ipairs {
      {{bool {true, true}}, "join_asof: the column is no number"},
      {{g}, "join_asof: the column is no number"},
      {{f64 {1, 2}, bool {true}}, "join_asof: 2 elements expected, got 1"},
      {{f64 {1, 2}, i64 {1, 2}}, "join_asof: a contiguous tensor bool of one "
        .. "dimension expected, got i64 (2)"},
      {{f64 {{1, 2}}}, "join_asof: a contiguous tensor f64 of one dimension "
        .. "expected, got f64 (1, 2)"},
    } do
      refuses(bad[2], call, bad[1], nil, x, nil, 0)
      refuses(bad[2], call, x, nil, bad[1], nil, 0)
    end
    refuses("join_asof: 2 elements expected, got 1", call, x, index {1}, x, g,
      1)
    refuses("join_asof: 2 elements expected, got 1", call, x, g, x, index {1},
      1)
  end)
end)

-- ---- Windows ---------------------------------------------------------------

local figures = {}
function figures.count(v) return #v + 0.0 end
function figures.sum(v)
  local s = 0.0
  for k = #v, 1, -1 do s = s + v[k] end
  return s
end
function figures.mean(v) return figures.sum(v) / #v end
function figures.var(v)
  local mean, s = figures.mean(v), 0.0
  for k = #v, 1, -1 do s = s + (v[k] - mean) ^ 2 end
  return #v > 1 and s / (#v - 1) or NAN
end
function figures.std(v) return figures.var(v) ^ 0.5 end
function figures.min(v) return math.min(table.unpack(v)) end
function figures.max(v) return math.max(table.unpack(v)) end
function figures.median(v)
  table.sort(v)
  local k = #v // 2
  return #v % 2 == 1 and v[k + 1] or (v[k] + v[k + 1]) / 2
end

local function rolled(what, size, least, x, holes, groups, order)
  local y = {}
  for k = 1, #x do
    local here, v = order and order[k] or k, {}
    for j = k, math.max(1, k - size + 1), -1 do
      local i = order and order[j] or j
      if groups and groups[i] ~= groups[here] then break end
      if not (holes and holes[i]) then table.insert(v, 1, x[i]) end
    end
    local enough = #v >= least and (#v > 0 or what == "count")
    y[here] = enough and figures[what](v) or NAN
  end
  return y
end

describe("rolling", function()
  local x = list_of(30, function(i) return (i * 37 % 23 - 9) / 4 end)
  local holes = list_of(30, function(i) return i % 7 < 2 end)
  local groups = list_of(30, function(i) return (i - 1) // 9 end)
  local order = list_of(30, function(i) return i * 7 % 30 + 1 end)
  for what in pairs(figures) do
    it("gives the " .. what .. " of the rows before", function()
      for _, size in ipairs {1, 2, 3, 4, 7, 30, 1000} do
        for _, least in ipairs {0, 1, 2, 3} do
          for case = 0, 7 do
            local h = case & 1 > 0 and holes or nil
            local g = case & 2 > 0 and groups or nil
            local o = case & 4 > 0 and order or nil
            near(low.roll(what, size, least, f64(x), h and bool(h),
              g and index(g), o and index(o)),
              rolled(what, size, least, x, h, g, o), 1e-14)
          end
        end
      end
    end)
  end
  it("takes many rows, and none", function()
    local n = 3000
    local long = list_of(n, function(i) return i * 7919 % 1009 + 0.0 end)
    eq(low.roll("max", 5, 1, f64(long)):totable(),
      rolled("max", 5, 1, long))
    eq(low.roll("sum", 5, 1, f64 {}):totable(), {})
  end)
  it("says what is wrong", function()
    refuses("rolling: a window has one row or more", low.roll, "sum", 0, 1,
      f64 {1})
    refuses("rolling: a row is out of range", low.roll, "sum", 1, 1,
      f64 {1, 2}, nil, nil, index {1, 3})
    refuses("rolling: a row is out of range", low.roll, "sum", 1, 1,
      f64 {1, 2}, nil, nil, index {1, 0})
    local text = "rolling: a contiguous tensor %s of one dimension expected, "
      .. "got %s"
    refuses(text:format("f64", "i64 (1)"), low.roll, "sum", 1, 1, i64 {1})
    refuses(text:format("bool", "i64 (1)"), low.roll, "sum", 1, 1, f64 {1},
      i64 {1})
    refuses(text:format("index", "i64 (1)"), low.roll, "sum", 1, 1, f64 {1},
      nil, i64 {1})
    refuses(text:format("index", "i64 (1)"), low.roll, "sum", 1, 1, f64 {1},
      nil, nil, i64 {1})
    local size = "rolling: 2 elements expected, got 1"
    refuses(size, low.roll, "sum", 1, 1, f64 {1, 2}, bool {true})
    refuses(size, low.roll, "sum", 1, 1, f64 {1, 2}, nil, index {1})
    refuses(size, low.roll, "sum", 1, 1, f64 {1, 2}, nil, nil, index {1})
  end)
end)

-- ---- Values for holes -----------------------------------------------------

-- The row that `step` walks to, from row k of the walk, or 0.
local function walked(n, groups, order, find)
  local y = {}
  for k = 1, n do
    local i = order and order[k] or k
    local at = find(k)
    local row = at and (order and order[at] or at) or 0
    y[i] = row > 0 and (not groups or groups[row] == groups[i]) and row or 0
  end
  return y
end

describe("values of other rows", function()
  local n = 25
  local holes = list_of(n, function(i) return i * 7 % 5 ~= 1 or i < 3 end)
  local groups = list_of(n, function(i) return i // 8 end)
  local order = list_of(n, function(i) return i * 7 % n + 1 end)
  local function cases(f)
    for case = 0, 3 do
      local g, o = case & 1 > 0 and groups or nil, case & 2 > 0 and order or nil
      f(g, o, g and index(g), o and index(o))
    end
  end
  it("the last one before or behind that is there", function()
    for _, limit in ipairs {-1, 0, 1, 2, 3, 4, 100} do
      for _, forward in ipairs {true, false} do
        cases(function(g, o, gi, oi)
          local want = walked(n, g, o, function(k)
            local to, step = forward and 1 or n, forward and -1 or 1
            for j = k, to, step do
              if limit >= 0 and math.abs(j - k) > limit then return nil end
              if not holes[o and o[j] or j] then return j end
            end
          end)
          eq(plain(low.last(bool(holes), forward, limit, gi, oi)), want)
        end)
      end
    end
    eq(plain(low.last(bool {}, true, -1)), {})
  end)
  it("the one some rows before or behind", function()
    for _, by in ipairs {0, 1, 2, 7, 24, 25, 26, 1000, math.maxinteger} do
      for _, sign in ipairs {1, -1} do
        cases(function(g, o, gi, oi)
          local want = walked(n, g, o, function(k)
            local at = k - by * sign
            return by <= n and at >= 1 and at <= n and at or nil
          end)
          eq(plain(low.lag(by * sign, n, gi, oi)), want)
        end)
      end
    end
    cases(function(_, _, gi, oi)
      eq(plain(low.lag(math.mininteger, n, gi, oi)), list_of(n, function()
        return 0
      end))
    end)
    eq(plain(low.lag(1, 0)), {})
  end)
  it("on straight lines between two", function()
    local function lines(list)
      local hole, x = {}, {}
      for i, v in ipairs(list) do hole[i], x[i] = v == "-", v == "-" and 99 or v
      end
      local y, left = low.interpolate(f64(x), bool(hole))
      return {y:totable(), left:totable()}
    end
    eq(lines {"-", "-", 1, "-", 3, "-", "-", "-", 11, 5, "-", "-"},
      {{NAN, NAN, 1.0, 2.0, 3.0, 5.0, 7.0, 9.0, 11.0, 5.0, 5.0, 5.0},
        {true, true, false, false, false, false, false, false, false, false,
          false, false}})
    eq(lines {1, "-"}, {{1.0, 1.0}, {false, false}})
    eq(lines {"-"}, {{NAN}, {true}})
    eq(lines {4, "-", "-", 1}, {{4.0, 3.0, 2.0, 1.0},
      {false, false, false, false}})
    eq(lines {}, {{}, {}})
  end)
  it("and say what is wrong", function()
    local text = "%s: a contiguous tensor %s of one dimension expected, got %s"
    refuses(text:format("fill_na", "bool", "i64 (1)"), low.last, i64 {1}, true,
      1)
    refuses(text:format("rolling", "index", "i64 (1)"), low.last, bool {true},
      true, 1, i64 {1})
    refuses("rolling: 2 elements expected, got 1", low.last,
      bool {true, false}, true, 1, nil, index {1})
    refuses("rolling: a row is out of range", low.last, bool {true, false},
      true, 1, nil, index {1, 3})
    refuses("rolling: 2 elements expected, got 1", low.lag, 1, 2, index {1})
    refuses("rolling: 2 elements expected, got 1", low.lag, 1, 2, nil,
      index {1})
    refuses("rolling: a row is out of range", low.lag, 1, 2, nil, index {3, 1})
    refuses(text:format("fill_na", "f64", "i64 (1)"), low.interpolate, i64 {1},
      bool {true})
    refuses(text:format("fill_na", "bool", "i64 (1)"), low.interpolate,
      f64 {1}, i64 {1})
    refuses("fill_na: 2 elements expected, got 1", low.interpolate, f64 {1, 2},
      bool {true})
  end)
end)
