-- Starting a program that does nothing, its memory, and the size of the
-- library on disk.

local here, _, _, _, harness = ...

local quote = harness.quote

-- A command under tests/bench/spawn.c, which measures it.
local function spawn(run, ...)
  local words = {run.build .. "/tests/bench/spawn", ...}
  for i, word in ipairs(words) do words[i] = quote(word) end
  return table.concat(words, " ")
end

local function ours(run)
  return spawn(run, run.build .. "/mlrun", "-e", "")
end

-- The first line that a command prints.
local function answer(form, ...)
  local f = io.popen(form:format(...))
  local text = f:read "l"
  f:close()
  return text
end

local python -- the one that the peers run under, once it is known

local function ask_torch(expression)
  python = python or answer("python3 '%s/peers/peer.py' 2>&1", here)
  return answer("'%s' -c 'import torch; print(%s)' 2>/dev/null", python,
    expression)
end

local function version()
  local text = ask_torch "torch.__version__"
  return text and "torch " .. text
end

local function import(run)
  version()
  return spawn(run, python, "-c", "import torch")
end

local function peers(target)
  return {{label = 'python3 -c "import torch"', target = target,
    command = import, version = version}}
end

local function bytes(path)
  local f = path and io.open(path, "rb")
  if not f then return nil end
  local n = f:seek "end"
  f:close()
  return n
end

local function torch_library()
  return bytes(ask_torch "torch.__path__[0] + \"/lib/libtorch_cpu.so\"")
end

local function size(run)
  local stripped = os.tmpname()
  os.execute(("strip -o %s %s"):format(quote(stripped),
    quote(run.build .. "/libmlrt.so")))
  local n = bytes(stripped)
  os.remove(stripped)
  if not n or n == 0 then return nil, "libmlrt.so cannot be stripped" end
  if run.peers then return n, torch_library(), version() end
  return n
end

return {
  {id = "start", name = "empty script, start to exit", ours = ours, n = 1,
    warm = 0, one_thread = true, peers = peers(300)},
  {id = "resident", name = "empty script, resident memory", ours = ours, n = 1,
    warm = 0, by_value = true, unit = "B", one_thread = true,
    peers = peers(15)},
  {id = "size", name = "libmlrt.so, stripped", figure = size, unit = "B",
    bound = 2000000, one_thread = true, peers = {{label = "libtorch_cpu.so"}}},
}
