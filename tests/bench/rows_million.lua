-- Operations on 1024 x 1024 elements, f32: the arrays fit the largest cache of
-- most machines, so memory is measured at that size.

local m = require "mlrt"
local _, torch, _, data = ...

local N = 1024
local BYTES = 4 * N * N

local function on(op, scale)
  return function()
    local x = data.fill(1, {N, N}, scale)
    return function() return op(x) end, data.digest
  end
end

local function add()
  local a, b = data.fill(1, {N, N}), data.fill(2, {N, N})
  return function() return a + b end, data.digest
end

local function layer_norm()
  local x = data.fill(1, {N, N}, 3)
  local w, b = data.fill(2, {N}), data.fill(3, {N})
  local shape = {N}
  return function() return m.layer_norm(x, shape, w, b) end, data.digest
end

local function softmax(x) return m.softmax(x, -1) end

local copied = {bytes = 2 * BYTES}

local function row(id, name, make, limit)
  return {id = id, name = name .. ", 1M elements", make = make,
    check = 1e-4, peers = torch(1.1), limit = {limit}}
end

return {
  row("exp", "exp", on(m.exp, 3),
    {bytes = 2 * BYTES, loop = "exp", elements = N * N}),
  row("gelu", "gelu", on(m.gelu, 3),
    {bytes = 2 * BYTES, loop = "gelu", elements = N * N}),
  row("add", "add", add, {bytes = 3 * BYTES, kind = "add"}),
  row("sum", "sum", on(m.sum), {bytes = BYTES, kind = "read"}),
  row("softmax", "softmax of rows", on(softmax, 3),
    {bytes = 2 * BYTES, loop = "exp", elements = N * N}),
  row("layer_norm", "layer norm of rows", layer_norm, copied),
}
