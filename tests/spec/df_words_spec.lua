-- df_words_spec.lua: dictionaries, and texts as values.

local m = require "mlrt"
local low = require "mlrt.core"._frame

-- A dictionary of bytes and offsets as given.
local function damaged(bytes, offsets)
  local list = {}
  for i = 1, #bytes do list[i] = bytes:byte(i) end
  return m.tensor(list, {dtype = "u8"}), m.tensor(offsets, {dtype = "i64"})
end

local function plain(index)
  local list = index:totable()
  for i = 1, index.shape[1] do list[i] = list[i] or 0 end
  return list
end

-- Numbers of words as they first occur, and the words.
local function numbered(list, n)
  local codes, words, known = {}, {}, {}
  for i = 1, n do
    local w = list[i]
    if type(w) == "string" and not known[w] then
      words[#words + 1] = w
      known[w] = #words
    end
    codes[i] = known[w] or 0
  end
  return codes, words
end

local function check_encode(list, n)
  local codes, bytes, offsets = low.encode(list, n)
  local want, words = numbered(list, n)
  eq(plain(codes), want)
  eq(low.words(bytes, offsets), words)
  eq({codes.dtype, bytes.dtype, offsets.dtype}, {"index", "u8", "i64"})
  eq(bytes.shape[1], #table.concat(words))
  eq(offsets.shape[1], #words + 1)
  local at = 0
  eq(offsets[1], 0)
  for k, w in ipairs(words) do
    at = at + #w
    eq(offsets[k + 1], at)
    eq(low.word(bytes, offsets, k), w)
  end
  eq(low.word(bytes, offsets, 0), nil)
  eq(low.word(bytes, offsets, #words + 1), nil)
  return codes, bytes, offsets
end

describe("encode", function()
  it("numbers words as they come, and holes not", function()
    check_encode({"b", "a", false, "b", "", "c", "", "a"}, 8)
    check_encode({}, 0)
    check_encode({false, 1, {}}, 3)
    check_encode({""}, 1)
  end)
  it("tells apart texts of any bytes and lengths", function()
    local list = {}
    for n = 0, 40 do
      for _, at in ipairs {1, 2, n // 2, n // 2 + 1, n - 1, n} do
        local text = ("x"):rep(n)
        list[#list + 1] = text
        if at >= 1 and at <= n then
          for _, c in ipairs {"y", "\0", "\xFF", "\xF8"} do
            list[#list + 1] = text:sub(1, at - 1) .. c .. text:sub(at + 1)
          end
        end
      end
    end
    check_encode(list, #list)
  end)
  it("grows by words and by bytes", function()
    for _, n in ipairs {31, 32, 33, 34, 63, 64, 65, 66, 127, 128, 129, 3000} do
      local list = {}
      for i = 1, n do list[i] = "w" .. i * 7 end
      for i = 1, n do list[n + i] = list[i] end
      check_encode(list, 2 * n)
    end
    for _, n in ipairs {1022, 1023, 1024, 1025, 2047, 2048, 2049, 5000} do
      check_encode({"", ("x"):rep(n), "a", "b", ("y"):rep(n), ("x"):rep(n)}, 6)
      check_encode({"ab", ("x"):rep(n - 2), "c", "ab"}, 4)
    end
  end)
  it("gives words of whole dictionaries only", function()
    local _, bytes, offsets = low.encode({"ab", "c"}, 2)
    eq(low.word(bytes, offsets, -1), nil)
    for _, case in ipairs {{"abc", {0, 2, 4}, 2}, {"abc", {-1, 2, 3}, 1},
      {"abc", {0, 2, 1}, 2}} do
      local b, o = damaged(case[1], case[2])
      eq(low.word(b, o, case[3]), nil)
      eq(low.word(b, o, 3), nil)
    end
    eq(low.word(damaged("abc", {3, 3}), select(2, damaged("", {3, 3})), 1), "")
    eq(low.words(damaged("abc", {0, 1, 4, 4})), {"a"})
    eq(low.words(damaged("abc", {0})), {})
    eq(low.words(damaged("abc", {})), {})
    eq(low.word(offsets, offsets, 1), nil)
    eq(low.word(bytes, bytes, 1), nil)
    local b, o = damaged("aXbX", {0, 9, 1, 9})
    eq(low.word(b, o[{{1, 4, 2}}], 1), nil)
    eq(low.word(b[{{1, 4, 2}}], (select(2, damaged("", {0, 1}))), 1), nil)
  end)
end)

describe("tidy", function()
  it("keeps the words that are used, in their order", function()
    local codes, bytes, offsets = low.encode({"d", "b", "a", "c"}, 4)
    local c, b, o = low.tidy(m.index {4, 2, false, 4}, bytes, offsets, false)
    eq({plain(c), low.words(b, o)}, {{2, 1, 0, 2}, {"b", "c"}})
    c, b, o = low.tidy(codes, bytes, offsets, false)
    eq({plain(c), low.words(b, o)}, {{1, 2, 3, 4}, {"d", "b", "a", "c"}})
    c, b, o = low.tidy(m.index {false}, bytes, offsets, true)
    eq({plain(c), low.words(b, o)}, {{0}, {}})
    c, b, o = low.tidy(m.index {}, damaged("", {}))
    eq({plain(c), low.words(b, o)}, {{}, {}})
  end)
  it("sorts them by their bytes", function()
    local list = {"b", "ab", "", "a\0b", "a", "abc", "\xFF", "a\0", "B", "\0",
      "b\xFF", "\x7F", "é", "aa"}
    local codes, bytes, offsets = low.encode(list, #list)
    local c, b, o = low.tidy(codes, bytes, offsets, true)
    eq(low.words(b, o), {"", "\0", "B", "a", "a\0", "a\0b", "aa", "ab", "abc",
      "b", "b\xFF", "\x7F", "é", "\xFF"})
    for i, k in ipairs(plain(c)) do eq(low.word(b, o, k), list[i]) end
  end)
  it("sorts any number of them", function()
    local sizes = {}
    for n = 1, 40 do sizes[n] = n end
    for _, n in ipairs {47, 48, 49, 63, 64, 65, 71, 72, 73, 127, 128, 129, 130,
      255, 256, 257, 1000} do
      sizes[#sizes + 1] = n
    end
    for _, n in ipairs(sizes) do
      for _, step in ipairs {1, -1, 7919} do
        local list, want = {}, {}
        for i = 1, n do
          want[i] = ("%04d"):format(i)
          list[i] = ("%04d"):format(step == -1 and n + 1 - i
            or (i * step) % n + 1)
        end
        local codes, bytes, offsets = low.encode(list, n)
        local c, b, o = low.tidy(codes, bytes, offsets, true)
        if step ~= 7919 or n % 7919 ~= 0 then eq(low.words(b, o), want) end
        c = plain(c)
        for i = 1, n do eq(want[c[i]], list[i]) end
      end
    end
  end)
  it("joins words that are there twice", function()
    local b, o = damaged("abab", {0, 1, 2, 3, 4})
    local c, words, at = low.tidy(m.index {1, 2, 3, 4}, b, o, true)
    eq({plain(c), low.words(words, at)}, {{1, 2, 1, 2}, {"a", "b"}})
  end)
  it("says what is wrong", function()
    local codes, bytes, offsets = low.encode({"d", "b"}, 2)
    refuses("dictionary: no word 2", low.tidy, m.index {1, 3}, bytes, offsets)
    refuses("dictionary: damaged", low.tidy, codes, damaged("ab", {0, 1, 3}))
    refuses("dictionary: a contiguous tensor index of one dimension expected, "
      .. "got f32 (2)", low.tidy, m.ones(2), bytes, offsets)
    refuses("dictionary: a contiguous tensor u8 of one dimension expected, "
      .. "got i64 (3)", low.tidy, codes, offsets, offsets)
    refuses("dictionary: a contiguous tensor i64 of one dimension expected, "
      .. "got u8 (2)", low.tidy, codes, bytes, bytes)
  end)
end)

describe("merge", function()
  it("appends what is new, and says where the others went", function()
    local _, b1, o1 = low.encode({"x", "y"}, 2)
    local _, b2, o2 = low.encode({"z", "y", "", "x"}, 4)
    local b, o, places = low.merge(b1, o1, b2, o2)
    eq(low.words(b, o), {"x", "y", "z", ""})
    eq(plain(places), {3, 2, 4, 1})
    b, o, places = low.merge(b1, o1, damaged("", {0}))
    eq({low.words(b, o), plain(places)}, {{"x", "y"}, {}})
  end)
  it("says what is wrong", function()
    local _, b, o = low.encode({"x", "y"}, 2)
    local bad, off = damaged("ab", {0, 1, 3})
    refuses("dictionary: damaged", low.merge, bad, off, b, o)
    refuses("dictionary: damaged", low.merge, b, o, bad, off)
    local text = "dictionary: a contiguous tensor %s of one dimension "
      .. "expected, got %s"
    refuses(text:format("u8", "i64 (3)"), low.merge, o, o, b, o)
    refuses(text:format("i64", "u8 (2)"), low.merge, b, b, b, o)
    refuses(text:format("u8", "i64 (3)"), low.merge, b, o, o, o)
    refuses(text:format("i64", "u8 (2)"), low.merge, b, o, b, b)
  end)
end)

-- The value of a text, nil if it has none.
local function parse(text, kind)
  local _, bytes, offsets = low.encode({text}, 1)
  local values, bad = low.parse(bytes, offsets, kind)
  if not bad[1] then return values[1] end
  eq(kind ~= "bool" or values[1] == false, true)
end

describe("texts as numbers", function()
  it("of i64", function()
    for text, want in pairs {["0"] = 0, ["-0"] = 0, ["+7"] = 7, ["007"] = 7,
      ["-12"] = -12, [" \t5\t "] = 5, ["9223372036854775807"] = math.maxinteger,
      ["-9223372036854775807"] = -math.maxinteger, ["9"] = 9,
      ["0000000000000000000000000000001"] = 1} do
      eq(parse(text, "i64"), want)
    end
    for _, text in ipairs {"", " ", "-", "+", "x", "1x", "1 2", "1\tx",
      "x\t1", "--1", "+-1",
      "1.0", "1e3", "/", ":", "5:", "5/", "9223372036854775808",
      "-9223372036854775808", "-9223372036854775809",
      "99999999999999999999", "92233720368547758070"} do
      eq({text, parse(text, "i64")}, {text})
    end
  end)
  it("of f64", function()
    for _, text in ipairs {"0", "1", "-1", "+1", "0.1", ".5", "5.", "1e3",
      "1E3", "1e+3", "1e-3", "1.5e300", "1e400", "1e-400", "00.5", "1.e2",
      "123456789012345678901234567890", "0x10", "0.1e1", "12e05", "-.5e1"} do
      local want = text ~= "0x10" and tonumber((text:gsub("^%+", ""))) or nil
      eq({text, parse(text, "f64")}, {text, want and want + 0.0})
    end
    for text, want in pairs {inf = math.huge, ["-inf"] = -math.huge,
      Infinity = math.huge, ["-INFINITY"] = -math.huge, ["+inf"] = math.huge}
    do
      eq(parse(text, "f64"), want)
    end
    eq(1 / parse("-0", "f64"), -math.huge)
    for _, text in ipairs {"", ".", "-", "-.", "e5", "1e", "1e+", "1e-", ".e1",
      "1e5x", "1x", "x1", "1.2.3", "1,5", "nan", "in", "infi", "infinit",
      "infinityx", "1e5.5", "--1", "1 2", "1f", "1/", "1:", "1./", "1e:"} do
      eq({text, parse(text, "f64")}, {text})
    end
    eq(parse(("1"):rep(300), "f64"), tonumber(("1"):rep(300) .. ".0"))
    eq(parse("0." .. ("3"):rep(1020), "f64"), 1 / 3)
    eq(parse("0." .. ("3"):rep(1021), "f64"), nil) -- longer than is looked at
  end)
  it("of bool", function()
    for text, want in pairs {["true"] = true, TRUE = true, True = true,
      ["false"] = false, FALSE = false, [" false "] = false} do
      eq(parse(text, "bool"), want)
    end
    for _, text in ipairs {"", "t", "tru", "truex", "fals", "falsee", "1", "0",
      "yes", "xtrue"} do
      eq({text, parse(text, "bool")}, {text})
    end
  end)
  it("each of a dictionary, the bad ones as 0", function()
    local _, b, o = low.encode({"1", "x", "3"}, 3)
    local values, bad = low.parse(b, o, "i64")
    eq({values.dtype, values:totable()}, {"i64", {1, 0, 3}})
    eq(bad:totable(), {false, true, false})
    -- Nothing is read behind a word's end.
    eq(select(2, low.parse(damaged("1e52.5-3", {0, 1, 3, 4, 6, 8}), (select(2,
      damaged("", {0, 1, 3, 4, 6, 8}))), "f64")):totable(),
      {false, true, false, false, false})
    values = low.parse(b, o, "f64")
    eq({values.dtype, values:totable()}, {"f64", {1.0, 0.0, 3.0}})
    _, b, o = low.encode({"true", "x"}, 2)
    values, bad = low.parse(b, o, "bool")
    eq({values.dtype, values:totable()}, {"bool", {true, false}})
    eq(bad:totable(), {false, true})
    values, bad = low.parse(b, (select(2, damaged("", {0, 1, 9}))), "bool")
    eq({values:totable(), bad:totable()}, {{false, false}, {true, true}})
    eq(#low.parse(b, (select(2, damaged("", {0}))), "datetime"), 0)
    refuses("dictionary: a contiguous tensor u8 of one dimension expected, "
      .. "got i64 (3)", low.parse, o, o, "i64")
    refuses("dictionary: a contiguous tensor i64 of one dimension expected, "
      .. "got u8 (5)", low.parse, b, b, "i64")
  end)
end)
