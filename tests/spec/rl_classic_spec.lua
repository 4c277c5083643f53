-- rl_classic_spec.lua: classic control against its equations written in Lua:
-- resets, steps, limits, where episodes end, pictures, states.

local m = require "mlrt"
local rl = require "mlrt.rl"

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"
local stream = assert(loadfile(here .. "/rl_stream.lua"))()

local sin, cos, pi, abs = math.sin, math.cos, math.pi, math.abs

local function clip(x, low, high)
  return x < low and low or x > high and high or x
end

-- A number as single precision holds it.
local function f32(x)
  return (string.unpack("f", string.pack("f", x)))
end

-- ---- The equations ----------------------------------------------------------
-- Each: reset(stream) -> state; step(state, action) -> state, reward, over;
-- see(state) -> observation.

local function same(s) return s end

local cart_pole = {see = same}

function cart_pole.reset(g)
  local s = {}
  for i = 1, 4 do s[i] = stream.between(g, -0.05, 0.05) end
  return s
end

function cart_pole.step(s, action)
  local x, v, angle, turning = table.unpack(s)
  local force = action == 2 and 10 or -10
  local push = (force + 0.05 * turning ^ 2 * sin(angle)) / 1.1
  local swing = (9.8 * sin(angle) - cos(angle) * push)
    / (0.5 * (4 / 3 - 0.1 * cos(angle) ^ 2 / 1.1))
  local pull = push - 0.05 * swing * cos(angle) / 1.1
  local to = {x + 0.02 * v, v + 0.02 * pull, angle + 0.02 * turning,
    turning + 0.02 * swing}
  return to, 1, abs(to[1]) > 2.4 or abs(to[3]) > 12 * 2 * pi / 360
end

local mountain = {see = same}

function mountain.reset(g)
  return {stream.between(g, -0.6, -0.4), 0}
end

function mountain.step(s, action)
  local v = clip(s[2] + ((action - 2) * 0.001 + cos(3 * s[1]) * -0.0025),
    -0.07, 0.07)
  local x = clip(s[1] + v, -1.2, 0.6)
  if x == -1.2 and v < 0 then v = 0 end
  return {x, v}, -1, x >= 0.5 and v >= 0
end

local drive = {see = same}

function drive.reset(g)
  return {f32(stream.between(g, -0.6, -0.4)), 0}
end

function drive.step(s, action)
  local a, x = f32(action), f32(s[1])
  local hill = f32(0.0025 * cos(f32(3 * x)))
  local v = f32(f32(s[2]) + f32(f32(a * f32(0.0015)) - hill))
  v = clip(v, -f32(0.07), f32(0.07))
  x = clip(f32(x + v), -f32(1.2), f32(0.6))
  if x == -f32(1.2) and v < 0 then v = 0 end
  local over = x >= f32(0.45) and v >= 0
  return {x, v}, (over and 100 or 0) - 0.1 * a * a, over
end

local pendulum = {}

function pendulum.see(s)
  return {cos(s[1]), sin(s[1]), s[2]}
end

function pendulum.reset(g)
  return {stream.between(g, -pi, pi), stream.between(g, -1, 1)}
end

function pendulum.step(s, action, g)
  local u = f32(action)
  local angle = (s[1] + pi) % (2 * pi) - pi
  local reward = -(angle ^ 2 + 0.1 * s[2] ^ 2 + 0.001 * u * u)
  local speed = clip(s[2] + (3 * (g or 10) / 2 * sin(s[1]) + 3 * u) * 0.05,
    -8, 8)
  return {s[1] + speed * 0.05, speed}, reward, false
end

local acrobot = {}

function acrobot.see(s)
  return {cos(s[1]), sin(s[1]), cos(s[2]), sin(s[2]), s[3], s[4]}
end

function acrobot.reset(g)
  local s = {}
  for i = 1, 4 do s[i] = f32(stream.between(g, -0.1, 0.1)) end
  return s
end

-- Masses, lengths and inertia 1, centres of mass at 1/2: the book's equations.
local function acrobot_slope(s, torque)
  local a, b, da, db = table.unpack(s)
  local d1 = 0.25 + 1 + 0.25 + cos(b) + 2
  local d2 = 0.25 + 0.5 * cos(b) + 1
  local phi2 = 0.5 * 9.8 * cos(a + b - pi / 2)
  local phi1 = -0.5 * db ^ 2 * sin(b) - db * da * sin(b)
    + 1.5 * 9.8 * cos(a - pi / 2) + phi2
  local ddb = (torque + d2 / d1 * phi1 - 0.5 * da ^ 2 * sin(b) - phi2)
    / (0.25 + 1 - d2 ^ 2 / d1)
  return {da, db, -(d2 * ddb + phi1) / d1, ddb}
end

local function along(s, k, dt)
  local to = {}
  for i = 1, 4 do to[i] = s[i] + dt * k[i] end
  return to
end

function acrobot.step(s, action)
  local torque, dt = action - 2, 0.2
  local k1 = acrobot_slope(s, torque)
  local k2 = acrobot_slope(along(s, k1, dt / 2), torque)
  local k3 = acrobot_slope(along(s, k2, dt / 2), torque)
  local k4 = acrobot_slope(along(s, k3, dt), torque)
  local to = {}
  for i = 1, 4 do
    to[i] = s[i] + dt / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i])
  end
  for i = 1, 2 do to[i] = (to[i] + pi) % (2 * pi) - pi end
  to[3] = clip(to[3], -4 * pi, 4 * pi)
  to[4] = clip(to[4], -9 * pi, 9 * pi)
  local over = -cos(to[1]) - cos(to[1] + to[2]) > 1
  return to, over and 0 or -1, over
end

-- ---- Where they are tried ---------------------------------------------------

local edge = 12 * 2 * pi / 360

-- name, equations, actions, states besides those after a reset
local cases = {
  {"CartPole-v1", cart_pole, {1, 2}, {{0.5, -1, 0.2, -2}, {-2, 3, -0.1, 4},
    {2.4, 0, 0, 0}, {-2.4, 0, 0, 0}, {2.4, 1e-9, 0, 0}, {-2.4, -1e-9, 0, 0},
    {0, 0, edge, 0}, {0, 0, -edge, 0}, {0, 0, edge, 1e-9},
    {0, 0, -edge, -1e-9}}},
  {"CartPole-v0", cart_pole, {2, 1}, {}},
  {"MountainCar-v0", mountain, {1, 2, 3}, {{-0.3, 0.0699}, {-1.1, -0.0699},
    {0.59, 0.05}, {-1.19, -0.02}, {-1.2, 0}, {0.55, -0.001},
    {0.5, 0.0025 * cos(1.5)}, {0.499, -0.02}}},
  {"MountainCarContinuous-v0", drive, {-1, 0, 0.75, 1}, {{-0.3, 0.0699},
    {-1.1, -0.0699}, {0.59, 0.05}, {-1.19, -0.02}, {0.5, -0.003},
    {-1.2, 0}, {0.44, 0.015}}},
  {"Pendulum-v1", pendulum, {-2, 0.5, 2}, {{0, 0}, {-7, 3}, {7, -3},
    {3.5, 7.9}, {-3.5, -7.9}, {10, 1}, {-40, 1}}},
  {"Acrobot-v1", acrobot, {1, 2, 3}, {{3, 0.1, 4, -1}, {-3, 0.2, -4, 1},
    {0.1, 3, 1, 6}, {0.1, -3, -1, -6}, {1, 2, 12.5, -28}, {1, 1, -12.5, 28},
    {3, -1, 0.5, 0.5}, {0.3, 0.4, -0.5, 0.6}, {1, -2, 12.5, 28},
    {-1, 2, -12.5, -28}, {-1, -2, 12.5, 28}, {1, 2, -12.5, -28},
    {-1, -2, -12.5, 28}, {2, 1, 12.5, -28}}},
}

-- Steps the environment and its equations from a state.
local function follow(env, equations, state, actions, g)
  env:load_state {values = state}
  eq(env:observation(), m.tensor(equations.see(state)):totable())
  local s = state
  for _, action in ipairs(actions) do
    local reward, over
    s, reward, over = equations.step(s, action, g)
    local given = env.action_space.n and action or m.tensor {action}
    local obs, r, terminated, truncated = env:step(given)
    near(env:state().values, s, 1e-11)
    near(obs, equations.see(s), 1e-6)
    near(r, reward, 1e-8)
    eq({terminated, truncated}, {over, false})
    if over then return end
  end
end

describe("classic control", function()
  for _, c in ipairs(cases) do
    local name, equations, actions, states = table.unpack(c)

    it(name .. " begins where its stream says", function()
      local env = rl.make(name)
      local g = stream.of_copy(17, 0)
      for i = 1, 3 do
        local obs = env:reset {seed = i == 1 and 17 or nil}
        local s = equations.reset(g)
        near(env:state().values, s, 1e-15)
        near(obs, equations.see(s), 1e-6)
        eq(env:state().stream, g.state)
      end
    end)

    it(name .. " moves by its equations", function()
      local env = rl.make(name)
      for _, action in ipairs(actions) do
        local ten = {}
        for i = 1, 10 do ten[i] = action end
        env:reset {seed = 3}
        follow(env, equations, env:state().values, ten)
        for _, s in ipairs(states) do follow(env, equations, s, {action}) end
      end
    end)
  end

  -- By the step that reaches it, and the one before it.
  for name, steps in pairs {["CartPole-v1"] = 500, ["CartPole-v0"] = 200,
    ["MountainCar-v0"] = 200, ["MountainCarContinuous-v0"] = 999,
    ["Pendulum-v1"] = 200, ["Acrobot-v1"] = 500} do
    it(("%s is cut off after %d steps"):format(name, steps), function()
      local env = rl.make(name)
      eq(env.max_episode_steps, steps)
      env:reset {seed = 1}
      local s = env:state()
      s.steps = steps - 2
      env:load_state(s)
      local a = env.action_space.n and 1 or m.zeros(1)
      eq(select(4, env:step(a)), false)
      eq(select(4, env:step(a)), true)
    end)
  end

  it("MountainCar stops at the wall on the left", function()
    local env = rl.make "MountainCar-v0"
    env:load_state {values = {-1.2, -0.07}}
    env:step(1)
    eq(env:state().values, {-1.2, 0.0})
  end)

  it("MountainCar is done at 0.5, resting, but not on the way back", function()
    local env = rl.make "MountainCar-v0"
    env:load_state {values = {0.5, 0.0025 * cos(1.5)}}
    eq(select(3, env:step(2)), true)
    eq(env:state().values, {0.5, 0.0})
    env:load_state {values = {0.55, -0.01}}
    eq(select(3, env:step(2)), false)
  end)

  it("MountainCarContinuous pays 100 at 0.45 less what driving costs",
    function()
      local env = rl.make "MountainCarContinuous-v0"
      local top = f32(0.45)
      local rest = f32(0.0025 * cos(f32(3 * top)))
      env:load_state {values = {top, rest}}
      local _, reward, over = env:step(m.tensor {0})
      eq({reward, over}, {100.0, true})
      eq(env:state().values, {top, 0.0})
      env:load_state {values = {top, 0}}
      _, reward, over = env:step(m.tensor {0.5})
      eq({reward, over}, {100 - 0.025, true})
      env:load_state {values = {0.55, -0.02}} -- rolling back
      _, reward, over = env:step(m.tensor {-1})
      near(reward, -0.1, 1e-12)
      eq(over, false)
    end)

  it("Pendulum has the gravity it is given", function()
    for _, g in ipairs {-1000, 0, 9.81, 1000} do
      follow(rl.make("Pendulum-v1", {g = g}), pendulum, {0.3, 0.1}, {1, -1}, g)
    end
    for _, g in ipairs {-1000.5, 1000.5} do
      raises(("Pendulum-v1: g: a number from -1000 to 1000 expected, got %g")
        :format(g), rl.make, "Pendulum-v1", {g = g})
    end
  end)

  it("Acrobot takes states that a step could leave, and no others", function()
    local env = rl.make "Acrobot-v1"
    local most = {pi, pi, 4 * pi, 9 * pi}
    for i = 1, 4 do
      for _, sign in ipairs {1, -1} do
        local s = {0.5, 0.25, 1.0, 2.0}
        s[i] = sign * most[i]
        env:load_state {values = s}
        eq(env:state().values, s)
        s[i] = sign * (most[i] + 1e-9)
        raises("Acrobot-v1: load_state: these numbers are no state",
          env.load_state, env, {values = s})
      end
    end
  end)
end)

describe("classic control, shown as a line of 61 columns,", function()
  -- What a picture has at column `at`, from 0; the rest is dashes.
  local function line(at, what)
    return ("-"):rep(at) .. what .. ("-"):rep(60 - at) .. "\n"
  end

  -- environment, state, column, mark
  local pictures = {
    {"CartPole-v1", {0, 0, 0, 0}, 30, "|"},
    {"CartPole-v1", {2.4, 0, 0.06, 0}, 60, "/"},
    {"CartPole-v1", {-2.4, 0, -0.06, 0}, 0, "\\"},
    {"CartPole-v1", {9, 0, 0.05, 0}, 60, "|"},
    {"CartPole-v1", {-9, 0, -0.05, 0}, 0, "|"},
    {"CartPole-v1", {0.59, 0, 0, 0}, 37, "|"}, -- 37.375
    {"CartPole-v1", {0.61, 0, 0, 0}, 38, "|"}, -- 37.625
    {"MountainCar-v0", {-1.2, 0}, 0, ">"},
    {"MountainCar-v0", {0.6, -0.01}, 60, "<"},
    {"MountainCar-v0", {-0.3, 0.01}, 30, ">"},
    {"MountainCarContinuous-v0", {0, -0.01}, 40, "<"},
    {"Pendulum-v1", {0, 0}, 30, "|"},
    {"Pendulum-v1", {3.14, 0}, 60, "|"},
    {"Pendulum-v1", {-3.14, 0}, 0, "|"},
    {"Pendulum-v1", {pi / 2 + 2 * pi, 0}, 45, "|"},
    {"Pendulum-v1", {-pi / 2 - 2 * pi, 0}, 15, "|"},
    {"Acrobot-v1", {0, 0, 0, 0}, 0, "o"},
    {"Acrobot-v1", {pi, 0, 0, 0}, 60, "o"},
    {"Acrobot-v1", {pi / 2, pi / 2, 0, 0}, 45, "o"},
    {"Acrobot-v1", {pi / 2, -pi / 2, 0, 0}, 15, "o"},
  }

  for i, p in ipairs(pictures) do
    it(("%s is where it is, picture %d"):format(p[1], i), function()
      local env = rl.make(p[1])
      env:load_state {values = p[2]}
      eq(env:render(), line(p[3], p[4]))
    end)
  end
end)

describe("classic control, its spaces,", function()
  local inf = math.huge

  local bounds = {
    {"CartPole-v1", {4.8, inf, 24 * 2 * pi / 360, inf}},
    {"Pendulum-v1", {1, 1, 8}},
    {"Acrobot-v1", {1, 1, 1, 1, 4 * pi, 9 * pi}},
  }

  for _, b in ipairs(bounds) do
    it(b[1] .. " observes between bounds that are symmetric", function()
      local space = rl.make(b[1]).observation_space
      local low = {}
      for i, x in ipairs(b[2]) do low[i] = -x end
      near(space.high, m.tensor(b[2]), 1e-7)
      near(space.low, m.tensor(low), 1e-7)
    end)
  end

  it("MountainCar has its valley and the actions their names", function()
    local space = rl.make "MountainCar-v0".observation_space
    near(space.low, {-1.2, -0.07})
    near(space.high, {0.6, 0.07})
    eq(rl.make "CartPole-v1".action_names, {"left", "right"})
    eq(rl.make "Acrobot-v1".action_names, {"left", "none", "right"})
    eq(rl.make "Pendulum-v1".action_names, {})
    near(rl.make "Pendulum-v1".action_space.high, {2})
    near(rl.make "MountainCarContinuous-v0".action_space.low, {-1})
  end)
end)
