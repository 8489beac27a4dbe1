"""The example of test/Models/classifier.mlir in PyTorch, for comparison.

    mnist_torch.py DATA EPOCHS THREADS SEED...

DATA is a folder with MNIST's four .gz files. Needs python3-torch, and a fast
BLAS (libopenblas0-pthread): the reference BLAS is thirty times slower.
"""
import gzip
import struct
import sys
import time

import numpy as np
import torch
from torch import nn


def read(name):
    raw = gzip.open(sys.argv[1] + "/" + name).read()
    rank = raw[3]
    shape = struct.unpack(">%dI" % rank, raw[4 : 4 + 4 * rank])
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * rank).reshape(shape)


def load(part):
    images = read(part + "-images-idx3-ubyte.gz").reshape(-1, 784)
    labels = read(part + "-labels-idx1-ubyte.gz")
    return torch.tensor(images / np.float32(255)), torch.tensor(labels.astype(np.int64))


def train(seed, epochs, images, labels):
    torch.manual_seed(seed)
    first, last = nn.Linear(784, 128), nn.Linear(128, 10)
    nn.init.kaiming_normal_(first.weight, nonlinearity="relu")
    nn.init.xavier_uniform_(last.weight)
    nn.init.zeros_(first.bias)
    nn.init.zeros_(last.bias)
    model = nn.Sequential(first, nn.BatchNorm1d(128), nn.ReLU(), last)
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
    for _ in range(epochs):
        order = torch.randperm(len(images))
        for begin in range(0, len(images), 64):
            rows = order[begin : begin + 64]
            optimizer.zero_grad(set_to_none=True)
            loss = nn.functional.cross_entropy(model(images[rows]), labels[rows])
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
    return model.eval()


torch.set_num_threads(int(sys.argv[3]))
images, labels = load("train")
test_images, test_labels = load("t10k")
for seed in map(int, sys.argv[4:]):
    start = time.time()
    model = train(seed, int(sys.argv[2]), images, labels)
    seconds = time.time() - start
    with torch.no_grad():
        right = (model(test_images).argmax(1) == test_labels).float().mean().item()
    print("seed %d: accuracy %.4f, %.2f s of training" % (seed, right, seconds))
