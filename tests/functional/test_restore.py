"""prom restore: a lost disk comes back from the backup, and nothing is made of bad ones. That a restored party signs
nothing twice is shown by test_demo_disasters.py, with the same command."""

import json
import os
import re
import shutil
import sqlite3
import stat
import unittest

import framework
from crash_case import CrashTest

STORE = "prometheus.sqlite"
OTHER_SEED = "abandon " * 23 + "art"


def bytes_of(path):
    with open(path, "rb") as file:
        return file.read()


class RestoreTest(CrashTest):
    def folder(self, words=None):
        """An empty one, with these words in it."""
        path = self.path(f"folder{len(os.listdir(self.path()))}")
        os.makedirs(path)
        if words is not None:
            self.write(os.path.join(path, "words"), words, mode=0o600)
        return path

    def backed_up(self, passphrase=None):
        """A backup that a new party has written, and its words."""
        folder = self.folder()
        words = self.prom_json("seed", "make", os.path.join(folder, "words"))["words"]
        told = {"role": 2, "rpc": "http://127.0.0.1:1", "cookie": "none", "address": "./w", "announcements": [],
                "falsify": 0, "three_max": 1, "backup": self.path("backup")}  # fmt: skip
        told |= {} if passphrase is None else {"passphrase": passphrase}
        self.write(os.path.join(folder, "party.json"), json.dumps(told))
        party = self.start("party", "--dir", folder)
        self.assertTrue(framework.wait_until(lambda: os.path.exists(self.path("backup")), 60))
        party.kill()
        party.communicate()
        return self.path("backup"), words

    def refused(self, backup, folder, *arguments, code=2, says):
        """Nothing is made."""
        before = sorted(os.listdir(folder))
        self.fails("restore", backup, "--dir", folder, *arguments, code=code, says=says)
        self.assertEqual(sorted(os.listdir(folder)), before)

    def test_bad_inputs(self):
        backup, words = self.backed_up()
        whole = bytes_of(backup)
        folder = self.folder(words + "\n")
        for bad, says in (
            (whole[:-1], "was changed or cut off|of another seed, or was changed"),
            (whole[:100], "another seed, or was changed"),
            (whole[:32], "is cut off"),
            (whole[:31], "is no backup"),
            (b"", "is no backup"),
            (whole + b"\0", "changed|bytes behind its end"),
            (whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:], "changed"),
        ):
            with self.subTest(says=says, length=len(bad)):
                with open(self.path("bad"), "wb") as file:
                    file.write(bad)
                before = sorted(os.listdir(folder))
                error = self.prom("restore", self.path("bad"), "--dir", folder, code=2)[1]
                self.assertRegex(error, f"^prom: restore: {re.escape(self.path('bad'))} .*({says})")
                self.assertEqual(sorted(os.listdir(folder)), before)
        self.refused(backup, self.folder(OTHER_SEED + "\n"), says=["is of another seed", "check the words"])
        self.refused(backup, self.folder(), says=["words cannot be read"])
        self.refused(backup, self.folder("one two\n"), says=["words"])
        self.refused(self.path("none"), folder, says=["none cannot be read"])
        self.refused(folder, folder, says=["is a folder"])
        os.mkfifo(self.path("pipe"))
        self.refused(self.path("pipe"), folder, says=["pipe is not a file"])
        self.fails("restore", backup, "--dir", self.path("nowhere"), code=2, says=["is no folder: make it first"])
        self.fails("restore", backup, code=2, says=["--dir DIR is missing"])
        self.write(os.path.join(folder, STORE), "what is here is somebody's")
        self.refused(backup, folder, says=["is there already, and is not replaced"])
        os.rename(os.path.join(folder, STORE), os.path.join(folder, STORE + "-wal"))
        self.refused(backup, folder, says=["belongs to a database that is gone"])
        os.unlink(os.path.join(folder, STORE + "-wal"))
        self.assertEqual(bytes_of(backup), whole)
        self.assertRegex(self.prom("restore", backup, "--dir", self.folder(words + "\n"))[0], r"regtest\. It has no channels\.$")
        told = self.prom_json("restore", backup, "--dir", folder)
        self.assertEqual(told, {"database": os.path.join(folder, STORE), "network": "regtest", "channels": 0, "open": 0})
        self.assertEqual(stat.S_IMODE(os.stat(told["database"]).st_mode), 0o600)

    def test_several_at_once(self):
        """One of them makes the database, and it is whole; the others say why not."""
        backup, words = self.backed_up()
        for _ in range(5):
            folder = self.folder(words + "\n")
            running = [self.start("restore", backup, "--dir", folder) for _ in range(3)]
            said = sorted((restore.communicate(timeout=60)[1].decode(), restore.returncode) for restore in running)
            self.assertEqual([code for _, code in said], [0, 2, 2], said)
            for text, _ in said[1:]:
                self.assertRegex(text, "another restore is making a database|is there already, and is not replaced")
            self.assertEqual(sorted(os.listdir(folder)), [STORE, "words"])
            store = sqlite3.connect(os.path.join(folder, STORE))
            self.assertEqual(store.execute("SELECT generation FROM meta").fetchall(), [(2,)])
            store.close()

    def test_passphrase(self):
        backup, words = self.backed_up("a secret")
        folder = self.folder()
        self.write("seed", words + "\n", mode=0o600)
        self.write("wrong", "another\n", mode=0o600)
        self.write("secret", "a secret\n", mode=0o600)
        self.refused(backup, folder, "--words", self.path("seed"), says=["is of another seed"])
        given = ("--words", self.path("seed"), "--passphrase")
        self.refused(backup, folder, *given, self.path("wrong"), says=["is of another seed"])
        os.chmod(self.path("wrong"), 0o644)
        self.refused(backup, folder, *given, self.path("wrong"), says=["is open to others"])
        self.prom_json("restore", backup, "--dir", folder, *given, self.path("secret"))
        self.assertEqual(self.prom_json("channel", "list", "--dir", folder), {"network": "regtest", "channels": []})

    def test_channels_are_marked(self):
        """A worker that is killed after its contract began; what is told of the restored folder, by both commands."""
        demo = self.path("demo")
        self.play("one-contract", "W", "+1s", demo, "--keep")
        party = os.path.join(demo, "parties", "W")
        with open(os.path.join(party, "words"), encoding="ascii") as file:
            folder = self.folder(file.read())
        saved = shutil.copy(os.path.join(party, "saved"), self.path("saved"))
        self.down(demo)
        text, errors = self.prom("restore", saved, "--dir", folder)
        self.assertEqual(errors, "")
        self.assertRegex(text, "restored, for regtest. It has 1 channel, 1 open: nothing is signed")
        (channel,) = self.prom_json("channel", "list", "--dir", folder)["channels"]
        self.assertTrue(channel["restored"])
        why = self.prom_json("channel", "why", channel["name"], "--dir", folder)
        self.assertIn("restored", [reason["about"] for reason in why["reasons"]])
        store = sqlite3.connect(os.path.join(folder, STORE))
        self.assertEqual(store.execute("SELECT generation FROM meta").fetchall(), [(2,)])
        store.close()


if __name__ == "__main__":
    unittest.main()
