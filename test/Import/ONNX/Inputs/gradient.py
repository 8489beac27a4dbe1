"""Gradients of the training domain: writes models, has keel run them, and compares.

usage: gradient.py FOLDER

Those of ONNX' own backend cases by their formulas; those of a dense network
with central differences, all in double.
"""

import math
import random
import sys

sys.path.insert(0, __file__.rsplit("/", 1)[0])
import onnxfile as onnx
from gradients import differences, expect, flat, gradient, run, write

draw = random.Random(7)
AB = [("a", ()), ("b", ())]
SUM, PRODUCT = onnx.node("Add", ["a", "b"], ["c"]), onnx.node("Mul", ["c", "a"], ["d"])
A, B = 1.75, -0.5

# ONNX' test_gradient_of_add and test_gradient_of_add_and_mul.
write("add", [SUM, gradient(["a", "b"], ["da", "db"], ["a", "b"], "c")], AB, ["c", "da", "db"])
expect("add", run("add", {"a": A, "b": B}), [[A + B], [1], [1]])
write("mul", [SUM, PRODUCT, gradient(["a", "b"], ["da", "db"], ["a", "b"], "d")], AB, ["d", "da", "db"])
expect("mul", run("mul", {"a": A, "b": B}), [[(A + B) * A], [2 * A + B], [A]])
# At another point, and one value for two names: what is not named stays.
write("point", [SUM, PRODUCT, gradient(["b", "b"], ["da", "db"], ["a", "b"], "d")], AB, ["d", "da", "db"])
expect("point", run("point", {"a": A, "b": B}), [[(A + B) * A], [3 * B], [B]])
# c is held: as it is, and at another value; a value that is computed; what y does not depend on.
write("held", [SUM, PRODUCT, gradient(["a", "c"], ["da"], ["a"], "d", ["c"]),
               gradient(["a", "b"], ["dheld"], ["a"], "d", ["c"]),
               gradient(["c"], ["dc"], ["c"], "d"), gradient(["d"], ["none"], ["d"], "c")],
      AB, ["da", "dheld", "dc", "none"])
expect("held", run("held", {"a": A, "b": B}), [[A + B], [B], [A], [0]])

ROWS, IN, OUT = 3, 4, 2
matrix = lambda rows, columns: [[draw.gauss(0, 0.7) for _ in range(columns)] for _ in range(rows)]
x, other, w, b = matrix(ROWS, IN), matrix(ROWS, IN), matrix(IN, OUT), matrix(1, OUT)[0]
scale = 1.5
DENSE = [onnx.node("MatMul", ["x", "w"], ["m"]), onnx.node("Add", ["m", "b"], ["h"]),
         onnx.node("Tanh", ["h"], ["t"]), onnx.node("Mul", ["t", "scale"], ["s"]),
         onnx.node("Exp", ["s"], ["e"]), onnx.node("Mul", ["e", "t"], ["y"])]
XS = ["x", "w", "b", "h"]
WEIGHTS = [onnx.tensor("w", onnx.DOUBLE, (IN, OUT), flat(w)), onnx.tensor("b", onnx.DOUBLE, (OUT,), b),
           onnx.tensor("scale", onnx.DOUBLE, (), [scale])]


def total(at, weight, bias, hidden=None):
    """The sum of y's elements."""
    if hidden is None:
        hidden = [[sum(row[i] * weight[i][k] for i in range(IN)) + bias[k] for k in range(OUT)] for row in at]
    return sum(math.exp(scale * math.tanh(h)) * math.tanh(h) for h in flat(hidden))


want = lambda at: [differences(lambda v: total(v, w, b), at), differences(lambda v: total(at, v, b), w),
                   differences(lambda v: total(at, w, v[0]), [b])]
write("dense", DENSE + [gradient(["x", "w", "b"], ["dx", "dw", "db"], ["x", "w", "b"], "y"),
                        gradient(["other", "w", "b"], ["ox", "ow", "ob"], ["x", "w", "b"], "y")],
      [("x", (ROWS, IN)), ("other", (ROWS, IN))], ["dx", "dw", "db", "ox", "ow", "ob"], WEIGHTS, onnx.DOUBLE)
expect("dense", run("dense", {"x": x, "other": other}, onnx.DOUBLE), want(x) + want(other), 1e-8)
# By what is within, of any batch.
write("hidden", DENSE + [gradient(["h"], ["dh"], ["h"], "y")], [("x", ("N", IN))], ["h", "dh"], WEIGHTS, onnx.DOUBLE)
h, dh = run("hidden", {"x": x}, onnx.DOUBLE)
expect("hidden", [dh], [differences(lambda v: total(x, w, b, v), [h])], 1e-8)

# What is refused.
write("unknown", [SUM, gradient(["a"], ["da"], ["q"], "c")], AB, ["da"])
write("constant", [onnx.node("Constant", [], ["k"], value=onnx.tensor("", onnx.FLOAT, (), [2.0])),
                   onnx.node("Mul", ["a", "k"], ["c"]), gradient(["k"], ["dk"], ["k"], "c")], AB, ["dk"])
write("operands", [SUM, gradient(["a", "b"], ["da"], ["a"], "c")], AB, ["da"])
write("shape", [SUM, gradient(["v"], ["da"], ["a"], "c")], AB + [("v", (2,))], ["da"])
write("batch", DENSE + [gradient(["w"], ["dw"], ["w"], "y")], [("x", ("N", IN))], ["dw"], WEIGHTS, onnx.DOUBLE)
write("through", [onnx.node("Floor", ["a"], ["f"]), onnx.node("Add", ["f", "b"], ["c"]),
                  gradient(["a"], ["da"], ["a"], "c")], AB, ["da"])
