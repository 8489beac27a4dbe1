"""Holds docs/OpTable.md to the dialect and to the tree.

    check-op-table.py ROOT TABLE OPS.md

Each op of the generated reference OPS.md has one row in TABLE, no cell is empty, and
each file named in the columns of lowerings and tests exists; an .mlir file there has the op.
"""

import os
import re
import sys

COLUMNS = 6


def list_files(root):
    """From a file's name without its extension to its paths."""
    files = {}
    for folder in ("lib", "test"):
        for path, _, names in os.walk(os.path.join(root, folder)):
            for name in names:
                stem, extension = os.path.splitext(name)
                if extension in (".cpp", ".mlir"):
                    files.setdefault(stem, []).append(os.path.join(path, name))
    return files


def check_files(op, cells, files):
    for name in re.findall(r"`([\w-]+)`", cells):
        paths = files.get(name)
        if not paths:
            yield "%s: there is no file %s" % (op, name)
        elif paths[0].endswith(".mlir"):
            if not any(re.search(r"\b%s\b" % op, open(path).read()) for path in paths):
                yield "%s: %s does not have it" % (op, name)


def check(root, table, reference):
    ops = set(re.findall(r"^### `(keel\.\w+)`", open(reference).read(), re.M))
    files = list_files(root)
    seen = set()
    for line in open(table):
        if not line.startswith("| `keel."):
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        op = cells[0].strip("`")
        if op in seen:
            yield "%s: has two rows" % op
        seen.add(op)
        if len(cells) != COLUMNS or not all(cells):
            yield "%s: has an empty cell" % op
            continue
        yield from check_files(op, cells[3] + cells[5], files)
    for op in sorted(ops - seen):
        yield "%s: has no row" % op
    for op in sorted(seen - ops):
        yield "%s: is no op" % op
    print("%d ops" % len(ops))


failures = list(check(*sys.argv[1:]))
print("\n".join(failures + ["%d failures" % len(failures)]))
sys.exit(bool(failures))
