-- tabular.lua: what tabular agents learn, over ten seeds, evaluated exactly.
--
--   make test-long PART=tabular
--   build/mlrun tests/long/tabular.lua [--kind SARSA] [--seeds 10]
--
-- An agent is judged by how far its greedy policy goes from the return of a
-- random policy to that of the best one, all three computed from the model.
-- Ends with exit code 1 if a run closes less than 95 % of that gap.

local m = require "mlrt"

local rl = m.rl
local opt = m.cli({kind = "QLearning", seeds = 10, only = ""}, {
  about = "Trains tabular agents over several seeds.",
  kind = "which kind of agent", seeds = "seeds of each",
  only = "environments with this in their name"})

m.threads(1)

-- name, options, steps
local tasks = {
  {"GridWorld-v0", {}, 20000},
  {"GridWorld-v0", {slip = 0.2}, 400000},
  {"FrozenLake-v1", {is_slippery = false}, 40000},
  {"FrozenLake-v1", {}, 1000000},
  {"FrozenLake8x8-v1", {is_slippery = false}, 400000},
  {"FrozenLake8x8-v1", {}, 6000000},
  {"CliffWalking-v1", {}, 100000},
  {"CliffWalkingSlippery-v1", {}, 1000000},
  {"Taxi-v4", {}, 400000},
  {"Taxi-v4", {is_rainy = true}, 4000000},
  {"Blackjack-v1", {}, 8000000},
  {"Bandit-v0", {means = "0.2 -0.8 1.5 0.4 1.2 -0.1 -1.5 -0.2 0.8 -0.5"},
    100000},
  {"TicTacToe-v0", {opponent = "random"}, 3000000},
}

local function title(task)
  local parts = {}
  for name, value in pairs(task[2]) do
    local text = tostring(value)
    parts[#parts + 1] = name .. (#text < 8 and "=" .. text or "")
  end
  return task[1] .. (#parts > 0 and " " .. table.concat(parts, " ") or "")
end

local function run(env, steps, seed)
  local agent = rl[opt.kind](env, {seed = seed, gamma = 0.99,
    alpha = {0.5, 0.002, steps}, epsilon = {1, 0.05, steps}})
  agent:train(env, {steps = steps, seed = seed})
  return rl.exact(agent, env)
end

local failed = 0

local function try(task)
  local env = rl.make(task[1], task[2])
  local best = rl.exact(rl.value_iteration(env, {gamma = 0.999}), env)
  local random = rl.exact("random", env)
  local least, sum, cpu = math.huge, 0, os.clock()
  for seed = 1, opt.seeds do
    local share = (run(env, task[3], seed) - random) / (best - random)
    least, sum = math.min(least, share), sum + share
  end
  if least < 0.95 then failed = failed + 1 end
  print(("| %s | %.3f | %.3f | %d | %.1f %% | %.1f %% | %.2f |"):format(
    title(task), random, best, task[3], 100 * least,
    100 * sum / opt.seeds, (os.clock() - cpu) / opt.seeds))
end

print("| environment | random | best | steps | least | mean | CPU s |")
print("|---|---|---|---|---|---|---|")
for _, task in ipairs(tasks) do
  if task[1]:find(opt.only, 1, true) then try(task) end
end
if failed > 0 then
  print(failed .. " of the tasks: a run closed less than 95 % of the gap")
  os.exit(1)
end
