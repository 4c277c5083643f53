-- run.lua: a training run: what it was given, where it stands, and its state.
--
--   local run = m.train.Run {model = net, data = loader, ...}
--   run:fit()                          -- the whole of it
--   for step, run in run:steps() do ... end
--
-- Where it stands, for callbacks to read: step (made so far), epoch (its
-- number), batches (of this epoch), loss (of the last batch), mean_loss() (of
-- this epoch), samples, lr, reason (why it ends, or nil), history (a row for
-- each epoch), monitor (whose value decides what is best).

local class = require "mlrt.class"
local copy = require "mlrt.copy"
local core = require "mlrt.core"
local evaluate = require "mlrt.train.evaluate"
local fail = require "mlrt.fail"
local loop = require "mlrt.train.loop"
local options = require "mlrt.options"
local Source = require "mlrt.train.source"

local Run = class "Run"

local read = options("train.fit", "model: table, data: any, "
  .. "optimizer: table, loss: callable?, epochs: count?, steps: size?, "
  .. "val: any?, test: any?, metrics: table?, monitor: string = loss, "
  .. "mode: min|max?, accumulate: size = 1, callbacks: table?, "
  .. "forward: callable?, guard: bool = true, keep: table?, "
  .. "folder: string?, resume: bool = false, save_every: count = 0, "
  .. "log_every: size = 25, tensorboard: bool = true, report: any?, "
  .. "ledger: table?, budget: table?, dry_run: bool = false, "
  .. "progress: bool?, on_signal: raise|return = raise")

local HOOKS = {"start", "epoch_start", "batch", "before_step", "after_step",
  "validated", "epoch_end", "leave", "finish", "failed"}

-- ---- What it was given ----------------------------------------------------

local function check_model(o)
  local model, optimizer = o.model, o.optimizer
  if not (model.parameters and model.state and model.train) then
    fail "train.fit: argument 'model': an nn module expected, got a table"
  end
  if not (optimizer.groups and optimizer.step and optimizer.state) then
    fail "train.fit: argument 'optimizer': one of m.optim expected (one that \z
      needs a closure, as LBFGS does, has its loop by hand)"
  end
  if not (o.loss or o.forward) then
    fail "train.fit: give a loss, loss(prediction, target), or a forward"
  end
end

-- A ledger, or the options of one.
local function ledger_of(o)
  local Ledger = require "mlrt.ledger"
  local given = o.ledger or {}
  if getmetatable(given) == Ledger then
    if o.budget then fail "train.fit: give the ledger its budget itself" end
    return given
  end
  local t = {}
  for key, value in pairs(given) do t[key] = value end
  t.budget = o.budget or t.budget
  return Ledger(t)
end

local LESS = {"loss", "error", "mse", "rmse", "mae", "mape", "perplexity",
  "brier", "cost"}

--- "min" or "max": whether less of a metric of this name is better.
function Run.mode_of(name)
  for _, word in ipairs(LESS) do
    if name:lower():find(word, 1, true) then return "min" end
  end
  return "max"
end

-- Names under which the callbacks' states are kept, each once.
local function name_callbacks(list)
  local taken = {}
  for _, c in ipairs(list) do
    local base = c.name or c.__name or "callback"
    local name, i = base, 1
    while taken[name] do
      i = i + 1
      name = base .. "#" .. i
    end
    taken[name] = c
  end
  return taken
end

local function check_callbacks(list)
  for i, c in ipairs(list or {}) do
    local found = false
    for _, hook in ipairs(HOOKS) do
      found = found or type(c) == "table" and c[hook] ~= nil
    end
    if not found then
      fail("train.fit: callback %d (%s) has none of %s", i, type(c),
        table.concat(HOOKS, ", "))
    end
  end
  return list or {}
end

-- The guard sees gradients before others change them; what writes checkpoints
-- comes when all others have done their part.
local function callbacks_of(o)
  local list = {}
  local function add(c) list[#list + 1] = c or nil end
  add(o.guard and require "mlrt.train.guard"())
  for _, c in ipairs(check_callbacks(o.callbacks)) do add(c) end
  add(o.folder and not o.dry_run and require "mlrt.train.folder"(o))
  add(o.progress ~= false and not o.dry_run and io -- a sandbox has none
    and require "mlrt.train.progress"())
  return list
end

local function hooks_of(list)
  local hooks = {}
  for _, hook in ipairs(HOOKS) do
    hooks[hook] = {}
    for _, c in ipairs(list) do
      if c[hook] then table.insert(hooks[hook], c) end
    end
  end
  return hooks
end

local function check_keep(keep)
  for name, object in pairs(keep or {}) do
    local ok, has = pcall(function()
      return object.state and object.load_state
    end)
    if type(name) ~= "string" or not ok or not has then
      fail("train.fit: keep: '%s' should be the name of an object with state "
        .. "and load_state", tostring(name))
    end
  end
  return keep or {}
end

--- Run{...}: the options are those of train.fit.
function Run:init(...)
  local o = read(...)
  check_model(o)
  self.options, self.model, self.optimizer = o, o.model, o.optimizer
  self.data = Source("train.fit: data", o.data)
  self.val = o.val ~= nil and Source("train.fit: val", o.val) or nil
  self.metrics = evaluate.metrics_of("train.fit", o)
  self.monitor, self.mode = o.monitor, o.mode or Run.mode_of(o.monitor)
  self.ledger, self.keep = ledger_of(o), check_keep(o.keep)
  self.callbacks = callbacks_of(o)
  self.names = name_callbacks(self.callbacks)
  self.hooks = hooks_of(self.callbacks)
  self.parameters = o.model:parameters()
  self.epochs = o.epochs or o.steps and math.huge or 1
  self.step, self.done, self.phase = 0, 0, "train"
  self.samples, self.seconds, self.history = 0, 0.0, {}
  self.last, self.noted = {}, {} -- the last batch, for the guard
  self:clear()
end

-- ---- Where it stands ------------------------------------------------------

-- Sums of the epoch, and of the step.
function Run:clear()
  self.batches, self.sum, self.weight = 0, 0.0, 0
  self.pending, self.step_samples = 0, 0
end

--- Takes note of a batch of n samples.
function Run:add(n, loss, a, b, c, d)
  local last = self.last
  last[1], last[2], last[3], last[4] = a, b, c, d
  self.loss, self.count = loss, n
  self.sum, self.weight = self.sum + loss * n, self.weight + n
  self.samples, self.batches = self.samples + n, self.batches + 1
  self.pending, self.step_samples = self.pending + 1, self.step_samples + n
end

--- The mean loss of the epoch so far.
function Run:mean_loss()
  return self.weight > 0 and self.sum / self.weight or 0 / 0
end

--- The learning rate of the optimizer's first group.
function Run:lr()
  return self.optimizer.groups[1].lr
end

--- Seconds of training so far, those before a resume among them.
function Run:time()
  return self.seconds + (self.began and core.time() - self.began or 0)
end

--- Why it has to end now, or nil: what stop was called with, a signal, a
--- budget.
function Run:leaving()
  if not self.reason then
    local signal = self.signals and self.signals.told()
    if signal then
      self.reason = signal == "SIGINT" and "interrupted" or "terminated"
      self.signal = signal
    else
      self.reason = self:planned() or self.ledger:exceeded()
    end
  end
  if self.reason and not self.left then
    self.left = true
    self:call "leave"
  end
  return self.reason
end

--- Ends the run after the present step.
function Run:stop(reason)
  self.reason = self.reason or tostring(reason or "stopped")
end

function Run:end_step()
  self.noted.samples = self.step_samples
  self.ledger:note(self.noted)
  self.pending, self.step_samples = 0, 0
end

function Run:begin_epoch()
  self.epoch = self.done + 1
  self:call "epoch_start"
end

-- The end that was planned, if it is reached.
function Run:planned()
  local steps = self.options.steps
  return steps and self.step >= steps and "steps"
    or self.done >= self.epochs and "epochs" or nil
end

--- Has it come to its end?  A resumed run may have been over before.
function Run:over()
  self.reason = self.reason or self:planned()
    or self.resumed and self.ledger:exceeded() or nil
  return self.reason ~= nil
end

--- The loss and the metrics of other data, as train.evaluate gives them.
function Run:evaluate(data)
  local values, samples = evaluate.pass(self.options,
    Source("run:evaluate: data", data), self.metrics)
  values.samples = samples
  return values
end

--- "Run(3 epochs, 2814 steps, loss 0.0512, ended: epochs)"
function Run:__tostring()
  local row = self.history[#self.history]
  return ("Run(%d epochs, %d steps%s%s)"):format(self.done, self.step,
    row and (", loss %.4f"):format(row.loss) or "",
    self.reason and ", ended: " .. self.reason or "")
end

-- ---- Callbacks ------------------------------------------------------------

local function blame(callback, hook, err)
  if type(err) ~= "string" or callback.speaks then error(err, 0) end
  error(("train: callback '%s', %s: %s"):format(callback.name
    or callback.__name or "?", hook, err), 0)
end

--- Calls a method of every callback that has it.
function Run:call(hook, value)
  local list = self.hooks[hook]
  for i = 1, #list do
    local c = list[i]
    local ok, err = pcall(c[hook], c, self, value)
    if not ok then blame(c, hook, err) end
  end
end

-- ---- Validation -----------------------------------------------------------

--- The model has its averaged weights (of train.EMA) until the result is
--- closed; nil without.
function Run:averaged()
  return self.average and self.average:averaged() or nil
end

-- What a validation moves on, and how to go back.
local function streams_of(self)
  local streams = {{core.default_generator()}, {self.val}}
  for _, object in pairs(self.keep) do streams[#streams + 1] = {object} end
  for _, entry in ipairs(streams) do entry[2] = entry[1]:state() end
  return function()
    for _, entry in ipairs(streams) do
      if entry[2] then entry[1]:load_state(entry[2]) end
    end
  end
end

--- Validates; false if a signal came meanwhile: then it is as if it had not
--- begun, and a resumed run begins with it.
function Run:validate()
  self.row = {epoch = self.done + 1, step = self.step, loss = self:mean_loss(),
    samples = self.weight}
  local _ <close> = self:averaged()
  if self.val then
    local go_back = streams_of(self)
    local values = evaluate.pass(self.options, self.val, self.metrics,
      self.signals and self.signals.told)
    if not values then
      go_back()
      self:leaving()
      return false
    end
    self.row.validation = values
  end
  self:call("validated", self.row)
  return true
end

--- The value that decides what is best, of a row of the history.
function Run:value_of(row, name)
  name = name or self.monitor
  local values = row.validation or {loss = row.loss}
  local v = values[name]
  if type(v) ~= "number" then
    local names = {}
    for key in pairs(values) do names[#names + 1] = key end
    table.sort(names)
    fail("train: monitor: %s", options.unknown("value", name, names))
  end
  return v
end

-- Puts the row of an epoch into the history.
local function record(self)
  local row = self.row
  row.lr, row.seconds = self:lr(), self:time()
  self.history[#self.history + 1] = row
  self.ledger:epoch(row.epoch)
  self:call("epoch_end", row)
end

function Run:end_epoch()
  self.done, self.phase = self.done + 1, "train"
  self:clear()
  record(self)
  self:leaving()
end

--- A row for the part of an epoch that a planned end has left.  The checkpoint
--- before it is in the middle of the epoch, where a longer run goes on.
function Run:judge_part()
  if self:validate() then record(self) end
end

-- ---- Beginning and ending -------------------------------------------------

local function signals_of()
  return package and package.loaded["mlrun.signals"] -- there in mlrun only
end

-- Called when the loop is left, by an error or by break too.
local function close(self, err)
  if self.signals then self.signals.watch(false) end
  if self.ledger.since and not self.ledger_ran then self.ledger:stop() end
  self.seconds, self.began, self.signals = self:time(), nil, nil
  self.last = {}
  if err ~= nil and not self.finished then
    local hooks = self.hooks.failed
    for i = 1, #hooks do pcall(hooks[i].failed, hooks[i], self, err) end
  elseif err == nil and not self.finished then -- by break
    self.reason = self.reason or "left"
    if not self.left then
      self.left = true
      self:call "leave"
    end
    self:finish()
  end
end

-- What has to be undone when the loop is left.
local function open(self)
  if self.began then fail "train: this run is running already" end
  self.began, self.reason, self.left, self.finished = core.time(), nil, nil, nil
  self.ledger_ran = self.ledger.since ~= nil
  if not self.ledger_ran then self.ledger:start() end
  self.signals = signals_of()
  if self.signals then self.signals.watch(true) end
  return setmetatable({}, {__close = function(_, err) close(self, err) end})
end

function Run:finish()
  self.finished = true
  if self.reason ~= "left" and not self.signal then
    if self.average then self.average:copy_to_weights() end
    if self.restore then self.restore() end
  end
  self:call "finish"
end

local Stopped = class "Stopped"

function Stopped:init(run)
  self.reason, self.step, self.run = run.reason, run.step, run
end

function Stopped:__tostring()
  local folder = self.run.options.folder
  return ("train.fit: %s after step %d%s"):format(self.reason, self.step,
    folder and ("; resume = true goes on from %s/last.mlrt"):format(folder)
    or "")
end

-- A script that was told to go must not take the result for a finished one.
function Run:check_signal()
  if self.signal and self.options.on_signal == "raise" then
    error(Stopped(self), 0)
  end
end

--- Trains to the end; returns the run.  Ctrl-C or SIGTERM (in mlrun) ends it
--- after the present step and a checkpoint, with an error unless on_signal is
--- "return".
function Run:fit()
  if self.options.dry_run then
    return require "mlrt.train.dry" (self)
  end
  do
    local _ <close> = open(self)
    loop.run(self)
  end
  self:check_signal()
  return self
end

--- For loops: the same loop, handing out (step, run) after each step.
function Run:steps()
  local guard = open(self)
  local co = coroutine.create(loop.run)
  local function next_step()
    local ok, step = coroutine.resume(co, self, coroutine.yield)
    if not ok then error(step, 0) end
    if step == nil then self:check_signal() end
    return step, self
  end
  return next_step, nil, nil, setmetatable({}, {__close = function(_, err)
    getmetatable(guard).__close(guard, err)
    coroutine.close(co)
  end})
end

-- ---- State ----------------------------------------------------------------

--- All that a resumed run needs to go on as if nothing had happened: plain
--- data for m.save.
function Run:state()
  local state = {format = 1, step = self.step, done = self.done,
    phase = self.phase, batches = self.batches, sum = self.sum,
    weight = self.weight, samples = self.samples, seconds = self:time(),
    history = copy(self.history), model = self.model:state(),
    optimizer = self.optimizer:state(),
    random = core.default_generator():state(), data = self.data:state(),
    val = self.val and self.val:state(), ledger = self.ledger:state(),
    callbacks = {}, keep = {}}
  for name, c in pairs(self.names) do
    if c.state then state.callbacks[name] = c:state(self) end
  end
  for name, object in pairs(self.keep) do state.keep[name] = object:state() end
  return state
end

local function check_parts(what, mine, theirs)
  for name in pairs(theirs) do
    if not mine[name] then
      error(("it has the state of the %s '%s', which this run lacks"):format(
        what, tostring(name)), 0)
    end
  end
end

local function apply(self, s)
  if type(s) ~= "table" or s.format ~= 1 or type(s.model) ~= "table" then
    error("it is not the state of a run", 0)
  end
  check_parts("callback", self.names, s.callbacks)
  check_parts("kept object", self.keep, s.keep)
  self.model:load_state(s.model)
  self.optimizer:load_state(s.optimizer)
  if s.data then self.data:load_state(s.data) end
  if s.val and self.val then self.val:load_state(s.val) end
  for name, state in pairs(s.callbacks) do
    self.names[name]:load_state(state, self)
  end
  for name, state in pairs(s.keep) do self.keep[name]:load_state(state) end
  self.ledger:load_state(s.ledger)
  core.default_generator():load_state(s.random)
  for _, name in ipairs {"step", "done", "phase", "batches", "sum", "weight",
    "samples", "seconds"} do self[name] = s[name] end
  self.history = copy(s.history)
end

--- Makes this run what the other one was.  A state that does not fit raises
--- and changes nothing.
function Run:load_state(state)
  local before = self:state()
  local ok, err = pcall(apply, self, state)
  if not ok then
    apply(self, before)
    fail("train: the state does not fit: %s", tostring(err))
  end
  return self
end

return Run
