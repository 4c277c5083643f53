-- A training loop without an end, for a session that stops it.
m = require "mlrt"
net = m.nn.Sequential(m.nn.Linear(4, 32), m.nn.Tanh(), m.nn.Linear(32, 1))
optimizer = m.optim.Adam(net:parameters())
steps = 0
print "training"
while true do
  local x = m.randn(64, 4)
  optimizer:zero_grad()
  m.mse_loss(net(x), x:sum(2):unsqueeze(2)):backward()
  optimizer:step()
  steps = steps + 1
end
