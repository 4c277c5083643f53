-- dates.lua: parts of datetimes, as i64 columns.
--
-- A datetime is microseconds since 1970-01-01 00:00 UTC; weekday 1 is Monday,
-- week is ISO 8601's, days are days since 1970-01-01.

local column = require "mlrt.df.column"
local core = require "mlrt.core"
local fail = require "mlrt.fail"

local raw = core._frame
local Column = column.Column

for _, part in ipairs {"year", "quarter", "month", "week", "day", "weekday",
  "day_of_year", "hour", "minute", "second", "days"} do
  --- The part of each date; holes stay.
  Column[part] = function(self)
    if self.dtype ~= "datetime" then
      fail("%s: column '%s' is %s, no datetime; to 'datetime' makes it one",
        part, self.name, self.dtype)
    end
    local y = raw.date_parts(self._values, part)
    if self._holes then y = y:masked_fill(self._holes, 0) end
    return column.make(part, "i64", y, self._holes)
  end
end

return Column
