-- prep: from raw columns to a model that can be judged and shipped.
--
--   local prep = require "mlrt.prep"
--   local train, test = prep.split({x, y}, {test = 0.2, stratify = y})
--   local scaler = prep.StandardScaler():fit(train[1])
--   local model = prep.LogisticRegression():fit(
--     scaler:transform(train[1]), train[2])
--   print(m.metrics.roc_auc(model:predict_proba(scaler:transform(test[1])),
--     test[2]))
--   m.save("model.mlrt", {scaler, model})
--
-- Names are scikit-learn's.  Steps and models take frames, tensors (rows,
-- columns), raw rows and lists of rows.

local homes = {
  scale = "StandardScaler MinMaxScaler RobustScaler QuantileTransformer \z
    LogScaler",
  pca = "PCA",
  linear = "LinearRegression Ridge LogisticRegression",
  split = "split kfold walk_forward unmark",
}

local home_of = {}
for home, list in pairs(homes) do
  for name in list:gmatch "%S+" do home_of[name] = home end
end

local prep = {}

--- Loads all there is, so that the classes in a file are known.
function prep.load_all()
  for home in pairs(homes) do require("mlrt.prep." .. home) end
end

return setmetatable(prep, {
  __index = function(self, name)
    local home = home_of[name]
    if not home then return nil end
    local value = require("mlrt.prep." .. home)[name]
    rawset(self, name, value)
    return value
  end,
})
