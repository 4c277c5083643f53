-- collate.lua: a batch of a list of items.

local core = require "mlrt.core"
local fail = require "mlrt.fail"

local is_tensor = core.is_tensor

-- Tensors that can be stacked: boxes, a different number for each image, stay
-- a list.
local function are_alike(column)
  for i = 2, #column do
    if not is_tensor(column[i]) or column[i].shape ~= column[1].shape then
      return false
    end
  end
  return true
end

-- One column of a batch: tensors are stacked, numbers become a tensor,
-- anything else stays a list.
local function join(column, is_list)
  local first = column[1]
  if is_tensor(first) then
    return is_list and not are_alike(column) and column or core.stack(column)
  end
  if type(first) == "number" then return core.tensor(column) end
  return column
end

local function column_of(items, key)
  local column = {}
  for i, item in ipairs(items) do
    column[i] = item[key]
    if column[i] == nil then
      fail("data.collate: not every item has %s", math.type(key)
        and ("%d values"):format(#items[1]) or "'" .. tostring(key) .. "'")
    end
  end
  return column
end

-- Items by name give one table of columns.
local function join_named(items)
  local batch = {}
  for key in pairs(items[1]) do
    batch[key] = join(column_of(items, key), key == "boxes" or key == "labels")
  end
  return batch
end

--- The batch of a list of items.  Items that are lists, {x, y}, give so many
--- results; items with names, {image = x, label = y}, one table.  Tensors are
--- stacked, numbers become a tensor, anything else stays a list; so do `boxes`
--- and `labels` that differ in length.
local function collate(items)
  local first = items[1]
  if type(first) ~= "table" or getmetatable(first) then return join(items) end
  if #first == 0 and next(first) then return join_named(items) end
  local columns = {}
  for k = 1, #first do columns[k] = join(column_of(items, k)) end
  return table.unpack(columns)
end

return collate
