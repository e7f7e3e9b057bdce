"""Compiles the models of models/, and networks in parts, with open sizes and in several files, through the package."""

import os
import pathlib
import tempfile
import unittest
import warnings

import numpy as np

import prom

MODELS = pathlib.Path(__file__).resolve().parent.parent.parent / "models"
NETWORK = MODELS / "digits-cnn.onnx"
CALIBRATION = np.load(MODELS / "digits-calibration.npy")
IMAGES = np.load(MODELS / "digits-heldout-images.npy")
LABELS = np.load(MODELS / "digits-heldout-labels.npy")
VECTORS = MODELS.parent / "tests" / "vectors" / "onnx"
METHODS = ("max", "percentile", "mse")

MODEL = prom.compile(NETWORK, CALIBRATION)


class Compile(unittest.TestCase):
    def test_what_a_model_says_of_itself(self):
        self.assertEqual(MODEL.input.shape, (1, 8, 8))
        self.assertEqual(MODEL.output.shape, (10,))
        self.assertEqual(len(MODEL.digest), 32)
        self.assertIn(MODEL.digest.hex()[:16], repr(MODEL))
        self.assertEqual(MODEL.input.dtype, np.uint8)
        self.assertEqual(MODEL.input.stored_high - MODEL.input.stored_low, 255)

    def test_path_bytes_and_types_of_arrays_make_no_difference(self):
        for network, calibration in (
            (str(NETWORK), CALIBRATION.astype(np.float64)),
            (NETWORK.read_bytes(), CALIBRATION[::1].copy(order="F")),
            (bytearray(NETWORK.read_bytes()), CALIBRATION.tolist()),
        ):
            self.assertEqual(prom.compile(network, calibration).digest, MODEL.digest)

    def test_a_quantised_network_needs_no_calibration(self):
        model = prom.compile(MODELS / "digits-cnn-qdq.onnx")
        self.assertGreater(np.mean(model.infer(IMAGES).argmax(axis=1) == LABELS), 0.95)
        with self.assertRaisesRegex(prom.BadInput, "calibration set"):
            prom.compile(NETWORK)

    def test_what_is_refused(self):
        for network, calibration, text in (
            (b"", CALIBRATION, ""),
            (b"no network", CALIBRATION, ""),
            (NETWORK, CALIBRATION[:, :, :4], "the calibration set has shape Nx1x4x8; the network takes Nx1x8x8"),
            (NETWORK, CALIBRATION.reshape(-1, 64), "the calibration set has shape Nx64; the network takes Nx1x8x8"),
            (NETWORK, CALIBRATION.reshape((-1, 1, 1, 1, 1, 1, 1, 1, 8, 8)), "has 9 sizes; 8 is the most"),
            (NETWORK, CALIBRATION > 0, "calibration holds bool; floats or integers are wanted"),
            (NETWORK, [[1.0], [1.0, 2.0]], "calibration cannot be read as an array: "),
            (NETWORK, CALIBRATION[:0], "the calibration set has shape"),
            (NETWORK, np.float32(1), "the calibration set has shape"),
            (NETWORK, np.full_like(CALIBRATION, np.nan), ""),
        ):
            with self.subTest(text=text), self.assertRaisesRegex(prom.BadInput, text):
                prom.compile(network, calibration)
        with self.assertRaises(FileNotFoundError):
            prom.compile("no such file", CALIBRATION)

    def test_methods_of_calibration(self):
        digests = {name: prom.compile(NETWORK, CALIBRATION, calibration_method=name).digest for name in METHODS}
        self.assertEqual(digests["max"], MODEL.digest)
        self.assertEqual(len(set(digests.values())), 3)
        with self.assertRaisesRegex(prom.BadInput, "calibration_method is max, percentile or mse, not 'least'"):
            prom.compile(NETWORK, CALIBRATION, calibration_method="least")

    def test_ends_of_a_network(self):
        """Sentences name arguments, not options of the program's."""
        network = VECTORS / "end-at-hidden.onnx"
        with self.assertRaisesRegex(prom.BadInput, "choose one of 'y', 'h' with end_at NAME"):
            prom.compile(network, np.eye(3))
        with self.assertRaisesRegex(prom.BadInput, r"\(prom.operators\(\) lists them\), or end before it, with end_at"):
            prom.compile(network, np.eye(3), end_at="y")
        self.assertEqual(prom.compile(network, np.eye(3), end_at="h").output.shape, (3,))
        with self.assertRaisesRegex(prom.BadInput, "cannot end at 'nowhere'"):
            prom.compile(network, np.eye(3), end_at="nowhere")
        with self.assertRaisesRegex(prom.BadInput, "end_at"):
            prom.compile(network, np.eye(3), end_at="h\0")
        self.assertLessEqual({"Conv", "Gemm", "com.microsoft.QGemm"}, set(prom.operators()))
        model = prom.compile(VECTORS / "tail-softmax.onnx", np.eye(3))
        self.assertIn("last Softmax ('y')", model.note)
        self.assertIsNone(prom.load(model.to_bytes()).note)

    def test_sizes_that_are_open(self):
        """Are the calibration set's: the network's height and width, without a size in as many bytes."""
        network = NETWORK.read_bytes()
        opened = network.replace(bytes((10, 2, 8, 1, 10, 2, 8, 8, 10, 2, 8, 8)), bytes((10, 2, 8, 1) + (10, 2, 18, 0) * 2), 1)
        self.assertNotEqual(opened, network)
        model = prom.compile(opened, CALIBRATION)
        self.assertEqual(model.digest, MODEL.digest)
        self.assertIn("the model's input is open, Nx1x0x0", model.note)
        with self.assertRaisesRegex(prom.BadInput, "an item must have a fixed shape"):
            prom.compile(opened)

    def test_what_is_lost_is_told(self):
        """As `prom compile` says it, of an item that nothing else is like."""
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            self.assertEqual(prom.compile(NETWORK, CALIBRATION).warnings, [])
        wild = CALIBRATION.copy()
        wild[7] *= 1000
        with self.assertWarns(prom.PrecisionWarning) as caught:
            model = prom.compile(NETWORK, wild)
        self.assertEqual(caught.filename, __file__)
        self.assertRegex(model.warnings[0], r'stretched by item 7 \(.*or try calibration_method="percentile"$')
        self.assertGreater(len(model.warnings), 1)
        self.assertEqual([str(warning.message) for warning in caught.warnings], model.warnings)
        self.assertEqual(prom.load(model.to_bytes()).warnings, [])

    def test_weights_in_other_files(self):
        network, weights = ((VECTORS / name).read_bytes() for name in ("external.onnx", "external.bin"))
        given = prom.compile(VECTORS / "external.onnx", np.eye(3))
        with self.assertRaisesRegex(prom.BadInput, "it lies in another file, which is not given here"):
            prom.compile(network, np.eye(3))
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            inside = folder / "inside"
            inside.mkdir()
            (inside / "net.onnx").write_bytes(network)
            for prepare, sentence in (
                (lambda: None, "'external.bin', which cannot be found in the model's folder"),
                ((folder / "w").write_bytes(weights) and (lambda: (inside / "external.bin").symlink_to("../w")), "a link out"),
            ):
                prepare()
                with self.assertRaisesRegex(prom.BadInput, sentence):
                    prom.compile(inside / "net.onnx", np.eye(3))
            (inside / "external.bin").unlink()
            (inside / "external.bin").write_bytes(weights)
            before = os.getcwd()
            for name in (inside / "net.onnx", "net.onnx"):
                os.chdir(inside if name == "net.onnx" else before)
                self.assertEqual(prom.compile(name, np.eye(3)).digest, given.digest)
            os.chdir(before)


if __name__ == "__main__":
    unittest.main()
