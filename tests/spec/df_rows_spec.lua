-- df_rows_spec.lua: rows sorted, grouped, reduced and taken.

local m = require "mlrt"
local df = require "mlrt.df"
local low = require "mlrt.core"._frame

local NAN = 0 / 0

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"
local lists = assert(loadfile(here .. "/df_lists.lua", "t", _ENV))()
local i64, f64, bool = lists.i64, lists.f64, lists.bool
local plain, index, list_of = lists.plain, lists.index, lists.list_of

-- ---- Sorting ----------------------------------------------------------------

-- Columns are {values, holes or nil, descending}, as plain lists.
local function sorted(columns)
  local rows = list_of(#columns[1][1], function(i) return i end)
  local function before(a, b)
    for _, c in ipairs(columns) do
      local x, y, hole = c[1][a], c[1][b], c[2] or {}
      if hole[a] ~= hole[b] then return hole[b] end
      if not hole[a] and x ~= y then
        if type(x) == "boolean" then x, y = x and 1 or 0, y and 1 or 0 end
        if c[3] then return x > y end
        return x < y
      end
    end
    return a < b
  end
  table.sort(rows, before)
  return rows
end

local function raw(c)
  local kind = type(c[1][1]) == "boolean" and bool
    or math.type(c[1][1]) == "float" and f64 or i64
  return {kind(c[1]), c[2] and bool(c[2]), c[3]}
end

local function check_sort(...)
  local columns = {...}
  local list = {}
  for i, c in ipairs(columns) do list[i] = raw(c) end
  eq(low.sort(list):totable(), sorted(columns))
end

describe("sort", function()
  it("orders integers of every size", function()
    for _, list in ipairs {{3, 1, 2}, {1}, {5, 5, 5}, {0, -1, 1, -2},
      {math.maxinteger, math.mininteger, 0, -1, 1, math.maxinteger - 1}} do
      check_sort {list}
      check_sort {list, nil, true}
    end
    for bits = 0, 62 do
      local list = {}
      for k = -3, 3 do
        list[#list + 1] = (1 << bits) * k
        list[#list + 1] = (1 << bits) * k + k % 2
      end
      check_sort {list}
      check_sort {list, nil, true}
    end
  end)
  it("orders floats: infinities, both zeros, and those beside", function()
    local list = {0.0, -0.0, 1.0, -1.0, math.huge, -math.huge, 5e-324, -5e-324,
      1e300, -1e300, 0.0, 1 + 2 ^ -52, 1 - 2 ^ -53, -1 - 2 ^ -52, 2.0, -0.0}
    check_sort {list}
    check_sort {list, nil, true}
    check_sort {list_of(3000, function() return math.random() - 0.5 end)}
    check_sort {list_of(300, function(i) return 1 + (i * 7 % 300) * 2 ^ -52
      end)}
  end)
  it("orders truth values", function()
    local list = {true, false, true, false}
    check_sort {list}
    check_sort {list, nil, true}
    check_sort {list, {false, true, false, false}}
  end)
  it("keeps equal rows in their order, whichever digits differ", function()
    for _, lowest in ipairs {1, 3, 40} do
      for _, tops in ipairs {1, 2, 50, 1500} do
        local list = list_of(1500, function(i)
          return math.random(tops) << 34 | (-i * 31 % lowest)
        end)
        check_sort {list}
        check_sort {list, nil, true}
      end
    end
    -- The highest digits say all, but for two neighbours.
    local list = list_of(2000, function(i) return (i * 4219 % 2000) << 43 end)
    list[10], list[1200] = list[500] + 1, list[500] - 1
    list[900] = list[500]
    check_sort {list}
    -- And all of them, many times over.
    check_sort {list_of(2000, function(i)
      return (i % 3) << 60 | (i % 5) << 50 | (i % 7) << 40 | (2000 - i)
    end)}
    check_sort {list_of(64, function(i) return (i % 2) << 55 | (64 - i) end)}
  end)
  it("puts holes last, in their order, up and down", function()
    local list = list_of(200, function(i) return i * 37 % 11 end)
    local hole = list_of(200, function(i) return i % 7 < 2 end)
    check_sort {list, hole}
    check_sort {list, hole, true}
    check_sort {list, list_of(200, function() return true end)}
    check_sort {list, list_of(200, function() return false end)}
    -- What was computed with holes has values under them.
    local f = df.frame {{"a", {df.null, df.null, 1, df.null}},
      {"b", {2, 1, 0, 3}}, {"d", {1, 2, 3, 0}}}
    f = f:assign {c = f.a + f.b, e = f.b:where(f.b:lt(1))}
    eq(f:sort("c").d:tolist(), {3, 1, 2, 0, n = 4})
    eq(f:sort("c", {descending = true}).d:tolist(), {3, 1, 2, 0, n = 4})
    eq(f:sort({"e", "d"}).d:tolist(), {3, 0, 1, 2, n = 4})
  end)
  it("takes the first column first", function()
    local a = list_of(300, function(i) return i * 7 % 5 end)
    local b = list_of(300, function(i) return (i * 11 % 13) / 2 end)
    local c = list_of(300, function(i) return i % 3 == 0 end)
    local hole = list_of(300, function(i) return i % 17 == 0 end)
    check_sort({a}, {b})
    check_sort({a, hole, true}, {b, hole}, {c})
    check_sort({c}, {a, nil, true}, {b, hole, true})
  end)
  it("takes no rows, and an index", function()
    eq(low.sort {{i64 {}}}:totable(), {})
    eq(low.sort({{f64 {}, bool {}}, {i64 {}}}):totable(), {})
    eq(low.sort {{index {3, 0, 1}}}:totable(), {2, 3, 1})
  end)
  it("says what is wrong", function()
    refuses("sort: no column is given", low.sort, {})
    refuses("sort: no column is of f32", low.sort, {{m.ones(2)}})
    refuses("sort: 2 elements expected, got 3", low.sort,
      {{i64 {1, 2}}, {i64 {1, 2, 3}}})
    refuses("sort: 2 elements expected, got 3", low.sort,
      {{i64 {1, 2}, bool {true, true, true}}})
    refuses("sort: a contiguous tensor bool of one dimension expected, got "
      .. "i64 (2)", low.sort, {{i64 {1, 2}, i64 {1, 2}}})
    refuses("sort: a contiguous tensor f32 of one dimension expected, got "
      .. "f32 (2, 2)", low.sort, {{m.ones(2, 2)}})
    refuses("sort: a contiguous tensor i64 of one dimension expected, got "
      .. "i64 (2)", low.sort, {{i64 {1, 2, 3, 4}[{{1, 4, 2}}]}})
  end)
end)

-- ---- Grouping ---------------------------------------------------------------

-- Numbers of the groups, in the order in which they come, and first rows.
local function grouped(columns, keep)
  local ids, firsts, known = {}, {}, {}
  for i = 1, #columns[1][1] do
    local key, none = {}, false
    for k, c in ipairs(columns) do
      local hole = c[2] and c[2][i]
      none = none or hole and not keep
      key[k] = hole and "hole" or tostring(c[1][i] == 0 and 0 or c[1][i])
    end
    key = table.concat(key, "|")
    if none then
      ids[i] = 0
    else
      if not known[key] then
        firsts[#firsts + 1] = i
        known[key] = #firsts
      end
      ids[i] = known[key]
    end
  end
  return ids, firsts
end

local function check_group(...)
  local columns, list = {...}, {}
  for i, c in ipairs(columns) do list[i] = raw(c) end
  for _, keep in ipairs {false, true} do
    local ids, firsts = low.group(list, keep)
    local want_ids, want_firsts = grouped(columns, keep)
    eq(plain(ids), want_ids)
    eq(plain(firsts), want_firsts)
  end
end

describe("group", function()
  it("numbers groups as they come", function()
    check_group {{3, 1, 3, 2, 1}}
    check_group {{7}}
    check_group {{0.5, -0.0, 0.5, 0.0, math.huge, -math.huge, math.huge}}
    check_group {{true, false, true}}
    check_group {{math.maxinteger, math.mininteger, 0, math.maxinteger}}
    check_group {{-1, -2, -1, -3}}
  end)
  it("leaves out rows with a hole, or keeps them as a group", function()
    check_group {{3, 1, 3, 2, 1}, {false, true, false, true, false}}
    check_group {{3, 1, 3}, {true, false, false}}
    check_group {{3, 1, 3}, {true, true, true}}
    check_group {{3, 1, 3}, {false, false, false}}
    check_group({{3, 3, 3, 3}, {false, true, false, true}},
      {{1, 1, 1, 2}, {false, false, true, true}})
    check_group({{1, 2, 1, 1}}, {{5, 6, 5, 6}, {true, false, true, true}})
    check_group({{1, 2, 1, 1}, {true, false, true, true}}, {{5, 6, 5, 6}})
  end)
  it("numbers keys that lie close together and far apart", function()
    for _, n in ipairs {10, 700, 2047, 2048, 2049, 4500} do
      for _, step in ipairs {1, 2, 3, 1000003, 1 << 40} do
        check_group {list_of(n, function(i) return (i * 7 % n) * step end)}
      end
      local last = n * 2 + 4096
      for most = last - 2, last + 1 do
        local list = list_of(n, function(i) return i % 5 end)
        list[n // 2], list[n] = most, most
        check_group {list}
      end
    end
    local hole = list_of(5000, function(i) return i % 3 == 0 end)
    check_group {list_of(5000, function(i) return (i // 2) << 33 end), hole}
    check_group {list_of(5000, function(i) return i / 3 end), hole}
  end)
  it("takes pairs and triples", function()
    local a = list_of(3000, function(i) return i * 7 % 53 end)
    local b = list_of(3000, function(i) return (i * 11 % 71) / 2 end)
    local c = list_of(3000, function(i) return i % 3 == 0 end)
    local hole = list_of(3000, function(i) return i % 17 == 0 end)
    check_group({a}, {b})
    check_group({a, hole}, {b}, {c, hole})
    check_group({c}, {b, hole}, {a})
  end)
  it("takes no rows", function()
    local ids, firsts = low.group({{i64 {}}, {f64 {}, bool {}}}, true)
    eq({plain(ids), plain(firsts)}, {{}, {}})
  end)
  it("says what is wrong", function()
    refuses("groupby: no column is given", low.group, {})
    refuses("groupby: no column is of f32", low.group, {{m.ones(2)}})
    refuses("groupby: no column is of f32", low.group,
      {{i64 {1, 2}}, {m.ones(2)}})
    refuses("groupby: 2 elements expected, got 3", low.group,
      {{i64 {1, 2}}, {i64 {1, 2, 3}}})
    refuses("groupby: 2 elements expected, got 3", low.group,
      {{i64 {1, 2}, bool {true, true, true}}})
    refuses("groupby: a contiguous tensor bool of one dimension expected, got "
      .. "i64 (2)", low.group, {{i64 {1, 2}, i64 {1, 2}}})
    refuses("groupby: a contiguous tensor f64 of one dimension expected, got "
      .. "f64 (1, 1)", low.group, {{f64 {{1}}}})
  end)
end)

-- ---- Figures ----------------------------------------------------------------

describe("reduce", function()
  local ids, holes = {1, 2, 1, 0, 2, 1, 4}, {false, false, false, false, true,
    false, false}
  local function figures(values, dtype, with)
    local t = m.tensor(values, {dtype = dtype})
    local list = {}
    for _, what in ipairs {"count", "sum", "prod", "mean", "var", "first",
      "last", "min", "max"} do
      local y = low.reduce(what, t, with and bool(holes), index(ids), 4)
      list[what] = y.dtype == "index" and plain(y) or y:totable()
    end
    return list
  end
  it("gives figures of floats", function()
    local got = figures({1.5, 2, -4, 9, 6, 1.5, 7}, "f64", false)
    eq(got, {count = {3, 2, 0, 1}, sum = {-1.0, 8.0, 0.0, 7.0},
      prod = {-9.0, 12.0, 1.0, 7.0}, mean = {-1 / 3, 4.0, NAN, 7.0},
      var = {got.var[1], 8.0, NAN, NAN}, first = {1, 2, 0, 7},
      last = {6, 5, 0, 7}, min = {3, 2, 0, 7}, max = {1, 5, 0, 7}})
    near(got.var[1], 10.083333333333334, 1e-14)
  end)
  it("leaves out holes", function()
    eq(figures({1.5, 2, -4, 9, 6, 1.5, 7}, "f64", true).sum,
      {-1.0, 2.0, 0.0, 7.0})
    local got = figures({1, 2, 4, 9, 6, 1, 7}, "i64", true)
    eq(got, {count = {3, 1, 0, 1}, sum = {6, 2, 0, 7},
      prod = {4.0, 2.0, 1.0, 7.0}, mean = {2.0, 2.0, NAN, 7.0},
      var = {3.0, NAN, NAN, NAN}, first = {1, 2, 0, 7}, last = {6, 2, 0, 7},
      min = {1, 2, 0, 7}, max = {3, 2, 0, 7}})
  end)
  it("gives figures of truth values", function()
    local got = figures({true, false, true, true, true, false, true}, "bool",
      false)
    eq(got, {count = {3, 2, 0, 1}, sum = {2, 1, 0, 1},
      prod = {0.0, 0.0, 1.0, 1.0},
        mean = {2 / 3, 0.5, NAN, 1.0}, var = {got.var[1], 0.5, NAN, NAN},
        first = {1, 2, 0, 7}, last = {6, 5, 0, 7}, min = {6, 2, 0, 7},
        max = {1, 5, 0, 7}})
    near(got.var[1], 1 / 3, 1e-14)
  end)
  it("adds up what floats would lose", function()
    local function sum(list)
      local ones = list_of(#list, function() return 1 end)
      return low.reduce("sum", f64(list), nil, index(ones), 1)[1]
    end
    eq(sum {1, 1e100, 1, -1e100}, 2.0)
    eq(sum {1e16, 1, -1e16}, 1.0)
    eq(sum {1, 1e16, -1e16}, 1.0)
    eq(sum {-1e16, 1, 1e16}, 1.0)
    eq(sum(list_of(100000, function() return 0.1 end)), 10000.0)
    eq(sum {1, math.huge}, math.huge)
    eq(sum {1e308, 1e308}, math.huge)
    eq(sum {-math.huge, 1}, -math.huge)
    local twice = index {1, 2, 1, 2, 1, 2}
    eq(low.reduce("sum", f64 {1e16, 1, 1, 2, -1e16, 3}, nil, twice, 2),
      {1.0, 6.0})
    eq(low.reduce("var", f64 {1e9 + 1, 1, 1e9 + 2, 2, 1e9 + 3, 3}, nil, twice,
      2), {1.0, 1.0})
    eq(low.reduce("var", f64 {1e8, -1e8, 1, -1, 1, -1}, nil,
      index {1, 1, 1, 1, 1, 1}, 1)[1], 4000000000000001.0)
    eq(low.reduce("mean", f64 {1e16, 1, 1, 2, -1e16, 3}, nil, twice, 2),
      {1 / 3, 2.0})
  end)
  it("keeps whole sums whole, or refuses", function()
    local one = index {1, 1}
    eq(low.reduce("sum", i64 {math.maxinteger - 1, 1}, nil, one, 1)[1],
      math.maxinteger)
    refuses("sum: more than an i64 holds; make the column f64 first",
      low.reduce, "sum", i64 {math.maxinteger, 1}, nil, one, 1)
    refuses("sum: more than an i64 holds; make the column f64 first",
      low.reduce, "sum", i64 {math.mininteger, 1, -2}, nil, index {1, 2, 1}, 2)
    eq(low.reduce("min", i64 {math.maxinteger, math.maxinteger - 1}, nil, one,
      1)[1], 2)
    eq(low.reduce("max", i64 {math.maxinteger - 1, math.maxinteger}, nil, one,
      1)[1], 2)
    eq(plain(low.reduce("max", index {0, 5, 3}, nil, index {1, 1, 1}, 1)), {2})
  end)
  it("takes the first of equals", function()
    local one = index {1, 1, 1}
    for _, t in ipairs {f64 {2, 2, 2}, i64 {2, 2, 2}} do
      eq(low.reduce("min", t, nil, one, 1)[1], 1)
      eq(low.reduce("max", t, nil, one, 1)[1], 1)
    end
  end)
  it("takes no rows and no groups", function()
    eq(low.reduce("sum", f64 {}, nil, m.index {}, 2), {0.0, 0.0})
    eq(low.reduce("mean", f64 {}, nil, m.index {}, 0), {})
    eq(low.reduce("var", f64 {1}, nil, index {0}, 1), {NAN})
  end)
  it("and quantile say what is wrong", function()
    for _, f in ipairs {function(...) return low.reduce("sum", ...) end,
      function(...) return low.quantile(0.5, ...) end} do
      refuses("agg: no column is of f32", f, m.ones(2), nil, index {1, 1}, 1)
      refuses("agg: group out of range", f, f64 {1, 2}, nil, index {1, 2}, 1)
      refuses("agg: 2 elements expected, got 1", f, f64 {1, 2}, nil, index {1},
        1)
      refuses("agg: 2 elements expected, got 1", f, f64 {1, 2}, bool {true},
        index {1, 1}, 1)
      local text = "agg: a contiguous tensor %s of one dimension expected, "
        .. "got %s"
      refuses(text:format("index", "i64 (2)"), f, f64 {1, 2}, nil, i64 {0, 0},
        1)
      refuses(text:format("bool", "i64 (2)"), f, f64 {1, 2}, i64 {0, 0},
        index {1, 1}, 1)
      refuses(text:format("f64", "f64 (1, 2)"), f, f64 {{1, 2}}, nil,
        index {1, 1}, 1)
    end
    for _, q in ipairs {-0.5, 1.5} do
      refuses("quantile: q is between 0 and 1, got " .. q, low.quantile, q,
        f64 {1}, nil, index {1}, 1)
    end
  end)
end)

describe("quantile", function()
  -- Linear between the values beside it, as NumPy's.
  local function quantile(list, q)
    table.sort(list)
    if #list == 0 then return NAN end
    local at = q * (#list - 1)
    local k = math.floor(at)
    local a = list[k + 1]
    return at > k and a + (list[k + 2] - a) * (at - k) or a
  end
  it("lies between the values of a group", function()
    for _, dtype in ipairs {"f64", "i64"} do
      for _, q in ipairs {0, 0.1, 0.25, 0.3, 0.5, 0.75, 0.9, 1} do
        local list = list_of(60, function(i) return i * i % 23 end)
        local ids = list_of(60, function(i) return i * 7 % 5 end)
        local hole = list_of(60, function(i) return i % 9 == 0 end)
        local of = {{}, {}, {}, {}, {}, {}}
        for i = 1, 60 do
          if ids[i] > 0 and not hole[i] then
            table.insert(of[ids[i]], list[i] + 0.0)
          end
        end
        local want = list_of(6, function(g) return quantile(of[g], q) end)
        eq(low.quantile(q, m.tensor(list, {dtype = dtype}), bool(hole),
          index(ids), 6), want)
      end
    end
  end)
  it("is one value's, or NaN where there are holes only", function()
    eq(low.quantile(0.3, f64 {7, 1, 2}, bool {false, true, true},
      index {1, 2, 2}, 3), {7.0, NAN, NAN})
    eq(low.quantile(0.5, bool {true, false}, nil, index {1, 1}, 1), {0.5})
    eq(low.quantile(0.5, f64 {}, nil, m.index {}, 1), {NAN})
    eq(low.quantile(1, f64 {5, math.huge}, nil, index {1, 1}, 1), {math.huge})
    eq(low.quantile(0, f64 {5, math.huge}, nil, index {1, 1}, 1), {5.0})
  end)
end)

describe("take", function()
  it("gives rows as often as named, and holes where there are none", function()
    local x, h = low.take(f64 {1, 2, 3}, nil, index {3, 1, 3})
    eq({x:totable(), h}, {{3.0, 1.0, 3.0}})
    x, h = low.take(f64 {1, 2, 3}, nil, index {3, 0, 1})
    eq({x:totable(), h:totable()}, {{3.0, NAN, 1.0}, {false, true, false}})
    x, h = low.take(i64 {1, 2}, bool {false, true}, index {2, 0, 1})
    eq({x:totable(), h:totable()}, {{2, 0, 1}, {true, true, false}})
    x, h = low.take(bool {true, true}, nil, index {0, 2})
    eq({x:totable(), h:totable()}, {{false, true}, {true, false}})
    x, h = low.take(bool {true, false}, bool {false, true}, index {2, 1})
    eq({x:totable(), h:totable()}, {{false, true}, {true, false}})
    x, h = low.take(index {2, 0, 1}, nil, index {0, 1, 2})
    eq({plain(x), h:totable()}, {{0, 2, 0}, {true, false, false}})
    x, h = low.take(i64 {1}, nil, m.index {})
    eq({x:totable(), h}, {{}})
  end)
  it("says what is wrong", function()
    refuses("take: row 3 is out of range, there are 2", low.take, i64 {1, 2},
      nil, index {1, 3})
    refuses("take: no column is of f32", low.take, m.ones(2), nil, index {1})
    refuses("take: 2 elements expected, got 1", low.take, i64 {1, 2},
      bool {true}, index {1})
    local text = "take: a contiguous tensor %s of one dimension expected, "
      .. "got %s"
    refuses(text:format("index", "i64 (1)"), low.take, i64 {1}, nil, i64 {0})
    refuses(text:format("bool", "i64 (1)"), low.take, i64 {1}, i64 {0},
      index {1})
    refuses(text:format("i64", "i64 (1, 1)"), low.take, i64 {{1}}, nil,
      index {1})
  end)
end)
