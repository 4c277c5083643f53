# Each program of examples/embed/ is built against what `make install` put in
# place, with nothing but pkg-config, and runs; score also as C++, train also by
# CMake. Of a sanitizer build they are linked with its archive, and stay clean.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
usr=$work/usr top=$PWD bad=0
case $B in /*) mlrun=$B/mlrun ;; *) mlrun=$PWD/$B/mlrun ;; esac
strict="-Wall -Wextra -Wpedantic -Werror"
if [ "$SANITIZE" ]; then
    flags="-g -fsanitize=address,undefined -Icore -Ibindings $LUA_CFLAGS"
    libs="$B/libmlrt.a $LIBS $LUA_LIBS"
else
    make -s install B="$B" PREFIX="$usr" >"$work/log" 2>&1 ||
        { cat "$work/log"; exit 1; }
    export PKG_CONFIG_PATH="$usr/lib/pkgconfig" LD_LIBRARY_PATH="$usr/lib"
    flags=$(pkg-config --cflags mlrt) libs=$(pkg-config --libs mlrt)
fi

# run WANTED PROGRAM ARGUMENT...: it ends well and prints a line with WANTED.
run() {
    wanted=$1
    shift
    (cd "$work" && timeout 100 "$@" >"$work/out" 2>&1) &&
        grep -q "$wanted" "$work/out" && return
    echo "${1##*/} $2: '$wanted' expected, got"
    head -n 40 "$work/out"
    bad=1
}

# c NAME, cpp NAME: builds a program in $work.
c() {
    $CC -std=c11 $strict $flags "examples/embed/$1.c" $libs -lm \
        -o "$work/$1" || bad=1
}
cpp() {
    g++ -std=c++11 $strict $flags -x c++ "examples/embed/$1.c" -x none $libs \
        -o "$work/$1++" || bad=1
}

for source in examples/embed/*.c; do
    c "$(basename "$source" .c)"
    [ "$(wc -l <"$source")" -le 150 ] || { echo "$source is long"; bad=1; }
done
run 'epoch 40  loss 0.0' "$work/train" model
run 'inside: 0.9\|inside: 1.0' "$work/score" model 0.3 -0.2
run 'inside: 0.0' "$work/score" model 0.9 -0.9
(cd "$work" && ./score nothing 2>&1) | grep -q 'nothing: No such file' ||
    { echo "score says nothing of a missing file"; bad=1; }
run '1000 episodes; then 0.[89]' "$work/agent"
if command -v g++ >/dev/null; then
    cpp score
    run 'inside: 0.0' "$work/score++" model -0.9 0.9
fi
if [ ! "$SANITIZE" ] && command -v cmake >/dev/null; then
    cat >"$work/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.10)
project(embed C)
find_package(mlrt REQUIRED)
add_executable(by_cmake $PWD/examples/embed/train.c)
target_link_libraries(by_cmake mlrt::mlrt)
END
    { cmake -S "$work" -B "$work/cmake" -DCMAKE_PREFIX_PATH="$usr" &&
        cmake --build "$work/cmake"; } >"$work/log" 2>&1 ||
        { cat "$work/log"; bad=1; }
    run 'epoch 40  loss 0.0' "$work/cmake/by_cmake" model
fi

# The script of scripted.c is replaced while it runs: by one that does not
# compile, by one that computes without end, by a good one; then it is removed.
await() {
    for _ in $(seq 600); do
        grep -q "$1" "$work/lines" && return
        sleep 0.05
    done
    echo "scripted: '$1' was not printed; printed was"
    head -n 40 "$work/lines"
    bad=1
}
# replace: the text on standard input becomes the script, at once.
replace() {
    cat >"$work/next.lua" && mv "$work/next.lua" "$work/rules.lua"
}
if [ -e "$work/scripted" ]; then
    cp examples/embed/*.lua "$work"
    (cd "$work" && exec timeout 100 ./scripted rules.lua 100000) \
        >"$work/lines" 2>&1 &
    host=$!
    await 'alarm at 50.0: far from 2.9 mV'
    echo 'function decide( end' | replace
    await "kept the old rules: .*expected near 'end'"
    keep='readings = (...).readings'
    echo "$keep function decide() while true do end end" | replace
    await 'limit reached: the time limit is reached'
    echo "$keep function decide() print('knows ' .. #readings) end" | replace
    await 'script: knows [1-9]'
    rm "$work/rules.lua"
    wait $host ||
        { echo "scripted ended with $?"; head -n 40 "$work/lines"; bad=1; }
    run 'trained, loss 0.0' "$work/frame" learn.lua
fi

# The hosts of fitted pipelines decide as the script that fitted them, to the
# bit; what a model does not take is said and is no end.
if [ -e examples/embed/model.h ]; then
    (cd "$work" && "$mlrun" "$top/tests/check/hosts.lua") || bad=1
    same() { # same NAME ARGUMENT...: prints what the script says it should
        host=$1
        shift
        (cd "$work" && ./"$host" "$host.mlrt" "$@" >out 2>err)
        cmp -s "$work/out" "$work/$host.wanted" && return
        echo "$host differs from the script:"
        cat "$work/out" "$work/err" "$work/$host.wanted"
        bad=1
    }
    same titanic 'Name=Dawson, Mr. Jack' Sex=male Fare=8.05
    same credit 24 3000
    printf 'TX_AMOUNT,WHERE\nx,here\n57.16,there\n1\n' >"$work/payments"
    same fraud <"$work/payments"
    seq 1 21 | awk '{print 100 + $1 * $1 % 7}' >"$work/closes"
    same stocks <"$work/closes"
    (cd "$work" && ./titanic titanic.mlrt Sx=male 2>&1) |
        grep -q "unknown column 'Sx'; did you mean 'Sex'" ||
        { echo "titanic takes a column that is none"; bad=1; }
fi
exit $bad
