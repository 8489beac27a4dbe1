"""A dense classifier as exporters write it, its data, and what it computes.

usage: dense.py FOLDER
"""

import math
import random
import struct
import sys

sys.path[:0] = [__file__.rsplit("/", 1)[0], __file__.rsplit("/", 4)[0] + "/Driver/Inputs"]
import npy
import onnxfile as onnx

folder = sys.argv[1]
draw = random.Random(1)


def single(number):
    return struct.unpack("<f", struct.pack("<f", number))[0]


def normal(count):
    return [single(draw.gauss(0.0, 0.5)) for _ in range(count)]


ROWS, IN, HIDDEN, OUT = 6, 4, 5, 3
w1, b1 = normal(HIDDEN * IN), normal(HIDDEN)  # [out, in], as PyTorch has it
gamma, beta, mean = normal(HIDDEN), normal(HIDDEN), normal(HIDDEN)
variance = [single(0.5 + draw.random()) for _ in range(HIDDEN)]
w2, b2 = normal(HIDDEN * OUT), normal(OUT)
x = [normal(IN) for _ in range(ROWS)]

INITIALIZERS = [
    ("fc1.weight", (HIDDEN, IN), w1),
    ("fc1.bias", (HIDDEN,), b1),
    ("bn.weight", (HIDDEN,), gamma),
    ("bn.bias", (HIDDEN,), beta),
    ("bn.running_mean", (HIDDEN,), mean),
    ("bn.running_var", (HIDDEN,), variance),
    ("fc2", (HIDDEN, OUT), w2),
    ("offset", (1, OUT), b2),
]
NODES = [
    onnx.node("Gemm", ["x", "fc1.weight", "fc1.bias"], ["h"], transB=1),
    onnx.node("BatchNormalization", ["h", "bn.weight", "bn.bias", "bn.running_mean",
                                     "bn.running_var"], ["n"], epsilon=1e-3, momentum=0.8),
    onnx.node("Relu", ["n"], ["a"]),
    onnx.node("Dropout", ["a"], ["d"], **({"ratio": 0.25})),
    onnx.node("MatMul", ["d", "fc2"], ["m"]),
    onnx.node("Add", ["m", "offset"], ["logits"]),
]


def write(path, opset, nodes=NODES, typed=False, listed=False, external=None):
    tensors, inputs, offset = [], [onnx.value("x", onnx.FLOAT, ("N", IN))], 0
    for name, dims, values in INITIALIZERS:
        place = None
        if external:
            place = {"location": external, "offset": offset, "length": 4 * len(values)}
            offset += 4 * len(values)
        tensors.append(onnx.tensor(name, onnx.FLOAT, dims, values, typed, external=place))
        if listed:
            inputs.append(onnx.value(name, onnx.FLOAT, dims))
    outputs = [onnx.value("logits", onnx.FLOAT, ("N", OUT))]
    onnx.write(path, onnx.graph("net", nodes, inputs, outputs, tensors), opset=opset)


write(folder + "/plain.onnx", 11)
write(folder + "/typed.onnx", 9, typed=True, listed=True)
write(folder + "/external.onnx", 11, external="sub/weights.bin")
# Operator set 6: broadcasting has to be allowed, Dropout and the norm say that they test.
old = list(NODES)
old[1] = onnx.node("BatchNormalization", ["h", "bn.weight", "bn.bias", "bn.running_mean",
                                          "bn.running_var"], ["n"], is_test=1, epsilon=1e-3,
                   momentum=0.8, spatial=1)
old[3] = onnx.node("Dropout", ["a"], ["d"], is_test=1, ratio=0.25)
old[5] = onnx.node("Add", ["m", "offset"], ["logits"], broadcast=1)
write(folder + "/old.onnx", 6, nodes=old)
with open(folder + "/sub/weights.bin", "wb") as out:
    for _, _, values in INITIALIZERS:
        out.write(struct.pack("<%df" % len(values), *values))

npy.write(folder + "/x.npy", x)
npy.write(folder + "/labels.npy", [i % OUT for i in range(ROWS)], "<i4")
want = []
for row in x:
    h = [sum(row[i] * w1[j * IN + i] for i in range(IN)) + b1[j] for j in range(HIDDEN)]
    n = [(h[j] - mean[j]) / math.sqrt(variance[j] + 1e-3) * gamma[j] + beta[j] for j in range(HIDDEN)]
    a = [max(v, 0.0) for v in n]
    want.append([sum(a[j] * w2[j * OUT + k] for j in range(HIDDEN)) + b2[k] for k in range(OUT)])
npy.write(folder + "/want.npy", want)
