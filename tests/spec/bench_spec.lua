-- bench_spec.lua: the parts of the benchmark that decide something: the rule
-- of when a row is met, the inputs that all peers must share, the arithmetic
-- of limits, figures and drawings.

local m = require "mlrt"

local bench = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*/[^/]*$"
  .. "/bench/"

local function part(name, ...)
  return assert(loadfile(bench .. name .. ".lua"))(...)
end

describe("the benchmark's verdict", function()
  local verdict = part "verdict"
  local torch, old = "torch 2.15.0, eager", "torch 1.13.1, eager"

  it("is met from the target on", function()
    eq(verdict {ratio = 1.2, target = 1.2, version = torch}, "met")
    eq(verdict {ratio = 1.19, target = 1.2, version = torch}, "not met")
  end)
  it("forgives what is at the limit and not behind the peer", function()
    eq(verdict {ratio = 1.0, target = 1.2, share = 0.85, version = torch},
      "met at the limit")
    eq(verdict {ratio = 0.99, target = 1.2, share = 0.99, version = torch},
      "not met")
    eq(verdict {ratio = 1.1, target = 1.2, share = 0.84, version = torch},
      "not met")
  end)
  it("names a PyTorch that is not the one of the target", function()
    eq(verdict {ratio = 2, target = 1.2, version = old},
      "met against torch 1.13 only")
    eq(verdict {ratio = 1, target = 1.2, version = old}, "not met")
  end)
  it("says when there was no peer", function()
    eq(verdict {ours = 1, target = 1.2}, "not compared")
  end)
  it("takes a bound as one more condition", function()
    eq(verdict {ours = 2e-6, bound = 2e-6}, "met")
    eq(verdict {ours = 3e-6, bound = 2e-6}, "not met")
    eq(verdict {ours = 3e-6, bound = 2e-6, ratio = 9, target = 1}, "not met")
    eq(verdict {ours = 1e-6, bound = 2e-6, ratio = 0.9, target = 1}, "not met")
  end)
  it("hands on what went wrong", function()
    eq(verdict {failed = "wrong", ratio = 9, target = 1}, "wrong")
  end)
end)

-- The values are those of tests/bench/peers/formula.py.
describe("the benchmark's data", function()
  local data = part "data"

  it("is the peers', bit for bit", function()
    eq(data.fill(5, {4}):totable(), {-0.9998700022697449, -0.7745646834373474,
      -0.517583429813385, -0.22892631590366364})
    eq(data.fill(1, {60000})[-1], 0.7645167112350464)
    eq(data.rows(6, 5, 10):totable(), {9, 3, 5, 5, 3})
  end)
  it("has a digest that sees values and places", function()
    local x = data.fill(7, {3, 5})
    near(data.digest(x), 1.47049660824, 1e-10)
    if math.abs(data.digest(x:flip(1)) - data.digest(x)) < 1e-3 then
      error "a flipped tensor has the same digest"
    end
  end)
end)

describe("the benchmark's harness", function()
  local harness = part "harness"
  local function fake(seconds, value)
    return {block = function(_, n) return seconds * n, value end}
  end

  it("takes the median of an even number of values too", function()
    eq(harness.median {4, 1, 3}, 3.0)
    eq(harness.median {4, 1, 3, 2}, 2.5)
  end)
  it("divides the peer's time by ours", function()
    local r = harness.pairs(fake(2, 10), fake(3, 40), 5, 3)
    near({r.ratio, r.low, r.high, r.ours, r.theirs}, {1.5, 1.5, 1.5, 2, 3})
    eq(#r.a, 3)
    eq(harness.pairs(fake(2, 10), fake(3, 40), 5, 3, true).ratio, 4.0)
  end)
  it("makes blocks as long as they should be", function()
    eq(harness.steps(fake(0.01), 0.2), 20)
    eq(harness.steps(fake(5), 0.2), 1)
  end)
  it("runs a step n times and reads the last value", function()
    local count = 0
    local own = harness.own(function()
      count = count + 1
      return m.tensor(count + 0.5)
    end)
    local seconds, value = own:block(4)
    eq({count, value, seconds >= 0}, {4, 4.5, true})
  end)
  it("talks with a program that answers", function()
    local peer = harness.peer(
      [[sh -c 'printf "hello\n0.5 7\nready\nno such row\n"; cat >&2']])
    eq(peer.greeting, "hello")
    eq({peer:block(1)}, {0.5, 7})
    eq(peer:row "a", true)
    eq({peer:row "b"}, {nil, "no such row"})
    peer:close()
    eq({harness.peer "sh -c 'echo gone >&2; false'"}, {nil, "gone"})
  end)
end)

describe("the benchmark's report", function()
  local report, plot = part "report", part "plot"

  it("writes figures in the unit that suits them", function()
    eq(report.figure(1.5e-6, "s"), "1.5 us")
    eq(report.figure(2e-9, "s"), "2 ns")
    eq(report.figure(12.5, "s"), "12.5 s")
    eq(report.figure(2000000, "B"), "2 MB")
    eq(report.figure(0, "calls"), "0")
    eq(report.figure(nil, "s"), "-")
  end)
  it("counts verdicts", function()
    eq(report.summary {{verdict = "met"}, {verdict = "missing"},
      {verdict = "met"}}, "2 met, 1 missing")
  end)
  it("puts x where a logarithm has it", function()
    local at = plot.axis(0.1, 10, 100, 200)
    near({at(0.1), at(1), at(10), at(1000)}, {100, 200, 300, 300}, 1e-9)
  end)
end)

describe("the benchmark's scaling", function()
  local scale = part "scale"
  local caches = {32 << 10, 1 << 20, 32 << 20}

  local function cliffs(each, sizes)
    return scale.cliffs({name = "op", kind = "elements", bytes = 4,
      sizes = sizes, each = each}, caches, 1)
  end

  it("knows where a working set outgrows a cache", function()
    eq(scale.leaves_cache(1 << 20, 2 << 20, caches, 1), true)
    eq(scale.leaves_cache(4 << 20, 8 << 20, caches, 1), false)
    eq(scale.leaves_cache(4 << 20, 8 << 20, caches, 8), true)
  end)
  it("names a rise that no cache explains, and no other", function()
    eq(cliffs({1, 1.6}, {64, 128}),
      {"cliff: op, 1 threads: 1.60 times from 64 to 128 elements"})
    eq(cliffs({1, 1.5}, {64, 128}), {})
    eq(cliffs({1, 1.6}, {1 << 18, 1 << 19}), {})
  end)
  it("has a point for each size", function()
    local curve = scale.curve(function(n)
      local x = m.zeros {n}
      return function() return x + 1 end
    end, {16, 32}, 1)
    eq(#curve.each, 2)
    eq(curve.each[1] > 0 and curve.each[2] > 0, true)
  end)
end)
