"""Watchtowers before a real bitcoind: what they publish, when, and what they cannot do."""

import hashlib
import os
import stat
import unittest

import framework
from chain_node import Node
from framework import free_port
from tower_case import Arbiter, Tower, TowerTest
from tree_contract import TERMS

MARGIN = 2  # regtest's s
ALL = ("Tx1", "Tx5", "Tx6")


class WhatIsDue(TowerTest):
    def test_nobody_moves(self):
        contract = self.make()
        tower = self.tower(self.export())
        self.check_quiet_until(contract.heights["Tx0"] + TERMS["t3"] - 1)
        self.wait_for(contract, "Tx1")
        self.check_coins(contract, "Tx1")
        self.assertTrue(framework.wait_until(lambda: tower.told("state", state="settled")))
        self.chain.mine(99)
        self.assertIsNone(tower.process.poll())
        self.chain.mine()
        self.assertTrue(framework.wait_until(lambda: tower.process.poll() == 0))
        self.assertEqual(len(tower.told("over")), 1)
        self.assertEqual([it["state"] for it in tower.told("state")], ["locked", "settled"])

    def test_accused(self):
        contract = self.make("verifier")
        tower = self.tower(self.export())
        self.mine_to(contract.heights["Tx0"] + TERMS["t1"])
        accused = self.mine_now(contract, "TxV0")
        self.assertTrue(framework.wait_until(lambda: tower.told("state", state="accused", block=accused)))
        self.check_quiet_until(accused + TERMS["t2"] - TERMS["t1"] - 1)
        self.wait_for(contract, "Tx5")
        self.check_coins(contract, "Tx5")

    def test_appeals_for_a_worker(self):
        """TxA waits until it is almost too late: a worker that is back in time does it itself."""
        arbiters = [Arbiter(self, f"a{number}") for number in (1, 2)]
        contract = self.make("worker", receipts=2, addresses=[it.path for it in arbiters])
        h_p = bytes.fromhex(contract.answer["secrets"]["h_p"])
        path = self.export("--with-package")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.tower(path)
        self.mine_to(contract.heights["Tx0"] + TERMS["t1"])
        accused = self.mine_now(contract, "TxV0")
        last = accused + TERMS["t2"] - TERMS["t1"] - MARGIN - 1
        self.check_quiet_until(last - MARGIN)
        self.assertFalse(any(h_p in it.got for it in arbiters), "h_p was shown before the appeal is in a block")
        self.wait_for(contract, "TxA")
        self.check_coins(contract, "TxA")
        self.assertTrue(framework.wait_until(lambda: all(h_p in it.got for it in arbiters)))
        self.assertTrue(all(it.got.count(h_p) > 1 or framework.wait_until(lambda it=it: it.got.count(h_p) > 1)
                            for it in arbiters), "what nobody acknowledges is sent again")  # fmt: skip
        self.check_quiet_until(contract.heights["TxA"] + TERMS["t4"] - 1)
        sent = [len(it.got) for it in arbiters]
        self.wait_for(contract, "Tx6")
        self.check_coins(contract, "Tx6")
        self.assertEqual(sent, [len(it.got) for it in arbiters], "the evidence's window is over")

    def test_holds_an_appeal_that_nobody_would_hear(self):
        """One of three arbiters listens, and it may be the one that is bribed: #4 is cheaper than #6."""
        arbiter = Arbiter(self, "a1")
        contract = self.make("worker", receipts=2, addresses=[arbiter.path, self.path("a2")])
        tower = self.tower(self.export("--with-package"))
        self.mine_to(contract.heights["Tx0"] + TERMS["t1"])
        accused = self.mine_now(contract, "TxV0")
        self.check_quiet_until(accused + TERMS["t2"] - TERMS["t1"] - 1)
        self.assertTrue(framework.wait_until(lambda: tower.told("held", reached=1, needed=2)))
        self.wait_for(contract, "Tx5")
        self.check_coins(contract, "Tx5")

    def test_does_not_appeal_without_the_package(self):
        contract = self.make("worker", receipts=2)
        path = self.export()
        self.tower(path)
        self.mine_to(contract.heights["Tx0"] + TERMS["t1"])
        accused = self.mine_now(contract, "TxV0")
        self.check_quiet_until(accused + TERMS["t2"] - TERMS["t1"] - 1)
        self.wait_for(contract, "Tx5")

    def test_reorganised_away(self):
        """Tx1's block goes, and so does Tx0's: what was published is published again, by the new blocks."""
        contract = self.make()
        tower = self.tower(self.export())
        self.mine_to(contract.heights["Tx0"] + TERMS["t3"] - 1)
        self.wait_for(contract, "Tx1")
        self.assertTrue(framework.wait_until(lambda: tower.told("state", state="settled")))
        self.chain.rpc("invalidateblock", self.chain.rpc("getblockhash", contract.heights["Tx0"]))
        self.chain.payee = "raw(51)"
        self.chain.mine_only([])
        self.chain.mine_only([])
        contract.heights = {"Tx0": self.mine_now(contract, "Tx0")}
        self.mine_to(contract.heights["Tx0"] + TERMS["t3"] - 1)
        self.wait_for(contract, "Tx1")
        self.assertTrue(framework.wait_until(lambda: len(tower.told("state", state="settled")) == 2))
        self.assertEqual(tower.stop(), 0)


class Faults(TowerTest):
    def test_killed_at_any_time(self):
        contract = self.make()
        path = self.export()
        due = contract.heights["Tx0"] + TERMS["t3"] - 1
        self.tower(path).kill()
        self.mine_to(due - 1)
        tower = self.tower(path)
        self.assertTrue(framework.wait_until(lambda: tower.told("state", state="locked")))
        tower.kill()
        self.chain.mine()
        tower = self.tower(path)
        self.assertTrue(framework.wait_until(lambda: tower.told("transaction", name="Tx1", state="sent")))
        tower.kill()
        tower = self.tower(path)
        self.assertTrue(framework.wait_until(lambda: tower.told("transaction", name="Tx1", state="waits")))
        self.wait_for(contract, "Tx1")
        self.tower(path).kill()
        tower = self.tower(path)
        self.assertTrue(framework.wait_until(lambda: tower.told("state", state="settled")))
        self.assertEqual(tower.told("transaction"), [])
        self.assertEqual(tower.stop(), 0)

    def test_two_at_once(self):
        contract = self.make()
        path = self.export()
        towers = [self.tower(path), self.tower(path, self.export(name="again"))]
        self.mine_to(contract.heights["Tx0"] + TERMS["t3"] - 1)
        self.wait_for(contract, "Tx1")
        for tower in towers:
            self.assertTrue(framework.wait_until(lambda tower=tower: tower.told("state", state="settled")))
            self.assertEqual(tower.stop(), 0)
            self.assertEqual(tower.told("transaction", state="refused"), [])

    def test_bitcoind_that_does_not_answer(self):
        contract = self.make()
        path = self.export()
        nobody = f"http://127.0.0.1:{free_port()}"
        tower = Tower(self, path, "--rpc", nobody, "--cookie", self.chain.status["cookie"])
        self.assertTrue(framework.wait_until(lambda: tower.told("chain")))
        self.assertIsNone(tower.process.poll())
        self.assertEqual(tower.stop(), 0)
        self.assertEqual(contract.next(), None)

    def test_text(self):
        """Who reads it knows what is waited for, and for whom nobody answers."""
        contract = self.make()
        nobody = f"http://127.0.0.1:{free_port()}"
        tower = self.start("tower", "run", self.export(), "--rpc", nobody, "--cookie", self.chain.status["cookie"])
        lines = [tower.stdout.readline().decode() for _ in range(2)]
        tower.terminate()
        tower.communicate(timeout=framework.COMMAND_SECONDS)
        self.assertIn(f"nobody listens at {nobody}; is bitcoind running?", lines[0])
        self.assertEqual(lines[1], contract.answer["contract_id"][:16] + ": waiting for Tx0\n")

    def test_damaged_file(self):
        self.make()
        path = self.export()
        with open(path, "rb") as file:
            content = file.read()
        cases = [content[:at] for at in (0, 8, 9, 100, len(content) - 1)] + [content + b"\0"]
        for at in range(0, len(content), 97):
            cases.append(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        for case in cases:
            with open(path, "wb") as file:
                file.write(case)
            error = self.prom("tower", "run", path, "--rpc", self.chain.status["url"], "--cookie",
                              self.chain.status["cookie"], code=2)[1]  # fmt: skip
            self.assertIn("for a watchtower", error)
            self.assertIn(path, error)

    def test_pipe_that_nobody_writes_to(self):
        os.mkfifo(self.path("pipe"))
        asked = ("--rpc", "http://127.0.0.1:1", "--cookie", self.path("none"))
        self.fails("tower", "run", self.path("pipe"), *asked, code=2, says=["pipe is a pipe", "give a file"])

    def test_wrong_network(self):
        self.make()
        path = self.export()
        other = Node(self, "other", chain="signet")
        error = self.prom("tower", "run", path, "--rpc", other.status["url"], "--cookie", other.status["cookie"], code=2)[1]
        self.assertIn("regtest", error)
        self.assertIn("signet", error)

    def test_export_is_refused(self):
        contract = self.make("worker", receipts=1)
        base = ("tower", "export", "ours", "--dir", self.path("data"), "--output", self.path("x"))
        self.assertIn("2 receipts", self.prom(*base, "--with-package", code=2)[1])
        self.assertFalse(os.path.exists(self.path("x")))
        self.assertIn("no channel theirs", self.prom(*base[:2], "theirs", *base[3:], code=2)[1])
        for name in ("ours", contract.answer["contract_id"][:8]):
            self.prom(*base[:2], name, *base[3:])

    def test_seed_with_a_passphrase(self):
        """h_p and k_p follow from the passphrase too: an export without it would be of secrets that open nothing."""
        contract = self.make("worker", receipts=2, passphrase="correct horse")
        self.write("phrase", "correct horse\n", mode=0o600)
        self.write("wrong", "correct mule\n", mode=0o600)
        base = ("tower", "export", "ours", "--dir", self.path("data"), "--output", self.path("x"), "--with-package")
        for given in ((), ("--passphrase", self.path("wrong"))):
            self.fails(*base, *given, code=2, says=["its words or its passphrase are others"])
        self.assertFalse(os.path.exists(self.path("x")))
        self.prom(*base, "--passphrase", self.path("phrase"))
        with open(self.path("x"), "rb") as file:
            self.assertIn(bytes.fromhex(contract.answer["secrets"]["h_p"]), file.read())

    def test_key_is_never_replaced(self):
        path = self.path("key")
        self.prom("tower", "key", "--output", path, "--network", "main")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.assertIn("never replaced", self.prom("tower", "key", "--output", path, "--network", "main", code=2)[1])
        self.make()
        os.chmod(path, 0o644)
        self.assertIn("open to others", self.prom("tower", "run", self.export(), "--rpc", "http://127.0.0.1:1", "--cookie",
                                                  "x", "--coins", path, code=2)[1])  # fmt: skip


class Dear(TowerTest):
    """A node whose mempool asks more than the contract pays."""

    def start_node(self):
        node = Node(self, "node", "-minrelaytxfee=0.00005", "-incrementalrelayfee=0.00002")
        node.mine(110)
        return node.status

    def make_with_coins(self, *values):
        key, payment = self.make_key(*values)
        contract = self.make(with_coins=[payment])
        return contract, key

    def test_bumps_with_its_coins(self):
        contract, key = self.make_with_coins(50_000, 70_000)
        tower = self.tower(self.export(), "--coins", key)
        self.mine_to(contract.heights["Tx0"] + TERMS["t3"] - 1)
        self.assertTrue(framework.wait_until(lambda: tower.told("transaction", name="Tx1", state="sent"), 20))
        (sent,) = tower.told("transaction", name="Tx1", state="sent")
        self.assertEqual(self.mempool(), {contract.tx["Tx1"]["txid"], sent["child"]})
        self.assertGreaterEqual(sent["feerate"], 5000)
        anchor, coin = self.chain.rpc("getrawtransaction", sent["child"], True)["vin"]
        self.assertEqual(anchor["txid"], contract.tx["Tx1"]["txid"])
        self.assertEqual(self.chain.coin(coin["txid"], coin["vout"])[0], 70_000)
        tower.kill()
        again = self.tower(self.path("tower"), "--coins", key)
        self.assertTrue(framework.wait_until(lambda: again.told("transaction", name="Tx1", state="waits"), 20))
        self.wait_for(contract, "Tx1")
        self.check_coins(contract, "Tx1", anchor_spent=True)

    def forged(self, path, name):
        """The file of a contract that is none: its Tx1 pays another sum, and nobody has signed that."""
        with open(path, "rb") as file:
            content = bytearray(file.read()[:-32])
        tx = 8 + 1 + 32 + 32 + 4 + 1 + 1 + 4 + 4 + 1 + 8 + 8 + 4
        content[tx + 4 + 2 + 1 + 36 + 1 + 4 + 1] ^= 1  # version, marker and flag, the input, the number of outputs
        tag = hashlib.sha256(b"prometheus/tower").digest()
        with open(self.path(name), "wb") as file:
            file.write(content + hashlib.sha256(tag + tag + content).digest())
        return self.path(name)

    def test_forged_files_take_no_coin_from_others(self):
        contract, key = self.make_with_coins(50_000)
        path = self.export()
        tower = self.tower(self.forged(path, "forged"), self.forged(path, "again"), path, "--coins", key)
        self.mine_to(contract.heights["Tx0"] + TERMS["t3"] - 1)
        self.assertTrue(framework.wait_until(lambda: tower.told("transaction", name="Tx1", state="sent"), 20))
        self.wait_for(contract, "Tx1")
        self.assertEqual(len(tower.told("transaction", state="refused")), 2)

    def test_files_of_one_contract_share_a_coin(self):
        contract, key = self.make_with_coins(50_000, 70_000)
        path = self.export()
        tower = self.tower(path, self.export(name="again"), self.forged(path, "forged"), "--coins", key)
        self.mine_to(contract.heights["Tx0"] + TERMS["t3"] - 1)
        self.assertTrue(framework.wait_until(lambda: tower.told("transaction", name="Tx1", state="refused"), 20))
        (refused,) = tower.told("transaction", name="Tx1", state="refused")
        self.assertNotIn("no coin", refused["told"])
        self.wait_for(contract, "Tx1")

    def test_pays_no_more_than_its_owner_allows(self):
        contract, key = self.make_with_coins(50_000)
        tower = self.tower(self.export(), "--coins", key, "--fee-max", "500")
        self.mine_to(contract.heights["Tx0"] + TERMS["t3"] - 1)
        self.assertTrue(framework.wait_until(lambda: tower.told("transaction", name="Tx1", state="refused"), 20))
        self.assertEqual(self.mempool(), set())

    def test_says_when_it_has_no_coin(self):
        contract, key = self.make_with_coins(50_000)
        tower = self.tower(self.export())
        self.mine_to(contract.heights["Tx0"] + TERMS["t3"] - 1)
        self.assertTrue(framework.wait_until(lambda: tower.told("transaction", name="Tx1", state="refused"), 20))
        self.assertTrue(os.path.exists(key))
        self.assertIn("no coin", tower.told("transaction")[0]["told"])


class Hostile(TowerTest):
    """A tower that publishes everything it has at the worst moments, and shows everybody its file."""

    def check_nothing_goes(self, contract, names):
        """Neither mempools nor blocks take any of these now."""
        for name in names:
            signed = contract.tx[name]["signed"]
            self.assertFalse(self.chain.judge(signed)["allowed"], f"{name} at {self.chain.height()}")
            with self.assertRaises(RuntimeError, msg=name):
                self.chain.mine_only([signed])

    def try_all_until(self, contract, tip, names=ALL):
        while self.chain.height() < tip:
            self.check_nothing_goes(contract, names)
            self.chain.mine()

    def test_before_the_verdict(self):
        """Whatever it tries, V's verdict and W's delivery come first: Tx4 until Tx1's lock is over, then it is spent."""
        contract = self.make("worker", receipts=2)
        self.export("--with-package")
        self.try_all_until(contract, contract.heights["Tx0"] + TERMS["t3"] - 2, (*ALL, "TxA"))
        self.send([contract.tx["Tx4"]["signed"]])
        self.check_nothing_goes(contract, (*ALL, "TxA"))
        self.chain.mine()
        self.check_coins(contract, "Tx4")
        self.chain.mine(TERMS["t3"])
        self.check_nothing_goes(contract, (*ALL, "TxA"))

    def test_before_the_appeal(self):
        """An accused worker has all of its window, whatever a tower without its appeal does."""
        contract = self.make()
        self.mine_to(contract.heights["Tx0"] + TERMS["t1"])
        accused = self.mine_now(contract, "TxV0")
        self.try_all_until(contract, accused + TERMS["t2"] - TERMS["t1"] - 2)
        appealed = self.mine_now(contract, "TxA")
        self.try_all_until(contract, appealed + TERMS["t4"] - 2)
        self.send([contract.tx["Tx8[1,2]"]["signed"]])
        self.check_nothing_goes(contract, ALL)
        self.chain.mine()
        self.check_coins(contract, "Tx8[1,2]")

    def test_file_holds_no_secret(self):
        contract = self.make("worker", receipts=2)
        secrets = {name: bytes.fromhex(it) for name, it in contract.answer["secrets"].items()}
        with open(self.export(), "rb") as file:
            plain = file.read()
        with open(self.export("--with-package", name="with"), "rb") as file:
            whole = file.read()
        self.assertEqual([name for name, it in secrets.items() if it in plain], [])
        self.assertEqual(sorted(name for name, it in secrets.items() if it in whole), ["h_p", "k_p"])


if __name__ == "__main__":
    unittest.main()
