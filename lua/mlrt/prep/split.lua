-- split.lua: a training part and parts to judge by; folds for many judgements.
--
-- Data is a frame, a tensor or a list, or several of one length in a table
-- without names, {x, y}; or a number n, for which index tensors come back.
-- Parts are marked (roles.lua): nothing can be fitted on a part that judges.

local core = require "mlrt.core"
local fail = require "mlrt.fail"
local options = require "mlrt.options"
local Columns = require "mlrt.prep.columns"
local dates = require "mlrt.prep.dates"
local roles = require "mlrt.prep.roles"
local target = require "mlrt.prep.target"

local split = {}

-- ---- Data of any form -----------------------------------------------------

--- Is it several of one length, {x, y}?
local function is_several(data)
  return type(data) == "table" and not getmetatable(data)
    and (core.is_tensor(data[1]) or Columns.is_frame(data[1]))
end

split.is_several = is_several

local function rows_of(where, data)
  if math.type(data) == "integer" then return data end
  if is_several(data) then
    for i, x in ipairs(data) do
      if #x ~= #data[1] then
        fail("%s: the first has %d rows, number %d has %d", where, #data[1], i,
          #x)
      end
    end
    return #data[1]
  end
  if core.is_tensor(data) and data.ndim > 0 or type(data) == "table" then
    return #data
  end
  fail("%s: a frame, a tensor, a list or a number of rows expected, got a %s",
    where, type(data))
end

-- The rows at `index`.
local function take(data, index)
  if core.is_tensor(data) then return data:index_select(1, index) end
  if Columns.is_frame(data) then return data:take(index) end
  local rows = {}
  for i, at in ipairs(index:to "i64":totable()) do rows[i] = data[at] end
  return rows
end

local function part(data, index, role)
  if type(data) == "number" then return roles.mark(index, role) end
  local function cut(x)
    return roles.cut(roles.mark(take(x, index), role), x)
  end
  if not is_several(data) then return cut(data) end
  local parts = {}
  for i, x in ipairs(data) do parts[i] = cut(x) end
  return parts
end

local function mark_whole(data)
  for _, x in ipairs(is_several(data) and data or {data}) do
    if type(x) ~= "number" and not roles.of(x) then roles.mark(x, "whole") end
  end
end

-- What rows are grouped by or ordered by: a column's name, tensor or list.
local function key(where, data, y, n)
  local source = is_several(data) and data[1] or data
  return target.column(where, source, y, n)
end

local function as_index(list)
  return core.tensor(list, {dtype = "i64"}):index {base = 1}
end

local function range(from, to)
  local list = {}
  for i = from, to do list[#list + 1] = i end
  return list
end

local function slice(list, from, to)
  return table.move(list, from, to, 1, {})
end

-- The positions 1..n, at random or in order.
local function order_of(n, shuffle, seed)
  if not shuffle then return range(1, n) end
  return core.randperm(n, {generator = core.generator(seed)}):to "i64"
    :totable()
end

-- Lists of positions by the text of a key, in the order of `order`; and the
-- keys sorted by how they first occur.
local function by_key(column, order)
  local text = Columns.as_text(column)
  local codes = text.codes:to "i64":totable()
  local lists, keys = {}, {}
  for _, i in ipairs(order) do
    local code = codes[i]
    if not lists[code] then
      lists[code], keys[#keys + 1] = {}, code
    end
    table.insert(lists[code], i)
  end
  return lists, keys, text.categories
end

-- ---- Parts ----------------------------------------------------------------

-- How many of n rows a part has: a count, or a share.
local function size_of(where, name, part_size, n)
  if not part_size then return 0 end
  local count = math.type(part_size) == "integer" and part_size
    or math.ceil(part_size * n - 1e-9)
  if part_size <= 0 or count >= n then
    fail("%s: %s: a share in 0..1 or a number of rows below %d expected, "
      .. "got %s", where, name, n, part_size)
  end
  return count
end

-- Each class gives its share to each part; what is left over goes where most
-- was cut off.
local function apportion(lists, keys, size)
  local given, rest, left, n = {}, {}, size, 0
  for _, k in ipairs(keys) do n = n + #lists[k] end
  for i, k in ipairs(keys) do
    local exact = #lists[k] * size / n
    given[k] = math.floor(exact)
    rest[i], left = {k, exact - given[k], i}, left - given[k]
  end
  table.sort(rest, function(a, b)
    return a[2] > b[2] or a[2] == b[2] and a[3] < b[3]
  end)
  for i = 1, left do given[rest[i][1]] = given[rest[i][1]] + 1 end
  return given
end

local function stratified(o, data, n, sizes)
  local column = key(o.where, data, o.stratify, n)
  local lists, keys, categories = by_key(column, order_of(n, true, o.seed))
  local parts = {{}, {}, {}}
  for _, k in ipairs(keys) do
    if #lists[k] < 2 then
      fail("%s: stratify: the class '%s' has one row alone", o.where,
        categories[k])
    end
  end
  for p = 3, 2, -1 do
    local given = apportion(lists, keys, sizes[p])
    for _, k in ipairs(keys) do
      for _ = 1, math.min(given[k], #lists[k] - 1) do
        table.insert(parts[p], table.remove(lists[k]))
      end
    end
  end
  for _, k in ipairs(keys) do
    table.move(lists[k], 1, #lists[k], #parts[1] + 1, parts[1])
  end
  return parts
end

-- Whole groups go to the parts until they are full.
local function grouped(o, data, n, sizes)
  local column = key(o.where, data, o.group, n)
  local lists, keys = by_key(column, order_of(n, true, o.seed))
  local parts, p = {{}, {}, {}}, 3
  if #keys < 2 then
    fail("%s: group: one group alone cannot be split", o.where)
  end
  for _, k in ipairs(keys) do
    while p > 1 and #parts[p] >= sizes[p] do p = p - 1 end
    table.move(lists[k], 1, #lists[k], #parts[p] + 1, parts[p])
  end
  return parts
end

-- The rows sorted by time: positions and times.
local function in_time(o, data, n)
  local x, text = dates.of(key(o.where, data, o.time, n))
  if not x then fail("%s: time: %q is no date", o.where, text) end
  local at
  x, at = x:sort(1)
  return at:to "i64":totable(), x:totable()
end

local units = {s = 1, m = 60, h = 3600, d = 86400, w = 604800}

--- A gap as a number: seconds of "7d", "12h"; numbers as they are.
local function gap_of(where, gap)
  if type(gap) ~= "string" then return gap or 0 end
  local count, unit = gap:match "^%s*(%d+%.?%d*)%s*([smhdw])%s*$"
  return count and tonumber(count) * units[unit]
    or fail("%s: gap: a number or a text such as '7d' expected, got %q", where,
      gap)
end

-- The last rows judge; between the parts lies a gap, and equal times stay
-- together.
local function timed(o, data, n, sizes)
  local at, when = in_time(o, data, n)
  local gap = gap_of(o.where, o.gap)
  local parts, last = {{}, {}, {}}, n
  for p = 3, 2, -1 do
    if sizes[p] > 0 then
      local first = math.max(1, last - sizes[p] + 1)
      while when[first - 1] == when[first] do first = first - 1 end
      parts[p] = slice(at, first, last)
      local limit = when[first] - gap
      last = first - 1
      while last > 0 and (when[last] > limit
          or gap > 0 and when[last] == limit) do
        last = last - 1
      end
    end
  end
  parts[1] = slice(at, 1, last)
  return parts
end

local function at_random(o, _, n, sizes)
  local order = order_of(n, o.shuffle, o.seed)
  local train = n - sizes[2] - sizes[3]
  return {slice(order, 1, train),
    slice(order, train + 1, train + sizes[2]),
    slice(order, train + sizes[2] + 1, n)}
end

local read_split = options("prep.split", "data: any, test: any = 0.2, "
  .. "validation: number?, stratify: any?, group: any?, time: any?, gap: any?, "
  .. "shuffle: bool = true, seed: int = 0")

-- Rows that the caller chose to judge by: a bool mask.
local function chosen(o, n)
  local mask = o.test
  if mask.dtype ~= "bool" or mask.ndim ~= 1 or #mask ~= n then
    fail("%s: test: a share, a number of rows or a bool mask of %d rows "
      .. "expected", o.where, n)
  end
  local function rows(x)
    return x:nonzero():select(2, 1):to "i64":totable()
  end
  return {rows(mask:logical_not()), {}, rows(mask)}
end

local names = {"train", "validation", "test"}

local function check_parts(o, parts)
  for p, list in ipairs(parts) do
    if #list == 0 and (p ~= 2 or o.validation) then
      fail("%s: the %s part is empty", o.where, names[p])
    end
  end
end

local function one_way(o)
  local way, count = at_random, 0
  for name, f in pairs {stratify = stratified, group = grouped, time = timed} do
    if o[name] ~= nil then way, count = f, count + 1 end
  end
  if count > 1 then
    fail("%s: give one of stratify, group and time", o.where)
  end
  if o.gap and not o.time then fail("%s: gap needs time", o.where) end
  return way
end

--- split(data, {test = 0.2, validation =, stratify =, group =, time =, gap =,
--- shuffle = true, seed = 0}) -> train, test, or train, validation, test with
--- `validation`.  Parts are shares or numbers of rows; test may be a bool mask.
---   stratify: each class has its share of every part;
---   group: no group is in two parts;
---   time: the last rows judge, after a gap ("7d", or in the column's unit);
---   shuffle = false: the last rows, in order.
--- Each of these three is a column's name, a tensor or a list.
function split.split(...)
  local o = read_split(...)
  o.where = "prep.split"
  local n = rows_of(o.where, o.data)
  if n < 2 then fail("%s: %d rows cannot be split", o.where, n) end
  local parts
  if core.is_tensor(o.test) then
    parts = chosen(o, n)
  else
    if type(o.test) ~= "number" then
      fail("%s: test: a share, a number of rows or a bool mask expected, "
        .. "got a %s", o.where, type(o.test))
    end
    local sizes = {0, size_of(o.where, "validation", o.validation, n),
      size_of(o.where, "test", o.test, n)}
    if sizes[2] + sizes[3] >= n then
      fail("%s: no row is left for the train part", o.where)
    end
    parts = one_way(o)(o, o.data, n, sizes)
  end
  check_parts(o, parts)
  mark_whole(o.data)
  local results = {}
  for p, list in ipairs(parts) do
    if #list > 0 then
      table.insert(results, part(o.data, as_index(list), names[p]))
    end
  end
  return table.unpack(results)
end

-- ---- Folds ----------------------------------------------------------------

-- fold[i]: which of k folds row i judges.
local folds = {}

function folds.plain(o, _, n)
  local order, fold, from = order_of(n, o.shuffle, o.seed), {}, 0
  for f = 1, o.k do
    local size = n // o.k + (f <= n % o.k and 1 or 0)
    for i = from + 1, from + size do fold[order[i]] = f end
    from = from + size
  end
  return fold
end

-- As scikit-learn deals them: the sorted classes are dealt out in turn, which
-- says how many of each class a fold gets; the rows of a class fill the folds
-- in order.
function folds.stratified(o, data, n)
  local column = key(o.where, data, o.stratify, n)
  local lists, keys, categories = by_key(column, order_of(n, false))
  local counts, at = {}, 0
  for c, k in ipairs(keys) do
    if #lists[k] < o.k then
      fail("%s: stratify: the class '%s' has %d rows, fewer than the %d folds",
        o.where, categories[k], #lists[k], o.k)
    end
    counts[c] = {}
    for f = 1, o.k do counts[c][f] = 0 end
    for _ = 1, #lists[k] do
      local f = at % o.k + 1
      counts[c][f], at = counts[c][f] + 1, at + 1
    end
  end
  local fold = {}
  local mixed = o.shuffle and core.generator(o.seed)
  for c, k in ipairs(keys) do
    local dealt = {}
    for f = 1, o.k do
      for _ = 1, counts[c][f] do dealt[#dealt + 1] = f end
    end
    local order = mixed and core.randperm(#dealt, {generator = mixed})
      :to "i64":totable() or range(1, #dealt)
    for i, row in ipairs(lists[k]) do fold[row] = dealt[order[i]] end
  end
  return fold
end

-- The largest groups first, each to the fold that has least.
function folds.grouped(o, data, n)
  local column = key(o.where, data, o.group, n)
  local lists, keys = by_key(column, order_of(n, false))
  if #keys < o.k then
    fail("%s: group: %d groups cannot make %d folds", o.where, #keys, o.k)
  end
  table.sort(keys, function(a, b)
    return #lists[a] > #lists[b] or #lists[a] == #lists[b] and a > b
  end)
  local load, fold = {}, {}
  for f = 1, o.k do load[f] = 0 end
  for _, k in ipairs(keys) do
    local least = 1
    for f = 2, o.k do if load[f] < load[least] then least = f end end
    load[least] = load[least] + #lists[k]
    for _, row in ipairs(lists[k]) do fold[row] = least end
  end
  return fold
end

local function fold_parts(fold, f, n)
  local train, test = {}, {}
  for i = 1, n do
    local list = fold[i] == f and test or train
    list[#list + 1] = i
  end
  return train, test
end

local read_kfold = options("prep.kfold", "data: any, k: size = 5, "
  .. "stratify: any?, group: any?, shuffle: bool = false, seed: int = 0")

--- for train, test, i, rows in kfold(data, {k = 5, stratify =, group =,
--- shuffle = false, seed = 0}): each row judges once; rows: which ones do now,
--- an index.  Unshuffled folds are those of scikit-learn's KFold,
--- StratifiedKFold and GroupKFold.
function split.kfold(...)
  local o = read_kfold(...)
  o.where = "prep.kfold"
  local n = rows_of(o.where, o.data)
  if o.k < 2 or o.k > n then
    fail("%s: k: 2 to %d folds expected, got %d", o.where, n, o.k)
  end
  if o.stratify ~= nil and o.group ~= nil then
    fail("%s: give stratify or group, not both", o.where)
  end
  local way = o.stratify ~= nil and "stratified" or o.group ~= nil and "grouped"
    or "plain"
  local fold, f = folds[way](o, o.data, n), 0
  return function()
    f = f + 1
    if f > o.k then return nil end
    local train, test = fold_parts(fold, f, n)
    local rows = as_index(test)
    return part(o.data, as_index(train), "train"),
      part(o.data, rows, "test"), f, rows
  end
end

local read_walk = options("prep.walk_forward", "data: any, k: size = 5, "
  .. "time: any?, gap: count = 0, test: size?, window: size?")

--- for train, test, i in walk_forward(data, {k = 5, time =, gap = 0, test =,
--- window =}): k tests of `test` rows each (default: rows / (k + 1)) at the
--- end, one after the other, each with all rows before it to learn from (or the
--- last `window` of them), less a gap of rows between.  time: the column that
--- orders the rows; without it they are in order.  The folds are those of
--- scikit-learn's TimeSeriesSplit.
function split.walk_forward(...)
  local o = read_walk(...)
  o.where = "prep.walk_forward"
  local n = rows_of(o.where, o.data)
  local at = o.time ~= nil and in_time(o, o.data, n) or range(1, n)
  local test = o.test or n // (o.k + 1)
  if test < 1 or n - o.k * test - o.gap < 1 then
    fail("%s: %d rows are too few for %d tests of %d after a gap of %d",
      o.where, n, o.k, test, o.gap)
  end
  local f = 0
  return function()
    f = f + 1
    if f > o.k then return nil end
    local first = n - (o.k - f + 1) * test + 1
    local last = first - 1 - o.gap
    local from = o.window and math.max(1, last - o.window + 1) or 1
    return part(o.data, as_index(slice(at, from, last)), "train"),
      part(o.data, as_index(slice(at, first, first + test - 1)),
        "test"), f
  end
end

--- Forgets that the data was split, say, to fit the final model on all of it.
function split.unmark(data)
  return roles.mark(data, nil)
end

return split
