-- io_spec.lua: m.io, m.fs and m.json as a script sees them.

local m = require "mlrt"

-- A folder for one test, gone afterwards.
local function with_folder(f)
  local folder = os.tmpname()
  os.remove(folder)
  assert(m.fs.mkdir(folder))
  local ok, err = xpcall(f, debug.traceback, folder)
  for _, name in ipairs(m.fs.list(folder)) do
    os.remove(folder .. "/" .. name)
  end
  os.remove(folder)
  if not ok then error(err, 0) end
end

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

-- nil and a message that contains all of the texts.
local function fails(texts, ok, message)
  eq(ok, nil)
  for _, text in ipairs(texts) do
    if not message:find(text, 1, true) then
      error(("%q lacks %q"):format(message, text), 2)
    end
  end
end

local golden = "tests/golden/io/"

describe("m.io", function()
  it("reads what others wrote", function()
    local half = {{-1.5, -1.0, -0.5}, {0.0, 0.5, 1.0}}
    eq(m.io.read_npy(golden .. "f2.npy"):totable(), half)
    eq(m.io.read_npy(golden .. "fortran.npy"):totable(), half)
    eq(m.io.read_idx(golden .. "f32.idx"):totable(), half)
    eq(m.io.read_idx(golden .. "u8.idx.gz"):totable(), {{0, 1, 2}, {3, 4, 5}})
    local arrays, names = m.io.read_npz(golden .. "deflated.npz")
    eq(names, {"a", "b.c", "\u{e9}"})
    eq(arrays.a:totable(), half)
    eq(arrays["\u{e9}"].dtype, "bool")
    for _, mmap in ipairs {false, true} do
      local t, meta, order = m.io.load_safetensors(golden .. "all.safetensors",
        {mmap = mmap})
      eq(#order, 15)
      eq(order[1], "U64")
      eq(t.F16:totable(), half)
      eq(t.scalar:item(), 2.5)
      eq(meta.by, "safetensors")
    end
  end)
  it("writes npy, npz and safetensors, and reads them again", function()
    with_folder(function(folder)
      local path = folder .. "/x"
      local t = {a = m.arange(6):reshape(2, 3):t(), b = m.index {3, 1},
        c = m.tensor {true, false}, d = m.zeros(0, 2), e = m.tensor(7)}
      eq(m.io.write_npy(path, t.a), true)
      eq(m.io.read_npy(path):totable(), t.a:totable())
      for _, compress in ipairs {false, true} do
        eq(m.io.write_npz(path, t, {compress = compress}), true)
        local back, names = m.io.read_npz(path)
        eq(names, {"a", "b", "c", "d", "e"})
        eq(back.a:totable(), {{0, 3}, {1, 4}, {2, 5}})
        eq(back.b.dtype, "i64")
        eq(back.b:totable(), {2, 0})
        eq({table.unpack(back.d.shape)}, {0, 2})
      end
      eq(m.io.save_safetensors(path, t, {k = "v"}), true)
      local first = read(path)
      local back, meta, names = m.io.load_safetensors(path)
      eq(meta, {k = "v"})
      eq(names, {"a", "b", "c", "d", "e"})
      eq(back.b.dtype, "index")
      eq(back.b:totable(), {3, 1})
      eq(back.c:totable(), {true, false})
      eq(m.io.save_safetensors(path, back, meta), true)
      eq(read(path) == first, true)
      eq(m.fs.list(folder), {"x"})
    end)
  end)
  it("lets a mapped tensor be changed, and the file be replaced", function()
    with_folder(function(folder)
      local path = folder .. "/x"
      assert(m.io.save_safetensors(path, {a = m.ones(3)}))
      local before = read(path)
      local t = m.io.load_safetensors(path, {mmap = true})
      t.a:add_(1)
      eq(read(path), before)
      assert(m.io.save_safetensors(path, {a = m.zeros(3)}))
      eq(t.a:totable(), {2.0, 2.0, 2.0})
    end)
  end)
  it("reads and writes bytes", function()
    with_folder(function(folder)
      local path = folder .. "/x"
      eq(m.io.write_file(path, "a\0b"), true)
      eq(read(path), "a\0b")
      local t = m.io.read_file(path)
      eq(t.dtype, "u8")
      eq(t:totable(), {97, 0, 98})
      eq(m.io.write_file(path, t), true)
      eq(read(path), "a\0b")
      eq(m.io.write_file(path, ""), true)
      eq(#m.io.read_file(path), 0)
    end)
  end)
  it("returns nil and a message when a file fails", function()
    with_folder(function(folder)
      local path = folder .. "/x"
      for _, name in ipairs {"read_file", "read_idx", "read_npy", "read_npz",
        "load_safetensors"} do
        fails({name, path, "No such file"}, m.io[name](path))
        fails({folder, "is a directory"}, m.io[name](folder))
      end
      write(path, "nonsense")
      for _, name in ipairs {"read_idx", "read_npy", "read_npz",
        "load_safetensors"} do
        fails({name, path, "not a"}, m.io[name](path))
      end
      local x = m.ones(1)
      for _, missing in ipairs {folder .. "/none/x", folder} do
        fails({"write_file", missing}, m.io.write_file(missing, ""))
        fails({"write_npy", missing}, m.io.write_npy(missing, x))
        fails({"write_npz", missing}, m.io.write_npz(missing, {a = x}))
        fails({"save_safetensors", missing},
          m.io.save_safetensors(missing, {a = x}))
      end
      fails({"bad_object.npy", "pickle"},
        m.io.read_npy(golden .. "bad_object.npy"))
    end)
  end)
  it("raises at the script's line when it is misused", function()
    local x = m.ones(1)
    raises("^[^:]*io_spec%.lua:%d+: read_npy: argument 'path': string expected",
      function() m.io.read_npy() end)
    raises("has a zero byte", m.io.read_npy, "a\0b")
    raises("write_npy: argument 'x'", m.io.write_npy, "x", 1)
    raises("string or u8 tensor expected", m.io.write_file, "x", {})
    raises("a contiguous u8 tensor expected, got f32", m.io.write_file, "x", x)
    raises("tensors have names, got a number", m.io.write_npz, "x", {x})
    raises("write_npz: argument 'a'", m.io.write_npz, "x", {a = 1})
    raises("unknown option 'compres'; did you mean 'compress'", m.io.write_npz,
      "x", {a = x}, {compres = true})
    raises("unknown option 'map'", m.io.load_safetensors, "x", {map = true})
    raises("argument 'tensors': table expected", m.io.save_safetensors, "x", x)
    raises("argument 'k': string expected", m.io.save_safetensors, "x", {},
      {k = 1})
    raises("a name of tensors has a zero byte", m.io.save_safetensors, "x",
      {["a\0"] = x})
    raises("the text of 'k' has a zero byte", m.io.save_safetensors, "x", {},
      {k = "\0"})
    raises("is not UTF-8", m.io.save_safetensors, "x", {["\255"] = x})
    raises("kept for dtypes", m.io.save_safetensors, "x", {},
      {["mlrt.dtype.a"] = "index"})
    eq(m.fs.stat "x", nil)
  end)
  it("asks no metamethod for tensors", function()
    with_folder(function(folder)
      local t = setmetatable({a = m.ones(1)}, {__index = error,
        __pairs = error, __len = error})
      eq(m.io.save_safetensors(folder .. "/x", t), true)
    end)
  end)
end)

describe("m.fs", function()
  it("makes folders, lists them and looks at files", function()
    with_folder(function(folder)
      eq(m.fs.mkdir(folder .. "/a/b"), true)
      eq(m.fs.mkdir(folder .. "/a/b"), true)
      write(folder .. "/z", "12345")
      write(folder .. "/B", "")
      eq(m.fs.list(folder), {"B", "a", "z"})
      eq(m.fs.stat(folder .. "/z").size, 5)
      eq(m.fs.stat(folder .. "/z").kind, "file")
      eq(m.fs.stat(folder).kind, "folder")
      eq(m.fs.stat "/dev/null".kind, "other")
      eq(math.abs(m.fs.stat(folder .. "/z").time - os.time()) < 100, true)
      fails({folder .. "/z", "Not a directory"}, m.fs.mkdir(folder .. "/z/c"))
      fails({folder .. "/none"}, m.fs.list(folder .. "/none"))
      fails({folder .. "/none"}, m.fs.stat(folder .. "/none"))
      os.remove(folder .. "/a/b")
    end)
  end)
  it("raises when it is misused", function()
    raises("list: argument 'path': string expected", m.fs.list)
    raises("mkdir: argument 'path': has a zero byte", m.fs.mkdir, "a\0b")
  end)
end)

describe("m.json", function()
  it("writes and reads values", function()
    for _, v in ipairs {{}, {1, 2.5, {a = "x"}}, {a = true, b = m.json.null},
      "\u{1F600}\n\"\\/", math.maxinteger, math.mininteger, 0.1, 1e300, -0.0,
      {{{}}}} do
      eq(m.json.decode(m.json.encode(v)), v)
    end
    eq(m.json.encode {b = 1, a = {1, m.json.null}}, '{"a":[1,null],"b":1}')
    eq(m.json.decode ' { "a" : [ 1 , null ] } ', {a = {1, m.json.null}})
    eq(m.json.decode '"\\ud83d\\ude00\\u00e9"', "\u{1F600}\u{e9}")
    eq(tostring(m.json.null), "null")
  end)
  it("says where a text is wrong", function()
    for text, message in pairs {[""] = "a value wanted at byte 1",
      ["[1,]"] = "a value wanted at byte 4", ["[1 2]"] = "',' or ']' wanted",
      ['{"a":1,"a":2}'] = "the same key twice", ["01"] = "a value wanted",
      ["1e999"] = "a number too large", ['"\\ud800"'] = "surrogate",
      ['"\255"'] = "not UTF-8", ['"\n"'] = "control character",
      ["{} x"] = "end of the text", ["nul"] = "a value wanted",
      ["1\n?"] = "line 2", [("["):rep(501)] = "nested too deeply"} do
      fails({message}, m.json.decode(text))
    end
  end)
  it("raises for what JSON cannot hold", function()
    for pattern, v in pairs {["a function"] = print, ["no NaN"] = 0 / 0,
      ["not UTF-8"] = "\255", ["string keys"] = {[1.5] = 1}} do
      raises(pattern, m.json.encode, v)
    end
    raises("a string expected, got a nil", m.json.decode)
    raises("cannot be changed", function() m.json.null.x = 1 end)
  end)
end)
