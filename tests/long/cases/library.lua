-- library.lua: cases of sweep.lua about what is written in Lua, and C hosts.

local m = require "mlrt"

local case = ...

-- A case whose state is the text that f returned.
local function text(name, f)
  case(name, function()
    local got = ""
    return function()
      got = ""
      m.seed(3)
      got = f()
    end, function() return got end
  end)
end

text("JSON", function()
  local s = m.json.encode {a = {1, 2.5, true}, b = "x\n\u{1F600}", c = {}}
  return m.json.encode(assert(m.json.decode(s)))
end)

text("metrics", function()
  local target = m.index {1, 2, 2, 1}
  local logits = m.tensor {{2, 1}, {0, 1}, {1, 0}, {3, 1}}
  return tostring(m.metrics.confusion_matrix(logits, target)) ..
    tostring(m.metrics.classification_report(logits, target)) ..
    m.metrics.roc_auc({0.1, 0.6, 0.4, 0.3}, {0, 1, 1, 0})
end)

text("metrics in batches", function()
  local metric = m.metrics.F1 {classes = 2}
  for _ = 1, 3 do
    metric:update(m.tensor {{2, 1}, {0, 1}}, m.index {1, 2})
  end
  return tostring(metric:compute())
end)

text("bootstrap", function()
  local r = m.metrics.bootstrap(m.metrics.accuracy, m.index {1, 2, 2, 1},
    m.index {1, 2, 1, 1}, {samples = 20, seed = 1})
  return m.json.encode {r.low, r.high}
end)

text("ledger", function()
  local ledger = m.ledger {watts = 20, price_per_hour = 1}
  ledger:start()
  ledger:note {samples = 3}
  ledger:epoch(1)
  ledger:stop()
  return tostring(#tostring(ledger) > 0)
end)

text("roi", function()
  return tostring(m.roi {volume = 200000, confusion = {{930, 20}, {15, 35}},
    value_per_correct = {0, 8}, cost_per_wrong = {{0, 2}, {8, 0}},
    years = 3})
end)

text("profile", function()
  local p <close> = m.profile()
  local _ = m.randn(4, 4):matmul(m.randn(4, 4)):sum()
  p:stop()
  return tostring(#tostring(p) > 0)
end)

text("command line", function()
  local opt = m.cli.parse({"--epochs", "3", "file"}, {epochs = 1, lr = 0.1})
  return m.json.encode {opt.epochs, opt.lr, opt[1]}
    .. m.cli.help({epochs = 1}, {about = "Trains."})
end)

text("splitting", function()
  local set = m.data.TensorDataset(m.arange(10))
  local a, b = m.data.split(set, {0.8, 0.2}, {seed = 1})
  return #a .. " " .. #b .. " " .. tostring(a[1][1])
end)

text("coroutines", function()
  local parts = {}
  local next_part = coroutine.wrap(function()
    for i = 1, 3 do
      local _ <close> = m.no_grad()
      coroutine.yield(m.full({2}, i):sum():item())
    end
  end)
  for i = 1, 3 do parts[i] = next_part() end
  return table.concat(parts, " ")
end)

-- ---- Frames -----------------------------------------------------------------

local CSV = [[
a,b,c,day
1,x,2.5,2024-01-02
2,y,,2024-01-03
3,"q,""z",-1e3,
2,x,7,2024-02-01
]]

local function frame()
  return assert(m.df.parse_csv(CSV))
end

local function all_of(f)
  local parts = {}
  for i = 1, #f do
    local row = f:row(i)
    for _, name in ipairs(f.columns) do
      parts[#parts + 1] = tostring(row[name])
    end
  end
  return table.concat(f.columns, " ") .. "\n" .. table.concat(parts, " ")
end

text("read CSV", function() return all_of(frame()) end)
text("sort and group", function()
  local f = frame()
  return all_of(f:sort {"b", "a"}) .. all_of(f:groupby("b"):agg {
    total = {"a", "sum"}})
end)
text("join", function()
  local f = frame()
  return all_of(f:join(f:select {"a", "c"}:rename {c = "d"}, "a"))
end)
text("holes and windows", function()
  local f = frame()
  local c = f.c:fill_na "linear"
  return tostring(c) .. tostring(f.a:rolling(2):mean()) .. tostring(f.a:diff())
    .. all_of(f:drop_na()) .. tostring(f.a:lag(1))
end)
text("pivot", function()
  return all_of(frame():pivot {index = "b", columns = "a", values = "c"})
end)
text("nearest", function()
  local f = frame()
  return all_of(f:join_asof(f:select {"a", "c"}:rename {c = "e"}, "a"))
end)
text("texts", function()
  local f = frame()
  return tostring(f.b:upper()) .. tostring(f.b:contains "x")
    .. tostring(f.b:unique()) .. tostring(f.b:to "cat")
    .. all_of(f:drop_duplicates "b")
end)
text("describe", function()
  return tostring(frame():describe()) .. tostring(frame():fill_na {c = 0})
end)

-- A runtime that is opened, used and closed by C has an allocator of its own;
-- it is the driver's business to have it fail.
case("a runtime from C", function()
  return nil
end)
