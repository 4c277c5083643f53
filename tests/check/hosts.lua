-- hosts.lua: models for the hosts of examples/embed/, of made-up rows, and what
-- each should print for one of them: NAME.mlrt and NAME.wanted in this folder.

local m = require "mlrt"
local prep = m.prep

local random = m.generator(4)
local function draw() return m.rand({}, {generator = random}):item() end
local function pick(...)
  local list = {...}
  return list[1 + math.floor(draw() * #list)]
end

local function rows_of(n, make)
  local rows = {}
  for i = 1, n do rows[i] = make(i) end
  return rows
end

local function keep(name, model, text)
  assert(m.save(name .. ".mlrt", model))
  assert(m.io.write_file(name .. ".wanted", text .. "\n"))
end

-- ---- titanic --------------------------------------------------------------

local titanic = prep.Pipeline {
  prep.TextPattern {pattern = ", (%a+)%.", as = "Title", columns = "Name"},
  {prep.SimpleImputer(), "Age"}, {prep.StandardScaler(), {"Age", "Fare"}},
  prep.OneHotEncoder(), prep.LogisticRegression(), target = "Survived",
  names = {[0] = "died", [1] = "survived"}}
titanic:fit(rows_of(80, function(i)
  local sex = pick("male", "female")
  return {Name = "X, " .. (sex == "male" and "Mr" or "Mrs") .. ". Y", Sex = sex,
    Age = i % 5 > 0 and 80 * draw() or nil, Fare = 100 * draw(),
    Survived = draw() < (sex == "male" and 0.2 or 0.7) and 1 or 0}
end))
keep("titanic", titanic, ("%s, chance %.17g"):format(titanic:predict {
  Name = "Dawson, Mr. Jack", Sex = "male", Fare = 8.05}))

-- ---- credit ---------------------------------------------------------------

local applicant = {checking = "A14", history = "A32", purpose = "A43",
  savings = "A61", employed = "A73", status = "A93", debtors = "A101",
  property = "A121", plans = "A143", housing = "A152", job = "A173",
  phone = "A192", foreign = "A201", months = 24, amount = 3000, rate = 2,
  resident = 2, age = 35, credits = 1, dependants = 1}
local credit = prep.Pipeline {
  {prep.KBinsDiscretizer {encode = "text"}, "amount"}, prep.WOEEncoder(),
  prep.StandardScaler(), prep.LogisticRegression(), target = "risk",
  positive = "bad"}
credit:fit(rows_of(100, function()
  local row = {}
  for name, v in pairs(applicant) do
    row[name] = type(v) == "number" and v * 2 * draw() or pick(v, "other")
  end
  row.risk = row.amount > 4000 * draw() and "bad" or "good"
  return row
end))
local decision, loss = credit:predict(applicant)
keep("credit", credit, ("%s, chance of a bad loan %.17g"):format(
  decision == "bad" and "refuse" or "grant", loss))

-- ---- fraud ----------------------------------------------------------------

local fraud = prep.Pipeline {prep.LogScaler(), prep.Network {epochs = 5,
  batch = 16}, target = "TX_FRAUD"}
fraud:fit(rows_of(100, function()
  local amount = 200 * draw()
  return {TX_AMOUNT = amount, WHERE = pick("here", "there"),
    TX_FRAUD = amount > 200 * draw() and 1 or 0}
end))
local label, score = fraud:predict {TX_AMOUNT = 57.16, WHERE = "there"}
keep("fraud", fraud, ("line 3: %s, score %.17g"):format(
  label == 1 and "look at it" or "pass", score))

-- ---- stocks ---------------------------------------------------------------

-- The logarithms of 21 prices as what the host makes of them.
local function features(logs)
  local row, sum, mean = {}, 0, (logs[21] - logs[1]) / 20
  for i = 1, 20 do sum = sum + (logs[i + 1] - logs[i] - mean) ^ 2 end
  row.volatility = math.sqrt(sum / 19)
  for back = 0, 9 do row["r" .. back] = logs[21 - back] - logs[20 - back] end
  for _, days in ipairs {5, 20} do
    sum = 0
    for i = 0, days - 1 do sum = sum + logs[21 - i] end
    row["above" .. days] = logs[21] - sum / days
  end
  return row
end

local stocks = prep.Pipeline {prep.StandardScaler(), prep.Ridge(),
  target = "next"}
stocks:fit(rows_of(60, function()
  local logs = {}
  for i = 1, 21 do logs[i] = 5 + 0.1 * draw() end
  local row = features(logs)
  row.next = 0.02 * draw()
  return row
end))
local logs = {}
for i = 1, 21 do logs[i] = math.log(100 + i * i % 7) end
keep("stocks", stocks, ("expected %+.4f %%"):format(
  100 * (math.exp(stocks:predict(features(logs))) - 1)))
