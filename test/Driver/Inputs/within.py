"""Runs a command and fails where its own processor time exceeds a bound.

usage: within.py SECONDS COMMAND...
"""

import resource
import subprocess
import sys

code = subprocess.run(sys.argv[2:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
seconds = used.ru_utime + used.ru_stime
if code != 0 or seconds > float(sys.argv[1]):
    sys.exit(f"exit code {code}, {seconds:.2f} s")
