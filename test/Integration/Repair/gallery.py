#!/usr/bin/env python3
"""Twelve networks that do not train, and what `keel repair` makes of them.

For each: writes the sick network with `keel new`, checks its verdict, mends it
with `keel repair` on the data, and trains both with the same settings for
--epochs passes. Prints one line a network, and fails where a verdict differs
or, with --require, where the original learns or the mended one does not.
"""

import argparse
import json
import math
import pathlib
import subprocess
import sys


class Net:
    def __init__(self, verdict, layers, activation, init, norm="none",
                 residual=False, rate=0.1, edit=None):
        self.verdict, self.layers, self.activation = verdict, layers, activation
        self.init, self.norm, self.residual = init, norm, residual
        self.optimizer = f"sgd<learning_rate = {rate}>"
        self.edit = edit or (lambda text: text)


def bias(value):
    return lambda text: text.replace(
        '.bias" init(#keel.zeros)', f'.bias" init(#keel.constant<{value}>)')


def norm(what, default, value):
    return lambda text: text.replace(
        f'.{what}" init(#keel.{default})',
        f'.{what}" init(#keel.constant<{value}>)')


NETS = {
    "vanishing-sigmoid": Net("vanishing", [100] * 10, "sigmoid", "xavier_uniform"),
    "vanishing-relu": Net("vanishing", [64] * 30, "relu", "xavier_uniform", rate=0.05),
    "vanishing-layer-norm": Net("vanishing", [100] * 10, "sigmoid", "xavier_uniform", "layer"),
    "exploding-relu": Net("exploding", [100] * 8, "relu", "normal<stddev = 0.4>"),
    "exploding-residual": Net("exploding", [100] * 16, "relu", "he_normal", residual=True),
    "exploding-batch-norm": Net("exploding", [64] * 50, "relu", "he_normal", "batch", rate=0.02),
    "saturated-tanh": Net("saturated", [100] * 8, "tanh", "normal<stddev = 1.0>", rate=0.01),
    "saturated-batch-norm": Net("saturated", [100] * 8, "tanh", "xavier_uniform", "batch",
                                rate=0.01, edit=norm("gamma", "ones", 20.0)),
    "dead-relu": Net("dead", [100] * 3, "relu", "he_normal", edit=bias(-10.0)),
    "dead-batch-norm": Net("dead", [100] * 3, "relu", "he_normal", "batch",
                           edit=norm("beta", "zeros", -6.0)),
    "symmetric-zeros": Net("symmetric", [100] * 3, "relu", "zeros"),
    "symmetric-layer-norm": Net("symmetric", [100] * 3, "tanh", "constant<0.1>", "layer"),
}


def run(*command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr}")
    return done.stdout


class Gallery:
    def __init__(self, options):
        self.keel, self.out, self.epochs = options.keel, options.out, options.epochs
        self.inputs, self.figure = options.inputs, Figure()
        data, tests = options.data, options.test
        self.training = [f"--data={data[0]}", f"--labels={data[1]}"]
        self.testing = [f"--data={tests[0]}", f"--labels={tests[1]}"]

    def write(self, name, net):
        layers = ",".join(map(str, [self.inputs, *net.layers, 10]))
        flags = ["--residual"] if net.residual else []
        text = run(self.keel, "new", "mlp", f"--layers={layers}",
                   f"--activation={net.activation}", f"--init={net.init}",
                   f"--norm={net.norm}", *flags)
        text = net.edit(text).replace(
            "sgd<learning_rate = 0.1, momentum = 0.9>,", net.optimizer + "} {")
        # No clip: it would hold what explodes.
        text = "".join(line for line in text.splitlines(keepends=True)
                       if "clip = " not in line)
        path = self.out / f"{name}.mlir"
        path.write_text(text)
        return path

    def train(self, path):
        weights = path.with_suffix(".safetensors")
        run(self.keel, "train", path, *self.training, f"--epochs={self.epochs}",
            "--batch-size=64", f"--output={weights}", "--quiet",
            f"--log={path.with_suffix('.jsonl')}")
        result = json.loads(run(self.keel, "eval", path, *self.testing, "--json",
                                f"--weights={weights}"))
        return result["accuracy"]

    def show(self, name, net):
        sick = self.write(name, net)
        check = json.loads(run(self.keel, "check", sick, "--json"))
        kinds = [warning["kind"] for warning in check["warnings"]]
        mended = self.out / f"{name}.mended.mlir"
        table = run(self.keel, "repair", sick, f"--output={mended}", "--quiet",
                    *self.training, f"--report={self.out / name}.html")
        chosen = next(line for line in table.splitlines() if "<- written" in line)
        verdict = json.loads(run(self.keel, "check", mended, "--json"))["verdict"]
        before, after = self.train(sick), self.train(mended)
        print(f"{name:22} {check['verdict']:10} {before:.4f}  {verdict:8} {after:.4f}  "
              f"{chosen[:chosen.index('  ')]}", flush=True)
        self.figure.add(name, before, after, sick.with_suffix(".jsonl"),
                        mended.with_suffix(".jsonl"))
        return net.verdict in [check["verdict"], *kinds], verdict, before, after


class Figure:
    """The losses of all networks over the steps, sick and mended, as one SVG."""

    COLUMNS, WIDTH, HEIGHT, MOST = 3, 300, 170, 2.5

    def __init__(self):
        self.parts = []

    @staticmethod
    def read(path, points=120):
        """(step, mean loss of the steps about it); nothing once it is not finite."""
        records = [json.loads(line) for line in path.read_text().splitlines()]
        losses = [r["loss"] for r in records if "loss" in r and "step" in r]
        reach = max(1, len(losses) // points)
        curve = []
        for start in range(0, len(losses), reach):
            part = losses[start:start + reach]
            if any(loss is None or not math.isfinite(loss) for loss in part):
                break
            curve.append((start + len(part) / 2, sum(part) / len(part)))
        return curve, len(losses)

    def add(self, name, before, after, sick, mended):
        index = len(self.parts)
        x = 40 + index % self.COLUMNS * self.WIDTH
        y = 20 + index // self.COLUMNS * self.HEIGHT
        wide, high = self.WIDTH - 60, self.HEIGHT - 50
        lines = [f'<g transform="translate({x},{y})"><text y="-4">{name}: '
                 f'{before:.2f} &#8594; {after:.2f}</text>'
                 f'<path class="axes" d="M0,0V{high}H{wide}"/>'
                 f'<text x="-6" y="8" text-anchor="end">{self.MOST}</text>'
                 f'<text x="-6" y="{high}" text-anchor="end">0</text>']
        for kind, path in (("sick", sick), ("mended", mended)):
            curve, steps = self.read(path)
            points = " ".join(
                f"{wide * step / steps:.1f},{high * (1 - min(loss / self.MOST, 1)):.1f}"
                for step, loss in curve)
            lines.append(f'<polyline class="{kind}" points="{points}"/>')
        lines.append(f'<text x="{wide}" y="{high + 14}" text-anchor="end">step '
                     f'{steps}</text></g>')
        self.parts.append("".join(lines))

    def write(self, path):
        rows = -(-len(self.parts) // self.COLUMNS)
        style = ("text{font:11px sans-serif;fill:#555} .axes{fill:none;stroke:#999} "
                 "polyline{fill:none;stroke-width:1.5} .sick{stroke:#c4460a} "
                 ".mended{stroke:#0b6bcb}")
        path.write_text(
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 '
            f'{self.COLUMNS * self.WIDTH} {rows * self.HEIGHT}"><style>{style}</style>\n'
            + "\n".join(self.parts) + "\n</svg>\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keel", default="build/bin/keel")
    parser.add_argument("--data", nargs=2, required=True, metavar=("IMAGES", "LABELS"))
    parser.add_argument("--test", nargs=2, required=True, metavar=("IMAGES", "LABELS"))
    parser.add_argument("--inputs", type=int, default=784)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("gallery"))
    parser.add_argument("--only", nargs="*", choices=NETS)
    parser.add_argument("--require", nargs=2, type=float, metavar=("BEFORE", "AFTER"),
                        help="fail unless accuracies are below BEFORE and at least AFTER")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    gallery, failed = Gallery(options), 0
    print("network                verdict    before  mended   after   cures")
    for name in options.only or NETS:
        is_right, verdict, before, after = gallery.show(name, NETS[name])
        good = is_right and verdict == "healthy"
        if options.require:
            good &= before < options.require[0] and after >= options.require[1]
        failed += not good
    gallery.figure.write(options.out / "gallery.svg")
    print(f"{failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
