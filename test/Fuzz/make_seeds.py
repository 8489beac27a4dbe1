#!/usr/bin/env python3
"""Writes small files of every kind that Keel reads: where fuzzing starts.

usage: make_seeds.py SEEDS [KEEL_OPT]

Each target's go to SEEDS/TARGET. With keel-opt given, models are written as
bytecode too.
"""

import gzip
import json
import pathlib
import re
import struct
import subprocess
import sys

from onnx_seeds import onnx_seeds

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def npy(descr, shape, data, order=False, version=1):
    header = f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}"
    prefix = 10 if version == 1 else 12
    header = header.ljust(63 - prefix % 64 + (len(header) + prefix) // 64 * 64) + "\n"
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + length + header.encode() + data


def npy_seeds():
    for code in ("<f4", "<f8", "<i4", "<i8", "|u1", "<f2", "|i1", ">i2", "<u2", "<u4",
                 ">u8", "|b1", ">f4"):
        yield npy(code, "(2, 3)", bytes(range(6 * int(code[2]))))
    yield npy("<f4", "(2, 3)", bytes(24), order=True)
    yield npy("<f4", "()", bytes(4))
    yield npy("<f4", "(0, 9223372036854775807)", b"", version=2)
    yield npy("<i4", "(1,)", bytes(4), version=3)


def idx(kind, shape, data):
    return bytes([0, 0, kind, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + data


def idx_seeds():
    for kind, size in ((8, 1), (9, 1), (0xB, 2), (0xC, 4), (0xD, 4), (0xE, 8)):
        plain = idx(kind, (2, 2, 3), bytes(range(12 * size)))
        yield b"\0" + plain
        yield b"\0" + gzip.compress(plain, mtime=0)
        yield b"\1" + plain
    yield b"\1" + idx(8, (1000,), bytes(1000))
    yield b"\1" + idx(8, (0xFFFFFFFF, 0xFFFFFFFF), b"")


def csv_seeds():
    texts = ("1,2,0\n3,4,1\n", "a,b,label\n1,2,ant\n3,4,bee\n", '"x, y",z\r\n1e3,"-.5"\r\n',
             "1;2\n", "label\nant\nbee\nant\n", "1,2\n3\n", "nan,1\n", "\n\n1,2,7\n\n3,4,9\n",
             '1,"a""b"\n2,"c\nd"\n', "0x1,1\n", "1e400,0\n", "\ufeff1,2\n")
    for number, text in enumerate(texts):
        for options in (0, 1, 2, 4, 46, 91, (number * 7 + 3) % 180):
            yield bytes([options]) + text.encode()


def safetensors(header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def safetensors_seeds():
    def tensor(kind, shape, begin, end):
        return {"dtype": kind, "shape": shape, "data_offsets": [begin, end]}

    yield safetensors({"w": tensor("F32", [2, 2], 0, 16), "b": tensor("F32", [2], 16, 24)},
                      bytes(24))
    yield safetensors({"__metadata__": {"classes": '["ant", "bee"]', "k": "\u00e4\n"},
                       "n": tensor("I64", [], 0, 8)}, bytes(8))
    for kind, size in (("F64", 8), ("I32", 4), ("U8", 1), ("BF16", 2), ("BOOL", 1)):
        yield safetensors({"t": tensor(kind, [3], 0, 3 * size), "e": tensor(kind, [0], 0, 0)},
                          bytes(3 * size))
    yield safetensors({})
    yield safetensors({"t": tensor("F32", [1 << 40, 1 << 40], 0, 4)}, bytes(4))


def json_seeds():
    yield b'{"a": [1, -2.5e-3, true, false, null], "b": {"c": "\\u00e4\\ud83d\\ude00\\n"}}'
    yield b'{"event": "step", "step": 1, "loss": 2.3025851, "lr": 0.1, "clipped": false}\n'
    yield b"[" * 65 + b"]" * 65
    yield b'{"a": 1, "a": 2}'
    yield b"9007199254740993"
    yield b'"\xc3\xa4"'


def models():
    """The models of the tests."""
    for file in sorted((ROOT / "test").rglob("*.mlir")):
        text = file.read_text(encoding="utf-8")
        for part in re.split(r"^// -----.*$", text, flags=re.M):
            part = re.sub(r"^\s*//.*\n", "", part, flags=re.M)
            if "keel.model" in part and len(part) < 4000:
                yield part


def flag_seeds():
    yield b"mean_squared_error\nadam<learning_rate = 0.001>\ncosine<steps = 100>\nclip_by_norm<1.0>"
    yield b"huber<delta = 0.5>\nrmsprop<learning_rate = 1.0e-2>\n\nclip_by_value<0.5>"
    yield b"softmax_cross_entropy\nsgd<learning_rate = 0.1, momentum = 0.9>\nstep<every = 10>\n"
    yield b"{y = softmax_cross_entropy}\nadamw<learning_rate = 0.1>\n\nclip_by_global_norm<1.0>"
    yield b"\nadagrad<learning_rate = 0.1, schedule = #keel.cosine<steps = 5, warmup = 2>>\n\n"
    yield b"sgd<<<[[{{\n#keel.adam\nx.y\n1.0"


def table_seeds():
    yield (b'module attributes {keel.layout = {params = [{name = "w", offset = 0 : i64, '
           b"type = tensor<2x3xf32>}], params_bytes = 64 : i64}} {\n}\n")
    yield b"keelcod1" + bytes(48)
    yield b"keelcod1" + struct.pack("<QQ", 4, 4) + bytes(40)


def model_seeds():
    for text in models():
        yield text.encode()


def log_seeds():
    first = {"model_file": "m.mlir", "model": "m", "model_hash": "0123456789abcdef",
             "data": "x.npy\nz.npy", "labels": "y.npy", "batch_size": 32, "accumulate": 2,
             "seed": 18446744073709551615, "shuffle": True, "standardize": False,
             "validation_fraction": 0.2, "keep": "best", "early_stopping": 3,
             "data_hash": "0123", "loss": "#keel.huber<delta = 0.5>", "clip": "none",
             "optimizer": "#keel.sgd<learning_rate = 0.1>", "weights": "w.st"}
    lines = [first, {"step": 1, "epoch": 1, "loss": 2.5, "learning_rate": 0.1,
                     "gradient_norm": None, "nonfinite": True, "clipped": False},
             {"step": 1, "layers": [{"name": "h", "gradient_rms": 0.5}]},
             {"epoch": 1, "train_loss": 2.5, "weights_hash": "0123456789abcdef"}]
    texts = [json.dumps(line) + "\n" for line in lines]
    yield "".join(texts).encode()
    yield ("".join(texts[:2]) + texts[1][:20]).encode()
    yield texts[0].encode()
    yield json.dumps(first | {"resumed_at_step": 5}).encode() + b"\n"
    yield b'{"a": ' + b"[" * 100000 + b"\n"
    yield texts[0].encode() + b'{"step": 9223372036854775807}\n{"step": 1e300}\n'


def resume_seeds():
    log = ('@\n{"step": 1, "epoch": 1, "loss": 1.5}\n{"step": 7, "loss": 1.0}\n'
           '{"epoch": 1, "train_loss": 2.0}\n{"step": 8}\n{"step"')
    yield b""
    yield b"\n" + log.encode()
    counts = ("step", "epoch", "shuffle_position", "epoch_loss_rows", "nonfinite_steps",
              "nonfinite_losses", "clipped_steps", "best_epoch", "best_step",
              "best_nonfinite_steps", "best_nonfinite_losses", "best_clipped_steps",
              "stale_epochs")
    for key in (*counts, "epoch_loss_sum", "best_loss", "format_version", "model_hash",
                "settings", "seed", "standardized", "classes"):
        yield f"{key}\n\n".encode()
        for value in ("0", "3", "15", "16", " -5", "-1", "9223372036854775807", "1e9", "null",
                      "nan", "{}", "[" * 70):
            yield f"{key} {value}\n\n{log}".encode()


def replay_seeds():
    yield b""
    yield b"\n" + bytes(200)
    yield b"\n" + struct.pack("<15f5i", *range(15), 0, 1, 1, 0, 1)
    yield b"\n" + struct.pack("<15f5i", *[3e38] * 15, -1, 2, 1 << 30, -1 << 31, 0)
    for key in ("kind", "model", "model_hash", "settings", "step", "seed", "rows", "batch_size",
                "max_rows", "loss_bits", "losses"):
        yield f"{key}\n\n".encode()
        for value in ("0", "1", "2", "3", "4", "5", "-1", "9223372036854775807", "1e9", "{}"):
            yield f"{key} {value}\n\n".encode()
    yield b"rows 5\nbatch_size 1\nmax_rows 2\n\n"
    yield b"losses 1 inf nan -0 x\nloss_bits ffffffffffffffff\nseed 18446744073709551615\n\n"
    for settings in ("[]", "7", '{"loss": 1}', '{"optimizer": "#keel.adam<learning_rate = 0.1>"}',
                     '{"loss": "#keel.mean_squared_error", "standardize": true}',
                     '{"clip": "#keel.clip_by_value<0.1>", "standardize": false}'):
        yield f"settings {settings}\n\n".encode()
    for name in ("w", "u", "gamma", "mean", "batch/input/x", "batch/label/label"):
        for form in ("", " f32 5 3", " i32 5", " f32 3", " f64 3 4", " f32", " f32 0 3"):
            yield f"={name}{form}\n\n".encode()


def command_seeds():
    for line in ("new mlp --layers=4,3,2 --activation=prelu --norm=batch --residual",
                 "new mlp --layers=4,3,2 --norm=layer --init=uniform<low=-1.0,high=1.0>",
                 "new mlp --layers 9223372036854775807,1 -o m",
                 "check m.mlir --batch-size=64 --data=x.npy --json --werror",
                 "train m.mlir --data=x.npy --labels=y=L.npy --validation-fraction=0.5 --epochs=1 "
                 "--steps=9 --batch-size=32 --accumulate=2 --seed=0 --standardize --shuffle=false",
                 "train m.mlir --data=x.csv --label-column=-1 --keep=best --checkpoint-every=5 "
                 "--resume=w.st --early-stopping=3 --log=l --output=w --threads=-1",
                 "train m.mlir --data=x.npy --validation-data=v --validation-labels=w --weights=w "
                 "--loss=huber --optimizer=sgd --schedule=step --clip=clip_by_norm<1.0>",
                 "eval m.mlir --weights=w --data=d.csv --labels=l --json",
                 "run m.mlir --seed=18446744073709551616 --input=x=a.npy --output=y=b.npy",
                 "run m.onnx --weights=w --input=a --input=b --output-dir=d",
                 "compile m.mlir --mode=both --emit=obj -o o --batch-size=0 --target=x --cpu=y",
                 "compile m.mlir --emit=model --hook=before-lowering:cse --verify-folds --remarks",
                 "import m.onnx -o m --weights=w --input=x=y", "export m.mlir --weights=w -o m.onnx",
                 "bench m.mlir --mode=train --batch-size=1 --min-time=1e308 --json --no-cache",
                 "verify-run r.jsonl --model=m --quiet"):
        yield line.replace(" ", "\n").encode()


SEEDS = {"FuzzLog": log_seeds, "FuzzResume": resume_seeds, "FuzzCommandLine": command_seeds,
         "FuzzOnnx": onnx_seeds, "FuzzReplay": replay_seeds,
         "FuzzCache": table_seeds, "FuzzModel": model_seeds, "FuzzOverrides": flag_seeds,
         "FuzzNpy": npy_seeds, "FuzzIdx": idx_seeds, "FuzzCsv": csv_seeds,
         "FuzzSafetensors": safetensors_seeds, "FuzzJson": json_seeds}


def bytecode_seeds(keel_opt):
    """The smallest valid models as bytecode."""
    made = 0
    for text in sorted(models(), key=len):
        if made == 24:
            break
        result = subprocess.run([keel_opt, "--emit-bytecode", "-o", "-"], input=text.encode(),
                                capture_output=True, check=False)
        if result.returncode == 0:
            made += 1
            yield result.stdout


def write(folder, seeds, kind="seed"):
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds):
        (folder / f"{kind}-{number:03}").write_bytes(seed)


def main():
    folder = pathlib.Path(sys.argv[1])
    for target, make in SEEDS.items():
        write(folder / target, make())
    if len(sys.argv) > 2:
        write(folder / "FuzzModel", bytecode_seeds(sys.argv[2]), "bytecode")


if __name__ == "__main__":
    main()
