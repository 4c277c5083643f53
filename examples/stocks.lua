-- stocks.lua: can tomorrow's price be told from the prices so far?
--
--   mlrun examples/stocks.lua --data FOLDER         docs/datasets.md says what
--                                                   is in it, and where from
--
-- Forecasts the next day's close of an index and of eight shares, walking
-- forward: each model learns from what was known before its days, less a gap.
-- Held against saying yesterday's price and a moving average, by error, by
-- direction, and by what trading on it had earned after costs.

local m = require "mlrt"
local df, prep = m.df, m.prep

local opt = m.cli({data = os.getenv "MLRT_DATA" or "data", folds = 5,
  epochs = 10, cost = 0.0005, gap = 1, out = "stocks.mlrt"}, {
  about = "Forecasts closing prices and says how much that is worth.",
  data = "folder with sp500/ and stocks-djia/", folds = "walks forward",
  epochs = "of the networks", cost = "share lost by changing the position",
  gap = "days between what is learnt and what is judged",
  out = "file for the model of the index"})

local WINDOW = 20 -- days that a forecast looks at

-- ---- Features -------------------------------------------------------------

-- The mean of the last `days` values, from position `days` on.
local function moving_mean(x, days) return x:unfold(1, days, 1):mean(2) end

-- What is known at the close of each day, and the return of the next.
local function features(close)
  local n = #close
  local known = n - WINDOW - 1
  local logs = close:log()
  local daily = logs:diff {n = 1, dim = 1} -- daily[t] = return of day t + 1
  local list = {{"next", daily:narrow(1, WINDOW + 1, known)}}
  for back = 0, 9 do
    list[#list + 1] = {"r" .. back, daily:narrow(1, WINDOW - back, known)}
  end
  local windows = daily:unfold(1, WINDOW, 1):narrow(1, 1, known)
  list[#list + 1] = {"volatility", windows:std(2)}
  for _, days in ipairs {5, WINDOW} do
    list[#list + 1] = {"above" .. days, logs:narrow(1, WINDOW + 1, known)
      - moving_mean(logs, days):narrow(1, WINDOW - days + 2, known)}
  end
  list[#list + 1] = {"close", close:narrow(1, WINDOW + 1, known)}
  return df.frame(list)
end

local function pipeline(model)
  return prep.Pipeline {prep.QuantileClipper {low = 0.005, high = 0.995},
    prep.StandardScaler(), model, target = "next", drop = {"close"}}
end

local ridge = pipeline(prep.Ridge {alpha = 1000})
local network = pipeline(prep.Network {task = "numbers", hidden = 16,
  epochs = opt.epochs, batch = 128, weight_decay = 0.1})

-- ---- Walking forward ------------------------------------------------------

-- Forecast returns of the last `count` rows.
local function walk(model, frame, count)
  local parts, size = {}, math.ceil(count / opt.folds)
  for train, test in prep.walk_forward(frame, {k = opt.folds, test = size,
    gap = opt.gap}) do
    parts[#parts + 1] = model:clone():fit(train):predict(test)
  end
  local all = m.cat(parts, 1)
  return all:narrow(1, #all - count + 1, count)
end

-- What holding the share on days forecast to rise earns a year, after costs,
-- and its Sharpe ratio.
local function trade(hold, returns)
  hold = hold:to "f64"
  local changes = m.cat({hold[{{1, 1}}], hold:diff {n = 1, dim = 1}:abs()}, 1)
  local net = (hold * returns):exp() * (1 - changes * opt.cost) - 1
  return math.exp(net:log1p():mean():item() * 252) - 1,
    net:mean():item() / math.max(net:std():item(), 1e-12) * math.sqrt(252)
end

local best_t = math.huge -- of the forecast that does best against naive
local function judge(name, price, naive, truth, returns, hold)
  local gap = (price - truth):square() - (naive - truth):square()
  local spread = gap:std():item()
  local t = spread > 0 and gap:mean():item() / spread * math.sqrt(#gap) or 0
  if name ~= "yesterday's price" then best_t = math.min(best_t, t) end
  local up = returns:gt(0)
  local year, sharpe = trade(hold, returns)
  print(("  %-20s %8.2f  %.3f %%   %.3f     %+5.2f  %+6.1f %%   %5.2f"):format(
    name, m.metrics.rmse(price, truth), 100 * ((price - truth):abs() / naive)
    :mean():item(), hold:eq(up):to "f64":mean():item(), t, 100 * year, sharpe))
end

local function series(name, close, note)
  local frame = features(close)
  local count = math.ceil(#close / 5)
  local from = #frame - count + 1
  local last = frame.close:tensor():narrow(1, from, count)
  local returns = frame.next:tensor():narrow(1, from, count)
  local truth = last * returns:exp()
  print(("%s, %d days%s\n  %-20s %8s  %s"):format(name, count, note, "", "RMSE",
    "error*   direction   t     a year    Sharpe"))
  judge("yesterday's price", last, last, truth, returns, last:gt(0))
  local mean = moving_mean(close, 5):narrow(1, #close - 4 - count, count)
  judge("mean of five days", mean, last, truth, returns, mean:gt(last))
  for _, model in ipairs {{"ridge regression", ridge}, {"network", network}} do
    local told = walk(model[2], frame, count)
    judge(model[1], last * told:exp(), last, truth, returns, told:gt(0))
  end
  return frame
end

local function closes(path, column)
  local f = df.read_csv(opt.data .. path)
    or error("no " .. opt.data .. path .. ": see docs/datasets.md", 0)
  local c = f:col(column)
  return c:tensor {fill = 0}:to "f64":mask_rows(c:isnull():logical_not())
end

local index = series("S&P 500", closes("/sp500/sp500-2000.csv", "close"),
  "; reference for yesterday's price: 32.05, 0.654 %, 0.550")
for share in ("AAPL AMZN GE GOOGL IBM JPM KO MSFT"):gmatch "%a+" do
  series(share, closes(("/stocks-djia/%s_2006-01-01_to_2018-01-01.csv")
    :format(share), "Close"), share == "AAPL"
    and "; reference for yesterday's price: 1.71, 0.990 %, 0.525" or "")
end
print "* in % of yesterday's price, as the reference"

local past, future = prep.split(index, {shuffle = false, test = 0.2})
print("\n" .. tostring(prep.leaks(past, future, {target = "next",
  series = "close"})))
if best_t > -2.5 then
  print("\nNothing here beats yesterday's price: no forecast's squared errors "
    .. "are smaller\nthan chance explains (t > -2.5, Diebold and Mariano "
    .. "1995). Holding is cheaper.")
else
  print(("\nA forecast beats yesterday's price with t = %.2f; look for a leak, "
    .. "then for luck:\n%d forecasts were tried."):format(best_t, 3 * 9))
end

-- ---- One raw row, now and out of the file ---------------------------------

ridge:fit(past):evaluate(future)
assert(m.save(opt.out, ridge))
local row = future:row(#future)
local expected = assert(m.load(opt.out)):predict(row)
assert(expected == ridge:predict(future)[#future], "the file differs")
print(("saved as %s; the day after %.2f it expects %+.3f %%"):format(opt.out,
  row.close, 100 * (math.exp(expected) - 1)))
