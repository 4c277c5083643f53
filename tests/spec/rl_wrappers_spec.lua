-- rl_wrappers_spec.lua: wrappers, and check_env on what is right and wrong.

local m = require "mlrt"
local rl = require "mlrt.rl"

describe("wrappers", function()
  it("limit time and scale rewards", function()
    local env = rl.RewardScale(rl.TimeLimit(rl.make "CliffWalking-v1", 2), 0.5)
    env:reset {seed = 1}
    local _, reward, terminated, truncated = env:step(1)
    eq({reward, terminated, truncated}, {-0.5, false, false})
    eq(select(4, env:step(1)), true)
    eq(env.action_space.n, 4)
    eq(env._env, nil) -- a loop in C would pass us by
    raises("one environment expected, got a vector", rl.TimeLimit,
      rl.vector("CartPole-v1", 2), 3)
    raises("steps: a number from 1 expected, got 0", rl.TimeLimit, env, 0)
  end)

  it("clip actions", function()
    local env = rl.ClipAction(rl.make "Pendulum-v1")
    env:reset {seed = 1}
    env:step(m.tensor {5})
    raises("element 1: -2 to 2 expected, got 5", env.env.step, env.env,
      m.tensor {5})
  end)

  it("stack observations", function()
    local env = rl.FrameStack(rl.make "CartPole-v1", 3)
    local obs = env:reset {seed = 1}
    eq(obs.shape, {3, 4})
    local one = obs[1]:totable()
    obs = env:step(1)
    eq(obs[1], one)
    eq(obs[2], one)
    assert(env.observation_space:contains(obs))
    local memory = rl.FrameStack(rl.make "Memory-v0", 3)
    local cue = memory:reset {seed = 2}
    eq(memory:step(1), {cue[1], cue[1], 3})
    assert(memory.observation_space:contains(memory:step(1)))
  end)

  it("normalise observations", function()
    local env = rl.Normalize(rl.make "Pendulum-v1")
    local g, sum, squares = m.generator(1), m.zeros(3), m.zeros(3)
    env:reset {seed = 1}
    local n = 0
    for _ = 1, 800 do
      local obs, _, _, truncated = env:step(env.action_space:sample(g))
      n = n + 1
      sum:add_(obs)
      squares:add_(obs * obs)
      if truncated then env:reset() end
    end
    near(sum / n, {0, 0, 0}, 0.4)
    near(squares / n, {1, 1, 1}, 0.6)
    local other = rl.Normalize(rl.make "Pendulum-v1"):load_state(env:state())
    near(other.mean, env.mean:totable())
  end)

  it("record episodes", function()
    local env = rl.RecordEpisodeStatistics(rl.make "CartPole-v1")
    env:reset {seed = 1}
    local info, over, _
    local n = 0
    repeat
      _, _, over, _, info = env:step(1)
      n = n + 1
    until over
    eq(info.episode.l, n)
    eq(info.episode.r, env.returns[1])
  end)

  it("are environments to agents", function()
    local env = rl.TimeLimit(rl.make "GridWorld-v0", 30)
    local agent = rl.QLearning(env, {seed = 1, epsilon = 0.3, alpha = 0.3})
    agent:train(env, {episodes = 300})
    near(rl.evaluate(agent, env, {episodes = 3}).mean, 0.84, 1e-6)
  end)
end)

-- An environment that is right, to be spoilt.
local function walk()
  local env = {name = "walk", observation_space = rl.spaces.Discrete(3),
    action_space = rl.spaces.Discrete(2)}
  function env:reset() self.at = 1 return 1, {} end
  function env:step(a)
    self.at = math.max(1, math.min(3, self.at + (a == 2 and 1 or -1)))
    return self.at, self.at, self.at == 3, false, {}
  end
  return env
end

describe("check_env", function()
  it("finds nothing in what is built in", function()
    for _, name in ipairs(rl.names()) do
      if not name:find "Many" then
        local ok, problems = rl.check_env(rl.make(name), {steps = 60})
        assert(ok, problems and problems[1])
      end
    end
    assert(rl.check_env(walk()))
  end)

  local function finds(text, spoil)
    it("finds: " .. text, function()
      local env = walk()
      spoil(env)
      local ok, problems = rl.check_env(env)
      eq(ok, false)
      assert(table.concat(problems, "\n"):find(text, 1, true),
        table.concat(problems, "\n"))
    end)
  end

  local function step_gives(...)
    local values = table.pack(...)
    return function(env)
      function env.step()
        return table.unpack(values, 1, values.n)
      end
    end
  end

  finds("walk: step: observation: an integer from 1 to 3 expected, got 4",
    step_gives(4, 0, false, false, {}))
  finds("step: reward: a number expected, got nil",
    step_gives(1, nil, false, false, {}))
  finds("reward: a finite number expected, got",
    step_gives(1, 0 / 0, false, false, {}))
  finds("terminated: a boolean expected, got number",
    step_gives(1, 0, 0, false, {}))
  finds("info: a table expected, got nil", step_gives(1, 0, false, false))
  finds("step: raised:", function(env)
    function env.step() error "broken" end
  end)
  finds("reset: observation: an integer", function(env)
    function env.reset() return m.zeros(2), {} end
  end)
  finds("not the same from the same seed", function(env)
    local n = 0
    function env.step()
      n = n + 1
      return 1, n, false, false, {}
    end
  end)
  finds("no action is legal", function(env)
    env.legal = m.zeros({2}, {dtype = "bool"})
  end)
  finds("action_space: a space expected, got nil", function(env)
    env.action_space = nil
  end)
  finds("the tensor of the step before was changed", function(env)
    local obs = m.zeros(1)
    env.observation_space = rl.spaces.Box {shape = {1}}
    function env.reset() return obs, {} end
    function env.step()
      obs:add_(1)
      return obs, 0, false, false, {}
    end
  end)
end)
