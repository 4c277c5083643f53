#!/bin/sh
# parts.sh: tests what can be tested before the library links.
#
# Autograd, the elementwise kernels, products, convolution and the readers are
# being written; until then `make test` compiles every C file that exists,
# checks every Lua file, and runs the specs that need no tensor under stock
# Lua. tests/run.sh, the runner of everything, takes over with the first link.
set -u
: "${CC:=cc}" "${LUA_CFLAGS:=}" "${BLAS_CFLAGS:=}"
cd "$(dirname "$0")/.." || exit 1
passed=0 failed=0
log=$(mktemp -d) && trap 'rm -rf "$log"' EXIT

# try NAME COMMAND...
try() {
    name=$1
    shift
    if "$@" >"$log/out" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $name"
        cat "$log/out"
    fi
}

compiles() {
    # shellcheck disable=SC2086 # several flags
    $CC -std=c11 -D_DEFAULT_SOURCE -fsyntax-only -Icore -Ibindings \
        -Wall -Wextra -Wno-implicit-function-declaration \
        -Wno-int-conversion $LUA_CFLAGS $BLAS_CFLAGS "$@"
}
for f in core/*.c core/io/*.c core/ops/*.c bindings/*.c; do
    try "$f" compiles "$f"
done
for f in core/kernels/*.c; do
    try "$f" compiles -DMLRT_ISA=base "$f"
done
for f in lua/mlrt/*.lua lua/mlrt/*/*.lua examples/*.lua tests/spec/*.lua; do
    try "$f" luacheck -q "$f"
done
try "the losses of PyTorch" python3 -c '
import json
g = json.load(open("tests/golden/mnist_losses.json"))
n = [len(v) for v in g.values() if isinstance(v, list)]
assert n.count(50) >= 2 and 3200 in n, n'

LUA_PATH="lua/?.lua;lua/?/init.lua;;" lua5.4 -e '
package.preload["mlrt.core"] = function()
  return {time = os.clock, isatty = function() return false end}
end' tests/spec/run.lua tests/spec/cli_spec.lua >"$log/spec" 2>&1
tail -n 1 "$log/spec" | grep -Eq '^[0-9]+ passed, [0-9]+ failed' || {
    cat "$log/spec"
    echo "0 passed, 1 failed" >>"$log/spec"
}
grep -v ' passed,' "$log/spec"
spec=$(tail -n 1 "$log/spec" | tr -d 'a-z,')
# shellcheck disable=SC2086 # three words
set -- $spec
passed=$((passed + $1)) failed=$((failed + $2))
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
