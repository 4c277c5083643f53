# The way of a small operation, from the call in Lua to the kernel and back
# with its share of garbage collection, costs a known number of instructions
# (docs/performance.md): an add of 4 elements, not recorded and recorded.
set -u
[ -z "${SANITIZE-}" ] || { echo "not of a sanitizer build"; exit 77; }
command -v valgrind >/dev/null || { echo "valgrind is not there"; exit 77; }
script=$B/dispatch.lua
cat >"$script" <<'END'
local m = require "mlrt"
local a, b, c = m.ones(4), m.ones(4), nil
if arg[2] then a:requires_grad_(true) end
for _ = 1, tonumber(arg[1]) do c = a + b end
assert(c(1) == 2)
END

# Instructions of a run of $1 calls; $2: recorded.
instructions() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null \
        "$B/mlrun" "$script" "$@" 2>&1 | sed -n 's/.*Collected : //p'
}

# bound LIMIT [recorded]
bound() {
    limit=$1
    shift
    few=$(instructions 1000 "$@") many=$(instructions 11000 "$@")
    [ "$few" ] && [ "$many" ] || { echo "valgrind failed"; exit 1; }
    each=$(((many - few) / 10000))
    echo "add of 4 elements${1:+, }${1-}: $each instructions"
    [ "$each" -le "$limit" ] || { echo "more than $limit"; exit 1; }
}

bound 3200
bound 4100 recorded
