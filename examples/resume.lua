-- resume.lua: a run that is stopped anywhere goes on as if it had not been.
--
--   mlrun examples/resume.lua                 stopped at step 70, and resumed
--   mlrun examples/resume.lua --stop 33       somewhere else
--   mlrun examples/resume.lua --slow 0.05     time to press Ctrl-C, or for
--                                             kill -9; say the same again
--
-- Trains one network twice, once without a break, and compares the weights bit
-- by bit.  Shuffling, dropout, the optimizer's and the schedule's place and the
-- averaged weights all go on where they were.

local m = require "mlrt"
local nn, train = m.nn, m.train

local opt = m.cli({stop = 70, slow = 0.0, folder = "runs/resume"}, {
  about = "Stops a training run, resumes it, and compares the bits.",
  stop = "step after which the second run is stopped",
  slow = "seconds that each of its steps takes longer",
  folder = "folder of the second run; removed when all is done",
})

-- ---- A run: everything is made anew, as in a new process -------------------

local function options_of(folder)
  m.seed(1)
  local x = m.randn(600, 2)
  local ring = (x * x):sum(2):lt(1.4):to "i64":index {base = 0}
  local net = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Dropout(0.1),
    nn.Linear(32, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 2))
  local dataset = m.data.TensorDataset(x, ring)
  return {
    model = net, loss = nn.CrossEntropyLoss(), epochs = 8,
    optimizer = m.optim.AdamW(net:parameters()),
    data = m.data.Loader(dataset, {batch = 32, shuffle = true, seed = 2}),
    val = m.data.Loader(dataset, {batch = 200}),
    callbacks = {
      train.Schedule(m.optim.schedule.cosine {lr = 0.02, steps = 152}),
      train.EMA {decay = 0.9},
      {after_step = function()
        local start = m.time()
        while folder and m.time() - start < opt.slow do end
      end},
    },
    folder = folder, resume = true, save_every = 5, progress = false,
  }
end

-- ---- Without a break, and with one ----------------------------------------

local whole = train.fit(options_of())
print(("without a break: %d steps, loss %.6f"):format(whole.step,
  whole.history[8].loss))

local from
for step, run in train.steps(options_of(opt.folder)) do
  if not from then
    from = step - 1
    print(from > 0 and "goes on after step " .. from or "begins")
  end
  if from == 0 and step == opt.stop then
    print(("stopped after step %d, in the middle of epoch %d"):format(step,
      run.epoch))
    break -- writes a checkpoint, as Ctrl-C does; kill -9 needs none
  end
end
local again = train.fit(options_of(opt.folder))
print(("with a break:    %d steps, loss %.6f"):format(again.step,
  again.history[8].loss))

for name, weight in pairs(whole.model:state()) do
  assert(m.equal(weight, again.model:get(name)), name .. " differs")
end
print "the weights are the same, bit by bit"
for _, name in ipairs(assert(m.fs.list(opt.folder))) do
  os.remove(opt.folder .. "/" .. name)
end
os.remove(opt.folder)
