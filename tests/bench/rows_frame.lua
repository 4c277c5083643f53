-- Tables: a file of 100 MB read into typed columns, and what is mostly done
-- with columns afterwards, against pandas; reading against polars on one
-- thread too.  One thread.
--
-- The file is made once, in the build folder: 1.6 million rows of integers,
-- floats with 2 and with 17 digits, and words.

local m = require "mlrt"
local here, _, _, _, _, build = ...

local ROWS = 1600000
local path = build .. "/bench-frame.csv"

local function make_file()
  local f = io.open(path)
  if f then f:close() return end
  local g = m.generator(7)
  local x = m.randn({ROWS}, {generator = g, dtype = "f64"})
  local group = m.randint(0, 50, {ROWS}, {generator = g, dtype = "i64"})
  local words = {"alpha", "beta", "gamma", "delta", "epsilon"}
  local word = m.df.column("word", words)
  local at = (group % 5):index {base = 0}
  assert(m.df.frame({
    {"id", m.randint(0, 1000000, {ROWS}, {generator = g, dtype = "i64"})},
    {"x", x}, {"group", group},
    {"amount", (m.rand({ROWS}, {generator = g, dtype = "f64"}) * 1e5):floor()
      / 100},
    {"y", x * -3.7}}):assign {word = m.df.frame {word}:take(at).word}
    :write_csv(path))
end

local function read()
  make_file()
  return assert(m.df.read_csv(path))
end

local function pandas(_, threads)
  return ("python3 '%s/peers/frame_pandas.py' %d '%s'"):format(here, threads,
    path)
end

local function row(id, name, target, make)
  return {id = id, name = name, make = make, check = 1e-8, one_thread = true,
    peers = {{label = "pandas", target = target, command = pandas,
      shared = true}}}
end

local rows = {
  row("read_csv", "read_csv, 100 MB", 3, function()
    make_file()
    return function() return assert(m.df.read_csv(path)) end,
      function(f) return f.x:mean() + f.rows end
  end),
  row("group_many", "mean by 800000 keys", 1, function()
    local f = read()
    return function() return f:groupby "id":agg {x = "mean"} end,
      function(g) return g.x:mean() + g.rows end
  end),
  row("group_words", "mean and sum by 5 words", 1, function()
    local f = read()
    return function()
      return f:groupby "word":agg {x = "mean", amount = "sum"}
    end, function(g) return g.x:mean() + g.amount:sum() end
  end),
  row("join_ids", "inner join with a million rows", 1, function()
    local f = read()
    local n = 1000000
    local keys = m.arange(n, {dtype = "i64"})
    local other = m.df.frame {id = keys, z = keys:to "f64" / n}
    return function() return f:join(other, "id") end,
      function(j) return j.z:mean() + j.rows end
  end),
  row("sort_values", "sort by a float", 1, function()
    local f = read()
    return function() return f:sort "x" end,
      function(s) return s.y:get(ROWS // 3) end
  end),
  row("one_hot_words", "one-hot of 5 words", 1, function()
    local f = read()
    return function() return m.one_hot(f.word:codes(), 5) end,
      function(t) return t:sum():item() end
  end),
}

-- pandas reads on one thread, whatever there is; polars is compared so, too.
local polars = {label = "polars", target = 0.97, shared = true,
  command = function(run, threads)
    return pandas(run, threads) .. " polars"
  end}
rows[1].one_thread, rows[1].all_threads = nil, true
rows[#rows + 1] = {id = "read_csv", name = "read_csv, 100 MB", check = 1e-8,
  make = rows[1].make, peers = {polars}, one_thread = true}
return rows
