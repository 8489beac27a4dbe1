"""Reads and writes .npy files of rank 0 to 2 with the standard library alone."""
import ast
import struct

FORMATS = {"<f4": "f", "<f8": "d", "<i4": "i", "<i8": "q"}


def write(path, rows, kind="<f4"):
    if not isinstance(rows, (list, tuple)):
        shape, cells = (), [rows]
    elif isinstance(rows[0], (list, tuple)):
        shape = len(rows), len(rows[0])
        cells = [cell for row in rows for cell in row]
    else:
        shape, cells = (len(rows),), rows
    header = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (kind, shape)
    header = header.ljust(117) + "\n"
    with open(path, "wb") as out:
        out.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)))
        out.write(header.encode())
        out.write(struct.pack("<%d%s" % (len(cells), FORMATS[kind]), *cells))


def read(path):
    """Rows, each a list; of any rank but 2, numbers."""
    data = open(path, "rb").read()
    assert data[:8] == b"\x93NUMPY\x01\x00", data[:8]
    (size,) = struct.unpack("<H", data[8:10])
    header = ast.literal_eval(data[10 : 10 + size].decode())
    shape = header["shape"]
    count = 1
    for extent in shape:
        count *= extent
    code = FORMATS[header["descr"]]
    cells = list(struct.unpack("<%d%s" % (count, code), data[10 + size :]))
    if len(shape) != 2:
        return cells
    return [cells[i * shape[1] : (i + 1) * shape[1]] for i in range(shape[0])]
