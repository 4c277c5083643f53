-- df_lists.lua: columns and indices as plain lists, for the specs of frames.
--
--   local lists = assert(loadfile(here .. "/df_lists.lua", "t", _ENV))()

local m = require "mlrt"

local lists = {}

function lists.i64(list) return m.tensor(list, {dtype = "i64"}) end
function lists.f64(list) return m.tensor(list, {dtype = "f64"}) end
function lists.bool(list) return m.tensor(list, {dtype = "bool"}) end

--- Numbers, 0 for none.
function lists.plain(index)
  local list = index:totable()
  for i = 1, #index do list[i] = list[i] or 0 end
  return list
end

--- An index of numbers, 0 for none.
function lists.index(list)
  local copy = {}
  for i, v in ipairs(list) do copy[i] = v > 0 and v or false end
  return m.index(copy)
end

function lists.list_of(n, f)
  local list = {}
  for i = 1, n do list[i] = f(i) end
  return list
end

--- All cells, row by row; "-" for holes.
function lists.cells(f)
  local rows = {}
  for i = 1, f.rows do
    rows[i] = {}
    for k, name in ipairs(f.columns) do
      local v = f:col(name):get(i)
      rows[i][k] = v == nil and "-" or v
    end
  end
  return rows
end

return lists
