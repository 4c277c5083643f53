-- prep_spec.lua: scalers, PCA, regressions and folds against scikit-learn
-- (tests/golden/prep.py); parts that refuse to be fitted on; what is wrong
-- input.

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

local g = golden()

local function f64(v) return m.tensor(v, {dtype = "f64"}) end
local function weight_of(case)
  return case.weight ~= json.null and f64(case.weight) or nil
end

local function made(case)
  return prep[case.name](next(case.options) and case.options or nil)
end

describe("prep steps", function()
  for i, case in ipairs(g.steps) do
    it(("are scikit-learn's: %d %s"):format(i, case.name), function()
      local step = made(case):fit(f64(g.x))
      near(step:transform(f64(g.x)), case.train, 1e-9)
      near(step:transform(f64(g.new)), case.new, 1e-9)
    end)
  end
  it("PCA finds scikit-learn's components", function()
    local x = f64(g.x):narrow(2, 1, 4)
    local pca = prep.PCA():fit(x)
    near(pca:explained().ratio, g.pca.ratio, 1e-9)
    near(pca:explained().variance, g.pca.variance, 1e-9)
    near(pca:transform(f64(g.new):narrow(2, 1, 4)):abs(), g.pca.magnitude, 1e-9)
    eq(prep.PCA {keep = 1}:fit_transform(x).shape[2], 4)
    eq(prep.PCA {keep = g.pca.ratio[1]}:fit_transform(x).shape[2], 1)
    local white = prep.PCA {whiten = true}:fit_transform(x)
    near(white:std(1), {1, 1, 1, 1}, 1e-9)
  end)
  it("leave holes as they are", function()
    local x = f64 {{1}, {0 / 0}, {3}}
    for _, name in ipairs {"StandardScaler", "MinMaxScaler", "RobustScaler",
      "QuantileTransformer", "LogScaler"} do
      local y = prep[name]():fit_transform(x):reshape(-1)
      eq(y:isnan():totable(), {false, true, false})
    end
    near(prep.StandardScaler():fit_transform(x)[{{1, 1}}], {{-1}})
  end)
  it("are done to the columns that are named", function()
    local rows = {{a = 1, b = 10}, {a = 3, b = 30}}
    local s = prep.StandardScaler {columns = "b"}:fit(rows)
    eq(s:transform(rows), {{a = 1.0, b = -1.0}, {a = 3.0, b = 1.0}})
    eq(s:transform {a = 5, b = 20}, {a = 5.0, b = 0.0})
    eq(s:transform {a = "5", b = "20"}, {a = 5.0, b = 0.0})
  end)
end)

describe("prep regressions", function()
  for i, case in ipairs(g.numbers) do
    it(("are scikit-learn's: %d %s"):format(i, case.name), function()
      local model = made(case):fit(f64(g.x), f64(g.y),
        {weight = weight_of(case)})
      near(model:predict(f64(g.new)), case.new, 1e-8)
      near(model.weight:select(1, 1), case.coef, 1e-8)
      near(model.bias[1], case.bias, 1e-8)
    end)
  end
  for i, case in ipairs(g.classes) do
    it(("LogisticRegression is scikit-learn's: %d"):format(i), function()
      local scaler = prep.StandardScaler():fit(f64(g.x))
      case.options.tolerance = 1e-8
      local model = prep.LogisticRegression(case.options):fit(
        scaler:transform(f64(g.x)), case.y, {weight = weight_of(case)})
      eq(model.converged, true)
      near(model.weight, case.coef, 1e-5)
      near(model.bias, case.bias, 1e-5)
      local p = model:predict_proba(scaler:transform(f64(g.new)))
      local wanted = f64(case.new)
      near(p, p.ndim == 1 and wanted:select(2, 2) or wanted, 1e-6)
    end)
  end
  it("give labels of the target's kind", function()
    local x = f64 {{-2}, {-1}, {1}, {2}}
    local function labels(y, o)
      local v = prep.LogisticRegression():fit(x, y, o):predict(x)
      return m.is_tensor(v) and {v.dtype, v:totable()} or v
    end
    eq(labels {"no", "no", "yes", "yes"}, {"no", "no", "yes", "yes"})
    eq(labels {false, false, true, true},
      {"bool", {false, false, true, true}})
    eq(labels {3, 3, 7, 7}, {"i64", {3, 3, 7, 7}})
    eq(labels {0.5, 0.5, 1.5, 1.5}, {"f64", {0.5, 0.5, 1.5, 1.5}})
    eq(labels(m.index {1, 1, 2, 2}), {"index", {1, 1, 2, 2}})
    local model = prep.LogisticRegression():fit(x, {1, 1, 0, 0},
      {positive = 0})
    eq(model.labels, {1, 0})
    eq(model:predict(x):totable(), {1, 1, 0, 0})
    eq(model:predict_proba(x)[4] > 0.5, true)
    eq({model:predict {x1 = 2}, model:predict {x1 = -2}}, {0, 1})
  end)
  it("score a row alone to the bit as among others", function()
    m.seed(5)
    for _, k in ipairs {1, 3, 17, 300, 3000} do
      local x = m.randn({200, k}, {dtype = "f64"})
      local model = prep.LogisticRegression {max_iter = 3}:fit(x,
        x:select(2, 1):gt(0))
      local p = model:predict_proba(x)
      for i = 1, 200, 23 do
        eq(model:predict_proba(x[{{i, i}}])[1], p[i])
      end
    end
  end)
end)

-- ---- Parts ----------------------------------------------------------------

local function pairs_of(iterator)
  local list = {}
  for train, test in iterator do
    list[#list + 1] = {(train:to "i64" - 1):totable(),
      (test:to "i64" - 1):totable()}
  end
  return list
end

describe("prep folds", function()
  it("are scikit-learn's", function()
    eq(pairs_of(prep.kfold(24, {k = 5})), g.folds.plain)
    eq(pairs_of(prep.kfold(24, {k = 4, stratify = g.class})),
      g.folds.stratified)
    eq(pairs_of(prep.kfold(24, {k = 3, group = g.groups})), g.folds.grouped)
    eq(pairs_of(prep.walk_forward(24, {k = 4})), g.folds.time)
    eq(pairs_of(prep.walk_forward(24, {k = 3, gap = 2, test = 4, window = 6})),
      g.folds.time_gap)
  end)
  it("let each row judge once, shuffled too", function()
    local class = f64(g.class)
    for _, o in ipairs {{}, {stratify = class}, {group = g.groups}} do
      o.k, o.shuffle, o.seed = 3, true, 4
      local judged = m.zeros(24, {dtype = "f64"})
      for train, test in prep.kfold(24, o) do
        eq(train:numel() + test:numel(), 24)
        judged = judged + test:bincount(nil, 24)
      end
      eq(judged:eq(1):all():item(), true)
    end
  end)
  it("say what is wrong", function()
    raises("prep.kfold: k: 2 to 3 folds expected, got 5", prep.kfold, 3)
    raises("the class '2' has 1 rows, fewer than the 2 folds", prep.kfold, 3,
      {k = 2, stratify = {1, 1, 2}})
    raises("1 groups cannot make 2 folds", prep.kfold, 3,
      {k = 2, group = {"a", "a", "a"}})
    raises("10 rows are too few for 5 tests of 2 after a gap of 0",
      prep.walk_forward, 10, {test = 2})
    raises("row 2 of the target is a hole", prep.kfold, 3,
      {k = 2, stratify = {1, 0 / 0, 1}})
  end)
end)

describe("prep.split", function()
  it("cuts shares and counts, the same for a seed", function()
    local train, validation, test = prep.split(100,
      {test = 0.2, validation = 10})
    eq({#train, #validation, #test}, {70, 10, 20})
    eq(prep.split(100, {seed = 3}):totable(), prep.split(100, {seed = 3})
      :totable())
    local a, b = prep.split({f64(g.x), f64(g.y)}, {test = 4})
    eq({#a[1], #a[2], #b[1], #b[2]}, {20, 20, 4, 4})
    local _, last = prep.split({"a", "b", "c"}, {shuffle = false, test = 1})
    eq(last, {"c"})
    local _, odd = prep.split(f64 {1, 2, 3, 4},
      {test = m.tensor({0, 1, 0, 1}):eq(1)})
    eq(odd:totable(), {2.0, 4.0})
  end)
  it("keeps the shares of classes", function()
    local class = {}
    for i = 1, 100 do class[i] = i % 10 == 0 and "bad" or "good" end
    local train, test = prep.split(class, {stratify = class, test = 0.3})
    local function bad(list)
      local n = 0
      for _, v in ipairs(list) do n = n + (v == "bad" and 1 or 0) end
      return n
    end
    eq({#train, #test, bad(train), bad(test)}, {70, 30, 7, 3})
    local a, b, c = prep.split(class, {stratify = class, test = 0.2,
      validation = 0.3})
    eq({#a, #b, #c, bad(a), bad(b), bad(c)}, {50, 30, 20, 5, 3, 2})
  end)
  it("keeps groups together", function()
    local train, test = prep.split(24, {group = g.groups, test = 0.3})
    local seen = {}
    for _, i in ipairs(train:to "i64":totable()) do seen[g.groups[i]] = true end
    for _, i in ipairs(test:to "i64":totable()) do
      eq(seen[g.groups[i]], nil)
    end
  end)
  it("cuts in time, with a gap, equal times together", function()
    local times = {5, 1, 2, 2, 3, 4, 4, 9, 8, 8}
    local train, test = prep.split(10, {time = times, test = 2, gap = 4})
    eq({train:totable(), test:totable()},
      {m.index {2, 3, 4, 5}:totable(), m.index {9, 10, 8}:totable()})
    local _, late = prep.split(3, {test = 1, gap = "1d",
      time = {"2020-03-01", "2020-01-01 10:00", "2020-02-01"}})
    eq(late:totable(), m.index {1}:totable())
    raises("time: \"soon\" is no date", prep.split, 2,
      {time = {"soon", "2020-01-01"}})
    raises("the train part is empty", prep.split, 10,
      {time = times, test = 2, gap = 8})
    raises("gap: a number or a text such as '7d' expected, got \"1 year\"",
      prep.split, 10, {time = times, gap = "1 year"})
    raises("gap needs time", prep.split, 10, {gap = 3})
  end)
  it("refuses a fit on what judges", function()
    local x = f64(g.x)
    local train, test = prep.split(x, {test = 0.25})
    eq(#prep.StandardScaler():fit(train):transform(test), 6)
    raises("these are the test rows of a split", prep.StandardScaler().fit,
      prep.StandardScaler(), test)
    raises("these rows were split, so they contain the test rows",
      prep.Ridge().fit, prep.Ridge(), x, g.y)
    prep.StandardScaler():fit(prep.unmark(x))
    for _, validation in prep.kfold(train, {k = 3}) do
      raises("these are the test rows", prep.PCA().fit, prep.PCA(), validation)
    end
    prep.StandardScaler():fit(train)
  end)
  it("refuses to judge what was fitted before it", function()
    local x = f64(g.x)
    local scaler = prep.StandardScaler():fit(x)
    local p = prep.Pipeline {prep.Ridge()}:fit(x, g.y)
    local train, test = prep.split({x, f64(g.y)})
    raises("fitted on all rows before they were split, the test rows among",
      scaler.transform, scaler, test[1])
    raises("prep.Pipeline:evaluate: this one was fitted on all rows",
      p.evaluate, p, test[1], test[2])
    eq(#p:predict(test[1]), 5)
    p:fit(train[1], train[2])
    eq({p:evaluate(train[1], train[2]).rows, p.metrics == nil}, {19, true})
    eq({p:evaluate(test[1], test[2]).rows, p.metrics.rows}, {5, 5})
  end)
  it("says what is wrong", function()
    raises("unknown option 'tset'; did you mean 'test'", prep.split, 5,
      {tset = 1})
    raises("test: a share in 0..1 or a number of rows below 5", prep.split, 5,
      {test = 5})
    raises("1 rows cannot be split", prep.split, 1)
    raises("the first has 24 rows, number 2 has 3", prep.split,
      {f64(g.x), f64 {1, 2, 3}})
    raises("give one of stratify, group and time", prep.split, 24,
      {stratify = g.class, group = g.groups})
    raises("no row is left", prep.split, 4, {test = 2, validation = 2})
    raises("a bool mask of 4 rows", prep.split, 4, {test = f64 {1, 2}})
  end)
end)

-- ---- Files and errors -----------------------------------------------------

local function through_file(value)
  local path = os.tmpname()
  assert(m.save(path, value))
  local loaded, err = m.load(path)
  os.remove(path)
  return loaded or error(err)
end

describe("prep in files", function()
  it("does what it did", function()
    local x, new = f64(g.x), f64(g.new)
    for _, case in ipairs(g.steps) do
      local step = made(case):fit(x)
      eq(through_file(step):transform(new), step:transform(new))
    end
    local pca = prep.PCA {components = 2, whiten = true}:fit(x)
    eq(through_file(pca):transform(new), pca:transform(new))
    for _, case in ipairs(g.numbers) do
      local model = made(case):fit(x, g.y)
      eq(through_file(model):predict(new), model:predict(new))
    end
    local model = prep.LogisticRegression():fit(x, g.class)
    local again = through_file(model)
    eq(again:predict_proba(new), model:predict_proba(new))
    eq(again:predict(new), model:predict(new))
    eq(tostring(through_file(prep.PCA())), tostring(prep.PCA()))
  end)
  it("is checked when it is read", function()
    local step = prep.StandardScaler():fit(f64(g.x))
    step.spread = f64 {1}
    raises("prep.StandardScaler: what it learnt as 'spread' is malformed",
      through_file, step)
    local model = prep.LogisticRegression():fit(f64(g.x), g.class)
    model.labels = {1, 2}
    raises("prep.LogisticRegression: labels that do not fit", through_file,
      model)
    model.labels = {1, 2, "x"}
    raises("malformed labels", through_file, model)
  end)
end)

describe("prep errors", function()
  it("name row, column and remedy", function()
    local function fit(class, data, y, o)
      local object = prep[class](o)
      return function() return object:fit(data, y) end
    end
    raises("prep.PCA:fit: row 2, column 'x1' is a hole; put a SimpleImputer",
      fit("PCA", f64 {{1, 2}, {0 / 0, 3}}))
    raises("row 1, column 'x2' is infinite", fit("Ridge",
      f64 {{1, math.huge}, {1, 3}}, {1, 2}))
    raises("the column 'city' holds text; put an encoder", fit("Ridge",
      {{city = "Ulm"}, {city = "Rom"}}, {1, 2}))
    raises("the column 'x1' has no value in the training part",
      fit("StandardScaler", f64 {{0 / 0}, {0 / 0}}))
    raises("there are no rows to learn from", fit("StandardScaler",
      m.zeros({0, 2}, {dtype = "f64"})))
    raises("the target has one class alone, 1;", fit("LogisticRegression",
      f64(g.x), m.ones(24)))
    raises("24 rows of data and 2 of the target", fit("Ridge", f64(g.x),
      {1, 2}))
    raises("row 2 of the target is a hole", fit("Ridge", f64 {{1}, {2}},
      {1, 0 / 0}))
    raises("a target is needed", fit("Ridge", f64 {{1}, {2}}))
    raises("the target has 200 different numbers; for numbers use a regression",
      fit("LogisticRegression", m.randn(200, 1), m.randn(200)))
  end)
  it("name the option", function()
    raises("unknown name 'StandardScalar'; did you mean 'StandardScaler'?",
      function() return prep.StandardScalar end)
    raises("prep.Ridge: unknown option 'aplha'; did you mean 'alpha'?",
      prep.Ridge, {aplha = 1})
    raises("prep.LogisticRegression: c should be positive, got 0",
      prep.LogisticRegression, {c = 0})
    raises("prep.PCA:fit: unknown column 'z'; known are x1", function()
      prep.PCA {columns = {"z"}}:fit(f64 {{1}, {2}})
    end)
    raises("this one was not fitted yet", function()
      prep.PCA():transform(f64 {{1}})
    end)
    raises("prep.Ridge:predict_proba: this predicts numbers", function()
      prep.Ridge():fit(f64 {{1}, {2}}, {1, 2}):predict_proba(f64 {{1}})
    end)
  end)
  it("of raw rows name the column", function()
    local rows = {{age = 1, city = 2}, {age = 3, city = 3}}
    local model = prep.Ridge():fit(rows, {1, 2})
    raises("row 1, column 'age': a number expected, got \"old\"",
      model.predict, model, {age = "old", city = 1})
    raises("unknown column 'agee'; did you mean 'age'?", model.predict, model,
      {agee = 1})
    raises("row 1, column 'city' is a hole", model.predict, model, {age = 1})
    raises("2 columns expected, got 3", model.predict, model, m.ones(2, 3))
    raises("a frame, a tensor, a row {column = value} or a list of rows",
      model.predict, model, 3)
  end)
end)
