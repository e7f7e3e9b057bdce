"""Demos on a chain that is reorganised: Tx0, TxV0, TxA and each settlement are removed, and come again at once, or later, or
another transaction has taken their place. Everybody ends as the chain says."""

import concurrent.futures
import json
import os
import sys
import unittest

from crash_case import AT_ONCE, CRASH
from demo_case import STORIES, DemoTest

# The number of the transaction that is removed with all that follows, Tx0 being 0, and a story that has it.
REMOVED = [
    ("Tx0", 0, "one-contract"), ("TxV0", 1, "verifier-lies"), ("TxA", 2, "appeal-lost"), ("Tx1", 1, "nobody-moves"),
    ("Tx3", 1, "verifier-silent"), ("Tx4", 1, "worker-vanishes"), ("Tx5", 2, "worker-lies"), ("Tx6", 3, "no-decision"),
    ("Tx7", 3, "appeal-lost"), ("Tx8", 3, "verifier-lies"),
]  # fmt: skip
LATE = [("Tx0", 0, "one-contract"), ("TxV0", 1, "worker-lies"), ("TxA", 2, "verifier-lies"), ("Tx4", 1, "one-contract")]
BRANCHES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "reorg_branch.py")


class Reorganisations(DemoTest):
    def play(self, name, number, story, scheme=None, branch=None):
        """The story on a chain whose branch from that transaction's block on is replaced as soon as it is there."""
        folder = self.path(f"{story}-{name}-{branch}")
        environment = {"PROM_REORG": f"{number} {number}", "PROM_SCHEME": str(scheme or STORIES[story])}
        if branch is not None:
            environment |= {name: os.environ[name] for name in ("PROM", "PROM_SOURCE")}
            environment["PROM_REORG_BRANCH"] = f"{sys.executable} -B {BRANCHES} {branch} {folder}"
        code, output, errors = self.run_as(
            CRASH, "demo", "--json", "--dir", folder, "--story", story, *self.few_images(), **environment
        )
        self.assertEqual((code, errors), (0, ""), output)
        with open(folder + ".log", encoding="utf-8") as file:
            self.assertIn(f"where {name}", file.read())
        told = json.loads(output)
        self.check_payouts(told)
        return told

    def each_of(self, removed, *arguments):
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            for name, playing in [(it[0], pool.submit(self.play, *it, *arguments)) for it in removed]:
                with self.subTest(removed=name):
                    playing.result()

    def test_removed_and_mined_again(self):
        self.each_of(REMOVED)

    def test_mined_later(self):
        """The other branch has none of our transactions: they come again when there are no other blocks any more."""
        self.each_of(LATE, None, "empty")

    def test_other_settlement_wins(self):
        """Tx5 is in the place of TxA: the worker, who had appealed in time, ends as one who had not."""
        told = self.play("TxA", 2, "appeal-lost", 4, "Tx5")
        self.assertEqual([tx["name"] for tx in told["transactions"]], ["Tx0", "TxV0", "Tx5"])


if __name__ == "__main__":
    unittest.main()
