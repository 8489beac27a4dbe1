"""A host program of a compiled model: trains it and computes its outputs.

usage: ahead-of-time.py data FOLDER
       ahead-of-time.py LIBRARY MEMORY FOLDER SEED STEPS BATCH

`data` writes x.npy and labels.npy. LIBRARY is an object of @all_states as a
shared library, MEMORY what --report-memory said of it; the outputs for x.npy
go to FOLDER/ahead.npy.
"""

import ctypes
import random
import re
import sys

sys.path.insert(0, __file__.rsplit("/", 1)[0])
import npy

ROWS, IN, OUT = 160, 784, 10
Body = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)


class Context(ctypes.Structure):
    pass


ParallelFor = ctypes.CFUNCTYPE(None, ctypes.POINTER(Context), Body, ctypes.c_void_p,
                               ctypes.c_int64, ctypes.c_int64)
Context._fields_ = [("parallel_for", ParallelFor), ("pool", ctypes.c_void_p),
                    ("seed", ctypes.c_int64), ("first_row", ctypes.c_int64)]


class Result(ctypes.Structure):
    _fields_ = [("value", ctypes.c_double), ("flags", ctypes.c_int64)]


@ParallelFor
def backwards(context, body, closure, begin, end):
    """One iteration after the other, the last one first."""
    for i in reversed(range(begin, end)):
        body(closure, i, i + 1)


def make_data(folder):
    draw = random.Random(5)
    npy.write(folder + "/x.npy", [[draw.gauss(0, 1) for _ in range(IN)] for _ in range(ROWS)])
    npy.write(folder + "/labels.npy", [draw.randrange(OUT) for _ in range(ROWS)], "<i4")


class Arena:
    def __init__(self, size):
        self.memory = ctypes.create_string_buffer(size + 64)
        start = ctypes.addressof(self.memory)
        self.address = ctypes.c_void_p((start + 63) // 64 * 64)


def flat(rows):
    return [cell for row in rows for cell in row]


def main(library, memory, folder, seed, steps, batch):
    text = open(memory, encoding="utf-8").read()
    size = {name: int(count) for name, count in re.findall(r"^  (\w+) +(\d+)$", text, re.M)}
    memory = {name: Arena(size[name])
              for name in ("params", "states", "slots", "grads", "folded", "scratch")}
    arena = {name: kept.address for name, kept in memory.items()}
    code = ctypes.CDLL(library)
    context = Context(backwards, None, seed, 0)
    here, t64 = ctypes.byref(context), ctypes.c_int64
    x = (ctypes.c_float * (ROWS * IN))(*flat(npy.read(folder + "/x.npy")))
    labels = (ctypes.c_int32 * ROWS)(*npy.read(folder + "/labels.npy"))

    def at(array, row, width):
        return (ctypes.c_void_p * 1)(ctypes.addressof(array) + 4 * row * width)

    code.all_states_init(here, arena["params"], arena["states"], arena["slots"], t64(seed))
    for t in range(steps):
        row, result = t * batch % ROWS, Result()
        code.all_states_grad_step(here, arena["params"], arena["states"], arena["grads"],
                                  arena["scratch"], at(x, row, IN), at(labels, row, 1),
                                  t64(batch), t64(t), ctypes.byref(result))
        code.all_states_apply_step(here, arena["params"], arena["states"], arena["slots"],
                                   arena["grads"], t64(t), ctypes.byref(result))
    code.all_states_fold(here, arena["params"], arena["states"], arena["folded"],
                         arena["scratch"])
    y = (ctypes.c_float * (ROWS * OUT))()
    for row in range(0, ROWS, batch):
        code.all_states_infer(here, arena["folded"], arena["states"], arena["scratch"],
                              at(x, row, IN), at(y, row, OUT), t64(batch))
    npy.write(folder + "/ahead.npy", [y[i * OUT:(i + 1) * OUT] for i in range(ROWS)])


if sys.argv[1] == "data":
    make_data(sys.argv[2])
else:
    main(*sys.argv[1:4], *map(int, sys.argv[4:]))
