-- save.lua: m.save and m.load, any value of ours in one file of data.
--
-- The file is a safetensors file: the tensors are stored under readable names,
-- and the metadata entry "mlrt" holds the rest as JSON.  What JSON lacks is
-- written as an object with one of these keys:
--
--   $tensor  a tensor, by name          $float  "nan", "inf" or "-inf"
--   $map     pairs of any keys          $hex    bytes that are not UTF-8
--   $class   an object of a registered class, with $data, what it packed
--   $id      a number for $value, which occurs again as $ref
--
-- Loading runs no code from the file: a class is looked up by name among those
-- that mlrt registered, and what a class unpacks is checked by its constructor.

local core = require "mlrt.core"
local fail = require "mlrt.fail"
local json = require "mlrt.json"

local FORMAT = 1 -- of the JSON; a reader refuses higher numbers
local MAX_DEPTH = 100 -- of tables in tables

local save = {}

-- ---- Registered classes ---------------------------------------------------

local by_name, by_class = {}, {}

-- The modules that register the classes whose names begin with the key.
save.homes = {nn = "mlrt.nn", prep = "mlrt.prep.all",
  rl = "mlrt.rl.agents"}

--- Makes save and load know a class of mlrt's.  codec.pack(object) returns a
--- table of values, codec.unpack(class, table) the object again.
function save.register_class(name, class, codec)
  local entry = {name = name, class = class, codec = codec}
  by_name[name], by_class[class] = entry, entry
end

-- ---- Writing --------------------------------------------------------------

local encode -- below

local function child_path(path, key)
  return path == "" and tostring(key) or path .. "." .. tostring(key)
end

-- Its path, if that can be a name in the file.
local function base_name(path)
  if path == "" then return "value" end
  local usable = utf8.len(path) and not path:find "[\0-\31\127]"
    and path ~= "__metadata__"
  return usable and path or "tensor"
end

-- A name for a tensor: its path, and a number if that is taken.
local function encode_tensor(w, t, path)
  local name = w.names[t]
  if not name then
    local base = base_name(path)
    name = base
    for i = 2, math.huge do
      if not w.tensors[name] then break end
      name = base .. "#" .. i
    end
    w.names[t], w.tensors[name] = name, t:detach()
  end
  return {["$tensor"] = name}
end

local function encode_float(x)
  if x - x == 0 then return x end
  return {["$float"] = x ~= x and "nan" or x > 0 and "inf" or "-inf"}
end

local function encode_string(s)
  if utf8.len(s) then return s end
  return {["$hex"] = s:gsub(".", function(c)
    return ("%02x"):format(c:byte())
  end)}
end

-- Are the keys exactly 1..n, or all of them strings that need no care?
local function key_kind(t)
  local n, words = 0, true
  for key in pairs(t) do
    n = n + 1
    words = words and type(key) == "string" and utf8.len(key)
      and key:sub(1, 1) ~= "$"
  end
  return n == #t and "array" or words and "object" or "map"
end

local ranks = {boolean = 1, number = 2, string = 3}

local function before(a, b)
  local x, y = ranks[type(a)], ranks[type(b)]
  if x ~= y then return x < y end
  if x == 1 then return b and not a end
  return a < b
end

-- The keys in an order that load will have too.
local function sorted_keys(t, path)
  local keys = {}
  for key in pairs(t) do
    if not ranks[type(key)] then
      fail("save: %s has a %s as a key", path, type(key))
    end
    keys[#keys + 1] = key
  end
  table.sort(keys, before)
  return keys
end

-- What an object packed stands under the object's own path: a parameter is
-- "net.1.weight", not "net.config.1.tensors.weight".
local function encode_table(w, t, path, depth, packed)
  local kind, node = key_kind(t), {}
  for i, key in ipairs(sorted_keys(t, path)) do
    local inner = packed and path or child_path(path, key)
    local value = encode(w, t[key], inner, depth)
    if kind == "map" then
      node[i] = {encode(w, key, path, depth), value}
    else
      node[key] = value
    end
  end
  return kind == "map" and {["$map"] = node} or node
end

local function encode_object(w, object, path, depth)
  local class = getmetatable(object)
  local entry = by_class[class]
  if not entry then
    local name = type(class) == "table" and rawget(class, "__name")
    fail("save: %s is %s, not a class of mlrt's own; save the table that its "
      .. "state() returns, and load_state it into a new one",
      path == "" and "the value" or path,
      name and "a " .. tostring(name) or "a table with a metatable")
  end
  local packed = encode_table(w, entry.codec.pack(object), path, depth, true)
  return {["$class"] = entry.name, ["$data"] = packed}
end

-- The second time, the node that was made the first time is given a number.
local function encode_again(w, node)
  if not node["$id"] then
    local inner = {}
    for key, value in pairs(node) do
      inner[key], node[key] = value, nil
    end
    w.count = w.count + 1
    node["$id"], node["$value"] = w.count, inner
  end
  return {["$ref"] = node["$id"]}
end

local function encode_shared(w, t, path, depth)
  local shown = path == "" and "the value" or path
  if w.inside[t] then fail("save: %s contains itself", shown) end
  if depth > MAX_DEPTH then
    fail("save: %s is nested more than %d tables deep", shown, MAX_DEPTH)
  end
  if w.nodes[t] then return encode_again(w, w.nodes[t]) end
  w.inside[t] = true
  local meta = getmetatable(t)
  local is_object = meta and meta ~= "mlrt.Shape" -- a list of sizes
  local write = is_object and encode_object or encode_table
  local node = write(w, t, path, depth + 1)
  w.inside[t], w.nodes[t] = nil, node
  return node
end

function encode(w, v, path, depth)
  if core.is_tensor(v) then return encode_tensor(w, v, path) end
  local kind = math.type(v) or type(v)
  if kind == "integer" or kind == "boolean" then return v end
  if kind == "float" then return encode_float(v) end
  if kind == "string" then return encode_string(v) end
  if kind == "table" then return encode_shared(w, v, path, depth) end
  fail("save: %s is a %s, which a file cannot hold",
    path == "" and "the value" or path, kind)
end

--- Writes a value to a file: tables of numbers, strings, booleans and tensors,
--- and mlrt's own modules.  What is shared inside it stays shared.  The old or
--- the new file is there at every moment.  Returns true, or nil and a message
--- when the file cannot be written; a value that cannot be saved raises.
function save.save(path, value)
  if type(path) ~= "string" then
    fail("save: the path should be a string, got a %s", type(path))
  end
  local w = {tensors = {}, names = {}, nodes = {}, inside = {}, count = 0}
  local text = json.encode {format = FORMAT, value = encode(w, value, "", 0)}
  return core.io.save_safetensors(path, w.tensors, {mlrt = text})
end

-- ---- Reading --------------------------------------------------------------

local decode -- below

-- What is wrong with the file, caught in load.
local function bad(format, ...)
  error({format:format(...)}, 0)
end

local floats = {nan = 0 / 0, inf = math.huge, ["-inf"] = -math.huge}
local special = {}

special["$tensor"] = function(r, name)
  return r.tensors[name] or bad("the tensor '%s' is missing", tostring(name))
end

special["$float"] = function(_, word)
  return floats[word] or bad "an unknown number"
end

special["$hex"] = function(_, text)
  if type(text) ~= "string" or text:find "[^0-9a-f]" or #text % 2 > 0 then
    bad "malformed bytes"
  end
  return (text:gsub("..", function(hex)
    return string.char(tonumber(hex, 16))
  end))
end

special["$map"] = function(r, pairs_)
  local t = {}
  for _, entry in ipairs(type(pairs_) == "table" and pairs_ or {}) do
    if type(entry) ~= "table" then bad "a malformed table" end
    local key = decode(r, entry[1])
    if key == nil or key ~= key or not ranks[type(key)] then
      bad "a malformed key"
    end
    t[key] = decode(r, entry[2])
  end
  return t
end

special["$class"] = function(r, name, node)
  if type(name) ~= "string" then bad "a malformed class" end
  local home = save.homes[name:match "^[^.]*"]
  if home then require(home) end
  local entry = by_name[name] or bad("the class '%s' is unknown", name)
  local packed = decode(r, node["$data"])
  if type(packed) ~= "table" then bad("a malformed %s", name) end
  local ok, object = pcall(entry.codec.unpack, entry.class, packed)
  if not ok then bad("%s: %s", name, tostring(object)) end
  return object
end

special["$id"] = function(r, id, node)
  local value = decode(r, node["$value"])
  r.shared[id] = value
  return value
end

special["$ref"] = function(r, id)
  local value = r.shared[id]
  if value == nil then bad "a reference to nothing" end
  return value
end

local function decode_table(r, node)
  for key, read in pairs(special) do
    if node[key] ~= nil then return read(r, node[key], node) end
  end
  local t = {}
  for _, key in ipairs(sorted_keys(node, "")) do
    t[key] = decode(r, node[key])
  end
  return t
end

function decode(r, node)
  if node == nil or node == json.null then bad "something is missing" end
  return type(node) == "table" and decode_table(r, node) or node
end

local function check_format(tree)
  local format = type(tree) == "table" and tree.format
  if math.type(format) ~= "integer" then bad "the format is missing" end
  if format > FORMAT then
    bad("it has format %d, and this mlrt reads up to %d: a newer one wrote it",
      format, FORMAT)
  end
end

local function read_value(tensors, text)
  if not text then bad "it was not written by mlrt.save (try mlrt.io)" end
  local tree, err = json.decode(text)
  if err then bad("%s", err) end
  check_format(tree)
  return decode({tensors = tensors, shared = {}}, tree.value)
end

--- The value of a file that save wrote, or nil and a message.
function save.load(path)
  if type(path) ~= "string" then
    fail("load: the path should be a string, got a %s", type(path))
  end
  local tensors, meta = core.io.load_safetensors(path)
  if not tensors then return nil, meta end
  local ok, value = pcall(read_value, tensors, meta.mlrt)
  if ok then return value end
  if type(value) ~= "table" then error(value, 0) end
  return nil, ("load: %s: %s"):format(path, value[1])
end

return save
