-- train: the training loop and what goes with it.
--
--   local run = m.train.fit {model = net, data = train, val = val,
--     loss = nn.CrossEntropyLoss(), optimizer = m.optim.Adam(net:parameters()),
--     epochs = 10, folder = "runs/digits", resume = true,
--     callbacks = {m.train.EarlyStopping {patience = 3}}}
--   print(run.reason, run.history[#run.history].validation.accuracy)
--
-- loop.lua is the loop, in the order in which one would write it by hand;
-- run.lua says where a run stands and carries it from one process to the next;
-- folder.lua leaves it on the disk.  The rest are callbacks: tables with any of
--
--   start(run)  epoch_start(run)  batch(run)  before_step(run)
--   after_step(run)  validated(run, row)  epoch_end(run, row)
--   leave(run): the run ends here  finish(run)  failed(run, err)
--
-- and, if they have something to remember, state(run) and
-- load_state(state, run).

local core = require "mlrt.core"
local fail = require "mlrt.fail"
local late = require "mlrt.late"

local train = {}

--- train.fit{...} trains and returns the run:
---   model, data, loss, optimizer: what is trained, on which batches (a
---     loader, a list {{x, y}, ...}, or a function that gives the values of a
---     generic for), by which loss(prediction, target);
---   forward: f(model, x, y, ...) -> loss, prediction, target, instead of loss;
---   epochs or steps: how far; accumulate: batches in one step;
---   val, metrics: a pass after each epoch, {"f1", m.metrics.Accuracy()} or
---     {name = metric}; test: judged in the report;
---   monitor, mode: what is best: "loss", or a metric's name;
---   callbacks: a list; guard = false: no look for nan before each step;
---   folder: for config.json, log.jsonl, TensorBoard's events, checkpoints
---     last.mlrt and best.mlrt, cost.json, report.html; resume = true: goes on
---     from last.mlrt if it is there; save_every: steps between checkpoints
---     (besides one after each epoch); log_every: steps in a line of the log;
---     tensorboard = false; report: {names =, title =, samples =}, or false;
---   keep: {name = object}: what else has state and load_state;
---   ledger: m.ledger's options or a ledger; budget: {minutes =, joules =,
---     money =}, which ends the run;
---   dry_run: one step, one validation, and all is as it was;
---   progress = false: silence; on_signal: "raise" or "return" when Ctrl-C or
---     SIGTERM ended it (in mlrun).
function train.fit(...)
  return require "mlrt.train.run"(...):fit()
end

--- for step, run in train.steps{...} do ... end: the loop of train.fit, with
--- whatever is to happen between two steps.  Leaving it by break writes a
--- checkpoint too.
function train.steps(...)
  return require "mlrt.train.run"(...):steps()
end

--- train.new_folder("runs/digits"): the first of runs/digits-1, -2, ... that is
--- not there yet, made.
function train.new_folder(base)
  if type(base) ~= "string" or base == "" then
    fail("train.new_folder: argument 'base': a path expected, got %s",
      type(base) == "string" and "an empty one" or "a " .. type(base))
  end
  for i = 1, math.huge do
    local path = ("%s-%d"):format(base, i)
    if not core.fs.stat(path) then
      local ok, err = core.fs.mkdir(path)
      if not ok then fail("train.new_folder: %s", err) end
      return path
    end
  end
end

return late(train, "mlrt.train.", {
  Run = {"run"}, find_lr = "finder", evaluate = "evaluate",
  EarlyStopping = "callbacks", EMA = "callbacks", Clip = "callbacks",
  Schedule = "callbacks", Plateau = "callbacks",
})
