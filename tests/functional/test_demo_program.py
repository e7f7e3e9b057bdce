"""`prom demo --program`: a WebAssembly module in place of a network, bought on a market and lied about in a story; what cannot
be is said before a chain is started."""

import os
import unittest

from demo_case import DemoTest
from framework import PROM, processes
from program_examples import ROOM

PROM_WASM = os.path.join(os.path.dirname(PROM), "prom-wasm")
WASM = str(ROOM / "wordcount" / "wordcount.wasm")


@unittest.skipUnless(os.path.exists(PROM_WASM), "this build has no prom-wasm")
class DemoProgram(DemoTest):
    def program(self, *limits):
        path = self.path("wordcount.prom")
        self.prom("program", "make", WASM, "-o", path, *limits)
        return path

    def texts(self, *texts):
        for number, text in enumerate(texts):
            self.write(f"texts/{number}", text)
        return self.path("texts")

    def read(self, path):
        with open(path, "rb") as file:
            return file.read()

    def test_market(self):
        """A module without limits, which are found: all is bought, and the result is what this machine computes."""
        texts = self.texts("a rose is a rose", "is a rose\n" * 50)
        output, errors = self.prom("demo", "--dir", self.dir, "--program", WASM, "--input", texts)
        self.assertEqual(errors, "")
        for text in ("2 items for a module of 4.58 kB, which maps and folds", "Settled by scheme #3: 2 contracts.",
                     "contract 2, items 1 to 1,", "delivered, verified and paid", f"result     {self.dir}-output\n",
                     "             a 52\n             is 51\n             rose 52\n", "computed   2 items and 1 fold, fuel ",
                     "share ς    100 %:"):  # fmt: skip
            self.assertIn(text, output)
        self.assertNotIn("accuracy", output)
        self.assertEqual(self.read(self.dir + "-output"), b"a 52\nis 51\nrose 52\n")
        self.assertEqual(processes(self.dir), {})

    def test_lie_about_one_item(self):
        """The last byte of the result is another one: the verifier, which computes all again, finds it."""
        lines = self.write("lines", "one\n" * 3 + "two\n")
        told = self.prom_json("demo", "--dir", self.dir, "--story", "worker-lies", "--program", self.program(),
                              "--items", "lines", "--input", lines)  # fmt: skip
        self.assertEqual((told["scheme"], told["proof"], told["items"], told["output"]), (4, "replay-module", 4, None))
        self.check_payouts(told)
        module = told["module"]
        alone = self.prom_json("program", "run", self.path("wordcount.prom"), "--items", "lines", lines)
        self.assertEqual((module["nodes"], module["failed"], module["fuel"]), (7, 0, alone["fuel"]))
        self.assertEqual((told["program"], told["clamped"], told["accuracy"]), (alone["program"], 0, None))

    def test_failed_nodes_are_results(self):
        """They are paid for, and told. The verifier of this story lies, and arbiters run the module, too."""
        lines = self.write("lines", "one\ntwo three\n")
        given = ("--story", "verifier-lies", "--program", self.program("--result-bytes", "8", "--fold-bytes", "8"))
        told = self.prom_json("demo", "--dir", self.dir, *given, "--items", "lines", "--input", lines)
        self.assertEqual((told["scheme"], told["module"]["failed"]), (7, 2))
        self.assertEqual(self.read(told["output"]), b"")  # the fold has failed with its operand

    def test_what_cannot_be(self):
        texts = self.texts("a")
        self.write("no.wasm", b"\0asm\1\0\0\0")
        program = ("--program", WASM)
        given = (*program, "--input", texts)
        for arguments, says in (
            (program, ["--program needs --input"]),
            ((*given, "--labels", "y.npy"), ["--labels is for networks"]),
            ((*given, "--resize"), ["--resize is for networks"]),
            ((*given, "--model", "x.onnx"), ["--model", "--program"]),
            ((*given, "--scheme", "replay"), ["--scheme", "--program"]),
            (("--items", "lines"), ["--items is for a module", "--program"]),
        ):
            self.fails("demo", "--dir", self.dir, *arguments, code=2, says=says)
            self.assertFalse(os.path.exists(self.dir + ".log"))
        for arguments, says in (
            (("--program", self.path("no.wasm"), "--input", texts), ["no.wasm", "it exports nothing"]),
            (("--program", self.path("texts/0"), "--input", texts), ["texts/0", "neither a WebAssembly module"]),
            ((*program, "--input", self.path("none")), [self.path("none")]),
        ):
            errors = self.prom("demo", "--dir", self.dir, *arguments, code=2)[1]
            for text in says:
                self.assertIn(text, errors)
            self.assertFalse(os.path.exists(self.dir))


if __name__ == "__main__":
    unittest.main()
