-- tictactoe_selfplay.lua: a table learns tic-tac-toe by playing itself.
--
--   mlrun examples/tictactoe_selfplay.lua            -- some seconds
--   mlrun examples/tictactoe_selfplay.lua --games 500   -- not enough
--
-- Q-learning (Sutton and Barto, section 6.5) for two sides: a position is seen
-- by whoever is to move, so one table plays both, and what a position is worth
-- to the other is what it is not worth to me:
--
--   q[s][a] <- q[s][a] + alpha (r - max over a' of q[s'][a'] - q[s][a])
--
-- Half the moves are the best known, half the ones that were tried least.  Then
-- the table, without exploring, plays against every possible line of replies,
-- as either side, and loses none of these games.

local m = require "mlrt"

local o = m.cli {
  seed = 1,
  games = 80000,   -- of self-play
  alpha = 1.0,     -- all of the way: nothing in this game is left to chance
  epsilon = 0.5,   -- moves that explore
}

local stream = m.generator(o.seed)
local env = m.rl.make("TicTacToe-v0", {opponent = "self"})

-- ---- The table ------------------------------------------------------------

-- q[s][a]: what square a is worth to whoever is to move in position s, a number
-- for each square that is free; tried[q[s]][a]: how often it was chosen.
local q, tried = {}, {}

local function values(s)
  if not q[s] then
    local row, count = {}, {}
    for a = 1, 9 do
      if env.legal[a] then row[a], count[a] = 0, 0 end
    end
    q[s], tried[row] = row, count
  end
  return q[s]
end

local function best(row)
  local action, value
  for a = 1, 9 do
    if row[a] and (not value or row[a] > value) then
      action, value = a, row[a]
    end
  end
  return action, value
end

-- ---- Learning -------------------------------------------------------------

local function uniform()
  return (stream:next() >> 11) * 0x1p-53
end

local function least_tried(row)
  local action
  local first = stream:next() % 9 -- where to look first: none is favoured
  for i = first, first + 8 do
    local a, count = i % 9 + 1, tried[row]
    if row[a] and (not action or count[a] < count[action]) then action = a end
  end
  return action
end

local function choose(row)
  local a = uniform() < o.epsilon and least_tried(row) or best(row)
  tried[row][a] = tried[row][a] + 1
  return a
end

-- A game, and what it teaches, from its end to its beginning, so that the
-- result reaches the first move at once (Lin 1992).
local function play_one()
  local game, over = {}, false
  local row, reward = values(env:reset()), 0
  while not over do
    local a = choose(row)
    local s
    s, reward, over = env:step(a)
    game[#game + 1] = {row, a}
    row = not over and values(s)
  end
  local goal = reward
  for t = #game, 1, -1 do
    local a
    row, a = game[t][1], game[t][2]
    row[a] = row[a] + o.alpha * (goal - row[a])
    goal = -select(2, best(row)) -- for the other, a move before
  end
end

local start = m.time()
env:reset {seed = o.seed}
for _ = 1, o.games do play_one() end
local positions = 0
for _ in pairs(q) do positions = positions + 1 end
print(("%d games of self-play in %.1f s; %d positions met"):format(o.games,
  m.time() - start, positions))

-- ---- Against every line of replies ----------------------------------------

local function free_squares()
  local list = {}
  for a = 1, 9 do
    if env.legal[a] then list[#list + 1] = a end
  end
  return list
end

-- Plays on from here in all ways; the agent's moves are the table's.  Counts
-- into `count` how the games end.  `mine`: is it the agent's turn?
local function lines(s, mine, count)
  local here = env:state()
  local moves = mine and q[s] and {(best(q[s]))} or free_squares()
  for _, a in ipairs(moves) do
    env:load_state(here)
    local next_s, reward, over = env:step(a)
    if not over then
      lines(next_s, not mine, count)
    else
      local end_of = reward == 0 and "drawn" or mine and "won" or "lost"
      count[end_of] = count[end_of] + 1
    end
  end
end

local lost = 0
for _, first in ipairs {true, false} do
  local count = {won = 0, drawn = 0, lost = 0}
  lines(env:reset(), first, count)
  lost = lost + count.lost
  print(("moving %s: %d won, %d drawn, %d lost, of every line of replies")
    :format(first and "first" or "second", count.won, count.drawn, count.lost))
end
print(lost == 0 and "the table never loses"
  or "it can be beaten: let it play more games")
os.exit(lost == 0 or o.games < 20000)
