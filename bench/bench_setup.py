#!/usr/bin/env python3
"""Measures how long a contract takes to come about, from the client's first word to its worker and verifier to Tx0 in
mempools: the table of "A contract's setup" in docs/performance.md.

  bench/bench_setup.py [--contracts N] [--trips] [--delay MS]...

Six nodes of three arbiters, each a process of its own, on a devnet; blocks are mined when the draw waits for them. Once for
each delay, 0 (loopback) and 100 where none is given: milliseconds from a node to any other, with 1 % of all pieces lost,
which come when they are sent anew (tests/functional/ways.py). Takes a few minutes. Needs build/prom, build/tests/tool.own,
tool.contract, and bitcoind.
"""

import argparse
import json
import os
import pathlib
import socket
import statistics
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
os.environ.setdefault("PROM", str(ROOT / "build" / "prom"))
os.environ.setdefault("PROM_SOURCE", str(ROOT))
os.environ.setdefault("PROM_TOOLS", str(ROOT / "build" / "tests"))
sys.path.insert(0, str(ROOT / "tests" / "functional"))

from market_case import SECONDS, MarketTest  # noqa: E402  pylint: disable=wrong-import-position
from ways import Ways  # noqa: E402  pylint: disable=wrong-import-position

LOSS = 0.01
RTO_MIN = 0.2  # seconds, Linux' least time until a segment is sent anew, on top of the way there and back
PARTIES = 6
TRIPS_AT = (100, 500)  # milliseconds
BLOCKS = 7  # the draw's is 5 above the tip, and has 2 on it
STATES = ["proposed", "base", "held", "seating", "keying", "agreed", "signing", "complete"]
AFTER = [*STATES, "Tx0"]


class Events(threading.Thread):
    """Of one node: (seconds, kind, channel, text)."""

    def __init__(self, node):
        super().__init__(daemon=True)
        self.node = node
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(os.path.join(node.folder, "rpc"))
        self.socket.sendall(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "events.follow"}).encode() + b"\n")
        self.seen = []
        self.start()

    def run(self):
        for line in self.socket.makefile("rb"):
            event = json.loads(line).get("params", {})
            self.seen.append((time.monotonic(), event.get("kind"), event.get("channel"), event.get("text", "")))

    def wait(self, kind, text, after):
        """When that was, the first time after that moment."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            for at, its, _, said in list(self.seen):
                if at > after and its == kind and said.startswith(text):
                    return at
            time.sleep(0.001)
        raise TimeoutError(f"{self.node.name}: no {kind} '{text}' after {self.seen[-5:]}")


class Setup(MarketTest):
    def runTest(self):
        pass

    def node(self, name, *lines):
        node = super().node(name, *lines)
        if self.ways is not None:
            node.lines = (*node.lines, f"proxy = {self.ways.proxy_of(name, node.address)}")
        return node

    def open(self, ways, contracts):
        self.ways, self.OFFERS = ways, contracts
        self.open_arbiters()
        self.worker = self.open_node("worker", "roles = worker")
        self.verifier = self.open_node("verifier", "roles = verifier")
        self.client = self.open_node("client", "roles = client")
        self.fund(self.worker, self.verifier, coins=2 * contracts + 1)
        self.fund(self.client, coins=4 * contracts + 2)
        self.wait_in_step()
        self.events, *self.others = [Events(node) for node in (self.client, self.worker, self.verifier)]
        self.program, self.batch, _ = self.digits(contracts)

    def cpu(self):
        """Seconds of processor time of all nodes."""
        ticks = 0
        for node in self.nodes:
            fields = pathlib.Path(f"/proc/{node.process.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def wait_for_tx0(self):
        """When the mempool has it, whoever of those who have it whole has published it: six parties have inputs in it."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            for txid in self.rpc("getrawmempool"):
                if len(self.rpc("getrawtransaction", txid, 1)["vin"]) >= PARTIES:
                    return time.monotonic()
            time.sleep(0.005)
        raise TimeoutError("Tx0 is not in the mempool")

    def measure(self):
        """Seconds from the owner's order to each state of the client's; those until blocks come are not counted."""
        began, cpu = time.monotonic(), self.cpu()
        self.prom_json(
            "run", self.program, self.batch, "--detach", "--again", "--worker", f"{self.worker.key()}@{self.worker.address}",
            "--verifier", f"{self.verifier.key()}@{self.verifier.address}", "--feerate", "3", "--contract", self.p,
            "--dir", self.client.dir,
        )  # fmt: skip
        at = {state: self.events.wait("state", state, began) for state in STATES[: STATES.index("held") + 1]}
        at["held"] = max(at["held"], *(others.wait("state", "held", began) for others in self.others))
        self.wait_in_step()
        self.mine(BLOCKS)
        mined = time.monotonic()
        at |= {state: self.events.wait("state", state, mined) for state in STATES[STATES.index("seating") :]}
        at["Tx0"] = self.wait_for_tx0()
        waited = mined - at["held"]
        took = {state: when - began - (waited if when > mined else 0) for state, when in at.items()}
        return took | {"cpu": self.cpu() - cpu}


def measure(delay, loss, contracts):
    """What each contract has taken, and the ways that it went."""
    ways = Ways(delay / 1000, loss, 2 * delay / 1000 + RTO_MIN) if delay > 0 else None
    setup = Setup()
    try:
        setup.setUp()
        setup.open(ways, contracts)
        measured = []
        for _ in range(contracts):
            measured.append(setup.measure())
            setup.mine(1)
            setup.wait_in_step()
    finally:
        setup.doCleanups()
        if ways is not None:
            ways.end()
    return measured, ways


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contracts", type=int, default=5)
    parser.add_argument("--delay", type=int, action="append")
    parser.add_argument("--trips", action="store_true", help="count what must go one after the other, too")
    given = parser.parse_args()
    print("| delay, ms | " + " | ".join(AFTER) + " | from terms: least, most | CPU | pieces, lost |")
    print("|--:|" + "--:|" * (len(AFTER) + 3))
    for delay in given.delay or [0, 100]:
        measured, ways = measure(delay, LOSS, given.contracts)
        times = [f"{statistics.median(one[state] for one in measured):.2f}" for state in AFTER]
        from_terms = [one["Tx0"] - one["proposed"] for one in measured]
        cpu = statistics.median(one["cpu"] for one in measured)
        pieces = f"{ways.carried:,}, {ways.lost}" if ways is not None else ""
        spread = f"{min(from_terms):.2f}, {max(from_terms):.2f}"
        print(f"| {delay} | {' | '.join(times)} | {spread} | {cpu:.2f} | {pieces} |", flush=True)
    if given.trips:
        count_trips(given.contracts)


def count_trips(contracts):
    """How often something must go from one node to another before the next can: what a longer delay costs, by the delay."""
    slow = [[one["Tx0"] - one["proposed"] for one in measure(delay, 0, contracts)[0]] for delay in TRIPS_AT]
    trips = (statistics.median(slow[1]) - statistics.median(slow[0])) / (TRIPS_AT[1] - TRIPS_AT[0]) * 1000
    print(f"\none way after the other, from terms to Tx0: {trips:.1f}")


if __name__ == "__main__":
    main()
