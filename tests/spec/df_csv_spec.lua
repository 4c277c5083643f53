-- df_csv_spec.lua: what read_csv makes of lines, quotes, blanks and kinds, and
-- its words for what is wrong.

local df = require "mlrt.df"

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"
local cells = assert(loadfile(here .. "/df_lists.lua", "t", _ENV))().cells

local function read(text, opts)
  local f = assert(df.parse_csv(text, opts))
  return cells(f)
end

-- Cells as texts.
local function texts(text, opts)
  local o = {types = "str"}
  for k, v in pairs(opts or {}) do o[k] = v end
  return read(text, o)
end

local function why(text, opts)
  local ok, f, message = pcall(df.parse_csv, text, opts)
  if not ok then return (f:gsub("^[^ ]*:%d+: ", "")) end
  eq(f, nil)
  return (message:gsub("^read_csv: memory: ", ""))
end

local function dtypes(text, opts)
  local f = assert(df.parse_csv(text, opts))
  local list = {}
  for i, name in ipairs(f.columns) do list[i] = f:col(name).dtype end
  return list
end

describe("read_csv: cells", function()
  -- {text, options, rows}
  for name, case in pairs {
    ["empty ones"] = {"a,b\n,\n1,\n,2\n", {}, {{"-", "-"}, {"1", "-"},
      {"-", "2"}}},
    ["without a last end"] = {"a,b\n1,2", {}, {{"1", "2"}}},
    ["an empty last one"] = {"a,b\n1,", {}, {{"1", "-"}}},
    ["ended by CR"] = {"a,b\r1,2\r3,4\r", {}, {{"1", "2"}, {"3", "4"}}},
    ["ended by CR and LF"] = {"a,b\r\n1,2\r\n3,4", {}, {{"1", "2"},
      {"3", "4"}}},
    ["between empty lines"] = {"\n\na,b\n\n1,2\r\n\r\n\r3,4\n\n\n", {},
      {{"1", "2"}, {"3", "4"}}},
    ["with spaces"] = {"a,b\n 1 , x y \n", {}, {{" 1 ", " x y "}}},
    ["trimmed"] = {"a,b\n \t1\t ,\t x y\t \n", {trim = true},
      {{"1", "x y"}}},
    ["trimmed to nothing"] = {"a,b\n  , \t\n", {trim = true}, {{"-", "-"}}},
    ["trimmed around quotes"] = {'a,b\n "x" ,\t" y "\t\n', {trim = true},
      {{"x", " y "}}},
    ["between tabs"] = {"a\tb\n1 \t 2\n", {sep = "\t"}, {{"1 ", " 2"}}},
    ["trimmed between tabs"] = {"a\tb\n1 \t 2\n3\t\n", {sep = "\t",
      trim = true}, {{"1", "2"}, {"3", "-"}}},
    ["between single spaces"] = {"a b c\n1  2\n", {sep = " "},
      {{"1", "-", "2"}}},
    ["between blanks"] = {"a  b c \n1   2 3\n 4 5  6 \n   7 8 9", {sep = " ",
      trim = true}, {{"1", "2", "3"}, {"4", "5", "6"}, {"7", "8", "9"}}},
    ["between blanks, CR"] = {"a b \r\n1  2  \r\n3 4\r\n", {sep = " ",
      trim = true}, {{"1", "2"}, {"3", "4"}}},
    ["between blanks, quoted"] = {'a b\n"x y"   "z"\n  "u"  "v"  \n"w" "x"',
      {sep = " ", trim = true}, {{"x y", "z"}, {"u", "v"}, {"w", "x"}}},
    ["between blanks, a last one"] = {"a b\n1 2 \n3 4   ", {sep = " ",
      trim = true}, {{"1", "2"}, {"3", "4"}}},
    ["quoted"] = {'a,b\n"x,y","z\nw"\n"",""""\n', {}, {{"x,y", "z\nw"},
      {"", '"'}}},
    ["quoted, without a last end"] = {'a,b\n1,"x"', {}, {{"1", "x"}}},
    ["quoted, quotes at both ends"] = {'a,b\n"""x""",""""""\n', {},
      {{'"x"', '""'}}},
    ["quoted by another"] = {"a,b\n'x''y','\"'\n", {quote = "'"},
      {{"x'y", '"'}}},
    ["not quoted"] = {'a,b\n"x","""\n', {quote = ""}, {{'"x"', '"""'}}},
    ["a quote within"] = {'a,b\nx"y,z"\n', {}, {{'x"y', 'z"'}}},
    ["of a header in quotes"] = {'"a","b"\n1,2\n', {}, {{"1", "2"}}},
    ["behind comments"] = {"#a\n#\na,b\n# 1\n1,#2\n#", {comment = "#"},
      {{"1", "#2"}}},
    ["behind lines to skip"] = {'x"\ny\r\nz\ra,b\n1,2\n', {skip = 3},
      {{"1", "2"}}},
    ["of the first rows"] = {"a,b\n1,2\n3,4\n5,6\n", {rows = 2}, {{"1", "2"},
      {"3", "4"}}},
    ["of no rows"] = {"a,b\n1,2\n", {rows = 0}, {}},
    ["of all rows and more"] = {"a,b\n1,2\n", {rows = 5}, {{"1", "2"}}},
    ["after a mark"] = {"\xEF\xBB\xBFa,b\n1,2\n", {}, {{"1", "2"}}},
    ["long ones"] = {"a,b\n" .. ("x"):rep(5000) .. ',"' .. ('""y'):rep(3000)
      .. '"\n', {}, {{("x"):rep(5000), ('"y'):rep(3000)}}},
    ["some columns"] = {"a,b\n1,2\n3,4\n", {columns = {"b"}}, {{"2"}, {"4"}}},
  } do
    it("are read: " .. name, function()
      eq(texts(case[1], case[2]), case[3])
    end)
  end
  it("take every mark as a separator", function()
    for code = 1, 126 do
      local c = string.char(code)
      if c:find "[%w\n\r+-]" or c == '"' or c == "." then
        eq(why("a\n", {sep = c}), "read_csv: sep, quote and decimal have to be "
          .. "three different characters, and no digits, letters, signs or "
          .. "line ends")
      else
        eq(texts(("a%sb\n1%s2\n"):format(c, c), {sep = c}), {{"1", "2"}})
      end
    end
    for _, opts in ipairs {{quote = ","}, {quote = "x"}, {quote = "5"},
      {sep = ",", decimal = ","}, {quote = "\n"}} do
      assert(why("a\n", opts):find "three different characters")
    end
    eq(why("a\n", {decimal = ":"}), "read_csv: decimal is '.' or ','")
    eq(read("a;b\n1,5;-2,25e1\n", {sep = ";", decimal = ","}), {{1.5, -22.5}})
  end)
  it("are read through windows", function()
    local long = ("x"):rep(1300000)
    eq(texts("#" .. long .. "\na,b\n1,2\n", {comment = "#"}), {{"1", "2"}})
    eq(texts(long .. "\na,b\n1,2\n", {skip = 1}), {{"1", "2"}})
    local f = assert(df.parse_csv(long .. ',"y\n' .. long .. '"\n1,2\nx,3\n'))
    eq(f.columns, {long, "y\n" .. long})
    eq(cells(f), {{"1", 2}, {"x", 3}})
    f = assert(df.parse_csv(long .. ",b\n1,2\nx,y\n", {header = false}))
    eq(cells(f), {{long, "b"}, {"1", "2"}, {"x", "y"}})
    f = assert(df.parse_csv('a,b\n1,"' .. ('""'):rep(700000) .. '"\n'))
    eq(f.b:get(1), ('"'):rep(700000))
    local lines = ("12,x\r\n"):rep(200000)
    f = assert(df.parse_csv("a,b\r\n" .. lines .. "13,y", {comment = "#"}))
    eq({f.rows, f.a:sum(), f.b:get(200001)}, {200001, 2400013, "y"})
    f = assert(df.parse_csv("a,b\r" .. ("12,x\r"):rep(250000)))
    eq({f.rows, f.a:sum()}, {250000, 3000000})
    f = assert(df.parse_csv("a b\n" .. ("12  x  \n"):rep(150000), {sep = " ",
      trim = true}))
    eq({f.rows, f.a:sum(), f.b:get(150000)}, {150000, 1800000, "x"})
  end)
end)

-- A window holds 2^20 bytes and 80 behind them: rows of eight bytes behind a
-- header of such a length end a window with each of their bytes.
describe("read_csv: at a window's end", function()
  for length = 8, 10 do
    it("counts lines that end in CR and LF, " .. length, function()
      local text = ("a"):rep(length - 4) .. ",b\r\n"
        .. ("12,xyz\r\n"):rep(135000) .. "1"
      assert(why(text):find("row 135001 (line 135002): 1 cells", 1, true))
    end)
  end
  for _, length in ipairs {4, 5, 9, 10} do
    it("passes blanks, " .. length, function()
      local name = ("a"):rep(length - 3)
      local f = assert(df.parse_csv(name .. " b\n"
        .. ("12  x  \n"):rep(135000), {sep = " ", trim = true}))
      eq({f.columns, f.rows, f[name]:sum(), f.b:get(131062)},
        {{name, "b"}, 135000, 1620000, "x"})
    end)
  end
end)

describe("read_csv: names", function()
  it("are made where there are none", function()
    for _, n in ipairs {1, 9, 10, 11, 99, 100, 101, 1001} do
      local want = {}
      for i = 1, n do want[i] = "column_" .. i end
      local f = assert(df.parse_csv(("1,"):rep(n - 1) .. "1\n",
        {header = false}))
      eq({f.columns, f.rows}, {want, 1})
    end
    eq(assert(df.parse_csv "a,,c\n1,2,3\n").columns, {"a", "column_2", "c"})
    eq(assert(df.parse_csv "\xEF\xBB\xBFa,b\n").columns, {"a", "b"})
  end)
  it("are given", function()
    local f = assert(df.parse_csv("a,b\n1,2\n", {names = {"x", "y"}}))
    eq({f.columns, cells(f)}, {{"x", "y"}, {{1, 2}}})
    f = assert(df.parse_csv("1,2\n", {names = {"x", "y"}, header = false}))
    eq({f.columns, cells(f)}, {{"x", "y"}, {{1, 2}}})
    eq(assert(df.parse_csv("", {names = {"x", ""}})).columns, {"x", "column_2"})
  end)
  it("are converted", function()
    eq(assert(df.parse_csv("\xE9,b\n1,2\n", {encoding = "latin1"})).columns,
      {"é", "b"})
  end)
  for name, case in pairs {
    ["a number of them that is not the columns'"] = {"a,b\n1,2\n",
      {names = {"x"}}, "1 names are given, where there are 2 columns"},
    ["more of them than columns"] = {"a,b\n1,2\n", {names = {"x", "y", "z"}},
      "3 names are given, where there are 2 columns"},
    ["one twice"] = {"a,b,a\n", {}, "columns 1 and 3 are both named 'a'; give "
      .. "{names = {...}}"},
    ["one given twice"] = {"1,2\n", {names = {"x", "x"}, header = false},
      "columns 1 and 2 are both named 'x'; give {names = {...}} that differ"},
    ["a zero byte"] = {"a,b\0c\n", {}, "row 1 (line 1), column 2: its name has "
      .. "a zero byte"},
    ["bytes"] = {"a,\xFF\n", {}, "row 1 (line 1), column 2: its name is not "
      .. "UTF-8; give the file's encoding, latin1 or cp1252"},
    ["an open quote"] = {'a,"b\n', {}, "row 1 (line 1), column 2: a quoted "
      .. "cell begins here and has no end"},
    ["no text"] = {"", {}, "has no rows"},
    ["a mark alone"] = {"\xEF\xBB\xBF", {}, "has no rows"},
    ["empty lines"] = {"\n\r\n\n", {}, "has no rows"},
    ["too few lines to skip"] = {"a\nb", {skip = 5}, "has no rows"},
    ["all lines skipped"] = {"a\nb\n", {skip = 2}, "has no rows"},
    ["a comment alone"] = {"#x", {comment = "#"}, "has no rows"},
    ["an unknown column"] = {"a,b\n1,2\n", {columns = {"b", "x"}},
      "read_csv: memory: has no column 'x'; the first is 'a'"},
    ["an unknown typed column"] = {"a,b\n1,2\n", {types = {x = "i64"}},
      "read_csv: memory: has no column 'x'; the first is 'a'"},
    ["UTF-16"] = {"\xFF\xFEa\0", {}, "is UTF-16; convert it to UTF-8 (iconv -f "
      .. "utf-16 -t utf-8)"},
    ["UTF-16 from the other end"] = {"\xFE\xFF", {}, "is UTF-16; convert it to "
      .. "UTF-8 (iconv -f utf-16 -t utf-8)"},
  } do
    it("are refused: " .. name, function()
      eq(why(case[1], case[2]), case[3])
    end)
  end
end)

describe("read_csv: rows", function()
  local ragged = "; {ragged = 'fill'} takes rows that are too short, {ragged = "
    .. "'skip'} passes over such rows"
  for name, case in pairs {
    ["too short"] = {"a,b,c\n1,2,3\n4,5\n", {}, "row 2 (line 3): 2 cells, "
      .. "where there are 3 columns" .. ragged},
    ["too long"] = {"a,b\n1,2,3\n", {}, "row 1 (line 2): 3 cells, where there "
      .. "are 2 columns" .. ragged},
    ["too long by quotes"] = {'a\n1,"x,y",,"z"\n', {}, "row 1 (line 2): 4 "
      .. "cells, where there are 1 columns" .. ragged},
    ["too long to fill"] = {"a,b\n1,2,3\n", {ragged = "fill"}, "row 1 (line "
      .. "2): 3 cells, where there are 2 columns" .. ragged},
    ["behind lines in quotes"] = {'a,b\n"x\ny\rz\r\nw",1\n2\n', {}, "row 2 "
      .. "(line 6): 1 cells, where there are 2 columns" .. ragged},
    ["behind CR in quotes"] = {'a,b\n"x\ry\rz",1\n2\n', {}, "row 2 (line 5): "
      .. "1 cells, where there are 2 columns" .. ragged},
    ["behind CR and LF in quotes"] = {'a,b\n"x\r\ny",1\n2\n', {}, "row 2 "
      .. "(line 4): 1 cells, where there are 2 columns" .. ragged},
    ["behind a header of lines"] = {'"a\n",b\n2\n', {}, "row 1 (line 3): 1 "
      .. "cells, where there are 2 columns" .. ragged},
    ["behind lines to skip"] = {"x\ny\n\na,b\n#\n2\n", {skip = 2,
      comment = "#"}, "row 1 (line 6): 1 cells, where there are 2 columns"
      .. ragged},
    ["an open quote"] = {'a,b\n1,"x""\n2\n', {}, "row 1 (line 2), column 'b': "
      .. "a quoted cell begins here and has no end"},
    ["an open quote behind the last column"] = {'a\n1,"x\n', {}, "row 1 (line "
      .. "2): a quoted cell begins here and has no end"},
    ["text behind a quote"] = {'a,b\n1,"x" \n', {}, "row 1 (line 2), column "
      .. "'b': text follows a closing quote; a quote within a quoted cell is "
      .. "written twice"},
    ["text behind a quote and spaces"] = {'a,b\n1,"x" y\n', {trim = true},
      "row 1 (line 2), column 'b': text follows a closing quote; a quote "
      .. "within a quoted cell is written twice"},
    ["bytes"] = {"a,b\n1,x\n2,\xFF\n", {}, "row 2 (line 3), column 'b': is not "
      .. "UTF-8; give its encoding, latin1 or cp1252"},
    ["no number"] = {"a\n1\nx\n", {types = "f64"}, "row 2 (line 3), column "
      .. "'a': a number expected, got 'x'"},
    ["no integer"] = {"a\n1\n1.5\n", {types = "i64"}, "row 2 (line 3), column "
      .. "'a': an integer expected, got '1.5'"},
    ["too long an integer"] = {"a\n9223372036854775808\n", {types = "i64"},
      "row 1 (line 2), column 'a': an integer expected, got "
      .. "'9223372036854775808'"},
    ["no truth"] = {"a\ntrue\nyes\n", {types = "bool"}, "row 2 (line 3), "
      .. "column 'a': true or false expected, got 'yes'"},
    ["no date"] = {"a\n2020-01-01\n1\n", {types = "datetime"}, "row 2 (line "
      .. "3), column 'a': a date expected, got '1'"},
    ["a cell of 60"] = {"a\n" .. ("x"):rep(60) .. "\n", {types = "i64"},
      "row 1 (line 2), column 'a': an integer expected, got '"
      .. ("x"):rep(60) .. "'"},
    ["a cell of 61"] = {"a\n" .. ("x"):rep(61) .. "\n", {types = "i64"},
      "row 1 (line 2), column 'a': an integer expected, got '"
      .. ("x"):rep(60) .. "'..."},
  } do
    it("are refused: " .. name, function()
      eq(why(case[1], case[2]), case[3])
    end)
  end
  it("too short are filled, in columns of every kind", function()
    local f = assert(df.parse_csv("a,x,i,b,d,s\n1,1.5,2,true,2020-01-01,u\n2\n"
      .. "3,4.5\n4,5.5,6,false,2021-01-01,v\n5,6.5,7,true,2022-01-01\n",
      {ragged = "fill"}))
    eq(cells(f), {{1, 1.5, 2, true, "2020-01-01", "u"},
      {2, "-", "-", "-", "-", "-"}, {3, 4.5, "-", "-", "-", "-"},
      {4, 5.5, 6, false, "2021-01-01", "v"}, {5, 6.5, 7, true, "2022-01-01",
        "-"}})
    eq(f.i:tensor({fill = 0}), {2, 0, 0, 6, 7})
    eq(rawget(f, "skipped"), nil)
    eq(read("a,b\n1\n2\n", {ragged = "fill"}), {{1, "-"}, {2, "-"}})
  end)
  it("too short or long are passed over", function()
    local f = assert(df.parse_csv('a,b\n1,2\n3\n4,5,6\n7,8\n"x\ny",1,"z\n"\n'
      .. "9,10\n", {ragged = "skip"}))
    eq(cells(f), {{"1", 2}, {"7", 8}, {"9", 10}})
    eq(f.skipped, 3)
    f = assert(df.parse_csv("a,b\n1,2\n3\n4,5,6\n7,8\n", {ragged = "skip",
      rows = 1}))
    eq({cells(f), rawget(f, "skipped")}, {{{1, 2}}})
    f = assert(df.parse_csv("a,b\n1,2\n3\nx,y\n", {ragged = "skip"}))
    eq({cells(f), f.skipped}, {{{"1", "2"}, {"x", "y"}}, 1})
  end)
end)

describe("read_csv: kinds", function()
  -- {cells of a column, dtype}
  for _, case in ipairs {
    {{"1", "-2", "+3", " 4", "5 "}, "i64"}, {{"1", "2.5"}, "f64"},
    {{"1", "1e3"}, "f64"}, {{"1", "inf"}, "f64"}, {{"1", "true"}, "str"},
    {{"true", "FALSE"}, "bool"}, {{"true", "1"}, "str"},
    {{"2020-01-01", "2020-01-02 10:00"}, "datetime"},
    {{"2020-01-01", "1"}, "str"}, {{"1", "2020-01-01"}, "str"},
    {{"1.5", "x"}, "str"}, {{"1.5", "true"}, "str"}, {{"x", "1"}, "str"},
    {{"", ""}, "f64"}, {{"", "1"}, "i64"}, {{"", "true"}, "bool"},
    {{"", "x"}, "str"}, {{"NA", "2020-01-01"}, "datetime"},
    {{"9223372036854775808"}, "str"}, {{"9223372036854775808", "1"}, "str"},
    {{"1", "9223372036854775808"}, "str"},
    {{"9223372036854775808", "1.5"}, "f64"},
    {{"1", "9223372036854775808", "1.5"}, "f64"},
    {{"1.5", "9223372036854775808"}, "f64"}, {{"1.", "2"}, "f64"},
    {{"1e400", "1"}, "f64"}, {{"1\tx"}, "str"}, {{"x\t1"}, "str"},
    {{"\t1 \t", "2"}, "i64"}, {{"-", "1"}, "str"}, {{"1 2"}, "str"},
    {{"-0", "5"}, "i64"}, {{"12345678901234567890123", "1e5"}, "f64"},
  } do
    it(("of %s is %s"):format(table.concat(case[1], "|"), case[2]), function()
      local text = "k,v\n0," .. table.concat(case[1], "\n0,") .. "\n"
      eq(dtypes(text), {"i64", case[2]})
      local f = assert(df.parse_csv(text))
      for i, cell in ipairs(case[1]) do
        local got, want = f.v:get(i), cell
        if cell == "" or cell == "NA" then want = nil
        elseif case[2] == "f64" then want = tonumber(cell) or math.huge
        elseif case[2] == "i64" then want = tonumber((cell:gsub("[ \t+]", "")))
        elseif case[2] == "bool" then want = cell == "true"
        elseif case[2] == "datetime" then want = got end
        if want and case[2] == "f64" then want = want + 0.0 end
        eq(got, want)
      end
    end)
  end
  it("of integers that turn keep holes and values", function()
    eq(read "a,b\n1,x\n,x\n-3,x\n2.5,x\n", {{1.0, "x"}, {"-", "x"}, {-3.0, "x"},
      {2.5, "x"}})
    eq(read "a,b\n9007199254740993,x\n.5,x\n", {{2.0 ^ 53, "x"}, {0.5, "x"}})
    eq(read "a,b\n1,x\n,x\nz,x\n", {{"1", "x"}, {"-", "x"}, {"z", "x"}})
    eq(read 'a,b\n"",1\nx,1\n', {{"", 1}, {"x", 1}})
    eq(read 'a,b\n"",1\n"",2\n', {{"-", 1}, {"-", 2}})
    eq(read 'a,b\n"1",1\n"2",2\n', {{1, 1}, {2, 2}})
    eq(read "a,b\n1x,\t5\n", {{"1x", 5}}) -- blanks of other cells
  end)
  it("given are kept", function()
    local text = "a,b\n1,1\n,\n0,2\n"
    eq(read(text, {types = "f64"}), {{1.0, 1.0}, {"-", "-"}, {0.0, 2.0}})
    eq(read(text, {types = {b = "str"}}), {{1, "1"}, {"-", "-"}, {0, "2"}})
    eq(dtypes(text, {types = "cat"}), {"cat", "cat"})
    eq(dtypes("a,b\n,\n", {types = {b = "bool"}}), {"f64", "bool"})
    eq(dtypes("a,b\n9223372036854775808,1\n", {types = {a = "f64"}}),
      {"f64", "i64"})
  end)
  it("know the usual missing values", function()
    for _, na in ipairs {"", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL",
      "None", "#N/A", "#NA", "<NA>", "-nan", "-NaN", "-1.#IND", "-1.#QNAN",
      "1.#QNAN", "1.#IND", "#N/A N/A"} do
      eq(read("a,b\n1,x\n" .. na .. "," .. na .. "\n"), {{1, "x"}, {"-", "-"}})
    end
    for _, text in ipairs {"Na", "nAn", "nul", "none", "N", "#", "NAN", "-"} do
      eq(read("a,b\n1,x\n" .. text .. ",y\n"), {{"1", "x"}, {text, "y"}})
    end
  end)
  it("know the missing values that are given", function()
    eq(read("a,b\n-1,x\n2,-1\n-,\n-1.5,NA\n", {na = {"-1", "-"}}),
      {{"-", "x"}, {2.0, "-"}, {"-", ""}, {-1.5, "NA"}})
    eq(read("a,b\n99,9\n9,99\n9.0,99.0\n", {na = "99"}),
      {{"-", 9.0}, {9.0, "-"}, {9.0, 99.0}})
    eq(read("a,b\nx,1\nxx,2\n", {na = "x"}), {{"-", 1}, {"xx", 2}})
  end)
  it("of latin1 and cp1252 are every character", function()
    local odd = {[0x80] = 0x20AC, [0x82] = 0x201A, [0x83] = 0x192,
      [0x84] = 0x201E, [0x85] = 0x2026, [0x86] = 0x2020, [0x87] = 0x2021,
      [0x88] = 0x2C6, [0x89] = 0x2030, [0x8A] = 0x160, [0x8B] = 0x2039,
      [0x8C] = 0x152, [0x8E] = 0x17D, [0x91] = 0x2018, [0x92] = 0x2019,
      [0x93] = 0x201C, [0x94] = 0x201D, [0x95] = 0x2022, [0x96] = 0x2013,
      [0x97] = 0x2014, [0x98] = 0x2DC, [0x99] = 0x2122, [0x9A] = 0x161,
      [0x9B] = 0x203A, [0x9C] = 0x153, [0x9E] = 0x17E, [0x9F] = 0x178}
    local latin, win, rows = {}, {}, {"a,b"}
    for c = 0x20, 0xFF do
      local cell = string.char(c)
      if cell == '"' then cell = '""' end
      rows[#rows + 1] = ('"x%s","%s""y"'):format(cell, cell)
      local a = utf8.char(c)
      local b = utf8.char(odd[c] or c)
      latin[#latin + 1] = {"x" .. a, a .. '"y'}
      win[#win + 1] = {"x" .. b, b .. '"y'}
    end
    local text = table.concat(rows, "\n")
    eq(read(text, {encoding = "latin1"}), latin)
    eq(read(text, {encoding = "cp1252"}), win)
    eq(read("a\n\x80\n", {encoding = "cp1252"}), {{"€"}})
    eq(read("a\n" .. ("\xE9"):rep(5000) .. "\n", {encoding = "latin1"}),
      {{("é"):rep(5000)}})
  end)
end)
