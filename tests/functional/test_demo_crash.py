"""`kill -9` of the parties of a demo, right before or right after something is on their disks: they start again, and the
contract ends as it would have. `make soak` has every such moment of every story; here is a sample, the same in every run."""

import concurrent.futures
import random
import unittest

from crash_case import AT_ONCE, PLANS, CrashTest
from demo_case import STORIES

SAMPLE = 2


class Crashes(CrashTest):
    def test_sample(self):
        drawn = random.Random(13)
        sample = [(story, drawn.randrange(PLANS)) for story in drawn.sample(sorted(STORIES), SAMPLE)]
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            for it, played in [(it, pool.submit(self.play_kills, *it, self.path(it[0]))) for it in sample]:
                with self.subTest(demo=it):
                    played.result()

    def test_untold(self):
        """Who is killed right after it has published something tells nobody: all who see it in a block do."""
        told, _ = self.play("verifier-lies", "", "", None, PROM_UNTOLD="1")
        self.check_payouts(told)
        self.assertEqual([tx["name"].split("[")[0] for tx in told["transactions"]], ["Tx0", "TxV0", "TxA", "Tx8"])

    def test_tool_kills(self):
        """The counts say where each process ended: of a plan for each life, and of one for all lives together."""
        plans = {"V": "120a 20b", "W": "105/20b *12/48a +2/1a", "C": "+1/1b"}
        told, lines = self.play_plans("one-contract", plans, self.path("tool"))
        self.check_payouts(told)
        lives = {letter: [line[1:] for line in lines if line[0] == letter and line[1] != "passed"] for letter in plans}
        self.assertEqual([how for how, _, _ in lives["V"]], ["died", "died", "ended"])
        self.assertEqual([commits for _, commits, _ in lives["V"][:2]], [120, 20])
        moments = [moment for how, _, moment in lives["W"] if how == "died"]
        signing, later = moments.index("*12a"), moments.index("+2a")
        self.assertEqual(moments[:signing], [f"{105 + 20 * i}b" for i in range(signing)])
        self.assertEqual(moments[later:], [f"+{2 + i}a" for i in range(len(moments) - later)])
        self.assertEqual([moment for _, _, moment in lives["C"][:-1]], [f"+{1 + i}b" for i in range(len(lives["C"]) - 1)])


if __name__ == "__main__":
    unittest.main()
