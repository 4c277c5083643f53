-- csv.lua: frames from and to files of separated values.

local column = require "mlrt.df.column"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local frame = require "mlrt.df.frame"
local options = require "mlrt.options"

local raw = core._frame

local csv = {}

local kinds = {f64 = 0, i64 = 1, bool = 2, datetime = 3, str = 4, cat = 5}
local encodings = {["utf-8"] = 0, utf8 = 0, latin1 = 1, ["iso-8859-1"] = 1,
  cp1252 = 2, ["windows-1252"] = 2}

local read_options = options("read_csv",
  "sep: string?, quote: string?, comment: string?, header: bool = true, "
  .. "trim: bool = false, decimal: string?, encoding: string = utf-8, "
  .. "ragged: error|fill|skip = error, skip: count = 0, rows: count?, "
  .. "na: any?, names: table?, columns: table?, types: any?, "
  .. "date_format: string?")

-- ---- Reading --------------------------------------------------------------

-- A list of strings in a table that nobody else holds.
local function strings(name, list)
  if list == nil then return nil end
  if type(list) == "string" then list = {list} end
  local copy = {}
  for i, v in ipairs(list) do
    if type(v) ~= "string" then
      fail("read_csv: option '%s': a list of strings expected, got %s in it",
        name, type(v))
    end
    copy[i] = v
  end
  return copy
end

-- `types` is a dtype for all columns or {column = dtype}.
local function add_types(o, types)
  if types == nil then return end
  if type(types) == "string" then types = {[0] = types} end
  if type(types) ~= "table" then
    fail("read_csv: option 'types': a dtype or {column = dtype} expected, "
      .. "got %s", type(types))
  end
  o.typed, o.kinds = {}, {}
  for name, dtype in pairs(types) do
    column.check_dtype("read_csv: option 'types'", dtype)
    if name == 0 then
      o.kind = kinds[dtype]
    else
      o.typed[#o.typed + 1], o.kinds[#o.kinds + 1] = name, kinds[dtype]
    end
  end
end

local function low_options(given)
  local encoding = encodings[given.encoding:lower()]
  if not encoding then
    fail("read_csv: option 'encoding': utf-8, latin1 or cp1252 expected, got "
      .. "%q", given.encoding)
  end
  local o = {sep = given.sep, quote = given.quote, comment = given.comment,
    decimal = given.decimal, header = given.header and 1 or 0,
    trim = given.trim and 1 or 0, encoding = encoding, skip = given.skip,
    ragged = ({error = 0, fill = 1, skip = 2})[given.ragged],
    rows = given.rows, date_format = given.date_format,
    na = strings("na", given.na), names = strings("names", given.names),
    only = strings("columns", given.columns)}
  add_types(o, given.types)
  return o
end

local function in_order(list, names)
  if not names then return list end
  local at, sorted = {}, {}
  for _, c in ipairs(list) do at[c.name] = c end
  for i, name in ipairs(names) do sorted[i] = at[name] end
  return sorted
end

-- Frame, or nil and the message.
local function read(from, opts, memory)
  local o = low_options(read_options(opts or {}))
  o.memory = memory
  local list, rows, skipped = raw.read_csv(from, o)
  if not list then return nil, rows end
  for i, r in ipairs(list) do list[i] = column.from_raw(r) end
  local f = frame.of(in_order(list, o.only), "read_csv")
  f.rows, f.skipped = rows, skipped > 0 and skipped or nil
  return f
end

--- The frame in a file of separated values (RFC 4180; gzip is unpacked), or nil
--- and what is wrong, with row and column.  Options:
---   sep = ",", quote = '"' ("" for none), comment = "" (begins lines to pass),
---   header = true, names = {...}, columns = {...} (only these),
---   types = {column = dtype} or one for all, date_format = "%d.%m.%Y",
---   na = {...} (spellings of a hole; by default pandas': empty, NA, NaN...),
---   encoding = "utf-8", "latin1" or "cp1252", decimal = ".", trim = false,
---   skip = 0 (lines first), rows (at most), ragged = "error", "fill" or "skip"
--- Types are inferred over all rows: bool, i64, f64, datetime (ISO 8601), str.
function csv.read_csv(path, opts)
  if type(path) ~= "string" then
    fail("read_csv: argument 'path': string expected, got %s", type(path))
  end
  return read(path, opts)
end

--- The same from a text.
function csv.parse_csv(text, opts)
  if type(text) ~= "string" then
    fail("parse_csv: argument 'text': string expected, got %s", type(text))
  end
  return read(text, opts, true)
end

-- ---- Writing --------------------------------------------------------------

-- The shortest of the usual forms that reads back as the same number.
local function number(v)
  if v ~= v then return "" end
  if v == math.huge then return "inf" end
  if v == -math.huge then return "-inf" end
  for digits = 15, 17 do
    local text = ("%." .. digits .. "g"):format(v)
    if tonumber(text) == v then
      return text:find "[.e]" and text or text .. ".0"
    end
  end
end

local function quoted(text, sep)
  if text == "" or text:find("[\"\r\n]") or text:find(sep, 1, true)
      or text:find "^%s" or text:find "%s$" then
    return '"' .. text:gsub('"', '""') .. '"'
  end
  return text
end

local function cell(c, i, o)
  local v = c:get(i)
  if v == nil then return o.na end
  if math.type(v) == "float" then return number(v) end
  return type(v) == "string" and quoted(v, o.sep) or tostring(v)
end

local write_options = options("write_csv", "sep: string?, na: string?, "
  .. "header: bool = true")

local function row_text(list, i, o)
  local cells = {}
  for k, c in ipairs(list) do cells[k] = cell(c, i, o) end
  local text = table.concat(cells, o.sep)
  return text == "" and '""' or text
end

--- Writes the frame as separated values; true, or nil and the message.  A hole
--- is empty (or `na`), an empty text is "".  Options: sep = ",", na = "",
--- header = true.
function csv.write_csv(f, path, opts)
  local o = write_options(opts or {})
  o.sep, o.na = o.sep or ",", o.na or ""
  local list, lines = frame.chosen(f), {}
  if o.header then
    local names = {}
    for i, name in ipairs(f.columns) do names[i] = quoted(name, o.sep) end
    lines[1] = table.concat(names, o.sep)
  end
  for i = 1, f.rows do lines[#lines + 1] = row_text(list, i, o) end
  lines[#lines + 1] = ""
  return core.io.write_file(path, table.concat(lines, "\n"))
end

return csv
