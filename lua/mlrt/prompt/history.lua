-- history.lua: what was typed, kept from one session to the next.
--
-- The file is MLRUN_HISTORY, or mlrt/history under XDG_STATE_HOME, by default
-- ~/.local/state.  Each entry is appended when it is typed, so nothing is lost
-- with the process; an entry is one line, its line ends and backslashes
-- escaped.  An empty MLRUN_HISTORY keeps nothing.  Where the file cannot be
-- written the session goes on and says so once.

local history = {}

local KEPT = 1000 -- entries that a new session reads

local function default_path()
  local state = os.getenv "XDG_STATE_HOME"
  if not state or state == "" then
    local home = os.getenv "HOME"
    if not home or home == "" then return "" end
    state = home .. "/.local/state"
  end
  return state .. "/mlrt/history"
end

local function escape(entry)
  return (entry:gsub("\\", "\\\\"):gsub("\n", "\\n"))
end

local names = {["\\\\"] = "\\", ["\\n"] = "\n"}

local function unescape(line)
  return (line:gsub("\\[\\n]", names))
end

-- The last entries of the file and how many there are; none if there is none.
local function read(path)
  local f = io.open(path, "rb")
  local text = f and f:read "a" -- nil for a folder
  if f then f:close() end
  local all = {}
  for line in (text or ""):gmatch "[^\n]+" do all[#all + 1] = line end
  local first = math.max(1, #all - KEPT + 1)
  return table.move(all, first, #all, 1, {}), #all
end

local function complain(self, why)
  if self.told then return end
  self.told = true
  io.stderr:write("history is not kept: ", why, "\n")
end

-- A file with many more entries than are read is shortened.
local function shorten(self, lines, count)
  if count <= 2 * KEPT then return end
  local ok, why = self.host.save(self.path, table.concat(lines, "\n") .. "\n",
    true)
  if not ok then complain(self, why) end
end

--- Reads the file and hands its entries to the editor.
function history.open(host)
  local self = {host = host, entries = {},
    path = host.terminal and (os.getenv "MLRUN_HISTORY" or default_path())
      or ""}
  if self.path == "" then return self end
  local lines, count = read(self.path)
  for i, line in ipairs(lines) do
    self.entries[i] = unescape(line)
    host.add(self.entries[i])
  end
  shorten(self, lines, count)
  return self
end

--- Adds an entry, unless it is the last one again.
function history.add(self, entry)
  if entry == self.entries[#self.entries] or not entry:find "%S" then return end
  self.entries[#self.entries + 1] = entry
  self.host.add(entry)
  if self.path == "" then return end
  local ok, why = self.host.save(self.path, escape(entry) .. "\n")
  if not ok then complain(self, why) end
end

return history
