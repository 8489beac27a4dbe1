# The lit suite over test/: everything with a RUN line.
#
# Substitutions beyond lit's own: %python (the interpreter that runs lit),
# %cc (the C compiler), %root (the source tree), %docs (the generated reference), %libdir (libKeel's
# folder), %limit-memory (a program that runs another one with so many bytes of
# memory, where that can be), %within (one that bounds the processor time of another; ten times
# as much under a sanitizer), %shared (a folder of data sets beside the source tree, or $KEEL_DATA),
# %onnx-cases (ONNX' backend cases beside it),
# %plugin (where test/Plugin/CMakeLists.txt installed Keel and built the sample).
# Features: `valgrind`, `qemu` and `node` by the programs that are installed; `mnist` where %shared/mnist exists; `torch` where PyTorch is installed, `numpy` where NumPy is;
# `onnx` where python3-onnx is, `onnx-cases` where ONNX' cases are as well;
# `stock-tools` where LLVM's own tools can load libKeel; `memory-limits` where a
# process can have less memory (a sanitizer needs much address space).

import importlib.util
import os
import platform
import shutil
import sys

import lit.formats

config.name = "Keel"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
# Models are inputs of tests. Plug-ins and C++ tests have builds of their own.
config.excludes = ["Benchmarks", "Fuzz", "Inputs", "Models", "Unit"]
config.test_source_root = os.path.join(config.keel_source_dir, "test")
config.test_exec_root = os.path.join(config.keel_binary_dir, "test")

config.environment["PATH"] = os.pathsep.join(
    [
        os.path.join(config.keel_binary_dir, "bin"),
        config.llvm_tools_dir,
        os.environ.get("PATH", "/usr/bin:/bin"),
    ]
)
# A test neither reads nor fills the user's own cache.
config.environment["XDG_CACHE_HOME"] = os.path.join(config.test_exec_root, "cache")
config.environment["LC_ALL"] = "C.UTF-8"
# LLVM's allocators poison memory that its own, plain libraries then use.
config.environment["ASAN_OPTIONS"] = os.environ.get(
    "ASAN_OPTIONS", "allow_user_poisoning=0"
)

data = os.path.realpath(
    os.environ.get("KEEL_DATA")
    or os.path.join(config.keel_source_dir, os.pardir, "shared", "data")
)
cases = os.path.join(os.path.dirname(data), "onnx_cases")
config.substitutions += [
    ("%cc", config.c_compiler),
    ("%python", sys.executable),
    ("%root", config.keel_source_dir),
    ("%docs", os.path.join(config.keel_binary_dir, "docs")),
    ("%libdir", os.path.join(config.keel_binary_dir, "lib")),
    ("%shared", data),
    ("%onnx-cases", cases),
    ("%plugin", os.path.join(config.keel_binary_dir, "test", "Plugin")),
]
# A program that is not built with a sanitizer cannot load a library that is.
limit_memory = "%s %s/test/Driver/Inputs/limit-memory.py" % (sys.executable, config.keel_source_dir)
within = "%s %s/test/Driver/Inputs/within.py" % (sys.executable, config.keel_source_dir)
if "-fsanitize" in config.cxx_flags:
    limit_memory += " --off"
    within += " --times=10"
    lit_config.note("built with a sanitizer: LLVM's own tools are not tried")
else:
    config.available_features.update({"stock-tools", "memory-limits"})
config.substitutions += [("%limit-memory", limit_memory), ("%within", within)]
if os.path.isdir(os.path.join(data, "mnist")):
    config.available_features.add("mnist")
else:
    lit_config.note("no mnist in %s: the tests that need it are skipped" % data)

if importlib.util.find_spec("torch"):
    config.available_features.add("torch")
else:
    lit_config.note("no python3-torch: the tests that compare with it are skipped")

if importlib.util.find_spec("numpy"):
    config.available_features.add("numpy")
else:
    lit_config.note("no python3-numpy: the test of EmbedAModel.md's Python is skipped")

# What emitted code is tried by: features of its tests.
programs = {
    "valgrind": ["valgrind"],
    "qemu": ["qemu-aarch64", "qemu-riscv64", "aarch64-linux-gnu-gcc", "riscv64-linux-gnu-gcc"],
    "node": ["node", "wasm-ld"],
}
for feature, needed in programs.items():
    path = config.environment["PATH"]
    missing = [name for name in needed if not shutil.which(name, path=path)]
    if not missing:
        config.available_features.add(feature)
    else:
        lit_config.note("no %s: a test of emitted code is skipped" % ", ".join(missing))
if platform.machine() != "x86_64":
    config.available_features.discard("valgrind")

if importlib.util.find_spec("onnx"):
    config.available_features.add("onnx")
else:
    lit_config.note("no python3-onnx: the tests that need it are skipped")
if not os.path.isdir(cases):
    lit_config.note("no %s: the tests that run its models are skipped" % cases)
elif "onnx" in config.available_features:
    config.available_features.add("onnx-cases")
# Where Node's onnxruntime-node is installed; see Integration/Parity.
if "KEEL_ORT" in os.environ:
    config.environment["KEEL_ORT"] = os.environ["KEEL_ORT"]
elif not importlib.util.find_spec("onnxruntime"):
    lit_config.note("no ONNX Runtime, by $KEEL_ORT or python: numpy stands in")

try:
    import psutil  # noqa: F401; lit needs it to end a test's whole process tree

    is_slow = "-fsanitize" in config.cxx_flags
    lit_config.maxIndividualTestTime = 900 if is_slow else 120
except ImportError:
    lit_config.note("python3-psutil is missing: tests run without a time limit")
