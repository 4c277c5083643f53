# What `make install` puts in place is found by pkg-config, by Lua, by a shell;
# `make uninstall` takes it away again.
set -eu
[ -z "$SANITIZE" ] || { echo "not of a sanitizer build"; exit 77; }
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
make -s install B="$B" PREFIX="$root/usr" >/dev/null
export PKG_CONFIG_PATH="$root/usr/lib/pkgconfig"
# shellcheck disable=SC2046 # flags are words
$CC tests/check/c_host.c $(pkg-config --cflags --libs mlrt) -o "$root/host"
LD_LIBRARY_PATH="$root/usr/lib" "$root/host"
"$root/usr/bin/mlrun" -e 'assert(require "mlrt")'
make -s uninstall B="$B" PREFIX="$root/usr" >/dev/null
left=$(find "$root/usr" ! -type d)
[ -z "$left" ] || { echo "left behind: $left"; exit 1; }
