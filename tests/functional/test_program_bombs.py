#!/usr/bin/env python3
"""Modules that are dear to compile (tests/engines/bombs.py): none costs more time and memory than docs/programs.md says, and
what would is told as this machine's limit, never as a fault of the module."""

import pathlib
import subprocess
import sys
import unittest

import framework

sys.path.insert(0, str(pathlib.Path(framework.SOURCE) / "tests" / "engines"))

import bombs  # noqa: E402

SMALL = 2048  # bytes of a function
SECONDS = 20  # of any of them; the dearest takes one on a free machine


class Bombs(framework.PromTest):
    def bomb(self, name, size, count=1):
        return self.write(f"{name}.wasm", bombs.bomb(name, size, count))

    def test_small_ones_compile(self):
        for name in bombs.BODIES:
            with self.subTest(name):
                told = self.prom_json("program", "check", self.bomb(name, SMALL))
                self.assertLess(told["compile_seconds"], SECONDS)

    def test_what_is_bounded(self):
        """By the table of docs/programs.md: a function's bytes."""
        self.fails("program", "check", self.bomb("roots", (1 << 17) + 100), code=2, says=["131072 are possible"])
        told = self.prom_json("program", "check", self.bomb("roots", (1 << 17) - 100))
        self.assertLess(told["compile_seconds"], 3 * SECONDS)

    @unittest.skipIf(framework.SANITIZED, "sanitizers take memory of their own")
    def test_too_much_memory(self):
        """Some 300 MiB for 36 kB, of which 64 MiB and a kibibyte for each byte are possible."""
        self.fails("program", "check", self.bomb("joins-of-locals", 36000), code=1, says=["prom-wasm was ended by signal", "takes more"])

    @unittest.skipIf(framework.SANITIZED, "sanitizers take memory of their own")
    def test_what_is_signed_for_has_room(self):
        """What takes between half of the memory and all of it is compiled where that is asked for, and is not signed for."""
        module = self.bomb("joins-of-locals", 8000)
        self.fails("program", "check", module, code=1, says=["prom-wasm was ended by signal", "takes more"])
        sample = ("--sample", self.write("item", b"x"), "--map-only", "-o", self.path("near.prom"))
        self.prom("program", "make", module, *sample)

    def test_too_much_time(self):
        """A limit of the system's that is lower holds, too: the test would take ten minutes without."""
        limited = ("sh", "-c", 'ulimit -S -t 1; exec "$@"', "sh")
        path = self.bomb("loops-of-locals", 4096)
        done = subprocess.run([*limited, framework.PROM, "program", "check", path], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("more than 600 seconds of processor time", done.stderr)


if __name__ == "__main__":
    unittest.main()
