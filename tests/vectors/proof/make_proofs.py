#!/usr/bin/env python3
"""Makes the proofs of this folder anew: of the models of models/ for two held-out images, and of a random program of all
kinds of layers. The proofs are the C prover's; tests/verifier, which shares nothing with it, has to accept them.

  make_proofs.py [BUILD]     BUILD is a folder with prom and tests/tool.proof, and build/ of this checkout when not given
"""

import ast
import fractions
import math
import pathlib
import struct
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
sys.path[:0] = [str(ROOT / "tests" / "verifier"), str(HERE.parent / "program")]

# pylint: disable=wrong-import-position
import program as programs
import verifier

MODELS = ("mlp", "cnn", "cnn-qdq", "depthwise", "resnet", "resnet-qdq")
ITEMS = 2
RANDOM = ("416", "11", "3")  # seed, layers, items: all kinds of layers, an average pool with a split at the end


def run(*command):
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)


def images():
    """The float32 values of the held-out images."""
    content = (ROOT / "models" / "digits-heldout-images.npy").read_bytes()
    (length,) = struct.unpack("<H", content[8:10])
    header = ast.literal_eval(content[10 : 10 + length].decode())
    assert header["descr"] == "<f4" and not header["fortran_order"]
    return struct.unpack(f"<{math.prod(header['shape'])}f", content[10 + length :])


def batch_of_images(program):
    """Quantised as docs/program.md says, halves away from zero."""
    count = ITEMS * math.prod(program.input.shape)
    scale = fractions.Fraction(program.input_scale)
    codes = bytearray()
    for value in images()[:count]:
        quotient = fractions.Fraction(value) / scale
        rounded = math.copysign(math.floor(abs(quotient) + fractions.Fraction(1, 2)), quotient)
        codes.append(min(program.input.high, max(program.input.low, int(rounded))) - program.input.low)
    return struct.pack(">II", ITEMS, count // ITEMS) + codes


def main(arguments):
    build = pathlib.Path(arguments[0]) if arguments else ROOT / "build"
    tool = build / "tests" / "tool.proof"
    with tempfile.TemporaryDirectory() as folder:
        for name in (*MODELS, "kinds"):
            files = [pathlib.Path(folder) / f"{name}.{part}" for part in ("prom", "inputs", "outputs", "proof")]
            if name in MODELS:
                calibration = ROOT / "models" / "digits-calibration.npy"
                model = ROOT / "models" / f"digits-{name}.onnx"
                run(build / "prom", "compile", model, "--calibrate", calibration, "-o", files[0])
                files[1].write_bytes(batch_of_images(programs.parse(files[0].read_bytes())))
            else:
                run(tool, "random", *RANDOM, *files[:2])
            run(tool, "make", *files)
            verifier.verify(*(file.read_bytes() for file in files))
            for file in files:
                (HERE / file.name).write_bytes(file.read_bytes())


if __name__ == "__main__":
    main(sys.argv[1:])
