-- roles.lua: which part of a split a frame or tensor is, so that nothing is
-- fitted on rows that are meant to judge it.
--
-- prep.split marks what it cuts: the whole, and its parts train, validation
-- and test.  Rows and columns taken of a frame (its filter, take, select,
-- assign, ...) belong to the part, because frames hand their field `_part` on;
-- what a script computes with tensors is its own affair.

local fail = require "mlrt.fail"

local roles = {}

local marks = setmetatable({}, {__mode = "k"})

local function is_frame(data)
  return type(data) == "table" and getmetatable(data) ~= nil
end

--- Marks data as train, validation, test or whole.
function roles.mark(data, role)
  if is_frame(data) then
    rawset(data, "_part", role)
  elseif type(data) == "table" or type(data) == "userdata" then
    marks[data] = role
  end
  return data
end

--- Its mark, or nil.
function roles.of(data)
  if is_frame(data) then return rawget(data, "_part") end
  return data ~= nil and marks[data] or nil
end

-- ---- Fitted first, split later --------------------------------------------

local origins = setmetatable({}, {__mode = "kv"}) -- of parts: what was split
local fitted_on = setmetatable({}, {__mode = "kv"}) -- of steps and pipelines

--- Notes what a part was cut of.
function roles.cut(part, whole)
  if type(part) ~= "number" and type(whole) ~= "number" then
    origins[part] = whole
  end
  return part
end

--- Notes what an object was fitted on.
function roles.fitted(object, data)
  if type(data) ~= "number" then fitted_on[object] = data end
end

--- Was it fitted on these very rows?
function roles.same(object, data)
  return fitted_on[object] ~= nil and rawequal(fitted_on[object], data)
end

--- Refuses to judge by rows of a test part when the object was fitted on all
--- rows before they were split.
function roles.check_judging(where, object, data)
  local role = roles.of(data)
  local whole = (role == "test" or role == "validation") and origins[data]
  if whole and fitted_on[object] and rawequal(fitted_on[object], whole) then
    fail("%s: this one was fitted on all rows before they were split, the %s "
      .. "rows among them; split first and fit on the training part", where,
      role)
  end
end

-- ---- Fitting --------------------------------------------------------------

local why = {
  test = "these are the test rows of a split",
  validation = "these are the validation rows of a split",
  whole = "these rows were split, so they contain the test rows",
}

--- Refuses to fit on anything but a training part.
function roles.check(where, ...)
  for i = 1, select("#", ...) do
    local reason = why[roles.of((select(i, ...)))]
    if reason then
      fail("%s: %s; fit on the training part, and only transform or judge "
        .. "the others (prep.unmark(data) forgets the split)", where, reason)
    end
  end
end

return roles
