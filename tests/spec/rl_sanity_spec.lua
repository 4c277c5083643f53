-- rl_sanity_spec.lua: Bandit, Memory and Stochastic: what they draw, pay, show
-- and take as states and settings.

local rl = require "mlrt.rl"

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"
local stream = assert(loadfile(here .. "/rl_stream.lua"))()

-- Box and Muller's normal deviate of a stream.
local function normal(g)
  local r = math.sqrt(-2 * math.log(1 - stream.uniform(g)))
  return r * math.cos(2 * math.pi * stream.uniform(g))
end

-- A list of n times the same.
local function times(n, what)
  local list = {}
  for i = 1, n do list[i] = what end
  return list
end

describe("Bandit", function()
  it("draws its means anew for each episode, and the noise of a pull",
    function()
      for _, o in ipairs {{}, {arms = 3}, {arms = 1, noise = 0.5},
        {arms = 64, noise = 0}} do
        local env = rl.make("Bandit-v0", o)
        local arms, noise = o.arms or 10, o.noise or 1
        eq(env.action_space.n, arms)
        local g = stream.of_copy(4, 0)
        for episode = 1, 2 do
          eq(env:reset {seed = episode == 1 and 4 or nil}, 1)
          local means = {}
          for i = 1, arms do means[i] = normal(g) end
          near(env:state().values, means, 1e-14)
          for pull = 1, 5 do
            local a = pull % arms + 1
            local want = means[a]
            if noise > 0 then want = want + noise * normal(g) end
            local obs, reward, over, cut = env:step(a)
            near(reward, want, 1e-13)
            eq({obs, over, cut}, {1, false, false})
          end
        end
      end
    end)

  it("has the means it is given, and is then known", function()
    local env = rl.make("Bandit-v0", {means = "0.5, -1\n2", noise = 0})
    eq(env.action_space.n, 3)
    eq(env.has_model, true)
    env:reset {seed = 1}
    for a, mean in ipairs {0.5, -1.0, 2.0} do
      eq(select(2, env:step(a)), mean)
      eq(env:outcomes(1, a), {{1.0, 1, mean, true}})
    end
    eq(env:starts(), {1.0})
    eq(rl.make "Bandit-v0".has_model, false)
    raises("Bandit-v0: its model is not known", function()
      rl.make "Bandit-v0":starts()
    end)
  end)

  it("is shown as its means", function()
    local env = rl.make("Bandit-v0", {means = "0.5 -1.126 2"})
    env:reset()
    eq(env:render(), "0.50 -1.13 2.00\n")
    env = rl.make("Bandit-v0", {means = "7"})
    env:reset()
    eq(env:render(), "7.00\n")
    env = rl.make("Bandit-v0", {means = table.concat(times(64, "1"), " ")})
    env:reset()
    eq(env:render(), ("1.00 "):rep(63) .. "1.00\n")
  end)

  it("is cut off after 1000 pulls", function()
    local env = rl.make "Bandit-v0"
    env:reset()
    for _ = 1, 999 do eq(select(4, env:step(1)), false) end
    eq(select(4, env:step(1)), true)
  end)

  it("takes 1 to 64 arms", function()
    eq(rl.make("Bandit-v0", {means = table.concat(times(64, "1"), ",")})
      .action_space.n, 64)
    local sixty_five = table.concat(times(65, "1"), " ")
    for _, text in ipairs {"x", "1 x", " ", "1 inf", "nan", sixty_five} do
      refuses(("Bandit-v0: means: up to 64 numbers expected, got '%s'")
        :format(text:sub(1, 60)), rl.make, "Bandit-v0", {means = text})
    end
    for _, n in ipairs {0, 65} do
      refuses("Bandit-v0: arms: a number from 1 to 64 expected, got " .. n,
        rl.make, "Bandit-v0", {arms = n})
    end
    refuses("Bandit-v0: noise: a number from 0 to 1e+06 expected, got -1",
      rl.make, "Bandit-v0", {noise = -1})
  end)
end)

describe("Memory", function()
  it("shows a cue, then nothing, then asks", function()
    for _, length in ipairs {1, 2, 3.9, 7} do
      local env = rl.make("Memory-v0", {length = length})
      local n, g = length // 1, stream.of_copy(5, 0)
      for episode = 1, 6 do
        local cue = env:reset {seed = episode == 1 and 5 or nil}
        eq(cue, stream.below(g, 2) + 1)
        eq(env:state().values, {cue - 1.0, 0.0, n + 0.0})
        for k = 1, n do
          local obs, reward, over = env:step(k % 2 + 1)
          eq({obs, reward, over}, {k == n and 4 or 3, 0.0, false})
        end
        local a = episode % 2 + 1
        local obs, reward, over = env:step(a)
        eq({obs, reward, over}, {4, a == cue and 1.0 or -1.0, true})
      end
    end
    eq(rl.make "Memory-v0":reset {seed = 5} <= 2, true)
    local two = rl.make "Memory-v0"
    two:reset()
    eq(two:state().values[3], 2.0)
    eq(two.action_names, {"left", "right"})
  end)

  it("is shown in a word", function()
    local env = rl.make("Memory-v0", {length = 3})
    local words = {{0, 0, "left"}, {1, 0, "right"}, {0, 1, "nothing"},
      {1, 2, "nothing"}, {1, 3, "choose"}}
    for i, w in ipairs(words) do
      env:load_state {values = {w[1], w[2], 3}}
      eq(env:render(), w[3] .. "\n")
      eq(env:observation(), ({1, 2, 3, 3, 4})[i])
    end
  end)

  it("takes the states of its corridor, of any length", function()
    local env = rl.make "Memory-v0"
    for _, s in ipairs {{0.0, 0.0, 0.0}, {1.0, 5.0, 5.0}, {0.0, 1e6, 1e6},
      {1.0, 0.0, 1e6}} do
      env:load_state {values = s}
      eq(env:state().values, s)
    end
    for _, s in ipairs {{2, 0, 2}, {-1, 0, 2}, {0.5, 0, 2}, {0, -1, 2},
      {0, 3, 2}, {0, 0.5, 2}, {0, 1, 2.5}, {0, 1, 1e6 + 1}} do
      refuses("Memory-v0: load_state: these numbers are no state",
        env.load_state, env, {values = s})
    end
    eq(env:state().values, {1.0, 0.0, 1e6}) -- as it was
    refuses("Memory-v0: length: a number from 1 to 1e+06 expected, got 0",
      rl.make, "Memory-v0", {length = 0})
  end)
end)

describe("Stochastic", function()
  it("pays by the share of the first action, at the end", function()
    for _, c in ipairs {{0.75, 4}, {0.5, 10}, {1, 1}, {0.6, 7.5}, {nil, nil}}
    do
      local p, length = c[1] or 0.75, (c[2] or 100) // 1
      local env = rl.make("Stochastic-v0", {p = c[1], length = c[2]})
      for _, left in ipairs {0, length // 2, length} do
        eq(env:reset(), 1)
        for k = 1, length do
          local obs, reward, over = env:step(k <= left and 1 or 2)
          local last = k == length
          near(reward, last and 1 - ((p - left / length) / p) ^ 2 or 0, 1e-14)
          eq({obs, over}, {1, last})
        end
      end
    end
  end)

  it("is shown as how many of how many", function()
    local env = rl.make("Stochastic-v0", {length = 9})
    env:reset()
    eq(env:render(), "0 of 0\n")
    for _, a in ipairs {1, 2, 1} do env:step(a) end
    eq(env:render(), "2 of 3\n")
    eq(env:state().values, {3.0, 2.0})
  end)

  it("has bounds", function()
    for _, p in ipairs {0.49, 1.01} do
      refuses("Stochastic-v0: p: a number from 0.5 to 1 expected, got " .. p,
        rl.make, "Stochastic-v0", {p = p})
    end
    refuses("Stochastic-v0: length: a number from 1 to 1e+06 expected, got 0",
      rl.make, "Stochastic-v0", {length = 0})
  end)
end)
