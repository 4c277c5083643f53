# Every ```c block of docs/guide/ compiles without a warning and runs, in the
# order of the page; a ```text block behind it is what it prints. A block
# without main is the body of one.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0 n=0
flags="-std=c11 -O1 -Wall -Wextra -Werror -pthread"
flags="$flags -Icore -Ibindings -Iexamples/embed $LUA_CFLAGS"
if [ "$SANITIZE" ]; then
    flags="$flags -g -fsanitize=address,undefined"
    libs="$B/libmlrt.a $LIBS"
else
    case $B in /*) dir=$B ;; *) dir=$PWD/$B ;; esac
    libs="$B/libmlrt.so -Wl,-rpath,$dir"
fi

# Writes NNN.c and NNN.want for the blocks of a page.
split() {
    awk -v dir="$work" '
        /^```c$/ {
            n++; kind = "c"; text = ""; at = NR; next
        }
        /^```text$/ && n {
            kind = "want"; out = sprintf("%s/%03d.want", dir, n)
            printf "" >out; next
        }
        /^```/ && kind == "c" {
            out = sprintf("%s/%03d.c", dir, n)
            if (text !~ /int main\(/)
                text = "#include <mlrtlib.h>\n#include <stdio.h>\n" \
                    "int main(void) {\n" text "return 0;\n}\n"
            printf "#line %d\n%s", at + 1, text >out
            close(out); kind = ""; next
        }
        /^```/ { if (kind == "want") close(out); kind = ""; next }
        kind == "c" { text = text $0 "\n" }
        kind == "want" { print >out }' "$1"
}

fail() {
    echo "$page, the block above line $(sed -n '1s/#line //p' "$1"):"
    cat "$work/log"
    bad=1
}

for page in docs/guide/*.md; do
    rm -f "$work"/*.c "$work"/*.want
    split "$page"
    for block in "$work"/*.c; do
        [ -e "$block" ] || continue
        n=$((n + 1))
        $CC $flags "$block" $libs $LUA_LIBS -o "$work/host" >"$work/log" 2>&1 ||
            { fail "$block"; continue; }
        (cd "$work" && timeout 60 ./host) >"$work/log" 2>&1 || fail "$block"
        want=${block%.c}.want
        [ ! -e "$want" ] || diff "$want" "$work/log" || fail "$block"
    done
done
echo "$n blocks"
exit $bad
