-- One step of Adam over the parameters of the MNIST network.

local m = require "mlrt"
local _, torch, _, data = ...

local shapes = {{32, 1, 3, 3}, {32}, {128, 21632}, {128}, {10, 128}, {10}}
local COUNT = 2770634

local function make()
  local params = {}
  for i, shape in ipairs(shapes) do
    local p = data.fill(i, shape, 0.1)
    p.requires_grad = true
    p.grad = data.fill(i + 10, shape)
    params[i] = p
  end
  local optimizer = m.optim.Adam(params, {lr = 1e-3})
  return function() optimizer:step() end, function()
    return data.digest(params[3]) + data.digest(params[5])
  end
end

return {{
  id = "adam", name = "Adam over 2.8M parameters", make = make, warm = 10,
  check = 1e-4, peers = torch(1.2, "torch fused"),
  limit = {{bytes = 7 * 4 * COUNT, set = 4 * 4 * COUNT, kind = "update"}},
}}
