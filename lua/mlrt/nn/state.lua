-- state.lua: the tensors of a module as a plain table, and back.

local core = require "mlrt.core"
local fail = require "mlrt.fail"
local options = require "mlrt.options"
local Module = require "mlrt.nn.module"

local is_tensor, check_sizes = core.is_tensor, Module.check_sizes

-- {path, value, owner, name} of each tensor that is part of the state.
local function saved_of(self)
  local list = {}
  for _, entry in ipairs(Module.tensors_of(self)) do
    if entry[3]._kinds[entry[4]] ~= "unsaved" then list[#list + 1] = entry end
  end
  return list
end

-- Lazy layers take their sizes from the state.
local function settle(self, state)
  for path, module in self:named_modules() do
    if module._lazy then
      local tensors = {}
      for _, name in ipairs {"weight", "running_mean"} do
        local t = state[path == "" and name or path .. "." .. name]
        tensors[name] = is_tensor(t) and t or nil
      end
      module:settle_from(tensors)
    end
  end
end

--- A copy of every parameter and buffer: a plain table, path -> tensor.
function Module:state()
  check_sizes(self, "state")
  local state = {}
  for _, entry in ipairs(saved_of(self)) do
    state[entry[1]] = entry[2]:detach():clone()
  end
  return state
end

-- What does not match between the list of tensors and the state.
local function compare(list, state)
  local report = {missing = {}, unexpected = {}, mismatched = {}}
  local known = {}
  for _, entry in ipairs(list) do
    local path, mine, theirs = entry[1], entry[2], state[entry[1]]
    known[path] = true
    if theirs == nil then
      table.insert(report.missing, path)
    elseif not is_tensor(theirs) then
      table.insert(report.mismatched, ("%s is a %s"):format(path, type(theirs)))
    elseif mine.shape ~= theirs.shape then
      table.insert(report.mismatched, ("%s has shape %s, the module's %s")
        :format(path, theirs.shape, mine.shape))
    end
  end
  for path in pairs(state) do
    if not known[path] then table.insert(report.unexpected, tostring(path)) end
  end
  table.sort(report.unexpected)
  return report
end

local function report_text(report)
  local lines = {}
  for _, what in ipairs {"missing", "unexpected", "mismatched"} do
    if #report[what] > 0 then
      lines[#lines + 1] = what .. ": " .. table.concat(report[what], ", ")
    end
  end
  return table.concat(lines, "\n  ")
end

local read_load = options("load_state", "state: table, strict: bool = true")

--- Copies a state into the parameters and buffers.  Everything is compared
--- first: a mismatch raises and changes nothing.  With {strict = false} what
--- fits is loaded, and the report {missing=, unexpected=, mismatched=} of the
--- rest is returned.
function Module:load_state(state, opts)
  local o = read_load(state, opts or {})
  settle(self, state)
  check_sizes(self, "load_state")
  local list = saved_of(self)
  local report = compare(list, state)
  local text = report_text(report)
  if o.strict and text ~= "" then
    fail("%s:load_state: the state does not fit\n  %s", self.__name, text)
  end
  local to, from = {}, {}
  for _, entry in ipairs(list) do
    local mine, theirs = entry[2], state[entry[1]]
    if is_tensor(theirs) and mine.shape == theirs.shape then
      to[#to + 1], from[#from + 1] = mine, theirs
    end
  end
  local _ <close> = core.no_grad()
  core.assign(to, from)
  return report
end

Module.state_dict, Module.load_state_dict = Module.state, Module.load_state
