# In the sanitizer build every tensor is a block of its own, so that reading
# one element past it is caught.
set -u
[ "$SANITIZE" ] || { echo "for the sanitizer build"; exit 77; }
$CC -fsanitize=address,undefined -Icore tests/check/overread.c \
    "$B/libmlrt.a" $LIBS -o "$B/overread" || exit 1
ASAN_OPTIONS= "$B/overread" inside || exit 1
if ASAN_OPTIONS= "$B/overread" past 2>"$B/overread.txt"; then
    echo "reading past a tensor went unnoticed"
    exit 1
fi
grep -o 'heap-buffer-overflow' "$B/overread.txt" | head -n 1
