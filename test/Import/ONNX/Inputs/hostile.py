"""Files that are wrong, or meant to do harm, one for each way.

usage: hostile.py FOLDER
"""

import os
import sys

sys.path.insert(0, __file__.rsplit("/", 1)[0])
import onnxfile as onnx

folder = sys.argv[1]
X, Y = onnx.value("x", onnx.FLOAT, ("N", 4)), onnx.value("y", onnx.FLOAT, ("N", 4))
RELU = onnx.node("Relu", ["x"], ["y"], name="act")


def graph(nodes=(RELU,), inputs=(X,), outputs=(Y,), initializers=()):
    return onnx.graph("g", nodes, inputs, outputs, initializers)


def write(name, content=None, **settings):
    content = graph(**settings) if content is None else content
    onnx.write("%s/%s.onnx" % (folder, name), content)


def weight(name, *arguments, **settings):
    write(name, nodes=[onnx.node("Add", ["x", "w"], ["y"])],
          initializers=[onnx.tensor("w", *arguments, **settings)])


whole = onnx.model(graph())
with open(folder + "/cut.onnx", "wb") as out:
    out.write(whole[: len(whole) - 5])
with open(folder + "/noise.onnx", "wb") as out:
    out.write(bytes((i * 37 + 11) % 256 for i in range(999)))
with open(folder + "/empty.onnx", "wb"):
    pass
with open(folder + "/nested.onnx", "wb") as out:
    inner = b""
    for _ in range(20000):  # a graph in an attribute of a node in a graph ...
        inner = onnx.data(1, onnx.data(5, onnx.data(6, inner)))
    out.write(onnx.data(7, inner) + onnx.data(8, onnx.integer(2, 13)))

write("op", nodes=[onnx.node("Conv", ["x"], ["y"], name="conv1")])
write("domain", nodes=[onnx.node("Fused", ["x"], ["y"], domain="com.example")])
write("attribute", nodes=[onnx.node("Relu", ["x"], ["y"], leak=0.5)])
write("kind", nodes=[onnx.node("LeakyRelu", ["x"], ["y"], alpha="steep")])
write("order", nodes=[onnx.node("Relu", ["later"], ["y"]), onnx.node("Relu", ["x"], ["later"])])
write("twice", nodes=[RELU, RELU])
write("noresult", nodes=[onnx.node("Relu", ["x"], ["z"])])
write("notype", inputs=[onnx.value("x")])
write("half", inputs=[onnx.value("x", onnx.FLOAT16, ("N", 4))])
write("axes", inputs=[onnx.value("x", onnx.FLOAT, ("N", "T"))])
write("batches", nodes=[onnx.node("Add", ["x", "z"], ["y"])],
      inputs=[X, onnx.value("z", onnx.FLOAT, ("M", 4))])
write("rank", inputs=[onnx.value("x", onnx.FLOAT, [1] * 40)])
write("shape", nodes=[onnx.node("Reshape", ["x", "s"], ["y"])],
      inputs=[X, onnx.value("s", onnx.INT64, (2,))])
write("fill", nodes=[onnx.node("Reshape", ["x", "s"], ["y"])],
      initializers=[onnx.tensor("s", onnx.INT64, [2], [7, -1])])
write("huge", nodes=[onnx.node("Expand", ["x", "s"], ["y"])],
      inputs=[onnx.value("x", onnx.FLOAT, (1,))],
      initializers=[onnx.tensor("s", onnx.INT64, [3], [2**40, 2**30, 2**20])])
write("large", nodes=[onnx.node("Expand", ["x", "s"], ["y"])],
      inputs=[onnx.value("x", onnx.FLOAT, (1,))],
      initializers=[onnx.tensor("s", onnx.INT64, [1], [2**40])])
write("batchaxis", nodes=[onnx.node("Softmax", ["x"], ["y"], axis=0)])
weight("bytes", onnx.FLOAT, [4], None, raw=b"\0" * 15)
weight("negative", onnx.FLOAT, [-4], None, raw=b"")
weight("overflow", onnx.FLOAT, [2**62, 2**62], None, raw=b"")
weight("utf8", onnx.FLOAT, [4], [1.0] * 4)
path = folder + "/utf8.onnx"
broken = open(path, "rb").read().replace(onnx.data(8, "w"), b"\x42\x01\xff")
open(path, "wb").write(broken.replace(onnx.data(1, "w"), b"\x0a\x01\xff"))

# Elements that are, or are said to be, in other files.
os.makedirs(folder + "/inside", exist_ok=True)
with open(folder + "/inside/w.bin", "wb") as out:
    out.write(b"\0" * 16)
with open(folder + "/../secret.bin", "wb") as out:
    out.write(b"\0" * 16)
if not os.path.lexists(folder + "/link.bin"):
    os.symlink("../secret.bin", folder + "/link.bin")
for name, place in {
    "dots": {"location": "../secret.bin"},
    "absolute": {"location": os.path.abspath(folder + "/inside/w.bin")},
    "link": {"location": "link.bin"},
    "folder": {"location": "inside"},
    "gone": {"location": "inside/none.bin"},
    "end": {"location": "inside/w.bin", "offset": 8},
    "far": {"location": "inside/w.bin", "offset": 2**64 - 8},
    "length": {"location": "inside/w.bin", "length": 12},
    "number": {"location": "inside/w.bin", "offset": "many"},
}.items():
    weight(name, onnx.FLOAT, [4], None, external=place)
