-- roles.lua: which part of a split a frame or tensor is, so that nothing is
-- fitted on rows that are meant to judge it.
--
-- prep.split marks what it cuts: the whole, and its parts train, validation
-- and test.  Rows taken of a part (a frame's filter, take, head, assign, ...)
-- belong to the part; what a script computes with tensors is its own affair.

local fail = require "mlrt.fail"

local roles = {}

local marks = setmetatable({}, {__mode = "k"})

--- Marks data as train, validation, test or whole.
function roles.mark(data, role)
  if type(data) == "table" or type(data) == "userdata" then
    marks[data] = role
  end
  return data
end

--- Its mark, or that of the frame it was made of.
function roles.of(data)
  while data do
    if marks[data] then return marks[data] end
    data = type(data) == "table" and getmetatable(data) ~= nil
      and rawget(data, "made_of") or nil
  end
end

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
        .. "the others", where, reason)
    end
  end
end

return roles
