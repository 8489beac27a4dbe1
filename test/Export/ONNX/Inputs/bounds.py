"""A network with all kinds of bounds and a number that is divided, of any batch.

usage: bounds.py FOLDER
"""

import random
import sys

sys.path[:0] = [__file__.rsplit("/", 4)[0] + "/" + part
                for part in ("Import/ONNX/Inputs", "Driver/Inputs")]
import npy
import onnxfile as onnx

folder = sys.argv[1]
draw = random.Random(2)
normal = lambda count: [draw.gauss(0, 1) for _ in range(count)]
number = lambda name, value: onnx.tensor(name, onnx.FLOAT, (), [value])
nodes = [
    onnx.node("Gemm", ["x", "w", "b"], ["h"]),
    onnx.node("Clip", ["h", "low", "six"], ["relu6"]),
    onnx.node("Clip", ["h", "low"], ["above"]),
    onnx.node("Clip", ["h", "", "half"], ["below"]),
    onnx.node("Max", ["third", "h"], ["greater"]),
    onnx.node("Min", ["h", "half"], ["less"]),
    onnx.node("Min", ["greater", "six"], ["between"]),
    onnx.node("Reciprocal", ["between"], ["inverse"]),
    onnx.node("Concat", ["relu6", "above", "below", "greater", "less", "inverse"], ["y"], axis=1),
]
weights = [onnx.tensor("w", onnx.FLOAT, (4, 3), normal(12)), onnx.tensor("b", onnx.FLOAT, (3,), normal(3)),
           number("low", 0.0), number("six", 6.0), number("half", 0.5), number("third", 0.25)]
onnx.write(folder + "/bounds.onnx",
           onnx.graph("bounds", nodes, [onnx.value("x", onnx.FLOAT, ("N", 4))],
                      [onnx.value("y", onnx.FLOAT, ("N", 18))], weights), opset=13)
npy.write(folder + "/x.npy", [normal(4) for _ in range(5)])
npy.write(folder + "/t.npy", [normal(18) for _ in range(5)])
