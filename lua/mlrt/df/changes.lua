-- changes.lua: what a cleaning step changed.
--
-- The second result of fill_na, drop_na, clip and the others: `rows` and
-- `cells` that are changed or gone, and `columns` {name = cells}.

local class = require "mlrt.class"

local changes = {}

local Changes = class "Changes"

--- Rows that are gone, or cells by column and the rows they are in.
function changes.of(step, rows, columns)
  local cells = 0
  for _, n in pairs(columns or {}) do cells = cells + n end
  return setmetatable({step = step, rows = rows, cells = cells,
    columns = columns or {}}, Changes)
end

--- Cells of a frame that a step replaced: masks by column name.
function changes.cells(step, masks)
  local any, columns = nil, {}
  for name, mask in pairs(masks) do
    columns[name] = mask:count_nonzero():item()
    any = any and any:logical_or(mask) or mask
  end
  return changes.of(step, any and any:count_nonzero():item() or 0, columns)
end

--- "fill_na: 179 cells in 179 rows (Age 177, Embarked 2)"
function Changes:__tostring()
  if next(self.columns) == nil then
    return ("%s: %d rows"):format(self.step, self.rows)
  end
  local names = {}
  for name in pairs(self.columns) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do
    names[i] = ("%s %d"):format(name, self.columns[name])
  end
  return ("%s: %d cells in %d rows (%s)"):format(self.step, self.cells,
    self.rows, table.concat(names, ", "))
end

return changes
