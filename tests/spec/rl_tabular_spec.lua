-- rl_tabular_spec.lua: tabular agents and planning: updates by hand, learnt
-- policies evaluated exactly, masks, exploration, states, wrong use.

local m = require "mlrt"
local rl = require "mlrt.rl"

local kinds = {"QLearning", "SARSA", "ExpectedSARSA", "DoubleQLearning",
  "NStepSARSA", "SARSALambda", "DynaQ"}

-- An environment's spaces, no more.
local function spaces(states, actions)
  return {observation_space = rl.spaces.Discrete(states),
    action_space = rl.spaces.Discrete(actions)}
end

-- An agent that never explores, with values that differ.
local function agent_with(kind, o)
  o = o or {}
  o.alpha, o.gamma, o.epsilon, o.seed = 0.5, 0.9, o.epsilon or 0, 1
  local agent = rl[kind](spaces(3, 2), o)
  agent.q:copy_(m.tensor({{1, 2}, {4, 3}, {0, 5}}, {dtype = "f64"}))
  return agent
end

describe("tabular updates", function()
  it("of Q-learning are the formula", function()
    local agent = agent_with "QLearning"
    agent:learn(1, 1, 10, 2, false)
    near(agent.q[{1, 1}]:item(), 1 + 0.5 * (10 + 0.9 * 4 - 1), 1e-12)
    agent:learn(1, 1, 10, 2, true) -- nothing comes after
    near(agent.q[{1, 1}]:item(), 7.3 - 0.5 * (7.3 - 10) - 0.5 * 0, 1e-12)
    agent:learn(3, 1, 1, 1, false, true) -- cut off, not over
    near(agent.q[{3, 1}]:item(), 0.5 * (1 + 0.9 * agent.q[{1, 1}]:item()),
      1e-12)
  end)

  it("look at legal actions only", function()
    local agent = agent_with "QLearning"
    agent:learn(1, 1, 0, 2, false, false, m.tensor {false, true})
    near(agent.q[{1, 1}]:item(), 0.5 * 1 + 0.5 * 0.9 * 3, 1e-12)
    local only = m.tensor {true, false}
    for _ = 1, 20 do eq(agent:explore(3, only), 1) end
    eq(agent:act(3, {legal = only}), 1)
    eq(agent:act(3), 2)
    eq(agent:probabilities(3, only), {1.0, 0.0})
  end)

  it("of Expected SARSA are the mean", function()
    local agent = agent_with("ExpectedSARSA", {epsilon = 0.2})
    agent:learn(1, 1, 1, 2, false)
    near(agent.q[{1, 1}]:item(),
      0.5 + 0.5 * (1 + 0.9 * (0.9 * 4 + 0.1 * 3)), 1e-12)
  end)

  it("of SARSA take what is done next", function()
    local agent = agent_with("SARSA", {epsilon = 1})
    for _ = 1, 20 do
      agent.q:copy_(m.tensor({{1, 2}, {4, 3}, {0, 5}}, {dtype = "f64"}))
      agent:learn(1, 1, 1, 2, false)
      local next_action = agent:explore(2)
      eq(agent:explore(2), next_action)
      near(agent.q[{1, 1}]:item(),
        0.5 + 0.5 * (1 + 0.9 * (next_action == 1 and 4 or 3)), 1e-12)
    end
  end)

  it("of Double Q-learning judge by the other table", function()
    local agent = agent_with "DoubleQLearning"
    agent.q2:copy_(m.tensor({{0, 0}, {7, 8}, {0, 0}}, {dtype = "f64"}))
    agent:learn(1, 1, 0, 2, false)
    local a, b = agent.q[{1, 1}]:item(), agent.q2[{1, 1}]:item()
    if b == 0 then near(a, 0.5 + 0.5 * 0.9 * 7, 1e-12)
    else near({a, b}, {1, 0.5 * 0.9 * 3}, 1e-12) end
  end)

  it("of n-step SARSA sum n rewards", function()
    local agent = agent_with("NStepSARSA", {n = 2})
    agent:learn(1, 1, 1, 2, false)
    eq(agent.q[{1, 1}]:item(), 1.0)
    agent:learn(2, 1, 2, 3, false)
    near(agent.q[{1, 1}]:item(), 0.5 + 0.5 * (1 + 0.9 * 2 + 0.81 * 5), 1e-12)
    agent:learn(3, 2, 3, 1, true)
    near(agent.q[{2, 1}]:item(), 2 + 0.5 * (2 + 0.9 * 3), 1e-12)
    near(agent.q[{3, 2}]:item(), 2.5 + 1.5, 1e-12)
  end)

  it("of SARSA(lambda) reach back along the traces", function()
    local agent = agent_with("SARSALambda", {lambda = 0.5})
    agent:learn(1, 2, 0, 2, false)
    local first = 2 + 0.5 * (0.9 * 4 - 2)
    near(agent.q[{1, 2}]:item(), first, 1e-12)
    agent:learn(2, 1, 1, 3, true)
    local err = 1 - 4
    near(agent.q[{2, 1}]:item(), 4 + 0.5 * err, 1e-12)
    near(agent.q[{1, 2}]:item(), first + 0.5 * err * 0.45, 1e-12)
  end)

  it("of Dyna-Q are repeated from memory", function()
    local agent = agent_with("DynaQ", {planning = 50})
    agent:learn(1, 1, 10, 2, true)
    near(agent.q[{1, 1}]:item(), 10, 1e-9)
  end)

  it("divide alpha by the visits", function()
    local agent = rl.QLearning(spaces(1, 1), {alpha = 1, alpha_power = 1})
    for _, r in ipairs {3, 6, 9} do agent:learn(1, 1, r, 1, true) end
    near(agent.q[{1, 1}]:item(), 6) -- the mean
    eq(agent.visits[{1, 1}]:item(), 3)
  end)
end)

describe("exploration", function()
  it("by epsilon, softmax and UCB has the chances it says", function()
    for _, o in ipairs {{epsilon = 0.5}, {exploration = "softmax",
      temperature = 2}} do
      local agent = agent_with("QLearning", o)
      local p, n = agent:probabilities(2), 0
      for _ = 1, 2000 do n = n + (agent:explore(2) == 1 and 1 or 0) end
      near(n / 2000, p[1], 0.05)
      near(p[1] + p[2], 1)
    end
    local soft = agent_with("QLearning", {exploration = "softmax"})
    near(soft:probabilities(2)[1], 1 / (1 + math.exp(-1)))
    local ucb = agent_with("QLearning", {exploration = "ucb", c = 1})
    ucb:learn(2, 1, 4, 1, true)
    eq(ucb:explore(2), 2) -- never tried
    ucb:learn(2, 2, 3, 1, true)
    eq(ucb:explore(2), 1)
  end)

  it("follows a line", function()
    local agent = agent_with("QLearning", {})
    eq(agent:probabilities(2), {1.0, 0.0})
    agent = rl.QLearning(spaces(1, 2), {epsilon = {1, 0, 10}, seed = 1})
    agent.q:copy_(m.tensor({{1, 0}}, {dtype = "f64"}))
    near(agent:probabilities(1), {0.5, 0.5})
    for _ = 1, 5 do agent:learn(1, 1, 1, 1, true) end
    near(agent:probabilities(1), {0.75, 0.25})
  end)
end)

describe("tabular agents", function()
  -- The share of the way from random to the best that was learnt.
  local function share(agent, env, gamma)
    local best = rl.exact(rl.value_iteration(env, {gamma = gamma}), env)
    local random = rl.exact("random", env)
    return (rl.exact(agent, env) - random) / (best - random)
  end

  for _, kind in ipairs(kinds) do
    it(kind .. " closes the gap to the best", function()
      for name, n in pairs {["GridWorld-v0"] = 20000,
        ["CliffWalking-v1"] = 100000, ["Taxi-v4"] = 400000} do
        local env = rl.make(name)
        local agent = rl[kind](env, {seed = 3, alpha = {0.5, 0.01, n},
          epsilon = {1, 0.02, n // 2}})
        agent:train(env, {steps = n, seed = 3})
        local got = share(agent, env, 0.999)
        assert(got >= 0.95, name .. " " .. got)
      end
    end)
  end

  it("learn what a loop in Lua learns", function()
    local env, agents = rl.make "FrozenLake-v1", {}
    local o = {seed = 5, epsilon = {1, 0.1, 4096}, alpha = 0.2}
    for i = 1, 2 do agents[i] = rl.SARSA(env, o) end
    local log = agents[1]:train(env, {episodes = 300, seed = 2})
    eq(#log.returns, 300)
    eq(log.episodes, 300)
    local s, returns = env:reset {seed = 2}, {}
    local total = 0
    while #returns < 300 do
      local a = agents[2]:explore(s)
      local s2, r, terminated, truncated = env:step(a)
      agents[2]:learn(s, a, r, s2, terminated, truncated)
      s, total = s2, total + r
      if terminated or truncated then
        returns[#returns + 1], total = total, 0
        if #returns < 300 then s = env:reset() end
      end
    end
    eq(returns, log.returns)
    eq(agents[1].q, agents[2].q:totable())
  end)

  it("learn in an environment written in Lua", function()
    local env = spaces(3, 2) -- walk right twice
    function env:reset() self.at = 1 return 1, {} end
    function env:step(a)
      self.at = math.max(1, self.at + (a == 2 and 1 or -1))
      local over = self.at == 3
      return self.at, over and 1 or -0.1, over, false, {}
    end
    local agent = rl.QLearning(env, {seed = 1, epsilon = 0.3})
    local log = agent:train(env, {episodes = 200})
    eq(#log.returns, 200)
    eq({agent:act(1), agent:act(2)}, {2, 2})
  end)

  it("go on exactly from a saved state", function()
    local env = rl.make "FrozenLake-v1"
    for _, kind in ipairs {"QLearning", "DoubleQLearning"} do
      local a = rl[kind](env, {seed = 1, exploration = "ucb"})
      a:train(env, {episodes = 50, seed = 1})
      local path = os.tmpname()
      assert(m.save(path, a))
      local b = assert(m.load(path))
      os.remove(path)
      eq(tostring(b), tostring(a))
      a:train(env, {episodes = 50, seed = 7})
      b:train(env, {episodes = 50, seed = 7})
      eq(b.q, a.q:totable())
      eq(b:state().stream, a:state().stream)
    end
    local a = rl.QLearning(env)
    raises("a state of its kind", a.load_state, a, rl.SARSA(env):state())
  end)

  it("never take what is illegal", function()
    local env = rl.make("TicTacToe-v0", {opponent = "random"})
    local agent = rl.QLearning(env, {seed = 1, epsilon = {1, 0.1, 20000}})
    agent:train(env, {steps = 30000, seed = 1}) -- an illegal one would raise
    assert(rl.exact(agent, env) > 0.75)
    local log = agent:train(env, {episodes = 100})
    eq(log.episodes, 100)
  end)

  it("are shown as arrows", function()
    local env = rl.make "CliffWalking-v1"
    local agent = rl.QLearning(env, {seed = 1})
    agent:train(env, {episodes = 500, seed = 1})
    local text = agent:show(env)
    eq(select(2, text:gsub("\n", "\n")), 3)
    assert(text:find "> > > > > > > > > > > v")
    assert(tostring(agent):find "QLearning%(48 states, 4 actions")
  end)

  it("name what is wrong", function()
    local env = rl.make "FrozenLake-v1"
    raises("did you mean 'alpha'", rl.QLearning, env, {alph = 1})
    raises("alpha: numbers above 0 and at most 1", rl.QLearning, env,
      {alpha = 0})
    raises("gamma: a number from 0 to 1", rl.QLearning, env, {gamma = 1.5})
    raises("epsilon: numbers from 0 to 1", rl.QLearning, env,
      {epsilon = {1, -1, 5}})
    raises("no 'softmx'; did you mean 'softmax'", rl.QLearning, env,
      {exploration = "softmx"})
    raises("QLearning: observation_space: a discrete space expected, got Box",
      rl.QLearning, rl.make "CartPole-v1")
    local agent = rl.QLearning(env, {seed = 1})
    raises("state: 1 to 16 expected, got 17", agent.act, agent, 17)
    raises("state: 1 to 16 expected, got 0", agent.explore, agent, 0)
    raises("action: 1 to 4 expected, got 5", agent.learn, agent, 1, 5, 0, 1)
    raises("reward: a finite number expected, got", agent.learn, agent, 1, 1,
      0 / 0, 1)
    raises("no action is legal", agent.act, agent, 1,
      {legal = m.zeros({4}, {dtype = "bool"})})
    raises("legal: a bool tensor of 4 elements", agent.act, agent, 1,
      {legal = m.tensor {true}})
    raises("steps or episodes are needed", agent.train, agent, env)
    raises("an agent for 48 states and 4 actions expected", agent.train, agent,
      rl.make "CliffWalking-v1", {steps = 10})
    raises("did you mean 'episodes'", agent.train, agent, env, {episode = 1})
  end)
end)

describe("planning", function()
  it("finds the published values", function()
    local lake = rl.make "FrozenLake-v1"
    local plan = rl.value_iteration(lake, {gamma = 0.99})
    near(plan.values[1], 0.5420, 1e-4)
    near(rl.exact(plan, lake), 0.7402, 1e-4) -- within 100 steps
    near(rl.exact(rl.value_iteration(lake, {gamma = 1, tolerance = 1e-13}),
      lake, {max_steps = 20000}), 0.8235, 1e-3)
    local cliff = rl.make "CliffWalking-v1"
    eq(rl.exact(rl.value_iteration(cliff, {gamma = 1}), cliff), -13.0)
    local taxi = rl.make "Taxi-v4"
    near(rl.exact(rl.value_iteration(taxi, {gamma = 1}), taxi), 7.93, 1e-2)
    local cards = rl.make "Blackjack-v1"
    near(rl.exact(rl.value_iteration(cards, {gamma = 1}), cards), -0.0466,
      1e-3)
  end)

  it("by policies gives the same as by values", function()
    for _, name in ipairs {"FrozenLake-v1", "GridWorld-v0", "Taxi-v4"} do
      local env = rl.make(name)
      local a = rl.value_iteration(env, {gamma = 0.9})
      local b = rl.policy_iteration(env, {gamma = 0.9})
      near(a.values, b.values, 1e-7)
      near(rl.exact(a, env), rl.exact(b, env), 1e-7)
    end
  end)

  it("agrees with playing", function()
    local env = rl.make "FrozenLake-v1"
    local plan = rl.value_iteration(env)
    local played = rl.evaluate(plan, env, {episodes = 2000, seed = 1})
    local exact = rl.exact(plan, env)
    assert(math.abs(played.mean - exact) < 4 * played.std / math.sqrt(2000))
  end)

  it("says what it needs", function()
    raises("an environment whose model is known expected, got CartPole-v1",
      rl.value_iteration, rl.make "CartPole-v1")
    raises("values still change", rl.policy_iteration,
      rl.make "CliffWalking-v1", {gamma = 1, sweeps = 100})
    raises("gamma: a number from 0 to 1 expected, got 2", rl.value_iteration,
      rl.make "Taxi-v4", {gamma = 2})
  end)
end)
