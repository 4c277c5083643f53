-- metrics_spec.lua: metrics against scikit-learn (tests/golden/metrics.py), in
-- one piece and in batches; their states; what is wrong input.

local m = require "mlrt"
local json = require "mlrt.json"

local metrics = m.metrics
local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"

local function golden()
  local f = assert(io.open(here .. "/../golden/metrics.json"))
  local text = f:read "a"
  f:close()
  return json.decode(text)
end

local cases = golden()

-- ---- Golden values --------------------------------------------------------

-- JSON's stand-ins for numbers it does not have.
local function plain(v)
  if v == json.null or v == "nan" then return 0 / 0 end
  if v == "inf" then return math.huge end
  if v == "-inf" then return -math.huge end
  if type(v) ~= "table" then return v end
  local t = {}
  for key, x in pairs(v) do t[key] = plain(x) end
  return t
end

local function f64(v) return m.tensor(v, {dtype = "f64"}) end

-- Prediction, target and weight of a case; of numbers there are no labels.
local function input_of(case)
  local i = cases.inputs[case.input]
  local function class(v)
    return m.tensor(v, {dtype = "i64"}):index {base = 0}
  end
  local target = i.labels and class(i.target) or f64(i.target)
  local prediction = case.kind == "labels" and class(i.labels)
    or f64(i.scores)
  return prediction, target, i.weight and f64(i.weight)
end

-- The parts of a tensor, or nil.
local function halves(t, at)
  if not t then return end
  return {t[{{1, at}}], t[{{at + 1, #t}}]}
end

-- Tensors as tables, so that a curve can be compared.
local function tables(v)
  if type(v) ~= "table" then return v end
  local t = {}
  for key, x in pairs(v) do t[key] = m.is_tensor(x) and x:totable() or x end
  return t
end

local classes = {top_k = "TopK", fbeta = "FBeta", roc_auc = "ROCAUC",
  average_precision = "AveragePrecision", calibration_error =
  "CalibrationError", log_loss = "LogLoss", balanced_accuracy =
  "BalancedAccuracy", confusion_matrix = "ConfusionMatrix", mcc = "MCC",
  mse = "MSE", rmse = "RMSE", mae = "MAE", mape = "MAPE"}

local function class_of(name)
  return metrics[classes[name] or name:sub(1, 1):upper() .. name:sub(2)]
end

local function in_batches(case, options, p, t, w)
  local metric = class_of(case.function_name)(options)
  local at = math.max(1, #t // 3)
  local ps, ts, ws = halves(p, at), halves(t, at), halves(w, at) or {}
  metric:update(ps[1], ts[1], ws[1])
  local other = class_of(case.function_name)(options)
  other:load_state(metric:state())
  return other:update(ps[2], ts[2], ws[2]):compute()
end

local function check(case)
  local p, t, w = input_of(case)
  local options, given = plain(case.options), {weight = w}
  for key, value in pairs(options) do given[key] = value end
  local got, want = metrics[case["function"]](p, t, given), plain(case.value)
  if type(want) == "table" and want.confidence then
    got.weight = nil
  end
  near(tables(got), want, 1e-9)
  if not case["function"]:find "curve" then
    case.function_name = case["function"]
    near(tables(in_batches(case, options, p, t, w)), want, 1e-9)
  end
end

describe("metrics against scikit-learn:", function()
  local names, by = {}, {}
  for _, case in ipairs(cases.cases) do
    local name = case["function"] .. " of " .. case.input
    if not by[name] then
      by[name], names[#names + 1] = {}, name
    end
    table.insert(by[name], case)
  end
  for _, name in ipairs(names) do
    it(name, function()
      for k, case in ipairs(by[name]) do
        local ok, err = pcall(check, case)
        if not ok then
          error(("case %d %s: %s"):format(k, json.encode(case.options), err))
        end
      end
    end)
  end
  it("McNemar's test", function()
    for _, case in ipairs(cases.mcnemar) do
      local a, t = input_of {input = case.input, kind = "labels"}
      local b = m.tensor(case.other, {dtype = "i64"}):index {base = 0}
      local exact = metrics.mcnemar(a, b, t, {exact = true})
      local chi2 = metrics.mcnemar(a, b, t, {exact = false})
      eq({exact.only_a, exact.only_b}, {case.only_a, case.only_b})
      near({exact.p, chi2.statistic, chi2.p}, {case.exact, case.statistic,
        case.p}, 1e-9)
    end
  end)
end)

-- ---- What may be given ----------------------------------------------------

describe("metrics take", function()
  it("logits, probabilities, classes and lists", function()
    local z = m.randn(50, 4, {dtype = "f64"})
    local t = m.randint(1, 5, {50}, {dtype = "index"})
    local accuracy = metrics.accuracy(z:argmax(2), t)
    eq(metrics.accuracy(z, t), accuracy)
    eq(metrics.accuracy(z:softmax(2):to "f32", t), accuracy)
    near(metrics.log_loss(z, t), m.cross_entropy(z, t):item(), 1e-12)
    near(metrics.log_loss(z:softmax(2), t), metrics.log_loss(z, t), 1e-12)
    near(metrics.roc_auc(z, t), metrics.roc_auc(z:softmax(2), t), 1e-12)
    near(metrics.brier(z, t), metrics.brier(z:softmax(2), t), 1e-12)
    eq(metrics.accuracy({1, 0, 1, 0}, {1, 1, 1, 0}), 0.75)
    eq(metrics.accuracy({true, false}, {true, true}), 0.5)
    near(metrics.mse({1, 2, 3}, {1, 2, 5}), 4 / 3)
  end)
  it("scores of two classes in all their forms", function()
    local z = m.randn(40, {dtype = "f64"})
    local yes = m.rand(40):gt(0.4)
    local index = yes:to "i64":index {base = 0}
    local two = m.stack({-z / 2, z / 2}, 2)
    for _, name in ipairs {"accuracy", "f1", "mcc", "roc_auc", "log_loss",
        "average_precision"} do
      local want = metrics[name](z, yes)
      near(metrics[name](z:unsqueeze(2), yes:to "f32"), want, 1e-12)
      near(metrics[name](z:unsqueeze(2), yes:to "i32":unsqueeze(2)), want,
        1e-12)
      near(metrics[name](two, index), want, 1e-12)
      near(metrics[name](two:softmax(2), index), want, 1e-12)
      near(metrics[name](z:sigmoid(), index), want, 1e-12)
    end
    near(metrics.accuracy(z:sigmoid(), yes, {threshold = 0.8}),
      metrics.accuracy(z:sigmoid():ge(0.8), yes))
  end)
  it("scores of every pixel", function()
    local z = m.randn(2, 3, 4, 5)
    local t = m.randint(1, 4, {2, 4, 5}, {dtype = "index"})
    local flat = z:movedim(2, -1):reshape(-1, 3)
    eq(metrics.accuracy(z, t), metrics.accuracy(flat, t:reshape(-1)))
    local w = m.rand(2, 4, 5)
    near(metrics.f1(z, t, {weight = w}), metrics.f1(flat, t:reshape(-1),
      {weight = w:reshape(-1)}), 1e-12)
  end)
  it("targets that are none, which do not count", function()
    local z, t = m.randn(6, 3), m.index {1, false, 3, 2, false, 1}
    local some = t:ge(1)
    for _, name in ipairs {"accuracy", "f1", "log_loss", "brier", "kappa",
        "calibration_error", "top_k"} do
      local o = name == "top_k" and {k = 2} or {}
      near(metrics[name](z, t, o), metrics[name](z:mask_rows(some),
        t:mask_rows(some), o), 1e-12)
    end
    raises("before any sample", metrics.accuracy, m.randn(1, 3),
      m.index {false})
  end)
  it("predictions that remember how they were made", function()
    local z = m.randn(5, 3, {requires_grad = true})
    local before = m.memory().tensors
    local loss = metrics.LogLoss()
    loss:update(z * 2, m.index {1, 2, 3, 1, 2})
    collectgarbage()
    collectgarbage()
    eq(m.memory().tensors <= before, true)
    eq(z.grad, nil)
  end)
  it("batches that become larger classes", function()
    local f1 = metrics.F1 {average = "none"}
    f1:update(m.index {1, 2}, m.index {1, 1})
    f1:update(m.index {4, 2}, m.index {4, 2})
    near(f1:compute(), {2 / 3, 2 / 3, 0, 1})
    eq(#metrics.F1 {average = "none", classes = 6}:update(m.index {1},
      m.index {1}):compute(), 6)
  end)
end)

describe("metrics refuse", function()
  local cases_of_error = {
    {"a one-hot target say target:argmax(2)", "accuracy",
      function() return m.randn(3, 4), m.randn(3, 4) end},
    {"shape (3, 4) does not fit a target of shape (2)", "accuracy",
      function() return m.randn(3, 4), m.index {1, 2} end},
    {"'target' has class 5, the prediction is of 4 classes", "f1",
      function() return m.randn(3, 4), m.index {1, 2, 5} end},
    {"of shape (3, 0) has no classes", "accuracy",
      function() return m.empty(3, 0), m.index {1, 1, 1} end},
    {"'prediction' holds nan", "roc_auc",
      function() return m.tensor {0.5, 0 / 0}, {1, 0} end},
    {"'prediction' holds none", "accuracy",
      function() return m.index {false, 1}, m.index {1, 1} end},
    {"classes are an index", "accuracy",
      function() return m.index {1, 2}, m.tensor {3, 4} end},
    {"a tensor expected, got string", "accuracy",
      function() return "yes", {1} end},
    {"'target': a list of numbers or of booleans expected (element 1: number",
      "accuracy", function() return {1}, {"yes"} end},
    {"scores (f32 or f64) expected, got classes", "roc_auc",
      function() return m.index {1, 2}, m.index {1, 2} end},
    {"probabilities expected, 0..1", "log_loss",
      function() return {0.5, 3}, {1, 0}, {logits = false} end},
    {"'weight': shape (2) expected, got (3)", "accuracy",
      function() return {1, 0}, {1, 0}, {weight = {1, 2, 3}} end},
    {"'weight' has -1, which is negative", "accuracy",
      function() return {1, 0}, {1, 0}, {weight = {1, -1}} end},
    {"average = 'binary' is for two classes, got 3", "f1",
      function() return m.randn(3, 3), m.index {1, 2, 3},
        {average = "binary"} end},
    {"one of auto, binary, micro", "f1",
      function() return {1}, {1}, {average = "mikro"} end},
    {"did you mean 'average'", "f1",
      function() return {1}, {1}, {averege = "micro"} end},
    {"shape (N) or (N, K) expected, got (3, 1) and (4, 1)", "mse",
      function() return {1, 2, 3}, {1, 2, 3, 4} end},
    {"'target' holds nan or an infinity", "r2",
      function() return {1, 2}, {1, 0 / 0} end},
    {"numbers expected, got dtype index", "mae",
      function() return m.index {1}, m.index {1} end},
    {"a row for each true class", "cost",
      function() return {1}, {1}, {matrix = {{0, 1}, {2}}} end},
    {"scores of two classes expected", "roc_curve",
      function() return m.randn(4, 3), m.index {1, 2, 3, 1} end},
    {"before any sample", "roc_auc",
      function() return m.empty(0), m.tensor {} end},
    {"(N, C) expected, got (N)", "top_k", function() return {0.5}, {1} end},
    {"takes no weights", "roc_auc", function()
      return m.randn(4, 3), m.index {1, 2, 3, 1}, {multi = "ovo",
        weight = {1, 1, 1, 1}} end},
  }
  for k, row in ipairs(cases_of_error) do
    it(("case %d: %s"):format(k, row[1]), function()
      raises(row[1], metrics[row[2]], row[3]())
    end)
  end
  it("names that do not exist", function()
    raises("unknown metric 'acuracy'; did you mean 'Accuracy'?", function()
      return metrics.acuracy
    end)
  end)
  it("guesses about logits that turn out wrong", function()
    local loss = metrics.LogLoss()
    loss:update({0.2, 0.9}, {0, 1})
    raises("say logits = true or false", loss.update, loss, {3, -2}, {1, 0})
    near(metrics.LogLoss {logits = true}:update({0.2, 0.9}, {0, 1})
      :update({3, -2}, {1, 0}):compute(),
      metrics.log_loss({0.2, 0.9, 3, -2}, {0, 1, 1, 0}), 1e-12)
  end)
  it("an update that fails, and are as they were", function()
    local roc = metrics.ROCAUC()
    roc:update({0.2, 0.9}, {0, 1})
    raises("shape (2, 3) after some of shape", roc.update, roc, m.randn(2, 3),
      m.index {1, 2})
    raises("some batches and not for others", roc.update, roc, {0.1}, {1}, {2})
    eq(roc:compute(), 1.0)
    eq(roc.sums.samples, 2)
  end)
end)

-- ---- State ----------------------------------------------------------------

describe("a metric's state", function()
  it("goes through a file", function()
    local path = os.tmpname()
    for _, name in ipairs {"F1", "ROCAUC", "CalibrationError", "R2", "LogLoss",
        "ConfusionMatrix"} do
      local a, b = metrics[name](), metrics[name]()
      local p, t = m.rand(20), m.rand(20):gt(0.5):to "f32"
      a:update(p, t)
      assert(m.save(path, {metric = a:state()}))
      b:load_state(assert(m.load(path)).metric)
      b:update(1 - p, t)
      a:update(1 - p, t)
      eq(b:compute(), a:compute())
      a:reset()
      raises("before any sample", a.compute, a)
    end
    os.remove(path)
  end)
  it("is not another's", function()
    local f1, accuracy = metrics.F1(), metrics.Accuracy()
    f1:update({1, 0}, {1, 1})
    raises("a state of metrics.Accuracy expected, got metrics.F1",
      accuracy.load_state, accuracy, f1:state())
    raises("expected, got number", accuracy.load_state, accuracy, 3)
    local broken = metrics.RMSE():state()
    broken.weight = "heavy"
    raises("'weight' is a string, wanted a number", function()
      metrics.RMSE():load_state(broken)
    end)
  end)
  it("is a copy", function()
    local f1 = metrics.F1()
    f1:update({1, 0}, {1, 1})
    local state, before = f1:state(), f1:compute()
    state.right:fill_(7)
    eq(f1:compute(), before)
  end)
  it("has a name for the log", function()
    eq(metrics.F1().name, "f1")
    eq(metrics.TopK {k = 3}.name, "top3")
    eq(metrics.F1 {average = "micro", name = "f1_micro"}.name, "f1_micro")
    eq(tostring(metrics.F1()), "metrics.F1: no samples")
  end)
  it("does not grow", function()
    local list = {metrics.F1(), metrics.ConfusionMatrix(), metrics.LogLoss(),
      metrics.ROCAUC {bins = 50}, metrics.CalibrationError()}
    local function update()
      local p, t = m.rand(50, 3):softmax(2), m.randint(1, 4, {50},
        {dtype = "index"})
      for _, metric in ipairs(list) do metric:update(p, t) end
      collectgarbage()
      collectgarbage()
      return m.memory().live
    end
    update()
    local before = update()
    for _ = 1, 20 do update() end
    eq(update(), before)
  end)
  it("of bins is small and nearly exact", function()
    local t = m.rand(4000):gt(0.5)
    local p = (m.randn(4000) + t:to "f32"):sigmoid()
    for _, name in ipairs {"ROCAUC", "AveragePrecision"} do
      local exact, binned = metrics[name](), metrics[name] {bins = 500}
      for _, metric in ipairs {exact, binned} do
        for i = 1, 4000, 1000 do
          metric:update(p[{{i, i + 999}}], t[{{i, i + 999}}])
        end
      end
      near(binned:compute(), exact:compute(), 1e-3)
      eq(binned:state().all:numel(), 500)
    end
    local z = m.randn(3000, 4)
    local c = (z + m.randn(3000, 4)):argmax(2)
    for _, average in ipairs {"macro", "weighted", "none"} do
      near(metrics.roc_auc(z, c, {bins = 1000, average = average}),
        metrics.roc_auc(z, c, {average = average}), 1e-3)
    end
  end)
end)

-- ---- Decisions ------------------------------------------------------------

-- The mean cost of saying yes from `threshold` on.
local function cost_at(p, t, cost, threshold)
  local total = 0
  for i, score in ipairs(p) do
    total = total + cost[t[i] + 1][score >= threshold and 2 or 1]
  end
  return total / #p
end

describe("a decision by cost", function()
  it("has the best of all thresholds", function()
    local p, t = {}, {}
    for i = 1, 40 do
      t[i] = math.random(0, 1)
      p[i] = math.random(0, 10) / 10 + t[i] * 0.2
    end
    for _, cost in ipairs {{{0, 1}, {1, 0}}, {{0, 1}, {5, 0}},
        {{-1, 3}, {2, -4}}, {{0, 100}, {1, 0}}} do
      local best = metrics.best_threshold(p, t, {cost = cost})
      local least = cost_at(p, t, cost, math.huge)
      for _, score in ipairs(p) do
        least = math.min(least, cost_at(p, t, cost, score))
      end
      near(best.value, least, 1e-12)
      near(cost_at(p, t, cost, best.threshold), least, 1e-12)
      local matrix = best.confusion
      eq(matrix[1][1] + matrix[1][2] + matrix[2][1] + matrix[2][2], 40.0)
    end
  end)
  it("knows the threshold of calibrated probabilities", function()
    local best = metrics.best_threshold({0.1, 0.9}, {0, 1},
      {cost = {{0, 1}, {4, 0}}})
    near(best.theory, 0.2)
    eq(metrics.best_threshold({0.1, 0.9}, {0, 1}, {cost = {{0, 9}, {1, 2}}})
      .threshold, math.huge)
  end)
  it("can maximise F1 and Youden's J", function()
    local p, t = {0.1, 0.4, 0.35, 0.8}, {0, 0, 1, 1}
    local f1 = metrics.best_threshold(p, t, {goal = "f1"})
    near(f1.value, 0.8)
    eq(f1.threshold, 0.35)
    near(metrics.f1({0, 1, 1, 1}, t), f1.value)
    near(metrics.best_threshold(p, t, {goal = "youden"}).value, 0.5)
    raises("needs samples of both classes", metrics.best_threshold, {0.1}, {1},
      {goal = "youden"})
    raises("two classes expected, got 3", metrics.best_threshold, p, t,
      {cost = {{0, 1, 2}, {1, 0, 2}, {1, 2, 0}}})
  end)
  it("takes the cheapest class, or asks", function()
    local p = m.tensor {{0.9, 0.1}, {0.5, 0.5}, {0.05, 0.95}}
    eq(metrics.cheapest_class(p, {cost = {{0, 1, 0.2}, {1, 0, 0.2}}}):totable(),
      {1, 3, 2})
    eq(metrics.cheapest_class({0.3, 0.1}, {cost = {{0, 1}, {4, 0}}}):totable(),
      {2, 1})
    raises("a cost matrix of 2 rows expected", metrics.cheapest_class, p,
      {cost = {{0, 1}}})
  end)
end)

-- ---- How sure -------------------------------------------------------------

describe("metrics.bootstrap", function()
  it("has the standard error of a mean", function()
    local right = m.rand(400):lt(0.8)
    local interval = metrics.bootstrap(metrics.Accuracy(), right,
      m.ones(400), {samples = 600})
    local p = right:to "f64":mean():item()
    eq(interval.value, p)
    near(interval.standard_error, math.sqrt(p * (1 - p) / 400), 0.004)
    near(interval.high - interval.low, 3.92 * interval.standard_error, 0.01)
    eq(tostring(interval):find "95 %%" ~= nil, true)
  end)
  it("is the same for a seed, and leaves the metric alone", function()
    local p, t = m.rand(30), m.rand(30):gt(0.5)
    local roc = metrics.ROCAUC()
    roc:update({0.1, 0.9}, {0, 1})
    local a = metrics.bootstrap(roc, p, t, {samples = 50, seed = 3})
    local b = metrics.bootstrap(metrics.ROCAUC, p, t, {samples = 50, seed = 3})
    eq({a.low, a.high}, {b.low, b.high})
    eq(roc:compute(), 1.0)
    local c = metrics.bootstrap(function(x, y) return metrics.roc_auc(x, y) end,
      p, t, {samples = 50, seed = 4})
    eq(a.low ~= c.low, true)
  end)
  it("leaves out draws without a value", function()
    local rare = metrics.bootstrap(metrics.ROCAUC, {0.1, 0.2, 0.9}, {0, 0, 1},
      {samples = 100})
    eq(rare.samples < 100 and rare.samples > 30, true)
    raises("nan for nearly all draws", metrics.bootstrap, metrics.ROCAUC,
      {0.1, 0.2}, {0, 0}, {samples = 5})
  end)
  it("says what is wrong", function()
    raises("a metric or a function expected, got string", metrics.bootstrap,
      "accuracy", {1}, {1})
    raises("the metric gave a table, wanted a number", metrics.bootstrap,
      metrics.F1 {average = "none"}, {1, 0}, {1, 0})
    raises("3 rows expected, got shape (2)", metrics.bootstrap,
      metrics.Accuracy, {1, 0}, {1, 0, 1})
    raises("between 0 and 1, got 95", metrics.bootstrap, metrics.Accuracy,
      {1, 0}, {1, 0}, {confidence = 95})
  end)
end)

describe("metrics.compare", function()
  it("finds the better model, and none where there is none", function()
    local t = m.rand(300):gt(0.5)
    local noise = m.randn(300)
    local good = t:to "f32" * 3 + noise
    local bad = t:to "f32" + noise
    local r = metrics.compare(metrics.ROCAUC, good, bad, t, {samples = 200})
    near(r.difference, metrics.roc_auc(good, t) - metrics.roc_auc(bad, t))
    eq(r.p < 0.02 and r.low > 0, true)
    local same = metrics.compare(metrics.ROCAUC, good, good, t, {samples = 20})
    eq({same.p, same.low, same.high}, {1, 0.0, 0.0})
  end)
end)

describe("a table", function()
  it("of confusions has names and columns", function()
    local p, t = m.index {1, 2, 2, 1}, m.index {1, 2, 1, 1}
    local matrix = metrics.confusion_matrix(p, t, {names = {"cat", "Hündin"}})
    eq(matrix[1], {2, 1})
    eq(tostring(matrix), table.concat({"  true | predicted",
      "       |    cat Hündin", "   cat |      2      1",
      "Hündin |      0      1"}, "\n"))
    eq(json.encode(matrix), "[[2,1],[0,1]]")
  end)
  it("of classes has scikit-learn's lines", function()
    local p, t = m.index {1, 2, 2, 1, 3}, m.index {1, 2, 1, 1, 2}
    local report = metrics.classification_report(p, t,
      {names = {"a", "b", "c"}})
    near(report.classes[1].precision, 1)
    near(report.classes[2].recall, 0.5)
    eq(report.classes[3].support, 0)
    near(report.accuracy, 0.6)
    eq(tostring(report):find("macro", 1, true) ~= nil, true)
  end)
end)
