"""`prom prove`, `prom verify`, `prom bench prove`: what they tell, bad input of every kind, killed and starved."""

import hashlib
import json
import os
import re
import resource
import signal
import struct
import subprocess
import time
import unittest

import framework
import hostile_programs as hostile
from framework import PROM, SOURCE
from hostile_programs import count
from model_files import model, read_npy, write_npy

ITEMS = 20
PIXELS = 64
HEADER = 112  # of a proof's file
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
with open(PROM, "rb") as program_file:
    SANITIZED = b"__asan_init" in program_file.read()


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
            self.assertEqual(told["error"]["category"], "io")
            self.assertRegex(
                told["error"]["message"],
                rf"proving {ITEMS} items may take \d+\.?\d* MB of memory, and --max-memory allows {most}: "
                r"prove fewer at a time, or give --max-memory \d+[KM]$",
            )
        self.assertFalse(os.path.exists(self.proof))
        self.prom_json(*arguments, "--max-memory", str(bound + (4 << 20)))
        self.refused(*arguments, "--max-memory", "much", text="'much' is no size")

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


class Verify(ProveTest):
    def setUp(self):
        super().setUp()
        self.prove()

    def test_what_is_told(self):
        told = self.prom_json("verify", *self.statement())
        self.assertEqual(set(told), {"valid", "program", "items", "proof_bytes", "seconds", "memory_bytes"})
        self.assertIs(told["valid"], True)
        self.assertEqual((told["items"], told["proof_bytes"]), (ITEMS, os.path.getsize(self.proof) - HEADER))
        output, errors = self.prom("verify", *self.statement())
        self.assertEqual(
            output, f"valid: these are the outputs of program {told['program']} for these {ITEMS} items\n"
        )
        self.assertRegex(errors, r"^checked in [\d.]+ (ms|s)\n$")
        one = self.batch("one.npy", 1)
        self.prom_json("prove", self.program, one, "-o", self.proof, "--output", self.outputs)
        self.assertIn("for this 1 item\n", self.prom("verify", *self.statement(inputs=one))[0])

    def test_another_statement(self):
        other = self.path("other.prom")
        self.compile("resnet", other)
        self.refused("verify", *self.statement(program=other), text=f"{self.proof}: the proof is of another program: ")
        others = self.batch("others.npy", ITEMS, first=ITEMS)
        self.refused("verify", *self.statement(inputs=others), text=f"{self.proof}: the proof is of other inputs: ")
        descr, shape, data = read_npy(self.outputs)
        for at in (0, len(data) // 2, len(data) - 1):
            for step in (1, -1):
                changed = bytearray(data)
                changed[at] = (changed[at] + step) % 256
                outputs = write_npy(self.path("changed.npy"), descr, shape, bytes(changed))
                self.not_valid(outputs=outputs, text="the proof is of other outputs: digest ")

    def test_another_statement_behind_its_header(self):
        """Whoever writes the header that is wanted before a proof of something else gains nothing."""
        proven = self.bytes_of(self.proof)[HEADER:]
        other = self.path("other.prom")
        self.compile("resnet", other)
        descr, shape, data = read_npy(self.outputs)
        outputs = write_npy(self.path("changed.npy"), descr, shape, bytes([data[0] ^ 1]) + data[1:])
        made = self.path("made.proof")
        for program, inputs in ((other, self.inputs), (self.program, self.batch("others.npy", ITEMS, first=ITEMS))):
            self.prom_json("prove", program, inputs, "-o", made, "--output", self.path("made.npy"))
            forged = self.file("forged", self.bytes_of(made)[:HEADER] + proven)
            self.not_valid(program=program, inputs=inputs, outputs=self.path("made.npy"), proof=forged)
        header = self.bytes_of(self.proof)[: HEADER - 32]
        codes = bytes(byte ^ 128 if descr == "|i1" else byte for byte in read_npy(outputs)[2])
        forged = self.file("forged", header + hashlib.sha256(codes).digest() + proven)
        self.not_valid(outputs=outputs, proof=forged)

    def test_fewer_items(self):
        descr, shape, data = read_npy(self.outputs)
        fewer = write_npy(self.path("fewer.npy"), descr, (ITEMS - 1, *shape[1:]), data[: -(len(data) // ITEMS)])
        self.refused("verify", *self.statement(outputs=fewer), text=f"{ITEMS} items of this program have")
        few = self.batch("few.npy", ITEMS - 1)
        self.refused("verify", *self.statement(outputs=fewer, inputs=few),
                     text=f"other inputs: {ITEMS} in number, and here they are {ITEMS - 1}")  # fmt: skip

    def test_damaged_proof(self):
        content = self.bytes_of(self.proof)
        for at in range(HEADER, len(content), len(content) // 60):
            changed = bytearray(content)
            changed[at] ^= 1 << at % 8
            with self.subTest(at=at):
                self.not_valid(proof=self.file("changed", bytes(changed)))
        for length in (HEADER, HEADER + 1, HEADER + 32, len(content) // 2, len(content) - 1):
            self.not_valid(proof=self.file("cut", content[:length]))
        self.not_valid(proof=self.file("longer", content + b"\0"))

    def test_no_proof(self):
        content = self.bytes_of(self.proof)
        for wrong in (b"", b"PRM", b"PRMP\0\0\0", b"prmp" + content[4:], self.bytes_of(self.program)):
            self.refused("verify", *self.statement(proof=self.file("wrong", wrong)), text="wrong: this is no proof")
        for version, text in ((1, "which does not say what it is a proof of"), (9, "a file of version 9")):
            other = self.file("other", b"PRMP\0\0\0" + bytes([version]) + content[HEADER:])
            self.refused("verify", *self.statement(proof=other), text=text)
        cut = self.file("cut", content[: HEADER - 1])
        self.refused("verify", *self.statement(proof=cut), text=f"ends at byte {HEADER - 1} of {HEADER}")
        self.refused("verify", *self.statement(proof=self.home), text="is not a file")
        self.refused("verify", *self.statement(proof=self.path("none")), text="none cannot be read")

    def test_outputs(self):
        descr, shape, data = read_npy(self.outputs)
        self.prom_json("infer", self.program, self.inputs, "-o", self.path("floats.npy"))
        self.refused(
            "verify", *self.statement(outputs=self.path("floats.npy")), text="the outputs are float32: a proof is about"
        )
        wrong = write_npy(self.path("wrong.npy"), descr, (shape[0], shape[1] // 2, 2), data)
        self.refused("verify", *self.statement(outputs=wrong), text="the outputs have shape")
        wide = b"".join(bytes([byte, 0]) for byte in data) if descr == "|u1" else b""
        if wide:
            self.prom_json("verify", *self.statement(outputs=write_npy(self.path("w.npy"), "<i2", shape, wide)))
        far = write_npy(self.path("far.npy"), "<i2", shape, b"\xff\x7f" * len(data))
        self.not_valid(outputs=far, text="the value at [0, 0] is 32767")
        self.refused("verify", *self.statement(outputs=self.proof), text=self.proof)

    def test_command_line(self):
        given = self.statement()
        for count, name in enumerate(("program", "input", "output", "proof")):
            self.refused("verify", *given[:count], text=f"no {name} is given")
        self.refused("verify", *given, "more", text="'more' is one argument too many")


    def starved(self, *arguments, stdout=subprocess.PIPE, limit=None):
        """`verify` on a machine that fails: its exit code and what it says."""

        def prepare():
            if limit is not None:
                resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

        process = subprocess.run(
            [PROM, "verify", *arguments], env=self.environment, preexec_fn=prepare, stdout=stdout,
            stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
        return process.returncode, (process.stdout or b"").decode(), process.stderr.decode()

    def test_standard_output_full(self):
        """What cannot be told is no verdict: never 1, which would accuse an honest worker."""
        bad = self.file("bad", self.bytes_of(self.proof) + b"\0")
        cases = [((), self.proof), (("--json",), self.proof), (("--json",), bad)]
        for options, proof in cases:
            with self.subTest(options=options, proof=proof), open("/dev/full", "wb") as full:
                code, _, errors = self.starved(*self.statement(proof=proof), *options, stdout=full)
                self.assertEqual(code, 3, errors)
                self.assertTrue(errors.endswith("prom: verify: the output cannot be written: No space left on device\n"))

    def test_standard_output_closed(self):
        closed = subprocess.run(
            ["/bin/sh", "-c", 'exec "$@" >&-', "sh", PROM, "verify", *self.statement()], env=self.environment,
            stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
        self.assertEqual(closed.returncode, 3)
        self.assertIn(b"the output cannot be written", closed.stderr)

    @unittest.skipIf(SANITIZED, "a sanitizer's own memory does not fit a limit")
    def test_no_memory(self):
        """Under every limit of memory the answer is the right one, or there is none."""
        found = []
        least, most = 1 << 20, 1 << 28  # 127: the libraries were not loaded
        while most - least > 1 << 16:
            middle = (least + most) // 2
            least, most = (middle, most) if self.starved("--help", limit=middle)[0] == 127 else (least, middle)
        for step in range(60):
            options = ("--json",) if step % 2 else ()
            code, output, errors = self.starved(*self.statement(), *options, limit=most + step * 75000)
            with self.subTest(step=step):
                self.assertIn(code, (0, 3), errors)
                if code == 3:
                    self.assertIn("memory", json.loads(output)["error"]["message"] if options else errors)
            found.append(code)
        self.assertEqual((found[0], found[-1], found), (3, 0, sorted(found, reverse=True)))


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
