-- prep: from raw columns to a model that can be judged and shipped.
--
--   local prep = require "mlrt.prep"
--   local train, test = prep.split(rows, {test = 0.2, stratify = "default"})
--   local model = prep.Pipeline {
--     {prep.SimpleImputer {strategy = "median"}, {"income", "age"}},
--     {prep.StandardScaler(), {"income", "age"}},
--     {prep.OneHotEncoder(), {"city"}},
--     prep.LogisticRegression(),
--     target = "default"}
--   model:fit(train)
--   print(model:evaluate(test).roc_auc)
--   m.save("model.mlrt", model)
--   m.load("model.mlrt"):predict {income = 3200, age = 41, city = "Ulm"}
--
-- Names are scikit-learn's.  Steps and models take frames, tensors (rows,
-- columns), raw rows and lists of rows.

local fail = require "mlrt.fail"
local options = require "mlrt.options"

local homes = {
  scale = "StandardScaler MinMaxScaler RobustScaler QuantileTransformer \z
    LogScaler",
  pca = "PCA",
  fill = "SimpleImputer",
  encode = "OneHotEncoder OneHot OrdinalEncoder TargetEncoder WOEEncoder \z
    HashingEncoder",
  features = "KBinsDiscretizer PolynomialFeatures DateFeatures",
  network = "Network",
  derive = "Formula TextPattern Replace QuantileClipper",
  pipeline = "Pipeline",
  linear = "LinearRegression Ridge LogisticRegression",
  cross = "cross_validate",
  leaks = "leaks",
  split = "split kfold walk_forward unmark",
}

local home_of = {}
for home, list in pairs(homes) do
  for name in list:gmatch "%S+" do home_of[name] = home end
end

local function unknown(name)
  local names = {}
  for known in pairs(home_of) do names[#names + 1] = known end
  table.sort(names)
  return options.unknown("name", tostring(name), names)
end

local prep = {}

--- Loads all there is, so that the classes in a file are known.
function prep.load_all()
  for home in pairs(homes) do require("mlrt.prep." .. home) end
end

return setmetatable(prep, {
  __index = function(self, name)
    local home = home_of[name]
    if not home then fail("mlrt.prep: %s", unknown(name)) end
    local value = require("mlrt.prep." .. home)[name]
    rawset(self, name, value)
    return value
  end,
})
