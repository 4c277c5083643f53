-- df: tables with named, typed columns.
--
--   local df = require "mlrt.df"
--   local f = assert(df.read_csv "titanic.csv")
--   print(f)
--   local adults = f:filter(f.Age:ge(18)):select {"Name", "Age", "Fare"}
--   local x = adults:matrix {"Fare"} -- a tensor
--
-- A column is tensors (core/mlrt_frame.h) and never changes; a frame is a list
-- of columns of one length and never changes either.  So new frames share the
-- columns that they have in common, and numeric columns are tensors without a
-- copy.  A missing value is a hole: it turns no integer into a float.

local column = require "mlrt.df.column"
local frame = require "mlrt.df.frame"
local late = require "mlrt.late"

local df = {Frame = frame.Frame, Column = column.Column}

--- A frame of columns: {name = values} (names in alphabetical order) or a
--- list of {name, values, dtype?} or of columns, in order.  Values are a list,
--- whose holes are nil or df.null, a one-dimensional tensor or a Column.
df.frame = frame.frame

--- Stands for a hole in a list of values.
df.null = column.null

--- A column of a list or tensor; dtype is f64, i64, bool, str, cat or
--- datetime, by default what the values are.
df.column = column.column

return late(df, "mlrt.df.", {read_csv = "csv", parse_csv = "csv",
  read_jsonl = "csv", concat = "join", hconcat = "join", read_npz = "arrays",
  read_npy = "arrays", from_rows = "arrays"})
