-- roi_spec.lua: whether a model earns what it costs, against sums by hand.

local m = require "mlrt"
local json = require "mlrt.json"

-- 10 decisions: 9 right, worth 2 each; 1 wrong, which costs 5.
local function simple(changes)
  local o = {volume = 1000, accuracy = 0.9, value_per_correct = 2,
    cost_per_wrong = 5, training = 600, serving = 100, retrains = 2,
    retraining = 50, development = 1400, fixed = 100, years = 2,
    discount = 0.25}
  for key, value in pairs(changes or {}) do o[key] = value end
  return m.roi(o)
end

-- The net present value by summing up years.
local function npv(upfront, profit, years, discount)
  local sum = -upfront
  for t = 1, years do sum = sum + profit / (1 + discount) ^ t end
  return sum
end

describe("roi", function()
  it("is what one works out by hand", function()
    local r = simple()
    near(r.value, 0.9 * 2 - 0.1 * 5)
    near(r.margin, 1.3 - 0.1)
    eq({r.upfront, r.fixed}, {2000, 200})
    near(r.profit, 1000 * 1.2 - 200)
    near(r.payback, 2)
    near(r.npv, npv(2000, 1000, 2, 0.25))
    near(r.roi, (2 * 1000 * 1.3) / (2000 + 2 * 200 + 2 * 100) - 1)
    near(r.flows, {-2000, -1000, 0})
    near(r.error_rate, 0.1)
  end)
  it("breaks even at the volume where the value is 0", function()
    local r = simple()
    near(simple {volume = r.break_even}.npv, 0, 1e-9)
    local never = simple {cost_per_wrong = 50}
    eq({never.break_even == nil, never.payback == nil}, {true, true})
    eq(tostring(never):find("never", 1, true) ~= nil, true)
  end)
  it("weighs the confusion matrix by values and costs", function()
    local r = m.roi {volume = 1, confusion = {{50, 10}, {15, 25}},
      value_per_correct = {1, 3}, cost_per_wrong = {{0, 4}, {6, 0}},
      baseline = {{60, 0}, {40, 0}}}
    near(r.value, (50 + 3 * 25 - 4 * 10 - 6 * 15) / 100)
    near(r.gain, r.value - (60 - 6 * 40) / 100)
    near(r.error_rate, 0.25)
    local matrix = m.metrics.confusion_matrix({1, 0, 1, 1}, {1, 0, 0, 1})
    near(m.roi {volume = 1, confusion = matrix, value_per_correct = 1}.value,
      0.75)
  end)
  it("takes costs from ledgers and their reports", function()
    local ledger = m.ledger {price_per_hour = 3600}
    ledger:start()
    ledger:note {samples = 500}
    ledger:stop()
    local money = ledger:report().money
    local r = m.roi {volume = 1, accuracy = 1, training = ledger,
      serving = json.decode(json.encode(ledger:report()))}
    near(r.upfront, money, 1e-12)
    near(r.assumptions.serving, 2 * money, 1e-12)
    near(r.assumptions.retraining, money, 1e-12)
    raises("the ledger knows no money; give it prices", m.roi,
      {volume = 1, accuracy = 1, training = m.ledger()})
    raises("and note{samples =}", m.roi,
      {volume = 1, accuracy = 1, serving = m.ledger {price_per_hour = 1}})
  end)
  it("knows which assumption matters", function()
    local r = simple {swing = 0.1}
    local by, last = {}, math.huge
    for _, row in ipairs(r.sensitivity) do
      by[row.field] = row
      eq(math.abs(row.high - row.low) <= last, true)
      last = math.abs(row.high - row.low)
    end
    near(by.volume.low, simple {volume = 900}.npv)
    near(by.volume.high, simple {volume = 1100}.npv)
    near(by.worth.high, simple {value_per_correct = 2.2}.npv)
    near(by.wrong.low, simple {cost_per_wrong = 4.5}.npv)
    near(by.errors.high, simple {accuracy = 0.89}.npv)
    near(by.discount.low, simple {discount = 0.225}.npv)
    near(by.development.high, simple {development = 1540}.npv)
    near(simple {volume = 1000 * by.volume.breaks_at}.npv, 0, 1e-9)
    near(simple {accuracy = 1 - 0.1 * by.errors.breaks_at}.npv, 0, 1e-9)
    eq(by.baseline, nil)
  end)
  it("is a text and plain data", function()
    local r = simple {currency = "EUR"}
    for _, part in ipairs {"break-even volume", "payback time", "2.0 years",
        "net present value, 2 years", "which assumption matters", "EUR"} do
      eq(tostring(r):find(part, 1, true) ~= nil, true)
    end
    for line in tostring(r):gmatch "[^\n]+" do eq(#line <= 80, true) end
    near(json.decode(json.encode(r:report())).npv, r.npv)
  end)
  it("refuses what makes no sense", function()
    raises("give either confusion (a matrix) or accuracy", m.roi, {volume = 1})
    raises("give either", m.roi, {volume = 1, accuracy = 1, confusion = {{1}}})
    raises("accuracy should be between 0 and 1, got 90", m.roi,
      {volume = 1, accuracy = 90})
    raises("'volume': a number of 0 or more expected, got -1", m.roi,
      {volume = -1, accuracy = 1})
    raises("'confusion' counts no decision", m.roi,
      {volume = 1, confusion = {{0, 0}, {0, 0}}})
    raises("'confusion': a matrix of some rows", m.roi,
      {volume = 1, confusion = {{1, 2}, {3}}})
    raises("'confusion': a number of 0 or more expected, got -1", m.roi,
      {volume = 1, confusion = {{1, -1}, {3, 1}}})
    raises("'cost_per_wrong': a matrix of 2 rows", m.roi,
      {volume = 1, accuracy = 1, cost_per_wrong = {{1}}})
    raises("a number or a list of 2", m.roi,
      {volume = 1, accuracy = 1, value_per_correct = {1}})
    raises("'training': money or a ledger expected, got a string", m.roi,
      {volume = 1, accuracy = 1, training = "much"})
    raises("did you mean 'serving'", m.roi,
      {volume = 1, accuracy = 1, servin = 1})
    raises("swing should be above 0", m.roi,
      {volume = 1, accuracy = 1, swing = 0})
  end)
end)
