"""Who else can run an ONNX file here: ONNX Runtime, ONNX' reference evaluator,
or, where neither is, plain numpy for the ops of onnx_nets.py.

A runtime is a function of a path and a dict of float32 arrays that gives the
first output.
"""

import json
import math
import os
import subprocess

import numpy as np


def by_onnxruntime():
    import onnxruntime

    def run(path, inputs):
        session = onnxruntime.InferenceSession(
            path, providers=["CPUExecutionProvider"]
        )
        return session.run(None, inputs)[0]

    return run


def by_node():
    """onnxruntime-node, found by $KEEL_ORT, the folder it is installed in."""
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ort.js")
    subprocess.run(["node", script], check=True, capture_output=True)

    def run(path, inputs):
        request = {"model": path, "inputs": {}, "output": path + ".out"}
        for name, array in inputs.items():
            file = "%s.%s.in" % (path, name)
            array.astype("<f4").tofile(file)
            request["inputs"][name] = {"file": file, "shape": list(array.shape)}
        done = subprocess.run(
            ["node", script, json.dumps(request)], capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError("ONNX Runtime: " + done.stderr)
        return np.fromfile(request["output"], "<f4").reshape(json.loads(done.stdout))

    return run


def by_reference():
    from onnx.reference import ReferenceEvaluator

    return lambda path, inputs: ReferenceEvaluator(path).run(None, inputs)[0]


def gemm(a, b, c=0.0, alpha=1.0, beta=1.0, transA=0, transB=0):
    a, b = a.T if transA else a, b.T if transB else b
    return alpha * (a @ b) + beta * c


def batch_norm(x, scale, shift, mean, variance, epsilon=1e-5, **_):
    return (x - mean) / np.sqrt(variance + epsilon) * scale + shift


def layer_norm(x, scale, shift, axis=-1, epsilon=1e-5, **_):
    centered = x - x.mean(-1, keepdims=True)
    variance = (centered**2).mean(-1, keepdims=True)
    return centered / np.sqrt(variance + epsilon) * scale + shift


def clip(x, low=None, high=None, min=None, max=None):
    low, high = min if low is None else low, max if high is None else high
    x = x if low is None else np.maximum(x, low)
    return x if high is None else np.minimum(x, high)


def constant(value):
    from onnx import numpy_helper

    return numpy_helper.to_array(value)


OPS = {
    "Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide,
    "Pow": np.power, "Max": np.maximum, "Min": np.minimum, "Sqrt": np.sqrt,
    "Tanh": np.tanh, "MatMul": np.matmul, "Gemm": gemm, "Clip": clip,
    "BatchNormalization": batch_norm, "LayerNormalization": layer_norm,
    "Constant": constant, "Erf": np.vectorize(math.erf), "Identity": lambda x: x,
    "Reciprocal": lambda x: 1 / x, "Relu": lambda x: np.maximum(x, 0),
    "Sigmoid": lambda x: 1 / (1 + np.exp(-x)), "Dropout": lambda x, *_, **__: x,
    "LeakyRelu": lambda x, alpha=0.01: np.where(x > 0, x, alpha * x),
    "PRelu": lambda x, slope: np.where(x > 0, x, slope * x),
    "Concat": lambda *x, axis: np.concatenate(x, axis),
    "ReduceMean": lambda x, axes, keepdims=1: x.mean(tuple(axes), keepdims=True),
    "Transpose": lambda x, perm: np.transpose(x, perm),
}  # fmt: skip


def by_numpy():
    import onnx
    from onnx import helper, numpy_helper

    def wide(array):
        return array.astype(np.float64) if array.dtype == np.float32 else array

    def run(path, inputs):
        graph = onnx.load(path).graph
        values = {t.name: wide(numpy_helper.to_array(t)) for t in graph.initializer}
        values.update((name, wide(array)) for name, array in inputs.items())
        for node in graph.node:
            operands = [values[name] if name else None for name in node.input]
            named = {a.name: helper.get_attribute_value(a) for a in node.attribute}
            values[node.output[0]] = wide(np.asarray(OPS[node.op_type](*operands, **named)))
        return values[graph.output[0].name]

    return run


RUNTIMES = {
    "ONNX Runtime": by_onnxruntime,
    "ONNX Runtime under node": by_node,
    "ONNX' reference evaluator": by_reference,
    "numpy": by_numpy,
}


def find():
    """The first that there is, and why those before it are not."""
    for name, make in RUNTIMES.items():
        try:
            return name, make()
        except (ImportError, OSError, subprocess.CalledProcessError) as error:
            print("no %s: %s" % (name, error))
    raise SystemExit("nothing runs ONNX files")
