#!/bin/sh
# part.sh PART: runs a part of the tests for run.sh: unit, spec, cover, or the
# name of a check.
#
# What it has to say goes to $log/PART.out, and at its end its seconds and how
# many passed, failed and were skipped to $log/PART.count.
set -u
part=$1
[ -e "$log/stop" ] && exit 255 # which xargs takes for its end
start=$(date +%s)

run_unit() {
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
    counts="${passing:-0} $((tested - ${passing:-0})) 0"
}

run_spec() {
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
}

# What coverage says is no test.
run_cover() {
    COVERAGE=1 JOBS=1 B="$B/cov" sh tests/run.sh 2>&1 | grep '^coverage' ||
        echo "coverage of core/: could not be measured"
    counts="0 0 0"
}

run_check() {
    timeout 600 sh "tests/check/$part.sh" >"$log/$part" 2>&1
    case $? in
    0) counts="1 0 0" ;;
    77) counts="0 0 1" ;;
    *) counts="0 1 0" ;;
    esac
    sed 's/^/    /' "$log/$part"
}

case $part in
unit | spec | cover) run=run_$part ;;
*) run=run_check ;;
esac
$run >"$log/$part.out"
echo $(($(date +%s) - start)) $counts >"$log/$part.new"
mv "$log/$part.new" "$log/$part.count"
