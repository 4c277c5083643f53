-- df_jsonl_spec.lua: lines of JSON, and plain CSV read by columns.

local m = require "mlrt"
local df = require "mlrt.df"

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"
local cells = assert(loadfile(here .. "/df_lists.lua", "t", _ENV))().cells

local function dtypes(f)
  local list = {}
  for i, name in ipairs(f.columns) do list[i] = f:col(name).dtype end
  return list
end

-- The frame in a text, or nil and the message without the path.
local function parse(text, opts)
  local path = os.tmpname()
  assert(m.io.write_file(path, text))
  local f, why = df.read_jsonl(path, opts)
  os.remove(path)
  return f, why and why:gsub("^read_jsonl: [^ ]*: ", "")
end

describe("read_jsonl", function()
  -- {text, columns, dtypes, rows}
  for name, case in pairs {
    ["values of every kind"] = {
      '{"i":1,"x":1.5,"b":true,"s":"a","d":"2020-01-01"}\n'
      .. '{"i":-2,"x":2,"b":false,"s":"b","d":"2020-01-02 03:04:05"}\n',
      {"i", "x", "b", "s", "d"}, {"i64", "f64", "bool", "str", "datetime"},
      {{1, 1.5, true, "a", "2020-01-01"},
        {-2, 2.0, false, "b", "2020-01-02 03:04:05"}}},
    ["holes of every kind"] = {
      '{"i":1,"x":1.5,"b":true,"s":"a","d":"2020-01-01"}\n{}\n{"i":null,'
      .. '"x":null,"b":null,"s":null,"d":null}\n{"i":3}\n',
      {"i", "x", "b", "s", "d"}, {"i64", "f64", "bool", "str", "datetime"},
      {{1, 1.5, true, "a", "2020-01-01"}, {"-", "-", "-", "-", "-"},
        {"-", "-", "-", "-", "-"}, {3, "-", "-", "-", "-"}}},
    ["late columns"] = {'{"a":1}\n{"b":2}\n{"c":"x"}\n{"d":true}\n',
      {"a", "b", "c", "d"}, {"i64", "i64", "str", "bool"},
      {{1, "-", "-", "-"}, {"-", 2, "-", "-"}, {"-", "-", "x", "-"},
        {"-", "-", "-", true}}},
    ["texts that stay texts"] = {'{"a":"1","b":"true","c":"1.5"}\n',
      {"a", "b", "c"}, {"str", "str", "str"}, {{"1", "true", "1.5"}}},
    ["texts like missing values"] = {'{"a":"","b":"NA"}\n', {"a", "b"},
      {"str", "str"}, {{"", "NA"}}},
    ["numbers beside texts"] = {'{"a":1}\n{"a":"1"}\n{"a":null}\n', {"a"},
      {"str"}, {{"1"}, {"1"}, {"-"}}},
    ["truth beside numbers"] = {'{"a":true}\n{"a":1}\n', {"a"}, {"str"},
      {{"true"}, {"1"}}},
    ["dates beside texts"] = {'{"a":"2020-01-01"}\n{"a":"x"}\n', {"a"},
      {"str"}, {{"2020-01-01"}, {"x"}}},
    ["integers that turn"] = {'{"a":1}\n{}\n{"a":2.5}\n', {"a"}, {"f64"},
      {{1.0}, {"-"}, {2.5}}},
    ["holes alone"] = {'{"a":null}\n{}\n', {"a"}, {"f64"}, {{"-"}, {"-"}}},
    ["long integers"] = {'{"a":12345678901234567890}\n{"a":1}\n', {"a"},
      {"str"}, {{"12345678901234567890"}, {"1"}}},
    ["lists and objects"] = {'{"a":[1, "x"],"b":{"c":[{}]},"d":[]}\n',
      {"a", "b", "d"}, {"str", "str", "str"},
      {{'[1, "x"]', '{"c":[{}]}', "[]"}}},
    ["blanks"] = {' { "a" : 1 ,\t"b"\t:\t"x" } \r\n\n  \n\r\n{"a": 2}   ',
      {"a", "b"}, {"i64", "str"}, {{1, "x"}, {2, "-"}}},
    ["escapes"] = {'{"a\\u00e9\\n":"\\"\\\\\\/\\t\\u20ac\\ud83d\\ude00"}\n',
      {"aé\n"}, {"str"}, {{'"\\/\t€😀'}}},
    ["no objects"] = {"\n \n", {}, {}, {}},
    ["empty objects"] = {"{}\n{}", {}, {}, {{}, {}}},
  } do
    it("knows " .. name, function()
      local f = assert(parse(case[1]))
      eq({f.columns, dtypes(f), cells(f)}, {case[2], case[3], case[4]})
    end)
  end
  it("takes kinds as told", function()
    local text = '{"a":1,"b":2}\n{"b":3}\n{"a":null,"c":4}\n'
    local f = assert(parse(text, {types = "f64"}))
    eq({dtypes(f), cells(f)}, {{"f64", "f64", "f64"}, {{1.0, 2.0, "-"},
      {"-", 3.0, "-"}, {"-", "-", 4.0}}})
    f = assert(parse(text, {types = {a = "str", c = "cat"}}))
    eq({dtypes(f), cells(f)}, {{"str", "i64", "cat"}, {{"1", 2, "-"},
      {"-", 3, "-"}, {"-", "-", "4"}}})
    f = assert(parse('{"a":1}\n{"b":true}\n', {types = {b = "bool"}}))
    eq(cells(f), {{1, "-"}, {"-", true}})
    f = assert(parse('{"a":1}\n{}\n{"b":"2020-01-01"}\n',
      {types = {b = "datetime"}}))
    eq(cells(f), {{1, "-"}, {"-", "-"}, {"-", "2020-01-01"}})
    for rows = 0, 4 do
      eq(assert(parse('{"a":1}\n\n{"a":2}\n{"a":3}', {rows = rows})).rows,
        math.min(rows, 3))
    end
  end)
  for name, case in pairs {
    ["a list"] = {"[1]\n", "row 1 (line 1): '{' expected at byte 1 of the "
      .. "line"},
    ["text behind"] = {'{"a":1} x\n', "row 1 (line 1): the end expected at "
      .. "byte 9 of the line"},
    ["a member twice"] = {'{"a":1}\n{"a":1,"b":2,"a":3}\n', "row 2 (line 2), "
      .. "column 'a': the line has it twice"},
    ["a late one, twice"] = {'\n{"b":1,"b":1}\n', "row 1 (line 2), column 'b': "
      .. "the line has it twice"},
    ["a zero byte in a name"] = {'{"a\\u0000b":1}\n', "row 1 (line 1): a name "
      .. "has a zero byte"},
    ["bytes"] = {'{"a":"x"}\n{"a":"\xFF"}\n', "row 2 (line 2): UTF-8 without "
      .. "control characters expected at byte 7 of the line"},
    ["another kind"] = {'{"a":1}\n\n{"a":"1"}\n', "row 2 (line 3), column 'a': "
      .. "an integer expected, got '1'", {types = {a = "i64"}}},
  } do
    it("refuses " .. name, function()
      local f, why = parse(case[1], case[3])
      eq({f, why}, {nil, case[2]})
    end)
  end
  it("says where a line is wrong", function()
    for text, byte in pairs {['{"a"}'] = 5, ['{"a":}'] = 6, ['{"a":1'] = 7,
      ['{"a":"x'] = nil, ['{a:1}'] = 2, ['{"a":1,}'] = 8, ['{"a":1 "b":2}'] = 8,
      ['{"a":tru}'] = 6, ["{"] = 2, [" x"] = 2} do
      local f, why = parse('{"a":1}\n' .. text .. "\n")
      eq({f, why:match "^row 2 %(line 2%): .* at byte (%d+) of the line$"},
        {nil, tostring(byte)})
    end
    for _, text in ipairs {'{"a":"x', '{"a":"\\x"}', '{"a":"\\u12"}'} do
      local f, why = parse(text)
      assert(not f and why:find "^row 1 %(line 1%): ", why)
    end
  end)
  it("reads lines through windows", function()
    local lines, long = {}, ("y"):rep(1300000)
    for i = 1, 8000 do
      lines[i] = ('{"n":%d,"s":"%s","x":%s}'):format(i, ("z"):rep(i % 17),
        i % 3 == 0 and "null" or i / 8)
    end
    lines[8001] = '{"n":0,"s":"' .. long .. '","x":1}'
    lines[8002] = '{"n":1,"s":["' .. long .. '"],"x":1}'
    local f = assert(parse(table.concat(lines, "\n")))
    eq({f.rows, f.n:sum(), f.x.nulls, #f.s:get(8001), #f.s:get(8002)},
      {8002, 32004001, 2666, 1300000, 1300004})
    for i = 1, 8000, 97 do
      eq({f.n:get(i), f.s:get(i)}, {i, ("z"):rep(i % 17)})
    end
    local late = '{"a":1}\n' .. ('{"a":2}\n'):rep(140000) .. '{"a":"x"}\n{"b"'
    local g, why = parse(late)
    eq({g, why:match "^row (%d+) %(line (%d+)%): "}, {nil, "140003", "140003"})
  end)
end)

describe("read_csv by columns", function()
  -- So many rows by f, read on several threads and as the same row by row.
  local function both(n, f, opts)
    local rows, o = {"i,x,s,b"}, {comment = "#"}
    for i = 1, n do rows[i + 1] = f(i) end
    local text = table.concat(rows, "\n") .. "\n"
    for k, v in pairs(opts or {}) do o[k] = v end
    local want = assert(df.parse_csv(text, o))
    local before = m.threads()
    for threads = 1, 3, 2 do
      m.threads(threads)
      local got = assert(df.parse_csv(text, opts))
      eq(dtypes(got), dtypes(want))
      for _, name in ipairs(want.columns) do
        eq(got:col(name):tolist(), want:col(name):tolist())
      end
    end
    m.threads(before)
    return want
  end
  local function digits(i, n)
    return (("%d%d"):format(i * 7919 + 1000000007, i * 104729 + 1000000007))
      :sub(-n)
  end
  it("takes integers of all lengths", function()
    local f = both(2400, function(i)
      local sign = i % 5 == 0 and "-" or i % 101 == 0 and "+" or ""
      return ("%s%s,1.5,a,true"):format(sign, digits(i, i % 18 + 1))
    end)
    for i = 1, 2400 do
      local n = tonumber(digits(i, i % 18 + 1))
      eq(f.i:get(i), i % 5 == 0 and -n or n)
    end
  end)
  it("takes decimals with the point anywhere", function()
    local list = {}
    local f = both(2600, function(i)
      local n = i % 19 + 1
      local d, at = digits(i, n), i // 19 % (n + 2)
      if at <= n then d = d:sub(1, at) .. "." .. d:sub(at + 1) end
      if i % 7 == 0 then d = "-" .. d end
      list[i] = d
      return "5," .. d .. ",a,true"
    end)
    for i, d in ipairs(list) do eq(f.x:get(i), tonumber(d) + 0.0) end
  end)
  it("takes other forms, holes, words, truth and blanks", function()
    local odd = {"+5", " 7", "7 ", "1e5", "1E-3", ".5", "5.", "-0.0", "inf",
      "", "NA", "1.5e10", "-.25", "00012.50", "-0"}
    local f = both(4000, function(i)
      return ("%s,%s,%s,%s"):format(i % 9 == 0 and "" or i % 31 == 0 and " 12 "
        or i * 37, i % 4 == 0 and odd[i // 4 % #odd + 1] or i / 16,
        i % 11 == 0 and "NA" or i % 13 == 0 and "" or "w" .. i * i % 57,
        i % 6 == 0 and "" or i % 2 == 0 and "TRUE" or "false")
    end)
    eq({f.i.nulls, f.b.nulls}, {444, 666})
  end)
  it("takes many words, and words in latin1", function()
    local f = both(9000, function(i)
      return ("%d,%d.5,word%d,true"):format(i, i, i % 6000)
    end)
    eq(f.s:get(9000), "word3000")
    f = both(3000, function(i)
      return ("%d,%d.5,caf\xE9%d,true"):format(i, i, i % 40)
    end, {encoding = "latin1"})
    eq(f.s:get(3000), "café0")
  end)
  it("takes some of the rows and of the columns", function()
    local function row(i)
      return ("%d,%d.25,w%d,%s"):format(i, i, i % 9, i % 2 == 0)
    end
    for _, rows in ipairs {1, 2999, 3000} do
      eq(both(3000, row, {rows = rows}).rows, math.min(rows, 3000))
    end
    both(3000, row, {columns = {"s"}})
    both(3000, row, {columns = {"b", "i"}})
    both(3000, row, {types = {i = "f64", s = "cat", b = "str"}})
    both(3000, row, {na = {"7", "w3", "true"}})
    both(3000, row, {na = {"9.25", ""}})
    both(3000, row, {quote = ""})
    both(3000, row, {names = {"p", "q", "r", "s"}})
    eq(both(3000, row, {skip = 0, header = true}).i:sum(), 4501500)
  end)
  it("takes cells that are empty nearly everywhere", function()
    local f = both(20000, function(i)
      return i % 5000 == 1 and "1,2.5,x,true"
        or ",,,"
    end)
    eq({f.i.nulls, f.x.nulls, f.s.nulls, f.b.nulls},
      {19996, 19996, 19996, 19996})
  end)
  it("counts lines in its words", function()
    local rows = {"a,b"}
    for i = 1, 6000 do rows[i + 1] = i .. ",text" .. i % 10 end
    rows[2] = "1," .. ("t"):rep(40) -- no number ends in the first 32 bytes
    for _, case in ipairs {{2, "x,y", "an integer expected, got 'x'"},
      {5999, "x,y", "an integer expected, got 'x'"},
      {6000, "1,\xFF", "is not UTF-8; give its encoding, latin1 or cp1252"},
      {4000, "1,\xFF", "is not UTF-8; give its encoding, latin1 or cp1252"}} do
      local old = rows[case[1] + 1]
      rows[case[1] + 1] = case[2]
      local _, why = df.parse_csv(table.concat(rows, "\n"),
        {types = {a = "i64"}})
      rows[case[1] + 1] = old
      eq(why, ("read_csv: memory: row %d (line %d), column '%s': %s"):format(
        case[1], case[1] + 1, case[2]:sub(1, 1) == "x" and "a" or "b", case[3]))
    end
  end)
end)
