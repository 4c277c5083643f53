#!/bin/sh
# strip.sh: the embedded Lua files compile to the bytes of their sources, debug
# information (names, lines) and all.
set -eu
"$B/mlrun" - "$B/embed" <<'EOF'
local embed, files, bytes, kept = arg[1], 0, 0, 0
local function run(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "a"
  assert(pipe:close())
  return text
end
local function code(text) return string.dump(assert(load(text, "=file"))) end

for path in run("find lua -name '*.lua'"):gmatch "[^\n]+" do
  local file = assert(io.open(path))
  local source = file:read "a"
  file:close()
  local text = run(embed .. " --text " .. path)
  assert(code(text) == code(source), path .. " is another program")
  files, bytes, kept = files + 1, bytes + #source, kept + #text
end

local tricky = [======[
local a = "--[[" .. '--"' .. [[-- [=[ ]] --[==[ gone
]=] ]] gone ]==] .. [=[]] -- kept]=] -- gone
local b = a --[[gone]] -1 -- "gone
return a, b, '\\\'--', "\\" -- gone]======]
local path = os.tmpname()
local file = assert(io.open(path, "w"))
file:write(tricky)
file:close()
local text = run(embed .. " --text " .. path)
os.remove(path)
assert(code(text) == code(tricky), text)
assert(not text:find "gone", text)
print(("%d files, %d bytes, %d without comments"):format(files, bytes, kept))
EOF
