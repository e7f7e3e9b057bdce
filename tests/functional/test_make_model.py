#!/usr/bin/env python3
"""tools/make-model: what it writes depends on the seed alone, and has the number of weights that it says."""

import math
import pathlib
import re
import struct
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SCRIPT = ROOT / "tools" / "make-model"
GRAPH, INITIALIZER, DIMS, RAW_DATA = 7, 5, 1, 9  # numbers of fields in onnx.proto


def fields(content):
    """(number, value) of each field of a protobuf message; the types are those that an ONNX file of ours has."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            value |= (content[at] & 0x7F) << shift
            shift += 7
            at += 1
            if content[at - 1] < 0x80:
                return value

    while at < len(content):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        else:
            assert key & 7 == 2, f"wire type {key & 7}"
            length = varint()
            at += length
            yield key >> 3, content[at - length : at]


class MakeModel(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_script(self, *arguments):
        return subprocess.run([SCRIPT, *map(str, arguments)], capture_output=True, text=True, check=False)

    def make(self, network, *options):
        """The bytes of the model."""
        path = self.folder / "model.onnx"
        done = self.run_script(network, "-o", path, *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return path.read_bytes()

    def test_the_seed_decides(self):
        made = self.make("cnn-264k")
        inputs = self.folder / "inputs.npy"
        self.assertEqual(made, self.make("cnn-264k", "--seed", 1, "--inputs", 2, inputs))
        self.assertNotEqual(made, self.make("cnn-264k", "--seed", 2))
        first = inputs.read_bytes()
        self.make("cnn-264k", "--inputs", 2, inputs, "--calibration", self.folder / "calibration.npy")
        self.assertEqual(first, inputs.read_bytes())
        self.make("cnn-264k", "--inputs", 2, inputs, "--seed", 2)
        self.assertNotEqual(first, inputs.read_bytes())

    def test_weights_are_as_many_as_it_says(self):
        numbers = re.findall(r"([\d,]+)\s[#\s]*weights and", SCRIPT.read_text(encoding="utf-8"))
        said = [int(number.replace(",", "")) for number in numbers]
        counts = []
        for network in ("mlp-4m", "cnn-264k", "vgg16"):
            graph = dict(fields(self.make(network)))[GRAPH]
            tensors = [list(fields(value)) for number, value in fields(graph) if number == INITIALIZER]
            sizes = [math.prod(value for number, value in tensor if number == DIMS) for tensor in tensors]
            self.assertEqual([4 * size for size in sizes], [len(dict(tensor)[RAW_DATA]) for tensor in tensors])
            counts.append(sum(sizes))
        self.assertEqual(counts, said)

    def test_inputs_are_numpy_files_of_images(self):
        path = self.folder / "calibration.npy"
        self.make("cnn-264k", "--calibration", path)
        content = path.read_bytes()
        self.assertEqual(content[:8], b"\x93NUMPY\x01\x00")
        (length,) = struct.unpack("<H", content[8:10])
        self.assertEqual((10 + length) % 64, 0)
        header = content[10 : 10 + length].decode()
        self.assertIn("'descr': '<f4', 'fortran_order': False, 'shape': (32, 3, 32, 32)", header)
        values = struct.unpack(f"<{32 * 3 * 32 * 32}f", content[10 + length :])
        self.assertEqual((min(values), max(values)), (-1, 1))

    def test_a_wrong_number_of_inputs_is_refused(self):
        for wrong in ("0", "-1", "many"):
            done = self.run_script("cnn-264k", "-o", self.folder / "x.onnx", "--inputs", wrong, self.folder / "x.npy")
            self.assertEqual(done.returncode, 2)
            self.assertIn(f"from 1 up first, not '{wrong}'", done.stderr)
        self.assertFalse((self.folder / "x.onnx").exists())


if __name__ == "__main__":
    unittest.main()
