-- small_run.lua: the run that kills.lua and soak.lua end in the middle.
--
--   small.options(kind, folder, steps) -> what train.fit takes
--
-- It has what makes an exact resume hard: an order that is shuffled, dropout,
-- batch norm's buffers, moments, a learning rate that changes, and averages.

local m = require "mlrt"
local nn, optim = m.nn, m.optim

local small = {rows = 40} -- of data: 5 steps in an epoch

small.optimizers = {
  SGD = function(p) return optim.SGD(p, {lr = 0.05, momentum = 0.9}) end,
  Adam = function(p) return optim.Adam(p, {lr = 0.01, amsgrad = true}) end,
  AdamW = function(p) return optim.AdamW(p, {lr = 0.01}) end,
  RMSprop = function(p)
    return optim.RMSprop(p, {lr = 0.01, momentum = 0.5, centered = true})
  end,
  Adagrad = function(p) return optim.Adagrad(p, {lr = 0.1}) end,
}

--- Everything anew, from the same seed; folder nil: nothing is written.
function small.options(kind, folder, steps, save_every)
  m.seed(11)
  local x = m.randn(small.rows, 6)
  local y = x:narrow(2, 1, 2):argmax(2)
  local net = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(),
    nn.Dropout(0.3), nn.Linear(8, 2))
  return {model = net, loss = nn.CrossEntropyLoss(), steps = steps,
    data = m.data.Loader(m.data.TensorDataset(x, y), {batch = 8,
      shuffle = true, seed = 3}),
    optimizer = small.optimizers[kind](net:parameters()),
    callbacks = {m.train.Schedule(optim.schedule.cosine {lr = 0.05,
      steps = steps})},
    folder = folder, resume = true, save_every = save_every or 1,
    log_every = 4, report = false, progress = false}
end

-- The bits of a state's tensors.
function small.bits(state)
  local names, parts = {}, {}
  for name in pairs(state) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do parts[i] = state[name]:bytes() end
  return table.concat(parts)
end

-- The bits of the model after each step of a run that nothing ends.
function small.reference(kind, steps)
  local o, list = small.options(kind, nil, steps), {}
  for step in m.train.steps(o) do list[step] = small.bits(o.model:state()) end
  return list
end

return small
