-- df_memory_spec.lua: what frames take they give back, refusals included.

local m = require "mlrt"
local df = require "mlrt.df"
local low = require "mlrt.core"._frame

local function i64(list) return m.tensor(list, {dtype = "i64"}) end
local function f64(list) return m.tensor(list, {dtype = "f64"}) end
local function bool(list) return m.tensor(list, {dtype = "bool"}) end

-- Bytes of the core's own, without Lua's.
local function held()
  collectgarbage()
  collectgarbage()
  local info = m.memory()
  return info.other - info.lua
end

-- After the second time nothing more is held, however often.
local function check(f)
  f()
  f()
  local before = held()
  for _ = 1, 4 do f() end
  eq(held() - before, 0)
end

local function list_of(n, f)
  local list = {}
  for i = 1, n do list[i] = f(i) end
  return list
end

local function words(n)
  return low.encode(list_of(n, function(i) return "word" .. i end), n)
end

local one = {1, 1, 1, 1}
local cases = {
  encode = function() words(3) words(300) words(0) end,
  tidy = function()
    local codes, bytes, offsets = words(300)
    low.tidy(codes, bytes, offsets, true)
    low.tidy(codes, bytes, offsets, false)
    pcall(low.tidy, m.index {301}, bytes, offsets, true)
    pcall(low.tidy, codes, m.zeros({3}, {dtype = "u8"}), offsets, true)
  end,
  merge = function()
    local _, bytes, offsets = words(300)
    local _, b, o = words(40)
    low.merge(bytes, offsets, b, o)
    pcall(low.merge, bytes, offsets, m.zeros({3}, {dtype = "u8"}), o)
    pcall(low.merge, m.zeros({3}, {dtype = "u8"}), offsets, b, o)
  end,
  parse = function()
    local _, bytes, offsets = words(300)
    for _, kind in ipairs {"f64", "i64", "bool", "datetime"} do
      low.parse(bytes, offsets, kind)
    end
  end,
  sort = function()
    local list = list_of(300, function(i) return i * 7 % 30 end)
    low.sort {{i64(list)}, {f64(list)}}
    pcall(low.sort, {{i64 {1, 2}}, {m.ones(2)}})
    pcall(low.sort, {{m.ones(2)}})
  end,
  group = function()
    local near = list_of(300, function(i) return i * 7 % 30 end)
    local far = list_of(5000, function(i) return i << 33 end)
    low.group({{i64(near)}, {f64(near)}}, false)
    low.group({{i64(far)}}, false)
    pcall(low.group, {{i64 {1, 2}}, {m.ones(2)}})
    pcall(low.group, {{m.ones(2)}})
  end,
  reduce = function()
    for _, what in ipairs {"count", "sum", "var", "max"} do
      low.reduce(what, i64 {1, 2, 3, 4}, nil, m.index(one), 1)
    end
    low.quantile(0.5, i64 {1, 2, 3, 4}, nil, m.index(one), 1)
    pcall(low.reduce, "sum", i64 {math.maxinteger, 1, 1, 1}, nil,
      m.index(one), 1)
    pcall(low.quantile, 2, i64 {1, 2, 3, 4}, nil, m.index(one), 1)
  end,
  join = function()
    low.join(m.index(one), m.index(one), 1, true)
    low.join(m.index(one), m.index {}, 1, false)
    pcall(low.join, m.index(one), m.index {9}, 1, false)
  end,
  join_asof = function()
    local x, g = {i64 {3, 1, 2, 4}, bool {true, false, false, false}},
      m.index(one)
    for _, direction in ipairs {"backward", "forward", "nearest"} do
      low.asof(x, g, x, g, 1, direction, 1, true)
      low.asof(x, nil, x, nil, 0, direction, 1, false)
    end
    pcall(low.asof, x, g, {bool {true, true, true, true}}, g, 1, "nearest", 1,
      true)
  end,
  rolling = function()
    low.roll("median", 3, 1, f64 {1, 2, 3})
    low.roll("sum", 1000, 1, f64 {1, 2, 3})
    pcall(low.roll, "sum", 0, 1, f64 {1, 2, 3})
    low.interpolate(f64 {1, 2}, bool {true, false})
    low.last(bool {true, false}, true, -1)
    low.lag(1, 3)
  end,
  take = function()
    low.take(f64 {1, 2}, nil, m.index {1, false})
    low.take(f64 {1, 2}, nil, m.index {1})
    pcall(low.take, f64 {1, 2}, nil, m.index {3})
  end,
}

local texts = {
  ["of all kinds"] = 'i,x,s,d,b\n1,1.5,a,2020-01-01,true\n,,,,\n2,,b,,false\n',
  ["that turn"] = "a,b,c,d\n1,,1,true\n1.5,x,x,2020-01-01\n,,,\n",
  ["with quotes"] = 'a,"b ""c"""\n"x ""y""",2\n' .. ('"%s""",3\n'):format(
    ("z"):rep(9000)),
  ["with a long integer"] = "a,b\n12345678901234567890,1\n,2\n",
  ["too short a row"] = "a,b\n1,x\n2\n",
  ["too long a row"] = 'a,b\n1,"x"\n2,3,4\n',
  ["an open quote"] = 'a,b\n1,"x\n',
  ["not UTF-8"] = "a,b\n1,x\n2,\xFF\n",
  ["a name twice"] = "a,b,a\n1,2,3\n",
  ["a zero byte in a name"] = "a,b\0c\n1,2\n",
  ["nothing"] = "", ["UTF-16"] = "\xFF\xFEa\0",
  ["many words"] = "s\n" .. table.concat(list_of(3000, function(i)
    return "w" .. i
  end), "\n"),
  ["many rows"] = "i,s,x\n" .. table.concat(list_of(9000, function(i)
    return i .. ",w" .. i % 50 .. "," .. i / 8
  end), "\n") .. "\n",
}

describe("memory is given back by", function()
  for name, f in pairs(cases) do
    it(name, function() check(f) end)
  end
  for name, text in pairs(texts) do
    it("read_csv: " .. name, function()
      local list = {{}, {columns = {"a"}}, {types = "i64"}, {types = {a = "str",
        q = "i64"}}, {names = {"p", "q"}}, {encoding = "latin1"},
        {columns = {"s"}, rows = 2}}
      check(function()
        for _, opts in ipairs(#text > 20000 and {{}} or list) do
          pcall(df.parse_csv, text, opts)
        end
      end)
    end)
  end
  it("read_csv and write_csv of files", function()
    local f = df.frame {{"a", {1, df.null}}, {"s", {"x", "y"}}}
    local path = os.tmpname()
    check(function()
      assert(f:write_csv(path))
      assert(df.read_csv(path))
      f:write_csv "/nowhere/x.csv"
      df.read_csv "/nowhere/x.csv"
      pcall(df.read_csv, path, {sep = "e"})
      pcall(df.read_csv, path, {sep = ".", decimal = "."})
    end)
    os.remove(path)
  end)
  it("read_jsonl and write_jsonl", function()
    local path = os.tmpname()
    for _, text in ipairs {'{"a":1,"b":"x"}\n{"a":2.5,"c":[1]}\n', '{"a":1',
      '{"a":1}\n{"a":"x"}\n', '{"a":1,"a":2}\n', '{"a":"\xFF"}\n',
      '{"a\\u0000":1}\n', '{"b":"\\n' .. ("z"):rep(9000) .. '"}\n'} do
      assert(m.io.write_file(path, text))
      check(function()
        df.read_jsonl(path)
        df.read_jsonl(path, {types = {a = "i64"}})
      end)
    end
    check(function()
      pcall(function() df.frame {a = {1 / 0}}:write_jsonl(path) end)
      assert(df.frame {a = {1, 2}}:write_jsonl(path))
    end)
    os.remove(path)
  end)
end)

describe("read_csv", function()
  -- The bytes of a frame's tensors.
  local function bytes(text, opts)
    collectgarbage()
    collectgarbage()
    local before = m.memory().live
    local f = assert(df.parse_csv(text, opts))
    collectgarbage()
    collectgarbage()
    return m.memory().live - before, f.rows
  end
  it("makes room for the rows that there may be", function()
    local rows = ("12345\n"):rep(3000)
    -- A line more could follow each end of a line.
    eq({bytes("a\n" .. rows)}, {8 * 3001, 3000})
    eq({bytes("a,b\n" .. rows:gsub("3", ","))}, {2 * 8 * 3001, 3000})
    eq({bytes("a\n" .. rows, {rows = 2000})}, {8 * 2000, 2000})
    eq({bytes("a\n" .. rows, {rows = 3001})}, {8 * 3001, 3000})
    eq({bytes("a\n" .. rows, {rows = 9000})}, {8 * 3001, 3000})
    -- Where lines are empty, a byte for each cell.
    local sparse = "a,b,c,d\n" .. ("1,2,3,4\n\n\n\n"):rep(300)
    eq({bytes(sparse)}, {4 * 8 * (#sparse // 4 + 1), 300})
    -- What would be wasted is cut off.
    eq({bytes("a\n" .. ("1\n\n\n\n"):rep(1000))}, {8 * 1000, 1000})
    -- A window says how many rows a long text has, about.
    local n, many = bytes("a\n" .. ("12345678\n"):rep(200000))
    eq({many, n > 8 * 200000 * 1.02, n < 8 * 200000 * 1.04},
      {200000, true, true})
  end)
  it("and read_jsonl close their files", function()
    local function open_files()
      collectgarbage() -- other tests may have left some
      collectgarbage()
      local p = io.popen "ls /proc/$PPID/fd 2>/dev/null | wc -l"
      local n = tonumber(p:read "a")
      p:close()
      return n
    end
    local path = os.tmpname()
    local before = open_files()
    if before == 0 then skip "/proc is not there" end
    for _, text in ipairs {'{"a":1}\n', '{"a"\n', "a,b\n1\n", ""} do
      assert(m.io.write_file(path, text))
      for _ = 1, 3 do
        df.read_csv(path)
        df.read_jsonl(path)
        df.frame {a = {1}}:write_csv(path)
        pcall(function() df.frame {a = {1 / 0}}:write_jsonl(path) end)
      end
    end
    os.remove(path)
    eq(open_files() < before + 3, true) -- popen has its pipe open, or not yet
  end)
end)
