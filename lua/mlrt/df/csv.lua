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
local function made(from, o)
  local list, rows, skipped = raw.read_csv(from, o)
  if not list then return nil, rows end
  for i, r in ipairs(list) do list[i] = column.from_raw(r) end
  local f = frame.of(in_order(list, o.only), "read_csv")
  f.rows, f.skipped = rows, skipped > 0 and skipped or nil
  return f
end

local function read(from, opts, memory)
  local o = low_options(read_options(opts or {}))
  o.memory = memory
  return made(from, o)
end

--- The frame in a file of separated values (RFC 4180; gzip is unpacked), or nil
--- and what is wrong, with row and column.  Options:
---   sep = ",", quote = '"' ("" for none), comment = "" (begins lines to pass),
---   header = true, names = {...}, columns = {...} (only these),
---   types = {column = dtype} or one for all, date_format = "%d.%m.%Y",
---   na = {...} (spellings of a hole; by default pandas': empty, NA, NaN...),
---   encoding = "utf-8", "latin1" or "cp1252", decimal = ".",
---   trim = false (with sep = " " any number of spaces separates two cells),
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

-- What the core writes.
local function low_columns(f)
  local list = {}
  for i, c in ipairs(frame.chosen(f)) do
    local dict = c._dict
    list[i] = {name = c.name, kind = kinds[c.dtype], values = c._values,
      holes = c._holes, bytes = dict and dict.bytes,
      offsets = dict and dict.offsets}
  end
  return list
end

local function check_path(where, path)
  if type(path) ~= "string" or path:find "\0" then
    fail("%s: argument 'path': string expected, got %s", where, type(path))
  end
end

local write_options = options("write_csv", "sep: string?, na: string?, "
  .. "header: bool = true")

--- Writes the frame as separated values; true, or nil and the message.  A hole
--- is empty (or `na`), an empty text is "".  Options: sep = ",", na = "",
--- header = true.
function csv.write_csv(f, path, opts)
  local o = write_options(opts or {})
  check_path("write_csv", path)
  if o.sep and #o.sep ~= 1 then fail("write_csv: sep is one character") end
  return raw.write(path, low_columns(f), f.rows, o)
end

-- ---- Lines of JSON --------------------------------------------------------

local jsonl_options = options("read_jsonl", "rows: count?, types: any?, "
  .. "date_format: string?")

--- The frame in a file of JSON objects, one a line (gzip is unpacked), or nil
--- and what is wrong.  Columns are the members' names; what a line lacks is a
--- hole; lists and objects within are kept as text.  Options: rows, types,
--- date_format, as for read_csv.
function csv.read_jsonl(path, opts)
  check_path("read_jsonl", path)
  local given = jsonl_options(opts or {})
  local o = {jsonl = true, rows = given.rows, date_format = given.date_format}
  add_types(o, given.types)
  return made(path, o)
end

--- Writes each row as a JSON object on a line; true, or nil and the message.
function csv.write_jsonl(f, path)
  check_path("write_jsonl", path)
  return raw.write(path, low_columns(f), f.rows, {json = true})
end

return csv
