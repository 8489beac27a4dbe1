"""Random networks, each as a model file and as PyTorch computes it.

A network is drawn op by op from one seed. Every op adds a line of the model's
text and a function of PyTorch's tensors, so the two cannot drift apart.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F

ELEMENTWISE = {
    # name: (settings, function); the settings are Keel's, all but defaults.
    "relu": ("", F.relu),
    "leaky_relu": (" {slope = 0.2}", lambda x: F.leaky_relu(x, 0.2)),
    "sigmoid": ("", torch.sigmoid),
    "tanh": ("", torch.tanh),
    "elu": (" {alpha = 0.7}", lambda x: F.elu(x, 0.7)),
    "selu": ("", F.selu),
    "gelu": (' {approximate = "none"}', F.gelu),
    "gelu tanh": (' {approximate = "tanh"}', lambda x: F.gelu(x, approximate="tanh")),
    "silu": ("", F.silu),
    "softplus": ("", F.softplus),
    "softsign": ("", F.softsign),
    "hard_sigmoid": ("", F.hardsigmoid),
    "hard_swish": ("", F.hardswish),
    "softmax": ("", lambda x: F.softmax(x, -1)),
    "log_softmax": ("", lambda x: F.log_softmax(x, -1)),
}


class Value:
    """An SSA value: its name, its number of features, and how to compute it."""

    def __init__(self, name, features):
        self.name, self.features = name, features

    def type(self):
        return "tensor<?x%dxf32>" % self.features


class Network:
    """`held` maps the names of parameters and states to their tensors."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.lines, self.steps = [], []
        self.held, self.states, self.frozen = {}, set(), set()
        self.matrices = set()
        self.features = self.integer(3, 12)
        self.values = [Value("%x", self.features)]
        self.used = set()  # the names of the ops drawn
        self.build()

    def integer(self, low, high):
        return int(self.random.integers(low, high + 1))

    def choose(self, options):
        return options[self.integer(0, len(options) - 1)]

    # What the ops are made of ------------------------------------------------

    def hold(self, shape, low=None, high=None, scale=1.0, state=False):
        """A parameter or state, drawn here: a weights file brings it to Keel."""
        name = "%s%d" % ("s" if state else "p", len(self.held))
        if low is None:
            numbers = self.random.normal(size=shape) * scale
        else:
            numbers = self.random.uniform(low, high, size=shape)
        tensor = torch.tensor(numbers.astype(np.float32), requires_grad=not state)
        self.held[name] = tensor
        settings = ""
        if state:
            self.states.add(name)
        elif self.integer(0, 9) == 0:
            self.frozen.add(name)
            tensor.requires_grad_(False)
            settings = " {trainable = false}"
        if len(shape) > 1:
            self.matrices.add(name)
        dims = "x".join(str(size) for size in shape)
        kind = "state" if state else "param"
        self.lines.append(
            '%%%s = keel.%s "%s" init(#keel.zeros)%s : tensor<%sxf32>'
            % (name, kind, name, settings, dims)
        )
        return name

    def append(self, op, operands, features, compute, settings="", types=None):
        value = Value("%%v%d" % len(self.values), features)
        types = types or ", ".join(operand.type() for operand in operands)
        names = ", ".join(getattr(operand, "name", operand) for operand in operands)
        self.lines.append(
            "%s = keel.%s %s%s : %s" % (value.name, op, names, settings, types)
        )
        inputs = [operand for operand in operands if isinstance(operand, Value)]
        self.steps.append((value, inputs, compute))
        self.values.append(value)
        self.used.add(op)
        return value

    def dense(self, x, features, bias=True):
        weight = self.hold((x.features, features), scale=1 / math.sqrt(x.features))
        # Where the norm behind takes it out again, a bias has no gradient but
        # rounding errors, which adaptive optimizers make whole steps of.
        bias = self.hold((features,), scale=0.1) if bias else None
        names = [x, "%" + weight] + (["%" + bias] if bias else [])
        types = "%s, tensor<%dx%dxf32>" % (x.type(), x.features, features)
        types += ", tensor<%dxf32>" % features if bias else ""

        def compute(x):
            y = x @ self.held[weight]
            return y + self.held[bias] if bias else y

        return self.append("dense", names, features, compute, types=types)

    def activation(self, x):
        name = self.choose(list(ELEMENTWISE) + ["prelu"])
        if name == "prelu":
            slope = self.hold((x.features,), 0.1, 0.4)
            return self.append(
                "prelu",
                [x, "%" + slope],
                x.features,
                lambda x: torch.where(x > 0, x, self.held[slope] * x),
                types="%s, tensor<%dxf32>" % (x.type(), x.features),
            )
        settings, function = ELEMENTWISE[name]
        return self.append(name.split()[0], [x], x.features, function, settings)

    def norm(self, x):
        kind = self.choose(["batch_norm", "layer_norm", "rms_norm", "standardize"])
        n = x.features
        if kind == "batch_norm":
            return self.batch_norm(self.dense(x, n, bias=False))
        if kind == "standardize":
            mean = self.hold((n,), scale=0.5, state=True)
            variance = self.hold((n,), 0.5, 2.0, state=True)
            return self.append(
                kind,
                [x, "%" + mean, "%" + variance],
                n,
                lambda x: (x - self.held[mean])
                / torch.sqrt(self.held[variance] + 1e-5),
                " {epsilon = 1.0e-5}",
                x.type(),
            )
        gamma = self.hold((n,), 0.5, 1.5)
        if kind == "rms_norm":
            return self.append(
                kind,
                [x, "%" + gamma],
                n,
                lambda x: x
                * torch.rsqrt((x * x).mean(-1, keepdim=True) + 1e-3)
                * self.held[gamma],
                " {epsilon = 1.0e-3}",
                x.type(),
            )
        beta = self.hold((n,), scale=0.3)
        return self.append(
            kind,
            [x, "%" + gamma, "%" + beta],
            n,
            lambda x: F.layer_norm(x, (n,), self.held[gamma], self.held[beta], 1e-3),
            " {epsilon = 1.0e-3}",
            x.type(),
        )

    def batch_norm(self, x):
        n = x.features
        gamma, beta = self.hold((n,), 0.5, 1.5), self.hold((n,), scale=0.3)
        mean = self.hold((n,), scale=0.5, state=True)
        variance = self.hold((n,), 0.5, 2.0, state=True)
        frozen = self.integer(0, 4) == 0
        decay = self.choose([0.9, 0.7])

        def compute(x):
            return F.batch_norm(
                x,
                self.held[mean],
                self.held[variance],
                self.held[gamma],
                self.held[beta],
                self.training and not frozen,
                1 - decay,
                1e-3,
            )

        settings = ' {decay = %s, epsilon = 1.0e-3, running_variance = "unbiased"%s}'
        settings %= decay, ", frozen = true" if frozen else ""
        names = [x] + ["%" + name for name in (gamma, beta, mean, variance)]
        return self.append("batch_norm", names, n, compute, settings, x.type())

    def binary(self, x):
        op, function = self.choose(
            [("add", torch.add), ("sub", torch.sub), ("mul", torch.mul)]
        )
        if self.integer(0, 2) == 0:
            vector = self.hold((x.features,))
            return self.append(
                op,
                [x, "%" + vector],
                x.features,
                lambda x: function(x, self.held[vector]),
                types="%s, tensor<%dxf32>" % (x.type(), x.features),
            )
        same = [v for v in self.values if v.features == x.features]
        return self.append(
            op, [x, self.choose(same)], x.features, function, types=x.type()
        )

    def concat(self, x):
        parts = [x] + [self.choose(self.values) for _ in range(self.integer(1, 2))]
        features = sum(part.features for part in parts)
        return self.append(
            "concat", parts, features, lambda *parts: torch.cat(parts, -1)
        )

    # The network -------------------------------------------------------------

    def build(self):
        x = self.dense(self.values[0], self.integer(4, 16))
        for _ in range(self.integer(2, 7)):
            kinds = [self.activation, self.activation, self.norm, self.binary]
            if x.features < 40:
                kinds.append(self.concat)
            kinds.append(lambda x: self.dense(x, self.integer(4, 16)))
            x = self.choose(kinds)(x)
        self.outputs = self.integer(2, 6)
        self.result = self.dense(x, self.outputs)
        self.training = False

    def text(self, attributes):
        return (
            "keel.model @network(%%x: %s) -> %s attributes {%s} {\n  %s\n"
            "  keel.return %s : %s\n}\n"
            % (
                self.values[0].type(),
                self.result.type(),
                attributes,
                "\n  ".join(self.lines),
                self.result.name,
                self.result.type(),
            )
        )

    def forward(self, x, training):
        self.training = training
        values = {"%x": x}
        for value, inputs, compute in self.steps:
            values[value.name] = compute(*(values[i.name] for i in inputs))
        return values[self.result.name]
