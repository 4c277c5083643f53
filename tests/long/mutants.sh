# mutants.sh: 200 mutants of core/ and its readers; see mutants.lua.
work=$(mkdir -p "$B/mutants" && cd "$B/mutants" && pwd)
phase() {
    "$B/mlrun" tests/long/mutants.lua "$@"
}

# A mutant may write anywhere. Root's can only in $work and /tmp: the rest is
# read-only in a mount namespace of its own.
caged() {
    [ "$(id -u)" = 0 ] || { "$@"; return; }
    unshare -m sh -c 'work=$1 && shift && mount --make-rprivate / &&
        mount --bind "$work" "$work" && mount --bind /tmp /tmp &&
        mount --rbind /dev /dev && mount -o remount,ro,bind /dev &&
        mount -o remount,ro,bind / && exec "$@"' sh "$work" "$@"
}

# The sources as they are committed or changed, without what is built.
copy() {
    rm -rf "$work/src" "$work/cover" "$work/results" &&
        mkdir -p "$work/src" &&
        tar cf - Makefile core bindings lua tests docs |
        tar xf - -C "$work/src" &&
        cp tests/long/mutant.h "$work/src/core/mutant.h" &&
        cp tests/long/mutant.inc "$work/src/core/mutant.c"
}

# The plain build, and that under the sanitizers (as `make asan` has it).
compile() {
    build_in build -w &&
        build_in asan "-w -DMLRT_NO_CACHE -fsanitize=address,undefined \
            -fno-sanitize-recover=undefined -fno-omit-frame-pointer"
}

build_in() {
    make -k -j "$cores" -C "$work/src" B="$1" OPT=-O1 KERNEL_OPT=-O1 \
        CFLAGS="$2" "$1/mlrun" "$1/tests/unit" >"$work/make.log" 2>&1
}

# Without those that do not compile, until all do.
prepare() {
    copy && phase make "$work" || return 1
    for _ in 1 2 3 4; do
        compile && return
        cp "$work/mutants" "$work/mutants.before"
        copy
        phase drop "$work" <"$work/make.log" || return 1
        cmp -s "$work/mutants" "$work/mutants.before" && break
    done
    tail -n 20 "$work/make.log"
    return 1
}

# Every core has its share of the mutants.
run() {
    for i in $(seq "$cores"); do
        caged "$tool" tests/long/mutants.lua run "$work" "$i" "$cores" &
    done
    wait
}

tool=$(cd "$B" && pwd)/mlrun
cores=$(getconf _NPROCESSORS_ONLN)
step prepare prepare &&
    step cover caged "$tool" tests/long/mutants.lua cover "$work" &&
    run && phase show "$work"
