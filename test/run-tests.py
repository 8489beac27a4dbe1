#!/usr/bin/python3
"""Runs the lit suite and every GoogleTest binary of a build folder and counts.

The last line is `N passed, N failed`, with `, N skipped` if any were. Nothing
vanishes: a binary that is missing, crashes, or runs out of time fails, and so
does each of its tests that had no result yet.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import re
import signal
import subprocess
import sys
import time

LIT_PASSED = {"PASS", "XFAIL", "FLAKYPASS"}
LIT_SKIPPED = {"UNSUPPORTED", "SKIPPED"}
LIT_IGNORED = {"EXCLUDED"}  # by --filter


class Count:
    def __init__(self):
        self.passed = 0
        self.skipped = collections.OrderedDict()  # reason -> names
        self.failed = []

    def skip(self, name, reason):
        self.skipped.setdefault(reason, []).append(name)

    def line(self):
        skipped = sum(len(names) for names in self.skipped.values())
        text = "%d passed, %d failed" % (self.passed, len(self.failed))
        return text + (", %d skipped" % skipped if skipped else "")


def say(text=""):
    print(text, flush=True)


def run_lit(arguments, count):
    folder = os.path.join(arguments.build_dir, "test")
    report = os.path.join(folder, "lit.json")
    if os.path.exists(report):
        os.remove(report)
    command = [sys.executable, arguments.lit, "-j", str(arguments.jobs), "-o", report]
    command += ["-sv" if sys.stdout.isatty() else "-v", "--allow-empty-runs", folder]
    if arguments.filter:
        command += ["--filter", arguments.filter]
    code = subprocess.call(command)
    try:
        with open(report) as file:
            tests = json.load(file)["tests"]
    except (OSError, ValueError, KeyError):
        if code == 0:  # an empty run leaves no report
            return
        say("error: lit ended with exit code %d and left no report" % code)
        count.failed.append("lit")
        return
    failed = False
    for test in tests:
        if test["code"] in LIT_PASSED:
            count.passed += 1
        elif test["code"] in LIT_SKIPPED:
            reason = (test.get("output") or "").strip() or test["code"].lower()
            count.skip(test["name"], reason.splitlines()[0])
        elif test["code"] not in LIT_IGNORED:
            count.failed.append("%s (%s)" % (test["name"], test["code"].lower()))
            failed = True
    if code != 0 and not failed:
        say("error: lit ended with exit code %d" % code)
        count.failed.append("lit")


def execute(command, log, environment, seconds):
    """The exit code, or None when the time ran out; output goes to `log`."""
    with open(log, "wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            # Also what the test left running, which would hold the terminal.
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()


def read_log(log):
    with open(log, errors="replace") as file:
        return file.read()


def list_gtests(listing):
    """The names in the output of --gtest_list_tests."""
    names, suite = [], None
    for line in listing.splitlines():
        name = line.split("#")[0].rstrip()
        if re.fullmatch(r"[\w/]+\.", name):
            suite = name
        elif suite and re.fullmatch(r"  [\w/]+", name):
            names.append(suite + name.strip())
    return names


def read_gtest_report(report):
    """{name: "passed" | "skipped" | "failed"}, empty if there is no report."""
    try:
        with open(report) as file:
            suites = json.load(file)["testsuites"]
    except (OSError, ValueError, KeyError):
        return {}
    results = {}
    for suite in suites:
        for test in suite["testsuite"]:
            result = "passed"
            if test.get("failures"):
                result = "failed"
            elif test["status"] != "RUN" or test["result"] == "SKIPPED":
                result = "skipped"
            results["%s.%s" % (suite["name"], test["name"])] = result
    return results


def read_gtest_log(log):
    """What a crashed binary's log says of the tests that ended before."""
    words = {"OK": "passed", "SKIPPED": "skipped", "FAILED": "failed"}
    results = {}
    for word, name in re.findall(r"^\[ +(OK|SKIPPED|FAILED) +\] ([\w/]+\.[\w/]+)", log, re.M):
        results[name] = words[word]
    return results


def skip_reason(log, name):
    block = re.search(
        r"^\[ RUN +\] %s$(.*?)^\[ +SKIPPED" % re.escape(name), log, re.M | re.S
    )
    lines = [l.strip() for l in block.group(1).splitlines()] if block else []
    lines = [l for l in lines if l and not re.fullmatch(r".*:\d+: Skipped|Skipped", l)]
    return lines[0] if lines else "skipped by the test"


def how_it_ended(code):
    if code is None:
        return "did not end in time (see --seconds)"
    if code < 0:
        return "crashed (%s)" % signal.Signals(-code).name
    return "ended with exit code %d" % code


class GTestRun:
    """What a binary did: its tests, its exit code, its log, each test's result."""

    def __init__(self, name):
        self.name, self.tests, self.code = name, [], 0
        self.output, self.results, self.seconds = "", {}, 0.0
        self.problem = None  # why it could not be run at all


def run_gtest(name, arguments):
    run = GTestRun(name)
    folder = os.path.join(arguments.build_dir, "test")
    binary, log = os.path.join(folder, name), os.path.join(folder, name + ".log")
    report = os.path.join(folder, name + ".json")
    if os.path.exists(report):
        os.remove(report)
    # A test neither reads nor fills the user's own cache.
    environment = dict(os.environ, XDG_CACHE_HOME=os.path.join(folder, "cache"))
    # LLVM's allocators poison memory that its own, plain libraries then use.
    environment.setdefault("ASAN_OPTIONS", "allow_user_poisoning=0")
    if not os.access(binary, os.X_OK):
        run.problem = "not built"
        return run
    code = execute([binary, "--gtest_list_tests"], log, environment, arguments.seconds)
    run.tests = list_gtests(read_log(log))
    if code != 0 or not run.tests:
        run.problem = "has no tests" if code == 0 else how_it_ended(code)
        run.output = read_log(log)
        return run
    command = [binary, "--gtest_output=json:" + report, "--gtest_color=no"]
    if arguments.filter:
        run.tests = [t for t in run.tests if re.search(arguments.filter, name + "." + t)]
        if not run.tests:
            return run
        command.append("--gtest_filter=" + ":".join(run.tests))
    start = time.monotonic()
    run.code = execute(command, log, environment, arguments.seconds)
    run.seconds = time.monotonic() - start
    run.output = read_log(log)
    run.results = read_gtest_report(report) or read_gtest_log(run.output)
    return run


def report_gtest(run, count):
    if run.problem:
        say("FAIL: %s: %s" % (run.name, run.problem))
        if run.output:
            say(run.output)
        count.failed.append(run.name)
        return
    if not run.tests:
        return
    wrong = [t for t in run.tests if run.results.get(t, "failed") == "failed"]
    if run.code != 0 and not wrong:
        wrong = ["(the whole binary)"]
    for test in run.tests:
        result = run.results.get(test)
        if result == "passed":
            count.passed += 1
        elif result == "skipped":
            disabled = "DISABLED_" in test
            reason = "disabled" if disabled else skip_reason(run.output, test)
            count.skip(run.name + "." + test, reason)
    count.failed += [run.name + "." + test for test in wrong]
    if run.code == 0 and not wrong:
        say("PASS: %s: %d tests in %.1f s" % (run.name, len(run.tests), run.seconds))
    else:
        say(run.output)
        say(
            "FAIL: %s: %d of %d tests failed; it %s"
            % (run.name, len(wrong), len(run.tests), how_it_ended(run.code))
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build-dir", required=True)
    parser.add_argument("--lit", default="/usr/lib/llvm-22/bin/lit")
    parser.add_argument("--filter", default="", help="a regular expression on test names")
    parser.add_argument("--seconds", type=int, default=600, help="for each GoogleTest binary")
    parser.add_argument("--only", default="", help="one GoogleTest binary, and no lit")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    arguments.build_dir = os.path.abspath(arguments.build_dir)
    try:
        re.compile(arguments.filter)
    except re.error as error:
        parser.error("--filter: %s" % error)

    count = Count()
    with open(os.path.join(arguments.build_dir, "test", "gtests.txt")) as file:
        gtests = file.read().split()
    if arguments.only:
        gtests = [arguments.only]
    say("GoogleTest: %d binaries" % len(gtests))
    with concurrent.futures.ThreadPoolExecutor(max(1, arguments.jobs)) as pool:
        for run in pool.map(lambda name: run_gtest(name, arguments), gtests):
            report_gtest(run, count)
    if not arguments.only:
        say("lit:")
        run_lit(arguments, count)

    for reason, names in count.skipped.items():
        say("\nskipped, %s:" % reason)
        for name in names:
            say("  " + name)
    if count.failed:
        say("\nfailed:")
        for name in count.failed:
            say("  " + name)
    say()
    if not count.passed and not count.failed:
        say("error: no test ran")
    say(count.line())
    return 0 if count.passed and not count.failed else 1


if __name__ == "__main__":
    sys.exit(main())
