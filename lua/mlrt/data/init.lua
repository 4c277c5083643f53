-- data: data sets, and loaders that hand them out in batches.
--
-- A data set is anything with #ds and ds[i], i from 1: a Lua list, a tensor, or
-- an object of one's own.  One that also has ds:batch(index, scale, shift) is
-- asked for whole batches; for tensors that is one pass in C per tensor.
--
--   local train, test = data.split(data.TensorDataset(x, y), {0.8, 0.2})
--   local loader = data.Loader(train, {batch = 64, shuffle = true, seed = 1})
--   for x, y in loader do ... end   -- one epoch
--
-- Loops over a loader make no garbage beside the batches themselves.

local late = require "mlrt.late"
local sets = require "mlrt.data.sets"

local data = {
  TensorDataset = sets.TensorDataset,
  Subset = sets.Subset,
  Source = sets.Source,
  split = sets.split,
  collate = require "mlrt.data.collate",
  Loader = require "mlrt.data.loader",
}

return late(data, "mlrt.data.", {
  transforms = {"transforms"},
  WeightedRandomSampler = "samplers",
  ClassBalancedSampler = "samplers",
})
