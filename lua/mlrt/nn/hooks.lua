-- hooks.lua: functions that run around a module's forward and backward.
--
--   local handle = net[1]:register_forward_hook(function(module, args, output)
--     print(module, output.shape)
--   end)
--   handle:remove()
--
-- args is a table of what forward is called with, args.n how many there are.
-- An output is what forward returned, or when that was several values a table
-- of them.  Returning nothing leaves things as they are.

local core = require "mlrt.core"
local fail = require "mlrt.fail"
local Module = require "mlrt.nn.module"

local is_tensor = core.is_tensor

-- ---- Handles --------------------------------------------------------------

local Handle = {}
Handle.__index, Handle.__name = Handle, "Handle"

--- The function is not called any more.
function Handle:remove()
  for i, entry in ipairs(self.list) do
    if entry == self then
      table.remove(self.list, i)
      break
    end
  end
  local hooks = self.module._hooks
  if hooks and #hooks.before + #hooks.after + #hooks.grads
      + #hooks.pre_grads == 0 then
    self.module._hooks = false
  end
end

Handle.__close = Handle.remove

local function callable(f)
  local meta = getmetatable(f)
  return type(f) == "function" or type(meta) == "table" and meta.__call
end

-- A method that adds a function to one of the lists of a module.
local function register(name, list)
  Module[name] = function(self, f, opts)
    if not callable(f) then
      fail("%s:%s: a function expected, got a %s", self.__name, name, type(f))
    end
    self._hooks = self._hooks
      or {before = {}, after = {}, grads = {}, pre_grads = {}}
    local hooks = self._hooks[list]
    local handle = setmetatable({module = self, list = hooks, call = f},
      Handle)
    local first = type(opts) == "table" and opts.prepend
    table.insert(hooks, first and 1 or #hooks + 1, handle)
    return handle
  end
end

--- f(module, args) runs before forward; what it returns are the arguments in
--- place of args: a table of them, or one value.
register("register_forward_pre_hook", "before")
--- f(module, args, output) runs after forward; what it returns replaces the
--- output.
register("register_forward_hook", "after")
--- f(module, grad_inputs, grad_outputs) runs in backward when the gradients of
--- all tensors among the inputs are known, tables with nil for the others; what
--- it returns, a table or one tensor, replaces grad_inputs.
register("register_full_backward_hook", "grads")
--- f(module, grad_outputs) runs in backward before that; what it returns
--- replaces grad_outputs.
register("register_full_backward_pre_hook", "pre_grads")

-- ---- Values ---------------------------------------------------------------

local function is_plain(v)
  return type(v) == "table" and getmetatable(v) == nil
end

-- A table of values with their number, from such a table or one value.
local function as_list(v)
  if not is_plain(v) then return {v, n = 1} end
  v.n = v.n or #v
  return v
end

-- The hooks as they are now: one may remove itself.
local function each(list)
  return ipairs {table.unpack(list)}
end

-- ---- Gradients ------------------------------------------------------------

-- Positions of the tensors that gradients go through.
local function tracked_in(list)
  local positions = {}
  for i = 1, list.n do
    local v = list[i]
    if is_tensor(v) and v.requires_grad then positions[#positions + 1] = i end
  end
  return positions
end

-- The tensors at some positions of a list, passed through a function that does
-- nothing to them but call back(gradient, ...) in backward.
local function pass_through(list, positions, back)
  local through = core.custom {
    forward = function(_, ...) return ... end,
    backward = function(_, ...) return back(...) end,
  }
  local tensors = {}
  for k, i in ipairs(positions) do tensors[k] = list[i] end
  tensors = {through(table.unpack(tensors))}
  for k, i in ipairs(positions) do list[i] = tensors[k] end
end

local function spread(positions, n, ...)
  local list = {n = n}
  for k, i in ipairs(positions) do list[i] = (select(k, ...)) end
  return list
end

local function pick(positions, list)
  local picked = {}
  for k, i in ipairs(positions) do picked[k] = list[i] end
  return table.unpack(picked, 1, #positions)
end

-- Calls the hooks, each of which may replace the gradients.
local function run_grads(self, hooks, replaced, ...)
  for _, hook in each(hooks) do
    local new = hook.call(self, replaced, ...)
    if new ~= nil then
      new = as_list(new)
      if new.n ~= replaced.n then
        fail("%s: a backward hook returned %d gradients, %d expected",
          self.__name, new.n, replaced.n)
      end
      replaced = new
    end
  end
  return replaced
end

-- Makes backward call the hooks on gradients: those of the outputs are kept
-- from when they are known until those of the inputs are.
local function hook_inputs(self, hooks, args, passing)
  local positions, n = tracked_in(args), args.n
  if #positions == 0 then return end
  passing.has_inputs = true
  pass_through(args, positions, function(...)
    local outputs = passing.outputs
    passing.outputs = nil
    return pick(positions, run_grads(self, hooks.grads,
      spread(positions, n, ...), outputs or {n = 0}))
  end)
end

local function hook_outputs(self, hooks, outputs, passing)
  local positions, n = tracked_in(outputs), outputs.n
  if #positions == 0 then return end
  pass_through(outputs, positions, function(...)
    local grads = run_grads(self, hooks.pre_grads, spread(positions, n, ...))
    if passing.has_inputs then
      passing.outputs = grads
    else -- nothing further back has a gradient
      run_grads(self, hooks.grads, {n = 0}, grads)
    end
    return pick(positions, grads)
  end)
end

-- ---- Running --------------------------------------------------------------

local function run_before(self, hooks, args)
  for _, hook in each(hooks.before) do
    local new = hook.call(self, args)
    if new ~= nil then args = as_list(new) end
  end
  return args
end

local function run_after(self, hooks, args, outputs)
  for _, hook in each(hooks.after) do
    local several = outputs.n > 1
    local shown = outputs
    if not several then shown = outputs[1] end
    local new = hook.call(self, args, shown)
    if new ~= nil then
      outputs = several and as_list(new) or {new, n = 1}
    end
  end
  return outputs
end

-- What Module.__call does for a module with hooks; `forward` runs its forward.
function Module.run_hooked(self, forward, ...)
  local hooks = self._hooks
  local args = run_before(self, hooks, table.pack(...))
  local walks = core.grad_enabled() and #hooks.grads + #hooks.pre_grads > 0
  local passing = {}
  if walks then hook_inputs(self, hooks, args, passing) end
  local outputs = table.pack(forward(self, table.unpack(args, 1, args.n)))
  outputs = run_after(self, hooks, args, outputs)
  if walks then hook_outputs(self, hooks, outputs, passing) end
  return table.unpack(outputs, 1, outputs.n)
end
