-- What m.train.fit costs beside the same loop by hand: seconds a step on top of
-- a step of about a millisecond, with the guard that looks at every gradient,
-- without a folder and a progress line. The peer is Lightning over PyTorch,
-- beside the loop by hand there, with progress, log and checkpoints off.

local m = require "mlrt"
local here, _, _, data = ...
local nn = m.nn

local MS = 1e-3
local clock = os.clock -- the processor's time, for the differences are small

local function setup(batch, batches)
  m.seed(1)
  local x = data.fill(5, {batch, 784})
  local y = data.rows(6, batch, 10)
  local list = {}
  for i = 1, batches do list[i] = {x, y} end
  local net = nn.Sequential(data.set_layer(nn.Linear(784, 64), 1, 784),
    nn.ReLU(), data.set_layer(nn.Linear(64, 10), 3, 64))
  return net, list, m.optim.Adam(net:parameters(), {lr = 1e-3}),
    nn.CrossEntropyLoss()
end

-- Seconds of an epoch of n batches, by hand.
local function by_hand(batch, n)
  local net, list, optimizer, criterion = setup(batch, n)
  local total, start = 0, clock()
  net:train()
  for _, b in ipairs(list) do
    optimizer:zero_grad()
    local loss = criterion(net(b[1]), b[2])
    loss:backward()
    optimizer:step()
    total = total + loss:item()
  end
  return clock() - start, total / n
end

local function by_fit(batch, n)
  local net, list, optimizer, criterion = setup(batch, n)
  local start = clock()
  local run = m.train.fit {model = net, data = list, loss = criterion,
    optimizer = optimizer, progress = false}
  return clock() - start, run.history[1].loss
end

-- As many samples as make a step of a millisecond.
local function batch_size()
  local batch = 16
  by_hand(batch, 20)
  while by_hand(batch, 20) / 20 < MS and batch < 4096 do batch = batch * 2 end
  return batch
end

-- The difference of the least that alternating blocks of n steps took: what
-- others do to the machine makes a block longer, never shorter.
local function excess(run, batch, n)
  local hand, fit = math.huge, math.huge
  for _ = 1, 5 * run.rounds do
    local s, a = by_hand(batch, n)
    local t, b = by_fit(batch, n)
    assert(math.abs(a - b) < 1e-6, "the two loops differ")
    hand, fit = math.min(hand, s / n), math.min(fit, t / n)
  end
  return math.max(fit - hand, 1e-9)
end

-- Lightning's excess and its versions, or nil and why not.
local function lightning(rounds)
  local f = io.popen(("python3 '%s/peers/loop_lightning.py' %d 2>&1"):format(
    here, rounds))
  local text = f:read "a"
  f:close()
  local seconds, version = text:match "excess (%S+) (.-)\n"
  return tonumber(seconds), version
end

return {{
  id = "loop", name = "m.train.fit, on top of a step of 1 ms by hand",
  bound = 0.01 * MS, one_thread = true,
  peers = {{label = "Lightning", target = 1}},
  figure = function(run)
    local n = math.max(math.floor(run.block / MS), 10)
    local mine = excess(run, batch_size(), n)
    if not run.peers then return mine end
    return mine, lightning(run.rounds)
  end,
}}
