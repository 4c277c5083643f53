# A warm scoring call from C, of a 16-64-1 network, asks the system for no
# memory and takes a known number of instructions (about 1.3 microseconds).
set -u
[ -z "$SANITIZE" ] || { echo "not of a sanitizer build"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
$CC -std=c11 -O2 -Wall -Wextra -Icore tests/check/score_call.c "$B/libmlrt.a" \
    $LIBS -o "$work/score" &&
    $CC -O1 -fPIC -shared tests/check/count_alloc.c -o "$work/count.so" -ldl ||
    exit 1
LD_PRELOAD="$work/count.so" COUNT_ALLOC_LOG="$work/log" COUNT_ALLOC_FROM=warm \
    "$work/score" 20000 >"$work/out" || { cat "$work/out"; exit 1; }
at() { awk -v line="$1" '$2 == line {print $1}' "$work/log"; }
echo "requests for memory: $(at warm) until warm, $(at done) when done"
[ "$(at warm)" ] && [ "$(at warm)" = "$(at done)" ] ||
    { head -n 40 "$work/log"; exit 1; }
command -v valgrind >/dev/null || { echo "valgrind is not here"; exit 0; }
instructions() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$work/score" \
        "$1" 2>&1 | sed -n 's/.*Collected : //p'
}
few=$(instructions 1000) many=$(instructions 5000)
each=$(((many - few) / 4000))
echo "one call: $each instructions"
[ "$each" -gt 0 ] && [ "$each" -le 15000 ]
