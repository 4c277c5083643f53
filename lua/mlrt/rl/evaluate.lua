-- evaluate.lua: how good an agent is: rl.evaluate(agent, env, options).

local fail = require "mlrt.fail"
local options = require "mlrt.options"

local read = options("evaluate", [[agent: any, env: any, episodes: size = 100,
  seed: int?, deterministic: bool = true, max_steps: size = 100000]])

-- Something that decides: an agent or a function of the observation.
local function policy_of(agent, deterministic)
  if type(agent) == "function" then return agent end
  if type(agent) ~= "table" or not agent.act then
    fail("evaluate: agent: one with act, or a function, expected, got %s",
      type(agent))
  end
  return function(obs, legal)
    return agent:act(obs, {deterministic = deterministic, legal = legal})
  end
end

local function episode(policy, env, reset, max_steps)
  local obs = env:reset(reset)
  local total, steps = 0, 0
  local terminated, truncated, reward
  repeat
    obs, reward, terminated, truncated = env:step(policy(obs, env.legal))
    if reward ~= reward then
      fail("evaluate: %s: reward: a number expected, got nan",
        env.name or "environment")
    end
    total, steps = total + reward, steps + 1
  until terminated or truncated or steps == max_steps
  return total, steps
end

local function summary(returns)
  local n, sum, squares = #returns, 0, 0
  for _, r in ipairs(returns) do sum = sum + r end
  local mean = sum / n
  for _, r in ipairs(returns) do squares = squares + (r - mean) ^ 2 end
  local std = n > 1 and math.sqrt(squares / (n - 1)) or 0
  local half = 1.96 * std / math.sqrt(n)
  return mean, std, {mean - half, mean + half}
end

--- Plays `episodes` episodes and returns mean, std (of a single episode's
--- return), interval (of the mean, 95 %, normal), returns and lengths.  The
--- agent decides without exploring unless deterministic = false.  A seed makes
--- the environment's part repeatable.
return function(agent, env, o)
  o = read(agent, env, o or {})
  local policy = policy_of(o.agent, o.deterministic)
  local returns, lengths = {}, {}
  for i = 1, o.episodes do
    local reset = i == 1 and o.seed and {seed = o.seed} or nil
    returns[i], lengths[i] = episode(policy, o.env, reset, o.max_steps)
  end
  local mean, std, interval = summary(returns)
  return {mean = mean, std = std, interval = interval, returns = returns,
    lengths = lengths, episodes = o.episodes}
end
