-- join.lua: two frames side by side, or one below the other.

local column = require "mlrt.df.column"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local frame = require "mlrt.df.frame"
local options = require "mlrt.options"
local m = require "mlrt"

local raw = core._frame
local Frame = frame.Frame

local join = {}

-- ---- Keys -----------------------------------------------------------------

-- "k", {"k", "l"} or {left = "a", right = "b"} as two lists of names.
local function read_on(where, on)
  if type(on) == "string" then return {on}, {on} end
  if type(on) ~= "table" then
    fail("%s: which columns have to be equal? A name, a list of names or "
      .. "{left = name, right = name} expected", where)
  end
  if not on.left then return on, on end
  local left = type(on.left) == "table" and on.left or {on.left}
  local right = type(on.right) == "table" and on.right or {on.right}
  if #left ~= #right then
    fail("%s: %d columns on the left, %d on the right", where, #left, #right)
  end
  return left, right
end

-- The rows of both frames numbered by their keys: left, right, how many.
local function numbered(a, b, left, right)
  if #left == 0 then return nil, nil, 0 end
  local by = {}
  for i in ipairs(left) do
    by[i] = column.by(column.concat(a:col(left[i]), b:col(right[i])))
  end
  local groups, firsts = raw.group(by, true)
  return groups:narrow(1, 1, a.rows), groups:narrow(1, a.rows + 1, b.rows),
    #firsts
end

local function nones(n)
  return m.full({n}, -1, {dtype = "i64"}):index {base = 0, none = -1}
end

-- ---- Columns --------------------------------------------------------------

-- The right columns under names that the left does not have.
local function add_right(list, taken, b, rows, skip, suffix)
  for _, name in ipairs(b.columns) do
    if not skip[name] then
      local new = taken[name] and name .. suffix or name
      if taken[new] then
        fail("join: both frames have a column '%s'; give another suffix", new)
      end
      taken[new] = true
      list[#list + 1] = column.renamed(column.take(b:col(name), rows), new)
    end
  end
end

-- Are these all rows in their order?  Then nothing has to be taken.
local function is_all(rows, n)
  return #rows == n and rows:eq(m.arange(n, {dtype = "i64"}):index {base = 0})
    :all():item()
end

-- A key of the result: the right one's where there is no left row.
local function key(a, b, l, r)
  local left, right = l:to "i64", r:to "i64" + #a -- none is 0
  local at = m.where(left:eq(0), right, left):index {base = 1}
  return column.take(column.concat(a, b), at)
end

local join_options = options("join", "how: inner|left|right|outer = inner, "
  .. "suffix: string = _right")

-- Left and right rows of the result.
local function pairs_of(how, l, r, n)
  if how == "right" then
    local right, left = raw.join(r, l, n, true)
    return left, right
  end
  local left, right = raw.join(l, r, n, how ~= "inner")
  if how == "outer" then
    local back, there = raw.join(r, l, n, true)
    local lonely = back:masked_select(there:to "i64":eq(0))
    left = m.cat({left, nones(#lonely)}, 1)
    right = m.cat({right, lonely}, 1)
  end
  return left, right
end

--- The rows of both frames whose columns `on` are equal, side by side: a name,
--- a list, or {left = name, right = name}.  how = "inner" (only rows that
--- match), "left" (all of this frame, with holes where none matches), "right",
--- "outer".  Rows are in the order of this frame (of the other for "right"), a
--- row that matches twice is there twice; holes match holes, as in pandas.
--- Columns that both have get `suffix` ("_right") on the right.
function Frame:join(other, on, opts)
  if not frame.is_frame(other) then
    fail("join: a frame expected, got %s", type(other))
  end
  local o = join_options(opts or {})
  local left, right = read_on("join", on)
  local l, r = pairs_of(o.how, numbered(self, other, left, right))
  local list, taken, is_key, skip = {}, {}, {}, {}
  for i, name in ipairs(left) do
    is_key[name] = right[i]
    skip[right[i]] = right[i] == name or nil
  end
  local whole = is_all(l, self.rows)
  for i, name in ipairs(self.columns) do
    local c, twin = self:col(name), is_key[name]
    taken[name] = true
    list[i] = twin == name and o.how ~= "inner" and o.how ~= "left"
      and key(c, other:col(twin), l, r) or whole and c or column.take(c, l)
  end
  add_right(list, taken, other, r, skip, o.suffix)
  return frame.of(list, "join", self)
end

-- ---- As of ----------------------------------------------------------------

local asof_options = options("join_asof", "by: any?, "
  .. "direction: backward|forward|nearest = backward, tolerance: number?, "
  .. "exact: bool = true, suffix: string = _right")

-- Two columns to compare as numbers, of one dtype.
local function comparable(a, b)
  if column.is_text(a) or column.is_text(b) or a.dtype == "bool" then
    fail("join_asof: column '%s': numbers or dates expected, got %s and %s",
      a.name, a.dtype, b.dtype)
  end
  if a.dtype ~= b.dtype then
    if a.dtype == "datetime" or b.dtype == "datetime" then
      fail("join_asof: column '%s' is %s here and %s there", a.name, a.dtype,
        b.dtype)
    end
    a, b = a:to "f64", b:to "f64"
  end
  return column.by(a), column.by(b)
end

--- Each row of this frame beside the last row of the other whose `on` is not
--- greater (direction = "backward"), the first that is not less ("forward"), or
--- the nearest; among those with equal columns `by`.  Neither frame has to be
--- sorted; the order is this frame's.  `tolerance`: at most so far away, for
--- dates in seconds; exact = false: not at the same value.
function Frame:join_asof(other, on, opts)
  if not frame.is_frame(other) then
    fail("join_asof: a frame expected, got %s", type(other))
  end
  local o = asof_options(opts or {})
  local left_on, right_on = read_on("join_asof", on)
  if #left_on ~= 1 then fail("join_asof: one column `on` expected") end
  local left, right = {}, {}
  if o.by ~= nil then left, right = read_on("join_asof", o.by) end
  local l, r, n = numbered(self, other, left, right)
  local a, b = self:col(left_on[1]), other:col(right_on[1])
  local x, y = comparable(a, b)
  local tolerance = o.tolerance or math.huge
  if a.dtype == "datetime" then tolerance = tolerance * 1e6 end
  local at = raw.asof(x, l, y, r, n, o.direction, tolerance, o.exact)
  local list, taken, skip = frame.chosen(self), {}, {}
  for _, name in ipairs(self.columns) do taken[name] = true end
  for i, name in ipairs(right) do skip[name] = left[i] == name or nil end
  if left_on[1] == right_on[1] then skip[right_on[1]] = true end
  add_right(list, taken, other, at, skip, o.suffix)
  return frame.of(list, "join_asof", self)
end

-- ---- Concat ---------------------------------------------------------------

-- Which part of a split (mlrt.prep.roles) frames are together: that of all of
-- them, or the whole if some of them judge.
local function part_of(frames)
  local first = frames[1] and rawget(frames[1], "_part")
  local same, judge = true, false
  for _, f in ipairs(frames) do
    local part = rawget(f, "_part")
    same = same and part == first
    judge = judge or part ~= nil and part ~= "train"
  end
  return {_part = same and first or judge and "whole" or nil}
end

--- Frames one below the other, by the names of their columns; where a frame
--- lacks a column there are holes.
function join.concat(frames)
  if type(frames) ~= "table" or not frame.is_frame(frames[1]) then
    fail("df.concat: a list of frames expected")
  end
  local names, like = {}, {}
  for _, f in ipairs(frames) do
    for _, name in ipairs(f.columns) do
      if not like[name] then names[#names + 1] = name end
      if not like[name] or like[name].nulls == #like[name] then
        like[name] = f:col(name)
      end
    end
  end
  local list = {}
  for i, name in ipairs(names) do
    local whole
    for _, f in ipairs(frames) do
      local c = f:has(name) and f:col(name)
        or column.holes(name, like[name], f.rows)
      whole = whole and column.concat(whole, c) or c
    end
    list[i] = whole
  end
  return frame.of(list, "df.concat", part_of(frames))
end

--- Frames of as many rows side by side.
function join.hconcat(frames)
  local list = {}
  for _, f in ipairs(frames) do
    for _, c in ipairs(frame.chosen(f)) do list[#list + 1] = c end
  end
  return frame.of(list, "df.hconcat", part_of(frames))
end

join.join, join.join_asof = Frame.join, Frame.join_asof
return join
