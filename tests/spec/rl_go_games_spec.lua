-- rl_go_games_spec.lua: whole games of Go against the rules written in Lua:
-- masks, planes, captures, superko, opponents, scores, pictures and states.

local m = require "mlrt"
local rl = require "mlrt.rl"

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"
local stream = assert(loadfile(here .. "/rl_stream.lua"))()

-- ---- The rules --------------------------------------------------------------
-- A game: at = list of 0, 1, 2, mover, agent, passes, moves, seen = numbers of
-- its positions, and what it was made with.

local Go = {}
Go.__index = Go

local function new_game(o)
  local size = o.size or 5
  local g = setmetatable({size = size, n = size * size, komi = o.komi or 0.5,
    opponent = o.opponent or "self", first = o.first or 1,
    max_moves = o.max_moves or 4 * size * size}, Go)
  return g:clear()
end

function Go:clear()
  self.at = {}
  for p = 1, self.n do self.at[p] = 0 end
  self.mover, self.agent, self.passes, self.moves = 1, 1, 0, 0
  self.seen, self.over = {0}, false
  return self
end

function Go:beside(p)
  local list, col = {}, (p - 1) % self.size
  if p > self.size then list[#list + 1] = p - self.size end
  if p <= self.n - self.size then list[#list + 1] = p + self.size end
  if col > 0 then list[#list + 1] = p - 1 end
  if col < self.size - 1 then list[#list + 1] = p + 1 end
  return list
end

-- The points of p's group, and what it touches: a set of colours.
function Go:group(at, p)
  local list, found, touched = {p}, {[p] = true}, {}
  for _, at_q in ipairs(list) do
    for _, q in ipairs(self:beside(at_q)) do
      if at[q] ~= at[p] then
        touched[at[q]] = true
      elseif not found[q] then
        found[q], list[#list + 1] = true, q
      end
    end
  end
  return list, touched
end

-- The number of a position: what a game remembers of it.
function Go:number(at)
  local h = 0
  for p = 1, self.n do
    if at[p] > 0 then
      h = h ~ stream.next(stream.new((p - 1) * 2 + at[p]))
    end
  end
  return h
end

-- The board after a stone, and how many it takes; nil when it is illegal.
function Go:after(p)
  if self.at[p] > 0 then return nil end
  local at, taken = table.move(self.at, 1, self.n, 1, {}), 0
  at[p] = self.mover
  for _, q in ipairs(self:beside(p)) do
    if at[q] == 3 - self.mover then
      local list, touched = self:group(at, q)
      if not touched[0] then
        for _, stone in ipairs(list) do at[stone] = 0 end
        taken = taken + #list
      end
    end
  end
  local _, touched = self:group(at, p)
  if not touched[0] then return nil end
  local h = self:number(at)
  for _, other in ipairs(self.seen) do
    if other == h then return nil end
  end
  return at, taken
end

function Go:play(p)
  if p > self.n then
    self.passes = self.passes + 1
  else
    self.at, self.passes = assert(self:after(p)), 0
    self.seen[#self.seen + 1] = self:number(self.at)
  end
  self.mover = 3 - self.mover
  if self.passes == 2 then
    self.over = true
  else
    self.moves = self.moves + 1
    self.over = self.moves >= self.max_moves
  end
end

-- The opponent's move, by a stream.
function Go:answer(g)
  local choice, ties, most = self.n + 1, 0, 0
  for p = 1, self.n do
    local own = true
    for _, q in ipairs(self:beside(p)) do
      own = own and self.at[q] == self.mover
    end
    local _, taken = self:after(p)
    if not own and taken then
      if self.opponent ~= "capture" then taken = 0 end
      if taken > most then most, ties = taken, 0 end
      if taken == most then
        ties = ties + 1
        if stream.below(g, ties) == 0 then choice = p end
      end
    end
  end
  return choice
end

function Go:begin(g)
  self:clear()
  if self.opponent ~= "self" and stream.uniform(g) >= self.first then
    self.agent = 2
    self:play(self:answer(g))
  end
end

function Go:score()
  local sum, done = 0, {}
  for p = 1, self.n do
    if self.at[p] > 0 then
      sum = sum + (self.at[p] == 1 and 1 or -1)
    elseif not done[p] then
      local list, touched = self:group(self.at, p)
      for _, q in ipairs(list) do done[q] = true end
      if touched[1] and not touched[2] then sum = sum + #list end
      if touched[2] and not touched[1] then sum = sum - #list end
    end
  end
  return sum - self.komi
end

function Go:mask()
  local list = {}
  for p = 1, self.n do
    list[p] = not self.over and self:after(p) ~= nil
  end
  list[self.n + 1] = not self.over
  return list
end

-- Own stones, the other's, and where the mover may not play.
function Go:planes(mask)
  local side = self.opponent == "self" and self.mover or self.agent
  local planes = {{}, {}, {}}
  for p = 1, self.n do
    local row = (p - 1) // self.size + 1
    local values = {self.at[p] == side, self.at[p] == 3 - side,
      not self.over and not mask[p]}
    for k = 1, 3 do
      planes[k][row] = planes[k][row] or {}
      table.insert(planes[k][row], values[k] and 1.0 or 0.0)
    end
  end
  return planes
end

function Go:text()
  local rows = {}
  for p = 1, self.n do
    rows[p] = (self.at[p] == 0 and "." or self.at[p] == 1 and "X" or "O")
      .. (p % self.size == 0 and "\n" or "")
  end
  return ("%s%s %g\n"):format(table.concat(rows), self.over and "score"
    or "area", self:score())
end

-- The state as numbers.
function Go:values()
  local list = {}
  for p = 1, self.n do list[p] = self.at[p] + 0.0 end
  for _, x in ipairs {self.mover, self.agent, self.passes, self.moves,
    #self.seen} do
    list[#list + 1] = x + 0.0
  end
  for i = 1, self.max_moves + 1 do
    local h = self.seen[i] or 0
    list[#list + 1] = (h >> 32) + 0.0
    list[#list + 1] = (h & 0xffffffff) + 0.0
  end
  return list
end

-- ---- Games ------------------------------------------------------------------

local function same(env, game, obs)
  local mask = game:mask()
  eq(env.legal, mask)
  eq(obs, game:planes(mask))
  eq(env:render(), game:text())
  return mask
end

-- One of the moves that a mask allows; passes are rare.
local function choose(mask, g)
  local list = {}
  for p = 1, #mask - 1 do
    if mask[p] then list[#list + 1] = p end
  end
  if #list == 0 or g:next() % 16 == 0 then return #mask end
  return list[g:next() % #list + 1]
end

local function play_games(o, steps)
  local env, game = rl.make("Go-v0", o), new_game(o)
  local dice, g = m.generator(steps), stream.of_copy(steps, 0)
  local obs = env:reset {seed = steps}
  game:begin(g)
  local mask = same(env, game, obs)
  for _ = 1, steps do
    local p, side, reward = choose(mask, dice), game.mover, 0.0
    game:play(p)
    if not game.over and game.opponent ~= "self" then
      game:play(game:answer(g))
    end
    if game.over then
      local s = game:score()
      reward = s == 0 and 0.0 or (s > 0) == (side == 1) and 1.0 or -1.0
    end
    local next_obs, r, over = env:step(p)
    eq({r, over}, {reward, game.over})
    mask = same(env, game, next_obs)
    eq(env:state().stream, g.state)
    if over then
      eq(env:state().values, game:values())
      obs = env:reset()
      game:begin(g)
      mask = same(env, game, obs)
    end
  end
  eq(env:state().values, game:values())
end

local games = {
  {{size = 2}, 150},
  {{size = 3, komi = 0}, 150},
  {{size = 3, max_moves = 30, komi = -2}, 60},
  {{}, 150},
  {{size = 9, komi = 7}, 25},
  {{size = 2, opponent = "random", first = 0.5}, 80},
  {{size = 3, opponent = "random", first = 0.5, komi = 3}, 100},
  {{size = 4, opponent = "capture", first = 0.25, komi = 0}, 100},
  {{size = 5, opponent = "capture", first = 0}, 60},
}

describe("games of Go", function()
  for i, c in ipairs(games) do
    it("go by the rules, case " .. i, function() play_games(c[1], c[2]) end)
  end

  it("end after as many moves as there are points four times", function()
    local env = rl.make("Go-v0", {size = 2})
    eq(#env:state().values, 4 + 5 + 2 * 17)
    env:reset()
    local s = env:state()
    s.values[5], s.values[6], s.values[8] = 1, 1, 14
    env:load_state(s)
    eq(select(3, env:step(1)), false)
    eq(select(3, env:step(2)), true)
    eq(#rl.make("Go-v0", {size = 9}):state().values, 81 + 5 + 2 * 325)
    eq(#rl.make("Go-v0", {size = 9, max_moves = 324}):state().values,
      81 + 5 + 2 * 325)
    eq(#rl.make("Go-v0", {max_moves = 1}):state().values, 25 + 5 + 2 * 2)
  end)

  -- Two stones are taken, and the one that took them; put back in another
  -- order they would make a position that has been there.
  it("never repeat a position, by a move that takes nothing either",
    function()
      local env, game = rl.make "Go-v0", new_game {}
      env:reset()
      local moves = {8, 6, 4, 7, 26, 12, -- X c2, d1; O a2, b2, b3
        1, 26, 2, 3, 2, 26} -- X a1, b1; O c1 takes both; X b1 takes it
      for _, p in ipairs(moves) do
        game:play(p)
        env:step(p)
        eq(env.legal, game:mask())
      end
      eq(env:render(), ".X.X.\nOOX..\n.O...\n.....\n.....\narea 0.5\n")
      eq(env.legal[1], false) -- a1 would bring the two back
      eq(env.legal[3], true)
      refuses("Go-v0: step: action: a legal one expected, got 1", env.step,
        env, 1)
    end)
end)

-- ---- States and settings ----------------------------------------------------

describe("states of Go", function()
  local text = "Go-v0: load_state: these numbers are no state"

  -- Numbers of an empty board of four points, X to move; 16 moves at most.
  local function numbers(change)
    local list = {0, 0, 0, 0, 1, 1, 0, 0, 0}
    for i = 10, 9 + 34 do list[i] = 0 end
    for i, x in pairs(change) do list[i] = x end
    return list
  end

  local function load(o, change)
    return rl.make("Go-v0", o):load_state {values = numbers(change)}
  end

  -- which number, the largest it may be
  local most = {{1, 2}, {4, 2}, {5, 2}, {6, 2}, {7, 2}, {8, 16},
    {10, 2 ^ 32 - 1}, {43, 2 ^ 32 - 1}}

  it("are whole numbers up to a bound each", function()
    for _, c in ipairs(most) do
      local at, bound = c[1], c[2]
      eq(load({size = 2}, {[at] = bound}):state().values[at] ~= nil, true)
      for _, x in ipairs {bound + 1, -1, 0.5} do
        refuses(text, load, {size = 2}, {[at] = x})
      end
    end
    for _, at in ipairs {5, 6} do
      refuses(text, load, {size = 2}, {[at] = 0})
    end
  end)

  it("remember at most a position more than there were moves", function()
    eq(load({size = 2}, {[8] = 3, [9] = 4}):state().values[9], 4.0)
    refuses(text, load, {size = 2}, {[8] = 3, [9] = 5})
    eq(load({size = 2}, {[8] = 3}):state().values[9], 1.0) -- its own
  end)

  it("against an opponent have the agent to move", function()
    local o = {size = 2, opponent = "random"}
    eq(load(o, {[5] = 2, [6] = 2}):state().values[5], 2.0)
    refuses(text, load, o, {[5] = 2})
    eq(load({size = 2}, {[5] = 2}):state().values[5], 2.0)
  end)

  it("are over after two passes or the last move", function()
    for change, over in pairs {[{[7] = 2}] = true, [{[7] = 1}] = false,
      [{[8] = 16}] = true, [{[8] = 15}] = false} do
      local env = load({size = 2}, change)
      local open = not over
      eq(env.legal, {open, open, open, open, open})
      eq(env:render(), ("..\n..\n%s -0.5\n"):format(over and "score"
        or "area"))
    end
  end)

  it("come back as they were, with what has been there", function()
    local env, game, dice = rl.make("Go-v0", {size = 3}),
      new_game {size = 3}, m.generator(2)
    env:reset()
    for _ = 1, 14 do
      local p = choose(game:mask(), dice)
      game:play(p)
      env:step(p)
      if game.over then
        game:clear()
        env:reset()
      end
    end
    local other = rl.make("Go-v0", {size = 3}):load_state(env:state())
    eq(other:state().values, game:values())
    same(other, game, other:observation())
  end)
end)

describe("settings of Go", function()
  local wrong = {
    {{size = 1}, "size: a number from 2 to 9 expected, got 1"},
    {{size = 10}, "size: a number from 2 to 9 expected, got 10"},
    {{komi = 101}, "komi: a number from -100 to 100 expected, got 101"},
    {{first = 1.5}, "first: a number from 0 to 1 expected, got 1.5"},
    {{max_moves = 325}, "max_moves: a number from 0 to 324 expected, got 325"},
    {{opponent = "best"},
      "opponent: one of self, random, capture expected, got 'best'"},
  }

  for i, c in ipairs(wrong) do
    it("are named when they are wrong, case " .. i, function()
      refuses("Go-v0: " .. c[2], rl.make, "Go-v0", c[1])
    end)
  end

  it("make spaces of their size", function()
    for size = 2, 9 do
      local env = rl.make("Go-v0", {size = size})
      eq(env.action_space.n, size * size + 1)
      eq(env.observation_space.shape, {3, size, size})
      eq(env.observation_space.low:max():item(), 0.0)
      eq(env.observation_space.high:min():item(), 1.0)
      eq(env.observation_space.high:max():item(), 1.0)
    end
  end)
end)
