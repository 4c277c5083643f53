-- image.lua: a tensor as a picture inside a page.
--
-- PNG (W3C 2003) with stored deflate blocks, which needs no compressor; the
-- pictures are small.  In the page they are data: addresses.

local core = require "mlrt.core"

local image = {}

-- ---- Checksums ------------------------------------------------------------

local crc_table = {}
for n = 0, 255 do
  local c = n
  for _ = 1, 8 do
    c = c & 1 == 1 and 0xedb88320 ~ (c >> 1) or c >> 1
  end
  crc_table[n] = c
end

local function crc32(s)
  local c = 0xffffffff
  for i = 1, #s do c = crc_table[(c ~ s:byte(i)) & 0xff] ~ (c >> 8) end
  return c ~ 0xffffffff
end

local function adler32(s)
  local a, b = 1, 0
  for i = 1, #s do
    a = (a + s:byte(i)) % 65521
    b = (b + a) % 65521
  end
  return b << 16 | a
end

-- ---- The file -------------------------------------------------------------

local function chunk(kind, body)
  return (">I4"):pack(#body) .. kind .. body
    .. (">I4"):pack(crc32(kind .. body))
end

-- zlib's format with blocks that are not compressed (RFC 1950, 1951).
local function stored(s)
  local parts, i = {"\x78\x01"}, 1
  repeat
    local part = s:sub(i, i + 65534)
    i = i + #part
    parts[#parts + 1] = ("<BI2I2"):pack(i > #s and 1 or 0, #part,
      ~#part & 0xffff) .. part
  until i > #s
  parts[#parts + 1] = (">I4"):pack(adler32(s))
  return table.concat(parts)
end

--- The bytes of a PNG of u8 (H, W) or (H, W, 3).
function image.png(pixels)
  local h, w = pixels.shape[1], pixels.shape[2]
  local rows = {}
  for y, row in ipairs(pixels:reshape(h, -1):totable()) do
    rows[y] = "\0" .. string.char(table.unpack(row))
  end
  return "\x89PNG\r\n\x1a\n" .. chunk("IHDR", (">I4I4BBBBB"):pack(w, h, 8,
    pixels.ndim == 3 and 2 or 0, 0, 0, 0))
    .. chunk("IDAT", stored(table.concat(rows))) .. chunk("IEND", "")
end

local DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
  .. "0123456789+/"

--- Base 64 (RFC 4648).
function image.base64(s)
  local out = {}
  for i = 1, #s, 3 do
    local a, b, c = s:byte(i, i + 2)
    local n = a << 16 | (b or 0) << 8 | (c or 0)
    for k = 3, 0, -1 do
      local d = n >> 6 * k & 63
      out[#out + 1] = DIGITS:sub(d + 1, d + 1)
    end
    if not c then out[#out] = "=" end
    if not b then out[#out - 1] = "=" end
  end
  return table.concat(out)
end

-- ---- Tensors --------------------------------------------------------------

local MOST = 96 -- pixels on a side

-- (C, H, W), C being 1 or 3, or nil where the shape is no picture's.
local function planes(t)
  while t.ndim > 3 and t.shape[1] == 1 do t = t:squeeze(1) end
  if t.ndim == 2 then return t:unsqueeze(1) end
  if t.ndim ~= 3 then return nil end
  if t.shape[1] == 1 or t.shape[1] == 3 then return t end
  if t.shape[3] == 1 or t.shape[3] == 3 then return t:movedim(3, 1) end
end

-- Values as 0..255: bytes as they are, others from least to most.
local function stretched(x, bytes)
  if bytes then return x end
  local least, most = x:min():item(), x:max():item()
  if least >= 0 and most <= 1 then least, most = 0, 1 end
  return (x - least) * (255 / math.max(most - least, 1e-12))
end

--- A picture of t, (H, W), (C, H, W) or (H, W, C) with 1 or 3 colours, as a
--- data: address; larger ones are made smaller.  nil if t is no picture.
function image.address(t)
  local x = planes(t:detach())
  if not x or x:numel() == 0 then return nil end
  x = stretched(x:to "f32":nan_to_num(0), t.dtype == "u8")
  local h, w = x.shape[2], x.shape[3]
  local scale = MOST / math.max(h, w)
  if scale < 1 then
    x = core.interpolate(x:unsqueeze(1), {
      size = {math.max(1, h * scale // 1), math.max(1, w * scale // 1)},
      mode = "bilinear"}):squeeze(1)
  end
  x = x:clamp(0, 255):round():to "u8"
  x = x.shape[1] == 1 and x:squeeze(1) or x:movedim(1, 3)
  return "data:image/png;base64," .. image.base64(image.png(x:contiguous()))
end

return image
