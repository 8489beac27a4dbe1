"""Networks as ONNX files: by ONNX' own helpers, and by PyTorch's exporter.

Each is a function of a path that writes the file; the networks take rows of
FEATURES and give scores of CLASSES.
"""

import numpy as np

FEATURES, CLASSES = 12, 5


class Graph:
    """A graph under way: nodes, and weights drawn as they are named."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.nodes, self.weights = [], []

    def weight(self, *shape, mean=0.0, scale=None):
        from onnx import numpy_helper

        scale = scale if scale is not None else 1.0 / np.sqrt(shape[-1])
        values = self.random.normal(mean, scale, shape).astype(np.float32)
        name = "w%d" % len(self.weights)
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def number(self, value, kind=np.float32):
        from onnx import numpy_helper

        name = "w%d" % len(self.weights)
        self.weights.append(numpy_helper.from_array(np.array(value, kind), name))
        return name

    def add(self, op, *inputs, **attributes):
        from onnx import helper

        name = "v%d" % len(self.nodes)
        self.nodes.append(helper.make_node(op, inputs, [name], name, **attributes))
        return name

    def write(self, path, result, opset):
        import onnx
        from onnx import TensorProto, helper

        self.nodes[-1].output[0] = "scores"
        assert result == self.nodes[-1].name
        value = lambda name, size: helper.make_tensor_value_info(
            name, TensorProto.FLOAT, ["N", size]
        )
        graph = helper.make_graph(
            self.nodes, "net", [value("x", FEATURES)], [value("scores", CLASSES)],
            self.weights,
        )  # fmt: skip
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
        model.ir_version = 8
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, path)


def classic(path):
    """Dense layers, a batch norm, dropout."""
    g = Graph(1)
    h = g.add("Gemm", "x", g.weight(16, FEATURES), g.weight(16), transB=1)
    statistics = g.weight(16), g.weight(16, mean=1.5, scale=0.1)
    scale = g.weight(16, mean=1, scale=0.1)
    h = g.add("BatchNormalization", h, scale, g.weight(16), *statistics, epsilon=1e-3)
    h = g.add("Relu", h)
    h = g.add("Dropout", h, g.number(0.2))
    h = g.add("MatMul", h, g.weight(16, CLASSES))
    g.write(path, g.add("Add", h, g.weight(CLASSES)), 13)


def norm_in_parts(path):
    """A layer norm written in parts, two columns of functions, bounds."""
    g = Graph(2)
    h = g.add("Gemm", "x", g.weight(16, FEATURES), g.weight(16), transB=1)
    centered = g.add("Sub", h, g.add("ReduceMean", h, axes=[-1]))
    square = g.add("Pow", centered, g.number(2))
    variance = g.add("ReduceMean", square, axes=[-1])
    root = g.add("Sqrt", g.add("Add", variance, g.number(1e-5)))
    h = g.add("Div", centered, root)
    h = g.add("Mul", h, g.weight(16, mean=1, scale=0.1))
    h = g.add("Add", h, g.weight(16))
    low = g.add("Clip", h, g.number(0), g.number(6))
    high = g.add("LeakyRelu", h, alpha=0.2)
    h = g.add("Concat", low, high, g.add("Max", h, g.number(-0.5)), axis=1)
    h = g.add("Gemm", h, g.weight(16, 48), g.weight(16), transB=1)
    h = g.add("Tanh", h)
    g.write(path, g.add("Gemm", h, g.weight(16, CLASSES), g.weight(CLASSES)), 13)


def residual(path):
    """What a transformer's dense part is: norms, GELU by its parts, a shortcut."""
    g = Graph(3)
    h = g.add("MatMul", "x", g.weight(FEATURES, 16))
    scale = g.weight(16, mean=1, scale=0.1)
    n = g.add("LayerNormalization", h, scale, g.weight(16), axis=-1, epsilon=1e-5)
    n = g.add("Gemm", n, g.weight(16, 32), g.weight(32))
    bell = g.add("Erf", g.add("Div", n, g.number(np.sqrt(2))))
    half = g.add("Mul", n, g.add("Add", bell, g.number(1)))
    n = g.add("Mul", half, g.number(0.5))
    n = g.add("Gemm", n, g.weight(16, 32), g.weight(16), transB=1)
    h = g.add("Add", h, n)
    mean = g.add("ReduceMean", g.add("Mul", h, h), axes=[-1])
    rate = g.add("Reciprocal", g.add("Sqrt", g.add("Add", mean, g.number(1e-6))))
    h = g.add("Mul", g.add("Mul", h, rate), g.weight(16, mean=1, scale=0.1))
    g.write(path, g.add("Gemm", h, g.weight(16, CLASSES), g.weight(CLASSES)), 17)


def make_torch_networks():
    """Networks of PyTorch by name, each with the operator set to export in."""
    import torch
    from torch import nn

    class Shortcut(nn.Module):
        def __init__(self, *layers):
            super().__init__()
            self.body = nn.Sequential(*layers)

        def forward(self, x):
            return x + self.body(x)

    torch.manual_seed(4)
    plain = nn.Sequential(
        nn.Linear(FEATURES, 16), nn.BatchNorm1d(16), nn.ReLU6(), nn.Dropout(0.1),
        nn.Linear(16, 16), nn.SiLU(), nn.Linear(16, CLASSES),
    )  # fmt: skip
    normed = nn.Sequential(
        nn.Linear(FEATURES, 16),
        Shortcut(nn.LayerNorm(16), nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 16)),
        nn.LayerNorm(16), nn.PReLU(16), nn.Hardtanh(-2, 3), nn.Linear(16, CLASSES),
    )  # fmt: skip
    for module in plain.modules():
        if isinstance(module, nn.BatchNorm1d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
    return {"torch-plain": (plain, 13), "torch-normed": (normed, 13),
            "torch-normed-9": (normed, 9)}  # fmt: skip


def export_torch(network, opset, path):
    import torch

    network.eval()
    torch.onnx.export(
        network, torch.zeros(2, FEATURES), path, opset_version=opset,
        input_names=["x"], output_names=["scores"], do_constant_folding=False,
        dynamic_axes={"x": {0: "N"}, "scores": {0: "N"}},
    )  # fmt: skip


HELPER_NETWORKS = {"classic": classic, "norm-in-parts": norm_in_parts,
                   "residual": residual}  # fmt: skip
