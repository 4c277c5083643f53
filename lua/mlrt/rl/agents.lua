-- agents.lua: all agents that learn with networks, known to m.load.

local agents = {}

for _, name in ipairs {"dqn", "reinforce", "ppo", "sac"} do
  local cls = require("mlrt.rl." .. name)
  agents[cls.__name] = cls
end

return agents
