"""Parses and verifies every MLIR text in pages of documentation.

usage: check-mlir.py ROOT PAGE...

A block of whole models, modules or functions stands as it is; one
that leaves something out (...) or holds no op is not read. Of
anything else, the values that it uses are declared first and those that it
defines are used afterwards: their types are read from the errors about them.
In the reference of ops, each op must show an example of itself; in those of
passes and of interfaces, each pass and each method an example.
"""

import pathlib
import re
import subprocess
import sys

BLOCK = re.compile(r"^( *)```mlir\n(.*?)^ *```", re.S | re.M)
INLINE = re.compile(r"^Example: `([^`]*)`", re.M)
OP = re.compile(r"^### `(keel\.\w+)` \(.*?(?=^### |^## |\Z)", re.S | re.M)
PASS = re.compile(r"^### `(-[\w-]+)`\n.*?(?=^### |\Z)", re.S | re.M)
METHOD = re.compile(r"^#### `(\w+)`\n.*?(?=^#### |^## |\Z)", re.S | re.M)
EXAMPLE = re.compile(r"\bExample\b|^ *```mlir", re.M)
# Of the plug-in in test/Plugin, which keel-opt alone does not know: what a page
# shows of it is held to the files that test/Plugin runs, by quoted-files.test.
PLUGIN = re.compile(r"\bextra\.\w")
WHOLE = re.compile(r"^(keel\.model|module|func\.func)\b", re.M)
HAS_OP = re.compile(r"^\s*(%.* = )?\w+\.\w+", re.M)
NAME = re.compile(r"%(\w+)")
DEFINED = re.compile(r"^\s*((?:%\w+(?::\d+)?(?:, )?)+) =", re.M)
TYPES = re.compile(r"use of value '%(\w+)' expects different type than prior uses: '(.*?)' vs '(.*?)'")


class Example:
    """One text, the types of the values it uses, and of those it defines."""

    def __init__(self, place, text):
        self.place, self.text = place, text
        self.whole = WHOLE.search(text) is not None
        defined = [name for names in DEFINED.findall(text) for name in NAME.findall(names)]
        self.defined = dict.fromkeys(defined, "none")
        self.used = {n: "none" for n in NAME.findall(text) if n not in self.defined}

    def module(self):
        if self.whole:
            return self.text
        uses = "".join(f'"test.use"(%{n}) : ({t}) -> ()\n' for n, t in self.defined.items())
        if "keel.return" in self.text:
            inputs = ", ".join(f"%{n}: {t}" for n, t in self.used.items())
            results = ", ".join(self.used.values())
            return f"keel.model @example({inputs}) -> ({results}) {{\n{self.text}\n}}\n"
        if not re.search(r"keel\.(param|state|batch_norm)\b", self.text):
            return "".join(map(self.value, self.used)) + f"{self.text}\n{uses}"
        # In a model, what has a batch is an input and anything else a state.
        inputs = [n for n, t in self.used.items() if "?" in t]
        states = "".join(self.state(n) for n in self.used if n not in inputs)
        arguments = ", ".join(f"%{n}: {self.used[n]}" for n in inputs)
        body = f"{states}{self.text}\n{uses}keel.return\n"
        return f"keel.model @example({arguments}) {{\n{body}}}\n"

    def value(self, name):
        return f'%{name} = "test.value"() : () -> {self.used[name]}\n'

    def state(self, name):
        if self.used[name] == "none":
            return self.value(name)
        return f'%{name} = keel.state "{name}" init(#keel.zeros) : {self.used[name]}\n'

    def learn(self, error):
        """Takes a type from an error; says whether there was a new one."""
        match = TYPES.search(error)
        if not match:
            return False
        name, use, definition = match.groups()
        known, new = (self.used, use) if name in self.used else (self.defined, definition)
        if known.get(name) != "none":
            return False
        known[name] = new
        return True

    def check(self):
        """Returns the error that is left, or nothing."""
        while True:
            result = subprocess.run(
                ["keel-opt", "-allow-unregistered-dialect", "-o", "/dev/null"],
                input=self.module(),
                text=True,
                capture_output=True,
            )
            if result.returncode == 0:
                return None
            if not self.learn(result.stderr):
                return result.stderr + self.module()


def examples_of(text, place):
    for pattern in BLOCK, INLINE:
        for match in pattern.finditer(text):
            yield Example(place(match.start()), match.group(pattern.groups))


def main():
    root, *pages = map(pathlib.Path, sys.argv[1:])
    pages = pages + [root / "README.md"] + sorted((root / "docs").rglob("*.md"))
    failures = []
    count = 0
    for page in pages:
        text = page.read_text()
        place = lambda offset: f"{page}:{text.count(chr(10), 0, offset) + 1}"
        for match in OP.finditer(text):
            if not any(match.group(1) in e.text for e in examples_of(match.group(), place)):
                failures.append(f"{place(match.start())}: no example of {match.group(1)}")
        for match in [*PASS.finditer(text), *METHOD.finditer(text)]:
            if not EXAMPLE.search(match.group()):
                failures.append(f"{place(match.start())}: no example of {match.group(1)}")
        for example in examples_of(text, place):
            if "..." in example.text or not HAS_OP.search(example.text):
                continue
            if PLUGIN.search(example.text):
                continue
            count += 1
            if error := example.check():
                failures.append(f"{example.place}: {error}")
    print("\n".join(failures))
    print(f"{count} examples, {len(failures)} failures")
    sys.exit(bool(failures))


main()
