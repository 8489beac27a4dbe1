"""ONNX files to start fuzzing from: one for each op, and those of the tests."""

import pathlib
import subprocess
import sys
import tempfile

INPUTS = pathlib.Path(__file__).resolve().parent.parent / "Import" / "ONNX" / "Inputs"
sys.path.insert(0, str(INPUTS))
import onnxfile as onnx  # noqa: E402

# Each op that is imported: attributes, and what its operands beside x are.
ONNX_OPS = [
    ("Gemm", {"alpha": 0.5, "transB": 0}, "mv"),
    ("MatMul", {}, "m"),
    ("Transpose", {"perm": [1, 0]}, ""),
    ("BatchNormalization", {"epsilon": 1e-3, "momentum": 0.9}, "vvvv"),
    ("LayerNormalization", {"axis": -1}, "vv"),
    ("GroupNormalization", {"num_groups": 2}, "vv"),
    ("InstanceNormalization", {"epsilon": 1e-5}, "vv"),
    ("LpNormalization", {"axis": 1, "p": 2}, ""),
    ("MeanVarianceNormalization", {"axes": [1]}, ""),
    ("RMSNormalization", {}, "v"),
    ("Reshape", {"allowzero": 0}, "i"),
    ("Expand", {}, "i"),
    ("Tile", {}, "i"),
    ("Unsqueeze", {}, "k"),
    ("Squeeze", {}, "k"),
    ("Flatten", {"axis": 1}, ""),
    ("Slice", {}, "kkkk"),
    ("Gather", {"axis": 1}, "i"),
    ("Concat", {"axis": 1}, "m"),
    ("Split", {"axis": 1, "num_outputs": 2}, ""),
    ("OneHot", {"axis": 1}, "kv"),
    ("Softmax", {"axis": 1}, ""),
    ("LogSoftmax", {"axis": -1}, ""),
    ("Hardmax", {"axis": 1}, ""),
    ("ReduceSum", {"keepdims": 1}, "k"),
    ("ReduceMean", {"axes": [1]}, ""),
    ("ReduceL2", {}, "k"),
    ("ReduceLogSumExp", {"keepdims": 0}, "k"),
    ("ArgMax", {"axis": 1}, ""),
    ("Clip", {}, "ss"),
    ("Dropout", {"ratio": 0.25}, ""),
    ("Cast", {"to": 11}, ""),
    ("CastLike", {}, "i"),
    ("Where", {}, "mm"),
    ("Shape", {"start": 0}, ""),
    ("Size", {}, ""),
    ("ConstantOfShape", {}, ""),
    ("PRelu", {}, "v"),
    ("LeakyRelu", {"alpha": 0.1}, ""),
    ("Gelu", {"approximate": "tanh"}, ""),
    ("HardSigmoid", {"beta": 0.5}, ""),
    ("Pow", {}, "s"),
    ("Max", {}, "mv"),
    ("Mean", {}, "mm"),
    ("Equal", {}, "m"),
    ("Shrink", {"lambd": 0.5}, ""),
    ("SoftmaxCrossEntropyLoss", {"reduction": "mean"}, "l"),
    ("NegativeLogLikelihoodLoss", {}, "lv"),
]


def onnx_op_seeds():
    floats, whole = onnx.FLOAT, onnx.INT64
    operands = {"m": (floats, [4, 4], [0.5] * 16), "v": (floats, [4], [1.0, 2.0, 3.0, 4.0]),
                "s": (floats, [], [2.0]), "i": (whole, [2], [2, 4]), "k": (whole, [1], [1]),
                "l": (whole, [2], [1, 3])}
    for op, attributes, others in ONNX_OPS:
        names = [f"w{i}" for i in range(len(others))]
        tensors = [onnx.tensor(name, *operands[kind]) for name, kind in zip(names, others)]
        outputs = ["y", "z"] if op == "Split" else ["y"]
        for rows in ("N", 2):
            yield onnx.model(onnx.graph(
                "g", [onnx.node(op, ["x", *names], outputs, **attributes)],
                [onnx.value("x", floats, (rows, 4))], [onnx.value("y")], tensors), opset=18)
    yield onnx.model(onnx.graph(
        "g", [onnx.node("Add", ["x", "w"], ["y"])], [onnx.value("x", floats, ("N", 4))],
        [onnx.value("y")], [onnx.tensor("w", floats, [4], None,
                                        external={"location": "w.bin", "offset": 16})]))


def onnx_seeds():
    """One for each op, and the files of the tests."""
    yield from onnx_op_seeds()
    for script in ("dense", "shapes", "hostile"):
        with tempfile.TemporaryDirectory() as outer:
            folder = pathlib.Path(outer) / "m"
            (folder / "sub").mkdir(parents=True)
            subprocess.run([sys.executable, INPUTS / f"{script}.py", folder], check=True)
            small = (path for path in folder.glob("*.onnx") if path.stat().st_size < 65536)
            for path in sorted(small):
                yield path.read_bytes()
