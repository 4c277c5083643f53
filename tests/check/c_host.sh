# A host in C links libmlrt.a without Lua, or libmlrt.so, and the header also
# serves C++.
set -eu
[ -z "$SANITIZE" ] || { echo "not of a sanitizer build"; exit 77; }
strict="-std=c99 -Wall -Wextra -Wpedantic -Werror -Icore"
$CC $strict tests/check/c_host.c "$B/libmlrt.a" $LIBS -o "$B/c_host"
"$B/c_host"
if nm "$B/c_host" | grep -q ' luaL\?_'; then
    echo "the static library pulled in Lua"
    exit 1
fi
$CC $strict tests/check/c_host.c "$B/libmlrt.so" -Wl,-rpath,"$PWD/$B" \
    -Wl,-rpath,"$B" -o "$B/c_host"
"$B/c_host"
if command -v g++ >/dev/null; then
    echo '#include "mlrt.h"' | g++ -std=c++11 -Wall -Wextra -Wpedantic \
        -Werror -Icore -x c++ -fsyntax-only -
fi
