"""Compares the floats of an .npy file with those of another, or raw ones.

usage: compare.py EXPECTED.npy ACTUAL [RELATIVE]

The same bits, or with RELATIVE a difference of at most so much of the largest.
"""
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[3] / "Driver" / "Inputs"))
import npy

expected = [cell for row in npy.read(sys.argv[1]) for cell in row]
raw = open(sys.argv[2], "rb").read()
if sys.argv[2].endswith(".npy"):
    actual = [cell for row in npy.read(sys.argv[2]) for cell in row]
else:
    actual = list(struct.unpack("<%df" % (len(raw) // 4), raw))
assert len(actual) == len(expected) > 0, (len(actual), len(expected))
bound = float(sys.argv[3]) if len(sys.argv) > 3 else 0.0
error = max(abs(a - b) for a, b in zip(actual, expected)) / max(map(abs, expected))
print("%d values, %s" % (len(actual), "within bounds" if error <= bound else error))
