# What the libraries show and what they ask for: only mlrt_ and luaopen_mlrt
# names leave them, nothing in them can end the process, print, or change what
# belongs to the process, nothing runs before main, and there is no mutable data
# but the lock around a BLAS that is not thread-safe.
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
state='fe(set|hold|enable).*|s?rand|random|(un)?setenv|putenv|chdir|umask'
state="$state|fork|system|dlopen"
ours="$B/mlrt-core.o $B/mlrt-lua.o"
asks "our objects can end the process with" \
    'abort|exit|_exit|quick_exit|__assert_fail|raise|kill' $ours
asks "our objects touch the process's state with" \
    "signal|sigaction|(at|at_quick_|on_)exit|pthread_atfork|setlocale|$state" \
    $ours
asks "our objects print with" \
    'v?d?f?printf|puts|putchar|fputs|fwrite|perror|stdout|stderr' $ours
asks "core/ asks for Lua" 'luaL?_.*' "$B/mlrt-core.o"
complain "our objects run code before main" "$(objdump -h $ours |
    awk '$2 ~ /^\.(init|fini|preinit)_array|^\.[cd]tors/ {print $2}')"
complain "our objects have mutable data" "$(find "$B/core" "$B/bindings" \
    "$B/embedded.o" -name '*.o' -not -name 'mlrun*' -exec objdump -t {} + |
    sed 's/\.hidden //' | awk 'NF > 4 &&
        $(NF-2) ~ /^\.(t?bss|t?data)$/ && $(NF-1) !~ /^0+$/ &&
        $NF !~ /^(\.|mlrt__blas_)/ {print $NF}' | sort -u)"
exit $bad
