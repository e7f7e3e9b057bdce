"""What the package writes the program `prom` reads, and the other way round. PROM names the program."""

import os
import pathlib
import subprocess
import tempfile
import unittest

import numpy as np

import prom

MODELS = pathlib.Path(__file__).resolve().parent.parent.parent / "models"
PROGRAM = os.environ.get("PROM")


@unittest.skipUnless(PROGRAM, "PROM does not name the program")
class Program(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_program(self, *arguments):
        return subprocess.run([PROGRAM, *arguments], cwd=self.folder, capture_output=True, text=True, check=False)

    def succeeds(self, *arguments):
        done = self.run_program(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_proofs_of_the_package(self):
        model = prom.compile(MODELS / "digits-cnn.onnx", np.load(MODELS / "digits-calibration.npy"))
        images = np.load(MODELS / "digits-heldout-images.npy")[:5]
        outputs, proof = model.prove(images, integers=True)
        model.save(self.folder / "model.prom")
        np.save(self.folder / "x.npy", images)
        np.save(self.folder / "y.npy", outputs)
        (self.folder / "proof").write_bytes(proof)
        self.succeeds("verify", "model.prom", "x.npy", "y.npy", "proof")
        np.save(self.folder / "y.npy", outputs ^ 1)
        self.assertEqual(self.run_program("verify", "model.prom", "x.npy", "y.npy", "proof").returncode, 1)

    def test_one_meaning_of_proofs_of_something_else(self):
        """Exit code 2 and BadInput, 1 and InvalidProof."""
        model = prom.compile(MODELS / "digits-cnn.onnx", np.load(MODELS / "digits-calibration.npy"))
        other = prom.compile(MODELS / "digits-mlp.onnx", np.load(MODELS / "digits-calibration.npy"))
        x = np.load(MODELS / "digits-heldout-images.npy")[:3]
        y, proof = model.prove(x, integers=True)
        forged = proof[:-1] + bytes([proof[-1] ^ 1])
        for verifier, batch, outputs, given, code, kind in (
            (other, x, y, proof, 2, prom.BadInput),
            (model, x[::-1], y, proof, 2, prom.BadInput),
            (model, x, y, b"no proof", 2, prom.BadInput),
            (model, x, y[::-1], proof, 1, prom.InvalidProof),
            (model, x, y, forged, 1, prom.InvalidProof),
        ):
            verifier.save(self.folder / "model.prom")
            np.save(self.folder / "x.npy", batch)
            np.save(self.folder / "y.npy", outputs)
            (self.folder / "proof").write_bytes(given)
            done = self.run_program("verify", "model.prom", "x.npy", "y.npy", "proof")
            self.assertEqual(done.returncode, code, done.stderr)
            with self.assertRaises(kind) as caught:
                verifier.verify(batch, outputs, given)
            self.assertIn(str(caught.exception)[:60], done.stderr)

    def test_proofs_of_the_program(self):
        inputs = str(MODELS / "digits-heldout-images.npy")
        calibration = str(MODELS / "digits-calibration.npy")
        self.succeeds("compile", str(MODELS / "digits-mlp.onnx"), "--calibrate", calibration, "-o", "model.prom")
        self.succeeds("prove", "model.prom", inputs, "-o", "proof", "--output", "y.npy")
        model = prom.load(self.folder / "model.prom")
        self.assertEqual(model.digest, prom.compile(MODELS / "digits-mlp.onnx", np.load(calibration)).digest)
        outputs, proof = np.load(self.folder / "y.npy"), (self.folder / "proof").read_bytes()
        self.assertEqual(outputs.dtype, model.output.dtype)
        model.verify(np.load(inputs), outputs, proof)
        self.assertEqual(model.prove(np.load(inputs), integers=True)[1], proof)


if __name__ == "__main__":
    unittest.main()
