-- arrays.lua: frames from and to npy and npz files, and lists of rows.
--
-- In an npz a column is an array of its name; what NumPy has no array for lies
-- beside it: NAME@holes (true where a value is missing), NAME@datetime
-- (microseconds), and for text NAME@str or NAME@cat (positions from 0, -1 for
-- a hole), NAME@bytes and NAME@offsets.

local column = require "mlrt.df.column"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local frame = require "mlrt.df.frame"

local arrays = {}

-- ---- Rows -----------------------------------------------------------------

--- A frame of a list of rows {name = value}; columns in alphabetical order, or
--- as `names` has them.
function arrays.from_rows(rows, names)
  if type(rows) ~= "table" then
    fail("df.from_rows: a list of rows expected, got %s", type(rows))
  end
  if not names then
    local set = {}
    names = {}
    for _, row in ipairs(rows) do
      for name in pairs(row) do set[name] = true end
    end
    for name in pairs(set) do names[#names + 1] = name end
    table.sort(names)
  end
  local list = {}
  for k, name in ipairs(names) do
    local values = {n = #rows}
    for i, row in ipairs(rows) do values[i] = row[name] end
    list[k] = {name, values}
  end
  return frame.frame(list)
end

-- ---- npy ------------------------------------------------------------------

--- Writes the columns side by side as one array (rows, columns) of f64, with
--- nan for holes; true, or nil and the message.
function arrays.write_npy(f, path, names)
  return core.io.write_npy(path, f:matrix(names, {fill = 0 / 0}))
end

-- The columns of an array of one or two dimensions.
local function columns_of(list, name, t)
  if #t.shape == 1 then
    list[#list + 1] = column.column(name, t)
    return
  end
  if #t.shape ~= 2 then
    fail("the array '%s' has the shape %s; columns are of one dimension, a "
      .. "table is of two", name, tostring(t.shape))
  end
  for k = 1, t.shape[2] do
    list[#list + 1] = column.column(("%s_%d"):format(name, k), t:select(2, k))
  end
end

--- The frame of an array of one or two dimensions, nan being a hole; `names`
--- are those of the columns.  Or nil and the message.
function arrays.read_npy(path, names)
  local t, why = core.io.read_npy(path)
  if not t then return nil, why end
  local list = {}
  columns_of(list, "column", t)
  if names and #names ~= #list then
    fail("read_npy: %d names for %d columns", #names, #list)
  end
  for i, c in ipairs(list) do
    list[i] = column.renamed(c, names and names[i] or c.name)
  end
  return frame.of(list, "read_npy")
end

-- ---- npz ------------------------------------------------------------------

local marked = {datetime = true, str = true, cat = true}

--- Writes each column as an array of an npz; true, or nil and the message.
--- {compress = true} deflates.
function arrays.write_npz(f, path, opts)
  local t = {}
  for _, c in ipairs(frame.chosen(f)) do
    local mark = marked[c.dtype] and "@" .. c.dtype or ""
    t[c.name .. mark] = c._values
    if c._holes then t[c.name .. "@holes"] = c._holes end
    if c._dict then
      t[c.name .. "@bytes"] = c._dict.bytes
      t[c.name .. "@offsets"] = c._dict.offsets
    end
  end
  return core.io.write_npz(path, t, opts)
end

-- One column of an npz, if `key` is the name of its values.
local function from_npz(list, t, key)
  local name, mark = key:match "^(.*)@(%l+)$"
  if mark == "holes" or mark == "bytes" or mark == "offsets" then return end
  local holes = t[(name or key) .. "@holes"]
  if marked[mark] then
    local dict = t[name .. "@bytes"] and column.dictionary(t[name .. "@bytes"],
      t[name .. "@offsets"])
    local values = t[key]
    if mark ~= "datetime" then
      values = values:index {base = 0, none = -1}
    end
    list[#list + 1] = column.make(name, mark, values, holes, dict)
  elseif holes then
    list[#list + 1] = column.make(key, t[key].dtype, t[key], holes)
  else
    columns_of(list, key, t[key])
  end
end

--- The frame of an npz, as write_npz or NumPy wrote it; or nil and the message.
function arrays.read_npz(path)
  local t, names = core.io.read_npz(path)
  if not t then return nil, names end
  local list = {}
  for _, key in ipairs(names) do from_npz(list, t, key) end
  return frame.of(list, "read_npz")
end

return arrays
