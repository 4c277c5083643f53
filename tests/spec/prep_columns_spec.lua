-- prep_columns_spec.lua: encoders, imputers, bins, products and dates against
-- scikit-learn and pandas (tests/golden/prep.py); what is unknown, what is
-- missing, and what a file holds.

local m = require "mlrt"
local json = require "mlrt.json"

local prep = m.prep
local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"

local function golden()
  local f = assert(io.open(here .. "/../golden/prep.json"))
  local text = f:read "a"
  f:close()
  return json.decode(text)
end

local all = golden()
local g = all.categories

local function rows(name, values)
  local list = {}
  for i, v in ipairs(values) do
    list[i] = {[name] = v ~= json.null and v or nil}
  end
  return list
end

local function column(list, name)
  local values = {}
  for i, row in ipairs(list) do values[i] = row[name] end
  return values
end

local function through_file(value)
  local path = os.tmpname()
  assert(m.save(path, value))
  local loaded, err = m.load(path)
  os.remove(path)
  return loaded or error(err)
end

-- What a step makes of new rows, the same out of a file.
local function made(step, train, new, y)
  local out = step:fit(train, y):transform(new)
  eq(through_file(step):transform(new), out)
  return out
end

describe("prep encoders", function()
  local function check_one_hot(options, wanted)
    local out = made(prep.OneHotEncoder(options), rows("c", g.city),
      rows("c", g.seen))
    for i, row in ipairs(out) do
      local n = 0
      for _ in pairs(row) do n = n + 1 end
      eq(n, #wanted.names)
      for j, name in ipairs(wanted.names) do
        eq(row["c=" .. name], wanted.values[i][j])
      end
    end
  end
  it("one-hot is scikit-learn's", function()
    check_one_hot(nil, g.one_hot)
    check_one_hot({drop = "first"}, g.one_hot_first)
  end)
  it("one-hot knows rare, unknown and missing ones", function()
    local train = rows("c", {"a", "a", "b", "c", json.null})
    local e = prep.OneHotEncoder {unknown = "other", min_count = 2}
    local new = rows("c", {"a", "c", "new", json.null})
    eq(made(e, train, new), {{["c=a"] = 1.0, ["c=other"] = 0.0},
      {["c=a"] = 0.0, ["c=other"] = 1.0}, {["c=a"] = 0.0, ["c=other"] = 1.0},
      {["c=a"] = 0.0, ["c=other"] = 1.0}})
    local holes = prep.OneHotEncoder {unknown = "error"}:fit(train)
    eq(holes:transform {c = nil}["c=missing"], 1.0)
    raises("row 1, column 'c': the category \"new\" was not in the training "
      .. "part (it had a, b, c, missing)", holes.transform, holes, {c = "new"})
    local two = prep.OneHotEncoder {drop = "if_binary"}
    eq(made(two, rows("c", {1, 0, 1}), rows("c", {1}), nil), {{c = 1.0}})
    two = prep.OneHotEncoder {drop = "if_binary", columns = "c"}
    eq(made(two, rows("c", {1, 0, 1}), rows("c", {1, "0", 1.0})),
      rows("c=1", {1.0, 0.0, 1.0}))
  end)
  it("ordinal is scikit-learn's", function()
    local e = prep.OrdinalEncoder {unknown = "minus_one"}
    eq(column(made(e, rows("c", g.city), rows("c", g.seen)), "c"), g.ordinal)
    local size = {order = {c = {"S", "M", "L"}}}
    eq(column(made(prep.OrdinalEncoder(size), rows("c", {"M", "L"}),
      rows("c", {"L", "S", "M"})), "c"), {2.0, 0.0, 1.0})
    local strict = prep.OrdinalEncoder():fit(rows("c", g.city))
    raises("the category \"Oslo\" was not in the training part",
      strict.transform, strict, {c = "Oslo"})
    eq(strict:transform {}, {})
  end)
  it("target means are scikit-learn's", function()
    local function values(y, options)
      return column(made(prep.TargetEncoder(options), rows("c", g.city),
        rows("c", g.seen), y), "c")
    end
    near(values(g.amount), g.target_auto, 1e-12)
    near(values(g.amount, {smooth = 5}), g.target_5, 1e-12)
    near(values(g.bad), g.target_two, 1e-12)
  end)
  it("no training row sees its own target", function()
    local train = rows("c", {"a", "a", "b", "b", "a", "b", "a", "b"})
    local y = m.tensor({1, 0, 0, 1, 1, 1, 0, 0}, {dtype = "f64"})
    local p = prep.Pipeline {prep.TargetEncoder {folds = 2, smooth = 0}}
    -- Rows 1, 3, 5, 7 say what rows 2, 4, 6, 8 become, and the other way.
    p:fit(train, y)
    local cols = require "mlrt.prep.columns".read(train)
    local x = prep.TargetEncoder {folds = 2, smooth = 0}
      :learn_and_apply(cols, y):get "c".x
    near(x[2], 2 / 3)
    near(x[1], 0)
    near(x[3], 2 / 3)
  end)
  it("weights of evidence are what they are defined as", function()
    local e = prep.WOEEncoder():fit(rows("c", g.city), g.bad)
    for name, value in pairs(g.woe) do
      near(e:transform {c = name}.c, value, 1e-12)
    end
    eq(e:transform {c = "Oslo"}.c, 0.0)
    raises("a target of two classes is needed", e.fit, e, rows("c", g.city),
      g.amount)
  end)
  it("hashes are the same for ever", function()
    local e = prep.HashingEncoder {buckets = 4}
    local out = made(e, rows("c", {"x"}), rows("c", {"foobar", "a", json.null}))
    -- FNV-1a of "foobar" is 0xbf9cf968, of "a" 0xe40c292c.
    eq(out[1]["c#" .. (0xbf9cf968 % 4 + 1)], 1.0)
    eq(out[2]["c#" .. (0xe40c292c % 4 + 1)], 1.0)
    eq({out[3]["c#1"], out[3]["c#2"], out[3]["c#3"], out[3]["c#4"]},
      {0.0, 0.0, 0.0, 0.0})
  end)
end)

describe("prep.SimpleImputer", function()
  it("fills as scikit-learn does", function()
    for strategy, values in pairs(g.imputed) do
      local e = prep.SimpleImputer {strategy = strategy}
      near(made(e, rows("x", g.holes), {{x = nil}, {x = 3}}),
        {{x = values[1]}, {x = 3}})
    end
  end)
  it("fills text, says where, and is told with what", function()
    local train = {{a = 1, c = "x"}, {c = "y"}, {a = 3}, {a = 5, c = "y"}}
    local e = prep.SimpleImputer {strategy = "most_frequent", indicator = true}
    eq(made(e, train, {{a = 2}}),
      {{a = 2.0, a_missing = 0.0, c = "y", c_missing = 1.0}})
    local constant = prep.SimpleImputer {strategy = "constant", fill = "none"}
    eq(made(constant, train, {{a = 2}}), {{a = 2.0, c = "none"}})
    raises("the column 'c' holds text, which has no median", function()
      prep.SimpleImputer {columns = "c"}:fit(train)
    end)
    raises("the column 'a' has no value in the training part", function()
      prep.SimpleImputer {columns = "a"}:fit {{a = 0 / 0}, {a = 0 / 0}}
    end)
    raises("fill: a number or a text expected, got a nil", prep.SimpleImputer,
      {strategy = "constant"})
  end)
end)

describe("prep features", function()
  local function f64(v) return m.tensor(v, {dtype = "f64"}) end
  it("bins are scikit-learn's", function()
    local x, new = f64(all.x), f64(all.new)
    local pick = m.index {1, 3}
    local function bins(o)
      return prep.KBinsDiscretizer(o):fit(x:index_select(2, pick))
        :transform(new:index_select(2, pick))
    end
    near(bins {bins = 4, strategy = "uniform"}, g.uniform)
    near(bins {bins = 3}, g.quantile)
    near(bins {bins = 12}, g.quantile_ties)
  end)
  it("bins have names", function()
    local e = prep.KBinsDiscretizer {edges = {18, 65}, encode = "text"}
    eq(column(made(e, rows("age", {1}), rows("age", {17.9, 18, 64, 65})),
      "age"), {"< 18", "[18, 65)", "[18, 65)", ">= 65"})
    raises("edges: numbers that rise expected", prep.KBinsDiscretizer,
      {edges = {2, 1}})
  end)
  it("products are scikit-learn's", function()
    local function check(options, wanted)
      local list = {}
      for i, row in ipairs(all.new) do
        list[i] = {a = row[1], b = row[2], c = row[3]}
      end
      local e = prep.PolynomialFeatures(options)
      for i, row in ipairs(made(e, list, list)) do
        for j, name in ipairs(wanted.names) do
          near(row[name], wanted.values[i][j], 1e-12)
        end
      end
    end
    check({degree = 3}, g.polynomial)
    check({interaction_only = true}, g.interactions)
    raises("more than 10000 products", function()
      prep.PolynomialFeatures {degree = 9}:fit(m.ones(2, 20))
    end)
  end)
  it("parts of dates are pandas's", function()
    local parts = {"year", "quarter", "month", "day", "yearday", "weekday",
      "hour", "minute", "weekend"}
    local e = prep.DateFeatures {parts = parts, columns = "t"}
    local out = made(e, rows("t", g.dates.text), rows("t", g.dates.text))
    for _, part in ipairs(parts) do
      near(column(out, "t_" .. part), g.dates[part])
    end
    local seconds = require "mlrt.prep.dates".seconds
    for i, text in ipairs(g.dates.text) do
      near(seconds(text), g.dates.seconds[i], 0)
    end
    near(seconds "2018-07-25T12:13:14.25Z", g.dates.seconds[1] + 0.25, 0)
    near(seconds "7/25/2018 12:13:14", g.dates.seconds[1], 0)
    for _, bad in ipairs {"2018-02-30x", "2018-13-01", "1900-02-29", "25.7.18",
      "2018-07-25 25:00:00", ""} do
      eq(seconds(bad), nil)
    end
  end)
  it("dates go round, and are checked", function()
    local e = prep.DateFeatures {parts = {"hour"}, cyclic = true, columns = "t"}
    local out = made(e, rows("t", {"2020-01-01"}),
      {{t = "2020-05-05 06:00:00"}})
    near(out, {{t_hour_sin = 1, t_hour_cos = 0}})
    raises("column 't': \"soon\" is no date", function()
      e:fit(rows("t", {"soon"}))
    end)
    raises("unknown part 'weekdya'; did you mean 'weekday'?",
      prep.DateFeatures, {parts = {"weekdya"}})
  end)
end)
