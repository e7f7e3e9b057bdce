#!/usr/bin/env python3
"""Runs the programs of examples/programs/: each result is what program_examples.py computes, bit by bit."""

import os
import pathlib
import re
import subprocess
import unittest

import framework
import program_examples as examples

LIMITS = ("--memory", "64M", "--fuel", "10000000000", "--result-bytes", "1048576")
FOLD_LIMITS = ("--fold-fuel", "100000000", "--fold-bytes", "1048576")


class Programs(framework.PromTest):
    def made(self, name):
        """The program of an example."""
        program = examples.PROGRAMS[name]
        path = self.path(f"{name}.prom")
        limits = LIMITS + (FOLD_LIMITS if program.reduce else ())
        self.prom("program", "make", str(examples.ROOM / program.module), "-o", path, *limits)
        return path

    def results(self, path, items, wanted):
        """What `prom program run` gives for these items, each a file; it fails where one of what is wanted does."""
        files = []
        for number, item in enumerate(items):
            files.append(self.path(f"item-{number:04}"))
            pathlib.Path(files[-1]).write_bytes(item)
        out = self.path("results")
        code = 0 if all(status == examples.OK for status, *_ in wanted) else 1
        self.prom("program", "run", path, "--items", "files", *files, "--results", out, code=code)
        return examples.read_results(pathlib.Path(out).read_bytes())

    def check(self, name, items):
        wanted = examples.run(examples.PROGRAMS[name], items)
        got = self.results(self.made(name), items, wanted)
        for node, (status, trap, fuel, given) in enumerate(got):
            self.assertEqual((status, trap, given), wanted[node], f"{name}, node {node}")
            self.assertEqual(fuel > 0, status == examples.OK, f"{name}, node {node}")
        self.assertEqual(len(got), len(wanted))

    def test_committed_inputs(self):
        for name, program in examples.PROGRAMS.items():
            with self.subTest(name):
                self.check(name, program.inputs())

    def test_items_that_are_none(self):
        for name, program in examples.PROGRAMS.items():
            with self.subTest(name):
                self.check(name, program.hostile)

    def test_one_item_has_no_fold(self):
        self.check("wordcount", [b"one"])

    def test_native_builds_give_the_same(self):
        subprocess.run([examples.ROOM / "build", "--native", self.home], check=True)
        for name, program in examples.PROGRAMS.items():
            native = self.path(name)
            if not os.path.exists(native):  # that from Rust
                continue
            for items in (program.inputs(), program.hostile):
                paths = [self.path(part) for part in ("items", "results")]
                pathlib.Path(paths[0]).write_bytes(examples.write_items(items))
                subprocess.run([native, *paths], check=True, stdout=subprocess.DEVNULL)
                got = examples.read_results(pathlib.Path(paths[1]).read_bytes())
                self.assertEqual([(s, t, b) for s, t, _, b in got], examples.run(program, items), name)

    def test_modules_are_small(self):
        for name, program in examples.PROGRAMS.items():
            self.assertLess((examples.ROOM / program.module).stat().st_size, 100_000, name)

    def test_sources_give_the_committed_modules(self):
        found = subprocess.run(["clang", "--version"], capture_output=True, text=True, check=False)
        if not re.match(r"Debian clang version 14\.0\.6\b", found.stdout) or not os.path.exists("/usr/bin/wasm-ld"):
            self.skipTest("needs clang 14.0.6 and lld")
        subprocess.run([examples.ROOM / "build", self.home], check=True, env=os.environ | {"RUSTC": "false"})
        for name, program in examples.PROGRAMS.items():
            built = pathlib.Path(self.home) / pathlib.Path(program.module).name
            if built.exists():
                self.assertEqual(built.read_bytes(), (examples.ROOM / program.module).read_bytes(), name)


if __name__ == "__main__":
    unittest.main()
