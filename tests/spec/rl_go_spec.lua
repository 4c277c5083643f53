-- rl_go_spec.lua: the rules of Go by positions: captures, ko, suicide, area.

local m = require "mlrt"
local rl = require "mlrt.rl"

-- A position from rows of . X O; X moves first.
local function position(text, mover, o)
  local env = rl.make("Go-v0", o)
  env:reset {seed = 1}
  local s = env:state()
  for i = 1, #s.values do s.values[i] = 0 end
  local n = 0
  for square in text:gmatch "[.XO]" do
    n = n + 1
    s.values[n] = square == "X" and 1 or square == "O" and 2 or 0
  end
  s.values[n + 1] = mover == "O" and 2 or 1
  s.values[n + 2] = s.values[n + 1]
  return env:load_state(s), math.tointeger(n ^ 0.5)
end

-- Point "b3": column b, third row from the top.
local function point(name, size)
  if name == "pass" then return size * size + 1 end
  local col, row = name:byte(1) - 96, tonumber(name:sub(2))
  return (row - 1) * size + col
end

local function board(env, size)
  return (env:render():sub(1, size * (size + 1)):gsub("\n$", ""))
end

local function strip(text)
  return (text:gsub("[ \t]+", ""):gsub("^\n", ""):gsub("\n$", ""))
end

-- before, mover, move, after
local captures = {
  {"a stone in the middle", [[
    .....
    ..X..
    .XO..
    ..X..
    .....]], "X", "d3", [[
    .....
    ..X..
    .X.X.
    ..X..
    .....]]},
  {"a stone in the corner", [[
    OX...
    .....
    .....
    .....
    .....]], "X", "a2", [[
    .X...
    X....
    .....
    .....
    .....]]},
  {"a group at the edge", [[
    .OO..
    XXXX.
    .....
    .....
    .....]], "O", "d1", [[
    .OOO.
    XXXX.
    .....
    .....
    .....]]},
  {"a group of three", [[
    XOOO.
    .XXX.
    .....
    .....
    .....]], "X", "e1", [[
    X...X
    .XXX.
    .....
    .....
    .....]]},
  {"three groups at once", [[
    .XOX.
    XO.OX
    .XOX.
    ..X..
    .....]], "X", "c2", [[
    .X.X.
    X.X.X
    .X.X.
    ..X..
    .....]]},
  {"what would else be suicide", [[
    .OX..
    OX...
    X....
    .....
    .....]], "X", "a1", [[
    X.X..
    .X...
    X....
    .....
    .....]]},
  {"the whole of the other side", [[
    XXXXX
    XXXXX
    XX.XX
    XXXXX
    XXXXX]], "O", "c3", [[
    .....
    .....
    ..O..
    .....
    .....]]},
}

-- position, mover, points that are illegal, points that are legal
local rules = {
  {"suicide of one stone", [[
    .X...
    X....
    .....
    .....
    .....]], "O", {"a1"}, {"c1", "pass"}},
  {"suicide of a group", [[
    O.X..
    XX...
    .....
    .....
    .....]], "O", {"b1"}, {"d1"}},
  {"an own eye may be filled", [[
    .X...
    X....
    .....
    .....
    .....]], "X", {}, {"a1"}},
  {"occupied points", [[
    XO...
    .....
    .....
    .....
    .....]], "X", {"a1", "b1"}, {"a2"}},
  {"joining a group with liberties", [[
    .XO..
    X.O..
    OO...
    .....
    .....]], "X", {}, {"a1", "b2"}},
}

-- board, area of X less that of O
local areas = {
  {"an empty board", [[
    .....
    .....
    .....
    .....
    .....]], 0},
  {"one stone has it all", [[
    .....
    .....
    ..X..
    .....
    .....]], 25},
  {"two halves", [[
    .XO..
    .XO..
    .XO..
    .XO..
    .XO..]], 10 - 15},
  {"neutral points count for nobody", [[
    .X.O.
    .X.O.
    .X.O.
    .X.O.
    .X.O.]], 0},
  {"an eye inside", [[
    XXXXX
    X.X.X
    XXXXX
    OOOOO
    .OOO.]], 15 - 10},
}

describe("Go", function()
  for _, c in ipairs(captures) do
    it("captures " .. c[1], function()
      local env, size = position(c[2], c[3])
      env:step(point(c[4], size))
      eq(board(env, size), strip(c[5]))
    end)
  end

  for _, c in ipairs(rules) do
    it("knows: " .. c[1], function()
      local env, size = position(c[2], c[3])
      for _, name in ipairs(c[4]) do
        raises("a legal one expected", env.step, env, point(name, size))
      end
      for _, name in ipairs(c[5]) do
        assert(pcall(env.step, env, point(name, size)), name)
        env = position(c[2], c[3])
      end
    end)
  end

  for _, c in ipairs(areas) do
    it("counts " .. c[1], function()
      local env, size = position(c[2], "X", {komi = 0})
      env:step(point("pass", size))
      local _, reward, over = env:step(point("pass", size)) -- by O
      eq(over, true)
      near(reward, c[3] > 0 and -1 or c[3] < 0 and 1 or 0)
      near(tonumber(env:render():match "score (%S+)"), c[3])
    end)
  end

  it("forbids to take a ko back at once, and allows it later", function()
    local env, size = position([[
      .XO..
      X.XO.
      .XO..
      .....
      .....]], "O")
    env:step(point("b2", size)) -- takes c2
    eq(board(env, size), strip [[
      .XO..
      XO.O.
      .XO..
      .....
      .....]])
    raises("a legal one expected", env.step, env, point("c2", size))
    eq(env.legal[point("c2", size)], false)
    env:step(point("e5", size))
    env:step(point("a5", size))
    env:step(point("c2", size)) -- the position is a new one
    eq(board(env, size), strip [[
      .XO..
      X.XO.
      .XO..
      .....
      O...X]])
  end)

  it("ends by two passes, komi decides, and by the limit of moves", function()
    local env = rl.make("Go-v0", {size = 3, komi = 0.5})
    env:reset()
    env:step(10)
    local _, reward, over = env:step(10)
    eq({reward, over}, {1.0, true}) -- the second wins an empty board
    env = rl.make("Go-v0", {max_moves = 3})
    env:reset()
    for i = 1, 2 do
      local _, r, ended = env:step(i)
      eq({r, ended}, {0.0, false})
    end
    _, reward, over = env:step(3)
    eq({reward, over}, {1.0, true})
  end)

  it("plays whole games by its own mask against each opponent", function()
    local g, wins = m.generator(3), {}
    for _, opponent in ipairs {"random", "capture", "self"} do
      local env = rl.make("Go-v0", {opponent = opponent, first = 0.5})
      env:reset {seed = 1}
      local games, won = 0, 0
      for _ = 1, 3000 do
        local a = env.action_space:sample(g, env.legal)
        local obs, reward, over = env:step(a)
        assert(env.observation_space:contains(obs))
        if over then
          games, won = games + 1, won + (reward + 1) / 2
          env:reset()
        end
      end
      assert(games > 20)
      wins[opponent] = won / games
    end
    assert(wins.capture < 0.4 and wins.random < 0.6, wins.capture)
  end)

  it("goes on from a saved state, its history too", function()
    local env, size = position([[
      .XO..
      X.XO.
      .XO..
      .....
      .....]], "O")
    env:step(point("b2", size))
    local other = rl.make "Go-v0":load_state(env:state())
    raises("a legal one expected", other.step, other, point("c2", size))
    local s = env:state()
    s.values[1] = 3
    raises("these numbers are no state", other.load_state, other, s)
  end)
end)
