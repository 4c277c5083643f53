# What the libraries show and what they ask for: only mlrt_ and luaopen_mlrt
# names leave them, nothing in them can end the process, and core/ has no
# mutable data but the lock around a BLAS that is not thread-safe.
set -u
[ -z "$SANITIZE" ] || { echo "not of a sanitizer build"; exit 77; }
bad=0

complain() { # WHAT LIST
    [ -z "$2" ] && return
    echo "$1:" $2
    bad=1
}

names() {
    nm "$@" | awk 'NF >= 2 && $NF !~ /:$/ {print $NF}' | sed 's/@.*//' | sort -u
}

public='^(mlrt_[a-z0-9]|luaopen_mlrt)'
for lib in "-D $B/libmlrt.so" "-D $B/mlrt.so" "-g $B/libmlrt.a"; do
    complain "${lib#* } shows" \
        "$(names --defined-only $lib | grep -vE "$public")"
done

# asks WHAT PATTERN OBJECT...: none of the functions may be asked for.
asks() {
    what=$1 pattern=$2
    shift 2
    complain "$what" "$(names -u "$@" | grep -E "^($pattern)\$")"
}
ours="$B/mlrt-core.o $B/mlrt-lua.o"
asks "our objects can end the process with" \
    'abort|exit|_exit|quick_exit|__assert_fail|raise|kill' $ours
asks "our objects touch the process's state with" \
    'signal|sigaction|setlocale|fesetround|fesetenv|srand|rand' $ours
asks "core/ prints with" \
    'v?f?printf|puts|putchar|fputs|perror|stdout|stderr' "$B/mlrt-core.o"
asks "core/ asks for Lua" 'luaL?_.*' "$B/mlrt-core.o"
complain "core/ has mutable data" "$(find "$B/core" -name '*.o' -exec \
    objdump -t {} + | sed 's/\.hidden //' | awk 'NF > 4 &&
        $(NF-2) ~ /^\.(t?bss|t?data)$/ && $(NF-1) !~ /^0+$/ &&
        $NF !~ /^(\.|mlrt__blas_)/ {print $NF}' | sort -u)"
exit $bad
