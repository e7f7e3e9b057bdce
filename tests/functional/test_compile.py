"""`prom compile`: what it tells, bad input of every kind; killed and starved, as `prom infer` is."""

import array
import json
import math
import os
import resource
import signal
import subprocess
import sys
import time
import unittest

import framework
from framework import PROM, SANITIZED, SOURCE
from model_case import ITEMS, ModelTest, float32, floats_of
from model_files import mlp, model, onnx_with, write_npy

MEGABYTE = 1 << 20
COPIES = 2 if SANITIZED else 40  # of the calibration set, for a run that takes a while


class Compile(ModelTest):
    def test_what_is_told(self):
        told = self.compile("--test", self.images, "--labels", self.labels)
        self.assertEqual(
            set(told),
            {"output", "digest", "bytes", "parameters", "multiplications", "calibration", "input", "layers",
             "comparison", "integers", "warnings", "note"},
        )
        self.assertEqual(told["output"], self.program)
        self.assertEqual(told["bytes"], os.path.getsize(self.program))
        self.assertEqual(len(bytes.fromhex(told["digest"])), 32)
        for layer in told["layers"]:
            self.assertEqual(
                set(layer),
                {"name", "kind", "shape", "scale", "range", "signal_to_noise", "spread", "error", "clamped"},
            )
            low, high = layer["range"]
            self.assertTrue(-255 <= low <= 0 <= high <= 255)
            self.assertGreater(layer["scale"], 0)
            self.assertGreater(layer["signal_to_noise"], 20)
            self.assertTrue(0 <= layer["clamped"] < 0.01)
        self.assertEqual(told["layers"][-1]["shape"], [10])
        found = told["comparison"]
        self.assertEqual((found["set"], found["items"]), ("test", ITEMS))
        self.assertGreaterEqual(found["agreeing"], ITEMS - 2)
        self.assertEqual(found["right_float"], 358)  # models/README.md
        self.assertAlmostEqual(found["accuracy"], found["right"] / ITEMS)
        self.assertAlmostEqual(found["accuracy_float"], found["right_float"] / ITEMS)
        self.assertEqual((told["integers"], told["warnings"]), ([], []))
        self.assertEqual(told["calibration"], {"method": "max", "items": 128, "stretches": []})
        self.assertEqual((told["input"]["shape"], told["input"]["clamped"]), ([1, 8, 8], 0))
        self.assertIsNone(told["note"])

    def test_what_is_left_out_at_the_end(self):
        """A last Softmax is left out with a note; the network may end at any value."""
        inputs = self.array_file("x.npy", "<f4", (2, 3), [1, 2, 3, -4, 5, 6])
        for name, end, note in (("tail-softmax", [], "last Softmax ('y')"), ("end-at-hidden", ["--end-at", "h"], None)):
            with self.subTest(name=name):
                network = os.path.join(SOURCE, "tests", "vectors", "onnx", f"{name}.onnx")
                arguments = ("compile", network, "--calibrate", inputs, "-o", self.program, *end)
                told, (_, errors) = self.prom_json(*arguments), self.prom(*arguments)
                self.assertEqual(errors, f"prom: note: {told['note']}\n" if note else "")
                self.assertIn(note or "None", str(told["note"]))
        self.fails("compile", network, code=2, says=["2 outputs", "one of 'y', 'h' with --end-at NAME"])

    def test_weights_in_another_file(self):
        """They are read from the model's folder only."""
        inputs = self.array_file("x.npy", "<f4", (2, 3), [1, 2, 3, -4, 5, 6])
        vectors = os.path.join(SOURCE, "tests", "vectors", "onnx")
        os.mkdir(self.path("models"))
        os.mkdir(self.path("elsewhere"))
        network = self.file("models/external.onnx", self.bytes_of(os.path.join(vectors, "external.onnx")))
        arguments = ("compile", network, "--calibrate", inputs, "-o", self.program)
        self.fails(*arguments, code=2, says=["constant 'w': ", "'external.bin', which cannot be found"])
        weights = self.file("elsewhere/w", self.bytes_of(os.path.join(vectors, "external.bin")))
        os.symlink(weights, self.path("models/external.bin"))
        self.fails(*arguments, code=2, says=["'external.bin', which is a link out of the model's folder"])
        os.remove(self.path("models/external.bin"))
        os.mkdir(self.path("models/external.bin"))
        self.fails(*arguments, code=2, says=["is not a file"])
        os.rmdir(self.path("models/external.bin"))
        os.rename(weights, self.path("models/w"))
        os.symlink("w", self.path("models/external.bin"))  # inside it leads where it likes
        self.assertEqual(self.prom_json(*arguments)["parameters"], 8)

    def test_says_how_to_mend_the_inputs(self):
        arguments = ("compile", model("digits-cnn.onnx"), "-o", self.program, "--calibrate")
        wide = self.array_file("wide.npy", "<f8", (1, 1, 8, 8), [0.0] * 63 + [-1e300])
        self.fails(*arguments, wide, code=2, says=["the value at [0, 0, 7, 7] is -1e+300, beyond the range of float32"])
        endless = self.array_file("endless.npy", "<f8", (1, 1, 8, 8), [0.0] * 63 + [math.inf])
        self.fails(*arguments, endless, code=2, says=["is infinite: values must be finite"])
        last = self.array_file("last.npy", "<f4", (1, 8, 8, 1), [0.0] * 64)
        self.fails(*arguments, last, code=2, says=["shape 1x8x8x1, with the channels last", "save x.transpose(0, 3, 1, 2)"])

    def test_text(self):
        arguments = ("compile", model("digits-cnn.onnx"), "--calibrate", self.calibration, "-o", self.program)
        output, errors = self.prom(*arguments)
        self.assertEqual(errors, "")
        told = self.compile()
        for text in (self.program, told["digest"], f"size        {told['bytes'] / 1000:.1f} kB\n", "the calibration set, 128 items"):
            self.assertIn(text, output)
        self.assertNotIn("right:", output)
        for layer in told["layers"]:
            self.assertRegex(output, rf"(?m)^  {layer['name']} .* dB +\d+\.\d\d %$|^  {layer['name']} .* exact ")
        output, _ = self.prom(*arguments, "--test", self.images, "--labels", self.labels)
        self.assertIn("right: float 358 (99.44 %)", output)
        self.assertRegex(output, r"(?m)^  input +1x8x8 +0\.0039216 +0 to 255 +51\.\d dB +0\.00 %$")
        self.assertIn("inputs beyond the range: 0.00 % of the test set, 0.00 % of the calibration set", output)

    def test_same_bytes_in_every_run(self):
        first = self.compile()
        content = self.bytes_of(self.program)
        self.assertEqual(self.compile()["digest"], first["digest"])
        self.assertEqual(self.bytes_of(self.program), content)
        # The comparison leaves no trace; another calibration set does.
        self.assertEqual(self.compile("--test", self.images)["digest"], first["digest"])
        other = self.prom_json(
            "compile", model("digits-cnn.onnx"), "--calibrate", self.images, "-o", self.path("other.prom")
        )
        self.assertNotEqual(other["digest"], first["digest"])

    def test_every_model(self):
        """Each network that comes with the project, float or quantised, loses next to nothing."""
        for name in ("mlp", "cnn", "resnet", "depthwise", "cnn-qdq", "resnet-qdq", "cnn-qlinear"):
            with self.subTest(name=name):
                given = [] if "-q" in name else ["--calibrate", self.calibration]
                told = self.prom_json(
                    "compile", model(f"digits-{name}.onnx"), *given, "-o", self.program,
                    "--test", self.images, "--labels", self.labels,
                )  # fmt: skip
                found = told["comparison"]
                self.assertGreaterEqual(found["agreeing"], ITEMS - 4)
                self.assertLessEqual(abs(found["right"] - found["right_float"]), 4)

    def test_quantised_model_needs_no_calibration(self):
        told = self.prom_json("compile", model("digits-cnn-qdq.onnx"), "-o", self.program)
        self.assertIsNone(told["comparison"])
        self.assertEqual({layer["signal_to_noise"] for layer in told["layers"]}, {None})
        output, _ = self.prom("compile", model("digits-cnn-qdq.onnx"), "-o", self.program)
        self.assertNotIn("S/N", output)

    def test_operators(self):
        told = self.prom_json("compile", "--operators")["operators"]
        self.assertEqual(len(set(told)), len(told))
        self.assertLessEqual({"Conv", "Gemm", "Relu", "QLinearConv", "QuantizeLinear", "com.microsoft.QGemm"}, set(told))
        self.assertEqual(self.prom("compile", "--operators")[0].split("\n"), [*told, ""])
        self.fails("compile", "--operators", "x.onnx", code=2, says=["--operators stands alone"])

    def test_default_output_lies_beside_the_model(self):
        copy = self.file("mine.onnx", self.bytes_of(model("digits-mlp.onnx")))
        told = self.prom_json("compile", copy, "--calibrate", self.calibration)
        self.assertEqual(told["output"], self.path("mine.prom"))
        self.assertTrue(os.path.exists(told["output"]))
        copy = self.file("noending", self.bytes_of(copy))
        self.assertEqual(
            self.prom_json("compile", copy, "--calibrate", self.calibration)["output"], self.path("noending.prom")
        )

    def test_warning_names_the_weak_layers(self):
        """A calibration set with a single large value leaves few integers for all others."""
        shape, values = floats_of(self.calibration)
        values = array.array("f", [value * 0.01 for value in values])
        values[0] = 400.0
        spoilt = self.array_file("spoilt.npy", "<f4", shape, values)
        arguments = ("compile", model("digits-cnn.onnx"), "--calibrate", spoilt, "--test", self.images)
        told = self.prom_json(*arguments, "-o", self.program)
        layers, warnings = told["layers"], "\n".join(told["warnings"])
        weak = [layer for layer in layers if layer["kind"] in ("conv", "dense", "add", "average pool")]
        weakest = min(weak, key=lambda layer: layer["signal_to_noise"])
        self.assertLess(weakest["signal_to_noise"], 20)
        self.assertIn(
            f"precision is lost most in {weakest['name']} ({weakest['signal_to_noise']:.1f} dB)", told["warnings"][-1]
        )
        self.assertEqual([(found["item"], found["value"]) for found in told["calibration"]["stretches"]], [(0, "input")])
        factor = told["calibration"]["stretches"][0]["factor"]
        self.assertGreater(factor, 39000)
        self.assertIn(f"stretched by item 0 ({factor:.3g} times as far as others, in 'input')", warnings)
        self.assertRegex(warnings, r"float and integer give different classes for \d+ of 360 items")
        output, _ = self.prom(*arguments, "-o", self.program)
        for warning in told["warnings"]:
            self.assertIn("warning: " + warning, output)

    def test_calibration_methods(self):
        shape, values = floats_of(self.calibration)
        values[3 * 64 + 5] = 1e6
        wild = self.array_file("wild.npy", "<f4", shape, values)
        found = {}
        for method in ("max", "percentile", "mse"):
            told = self.compile("--calibration-method", method, "--test", self.images, "--labels", self.labels)
            self.assertEqual(told["calibration"]["method"], method)
            self.assertGreaterEqual(told["comparison"]["right"], 356)
            found[method] = told["digest"]
            told = self.prom_json(
                "compile", model("digits-cnn.onnx"), "--calibrate", wild, "--calibration-method", method,
                "--test", self.images, "--labels", self.labels, "-o", self.program,
            )  # fmt: skip
            right = told["comparison"]["right"]
            self.assertTrue(right >= 356 if method == "percentile" else right < 180, (method, right))
            self.assertEqual([stretch["item"] for stretch in told["calibration"]["stretches"]], [3])
        self.assertEqual(len(set(found.values())), 3)
        self.assertEqual(self.compile()["digest"], found["max"])
        self.fails(
            "compile", model("digits-cnn.onnx"), "--calibrate", self.calibration, "--calibration-method", "best",
            code=2, says=["--calibration-method is max, percentile or mse, not 'best'"],
        )  # fmt: skip

    def test_inputs_beyond_the_range(self):
        """Pictures of 0 to 255 for a network of 0 to 1."""
        shape, values = floats_of(self.images)
        large = self.array_file("large.npy", "<f4", shape, [255 * value for value in values])
        told = self.compile("--test", large)
        beyond = sum(255 * value > 1 + 0.5 / 255 for value in values) / len(values)
        self.assertAlmostEqual(told["input"]["clamped"], beyond)
        self.assertEqual(told["input"]["clamped_calibration"], 0)
        self.assertIn(f"{100 * beyond:.2f} % of the inputs lie beyond the range", "\n".join(told["warnings"]))


class CompileWrongInput(ModelTest):
    def compile_fails(self, *arguments, says, code=2):
        errors = self.fails("compile", *arguments, "-o", self.program, code=code, says=["compile: ", *says])
        self.no_program_is_left()
        return errors

    def test_model(self):
        calibrate = ("--calibrate", self.calibration)
        gone = self.path("gone.onnx")
        self.compile_fails(gone, *calibrate, says=[gone, "No such file"])
        folder = self.path("folder")
        os.makedirs(folder)
        self.compile_fails(folder, *calibrate, says=[folder, "is not a file"])
        rubbish = self.file("rubbish.onnx", b"this is no model")
        self.compile_fails(rubbish, *calibrate, says=[rubbish])
        empty = self.file("empty.onnx", b"")
        self.compile_fails(empty, *calibrate, says=[empty])
        strange = self.file("strange.onnx", onnx_with("Einsum"))
        self.compile_fails(strange, *calibrate, says=[strange, "Einsum", "strange-node"])

    def test_cut_off_model(self):
        whole = self.bytes_of(model("digits-cnn.onnx"))
        for length in (1, 7, 100, len(whole) // 2, len(whole) - 1):
            with self.subTest(length=length):
                cut = self.file("cut.onnx", whole[:length])
                self.compile_fails(cut, "--calibrate", self.calibration, says=[cut])

    def test_damaged_model(self):
        """Whatever byte is another one, the model is compiled or refused in a sentence."""
        whole = self.bytes_of(model("digits-cnn-qdq.onnx"))
        for at in range(3, len(whole), len(whole) // 40):
            damaged = self.file("damaged.onnx", whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
            process = self.start("compile", damaged, "-o", self.program)
            output, errors = process.communicate(timeout=framework.COMMAND_SECONDS)
            self.assertIn(process.returncode, (0, 2), (at, output, errors))
            self.assertEqual(process.returncode == 2, errors.startswith(b"prom: compile: "), (at, errors))

    def test_no_calibration(self):
        name = model("digits-cnn.onnx")
        self.compile_fails(name, says=[name, "is a float model", f"'prom compile {name} --calibrate X.npy'"])

    def test_calibration(self):
        name = model("digits-cnn.onnx")
        wrong = self.array_file("wrong.npy", "<f4", (3, 5), [0] * 15)
        self.compile_fails(name, "--calibrate", wrong, says=[wrong, "3x5", "Nx1x8x8"])
        one = self.array_file("one.npy", "<f4", (1, 8, 8), [0.5] * 64)
        self.compile_fails(name, "--calibrate", one, says=[one, "which is one item", "Nx1x8x8", "x[None]"])
        none = self.array_file("none.npy", "<f4", (0, 1, 8, 8), [])
        self.compile_fails(name, "--calibrate", none, says=[none, "no item"])
        for value, text in ((math.nan, "not a number"), (math.inf, "infinite"), (-math.inf, "infinite")):
            values = [0.5] * 128
            values[64 + 8 * 3 + 5] = value
            bad = self.array_file("bad.npy", "<f4", (2, 1, 8, 8), values)
            self.compile_fails(name, "--calibrate", bad, says=[bad, "[1, 0, 3, 5]", text])
            self.compile_fails(name, "--calibrate", self.calibration, "--test", bad, says=[bad, "[1, 0, 3, 5]", text])
        zero = self.array_file("zero.npy", "<f4", (2, 1, 8, 8), [0] * 128)
        self.compile_fails(name, "--calibrate", zero, says=[name, zero, "zero"])
        strange = write_npy(self.path("strange.npy"), "<c8", (2, 1, 8, 8), bytes(1024))
        self.compile_fails(name, "--calibrate", strange, says=[strange, "c8"])
        cut = self.file("cut.npy", self.bytes_of(self.calibration)[:-1])
        self.compile_fails(name, "--calibrate", cut, says=[cut])

    def test_labels(self):
        arguments = (model("digits-cnn.onnx"), "--calibrate", self.calibration)
        few = self.array_file("few.npy", "<i8", (10,), [0] * 10)
        self.compile_fails(*arguments, "--labels", few, says=[few, "10 labels for 128 items"])
        floats = self.array_file("floats.npy", "<f4", (128,), [0] * 128)
        self.compile_fails(*arguments, "--labels", floats, says=[floats, "float32", "labels are integers"])
        bools = write_npy(self.path("bools.npy"), "|b1", (360,), bytes(360))
        self.compile_fails(*arguments, "--labels", bools, says=[bools, "bool", "labels are integers"])
        for label in (10, -1, 1 << 62):
            large = self.array_file("large.npy", "<i8", (128,), [0] * 127 + [label])
            self.compile_fails(*arguments, "--labels", large, says=[large, f"label 127 is {label}", "0 to 9"])
        self.compile_fails(
            model("digits-cnn-qdq.onnx"), "--labels", self.labels, says=["--labels are those of the --test set"]
        )

    def test_output(self):
        arguments = ("compile", model("digits-mlp.onnx"), "--calibrate", self.calibration)
        gone = self.path("gone", "x.prom")
        self.fails(*arguments, "-o", gone, code=1, says=[gone, "No such file"])
        self.fails(*arguments, "-o", self.home, code=2, says=[self.home, "is not a file"])
        self.fails(*arguments, "-o", "/dev/null", code=2, says=["/dev/null is not a file"])
        self.assertTrue(os.path.exists("/dev/null") and not os.path.isfile("/dev/null"))
        copy = self.file("mine.onnx", self.bytes_of(model("digits-mlp.onnx")))
        seen = self.file("mine.npy", self.bytes_of(self.calibration))
        alias = self.path("alias.npy")
        os.link(seen, alias)
        for output in (copy, alias):
            says = [copy if output == copy else seen, "would be written over"]
            self.fails("compile", copy, "--calibrate", seen, "-o", output, code=2, says=says)
        self.assertEqual(self.bytes_of(copy), self.bytes_of(model("digits-mlp.onnx")))
        self.assertEqual(self.bytes_of(seen), self.bytes_of(self.calibration))
        self.fails(*arguments, "-o", self.path("x" * 5000), code=2, says=["too long"])

    def test_program_as_model(self):
        self.compile()
        self.fails("compile", self.program, code=2, says=[self.program, "is an integer program already"])

    def test_command_line(self):
        for arguments, says in (
            ((), "no model is given"),
            (("a", "b"), "'b' is one argument too many"),
            (("a", "-o"), "-o needs a value"),
            (("a", "-o", "--test"), "-o needs a value"),
            (("a", "-x"), "unknown option '-x'"),
            (("a", "--calibrate="), "--calibrate needs a value"),
            (("a", "--mean", "1,2"), "--mean takes one number, or three"),
            (("a", "--mean", "x"), "--mean takes one number, or three"),
            (("a", "--std", "1,2,3,4"), "--std takes one number, or three"),
            (("a", "--std", "nan"), "--std takes one number, or three"),
            (("a", "--std", "1,0,1"), "--std must be above zero"),
        ):
            with self.subTest(arguments=arguments):
                self.fails("compile", *arguments, code=2, says=[says])
        self.fails(
            "compile", model("digits-cnn.onnx"), "--calibrate", self.calibration, "--resize",
            code=2, says=[self.calibration, "holds no pictures"],
        )  # fmt: skip

    def test_help(self):
        for arguments in (("compile", "--help"), ("help", "compile"), ("compile", "x", "-h")):
            output, errors = self.prom(*arguments)
            self.assertEqual(errors, "")
            for text in ("usage: prom compile", "--calibrate", "--test", "--labels", "-o", "--json", "Exit", "Example"):
                self.assertIn(text, output)
        for name in ("compile", "inspect", "infer"):
            self.assertIn(f"  {name} ", self.prom("--help")[0])


class Starved(ModelTest):
    """The disk is full, the process is killed, standard output is closed: no half of a file is ever there."""

    def test_disk_full(self):
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        self.compile()
        arguments = {
            "compile": (model("digits-cnn.onnx"), "--calibrate", self.calibration, "-o", self.path("new.prom")),
            "infer": (self.program, self.images, "-o", self.path("new.npy")),
        }
        for command, given in arguments.items():
            before = self.file(os.path.basename(given[-1]), b"what was here before")
            process = self.start(command, *given, preexec_fn=limit, restore_signals=False)  # SIGXFSZ stays ignored
            output, errors = process.communicate(timeout=framework.COMMAND_SECONDS)
            self.assertEqual((process.returncode, output), (1, b""), errors)
            self.assertIn(f"{given[-1]} cannot be written: File too large", errors.decode())
            self.assertEqual(self.bytes_of(before), b"what was here before")
            self.assertEqual([name for name in os.listdir(self.home) if name.endswith(".tmp")], [])

    def test_killed(self):
        shape, values = floats_of(self.calibration)
        many = self.array_file("many.npy", "<f4", (COPIES * shape[0], *shape[1:]), values * COPIES)
        arguments = ("compile", model("digits-cnn.onnx"), "--calibrate", many, "-o", self.program)
        started = time.monotonic()
        _, errors = self.prom(*arguments)
        whole = time.monotonic() - started
        self.assertEqual(errors, "")  # no progress bar: it is no terminal
        content = self.bytes_of(self.program)
        old = b"what was here before"
        for step in range(8):
            for before in (None, old):
                os.remove(self.program)
                if before is not None:
                    self.file("digits.prom", before)
                process = self.start(*arguments)
                time.sleep(whole * (step + 0.5) / 7)
                os.kill(process.pid, signal.SIGKILL)
                process.communicate()
                found = self.bytes_of(self.program) if os.path.exists(self.program) else None
                self.assertIn(found, (before, content))
                if found is None:
                    self.file("digits.prom", b"")
        self.prom(*arguments)
        self.assertEqual(self.bytes_of(self.program), content)

    def test_output_that_cannot_be_written(self):
        self.compile()
        for arguments in (("inspect", self.program), ("infer", self.program, self.images, "--json")):
            with open("/dev/full", "wb") as full:
                done = subprocess.run(
                    [PROM, *arguments], env=self.environment, stdout=full, stderr=subprocess.PIPE, check=False
                )
            self.assertEqual(done.returncode, 1)
            self.assertIn(b"the output cannot be written", done.stderr)

    def test_progress_bar(self):
        """It is drawn on a terminal, ten times a second at most, and taken away at the end."""
        shape, values = floats_of(self.calibration)
        items = COPIES * shape[0]
        many = self.array_file("many.npy", "<f4", (items, *shape[1:]), values * COPIES)
        arguments = ("compile", model("digits-resnet.onnx"), "--calibrate", many, "-o", self.program, "--json")
        started = time.monotonic()
        output, shown = self.on_terminal(*arguments)
        seconds = time.monotonic() - started
        told = json.loads(output)
        self.assertEqual(told["comparison"]["items"], items)
        for what in (b"calibrate", b"compare"):
            self.assertRegex(shown, b"\r\x1b\\[K  " + what + b" +\\[#* *\\] \\d+/%d, \\d+ s left" % items)
        self.assertTrue(shown.endswith(b"\r\x1b[K"))
        self.assertLessEqual(shown.count(b"/%d" % items), 10 * seconds + 2)

    @unittest.skipIf(SANITIZED, "sanitizers take memory of their own")
    def test_memory_of_a_large_model(self):
        """15 million parameters, 60 MB: compiled within 500 MB, and run within 200 MB."""
        # A process of its own makes the network: of memory, what ours ever took would count for those that it starts.
        large, calibration, inputs = (self.path(name) for name in ("large.onnx", "calibration.npy", "inputs.npy"))
        tool = os.path.join(SOURCE, "tools", "make-model")
        made = ("vgg16", "-o", large, "--calibration", calibration, "--inputs", "4", inputs)
        subprocess.run([sys.executable, "-B", tool, *made], stdout=subprocess.DEVNULL, check=True)
        self.assertGreater(os.path.getsize(large), 58 * 1000 * 1000)
        for limit, arguments in (
            (500, ("compile", large, "--calibrate", calibration, "-o", self.program)),
            (200, ("infer", self.program, inputs, "-o", self.path("out.npy"))),
        ):
            process = self.start(*arguments)
            process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            self.assertEqual(process.returncode, 0, process.stderr.read())
            process.communicate()
            self.assertLess(usage.ru_maxrss * 1024, limit * 1000 * 1000)


if __name__ == "__main__":
    unittest.main()
