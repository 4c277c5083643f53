# No warning from luacheck in any Lua file.
command -v luacheck >/dev/null || { echo "luacheck is not here"; exit 77; }
exec luacheck -q --no-color $(find lua examples tests -name '*.lua')
