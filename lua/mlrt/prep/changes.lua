-- changes.lua: what each step of a pipeline did to the data, for people.

local Columns = require "mlrt.prep.columns"

local changes = {}

-- How many cells of two columns of one name differ.
local function cells_changed(a, b)
  if a.kind ~= "text" and b.kind ~= "text" then
    local both = a.x:isnan():logical_and(b.x:isnan())
    return a.x:ne(b.x):logical_and(both:logical_not()):count_nonzero():item()
  end
  a, b = Columns.as_text(a), Columns.as_text(b)
  local codes = Columns.recode(a, b.categories, #b.categories + 1)
  return codes:to "i64":ne(b.codes:to "i64"):count_nonzero():item()
end

local function holes_in(column)
  return Columns.holes(column):count_nonzero():item()
end

-- Names of `a` that `b` lacks.
local function missing(a, b)
  local list = {}
  for _, name in ipairs(a.names) do
    if not b.map[name] then list[#list + 1] = name end
  end
  return list
end

--- What came between two sets of columns: {added =, removed = names, changed =
--- {{column =, cells =, filled =}, ...}}.
function changes.between(before, after)
  local result = {added = missing(after, before),
    removed = missing(before, after), changed = {}}
  for _, name in ipairs(before.names) do
    local a, b = before.map[name], after.map[name]
    if b and a ~= b then
      local filled = holes_in(a) - holes_in(b)
      local cells = cells_changed(a, b)
      if cells > 0 or filled > 0 then
        table.insert(result.changed,
          {column = name, cells = math.max(cells, filled), filled = filled})
      end
    end
  end
  return result
end

local function some(list)
  if #list <= 6 then return table.concat(list, ", ") end
  return table.concat(list, ", ", 1, 5) .. (" and %d more"):format(#list - 5)
end

--- One line about it.
function changes.line(change)
  local parts = {}
  for _, c in ipairs(change.changed) do
    parts[#parts + 1] = c.filled > 0
      and ("%s: %d holes filled"):format(c.column, c.filled)
      or ("%s: %d cells"):format(c.column, c.cells)
  end
  local text = {}
  if #parts > 0 then text[1] = "changed " .. some(parts) end
  if #change.added > 0 then text[#text + 1] = "added " .. some(change.added) end
  if #change.removed > 0 then
    text[#text + 1] = "removed " .. some(change.removed)
  end
  return #text > 0 and table.concat(text, "; ") or "nothing"
end

return changes
