"""Runs a command that can have so many bytes of memory of its own.

usage: limit-memory.py [--off] BYTES COMMAND...

Files that are mapped do not count. --off is for programs built with a
sanitizer, which need much address space.
"""

import os
import resource
import sys

arguments = sys.argv[1:]
if arguments[0] == "--off":
    arguments = arguments[1:]
else:
    resource.setrlimit(resource.RLIMIT_DATA, (int(arguments[0]), resource.RLIM_INFINITY))
os.execvp(arguments[1], arguments[1:])
