"""`prom inspect`: what it tells of programs and models, and damaged files."""

import array
import os
import struct
import unittest

import framework
from framework import SOURCE
from model_case import ModelTest
from model_files import mlp, model


class Inspect(ModelTest):
    def test_program(self):
        compiled = self.compile()
        told = self.prom_json("inspect", self.program)
        self.assertEqual(told["format"], "program")
        for name in ("digest", "bytes", "parameters", "multiplications"):
            self.assertEqual(told[name], compiled[name])
        for name in ("input", "output"):
            self.assertEqual(set(told[name]), {"shape", "range", "scale", "zero"})
        self.assertEqual((told["input"]["shape"], told["output"]["shape"]), ([1, 8, 8], [10]))
        self.assertEqual(sum(layer["parameters"] for layer in told["layers"]), told["parameters"])
        self.assertEqual(sum(layer["multiplications"] for layer in told["layers"]), told["multiplications"])
        for at, layer in enumerate(told["layers"]):
            self.assertEqual(
                set(layer),
                set("kind inputs shape range window groups axis permutation shift split multipliers sum parameters "
                    "multiplications".split()),
            )  # fmt: skip
            self.assertTrue(all(it is None or 0 <= it < at for it in layer["inputs"]))
            if layer["sum"] is not None:
                most = max(-layer["sum"]["low"], layer["sum"]["high"])
                self.assertEqual(layer["sum"]["bits"], most.bit_length())
                self.assertLess(most, 1 << 30)
                self.assertLessEqual(layer["multipliers"]["low"], layer["multipliers"]["high"])
        conv = told["layers"][0]
        self.assertEqual((conv["kind"], conv["inputs"], conv["shape"]), ("conv", [None], [16, 8, 8]))
        self.assertEqual(
            conv["window"],
            {"kernel": [3, 3], "stride": [1, 1], "dilation": [1, 1], "pads": [[1, 1], [1, 1]]},
        )
        self.assertEqual((conv["groups"], conv["parameters"], conv["multipliers"]["count"]), (1, 160, 16))
        self.assertEqual(conv["multiplications"], 16 * 8 * 8 * 9)

    def test_sums_are_exact(self):
        """The largest sum of a layer, computed a second time from the bytes of a program of one dense layer."""
        one = self.file("one.onnx", mlp((6, 4)))
        inputs = self.array_file("inputs.npy", "<f4", (2, 6), [-1, 0.5, 1, 0.25, -0.5, 1] * 2)
        self.prom("compile", one, "--calibrate", inputs, "-o", self.program)
        told = self.prom_json("inspect", self.program)
        (layer,) = told["layers"]
        content = self.bytes_of(self.program)
        weights = array.array("b", content[-24:])
        biases = struct.unpack(">4i", content[-24 - 16 : -24])
        low, high = told["input"]["range"]
        rows = [weights[6 * row : 6 * row + 6] for row in range(4)]
        least = min(bias + sum(min(w * low, w * high) for w in row) for bias, row in zip(biases, rows))
        largest = max(bias + sum(max(w * low, w * high) for w in row) for bias, row in zip(biases, rows))
        self.assertEqual((layer["sum"]["low"], layer["sum"]["high"]), (least, largest))

    def test_text(self):
        compiled = self.compile(name="digits-resnet.onnx")
        output, errors = self.prom("inspect", self.program)
        self.assertEqual(errors, "")
        for text in (compiled["digest"], "conv", "add", "3x3 stride 2 pad 1", "average pool", "1x8x8", "largest sum"):
            self.assertIn(text, output)
        told = self.prom_json("inspect", self.program)
        self.assertEqual(len([line for line in output.splitlines() if line[:6].strip().isdigit()]), len(told["layers"]))

    def test_network(self):
        told = self.prom_json("inspect", model("digits-cnn.onnx"))
        self.assertEqual((told["format"], told["input"]), ("onnx", {"shape": [1, 8, 8], "quantisation": None}))
        self.assertEqual({layer["quantisation"] for layer in told["layers"]}, {None})
        self.assertEqual(told["layers"][0]["shape"], [16, 8, 8])
        self.assertEqual(told["parameters"], self.compile()["parameters"])
        output, _ = self.prom("inspect", model("digits-cnn.onnx"))
        self.assertIn("an ONNX model, not quantised", output)
        told = self.prom_json("inspect", model("digits-cnn-qdq.onnx"))
        self.assertEqual(set(told["input"]["quantisation"]), {"scale", "zero", "type"})
        output, _ = self.prom("inspect", model("digits-cnn-qdq.onnx"))
        self.assertIn("an ONNX model, quantised", output)

    def test_end_of_a_network(self):
        """--end-at, which a refusal advises, is taken here as by compile."""
        told = self.prom_json("inspect", model("digits-cnn.onnx"))
        part = self.prom_json("inspect", model("digits-cnn.onnx"), "--end-at", "relu_2")
        self.assertLess(len(part["layers"]), len(told["layers"]))
        self.assertEqual(part["layers"], told["layers"][: len(part["layers"])])
        self.assertEqual(part["parameters"], sum(layer["parameters"] for layer in part["layers"]))
        network = os.path.join(SOURCE, "tests", "vectors", "onnx", "end-at-hidden.onnx")
        self.fails("inspect", network, code=2, says=["2 outputs", "one of 'y', 'h' with --end-at NAME"])
        self.assertEqual(len(self.prom_json("inspect", network, "--end-at", "h")["layers"]), 1)
        self.fails("inspect", network, "--end-at", "z", code=2, says=["cannot end at 'z'"])
        says = ["no value of that name (did you mean 'logits'?); its output is 'logits'"]
        self.fails("inspect", model("digits-cnn.onnx"), "--end-at", "logit", code=2, says=says)
        self.compile()
        self.fails("inspect", self.program, "--end-at", "h", code=2, says=["an integer program", "--end-at is for ONNX"])

    def test_numbers_for_people(self):
        told = self.compile(name="digits-resnet.onnx")
        output, _ = self.prom("inspect", self.program)
        size = f"{told['bytes'] / 1000:.1f} kB"
        lines = [f"  size        {size}", f"  parameters  {told['parameters']:,}"]
        for line in (*lines, f"  MACs        {told['multiplications']:,} per item"):
            self.assertIn(line + "\n", output)
        layer = max(self.prom_json("inspect", self.program)["layers"], key=lambda layer: layer["multiplications"])
        self.assertGreater(layer["multiplications"], 100000)
        self.assertIn(f" {layer['multiplications']:,}  ", output)
        self.assertNotRegex(output, r"(?<![\w.,])\d{4,}(?![\w.])")
        output, _ = self.prom("inspect", model("digits-resnet.onnx"))
        self.assertIn(f"  parameters  {told['parameters']:,}\n", output)

    def test_wrong_input(self):
        self.compile()
        whole = self.bytes_of(self.program)
        for length in (4, 5, 20, 60, len(whole) - 1):
            cut = self.file("cut.prom", whole[:length])
            self.fails("inspect", cut, code=2, says=["inspect: ", cut, "cut off"])
        longer = self.file("longer.prom", whole + b"\0")
        self.fails("inspect", longer, code=2, says=[longer, "the program is followed by 1 byte"])
        rubbish = self.file("rubbish", b"rubbish")
        self.fails("inspect", rubbish, code=2, says=[rubbish])
        self.fails("inspect", self.path("gone"), code=2, says=[self.path("gone"), "No such file"])
        self.fails("inspect", code=2, says=["no file is given"])
        self.fails("inspect", "a", "b", code=2, says=["'b' is one argument too many"])
        self.fails("inspect", "a", "-o", "b", code=2, says=["unknown option '-o'; a file's name that begins with '-' goes behind '--'"])

    def test_damaged_program(self):
        self.compile(name="digits-mlp.onnx")
        whole = self.bytes_of(self.program)
        for at in list(range(4, 40)) + list(range(40, len(whole), len(whole) // 20)):
            damaged = self.file("damaged.prom", whole[:at] + bytes([whole[at] ^ 0x80]) + whole[at + 1 :])
            process = self.start("inspect", damaged)
            output, errors = process.communicate(timeout=framework.COMMAND_SECONDS)
            self.assertIn(process.returncode, (0, 2), (at, output, errors))

    def test_help(self):
        output = self.prom("help", "inspect")[0]
        for text in ("usage: prom inspect", "largest sum", "MACs", "digest", "JSON", "Exit codes"):
            self.assertIn(text, output)


if __name__ == "__main__":
    unittest.main()
