"""Writes a small table of three separable classes, named by text."""
import sys

names = ["red", "green", "blue"]
with open(sys.argv[1], "w") as out:
    out.write("a,b,c,kind\n")
    state = 12345
    for i in range(90):
        kind = i % 3
        cells = []
        for j in range(3):
            state = (state * 1103515245 + 12345) % 2**31
            noise = state / 2**31 - 0.5
            cells.append("%.4f" % (100 * (j == kind) + 20 * noise))
        out.write(",".join(cells) + "," + names[kind] + "\n")
