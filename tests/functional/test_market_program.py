"""A program that is a module is bought from strangers: two workers, parts that fold, and kills in the middle."""

import json
import os
import unittest

import wasm_case
from framework import PROM, wait_until
from market_case import SECONDS, MarketTest
from program_examples import ROOM, read_results

PROM_WASM = os.path.join(os.path.dirname(PROM), "prom-wasm")
LINES = 8


@unittest.skipUnless(os.path.exists(PROM_WASM), "this build has no prom-wasm")
class MarketProgram(MarketTest):
    WAITS_FOR_MODULES = True

    def setUp(self):
        super().setUp()
        self.open_arbiters()
        self.module = str(ROOM / "wordcount" / "wordcount.wasm")

    def lines(self):
        """A file of so many lines of the text."""
        lines = [line for line in (ROOM / "wordcount" / "text" / "01.txt").read_bytes().split(b"\n") if line.strip()]
        with open(self.path("lines"), "wb") as file:
            file.write(b"\n".join(lines[:LINES]) + b"\n")
        return self.path("lines")

    def order(self, batch, *arguments):
        named = ",".join(f"{worker.key()}@{worker.address}" for worker in self.workers)
        return (self.module, batch, "--items", "lines", "--worker", named, "--feerate", "3", "--contract", self.p,
                "--parts", "2", "--spread", "2", *arguments, "--dir", self.client.dir)  # fmt: skip

    def job(self):
        (job,) = self.client.call("job.list")["jobs"]
        return self.client.call("job.show", id=job["job"])

    def phases(self):
        try:
            return [attempt["phase"] for attempt in self.job()["attempts"]]
        except (OSError, ValueError):
            return []

    def read(self, path):
        with open(path, "rb") as file:
            return file.read()

    def test_two_workers_and_kills(self):
        """Whoever was killed goes on, and what comes of it is what one machine computes."""
        self.workers = [self.open_node(f"worker-{i}", "roles = worker") for i in (1, 2)]
        self.client = self.open_node("client", "roles = client")
        self.fund(*self.workers, coins=4)
        self.fund(self.client, coins=10)
        self.assertTrue(wait_until(self.in_step, SECONDS))
        self.keep_mining()
        batch = self.lines()
        quoted = self.prom_json("quote", *self.order(batch))
        self.prom("program", "make", self.module, "--sample", batch, "--items", "lines", "-o", self.path("p.prom"))
        made = self.prom_json("program", "check", self.path("p.prom"))
        self.assertEqual(quoted["limits"], made["limits"])
        self.assertEqual(quoted["sample"]["items"]["count"], LINES)
        text, _ = self.prom("quote", *self.order(batch, "--fuel", "3G"))
        self.assertLess(text.index("fuel 3,000,000,000, result"), text.index("1 item, sat"))
        self.fails("quote", self.path("p.prom"), batch, "--items", "lines", "--fuel", "5", "--dir", self.client.dir,
                   code=2, says=["--fuel is for modules"])  # fmt: skip
        self.assertEqual([part["items"] for part in quoted["plan"]["parts"]], [LINES // 2] * 2, quoted)
        self.assertEqual(len({part["worker"] for part in quoted["plan"]["parts"]}), 2)
        output = self.path("counts")
        results = self.path("bought")
        command = self.start("run", *self.order(batch, "-o", output, "--results", results, "--json"))
        self.assertTrue(wait_until(lambda: len(self.phases()) == 2, SECONDS), self.phases())
        self.workers[0].restart()
        self.assertTrue(wait_until(lambda: any(phase != "queue" for phase in self.phases()), SECONDS), self.phases())
        self.client.restart()
        self.workers[1].restart()
        said, errors = command.communicate(timeout=4 * SECONDS)
        self.assertEqual(command.returncode, 0, said + errors)
        told = json.loads(said)
        self.assertEqual(told["done"], LINES, said)
        # A setup whose worker was killed may come to nothing, and another one take its place.
        self.assertEqual(len([attempt for attempt in told["attempts"] if attempt["loss"] == "none"]), 2, said)
        self.assertEqual((told["limits"], told["results"]), (made["limits"], results))
        wanted = ("program", "run", self.path("p.prom"), batch, "--items", "lines", "-o", self.path("wanted"), "--results",
                  self.path("results"))  # fmt: skip
        self.prom(*wanted)
        self.assertEqual(self.read(output), self.read(self.path("wanted")))
        result = self.client.call("job.result", id=told["job"])
        self.assertEqual(self.read(results), self.read(result["output_file"]))
        bought = read_results(self.read(results))
        alone = read_results(self.read(self.path("results")))
        self.assertEqual(len(bought), 2 * LINES - 1)
        self.assertEqual(bought[:LINES], alone[:LINES])
        self.assertEqual(bought[-1][3], alone[-1][3])
        again = self.path("again")
        self.prom("jobs", "result", told["job"], "-o", again, "--results", self.path("all"), "--dir", self.client.dir)
        self.assertEqual(self.read(again), self.read(output))
        self.assertEqual(self.read(self.path("all")), self.read(results))
        self.fails("jobs", "result", told["job"], "--dir", self.client.dir, code=2, says=["--results FILE"])
        exact = self.prom_json("program", "make", self.path("p.prom"), "--results", results, "-o", self.path("e.prom"))
        self.assertLess(exact["limits"]["fuel"], made["limits"]["fuel"])

    def test_failed_items(self):
        """Limits are not measured by an item that fails, and nothing is ordered; with limits that are given it is a result
        like any other, told with its line."""
        self.module = self.write("module.wasm", wasm_case.module())
        lines = self.write("lines", b"fine\nd\n")
        self.workers = [self.open_node("worker", "roles = worker")]
        self.client = self.open_node("client", "roles = client")
        self.fund(*self.workers, coins=4)
        self.fund(self.client, coins=10)
        self.assertTrue(wait_until(self.in_step, SECONDS))
        self.keep_mining()
        order = ("run", self.module, lines, "--items", "lines", "--map-only", "--worker",
                 f"{self.workers[0].key()}@{self.workers[0].address}", "--feerate", "3", "--contract", self.p, "-o",
                 self.path("out"), "--dir", self.client.dir)  # fmt: skip
        self.fails(*order, code=2, says=["item 1", "lines, line 2", "division by zero"])
        self.assertEqual(self.client.call("job.list")["jobs"], [])
        limits = ("--memory", "2M", "--fuel", "1M", "--result-bytes", "64")
        output, errors = self.prom(*order, *limits)
        self.assertIn("2 of 2 items have their output", output)
        self.assertIn(f"item 1 ({lines}, line 2): trap: division by zero\n", errors)
        self.assertEqual(self.read(self.path("out")), b"fine\n\n")

    def works(self):
        """What the workers' nodes say of their work: all of one kind, what is done, and of how much."""
        told = [channel["work"] for worker in self.workers for channel in worker.call("channel.list")["channels"]]
        return [(work["done"], work["of"]) for work in told if work is not None and work["what"] == "compute"]

    def test_a_part_before_the_others(self):
        """A worker tells how far it is; and a part that is done can be had while another one is computed."""
        module = str(ROOM / "montecarlo" / "montecarlo.wasm")
        with open(self.path("seeds"), "w", encoding="ascii") as file:
            file.write("1 1000\n2 1000\n3 100000000\n4 100000000\n")
        limits = ("--memory", "1M", "--fuel", "6G", "--fold-fuel", "100k", "--result-bytes", "64", "--fold-bytes", "64")
        self.prom("program", "make", module, *limits, "-o", self.path("pi.prom"))
        self.module = self.path("pi.prom")
        self.workers = [self.open_node(f"worker-{i}", "roles = worker") for i in (1, 2)]
        self.client = self.open_node("client", "roles = client")
        self.fund(*self.workers, coins=4)
        self.fund(self.client, coins=10)
        self.assertTrue(wait_until(self.in_step, SECONDS))
        self.keep_mining()
        self.prom("run", *self.order(self.path("seeds"), "--detach"))
        seen = set()

        def one_is_done():
            seen.update(self.works())
            return self.job()["done"] == 2

        self.assertTrue(wait_until(one_is_done, SECONDS), self.phases())
        job = self.job()
        first = self.prom_json("jobs", "result", job["job"], "--item", "1", "-o", self.path("first"), "--results",
                               self.path("of-first"), "--dir", self.client.dir)  # fmt: skip
        self.assertIsNone(first["output_file"])
        self.assertEqual([part["first"] for part in first["done_parts"]], [0])
        for item, *says in (("2", "item 2 is in no part"), ("x", "--item is 'x'")):
            self.fails("jobs", "result", job["job"], "--item", item, "-o", self.path("none"), "--dir", self.client.dir,
                       code=2, says=says)  # fmt: skip
        self.fails("jobs", "result", job["job"], "-o", self.path("none"), "--dir", self.client.dir, code=2,
                   says=["not there yet", "--item"])  # fmt: skip

        def all_is_done():
            seen.update(self.works())
            return self.job()["done"] == 4

        self.assertTrue(wait_until(all_is_done, SECONDS), self.phases())
        self.assertIn((1, 3), seen)  # of two items and their fold
        alone = self.write("alone", b"1 1000\n2 1000\n")
        self.prom("program", "run", self.module, alone, "--items", "lines", "-o", self.path("wanted"), "--results",
                  self.path("all"))  # fmt: skip
        self.assertEqual(self.read(self.path("first")), self.read(self.path("wanted")))
        self.assertEqual(self.read(self.path("of-first")), self.read(self.path("all")))

    def test_without_a_result(self):
        """Where the last fold has failed that is said, by the exit code too, and what was there stays."""
        limits = ("--memory", "4M", "--fuel", "1M", "--fold-fuel", "1M", "--result-bytes", "64", "--fold-bytes", "64")
        self.module = self.path("echo.prom")
        self.prom("program", "make", self.write("echo.wasm", wasm_case.module()), *limits, "-o", self.module)
        self.workers = [self.open_node("worker", "roles = worker")]
        self.client = self.open_node("client", "roles = client")
        self.fund(*self.workers, coins=4)
        self.fund(self.client, coins=6)
        self.assertTrue(wait_until(self.in_step, SECONDS))
        self.keep_mining()
        kept = self.write("kept", b"kept")
        batch = self.write("batch", b"one\ndivides\n")  # at a d the module divides by zero
        _, errors = self.prom("run", *self.order(batch, "-o", kept), code=1)
        self.assertIn("line 2): trap: division by zero", errors)
        self.assertIn("kept is not written: the last fold failed", errors)
        self.assertEqual(self.read(kept), b"kept")
        self.prom("jobs", "result", self.job()["job"], "-o", kept, "--dir", self.client.dir, code=1)
        self.assertEqual(self.read(kept), b"kept")


if __name__ == "__main__":
    unittest.main()
