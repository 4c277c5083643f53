-- rl_core_spec.lua: what every environment of the core does the same way:
-- phases, limits, streams, vectors, states, refusals, memory.

local core = require "mlrt.core"
local m = require "mlrt"
local rl = require "mlrt.rl"

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"
local stream = assert(loadfile(here .. "/rl_stream.lua"))()

-- Bytes that the core has taken, besides tensors' and Lua's.
local function bytes()
  collectgarbage()
  collectgarbage()
  local info = m.memory()
  return info.other - info.lua
end

local names = {"Acrobot-v1", "Bandit-v0", "Blackjack-v1", "CartPole-v0",
  "CartPole-v1", "CliffWalking-v1", "CliffWalkingSlippery-v1",
  "FrozenLake-v1", "FrozenLake8x8-v1", "Go-v0", "GridWorld-v0", "Memory-v0",
  "MountainCar-v0", "MountainCarContinuous-v0", "Pendulum-v1",
  "Stochastic-v0", "Taxi-v3", "Taxi-v4", "TicTacToe-v0"}

-- An action that may be taken now.
local function some_action(env, g)
  return env.action_space:sample(g, env.legal)
end

describe("environments of the core", function()
  it("are all known by name", function()
    eq(core._rl.names(), names)
  end)

  for _, name in ipairs(names) do
    it(name .. " gives back what it takes", function()
      rl.make(name):close()
      local before = bytes()
      for _ = 1, 2 do
        local env = rl.make(name)
        env:reset()
        assert(bytes() > before)
        env:close()
        env = nil -- luacheck: ignore (its spaces hold tensors)
        eq(bytes(), before)
      end
      rl.make(name)
      eq(bytes(), before) -- collected
    end)

    it(name .. " begins with zeros, whatever was in its memory", function()
      for _ = 1, 2 do
        local env = rl.make(name)
        local s = env:state()
        eq({s.phase, s.steps}, {0, 0})
        for _, x in ipairs(s.values) do eq(x, 0.0) end
        raises(name .. ": step: call reset first", env.step, env,
          some_action(env, m.generator(1)))
        refuses(name .. ": render: call reset first", env.render, env)
        local g = m.generator(1)
        env:reset {seed = 1}
        for _ = 1, 5 do
          local _, _, over = env:step(some_action(env, g))
          if over then env:reset() end
        end
        env:close()
      end
    end)

    it(name .. " goes on from a state with the same numbers", function()
      local g, env = m.generator(1), rl.make(name)
      env:reset {seed = 3}
      local state, other = env:state(), rl.make(name)
      other:load_state(state)
      eq(other:state(), state)
      for _ = 1, 6 do
        local a = some_action(env, g)
        local obs, reward, over, cut = env:step(a)
        local obs2, reward2, over2, cut2 = other:step(a)
        eq(obs2, m.is_tensor(obs) and obs:totable() or obs)
        eq({reward2, over2, cut2}, {reward, over, cut})
        eq(other:state(), env:state())
        eq(other:observation(), m.is_tensor(obs) and obs:totable() or obs)
        if over then break end
      end
    end)
  end

  it("take memory for each copy, and for each outcome of a table", function()
    local function taken(make, n)
      local before, env = bytes(), make(n)
      env:reset()
      return bytes() - before
    end
    local function carts(n) return rl.vector("CartPole-v1", n) end
    local function squares(n)
      return rl.make("GridWorld-v0", {map = "S" .. ("."):rep(n - 1)})
    end
    for _, make in ipairs {carts, squares} do taken(make, 16) end
    -- Four doubles, a stream, steps and a phase.
    eq(taken(carts, 4000) - taken(carts, 2000), 2000 * (32 + 24))
    -- Four outcomes of 24 bytes, four counts, a start and the square itself.
    eq(taken(squares, 1616) - taken(squares, 16), 1600 * (4 * 24 + 16 + 4 + 1))
  end)

  it("leave nothing behind when they cannot be made", function()
    local function try(name, o) pcall(rl.make, name, o) end
    local cases = {{"GridWorld-v0", {map = ".."}},
      {"GridWorld-v0", {slip = 2}}, {"Bandit-v0", {means = "x"}},
      {"Go-v0", {opponent = "x"}}, {"TicTacToe-v0", {observation = "x"}},
      {"FrozenLake-v1", {map_name = "x"}}, {"Pendulum-v1", {g = 1e9}}}
    for _, c in ipairs(cases) do try(c[1], c[2]) end
    local before = bytes()
    for _, c in ipairs(cases) do try(c[1], c[2]) end
    eq(bytes(), before)
  end)

  it("count the steps of an episode and cut it off", function()
    for _, limit in ipairs {1, 2, 5} do
      local env = rl.make("GridWorld-v0", {max_episode_steps = limit})
      eq(env.max_episode_steps, limit)
      for episode = 1, 2 do
        env:reset()
        eq(env:state().steps, 0)
        for i = 1, limit do
          local _, _, over, cut = env:step(4) -- against the wall
          eq({over, cut}, {false, i == limit})
          eq(env:state().steps, i)
          eq(env:state().phase, cut and 2 or 1)
        end
        refuses("GridWorld-v0: step: the episode has ended; call reset",
          env.step, env, 1)
        eq(env:state().steps, limit, episode)
      end
    end
    local env = rl.make("GridWorld-v0", {max_episode_steps = 0})
    env:reset()
    for _ = 1, 300 do eq(select(4, env:step(4)), false) end
  end)

  it("end an episode with its last state, not only by the limit", function()
    local env = rl.make("GridWorld-v0", {map = "SG"})
    env:reset()
    eq({env:step(2)}, {2, 1.0, true, false, {}})
    eq(env:state().phase, 2)
    env:reset()
    eq(env:state().phase, 1)
    eq(env:state().steps, 0)
  end)

  it("take a phase, steps and a stream as they are", function()
    local env = rl.make "GridWorld-v0"
    local s = {values = {3.0}, stream = 12345, steps = 7, phase = 2}
    eq(env:load_state(s):state(), s)
    s.phase = 0
    eq(env:load_state(s):state(), s)
    env:load_state {values = {4}}
    eq(env:state(), {values = {4.0}, stream = 12345, steps = 0, phase = 1})
    for _, wrong in ipairs {{steps = -1}, {phase = -1}, {phase = 3}} do
      wrong.values = {0}
      refuses("GridWorld-v0: load_state: steps or phase out of range",
        env.load_state, env, wrong)
    end
    for _, x in ipairs {0 / 0, 1 / 0, -1 / 0} do
      local cart = rl.make "CartPole-v1"
      for i = 1, 4 do
        local values = {0, 0, 0, 0}
        values[i] = x
        refuses("CartPole-v1: load_state: these numbers are no state",
          cart.load_state, cart, {values = values})
      end
    end
  end)

  it("name a copy that is not there", function()
    for _, copies in ipairs {1, 3} do
      local env = core._rl.env("GridWorld-v0", copies, copies > 1, {})
      env:reset(1)
      for _, f in ipairs {"render", "state"} do
        refuses(("GridWorld-v0: %s: copy: 1 to %d expected, got %d"):format(f,
          copies, copies + 1), env[f], env, copies + 1)
        env[f](env, copies)
      end
      raises(("copy: 1 to %d expected, got %d"):format(copies, copies + 1),
        env.load_state, env, copies + 1, {values = {0}})
    end
  end)

  it("draw their first seed from the context's stream", function()
    m.seed(5)
    local a = rl.make "CartPole-v1":reset():totable()
    local b = rl.make "CartPole-v1":reset():totable()
    m.seed(5)
    eq(rl.make "CartPole-v1":reset(), a)
    assert(not pcall(eq, a, b))
  end)

  it("say when a number of copies is too large", function()
    refuses("CartPole-v1: 1 to 2^31 - 1 copies expected, got 2147483648",
      core._rl.env, "CartPole-v1", 1 << 31, true, {})
    refuses("CartPole-v1: 1 to 2^31 - 1 copies expected, got 0",
      core._rl.env, "CartPole-v1", 0, true, {})
  end)
end)

describe("actions", function()
  it("of one copy are named without its number", function()
    local env = rl.make "MountainCar-v0"
    env:reset()
    for _, a in ipairs {0, 4} do
      refuses("MountainCar-v0: step: action: 1 to 3 expected, got " .. a,
        env.step, env, a)
    end
    for a = 1, 3 do env:step(a) end
    local drive = rl.make "MountainCarContinuous-v0"
    drive:reset()
    for _, a in ipairs {-1.5, 1.5, 0 / 0} do
      raises("MountainCarContinuous-v0: step: action: element 1: -1 to 1 "
        .. "expected, got ", drive.step, drive, m.tensor {a})
    end
    for _, a in ipairs {-1, 1} do drive:step(m.tensor {a}) end
  end)

  it("of many are named with it", function()
    local venv = rl.vector("Pendulum-v1", 3)
    venv:reset {seed = 1}
    refuses("Pendulum-v1: step: action of copy 3: element 1: -2 to 2 expected, "
      .. "got 2.5", venv.step, venv, m.tensor {{0}, {-2}, {2.5}})
    refuses("Pendulum-v1: step: actions: f32 of shape (3, 1) expected, got "
      .. "f32 of shape (3)", venv.step, venv, m.zeros(3))
    refuses("Pendulum-v1: step: actions: f32 of shape (3, 1) expected, got "
      .. "f32 of shape (3, 2)", venv.step, venv, m.zeros(3, 2))
    refuses("Pendulum-v1: step: actions: f32 of shape (3, 1) expected, got "
      .. "f64 of shape (3, 1)", venv.step, venv,
      m.zeros({3, 1}, {dtype = "f64"}))
    refuses("Pendulum-v1: step: actions: f32 of shape (3, 1) expected, got "
      .. "f32 of shape (2, 1)", venv.step, venv, m.zeros(2, 1))
    local lake = rl.vector("FrozenLake-v1", 2)
    lake:reset()
    refuses("FrozenLake-v1: step: actions: index of shape (2) expected, got "
      .. "index of shape (2, 1)", lake.step, lake, m.index {{1}, {1}})
    refuses("FrozenLake-v1: step: action of copy 2: 1 to 4 expected, got 5",
      lake.step, lake, m.index {1, 5})
  end)

  it("may lie in memory in any way", function()
    local a, b = rl.vector("CartPole-v1", 3), rl.vector("CartPole-v1", 3)
    a:reset {seed = 2}
    b:reset {seed = 2}
    local wide = m.index {{1, 2}, {2, 1}, {1, 1}}
    a:step(wide:select(2, 1))
    b:step(m.index {1, 2, 1})
    eq(a.observation, b.observation:totable())
  end)

  it("that are illegal are found in each copy", function()
    local venv = rl.vector("TicTacToe-v0", 2)
    venv:reset()
    eq(venv.legal:all():item(), true)
    venv:step(m.index {1, 9})
    refuses("TicTacToe-v0: step: action: a legal one expected, got 9",
      venv.step, venv, m.index {9, 9})
    refuses("TicTacToe-v0: step: action: a legal one expected, got 1",
      venv.step, venv, m.index {1, 1})
    refuses("TicTacToe-v0: step: action of copy 1: 1 to 9 expected, got 10",
      venv.step, venv, m.index {10, 1})
    venv:step(m.index {9, 1})
    eq(venv.legal, {
      {false, true, true, true, true, true, true, true, false},
      {false, true, true, true, true, true, true, true, false}})
  end)
end)

describe("vectors", function()
  it("have a stream for each copy", function()
    local venv = rl.vector("CartPole-v1", 3, {seed = 11})
    for i = 1, 3 do
      local g = stream.of_copy(11, i - 1)
      for k = 1, 4 do
        near(venv.observation[i][k], stream.between(g, -0.05, 0.05), 1e-7)
      end
      eq(venv:state()[i].stream, g.state)
    end
  end)

  it("reset what has ended, and say so", function()
    local venv = rl.vector("GridWorld-v0", 2, {max_episode_steps = 2})
    local _, info = venv:reset()
    eq(info.reset, {true, true})
    local s = venv:state()
    s[2].values = {1} -- beside the goal's neighbour
    s[2].steps = 1
    venv:load_state(s)
    eq(venv.observation, {9, 2})
    local obs, reward, over, cut = venv:step(m.index {4, 2})
    near(reward, {-0.04, -0.04})
    eq({obs:totable(), over:totable(), cut:totable(), info.reset:totable()},
      {{9, 3}, {false, false}, {false, true}, {false, false}})
    venv:step(m.index {4, 1}) -- the second one's action is not looked at
    eq(obs, {9, 9})
    near(reward, {-0.04, 0})
    eq(cut, {true, false})
    eq(info.reset, {false, true})
    venv:step(m.index {1, 4})
    eq(info.reset, {true, false})
    eq(cut, {false, false})
    eq(venv:state()[2].steps, 1)
    eq(venv:state()[1].steps, 0)
  end)

  it("ignore the action of a copy that is reset", function()
    local venv = rl.vector("GridWorld-v0", 2, {max_episode_steps = 1})
    venv:reset()
    venv:step(m.index {4, 4})
    venv:step(m.index {99, false})
    eq(venv.info.reset, {true, true})
    raises("call reset first", rl.vector("GridWorld-v0", 2).step,
      rl.vector("GridWorld-v0", 2), m.index {1, 1})
  end)

  it("render each copy", function()
    local venv = rl.vector("GridWorld-v0", 2)
    venv:reset()
    venv:step(m.index {1, 2})
    eq(venv:render(1), "...G\n@#.X\nS...\n")
    eq(venv:render(2), "...G\n.#.X\nS@..\n")
  end)

  it("say that what they show was overwritten", function()
    local w = m.ones(4):requires_grad_()
    for what, act in pairs {
      reset = function(venv) venv:reset() end,
      step = function(venv) venv:step(m.index {1, 1}) end,
      load_state = function(venv) venv:load_state(venv:state()) end} do
      local venv = rl.vector("CartPole-v1", 2)
      local loss = (venv:reset {seed = 1} * w):sum()
      act(venv)
      refuses(("backward: a tensor that 'mul' saved was overwritten by '%s'")
        :format(what), loss.backward, loss)
    end
  end)
end)
