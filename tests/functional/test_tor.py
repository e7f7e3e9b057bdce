"""Nodes that reach each other by Tor alone, by real `tor` processes in a network of their own: arbiters and a worker behind
onion services, and a client that nobody can reach. Its tor is killed and started again while a contract runs."""

import json
import unittest

from contract import tool
from framework import free_port, wait_until
from market_case import FEERATE, SECONDS, MarketTest, Node
from tor_net import TorNet, lacking

OVER_TOR = 600  # seconds that a contract may take
OLD = 10  # blocks after which an offer counts
ROLES = {"worker": "worker", "client": "client, verifier"}
SERVED = ("arbiter-1", "arbiter-2", "arbiter-3", "worker")


class TorNode(Node):
    """It listens at the loopback interface, where its tor alone knows it; others know its onion address."""

    def __init__(self, test, name, *lines):
        super().__init__(test, name, f"proxy = {test.proxies[name]}", *lines)
        self.listens = False
        if name in SERVED:
            self.address = test.onions[name]
            self.lines += (f"listen = 127.0.0.1:{test.ports[name]}", f"advertise = {self.address}")


class Tor(MarketTest):
    NODE = TorNode

    def setUp(self):
        if lacking() is not None:
            self.skipTest(f"there is no {lacking()} on this machine")
        super().setUp()
        net = TorNet(self)
        self.ports = {name: free_port() for name in SERVED}
        arbiters = {name: port for name, port in self.ports.items() if name != "worker"}
        _, one, self.onions = net.client("arbiters", **arbiters)
        _, two, worker = net.client("worker", worker=self.ports["worker"])
        self.tor, three, _ = net.client("client")
        self.onions |= worker
        self.proxies = {name: one for name in arbiters} | {"worker": two, "client": three}

    def pay(self, node, method, **params):
        txid = node.call(method, feerate=1000 * FEERATE, **params)["txid"]
        self.assertTrue(wait_until(lambda: txid in self.rpc("getrawmempool"), SECONDS), node.log())
        return txid

    def open_arbiters(self):
        """Their own nodes publish P, and make and announce an offer each."""
        self.arbiters = [self.open_node(name) for name in SERVED[:-1]]
        self.fund(*self.arbiters, coins=3)
        self.wait_in_step()
        self.p = self.pay(self.arbiters[0], "contract.publish", encoding=tool("p")[0][6:])
        self.mine(2)
        self.wait_in_step()
        for arbiter in self.arbiters:
            self.pay(arbiter, "offer.make", contract=self.p, retainer=1500)
        self.mine(OLD)
        self.wait_in_step()

    def open_node(self, name):
        first = self.nodes[0] if self.nodes else None
        node = self.node(name, f"roles = {ROLES.get(name, 'arbiter')}", *([f"peer = {first.key()}@{first.address}"] if first else []))
        node.configure()
        node.start()
        return node

    def open_market(self):
        self.open_arbiters()
        self.worker, self.client = self.open_node("worker"), self.open_node("client")
        self.fund(self.worker, coins=3)
        self.fund(self.client, coins=6)
        self.wait_in_step()
        self.client.call("contacts.look", p=self.p, role="worker")
        self.assertTrue(wait_until(self.client_knows, SECONDS), self.client.call("contacts.list"))

    def client_knows(self):
        """Whether the worker, and all offers, have been found by asking one node."""
        told = self.client.call("contacts.list")
        worker = any(one["node"] == self.worker.key() for one in told["contacts"])
        return worker and any(topic["announced"] >= len(self.arbiters) for topic in told["topics"])

    def cut_when_it_computes(self):
        """The client's tor is killed, and links with it; the contract waits for its next start."""
        self.assertTrue(wait_until(lambda: "computation" in self.worker.log(), OVER_TOR), self.worker.log())
        self.held.set()
        self.tor.kill()
        self.assertTrue(wait_until(lambda: not self.client.call("peers.list")["links"], SECONDS), self.client.call("peers.list"))
        self.tor.start()
        self.tor.wait(again=1)
        self.held.clear()

    def addresses(self):
        """Where nodes know others to be."""
        for node in self.nodes:
            for contact in node.call("contacts.list")["contacts"]:
                if contact["address"] is not None:
                    yield contact["address"]

    def test_contract(self):
        self.open_market()
        program, batch, wanted = self.digits(3)
        output = self.path("y.npy")
        self.keep_mining()
        command = self.start(
            "run", program, batch, "--worker", f"{self.worker.key()}@{self.worker.address}", "--feerate", "3", "--contract",
            self.p, "-o", output, "--dir", self.client.dir, "--json",
        )  # fmt: skip
        self.cut_when_it_computes()
        said, errors = command.communicate(timeout=OVER_TOR)
        self.assertEqual((command.returncode, errors), (0, b""), said)
        with open(output, "rb") as one, open(wanted, "rb") as other:
            self.assertEqual(one.read(), other.read())
        (attempt,) = self.client.call("job.show", id=json.loads(said)["job"])["attempts"]
        self.assertEqual(attempt["worker"], self.worker.key())
        # Nobody knows another by any address but an onion name.
        addresses = list(self.addresses())
        self.assertTrue(any(address == self.worker.address for address in addresses), addresses)
        self.assertEqual({address for address in addresses if ".onion:" not in address}, set())
        for name, port in self.ports.items():
            for node in self.nodes:
                if node.name != name:
                    self.assertNotIn(f"127.0.0.1:{port}", node.log(), (name, node.name))


if __name__ == "__main__":
    unittest.main()
