#!/usr/bin/env bash
# The way of a model through Keel: train, evaluate, fold for inference, run.
# Called by `tools/dev demo`, which builds what this needs.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${KEEL_BUILD_DIR:-$root/build}
build=${build#"$root/"} # short commands, to be repeated from the root
keel=$build/bin/keel
python=/usr/bin/python3
cd "$root"
[[ -x $keel ]] || {
  printf 'demo: error: %s is not built; use tools/dev demo\n' "$keel" >&2
  exit 1
}

stage="starting"
report_failure() {
  local status=$?
  ((status == 0)) || printf '\ndemo: error: "%s" failed with exit code %d\n' "$stage" "$status" >&2
}
trap report_failure EXIT

# Announces a stage, shows its command, runs it.
run() {
  stage=$1
  shift
  printf '\n== %s\n$' "$stage"
  printf ' %q' "$@"
  printf '\n'
  "$@"
}

demo=$build/demo
rm -rf "$demo"
mkdir -p "$demo"
cp test/Models/classifier.mlir "$demo/classifier.mlir"
model=$demo/classifier.mlir
weights=$demo/weights.safetensors

run "Drawing digits" "$python" tools/draw-digits.py "$demo/digits" --sample="$demo/one.npy"

run "Training" "$keel" train "$model" \
  --data="$demo/digits/train-images-idx3-ubyte.gz" \
  --labels="$demo/digits/train-labels-idx1-ubyte.gz" \
  --epochs=20 --batch-size=64 --seed=1 --output="$weights" --log="$demo/run.jsonl"

run "Evaluating on digits it has not seen" "$keel" eval "$model" --weights="$weights" \
  --data="$demo/digits/test-images-idx3-ubyte.gz" \
  --labels="$demo/digits/test-labels-idx1-ubyte.gz" --json

run "Folding the batch norm into the dense layer before it" "$keel" compile "$model" \
  --weights="$weights" --mode=infer --emit=graph -o "$demo/folded.mlir"

run "Looking at one digit" "$python" tools/draw-digits.py --show="$demo/one.npy"
run "Running the model on it" "$keel" run "$model" --weights="$weights" \
  --input="$demo/one.npy" --output="$demo/scores.csv"

stage="reading the scores"
# The last line holds the scores, whether or not a header stands above it.
tail -n 1 "$demo/scores.csv" | awk -F, '
  { for (i = 1; i <= NF; i++) { printf "  %d: %9.4f\n", i - 1, $i; if (i == 1 || $i + 0 > best) { best = $i + 0; digit = i - 1 } } }
  END { if (NR == 0) exit 1; printf "The highest score says: this is a %d.\n", digit }'

cat <<EOF

The files are in $demo/:
  classifier.mlir       the model file
  digits/               the images and labels (IDX)
  weights.safetensors   what training found
  run.jsonl             the log of the training run, a JSON object a line
  folded.mlir           the inference graph
  one.npy, scores.csv   one digit, and its scores
EOF
