-- step.lua: what all steps of preparation have in common.
--
-- A step is an object with fit(data, y), transform(data), fit_transform.  A
-- class of steps gives
--
--   class:learn(cols, y, classes)   remembers, in fields, what `learned` names
--   class:apply(cols)      the columns that come of it, from those fields only
--   class.learned          "mean: row, lists: list": what there is to learn and
--                          of which type, for m.save and for m.load's checks
--   class.kinds            which columns it takes where none are named
--
-- so that a step out of a file does what it did when it was written.

local class = require "mlrt.class"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local options = require "mlrt.options"
local Columns = require "mlrt.prep.columns"
local roles = require "mlrt.prep.roles"
local save = require "mlrt.save"

local Step = class "Step"

-- ---- What may be learnt ---------------------------------------------------

local function name_list(v)
  local names = options.types.names[2]
  return type(v) == "table" and (next(v) == nil and {} or names(v)) or nil
end

local function vector(v)
  return core.is_tensor(v) and v.dtype == "f64" and v.ndim == 1 or nil
end

local function list_of(check)
  return function(v)
    if type(v) ~= "table" or getmetatable(v) then return nil end
    for _, x in ipairs(v) do
      if not check(x) then return nil end
    end
    return true
  end
end

-- Each says whether a value read from a file can be what the name says; `k` is
-- the number of the step's columns.
local types = {
  row = function(v, k) return vector(v) and #v == k end,
  vector = vector,
  vectors = function(v, k) return list_of(vector)(v) and #v == k end,
  matrix = function(v)
    return core.is_tensor(v) and v.dtype == "f64" and v.ndim == 2
  end,
  number = function(v) return type(v) == "number" end,
  names = name_list,
  texts = function(v, k) return list_of(name_list)(v) and #v == k end,
  fills = function(v, k)
    return list_of(function(x)
      return type(x) == "number" or type(x) == "string"
    end)(v) and #v == k
  end,
  flags = function(v, k)
    return list_of(function(x) return type(x) == "boolean" end)(v) and #v == k
  end,
  lists = list_of(name_list),
  layers = list_of(function(v)
    return core.is_tensor(v) and v.dtype == "f32" and v.ndim == 2
  end),
  biases = list_of(function(v)
    return core.is_tensor(v) and v.dtype == "f32" and v.ndim == 1
  end),
  powers = list_of(list_of(math.tointeger)),
}

local function learned(cls)
  local list = {}
  for name, kind in (cls.learned or ""):gmatch "([%w_]+): (%w+)" do
    list[#list + 1] = {name, assert(types[kind], kind)}
  end
  return list
end

-- ---- Making classes and objects -------------------------------------------

--- A class of steps, called prep.NAME, that takes the options of the text.
function Step.declare(name, text)
  local cls = class(name, Step)
  cls.read, cls.option_names = options("prep." .. name,
    text .. (text == "" and "" or ", ") .. "columns: names?")
  save.register_class("prep." .. name, cls, Step.codec)
  return cls
end

function Step:init(given)
  if given ~= nil and (type(given) ~= "table" or getmetatable(given)) then
    fail("prep.%s: a table of options expected, got a %s", self.__name,
      type(given))
  end
  self.options = self.read(given or {})
  if self.check then self.check(self.options) end
end

--- Notes in `warnings` what is no mistake but may surprise.
function Step:warn(format, ...)
  self.warnings = self.warnings or {}
  table.insert(self.warnings, ("%s: " .. format):format(self.__name, ...))
end

function Step:where(method)
  return ("prep.%s:%s"):format(self.__name, method)
end

--- A new one with the same options that has not learnt anything.
function Step:clone()
  return getmetatable(self)(self:config())
end

function Step:config()
  local config = {}
  for key, value in pairs(self.options) do config[key] = value end
  return config
end

-- ---- Learning and applying ------------------------------------------------

-- The named columns, or those of the kinds that the class takes.
local function resolve(self, cols)
  local chosen = self.options.columns
  if not chosen then
    local kinds = self.kinds_of and self.kinds_of(self.options) or self.kinds
    return cols:of_kind(table.unpack(kinds or {"number"}))
  end
  for _, name in ipairs(chosen) do cols:get(name, self:where "fit") end
  return chosen
end

--- fit on columns, as pipelines call it; `y` is f64 (n), numbers or classes
--- from 0 on, or nil; classes: how many there are.
function Step:learn_from(cols, y, classes)
  if cols.n == 0 then
    fail("%s: there are no rows to learn from", self:where "fit")
  end
  if self.needs_target and not y then
    fail("%s: a target is needed: fit(data, y)", self:where "fit")
  end
  self.names, self.warnings = resolve(self, cols), nil
  local _ <close> = core.no_grad()
  self:learn(cols, y, classes)
  self.fitted = true
end

--- Learns from columns and gives what became of them.
function Step:learn_and_apply(cols, y, classes)
  self:learn_from(cols, y, classes)
  return self:apply_to(cols)
end

--- transform on columns.
function Step:apply_to(cols)
  if not self.fitted then
    fail("%s: this one was not fitted yet", self:where "transform")
  end
  local _ <close> = core.no_grad()
  return self:apply(cols)
end

--- Learns from a frame, a tensor (rows, columns) or a list of rows; y: the
--- target, where the step needs one: a tensor, a list or the name of a column.
--- Refuses the rows that a split keeps for judging.
function Step:fit(data, y)
  roles.check(self:where "fit", data, y)
  local cols = Columns.read(data, nil, self:where "fit")
  local target = y ~= nil and require "mlrt.prep.target".numbers(
    self:where "fit", data, y, cols.n) or nil
  if type(y) == "string" then
    local rest = {}
    for _, name in ipairs(cols.names) do
      if name ~= y then rest[#rest + 1] = name end
    end
    cols = cols:select(rest)
  end
  self.schema = cols:schema(Columns.form(data) == "frame" and data.columns)
  self:learn_from(cols, target)
  roles.fitted(self, data)
  return self
end

--- What became of the data, in the form it came in.
function Step:transform(data)
  local where = self:where "transform"
  if not self.schema then fail("%s: this one was not fitted yet", where) end
  roles.check_judging(where, self, data)
  local cols = Columns.read(data, self.schema, where)
  return self:apply_to(cols):like(data, where)
end

function Step:fit_transform(data, y)
  return self:fit(data, y):transform(data)
end

-- ---- Columns one by one ---------------------------------------------------

--- The columns with each of the step's own replaced by what f(column, i, name)
--- makes of it: a list {{name, column}, ...}, or one column of that name.
function Step:map(cols, f)
  local made = {}
  for i, name in ipairs(self.names) do
    local column = cols:get(name, self:where "transform")
    local new = f(column, i, name)
    if new.kind then new = {{name, new}} end
    for _, entry in ipairs(new) do
      entry[2].from = entry[2].from or column.from
    end
    made[name] = new
  end
  return cols:replace(made)
end

--- x of a column of numbers, or an error that names it.
function Step:numbers(cols, name, method)
  local column = cols:get(name, self:where(method))
  if column.kind == "text" then
    fail("%s: the column '%s' holds text; numbers are needed",
      self:where(method), name)
  end
  return column.x
end

--- The values of a column without its holes; an error if none is left.
function Step:known_numbers(cols, name)
  local x = self:numbers(cols, name, "fit")
  local known = x:mask_rows(x:isnan():logical_not())
  if #known == 0 then
    fail("%s: the column '%s' has no value in the training part; leave it out",
      self:where "fit", name)
  end
  if not known:isfinite():all():item() then
    fail("%s: the column '%s' holds an infinite number", self:where "fit", name)
  end
  return known
end

-- ---- Files ----------------------------------------------------------------

local codec = {}
Step.codec = codec

function codec.pack(step)
  local state = {}
  for _, entry in ipairs(learned(step)) do state[entry[1]] = step[entry[1]] end
  local schema = step.schema
  local known = {}
  for name in pairs(schema and schema.known or {}) do
    known[#known + 1] = name
  end
  table.sort(known)
  return {config = step:config(), state = state, fitted = step.fitted or false,
    names = step.names, schema = schema
    and {names = schema.names, kinds = schema.kinds, known = known}}
end

local KINDS = {number = true, time = true, text = true}

--- A schema out of a file; raises when it is none.
function Step.read_schema(packed)
  local schema = {names = name_list(packed.names),
    kinds = name_list(packed.kinds), known = {}}
  if not schema.names or not schema.kinds or #schema.names ~= #schema.kinds
      or not name_list(packed.known) then
    error("a malformed list of columns", 0)
  end
  for _, kind in ipairs(schema.kinds) do
    if not KINDS[kind] then error("a column of unknown kind", 0) end
  end
  for _, name in ipairs(packed.known) do schema.known[name] = true end
  return schema
end

local function take_state(step, packed)
  step.names = name_list(packed.names) or error("malformed names", 0)
  for _, entry in ipairs(learned(step)) do
    local name, fits = entry[1], entry[2]
    local value = packed.state[name]
    if not fits(value, #step.names) then
      error(("what it learnt as '%s' is malformed"):format(name), 0)
    end
    step[name] = value
  end
  if step.check_learned then step:check_learned() end
  step.fitted = true
end

function codec.unpack(cls, packed)
  if type(packed.config) ~= "table" or type(packed.state) ~= "table" then
    error("malformed", 0)
  end
  local step = cls(packed.config)
  if packed.fitted == true then take_state(step, packed) end
  if packed.schema then step.schema = Step.read_schema(packed.schema) end
  return step
end

-- ---- Text -----------------------------------------------------------------

function Step:__tostring()
  local parts = {}
  for _, name in ipairs(self.option_names) do
    local v = self.options[name]
    if type(v) == "table" then
      v = type(v[1]) == "string" and "{" .. table.concat(v, ", ") .. "}" or nil
    end
    if v ~= nil then parts[#parts + 1] = name .. "=" .. tostring(v) end
  end
  return ("%s(%s)"):format(self.__name, table.concat(parts, ", "))
end

return Step
