"""Reads the tensors of a .safetensors file: name to bytes."""
import json
import struct


def read(path):
    data = open(path, "rb").read()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)
    spans = {name: entry["data_offsets"] for name, entry in header.items()}
    return {name: data[8 + size + a : 8 + size + b] for name, (a, b) in spans.items()}
