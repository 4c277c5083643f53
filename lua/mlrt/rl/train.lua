-- train.lua: rl.train(agent, env, {...}), the loop between an agent and
-- environments.
--
--   local result = rl.train(agent, "CartPole-v1", {steps = 100000, envs = 4,
--     seed = 1, evaluate_every = 10000, stop_at = 475, folder = "runs/pole"})
--
-- A step of the loop: the agent picks actions, the environments take them, the
-- agent observes what came of it and learns when it sees fit.  Everything else
-- (episodes' returns, evaluations, the folder, the line on the terminal) looks
-- on, and is in the files beside this one.
--
-- A checkpoint is the whole state: networks, optimizers, replay, random
-- streams, environments and the counts here.  Continued from it, a run makes
-- the same bits as one that was not interrupted.  Environments that cannot say
-- their state are reset at each checkpoint, with a seed that both runs use.

local class = require "mlrt.class"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local Many = require "mlrt.rl.many"
local options = require "mlrt.options"

local Run = class "rl.Run"

local read = options("rl.train", "agent: any, env: any, steps: count = 100000, "
  .. "seed: int?, envs: size = 1, env_options: table?, folder: string?, "
  .. "resume: bool = false, save_every: count = 0, log_every: count = 0, "
  .. "evaluate_every: count = 0, evaluate_episodes: size = 20, "
  .. "evaluate_seed: int = 1000003, evaluate_env: any?, stop_at: number?, "
  .. "keep_best: bool = true, progress: bool = true, out: any?, "
  .. "callback: callable?")

-- ---- Environments ---------------------------------------------------------

-- A vector of `n` by name, or what was given as one.
local function vector_of(env, n, o)
  local rl = require "mlrt.rl"
  if type(env) == "string" then
    if rl.is_builtin(env) then return rl.vector(env, n, o.env_options) end
    local list = {}
    for i = 1, n do list[i] = rl.make(env, o.env_options) end
    return Many(list)
  elseif type(env) == "table" and env.num_envs then
    return env
  elseif type(env) == "table" and env.step then
    return Many {env}
  end
  fail("rl.train: argument 'env': a name, an environment or a vector of them "
    .. "expected, got a %s", type(env))
end

-- Environments to be judged in, as many as episodes; nil: there are none.
local function judges_of(o)
  local env = o.evaluate_env or type(o.env) == "string" and o.env
    or type(o.env) == "table" and o.env.name
  local rl = require "mlrt.rl"
  if type(env) == "string" and not (rl.is_builtin(env)
      or rl.is_registered(env)) then
    env = nil
  end
  if not env then
    fail("rl.train: argument 'evaluate_env': an environment to be judged in "
      .. "expected, since the one to learn in has no known name")
  end
  return vector_of(env, o.evaluate_episodes, o)
end

-- ---- Beginning ------------------------------------------------------------

function Run:init(o)
  self.options, self.agent = o, o.agent
  self.env = vector_of(o.env, o.envs, o)
  self.n = self.env.num_envs
  self.steps, self.episodes, self.curve = 0, 0, {}
  self.recent, self.evaluations = {}, {}
  self.returns, self.lengths = core.zeros(self.n), core.zeros(self.n)
  self.stateful = self.env.state and (not self.env.has_state
    or self.env:has_state())
end

-- What the agent is told of a step; the same table and, where the environments
-- overwrite theirs, tensors of its own each time.
function Run:begin()
  local obs = self.env:reset {seed = self.options.seed}
  self.seen, self.legal = obs:clone(), self.env.legal and self.env.legal:clone()
  self.agent:prepare(self.n, self.legal ~= nil, self.env.name)
  self.none = core.zeros({self.n}, {dtype = "bool"})
  self.all = core.ones({self.n}, {dtype = "bool"})
  self.told = {obs = self.seen, legal = self.legal}
end

local RECENT = 100 -- episodes whose mean is shown

-- Counts the returns of episodes; those that have just ended are noted.
function Run:count(rewards, terminated, truncated, skip)
  self.returns:add_(rewards)
  self.lengths:add_(1)
  local ended = terminated | truncated
  if ended:any():item() then
    for i = 1, self.n do
      if ended[i] then self:note(self.returns[i]) end
    end
    self.returns:masked_fill_(ended, 0)
  end
  if skip:any():item() then self.lengths:masked_fill_(skip, 0) end
end

function Run:note(value)
  self.episodes = self.episodes + 1
  self.recent[(self.episodes - 1) % RECENT + 1] = value
  self.last_return = value
end

--- The mean return of the last 100 episodes; nan before the first has ended.
function Run:mean()
  local sum = 0
  for _, value in ipairs(self.recent) do sum = sum + value end
  return sum / #self.recent
end

-- ---- One step -------------------------------------------------------------

-- Is a moment that comes every `every` steps (0: never) among the last n?
local function due(self, every)
  return every > 0 and self.steps // every > (self.steps - self.n) // every
end

-- Environments without a state: their episodes end at a checkpoint.
local function cut(self, t)
  self.env:cut((self.options.seed or 0) + self.steps)
  t.truncated = self.all
end

function Run:step()
  local agent, env, t = self.agent, self.env, self.told
  local actions, raw
  do
    local _ <close> = core.no_grad()
    actions, raw = agent:pick(self.seen, self.legal, true)
  end
  local info
  t.next_obs, t.reward, t.terminated, t.truncated, info = env:step(actions)
  t.action, t.skip, t.next_legal = raw or actions, info.reset, env.legal
  self.steps = self.steps + self.n
  self:count(t.reward, t.terminated, t.truncated, t.skip)
  self.save_due = due(self, self.options.save_every)
    or self.options.folder ~= nil and self.steps >= self.options.steps
  if self.save_due and not self.stateful then cut(self, t) end
  agent:observe(t)
  self.seen:copy_(t.next_obs)
  if self.legal then self.legal:copy_(env.legal) end
end

-- ---- Evaluations ----------------------------------------------------------

-- Actions for rows of observations, the best that are known.
local function best_actions(agent, obs, legal)
  local _ <close> = core.no_grad()
  return (agent:pick(obs, legal, false))
end

--- The returns of the first episode of each copy of a vector.
local function play(agent, env, seed)
  local n, obs = env.num_envs, env:reset {seed = seed}
  local total, open = core.zeros(n), core.ones(n)
  local rewards, terminated, truncated
  repeat
    obs, rewards, terminated, truncated =
      env:step(best_actions(agent, obs, env.legal))
    total:add_(rewards * open)
    open:masked_fill_(terminated | truncated, 0)
  until open:max():item() == 0
  return total
end

function Run:evaluate()
  self.judges = self.judges or judges_of(self.options)
  local returns = play(self.agent, self.judges, self.options.evaluate_seed)
  local mean = returns:mean():item()
  local found = {steps = self.steps, mean = mean,
    std = returns:numel() > 1 and returns:std():item() or 0,
    episodes = returns:numel()}
  self.evaluations[#self.evaluations + 1] = found
  if not self.best or mean > self.best.mean then
    self.best, self.best_policy = found, self.agent:policy()
    return found, true
  end
  return found, false
end

-- ---- State ----------------------------------------------------------------

local kept = {"steps", "episodes", "curve", "recent", "evaluations", "best",
  "best_policy", "returns", "lengths", "last_return"}

function Run:state()
  local state = {agent = self.agent:state(), env = self.env:state(),
    seen = self.seen, legal = self.legal}
  for _, name in ipairs(kept) do state[name] = self[name] end
  return state
end

function Run:load_state(state)
  self.agent:load_state(state.agent)
  self.env:load_state(state.env)
  self.seen:copy_(state.seen)
  if self.legal then self.legal:copy_(state.legal) end
  for _, name in ipairs(kept) do self[name] = state[name] end
end

-- ---- The loop -------------------------------------------------------------

local function watch(self)
  local o = self.options
  if due(self, o.evaluate_every) then
    local found, best = self:evaluate()
    self.view:evaluated(found, best)
    self.stopped = o.stop_at ~= nil and found.mean >= o.stop_at
  end
  self.view:look()
  if self.save_due or self.stopped then self.view:save() end
  if o.callback and due(self, o.log_every) then o.callback(self) end
end

local train = {}

-- The run that some arguments describe, begun.
local function run_of(agent, env, opts)
  local o = {agent = agent, env = env}
  for key, value in pairs(opts or {}) do o[key] = value end
  o = read(o)
  if type(agent) ~= "table" or not agent.observe then
    fail("rl.train: argument 'agent': one that learns expected, got a %s",
      type(agent))
  end
  if o.log_every == 0 then o.log_every = math.max(1, o.steps // 100) end
  local run = Run(o)
  run:begin()
  return run
end

--- A function that makes one step of the loop, for those who have a loop of
--- their own: rl.train.stepper(agent, env, {seed =, envs =}).
function train.stepper(agent, env, opts)
  local run = run_of(agent, env, opts)
  return function()
    run:step()
  end
end

--- Lets an agent learn.  env: a name, with `envs` copies and env_options; an
--- environment, also one written in Lua; or a vector.  steps: of all copies
--- together, counted from the beginning of the run.
---
--- evaluate_every: after so many steps it is judged without exploration, over
--- evaluate_episodes; the policy that did best is what the agent has at the end
--- (unless keep_best = false), and stop_at ends the run once the mean reaches
--- it.  folder: log.jsonl, and every save_every steps and at the end last.mlrt,
--- the whole state, with which resume = true goes on exactly; best.mlrt, the
--- best agent.  callback(run), every log_every steps.
---
--- Returns {steps, episodes, mean_return of the last 100 episodes, curve,
--- evaluations, best, seconds}.
---
--- An agent with a table trains itself: agent:train(env, options) is called.
local function learn(_, agent, env, opts)
  if type(agent) == "table" and not agent.observe and agent.train then
    if type(env) == "string" then env = require("mlrt.rl").make(env) end
    return agent:train(env, opts)
  end
  local run, start = run_of(agent, env, opts), core.time()
  run.view = require "mlrt.rl.view"(run)
  run.view:start()
  while run.steps < run.options.steps and not run.stopped do
    run:step()
    watch(run)
  end
  run.view:finish()
  if run.options.keep_best and run.best_policy then
    agent:load_policy(run.best_policy)
  end
  return {steps = run.steps, episodes = run.episodes, mean_return = run:mean(),
    curve = run.curve, evaluations = run.evaluations, best = run.best,
    seconds = core.time() - start}
end

return setmetatable(train, {__call = learn})
