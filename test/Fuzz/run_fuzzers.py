#!/usr/bin/env python3
"""Runs every fuzz target for some seconds and says what was found.

usage: run_fuzzers.py [--jobs=N] BUILD SECONDS [TARGET...]

N of them at a time, by default as many as there are cores. A target starts from
the seeds of make_seeds.py and from what earlier runs kept in BUILD/fuzz/corpus;
an input that fails lands in BUILD/fuzz/found, and the other targets run all the
same. The exit code is 1 where there is one.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent

# A read that takes longer than this, or more memory, counts as a failure.
HANG_SECONDS = 5
MEMORY_MB = 2048

# Longer than a target takes for its first and last input, and for a report.
SPARE_SECONDS = 300

# Keel's readers return errors: an allocation that fails is one of them.
ENVIRONMENT = {"ASAN_OPTIONS": "allocator_may_return_null=1:detect_leaks=1:allow_user_poisoning=0",
               "UBSAN_OPTIONS": "print_stacktrace=1"}

# Executions, edges covered, edges there are, inputs kept.
COUNTS = (r"number_of_executed_units: *(\d+)", r" cov: (\d+)", r"\((\d+) inline 8-bit",
          r"new_units_added: *(\d+)")


def last(pattern, text):
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def run(build, target, seconds):
    """Returns what a line of the table holds, and whether nothing was found."""
    folders = [build / "fuzz" / kind / target for kind in ("corpus", "seeds")]
    found = build / "fuzz" / "found"
    for folder in (*folders, found):
        folder.mkdir(parents=True, exist_ok=True)
    command = [build / "fuzz" / target, *folders, f"-max_total_time={seconds}",
               f"-timeout={HANG_SECONDS}", f"-rss_limit_mb={MEMORY_MB}", "-max_len=65536",
               "-print_final_stats=1", "-close_fd_mask=3", f"-artifact_prefix={found}/{target}-"]
    dictionary = HERE / f"{target}.dict"
    if dictionary.exists():
        command.append(f"-dict={dictionary}")
    log = build / "fuzz" / f"{target}.log"
    # In memory: what is written there would otherwise be synced to disk.
    with open(log, "w", encoding="utf-8") as output, \
            tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        try:
            code = subprocess.run(command, env=os.environ | ENVIRONMENT | {"TMPDIR": folder},
                                  stdout=output, stderr=output, check=False,
                                  timeout=seconds + SPARE_SECONDS).returncode
        except subprocess.TimeoutExpired:
            code = "none: it did not end"
    text = log.read_text(encoding="utf-8", errors="replace")
    counts = [last(pattern, text) for pattern in COUNTS]
    line = "{:<18} {:>11} {:>8} {:>8} {:>6}  ".format(target, *counts)
    if code == 0:
        return line + "nothing", True
    reason = re.findall(r"(?:ERROR|SUMMARY): (.*)|(runtime error: .*)", text)
    reason = next((a or b for a, b in reversed(reason)), f"exit code {code}")
    return f"{line}{reason[:90]} (see {log})", False


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("seconds", type=int)
    parser.add_argument("targets", nargs="*")
    arguments = parser.parse_args()
    build = arguments.build
    targets = arguments.targets or (build / "fuzz" / "fuzzers.txt").read_text().split()
    keel_opt = build / "bin" / "keel-opt"
    subprocess.run([sys.executable, HERE / "make_seeds.py", build / "fuzz" / "seeds",
                    *([keel_opt] if keel_opt.exists() else [])], check=True)
    print(f"{'target':<18} {'executions':>11} {'edges':>8} {'of':>8} {'kept':>6}  found", flush=True)
    good = True
    with concurrent.futures.ThreadPoolExecutor(max(1, arguments.jobs)) as pool:
        for line, clean in pool.map(lambda target: run(build, target, arguments.seconds), targets):
            print(line, flush=True)
            good &= clean
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
