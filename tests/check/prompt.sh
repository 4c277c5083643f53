# Every scripted session of tests/prompt/ with mlrun at a pseudo-terminal: one
# that edits lines, and a dumb one. A session whose name begins with "edit" is
# played on the first alone. The history is kept from one to the next.
set -u
case $B in /*) MLRUN=$B/mlrun ;; *) MLRUN=$PWD/$B/mlrun ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
$CC -O1 -o "$work/pty" tests/check/pty.c -lutil || exit 1
sessions=$PWD/tests/prompt
export MLRUN HOME="$work" PTY_SECONDS="${PTY_SECONDS:-30}"
unset XDG_STATE_HOME MLRUN_HISTORY LC_ALL LC_CTYPE COLUMNS NO_COLOR
export LANG=C.UTF-8
# libedit keeps the names of the functions that are added to it.
echo leak:wcsdup >"$work/leaks"
export LSAN_OPTIONS="suppressions=$work/leaks:print_suppressions=0"
bad=0 n=0
edits=$(ldd "$MLRUN" | grep -c libedit)
# play SESSION TERM: in a folder of its own.
play() {
    rm -rf "$work/here"
    mkdir "$work/here"
    cp "$sessions"/*.lua "$work/here"
    (cd "$work/here" && TERM=$2 MLRUN_HISTORY="$work/history-$2" \
        "$work/pty" "$1" "$MLRUN" -i)
}
# A key that comes while the terminal is not yet the editor's is lost, as it is
# to people: such a session is played again, with the history it began with.
keep() {
    rm -f "$work/kept"
    [ -e "$work/history-$1" ] && cp "$work/history-$1" "$work/kept"
}
again() {
    echo "with TERM=$2; once more"
    rm -f "$work/history-$2"
    [ -e "$work/kept" ] && cp "$work/kept" "$work/history-$2"
    sleep 1
    play "$1" "$2"
}
for session in "$sessions"/${SESSION:-*}.txt; do
    for term in xterm dumb; do
        case $session in */edit*)
            [ "$edits" = 0 ] || [ $term = dumb ] && continue ;;
        esac
        n=$((n + 1))
        keep "$term"
        play "$session" "$term" || again "$session" "$term" ||
            again "$session" "$term" || bad=1
    done
done
echo "$n sessions"
exit $bad
