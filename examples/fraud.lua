-- fraud.lua: which card payments to look at, and what that saves.
--
--   mlrun examples/fraud.lua --data FOLDER          docs/datasets.md says what
--                                                   is in it, and where from
--
-- A week of simulated payments to learn from, a week of delay until frauds are
-- known, a week to judge by (the Fraud Detection Handbook's procedure).  A
-- logistic regression, a network with class weights and an autoencoder that has
-- seen no fraud rank the payments; people can look at one in a hundred.  Then
-- real payments of a card company, a sample in which 29 % are fraud: ranking
-- is all that can be judged there.

local m = require "mlrt"
local df, prep, metrics, nn = m.df, m.prep, m.metrics, m.nn

local opt = m.cli({data = os.getenv "MLRT_DATA" or "data", epochs = 15,
  review = 5.0, out = "fraud.mlrt", rows = 100000}, {
  about = "Ranks card payments by how suspicious they are.",
  data = "folder with fraud-handbook/ and creditcard-ulb/",
  epochs = "of the networks", review = "what it costs to look at a payment",
  out = "file for the network", rows = "of each week, at most"})

local folder = opt.data .. "/fraud-handbook/"
local train = df.read_csv(folder .. "train.csv.gz")
  or error("no " .. folder .. "train.csv.gz: see docs/datasets.md", 0)
train = train:head(opt.rows)
local test = assert(df.read_csv(folder .. "test.csv.gz")):head(opt.rows)

-- Who, where and when is no feature, and the scenario says what was made up.
local drop = {"TRANSACTION_ID", "TX_DATETIME", "CUSTOMER_ID", "TERMINAL_ID",
  "TX_TIME_SECONDS", "TX_TIME_DAYS", "TX_FRAUD_SCENARIO"}
print(prep.leaks(train, test, {target = "TX_FRAUD", time = "TX_DATETIME",
  ignore = {"TRANSACTION_ID", "TX_FRAUD_SCENARIO"}}))

-- ---- Three ways to rank ---------------------------------------------------

local function pipeline(...)
  return prep.Pipeline {target = "TX_FRAUD", drop = drop, ...}
end
local logistic = pipeline(prep.StandardScaler(), prep.LogisticRegression())
local amounts = {"TX_AMOUNT", "CUSTOMER_ID_AVG_AMOUNT_1DAY_WINDOW",
  "CUSTOMER_ID_AVG_AMOUNT_7DAY_WINDOW", "CUSTOMER_ID_AVG_AMOUNT_30DAY_WINDOW"}
local network = pipeline({prep.LogScaler(), amounts}, prep.StandardScaler(),
  prep.Network {epochs = opt.epochs, batch = 256,
    class_weight = {[0] = 1, [1] = 10}})

-- Learns to repeat honest payments through a narrow middle; the worse it
-- repeats one, the more suspicious that is.
local function autoencoder()
  local scale = prep.Pipeline {{prep.LogScaler(), amounts},
    prep.StandardScaler(), drop = table.move({"TX_FRAUD"}, 1, 1, #drop + 1,
    table.move(drop, 1, #drop, 1, {}))}
  local honest = train:filter(train.TX_FRAUD:tensor():eq(0))
  local x = scale:fit(honest):matrix(honest):to "f32":clamp(-5, 5)
  m.seed(1)
  local net = nn.Sequential(nn.Linear(15, 12), nn.Tanh(), nn.Linear(12, 5),
    nn.Tanh(), nn.Linear(5, 12), nn.Tanh(), nn.Linear(12, 15))
  local optimizer = m.optim.Adam(net:parameters(), {lr = 3e-3})
  local loader = m.data.Loader(m.data.TensorDataset(x), {batch = 512,
    shuffle = true, seed = 1})
  for _ = 1, opt.epochs do
    for batch in loader:batches() do
      optimizer:zero_grad()
      m.mse_loss(net(batch), batch):backward()
      optimizer:step()
    end
  end
  local _ <close> = m.no_grad()
  local y = scale:matrix(test):to "f32"
  return ((net(y:clamp(-5, 5)) - y):square():mean(2)):to "f64"
end

-- ---- Judgement ------------------------------------------------------------

local truth = logistic:fit(train):truth(test)
local fraud = truth:eq(2)
local lost = test.TX_AMOUNT:tensor() * fraud:to "f64"
local alerts = #test // 100

-- Frauds, and money, among the hundredth part that ranks highest.
local function caught(score)
  local _, at = score:topk(alerts, 1)
  return fraud:to "f64":index_select(1, at):sum():item(),
    lost:index_select(1, at):sum():item()
end

local function row(name, score)
  local found, money = caught(score)
  print(("%-24s %.3f              %.3f    %.3f     %7.0f EUR"):format(name,
    metrics.average_precision(score, truth), metrics.roc_auc(score, truth),
    found / fraud:to "f64":sum():item(), money - opt.review * alerts))
end

print(("\n%d payments, %d frauds, %d alerts"):format(#test,
  fraud:to "f64":sum():item(), alerts))
print("                         average precision  ROC AUC  recall    saved "
  .. "in the week")
row("by the amount alone", test.TX_AMOUNT:tensor())
row("logistic regression", logistic:predict_proba(test))
row("network, class weights", network:fit(train):predict_proba(test))
row("autoencoder, no labels", autoencoder())
print "reference: scikit-learn  0.606              0.871    (regression)"
print "reference: scikit-learn  0.659              0.867    (random forest)"

-- ---- Does it pay? ---------------------------------------------------------

-- One alert in a hundred payments of the week to learn from.
local ranked = network:predict_proba(train):sort(1, true)
network.threshold = ranked[#train // 100]
local yes = fraud:to "f64":sum():item()
local confusion = metrics.confusion_matrix(network:classes(test), truth)
network:evaluate(test)
print("\n" .. tostring(m.roi {volume = #test * 52, confusion = confusion,
  value_per_correct = {0, -opt.review}, -- right alerts are looked at, too
  cost_per_wrong = {{0, opt.review}, {lost:sum():item() / yes, 0}},
  baseline = {{#test - yes, 0}, {yes, 0}}, -- nobody looks at anything
  development = 50000, fixed = 20000, currency = "EUR"}))

assert(m.save(opt.out, network))
local loaded, payment = assert(m.load(opt.out)), test:row(1)
local label, chance = loaded:predict(payment)
assert(chance == network:predict_proba(test)[1], "the file differs")
print(("\nsaved as %s; out of it, payment %d of %.2f EUR: %s, score %.5f\n")
  :format(opt.out, payment.TRANSACTION_ID, payment.TX_AMOUNT,
    label == 1 and "look at it" or "pass", chance))

-- ---- Real payments --------------------------------------------------------

local real = assert(df.read_csv(opt.data
  .. "/creditcard-ulb/creditcard_sample.csv"))
local p = prep.Pipeline {prep.StandardScaler(), prep.LogisticRegression(),
  target = "Class", drop = {real.columns[1]}}
local r = prep.cross_validate(p, real, {k = 5, stratify = "Class",
  shuffle = true})
print(("real payments, %d, five folds: average precision %.3f, ROC AUC %.3f")
  :format(#real, r.mean.average_precision, r.mean.roc_auc))
print "reference, scikit-learn:          average precision 0.968, ROC AUC 0.978"
