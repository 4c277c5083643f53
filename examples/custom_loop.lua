-- custom_loop.lua: training by hand, in twenty lines; on two spirals.
--
--   mlrun examples/custom_loop.lua
--
-- m.train.fit is this loop with a progress line, checkpoints and a report.

local m = require "mlrt"
m.seed(1)
local class = m.arange(1000) % 2
local t = m.rand(1000):sqrt() * 7
local angle = t + class * math.pi
local x = m.stack({t * angle:cos(), t * angle:sin()}, 2) + m.randn(1000, 2) / 9
local spirals = m.data.TensorDataset(x, class:index {base = 0})
local train, test = m.data.split(spirals, {0.8, 0.2})

local net = m.nn.Sequential(m.nn.Linear(2, 64), m.nn.Tanh(),
  m.nn.Linear(64, 64), m.nn.Tanh(), m.nn.Linear(64, 2))
local optimizer = m.optim.Adam(net:parameters(), {lr = 0.01})
local rate = m.optim.schedule.cosine {lr = 0.01, steps = 1000}
local loader = m.data.Loader(train, {batch = 32, shuffle = true, seed = 1})

local step = 0
for epoch = 1, 40 do
  local total = 0
  for points, classes in loader:batches() do
    optimizer.lr, step = rate(step), step + 1
    optimizer:zero_grad()
    local loss = m.cross_entropy(net(points), classes)
    loss:backward()
    optimizer:step()
    total = total + loss:item()
  end
  if epoch % 10 == 0 then
    print(("epoch %d: loss %.4f"):format(epoch, total / #loader))
  end
end

local accuracy = m.metrics.Accuracy()
do
  local _ <close> = m.no_grad()
  for points, classes in m.data.Loader(test, {batch = 200}):batches() do
    accuracy:update(net:eval()(points), classes)
  end
end
print(("test accuracy: %.3f"):format(accuracy:compute()))
