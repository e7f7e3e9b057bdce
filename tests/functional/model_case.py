"""What the tests of `prom compile`, `prom inspect` and `prom infer` share."""

import array
import os
import struct

import framework
from model_files import model, read_npy, write_npy

ITEMS = 360


def floats_of(path):
    _, shape, data = read_npy(path)
    return shape, array.array("f", data)


def float32(number):
    return struct.unpack("f", struct.pack("f", number))[0]


class ModelTest(framework.PromTest):
    def setUp(self):
        super().setUp()
        self.program = self.path("digits.prom")
        self.images = model("digits-heldout-images.npy")
        self.labels = model("digits-heldout-labels.npy")
        self.calibration = model("digits-calibration.npy")

    def compile(self, *arguments, name="digits-cnn.onnx"):
        return self.prom_json("compile", model(name), "--calibrate", self.calibration, "-o", self.program, *arguments)

    def infer(self, *arguments):
        return self.prom_json("infer", self.program, *arguments)

    def bytes_of(self, path):
        with open(path, "rb") as file:
            return file.read()

    def file(self, name, content):
        path = self.path(name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def array_file(self, name, descr, shape, values):
        code = {"<f4": "f", "<f8": "d", "|u1": "B", "|i1": "b", "<i2": "h", "<i8": "q"}[descr]
        return write_npy(self.path(name), descr, shape, array.array(code, values).tobytes())

    def no_program_is_left(self):
        self.assertEqual([name for name in os.listdir(self.home) if ".prom" in name], [])
