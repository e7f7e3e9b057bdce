"""A batch is bought from strangers: `prom run` to a file, through real nodes, links and blocks."""

import json
import time
import unittest

from framework import free_port, wait_until
from market_case import SECONDS, MarketTest


class Market(MarketTest):
    def setUp(self):
        super().setUp()
        self.open_arbiters()

    def same(self, one, other):
        with open(one, "rb") as first, open(other, "rb") as second:
            self.assertEqual(first.read(), second.read())

    def open_market(self, workers=2, parts=4):
        self.workers = [self.open_node(f"worker-{i}", "roles = worker") for i in range(1, workers + 1)]
        self.client = self.open_node("client", "roles = client")
        self.fund(*self.workers, coins=2 * parts + 1)
        self.fund(self.client, coins=4 * parts + 2)
        self.assertTrue(wait_until(self.in_step, SECONDS))

    def named(self):
        return ",".join(f"{worker.key()}@{worker.address}" for worker in self.workers)

    def order(self, program, batch, *arguments):
        return ("run", program, batch, "--worker", self.named(), "--feerate", "3", "--contract", self.p, *arguments,
                "--dir", self.client.dir)  # fmt: skip

    def job(self):
        (job,) = self.client.call("job.list")["jobs"]
        return self.client.call("job.show", id=job["job"])

    def phases(self):
        try:
            return [attempt["phase"] for attempt in self.job()["attempts"]]
        except (OSError, ValueError):
            return []

    def is_capped(self):
        jobs = self.client.call("job.list")["jobs"]
        said = self.prom("jobs", "why", jobs[0]["job"], "--dir", self.client.dir)[0] if jobs else ""
        return "`fees_max` in prom.conf is 1 sat" in said and self.job()["attempts"] == []

    def test_one_part(self):
        """One part, by a worker that the owner names, with the client's own node as the verifier."""
        self.open_market(workers=1, parts=1)
        program, batch, wanted = self.digits(5)
        self.keep_mining()
        output = self.path("y.npy")
        told = self.prom_json(*self.order(program, batch, "-o", output))
        self.assertEqual((told["done"], told["merged"]), (5, True), json.dumps(told, indent=1))
        self.same(output, wanted)
        shown = ("contract", "show", self.p, "--dir", self.client.dir)
        deposits = self.prom_json(*shown)["ends"]["deposits"]
        said = self.prom(*shown)[0]
        self.assertIn(f"\n{deposits:,} sat were deposited in all of them", said)
        self.assertNotRegex(said, r"\d{4} sat")
        # The same again costs nothing.
        again = self.prom_json(*self.order(program, batch, "-o", self.path("again.npy")))
        self.assertEqual((again["job"], len(again["attempts"])), (told["job"], 1))
        self.same(self.path("again.npy"), wanted)

    def test_four_parts(self):
        """Two workers, four contracts at once; the client is killed in the middle, and the command goes on with it."""
        self.open_market()
        program, batch, wanted = self.digits(8)
        end_mining = self.keep_mining()
        output = self.path("y.npy")
        quoted = self.prom_json("quote", *self.order(program, batch, "--parts", "4", "--spread", "2")[1:])
        self.assertEqual([part["items"] for part in quoted["plan"]["parts"]], [2, 2, 2, 2])
        self.assertEqual(len({part["worker"] for part in quoted["plan"]["parts"]}), 2)
        self.assertEqual(self.client.call("job.list")["jobs"], [])
        command = self.start(*self.order(program, batch, "--parts", "4", "--spread", "2", "-o", output, "--json"))
        self.assertTrue(wait_until(lambda: len(self.phases()) == 4, SECONDS), self.phases())
        self.client.restart()
        self.assertTrue(wait_until(lambda: any(phase != "queue" for phase in self.phases()), SECONDS), self.phases())
        self.client.restart()
        until = self.job()["verifier_until"]["until"]
        said, errors = command.communicate(timeout=4 * SECONDS)
        self.assertEqual(command.returncode, 0, said + errors)
        told = json.loads(said)
        # Each contract has its time, which blocks that pass do not move.
        self.assertLessEqual((told["verifier_until"] or {"until": 0})["until"], until)
        self.same(output, wanted)
        self.assertEqual((told["done"], len(told["attempts"])), (8, 4), said)
        self.assertEqual(len({attempt["tx0"] for attempt in told["attempts"]}), 4)
        self.assertEqual(len({attempt["worker"] for attempt in told["attempts"]}), 2)
        end_mining()
        # Nothing was contracted twice: the chain has four contracts.
        survey = [tx for height in range(1, self.rpc("getblockcount") + 1) for tx in self.marked(height)]
        self.assertEqual(sorted(survey), sorted(attempt["tx0"] for attempt in told["attempts"]))
        self.check_receipt(told["job"])

    def test_one_coin(self):
        """Who has deposited one coin buys four contracts: the node splits it by one payment, says so, and waits for it."""
        self.workers = [self.open_node(f"worker-{i}", "roles = worker") for i in range(1, 3)]
        self.client = self.open_node("client", "roles = client")
        self.fund(*self.workers, coins=9)
        self.fund(self.client, coins=1)
        self.assertTrue(wait_until(self.in_step, SECONDS))
        program, batch, wanted = self.digits(8)
        output = self.path("y.npy")
        parts = ("--parts", "4", "--spread", "2")
        quoted = self.prom_json("quote", *self.order(program, batch, *parts)[1:])
        self.assertIn("'prom run' splits them first", quoted["coins"])
        self.assertEqual(self.client.call("wallet.payments")["payments"], [])
        command = self.start(*self.order(program, batch, *parts, "-o", output))
        self.assertTrue(wait_until(lambda: self.client.call("wallet.payments")["payments"], SECONDS))
        (split,) = self.client.call("wallet.payments")["payments"]
        self.assertEqual((split["purpose"], split["fate"]), ("split", "waits"))
        job = self.job()["job"]
        said, _ = self.prom("jobs", "why", job[:8], "--dir", self.client.dir)
        self.assertIn(f"are split by the payment {split['txid']}", said)
        self.client.restart()
        self.keep_mining()
        said, errors = command.communicate(timeout=4 * SECONDS)
        self.assertEqual(command.returncode, 0, said + errors)
        self.same(output, wanted)
        for line in errors.decode().splitlines():
            if split["txid"] in line:
                self.assertIn(f"fee of {split['fee']:,} sat", line)
        self.assertIn(split["txid"], errors.decode())
        told = self.job()
        self.assertEqual((told["done"], len(told["attempts"])), (8, 4), told)
        payments = self.client.call("wallet.payments")["payments"]
        self.assertEqual([(payment["purpose"], payment["fate"]) for payment in payments], [("split", "mined")])
        said, _ = self.prom("jobs", "receipt", job[:8], "--dir", self.client.dir)
        self.assertIn(f"split for it by 1 payment, for {payments[0]['fee']:,} sat of fees", said)

    def marked(self, height):
        """Transactions of the block that spend an offer into a contract: three arbiters, three parties."""
        block = self.rpc("getblock", self.rpc("getblockhash", height), 2)
        return [tx["txid"] for tx in block["tx"] if len(tx["vin"]) >= 6]

    def check_receipt(self, job):
        def over():
            self.mine()
            return self.job()["state"] == "ended"

        self.assertTrue(wait_until(over, SECONDS), self.job())
        told = self.prom_json("jobs", "receipt", job[:8], "--dir", self.client.dir)
        self.assertEqual((told["state"], told["end"]), ("ended", "done"))
        for attempt in told["attempts"]:
            self.assertEqual((attempt["end"], attempt["loss"]), (3, "none"))
            settled = self.rpc("getrawtransaction", attempt["txid"], 1)
            paid = [round(output["value"] * 100_000_000) for output in settled["vout"]]
            for payee in ("W", "V"):
                self.assertIn(attempt["got"][payee], paid)
            self.assertGreater(attempt["paid"], 0)
            self.assertGreater(attempt["fees"], 0)
            earned = attempt["got"]["W"] - told["stakes"]["W"]
            self.assertGreater(earned, 0)
            self.assertIn(f"the worker got {earned:,} sat, and its stake of {told['stakes']['W']:,} sat back",
                          "\n".join(line["text"] for line in told["lines"]))  # fmt: skip
        self.assertIn("8 of 8 items have their output", told["lines"][0]["text"])

    def test_nobody_is_named(self):
        """Whoever the node knows is asked, the peers of its configuration first: those that are no workers refuse."""
        worker = self.open_node("worker-1", "roles = worker")
        peers = [f"peer = {node.key()}@{node.address}" for node in (self.arbiters[0], worker)]
        self.client = self.open_node("client", "roles = client", *peers)
        self.fund(worker, coins=3)
        self.fund(self.client, coins=6)
        self.assertTrue(wait_until(self.in_step, SECONDS))
        program, batch, wanted = self.digits(3)
        self.keep_mining()
        output = self.path("y.npy")
        quoted = self.prom_json("quote", program, batch, "--feerate", "3", "--dir", self.client.dir)
        refused = [asked for asked in quoted["asked"] if asked["reasons"]]
        self.assertEqual([asked["node"] for asked in refused], [self.arbiters[0].key()])
        self.assertEqual([reason["name"] for reason in refused[0]["reasons"]], ["role"])
        said, _ = self.prom("quote", program, batch, "--feerate", "3", "--dir", self.client.dir)
        self.assertIn("takes it", said)
        self.assertIn("the node does not take this role", said)
        # A standing cap is told by the quote and of the job, which waits until it is raised.
        self.client.reload("fees_max = 1")
        said, _ = self.prom("quote", program, batch, "--feerate", "3", "--dir", self.client.dir, code=1)
        self.assertIn("`fees_max` in prom.conf is 1 sat", said)
        run = self.start("run", program, batch, "--feerate", "3", "-o", output, "--json", "--dir", self.client.dir)
        self.assertTrue(wait_until(self.is_capped, SECONDS))
        self.client.reload()
        told = json.loads(run.communicate(timeout=SECONDS)[0])
        self.assertEqual([attempt["worker"] for attempt in told["attempts"]], [worker.key()])
        self.same(output, wanted)

    def test_a_newcomer(self):
        """What somebody is told who has nothing, knows nobody, and names what is not there."""
        peers = [f"peer = {arbiter.key()}@{arbiter.address}" for arbiter in self.arbiters]
        self.client = self.node("client", "roles = client", *peers)
        self.client.configure()
        self.client.start()
        self.fund(self.client, coins=1)
        self.assertTrue(wait_until(self.in_step, SECONDS))
        where = ("--dir", self.client.dir)
        program, batch, _ = self.digits(3)
        asked = ("quote", program, batch, "--feerate", "3", *where)
        # No offer is named to it: its peers tell it of arbiters, which takes some seconds.
        _, errors = self.prom(*asked, code=1)
        self.assertIn("no arbiter of that contract P is known yet", errors)
        self.assertIn("it is asked again now, for a minute at most", errors)
        away = f"{self.arbiters[0].key()[:-1]}{'0' if self.arbiters[0].key()[-1] != '0' else '1'}"
        for key in ("00" * 32, away):
            process = self.start(*asked, "--worker", f"{key}@127.0.0.1:{free_port()}")
            begun = time.monotonic()
            said, errors = (text.decode() for text in process.communicate(timeout=SECONDS))
            if process.returncode == 2:  # half of all numbers are no keys
                self.assertIn(f"worker 1: {key} is the key of no node", errors)
                continue
            self.assertEqual(process.returncode, 1, said + errors)
            self.assertIn("  it cannot be reached: Connection refused", said)
            self.assertIn("1 item, sat  contracts  from block", said)
            self.assertLess(time.monotonic() - begun, 15)
        _, errors = self.prom("quote", program, batch, *where, code=2)
        self.assertIn("--feerate", errors)
        for option, value, says in (("--parts", "257", "'257' is not a number of parts: give a number from 1 to 256"),
                                    ("--spread", "0", "'0' is not a number of workers: give a number from 1 to 64"),
                                    ("--max-price", "0", "--max-price: '0' is no amount: give a number of sat from 1 to"),
                                    ("--reward", "2100000000000001", "--reward: '2100000000000001' is no amount")):  # fmt: skip
            _, errors = self.prom(*asked, option, value, code=2)
            self.assertIn(says, errors)
        said, _ = self.prom(*asked, "--explain")
        told = json.loads(said)
        self.assertEqual((told["params"]["program"], told["params"]["input"]), ("/PATH/TO/PROGRAM", "/PATH/TO/BATCH"))
        said, _ = self.prom("wallet", "balance", *where)
        total = self.client.call("wallet.balance")["total"]
        self.assertIn(f"{total:,} sat", said)
        self.assertGreater(total, 1_000_000)

    def test_a_worker_that_declines(self):
        """It has coins for one contract and quotes for more: the second part goes to a dearer one, and it is said why."""
        self.workers = [
            self.open_node("worker-1", "roles = worker"),
            self.open_node("worker-2", "roles = worker", "reward_min = 20000"),
        ]
        self.client = self.open_node("client", "roles = client")
        self.fund(self.workers[0], coins=2)
        self.fund(self.workers[1], coins=5)
        self.fund(self.client, coins=10)
        self.assertTrue(wait_until(self.in_step, SECONDS))
        program, batch, wanted = self.digits(4)
        self.keep_mining()
        output = self.path("y.npy")
        command = self.start(*self.order(program, batch, "--parts", "2", "-o", output, "--json"))

        def declined():
            jobs = self.client.call("job.list")["jobs"]
            return [attempt for attempt in self.job()["attempts"] if attempt["declined"]] if jobs else []

        self.assertTrue(wait_until(declined, 2 * SECONDS), self.job())
        (left,) = declined()
        self.assertEqual((left["worker"], left["loss"], left["declined"][0]["name"]),
                         (self.workers[0].key(), "worker_left", "stake"), left)  # fmt: skip
        why = self.prom("jobs", "why", self.job()["job"][:8], "--dir", self.client.dir)[0]
        self.assertIn("the worker takes no part, and says: stake, fees and the coin", why)
        said, errors = command.communicate(timeout=6 * SECONDS)
        self.assertEqual(command.returncode, 0, said + errors)
        told = json.loads(said)
        self.same(output, wanted)
        done = {attempt["worker"] for attempt in told["attempts"] if attempt["has_result"]}
        self.assertEqual(done, {worker.key() for worker in self.workers})
        self.assertEqual([attempt["loss"] for attempt in told["attempts"]].count("none"), 2)

    def test_a_worker_that_vanishes(self):
        """Its part goes to the other one."""
        self.open_market()
        program, batch, wanted = self.digits(4)
        self.keep_mining()
        output = self.path("y.npy")
        command = self.start(*self.order(program, batch, "--parts", "2", "--spread", "2", "-o", output, "--json"))
        key = self.workers[0].key()

        def live():
            return any(attempt["live"] for attempt in self.job()["attempts"] if attempt["worker"] == key)

        self.assertTrue(wait_until(lambda: len(self.phases()) == 2, SECONDS), self.phases())
        self.assertTrue(wait_until(live, 2 * SECONDS), self.job())
        self.workers[0].kill()

        def told():
            return self.prom("jobs", "why", self.job()["job"][:8], "--dir", self.client.dir)[0]

        self.assertTrue(wait_until(lambda: "the worker's node is away: " in told(), SECONDS), told())
        said, errors = command.communicate(timeout=6 * SECONDS)
        self.assertEqual(command.returncode, 0, said + errors)
        told = json.loads(said)
        self.same(output, wanted)
        lost = [attempt for attempt in told["attempts"] if attempt["loss"] != "none"]
        self.assertEqual([attempt["loss"] for attempt in lost], ["worker_silent"])
        self.assertEqual([part["state"] for part in told["part_list"]], ["done", "done"])


if __name__ == "__main__":
    unittest.main()
