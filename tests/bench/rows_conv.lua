-- Convolutions 3x3 with padding 1: many channels, one channel, each channel
-- for itself.

local m = require "mlrt"
local _, torch, limits, data = ...

local function tensors(o)
  return data.fill(1, {o.batch, o.from, o.size, o.size}),
    data.fill(2, {o.to, o.from // o.groups, 3, 3}, 0.1), data.fill(3, {o.to})
end

local function forward(o)
  return function()
    local x, w, b = tensors(o)
    local options = {padding = 1, groups = o.groups}
    return function() return m.conv2d(x, w, b, options) end, data.digest
  end
end

local function backward(o)
  return function()
    local x, w, b = tensors(o)
    local g = data.fill(4, {o.batch, o.to, o.size, o.size})
    x.requires_grad, w.requires_grad, b.requires_grad = true, true, true
    local function step()
      x.grad, w.grad, b.grad = nil, nil, nil
      m.conv2d(x, w, b, {padding = 1}):backward(g)
    end
    return step, function()
      return data.digest(x.grad) + data.digest(w.grad) + data.digest(b.grad)
    end
  end
end

local many = {batch = 8, from = 64, to = 64, size = 56, groups = 1}
local one = {batch = 64, from = 1, to = 32, size = 28, groups = 1}
local each = {batch = 8, from = 64, to = 64, size = 56, groups = 64}

local function pixels(o) return o.batch * o.size * o.size end

-- Input and output once through memory, and the product beside it.
local function part(o, product)
  local bytes = 4 * pixels(o) * (o.from + o.to)
  return {flops = product.flops, gemm = product.gemm, bytes = bytes}
end

local product = limits.product(64, pixels(many), 576)

return {
  {id = "conv_64", name = "conv 3x3 64->64, 56x56, batch 8: fwd",
    make = forward(many), check = 1e-4, peers = torch(1),
    limit = {part(many, product)}},
  {id = "conv_64_grad", name = "the same, forward and backward",
    make = backward(many), check = 1e-3, peers = torch(1.1),
    limit = {part(many, product), part(many,
      limits.product(64, 576, pixels(many))), part(many,
      limits.product(576, pixels(many), 64))}},
  {id = "conv_1_32", name = "conv 3x3 1->32, 28x28, batch 64: fwd",
    make = forward(one), check = 1e-4, peers = torch(1.2),
    limit = {part(one, limits.product(32, pixels(one), 9))}},
  {id = "conv_each", name = "depthwise 3x3, 64, 56x56, batch 8: fwd",
    make = forward(each), check = 1e-4, peers = torch(1.2),
    limit = {part(each, {flops = 2 * 9 * 64 * pixels(each),
      gemm = {512, 512, 512}})}},
}
