"""Runs a part of ONNX' own backend cases; all but those named here must pass.

usage: cases.py FOLDER PART PARTS OUT.json
"""

import json
import pathlib
import re
import subprocess
import sys

# Dropout in training: the masks are those of numpy's random numbers.
REJECTED = {
    "test_training_dropout",
    "test_training_dropout_default",
    "test_training_dropout_default_mask",
    "test_training_dropout_mask",
}

folder, part, parts, out = pathlib.Path(sys.argv[1]), *map(int, sys.argv[2:4]), sys.argv[4]
cases = json.loads((folder / "cases.json").read_text())
ops = sorted({case["op"] for case in cases.values()})[part - 1 :: parts]
mine = {name for name, case in cases.items() if case["op"] in ops}
subprocess.run(
    [sys.executable, folder / "run_onnx_cases.py", "--op", ",".join(ops), "-j", "1", "--json", out,
     "--cmd", "keel run {model} {flags} --output-dir {outdir}"],
    check=True, stdout=subprocess.DEVNULL)
results = json.load(open(out))
assert set(results) == mine, mine ^ set(results)
bad = []
for name, (verdict, message) in sorted(results.items()):
    if name in REJECTED:
        good = verdict == "reject" and re.search(r"error: node '.+' \(Dropout\): ", message)
    else:
        good = verdict == "pass"
    if not good:
        bad.append("%s: %s %s" % (name, verdict, message))
print("\n".join(bad))
print("%d of %d as expected, part %d of %d" % (len(mine) - len(bad), len(mine), part, parts))
sys.exit(bool(bad))
