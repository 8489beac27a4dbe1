"""Runs a training, sends it a signal when it has logged a step, and prints the
code it ends with.

usage: interrupt.py SIGNAL LOG COMMAND..."""
import os
import signal
import subprocess
import sys
import time

number = signal.Signals[sys.argv[1]]
process = subprocess.Popen(sys.argv[3:])
deadline = time.time() + 60
while time.time() < deadline and process.poll() is None:
    if os.path.exists(sys.argv[2]) and b'"step"' in open(sys.argv[2], "rb").read():
        break
    time.sleep(0.01)
process.send_signal(number)
print("exit code", process.wait())
