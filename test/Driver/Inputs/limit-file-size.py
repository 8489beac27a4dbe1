"""Runs a command that can write no file beyond a size, with the signal that
says so as a shell would leave it.

usage: limit-file-size.py BYTES COMMAND..."""
import os
import resource
import signal
import sys

signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
os.execvp(sys.argv[2], sys.argv[2:])
