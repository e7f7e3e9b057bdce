"""Integer programs of the committed models: `prom` and tests/vectors/program/program.py, two implementations of
docs/program.md, give the same digests, and the same outputs to the last bit."""

import array
import fractions
import math
import os
import struct
import sys
import unittest

import framework
from framework import SOURCE
from model_files import model, read_npy, write_npy

sys.path.insert(0, os.path.join(SOURCE, "tests", "vectors", "program"))
import program as reference  # pylint: disable=wrong-import-position

ITEMS = 2
MODELS = ("mlp", "cnn", "cnn-qdq", "cnn-qlinear", "depthwise", "resnet", "resnet-qdq")
KERNELS = ("portable", "avx2", "avx512", "avx512vnni")


def quantised(value, scale):
    """The nearest integer to the exact quotient, halves away from zero."""
    quotient = abs(fractions.Fraction(value) / fractions.Fraction(scale))
    return int(math.copysign(math.floor(quotient + fractions.Fraction(1, 2)), value))


def float32(number):
    return struct.unpack("f", struct.pack("f", number))[0]


class ProgramTest(framework.PromTest):
    def setUp(self):
        super().setUp()
        _, shape, data = read_npy(model("digits-heldout-images.npy"))
        self.shape = (ITEMS, *shape[1:])
        self.images = array.array("f", data[: 4 * math.prod(self.shape)])
        self.batch = write_npy(self.path("images.npy"), "<f4", self.shape, self.images.tobytes())

    def compile(self, name):
        file = self.path(f"{name}.prom")
        onnx, calibration = model(f"digits-{name}.onnx"), model("digits-calibration.npy")
        made = self.prom_json("compile", onnx, "--calibrate", calibration, "-o", file)
        with open(file, "rb") as content:
            program = reference.parse(content.read())
        self.assertEqual(made["digest"], program.digest().hex())
        self.assertEqual(made["multiplications"], program.multiplications)
        return file, program

    def computed(self, program):
        """The outputs' integers, item after item."""
        size = math.prod(program.input.shape)
        low, high = program.input.low, program.input.high
        values = [min(high, max(low, quantised(x, program.input_scale))) for x in self.images]
        outputs = []
        for item in range(ITEMS):
            codes = bytes(x - low for x in values[item * size : (item + 1) * size])
            outputs += [code + program.output.low for code in reference.run(program, codes)]
        return outputs

    def inferred(self, file, *arguments):
        self.prom_json("infer", file, self.batch, "-o", self.path("out.npy"), *arguments)
        descr, _, data = read_npy(self.path("out.npy"))
        return array.array({"<f4": "f", "|u1": "B", "|i1": "b"}[descr], data).tolist()

    def test_outputs_of_both_implementations(self):
        for name in MODELS:
            with self.subTest(name):
                file, program = self.compile(name)
                outputs = self.computed(program)
                self.assertGreater(len(set(outputs)), 4)
                floats = [float32(program.output_scale * y) for y in outputs]
                self.assertEqual(self.inferred(file), floats)
                self.assertEqual(self.inferred(file, "--integers"), [y + program.output_zero for y in outputs])

    def test_each_set_of_kernels(self):
        file, program = self.compile("resnet")
        wanted = [y + program.output_zero for y in self.computed(program)]
        ran = 0
        for kernels in KERNELS:
            tried = self.start("infer", file, self.batch, "--kernels", kernels)
            tried.communicate()
            if tried.returncode == 0:
                self.assertEqual(self.inferred(file, "--integers", "--kernels", kernels), wanted, kernels)
                ran += 1
            else:
                self.assertNotEqual(kernels, "portable")
        self.assertGreater(ran, 0)


if __name__ == "__main__":
    unittest.main()
