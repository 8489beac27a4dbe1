"""Gradients through what is imported as loops: broadcasts, sums, means, products
of higher rank, transposes and reshapes; compared with central differences.

usage: gradient_loops.py FOLDER
"""

import math
import random
import sys

sys.path.insert(0, __file__.rsplit("/", 1)[0])
import onnxfile as onnx
from gradients import differences, expect, flat, gradient, run, write

draw = random.Random(8)
A, B, C, D = 2, 3, 4, 3  # u is [A, B, C], v is [C, D]
rows = lambda count, width: [[draw.gauss(0, 0.8) for _ in range(width)] for _ in range(count)]
u, v, s, k = rows(A * B, C), rows(C, D), rows(B, 1), [[1.5], [-0.7]]



def total(u, v, s, k):
    """What the model below computes, by loops."""
    p = [[[sum(u[a * B + b][c] * v[c][d] for c in range(C)) for d in range(D)] for b in range(B)] for a in range(A)]
    q = [[[p[a][b][d] * s[b][0] / k[a][0] for d in range(D)] for b in range(B)] for a in range(A)]
    mean = [[sum(q[a][b][d] for b in range(B)) / B for d in range(D)] for a in range(A)]
    e = [[[math.tanh(q[a][b][d] - mean[a][d]) + q[a][b][d] for d in range(D)] for b in range(B)] for a in range(A)]
    norms = [math.sqrt(sum(x * x for x in flat(e[a]))) for a in range(A)]
    logs = [math.log(sum(math.exp(e[a][b][d] / norms[a]) for b in range(B) for d in range(D))) for a in range(A)]
    return sum(logs) + sum(max(k[a][0], q[a][b][d], s[b][0]) for a in range(A) for b in range(B) for d in range(D))


nodes = [
    onnx.node("MatMul", ["u", "v"], ["p"]),
    onnx.node("Mul", ["p", "s"], ["ps"]),
    onnx.node("Div", ["ps", "k"], ["q"]),
    onnx.node("ReduceMean", ["q"], ["mean"], axes=[1]),
    onnx.node("Sub", ["q", "mean"], ["d"]),
    onnx.node("Tanh", ["d"], ["t"]),
    onnx.node("Add", ["t", "q"], ["e"]),
    onnx.node("Transpose", ["e"], ["turned"], perm=[0, 2, 1]),
    onnx.node("Reshape", ["turned", "flat"], ["f"]),
    onnx.node("LpNormalization", ["f"], ["unit"], axis=1),
    onnx.node("Exp", ["unit"], ["grown"]),
    onnx.node("ReduceSum", ["grown", "one"], ["sum"], keepdims=0),
    onnx.node("Log", ["sum"], ["log"]),
    onnx.node("ReduceSum", ["log"], ["first"], keepdims=0),
    onnx.node("Max", ["k", "q", "s"], ["greatest"]),
    onnx.node("ReduceSum", ["greatest"], ["second"], keepdims=0),
    onnx.node("Add", ["first", "second"], ["y"]),
    gradient(["u", "v", "s", "k"], ["du", "dv", "ds", "dk"], ["u", "v", "s", "k"], "y"),
]
tensor = lambda name, dims, values: onnx.tensor(name, onnx.DOUBLE, dims, flat(values))
write("loops", nodes, [("x", (1,))], ["y", "du", "dv", "ds", "dk"],
      [tensor("u", (A, B, C), u), tensor("v", (C, D), v), tensor("s", (B, 1), s), tensor("k", (A, 1, 1), k),
       onnx.tensor("flat", onnx.INT64, (2,), [A, B * D]), onnx.tensor("one", onnx.INT64, (1,), [1])], onnx.DOUBLE)
got = run("loops", {"x": [0.0]}, onnx.DOUBLE)
expect("loops", got, [[total(u, v, s, k)],
                      differences(lambda at: total(at, v, s, k), u), differences(lambda at: total(u, at, s, k), v),
                      differences(lambda at: total(u, v, at, k), s), differences(lambda at: total(u, v, s, at), k)], 1e-7)
