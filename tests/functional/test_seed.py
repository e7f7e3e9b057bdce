"""prom seed: a seed is made once, shown once, and its words are checked."""

import json
import os
import stat
import subprocess
import unittest

import framework
from framework import PROM

SEED = "abandon " * 23 + "art"


class SeedTest(framework.PromTest):
    def check_typed(self, text, code=0):
        """`prom seed check -` of this text: what it tells."""
        done = subprocess.run(
            [PROM, "seed", "check", "-", "--json"], input=text, env=self.environment, capture_output=True, text=True,
            timeout=framework.COMMAND_SECONDS, check=False,
        )  # fmt: skip
        self.assertEqual((done.returncode, done.stderr), (code, ""), done.stdout)
        return json.loads(done.stdout)

    def test_made_and_checked(self):
        path = self.path("words")
        made = self.prom_json("seed", "make", path)
        self.assertEqual(made["file"], path)
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        with open(path, encoding="ascii") as file:
            self.assertEqual(file.read(), made["words"] + "\n")
        self.assertEqual(self.prom_json("seed", "check", path), {"right": True})
        self.assertEqual(self.check_typed(made["words"].upper().replace(" ", "\n\t ")), {"right": True})
        self.assertNotIn(made["words"], self.prom("seed", "check", path)[0])
        text = self.prom("seed", "make", self.path("other"))[0]
        with open(self.path("other"), encoding="ascii") as file:
            self.assertEqual(text.split("\n\n")[1].split(), file.read().split())
        self.assertNotEqual(text.split("\n\n")[1].split(), made["words"].split())

    def test_never_replaced(self):
        path = self.path("words")
        made = self.prom_json("seed", "make", path)
        self.fails("seed", "make", path, code=2, says=["is there already, and a seed is never replaced"])
        with open(path, encoding="ascii") as file:
            self.assertEqual(file.read(), made["words"] + "\n")

    def test_wrong_words(self):
        words = SEED.split()
        for wrong, reason in (
            (["abandun", *words[1:]], "word 1 of the seed, 'abandun', is not one of .*did you mean 'abandon'"),
            (words[:23], "24"),
            ([*words, "art"], "24"),
            ([words[-1], *words[:-1]], "one of them is wrong, or they are in another order"),
        ):
            with self.subTest(wrong=wrong):
                told = self.check_typed(" ".join(wrong), code=1)
                self.assertFalse(told["right"])
                self.assertRegex(told["reason"], reason)
                self.write("wrong", " ".join(wrong) + "\n", mode=0o600)
                self.assertEqual(self.prom_json("seed", "check", self.path("wrong"), code=1), told)
                self.assertEqual(self.prom("seed", "check", self.path("wrong"), code=1)[0], f"wrong: {told['reason']}\n")

    def test_what_cannot_be_checked(self):
        self.write("open", SEED + "\n", mode=0o644)
        self.fails("seed", "check", self.path("open"), code=2, says=["is open to others", "chmod 600"])
        self.fails("seed", "check", self.path("none"), code=2, says=["cannot be read"])
        self.fails("seed", "check", "-", code=2, says=["standard input is empty"])
        for text in ("word " * 300, "a\0b"):
            self.assertIn("is no text of words", self.check_typed(text, code=2)["error"]["message"])


if __name__ == "__main__":
    unittest.main()
