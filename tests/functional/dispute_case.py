"""Markets among whose nodes some break the rules: jobs beside each other, and what their contracts paid on the chain."""

import os
import time

from demo_case import ANCHOR, table
from framework import wait_until
from market_case import LIAR, SECONDS, MarketTest, Node
from model_files import read_npy, write_npy

JOB_SECONDS = 5 * SECONDS
DUST = 330


def sat(output):
    return round(output["value"] * 100_000_000)


class LyingNode(Node):
    """Lies as a file says, in the contracts that it says."""

    command = (LIAR,)

    def __init__(self, test, name, *lines):
        super().__init__(test, name, *lines)
        self.lies, self.told = [os.path.join(self.dir, name) for name in ("lies", "told")]
        self.environment = {"PROM_LIES": self.lies, "PROM_LIE_TOLD": self.told}

    def lies_told(self):
        if not os.path.exists(self.told):
            return set()
        with open(self.told, encoding="ascii") as file:
            return set(tuple(line.split()) for line in file)


class DisputeTest(MarketTest):
    OFFERS = 7  # of three arbiters: too few for two setups at once, which might wait for each other's arbiters

    def setUp(self):
        super().setUp()
        self.open_arbiters()

    # -- Jobs --

    def batches(self, count):
        """So many batches of one program, each of other items than all before; and the outputs that are right."""
        self.program, batch, wanted = self.digits(2 * count)
        return [(self.cut(batch, "x", i), self.cut(wanted, "y", i)) for i in range(count)]

    def cut(self, path, name, at):
        descr, shape, data = read_npy(path)
        size = len(data) // shape[0]
        return write_npy(self.path(f"{name}-{at}.npy"), descr, (2, *shape[1:]), data[2 * at * size : 2 * (at + 1) * size])

    def order(self, client, batch, workers, verifier):
        named = ",".join(f"{worker.key()}@{worker.address}" for worker in workers)
        return ("run", self.program, batch, "--worker", named, "--verifier", verifier, "--feerate", "3", "--contract", self.p,
                "--dir", client.dir)  # fmt: skip

    def run_job(self, client, batch, workers, verifier="self"):
        """Orders a job; its id."""
        return self.prom_json(*self.order(client, batch, workers, verifier), "--detach")["job"]

    def at(self, node):
        return f"{node.key()}@{node.address}"

    def job(self, client, job):
        return client.call("job.show", id=job)

    def wait_for(self, condition):
        """As wait_until; nodes that work for blocks are not asked all the time."""

        def looked():
            time.sleep(0.2)
            return condition()

        return wait_until(looked, JOB_SECONDS)

    def await_job(self, client, job, condition, what):
        """Until the condition holds for what job.show tells; that."""
        seen = {}

        def holds():
            try:
                seen.update(self.job(client, job))
            except (OSError, ValueError):
                return False
            return condition(seen)

        self.assertTrue(self.wait_for(holds), (what, seen))
        return seen

    def await_tx0(self, client, job, attempt=1):
        """Until that attempt's Tx0 is known to bitcoind; its id."""

        def published(told):
            return len(told["attempts"]) >= attempt and self.known(told["attempts"][attempt - 1]["tx0"])

        return self.await_job(client, job, published, "Tx0")["attempts"][attempt - 1]["tx0"]

    def known(self, txid):
        try:
            return txid is not None and self.rpc("getrawtransaction", txid, 1)
        except (RuntimeError, OSError):
            return None

    def await_end(self, client, job):
        return self.await_job(client, job, lambda told: told["state"] == "ended", "the end")

    # -- The chain --

    def total(self, node):
        return node.call("wallet.balance")["total"]

    def is_spent(self, txid):
        """Whether output 0 of a transaction in a block is spent by one in a block."""
        found = self.known(txid)
        return bool(found) and "blockhash" in found and self.rpc("gettxout", txid, 0, False) is None

    def await_spent(self, txid):
        self.assertTrue(self.wait_for(lambda: self.is_spent(txid)), txid)

    def check_payouts(self, attempt, scheme, deciders=("A1", "A2", "A3")):
        """The closing transaction pays what docs/protocol.md, section 3, says; and the job tells the same."""
        self.assertEqual(attempt["end"], scheme, attempt)
        paid = table(scheme, deciders, attempt["reward"])
        closing = self.rpc("getrawtransaction", attempt["txid"], 1)
        got = [sat(output) for output in closing["vout"] if output["scriptPubKey"]["hex"] != ANCHOR]
        wanted = [paid[payee] for payee in ("C", "W", "V", "A1", "A2", "A3", "F")]
        left = sat(self.rpc("getrawtransaction", attempt["tx0"], 1)["vout"][0]) - sum(wanted)  # C's, or a fee
        self.assertGreater(left, 0)
        if len(got) == len([value for value in wanted if value >= DUST]) + (wanted[0] == 0):
            self.assertTrue(wanted[0] < got[0] <= wanted[0] + left, (got, wanted))
            got[0] = wanted[0]
        self.assertEqual([value for value in got if value], [value for value in wanted if value >= DUST], (attempt, closing))
        told = attempt["got"]
        self.assertEqual([told["C"], told["W"], told["V"], told["F"]], [paid[payee] for payee in "CWVF"])
        self.assertEqual(told["A_plus"], max(paid[arbiter] for arbiter in ("A1", "A2", "A3")))

    # -- What jobs tell --

    def receipt(self, client, job):
        return " | ".join(line["text"] for line in self.prom_json("jobs", "receipt", job[:8], "--dir", client.dir)["lines"])

    def why(self, client, job):
        return " | ".join(line["text"] for line in self.prom_json("jobs", "why", job[:8], "--dir", client.dir)["lines"])

    def check_output(self, client, job, wanted):
        path = self.path(f"{job[:8]}.npy")
        self.prom("jobs", "result", job[:8], "-o", path, "--dir", client.dir)
        self.assertEqual(read_npy(path), read_npy(wanted))
