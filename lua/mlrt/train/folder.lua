-- folder.lua: what a run leaves on the disk.
--
--   config.json   what was trained, and how
--   log.jsonl     a line for every log_every steps, for each epoch, and the end
--   events.out.tfevents.mlrt   the same for TensorBoard
--   last.mlrt     the newest checkpoint: the whole state of the run
--   best.mlrt     {model =, step =, epoch =, value =}: the weights that did
--                 best
--   cost.json, evaluation.json, report.html   what it cost and was worth
--
-- Checkpoints replace each other in one step, and the logs' lengths are part
-- of them, so a run that was killed goes on as if it had not been: what stands
-- behind the checkpoint's place is cut off and written anew.

local class = require "mlrt.class"
local core = require "mlrt.core"
local events = require "mlrt.train.events"
local fail = require "mlrt.fail"
local File = require "mlrt.train.file"
local json = require "mlrt.json"
local save = require "mlrt.save"

local Folder = class "Folder"
Folder.speaks = true -- its messages name what they are about

local MINUTES = 5 -- between checkpoints in a long epoch
local SHARE = 0.1 -- of the time that checkpoints of epochs may take

function Folder:init(o)
  if not io then fail "train.fit: folder: a sandbox has no files" end
  self.options, self.path = o, o.folder
  self.log = File(self.path .. "/log.jsonl")
  self.lengths = {log = 0, events = 0}
  self.events = o.tensorboard
    and File(self.path .. "/events.out.tfevents.mlrt") or nil
  self.sum, self.steps = 0.0, 0 -- of the losses since the last line
  self.tags = {} -- what the line says, for TensorBoard
end

-- ---- Texts ----------------------------------------------------------------

-- JSON has no nan and no functions.
local function plain(v)
  if type(v) == "number" then return v - v == 0 and v or json.null end
  if type(v) == "string" then return utf8.len(v) and v or "?" end
  if type(v) ~= "table" then return type(v) == "boolean" and v or nil end
  local t = {}
  for key, value in pairs(v) do t[key] = plain(value) end
  return t
end

function Folder:write(name, value)
  local ok, err = core.io.write_file(self.path .. "/" .. name,
    json.encode(plain(value)) .. "\n")
  if not ok then fail("train: %s", err) end
end

function Folder:line(entry)
  self.log:put(json.encode(plain(entry)) .. "\n")
end

-- Numbers to TensorBoard, below a prefix.
function Folder:scalars(step, prefix, values)
  if not self.events then return end
  local tags = {}
  for name, v in pairs(values) do
    if type(v) == "number" then tags[prefix .. name] = v end
  end
  local record = events.scalars(os.time() + 0.0, step, tags)
  if record then self.events:put(record) end
end

-- ---- Beginning ------------------------------------------------------------

local function groups_of(optimizer)
  local list = {}
  for i, group in ipairs(optimizer:state().groups) do
    list[i] = group.options
  end
  return list
end

local function config_of(run)
  local o, names = run.options, {}
  for i, c in ipairs(run.callbacks) do names[i] = c.name or c.__name or "?" end
  local loader = type(o.data) == "table" and o.data or {}
  return {model = {text = tostring(o.model),
      parameters = o.model:num_parameters()},
    optimizer = {class = o.optimizer.__name, groups = groups_of(o.optimizer)},
    loss = type(o.loss) == "table" and o.loss.__name or nil,
    epochs = o.epochs, steps = o.steps, accumulate = o.accumulate,
    batch = rawget(loader, "batch"), batches = #run.data,
    samples = rawget(loader, "dataset") and #loader.dataset or nil,
    monitor = run.monitor, mode = run.mode, callbacks = names,
    started = os.date "!%Y-%m-%dT%H:%M:%SZ", script = arg and arg[0],
    threads = core.threads(), build = core.build()}
end

local function resume(run, path)
  local state, err = save.load(path)
  if not state then fail("train: the checkpoint cannot be read: %s", err) end
  local ok, why = pcall(run.load_state, run, state)
  if not ok then
    fail("train: %s is of another run: %s", path,
      (tostring(why):gsub("^.-train: ", "")))
  end
  run.resumed = true
end

-- Files that were being written when a process was killed.
local function sweep(folder)
  for _, name in ipairs(core.fs.list(folder) or {}) do
    if name:find "^%.[%l.]+%.%x+%.tmp$" then
      os.remove(folder .. "/" .. name)
    end
  end
end

function Folder:start(run)
  local path = self.path .. "/last.mlrt"
  local ok, err = core.fs.mkdir(self.path)
  if not ok then fail("train: the folder cannot be made: %s", err) end
  sweep(self.path)
  if core.fs.stat(path) then
    if not self.options.resume then
      fail("train: %s holds a run already; say resume = true to go on with it, "
        .. "or choose another folder", self.path)
    end
    resume(run, path)
  else
    self:write("config.json", config_of(run))
  end
  self.log:open(self.lengths.log)
  if self.events then
    self.events:open(self.lengths.events)
    if self.events.length == 0 then
      self.events:put(events.header(os.time() + 0.0))
    end
  end
  self.saved_at, self.took = core.time(), 0
end

-- ---- Checkpoints ----------------------------------------------------------

local function put(path, value)
  local ok, err = save.save(path, value)
  if not ok then fail("train: the checkpoint was not written: %s", err) end
end

function Folder:save_best()
  if self.pending then put(self.path .. "/best.mlrt", self.pending) end
  self.pending = nil
end

--- Writes best.mlrt, if there is a new one, and last.mlrt.
function Folder:save(run)
  local start = core.time()
  self:save_best()
  put(self.path .. "/last.mlrt", run:state())
  self:write("cost.json", run.ledger:report())
  self.saved, self.saved_done = run.step, run.done
  self.saved_at = core.time()
  self.took = self.saved_at - start
end

function Folder:state()
  return {log = self.log.length, sum = self.sum, steps = self.steps,
    events = self.events and self.events.length or 0, best = self.best}
end

function Folder:load_state(state)
  self.lengths = {log = state.log, events = state.events}
  self.sum, self.steps, self.best = state.sum, state.steps, state.best
end

function Folder:leave(run)
  if self.saved ~= run.step or self.saved_done ~= run.done
      or run.phase ~= "train" then
    self:save(run)
  end
end

-- ---- Steps and epochs -----------------------------------------------------

-- A number as JSON has it; quicker than json.encode, for there may be a
-- thousand lines a second.
local function number(x)
  return x - x == 0 and ("%.9g"):format(x) or "null"
end

function Folder:log_step(run)
  local loss, lr, norm = self.sum / self.steps, run:lr(), run.grad_norm
  self.log:put(('{"event":"step","step":%d,"epoch":%d,"loss":%s,"lr":%s,%s'
    .. '"seconds":%.6f}\n'):format(run.step, run.done + 1, number(loss),
    number(lr), norm and ('"grad_norm":%s,'):format(number(norm)) or "",
    run:time()))
  self.tags.loss, self.tags.lr, self.tags.grad_norm = loss, lr, norm
  self:scalars(run.step, "train/", self.tags)
  self.sum, self.steps = 0.0, 0
end

function Folder:after_step(run)
  local every = self.options.save_every
  self.sum, self.steps = self.sum + run.loss, self.steps + 1
  if self.steps >= self.options.log_every then self:log_step(run) end
  if every > 0 and run.step % every == 0
      or core.time() - self.saved_at > 60 * MINUTES then
    self:save(run)
  end
end

--- The weights that the model has now are the best if the value says so; they
--- wait in memory until the next checkpoint.
function Folder:validated(run, row)
  local value = run:value_of(row)
  local better = value == value and (not self.best
    or run.mode == "min" and value < self.best
    or run.mode == "max" and value > self.best)
  if not better then return end
  self.best = value
  self.pending = {model = run.model:state(), step = row.step,
    epoch = row.epoch, value = value, monitor = run.monitor}
end

function Folder:epoch_end(run, row)
  if self.steps > 0 then self:log_step(run) end
  local entry = {event = "epoch"}
  for key, value in pairs(row) do entry[key] = value end
  self:line(entry)
  self:scalars(row.step, "epoch/", {loss = row.loss})
  self:scalars(row.step, "validation/", row.validation or {})
  if not run.left and core.time() - self.saved_at >= self.took / SHARE then
    self:save(run)
  end
end

-- ---- The end --------------------------------------------------------------

function Folder:close()
  self.log:close()
  if self.events then self.events:close() end
end

function Folder:finish(run)
  local message = run.signal and "by " .. run.signal or nil
  local judge = self.options.report ~= false and require "mlrt.train.judge"
  self:save_best()
  if judge then judge.evaluate(run, self) end
  self:line {event = "end", reason = run.reason, message = message,
    step = run.step, epochs = run.done, seconds = run:time()}
  self:write("cost.json", run.ledger:report())
  if judge then judge.report(run, self) end
  self:close()
end

--- The log says why it ended; checkpoints stay what they were.
function Folder:failed(run, err)
  if not self.log.handle then return end
  pcall(self.line, self, {event = "end", reason = "error",
    message = tostring(err), step = run.step, epochs = run.done,
    seconds = run:time()})
  self:close()
end

return Folder
