-- core_random_spec.lua: every kind of random number against its definition on
-- Philox 4x32-10 (Salmon et al. 2011), written out here in Lua.

local m = require "mlrt"

local LOW = 0xffffffff

-- The four words of block i of the stream of a key.
local function philox(key, i)
  local c0, c1, c2, c3 = i & LOW, i >> 32, 0, 0
  local k0, k1 = key & LOW, key >> 32
  for _ = 1, 10 do
    local p, q = c0 * 0xD2511F53, c2 * 0xCD9E8D57
    c0, c1, c2, c3 = (q >> 32) ~ c1 ~ k0, q & LOW, (p >> 32) ~ c3 ~ k1, p & LOW
    k0, k1 = (k0 + 0x9E3779B9) & LOW, (k1 + 0xBB67AE85) & LOW
  end
  return {c0, c1, c2, c3}
end

-- Sixteen blocks at a time: 16 first words, 16 second ones, and so on.
local function words(key, n, first)
  local list = {}
  while #list < n do
    local blocks = {}
    for i = 0, 15 do blocks[i] = philox(key, first + i) end
    for j = 1, 4 do
      for i = 0, 15 do list[#list + 1] = blocks[i][j] end
    end
    first = first + 16
  end
  return list
end

-- Words of elements that take two: the first and the second sixteen, the
-- third and the fourth.
local function pairs_of(key, n, first)
  local list, w = {}, words(key, 2 * n + 64, first)
  for at = 0, #w - 64, 64 do
    for _, h in ipairs {0, 32} do
      for i = 1, 16 do
        list[#list + 1] = {w[at + h + i], w[at + h + 16 + i]}
      end
    end
  end
  return list
end

local KEYS = {0, 7, 0x123456789abcdef, -1}
local FIRST = {0, 16, 1 << 33, (1 << 32) - 16}
local SIZES = {1, 15, 31, 32, 33, 63, 64, 65, 130, 600}

local function each(f)
  for k, key in ipairs(KEYS) do
    local first = FIRST[k]
    for _, n in ipairs(SIZES) do
      local g = m.generator(0)
      g:load_state {key = key, position = first}
      f(g, key, first, n)
    end
  end
end

-- The high half of a product of two unsigned numbers of 64 bits.
local function mul_high(a, b)
  local a0, a1, b0, b1 = a & LOW, a >> 32, b & LOW, b >> 32
  local mid = a1 * b0 + (a0 * b0 >> 32)
  local low = a0 * b1 + (mid & LOW)
  return a1 * b1 + (mid >> 32) + (low >> 32)
end

local function position(g) return g:state().position end

describe("random numbers", function()
  it("are the published words", function()
    eq(philox(0, 0), {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8})
    local g = m.generator(0)
    g:load_state {key = 0, position = 0}
    eq(m.randint(0, 1 << 32, {1}, {generator = g, dtype = "i64"}):item(),
      0x6627e8d5)
  end)

  it("uniform: 24 bits of a word, 53 of two", function()
    each(function(g, key, first, n)
      local x = m.rand(n, {generator = g}):totable()
      eq(position(g), first + (n + 63) // 64 * 16)
      local w = words(key, n, first)
      for i = 1, n do eq(x[i], (w[i] >> 8) * 0x1p-24) end
      g:load_state {key = key, position = first}
      local y = m.rand(n, {generator = g, dtype = "f64"}):totable()
      eq(position(g), first + (n + 31) // 32 * 16)
      local two = pairs_of(key, n, first)
      for i = 1, n do
        eq(y[i], ((two[i][1] >> 5) * 0x1p26 + (two[i][2] >> 6)) * 0x1p-53)
      end
    end)
  end)

  it("within bounds: a + (b - a) u", function()
    local g = m.generator(3)
    local x = m.zeros({100}, {dtype = "f64"}):uniform_(-2, 6, {generator = g})
    local u = m.rand(100, {generator = m.generator(3), dtype = "f64"})
    eq(x:totable(), (u * 8 - 2):totable())
    local near_one = m.zeros(100000):uniform_(1, 1 + 0x1p-23)
    eq(near_one:max():item(), 1.0) -- never the end itself
  end)

  it("normal: Box and Muller's pairs", function()
    each(function(g, key, first, n)
      local x = m.randn(n, {generator = g}):totable()
      local w = words(key, n + 64, first)
      for e = 1, n do
        local at, i = (e - 1) // 32 * 32, (e - 1) % 16 + 1
        local v = w[at + 16 + i]
        local u = ((w[at + i] >> 1) + 0.5) * 0x1p-31
        local r = math.sqrt(-2 * math.log(u))
        local angle = ((v >> 2) - (1 << 29)) * math.pi / 2 / 2 ^ 30
        local c, s = math.cos(angle), math.sin(angle)
        if v & 1 ~= 0 then c, s = s, c end
        if v & 2 ~= 0 then c, s = -c, -s end
        near(x[e], r * ((e - 1) % 32 < 16 and c or s), 2e-6)
      end
      g:load_state {key = key, position = first}
      local y = m.randn(n, {generator = g, dtype = "f64"}):totable()
      eq(position(g), first + (n + 31) // 32 * 16)
      w = words(key, 2 * n + 64, first)
      for e = 1, n do
        local at, i = (e - 1) // 32 * 64, (e - 1) % 16 + 1
        local function fraction(p, q)
          return (p >> 5) * 0x1p26 + (q >> 6)
        end
        local u = (fraction(w[at + i], w[at + 16 + i]) + 0.5) * 0x1p-53
        local v = w[at + 48 + i]
        local angle = fraction(w[at + 32 + i], v) * 0x1p-53 - 0.5
        angle = angle * math.pi / 2
        local r = math.sqrt(-2 * math.log(u))
        local c, s = math.cos(angle), math.sin(angle)
        if v & 1 ~= 0 then c, s = s, c end
        if v & 2 ~= 0 then c, s = -c, -s end
        near(y[e], r * ((e - 1) % 32 < 16 and c or s), 1e-14)
      end
    end)
  end)

  it("integers: low + the high half of a product", function()
    for _, range in ipairs {{0, 1}, {0, 2}, {-3, 4}, {5, 1 << 40},
        {math.mininteger, math.maxinteger}, {-(1 << 62), 1 << 62}} do
      each(function(g, key, first, n)
        local low, high = table.unpack(range)
        local x = m.randint(low, high, {n}, {generator = g}):totable()
        eq(position(g), first + (n + 31) // 32 * 16)
        local two = pairs_of(key, n, first)
        for i = 1, n, 7 do
          local r = two[i][1] << 32 | two[i][2]
          eq(x[i], low + mul_high(r, high - low))
        end
      end)
    end
  end)

  it("bernoulli: 1 where the word is below p 2^32", function()
    for _, dtype in ipairs {"f32", "f64"} do
      each(function(g, key, first, n)
        local w = words(key, n, first)
        local p = {}
        for i = 1, n do p[i] = (i * 37 % 101) / 100 end
        p[1] = w[1] * 0x1p-32 -- just not
        if n > 1 then p[2] = (w[2] + 1) * 0x1p-32 end -- just so
        local t = m.tensor(p, {dtype = dtype})
        local exact = t:totable()
        local y = m.bernoulli(t, {generator = g}):totable()
        for i = 1, n do eq(y[i], w[i] < exact[i] * 2 ^ 32 and 1.0 or 0.0) end
      end)
    end
    eq(m.bernoulli(m.ones(1000)):sum():item(), 1000.0)
    eq(m.bernoulli(m.zeros(1000)):sum():item(), 0.0)
  end)

  it("dropout: what is left is divided by the probability", function()
    for _, dtype in ipairs {"f32", "f64"} do
      each(function(g, key, first, n)
        local x = m.arange(1, n + 1):to(dtype)
        local y = m.dropout(x, 0.75, {training = true, generator = g})
        local list, w = y:totable(), words(key, n, first)
        for i = 1, n do
          eq(list[i], w[i] >= 0.75 * 2 ^ 32 and 4.0 * i or 0.0)
        end
      end)
    end
  end)

  it("that are drawn one after the other do not repeat", function()
    local g = m.generator(5)
    local a, b = m.rand(70, {generator = g}), m.rand(70, {generator = g})
    local w = words(5, 256, 0)
    eq({a[1], b[1]}, {(w[1] >> 8) * 0x1p-24, (w[129] >> 8) * 0x1p-24})
    m.rand(0, {generator = g})
    eq(position(g), 64)
    m.seed(5)
    eq(m.rand(70):totable(), a:totable())
    eq(m.rand(70):totable(), b:totable())
  end)
end)
