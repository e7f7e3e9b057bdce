"""Saves, loads, runs, proves and verifies the models of models/, through the package."""

import os
import pathlib
import pickle
import resource
import sys
import tempfile
import threading
import unittest
import warnings

import numpy as np

import prom

MODELS = pathlib.Path(__file__).resolve().parent.parent.parent / "models"
NETWORK = MODELS / "digits-cnn.onnx"
CALIBRATION = np.load(MODELS / "digits-calibration.npy")
IMAGES = np.load(MODELS / "digits-heldout-images.npy")
LABELS = np.load(MODELS / "digits-heldout-labels.npy")

MODEL = prom.compile(NETWORK, CALIBRATION)


class SaveAndLoad(unittest.TestCase):
    def test_there_and_back(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "digits.prom"
            MODEL.save(path)
            self.assertEqual(path.read_bytes(), MODEL.to_bytes())
            for source in (path, str(path), path.read_bytes(), memoryview(path.read_bytes())):
                self.assertEqual(prom.load(source).digest, MODEL.digest)
            with self.assertRaises(OSError):
                MODEL.save(folder)
            self.assertEqual([file.name for file in pathlib.Path(folder).iterdir()], [path.name])

    def test_a_folder_that_is_not_there(self):
        """The error is that of the file that was asked for."""
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "file").write_text("")
            for name, kind in (("nosuch", FileNotFoundError), ("file", NotADirectoryError)):
                path = os.path.join(folder, name, "x.prom")
                with self.assertRaises(kind) as caught:
                    MODEL.save(path)
                self.assertEqual(caught.exception.filename, path)

    def test_a_model_does_not_change(self):
        for name in ("digest", "note", "input", "output"):
            with self.assertRaises(AttributeError):
                setattr(MODEL, name, None)
        self.assertEqual(len(MODEL.digest), 32)

    def test_a_full_disk(self):
        """The model that stands there is as it was."""
        with tempfile.TemporaryDirectory() as folder:
            path, link = pathlib.Path(folder) / "digits.prom", pathlib.Path(folder) / "link"
            path.write_bytes(b"before")
            path.chmod(0o640)
            link.symlink_to(path)
            soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (len(MODEL.to_bytes()) // 2, hard))
            try:
                with self.assertRaises(OSError):
                    MODEL.save(path)
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            self.assertEqual(path.read_bytes(), b"before")
            MODEL.save(link)
            self.assertEqual(path.read_bytes(), MODEL.to_bytes())
            self.assertTrue(link.is_symlink())
            self.assertEqual(path.stat().st_mode & 0o777, 0o640)
            self.assertEqual(sorted(os.listdir(folder)), ["digits.prom", "link"])
        MODEL.save("/dev/null")

    def test_no_such_file(self):
        with self.assertRaises(FileNotFoundError):
            prom.load("no such file")

    def test_a_file_that_is_padded(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "big.prom")
            MODEL.save(path)
            os.truncate(path, 1 << 32)
            for call in (prom.load, prom.compile):
                with self.assertRaisesRegex(prom.BadInput, "big.prom has 4294967296 bytes; 2147483647 are the most"):
                    call(path)

    def test_pickled(self):
        again = pickle.loads(pickle.dumps(MODEL))
        self.assertEqual(again.digest, MODEL.digest)
        self.assertEqual(again.input, MODEL.input)

    def test_hostile_bytes(self):
        good = MODEL.to_bytes()
        for bad in (b"", good[:-1], good + b"\0", good[:4] + b"\1" + good[5:], NETWORK.read_bytes()):
            with self.assertRaises(prom.BadInput):
                prom.load(bad)


class Infer(unittest.TestCase):
    def test_it_reads_digits(self):
        outputs = MODEL.infer(IMAGES)
        self.assertEqual(outputs.shape, (len(IMAGES), 10))
        self.assertEqual(outputs.dtype, np.float32)
        self.assertGreater(np.mean(outputs.argmax(axis=1) == LABELS), 0.98)

    def test_threads_make_no_difference(self):
        expected = MODEL.infer(IMAGES)
        for threads in (1, 2, 5, 256):
            np.testing.assert_array_equal(MODEL.infer(IMAGES, threads=threads), expected)

    def test_layouts_and_types_make_no_difference(self):
        expected = MODEL.infer(IMAGES)
        doubled = np.repeat(IMAGES, 2, axis=0)
        for same in (IMAGES.astype(np.float64), np.asfortranarray(IMAGES), doubled[::2], IMAGES.astype(">f4")):
            np.testing.assert_array_equal(MODEL.infer(same), expected)
        np.testing.assert_array_equal(MODEL.infer(IMAGES[:3].tolist()), expected[:3])

    def test_integers_are_the_models_own(self):
        expected = MODEL.infer(IMAGES, integers=True)
        stored = np.clip(np.rint(IMAGES / MODEL.input.scale) + MODEL.input.zero_point, 0, 255)
        for dtype in (np.uint8, np.int64, np.uint16):
            given = stored.astype(dtype)
            np.testing.assert_array_equal(MODEL.infer(given, integer_inputs=True, integers=True), expected)
        self.assertEqual(expected.dtype, MODEL.output.dtype)
        numbers = (expected.astype(np.float32) - MODEL.output.zero_point) * np.float32(MODEL.output.scale)
        np.testing.assert_array_equal(MODEL.infer(IMAGES), numbers)
        for bad in (-1, 256, 2**63 - 1):
            with self.assertRaisesRegex(prom.BadInput, f"{bad}"):
                MODEL.infer(np.full((1, 1, 8, 8), bad), integer_inputs=True)
        with self.assertRaisesRegex(prom.BadInput, "float32; with integer_inputs=True, an array of integers"):
            MODEL.infer(IMAGES, integer_inputs=True)

    def test_integers_are_numbers_when_nothing_else_is_said(self):
        """Pictures of digits as bytes, 0 to 255: the same model, classes, outputs and proof as of the same floats."""
        pixels, calibration = (np.rint(batch * 15).astype(np.uint8) for batch in (IMAGES, CALIBRATION))
        model = prom.compile(NETWORK, calibration)
        self.assertEqual(model.digest, prom.compile(NETWORK, calibration.astype(np.float32)).digest)
        floats, expected = pixels.astype(np.float32), model.infer(pixels)
        for dtype in (np.float32, np.int8, np.uint16, np.int64):
            np.testing.assert_array_equal(model.infer(pixels.astype(dtype)), expected)
        self.assertFalse(np.array_equal(model.infer(pixels, integer_inputs=True), expected))
        y, proof = model.prove(pixels[:4])
        np.testing.assert_array_equal(y, expected[:4])
        model.verify(floats[:4], y, proof)
        self.assertTrue(model.is_valid(pixels[:4], y, proof))
        with self.assertRaisesRegex(prom.BadInput, "the proof is of other inputs"):
            model.is_valid(pixels[:4], y, proof, integer_inputs=True)

    def test_models_of_int8(self):
        """The same program, but that its integers stand 128 lower in arrays: bytes 14 to 17, docs/program.md."""
        program = bytearray(MODEL.to_bytes())
        for at, zero in ((14, MODEL.input.zero_point), (16, MODEL.output.zero_point)):
            self.assertEqual(int.from_bytes(program[at : at + 2], "big", signed=True), zero)
            program[at : at + 2] = (zero - 128).to_bytes(2, "big", signed=True)
        model = prom.load(program)
        self.assertEqual((model.input.dtype, model.output.dtype), (np.int8, np.int8))
        stored = np.rint(IMAGES / model.input.scale).astype(np.int16) + model.input.zero_point
        expected = MODEL.infer(IMAGES, integers=True).astype(np.int16) - 128
        for batch in (stored, stored.astype(np.int8), IMAGES):
            outputs = model.infer(batch, integer_inputs=batch is not IMAGES, integers=True)
            self.assertEqual(outputs.dtype, np.int8)
            np.testing.assert_array_equal(outputs, expected)
        outputs, proof = model.prove(stored[:3], integer_inputs=True, integers=True)
        model.verify(IMAGES[:3], outputs, proof)
        model.verify(stored[:3], outputs, proof, integer_inputs=True)
        self.refused_of_int8(model, stored)

    def refused_of_int8(self, model, stored):
        for bad in (-129, 128):
            stored[0, 0, 0, 0] = bad
            with self.assertRaisesRegex(prom.BadInput, f"{bad}.*-128 to 127"):
                model.infer(stored, integer_inputs=True)

    def test_clamped_values_are_told(self):
        batch = IMAGES[:10].copy()
        batch[0, 0, 0, :] = 50
        with self.assertWarnsRegex(prom.ClampedWarning, r"^1\.2 % of the inputs' values") as caught:
            MODEL.infer(batch)
        self.assertEqual(caught.filename, __file__)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            MODEL.infer(CALIBRATION)

    def test_what_is_refused(self):
        for batch, text in (
            (IMAGES[0], "one item; a batch"),
            (IMAGES[:0], "x has no items"),
            (IMAGES[:0].astype(np.uint8), "x has no items"),
            (IMAGES[:, :, :7], r"shape \(360, 1, 7, 8\); \(N, 1, 8, 8\) is wanted"),
            (IMAGES.astype(complex), "complex128"),
            (IMAGES > 0, "bool"),
            (np.full((1, 1, 8, 8), np.inf), "value 0"),
            (np.full((1, 1, 8, 8), 1e300), "value 0"),
            (3.0, "is wanted"),
        ):
            with self.subTest(text=text), self.assertRaisesRegex(prom.BadInput, text):
                MODEL.infer(batch)
        for name, most, wrong in (
            ("threads", 256, (-1, 257, 2**32, 2**32 + 1, 2**64)),
            ("memory_max", sys.maxsize * 2 + 1, (-1, 2**64, 2**64 + 10**9)),
        ):
            for value in wrong:
                with self.subTest(name, value=value):
                    with self.assertRaisesRegex(prom.BadInput, f"^{name} is {value}; 0 to {most} is wanted"):
                        MODEL.infer(IMAGES, **{name: value})
        MODEL.infer(IMAGES[:1], threads=np.int64(2), memory_max=sys.maxsize * 2 + 1)
        with self.assertRaises(prom.ResourceError):
            MODEL.infer(IMAGES, memory_max=1000)

    def test_arrays_are_not_changed_or_kept(self):
        batch = IMAGES[:5].copy()
        before = sys.getrefcount(batch)
        MODEL.infer(batch)
        np.testing.assert_array_equal(batch, IMAGES[:5])
        self.assertEqual(sys.getrefcount(batch), before)

    def test_one_model_in_many_threads(self):
        expected = MODEL.infer(IMAGES)
        wrong = []

        def run():
            for _ in range(5):
                if not np.array_equal(MODEL.infer(IMAGES, threads=2), expected):
                    wrong.append(True)

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])


class Proofs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.x = IMAGES[:6]
        cls.y, cls.proof = MODEL.prove(cls.x)

    def test_outputs_are_those_of_infer(self):
        np.testing.assert_array_equal(self.y, MODEL.infer(self.x))

    def test_the_same_bytes_whatever_the_threads(self):
        integers, proof = MODEL.prove(self.x, integers=True, threads=1)
        self.assertEqual(proof, self.proof)
        np.testing.assert_array_equal(integers, MODEL.infer(self.x, integers=True))
        MODEL.verify(self.x, integers, proof)

    def test_a_true_statement(self):
        self.assertIsNone(MODEL.verify(self.x, self.y, self.proof))
        self.assertTrue(MODEL.is_valid(self.x, self.y.astype(np.float64), bytearray(self.proof)))
        self.assertTrue(MODEL.is_valid(self.x.tolist(), self.y.tolist(), memoryview(self.proof)))
        prom.load(MODEL.to_bytes()).verify(self.x, self.y, self.proof)

    def refused(self, x, y, proof, sentence="."):
        self.assertFalse(MODEL.is_valid(x, y, proof))
        with self.assertRaisesRegex(prom.InvalidProof, sentence):
            MODEL.verify(x, y, proof)

    def test_false_statements(self):
        scale = np.float32(MODEL.output.scale)
        other = self.y.copy()
        other[3, 4] += scale if other[3, 4] < 0 else -scale
        self.refused(self.x, other, self.proof)
        other[3, 4] = 1e-3
        self.refused(self.x, other, self.proof)
        integers = MODEL.infer(self.x, integers=True)
        integers[0, 0] ^= 1
        self.refused(self.x, integers, self.proof, "the proof is of other outputs: digest")
        self.refused(self.x, integers.astype(np.int64) + 300, self.proof)

    def unusable(self, model, x, y, proof, sentence="."):
        """As the exit code 2 of `prom verify`: nothing is said of y."""
        for call in (model.verify, model.is_valid):
            with self.assertRaisesRegex(prom.BadInput, sentence):
                call(x, y, proof)

    def test_proofs_of_other_inputs(self):
        self.unusable(MODEL, self.x[::-1], self.y, self.proof, "the proof is of other inputs: digest")
        sentence = "the proof is of other inputs: 6 in number, and here they are 5"
        self.unusable(MODEL, self.x[:5], self.y[:5], self.proof, sentence)

    def test_floats_are_compared_to_the_last_bit(self):
        exact = self.y.astype(np.float64)
        for wrong in (exact + 1e-9, np.nextafter(exact, np.inf), exact.astype(np.longdouble) + 1e-18, exact.tolist()):
            if isinstance(wrong, list):
                wrong[2][7] = float(np.nextafter(wrong[2][7], -1))
            self.refused(self.x, wrong, self.proof)
        one = exact.copy()
        one[5, 9] = np.nextafter(one[5, 9], np.inf)
        with self.assertRaisesRegex(prom.InvalidProof, r"y\[5, 9\] is .*, which no float32 is"):
            MODEL.verify(self.x, one, self.proof)
        for value in (np.nan, np.inf, 1e300):
            one[5, 9] = value
            self.refused(self.x, one, self.proof)
        rounded = self.y.astype(np.float16)
        self.assertEqual(MODEL.is_valid(self.x, rounded, self.proof), bool((rounded == self.y).all()))

    def test_hostile_proofs(self):
        for length in (0, 3, 8, 100, 111):
            self.unusable(MODEL, self.x, self.y, self.proof[:length], "this is no")
        for length in (112, 113, len(self.proof) - 1):
            self.refused(self.x, self.y, self.proof[:length])
        self.refused(self.x, self.y, self.proof + b"\0")
        for at in range(0, len(self.proof), 1 + len(self.proof) // 50):
            changed = bytearray(self.proof)
            changed[at] ^= 16
            if at < 80:  # of the header, in front of the outputs' digest
                self.unusable(MODEL, self.x, self.y, changed)
            else:
                self.refused(self.x, self.y, changed)

    def test_another_model(self):
        other = prom.compile(MODELS / "digits-resnet.onnx", CALIBRATION)
        self.unusable(other, self.x, self.y, self.proof, "the proof is of another program: digest")
        y = MODEL.infer(self.x, integers=True)
        self.unusable(other, self.x, y, self.proof, "the proof is of another program: digest")
        program = bytearray(MODEL.to_bytes())
        program[9] ^= 1  # the last byte of the input's scale, which no integer depends on
        self.unusable(prom.load(program), self.x, self.y, self.proof, "the proof is of another program: digest")

    def test_nobody_is_accused_before_the_header(self):
        """Outputs that the model never gives are InvalidProof only for a proof of this program and these inputs."""
        floats = self.y + np.float32(1e-3)
        integers = MODEL.infer(self.x, integers=True).astype(np.int64) + 300
        other = prom.compile(MODELS / "digits-resnet.onnx", CALIBRATION)
        for y in (floats, floats.astype(np.float64) / 3, integers, self.y.astype(np.float16)):
            for proof in (b"", self.proof[:111], bytes(200)):
                self.unusable(MODEL, self.x, y, proof, "this is no")
            self.unusable(MODEL, self.x[::-1], y, self.proof, "of other inputs")
            self.unusable(other, self.x, y, self.proof, "of another program")
        self.refused(self.x, floats, self.proof, "is none that the model gives, to the last bit")
        for proof, raised in ((self.proof, prom.ResourceError), (b"", prom.BadInput)):
            with self.assertRaises(raised):
                MODEL.verify(self.x, floats, proof, memory_max=1)
        with self.assertRaisesRegex(prom.ResourceError, r"verifying 6 items may take [\d.]+ MB of memory, and 1 byte"):
            MODEL.verify(self.x, self.y, self.proof, memory_max=1)

    def test_what_is_no_statement(self):
        for x, y, text in (
            (self.x, self.y[:5], "y has 5 items, and x has 6"),
            (self.x, self.y[:, :9], "y has shape"),
            (self.x[0], self.y, "x has shape"),
        ):
            with self.subTest(text=text), self.assertRaisesRegex(prom.BadInput, text):
                MODEL.verify(x, y, self.proof)
            with self.assertRaises(prom.BadInput):
                MODEL.is_valid(x, y, self.proof)

    def test_verifying_does_not_warn(self):
        batch = self.x * 100
        with self.assertWarns(prom.ClampedWarning):
            y, proof = MODEL.prove(batch)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            MODEL.verify(batch, y, proof)


if __name__ == "__main__":
    unittest.main()
