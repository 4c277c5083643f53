-- ops_dims_spec.lua: operands of any number of dimensions are taken or refused.
--
-- Every row's samples, with one operand or all of them in 0 to 8 dimensions
-- instead of their own, or one in another dtype; and their gradients. What
-- comes out is not looked at: it is not a crash, and nothing is read or written
-- where it should not be, which the sanitizers see.

local m = require "mlrt"
local core = require "mlrt.core" -- private rows too

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"
local samples = assert(loadfile(here .. "/samples.lua"))()

local MOST = 8

-- The elements of x in n dimensions: ones in front, or the first ones joined.
local function in_dims(x, n)
  local shape = {}
  for i = 1, n do shape[i] = i + x.ndim > n and x.shape[i + x.ndim - n] or 1 end
  if n >= x.ndim then return x:reshape(shape) end
  while x.ndim > n do x = x:select(1, 1) end
  return x
end

local function call(row, given, n)
  local out = core[row.name](table.unpack(given, 1, n))
  if m.is_tensor(out) and out.requires_grad then out:sum():backward() end
end

-- Calls with the operands that change(operand, number) gives, if it can.
local function try(row, sample, change)
  local args = samples.arguments(sample)
  local at = 0
  local given = samples.map(args, function(t)
    at = at + 1
    local ok, y = pcall(change, t, at)
    if not ok then return t end
    if y.dtype == "f64" then y = y:detach():requires_grad_() end
    return y
  end)
  local ok, message = pcall(call, row, given, args.n)
  assert(ok or type(message) == "string" and message ~= "", sample)
end

local function operands(sample)
  local n = 0
  samples.map(samples.arguments(sample), function(t)
    n = n + 1
    return t
  end)
  return n
end

local function every_dims(row, sample)
  local n = operands(sample)
  for dims = 0, MOST do
    for which = 0, n > 1 and n or 0 do
      try(row, sample, function(t, at)
        if which > 0 and at ~= which then return t end
        return in_dims(t, dims)
      end)
    end
  end
end

local function every_dtype(row, sample)
  for _, dtype in ipairs {"f32", "i64", "u8", "bool", "index"} do
    for which = 1, operands(sample) do
      try(row, sample, function(t, at)
        if at ~= which then return t end
        return dtype == "index" and t:to("i64"):clamp(1, 3):to "index"
          or t:to(dtype)
      end)
    end
  end
end

describe("an operand of any number of dimensions and of any dtype", function()
  for _, row in ipairs(m.ops()) do
    it("is taken or refused by " .. row.name, function()
      for _, sample in ipairs(row.samples or {}) do
        if sample:sub(1, 1) ~= "!" then
          every_dims(row, sample)
          every_dtype(row, sample)
        end
      end
    end)
  end
end)
