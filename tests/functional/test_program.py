"""`prom program`: modules made programs, checked, run and verified; and what goes wrong with each."""

import json
import os
import signal
import struct
import unittest

from framework import processes, wait_until
from wasm_case import PAGES, SET_UP, WasmTest, module, results_of, written

OK, TRAP, FUEL, DEPTH, SHAPE, LONG, OPERAND = range(7)


class Make(WasmTest):
    def test_program_of_a_module(self):
        program = self.make()
        told = self.prom_json("program", "check", program)
        self.assertEqual(told["memory_bytes"], PAGES * 65536)
        self.assertTrue(told["folds"])
        self.assertFalse(told["floats"])
        limits = {"memory_bytes": 32 * 65536, "result_bytes": 65536, "fuel": 10**10, "fold_bytes": 65536,
                  "fold_fuel": 10**10}  # fmt: skip
        self.assertEqual(told["limits"], {**limits, "memory_bytes": 256 * 65536})
        again = self.prom_json("program", "make", self.path("module.wasm"), "-o", self.path("again.prom"))
        self.assertEqual(again["program"], told["program"])
        other = self.prom_json("program", "make", self.path("module.wasm"), "--fuel", "9G", "-o", self.path("o.prom"))
        self.assertNotEqual(other["program"], told["program"])
        text, _ = self.prom("program", "check", program)
        self.assertIn(told["program"], text)
        self.assertIn("runs, the same on every machine", text)

    def test_limits(self):
        program = self.make("--memory", "4M", "--fuel", "300k", "--result-bytes", "100", "--map-only")
        limits = self.prom_json("program", "check", program)["limits"]
        self.assertEqual(limits, {"memory_bytes": 64 * 65536, "result_bytes": 100, "fuel": 300000, "fold_bytes": None,
                                  "fold_fuel": None})  # fmt: skip
        wasm = self.path("module.wasm")
        for options, *says in (
            (("--memory", "1M"), "--memory is 1M", "has 32 pages"),
            (("--memory", "2G"), "--memory is above 1G"),
            (("--fuel", "0"), "--fuel is '0'", "2^48"),
            (("--fuel", "300T"), "--fuel is '300T'"),
            (("--fuel", "1GG"), "--fuel is '1GG'"),
            (("--fuel", "-1"), "--fuel is '-1'"),
            (("--fold-fuel", "99999999999999999999"), "--fold-fuel is"),
            (("--result-bytes", "65M"), "--result-bytes is above 64M"),
            (("--fuel", "12k"), "no item can succeed", f"setting up an instance takes {SET_UP:,}", "--fuel"),
            (("--fold-fuel", str(SET_UP - 1)), "no fold can succeed", f"{SET_UP - 1:,}", "--fold-fuel"),
            (("--map-only", "--fold-fuel", "5"), "--fold-fuel is for programs that fold", "--map-only"),
        ):
            with self.subTest(options=options):
                self.fails("program", "make", wasm, *options, "-o", self.path("none.prom"), code=2, says=says)
        self.assertFalse(os.path.exists(self.path("none.prom")))
        self.make("--map-only", "--fuel", str(SET_UP), name="least")
        self.assertEqual(self.prom_json("program", "check", self.path("least.prom"))["setup_fuel"], SET_UP)
        text, _ = self.prom("program", "check", self.path("least.prom"))
        self.assertIn(f"setting up  fuel {SET_UP:,} of each item and fold", text)
        self.assertNotIn("can succeed", text)
        maps = self.write("maps.wasm", module(folds=False))
        self.fails("program", "make", maps, "--fold-bytes", "5", code=2, says=["exports no 'reduce'"])

    def test_what_is_no_module(self):
        program = self.make()
        broken = self.write("broken.wasm", module()[:-5])
        for action in ("make", "check"):
            for path, *says in (
                (self.path("nothing.wasm"), "nothing.wasm"),
                (self.write("empty.wasm", b""), "empty.wasm"),
                (self.write("text.wasm", b"hello, this is a text"), "text.wasm"),
                (broken, "broken.wasm"),
            ):
                with self.subTest(action=action, path=path):
                    self.fails("program", action, path, code=2, says=says)
        self.fails("program", "make", program, code=2, says=["give the output another name"])
        self.prom("program", "make", program, "--fuel", "5M", "-o", self.path("x.prom"))
        limits = self.prom_json("program", "check", program)["limits"]
        self.assertEqual(self.prom_json("program", "check", self.path("x.prom"))["limits"], {**limits, "fuel": 5000000})
        cut = self.write("cut.prom", self.bytes_of(program)[:-1])
        self.fails("program", "check", cut, code=2, says=["cut.prom"])

    def bytes_of(self, path):
        with open(path, "rb") as file:
            return file.read()


def seconds_of(pid):
    """Processor time that a process has taken."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Run(WasmTest):
    def run_items(self, program, kind, *inputs, code=0):
        results = self.path("results")
        told = self.prom_json("program", "run", program, *inputs, "--items", kind, "--results", results, code=code)
        with open(results, "rb") as file:
            return told, results_of(file.read())

    def test_fold_of_lines(self):
        program = self.make()
        lines = self.write("lines.txt", b"one\ntwo\nthree\nfour\nfive")
        out = self.path("out")
        told = self.prom_json("program", "run", program, lines, "--items", "lines", "-o", out)
        self.assertEqual((told["items"], told["nodes"], told["failed"]), (5, 9, []))
        with open(out, "rb") as file:
            self.assertEqual(file.read(), b"onetwothreefourfive")
        text, errors = self.prom("program", "run", program, lines, "--items", "lines", "-o", "-")
        self.assertEqual(text, "onetwothreefourfive")
        self.assertIn("5 items, 4 folds", errors)

    def test_fold_alone(self):
        """What one program's items came to is folded by another, which maps nothing."""
        alone = self.make("--fold-only", "--fold-bytes", "8", name="alone")
        limits = self.prom_json("program", "check", alone)["limits"]
        self.assertEqual((limits["fuel"], limits["result_bytes"], limits["fold_bytes"]), (None, None, 8))
        lines = self.write("lines.txt", b"d\n\ntwo\n4\n")
        told, nodes = self.run_items(alone, "lines", lines)
        self.assertEqual([node[1:] for node in nodes[:4]], [(0, 0, b"d"), (0, 0, b""), (0, 0, b"two"), (0, 0, b"4")])
        self.assertEqual([node[3] for node in nodes[4:]], [b"d", b"two4", b"dtwo4"])
        self.assertEqual((told["item_fuel_max"], told["fuel"] > 0), (0, True))
        _, errors = self.prom("program", "run", alone, lines, "--items", "lines")
        self.assertRegex(errors + _, "at most [0-9,]+ a fold")
        verified = self.prom_json("program", "verify", alone, lines, "--items", "lines", "--results",
                                  self.path("results"), "--share", "100")  # fmt: skip
        self.assertEqual((verified["valid"], verified["checked"]), (True, 7))
        nodes[0] = (OK, 0, 0, b"e")
        lie = self.write("lie", written(nodes))
        verified = self.prom_json("program", "verify", alone, lines, "--items", "lines", "--results", lie, "--share",
                                  "1", code=1)  # fmt: skip
        self.assertIn("item 0 has other bytes than the input", verified["reason"])
        wasm = self.path("alone.wasm")
        for options, says in (
            (("--fold-only", "--map-only"), "--map-only is given"),
            (("--fold-only", "--fuel", "5"), "--fuel is for programs that map"),
            (("--fold-only", "--result-bytes", "5"), "--result-bytes is for programs that map"),
        ):
            self.fails("program", "make", wasm, *options, "-o", self.path("none.prom"), code=2, says=[says])
        for batch, says in ((b"ab\n123456789\n", "item 1 has 9 bytes"), (b"one\n", "no batch of this program has 1")):
            self.fails("program", "run", alone, self.write("bad", batch), "--items", "lines", code=2, says=[says])

    def test_results_and_their_fuel(self):
        """Counted by hand, behind what setting up takes: prom_alloc takes 5 instructions; map 3 before the item is looked at, 3 for that, 4 for each of six
        letters, and 7 for its result."""
        program = self.make("--map-only")
        told, nodes = self.run_items(program, "lines", self.write("lines.txt", b"one\nother\n"))
        fuel = SET_UP + 5 + 3 + 3 + 6 * 4 + 7
        self.assertEqual(nodes, [(OK, 0, fuel, b"one"), (OK, 0, fuel, b"other")])
        self.assertEqual((told["fuel"], told["item_fuel_max"]), (2 * fuel, fuel))
        exact = self.make("--map-only", "--fuel", str(fuel), name="exact")
        self.assertEqual(self.run_items(exact, "lines", self.path("lines.txt"))[1], nodes)
        less = self.make("--map-only", "--fuel", str(fuel - 1), name="less")
        self.assertEqual(self.run_items(less, "lines", self.path("lines.txt"), code=1)[1], [(FUEL, 0, 0, b"")] * 2)

    def test_items_that_fail(self):
        program = self.make("--fuel", "1M")
        lines = self.write("lines.txt", b"fine\nd\nm\nl\nr\nb\nx\n\n")
        told, nodes = self.run_items(program, "lines", lines, code=1)
        self.assertEqual([node[:2] for node in nodes[:8]],
                         [(OK, 0), (TRAP, 6), (TRAP, 2), (FUEL, 0), (DEPTH, 0), (SHAPE, 0), (LONG, 0), (TRAP, 1)])  # fmt: skip
        self.assertEqual([node[:3] for node in nodes[8:]], [(OPERAND, 0, 0)] * 7)
        self.assertEqual(told["failed"][:2], [{"node": 1, "status": "trap", "trap": "division by zero", "file": lines, "number": 2},
                                              {"node": 2, "status": "trap", "trap": "memory access out of bounds",
                                               "file": lines, "number": 3}])  # fmt: skip
        self.assertEqual(len(told["failed"]), 14)
        self.assertEqual(told["failed"][-1], {"node": 14, "status": "operand", "trap": None, "file": None, "number": None})
        _, errors = self.prom("program", "run", program, lines, "--items", "lines", code=1)
        self.assertIn(f"item 1 ({lines}, line 2): trap: division by zero\n", errors)
        self.assertIn("... and 9 more failed", errors)

    def test_kinds_of_items(self):
        program = self.make("--map-only")
        folder = self.path("folder")
        os.makedirs(folder)
        for name, content in (("b", b"2"), ("a", b"1\n1"), (".hidden", b"3")):
            self.write(os.path.join("folder", name), content)
        more = self.write("more", b"4")
        rows = self.write("rows.npy", npy([1, 2, 3, 4], 2))
        records = self.write("records", struct.pack(">III", 2, 1, 2) + b"AAB")
        for kind, inputs, items in (
            ("files", (folder, more), [b"1\n1", b"2", b"4"]),
            ("lines", (more, self.write("l", b"5\n6\n")), [b"4", b"5", b"6"]),
            ("rows", (rows,), [b"\1\0\2\0", b"\3\0\4\0"]),
            ("records", (records, records), [b"A", b"AB", b"A", b"AB"]),
        ):
            with self.subTest(kind=kind):
                self.assertEqual([node[3] for node in self.run_items(program, kind, *inputs)[1]], items)
        for kind, path, *says in (
            ("files", self.path("away"), "away"),
            ("lines", self.write("none", b""), "no item"),
            ("rows", more, "more"),
            ("records", more, "cut off"),
            ("records", self.write("long", struct.pack(">II", 1, 1) + b"AA"), "followed by 1 byte"),
            ("pages", more, "--items"),
        ):
            with self.subTest(kind=kind, path=path):
                self.fails("program", "run", program, path, "--items", kind, code=2, says=says)
        os.makedirs(os.path.join(folder, "inner"))
        self.fails("program", "run", program, folder, code=2, says=["inner is a folder within a folder"])

    def test_other_files(self):
        more = self.write("more", b"4")
        for name, content in (("m.txt", b"text"), ("network.prom", b"PRMI\0\1")):
            path = self.write(name, content)
            for arguments in (("run", path, more), ("make", path, "-o", self.path("made")), ("check", path)):
                self.fails("program", *arguments, code=2, says=[name, "'prom program make'", "'prom infer'"])
        _, errors = self.prom("program", "run", self.path("nowhere.prom"), more, code=2)
        self.assertEqual(errors.count(":"), 3)  # prom: program run: nowhere.prom cannot be read: why
        self.fails("infer", self.make(), more, code=2, says=["module.prom"])
        self.fails("program", "run", self.path("module.prom"), more, "-o", more, code=2, says=["more"])

    def computing(self, process):
        """The helper that computes: others only try whether the module can be run, and are gone at once."""
        found = []

        def busy():
            found[:] = [helper for helper in helpers_of(process.pid) if seconds_of(helper) > 0.5]
            return found

        self.assertTrue(wait_until(busy, 60))
        return found[0]

    def test_kill(self):
        """Its helper ends with it, also while it computes."""
        program = self.make("--fuel", "200T")
        process = self.start("program", "run", program, self.write("endless", b"l"))
        helper = self.computing(process)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        self.assertTrue(wait_until(lambda: not os.path.exists(f"/proc/{helper}"), 60))

    def test_helper_is_killed(self):
        program = self.make("--fuel", "200T")
        process = self.start("program", "run", program, self.write("endless", b"l"), "--json")
        os.kill(self.computing(process), signal.SIGKILL)
        output, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1)
        self.assertIn("prom-wasm", json.loads(output)["error"]["message"])


class Verify(WasmTest):
    def setUp(self):
        super().setUp()
        self.program = self.make()
        self.lines = self.write("lines.txt", b"".join(b"text %d\n" % i for i in range(50)))
        self.results = self.path("results")
        self.prom("program", "run", self.program, self.lines, "--items", "lines", "--results", self.results)
        with open(self.results, "rb") as file:
            self.nodes = results_of(file.read())

    def verify(self, *options, nodes=None, code=0):
        if nodes is not None:
            self.write("results", written(nodes))
        return self.prom_json("program", "verify", self.program, self.lines, "--items", "lines", "--results",
                              self.results, *options, code=code)  # fmt: skip

    def test_honest(self):
        told = self.verify()
        self.assertEqual((told["valid"], told["nodes"], told["checked"]), (True, 99, 10))
        self.assertEqual(self.verify("--share", "100")["checked"], 99)
        self.assertEqual(self.verify("--share", "1")["checked"], 1)

    def test_seed(self):
        """The same share again; one that is drawn anew is another."""
        first, second = self.verify(), self.verify()
        self.assertNotEqual(first["seed"], second["seed"])
        self.assertEqual(self.verify("--seed", first["seed"])["seed"], first["seed"])
        self.assertEqual(first["root"], second["root"])
        nodes = list(self.nodes)
        nodes[7] = (*nodes[7][:3], b"text 8")
        found = 0
        for _ in range(40):  # a tenth of them is checked, so that all find it, or none, with a chance below 2 %
            seed = os.urandom(32).hex()
            self.write("results", written(nodes))
            codes = set()
            for _ in range(2):
                process = self.start("program", "verify", self.program, self.lines, "--items", "lines", "--results",
                                     self.results, "--seed", seed)  # fmt: skip
                process.communicate()
                codes.add(process.returncode)
            self.assertEqual(len(codes), 1)
            found += codes == {1}
        self.assertTrue(0 < found < 40, found)
        self.fails("program", "verify", self.program, self.lines, "--items", "lines", "--results", self.results, "--seed",
                   "12", code=2, says=["64 hexadecimal digits"])  # fmt: skip

    def test_lies(self):
        for what, change in (
            ("bytes of an item", lambda nodes: nodes.__setitem__(7, (*nodes[7][:3], b"text 8"))),
            ("fuel of an item", lambda nodes: nodes.__setitem__(7, (OK, 0, nodes[7][2] + 1, nodes[7][3]))),
            ("an item that failed", lambda nodes: nodes.__setitem__(7, (TRAP, 1, 0, b""))),
            ("bytes of the last fold", lambda nodes: nodes.__setitem__(98, (*nodes[98][:3], nodes[98][3][:-1] + b"x"))),
            ("another trap", lambda nodes: nodes.__setitem__(7, (TRAP, 2, 0, b""))),
            ("a node too few", lambda nodes: nodes.pop()),
            ("a node too many", lambda nodes: nodes.append(nodes[-1])),
        ):
            with self.subTest(what=what):
                nodes = list(self.nodes)
                change(nodes)
                told = self.verify("--share", "100", nodes=nodes, code=1)
                self.assertEqual(sorted(told), ["reason", "valid"])
                self.assertFalse(told["valid"])
        self.assertTrue(self.verify("--share", "100", nodes=self.nodes)["valid"])

    def test_what_cannot_be_used(self):
        self.write("results", b"nothing")
        told = self.verify(code=2)
        self.assertEqual((told["valid"], sorted(told)), (False, ["reason", "valid"]))
        self.assertIn("results holds no results", told["reason"])
        os.remove(self.results)
        self.fails("program", "verify", self.program, self.lines, "--items", "lines", "--results", self.results, code=2,
                   says=["results"])  # fmt: skip
        self.prom("program", "run", self.program, self.lines, "--items", "lines", "--results", self.results)
        self.fails("program", "verify", self.path("module.wasm"), self.lines, "--results", self.results, code=2,
                   says=["is a module"])  # fmt: skip
        self.fails("program", "verify", self.program, self.lines, "--share", "101", "--results", self.results, code=2,
                   says=["share"])  # fmt: skip


def helpers_of(pid):
    """The processes of prom-wasm that the process has started."""
    found = []
    for helper in processes("prom-wasm"):
        try:
            with open(f"/proc/{helper}/stat", encoding="ascii", errors="replace") as file:
                if int(file.read().rsplit(")", 1)[1].split()[1]) == pid:
                    found.append(helper)
        except OSError:
            continue
    return found


def npy(values, width):
    """A .npy file of 16-bit integers."""
    head = f"{{'descr': '<i2', 'fortran_order': False, 'shape': ({len(values) // width}, {width}), }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + struct.pack(f"<{len(values)}h", *values)


if __name__ == "__main__":
    unittest.main()
