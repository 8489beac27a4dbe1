"""Runs a command and fails where its own processor time exceeds a bound.

usage: within.py [--times=N] SECONDS COMMAND...

With --times the bound is N times the seconds: for a build that is slow on purpose.
"""

import resource
import subprocess
import sys

arguments = sys.argv[1:]
times = int(arguments.pop(0).split("=")[1]) if arguments[0].startswith("--times=") else 1
code = subprocess.run(arguments[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
seconds = used.ru_utime + used.ru_stime
bound = times * float(arguments[0])
if code != 0 or seconds > bound:
    sys.exit(f"exit code {code}, {seconds:.2f} s, at most {bound:g} s are allowed")
