-- worker.lua: what runs in the thread of a loader's worker.
--
-- The job (index, first, key) gives the batch that Maker:make makes of them.

local collate = require "mlrt.data.collate"
local Maker = require "mlrt.data.maker"
local recipe = require "mlrt.data.recipe"

return function(r)
  local maker = Maker {dataset = recipe.make(r.dataset),
    transform = recipe.make(r.transform),
    collate = recipe.make(r.collate) or collate,
    scale = r.scale, shift = r.shift}
  return function(index, first, key)
    return maker:make(index, first, key)
  end
end
