-- file.lua: a file that grows by whole records and can be cut.
--
-- A record is written by one call to the system, so a process that is killed
-- leaves whole records; a full disk may leave a part of one, and then the run
-- ends with an error.  The length belongs to the run's state: a resumed run
-- cuts off what was written after its checkpoint and writes it again.

local class = require "mlrt.class"
local core = require "mlrt.core"
local fail = require "mlrt.fail"

local File = class "File"

function File:init(path)
  self.path, self.length = path, 0
end

local function check(self, ok, err)
  if not ok then
    fail("train: %s cannot be written: %s", self.path, tostring(err))
  end
  return ok
end

-- The first n bytes of the file, or all that there are.
local function head(path, n)
  local f = io.open(path, "rb")
  if not f then return "" end
  local text = f:read(n) or ""
  f:close()
  return text
end

--- Opens it with at most `length` bytes of what is there.
function File:open(length)
  local there = core.fs.stat(self.path)
  if there and there.size > length then
    check(self, core.io.write_file(self.path, head(self.path, length)))
  end
  self.length = there and math.min(there.size, length) or 0
  local f, err = io.open(self.path, "ab")
  self.handle = check(self, f, err)
  self.handle:setvbuf("full", 1 << 16)
end

--- Adds a record.
function File:put(text)
  local ok, err = self.handle:write(text)
  if ok then ok, err = self.handle:flush() end
  check(self, ok, err)
  self.length = self.length + #text
end

function File:close()
  if self.handle then self.handle:close() end
  self.handle = nil
end

return File
