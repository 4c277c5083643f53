-- dates.lua: points in time as seconds since 1970-01-01 00:00, without zones.
--
-- Reads ISO 8601 ("2018-07-25", "2018-07-25 12:13:14.5", with T or a space,
-- with Z) and the order of day and month written with slashes, 7/25/2018.

local core = require "mlrt.core"

local dates = {}

local DAY = 86400

--- Days since 1970-01-01 of a date of the Gregorian calendar (Hinnant 2013,
--- days_from_civil).
function dates.days(year, month, day)
  local y = month <= 2 and year - 1 or year
  local era = y // 400
  local yoe = y - era * 400
  local doy = (153 * (month + (month > 2 and -3 or 9)) + 2) // 5 + day - 1
  return era * 146097 + yoe * 365 + yoe // 4 - yoe // 100 + doy - 719468
end

local lengths = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

local function seconds(y, mo, d, h, mi, s)
  y, mo, d = math.tointeger(y), math.tointeger(mo), math.tointeger(d)
  h, mi, s = tonumber(h) or 0, tonumber(mi) or 0, tonumber(s) or 0
  if mo < 1 or mo > 12 or d < 1 or d > lengths[mo] or h > 24 or mi > 59
      or s >= 61 then
    return nil
  end
  if mo == 2 and d == 29 and (y % 4 ~= 0 or y % 100 == 0 and y % 400 ~= 0) then
    return nil
  end
  return dates.days(y, mo, d) * DAY + h * 3600.0 + mi * 60 + s
end

local ISO = "^%s*(%d%d%d%d)-(%d%d?)-(%d%d?)"
local SLASHES = "^%s*(%d%d?)/(%d%d?)/(%d%d%d%d)"

--- Seconds of a text, or of a number that already is; nil: no date.
function dates.seconds(v)
  if type(v) == "number" then return v end
  if type(v) ~= "string" then return nil end
  local y, mo, d = v:match(ISO)
  local rest = y and v:gsub(ISO, "", 1)
  if not y then
    mo, d, y = v:match(SLASHES)
    rest = y and v:gsub(SLASHES, "", 1)
  end
  if not y then return nil end
  local h, mi, s = rest:match "^[T ](%d%d?):(%d%d):?(%d*%.?%d*)Z?%s*$"
  if not h and not rest:match "^Z?%s*$" then return nil end
  return seconds(y, mo, d, h, mi, s)
end

--- f64 (n) of seconds, of a datetime column of a frame.
function dates.of_column(column)
  local holes = column.nulls > 0
  local x = column:tensor(holes and {fill = 0} or nil):to "f64"
  x = x / 1e6 -- it counts microseconds
  return holes and x:masked_fill(column:isnull(), 0 / 0) or x
end

--- f64 (n) of seconds (or whatever numbers count), of a column of prep's: text
--- is read, and nil and the text that is no date come back.
function dates.of(column)
  if column.kind ~= "text" then return column.x end
  local times = {}
  for i, text in ipairs(column.categories) do
    times[i] = dates.seconds(text)
    if not times[i] then return nil, text end
  end
  local f64, n = {dtype = "f64"}, #column.codes
  if #times == 0 then return core.full({n}, 0 / 0, f64) end
  local none = column.codes:ge(1):logical_not()
  local at = column.codes:to "i64":masked_fill(none, 1):index {base = 1}
  return core.tensor(times, f64):index_select(1, at):masked_fill(none, 0 / 0)
end

-- ---- Parts of a date, of f64 (n) ------------------------------------------

local parts = {}
dates.parts = parts

local function floor_div(x, by) return (x / by):floor() end

function parts.hour(x) return floor_div(x - floor_div(x, DAY) * DAY, 3600) end

-- Monday is 1, as ISO 8601 has it; 1970-01-01 was a Thursday.
function parts.weekday(x)
  local days = floor_div(x, DAY) + 3
  return days - floor_div(days, 7) * 7 + 1
end

function parts.weekend(x) return parts.weekday(x):ge(6):to "f64" end

-- Year, month and day (Hinnant 2013, civil_from_days).
local function civil(x)
  local z = floor_div(x, DAY) + 719468
  local era = floor_div(z, 146097)
  local doe = z - era * 146097
  local yoe = floor_div(doe - floor_div(doe, 1460) + floor_div(doe, 36524)
    - floor_div(doe, 146096), 365)
  local doy = doe - (yoe * 365 + floor_div(yoe, 4) - floor_div(yoe, 100))
  local mp = floor_div(doy * 5 + 2, 153)
  local month = core.where(mp:lt(10), mp + 3, mp - 9)
  return yoe + era * 400 + month:le(2):to "f64", month,
    doy - floor_div(mp * 153 + 2, 5) + 1
end

function parts.year(x) return (civil(x)) end
function parts.month(x) return (select(2, civil(x))) end
function parts.day(x) return (select(3, civil(x))) end

function parts.quarter(x) return floor_div(parts.month(x) - 1, 3) + 1 end
function parts.minute(x)
  return floor_div(x - floor_div(x, 3600) * 3600, 60)
end

-- From 1 on.
function parts.yearday(x)
  local year = civil(x)
  local y = year - 1
  local jan = y * 365 + floor_div(y, 4) - floor_div(y, 100) + floor_div(y, 400)
    - 719162
  return floor_div(x, DAY) - jan + 1
end

function parts.days(x) return x / DAY end

return dates
