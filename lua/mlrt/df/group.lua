-- group.lua: groups of rows, and figures of each.

local class = require "mlrt.class"
local column = require "mlrt.df.column"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local frame = require "mlrt.df.frame"
local options = require "mlrt.options"
local stats = require "mlrt.df.stats"
local m = require "mlrt"

local raw = core._frame
local Frame = frame.Frame

local Groups = class "Groups"

local group_options = options("groupby",
  "keep_holes: bool = false, sort: bool = true")

-- Groups numbered by the order of their keys instead of by occurrence.
local function in_order(keys, groups, firsts)
  local at = {}
  for i, c in ipairs(keys) do
    local by = column.by(c, true)
    at[i] = {(raw.take(by[1], nil, firsts)),
      by[2] and (raw.take(by[2], nil, firsts))}
  end
  local order = raw.sort(at)
  return raw.take(raw.sort {{order}}, nil, groups),
    raw.take(firsts, nil, order)
end

--- The rows that are equal in these columns, to be asked for figures:
--- f:groupby("Sex"):mean "Fare", f:groupby {"Sex", "Pclass"}:agg {...}.
--- Groups are in the order of their keys, or {sort = false} as they first
--- occur; rows with a hole in a key are in none, or {keep_holes = true} in one
--- of their own.
function Frame:groupby(names, opts)
  local o = group_options(opts or {})
  local keys = frame.chosen(self, names)
  if #keys == 0 or names == nil then fail("groupby: which columns?") end
  local groups, firsts = raw.group(column.all_by(keys), o.keep_holes)
  if o.sort and #firsts > 0 then
    groups, firsts = in_order(keys, groups, firsts)
  end
  return setmetatable({frame = self, keys = keys, n = #firsts,
    _groups = groups, _firsts = firsts}, Groups)
end

--- How many groups there are.
function Groups:__len()
  return self.n
end

--- Which group each row is in: an index tensor, none where in none.
function Groups:index()
  return self._groups
end

local function key_columns(g)
  local list = {}
  for i, c in ipairs(g.keys) do list[i] = column.take(c, g._firsts) end
  return list
end

-- ---- Figures --------------------------------------------------------------

local function is_figure(how)
  return type(how) == "function" or type(how) == "number"
    or stats.figures[how] ~= nil
end

-- The rows of each group as lists of row numbers, for functions.
local function rows_of(g)
  local lists = {}
  for k = 1, g.n do lists[k] = {} end
  local at = g._groups:totable()
  for i = 1, g.frame.rows do
    local list = lists[at[i]]
    if list then list[#list + 1] = i end
  end
  return lists
end

local function by_function(g, c, f)
  local values = {n = g.n}
  for k, rows in ipairs(rows_of(g)) do
    values[k] = f(column.take(c, m.index(rows)))
  end
  return column.column(c.name, values)
end

-- A figure of one column for each group.
local function figure(g, c, how)
  if type(how) == "function" then return by_function(g, c, how) end
  if type(how) == "number" then
    return stats.quantile(c, g._groups, g.n, how)
  end
  local f = stats.figures[how]
  if not f then
    local names = {}
    for name in pairs(stats.figures) do names[#names + 1] = name end
    table.sort(names)
    fail("agg: %s", options.unknown("figure", tostring(how), names))
  end
  return f(c, g._groups, g.n)
end

local function add(into, name, how, new)
  into[#into + 1] = {column = name, how = how, name = new}
end

-- {Fare = "mean"}, {Fare = {"mean", "max"}} or {fare = {"Fare", "mean"}}.
local function read_entry(g, into, key, v)
  if type(v) ~= "table" then return add(into, key, v, key) end
  if #v == 2 and g.frame:has(v[1]) and not is_figure(v[1]) then
    return add(into, v[1], v[2], key)
  end
  for _, how in ipairs(v) do
    add(into, key, how, ("%s_%s"):format(key, tostring(how)))
  end
end

-- What agg was given, in order.
local function read_spec(g, spec)
  local into, names = {}, {}
  for _, entry in ipairs(spec) do
    add(into, entry[1], entry[2], entry[3] or entry[1])
  end
  for key in pairs(spec) do
    if type(key) == "string" then names[#names + 1] = key end
  end
  table.sort(names)
  for _, key in ipairs(names) do read_entry(g, into, key, spec[key]) end
  return into
end

local function computed(g, spec)
  if type(spec) ~= "table" then fail("agg: a table of figures expected") end
  local list = {}
  for i, e in ipairs(read_spec(g, spec)) do
    list[i] = column.renamed(figure(g, g.frame:col(e.column), e.how), e.name)
  end
  return list
end

--- A frame of the keys and of figures: {Fare = "mean"}, {Fare = {"mean",
--- "max"}} (Fare_mean, Fare_max), {fare = {"Fare", "mean"}}, or a list to keep
--- an order, {{"Fare", "mean"}, {"Age", "max", "oldest"}}.  Figures are count,
--- sum, prod, mean, var, std, min, max, median, first, last, nunique, mode, a
--- number for a quantile, or a function of the group's column.
function Groups:agg(spec)
  local list = key_columns(self)
  for _, c in ipairs(computed(self, spec)) do list[#list + 1] = c end
  return frame.of(list, "agg")
end

--- The same figures for each row of the frame, its group's: a frame of as many
--- rows, to be assigned from.
function Groups:transform(spec)
  local list = {}
  for i, c in ipairs(computed(self, spec)) do
    list[i] = column.take(c, self._groups)
  end
  return frame.of(list, "transform")
end

--- How many rows each group has.
function Groups:size()
  local rows = m.zeros({self.frame.rows}, {dtype = "bool"})
  local list = key_columns(self)
  local name = self.frame:has "size" and "n" or "size"
  list[#list + 1] = column.make(name, "i64",
    raw.reduce("count", rows, nil, self._groups, self.n))
  return frame.of(list, "size")
end

-- g:mean() of all numbers, g:mean "Fare", g:mean {"Fare", "Age"}.
for name in pairs(stats.figures) do
  Groups[name] = function(self, names)
    local spec, is_key = {}, {}
    for _, c in ipairs(self.keys) do is_key[c.name] = true end
    local list = stats.numbers(self.frame, names)
    for _, c in ipairs(list) do
      if names or not is_key[c.name] then spec[#spec + 1] = {c.name, name} end
    end
    return self:agg(spec)
  end
end

--- For each group its keys, {name = value}, and its frame.
function Groups:each()
  local lists, keys, k = rows_of(self), frame.of(key_columns(self)), 0
  return function()
    k = k + 1
    if k > self.n then return nil end
    return keys:row(k), self.frame:take(lists[k])
  end
end

function Groups:__tostring()
  local names = {}
  for i, c in ipairs(self.keys) do names[i] = c.name end
  return ("Groups(%d by %s)"):format(self.n, table.concat(names, ", "))
end

-- ---- Pivot ----------------------------------------------------------------

local pivot_options = options("pivot", "index: any, columns: string, "
  .. "values: string, agg: any = mean, fill: any?")

-- Position of each group of g among the groups of part, as lists.
local function positions(g, part)
  return raw.take(part._groups, nil, g._firsts):totable()
end

-- The pivot's column of one value: which group stands in which row.
local function spread(name, cells, at, n, fill)
  local list = {}
  for i = 1, n do list[i] = at[i] or false end
  local c = column.renamed(column.take(cells, m.index(list)), name)
  if fill ~= nil and c.nulls > 0 then
    c = c:fill_na(fill)
  end
  return c
end

--- A table of one figure: a row for each value of `index` (a column or
--- several), a column for each value of `columns`, the figure `agg` of `values`
--- in between; `fill` stands where there are no rows.
function Frame:pivot(...)
  local o = pivot_options(...)
  local index = type(o.index) == "table" and o.index or {o.index}
  local down, across = self:groupby(index), self:groupby(o.columns)
  local both = {table.unpack(index)}
  both[#both + 1] = o.columns
  local g = self:groupby(both)
  local cells = figure(g, self:col(o.values), o.agg)
  local row, col, at = positions(g, down), positions(g, across), {}
  for k = 1, across.n do at[k] = {} end
  for k = 1, g.n do at[col[k]][row[k]] = k end
  local list, names = key_columns(down), key_columns(across)[1]
  for k = 1, across.n do
    list[#list + 1] = spread(tostring(names:get(k)), cells, at[k], down.n,
      o.fill)
  end
  return frame.of(list, "pivot")
end

return {Groups = Groups, groupby = Frame.groupby, pivot = Frame.pivot}
