# `luarocks make` puts the module into a tree where stock Lua finds it. In a
# copy, with what is compiled already, so that only what LuaRocks's settings
# change is compiled again.
set -eu
[ -z "$SANITIZE" ] || { echo "not of a sanitizer build"; exit 77; }
command -v luarocks >/dev/null || { echo "no luarocks"; exit 77; }
lua=$(command -v lua5.4) || { echo "no lua5.4"; exit 77; }
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/build"
cp -a Makefile ./*.rockspec core bindings lua "$root"
for part in core bindings embed embedded.c embedded.o flags files mlrt.so; do
    cp -a "$B/$part" "$root/build"
done
{ cd "$root" && luarocks --lua-version=5.4 --tree="$root/tree" make \
    CC="$CC" CFLAGS=""; } \
    >"$root/log" 2>&1 || { cat "$root/log"; exit 1; }
echo "compiled again: $(grep -c '^  CC ' "$root/log") files"
LUA_CPATH="$root/tree/lib/lua/5.4/?.so" $lua -e \
    'assert(require "mlrt".ones(3):sum():item() == 3)'
