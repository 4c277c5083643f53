-- losses.lua: losses as modules, for code that keeps one in a variable.
--
-- Each calls the operation of its name with its options; what they mean is
-- said there.  A shape that does not match is an error, never a broadcast.

local core = require "mlrt.core"
local layer = require "mlrt.nn.layer"
local show = require "mlrt.nn.show"

local losses = {}

-- Tensors among the options become buffers, so that `to` converts them and a
-- state has them.
local function build(self, o)
  for _, name in ipairs(self.option_names) do
    if core.is_tensor(o[name]) then
      self:buffer(name, o[name])
    else
      self[name] = o[name]
    end
  end
end

local REDUCTION = "reduction: mean|sum|none = mean"

-- Declares a loss whose options are `signature`, and the reduction; it is shown
-- with those of ... (name, default) that are not the default.
local function loss(name, signature, forward, ...)
  local cls = layer(name, (signature:gsub("%%R", REDUCTION)))
  local shown = {...}
  cls.build, cls.forward = build, forward
  function cls:describe()
    return show.only(self, "reduction", "mean", table.unpack(shown))
  end
  losses[name] = cls
end

-- ---- Classes --------------------------------------------------------------

--- x: scores (N, C, ...); target: classes (N, ...) of dtype index; weight: a
--- factor for each class.
loss("CrossEntropyLoss", "weight: any?, %R, label_smoothing: number = 0",
  function(self, x, target)
    return (core.cross_entropy(x, target, self.weight, self.reduction,
      self.label_smoothing))
  end, "label_smoothing", 0)

--- x: log-probabilities, as LogSoftmax makes them.
loss("NLLLoss", "weight: any?, %R", function(self, x, target)
  return core.nll_loss(x, target, self.weight, self.reduction)
end)

loss("MultiMarginLoss", "p: int = 1, margin: number = 1, weight: any?, %R",
  function(self, x, target)
    return core.multi_margin_loss(x, target, self.p, self.margin, self.weight,
      self.reduction)
  end, "p", 1, "margin", 1)

-- ---- Numbers --------------------------------------------------------------

loss("MSELoss", "%R", function(self, x, target)
  return core.mse_loss(x, target, self.reduction)
end)

loss("L1Loss", "%R", function(self, x, target)
  return core.l1_loss(x, target, self.reduction)
end)

loss("SmoothL1Loss", "%R, beta: number = 1", function(self, x, target)
  return core.smooth_l1_loss(x, target, self.reduction, self.beta)
end, "beta", 1)

loss("HuberLoss", "%R, delta: number = 1", function(self, x, target)
  return core.huber_loss(x, target, self.reduction, self.delta)
end, "delta", 1)

loss("PoissonNLLLoss", "log_input: bool = true, full: bool = false, "
  .. "eps: number = 1e-8, %R", function(self, x, target)
    return core.poisson_nll_loss(x, target, self.log_input, self.full, self.eps,
      self.reduction)
  end, "log_input", true, "full", false)

loss("GaussianNLLLoss", "full: bool = false, eps: number = 1e-6, %R",
  function(self, x, target, var)
    return core.gaussian_nll_loss(x, target, var, self.full, self.eps,
      self.reduction)
  end, "full", false)

-- ---- Probabilities --------------------------------------------------------

--- x: probabilities of yes; target: 0..1, of x's shape.
loss("BCELoss", "weight: any?, %R", function(self, x, target)
  return core.binary_cross_entropy(x, target, self.weight, self.reduction)
end)

--- x: scores; pos_weight: a factor for what is to be yes.
loss("BCEWithLogitsLoss", "weight: any?, %R, pos_weight: any?",
  function(self, x, target)
    return core.binary_cross_entropy_with_logits(x, target, self.weight,
      self.pos_weight, self.reduction)
  end)

loss("KLDivLoss", "reduction: mean|sum|none|batchmean = mean, "
  .. "log_target: bool = false", function(self, x, target)
    return core.kl_div(x, target, self.reduction, self.log_target)
  end, "log_target", false)

loss("SoftMarginLoss", "%R", function(self, x, target)
  return core.soft_margin_loss(x, target, self.reduction)
end)

-- ---- Distances ------------------------------------------------------------

loss("HingeEmbeddingLoss", "margin: number = 1, %R", function(self, x, target)
  return core.hinge_embedding_loss(x, target, self.margin, self.reduction)
end, "margin", 1)

loss("MarginRankingLoss", "margin: number = 0, %R",
  function(self, x1, x2, target)
    return core.margin_ranking_loss(x1, x2, target, self.margin, self.reduction)
  end, "margin", 0)

loss("CosineEmbeddingLoss", "margin: number = 0, %R",
  function(self, x1, x2, target)
    return core.cosine_embedding_loss(x1, x2, target, self.margin,
      self.reduction)
  end, "margin", 0)

loss("TripletMarginLoss", "margin: number = 1, p: number = 2, "
  .. "eps: number = 1e-6, swap: bool = false, %R",
  function(self, anchor, positive, negative)
    return core.triplet_margin_loss(anchor, positive, negative, self.margin,
      self.p, self.eps, self.swap, self.reduction)
  end, "margin", 1, "p", 2, "swap", false)

return losses
