-- rl_worlds_spec.lua: environments that are tables against tables made here:
-- worlds of squares, Taxi, Blackjack; what their streams draw; their maps.

local rl = require "mlrt.rl"

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"
local stream = assert(loadfile(here .. "/rl_stream.lua"))()

-- Every pair of a state and an action has the outcomes of `model`, which
-- counts states and actions from 1.
local function has_model(env, model)
  for s = 1, env.observation_space.n do
    for a = 1, env.action_space.n do
      local got, want = env:outcomes(s, a), model(s, a)
      near(got, want, 1e-14)
      eq(#got, #want)
    end
  end
end

-- The outcome that a stream draws of a list; one that has to be takes none.
local function draw(list, g)
  local k = 1
  if #list == 1 then return list[1] end
  local u = stream.uniform(g)
  while k < #list and u >= list[k][1] do u, k = u - list[k][1], k + 1 end
  return list[k]
end

-- The environment does what its model and its stream say.
local function plays_its_model(env, first, seed, steps)
  local g = stream.of_copy(seed, 0)
  local s = env:reset {seed = seed}
  eq(s, first[stream.below(g, #first) + 1])
  for i = 1, steps do
    local a = i * 7 % env.action_space.n + 1
    local want = draw(env:outcomes(s, a), g)
    local next_s, reward, terminated = env:step(a)
    eq({next_s, reward, terminated}, {want[2], want[3], want[4]})
    eq(env:state().values, {next_s - 1.0})
    eq(env:state().stream, g.state)
    s = next_s
    if terminated then
      s = env:reset()
      eq(s, first[stream.below(g, #first) + 1])
    end
  end
end

-- ---- Worlds of squares ------------------------------------------------------

-- Rows, columns and squares of a map.
local function squares_of(map)
  local list, rows = {}, 0
  for row in map:gmatch "[^\n]+" do
    rows = rows + 1
    for square in row:gmatch "." do list[#list + 1] = square end
  end
  return list, rows, #list // rows
end

-- Where one goes from square `at` of a map; ways are up, right, down, left.
local function beside(rows, cols, at, way)
  local row, col = (at - 1) // cols, (at - 1) % cols
  if way == "up" then row = math.max(row - 1, 0) end
  if way == "down" then row = math.min(row + 1, rows - 1) end
  if way == "left" then col = math.max(col - 1, 0) end
  if way == "right" then col = math.min(col + 1, cols - 1) end
  return row * cols + col + 1
end

local function lake_model(map, o)
  local list, rows, cols = squares_of(map)
  local ways = {"left", "down", "right", "up"}
  local reward = {G = o.goal_reward or 1.0, H = o.hole_reward or 0.0,
    F = o.frozen_reward or 0.0, S = o.frozen_reward or 0.0}
  local function slide(at, a, p)
    local to = beside(rows, cols, at, ways[a])
    local what = list[to]
    return {p, to, reward[what], what == "G" or what == "H"}
  end
  return function(s, a)
    if list[s] == "G" or list[s] == "H" then return {{1.0, s, 0.0, true}} end
    if o.is_slippery == false then return {slide(s, a, 1.0)} end
    local p = o.success_rate or 1 / 3
    return {slide(s, (a + 2) % 4 + 1, (1 - p) / 2), slide(s, a, p),
      slide(s, a % 4 + 1, (1 - p) / 2)}
  end
end

local lakes = {
  {"SFFF\nFHFH\nFFFH\nHFFG", {}},
  {"SFFF\nFHFH\nFFFH\nHFFG", {map_name = "4x4", is_slippery = true,
    success_rate = 0.5}},
  {"SFFFFFFF\nFFFFFFFF\nFFFHFFFF\nFFFFFHFF\nFFFHFFFF\nFHHFFFHF\nFHFFHFHF\n"
    .. "FFFHFFFG", {map_name = "8x8"}},
  {"SFG\nHFS", {desc = "SFG\nHFS", goal_reward = 5.0, hole_reward = -2.0,
    frozen_reward = -0.5}},
  {"SFG\nHFS", {desc = {"SFG", "HFS"}, is_slippery = false,
    goal_reward = 1e6, hole_reward = -1e6}},
  {"SFFG", {desc = "SFFG", success_rate = 1}},
  {"S\nF\nH", {desc = "S\nF\nH\n", success_rate = 0}},
  {"S", {desc = "S", map_name = "none of them"}},
}

local function world_model(map, o)
  local list, rows, cols = squares_of(map)
  local ways = {"up", "right", "down", "left"}
  local step = o.step_reward or -0.04
  local reward = {G = o.goal_reward or 1.0, X = o.pit_reward or -1.0}
  local function arrive(at, a, p)
    local to = beside(rows, cols, at, ways[(a - 1) % 4 + 1])
    if list[to] == "#" then to = at end
    local last = reward[list[to]]
    return {p, to, last or step, last ~= nil}
  end
  return function(s, a)
    if list[s] == "#" or reward[list[s]] then return {{1.0, s, 0.0, true}} end
    local slip = o.slip or 0
    local forward = arrive(s, a, 1.0 - slip)
    if slip == 0 then return {forward} end
    return {forward, arrive(s, a + 1, slip / 2), arrive(s, a + 3, slip / 2)}
  end
end

local worlds = {
  {"...G\n.#.X\nS...", {}},
  {"...G\n.#.X\nS...", {slip = 0.2, step_reward = -1.0, goal_reward = 10.0,
    pit_reward = -10.0}},
  {"SX\n#G\nS.", {map = "SX\n#G\nS.", slip = 1}},
  {".S.G", {map = ".S.G", slip = 1e-9}},
  {"G\nS\nX", {map = "G\nS\nX"}},
}

local function starts_of(list)
  local first = {}
  for i, square in ipairs(list) do
    if square == "S" then first[#first + 1] = i end
  end
  return first
end

describe("worlds of squares", function()
  local function check(name, make_model, cases)
    for i, c in ipairs(cases) do
      it(("%s has the model of its map, case %d"):format(name, i), function()
        local map, o = c[1], c[2]
        local env = rl.make(name, o)
        local list, _, cols = squares_of(map)
        eq(env.observation_space.n, #list)
        eq(env.columns, cols)
        has_model(env, make_model(map, o))
        local first, chance = starts_of(list), {}
        for s, square in ipairs(list) do
          chance[s] = square == "S" and 1 / #first or 0.0
        end
        eq(env:starts(), chance)
        plays_its_model(env, first, i, 60)
      end)
    end
  end

  check("FrozenLake-v1", lake_model, lakes)
  check("GridWorld-v0", world_model, worlds)

  it("FrozenLake8x8 is the larger map", function()
    has_model(rl.make "FrozenLake8x8-v1", lake_model(lakes[3][1], {}))
    eq(rl.make "FrozenLake8x8-v1".max_episode_steps, 200)
    eq(rl.make "FrozenLake-v1".max_episode_steps, 100)
    eq(rl.make "GridWorld-v0".max_episode_steps, 100)
    eq(rl.make "CliffWalking-v1".max_episode_steps, nil)
  end)

  for name, slippery in pairs {["CliffWalking-v1"] = false,
    ["CliffWalkingSlippery-v1"] = true} do
    it(name .. " falls back to the start", function()
      local env = rl.make(name)
      local ways = {"up", "right", "down", "left"}
      local function walk(s, a, p)
        local to = beside(4, 12, s, ways[(a - 1) % 4 + 1])
        if to > 37 and to < 48 then return {p, 37, -100.0, false} end
        return {p, to, -1.0, to == 48}
      end
      local function model(s, a)
        if not slippery then return {walk(s, a, 1.0)} end
        return {walk(s, a + 3, 1 / 3), walk(s, a, 1 / 3), walk(s, a + 1, 1 / 3)}
      end
      has_model(env, model)
      has_model(rl.make("CliffWalking-v1", {is_slippery = slippery}), model)
      plays_its_model(env, {37}, 5, 60)
      env:reset()
      eq(env:render(), ("............\n"):rep(3) .. "@CCCCCCCCCCG\n")
    end)
  end

  it("are shown with @ where one is", function()
    local env = rl.make("GridWorld-v0", {map = ".#S\nGX."})
    env:load_state {values = {0}}
    eq(env:render(), "@#S\nGX.\n")
    env:load_state {values = {5}}
    eq(env:render(), ".#S\nGX@\n")
  end)

  it("take states of the map only", function()
    local env = rl.make "GridWorld-v0"
    for _, s in ipairs {0, 11} do
      env:load_state {values = {s}}
      eq(env:observation(), s + 1)
    end
    for _, s in ipairs {-1, 12, 0.5, 1e300} do
      refuses("GridWorld-v0: load_state: these numbers are no state",
        env.load_state, env, {values = {s}})
    end
  end)

  it("have up to 16384 squares", function()
    local function make(rows, cols)
      local row = ("."):rep(cols - 1)
      local map = "S" .. row .. ("\n." .. row):rep(rows - 1)
      return rl.make("GridWorld-v0", {map = map})
    end
    local large = make(2, 8192)
    eq(large.observation_space.n, 16384)
    eq(large:outcomes(8192, 2), {{1.0, 8192, -0.04, false}})
    eq(make(3, 5461).observation_space.n, 16383)
    local text = "GridWorld-v0: map: 1 to 16384 squares expected"
    for _, size in ipairs {{1, 16385}, {2, 8193}, {3, 5462}, {16385, 1}} do
      refuses(text, make, table.unpack(size))
    end
    refuses(text, rl.make, "GridWorld-v0", {map = ""})
  end)

  local wrong = {
    {"GridWorld-v0", {map = "SQ"}, "map: squares are one of SG.X#, got 'Q'"},
    {"GridWorld-v0", {map = "S.\n.F"},
      "map: squares are one of SG.X#, got 'F'"},
    {"FrozenLake-v1", {desc = "SF.G"}, "map: squares are one of SFHG, got '.'"},
    {"GridWorld-v0", {map = "S.\n."}, "map: rows differ in length"},
    {"GridWorld-v0", {map = "S\n.."}, "map: rows differ in length"},
    {"GridWorld-v0", {map = "S\n\n."}, "map: rows differ in length"},
    {"GridWorld-v0", {map = "\n"}, "map: rows differ in length"},
    {"GridWorld-v0", {map = "..\nG."}, "map: there is no start S"},
    {"FrozenLake-v1", {map_name = "5x5"},
      "map_name: 4x4 or 8x8 expected, got '5x5'"},
    {"GridWorld-v0", {map = 3}, "map: a text expected, got 3"},
    {"GridWorld-v0", {slip = 1.001}, "slip: a number from 0 to 1 expected, "
      .. "got 1.001"},
    {"GridWorld-v0", {slip = -0.001}, "slip: a number from 0 to 1 expected, "
      .. "got -0.001"},
    {"GridWorld-v0", {slip = "much"}, "slip: a number from 0 to 1 expected, "
      .. "got much"},
    {"GridWorld-v0", {pit_reward = -1e7}, "pit_reward: a number from -1e+06 "
      .. "to 1e+06 expected, got -1e+07"},
    {"GridWorld-v0", {max_episode_steps = -1}, "max_episode_steps: a number "
      .. "from 0 to 2.14748e+09 expected, got -1"},
    {"GridWorld-v0", {mapp = 3}, "unknown option 'mapp'; known are "
      .. "max_episode_steps, map, slip, step_reward, goal_reward, pit_reward"},
    {"CartPole-v1", {g = 3}, "unknown option 'g'; known are max_episode_steps"},
  }

  for i, c in ipairs(wrong) do
    it("say what is wrong with settings, case " .. i, function()
      refuses(c[1] .. ": " .. c[3], rl.make, c[1], c[2])
    end)
  end
end)

-- ---- Taxi -------------------------------------------------------------------

describe("Taxi", function()
  local places = {{0, 0}, {0, 4}, {4, 0}, {4, 3}} -- R G Y B: row, column

  -- A wall on the right of a column.
  local walls = {[0] = {[1] = true}, {[1] = true}, {},
    {[0] = true, [2] = true}, {[0] = true, [2] = true}}

  local function open(row, col, way)
    if way == "south" then return row < 4 end
    if way == "north" then return row > 0 end
    if way == "east" then return col < 4 and not walls[row][col] end
    return col > 0 and not walls[row][col - 1]
  end

  local function moved(row, col, way)
    if not open(row, col, way) then return row, col end
    if way == "south" then return row + 1, col end
    if way == "north" then return row - 1, col end
    return row, way == "east" and col + 1 or col - 1
  end

  local names = {"south", "north", "east", "west"}
  local left = {south = "east", north = "west", east = "north", west = "south"}
  local right = {south = "west", north = "east", east = "south",
    west = "north"}

  local function place_at(row, col)
    for i, at in ipairs(places) do
      if at[1] == row and at[2] == col then return i - 1 end
    end
  end

  local function model_of(rain)
    return function(s, a)
      s = s - 1
      local row, col, rider, goal = s // 100, s // 20 % 5, s // 4 % 5, s % 4
      local function at(r, c, who)
        return ((r * 5 + c) * 5 + who) * 4 + goal + 1
      end
      local place = place_at(row, col)
      if a == 5 then
        local here_he_is = rider < 4 and place == rider
        return {{1.0, at(row, col, here_he_is and 4 or rider),
          here_he_is and -1.0 or -10.0, false}}
      end
      if a == 6 then
        if rider ~= 4 or not place then return {{1.0, s + 1, -10.0, false}} end
        return {{1.0, at(row, col, place), place == goal and 20.0 or -1.0,
          place == goal}}
      end
      local way = names[a]
      local r, c = moved(row, col, way)
      if not rain then return {{1.0, at(r, c, rider), -1.0, false}} end
      local list = {{rain, at(r, c, rider), -1.0, false}}
      for i, turn in ipairs {left, right} do
        local r2, c2 = row, col
        if open(row, col, way) then r2, c2 = moved(row, col, turn[way]) end
        list[i + 1] = {(1 - rain) / 2, at(r2, c2, rider), -1.0, false}
      end
      return list
    end
  end

  local first = {}
  for s = 1, 500 do
    local rider, goal = (s - 1) // 4 % 5, (s - 1) % 4
    if rider < 4 and rider ~= goal then first[#first + 1] = s end
  end

  it("drives, takes and delivers as its town allows", function()
    for _, o in ipairs {{}, {is_rainy = true}, {is_rainy = true,
      rainy_probability = 0.5}, {rainy_probability = 0.5}} do
      local env = rl.make("Taxi-v4", o)
      has_model(env, model_of(o.is_rainy and (o.rainy_probability or 0.8)))
      plays_its_model(env, first, 3, 60)
    end
    has_model(rl.make "Taxi-v3", model_of(nil))
  end)

  it("begins where a rider waits elsewhere", function()
    local chance, want = rl.make "Taxi-v4":starts(), {}
    for s = 1, 500 do want[s] = 0.0 end
    for _, s in ipairs(first) do want[s] = 1 / 300 end
    eq(chance, want)
    eq(#first, 300)
  end)

  it("is shown on its map, @ empty and # with the rider", function()
    local env = rl.make "Taxi-v4"
    env:load_state {values = {((2 * 5 + 3) * 5 + 0) * 4 + 1}}
    eq(env:render(),
      "|R: | : :G|\n| : | : : |\n| : : :@: |\n| | : | : |\n|Y| : |B: |\n")
    env:load_state {values = {((4 * 5 + 0) * 5 + 4) * 4 + 1}}
    eq(env:render(),
      "|R: | : :G|\n| : | : : |\n| : : : : |\n| | : | : |\n|#| : |B: |\n")
    eq(env.action_names, {"south", "north", "east", "west", "pickup",
      "dropoff"})
    eq(env.max_episode_steps, 200)
  end)
end)

-- ---- Blackjack --------------------------------------------------------------

describe("Blackjack", function()
  local function chance(card) return card == 10 and 4 / 13 or 1 / 13 end

  -- A hand is {its cards with aces as 1, has it an ace?}.
  local function with(h, card) return {h[1] + card, h[2] or card == 1} end
  local function soft(h) return h[2] and h[1] + 10 <= 21 end
  local function total(h) return h[1] + (soft(h) and 10 or 0) end

  local function place(h, dealer)
    return (total(h) * 11 + dealer) * 2 + (soft(h) and 1 or 0) + 1
  end

  -- Chances of the dealer's end: 0 bust, "natural", or a total.
  local function deal(h, cards, q, p)
    local sum = total(h)
    if cards >= 2 and sum >= 17 then
      local what = sum > 21 and 0 or cards == 2 and sum == 21 and "natural"
        or sum
      p[what] = (p[what] or 0) + q
      return p
    end
    for card = 1, 10 do deal(with(h, card), cards + 1, q * chance(card), p) end
    return p
  end

  -- What sticking comes to: a list by reward, only what can be.
  local function stick(s, sum, dealer, pays)
    local q = {[-1] = 0, [0] = 0, [1] = 0, [1.5] = 0}
    for what, p in pairs(deal(with({0, false}, dealer), 1, 1, {})) do
      local theirs = what == "natural" and 21 or what
      local r = sum > theirs and 1 or sum == theirs and 0 or -1
      if pays == "sab" and what ~= "natural" then r = 1 end
      if pays == "natural" and r == 1 then r = 1.5 end
      q[r] = q[r] + p
    end
    local list = {}
    for _, r in ipairs {-1, 0, 1, 1.5} do
      if q[r] > 0 then list[#list + 1] = {q[r], s, r + 0.0, true} end
    end
    return list
  end

  local function model(s, a)
    local sum, dealer, ace = (s - 1) // 22, (s - 1) // 2 % 11, (s - 1) % 2 == 1
    if dealer == 0 or sum > 21 or sum < (ace and 12 or 2) then
      return {{1.0, s, 0.0, true}} -- no game comes here
    end
    if a == 1 then return stick(s, sum, dealer) end
    local h, list = {ace and sum - 10 or sum, ace}, {}
    for card = 1, 10 do
      local now = with(h, card)
      local bust = total(now) > 21
      list[card] = {chance(card), place(now, dealer), bust and -1.0 or 0.0,
        bust}
    end
    return list
  end

  -- All deals: two cards of the player, one of the dealer.
  local function deals()
    local list = {}
    for i = 0, 13 ^ 3 - 1 do
      i = math.tointeger(i)
      local function card(k) return math.min(k % 13 + 1, 10) end
      local h = with(with({0, false}, card(i // 169)), card(i // 13))
      list[i + 1] = {place(h, card(i)), total(h) == 21}
    end
    return list
  end

  it("has the odds of its deck in every state", function()
    local env = rl.make "Blackjack-v1"
    eq(env.observation_space.n, 32 * 11 * 2)
    has_model(env, model)
    local first, starts = {}, {}
    for s = 1, 32 * 11 * 2 do starts[s] = 0 end
    for i, d in ipairs(deals()) do
      first[i] = d[1]
      starts[d[1]] = starts[d[1]] + 1 / 13 ^ 3
    end
    near(env:starts(), starts, 1e-14)
    plays_its_model(env, first, 8, 60)
    eq(env.action_names, {"stick", "hit"})
  end)

  for _, pays in ipairs {"natural", "sab"} do
    it("pays a natural by the rule " .. pays, function()
      local env = rl.make("Blackjack-v1", {[pays] = true})
      eq(env.has_model, false)
      eq(env.observation_space.n, 704)
      local all, g, naturals = deals(), stream.of_copy(6, 0), 0
      for i = 1, 60 do
        local s = env:reset {seed = i == 1 and 6 or nil}
        local d = all[stream.below(g, #all) + 1]
        eq(s, d[1])
        eq(env:state().values, {s - 1 + (d[2] and 704.0 or 0.0)})
        if d[2] then naturals = naturals + 1 end
        local dealer = (s - 1) // 2 % 11
        local list = d[2] and stick(s, 21, dealer, pays) or model(s, 1)
        local want = draw(list, g)
        local next_s, reward, over = env:step(1)
        eq({next_s, reward, over}, {s, want[3], true})
      end
      assert(naturals > 0)
      -- A natural that asks for more is a hand like any other.
      local s = (21 * 11 + 5) * 2 + 1
      env:load_state {values = {s + 704}}
      eq(env:observation(), s + 1)
      env:step(2)
      assert(env:state().values[1] < 704)
      raises("", env.load_state, env, {values = {1408}})
    end)
  end

  it("both rules: the book's 1 for a natural, not 3 : 2", function()
    local env = rl.make("Blackjack-v1", {natural = true, sab = true})
    for seed = 1, 40 do
      env:reset {seed = seed}
      env:load_state {values = {(21 * 11 + 5) * 2 + 1 + 704}}
      eq(select(2, env:step(1)), 1.0) -- a dealer with a 5 has no natural
    end
  end)

  it("is shown in words", function()
    local env = rl.make("Blackjack-v1", {natural = true})
    local texts = {[(14 * 11 + 3) * 2] = "player 14, dealer shows 3\n",
      [(18 * 11 + 10) * 2 + 1] =
        "player 18 with a usable ace, dealer shows 10\n",
      [704 + (21 * 11 + 1) * 2 + 1] =
        "player 21 with a usable ace, dealer shows 1\n"}
    for s, text in pairs(texts) do
      env:load_state {values = {s}}
      eq(env:render(), text)
    end
  end)
end)
