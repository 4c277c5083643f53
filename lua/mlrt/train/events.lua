-- events.lua: scalars in the files that TensorBoard reads.
--
-- A file is a list of TFRecords: the length (8 bytes), its masked CRC-32C, the
-- bytes, their masked CRC-32C; all numbers little-endian.  The bytes are an
-- Event of tensorflow/core/util/event.proto in the wire format of protocol
-- buffers; what is written of it here:
--
--   Event {double wall_time = 1; int64 step = 2; string file_version = 3;
--     Summary summary = 5}
--   Summary {repeated Value value = 1}
--   Value {string tag = 1; float simple_value = 2}

local events = {}

-- ---- CRC-32C (Castagnoli) -------------------------------------------------

local table_of_crc

local function make_table()
  local t = {}
  for i = 0, 255 do
    local c = i
    for _ = 1, 8 do
      c = c & 1 == 1 and c >> 1 ~ 0x82F63B78 or c >> 1
    end
    t[i] = c
  end
  return t
end

local function crc32c(bytes)
  table_of_crc = table_of_crc or make_table()
  local t, c = table_of_crc, 0xFFFFFFFF
  for i = 1, #bytes do
    c = t[(c ~ bytes:byte(i)) & 255] ~ c >> 8
  end
  return c ~ 0xFFFFFFFF
end

--- The checksum of a record: a rotated CRC-32C, so that a record may hold
--- checksums itself.
function events.checksum(bytes)
  local c = crc32c(bytes)
  return ((c >> 15 | c << 17) + 0xA282EAD8) & 0xFFFFFFFF
end

-- ---- Writing --------------------------------------------------------------

local function varint(n)
  local out = {}
  while n >= 128 or n < 0 do
    out[#out + 1] = string.char(n & 127 | 128)
    n = n >> 7
  end
  return table.concat(out) .. string.char(n)
end

-- A field of bytes.
local function field(number, bytes)
  return varint(number << 3 | 2) .. varint(#bytes) .. bytes
end

local function record(event)
  local length = ("<I8"):pack(#event)
  return length .. ("<I4"):pack(events.checksum(length)) .. event
    .. ("<I4"):pack(events.checksum(event))
end

--- The first record of a file.
function events.header(time)
  return record(("<Bd"):pack(1 << 3 | 1, time)
    .. field(3, "brain.Event:2"))
end

--- A record of scalars {tag = number} at a step; nil of none.
function events.scalars(time, step, values)
  local tags, list = {}, {}
  for tag in pairs(values) do tags[#tags + 1] = tag end
  table.sort(tags)
  for i, tag in ipairs(tags) do
    list[i] = field(1, field(1, tag)
      .. ("<Bf"):pack(2 << 3 | 5, values[tag]))
  end
  if #list == 0 then return nil end
  return record(("<BdB"):pack(1 << 3 | 1, time, 2 << 3) .. varint(step)
    .. field(5, table.concat(list)))
end

return events
