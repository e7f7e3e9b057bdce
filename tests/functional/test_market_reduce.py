"""What two workers have folded is joined by a contract of its own. All of it goes on after kills in the middle: of a worker
while it computes a part, of the client, and of the worker that joins."""

import json
import os
import unittest

from framework import PROM, wait_until
from market_case import SECONDS, MarketTest
from program_examples import ROOM, read_results

PROM_WASM = os.path.join(os.path.dirname(PROM), "prom-wasm")
ITEMS = 4
SAMPLES = 100_000_000  # of an item: a part takes some seconds
FUEL = "8G"


@unittest.skipUnless(os.path.exists(PROM_WASM), "this build has no prom-wasm")
class MarketReduce(MarketTest):
    OFFERS = 8  # attempts that a kill has ended take some
    WAITS_FOR_MODULES = True

    def setUp(self):
        super().setUp()
        self.open_arbiters()
        self.program = self.path("montecarlo.prom")
        limits = ("--memory", "1M", "--fuel", FUEL, "--fold-fuel", "100k", "--result-bytes", "64", "--fold-bytes", "64")
        self.prom("program", "make", str(ROOM / "montecarlo" / "montecarlo.wasm"), *limits, "-o", self.program)
        speed = "fuel_per_second = 1000000000"
        self.workers = [self.open_node(f"worker-{i}", "roles = worker", speed) for i in (1, 2)]
        self.client = self.open_node("client", "roles = client", speed)
        self.fund(*self.workers, coins=6)
        self.fund(self.client, coins=14)
        self.assertTrue(wait_until(self.in_step, SECONDS))
        self.keep_mining()

    def arguments(self, batch, *more, reduce="contract"):
        named = ",".join(f"{worker.key()}@{worker.address}" for worker in self.workers)
        return (self.program, batch, "--items", "lines", "--worker", named, "--feerate", "3", "--contract", self.p,
                "--parts", "2", "--spread", "2", "--reduce", reduce, *more, "--dir", self.client.dir)  # fmt: skip

    def attempts(self):
        try:
            (job,) = self.client.call("job.list")["jobs"]
            return self.client.call("job.show", id=job["job"])["attempts"]
        except (OSError, ValueError):
            return []

    def wait_for(self, what, seconds=2 * SECONDS):
        """The first attempt that is so."""
        found = []

        def look():
            found[:] = [attempt for attempt in self.attempts() if what(attempt)]
            return found

        self.assertTrue(wait_until(look, seconds), self.attempts())
        return found[0]

    def worker_of(self, attempt):
        return next(worker for worker in self.workers if worker.key() == attempt["worker"])

    def kill_while_it_computes(self):
        """Kills a worker whose contract says that it computes, and that does."""
        found = []

        def look():
            found[:] = [attempt for attempt in self.attempts()
                        if attempt["phase"] == "compute" and self.computes(self.worker_of(attempt))]  # fmt: skip
            return found

        self.assertTrue(wait_until(look, 2 * SECONDS), self.attempts())
        self.worker_of(found[0]).restart()
        number = found[0]["attempt"]
        self.wait_for(lambda attempt: attempt["attempt"] == number and attempt["has_result"])

    def check_quote(self, batch):
        quoted = self.prom_json("quote", *self.arguments(batch))
        plan, reduce = quoted["plan"], quoted["plan"]["reduce"]
        self.assertEqual([part["items"] for part in plan["parts"]], [ITEMS // 2] * 2, quoted)
        self.assertEqual((reduce["by"], reduce["folds"], reduce["reasons"]), ("contract", 1, []))
        self.assertEqual(reduce["begins"], max(part["ready"] for part in plan["parts"]))
        self.assertGreater(reduce["part"]["ready"], reduce["begins"])
        self.assertEqual(plan["cost"], sum(part["cost"] for part in plan["parts"]) + reduce["part"]["cost"])
        text, _ = self.prom("quote", *self.arguments(batch))
        self.assertIn("join of the parts", text)
        own = self.prom_json("quote", *self.arguments(batch, reduce="own"))["plan"]["reduce"]
        self.assertEqual((own["by"], own["folds"], own["part"]), ("own", 1, None))
        self.assertLess(own["seconds"], 10)
        long = self.path("long.prom")
        wasm = str(ROOM / "montecarlo" / "montecarlo.wasm")
        self.prom("program", "make", wasm, "--result-bytes", "64M", "--fold-bytes", "64M", "-o", long)
        many = self.write("many", b"1 1\n" * 40)
        for command in ("quote", "run"):
            _, errors = self.prom(command, long, many, *self.arguments(batch)[2:], code=2)
            self.assertIn("the results of all 40 items may have", errors)
            self.assertIn("2 GiB can be put together: order the batch in pieces", errors)

    def test_a_contract_joins_and_kills(self):
        batch = self.write("batch", b"".join(b"%d %d\n" % (seed, SAMPLES) for seed in range(1, ITEMS + 1)))
        self.check_quote(batch)
        output = self.path("pi")
        command = self.start("run", *self.arguments(batch, "-o", output, "--json"))
        self.kill_while_it_computes()
        self.client.restart()
        join = self.wait_for(lambda attempt: attempt["reduces"] and attempt["phase"] != "queue")
        self.assertEqual((join["first"], join["items"]), (ITEMS, 2))
        self.worker_of(join).restart()
        self.client.restart()
        said, errors = command.communicate(timeout=4 * SECONDS)
        self.assertEqual(command.returncode, 0, said + errors)
        told = json.loads(said)
        self.assertEqual((told["done"], told["parts"], told["reduce"]), (ITEMS, 2, "contract"), said)
        self.assertEqual([part["reduces"] for part in told["part_list"]], [False, False, True])
        self.prom("program", "run", self.program, batch, "--items", "lines", "-o", self.path("wanted"), "--results",
                  self.path("results"))  # fmt: skip
        self.assertEqual(self.read(output), self.read(self.path("wanted")))
        bought = read_results(self.read(self.client.call("job.result", id=told["job"])["output_file"]))
        self.assertEqual(bought, read_results(self.read(self.path("results"))))  # two parts of two: the same tree
        text, _ = self.prom("jobs", "show", told["job"], "--dir", self.client.dir)
        self.assertIn("join of 2 parts", text)
        text, _ = self.prom("jobs", "why", told["job"], "--dir", self.client.dir)
        self.assertIn("the folds that join 2 parts are done", text)

    def read(self, path):
        with open(path, "rb") as file:
            return file.read()


if __name__ == "__main__":
    unittest.main()
