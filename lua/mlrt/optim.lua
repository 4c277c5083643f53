-- optim.lua: optimizers.
--
--   local optimizer = m.optim.Adam(net:parameters(), {lr = 1e-3})
--   optimizer:zero_grad(); loss:backward(); optimizer:step()
--   optimizer.lr = 1e-4
--
-- The parameters are a list of tensors, or of groups that have options of
-- their own: {{params = {...}, lr = 1e-4}, {params = {...}}}.  Options are
-- fields, which may be changed at any time; assigning one to the optimizer
-- changes all its groups.  A step is one fused pass in C for each parameter.

local class = require "mlrt.class"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local options = require "mlrt.options"

local is_tensor = core.is_tensor

local optim = {}

local Optimizer = class "Optimizer"
optim.Optimizer = Optimizer

-- ---- Making one -----------------------------------------------------------

-- betas = {b1, b2} is PyTorch's way to write beta1 and beta2.
local function spread_betas(name, o)
  local betas = o.betas
  o.betas = nil
  if not betas then return o end
  if type(betas[1]) ~= "number" or type(betas[2]) ~= "number" then
    fail("%s: argument 'betas': two numbers expected", name)
  end
  o.beta1, o.beta2 = betas[1], betas[2]
  return o
end

-- A list of {params =, options...}, whichever way it was written.
local function groups_of(name, params)
  if type(params) ~= "table" or #params == 0 then
    fail("%s: argument 'params': a list of tensors expected, got %s", name,
      type(params) == "table" and "none" or type(params))
  end
  if is_tensor(params[1]) then return {{params = params}} end
  for i, group in ipairs(params) do
    if type(group) ~= "table" or type(group.params) ~= "table" then
      fail("%s: group %d should be a table with 'params'", name, i)
    end
  end
  return params
end

-- No tensor may be in two groups: it would be updated twice.
local function check_distinct(name, groups)
  local seen = {}
  for i, group in ipairs(groups) do
    for _, p in ipairs(group.params) do
      if seen[p] and seen[p] ~= i then
        fail("%s: a parameter is in groups %d and %d", name, seen[p], i)
      end
      seen[p] = i
    end
  end
end

local function make(kind, name, read, params, opts)
  local groups, list = groups_of(name, params), {}
  check_distinct(name, groups)
  for i, group in ipairs(groups) do
    local o = {}
    for key, value in pairs(opts) do o[key] = value end
    for key, value in pairs(group) do
      if key ~= "params" then o[key] = value end
    end
    list[i] = core.optimizer(kind, group.params, spread_betas(name, read(o)))
  end
  return list
end

-- Before the classes below, which copy it.
function Optimizer:__tostring()
  local parts = {}
  for _, name in ipairs(self.option_names) do
    if name ~= "betas" then
      parts[#parts + 1] = ("%s=%s"):format(name, self.groups[1][name])
    end
  end
  return ("%s(%s)"):format(self.__name, table.concat(parts, ", "))
end

local function define(name, kind, signature)
  local cls = class(name, Optimizer)
  local full = "optim." .. name
  local read, names = options(full, signature)
  local known = {}
  for _, option in ipairs(names) do known[option] = true end
  if known.betas then known.beta1, known.beta2 = true, true end
  cls.option_names = names
  function cls:init(params, opts)
    if opts ~= nil and type(opts) ~= "table" then
      fail("%s: options are a table, {lr = 0.1}; got a %s", full, type(opts))
    end
    rawset(self, "groups", make(kind, full, read, params, opts or {}))
    rawset(self, "_given", opts or {})
    rawset(self, "_lists", groups_of(full, params))
  end
  -- One more group of parameters, with options of its own or the first ones.
  function cls:add_param_group(group)
    if type(group) ~= "table" or type(group.params) ~= "table" then
      fail("%s:add_param_group: a table with 'params' expected", full)
    end
    local lists = {table.unpack(self._lists)}
    lists[#lists + 1] = group
    check_distinct(full, lists)
    local made = make(kind, full, read, {group}, self._given)
    self.groups[#lists], self._lists[#lists] = made[1], group
  end
  -- Options are read from the first group, written to all.
  function cls:__index(key)
    if known[key] then return self.groups[1][key] end
    return cls[key]
  end
  function cls:__newindex(key, value)
    if not known[key] then
      fail("%s: %s", full, options.unknown("option", tostring(key), names))
    end
    for _, group in ipairs(self.groups) do group[key] = value end
  end
  optim[name] = cls
end

local ADAM = "lr: number = 1e-3, betas: table?, beta1: number = 0.9, "
  .. "beta2: number = 0.999, eps: number = 1e-8, "

--- p -= lr d, d = g + weight_decay p; with momentum d is replaced by
--- b = momentum b + (1 - dampening) d, or with nesterov by d + momentum b.
define("SGD", "sgd", "lr: number = 1e-3, momentum: number = 0, "
  .. "dampening: number = 0, weight_decay: number = 0, "
  .. "nesterov: bool = false, maximize: bool = false")

--- Kingma and Ba 2015; amsgrad: Reddi et al. 2018.
define("Adam", "adam", ADAM
  .. "weight_decay: number = 0, amsgrad: bool = false, maximize: bool = false")

--- Adam with the weight decay apart (Loshchilov and Hutter 2019).
define("AdamW", "adamw", ADAM
  .. "weight_decay: number = 1e-2, amsgrad: bool = false, "
  .. "maximize: bool = false")

--- Tieleman and Hinton 2012.
define("RMSprop", "rmsprop", "lr: number = 1e-2, alpha: number = 0.99, "
  .. "eps: number = 1e-8, weight_decay: number = 0, momentum: number = 0, "
  .. "centered: bool = false, maximize: bool = false")

--- Duchi et al. 2011.
define("Adagrad", "adagrad", "lr: number = 1e-2, lr_decay: number = 0, "
  .. "weight_decay: number = 0, initial_accumulator_value: number = 0, "
  .. "eps: number = 1e-10, maximize: bool = false")

-- ---- Using it -------------------------------------------------------------

-- Ctrl-C between two groups would leave the network half updated.
-- All groups check before the first changes anything.
local function step_all(groups)
  groups[1]:step(table.unpack(groups, 2))
end

--- Updates every parameter that has a gradient.  Raises, changing nothing,
--- when a gradient is incomplete because backward failed.  A closure, if there
--- is one, computes the gradients first; what it returns is returned.
function Optimizer:step(closure)
  local loss
  if closure then
    local _ <close> = core.enable_grad()
    loss = closure()
  end
  core._masked(step_all, self.groups)
  return loss
end

--- Lets go of the gradients.
function Optimizer:zero_grad()
  local groups = self.groups
  for i = 1, #groups do groups[i]:zero_grad() end
end

local function options_of(group, names)
  local o = {}
  for _, name in ipairs(names) do
    if name ~= "betas" then o[name] = group[name] end
  end
  return o
end

--- All there is to know: for each group its options and, for each parameter,
--- the number of steps and the tensors of its state.  Plain data for m.save.
function Optimizer:state()
  local list = {}
  for i, group in ipairs(self.groups) do
    list[i] = {options = options_of(group, self.option_names),
      params = group:state()}
  end
  return {class = self.__name, groups = list}
end

-- A group like this one, in the state that was saved.
local function restored(group, saved)
  local like = group:like()
  like:load_state(saved.params)
  for key, value in pairs(saved.options) do like[key] = value end
  return like
end

--- Makes this optimizer, over the same parameters, what the other one was.  A
--- state that does not fit raises and changes nothing.
function Optimizer:load_state(state)
  local name = self.__name
  if type(state) ~= "table" or state.class ~= name
      or type(state.groups) ~= "table" or #state.groups ~= #self.groups then
    fail("optim.%s:load_state: a state of %s with %d group(s) expected", name,
      name, #self.groups)
  end
  local list = {}
  for i, group in ipairs(self.groups) do
    list[i] = restored(group, state.groups[i])
  end
  for i, group in ipairs(self.groups) do group:exchange(list[i]) end
  return self
end

Optimizer.state_dict = Optimizer.state
Optimizer.load_state_dict = Optimizer.load_state

-- ---- What goes with optimizers --------------------------------------------

local clip = require "mlrt.optim.clip"
local scheduler = require "mlrt.optim.scheduler"

optim.clip_grad_norm_, optim.clip_grad_value_ = clip.grad_norm_,
  clip.grad_value_
-- And as they were first called.
optim.clip_grad_norm, optim.clip_grad_value = clip.grad_norm_,
  clip.grad_value_
optim.schedule = require "mlrt.optim.schedule"
optim.Scheduler, optim.Plateau = scheduler.Scheduler, scheduler.Plateau
optim.EMA = require "mlrt.optim.ema"
optim.LBFGS = require "mlrt.optim.lbfgs"

return optim
