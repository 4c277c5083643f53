-- rl: reinforcement learning.
--
-- The parts are loaded when they are first used.

local rl = {}

-- name = {module, field of it or nil for the module itself}
local parts = {
  Replay = {"mlrt.rl.replay"},
  distributions = {"mlrt.rl.distributions"},
}

return setmetatable(rl, {
  __index = function(self, name)
    local part = parts[name]
    if not part then return nil end
    local value = require(part[1])
    if part[2] then value = value[part[2]] end
    rawset(self, name, value)
    return value
  end,
})
