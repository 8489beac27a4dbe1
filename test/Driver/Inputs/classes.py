"""Rows of eight features in three separable classes, as a table."""
import random


def write_classes(path):
    draw = random.Random(1)
    with open(path, "w") as out:
        for i in range(240):
            cells = [draw.gauss(2.0 * (j == i % 3), 0.5) for j in range(8)]
            out.write(",".join("%.4f" % cell for cell in cells) + ",%d\n" % (i % 3))
