-- data.lua: inputs that every peer makes alike, and numbers to compare.
--
-- Element i (from 0) of the data called `seed` is
--
--   z = (7919 i^2 + (104729 + seed) i + 13 seed) mod 1000003
--   x = 2 z / 1000003 - 1, in f64, then rounded
--
-- which peers/formula.py computes to the same bits.

local m = require "mlrt"

local data = {}

local function residues(seed, count)
  local i = m.arange(count, {dtype = "i64"})
  return (i * i * 7919 + i * (104729 + seed) + 13 * seed) % 1000003
end

local function count_of(shape)
  local count = 1
  for _, size in ipairs(shape) do count = count * size end
  return count
end

--- A tensor of that shape with values in -1..1, times scale.
function data.fill(seed, shape, scale, dtype)
  local x = residues(seed, count_of(shape)):to "f64" * (2 / 1000003) - 1
  return (x * (scale or 1)):to(dtype or "f32"):reshape(shape)
end

--- An index tensor (count) with positions among the first `size`.
function data.rows(seed, count, size)
  return (residues(seed, count) % size):index {base = 0}
end

--- One number that depends on every element and on its place:
--- sum_i x_i w_i / sqrt(n), w the data called 99.
function data.digest(x)
  local n = x:numel()
  local flat = x:detach():contiguous():reshape {n}:to "f64"
  local w = data.fill(99, {n}, 1, "f64")
  return (flat * w):sum():item() / math.sqrt(n)
end

--- Sets the parameters of a layer of that fan-in from the data called seed.
function data.set_layer(layer, seed, fan_in)
  local _ <close> = m.no_grad()
  local bound = 1 / math.sqrt(fan_in)
  layer.weight:copy_(data.fill(seed, layer.weight.shape, bound))
  layer.bias:copy_(data.fill(seed + 1, layer.bias.shape, bound))
  return layer
end

return data
