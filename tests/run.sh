#!/bin/sh
# run.sh: runs every test of the build in $B and adds up.
#
# The C tests, the Lua specs, then each tests/check/*.sh, where exit code 77
# means skipped: $JOBS of them at a time, each by part.sh, reported in this
# order. SANITIZE=1 watches for reports of the sanitizers; COVER=1 has the
# coverage measured beside them; COVERAGE=1 is that measuring, which runs the
# first two only and prints which part of core/ they reached. The last line is
# `N passed, M failed`; the exit code is 1 if a test failed.
set -u
: "${B:=build}" "${CC:=cc}" "${SANITIZE:=}" "${COVERAGE:=}" "${COVER:=}"
: "${JOBS:=$(nproc 2>/dev/null || echo 2)}"
cd "$(dirname "$0")/.." || exit 1
passed=0 failed=0 skipped=0
log=$B/log
export B CC SANITIZE log
rm -rf "$log"
mkdir -p "$log"
# Test programs must behave alike whatever the caller's environment says.
unset LUA_INIT LUA_INIT_5_4 LUA_PATH LUA_PATH_5_4 LUA_CPATH LUA_CPATH_5_4 \
    MLRT_LUA_DIR
# The checks that call make do so outside this make's job control.
MAKEFLAGS=$(echo "${MAKEFLAGS-}" | sed 's/ *--jobserver[^ ]*//; s/ *-j[0-9]*//')
export MAKEFLAGS
if [ "$SANITIZE" ]; then
    reports=$(cd "$log" && pwd)
    # A request for too much memory has to fail as it does without ASan.
    export ASAN_OPTIONS="log_path=$reports/asan:allocator_may_return_null=1"
    export UBSAN_OPTIONS="log_path=$reports/ubsan:print_stacktrace=1"
fi
[ "$COVERAGE" ] && find "$B" -name '*.gcda' -exec rm -f {} +

# tally NAME SECONDS PASSED FAILED SKIPPED
tally() {
    printf '%-24s %4d passed, %d failed, %d skipped  (%d s)\n' "$1" "$3" \
        "$4" "$5" "$2"
    passed=$((passed + $3)) failed=$((failed + $4)) skipped=$((skipped + $5))
}

# The parts, and those of them that take long, which are started first.
parts="unit spec" long=
if [ ! "$COVERAGE" ]; then
    parts="$parts $(cd tests/check && ls ./*.sh | sed 's|^./||; s|\.sh$||')"
    parts="$parts ${COVER:+cover}"
    long="${COVER:+cover} tsan warnings unit spec"
fi
# What is stopped starts no further part.
trap ': >"$log/stop"; exit 130' INT TERM
{
    for part in $long $parts; do echo "$part"; done | awk '!seen[$1]++' |
        xargs -P "$JOBS" -n 1 sh tests/part.sh
    : >"$log/ended"
} &

# report PART: once it has ended, what it said and its count.
report() {
    until [ -e "$log/$1.count" ] || [ -e "$log/ended" ]; do sleep 0.1; done
    cat "$log/$1.out"
    case $1 in
    unit) name="C tests" ;;
    spec) name="Lua specs" ;;
    *) name=$1 ;;
    esac
    # shellcheck disable=SC2046 # four words
    [ "$1" = cover ] || tally "$name" \
        $(cat "$log/$1.count" || echo "0 0 1 0")
}

for part in $parts; do report "$part"; done
wait
if [ "$COVERAGE" ]; then
    gcovr --root . --filter 'core/' --exclude '.*mlrt_ops' \
        --exclude-unreachable-branches --json "$B/cov.json" "$B/core" \
        2>/dev/null
    for room in core/ core/io/; do
        gcovr --root . --filter "$room" --print-summary -a "$B/cov.json" \
            -o "$B/cov.txt" 2>/dev/null |
            awk -v room="$room" '/^(lines|branches)/ {
                sub(":", "", $1); sub("%", "", $2)
                print "coverage of " room ": " $2 " % of " $1}'
    done
fi
if [ "$SANITIZE" ]; then
    # A mere warning says that memory was refused, as a test wanted.
    found=$(find "$log" \( -name 'asan*' -o -name 'ubsan*' \) -exec \
        grep -lE 'ERROR:|runtime error:' {} + | sort)
    for report in $(echo "$found" | head -n 3); do
        head -n 60 "$report"
    done
    [ "$found" ] && tally "sanitizer reports" 0 0 "$(echo "$found" | wc -l)" 0
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
