"""Compares what a page quotes with the files that it quotes.

usage: check-quotes.py ROOT PAGE

A fenced block quotes the files that the paragraph before it names, in
backquotes and by their paths from ROOT. `...` leaves lines out; between two of
them the lines stand in the file as they are, but for their indentation.
"""

import pathlib
import re
import sys

FILE = re.compile(r"`([\w./-]+\.\w+)`")


def quotes_of(text):
    """(line, paragraph before, lines) of each fenced block."""
    paragraph, block, start, previous = "", None, 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip().startswith("```"):
            if block is not None:
                yield start, paragraph, block
                paragraph, block = "", None
            else:
                block, start = [], number
        elif block is not None:
            block.append(line.strip())
        elif line.strip():
            paragraph = paragraph + line if previous.strip() else line
        previous = line


def parts_of(block):
    """What stands between two `...`."""
    part = []
    for line in [*block, "..."]:
        if line != "...":
            part.append(line)
        elif part:
            yield part
            part = []


def lines_of(text):
    return [line.strip() for line in text.strip("\n").splitlines()]


def contains(lines, part):
    count = len(part)
    return any(lines[i : i + count] == part for i in range(len(lines) - count + 1))


def main():
    root, page = pathlib.Path(sys.argv[1]), sys.argv[2]
    text = (root / page).read_text()
    count, failures = 0, []
    for number, paragraph, block in quotes_of(text):
        files = [name for name in FILE.findall(paragraph) if (root / name).is_file()]
        if not files:
            continue
        count += 1
        lines = [line for name in files for line in [*lines_of((root / name).read_text()), None]]
        for part in parts_of(block):
            if not contains(lines, part):
                quoted = "\n".join(part)
                failures.append(f"{page}:{number}: {', '.join(files)} has no\n{quoted}")
    print("\n".join(failures))
    print(f"{count} quotes, {len(failures)} failures")
    sys.exit(bool(failures))


main()
