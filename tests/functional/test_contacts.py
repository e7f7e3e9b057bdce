"""Discovery on nodes that run, each a process of its own, over TCP on one machine: a client that knows one other node
finds a worker and an arbiter's offer through it, and knows them after a restart; with prom-dht where it was built."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import unittest

from contract import ContractTest, p2tr, tool
from framework import PROM, SANITIZED, free_port, wait_until

PROM_DHT = os.environ.get("PROM_DHT", str(pathlib.Path(__file__).resolve().parents[2] / "build-dht" / "prom-dht"))
SECONDS = 120 if SANITIZED else 60
STAKE = 3_000_000
FEE = 1000


class Node:
    """One `prom node` with a seed and a folder of its own."""

    def __init__(self, test, name, roles, *settings, listens=True):
        self.test = test
        self.home = test.path(name)
        self.folder = os.path.join(self.home, "regtest")
        self.address = f"127.0.0.1:{free_port()}"
        self.roles = roles
        self.listens = listens
        self.process = None
        os.makedirs(self.folder, 0o700)
        subprocess.run([PROM, "seed", "make", os.path.join(self.folder, "words")], check=True, capture_output=True)
        self.configure(*settings)

    def configure(self, *settings):
        lines = [
            "network = regtest",
            f"bitcoind_url = {self.test.status['url']}",
            f"bitcoind_cookie = {self.test.status['cookie']}",
            "bitcoind_poll_ms = 50",
            f"roles = {self.roles}",
            "any_fund = yes",
            "any_pool = yes",
            "three_arbiters_max = 2100000000000000",
            *([f"listen = {self.address}"] if self.listens else []),
            *settings,
        ]
        with open(os.path.join(self.home, "prom.conf"), "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        os.chmod(file.name, 0o600)

    def start(self):
        self.process = subprocess.Popen(
            [PROM, "node", "--dir", self.home], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.test.addCleanup(self.end, signal.SIGKILL)
        self.test.assertTrue(wait_until(lambda: self.ask("node.info", fails=True).get("ready"), SECONDS), self.log())
        return self

    def end(self, how=signal.SIGTERM):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=SECONDS)

    def ask(self, method, fails=False, **params):
        words = [f"{name}={value}" for name, value in params.items()]
        done = subprocess.run(
            [PROM, "rpc", method, *words, "--dir", self.home], capture_output=True, text=True, check=False, timeout=SECONDS
        )
        if done.returncode != 0:
            self.test.assertTrue(fails, done.stderr + self.log())
            return {}
        return json.loads(done.stdout)

    def key(self):
        return self.ask("node.info")["key"]

    def contacts(self):
        return self.ask("contacts.list")["contacts"]

    def knows(self, node, role=None):
        """What this one knows of that one, in that role; None: nothing."""
        key = node.key()
        found = [one for one in self.contacts() if one["node"] == key and (role is None or one["role"] == role)]
        return found[0] if found else None

    def topic(self, p_txid, role):
        found = [one for one in self.ask("contacts.list")["topics"] if (one["p"], one["role"]) == (p_txid, role)]
        return found[0] if found else {}

    def peer(self):
        return f"peer = {self.key()}@{self.address}"

    def log(self):
        path = os.path.join(self.folder, "node.log")
        return pathlib.Path(path).read_text(encoding="utf-8") if os.path.exists(path) else ""


class Contacts(ContractTest):
    def wait(self, condition, node):
        self.assertTrue(wait_until(condition, SECONDS), f"{json.dumps(node.ask('contacts.list'), indent=1)}\n{node.log()}")

    def publish_p(self):
        coin, value = self.coins("funder", 1)[0]
        return self.confirm(self.pay(2, f"in:{coin}", f"out:0:{tool('p')[0]}", f"out:{value - FEE}:{p2tr('change')}"))

    def publish_offer(self, p_txid):
        coin, value = self.coins("arbiter", 1)[0]
        stake, mark = tool("offer", p_txid, "arbiter")
        change = value - STAKE - FEE
        tx = self.pay(2, f"in:{coin}", f"out:{STAKE}:{stake}", f"out:0:{mark}", f"out:{change}:{p2tr('change')}")
        return self.confirm(tx)

    def test_one_peer_is_enough(self):
        p_txid = self.publish_p()
        offer = self.publish_offer(p_txid)
        offered_at = self.rpc("getblockcount")
        hub = Node(self, "hub", "verifier").start()
        worker = Node(self, "worker", "worker", hub.peer()).start()
        arbiter = Node(self, "arbiter", "arbiter", hub.peer()).start()
        announcement = tool("announce", p_txid, offer, "arbiter", arbiter.key(), arbiter.address, 1500)[0]
        arbiter.end()
        path = self.write("announcement", announcement + "\n", 0o600)
        arbiter.configure(hub.peer(), f"offer = {path}")
        arbiter.start()
        client = Node(self, "client", "client", hub.peer(), listens=False).start()
        self.assertIsNone(client.knows(worker))
        client.ask("contacts.look", p=p_txid, role="worker")
        self.wait(lambda: client.knows(worker, "worker"), client)
        found = client.knows(worker, "worker")
        self.assertEqual(found["address"], worker.address)
        self.wait(lambda: client.topic(p_txid, "arbiter").get("announced") == 1, client)
        self.assertIn(offer[:16], client.log())
        self.assertTrue(client.knows(arbiter, "arbiter")["reached"])
        # What the chain holds of the arbiter, and of nobody else: the offer whose key has named its node.
        its = {"count": 1, "stake": STAKE, "first": offered_at}
        self.assertEqual(client.knows(arbiter, "arbiter")["offers"], its)
        self.assertIsNone(client.knows(worker, "worker")["offers"])
        (shown,) = client.ask("contract.show", contract=p_txid)["offers"]
        self.assertEqual((shown["txid"], shown["node"], shown["retainer"]), (offer, arbiter.key(), 1500))
        told = self.prom_json("peers", "--dir", client.home)
        self.assertEqual({one["from"] for one in told["contacts"]} - {"configuration", "reached", "peers", "link"}, set())
        said = self.prom("peers", "--dir", client.home)[0]
        self.assertIn(worker.address, said)
        self.assertIn(f"  1 offers, {STAKE} sat\n", said)
        # Whom nobody told of was heard of at no height.
        self.assertEqual({one["heard_at"] is None for one in told["contacts"]}, {True, False})
        self.assertIn("heard at -  ", said)
        self.assertNotIn("heard at 0", said)
        # The worker serves the P as well, and so hears of its arbiters, without anybody's asking it to.
        self.wait(lambda: worker.topic(p_txid, "arbiter").get("announced") == 1, worker)
        # Over a restart it knows whom it knew, though nobody is there any more to tell it.
        for node in (hub, worker, arbiter, client):
            node.end()
        with open(os.path.join(client.folder, "contacts"), "rb") as file:
            self.assertGreater(len(file.read()), 100)
        client.start()
        self.wait(lambda: client.topic(p_txid, "arbiter").get("announced") == 1, client)
        known = {one["address"] for one in client.contacts()}
        self.assertLessEqual({worker.address, arbiter.address}, known)
        # A damaged file costs that, and nothing else.
        client.end()
        with open(os.path.join(client.folder, "contacts"), "r+b") as file:
            file.seek(50)
            file.write(b"damage")
        client.start()
        self.assertEqual([one["from"] for one in client.contacts()], ["configuration"])
        self.assertTrue(os.path.exists(os.path.join(client.folder, "contacts.damaged")))
        self.assertIn("nothing else is lost", client.log())

    def test_what_is_refused(self):
        for settings, says in (
            (("dht = yes", "proxy = 127.0.0.1:9050"), "no SOCKS5 proxy carries"),
            (("peer = 00@127.0.0.1:1",), "is not KEY@ADDRESS"),
        ):
            node = Node(self, f"refused{len(says)}", "client", *settings)
            done = subprocess.run(
                [PROM, "node", "--dir", node.home], capture_output=True, text=True, check=False, timeout=SECONDS
            )
            self.assertEqual(done.returncode, 2)
            self.assertIn(says, done.stderr)

    def test_without_discovery(self):
        p_txid = self.publish_p()
        hub = Node(self, "hub", "worker").start()
        client = Node(self, "client", "client", hub.peer(), "discovery = no").start()
        self.wait(lambda: client.knows(hub)["linked"], client)
        self.assertFalse(client.ask("contacts.list")["discovery"])
        self.assertEqual(client.ask("contacts.look", fails=True, p=p_txid, role="worker"), {})

    @unittest.skipUnless(os.access(PROM_DHT, os.X_OK), "prom-dht was not built: make dht")
    def test_prom_dht(self):
        p_txid = self.publish_p()
        port = free_port(socket.SOCK_DGRAM)
        first = ("dht = yes", f"dht_program = {PROM_DHT}", f"dht_port = {port}")
        others = ("dht = yes", f"dht_program = {PROM_DHT}", f"dht_bootstrap = 127.0.0.1:{port}")
        hub = Node(self, "hub", "verifier", *first).start()
        worker = Node(self, "worker", "worker", *others).start()
        client = Node(self, "client", "client", *others, listens=False).start()
        self.wait(lambda: client.ask("contacts.list")["dht"]["up"], client)
        client.ask("contacts.look", p=p_txid, role="worker")
        self.wait(lambda: client.knows(worker, "worker"), client)
        # One that dies is started again.
        starts = client.ask("contacts.list")["dht"]["starts"]
        children = pathlib.Path(f"/proc/{client.process.pid}/task/{client.process.pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGKILL)
        self.wait(lambda: client.ask("contacts.list")["dht"]["starts"] > starts, client)
        self.assertIn("it is started again by itself", client.log())
        self.wait(lambda: client.ask("contacts.list")["dht"]["up"], client)
        for node in (hub, worker, client):
            node.end()
        time.sleep(0.1)
        self.assertFalse(pathlib.Path(f"/proc/{children[0]}").exists())

    def test_prom_dht_that_is_not_there(self):
        node = Node(self, "node", "client", "dht = yes", "dht_program = /nowhere/prom-dht").start()
        self.wait(lambda: "it is started again by itself" in node.log(), node)
        self.assertFalse(node.ask("contacts.list")["dht"]["up"])


if __name__ == "__main__":
    unittest.main()
