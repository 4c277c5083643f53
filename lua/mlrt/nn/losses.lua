-- losses.lua: losses as modules, for code that keeps one in a variable.
--
-- Each calls the operation of its name.  A shape that does not match is an
-- error, never a broadcast.

local core = require "mlrt.core"
local layer = require "mlrt.nn.layer"

local cross_entropy, nll_loss = core.cross_entropy, core.nll_loss
local mse_loss = core.mse_loss

local losses = {}

local REDUCTION = "reduction: mean|sum|none = mean"

local function describe(self)
  return self.reduction == "mean" and "" or "reduction=" .. self.reduction
end

local function build(self, o)
  if o.weight then self:buffer("weight", o.weight) end
  self.reduction, self.label_smoothing = o.reduction, o.label_smoothing
end

--- -log softmax(x)[target].  x: scores (N, C, ...); target: classes (N, ...)
--- of dtype index; weight: a factor for each class.
local CrossEntropyLoss = layer("CrossEntropyLoss", "weight: any?, "
  .. REDUCTION .. ", label_smoothing: number = 0")
losses.CrossEntropyLoss = CrossEntropyLoss
CrossEntropyLoss.build, CrossEntropyLoss.describe = build, describe

function CrossEntropyLoss:forward(x, target)
  return (cross_entropy(x, target, self.weight, self.reduction,
    self.label_smoothing))
end

--- -x[target] of log-probabilities x, as LogSoftmax makes them.
local NLLLoss = layer("NLLLoss", "weight: any?, " .. REDUCTION)
losses.NLLLoss = NLLLoss
NLLLoss.build, NLLLoss.describe = build, describe

function NLLLoss:forward(x, target)
  return nll_loss(x, target, self.weight, self.reduction)
end

--- (x - target)^2, their mean by default.
local MSELoss = layer("MSELoss", REDUCTION)
losses.MSELoss = MSELoss
MSELoss.build, MSELoss.describe = build, describe

function MSELoss:forward(x, target)
  return mse_loss(x, target, self.reduction)
end

return losses
