-- titanic.lua: from a table with holes to a decision, step by step.
--
--   mlrun examples/titanic.lua --data FOLDER    FOLDER/titanic/train.csv
--   mlrun examples/titanic.lua --help
--
-- Cleans the passengers' list of the Titanic, prints what each step changed,
-- judges a logistic regression and a network by ten folds against the guess
-- that nobody survives, and saves the whole pipeline: what a program loads
-- takes a passenger as the list has them.  docs/datasets.md says where the data
-- comes from.

local m = require "mlrt"
local df, prep = m.df, m.prep

local opt = m.cli({data = os.getenv "MLRT_DATA" or "data", folds = 10,
  epochs = 40, out = "titanic.mlrt"}, {
  about = "Predicts who survived, from a raw passenger list.",
  data = "folder that has titanic/train.csv", folds = "how many to judge by",
  epochs = "of the network", out = "file for the fitted pipeline",
})

local passengers = df.read_csv(opt.data .. "/titanic/train.csv")
  or error("no titanic in " .. opt.data .. ": see docs/datasets.md", 0)
print(passengers)

-- ---- Cleaning, as data that travels with the model ------------------------

local cleaning = {
  -- "Braund, Mr. Owen Harris": the title says age and rank where Age does not.
  prep.TextPattern {pattern = ", ([^.]*)%.", as = "Title", columns = "Name"},
  prep.Replace {columns = "Title", other = "Rare", map = {Mr = "Mr",
    Mrs = "Mrs", Mme = "Mrs", Miss = "Miss", Ms = "Miss", Mlle = "Miss",
    Master = "Master"}},
  -- "C85": the letter is the deck; most cabins are not known, which says
  -- something too: OneHotEncoder makes a category of it.
  prep.TextPattern {pattern = "^(%a)", as = "Deck", columns = "Cabin"},
  {prep.SimpleImputer {strategy = "most_frequent"}, {"Embarked"}},
  {prep.SimpleImputer {strategy = "median", indicator = true}, {"Age"}},
  {prep.SimpleImputer {strategy = "median"}, {"Fare"}},
  prep.Formula {"Family = SibSp + Parch + 1", "Large = Family > 4",
    "LogFare = log1p(Fare)"},
}
local numbers = {"Age", "Fare", "LogFare", "Family", "SibSp", "Parch"}
local categories = {"Title", "Sex", "Pclass", "Deck", "Embarked"}

-- The steps above, then `rest`.
local function pipeline(...)
  local p = table.move(cleaning, 1, #cleaning, 1, {})
  p = table.move({...}, 1, select("#", ...), #p + 1, p)
  p.target, p.drop = "Survived", {"PassengerId", "Ticket"}
  p.names = {[0] = "died", [1] = "survived"}
  return prep.Pipeline(p)
end

local logistic = pipeline(
  {prep.StandardScaler(), numbers}, {prep.OneHotEncoder(), categories},
  prep.LogisticRegression {c = 0.3})
-- The network looks categories up; Pclass is a number until it is made text.
local network = pipeline(
  {prep.StandardScaler(), numbers},
  {prep.Replace {map = {}}, {"Pclass"}},
  prep.Network {hidden = {32, 16}, epochs = opt.epochs, batch = 32,
    dropout = 0.2, seed = 1})

-- ---- What each step changes -----------------------------------------------

local train, test = prep.split(passengers, {test = 0.2, stratify = "Survived"})
logistic:fit(train)
print("\nWhat the steps do to the training part:")
print(logistic:changes(train))
print("\n" .. tostring(prep.leaks(train, test, {target = "Survived",
  ignore = {"PassengerId", "Name"}})))

-- ---- Judgement ------------------------------------------------------------

local function judge(p)
  return prep.cross_validate(p, prep.unmark(passengers), {k = opt.folds,
    stratify = "Survived", shuffle = true}).mean
end

local function row(name, accuracy, auc, note)
  print(("%-26s  %.3f     %s  %s"):format(name, accuracy,
    auc and ("%.3f"):format(auc) or "    -", note or ""))
end

local lr, net = judge(logistic), judge(network)
print(("\n%d folds                    accuracy  ROC AUC"):format(opt.folds))
row("nobody survives", 1 - lr.positive_share)
row("logistic regression", lr.accuracy, lr.roc_auc)
row("network", net.accuracy, net.roc_auc)
row("reference: scikit-learn", 0.795, nil, "logistic regression, ten folds")

-- ---- One raw row, now and out of the file ---------------------------------

logistic:evaluate(test)
assert(m.save(opt.out, logistic))
local loaded = assert(m.load(opt.out))
local passenger = {Pclass = 3, Name = "Dawson, Mr. Jack", Sex = "male",
  Age = 20, SibSp = 0, Parch = 0, Fare = 8.05, Embarked = "S"}
local fate, chance = loaded:predict(passenger)
assert(chance == logistic:predict_proba(passenger), "the file differs")
print(("\n%s: %s, chance %.3f; the most that speaks for or against:")
  :format(passenger.Name, fate, chance))
for i, part in ipairs(loaded:explain(passenger)) do
  if i > 4 then break end
  print(("  %-8s %-18s %+.2f"):format(part.column, part.value or "-",
    part.contribution))
end
print(("saved as %s, tested: accuracy %.3f on %d passengers"):format(opt.out,
  loaded.metrics.accuracy, loaded.metrics.rows))
