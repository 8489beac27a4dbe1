"""Trains a network on rows of tokens, whose layers are imported as loops, by keel
and by PyTorch.

    onnx_tokens.py FOLDER

The bound of 1e-5 of the largest output is some eighty roundings of f32, twelve
steps of products over at most 30 rows of tokens.
"""

import os
import sys

import numpy as np
import torch
from onnx_nets import CLASSES, FEATURES, export_torch
from onnx_parity import BOUND, error, keel
from torch import nn

TOKENS, WIDTH = 3, 8
STEPS, BATCH, ROWS = 12, 10, 40


class Tokens(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(FEATURES // TOKENS, WIDTH)
        self.place = nn.Parameter(torch.randn(TOKENS, WIDTH))
        self.norm = nn.LayerNorm(WIDTH)
        self.last = nn.Linear(WIDTH, CLASSES)

    def forward(self, x):
        x = x.reshape(-1, TOKENS, FEATURES // TOKENS)
        x = self.norm(torch.relu(self.first(x) + self.place))
        return self.last(x.mean(1))


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    at = lambda name: os.path.join(folder, name)
    torch.manual_seed(6)
    network = Tokens()
    export_torch(network, 13, at("tokens.onnx"))
    random = np.random.default_rng(6)
    x = random.normal(size=(ROWS, FEATURES)).astype(np.float32)
    labels = random.integers(0, CLASSES, ROWS).astype(np.int32)
    np.save(at("x.npy"), x)
    np.save(at("labels.npy"), labels)

    def outputs(*flags):
        keel("run", at("tokens.onnx"), *flags, "--input=" + at("x.npy"), "--output=" + at("y.npy"))
        return np.load(at("y.npy"))

    before = outputs()
    keel(
        "train", at("tokens.onnx"), "--data=" + at("x.npy"), "--labels=" + at("labels.npy"),
        "--loss=softmax_cross_entropy", "--optimizer=sgd<learning_rate = 0.1>",
        "--batch-size=%d" % BATCH, "--steps=%d" % STEPS, "--shuffle=false", "--quiet",
        "--output=" + at("end.safetensors"),
    )  # fmt: skip
    optimizer = torch.optim.SGD(network.parameters(), 0.1)
    for step in range(STEPS):
        rows = slice(step * BATCH % ROWS, step * BATCH % ROWS + BATCH)
        optimizer.zero_grad()
        scores = network(torch.tensor(x[rows]))
        nn.functional.cross_entropy(scores, torch.tensor(labels[rows]).long()).backward()
        optimizer.step()
    with torch.no_grad():
        expected = network(torch.tensor(x)).numpy()
    got = outputs("--weights=" + at("end.safetensors"))
    assert error(expected, before) > 1e-2, "training changed nothing"
    print("after %d steps the outputs differ by %.2g" % (STEPS, error(got, expected)))
    return not error(got, expected) < BOUND


if __name__ == "__main__":
    sys.exit(main())
