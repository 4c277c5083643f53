# What `make install` puts in place is found by pkg-config, CMake, stock Lua and
# man, shared and static; with DESTDIR nothing of it says where it was staged;
# `make uninstall` leaves the tree as it was.
set -eu
[ -z "$SANITIZE" ] || { echo "not of a sanitizer build"; exit 77; }
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
usr=$root/usr
tree() { (cd "$1" && find . | sort); }
build() {
    make -s "$@" B="$B" >"$root/log" 2>&1 || { cat "$root/log"; exit 1; }
}

for dir in bin include/other lib/pkgconfig lib/cmake lib/lua/5.4 share/man/man1
do
    mkdir -p "$usr/$dir"
    echo "another's" >"$usr/$dir/libmlrt.soup"
done
tree "$usr" >"$root/before"
build install PREFIX="$usr"

# C, shared and static; the archive brings no Lua to a host that uses none.
export PKG_CONFIG_PATH="$usr/lib/pkgconfig" LD_LIBRARY_PATH="$usr/lib"
# shellcheck disable=SC2046 # flags are words
$CC tests/check/c_host.c $(pkg-config --cflags --libs mlrt) -o "$root/host"
"$root/host"
readelf -d "$root/host" | grep -q 'NEEDED.*libmlrt\.so\.0' ||
    { echo "the host does not ask for libmlrt.so.0"; exit 1; }
$CC tests/check/c_host.c $(pkg-config --cflags mlrt) "$usr/lib/libmlrt.a" \
    $(pkg-config --static --libs mlrt | sed 's/-lmlrt//') -o "$root/static"
LD_LIBRARY_PATH="" "$root/static"
[ "$(pkg-config --modversion mlrt)" = "$(sed -n \
    's/.*MLRT_VERSION "\(.*\)"/\1/p' core/mlrt.h)" ]

# CMake, both targets.
if command -v cmake >/dev/null; then
    cat >"$root/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.10)
project(host C)
find_package(mlrt 0.1 REQUIRED)
add_executable(shared ${HOST})
target_link_libraries(shared mlrt::mlrt)
add_executable(static ${HOST})
target_link_libraries(static mlrt::static)
END
    { cmake -S "$root" -B "$root/cmake" -DHOST="$PWD/tests/check/c_host.c" \
        -DCMAKE_PREFIX_PATH="$usr" && cmake --build "$root/cmake"; } \
        >"$root/log" 2>&1 || { cat "$root/log"; exit 1; }
    "$root/cmake/shared"
    LD_LIBRARY_PATH="" "$root/cmake/static"
else
    echo "no cmake here: its config was not tried"
fi

# Lua: mlrun, and the module in a stock interpreter.
LD_LIBRARY_PATH="" "$usr/bin/mlrun" -e 'assert(require "mlrt")'
if lua=$(command -v lua5.4); then
    LUA_CPATH="$usr/lib/lua/5.4/?.so" $lua -e \
        'assert(require "mlrt".ones(3):sum():item() == 3)'
fi
# The manual page, without a complaint.
if command -v groff >/dev/null; then
    groff -mdoc -Tutf8 -ww "$usr/share/man/man1/mlrun.1" >"$root/page" \
        2>"$root/log" || { cat "$root/log"; exit 1; }
    [ ! -s "$root/log" ] || { cat "$root/log"; exit 1; }
    for option in $("$usr/bin/mlrun" --help | grep -o '^  --*[a-zA-Z]*'); do
        sed 's/.\x08//g; s/\x1b\[[0-9;]*m//g' "$root/page" |
            sed 's/[−‐]/-/g' | grep -q -e "$option" ||
            { echo "mlrun.1 does not know $option"; exit 1; }
    done
fi
build uninstall PREFIX="$usr"
tree "$usr" | diff "$root/before" - || { echo "the tree differs"; exit 1; }

# As a Debian package is staged.
build install DESTDIR="$root/stage" PREFIX=/usr LIBDIR=/usr/lib/triplet
! grep -r "$root" "$root/stage/usr/lib/triplet/pkgconfig" \
    "$root/stage/usr/lib/triplet/cmake"
[ "$(readlink "$root/stage/usr/lib/triplet/libmlrt.so")" = libmlrt.so.0 ]
[ -e "$root/stage/usr/lib/triplet/lua/5.4/mlrt.so" ]
build uninstall DESTDIR="$root/stage" PREFIX=/usr LIBDIR=/usr/lib/triplet
left=$(find "$root/stage" ! -type d)
[ -z "$left" ] || { echo "left behind: $left"; exit 1; }
