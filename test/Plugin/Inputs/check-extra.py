"""Runs a model of the dialect extra and compares it with plain arithmetic.

usage: check-extra.py KEEL LIBRARY MODEL FOLDER

The outputs with extra.snake computed here, its adjoint with differences of the
loss, and two steps of #extra.lion with its equations.
"""

import json
import math
import pathlib
import random
import struct
import subprocess
import sys

KEEL, LIBRARY, MODEL, FOLDER = sys.argv[1:]
FOLDER = pathlib.Path(FOLDER)
FREQUENCY, RATE, DECAY = 1.7, 1.0e-2, 0.1  # of the model
# As test/Integration/Gradients/GradientTest.cpp: the step at which cutting and
# rounding errors meet, and those errors with room for sums.
STEP, TOLERANCE = 6e-6, 1e-6
# Some tens of roundings of 1e-16 in numbers near 1.
ROUNDING = 1e-14


def keel(command, *flags):
    result = subprocess.run(
        [KEEL, command, MODEL, "--load-dialect-plugin=" + LIBRARY, *flags],
        capture_output=True,
        text=True,
    )
    if result.returncode != 0:
        sys.exit(f"keel {command} {' '.join(flags)}:\n{result.stderr}")
    return result.stdout


def open_weights(path):
    data = bytearray(path.read_bytes())
    size = struct.unpack("<Q", data[:8])[0]
    return data, json.loads(data[8 : 8 + size]), 8 + size


def read(path):
    """{name: numbers} of a weights file."""
    data, header, start = open_weights(path)
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = (start + offset for offset in entry["data_offsets"])
            tensors[name] = list(struct.unpack(f"<{(end - begin) // 8}d", data[begin:end]))
    return tensors


def write(source, path, name, numbers):
    """`source` with other numbers for one tensor."""
    data, header, start = open_weights(source)
    begin, end = (start + offset for offset in header[name]["data_offsets"])
    data[begin:end] = struct.pack(f"<{len(numbers)}d", *numbers)
    del header["__metadata__"]["tensor_crc32"]  # which is not of these numbers
    data[8:start] = json.dumps(header).encode().ljust(start - 8)
    path.write_bytes(data)


def check(what, got, expected, tolerance):
    norm = lambda numbers: math.sqrt(sum(n * n for n in numbers))
    error = norm([g - e for g, e in zip(got, expected, strict=True)])
    error /= max(norm(expected), 1e-3)
    print(f"{what}: relative error {error:.1e}")
    if not error <= tolerance:
        sys.exit(f"{what}: expected {expected}, got {got}")


def train(start, steps, *flags):
    """Weights and slots after some steps on all rows."""
    path = FOLDER / "trained.safetensors"
    keel(
        "train",
        *[f"--weights={start}", f"--data={FOLDER}/data.csv", f"--steps={steps}"],
        *["--batch-size=40", "--shuffle=false", "--quiet", f"--output={path}"],
        *flags,
    )
    return read(path)


def gradient(start):
    """What one step of plain descent with the rate 1 subtracts."""
    before, after = read(start), train(start, 1, "--optimizer=sgd<learning_rate = 1.0>")
    return {n: [b - a for b, a in zip(before[n], after[n])] for n in ("v", "w")}


def loss_at(start, name, numbers):
    path = FOLDER / "moved.safetensors"
    write(start, path, name, numbers)
    text = keel("eval", f"--weights={path}", f"--data={FOLDER}/data.csv", "--json")
    return json.loads(text)["loss"]


def check_outputs(start, inputs):
    keel("run", f"--weights={start}", f"--input={FOLDER}/inputs.csv", f"--output={FOLDER}/y.csv")
    w, v = (read(start)[name] for name in ("w", "v"))
    snake = lambda h: h + math.sin(FREQUENCY * h) ** 2 / FREQUENCY
    expected = [sum(snake(x * wi) * vi for wi, vi in zip(w, v)) for x in inputs]
    got = [float(line) for line in (FOLDER / "y.csv").read_text().split()]
    check("outputs", got, expected, ROUNDING)


def check_gradient(start):
    analytic = gradient(start)
    for name, numbers in analytic.items():
        middle, numeric = read(start)[name], []
        for i, value in enumerate(middle):
            at = lambda x: loss_at(start, name, middle[:i] + [x] + middle[i + 1 :])
            numeric.append((at(value + STEP) - at(value - STEP)) / (2 * STEP))
        check(f"gradient of {name}", numbers, numeric, TOLERANCE)


def check_lion(start):
    first, once = gradient(start), train(start, 1)
    middle = FOLDER / "once.safetensors"
    (FOLDER / "trained.safetensors").rename(middle)
    second, twice = gradient(middle), train(start, 2)
    sign = lambda x: math.copysign(1.0, x)
    step = lambda p, c: p - RATE * (sign(c) + DECAY * p)
    for name, p in ((n, read(start)[n]) for n in ("v", "w")):
        g, h = first[name], second[name]
        p = [step(p, g) for p, g in zip(p, g)]
        check(f"{name} after one step", once[name], p, ROUNDING)
        m = [0.01 * g for g in g]
        p = [step(p, 0.9 * m + 0.1 * h) for p, m, h in zip(p, m, h)]
        check(f"{name} after two steps", twice[name], p, ROUNDING)
        # The gradients are differences of weights near 1.
        m = [0.99 * m + 0.01 * h for m, h in zip(m, h)]
        check(f"the momentum of {name}", twice[f"optimizer/m/{name}"], m, 1e-12)


def main():
    draw = random.Random(1)
    inputs = [draw.gauss(0, 1) for _ in range(40)]
    (FOLDER / "inputs.csv").write_text("".join(f"{x!r}\n" for x in inputs))
    rows = [f"{x!r},{math.sin(2 * x)!r}\n" for x in inputs]
    (FOLDER / "data.csv").write_text("".join(rows))
    start = FOLDER / "start.safetensors"
    keel("train", f"--data={FOLDER}/data.csv", "--epochs=0", "--quiet", f"--output={start}")
    check_outputs(start, inputs)
    check_gradient(start)
    check_lion(start)


main()
