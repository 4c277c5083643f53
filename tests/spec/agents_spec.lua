-- agents_spec.lua: agents that learn with networks: that they learn, keep to
-- masks, go on exactly from a checkpoint, and survive bad environments.

local m = require "mlrt"
local json = require "mlrt.json"

local rl = m.rl
local spaces = rl.spaces

-- ---- Environments for the tests -------------------------------------------

local function uniform(g)
  return (g:next() >> 11) * 0x1p-53
end

-- Stand on a line and go to its middle: Box actions, a step costs the distance.
local function line(o)
  local env = {name = "Line", observation_space = spaces.Box {low = -2,
    high = 2, shape = {1}}, action_space = spaces.Box {low = -0.5, high = 0.5,
    shape = {1}}, stream = m.generator(0)}
  local function show()
    return m.tensor {env.x}
  end
  function env:reset(r)
    if r and r.seed then self.stream = m.generator(r.seed) end
    self.x, self.t = uniform(self.stream) * 2 - 1, 0
    return show()
  end
  function env:step(action)
    local a = action[1]
    assert(a >= -0.5 and a <= 0.5, "out of bounds")
    self.x, self.t = math.max(-2, math.min(2, self.x + a)), self.t + 1
    return show(), -math.abs(self.x), false, self.t >= 10
  end
  for key, value in pairs(o or {}) do env[key] = value end
  return env
end

-- Three of six actions are legal, others at each step; the first legal one is
-- worth 1.  An illegal action raises.
local function masked(o)
  local env = {name = "Masked", observation_space = spaces.Box {low = 0,
    high = 1, shape = {6}}, action_space = spaces.Discrete(6),
    stream = m.generator(0), steps = 0}
  local function deal()
    local order = m.randperm(6, env.stream)
    env.legal = m.zeros({6}, {dtype = "bool"})
    for i = 1, 3 do env.legal[order[i]] = true end
    return env.legal:to "f32"
  end
  function env:reset(r)
    if r and r.seed then self.stream = m.generator(r.seed) end
    self.t = 0
    return deal()
  end
  function env:step(action)
    assert(self.legal[action], "an illegal action")
    local best = self.legal:to "f32":argmax():item()
    self.t, self.steps = self.t + 1, self.steps + 1
    return deal(), action == best and 1 or 0, self.t == 8, false
  end
  for key, value in pairs(o or {}) do env[key] = value end
  return env
end

-- Two dials and two lamps: both dials have to be where the lamps say.
local function dials()
  local env = {name = "Dials", observation_space = spaces.MultiDiscrete {2, 3},
    action_space = spaces.MultiDiscrete {2, 3}, stream = m.generator(0)}
  function env:reset(r)
    if r and r.seed then self.stream = m.generator(r.seed) end
    self.lamps, self.t = self.observation_space:sample(self.stream), 0
    return self.lamps
  end
  function env:step(action)
    local right = 0
    for i = 1, 2 do
      if action[i] == self.lamps[i] then right = right + 0.5 end
    end
    self.lamps, self.t = self.observation_space:sample(self.stream), self.t + 1
    return self.lamps, right, false, self.t == 10
  end
  return env
end

-- Options of a run that prints nothing.
local function quiet(o)
  o.progress = false
  return o
end

local function folder_of(name)
  local path = os.tmpname()
  os.remove(path)
  return path .. name
end

local function remove(folder)
  for _, name in ipairs(m.fs.list(folder) or {}) do
    os.remove(folder .. "/" .. name)
  end
  os.remove(folder)
end

-- ---- They learn -----------------------------------------------------------

describe("agents learn", function()
  it("DQN, with everything, where actions are masked", function()
    local agent = rl.DQN(masked(), {hidden = {32}, learning_starts = 200,
      train_frequency = 2, epsilon_steps = 1000, prioritized = true,
      dueling = true, n_step = 2, gamma = 0.5, lr = 3e-3, seed = 1})
    rl.train(agent, masked(), quiet {steps = 3000, seed = 1})
    local found = rl.evaluate(agent, masked(), {episodes = 20, seed = 9})
    assert(found.mean > 6.5, found.mean)
  end)

  it("PPO, where actions are masked", function()
    local agent = rl.PPO(masked(), {hidden = {32}, lr = 3e-3, n_steps = 64,
      gamma = 0.5, seed = 1})
    rl.train(agent, masked(), quiet {steps = 8000, seed = 1})
    local found = rl.evaluate(agent, masked(), {episodes = 20, seed = 9})
    assert(found.mean > 6.5, found.mean)
  end)

  it("PPO, several choices at once", function()
    local agent = rl.PPO(dials(), {hidden = {32}, lr = 5e-3, n_steps = 64,
      gamma = 0, seed = 1})
    rl.train(agent, dials(), quiet {steps = 4000, seed = 1})
    local found = rl.evaluate(agent, dials(), {episodes = 10, seed = 9})
    assert(found.mean > 9, found.mean)
  end)

  it("SAC and PPO, numbers between bounds", function()
    for name, o in pairs {SAC = {hidden = {32}, lr = 3e-3, batch_size = 64,
      learning_starts = 200, gamma = 0.8}, PPO = {hidden = {32}, lr = 3e-3,
      n_steps = 100, gamma = 0.8, ent_coef = 0, log_std = -1}} do
      local agent = rl[name](line(), o)
      rl.train(agent, line(), quiet {steps = name == "SAC" and 1200 or 8000,
        seed = 1})
      local found = rl.evaluate(agent, line(), {episodes = 20, seed = 9})
      assert(found.mean > -1.2, name .. " " .. found.mean)
    end
  end)

  it("REINFORCE, a pole to balance", function()
    local agent = rl.REINFORCE("CartPole-v1", {lr = 3e-3, seed = 1})
    local result = rl.train(agent, "CartPole-v1", quiet {steps = 40000,
      seed = 1, evaluate_every = 5000, stop_at = 400})
    assert(result.best.mean > 400, result.best.mean)
  end)

  local PLANES = {observation = "planes"}

  it("DQN, both sides of a game at once", function()
    local agent = rl.DQN(rl.make("TicTacToe-v0", PLANES), {n_step = 3,
      hidden = {64}, train_frequency = 8, learning_starts = 500, gamma = -1,
      seed = 1})
    rl.train(agent, "TicTacToe-v0", quiet {steps = 12000, envs = 8, seed = 1,
      env_options = PLANES})
    local found = rl.evaluate(agent, rl.make("TicTacToe-v0",
      {opponent = "random", observation = "planes"}), {episodes = 200,
      seed = 5})
    assert(found.mean > 0.75, found.mean)
  end)

  it("a place among places is enough to see", function()
    local agent = rl.DQN("FrozenLake-v1", {hidden = {32}, seed = 1})
    local action = agent:act(1)
    assert(action >= 1 and action <= 4)
    eq(#agent:act(m.index {1, 5, 9}).shape, 1)
  end)
end)

-- ---- They go on -----------------------------------------------------------

-- Every tensor and number in a state, as one list of texts.
local function digest(v, into, path)
  if m.is_tensor(v) then
    into[#into + 1] = path .. tostring(v.dtype)
      .. table.concat(v:reshape(-1):to(v.dtype == "bool" and "u8" or v.dtype)
        :totable(), ",")
  elseif type(v) == "table" then
    local keys = {}
    for key in pairs(v) do keys[#keys + 1] = tostring(key) end
    table.sort(keys)
    for _, key in ipairs(keys) do
      digest(v[key] == nil and v[math.tointeger(tonumber(key))] or v[key], into,
        path .. "/" .. key)
    end
  else
    into[#into + 1] = path .. tostring(v)
  end
  return into
end

local function same_state(a, b)
  local x, y = digest(a:state(), {}, ""), digest(b:state(), {}, "")
  eq(#x, #y)
  for i = 1, #x do
    if x[i] ~= y[i] then error("differs: " .. x[i]:sub(1, 60), 2) end
  end
end

local small = {
  DQN = {hidden = {16}, learning_starts = 100, prioritized = true, n_step = 3,
    buffer_size = 300, batch_size = 8},
  PPO = {hidden = {16}, n_steps = 48, minibatches = 2, epochs = 2},
  REINFORCE = {hidden = {16}, episodes = 3},
  SAC = {hidden = {16}, learning_starts = 100, batch_size = 8,
    train_frequency = 3, buffer_size = 300},
}

-- 400 steps at once, and 250 of them, a checkpoint, and another process' rest.
local function check_resume(name, env)
  local function new()
    return rl[name](type(env) == "function" and env() or env, small[name])
  end
  local function run(agent, folder, steps, resume)
    return rl.train(agent, type(env) == "function" and env() or env, quiet {
      steps = steps, seed = 3, folder = folder, resume = resume, envs = 2,
      save_every = 100})
  end
  local whole, first, second = new(), new(), new()
  local a, b = folder_of "a", folder_of "b"
  local want = run(whole, a, 400)
  run(first, b, 200)
  local got = run(second, b, 400, true)
  same_state(second, whole)
  eq({got.steps, got.episodes}, {want.steps, want.episodes})
  eq(got.mean_return, want.mean_return)
  remove(a)
  remove(b)
end

describe("checkpoints of agents", function()
  it("go on with the same bits in environments with a state", function()
    for _, name in ipairs {"DQN", "PPO", "REINFORCE"} do
      check_resume(name, "CartPole-v1")
      check_resume(name, "TicTacToe-v0") -- with masks
    end
  end)

  it("go on with the same bits in environments without", function()
    check_resume("SAC", line)
    check_resume("DQN", masked)
    check_resume("PPO", masked)
  end)

  it("made at the end of a run begin new episodes where they must", function()
    local folder, env = folder_of "e", line()
    local agent = rl.SAC(line(), small.SAC)
    local o = quiet {steps = 137, seed = 1, folder = folder}
    rl.train(agent, env, o)
    local resets, reset = 0, nil
    env = line()
    reset, env.reset = env.reset, function(self, r)
      resets = resets + 1
      return reset(self, r)
    end
    o.steps, o.resume = 142, true
    rl.train(agent, env, o) -- one before it loads, and one at its first step
    eq(resets, 2)
    remove(folder)
  end)

  it("hold a log that fits, and are not overwritten", function()
    local folder = folder_of "c"
    local function run(steps, resume)
      return rl.train(rl.PPO("CartPole-v1", small.PPO), "CartPole-v1", quiet {
        steps = steps, seed = 1, folder = folder, resume = resume,
        log_every = 100, evaluate_every = 400, evaluate_episodes = 3})
    end
    run(400)
    raises("holds a run already", run, 400)
    run(800, true)
    local steps = {}
    for text in io.lines(folder .. "/log.jsonl") do
      local entry = json.decode(text)
      if entry.event == "step" then steps[#steps + 1] = entry.steps end
    end
    eq(steps, {100, 200, 300, 400, 500, 600, 700, 800})
    local best = m.load(folder .. "/best.mlrt")
    eq(best.__name, "PPO")
    remove(folder)
  end)

  it("of another agent are refused", function()
    local a = rl.DQN("CartPole-v1", small.DQN)
    raises("a state of PPO expected", function()
      rl.PPO("CartPole-v1", small.PPO):load_state(a:state())
    end)
    local b = rl.DQN("CartPole-v1", {hidden = {8}})
    local before = b:state()
    raises("load_state", b.load_state, b, a:state())
    eq(digest(b:state(), {}, ""), digest(before, {}, ""))
  end)

  it("save agents as data that acts alike", function()
    local x = m.randn(5, 4)
    for name, o in pairs(small) do
      local env = name == "SAC" and line() or "CartPole-v1"
      local seen = name == "SAC" and x[{{}, {1, 1}}] or x
      local agent = rl[name](env, o)
      local path = os.tmpname()
      assert(m.save(path, agent))
      local other = assert(m.load(path))
      os.remove(path)
      eq(other:act(seen), agent:act(seen))
      eq(tostring(other), tostring(agent))
    end
  end)

  it("are found by load in a process that has made none", function()
    local path = os.tmpname()
    local table_agent = rl.QLearning("FrozenLake-v1", {seed = 1})
    rl.train(table_agent, "FrozenLake-v1", {episodes = 50, seed = 1})
    for _, agent in ipairs {table_agent, rl.DQN("CartPole-v1", small.DQN)} do
      assert(m.save(path, agent))
      local run = assert(io.popen(("'%s' -e 'print(require \"mlrt\".load("
        .. "[[%s]]))'"):format(arg[-1], path)))
      eq(run:read "l", tostring(agent))
      run:close()
    end
    os.remove(path)
  end)

  it("save agents with networks of one's own", function()
    local net = m.nn.Sequential(m.nn.Linear(4, 8), m.nn.ReLU(),
      m.nn.Linear(8, 2))
    local agent = rl.DQN("CartPole-v1", {network = net})
    local path = os.tmpname()
    assert(m.save(path, agent))
    local x = m.randn(3, 4)
    eq(assert(m.load(path)):act(x), agent:act(x))
    os.remove(path)
  end)
end)

-- ---- Acting within a time -------------------------------------------------

describe("act", function()
  it("answers at once when there is no time", function()
    local agent = rl.DQN(masked(), {hidden = {256, 256}})
    local x = m.rand(6)
    local first, spent = agent:act(x, {max_us = 1e6})
    assert(spent > 0 and spent < 1e6)
    eq(agent:act(x), first)
    local hurried, took = agent:act(-x, {max_us = 1e-3})
    eq(hurried, first)
    assert(took < 1e6, took)
    local legal = m.tensor({false, false, true, false, false, false},
      {dtype = "bool"})
    eq(agent:act(x, {max_us = 1e-3, legal = legal}), 3)
    eq(agent:act(x, {legal = legal}), 3)
  end)

  it("learns in what is left", function()
    local agent = rl.DQN(line {action_space = spaces.Discrete(2)},
      {hidden = {16}, batch_size = 8, learning_starts = 8})
    agent:prepare(1, false, "Line")
    for i = 1, 20 do
      agent:remember(m.tensor {i / 10}, i % 2 + 1, 1, m.tensor {i / 10 + 0.1},
        i % 5 == 0, false)
    end
    local before = agent.updates
    local _, spent = agent:act(m.tensor {0.5}, {max_us = 2e5, learn = true})
    assert(agent.updates > before, agent.updates)
    assert(spent < 1e6, spent)
  end)

  it("names what does not fit", function()
    local agent = rl.DQN("CartPole-v1")
    raises("'obs': f32 (4), or rows of that, expected, got f32 (3)",
      agent.act, agent, m.ones(3))
    raises("an observation expected", agent.act, agent, "left")
    raises("did you mean 'legal'", agent.act, agent, m.ones(4), {leagl = 1})
    eq(type(agent:act {0, 0, 0, 0}), "number")
  end)
end)

-- ---- What goes wrong ------------------------------------------------------

describe("bad environments", function()
  local function broken(change)
    local env = line {name = "Broken"}
    local step = env.step
    function env:step(action)
      self.count = (self.count or 0) + 1
      if self.count < 150 then return step(self, action) end
      return change(step(self, action))
    end
    return env
  end

  local cases = {
    {"Broken: reward: a finite number expected, got %-?nan", function(x)
      return x, 0 / 0, false, false
    end},
    {"Broken: reward: a finite number expected, got nil", function(x)
      return x
    end},
    {"Broken: observation: a tensor f32 of shape (1) expected, got",
      function()
        return m.ones(2), 0, false, false
      end},
    {"Broken: observation: finite numbers expected", function(x)
      return x * 0 / 0, 0, false, false
    end},
    {"Broken: terminated: true or false expected, got 1", function(x)
      return x, 0, 1, false
    end},
    {"the sky falls", function()
      error "the sky falls"
    end},
  }

  it("are named, and leave the agent and its checkpoint whole", function()
    for _, case in ipairs(cases) do
      local folder = folder_of "d"
      local agent = rl.SAC(line(), small.SAC)
      raises(case[1], rl.train, agent, broken(case[2]), quiet {steps = 400,
        seed = 1, folder = folder, save_every = 100})
      eq(agent.steps, 164) -- 149 of the environment, and 15 resets
      local again = rl.SAC(line(), small.SAC)
      local result = rl.train(again, line(), quiet {steps = 200, seed = 1,
        folder = folder, resume = true})
      eq(result.steps, 200)
      rl.train(agent, line(), quiet {steps = 50})
      remove(folder)
    end
  end)

  it("and wrong arguments are named too", function()
    local agent = rl.DQN("CartPole-v1")
    raises("one that learns expected", rl.train, {}, "CartPole-v1")
    raises("did you mean 'steps'", rl.train, agent, "CartPole-v1", {step = 1})
    raises("unknown environment", rl.train, agent, "CartPoole-v1")
    raises("'env': a name, an environment", rl.train, agent, 3)
    raises("actions of the kind Box expected", rl.SAC, "CartPole-v1")
    raises("actions of the kind Discrete expected", rl.DQN, line())
    raises("observation_space is missing", rl.DQN, {})
    raises("did you mean 'gamma'", rl.DQN, "CartPole-v1", {gama = 1})
    raises("evaluate_env", rl.train, rl.SAC(line()), line(),
      quiet {steps = 10, evaluate_every = 1})
    raises("'network': a module expected", rl.DQN, "CartPole-v1",
      {network = 3})
  end)

  it("with NaN in a vector end the rollout before it is learnt", function()
    local agent = rl.PPO("CartPole-v1", small.PPO)
    agent:prepare(1, false, "Vector")
    local x, no = m.ones(1, 4), m.zeros({1}, {dtype = "bool"})
    local t = {obs = x, next_obs = x, action = m.index {1},
      reward = m.tensor {0 / 0}, terminated = no, truncated = no, skip = no}
    raises("Vector: reward: finite numbers expected, got nan", function()
      for _ = 1, 48 do agent:observe(t) end
    end)
    eq(agent.updates, 0)
  end)
end)
