"""Has ONNX' own checker look at a file, shapes inferred; says so where there is none.

usage: check.py FILE
"""

import sys

try:
    import onnx
except ImportError:
    print("no python3-onnx: not checked")
    sys.exit()
onnx.checker.check_model(onnx.load(sys.argv[1]), full_check=True)
print("ONNX accepts it")
