-- metrics: how good predictions are.
--
-- Classes add up batches (`Accuracy`), functions take everything at once
-- (`accuracy`).  Definitions are scikit-learn's, and so are the values.  What
-- may be a prediction and a target is said in input.lua; the prediction comes
-- first, as in losses.

local Metric = require "mlrt.metrics.metric"
local options = require "mlrt.options"

-- class = {module, name of the function made of it}
local metrics_of = {
  Accuracy = {"classes", "accuracy"},
  BalancedAccuracy = {"classes", "balanced_accuracy"},
  TopK = {"classes", "top_k"},
  Precision = {"classes", "precision"},
  Recall = {"classes", "recall"},
  F1 = {"classes", "f1"},
  FBeta = {"classes", "fbeta"},
  Jaccard = {"classes", "jaccard"},
  MCC = {"classes", "mcc"},
  ConfusionMatrix = {"confusion"},
  Kappa = {"confusion", "kappa"},
  Cost = {"confusion", "cost"},
  ROCAUC = {"ranking", "roc_auc"},
  AveragePrecision = {"ranking", "average_precision"},
  LogLoss = {"probability", "log_loss"},
  Perplexity = {"probability", "perplexity"},
  Brier = {"probability", "brier"},
  CalibrationError = {"calibration", "calibration_error"},
  MSE = {"regression", "mse"},
  RMSE = {"regression", "rmse"},
  MAE = {"regression", "mae"},
  MAPE = {"regression", "mape"},
  R2 = {"regression", "r2"},
}

-- function = module
local functions = {
  classification_report = "confusion",
  confusion_matrix = "confusion",
  roc_curve = "curves",
  precision_recall_curve = "curves",
  reliability_curve = "calibration",
  best_threshold = "decision",
  cheapest_class = "decision",
  bootstrap = "resample",
  compare = "resample",
  mcnemar = "resample",
}

local metrics = {}

local names = {}
for cls, row in pairs(metrics_of) do
  if row[2] then functions[row[2]] = {row[1], cls} end
  names[#names + 1] = cls
end
for name in pairs(functions) do names[#names + 1] = name end
table.sort(names)

local function find(name)
  local row = metrics_of[name]
  if row then return require("mlrt.metrics." .. row[1])[name] end
  row = functions[name]
  if type(row) == "table" then return Metric.as_function(metrics[row[2]]) end
  return row and require("mlrt.metrics." .. row)[name]
end

--- metrics.new("f1"): the same as metrics.F1(), for those that have a function
--- of that name; nil and their names for another one.
function metrics.new(name)
  local known = {}
  for cls, row in pairs(metrics_of) do
    if row[2] == name then return metrics[cls]() end
    known[#known + 1] = row[2]
  end
  table.sort(known)
  return nil, known
end

return setmetatable(metrics, {__index = function(self, name)
  local value = find(name)
  if not value then
    error("mlrt.metrics: " .. options.unknown("metric", tostring(name), names),
      2)
  end
  rawset(self, name, value)
  return value
end})
