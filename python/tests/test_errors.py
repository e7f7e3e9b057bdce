"""What is raised for what cannot be used."""

import pathlib
import unittest

import numpy as np

import prom

MODELS = pathlib.Path(__file__).resolve().parent.parent.parent / "models"
NETWORK = MODELS / "digits-cnn.onnx"
CALIBRATION = np.load(MODELS / "digits-calibration.npy")
IMAGES = np.load(MODELS / "digits-heldout-images.npy")

MODEL = prom.compile(NETWORK, CALIBRATION)


class Unreadable:
    def __array__(self, *_arguments, **_options):
        raise RuntimeError("no")


class Exceptions(unittest.TestCase):
    """The rule of the package: a type that is never right is a TypeError, and names the argument; what is of the right
    type and cannot be used is BadInput."""

    def test_wrong_types(self):
        for name, call in (
            ("onnx, which is neither bytes nor a path, is of type NoneType", lambda: prom.compile(None)),
            ("onnx, .* is of type ndarray", lambda: prom.compile(IMAGES)),
            ("calibration is of type str; an array", lambda: prom.compile(NETWORK, "digits.npy")),
            ("calibration_method is of type int; a str", lambda: prom.compile(NETWORK, CALIBRATION, calibration_method=1)),
            ("end_at is of type bytes; a str", lambda: prom.compile(NETWORK, CALIBRATION, end_at=b"y")),
            ("source, .* is of type int", lambda: prom.load(3)),
            ("path is of type NoneType; a path", lambda: MODEL.save(None)),
            ("path is of type bytes; a path", lambda: MODEL.save(b"x")),
            ("x is of type NoneType; an array", lambda: MODEL.infer(None)),
            ("x is of type bytes; an array", lambda: MODEL.prove(b"0" * 64)),
            ("y is of type NoneType; an array", lambda: MODEL.verify(IMAGES, None, b"")),
            ("proof is of type str; bytes", lambda: MODEL.verify(IMAGES, IMAGES, "proof")),
            ("proof is of type int; bytes", lambda: MODEL.is_valid(IMAGES, IMAGES, 7)),
            ("threads is of type float; an integer", lambda: MODEL.infer(IMAGES, threads=1.5)),
            ("threads is of type bool; an integer", lambda: MODEL.infer(IMAGES, threads=True)),
            ("memory_max is of type str; an integer", lambda: MODEL.infer(IMAGES, memory_max="1")),
            ("memory_max is of type NoneType; an integer", lambda: MODEL.prove(IMAGES, memory_max=None)),
            ("progress is of type int; a function", lambda: MODEL.infer(IMAGES, progress=1)),
        ):
            with self.subTest(name), self.assertRaisesRegex(TypeError, f"^{name}"):
                call()

    def test_arrays_that_cannot_be_used(self):
        for sentence, array in (
            ("x cannot be read as an array: ", [[1, 2], [3]]),
            ("x cannot be read as an array: no", Unreadable()),
            ("x holds <U1; floats or integers", ["a"]),
            ("x holds object; floats or integers", [None]),
            ("x holds object; floats or integers", {}),
            ("x holds bool; floats or integers", IMAGES > 0),
            ("x holds datetime64", np.zeros((1, 1, 8, 8), "M8[s]")),
            (r"x has shape \(\); ", np.float32(1)),
        ):
            with self.subTest(sentence), self.assertRaisesRegex(prom.BadInput, f"^{sentence}"):
                MODEL.infer(array)
        for call in (prom.load, prom.compile, MODEL.save):
            with self.assertRaisesRegex(prom.BadInput, "no file can be called"):
                call("a\0b")

    def test_families(self):
        self.assertTrue(issubclass(prom.BadInput, ValueError))
        for kind in (prom.BadInput, prom.InvalidProof, prom.ResourceError, prom.InternalError, prom.Stopped):
            self.assertTrue(issubclass(kind, prom.Error))


if __name__ == "__main__":
    unittest.main()
