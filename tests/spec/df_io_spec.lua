-- df_io_spec.lua: frames in lines of JSON, npy, npz, gzip and real files.

local m = require "mlrt"
local df = require "mlrt.df"

local function temporary(text)
  local path = os.tmpname()
  if text then assert(m.io.write_file(path, text)) end
  return path
end

-- The frame in a text, or nil and the message.
local function jsonl(text, opts)
  local path = temporary(text)
  local f, why = df.read_jsonl(path, opts)
  os.remove(path)
  return f, why
end

local function mixed()
  return df.frame {{"i", {1, nil, -math.maxinteger}},
    {"x", {0.1, nil, 1e-300}}, {"b", {true, nil, false}},
    {"s", {'q"\\\n\1é', nil, ""}}, {"c", {"u", nil, "v"}, "cat"},
    {"d", {"2020-02-29", nil, "1969-12-31 23:59:59.000001"}, "datetime"}}
end

local function equal(f, g)
  eq(f.columns, g.columns)
  for _, name in ipairs(f.columns) do
    local a, b = f:col(name), g:col(name)
    eq(a:tolist(), b:tolist())
    if a.dtype ~= "cat" then eq(a.dtype, b.dtype) end
  end
end

describe("read_jsonl", function()
  it("reads what write_jsonl wrote", function()
    local f, path = mixed(), temporary()
    assert(f:write_jsonl(path))
    local g = assert(df.read_jsonl(path))
    os.remove(path)
    equal(f, g)
  end)
  it("finds columns as they come, and kinds over all lines", function()
    local f = assert(jsonl('{"a":1}\n\n{"b":"x","a":2.5}\r\n{"a":null,'
      .. '"b":"12","c":[1,{"z":2}]}'))
    eq(f.columns, {"a", "b", "c"})
    eq(f.a:tolist(), {1.0, 2.5, nil, n = 3})
    eq(f.b:tolist(), {nil, "x", "12", n = 3})
    eq(f.c:get(3), '[1,{"z":2}]')
    f = assert(jsonl '{"a":1}\n{"a":"x"}\n{"a":true}\n{"a":"NA"}\n')
    eq(f.a:tolist(), {"1", "x", "true", "NA", n = 4})
    eq(assert(jsonl('{"a":1}\n{"a":2}\n', {types = {a = "f64"}})).a.dtype,
      "f64")
    eq(assert(jsonl('{"a":1}\n{"a":2}\n', {rows = 1})).rows, 1)
    eq(assert(jsonl "").rows, 0)
  end)
  it("names the bad line", function()
    for _, case in ipairs {
      {'{"a":1}\n{"a":}\n', "line 2"}, {'{"a":1} x\n', "line 1"},
      {'[1]\n', "line 1"}, {'{"a":1,"a":2}\n', "the line has it twice"},
      {'{"a":"\xFF"}\n', "UTF%-8"}, {'{"a":1', "line 1"},
    } do
      local f, why = jsonl(case[1])
      assert(not f and why:find(case[2]), why)
    end
    local f, why = jsonl('{"a":1}\n{"a":"x"}\n', {types = {a = "i64"}})
    assert(not f and why:find("column 'a': an integer expected", 1, true), why)
    local path = temporary()
    raises("row 1, column 'a': JSON has no infinity", function()
      df.frame {a = {1 / 0}}:write_jsonl(path)
    end)
    os.remove(path)
  end)
end)

describe("df: hostile files", function()
  it("of separators alone are refused", function()
    local f, why = df.parse_csv((","):rep(400000) .. "\n")
    assert(not f and why:find "more than 262144 columns", why)
    f, why = df.parse_csv((","):rep(100000) .. "\n" .. ("\n1"):rep(100000),
      {names = nil, header = false})
    assert(not f and why:find "100001 columns", why)
  end)
  it("with a name of its own on each line are refused", function()
    local lines = {}
    for i = 1, 20000 do lines[i] = ('{"k%d":1}'):format(i) end
    local f, why = jsonl(table.concat(lines, "\n"))
    assert(not f and why:find "this is no table", why)
  end)
  it("and odd calls of what lies below are errors", function()
    local low = require "mlrt.core"._frame
    local x, i = m.ones({3}, {dtype = "f64"}), m.index {1, 2, 3}
    local odd = {x, i, 0, -1, 1 << 40, "x", {}, {{}}, {x}, {{x}}, {{x, x}},
      {{i, false, true}}, true, m.ones(2, 2), m.ones({3}, {dtype = "bool"})}
    local names = {"sum", "first", "mean", "f64", "nearest"}
    math.randomseed(5)
    for name, f in pairs(low) do
      for _ = 1, name:find "write" and 0 or 300 do
        local args = {}
        for k = 1, 8 do args[k] = odd[math.random(#odd)] end
        args[math.random(8)] = names[math.random(#names)]
        pcall(f, table.unpack(args))
      end
    end
  end)
end)

describe("df: arrays", function()
  it("go to npz and come back", function()
    local f, path = mixed(), temporary()
    assert(f:write_npz(path, {compress = true}))
    local g = assert(df.read_npz(path))
    os.remove(path)
    for _, name in ipairs(f.columns) do
      eq(g:col(name).dtype, f:col(name).dtype)
      eq(g:col(name):tolist(), f:col(name):tolist())
    end
  end)
  it("of NumPy's become columns", function()
    local path = temporary()
    assert(m.io.write_npz(path, {x = m.tensor {1, 2}, y = m.ones(2, 2)}))
    local f = assert(df.read_npz(path))
    eq(f.columns, {"x", "y_1", "y_2"})
    assert(f:write_npy(path, {"x", "y_2"}))
    local g = assert(df.read_npy(path, {"p", "q"}))
    os.remove(path)
    eq(g.p:tolist(), {1.0, 2.0, n = 2})
    eq(df.read_npy "/nowhere/x.npy", nil)
    eq(df.read_npz "/nowhere/x.npz", nil)
  end)
  it("come from a list of rows", function()
    local f = df.from_rows {{a = 1, b = "x"}, {a = 2}}
    eq(f.columns, {"a", "b"})
    eq(f.b:tolist(), {"x", nil, n = 2})
    eq(df.from_rows({{a = 1, b = "x"}}, {"b"}).columns, {"b"})
  end)
end)

describe("read_csv of real files", function()
  local data = os.getenv "MLRT_DATA"
  local function open(path, opts)
    if not data then skip "MLRT_DATA is not set" end
    local f = io.open(data .. "/" .. path)
    if not f then skip(path .. " is not there") end
    f:close()
    return assert(df.read_csv(data .. "/" .. path, opts))
  end
  it("titanic", function()
    local f = open "titanic/train.csv"
    eq({f.rows, #f.columns, f.Age.nulls, f.Cabin.nulls, f.Embarked.nulls},
      {891, 12, 177, 687, 2})
    near(f.Age:mean(), 29.699113025210085, 1e-12)
    eq(f.Name:get(1), "Braund, Mr. Owen Harris")
  end)
  it("german-credit", function()
    local f = open("german-credit/german.data", {sep = " ", trim = true,
      header = false})
    eq({f.rows, #f.columns}, {1000, 21})
    eq(f.column_21:value_counts().count:tolist(), {700, 300, n = 2})
  end)
  it("california-housing", function()
    local f = open "california-housing/housing.csv"
    eq({f.rows, f.total_bedrooms.nulls}, {20640, 207})
    eq(#f.ocean_proximity:categories(), 5)
  end)
  it("fraud-handbook, gzipped", function()
    local f = open "fraud-handbook/train.csv.gz"
    eq(f.rows, 67240)
    eq(f.TX_FRAUD:sum(), 598)
    eq(f.TX_DATETIME.dtype, "datetime")
  end)
  it("sp500 and back", function()
    local f = open "sp500/sp500-2000.csv"
    eq({f.rows, f.date:get(1), f.date:max()},
      {5105, "2000-01-03", "2020-04-17"})
    local path = temporary()
    assert(f:write_csv(path))
    local g = assert(df.read_csv(path))
    os.remove(path)
    for _, name in ipairs(f.columns) do
      assert(f:col(name):tensor():eq(g:col(name):tensor()):all():item(), name)
    end
  end)
end)
