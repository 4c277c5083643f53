-- rl_tictactoe_spec.lua: three in a row against its rules written in Lua:
-- games by each opponent, both observations, states, the model.

local m = require "mlrt"
local rl = require "mlrt.rl"

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"
local stream = assert(loadfile(here .. "/rl_stream.lua"))()

-- ---- The rules --------------------------------------------------------------

local lines = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}, {1, 4, 7}, {2, 5, 8},
  {3, 6, 9}, {1, 5, 9}, {3, 5, 7}}

local function has_three(at, side)
  for _, l in ipairs(lines) do
    if at[l[1]] == side and at[l[2]] == side and at[l[3]] == side then
      return true
    end
  end
  return false
end

local function empty(at)
  local list = {}
  for i = 1, 9 do
    if at[i] == 0 then list[#list + 1] = i end
  end
  return list
end

-- Puts a stone: has it won?
local function place(b, square)
  local side = b.mover
  b.at[square], b.mover = side, 3 - side
  local won = has_three(b.at, side)
  b.over = won or #empty(b.at) == 0
  return won
end

local function answer(b, g)
  local list = empty(b.at)
  return place(b, list[stream.below(g, #list) + 1])
end

local function begin(o, g)
  local b = {at = {0, 0, 0, 0, 0, 0, 0, 0, 0}, mover = 1, agent = 1,
    over = false}
  if o.opponent == "random" and stream.uniform(g) >= (o.first or 1) then
    b.agent = 2
    answer(b, g)
  end
  return b
end

local function index_of(at, side)
  local sum = 1
  for i = 1, 9 do
    local code = at[i] == 0 and 0 or at[i] == side and 1 or 2
    sum = sum + code * math.tointeger(3 ^ (i - 1))
  end
  return sum
end

local function seen(o, b)
  local side = o.opponent == "random" and b.agent or b.mover
  if o.observation ~= "planes" then return index_of(b.at, side) end
  local planes = {{{}, {}, {}}, {{}, {}, {}}}
  for i = 1, 9 do
    local row, col = (i - 1) // 3 + 1, (i - 1) % 3 + 1
    planes[1][row][col] = b.at[i] == side and 1.0 or 0.0
    planes[2][row][col] = b.at[i] == 3 - side and 1.0 or 0.0
  end
  return planes
end

local function mask(b)
  local list = {}
  for i = 1, 9 do list[i] = b.at[i] == 0 and not b.over end
  return list
end

local function text(b)
  local rows = {}
  for i = 1, 9 do
    rows[i] = (".XO"):sub(b.at[i] + 1, b.at[i] + 1)
      .. (i % 3 == 0 and "\n" or "")
  end
  return table.concat(rows)
end

local function numbers(b)
  local list = {}
  for i = 1, 9 do list[i] = b.at[i] + 0.0 end
  list[10], list[11] = b.mover + 0.0, b.agent + 0.0
  return list
end

local function same(env, o, b, obs)
  eq(obs, seen(o, b))
  eq(env.legal, mask(b))
  eq(env:render(), text(b))
  eq(env:state().values, numbers(b))
end

local function play_games(o, n)
  local env, dice = rl.make("TicTacToe-v0", o), m.generator(n)
  local g = stream.of_copy(n, 0)
  for i = 1, n do
    local obs = env:reset {seed = i == 1 and n or nil}
    local b = begin(o, g)
    same(env, o, b, obs)
    repeat
      local list = empty(b.at)
      local square = list[dice:next() % #list + 1]
      local want = place(b, square) and 1.0 or 0.0
      if o.opponent == "random" and not b.over then
        want = answer(b, g) and -1.0 or 0.0
      end
      local next_obs, reward, over, cut = env:step(square)
      near(reward, want, 0) -- 0 may be -0
      eq({over, cut}, {b.over, false})
      same(env, o, b, next_obs)
    until b.over
    eq(env:state().stream, g.state)
    refuses("TicTacToe-v0: step: the episode has ended; call reset", env.step,
      env, 1)
  end
end

describe("games of three in a row", function()
  for i, o in ipairs {{}, {observation = "planes"}, {opponent = "random"},
    {opponent = "random", first = 0.5}, {opponent = "random", first = 0,
    observation = "planes"}} do
    it("go by the rules, case " .. i, function() play_games(o, 40) end)
  end

  for i, l in ipairs(lines) do
    it("are won by each line, case " .. i, function()
      for side = 1, 2 do
        local b = {at = {0, 0, 0, 0, 0, 0, 0, 0, 0}, mover = side,
          agent = side}
        b.at[l[1]], b.at[l[3]] = side, side
        local env = rl.make "TicTacToe-v0"
        env:load_state {values = numbers(b)}
        eq(env.legal, mask(b))
        local _, reward, over = env:step(l[2])
        eq({reward, over}, {1.0, true})
        eq(env.legal:any():item(), false)
        eq(env:load_state(env:state()).legal:any():item(), false)
      end
    end)
  end
end)

describe("states of three in a row", function()
  local refused = "TicTacToe-v0: load_state: these numbers are no state"

  it("are squares of 0 to 2 and sides of 1 to 2", function()
    local env = rl.make "TicTacToe-v0"
    for i = 1, 11 do
      for _, x in ipairs {-1, 0, 0.5, 1, 1.5, 2, 3} do
        local s = {0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1}
        s[i] = x
        if x == 1 or x == 2 or (x == 0 and i < 10) then
          env:load_state {values = s}
          eq(env:state().values[i], x + 0.0)
        else
          refuses(refused, env.load_state, env, {values = s})
        end
      end
    end
  end)

  it("against an opponent have the agent to move", function()
    local env = rl.make("TicTacToe-v0", {opponent = "random"})
    refuses(refused, env.load_state, env,
      {values = {0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2}})
    env:load_state {values = {1, 0, 0, 0, 2, 0, 0, 0, 0, 2, 2}}
    eq(env:observation(), 1 + 2 + 81)
    eq(env.legal[2], true)
  end)

  it("are over when a side has three or the board is full", function()
    local env = rl.make "TicTacToe-v0"
    for side = 1, 2 do
      env:load_state {values = {side, side, side, 0, 0, 0, 0, 0, 0, 1, 1}}
      eq(env.legal:any():item(), false)
    end
    env:load_state {values = {1, 2, 1, 1, 2, 2, 2, 1, 0, 1, 1}}
    eq(env.legal, {false, false, false, false, false, false, false, false,
      true})
    env:load_state {values = {1, 2, 1, 1, 2, 2, 2, 1, 1, 2, 1}}
    eq(env.legal:any():item(), false)
  end)
end)

describe("the model of three in a row", function()
  -- Outcomes of a state and an action, both from 1.
  local function model(s, a)
    local at, k = {}, s - 1
    for i = 1, 9 do at[i], k = k % 3, k // 3 end
    if at[a] ~= 0 or has_three(at, 1) or has_three(at, 2) then return {} end
    at[a] = 1
    local list, won = empty(at), has_three(at, 1)
    if won or #list == 0 then
      return {{1.0, index_of(at, 1), won and 1.0 or 0.0, true}}
    end
    local outcomes = {}
    for i, square in ipairs(list) do
      at[square] = 2
      local lost = has_three(at, 2)
      outcomes[i] = {1 / #list, index_of(at, 1), lost and -1.0 or 0.0,
        lost or #list == 1}
      at[square] = 0
    end
    return outcomes
  end

  it("is the rules with random answers", function()
    local env = rl.make("TicTacToe-v0", {opponent = "random"})
    for s = 1, 19683, 61 do
      for a = 1, 9 do eq(env:outcomes(s, a), model(s, a)) end
    end
    -- The last square: a draw, a win.
    for _, at in ipairs {{1, 2, 1, 1, 2, 2, 2, 1, 0},
      {1, 2, 2, 2, 1, 1, 1, 2, 0}, {1, 2, 1, 1, 2, 2, 0, 1, 0}} do
      local s = index_of(at, 1)
      eq(env:outcomes(s, 9), model(s, 9))
    end
  end)

  it("begins with an empty board, or with the other's stone", function()
    for _, first in ipairs {1, 0.25, 0} do
      local starts = rl.make("TicTacToe-v0", {opponent = "random",
        first = first}):starts()
      local want = {[1] = first}
      for i = 1, 9 do
        want[1 + 2 * math.tointeger(3 ^ (i - 1))] = (1 - first) / 9
      end
      for s = 1, 19683 do
        if starts[s] ~= (want[s] or 0) then near(starts[s], want[s] or 0, 0) end
      end
    end
  end)

  it("is known of games against random answers by index only", function()
    eq(rl.make("TicTacToe-v0", {opponent = "random"}).has_model, true)
    eq(rl.make "TicTacToe-v0".has_model, false)
    eq(rl.make("TicTacToe-v0", {opponent = "random",
      observation = "planes"}).has_model, false)
    local space = rl.make("TicTacToe-v0", {observation = "planes"})
      .observation_space
    eq(space.low:max():item(), 0.0)
    eq(space.high:min():item(), 1.0)
    eq(space.shape, {2, 3, 3})
    refuses("TicTacToe-v0: observation: one of index, planes expected, got "
      .. "'text'", rl.make, "TicTacToe-v0", {observation = "text"})
    refuses("TicTacToe-v0: opponent: one of self, random expected, got 'me'",
      rl.make, "TicTacToe-v0", {opponent = "me"})
  end)
end)
