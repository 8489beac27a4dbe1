"""Rows of normal numbers.

usage: data.py FOLDER ROWS FEATURES TARGETS
"""

import random
import sys

sys.path.insert(0, __file__.rsplit("/", 4)[0] + "/Driver/Inputs")
import npy

folder, (rows, features, targets) = sys.argv[1], map(int, sys.argv[2:])
draw = random.Random(3)
for name, width in ("x", features), ("t", targets):
    npy.write("%s/%s.npy" % (folder, name), [[draw.gauss(0, 1) for _ in range(width)] for _ in range(rows)])
