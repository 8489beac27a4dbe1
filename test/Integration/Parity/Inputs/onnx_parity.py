"""Takes ONNX files in, trains on, writes them out, and compares with others.

    onnx_parity.py FOLDER helpers|torch

For each network of onnx_nets.py: the file as it came and as keel imports it
give what another runtime gives; after steps of training, the file that keel
exports passes ONNX' checker, and gives the other runtime what keel computes
from the trained weights. The bound of 1e-5 of the largest output is some eighty
roundings of f32, for sums of at most 48 terms in a dozen layers.
"""

import os
import subprocess
import sys

import numpy as np
import onnx
import onnx_nets
import onnx_runtimes

BOUND = 1e-5
ROWS = 40


def keel(*arguments):
    done = subprocess.run(("keel",) + arguments, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError("keel %s: %s" % (arguments[0], done.stderr))


def error(got, expected):
    assert got.shape == expected.shape, (got.shape, expected.shape)
    return float(np.abs(got - expected).max() / np.abs(expected).max())


def compare(file, run, torch_network=None):
    """The largest differences of one network, by what was compared."""
    at = lambda name: file[: -len(".onnx")] + "-" + name
    random = np.random.default_rng(5)
    x = random.normal(size=(ROWS, onnx_nets.FEATURES)).astype(np.float32)
    np.save(at("x.npy"), x)
    labels = random.integers(0, onnx_nets.CLASSES, ROWS).astype(np.int32)
    np.save(at("labels.npy"), labels)

    def outputs(model, *flags):
        keel("run", model, *flags, "--input=" + at("x.npy"), "--output=" + at("y.npy"))
        return np.load(at("y.npy"))

    errors = {}
    before = run(file, {"x": x})
    errors["the file"] = error(outputs(file), before)
    if torch_network:
        import torch

        with torch.no_grad():
            errors["PyTorch"] = error(
                outputs(file), torch_network(torch.tensor(x)).numpy()
            )
    model, weights = at("model.mlir"), "--weights=" + at("w.safetensors")
    keel("import", file, "-o", model, weights)
    errors["what is imported"] = error(outputs(model, weights), before)

    trained = "--weights=" + at("trained.safetensors")
    keel(
        "train", model, weights, "--data=" + at("x.npy"),
        "--labels=" + at("labels.npy"), "--loss=softmax_cross_entropy",
        "--optimizer=adam<learning_rate = 0.01>", "--batch-size=10", "--steps=12",
        "--quiet", "--output=" + at("trained.safetensors"),
    )  # fmt: skip
    after = outputs(model, trained)
    moved = error(after, before)
    assert moved > 1e-2, "training changed the outputs by %.3g alone" % moved

    # Of the model, and of the file that it came from.
    for source in model, file:
        keel("export", source, trained, "-o", at("trained.onnx"))
        onnx.checker.check_model(onnx.load(at("trained.onnx")), full_check=True)
        result = run(at("trained.onnx"), {"x": x})
        errors["exported from " + source[-4:]] = error(after, result)
        errors["taken in again"] = error(outputs(at("trained.onnx")), after)
    # What is exported can be trained on as well.
    keel(
        "train", at("trained.onnx"), "--data=" + at("x.npy"),
        "--labels=" + at("labels.npy"), "--loss=softmax_cross_entropy",
        "--steps=2", "--quiet", "--output=" + at("again.safetensors"),
        "--optimizer=sgd<learning_rate = 0.1>",
    )  # fmt: skip
    return errors


def write(folder, kind):
    """Yields the files, and PyTorch's network or None."""
    if kind == "helpers":
        for name, make in onnx_nets.HELPER_NETWORKS.items():
            file = os.path.join(folder, name + ".onnx")
            make(file)
            yield file, None
        return
    for name, (network, opset) in onnx_nets.make_torch_networks().items():
        file = os.path.join(folder, name + ".onnx")
        onnx_nets.export_torch(network, opset, file)
        yield file, network


def main():
    folder, kind = sys.argv[1], sys.argv[2]
    os.makedirs(folder, exist_ok=True)
    runtime, run = onnx_runtimes.find()
    print("compared with", runtime)
    failed = 0
    for file, network in write(folder, kind):
        errors = compare(file, run, network)
        worst = max(errors, key=errors.get)
        good = errors[worst] < BOUND
        failed += not good
        print("%s %s: largest difference %.2g, of %s" % (
            "ok" if good else "BAD", os.path.basename(file), errors[worst], worst))  # fmt: skip
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
