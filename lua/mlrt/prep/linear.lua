-- linear.lua: linear, ridge and logistic regression.
--
-- x: (n, k), w: (o, k), o outputs; the intercept b (o) is never penalised.

local core = require "mlrt.core"
local fail = require "mlrt.fail"
local Model = require "mlrt.prep.model"
local LBFGS = require "mlrt.optim.lbfgs"

local linear = {}

local F64 = {dtype = "f64"}
local LEARNED = "weight: matrix, bias: vector, centre: row"

local function check_learned(self)
  if self.weight.shape[2] ~= #self.names
      or self.weight.shape[1] ~= #self.bias then
    error("weights that do not fit", 0)
  end
end

local function output(self, cols)
  local x = cols:matrix(self:where "predict", self.names)
  local y = self.rowwise_linear(x, self.weight, self.bias)
  return #self.bias == 1 and y:select(2, 1) or y
end

local function outputs(self) return #self.bias end

-- What each column adds to the output, against the mean of the training part:
-- (n, k) of output o.
local function contributions(self, cols, o)
  local x = cols:matrix(self:where "explain", self.names)
  return (x - self.centre) * self.weight:select(1, o or 1)
end

local function declare(name, task, text)
  local cls = Model.declare(name, task, text)
  cls.learned, cls.check_learned, cls.output = LEARNED, check_learned, output
  cls.outputs, cls.contributions = outputs, contributions
  linear[name] = cls
  return cls
end

-- ---- Least squares --------------------------------------------------------

-- Rows by the roots of their weights, about their weighted means.
local function centred(x, y, weight)
  if not weight then
    local mx, my = x:mean(1), y:mean(1)
    return x - mx, y - my, mx, my
  end
  local w = (weight / weight:sum():item()):unsqueeze(2)
  local mx, my = (x * w):sum(1), (y * w):sum(1)
  local root = weight:sqrt():unsqueeze(2)
  return (x - mx) * root, (y - my) * root, mx, my
end

-- argmin |x v - y|^2 + alpha |v|^2 by the singular values of x; of several, the
-- shortest v.
local function least_squares(x, y, alpha)
  local u, s, vh = x:svd()
  local n, k = x.shape[1], x.shape[2]
  local least = s:amax():item() * math.max(n, k) * 2.2e-16
  local factor = (s / (s * s + alpha)):masked_fill(s:le(least), 0)
  return vh:t():matmul(factor:unsqueeze(2) * u:t():matmul(y))
end

local function fit_numbers(self, cols, y, weight)
  local x = cols:matrix(self:where "fit", self.names)
  local fitted = self.options.intercept
  local cx, cy, mx, my = centred(x, y:unsqueeze(2), weight)
  if not fitted then
    local root = weight and weight:sqrt():unsqueeze(2) or 1
    cx, cy = x * root, y:unsqueeze(2) * root
  end
  local v = least_squares(cx, cy, self.options.alpha or 0)
  self.weight, self.centre = v:t():contiguous(), mx:contiguous()
  self.bias = fitted and my - mx:unsqueeze(1):matmul(v):reshape(-1)
    or core.zeros(1, F64)
end

--- LinearRegression{intercept = true, columns =}: least squares.
declare("LinearRegression", "numbers", "intercept: bool = true").learn =
  fit_numbers

--- Ridge{alpha = 1, intercept = true, columns =}: least squares plus alpha
--- times the sum of the squared weights (Hoerl and Kennard 1970).
local Ridge = declare("Ridge", "numbers",
  "alpha: number = 1, intercept: bool = true")
Ridge.learn = fit_numbers

function Ridge.check(o)
  if o.alpha < 0 or o.alpha ~= o.alpha then
    fail("prep.Ridge: alpha should be 0 or more, got %g", o.alpha)
  end
end

-- ---- Logistic regression --------------------------------------------------

--- LogisticRegression{c = 1, class_weight = "none", intercept = true,
--- max_iter = 1000, tolerance = 1e-5, columns =}: the sum of the losses times c
--- plus half the sum of the squared weights, by LBFGS.  class_weight: balanced,
--- or a table label -> weight.  `iterations` says how many it took, `converged`
--- whether they sufficed.
local LogisticRegression = declare("LogisticRegression", "classes",
  "c: number = 1, class_weight: table|none|balanced = none, "
  .. "intercept: bool = true, max_iter: size = 1000, tolerance: number = 1e-5")

function LogisticRegression.check(o)
  if o.c <= 0 or o.c ~= o.c then
    fail("prep.LogisticRegression: c should be positive, got %g", o.c)
  end
end

-- The mean loss of logits z (n, o), with weights that add up to 1.
local function loss_of(z, y, share)
  local each
  if z.shape[2] == 1 then
    z = z:select(2, 1)
    each = z:softplus() - z * y -- log(1 + exp z) - y z
  else
    each = core.cross_entropy(z, y, {reduction = "none"})
  end
  return (each * share):sum()
end

local function optimise(self, params, loss)
  local o = self.options
  local opt = LBFGS(params, {line_search_fn = "strong_wolfe",
    max_iter = o.max_iter, max_eval = 3 * o.max_iter,
    tolerance_grad = o.tolerance, tolerance_change = 1e-14, history_size = 20})
  opt:step(function()
    opt:zero_grad()
    local value = loss()
    value:backward()
    return value
  end)
  local steepest = 0
  for _, p in ipairs(params) do
    steepest = math.max(steepest, p.grad and p.grad:abs():max():item() or 0)
  end
  self.iterations = opt.iterations
  self.converged = steepest <= math.max(1e-4, o.tolerance)
  if not self.converged then
    self:warn("not converged after %d iterations (steepest slope %.2g); scale "
      .. "the columns, or raise max_iter", self.iterations, steepest)
  end
end

function LogisticRegression:learn(cols, y, weight)
  local x = cols:matrix(self:where "fit", self.names)
  local n, k = x.shape[1], x.shape[2]
  local o = #self.labels == 2 and 1 or #self.labels
  if o == 1 then y = y:to "f64" - 1 end
  local share = weight or core.ones(n, F64)
  local total = share:sum():item()
  share = share / total
  local penalty = 0.5 / (self.options.c * total)
  local trained = {dtype = "f64", requires_grad = true}
  local w, b = core.zeros({o, k}, trained), core.zeros(o, trained)
  local params = self.options.intercept and {w, b} or {w}
  optimise(self, params, function()
    return loss_of(core.linear(x, w, b), y, share)
      + (w * w):sum() * penalty
  end)
  self.weight, self.bias = w:detach(), b:detach()
  self.centre = x:mean(1):contiguous()
end

return linear
