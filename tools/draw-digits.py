#!/usr/bin/env python3
"""Draws a set of handwritten-looking digits, 28x28 gray, as IDX files.

Every digit is a few pen strokes, bent, slanted, scaled, moved and inked at
random. The same arguments give the same images on every machine and Python:
the random numbers are our own integers, and the geometry uses only +, -, *, /.
"""

import argparse
import array
import os
import struct
import sys
import zlib

SIZE = 28
# The canvas is 32x32 pixels of 4x4 bits, held in one integer: a pen's stamp is
# then one shift and one or. The middle 28x28 pixels are the image.
SUB = 4
BITS = 128
MARGIN = 2

# Strokes in a box of x, y in [-1, 1], y down. Three points and more are joined
# by a curve through them, two by a line. Each digit has a few ways to write it.
GLYPHS = [
    [  # 0
        [[(0.1, -1), (-0.5, -0.6), (-0.6, 0.1), (-0.4, 0.8), (0.05, 1), (0.5, 0.7), (0.6, 0), (0.45, -0.7), (0, -1)]],
        [[(0, -0.9), (-0.55, -0.6), (-0.75, 0), (-0.5, 0.7), (0, 0.9), (0.55, 0.7), (0.75, 0), (0.5, -0.65), (-0.1, -0.9)]],
    ],
    [  # 1
        [[(0, -1), (0, 1)]],
        [[(-0.35, -0.6), (0.05, -1)], [(0.05, -1), (0, 1)]],
        [[(-0.35, -0.65), (0.05, -1)], [(0.05, -1), (0.05, 1)], [(-0.4, 1), (0.45, 1)]],
    ],
    [  # 2
        [[(-0.6, -0.55), (-0.3, -0.95), (0.25, -0.95), (0.5, -0.5), (0.2, 0.1), (-0.25, 0.6), (-0.65, 1)], [(-0.65, 1), (0.65, 0.95)]],
        [[(-0.55, -0.6), (-0.1, -1), (0.45, -0.7), (0.35, -0.1), (-0.2, 0.7), (-0.55, 0.85), (-0.45, 0.5), (0, 0.7), (0.65, 0.9)]],
    ],
    [  # 3
        [[(-0.5, -0.8), (0, -1), (0.45, -0.7), (0.35, -0.2), (-0.15, -0.05)], [(-0.15, -0.05), (0.4, 0.15), (0.5, 0.65), (0.05, 1), (-0.55, 0.8)]],
        [[(-0.55, -0.95), (0.5, -0.95)], [(0.5, -0.95), (-0.1, -0.15)], [(-0.1, -0.15), (0.45, 0.1), (0.5, 0.65), (0, 1), (-0.55, 0.75)]],
    ],
    [  # 4
        [[(-0.3, -0.95), (-0.6, 0.1)], [(-0.6, 0.1), (0.65, 0.1)], [(0.3, -0.8), (0.25, 1)]],
        [[(0.3, -1), (-0.65, 0.3)], [(-0.65, 0.3), (0.65, 0.3)], [(0.3, -1), (0.3, 1)]],
        [[(-0.5, -0.9), (-0.6, -0.3), (-0.3, 0.05), (0.4, -0.05)], [(0.45, -0.95), (0.35, 1)]],
    ],
    [  # 5
        [[(0.5, -0.95), (-0.4, -0.95)], [(-0.4, -0.95), (-0.5, -0.1)], [(-0.5, -0.1), (0.1, -0.3), (0.55, 0.1), (0.45, 0.7), (-0.05, 1), (-0.55, 0.75)]],
        [[(0.55, -0.9), (0, -0.95), (-0.4, -0.6), (-0.35, -0.15), (0.2, -0.1), (0.5, 0.35), (0.2, 0.9), (-0.5, 0.9)]],
    ],
    [  # 6
        [[(0.4, -0.95), (-0.2, -0.6), (-0.55, 0.1), (-0.45, 0.75), (0.05, 1), (0.5, 0.65), (0.35, 0.15), (-0.1, 0.1), (-0.5, 0.5)]],
        [[(0, -1), (-0.4, -0.3), (-0.5, 0.5), (-0.15, 1), (0.4, 0.85), (0.45, 0.35), (0, 0.15), (-0.45, 0.45)]],
    ],
    [  # 7
        [[(-0.6, -0.9), (0.55, -0.9)], [(0.55, -0.9), (-0.15, 1)]],
        [[(-0.6, -0.9), (0.55, -0.95)], [(0.55, -0.95), (0.1, 0), (-0.1, 1)], [(-0.25, 0), (0.45, -0.05)]],
        [[(-0.6, -0.6), (-0.5, -0.95)], [(-0.5, -0.95), (0.55, -0.9)], [(0.55, -0.9), (0, 1)]],
    ],
    [  # 8
        [[(0.35, -0.75), (-0.1, -1), (-0.45, -0.65), (-0.1, -0.15), (0.4, 0.3), (0.4, 0.8), (-0.05, 1), (-0.5, 0.75), (-0.35, 0.25), (0.15, -0.15), (0.45, -0.6), (0.2, -0.95)]],
        [[(0, -0.1), (-0.4, -0.5), (0, -1), (0.4, -0.5), (0, -0.1)], [(0, -0.1), (-0.5, 0.45), (0, 1), (0.5, 0.45), (0, -0.1)]],
    ],
    [  # 9
        [[(0.45, -0.6), (0.05, -1), (-0.45, -0.6), (-0.3, -0.05), (0.2, -0.1), (0.45, -0.6)], [(0.45, -0.6), (0.4, 0.2), (0.2, 1)]],
        [[(0.4, -0.75), (-0.1, -0.95), (-0.5, -0.45), (-0.1, 0), (0.4, -0.4), (0.45, -0.7)], [(0.45, -0.7), (0.5, 0.2), (0.2, 0.85), (-0.4, 0.9)]],
    ],
]


class Random:
    """SplitMix64."""

    MASK = (1 << 64) - 1

    def __init__(self, seed):
        self.state = seed & self.MASK

    def bits(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & self.MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & self.MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & self.MASK
        return z ^ (z >> 31)

    def below(self, n):
        return (self.bits() >> 32) * n >> 32

    def uniform(self, low, high):
        return low + (high - low) * ((self.bits() >> 11) / 9007199254740992.0)

    def around_zero(self, spread):
        """Bell-shaped: the sum of four 16-bit numbers."""
        b = self.bits()
        total = (b & 0xFFFF) + (b >> 16 & 0xFFFF) + (b >> 32 & 0xFFFF) + (b >> 48)
        return spread * (total - 131070) / 75674.0


def disk(radius):
    """The pen's stamp: a disk of bits around bit 0, shifted to keep it positive."""
    reach = int(radius)
    stamp = 0
    for y in range(-reach, reach + 1):
        for x in range(-reach, reach + 1):
            if x * x + y * y <= radius * radius:
                stamp |= 1 << ((y + reach) * BITS + x + reach)
    return stamp, reach


PENS = [disk(3.0 + 0.25 * i) for i in range(15)]


def catmull_rom(steps):
    """Weights of the four points around a segment at t = 0, 1/steps, ..."""
    rows = []
    for i in range(steps):
        t = i / steps
        rows.append((
            0.5 * t * (-1 + t * (2 - t)),
            0.5 * (2 + t * t * (-5 + 3 * t)),
            0.5 * t * (1 + t * (4 - 3 * t)),
            0.5 * t * t * (t - 1),
        ))
    return rows


CURVES = [catmull_rom(steps) for steps in range(1, 65)]


def trace(points):
    """The stroke as dense points, two bits apart or less."""
    dense = []
    last = len(points) - 1
    for i in range(last):
        x1, y1 = points[i]
        x2, y2 = points[i + 1]
        x0, y0 = points[i - 1] if i else (2 * x1 - x2, 2 * y1 - y2)
        x3, y3 = points[i + 2] if i + 1 < last else (2 * x2 - x1, 2 * y2 - y1)
        length = max(abs(x2 - x1), abs(y2 - y1))
        for a, b, c, d in CURVES[min(int(length / 1.7), len(CURVES) - 1)]:
            dense.append((a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3))
    dense.append(points[last])
    return dense


def hand(random):
    """How this digit is written: a map from the glyph's box to the canvas."""
    angle = random.around_zero(0.2)
    cosine = 1 - angle * angle / 2
    slant = -0.1 + random.around_zero(0.24)
    width = random.uniform(25, 47)
    height = random.uniform(28, 44)
    dx = BITS / 2 + random.around_zero(6.0)
    dy = BITS / 2 + random.around_zero(5.5)
    bend_x, bend_y = random.around_zero(0.2), random.around_zero(0.14)
    wobble = random.uniform(0.03, 0.13)

    def place(point):
        x = point[0] + random.around_zero(wobble)
        y = point[1] + random.around_zero(wobble)
        x, y = x + slant * y + bend_x * (y * y - 0.5), y + bend_y * (x * x - 0.3)
        x, y = cosine * x - angle * y, angle * x + cosine * y
        return width * x + dx, height * y + dy

    return place


FIFTHS = int.from_bytes(b"\x55" * (BITS * BITS // 8), "little")
THIRDS = int.from_bytes(b"\x33" * (BITS * BITS // 8), "little")
NIBBLES = int.from_bytes(b"\x0f" * (BITS * BITS // 8), "little")
NOISE = int.from_bytes(b"\x1f" * (SIZE * SIZE), "little")
# Ink by the number of bits set in a pixel, for each strength of the pen.
INKS = [bytes(min(n, 16) * (140 + 5 * i) // 16 for n in range(256)) for i in range(17)]


def coverage(canvas):
    """The number of bits set in each pixel's 4x4, as 28 rows of bytes."""
    pairs = (canvas & FIFTHS) + (canvas >> 1 & FIFTHS)
    fours = (pairs & THIRDS) + (pairs >> 2 & THIRDS)
    halves = []
    for nibbles in (fours & NIBBLES, fours >> 4 & NIBBLES):
        sums = nibbles + (nibbles >> BITS) + (nibbles >> 2 * BITS) + (nibbles >> 3 * BITS)
        halves.append(sums.to_bytes(BITS * BITS // 8, "little"))
    image = bytearray()
    row = bytearray(BITS // SUB)
    for y in range(MARGIN, MARGIN + SIZE):
        start = y * SUB * BITS // 8
        row[0::2] = halves[0][start : start + BITS // 8]
        row[1::2] = halves[1][start : start + BITS // 8]
        image += row[MARGIN : MARGIN + SIZE]
    return image


def draw(digit, random):
    ways = GLYPHS[digit]
    strokes = ways[random.below(len(ways))]
    place = hand(random)
    pen, reach = PENS[random.below(len(PENS))]
    limit = BITS - 1 - reach
    # Strokes that meet in one point of the glyph go on meeting.
    placed = {p: place(p) for stroke in strokes for p in stroke}
    canvas = 0
    for stroke in strokes:
        for x, y in trace([placed[p] for p in stroke]):
            x = min(max(int(x), reach), limit) - reach
            y = min(max(int(y), reach), limit) - reach
            canvas |= pen << (y * BITS + x)
    ink = coverage(canvas).translate(INKS[random.below(len(INKS))])
    # Ink is at most 220 and noise at most 31, so the bytes never carry.
    noise = b"".join(random.bits().to_bytes(8, "little") for _ in range(SIZE * SIZE // 8))
    total = int.from_bytes(ink, "little") + (int.from_bytes(noise, "little") & NOISE)
    return total.to_bytes(SIZE * SIZE, "little")


def draw_set(count, seed):
    random = Random(seed)
    labels = bytearray()
    images = bytearray()
    for _ in range(count):
        digit = random.below(10)
        labels.append(digit)
        images += draw(digit, random)
    return images, labels


def write_file(path, data):
    with open(path + ".tmp", "wb") as file:
        file.write(data)
    os.replace(path + ".tmp", path)


def write_idx(path, dimensions, data):
    """IDX: zero, zero, type 8 (bytes), rank, the dimensions, the bytes."""
    header = struct.pack(">BBBB%dI" % len(dimensions), 0, 0, 8, len(dimensions), *dimensions)
    # zlib's own gzip header has no time in it, and is the same on every Python.
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    write_file(path, packer.compress(header + bytes(data)) + packer.flush())


def write_npy(path, image):
    """One row of float32 in [0, 1]."""
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, %d), }" % len(image)
    header += " " * (-(10 + len(header) + 1) % 64) + "\n"
    values = struct.pack("<%df" % len(image), *(byte / 255.0 for byte in image))
    write_file(path, b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + values)


def show(path):
    """Prints an image that write_npy wrote, two characters a pixel."""
    with open(path, "rb") as file:
        data = file.read()
    values = array.array("f", data[-4 * SIZE * SIZE :])
    if sys.byteorder == "big":
        values.byteswap()
    for y in range(SIZE):
        row = values[y * SIZE : (y + 1) * SIZE]
        # Up to 0.12 it is noise.
        ink = (min(max(int((v - 0.12) * 13), 0), 9) for v in row)
        print("".join(" .:-=+*#%@"[i] * 2 for i in ink).rstrip())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?", help="where the four IDX files go")
    parser.add_argument("--train", type=int, default=6000, help="training images (6000)")
    parser.add_argument("--test", type=int, default=1000, help="test images (1000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sample", metavar="FILE.npy", help="also write the first test image")
    parser.add_argument("--show", metavar="FILE.npy", help="print a sample as text, and nothing else")
    arguments = parser.parse_args()
    if arguments.show:
        show(arguments.show)
        return
    if not arguments.folder:
        parser.error("no folder")
    if arguments.train < 1 or arguments.test < 1:
        parser.error("the sets need at least one image")

    os.makedirs(arguments.folder, exist_ok=True)
    sets = [("train", arguments.train, 2 * arguments.seed), ("test", arguments.test, 2 * arguments.seed + 1)]
    for name, count, seed in sets:
        images, labels = draw_set(count, seed)
        path = os.path.join(arguments.folder, name)
        write_idx(path + "-images-idx3-ubyte.gz", (count, SIZE, SIZE), images)
        write_idx(path + "-labels-idx1-ubyte.gz", (count,), labels)
        print("%s: %d images" % (path, count))
    if arguments.sample:
        write_npy(arguments.sample, images[: SIZE * SIZE])
        print("%s: a %d" % (arguments.sample, labels[0]))


if __name__ == "__main__":
    main()
