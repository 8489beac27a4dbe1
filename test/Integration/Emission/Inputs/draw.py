"""Draws rows for a model, as .npy and as raw numbers.

usage: draw.py FOLDER ROWS COLUMNS [CLASSES]

x.npy and x.f32 hold ROWS x COLUMNS floats, with CLASSES also labels.npy and
labels.i32 a class for each row, which the row's sum tells.
"""
import array
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[3] / "Driver" / "Inputs"))
import npy

folder = pathlib.Path(sys.argv[1])
count, columns = int(sys.argv[2]), int(sys.argv[3])
random.seed(1)
rows = [[random.random() for _ in range(columns)] for _ in range(count)]
npy.write(folder / "x.npy", rows)
array.array("f", [cell for row in rows for cell in row]).tofile(open(folder / "x.f32", "wb"))
if len(sys.argv) > 4:
    labels = [int(sum(row) * 10) % int(sys.argv[4]) for row in rows]
    npy.write(folder / "labels.npy", labels, "<i4")
    array.array("i", labels).tofile(open(folder / "labels.i32", "wb"))
