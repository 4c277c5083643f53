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
for session in "$sessions"/${SESSION:-*}.txt; do
    for term in xterm dumb; do
        case $session in */edit*)
            [ "$edits" = 0 ] || [ $term = dumb ] && continue ;;
        esac
        rm -rf "$work/here"
        mkdir "$work/here"
        cp "$sessions"/*.lua "$work/here"
        n=$((n + 1))
        (cd "$work/here" && TERM=$term MLRUN_HISTORY="$work/history-$term" \
            "$work/pty" "$session" "$MLRUN" -i) || {
            echo "with TERM=$term"
            bad=1
        }
    done
done
echo "$n sessions"
exit $bad
