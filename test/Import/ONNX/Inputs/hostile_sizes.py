"""Small files that ask for much memory or time, one for each way.

usage: hostile_sizes.py FOLDER
"""

import sys

sys.path.insert(0, __file__.rsplit("/", 1)[0])
import onnxfile as onnx

folder, SIZE = sys.argv[1], 10**6
X, Y = onnx.value("x", onnx.FLOAT, ("N", 4)), onnx.value("y", onnx.FLOAT, ("N", 4))


def write(name, nodes=(onnx.node("Relu", ["x"], ["y"]),), inputs=(X,), outputs=(Y,),
          initializers=()):
    onnx.write("%s/%s.onnx" % (folder, name),
               onnx.graph("g", nodes, inputs, outputs, initializers))


write("reshaped", nodes=[onnx.node("Reshape", ["x", "s"], ["y"])],
      initializers=[onnx.tensor("s", onnx.INT64, [SIZE], [1] * SIZE)])
write("expanded", nodes=[onnx.node("Expand", ["x", "s"], ["y"])],
      initializers=[onnx.tensor("s", onnx.INT64, [SIZE], [1] * SIZE)])
write("filled", nodes=[onnx.node("ConstantOfShape", ["s"], ["y"])],
      initializers=[onnx.tensor("s", onnx.INT64, [SIZE], [1] * SIZE)])
write("unsqueezed", nodes=[onnx.node("Unsqueeze", ["x", "s"], ["y"])],
      initializers=[onnx.tensor("s", onnx.INT64, [SIZE], range(SIZE))])
write("empty-and-large", inputs=[onnx.value("x", onnx.FLOAT, (0, 2**40, 2**40))])
write("concat", nodes=[onnx.node("Concat", ["s"] * (SIZE // 5), ["t"], axis=0),
                       onnx.node("Reshape", ["x", "t"], ["y"])],
      initializers=[onnx.tensor("s", onnx.INT64, [4096], [1] * 4096)])
write("batches-together", nodes=[onnx.node("Concat", ["w", "x"], ["y"], axis=0)],
      initializers=[onnx.tensor("w", onnx.FLOAT, [1, 4], [0.0] * 4)])
write("computed-slope", nodes=[onnx.node("Relu", ["x"], ["s"]),
                                onnx.node("PRelu", ["x", "s"], ["y"])])
onnx.write("%s/clipped-integers.onnx" % folder,
           onnx.graph("g", [onnx.node("Clip", ["x"], ["y"])],
                      [onnx.value("x", onnx.INT64, ("N", 4))],
                      [onnx.value("y", onnx.INT64, ("N", 4))]), opset=6)
write("transposes", nodes=[onnx.node("Transpose", ["w"], ["t%d" % i]) for i in range(500)] +
      [onnx.node("MatMul", ["x", "t499"], ["y"])],
      initializers=[onnx.tensor("w", onnx.FLOAT, [2**18, 4], None, raw=bytes(2**22))])
write("many", nodes=[onnx.node("Add", ["x" if i == 0 else "y%d" % (i - 1), "w%d" % i],
                               ["y%d" % i]) for i in range(4000)],
      outputs=[onnx.value("y3999")],
      initializers=[onnx.tensor("w%d" % i, onnx.FLOAT, [4], [1.0] * 4) for i in range(4000)])
