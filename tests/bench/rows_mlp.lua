-- A perceptron 784-128-10: a training step of 64 samples, and the answer to
-- one sample.

local m = require "mlrt"
local _, torch, limits, data = ...
local nn = m.nn

local BATCH, WEIGHTS = 64, 784 * 128 + 128 + 128 * 10 + 10

local function net()
  return nn.Sequential(data.set_layer(nn.Linear(784, 128), 1, 784), nn.ReLU(),
    data.set_layer(nn.Linear(128, 10), 3, 128))
end

local function step()
  local model = net()
  local x, y = data.fill(5, {BATCH, 784}), data.rows(6, BATCH, 10)
  local optimizer = m.optim.Adam(model:parameters(), {lr = 1e-3})
  return function()
    optimizer:zero_grad()
    local loss = m.cross_entropy(model(x), y)
    loss:backward()
    optimizer:step()
    return loss:detach()
  end
end

local function infer()
  local model, x = net(), data.fill(5, {1, 784})
  return function() return model(x) end, data.digest, m.no_grad
end

return {
  {
    id = "mlp_step", name = "MLP 784-128-10, Adam, batch 64: step",
    make = step, warm = 20, check = 1e-3, peers = torch(1.5),
    limit = {
      limits.product(BATCH, 128, 784), limits.product(128, 784, BATCH),
      limits.product(BATCH, 10, 128), limits.product(10, 128, BATCH),
      limits.product(BATCH, 128, 10),
      {bytes = 7 * 4 * WEIGHTS, set = 4 * 4 * WEIGHTS, kind = "update"},
    },
  },
  {
    id = "mlp_infer", name = "MLP 784-128-10, batch 1: inference",
    make = infer, check = 1e-4, peers = torch(3),
    limit = {{bytes = 4 * WEIGHTS, kind = "read"}},
  },
}
