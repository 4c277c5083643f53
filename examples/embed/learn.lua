-- learn.lua: what frame.c trains between its frames: a network that learns the
-- sine, in an ordinary loop that knows nothing of frames.
-- luacheck: globals learn
local m = require "mlrt"
local nn = m.nn

function learn(steps)
  m.seed(1)
  local x = m.linspace(-3, 3, 64):reshape(64, 1)
  local y = x:sin()
  local net = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
  local optimizer = m.optim.Adam(net:parameters(), {lr = 0.02})
  local loss
  for _ = 1, steps do
    optimizer:zero_grad()
    loss = m.mse_loss(net(x), y)
    loss:backward()
    optimizer:step()
  end
  return loss:item()
end
