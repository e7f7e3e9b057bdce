"""What the tests of watchtowers share: a contract on a chain, a party's data folder, towers that run."""

import json
import os
import subprocess
import threading

import framework
from tree_case import TreeTest
from tree_contract import TERMS, Contract, fund, pay, run_driver

LISTENER = os.path.join(os.environ["PROM_TOOLS"], "tool.listener")
PLACES = {"client": 0, "worker": 1, "verifier": 2, "arbiter": 3}


class Tower:
    """A `prom tower run` and the events that it has told."""

    def __init__(self, test, *arguments):
        self.process = test.start("tower", "run", *arguments, "--json", "--poll", "30")
        self.events = []
        self.thread = threading.Thread(target=self.read)
        self.thread.start()
        test.addCleanup(self.stop)

    def read(self):
        for line in self.process.stdout:
            self.events.append(json.loads(line))

    def end(self, signal_it):
        if self.process.poll() is None:
            signal_it()
        code = self.process.wait(60)
        self.thread.join()
        self.process.stdout.close()
        self.process.stderr.close()
        return code

    def stop(self):
        return self.end(self.process.terminate)

    def kill(self):
        self.end(self.process.kill)

    def told(self, event, **members):
        return [it for it in self.events if it["event"] == event and all(it[name] == members[name] for name in members)]


class Arbiter:
    """Somebody who listens where an arbiter does, greets, and writes down what comes; it acknowledges nothing."""

    def __init__(self, test, name):
        self.path = test.path(name)
        self.got = b""
        self.process = subprocess.Popen(
            [LISTENER, self.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        test.addCleanup(self.close)
        threading.Thread(target=self.read, daemon=True).start()
        test.assertTrue(framework.wait_until(lambda: os.path.exists(self.path)))

    def read(self):
        while chunk := os.read(self.process.stdout.fileno(), 65536):
            self.got += chunk

    def close(self):
        self.process.stdin.close()
        self.process.wait(framework.COMMAND_SECONDS)
        self.process.stdout.close()


class TowerTest(TreeTest):
    def make(self, role="client", with_coins=(), **facts):
        """A contract whose Tx0 is in a block, and the folder of the party that has it."""
        funding, funded = fund(0, [{**TERMS, "publisher": PLACES[role]}])
        self.found(funding, *with_coins)
        folder = {"path": self.path("data"), "name": "ours", "tip": self.chain.height() + 1, **facts}
        if role == "worker":
            folder["tx0"] = self.chain.height() + 1
        request = {**funded[0], "folder": folder}
        contract = Contract(request, run_driver(request))
        contract.heights["Tx0"] = self.mine_now(contract, "Tx0")
        return contract

    def mine_now(self, contract, name):
        self.chain.mine_only([contract.tx[name]["signed"]])
        return self.chain.height()

    def export(self, *options, name="tower"):
        path = self.path(name)
        answer = self.prom_json("tower", "export", "ours", "--dir", self.path("data"), "--output", path, *options)
        self.assertEqual(answer["output"], path)
        return path

    def tower(self, *arguments):
        return Tower(self, *arguments, "--rpc", self.chain.status["url"], "--cookie", self.chain.status["cookie"])

    def mempool(self):
        return set(self.chain.rpc("getrawmempool"))

    def mine_to(self, tip):
        if tip > self.chain.height():
            self.chain.mine(tip - self.chain.height())

    def check_quiet_until(self, tip):
        """Block by block, nothing is published before this tip."""
        while self.chain.height() < tip - 1:
            self.chain.mine()
            self.assertEqual(self.mempool(), set(), self.chain.height())
        self.assertFalse(framework.wait_until(self.mempool, 0.5), "something was published too early")
        self.chain.mine()

    def wait_for(self, contract, name):
        """It comes into the mempool at this tip; then it is in a block."""
        txid = contract.tx[name]["txid"]
        self.assertTrue(framework.wait_until(lambda: txid in self.mempool(), 20), f"{name} was not published")
        self.chain.mine()
        self.assertEqual(self.chain.rpc("getrawmempool"), [])
        contract.heights[name] = self.chain.height()
        self.assertIn(txid, self.chain.rpc("getblock", self.chain.rpc("getbestblockhash"))["tx"])

    def make_key(self, *values):
        """A key, and a transaction that sends coins of these values to it."""
        path = self.path("key")
        address = self.prom_json("tower", "key", "--output", path, "--network", "regtest")["address"]
        script = self.chain.rpc("validateaddress", address)["scriptPubKey"]
        return path, pay(1, [{"value": value, "script": script} for value in values]).hex()
