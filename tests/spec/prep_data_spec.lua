-- prep_data_spec.lua: frames through pipelines, and, where MLRT_DATA names the
-- folder of docs/datasets.md, the figures of scikit-learn's regressions on real
-- data.

local m = require "mlrt"

local df, prep = m.df, m.prep

local function read(name, options)
  local folder = os.getenv "MLRT_DATA"
  if not folder then skip "MLRT_DATA names no folder of data sets" end
  local f, err = df.read_csv(folder .. "/" .. name, options)
  if not f then skip(err) end
  return f
end

local function at_least(value, reference)
  if value < reference - 0.005 then
    error(("%.4f is below %.4f"):format(value, reference), 2)
  end
end

describe("prep and frames", function()
  local function people()
    return assert(df.parse_csv("age,city,member,since,y\n"
      .. "31,Ulm,true,2020-01-05,1\n,Rom,false,2021-02-06,0\n"
      .. "55,,true,2022-03-07,0\n20,Ulm,,,1\n"))
  end
  it("transform frames into frames", function()
    local f = people()
    local out = prep.SimpleImputer {columns = "age"}:fit_transform(f)
    eq(out.columns, {"age", "city", "member", "since", "y"})
    eq(out.age:tolist(), {31.0, 31.0, 55.0, 20.0, n = 4})
    eq({out.city:get(3), out.since.dtype, out.y.dtype, out.member.dtype},
      {nil, "datetime", "i64", "bool"})
    local parts = prep.DateFeatures {parts = {"year", "weekday"}}
      :fit_transform(f)
    eq({parts.since_year:get(1), parts.since_weekday:get(1),
      parts.since_year:get(4)}, {2020.0, 7.0})
  end)
  it("score a row of a frame as the frame", function()
    local f = people()
    local p = prep.Pipeline {
      {prep.SimpleImputer(), {"age", "member"}},
      prep.DateFeatures {parts = {"days"}},
      {prep.SimpleImputer(), "since_days"},
      {prep.OneHotEncoder(), "city"}, prep.StandardScaler(),
      prep.LogisticRegression(), target = "y"}
    p:fit(f)
    local all = p:predict_proba(f)
    for i = 1, 4 do eq(p:predict_proba(f:row(i)), all[i]) end
    eq(p:predict_proba {age = "31", city = "Ulm", member = "true",
      since = "2020-01-05"}, all[1])
    raises("unknown column 'city'", p.predict, p, f:drop "city")
    raises("unknown column 'z'", p.clone(p).fit, p:clone(), f, "z")
  end)
  it("have more categories than a stack has room for", function()
    local list = {}
    for i = 1, 1000001 do list[i] = "k" .. i end
    local f = df.frame {{"k", list}}
    eq(#f.k:categories(), 1000001)
    raises("the column 'k' has 1000001 categories; take TargetEncoder",
      function() prep.OneHotEncoder():fit(f) end)
  end)
  it("know which rows judge, whatever is done to them", function()
    local f = people()
    local train, test = prep.split(f, {test = 0.5})
    local scaler = prep.StandardScaler {columns = "y"}
    for _, part in ipairs {test, test:head(1), test:select {"y"},
      test:filter(test.y:tensor():ge(0)), test:assign {z = 1},
      test:take(m.index {1})} do
      raises("these are the test rows", scaler.fit, scaler, part)
    end
    raises("they contain the test rows", scaler.fit, scaler, f:drop "age")
    raises("they contain the test rows", scaler.fit, scaler,
      df.concat {train, test})
    raises("these are the test rows", scaler.fit, scaler,
      df.concat {test, test})
    scaler:fit(df.concat {train, train})
    scaler:fit(train:assign {z = 2})
  end)
end)

describe("prep on real data", function()
  it("titanic", function()
    local f = read "titanic/train.csv"
    local p = prep.Pipeline {
      {prep.SimpleImputer(), "Age"},
      {prep.SimpleImputer {strategy = "most_frequent"}, "Embarked"},
      prep.StandardScaler {columns = {"Age", "Fare", "SibSp", "Parch"}},
      {prep.OneHotEncoder(), {"Sex", "Embarked", "Pclass"}},
      prep.LogisticRegression(), target = "Survived",
      drop = {"PassengerId", "Name", "Ticket", "Cabin"}}
    local r = prep.cross_validate(p, f, {k = 10, stratify = "Survived"})
    at_least(r.mean.accuracy, 0.795)
  end)
  it("taiwan", function()
    local f = read "taiwan-credit-default/UCI_Credit_Card.csv"
    local train, test = prep.split(f,
      {test = m.arange(#f):remainder(5):eq(4)})
    local r = prep.Pipeline {prep.StandardScaler(), prep.LogisticRegression(),
      target = "default.payment.next.month", drop = "ID"}:fit(train)
      :evaluate(test)
    eq(r.rows, 6000)
    at_least(r.roc_auc, 0.729)
    at_least(r.accuracy, 0.810)
  end)
  it("fraud-handbook", function()
    local train = read "fraud-handbook/train.csv.gz"
    local test = read "fraud-handbook/test.csv.gz"
    local p = prep.Pipeline {prep.StandardScaler(), prep.LogisticRegression(),
      target = "TX_FRAUD", drop = {"TRANSACTION_ID", "TX_DATETIME",
        "CUSTOMER_ID", "TERMINAL_ID", "TX_TIME_SECONDS", "TX_TIME_DAYS",
        "TX_FRAUD_SCENARIO"}}
    local r = p:fit(train):evaluate(test)
    at_least(r.roc_auc, 0.871)
    at_least(r.average_precision, 0.606)
    for i = 1, #test, 9999 do
      eq(p:predict_proba(test:row(i)),
        p:predict_proba(test:take(m.index {i}))[1])
    end
  end)
  it("creditcard-ulb", function()
    local f = read "creditcard-ulb/creditcard_sample.csv"
    local p = prep.Pipeline {prep.StandardScaler(), prep.LogisticRegression(),
      target = "Class", drop = f.columns[1]}
    local r = prep.cross_validate(p, f, {k = 5, stratify = "Class",
      shuffle = true})
    at_least(r.mean.roc_auc, 0.978)
    at_least(r.mean.average_precision, 0.968)
  end)
  it("vehicle-claim-fraud", function()
    local f = read "vehicle-claim-fraud/fraud_oracle.csv"
    local train, test = prep.split(f, {test = m.arange(#f):remainder(5):eq(4)})
    local names = f:drop {"PolicyNumber", "FraudFound_P"}.columns
    local r = prep.Pipeline {{prep.OneHotEncoder(), names},
      prep.LogisticRegression {class_weight = "balanced"},
      target = "FraudFound_P", drop = "PolicyNumber"}:fit(train):evaluate(test)
    at_least(r.roc_auc, 0.822)
    at_least(r.average_precision, 0.180)
  end)
  it("california-housing", function()
    local f = read "california-housing/housing.csv"
    local train, test = prep.split(f, {test = m.arange(#f):remainder(5):eq(4)})
    local r = prep.Pipeline {prep.SimpleImputer(), prep.OneHotEncoder(),
      prep.LinearRegression(), target = "median_house_value"}:fit(train)
      :evaluate(test)
    near(r.rmse, 68402, 1e-4)
  end)
  it("german-credit", function()
    local names = {}
    for i = 1, 21 do names[i] = "a" .. i end
    local folder = os.getenv "MLRT_DATA" or skip "MLRT_DATA names no folder"
    local file = io.open(folder .. "/german-credit/german.data")
      or skip "no german-credit"
    local text = file:read "a":gsub(" +\n", "\n") -- one line has a space more
    file:close()
    local f = df.parse_csv(text, {sep = " ", header = false, names = names})
    local p = prep.Pipeline {prep.StandardScaler(), prep.OneHotEncoder(),
      prep.LogisticRegression(), target = "a21"}
    local r = prep.cross_validate(p, f, {k = 10, stratify = "a21",
      shuffle = true})
    at_least(r.mean.roc_auc, 0.788)
    at_least(r.mean.accuracy, 0.755)
  end)
end)
