-- rl_replay_spec.lua: the replay against a ring written in Lua, slot by slot:
-- what is kept, which draws a generator gives, priorities.

local m = require "mlrt"

local rl = m.rl

local function bools(list)
  return m.tensor(list, {dtype = "bool"})
end

local function f32(x)
  return (string.unpack("f", string.pack("f", x)))
end

-- ---- A ring in Lua ----------------------------------------------------------
-- Transitions are {obs, action, reward, discount, next_obs, legal, priority}.

local Ring = {}
Ring.__index = Ring

local function new_ring(o)
  local ring = setmetatable({o = o, count = 0, rows = {}, growing = {},
    max_priority = 1}, Ring)
  for e = 1, o.envs do ring.growing[e] = {} end
  return ring
end

-- One step of environment e.
function Ring:add(e, step)
  local growing, gamma = self.growing[e], self.o.gamma
  if step.skip then
    self.growing[e] = {}
    return
  end
  local slot = self.count % self.o.capacity + 1
  self.count = self.count + 1
  self.rows[slot] = {obs = step.obs, action = step.action,
    reward = f32(step.reward), priority = self.max_priority,
    discount = f32(step.terminated and 0 or gamma), next_obs = step.next_obs,
    legal = step.legal}
  local g = gamma
  for _, other in ipairs(growing) do -- the youngest first
    local row = self.rows[other]
    row.reward = f32(row.reward + f32(g * step.reward))
    g = g * gamma
    row.discount = f32(step.terminated and 0 or g)
    row.next_obs, row.legal = step.next_obs, step.legal
  end
  if step.terminated or step.truncated then
    self.growing[e] = {}
  elseif self.o.steps > 1 then
    table.insert(growing, 1, slot)
    growing[self.o.steps] = nil
  end
end

function Ring:column(name)
  local list = {}
  for i, row in ipairs(self.rows) do list[i] = row[name] end
  return list
end

-- ---- Both at once -----------------------------------------------------------

-- Steps of o.envs environments, by a generator: lists of what add takes.
local function random_steps(g, o, t)
  local steps = {}
  for e = 1, o.envs do
    local dice = g:next() % 12
    local legal = {}
    for a = 1, o.actions do legal[a] = g:next() % 2 == 0 end
    steps[e] = {obs = {t + 0.0, e + 0.0}, next_obs = {t + 1.0, e + 0.5},
      action = g:next() % 5 + 1, reward = f32(g:next() % 1000 / 7),
      terminated = dice == 0, truncated = dice == 1 or dice == 0 and t % 2 == 0,
      skip = dice == 2, legal = legal}
  end
  return steps
end

local function column(steps, name)
  local list = {}
  for e, s in ipairs(steps) do list[e] = s[name] end
  return list
end

local function add(replay, ring, steps)
  local legal = ring.o.actions > 0 and bools(column(steps, "legal")) or nil
  replay:add(m.tensor(column(steps, "obs")), m.index(column(steps, "action")),
    m.tensor(column(steps, "reward")), m.tensor(column(steps, "next_obs")),
    bools(column(steps, "terminated")), bools(column(steps, "truncated")),
    legal, bools(column(steps, "skip")))
  for e, s in ipairs(steps) do ring:add(e, s) end
end

local function make(o)
  local given = {obs = m.zeros(2), action = m.tensor(1, {dtype = "index"})}
  for key, value in pairs(o) do given[key] = value end
  return rl.Replay(given)
end

-- The state's ring is that of Lua.
local function same(replay, ring)
  local s = replay:state().ring
  eq(s.count, ring.count)
  eq(#replay, #ring.rows)
  if #ring.rows == 0 then return end
  for _, name in ipairs {"obs", "action", "reward", "discount", "next_obs"} do
    eq(s[name], ring:column(name))
  end
  if ring.o.actions > 0 then eq(s.legal, ring:column "legal") end
  if ring.o.alpha > 0 then
    near(s.priority, ring:column "priority", 1e-12)
    near(s.max_priority, ring.max_priority, 1e-12)
  else
    eq({s.priority, s.legal == nil}, {nil, ring.o.actions == 0})
  end
  local growing = s.growing:totable()
  for e, list in ipairs(ring.growing) do
    eq(growing[e][1], #list)
    for k, slot in ipairs(list) do eq(growing[e][k + 1], slot - 1) end
  end
end

local settings = {
  {capacity = 5, envs = 1, steps = 1, gamma = 0.9, actions = 0},
  {capacity = 1, envs = 1, steps = 1, gamma = 0.5, actions = 1},
  {capacity = 2, envs = 1, steps = 2, gamma = 1, actions = 0},
  {capacity = 6, envs = 2, steps = 3, gamma = 0.5, actions = 3},
  {capacity = 40, envs = 3, steps = 4, gamma = -1, actions = 2, alpha = 0.5},
  {capacity = 7, envs = 7, steps = 1, gamma = 0, actions = 0, alpha = 1},
  {capacity = 9, envs = 1, steps = 9, gamma = 0.75, actions = 0, alpha = 2},
}

describe("a replay and a ring in Lua", function()
  for i, o in ipairs(settings) do
    o.alpha = o.alpha or 0

    it("keep the same transitions, case " .. i, function()
      local replay, ring, g = make(o), new_ring(o), m.generator(i)
      for t = 1, 30 do
        add(replay, ring, random_steps(g, o, t))
        same(replay, ring)
      end
    end)

    -- Draw i of n falls into the i-th of n equal parts of the priorities'
    -- sum, or anywhere when there are none.
    it("draw the same by a generator, case " .. i, function()
      local given = {batch_size = 16, beta = 0.5, generator = m.generator(9)}
      for key, value in pairs(o) do given[key] = value end
      local replay, ring, g = make(given), new_ring(o), m.generator(i)
      local twin, n = m.generator(9), 16
      for t = 1, 12 do
        add(replay, ring, random_steps(g, o, t))
        if #ring.rows > 0 then
          local batch, size, total = replay:sample(), #ring.rows, 0
          for _, row in ipairs(ring.rows) do total = total + row.priority end
          local weights, most = {}, 0
          for k = 1, n do
            local u = (twin:next() >> 11) * 0x1p-53
            local slot = math.floor(u * size) + 1
            if o.alpha > 0 then
              local mass = (k - 1 + u) / n * total
              slot = 1
              while slot < size and mass >= ring.rows[slot].priority do
                mass, slot = mass - ring.rows[slot].priority, slot + 1
              end
            end
            eq(batch.index[k], slot)
            local row = ring.rows[slot]
            for _, name in ipairs {"obs", "next_obs"} do
              eq(batch[name][k], row[name])
            end
            eq(batch.action[k], row.action)
            eq({batch.reward[k], batch.discount[k]},
              {row.reward, row.discount})
            if o.actions > 0 then eq(batch.legal[k], row.legal) end
            weights[k] = o.alpha > 0
              and (size * row.priority / total) ^ -0.5 or 1
            most = math.max(most, weights[k])
          end
          for k = 1, n do weights[k] = weights[k] / most end
          near(batch.weight, weights, 1e-6)
          if o.alpha > 0 then
            local errors = {}
            for k = 1, n do errors[k] = f32((k * 7 + t) % 5 - 2.25) end
            replay:update(m.tensor(errors))
            for k = 1, n do
              local p = (math.abs(errors[k]) + 1e-6) ^ o.alpha
              ring.rows[batch.index[k]].priority = p
              ring.max_priority = math.max(ring.max_priority, p)
            end
            same(replay, ring)
          end
        end
      end
      eq(replay.generator:state().position, twin:state().position)
    end)
  end
end)

-- ---- By hand ----------------------------------------------------------------

local no = {false}

-- One transition whose numbers are x.
local function add_one(replay, x)
  replay:add(m.full({1, 2}, x), m.index {1}, m.full(1, 0), m.full({1, 2}, x),
    bools(no), bools(no))
end

local function filled(o, n)
  local replay = make(o)
  for i = 1, n do add_one(replay, i) end
  return replay
end

describe("priorities", function()
  it("of 0 are never drawn", function()
    local replay = filled({capacity = 6, alpha = 1, batch_size = 64}, 6)
    local state = replay:state()
    for _, p in ipairs {{0, 0, 1, 0, 0, 0}, {0, 0, 0, 0, 0, 2},
      {1, 0, 0, 0, 0, 0}} do
      state.ring.priority = m.tensor(p, {dtype = "f64"})
      local batch = replay:load_state(state):sample()
      for i = 1, 64 do assert(p[batch.index[i]] > 0) end
      eq(batch.weight:min():item(), 1.0)
    end
    state.ring.priority = m.zeros({6}, {dtype = "f64"})
    local batch = replay:load_state(state):sample()
    eq({batch.index:eq(1):all():item(), batch.weight:min():item()},
      {true, 1.0})
  end)

  it("of new transitions are the largest ever given", function()
    local replay = filled({capacity = 4, alpha = 1, eps = 0.5}, 2)
    local function priorities() return replay:state().ring.priority end
    eq(priorities(), {1.0, 1.0})
    replay.ring:update(m.index {1}, m.tensor {-3})
    add_one(replay, 3)
    eq(priorities(), {3.5, 1.0, 3.5})
    replay.ring:update(m.index {1, 3}, m.tensor {0, 0})
    add_one(replay, 4)
    eq(priorities(), {0.5, 1.0, 0.5, 3.5})
    eq(replay:state().ring.max_priority, 3.5)
  end)

  it("are given to transitions that are there", function()
    local replay = filled({capacity = 4, alpha = 1}, 3)
    for _, i in ipairs {false, 4} do
      refuses(("replay: update: there is no transition %d"):format(i or -1),
        replay.ring.update, replay.ring, m.index {1, i}, m.ones(2))
    end
    for _, x in ipairs {0 / 0, 1 / 0, -1 / 0} do
      refuses("replay: update: argument 'error': finite numbers expected, got "
        .. "nan or infinity in row 2", replay.ring.update, replay.ring,
        m.index {1, 3}, m.tensor {1, x})
    end
    eq(replay:state().ring.priority, {1.0, 1.0, 1.0})
    replay.ring:update(m.index {3}, m.tensor {2})
    refuses("replay: update: argument 'error': f32 (2) expected, got f32 (3)",
      replay.ring.update, replay.ring, m.index {1, 2}, m.ones(3))
    refuses("replay: update: argument 'index': index (2) expected, got f32 (2)",
      replay.ring.update, replay.ring, m.ones(2), m.ones(2))
    refuses("replay: update: argument 'index': index (0) expected, got index "
      .. "(1, 1)", replay.ring.update, replay.ring, m.index {{1}}, m.ones(1))
    refuses("replay: update: this replay has no priorities (alpha is 0)",
      replay.update, filled({capacity = 4}, 1), m.ones(32))
  end)
end)
