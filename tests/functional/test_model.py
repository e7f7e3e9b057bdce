"""`prom compile`, `prom inspect`, `prom infer`: what they tell, bad input of every kind, killed and starved."""

import array
import importlib.util
import json
import math
import os
import pty
import resource
import signal
import struct
import subprocess
import sys
import time
import unittest

import framework
from framework import PROM, SOURCE
from model_files import mlp, model, onnx_with, png, read_npy, write_npy

MEGABYTE = 1 << 20
ITEMS = 360
with open(PROM, "rb") as program_file:
    SANITIZED = b"__asan_init" in program_file.read()
COPIES = 2 if SANITIZED else 40  # of the calibration set, for a run that takes a while


def floats_of(path):
    _, shape, data = read_npy(path)
    return shape, array.array("f", data)


def float32(number):
    return struct.unpack("f", struct.pack("f", number))[0]


def reference():
    """The second implementation of programs, in plain Python."""
    path = os.path.join(SOURCE, "tests", "vectors", "program", "program.py")
    spec = importlib.util.spec_from_file_location("program", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class ModelTest(framework.PromTest):
    def setUp(self):
        super().setUp()
        self.program = self.path("digits.prom")
        self.images = model("digits-heldout-images.npy")
        self.labels = model("digits-heldout-labels.npy")
        self.calibration = model("digits-calibration.npy")

    def compile(self, *arguments, name="digits-cnn.onnx"):
        return self.prom_json("compile", model(name), "--calibrate", self.calibration, "-o", self.program, *arguments)

    def infer(self, *arguments):
        return self.prom_json("infer", self.program, *arguments)

    def bytes_of(self, path):
        with open(path, "rb") as file:
            return file.read()

    def file(self, name, content):
        path = self.path(name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def array_file(self, name, descr, shape, values):
        code = {"<f4": "f", "<f8": "d", "|u1": "B", "|i1": "b", "<i2": "h", "<i8": "q"}[descr]
        return write_npy(self.path(name), descr, shape, array.array(code, values).tobytes())

    def no_program_is_left(self):
        self.assertEqual([name for name in os.listdir(self.home) if ".prom" in name], [])


class Compile(ModelTest):
    def test_what_is_told(self):
        told = self.compile("--test", self.images, "--labels", self.labels)
        self.assertEqual(
            set(told),
            {"output", "digest", "bytes", "parameters", "multiplications", "layers", "comparison", "warning"},
        )
        self.assertEqual(told["output"], self.program)
        self.assertEqual(told["bytes"], os.path.getsize(self.program))
        self.assertEqual(len(bytes.fromhex(told["digest"])), 32)
        for layer in told["layers"]:
            self.assertEqual(
                set(layer), {"name", "kind", "shape", "scale", "range", "signal_to_noise", "clamped"}
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
        self.assertIsNone(told["warning"])

    def test_text(self):
        arguments = ("compile", model("digits-cnn.onnx"), "--calibrate", self.calibration, "-o", self.program)
        output, errors = self.prom(*arguments)
        self.assertEqual(errors, "")
        told = self.compile()
        for text in (self.program, told["digest"], f"{told['bytes']} bytes", "the calibration set, 128 items"):
            self.assertIn(text, output)
        self.assertNotIn("right:", output)
        for layer in told["layers"]:
            self.assertRegex(output, rf"(?m)^  {layer['name']} .* dB +\d+\.\d\d %$|^  {layer['name']} .* exact ")
        output, _ = self.prom(*arguments, "--test", self.images, "--labels", self.labels)
        self.assertIn("right: float 358 (99.44 %)", output)

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
        told = self.prom_json(
            "compile", model("digits-cnn.onnx"), "--calibrate", spoilt, "--test", self.images, "-o", self.program
        )
        self.assertIn("precision is lost most in ", told["warning"])
        weak = [layer for layer in told["layers"] if layer["kind"] in ("conv", "dense", "add", "average pool")]
        weakest = min(weak, key=lambda layer: layer["signal_to_noise"])
        self.assertLess(weakest["signal_to_noise"], 20)
        self.assertIn(f"in {weakest['name']} ({weakest['signal_to_noise']:.1f} dB)", told["warning"])
        output, _ = self.prom(
            "compile", model("digits-cnn.onnx"), "--calibrate", spoilt, "--test", self.images, "-o", self.program
        )
        self.assertIn("warning: " + told["warning"], output)


class CompileWrongInput(ModelTest):
    def compile_fails(self, *arguments, says, code=2):
        errors = self.fails("compile", *arguments, "-o", self.program, code=code, says=["compile: ", *says])
        self.no_program_is_left()
        return errors

    def test_model(self):
        calibrate = ("--calibrate", self.calibration)
        gone = self.path("gone.onnx")
        self.compile_fails(gone, *calibrate, says=[gone, "No such file"])
        self.compile_fails(self.home, *calibrate, says=[self.home, "is not a file"])
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
            self.assertFalse(os.path.exists(before + ".new"))

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
        self.assertFalse(os.path.exists(self.program + ".new"))

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
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        arguments = ("compile", model("digits-resnet.onnx"), "--calibrate", many, "-o", self.program, "--json")
        started = time.monotonic()
        with subprocess.Popen(
            [PROM, *arguments], env=self.environment, stdout=subprocess.PIPE, stderr=theirs
        ) as process:
            os.close(theirs)
            shown = b""
            try:
                while piece := os.read(ours, 65536):
                    shown += piece
            except OSError:  # Linux' sign that the other end is closed
                pass
            told = json.loads(process.stdout.read())
        seconds = time.monotonic() - started
        self.assertEqual(process.returncode, 0)
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
                most = max(-layer["sum"]["least"], layer["sum"]["largest"])
                self.assertEqual(layer["sum"]["bits"], most.bit_length())
                self.assertLess(most, 1 << 30)
                self.assertLessEqual(layer["multipliers"]["least"], layer["multipliers"]["largest"])
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
        self.assertEqual((layer["sum"]["least"], layer["sum"]["largest"]), (least, largest))

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

    def test_wrong_input(self):
        self.compile()
        whole = self.bytes_of(self.program)
        for length in (4, 5, 20, 60, len(whole) - 1):
            cut = self.file("cut.prom", whole[:length])
            self.fails("inspect", cut, code=2, says=["inspect: ", cut, "cut off"])
        longer = self.file("longer.prom", whole + b"\0")
        self.fails("inspect", longer, code=2, says=[longer, "1 bytes are left over"])
        rubbish = self.file("rubbish", b"rubbish")
        self.fails("inspect", rubbish, code=2, says=[rubbish])
        self.fails("inspect", self.path("gone"), code=2, says=[self.path("gone"), "No such file"])
        self.fails("inspect", code=2, says=["no file is given"])
        self.fails("inspect", "a", "b", code=2, says=["'b' is one argument too many"])
        self.fails("inspect", "a", "-o", "b", code=2, says=["unknown option '-o'"])

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
                        self.assertEqual(found["sum"]["least"], min(least for _, least, _ in ranges))
                        self.assertEqual(found["sum"]["largest"], max(largest for _, _, largest in ranges))
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
            set("program items shape type output classes values right accuracy seconds items_per_second "
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

    def test_text(self):
        output, errors = self.prom("infer", self.program, self.images, "--labels", self.labels)
        told = self.infer(self.images, "--labels", self.labels)
        lines = output.splitlines()
        self.assertEqual(len(lines), 1 + 19 + 1 + 1)
        self.assertEqual(lines[1].split()[:2], ["0", str(told["classes"][0])])
        self.assertIn("341 more", lines[-2])
        self.assertEqual(lines[-1], f"accuracy {100 * told['accuracy']:.2f} %: {told['right']} of 360 items right")
        self.assertRegex(errors, r"^360 items in \d+\.\d{3} s, \d+\.\d items/s, kernels \w+\n$")
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
            (huge, "the value at [0, 0, 7, 7] is infinite"),
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
