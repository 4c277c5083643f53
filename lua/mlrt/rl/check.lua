-- check.lua: rl.check_env: does an environment keep the contract?

local core = require "mlrt.core"
local options = require "mlrt.options"
local spaces = require "mlrt.rl.spaces"

local read = options("check_env", "steps: size = 200, seed: int = 1")

local Check = {}
Check.__index = Check

function Check:note(format, ...)
  local text = ("%s: %s"):format(self.name, format:format(...))
  if not self.seen[text] then
    self.seen[text] = true
    self.problems[#self.problems + 1] = text
  end
end

-- Calls a method; what it raises is a problem, and then there is no result.
function Check:call(name, ...)
  local results = table.pack(pcall(self.env[name], self.env, ...))
  if results[1] then return table.unpack(results, 2, results.n) end
  self:note("%s: raised: %s", name, tostring(results[2]))
  self.broken = true
end

function Check:wants(where, field, kind, got)
  if type(got) ~= kind then
    self:note("%s: %s: a %s expected, got %s", where, field, kind, type(got))
    return false
  end
  return true
end

function Check:observation(where, obs)
  local why = self.env.observation_space:breach(obs)
  if why then self:note("%s: observation: %s", where, why) end
end

-- One where every value is legal is as good as none.
function Check:mask(where, over)
  local legal, n = self.env.legal, self.env.action_space.n
  if legal == nil then return nil end
  if not core.is_tensor(legal) or legal.dtype ~= "bool"
      or #legal.shape ~= 1 or legal.shape[1] ~= n then
    self:note("%s: legal: a bool tensor of shape (%s) expected, got %s", where,
      tostring(n), type(legal))
  elseif not over and not legal:any():item() then
    self:note("%s: legal: no action is legal, but the episode goes on", where)
    self.broken = true
  else
    return legal
  end
end

function Check:reset(seed)
  local obs, info = self:call("reset", seed and {seed = seed} or nil)
  if self.broken then return end
  self:observation("reset", obs)
  self:wants("reset", "info", "table", info)
  return obs
end

function Check:step(action)
  local obs, reward, terminated, truncated, info = self:call("step", action)
  if self.broken then return end
  self:observation("step", obs)
  if self:wants("step", "reward", "number", reward)
      and reward - reward ~= 0 then
    self:note("step: reward: a finite number expected, got %g", reward)
  end
  self:wants("step", "terminated", "boolean", terminated)
  self:wants("step", "truncated", "boolean", truncated)
  self:wants("step", "info", "table", info)
  return obs, reward, terminated or truncated
end

local function plain(obs)
  if not core.is_tensor(obs) then return tostring(obs) end
  return table.concat(obs:reshape(-1):to(obs.dtype == "index" and "i64"
    or "f64"):totable(), " ")
end

-- A run from a seed as a list of texts; drawn actions are the same each time.
function Check:run(o)
  local generator, trail = core.generator(o.seed), {}
  local obs = self:reset(o.seed)
  for i = 1, o.steps do
    if self.broken then break end
    local legal = self:mask("step")
    if self.broken then break end
    local action = self.env.action_space:sample(generator, legal)
    local kept, before = obs, plain(obs)
    local reward, over
    obs, reward, over = self:step(action)
    if self.broken then break end
    if core.is_tensor(kept) and plain(kept) ~= before then
      self:note "step: observation: the tensor of the step before was changed"
    end
    trail[i] = ("%s %s %s"):format(plain(obs), tostring(reward),
      tostring(over))
    if over then
      self:mask("step", true)
      obs = self:reset()
    end
  end
  return trail
end

function Check:shape_of()
  local env = self.env
  if type(env) ~= "table" then
    self:note("a table expected, got %s", type(env))
    return false
  end
  for _, name in ipairs {"reset", "step"} do
    if type(env[name]) ~= "function" then
      self:note("%s: a function expected, got %s", name, type(env[name]))
    end
  end
  for _, name in ipairs {"observation_space", "action_space"} do
    if not spaces.is_space(env[name]) then
      self:note("%s: a space expected, got %s", name, type(env[name]))
    end
  end
  return #self.problems == 0
end

--- Plays an environment at random and looks at everything it returns: values
--- outside their space, wrong types, rewards that are not finite, masks without
--- a legal action, observations that change afterwards, and runs from the same
--- seed that differ.  Returns true, or false and the list of what was found.
return function(env, o)
  o = read(o or {})
  local name = type(env) == "table" and env.name
  local self = setmetatable({env = env, name = name or "environment",
    problems = {}, seen = {}}, Check)
  if self:shape_of() then
    local first, second = self:run(o), self:run(o)
    for i = 1, #first do
      if first[i] ~= second[i] and not self.broken then
        self:note("step %d: not the same from the same seed: '%s', then '%s'",
          i, first[i], tostring(second[i]))
        break
      end
    end
  end
  if #self.problems > 0 then return false, self.problems end
  return true
end
