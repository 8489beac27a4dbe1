"""Checks a run's log: strict JSON lines with the keys that a reader relies on."""
import json
import sys


def refuse(text):
    raise ValueError("not JSON: " + text)


lines = [json.loads(line, parse_constant=refuse) for line in open(sys.argv[1])]
settings, rest = lines[0], lines[1:]
for key in ["model", "batch_size", "seed", "loss", "optimizer", "clip"]:
    assert key in settings, key
steps = [line for line in rest if "step" in line]
epochs = [line for line in rest if "step" not in line]
assert [line["step"] for line in steps] == list(range(1, len(steps) + 1))
for line in steps:
    assert set(line) >= {"step", "epoch", "loss", "learning_rate", "gradient_norm",
                         "clipped", "samples_per_second"}, line
for line in epochs:
    assert set(line) >= {"epoch", "train_loss", "validation_loss",
                         "validation_accuracy"}, line
print("%d steps, %d epochs" % (len(steps), len(epochs)))
