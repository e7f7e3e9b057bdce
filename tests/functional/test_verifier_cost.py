"""What a verifier may be asked for: hostile programs are refused before memory is taken, or are verified within the
memory and the time that `prom inspect` states; networks as people have them stay far below the limits; and the second
verifier, tests/verifier, counts the same to the last byte."""

import json
import os
import re
import subprocess
import sys
import time
import unittest

import framework
import hostile_programs as hostile
from framework import PROM, SANITIZED, SOURCE
from hostile_programs import Builder, axis, count
from model_files import write_npy

VECTORS = os.path.join(SOURCE, "tests", "vectors")
TOOL = os.path.join(os.path.abspath(os.environ["PROM_TOOLS"]), "tool.proof")

sys.path[:0] = [os.path.join(SOURCE, "tests", "verifier"), os.path.join(VECTORS, "program")]
# pylint: disable=wrong-import-position
import algebra
import network
import program as programs

NANOSECONDS_OF_A_STEP = 30  # 10 on the machine of docs/performance.md: room for slower ones, and for what else runs there
SECONDS_OF_A_START = 0.25
BYTES_OF_FILES = 4  # that the command keeps of each byte of its files: as read, and as it computes with them
REFUSED_KIBIBYTES = 64 << 10  # of addresses, with the libraries
REFUSED_SECONDS = 0.5
REFUSED_SECONDS_OF_A_BYTE = 3e-8  # its digest
RANDOM_PROGRAMS = 50 if SANITIZED else 300

# Verified, at sizes that an honest prover proves in a few seconds. Sanitizers see them at the sizes behind, where there
# are some: neither time nor memory is asserted there.
VERIFIED = (
    (hostile.wide_average, (20000, 7)),  # the three programs that were found first
    (hostile.wide_convolution, (1024,), (256,)),
    (hostile.only_moves, (), ((9, 9, 9, 9, 3),)),
    (hostile.doublings, (12,), (8,)),
    (hostile.doublings, (10, "max")),
    (hostile.readers_of_the_input, (300, 512), (60, 128)),
    (hostile.readers_of_a_concat, (60, 60), (20, 20)),
    (hostile.readers_of_the_input_joined, (2000, 500), (300, 60)),
    (hostile.readers_of_narrow_rows, (20000, 2, 4), (5000, 2, 2)),
    (hostile.readers_of_narrow_rows, (10000, 1, 4), (5000, 1, 2)),
    (hostile.readers_of_moved_parts, (500, 200), (60, 40)),
    (hostile.average_with_multipliers, (48, 40), (24, 20)),
    (hostile.padded_kernels, (300,)),
    (hostile.dilated_kernels, (40, 1024), (10, 256)),
    (hostile.tables, (2000,), (240,)),
    (hostile.many_items, (20000,), (2000,)),
    (hostile.long_axis, (1 << 18,), (1 << 14,)),
    (hostile.transposes, (100,)),
    (hostile.tall_transposes, ()),
    (hostile.large_pools, (6,)),
    (hostile.overlapping_pools, (6, 32), (3, 16)),
    (hostile.many_layers, (1000,), (200,)),
    (hostile.many_groups, (256, 256)),
    (hostile.sums_of_moved, (12,), (8,)),
    (hostile.direct_and_moved, ()),
    (hostile.concats_of_every_layer, (12,)),
)  # fmt: skip

# Refused: the same at sizes that would take gigabytes, or seconds for a few bytes. Where the output grows with what is
# moved, as in only_moves, time and memory are linear in bytes that everybody has, and nothing is refused.
REFUSED = (
    (hostile.wide_convolution, (8192,), "steps"),
    (hostile.doublings, (18, "max"), "memory"),
    (hostile.readers_of_a_concat, (500, 500), "steps"),
    (hostile.readers_of_the_input_joined, (2000, 2000), "steps"),
    (hostile.average_with_multipliers, (256, 250), "steps"),
    (hostile.dilated_kernels, (900, 1024), "steps"),
    (hostile.transposes, (4000, 80), "steps"),
    (hostile.tall_transposes, (100, 12), "steps"),
    (hostile.large_pools, (12,), "memory"),
    (hostile.overlapping_pools, (200, 64), "steps"),
    (hostile.sums_of_moved, (17,), "memory"),
)

# As dear as they can be, or nearly: for the table of docs/performance.md.
DEAREST = (
    (hostile.only_moves, ()),
    (hostile.doublings, (15,)),
    (hostile.readers_of_a_concat, (250, 250)),
    (hostile.readers_of_the_input_joined, (2000, 700)),
    (hostile.readers_of_narrow_rows, (100000, 2, 30)),
    (hostile.readers_of_narrow_rows, (500000, 1, 4)),
    (hostile.readers_of_moved_parts, (1000, 600)),
    (hostile.padded_kernels, (2000,)),
    (hostile.dilated_kernels, (300, 1024)),
    (hostile.many_items, (200000,)),
    (hostile.long_axis, (1 << 20,)),
    (hostile.transposes, (3000,)),
    (hostile.sums_of_moved, (13,)),
    (hostile.overlapping_pools, (30,)),
    (hostile.many_layers, (4000,)),
    (hostile.tables, (4000,)),
)  # fmt: skip

NETWORKS = (hostile.dense_network, hostile.inception_network, hostile.u_network)


def verified_sizes():
    for make, *arguments in VERIFIED:
        yield make, arguments[-1 if SANITIZED else 0]


def name_of(make, arguments):
    return f"{make.__name__}{arguments}"


class CostTest(framework.PromTest):
    def file(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def batch(self, made, items):
        shape = (items, *made.shapes[0])
        return write_npy(self.path("x.npy"), "|u1", shape, bytes(count(shape)))

    def measured(self, *arguments, kibibytes=None):
        """(exit code, standard output, standard error, processor seconds). A shell starts the command, so that the most
        memory it had is not that of this process, from which it would begin. It has no more than so many kibibytes."""
        limit = f"ulimit -v {kibibytes} && " if kibibytes is not None and not SANITIZED else ""
        before = os.times()
        done = subprocess.run(
            ["/bin/sh", "-c", limit + '"$@"; exit $?', "sh", PROM, *arguments],
            env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        after = os.times()
        seconds = after.children_user + after.children_system - before.children_user - before.children_system
        return done.returncode, done.stdout, done.stderr, seconds

    def verified(self, made, items):
        """Proves and verifies; what verifying took: (bytes, seconds)."""
        program, inputs = self.file("program", made.bytes()), self.batch(made, items)
        outputs, proof = self.path("y.npy"), self.path("proof")
        self.prom("prove", program, inputs, "-o", proof, "--output", outputs)
        code, output, errors, seconds = self.measured("verify", program, inputs, outputs, proof, "--json")
        self.assertEqual(code, 0, output + errors)
        return json.loads(output)["memory_bytes"], seconds

    def stated(self, data, items):
        return self.prom_json("inspect", self.file("program", data), "--items", str(items))["verifying"]


class Hostile(CostTest):
    def test_within_what_is_stated(self):
        trivial = Builder(1)
        trivial.add(0)
        least, _ = self.verified(trivial, 1)
        for make, arguments in verified_sizes():
            with self.subTest(name_of(make, arguments)):
                made, items = make(*arguments)
                taken, seconds = self.verified(made, items)
                stated = self.stated(made.bytes(), items)
                self.assertEqual(set(stated), {"items", "memory_bytes", "steps"})
                files = sum(os.path.getsize(self.path(name)) for name in ("program", "x.npy", "y.npy", "proof"))
                if not SANITIZED:
                    self.assertLessEqual(taken - least, stated["memory_bytes"] + BYTES_OF_FILES * files)
                    self.assertLess(
                        seconds, SECONDS_OF_A_START + stated["steps"] * NANOSECONDS_OF_A_STEP / 10**9, str(stated)
                    )

    def test_refused_before_memory_is_taken(self):
        for make, arguments, what in REFUSED:
            with self.subTest(name_of(make, arguments)):
                made, items = make(*arguments)
                data = made.bytes()
                code, output, errors, seconds = self.measured(
                    "inspect", self.file("program", data), "--items", str(items), "--json",
                    kibibytes=REFUSED_KIBIBYTES + BYTES_OF_FILES * len(data) // 1024,
                )  # fmt: skip
                self.assertEqual((code, errors), (0, ""), output)
                self.assertLess(seconds, REFUSED_SECONDS + len(data) * REFUSED_SECONDS_OF_A_BYTE)
                stated = json.loads(output)["verifying"]
                self.assertEqual(set(stated), {"items", "refused"}, str(stated))
                self.assertIn({"steps": "a verifier would take ", "memory": "a verifier would need "}[what],
                              stated["refused"])  # fmt: skip

    def test_both_sides_refuse(self):
        """The prover, and the verifier whatever the proof is."""
        made, items = hostile.readers_of_the_input_joined(2000, 2000)
        program, inputs = self.file("program", made.bytes()), self.batch(made, items)
        outputs = write_npy(self.path("y.npy"), "|u1", (items, *made.shapes[-1]), bytes(items * count(made.shapes[-1])))
        proof = self.file("proof", b"PRMP\0\0\0\1")
        self.fails("prove", program, inputs, "-o", self.path("made"), code=2, says=["a verifier would take "])
        self.fails("verify", program, inputs, outputs, proof, code=2, says=["a verifier would take "])


class Networks(CostTest):
    def test_room_for_networks_of_people(self):
        for make in NETWORKS:
            with self.subTest(make.__name__):
                made, items = make()
                data = made.bytes()
                stated = self.stated(data, items)
                size = len(data) + items * (count(made.shapes[0]) + count(made.shapes[-1]))
                self.assertIn("steps", stated, str(stated))
                self.assertLess(1.3 * stated["steps"], network.STEPS_BASE + network.STEPS_FACTOR * size)
                self.assertLess(1.3 * stated["memory_bytes"], network.MEMORY_BASE + network.MEMORY_FACTOR * size)
                self.assertLess(stated["memory_bytes"], 1 << 30)


class BothVerifiers(CostTest):
    def plain(self, data, items):
        """What tests/verifier counts; None when it refuses."""
        try:
            cost = network.Cost(network.Layout(programs.parse(data), items))
        except algebra.Refused:
            return None
        return {"items": items, "memory_bytes": cost.memory, "steps": cost.steps}

    def agree(self, data, items):
        stated = self.stated(data, items)
        self.assertEqual(None if "refused" in stated else stated, self.plain(data, items), str(stated))

    def test_hostile_programs(self):
        for make, arguments in (*(entry[:2] for entry in VERIFIED), *(entry[:2] for entry in REFUSED)):
            made, items = make(*arguments)
            data = made.bytes()
            if len(data) < 1 << 20 and make is not hostile.average_with_multipliers:  # or it is slow to read
                with self.subTest(name_of(make, arguments)):
                    self.agree(data, items)

    def test_vectors(self):
        folder = os.path.join(VECTORS, "proof")
        for name in sorted(os.listdir(folder)):
            if name.endswith(".prom"):
                with self.subTest(name), open(os.path.join(folder, name), "rb") as file:
                    data = file.read()
                    for items in (1, 2, 1000):
                        self.agree(data, items)

    def test_random_programs(self):
        for seed in range(RANDOM_PROGRAMS):
            paths = [self.path("random"), self.path("inputs")]
            items = 1 + seed % 5
            subprocess.run([TOOL, "random", str(seed), str(1 + seed % 7), str(items), *paths], check=True)
            with self.subTest(seed=seed), open(paths[0], "rb") as file:
                self.agree(file.read(), items)


class Limits(CostTest):
    def setUp(self):
        super().setUp()
        made, items = hostile.doublings(4)
        self.program, self.inputs = self.file("program", made.bytes()), self.batch(made, items)
        self.outputs, self.proof = self.path("y.npy"), self.path("proof")
        self.prom("prove", self.program, self.inputs, "-o", self.proof, "--output", self.outputs)
        self.statement = (self.program, self.inputs, self.outputs, self.proof)

    def test_max_memory(self):
        need = self.prom_json("inspect", self.program)["verifying"]["memory_bytes"]
        for size in (str(need), "1G", "64M", "65536K", "1GiB", f"{(need >> 20) + 1}m"):
            self.assertIs(self.prom_json("verify", *self.statement, "--max-memory", size)["valid"], True)
        for size, most in ((str(need - 1), r"\d+\.?\d* MB"), ("1M", r"1\.05 MB"), ("7K", r"7\.17 kB"), ("1", "1 byte")):
            errors = self.prom("verify", *self.statement, "--max-memory", size, code=3)[1]
            found = rf"may need \d+\.?\d* MB of memory beside its files, and --max-memory allows {most}: nothing was "
            self.assertRegex(errors, found)
            enough = re.search(r"checked; give --max-memory (\d+[KMG]) to do it\n", errors).group(1)
            self.assertIs(self.prom_json("verify", *self.statement, "--max-memory", enough)["valid"], True)
        for size in ("0", "M", "1.5G", "-1", "1X", "99999999999999999999"):
            self.fails("verify", *self.statement, f"--max-memory={size}", code=2, says=[f"'{size}' is no size"])

    def test_what_inspect_tells(self):
        output, _ = self.prom("inspect", self.program, "--items", "3")
        self.assertRegex(output, r"\n  verifying   a proof of 3 items takes at most \d+\.?\d* MB of memory and [\d,]+ steps\n")
        output, _ = self.prom("inspect", self.program, "--items", "4000000000")
        self.assertIn("\n  verifying   4,000,000,000 items cannot be proven: ", output)
        told = self.prom_json("inspect", self.program, "--items", "1000")["verifying"]
        self.assertEqual(told["items"], 1000)
        self.assertLess(self.prom_json("inspect", self.program)["verifying"]["steps"], told["steps"])

    def test_a_proof_larger_than_any(self):
        """A sparse file of 4 GB is refused by its size, in no time."""
        with open(self.proof, "r+b") as file:
            file.truncate((1 << 32) - 1)
        started = time.monotonic()
        _, errors = self.prom("verify", *self.statement, code=1)
        self.assertLess(time.monotonic() - started, 5)
        self.assertRegex(errors, r"has more than \d+\.?\d* kB, the most that a proof of this program and batch has")
        with open(self.proof, "r+b") as file:
            file.write(b"none")
        self.fails("verify", *self.statement, code=2, says=["this is no proof"])


class Table(CostTest):
    """Run with --table only."""

    def tell(self):
        trivial = Builder(1)
        trivial.add(0)
        least, _ = self.verified(trivial, 1)
        print("| program | bytes, P | memory, MB | stated | seconds | million steps | ns a step | of the limit |")
        print("|---|--:|--:|--:|--:|--:|--:|--:|")
        for make, arguments in DEAREST:
            made, items = make(*arguments)
            data = made.bytes()
            taken, seconds = self.verified(made, items)
            stated = self.stated(data, items)
            size = len(data) + items * (count(made.shapes[0]) + count(made.shapes[-1]))
            limit = network.STEPS_BASE + network.STEPS_FACTOR * size
            print(
                f"| {make.__name__} {', '.join(map(str, arguments))} | {size} | {max(0, taken - least) / 1e6:.1f} "
                f"| {stated['memory_bytes'] / 1e6:.1f} | {seconds:.2f} | {stated['steps'] / 1e6:.1f} "
                f"| {seconds * 1e9 / stated['steps']:.1f} | {stated['steps'] / limit:.0%} |",
                flush=True,
            )


if __name__ == "__main__":
    if sys.argv[1:] == ["--table"]:
        unittest.TextTestRunner().run(Table("tell"))
    else:
        unittest.main()
