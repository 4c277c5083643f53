-- regression.lua: how far predicted numbers are from the true ones.
--
-- Predictions and targets are (N), or (N, K) for K numbers each; values are
-- then those of each column, and `multioutput` says what becomes of them:
-- uniform_average, their mean; raw_values, a list; variance_weighted (R2 only),
-- the mean by the variance of each column.  Sums are f64 (K).

local core = require "mlrt.core"
local Metric = require "mlrt.metrics.metric"
local input = require "mlrt.metrics.input"

local regression = {}

-- Adds (N, K) by columns, times the weights (N).
local function column_sums(x, w)
  return w and w:matmul(x) or x:sum(1)
end

local function finish(self, values)
  if self.options.multioutput == "raw_values" then return values:totable() end
  return values:mean():item()
end

-- A metric from the mean of error(p, t) over samples; `last` is applied to it.
local function mean_error(name, label, error, last)
  local cls = Metric.declare(name, label,
    "multioutput: uniform_average|raw_values = uniform_average")
  function cls.zero()
    return {weight = 0.0}
  end
  function cls:add(prediction, target, weight)
    local p, t, w = input.numbers(self.where, prediction, target, weight)
    local sums, n = self.sums, #t
    if n == 0 then return 0 end
    local total = column_sums(error(p, t), w)
    sums.total = sums.total and sums.total + total or total
    sums.weight = sums.weight + (w and w:sum():item() or n)
    return n
  end
  function cls:value(sums)
    local mean = sums.total / sums.weight
    return finish(self, last and last(mean) or mean)
  end
  regression[name] = cls
end

local function square(p, t) return (p - t):square() end

--- MSE{multioutput =}: the mean of (prediction - target)^2.
mean_error("MSE", "mse", square)

--- RMSE{multioutput =}: the root of that.
mean_error("RMSE", "rmse", square, core.sqrt)

--- MAE{multioutput =}: the mean of |prediction - target|.
mean_error("MAE", "mae", function(p, t) return (p - t):abs() end)

--- MAPE{multioutput =}: the mean of |prediction - target| / |target|, a
--- fraction and not in hundredths; a target of 0 counts as 2^-52.
mean_error("MAPE", "mape", function(p, t)
  return (p - t):abs() / t:abs():clamp_min(2.220446049250313e-16)
end)

-- ---- R2 -------------------------------------------------------------------

--- R2{multioutput =}: 1 - sum((t - p)^2) / sum((t - mean(t))^2), the part of
--- the targets' variance that is predicted (Draper and Smith 1998); of constant
--- targets 1 if all are met and else 0; nan of one sample.  Means and squares
--- of batches are joined by Chan et al. (1979), as distances from the first
--- batch's mean, so that large numbers of small variance lose nothing.
local R2 = Metric.declare("R2", "r2", "multioutput: uniform_average|"
  .. "raw_values|variance_weighted = uniform_average")
regression.R2 = R2

function R2.zero()
  return {weight = 0.0}
end

function R2:add(prediction, target, weight)
  local p, t, w = input.numbers(self.where, prediction, target, weight)
  local sums, n = self.sums, #t
  local total = w and w:sum():item() or n
  if n == 0 or total == 0 then return n end
  local missed = column_sums((t - p):square(), w)
  sums.origin = sums.origin or column_sums(t, w) / total
  t = t - sums.origin
  local mean = column_sums(t, w) / total
  local spread = column_sums((t - mean):square(), w)
  if sums.mean then
    local all, step = sums.weight + total, mean - sums.mean
    spread = spread + sums.spread
      + step:square() * (sums.weight * total / all)
    mean, missed = sums.mean + step * (total / all), sums.missed + missed
  end
  sums.mean, sums.spread, sums.missed = mean, spread, missed
  sums.weight = sums.weight + total
  return n
end

function R2:value(sums)
  if sums.samples < 2 or not sums.mean then return 0 / 0 end
  local spread, missed = sums.spread, sums.missed
  local met = missed:eq(0):to "f64"
  local values = core.where(spread:gt(0), 1 - missed / spread, met)
  if self.options.multioutput == "variance_weighted"
      and spread:sum():item() > 0 then
    return ((values * spread):sum() / spread:sum()):item()
  end
  return finish(self, values)
end

return regression
