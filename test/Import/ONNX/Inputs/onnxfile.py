"""Writes ONNX files with the standard library alone: protobuf by hand.

A message is a list of fields; each field is a function of its number and value
that gives bytes.
"""

import struct

FLOAT, UINT8, INT32, INT64, BOOL, FLOAT16, DOUBLE = 1, 2, 6, 7, 9, 10, 11
CODES = {FLOAT: "f", UINT8: "B", INT32: "i", INT64: "q", BOOL: "B", DOUBLE: "d"}


def varint(number):
    number &= (1 << 64) - 1
    out = bytearray()
    while True:
        low, number = number & 127, number >> 7
        out.append(low | (128 if number else 0))
        if not number:
            return bytes(out)


def integer(field, value):
    return varint(field << 3) + varint(value)


def real(field, value):
    return varint(field << 3 | 5) + struct.pack("<f", value)


def data(field, value):
    value = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(value)) + value


def tensor(name, kind, dims, values, typed=False, raw=None, external=None):
    """An initializer; by raw bytes, by its type's own field, or elsewhere."""
    out = b"".join(integer(1, d) for d in dims) + integer(2, kind) + data(8, name)
    if external is not None:
        for key, value in external.items():
            out += data(13, data(1, key) + data(2, str(value)))
        return out + integer(14, 1)
    if typed:
        if kind == FLOAT:
            return out + data(4, struct.pack("<%df" % len(values), *values))
        if kind == DOUBLE:
            return out + data(10, struct.pack("<%dd" % len(values), *values))
        return out + data(7 if kind == INT64 else 5, b"".join(map(varint, values)))
    if raw is None:
        raw = struct.pack("<%d%s" % (len(values), CODES[kind]), *values)
    return out + data(9, raw)


def attribute(name, value):
    out = data(1, name)
    if isinstance(value, bytes):  # a tensor
        return out + data(5, value) + integer(20, 4)
    if isinstance(value, str):
        return out + data(4, value) + integer(20, 3)
    if isinstance(value, float):
        return out + real(2, value) + integer(20, 1)
    if isinstance(value, int):
        return out + integer(3, value) + integer(20, 2)
    if value and isinstance(value[0], float):
        return out + b"".join(real(7, v) for v in value) + integer(20, 6)
    return out + b"".join(integer(8, v) for v in value) + integer(20, 7)


def node(op, inputs, outputs, name="", domain="", **attributes):
    out = b"".join(data(1, i) for i in inputs) + b"".join(data(2, o) for o in outputs)
    out += data(3, name) if name else b""
    out += data(4, op)
    out += b"".join(data(5, attribute(k, v)) for k, v in attributes.items())
    return out + (data(7, domain) if domain else b"")


def value(name, kind=None, dims=()):
    """An input or an output; a dimension is a size or a name."""
    if kind is None:
        return data(1, name)
    shape = b"".join(
        data(1, integer(1, d) if isinstance(d, int) else data(2, d)) for d in dims
    )
    return data(1, name) + data(2, data(1, integer(1, kind) + data(2, shape)))


def graph(name, nodes, inputs, outputs, initializers=()):
    out = b"".join(data(1, n) for n in nodes) + data(2, name)
    out += b"".join(data(5, t) for t in initializers)
    out += b"".join(data(11, v) for v in inputs)
    return out + b"".join(data(12, v) for v in outputs)


def model(graph, opset=13, training=0):
    out = integer(1, 8) + data(7, graph) + data(8, integer(2, opset))
    if training:
        out += data(8, data(1, "ai.onnx.preview.training") + integer(2, training))
    return out


def write(path, *arguments, **settings):
    with open(path, "wb") as out:
        out.write(model(*arguments, **settings))
