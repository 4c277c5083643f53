-- loop.lua: the training loop, as one would write it by hand.
--
-- `run` is a run.lua object: what was given to train.fit as run.options, where
-- the run stands, and run:call, which lets the callbacks have their say.  All
-- that is not in these lines is a callback.

local core = require "mlrt.core"
local fail = require "mlrt.fail"

local is_tensor = core.is_tensor
local loop = {}

-- ---- A batch --------------------------------------------------------------

--- How many samples a batch has: the rows of its first value.
function loop.count(a)
  if is_tensor(a) then return a.ndim > 0 and #a or 1 end
  return type(a) == "table" and #a or 1
end

--- The prediction and the target of a batch: its last value is the target,
--- the model gets the others.
function loop.predict(model, a, b, c, d)
  if d ~= nil then return (model(a, b, c)), d end
  if c ~= nil then return (model(a, b)), c end
  if b == nil then
    fail("train: a batch has one value, so what is its target? Say forward = "
      .. "function(model, x) return loss, prediction, target end")
  end
  return (model(a)), b
end

--- The loss, the prediction and the target of a batch; the last two are nil if
--- a `forward` of one's own does not return them.
function loop.forward(o, a, b, c, d)
  if o.forward then return o.forward(o.model, a, b, c, d) end
  local prediction, target = loop.predict(o.model, a, b, c, d)
  return o.loss(prediction, target), prediction, target
end

--- Raises unless the loss is a tensor of one number.
function loop.check_loss(loss)
  if not is_tensor(loss) then
    fail("train: the loss should be a tensor, got a %s", type(loss))
  elseif loss.ndim > 0 and loss:numel() ~= 1 then
    fail("train: the loss should be one number, got a tensor of shape %s; take "
      .. "its mean", loss.shape)
  end
end

-- Gradients are added up.  Several batches in one step count by their samples,
-- so that the step is that of one large batch.
local function backward(run, a, b, c, d)
  local loss = loop.forward(run.options, a, b, c, d)
  local n = loop.count(a)
  loop.check_loss(loss)
  if not loss.requires_grad then
    fail "train: the loss does not depend on any parameter"
  end
  local value = loss:item()
  if run.options.accumulate > 1 then loss = loss * n end
  loss:backward()
  run:add(n, value, a, b, c, d)
  run:call "batch"
end

-- ---- A step ---------------------------------------------------------------

local function divide_gradients(run)
  local _ <close> = core.no_grad()
  for _, p in ipairs(run.parameters) do
    if p.grad then p.grad:mul_(1 / run.step_samples) end
  end
end

local function update(run)
  if run.options.accumulate > 1 then divide_gradients(run) end
  run.skip = false
  run:call "before_step"
  if not run.skip then run.optimizer:step() end
  run.optimizer:zero_grad()
  run.step = run.step + 1
  run:call "after_step"
  run:end_step()
end

-- ---- An epoch -------------------------------------------------------------

-- The batches of an epoch, or of the rest of one after a resume.
local function train_epoch(run, pause)
  run.model:train()
  for a, b, c, d in run.data:each() do
    backward(run, a, b, c, d)
    if run.pending == run.options.accumulate then
      update(run)
      if pause then pause(run.step) end
      if run:leaving() then return end
    end
  end
  if run.batches == 0 then fail "train: data: the epoch had no batches" end
  run.phase = "validate" -- the data begin anew already
  if run.pending > 0 then
    update(run)
    if pause then pause(run.step) end
    run:leaving()
  end
end

--- The whole run; pause(step), if there is one, is called after each step.
function loop.run(run, pause)
  run:call "start"
  while not run:over() do
    if run.phase == "train" then
      run:begin_epoch()
      train_epoch(run, pause)
    end
    if run.phase == "validate" and not run.reason and run:validate() then
      run:end_epoch()
    end
  end
  if run.reason == "steps" and run.batches > 0 then run:judge_part() end
  run:finish()
end

return loop
