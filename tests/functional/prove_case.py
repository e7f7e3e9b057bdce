"""What the tests of `prom prove`, `prom verify` and `prom bench prove` share."""

import framework
from model_files import model, read_npy, write_npy

ITEMS = 20
HEADER = 112  # of a proof's file


class ProveTest(framework.PromTest):
    def setUp(self):
        super().setUp()
        self.program = self.path("digits.prom")
        self.proof = self.path("digits.proof")
        self.outputs = self.path("outputs.npy")
        self.compile("cnn", self.program)
        descr, shape, data = read_npy(model("digits-heldout-images.npy"))
        self.assertEqual(descr, "<f4")
        self.item_bytes = len(data) // shape[0]
        self.pictures = data
        self.inputs = self.batch("inputs.npy", ITEMS)

    def compile(self, name, output):
        self.prom_json(
            "compile", model(f"digits-{name}.onnx"), "--calibrate", model("digits-calibration.npy"), "-o", output
        )

    def batch(self, name, items, first=0):
        data = self.pictures[first * self.item_bytes : (first + items) * self.item_bytes]
        return write_npy(self.path(name), "<f4", (items, 1, 8, 8), data)

    def file(self, name, content):
        path = self.path(name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def bytes_of(self, path):
        with open(path, "rb") as file:
            return file.read()

    def prove(self, *arguments):
        return self.prom_json(
            "prove", self.program, self.inputs, "-o", self.proof, "--output", self.outputs, *arguments
        )

    def statement(self, **other):
        """The arguments of `verify`, each as it should be or another."""
        right = {"program": self.program, "inputs": self.inputs, "outputs": self.outputs, "proof": self.proof}
        return tuple({**right, **other}.values())

    def refused(self, *arguments, text, code=2, category="bad input"):
        told = self.prom_json(*arguments, code=code)
        self.assertEqual(set(told), {"error"})
        self.assertEqual(told["error"]["category"], category)
        self.assertIn(text, told["error"]["message"])
        _, errors = self.prom(*arguments, code=code)
        self.assertEqual(errors, f"prom: {told['error']['message']}\n")

    def not_valid(self, text="the proof is not valid", **other):
        """An answer, and the worse of two: exit code 1, in JSON false and why."""
        told = self.prom_json("verify", *self.statement(**other), code=1)
        self.assertEqual(set(told), {"valid", "reason"})
        self.assertIs(told["valid"], False)
        self.assertIn(text, told["reason"])
        output, errors = self.prom("verify", *self.statement(**other), code=1)
        self.assertEqual((output, errors), ("", f"prom: {told['reason']}\n".replace("prom: ", "prom: verify: ", 1)))
