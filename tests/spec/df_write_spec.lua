-- df_write_spec.lua: frames as text, and decimals read and written.

local m = require "mlrt"
local df = require "mlrt.df"
local low = require "mlrt.core"._frame

-- What a function that is given a path writes there; else nil and why, without
-- the path.
local function written(f)
  local path = os.tmpname()
  local called, ok, why = pcall(f, path)
  if not called then ok, why = false, ok:gsub("^[^ ]*:%d+: ", "") end
  local file = assert(io.open(path, "rb"))
  local text = file:read "a"
  file:close()
  os.remove(path)
  if ok then return text end
  return nil, (why:gsub(path, "PATH", 1))
end

local function csv(columns, opts)
  return written(function(path)
    return df.frame(columns):write_csv(path, opts)
  end)
end

local function jsonl(columns)
  return written(function(path) return df.frame(columns):write_jsonl(path) end)
end

describe("write_csv", function()
  it("writes numbers as few digits", function()
    for text, v in pairs {["0.0"] = 0.0, ["-0.0"] = -0.0, ["1.0"] = 1.0,
      ["-1.0"] = -1.0, ["12.5"] = 12.5, ["100.0"] = 100.0, ["0.5"] = 0.5,
      ["0.05"] = 0.05, ["-0.25"] = -0.25, ["1000.001"] = 1000.001,
      ["0.00001"] = 1e-5, ["0.000012345"] = 1.2345e-5,
      ["0.0001"] = 1e-4, ["0.00012"] = 1.2e-4, ["1e-06"] = 1e-6,
      ["1.5e-06"] = 1.5e-6, ["9.99e-06"] = 9.99e-6, ["1e-300"] = 1e-300,
      ["-1.25e-09"] = -1.25e-9, ["1000000000000000.0"] = 1e15,
      ["1234567890123456.0"] = 1234567890123456.0, ["1e+16"] = 1e16,
      ["1.2345678901234568e+17"] = 1.2345678901234568e17,
      ["9000000000000000.0"] = 9e15,
      ["8999999999999999.0"] = 8999999999999999.0,
      ["9007199254740992.0"] = 2.0 ^ 53, ["1e+22"] = 1e22, ["1e+23"] = 1e23,
      ["1.2e+100"] = 1.2e100,
      ["1.7976931348623157e+308"] = 0x1.fffffffffffffp1023,
      ["2.2250738585072014e-308"] = 2.2250738585072014e-308,
      ["0.30000000000000004"] = 0.1 + 0.2, ["0.3333333333333333"] = 1 / 3,
      ["0.6666666666666666"] = 2 / 3, ["0.1234567"] = 0.1234567,
      ["123456.789012"] = 123456.789012, ["3.141592653589793"] = math.pi,
      ["-3.141592653589793"] = -math.pi, ["inf"] = math.huge,
      ["-inf"] = -math.huge, ["3333333333333333.5"] = 3333333333333333.5} do
      eq(csv({{"x", {v}}}, {header = false}), text .. "\n")
    end
  end)
  it("writes numbers that read back as themselves", function()
    math.randomseed(7) -- of some numbers 16 digits would do, and 17 are taken
    local list = {}
    for i = 1, 1500 do
      local x = (math.random() - 0.5) * 10.0 ^ math.random(-30, 30)
      local digits = math.random(1, 17)
      list[i] = tonumber(("%." .. digits .. "g"):format(x)) + 0.0
    end
    local k = 0
    for text in csv({{"x", list}}, {header = false}):gmatch "[^\n]+" do
      k = k + 1
      eq(tonumber(text), list[k])
      -- With 15 to 17 digits, as many as it takes.
      local want
      for digits = 17, 15, -1 do
        local short = ("%." .. digits - 1 .. "e"):format(list[k])
        if tonumber(short) == list[k] then want = short end
      end
      local function mantissa(s)
        return (s:gsub("e.*", ""):gsub("[-.]", ""):gsub("^0+", "")
          :gsub("0+$", ""))
      end
      eq(#mantissa(text), #mantissa(want))
    end
    eq(k, 1500)
  end)
  it("writes whole numbers, truth values and dates", function()
    eq(csv {{"i", {0, -1, 7, 10, -120, math.maxinteger, math.mininteger}}},
      "i\n0\n-1\n7\n10\n-120\n9223372036854775807\n-9223372036854775808\n")
    eq(csv {{"b", {true, false}}}, "b\ntrue\nfalse\n")
    eq(csv {{"d", {"2020-02-29", "1969-12-31 23:59:59.5"}, "datetime"}},
      "d\n2020-02-29\n1969-12-31 23:59:59.500000\n")
  end)
  it("quotes what would be read as something else", function()
    for text, want in pairs {[""] = '""', a = "a", ["a b"] = "a b",
      [" a"] = '" a"', ["a "] = '"a "', ["\ta"] = '"\ta"', ["a,b"] = '"a,b"',
      ['"'] = '""""', ['a"b'] = '"a""b"', ['"a"'] = '"""a"""',
      ['""'] = '""""""', ["a\nb"] = '"a\nb"', ["a\rb"] = '"a\rb"',
      ["a;b"] = "a;b", [","] = '","', ["\n"] = '"\n"', [" "] = '" "'} do
      eq(csv({{"s", {text}}}), "s\n" .. want .. "\n")
      eq(csv({{text, {1}}}), want .. "\n1\n")
    end
    eq(csv({{"s", {"a;b", "a,b"}}, {"t;", {1, 2}}}, {sep = ";"}),
      's;"t;"\n"a;b";1\na,b;2\n')
  end)
  it("writes holes as told", function()
    local two = {{"a", {1, df.null}}, {"b", {df.null, "x"}}}
    eq(csv(two), "a,b\n1,\n,x\n")
    eq(csv(two, {na = "?"}), "a,b\n1,?\n?,x\n")
    eq(csv(two, {header = false}), "1,\n,x\n")
    -- In a column of its own an empty line would be none.
    eq(csv {{"a", {1, df.null}}}, "a\n1\nNA\n")
    eq(csv({{"a", {1, df.null}}}, {na = "?"}), "a\n1\n?\n")
    eq(csv {}, "")
    eq(csv {{"a", {}}}, "a\n")
  end)
  it("writes texts of any length", function()
    for _, n in ipairs {0, 1, 65533, 65534, 65535, 65536, 65537, 140000} do
      local list = {("x"):rep(n), "y", ("z"):rep(n), ("x"):rep(n)}
      local want = n > 0 and table.concat(list, "\n") or '""\ny\n""\n""'
      eq(csv({{"s", list}}, {header = false}), want .. "\n")
    end
    local list, want = {}, {}
    for i = 1, 9000 do
      list[i] = ("w"):rep(i % 23)
      want[i] = i % 23 == 0 and '""' or list[i]
    end
    eq(csv({{"s", list}}, {header = false}), table.concat(want, "\n") .. "\n")
  end)
  it("says what is wrong", function()
    local codes, bytes, offsets = low.encode({"a", "b"}, 2)
    local function write(c, json)
      c.name = c.name or "c"
      return select(2, written(function(path)
        return low.write(path, {c}, 2, {json = json})
      end))
    end
    local x = m.tensor({1, 2}, {dtype = "f64"})
    local text = "write: a contiguous tensor %s of one dimension expected, "
      .. "got %s"
    for _, json in ipairs {false, true} do
      eq(write({kind = 4, values = m.index {1, 3}, bytes = bytes,
        offsets = offsets}, json), (json and "write_jsonl" or "write_csv")
        .. ": PATH: column 'c' has no word 2")
      eq(write({kind = 99, values = x}, json), "write: no such kind")
      eq(write({kind = 1, values = x}, json), text:format("i64", "f64 (2)"))
      eq(write({kind = 4, values = x}, json), text:format("index", "f64 (2)"))
      eq(write({kind = 0, values = codes}, json),
        text:format("f64", "index (2)"))
      eq(write({kind = 0, values = x, holes = x}, json),
        text:format("bool", "f64 (2)"))
      eq(write({kind = 0, values = m.tensor({1}, {dtype = "f64"})}, json),
        "write: 2 elements expected, got 1")
    end
    local _, why = df.frame {a = {1}}:write_csv "/nowhere/x.csv"
    eq(why, "write_csv: /nowhere/x.csv: No such file or directory")
    _, why = df.frame {a = {1}}:write_jsonl "/nowhere/x.csv"
    eq(why, "write_jsonl: /nowhere/x.csv: No such file or directory")
  end)
end)

describe("write_jsonl", function()
  it("writes a line for each row", function()
    eq(jsonl {{"i", {1, df.null}}, {"x", {0.5, 2.0}}, {"b", {true, false}},
      {"d", {"2020-02-29", df.null}, "datetime"}, {"s", {"a,b", df.null}},
      {"c", {df.null, "k"}, "cat"}},
      '{"i":1,"x":0.5,"b":true,"d":"2020-02-29","s":"a,b","c":null}\n'
      .. '{"i":null,"x":2.0,"b":false,"d":null,"s":null,"c":"k"}\n')
    eq(jsonl {{"a", {}}}, "")
    eq(written(function(path) return low.write(path, {}, 2, {json = true}) end),
      "{}\n{}\n")
  end)
  it("escapes what JSON wants escaped", function()
    for text, want in pairs {['"'] = '\\"', ["\\"] = "\\\\", ["/"] = "/",
      ["\n"] = "\\u000a", ["\0"] = "\\u0000", ["\x1F"] = "\\u001f",
      [" "] = " ", ["\x7F"] = "\x7F", ["é€😀"] = "é€😀", [""] = "",
      ['a"\\b'] = 'a\\"\\\\b'} do
      eq(jsonl {{"s", {text}}}, '{"s":"' .. want .. '"}\n')
    end
    eq(jsonl {{'a"\n', {1}}}, '{"a\\"\\u000a":1}\n')
  end)
  it("refuses what JSON cannot hold", function()
    local function why(columns) return select(2, jsonl(columns)) end
    eq(why {{"s", {"a", "\xFF"}}},
      "write_jsonl: PATH: JSON cannot hold text that is not UTF-8")
    eq(why {{"x", {1.5, -math.huge}}}, "write_jsonl: PATH: row 2, column 'x': "
      .. "JSON has no infinity")
    eq(why {{"x", {math.huge}}, {"y", {math.huge}}},
      "write_jsonl: PATH: row 1, column 'x': JSON has no infinity")
  end)
end)

-- ---- Decimals ---------------------------------------------------------------

describe("decimals", function()
  -- Each is read as Lua, that is strtod, reads it.
  local function check(texts, opts)
    local f = assert(df.parse_csv("x,y\n" .. table.concat(texts, ",1\n")
      .. ",1\n", opts or {types = {x = "f64"}}))
    eq(f.rows, #texts)
    local got = f.x:tolist()
    for i, text in ipairs(texts) do
      local want = tonumber(text) + 0.0
      if got[i] ~= want then
        error(("%s: got %.17g, wanted %.17g"):format(text, got[i], want))
      end
    end
  end
  local function digits(n)
    local d = {math.random(1, 9)}
    for i = 2, n do d[i] = math.random(0, 9) end
    return table.concat(d)
  end
  it("of any digits and exponents are the nearest number", function()
    local texts = {}
    for i = 1, 6000 do
      local d, at = digits(i % 20 + 1), math.random(0, 6)
      d = at < #d and d:sub(1, at) .. "." .. d:sub(at + 1) or d .. ".0"
      texts[i] = d .. (i % 3 > 0 and "e" .. math.random(-48, 48) or "")
    end
    check(texts)
  end)
  it("half-way go to the even one", function()
    local texts = {}
    local function put(w, q)
      for _, d in ipairs {-1, 0, 1} do
        texts[#texts + 1] = ("%de%d"):format(w + d, q)
      end
    end
    local function multiples(five, f)
      local k = ((1 << 53) // five + 1) | 1
      for j = 0, 12, 2 do
        if (k + j) * five < 1 << 54 then f(k + j) end
      end
    end
    local five = 1
    for q = 0, 23 do
      -- An odd number of 54 bits that 5^q divides, and twice it.
      multiples(five, function(k)
        for shift = 0, 3 do put(k << shift, q) end
      end)
      five = five * 5
    end
    for q = 0, 4 do
      for k = (1 << 53) + 1, (1 << 53) + 15, 2 do
        put(k * math.tointeger(5 ^ q), -q)
      end
    end
    for _, q in ipairs {-5, -6, 24, 25} do
      for k = (1 << 53) + 1, (1 << 53) + 15, 2 do put(k * 25, q) end
    end
    check(texts)
  end)
  it("at the edges of what is exact", function()
    local texts = {}
    for _, w in ipairs {0, 1, 9, 999999999999999, 1000000000000000,
      1000000000000001, 9007199254740991, 9007199254740993,
      9223372036854775807} do
      for q = -45, 45 do texts[#texts + 1] = ("%de%d"):format(w, q) end
    end
    for _, text in ipairs {"1e308", "1e309", "1.7976931348623158e308", "1e-323",
      "2e-324", "4.9e-324", "2.2250738585072011e-308", "18446744073709551615.0",
      "18446744073709551616.0", "9999999999999999999.0", "1e999", "1e-999",
      "0.1e1", "0e5", "0.000e-5", "9999999999999999e22",
      "17976931348623157e292", "9007199254740991.6", "1.99999999999999999",
      "18014398509481983.6", "4503599627370495.99", "9.9999999999999999e22",
      "0.99999999999999999", "7.9999999999999999e-5"} do
      texts[#texts + 1] = text
    end
    check(texts)
    for i, text in ipairs(texts) do texts[i] = "-" .. text end
    check(texts)
  end)
end)
