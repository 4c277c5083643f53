-- rules.lua: what scripted.c does with a reading. Change it while that runs.
--
-- An alarm is a reading more than LIMIT standard deviations away from the mean
-- of the ones before it.
-- luacheck: globals decide readings sensor
local m = require "mlrt"

local LIMIT, KEEP = 3, 50
local before = ...
readings = before and before.readings or {} -- lives on when this is reloaded

function decide(reading)
  local alarm, mean = false, 0
  if #readings >= 10 then
    local seen = m.tensor(readings)
    mean = seen:mean():item()
    alarm = math.abs(reading - mean) > LIMIT * seen:std():item()
  end
  if alarm then
    return true, ("far from %.1f %s"):format(mean, sensor.unit())
  end
  table.insert(readings, reading)
  if #readings > KEEP then table.remove(readings, 1) end
  return false
end
