-- prep_pipeline_spec.lua: from raw rows to decisions, through a file and back
-- to the bit; networks over categories; what pipelines refuse.

local m = require "mlrt"
local json = require "mlrt.json"

local prep = m.prep

-- Customers, of whom those with little income in one of three cities default.
local function customers(n)
  local rows, r = {}, m.rand({n, 3}, {generator = m.generator(7)}):totable()
  local cities = {"Ulm", "Rom", "Bern"}
  for i = 1, n do
    local income, city = 1000 + 4000 * r[i][1], cities[i % 3 + 1]
    local risk = r[i][2] - r[i][1] + (city == "Rom" and 0.5 or 0)
    rows[i] = {income = i % 9 > 0 and income or nil,
      city = i % 11 > 0 and city or nil, plan = i % 2,
      since = ("20%02d-%02d-11"):format(i % 20, i % 12 + 1),
      id = i, default = risk > 0.3 and "yes" or "no"}
  end
  return rows
end

local function logistic(changes)
  local p = {
    {prep.SimpleImputer {indicator = true}, {"income"}},
    {prep.SimpleImputer {strategy = "most_frequent"}, {"city"}},
    {prep.DateFeatures {parts = {"year", "month"}, cyclic = true}, "since"},
    prep.StandardScaler {columns = {"income", "since_year"}},
    {prep.OneHotEncoder(), {"city", "plan"}},
    prep.LogisticRegression(),
    target = "default", drop = {"id"},
  }
  for key, value in pairs(changes or {}) do p[key] = value end
  return prep.Pipeline(p)
end

local function network(task)
  return prep.Pipeline {
    {prep.SimpleImputer(), {"income"}},
    prep.DateFeatures {columns = "since"},
    prep.Network {task = task, epochs = 12, hidden = 16, seed = 3},
    target = task == "numbers" and "income" or "default", drop = {"id"},
  }
end

local function through_file(value)
  local path = os.tmpname()
  assert(m.save(path, value))
  local loaded, err = m.load(path)
  os.remove(path)
  return loaded or error(err, 0)
end

local function with_income(rows)
  local list = {}
  for _, row in ipairs(rows) do if row.income then list[#list + 1] = row end end
  return list
end

describe("prep.Pipeline", function()
  before_each(function(s)
    s.train, s.test = prep.split(customers(240), {test = 60})
    s.p = logistic():fit(s.train)
  end)
  it("decides better than chance", function(s)
    local result = s.p:evaluate(s.test)
    eq(result.roc_auc > 0.7, true)
    eq(result.rows, 60)
    eq(s.p.metrics, result)
    s.p:evaluate(s.train)
    eq(s.p.metrics, result) -- of what it has not seen
    eq(s.p.labels, {"no", "yes"})
  end)
  it("scores a raw row to the bit, out of a file", function(s)
    s.p:choose_threshold(s.test, {cost = {{0, 1}, {5, 0}}})
    s.p:evaluate(s.test)
    s.p.notes = {source = "made up"}
    local q = through_file(s.p)
    eq({q.threshold, q.labels, q.notes}, {s.p.threshold, s.p.labels, s.p.notes})
    eq(q.metrics, s.p.metrics)
    local p, labels = s.p:predict_proba(s.test), s.p:predict(s.test)
    for i, row in ipairs(s.test) do
      local label, chance = q:predict(row)
      eq(chance, p[i])
      eq(label, labels[i])
      eq(label, chance >= q.threshold and "yes" or "no")
    end
  end)
  it("takes a row typed by hand", function(s)
    local a = s.p:predict_proba {income = 2000, city = "Ulm", plan = 1,
      since = "2011-05-11"}
    local b = s.p:predict_proba {income = "2000", city = "Ulm", plan = "1.0",
      since = "2011-05-11", id = 99, default = json.null}
    eq(a, b)
    raises("unknown column 'incme'; did you mean 'income'?", s.p.predict, s.p,
      {incme = 1})
    raises("row 1, column 'income': a number expected, got \"much\"",
      s.p.predict, s.p, {income = "much"})
    raises("column 'since': \"long ago\" is no date", s.p.predict, s.p,
      {since = "long ago"})
    raises("row 1, column 'since_year' is a hole; put a SimpleImputer",
      s.p.predict, s.p, {income = 3})
  end)
  it("puts the label that is asked for last", function(s)
    local no = logistic {positive = "no"}:fit(s.train)
    eq(no.labels, {"yes", "no"})
    near(no:predict_proba(s.test), 1 - s.p:predict_proba(s.test), 1e-5)
    raises("positive: no label is \"maybe\"", function()
      logistic {positive = "maybe"}:fit(s.train)
    end)
  end)
  it("says the names of labels", function(s)
    local named = logistic {names = {no = "grant", yes = "refuse"}}
    named = through_file(named:fit(s.train))
    local list = named:predict(s.test)
    eq(list[2], s.p:predict(s.test)[2] == "yes" and "refuse" or "grant")
    eq(named:predict(s.test[2]), list[2])
    eq(tostring(named):match "names = [^\n]*", "names = no: grant, yes: refuse")
    near(named:evaluate(s.test).accuracy, s.p:evaluate(s.test).accuracy)
    raises("names: the label yes has no name", function()
      logistic {names = {no = "grant"}}:fit(s.train)
    end)
  end)
  it("explains what it decides", function(s)
    local row = s.test[1]
    row.income, row.city = 1500, "Rom"
    local list, base = s.p:explain(row)
    local sum = base
    for _, part in ipairs(list) do sum = sum + part.contribution end
    near(1 / (1 + math.exp(-sum)), s.p:predict_proba(row), 1e-9)
    local seen = {}
    for _, part in ipairs(list) do seen[part.column] = part end
    eq(seen.city.value, "Rom")
    eq(seen.city.contribution > 0, true)
    eq(seen.income.contribution > 0, true)
  end)
  it("is calibrated on rows it has not seen", function(s)
    local bent = logistic():fit(s.train)
    bent.model.weight = bent.model.weight * 4
    local before = bent:evaluate(s.test).log_loss
    bent:calibrate(s.test)
    eq(bent:evaluate(s.test).log_loss < before, true)
    eq(bent.calibration.slope < 1, true)
    local row = s.test[3]
    eq(through_file(bent):predict_proba(row), bent:predict_proba(row))
  end)
  it("learns from the training part alone", function(s)
    raises("these are the test rows", s.p.fit, s.p, s.test)
    local other = prep.split(customers(30))
    eq(#s.p:clone():fit(other):predict(s.test), 60)
  end)
  it("has classes of any number and numbers", function(s)
    local many = logistic {target = "city", drop = {"id", "default"}}
    raises("row 2 of the target is a hole; leave such rows out", many.fit, many,
      s.train)
    many = prep.Pipeline {prep.StandardScaler(),
      prep.LogisticRegression(), target = "plan", features = {"income", "id"}}
    local rows = with_income(s.train)
    for i, row in ipairs(rows) do row.plan = i % 3 end
    local again = through_file(many:fit(rows))
    eq(again:predict_proba(rows).shape[2], 3)
    local label, chance = again:predict(rows[1])
    eq(math.type(label), "integer")
    eq(chance, again:predict_proba(rows[1])[label + 1])
    local ridge = prep.Pipeline {prep.StandardScaler(), prep.Ridge(),
      target = "income", features = {"id", "plan"}}:fit(rows)
    eq(ridge:evaluate(rows, "income").rows, #rows)
    near(ridge:predict(rows[2]), ridge:predict(rows)[2], 0)
  end)
  it("transforms without a model", function(s)
    local p = prep.Pipeline {prep.SimpleImputer(), prep.StandardScaler(),
      features = {"income", "plan"}}
    local x = p:fit(s.train):matrix(s.train)
    near(x:mean(1), {0, 0}, 1e-9)
    eq(p:transform(s.test[1]).plan ~= nil, true)
    raises("there is no model at the end", p.predict, p, s.test)
  end)
  it("says what is wrong", function(s)
    raises("step 1: a step or {step, {columns}} expected, got a nil",
      prep.Pipeline, {{nil, {"a"}}})
    raises("step 1: a step or {step, {columns}} expected, got the class PCA; "
      .. "write prep.PCA()", prep.Pipeline, {prep.PCA})
    raises("step 1, Ridge, is a model; only the last step may be one",
      prep.Pipeline, {prep.Ridge(), prep.PCA()})
    raises("unknown option 'traget'; did you mean 'target'?", prep.Pipeline,
      {prep.PCA(), traget = "x"})
    raises("prep.Pipeline:predict: this one was not fitted yet", function()
      logistic():predict {}
    end)
    raises("prep.Pipeline:fit: there are no rows to learn from", function()
      prep.Pipeline {prep.Ridge()}:fit(m.zeros({0, 2}), m.zeros {0})
    end)
    raises("a target is needed", function()
      prep.Pipeline {prep.Ridge()}:fit {{a = 1}}
    end)
    raises("the target has one class alone, \"no\"", function()
      logistic():fit {{default = "no", income = 1, city = "x", plan = 1,
        since = "2020-01-01", id = 1}}
    end)
    raises("the target 'default' is among the features", function()
      logistic {features = {"default"}}:fit(s.train)
    end)
    raises("row 1 of the target is \"perhaps\", a class that the training",
      s.p.evaluate, s.p, {{default = "perhaps", income = 1, since =
      "2020-01-01"}})
    raises("Network is not linear", function()
      network "classes":fit(s.train):explain(s.test[1])
    end)
  end)
  it("warns of what may surprise", function(s)
    local rows = customers(40)
    for _, row in ipairs(rows) do row.one, row.id = 7, row.id * 1e6 end
    local p = prep.Pipeline {prep.StandardScaler {columns = "one"},
      prep.KBinsDiscretizer {columns = "plan", bins = 9},
      prep.LogisticRegression {max_iter = 1, c = 1e9}, target = "default",
      features = {"one", "plan", "id"}}:fit(rows)
    eq(#p.warnings, 3)
    local text = tostring(p)
    for _, wanted in ipairs {
      "warning: StandardScaler: the column 'one' does not vary in the training",
      "warning: KBinsDiscretizer: the column 'plan' fills 1 of 9 bins",
      "warning: LogisticRegression: not converged after 1 iterations"} do
      eq(text:find(wanted, 1, true) ~= nil, true)
    end
    eq(s.p.warnings, nil)
  end)
  it("is checked when it is read", function(s)
    s.p.steps[1].fitted = nil
    raises("prep.Pipeline: a step that was not fitted", through_file, s.p)
    s.p.steps[1] = s.p.model
    raises("a step that is none", through_file, s.p)
    s.p.steps, s.p.threshold = {}, "low"
    raises("prep.Pipeline: malformed", through_file, s.p)
  end)
end)

-- ---- Files of an enemy ----------------------------------------------------

-- The pipeline's file with some bytes of its text changed.
local function spoilt(bytes, r)
  local size = ("<I8"):unpack(bytes)
  local list = {bytes:byte(1, -1)}
  for _ = 1, r(1, 3) do list[8 + r(1, size)] = r(32, 126) end
  for i, b in ipairs(list) do list[i] = string.char(b) end
  return table.concat(list)
end

describe("prep files of an enemy", function()
  it("give an error or a pipeline, whatever they hold", function()
    local g = m.generator(m.randint(0, 1 << 53, {}):item())
    local function r(a, b)
      return m.randint(a, b + 1, {}, {generator = g}):item()
    end
    local rows = customers(60)
    for _, p in ipairs {logistic():fit(rows), network "classes":fit(rows)} do
      local path = os.tmpname()
      assert(m.save(path, p))
      local f = assert(io.open(path, "rb"))
      local bytes = f:read "a"
      f:close()
      for _ = 1, 100 do
        f = assert(io.open(path, "wb"))
        f:write(spoilt(bytes, r))
        f:close()
        local loaded, err = m.load(path)
        if type(loaded) == "table" and loaded.predict then
          local ok, why = pcall(loaded.predict, loaded, rows[3])
          if not ok then eq(type(why), "string") end
        elseif loaded == nil then
          eq(type(err), "string")
        end
      end
      os.remove(path)
    end
  end)
end)

describe("prep.Network", function()
  it("takes frames, rows and tensors without a pipeline", function()
    local rows = with_income(customers(80))
    local net = prep.Network {epochs = 3}:fit(rows, "default")
    eq(#net:predict(rows), #rows)
    eq(type(net:predict(rows[1])), "string")
    local x = m.randn({50, 3}, {generator = m.generator(1)})
    local many = prep.Network {epochs = 3, hidden = {4}}:fit(x,
      m.arange(50):remainder(3):index {base = 0})
    local p = many:predict_proba(x)
    eq({p.shape[1], p.shape[2], many:predict(x).dtype}, {50, 3, "index"})
    near(p:sum(2), m.ones(50, {dtype = "f64"}), 1e-12)
    eq(#many:predict(x[{{1, 0}}]), 0)
  end)
  it("learns from categories, the same for a seed, to the bit per row",
    function()
      local train, test = prep.split(customers(240), {test = 60})
      local p = network "classes":fit(train)
      eq(p:evaluate(test).roc_auc > 0.65, true)
      eq(p:predict_proba(test), network "classes":fit(train)
        :predict_proba(test))
      local q, all = through_file(p), p:predict_proba(test)
      for i = 1, #test, 7 do eq(q:predict_proba(test[i]), all[i]) end
      eq(type(q:predict_proba {income = 2e3, city = "Oslo", plan = 0,
        since = "2011-01-01"}), "number")
    end)
  it("predicts numbers", function()
    local rows = with_income(customers(200))
    for _, row in ipairs(rows) do
      row.income = 100 * #(row.city or "") + row.plan
    end
    local p = prep.Pipeline {prep.Network {task = "numbers", epochs = 40,
      batch = 16}, target = "income", features = {"city", "plan"}}
    local train, test = {}, {}
    for i, row in ipairs(rows) do
      if row.city then table.insert(i % 4 == 0 and test or train, row) end
    end
    eq(p:fit(train):evaluate(test).r2 > 0.9, true)
    eq(through_file(p):predict(test), p:predict(test))
  end)
  it("is checked when it is read", function()
    local p = network "classes":fit((prep.split(customers(60))))
    table.remove(p.model.weights)
    raises("prep.Network: layers that do not fit", through_file, p)
    raises("dropout: 0 or more and below 1 expected", prep.Network,
      {dropout = 1})
  end)
end)
