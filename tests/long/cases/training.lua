-- training.lua: cases of sweep.lua about networks and optimizers.

local m = require "mlrt"
local nn, optim = m.nn, m.optim

local case = ...

local function bits(list)
  local parts = {}
  for i, t in ipairs(list) do
    parts[i] = t:bytes():gsub(".", function(c)
      return ("%02x"):format(c:byte())
    end)
  end
  return table.concat(parts, " ")
end

local function small_net()
  m.seed(5)
  return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
end

-- A network with gradients, and its parameters.
local function with_gradients()
  local net = small_net()
  local x, y = m.randn(5, 3), m.index {1, 2, 1, 2, 2}
  m.cross_entropy(net(x), y):backward()
  return net, net:parameters()
end

-- What an optimizer holds besides options: its tensors.
local function inner(state)
  local list = {}
  local function walk(v)
    if m.is_tensor(v) then list[#list + 1] = v end
    if type(v) ~= "table" then return end
    local keys = {}
    for key in pairs(v) do keys[#keys + 1] = key end
    table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
    for _, key in ipairs(keys) do walk(v[key]) end
  end
  walk(state)
  return bits(list)
end

-- A step is made for all parameters or for none.
local optimizers = {
  {"SGD", {momentum = 0.9, nesterov = true}}, {"Adam", {amsgrad = true}},
  {"AdamW", {}}, {"RMSprop", {momentum = 0.5, centered = true}},
  {"Adagrad", {}},
}
for _, entry in ipairs(optimizers) do
  case("step of " .. entry[1], function()
    local _, params = with_gradients()
    local optimizer = optim[entry[1]](params, entry[2])
    return function() optimizer:step() end, function()
      return bits(params) .. "\n" .. inner(optimizer:state())
    end
  end)
  case("new " .. entry[1], function()
    local _, params = with_gradients()
    local made
    return function()
      made = nil
      made = optim[entry[1]](params, entry[2])
    end, function() return made and tostring(made.lr) or "" end
  end)
end

case("step of LBFGS", function()
  local net = small_net()
  local x, y = m.randn(5, 3), m.index {1, 2, 1, 2, 2}
  local optimizer = optim.LBFGS(net:parameters(), {max_iter = 2})
  local function closure()
    optimizer:zero_grad()
    local loss = m.cross_entropy(net(x), y)
    loss:backward()
    return loss
  end
  return function() optimizer:step(closure) end, nil, {partial = true}
end)

case("state of an optimizer", function()
  local _, params = with_gradients()
  local optimizer = optim.Adam(params)
  local state = optimizer:state()
  optimizer:step()
  return function() optimizer:load_state(state) end, function()
    return inner(optimizer:state())
  end
end)

case("state of a network", function()
  local net = small_net()
  local state = net:state()
  for _, p in ipairs(net:parameters()) do
    local _ <close> = m.no_grad()
    p:zero_()
  end
  return function() net:load_state(state) end, function()
    return bits(net:parameters())
  end
end)

case("building", function()
  local made
  return function()
    made = nil
    m.seed(2)
    made = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(),
      nn.MaxPool2d(2), nn.Flatten(), nn.LazyLinear(3), nn.Dropout(0.5))
    made(m.randn(2, 1, 6, 6))
  end, function()
    local ok, list = pcall(function() return bits(made:parameters()) end)
    return ok and list or "" -- unknown before the first input
  end, {partial = true}
end)

-- Buffers of a batch norm change with the first of two layers already.
case("forward and backward", function()
  m.seed(2)
  local net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(),
    nn.Flatten(), nn.Dropout(0.2), nn.Linear(18, 3))
  net(m.randn(1, 1, 5, 5))
  local x, y = m.randn(4, 1, 5, 5), m.index {1, 3, 2, 3}
  return function()
    m.seed(4)
    net:zero_grad()
    m.cross_entropy(net(x), y):backward()
  end, function() return bits(net:parameters()) end, {partial = true}
end)

case("recurrence and attention", function()
  m.seed(2)
  local x = m.randn(2, 4, 6)
  local norm, embed = nn.LayerNorm(6), nn.Embedding(5, 6)
  local got = ""
  return function()
    got = ""
    local q = norm(x) + embed(m.index {1, 2, 3, 5})
    got = bits {m.softmax(q:matmul(q:transpose(2, 3)), 3):matmul(q)}
  end, function() return got end
end)

case("epoch", function()
  local net = small_net()
  local optimizer = optim.Adam(net:parameters(), {lr = 0.1})
  local x, y = m.randn(10, 3), m.randint(1, 2, {10}, {dtype = "index"})
  local set = m.data.TensorDataset(x, y)
  local loader = m.data.Loader(set, {batch = 4, shuffle = true, seed = 1})
  return function()
    for a, b in loader do
      optimizer:zero_grad()
      m.cross_entropy(net(a), b):backward()
      optimizer:step()
    end
  end, nil, {partial = true}
end)

case("clipping", function()
  local _, params = with_gradients()
  local function grads()
    local list = {}
    for i, p in ipairs(params) do list[i] = p.grad end
    return bits(list)
  end
  return function() optim.clip_grad_norm_(params, 0.01) end, grads,
    {partial = true, again = false}
end)

case("averages", function()
  local net = small_net()
  local ema = optim.EMA(net, {decay = 0.5})
  return function()
    ema:update()
    local _ <close> = ema:averaged()
  end, nil, {partial = true}
end)

case("schedules", function()
  local _, params = with_gradients()
  local optimizer = optim.SGD(params, {lr = 1})
  local f = optim.schedule.warmup_cosine {lr = 1, warmup = 2, steps = 10}
  return function()
    local s = optim.Scheduler(optimizer, f)
    s:step()
    s:load_state(s:state())
  end, nil, {partial = true}
end)

-- What a replay has beside its tensors shows only when all is closed.
case("replay", function()
  local replay = m.rl.Replay {obs = m.zeros(2), capacity = 8, alpha = 0.5,
    action = m.tensor(1, {dtype = "index"}), batch_size = 2}
  local got = ""
  return function()
    got = ""
    replay:load_state(m.rl.Replay {obs = m.zeros(2), capacity = 8, alpha = 0.5,
      action = m.tensor(1, {dtype = "index"}), batch_size = 2}:state())
    for i = 1, 4 do
      replay:add(m.full({1, 2}, i), m.tensor({1}, {dtype = "index"}),
        m.full({1}, i), m.ones(1, 2), m.tensor {false}, m.tensor {false})
    end
    local batch = replay:sample()
    got = tostring(#batch.reward)
  end, function() return got end, {partial = true}
end)

-- The loop with callbacks and a checkpoint; afterwards it can be started anew
-- or goes on, so its end is the same.
case("training loop", function()
  local path = os.tmpname()
  os.remove(path)
  local got = ""
  return function()
    got = ""
    local net = small_net()
    local run = m.train.fit {model = net, loss = nn.CrossEntropyLoss(),
      optimizer = optim.Adam(net:parameters(), {lr = 0.1}), steps = 3,
      data = {{m.ones(4, 3), m.index {1, 2, 1, 2}},
        {m.zeros(2, 3), m.index {1, 2}}},
      callbacks = {m.train.Clip {norm = 1}}, folder = path, resume = true,
      report = false, progress = false}
    for _, name in ipairs(m.fs.list(path)) do os.remove(path .. "/" .. name) end
    os.remove(path)
    got = run.reason
  end, function()
    for _, name in ipairs(m.fs.list(path) or {}) do
      os.remove(path .. "/" .. name)
    end
    os.remove(path)
    return got
  end
end)
