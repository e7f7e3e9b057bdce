"""Peers without manners against one node: what they cost it is bounded, and one that has manners is served meanwhile.
With PROM_HOSTILE_SECONDS there are floods of each kind of packet, not of some alone, each attack lasts so long, and a
table of what it cost is printed (docs/performance.md)."""

import json
import os
import subprocess
import unittest

from contract import ContractTest, p2tr
from framework import SANITIZED, free_port, wait_until
from trade_case import SECONDS, Node

TOOLS = os.environ["PROM_TOOLS"]
TELLS = "PROM_HOSTILE_SECONDS" in os.environ
ATTACK_SECONDS = int(os.environ.get("PROM_HOSTILE_SECONDS", "2"))
FILL_SECONDS = 6  # until all that links may hold is held
FEE = 1000
LINKS = 120  # of an attacker at once; a node lets in 128 strangers
# What links may hold together is 64 MiB (prom_net_limits_usual), and 128 of them with TLS 60 kB each at most; of small
# packets that wait for their turn each holds 128 KiB. The rest is what the allocator keeps.
ALLOCATOR = 16 << 20
MEMORY_MAX = (64 << 20) + 128 * 60_000 + ALLOCATOR
FLOOD_MEMORY_MAX = LINKS * ((128 << 10) + 60_000) + ALLOCATOR
PATIENCE_MS = 20000 if SANITIZED else 10000  # of who is served meanwhile, on a machine that may be busy

# Every kind of packet, as tests/unit/wire/packets.h names them.
PACKETS = ("ask", "quote", "quote-refused", "hello", "envelope", "fetch", "piece-first", "piece", "piece-none", "bodies",
           "begin", "begun", "get-pointers", "pointers", "get-listings", "listings", "ping", "pong")  # fmt: skip
SAMPLE = ("ask", "envelope", "begin", "get-pointers", "listings", "deaf:get-listings")
DEAF = ("deaf:ping", "deaf:get-listings", "deaf:ask")  # who takes no answer
OTHERS = ("half-open", "half-shaken", "idle", "slow", "huge", "most")
NETWORKS = {"half-open": 100, "idle": 100, "ping": 100}  # that links come from; else one


class Hostile(ContractTest):
    def setUp(self):
        super().setUp()
        coin, value = self.coins("funder", 1)[0]
        script = self.tool("hostile", "p").strip()
        self.p = self.confirm(self.pay(2, f"in:{coin}", f"out:0:{script}", f"out:{value - FEE}:{p2tr('change')}"))
        self.node = Node(self, 1, roles="worker verifier", listen=f"127.0.0.1:{free_port()}", any_pool="yes")
        self.address = self.node.settings["listen"]
        self.node.start()
        self.rpc("generatetoaddress", 4, self.node.call("wallet.address")["address"])
        self.mine(100)
        self.assertTrue(wait_until(self.node.ready, SECONDS))

    def tool(self, name, *arguments):
        done = subprocess.run([os.path.join(TOOLS, f"tool.{name}"), *map(str, arguments)], capture_output=True, text=True,
                              check=False, timeout=600)  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def begin(self, *arguments):
        """tool.hostile, running, with what ends it."""
        process = subprocess.Popen([os.path.join(TOOLS, "tool.hostile"), *map(str, arguments)], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)  # fmt: skip
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def end(self, process):
        output, errors = process.communicate(timeout=SECONDS + 10 * ATTACK_SECONDS)
        self.assertEqual(process.returncode, 0, errors)
        return json.loads(output)

    def memory(self):
        """Bytes that the node has now."""
        with open(f"/proc/{self.node.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def attacked(self, what, seconds=ATTACK_SECONDS):
        """What an attack did, what it cost, and how the one with manners was served meanwhile."""
        tip = self.rpc("getblockcount")
        before, spent = self.memory(), self.node.processor_seconds()
        attack = self.begin("attack", self.address, what, LINKS, NETWORKS.get(what, 1), seconds, self.p, tip)
        honest = self.begin("honest", self.address, seconds, self.p)
        most = before
        while attack.poll() is None or honest.poll() is None:
            most = max(most, self.memory())
            wait_until(lambda: attack.poll() is not None and honest.poll() is not None, 0.1)
        did, served = self.end(attack), self.end(honest)
        told = {"what": what, "before": before, "most": most, "after": self.memory(),
                "processor": self.node.processor_seconds() - spent, **did, **served}  # fmt: skip
        if TELLS:
            print(f"| {what} | {did['opened']:,} | {did['said']:,} | {before / 1e6:.1f}, {most / 1e6:.1f}, {told['after'] / 1e6:.1f} "
                  f"| {100 * told['processor'] / seconds:.0f} % | {served['median_ms']}, {served['slowest_ms']} "
                  f"| {served['quotes']}, {served['slowest_quote_ms']} | {served['lost']} |", flush=True)  # fmt: skip
        return told

    def check(self, told, memory=MEMORY_MAX):
        """Bounded, and the other one served."""
        self.assertLess(told["most"] - told["before"], memory, told)
        self.assertGreater(told["pongs"], 0, told)
        self.assertGreater(told["quotes"], 0, told)
        self.assertLess(told["slowest_ms"], PATIENCE_MS, told)
        self.assertLess(told["slowest_quote_ms"], PATIENCE_MS, told)
        self.assertEqual(told["lost"], 0, told)
        self.assertTrue(self.node.ready())

    def test_floods(self):
        """Of every kind of packet, by peers that read what comes back and by such that do not."""
        for what in (*PACKETS, *DEAF) if TELLS else SAMPLE:
            with self.subTest(what=what):
                told = self.attacked(what)
                self.check(told, FLOOD_MEMORY_MAX)
                self.assertGreater(told["said"], 0)

    def test_links_that_stop(self):
        """Half open, half shaken, silent, slow, and with frames that are larger than any, or never whole."""
        for what in OTHERS:
            with self.subTest(what=what):
                told = self.attacked(what, max(ATTACK_SECONDS, FILL_SECONDS) if what == "most" else ATTACK_SECONDS)
                self.check(told)
                self.assertTrue(wait_until(lambda: self.memory() - told["before"] < ALLOCATOR, SECONDS), told)

    def test_setups_that_are_never_funded(self):
        """Ten thousand of them: a few are begun, and end where others want their place; the rest costs a look."""
        heard = 0
        while heard < 10000:
            told = self.attacked("begins", max(ATTACK_SECONDS, 8))
            self.check(told)
            self.assertGreater(told["heard"], 0, told)
            heard += told["heard"]
            self.assertLessEqual(self.node.call("node.info")["channels"], 16)
        begun = self.node.call("channel.list")["channels"]
        self.assertGreater(len(begun), 3)
        self.assertEqual({(channel["role"], channel["state"]) for channel in begun if not channel["closed"]},
                         {("worker", "setup")})  # fmt: skip
        coins = self.node.call("wallet.balance")
        self.assertEqual(coins["free"], coins["total"])  # none is tied up

    def test_proofs_that_are_none(self):
        self.assertEqual(
            dict(line.split() for line in self.tool("hostile", "proofs", self.address).splitlines()),
            {"right": "taken", "another's-key": "left", "replayed": "left", "other-side": "left", "another-chain": "left",
             "twice": "left"},
        )  # fmt: skip

    def test_lies_of_who_is_there(self):
        """Stolen and replayed pointers, and a crowd from one network."""
        told = dict(line.split() for line in self.tool("gossip", self.address, self.p, self.rpc("getblockcount")).splitlines())
        left = {"stolen", "forged", "nonsense", "unasked"}  # what no honest node could say
        self.assertEqual(told, {name: "left" if name in left else "taken" for name in told})
        known = {contact["address"] for contact in self.node.call("contacts.list")["contacts"]}
        crowd = {address for address in known if address.startswith("77.7.")}
        self.assertEqual(known - crowd, {"33.0.0.1:7067"})  # the true one
        self.assertLessEqual(len(crowd), 16)


if __name__ == "__main__":
    unittest.main()
