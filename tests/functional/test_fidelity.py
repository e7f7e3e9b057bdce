"""`prom compile`: how near it says that the integers come to the floats, on networks whose precision is known."""

import math
import statistics
import unittest

from model_case import ModelTest, float32, floats_of
from model_files import mlp


class Fidelity(ModelTest):
    """What is told of the outputs, beside the same from the network's own numbers and what `prom infer` makes."""

    def setUp(self):
        super().setUp()
        self.widths = (5, 4)
        self.items = 41
        weights = [float32((7 * i % 997 / 498.5 - 1) / 5**0.5) for i in range(997)]
        self.weights = [weights[i * 4 : i * 4 + 4] for i in range(5)]
        self.inputs = [math.sin(1 + i * i % 89) * 2 for i in range(self.items * 5)]

    def floats(self, inputs, biases):
        return [
            [math.fsum(inputs[n * 5 + i] * self.weights[i][o] for i in range(5)) + biases[o] for o in range(4)]
            for n in range(self.items)
        ]

    def compare(self, inputs, biased=True):
        """(told, floats, integers)"""
        net = self.file("net.onnx", mlp(self.widths, biased))
        seen = self.array_file("seen.npy", "<f4", (self.items, 5), inputs)
        told = self.prom_json("compile", net, "--calibrate", seen, "-o", self.program)
        self.prom("infer", self.program, seen, "--output", self.path("made.npy"))
        _, made = floats_of(self.path("made.npy"))
        biases = [float32((7 * i % 997 / 498.5 - 1) / 5**0.5) if biased else 0 for i in range(4)]
        floats = self.floats([float32(value) for value in inputs], biases)
        return told, floats, [list(made[n * 4 : n * 4 + 4]) for n in range(self.items)]

    def check(self, told, floats, integers):
        found, output = told["comparison"], told["layers"][-1]
        places = list(zip(*floats))
        means = [math.fsum(place) / self.items for place in places]
        medians = [statistics.median(place) for place in places]
        errors = [[b - a for a, b in zip(item, made)] for item, made in zip(floats, integers)]
        noises = [sum(error**2 for error in item) for item in errors]
        variation = sum((value - mean) ** 2 for item in floats for value, mean in zip(item, means))
        close = lambda told, wanted: self.assertTrue(math.isclose(told, wanted, rel_tol=1e-4), (told, wanted))
        close(found["spread"], (variation / self.items / 4) ** 0.5)
        close(found["error"], (sum(noises) / self.items / 4) ** 0.5)
        close(found["error_max"], max(abs(error) for item in errors for error in item))
        close(found["signal_to_noise"], 10 * math.log10(variation / sum(noises)))
        self.assertEqual(output["signal_to_noise"], found["signal_to_noise"])
        signals = [sum((value - median) ** 2 for value, median in zip(item, medians)) for item in floats]
        typical = statistics.median(signals)
        ratios = [max(signal, typical) / noise for signal, noise in zip(signals, noises)]
        close(found["item_signal_to_noise"], -10 * math.log10(statistics.median(1 / ratio for ratio in ratios)))
        self.assertEqual(found["worst_item"]["item"], ratios.index(min(ratios)))
        close(found["worst_item"]["signal_to_noise"], 10 * math.log10(min(ratios)))
        largest = lambda item: item.index(max(item))
        self.assertEqual(found["agreeing"], sum(largest(a) == largest(b) for a, b in zip(floats, integers)))
        self.assertEqual(found["decided"], self.items)

    def test_ordinary(self):
        told, floats, integers = self.compare(self.inputs)
        self.check(told, floats, integers)
        self.assertGreater(told["comparison"]["signal_to_noise"], 30)
        self.assertEqual([warning for warning in told["warnings"] if "classes" not in warning], [])

    def test_one_wild_item(self):
        """All is well about the means, for the wild item's signal is larger than all errors; not so item by item."""
        self.inputs[5 * 11 + 2] = 1e6
        told, floats, integers = self.compare(self.inputs)
        self.check(told, floats, integers)
        self.assertGreater(told["comparison"]["signal_to_noise"], 40)
        self.assertLess(told["comparison"]["item_signal_to_noise"], 3)
        warnings = "\n".join(told["warnings"])
        for text in ("item 11 (", "half of the items have a signal to noise below", "different classes for"):
            self.assertIn(text, warnings)

    def test_small_spread_around_a_large_mean(self):
        net = self.file("net.onnx", mlp((5, 1)))
        far = [1000 + 0.01 * value for value in self.inputs]
        seen = self.array_file("far.npy", "<f4", (self.items, 5), far)
        told = self.prom_json("compile", net, "--calibrate", seen, "-o", self.program)
        self.assertLess(told["comparison"]["signal_to_noise"], 10)
        self.assertIsNone(told["comparison"]["agreeing"])
        self.assertRegex(told["warnings"][0], r"^the outputs' error is \d+ % of what they vary by")
        output, _ = self.prom("compile", net, "--calibrate", seen, "-o", self.program)
        self.assertNotIn("class", output)

    def test_nothing_varies(self):
        net = self.file("net.onnx", mlp(self.widths))
        same = self.array_file("same.npy", "<f4", (3, 5), self.inputs[:5] * 3)
        told = self.prom_json("compile", net, "--calibrate", same, "-o", self.program)
        self.assertEqual((told["comparison"]["varies"], told["comparison"]["signal_to_noise"]), (False, None))
        self.assertIn("the outputs are the same for all items of the calibration set", told["warnings"][0])
        output, _ = self.prom("compile", net, "--calibrate", same, "-o", self.program)
        self.assertRegex(output, r"(?m)^  dense0 .* constant +0\.00 %$")
        self.assertIn("they do not vary: there is nothing to measure it by", output)


if __name__ == "__main__":
    unittest.main()
