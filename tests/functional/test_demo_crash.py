"""`kill -9` of a party of a demo, right before or right after something is on its disk: it starts again, and the contract
ends as it would have. `make soak` has every such moment of every story; here is a sample, the same in every run."""

import os
import random
import unittest

from crash_case import PLACES, CrashTest
from demo_case import PARTIES, STORIES

SAMPLE = 6
FIRST, LAST = 106, 215  # commits: those before are blocks that come before the contract; every party reaches so many


class Crashes(CrashTest):
    def test_sample(self):
        drawn = random.Random(13)
        stories = drawn.sample(sorted(STORIES), SAMPLE)
        self.each_of((story, PARTIES[at], f"{drawn.randint(FIRST, LAST)}{drawn.choice(PLACES)}")
                     for at, story in enumerate(stories))  # fmt: skip

    def test_tool_kills(self):
        """The count says where each process ended."""
        lives = self.lives("normal", "V", "120a 20b")
        self.assertEqual([how for how, _ in lives], ["died", "died", "ended"])
        self.assertEqual([commits for _, commits in lives[:2]], [120, 20])


if __name__ == "__main__":
    unittest.main()
