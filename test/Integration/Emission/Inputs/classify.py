"""classify.py LIBRARY WEIGHTS IMAGES.npy SCORES.npy"""

import ctypes
import sys

import numpy as np

lib = ctypes.CDLL(sys.argv[1])
floats = np.ctypeslib.ndpointer(np.float32, flags="C_CONTIGUOUS")
lib.classifier_message.restype = ctypes.c_char_p
lib.classifier_message.argtypes = [ctypes.c_void_p]
lib.classifier_destroy.argtypes = [ctypes.c_void_p]
lib.classifier_create.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p]
lib.classifier_load.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
lib.classifier_infer.argtypes = [ctypes.c_void_p, floats, floats, ctypes.c_int64]

context = ctypes.c_void_p()
if lib.classifier_create(None, 0, ctypes.byref(context)) != 0:
    sys.exit("no context")
if lib.classifier_load(context, sys.argv[2].encode()) != 0:
    sys.exit(lib.classifier_message(context).decode())

images = np.ascontiguousarray(np.load(sys.argv[3]), np.float32)
scores = np.empty((len(images), 10), np.float32)
if lib.classifier_infer(context, images, scores, len(images)) != 0:
    sys.exit(lib.classifier_message(context).decode())
np.save(sys.argv[4], scores)
lib.classifier_destroy(context)
