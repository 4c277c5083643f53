-- sort.lua: rows in order, and rows that are there twice.

local changes = require "mlrt.df.changes"
local column = require "mlrt.df.column"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local frame = require "mlrt.df.frame"
local options = require "mlrt.options"
local m = require "mlrt"

local raw = core._frame
local Frame = frame.Frame

local sort_options = options("sort", "descending: any = false")

--- The rows in the order of a column, or of several, the first one first; rows
--- that are equal keep their order, holes come last.  {descending = true}, or
--- a list of names of those that go down.
function Frame:sort(names, opts)
  local down = sort_options(opts or {}).descending
  local by, set = {}, {}
  for _, name in ipairs(type(down) == "table" and down or {}) do
    set[self:col(name).name] = true
  end
  for i, c in ipairs(frame.chosen(self, names)) do
    by[i] = column.by(c, true, down == true or set[c.name] or false)
  end
  if #by == 0 then fail("sort: which column?") end
  return self:take(raw.sort(by))
end

-- ---- Duplicates -----------------------------------------------------------

local duplicate_options = options("drop_duplicates",
  "keep: first|last|none = first")

-- Rows that stay, as an index in order.
local function kept(f, names, keep)
  local by = column.all_by(frame.chosen(f, names))
  if #by == 0 then return m.arange(f.rows, {dtype = "i64"}):index {base = 0} end
  local groups, firsts = raw.group(by, true)
  if keep == "first" then return firsts end
  local values = groups:to "i64"
  if keep == "last" then
    local lasts = raw.reduce("last", values, nil, groups, #firsts)
    return raw.take(lasts, nil, raw.sort {{lasts}})
  end
  local count = raw.reduce("count", values, nil, groups, #firsts)
  return raw.take(firsts, nil, count:eq(1):nonzero():reshape {-1})
end

--- One of the rows that are equal in these columns (all): the first, the last,
--- or none of them.  Holes equal each other.  Also what it changed.
function Frame:drop_duplicates(names, opts)
  local keep = duplicate_options(opts or {}).keep
  local f = self:take(kept(self, names, keep))
  return f, changes.of("drop_duplicates", self.rows - f.rows)
end

--- Which rows drop_duplicates would drop: a bool tensor.
function Frame:duplicated(names, opts)
  local keep = duplicate_options(opts or {}).keep
  local mask = m.ones({self.rows}, {dtype = "bool"})
  local rows = kept(self, names, keep)
  if #rows > 0 then mask:index_fill_(1, rows, 0) end
  return mask
end

return Frame
