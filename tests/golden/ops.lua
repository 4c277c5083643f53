-- ops.lua: every call whose value ops.py asks PyTorch for, a JSON line each.
--
--   build/mlrun tests/golden/ops.lua | python3 tests/golden/ops.py
--
-- The calls are the samples of the rows in f64; one or two of them in every
-- other dtype; and operations of one or two tensors on special values, on
-- nothing and on a single element.  Dimensions and positions become PyTorch's,
-- from 0.  Calls that are refused here go along with the message, so that
-- ops.py can say where PyTorch has an answer.

local m = require "mlrt"
local json = require "mlrt.json"

local here = arg[0]:match "^(.*)/[^/]*$"
local samples = assert(loadfile(here .. "/../spec/samples.lua"))()

-- ---- Values as JSON -------------------------------------------------------

local function words(t)
  local list = {}
  for i, v in ipairs(t:reshape(-1):totable()) do
    list[i] = math.type(v) == "float" and ("%a"):format(v) or tostring(v)
  end
  return table.concat(list, " ")
end

local function tensor(t)
  local dtype = t.dtype
  if dtype == "index" then t = t:to "i64" - 1 end
  return {tensor = dtype, shape = table.concat(t.shape, " "), values = words(t)}
end

-- Are numbers among the operands positions?
local function has_index(signature, bound)
  local found = bound.dtype == "index"
  for _, a in ipairs(signature) do
    local v = bound[a.name]
    found = found or m.is_tensor(v) and v.dtype == "index" and a.type ~= "index"
  end
  return found
end

-- ---- One call -------------------------------------------------------------

local function send(row, kind, sample)
  local made, args = pcall(samples.arguments, sample, kind)
  if not made then return false end -- its operands want another dtype
  local ok, why = pcall(function()
    return m[row.name](table.unpack(args, 1, args.n))
  end)
  local bound = samples.bind(row, samples.arguments(sample, kind))
  local positions = has_index(samples.signature(row), bound)
  local case = {op = row.name, kind = kind, sample = sample, args = {},
    order = {}, differentiable = row.differentiable,
    refused = not ok and tostring(why) or nil}
  for i, a in ipairs(samples.signature(row)) do
    local v = bound[a.name]
    if v == nil and a.type == "dtype" then v = a.default end
    if v ~= nil then
      case.args[a.name] = samples.encode(v, a.type, positions, tensor)
    end
    case.order[i] = a.name .. (a.optional and "?" or "")
  end
  print(json.encode(case))
  return ok
end

-- ---- Which calls ----------------------------------------------------------

local function is_random(row)
  return row.args:find("generator", 1, true) ~= nil
end

local function send_samples(row)
  local dtypes = 0
  for _, sample in ipairs(row.samples) do
    local fails = sample:sub(1, 1) == "!"
    if not fails then send(row, "f64", sample) end
    if not fails and sample:find "%f[%w][rput]%(%d" and dtypes < 2 then
      dtypes = dtypes + 1
      for _, kind in ipairs {"f32", "i64", "i32", "u8", "bool"} do
        if dtypes == 1 or kind == "f32" or kind == "i64" then
          send(row, kind, sample)
        end
      end
    end
  end
end

local takes_values = {tensor = true, operand = true}

-- Operands of special values for operations that need nothing else.
local function lists_of(row)
  local n, dim = 0, false
  for _, a in ipairs(samples.signature(row)) do
    dim = dim or a.name == "dim"
    if not a.optional then
      if not takes_values[a.type] and a.name ~= "dim" then return {} end
      n = n + (takes_values[a.type] and 1 or 0)
    end
  end
  if n == 1 and dim then
    return {"s(4, 5), {dim = 1}", "s(3, 6), {dim = 2}", "r(3, 0), {dim = 1}"}
  elseif n == 1 then
    return {"s(18)", "r()", "r(0, 3)"}
  elseif n == 2 and not dim then
    return {"s(18, 1), z(18)", "s(18), z(18)"}
  elseif n == 3 and not dim then
    return {"s(18, 1), z(18), z(18)"}
  end
  return {}
end

local function send_specials(row)
  for _, kind in ipairs {"f64", "f32", "i64", "i32", "u8", "bool"} do
    for i, sample in ipairs(lists_of(row)) do
      local ok = send(row, kind, sample)
      if ok and sample:find "z" then break end
      if kind ~= "f64" and i == 1 then break end
    end
  end
end

for _, row in ipairs(m.ops()) do
  if row.name:sub(1, 1) ~= "_" and row.kind ~= "inplace"
    and not is_random(row) then
    send_samples(row)
    send_specials(row)
  end
end
