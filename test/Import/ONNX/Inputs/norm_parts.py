"""Norms written in parts, in the ways that exporters do, and what are none.

usage: norm_parts.py FOLDER
"""

import random
import sys

sys.path[:0] = [__file__.rsplit("/", 1)[0], __file__.rsplit("/", 4)[0] + "/Driver/Inputs"]
import npy
import onnxfile as onnx

folder = sys.argv[1]
draw = random.Random(11)
WIDTH, CLASSES = 6, 3


def normal(*dims, mean=0.0):
    count = 1
    for size in dims:
        count *= size
    return [draw.gauss(mean, 0.5) for _ in range(count)]


WEIGHTS = [
    onnx.tensor(name, onnx.FLOAT, dims, normal(*dims, mean=mean))
    for name, dims, mean in [
        ("w1", (4, WIDTH), 0.0), ("b1", (WIDTH,), 0.0), ("gamma", (WIDTH,), 1.0),
        ("beta", (WIDTH,), 0.0), ("offset", (1, WIDTH), 0.0), ("w2", (WIDTH, CLASSES), 0.0), ("b2", (CLASSES,), 0.0)]
] + [
    onnx.tensor(name, onnx.FLOAT, (), [value])
    for name, value in [("two", 2.0), ("eps", 1e-3), ("half", 0.5), ("one", 1.0)]
] + [onnx.tensor("last", onnx.INT64, (1,), [-1])]


def write(name, norm, opset):
    """A network of one hidden layer whose norm turns h into n."""
    nodes = [onnx.node("Gemm", ["x", "w1", "b1"], ["h"])] + norm + [
        onnx.node("Relu", ["n"], ["a"]), onnx.node("Gemm", ["a", "w2", "b2"], ["y"])]
    onnx.write("%s/%s.onnx" % (folder, name),
               onnx.graph("net", nodes, [onnx.value("x", onnx.FLOAT, ("N", 4))],
                          [onnx.value("y", onnx.FLOAT, ("N", CLASSES))], WEIGHTS), opset=opset)


mean = onnx.node("ReduceMean", ["h"], ["m"], axes=[-1])
center = onnx.node("Sub", ["h", "m"], ["d"])
square = onnx.node("Pow", ["d", "two"], ["s"])
variance = onnx.node("ReduceMean", ["s"], ["v"], axes=[1])
shift = onnx.node("Add", ["v", "eps"], ["e"])
root = onnx.node("Sqrt", ["e"], ["r"])
divide = onnx.node("Div", ["d", "r"], ["q"])
scale = onnx.node("Mul", ["q", "gamma"], ["g"])
add = onnx.node("Add", ["g", "beta"], ["n"])
PARTS = [mean, center, square, variance, shift, root, divide, scale, add]


def put(*pairs):
    """PARTS with some exchanged."""
    parts = list(PARTS)
    for old, new in pairs:
        place = parts.index(old)
        parts[place:place + 1] = new if isinstance(new, list) else [new]
    return parts


write("parts", PARTS, 13)
write("whole", [onnx.node("LayerNormalization", ["h", "gamma", "beta"], ["n"], epsilon=1e-3)], 17)
# The same function, written otherwise.
write("other", put(
    (mean, onnx.node("ReduceMean", ["h", "last"], ["m"])),
    (square, [onnx.node("Sub", ["h", "m"], ["c"]), onnx.node("Mul", ["c", "c"], ["s"])]),
    (variance, onnx.node("ReduceMean", ["s", "last"], ["v"])),
    (shift, onnx.node("Add", ["eps", "v"], ["e"])),
    (root, onnx.node("Pow", ["e", "half"], ["r"])),
    (divide, [onnx.node("Reciprocal", ["r"], ["i"]), onnx.node("Mul", ["i", "d"], ["q"])]),
    (scale, onnx.node("Mul", ["gamma", "q"], ["g"]))), 18)
write("row", put((add, onnx.node("Add", ["offset", "g"], ["n"]))), 13)
write("bare", put((divide, onnx.node("Div", ["d", "r"], ["n"])), (scale, []), (add, [])), 13)
rms = put((mean, []), (center, []), (square, onnx.node("Mul", ["h", "h"], ["s"])),
          (divide, [onnx.node("Div", ["one", "r"], ["i"]), onnx.node("Mul", ["h", "i"], ["q"])]),
          (scale, onnx.node("Mul", ["gamma", "q"], ["n"])), (add, []))
write("rms", rms, 13)
write("wholerms", [onnx.node("RMSNormalization", ["h", "gamma"], ["n"], epsilon=1e-3)], 23)
# Almost: divided by the variance, of another's mean, no epsilon that is a number, over another axis.
write("variance", put((root, onnx.node("Identity", ["e"], ["r"]))), 13)
write("another", put((variance, [onnx.node("Abs", ["s"], ["t"]),
                                 onnx.node("ReduceMean", ["t"], ["v"], axes=[1])])), 13)
write("deviation", put((shift, onnx.node("Add", ["v", "m"], ["e"]))), 13)
write("sum", put((variance, onnx.node("ReduceSum", ["s", "last"], ["v"]))), 13)

npy.write(folder + "/x.npy", [normal(4) for _ in range(8)])
npy.write(folder + "/labels.npy", [i % CLASSES for i in range(8)], "<i4")
