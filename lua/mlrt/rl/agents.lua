-- agents.lua: every agent, so that m.load knows them.

local agents = {}

for _, name in ipairs {"dqn", "reinforce", "ppo", "sac"} do
  local cls = require("mlrt.rl." .. name)
  agents[cls.__name] = cls
end
for name, cls in pairs(require "mlrt.rl.tabular") do agents[name] = cls end

return agents
