-- core_io_spec.lua: files made by hand, byte by byte, that readers must take
-- or refuse with a message that says where and why.

local m = require "mlrt"

local function write(path, bytes)
  local f = assert(io.open(path, "wb"))
  assert(f:write(bytes))
  f:close()
end

local function read(path)
  local f = assert(io.open(path, "rb"))
  local bytes = f:read "a"
  f:close()
  return bytes
end

-- A path for one test, gone afterwards.
local function with_file(f)
  local path = os.tmpname()
  local ok, err = xpcall(f, debug.traceback, path)
  os.remove(path)
  if not ok then error(err, 0) end
end

-- What a reader makes of the bytes, or its message behind the path.
local function load(reader, bytes, ...)
  local got, message
  local options = {...}
  with_file(function(path)
    write(path, bytes)
    got, message = m.io[reader](path, table.unpack(options))
    if got == nil then
      local from, to = message:find(path .. ": ", 1, true)
      assert(from, message)
      message = message:sub(to + 1)
    end
  end)
  return got, message
end

local function refused(reader, bytes, wanted)
  local got, message = load(reader, bytes)
  eq({got, message}, {nil, wanted})
end

-- ---- npy --------------------------------------------------------------------

local function npy(header, data, version)
  version = version or 1
  local format = version == 1 and "<I2" or "<I4"
  return "\x93NUMPY" .. string.char(version, 0)
    .. string.pack(format, #header) .. header .. (data or "")
end

local function array(descr, fortran, shape, data, version)
  return npy(("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n"):format(
    descr, fortran and "True" or "False", shape), data, version)
end

local function i8(n)
  local list = {}
  for i = 0, n - 1 do list[#list + 1] = string.pack("<i8", i) end
  return table.concat(list)
end

describe("read_npy", function()
  it("turns Fortran's order of any rank", function()
    for _, shape in ipairs {{6}, {2, 3}, {2, 3, 4}, {2, 3, 4, 5},
        {2, 1, 3, 2, 2}, {1, 2, 1, 3, 1, 2}, {3, 0, 2}} do
      local n, text = 1, {}
      for d, size in ipairs(shape) do n, text[d] = n * size, size end
      local t = load("read_npy", array("<i8", true, "(" .. table.concat(text,
        ", ") .. (#shape == 1 and ",)" or ")"), i8(n)))
      local reversed, order = {}, {}
      for d = 1, #shape do
        reversed[d], order[d] = shape[#shape + 1 - d], #shape + 1 - d
      end
      eq(t:totable(), m.arange(0, n):reshape(reversed):permute(order):totable())
      eq(t.is_contiguous == nil or t:is_contiguous(), true)
    end
  end)

  it("takes every version, order of keys, quote and space", function()
    for version = 1, 3 do
      eq(load("read_npy", array("<i8", false, "(2,)", i8(2), version)),
        m.tensor({0, 1}, {dtype = "i64"}))
    end
    for _, header in ipairs {
      "{\"shape\":(2,),'fortran_order':False,'descr':'<i8'}",
      " { 'shape' : ( 2 , ) , 'fortran_order' : False , 'descr' : '<i8' , } ",
      "\t{\n'shape'\r:\f(2L,), 'fortran_order': False, 'descr': '<i8'}\n",
    } do
      eq(load("read_npy", npy(header, i8(2))):totable(), {0, 1})
    end
    eq(load("read_npy", array("<i8", false, "()", i8(1))):item(), 0)
    eq(load("read_npy", array("=i8", false, "(1,)", i8(1))):totable(), {0})
    eq(load("read_npy", array("|u1", false, "(2, 1)", "\1\2")):totable(),
      {{1}, {2}})
    eq(load("read_npy", array("?", false, "(3,)", "\0\1\7")):totable(),
      {false, true, true})
  end)

  it("widens what no tensor has, from either end", function()
    for descr, case in pairs {["<i2"] = {"\1\0\255\255", {1, -1}},
        [">i2"] = {"\0\1\255\254", {1, -2}}, ["<u2"] = {"\1\0\255\255",
        {1, 65535}}, ["|i1"] = {"\127\128", {127, -128}},
        ["<u4"] = {"\1\0\0\0\255\255\255\255", {1, 0xffffffff}},
        [">i4"] = {"\0\0\1\0\255\255\255\255", {256, -1}},
        ["<u8"] = {string.pack("<I8I8", 5, math.maxinteger),
          {5, math.maxinteger}},
        [">f4"] = {string.pack(">ff", 1.5, -2), {1.5, -2}},
        [">f8"] = {string.pack(">dd", 1.5, -2), {1.5, -2}},
        [">f2"] = {"\60\0\192\0", {1, -2}}} do
      near(load("read_npy", array(descr, false, "(2,)", case[1])), case[2], 0)
    end
    refused("read_npy", array("<u8", false, "(2,)",
      string.pack("<I8I8", 5, math.mininteger)),
      "holds 9223372036854775808, a u64 that no i64 can hold")
  end)

  it("widens halves as they are", function()
    local cases = {[0] = 0, [1] = 0x1p-24, [0x3ff] = 0x3ffp-24,
      [0x400] = 0x1p-14, [0x3c00] = 1, [0x3c01] = 1 + 0x1p-10, [0x7bff] = 65504,
      [0x7c00] = math.huge, [0xfc00] = -math.huge, [0xc000] = -2,
      [0x8001] = -0x1p-24, [0x3555] = 0x555p-12}
    for bits, value in pairs(cases) do
      eq(load("read_npy", array("<f2", false, "(1,)",
        string.pack("<I2", bits)))[1], value + 0.0)
    end
    local nan = load("read_npy", array("<f2", false, "(1,)", "\1\124"))[1]
    eq(nan ~= nan, true)
  end)

  it("reads more than a buffer of them", function()
    for _, n in ipairs {8191, 8192, 8193, 20000} do
      local bytes = {}
      for i = 1, n do bytes[i] = string.pack("<i2", i % 30000 - 15000) end
      local t = load("read_npy", array("<i2", false, ("(%d,)"):format(n),
        table.concat(bytes)))
      eq({t[1], t[8192 < n and 8192 or n], t[n]}, {-14999,
        (8192 < n and 8192 or n) - 15000, n - 15000})
    end
  end)

  it("says what is wrong in a header, and where", function()
    local long = ("k"):rep(31)
    for header, wanted in pairs {
      ["x"] = "header, byte 0: '{' expected",
      ["{1"] = "header, byte 1: a string expected",
      ["{'a"] = "header, byte 3: the end of a string expected",
      ["{'a\\'"] = "header, byte 3: a short plain string expected",
      ["{'" .. long .. "': 1}"] = "header, byte 35: a key descr, "
        .. "fortran_order or shape expected",
      ["{'" .. long .. "k': 1}"] = "header, byte 33: a short plain string "
        .. "expected",
      ["{'descr' '<i8'}"] = "header, byte 9: ':' expected",
      ["{'shape': 3}"] = "header, byte 10: a tuple of sizes expected",
      ["{'shape': (3)}"] = "header, byte 12: a comma expected",
      ["{'shape': (3 4)}"] = "header, byte 13: a comma expected",
      ["{'shape': (3, -4)}"] = "header, byte 14: a size expected",
      ["{'shape': (99999999999999999999,)}"] = "header, byte 29: a smaller "
        .. "size expected",
      ["{'shape': (1,1,1,1,1,1,1,1,1)}"] = "more than 8 dimensions",
      ["{'fortran_order': 1}"] = "header, byte 18: True or False expected",
      ["{'descr': [('a', '<i8')]}"] = "a structured dtype; save its fields "
        .. "one by one",
      ["{'descr': 'O'}"] = "holds Python objects (dtype 'O'), which are "
        .. "pickles and never read",
      ["{'descr': '<c8'}"] = "no tensor can hold the dtype '<c8'",
      ["{'descr': ''}"] = "no tensor can hold the dtype ''",
      ["{'shape': (), 'shape': ()}"] = "header, byte 22: each key once "
        .. "expected",
      ["{'shape': () 'descr'}"] = "header, byte 13: ',' or '}' expected",
      ["{'shape': ()}"] = "header, byte 13: descr, fortran_order and shape "
        .. "expected",
      ["{} x"] = "header, byte 3: the end expected",
      ["{}\0"] = "header, byte 2: the end expected",
    } do
      refused("read_npy", npy(header), wanted)
    end
    refused("read_npy", "\x93NUMPX\1\0", "not an npy file")
    refused("read_npy", "\x93NUMPY\4\0", "npy version 4.0, known are 1.0 to "
      .. "3.0")
    refused("read_npy", "\x93NUMPY\0\0", "npy version 0.0, known are 1.0 to "
      .. "3.0")
    refused("read_npy", "\x93NUMPY\1\1", "npy version 1.1, known are 1.0 to "
      .. "3.0")
    refused("read_npy", "\x93NUMPY\1\0\5\0{}", "a header of 5 bytes, at most 2 "
      .. "are possible")
    refused("read_npy", "\x93NUMPY\2\0\1\0\1\0" .. (" "):rep(70000), "a header "
      .. "of 65537 bytes, at most 65536 are possible")
    refused("read_npy", "\x93NUM", "truncated: 8 bytes wanted at byte 0, it "
      .. "ends after 4")
    refused("read_npy", array("<i8", false, "(2,)", i8(3)), "bytes follow the "
      .. "end of its data at byte 84")
    refused("read_npy", array("<i8", false, "(2,)", i8(1)), "truncated: (2) "
      .. "elements need 16 bytes, at most 8 are there")
  end)

  it("shows no character that a terminal obeys", function()
    for name, shown in pairs {["a\127b"] = "a?b", ["a\27[2Jb"] = "a?[2Jb",
        ["a\xc2\x9bb"] = "a??b", ["a\xc2\xa0b"] = "a\xc2\xa0b",
        ["a\128b"] = "a\128b", ["a~b"] = "a~b", ["a\nb"] = "a?b",
        ["a\xc2\x7fb"] = "a\xc2?b"} do
      local got, message = m.io.read_npy("/nowhere/" .. name)
      eq({got, message}, {nil, "read_npy: /nowhere/" .. shown
        .. ": No such file or directory"})
    end
    local deep = "/" .. ("d"):rep(350)
    local _, message = m.io.read_npy(deep)
    eq(message:match "^read_npy: (d+): ", ("d"):rep(300))
    _, message = m.io.read_npy("/" .. ("d"):rep(299))
    eq(message:match "^read_npy: (/d+): ", "/" .. ("d"):rep(299))
  end)
end)

-- ---- idx --------------------------------------------------------------------

describe("read_idx", function()
  it("has six types and sizes of four bytes", function()
    for code, case in pairs {[8] = {"B", {1, 255}}, [9] = {"b", {1, -1}},
        [11] = {">i2", {258, -2}}, [12] = {">i4", {66051, -3}},
        [13] = {">f", {1.5, -2}}, [14] = {">d", {1.5, -2}}} do
      local data = string.pack(case[1], case[2][1])
        .. string.pack(case[1], case[2][2])
      near(load("read_idx", "\0\0" .. string.char(code, 1)
        .. "\0\0\0\2" .. data), case[2], 0)
    end
    eq(load("read_idx", "\0\0\8\0\7"):item(), 7)
    local t = load("read_idx", "\0\0\8\2\0\0\1\3\0\0\0\1" .. ("x"):rep(259))
    eq({table.unpack(t.shape)}, {259, 1})
    refused("read_idx", "\1\0\8\1", "not an IDX file, which begins with two "
      .. "zero bytes")
    refused("read_idx", "\0\1\8\1", "not an IDX file, which begins with two "
      .. "zero bytes")
    refused("read_idx", "PK\3\4", "not an IDX file, which begins with two zero "
      .. "bytes, but a zip archive (npz, or PyTorch's .pt)")
    refused("read_idx", "\0\0\10\1", "no IDX element type is 0x0a")
    refused("read_idx", "\0\0\8\9", "9 dimensions, at most 8 are possible")
    refused("read_idx", "\0\0\8\1\1\0\0\0x", "truncated: (16777216) elements "
      .. "need 16777216 bytes, at most 1 are there")
    refused("read_idx", "\0\0\8\1\0\0\0\1xy", "bytes follow the end of its "
      .. "data at byte 9")
  end)
end)

-- ---- npz --------------------------------------------------------------------

-- CRC-32 as zip has it.
local function crc32(bytes)
  local crc = 0xffffffff
  for i = 1, #bytes do
    crc = crc ~ bytes:byte(i)
    for _ = 1, 8 do crc = crc >> 1 ~ (crc & 1) * 0xedb88320 end
  end
  return crc ~ 0xffffffff
end

-- An archive of stored members {name, bytes, extra here, extra, comment}.
local function zip(members, comment, change)
  local out, directory, at = {}, {}, 0
  for i, member in ipairs(members) do
    local name, bytes = member[1], member[2]
    local c = {crc = crc32(bytes), size = #bytes, method = 0, flags = 0}
    for k, v in pairs(change or {}) do c[k] = v end
    local fields = string.pack("<I2I2I2I2I2I4I4I4I2", 20, c.flags, c.method, 0,
      33, c.crc, #bytes, c.size, #name)
    local near_extra, extra, note = member[3] or "", member[4] or "",
      member[5] or ""
    out[i] = "PK\3\4" .. fields .. string.pack("<I2", #near_extra) .. name
      .. near_extra .. bytes
    directory[i] = "PK\1\2" .. string.pack("<I2", 20) .. fields
      .. string.pack("<I2I2I2I2I4I4", #extra, #note, 0, 0, 0, at) .. name
      .. extra .. note
    at = at + #out[i]
  end
  local list = table.concat(directory)
  return table.concat(out) .. list .. "PK\5\6" .. string.pack(
    "<I2I2I2I2I4I4I2", 0, 0, #members, #members, #list, at, #(comment or ""))
    .. (comment or "")
end

describe("read_npz", function()
  local one = array("<i8", false, "(2,)", i8(2))

  it("passes over extra fields and comments", function()
    for _, n in ipairs {0, 1, 5, 255, 256, 300} do
      local filler = ("x"):rep(n)
      local t, names = load("read_npz", zip({{"a.npy", one, filler, "", ""},
        {"b.npy", one, "", filler, filler}, {"c.npy", one, filler, filler}},
        filler))
      eq(names, {"a", "b", "c"})
      eq({t.a:totable(), t.b:totable(), t.c:totable()}, {{0, 1}, {0, 1},
        {0, 1}})
    end
    local t, names = load("read_npz", zip {})
    eq({t, names}, {{}, {}})
  end)

  it("compares long names piece by piece", function()
    for _, n in ipairs {251, 252, 253, 600} do
      local name = ("n"):rep(n)
      local bytes = zip {{name .. ".npy", one}}
      local t = load("read_npz", bytes)
      eq(t[name]:totable(), {0, 1})
      for _, at in ipairs {1, n} do -- the local name differs there
        local k = 30 + at
        local other = bytes:sub(1, k - 1) .. "m" .. bytes:sub(k + 1)
        refused("read_npz", other, "'" .. name:sub(1, 76)
          .. "nnnn': is called differently where it lies")
      end
    end
  end)

  it("refuses what is no npz, in full", function()
    local none = "not an npz file (a zip archive), or truncated"
    refused("read_npz", "", none)
    for n = 1, 21 do
      refused("read_npz", ("PK\5\6" .. ("\0"):rep(20)):sub(1, n), none)
    end
    eq(load("read_npz", "PK\5\6" .. ("\0"):rep(18)), {})
    refused("read_npz", "PK\5\6" .. ("\0"):rep(19), none)
    refused("read_npz", zip {{"a.txt", one}}, "the member 'a.txt' is no npy "
      .. "file (pickles are never read)")
    refused("read_npz", zip {{"npy", one}}, "the member 'npy' is no npy file "
      .. "(pickles are never read)")
    refused("read_npz", zip {{"a\0.npy", one}}, "a member's name is not UTF-8")
    refused("read_npz", zip {{"\xff.npy", one}}, "a member's name is not UTF-8")
    refused("read_npz", zip {{"a.npy", one}, {"a.npy", one}},
      "the name 'a' occurs twice")
    refused("read_npz", zip({{"a.npy", one}}, nil, {crc = 1}),
      "'a.npy': the check sum is wrong")
    refused("read_npz", zip({{"a.npy", one}}, nil, {flags = 1}),
      "'a.npy': is encrypted")
    refused("read_npz", zip({{"a.npy", one}}, nil, {method = 9}),
      "'a.npy': compressed by method 9; stored and deflated members are read")
    refused("read_npz", zip({{"a.npy", one}}, nil, {size = 1}),
      "'a.npy': the declared size is wrong")
    refused("read_npz", zip({{"a.npy", one}}, nil, {size = 0xffffffff}),
      "'a.npy': zip64 archives are not read")
    local bytes = zip {{"a.npy", one}}
    refused("read_npz", bytes .. "x", "not an npz file (a zip archive), but a "
      .. "zip archive (npz, or PyTorch's .pt), or truncated")
    refused("read_npz", "x" .. bytes, "its directory is not where the archive "
      .. "ends")
  end)

  it("inflates no more than is declared, and no less", function()
    -- Deflate's stored block, the last one.
    local function deflated(bytes)
      return "\1" .. string.pack("<I2I2", #bytes, ~#bytes & 0xffff) .. bytes
    end
    local function archive(bytes, size)
      return zip({{"a.npy", deflated(bytes)}}, nil, {method = 8,
        crc = crc32(bytes), size = size or #bytes})
    end
    eq(load("read_npz", archive(one)).a:totable(), {0, 1})
    local three = array("<i8", false, "(3,)", i8(2))
    refused("read_npz", archive(three), "'a.npy': truncated: (3) elements need "
      .. "24 bytes, at most 16 are there")
    refused("read_npz", archive(one, #one - 1), "'a.npy': truncated: (2) "
      .. "elements need 16 bytes, at most 15 are there")
    refused("read_npz", archive(one, #one + 1), "'a.npy': the declared size is "
      .. "wrong")
    refused("read_npz", archive(one .. "x"), "'a.npy': bytes follow the end "
      .. "of its data at byte " .. #one)
    refused("read_npz", zip({{"a.npy", deflated(one) .. "x"}}, nil,
      {method = 8, crc = crc32(one), size = #one}), "'a.npy': bytes follow the "
      .. "compressed data")
    refused("read_npz", zip({{"a.npy", deflated(one):sub(1, -2)}}, nil,
      {method = 8, crc = crc32(one), size = #one}), "'a.npy': truncated: the "
      .. "compressed data have no end")
    refused("read_npz", zip({{"a.npy", "\7" .. one}}, nil, {method = 8,
      crc = crc32(one), size = #one}), "'a.npy': damaged compressed data: "
      .. "invalid block type")
  end)

  it("finds the last end, in a comment of any length", function()
    local inner = "PK\5\6" .. ("\0"):rep(17) -- one byte too short to be it
    for _, n in ipairs {0, 1, 21, 22, 65535} do
      local comment = (inner .. ("c"):rep(n)):sub(1, n)
      local t = load("read_npz", zip({{"a.npy", one}}, comment))
      eq(t.a:totable(), {0, 1})
    end
  end)
end)

-- ---- safetensors ------------------------------------------------------------

local function tensors(header, data)
  return string.pack("<I8", #header) .. header .. (data or "")
end

describe("load_safetensors", function()
  it("says what is wrong in a header, and where", function()
    local info = '{"dtype":"U8","shape":[1],"data_offsets":[0,1]}'
    for header, wanted in pairs {
      [""] = "not a safetensors file: its header does not begin with '{'",
      ["[]"] = "not a safetensors file: its header does not begin with '{'",
      ["{"] = "header, byte 1: a string expected",
      ['{"a"}'] = "header, byte 4: ':' expected",
      ['{"a":1}'] = "header, byte 5: '{' expected",
      ['{"a":{}}'] = "'a' needs dtype, shape and data_offsets",
      ['{"a":{"dtype":"X9"}}'] = "'a': no tensor can hold the dtype 'X9'",
      ['{"a":{"shape":[-1]}}'] = "header, byte 15: an integer that is not "
        .. "negative expected",
      ['{"a":{"shape":[01]}}'] = "header, byte 17: an integer without leading "
        .. "zeros expected",
      ['{"a":{"shape":[1.5]}}'] = "header, byte 16: an integer expected",
      ['{"a":{"shape":[1 2]}}'] = "header, byte 17: ',' or the end of the "
        .. "list expected",
      ['{"a":{"shape":[1,1,1,1,1,1,1,1,1]}}'] = "'a': more than 8 dimensions",
      ['{"a":{"shape":[99999999999999999999]}}'] = "header, byte 33: a smaller "
        .. "integer expected",
      ['{"a":{"data_offsets":[1]}}'] = "header, byte 23: ',' or the end of the "
        .. "list expected",
      ['{"a":{"data_offsets":[1,2,3]}}'] = "header, byte 26: the end of two "
        .. "offsets expected",
      ['{"a":{"shape":[],"shape":[]}}'] = "'a' has 'shape' twice",
      ['{"a":{"x":tru}}'] = "header, byte 10: a value expected",
      ['{"a":{"x":-}}'] = "header, byte 11: a digit expected",
      ['{"a":{"x":1.}}'] = "header, byte 12: a digit expected",
      ['{"a":{"x":1e+}}'] = "header, byte 13: a digit expected",
      ['{"a":{"x":00}}'] = "header, byte 12: a number without leading zeros "
        .. "expected",
      ['{"a\1":1}'] = "header, byte 3: UTF-8 without control characters "
        .. "expected",
      ['{"a\\x":1}'] = "header, byte 3: an escape that JSON has expected",
      ['{"a\\u12g4":1}'] = "header, byte 3: a code point of four hexadecimal "
        .. "digits, or a surrogate pair of two such, expected",
      ['{"a\\ud800\\u0041":1}'] = "header, byte 3: a code point of four "
        .. "hexadecimal digits, or a surrogate pair of two such, expected",
      ['{"a\\u0000":1}'] = "header: a string with a zero byte",
      ['{"__metadata__":{},"__metadata__":{}}'] = "__metadata__ occurs twice",
      ['{"__metadata__":{"a":1}}'] = "header, byte 21: a string expected",
      ["{} x"] = "header, byte 3: the end expected",
    } do
      refused("load_safetensors", tensors(header), wanted)
    end
    refused("load_safetensors", tensors('{"a":' .. info .. ',"a":' .. info
      .. "}", "x"), "the name 'a' occurs twice")
    refused("load_safetensors", tensors('{"a":' .. info .. "}", "xy"),
      "has unused bytes: the tensors need 1 bytes, 2 are there")
    refused("load_safetensors", tensors('{"a":' .. info .. "}", ""),
      "truncated: the tensors need 1 bytes, 0 are there")
    refused("load_safetensors", tensors('{"a":{"dtype":"U8","shape":[1],'
      .. '"data_offsets":[1,2]}}', "xy"), "'a': begins at byte 1, but the one "
      .. "before ends at 0")
    refused("load_safetensors", tensors('{"a":{"dtype":"U8","shape":[2],'
      .. '"data_offsets":[0,1]}}', "x"), "'a': offsets 0 to 1, but the shape "
      .. "(2) needs 2 bytes")
    refused("load_safetensors", string.pack("<I8", 3) .. "{}", "not a "
      .. "safetensors file: it declares a header of 3 bytes, at most 2 are "
      .. "possible")
    refused("load_safetensors", "1234567", "truncated: 8 bytes wanted at byte "
      .. "0 of 7")
  end)

  it("passes over keys that it does not know", function()
    for _, value in ipairs {"null", "true", "false", "-1.5e+3", "0", "[]",
        "[1,[2,{}]]", '{"b":{"c":["d"]}}', '"\\n\\"\\u00e9"', "1E9", "0.25",
        ("["):rep(64) .. ("]"):rep(64)} do
      local t = load("load_safetensors", tensors('{"a":{"x":' .. value
        .. ',"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', "\7"))
      eq(t.a:totable(), {7})
    end
    refused("load_safetensors", tensors('{"a":{"x":' .. ("["):rep(65)
      .. ("]"):rep(65) .. "}}"), "header, byte 74: nesting of at most 64 "
      .. "expected")
  end)

  it("decodes escapes, and writes them where it must", function()
    local names = {"a\"b", "back\\slash", "tab\tnew\nline", "\1\31", "\u{e9}",
      "\u{1F600}", "plain /", "\127"}
    with_file(function(path)
      local t = {}
      for i, name in ipairs(names) do t[name] = m.tensor {i} end
      assert(m.io.save_safetensors(path, t, {["k\""] = "v\\\n\u{20ac}"}))
      local bytes = read(path)
      for _, text in ipairs {'"a\\"b":', '"back\\\\slash":',
          '"tab\\u0009new\\u000aline":', '"\\u0001\\u001f":', '"\u{e9}":',
          '"plain /":', '"\127":', '{"k\\"":"v\\\\\\u000a\u{20ac}"}'} do
        eq({text, bytes:find(text, 1, true) ~= nil}, {text, true})
      end
      local size = string.unpack("<I8", bytes)
      eq((size + 8) % 64, 0)
      local back, meta = m.io.load_safetensors(path)
      eq(meta, {["k\""] = "v\\\n\u{20ac}"})
      for i, name in ipairs(names) do eq(back[name]:totable(), {i + 0.0}) end
    end)
    local t = load("load_safetensors", tensors('{"\\u0041\\u00E9\\ud83D\\uDE00'
      .. '\\/\\b\\f\\n\\r\\t":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}',
      "\7"))
    eq(t["A\u{e9}\u{1F600}/\b\f\n\r\t"]:item(), 7)
  end)

  it("decodes the first and the last code point of every length", function()
    for code, escape in pairs {[0x1] = "0001", [0x7f] = "007f",
      [0x80] = "0080", [0x7ff] = "07FF", [0x800] = "0800", [0xd7ff] = "d7ff",
      [0xe000] = "e000", [0xffff] = "ffff", [0x10000] = "d800\\udc00",
      [0x103ff] = "d800\\udfff", [0x10fc00] = "dbff\\udc00",
      [0x10ffff] = "dbff\\udfff"} do
      local t = load("load_safetensors", tensors(('{"\\u%s":{"dtype":"U8",'
        .. '"shape":[],"data_offsets":[0,1]}}'):format(escape), "\7"))
      eq({escape, next(t)}, {escape, utf8.char(code), t[utf8.char(code)]})
    end
  end)

  it("refuses halves of surrogate pairs", function()
    for _, text in ipairs {"\\ud800", "\\udbff", "\\udc00\\udc00",
      "\\udfff\\ud800", "\\ud800\\ud800", "\\ud800\\udbff", "\\ud800\\ue000",
      "\\ud800x\\udc00", "\\ud800/udc00", "\\ud800\\xdc00"} do
      refused("load_safetensors", tensors('{"' .. text .. '":1}'),
        "header, byte 2: a code point of four hexadecimal digits, or a "
        .. "surrogate pair of two such, expected")
    end
  end)

  it("takes marks of indices out of the metadata, and only those", function()
    local header = '{"__metadata__":{"a":"1","mlrt.dtype.i":"index",'
      .. '"mlrt.dtype":"2","mlrt.dtypes":"3","mlrt.dtype.none":"index",'
      .. '"z":"4","mlrt.dtype.b":"index","mlrt.dtype.j":"other"},'
      .. '"b":{"dtype":"U8","shape":[1],"data_offsets":[16,17]},'
      .. '"i":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},'
      .. '"j":{"dtype":"I64","shape":[1],"data_offsets":[8,16]}}'
    local data = string.pack("<i8i8B", 6, 7, 8)
    with_file(function(path)
      write(path, tensors(header, data))
      local t, meta = m.io.load_safetensors(path)
      eq(meta, {a = "1", ["mlrt.dtype"] = "2", ["mlrt.dtypes"] = "3", z = "4"})
      eq({t.i.dtype, t.j.dtype, t.b.dtype}, {"index", "i64", "u8"})
      eq({t.i:totable(), t.j:totable()}, {{7}, {7}})
    end)
  end)

  it("orders wide elements first, so that all are aligned", function()
    with_file(function(path)
      assert(m.io.save_safetensors(path, {a = m.tensor({1, 2, 3}, {dtype =
        "u8"}), b = m.tensor {4}, c = m.tensor({5}, {dtype = "i64"}),
        d = m.tensor({6}, {dtype = "u8"})}))
      local bytes = read(path)
      local size = string.unpack("<I8", bytes)
      eq(bytes:sub(9 + size), string.pack("<i8f", 5, 4) .. "\1\2\3\6")
      for name, range in pairs {a = "12,15", b = "8,12", c = "0,8",
          d = "15,16"} do
        local pattern = ('"%s":{[^}]*"data_offsets":%%[%s%%]}'):format(name,
          range)
        eq({name, bytes:find(pattern) ~= nil}, {name, true})
      end
      for _, mmap in ipairs {false, true} do
        local t = m.io.load_safetensors(path, {mmap = mmap})
        eq({t.a:totable(), t.b:totable(), t.c:totable(), t.d:totable()},
          {{1, 2, 3}, {4.0}, {5}, {6}})
      end
    end)
  end)
end)
