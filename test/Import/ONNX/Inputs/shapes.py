"""Models whose shapes are computed, or not fixed, and data for them.

usage: shapes.py FOLDER
"""

import struct
import sys

sys.path[:0] = [__file__.rsplit("/", 1)[0], __file__.rsplit("/", 4)[0] + "/Driver/Inputs"]
import npy
import onnxfile as onnx

folder = sys.argv[1]


def write(name, nodes, inputs, outputs, initializers=(), opset=13):
    onnx.write("%s/%s.onnx" % (folder, name),
               onnx.graph(name, nodes, inputs, [onnx.value(o) for o in outputs], initializers),
               opset=opset)


def ints(name, *values):
    return onnx.tensor(name, onnx.INT64, [len(values)], values)


X = onnx.value("x", onnx.FLOAT, ("N", 3, 4))
# x.view(x.size(0), -1), as PyTorch writes it.
write("view", [
    onnx.node("Shape", ["x"], ["shape"]),
    onnx.node("Gather", ["shape", "zero"], ["size"], axis=0),
    onnx.node("Unsqueeze", ["size", "axes"], ["sizes"]),
    onnx.node("Concat", ["sizes", "rest"], ["target"], axis=0),
    onnx.node("Reshape", ["x", "target"], ["y"]),
], [X], ["y"], [onnx.tensor("zero", onnx.INT64, [], [0]), ints("axes", 0), ints("rest", -1)])
# Arithmetic on what is known: [4] * 2 - 2 = 6 of 3 4 = 12 elements a row.
write("arithmetic", [
    onnx.node("Shape", ["x"], ["shape"]),
    onnx.node("Slice", ["shape", "two", "three"], ["last"]),
    onnx.node("Mul", ["last", "two"], ["double"]),
    onnx.node("Sub", ["double", "two"], ["six"]),
    onnx.node("Concat", ["any", "six", "two"], ["target"], axis=0),
    onnx.node("Reshape", ["x", "target"], ["y"]),
], [X], ["y"], [ints("two", 2), ints("three", 3), ints("any", -1)])
# A weight that is transposed by a node, and one that two layers share.
write("shared", [
    onnx.node("Transpose", ["w"], ["wt"], perm=[1, 0]),
    onnx.node("MatMul", ["x", "wt"], ["h"]),
    onnx.node("Identity", ["w"], ["same"]),
    onnx.node("Gemm", ["h", "same"], ["y"], transB=1),
], [onnx.value("x", onnx.FLOAT, ("N", 2))], ["y"],
    [onnx.tensor("w", onnx.FLOAT, [2, 2], [1.0, 2.0, 3.0, 4.0])])
# A second axis that is not fixed, and rows that are mixed.
write("free", [onnx.node("Relu", ["x"], ["y"])], [onnx.value("x", onnx.FLOAT, ("N", "T"))], ["y"])
write("mixed", [onnx.node("ReduceSum", ["x", "axes"], ["y"], keepdims=0)],
      [onnx.value("x", onnx.FLOAT, ("N", 2))], ["y"], [ints("axes", 0)])
# A shape that is an input, of another type of integers than its file.
write("input", [onnx.node("Reshape", ["x", "s"], ["y"])],
      [onnx.value("x", onnx.FLOAT, (2, 3)), onnx.value("s", onnx.INT64, (2,))], ["y"])
# No inputs, a bool, a scalar.
write("constant", [
    onnx.node("Constant", [], ["c"], value=onnx.tensor("", onnx.FLOAT, [3], [1.0, -2.0, 3.0])),
    onnx.node("Greater", ["c", "zero"], ["y"]),
    onnx.node("ReduceSum", ["c"], ["z"], keepdims=0),
], [], ["y", "z"], [onnx.tensor("zero", onnx.FLOAT, [], [0.0])])
# Attributes of operator set 9: axes, bounds, a softmax over all axes but the first.
write("old", [
    onnx.node("Squeeze", ["x"], ["q"], axes=[1]),
    onnx.node("Clip", ["q"], ["c"], min=0.0, max=6.0),
    onnx.node("Slice", ["c"], ["s"], starts=[1], ends=[9], axes=[1]),
    onnx.node("Unsqueeze", ["s"], ["u"], axes=[2]),
    onnx.node("Softmax", ["u"], ["y"]),
], [onnx.value("x", onnx.FLOAT, ("N", 1, 4))], ["y"], opset=9)

npy.write(folder + "/two.npy", [[1.0, 2.0], [3.0, 4.0]])
npy.write(folder + "/six.npy", [[1.0, -2.0, 3.0], [4.0, -5.0, 6.0]])
npy.write(folder + "/shape.npy", [3, -1], "<i4")
npy.write(folder + "/long.npy", [3, -1, 1], "<i4")
