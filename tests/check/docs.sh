# Every ```lua block of README.md and docs/guide/ runs; a block after the
# comment <!-- not run --> does not.  The README's ```c block prints 6.
set -u
case $B in /*) MLRUN=$B/mlrun ;; *) MLRUN=$PWD/$B/mlrun ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0 n=0
for page in README.md docs/guide/*.md; do
    [ -e "$page" ] || continue
    rm -f "$work"/*.lua
    awk -v dir="$work" '
        /^<!-- not run -->/ {skip = 1}
        /^```lua/ {n++; out = sprintf("%s/%03d.lua", dir, n); at = NR; next}
        /^```/ {if (out) {close(out); skip = 0} out = ""; next}
        out && !skip {
            if (!(out in seen)) for (i = 1; i <= at; i++) print "" >out
            seen[out] = 1
            print >out
        }' "$page"
    for block in "$work"/*.lua; do
        [ -e "$block" ] || continue
        n=$((n + 1))
        (cd "$work" && timeout 60 "$MLRUN" "$block") >"$work/out" 2>&1 || {
            echo "$page, a block (the line numbers are the page's):"
            cat "$work/out"
            bad=1
        }
    done
done
if [ -z "${SANITIZE-}" ]; then
    {
        printf '#include <stdio.h>\n#include "mlrt.h"\nint main(void) {\n'
        awk '/^```c$/ {on = 1; next} /^```/ {on = 0} on' README.md
        printf 'return 0;\n}\n'
    } >"$work/host.c"
    $CC -std=c11 -Wall -Wextra -Werror -Icore "$work/host.c" "$B/libmlrt.so" \
        -Wl,-rpath,"$(dirname "$MLRUN")" -o "$work/host" &&
        [ "$("$work/host")" = 6 ] || bad=1
fi
echo "$n blocks"
exit $bad
