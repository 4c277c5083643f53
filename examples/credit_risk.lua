-- credit_risk.lua: whom to lend to, what a mistake costs, and why.
--
--   mlrun examples/credit_risk.lua --data FOLDER    docs/datasets.md says what
--                                                   is in it, and where from
--
-- Germany: a scorecard by weights of evidence, judged by ten folds; the
-- threshold that costs least where a bad loan costs five times a lost customer;
-- calibration; each decision explained in points.  Taiwan: regression and a
-- network on 30,000 customers.

local m = require "mlrt"
local df, prep, metrics = m.df, m.prep, m.metrics

local opt = m.cli({data = os.getenv "MLRT_DATA" or "data", epochs = 15,
  out = "credit.mlrt", rows = 30000}, {
  about = "Decides on credit by what mistakes cost.",
  data = "folder with both data sets", epochs = "of the network",
  out = "file for the scorecard", rows = "of Taiwan, at most"})

-- ---- Germany --------------------------------------------------------------

-- One line of the file ends in a space, which would be a 22nd cell.
local file = io.open(opt.data .. "/german-credit/german.data")
  or error("no german-credit in " .. opt.data .. ": see docs/datasets.md", 0)
local text = file:read "a":gsub(" +\n", "\n")
file:close()
local german = assert(df.parse_csv(text, {sep = " ", header = false,
  names = {"checking", "months", "history", "purpose", "amount", "savings",
    "employed", "rate", "status", "debtors", "resident", "property", "age",
    "plans", "housing", "credits", "job", "dependants", "phone", "foreign",
    "risk"}}))
german = prep.Replace {map = {["1"] = "good", ["2"] = "bad"},
  columns = "risk"}:fit_transform(german)

-- Scalers take numbers and encoders text where no columns are named.
local plain = prep.Pipeline {prep.StandardScaler(), prep.OneHotEncoder(),
  prep.LogisticRegression(), target = "risk", positive = "bad"}
local network = prep.Pipeline {prep.Network {hidden = 16, epochs = 40,
  batch = 32, dropout = 0.3}, target = "risk", positive = "bad"}
-- A scorecard: numbers in bins, all by their weight of evidence.
local card = prep.Pipeline {
  {prep.KBinsDiscretizer {bins = 4, encode = "text"}, {"months", "amount",
    "age"}}, prep.WOEEncoder {smooth = 2}, prep.StandardScaler(),
  prep.LogisticRegression(), target = "risk", positive = "bad"}

local cost = {{0, 1}, {5, 0}} -- of (good, bad) customers (granted, refused)

-- What a decision costs, the threshold being Elkan's for this matrix, 1 / 6.
local function cost_of(p, y)
  return ("%.3f"):format(metrics.cost(p, y, {matrix = cost,
    threshold = 1 / 6}))
end

local function row(...)
  print(("%-26s %.3f    %.3f    %s"):format(...))
end
local function judge(name, p)
  local r = prep.cross_validate(p, german, {k = 10, stratify = "risk",
    shuffle = true})
  row(name, r.mean.roc_auc, r.mean.accuracy, cost_of(r.predictions, r.target))
  return r.target, r.mean.positive_share
end

print "Germany, ten folds         ROC AUC  accuracy  cost a decision"
local truth, bad = judge("logistic regression", plain)
judge("scorecard", card)
judge("network", network)
row("grant to all", 0.5, 1 - bad, cost_of(truth:eq(0):to "f64", truth))
row("refuse all", 0.5, bad, cost_of(truth:ge(0):to "f64", truth))
row("reference: scikit-learn", 0.788, 0.755, "(regression)")

-- ---- The scorecard --------------------------------------------------------

local train, validation, test = prep.split(german, {stratify = "risk",
  test = 0.2, validation = 0.2, seed = 3})
card:fit(train)
local function off()
  return metrics.calibration_error(card:predict_proba(test), card:truth(test),
    {bins = 5})
end
local before = off()
card:calibrate(validation)
local best = card:choose_threshold(validation, {cost = cost})
local result = card:evaluate(test)
print(("calibration error on the test part: %.3f, calibrated %.3f"):format(
  before, off()))
local curve = metrics.reliability_curve(card:predict_proba(test),
  card:truth(test), {strategy = "quantile"})
for i, said in ipairs(curve.confidence) do
  print(("  said %.2f   happened %.2f"):format(said, curve.accuracy[i]))
end
print(("refuse from %.3f on (Elkan's rule says %.3f): on the test part "
  .. "%s a decision, ROC AUC %.3f\n"):format(best.threshold, best.theory,
  cost_of(card:predict_proba(test), card:truth(test)), result.roc_auc))

-- Twenty points double the odds of being good; 600 are odds of 30 to 1.
local function explain(p, customer)
  local line, factor, parts, base = p.calibration, 20 / math.log(2),
    p:explain(customer)
  local points = 600 - factor * (math.log(30) + base * line.slope + line.shift)
  print(("average customer              %4.0f points"):format(points))
  for i, part in ipairs(parts) do
    local own = -factor * part.contribution * line.slope
    points = points + own
    if i <= 6 then
      print(("  %-10s %-16s %+5.0f"):format(part.column, part.value, own))
    end
  end
  print(("all together                  %4.0f points"):format(points))
end

assert(m.save(opt.out, card))
local loaded, customer = assert(m.load(opt.out)), test:row(7)
local decision, chance = loaded:predict(customer)
explain(loaded, customer)
assert(chance == card:predict_proba(test)[7], "the file differs")
print(("chance of a bad loan %.3f: %s (it was %s); saved as %s"):format(
  chance, decision == "bad" and "refuse" or "grant", customer.risk, opt.out))

-- ---- Taiwan ---------------------------------------------------------------

local taiwan = assert(df.read_csv(opt.data
  .. "/taiwan-credit-default/UCI_Credit_Card.csv")):head(opt.rows)
local learn, judged = prep.split(taiwan, {test = m.arange(#taiwan):remainder(5)
  :eq(4)})
local months, amounts = {"PAY_0", "PAY_2", "PAY_3", "PAY_4", "PAY_5", "PAY_6"},
  {"LIMIT_BAL", "AGE"}
for i = 1, 6 do
  amounts[i + 2], amounts[i + 8] = "BILL_AMT" .. i, "PAY_AMT" .. i
end
local function taiwanese(name, ...)
  local p = prep.Pipeline {target = "default.payment.next.month",
    drop = {"ID"}, ...}
  local r = p:fit(learn):evaluate(judged)
  row(name, r.roc_auc, r.accuracy, "")
  return r
end

print(("\nTaiwan, %d rows           ROC AUC  accuracy"):format(#judged))
local r = taiwanese("logistic regression", prep.StandardScaler(),
  prep.LogisticRegression())
taiwanese("the same, in categories", {prep.OneHotEncoder(), {"SEX",
  "EDUCATION", "MARRIAGE", table.unpack(months)}},
  {prep.QuantileTransformer(), amounts}, prep.LogisticRegression())
taiwanese("network", {prep.QuantileTransformer {output = "normal"}, amounts},
  {prep.Replace {map = {}}, months}, -- numbers as categories
  prep.Network {epochs = opt.epochs, batch = 256})
row("nobody defaults", 0.5, 1 - r.positive_share, "")
row("reference: scikit-learn", 0.729, 0.810, "(regression)")
row("reference: scikit-learn", 0.789, 0.822, "(random forest)")
