# Stock Lua 5.4 loads mlrt.so by require, which sets no global.
set -eu
[ -z "$SANITIZE" ] || { echo "not of a sanitizer build"; exit 77; }
lua=$(command -v lua5.4 || command -v lua) || { echo "no lua"; exit 77; }
LUA_CPATH="$B/?.so" $lua -e '
    local before = {}
    for name in pairs(_G) do before[name] = true end
    local mlrt = require "mlrt"
    assert(require "mlrt.nn")
    for name in pairs(_G) do assert(before[name], name .. " became global") end
    local x = mlrt.ones(2, 3)
    assert((x + 1):sum():item() == 12)
    print(tostring(x))'
