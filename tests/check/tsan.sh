# Contexts, threads and shared models under the thread sanitizer, with the bits
# that one thread gives, and a loader's workers. OpenBLAS is not instrumented:
# wrong use of it would show in the bits.
set -u
[ -z "$SANITIZE" ] || { echo "not with other sanitizers"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo 'int main(void) { return 0; }' >"$work/try.c"
$CC -fsanitize=thread "$work/try.c" -o "$work/try" 2>"$work/out" ||
    { echo "$CC has no thread sanitizer"; exit 77; }
# Where the address space is shuffled too much for it, do not shuffle.
plain=
"$work/try" 2>/dev/null || plain="setarch -R"
$plain "$work/try" || { echo "the thread sanitizer does not start"; exit 77; }
make -s "$B/tsan/mlrun" B="$B/tsan" OPT="-O1 -g" \
    KERNEL_OPT="-O1 -fopenmp-simd" CFLAGS="-fsanitize=thread" \
    >"$work/out" 2>&1 || { cat "$work/out"; exit 1; }
$CC -std=c11 -O1 -g -Wall -Wextra -fsanitize=thread -Icore tests/check/tsan.c \
    "$B/tsan/mlrt-core.o" $LIBS -o "$work/tsan" || exit 1
export TSAN_OPTIONS="halt_on_error=0 exitcode=66"
bad=0
$plain "$work/tsan" >"$work/out" 2>&1 || bad=1
head -n 60 "$work/out"
$plain "$B/tsan/mlrun" tests/spec/run.lua "" tests/spec/workers_spec.lua \
    >"$work/out" 2>&1 || bad=1
head -n 60 "$work/out"
exit $bad
