"""What tests of failing links share: a market whose nodes are tests/tools/cut.c, each of which closes, drops or leaves dead
what its plan says, and a contract that ends as it would have."""

import collections
import json
import os
import time

from framework import wait_until
from market_case import SECONDS, MarketTest, Node

CUT = os.path.join(os.environ["PROM_TOOLS"], "tool.cut")
HOWS = ["before", "middle", "after", "drop", "dead"]
STALL = 2  # seconds of silence after which a link is asked for a sign of life, and as many until it ends: 30 in the product
CONTRACT_SECONDS = 600  # longer than any may take, on a loaded machine, with all that it waits for
HEALED = 2 * STALL + 2  # seconds in which the next block waits for what a cut has held up

# What passes, by who sends it to whom, docs/protocol.md, section 9.
LINKS = ["hello", "ping", "pong", "bodies", "fetch", "piece"]
DISCOVERY = ["get-pointers", "pointers", "get-listings", "listings"]
SETUP = [
    "ask", "quote", "begin", "begun", "proposal", "acceptance", "base-terms", "base-signature", "announcements", "invitation",
    "seat", "keygen", "digest", "nonces", "partials", "tx0-signatures", "tx0",
]  # fmt: skip
CONTRACT = ["statement", "acknowledgement"]
STORIES = {  # what the verifier does wrong on purpose; the scheme that settles it; what passes besides
    "normal": (0, 3, ["verdict"]),
    "verifier-lies": (2, 7, ["question", "key", "echo", "decision"]),
}


NUMBERS = range(1, 7)  # of a name's packets from each node


def names_of(story):
    return LINKS + DISCOVERY + SETUP + CONTRACT + STORIES[story][2]


def plan_of(story, how, number):
    return [f"{name} {how} {number}" for name in names_of(story)]


class CutNode(Node):
    command = (CUT,)

    def __init__(self, test, name, *lines):
        super().__init__(test, name, *lines)
        self.told = os.path.join(self.dir, "cuts")
        self.environment = {
            "PROM_CUT": test.plan,
            "PROM_CUT_TOLD": self.told,
            "PROM_CUT_STALL": str(1000 * test.stall),
        }

    def told_lines(self):
        """The words of each: how, name, number, and more of a piece."""
        if not os.path.exists(self.told):
            return []
        with open(self.told, encoding="ascii") as file:
            return [line.split() for line in file.read().splitlines()]

    def packets(self):
        """(how, name) of all that it has sent, or has not."""
        return [tuple(words[:2]) for words in self.told_lines()]


class CutTest(MarketTest):
    NODE = CutNode
    OFFERS = 1
    stall = STALL
    story = "normal"
    discovers = True  # nobody is told of arbiters' offers, but by discovery

    def setUp(self):
        super().setUp()
        self.waited_for = 0
        self.write_plan([])

    def write_plan(self, lines):
        self.plan = self.write("plan", "".join(f"{line}\n" for line in lines))

    # -- Blocks wait for what is held up --

    def cuts(self):
        return sum(how != "sent" for node in self.nodes for how, _ in node.packets())

    def quiet(self):
        """Nor does anything wait for a link that failed a moment ago."""
        super().quiet()
        last, since = self.cuts(), time.monotonic()
        while self.mining.is_set() and last > self.waited_for and time.monotonic() - since < HEALED:
            time.sleep(0.1)
            now = self.cuts()
            if now != last:
                last, since = now, time.monotonic()
        if last > self.waited_for:
            self.waited_for = last
            super().quiet()

    # -- A contract --

    def open_market(self):
        """Six nodes, each of which knows one other and looks for the rest."""
        falsify, _, _ = STORIES[self.story]
        self.open_arbiters()
        peer = f"peer = {self.arbiters[0].key()}@{self.arbiters[0].address}"
        for arbiter in self.arbiters[1:]:
            arbiter.stop()
            arbiter.configure(f"offers = {self.announcements}", peer)
            arbiter.start()
        roles = ("worker", "verifier", "client")
        self.worker, self.verifier, self.client = [self.node(role, f"roles = {role}", peer) for role in roles]
        self.verifier.environment["PROM_CUT_FALSIFY"] = str(falsify)
        for node in (self.worker, self.verifier, self.client):
            node.configure(*([] if self.discovers else [f"offers = {self.announcements}"]))
            node.start()
        self.fund(self.worker, self.verifier, coins=3)
        self.fund(self.client, coins=6)
        self.assertTrue(wait_until(self.in_step, SECONDS))
        self.client.call("contacts.look", p=self.p, role="worker")
        if self.discovers:
            self.assertTrue(wait_until(self.client_knows, SECONDS), self.client.call("contacts.list"))

    def client_knows(self):
        """Whether it has found the worker, and the offers of all arbiters."""
        told = self.client.call("contacts.list")
        worker = any(one["node"] == self.worker.key() for one in told["contacts"])
        return worker and any(topic["announced"] >= self.ARBITERS * self.OFFERS for topic in told["topics"])

    def job_files(self):
        """A program, a batch for it, and what comes out."""
        return self.digits(3)

    def buy(self):
        """A contract with the worker and the verifier, which ends as the story does; its output is right."""
        program, batch, wanted = self.job_files()
        output = self.path("y.npy")
        self.keep_mining()
        command = self.start(
            "run", program, batch, "--worker", f"{self.worker.key()}@{self.worker.address}",
            "--verifier", f"{self.verifier.key()}@{self.verifier.address}", "--feerate", "3", "--contract", self.p,
            "-o", output, "--dir", self.client.dir, "--json",
        )  # fmt: skip
        said, errors = command.communicate(timeout=CONTRACT_SECONDS)
        self.assertEqual((command.returncode, errors), (0, b""), said)
        with open(output, "rb") as one, open(wanted, "rb") as other:
            self.assertEqual(one.read(), other.read())
        self.check_end(json.loads(said))

    def attempts(self, told):
        return self.client.call("job.show", id=told["job"])["attempts"]

    def check_end(self, told):
        """One contract was enough, its scheme is that of the story, and everybody has what it gives."""
        _, scheme, _ = STORIES[self.story]
        self.assertTrue(wait_until(lambda: self.attempts(told)[0]["over"], 2 * SECONDS), self.attempts(told))
        (attempt,) = self.attempts(told)
        self.assertEqual(attempt["end"], scheme, json.dumps(attempt))
        settled = self.rpc("getrawtransaction", attempt["txid"], 1)
        paid = [round(output["value"] * 100_000_000) for output in settled["vout"]]
        for payee in ("W", "V", "A_plus", "A_minus"):
            amount = attempt["got"][payee]
            self.assertTrue(amount == 0 or amount in paid, (payee, attempt["got"], paid))

    def packets(self):
        """How often what was done to which packets."""
        return collections.Counter(packet for node in self.nodes for packet in node.packets())
