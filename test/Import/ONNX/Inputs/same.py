"""Compares two .npy files of f32: within a few roundings of sums of few terms.

usage: same.py ONE OTHER
"""

import sys

sys.path.insert(0, __file__.rsplit("/", 4)[0] + "/Driver/Inputs")
import npy

one, other = (npy.read(path) for path in sys.argv[1:3])
assert len(one) == len(other), (len(one), len(other))
flat = lambda rows: [v for row in rows for v in (row if isinstance(row, list) else [row])]
for index, (a, b) in enumerate(zip(flat(one), flat(other))):
    assert abs(a - b) <= 2e-6 * max(1.0, abs(b)), (index, a, b)
print("the same:", len(flat(one)), "elements")
