-- memory_spec.lua: garbage that Lua's collector cannot see stays bounded.

local m = require "mlrt"

local MB = 1 << 20

-- The most that is live while f(i) runs for i = 1..n, over what was before.
local function growth(n, f)
  collectgarbage()
  collectgarbage()
  local before, most = m.memory().live, 0
  for i = 1, n do
    f(i)
    local live = m.memory().live
    if live > most then most = live end
  end
  return most - before
end

local function both_modes(check)
  check()
  local mode = collectgarbage "generational"
  local ok, err = pcall(check)
  collectgarbage(mode)
  collectgarbage()
  if not ok then error(err, 0) end
end

describe("memory", function()
  it("of 30,000 dropped temporaries of 40 KB stays within 32 MB", function()
    both_modes(function()
      local x = m.zeros(10000)
      local most = growth(30000, function() return x + 1 end)
      assert(most <= 32 * MB, ("%.1f MB"):format(most / MB))
    end)
  end)

  it("of 4,000 dropped tensors of 1 MB stays within 32 MB", function()
    both_modes(function()
      local most = growth(4000, function() return m.zeros(1 << 18) end)
      assert(most <= 32 * MB, ("%.1f MB"):format(most / MB))
    end)
  end)

  it("of training steps that hold activations in locals", function()
    local nn = m.nn
    both_modes(function()
      local a, b = nn.Linear(784, 512), nn.Linear(512, 10)
      local parameters = a:parameters()
      for _, p in ipairs(b:parameters()) do parameters[#parameters + 1] = p end
      local opt = m.optim.Adam(parameters)
      local x = m.rand(256, 784)
      local y = m.randint(0, 10, {256}):index {base = 0}
      local live = m.memory().live
      local most = growth(235, function()
        opt:zero_grad()
        local h = a(x)
        local r = h:relu()
        local z = b(r)
        local loss = m.cross_entropy(z, y)
        loss:backward()
        opt:step()
        return loss:item()
      end)
      local bound = 32 * MB + live / 2
      assert(most <= bound, ("%.1f of %.1f MB"):format(most / MB, bound / MB))
    end)
  end)

  it("is given back at once by close, free and backward", function()
    local before = m.memory().live
    do
      local x <close> = m.zeros(1 << 16)
      assert(m.memory().live >= before + x:numel() * 4)
    end
    eq(m.memory().live, before)
    local x = m.zeros(1 << 16)
    x:free()
    eq(m.memory().live, before)
    raises("freed", function() return x + 1 end)
  end)

  it("that is not there raises, and the script goes on", function()
    raises("memory", function() return m.zeros(1 << 45) end)
    raises("too large", function() return m.zeros(1 << 40, 1 << 40) end)
    eq(m.ones(2):sum():item(), 2.0)
  end)
end)
