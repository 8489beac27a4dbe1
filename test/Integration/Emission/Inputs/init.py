"""init.py LIBRARY SEED OUTPUT: keeps the initial weights of the model `first`."""

import ctypes
import sys

lib = ctypes.CDLL(sys.argv[1])
lib.first_init.argtypes = [ctypes.c_void_p, ctypes.c_int64]
lib.first_save.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
context = ctypes.c_void_p()
print(
    lib.first_create(None, ctypes.c_size_t(0), ctypes.byref(context)),
    lib.first_init(context, int(sys.argv[2])),
    lib.first_save(context, sys.argv[3].encode()),
)
