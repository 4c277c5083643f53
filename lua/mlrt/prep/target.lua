-- target.lua: what is to be predicted, as numbers or as classes with labels.

local core = require "mlrt.core"
local fail = require "mlrt.fail"
local Columns = require "mlrt.prep.columns"

local target = {}

-- A tensor as a column: of an index, positions as numbers from 1 on.
local function of_tensor(where, y)
  if y.ndim == 2 and y.shape[2] == 1 then y = y:reshape(-1) end
  if y.ndim ~= 1 then
    fail("%s: a target of shape (n) expected, got %s", where, y.shape)
  end
  local bool = y.dtype == "bool"
  if y.dtype == "index" and not y:ge(1):all():item() then
    fail("%s: the target holds none", where)
  end
  if y.dtype == "index" then y = y:to "i64" end
  return {kind = "number", x = y:detach():to "f64", bool = bool}
end

--- The target as a column of n values.  y: a tensor, a column of a frame, a
--- list, or the name of a column of the data.
function target.column(where, data, y, n)
  local column, length
  if core.is_tensor(y) then
    column = of_tensor(where, y)
    length = #column.x
  elseif type(y) == "string" then
    if Columns.is_frame(data) then
      column = data:col(y) and Columns.of_frame(data:col(y))
    else
      column = Columns.read(data).map[y]
    end
    if not column then
      fail("%s: there is no column '%s' to be the target", where, y)
    end
    length = n
  elseif type(y) == "table" and y.dtype and y.isnull then
    column = Columns.of_frame(y)
    length = #(column.x or column.codes)
  elseif type(y) == "table" and not getmetatable(y) then
    column, length = Columns.of_list(y, #y, "target"), #y
    column.bool = type(y[1]) == "boolean"
  else
    fail("%s: a target expected (a tensor, a list, or the name of a column), "
      .. "got a %s", where, type(y))
  end
  if length ~= n then
    fail("%s: %d rows of data and %d of the target", where, n, length)
  end
  local holes = Columns.holes(column)
  if n > 0 and holes:any():item() then
    fail("%s: row %d of the target is a hole; leave such rows out", where,
      holes:nonzero()[{1, 1}]:item())
  end
  return column
end

-- Labels in order and codes: of numbers by size, of text by the alphabet.
local function sorted_labels(column)
  if column.kind ~= "text" then
    local values, codes = column.x:unique {return_inverse = true}
    local labels = values:totable()
    for i, v in ipairs(labels) do
      if column.bool then labels[i] = v == 1
      else labels[i] = math.tointeger(v) or v end
    end
    return labels, codes
  end
  local used, labels = {}, {}
  for _, code in ipairs(column.codes:unique():to "i64":totable()) do
    used[#used + 1] = column.categories[code]
  end
  for i, text in ipairs(used) do labels[i] = text end
  table.sort(labels)
  return labels, Columns.recode(column, labels, 0)
end

local MANY = 100

--- labels, codes: the classes of a target, as a list and as index (n).
function target.classes(where, column)
  if column.kind == "time" then
    fail("%s: points in time are no classes", where)
  end
  local labels, codes = sorted_labels(column)
  if #labels < 2 then
    fail("%s: the target has one class alone, %s; two or more are needed",
      where, #labels == 1 and ("%q"):format(labels[1]) or "none")
  end
  if #labels > MANY and column.kind == "number"
      and not column.x:eq(column.x:round()):all():item() then
    fail("%s: the target has %d different numbers; for numbers use a "
      .. "regression, such as prep.Ridge", where, #labels)
  end
  return labels, codes
end

--- codes: index (n), by given labels; a class that is not among them raises.
function target.codes(where, column, labels)
  local text = column.bool and {kind = "text", categories = {"false", "true"},
    codes = (column.x + 1):to "i64":index {base = 1}}
    or Columns.as_text(column)
  local known = {}
  for i, label in ipairs(labels) do known[i] = Columns.text(label) end
  local codes = Columns.recode(text, known, 0)
  local unknown = codes:ge(1):logical_not()
  if #codes > 0 and unknown:any():item() then
    local row = unknown:nonzero()[{1, 1}]:item()
    fail("%s: row %d of the target is %q, a class that the training part did "
      .. "not have", where, row, text.categories[text.codes[row]] or "?")
  end
  return codes
end

--- f64 (n): numbers as they are, classes of text by their place from 0 on.
function target.numbers(where, data, y, n)
  local column = target.column(where, data, y, n)
  if column.kind ~= "text" then return column.x end
  local _, codes = target.classes(where, column)
  return codes:to "f64" - 1
end

return target
