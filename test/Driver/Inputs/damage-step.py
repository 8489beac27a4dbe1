"""Writes FROM, a step kept by keel train, to TO with its metadata KEY as VALUE, or
its first label where KEY is `label`.

    damage-step.py FROM TO KEY VALUE
"""

import json
import struct
import sys

source, target, key, value = sys.argv[1:]
data = bytearray(open(source, "rb").read())
(size,) = struct.unpack("<Q", data[:8])
header, tensors = json.loads(data[8 : 8 + size]), data[8 + size :]
if key == "label":
    begin = header["batch/label/label"]["data_offsets"][0]
    tensors[begin : begin + 4] = struct.pack("<i", int(value))
    header["__metadata__"].pop("tensor_crc32", None)
else:
    header["__metadata__"][key] = value
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
open(target, "wb").write(struct.pack("<Q", len(text)) + text + tensors)
