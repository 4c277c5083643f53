-- Copies in another order: a transpose, rows by their numbers, tensors side by
-- side.

local m = require "mlrt"
local _, torch, _, data = ...

local N = 1024
local limit = {{bytes = 2 * 4 * N * N}}

local function transpose()
  local x = data.fill(1, {N, N})
  return function() return x:t():contiguous() end, data.digest
end

local function gather()
  local x, rows = data.fill(1, {16384, 64}), data.rows(2, 16384, 16384)
  return function() return x:index_select(1, rows) end, data.digest
end

local function cat()
  local parts = {}
  for i = 1, 4 do parts[i] = data.fill(i, {N, N // 4}) end
  return function() return m.cat(parts, 2) end, data.digest
end

local function row(id, name, make)
  return {id = id, name = name, make = make, check = 1e-4, peers = torch(1.2),
    limit = limit}
end

return {
  row("transpose", "transpose copy, 1024x1024", transpose),
  row("gather_rows", "gather 16384 rows of 64", gather),
  row("cat", "concat 4 of 1024x256, last dim", cat),
}
