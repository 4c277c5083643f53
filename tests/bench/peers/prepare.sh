#!/bin/sh
# prepare.sh: gets the programs that the benchmark compares mlrt with.
#
# A virtual environment in $MLRT_PEERS (default ~/.cache/mlrt/peers) with
# current PyTorch, NumPy and ONNX Runtime from PyPI, several GB. What is there
# is left as it is. Where that cannot be had, Debian's python3-torch if apt may
# install it. It says what it does and never fails: rows whose peer is not
# there say "not compared".
set -u
home=${MLRT_PEERS:-$HOME/.cache/mlrt/peers}
python=$home/bin/python

has() {
    "$1" -c "import $2" 2>/dev/null
}

fallback() {
    if has /usr/bin/python3 torch; then
        echo "peers: Debian's python3-torch is used"
    elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "peers: installing Debian's python3-torch"
        apt-get install -y -q python3-torch >/dev/null 2>&1 ||
            echo "peers: it cannot be installed; PyTorch is not compared"
    else
        echo "peers: no PyTorch; try 'apt-get install python3-torch'"
    fi
}

install() {
    echo "peers: installing $* into $home"
    "$python" -m pip install -q "$@" >/dev/null 2>&1
}

if [ ! -x "$python" ]; then
    echo "peers: making the virtual environment $home"
    python3 -m venv "$home" || rm -rf "$home"
fi
if [ -x "$python" ]; then
    has "$python" torch || install torch numpy || rm -rf "$home"
    has "$python" onnxruntime || install onnxruntime onnx ||
        echo "peers: no ONNX Runtime; its row is not compared"
    has "$python" polars && has "$python" pandas || install pandas polars ||
        echo "peers: no pandas or polars; tables are not compared"
    has "$python" pytorch_lightning || install pytorch-lightning ||
        echo "peers: no Lightning; its row is not compared"
fi
has "$python" torch || fallback
exit 0
