#!/bin/sh
# run.sh: runs every test of the build in $B and adds up.
#
# The C tests, the Lua specs, then each tests/check/*.sh, where exit code 77
# means skipped. SANITIZE=1 watches for reports of the sanitizers; COVERAGE=1
# runs the first two only and prints which part of core/ they reached; $COVER is
# the command that does that in a build of its own. The last line is `N passed,
# M failed`; the exit code is 1 if a test failed.
set -u
: "${B:=build}" "${CC:=cc}" "${SANITIZE:=}" "${COVERAGE:=}"
cover=${COVER-}
export B CC SANITIZE
cd "$(dirname "$0")/.." || exit 1
passed=0 failed=0 skipped=0
log=$B/log
rm -rf "$log"
mkdir -p "$log"
# Test programs must behave alike whatever the caller's environment says.
unset LUA_INIT LUA_INIT_5_4 LUA_PATH LUA_PATH_5_4 LUA_CPATH LUA_CPATH_5_4 \
    MLRT_LUA_DIR COVER
# The checks that call make do so outside this make's job control.
MAKEFLAGS=$(echo "${MAKEFLAGS-}" | sed 's/ *--jobserver[^ ]*//; s/ *-j[0-9]*//')
export MAKEFLAGS
if [ "$SANITIZE" ]; then
    reports=$(cd "$log" && pwd)
    # A request for too much memory has to fail as it does without ASan.
    export ASAN_OPTIONS="log_path=$reports/asan:allocator_may_return_null=1"
    export UBSAN_OPTIONS="log_path=$reports/ubsan:print_stacktrace=1"
fi

# tally NAME SECONDS PASSED FAILED SKIPPED
tally() {
    printf '%-24s %4d passed, %d failed, %d skipped  (%d s)\n' "$1" "$3" \
        "$4" "$5" "$2"
    passed=$((passed + $3)) failed=$((failed + $4)) skipped=$((skipped + $5))
}

seconds() {
    date +%s
}

run_unit() {
    start=$(seconds)
    timeout 600 "$B/tests/unit" --color=never >"$log/unit" 2>&1
    code=$?
    # [====] Synthesis: Tested: 9 | Passing: 9 | Failing: 0 | Crashing: 0
    counts=$(sed -n 's/.*Tested: \([0-9]*\) | Passing: \([0-9]*\) .*/\1 \2/p' \
        "$log/unit")
    tested=${counts% *} passing=${counts#* }
    if [ ! "$counts" ] || { [ $code != 0 ] && [ "$tested" = "$passing" ]; }
    then
        echo "tests/unit ended with exit code $code" >>"$log/unit"
        tested=$((${tested:-0} + 1))
    fi
    [ "$tested" = "${passing:-0}" ] || cat "$log/unit"
    tally "C tests" $(($(seconds) - start)) "${passing:-0}" \
        $((tested - ${passing:-0})) 0
}

run_spec() {
    start=$(seconds)
    timeout 600 "$B/mlrun" tests/spec/run.lua >"$log/spec" 2>&1
    code=$?
    # 9 passed, 0 failed, 1 skipped
    counts=$(tail -n 1 "$log/spec" | grep -E '^([0-9]+ [a-z]+(, )?){3}$' |
        tr -d 'a-z,')
    if [ ! "$counts" ]; then
        echo "tests/spec/run.lua ended with exit code $code" >>"$log/spec"
        counts="0 1 0"
    fi
    grep -v passed, "$log/spec"
    # shellcheck disable=SC2086 # three words
    tally "Lua specs" $(($(seconds) - start)) $counts
}

run_check() {
    name=${1##*/}
    start=$(seconds)
    timeout 600 sh "$1" >"$log/$name" 2>&1
    case $? in
    0) counts="1 0 0" ;;
    77) counts="0 0 1" ;;
    *) counts="0 1 0" ;;
    esac
    sed 's/^/    /' "$log/$name"
    # shellcheck disable=SC2086
    tally "${name%.sh}" $(($(seconds) - start)) $counts
}

run_unit
run_spec
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
else
    for check in tests/check/*.sh; do
        run_check "$check"
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
if [ "$cover" ]; then
    $cover 2>&1 | grep '^coverage' ||
        echo "coverage of core/: could not be measured"
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
