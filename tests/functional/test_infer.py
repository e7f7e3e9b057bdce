"""`prom infer`: what it computes, against a second implementation too, and bad input of every kind."""

import array
import importlib.util
import json
import math
import os
import unittest

import framework
from framework import SOURCE
from model_case import ITEMS, ModelTest, float32, floats_of
from model_files import mlp, model, png, read_npy, write_npy


def reference():
    """The second implementation of programs, in plain Python."""
    path = os.path.join(SOURCE, "tests", "vectors", "program", "program.py")
    spec = importlib.util.spec_from_file_location("program", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Reference(ModelTest):
    def test_inspect_and_infer_agree_with_the_second_implementation(self):
        python = reference()
        shape, values = floats_of(self.images)
        first = self.array_file("first.npy", "<f4", (2, *shape[1:]), values[:128])
        for name in ("cnn", "resnet", "depthwise", "cnn-qdq"):
            with self.subTest(name=name):
                self.compile(name=f"digits-{name}.onnx")
                program = python.parse(self.bytes_of(self.program))
                told = self.prom_json("inspect", self.program)
                self.assertEqual(told["digest"], program.digest().hex())
                self.assertEqual(told["multiplications"], program.multiplications)
                self.assertEqual(len(told["layers"]), len(program.layers))
                for layer, found in zip(program.layers, told["layers"]):
                    self.assertEqual((found["kind"], found["range"]), (layer.kind, [layer.output.low, layer.output.high]))
                    self.assertEqual(found["shape"], list(layer.output.shape))
                    self.assertEqual([it if it is None else it + 1 for it in found["inputs"]],
                                     [it or None for it in layer.inputs])  # fmt: skip
                    if found["sum"] is not None:
                        ranges = python.sum_ranges(layer, [program.value(index) for index in layer.inputs])
                        self.assertEqual(found["sum"]["low"], min(least for _, least, _ in ranges))
                        self.assertEqual(found["sum"]["high"], max(largest for _, _, largest in ranges))
                out = self.path("out.npy")
                self.infer(first, "--integers", "-o", out)
                scale, low, high = program.input_scale, program.input.low, program.input.high
                codes = [
                    min(high, max(low, int(math.copysign(math.floor(abs(value / scale) + 0.5), value)))) - low
                    for value in values[:128]
                ]
                expected = python.run(program, bytes(codes[:64])) + python.run(program, bytes(codes[64:]))
                offset = program.output.low + program.output_zero
                self.assertEqual(read_npy(out)[2], bytes((code + offset) % 256 for code in expected))


class Infer(ModelTest):
    def setUp(self):
        super().setUp()
        self.compile()
        self.facts = self.prom_json("inspect", self.program)

    def integers(self, values):
        """What docs/program.md says that floats become, in a file of integers."""
        low, high = self.facts["input"]["range"]
        scale = float32(self.facts["input"]["scale"])
        rounded = (math.copysign(math.floor(abs(value / scale) + 0.5), value) for value in values)
        return [int(max(low, min(high, value))) + self.facts["input"]["zero"] for value in rounded]

    def test_what_is_told(self):
        out = self.path("out.npy")
        told = self.infer(self.images, "--labels", self.labels, "-o", out)
        self.assertEqual(
            set(told),
            set("program items input clamped shape type output classes values right accuracy seconds items_per_second "
                "kernels".split()),
        )
        self.assertEqual((told["program"], told["items"], told["shape"]), (self.facts["digest"], ITEMS, [ITEMS, 10]))
        self.assertEqual((told["output"], told["type"]), (out, "float32"))
        descr, shape, data = read_npy(out)
        self.assertEqual((descr, shape), ("<f4", (ITEMS, 10)))
        scores = array.array("f", data)
        labels = array.array("q", read_npy(self.labels)[2])
        right = 0
        for item in range(ITEMS):
            row = list(scores[10 * item : 10 * item + 10])
            self.assertEqual(told["classes"][item], row.index(max(row)))
            self.assertAlmostEqual(told["values"][item], max(row), places=5)
            right += row.index(max(row)) == labels[item]
        self.assertEqual(told["right"], right)
        self.assertAlmostEqual(told["accuracy"], right / ITEMS)
        self.assertGreaterEqual(right, 356)
        mirrored = self.array_file("mirrored.npy", "<i8", (ITEMS,), labels[::-1])
        right = sum(told["classes"][item] == labels[ITEMS - 1 - item] for item in range(ITEMS))
        self.assertEqual(self.infer(self.images, "--labels", mirrored)["right"], right)
        # The trained network, as another program computes it, says nearly the same.
        reference = floats_of(model("digits-cnn-heldout-logits.npy"))[1]
        difference = max(abs(a - b) for a, b in zip(scores, reference))
        self.assertLess(difference, 0.05 * (max(reference) - min(reference)))

    def test_integers_out(self):
        floats, integers = self.path("floats.npy"), self.path("integers.npy")
        self.infer(self.images, "-o", floats)
        told = self.infer(self.images, "-o", integers, "--integers")
        descr, shape, data = read_npy(integers)
        output = self.facts["output"]
        unsigned = output["range"][0] + output["zero"] >= 0
        self.assertEqual((descr, shape), ("|u1" if unsigned else "|i1", (ITEMS, 10)))
        self.assertEqual(told["type"], "uint8" if unsigned else "int8")
        stored = array.array("B" if unsigned else "b", data)
        scale = float32(output["scale"])
        expected = [float32(scale * (value - output["zero"])) for value in stored]
        self.assertEqual(list(floats_of(floats)[1]), expected)
        self.assertEqual(told["values"][0], max(stored[:10]))

    def test_integers_in(self):
        shape, values = floats_of(self.images)
        stored = self.integers(values)
        expected, out = self.path("expected.npy"), self.path("out.npy")
        self.infer(self.images, "-o", expected)
        kinds = ["<i2", "<i8", "|u1" if min(stored) >= 0 else "|i1"]
        for descr in kinds:
            given = self.array_file("given.npy", descr, shape, stored)
            self.infer(given, "-o", out)
            self.assertEqual(self.bytes_of(out), self.bytes_of(expected), descr)
        low, high = (end + self.facts["input"]["zero"] for end in self.facts["input"]["range"])
        for wrong in (low - 1, high + 1, 1 << 15, -(1 << 40)):
            stored[64 * 2 + 8 * 3 + 7] = wrong
            given = self.array_file("given.npy", "<i8", shape, stored)
            self.fails(
                "infer", self.program, given, code=2,
                says=["infer: ", given, "[2, 0, 3, 7]", str(wrong), f"{low} to {high}", "--float"],
            )  # fmt: skip

    def test_floats_in(self):
        """float64, and with --float integers, are numbers like float32."""
        shape, values = floats_of(self.images)
        expected, out = self.path("expected.npy"), self.path("out.npy")
        self.infer(self.images, "-o", expected)
        self.infer(self.array_file("wide.npy", "<f8", shape, values), "-o", out)
        self.assertEqual(self.bytes_of(out), self.bytes_of(expected))
        whole = [round(value) for value in values]
        self.infer(self.array_file("floats.npy", "<f4", shape, whole), "-o", expected)
        self.infer(self.array_file("whole.npy", "<i8", shape, whole), "--float", "-o", out)
        self.assertEqual(self.bytes_of(out), self.bytes_of(expected))

    def test_integers_with_and_without_a_zero_point(self):
        """Values from -128 to 127 steps are int8 without a zero point, others uint8 with one. The network is y = -x."""
        network = self.file("minus.onnx", mlp((1, 1), biased=False))
        for least, kinds, zeros in ((-128, ("|i1", "|u1"), (0, 127)), (-127, ("|u1", "|i1"), (127, 0))):
            steps = list(range(least, least + 256, 5)) + [least + 255]
            shape = (len(steps), 1)
            given = self.array_file("given.npy", "<f4", shape, [step / 64 for step in steps])
            self.prom("compile", network, "--calibrate", given, "-o", self.program)
            self.facts = self.prom_json("inspect", self.program)
            self.assertEqual((self.facts["input"]["zero"], self.facts["output"]["zero"]), zeros)
            floats, integers = self.path("floats.npy"), self.path("integers.npy")
            self.infer(given, "-o", floats)
            self.assertEqual(list(floats_of(floats)[1]), [-step / 64 for step in steps])
            stored = self.array_file("stored.npy", kinds[0], shape, [step + zeros[0] for step in steps])
            told = self.infer(stored, "--integers", "-o", integers)
            descr, found, data = read_npy(integers)
            self.assertEqual((descr, found), (kinds[1], shape))
            expected = [zeros[1] - step for step in steps]
            self.assertEqual(list(array.array("b" if zeros[1] == 0 else "B", data)), expected)
            self.assertEqual(told["values"], expected)

    def test_quantised_model_takes_its_own_integers(self):
        self.program = self.path("quantised.prom")
        self.prom("compile", model("digits-cnn-qdq.onnx"), "-o", self.program)
        self.facts = self.prom_json("inspect", self.program)
        network = self.prom_json("inspect", model("digits-cnn-qdq.onnx"))["input"]["quantisation"]
        self.assertEqual(network["zero"], self.facts["input"]["zero"])
        self.assertEqual(network["scale"], self.facts["input"]["scale"])
        shape, values = floats_of(self.images)
        descr = "|u1" if network["type"] == "uint8" else "|i1"
        given = self.array_file("given.npy", descr, shape, self.integers(values))
        self.assertEqual(self.infer(given)["classes"], self.infer(self.images)["classes"])

    def test_kernels_give_the_same_bytes(self):
        errors = self.fails("infer", self.program, self.images, "--kernels", "none", code=2, says=["no kernels 'none'"])
        names = errors.split("there are ")[-1].strip().split(", ")
        self.assertIn("portable", names)
        ran = []
        for name in names:
            out = self.path(f"{name}.npy")
            process = self.start("infer", self.program, self.images, "--kernels", name, "-o", out, "--json")
            output, errors = process.communicate(timeout=framework.COMMAND_SECONDS)
            if process.returncode == 2:
                self.assertIn("this machine lacks", json.loads(output)["error"]["message"])
                continue
            self.assertEqual(json.loads(output)["kernels"], name)
            ran.append(self.bytes_of(out))
        self.assertGreaterEqual(len(ran), 1)
        self.assertEqual(len(set(ran)), 1)
        self.infer(self.images, "-o", self.path("best.npy"))
        self.assertEqual(self.bytes_of(self.path("best.npy")), ran[0])

    def test_pictures(self):
        folder = self.path("pictures")
        os.mkdir(folder)
        pixels = [round(255 * value) for value in floats_of(self.images)[1][: 64 * 30]]
        for item in range(30):
            self.file(f"pictures/{item:02}.png", png(8, 8, bytes(pixels[64 * item : 64 * item + 64])))
        floats = self.array_file("floats.npy", "<f4", (30, 1, 8, 8), [pixel / 255 for pixel in pixels])
        expected, out = self.path("expected.npy"), self.path("out.npy")
        self.infer(floats, "-o", expected)
        self.infer(folder, "-o", out)
        self.assertEqual(self.bytes_of(out), self.bytes_of(expected))
        moved = [float32(float32(pixel / 255) - 0.25) / 0.5 for pixel in pixels]
        self.infer(self.array_file("moved.npy", "<f4", (30, 1, 8, 8), moved), "-o", expected)
        self.infer(folder, "--mean", "0.25", "--std=0.5", "-o", out)
        self.assertEqual(self.bytes_of(out), self.bytes_of(expected))
        told = self.prom_json(
            "compile", model("digits-cnn.onnx"), "--calibrate", folder, "-o", self.path("pictures.prom")
        )
        self.assertEqual(told["comparison"]["items"], 30)
        self.file("pictures/99.png", png(4, 2, bytes(8)))
        self.fails("infer", self.program, folder, code=2, says=["99.png", "2 pixels high and 4 wide", "--resize"])
        self.assertEqual(self.infer(folder, "--resize")["items"], 31)
        self.file("pictures/98.png", b"no picture")
        self.fails("infer", self.program, folder, "--resize", code=2, says=["98.png"])

    def test_pictures_in_folders(self):
        """A folder for each class, as ImageFolder of torchvision has them: the names in byte order are the classes."""
        count = 30
        _, _, stored = read_npy(self.labels)
        labels = array.array("q", stored)[:count]
        pixels = [round(255 * value) for value in floats_of(self.images)[1][: 64 * count]]
        for label in range(10):
            os.makedirs(self.path("folders", f"digit {label}"))
        for item in range(count):
            self.file(
                f"folders/digit {labels[item]}/{item:02}.png", png(8, 8, bytes(pixels[64 * item : 64 * item + 64]))
            )
        folders = self.path("folders")
        told = self.infer(folders, "--labels", folders)
        order = sorted(range(count), key=lambda item: (labels[item], item))
        floats = [pixel / 255 for item in order for pixel in pixels[64 * item : 64 * item + 64]]
        same = self.infer(
            self.array_file("floats.npy", "<f4", (count, 1, 8, 8), floats), "--labels",
            self.array_file("sorted.npy", "<i8", (count,), sorted(labels)),
        )  # fmt: skip
        self.assertEqual((told["items"], told["right"]), (count, same["right"]))
        self.assertEqual(told["classes"], same["classes"])
        self.assertGreaterEqual(told["right"], count - 1)
        told = self.compile("--test", folders, "--labels", folders)
        self.assertEqual(told["comparison"]["right"], same["right"])
        os.mkdir(self.path("folders", "eleventh"))
        self.file("folders/eleventh/x.png", png(8, 8, bytes(64)))
        self.fails("infer", self.program, folders, "--labels", folders, code=2, says=["label 30 is 10", "0 to 9"])
        flat = self.path("folders", "digit 0")
        self.fails("infer", self.program, flat, "--labels", flat, code=2, says=[flat, "holds no folders"])

    def test_clamped_numbers_are_told(self):
        """Pictures of 0 to 255 for a network of 0 to 1: the answers are worth nothing, and that is said."""
        shape, values = floats_of(self.images)
        self.assertEqual(self.infer(self.images)["clamped"], 0)
        _, errors = self.prom("infer", self.program, self.images)
        self.assertNotIn("warning", errors)
        loud = self.array_file("loud.npy", "<f4", shape, [255 * value for value in values])
        scale, (low, high) = float32(self.facts["input"]["scale"]), self.facts["input"]["range"]
        beyond = sum(not scale * (low - 0.5) <= float32(255 * value) <= scale * (high + 0.5) for value in values)
        self.assertGreater(beyond, len(values) // 4)
        self.assertEqual(self.infer(loud)["clamped"], beyond)
        percent = f"{100 * beyond / len(values):.3g} %"
        for command in (("infer",), ("prove", "-o", self.path("p"))):
            few = self.array_file("few.npy", "<f4", (2, *shape[1:]), [255] * 128)
            _, errors = self.prom(command[0], self.program, few, *command[1:])
            self.assertIn(f"prom: warning: {few}: 100 % of the input (128 of 128 values) lies beyond ", errors)
            self.assertEqual(self.prom_json(command[0], self.program, few, *command[1:])["clamped"], 128)
        _, errors = self.prom("infer", self.program, loud)
        self.assertIn(percent, errors)
        self.assertEqual(errors.count("warning"), 1)

    def test_one_meaning_of_integers_is_told(self):
        """`compile` takes integers as numbers, `infer` and `prove` as the program's own; each says so where it matters."""
        whole = self.array_file("whole.npy", "|u1", (4, 1, 8, 8), [item % 100 for item in range(256)])
        _, errors = self.prom("compile", model("digits-cnn.onnx"), "--calibrate", whole, "-o", self.path("u.prom"))
        self.assertIn(f"prom: note: {whole} holds integers, taken as plain numbers here", errors)
        self.assertIn("--float", errors)
        calibrated = ("compile", model("digits-cnn.onnx"), "--calibrate", whole, "-o", self.path("u.prom"))
        for options, sets in (((), ["calibration"]), (("--test", whole), ["calibration", "test"])):
            self.assertEqual(self.prom_json(*calibrated, *options)["integers"], sets)
        for command in (("infer",), ("prove", "-o", self.path("p"))):
            _, errors = self.prom(command[0], self.program, whole, *command[1:])
            self.assertIn(f"prom: note: {whole} holds integers, taken as the program's own", errors)
            self.assertIn("with --float they are plain numbers, as they are for 'prom compile'", errors)
            _, errors = self.prom(command[0], self.program, whole, *command[1:], "--float")
            self.assertNotIn("note", errors)
            for options, kind in (((), "integers"), (("--float",), "numbers")):
                told = self.prom_json(command[0], self.program, whole, *command[1:], *options)
                self.assertEqual(told["input"], kind)
        _, errors = self.prom("infer", self.program, self.images)
        self.assertNotIn("note", errors)

    def test_text(self):
        output, errors = self.prom("infer", self.program, self.images, "--labels", self.labels)
        told = self.infer(self.images, "--labels", self.labels)
        lines = output.splitlines()
        self.assertEqual(len(lines), 1 + 19 + 1 + 1)
        self.assertEqual(lines[1].split()[:2], ["0", str(told["classes"][0])])
        self.assertIn("341 more", lines[-2])
        self.assertEqual(lines[-1], f"accuracy {100 * told['accuracy']:.2f} %: {told['right']} of 360 items right")
        self.assertRegex(errors, r"^360 items in \d+(\.\d+)? (µs|ms|s) with the kernels \w+: [\d,]+ items a second\n$")
        one = self.array_file("one.npy", "<f4", (1, 1, 8, 8), [0] * 64)
        _, errors = self.prom("infer", self.program, one)
        self.assertRegex(errors, r"^1 item in \d+(\.\d+)? (µs|ms|s) with the kernels \w+\n$")
        out = self.path("out.npy")
        output, _ = self.prom("infer", self.program, self.images, "-o", out)
        self.assertEqual(output, f"{out}: float32, 360x10\n")

    def test_wrong_input(self):
        wrong = self.array_file("wrong.npy", "<f4", (3, 5), [0] * 15)
        one = self.array_file("one.npy", "<f4", (1, 8, 8), [0.5] * 64)
        bad = self.array_file("bad.npy", "<f4", (1, 1, 8, 8), [0.5] * 63 + [math.nan])
        huge = self.array_file("huge.npy", "<f8", (1, 1, 8, 8), [0.5] * 63 + [1e300])
        strange = write_npy(self.path("strange.npy"), "<c8", (1, 1, 8, 8), bytes(512))
        cut = self.file("cut.npy", self.bytes_of(self.images)[:-1])
        empty = self.path("empty")
        os.mkdir(empty)
        out = self.path("out.npy")
        for path, says in (
            (self.path("gone.npy"), "No such file"),
            (wrong, "the input has shape 3x5, the model wants Nx1x8x8"),
            (one, "one item; the model wants a batch, Nx1x8x8"),
            (bad, "the value at [0, 0, 7, 7] is not a number"),
            (huge, "the value at [0, 0, 7, 7] is 1e+300, beyond the range of float32"),
            (strange, "c8"),
            (cut, ""),
            (empty, ""),
        ):
            with self.subTest(path=path):
                self.fails("infer", self.program, path, "-o", out, code=2, says=["infer: ", path, says])
                self.assertFalse(os.path.exists(out))

    def test_wrong_program(self):
        network = model("digits-cnn.onnx")
        self.fails("infer", network, self.images, code=2, says=[network, "compile it first: 'prom compile"])
        cut = self.file("cut.prom", self.bytes_of(self.program)[:-1])
        self.fails("infer", cut, self.images, code=2, says=[cut, "cut off"])
        self.fails("infer", self.path("gone"), self.images, code=2, says=[self.path("gone"), "No such file"])

    def test_wrong_output_and_labels(self):
        gone = self.path("gone", "out.npy")
        self.fails("infer", self.program, self.images, "-o", gone, code=1, says=[gone, "No such file"])
        self.fails("infer", self.program, self.images, "-o", self.home, code=2, says=[self.home, "is not a file"])
        for read in (self.program, self.images, self.labels):
            content = self.bytes_of(read)
            arguments = ("infer", self.program, self.images, "--labels", self.labels, "-o", read)
            self.fails(*arguments, code=2, says=[read, "would be written over"])
            self.assertEqual(self.bytes_of(read), content)
        few = self.array_file("few.npy", "<i8", (10,), [0] * 10)
        self.fails("infer", self.program, self.images, "--labels", few, code=2, says=[few, "10 labels for 360 items"])

    def test_command_line(self):
        for arguments, says in (
            ((), "no program is given"),
            (("a",), "no input is given"),
            (("a", "b", "c"), "'c' is one argument too many"),
            (("a", "b", "--integers=1"), "--integers takes no value"),
            (("a", "b", "-o", "-o"), "-o needs a value"),
        ):
            self.fails("infer", *arguments, code=2, says=[says])

    def test_help(self):
        for arguments in (("infer", "--help"), ("help", "infer")):
            output, errors = self.prom(*arguments)
            self.assertEqual(errors, "")
            for text in ("usage: prom infer", "-o, --output", "--integers", "--float", "--kernels", "--resize", "Exam"):
                self.assertIn(text, output)


if __name__ == "__main__":
    unittest.main()
