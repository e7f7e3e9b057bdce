#!/usr/bin/env python3
"""The interpreter of modules, tests/vectors/module/interpreter.py: it counts what was counted by hand, computes what the
examples' programs must give, and runs random modules of every kind of end. Other tests believe it then.
"""

import collections
import hashlib
import json
import os
import pathlib
import sys
import unittest

import program_examples as examples

VECTORS = pathlib.Path(os.environ["PROM_SOURCE"]) / "tests" / "vectors" / "module"
sys.path.insert(0, str(VECTORS))

import canonical  # noqa: E402
import decoder  # noqa: E402
import interpreter  # noqa: E402
import random_modules  # noqa: E402

# Items small enough for it: a million instructions take a second.
SMALL = {
    "wordcount": [b"a rose is a rose", b"", b"Is it? It's ROSE's"],
    "wordcount-rust": [b"a rose is a rose", b"", b"Is it? It's ROSE's"],
    "montecarlo": [b"1 500", b"2 300\n", b"18446744073709551615 7", b"4"],
    "filter": [b"P5\n5 4\n255\n" + bytes(range(0, 240, 12)), b"P5\n3 3\n255\n"],
    "search": [b"00ff 4 0 20", b"00ff 9 20 20", b"ab 256 0 10", b"0 1 2 3"],
    "kmeans": examples.points()[:1] + examples.PROGRAMS["kmeans"].hostile,
    "fedavg": examples.participants()[:1] + examples.PROGRAMS["fedavg"].hostile,
}


class Interpreter(unittest.TestCase):
    def test_what_is_counted_by_hand(self):
        for row in json.loads((VECTORS / "metering.json").read_text(encoding="ascii")):
            with self.subTest(row["name"]):
                limits, code = canonical.read_program(bytes.fromhex(row["program"]))
                items = canonical.read_items(bytes.fromhex(row["items"]))
                nodes = interpreter.run(decoder.Module(code), limits, items)
                self.assertEqual(canonical.write_results(nodes).hex(), row["results"])

    def test_examples(self):
        for name, program in examples.PROGRAMS.items():
            with self.subTest(name):
                module = decoder.Module((examples.ROOM / program.module).read_bytes())
                limits = canonical.Limits(int(program.reduce is not None), 64, 10**6, 10**6, 10**7, 10**7)
                nodes = interpreter.run(module, limits, SMALL[name])
                self.assertEqual([(n.status, n.trap, n.bytes) for n in nodes], examples.run(program, SMALL[name]))

    def test_random_modules(self):
        """All ends occur; and modules and results are those of which Wasmtime confirmed all but the fuel."""
        seen = collections.Counter()
        made, run = hashlib.sha256(), hashlib.sha256()
        for seed in range(200):
            code = random_modules.module(seed)
            nodes = interpreter.run(decoder.Module(code), random_modules.LIMITS, random_modules.items(seed))
            made.update(code)
            run.update(canonical.write_results(nodes))
            seen.update((node.status, node.trap) for node in nodes)
        ends = {(canonical.TRAP, trap) for trap in range(1, 9)} | {(status, 0) for status in range(7) if status != 1}
        self.assertEqual(ends - set(seen), set())
        self.assertGreater(seen[canonical.OK, 0], sum(seen.values()) / 2)
        self.assertEqual(made.hexdigest(), "a96135b6485a94fd834802b7a2cfad9cdd671002ee51de3d25068b915c5fa351")
        self.assertEqual(run.hexdigest(), "07c161348eb1d47558f592efbda1e46c5ae2fc182645c767cbf8cd1317bf86ae")


if __name__ == "__main__":
    unittest.main()
