"""Proofs of runs before two verifiers that share nothing: the one of src/argument, and tests/verifier, which was written
from docs/proof.md. Both accept the proofs of tests/vectors/proof and of random programs, and refuse what is made of them."""

import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

import framework
from framework import SOURCE
from model_files import read_npy, write_npy

VECTORS = os.path.join(SOURCE, "tests", "vectors")
TOOL = os.path.join(os.path.abspath(os.environ["PROM_TOOLS"]), "tool.proof")

sys.path[:0] = [os.path.join(SOURCE, "tests", "verifier"), os.path.join(VECTORS, "program")]
# pylint: disable=wrong-import-position
import algebra
import program as programs
import verifier

PARTS = ("prom", "inputs", "outputs", "proof")
PROGRAM, INPUTS, OUTPUTS, PROOF = range(4)
NAMES = ("mlp", "cnn", "cnn-qdq", "depthwise", "resnet", "resnet-qdq", "kinds")
MUTATED = ("mlp", "kinds")
CHANGES = 60  # of single bytes, and of single numbers, of each proof
RANDOM_PROGRAMS = 40
OVER = 4  # and more: what a changed length has to be noticed by


def vector(name):
    parts = []
    for part in PARTS:
        with open(os.path.join(VECTORS, "proof", f"{name}.{part}"), "rb") as file:
            parts.append(file.read())
    return parts


def changed(data, at, value):
    return data[:at] + bytes([value]) + data[at + 1 :]


def one_item(batch):
    items, width = struct.unpack(">II", batch[:8])
    assert items > 1
    return struct.pack(">II", 1, width) + batch[8 : 8 + width]


def other_programs(program):
    """Of another input scale, which no integer depends on, and of another last weight or multiplier."""
    scale = 9  # the last byte of it
    others = [changed(program, at, program[at] ^ 1) for at in (scale, len(program) - 1)]
    others += [changed(program, len(program) - 1, program[-1] ^ 2)]
    valid = []
    for other in others:
        try:
            programs.parse(other)
            valid.append(other)
        except programs.Refused:  # out of bounds
            pass
    assert len(valid) > 1
    return valid


class ProofVectorsTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="prom-test-")
        self.addCleanup(shutil.rmtree, self.folder)

    def files(self):
        return [os.path.join(self.folder, part) for part in PARTS]

    def tool(self, *arguments):
        return subprocess.run([TOOL, *arguments], capture_output=True, text=True, check=False)

    def verdicts(self, parts):
        """The reasons of both for refusing; empty where one accepts. Neither may end in any other way."""
        for path, data in zip(self.files(), parts):
            with open(path, "wb") as file:
                file.write(data)
        checked = self.tool("check", *self.files())
        self.assertIn(checked.returncode, (0, 1, 2), checked.stderr)
        self.assertEqual(checked.returncode == 0, checked.stderr == "")
        try:
            verifier.verify(*parts)
        except (algebra.Refused, programs.Refused) as refused:
            return checked.stderr, str(refused)
        return checked.stderr, ""

    def assert_accepted(self, parts):
        self.assertEqual(self.verdicts(parts), ("", ""))

    def assert_refused(self, parts):
        tool, plain = self.verdicts(parts)
        self.assertNotEqual(tool, "", "the verifier of src/argument accepts it")
        self.assertNotEqual(plain, "", "the verifier of tests/verifier accepts it")

    def test_committed_proofs(self):
        for name in NAMES:
            with self.subTest(name):
                self.assert_accepted(vector(name))

    def test_the_same_bytes_again(self):
        for name in NAMES:
            with self.subTest(name):
                for path, data in zip(self.files()[:2], vector(name)):
                    with open(path, "wb") as file:
                        file.write(data)
                self.assertEqual(self.tool("make", *self.files()).stderr, "")
                for path, wanted in list(zip(self.files(), vector(name)))[2:]:
                    with open(path, "rb") as file:
                        self.assertEqual(file.read(), wanted, "tests/vectors/proof/make_proofs.py makes them anew")

    def test_random_programs(self):
        for seed in range(RANDOM_PROGRAMS):
            with self.subTest(seed=seed):
                numbers = (str(seed), str(1 + seed % 7), str(1 + seed % 5))
                self.assertEqual(self.tool("random", *numbers, *self.files()[:2]).stderr, "")
                self.assertEqual(self.tool("make", *self.files()).stderr, "")
                parts = []
                for path in self.files():
                    with open(path, "rb") as file:
                        parts.append(file.read())
                self.assert_accepted(parts)
                wrong = changed(parts[OUTPUTS], len(parts[OUTPUTS]) - 1, parts[OUTPUTS][-1] ^ 1)
                self.assert_refused([*parts[:OUTPUTS], wrong, parts[PROOF]])

    def test_changed_bytes(self):
        draw = random.Random(1)
        for name in MUTATED:
            *statement, proof = vector(name)
            for i in range(CHANGES):  # one in each stretch of the proof
                at = (i * len(proof) + draw.randrange(len(proof))) // CHANGES
                value = proof[at] ^ 1 << draw.randrange(8)
                with self.subTest(name, at=at, value=value):
                    self.assert_refused([*statement, changed(proof, at, value)])

    def test_numbers_that_are_not_below_the_prime(self):
        """The same number, written in another way."""
        draw = random.Random(2)
        for name in MUTATED:
            *statement, proof = vector(name)
            for i in range(CHANGES):
                at = (i * len(proof) + draw.randrange(len(proof))) // CHANGES // 4 * 4
                number = int.from_bytes(proof[at : at + 4], "big")
                if number + algebra.PRIME < 2**32:
                    other = (number + algebra.PRIME).to_bytes(4, "big")
                    with self.subTest(name, at=at):
                        self.assert_refused([*statement, proof[:at] + other + proof[at + 4 :]])

    def test_other_lengths(self):
        for name in MUTATED:
            *statement, proof = vector(name)
            for length in (0, 1, 31, 32, 33, len(proof) // 2, len(proof) - OVER, len(proof) - 1):
                with self.subTest(name, length=length):
                    self.assert_refused([*statement, proof[:length]])
            for tail in (b"\0", bytes(OVER), bytes(32), proof[-32:], proof):
                with self.subTest(name, tail=len(tail)):
                    self.assert_refused([*statement, proof + tail])

    def test_other_statements(self):
        for name in NAMES:
            program, inputs, outputs, proof = vector(name)
            with self.subTest(name):
                for other_program in other_programs(program):
                    self.assert_refused([other_program, inputs, outputs, proof])
                self.assert_refused([program, one_item(inputs), one_item(outputs), proof])
                for at in (8, len(inputs) - 1):
                    self.assert_refused([program, changed(inputs, at, inputs[at] ^ 1), outputs, proof])
                for at in (8, len(outputs) - 1):
                    self.assert_refused([program, inputs, changed(outputs, at, outputs[at] ^ 1), proof])

    def test_a_proof_of_another_run(self):
        for name, other in (("cnn", "cnn-qdq"), ("resnet", "resnet-qdq")):
            with self.subTest(name):
                self.assert_refused([*vector(name)[:PROOF], vector(other)[PROOF]])

    def test_other_headers(self):
        """What stands before a proof in a file: read_file, and the order of what is compared."""
        parts = vector("mlp")
        header = verifier.header_of(*parts[:PROOF])
        packed = verifier.FILE_HEADER.pack(b"PRMP", verifier.FILE_VERSION, *header.values())
        verifier.verify_file(*parts[:PROOF], packed + parts[PROOF])
        for at in range(len(packed)):
            with self.subTest(at=at), self.assertRaises(algebra.Refused):
                verifier.verify_file(*parts[:PROOF], changed(packed, at, packed[at] ^ 1) + parts[PROOF])


class FileTest(framework.PromTest):
    def test_file_of_a_proof(self):
        """`prom prove` proves what tool.proof does, with the same bytes, behind the header that docs/proof.md says."""
        for name in ("mlp", "cnn-qdq"):
            program, inputs, outputs, proof = vector(name)
            parsed = programs.parse(program)
            items = struct.unpack(">I", inputs[:4])[0]
            descr = "<i2"
            integers = [code + parsed.input.low for code in inputs[8:]]
            batch = write_npy(self.path("x.npy"), descr, (items, *parsed.input.shape),
                              struct.pack(f"<{len(integers)}h", *integers))  # fmt: skip
            with open(self.path("p.prom"), "wb") as file:
                file.write(program)
            made, answers = self.path("y.proof"), self.path("y.npy")
            self.prom_json("prove", self.path("p.prom"), batch, "-o", made, "--output", answers)
            self.assertEqual(len(read_npy(answers)[2]), len(outputs) - 8)
            with open(made, "rb") as file:
                data = file.read()
            with self.subTest(name):
                self.assertEqual(verifier.read_file(data), (verifier.header_of(program, inputs, outputs), proof))
                verifier.verify_file(program, inputs, outputs, data)


if __name__ == "__main__":
    unittest.main()
