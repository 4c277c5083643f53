-- ops_sort_spec.lua: sorting and selecting lines whose lengths lie around
-- those at which another way is taken; equal elements stay in order.

local m = require "mlrt"

-- Keys of a dtype, many of them equal, some at the ends of what it holds.
local MAKE = {
  u8 = function(i) return i * 7919 % 256 end,
  i32 = function(i)
    return i % 5 == 0 and -2147483648 + i % 3 or i * 7919 % 4001 - 2000
  end,
  i64 = function(i)
    return i % 5 == 0 and math.maxinteger - i % 4
      or i % 7 == 0 and (i * 7919 % 11) << 40 or i * 7919 % 50 - 25
  end,
  f32 = function(i) return (i * 7919 % 97 - 48) / 8.0 end,
  f64 = function(i)
    return i % 6 == 0 and 1e300 / (i % 9 + 1) or (i * 7919 % 301 - 150) / 4.0
  end,
}

-- The order of a list, equal ones as they stand.
local function order(list, down)
  local at = {}
  for i in ipairs(list) do at[i] = i end
  table.sort(at, function(a, b)
    if list[a] ~= list[b] then
      if down then return list[a] > list[b] end
      return list[a] < list[b]
    end
    return a < b
  end)
  return at
end

local LENGTHS = {1, 2, 15, 16, 17, 31, 32, 33, 48, 64, 65, 127, 128, 129, 130,
  300, 1000}

describe("sort and topk", function()
  for dtype, make in pairs(MAKE) do
    it("of " .. dtype, function()
      for _, n in ipairs(LENGTHS) do
        local list = {}
        for i = 1, n do list[i] = make(i) end
        local x = m.tensor(list, {dtype = dtype})
        for _, down in ipairs {false, true} do
          local at, sorted = order(list, down), {}
          for i, from in ipairs(at) do sorted[i] = list[from] end
          local values, places = x:sort(1, down)
          eq(places, at)
          eq(values, m.tensor(sorted, {dtype = dtype}):totable())
          for _, k in ipairs {1, 2, 3, 16, 17, 40, n // 2, n - 1, n} do
            if k >= 1 and k <= n then
              values, places = x:topk(k, 1, down)
              eq(places, {table.unpack(at, 1, k)})
              eq(values, m.tensor({table.unpack(sorted, 1, k)},
                {dtype = dtype}):totable())
            end
          end
        end
      end
    end)
  end

  it("of what is sorted, turned or all alike", function()
    for _, n in ipairs {17, 128, 129, 700} do
      local up, down = {}, {}
      for i = 1, n do up[i], down[i] = i, n + 1 - i end
      local x = m.tensor(up, {dtype = "i64"})
      eq(select(2, x:sort()), up)
      eq(select(2, x:sort(1, true)), down)
      eq(select(2, x:flip(1):sort()), down)
      eq(select(2, m.zeros(n):sort()), up)
      eq(select(2, m.zeros(n):sort(1, true)), up)
      eq(select(2, m.zeros(n):topk(n - 1)), {table.unpack(up, 1, n - 1)})
      -- Digits that are all the same are passed over.
      eq(select(2, (x * (1 << 22)):flip(1):sort()), down)
      eq(select(2, (x * (1 << 51)):flip(1):sort()), down)
      eq(select(2, (x + (1 << 62)):flip(1):sort()), down)
    end
  end)
end)
