"""`prom prove`, `prom bench prove`: what they tell, bad input of every kind, killed and starved."""

import json
import os
import re
import resource
import signal
import struct
import subprocess
import time
import unittest

import hostile_programs as hostile
from framework import PROM, SANITIZED, SOURCE
from hostile_programs import count
from model_files import read_npy, write_npy
from prove_case import HEADER, ITEMS, ProveTest

PIXELS = 64
WIDE = (
    (hostile.wide_dense, ()),
    (hostile.wide_dense, (1 << 19, 1, 1, True)),
    (hostile.wide_dense, (1 << 13, 64, 64)),
    (hostile.wide_window, ()),
    (hostile.wide_join, ()),
    (hostile.long_axis, (1 << 18,)),
    (hostile.readers_of_a_concat, (300, 30)),
    (hostile.readers_of_moved_parts, (300, 100)),
    (hostile.many_layers, (1000,)),
)


class Prove(ProveTest):
    def test_what_is_told(self):
        told = self.prove()
        self.assertEqual(
            set(told),
            {"program", "items", "input", "clamped", "proof", "output", "proof_bytes", "seconds", "inference_seconds",
             "times_inference", "memory_bytes", "memory_bound_bytes", "threads"},
        )  # fmt: skip
        self.assertEqual((told["items"], told["proof"], told["output"]), (ITEMS, self.proof, self.outputs))
        self.assertEqual(told["proof_bytes"], os.path.getsize(self.proof) - HEADER)
        self.assertEqual(told["program"], self.prom_json("inspect", self.program)["digest"])
        self.assertEqual(self.bytes_of(self.proof)[:16], b"PRMP\0\0\0\2" + ITEMS.to_bytes(8, "big"))
        self.assertGreater(told["seconds"], told["inference_seconds"])
        self.assertAlmostEqual(told["times_inference"] * told["inference_seconds"] / told["seconds"], 1, 2)  # of four digits each
        self.assertGreater(told["memory_bytes"], 1 << 20)
        self.assertEqual(told["threads"], len(os.sched_getaffinity(0)))

    def test_outputs_are_those_of_infer(self):
        self.prove()
        self.prom_json("infer", self.program, self.inputs, "--integers", "-o", self.path("infer.npy"))
        self.assertEqual(self.bytes_of(self.outputs), self.bytes_of(self.path("infer.npy")))

    def test_text(self):
        output, errors = self.prom("prove", self.program, self.inputs, "-o", self.proof, "--threads=1")
        size = os.path.getsize(self.proof) - HEADER
        self.assertIn(f"{self.proof}: a proof of {size / 1000:.0f} kB for {ITEMS} items of program ", output)
        self.assertRegex(errors, rf"^{ITEMS} items proven in [\d.]+ m?s with 1 thread, in [\d.]+ MB of memory; plain inference takes ")
        self.assertFalse(os.path.exists(self.outputs))

    def test_same_bytes_with_any_threads(self):
        self.prove("--threads", "1")
        proof, outputs = self.bytes_of(self.proof), self.bytes_of(self.outputs)
        for threads in ("2", "3", "7"):
            self.assertEqual(self.prove("--threads", threads)["threads"], int(threads))
            self.assertEqual(self.bytes_of(self.proof), proof)
            self.assertEqual(self.bytes_of(self.outputs), outputs)

    def test_large_batch(self):
        """Enough items for all that is cut into parts to have several, and a batch that is no power of two."""
        self.inputs = self.batch("many.npy", 40 if SANITIZED else 360)
        self.prove("--threads", "1")
        proof = self.bytes_of(self.proof)
        self.prove("--threads", "3")
        self.assertEqual(self.bytes_of(self.proof), proof)
        self.assertIs(self.prom_json("verify", *self.statement())["valid"], True)
        self.prom_json("infer", self.program, self.inputs, "--integers", "-o", self.path("infer.npy"))
        self.assertEqual(self.bytes_of(self.outputs), self.bytes_of(self.path("infer.npy")))

    def test_every_model(self):
        for name in ("mlp", "resnet", "depthwise"):
            with self.subTest(name=name):
                self.compile(name, self.program)
                if name == "mlp":
                    _, shape, _ = read_npy(self.inputs)
                    self.assertEqual(shape[1:], (1, 8, 8))
                self.prove()
                self.assertIs(self.prom_json("verify", *self.statement())["valid"], True)

    def test_slopes_below_zero(self):
        """A LeakyRelu and a PRelu become layers that a proof has anyway."""
        numbers = [(37 * i % 101 - 50) / 25 for i in range(40 * 50)]
        self.inputs = write_npy(self.path("x.npy"), "<f4", (40, 2, 5, 5), struct.pack("<2000f", *numbers))
        for name in ("leaky-relu-clamped", "prelu", "prelu-of-both-signs"):
            with self.subTest(name=name):
                file = os.path.join(SOURCE, "tests", "vectors", "onnx", f"{name}.onnx")
                told = self.prom_json("compile", file, "--calibrate", self.inputs, "-o", self.program)
                self.assertGreater(told["layers"][-1]["signal_to_noise"], 30)
                if name == "leaky-relu-clamped":  # at -0.25, and so at -1.25 before the slope of 0.2
                    self.assertAlmostEqual(told["layers"][0]["range"][0] * told["layers"][0]["scale"], -1.25, delta=0.05)
                self.prove("--float")
                self.assertIs(self.prom_json("verify", *self.statement(), "--float")["valid"], True)

    @unittest.skipIf(SANITIZED, "a sanitizer has memory of its own")
    def test_memory_is_known_before(self):
        """Never more than was said, and of what was said less than 30 % and 1 MiB are not used."""
        for name, items in (("cnn", 1), ("cnn", 16), ("cnn", 256), ("mlp", 256), ("resnet", 40), ("depthwise", 40)):
            self.compile(name, self.program)
            self.inputs = self.batch("memory.npy", items)
            for threads in (1, 2):
                told = self.prove(f"--threads={threads}")
                with self.subTest(name=name, items=items, threads=threads):
                    self.assertLessEqual(told["memory_bytes"], told["memory_bound_bytes"])
                    self.assertLess(told["memory_bound_bytes"], told["memory_bytes"] * 1.3 + (1 << 20))

    @unittest.skipIf(SANITIZED, "a sanitizer has memory of its own")
    def test_memory_of_wide_layers(self):
        """The same where a layer reads very much: what several threads make, a machine may make one after the other."""
        for make, arguments in WIDE:
            made, items = make(*arguments)
            with open(self.program, "wb") as file:
                file.write(made.bytes())
            self.inputs = write_npy(self.path("wide.npy"), "|u1", (items, *made.shapes[0]),
                                    bytes(items * count(made.shapes[0])))  # fmt: skip
            for threads, most in ((1, 1.4), (2, 1.9), (8, 2.2)):
                told = self.prove(f"--threads={threads}")
                with self.subTest(make.__name__, arguments=arguments, threads=threads):
                    self.assertLessEqual(told["memory_bytes"], told["memory_bound_bytes"])
                    self.assertLess(told["memory_bound_bytes"], told["memory_bytes"] * most + (1 << 20))

    def test_memory_limit(self):
        bound = self.prove()["memory_bound_bytes"]
        os.remove(self.proof)
        arguments = ("prove", self.program, self.inputs, "-o", self.proof)
        for size, most in (("1", "1 byte"), ("2K", r"2\.05 kB"), ("4M", r"4\.19 MB")):
            told = self.prom_json(*arguments, "--max-memory", size, code=1)
            self.assertEqual(told["error"]["category"], "memory")
            self.assertRegex(
                told["error"]["message"],
                rf"proving {ITEMS} items may take \d+\.?\d* MB of memory, and --max-memory allows {most}: "
                r"prove fewer at a time, or give --max-memory \d+[KM]$",
            )
        self.assertFalse(os.path.exists(self.proof))
        self.prom_json(*arguments, "--max-memory", str(bound + (4 << 20)))
        self.refused(*arguments, "--max-memory", "much", text="'much' is no size")

    @unittest.skipIf(SANITIZED, "a sanitizer's own memory does not fit a limit")
    def test_limits_of_the_process(self):
        """What the shell's limits do not leave is refused before anything is computed, and a stack that would not do."""
        many = self.batch("many.npy", 360)

        def limited(which, most):
            return subprocess.run(
                [PROM, "prove", self.program, many, "-o", self.proof, "--json"], env=self.environment,
                capture_output=True, check=False, preexec_fn=lambda: resource.setrlimit(which, (most, most)),
            )  # fmt: skip

        for which in (resource.RLIMIT_AS, resource.RLIMIT_DATA):
            process = limited(which, 1 << 27)
            told = json.loads(process.stdout)["error"]
            self.assertEqual((process.returncode, told["category"]), (1, "memory"))
            self.assertRegex(told["message"], r"may take \d+ MB of memory more, and the machine and its limits .* leave \d+")
        process = limited(resource.RLIMIT_STACK, 24 << 10)
        self.assertEqual(process.returncode, 3)
        self.assertIn(b"prom: the stack is limited to less than 256 kB: raise it", process.stderr)
        self.assertFalse(os.path.exists(self.proof))

    def test_wrong_input(self):
        arguments = ("-o", self.proof)
        self.refused("prove", self.program, self.path("none.npy"), *arguments, text="none.npy cannot be read")
        self.refused("prove", self.inputs, self.inputs, *arguments, text="is an array of NumPy, and stands where a model")
        empty = write_npy(self.path("empty.npy"), "<f4", (0, 1, 8, 8), b"")
        self.refused("prove", self.program, empty, *arguments, text="empty.npy")
        wide = write_npy(self.path("wide.npy"), "<f4", (1, 1, 8, 9), bytes(4 * 72))
        self.refused("prove", self.program, wide, *arguments, text="wide.npy")
        large = write_npy(self.path("large.npy"), "<i2", (1, 1, 8, 8), b"\xff\x7f" * PIXELS)
        self.refused("prove", self.program, large, *arguments, text="the value at [0, 0, 0, 0] is 32767")
        self.assertFalse(os.path.exists(self.proof))

    def test_command_line(self):
        self.refused("prove", text="no program is given")
        self.refused("prove", self.program, text="no input is given")
        self.refused("prove", self.program, self.inputs, text="-o PROOF is missing")
        arguments = ("prove", self.program, self.inputs, "-o", self.proof)
        self.refused(*arguments, "more", text="'more' is one argument too many")
        self.refused(*arguments, "--fast", text="unknown option '--fast'")
        for threads in ("0", "257", "-1", "two", "1.5"):
            self.refused(*arguments, f"--threads={threads}", text=f"'{threads}' is not a number of threads")


class Bench(ProveTest):
    def test_what_is_told(self):
        told = self.prom_json("bench", "prove", self.program, "--batch", "3", "--rounds", "2", "--threads", "2")
        self.assertEqual(
            set(told),
            {"program", "parameters", "multiplications", "items", "rounds", "threads", "kernels", "inference_seconds",
             "prove_seconds", "verify_seconds", "prove_times_inference", "verify_times_inference", "proof_bytes",
             "memory_bytes"},
        )  # fmt: skip
        self.assertEqual((told["items"], told["rounds"], told["threads"]), (3, 2, 2))
        self.assertAlmostEqual(told["prove_times_inference"] * told["inference_seconds"] / told["prove_seconds"], 1, 2)
        again = self.prom_json("bench", "prove", self.program, "--batch", "3", "--rounds", "1", "--threads", "1")
        self.assertEqual(again["proof_bytes"], told["proof_bytes"])  # the inputs are the same in every run
        output, errors = self.prom("bench", "prove", self.program, "--rounds=1")
        self.assertEqual(errors, "")
        for line in ("items            1", "plain inference", "prove ", "verify ", "proof ", "memory "):
            self.assertIn(line, output)

    def test_progress_bar(self):
        """One bar for all rounds, on a terminal, and taken away at the end."""
        output, shown = self.on_terminal("bench", "prove", self.program, "--batch", "16", "--rounds", "12")
        self.assertIn(b"plain inference", output)
        done = [int(at) for at in re.findall(rb"\r\x1b\[K  bench +\[#* *\] (\d+)/1200, \d+ s left", shown)]
        self.assertGreater(len(done), 2)
        self.assertEqual(done, sorted(done))
        self.assertGreater(done[-1], 1200 - 100 * 12 // len(done) - 200)
        self.assertTrue(shown.endswith(b"\r\x1b[K"))

    def test_command_line(self):
        self.refused("bench", text="say what to do: prove")
        self.refused("bench", "disprove", self.program, text="'disprove' is none of bench's commands: prove")
        self.refused("bench", "prove", text="no program is given")
        for option, what in (("--batch", "items"), ("--rounds", "rounds"), ("--threads", "threads")):
            self.refused("bench", "prove", self.program, option, "0", text=f"'0' is not a number of {what}")
        self.refused("bench", "prove", self.program, "--batch", "1048576", text="")


class Hard(ProveTest):
    """The disk is full, the process is killed: no half of a file is ever there."""

    def test_disk_full(self):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

        self.file("digits.proof", b"what was here before")
        process = subprocess.run(
            [PROM, "prove", self.program, self.inputs, "-o", self.proof],
            env=self.environment, preexec_fn=limit, capture_output=True, check=False,
        )  # fmt: skip
        self.assertEqual(process.returncode, 1)
        self.assertIn(b"digits.proof cannot be written: ", process.stderr)
        self.assertEqual(self.bytes_of(self.proof), b"what was here before")
        self.assertEqual([name for name in os.listdir(self.home) if name.endswith(".tmp")], [])

    def test_folder_in_the_way(self):
        self.refused("prove", self.program, self.inputs, "-o", self.home, text="is not a file")
        self.refused("prove", self.program, self.inputs, "-o", self.path("none", "x"), text="cannot be written",
                     code=1, category="io")  # fmt: skip

    def test_killed(self):
        self.inputs = self.batch("many.npy", 360)
        started = time.monotonic()
        self.prove()
        whole = time.monotonic() - started
        content, outputs = self.bytes_of(self.proof), self.bytes_of(self.outputs)
        for step in range(10):
            os.remove(self.proof)
            os.remove(self.outputs)
            process = self.start(
                "prove", self.program, self.inputs, "-o", self.proof, "--output", self.outputs, "--threads", "2"
            )
            time.sleep(whole * (step + 0.5) / 9)
            process.kill()
            process.communicate()
            for path, right in ((self.proof, content), (self.outputs, outputs)):
                if os.path.exists(path):
                    self.assertEqual(self.bytes_of(path), right)
                else:
                    self.file(os.path.basename(path), b"")
        self.prove()
        self.assertEqual(self.bytes_of(self.proof), content)

    def test_progress_bar(self):
        inputs = self.batch("many.npy", 360)
        output, shown = self.on_terminal("prove", self.program, inputs, "-o", self.proof, "--json")
        self.assertEqual(json.loads(output)["items"], 360)
        self.assertRegex(shown, rb"\r\x1b\[K  prove     \[#* *\] \d+/100, \d+ s left")
        self.assertTrue(shown.endswith(b"\r\x1b[K"), shown[-80:])


if __name__ == "__main__":
    unittest.main()
