#!/bin/sh
# run.sh PART: a part of the long tests, with the build in $B.
#
# A part is tests/long/PART.sh, or PART.lua for mlrun. Parts are made of steps;
# a step that has passed with this build leaves a file in $B/long and is not
# run again, so that a part which was stopped goes on where it was. FRESH=1
# forgets them.
set -u
: "${B:=build}" "${FRESH:=}"
export B
cd "$(dirname "$0")/../.." || exit 1
part=${1-}
parts=$(ls tests/long | sed -n 's/^\(sweeps\|soak\|mutants\|rl\)\.[a-z]*$/\1/p')
mkdir -p "$B/long"
[ "$FRESH" ] && rm -f "$B/long/$part".*

# step NAME COMMAND...: runs it unless it has passed with this build.
step() {
    name=$part.$1
    shift
    build=$(cksum "$B/libmlrt.so" "$B/tests/faults" 2>/dev/null | cksum)
    if [ "$(tail -n 1 "$B/long/$name" 2>/dev/null)" = "passed $build" ]; then
        sed '$d' "$B/long/$name"
        return 0
    fi
    "$@" >"$B/long/$name" 2>&1
    code=$?
    cat "$B/long/$name"
    [ $code = 0 ] && echo "passed $build" >>"$B/long/$name"
    return $code
}

if [ -f "tests/long/$part.sh" ]; then
    . "tests/long/$part.sh"
elif [ -f "tests/long/$part.lua" ]; then
    step all "$B/mlrun" "tests/long/$part.lua"
else
    echo "make test-long PART=" $parts
    exit 1
fi
