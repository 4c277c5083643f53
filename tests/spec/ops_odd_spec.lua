-- ops_odd_spec.lua: options of any value are taken or refused.
--
-- Every row's samples with one number, text, list or list's element replaced by
-- what nobody would write, and with up to three such things behind the last
-- argument; and their gradients. What comes out is not looked at: it is not a
-- crash, and no overflow, which the sanitizers see.

local m = require "mlrt"
local core = require "mlrt.core" -- private rows too

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"
local samples = assert(loadfile(here .. "/samples.lua"))()

-- No size among them could be had: either it is small, or too large for all.
local least, most = math.mininteger, math.maxinteger
local ODD = {-1, 0, 1, 2, 9, 1 << 62, most, least, 0.5, -1.5, 1e300, 0 / 0,
  1 / 0, -1 / 0, true, false, "", "x", {}, {0, 0}, {-1, -1}, {most, 2},
  {3, least}, {1, 1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1, 1, 1, 1}}

local function sorted_keys(t)
  local keys = {}
  for key in pairs(t) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  return keys
end

-- The arguments with the k-th value that is no tensor replaced by v, and how
-- many there are; fresh leaves.
local function replaced(args, k, v)
  local at = 0
  local function walk(a)
    if m.is_tensor(a) then
      return a.dtype == "f64" and a:detach():requires_grad_() or a
    end
    at = at + 1
    if at == k then return v end
    if type(a) ~= "table" or getmetatable(a) then return a end
    local copy = {}
    for _, key in ipairs(sorted_keys(a)) do copy[key] = walk(a[key]) end
    return copy
  end
  local out = {}
  for i = 1, args.n do out[i] = walk(args[i]) end
  return out, at
end

local function call(row, given, n)
  local out = core[row.name](table.unpack(given, 1, n))
  if m.is_tensor(out) and out.requires_grad and out:numel() < 1e6 then
    out:sum():backward()
  end
end

local function try(row, sample, given, n)
  local ok, message = pcall(call, row, given, n)
  assert(ok or type(message) == "string" and message ~= "", sample)
end

local function every_value(row, sample)
  local args = samples.arguments(sample)
  local _, n = replaced(args, 0)
  for k = 1, n do
    for _, v in ipairs(ODD) do
      try(row, sample, replaced(samples.arguments(sample), k, v), args.n)
    end
  end
end

local function more_values(row, sample)
  for more = 1, 3 do
    for _, v in ipairs(ODD) do
      local args = samples.arguments(sample)
      local given = replaced(args, 0)
      for i = 1, more do given[args.n + i] = v end
      try(row, sample, given, args.n + more)
    end
  end
end

describe("an option of any value", function()
  for _, row in ipairs(m.ops()) do
    it("is taken or refused by " .. row.name, function()
      for _, sample in ipairs(row.samples or {}) do
        if sample:sub(1, 1) ~= "!" then
          every_value(row, sample)
          more_values(row, sample)
        end
      end
    end)
  end
end)
