# Every example runs from beginning to end, those that train on a little data.
set -u
case $B in /*) mlrun=$B/mlrun ;; *) mlrun=$PWD/$B/mlrun ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
data=$(sh examples/fetch_mnist.sh 2>/dev/null) || data=
bad=0
# run NAME ARGUMENT...: says which one failed, and how.
run() {
    name=$1
    shift
    (cd "$work" && timeout 120 "$mlrun" "$top/examples/$name.lua" "$@" \
        >"$work/out" 2>&1 </dev/null) && return
    echo "examples/$name.lua failed:"
    tail -n 20 "$work/out"
    bad=1
}
top=$PWD
for example in examples/*.lua; do
    name=$(basename "$example" .lua)
    case $name in
    train_mnist | predict_mnist | roi | finetune | fashion_mnist | '*') ;;
    titanic | credit_risk | fraud | stocks) ;; # below, as those before
    dqn_cartpole) run "$name" --steps 3000 --judge-every 1500 ;;
    ppo_cartpole) run "$name" --steps 8192 --judge-every 4 ;;
    go_5x5) run "$name" --moves 3200 --start 500 --judge-every 1600 \
        --games 20 ;;
    tictactoe_selfplay) run "$name" --games 5000 ;;
    sac_pendulum) run "$name" --steps 1500 --judge-every 750 ;;
    *) run "$name" ;;
    esac
done
fashion=/usr/share/datasets/fashion-mnist
if [ -e $fashion/train-images-idx3-ubyte.gz ]; then
    run fashion_mnist --data $fashion --epochs 1 --limit 640 --workers 1
    run fashion_mnist --data $fashion --epochs 2 --limit 640
    grep -q '^test accuracy: 0' "$work/out" || { cat "$work/out"; bad=1; }
else
    echo "no Fashion-MNIST here: fashion_mnist did not run"
fi
if [ "$data" ] && [ -e examples/train_mnist.lua ]; then
    run train_mnist --data "$data" --epochs 1 --limit 640 --out "$work/model"
    [ -e examples/predict_mnist.lua ] &&
        run predict_mnist --data "$data" "$work/model"
    run roi --data "$data" --epochs 1 --limit 1000 --out "$work/roi"
    run finetune --data "$data" --limit 1000 --epochs 3
    [ -s "$work/runs/mnist-1/report.html" ] || {
        echo "train_mnist.lua left no report"
        bad=1
    }
    [ -s "$work/roi/report.html" ] || { echo "roi.lua left no report"; bad=1; }
else
    echo "no MNIST here: the examples that need it did not run"
fi
if [ -d "${MLRT_DATA-}/titanic" ]; then
    run titanic --folds 3 --epochs 2
    run credit_risk --rows 2000 --epochs 1
    run fraud --rows 3000 --epochs 1
    run stocks --folds 2 --epochs 1
else
    echo "MLRT_DATA names no folder of data sets: titanic, credit_risk, fraud" \
        "and stocks did not run"
fi
exit $bad
