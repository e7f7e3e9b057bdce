"""Programs that are modules, of which a sample is checked: what the rules of the sample shut out (docs/protocol.md, section
8), tried by nodes that lie among honest ones. Who cheats loses its stake or gains nothing, and the others are paid. The
table of all cheats, with the tests of those that need no node, is in docs/programs.md."""

import collections
import hashlib
import os
import time
import unittest

from dispute_case import DisputeTest, LyingNode
from framework import PROM
from market_case import Node
from program_examples import write_items
from wasm_case import module

PROM_WASM = os.path.join(os.path.dirname(PROM), "prom-wasm")
VARSIGMA = 9000
FOLDED = 5  # items: with their folds 9 nodes, all of which are drawn
MAPPED = 10  # items: 9 are drawn
RESULT_BYTES = 16
QUIET_PHASES = {"new", "proposed", "accepted", "base", "held", "given", "over"}  # of a setup, before its draw and behind it

LIARS = {"own-seed": "verifier", "two-receipts": "arbiter", "back-dated": "arbiter"}
OTHERS = "the opened items are not those under the Merkle root"
KNOWN = "the sample was not drawn by a block that was named while it was still to come"

# Lies as tests/tools/liar.c has them, each in a contract of its own; who verifies; how the contract ends; and what the
# verifier found.
Cheat = collections.namedtuple("Cheat", "lies end told folds verifier", defaults=(True, "self"))
CHEATS = (
    # A worker computes a fold wrongly, or says that a failed item is good.
    Cheat(("fold",), 6, f"fold {FOLDED} has other bytes than the program computes"),
    Cheat(("ok",), 6, "item 2 has another status than the program computes"),
    # It commits to what is right, and delivers something else.
    Cheat(("operand",), 6, OTHERS),
    # It opens something else than what is drawn.
    Cheat(("sample",), 6, OTHERS, folds=False),
    Cheat(("unopened",), 6, "hashes are missing or left over"),
    # It picks what is drawn: the block, or what the block draws from.
    Cheat(("made-up",), 4, KNOWN),
    Cheat(("two-notices",), 6, "the worker signed two different notices"),
    Cheat(("two-packages",), 4, "the worker signed two different packages of one round"),
    # And one of the arbiters helps it.
    Cheat(("mined", "back-dated"), 4, KNOWN),
    # An arbiter takes back what it has signed.
    Cheat(("two-receipts",), 3, "of the package there are 2 counting receipts, and 2 are needed"),
    # A verifier rejects what is good, by a sample of its own.
    Cheat(("own-seed",), 7, OTHERS, folds=False, verifier="market"),
)


@unittest.skipUnless(os.path.exists(PROM_WASM), "this build has no prom-wasm")
class Cheats(DisputeTest):
    P = ("p", VARSIGMA)
    ARBITERS = 5
    OFFERS = 3 * len(CHEATS) // ARBITERS + 2
    SETUP_SECONDS = 20

    def quiet(self):
        """Nor does a block come while arbiters are seated, and sign: two setups at once might wait for each other's."""
        super().quiet()
        end = time.monotonic() + self.SETUP_SECONDS
        while self.mining.is_set() and not {*self.phases().values()} <= QUIET_PHASES and time.monotonic() < end:
            time.sleep(0.1)

    def phases(self):
        """Where the client's setups stand, by the names of their channels."""
        try:
            channels = self.client.call("channel.list")["channels"]
        except (OSError, ValueError):  # it is too busy to answer
            return {"": "unknown"}
        return {channel["name"]: channel.get("phase", "over") for channel in channels}

    def node(self, name, *lines):
        """All but clients lie; of a contract's arbiters the first alone."""
        lying = not name.startswith("client")
        wasm = f"wasm_program = {PROM_WASM}"  # which lies beside prom, not beside the liar
        node = (LyingNode if lying else Node)(self, name, *lines, "aborted_max = 100", wasm)
        self.nodes.append(node)
        return node

    # -- Jobs --

    def make_programs(self):
        """The module's results are its items; one that begins with a d divides by zero."""
        limits = ("--memory", "4M", "--fuel", "500k", "--result-bytes", str(RESULT_BYTES))
        folding = ("--fold-fuel", "500k", "--fold-bytes", str(FOLDED * RESULT_BYTES))
        self.write("module.wasm", module())
        self.programs = {True: self.path("folds.prom"), False: self.path("maps.prom")}
        self.prom("program", "make", self.path("module.wasm"), *limits, *folding, "-o", self.programs[True])
        self.prom("program", "make", self.path("module.wasm"), *limits, "--map-only", "-o", self.programs[False])

    def make_inputs(self):
        """A file of items for each cheat, no two alike."""
        self.inputs, self.hashes = [], []
        for number, cheat in enumerate(CHEATS):
            items = [b"%d of %d" % (item, number) for item in range(FOLDED if cheat.folds else MAPPED)]
            if "ok" in cheat.lies:
                items[2] = b"divides"
            self.inputs.append(self.write(f"items-{number}", b"\n".join(items) + b"\n"))
            self.hashes.append(hashlib.sha256(write_items(items)).hexdigest())

    def write_lies(self):
        """Tells the nodes about which inputs they lie, and how."""
        for node in self.nodes:
            role = node.name.split("-")[0]
            lines = [f"{lie} {given}\n" for cheat, given in zip(CHEATS, self.hashes) for lie in cheat.lies
                     if LIARS.get(lie, "worker") == role]  # fmt: skip
            self.write(f"{node.name}/lies", "".join(lines))

    def order(self, client, number, workers, verifier):
        (worker,) = workers
        return ("run", self.programs[CHEATS[number].folds], self.inputs[number], "--items", "lines", "--worker",
                f"{worker.key()}@{worker.address}", "--verifier", verifier, "--feerate", "3", "--contract", self.p, "--dir",
                client.dir)  # fmt: skip

    def run_next(self, number):
        """Orders the job; its id, when its setup waits for a block that none before it has waited for."""
        verifier = "self" if CHEATS[number].verifier == "self" else self.at(self.verifier)
        job = self.run_job(self.client, number, [self.worker], verifier)
        channel = self.await_job(self.client, job, lambda told: told["attempts"], "an attempt")["attempts"][0]["channel"]
        self.wait_for(lambda: self.phases().get(channel, "new") not in ("new", "proposed", "accepted", "base"))
        height = self.rpc("getblockcount")
        self.wait_for(lambda: self.rpc("getblockcount") > height)
        return job

    # -- What came of it --

    def await_contract(self, job):
        """The job's first attempt that came to a contract, when that is over; a setup may come to nothing."""

        def contracts(told):
            return [attempt for attempt in told["attempts"] if attempt["over"] and attempt["tx0"] and self.known(attempt["tx0"])]

        return contracts(self.await_job(self.client, job, contracts, "a contract"))[0]

    def check(self, number, job):
        cheat = CHEATS[number]
        attempt = self.await_contract(job)
        contract = self.client.call("channel.show", id=attempt["channel"])["contract"]
        self.check_payouts(attempt, cheat.end)
        told = set().union(*(node.lies_told() for node in self.nodes if isinstance(node, LyingNode)))
        for lie in cheat.lies:
            self.assertTrue({(lie, contract), (lie, self.hashes[number])} & told, (cheat, told))
        verifier = self.client if cheat.verifier == "self" else self.verifier
        self.assertIn(cheat.told, self.why_of(verifier, contract), cheat)

    def why_of(self, node, contract):
        """What the verifier's node tells of the contract."""
        (channel,) = [channel for channel in node.call("channel.list")["channels"]
                      if channel["contract"] == contract and channel["role"] == "verifier"]  # fmt: skip
        reasons = node.call("channel.why", id=channel["number"])["reasons"]
        return " | ".join(reason["text"] for reason in reasons)

    def test_cheats(self):
        self.make_programs()
        self.make_inputs()
        self.worker = self.open_node("worker", "roles = worker")
        self.verifier = self.open_node("verifier", "roles = verifier")
        self.client = self.open_node("client", "roles = client", listens=False)
        self.write_lies()
        self.fund(self.worker, self.verifier, coins=len(CHEATS) + 2)
        self.fund(self.client, coins=3 * len(CHEATS))
        self.wait_in_step()
        self.keep_mining()
        jobs = [self.run_next(number) for number in range(len(CHEATS))]
        for number, job in enumerate(jobs):
            with self.subTest(cheat=CHEATS[number]):
                self.check(number, job)


if __name__ == "__main__":
    unittest.main()
