"""Limits of programs: measured by a sample of the items, exact by results, and told before anything runs with them."""

import os
import unittest

from wasm_case import PAGES, SET_UP, WasmTest, module

LIMITS = ("--memory", "2M", "--fuel", "1M", "--fold-fuel", "1M", "--result-bytes", "64", "--fold-bytes", "4K")


def fuel_of(item):
    """Of `map`, as test_program.py counts it."""
    assert item
    return SET_UP + 5 + 3 + 3 + 6 * 4 + 7


def with_room(fuel):
    """Twice what is above setting up, rounded up to two digits."""
    fuel = SET_UP + 2 * (fuel - SET_UP)
    unit = 10 ** (len(str(fuel)) - 2)
    return -(-fuel // unit) * unit


class Sample(WasmTest):
    def sample(self, content, *options, code=0, kind="lines", name="module"):
        self.write(name + ".wasm", module())
        lines = self.write("lines.txt", content)
        return self.prom_json("program", "make", self.path(name + ".wasm"), "--sample", lines, "--items", kind, *options,
                              code=code)  # fmt: skip

    def test_of_all_items(self):
        told = self.sample(b"one\nother\nthe longest line\n")
        limits, sample = told["limits"], told["sample"]
        fuel = fuel_of(b"one")
        self.assertEqual(sample["items"], {"count": 3, "fuel_max": fuel, "fuel_average": fuel, "result_bytes_max": 16})
        self.assertEqual((sample["folds"]["count"], sample["folds"]["result_bytes_max"]), (2, 24))
        fold = sample["folds"]["fuel_max"]
        self.assertEqual(sample["memory_bytes"], PAGES * 65536)
        self.assertEqual(limits, {"memory_bytes": 2 * PAGES * 65536, "result_bytes": 32, "fuel": with_room(fuel), "fold_bytes": 48,
                                  "fold_fuel": with_room(fold)})  # fmt: skip
        self.assertEqual(sample["input_items"], 3)
        self.assertEqual(sample["input_fuel_average"], 3 * fuel + 2 * fold)
        self.assertEqual(sample["input_fuel_max"], 3 * with_room(fuel) + 2 * with_room(fold))
        checked = self.prom_json("program", "check", told["output"])
        self.assertEqual((checked["limits"], checked["program"]), (limits, told["program"]))

    def test_same_limits_each_time(self):
        content = b"".join(b"text %d\n" % i for i in range(1000))
        self.assertEqual(self.sample(content)["program"], self.sample(content)["program"])

    def test_growing_folds_hold_all(self):
        """The sample's last fold has the bytes of 16 items, that of all those of 1,000, and the program does not fail."""
        content = b"".join(b"text %d\n" % i for i in range(1000))
        told = self.sample(content)
        self.assertEqual((told["sample"]["items"]["count"], told["sample"]["folds"]["count"]), (16, 15))
        self.assertLess(told["sample"]["folds"]["result_bytes_max"], 200)
        self.assertGreater(told["limits"]["fold_bytes"], len(content))
        ran = self.prom_json("program", "run", told["output"], self.path("lines.txt"), "--items", "lines")
        self.assertEqual(ran["failed"], [])

    def test_what_is_given_stays(self):
        told = self.sample(b"one\ntwo\n", "--fuel", "1234567", "--memory", "3M", "--fold-bytes", "100")
        self.assertEqual(told["limits"]["fuel"], 1234567)
        self.assertEqual(told["limits"]["memory_bytes"], 3 << 20)
        self.assertEqual(told["limits"]["fold_bytes"], 100)
        self.assertEqual(told["limits"]["result_bytes"], 16)
        self.assertIsNone(self.sample(b"one\n", *LIMITS)["sample"])
        maps = self.sample(b"one\ntwo\n", "--map-only")
        self.assertEqual((maps["limits"]["fold_fuel"], maps["sample"]["folds"]), (None, None))

    def test_memory_that_is_enough(self):
        """An item of 3 MB, which a module with 2 MB at first has no place for; its prom_alloc does not let it grow."""
        self.write("big", b"a" * (3 << 20))
        self.write("module.wasm", module())
        self.fails("program", "make", self.path("module.wasm"), "--sample", self.path("big"), code=2,
                   says=["item 0", "big", "shape"])  # fmt: skip
        self.write("grows.wasm", module(grows=True))
        told = self.prom_json("program", "make", self.path("grows.wasm"), "--sample", self.path("big"))
        self.assertEqual(told["sample"]["memory_bytes"], 8 << 20)
        self.assertEqual(told["limits"]["memory_bytes"], 16 << 20)
        self.assertEqual(self.prom_json("program", "run", told["output"], self.path("big"))["failed"], [])

    def test_items_that_fail(self):
        for content, *says in (
            (b"one\nd\nthree\n", "item 1", "lines.txt, line 2", "division by zero"),
            (b"one\nr\n", "item 1", "depth", "nested too deeply"),
            (b"one\n\n", "item 1", "unreachable"),
        ):
            with self.subTest(content=content):
                self.write("module.wasm", module())
                lines = self.write("lines.txt", content)
                self.fails("program", "make", self.path("module.wasm"), "--sample", lines, "--items", "lines", code=2,
                           says=says)  # fmt: skip
        self.fails("program", "make", self.path("module.wasm"), "--sample", lines, "--items", "lines", "--fuel", "10",
                   code=2, says=["item 0", "more fuel than 10, and --fuel"])  # fmt: skip
        self.assertFalse(os.path.exists(self.path("module.prom")))
        self.fails("program", "make", self.path("module.wasm"), "--items", "lines", code=2, says=["--sample"])

    def test_text(self):
        self.write("module.wasm", module())
        lines = self.write("lines.txt", b"text\n" * 40)
        text, _ = self.prom("program", "make", self.path("module.wasm"), "--sample", lines, "--items", "lines")
        self.assertIn("16 of 40 items, 15 folds", text)
        self.assertIn(f"fuel {with_room(fuel_of(b'text')):,}, result up to 16 bytes", text)


class Results(WasmTest):
    def setUp(self):
        super().setUp()
        self.program = self.make()
        self.lines = self.write("lines.txt", b"".join(b"text %d\n" % i for i in range(50)))
        self.results = self.path("results")

    def test_exact(self):
        ran = self.prom_json("program", "run", self.program, self.lines, "--items", "lines", "--results", self.results)
        exact = self.path("exact.prom")
        told = self.prom_json("program", "make", self.program, "--results", self.results, "-o", exact)
        self.assertEqual(told["limits"], {"memory_bytes": 16 << 20, "result_bytes": 7, "fuel": ran["item_fuel_max"],
                                          "fold_bytes": 390 - 50, "fold_fuel": ran["fold_fuel_max"]})  # fmt: skip
        again = self.prom_json("program", "run", exact, self.lines, "--items", "lines")
        self.assertEqual((again["failed"], again["root"]), ([], ran["root"]))
        for option in ("--fuel", "--fold-fuel"):
            less = ran["item_fuel_max" if option == "--fuel" else "fold_fuel_max"] - 1
            self.prom("program", "make", exact, option, str(less), "-o", self.path("less.prom"))
            self.prom("program", "run", self.path("less.prom"), self.lines, "--items", "lines", code=1)
        wasm = self.path("module.wasm")
        self.fails("program", "make", wasm, "--results", self.results, "-o", exact, code=2, says=["memory"])
        self.assertEqual(self.prom_json("program", "make", wasm, "--results", self.results, "--memory", "16M", "-o",
                                        exact)["program"], told["program"])  # fmt: skip
        both = self.prom_json("program", "make", wasm, "--results", self.results, "--sample", self.lines, "--items",
                              "lines", "-o", exact)  # fmt: skip
        self.assertEqual(both["limits"], {**told["limits"], "memory_bytes": 2 * PAGES * 65536})

    def test_results_that_say_nothing(self):
        for content, *says in (
            (b"one\nl\n", "item 1", "fuel"),
            (b"one\nx\n", "item 1", "long"),
            (b"d\nd\n", "no item"),
            (b"one\nd\n", "no fold"),
        ):
            with self.subTest(content=content):
                self.write("lines.txt", content)
                program = self.make("--fuel", "1M")
                self.prom("program", "run", program, self.lines, "--items", "lines", "--results", self.results, code=1)
                self.fails("program", "make", program, "--results", self.results, "-o", self.path("x.prom"), code=2,
                           says=says)  # fmt: skip
        self.fails("program", "make", self.program, "--results", self.lines, "-o", self.path("x.prom"), code=2,
                   says=["lines.txt holds no results"])  # fmt: skip
        self.fails("program", "make", self.program, "--results", self.results, code=2, says=["another name"])


class Module(WasmTest):
    """`prom program run MODULE.wasm`."""

    def test_run(self):
        wasm = self.write("module.wasm", module())
        lines = self.write("lines.txt", b"one\ntwo\nthree\n")
        made = self.prom_json("program", "make", wasm, "--sample", lines, "--items", "lines")
        told = self.prom_json("program", "run", wasm, lines, "--items", "lines", "-o", self.path("out"))
        for name in ("program", "limits", "sample"):
            self.assertEqual(told[name], made[name])
        with open(self.path("out"), "rb") as file:
            self.assertEqual(file.read(), b"onetwothree")
        text, errors = self.prom("program", "run", wasm, lines, "--items", "lines", "-o", "-", "--fuel", "500k")
        self.assertEqual(text, "onetwothree")
        self.assertIn("sample      3 of 3 items, 2 folds", errors)
        self.assertIn("fuel 500,000, result up to 16 bytes", errors)
        given = self.prom_json("program", "run", wasm, lines, "--items", "lines", *LIMITS)
        self.assertIsNone(given["sample"])
        self.fails("program", "run", self.path("module.prom"), lines, "--fuel", "5", code=2,
                   says=["is a program", "--fuel is for modules"])  # fmt: skip


if __name__ == "__main__":
    unittest.main()
