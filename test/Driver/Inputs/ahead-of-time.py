"""A host program of a compiled model: trains it and computes its outputs.

usage: ahead-of-time.py data FOLDER
       ahead-of-time.py LIBRARY FOLDER SEED STEPS BATCH

`data` writes x.npy and labels.npy. LIBRARY is an object of @all_states as a
shared library; the outputs for x.npy go to FOLDER/ahead.npy.
"""

import ctypes
import random
import sys

sys.path.insert(0, __file__.rsplit("/", 1)[0])
import npy

ROWS, IN, OUT = 160, 784, 10
Body = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
ParallelFor = ctypes.CFUNCTYPE(None, ctypes.c_void_p, Body, ctypes.c_void_p,
                               ctypes.c_int64, ctypes.c_int64)


@ParallelFor
def backwards(user, body, closure, begin, end):
    """One iteration after the other, the last one first."""
    for i in reversed(range(begin, end)):
        body(closure, i, i + 1)


def make_data(folder):
    draw = random.Random(5)
    npy.write(folder + "/x.npy", [[draw.gauss(0, 1) for _ in range(IN)] for _ in range(ROWS)])
    npy.write(folder + "/labels.npy", [draw.randrange(OUT) for _ in range(ROWS)], "<i4")


def flat(rows):
    return [cell for row in rows for cell in row]


def call(code, name, *arguments):
    status = getattr(code, "all_states_" + name)(*arguments)
    assert status == 0, (name, status)


def main(library, folder, seed, steps, batch):
    code = ctypes.CDLL(library)
    context, t64 = ctypes.c_void_p(), ctypes.c_int64
    x = (ctypes.c_float * (ROWS * IN))(*flat(npy.read(folder + "/x.npy")))
    labels = (ctypes.c_int32 * ROWS)(*npy.read(folder + "/labels.npy"))

    def at(array, row, width):
        return ctypes.c_void_p(ctypes.addressof(array) + 4 * row * width)

    call(code, "create", None, ctypes.c_size_t(0), ctypes.byref(context))
    code.all_states_set_parallel_for(context, backwards, None)
    call(code, "init", context, t64(seed))
    for t in range(steps):
        row = t * batch % ROWS
        call(code, "train_step", context, at(x, row, IN), at(labels, row, 1), t64(batch), None)
    y = (ctypes.c_float * (ROWS * OUT))()
    for row in range(0, ROWS, batch):
        call(code, "infer", context, at(x, row, IN), at(y, row, OUT), t64(batch))
    code.all_states_destroy(context)
    npy.write(folder + "/ahead.npy", [y[i * OUT:(i + 1) * OUT] for i in range(ROWS)])


if sys.argv[1] == "data":
    make_data(sys.argv[2])
else:
    main(*sys.argv[1:3], *map(int, sys.argv[3:]))
