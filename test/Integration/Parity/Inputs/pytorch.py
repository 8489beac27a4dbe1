"""Compares random networks with PyTorch: outputs, losses and ten steps.

    pytorch.py FOLDER FIRST LAST

For each seed from FIRST to LAST the same network, weights, data, loss, clip and
optimizer go through `keel run` and `keel train`, and through PyTorch. What is
compared is the largest difference over the largest value; the bound of 1e-4 is
a thousand roundings of f32, for ten steps that each pass a rounding on through
every layer.
"""

import json
import math
import os
import struct
import subprocess
import sys

import numpy as np
import torch
import torch.nn.functional as F
from networks import Network

BOUND = 1e-4
STEPS, BATCH = 10, 16

LOSSES = {
    "softmax_cross_entropy": F.cross_entropy,
    "sigmoid_cross_entropy": F.binary_cross_entropy_with_logits,
    "mean_squared_error": F.mse_loss,
    "mean_absolute_error": F.l1_loss,
    "huber<delta = 0.5>": lambda y, t: F.huber_loss(y, t, delta=0.5),
}


def decayed(network, weight_decay):
    """Weight decay leaves out vectors, as Keel does."""
    trained = [n for n in network.held if network.held[n].requires_grad]
    return [
        {
            "params": [network.held[n] for n in trained if n in network.matrices],
            "weight_decay": weight_decay,
        },
        {"params": [network.held[n] for n in trained if n not in network.matrices]},
    ]


OPTIMIZERS = [
    ("sgd<learning_rate = 0.05%s>", lambda n: torch.optim.SGD(decayed(n, 0), 0.05)),
    (
        "sgd<learning_rate = 0.02, momentum = 0.9, weight_decay = 0.05%s>",
        lambda n: torch.optim.SGD(decayed(n, 0.05), 0.02, momentum=0.9),
    ),
    (
        "sgd<learning_rate = 0.02, momentum = 0.8, nesterov = true%s>",
        lambda n: torch.optim.SGD(decayed(n, 0), 0.02, momentum=0.8, nesterov=True),
    ),
    (
        "adam<learning_rate = 0.01, epsilon = 1.0e-3%s>",
        lambda n: torch.optim.Adam(decayed(n, 0), 0.01, eps=1e-3),
    ),
    (
        "adamw<learning_rate = 0.01, epsilon = 1.0e-3, weight_decay = 0.1%s>",
        lambda n: torch.optim.AdamW(
            [{"weight_decay": 0, **group} for group in decayed(n, 0.1)], 0.01, eps=1e-3
        ),
    ),
    (
        "rmsprop<learning_rate = 0.01, decay = 0.95, epsilon = 1.0e-2%s>",
        lambda n: torch.optim.RMSprop(decayed(n, 0), 0.01, alpha=0.95, eps=1e-2),
    ),
    (
        "adagrad<learning_rate = 0.02, epsilon = 1.0e-2%s>",
        lambda n: torch.optim.Adagrad(decayed(n, 0), 0.02, eps=1e-2),
    ),
]

SCHEDULES = [
    ("", lambda t: 1.0),
    (
        ", schedule = #keel.cosine<steps = 8, warmup = 3, floor = 0.1>",
        lambda t: (t + 1) / 3
        if t < 3
        else 0.1 + 0.45 * (1 + math.cos(math.pi * min(1, (t - 3) / 5))),
    ),
    (", schedule = #keel.step<every = 4, factor = 0.5>", lambda t: 0.5 ** (t // 4)),
]

CLIPS = [
    ("", lambda trained: None),
    (
        ", clip = #keel.clip_by_value<0.02>",
        lambda trained: torch.nn.utils.clip_grad_value_(trained, 0.02),
    ),
    (
        ", clip = #keel.clip_by_global_norm<0.3, epsilon = 1.0e-6>",
        lambda trained: torch.nn.utils.clip_grad_norm_(trained, 0.3),
    ),
    (
        ", clip = #keel.clip_by_norm<0.1, epsilon = 1.0e-6>",
        lambda trained: [torch.nn.utils.clip_grad_norm_([p], 0.1) for p in trained],
    ),
]


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, tensor in tensors.items():
        raw = tensor.detach().numpy().tobytes()
        header[name] = {
            "dtype": "F32",
            "shape": list(tensor.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def read_safetensors(path):
    raw = open(path, "rb").read()
    size = struct.unpack("<Q", raw[:8])[0]
    tensors = {}
    for name, entry in json.loads(raw[8 : 8 + size]).items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        begin, end = (8 + size + offset for offset in entry["data_offsets"])
        tensors[name] = np.frombuffer(raw[begin:end], np.float32).reshape(
            entry["shape"]
        )
    return tensors


def keel(*arguments):
    done = subprocess.run(("keel",) + arguments, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError("keel %s: %s" % (arguments[0], done.stderr))


def error(got, expected):
    largest = np.abs(expected).max()
    return float(np.abs(got - expected).max() / (largest if largest else 1.0))


def targets(network, loss, rows):
    random = network.random
    if loss == "softmax_cross_entropy":
        return random.integers(0, network.outputs, rows).astype(np.int32)
    shape = (rows, network.outputs)
    if loss == "sigmoid_cross_entropy":
        return random.integers(0, 2, shape).astype(np.float32)
    return random.normal(size=shape).astype(np.float32)


def train(network, loss, optimizer, schedule, clip, x, t):
    """Ten steps of PyTorch; the losses."""
    trained = [p for p in network.held.values() if p.requires_grad]
    scheduled = torch.optim.lr_scheduler.LambdaLR(optimizer, schedule)
    losses = []
    for step in range(STEPS):
        rows = slice(step * BATCH, (step + 1) * BATCH)
        optimizer.zero_grad()
        value = LOSSES[loss](network.forward(x[rows], True), t[rows])
        value.backward()
        for parameter in trained:  # what the loss does not depend on
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        clip(trained)
        optimizer.step()
        scheduled.step()
        losses.append(value.item())
    return losses


def compare(folder, seed, used):
    network = Network(seed)
    used |= network.used
    loss = network.choose(list(LOSSES))
    optimizer_text, make_optimizer = network.choose(OPTIMIZERS)
    schedule_text, schedule = network.choose(SCHEDULES)
    clip_text, clip = network.choose(CLIPS)
    at = lambda name: os.path.join(folder, "%d-%s" % (seed, name))
    text = network.text(
        "loss = #keel.%s, optimizer = #keel.%s%s"
        % (loss, optimizer_text % schedule_text, clip_text)
    )
    open(at("network.mlir"), "w").write(text)
    x = network.random.normal(size=(STEPS * BATCH, network.features))
    x = x.astype(np.float32)
    t = targets(network, loss, len(x))
    np.save(at("x.npy"), x)
    np.save(at("t.npy"), t)
    write_safetensors(at("w.safetensors"), network.held)
    weights = "--weights=" + at("w.safetensors")
    keel(
        "run", at("network.mlir"), weights, "--input=" + at("x.npy"),
        "--output=" + at("y.npy"), "--quiet",
    )  # fmt: skip
    keel(
        "train", at("network.mlir"), weights, "--data=" + at("x.npy"),
        "--labels=" + at("t.npy"), "--batch-size=%d" % BATCH, "--steps=%d" % STEPS,
        "--shuffle=false", "--output=" + at("end.safetensors"),
        "--log=" + at("log.jsonl"), "--quiet",
    )  # fmt: skip

    tx = torch.tensor(x)
    tt = torch.tensor(t.astype(np.int64) if t.dtype == np.int32 else t)
    with torch.no_grad():
        expected = network.forward(tx, False).numpy()
    errors = {"outputs": error(np.load(at("y.npy")), expected)}
    losses = train(network, loss, make_optimizer(network), schedule, clip, tx, tt)
    log = [json.loads(line) for line in open(at("log.jsonl"))]
    got = [line["loss"] for line in log if "step" in line and "loss" in line]
    errors["losses"] = error(np.array(got), np.array(losses))
    end = read_safetensors(at("end.safetensors"))
    for name, tensor in network.held.items():
        errors[name] = error(end[name], tensor.detach().numpy())
    return errors, text


def main():
    folder, first, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    os.makedirs(folder, exist_ok=True)
    torch.set_num_threads(1)
    worst, failed, used = 0.0, 0, set()
    for seed in range(first, last + 1):
        errors, text = compare(folder, seed, used)
        name = max(errors, key=errors.get)
        worst = max(worst, errors[name])
        if not errors[name] < BOUND:
            failed += 1
            print("seed %d: %s differs by %.3g\n%s" % (seed, name, errors[name], text))
    count = last - first + 1
    print("%d networks, largest difference %.3g" % (count, worst))
    print("ops: " + ", ".join(sorted(used)))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
