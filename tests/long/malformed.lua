-- malformed.lua: files that are damaged, each read by a process of its own.
--
--   build/tests/faults tests/long/malformed.lua [--most N]
--
-- From files that are right, of every format, by a fixed generator: cut short,
-- bits flipped, lengths and numbers replaced by extremes, parts left out, twice
-- or in another place, another file's bytes in the middle, and kinds mistaken
-- for one another. A reader has 5 seconds and 256 MB over what its process had;
-- it returns a value all of which can be read, or nil and a message that names
-- the file. What is cut has to be refused.

local m = require "mlrt"
local faults = _G.faults -- the program's library

local most = arg[1] == "--most" and tonumber(arg[2]) or math.huge
local PER_FILE = 120
local BYTES, SECONDS = 256 << 20, 5

math.randomseed(7)
local root = os.tmpname()
os.remove(root)
assert(m.fs.mkdir(root))
local path = root .. "/file"

local function contents(name)
  local f <close> = assert(io.open(name, "rb"))
  return f:read "a"
end

local function put(text)
  local f <close> = assert(io.open(path, "wb"))
  assert(f:write(text))
end

-- ---- The readers ------

-- Every byte of every tensor.
local function touch(v, depth)
  if m.is_tensor(v) then
    local _ = #v:contiguous():bytes()
  elseif type(v) == "table" and (depth or 0) < 50 then
    for key, x in pairs(v) do touch(x, (depth or 0) + 1) touch(key) end
  end
  return v
end

local function read_json(name)
  local value, err = m.json.decode(contents(name))
  if value == nil and err then return nil, name .. ": " .. err end
  return true
end

local function read_csv(name)
  local f, err = m.df.read_csv(name)
  if not f then return nil, err end
  for i = 1, #f do touch(f:row(i)) end
  return true
end

local read = {
  npy = m.io.read_npy, npz = m.io.read_npz, idx = m.io.read_idx,
  safetensors = m.io.load_safetensors, json = read_json, value = m.load,
  bytes = m.io.read_file, csv = read_csv,
  mapped = function(name) return m.io.load_safetensors(name, {mmap = true}) end,
}

-- ---- Files that are right ------

local function written(write)
  assert(write(path))
  return contents(path)
end

local golden = "tests/golden/io/"
local net = m.nn.Sequential(m.nn.Linear(2, 3), m.nn.BatchNorm1d(3))
local right = {
  {"npy", contents(golden .. "f4.npy")},
  {"npy", contents(golden .. "version3.npy")},
  {"npy", contents(golden .. "fortran_big_i2.npy")},
  {"idx", contents(golden .. "u8.idx")},
  {"idx", contents(golden .. "u8.idx.gz")},
  {"idx", contents(golden .. "f64.idx")},
  {"npz", contents(golden .. "stored.npz")},
  {"npz", contents(golden .. "deflated.npz")},
  {"safetensors", contents(golden .. "all.safetensors")},
  {"mapped", contents(golden .. "bf16.safetensors")},
  {"value", written(function(p)
    return m.save(p, {net = net, list = {1, 2.5, "x"}, t = m.index {3, 1}})
  end)},
  {"value", written(function(p)
    return m.save(p, m.optim.Adam(net:parameters()):state())
  end)},
  {"json", m.json.encode {a = {1, 2.5, true}, b = {c = "x\u{e9}", d = {}}}},
  {"bytes", contents(golden .. "u8.idx.gz")},
  {"csv", 'a,b,"c d",day\n1,x,2.5,2024-01-02\n2,"y,\n""z",-1e3,\n'},
}

-- ---- Damage ------

local extremes = {"\0", "\255", "\127", "\128", ("\255"):rep(4),
  "\255\255\255\127", ("\255"):rep(8), ("\255"):rep(7) .. "\127", "\0\0\0\128",
  "9999999999999999999", "-1", "[[[[[[", '"', "{}", "(-1,", "'", "\xED\xA0\x80"}

local damage = {}

function damage.cut(s) return s:sub(1, math.random(0, #s - 1)) end

function damage.flip(s)
  for _ = 1, math.random(3) do
    local i = math.random(#s)
    s = s:sub(1, i - 1) .. string.char(s:byte(i) ~ 1 << math.random(0, 7))
      .. s:sub(i + 1)
  end
  return s
end

-- Most of what says how long things are is near the beginning or the end.
local function place(s)
  local near = math.min(#s, 100)
  local i = math.random(near)
  return math.random(2) == 1 and i or #s - i + 1
end

function damage.extreme(s)
  local i, x = place(s), extremes[math.random(#extremes)]
  return s:sub(1, i - 1) .. x .. s:sub(i + #x)
end

function damage.insert(s)
  local i = place(s)
  return s:sub(1, i) .. extremes[math.random(#extremes)] .. s:sub(i + 1)
end

function damage.drop(s)
  local i = math.random(#s)
  return s:sub(1, i - 1) .. s:sub(i + math.random(12))
end

function damage.double(s)
  local i, n = math.random(#s), math.random(40)
  return s:sub(1, i + n) .. s:sub(i)
end

function damage.other(s)
  local t, i = right[math.random(#right)][2], math.random(#s)
  return s:sub(1, i) .. t:sub(math.random(#t))
end

function damage.digits(s)
  local n = 0
  return (s:gsub("%d+", function(d)
    n = n + 1
    return math.random(4) == 1 and tostring(math.random(0) >> math.random(63))
      or d
  end))
end

function damage.kind() return right[math.random(#right)][2] end

local names = {}
for name in pairs(damage) do names[#names + 1] = name end
table.sort(names)

-- ---- One file ------

local function peak()
  local f <close> = assert(io.open "/proc/self/status")
  return tonumber(f:read "a":match "VmHWM:%s*(%d+)") * 1024
end

-- In the child: reports 1 when the file was accepted, 2 when it was refused.
local function attempt(kind)
  return function()
    local before, start = peak(), m.time()
    local value, err = read[kind](path)
    if value ~= nil then
      touch(value)
    elseif type(err) ~= "string" or not err:find(path, 1, true) then
      error("the message is " .. tostring(err))
    end
    assert(m.time() - start < SECONDS, "it takes too long")
    assert(peak() - before < BYTES, "it takes too much memory")
    faults.report(value ~= nil and 1 or 2)
  end
end

local counts = {files = 0, accepted = 0, refused = 0}

local function try(kind, how, text)
  put(text)
  local code, verdict = faults.kill(0, false, attempt(kind))
  local is_bad = code ~= 0 or verdict == 0
  local may_be_cut = kind == "bytes" or kind == "csv"
  if is_bad or (how == "cut" and verdict ~= 2 and not may_be_cut) then
    error(("%s, %s: %s; the file is %s"):format(kind, how, is_bad
      and "ended with " .. code or "accepted", path), 0)
  end
  counts.files = counts.files + 1
  local key = verdict == 1 and "accepted" or "refused"
  counts[key] = counts[key] + 1
end

for _, file in ipairs(right) do
  local kind, text = file[1], file[2]
  put(text)
  assert(select(2, faults.kill(0, false, attempt(kind))) == 1,
    kind .. ": a file that is right is refused")
  for i = 1, math.min(PER_FILE, most) do
    local how = names[(i - 1) % #names + 1]
    try(kind, how, damage[how](text))
  end
end
os.remove(path)
os.remove(root)
print(("malformed: %d files, %d refused, %d accepted"):format(counts.files,
  counts.refused, counts.accepted))
