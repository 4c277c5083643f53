-- rl_learner.lua: the tabular agents once more in Lua, by their definitions
-- (Sutton and Barto, second edition), drawing from the same stream. States and
-- actions count from 1; masks are lists of booleans, nil where all is legal.

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"
local stream = assert(loadfile(here .. "/rl_stream.lua"))()

local Learner = {}
Learner.__index = Learner

local on_policy = {sarsa = true, n_step_sarsa = true, sarsa_lambda = true}

-- A number, or {first, last, steps}.
local function ramp_at(ramp, step)
  if type(ramp) == "number" then return ramp end
  local first, last, steps = table.unpack(ramp)
  if step >= steps then return steps > 0 and last or first end
  return first + (last - first) * step / steps
end

local function table_of(rows, columns, value)
  local t = {}
  for s = 1, rows do
    t[s] = {}
    for a = 1, columns do t[s][a] = value end
  end
  return t
end

--- An agent of a kind, with the options of rl.QLearning and the others.
function Learner.new(kind, states, actions, o)
  local self = setmetatable({kind = kind, actions = actions, steps = 0,
    alpha = 0.1, gamma = 0.99, epsilon = 0.1, temperature = 1, c = 2, n = 4,
    lambda = 0.9, planning = 5, alpha_power = 0, exploration = "epsilon",
    initial = 0}, Learner)
  for name, value in pairs(o) do self[name] = value end
  self.stream = stream.new(o.seed)
  self.q = table_of(states, actions, self.initial)
  self.q2 = kind == "double_q" and table_of(states, actions, self.initial)
  self.visits = table_of(states, actions, 0)
  self.past, self.row_of, self.trace = {}, {}, {}
  return self
end

-- ---- Choosing ---------------------------------------------------------------

-- The values to decide by: of two tables the sum.
function Learner:row(s)
  local row = {}
  for a = 1, self.actions do
    row[a] = self.q[s][a] + (self.q2 and self.q2[s][a] or 0)
  end
  return row
end

function Learner:legal_list(legal)
  local list = {}
  for a = 1, self.actions do
    if not legal or legal[a] then list[#list + 1] = a end
  end
  return list
end

-- The best of a row among a list of actions: its value, and who has it.
local function best_of(row, list)
  local best, ties = -math.huge, {}
  for _, a in ipairs(list) do best = math.max(best, row[a]) end
  for _, a in ipairs(list) do
    if row[a] >= best then ties[#ties + 1] = a end
  end
  return best, ties
end

-- One of a list, by 32 random bits.
local function one_of(list, bits)
  return list[(bits * #list >> 32) + 1]
end

function Learner:weights(s, list)
  local row, w, sum = self:row(s), {}, 0
  local t = ramp_at(self.temperature, self.steps) * (self.q2 and 2 or 1)
  local best = best_of(row, list)
  for _, a in ipairs(list) do
    w[a] = math.exp((row[a] - best) / t)
    sum = sum + w[a]
  end
  return w, sum
end

-- Values raised by how little is known of them.
function Learner:hopes(s)
  local row, total, w = self:row(s), 1, {}
  for a = 1, self.actions do total = total + self.visits[s][a] end
  for a = 1, self.actions do
    local n = self.visits[s][a]
    w[a] = n == 0 and math.huge or row[a] * (self.q2 and 0.5 or 1)
      + self.c * math.sqrt(math.log(total) / n)
  end
  return w
end

function Learner:draw(s, legal)
  local list = self:legal_list(legal)
  if self.exploration == "softmax" then
    local w, sum = self:weights(s, list)
    local u, last = stream.uniform(self.stream) * sum, nil
    for _, a in ipairs(list) do
      last = a
      if u < w[a] then break end
      u = u - w[a]
    end
    return last
  end
  local r = stream.next(self.stream)
  local row = self:row(s)
  if self.exploration == "ucb" then
    row = self:hopes(s)
  elseif (r >> 32) < ramp_at(self.epsilon, self.steps) * 2 ^ 32 then
    return one_of(list, r & 0xffffffff)
  end
  return one_of(select(2, best_of(row, list)), r & 0xffffffff)
end

--- What it does while it learns.
function Learner:explore(s, legal)
  local a = self.chosen
  if self.chosen_in == s and (not legal or legal[a]) then return a end
  return self:draw(s, legal)
end

--- The best action, the first of several.
function Learner:act(s, legal)
  return (select(2, best_of(self:row(s), self:legal_list(legal))))[1]
end

--- The chances of each action.
function Learner:chances(s, legal)
  local list, p = self:legal_list(legal), {}
  for a = 1, self.actions do p[a] = 0 end
  if self.exploration == "softmax" then
    local w, sum = self:weights(s, list)
    for _, a in ipairs(list) do p[a] = w[a] / sum end
    return p
  end
  local epsilon, row = 0, self:row(s)
  if self.exploration == "ucb" then
    row = self:hopes(s)
  else
    epsilon = ramp_at(self.epsilon, self.steps)
    for _, a in ipairs(list) do p[a] = epsilon / #list end
  end
  local _, ties = best_of(row, list)
  for _, a in ipairs(ties) do p[a] = p[a] + (1 - epsilon) / #ties end
  return p
end

-- ---- Learning ---------------------------------------------------------------

-- Moves a value towards a target; the step it took.
function Learner:move(s, a, target, q)
  q = q or self.q
  local alpha = ramp_at(self.alpha, self.steps)
  self.visits[s][a] = self.visits[s][a] + 1
  alpha = alpha / self.visits[s][a] ^ self.alpha_power
  q[s][a] = q[s][a] + alpha * (target - q[s][a])
end

function Learner:best_value(s, legal)
  return (best_of(self.q[s], self:legal_list(legal)))
end

function Learner:double(s, a, r, next_s, terminated, legal)
  local bits = stream.next(self.stream)
  local q, other = self.q, self.q2
  if bits < 0 then q, other = other, q end
  local target = r
  if not terminated then
    local _, ties = best_of(q[next_s], self:legal_list(legal))
    target = r + self.gamma * other[next_s][one_of(ties, bits & 0xffffffff)]
  end
  self:move(s, a, target, q)
end

-- The oldest of the steps that wait gets all rewards since, and the tail.
function Learner:settle(tail)
  local sum, discount = 0, 1
  for _, step in ipairs(self.past) do
    sum, discount = sum + discount * step.r, discount * self.gamma
  end
  local step = table.remove(self.past, 1)
  self:move(step.s, step.a, sum + discount * tail)
end

function Learner:spread(s, a, target)
  local err, alpha = target - self.q[s][a], ramp_at(self.alpha, self.steps)
  local key = s * self.actions + a
  self.visits[s][a] = self.visits[s][a] + 1
  alpha = alpha / self.visits[s][a] ^ self.alpha_power
  self.trace[key] = {s = s, a = a, weight = 1}
  for k, t in pairs(self.trace) do
    self.q[t.s][t.a] = self.q[t.s][t.a] + alpha * err * t.weight
    t.weight = t.weight * self.gamma * self.lambda
    if t.weight < 1e-6 then self.trace[k] = nil end
  end
end

function Learner:remember(step)
  local key = step.s * self.actions + step.a
  self.row_of[key] = self.row_of[key] or #self.past + 1
  self.past[self.row_of[key]] = step
  for _ = 1, self.planning do
    local p = self.past[stream.below(self.stream, #self.past) + 1]
    self:move(p.s, p.a, p.r + (p.over and 0
      or self.gamma * self:best_value(p.next_s, p.legal)))
  end
end

--- The episode is over, or forgotten.
function Learner:forget()
  self.chosen_in, self.trace = nil, {}
  if self.kind == "n_step_sarsa" then self.past = {} end
end

function Learner:tail(s, legal)
  if self.kind == "expected_sarsa" then
    local sum = 0
    for a, p in ipairs(self:chances(s, legal)) do
      if p > 0 then sum = sum + p * self.q[s][a] end
    end
    return sum
  end
  if not on_policy[self.kind] then return self:best_value(s, legal) end
  self.chosen_in, self.chosen = s, self:draw(s, legal)
  return self.q[s][self.chosen]
end

function Learner:learn(s, a, r, next_s, terminated, truncated, legal)
  self.steps = self.steps + 1
  if self.kind == "double_q" then
    self:double(s, a, r, next_s, terminated, legal)
  else
    local tail = terminated and 0 or self:tail(next_s, legal)
    local target = r + self.gamma * tail
    if self.kind == "n_step_sarsa" then
      self.past[#self.past + 1] = {s = s, a = a, r = r}
      if #self.past == self.n then self:settle(tail) end
      while (terminated or truncated) and #self.past > 0 do
        self:settle(tail)
      end
    elseif self.kind == "sarsa_lambda" then
      self:spread(s, a, target)
    else
      self:move(s, a, target)
    end
  end
  if self.kind == "dyna_q" then
    self:remember {s = s, a = a, r = r, next_s = next_s, over = terminated,
      legal = legal}
  end
  if terminated or truncated then self:forget() end
end

return Learner
