-- rl.lua: the long runs of reinforcement learning with networks.
--
--   make test-long PART=rl
--   build/mlrun tests/long/rl.lua [--only cartpole] [--out build/long/rl.jsonl]
--
-- Each run is a line of the file, with its seed; runs that are there already
-- are not made again, so it can be stopped at any time.  Ends with a table and
-- with exit code 1 if a promise of docs/rl.md does not hold.

local m = require "mlrt"
local json = require "mlrt.json"

local rl = m.rl
local opt = m.cli({out = "build/long/rl.jsonl", only = "", seeds = 10}, {
  about = "Trains agents over several seeds.",
  out = "the file of results", only = "run what has this in its name",
  seeds = "seeds of each"})

m.threads(1)

-- ---- Results --------------------------------------------------------------

local done = {}

local function key_of(task, seed)
  return task .. "/" .. seed
end

local function load_results()
  for text in io.lines(opt.out) do
    local line = json.decode(text)
    if line then done[key_of(line.task, line.seed)] = line end
  end
end

local function note(line)
  local f = assert(io.open(opt.out, "a"))
  f:write(json.encode(line), "\n")
  f:close()
  done[key_of(line.task, line.seed)] = line
end

-- ---- Runs -----------------------------------------------------------------

-- Trains until 100 episodes, played greedily, reach the goal.
local function solve(task, seed)
  local o = {seed = seed}
  for name, value in pairs(task.agent) do o[name] = value end
  local cpu = os.clock()
  local agent = rl[task.class](task.env, o)
  local result = rl.train(agent, task.env, {steps = task.steps, seed = seed,
    envs = task.envs, evaluate_every = task.every, evaluate_episodes = 100,
    stop_at = task.goal, progress = false})
  return {steps = result.steps, mean = result.best.mean,
    std = result.best.std, seconds = result.seconds,
    cpu = os.clock() - cpu, ok = result.best.mean >= task.goal}
end

local tasks = {
  {name = "cartpole DQN", class = "DQN", env = "CartPole-v1", agent = {},
    envs = 1, steps = 500000, every = 2500, goal = 475, wanted = 1},
  {name = "cartpole PPO", class = "PPO", env = "CartPole-v1",
    agent = {lr = 1e-3}, envs = 8, steps = 500000, every = 8192, goal = 475,
    wanted = 1},
  {name = "cartpole REINFORCE", class = "REINFORCE", env = "CartPole-v1",
    agent = {lr = 3e-3}, envs = 4, steps = 500000, every = 10000, goal = 475,
    wanted = 0.9},
  {name = "pendulum SAC", class = "SAC", env = "Pendulum-v1", agent = {},
    envs = 1, steps = 30000, every = 2500, goal = -200, wanted = 0.9},
  {name = "pendulum PPO", class = "PPO", env = "Pendulum-v1",
    agent = {lr = 1e-3, gamma = 0.9, n_steps = 256, epochs = 10,
      minibatches = 16, ent_coef = 0, clip_value = false}, envs = 4,
    steps = 300000, every = 10240, goal = -200, wanted = 0.9},
}

-- A million steps of both sides of a game whose rules raise at an illegal move.
local function play_by_the_rules(class, agent)
  return function(_, seed)
    local o = {seed = seed, hidden = {64}}
    for name, value in pairs(agent) do o[name] = value end
    local cpu = os.clock()
    local planes = {observation = "planes"}
    local learner = rl[class](rl.make("TicTacToe-v0", planes), o)
    local result = rl.train(learner, "TicTacToe-v0", {steps = 1000000,
      seed = seed, envs = 50, progress = false, env_options = planes})
    return {steps = result.steps, mean = result.mean_return,
      seconds = result.seconds, cpu = os.clock() - cpu, ok = true}
  end
end

-- An example that ends with exit code 1 if its agent is not good enough.
local function example(name)
  return function(_, seed)
    local start = m.time()
    local ok = os.execute(("'%s' 'examples/%s.lua' --seed %d >'%s.txt'"):format(
      arg[-1], name, seed, opt.out))
    return {steps = 0, mean = ok and 1 or 0, seconds = m.time() - start,
      cpu = m.time() - start, ok = ok == true}
  end
end

tasks[#tasks + 1] = {name = "masks PPO", seeds = 1, wanted = 1,
  run = play_by_the_rules("PPO", {n_steps = 64, gamma = -1})}
tasks[#tasks + 1] = {name = "masks DQN", seeds = 1, wanted = 1,
  run = play_by_the_rules("DQN", {train_frequency = 100, n_step = 3,
    gamma = -1})}
tasks[#tasks + 1] = {name = "tictactoe", wanted = 1,
  run = example "tictactoe_selfplay"}
tasks[#tasks + 1] = {name = "go", seeds = 3, wanted = 1,
  run = example "go_5x5"}

local function run_task(task)
  for seed = 1, task.seeds or opt.seeds do
    if not done[key_of(task.name, seed)] then
      local line = (task.run or solve)(task, seed)
      line.task, line.seed = task.name, seed
      note(line)
      print(("%-20s seed %2d  %s  %7d steps  mean %8.1f  %6.1f s CPU")
        :format(task.name, seed, line.ok and "ok  " or "FAIL", line.steps,
          line.mean, line.cpu))
    end
  end
end

-- ---- The table ------------------------------------------------------------

local function median(list)
  table.sort(list)
  return list[(#list + 1) // 2] or 0
end

local function row_of(task)
  local n, good, steps, cpu = 0, 0, {}, {}
  for seed = 1, opt.seeds do
    local line = done[key_of(task.name, seed)]
    if line then
      n, good = n + 1, good + (line.ok and 1 or 0)
      steps[#steps + 1], cpu[#cpu + 1] = line.steps, line.cpu
    end
  end
  print(("| %-20s | %2d of %2d | %8d | %7.1f |"):format(task.name, good, n,
    median(steps), median(cpu)))
  return good >= task.wanted * n
end

local function main()
  m.fs.mkdir "build"
  m.fs.mkdir(opt.out:match "^(.*)/[^/]*$" or ".")
  if m.fs.stat(opt.out) then load_results() end
  local all, chosen = true, {}
  for _, task in ipairs(tasks) do
    if task.name:find(opt.only, 1, true) then chosen[#chosen + 1] = task end
  end
  for _, task in ipairs(chosen) do run_task(task) end
  print "| task | reached | median steps | median CPU s |"
  print "| --- | --- | --- | --- |"
  for _, task in ipairs(chosen) do all = row_of(task) and all end
  os.exit(all and 0 or 1)
end

main()
