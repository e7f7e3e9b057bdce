#!/usr/bin/env python3
"""Random programs with modules: `prom program run` gives what the interpreter in Python does, fuel included."""

import json
import os
import pathlib
import sys
import unittest

import framework

VECTORS = pathlib.Path(framework.SOURCE) / "tests" / "vectors" / "module"
sys.path.insert(0, str(VECTORS))

import canonical  # noqa: E402
import decoder  # noqa: E402
import interpreter  # noqa: E402
import random_modules  # noqa: E402

COUNT = int(os.environ.get("PROM_RANDOM_MODULES", "60"))  # 1,000 in `make soak`


class RandomModules(framework.PromTest):
    def run_program(self, program, items, wanted):
        """The bytes of the results; it fails where one of what is wanted does."""
        pathlib.Path(self.path("random.prom")).write_bytes(program)
        files = []
        for number, item in enumerate(items):
            files.append(self.path(f"item-{number:02}"))
            pathlib.Path(files[-1]).write_bytes(item)
        self.prom("program", "run", self.path("random.prom"), "--items", "files", *files, "--results",
                  self.path("results"), code=int(any(status != canonical.OK for status in wanted)))  # fmt: skip
        return pathlib.Path(self.path("results")).read_bytes()

    def test_random_modules(self):
        for seed in range(COUNT):
            with self.subTest(seed=seed):
                code, items = random_modules.module(seed), random_modules.items(seed)
                nodes = interpreter.run(decoder.Module(code), random_modules.LIMITS, items)
                program = canonical.write_program(random_modules.LIMITS, code)
                wanted = [node.status for node in nodes]
                self.assertEqual(self.run_program(program, items, wanted), canonical.write_results(nodes))

    def test_what_is_counted_by_hand(self):
        for row in json.loads((VECTORS / "metering.json").read_text(encoding="ascii")):
            with self.subTest(row["name"]):
                items = canonical.read_items(bytes.fromhex(row["items"]))
                results = bytes.fromhex(row["results"])
                wanted = [results[4 + 14 * i] for i in range(int.from_bytes(results[:4], "big"))]
                self.assertEqual(self.run_program(bytes.fromhex(row["program"]), items, wanted), results)


if __name__ == "__main__":
    unittest.main()
