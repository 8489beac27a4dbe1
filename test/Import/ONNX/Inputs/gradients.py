"""What the tests of gradients share: models of the training domain, runs of keel,
and central differences. Takes the folder to work in from the command line.
"""

import os
import subprocess
import sys

sys.path[:0] = [__file__.rsplit("/", 1)[0], __file__.rsplit("/", 4)[0] + "/Driver/Inputs"]
import npy
import onnxfile as onnx

folder = sys.argv[1]
TRAINING = "ai.onnx.preview.training"
CODES = {onnx.FLOAT: "<f4", onnx.DOUBLE: "<f8"}


def gradient(inputs, outputs, xs, y, zs=()):
    # Lists of texts, by hand: onnxfile has none.
    def texts(name, values):
        body = onnx.data(1, name) + b"".join(onnx.data(9, v) for v in values)
        return onnx.data(5, body + onnx.integer(20, 8))

    node = onnx.node("Gradient", inputs, outputs, domain=TRAINING, y=y)
    return node + texts("xs", xs) + (texts("zs", zs) if zs else b"")


def write(name, nodes, inputs, outputs, weights=(), kind=onnx.FLOAT):
    onnx.write("%s/%s.onnx" % (folder, name),
               onnx.graph(name, nodes, [onnx.value(n, kind, dims) for n, dims in inputs],
                          [onnx.value(o) for o in outputs], weights), opset=13, training=1)


def run(name, inputs, kind=onnx.FLOAT):
    """The outputs, each flat."""
    out = "%s/%s.out" % (folder, name)
    flags = []
    for key, value in inputs.items():
        path = "%s/%s.%s.npy" % (folder, name, key)
        npy.write(path, value, CODES[kind])
        flags.append("--input=%s=%s" % (key, path))
    subprocess.run(["keel", "run", "%s/%s.onnx" % (folder, name), "--output-dir=" + out, *flags], check=True)
    results = []
    while os.path.exists("%s/output_%d.npy" % (out, len(results))):
        results.append(flat(npy.read("%s/output_%d.npy" % (out, len(results)))))
    return results


def flat(rows):
    return [v for row in rows for v in (row if isinstance(row, (list, tuple)) else [row])]


def expect(name, got, want, bound=1e-6):
    assert len(got) == len(want), (name, len(got), len(want))
    for index, (one, other) in enumerate(zip(got, want)):
        assert len(one) == len(other), (name, index, one, other)
        for a, b in zip(one, other):
            assert abs(a - b) <= bound * max(1.0, abs(b)), (name, index, a, b)
    print("as expected:", name)


def differences(function, point):
    """Of a function of rows, by each element."""
    step, out = 1e-5, []
    for row in point:
        for i, value in enumerate(row):
            row[i] = value + step
            up = function(point)
            row[i] = value - step
            out.append((up - function(point)) / (2 * step))
            row[i] = value
    return out
