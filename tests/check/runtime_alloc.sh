# A warm call of a script from C asks the system for no memory: 100,000 calls
# that score a 16-64-1 network.
set -u
[ -z "$SANITIZE" ] || { echo "the cache is off in this build"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
$CC -O1 -fPIC -shared tests/check/count_alloc.c -o "$work/count.so" -ldl &&
    $CC -O1 -Icore -Ibindings $LUA_CFLAGS tests/check/runtime_alloc.c \
        -o "$work/score" -L"$B" -lmlrt -Wl,-rpath,"$(cd "$B" && pwd)" || exit 1
LD_PRELOAD="$work/count.so" COUNT_ALLOC_LOG="$work/log" \
    COUNT_ALLOC_FROM=warm "$work/score" >"$work/out" || {
    cat "$work/out"
    exit 1
}
count_at() {
    awk -v at="$1" '$2 == at {print $1; exit}' "$work/log"
}
from=$(count_at warm) to=$(count_at done)
echo "requests for memory: $from until warm, $to after 100,000 calls"
[ "$from" ] && [ "$from" = "$to" ] || {
    cut -c 1-120 "$work/log" | head -n 40
    exit 1
}
