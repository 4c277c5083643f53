-- lbfgs.lua: a quasi-Newton method, for small problems without noise: full
-- batches, fitting, style images.
--
--   local opt = m.optim.LBFGS(params, {line_search_fn = "strong_wolfe"})
--   opt:step(function()
--     opt:zero_grad()
--     local loss = f()
--     loss:backward()
--     return loss
--   end)
--
-- The direction is -H g, H an estimate of the inverse Hessian from the last
-- differences of points and gradients, by the two loops of Nocedal 1980.
-- Steps, stopping rules and their defaults are PyTorch's.

local class = require "mlrt.class"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local options = require "mlrt.options"
local search = require "mlrt.optim.wolfe"

local LBFGS = class "LBFGS"

local read, names = options("optim.LBFGS", "lr: number = 1, "
  .. "max_iter: size = 20, max_eval: size?, tolerance_grad: number = 1e-7, "
  .. "tolerance_change: number = 1e-9, history_size: size = 100, "
  .. "line_search_fn: none|strong_wolfe = none")

local function check_params(params)
  if type(params) ~= "table" or #params == 0 then
    fail("optim.LBFGS: argument 'params': a list of tensors expected")
  end
  for i, p in ipairs(params) do
    if not core.is_tensor(p) or p.dtype ~= params[1].dtype then
      fail("optim.LBFGS: parameter %d: a tensor of dtype %s expected", i,
        core.is_tensor(params[1]) and params[1].dtype or "f32 or f64")
    end
  end
  return params
end

function LBFGS:init(params, opts)
  self.params = check_params(params)
  for name, value in pairs(read(opts or {})) do self[name] = value end
  self.max_eval = self.max_eval or self.max_iter * 5 // 4
  self.iterations, self.evaluations = 0, 0
  self.points, self.gradients = {}, {} -- differences s and y, oldest first
  self.scale = 1 -- H before any of them
  self.inside = false -- a step that did not get to its end leaves it true
end

-- Nothing is known of the curvature, as at the start.
local function forget(self)
  self.iterations, self.scale = 0, 1
  self.points, self.gradients = {}, {}
end

function LBFGS:zero_grad()
  for _, p in ipairs(self.params) do p.grad = nil end
end

-- ---- Parameters as one vector ---------------------------------------------

local function gather(self)
  local parts = {}
  for i, p in ipairs(self.params) do
    parts[i] = p.grad and p.grad:reshape(-1)
      or core.zeros({p:numel()}, {dtype = p.dtype})
  end
  return core.cat(parts)
end

-- weights = origin + t direction, in all of them or in none
local function go_all(self, origin, t, direction)
  local at = 1
  for i, p in ipairs(self.params) do
    local n = p:numel()
    local part = direction:narrow(1, at, n):reshape(p.shape)
    p:copy_(origin[i] + part * t)
    at = at + n
  end
end

local function go(...)
  core._masked(go_all, ...)
end

local function copies(self)
  local list = {}
  for i, p in ipairs(self.params) do list[i] = p:detach():clone() end
  return list
end

local function largest(t)
  return t:abs():max():item()
end

local function dot(a, b)
  return core.dot(a, b):item()
end

-- Runs the closure, which records, and gives its loss and the gradient.
local function evaluate(self, closure)
  local loss
  do
    local _ <close> = core.enable_grad()
    loss = closure()
  end
  self.evaluations = self.evaluations + 1
  local value = core.is_tensor(loss) and loss:item() or loss
  if type(value) ~= "number" then
    fail("optim.LBFGS:step: the closure should return the loss, got a %s",
      type(loss))
  end
  return value, gather(self), loss
end

-- ---- The direction --------------------------------------------------------

-- Takes in the last step s = t d and what it did to the gradient, if that
-- curves upwards.
local function remember(self, g)
  local y, s = g - self.last_gradient, self.direction * self.t
  local ys = dot(y, s)
  if ys <= 1e-10 then return end
  if #self.points == self.history_size then
    table.remove(self.points, 1)
    table.remove(self.gradients, 1)
  end
  table.insert(self.points, s)
  table.insert(self.gradients, y)
  self.scale = ys / dot(y, y)
end

-- -H g
local function direction_of(self, g)
  local s, y, a, rho = self.points, self.gradients, {}, {}
  local q = -g
  for i = #s, 1, -1 do
    rho[i] = 1 / dot(y[i], s[i])
    a[i] = dot(s[i], q) * rho[i]
    q = q - y[i] * a[i]
  end
  q = q * self.scale
  for i = 1, #s do
    local b = dot(y[i], q) * rho[i]
    q = q + s[i] * (a[i] - b)
  end
  return q
end

-- ---- A step ---------------------------------------------------------------

-- Goes along self.direction; returns loss and gradient there.
local function move(self, closure, loss, g, slope, last)
  local origin, d = copies(self), self.direction
  if self.line_search_fn ~= "none" then
    local function at(t)
      go(self, origin, t, d)
      local f, h = evaluate(self, closure)
      return {t = t, f = f, g = h, slope = dot(h, d)}
    end
    local p = search(at, {t = 0, f = loss, g = g, slope = slope}, self.t,
      1e-9 / largest(d), self.limit - self.evaluations)
    self.t = p.t
    go(self, origin, p.t, d)
    return p.f, p.g
  end
  go(self, origin, self.t, d)
  if last then return loss, g end -- nobody will look at them
  return evaluate(self, closure)
end

-- One iteration from loss and gradient; nil when it is time to stop.
local function iterate(self, closure, loss, g, last)
  local first = self.iterations == 0
  self.iterations = self.iterations + 1
  if first then
    self.direction = -g
  else
    remember(self, g)
    self.direction = direction_of(self, g)
  end
  self.last_gradient = g
  self.t = first and math.min(1, 1 / g:abs():sum():item()) * self.lr or self.lr
  local slope = dot(g, self.direction)
  if slope > -self.tolerance_change then return nil end
  local f, h = move(self, closure, loss, g, slope, last)
  if largest(h) <= self.tolerance_grad
      or largest(self.direction) * math.abs(self.t) <= self.tolerance_change
      or math.abs(f - loss) < self.tolerance_change then
    return nil
  end
  return f, h
end

--- Up to max_iter iterations.  The closure clears the gradients, computes the
--- loss, calls backward and returns the loss; the first one is returned.  A
--- step after one that raised begins as the first did.
function LBFGS:step(closure)
  if type(closure) ~= "function" then
    fail("optim.LBFGS:step: argument 'closure': a function expected, got a %s",
      type(closure))
  end
  if self.inside then forget(self) end
  self.inside = true
  local _ <close> = core.no_grad()
  self.limit = self.evaluations + self.max_eval
  local loss, g, result = evaluate(self, closure)
  local still = largest(g) <= self.tolerance_grad
  for i = 1, still and 0 or self.max_iter do
    loss, g = iterate(self, closure, loss, g, i == self.max_iter)
    if not loss or self.evaluations >= self.limit then break end
  end
  self.inside = false
  return result
end

-- ---- State ----------------------------------------------------------------

local function clones(list)
  local copy = {}
  for i, t in ipairs(list) do copy[i] = t:clone() end
  return copy
end

local KEPT = {"iterations", "evaluations", "scale", "t"}

--- All there is to know, as plain data for m.save.
function LBFGS:state()
  local state = {class = "LBFGS", points = clones(self.points),
    gradients = clones(self.gradients), options = {}}
  for _, name in ipairs(KEPT) do state[name] = self[name] end
  for _, name in ipairs(names) do state.options[name] = self[name] end
  state.direction = self.direction and self.direction:clone()
  state.last_gradient = self.last_gradient and self.last_gradient:clone()
  return state
end

--- Makes this one, over the same parameters, what the other was.
function LBFGS:load_state(state)
  if type(state) ~= "table" or state.class ~= "LBFGS"
      or type(state.points) ~= "table" or type(state.gradients) ~= "table"
      or type(state.options) ~= "table" then
    fail("optim.LBFGS:load_state: a state of LBFGS expected")
  end
  local n = 0
  for _, p in ipairs(self.params) do n = n + p:numel() end
  for _, t in ipairs(state.points) do
    if not core.is_tensor(t) or t:numel() ~= n then
      fail("optim.LBFGS:load_state: vectors of %d elements expected", n)
    end
  end
  for _, name in ipairs(KEPT) do self[name] = state[name] end
  for _, name in ipairs(names) do self[name] = state.options[name] end
  self.points, self.gradients = clones(state.points), clones(state.gradients)
  self.direction = state.direction and state.direction:clone()
  self.last_gradient = state.last_gradient and state.last_gradient:clone()
  return self
end

function LBFGS:__tostring()
  return ("LBFGS(lr=%g, max_iter=%d, history_size=%d)"):format(self.lr,
    self.max_iter, self.history_size)
end

return LBFGS
