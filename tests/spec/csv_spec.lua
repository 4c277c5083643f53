-- csv_spec.lua: files of separated values, well and badly formed.

local m = require "mlrt"
local df = require "mlrt.df"

local function parse(text, opts)
  return assert(df.parse_csv(text, opts))
end

local function dtypes(f)
  local list = {}
  for i, name in ipairs(f.columns) do list[i] = f:col(name).dtype end
  return list
end

-- All cells, row by row.
local function cells(f)
  local rows = {}
  for i = 1, f.rows do
    rows[i] = {}
    for k, name in ipairs(f.columns) do rows[i][k] = f:col(name):get(i) end
  end
  return rows
end

-- The cases of max-mapper's csv-spectrum, as text.
local spectrum = {
  comma_in_quotes = {'first,last,address,city,zip\nJohn,Doe,120 any st.,'
    .. '"Anytown, WW",08123\n', {{"John", "Doe", "120 any st.", "Anytown, WW",
    "08123"}}},
  empty = {'a,b,c\n1,"",""\n2,3,4\n', {{"1", "", ""}, {"2", "3", "4"}}},
  empty_crlf = {'a,b,c\r\n1,"",""\r\n2,3,4\r\n',
    {{"1", "", ""}, {"2", "3", "4"}}},
  escaped_quotes = {'a,b\n1,"ha ""ha"" ha"\n3,4\n',
    {{"1", 'ha "ha" ha'}, {"3", "4"}}},
  json = {'key,val\n1,"{""type"": ""Point"", ""coordinates"": [102.0, 0.5]}"\n',
    {{"1", '{"type": "Point", "coordinates": [102.0, 0.5]}'}}},
  location_coordinates = {'Contact Phone Number,Location Coordinates,Cities,'
    .. 'Counties\nDevonn \240\159\154\151,"37.36,-94.29",1,2\n',
    {{"Devonn \240\159\154\151", "37.36,-94.29", "1", "2"}}},
  newlines = {'a,b,c\n1,2,3\n"Once upon \na time",5,6\n7,8,9\n',
    {{"1", "2", "3"}, {"Once upon \na time", "5", "6"}, {"7", "8", "9"}}},
  newlines_crlf = {'a,b,c\r\n1,2,3\r\n"Once upon \r\na time",5,6\r\n7,8,9\r\n',
    {{"1", "2", "3"}, {"Once upon \r\na time", "5", "6"}, {"7", "8", "9"}}},
  quotes_and_newlines = {'a,b\n1,"ha \n""ha"" \nha"\n3,4\n',
    {{"1", 'ha \n"ha" \nha'}, {"3", "4"}}},
  simple = {"a,b,c\n1,2,3\n", {{"1", "2", "3"}}},
  simple_crlf = {"a,b,c\r\n1,2,3\r\n", {{"1", "2", "3"}}},
  utf8 = {"a,b,c\n1,2,3\n4,5,ʤ\n", {{"1", "2", "3"}, {"4", "5", "ʤ"}}},
}

describe("csv-spectrum", function()
  for name, case in pairs(spectrum) do
    it(name, function()
      eq(cells(parse(case[1], {types = "str"})), case[2])
    end)
  end
end)

describe("read_csv", function()
  it("infers types over all rows", function()
    local f = parse("i,f,b,d,s\n1,1,true,2020-02-29,x\n-2,2.5,False,"
      .. "2021-01-01 10:00:05,1\n")
    eq(dtypes(f), {"i64", "f64", "bool", "datetime", "str"})
    eq(cells(f), {{1, 1.0, true, "2020-02-29", "x"},
      {-2, 2.5, false, "2021-01-01 10:00:05", "1"}})
  end)
  it("infers them in any order", function()
    eq(dtypes(parse "a,b,c,d\n1,x,,2020-01-01\nx,1,1,1\n,,,\n"),
      {"str", "str", "i64", "str"})
    eq(cells(parse "a\n1\nx\n"), {{"1"}, {"x"}})
    eq(cells(parse "a\n007\nx\n"), {{"007"}, {"x"}})
    eq(cells(parse "a\ntrue\n5\n"), {{"true"}, {"5"}})
  end)
  it("never rounds long integers that stand alone", function()
    eq(cells(parse "a\n12345678901234567890\n1\n"),
      {{"12345678901234567890"}, {"1"}})
    eq(dtypes(parse "a\n12345678901234567890\n1.5\n"), {"f64"})
    eq(dtypes(parse "a\n1.5\n12345678901234567890\n"), {"f64"})
    eq(cells(parse "a\n9223372036854775807\n-9223372036854775807\n"),
      {{math.maxinteger}, {-math.maxinteger}})
  end)
  it("knows holes, and keeps a quoted empty text", function()
    local f = parse 'a,b,c\n1,NA,\n,nan,x\n3,2,""\n'
    eq(dtypes(f), {"i64", "i64", "str"})
    eq({f.a.nulls, f.b.nulls, f.c.nulls}, {1, 2, 1})
    eq(f.c:get(3), "")
    f = parse("a,b\n-,NA\n1,?\n", {na = {"-", "?"}})
    eq(dtypes(f), {"i64", "str"})
    eq(cells(f), {{nil, "NA"}, {1}})
    eq(dtypes(parse "a,b\n,1\n,2\n"), {"f64", "i64"})
    eq(cells(parse 'a,b\n"",1\nx,2\n'), {{"", 1}, {"x", 2}})
  end)
  it("takes other characters, names and columns", function()
    eq(cells(parse("a;b\n1,5;'x;y'\n", {sep = ";", quote = "'",
      decimal = ","})), {{1.5, "x;y"}})
    eq(parse("1 2\n3 4\n", {sep = " ", header = false}).columns,
      {"column_1", "column_2"})
    local f = parse("1,2\n3,4\n", {header = false, names = {"x", "y"}})
    eq(f.y:tolist(), {2, 4, n = 2})
    eq(parse("a,b,c\n1,2,3\n", {columns = {"c", "a"}}).columns, {"c", "a"})
    eq(cells(parse("a,b\n1,2\n", {types = {a = "f64", b = "str"}})),
      {{1.0, "2"}})
    eq(parse("a\n1\n2\n3\n", {rows = 2}).rows, 2)
    eq(parse("junk\n\na\n1\n", {skip = 1}).columns, {"a"})
    eq(parse("# hello\na\n# 5\n1\n", {comment = "#"}).rows, 1)
    eq(cells(parse("a , b\n 1, x \n", {trim = true})), {{1, "x"}})
    eq(cells(parse(" a  b c\n1   2 3  \n  4 'x y'  5\n", {sep = " ",
      trim = true, quote = "'"})), {{1, "2", 3}, {4, "x y", 5}})
    eq(parse("d\n31.12.1999\n", {types = {d = "datetime"},
      date_format = "%d.%m.%Y"}).d:get(1), "1999-12-31")
  end)
  it("takes every end of line, a mark, and no last end", function()
    for _, nl in ipairs {"\n", "\r\n", "\r"} do
      for _, last in ipairs {nl, ""} do
        local f = parse("\239\187\191a,b" .. nl .. nl .. "1,x" .. nl .. "2,y"
          .. last)
        eq(f.columns, {"a", "b"})
        eq(cells(f), {{1, "x"}, {2, "y"}})
      end
    end
  end)
  it("reads the encodings it is told of", function()
    eq(cells(parse("a\ncaf\xE9\n", {encoding = "latin1"})), {{"café"}})
    eq(cells(parse('a\n"\x80 ""5"""\n', {encoding = "cp1252"})),
      {{'€ "5"'}})
    local f, why = df.parse_csv "a\nx\ncaf\xE9\n"
    eq(f, nil)
    assert(why:find("row 2 (line 3), column 'a': is not UTF-8", 1, true), why)
    f, why = df.parse_csv "\xFF\xFEa\0"
    assert(not f and why:find "UTF%-16", why)
  end)
  it("parses numbers as Lua does", function()
    local texts = {"0.1", "-0.0", "1e308", "1e-320", "123456789.123456789",
      "4.9406564584124654e-324", "1.7976931348623157e308", "0.3e1",
      "9007199254740993.0", "2.2250738585072011e-308", "1e23", "8.5e-11",
      "179769313486231580793.0", "6.02214076e23", ".5", "5.", "+2.5",
      "7.2057594037927933e16", "0.000000000000000000000000000012345678901234"}
    for i = 1, 300 do
      texts[#texts + 1] = ("%.17g"):format((i * 0.618) ^ (i % 60 - 30))
    end
    local f = parse("x\n" .. table.concat(texts, "\n"), {types = "f64"})
    for i, text in ipairs(texts) do eq(f.x:get(i), tonumber(text) + 0.0) end
  end)
  it("names the bad cell", function()
    for _, case in ipairs {
      {"a,b\n1,2\n3\n", "row 2 (line 3): 1 cells, where there are 2 columns"},
      {"a,b\n1,2,3,4\n", "row 1 (line 2): 4 cells, where there are 2 columns"},
      {'a,b\n1,"x\n2,3\n', "row 1 (line 2), column 'b': a quoted cell begins"},
      {'a,b\n1,"x"y\n', "row 1 (line 2), column 'b': text follows"},
      {"a,a\n1,2\n", "columns 1 and 2 are both named 'a'"},
      {"", "has no rows"},
    } do
      local f, why = df.parse_csv(case[1])
      assert(not f and why:find(case[2], 1, true), why)
    end
    local f, why = df.parse_csv("a,b\n1,2\n\n3,x\n", {types = {b = "i64"}})
    assert(not f and why:find("row 2 (line 4), column 'b': an integer "
      .. "expected, got 'x'", 1, true), why)
    f, why = df.parse_csv("", {names = {}})
    assert(not f and why:find "has no columns", why)
    eq(assert(df.parse_csv("", {names = {"a"}})).rows, 0)
    f, why = df.read_csv "/nowhere/x.csv"
    assert(not f and why:find "No such file", why)
    raises("has no column 'b'", df.parse_csv, "a\n1\n", {columns = {"b"}})
  end)
  it("takes ragged rows as told", function()
    local text = "a,b,c\n1,2,3\n4\n5,6,7,8\n9,10,11\n"
    eq(parse(text, {ragged = "skip"}).rows, 2)
    eq(parse(text, {ragged = "skip"}).skipped, 2)
    eq(cells(parse("a,b\n1\n2,3\n", {ragged = "fill"})), {{1}, {2, 3}})
    local f = df.parse_csv(text, {ragged = "fill"})
    eq(f, nil)
  end)
  it("refuses wrong options", function()
    raises("unknown option 'separator'", df.parse_csv, "a\n1\n",
      {separator = ","})
    raises("encoding", df.parse_csv, "a\n1\n", {encoding = "koi8"})
    raises("unknown dtype 'int'", df.parse_csv, "a\n1\n", {types = "int"})
    raises("three different characters", df.parse_csv, "a\n1\n", {sep = "e"})
    raises("one character expected", df.parse_csv, "a\n1\n", {sep = "::"})
  end)
  it("reads a column again when there are more rows than it guessed", function()
    local rows = {"a,b", "1," .. ("x"):rep(300000), "y,1"}
    for i = 1, 5000 do rows[#rows + 1] = "z,1" .. i end
    local f = parse(table.concat(rows, "\n"))
    eq({f.rows, f.a:get(1), f.a:get(5002), f.b:get(5002)},
      {5002, "1", "z", "15000"})
  end)
  it("reads rows that cross its window", function()
    local rows, want = {"n,s"}, {}
    for i = 1, 30000 do
      want[i] = i % 7 == 0 and ('"%d' .. ("z"):rep(i % 50) .. '\n"'):format(i)
        or "w" .. i % 13
      rows[#rows + 1] = i .. "," .. want[i]
    end
    rows[#rows + 1] = '30001,"' .. ("y"):rep(2500000) .. '"'
    local f = parse(table.concat(rows, "\n"))
    eq(f.rows, 30001)
    eq(f.n:get(30000), 30000)
    for i = 1, 30000, 101 do eq(f.s:get(i), (want[i]:gsub('"', ""))) end
    eq(#f.s:get(30001), 2500000)
  end)
end)

-- Plain text is read by columns, on one thread or several; any option about
-- lines, such as one of comments that are not there, has it read row by row.
describe("read_csv by columns", function()
  -- 40000 rows, more than a window; `odd` may replace some.
  local function text_of(odd)
    local rows = {"i,x,s,d,b"}
    for i = 1, 40000 do
      rows[i + 1] = odd[i] or ("%d,%s,%s,2024-01-%02d,%s"):format(i * 37,
        i % 7 == 0 and "" or tostring(i / 8), i % 11 == 0 and "NA" or "w" .. i
        % 100, i % 28 + 1, i % 2 == 0 and "true" or "false")
    end
    return table.concat(rows, "\n")
  end
  local function with(threads, text)
    local before = m.threads()
    m.threads(threads)
    local f, why = df.parse_csv(text)
    m.threads(before)
    return f, why
  end
  local function by_rows(text)
    return df.parse_csv(text, {comment = "#"})
  end
  local function same_frames(f, g)
    eq(f.rows, g.rows)
    eq(dtypes(f), dtypes(g))
    for _, column in ipairs(f.columns) do
      local a, b = f:col(column), g:col(column)
      eq(a.nulls, b.nulls)
      local same = a:isnull():eq(b:isnull())
      if a.dtype == "f64" then -- NaN and -0 too
        local x, y = a:tensor {fill = 0}, b:tensor {fill = 0}
        same = same & ((x:eq(y) & (1 / x):eq(1 / y)) | (x:ne(x) & y:ne(y)))
      elseif a.dtype ~= "str" then
        same = a:tensor({fill = 0}):eq(b:tensor {fill = 0})
      end
      eq(same:all():item(), true)
      for i = 1, a.dtype == "str" and f.rows or 0, 7 do
        eq(a:get(i), b:get(i))
      end
    end
  end
  for name, odd in pairs {
    ["plain rows"] = {},
    ["a late hole"] = {[15000] = ",1,x,2024-01-01,true"},
    ["a late fraction"] = {[15000] = "1.5,1,x,2024-01-01,true"},
    ["a late text"] = {[15000] = "x,1,x,2024-01-01,true"},
    ["late quotes"] = {[15000] = '1,1,"a\nb",2024-01-01,true'},
    ["an empty line"] = {[15000] = ""},
    ["a point alone"] = {[39000] = "1,.,x,2024-01-01,true"},
    ["a colon, behind 9"] = {[39000] = "1,1.2:5,x,2024-01-01,true"},
    ["a late word"] = {[39000] = "1,1.25,new,2024-01-01,true"},
    ["a long integer"] = {[15000] = "1,12345678901234567890,x,,"},
  } do
    it("gives the same of " .. name, function()
      local text = text_of(odd)
      local f = assert(by_rows(text))
      same_frames(f, assert(with(1, text)))
      same_frames(f, assert(with(3, text)))
    end)
  end
  it("sees quotes and CR wherever they are", function()
    for _, cell in ipairs {'"w1"', "w1\r"} do
      for _, at in ipairs {2499, 2500, 2501, 4999, 5000, 7500, 9990, 10000} do
        local rows = {"n,s"}
        for i = 1, 10000 do rows[i + 1] = i .. ",w" .. i % 7 end
        rows[at + 1] = at .. "," .. cell
        local text = table.concat(rows, "\n") .. "\n"
        for threads = 1, 3 do
          eq(assert(with(threads, text)).s:get(at), "w1")
        end
      end
    end
  end)
  it("looks for missing values that are numbers", function()
    for _, value in ipairs {"%d", "%d.5", "-%d.0", "1e%d",
      "12345678901234%d"} do
      local rows = {"n"}
      for i = 1, 300000 do
        rows[i + 1] = i % 3 == 0 and value:format(99) or i % 7 == 0 and "NA"
          or value:format(10 + i % 80)
      end
      local text = table.concat(rows, "\n")
      local na = {"NA", value:format(99)}
      local f = assert(df.parse_csv(text, {na = na}))
      local g = assert(df.parse_csv(text, {na = na, comment = "#"}))
      same_frames(g, f)
      eq(f.n.nulls, 128572)
    end
  end)
  it("names the first of several bad cells", function()
    local rows = {"i,s,u"}
    for i = 1, 40000 do rows[i + 1] = i .. ",a,b" end
    rows[20001], rows[30001] = "20000,a,\xFF", "30000,\xFF,b"
    local _, why = with(2, table.concat(rows, "\n"))
    assert(why:find("row 20000 (line 20001), column 'u'", 1, true), why)
  end)
  it("passes empty lines of one column", function()
    local text = "n\n5\nNA\n" .. ("12\n345\n"):rep(200000) .. "\n\n7\n"
    local f = assert(with(2, text))
    eq({f.rows, f.n:get(f.rows)}, {400003, 7})
    same_frames(assert(by_rows(text)), f)
  end)
  -- Digits, so many of them.
  local function digits(least, most)
    local d = {}
    for i = 1, math.random(least, most) do d[i] = math.random(0, 9) end
    return table.concat(d)
  end
  local forms = {
    function() return digits(1, 18) end,
    function() return "-" .. digits(1, 20) end,
    function() return "+" .. digits(1, 3) end,
    function() return digits(1, 3) .. "." .. digits(0, 19) end,
    function() return "-" .. digits(0, 9) .. "." .. digits(1, 18) end,
    function() return ("%.17g"):format((math.random() - 0.5) * 8) end,
    function() return digits(1, 2) .. "." .. digits(1, 9) .. "e"
      .. math.random(-30, 30) end,
    function() return ("%.6g"):format(2 ^ math.random(-1000, 1000)) end,
    function() return ({"inf", "-inf", "0", "-0.0", ".5", "7.", ""})
      [math.random(7)] end,
    function() return " " .. digits(1, 4) end,
    function() return ({".", "-", "1e", "--1", "1.2.3", "0x10", "1_000",
      "1-2", "12a", "a12", "1:30", "1/2", ";", "9223372036854775808"})
      [math.random(14)] end,
  }
  it("reads every form of number as row by row", function()
    for _ = 1, 12 do
      local n, rows = math.random(1, 5), {}
      local few, bad = math.random(1, #forms), math.random() < 0.2 and 1 or 0
      for i = 1, 2000 do
        local cells_of = {}
        for k = 1, n do
          local form = i % 5 == 0 and math.random(1, #forms - 2 + bad) or few
          cells_of[k] = forms[form % (#forms - 1 + bad) + 1]()
        end
        if n == 1 and cells_of[1] == "" then cells_of[1] = "0" end
        rows[i] = table.concat(cells_of, ",")
      end
      -- In the first window columns may turn, which ends the attempt.
      local block = table.concat(rows, "\n") .. "\n"
      local text = ("a,b,c,d,e"):sub(1, 2 * n - 1) .. "\n"
        .. block:rep((3 << 20) // #block)
      local f = assert(by_rows(text))
      same_frames(f, assert(with(1, text)))
      same_frames(f, assert(with(2, text)))
    end
  end)
  it("names the same bad cell", function()
    for _, row in ipairs {"1,2,3", "1,2,3,4,5,6", "1,2,\xFF,2024-01-01,true"} do
      local text = text_of {[15000] = row}
      local f, why = by_rows(text)
      local g, again = with(3, text)
      eq({f, g}, {})
      eq(again, why)
      eq(select(2, with(1, text)), why)
      assert(why:find "row 15000 %(line 15001%)", why)
    end
  end)
end)

describe("write_csv", function()
  it("writes what read_csv reads", function()
    local f = df.frame {{"i", {1, nil, -3}}, {"x", {0.1, 1e300, nil, n = 3}},
      {"s", {'a "b", c', "", nil, n = 3}}, {"t", {"line\nend", " x ", "é"}},
      {"b", {true, nil, false}}}
    f = f:assign {d = df.column("d", {"2020-01-01", nil, "1969-12-31 23:59:59"},
      "str")}
    local path = os.tmpname()
    assert(f:write_csv(path))
    local g = assert(df.read_csv(path))
    os.remove(path)
    eq(dtypes(g), {"i64", "f64", "str", "str", "bool", "datetime"})
    eq(cells(g), cells(f))
    local ok, why = f:write_csv "/nowhere/x.csv"
    assert(not ok and why:find "nowhere", why)
  end)
end)
