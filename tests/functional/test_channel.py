"""prom channel: what it tells of a folder, which is what the contract's numbers say."""

import os
import shutil
import sqlite3
import unittest

import framework
from tree_contract import SCHEME, TERMS, Contract, payouts, run_driver
from tower_case import PLACES

TX0 = 130
HEX = "ab" * 32


class ChannelTest(framework.PromTest):
    def make(self, role, tip, **facts):
        request = {**TERMS, "publisher": PLACES[role], "funding": HEX, "first": 0, "transactions": ["Tx0"]}
        shutil.rmtree(self.path("data"), ignore_errors=True)
        folder = {"path": self.path("data"), "name": "bought", "tip": tip, "tx0": TX0, **facts}
        return Contract({**request, "folder": folder}, run_driver({**request, "folder": folder}))

    def told(self, action, *ids):
        return self.prom_json("channel", action, *ids, "--dir", self.path("data"))

    def check_stakes(self, shown, schemes):
        """Least and most of what the table of payouts gives by these schemes, whoever decides."""
        self.assertEqual(shown["schemes"], schemes)
        for who, stake in shown["stakes"].items():
            pays = []
            for scheme in schemes:
                for deciders in ((1, 2), (1, 2, 3)) if scheme > 5 else ((),):
                    table = payouts(TERMS, scheme, deciders)
                    pays += [table[f"A{i}"] for i in (1, 2, 3)] if who == "A" else [table[who]]
            self.assertEqual((stake["least"], stake["most"]), (min(pays), max(pays)), who)

    def test_nobody_moves(self):
        contract = self.make("client", TX0 + 3)
        shown = self.told("show", "bought")
        self.assertEqual((shown["state"], shown["money"], shown["tip"]), ("computation", "O0", TX0 + 3))
        self.assertEqual(shown["contract"], contract.answer["contract_id"])
        (move,) = shown["next"]
        self.assertEqual((move["transaction"], move["from_tip"], move["anybody"]), ("Tx1", TX0 + TERMS["t3"] - 1, True))
        self.assertEqual(move["scheme"], SCHEME["Tx1"])
        self.check_stakes(shown, [1, 2, 3, 4, 5, 6, 7])
        self.assertIn({"name": "Tx0", "txid": contract.tx["Tx0"]["txid"], "height": TX0}, shown["transactions"])
        for step in shown["steps"]:
            self.assertTrue(step["to_tip"] is None or step["to_tip"] >= TX0 + 3, step)

    def test_accused(self):
        accused = TX0 + TERMS["t1"]
        self.make("worker", accused + 1, receipts=2, spent=[["TxV0", accused]])
        shown = self.told("show", "bought")
        self.assertEqual((shown["state"], shown["money"]), ("verification", "OV0"))
        self.assertEqual([it["transaction"] for it in shown["next"]], ["Tx5"])
        self.assertEqual(shown["next"][0]["from_tip"], accused + TERMS["t2"] - TERMS["t1"] - 1)
        self.check_stakes(shown, [4, 5, 6, 7])
        why = self.told("why", "bought")
        reasons = {it["about"]: it["text"] for it in why["reasons"]}
        self.assertIn("2 counting receipts", reasons["receipts"])
        self.assertIn("none of arbiter 3", reasons["receipts"])
        self.assertIn("do not appeal", reasons["appeal"])
        self.assertEqual([list(it["receipts"]) for it in why["arbiters"]], [["package"], ["package"], []])

    def test_appealed_and_settled(self):
        accused = TX0 + TERMS["t1"]
        spent = [["TxV0", accused], ["TxA", accused + 2]]
        self.make("arbiter", accused + 4, spent=spent)
        shown = self.told("show", "bought")
        self.assertEqual((shown["state"], shown["money"]), ("arbitration", "OA"))
        self.check_stakes(shown, [5, 6, 7])
        self.make("arbiter", accused + 40, spent=[*spent, ["Tx6", accused + 20]])
        shown = self.told("show", "bought")
        self.assertEqual((shown["state"], shown["money"], shown["scheme"], shown["next"]), ("closed", "settled", 5, []))
        self.check_stakes(shown, [5])

    def test_found_by(self):
        contract = self.make("verifier", TX0)
        (listed,) = self.told("list")["channels"]
        names = ("bought", listed["number"], contract.answer["contract_id"], contract.answer["contract_id"][:4])
        for name in names:
            self.assertEqual(self.told("show", name), listed)
        self.assertEqual(listed["role"], "verifier")
        for name in (contract.answer["contract_id"][:3], "sold", "0"):
            self.fails("channel", "show", name, "--dir", self.path("data"), code=2, says=["there is no channel " + name])

    def test_text(self):
        self.make("worker", TX0 + 3, receipts=1)
        for action, *arguments in (("list",), ("show", "bought"), ("why", "bought")):
            output, errors = self.prom("channel", action, *arguments, "--dir", self.path("data"))
            self.assertEqual(errors, "")
            self.assertIn("worker", output)
        self.assertIn(f"Tx1          from tip {TX0 + TERMS['t3'] - 1} on, by anybody", self.prom(
            "channel", "show", "bought", "--dir", self.path("data"))[0])  # fmt: skip

    def test_folders_that_are_none(self):
        os.makedirs(self.path("empty"))
        self.fails("channel", "list", "--dir", self.path("empty"), code=2, says=["no node's folder"])
        self.assertEqual(os.listdir(self.path("empty")), [])
        self.write("text/prometheus.sqlite", "no database, but long enough to be looked at" * 40)
        self.fails("channel", "list", "--dir", self.path("text"), code=2, says=["is no database"])

    def test_databases_that_cannot_be_opened(self):
        self.make("client", TX0)
        path = self.path("data", "prometheus.sqlite")
        shown = ("channel", "list", "--dir", self.path("data"))
        if os.geteuid() != 0:
            os.chmod(path, 0)
            self.fails(*shown, code=2, says=["prometheus.sqlite cannot be read and written: Permission denied"])
        os.unlink(path)
        for make in (os.mkdir, os.mkfifo, lambda it: os.symlink("/dev/zero", it)):
            make(path)
            self.fails(*shown, code=2, says=["prometheus.sqlite is not a file"])
            os.rmdir(path) if os.path.isdir(path) else os.unlink(path)
        os.symlink("prometheus.sqlite", path)
        self.fails(*shown, code=2, says=["prometheus.sqlite cannot be read: Too many levels of symbolic links"])

    def test_damaged_channel(self):
        """One byte of a signature of a branch, where SQLite finds nothing wrong."""
        self.make("client", TX0)
        store = sqlite3.connect(self.path("data", "prometheus.sqlite"))
        rows = store.execute("SELECT rowid, bytes FROM part ORDER BY length(bytes) DESC LIMIT 1").fetchall()
        ((row, content),) = rows
        store.execute("UPDATE part SET bytes = ? WHERE rowid = ?", (content[:-1] + bytes([content[-1] ^ 1]), row))
        store.commit()
        store.close()
        self.fails("channel", "show", "bought", "--dir", self.path("data"), code=1,
                   says=["the channel bought is damaged, restore a backup: "])  # fmt: skip

    def test_held_folder(self):
        self.make("client", TX0)
        holder = sqlite3.connect(self.path("data", "prometheus.sqlite"))
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        self.fails("channel", "list", "--dir", self.path("data"), code=1, says=["is in use by", f"process {os.getpid()}"])
        holder.close()
        self.assertEqual(len(self.told("list")["channels"]), 1)


if __name__ == "__main__":
    unittest.main()
