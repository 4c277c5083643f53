-- guard.lua: stops a run before a step that would destroy its weights.
--
-- A loss or a gradient that is nan or infinite is an error, and nothing has
-- been changed yet.  While all is well that costs a pass over each gradient.
-- When something is wrong the batch is computed again to say where it began.

local class = require "mlrt.class"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local loop = require "mlrt.train.loop"
local Module = require "mlrt.nn.module"

local Guard = class "NanGuard"
Guard.speaks = true -- its messages need no introduction

function Guard.init() end

local function is_finite(t)
  return t:isfinite():all():item()
end

local function holds_floats(t)
  return core.is_tensor(t) and (t.dtype == "f32" or t.dtype == "f64")
end

-- ---- Where it began -------------------------------------------------------

local function bad_input(batch)
  for i = 1, 4 do
    local t = batch[i]
    if holds_floats(t) and not is_finite(t) then
      return ("value %d of the batch holds %d that are nan or infinite"):format(
        i, t:numel() - t:isfinite():count_nonzero():item())
    end
  end
end

local function module_of(model, path)
  local owner = path:match "^(.*)%.[^.]*$"
  return owner and model:get(owner):title() or model:title()
end

local function bad_parameter(model)
  for path, p in model:named_parameters() do
    if not is_finite(p) then
      return ("the parameter '%s' of %s is nan or infinite already"):format(
        path, module_of(model, path))
    end
  end
end

-- The first module, in the order of computing, that made it.
local function bad_module(run)
  local paths, found = {}, nil
  for path, module in run.model:named_modules() do paths[module] = path end
  local function observe(module, ...)
    local y = module:forward(...)
    if not found and holds_floats(y) and not is_finite(y) then
      found = ("%s %s"):format(paths[module] ~= "" and paths[module]
        or "the model", module:title())
    end
    return y
  end
  pcall(Module.observed, observe, loop.forward, run.options,
    table.unpack(run.last, 1, 4))
  return found and "it began in " .. found or "it began in the loss itself"
end

-- What detect_anomaly says of the gradients.
local function bad_operation(run)
  local ok, err = pcall(function()
    local _ <close> = core.enable_grad()
    local _ <close> = core.detect_anomaly()
    loop.forward(run.options, table.unpack(run.last, 1, 4)):backward()
  end)
  return not ok and ("; %s"):format(err) or ""
end

-- Computing again must leave no trace: buffers and random numbers come back.
local function looking(run, look)
  local random, state = core.default_generator(), run.model:state()
  local place = random:state()
  local ok, text = pcall(look)
  run.model:load_state(state)
  random:load_state(place)
  return ok and text or "where it began cannot be said"
end

-- ---- The check ------------------------------------------------------------

local function place(run)
  return ("step %d, epoch %d, batch %d"):format(run.step + 1, run.epoch,
    run.batches)
end

--- After the loss and its gradients of one batch.
function Guard.batch(_, run)
  local loss = run.loss
  if loss - loss == 0 then return end
  local why = bad_input(run.last) or looking(run, function()
    local _ <close> = core.no_grad()
    return bad_parameter(run.model) or bad_module(run)
  end)
  run.optimizer:zero_grad()
  fail("train: the loss is %s at %s: %s; nothing was changed",
    loss ~= loss and "nan" or "infinite", place(run), why)
end

-- Names and layers of the gradients that are wrong, the nearest to the loss
-- first, for there it began.
local function explain(run)
  local list = {}
  for path, p in run.model:named_parameters() do
    if p.grad and not is_finite(p.grad) then
      table.insert(list, 1, ("'%s' of %s"):format(path,
        module_of(run.model, path)))
    end
  end
  if #list == 0 then return "a parameter that is not the model's" end
  local more = #list > 1 and (" and %d more"):format(#list - 1) or ""
  return list[1] .. more
end

local function raise(run, text)
  local operation = looking(run, function() return bad_operation(run) end)
  run.optimizer:zero_grad()
  fail("train: the gradient of %s is nan or infinite at %s%s; nothing was "
    .. "changed", text, place(run), operation)
end

function Guard.before_step(_, run)
  local groups = run.optimizer.groups
  for i = 1, #groups do
    if not groups[i]:finite() then raise(run, explain(run)) end
  end
end

return Guard
