-- files.lua: cases of sweep.lua about files, for memory and for file calls.
--
-- A case that writes has the target's bytes as state: the old file, or all of
-- the new one. The folder is cleared before each point; `state` also says what
-- else lies in it, so that a temporary left over is seen.

local m = require "mlrt"

local case, folder = ...
local path = folder .. "/file"

local function contents()
  local f = io.open(path, "rb")
  if not f then return "" end
  local text = f:read "a"
  f:close()
  return text
end

-- Everything in the folder: names, and the file's bytes.
local function look()
  local names = assert(m.fs.list(folder))
  return table.concat(names, " ") .. "\n" .. contents():gsub("[^%g ]",
    function(c) return ("\\%d"):format(c:byte()) end)
end

local function old_file()
  local f = assert(io.open(path, "wb"))
  f:write "the old file"
  f:close()
end

local function tensors()
  m.seed(7)
  return {t = m.randn(20000), u = m.tensor {true, false},
    i = m.index {3, 1, 2}}
end

-- A case that replaces the file.
local function saving(name, write)
  case("save " .. name, function()
    old_file()
    local t = tensors()
    return function() assert(write(path, t)) end, look
  end)
end

saving("safetensors", function(p, t)
  return m.io.save_safetensors(p, t, {made = "here"})
end)
saving("npz", function(p, t) return m.io.write_npz(p, t, {compress = true}) end)
saving("npy", function(p, t) return m.io.write_npy(p, t.t) end)
saving("bytes", function(p) return m.io.write_file(p, ("x"):rep(100000)) end)
saving("value", function(p, t)
  m.seed(1)
  return m.save(p, {net = m.nn.Sequential(m.nn.Linear(2, 3)), t = t, n = {1.5}})
end)
saving("report", function(p)
  return m.io.write_file(p, m.json.encode {loss = {1, 2}})
end)

-- A case that reads what `write` has written.
local function loading(name, write, read)
  case("load " .. name, function()
    assert(write(path, tensors()))
    local got = ""
    return function()
      got = ""
      got = assert(read(path))
    end, function() return got end
  end)
end

local function sum(t) return ("%.17g"):format(t:to "f64":sum():item()) end

loading("safetensors", m.io.save_safetensors, function(p)
  local t = assert(m.io.load_safetensors(p))
  return sum(t.t) .. sum(t.i)
end)
loading("mapped", m.io.save_safetensors, function(p)
  local t = assert(m.io.load_safetensors(p, {mmap = true}))
  return sum(t.t) .. sum(t.i)
end)
loading("npz", function(p, t)
  return m.io.write_npz(p, t, {compress = true})
end, function(p)
  local t = assert(m.io.read_npz(p))
  return sum(t.t) .. sum(t.i)
end)
loading("npy", function(p, t) return m.io.write_npy(p, t.t) end, function(p)
  return sum(assert(m.io.read_npy(p)))
end)
loading("bytes", function(p) return m.io.write_file(p, "abc") end, function(p)
  return sum(assert(m.io.read_file(p)))
end)
loading("value", function(p, t)
  return m.save(p, {net = m.nn.Sequential(m.nn.Linear(2, 3)), t = t})
end, function(p)
  local v = assert(m.load(p))
  return tostring(v.net) .. sum(v.t.t)
end)

case("read IDX", function()
  local got = ""
  return function()
    got = ""
    got = sum(assert(m.io.read_idx "tests/golden/io/u8.idx.gz"))
  end, function() return got end
end)

case("folders", function()
  local got = ""
  return function()
    got = ""
    assert(m.fs.mkdir(folder .. "/a/b"))
    got = table.concat(assert(m.fs.list(folder .. "/a")))
    os.remove(folder .. "/a/b")
    os.remove(folder .. "/a")
  end, function()
    os.remove(folder .. "/a/b")
    os.remove(folder .. "/a")
    return got
  end
end)

saving("CSV", function(p)
  return assert(m.df.parse_csv "a,b\n1,x\n2,y\n"):write_csv(p)
end)
loading("CSV", function(p)
  return m.io.write_file(p, "a,b\n" .. ("12,x\n"):rep(30000))
end, function(p)
  local f = assert(m.df.read_csv(p))
  return tostring(#f) .. tostring(f:row(30000).a)
end)
