"""What `prom program` reads and writes: standard input, pipes, many files; where a failed item comes from; and what is
left as it was when there is no result."""

import os
import re
import subprocess
import threading
import unittest

from framework import COMMAND_SECONDS, PROM
from wasm_case import WasmTest, module


class Input(WasmTest):
    def setUp(self):
        super().setUp()
        self.program = self.make("--fuel", "1M")

    def piped(self, content, *arguments):
        ran = subprocess.run([PROM, "program", "run", self.program, *arguments, "-o", self.path("out")], input=content,
                             env=self.environment, capture_output=True, check=False, timeout=COMMAND_SECONDS)  # fmt: skip
        return ran.returncode, ran.stderr.decode(), self.read("out")

    def read(self, name):
        if not os.path.exists(self.path(name)):
            return None
        with open(self.path(name), "rb") as file:
            return file.read()

    def test_standard_input(self):
        self.assertEqual(self.piped(b"one\ntwo\n", "-", "--items", "lines"), (0, "", b"onetwo"))
        self.assertEqual(self.piped(b"one\ntwo\n", "-")[2], b"one\ntwo\n")
        more = self.write("more", b"three")
        self.assertEqual(self.piped(b"one\ntwo", "-", more, "--items", "lines")[2], b"onetwothree")
        code, errors, _ = self.piped(b"one\nd\n", more, "-", "--items", "lines")
        self.assertEqual(code, 1)
        self.assertIn("item 2 (standard input, line 2): trap: division by zero", errors)
        self.fails("program", "run", self.program, "-", "-", code=2, says=["given 2 times"])
        self.fails("program", "run", "-", "-", code=2, says=["standard input"])
        self.fails("program", "run", self.program, "-", code=2, says=["standard input is empty"])

    def test_pipe_with_a_name(self):
        os.mkfifo(self.path("pipe"))
        writer = threading.Thread(target=self.write, args=("pipe", b"one\ntwo\n"))
        writer.start()
        output, _ = self.prom("program", "run", self.program, self.path("pipe"), "--items", "lines", "-o", "-")
        writer.join()
        self.assertEqual(output, "onetwo")
        os.makedirs(self.path("folder"))
        os.mkfifo(self.path("folder", "inner"))
        self.fails("program", "run", self.program, self.path("folder"), code=2, says=["inner is a pipe within a folder"])

    def test_many_inputs(self):
        names = [self.write(f"many/{i:04}", b"%d," % i) for i in range(1000)]
        output, _ = self.prom("program", "run", self.program, "--items", "files", *names, "-o", "-")
        self.assertEqual(output, "".join(f"{i}," for i in range(1000)))
        mixed = (*names[:300], "-o", "-", *names[300:600], "--", *names[600:])
        self.assertEqual(self.prom("program", "run", self.program, *mixed)[0], output)

    def test_where_a_failed_item_comes_from(self):
        first, second = self.write("first", b"a\nb b\n"), self.write("second", b"d\nfine\nm\n")
        none = self.write("none", b"")
        run = ("program", "run", self.program, first, none, second, "--items", "lines")
        failed = self.prom_json(*run, code=1)["failed"]
        self.assertEqual([(one["node"], one["file"], one["number"]) for one in failed[:3]],
                         [(1, first, 2), (2, second, 1), (4, second, 3)])  # fmt: skip
        _, errors = self.prom(*run, code=1)
        self.assertIn(f"item 1 ({first}, line 2): shape", errors)
        self.assertIn(f"item 4 ({second}, line 3): trap: memory access out of bounds", errors)
        _, errors = self.prom("program", "run", self.program, first, self.write("f/d", b"d"), code=1)
        self.assertIn(f"item 1 ({self.path('f', 'd')}): trap: division by zero", errors)

    def test_item_that_is_larger_than_the_memory(self):
        big = self.write("big", b"a" * 1_500_000)
        program = self.make("--memory", "2M", "--result-bytes", "1M", name="small")
        _, errors = self.prom("program", "run", program, big, big, code=1)
        self.assertNotIn("the item has", errors)  # it fits, and is too long as a result
        huge = self.write("huge", b"a" * 3_000_000)
        _, errors = self.prom("program", "run", program, huge, code=1)
        self.assertIn("the item has 3.00 MB, and --memory allows 2.10 MB", errors)

    def test_output_stays_without_a_result(self):
        out, results = self.write("out", b"old"), self.path("results")
        lines = self.write("lines", b"one\nd\n")
        run = ("program", "run", self.program, lines, "--items", "lines", "-o", out)
        _, errors = self.prom(*run, "--results", results, code=1)
        self.assertIn("out is not written: the last fold failed", errors)
        self.assertIsNone(self.prom_json(*run, code=1)["output"])
        self.assertEqual(self.read("out"), b"old")
        self.assertIsNotNone(self.read("results"))
        maps = self.make("--map-only", name="maps")
        self.prom("program", "run", maps, lines, "--items", "lines", "-o", out, code=1)
        self.assertEqual(self.read("out"), b"one\n\n")
        self.prom("program", "run", maps, self.write("bad", b"d\nd\n"), "--items", "lines", "-o", out, code=1)
        self.assertEqual(self.read("out"), b"one\n\n")

    def test_too_large_a_package(self):
        program = self.make("--result-bytes", "64M", "--map-only", name="wide")
        lines = self.write("lines", b"a\n" * 17)
        self.fails("program", "run", program, lines, "--items", "lines", code=2, says=["1 GiB", "--result-bytes"])

    def test_progress(self):
        lines = self.write("lines", b"text\n" * 30000)
        program = self.make("--map-only", "--result-bytes", "64", name="maps")
        _, shown = self.on_terminal("program", "run", program, lines, "--items", "lines", "--results", self.path("r"))
        self.assertRegex(shown.decode(), r"program +\[#* *\] \d+/30000, \d+ s left")
        _, shown = self.on_terminal("program", "verify", program, lines, "--items", "lines", "--results",
                                    self.path("r"), "--share", "100")  # fmt: skip
        self.assertIsNotNone(re.search(r"verify +\[#* *\] \d+/30000, \d+ s left", shown.decode()), shown)


class Module(WasmTest):
    def test_module_from_standard_input(self):
        lines = self.write("lines", b"one\ntwo\n")
        ran = subprocess.run([PROM, "program", "run", "-", lines, "--items", "lines", "-o", self.path("out")],
                             input=module(), env=self.environment, capture_output=True, check=False,
                             timeout=COMMAND_SECONDS)  # fmt: skip
        self.assertEqual((ran.returncode, ran.stderr), (0, b""))


if __name__ == "__main__":
    unittest.main()
