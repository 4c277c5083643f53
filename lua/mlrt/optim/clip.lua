-- clip.lua: gradients kept from being too large, between backward and step.
--
--   loss:backward()
--   m.optim.clip_grad_norm_(net:parameters(), 1.0)
--   optimizer:step()

local core = require "mlrt.core"
local fail = require "mlrt.fail"

local clip = {}

-- The gradients that are there, of a list of tensors or of one.
local function gradients_of(where, params)
  if core.is_tensor(params) then params = {params} end
  if type(params) ~= "table" or getmetatable(params) then
    fail("%s: argument 'params': a list of tensors expected, got a %s", where,
      type(params))
  end
  local grads = {}
  for i, p in ipairs(params) do
    if not core.is_tensor(p) then
      fail("%s: parameter %d is a %s, not a tensor", where, i, type(p))
    end
    grads[#grads + 1] = p.grad
  end
  return grads
end

local function number(where, name, v)
  if type(v) ~= "number" then
    fail("%s: argument '%s': a number expected, got a %s", where, name,
      type(v))
  end
  return v
end

-- The p-norm of all elements of all tensors together.
local function total_norm(tensors, p)
  local total = 0
  for _, t in ipairs(tensors) do
    local norm = core.norm(t, p):item()
    if p == math.huge then
      total = (norm > total or norm ~= norm) and norm or total
    else
      total = total + norm ^ p
    end
  end
  return p == math.huge and total or total ^ (1 / p)
end

--- Multiplies all gradients by one factor, so that their norm taken together
--- is at most max_norm, and returns the norm before (Pascanu et al. 2013).
--- norm_type: the p of the norm, above 0; may be math.huge.  Gradients that
--- hold nan or infinity become nan, as in PyTorch; with error_if_nonfinite
--- they raise.
function clip.grad_norm_(params, max_norm, norm_type, error_if_nonfinite)
  local where = "optim.clip_grad_norm_"
  local grads = gradients_of(where, params)
  number(where, "max_norm", max_norm)
  local p = number(where, "norm_type", norm_type or 2)
  if p <= 0 or p ~= p then
    fail("%s: argument 'norm_type': above 0 expected, got %g", where, p)
  end
  local _ <close> = core.no_grad()
  local norm = total_norm(grads, p)
  if error_if_nonfinite and (norm ~= norm or norm == math.huge) then
    fail("%s: the norm of the gradients is %g", where, norm)
  end
  local factor = max_norm / (norm + 1e-6)
  if factor >= 1 then return norm end
  for _, g in ipairs(grads) do g:mul_(factor) end
  return norm
end

--- Cuts every element of every gradient to -value..value.
function clip.grad_value_(params, value)
  local where = "optim.clip_grad_value_"
  local grads = gradients_of(where, params)
  if number(where, "value", value) < 0 then
    fail("%s: argument 'value': 0 or above expected, got %g", where, value)
  end
  local _ <close> = core.no_grad()
  for _, g in ipairs(grads) do g:clamp_(-value, value) end
end

return clip
