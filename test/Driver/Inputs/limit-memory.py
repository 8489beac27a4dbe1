"""Runs a command that can have so many bytes of memory of its own.

usage: limit-memory.py BYTES COMMAND...

Files that are mapped do not count.
"""

import os
import resource
import sys

limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
os.execvp(sys.argv[2], sys.argv[2:])
