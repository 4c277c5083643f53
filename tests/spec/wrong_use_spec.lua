-- wrong_use_spec.lua: every method of every type of mlrt's, used wrongly.
--
-- The types are found by their metatables in the registry, their methods in
-- these and in what __index leads to.  A wrong self, no self, an object that
-- is closed: an error, never a crash; what ends the process fails the run.

local m = require "mlrt"

-- Metatables of mlrt's types by name.
local function types()
  local found = {}
  for _, v in pairs(debug.getregistry()) do
    local name = type(v) == "table" and rawget(v, "__name")
    if type(name) == "string" and name:find "^mlrt%." then found[name] = v end
  end
  return found
end

-- Adds the functions of a table, or those that a function's upvalues hold.
local function collect(into, v)
  if type(v) == "table" then
    for k, f in next, v do
      if type(f) == "function" then into[f] = k end
    end
  elseif type(v) == "function" then
    for i = 1, 10 do
      local name, up = debug.getupvalue(v, i)
      if not name then break end
      if type(up) == "table" then collect(into, up) end
    end
  end
end

local function methods(meta)
  local into = {}
  collect(into, meta)
  collect(into, rawget(meta, "__index"))
  return into
end

local function freed()
  local x = m.ones(2)
  x:free()
  return x
end

local function selves()
  return {true, 0, -1, 0 / 0, "", "x", {}, {{}}, print, io.stdout, freed(),
    m.generator(1), m.ones(2).shape, coroutine.create(print),
    setmetatable({}, {__index = function() error "no" end}),
    setmetatable({}, {__len = function() return 1 << 40 end})}
end

-- Metamethods may ignore what is not theirs, or look at it later.
local function is_quiet(method)
  return tostring(method):find "^__" ~= nil
end

describe("wrong use", function()
  it("finds the types and their methods", function()
    local n, t = 0, types()
    for _, meta in pairs(t) do
      for _ in pairs(methods(meta)) do n = n + 1 end
    end
    assert(t["mlrt.Tensor"] and t["mlrt.Generator"])
    assert(n > 200, n)
  end)

  it("of every method without self is an error", function()
    for name, meta in pairs(types()) do
      for f, method in pairs(methods(meta)) do
        if not is_quiet(method) then
          assert(not pcall(f), name .. "." .. tostring(method))
        else
          pcall(f)
        end
      end
    end
  end)

  it("of every method with a wrong self is no crash", function()
    local calls = 0
    for _, meta in pairs(types()) do
      for f in pairs(methods(meta)) do
        local s = selves()
        for i = 1, #s do
          pcall(f, s[i])
          pcall(f, s[i], s[i], s[i], s[i], s[i])
          calls = calls + 2
        end
      end
    end
    assert(calls > 5000, calls)
  end)

  it("of every method of a tensor with odd arguments is no crash", function()
    local meta = types()["mlrt.Tensor"]
    for f, method in pairs(methods(meta)) do
      local s = selves()
      for i = 1, method ~= "__gc" and #s or 0 do
        pcall(f, m.ones(2, 2), s[i], s[#s - i + 1])
        pcall(f, m.index{1, 2}, s[i], s[i], s[i])
      end
    end
  end)

  it("of a closed tensor is an error", function()
    for f, method in pairs(methods(types()["mlrt.Tensor"])) do
      local ok = pcall(f, freed())
      if ok then
        assert(is_quiet(method) or method == "free" or method == "__tostring"
          or method == "__name" or method == "__concat", tostring(method))
      end
    end
  end)

  it("by finalizers that compute and collect", function()
    for _ = 1, 30 do
      setmetatable({}, {__gc = function()
        local x = m.ones(3, 3)
        x:matmul(x):sum():item()
        collectgarbage()
        x:free()
      end})
      local x = m.ones(20, 20)
      x.requires_grad = true
      x:matmul(x):sum():backward()
      collectgarbage()
    end
    collectgarbage()
  end)

  it("by metamethods that free what is being read", function()
    local x = m.ones(4)
    local list = setmetatable({}, {
      __index = function() x:free() return 1 end,
      __len = function() x:free() return 2 end})
    for _, f in ipairs{m.tensor, m.cat, m.stack, m.zeros, m.index} do
      pcall(f, list)
      pcall(f, {list, x})
      pcall(f, x, list)
    end
  end)
end)
