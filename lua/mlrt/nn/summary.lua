-- summary.lua: what a network is made of, found by running it once.
--
--   print(net:summary{64, 1, 28, 28})
--
-- Each line is a module without modules below it, or one that calls nothing:
-- its output shape, its own parameters, and the floating-point operations of
-- its forward pass, as the core counts them (a multiplication and an addition
-- are two).

local class = require "mlrt.class"
local core = require "mlrt.core"
local fail = require "mlrt.fail"
local Module = require "mlrt.nn.module"

local Summary = class "Summary"

local function grouped(n)
  local text = ("%.0f"):format(n)
  return (text:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", ""))
end

local function scaled(n, unit)
  for _, step in ipairs {{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}} do
    if n >= step[1] then
      return ("%.1f %s%s"):format(n / step[1], step[2], unit)
    end
  end
  return ("%.0f %s"):format(n, unit)
end

local function nbytes(tensors)
  local n = 0
  for _, t in ipairs(tensors) do n = n + t:numel() * t:element_size() end
  return n
end

local function shape_text(y)
  return core.is_tensor(y) and tostring(y.shape) or type(y)
end

-- Runs one module's forward and adds its line if it called no other module.
local function observer_into(rows, paths)
  local called = 0
  return function(module, ...)
    called = called + 1
    local mine, before = called, core.flops()
    local results = table.pack(module:forward(...))
    if called == mine then
      local y = results[1]
      rows[#rows + 1] = {path = paths[module] or "", title = module:title(),
        shape = shape_text(y), parameters = Module.num_parameters(module),
        flops = core.flops() - before,
        bytes = core.is_tensor(y) and nbytes {y} or 0}
    end
    return table.unpack(results, 1, results.n)
  end
end

-- Evaluation mode without gradients; the modes come back as they were.
local function run(module, observe, inputs)
  local _ <close> = core.no_grad()
  local modes = {}
  for _, m in ipairs(module:modules()) do modes[m] = m.training end
  local _ <close> = setmetatable({}, {__close = function()
    for m, mode in pairs(modes) do m.training = mode end
  end})
  module:eval()
  Module.observed(observe, module, table.unpack(inputs))
end

local function inputs_of(module, ...)
  local first = ...
  if core.is_tensor(first) then return {...} end
  if type(first) ~= "table" or not math.tointeger(first[1]) then
    fail("%s:summary: wanted the input's shape, such as {1, 28}, or tensors",
      module.__name)
  end
  local parameter = Module.tensors_of(module, "parameter")[1]
  return {core.zeros(first, {dtype = parameter and parameter[2].dtype})}
end

--- The summary of a module for an input of the given shape (zeros of the
--- parameters' dtype), or for the given tensors.  tostring makes a table; the
--- fields are rows, parameters, flops, parameter_bytes and output_bytes.
function Module:summary(...)
  return Summary(self, inputs_of(self, ...))
end

function Summary:init(module, inputs)
  local paths, rows = {}, {}
  for path, m in module:named_modules() do paths[m] = path end
  local before = core.flops()
  run(module, observer_into(rows, paths), inputs)
  self.rows, self.name = rows, module.__name
  self.flops = core.flops() - before
  self.parameters = Module.num_parameters(module)
  self.parameter_bytes = nbytes(module:parameters())
  self.output_bytes = 0
  for _, row in ipairs(rows) do
    self.output_bytes = self.output_bytes + row.bytes
  end
end

function Summary:__tostring()
  local cells = {{"layer", "output", "parameters", "FLOPs"}}
  for i, row in ipairs(self.rows) do
    cells[i + 1] = {(row.path .. " " .. row.title):gsub("^ ", ""), row.shape,
      grouped(row.parameters), grouped(row.flops)}
  end
  local width = {0, 0, 0, 0}
  for _, line in ipairs(cells) do
    for i, cell in ipairs(line) do width[i] = math.max(width[i], #cell) end
  end
  local format = ("%%-%ds  %%-%ds  %%%ds  %%%ds"):format(table.unpack(width))
  for i, line in ipairs(cells) do
    cells[i] = format:format(table.unpack(line))
  end
  cells[#cells + 1] = ("%s parameters (%s), outputs %s, forward %s"):format(
    grouped(self.parameters), scaled(self.parameter_bytes, "B"),
    scaled(self.output_bytes, "B"), scaled(self.flops, "FLOP"))
  return table.concat(cells, "\n")
end

return Summary
