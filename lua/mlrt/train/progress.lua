-- progress.lua: what a run says while it runs: a line that is rewritten, and a
-- line for each epoch.

local class = require "mlrt.class"
local core = require "mlrt.core"
local Bar = require "mlrt.progress"
local show = require "mlrt.ledger.show"

local Progress = class "Progress"

function Progress.init() end

local function say(text)
  io.stdout:write(text, "\n")
  io.stdout:flush()
end

function Progress.start(_, run)
  if run.resumed then
    say(("goes on after step %d (epoch %d)"):format(run.step, run.done + 1))
  end
end

function Progress:epoch_start(run)
  local label = ("epoch %d"):format(run.epoch)
  if run.epochs < math.huge then label = label .. "/" .. run.epochs end
  local total = math.max(#run.data - run.batches, 0)
  self.label, self.start = label, core.time()
  local last = run.history[#run.history]
  local value = last and (last.validation or {})[run.monitor]
  if type(value) == "number" then -- that of the epoch before
    label = ("%s  %s %.4f"):format(label, run.monitor == "loss"
      and "validation loss" or run.monitor, value)
  end
  self.samples = run.weight
  self.bar = Bar {total = total, unit = "batches", label = label,
    every = 1}
  -- Without a known length no line is right but that of the epoch.
  self.shows = total > 0
end

function Progress:batch(run)
  if self.shows then self.bar:add(1, run.loss) end
end

local function shown(v)
  return type(v) == "number" and ("%.4f"):format(v) or nil
end

-- "epoch 1/3: loss 0.1234, validation loss 0.0987, accuracy 0.9712, 3.1 s"
local function summary(self, row)
  local parts = {("loss %.4f"):format(row.loss)}
  local v = row.validation or {}
  if v.loss then parts[2] = "validation loss " .. shown(v.loss) end
  local names = {}
  for name in pairs(v) do
    if name ~= "loss" and shown(v[name]) then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    parts[#parts + 1] = name .. " " .. shown(v[name])
  end
  local seconds = self.start and core.time() - self.start
  parts[#parts + 1] = seconds and show.duration(seconds)
  return ("%s: %s"):format(self.label or "epoch " .. row.epoch,
    table.concat(parts, ", "))
end

function Progress:epoch_end(_, row)
  if self.bar then self.bar:finish() end
  say(summary(self, row))
  self.bar, self.shows = nil, false
end

function Progress:leave(run)
  if self.bar then self.bar:finish() end
  if run.reason ~= "epochs" and run.reason ~= "steps" then
    say(("%s after step %d"):format(run.reason, run.step))
  end
end

return Progress
