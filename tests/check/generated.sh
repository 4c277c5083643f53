# The committed files that are generated from the rows are up to date.
set -eu
[ -z "$SANITIZE" ] || { echo "the same files as in the plain build"; exit 77; }
[ -e docs/gen/genops.c ] || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r core docs "$work"
make -s "$B/genops" B="$B" >/dev/null
"$B/genops" "$work/core" "$work/docs"
"$B/mlrun" docs/gen/examples.lua "$work/docs"
diff -ru core "$work/core" && diff -ru docs "$work/docs" || {
    echo "run 'make docs' and commit what it changes"
    exit 1
}
