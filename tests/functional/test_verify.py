"""`prom verify`: what it tells, who is accused and who is not, files of every kind, starved."""

import hashlib
import json
import os
import resource
import signal
import struct
import subprocess
import unittest

from framework import PROM, SANITIZED
from model_files import model, read_npy, write_npy
from prove_case import HEADER, ITEMS, ProveTest


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

    def test_nobody_is_accused_before_the_header(self):
        """Of outputs that the program never gives 1 is said only where the proof is of this program and these inputs,
        and where this machine was to check it."""
        _, shape, data = read_npy(self.outputs)
        far = [
            write_npy(self.path("300.npy"), "<i2", shape, struct.pack("<h", 300) + bytes(2 * len(data) - 2)),
            write_npy(self.path("u64.npy"), "<u8", shape, struct.pack("<Q", 2**63 + 5) + bytes(8 * len(data) - 8)),
        ]
        content = self.bytes_of(self.proof)
        other = self.path("other.prom")
        self.compile("resnet", other)
        others = self.batch("others.npy", ITEMS, first=ITEMS)
        for outputs in far:
            for length in (0, 3, 111):
                cut = self.file("cut", content[:length])
                self.refused("verify", *self.statement(outputs=outputs, proof=cut), text="this is no")
            none = self.path("none")
            self.refused("verify", *self.statement(outputs=outputs, proof=none), text="none cannot be read")
            self.refused("verify", *self.statement(outputs=outputs, program=other), text="is of another program: ")
            self.refused("verify", *self.statement(outputs=outputs, inputs=others), text="is of other inputs: ")
            self.refused(
                "verify", *self.statement(outputs=outputs), "--max-memory", "1", code=3, category="memory",
                text="--max-memory allows 1 byte: nothing was checked",
            )  # fmt: skip
            self.not_valid(outputs=outputs, text="the value at [0, 0] is ")
        self.not_valid(outputs=far[1], text="the value at [0, 0] is 9223372036854775813; this program's outputs are ")

    def test_files_that_are_padded(self):
        """A file with four gigabytes of nothing behind what belongs in it is refused by its size, unread."""

        def small():
            resource.setrlimit(resource.RLIMIT_AS, (1 << 28, 1 << 28))

        labels = write_npy(self.path("labels.npy"), "<i8", (ITEMS,), bytes(8 * ITEMS))
        padded = {}
        for name, path in (
            ("program", self.program), ("inputs", self.inputs), ("outputs", self.outputs), ("proof", self.proof),
            ("labels", labels), ("model", model("digits-cnn.onnx")),
        ):  # fmt: skip
            padded[name] = self.file(f"big-{name}", self.bytes_of(path))
            os.truncate(padded[name], 1 << 32)
        why = {"program": "the most that a model's file may have", "proof": "the most that a proof of this program"}
        cases = [("verify", *self.statement(**{name: padded[name]})) for name in ("program", "inputs", "outputs", "proof")]
        cases += [
            ("infer", self.program, self.inputs, "--labels", padded["labels"]),
            ("compile", padded["model"], "--calibrate", self.inputs, "-o", self.path("made.prom")),
            ("compile", model("digits-cnn.onnx"), "--calibrate", padded["inputs"], "-o", self.path("made.prom")),
        ]
        for arguments in cases:
            name = next(name for name, path in padded.items() if path in arguments)
            text = why.get(name, why["program"] if name == "model" else "the size that its header gives")
            piped = ["-" if argument == padded[name] else argument for argument in arguments]
            for given in (arguments, piped) if name != "program" and name != "model" else (arguments,):
                with self.subTest(arguments=given), open(padded[name], "rb") as file:
                    process = subprocess.run(
                        [PROM, *given], env=self.environment, stdin=file, capture_output=True, check=False,
                        preexec_fn=None if SANITIZED else small,
                    )  # fmt: skip
                    self.assertEqual(process.returncode, 1 if name == "proof" else 2, process.stderr)
                    self.assertIn(text, process.stderr.decode())

    def test_longer_proofs(self):
        """A proof with more behind it than any has: the same answer for a file and for standard input."""
        content = self.bytes_of(self.proof) + bytes(500_000)
        other = bytearray(content)
        other[20] ^= 1  # of the program's digest
        for data, code, text in ((content, 1, "has more than"), (bytes(other), 2, "is of another program: ")):
            path = self.file("long", data)
            for proof in (path, "-"):
                with self.subTest(code=code, proof=proof), open(path, "rb") as file:
                    process = subprocess.run(
                        [PROM, "verify", *self.statement(proof=proof)], env=self.environment, stdin=file,
                        capture_output=True, check=False,
                    )  # fmt: skip
                    self.assertEqual(process.returncode, code, process.stderr)
                    self.assertIn(text, process.stderr.decode())

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
        least, most = 1 << 20, 1 << 28
        no_start = (127, -signal.SIGSEGV)  # no room for the libraries, or, of which no program is told, for the stack
        while most - least > 1 << 16:
            middle = (least + most) // 2
            least, most = (middle, most) if self.starved("--help", limit=middle)[0] in no_start else (least, middle)
        for step in range(60):
            options = ("--json",) if step % 2 else ()
            code, output, errors = self.starved(*self.statement(), *options, limit=most + step * 75000)
            with self.subTest(step=step):
                self.assertIn(code, (0, 3), errors)
                if code == 3:
                    told = json.loads(output)["error"] if options else {"category": "memory", "message": errors}
                    self.assertEqual(told["category"], "memory")
                    self.assertIn("memory", told["message"])
            found.append(code)
        self.assertEqual((found[0], found[-1], found), (3, 0, sorted(found, reverse=True)))


if __name__ == "__main__":
    unittest.main()
