-- df_golden_spec.lua: frames against pandas (tests/golden/frame.py).

local df = require "mlrt.df"
local json = require "mlrt.json"

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"

local function golden()
  local f = assert(io.open(here .. "/../golden/frame.json"))
  local text = f:read "a"
  f:close()
  return json.decode(text)
end

local kinds = {day = "datetime", city = "str", team = "i64", age = "i64",
  pay = "f64", size = "i64", price = "f64"}

-- A frame of a table of the file.
local function frame_of(t)
  local list = {}
  for i, name in ipairs(t.names) do
    local values = {n = #t.columns[i]}
    for k, v in ipairs(t.columns[i]) do
      if v ~= json.null then values[k] = v end
    end
    list[i] = {name, values, kinds[name]}
  end
  return df.frame(list)
end

local function same(got, want)
  if want == json.null then return got == nil end
  if type(want) ~= "number" or type(got) ~= "number" then return got == want end
  return math.abs(got - want) <= 1e-9 * (1 + math.abs(want))
end

local function compare(f, want)
  eq(#f.columns, #want.names)
  for k, values in ipairs(want.columns) do
    local c = f:col(f.columns[k])
    eq(#c, #values)
    for i, v in ipairs(values) do
      if not same(c:get(i), v) then
        error(("column %s, row %d: got %s, wanted %s"):format(c.name, i,
          tostring(c:get(i)), tostring(v)))
      end
    end
  end
end

local function one(c) return df.frame {{c.name, c}} end

local agg = {}
for _, how in ipairs {"count", "sum", "mean", "std", "var", "min", "max",
  "median", "first", "last", "prod", "nunique"} do
  agg[how] = function(p) return p:groupby "city":agg {{"age", how},
    {"pay", how}} end
end

local function asof(opts)
  return function(p, _, q)
    opts.by = "team"
    return p:select {"day", "team"}:join_asof(q, "day", opts)
  end
end

local function roll(how)
  return function(p)
    return one(p.pay:rolling(4, {min = 2})[how](p.pay:rolling(4, {min = 2})))
  end
end

-- The cases: functions of the people, the cities and the quotes.
local cases = {
  sort_age = function(p) return p:sort "age" end,
  sort_down = function(p) return p:sort("pay", {descending = true}) end,
  sort_two = function(p)
    return p:sort({"city", "pay"}, {descending = {"pay"}})
  end,
  group_two = function(p)
    return p:groupby {"team", "city"}:agg {{"pay", "count", "n"},
      {"pay", "mean"}, {"age", "max"}}
  end,
  group_holes = function(p)
    return p:groupby("city", {keep_holes = true}):size()
  end,
  group_quantile = function(p) return p:groupby "team":agg {pay = 0.3} end,
  group_transform = function(p)
    return p:groupby "team":transform {pay = "mean"}
  end,
  nunique = function(p) return p:groupby "team":nunique {"city", "age"} end,
  inner = function(p, c) return p:join(c, "city") end,
  left = function(p, c) return p:join(c, "city", {how = "left"}) end,
  right = function(p, c) return p:join(c, "city", {how = "right"}) end,
  asof = asof {}, asof_forward = asof {direction = "forward"},
  asof_nearest = asof {direction = "nearest"},
  asof_near = asof {tolerance = 5 * 86400},
  asof_before = asof {exact = false},
  pivot = function(p)
    return p:pivot {index = "city", columns = "team", values = "pay",
      agg = "median"}
  end,
  concat = function(p, c)
    return df.concat {p:select {"city", "age"}, c:select {"city", "size"}}
  end,
  unique_rows = function(p)
    return (p:drop_duplicates {"city", "team"})
  end,
  unique_last = function(p)
    return (p:drop_duplicates({"city", "age"}, {keep = "last"}))
  end,
  unique_none = function(p)
    return (p:drop_duplicates({"city", "age"}, {keep = "none"}))
  end,
  duplicated = function(p)
    return df.frame {value = p:duplicated {"city", "team"}}
  end,
  drop_na = function(p) return (p:drop_na()) end,
  fill_mean = function(p) return (p:fill_na "mean") end,
  fill_median = function(p) return (p:fill_na {pay = "median"}) end,
  fill_mode = function(p) return (p:fill_na {city = "mode"}) end,
  fill_forward = function(p) return (p:fill_na "forward") end,
  fill_backward = function(p)
    local how = {"backward", limit = 1}
    return (p:fill_na {city = how, age = how, pay = how})
  end,
  fill_linear = function(p) return one(p.pay:fill_na "linear") end,
  fill_group = function(p)
    return (p:fill_na {pay = {"median", by = "team"}}:select "pay")
  end,
  fill_group_forward = function(p)
    return one(p.pay:fill_na {"forward", by = p.team})
  end,
  clip = function(p)
    return (p:select "pay":clip("pay", {quantiles = {0.1, 0.9}}))
  end,
  iqr = function(p) return p:filter(p.pay:outliers {k = 0.5}) end,
  zscore = function(p)
    return p:filter(p.pay:outliers {method = "zscore", k = 1.5})
  end,
  lag = function(p)
    return df.frame {{"city", p.city:lag(2)}, {"age", p.age:lag(2)},
      {"pay", p.pay:lag(2)}}
  end,
  lead = function(p)
    return df.frame {{"city", p.city:lag(-1)}, {"age", p.age:lag(-1)},
      {"pay", p.pay:lag(-1)}}
  end,
  lag_group = function(p) return one(p.pay:lag(1, {by = p.team})) end,
  diff = function(p) return one(p.pay:diff()) end,
  change = function(p) return one(p.pay:pct_change()) end,
  value_counts = function(p) return p.city:value_counts() end,
  corr = function(p) return p:corr {"team", "age", "pay"} end,
  describe = function(p) return p:select {"age", "pay"}:describe() end,
  dates = function(p)
    local list = {}
    for i, part in ipairs {"year", "quarter", "month", "week", "day",
      "weekday", "day_of_year"} do
      list[i] = {part, p.day[part](p.day)}
    end
    return df.frame(list)
  end,
  roll_full = function(p) return one(p.pay:rolling(3):mean()) end,
  roll_group = function(p)
    return one(p.pay:rolling(3, {min = 1, by = p.team}):mean())
  end,
}
for how, f in pairs(agg) do cases["group_" .. how] = f end
for _, how in ipairs {"sum", "mean", "std", "var", "min", "max", "median",
  "count"} do
  cases["roll_" .. how] = roll(how)
end

describe("df as pandas", function()
  local file = golden()
  local names = {}
  for name in pairs(file.cases) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    it(name, function()
      local t = file.tables
      local f = assert(cases[name], "no such case")(frame_of(t.people),
        frame_of(t.cities), frame_of(t.quotes))
      compare(f, file.cases[name])
    end)
  end
end)
