#!/bin/sh
# run.sh: runs the fuzz targets of the build in $B, SECONDS each.
#
# New inputs that reach new code go to $B/corpus/NAME and are kept from run to
# run; an input that is a bug to $B/crash-NAME-*. What is worth keeping for
# everybody goes to tests/fuzz/corpus/NAME, which the C tests replay.
set -u
: "${B:=build/fuzz}" "${FUZZ_SECONDS:=60}"
cd "$(dirname "$0")/../.." || exit 1
bad=0
for target in "$B"/tests/fuzz/fuzz_*[a-z]; do
    case $target in *.o | *.d) continue ;; esac
    name=${target##*fuzz_}
    seeds=tests/fuzz/corpus/$name
    mkdir -p "$B/corpus/$name"
    "$target" -max_total_time="$FUZZ_SECONDS" -max_len=4096 -rss_limit_mb=600 \
        -dict="tests/fuzz/$name.dict" -artifact_prefix="$B/crash-$name-" \
        "$B/corpus/$name" "$seeds" >"$B/$name.log" 2>&1 || bad=1
    echo "$name: $(grep -E '^(Done|SUMMARY|==)' "$B/$name.log" | tail -n 1)"
done
exit $bad
