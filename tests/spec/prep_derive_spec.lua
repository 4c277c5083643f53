-- prep_derive_spec.lua: formulas, patterns, replacements; leaks that are found
-- and clean data that is not accused; cross-validation.

local m = require "mlrt"

local prep = m.prep

local function through_file(value)
  local path = os.tmpname()
  assert(m.save(path, value))
  local loaded, err = m.load(path)
  os.remove(path)
  return loaded or error(err)
end

describe("prep.Formula", function()
  local function value(expression, row)
    return prep.Formula {"y = " .. expression}:fit {row}:transform(row).y
  end
  it("computes", function()
    local row = {x = 3, z = 2, ["a b"] = 10}
    for text, wanted in pairs {
      ["x + z * 2"] = 7, ["(x + z) * 2"] = 10, ["-x ^ z"] = -9,
      ["x ^ z ^ 0.5"] = 3 ^ 2 ^ 0.5, ["x - z - 1"] = 0, ["12 / x / z"] = 2,
      ["2 * -x"] = -6, ["- -x"] = 3, ["1.5e1 - .5"] = 14.5,
      ["x >= 3"] = 1, ["x ~= 3"] = 0, ["x < z + 2"] = 1, ["x == z"] = 0,
      ["min(x, z) + max(x, z) * 10"] = 32, ["log(exp(z))"] = 2,
      ["sqrt(abs(-9)) + floor(x / z)"] = 4, ['"a b" / z'] = 5,
      ["if(x > z, x, z)"] = 3, ["isnull(x)"] = 0, ["log1p(0) + round(2.6)"] = 3,
    } do near(value(text, row), wanted, 1e-12) end
  end)
  it("makes holes of holes", function()
    local f = prep.Formula {"y = x + 1", "missing = isnull(x)",
      "old = x > 3", "z = if(isnull(x), 0, x)"}
    local rows = f:fit {{x = 1}, {x = 0 / 0}}:transform {{x = 5}, {}}
    eq(rows[1], {x = 5.0, y = 6.0, missing = 0.0, old = 1.0, z = 5.0})
    eq(rows[2], {missing = 1.0, z = 0.0})
  end)
  it("uses earlier ones, replaces, and travels", function()
    local f = prep.Formula {"b = a * 2", "c = b + a", "a = a / 10"}
    f:fit {{a = 1}}
    eq(through_file(f):transform {a = 5}, {a = 0.5, b = 10.0, c = 15.0})
  end)
  it("says what it does not understand", function()
    for text, wanted in pairs {
      ["y"] = "'name = expression' expected", ["y = "] = "it ends too early",
      ["y = 1 +"] = "it ends too early", ["y = (1"] = "')' expected at the end",
      ["y = os(1)"] = "there is no function 'os'", ["y = 1 2"] =
      "'2' is unexpected", ["y = $"] = "\"$\" is not understood at character 1",
      ["y = if(1, 2)"] = "if takes 3, got 2",
      ["y = 1 < 2 < 3"] = "'<' is unexpected",
      ["y = " .. ("("):rep(500)] = "it is nested too deeply",
      ["y = " .. ("-"):rep(500)] = "it is nested too deeply",
      ["y = 2" .. ("^2"):rep(500)] = "it is nested too deeply",
    } do raises(wanted, prep.Formula, {text}) end
    raises("unknown column 'q'", function()
      prep.Formula {"y = q"}:fit {{a = 1}}
    end)
    raises("the column 'c' holds text", function()
      prep.Formula {"y = c"}:fit {{c = "x"}}
    end)
  end)
end)

describe("prep texts", function()
  it("TextPattern takes what it finds", function()
    local rows = {{n = "Braund, Mr. Owen"}, {n = "Rothes, the Countess. of"},
      {n = "nobody"}, {}}
    local t = prep.TextPattern {pattern = ", ([^.]*)%.", as = "title",
      columns = "n"}
    eq(through_file(t:fit(rows)):transform(rows),
      {{title = "Mr"}, {title = "the Countess"}, {}, {}})
    local keep = prep.TextPattern {pattern = "^(%a)", keep = true}
    eq(keep:fit(rows):transform {n = "Rothes"}, {n = "Rothes", n_found = "R"})
    raises("pattern: ", prep.TextPattern, {pattern = "(", as = "x"})
    raises("as names one column, of 2", function()
      prep.TextPattern {pattern = "x", as = "x"}:fit {{a = "x", b = "y"}}
    end)
  end)
  it("Replace renames, merges and empties", function()
    local rows = {{c = "Mlle"}, {c = "Ms"}, {c = "Mr"}, {c = "?"}}
    local r = prep.Replace {map = {Mlle = "Miss", Ms = "Miss", ["?"] = false}}
    eq(through_file(r:fit(rows)):transform(rows),
      {{c = "Miss"}, {c = "Miss"}, {c = "Mr"}, {}})
    local n = prep.Replace {map = {[0] = 4, ["5"] = 4}, other = "rest",
      columns = "e"}
    local out = n:fit {{e = 0}, {e = 5}, {e = 1}}:transform {{e = 0}, {e = 5.0},
      {e = 1}}
    eq(out, {{e = "4"}, {e = "4"}, {e = "rest"}})
    raises("map: {old = new} of texts and numbers expected", prep.Replace,
      {map = {a = true}})
  end)
  it("QuantileClipper keeps numbers in bounds", function()
    local x = m.arange(101):to "f64":unsqueeze(2)
    local c = prep.QuantileClipper {low = 0.1, high = 0.8}:fit(x)
    eq(through_file(c):transform(m.tensor {{-5}, {50}, {99}}):totable(),
      {{10.0}, {50.0}, {80.0}})
  end)
end)

-- ---- Leaks ----------------------------------------------------------------

-- Rows with a coin, a number, a noisy guess at the target, and the target.
local function sample(n, seed)
  local r = m.rand({n, 4}, {generator = m.generator(seed)}):totable()
  local rows = {}
  for i = 1, n do
    local yes = r[i][1] > 0.5
    rows[i] = {coin = r[i][2] > 0.5 and "head" or "tail", x = r[i][3],
      guess = (yes and 1 or 0) + 2 * r[i][4], y = yes and "yes" or "no"}
  end
  return rows
end

local function kinds(report)
  local seen = {}
  for _, f in ipairs(report.findings) do
    seen[#seen + 1] = f.kind .. (f.column and ":" .. f.column or "")
  end
  table.sort(seen)
  return seen
end

describe("prep.leaks", function()
  it("does not accuse clean data", function()
    local report = prep.leaks(sample(200, 1), sample(100, 2), {target = "y"})
    eq(kinds(report), {})
    eq(report.clean, true)
    eq(tostring(report), "leaks: 0 found in 200 training and 100 test rows")
  end)
  it("finds rows that are in both parts", function()
    local train, test = sample(50, 1), sample(20, 2)
    test[7], train[3], train[9] = train[4], train[4], train[4]
    local report = prep.leaks(train, test, {target = "y"})
    eq(kinds(report), {"rows in both parts", "rows twice"})
    local text = tostring(report)
    eq(text:find("1 of 20 test rows are in the training part, such as test "
      .. "row 7, training row 3", 1, true) ~= nil, true)
    eq(text:find("2 of 50 training rows repeat another", 1, true) ~= nil, true)
  end)
  it("finds columns that know the answer", function()
    local train, test = sample(200, 1), sample(100, 2)
    for _, rows in ipairs {train, test} do
      for i, row in ipairs(rows) do
        row.paid = row.y == "yes" and 0 or 10 + row.x
        row.code = row.y == "yes" and "A" .. i % 3 or "B" .. i % 2
        row.closed = row.y == "yes" and row.x or nil
      end
    end
    eq(kinds(prep.leaks(train, test, {target = "y"})),
      {"holes know the answer:closed", "knows the answer:code",
      "knows the answer:paid"})
    local numbers = m.tensor({{1, 5}, {2, 3}, {3, 9}, {4, 1}}, {dtype = "f64"})
    eq(kinds(prep.leaks(numbers, numbers + 10, {target = "x1"})), {})
    local twin = m.cat({numbers, numbers:narrow(2, 1, 1):exp()}, 2)
    eq(kinds(prep.leaks(twin, twin + 10, {target = "x1"})),
      {"knows the answer:x3"})
  end)
  it("finds groups, times and names", function()
    local train, test = sample(60, 1), sample(30, 2)
    for i, row in ipairs(train) do row.who, row.t, row.id = i % 20, i, i end
    for i, row in ipairs(test) do
      row.who, row.t, row.id = 20 + i % 5, 60 + i, 1000 + i
    end
    local o = {target = "y", group = "who", time = "t"}
    eq(kinds(prep.leaks(train, test, o)), {"names rows:id"})
    test[3].who, train[5].t, o.ignore = 7, 61, {"id"}
    eq(kinds(prep.leaks(train, test, o)), {"groups in both parts:who",
      "the future in the past:t"})
  end)
  it("finds features that move before the series does", function()
    local n, g = 400, m.generator(3)
    local close = m.randn({n}, {generator = g, dtype = "f64"}):cumsum(1) + 100
    local function shifted(by)
      return close:roll(by, 1)
    end
    local x = m.stack({close, shifted(1), close - shifted(3),
      (shifted(-1) + close + shifted(1)) / 3, shifted(-1) - close}, 2)
    x = x[{{6, n - 6}}]
    local train, test = x[{{1, 300}}], x[{{301, 380}}]
    eq(kinds(prep.leaks(train, test, {series = "x1"})),
      {"knows the future:x4", "knows the future:x5"})
  end)
  it("finds what one part lacks, and bad calls", function()
    local train, test = sample(40, 1), sample(40, 2)
    for _, row in ipairs(test) do row.x = nil end
    eq(kinds(prep.leaks(train, test, {target = "y"})), {"known in one part:x"})
    raises("unknown option 'targte'", prep.leaks, train, test, {targte = "y"})
    raises("there is no column 'z' to be the target", prep.leaks, train, test,
      {target = "z"})
    raises("unknown column 'z'", prep.leaks, train, test, {ignore = "z"})
  end)
end)

describe("prep.cross_validate", function()
  it("judges each row once", function()
    local rows = sample(120, 5)
    local p = prep.Pipeline {prep.OneHotEncoder(), prep.StandardScaler(),
      prep.LogisticRegression(), target = "y"}
    local r = prep.cross_validate(p, rows, {k = 4, stratify = "y"})
    eq({#r.folds, #r.predictions}, {4, 120})
    local sum = 0
    for _, fold in ipairs(r.folds) do sum = sum + fold.accuracy end
    near(r.mean.accuracy, sum / 4)
    eq(r.std.accuracy >= 0, true)
    -- The first fold's rows, by a model of the others.
    local train, _, _, at = prep.kfold(rows, {k = 4, stratify = "y"})()
    local own = p:clone():fit(train)
    for _, i in ipairs(at:to "i64":totable()) do
      eq(r.predictions[i], own:predict_proba(rows[i]))
    end
    eq(p.fitted, nil)
    raises("a pipeline or a model expected, got a number",
      prep.cross_validate, 3, rows)
    local x = m.randn({60, 2}, {generator = m.generator(1), dtype = "f64"})
    local y = x:select(2, 1):gt(0)
    r = prep.cross_validate(prep.LogisticRegression(), {x, y},
      {k = 3, stratify = y})
    eq(r.mean.accuracy > 0.9, true)
    eq(r.target:to "i64":sum():item(), 60 + y:count_nonzero():item())
  end)
end)

describe("prep.Pipeline:changes", function()
  it("says what each step did", function()
    local rows = {{a = 1, c = "x"}, {c = "y"}, {a = 3, c = "z"}}
    local p = prep.Pipeline {
      {prep.SimpleImputer(), "a"},
      prep.Replace {map = {z = "x"}, columns = "c"},
      prep.Formula {"twice = a * 2"},
      {prep.OneHotEncoder(), "c"},
      prep.SimpleImputer {columns = "a"},
    }:fit(rows)
    local list = p:changes(rows)
    eq(list[1].changed, {{column = "a", cells = 1, filled = 1}})
    eq(list[2].changed, {{column = "c", cells = 1, filled = 0}})
    eq(list[3].added, {"twice"})
    eq({list[4].added, list[4].removed}, {{"c=x", "c=y"}, {"c"}})
    eq(list[5].text, "nothing")
    eq(tostring(list):match "[^\n]*",
      " 1 SimpleImputer      changed a: 1 holes filled")
  end)
end)
