"""Has keel write a deep model.

usage: mlp.py FILE DEPTH WIDTH FLAG...
"""

import subprocess
import sys

path, depth, width, *flags = sys.argv[1:]
layers = ["784", *[width] * int(depth), "10"]
command = ["keel", "new", "mlp", "--layers=" + ",".join(layers), "-o", path, *flags]
sys.exit(subprocess.run(command).returncode)
